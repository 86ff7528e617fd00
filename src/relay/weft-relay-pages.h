/* weft-relay-pages.h - the pages that a notebook's own document names, for calls about boards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * People make, name and delete pages in Weft; the table of boards hears of that when a call needs it: the call says in `read_pages` whose
 * pages it wants, they are read in the notebook's room, and it is made again.
 */

#pragma once

#include "relay/weft-relay-call.h"
#include "relay/weft-relay-pool.h"

G_BEGIN_DECLS

typedef struct
{
  char    *id;
  char    *name;
  gboolean trashed;
  gint64   created_ms; /* 0: not known */
} WeftRelayPage;

/* @pages: (nullable) (element-type WeftRelayPage) (transfer full): %NULL where they cannot be read now */
typedef void (*WeftRelayPagesFunc) (GPtrArray *pages,
                                    gpointer   data);

/* Reads the pages of @workspace; answers on the thread that asks. */
void weft_relay_pages_read  (WeftRelayPool      *pool,
                             const char         *workspace,
                             WeftRelayPagesFunc  done,
                             gpointer            data);
/* Brings the boards of @workspace up to what its notebook says. Returns: %FALSE where that is to be read yet: the call returns
 * without an answer, and is made again */
gboolean weft_relay_pages_know (WeftRelayCall   *call,
                             WeftRelaySql       *sql,
                             const char         *workspace);
/* The workspace of who asks that has a room for the page @id. (transfer full) (nullable) */
char *weft_relay_pages_dup_workspace_of (WeftRelayCall *call,
                                         WeftRelaySql  *sql,
                                         const char    *id);

G_END_DECLS
