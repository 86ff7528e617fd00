/* weft-canvas.c - the surface of a board: tiles below, what moves above, and the tool in hand
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Input is in weft-canvas-input.c. The layers, from below: tiles (page, grid, elements), elements that were committed
 * a moment ago and are not on the tiles yet, what others draw, what our tool draws, our selection, the others'
 * selections and pointers.
 */

#include "config.h"

#include "app/board/weft-canvas-private.h"

#include "app/board/weft-board-marks.h"
#include "app/weft-turns.h"

#include "weft-debug.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* After the last step of zooming or panning, before the exact picture is drawn. */
#define REST_MS 150
/* Around everything, when it is fitted into the window. */
#define FIT_MARGIN 64
/* WEFT_DEBUG=turns */
#define NOTED_BOARD "all of a board in sight"

G_DEFINE_FINAL_TYPE (WeftCanvas, weft_canvas, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_TOOL,
  PROP_TOOL_LOCKED,
  PROP_ZOOM,
  PROP_SHOW_GRID,
  N_PROPS
};

enum
{
  SIGNAL_SELECTION_CHANGED,
  SIGNAL_STYLE_CHANGED,
  SIGNAL_BOARD_CHANGED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static const char *const tool_names[WEFT_N_TOOLS] = {
  [WEFT_TOOL_SELECT] = "select",   [WEFT_TOOL_HAND] = "hand",       [WEFT_TOOL_PEN] = "pen",
  [WEFT_TOOL_RECTANGLE] = "rectangle", [WEFT_TOOL_ELLIPSE] = "ellipse", [WEFT_TOOL_DIAMOND] = "diamond",
  [WEFT_TOOL_LINE] = "line",       [WEFT_TOOL_ARROW] = "arrow",     [WEFT_TOOL_TEXT] = "text",
  [WEFT_TOOL_NOTE] = "note",       [WEFT_TOOL_ERASER] = "eraser",
};

const char *
weft_tool_kind_to_name (WeftToolKind kind)
{
  return tool_names[kind];
}

gboolean
weft_tool_kind_from_name (const char   *name,
                          WeftToolKind *kind)
{
  for (guint i = 0; i < WEFT_N_TOOLS; i++)
    if (strcmp (name, tool_names[i]) == 0)
      {
        *kind = i;
        return TRUE;
      }

  return FALSE;
}

static void
tiles_ready_cb (gpointer data)
{
  gtk_widget_queue_draw (data);
}

/* Where it stands on the board nobody noted: all is drawn again, which happens once for each picture. */
static void
picture_arrived_cb (gpointer data)
{
  WeftCanvas *self = data;

  self->damage = (WeftBox) { -2 * WEFT_BOARD_EXTENT, -2 * WEFT_BOARD_EXTENT, 2 * WEFT_BOARD_EXTENT,
                             2 * WEFT_BOARD_EXTENT };
  self->damaged = self->model != NULL;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* What is seen */

static gboolean
rest_cb (gpointer data)
{
  WeftCanvas *self = data;

  self->rest_id = 0;
  self->motion = WEFT_MOTION_REST;
  gtk_widget_queue_draw (GTK_WIDGET (self));

  return G_SOURCE_REMOVE;
}

void
weft_canvas_set_motion (WeftCanvas *self,
                        WeftMotion  motion)
{
  self->motion = MAX (self->motion, motion);
  g_clear_handle_id (&self->rest_id, g_source_remove);
  self->rest_id = g_timeout_add (REST_MS, rest_cb, self);
}

static void
viewport_changed (WeftCanvas *self)
{
  if (self->editor != NULL)
    gtk_widget_queue_allocate (GTK_WIDGET (self));

  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
weft_canvas_pan (WeftCanvas *self,
                 double      dx,
                 double      dy)
{
  weft_viewport_pan (&self->viewport, dx, dy);
  weft_canvas_set_motion (self, WEFT_MOTION_PANNING);
  viewport_changed (self);
}

static void
zoom_changed (WeftCanvas *self,
              double      before)
{
  if (self->viewport.zoom != before)
    {
      weft_canvas_set_motion (self, WEFT_MOTION_ZOOMING);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
    }

  viewport_changed (self);
}

void
weft_canvas_zoom_at (WeftCanvas *self,
                     double      view_x,
                     double      view_y,
                     double      zoom)
{
  double before = self->viewport.zoom;

  /* The way through 100 % stops there for a moment. */
  if (fabs (zoom - 1) < 0.02)
    zoom = 1;

  weft_viewport_zoom_at (&self->viewport, view_x, view_y, zoom);
  zoom_changed (self, before);
}

void
weft_canvas_zoom_to (WeftCanvas *self,
                     double      zoom)
{
  weft_canvas_zoom_at (self, self->viewport.width / 2, self->viewport.height / 2, zoom);
}

void
weft_canvas_zoom_fit (WeftCanvas    *self,
                      const WeftBox *box)
{
  double before = self->viewport.zoom;

  weft_viewport_fit (&self->viewport, box, FIT_MARGIN, 1);
  zoom_changed (self, before);
}

const WeftViewport *
weft_canvas_get_viewport (WeftCanvas *self)
{
  return &self->viewport;
}

WeftPoint
weft_canvas_get_place (WeftCanvas *self)
{
  if (self->pointer_inside)
    return weft_viewport_to_board (&self->viewport, self->pointer.x, self->pointer.y);

  return weft_viewport_to_board (&self->viewport, self->viewport.width / 2, self->viewport.height / 2);
}

double
weft_canvas_to_board_length (WeftCanvas *self,
                             double      view_units)
{
  return view_units / self->viewport.zoom;
}

gboolean
weft_canvas_get_dark (WeftCanvas *self)
{
  return adw_style_manager_get_dark (
    adw_style_manager_get_for_display (gtk_widget_get_display (GTK_WIDGET (self))));
}

/* Selection */

static void
selection_changed (WeftCanvas *self)
{
  if (self->presence != NULL)
    weft_board_presence_set_selection (self->presence, self->selection);

  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

guint
weft_canvas_get_n_selected (WeftCanvas *self)
{
  return g_hash_table_size (self->selection);
}

gboolean
weft_canvas_is_selected (WeftCanvas *self,
                         const char *id)
{
  return g_hash_table_contains (self->selection, id);
}

GPtrArray *
weft_canvas_list_selected (WeftCanvas *self)
{
  GPtrArray *selected = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
  GPtrArray *elements;

  if (self->model == NULL || g_hash_table_size (self->selection) == 0)
    return selected;

  elements = weft_board_model_get_elements (self->model);

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (weft_canvas_is_selected (self, element->id))
        g_ptr_array_add (selected, weft_element_ref (element));
    }

  return selected;
}

WeftBox
weft_canvas_get_selection_box (WeftCanvas *self)
{
  WeftBox box = WEFT_BOX_EMPTY;
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->selection);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      WeftElement *element = weft_board_model_lookup (self->model, id);

      if (element != NULL)
        {
          WeftBox bounds = weft_element_get_bounds (element);

          weft_box_add_box (&box, &bounds);
        }
    }

  return box;
}

static const char *
outermost_group (const WeftElement *element)
{
  guint n = g_strv_length (element->group_ids);

  return n > 0 ? element->group_ids[n - 1] : NULL;
}

/* Everything that is in a group with @id, and @id itself. */
static void
collect_group (WeftCanvas *self,
               const char *id,
               GHashTable *ids)
{
  WeftElement *element = weft_board_model_lookup (self->model, id);
  const char *group = element != NULL ? outermost_group (element) : NULL;
  GPtrArray *elements;

  if (element == NULL)
    return;

  g_hash_table_add (ids, g_strdup (id));

  if (group == NULL)
    return;

  elements = weft_board_model_get_elements (self->model);

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *other = g_ptr_array_index (elements, i);

      if (g_strcmp0 (outermost_group (other), group) == 0)
        g_hash_table_add (ids, g_strdup (other->id));
    }
}

