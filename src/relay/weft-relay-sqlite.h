/* weft-relay-sqlite.h - the relay's file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `relay.db` in the data folder: one connection, exclusive, on the store's thread.
 */

#pragma once

#include "relay/weft-relay-backend.h"
#include "store/weft-database.h"

G_BEGIN_DECLS

/* Whoever asks for what came after a version means one of a file that may be lost since. When an older one takes its place, or
 * what could be saved of it, all rooms go on this far ahead: so no number means two things, and those who ask get everything. */
#define WEFT_RELAY_SQLITE_GO_AHEAD "UPDATE rooms SET version = version + 4294967296"

#define WEFT_RELAY_SQLITE_FILE "relay.db"
/* What is noted of it beside it; see weft-relay-mark.h. */
#define WEFT_RELAY_SQLITE_MARK "-mark"

/* Makes the folder and the file where they are missing.
 * @sync_normal: a power cut may take the last commits */
WeftRelayBackend *weft_relay_sqlite_open (const char *folder,
                                          gboolean    sync_normal,
                                          GError    **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for any file, which must be there. @salvage: a damaged one is put aside and its rows are brought over
 * @damaged: (out) (nullable) (transfer full): where it was put */
WeftRelayBackend *weft_relay_sqlite_open_file (const char *path,
                                               gboolean    salvage,
                                               char      **damaged,
                                               GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
