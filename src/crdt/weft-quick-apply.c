/* weft-quick-apply.c - updates of a single run, without a transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What somebody else put between two units, or deleted within some runs; see weft-quick.c.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"

const guint8 *
weft_quick_get_client (WeftDoc      *doc,
                       const guint8 *at,
                       const guint8 *end,
                       guint32      *client)
{
  guint64 id;

  /* Mostly the one that was named last. */
  if (doc->named_client < doc->n_clients && end - at >= 8)
    {
      const WeftClient *last = weft_client (doc, doc->named_client);

      if (weft_client_is_named (last, at))
        {
          *client = doc->named_client;
          return at + last->n_id_bytes;
        }
    }
  at = weft_get_number (at, end, &id);
  if (at == NULL)
    return NULL;
  *client = weft_clients_lookup (doc, id);

  return at;
}

/* Finds the gap between two neighbours that an update names. */
static gboolean
find_gap (WeftDoc       *doc,
          const WeftRun *run,
          WeftGap       *gap)
{
  WeftItem *item;
  WeftSpot spot;

  if (run->o_client == WEFT_NO_CLIENT)
    {
      if (run->r_client == WEFT_NO_CLIENT)
        return FALSE;
      gap->right = weft_find_item (doc, run->r_client, run->r_clock);
      gap->right_item = item = weft_item (doc, gap->right);
      if (item->kind == WEFT_CONTENT_GC || item->in_map || item->clock != run->r_clock)
        return FALSE;
      gap->leaf = weft_leaf (doc, item->place);
      gap->type = gap->leaf->type;

      return gap->leaf->prev == WEFT_NONE && gap->leaf->item[0] == gap->right;
    }

  gap->left = weft_index_find (weft_client (doc, run->o_client), run->o_clock, &gap->index);
  gap->left_item = item = weft_item (doc, gap->left);
  if (item->kind == WEFT_CONTENT_GC || item->in_map)
    return FALSE;
  spot = weft_order_spot (doc, gap->left);
  gap->leaf = spot.leaf;
  gap->at = spot.slot + 1;
  gap->type = spot.leaf->type;
  if (run->o_clock + 1 - item->clock < item->len)
    {
      gap->cut = run->o_clock + 1 - item->clock;
      return run->r_client == run->o_client && run->r_clock == run->o_clock + 1
             && weft_quick_can_cut (doc, item, gap->cut);
    }
  if (!weft_order_step (doc, &spot))
    return run->r_client == WEFT_NO_CLIENT;
  gap->right = spot.leaf->item[spot.slot];
  gap->right_item = item = weft_item (doc, gap->right);

  return run->r_client == item->client && run->r_clock == item->clock;
}

gboolean
weft_quick_integrate (WeftTransaction *tx,
                      WeftRun         *run)
{
  WeftGap gap = { NULL };

  if (tx->doc->general || !find_gap (tx->doc, run, &gap) || weft_type_is_gone (gap.type))
    return FALSE;
  weft_quick_insert_run_in (tx, &gap, run);

  return TRUE;
}

static gboolean
get_text (WeftRun      *run,
          const guint8 *at,
          const guint8 *end)
{
  guint64 number;

  at = weft_get_number (at, end, &number);
  if (at == NULL || number == 0 || number != (guint64) (end - at))
    return FALSE;
  run->data = (const char *) at;
  run->n_bytes = number;
  run->n_units = weft_utf8_measure (run->data, run->n_bytes, &run->ascii);

  return run->ascii || weft_utf8_is_valid (run->data, run->n_bytes);
}

/* Values that stand there as we would write them. */
static gboolean
get_values (WeftRun      *run,
            const guint8 *at,
            const guint8 *end)
{
  run->n_units = 1;
  if (run->kind == WEFT_CONTENT_ANY)
    at = weft_get_number (at, end, &run->n_units);
  if (at == NULL || run->n_units == 0)
    return FALSE;
  run->data = (const char *) at;
  run->n_bytes = end - at;
  for (guint64 i = 0; i < run->n_units; i++)
    if ((at = weft_quick_get_value (at, end, run->kind)) == NULL)
      return FALSE;

  return at == end;
}

/* One run of one client between two units that are neighbours here too. */
static gboolean
apply_run (WeftDoc      *doc,
           const guint8 *at,
           const guint8 *end,
           gconstpointer origin)
{
  WeftRun run = { .o_client = WEFT_NO_CLIENT, .r_client = WEFT_NO_CLIENT, .ascii = TRUE };
  WeftGap gap = { NULL };
  guint64 number;
  guint8 info;

  at = weft_quick_get_client (doc, at, end, &run.client);
  if (at == NULL || run.client == WEFT_NO_CLIENT || weft_client (doc, run.client)->id == doc->client_id
      || (at = weft_get_number (at, end, &number)) == NULL || number != weft_client (doc, run.client)->state
      || at == end)
    return FALSE;
  info = *at++;
  run.kind = info & 0x3f;
  if ((run.kind != WEFT_CONTENT_STRING && run.kind != WEFT_CONTENT_ANY && run.kind != WEFT_CONTENT_BINARY)
      || ((info & 0x80) && (at = weft_quick_get_known_id (doc, at, end, &run.o_client, &run.o_clock)) == NULL)
      || ((info & 0x40) && (at = weft_quick_get_known_id (doc, at, end, &run.r_client, &run.r_clock)) == NULL)
      || !find_gap (doc, &run, &gap)
      || at == end || end[-1] != 0
      || !(run.kind == WEFT_CONTENT_STRING ? get_text (&run, at, end - 1) : get_values (&run, at, end - 1))
      || run.n_units > WEFT_CLOCK_LIMIT - weft_client (doc, run.client)->state
      || weft_type_is_gone (gap.type))
    return FALSE;

  weft_cursor_forget (doc);
  if (!weft_quick_insert_run (doc, &gap, &run, G_MAXUINT64))
    return FALSE;
  if (doc->n_observers > 0)
    weft_quick_send_run (doc, gap.type, &run, origin, FALSE);

  return TRUE;
}

