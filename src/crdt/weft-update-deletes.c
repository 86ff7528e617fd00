/* weft-update-deletes.c - the deletions of an update, as they come
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Who converts or cuts an update writes its ranges as they were; only clients are put in order. The
 * second format writes differences, and the length less one.
 */

#include "config.h"

#include "crdt/weft-update-lazy-private.h"

static int
compare_clients (gconstpointer a,
                 gconstpointer b)
{
  const WeftIdRange *x = a, *y = b;

  return x->client > y->client ? -1 : x->client < y->client;
}

/* The ranges as they come; a client that comes twice is put together. */
GArray *
weft_update_deletes_read (WeftUpdateSource *source)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));
  WeftReader *rest = &source->rest;
  guint64 n_clients = weft_reader_get_count (rest, 2);

  for (guint64 i = 0; i < n_clients && !rest->failed; i++)
    {
      WeftClientId client = weft_reader_get_varuint (rest);
      guint64 n = weft_reader_get_count (rest, 2), at = 0;

      for (guint64 j = 0; j < n && !rest->failed; j++)
        {
          WeftIdRange range = { client };

          range.clock = weft_reader_get_varuint (rest);
          range.length = weft_reader_get_varuint (rest);
          if (source->format == WEFT_UPDATE_V2)
            {
              range.clock += at;
              range.length++;
            }
          at = range.clock + range.length;
          if (at > WEFT_MAX_SAFE_INTEGER)
            weft_reader_fail (rest, WEFT_CRDT_ERROR_MALFORMED, "deleted range beyond 53 bits");
          else
            g_array_append_val (ranges, range);
        }
    }
  g_array_sort (ranges, compare_clients);

  return ranges;
}

/* The second format can only write ranges that go up. */
gboolean
weft_update_deletes_go_up (const GArray *ranges)
{
  for (guint i = 0; i < ranges->len; i++)
    {
      const WeftIdRange *range = &g_array_index (ranges, WeftIdRange, i), *before = range - 1;

      if (range->length == 0
          || (i > 0 && before->client == range->client && range->clock < before->clock + before->length))
        return FALSE;
    }

  return TRUE;
}

static void
append_set (GArray        *ranges,
            WeftDeleteSet *set)
{
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (set); i++)
    g_array_append_vals (ranges, weft_delete_set_get_range (set, i), 1);
}

void
weft_update_deletes_normalize (GArray *ranges)
{
  g_autoptr(WeftDeleteSet) set = weft_delete_set_new ();

  for (guint i = 0; i < ranges->len; i++)
    {
      const WeftIdRange *range = &g_array_index (ranges, WeftIdRange, i);

      weft_delete_set_add (set, range->client, range->clock, range->length);
    }
  g_array_set_size (ranges, 0);
  append_set (ranges, set);
}

static guint
find_end (const GArray *ranges,
          guint         first)
{
  guint end = first;

  while (end < ranges->len
         && g_array_index (ranges, WeftIdRange, end).client == g_array_index (ranges, WeftIdRange, first).client)
    end++;

  return end;
}

void
weft_update_deletes_write (const GArray    *ranges,
                           WeftUpdateFormat format,
                           WeftWriter      *writer)
{
  guint n_clients = 0;

  for (guint i = 0; i < ranges->len; i = find_end (ranges, i))
    n_clients++;
  weft_writer_put_varuint (writer, n_clients);
  for (guint i = 0; i < ranges->len;)
    {
      guint end = find_end (ranges, i);
      guint64 at = 0;

      weft_writer_put_varuint (writer, g_array_index (ranges, WeftIdRange, i).client);
      weft_writer_put_varuint (writer, end - i);
      for (; i < end; i++)
        {
          const WeftIdRange *range = &g_array_index (ranges, WeftIdRange, i);

          weft_writer_put_varuint (writer, range->clock - at);
          weft_writer_put_varuint (writer, range->length - (format == WEFT_UPDATE_V2 ? 1 : 0));
          if (format == WEFT_UPDATE_V2)
            at = range->clock + range->length;
        }
    }
}