void
weft_canvas_select (WeftCanvas        *self,
                    const char *const *ids,
                    gboolean           add)
{
  if (self->model == NULL)
    return;

  if (!add)
    g_hash_table_remove_all (self->selection);

  for (gsize i = 0; ids != NULL && ids[i] != NULL; i++)
    collect_group (self, ids[i], self->selection);

  selection_changed (self);
}

void
weft_canvas_toggle_selected (WeftCanvas *self,
                             const char *id)
{
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  gboolean remove = weft_canvas_is_selected (self, id);
  GHashTableIter iter;
  gpointer member;

  collect_group (self, id, ids);
  g_hash_table_iter_init (&iter, ids);

  while (g_hash_table_iter_next (&iter, &member, NULL))
    {
      if (remove)
        g_hash_table_remove (self->selection, member);
      else
        g_hash_table_add (self->selection, g_strdup (member));
    }

  selection_changed (self);
}

void
weft_canvas_select_all (WeftCanvas *self)
{
  GPtrArray *elements;

  if (self->model == NULL)
    return;

  elements = weft_board_model_get_elements (self->model);

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (!element->locked)
        g_hash_table_add (self->selection, g_strdup (element->id));
    }

  selection_changed (self);
}

/* Style */

const WeftBoardStyle *
weft_canvas_get_style (WeftCanvas *self)
{
  return &self->style;
}

