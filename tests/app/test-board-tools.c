/* test-board-tools.c - what the tools write, what others' edits do meanwhile, and what undo takes back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/tools/weft-board-tool.h"
#include "app/board/weft-board-keyboard.h"
#include "app/board/weft-board-ops.h"
#include "app/board/weft-canvas-private.h"
#include "board-support.h"

#define N_DRAGGED 300

typedef struct
{
  TestBoard   board;
  GtkWidget  *window;
  WeftCanvas *canvas;
} Fixture;

static void
set_up (Fixture      *self,
        gconstpointer data)
{
  test_board_open (&self->board);
  self->canvas = WEFT_CANVAS (weft_canvas_new ());
  self->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (self->window), 800, 600);
  gtk_window_set_child (GTK_WINDOW (self->window), GTK_WIDGET (self->canvas));
  weft_canvas_set_document (self->canvas, self->board.document);
  gtk_window_present (GTK_WINDOW (self->window));

  while (weft_canvas_get_viewport (self->canvas)->width < 700)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture      *self,
           gconstpointer data)
{
  weft_canvas_set_document (self->canvas, NULL);
  gtk_window_destroy (GTK_WINDOW (self->window));
  test_board_close (&self->board);
}

static WeftBoardEvent
event_at (Fixture *self,
          double   x,
          double   y)
{
  WeftBoardEvent event = { 0 };

  event.view = (WeftPoint) { x, y };
  event.board = weft_viewport_to_board (weft_canvas_get_viewport (self->canvas), x, y);
  event.n_press = 1;
  event.time = (guint32) (x + y);

  return event;
}

/* The whole way of a pointer: down, some steps, up. In view units. */
static void
drag (Fixture        *self,
      WeftToolKind    kind,
      double          x1,
      double          y1,
      double          x2,
      double          y2,
      GdkModifierType state)
{
  WeftBoardTool *tool = self->canvas->tools[kind];
  WeftBoardEvent event = event_at (self, x1, y1);

  weft_canvas_set_tool (self->canvas, kind);
  event.state = state;
  weft_board_tool_press (tool, &event);

  for (guint i = 1; i <= 8; i++)
    {
      event = event_at (self, x1 + (x2 - x1) * i / 8, y1 + (y2 - y1) * i / 8);
      event.state = state;
      weft_board_tool_motion (tool, &event);
    }

  weft_board_tool_release (tool, &event);
}

static GPtrArray *
elements_of (Fixture *self)
{
  return weft_board_model_get_elements (weft_canvas_get_model (self->canvas));
}

static WeftElement *
top_element (Fixture *self)
{
  GPtrArray *elements = elements_of (self);

  g_assert_cmpuint (elements->len, >, 0);

  return g_ptr_array_index (elements, elements->len - 1);
}

static char *
dup_selected (Fixture *self)
{
  g_autoptr(GPtrArray) selected = weft_canvas_list_selected (self->canvas);

  g_assert_cmpuint (selected->len, ==, 1);

  return g_strdup (((WeftElement *) g_ptr_array_index (selected, 0))->id);
}

static void
test_shapes (Fixture      *self,
             gconstpointer data)
{
  WeftElement *element;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 260, 200, 0);
  element = top_element (self);
  g_assert_cmpint (element->kind, ==, WEFT_ELEMENT_RECTANGLE);
  g_assert_cmpfloat (element->width, ==, 160);
  g_assert_cmpfloat (element->height, ==, 100);
  g_assert_cmpint (weft_canvas_get_tool (self->canvas), ==, WEFT_TOOL_SELECT);
  g_assert_true (weft_canvas_is_selected (self->canvas, element->id));

  /* Backwards and with Shift: a square. */
  drag (self, WEFT_TOOL_ELLIPSE, 400, 300, 340, 180, GDK_SHIFT_MASK);
  element = top_element (self);
  g_assert_cmpfloat (element->width, ==, 120);
  g_assert_cmpfloat (element->height, ==, 120);

  /* Nothing is written before the release, and nothing after a cancel. */
  {
    WeftBoardTool *tool = self->canvas->tools[WEFT_TOOL_DIAMOND];
    WeftBoardEvent event = event_at (self, 500, 300);

    weft_board_tool_press (tool, &event);
    event = event_at (self, 600, 400);
    weft_board_tool_motion (tool, &event);
    g_assert_cmpuint (elements_of (self)->len, ==, 2);
    weft_board_tool_cancel (tool);
    weft_board_tool_release (tool, &event);
    g_assert_cmpuint (elements_of (self)->len, ==, 2);
  }
}

