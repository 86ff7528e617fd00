/* weft-quick-send.c - the updates of edits of a single run
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They are written from the run, or the range, itself; see weft-quick.c.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-quick-private.h"

/* Updates up to this size are put together on the stack. */
#define SMALL_UPDATE 512

/* What an update of one string holds beside the string and a root's name: seven numbers, four of them
 * clients or clocks of 53 bits, and the bytes between. */
#define UPDATE_OVERHEAD 80

void
weft_quick_send (WeftDoc       *doc,
                 const guint8  *data,
                 gsize          size,
                 gconstpointer  origin,
                 gboolean       local)
{
  g_autoptr(GBytes) update = NULL;

  /* Observers may edit, and come and go. */
  doc->cleaning = TRUE;
  for (guint i = 0; i < doc->observers->len; i++)
    {
      const WeftObserverEntry *entry = &g_array_index (doc->observers, WeftObserverEntry, i);
      gpointer user_data = entry->user_data;
      void (*tell) (WeftDoc *, GBytes *, gconstpointer, gboolean, gpointer) = entry->vtable.update;

      if (entry->vtable.update_data != NULL)
        entry->vtable.update_data (doc, data, size, origin, local, user_data);
      if (tell == NULL)
        continue;
      if (update == NULL)
        update = g_bytes_new (data, size);
      tell (doc, update, origin, local, user_data);
    }
  doc->cleaning = FALSE;
  if (doc->cleanups.head != NULL)
    weft_doc_run_cleanups (doc);
}

void
weft_quick_send_run (WeftDoc       *doc,
                     WeftType      *type,
                     const WeftRun *run,
                     gconstpointer  origin,
                     gboolean       local)
{
  const WeftKey *root;
  guint8 small[SMALL_UPDATE], *data = small, *large = NULL, *at;
  gboolean has_origin = run->o_client != WEFT_NO_CLIENT, has_right = run->r_client != WEFT_NO_CLIENT;
  gsize size = UPDATE_OVERHEAD + run->n_bytes;

  if (doc->observers->len == 0)
    return;
  root = !has_origin && !has_right && type->root_key != 0 ? weft_key (doc, type->root_key) : NULL;
  if (root != NULL)
    size += root->length;
  if (size > sizeof small)
    data = large = g_malloc (size);

  at = data;
  *at++ = 1;
  *at++ = 1;
  at = weft_put_id (at, weft_client (doc, run->client), run->clock);
  *at++ = (guint8) (run->kind | (has_origin ? 0x80 : 0) | (has_right ? 0x40 : 0));
  if (has_origin)
    at = weft_put_id (at, weft_client (doc, run->o_client), run->o_clock);
  if (has_right)
    at = weft_put_id (at, weft_client (doc, run->r_client), run->r_clock);
  if (root != NULL)
    {
      *at++ = 1;
      at = weft_put_number (at, root->length);
      memcpy (at, root->string, root->length);
      at += root->length;
    }
  else if (!has_origin && !has_right)
    {
      *at++ = 0;
      at = weft_put_number (at, type->id.client);
      at = weft_put_number (at, type->id.clock);
    }
  /* Bytes have their size with them. */
  if (run->kind != WEFT_CONTENT_BINARY)
    at = weft_put_number (at, run->kind == WEFT_CONTENT_STRING ? run->n_bytes : run->n_units);
  if (run->n_bytes == 1)
    *at = (guint8) run->data[0];
  else
    memcpy (at, run->data, run->n_bytes);
  at += run->n_bytes;
  *at++ = 0;
  weft_quick_send (doc, data, at - data, origin, local);
  g_free (large);
}

void
weft_quick_send_deletion (WeftDoc      *doc,
                          guint32       client,
                          guint32       clock,
                          guint32       n_units,
                          gconstpointer origin,
                          gboolean      local)
{
  guint8 data[UPDATE_OVERHEAD], *at = data;

  if (doc->observers->len == 0)
    return;
  *at++ = 0;
  *at++ = 1;
  at = weft_put_client (at, weft_client (doc, client));
  *at++ = 1;
  at = weft_put_number (at, clock);
  at = weft_put_number (at, n_units);
  weft_quick_send (doc, data, at - data, origin, local);
}

static int
compare_ranges (gconstpointer a,
                gconstpointer b,
                gpointer      doc)
{
  const WeftRange *x = a, *y = b;

  if (x->client != y->client)
    return weft_client (doc, x->client)->id > weft_client (doc, y->client)->id ? -1 : 1;

  return x->clock < y->clock ? -1 : x->clock > y->clock;
}

/* Ranges of one client that follow each other become one. Returns how many are left. */
static guint
join_ranges (WeftRange *ranges,
             guint      n)
{
  guint kept = 0;

  for (guint i = 1; i < n; i++)
    {
      WeftRange *left = &ranges[kept];

      if (left->client == ranges[i].client && left->clock + left->len == ranges[i].clock)
        left->len += ranges[i].len;
      else
        ranges[++kept] = ranges[i];
    }

  return kept + 1;
}

void
weft_quick_send_deletions (WeftDoc      *doc,
                           WeftRange    *ranges,
                           guint         n,
                           gconstpointer origin,
                           gboolean      local)
{
  guint8 data[UPDATE_OVERHEAD * WEFT_MAX_QUICK_RUNS], *at = data;
  guint n_clients = 1, end;

  if (doc->observers->len == 0)
    return;
  g_qsort_with_data (ranges, n, sizeof *ranges, compare_ranges, doc);
  n = join_ranges (ranges, n);
  for (guint i = 1; i < n; i++)
    n_clients += ranges[i].client != ranges[i - 1].client;

  *at++ = 0;
  at = weft_put_number (at, n_clients);
  for (guint i = 0; i < n; i = end)
    {
      end = i + 1;
      while (end < n && ranges[end].client == ranges[i].client)
        end++;
      at = weft_put_client (at, weft_client (doc, ranges[i].client));
      at = weft_put_number (at, end - i);
      for (guint j = i; j < end; j++)
        at = weft_put_number (weft_put_number (at, ranges[j].clock), ranges[j].len);
    }
  weft_quick_send (doc, data, at - data, origin, local);
}
