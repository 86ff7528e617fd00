/* weft-note-title.c - the title of a page, large, above its text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-title.h"

#include "model/weft-notebook.h"

#include <glib/gi18n.h>

/* Each new title is kept for ever: not one for every key. */
#define RENAME_MS 900

struct _WeftNoteTitle
{
  GtkTextView   parent_instance;

  /* Owned */
  WeftDocument *document;

  guint         rename_source;
  guint         showing : 1;
  guint         composing : 1;
};

G_DEFINE_FINAL_TYPE (WeftNoteTitle, weft_note_title, GTK_TYPE_TEXT_VIEW)

enum
{
  LEAVE_DOWN,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static GtkTextBuffer *
get_buffer (WeftNoteTitle *self)
{
  return gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
}

static char *
dup_text (WeftNoteTitle *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (get_buffer (self), &start, &end);

  return gtk_text_buffer_get_text (get_buffer (self), &start, &end, FALSE);
}

static void
rename_page (WeftNoteTitle *self)
{
  g_autofree char *text = NULL;
  WeftNotebook *notebook;
  WeftPage *page;

  if (self->rename_source == 0)
    return;

  g_clear_handle_id (&self->rename_source, g_source_remove);
  text = g_strstrip (dup_text (self));
  notebook = weft_document_get_notebook (self->document);
  page = weft_document_get_page (self->document);
  if (notebook != NULL)
    weft_notebook_rename_page (notebook, page, text);
}

static gboolean
rename_cb (gpointer user_data)
{
  WeftNoteTitle *self = user_data;

  /* The source is removed there. */
  rename_page (self);

  return G_SOURCE_CONTINUE;
}

static void
changed_cb (WeftNoteTitle *self)
{
  WeftNotebook *notebook = NULL;

  gtk_widget_queue_draw (GTK_WIDGET (self));
  if (self->showing || self->document == NULL)
    return;

  /* Until then it is safe from a crash, all the same. */
  notebook = weft_document_get_notebook (self->document);
  if (notebook != NULL)
    {
      g_autofree char *text = g_strstrip (dup_text (self));

      weft_notebook_journal_title (notebook, weft_document_get_page (self->document), text);
    }

  g_clear_handle_id (&self->rename_source, g_source_remove);
  self->rename_source = g_timeout_add (RENAME_MS, rename_cb, self);
}

/* What is being typed here wins over what comes from elsewhere at the same moment. */
static void
show_title (WeftNoteTitle *self)
{
  GtkTextBuffer *buffer = get_buffer (self);
  g_autofree char *text = dup_text (self);
  const char *title = weft_page_get_title (weft_document_get_page (self->document));
  GtkTextIter iter;
  int offset;

  if (self->rename_source != 0 || self->composing || g_strcmp0 (text, title) == 0)
    return;

  gtk_text_buffer_get_iter_at_mark (buffer, &iter, gtk_text_buffer_get_insert (buffer));
  offset = gtk_text_iter_get_offset (&iter);
  self->showing = TRUE;
  gtk_text_buffer_begin_irreversible_action (buffer);
  gtk_text_buffer_set_text (buffer, title, -1);
  gtk_text_buffer_end_irreversible_action (buffer);
  gtk_text_buffer_get_iter_at_offset (buffer, &iter, offset);
  gtk_text_buffer_place_cursor (buffer, &iter);
  self->showing = FALSE;
}

/* A title is one line. */
static void
insert_text_cb (GtkTextBuffer *buffer,
                GtkTextIter   *iter,
                const char    *text,
                int            n_bytes,
                WeftNoteTitle *self)
{
  g_autofree char *line = g_strndup (text, n_bytes < 0 ? strlen (text) : (gsize) n_bytes);

  if (strpbrk (line, "\r\n") == NULL)
    return;

  g_signal_stop_emission_by_name (buffer, "insert-text");
  g_strdelimit (line, "\r\n", ' ');
  gtk_text_buffer_insert (buffer, iter, line, -1);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                WeftNoteTitle         *self)
{
  GtkTextIter iter;

  if (self->composing)
    return GDK_EVENT_PROPAGATE;

  switch (keyval)
    {
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
    case GDK_KEY_Tab:
      g_signal_emit (self, signals[LEAVE_DOWN], 0);
      return GDK_EVENT_STOP;

    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      gtk_text_buffer_get_iter_at_mark (get_buffer (self), &iter, gtk_text_buffer_get_insert (get_buffer (self)));
      if (gtk_text_view_forward_display_line (GTK_TEXT_VIEW (self), &iter))
        return GDK_EVENT_PROPAGATE;
      g_signal_emit (self, signals[LEAVE_DOWN], 0);
      return GDK_EVENT_STOP;

    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
preedit_changed_cb (WeftNoteTitle *self,
                    const char    *preedit)
{
  self->composing = *preedit != '\0';
  /* What came from elsewhere meanwhile. */
  if (!self->composing && self->document != NULL)
    show_title (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
weft_note_title_snapshot_layer (GtkTextView      *view,
                                GtkTextViewLayer  layer,
                                GtkSnapshot      *snapshot)
{
  WeftNoteTitle *self = WEFT_NOTE_TITLE (view);
  g_autoptr(PangoLayout) layout = NULL;
  GdkRGBA color;

  if (layer != GTK_TEXT_VIEW_LAYER_BELOW_TEXT || self->composing
      || gtk_text_buffer_get_char_count (get_buffer (self)) > 0)
    return;

  layout = gtk_widget_create_pango_layout (GTK_WIDGET (view), _ ("Untitled"));
  gtk_widget_get_color (GTK_WIDGET (view), &color);
  color.alpha *= 0.35;
  gtk_snapshot_append_layout (snapshot, layout, &color);
}

static void
weft_note_title_dispose (GObject *object)
{
  weft_note_title_set_document (WEFT_NOTE_TITLE (object), NULL);

  G_OBJECT_CLASS (weft_note_title_parent_class)->dispose (object);
}

static void
weft_note_title_class_init (WeftNoteTitleClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_note_title_dispose;
  GTK_TEXT_VIEW_CLASS (klass)->snapshot_layer = weft_note_title_snapshot_layer;

  signals[LEAVE_DOWN] = g_signal_new ("leave-down", WEFT_TYPE_NOTE_TITLE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                      NULL, G_TYPE_NONE, 0);
}

static void
weft_note_title_init (WeftNoteTitle *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self), GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (self), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "note-title");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Title of the page"),
                                  -1);

  g_signal_connect (get_buffer (self), "insert-text", G_CALLBACK (insert_text_cb), self);
  g_signal_connect_swapped (get_buffer (self), "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect (self, "preedit-changed", G_CALLBACK (preedit_changed_cb), NULL);

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (rename_page), self);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}

GtkWidget *
weft_note_title_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_TITLE, NULL);
}

void
weft_note_title_set_document (WeftNoteTitle *self,
                              WeftDocument  *document)
{
  if (self->document == document)
    return;

  if (self->document != NULL)
    {
      rename_page (self);
      g_signal_handlers_disconnect_by_data (weft_document_get_page (self->document), self);
      g_clear_object (&self->document);
    }
  if (document == NULL)
    return;

  self->document = g_object_ref (document);
  g_signal_connect_swapped (weft_document_get_page (document), "notify::title", G_CALLBACK (show_title), self);
  show_title (self);
}
