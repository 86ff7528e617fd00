/* weft-doc.c - a document: making, roots, looking at what is in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-crowd-private.h"
#include "crdt/weft-doc-private.h"
#include "crdt/weft-hash.h"

#include "weft-debug.h"

static WeftClientId
random_client_id (gpointer user_data)
{
  return g_random_int ();
}

/**
 * weft_doc_new:
 *
 * Returns: (transfer full): an empty document with a random client id that keeps deleted content
 */
WeftDoc *
weft_doc_new (void)
{
  return weft_doc_new_with_options (g_random_int (), NULL);
}

/**
 * weft_doc_new_with_options:
 * @client_id: who writes here; at most 2^53 - 1
 * @options: (nullable): %NULL: those of weft_doc_new()
 *
 * Returns: (transfer full): an empty document
 */
WeftDoc *
weft_doc_new_with_options (WeftClientId          client_id,
                           const WeftDocOptions *options)
{
  WeftDoc *self;

  g_return_val_if_fail (client_id <= WEFT_MAX_SAFE_INTEGER, NULL);

  self = g_new0 (WeftDoc, 1);
  self->client_id = client_id;
  self->random = random_client_id;
  self->validate = weft_debug_has (WEFT_DEBUG_VALIDATE);
  self->general = weft_debug_has (WEFT_DEBUG_GENERAL);
  if (options != NULL)
    {
      self->gc = options->gc;
      if (options->random != NULL)
        {
          self->random = options->random;
          self->random_data = options->random_data;
        }
    }
  self->keys = g_array_new (FALSE, TRUE, sizeof (WeftKey));
  g_array_set_size (self->keys, 1);
  self->formats = g_array_new (FALSE, FALSE, sizeof (WeftFormat));
  self->format_keys = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->format_index = g_hash_table_new (NULL, NULL);
  self->secret = (guint64) g_random_int () << 32 | g_random_int ();
  self->crowd_from = WEFT_CROWD_FROM;
  self->n_types = 1;
  self->roots = g_ptr_array_new ();
  self->root_index = g_hash_table_new (NULL, NULL);
  self->redone = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->pending_missing = g_hash_table_new_full (weft_hash_client, g_int64_equal, NULL, g_free);
  self->observers = g_array_new (FALSE, FALSE, sizeof (WeftObserverEntry));
  self->undo_managers = g_ptr_array_new ();
  g_queue_init (&self->cleanups);

  return self;
}

void
weft_doc_free (WeftDoc *self)
{
  if (self == NULL)
    return;

  g_return_if_fail (self->depth == 0 && !self->cleaning);

  for (guint i = 0; i < self->undo_managers->len; i++)
    weft_undo_manager_detach (g_ptr_array_index (self->undo_managers, i));
  g_ptr_array_unref (self->undo_managers);
  weft_transaction_free (self->spare);
  g_array_unref (self->observers);
  g_clear_pointer (&self->type_observers, g_array_unref);
  g_clear_pointer (&self->wanted_subdocs, g_hash_table_unref);
  g_ptr_array_unref (self->pending);
  g_hash_table_unref (self->pending_missing);
  g_clear_pointer (&self->pending_deletes, weft_delete_set_free);
  g_hash_table_unref (self->redone);
  g_free (self->marks);
  g_free (self->chain);
  g_free (self->rights);
  g_clear_pointer (&self->siblings.items, g_array_unref);
  g_clear_pointer (&self->crowds, g_hash_table_unref);
  g_clear_pointer (&self->format_spans, g_hash_table_unref);
  weft_clients_clear (self);
  g_hash_table_unref (self->root_index);
  g_ptr_array_unref (self->roots);
  weft_types_clear (self);
  weft_keys_clear (self);
  weft_pool_clear (self);
  g_free (self);
}

WeftClientId
weft_doc_get_client_id (WeftDoc *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->client_id;
}

/**
 * weft_doc_get_root:
 * @self: a document
 * @name: the name of the root
 * @kind: what it is
 *
 * Makes the root where it is not there; a root that was only seen in updates takes on @kind.
 *
 * Returns: (transfer none): the root
 */
