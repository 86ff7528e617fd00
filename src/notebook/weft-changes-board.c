/* weft-changes-board.c - two moments of a board side by side, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An element is a map in the root `board`; the root `meta` is treated as one without a name.
 */

#include "config.h"

#include "notebook/weft-changes-private.h"

#include <string.h>

#include "crdt/weft-type.h"

/* Elements hold no more nested types than this inside one another; deeper ones are left out. */
#define MAX_DEPTH 8

static void
value_change_clear (gpointer data)
{
  WeftValueChange *self = data;

  g_free (self->key);
  g_clear_pointer (&self->value, weft_any_unref);
}

/* Reading a moment */

typedef struct
{
  const WeftSnapshot *at;
  guint               depth;
  WeftAny            *array;
} ReadItems;

static WeftAny *read_type (WeftType *type, const WeftSnapshot *at, guint depth);

static void
read_item_cb (guint64        index,
              WeftId         id,
              const WeftAny *value,
              WeftType      *type,
              gpointer       user_data)
{
  ReadItems *read = user_data;

  weft_any_array_take (read->array, type != NULL    ? read_type (type, read->at, read->depth)
                                    : value != NULL ? weft_any_ref ((WeftAny *) value)
                                                    : weft_any_new_undefined ());
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

/* Sorted keys: the same content gives equal values. */
static WeftAny *
read_map (WeftType           *type,
          const WeftSnapshot *at,
          guint               depth)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys_at (type, at);
  WeftAny *object = weft_any_new_object ();

  g_ptr_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    {
      WeftType *nested = NULL;
      WeftAny *value = weft_map_get_at (type, keys->pdata[i], at, &nested);

      if (nested != NULL)
        value = read_type (nested, at, depth);
      if (value != NULL)
        weft_any_object_take (object, keys->pdata[i], value);
    }

  return object;
}

static WeftAny *
read_type (WeftType           *type,
           const WeftSnapshot *at,
           guint               depth)
{
  g_autofree char *text = NULL;
  ReadItems read = { at, depth + 1, NULL };

  if (depth >= MAX_DEPTH)
    return weft_any_new_undefined ();

  switch (weft_type_get_kind (type))
    {
    case WEFT_KIND_TEXT:
      text = weft_text_to_string_at (type, at);
      return weft_any_new_string (text);

    case WEFT_KIND_ARRAY:
      read.array = weft_any_new_array ();
      weft_array_foreach_at (type, at, read_item_cb, &read);
      return read.array;

    default:
      return read_map (type, at, depth + 1);
    }
}

WeftAny *
weft_board_read_at (WeftType           *type,
                    const WeftSnapshot *at)
{
  return read_type (type, at, 0);
}

/* Comparing */

typedef struct
{
  WeftComparison *comparison;
  GPtrArray      *entries;
  const char     *element; /* %NULL: the board itself */
  WeftType       *map;     /* whose keys are visited */
  guint           first;   /* entry of this element */
  WeftAny        *old;     /* waits for the value that took its place */
  WeftPiece       old_piece;
  gboolean        has_old;
} Visit;

static WeftAny *
read_piece (const WeftPiece    *piece,
            const WeftSnapshot *at)
{
  if (piece->type != NULL)
    return read_type (piece->type, at, 0);

  return weft_piece_dup_value (piece, 0);
}

static WeftChangeEntry *
ensure_entry (Visit       *visit,
              const char  *person,
              WeftClientId client)
{
  WeftChangeEntry *entry;

  for (guint i = visit->first; i < visit->entries->len; i++)
    {
      entry = visit->entries->pdata[i];
      if (entry->change.kind == WEFT_CHANGE_SET && g_strcmp0 (entry->change.person, person) == 0
          && (person != NULL || entry->change.client == client))
        return entry;
    }

  entry = weft_change_entry_new (WEFT_CHANGE_SET, person, client);
  entry->change.element = g_strdup (visit->element);
  entry->change.before = weft_any_new_object ();
  entry->change.after = weft_any_new_object ();
  entry->values = g_array_new (FALSE, FALSE, sizeof (WeftValueChange));
  g_array_set_clear_func (entry->values, value_change_clear);
  g_ptr_array_add (visit->entries, entry);

  return entry;
}

static void
add_value (WeftChangeEntry *entry,
           WeftType        *map,
           const char      *key,
           const WeftPiece *old)
{
  WeftValueChange value = { .key = g_strdup (key) };

  weft_map_get_entry_id (map, key, &value.newest);
  if (old != NULL && old->type != NULL)
    value.was_type = weft_type_get_id (old->type, &value.type_id);
  else if (old != NULL)
    value.value = weft_piece_dup_value (old, 0);
  g_array_append_val (entry->values, value);
}

