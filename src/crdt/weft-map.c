/* weft-map.c - Y.Map, and the attributes of XML types
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each key has a chain of entries; the newest one is the value, and setting a key deletes what was
 * there (typeMapSet and typeMapDelete of Yjs).
 */

#include "config.h"

#include "crdt/weft-quick-overwrite-private.h"

/* The entry of @key; NULL where there is none. */
static G_NO_INLINE WeftMapEntry *
look_up (WeftType   *type,
         const char *key,
         gsize       length)
{
  guint32 interned = weft_keys_lookup (type->doc, key, length);
  WeftHandle entry;

  if (interned == 0 || weft_type_find_entry (type, interned, &entry) == NULL)
    return NULL;
  if (length <= WEFT_SHORT_KEY)
    weft_type_note_recent (type, weft_key_first_bytes (key, length), entry);

  return weft_entry (type->doc, entry);
}

/* The same where it is found at once; or NULL. */
static inline WeftMapEntry *
find_at_once (WeftType   *type,
              const char *key,
              gsize       length)
{
  return length <= WEFT_SHORT_KEY ? weft_type_find_short (type, weft_key_short_bytes (key, length), length) : NULL;
}

static inline WeftMapEntry *
find_entry (WeftType   *type,
            const char *key)
{
  gsize length = strlen (key);
  WeftMapEntry *entry = find_at_once (type, key, length);

  return entry != NULL ? entry : look_up (type, key, length);
}

/* The item that is the value of @key, or NULL. */
static const WeftItem *
find_live (WeftType   *type,
           const char *key)
{
  WeftMapEntry *entry = find_entry (type, key);
  const WeftItem *item;

  if (entry == NULL)
    return NULL;
  item = weft_item (type->doc, entry->head);

  return item->deleted ? NULL : item;
}

static void
set_item (WeftType *self,
          guint32   interned,
          WeftAny  *value,
          guint32   type_index)
{
  WeftDoc *doc = self->doc;
  WeftMapEntry *entry = weft_type_find_entry (self, interned, NULL);
  WeftHandle left = entry != NULL ? entry->head : WEFT_NONE;
  WeftHandle handle
      = weft_new_local_item (doc->transaction, WEFT_CONTENT_TYPE, 1, left, WEFT_NONE);

  if (value != NULL)
    weft_content_set_any (doc, weft_item (doc, handle), value);
  else
    weft_item (doc, handle)->content = type_index;
  weft_integrate (doc->transaction, handle, left, WEFT_NONE, self, interned);
}

static G_NO_INLINE void
set_unusual (WeftType   *self,
             const char *key,
             gsize       length,
             WeftAny    *value)
{
  WeftHandle entry = WEFT_NONE;
  guint32 interned;

  if (weft_type_is_gone (self))
    return;
  interned = weft_keys_intern (self->doc, key, length);
  if (weft_type_find_entry (self, interned, &entry) != NULL && length <= WEFT_SHORT_KEY)
    weft_type_note_recent (self, weft_key_first_bytes (key, length), entry);
  if (weft_quick_map_set (self, interned, entry, value))
    return;
  weft_doc_begin (self->doc, NULL);
  set_item (self, interned, value, 0);
  weft_doc_commit (self->doc);
}

/* A short value of our own is overwritten by another: all is done here. What is in a deleted type is deleted, so that
 * nobody has to ask whether @self is. */
static inline gboolean
set_at_once (WeftType     *self,
             WeftMapEntry *entry,
             WeftAny      *value)
{
  WeftDoc *doc = self->doc;
  WeftItem *newest = weft_item (doc, entry->head);
  WeftClient *client;
  WeftFewBytes few;

  if (!weft_quick_is_usual (newest) || !doc->gc || G_UNLIKELY (weft_cursor_is_watched (doc)))
    return FALSE;
  client = weft_client (doc, newest->client);
  few = weft_any_few_bytes (value);
  if (few.n == 0 || client->id != doc->client_id || G_UNLIKELY (client->state >= WEFT_CLOCK_LIMIT - 1))
    return FALSE;
  weft_quick_overwrite (doc, client, entry->head, newest, entry, few, NULL, 0, NULL, TRUE);

  return TRUE;
}

/**
 * weft_map_set:
 * @self: a map
 * @key: its key
 * @value: (transfer none): any value; bytes become binary content
 */
void
weft_map_set (WeftType   *self,
              const char *key,
              WeftAny    *value)
{
  WeftMapEntry *entry;
  gsize length;

  g_return_if_fail (self != NULL && key != NULL && value != NULL);

  length = strlen (key);
  entry = find_at_once (self, key, length);
  if (entry == NULL || !set_at_once (self, entry, value))
    set_unusual (self, key, length, value);
}

/**
 * weft_map_set_type:
 * @self: a map
 * @key: its key
 * @kind: of the new type
 *
 * Returns: (transfer none) (nullable): the new type; %NULL where @self was deleted
 */
