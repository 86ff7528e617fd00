/* weft-note-binding-apply.c - ties a text buffer to the Y.Text of a note: what comes from the document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A delta is applied as the ranges that it names. The caret and the selection are kept by hand, since
 * a mark of the buffer moves behind what is inserted at it, and what somebody else writes at our
 * caret must not push it along.
 */

#include "config.h"

#include "app/notes/weft-note-binding-private.h"

/* A place that moves through the text, counted both ways. */
typedef struct
{
  guint64 pos_utf16;
  int     offset;
} Place;

static void
note_inserted (WeftNoteBinding *self,
               int              offset,
               int              n_chars)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->pins); i++)
    if (self->pins[i] > offset)
      self->pins[i] += n_chars;
  self->last_change = offset + n_chars;
}

static void
note_deleted (WeftNoteBinding *self,
              int              offset,
              int              n_chars)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->pins); i++)
    if (self->pins[i] > offset)
      self->pins[i] = MAX (offset, self->pins[i] - n_chars);
  self->last_change = offset;
}

static void
insert_shown (WeftNoteBinding *self,
              Place           *place,
              const char      *text,
              gsize            n_bytes,
              const WeftAny   *attributes)
{
  GtkTextIter start, end;
  guint line;
  int n_chars;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, place->offset);
  line = gtk_text_iter_get_line (&end);
  gtk_text_buffer_insert (self->buffer, &end, text, n_bytes);
  n_chars = gtk_text_iter_get_offset (&end) - place->offset;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, place->offset);
  weft_note_binding_dress (self, &start, &end, attributes);
  weft_note_binding_refresh_lines (self, line, gtk_text_iter_get_line (&end));

  note_inserted (self, place->offset, n_chars);
  place->offset += n_chars;
  place->pos_utf16 += n_chars + weft_note_count_wide (text, n_bytes);
}

static void
insert_text (WeftNoteBinding   *self,
             Place             *place,
             const WeftDeltaOp *op)
{
  g_autofree char *clean = weft_note_binding_clean_text (op->text, op->n_bytes);

  if (clean != NULL)
    insert_shown (self, place, clean, strlen (clean), op->attributes);
  else
    insert_shown (self, place, op->text, op->n_bytes, op->attributes);
}

static void
insert_embed (WeftNoteBinding   *self,
              Place             *place,
              const WeftDeltaOp *op)
{
  GtkTextChildAnchor *anchor;
  GtkTextIter start, end;
  guint line;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, place->offset);
  line = gtk_text_iter_get_line (&end);
  anchor = weft_note_binding_insert_anchor (self, &end,
                                            op->kind == WEFT_DELTA_INSERT_EMBED ? op->embed : NULL);

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, place->offset);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, place->offset + 1);
  weft_note_binding_dress (self, &start, &end, op->attributes);
  weft_note_binding_refresh_lines (self, line, line);
  weft_note_binding_tell_embed (self, anchor);

  note_inserted (self, place->offset, 1);
  place->offset += 1;
  place->pos_utf16 += 1;
}

static void
delete_shown (WeftNoteBinding *self,
              int              from,
              int              to)
{
  GtkTextIter start, end;
  guint line;

  if (from >= to)
    return;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, from);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, to);
  line = gtk_text_iter_get_line (&start);
  gtk_text_buffer_delete (self->buffer, &start, &end);
  weft_note_binding_refresh_lines (self, line, line);
  note_deleted (self, from, to - from);
}

static int
offset_at (WeftNoteBinding *self,
           guint64          pos_utf16)
{
  GtkTextIter iter, end;

  weft_note_lines_to_iter (self->lines, pos_utf16, &iter);
  weft_note_binding_get_end (self, &end);

  return MIN (gtk_text_iter_get_offset (&iter), gtk_text_iter_get_offset (&end));
}

static void
retain (WeftNoteBinding   *self,
        Place             *place,
        const WeftDeltaOp *op)
{
  int from = place->offset;
  GtkTextIter start, end;

  place->pos_utf16 += op->length;
  place->offset = offset_at (self, place->pos_utf16);
  if (op->attributes == NULL || from >= place->offset)
    return;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, from);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, place->offset);
  weft_note_binding_change_tags (self, &start, &end, op->attributes);
  weft_note_binding_refresh_lines (self, gtk_text_iter_get_line (&start), gtk_text_iter_get_line (&end));
  self->last_change = place->offset;
}

/* The tags of attributes on the sentinel or on a "\n". */
static WeftAny *
dup_line_end (const GtkTextIter *iter)
{
  WeftAny *all = weft_note_dup_attributes (iter, TRUE);
  g_autoptr(WeftAny) marks = weft_note_dup_attributes (iter, FALSE);

  for (gsize i = 0; i < weft_any_get_n_items (marks); i++)
    weft_any_object_take (all, weft_any_get_key (marks, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (marks, i)));

  return all;
}

