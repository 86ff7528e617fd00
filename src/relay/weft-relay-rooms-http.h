/* weft-relay-rooms-http.h - GET /api/rooms: which rooms there are, for who may enter all of them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What --mirror of another relay asks (weft-relay-mirror.h): names in their order with their server versions, a page at a time.
 */

#pragma once

#include "relay/weft-relay.h"

G_BEGIN_DECLS

/* Rooms in one answer, at most. */
#define WEFT_RELAY_ROOMS_PAGE 1000

typedef struct _WeftRelayRoomsHttp WeftRelayRoomsHttp;

/* Adds the route. @relay, @auth: borrowed */
WeftRelayRoomsHttp *weft_relay_rooms_http_new  (WeftRelay          *relay,
                                                WeftRelayAuth      *auth) G_GNUC_WARN_UNUSED_RESULT;
void                weft_relay_rooms_http_free (WeftRelayRoomsHttp *self);

G_END_DECLS
