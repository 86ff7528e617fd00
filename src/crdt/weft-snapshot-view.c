/* weft-snapshot-view.c - what a document looked like, and what changed between two moments
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * isVisible(), typeListToArraySnapshot(), typeMapGetSnapshot() and toDelta(snapshot, prevSnapshot) of
 * Yjs, which cuts the runs of the document at the edges of a snapshot and joins them afterwards. Here
 * a run is visited in parts instead.
 */

#include "config.h"

#include "crdt/weft-snapshot-view.h"

#include "crdt/weft-marks-private.h"

/* How a run, from one of its clocks on, is seen. */
typedef struct
{
  gboolean  at, before;
  WeftClock end; /* where that may change; beyond the run where it does not */
} Sight;

static gboolean
look_at (const WeftSnapshot *snapshot,
         const WeftItem     *item,
         WeftId              id,
         WeftClock          *end)
{
  if (snapshot != NULL)
    return weft_snapshot_shows_until (snapshot, id, end);
  *end = G_MAXUINT64;

  return !item->deleted;
}

/* Moves @id on to the first unit of @item that one of the two shows; %FALSE where there is none. */
static gboolean
find_seen (WeftDoc            *doc,
           const WeftItem     *item,
           const WeftSnapshot *at,
           const WeftSnapshot *before,
           WeftId             *id,
           Sight              *sight)
{
  WeftClock item_end = (WeftClock) item->clock + item->len;

  if (item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_DELETED)
    return FALSE;
  while (id->clock < item_end)
    {
      WeftClock end_at, end_before = G_MAXUINT64;

      sight->at = look_at (at, item, *id, &end_at);
      sight->before = before != NULL ? look_at (before, item, *id, &end_before) : sight->at;
      sight->end = MIN (item_end, MIN (end_at, end_before));
      if (sight->at || sight->before)
        return TRUE;
      id->clock = sight->end;
    }

  return FALSE;
}

static WeftPiece
make_piece (WeftDoc        *doc,
            const WeftItem *item,
            WeftId          id,
            const Sight    *sight)
{
  guint32 sub = weft_item_get_sub (doc, item);

  return (WeftPiece) {
    .change = sight->at && sight->before ? WEFT_PIECE_KEPT
              : sight->at                ? WEFT_PIECE_ADDED
                                         : WEFT_PIECE_REMOVED,
    .id = id,
    .length = sight->end - id.clock,
    .content = item->kind,
    .parent = weft_item_get_parent (doc, item),
    .key = sub != 0 ? weft_key (doc, sub)->string : NULL,
    .type = weft_content_get_type (doc, item),
  };
}

/**
 * weft_piece_dup_value:
 * @piece: a piece, good as long as the document is not changed
 * @index: a unit of it
 *
 * Returns: (transfer full) (nullable): its value; of text, all from there on
 */
WeftAny *
weft_piece_dup_value (const WeftPiece *piece,
                      guint64          index)
{
  g_return_val_if_fail (piece != NULL && index < piece->length, NULL);

  if (piece->content == WEFT_CONTENT_TYPE || piece->content == WEFT_CONTENT_FORMAT)
    return NULL;

  return weft_doc_dup_content (piece->parent->doc,
                               (WeftId) { piece->id.client, piece->id.clock + index },
                               piece->length - index);
}

/**
 * weft_type_foreach_piece:
 * @self: a type
 * @at: (nullable): the moment to show
 * @before: (nullable): the moment to compare it with
 * @func: (scope call): called for each piece
 * @user_data: for @func
 */
void
weft_type_foreach_piece (WeftType           *self,
                         const WeftSnapshot *at,
                         const WeftSnapshot *before,
                         WeftPieceFunc       func,
                         gpointer            user_data)
{
  WeftDoc *doc;
  WeftHandle first;
  WeftSpot spot;

  g_return_if_fail (self != NULL && func != NULL);

  doc = self->doc;
  first = weft_order_first (doc, self);
  if (first == WEFT_NONE)
    return;
  spot = weft_order_spot (doc, first);
  do
    {
      const WeftItem *item = weft_item (doc, spot.leaf->item[spot.slot]);
      WeftId id = weft_item_id (doc, item);
      Sight sight;

      while (find_seen (doc, item, at, before, &id, &sight))
        {
          WeftPiece piece = make_piece (doc, item, id, &sight);

          if (!func (&piece, user_data))
            return;
          id.clock = sight.end;
        }
    }
  while (weft_order_step (doc, &spot));
}