static void
dress_sentinel (WeftNoteBinding *self,
                const WeftAny   *attributes)
{
  GtkTextIter start, end;

  weft_note_binding_get_end (self, &start);
  gtk_text_buffer_get_end_iter (self->buffer, &end);
  weft_note_binding_dress (self, &start, &end, attributes);
  self->tagging++;
  gtk_text_buffer_apply_tag (self->buffer, weft_note_tags_get_sentinel (self->tags), &start, &end);
  self->tagging--;
}

/* Shows the "\n" that ends the document, as a delta that reaches it needs. */
static void
show_final (WeftNoteBinding *self)
{
  g_autoptr(WeftAny) attributes = NULL;
  GtkTextIter iter;
  Place place = { 0 };

  weft_note_binding_get_end (self, &iter);
  attributes = dup_line_end (&iter);
  place.offset = gtk_text_iter_get_offset (&iter);
  dress_sentinel (self, NULL);
  insert_shown (self, &place, "\n", 1, attributes);
  self->has_final = FALSE;
}

/* Hides a "\n" that ends the document: the sentinel takes its place. */
static void
hide_final (WeftNoteBinding *self)
{
  g_autoptr(WeftAny) attributes = NULL;
  GtkTextIter iter;
  int offset;

  if (self->has_final)
    return;

  weft_note_binding_get_end (self, &iter);
  if (!gtk_text_iter_backward_char (&iter) || gtk_text_iter_get_char (&iter) != '\n')
    return;

  attributes = dup_line_end (&iter);
  offset = gtk_text_iter_get_offset (&iter);
  delete_shown (self, offset, offset + 1);
  dress_sentinel (self, attributes);
  weft_note_binding_refresh_lines (self, weft_note_lines_get_n (self->lines) - 1,
                                   weft_note_lines_get_n (self->lines) - 1);
  self->has_final = TRUE;
}

static gboolean
reaches_final (WeftNoteBinding *self,
               const WeftDelta *delta)
{
  GtkTextIter end;
  guint64 final, pos = 0;

  weft_note_binding_get_end (self, &end);
  final = weft_note_lines_to_utf16 (self->lines, &end);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          pos += op->length;
          if (op->attributes != NULL && pos > final)
            return TRUE;
          break;

        case WEFT_DELTA_DELETE:
          pos += op->length;
          if (pos > final)
            return TRUE;
          break;

        default:
          if (pos > final)
            return TRUE;
        }
    }

  return FALSE;
}

static void
apply_op (WeftNoteBinding   *self,
          Place             *place,
          const WeftDeltaOp *op)
{
  switch (op->kind)
    {
    case WEFT_DELTA_RETAIN:
      retain (self, place, op);
      break;

    case WEFT_DELTA_DELETE:
      delete_shown (self, place->offset, offset_at (self, place->pos_utf16 + op->length));
      break;

    case WEFT_DELTA_INSERT_TEXT:
      insert_text (self, place, op);
      break;

    case WEFT_DELTA_INSERT_EMBED:
    case WEFT_DELTA_INSERT_TYPE:
      insert_embed (self, place, op);
      break;

    case WEFT_DELTA_INSERT_VALUES:
      /* Items of an array have no place in a text: a foreign program wrote them. */
      break;
    }
}

static int
mark_offset (WeftNoteBinding *self,
             GtkTextMark     *mark)
{
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_mark (self->buffer, &iter, mark);

  return gtk_text_iter_get_offset (&iter);
}

static void
place_caret (WeftNoteBinding *self)
{
  GtkTextMark *insert = gtk_text_buffer_get_insert (self->buffer);
  GtkTextMark *bound = gtk_text_buffer_get_selection_bound (self->buffer);
  GtkTextIter iters[2];

  if (self->following && self->last_change >= 0)
    self->pins[0] = self->pins[1] = self->last_change;
  else if (self->composing)
    return;

  if (mark_offset (self, insert) == self->pins[0] && mark_offset (self, bound) == self->pins[1])
    return;

  gtk_text_buffer_get_iter_at_offset (self->buffer, &iters[0], self->pins[0]);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &iters[1], self->pins[1]);
  gtk_text_buffer_select_range (self->buffer, &iters[0], &iters[1]);
}

static void
pin_caret (WeftNoteBinding *self)
{
  self->pins[0] = mark_offset (self, gtk_text_buffer_get_insert (self->buffer));
  self->pins[1] = mark_offset (self, gtk_text_buffer_get_selection_bound (self->buffer));
  self->last_change = -1;
}

void
weft_note_binding_apply_delta (WeftNoteBinding *self,
                               const WeftDelta *delta)
{
  Place place = { 0 };
  GtkTextIter end;
  int last_change;

  pin_caret (self);
  self->applying++;
  if (self->has_final && reaches_final (self, delta))
    {
      show_final (self);
      self->last_change = -1;
    }
  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    apply_op (self, &place, weft_delta_get_op (delta, i));
  last_change = self->last_change;
  hide_final (self);
  weft_note_binding_get_end (self, &end);
  self->last_change = MIN (last_change, gtk_text_iter_get_offset (&end));
  place_caret (self);
  self->applying--;
}

