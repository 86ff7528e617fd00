/* weft-delete-set.c - what has been deleted, as ranges of clocks by client
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One array of ranges. Additions go to its end; sorting and joining wait until somebody reads, as in
 * Yjs' sortAndMergeDeleteSet (DeleteSet.js).
 */

#include "config.h"

#include "crdt/weft-delete-set.h"

#include <string.h>

struct _WeftDeleteSet
{
  GArray  *ranges; /* of WeftIdRange */
  gboolean dirty;  /* whether ranges may be out of order, touch or overlap */
};

#define RANGE(self, i) (&g_array_index ((self)->ranges, WeftIdRange, (i)))

/* Ranges in order: from @start to before @end */
typedef struct
{
  guint start, end;
} Stretch;

/* More stretches than this are not looked for. */
#define MAX_STRETCHES 256

static int
compare_ranges (gconstpointer a,
                gconstpointer b)
{
  const WeftIdRange *left = a;
  const WeftIdRange *right = b;

  if (left->client != right->client)
    return left->client < right->client ? 1 : -1;

  return left->clock < right->clock ? -1 : left->clock > right->clock ? 1 : 0;
}

/* Whether @right begins inside @left or directly behind it. */
static inline gboolean
ranges_touch (const WeftIdRange *left,
              const WeftIdRange *right)
{
  return left->client == right->client && right->clock >= left->clock &&
         right->clock <= left->clock + left->length;
}

static inline void
extend_range (WeftIdRange       *left,
              const WeftIdRange *right)
{
  left->length = MAX (left->length, right->clock + right->length - left->clock);
}

WeftDeleteSet *
weft_delete_set_new (void)
{
  WeftDeleteSet *self = g_new0 (WeftDeleteSet, 1);

  self->ranges = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));
  return self;
}

WeftDeleteSet *
weft_delete_set_copy (const WeftDeleteSet *self)
{
  WeftDeleteSet *copy = weft_delete_set_new ();

  if (self->ranges->len > 0)
    g_array_append_vals (copy->ranges, self->ranges->data, self->ranges->len);
  copy->dirty = self->dirty;
  return copy;
}

void
weft_delete_set_free (WeftDeleteSet *self)
{
  g_array_unref (self->ranges);
  g_free (self);
}

void
weft_delete_set_add (WeftDeleteSet *self,
                     WeftClientId   client,
                     WeftClock      clock,
                     guint64        length)
{
  WeftIdRange range = { client, clock, length };

  if (length == 0)
    return;

  if (self->ranges->len > 0)
    {
      WeftIdRange *last = RANGE (self, self->ranges->len - 1);

      if (ranges_touch (last, &range))
        {
          extend_range (last, &range);
          return;
        }
      if (compare_ranges (last, &range) > 0)
        self->dirty = TRUE;
    }

  g_array_append_val (self->ranges, range);
}

void
weft_delete_set_merge (WeftDeleteSet       *self,
                       const WeftDeleteSet *other)
{
  if (other->ranges->len == 0)
    return;

  g_array_append_vals (self->ranges, other->ranges->data, other->ranges->len);
  self->dirty = TRUE;
}

static int
compare_stretches (gconstpointer a,
                   gconstpointer b,
                   gpointer      ranges)
{
  const Stretch *left = a, *right = b;

  return compare_ranges (&g_array_index ((GArray *) ranges, WeftIdRange, left->start),
                         &g_array_index ((GArray *) ranges, WeftIdRange, right->start));
}

/* A set that was read mostly is a few stretches, one of each client, that come in another order. FALSE where it is not
 * so. */
