/* weft-snapshot-download.h - a whole document from a relay, at the speed of the line and the disk
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a room holds could also come over its WebSocket; then it is held in memory on both sides, applied message by message,
 * and begun again when the connection breaks. `GET /api/boards/:id/snapshot` goes into a file instead, beside which the version
 * is kept, so that a download that broke off goes on where it was, also after a restart.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @total: 0 where the relay does not say */
typedef void (*WeftSnapshotProgress)         (guint64               received,
                                              guint64               total,
                                              gpointer              user_data);

/* @relay: address of a relay, as weft_relay_address_parse() gives it. @token: (nullable). @path: where the bytes go, and may be from
 * an earlier try. @progress is called until the callback is. */
void      weft_snapshot_download_async       (const char           *relay,
                                              const char           *room,
                                              const char           *token,
                                              const char           *path,
                                              WeftSnapshotProgress  progress,
                                              gpointer              progress_data,
                                              GCancellable         *cancellable,
                                              GAsyncReadyCallback   callback,
                                              gpointer              user_data);
/* (transfer full): the file, mapped. %WEFT_SYNC_ERROR_UNREACHABLE: try again; %WEFT_SYNC_ERROR_DENIED: there are no snapshots there,
 * or not for us. */
GBytes   *weft_snapshot_download_finish      (GAsyncResult         *result,
                                              GError              **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes what is at @path. What is mapped stays good. */
void      weft_snapshot_download_discard     (const char           *path);

G_END_DECLS
