/* weft-relay-visit.h - a short stay in a room, without a connection
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How HTTP reads and changes documents: the room is opened where it is closed, @func is called on its thread with its document
 * there, and @done on the thread that asked, once everything that was changed is stored. What is changed is told to
 * everybody who is in the room.
 */

#pragma once

#include "relay/weft-relay-pool.h"

G_BEGIN_DECLS


/* On the room's thread: may read weft_relay_room_get_doc(), and change by weft_relay_room_edit() with no session.
 * Returns: %FALSE with @error set where it could not do what it came for */
typedef gboolean (*WeftRelayVisitFunc) (WeftRelayRoom *room,
                                        gpointer       data,
                                        GError       **error);
/* @error: what @func said, or of %WEFT_RELAY_AUTH_ERROR_LATER where it could not be stored */
typedef void     (*WeftRelayVisitedFunc) (const GError *error,
                                          gpointer      data);

/* On a thread with a main context. @destroy: (nullable): frees @data after @done, or instead of it where the relay ends */
void weft_relay_pool_visit   (WeftRelayPool       *self,
                              const char          *room,
                              WeftRelayVisitFunc   func,
                              WeftRelayVisitedFunc done,
                              gpointer             data,
                              GDestroyNotify       destroy);

/* --- for the room --- */
/* Calls the function of @self. Returns: whether what it did is to be stored first; otherwise it is ended already */
gboolean weft_relay_visit_make (WeftRelayVisit    *self,
                                WeftRelayRoom     *room);
/* Reports back, and frees @self. */
void     weft_relay_visit_end  (WeftRelayVisit    *self,
                                const GError      *error);

G_END_DECLS