static gboolean
sort_stretches (WeftDeleteSet *self)
{
  g_autoptr(GArray) stretches = g_array_new (FALSE, FALSE, sizeof (Stretch)), sorted = NULL;
  const guint n = self->ranges->len;

  for (guint i = 0, start = 0; i < n; i++)
    if (i + 1 == n || compare_ranges (RANGE (self, i), RANGE (self, i + 1)) > 0)
      {
        const Stretch stretch = { start, i + 1 };

        if (stretches->len >= MAX_STRETCHES)
          return FALSE;
        g_array_append_val (stretches, stretch);
        start = i + 1;
      }
  g_array_sort_with_data (stretches, compare_stretches, self->ranges);

  sorted = g_array_sized_new (FALSE, FALSE, sizeof (WeftIdRange), n);
  for (guint i = 0; i < stretches->len; i++)
    {
      const Stretch *stretch = &g_array_index (stretches, Stretch, i);
      const WeftIdRange *first = RANGE (self, stretch->start);

      if (i > 0 && compare_ranges (&g_array_index (sorted, WeftIdRange, sorted->len - 1), first) > 0)
        return FALSE;
      g_array_append_vals (sorted, first, stretch->end - stretch->start);
    }
  g_array_unref (self->ranges);
  self->ranges = g_steal_pointer (&sorted);

  return TRUE;
}

void
weft_delete_set_normalize (WeftDeleteSet *self)
{
  guint kept = 0;

  if (!self->dirty)
    return;

  if (!sort_stretches (self))
    g_array_sort (self->ranges, compare_ranges);

  for (guint i = 1; i < self->ranges->len; i++)
    {
      if (ranges_touch (RANGE (self, kept), RANGE (self, i)))
        extend_range (RANGE (self, kept), RANGE (self, i));
      else
        *RANGE (self, ++kept) = *RANGE (self, i);
    }

  if (self->ranges->len > 0)
    g_array_set_size (self->ranges, kept + 1);
  self->dirty = FALSE;
}

gboolean
weft_delete_set_contains (WeftDeleteSet *self,
                          WeftId         id)
{
  WeftIdRange wanted = { id.client, id.clock, 1 };
  guint low = 0;
  guint high;

  weft_delete_set_normalize (self);
  high = self->ranges->len;

  /* The last range that does not begin behind the id. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (compare_ranges (RANGE (self, middle), &wanted) <= 0)
        low = middle + 1;
      else
        high = middle;
    }

  return low > 0 && RANGE (self, low - 1)->client == id.client &&
         id.clock - RANGE (self, low - 1)->clock < RANGE (self, low - 1)->length;
}

/* Whether @a ends before @b begins, in the order of both sets. */
static inline gboolean
range_precedes (const WeftIdRange *a,
                const WeftIdRange *b)
{
  return a->client != b->client ? a->client > b->client
                                : a->clock < b->clock && b->clock - a->clock >= a->length;
}

gboolean
weft_delete_set_intersects (WeftDeleteSet *a,
                            WeftDeleteSet *b)
{
  WeftDeleteSet *few, *many;

  weft_delete_set_normalize (a);
  weft_delete_set_normalize (b);
  few = a->ranges->len <= b->ranges->len ? a : b;
  many = few == a ? b : a;

  for (guint i = 0, low = 0; i < few->ranges->len; i++)
    {
      guint high = many->ranges->len;

      /* The first range that does not end before this one. */
      while (low < high)
        {
          guint middle = low + (high - low) / 2;

          if (range_precedes (RANGE (many, middle), RANGE (few, i)))
            low = middle + 1;
          else
            high = middle;
        }
      if (low < many->ranges->len && !range_precedes (RANGE (few, i), RANGE (many, low)))
        return TRUE;
    }

  return FALSE;
}

void
weft_delete_set_subtract (WeftDeleteSet *self,
                          WeftDeleteSet *other)
{
  g_autoptr(GArray) left = NULL;
  guint j = 0;

  if (!weft_delete_set_intersects (self, other))
    return;

  left = g_array_sized_new (FALSE, FALSE, sizeof (WeftIdRange), self->ranges->len);
  for (guint i = 0; i < self->ranges->len; i++)
    {
      WeftIdRange range = *RANGE (self, i);

      while (j < other->ranges->len && range_precedes (RANGE (other, j), &range))
        j++;
      /* The last of these may reach into the next range, too. */
      for (guint k = j; k < other->ranges->len && !range_precedes (&range, RANGE (other, k)); k++)
        {
          const WeftIdRange *hole = RANGE (other, k);
          WeftIdRange before = { range.client, range.clock, hole->clock - range.clock };
          guint64 n_gone;

          if (hole->clock > range.clock)
            g_array_append_val (left, before);
          n_gone = hole->clock > range.clock ? hole->clock - range.clock : 0;
          n_gone += MIN (range.length - n_gone, hole->length - (range.clock + n_gone - hole->clock));
          range.clock += n_gone;
          range.length -= n_gone;
          if (range.length == 0)
            break;
        }
      if (range.length > 0)
        g_array_append_val (left, range);
    }

  g_array_unref (self->ranges);
  self->ranges = g_steal_pointer (&left);
}

gboolean
weft_delete_set_equal (WeftDeleteSet *a,
                       WeftDeleteSet *b)
{
  weft_delete_set_normalize (a);
  weft_delete_set_normalize (b);

  return a->ranges->len == b->ranges->len &&
         (a->ranges->len == 0 ||
          memcmp (a->ranges->data, b->ranges->data, a->ranges->len * sizeof (WeftIdRange)) == 0);
}

gsize
weft_delete_set_get_n_ranges (WeftDeleteSet *self)
{
  weft_delete_set_normalize (self);
  return self->ranges->len;
}

const WeftIdRange *
weft_delete_set_get_range (WeftDeleteSet *self,
                           gsize          index)
{
  weft_delete_set_normalize (self);
  g_return_val_if_fail (index < self->ranges->len, NULL);

  return RANGE (self, index);
}

/**
 * weft_delete_set_read:
 * @reader: stands where a delete set of the first format begins
 *
 * Returns: (transfer full): what was read; incomplete where @reader failed
 */
WeftDeleteSet *
weft_delete_set_read (WeftReader *reader)
{
  WeftDeleteSet *self = weft_delete_set_new ();
  gsize n_clients = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_clients && !reader->failed; i++)
    {
      WeftClientId client = weft_reader_get_varuint (reader);
      gsize n_ranges = weft_reader_get_count (reader, 2);

      for (gsize j = 0; j < n_ranges && !reader->failed; j++)
        {
          WeftClock clock = weft_reader_get_varuint (reader);
          guint64 length = weft_reader_get_varuint (reader);

          if (clock + length > WEFT_MAX_SAFE_INTEGER)
            weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "deleted range beyond 53 bits");
          else
            weft_delete_set_add (self, client, clock, length);
        }
    }

  weft_delete_set_normalize (self);
  return self;
}

