/* weft-note-spelling.c - underlines what is misspelled in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The checker reads in a thread, and underlines all that it found in one turn of the main loop: a microsecond for each
 * word that it does not know.
 */

#include "config.h"

#include "app/notes/weft-note-spelling.h"

#ifdef WEFT_HAVE_SPELLING
#include <libspelling.h>

struct _WeftNoteSpelling
{
  /* Borrowed */
  GtkTextView               *view;

  /* Owned */
  SpellingTextBufferAdapter *adapter;
};

WeftNoteSpelling *
weft_note_spelling_new (GtkTextView     *view,
                        WeftNoteBinding *binding)
{
  WeftNoteSpelling *self = g_new0 (WeftNoteSpelling, 1);

  self->view = view;
  self->adapter = spelling_text_buffer_adapter_new (GTK_SOURCE_BUFFER (weft_note_binding_get_buffer (binding)),
                                                    spelling_checker_get_default ());
  gtk_text_view_set_extra_menu (view, spelling_text_buffer_adapter_get_menu_model (self->adapter));
  gtk_widget_insert_action_group (GTK_WIDGET (view), "spelling", G_ACTION_GROUP (self->adapter));
  spelling_text_buffer_adapter_set_enabled (self->adapter, TRUE);

  return self;
}

void
weft_note_spelling_free (WeftNoteSpelling *self)
{
  spelling_text_buffer_adapter_set_enabled (self->adapter, FALSE);
  gtk_widget_insert_action_group (GTK_WIDGET (self->view), "spelling", NULL);
  gtk_text_view_set_extra_menu (self->view, NULL);
  g_clear_object (&self->adapter);
  g_free (self);
}

#else

WeftNoteSpelling *
weft_note_spelling_new (GtkTextView     *view,
                        WeftNoteBinding *binding)
{
  return NULL;
}

void
weft_note_spelling_free (WeftNoteSpelling *self)
{
}

#endif
