/* weft-position.c - relative positions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules of RelativePosition.js; only that finding an item and counting what stands before it go
 * through the order index instead of along the items.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"

#include <math.h>

void
weft_position_clear (WeftPosition *self)
{
  g_free (self->root_name);
  *self = (WeftPosition) { 0 };
}

void
weft_position_from_index (WeftPosition *self,
                          WeftType     *type,
                          guint64       index,
                          int           assoc)
{
  WeftDoc *doc;
  const WeftItem *item;
  guint32 offset;

  g_return_if_fail (self != NULL && type != NULL);

  doc = type->doc;
  *self = (WeftPosition) { .assoc = assoc };
  if (type->root_key != 0)
    self->root_name = g_strdup (weft_key (doc, type->root_key)->string);
  else
    {
      self->has_type = TRUE;
      self->type = type->id;
    }

  if (assoc < 0)
    {
      if (index == 0)
        return;
      index--;
    }

  if (index < type->length)
    {
      item = weft_item (doc, weft_order_find (doc, type, index, &offset));
      self->has_item = TRUE;
      self->item = weft_item_id (doc, item);
      self->item.clock += offset;
    }
  else if (assoc < 0 && type->first != WEFT_NONE)
    {
      item = weft_item (doc, weft_order_last (doc, type));
      self->has_item = TRUE;
      self->item = weft_item_id (doc, item);
      self->item.clock += item->len - 1;
    }
}

WeftHandle
weft_follow_redone (WeftDoc *doc,
                    guint32  client,
                    guint32  clock,
                    guint32 *diff)
{
  for (;;)
    {
      WeftHandle handle = weft_find_item (doc, client, clock);
      const WeftItem *item = weft_item (doc, handle);
      const WeftId *id;

      *diff = clock - item->clock;
      if (!item->redone)
        return handle;
      id = g_hash_table_lookup (doc->redone, GUINT_TO_POINTER (handle));
      client = weft_clients_lookup (doc, id->client);
      clock = id->clock + *diff;
    }
}

/* The item at @id, or what redid it; WEFT_NONE where it is not known or was collected. */
static WeftHandle
find_id (WeftDoc *doc,
         WeftId   id,
         guint32 *diff)
{
  guint32 client = weft_clients_lookup (doc, id.client);
  WeftHandle handle;

  if (client == WEFT_NO_CLIENT || id.clock >= weft_client (doc, client)->state)
    return WEFT_NONE;
  handle = weft_follow_redone (doc, client, id.clock, diff);

  return weft_item (doc, handle)->kind == WEFT_CONTENT_GC ? WEFT_NONE : handle;
}

gboolean
weft_position_to_index (const WeftPosition *self,
                        WeftDoc            *doc,
                        WeftType          **type,
                        guint64            *index)
{
  WeftHandle handle;
  WeftType *found;
  guint32 diff;

  g_return_val_if_fail (self != NULL && doc != NULL && index != NULL, FALSE);

  if (self->has_item)
    {
      const WeftItem *item;

      handle = find_id (doc, self->item, &diff);
      if (handle == WEFT_NONE)
        return FALSE;
      item = weft_item (doc, handle);
      found = weft_item_get_parent (doc, item);
      *index = 0;
      if (!item->in_map && !weft_type_is_deleted (found))
        {
          *index = weft_order_index_of (doc, handle);
          if (weft_item_visible (item) > 0)
            *index += diff + (self->assoc >= 0 ? 0 : 1);
        }
    }
  else
    {
      if (self->root_name != NULL)
        {
          found = weft_doc_ensure_root (doc, self->root_name, strlen (self->root_name));
        }
      else if (self->has_type)
        {
          handle = find_id (doc, self->type, &diff);
          found = handle != WEFT_NONE ? weft_content_get_type (doc, weft_item (doc, handle)) : NULL;
        }
      else
        {
          found = NULL;
        }
      if (found == NULL)
        return FALSE;
      *index = self->assoc >= 0 ? found->length : 0;
    }

  if (type != NULL)
    *type = found;

  return TRUE;
}

/* JSON: { type, tname, item, assoc }, ids as { client, clock } */

static WeftAny *
id_to_any (WeftId id)
{
  WeftAny *object = weft_any_new_object ();

  weft_any_object_take (object, "client", weft_any_new_number (id.client));
  weft_any_object_take (object, "clock", weft_any_new_number (id.clock));

  return object;
}