static void
test_pen (Fixture      *self,
          gconstpointer data)
{
  WeftElement *element;
  gsize n_points;

  drag (self, WEFT_TOOL_PEN, 100, 100, 300, 180, 0);
  element = top_element (self);
  g_assert_cmpint (element->kind, ==, WEFT_ELEMENT_FREEDRAW);
  g_assert_nonnull (element->ink);
  weft_ink_get_points (element->ink, &n_points);
  g_assert_cmpuint (n_points, >=, 2);
  g_assert_cmpfloat_with_epsilon (element->width, 200, 1);

  /* The pen stays in hand, and no journal is left. */
  g_assert_cmpint (weft_canvas_get_tool (self->canvas), ==, WEFT_TOOL_PEN);
  g_assert_null (weft_document_take_journal (self->board.document));
}

static void
test_move_and_undo (Fixture      *self,
                    gconstpointer data)
{
  g_autofree char *id = NULL;
  WeftElement *element;
  double x;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  element = top_element (self);
  id = g_strdup (element->id);
  x = element->x;

  drag (self, WEFT_TOOL_SELECT, 125, 100, 225, 150, 0);
  element = weft_board_model_lookup (weft_canvas_get_model (self->canvas), id);
  g_assert_cmpfloat_with_epsilon (element->x, x + 100, 0.01);

  g_assert_true (weft_document_undo (self->board.document));
  element = weft_board_model_lookup (weft_canvas_get_model (self->canvas), id);
  g_assert_nonnull (element);
  g_assert_cmpfloat_with_epsilon (element->x, x, 0.01);
  g_assert_true (weft_document_undo (self->board.document));
  g_assert_null (weft_board_model_lookup (weft_canvas_get_model (self->canvas), id));
  g_assert_true (weft_document_redo (self->board.document));
  g_assert_nonnull (weft_board_model_lookup (weft_canvas_get_model (self->canvas), id));
}

static void
test_resize (Fixture      *self,
             gconstpointer data)
{
  WeftElement *element;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  /* The lower right handle lies 5 outside. */
  drag (self, WEFT_TOOL_SELECT, 205, 165, 265, 195, 0);
  element = top_element (self);
  g_assert_cmpfloat_with_epsilon (element->width, 160, 0.6);
  g_assert_cmpfloat_with_epsilon (element->height, 90, 0.6);
}

static void
test_marquee (Fixture      *self,
              gconstpointer data)
{
  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  drag (self, WEFT_TOOL_RECTANGLE, 300, 100, 400, 160, 0);
  drag (self, WEFT_TOOL_RECTANGLE, 600, 400, 700, 460, 0);
  drag (self, WEFT_TOOL_SELECT, 60, 60, 450, 250, 0);
  g_assert_cmpuint (weft_canvas_get_n_selected (self->canvas), ==, 2);
}

static void
test_connectors_follow (Fixture      *self,
                        gconstpointer data)
{
  g_autofree char *box_id = NULL;
  WeftElement *arrow;
  WeftPoint before;
  WeftPoint after;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  box_id = g_strdup (top_element (self)->id);
  drag (self, WEFT_TOOL_RECTANGLE, 400, 100, 500, 160, 0);
  drag (self, WEFT_TOOL_ARROW, 150, 130, 450, 130, 0);
  arrow = top_element (self);
  g_assert_cmpstr (arrow->start_binding.element_id, ==, box_id);
  g_assert_nonnull (arrow->end_binding.element_id);
  before = (WeftPoint) { arrow->x, arrow->y };

  weft_canvas_select (self->canvas, (const char *[]) { box_id, NULL }, FALSE);
  weft_board_nudge_selected (self->canvas, 0, 200);
  arrow = top_element (self);
  after = (WeftPoint) { arrow->x, arrow->y };
  g_assert_cmpfloat (after.y, >, before.y + 100);
}

static void
test_eraser (Fixture      *self,
             gconstpointer data)
{
  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  drag (self, WEFT_TOOL_RECTANGLE, 400, 300, 500, 360, 0);
  drag (self, WEFT_TOOL_ERASER, 150, 60, 150, 130, 0);
  g_assert_cmpuint (elements_of (self)->len, ==, 1);
  g_assert_true (weft_document_undo (self->board.document));
  g_assert_cmpuint (elements_of (self)->len, ==, 2);
}

