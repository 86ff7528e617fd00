/* weft-event.c - what a transaction changed in a type
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As YEvent.js and YTextEvent of Yjs, but a delta is made only from the first changed item to the
 * last one (and on to where the last changed mark ends), found once for all types by one walk over
 * what the transaction wrote and deleted. Nothing is cleaned up while it is made.
 *
 * Yjs lets attributes on what is retained that are not new there: where bold ends for three letters, it says
 * that nothing up to the next mark, often up to the end, is bold any more. Who compares or forwards deltas
 * gets these; who applies them to something costly asks for the least delta.
 */

#include "config.h"

#include "crdt/weft-marks-private.h"

/* So many keys are compared with each other. */
#define FEW_KEYS 16

void
weft_event_free (WeftEvent *event)
{
  g_array_unref (event->keys);
  g_clear_pointer (&event->delta, weft_delta_free);
  g_clear_pointer (&event->least_delta, weft_delta_free);
  g_free (event);
}

static gboolean
adds (WeftTransaction *tx,
      const WeftItem  *item)
{
  return item->clock >= weft_transaction_get_before (tx, item->client);
}

static gboolean
deletes (WeftTransaction *tx,
         const WeftItem  *item)
{
  return item->deleted && weft_transaction_deletes (tx, item->client, item->clock);
}

/* Keys: see YEvent.keys of Yjs. */
static void
add_key_change (WeftEvent *event,
                guint32    key)
{
  WeftTransaction *tx = event->transaction;
  WeftDoc *doc = tx->doc;
  WeftMapEntry *entry = weft_type_find_entry (event->type, key, NULL);
  WeftKeyChange change = { key, WEFT_NONE, WEFT_KEY_DELETE };
  const WeftItem *item;

  if (entry == NULL)
    return;

  item = weft_item (doc, entry->head);
  if (adds (tx, item))
    {
      WeftHandle before = weft_item_map_left (doc, entry->head);

      while (before != WEFT_NONE && adds (tx, weft_item (doc, before)))
        before = weft_item_map_left (doc, before);
      if (before != WEFT_NONE && deletes (tx, weft_item (doc, before)))
        change.old_item = before;
      else if (deletes (tx, item))
        return;
      if (!deletes (tx, item))
        change.action = change.old_item != WEFT_NONE ? WEFT_KEY_UPDATE : WEFT_KEY_ADD;
    }
  else if (deletes (tx, item))
    {
      change.old_item = entry->head;
    }
  else
    {
      return;
    }
  g_array_append_val (event->keys, change);
}

static gboolean
is_repeated (const GArray *keys,
             guint         index)
{
  for (guint i = 0; i < index; i++)
    if (g_array_index (keys, guint32, i) == g_array_index (keys, guint32, index))
      return TRUE;

  return FALSE;
}

/* @keys: of a type, each as often as it was set or removed. */
static void
add_key_changes (WeftEvent    *event,
                 const GArray *keys)
{
  g_autoptr(GHashTable) seen = keys->len > FEW_KEYS ? g_hash_table_new (NULL, NULL) : NULL;

  for (guint i = 0; i < keys->len; i++)
    {
      guint32 key = g_array_index (keys, guint32, i);

      if (seen != NULL ? g_hash_table_add (seen, GUINT_TO_POINTER (key)) : !is_repeated (keys, i))
        add_key_change (event, key);
    }
}

/* Widens the range of changed items of the type that holds @handle. */
static void
note_item (WeftTransaction *tx,
           WeftHandle       handle)
{
  WeftDoc *doc = tx->doc;
  const WeftItem *item = weft_item (doc, handle);
  WeftChanged *changed;
  WeftType *type;

  if (item->in_map || item->place == WEFT_NONE)
    return;
  type = weft_item_get_parent (doc, item);
  if (type->tx_serial != tx->serial)
    return;
  changed = &g_array_index (tx->changed, WeftChanged, type->tx_slot);
  if (changed->first == WEFT_NONE)
    {
      changed->first = changed->last = handle;
      return;
    }
  if (weft_order_is_before (doc, handle, changed->first))
    changed->first = handle;
  else if (weft_order_is_before (doc, changed->last, handle))
    changed->last = handle;
}

