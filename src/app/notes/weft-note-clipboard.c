/* weft-note-clipboard.c - copying, pasting and dropping in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is copied is offered twice: as a delta, for notes, and as Markdown, for everything else. Text
 * that is pasted and reads like Markdown becomes what it means, in a step of undo of its own.
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"

#include "notebook/weft-markdown.h"
#include "notebook/weft-shown-page.h"

#define DELTA_TYPE "application/x-weft-delta+json"

static GtkTextBuffer *
get_buffer (WeftNoteTextView *self)
{
  return gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
}

/* Copying */

/* Within one line it is only the text, more is Markdown. */
static char *
dup_plain_text (const GtkTextIter *start,
                const GtkTextIter *end,
                const WeftDelta   *delta)
{
  static const WeftMarkdownOptions options = { 0 };
  char *text;

  if (gtk_text_iter_get_line (start) == gtk_text_iter_get_line (end))
    return gtk_text_iter_get_text (start, end);

  text = weft_markdown_write (delta, &options);
  /* It ends as the selection does: only what takes the end of the line along ends with "\n". */
  if (!gtk_text_iter_starts_line (end) && g_str_has_suffix (text, "\n"))
    text[strlen (text) - 1] = '\0';

  return text;
}

/* Of a version beside the one before it, only what is in it is copied; %NULL where @delta is no such. */
static WeftDelta *
without_changes (const WeftDelta *delta)
{
  g_autoptr(WeftDelta) result = weft_delta_new ();
  gboolean found = FALSE;

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      const WeftAny *change = op->attributes != NULL ? weft_any_lookup (op->attributes, WEFT_SHOWN_CHANGE) : NULL;
      const WeftAny *type = change != NULL ? weft_any_lookup (change, "type") : NULL;
      g_autoptr(WeftAny) marks = NULL;

      found |= change != NULL;
      if (type != NULL && g_strcmp0 (weft_any_get_string (type), "removed") == 0)
        continue;

      for (gsize k = 0; op->attributes != NULL && k < weft_any_get_n_items (op->attributes); k++)
        {
          const char *key = weft_any_get_key (op->attributes, k);

          if (g_str_equal (key, WEFT_SHOWN_CHANGE))
            continue;
          if (marks == NULL)
            marks = weft_any_new_object ();
          weft_any_object_take (marks, key, weft_any_ref ((WeftAny *) weft_any_get_item (op->attributes, k)));
        }
      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        weft_delta_insert_text (result, op->text, op->n_bytes, marks);
      else if (op->kind == WEFT_DELTA_INSERT_EMBED)
        weft_delta_insert_embed (result, op->embed, marks);
    }

  return found ? g_steal_pointer (&result) : NULL;
}

static GdkContentProvider *
new_content (WeftNoteTextView *self)
{
  GdkContentProvider *providers[2];
  g_autofree char *text = NULL;
  g_autoptr(WeftDelta) delta = NULL;
  WeftDelta *clean;
  g_autoptr(GBytes) bytes = NULL;
  GtkTextIter start, end;
  char *json;

  if (self->binding == NULL || !weft_note_text_view_get_selection (self, &start, &end))
    return NULL;

  delta = weft_note_binding_to_delta (self->binding, &start, &end);
  clean = without_changes (delta);
  if (clean != NULL)
    {
      weft_delta_free (delta);
      delta = clean;
    }
  text = clean != NULL ? weft_markdown_write (delta, NULL) : dup_plain_text (&start, &end, delta);
  json = weft_delta_to_json (delta);
  bytes = g_bytes_new_take (json, strlen (json));
  providers[0] = gdk_content_provider_new_for_bytes (DELTA_TYPE, bytes);
  providers[1] = gdk_content_provider_new_typed (G_TYPE_STRING, text);

  return gdk_content_provider_new_union (providers, G_N_ELEMENTS (providers));
}

static void
copy_clipboard (GtkTextView *view)
{
  g_autoptr(GdkContentProvider) content = new_content (WEFT_NOTE_TEXT_VIEW (view));

  if (content != NULL)
    gdk_clipboard_set_content (gtk_widget_get_clipboard (GTK_WIDGET (view)), content);
}

static void
cut_clipboard (GtkTextView *view)
{
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (view);
  GtkTextIter start, end;

  copy_clipboard (view);
  if (!gtk_text_view_get_editable (view) || !weft_note_text_view_get_selection (self, &start, &end))
    return;

  weft_note_text_view_end_step (self);
  gtk_text_buffer_begin_user_action (get_buffer (self));
  gtk_text_buffer_delete (get_buffer (self), &start, &end);
  gtk_text_buffer_end_user_action (get_buffer (self));
  weft_note_text_view_end_step (self);
}

/* Pasting */

static void
tell_problem (WeftNoteTextView *self,
              const GError     *error)
{
  gtk_widget_error_bell (GTK_WIDGET (self));
  weft_note_text_view_tell (self, error->message);
}

