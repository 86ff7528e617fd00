/* weft-array.c - Y.Array, and the children of XML types
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * typeListInsertGenerics() and typeListDelete() of Yjs: what is inserted stands directly right of
 * the last visible item before it.
 */

#include "config.h"

#include "crdt/weft-quick-private.h"

/* The item after which something at @index goes; WEFT_NONE: at the start. */
static WeftHandle
find_left (WeftType *type,
           guint64   index)
{
  WeftDoc *doc = type->doc;
  WeftHandle left;
  const WeftItem *item;
  guint32 offset;

  if (index == 0)
    return WEFT_NONE;
  left = weft_order_find (doc, type, index - 1, &offset);
  item = weft_item (doc, left);
  if (offset + 1 < item->len)
    weft_clean_start (doc->transaction, item->client, item->clock + offset + 1);

  return left;
}

static WeftHandle
right_of (WeftType  *type,
          WeftHandle left)
{
  return left == WEFT_NONE ? weft_order_first (type->doc, type) : weft_order_next (type->doc, left);
}

/* Inserts items @from to @to of @values, none of which is bytes, as one item. */
static WeftHandle
insert_values (WeftType  *self,
               WeftHandle left,
               WeftHandle right,
               WeftAny   *values,
               gsize      from,
               gsize      to)
{
  WeftDoc *doc = self->doc;
  WeftHandle handle
      = weft_new_local_item (doc->transaction, WEFT_CONTENT_ANY, to - from, left, right);
  WeftItem *item = weft_item (doc, handle);
  WeftWriter writer;

  weft_writer_init (&writer);
  for (gsize i = from; i < to; i++)
    weft_any_write (weft_any_get_item (values, i), &writer);
  item->content = weft_arena_append (weft_client (doc, item->client), writer.data, writer.size);
  weft_writer_clear (&writer);
  weft_integrate (doc->transaction, handle, left, right, self, 0);

  return handle;
}

static gboolean
is_bytes (WeftAny *values,
          gsize    index)
{
  return weft_any_get_kind (weft_any_get_item (values, index)) == WEFT_ANY_BYTES;
}

static void
insert_all (WeftType *self,
            guint64   index,
            WeftAny  *values,
            gsize     n)
{
  WeftHandle left = find_left (self, MIN (index, self->length)), right = right_of (self, left), handle;
  WeftDoc *doc = self->doc;

  for (gsize i = 0; i < n;)
    {
      gsize end = i;

      while (end < n && !is_bytes (values, end))
        end++;
      if (end > i)
        {
          left = insert_values (self, left, right, values, i, end);
          i = end;
          continue;
        }

      handle = weft_new_local_item (doc->transaction, WEFT_CONTENT_BINARY, 1, left, right);
      weft_content_set_any (doc, weft_item (doc, handle), weft_any_get_item (values, i));
      weft_integrate (doc->transaction, handle, left, right, self, 0);
      left = handle;
      i++;
    }
}

/**
 * weft_array_insert:
 * @self: an array
 * @index: where; past the end means at the end
 * @values: a %WEFT_ANY_ARRAY of what to insert
 */
void
weft_array_insert (WeftType *self,
                   guint64   index,
                   WeftAny  *values)
{
  WeftDoc *doc;
  gsize n;

  g_return_if_fail (self != NULL && values != NULL);
  g_return_if_fail (weft_any_get_kind (values) == WEFT_ANY_ARRAY);

  doc = self->doc;
  n = weft_any_get_n_items (values);
  if (n == 0 || weft_type_is_deleted (self) || weft_quick_insert_values (self, index, values))
    return;

  weft_doc_begin (doc, NULL);
  if (!weft_quick_insert_values (self, index, values))
    insert_all (self, index, values, n);
  weft_doc_commit (doc);
}

/**
 * weft_array_insert_type:
 * @self: an array
 * @index: where; past the end means at the end
 * @kind: of the new type
 *
 * Returns: (transfer none) (nullable): the new type; %NULL where @self was deleted
 */
WeftType *
weft_array_insert_type (WeftType *self,
                        guint64   index,
                        WeftKind  kind)
{
  return weft_array_insert_named (self, index, kind, NULL);
}