WeftType *
weft_map_set_type (WeftType   *self,
                   const char *key,
                   WeftKind    kind)
{
  return weft_map_set_named (self, key, kind, NULL);
}

/**
 * weft_map_set_named:
 * @self: a map
 * @key: its key
 * @kind: of the new type
 * @name: (nullable): of an XML element or hook
 *
 * Returns: (transfer none) (nullable): the new type; %NULL where @self was deleted
 */
WeftType *
weft_map_set_named (WeftType   *self,
                    const char *key,
                    WeftKind    kind,
                    const char *name)
{
  WeftType *type;

  g_return_val_if_fail (self != NULL && key != NULL && kind <= WEFT_KIND_XML_TEXT, NULL);

  if (weft_type_is_deleted (self))
    return NULL;
  weft_doc_begin (self->doc, NULL);
  type = weft_type_new (self->doc, kind);
  weft_type_set_name (type, name);
  set_item (self, weft_keys_intern (self->doc, key, strlen (key)), NULL, type->index);
  weft_doc_commit (self->doc);

  return type;
}

void
weft_map_remove (WeftType   *self,
                 const char *key)
{
  WeftMapEntry *entry;

  g_return_if_fail (self != NULL && key != NULL);

  if (weft_type_is_deleted (self) || find_live (self, key) == NULL)
    return;
  weft_doc_begin (self->doc, NULL);
  entry = find_entry (self, key);
  weft_delete_item (self->doc->transaction, entry->head);
  weft_doc_commit (self->doc);
}

gboolean
weft_map_has (WeftType   *self,
              const char *key)
{
  g_return_val_if_fail (self != NULL && key != NULL, FALSE);

  return find_live (self, key) != NULL;
}

WeftAny *
weft_map_get (WeftType   *self,
              const char *key)
{
  const WeftItem *item;

  g_return_val_if_fail (self != NULL && key != NULL, NULL);

  item = find_live (self, key);

  return item != NULL ? weft_content_get (self->doc, item, item->len - 1) : NULL;
}

WeftType *
weft_map_get_type (WeftType   *self,
                   const char *key)
{
  const WeftItem *item;

  g_return_val_if_fail (self != NULL && key != NULL, NULL);

  item = find_live (self, key);

  return item != NULL && item->kind == WEFT_CONTENT_TYPE ? weft_type_at (self->doc, item->content) : NULL;
}

gsize
weft_map_get_n_keys (WeftType *self)
{
  gsize n = 0;

  g_return_val_if_fail (self != NULL, 0);

  for (WeftHandle at = self->first_entry; at != WEFT_NONE; at = weft_entry (self->doc, at)->next)
    n += !weft_item (self->doc, weft_entry (self->doc, at)->head)->deleted;

  return n;
}

GPtrArray *
weft_map_list_keys (WeftType *self)
{
  GPtrArray *keys = g_ptr_array_new ();

  g_return_val_if_fail (self != NULL, keys);

  for (WeftHandle at = self->first_entry; at != WEFT_NONE; at = weft_entry (self->doc, at)->next)
    {
      WeftMapEntry *entry = weft_entry (self->doc, at);

      if (!weft_item (self->doc, entry->head)->deleted)
        g_ptr_array_add (keys, weft_key (self->doc, entry->key)->string);
    }

  return keys;
}

void
weft_map_foreach_entry (WeftType    *self,
                        const char  *key,
                        WeftItemFunc func,
                        gpointer     user_data)
{
  WeftMapEntry *entry;

  g_return_if_fail (self != NULL && key != NULL && func != NULL);

  entry = find_entry (self, key);
  if (entry == NULL)
    return;
  for (WeftHandle at = entry->head; at != WEFT_NONE; at = weft_item_map_left (self->doc, at))
    {
      WeftItemInfo info;

      weft_item_fill_info (self->doc, weft_item (self->doc, at), &info);
      if (!func (&info, user_data))
        return;
    }
}

void
weft_map_foreach_newest (WeftType    *self,
                         WeftItemFunc func,
                         gpointer     user_data)
{
  g_return_if_fail (self != NULL && func != NULL);

  for (WeftHandle at = self->first_entry; at != WEFT_NONE; at = weft_entry (self->doc, at)->next)
    {
      WeftItemInfo info;

      weft_item_fill_info (self->doc, weft_item (self->doc, weft_entry (self->doc, at)->head), &info);
      if (!func (&info, user_data))
        return;
    }
}

gboolean
weft_map_get_entry_id (WeftType   *self,
                       const char *key,
                       WeftId     *id)
{
  WeftMapEntry *entry;
  const WeftItem *item;

  g_return_val_if_fail (self != NULL && key != NULL && id != NULL, FALSE);

  entry = find_entry (self, key);
  if (entry == NULL)
    return FALSE;
  item = weft_item (self->doc, entry->head);
  *id = weft_item_id (self->doc, item);
  /* A run of joined entries: its last unit is the newest. */
  id->clock += item->len - 1;

  return TRUE;
}