static void
begin_paste (WeftNoteTextView *self,
             GtkTextIter      *iter)
{
  GtkTextIter end;

  weft_note_text_view_end_step (self);
  self->preparing = TRUE;
  gtk_text_buffer_begin_user_action (get_buffer (self));
  if (weft_note_text_view_get_selection (self, iter, &end))
    gtk_text_buffer_delete (get_buffer (self), iter, &end);
}

static void
finish_paste (WeftNoteTextView *self)
{
  gtk_text_buffer_end_user_action (get_buffer (self));
  self->preparing = FALSE;
  weft_note_text_view_end_step (self);
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self), gtk_text_buffer_get_insert (get_buffer (self)));
}

static void
paste_op (WeftNoteTextView *self,
          GtkTextIter      *iter,
          const WeftAny    *op)
{
  g_autoptr(WeftAny) attributes = weft_any_new_object ();
  const WeftAny *insert = weft_any_lookup (op, "insert");
  const WeftAny *given = weft_any_lookup (op, "attributes");

  if (insert == NULL)
    return;
  if (given != NULL && weft_any_get_kind (given) == WEFT_ANY_OBJECT)
    {
      weft_any_unref (attributes);
      attributes = weft_any_ref ((WeftAny *) given);
    }

  if (weft_any_get_kind (insert) == WEFT_ANY_STRING)
    weft_note_binding_insert (self->binding, iter, weft_any_get_string (insert),
                              weft_any_get_string_length (insert), attributes);
  else if (weft_any_get_kind (insert) == WEFT_ANY_OBJECT)
    weft_note_binding_insert_embed (self->binding, iter, (WeftAny *) insert, attributes);
}

static void
insert_delta (WeftNoteTextView *self,
              GtkTextIter      *iter,
              const WeftDelta  *delta)
{
  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      g_autoptr(WeftAny) attributes
          = op->attributes != NULL ? weft_any_ref (op->attributes) : weft_any_new_object ();
      /* The "\n" that ends a note ends nothing here. */
      gboolean final = i + 1 == weft_delta_get_n_ops (delta) && op->attributes == NULL
                       && op->kind == WEFT_DELTA_INSERT_TEXT && op->text[op->n_bytes - 1] == '\n';

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        weft_note_binding_insert (self->binding, iter, op->text, op->n_bytes - final, attributes);
      else if (op->kind == WEFT_DELTA_INSERT_EMBED)
        weft_note_binding_insert_embed (self->binding, iter, op->embed, attributes);
    }
}

static gboolean
reads_like_markdown (const char *text)
{
  return g_regex_match_simple ("^(#{1,6} |[-*+] (\\[[ xX]\\] )?\\S|[0-9]{1,3}[.)] \\S|> |```)", text,
                               G_REGEX_MULTILINE, 0)
         || g_regex_match_simple ("\\*\\*[^*\\s][^*]*\\*\\*|\\[[^\\]]+\\]\\(\\w+:[^\\s()]+\\)", text, 0, 0);
}

/* The text between becomes what it means, where that is something else. */
static void
read_markdown (WeftNoteTextView *self,
               int               from,
               int               to)
{
  static const WeftMarkdownOptions options = { 0 };
  GtkTextBuffer *buffer = get_buffer (self);
  g_autoptr(WeftDelta) delta = NULL;
  g_autofree char *text = NULL;
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_offset (buffer, &start, from);
  gtk_text_buffer_get_iter_at_offset (buffer, &end, to);
  if (weft_note_lines_get (weft_note_binding_get_lines (self->binding), gtk_text_iter_get_line (&start))
          ->format.code)
    return;

  text = gtk_text_iter_get_slice (&start, &end);
  if (!reads_like_markdown (text))
    return;
  delta = weft_markdown_read (text, -1, &options, NULL, NULL);
  if (delta == NULL)
    return;

  gtk_text_buffer_select_range (buffer, &start, &end);
  begin_paste (self, &start);
  insert_delta (self, &start, delta);
  gtk_text_buffer_place_cursor (buffer, &start);
  finish_paste (self);
}

static void
paste_text (WeftNoteTextView *self,
            const char       *text)
{
  g_auto(GStrv) lines = g_regex_split_simple ("\r\n|\r|\n", text, 0, 0);
  g_autofree char *clean = g_strjoinv ("\n", lines);
  GtkTextIter iter;
  int from, to;

  begin_paste (self, &iter);
  from = gtk_text_iter_get_offset (&iter);
  gtk_text_buffer_insert (get_buffer (self), &iter, clean, -1);
  to = gtk_text_iter_get_offset (&iter);
  finish_paste (self);

  read_markdown (self, from, to);
}

