/* weft-note-binding-tags.c - ties a text buffer to the Y.Text of a note: attributes and the looks of lines
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-binding-private.h"

static gboolean
tag_touches (GtkTextTag        *tag,
             const GtkTextIter *start,
             const GtkTextIter *end)
{
  GtkTextIter iter = *start;

  if (gtk_text_iter_has_tag (start, tag))
    return TRUE;

  return gtk_text_iter_forward_to_tag_toggle (&iter, tag) && gtk_text_iter_compare (&iter, end) < 0;
}

static gboolean
tag_covers (GtkTextTag        *tag,
            const GtkTextIter *start,
            const GtkTextIter *end)
{
  GtkTextIter iter = *start;

  if (!gtk_text_iter_has_tag (start, tag))
    return FALSE;

  return !gtk_text_iter_forward_to_tag_toggle (&iter, tag) || gtk_text_iter_compare (&iter, end) >= 0;
}

static void
take_off_others (WeftNoteBinding   *self,
                 GPtrArray         *tags,
                 GtkTextTag        *keep,
                 const GtkTextIter *start,
                 const GtkTextIter *end)
{
  for (guint i = 0; tags != NULL && i < tags->len; i++)
    {
      GtkTextTag *tag = g_ptr_array_index (tags, i);

      if (tag != keep && tag_touches (tag, start, end))
        gtk_text_buffer_remove_tag (self->buffer, tag, start, end);
    }
}

static WeftNoteEdges
find_edges (WeftNoteBinding          *self,
            guint                     line,
            const WeftNoteLineFormat *format)
{
  WeftNoteEdges edges = WEFT_NOTE_EDGE_NONE;

  if (!weft_note_line_format_joins (format, format))
    return edges;

  if (line == 0
      || !weft_note_line_format_joins (&weft_note_lines_get (self->lines, line - 1)->format, format))
    edges |= WEFT_NOTE_EDGE_FIRST;
  if (line + 1 == weft_note_lines_get_n (self->lines)
      || !weft_note_line_format_joins (&weft_note_lines_get (self->lines, line + 1)->format, format))
    edges |= WEFT_NOTE_EDGE_LAST;

  return edges;
}

static void
dress_line (WeftNoteBinding *self,
            guint            line)
{
  const WeftNoteLineFormat *format = &weft_note_lines_get (self->lines, line)->format;
  GtkTextTag *tag
      = weft_note_tags_get_paragraph (self->tags, format, find_edges (self, line, format));
  GtkTextIter start, end;

  if (self->loading && tag == NULL)
    return;

  gtk_text_buffer_get_iter_at_line (self->buffer, &start, line);
  weft_note_binding_get_terminator (self, line, &end);
  gtk_text_iter_forward_char (&end);

  self->tagging++;
  take_off_others (self, weft_note_tags_list_paragraphs (self->tags), tag, &start, &end);
  if (tag != NULL && !tag_covers (tag, &start, &end))
    gtk_text_buffer_apply_tag (self->buffer, tag, &start, &end);
  self->tagging--;
}

void
weft_note_binding_refresh_lines (WeftNoteBinding *self,
                                 guint            first,
                                 guint            last)
{
  for (guint line = first; line <= last; line++)
    {
      WeftNoteLineFormat format;
      GtkTextIter iter;

      weft_note_binding_get_terminator (self, line, &iter);
      weft_note_line_format_read (&format, &iter);
      weft_note_lines_set_format (self->lines, line, &format);
    }

  /* A neighbour may have become an edge, or one no more. */
  for (guint line = first > 0 ? first - 1 : 0;
       line <= last + 1 && line < weft_note_lines_get_n (self->lines); line++)
    dress_line (self, line);
}

void
weft_note_binding_change_tags (WeftNoteBinding   *self,
                               const GtkTextIter *start,
                               const GtkTextIter *end,
                               const WeftAny     *attributes)
{
  self->tagging++;
  for (gsize i = 0; attributes != NULL && i < weft_any_get_n_items (attributes); i++)
    {
      const char *key = weft_any_get_key (attributes, i);
      GtkTextTag *tag
          = weft_note_tags_get_attribute (self->tags, key, weft_any_get_item (attributes, i));

      take_off_others (self, weft_note_tags_list_key (self->tags, key), tag, start, end);
      if (tag != NULL && !tag_covers (tag, start, end))
        gtk_text_buffer_apply_tag (self->buffer, tag, start, end);
    }
  self->tagging--;
}

void
weft_note_binding_dress (WeftNoteBinding   *self,
                         const GtkTextIter *start,
                         const GtkTextIter *end,
                         const WeftAny     *attributes)
{
  /* What was just inserted has the same tags from end to end: those on both sides of it. */
  g_autoptr(GSList) tags = gtk_text_iter_get_tags (start);

  self->tagging++;
  for (GSList *l = tags; l != NULL; l = l->next)
    gtk_text_buffer_remove_tag (self->buffer, l->data, start, end);
  for (gsize i = 0; attributes != NULL && i < weft_any_get_n_items (attributes); i++)
    {
      GtkTextTag *tag = weft_note_tags_get_attribute (self->tags, weft_any_get_key (attributes, i),
                                                      weft_any_get_item (attributes, i));

      if (tag != NULL)
        gtk_text_buffer_apply_tag (self->buffer, tag, start, end);
    }
  self->tagging--;
}