void
weft_canvas_set_style (WeftCanvas           *self,
                       const WeftBoardStyle *style)
{
  self->style = *style;
  g_signal_emit (self, signals[SIGNAL_STYLE_CHANGED], 0);
}

/* The board */

static void
drop_lost_selection (WeftCanvas *self)
{
  GHashTableIter iter;
  gpointer id;
  gboolean lost = FALSE;

  g_hash_table_iter_init (&iter, self->selection);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (weft_board_model_lookup (self->model, id) == NULL)
      {
        g_hash_table_iter_remove (&iter);
        lost = TRUE;
      }

  if (lost)
    selection_changed (self);
}

static void
board_changed_cb (WeftBoardModel *model,
                  WeftBox        *damage,
                  WeftCanvas     *self)
{
  weft_box_add_box (&self->damage, damage);
  self->damaged = TRUE;
  drop_lost_selection (self);

  if (self->editor != NULL)
    weft_text_editor_refresh (self->editor);

  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[SIGNAL_BOARD_CHANGED], 0);
}

static void
finish_journal (WeftCanvas *self)
{
  g_autoptr(GBytes) journal = weft_document_take_journal (self->document);
  g_autoptr(WeftAny) stroke = NULL;
  WeftReader reader;
  const WeftAny *id;

  if (journal == NULL || weft_document_get_read_only (self->document))
    return;

  weft_reader_init_bytes (&reader, journal);
  stroke = weft_any_read (&reader);

  if (reader.failed || stroke == NULL || weft_any_get_kind (stroke) != WEFT_ANY_OBJECT)
    return;

  /* A crash after the commit and before the journal was dropped leaves a stroke that is there already. */
  id = weft_any_lookup (stroke, "id");
  if (id == NULL || weft_any_get_string (id) == NULL
      || weft_map_has (weft_document_get_board (self->document), weft_any_get_string (id)))
    return;

  {
    WeftAny *rest = weft_any_new_object ();

    for (gsize i = 0; i < weft_any_get_n_items (stroke); i++)
      if (strcmp (weft_any_get_key (stroke, i), "id") != 0)
        weft_any_object_take (rest, weft_any_get_key (stroke, i),
                              weft_any_ref ((WeftAny *) weft_any_get_item (stroke, i)));

    g_free (weft_canvas_create (self, weft_any_get_string (id), rest));
  }
}

static void
close_document (WeftCanvas *self)
{
  if (self->document == NULL)
    return;

  weft_canvas_cancel (self);
  weft_canvas_end_edit (self);
  weft_canvas_stop_kinetic (self);
  g_hash_table_remove_all (self->selection);
  g_ptr_array_set_size (self->kept, 0);
  g_clear_pointer (&self->presence, weft_board_presence_free);
  weft_board_pictures_set_document (self->pictures, NULL);
  g_clear_signal_handler (&self->changed_handler, self->model);
  g_clear_object (&self->model);
  g_clear_object (&self->document);
}

