/* weft-subdoc.c - documents within documents
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ContentDoc of Yjs. On the wire stand the guid and an object of options: gc where it is off, autoLoad where
 * it is on, meta where there is any, in this order; other members that a peer wrote are lost there too.
 */

#include "config.h"

#include "crdt/weft-subdoc.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"

void
weft_subdoc_clear (WeftSubdoc *self)
{
  g_clear_pointer (&self->guid, g_free);
  g_clear_pointer (&self->meta, weft_any_unref);
}

/* What JavaScript takes for true. */
static gboolean
is_truthy (const WeftAny *value)
{
  if (value == NULL)
    return FALSE;

  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_NULL:
      return FALSE;
    case WEFT_ANY_BOOLEAN:
      return weft_any_get_boolean (value);
    case WEFT_ANY_NUMBER:
      return weft_any_get_number (value) != 0 && weft_any_get_number (value) == weft_any_get_number (value);
    case WEFT_ANY_BIGINT:
      return weft_any_get_bigint (value) != 0;
    case WEFT_ANY_STRING:
      return weft_any_get_string_length (value) > 0;
    default:
      return TRUE;
    }
}

static gboolean
is_undefined (const WeftAny *value)
{
  return value == NULL || weft_any_get_kind (value) == WEFT_ANY_UNDEFINED;
}

static WeftAny *
make_options (gboolean       keep_deleted,
              gboolean       auto_load,
              const WeftAny *meta)
{
  WeftAny *options = weft_any_new_object ();

  if (keep_deleted)
    weft_any_object_take (options, "gc", weft_any_new_boolean (FALSE));
  if (auto_load)
    weft_any_object_take (options, "autoLoad", weft_any_new_boolean (TRUE));
  if (!is_undefined (meta) && weft_any_get_kind (meta) != WEFT_ANY_NULL)
    weft_any_object_take (options, "meta", weft_any_ref ((WeftAny *) meta));

  return options;
}

static gboolean
keeps_deleted (const WeftAny *options)
{
  const WeftAny *gc = weft_any_lookup (options, "gc");

  return !is_undefined (gc) && !is_truthy (gc);
}

WeftAny *
weft_subdoc_normalize_options (const WeftAny *options)
{
  if (weft_any_get_kind (options) != WEFT_ANY_OBJECT)
    return weft_any_new_object ();

  return make_options (keeps_deleted (options), is_truthy (weft_any_lookup (options, "autoLoad")),
                       weft_any_lookup (options, "meta"));
}

gboolean
weft_subdoc_check_options (WeftReader *reader)
{
  gsize start = reader->pos;
  gboolean canonical = TRUE;
  g_autoptr(WeftAny) options = NULL;
  WeftReader again;

  weft_any_skip (reader, &canonical);
  if (reader->failed)
    return TRUE;
  weft_reader_init (&again, reader->data + start, reader->pos - start);
  options = weft_any_read (&again);
  if (weft_any_get_kind (options) == WEFT_ANY_UNDEFINED || weft_any_get_kind (options) == WEFT_ANY_NULL)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "subdocument has no options");

  /* What there is in them is written again. */
  return weft_any_get_kind (options) == WEFT_ANY_OBJECT && weft_any_get_n_items (options) == 0;
}

static void
set_content (WeftDoc                 *doc,
             WeftHandle               handle,
             const WeftSubdocOptions *options)
{
  WeftItem *item = weft_item (doc, handle);
  g_autoptr(WeftAny) wire = make_options (options->keep_deleted, options->auto_load, options->meta);
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_string (&writer, options->guid, -1);
  weft_any_write (wire, &writer);
  item->content = weft_arena_append (weft_client (doc, item->client), writer.data, writer.size);
  weft_writer_clear (&writer);
}

/* Those that were asked for in the transaction under way, and all that ever were. */
static void
note_wanted (WeftDoc *doc,
             WeftId   id)
{
  WeftId *key = g_memdup2 (&id, sizeof id);

  if (doc->wanted_subdocs == NULL)
    doc->wanted_subdocs = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  g_hash_table_add (doc->wanted_subdocs, g_bytes_new_take (key, sizeof *key));
}

static gboolean
is_wanted (WeftDoc *doc,
           WeftId   id)
{
  g_autoptr(GBytes) key = g_bytes_new (&id, sizeof id);

  return doc->wanted_subdocs != NULL && g_hash_table_contains (doc->wanted_subdocs, key);
}

static void
finish_insert (WeftDoc                 *doc,
               WeftHandle               handle,
               const WeftSubdocOptions *options,
               WeftId                  *id)
{
  WeftId own = weft_item_id (doc, weft_item (doc, handle));

  if (options->should_load || options->auto_load)
    note_wanted (doc, own);
  if (id != NULL)
    *id = own;
}