static void
test_duplicate_and_clipboard (Fixture      *self,
                              gconstpointer data)
{
  g_autofree char *json = NULL;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  drag (self, WEFT_TOOL_PEN, 250, 100, 350, 160, 0);
  weft_canvas_select_all (self->canvas);
  weft_board_duplicate_selected (self->canvas, 20, 20);
  g_assert_cmpuint (elements_of (self)->len, ==, 4);
  g_assert_cmpuint (weft_canvas_get_n_selected (self->canvas), ==, 2);

  json = weft_board_copy_to_json (self->canvas);
  weft_board_delete_selected (self->canvas);
  g_assert_cmpuint (elements_of (self)->len, ==, 2);
  g_assert_true (weft_board_paste_json (self->canvas, json, (WeftPoint) { 0, 0 }));
  g_assert_cmpuint (elements_of (self)->len, ==, 4);
  g_assert_nonnull (top_element (self)->ink);
  g_assert_false (weft_board_paste_json (self->canvas, "{\"some\":\"json\"}", (WeftPoint) { 0, 0 }));
  g_assert_false (weft_board_paste_json (self->canvas, "hello", (WeftPoint) { 0, 0 }));
  weft_board_paste_text (self->canvas, "hello", (WeftPoint) { 0, 0 });
  g_assert_cmpstr (top_element (self)->text, ==, "hello");
}

static void
test_restack (Fixture      *self,
              gconstpointer data)
{
  g_autofree char *first = NULL;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  first = g_strdup (top_element (self)->id);
  drag (self, WEFT_TOOL_RECTANGLE, 120, 120, 220, 180, 0);
  drag (self, WEFT_TOOL_RECTANGLE, 140, 140, 240, 200, 0);
  weft_canvas_select (self->canvas, (const char *[]) { first, NULL }, FALSE);
  weft_board_restack_selected (self->canvas, TRUE, FALSE);
  g_assert_cmpstr (((WeftElement *) g_ptr_array_index (elements_of (self), 1))->id, ==, first);
  weft_board_restack_selected (self->canvas, TRUE, TRUE);
  g_assert_cmpstr (top_element (self)->id, ==, first);
  weft_board_restack_selected (self->canvas, FALSE, FALSE);
  g_assert_cmpstr (((WeftElement *) g_ptr_array_index (elements_of (self), 1))->id, ==, first);
  weft_board_restack_selected (self->canvas, FALSE, TRUE);
  g_assert_cmpstr (((WeftElement *) g_ptr_array_index (elements_of (self), 0))->id, ==, first);
}

static void
test_group (Fixture      *self,
            gconstpointer data)
{
  g_autofree char *id = NULL;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  drag (self, WEFT_TOOL_RECTANGLE, 300, 100, 400, 160, 0);
  weft_canvas_select_all (self->canvas);
  weft_board_group_selected (self->canvas);
  id = g_strdup (top_element (self)->id);
  weft_canvas_select (self->canvas, (const char *[]) { id, NULL }, FALSE);
  g_assert_cmpuint (weft_canvas_get_n_selected (self->canvas), ==, 2);
  weft_board_ungroup_selected (self->canvas);
  weft_canvas_select (self->canvas, (const char *[]) { id, NULL }, FALSE);
  g_assert_cmpuint (weft_canvas_get_n_selected (self->canvas), ==, 1);
}

/* Writing: each letter is in the document at once, and another person's words come in between. */
static void
test_text_together (Fixture      *self,
                    gconstpointer data)
{
  GtkTextBuffer *buffer;
  WeftElement *element;
  WeftType *text;
  g_autofree char *id = NULL;
  g_autofree char *shown = NULL;
  GtkTextIter start;
  GtkTextIter end;

  drag (self, WEFT_TOOL_NOTE, 300, 300, 300, 300, 0);
  g_assert_true (weft_canvas_is_editing (self->canvas));
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->canvas->editor));
  gtk_text_buffer_set_text (buffer, "hällo 😀", -1);
  element = top_element (self);
  id = g_strdup (element->id);
  g_assert_cmpstr (element->text, ==, "hällo 😀");

  text = weft_element_ensure_text (self->board.board, id);
  weft_text_insert (text, 0, "Oh, ", -1, NULL);
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  shown = gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
  g_assert_cmpstr (shown, ==, "Oh, hällo 😀");

  gtk_text_buffer_insert (buffer, &end, "!", -1);
  element = weft_board_model_lookup (weft_canvas_get_model (self->canvas), id);
  g_assert_cmpstr (element->text, ==, "Oh, hällo 😀!");

  /* Taken away by another while we write: the edit ends, nothing breaks. */
  weft_element_remove (self->board.board, id);
  g_assert_false (weft_canvas_is_editing (self->canvas));
}

