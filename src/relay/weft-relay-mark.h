/* weft-relay-mark.h - how far the database was, noted beside it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An older copy of relay.db that somebody puts in its place by hand looks like the file itself. A note beside it,
 * `relay.db-mark`, says how far that one was, at least; a file that is not that far, or belongs to another relay, is a copy.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Versions of rooms are VERSIONS_OF_EPOCH times the epoch, and a count of updates. */
#define WEFT_RELAY_MARK_VERSIONS_OF_EPOCH G_GUINT64_CONSTANT (4294967296)

typedef struct
{
  char    notebook[40]; /* the id that the first start made; "" where there is none yet */
  guint64 epoch;        /* how often versions went ahead */
  guint64 n_updates;    /* ever stored, in all rooms */
} WeftRelayMark;

/* Returns: %FALSE where there is none, or it is no mark */
gboolean weft_relay_mark_read      (const char          *path,
                                    WeftRelayMark       *mark);
gboolean weft_relay_mark_write     (const char          *path,
                                    const WeftRelayMark *mark,
                                    GError             **error);
/* How many epochs a database that is at @found must go ahead, where @noted stood beside it; 0: it is the one. */
guint64  weft_relay_mark_get_ahead (const WeftRelayMark *noted,
                                    const WeftRelayMark *found);

G_END_DECLS