/**
 * weft_map_set_subdoc:
 * @map: a map
 * @key: its key
 * @options: what the subdocument is called, and how it is treated
 * @id: (out) (optional): of the unit that holds it
 *
 * Returns: whether it was set: not where @map was deleted
 */
gboolean
weft_map_set_subdoc (WeftType                *map,
                     const char              *key,
                     const WeftSubdocOptions *options,
                     WeftId                  *id)
{
  WeftDoc *doc;
  WeftMapEntry *entry;
  WeftHandle left, handle;
  guint32 interned;

  g_return_val_if_fail (map != NULL && key != NULL && options != NULL && options->guid != NULL, FALSE);

  if (weft_type_is_deleted (map))
    return FALSE;
  doc = map->doc;
  weft_doc_begin (doc, NULL);
  interned = weft_keys_intern (doc, key, strlen (key));
  entry = weft_type_find_entry (map, interned, NULL);
  left = entry != NULL ? entry->head : WEFT_NONE;
  handle = weft_new_local_item (doc->transaction, WEFT_CONTENT_DOC, 1, left, WEFT_NONE);
  set_content (doc, handle, options);
  finish_insert (doc, handle, options, id);
  weft_integrate (doc->transaction, handle, left, WEFT_NONE, map, interned);
  weft_doc_commit (doc);

  return TRUE;
}

/**
 * weft_array_insert_subdoc:
 * @array: an array
 * @index: where; past the end means at the end
 * @options: what the subdocument is called, and how it is treated
 * @id: (out) (optional): of the unit that holds it
 *
 * Returns: whether it was inserted: not where @array was deleted
 */
gboolean
weft_array_insert_subdoc (WeftType                *array,
                          guint64                  index,
                          const WeftSubdocOptions *options,
                          WeftId                  *id)
{
  WeftDoc *doc;
  WeftHandle left = WEFT_NONE, right, handle;

  g_return_val_if_fail (array != NULL && options != NULL && options->guid != NULL, FALSE);

  if (weft_type_is_deleted (array))
    return FALSE;
  doc = array->doc;
  weft_doc_begin (doc, NULL);
  index = MIN (index, weft_type_get_length (array));
  if (index > 0)
    {
      const WeftItem *item;
      guint32 offset;

      left = weft_order_find (doc, array, index - 1, &offset);
      item = weft_item (doc, left);
      if (offset + 1 < item->len)
        weft_clean_start (doc->transaction, item->client, item->clock + offset + 1);
    }
  right = left == WEFT_NONE ? weft_order_first (doc, array) : weft_order_next (doc, left);
  handle = weft_new_local_item (doc->transaction, WEFT_CONTENT_DOC, 1, left, right);
  set_content (doc, handle, options);
  finish_insert (doc, handle, options, id);
  weft_integrate (doc->transaction, handle, left, right, array, 0);
  weft_doc_commit (doc);

  return TRUE;
}

static void
fill_subdoc (WeftDoc        *doc,
             const WeftItem *item,
             WeftSubdoc     *subdoc)
{
  g_autoptr(WeftAny) options = NULL;
  WeftItemInfo info;
  WeftReader reader;
  const guint8 *data;
  const char *guid;
  gsize n_bytes;

  data = weft_content_bytes (doc, item, 0, &n_bytes);
  weft_reader_init (&reader, data, n_bytes);
  guid = weft_reader_get_string (&reader, &n_bytes);
  *subdoc = (WeftSubdoc) { .id = weft_item_id (doc, item), .guid = g_strndup (guid, n_bytes) };
  options = weft_any_read (&reader);
  subdoc->auto_load = is_truthy (weft_any_lookup (options, "autoLoad"));
  subdoc->keep_deleted = keeps_deleted (options);
  if (weft_any_lookup (options, "meta") != NULL)
    subdoc->meta = weft_any_ref ((WeftAny *) weft_any_lookup (options, "meta"));
  weft_item_fill_info (doc, item, &info);
  subdoc->parent = info.parent;
  subdoc->key = info.parent_sub;
}

gboolean
weft_doc_get_subdoc (WeftDoc    *doc,
                     WeftId      id,
                     WeftSubdoc *subdoc)
{
  guint32 client;
  const WeftItem *item;

  g_return_val_if_fail (doc != NULL && subdoc != NULL, FALSE);

  client = weft_clients_lookup (doc, id.client);
  if (client == WEFT_NO_CLIENT || id.clock >= weft_client (doc, client)->state)
    return FALSE;
  item = weft_item (doc, weft_find_item (doc, client, id.clock));
  if (item->kind != WEFT_CONTENT_DOC)
    return FALSE;
  fill_subdoc (doc, item, subdoc);

  return TRUE;
}

static void
clear_subdoc (gpointer data)
{
  weft_subdoc_clear (data);
}

static GArray *
new_list (void)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (WeftSubdoc));

  g_array_set_clear_func (list, clear_subdoc);

  return list;
}