/* The newest unit of an entry that was written by then; the item in @item. %FALSE: not shown. */
static gboolean
find_entry_at (WeftDoc            *doc,
               WeftHandle          handle,
               const WeftSnapshot *at,
               const WeftItem    **item,
               WeftId             *id)
{
  for (; handle != WEFT_NONE; handle = weft_item_map_left (doc, handle))
    {
      WeftClock state = G_MAXUINT64;

      *item = weft_item (doc, handle);
      *id = weft_item_id (doc, *item);
      if (at != NULL)
        state = weft_state_vector_get (weft_snapshot_get_state_vector (at), id->client);
      if (id->clock >= state)
        continue;
      id->clock = MIN (id->clock + (*item)->len, state) - 1;
      if ((*item)->kind == WEFT_CONTENT_GC || (*item)->kind == WEFT_CONTENT_DELETED)
        return FALSE;

      return at != NULL ? weft_snapshot_shows (at, *id) : !(*item)->deleted;
    }

  return FALSE;
}

static gboolean
visit_entry (WeftType           *self,
             WeftMapEntry       *entry,
             const WeftSnapshot *at,
             const WeftSnapshot *before,
             WeftPieceFunc       func,
             gpointer            user_data)
{
  WeftDoc *doc = self->doc;
  const WeftItem *item_at, *item_before;
  WeftId id_at, id_before;
  gboolean shown = find_entry_at (doc, entry->head, at, &item_at, &id_at);
  gboolean was = before != NULL ? find_entry_at (doc, entry->head, before, &item_before, &id_before)
                                : shown;
  gboolean same = before == NULL || (shown && was && weft_id_equal (id_at, id_before));

  if (was && !same)
    {
      Sight sight = { FALSE, TRUE, id_before.clock + 1 };
      WeftPiece piece = make_piece (doc, item_before, id_before, &sight);

      if (!func (&piece, user_data))
        return FALSE;
    }
  if (shown)
    {
      Sight sight = { TRUE, same, id_at.clock + 1 };
      WeftPiece piece = make_piece (doc, item_at, id_at, &sight);

      return func (&piece, user_data);
    }

  return TRUE;
}

/**
 * weft_map_foreach_piece:
 * @self: a map, or an XML element
 * @at: (nullable): the moment to show
 * @before: (nullable): the moment to compare it with
 * @func: (scope call): called for each value
 * @user_data: for @func
 */
void
weft_map_foreach_piece (WeftType           *self,
                        const WeftSnapshot *at,
                        const WeftSnapshot *before,
                        WeftPieceFunc       func,
                        gpointer            user_data)
{
  g_return_if_fail (self != NULL && func != NULL);

  for (WeftHandle entry = self->first_entry; entry != WEFT_NONE; entry = weft_entry (self->doc, entry)->next)
    if (!visit_entry (self, weft_entry (self->doc, entry), at, before, func, user_data))
      return;
}

typedef struct
{
  WeftDoc            *doc;
  const WeftSnapshot *at, *before;
  WeftPieceFunc       func;
  gpointer            user_data;
} Changes;

/* What changed of the clocks from @from to @to of one client. */
static gboolean
visit_clocks (Changes     *changes,
              WeftClientId client,
              WeftClock    from,
              WeftClock    to)
{
  WeftDoc *doc = changes->doc;
  guint32 index = weft_clients_lookup (doc, client);
  WeftIndexSpot spot;
  WeftHandle handle;

  if (index == WEFT_NO_CLIENT || from >= MIN (to, weft_client (doc, index)->state))
    return TRUE;

  for (handle = weft_index_find (weft_client (doc, index), from, &spot);
       handle != WEFT_NONE && weft_item (doc, handle)->clock < to; handle = weft_index_next (&spot))
    {
      const WeftItem *item = weft_item (doc, handle);
      WeftId id = { client, MAX (from, item->clock) };
      Sight sight;

      while (find_seen (doc, item, changes->at, changes->before, &id, &sight) && id.clock < to)
        {
          WeftPiece piece;

          sight.end = MIN (sight.end, to);
          piece = make_piece (doc, item, id, &sight);
          if (piece.change != WEFT_PIECE_KEPT && !changes->func (&piece, changes->user_data))
            return FALSE;
          id.clock = sight.end;
        }
    }

  return TRUE;
}

/* What each client wrote after @from, until @until. */
static gboolean
visit_written (Changes            *changes,
               const WeftSnapshot *from,
               const WeftSnapshot *until)
{
  const WeftStateVector *old = weft_snapshot_get_state_vector (from);
  const WeftStateVector *state = weft_snapshot_get_state_vector (until);

  for (gsize i = 0; i < weft_state_vector_get_n_clients (state); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (state, i, &client, &clock);
      if (!visit_clocks (changes, client, weft_state_vector_get (old, client), clock))
        return FALSE;
    }

  return TRUE;
}