static void
note_range (WeftTransaction *tx,
            guint32          client,
            guint32          clock,
            guint32          end)
{
  WeftIndexSpot spot;
  WeftHandle handle;

  if (clock >= end)
    return;
  for (handle = weft_index_find (weft_client (tx->doc, client), clock, &spot);
       handle != WEFT_NONE && weft_item (tx->doc, handle)->clock < end;
       handle = weft_index_next (&spot))
    note_item (tx, handle);
}

static void
find_ranges (WeftTransaction *tx)
{
  for (guint i = 0; i < tx->touched->len; i++)
    {
      WeftTouched *touched = &g_array_index (tx->touched, WeftTouched, i);

      note_range (tx, touched->client, touched->before, touched->after);
    }
  for (guint i = 0; tx->delete_set.lists != NULL && i < tx->delete_set.lists->len; i++)
    {
      WeftRangeList *list = &g_array_index (tx->delete_set.lists, WeftRangeList, i);

      for (guint j = 0; j < list->ranges->len; j++)
        {
          WeftRange *range = &g_array_index (list->ranges, WeftRange, j);

          note_range (tx, list->client, range->clock, range->clock + range->len);
        }
    }
}

GPtrArray *
weft_events_collect (WeftTransaction *tx)
{
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_event_free);

  find_ranges (tx);
  for (guint i = 0; i < tx->changed->len; i++)
    {
      WeftChanged *changed = &g_array_index (tx->changed, WeftChanged, i);
      WeftEvent *event;

      if (changed->type == NULL || weft_type_is_deleted (changed->type))
        continue;
      event = g_new0 (WeftEvent, 1);
      event->transaction = tx;
      event->type = changed->type;
      event->first = changed->first;
      event->last = changed->last;
      event->keys = g_array_new (FALSE, FALSE, sizeof (WeftKeyChange));
      if (changed->keys != NULL)
        add_key_changes (event, changed->keys);
      g_ptr_array_add (events, event);
    }

  return events;
}

/* Deltas */

static void
insert_item (WeftDelta      *delta,
             WeftDoc        *doc,
             const WeftItem *item,
             WeftAny        *attributes)
{
  const guint8 *data;
  gsize n_bytes;

  switch (item->kind)
    {
    case WEFT_CONTENT_STRING:
      data = weft_content_bytes (doc, item, 0, &n_bytes);
      weft_delta_insert_text (delta, (const char *) data, n_bytes, attributes);
      break;
    case WEFT_CONTENT_EMBED:
      {
        g_autoptr(WeftAny) embed = weft_content_get (doc, item, 0);

        weft_delta_insert_embed (delta, embed, attributes);
        break;
      }
    case WEFT_CONTENT_TYPE:
      weft_delta_insert_type (delta, weft_content_get_type (doc, item), attributes);
      break;
    default:
      {
        g_autoptr(WeftAny) values = weft_any_new_array ();

        for (guint32 i = 0; i < item->len; i++)
          weft_any_array_take (values, weft_content_get (doc, item, i));
        weft_delta_insert_values (delta, values);
      }
    }
}

static void
make_list_delta (WeftEvent *event,
                 WeftDelta *delta)
{
  WeftTransaction *tx = event->transaction;
  WeftDoc *doc = tx->doc;
  WeftSpot spot = weft_order_spot (doc, event->first);

  weft_delta_retain (delta, weft_order_index_of (doc, event->first), NULL);
  do
    {
      WeftHandle handle = spot.leaf->item[spot.slot];
      const WeftItem *item = weft_item (doc, handle);

      if (item->deleted)
        {
          if (weft_kind_is_countable (item->kind) && deletes (tx, item) && !adds (tx, item))
            weft_delta_delete (delta, item->len);
        }
      else if (weft_kind_is_countable (item->kind))
        {
          if (adds (tx, item))
            insert_item (delta, doc, item, NULL);
          else
            weft_delta_retain (delta, item->len, NULL);
        }
      if (handle == event->last)
        break;
    }
  while (weft_order_step (doc, &spot));
}