WeftType *
weft_doc_get_root (WeftDoc    *self,
                   const char *name,
                   WeftKind    kind)
{
  WeftType *type;

  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  type = weft_doc_ensure_root (self, name, strlen (name));
  if (type->kind == WEFT_KIND_UNTYPED)
    {
      type->kind = kind;
      /* As doc.get (name, Y.XmlElement): a root element has no name of its own. */
      if (kind == WEFT_KIND_XML_ELEMENT)
        weft_type_set_name (type, NULL);
    }

  return type;
}

WeftType *
weft_doc_get_text (WeftDoc    *self,
                   const char *name)
{
  return weft_doc_get_root (self, name, WEFT_KIND_TEXT);
}

WeftType *
weft_doc_get_map (WeftDoc    *self,
                  const char *name)
{
  return weft_doc_get_root (self, name, WEFT_KIND_MAP);
}

WeftType *
weft_doc_get_array (WeftDoc    *self,
                    const char *name)
{
  return weft_doc_get_root (self, name, WEFT_KIND_ARRAY);
}

WeftType *
weft_doc_lookup_root (WeftDoc    *self,
                      const char *name)
{
  guint32 key;

  g_return_val_if_fail (self != NULL && name != NULL, NULL);

  key = weft_keys_lookup (self, name, strlen (name));
  if (key == 0)
    return NULL;

  return g_hash_table_lookup (self->root_index, GUINT_TO_POINTER (key));
}

GPtrArray *
weft_doc_list_roots (WeftDoc *self)
{
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < self->roots->len; i++)
    {
      WeftType *type = g_ptr_array_index (self->roots, i);

      g_ptr_array_add (names, weft_key (self, type->root_key)->string);
    }

  return names;
}

WeftStateVector *
weft_doc_get_state_vector (WeftDoc *self)
{
  WeftStateVector *vector = weft_state_vector_new ();
  const guint32 *sorted = weft_clients_sort (self);

  /* From the greatest id on, each goes at the end. */
  for (guint32 i = 0; i < self->n_clients; i++)
    if (self->clients[sorted[i]]->state > 0)
      weft_state_vector_set (vector, self->clients[sorted[i]]->id, self->clients[sorted[i]]->state);

  return vector;
}

WeftDeleteSet *
weft_doc_get_delete_set (WeftDoc *self)
{
  WeftDeleteSet *set = weft_delete_set_new ();
  const guint32 *sorted = weft_clients_sort (self);

  for (guint32 i = 0; i < self->n_clients; i++)
    {
      WeftClient *client = weft_client (self, sorted[i]);
      guint32 start = 0, length = 0;

      for (guint32 j = 0; j < client->n_chunks; j++)
        for (guint32 k = 0; k < client->chunks[j]->n; k++)
          {
            const WeftItem *item = weft_item (self, weft_chunk_handle (client->chunks[j], k));

            if (item->deleted && length > 0)
              {
                length += item->len;
              }
            else if (item->deleted)
              {
                start = item->clock;
                length = item->len;
              }
            else if (length > 0)
              {
                weft_delete_set_add (set, client->id, start, length);
                length = 0;
              }
          }
      if (length > 0)
        weft_delete_set_add (set, client->id, start, length);
    }
  weft_delete_set_normalize (set);

  return set;
}

guint
weft_doc_add_observer (WeftDoc               *self,
                       const WeftDocObserver *observer,
                       gpointer               user_data)
{
  WeftObserverEntry entry;

  g_return_val_if_fail (self != NULL && observer != NULL, 0);

  if (observer->transaction != NULL)
    weft_cursor_forget (self);
  entry = (WeftObserverEntry) { ++self->next_observer, *observer, user_data };
  g_array_append_val (self->observers, entry);
  self->n_observers = self->observers->len;
  self->n_watchers += observer->transaction != NULL;

  return entry.id;
}

void
weft_doc_remove_observer (WeftDoc *self,
                          guint    observer_id)
{
  g_return_if_fail (self != NULL);

  for (guint i = 0; i < self->observers->len; i++)
    if (g_array_index (self->observers, WeftObserverEntry, i).id == observer_id)
      {
        self->n_watchers
            -= g_array_index (self->observers, WeftObserverEntry, i).vtable.transaction != NULL;
        g_array_remove_index (self->observers, i);
        self->n_observers = self->observers->len;
        return;
      }
}

/* Items as others see them */

