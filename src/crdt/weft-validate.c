/* weft-validate.c - walks everything and checks every invariant
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-marks-private.h"

G_GNUC_PRINTF (2, 3)
static gboolean
broken (GError    **error,
        const char *format,
        ...)
{
  va_list args;
  g_autofree char *message = NULL;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED, message);

  return FALSE;
}

static gboolean
check_older (WeftDoc        *doc,
             const WeftItem *item,
             guint32         client,
             guint32         clock)
{
  return client == WEFT_NO_CLIENT
         || (client < doc->n_clients && clock < weft_client (doc, client)->state
             && (client != item->client || clock < item->clock));
}

static gboolean
check_item (WeftDoc    *doc,
            WeftHandle  handle,
            guint32     client,
            guint32     clock,
            GError    **error)
{
  const WeftItem *item = weft_item (doc, handle);

  if (item->client != client || item->clock != clock || item->len == 0)
    return broken (error, "item %u is not what the id index says", handle);
  if (!check_older (doc, item, item->o_client, item->o_clock)
      || !check_older (doc, item, item->r_client, item->r_clock))
    return broken (error, "item %u has an unknown origin", handle);
  if (item->redone != g_hash_table_contains (doc->redone, GUINT_TO_POINTER (handle)))
    return broken (error, "item %u: redone flag", handle);
  if ((item->kind == WEFT_CONTENT_GC || item->kind == WEFT_CONTENT_DELETED) && !item->deleted)
    return broken (error, "item %u lost its content and is not deleted", handle);
  if (item->kind == WEFT_CONTENT_GC)
    return item->place == WEFT_NONE || broken (error, "collected item %u has a place", handle);
  if (item->place == WEFT_NONE)
    return broken (error, "item %u has no place", handle);

  if (item->kind == WEFT_CONTENT_STRING || item->kind == WEFT_CONTENT_ANY)
    {
      const WeftClient *owner = weft_client (doc, client);
      gsize n_bytes;

      if (item->content > owner->arena_used)
        return broken (error, "content of item %u", handle);
      weft_content_bytes (doc, item, 0, &n_bytes);
      if (item->content + n_bytes > owner->arena_used)
        return broken (error, "content of item %u ends outside", handle);
    }
  if (item->kind == WEFT_CONTENT_TYPE && weft_content_get_type (doc, item)->item != handle)
    return broken (error, "the type of item %u does not know it", handle);

  return TRUE;
}

static gboolean
check_clients (WeftDoc *doc,
               guint32 *n_items,
               GError **error)
{
  const guint32 *sorted = weft_clients_sort (doc);

  for (guint32 i = 0; i < doc->n_clients; i++)
    {
      WeftClient *client = weft_client (doc, i);
      guint32 clock = 0, n_packed = 0;

      if (weft_clients_lookup (doc, client->id) != i)
        return broken (error, "client %u is not found", i);
      if (i > 0
          && weft_client (doc, sorted[i - 1])->id <= weft_client (doc, sorted[i])->id)
        return broken (error, "clients are out of order");
      for (guint32 j = 0; j < client->n_chunks; j++)
        {
          WeftChunk *chunk = client->chunks[j];

          if (chunk->n == 0 || (chunk->n > chunk->capacity && !weft_chunk_is_packed (chunk)) ||
              client->starts[j] != clock)
            return broken (error, "chunk %u of client %u", j, i);
          n_packed += weft_chunk_is_packed (chunk) ? chunk->n : 0;
          for (guint32 k = 0; k < chunk->n; k++)
            {
              WeftHandle handle = weft_chunk_handle (chunk, k);

              if (weft_chunk_clock (chunk, k) != clock)
                return broken (error, "client %u has a gap at %u", i, clock);
              if (!check_item (doc, handle, i, clock, error))
                return FALSE;
              clock += weft_item (doc, handle)->len;
              (*n_items)++;
            }
        }
      if (n_packed != client->n_packed)
        return broken (error, "client %u counts its packed chunks wrongly", i);
      if (clock != client->state)
        return broken (error, "client %u ends at %u, not at %u", i, clock, client->state);
    }

  return TRUE;
}

static gboolean
check_inner (WeftDoc    *doc,
             WeftType   *type,
             WeftHandle  node,
             guint32     level,
             WeftHandle  parent,
             guint64    *sum,
             WeftHandle *leaf,
             GError    **error)
{
  const WeftInner *inner;

  *sum = 0;
  if (level == 0)
    {
      const WeftLeaf *at = weft_leaf (doc, node);

      if (at->parent != parent || at->type != type || at->n == 0 || at->self != node || node != *leaf)
        return broken (error, "leaf %u is not linked", node);
      *leaf = at->next;
      for (guint i = 0; i < at->n; i++)
        {
          const WeftItem *item = weft_item (doc, at->item[i]);

          if (item->place != node || item->in_map || at->vis[i] != weft_item_visible (item))
            return broken (error, "item %u in leaf %u", at->item[i], node);
          *sum += at->vis[i];
        }
      return TRUE;
    }

  inner = weft_inner (doc, node);
  if (inner->parent != parent || inner->level != level || inner->n == 0)
    return broken (error, "inner node %u", node);
  for (guint i = 0; i < inner->n; i++)
    {
      guint64 part;

      if (!check_inner (doc, type, inner->child[i], level - 1, node, &part, leaf, error))
        return FALSE;
      if (part != inner->vis[i])
        return broken (error, "inner node %u counts %" G_GUINT64_FORMAT ", not %" G_GUINT64_FORMAT,
                       node, inner->vis[i], part);
      *sum += part;
    }

  return TRUE;
}

/* No peer writes several values at once under one key, but an update may: a cut through them overwrites
 * the first ones without deleting them, in Yjs too. */
