/* weft-op-log.c - reads the op log of a notebook doc
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-op-log.h"

#include "crdt/weft-type.h"

typedef struct
{
  WeftDoc *doc;
  WeftType *ops;
  WeftClock from;
  WeftClock to;
  WeftOpLogFunc func;      /* one of the two */
  WeftOpViewFunc view_func;
  gpointer user_data;
  GArray *views;           /* of one element */
} ReadRange;

static void
tell_views (const ReadRange *range,
            WeftId           id)
{
  for (guint i = 0; i < range->views->len; i++)
    range->view_func (&(WeftOpId){ id.client, id.clock, i },
                      &g_array_index (range->views, WeftOpView, i), range->user_data);
}

static void
tell_ops (const ReadRange *range,
          WeftId           id)
{
  for (guint i = 0; i < range->views->len; i++)
    {
      g_autoptr(WeftOp) op = weft_op_new_from_view (&g_array_index (range->views, WeftOpView, i));

      range->func (&(WeftOpId){ id.client, id.clock, i }, op, range->user_data);
    }
}

static void
read_element (const ReadRange *range,
              WeftId           id)
{
  g_autoptr(WeftAny) value = NULL;
  g_autoptr(GError) error = NULL;
  gsize n_bytes = 0;
  const guint8 *data = weft_doc_peek_bytes (range->doc, id, &n_bytes);

  if (data == NULL)
    {
      GBytes *bytes;

      value = weft_doc_dup_content (range->doc, id, 1);
      bytes = value != NULL ? weft_any_get_bytes (value) : NULL;
      if (bytes == NULL)
        return;
      data = g_bytes_get_data (bytes, &n_bytes);
    }

  if (!weft_op_unpack_views (data, n_bytes, range->views, &error))
    {
      /* It is bad for everybody, so everybody leaves it out. */
      g_debug ("Skipping an element of the op log: %s", error->message);
      return;
    }

  if (range->view_func != NULL)
    tell_views (range, id);
  else
    tell_ops (range, id);
}

static gboolean
read_item_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  const ReadRange *range = user_data;

  if (item->parent != range->ops || item->deleted
      || (item->content != WEFT_CONTENT_BINARY && item->content != WEFT_CONTENT_ANY))
    return TRUE;

  for (WeftClock clock = MAX (item->id.clock, range->from);
       clock < MIN (item->id.clock + item->length, range->to); clock++)
    read_element (range, (WeftId){ item->id.client, clock });

  return TRUE;
}

static void
read_range (ReadRange   *range,
            WeftClientId client)
{
  g_autoptr(GArray) views = g_array_new (FALSE, FALSE, sizeof (WeftOpView));

  range->ops = weft_doc_get_array (range->doc, "ops");
  range->views = views;
  if (range->from < range->to)
    weft_doc_foreach_item (range->doc, client, range->from, range->to, read_item_cb, range);
}

void
weft_op_log_read (WeftDoc      *doc,
                  WeftClientId  client,
                  WeftClock     from,
                  WeftClock     to,
                  WeftOpLogFunc func,
                  gpointer      user_data)
{
  ReadRange range = { .doc = doc, .from = from, .to = to, .func = func, .user_data = user_data };

  read_range (&range, client);
}

void
weft_op_log_view (WeftDoc       *doc,
                  WeftClientId   client,
                  WeftClock      from,
                  WeftClock      to,
                  WeftOpViewFunc func,
                  gpointer       user_data)
{
  ReadRange range = { .doc = doc, .from = from, .to = to, .view_func = func, .user_data = user_data };

  read_range (&range, client);
}