/* What is not shown yet */

guint64
weft_note_binding_count_shown (WeftNoteBinding *self)
{
  GtkTextIter end;

  weft_note_binding_get_end (self, &end);

  return weft_note_lines_to_utf16 (self->lines, &end) + (self->has_final ? 1 : 0);
}

WeftDelta *
weft_note_binding_clip (WeftNoteBinding *self,
                        const WeftDelta *delta)
{
  WeftDelta *clipped = weft_delta_new ();
  guint64 shown = weft_note_binding_count_shown (self), pos = 0;
  gboolean goes_beyond = FALSE;

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      guint64 n = MIN (op->length, shown - MIN (pos, shown));

      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          if (n > 0)
            weft_delta_retain (clipped, n, op->attributes);
          goes_beyond |= op->attributes != NULL && n < op->length;
          pos += op->length;
          break;

        case WEFT_DELTA_DELETE:
          if (n > 0)
            weft_delta_delete (clipped, n);
          goes_beyond |= n < op->length;
          pos += op->length;
          break;

        case WEFT_DELTA_INSERT_TEXT:
          if (pos < shown)
            weft_delta_insert_text (clipped, op->text, (gssize) op->n_bytes, op->attributes);
          break;

        case WEFT_DELTA_INSERT_EMBED:
          if (pos < shown)
            weft_delta_insert_embed (clipped, op->embed, op->attributes);
          break;

        case WEFT_DELTA_INSERT_TYPE:
          if (pos < shown)
            weft_delta_insert_type (clipped, op->type, op->attributes);
          break;

        case WEFT_DELTA_INSERT_VALUES:
          break;
        }
      goes_beyond |= op->kind != WEFT_DELTA_RETAIN && op->kind != WEFT_DELTA_DELETE && pos >= shown;
    }

  if (goes_beyond)
    g_clear_pointer (&self->content, weft_delta_free);

  return clipped;
}

static void
find_rest (WeftNoteBinding *self)
{
  guint64 left = weft_note_binding_count_shown (self);
  const WeftDeltaOp *op = NULL;

  self->content = weft_text_to_delta (self->text);
  self->content_op = self->content_byte = 0;
  for (; self->content_op < weft_delta_get_n_ops (self->content); self->content_op++)
    {
      op = weft_delta_get_op (self->content, self->content_op);
      if (left < op->length)
        break;
      left -= op->length;
    }

  if (left == 0 || self->content_op == weft_delta_get_n_ops (self->content))
    return;

  for (const char *p = op->text; left > 0; left -= MIN (left, (guint8) *p >= 0xf0 ? 2 : 1), p = g_utf8_next_char (p))
    self->content_byte = g_utf8_next_char (p) - op->text;
}

/* How much of @text is shown next, where @wanted bytes are: up to the end of a line, if there is one. */
static gsize
cut_lines (const char *text,
           gsize       n_bytes,
           gsize       wanted,
           gboolean   *at_end)
{
  gsize from = MIN (wanted, n_bytes);
  const char *newline = memchr (text + from, '\n', n_bytes - from);

  *at_end = newline != NULL;

  return newline != NULL ? (gsize) (newline + 1 - text) : n_bytes;
}

static void
insert_rest (WeftNoteBinding *self,
             gsize            n_bytes)
{
  gboolean at_end = FALSE;
  gsize done = 0;
  Place place = { 0 };
  GtkTextIter end;

  if (self->has_final)
    show_final (self);
  weft_note_binding_get_end (self, &end);
  place.offset = gtk_text_iter_get_offset (&end);

  while (self->content_op < weft_delta_get_n_ops (self->content) && !at_end)
    {
      const WeftDeltaOp *op = weft_delta_get_op (self->content, self->content_op);

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        {
          const WeftDeltaOp part = { .text = op->text + self->content_byte, .attributes = op->attributes,
                                     .n_bytes = cut_lines (op->text + self->content_byte,
                                                           op->n_bytes - self->content_byte,
                                                           n_bytes - MIN (n_bytes, done), &at_end) };

          insert_text (self, &place, &part);
          done += part.n_bytes;
          self->content_byte += part.n_bytes;
          if (self->content_byte < op->n_bytes)
            continue;
        }
      else
        apply_op (self, &place, op);

      self->content_byte = 0;
      self->content_op++;
    }

  hide_final (self);
}

void
weft_note_binding_show_more (WeftNoteBinding *self,
                             gsize            n_bytes)
{
  if (self->content == NULL)
    find_rest (self);

  pin_caret (self);
  self->applying++;
  self->loading = TRUE;
  insert_rest (self, n_bytes);
  self->loading = FALSE;
  place_caret (self);
  self->applying--;

  self->partial = self->content_op < weft_delta_get_n_ops (self->content);
  if (!self->partial)
    g_clear_pointer (&self->content, weft_delta_free);
}
