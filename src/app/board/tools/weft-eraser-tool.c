/* weft-eraser-tool.c - takes away what it touches
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What was touched fades while the button is down and goes away, all at once, at the release.
 */

#include "config.h"

#include "app/board/tools/weft-eraser-tool.h"

/* Half of its width, in view units. */
#define REACH 6.0
#define FADED 0.2

struct _WeftEraserTool
{
  WeftBoardTool parent_instance;

  GHashTable   *touched; /* ids */
  WeftPoint     last;
};

G_DEFINE_FINAL_TYPE (WeftEraserTool, weft_eraser_tool, WEFT_TYPE_BOARD_TOOL)

static void
touch (WeftEraserTool *self,
       WeftPoint       to)
{
  WeftCanvas *canvas = weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self));
  WeftBoardModel *model = weft_canvas_get_model (canvas);
  double reach = weft_canvas_to_board_length (canvas, REACH);
  GPtrArray *elements = weft_board_model_get_elements (model);
  g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (!element->locked && !g_hash_table_contains (self->touched, element->id)
          && weft_element_touches_segment (element, self->last, to, reach))
        g_ptr_array_add (found, weft_element_ref (element));
    }

  for (guint i = 0; i < found->len; i++)
    {
      WeftElement *element = g_ptr_array_index (found, i);
      g_autoptr(WeftElement) faded = weft_element_copy (element);

      faded->opacity *= FADED;
      g_hash_table_add (self->touched, g_strdup (element->id));
      weft_board_model_set_override (model, element->id, faded);
    }

  self->last = to;
}

static void
restore (WeftEraserTool *self)
{
  WeftBoardModel *model = weft_canvas_get_model (weft_board_tool_get_canvas (WEFT_BOARD_TOOL (self)));
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->touched);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    weft_board_model_drop_override (model, id);

  g_hash_table_remove_all (self->touched);
}

static void
weft_eraser_tool_press (WeftBoardTool        *tool,
                        const WeftBoardEvent *event)
{
  WeftEraserTool *self = WEFT_ERASER_TOOL (tool);

  self->last = event->board;
  touch (self, event->board);
}

static void
weft_eraser_tool_motion (WeftBoardTool        *tool,
                         const WeftBoardEvent *event)
{
  touch (WEFT_ERASER_TOOL (tool), event->board);
}

static void
weft_eraser_tool_release (WeftBoardTool        *tool,
                          const WeftBoardEvent *event)
{
  WeftEraserTool *self = WEFT_ERASER_TOOL (tool);
  WeftCanvas *canvas = weft_board_tool_get_canvas (tool);
  WeftBoardModel *model = weft_canvas_get_model (canvas);
  GHashTableIter iter;
  gpointer id;

  touch (self, event->board);

  if (g_hash_table_size (self->touched) > 0)
    {
      weft_document_end_undo_step (weft_canvas_get_document (canvas));
      weft_doc_begin (weft_board_model_get_doc (model), NULL);
      g_hash_table_iter_init (&iter, self->touched);
      while (g_hash_table_iter_next (&iter, &id, NULL))
        weft_element_remove (weft_board_model_get_board (model), id);
      weft_doc_commit (weft_board_model_get_doc (model));
    }

  restore (self);
}

static void
weft_eraser_tool_cancel (WeftBoardTool *tool)
{
  restore (WEFT_ERASER_TOOL (tool));
}

static void
weft_eraser_tool_finalize (GObject *object)
{
  g_hash_table_unref (WEFT_ERASER_TOOL (object)->touched);

  G_OBJECT_CLASS (weft_eraser_tool_parent_class)->finalize (object);
}

static void
weft_eraser_tool_class_init (WeftEraserToolClass *klass)
{
  WeftBoardToolClass *tool_class = WEFT_BOARD_TOOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = weft_eraser_tool_finalize;
  tool_class->cursor = "cell";
  tool_class->press = weft_eraser_tool_press;
  tool_class->motion = weft_eraser_tool_motion;
  tool_class->release = weft_eraser_tool_release;
  tool_class->cancel = weft_eraser_tool_cancel;
}

static void
weft_eraser_tool_init (WeftEraserTool *self)
{
  self->touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

WeftBoardTool *
weft_eraser_tool_new (void)
{
  return g_object_new (WEFT_TYPE_ERASER_TOOL, NULL);
}