void
weft_canvas_set_document (WeftCanvas   *self,
                          WeftDocument *document)
{
  if (self->document == document)
    return;

  close_document (self);
  weft_turns_forget (NOTED_BOARD);
  self->viewport.x = self->viewport.y = 0;
  self->viewport.zoom = 1;
  self->placed = FALSE;

  if (document != NULL)
    {
      self->document = g_object_ref (document);
      self->model = weft_board_model_new (document);
      weft_board_pictures_set_document (self->pictures, document);
      self->changed_handler
        = g_signal_connect (self->model, "changed", G_CALLBACK (board_changed_cb), self);
      self->presence = weft_board_presence_new (GTK_WIDGET (self), self->model);
      weft_tile_cache_set_scene (self->cache, weft_board_model_get_scene (self->model), NULL);
      finish_journal (self);
    }

  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
  selection_changed (self);
  g_signal_emit (self, signals[SIGNAL_BOARD_CHANGED], 0);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}

void
weft_canvas_set_marks (WeftCanvas      *self,
                       const GPtrArray *marks)
{
  g_clear_pointer (&self->marks, g_ptr_array_unref);
  if (marks != NULL)
    self->marks = g_ptr_array_ref ((GPtrArray *) marks);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

WeftDocument *
weft_canvas_get_document (WeftCanvas *self)
{
  return self->document;
}

WeftBoardModel *
weft_canvas_get_model (WeftCanvas *self)
{
  return self->model;
}

gboolean
weft_canvas_get_editable (WeftCanvas *self)
{
  return self->document != NULL && !weft_document_get_read_only (self->document);
}

gboolean
weft_canvas_has_company (WeftCanvas *self)
{
  return self->presence != NULL && weft_board_presence_has_others (self->presence);
}

char *
weft_canvas_create (WeftCanvas *self,
                    const char *id,
                    WeftAny    *element_properties)
{
  g_autoptr(WeftAny) owned = element_properties;
  g_autofree char *index = weft_board_model_dup_top_index (self->model);
  char *new_id = id != NULL ? g_strdup (id) : weft_element_new_id ();

  weft_board_add_string (owned, "index", index);
  weft_element_create (weft_board_model_get_board (self->model), new_id, owned);

  return new_id;
}

/* Tools */

WeftBoardTool *
weft_canvas_get_current_tool (WeftCanvas *self)
{
  WeftToolKind kind = self->tool;

  if (self->space_down)
    kind = WEFT_TOOL_HAND;
  else if (!weft_canvas_get_editable (self) && weft_board_tool_get_edits (self->tools[kind]))
    kind = WEFT_TOOL_SELECT;

  return self->tools[kind];
}

WeftToolKind
weft_canvas_get_tool (WeftCanvas *self)
{
  return self->tool;
}

void
weft_canvas_set_tool (WeftCanvas  *self,
                      WeftToolKind tool)
{
  g_return_if_fail (tool < WEFT_N_TOOLS);

  weft_canvas_end_edit (self);

  if (self->tool == tool)
    return;

  weft_canvas_cancel (self);
  self->tool = tool;

  if (tool != WEFT_TOOL_SELECT && tool != WEFT_TOOL_HAND && g_hash_table_size (self->selection) > 0)
    weft_canvas_select (self, NULL, FALSE);

  weft_canvas_refresh_cursor (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TOOL]);
}

void
weft_canvas_set_draw_with_finger (WeftCanvas *self,
                                  gboolean    draw)
{
  self->draw_with_finger = draw;
}

void
weft_canvas_tool_done (WeftCanvas *self)
{
  if (!self->tool_locked)
    weft_canvas_set_tool (self, WEFT_TOOL_SELECT);
}

