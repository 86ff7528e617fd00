/* weft-update-whole.c - whether an update is a whole document, found out without one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who keeps the bytes of a large document need not have its items in memory to say what is in it. The update is read
 * twice: once as a document reads it, with every check, then in the order in which its structs would be integrated,
 * one place for each client that writes. Nothing is kept of a struct but the one that waits.
 */

#include "config.h"

#include "crdt/weft-update-private.h"

/* With more clients than this it is left to a document: each has a place of its own here. */
#define MAX_RUNS 4096

/* How far the structs of a client are integrated. */
typedef struct
{
  WeftClientId client;
  gsize        pos;      /* of the struct that comes next */
  guint64      n_left;   /* structs from there on */
  guint64      clock;    /* of that struct: everything before it is integrated */
  WeftStruct   waiting;  /* where is_waiting: the one that was read last, and lacks something */
  gboolean     is_waiting;
} Place;

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const Place *x = a, *y = b;

  return x->client < y->client ? -1 : x->client > y->client;
}

static Place *
find_place (GArray      *places,
            WeftClientId client)
{
  guint low = 0, high = places->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      Place *place = &g_array_index (places, Place, middle);

      if (place->client == client)
        return place;
      if (place->client < client)
        low = middle + 1;
      else
        high = middle;
    }

  return NULL;
}

/* Reads all of it. @places: where each client begins; %NULL: not from the first clock, or with gaps, or too many. */
static gboolean
read_update (GBytes         *update,
             GArray        **places,
             WeftDeleteSet **deletes,
             GError        **error)
{
  g_auto(WeftUpdateReader) reader = { 0 };
  g_autoptr(WeftDeleteSet) set = NULL;
  g_autoptr(GArray) found = g_array_new (FALSE, FALSE, sizeof (Place));
  gboolean good = TRUE;
  WeftStruct item;

  weft_update_reader_init (&reader, update, WEFT_UPDATE_V1);
  while (weft_update_reader_next_run (&reader))
    {
      Place place = { .client = reader.client, .pos = reader.rest->pos, .n_left = reader.structs_left };

      good = good && reader.clock == 0 && place.n_left > 0 && found->len < MAX_RUNS;
      while (weft_update_reader_next (&reader, &item))
        good = good && item.kind != WEFT_CONTENT_SKIP;
      good = good && reader.clock <= G_MAXUINT32;
      if (good)
        g_array_append_val (found, place);
    }
  if (!reader.rest->failed)
    set = weft_update_reader_get_deletes (&reader);
  if (!weft_reader_finish (reader.rest, TRUE, error))
    return FALSE;

  g_array_sort (found, compare_places);
  for (guint i = 1; i < found->len; i++)
    good = good && g_array_index (found, Place, i - 1).client != g_array_index (found, Place, i).client;

  *deletes = g_steal_pointer (&set);
  *places = good ? g_steal_pointer (&found) : NULL;
  return TRUE;
}

/* Whether @id is integrated; where not, whose struct that is, %NULL for nobody's here. */
static gboolean
is_there (GArray      *places,
          const Place *own,
          WeftId       id,
          Place      **missing)
{
  Place *place;

  /* The reader has seen that it is older. */
  if (id.client == own->client)
    return TRUE;

  place = find_place (places, id.client);
  if (place != NULL && id.clock < place->clock)
    return TRUE;

  *missing = place;
  return FALSE;
}

static gboolean
has_all (GArray           *places,
         const Place      *own,
         const WeftStruct *item,
         Place           **missing)
{
  if (item->kind == WEFT_CONTENT_GC)
    return TRUE;

  return (!(item->info & WEFT_INFO_ORIGIN) || is_there (places, own, item->origin, missing)) &&
         (!(item->info & WEFT_INFO_RIGHT_ORIGIN) || is_there (places, own, item->right_origin, missing)) &&
         (item->parent_kind != WEFT_PARENT_ITEM || is_there (places, own, item->parent, missing));
}

/* The struct that comes next of @place, which has one. */
static void
read_next (WeftUpdateReader *reader,
           Place            *place,
           WeftStruct       *item)
{
  if (place->is_waiting)
    {
      *item = place->waiting;
      return;
    }

  reader->rest->pos = place->pos;
  reader->structs_left = 1;
  reader->client = place->client;
  reader->clock = place->clock;
  weft_update_reader_next (reader, item);
  place->pos = reader->rest->pos;
  place->n_left--;
}

/* Whether every struct finds what it names, in some order; that of integrate_all() in weft-update-apply.c. */
static gboolean
goes_together (GBytes *update,
               GArray *places)
{
  g_auto(WeftUpdateReader) reader = { 0 };
  g_autoptr(GPtrArray) stack = g_ptr_array_new ();

  weft_update_reader_init (&reader, update, WEFT_UPDATE_V1);
  for (guint i = 0; i < places->len; i++)
    {
      Place *place = &g_array_index (places, Place, i);

      while (place->is_waiting || place->n_left > 0)
        {
          Place *missing = NULL;
          WeftStruct item;

          read_next (&reader, place, &item);
          if (has_all (places, place, &item, &missing))
            {
              place->is_waiting = FALSE;
              place->clock = item.clock + item.len;
              /* Whoever waited for this asks again. */
              if (stack->len > 0)
                place = g_ptr_array_steal_index (stack, stack->len - 1);
              continue;
            }

          /* One that waits already is waited for in a circle. */
          place->waiting = item;
          place->is_waiting = TRUE;
          if (missing == NULL || missing->is_waiting || missing->n_left == 0)
            return FALSE;
          g_ptr_array_add (stack, place);
          place = missing;
        }
    }

  return TRUE;
}

/**
 * weft_update_is_whole:
 * @update: an update of the first format
 * @whole: (out): whether an empty document that takes it has all of it, and nothing then waits for another update
 * @state_vector: (out) (transfer full) (nullable): where it is whole: that of such a document
 * @deletes: (out) (transfer full) (nullable): where it is whole: what @update deletes; the document may have more,
 *   which was overwritten or lay in something deleted
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Asks without a document, in time that is linear in the bytes and in memory that is linear in the number of clients.
 * An update of very many clients is said not to be whole.
 *
 * Returns: %FALSE where @update is malformed; of what is not whole only a document knows for certain
 */
gboolean
weft_update_is_whole (GBytes           *update,
                      gboolean         *whole,
                      WeftStateVector **state_vector,
                      WeftDeleteSet   **deletes,
                      GError          **error)
{
  g_autoptr(WeftStateVector) vector = weft_state_vector_new ();
  g_autoptr(WeftDeleteSet) set = NULL;
  g_autoptr(GArray) places = NULL;

  g_return_val_if_fail (update != NULL && whole != NULL && state_vector != NULL && deletes != NULL, FALSE);

  *whole = FALSE;
  *state_vector = NULL;
  *deletes = NULL;
  if (!read_update (update, &places, &set, error))
    return FALSE;
  if (places == NULL || !goes_together (update, places))
    return TRUE;

  for (guint i = 0; i < places->len; i++)
    weft_state_vector_set (vector, g_array_index (places, Place, i).client, g_array_index (places, Place, i).clock);

  weft_delete_set_normalize (set);
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (set); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (set, i);

      if (range->clock + range->length > weft_state_vector_get (vector, range->client))
        return TRUE;
    }

  *whole = TRUE;
  *state_vector = g_steal_pointer (&vector);
  *deletes = g_steal_pointer (&set);
  return TRUE;
}