/* The marks at one point of a text: as they were, as they are, and what a retain changes. */
typedef struct
{
  WeftDoc  *doc;
  WeftMarks before, now, changes;
} Marking;

static void
pass_format (Marking        *marking,
             const WeftItem *item,
             gboolean        was,
             gboolean        is)
{
  WeftDoc *doc = marking->doc;
  guint32 key = weft_format (doc, item->content)->key, now;

  if (was)
    weft_marks_set (&marking->before, doc, item->content);
  if (is)
    weft_marks_update (&marking->now, doc, item->content);
  now = weft_marks_get (&marking->now, doc, key);
  if (weft_marks_same_value (doc, now, weft_marks_get (&marking->before, doc, key)))
    weft_marks_remove (&marking->changes, doc, key);
  else
    weft_marks_set (&marking->changes, doc, now);
}

/* Yjs looks a key up in an object, and finds what every object has. What that is says only __proto__ to assign to. */
static gboolean
looks_changed (const WeftDoc *doc,
               guint32        key)
{
  return doc->has_inherited_formats && weft_marks_is_inherited (doc, key)
         && !g_str_equal (weft_key (doc, key)->string, "__proto__");
}

/* As get delta () of YTextEvent; a mark that it would remove there changes nothing here. */
static void
pass_format_as_yjs (Marking        *marking,
                    const WeftItem *item,
                    gboolean        added,
                    gboolean        deleted)
{
  WeftDoc *doc = marking->doc;
  guint32 format = item->content, key = weft_format (doc, format)->key;
  guint32 now = weft_marks_get (&marking->now, doc, key);
  gboolean is_new = !weft_marks_same_value (doc, now, format), is_null = weft_format (doc, format)->is_null;

  if (added)
    {
      if (item->deleted || (!is_new && !is_null))
        return;
      if (is_new && weft_marks_same_value (doc, format, weft_marks_get (&marking->before, doc, key)))
        weft_marks_remove (&marking->changes, doc, key);
      else if (is_new)
        weft_marks_set (&marking->changes, doc, format);
    }
  else if (deleted)
    {
      weft_marks_set (&marking->before, doc, format);
      if (is_new)
        weft_marks_set (&marking->changes, doc, now);
      return;
    }
  else if (item->deleted)
    {
      return;
    }
  else
    {
      weft_marks_set (&marking->before, doc, format);
      if (weft_marks_find (&marking->changes, doc, key) != G_MAXUINT)
        {
          guint32 change = weft_marks_get (&marking->changes, doc, key);

          if (!weft_marks_same_value (doc, change, format))
            is_null ? weft_marks_remove (&marking->changes, doc, key)
                    : weft_marks_set (&marking->changes, doc, format);
          else if (!is_null)
            return;
        }
      else if (!is_null && looks_changed (doc, key))
        {
          weft_marks_set (&marking->changes, doc, format);
        }
    }
  weft_marks_update (&marking->now, doc, format);
}