void
weft_canvas_cancel (WeftCanvas *self)
{
  for (guint i = 0; i < WEFT_N_TOOLS; i++)
    if (self->tools[i] != NULL && weft_board_tool_is_active (self->tools[i]))
      weft_board_tool_cancel (self->tools[i]);

  self->busy = NULL;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
weft_canvas_escape (WeftCanvas *self)
{
  if (self->editor != NULL)
    weft_canvas_end_edit (self);
  else if (self->busy != NULL)
    weft_canvas_cancel (self);
  else if (self->tool != WEFT_TOOL_SELECT)
    weft_canvas_set_tool (self, WEFT_TOOL_SELECT);
  else if (g_hash_table_size (self->selection) > 0)
    weft_canvas_select (self, NULL, FALSE);
  else
    return FALSE;

  return TRUE;
}

void
weft_canvas_set_live (WeftCanvas *self,
                      WeftAny    *live)
{
  if (self->presence != NULL)
    weft_board_presence_set_live (self->presence, live);
  else if (live != NULL)
    weft_any_unref (live);
}

/* Text */

static void
begin_edit (WeftCanvas *self,
            const char *id,
            WeftAny    *new_properties)
{
  weft_canvas_end_edit (self);
  weft_document_end_undo_step (self->document);
  self->editor = weft_text_editor_new (self, id, new_properties);
  gtk_widget_set_parent (GTK_WIDGET (self->editor), GTK_WIDGET (self));

  /* Its own words are shown by the editor alone. */
  if (new_properties == NULL)
    {
      WeftElement *element = weft_board_model_lookup (self->model, id);
      g_autoptr(WeftElement) silent = weft_element_copy (element);

      silent->text[0] = '\0';
      weft_board_model_set_override (self->model, id,
                                     element->kind == WEFT_ELEMENT_TEXT ? NULL : silent);
    }

  gtk_widget_grab_focus (GTK_WIDGET (self->editor));
  /* A board where somebody begins to write is not empty any more, whatever the model says yet. */
  g_signal_emit (self, signals[SIGNAL_BOARD_CHANGED], 0);
}

void
weft_canvas_edit_text (WeftCanvas *self,
                       const char *id)
{
  WeftElement *element = weft_board_model_lookup (self->model, id);

  if (element == NULL || element->locked || !weft_canvas_get_editable (self)
      || element->kind == WEFT_ELEMENT_UNKNOWN || element->kind == WEFT_ELEMENT_FREEDRAW
      || element->kind == WEFT_ELEMENT_IMAGE || element->kind == WEFT_ELEMENT_FRAME)
    return;

  begin_edit (self, id, NULL);
}

void
weft_canvas_edit_new_text (WeftCanvas *self,
                           WeftAny    *element_properties)
{
  g_autofree char *id = weft_element_new_id ();

  begin_edit (self, id, element_properties);
}

void
weft_canvas_end_edit (WeftCanvas *self)
{
  WeftTextEditor *editor = g_steal_pointer (&self->editor);
  g_autofree char *id = NULL;

  if (editor == NULL)
    return;

  id = g_strdup (weft_text_editor_get_id (editor));
  weft_text_editor_finish (editor);

  if (self->model != NULL)
    {
      WeftElement *element = weft_board_model_lookup (self->model, id);

      if (element != NULL)
        weft_canvas_keep_shown (self, element);
      weft_board_model_drop_override (self->model, id);
    }

  /* The focus goes to the canvas first: a focused child that goes away gives it to anybody. */
  if (gtk_widget_has_focus (GTK_WIDGET (editor)))
    gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_widget_unparent (GTK_WIDGET (editor));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->model != NULL)
    g_signal_emit (self, signals[SIGNAL_BOARD_CHANGED], 0);
}

gboolean
weft_canvas_is_editing (WeftCanvas *self)
{
  return self->editor != NULL;
}

/* Drawing */

gpointer
weft_canvas_get_pictures (WeftCanvas *self)
{
  return self->pictures;
}

WeftElementRenderer *
weft_canvas_get_renderer (WeftCanvas *self)
{
  return self->renderer;
}

void
weft_canvas_keep_shown (WeftCanvas  *self,
                        WeftElement *element)
{
  g_ptr_array_add (self->kept, weft_element_ref (element));
}

