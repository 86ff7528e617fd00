/* weft-type.c - what all shared types have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-hash.h"

WeftType *
weft_type_new (WeftDoc *doc,
               WeftKind kind)
{
  guint32 index = doc->n_types++;
  WeftType *type;

  if ((index >> WEFT_TYPE_SLAB_BITS) >= doc->n_type_slabs)
    {
      /* Room for slabs comes in powers of two. */
      if ((doc->n_type_slabs & (doc->n_type_slabs - 1)) == 0)
        doc->type_slabs = g_renew (WeftType *, doc->type_slabs, MAX (4, doc->n_type_slabs * 2));
      doc->type_slabs[doc->n_type_slabs++] = g_new (WeftType, WEFT_TYPE_SLAB_SIZE);
    }
  type = weft_type_at (doc, index);
  *type = (WeftType) { .doc = doc, .kind = kind, .index = index };

  return type;
}

void
weft_types_truncate (WeftDoc *doc,
                     guint32  n_types)
{
  for (guint32 i = n_types; i < doc->n_types; i++)
    g_free (weft_type_at (doc, i)->name);
  doc->n_types = n_types;
}

void
weft_types_clear (WeftDoc *doc)
{
  weft_types_truncate (doc, 1);
  for (guint32 i = 0; i < doc->n_type_slabs; i++)
    g_free (doc->type_slabs[i]);
  g_free (doc->type_slabs);
}

/* Elements and hooks have a name. */
void
weft_type_set_name (WeftType   *type,
                    const char *name)
{
  if (type->kind != WEFT_KIND_XML_ELEMENT && type->kind != WEFT_KIND_XML_HOOK)
    return;
  type->name = g_strdup (name != NULL ? name : "UNDEFINED");
  type->n_name = strlen (type->name);
}

WeftType *
weft_doc_ensure_root (WeftDoc    *doc,
                      const char *name,
                      gsize       length)
{
  return weft_doc_ensure_root_key (doc, weft_keys_intern (doc, name, length));
}

WeftType *
weft_doc_ensure_root_key (WeftDoc *doc,
                          guint32  key)
{
  WeftType *type = g_hash_table_lookup (doc->root_index, GUINT_TO_POINTER (key));

  if (type != NULL)
    return type;
  type = weft_type_new (doc, WEFT_KIND_UNTYPED);
  type->root_key = key;
  g_ptr_array_add (doc->roots, type);
  g_hash_table_insert (doc->root_index, GUINT_TO_POINTER (key), type);

  return type;
}

/* Map entries. Most maps have a few keys, which came one after the other: those are looked at in a row. For the
 * others there is one table, from (type, key) to the entry. */

static inline guint32
hash_entry (const WeftDoc *doc,
            guint32        type,
            guint32        key)
{
  return weft_hash_word (doc->secret, (guint64) type << 32 | key);
}

static WeftHandle
find_hashed (const WeftType *type,
             guint32         key)
{
  const WeftDoc *doc = type->doc;
  guint32 hash = hash_entry (doc, type->index, key), mask = doc->n_entry_buckets - 1;

  for (guint32 i = hash & mask; doc->entry_buckets[i].entry != WEFT_NONE; i = (i + 1) & mask)
    {
      WeftHandle found = doc->entry_buckets[i].entry;
      const WeftMapEntry *entry;

      if (doc->entry_buckets[i].hash != hash)
        continue;
      entry = weft_entry (doc, found);
      if (entry->key == key && entry->type == type->index)
        return found;
    }

  return WEFT_NONE;
}

