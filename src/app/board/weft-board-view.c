/* weft-board-view.c - holds the place of the board until it arrives
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-view.h"

struct _WeftBoardView
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftBoardView, weft_board_view, GTK_TYPE_WIDGET)

static void
weft_board_view_class_init (WeftBoardViewClass *klass)
{
}

static void
weft_board_view_init (WeftBoardView *self)
{
}

GtkWidget *
weft_board_view_new (void)
{
  return g_object_new (WEFT_TYPE_BOARD_VIEW, NULL);
}

void
weft_board_view_set_document (WeftBoardView *self, WeftDocument *document)
{
}

gboolean
weft_board_view_export_svg (WeftBoardView *self, GFile *file, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "Not yet");
  return FALSE;
}
