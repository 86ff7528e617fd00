/* weft-relay-mirror-room.h - one room of another relay, and ours of the same name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For weft-relay-mirror.c. What is open has a WebSocket: the state vector of our room goes there, what we lack comes, is applied to our
 * room and stored. On the main thread.
 */

#pragma once

#include <libsoup/soup.h>

#include "relay/weft-relay-pool.h"

G_BEGIN_DECLS

typedef struct _WeftRelayMirrorRoom WeftRelayMirrorRoom;

typedef struct
{
  /* It is not open any more. @why: (nullable): what went wrong; %NULL: weft_relay_mirror_room_leave() */
  void (*left)   (WeftRelayMirrorRoom *room,
                  const char          *why,
                  gpointer             user_data);
  /* An update of @n_bytes came, and is @stored, or could not be. */
  void (*stored) (WeftRelayMirrorRoom *room,
                  gsize                n_bytes,
                  gboolean             stored,
                  gpointer             user_data);
} WeftRelayMirrorRoomFuncs;

/* @pool: borrowed, with our rooms; @funcs must outlive it */
WeftRelayMirrorRoom *weft_relay_mirror_room_new          (WeftRelayPool                  *pool,
                                                          const char                     *name,
                                                          const WeftRelayMirrorRoomFuncs *funcs,
                                                          gpointer                        user_data) G_GNUC_WARN_UNUSED_RESULT;
void                 weft_relay_mirror_room_unref        (WeftRelayMirrorRoom            *self);
const char          *weft_relay_mirror_room_get_name     (WeftRelayMirrorRoom            *self);
/* The other relay has it in this version. */
void                 weft_relay_mirror_room_note_version (WeftRelayMirrorRoom            *self,
                                                          guint64                         version);
/* Whether the other relay has, or may have, what we have not. */
gboolean             weft_relay_mirror_room_is_behind    (WeftRelayMirrorRoom            *self);
/* A mark of the caller's: it waits for being opened. */
gboolean             weft_relay_mirror_room_is_queued    (WeftRelayMirrorRoom            *self);
void                 weft_relay_mirror_room_set_queued   (WeftRelayMirrorRoom            *self,
                                                          gboolean                        queued);
/* @url: of the room there; @token: (nullable) */
void                 weft_relay_mirror_room_open         (WeftRelayMirrorRoom            *self,
                                                          SoupSession                    *http,
                                                          const char                     *url,
                                                          const char                     *token);
gboolean             weft_relay_mirror_room_is_open      (WeftRelayMirrorRoom            *self);
/* Whether it is open, and all that came up to now is stored here. */
gboolean             weft_relay_mirror_room_is_in_step   (WeftRelayMirrorRoom            *self);
/* When something was heard there last, monotonic. */
gint64               weft_relay_mirror_room_get_heard_us (WeftRelayMirrorRoom            *self);
/* Hangs up. @why: (nullable): what is wrong; the room is behind then */
void                 weft_relay_mirror_room_leave        (WeftRelayMirrorRoom            *self,
                                                          const char                     *why);
/* Hangs up for ever, and tells nobody. */
void                 weft_relay_mirror_room_stop         (WeftRelayMirrorRoom            *self);

G_END_DECLS