/* Maps that are siblings mostly have the same keys in the same order: where a key stood last is looked at first. */
static WeftHandle
find_in_row (const WeftType *type,
             guint32         key)
{
  WeftDoc *doc = type->doc;
  guint8 *place = &doc->key_places[key & (WEFT_KEY_PLACES - 1)];
  WeftHandle at = type->first_entry, end = at + type->n_entries;

  if (*place < type->n_entries && weft_entry (doc, at + *place)->key == key)
    return at + *place;

  while (at < end)
    {
      /* As far as one slab goes */
      const WeftMapEntry *entry = weft_entry (doc, at);
      guint32 n = MIN (end - at, WEFT_ENTRY_SLAB_SIZE - (at & (WEFT_ENTRY_SLAB_SIZE - 1)));

      for (guint32 i = 0; i < n; i++)
        if (entry[i].key == key)
          {
            *place = (guint8) (at + i - type->first_entry);
            return at + i;
          }
      at += n;
    }

  return WEFT_NONE;
}

WeftMapEntry *
weft_type_find_entry (WeftType   *type,
                      guint32     key,
                      WeftHandle *handle)
{
  WeftHandle found = type->is_hashed ? find_hashed (type, key) : find_in_row (type, key);

  if (found == WEFT_NONE)
    return NULL;
  if (handle != NULL)
    *handle = found;

  return weft_entry (type->doc, found);
}

void
weft_type_note_recent (WeftType  *type,
                       guint64    key,
                       WeftHandle entry)
{
  WeftDoc *doc = type->doc;

  if (!type->is_hashed)
    return;
  if (doc->recent == NULL)
    {
      if (doc->n_entries < WEFT_RECENT_FROM)
        return;
      doc->recent = g_new0 (WeftRecentEntry, 1 << WEFT_RECENT_BITS);
    }
  *weft_type_recent_place (type, key) = (WeftRecentEntry) { key, type->index, entry };
}

void
weft_types_forget_recent (WeftDoc *doc)
{
  if (doc->recent != NULL)
    memset (doc->recent, 0, sizeof (WeftRecentEntry) << WEFT_RECENT_BITS);
}

static void
put_bucket (WeftDoc        *doc,
            WeftEntryBucket bucket)
{
  guint32 mask = doc->n_entry_buckets - 1, i = bucket.hash & mask;

  while (doc->entry_buckets[i].entry != WEFT_NONE)
    i = (i + 1) & mask;
  doc->entry_buckets[i] = bucket;
}

/* Closes the gap: what was put further on because of the one that goes moves back. */
static void
take_bucket (WeftDoc   *doc,
             WeftHandle handle)
{
  const WeftMapEntry *entry = weft_entry (doc, handle);
  guint32 mask = doc->n_entry_buckets - 1;
  guint32 gap = hash_entry (doc, entry->type, entry->key) & mask;

  while (doc->entry_buckets[gap].entry != handle)
    gap = (gap + 1) & mask;
  for (guint32 i = (gap + 1) & mask; doc->entry_buckets[i].entry != WEFT_NONE; i = (i + 1) & mask)
    if (((i - doc->entry_buckets[i].hash) & mask) >= ((i - gap) & mask))
      {
        doc->entry_buckets[gap] = doc->entry_buckets[i];
        gap = i;
      }
  doc->entry_buckets[gap] = (WeftEntryBucket) { 0 };
  doc->n_hashed--;
}

static void
add_bucket (WeftDoc   *doc,
            WeftHandle handle)
{
  const WeftMapEntry *entry = weft_entry (doc, handle);

  /* Up to three of four are taken. */
  if (((guint64) doc->n_hashed + 1) * 4 > (guint64) doc->n_entry_buckets * 3)
    {
      g_autofree WeftEntryBucket *old = doc->entry_buckets;
      guint32 n_old = doc->n_entry_buckets;

      doc->n_entry_buckets = MAX (32, n_old * 2);
      doc->entry_buckets = g_new0 (WeftEntryBucket, doc->n_entry_buckets);
      for (guint32 i = 0; i < n_old; i++)
        if (old[i].entry != WEFT_NONE)
          put_bucket (doc, old[i]);
    }
  put_bucket (doc, (WeftEntryBucket) { hash_entry (doc, entry->type, entry->key), handle });
  doc->n_hashed++;
}