/* The end of the ranges of the client that stands at @first. */
static guint
find_client_end (WeftDeleteSet *self,
                 guint          first)
{
  guint end = first;

  while (end < self->ranges->len && RANGE (self, end)->client == RANGE (self, first)->client)
    end++;

  return end;
}

void
weft_delete_set_write (WeftDeleteSet *self,
                       WeftWriter    *writer)
{
  guint n_clients = 0;

  weft_delete_set_normalize (self);

  for (guint i = 0; i < self->ranges->len; i = find_client_end (self, i))
    n_clients++;

  weft_writer_put_varuint (writer, n_clients);

  for (guint i = 0; i < self->ranges->len;)
    {
      guint end = find_client_end (self, i);

      weft_writer_put_varuint (writer, RANGE (self, i)->client);
      weft_writer_put_varuint (writer, end - i);

      for (; i < end; i++)
        {
          weft_writer_put_varuint (writer, RANGE (self, i)->clock);
          weft_writer_put_varuint (writer, RANGE (self, i)->length);
        }
    }
}

/**
 * weft_delete_set_decode:
 * @bytes: one delete set of the first format and nothing else
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the delete set, or %NULL with @error set
 */
WeftDeleteSet *
weft_delete_set_decode (GBytes  *bytes,
                        GError **error)
{
  g_autoptr(WeftDeleteSet) self = NULL;
  WeftReader reader;

  weft_reader_init_bytes (&reader, bytes);
  self = weft_delete_set_read (&reader);

  if (!weft_reader_finish (&reader, TRUE, error))
    return NULL;

  return g_steal_pointer (&self);
}

GBytes *
weft_delete_set_encode (WeftDeleteSet *self)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_delete_set_write (self, &writer);
  return weft_writer_steal_bytes (&writer);
}
