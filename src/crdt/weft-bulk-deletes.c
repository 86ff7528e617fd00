/* weft-bulk-deletes.c - whether a delete set says what the structs before it say already
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a whole document has deleted stands in it twice: as structs that have no content any more, and as ranges of
 * clocks. Where both are the same, as in all that a collecting document wrote, nothing is to be done; the ranges then
 * need not become a delete set, nor be looked up. They are compared number by number with the places where deleted and
 * other items of a client meet.
 */

#include "config.h"

#include "crdt/weft-bulk-private.h"
#include "crdt/weft-plain-private.h"

/* So many bytes can be read of two plain numbers, wherever they end. */
#define PLAIN_RANGE 12

/* Puts the clocks into @places at which deleted items of @run begin and end, in turns; returns how many. There is room
 * for two more than there are items. */
static guint32
find_places (const WeftBulk    *bulk,
             const WeftBulkRun *run,
             guint32            state,
             guint32           *places)
{
  gboolean before = FALSE;
  guint32 n = 0;

  for (WeftHandle at = run->first; at < run->end;)
    {
      WeftHandle end = MIN (run->end, (at | (WEFT_ITEM_SLAB_SIZE - 1)) + 1);

      /* Where they meet is not to be foreseen. */
      for (const WeftItem *item = weft_item (bulk->doc, at); at < end; at++, item++)
        {
          places[n] = item->clock;
          n += item->deleted != before;
          before = item->deleted;
        }
    }
  places[n] = state;

  return n + before;
}

/* Reads a range; FALSE where there is none. */
static inline gboolean
read_range (WeftReader      *reader,
            WeftUpdateFormat format,
            guint64          before,
            guint64         *start,
            guint64         *end)
{
  const guint8 *at = reader->data + reader->pos, *next;
  guint64 clock, length;
  guint32 small_clock, small_length;

  if (weft_reader_get_remaining (reader) >= PLAIN_RANGE
      && (next = weft_plain_get_clock (at, &small_clock)) != NULL
      && (next = weft_plain_get_small (next, &small_length)) != NULL)
    {
      reader->pos += next - at;
      clock = small_clock;
      length = small_length;
    }
  else
    {
      clock = weft_reader_get_varuint (reader);
      length = weft_reader_get_varuint (reader);
    }
  *start = format == WEFT_UPDATE_V1 ? clock : before + clock;
  *end = *start + (format == WEFT_UPDATE_V1 ? length : length + 1);

  return !reader->failed;
}

/* Passes over the ranges of a client, as long as they are those at @places. */
static gboolean
pass_ranges (WeftReader      *reader,
             WeftUpdateFormat format,
             const guint32   *places,
             gsize            n_ranges)
{
  guint64 start, end = 0;

  for (gsize i = 0; i < n_ranges; i++)
    if (!read_range (reader, format, end, &start, &end) || start != places[2 * i] || end != places[2 * i + 1])
      return FALSE;

  return TRUE;
}

/**
 * weft_bulk_pass_deletes:
 * @reader: stands behind the last struct
 *
 * Passes over the delete set, if all of it is in the items already; else @reader stays where it is.
 */
gboolean
weft_bulk_pass_deletes (WeftBulk        *bulk,
                        WeftReader      *reader,
                        WeftUpdateFormat format)
{
  g_autofree guint32 *own_places = NULL;
  WeftReader ahead = *reader;
  gsize n_clients = weft_reader_get_count (&ahead, 2);
  guint32 *places;

  /* Nothing stands in `next` yet where nothing was linked: it has room for all. */
  if (bulk->n_linked == 0)
    places = bulk->next = g_renew (guint32, bulk->next, (gsize) bulk->n + 2);
  else
    places = own_places = g_new (guint32, (gsize) bulk->n + 2);

  for (gsize i = 0; i < n_clients && !ahead.failed; i++)
    {
      guint32 index = weft_clients_lookup (bulk->doc, weft_reader_get_varuint (&ahead));
      gsize n_ranges = weft_reader_get_count (&ahead, 2);
      WeftBulkRun *run;

      if (ahead.failed || index == WEFT_NO_CLIENT)
        return FALSE;
      run = &bulk->runs[index];
      /* All items of a client are looked at once: nobody names a client twice. */
      if (run->deletes_passed)
        return FALSE;
      run->deletes_passed = TRUE;
      if (find_places (bulk, run, weft_client (bulk->doc, index)->state, places) != 2 * n_ranges
          || !pass_ranges (&ahead, format, places, n_ranges))
        return FALSE;
    }
  if (ahead.failed)
    return FALSE;
  *reader = ahead;

  return TRUE;
}