WeftHandle
weft_type_ensure_entry (WeftType *type,
                        guint32   key)
{
  WeftHandle handle;

  return weft_type_find_entry (type, key, &handle) != NULL ? handle : weft_type_add_entry (type, key);
}

WeftHandle
weft_type_add_entry (WeftType *type,
                     guint32   key)
{
  WeftDoc *doc = type->doc;
  WeftHandle handle = weft_pool_new_entry (doc, type->index, key);

  if (!type->is_hashed && type->n_entries > 0
      && (type->n_entries == WEFT_FEW_ENTRIES || handle != type->first_entry + type->n_entries))
    {
      for (WeftHandle at = type->first_entry; at != WEFT_NONE; at = weft_entry (doc, at)->next)
        add_bucket (doc, at);
      type->is_hashed = TRUE;
    }
  if (type->is_hashed)
    add_bucket (doc, handle);
  type->n_entries++;
  if (type->last_entry != WEFT_NONE)
    weft_entry (doc, type->last_entry)->next = handle;
  else
    type->first_entry = handle;
  type->last_entry = handle;

  return handle;
}

void
weft_type_drop_map (WeftType *type)
{
  WeftDoc *doc = type->doc;
  WeftHandle next;

  if (type->n_entries > 0)
    weft_types_forget_recent (doc);
  for (WeftHandle at = type->first_entry; at != WEFT_NONE; at = next)
    {
      next = weft_entry (doc, at)->next;
      if (type->is_hashed)
        take_bucket (doc, at);
      weft_pool_free_entry (doc, at);
    }
  type->first_entry = type->last_entry = WEFT_NONE;
  type->n_entries = 0;
  type->is_hashed = FALSE;
}

/* Public */

/**
 * weft_type_get_kind:
 * @self: a type
 *
 * Returns: what it was made as; %WEFT_KIND_UNTYPED for a root that was only seen in updates
 */
WeftKind
weft_type_get_kind (WeftType *self)
{
  g_return_val_if_fail (self != NULL, WEFT_KIND_UNTYPED);

  return self->kind;
}

WeftDoc *
weft_type_get_doc (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->doc;
}

const char *
weft_type_get_root_name (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->root_key != 0 ? weft_key (self->doc, self->root_key)->string : NULL;
}

const char *
weft_type_get_node_name (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->kind == WEFT_KIND_XML_ELEMENT || self->kind == WEFT_KIND_XML_HOOK ? self->name : NULL;
}

WeftType *
weft_type_get_parent (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->parent;
}

const char *
weft_type_get_parent_key (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->parent_key != 0 ? weft_key (self->doc, self->parent_key)->string : NULL;
}

gboolean
weft_type_get_id (WeftType *self,
                  WeftId   *id)
{
  g_return_val_if_fail (self != NULL && id != NULL, FALSE);

  if (self->root_key != 0)
    return FALSE;
  *id = self->id;

  return TRUE;
}

/**
 * weft_type_is_deleted:
 * @self: a type
 *
 * Returns: whether the item that holds it was deleted; roots never are
 */
gboolean
weft_type_is_deleted (WeftType *self)
{
  g_return_val_if_fail (self != NULL, TRUE);

  return weft_type_is_gone (self);
}

guint64
weft_type_get_length (WeftType *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->length;
}

void
weft_type_set_user_data (WeftType *self,
                         gpointer  user_data)
{
  g_return_if_fail (self != NULL);

  self->user_data = user_data;
}

gpointer
weft_type_get_user_data (WeftType *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->user_data;
}

void
weft_type_foreach_item (WeftType    *self,
                        WeftItemFunc func,
                        gpointer     user_data)
{
  WeftDoc *doc;

  g_return_if_fail (self != NULL && func != NULL);

  doc = self->doc;
  for (WeftHandle at = self->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
      {
        WeftItemInfo info;

        weft_item_fill_info (doc, weft_item (doc, weft_leaf (doc, at)->item[i]), &info);
        if (!func (&info, user_data))
          return;
      }
}