/**
 * weft_array_insert_named:
 * @self: an array or an XML type
 * @index: where; past the end means at the end
 * @kind: of the new type
 * @name: (nullable): of an XML element or hook
 *
 * Returns: (transfer none) (nullable): the new type; %NULL where @self was deleted
 */
WeftType *
weft_array_insert_named (WeftType   *self,
                         guint64     index,
                         WeftKind    kind,
                         const char *name)
{
  WeftDoc *doc;
  WeftType *type;
  WeftHandle left, right, handle;

  g_return_val_if_fail (self != NULL && kind <= WEFT_KIND_XML_TEXT, NULL);

  doc = self->doc;
  if (weft_type_is_deleted (self))
    return NULL;

  weft_doc_begin (doc, NULL);
  left = find_left (self, MIN (index, self->length));
  right = right_of (self, left);
  type = weft_type_new (doc, kind);
  weft_type_set_name (type, name);
  handle = weft_new_local_item (doc->transaction, WEFT_CONTENT_TYPE, 1, left, right);
  weft_item (doc, handle)->content = type->index;
  weft_integrate (doc->transaction, handle, left, right, self, 0);
  weft_doc_commit (doc);

  return type;
}

static void
delete_all (WeftType *self,
            guint64   index,
            guint64   length)
{
  WeftDoc *doc = self->doc;

  for (WeftHandle handle = right_of (self, find_left (self, index)); length > 0 && handle != WEFT_NONE;
       handle = weft_order_next (doc, handle))
    {
      const WeftItem *item = weft_item (doc, handle);

      if (item->deleted)
        continue;
      if (length < item->len)
        weft_clean_start (doc->transaction, item->client, item->clock + length);
      weft_delete_item (doc->transaction, handle);
      length -= item->len;
    }
}

void
weft_array_delete (WeftType *self,
                   guint64   index,
                   guint64   length)
{
  WeftDoc *doc;

  g_return_if_fail (self != NULL);

  doc = self->doc;
  if (length == 0 || index >= self->length || weft_type_is_deleted (self))
    return;
  length = MIN (length, self->length - index);
  if (weft_quick_delete (self, index, length, FALSE))
    return;

  weft_doc_begin (doc, NULL);
  if (!weft_quick_delete (self, index, length, FALSE))
    delete_all (self, index, length);
  weft_doc_commit (doc);
}

WeftAny *
weft_array_get (WeftType  *self,
                guint64    index,
                WeftType **type)
{
  const WeftItem *item;
  guint32 offset;

  g_return_val_if_fail (self != NULL, NULL);

  if (type != NULL)
    *type = NULL;
  if (index >= self->length)
    return NULL;
  item = weft_item (self->doc, weft_order_find (self->doc, self, index, &offset));
  if (item->kind == WEFT_CONTENT_TYPE)
    {
      if (type != NULL)
        *type = weft_content_get_type (self->doc, item);
      return NULL;
    }

  return weft_content_get (self->doc, item, offset);
}

void
weft_array_foreach (WeftType     *self,
                    WeftArrayFunc func,
                    gpointer      user_data)
{
  WeftDoc *doc;
  guint64 index = 0;

  g_return_if_fail (self != NULL && func != NULL);

  doc = self->doc;
  for (WeftHandle at = self->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
      {
        const WeftItem *item = weft_item (doc, weft_leaf (doc, at)->item[i]);
        WeftId id = weft_item_id (doc, item);
        const guint8 *data;
        WeftReader reader;
        gsize n_bytes;

        if (weft_leaf (doc, at)->vis[i] == 0)
          continue;
        if (item->kind != WEFT_CONTENT_ANY)
          {
            for (guint32 j = 0; j < item->len; j++, id.clock++)
              {
                g_autoptr(WeftAny) value = weft_content_get (doc, item, j);

                func (index++, id, value, weft_content_get_type (doc, item), user_data);
              }
            continue;
          }

        data = weft_content_bytes (doc, item, 0, &n_bytes);
        weft_reader_init (&reader, data, n_bytes);
        for (guint32 j = 0; j < item->len; j++, id.clock++)
          {
            g_autoptr(WeftAny) value = weft_any_read (&reader);

            func (index++, id, value, NULL, user_data);
          }
      }
}
