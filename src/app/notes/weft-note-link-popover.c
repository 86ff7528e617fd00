/* weft-note-link-popover.c - asks for the address of a link
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-link-popover.h"

#include <glib/gi18n.h>

#define ENTRY_DATA "weft-entry"

static void
set_link (GtkWidget  *popover,
          const char *uri)
{
  WeftNoteTextView *view = WEFT_NOTE_TEXT_VIEW (gtk_widget_get_parent (popover));

  weft_note_text_view_set_link (view, uri, "");
  gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
apply_cb (GtkWidget *popover)
{
  GtkEntry *entry = g_object_get_data (G_OBJECT (popover), ENTRY_DATA);
  g_autofree char *uri = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));
  g_autofree char *scheme = g_uri_parse_scheme (uri);

  /* "example.org" is meant as a page of the web. */
  if (scheme == NULL && *uri != '\0')
    {
      char *whole = g_strconcat (strchr (uri, '@') != NULL ? "mailto:" : "https://", uri, NULL);

      g_free (uri);
      uri = whole;
    }
  set_link (popover, uri);
}

static void
remove_cb (GtkWidget *popover)
{
  set_link (popover, "");
}

static gboolean
unparent_cb (gpointer popover)
{
  gtk_widget_unparent (popover);

  return G_SOURCE_REMOVE;
}

static void
closed_cb (GtkWidget *popover)
{
  gtk_widget_grab_focus (gtk_widget_get_parent (popover));
  /* Not inside its own signal. */
  g_idle_add_full (G_PRIORITY_DEFAULT, unparent_cb, g_object_ref (popover), g_object_unref);
}

static void
point_to_caret (GtkWidget        *popover,
                WeftNoteTextView *view)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));
  GdkRectangle area;
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_mark (buffer, &iter, gtk_text_buffer_get_insert (buffer));
  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (view), &iter, &area);
  gtk_text_view_buffer_to_window_coords (GTK_TEXT_VIEW (view), GTK_TEXT_WINDOW_WIDGET, area.x, area.y, &area.x,
                                         &area.y);
  gtk_popover_set_pointing_to (GTK_POPOVER (popover), &area);
}

void
weft_note_link_popover_show (WeftNoteTextView *view)
{
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *entry = gtk_entry_new ();
  GtkWidget *apply = gtk_button_new_with_label (_ ("Set Link"));
  g_autofree char *uri = NULL;

  if (!gtk_text_view_get_editable (GTK_TEXT_VIEW (view)) || weft_note_text_view_get_binding (view) == NULL)
    {
      g_object_unref (g_object_ref_sink (popover));
      g_object_unref (g_object_ref_sink (box));
      g_object_unref (g_object_ref_sink (entry));
      g_object_unref (g_object_ref_sink (apply));
      return;
    }

  uri = weft_note_text_view_dup_link (view, NULL);
  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _ ("Address of the link"));
  gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_URL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Address of the link"), -1);
  gtk_editable_set_width_chars (GTK_EDITABLE (entry), 28);
  gtk_widget_add_css_class (apply, "suggested-action");
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), apply);
  if (uri != NULL)
    {
      GtkWidget *remove = gtk_button_new_from_icon_name ("edit-delete-symbolic");

      gtk_widget_set_tooltip_text (remove, _ ("Remove Link"));
      gtk_box_append (GTK_BOX (box), remove);
      gtk_editable_set_text (GTK_EDITABLE (entry), uri);
      g_signal_connect_object (remove, "clicked", G_CALLBACK (remove_cb), popover, G_CONNECT_SWAPPED);
    }

  g_object_set_data (G_OBJECT (popover), ENTRY_DATA, entry);
  g_signal_connect_object (entry, "activate", G_CALLBACK (apply_cb), popover, G_CONNECT_SWAPPED);
  g_signal_connect_object (apply, "clicked", G_CALLBACK (apply_cb), popover, G_CONNECT_SWAPPED);
  g_signal_connect (popover, "closed", G_CALLBACK (closed_cb), NULL);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_widget_set_parent (popover, GTK_WIDGET (view));
  point_to_caret (popover, view);
  gtk_popover_popup (GTK_POPOVER (popover));
  gtk_widget_grab_focus (entry);
}
