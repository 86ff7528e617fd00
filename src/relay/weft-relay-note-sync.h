/* weft-relay-note-sync.h - devices that hold notes as keys and values: who gets what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One exchange at a time for each notebook: what the device pushes is judged and merged (weft-relay-note-merge.h), what it
 * has not got is collected, all is remembered in the database, and only then it is answered. What has not changed since it
 * was looked at last is not looked at again. On the main thread, where nothing else is said.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "relay/weft-relay-note-merge.h"
#include "relay/weft-relay-pool.h"

G_BEGIN_DECLS

/* Bytes of one value, and of a key. */
#define WEFT_RELAY_NOTE_MAX_VALUE  (1024 * 1024)
#define WEFT_RELAY_NOTE_MAX_KEY    1024
#define WEFT_RELAY_NOTE_MAX_DEVICE 64

/* Changes in one message. */
#define WEFT_RELAY_NOTE_MAX_CHANGES 1000

/* So that there is a next one, and every number is exact in JSON. */
#define WEFT_RELAY_NOTE_MAX_TIMESTAMP ((gint64) 1 << 52)

/* What a device says. */
typedef struct
{
  GPtrArray *pushes;   /* WeftRelayNotePush */
  gint64     last_ack; /* 0: nothing said */
} WeftRelayNoteMessage;

/* @reply: (nullable): a sync_ack; %NULL with @error. @n_changes: how many it brings */
typedef void (*WeftRelayNoteReplyFunc) (const char   *reply,
                                        guint         n_changes,
                                        gboolean      more,
                                        const GError *error,
                                        gpointer      user_data);

WeftRelayNoteSync    *weft_relay_note_sync_new       (WeftRelayPool         *pool,
                                                      WeftRelayStore        *store) G_GNUC_WARN_UNUSED_RESULT;
/* After the pool has ended. */
void                  weft_relay_note_sync_free      (WeftRelayNoteSync     *self);
/* @message: (nullable) (transfer full): %NULL: it only wants what it has not got. @again: also what was sent and may not have
 * arrived. @done is called once, unless the relay ends. */
void                  weft_relay_note_sync_run       (WeftRelayNoteSync     *self,
                                                      const char            *notebook,
                                                      const char            *device,
                                                      gboolean               may_write,
                                                      gboolean               again,
                                                      WeftRelayNoteMessage  *message,
                                                      WeftRelayNoteReplyFunc done,
                                                      gpointer               user_data);

/* Who listens for changes is told of them through @session. On any thread. */
void                  weft_relay_note_sync_listen    (WeftRelayNoteSync     *self,
                                                      WeftRelaySession      *session,
                                                      const char            *notebook,
                                                      const char            *device);
void                  weft_relay_note_sync_leave     (WeftRelayNoteSync     *self,
                                                      WeftRelaySession      *session);
/* The same as run(), answered through @session, which listens. On any thread. @message: (transfer full) */
void                  weft_relay_note_sync_take      (WeftRelayNoteSync     *self,
                                                      WeftRelaySession      *session,
                                                      gboolean               may_write,
                                                      WeftRelayNoteMessage  *message);

/* Whether @device is one: 1 to 64 bytes of UTF-8 without control characters. */
gboolean              weft_relay_note_is_device      (const char            *device);
/* Takes a message apart. Returns: %NULL with @problem set (a constant) where it is malformed. (transfer full) */
WeftRelayNoteMessage *weft_relay_note_message_parse  (const WeftAny         *json,
                                                      const char            *device,
                                                      const char           **problem);
void                  weft_relay_note_message_free   (WeftRelayNoteMessage  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayNoteMessage, weft_relay_note_message_free)

G_END_DECLS
