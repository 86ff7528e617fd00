/* weft-update-split.c - one large update as several small ones
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-update.h"

#include "crdt/weft-update-private.h"

/* More than what stands around the content of a struct: info, two ids, a parent, a length. */
#define STRUCT_OVERHEAD 80

typedef struct
{
  WeftClientId client;
  guint        first, n;
} Part;

typedef struct
{
  const WeftUpdate *update;
  GPtrArray        *pieces;

  /* The piece under way (element-type Part) */
  GArray           *parts;
  gsize             n_bytes;
} Splitter;

static void
put_part (Splitter   *self,
          const Part *part,
          WeftWriter *writer)
{
  const WeftStruct *structs = (const WeftStruct *) (gpointer) self->update->structs->data;

  weft_writer_put_varuint (writer, part->n);
  weft_writer_put_varuint (writer, part->client);
  weft_writer_put_varuint (writer, structs[part->first].clock);
  for (guint i = 0; i < part->n; i++)
    weft_update_write_struct (&structs[part->first + i], part->client, 0, FALSE, writer);
}

static void
finish_piece (Splitter      *self,
              WeftDeleteSet *deletes)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, self->parts->len);
  for (guint i = 0; i < self->parts->len; i++)
    put_part (self, &g_array_index (self->parts, Part, i), &writer);
  weft_delete_set_write (deletes, &writer);

  g_ptr_array_add (self->pieces, weft_writer_steal_bytes (&writer));
  g_array_set_size (self->parts, 0);
  self->n_bytes = 0;
}

static gsize
estimate_struct (const WeftUpdate *update,
                 guint             index)
{
  const WeftStruct *item = &g_array_index (update->structs, WeftStruct, index);

  return (gsize) item->n_content + item->n_text + item->n_sub + STRUCT_OVERHEAD;
}

static void
add_struct (Splitter     *self,
            WeftClientId  client,
            guint         index)
{
  Part *last = self->parts->len > 0 ? &g_array_index (self->parts, Part, self->parts->len - 1) : NULL;

  self->n_bytes += estimate_struct (self->update, index);

  if (last != NULL && last->client == client && last->first + last->n == index)
    last->n++;
  else
    {
      Part part = { client, index, 1 };

      g_array_append_val (self->parts, part);
    }
}

/**
 * weft_update_split:
 * @update: an update of the first format, checked
 * @max_bytes: how large a part should be at most
 *
 * Returns: (transfer full) (element-type GBytes): the parts; @update alone where it is small enough
 */
GPtrArray *
weft_update_split (GBytes *update,
                   gsize   max_bytes)
{
  g_autoptr(GPtrArray) pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GArray) parts = g_array_new (FALSE, FALSE, sizeof (Part));
  g_autoptr(WeftDeleteSet) nothing = weft_delete_set_new ();
  g_auto(WeftUpdate) decoded = { 0 };
  Splitter splitter = { .update = &decoded, .pieces = pieces, .parts = parts };

  if (g_bytes_get_size (update) <= max_bytes || !weft_update_decode (&decoded, update, NULL))
    {
      g_ptr_array_add (pieces, g_bytes_ref (update));
      return g_steal_pointer (&pieces);
    }

  for (guint r = 0; r < decoded.runs->len; r++)
    {
      const WeftStructRun *run = &g_array_index (decoded.runs, WeftStructRun, r);

      for (guint i = run->first; i < run->first + run->n; i++)
        {
          if (parts->len > 0 && splitter.n_bytes + estimate_struct (&decoded, i) > max_bytes)
            finish_piece (&splitter, nothing);
          add_struct (&splitter, run->client, i);
        }
    }

  finish_piece (&splitter, decoded.deletes);
  return g_steal_pointer (&pieces);
}

/**
 * weft_update_add_to_state_vector:
 * @update: an update of the first format
 * @state_vector: what is known so far
 *
 * Raises @state_vector to the end of what @update brings.
 */
void
weft_update_add_to_state_vector (GBytes          *update,
                                 WeftStateVector *state_vector)
{
  g_auto(WeftUpdate) decoded = { 0 };

  if (!weft_update_decode (&decoded, update, NULL))
    return;

  for (guint r = 0; r < decoded.runs->len; r++)
    {
      const WeftStructRun *run = &g_array_index (decoded.runs, WeftStructRun, r);
      const WeftStruct *last;
      WeftClock end;

      if (run->n == 0)
        continue;

      last = &g_array_index (decoded.structs, WeftStruct, run->first + run->n - 1);
      end = last->clock + last->len;
      if (end > weft_state_vector_get (state_vector, run->client))
        weft_state_vector_set (state_vector, run->client, end);
    }
}
