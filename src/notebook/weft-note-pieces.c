/* weft-note-pieces.c - a note's text as it was ever written, cut at its line breaks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-note-pieces.h"

#include <string.h>

#include "crdt/weft-type.h"

typedef struct
{
  WeftDoc *doc;
  WeftNotePieces *pieces;
} Reader;

static void
add_text (WeftNotePieces *self,
          WeftNotePiece   piece,
          const WeftAny  *string)
{
  const char *at = weft_any_get_string (string);
  const char *end = at + weft_any_get_string_length (string);

  while (at < end)
    {
      const char *stop = at;

      if (*at == '\n')
        stop = at + 1;
      else if ((stop = memchr (at, '\n', end - at)) == NULL)
        stop = end;

      piece.text = at;
      piece.n_bytes = stop - at;
      piece.length = weft_utf16_length (at, stop - at);
      g_array_append_val (self->pieces, piece);
      piece.id.clock += piece.length;
      piece.offset += piece.length;
      at = stop;
    }
}

static gboolean
read_item_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  Reader *reader = user_data;
  WeftNotePiece piece = {
    .id = item->id,
    .length = item->length,
    .content = item->content,
    .format_key = item->format_key,
    .deleted = item->deleted,
    .has_right = item->has_right_origin,
    .right = item->right_origin,
  };
  WeftAny *string = item->content == WEFT_CONTENT_STRING
                        ? weft_doc_dup_content (reader->doc, item->id, item->length)
                        : NULL;

  if (string != NULL && weft_any_get_string (string) != NULL)
    {
      g_ptr_array_add (reader->pieces->texts, string);
      add_text (reader->pieces, piece, string);
      return TRUE;
    }

  g_clear_pointer (&string, weft_any_unref);
  g_array_append_val (reader->pieces->pieces, piece);

  return TRUE;
}

static int
compare_indexes (gconstpointer a,
                 gconstpointer b,
                 gpointer      user_data)
{
  const WeftNotePieces *self = user_data;
  WeftId x = weft_note_pieces_get (self, *(const guint32 *) a)->id;
  WeftId y = weft_note_pieces_get (self, *(const guint32 *) b)->id;

  if (x.client != y.client)
    return x.client < y.client ? -1 : 1;

  return (x.clock > y.clock) - (x.clock < y.clock);
}

/**
 * weft_note_pieces_new:
 * @note: a note doc
 *
 * Returns: (transfer full): its text
 */
WeftNotePieces *
weft_note_pieces_new (WeftDoc *note)
{
  WeftNotePieces *self = g_new0 (WeftNotePieces, 1);
  Reader reader = { note, self };

  self->pieces = g_array_new (FALSE, FALSE, sizeof (WeftNotePiece));
  self->by_id = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);
  weft_type_foreach_item (weft_doc_get_text (note, "quill"), read_item_cb, &reader);

  g_array_set_size (self->by_id, self->pieces->len);
  for (guint32 i = 0; i < self->pieces->len; i++)
    g_array_index (self->by_id, guint32, i) = i;
  g_array_sort_with_data (self->by_id, compare_indexes, self);

  return self;
}

void
weft_note_pieces_free (WeftNotePieces *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->pieces);
  g_array_unref (self->by_id);
  g_ptr_array_unref (self->texts);
  g_free (self);
}

void
weft_note_pieces_find (const WeftNotePieces *self,
                       WeftClientId          client,
                       WeftClock             from,
                       WeftClock             to,
                       GArray               *indexes)
{
  guint low = 0, high = self->by_id->len;

  /* The first one that does not end before the range. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const WeftNotePiece *piece = weft_note_pieces_get (
          self, g_array_index (self->by_id, guint32, middle));

      if (piece->id.client < client
          || (piece->id.client == client && piece->id.clock + piece->length <= from))
        low = middle + 1;
      else
        high = middle;
    }

  for (; low < self->by_id->len; low++)
    {
      guint32 index = g_array_index (self->by_id, guint32, low);
      WeftId id = weft_note_pieces_get (self, index)->id;

      if (id.client != client || id.clock >= to)
        return;
      g_array_append_val (indexes, index);
    }
}