static void
make_text_delta (WeftEvent *event,
                 WeftDelta *delta,
                 gboolean   least)
{
  WeftTransaction *tx = event->transaction;
  WeftDoc *doc = tx->doc;
  WeftSpot spot = weft_order_spot (doc, event->first);
  Marking marking = { doc };
  gboolean past_last = FALSE, all = !least && event->type->has_formats && doc->has_inherited_formats;

  if (all)
    {
      /* What did not change is told, too: see looks_changed(). */
      spot = (WeftSpot) { weft_leaf (doc, event->type->first), 0 };
    }
  else
    {
      weft_delta_retain (delta, weft_order_index_of (doc, event->first), NULL);
      if (event->type->has_formats)
        weft_marks_collect (doc, event->type, event->first, &marking.now);
    }
  marking.before = weft_marks_copy (&marking.now, doc);

  do
    {
      WeftHandle handle = spot.leaf->item[spot.slot];
      const WeftItem *item = weft_item (doc, handle);
      gboolean added = adds (tx, item), deleted = deletes (tx, item);

      if (item->kind == WEFT_CONTENT_FORMAT)
        {
          if (least)
            pass_format (&marking, item, !added && (deleted || !item->deleted), !item->deleted);
          else
            pass_format_as_yjs (&marking, item, added, deleted);
        }
      else if (weft_kind_is_countable (item->kind))
        {
          if (added && !item->deleted)
            {
              g_autoptr(WeftAny) attributes = weft_marks_to_any (&marking.now, doc);

              insert_item (delta, doc, item, attributes);
            }
          else if (!added && deleted)
            {
              weft_delta_delete (delta, item->len);
            }
          else if (!item->deleted)
            {
              g_autoptr(WeftAny) attributes = weft_marks_to_any (&marking.changes, doc);

              weft_delta_retain (delta, item->len, attributes);
            }
        }
      past_last |= handle == event->last;
    }
  while ((all || !past_last || weft_marks_size (&marking.changes) > 0) && weft_order_step (doc, &spot));

  weft_marks_clear (&marking.before);
  weft_marks_clear (&marking.now);
  weft_marks_clear (&marking.changes);
}

/* Public */

WeftType *
weft_event_get_type (WeftEvent *self)
{
  return self->type;
}

static gboolean
is_text_event (const WeftEvent *self)
{
  return self->type->kind == WEFT_KIND_TEXT || self->type->kind == WEFT_KIND_XML_TEXT;
}

/**
 * weft_event_get_delta:
 * @self: an event
 *
 * The delta that Yjs tells of the same transaction, neighbours that say the same joined.
 *
 * Returns: (transfer none): how the sequence changed; empty where only keys did
 */
const WeftDelta *
weft_event_get_delta (WeftEvent *self)
{
  if (self->delta != NULL)
    return self->delta;

  self->delta = weft_delta_new ();
  if (self->first == WEFT_NONE)
    return self->delta;
  if (is_text_event (self))
    make_text_delta (self, self->delta, FALSE);
  else
    make_list_delta (self, self->delta);
  weft_delta_chop (self->delta);

  return self->delta;
}

/**
 * weft_event_get_least_delta:
 * @self: an event
 *
 * As weft_event_get_delta(), without attributes of a text that are what they were.
 *
 * Returns: (transfer none): how the sequence changed; empty where only keys did
 */
const WeftDelta *
weft_event_get_least_delta (WeftEvent *self)
{
  if (!is_text_event (self) || !self->type->has_formats)
    return weft_event_get_delta (self);
  if (self->least_delta != NULL)
    return self->least_delta;

  self->least_delta = weft_delta_new ();
  if (self->first != WEFT_NONE)
    make_text_delta (self, self->least_delta, TRUE);
  weft_delta_chop (self->least_delta);

  return self->least_delta;
}

gsize
weft_event_get_n_keys (WeftEvent *self)
{
  return self->keys->len;
}

const char *
weft_event_get_key (WeftEvent *self,
                    gsize      index)
{
  g_return_val_if_fail (index < self->keys->len, NULL);

  return weft_key (self->transaction->doc, g_array_index (self->keys, WeftKeyChange, index).key)->string;
}

/**
 * weft_event_dup_old_value:
 * @self: an event
 * @index: of the key
 *
 * Returns: (transfer full) (nullable): what the key held before; %NULL where it held nothing, or a
 *   nested type
 */
