/* weft-relay-packed.c - a large document that nobody changes, as its bytes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-packed.h"

#include "crdt/weft-update.h"
#include "crdt/weft-writer.h"

struct _WeftRelayPacked
{
  GBytes          *update;
  WeftStateVector *state_vector;
  WeftDeleteSet   *deletes;
};

WeftRelayPacked *
weft_relay_packed_new (GBytes *update)
{
  gsize size = g_bytes_get_size (update);
  g_autoptr(WeftStateVector) state_vector = NULL;
  g_autoptr(WeftDeleteSet) deletes = NULL;
  WeftRelayPacked *self;
  gboolean whole;

  if (size < WEFT_RELAY_PACKED_MIN_BYTES || size > WEFT_RELAY_PACKED_MAX_BYTES ||
      !weft_update_is_whole (update, &whole, &state_vector, &deletes, NULL) || !whole)
    return NULL;

  self = g_new (WeftRelayPacked, 1);
  self->update = g_bytes_ref (update);
  self->state_vector = g_steal_pointer (&state_vector);
  self->deletes = g_steal_pointer (&deletes);
  return self;
}

void
weft_relay_packed_free (WeftRelayPacked *self)
{
  g_bytes_unref (self->update);
  weft_state_vector_free (self->state_vector);
  weft_delete_set_free (self->deletes);
  g_free (self);
}

GBytes *
weft_relay_packed_get_update (WeftRelayPacked *self)
{
  return self->update;
}

const WeftStateVector *
weft_relay_packed_get_state_vector (WeftRelayPacked *self)
{
  return self->state_vector;
}

gboolean
weft_relay_packed_knows (WeftRelayPacked *self,
                         GBytes          *update)
{
  gboolean known;

  return weft_update_is_known (update, WEFT_UPDATE_V1, self->state_vector, self->deletes, &known, NULL) && known;
}

GBytes *
weft_relay_packed_encode_deletes (WeftRelayPacked *self)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 0);
  weft_delete_set_write (self->deletes, &writer);
  return weft_writer_steal_bytes (&writer);
}