static void
note_value (Visit           *visit,
            const char      *key,
            const WeftPiece *old,
            const WeftPiece *new)
{
  WeftComparison *comparison = visit->comparison;
  g_autoptr(WeftAny) was = old != NULL ? read_piece (old, comparison->before) : NULL;
  g_autoptr(WeftAny) is = new != NULL ? read_piece (new, comparison->at) : NULL;
  WeftChangeEntry *entry;

  if (was != NULL && is != NULL && weft_any_equal (was, is))
    return;

  if (new != NULL)
    entry = ensure_entry (visit, weft_comparison_name_client (comparison, new->id.client), new->id.client);
  else
    entry = ensure_entry (visit, weft_comparison_name_deletion (comparison, old->id), 0);

  if (was != NULL)
    weft_any_object_take (entry->change.before, key, weft_any_ref (was));
  if (is != NULL)
    weft_any_object_take (entry->change.after, key, weft_any_ref (is));
  add_value (entry, visit->map, key, old);
}

/* A text is compared piece by piece, another nested type as one value. */
static void
note_nested (Visit           *visit,
             const char      *key,
             const WeftPiece *piece)
{
  WeftComparison *comparison = visit->comparison;
  guint first = visit->entries->len;

  if (weft_type_get_kind (piece->type) == WEFT_KIND_TEXT)
    {
      weft_text_runs_free (weft_text_runs_new (comparison, piece->type, visit->entries));
      for (guint i = first; i < visit->entries->len; i++)
        {
          WeftChangeEntry *entry = visit->entries->pdata[i];

          weft_type_get_id (piece->type, &entry->text_id);
          entry->change.element = g_strdup (visit->element);
          entry->change.key = g_strdup (key);
        }
      return;
    }

  note_value (visit, key, piece, piece);
}

static void
drop_old (Visit *visit)
{
  if (visit->has_old)
    note_value (visit, visit->old_piece.key, &visit->old_piece, NULL);
  visit->has_old = FALSE;
}

static gboolean
visit_property_cb (const WeftPiece *piece,
                   gpointer         user_data)
{
  Visit *visit = user_data;
  const WeftPiece *old = NULL;

  if (visit->has_old && strcmp (visit->old_piece.key, piece->key) == 0)
    old = &visit->old_piece;
  else
    drop_old (visit);

  switch (piece->change)
    {
    case WEFT_PIECE_REMOVED:
      visit->old_piece = *piece;
      visit->has_old = TRUE;
      return TRUE;

    case WEFT_PIECE_ADDED:
      note_value (visit, piece->key, old, piece);
      break;

    case WEFT_PIECE_KEPT:
    default:
      if (piece->type != NULL)
        note_nested (visit, piece->key, piece);
    }
  visit->has_old = FALSE;

  return TRUE;
}

static void
compare_map (Visit    *visit,
             WeftType *map)
{
  visit->map = map;
  visit->first = visit->entries->len;
  visit->has_old = FALSE;
  weft_map_foreach_piece (map, visit->comparison->at, visit->comparison->before, visit_property_cb, visit);
  drop_old (visit);
}

/* An element that came, went, or is another one under the same name. */
static void
note_element (WeftComparison  *comparison,
              GPtrArray       *entries,
              WeftType        *board,
              const WeftPiece *old,
              const WeftPiece *new)
{
  const char *id = old != NULL ? old->key : new->key;
  g_autoptr(WeftAny) was = old != NULL ? read_piece (old, comparison->before) : NULL;
  g_autoptr(WeftAny) is = new != NULL ? read_piece (new, comparison->at) : NULL;
  WeftChangeKind kind = old == NULL ? WEFT_CHANGE_ADDED : new == NULL ? WEFT_CHANGE_REMOVED : WEFT_CHANGE_SET;
  WeftChangeEntry *entry;

  if (was != NULL && is != NULL && weft_any_equal (was, is))
    return;

  if (new != NULL)
    entry = weft_change_entry_new (kind, weft_comparison_name_client (comparison, new->id.client),
                                   new->id.client);
  else
    entry = weft_change_entry_new (kind, weft_comparison_name_deletion (comparison, old->id), 0);
  entry->change.element = g_strdup (id);
  entry->change.before = g_steal_pointer (&was);
  entry->change.after = g_steal_pointer (&is);
  /* As an entry of the board itself. */
  entry->values = g_array_new (FALSE, FALSE, sizeof (WeftValueChange));
  g_array_set_clear_func (entry->values, value_change_clear);
  add_value (entry, board, id, old);
  g_array_index (entry->values, WeftValueChange, 0).in_board = TRUE;
  g_ptr_array_add (entries, entry);
}

typedef struct
{
  WeftComparison *comparison;
  GPtrArray      *entries;
  WeftType       *board;
  GArray         *pieces; /* WeftPiece */
} Board;

static gboolean
collect_piece_cb (const WeftPiece *piece,
                  gpointer         user_data)
{
  g_array_append_val (((Board *) user_data)->pieces, *piece);

  return TRUE;
}

/* By element; what was there comes before what is. */
static int
compare_pieces (gconstpointer a,
                gconstpointer b)
{
  const WeftPiece *one = a, *other = b;
  int order = strcmp (one->key, other->key);

  return order != 0 ? order : (other->change == WEFT_PIECE_REMOVED) - (one->change == WEFT_PIECE_REMOVED);
}

