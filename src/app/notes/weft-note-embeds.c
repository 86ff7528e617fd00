/* weft-note-embeds.c - what stands in a note and is not text: pictures, dividers, and what we do not know
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* A note never asks a foreign server for a picture by itself: that would tell who reads it. */
#define ASSET_PREFIX "weft:asset/"

#define DIVIDER_HEIGHT 18
#define PLACEHOLDER_CHARS 40

static const char *
lookup_string (const WeftAny *object,
               const char    *key)
{
  const WeftAny *value = object != NULL ? weft_any_lookup (object, key) : NULL;

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static char *
dup_alt (WeftNoteTextView   *self,
         GtkTextChildAnchor *anchor)
{
  g_autoptr(WeftAny) attributes = NULL;
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_child_anchor (weft_note_binding_get_buffer (self->binding), &iter, anchor);
  attributes = weft_note_dup_attributes (&iter, FALSE);

  return g_strdup (lookup_string (attributes, "alt"));
}

static GtkWidget *
new_placeholder (const char *icon_name,
                 const char *text)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_autofree char *start = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), PLACEHOLDER_CHARS));
  GtkWidget *label = gtk_label_new (start);

  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name (icon_name));
  gtk_box_append (GTK_BOX (box), label);
  gtk_widget_add_css_class (box, "note-placeholder");

  return box;
}

/* Pictures */

static void
fit_picture (WeftNoteTextView *self,
             GtkWidget        *picture)
{
  GdkPaintable *paintable = gtk_picture_get_paintable (GTK_PICTURE (picture));
  int column = weft_note_text_view_get_column_width (self);
  int width, height;

  if (paintable == NULL || column <= 0)
    return;

  width = gdk_paintable_get_intrinsic_width (paintable);
  height = gdk_paintable_get_intrinsic_height (paintable);
  if (width > column)
    {
      height = MAX (1, (gint64) height * column / width);
      width = column;
    }
  gtk_widget_set_size_request (picture, width, height);
}

static void
show_texture (WeftNoteTextView *self,
              GtkWidget        *stack,
              GdkTexture       *texture)
{
  GtkWidget *picture = gtk_stack_get_child_by_name (GTK_STACK (stack), "picture");

  gtk_picture_set_paintable (GTK_PICTURE (picture), GDK_PAINTABLE (texture));
  fit_picture (self, picture);
  gtk_stack_set_visible_child_name (GTK_STACK (stack), "picture");
}

static void
asset_loaded_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(GtkWidget) stack = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(GdkTexture) texture = NULL;
  GtkWidget *view;

  bytes = weft_document_load_asset_finish (WEFT_DOCUMENT (source), result, &error);
  view = gtk_widget_get_ancestor (stack, WEFT_TYPE_NOTE_TEXT_VIEW);
  if (view == NULL)
    return;

  if (bytes != NULL)
    texture = gdk_texture_new_from_bytes (bytes, &error);
  if (texture != NULL)
    show_texture (WEFT_NOTE_TEXT_VIEW (view), stack, texture);
  else
    gtk_widget_set_tooltip_text (stack, error->message);
}

static GtkWidget *
new_picture (WeftNoteTextView   *self,
             GtkTextChildAnchor *anchor,
             const char         *uri)
{
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *picture = gtk_picture_new ();
  g_autofree char *alt = dup_alt (self, anchor);
  const char *name = alt != NULL && *alt != '\0' ? alt : _ ("Picture");

  gtk_picture_set_alternative_text (GTK_PICTURE (picture), name);
  gtk_picture_set_content_fit (GTK_PICTURE (picture), GTK_CONTENT_FIT_CONTAIN);
  gtk_widget_add_css_class (picture, "note-picture");
  gtk_widget_set_overflow (picture, GTK_OVERFLOW_HIDDEN);
  gtk_stack_set_hhomogeneous (GTK_STACK (stack), FALSE);
  gtk_stack_set_vhomogeneous (GTK_STACK (stack), FALSE);
  gtk_stack_add_named (GTK_STACK (stack), new_placeholder ("image-x-generic-symbolic", name), "placeholder");
  gtk_stack_add_named (GTK_STACK (stack), picture, "picture");

  if (self->document != NULL && g_str_has_prefix (uri, ASSET_PREFIX))
    weft_document_load_asset_async (self->document, uri, NULL, asset_loaded_cb, g_object_ref (stack));
  else
    gtk_widget_set_tooltip_text (stack, uri);

  return stack;
}