void
weft_canvas_append_element (WeftCanvas        *self,
                            GtkSnapshot       *snapshot,
                            const WeftElement *element)
{
  const WeftViewport *viewport = &self->viewport;
  WeftBox box = weft_element_get_draw_bounds (element);
  WeftPoint a = weft_viewport_to_view (viewport, (WeftPoint) { box.x1, box.y1 });
  WeftPoint b = weft_viewport_to_view (viewport, (WeftPoint) { box.x2, box.y2 });
  graphene_rect_t bounds;
  cairo_t *cr;

  a.x = floor (MAX (a.x, 0));
  a.y = floor (MAX (a.y, 0));
  b.x = ceil (MIN (b.x, viewport->width));
  b.y = ceil (MIN (b.y, viewport->height));

  if (b.x <= a.x || b.y <= a.y)
    return;

  bounds = GRAPHENE_RECT_INIT (a.x, a.y, b.x - a.x, b.y - a.y);
  cr = gtk_snapshot_append_cairo (snapshot, &bounds);
  cairo_scale (cr, viewport->zoom, viewport->zoom);
  cairo_translate (cr, -viewport->x, -viewport->y);
  weft_element_renderer_set_dark (self->renderer, weft_canvas_get_dark (self));
  weft_element_renderer_set_scale (self->renderer, viewport->zoom * viewport->scale_factor);
  weft_element_renderer_draw (self->renderer, cr, element);
  cairo_destroy (cr);
}

typedef struct
{
  WeftCanvas  *canvas;
  GtkSnapshot *snapshot;
} AppendClosure;

static void
append_live_cb (const WeftElement *element,
                gpointer           user_data)
{
  AppendClosure *closure = user_data;

  weft_canvas_append_element (closure->canvas, closure->snapshot, element);
}

static void
append_kept (WeftCanvas  *self,
             GtkSnapshot *snapshot)
{
  for (guint i = 0; i < self->kept->len;)
    {
      WeftElement *element = g_ptr_array_index (self->kept, i);
      WeftBox box = weft_element_get_draw_bounds (element);

      if (weft_tile_cache_is_current (self->cache, &box))
        g_ptr_array_remove_index (self->kept, i);
      else
        {
          weft_canvas_append_element (self, snapshot, element);
          i++;
        }
    }
}

static void
count_frame (WeftCanvas *self,
             gint64      began)
{
  gint64 now = g_get_monotonic_time ();
  double ms = (now - began) / 1000.0;

  self->n_frames++;
  self->frames_sum += ms;
  self->frames_worst = MAX (self->frames_worst, ms);
  self->frames_missing += weft_tile_cache_get_n_missing (self->cache);

  if (now - self->frames_since < G_USEC_PER_SEC)
    return;

  g_print ("board: %u frames, snapshot %.2f ms on average, %.2f ms at worst, %zu tiles missing, %zu kept\n",
           self->n_frames, self->frames_sum / self->n_frames, self->frames_worst,
           self->frames_missing, weft_tile_cache_get_n_tiles (self->cache));
  self->frames_since = now;
  self->n_frames = 0;
  self->frames_sum = self->frames_worst = 0;
  self->frames_missing = 0;
}

static void
weft_canvas_snapshot (GtkWidget   *widget,
                      GtkSnapshot *snapshot)
{
  WeftCanvas *self = WEFT_CANVAS (widget);
  GskRenderer *renderer = gtk_native_get_renderer (gtk_widget_get_native (widget));
  gint64 began = g_get_monotonic_time ();
  AppendClosure closure = { self, snapshot };

  if (self->viewport.width <= 0 || self->model == NULL)
    return;

  self->viewport.scale_factor = gtk_widget_get_scale_factor (widget);
  weft_viewport_settle (&self->viewport);
  weft_tile_cache_set_dark (self->cache, weft_canvas_get_dark (self));
  weft_tile_cache_set_grid (self->cache, self->show_grid);

  if (self->damaged)
    {
      weft_tile_cache_set_scene (self->cache, weft_board_model_get_scene (self->model),
                                 &self->damage);
      self->damage = WEFT_BOX_EMPTY;
      self->damaged = FALSE;
    }

  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, self->viewport.width,
                                                          self->viewport.height));
  weft_tile_cache_snapshot (self->cache, snapshot, &self->viewport, self->motion,
                            renderer != NULL && GSK_IS_CAIRO_RENDERER (renderer));
  if (weft_tile_cache_get_n_missing (self->cache) == 0)
    weft_turns_note (NOTED_BOARD);
  append_kept (self, snapshot);
  weft_board_presence_foreach_live (self->presence, append_live_cb, &closure);

  for (guint i = 0; i < WEFT_N_TOOLS; i++)
    if (i == self->tool || weft_board_tool_is_active (self->tools[i]))
      weft_board_tool_draw (self->tools[i], snapshot);

  if (self->editor != NULL)
    gtk_widget_snapshot_child (widget, GTK_WIDGET (self->editor), snapshot);

  if (self->marks != NULL)
    weft_board_marks_snapshot (self->marks, self->model, snapshot, &self->viewport);
  weft_board_presence_snapshot (self->presence, snapshot, &self->viewport);
  gtk_snapshot_pop (snapshot);

  if (weft_debug_has (WEFT_DEBUG_FRAMES))
    count_frame (self, began);
}