/* What is deleted in @until but not in @from, of what both know. */
static gboolean
visit_deleted (Changes            *changes,
               const WeftSnapshot *from,
               const WeftSnapshot *until)
{
  const WeftStateVector *old = weft_snapshot_get_state_vector (from);
  const WeftStateVector *state = weft_snapshot_get_state_vector (until);
  WeftDeleteSet *deletes = weft_snapshot_get_delete_set (until);

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deletes); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deletes, i);
      WeftClock known = MIN (weft_state_vector_get (old, range->client),
                             weft_state_vector_get (state, range->client));

      if (!visit_clocks (changes, range->client, range->clock,
                         MIN (range->clock + range->length, known)))
        return FALSE;
    }

  return TRUE;
}

/**
 * weft_doc_foreach_change:
 * @self: a document
 * @at: (nullable): the later moment
 * @before: the earlier moment; the other way round works too
 * @func: (scope call): called for each piece that was added or removed
 * @user_data: for @func
 *
 * First what was written between the two and is shown by @at, then what was deleted. Costs O(what
 * changed + ranges of deletions); with @at %NULL, O(items).
 */
void
weft_doc_foreach_change (WeftDoc            *self,
                         const WeftSnapshot *at,
                         const WeftSnapshot *before,
                         WeftPieceFunc       func,
                         gpointer            user_data)
{
  g_autoptr(WeftSnapshot) now = NULL;
  Changes changes = { self, at, before, func, user_data };

  g_return_if_fail (self != NULL && before != NULL && func != NULL);

  if (at == NULL)
    changes.at = now = weft_snapshot_new (self);

  if (visit_written (&changes, before, changes.at) && visit_deleted (&changes, before, changes.at)
      && visit_written (&changes, changes.at, before))
    visit_deleted (&changes, changes.at, before);
}

/* Text */

/* The text of a piece; half of a pair is a replacement character, as where Yjs cuts one. */
static void
append_text (GString         *text,
             WeftDoc         *doc,
             const WeftItem  *item,
             const WeftPiece *piece)
{
  guint32 offset = piece->id.clock - item->clock;
  WeftWriter writer;
  WeftReader reader;
  const char *string;
  gsize n_bytes;

  weft_writer_init (&writer);
  weft_content_write (doc, item, offset, offset + piece->length, &writer);
  weft_reader_init (&reader, writer.data, writer.size);
  string = weft_reader_get_string (&reader, &n_bytes);
  g_string_append_len (text, string, n_bytes);
  weft_writer_clear (&writer);
}

static const WeftItem *
find_item (WeftDoc *doc,
           WeftId   id)
{
  return weft_item (doc, weft_find_item (doc, weft_clients_lookup (doc, id.client), id.clock));
}

typedef struct
{
  WeftDoc            *doc;
  const WeftSnapshot *before;
  WeftDelta          *delta;
  WeftMarks           marks;
  WeftAny            *attributes;
  gboolean            stale; /* @attributes must be made again */
  WeftPieceChange     change;
  WeftClientId        user;
} DeltaAt;

static WeftAny *
make_attributes (DeltaAt         *self,
                 const WeftPiece *piece)
{
  WeftAny *attributes, *change;

  if (!self->stale && self->change == piece->change
      && (piece->change == WEFT_PIECE_KEPT || self->user == piece->id.client))
    return self->attributes;

  g_clear_pointer (&self->attributes, weft_any_unref);
  self->stale = FALSE;
  self->change = piece->change;
  self->user = piece->id.client;
  attributes = weft_marks_to_any (&self->marks, self->doc);
  if (piece->change != WEFT_PIECE_KEPT)
    {
      if (attributes == NULL)
        attributes = weft_any_new_object ();
      change = weft_any_new_object ();
      weft_any_object_take (change, "user", weft_any_new_number (piece->id.client));
      weft_any_object_take (change, "type",
                            weft_any_new_string (piece->change == WEFT_PIECE_ADDED ? "added"
                                                                                   : "removed"));
      weft_any_object_take (attributes, "ychange", change);
    }

  return self->attributes = attributes;
}

static gboolean
add_to_delta_cb (const WeftPiece *piece,
                 gpointer         user_data)
{
  DeltaAt *self = user_data;
  const WeftItem *item = find_item (self->doc, piece->id);

  switch (piece->content)
    {
    case WEFT_CONTENT_STRING:
      {
        GString *text = g_string_new (NULL);

        append_text (text, self->doc, item, piece);
        weft_delta_insert_text (self->delta, text->str, text->len, make_attributes (self, piece));
        g_string_free (text, TRUE);
        break;
      }
    case WEFT_CONTENT_EMBED:
      {
        g_autoptr(WeftAny) embed = weft_content_get (self->doc, item, 0);

        weft_delta_insert_embed (self->delta, embed, make_attributes (self, piece));
        break;
      }
    case WEFT_CONTENT_TYPE:
      weft_delta_insert_type (self->delta, piece->type, make_attributes (self, piece));
      break;
    case WEFT_CONTENT_FORMAT:
      if (piece->change != WEFT_PIECE_REMOVED)
        {
          weft_marks_update (&self->marks, self->doc, item->content);
          self->stale = TRUE;
        }
      break;
    default:
      break;
    }

  return TRUE;
}

