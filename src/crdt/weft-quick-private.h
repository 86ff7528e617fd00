/* weft-quick-private.h - edits of a single run, without a transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-private.h"

/* A run of text that is put into a document. */
typedef struct
{
  guint32     client, clock;
  guint32     o_client, o_clock; /* WEFT_NO_CLIENT: none */
  guint32     r_client, r_clock;
  const char *utf8;
  gsize       n_bytes;
  guint64     n_units;
  gboolean    ascii;
} WeftRun;

/* Reads a number of at most 53 bits; %NULL where there is none. */
static inline const guint8 *
weft_get_number (const guint8 *at,
                 const guint8 *end,
                 guint64      *value)
{
  guint64 number = 0;

  for (guint shift = 0; at < end && shift < 56; shift += 7)
    {
      guint8 byte = *at++;

      number |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        {
          *value = number;
          return number <= WEFT_MAX_SAFE_INTEGER ? at : NULL;
        }
    }

  return NULL;
}

/* Each says FALSE, with nothing changed, where the general way has to be taken. */
gboolean      weft_quick_insert        (WeftType      *type,
                                        guint64        position,
                                        const char    *utf8,
                                        gsize          n_bytes);
gboolean      weft_quick_delete        (WeftType      *type,
                                        guint64        position,
                                        guint64        n_units);
gboolean      weft_quick_apply         (WeftDoc       *doc,
                                        const guint8  *data,
                                        gsize          size,
                                        gconstpointer  origin);

/* Tell the observers of updates. */
void          weft_quick_send_text     (WeftDoc       *doc,
                                        WeftType      *type,
                                        const WeftRun *run,
                                        gconstpointer  origin,
                                        gboolean       local);
void          weft_quick_send_deletion (WeftDoc       *doc,
                                        guint32        client,
                                        guint32        clock,
                                        guint32        n_units,
                                        gconstpointer  origin,
                                        gboolean       local);