static void
weft_canvas_size_allocate (GtkWidget *widget,
                           int        width,
                           int        height,
                           int        baseline)
{
  WeftCanvas *self = WEFT_CANVAS (widget);

  self->viewport.width = width;
  self->viewport.height = height;
  self->viewport.scale_factor = gtk_widget_get_scale_factor (widget);

  if (!self->placed && self->model != NULL && width > 1 && height > 1)
    {
      WeftBox bounds = weft_board_model_get_bounds (self->model);

      self->placed = TRUE;
      if (weft_box_is_empty (&bounds))
        {
          self->viewport.x = -width / 2.0;
          self->viewport.y = -height / 2.0;
        }
      else
        weft_viewport_fit (&self->viewport, &bounds, FIT_MARGIN, 1);
      weft_viewport_settle (&self->viewport);
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
    }

  if (self->editor != NULL)
    {
      GdkRectangle place;
      int minimum_width;
      int minimum_height;

      weft_text_editor_place (self->editor, &place);
      gtk_widget_measure (GTK_WIDGET (self->editor), GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width,
                          NULL, NULL, NULL);
      place.width = MAX (place.width, minimum_width);
      gtk_widget_measure (GTK_WIDGET (self->editor), GTK_ORIENTATION_VERTICAL, place.width,
                          &minimum_height, NULL, NULL, NULL);
      place.height = MAX (place.height, minimum_height);
      gtk_widget_size_allocate (GTK_WIDGET (self->editor), &place, -1);
    }
}

static void
weft_canvas_measure (GtkWidget     *widget,
                     GtkOrientation orientation,
                     int            for_size,
                     int           *minimum,
                     int           *natural,
                     int           *minimum_baseline,
                     int           *natural_baseline)
{
  WeftCanvas *self = WEFT_CANVAS (widget);

  /* GTK wants a child measured before it is given a place. */
  if (self->editor != NULL)
    gtk_widget_measure (GTK_WIDGET (self->editor), orientation, -1, NULL, NULL, NULL, NULL);

  *minimum = 100;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 800 : 600;
}

