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
  WeftType *type = g_new0 (WeftType, 1);

  type->doc = doc;
  type->kind = kind;
  type->index = doc->types->len;
  g_ptr_array_add (doc->types, type);

  return type;
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

void
weft_type_free (WeftType *type)
{
  if (type == NULL)
    return;
  g_free (type->name);
  g_free (type);
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

/* Map entries: one table for all maps of the document, from (type, key) to the entry. */

static inline guint32
hash_entry (const WeftDoc *doc,
            guint32        type,
            guint32        key)
{
  return weft_hash_word (doc->secret, (guint64) type << 32 | key);
}

WeftMapEntry *
weft_type_find_entry (WeftType   *type,
                      guint32     key,
                      WeftHandle *handle)
{
  WeftDoc *doc = type->doc;
  guint32 mask = doc->n_entry_buckets - 1;

  if (doc->n_entry_buckets == 0)
    return NULL;
  for (guint32 i = hash_entry (doc, type->index, key) & mask; doc->entry_buckets[i] != WEFT_NONE; i = (i + 1) & mask)
    {
      WeftMapEntry *entry = weft_entry (doc, doc->entry_buckets[i]);

      if (entry->key == key && entry->type == type->index)
        {
          if (handle != NULL)
            *handle = doc->entry_buckets[i];
          return entry;
        }
    }

  return NULL;
}

static void
put_bucket (WeftDoc   *doc,
            WeftHandle handle)
{
  const WeftMapEntry *entry = weft_entry (doc, handle);
  guint32 mask = doc->n_entry_buckets - 1;
  guint32 i = hash_entry (doc, entry->type, entry->key) & mask;

  while (doc->entry_buckets[i] != WEFT_NONE)
    i = (i + 1) & mask;
  doc->entry_buckets[i] = handle;
}

/* Closes the gap: what was put further on because of the one that goes moves back. */
static void
take_bucket (WeftDoc   *doc,
             WeftHandle handle)
{
  const WeftMapEntry *entry = weft_entry (doc, handle);
  guint32 mask = doc->n_entry_buckets - 1;
  guint32 gap = hash_entry (doc, entry->type, entry->key) & mask;

  while (doc->entry_buckets[gap] != handle)
    gap = (gap + 1) & mask;
  for (guint32 i = (gap + 1) & mask; doc->entry_buckets[i] != WEFT_NONE; i = (i + 1) & mask)
    {
      const WeftMapEntry *other = weft_entry (doc, doc->entry_buckets[i]);
      guint32 home = hash_entry (doc, other->type, other->key) & mask;

      if (((i - home) & mask) >= ((i - gap) & mask))
        {
          doc->entry_buckets[gap] = doc->entry_buckets[i];
          gap = i;
        }
    }
  doc->entry_buckets[gap] = WEFT_NONE;
}

static void
set_n_buckets (WeftDoc *doc,
               guint32  n)
{
  WeftHandle *old = doc->entry_buckets;
  guint32 n_old = doc->n_entry_buckets;

  doc->n_entry_buckets = n;
  doc->entry_buckets = g_new0 (WeftHandle, doc->n_entry_buckets);
  for (guint32 i = 0; i < n_old; i++)
    if (old[i] != WEFT_NONE)
      put_bucket (doc, old[i]);
  g_free (old);
}

void
weft_entries_reserve (WeftDoc *doc,
                      guint32  n)
{
  guint64 n_wanted = ((guint64) doc->n_entries + n) * 2;
  guint32 n_buckets = MAX (16, doc->n_entry_buckets);

  while (n_buckets < n_wanted && n_buckets < G_MAXUINT32 / 4)
    n_buckets *= 2;
  if (n > 0 && n_buckets > doc->n_entry_buckets)
    set_n_buckets (doc, n_buckets);
}

WeftHandle
weft_type_ensure_entry (WeftType *type,
                        guint32   key)
{
  WeftDoc *doc = type->doc;
  WeftHandle handle;

  if (weft_type_find_entry (type, key, &handle) != NULL)
    return handle;

  if ((doc->n_entries + 1) * 2 > doc->n_entry_buckets)
    set_n_buckets (doc, MAX (16, doc->n_entry_buckets * 2));
  handle = weft_pool_new_entry (doc, type->index, key);
  put_bucket (doc, handle);
  doc->n_entries++;
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

  for (WeftHandle at = type->first_entry; at != WEFT_NONE; at = next)
    {
      next = weft_entry (doc, at)->next;
      take_bucket (doc, at);
      weft_pool_free_entry (doc, at);
      doc->n_entries--;
    }
  type->first_entry = type->last_entry = WEFT_NONE;
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

  if (self->root_key != 0)
    return FALSE;

  return self->item == WEFT_NONE || weft_item (self->doc, self->item)->deleted;
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