WeftAny *
weft_position_to_any (const WeftPosition *self)
{
  WeftAny *object = weft_any_new_object ();

  if (self->has_type)
    weft_any_object_take (object, "type", id_to_any (self->type));
  if (self->root_name != NULL)
    weft_any_object_take (object, "tname", weft_any_new_string (self->root_name));
  if (self->has_item)
    weft_any_object_take (object, "item", id_to_any (self->item));
  weft_any_object_take (object, "assoc", weft_any_new_number (self->assoc));

  return object;
}

static gboolean
number_from_any (const WeftAny *value,
                 guint64       *number)
{
  double got;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_NUMBER)
    return FALSE;
  got = weft_any_get_number (value);
  if (!(got >= 0 && got <= WEFT_MAX_SAFE_INTEGER) || got != (double) (guint64) got)
    return FALSE;
  *number = (guint64) got;

  return TRUE;
}

/* Absent and null are no id, and no failure. */
static gboolean
id_from_any (const WeftAny *value,
             gboolean      *has,
             WeftId        *id)
{
  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return value == NULL || weft_any_get_kind (value) == WEFT_ANY_NULL;
  *has = TRUE;

  return number_from_any (weft_any_lookup (value, "client"), &id->client)
         && number_from_any (weft_any_lookup (value, "clock"), &id->clock);
}

/* Only its sign says anything, but Yjs hands on the number as it came. */
static int
limit_assoc (double assoc)
{
  return isnan (assoc) ? 0 : (int) CLAMP (assoc, G_MININT, G_MAXINT);
}

gboolean
weft_position_from_any (WeftPosition  *self,
                        const WeftAny *value)
{
  const WeftAny *name, *assoc;

  g_return_val_if_fail (self != NULL, FALSE);

  *self = (WeftPosition) { 0 };
  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT
      || !id_from_any (weft_any_lookup (value, "type"), &self->has_type, &self->type)
      || !id_from_any (weft_any_lookup (value, "item"), &self->has_item, &self->item))
    return FALSE;
  name = weft_any_lookup (value, "tname");
  if (name != NULL && weft_any_get_kind (name) == WEFT_ANY_STRING)
    self->root_name = g_strdup (weft_any_get_string (name));
  assoc = weft_any_lookup (value, "assoc");
  if (assoc != NULL && weft_any_get_kind (assoc) == WEFT_ANY_NUMBER)
    self->assoc = limit_assoc (weft_any_get_number (assoc));

  return self->has_item || self->has_type || self->root_name != NULL;
}

void
weft_position_write (const WeftPosition *self,
                     WeftWriter         *writer)
{
  if (self->has_item)
    {
      weft_writer_put_varuint (writer, 0);
      weft_writer_put_varuint (writer, self->item.client);
      weft_writer_put_varuint (writer, self->item.clock);
    }
  else if (self->root_name != NULL)
    {
      weft_writer_put_varuint (writer, 1);
      weft_writer_put_string (writer, self->root_name, -1);
    }
  else
    {
      weft_writer_put_varuint (writer, 2);
      weft_writer_put_varuint (writer, self->type.client);
      weft_writer_put_varuint (writer, self->type.clock);
    }
  weft_writer_put_varint (writer, self->assoc, FALSE);
}

gboolean
weft_position_read (WeftPosition *self,
                    WeftReader   *reader)
{
  *self = (WeftPosition) { 0 };
  switch (weft_reader_get_varuint (reader))
    {
    case 0:
      self->has_item = TRUE;
      self->item.client = weft_reader_get_varuint (reader);
      self->item.clock = weft_reader_get_varuint (reader);
      break;
    case 1:
      self->root_name = weft_reader_dup_string (reader);
      break;
    case 2:
      self->has_type = TRUE;
      self->type.client = weft_reader_get_varuint (reader);
      self->type.clock = weft_reader_get_varuint (reader);
      break;
    default:
      weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "relative position is of an unknown kind");
    }
  /* Absent in what Yjs wrote before 13.5. */
  if (!reader->failed && weft_reader_get_remaining (reader) > 0)
    self->assoc = limit_assoc ((double) weft_reader_get_varint (reader, NULL));

  return !reader->failed;
}
