/* weft-note-view.c - holds the place of the note until it arrives
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-view.h"

struct _WeftNoteView
{
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftNoteView, weft_note_view, GTK_TYPE_WIDGET)

static void
weft_note_view_class_init (WeftNoteViewClass *klass)
{
}

static void
weft_note_view_init (WeftNoteView *self)
{
}

GtkWidget *
weft_note_view_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_VIEW, NULL);
}

void
weft_note_view_set_document (WeftNoteView *self, WeftDocument *document)
{
}
