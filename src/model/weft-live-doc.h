/* weft-live-doc.h - a document that is saved as it changes, and kept in step with its room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the notebook and every open page have in common: one engine document, its id in the store, its
 * client on the relay, its awareness. The order is always the same: an edit goes to the store, and is
 * sent when the store has committed it; what arrives is applied, and stored.
 *
 *        edit ──> WeftDoc ──update──> WeftStore ──committed──> WeftSyncClient ──> relay
 *                    ^                    ^                          │
 *                    └─────── apply ──────┴──────── store ───────────┘
 */

#pragma once

#include "crdt/weft-awareness.h"
#include "notebook/weft-users.h"
#include "store/weft-store.h"
#include "sync/weft-sync-client.h"

G_BEGIN_DECLS

/* A person of this device, as the others see it. */
typedef struct
{
  char *id;
  char *name;
  char *color;
} WeftUser;

void weft_user_clear (WeftUser *self);
void weft_user_set   (WeftUser   *self,
                      const char *id,
                      const char *name,
                      const char *color);

typedef struct _WeftLiveDoc WeftLiveDoc;

/**
 * WeftLiveDocFuncs:
 * @transaction: after every transaction of the document
 * @edited: an edit was made here (and is on its way to the store)
 * @awareness: somebody else came, went or moved
 * @status: the state of the connection, or what waits, changed
 * @synced: the first exchange of a connection is complete
 * @wanted: of one that only watches: the document is needed
 * @keep: before an update from the relay is applied: %TRUE, to keep it from the document; then the owner puts it in the store,
 *   has the document made anew, and another live document take the place of this one
 *
 * Any may be %NULL.
 */
typedef struct
{
  void (*transaction) (WeftLiveDoc     *self,
                       WeftTransaction *transaction,
                       gpointer         user_data);
  void (*edited)      (WeftLiveDoc     *self,
                       gpointer         user_data);
  void (*awareness)   (WeftLiveDoc     *self,
                       gpointer         user_data);
  void (*status)      (WeftLiveDoc     *self,
                       gpointer         user_data);
  void (*synced)      (WeftLiveDoc     *self,
                       gpointer         user_data);
  void (*wanted)      (WeftLiveDoc     *self,
                       gpointer         user_data);
  gboolean (*keep)    (WeftLiveDoc     *self,
                       GBytes          *update,
                       gpointer         user_data);
} WeftLiveDocFuncs;

/* @doc: (transfer full): as loaded from @store under the id @room */
WeftLiveDoc     *weft_live_doc_new             (WeftStore              *store,
                                                const char             *room,
                                                WeftDoc                *doc,
                                                const WeftLiveDocFuncs *funcs,
                                                gpointer                user_data) G_GNUC_WARN_UNUSED_RESULT;
/* Without the document, which would take long to load: @state and @deletes (taken) tell what is in it. It is in its room, and says
 * what we have; that nothing can be edited is for its owner to see to. */
WeftLiveDoc     *weft_live_doc_new_watching    (WeftStore              *store,
                                                const char             *room,
                                                WeftStateVector        *state,
                                                WeftDeleteSet          *deletes,
                                                const WeftLiveDocFuncs *funcs,
                                                gpointer                user_data) G_GNUC_WARN_UNUSED_RESULT;
void             weft_live_doc_free            (WeftLiveDoc            *self);
/* Frees all but the document, for somebody else to look at or to free. (transfer full) */
WeftDoc         *weft_live_doc_free_to_doc     (WeftLiveDoc            *self);
/* (nullable): %NULL while it only watches */
WeftDoc         *weft_live_doc_get_doc         (WeftLiveDoc            *self);
WeftStore       *weft_live_doc_get_store       (WeftLiveDoc            *self);
const char      *weft_live_doc_get_room        (WeftLiveDoc            *self);
WeftAwareness   *weft_live_doc_get_awareness   (WeftLiveDoc            *self);
/* Who we are in this room; publishes it. */
void             weft_live_doc_set_user        (WeftLiveDoc            *self,
                                                const WeftUser         *user);
/* Nobody here looks at the document: the others do not see us in it. */
void             weft_live_doc_set_away        (WeftLiveDoc            *self,
                                                gboolean                away);
/* @value: (nullable) (transfer none) */
void             weft_live_doc_set_field       (WeftLiveDoc            *self,
                                                const char             *field,
                                                WeftAny                *value);
/* What lets us in, from the next connection on. */
void             weft_live_doc_set_token       (WeftLiveDoc            *self,
                                                const char             *token);
/* @relay: (nullable): that of the document; then what is edited without a connection is noted as a stretch, and as
 * something that the relay lacks. @token: (nullable). @connect: whether to connect now; without, hangs up. */
void             weft_live_doc_set_relay       (WeftLiveDoc            *self,
                                                const char             *relay,
                                                const char             *token,
                                                gboolean                connect);
/* Writes out what waits in memory (authorship, stretches): before closing. */
void             weft_live_doc_flush           (WeftLiveDoc            *self);
/* (transfer none) (nullable): who wrote what; %NULL while it only watches */
WeftUsers       *weft_live_doc_get_users       (WeftLiveDoc            *self);
/* `<name> · <device>`, or %NULL while nobody is set */
const char      *weft_live_doc_get_author      (WeftLiveDoc            *self);
/* %WEFT_SYNC_CLIENT_OFFLINE without a relay. */
WeftSyncClientState weft_live_doc_get_state    (WeftLiveDoc            *self);
/* Changes made here, as a person counts them, that the relay is not known to have; those of earlier runs not. */
guint            weft_live_doc_get_n_waiting   (WeftLiveDoc            *self);
/* Whether there is anything at all of this run that the relay is not known to have, authorship and marks included. */
gboolean         weft_live_doc_has_waiting     (WeftLiveDoc            *self);
gboolean         weft_live_doc_get_receipts    (WeftLiveDoc            *self);
/* Whether something in the document waits for changes that are not there. */
gboolean         weft_live_doc_lacks           (WeftLiveDoc            *self);
gboolean         weft_live_doc_get_read_only   (WeftLiveDoc            *self);
/* Whether the relay lacked something that it once had, this run or as @had (nullable) tells, when it was joined. */
gboolean         weft_live_doc_has_lost        (WeftLiveDoc            *self,
                                                const WeftStateVector  *had);
const char      *weft_live_doc_get_error       (WeftLiveDoc            *self);
/* Whether that is why something does not get to the relay. */
gboolean         weft_live_doc_is_stuck        (WeftLiveDoc            *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLiveDoc, weft_live_doc_free)

G_END_DECLS