/* Only takes its place: the text draws the rule over the whole column. */
static GtkWidget *
new_divider (void)
{
  GtkWidget *divider = adw_bin_new ();

  gtk_widget_set_size_request (divider, 1, DIVIDER_HEIGHT);
  gtk_accessible_update_property (GTK_ACCESSIBLE (divider), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Divider"), -1);

  return divider;
}

static GtkWidget *
new_widget (WeftNoteTextView   *self,
            GtkTextChildAnchor *anchor)
{
  const WeftAny *embed = weft_note_anchor_get_embed (anchor);
  const char *image = lookup_string (embed, "image");
  const char *formula = lookup_string (embed, "formula");

  if (image != NULL)
    return new_picture (self, anchor, image);
  if (embed != NULL && weft_any_lookup (embed, "divider") != NULL)
    return new_divider ();
  if (embed != NULL && weft_any_lookup (embed, "board") != NULL)
    return new_placeholder ("view-grid-symbolic", _ ("Board"));
  if (formula != NULL)
    return new_placeholder ("accessories-calculator-symbolic", formula);

  return new_placeholder ("package-x-generic-symbolic", _ ("Content from another program"));
}

static void
forget_cb (gpointer  user_data,
           GObject  *widget)
{
  g_ptr_array_remove_fast (user_data, widget);
}

static void
show_embed (WeftNoteTextView   *self,
            GtkTextChildAnchor *anchor)
{
  GtkWidget *widget = new_widget (self, anchor);

  g_ptr_array_add (self->embeds, widget);
  g_object_weak_ref (G_OBJECT (widget), forget_cb, self->embeds);
  gtk_text_view_add_child_at_anchor (GTK_TEXT_VIEW (self), widget, anchor);
  weft_note_text_view_fit_embeds (self);
}

static void
embed_cb (WeftNoteBinding    *binding,
          GtkTextChildAnchor *anchor,
          WeftNoteTextView   *self)
{
  show_embed (self, anchor);
}

void
weft_note_text_view_show_embeds (WeftNoteTextView *self)
{
  GtkTextIter iter, match_end;

  gtk_text_buffer_get_start_iter (weft_note_binding_get_buffer (self->binding), &iter);
  while (gtk_text_iter_forward_search (&iter, "\xef\xbf\xbc", 0, &iter, &match_end, NULL))
    {
      GtkTextChildAnchor *anchor = gtk_text_iter_get_child_anchor (&iter);

      if (anchor != NULL)
        show_embed (self, anchor);
      iter = match_end;
    }

  g_signal_connect (self->binding, "embed", G_CALLBACK (embed_cb), self);
}

void
weft_note_text_view_forget_embeds (WeftNoteTextView *self)
{
  for (guint i = 0; i < self->embeds->len; i++)
    g_object_weak_unref (g_ptr_array_index (self->embeds, i), forget_cb, self->embeds);
  g_ptr_array_set_size (self->embeds, 0);
}

void
weft_note_text_view_fit_embeds (WeftNoteTextView *self)
{
  for (guint i = 0; i < self->embeds->len; i++)
    {
      GtkWidget *widget = g_ptr_array_index (self->embeds, i);

      if (GTK_IS_STACK (widget))
        fit_picture (self, gtk_stack_get_child_by_name (GTK_STACK (widget), "picture"));
    }
}

gboolean
weft_note_iter_is_divider (const GtkTextIter *iter)
{
  GtkTextChildAnchor *anchor = gtk_text_iter_get_child_anchor (iter);
  const WeftAny *embed = anchor != NULL ? weft_note_anchor_get_embed (anchor) : NULL;

  return embed != NULL && weft_any_lookup (embed, "divider") != NULL;
}

gboolean
weft_note_text_view_insert_image (WeftNoteTextView *self,
                                  GBytes           *bytes,
                                  const char       *alt,
                                  GError          **error)
{
  g_autoptr(WeftAny) embed = NULL;
  g_autoptr(WeftAny) attributes = weft_any_new_object ();
  g_autofree char *uri = NULL;

  if (self->document == NULL || !gtk_text_view_get_editable (GTK_TEXT_VIEW (self)))
    return TRUE;

  uri = weft_document_add_asset (self->document, bytes, error);
  if (uri == NULL)
    return FALSE;

  embed = weft_note_attribute ("image", weft_any_new_string (uri));
  if (alt != NULL)
    weft_any_object_take (attributes, "alt", weft_any_new_string (alt));

  weft_note_text_view_insert_block (self, embed, attributes);

  return TRUE;
}