static void
test_empty_text_leaves_nothing (Fixture      *self,
                                gconstpointer data)
{
  drag (self, WEFT_TOOL_TEXT, 300, 300, 300, 300, 0);
  g_assert_true (weft_canvas_is_editing (self->canvas));
  weft_canvas_end_edit (self->canvas);
  g_assert_cmpuint (elements_of (self)->len, ==, 0);

  drag (self, WEFT_TOOL_TEXT, 300, 300, 300, 300, 0);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->canvas->editor)), "word", -1);
  g_assert_cmpuint (elements_of (self)->len, ==, 1);
  g_assert_cmpfloat (top_element (self)->width, >, 20);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->canvas->editor)), "", -1);
  weft_canvas_end_edit (self->canvas);
  g_assert_cmpuint (elements_of (self)->len, ==, 0);
}

/* Somebody deletes what is being dragged: the drag ends without bringing it back. */
static void
test_deleted_while_dragged (Fixture      *self,
                            gconstpointer data)
{
  WeftBoardTool *tool = self->canvas->tools[WEFT_TOOL_SELECT];
  g_autofree char *id = NULL;
  WeftBoardEvent event;

  drag (self, WEFT_TOOL_RECTANGLE, 100, 100, 200, 160, 0);
  id = g_strdup (top_element (self)->id);
  event = event_at (self, 125, 100);
  weft_board_tool_press (tool, &event);
  event = event_at (self, 250, 200);
  weft_board_tool_motion (tool, &event);
  weft_element_remove (self->board.board, id);
  event = event_at (self, 260, 220);
  weft_board_tool_motion (tool, &event);
  weft_board_tool_release (tool, &event);
  g_assert_cmpuint (elements_of (self)->len, ==, 0);
  g_assert_cmpuint (weft_canvas_get_n_selected (self->canvas), ==, 0);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

/* However many are dragged, the views are told as often as of one. */
static void
test_drag_many (Fixture      *self,
                gconstpointer data)
{
  WeftBoardModel *model = weft_canvas_get_model (self->canvas);
  WeftBoardTool *tool = self->canvas->tools[WEFT_TOOL_SELECT];
  WeftBoardEvent event;
  g_autofree double *before = g_new (double, N_DRAGGED);
  g_autofree const char **ids = g_new0 (const char *, N_DRAGGED + 1);
  WeftBox bounds;
  double by;
  guint n_told = 0;

  test_fill_board (self->board.board, N_DRAGGED);
  bounds = weft_board_model_get_bounds (model);
  weft_canvas_zoom_fit (self->canvas, &bounds);
  g_assert_cmpuint (elements_of (self)->len, ==, N_DRAGGED);
  for (guint i = 0; i < N_DRAGGED; i++)
    {
      WeftElement *element = g_ptr_array_index (elements_of (self), i);

      ids[i] = element->id;
      before[i] = element->x;
    }
  weft_canvas_set_tool (self->canvas, WEFT_TOOL_SELECT);
  weft_canvas_select (self->canvas, ids, FALSE);
  g_signal_connect_swapped (self->canvas, "board-changed", G_CALLBACK (count_cb), &n_told);

  event = event_at (self, 400, 300);
  by = event.board.x;
  weft_board_tool_press (tool, &event);
  event = event_at (self, 440, 300);
  by = event.board.x - by;
  weft_board_tool_motion (tool, &event);
  g_assert_cmpuint (n_told, ==, 1);
  for (guint i = 0; i < N_DRAGGED; i++)
    {
      const WeftElement *element = g_ptr_array_index (elements_of (self), i);

      g_assert_null (weft_board_model_lookup_shown (model, element->id));
    }

  /* Once of what is written, once of what is shown again. */
  weft_board_tool_release (tool, &event);
  g_assert_cmpuint (n_told, ==, 3);
  g_assert_cmpuint (weft_canvas_get_n_selected (self->canvas), ==, N_DRAGGED);
  for (guint i = 0; i < N_DRAGGED; i++)
    {
      WeftElement *element = g_ptr_array_index (elements_of (self), i);

      g_assert_true (weft_board_model_lookup_shown (model, element->id) == element);
      g_assert_cmpfloat_with_epsilon (element->x, before[i] + by, 1);
    }
  g_signal_handlers_disconnect_by_func (self->canvas, count_cb, &n_told);
}

static void
add (const char *path,
     void      (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

/* A flowchart of three boxes without a pointer: Enter puts the first down, Ctrl and an arrow key go on. */
static void
test_keyboard (Fixture      *self,
               gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *third = NULL;
  guint n_arrows = 0;
  GPtrArray *elements;

  g_assert_false (weft_board_put_down (self->canvas));
  weft_canvas_set_tool (self->canvas, WEFT_TOOL_DIAMOND);
  g_assert_true (weft_board_put_down (self->canvas));
  g_assert_cmpuint (elements_of (self)->len, ==, 1);
  first = g_strdup (top_element (self)->id);
  g_assert_true (weft_canvas_is_selected (self->canvas, first));

  weft_board_add_connected (self->canvas, 1, 0);
  second = dup_selected (self);
  g_assert_cmpstr (second, !=, first);
  weft_board_add_connected (self->canvas, 0, 1);
  third = dup_selected (self);

  elements = elements_of (self);
  g_assert_cmpuint (elements->len, ==, 5);
  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (element->kind == WEFT_ELEMENT_ARROW)
        {
          n_arrows++;
          g_assert_cmpstr (element->start_binding.element_id, ==, n_arrows == 1 ? first : second);
          g_assert_cmpstr (element->end_binding.element_id, ==, n_arrows == 1 ? second : third);
        }
      else
        {
          g_assert_cmpint (element->kind, ==, WEFT_ELEMENT_DIAMOND);
        }
    }
  g_assert_cmpuint (n_arrows, ==, 2);

  weft_board_walk (self->canvas, 0, -1);
  g_assert_true (weft_canvas_is_selected (self->canvas, second));
  weft_board_walk (self->canvas, -1, 0);
  g_assert_true (weft_canvas_is_selected (self->canvas, first));

  /* The place to the right is taken: beside it. */
  weft_board_add_connected (self->canvas, 1, 0);
  g_assert_cmpuint (elements_of (self)->len, ==, 7);
  for (guint i = 0; i < 3; i++)
    weft_document_undo (self->board.document);
  g_assert_cmpuint (elements_of (self)->len, ==, 1);
}

/* The round handle above an element turns it; Shift keeps to steps. */
static void
test_turn (Fixture      *self,
           gconstpointer data)
{
  WeftElement *element;

  drag (self, WEFT_TOOL_RECTANGLE, 300, 200, 400, 300, 0);

  /* The handle stands 5 + 22 above the top; a quarter of a circle to the right. */
  drag (self, WEFT_TOOL_SELECT, 350, 173, 427, 251, GDK_SHIFT_MASK);
  element = top_element (self);
  g_assert_cmpfloat_with_epsilon (element->angle, G_PI / 2, 0.001);
  g_assert_cmpfloat (element->width, ==, 100);
  g_assert_true (weft_document_undo (self->board.document));
  g_assert_cmpfloat (top_element (self)->angle, ==, 0);
}

/* What a browser has on its clipboard: the label lies in its box. */
static void
test_paste_excalidraw (Fixture      *self,
                       gconstpointer data)
{
  const char *json
    = "{\"type\":\"excalidraw/clipboard\",\"elements\":["
      "{\"id\":\"a\",\"type\":\"rectangle\",\"x\":0,\"y\":0,\"width\":200,\"height\":100,\"angle\":0,"
      "\"strokeColor\":\"#1e1e1e\",\"versionNonce\":5,\"version\":3,"
      "\"boundElements\":[{\"id\":\"b\",\"type\":\"text\"}]},"
      "{\"id\":\"b\",\"type\":\"text\",\"x\":60,\"y\":35,\"width\":80,\"height\":25,\"angle\":0,"
      "\"text\":\"Inside\",\"originalText\":\"Inside\",\"fontSize\":20,\"fontFamily\":5,\"containerId\":\"a\","
      "\"versionNonce\":6,\"version\":3}],\"files\":{}}";
  WeftElement *element;

  g_assert_true (weft_board_paste_json (self->canvas, json, (WeftPoint) { 500, 400 }));
  g_assert_cmpuint (elements_of (self)->len, ==, 1);
  element = top_element (self);
  g_assert_cmpint (element->kind, ==, WEFT_ELEMENT_RECTANGLE);
  g_assert_cmpstr (element->text, ==, "Inside");
  g_assert_cmpfloat (element->x, ==, 400);
}

/* The model that followed each change has what one has that reads the board now, in the same order. */
static void
assert_same_as_read (Fixture *self)
{
  g_autoptr(WeftBoardModel) fresh = weft_board_model_new (self->board.document);
  GPtrArray *wanted = weft_board_model_get_elements (fresh);
  GPtrArray *elements = elements_of (self);

  g_assert_cmpuint (elements->len, ==, wanted->len);
  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i), *other = g_ptr_array_index (wanted, i);

      g_assert_cmpstr (element->id, ==, other->id);
      g_assert_cmpfloat (element->x, ==, other->x);
      g_assert_true (weft_board_model_lookup (weft_canvas_get_model (self->canvas), element->id) == element);
    }
}