/* What of a range can be deleted in a simple way: all of it, run by run, or nothing. */
static gboolean
find_runs (WeftDoc   *doc,
           guint32    client,
           guint64    clock,
           guint64    n_units,
           WeftRange *ranges,
           guint     *n)
{
  WeftIndexSpot spot;
  WeftHandle handle;

  if (n_units == 0 || clock >= weft_client (doc, client)->state || n_units > weft_client (doc, client)->state - clock)
    return FALSE;
  for (handle = weft_index_find (weft_client (doc, client), (guint32) clock, &spot);; handle = weft_index_next (&spot))
    {
      const WeftItem *item = weft_item (doc, handle);
      guint32 offset = (guint32) clock - item->clock, len = (guint32) MIN (n_units, item->len - offset);

      if (*n == WEFT_MAX_QUICK_RUNS || item->in_map || item->keep || !weft_quick_can_delete (doc, item, offset, len))
        return FALSE;
      ranges[(*n)++] = (WeftRange) { client, (guint32) clock, len };
      clock += len;
      n_units -= len;
      if (n_units == 0)
        return TRUE;
    }
}

static gboolean
is_named (const WeftRange *ranges,
          guint            n,
          guint32          client)
{
  for (guint i = 0; i < n; i++)
    if (ranges[i].client == client)
      return TRUE;

  return FALSE;
}

static void
delete_range (WeftDoc         *doc,
              const WeftRange *range)
{
  WeftHandle handle = weft_find_item (doc, range->client, range->clock);

  weft_quick_delete_run (doc, weft_order_spot (doc, handle), range->clock - weft_item (doc, handle)->clock, range->len,
                         G_MAXUINT64);
}

/* Some deleted ranges of runs that are all here; nothing comes twice. */
static gboolean
apply_deletion (WeftDoc      *doc,
                const guint8 *at,
                const guint8 *end,
                gconstpointer origin)
{
  WeftRange ranges[WEFT_MAX_QUICK_RUNS];
  guint64 n_clients, n_ranges, clock, n_units, from;
  guint32 client;
  guint n = 0;

  if ((at = weft_get_number (at, end, &n_clients)) == NULL || n_clients > WEFT_MAX_QUICK_RUNS)
    return FALSE;
  for (; n_clients > 0; n_clients--)
    {
      at = weft_quick_get_client (doc, at, end, &client);
      if (at == NULL || client == WEFT_NO_CLIENT || (at = weft_get_number (at, end, &n_ranges)) == NULL
          || n_ranges > WEFT_MAX_QUICK_RUNS || is_named (ranges, n, client))
        return FALSE;
      for (from = 0; n_ranges > 0; n_ranges--, from = clock + n_units)
        if ((at = weft_get_number (at, end, &clock)) == NULL || (at = weft_get_number (at, end, &n_units)) == NULL
            || clock < from || !find_runs (doc, client, clock, n_units, ranges, &n))
          return FALSE;
    }
  if (at != end || n == 0)
    return FALSE;

  for (guint i = 0; i < n; i++)
    delete_range (doc, &ranges[i]);
  weft_quick_send_deletions (doc, ranges, n, origin, FALSE);

  return TRUE;
}

/* What a struct that begins with its client and clock is; 0 where it is cut off. */
static inline guint8
peek_info (const guint8 *at,
           const guint8 *end)
{
  for (guint n = 0; n < 2; n++)
    {
      while (at < end && *at >= 0x80)
        at++;
      if (at == end)
        return 0;
      at++;
    }

  return at < end ? *at : 0;
}

gboolean
weft_quick_apply (WeftDoc      *doc,
                  const guint8 *data,
                  gsize         size,
                  gconstpointer origin)
{
  const guint8 *end;
  guint8 info;

  if (size < 5 || weft_cursor_is_watched (doc) || doc->pending->len > 0 || doc->pending_deletes != NULL)
    return FALSE;
  end = data + size;
  if (data[0] != 1 || data[1] != 1)
    return data[0] == 0 && apply_deletion (doc, data + 1, end, origin);

  /* Where it has a right neighbour, it is in no map, or there in no simple way. */
  info = peek_info (data + 2, end);
  if ((info & 0x1f) != WEFT_CONTENT_STRING && !(info & 0x40) && weft_quick_apply_map (doc, data + 2, end, origin))
    return TRUE;

  return apply_run (doc, data + 2, end, origin);
}