static void
dark_changed_cb (WeftCanvas *self)
{
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
weft_canvas_dispose (GObject *object)
{
  WeftCanvas *self = WEFT_CANVAS (object);

  close_document (self);
  g_clear_handle_id (&self->rest_id, g_source_remove);
  weft_canvas_stop_kinetic (self);

  for (guint i = 0; i < WEFT_N_TOOLS; i++)
    g_clear_object (&self->tools[i]);

  g_clear_pointer (&self->cache, weft_tile_cache_free);
  g_clear_pointer (&self->renderer, weft_element_renderer_free);

  if (self->pictures != NULL)
    weft_board_pictures_disconnect (self->pictures);
  g_clear_pointer (&self->pictures, weft_board_pictures_unref);

  G_OBJECT_CLASS (weft_canvas_parent_class)->dispose (object);
}

static void
weft_canvas_finalize (GObject *object)
{
  WeftCanvas *self = WEFT_CANVAS (object);

  g_clear_pointer (&self->selection, g_hash_table_unref);
  g_clear_pointer (&self->kept, g_ptr_array_unref);

  g_clear_pointer (&self->marks, g_ptr_array_unref);

  G_OBJECT_CLASS (weft_canvas_parent_class)->finalize (object);
}

static void
weft_canvas_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  WeftCanvas *self = WEFT_CANVAS (object);

  switch (prop_id)
    {
    case PROP_TOOL:
      g_value_set_int (value, self->tool);
      break;
    case PROP_TOOL_LOCKED:
      g_value_set_boolean (value, self->tool_locked);
      break;
    case PROP_ZOOM:
      g_value_set_double (value, self->viewport.zoom);
      break;
    case PROP_SHOW_GRID:
      g_value_set_boolean (value, self->show_grid);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_canvas_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  WeftCanvas *self = WEFT_CANVAS (object);

  switch (prop_id)
    {
    case PROP_TOOL:
      weft_canvas_set_tool (self, g_value_get_int (value));
      break;
    case PROP_TOOL_LOCKED:
      self->tool_locked = g_value_get_boolean (value);
      g_object_notify_by_pspec (object, pspec);
      break;
    case PROP_ZOOM:
      weft_canvas_zoom_to (self, g_value_get_double (value));
      break;
    case PROP_SHOW_GRID:
      self->show_grid = g_value_get_boolean (value);
      gtk_widget_queue_draw (GTK_WIDGET (self));
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_canvas_class_init (WeftCanvasClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = weft_canvas_dispose;
  object_class->finalize = weft_canvas_finalize;
  object_class->get_property = weft_canvas_get_property;
  object_class->set_property = weft_canvas_set_property;
  widget_class->snapshot = weft_canvas_snapshot;
  widget_class->size_allocate = weft_canvas_size_allocate;
  widget_class->measure = weft_canvas_measure;

  properties[PROP_TOOL] = g_param_spec_int ("tool", NULL, NULL, 0, WEFT_N_TOOLS - 1, 0,
                                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
                                              | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_TOOL_LOCKED]
    = g_param_spec_boolean ("tool-locked", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_ZOOM]
    = g_param_spec_double ("zoom", NULL, NULL, WEFT_ZOOM_MIN, WEFT_ZOOM_MAX, 1,
                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_SHOW_GRID]
    = g_param_spec_boolean ("show-grid", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_SELECTION_CHANGED] = g_signal_new ("selection-changed", G_TYPE_FROM_CLASS (klass),
                                                    G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                    G_TYPE_NONE, 0);
  signals[SIGNAL_STYLE_CHANGED] = g_signal_new ("style-changed", G_TYPE_FROM_CLASS (klass),
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_BOARD_CHANGED] = g_signal_new ("board-changed", G_TYPE_FROM_CLASS (klass),
                                                G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  weft_canvas_class_bind_keys (widget_class);
}

static void
weft_canvas_init (WeftCanvas *self)
{
  self->selection = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
  self->style = WEFT_BOARD_STYLE_INIT;
  self->viewport = WEFT_VIEWPORT_INIT;
  self->draw_with_finger = TRUE;
  self->damage = WEFT_BOX_EMPTY;
  self->cache = weft_tile_cache_new (tiles_ready_cb, self);
  self->renderer = weft_element_renderer_new ();
  self->pictures = weft_board_pictures_new (picture_arrived_cb, self);
  weft_tile_cache_set_pictures (self->cache, weft_board_pictures_lookup, self->pictures);
  weft_element_renderer_set_pictures (self->renderer, weft_board_pictures_lookup, self->pictures);

  for (guint i = 0; i < WEFT_N_TOOLS; i++)
    self->tools[i] = weft_board_tool_new (i, self);

  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Board"), -1);
  g_signal_connect_object (adw_style_manager_get_for_display (gtk_widget_get_display (GTK_WIDGET (self))),
                           "notify::dark", G_CALLBACK (dark_changed_cb), self, G_CONNECT_SWAPPED);
  weft_canvas_init_input (self);
}

GtkWidget *
weft_canvas_new (void)
{
  return g_object_new (WEFT_TYPE_CANVAS, NULL);
}
