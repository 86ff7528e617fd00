/* weft-note-lines.c - what is known of each line of a note, and UTF-16 to character offsets
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-lines.h"

struct _WeftNoteLines
{
  /* Borrowed: the owner of this outlives it. */
  GtkTextBuffer *buffer;

  /* Owned, of WeftNoteLine */
  GArray        *lines;
  guint64        n_wide;
};

guint
weft_note_count_wide (const char *text,
                      gsize       n_bytes)
{
  guint n = 0;

  /* Only four-byte sequences are beyond U+FFFF. */
  for (gsize i = 0; i < n_bytes; i++)
    n += ((guint8) text[i] & 0xf8) == 0xf0;

  return n;
}

static guint
count_wide_between (const GtkTextIter *start,
                    const GtkTextIter *end)
{
  g_autofree char *text = gtk_text_iter_get_slice (start, end);

  return weft_note_count_wide (text, strlen (text));
}

static WeftNoteLine *
peek_line (WeftNoteLines *self,
           guint          line)
{
  g_assert (line < self->lines->len);

  return &g_array_index (self->lines, WeftNoteLine, line);
}

static void
recount_chars (WeftNoteLines *self,
               guint          line)
{
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_line (self->buffer, &iter, line);
  peek_line (self, line)->n_chars = gtk_text_iter_get_chars_in_line (&iter);
}

static void
recount_wide (WeftNoteLines *self,
              guint          line)
{
  WeftNoteLine *record = peek_line (self, line);
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_line (self->buffer, &start, line);
  end = start;
  if (!gtk_text_iter_ends_line (&end))
    gtk_text_iter_forward_to_line_end (&end);

  self->n_wide -= record->n_wide;
  record->n_wide = count_wide_between (&start, &end);
  self->n_wide += record->n_wide;
}

WeftNoteLines *
weft_note_lines_new (GtkTextBuffer *buffer)
{
  WeftNoteLines *self = g_new0 (WeftNoteLines, 1);
  guint n_lines = gtk_text_buffer_get_line_count (buffer);

  self->buffer = buffer;
  self->lines = g_array_sized_new (FALSE, TRUE, sizeof (WeftNoteLine), n_lines);
  g_array_set_size (self->lines, n_lines);
  for (guint i = 0; i < n_lines; i++)
    {
      recount_chars (self, i);
      recount_wide (self, i);
    }

  return self;
}

void
weft_note_lines_free (WeftNoteLines *self)
{
  g_array_unref (self->lines);
  g_free (self);
}

guint
weft_note_lines_get_n (WeftNoteLines *self)
{
  return self->lines->len;
}

const WeftNoteLine *
weft_note_lines_get (WeftNoteLines *self,
                     guint          line)
{
  return peek_line (self, line);
}

void
weft_note_lines_set_format (WeftNoteLines            *self,
                            guint                     line,
                            const WeftNoteLineFormat *format)
{
  peek_line (self, line)->format = *format;
}

void
weft_note_lines_inserted (WeftNoteLines *self,
                          guint          line,
                          const char    *text,
                          gsize          n_bytes)
{
  guint n_wide = weft_note_count_wide (text, n_bytes);
  gboolean was_wide = peek_line (self, line)->n_wide > 0;
  guint n_new = 0;

  for (const char *p = text; (p = memchr (p, '\n', text + n_bytes - p)) != NULL; p++)
    n_new++;

  if (n_new == 0)
    {
      WeftNoteLine *record = peek_line (self, line);

      record->n_chars += g_utf8_strlen (text, n_bytes);
      record->n_wide += n_wide;
      self->n_wide += n_wide;
      return;
    }

  /* What ended the line before ends the last of the new lines: its record moves down. */
  g_array_set_size (self->lines, self->lines->len + n_new);
  memmove (&g_array_index (self->lines, WeftNoteLine, line + n_new),
           &g_array_index (self->lines, WeftNoteLine, line),
           (self->lines->len - n_new - line) * sizeof (WeftNoteLine));
  memset (&g_array_index (self->lines, WeftNoteLine, line), 0, n_new * sizeof (WeftNoteLine));

  for (guint i = line; i <= line + n_new; i++)
    {
      recount_chars (self, i);
      if (n_wide > 0 || was_wide)
        recount_wide (self, i);
    }
}

void
weft_note_lines_deleted (WeftNoteLines *self,
                         guint          first,
                         guint          last,
                         guint          n_wide)
{
  guint64 sum = 0;

  for (guint i = first; i <= last; i++)
    sum += peek_line (self, i)->n_wide;

  /* What ended the last line ends the joined one. */
  if (last > first)
    g_array_remove_range (self->lines, first, last - first);

  peek_line (self, first)->n_wide = sum - n_wide;
  self->n_wide -= n_wide;
  recount_chars (self, first);
}

guint64
weft_note_lines_to_utf16 (WeftNoteLines     *self,
                          const GtkTextIter *iter)
{
  guint64 pos = gtk_text_iter_get_offset (iter);
  guint line = gtk_text_iter_get_line (iter);

  if (self->n_wide == 0)
    return pos;

  for (guint i = 0; i < line; i++)
    pos += peek_line (self, i)->n_wide;

  if (peek_line (self, line)->n_wide > 0)
    {
      GtkTextIter start = *iter;

      gtk_text_iter_set_line_offset (&start, 0);
      pos += count_wide_between (&start, iter);
    }

  return pos;
}

void
weft_note_lines_to_iter (WeftNoteLines *self,
                         guint64        pos_utf16,
                         GtkTextIter   *iter)
{
  guint64 rest = pos_utf16;
  guint line = 0;

  if (self->n_wide == 0)
    {
      gtk_text_buffer_get_iter_at_offset (self->buffer, iter, MIN (pos_utf16, G_MAXINT));
      return;
    }

  for (; line + 1 < self->lines->len; line++)
    {
      const WeftNoteLine *record = peek_line (self, line);
      guint64 n_utf16 = (guint64) record->n_chars + record->n_wide;

      if (rest < n_utf16)
        break;
      rest -= n_utf16;
    }

  gtk_text_buffer_get_iter_at_line (self->buffer, iter, line);
  if (peek_line (self, line)->n_wide == 0)
    {
      gtk_text_iter_set_line_offset (iter, MIN (rest, peek_line (self, line)->n_chars));
      return;
    }

  while (rest > 0)
    {
      guint n_utf16 = gtk_text_iter_get_char (iter) > 0xffff ? 2 : 1;

      if (n_utf16 > rest || !gtk_text_iter_forward_char (iter))
        break;
      rest -= n_utf16;
    }
}

guint
weft_note_lines_get_number (WeftNoteLines *self,
                            guint          line)
{
  const WeftNoteLineFormat *format = &peek_line (self, line)->format;
  guint number = 1;

  for (guint i = line; i-- > 0;)
    {
      const WeftNoteLineFormat *other = &peek_line (self, i)->format;

      if (other->list == WEFT_NOTE_LIST_NONE || other->indent < format->indent)
        break;
      if (other->indent > format->indent)
        continue;
      if (other->list != WEFT_NOTE_LIST_ORDERED)
        break;
      number++;
    }

  return number;
}
