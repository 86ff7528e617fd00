/* weft-note-binding-check.c - ties a text buffer to the Y.Text of a note: what the buffer says
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-binding-private.h"

static WeftAny *
dup_all_attributes (const GtkTextIter *iter)
{
  WeftAny *all = weft_note_dup_attributes (iter, FALSE);
  g_autoptr(WeftAny) of_line = weft_note_dup_attributes (iter, TRUE);

  for (gsize i = 0; i < weft_any_get_n_items (of_line); i++)
    weft_any_object_take (all, weft_any_get_key (of_line, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (of_line, i)));

  return all;
}

WeftDelta *
weft_note_binding_to_delta (WeftNoteBinding   *self,
                            const GtkTextIter *start,
                            const GtkTextIter *end)
{
  WeftDelta *delta = weft_delta_new ();

  for (GtkTextIter iter = *start; gtk_text_iter_compare (&iter, end) < 0; gtk_text_iter_forward_char (&iter))
    {
      GtkTextChildAnchor *anchor = gtk_text_iter_get_child_anchor (&iter);
      g_autoptr(WeftAny) attributes = dup_all_attributes (&iter);
      WeftAny *given = weft_any_get_n_items (attributes) > 0 ? attributes : NULL;
      char text[6];

      if (anchor != NULL)
        weft_delta_insert_embed (delta, (WeftAny *) weft_note_anchor_get_embed (anchor), given);
      else if (gtk_text_iter_has_tag (&iter, weft_note_tags_get_sentinel (self->tags)))
        weft_delta_insert_text (delta, "\n", 1, given);
      else
        weft_delta_insert_text (delta, text, g_unichar_to_utf8 (gtk_text_iter_get_char (&iter), text),
                                given);
    }

  return delta;
}

/* The text of the document as the buffer shows it, embeds as U+FFFC. */
static char *
shown_text (WeftNoteBinding *self)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (self->text);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        {
          g_autofree char *clean = weft_note_binding_clean_text (op->text, op->n_bytes);

          g_string_append_len (text, clean != NULL ? clean : op->text,
                               clean != NULL ? strlen (clean) : op->n_bytes);
        }
      else
        g_string_append (text, "\xef\xbf\xbc");
    }

  return g_string_free (text, FALSE);
}

gboolean
weft_note_binding_check (WeftNoteBinding *self,
                         GError         **error)
{
  g_autofree char *wanted = shown_text (self);
  g_autofree char *shown = NULL;
  GtkTextIter start, end;
  gsize length = strlen (wanted);
  gboolean has_final = length > 0 && wanted[length - 1] == '\n';

  gtk_text_buffer_get_start_iter (self->buffer, &start);
  weft_note_binding_get_end (self, &end);
  shown = gtk_text_iter_get_slice (&start, &end);
  /* Of a note that is not there whole, some lines. */
  if (self->partial && length > strlen (shown))
    {
      has_final = wanted[strlen (shown)] == '\n';
      wanted[strlen (shown)] = '\0';
    }
  else if (has_final)
    wanted[length - 1] = '\0';

  if (has_final != self->has_final)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the document %s, the buffer thinks otherwise",
                 has_final ? "ends with a new line" : "does not end with a new line");
  else if (strcmp (wanted, shown) != 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the document says “%s”, the buffer “%s”", wanted,
                 shown);
  else if (weft_note_lines_get_n (self->lines) != (guint) gtk_text_buffer_get_line_count (self->buffer))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the records are %u lines, the buffer %d",
                 weft_note_lines_get_n (self->lines), gtk_text_buffer_get_line_count (self->buffer));
  else
    return TRUE;

  return FALSE;
}
