/* weft-type.c - what all shared types have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-doc-private.h"

/* Below this many keys a scan is faster than a hash. */
#define FEW_KEYS 8

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
  g_free (type->entries);
  g_free (type->buckets);
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

/* Map entries */

static guint32
hash_key (guint32 key)
{
  return key * 2654435769u >> 7;
}

WeftMapEntry *
weft_type_find_entry (WeftType   *type,
                      guint32     key,
                      WeftHandle *handle)
{
  WeftDoc *doc = type->doc;
  guint32 mask = type->n_buckets - 1;

  if (type->buckets == NULL)
    {
      for (guint32 i = 0; i < type->n_entries; i++)
        if (weft_entry (doc, type->entries[i])->key == key)
          {
            if (handle != NULL)
              *handle = type->entries[i];
            return weft_entry (doc, type->entries[i]);
          }
      return NULL;
    }

  for (guint32 i = hash_key (key) & mask; type->buckets[i] != 0; i = (i + 1) & mask)
    {
      WeftHandle at = type->entries[type->buckets[i] - 1];

      if (weft_entry (doc, at)->key == key)
        {
          if (handle != NULL)
            *handle = at;
          return weft_entry (doc, at);
        }
    }

  return NULL;
}

static void
put_bucket (WeftType *type,
            guint32   index)
{
  guint32 mask = type->n_buckets - 1;
  guint32 i = hash_key (weft_entry (type->doc, type->entries[index])->key) & mask;

  while (type->buckets[i] != 0)
    i = (i + 1) & mask;
  type->buckets[i] = index + 1;
}

WeftHandle
weft_type_ensure_entry (WeftType *type,
                        guint32   key)
{
  WeftHandle handle;

  if (weft_type_find_entry (type, key, &handle) != NULL)
    return handle;

  handle = weft_pool_new_entry (type->doc, type, key);
  if (type->n_entries == type->entries_allocated)
    {
      type->entries_allocated = MAX (4, type->entries_allocated * 2);
      type->entries = g_renew (WeftHandle, type->entries, type->entries_allocated);
    }
  type->entries[type->n_entries++] = handle;

  if (type->n_entries * 2 > type->n_buckets && type->n_entries > FEW_KEYS)
    {
      type->n_buckets = MAX (FEW_KEYS * 4, type->n_buckets * 2);
      g_free (type->buckets);
      type->buckets = g_new0 (guint32, type->n_buckets);
      for (guint32 i = 0; i < type->n_entries; i++)
        put_bucket (type, i);
    }
  else if (type->buckets != NULL)
    {
      put_bucket (type, type->n_entries - 1);
    }

  return handle;
}

void
weft_type_drop_map (WeftType *type)
{
  for (guint32 i = 0; i < type->n_entries; i++)
    weft_pool_free_entry (type->doc, type->entries[i]);
  g_clear_pointer (&type->entries, g_free);
  g_clear_pointer (&type->buckets, g_free);
  type->n_entries = type->entries_allocated = type->n_buckets = 0;
}

gboolean
weft_type_is_within (WeftType *type,
                     WeftType *ancestor)
{
  for (; type != NULL; type = type->parent)
    if (type == ancestor)
      return TRUE;

  return FALSE;
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
