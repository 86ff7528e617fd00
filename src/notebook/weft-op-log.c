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
  WeftOpLogFunc func;
  gpointer user_data;
} ReadRange;

static void
read_element (const ReadRange *range, WeftId id)
{
  g_autoptr (WeftAny) value = weft_doc_dup_content (range->doc, id, 1);
  GBytes *bytes = value != NULL ? weft_any_get_bytes (value) : NULL;
  g_autoptr (GPtrArray) ops = NULL;
  g_autoptr (GError) error = NULL;

  if (bytes == NULL)
    return;

  ops = weft_op_unpack (bytes, &error);
  if (ops == NULL)
    {
      /* It is bad for everybody, so everybody leaves it out. */
      g_debug ("Skipping an element of the op log: %s", error->message);
      return;
    }

  for (guint i = 0; i < ops->len; i++)
    range->func (&(WeftOpId){ id.client, id.clock, i }, ops->pdata[i], range->user_data);
}

static gboolean
read_item_cb (const WeftItemInfo *item, gpointer user_data)
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

void
weft_op_log_read (WeftDoc *doc,
                  WeftClientId client,
                  WeftClock from,
                  WeftClock to,
                  WeftOpLogFunc func,
                  gpointer user_data)
{
  ReadRange range = { doc, weft_doc_get_array (doc, "ops"), from, to, func, user_data };

  if (from < to)
    weft_doc_foreach_item (doc, client, from, to, read_item_cb, &range);
}