WeftAny *
weft_event_dup_old_value (WeftEvent *self,
                          gsize      index)
{
  WeftHandle old;
  const WeftItem *item;

  g_return_val_if_fail (index < self->keys->len, NULL);

  old = g_array_index (self->keys, WeftKeyChange, index).old_item;
  if (old == WEFT_NONE)
    return NULL;
  item = weft_item (self->transaction->doc, old);

  return weft_content_get (self->transaction->doc, item, item->len - 1);
}

WeftKeyAction
weft_event_get_key_action (WeftEvent *self,
                           gsize      index)
{
  g_return_val_if_fail (index < self->keys->len, WEFT_KEY_ADD);

  return g_array_index (self->keys, WeftKeyChange, index).action;
}

/**
 * weft_event_get_old_type:
 * @self: an event
 * @index: of the key
 *
 * Returns: (transfer none) (nullable): the nested type that the key held before
 */
WeftType *
weft_event_get_old_type (WeftEvent *self,
                         gsize      index)
{
  WeftDoc *doc = self->transaction->doc;
  WeftHandle old;

  g_return_val_if_fail (index < self->keys->len, NULL);

  old = g_array_index (self->keys, WeftKeyChange, index).old_item;

  return old != WEFT_NONE ? weft_content_get_type (doc, weft_item (doc, old)) : NULL;
}

/* How many steps lead from @from to @type; -1: none do. */
static int
path_length (WeftType *type,
             WeftType *from)
{
  int n = 0;

  for (; type != from && type->parent != NULL; type = type->parent)
    n++;

  return from == NULL || type == from ? n : -1;
}

/**
 * weft_event_dup_path:
 * @self: an event
 * @from: (nullable): a type that holds the changed one
 *
 * Returns: (transfer full): an array of keys and indexes, as YEvent.path of Yjs
 */
WeftAny *
weft_event_dup_path (WeftEvent *self,
                     WeftType  *from)
{
  WeftDoc *doc = self->transaction->doc;
  g_autoptr(GPtrArray) steps = g_ptr_array_new ();
  WeftAny *path = weft_any_new_array ();

  for (WeftType *type = self->type; type != from && type->parent != NULL; type = type->parent)
    g_ptr_array_add (steps, type);
  for (guint i = steps->len; i > 0; i--)
    {
      WeftType *type = g_ptr_array_index (steps, i - 1);

      if (type->parent_key != 0)
        weft_any_array_take (path, weft_any_new_string_len (weft_key (doc, type->parent_key)->string,
                                                            weft_key (doc, type->parent_key)->length));
      else
        weft_any_array_take (path, weft_any_new_number (type->item != WEFT_NONE
                                                            ? weft_order_index_of (doc, type->item) : 0));
    }

  return path;
}

typedef struct
{
  WeftEvent *event;
  int        steps;
} Below;

static int
compare_steps (gconstpointer a,
               gconstpointer b)
{
  return ((const Below *) a)->steps - ((const Below *) b)->steps;
}

/**
 * weft_transaction_list_events_below:
 * @self: a transaction
 * @type: a type
 *
 * Returns: (transfer container) (element-type WeftEvent): the events of @type and of what is in it, as
 *   observeDeep() of Yjs has them: those with a shorter path first, else in the order of the changes
 */
GPtrArray *
weft_transaction_list_events_below (WeftTransaction *self,
                                    WeftType        *type)
{
  GPtrArray *events = g_ptr_array_new ();
  g_autoptr(GArray) found = g_array_new (FALSE, FALSE, sizeof (Below));

  for (gsize i = 0; i < weft_transaction_get_n_events (self); i++)
    {
      Below below = { weft_transaction_get_event (self, i), 0 };

      below.steps = path_length (below.event->type, type);
      if (below.steps >= 0 && !weft_type_is_deleted (below.event->type))
        g_array_append_val (found, below);
    }
  /* Stable */
  g_array_sort (found, compare_steps);
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (events, g_array_index (found, Below, i).event);

  return events;
}
