/* weft-state-vector.c - how far each client is known
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One array, clients in descending order, no entry at clock 0.
 */

#include "config.h"

#include "crdt/weft-state-vector.h"

#include <string.h>

struct _WeftStateVector
{
  GArray *entries; /* of WeftId */
};

#define ENTRY(self, i) (&g_array_index ((self)->entries, WeftId, (i)))

/* The index of @client, or where it would stand. */
static guint
find_client (const WeftStateVector *self,
             WeftClientId           client,
             gboolean              *found)
{
  guint low = 0;
  guint high = self->entries->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (ENTRY (self, middle)->client > client)
        low = middle + 1;
      else
        high = middle;
    }

  *found = low < self->entries->len && ENTRY (self, low)->client == client;
  return low;
}

static int
compare_clients_descending (gconstpointer a,
                            gconstpointer b,
                            gpointer      user_data)
{
  const WeftId *left = a;
  const WeftId *right = b;

  return left->client < right->client ? 1 : left->client > right->client ? -1 : 0;
}

/* A client that is listed twice keeps its last entry, as in a JavaScript Map. */
static void
drop_repeated_and_zero (WeftStateVector *self)
{
  guint kept = 0;

  for (guint i = 0; i < self->entries->len; i++)
    {
      if (i + 1 < self->entries->len && ENTRY (self, i)->client == ENTRY (self, i + 1)->client)
        continue;
      if (ENTRY (self, i)->clock == 0)
        continue;
      *ENTRY (self, kept) = *ENTRY (self, i);
      kept++;
    }

  g_array_set_size (self->entries, kept);
}

WeftStateVector *
weft_state_vector_new (void)
{
  WeftStateVector *self = g_new0 (WeftStateVector, 1);

  self->entries = g_array_new (FALSE, FALSE, sizeof (WeftId));
  return self;
}

WeftStateVector *
weft_state_vector_copy (const WeftStateVector *self)
{
  WeftStateVector *copy = weft_state_vector_new ();

  if (self->entries->len > 0)
    g_array_append_vals (copy->entries, self->entries->data, self->entries->len);

  return copy;
}

/**
 * weft_state_vector_read:
 * @reader: stands where a state vector begins
 *
 * Returns: (transfer full): what was read; incomplete where @reader failed
 */
WeftStateVector *
weft_state_vector_read (WeftReader *reader)
{
  WeftStateVector *self = weft_state_vector_new ();
  gsize n_clients = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_clients && !reader->failed; i++)
    {
      WeftId entry;

      entry.client = weft_reader_get_varuint (reader);
      entry.clock = weft_reader_get_varuint (reader);
      g_array_append_val (self->entries, entry);
    }

  g_array_sort_with_data (self->entries, compare_clients_descending, NULL);
  drop_repeated_and_zero (self);

  return self;
}

/**
 * weft_state_vector_decode:
 * @bytes: a state vector as carried by sync step 1
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the state vector, or %NULL with @error set
 */
WeftStateVector *
weft_state_vector_decode (GBytes  *bytes,
                          GError **error)
{
  g_autoptr(WeftStateVector) self = NULL;
  WeftReader reader;

  weft_reader_init_bytes (&reader, bytes);
  self = weft_state_vector_read (&reader);
  if (!weft_reader_finish (&reader, TRUE, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
weft_state_vector_free (WeftStateVector *self)
{
  g_array_unref (self->entries);
  g_free (self);
}

WeftClock
weft_state_vector_get (const WeftStateVector *self,
                       WeftClientId           client)
{
  gboolean found;
  guint index = find_client (self, client, &found);

  return found ? ENTRY (self, index)->clock : 0;
}

void
weft_state_vector_set (WeftStateVector *self,
                       WeftClientId     client,
                       WeftClock        clock)
{
  WeftId entry = { client, clock };
  gboolean found;
  guint index = find_client (self, client, &found);

  if (found && clock == 0)
    g_array_remove_index (self->entries, index);
  else if (found)
    ENTRY (self, index)->clock = clock;
  else if (clock != 0)
    g_array_insert_val (self->entries, index, entry);
}

gsize
weft_state_vector_get_n_clients (const WeftStateVector *self)
{
  return self->entries->len;
}

void
weft_state_vector_get_entry (const WeftStateVector *self,
                             gsize                  index,
                             WeftClientId          *client,
                             WeftClock             *clock)
{
  g_return_if_fail (index < self->entries->len);

  *client = ENTRY (self, index)->client;
  *clock = ENTRY (self, index)->clock;
}

gboolean
weft_state_vector_covers (const WeftStateVector *self,
                          const WeftStateVector *other)
{
  for (guint i = 0; i < other->entries->len; i++)
    if (weft_state_vector_get (self, ENTRY (other, i)->client) < ENTRY (other, i)->clock)
      return FALSE;

  return TRUE;
}

gboolean
weft_state_vector_equal (const WeftStateVector *a,
                         const WeftStateVector *b)
{
  return a->entries->len == b->entries->len &&
         (a->entries->len == 0 ||
          memcmp (a->entries->data, b->entries->data, a->entries->len * sizeof (WeftId)) == 0);
}

void
weft_state_vector_write (const WeftStateVector *self,
                         WeftWriter            *writer)
{
  weft_writer_put_varuint (writer, self->entries->len);

  for (guint i = 0; i < self->entries->len; i++)
    {
      weft_writer_put_varuint (writer, ENTRY (self, i)->client);
      weft_writer_put_varuint (writer, ENTRY (self, i)->clock);
    }
}

GBytes *
weft_state_vector_encode (const WeftStateVector *self)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_state_vector_write (self, &writer);
  return weft_writer_steal_bytes (&writer);
}