static gboolean
goes_on_in_entry (WeftDoc        *doc,
                  const WeftItem *item)
{
  const WeftItem *next;

  if (item->clock + item->len >= weft_client (doc, item->client)->state)
    return FALSE;
  next = weft_item (doc, weft_find_item (doc, item->client, item->clock + item->len));

  return next->in_map && next->place == item->place;
}

/* What the index says of the marks at the start of each leaf is what reading everything before it says. */
static gboolean
check_marks (WeftDoc  *doc,
             WeftType *type,
             GError  **error)
{
  WeftMarks marks = { NULL };
  gboolean good = TRUE;

  for (WeftHandle at = type->first; at != WEFT_NONE && good; at = weft_leaf (doc, at)->next)
    {
      const WeftLeaf *leaf = weft_leaf (doc, at);
      WeftMarks found = { NULL };

      weft_marks_collect (doc, type, leaf->item[0], &found);
      good = weft_marks_size (&found) == weft_marks_size (&marks);
      for (guint i = 0; i < weft_marks_size (&found) && good; i++)
        good = weft_marks_nth (&found, i) == weft_marks_nth (&marks, i);
      weft_marks_clear (&found);
      for (guint i = 0; i < leaf->n; i++)
        {
          const WeftItem *item = weft_item (doc, leaf->item[i]);

          if (item->kind == WEFT_CONTENT_FORMAT && !item->deleted)
            weft_marks_update (&marks, doc, item->content);
        }
    }
  weft_marks_clear (&marks);

  return good || broken (error, "marks at a leaf of type %u", type->index);
}

static gboolean
check_type (WeftDoc  *doc,
            WeftType *type,
            guint32  *n_placed,
            GError  **error)
{
  WeftHandle leaf = type->first;
  guint64 sum = 0;

  if (type->collected && (type->root != WEFT_NONE || type->first_entry != WEFT_NONE))
    return broken (error, "a collected type has content");
  if (type->root != WEFT_NONE
      && !check_inner (doc, type, type->root, type->height, WEFT_NONE, &sum, &leaf, error))
    return FALSE;
  if (leaf != WEFT_NONE || sum != type->length)
    return broken (error, "type length");
  if (type->has_formats && !check_marks (doc, type, error))
    return FALSE;
  for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    *n_placed += weft_leaf (doc, at)->n;

  for (WeftHandle key = type->first_entry; key != WEFT_NONE; key = weft_entry (doc, key)->next)
    {
      WeftMapEntry *entry = weft_entry (doc, key);

      if (entry->type != type->index || entry->head == WEFT_NONE
          || weft_type_find_entry (type, entry->key, NULL) != entry)
        return broken (error, "map entry %u", key);
      for (WeftHandle at = entry->head; at != WEFT_NONE; at = weft_item_map_left (doc, at))
        {
          const WeftItem *item = weft_item (doc, at);

          if (!item->in_map || item->place != key)
            return broken (error, "item %u in map entry %u", at, key);
          if (!item->deleted && (at == entry->head || !goes_on_in_entry (doc, item)))
            {
              if (at != entry->head)
                return broken (error, "item %u is overwritten and not deleted", at);
              if (weft_type_is_gone (type))
                return broken (error, "item %u is in a deleted type and is not deleted", at);
            }
          (*n_placed)++;
        }
    }

  return TRUE;
}

/**
 * weft_doc_validate:
 * @self: a document
 * @error: return location for an error that says what is broken
 *
 * Walks everything and checks every invariant. For tests, and for `WEFT_DEBUG=validate`.
 *
 * Returns: whether all is well
 */
gboolean
weft_doc_validate (WeftDoc *self,
                   GError **error)
{
  guint32 n_items = 0, n_placed = 0, n_collected = 0;

  g_return_val_if_fail (self != NULL, FALSE);

  weft_cursor_flush (self);
  if (!check_clients (self, &n_items, error))
    return FALSE;
  if (n_items != self->items_live)
    return broken (error, "%u items are known by id, %u live", n_items, self->items_live);

  for (guint32 i = 1; i < self->n_types; i++)
    if (!check_type (self, weft_type_at (self, i), &n_placed, error))
      return FALSE;
  for (guint32 i = 0; i < self->n_clients; i++)
    for (guint32 j = 0; j < self->clients[i]->n_chunks; j++)
      for (guint32 k = 0; k < self->clients[i]->chunks[j]->n; k++)
        n_collected += weft_item (self, weft_chunk_handle (self->clients[i]->chunks[j], k))->kind
                       == WEFT_CONTENT_GC;
  if (n_placed + n_collected != n_items)
    return broken (error, "%u items have a place, %u none, of %u", n_placed, n_collected, n_items);

  return TRUE;
}