/**
 * weft_text_to_delta_at:
 * @self: a text
 * @at: (nullable): the moment to show
 * @before: (nullable): the moment to compare it with
 *
 * Returns: (transfer full): what the text held at @at; with @before also what was removed since, each
 *   change with an attribute `ychange`
 */
WeftDelta *
weft_text_to_delta_at (WeftType           *self,
                       const WeftSnapshot *at,
                       const WeftSnapshot *before)
{
  DeltaAt walk = { .before = before };

  g_return_val_if_fail (self != NULL, NULL);

  walk.doc = self->doc;
  walk.delta = weft_delta_new ();
  weft_type_foreach_piece (self, at, before, add_to_delta_cb, &walk);
  g_clear_pointer (&walk.attributes, weft_any_unref);
  weft_marks_clear (&walk.marks);

  return walk.delta;
}

static gboolean
add_to_string_cb (const WeftPiece *piece,
                  gpointer         user_data)
{
  if (piece->content == WEFT_CONTENT_STRING)
    append_text (user_data, piece->parent->doc, find_item (piece->parent->doc, piece->id), piece);

  return TRUE;
}

char *
weft_text_to_string_at (WeftType           *self,
                        const WeftSnapshot *at)
{
  GString *text = g_string_new (NULL);

  weft_type_foreach_piece (self, at, NULL, add_to_string_cb, text);

  return g_string_free (text, FALSE);
}

/* Arrays and maps */

typedef struct
{
  WeftArrayFunc func;
  gpointer      user_data;
  guint64       index;
} ArrayAt;

static gboolean
visit_values_cb (const WeftPiece *piece,
                 gpointer         user_data)
{
  ArrayAt *walk = user_data;

  if (!weft_kind_is_countable (piece->content))
    return TRUE;
  for (guint64 i = 0; i < piece->length; i++)
    {
      WeftId id = { piece->id.client, piece->id.clock + i };
      g_autoptr(WeftAny) value = piece->type == NULL ? weft_doc_dup_content (piece->parent->doc, id, 1) : NULL;

      walk->func (walk->index++, id, value, piece->type, walk->user_data);
    }

  return TRUE;
}

/**
 * weft_array_foreach_at:
 * @self: an array or an XML type
 * @at: (nullable): the moment to show
 * @func: (scope call): called for each item
 * @user_data: for @func
 */
void
weft_array_foreach_at (WeftType           *self,
                       const WeftSnapshot *at,
                       WeftArrayFunc       func,
                       gpointer            user_data)
{
  ArrayAt walk = { func, user_data, 0 };

  g_return_if_fail (self != NULL && func != NULL);

  weft_type_foreach_piece (self, at, NULL, visit_values_cb, &walk);
}

/**
 * weft_map_get_at:
 * @self: a map, or an XML element
 * @key: its key
 * @at: (nullable): the moment to show
 * @type: (out) (optional) (nullable): the nested type that the key held
 *
 * Returns: (transfer full) (nullable): the value
 */
WeftAny *
weft_map_get_at (WeftType           *self,
                 const char         *key,
                 const WeftSnapshot *at,
                 WeftType          **type)
{
  guint32 interned;
  WeftMapEntry *entry;
  const WeftItem *item;
  WeftId id;

  g_return_val_if_fail (self != NULL && key != NULL, NULL);

  if (type != NULL)
    *type = NULL;
  interned = weft_keys_lookup (self->doc, key, strlen (key));
  entry = interned != 0 ? weft_type_find_entry (self, interned, NULL) : NULL;
  if (entry == NULL || !find_entry_at (self->doc, entry->head, at, &item, &id))
    return NULL;
  if (type != NULL)
    *type = weft_content_get_type (self->doc, item);

  return weft_content_get (self->doc, item, id.clock - item->clock);
}

static gboolean
add_key_cb (const WeftPiece *piece,
            gpointer         user_data)
{
  g_ptr_array_add (user_data, (gpointer) piece->key);

  return TRUE;
}

GPtrArray *
weft_map_list_keys_at (WeftType           *self,
                       const WeftSnapshot *at)
{
  GPtrArray *keys = g_ptr_array_new ();

  weft_map_foreach_piece (self, at, NULL, add_key_cb, keys);

  return keys;
}
