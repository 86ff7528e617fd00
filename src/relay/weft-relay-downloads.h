/* weft-relay-downloads.h - documents over plain HTTP: whole, or what is new
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * GET /api/boards/:id/snapshot, GET and POST /api/boards/:id/updates. `:id` is the id of a page, or the name of a room,
 * percent-encoded. What is sent is what is stored. A snapshot is made once for a version and shared by all who download it; one that
 * is under way can be resumed (Range, If-Range) while edits go on. Its bytes wait in one place for slow readers, not in a
 * copy for each.
 */

#pragma once

#include "relay/weft-relay.h"

G_BEGIN_DECLS

typedef struct _WeftRelayDownloads WeftRelayDownloads;

WeftRelayDownloads *weft_relay_downloads_new  (WeftRelay           *relay,
                                               WeftRelayAuth       *auth) G_GNUC_WARN_UNUSED_RESULT;
void                weft_relay_downloads_free (WeftRelayDownloads  *self);

G_END_DECLS