void
weft_item_fill_info (WeftDoc        *doc,
                     const WeftItem *item,
                     WeftItemInfo   *info)
{
  guint32 sub;

  *info = (WeftItemInfo) { 0 };
  info->id = weft_item_id (doc, item);
  info->length = item->len;
  info->content = item->kind;
  info->deleted = item->deleted;
  if (item->kind == WEFT_CONTENT_GC)
    return;
  if (item->o_client != WEFT_NO_CLIENT)
    {
      info->has_origin = TRUE;
      info->origin = (WeftId) { weft_client (doc, item->o_client)->id, item->o_clock };
    }
  if (item->r_client != WEFT_NO_CLIENT)
    {
      info->has_right_origin = TRUE;
      info->right_origin = (WeftId) { weft_client (doc, item->r_client)->id, item->r_clock };
    }
  info->parent = weft_item_get_parent (doc, item);
  sub = weft_item_get_sub (doc, item);
  info->parent_sub = sub != 0 ? weft_key (doc, sub)->string : NULL;
  info->type = weft_content_get_type (doc, item);
  if (item->kind == WEFT_CONTENT_FORMAT)
    info->format_key = weft_key (doc, weft_format (doc, item->content)->key)->string;
}

void
weft_doc_foreach_item (WeftDoc     *self,
                       WeftClientId client_id,
                       WeftClock    from,
                       WeftClock    to,
                       WeftItemFunc func,
                       gpointer     user_data)
{
  guint32 client;
  WeftIndexSpot spot;
  WeftHandle handle;

  g_return_if_fail (self != NULL && func != NULL);

  client = weft_clients_lookup (self, client_id);
  if (client == WEFT_NO_CLIENT || from >= weft_client (self, client)->state)
    return;

  for (handle = weft_index_find (weft_client (self, client), (guint32) from, &spot);
       handle != WEFT_NONE && weft_item (self, handle)->clock < to; handle = weft_index_next (&spot))
    {
      WeftItemInfo info;

      weft_item_fill_info (self, weft_item (self, handle), &info);
      if (!func (&info, user_data))
        return;
    }
}

static WeftAny *
cut_text (WeftAny *whole,
          guint32  offset,
          guint64  length)
{
  g_autoptr(WeftAny) text = whole;
  const char *string = weft_any_get_string (text);
  gsize size = weft_any_get_string_length (text);
  guint64 units = weft_utf8_measure (string, size, NULL);
  gsize start = weft_utf8_advance ((const guint8 *) string, MIN (offset, units), NULL);
  gsize end = weft_utf8_advance ((const guint8 *) string, MIN (offset + length, units), NULL);

  return weft_any_new_string_len (string + start, end - start);
}

WeftAny *
weft_doc_dup_content (WeftDoc *self,
                      WeftId   id,
                      guint64  length)
{
  guint32 client;
  const WeftItem *item;
  guint32 offset;
  WeftAny *value;

  g_return_val_if_fail (self != NULL, NULL);

  client = weft_clients_lookup (self, id.client);
  if (client == WEFT_NO_CLIENT || id.clock >= weft_client (self, client)->state)
    return NULL;
  item = weft_item (self, weft_find_item (self, client, id.clock));
  offset = id.clock - item->clock;
  if (item->kind != WEFT_CONTENT_STRING)
    return weft_content_get (self, item, offset);

  value = weft_content_get (self, item, 0);

  return cut_text (value, offset, MIN (length, item->len - offset));
}

/**
 * weft_doc_peek_bytes:
 * @self: a document
 * @id: a unit of it
 * @n_bytes: (out): how many
 *
 * Returns: (nullable) (transfer none): the bytes, without a copy; %NULL where the unit is not there, or holds none
 */
const guint8 *
weft_doc_peek_bytes (WeftDoc *self,
                     WeftId   id,
                     gsize   *n_bytes)
{
  guint32 client;
  const WeftItem *item;
  WeftReader reader;
  const guint8 *data;
  gsize size;

  g_return_val_if_fail (self != NULL && n_bytes != NULL, NULL);

  client = weft_clients_lookup (self, id.client);
  if (client == WEFT_NO_CLIENT || id.clock >= weft_client (self, client)->state)
    return NULL;
  item = weft_item (self, weft_find_item (self, client, id.clock));
  if (item->kind != WEFT_CONTENT_BINARY)
    return NULL;

  data = weft_content_bytes (self, item, 0, &size);
  weft_reader_init (&reader, data, size);

  return weft_reader_get_buffer (&reader, n_bytes);
}