/* The subdocuments of @client between two clocks, where @alive says so, or the deleted ones. */
static void
list_between (WeftDoc *doc,
              guint32  client,
              guint64  from,
              guint64  to,
              gboolean alive,
              GArray  *list)
{
  WeftIndexSpot spot;

  if (from >= MIN (to, weft_client (doc, client)->state))
    return;
  for (WeftHandle handle = weft_index_find (weft_client (doc, client), from, &spot);
       handle != WEFT_NONE && weft_item (doc, handle)->clock < to; handle = weft_index_next (&spot))
    {
      const WeftItem *item = weft_item (doc, handle);
      WeftSubdoc subdoc;

      if (item->kind != WEFT_CONTENT_DOC || item->deleted == alive)
        continue;
      fill_subdoc (doc, item, &subdoc);
      g_array_append_val (list, subdoc);
    }
}

/**
 * weft_doc_list_subdocs:
 * @doc: a document
 *
 * Returns: (transfer full) (element-type WeftSubdoc): all subdocuments that are there; costs O(items)
 */
GArray *
weft_doc_list_subdocs (WeftDoc *doc)
{
  GArray *list = new_list ();

  g_return_val_if_fail (doc != NULL, list);

  for (guint32 i = 0; i < doc->n_clients; i++)
    list_between (doc, i, 0, G_MAXUINT64, TRUE, list);

  return list;
}

/**
 * weft_doc_load_subdoc:
 * @doc: the outer document
 * @id: of the unit that holds the subdocument
 *
 * As load() of a subdocument in Yjs: a transaction that changes nothing tells the observers.
 */
void
weft_doc_load_subdoc (WeftDoc *doc,
                      WeftId   id)
{
  g_auto(WeftSubdoc) subdoc = { .guid = NULL };

  g_return_if_fail (doc != NULL);

  if (is_wanted (doc, id) || !weft_doc_get_subdoc (doc, id, &subdoc))
    return;
  weft_doc_begin (doc, NULL);
  note_wanted (doc, id);
  if (doc->transaction->loads == NULL)
    doc->transaction->loads = g_array_new (FALSE, FALSE, sizeof (WeftId));
  g_array_append_val (doc->transaction->loads, id);
  weft_doc_commit (doc);
}

/* What came in and stayed; with @loaded, only what is to be loaded at once. */
static void
list_added (WeftTransaction *tx,
            gboolean         loaded,
            GArray          *list)
{
  for (guint i = 0; i < tx->touched->len; i++)
    {
      const WeftTouched *touched = &g_array_index (tx->touched, WeftTouched, i);

      list_between (tx->doc, touched->client, touched->before, touched->after, TRUE, list);
    }
  for (guint i = list->len; loaded && i > 0; i--)
    {
      const WeftSubdoc *subdoc = &g_array_index (list, WeftSubdoc, i - 1);

      if (!subdoc->auto_load && !is_wanted (tx->doc, subdoc->id))
        g_array_remove_index (list, i - 1);
    }
}

static void
list_removed (WeftTransaction *tx,
              GArray          *list)
{
  for (guint i = 0; tx->delete_set.lists != NULL && i < tx->delete_set.lists->len; i++)
    {
      const WeftRangeList *ranges = &g_array_index (tx->delete_set.lists, WeftRangeList, i);
      guint64 before = weft_transaction_get_before (tx, ranges->client);

      for (guint j = 0; j < ranges->ranges->len; j++)
        {
          const WeftRange *range = &g_array_index (ranges->ranges, WeftRange, j);

          list_between (tx->doc, ranges->client, range->clock,
                        MIN ((guint64) range->clock + range->len, before), FALSE, list);
        }
    }
}

/**
 * weft_transaction_list_subdocs:
 * @transaction: a transaction whose observers are called
 * @change: what is asked for
 *
 * Returns: (transfer full) (element-type WeftSubdoc): the subdocuments that came (and are still there), that
 *   are to be loaded now, or that went; the `subdocs` event of Yjs
 */
GArray *
weft_transaction_list_subdocs (WeftTransaction *transaction,
                               WeftSubdocChange change)
{
  GArray *list = new_list ();

  g_return_val_if_fail (transaction != NULL, list);

  if (change == WEFT_SUBDOCS_REMOVED)
    list_removed (transaction, list);
  else
    list_added (transaction, change == WEFT_SUBDOCS_LOADED, list);
  for (guint i = 0; change == WEFT_SUBDOCS_LOADED && transaction->loads != NULL && i < transaction->loads->len; i++)
    {
      WeftSubdoc subdoc;

      if (weft_doc_get_subdoc (transaction->doc, g_array_index (transaction->loads, WeftId, i), &subdoc))
        g_array_append_val (list, subdoc);
    }

  return list;
}
