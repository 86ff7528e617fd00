/* weft-relay-notes-http.h - notes as keys and values, for devices that poll
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `POST /api/sync`: what `GET /ws/sync` is, one message and its answer at a time.
 */

#pragma once

#include "relay/weft-relay-note-sync.h"
#include "relay/weft-relay.h"

G_BEGIN_DECLS

typedef struct _WeftRelayNotesHttp WeftRelayNotesHttp;

/* Adds its route. All are borrowed and must outlive it. */
WeftRelayNotesHttp *weft_relay_notes_http_new  (WeftRelay          *relay,
                                                WeftRelayAuth      *auth,
                                                WeftRelayNoteSync  *sync) G_GNUC_WARN_UNUSED_RESULT;
void                weft_relay_notes_http_free (WeftRelayNotesHttp *self);

G_END_DECLS