static void
set_of_many (Fixture    *self,
             guint       n,
             const char *key,
             guint       step)
{
  WeftType *board = weft_document_get_board (self->board.document);

  weft_doc_begin (weft_document_get_doc (self->board.document), NULL);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("e%u", i);
      g_autofree char *index = g_strdup_printf ("a%05u", (i * step) % n);

      if (key == NULL)
        weft_map_remove (board, id);
      else
        {
          g_autoptr(WeftAny) value
            = g_str_equal (key, "index") ? weft_any_new_string (index) : weft_any_new_number (i * step);

          weft_map_set (weft_map_get_type (board, id), key, value);
        }
    }
  weft_doc_commit (weft_document_get_doc (self->board.document));
}

/* A few and many at once: both ways of putting them into their places. */
static void
test_many_change (Fixture      *self,
                  gconstpointer data)
{
  static const guint sizes[] = { 20, 700 };
  WeftType *board = weft_document_get_board (self->board.document);

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      weft_doc_begin (weft_document_get_doc (self->board.document), NULL);
      for (guint i = 0; i < sizes[s]; i++)
        {
          g_autofree char *id = g_strdup_printf ("e%u", i);
          g_autofree char *json = g_strdup_printf ("{\"type\":\"rectangle\",\"x\":%u,\"y\":0,\"width\":9,"
                                                   "\"height\":9,\"index\":\"a%05u\"}", i, i * 7 % sizes[s]);
          g_autoptr(WeftAny) properties = weft_any_from_json (json, -1, NULL);

          weft_element_create (board, id, properties);
        }
      weft_doc_commit (weft_document_get_doc (self->board.document));
      assert_same_as_read (self);
      g_assert_cmpuint (elements_of (self)->len, ==, sizes[s]);

      set_of_many (self, sizes[s], "x", 3);
      assert_same_as_read (self);
      set_of_many (self, sizes[s], "index", 11);
      assert_same_as_read (self);
      set_of_many (self, sizes[s], NULL, 0);
      assert_same_as_read (self);
      g_assert_cmpuint (elements_of (self)->len, ==, 0);
    }
}

int
main (int   argc,
      char *argv[])
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

  add ("/board/tools/shapes", test_shapes);
  add ("/board/tools/pen", test_pen);
  add ("/board/tools/move-and-undo", test_move_and_undo);
  add ("/board/tools/resize", test_resize);
  add ("/board/tools/marquee", test_marquee);
  add ("/board/tools/connectors-follow", test_connectors_follow);
  add ("/board/tools/eraser", test_eraser);
  add ("/board/tools/duplicate-and-clipboard", test_duplicate_and_clipboard);
  add ("/board/tools/restack", test_restack);
  add ("/board/tools/group", test_group);
  add ("/board/text/together", test_text_together);
  add ("/board/text/empty-leaves-nothing", test_empty_text_leaves_nothing);
  add ("/board/tools/deleted-while-dragged", test_deleted_while_dragged);
  add ("/board/tools/drag-many", test_drag_many);
  add ("/board/tools/many-change", test_many_change);
  add ("/board/tools/keyboard", test_keyboard);
  add ("/board/tools/turn", test_turn);
  add ("/board/tools/paste-excalidraw", test_paste_excalidraw);

  return g_test_run ();
}