void
weft_board_compare (WeftComparison *comparison,
                    GPtrArray      *entries)
{
  WeftType *root = weft_doc_get_map (comparison->doc, "board");
  g_autoptr(GArray) pieces = g_array_new (FALSE, FALSE, sizeof (WeftPiece));
  Board board = { comparison, entries, root, pieces };
  Visit visit = { .comparison = comparison, .entries = entries };

  weft_map_foreach_piece (root, comparison->at, comparison->before, collect_piece_cb, &board);
  g_array_sort (pieces, compare_pieces);
  for (guint i = 0; i < pieces->len; i++)
    {
      const WeftPiece *piece = &g_array_index (pieces, WeftPiece, i);
      const WeftPiece *next = i + 1 < pieces->len ? &g_array_index (pieces, WeftPiece, i + 1) : NULL;

      if (piece->change == WEFT_PIECE_KEPT)
        {
          visit.element = piece->key;
          if (piece->type != NULL && weft_type_get_kind (piece->type) == WEFT_KIND_MAP)
            compare_map (&visit, piece->type);
        }
      else if (piece->change == WEFT_PIECE_ADDED)
        note_element (comparison, entries, root, NULL, piece);
      else if (next != NULL && strcmp (piece->key, next->key) == 0)
        {
          note_element (comparison, entries, root, piece, next);
          i++;
        }
      else
        note_element (comparison, entries, root, piece, NULL);
    }

  visit.element = NULL;
  compare_map (&visit, weft_doc_get_map (comparison->doc, "meta"));
}

/* The way back */

typedef struct
{
  WeftType           *array;
  const WeftSnapshot *at;
  guint               depth;
} CopyItems;

static void copy_into (WeftType *target, WeftType *source, const WeftSnapshot *at, guint depth);

static void
copy_item_cb (guint64        index,
              WeftId         id,
              const WeftAny *value,
              WeftType      *type,
              gpointer       user_data)
{
  CopyItems *copy = user_data;
  guint64 end = weft_type_get_length (copy->array);

  if (type != NULL)
    copy_into (weft_array_insert_type (copy->array, end, weft_type_get_kind (type)), type, copy->at,
               copy->depth);
  else if (value != NULL)
    {
      g_autoptr(WeftAny) values = weft_any_new_array ();

      weft_any_array_take (values, weft_any_ref ((WeftAny *) value));
      weft_array_insert (copy->array, end, values);
    }
}

static void
copy_into (WeftType           *target,
           WeftType           *source,
           const WeftSnapshot *at,
           guint               depth)
{
  CopyItems copy = { target, at, depth + 1 };

  if (depth >= MAX_DEPTH)
    return;

  if (weft_type_get_kind (source) == WEFT_KIND_TEXT)
    {
      g_autoptr(WeftDelta) delta = weft_text_to_delta_at (source, at, NULL);

      weft_text_apply_delta (target, delta);
    }
  else if (weft_type_get_kind (source) == WEFT_KIND_ARRAY)
    weft_array_foreach_at (source, at, copy_item_cb, &copy);
  else
    {
      g_autoptr(GPtrArray) keys = weft_map_list_keys_at (source, at);

      for (guint i = 0; i < keys->len; i++)
        {
          g_autofree char *key = g_strdup (keys->pdata[i]);
          WeftType *nested = NULL;
          g_autoptr(WeftAny) value = weft_map_get_at (source, key, at, &nested);

          if (nested != NULL)
            copy_into (weft_map_set_type (target, key, weft_type_get_kind (nested)), nested, at, depth + 1);
          else if (value != NULL)
            weft_map_set (target, key, value);
        }
    }
}

static gboolean
return_value (WeftDoc               *doc,
              WeftType              *map,
              WeftSnapshot          *before,
              const WeftValueChange *value)
{
  WeftType *source = value->was_type ? weft_doc_find_type (doc, value->type_id) : NULL;
  WeftId newest = { 0, 0 };

  /* Somebody has written it again since. */
  if (weft_map_get_entry_id (map, value->key, &newest) && !weft_id_equal (newest, value->newest))
    return FALSE;

  if (source != NULL)
    {
      /* Setting the copy deletes what it is copied from, which @before still shows. */
      copy_into (weft_map_set_type (map, value->key, weft_type_get_kind (source)), source, before, 0);
      return TRUE;
    }

  if (value->value != NULL)
    {
      weft_map_set (map, value->key, value->value);
      return TRUE;
    }

  if (!weft_map_has (map, value->key))
    return FALSE;
  weft_map_remove (map, value->key);

  return TRUE;
}

gboolean
weft_board_take_back (WeftDoc         *doc,
                      WeftSnapshot    *before,
                      WeftChangeEntry *entry)
{
  WeftType *board = weft_doc_get_map (doc, "board");
  WeftType *map = entry->change.element == NULL ? weft_doc_get_map (doc, "meta")
                                                : weft_map_get_type (board, entry->change.element);
  gboolean changed = FALSE;

  for (guint i = 0; i < entry->values->len; i++)
    {
      const WeftValueChange *value = &g_array_index (entry->values, WeftValueChange, i);

      if (value->in_board)
        changed |= return_value (doc, board, before, value);
      else if (map != NULL)
        changed |= return_value (doc, map, before, value);
    }

  return changed;
}
