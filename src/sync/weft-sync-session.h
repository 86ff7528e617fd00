/* weft-sync-session.h - what a client says in a room, and what it understands; no I/O, no clock
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A session binds a document and an awareness to one room, through any number of connections, one after
 * the other. Messages go in and come out; time is given with every call (monotonic ms); the owner calls
 * weft_sync_session_poll() when it is due.
 *
 *     opened ->   step 1 and our awareness go out
 *     step 1 in:  the owner is asked to make what we have durable, then weft_sync_session_answer()
 *     step 2 in:  applied
 *     both:       synced; from now on updates as they are made
 *
 * What the relay has is followed in two state vectors: `sent` (it was given, or it said so) and `durable`
 * (a receipt said so). Deletions do not move a state vector, so after a deletion the relay is asked
 * for a step 2 again: its answer means that it took everything sent before.
 */

#pragma once

#include "crdt/weft-awareness.h"
#include "crdt/weft-doc.h"
#include "sync/weft-sync-protocol.h"

G_BEGIN_DECLS

/* Nothing heard for this long: the connection is dead. */
#define WEFT_SYNC_SILENCE_MS 45000
/* Awareness is sent at most 30 times a second. */
#define WEFT_SYNC_AWARENESS_GAP_MS 34
/* How long to collect deletions before asking whether they arrived: the answer lists all deletions. */
#define WEFT_SYNC_PROBE_MS 1500

typedef struct _WeftSyncSession WeftSyncSession;

/* The session must not be freed inside of these. */
typedef struct
{
  void (*send)    (GBytes     *message,
                   gpointer    user_data);
  /* The relay sent its step 1: call weft_sync_session_answer() once what we have is durable. */
  void (*asked)   (gpointer    user_data);
  void (*synced)  (gpointer    user_data);
  /* @update came from the relay and changed the document. */
  void (*applied) (GBytes     *update,
                   gpointer    user_data);
  /* The relay takes no edits from us. */
  void (*denied)  (const char *reason,
                   gpointer    user_data);
  /* Without a document: the other side has something, or lacks what it was not given, so that one is needed. */
  void (*wanted)  (gpointer    user_data);
  /* What the relay has changed, or what we have. */
  void (*counted) (gpointer    user_data);
  /* (nullable): @update is news: %TRUE to keep it from the document. From then on the session does not catch up. */
  gboolean (*keep) (GBytes    *update,
                   gpointer    user_data);
  /* (nullable): @update is about to be applied: %TRUE to give it in parts instead, each as a message, the last one as a step 2
   * where @is_answer. */
  gboolean (*cut)  (GBytes    *update,
                   gboolean    is_answer,
                   gpointer    user_data);
} WeftSyncSessionFuncs;

/* @origin: of what is applied. @awareness: (nullable) */
WeftSyncSession *weft_sync_session_new            (WeftDoc                    *doc,
                                                   WeftAwareness              *awareness,
                                                   gconstpointer               origin,
                                                   const WeftSyncSessionFuncs *funcs,
                                                   gpointer                    user_data);
/* Without a document, which takes seconds to load where it is large: @state and @deletes (taken) tell what is in it. Says what
 * we have, hears what the others have, and is synced where that is the same. Where it is not, `wanted` is called, once: then a
 * session with the document has to take over. */
WeftSyncSession *weft_sync_session_new_watching   (WeftStateVector            *state,
                                                   WeftDeleteSet              *deletes,
                                                   WeftAwareness              *awareness,
                                                   gconstpointer               origin,
                                                   const WeftSyncSessionFuncs *funcs,
                                                   gpointer                    user_data);
/* Lets go of document and awareness. */
void             weft_sync_session_free           (WeftSyncSession            *self);
void             weft_sync_session_open           (WeftSyncSession            *self,
                                                   gint64                      now_ms);
/* The connection is gone. The others in the awareness are forgotten. */
void             weft_sync_session_close          (WeftSyncSession            *self);
/* On failure nothing was changed, and the connection must be closed. */
gboolean         weft_sync_session_receive        (WeftSyncSession            *self,
                                                   GBytes                     *message,
                                                   gint64                      now_ms,
                                                   GError                    **error) G_GNUC_WARN_UNUSED_RESULT;
/* A sign of life that is no message: a pong. */
void             weft_sync_session_hear           (WeftSyncSession            *self,
                                                   gint64                      now_ms);
void             weft_sync_session_answer         (WeftSyncSession            *self,
                                                   gint64                      now_ms);
/* Where much is lacking the answer may be given in parts before that: what the other side has, while it waits for one. (nullable) */
const WeftStateVector *weft_sync_session_get_asked (WeftSyncSession         *self);
/* How many of our clocks @asked lacks. */
guint64          weft_sync_session_count_lacking  (WeftSyncSession            *self);
/* Gives @update, a part of what is lacking and small enough for one message. */
void             weft_sync_session_give           (WeftSyncSession            *self,
                                                   GBytes                     *update);
/* The parts reached @given: the answer need not hold that any more. */
void             weft_sync_session_note_given     (WeftSyncSession            *self,
                                                   const WeftStateVector      *given);
void             weft_sync_session_send_update    (WeftSyncSession            *self,
                                                   GBytes                     *update,
                                                   gint64                      now_ms);
/* Sent by the next poll that may. */
void             weft_sync_session_send_awareness (WeftSyncSession            *self);
/* Tells the others that we leave. */
void             weft_sync_session_say_goodbye    (WeftSyncSession            *self);
/* Asks for a sign that all that was sent has been taken; see is_settled. */
void             weft_sync_session_probe          (WeftSyncSession            *self,
                                                   gint64                      now_ms);
/* Does what is due. Returns: when to call again at the latest, in monotonic ms */
gint64           weft_sync_session_poll           (WeftSyncSession            *self,
                                                   gint64                      now_ms);
gboolean         weft_sync_session_is_open        (WeftSyncSession            *self);
gboolean         weft_sync_session_is_silent      (WeftSyncSession            *self,
                                                   gint64                      now_ms);
gboolean         weft_sync_session_is_synced      (WeftSyncSession            *self);
/* Whether the last probe was answered and nothing was sent after it. */
gboolean         weft_sync_session_is_settled     (WeftSyncSession            *self);
gboolean         weft_sync_session_has_receipts   (WeftSyncSession            *self);
guint            weft_sync_session_count_unsent   (WeftSyncSession            *self);
/* Whether the other side lacked something when it asked. */
gboolean         weft_sync_session_has_given      (WeftSyncSession            *self);
/* Whether the other side, when this connection began, lacked what it was known to have, or what is in @had (nullable): it was
 * replaced, or restored from an older backup. */
gboolean         weft_sync_session_has_lost       (WeftSyncSession            *self,
                                                   const WeftStateVector      *had);
/* (transfer full) */
WeftStateVector *weft_sync_session_dup_known      (WeftSyncSession            *self);
void             weft_sync_session_set_known      (WeftSyncSession            *self,
                                                   const WeftStateVector      *known);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSyncSession, weft_sync_session_free)

G_END_DECLS