static gboolean
paste_delta (WeftNoteTextView *self,
             GBytes           *bytes)
{
  g_autoptr(WeftAny) ops = weft_any_from_json (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  GtkTextIter iter;

  if (ops == NULL || weft_any_get_kind (ops) != WEFT_ANY_ARRAY)
    return FALSE;

  begin_paste (self, &iter);
  for (gsize i = 0; i < weft_any_get_n_items (ops); i++)
    paste_op (self, &iter, weft_any_get_item (ops, i));
  gtk_text_buffer_place_cursor (get_buffer (self), &iter);
  finish_paste (self);

  return TRUE;
}

static void
paste_texture (WeftNoteTextView *self,
               GdkTexture       *texture)
{
  g_autoptr(GBytes) bytes = gdk_texture_save_to_png_bytes (texture);
  g_autoptr(GError) error = NULL;

  if (!weft_note_text_view_insert_image (self, bytes, NULL, &error))
    tell_problem (self, error);
}

static void
text_read_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftNoteTextView) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, &error);

  if (text == NULL)
    tell_problem (self, error);
  else if (self->binding != NULL)
    paste_text (self, text);
}

static void
texture_read_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(WeftNoteTextView) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GdkTexture) texture = NULL;

  texture = gdk_clipboard_read_texture_finish (GDK_CLIPBOARD (source), result, &error);
  if (texture == NULL)
    tell_problem (self, error);
  else if (self->binding != NULL)
    paste_texture (self, texture);
}

static void
delta_spliced_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(WeftNoteTextView) self = user_data;
  GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM (source);
  g_autoptr(GBytes) bytes = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (source), result, NULL) < 0 || self->binding == NULL)
    return;

  bytes = g_memory_output_stream_steal_as_bytes (memory);
  if (!paste_delta (self, bytes))
    gtk_widget_error_bell (GTK_WIDGET (self));
}

static void
delta_read_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr(WeftNoteTextView) self = user_data;
  g_autoptr(GInputStream) stream = NULL;
  g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr(GError) error = NULL;

  stream = gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, NULL, &error);
  if (stream == NULL)
    {
      tell_problem (self, error);
      return;
    }

  g_output_stream_splice_async (memory, stream,
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT, NULL, delta_spliced_cb, g_steal_pointer (&self));
}

static void
paste_clipboard (GtkTextView *view)
{
  static const char *const delta_types[] = { DELTA_TYPE, NULL };
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (view);
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (view));
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);

  if (self->binding == NULL || !gtk_text_view_get_editable (view))
    return;

  if (gdk_content_formats_contain_mime_type (formats, DELTA_TYPE))
    gdk_clipboard_read_async (clipboard, (const char **) delta_types, G_PRIORITY_DEFAULT, NULL, delta_read_cb,
                              g_object_ref (self));
  else if (gdk_content_formats_contain_gtype (formats, G_TYPE_STRING)
           || gdk_content_formats_contain_mime_type (formats, "text/plain;charset=utf-8")
           || gdk_content_formats_contain_mime_type (formats, "text/plain"))
    gdk_clipboard_read_text_async (clipboard, NULL, text_read_cb, g_object_ref (self));
  else
    gdk_clipboard_read_texture_async (clipboard, NULL, texture_read_cb, g_object_ref (self));
}

/* Dropping */

static void
file_loaded_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(WeftNoteTextView) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_file_load_bytes_finish (G_FILE (source), result, NULL, &error);
  g_autofree char *name = g_file_get_basename (G_FILE (source));

  if (bytes == NULL || !weft_note_text_view_insert_image (self, bytes, name, &error))
    tell_problem (self, error);
}

static gboolean
is_picture (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *type = g_content_type_guess (name, NULL, 0, NULL);

  return g_content_type_is_a (type, "image/*") || g_str_has_prefix (type, "image/");
}

static gboolean
drop_cb (GtkDropTarget    *target,
         const GValue     *value,
         double            x,
         double            y,
         WeftNoteTextView *self)
{
  GtkTextIter iter;
  int buffer_x, buffer_y;

  if (self->binding == NULL || !gtk_text_view_get_editable (GTK_TEXT_VIEW (self)))
    return FALSE;

  gtk_text_view_window_to_buffer_coords (GTK_TEXT_VIEW (self), GTK_TEXT_WINDOW_WIDGET, x, y, &buffer_x,
                                         &buffer_y);
  gtk_text_view_get_iter_at_location (GTK_TEXT_VIEW (self), &iter, buffer_x, buffer_y);
  gtk_text_buffer_place_cursor (get_buffer (self), &iter);

  if (G_VALUE_HOLDS (value, GDK_TYPE_TEXTURE))
    paste_texture (self, g_value_get_object (value));
  else
    {
      g_autoptr(GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));

      for (GSList *l = files; l != NULL; l = l->next)
        if (is_picture (l->data))
          g_file_load_bytes_async (l->data, NULL, file_loaded_cb, g_object_ref (self));
    }

  return TRUE;
}

void
weft_note_text_view_add_drop_target (WeftNoteTextView *self)
{
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);
  GType types[] = { GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE };

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

void
weft_note_text_view_install_clipboard (GtkTextViewClass *text_view_class)
{
  text_view_class->copy_clipboard = copy_clipboard;
  text_view_class->cut_clipboard = cut_clipboard;
  text_view_class->paste_clipboard = paste_clipboard;
}
