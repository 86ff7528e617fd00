/* weft-document-away-private.h - what others did to a page while nobody looked at it here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-live-doc.h"
#include "notebook/weft-changes.h"

G_BEGIN_DECLS

typedef struct _WeftDocumentAway WeftDocumentAway;

/* @live is borrowed. @changed: called with @user_data when there is something to review, or no more */
WeftDocumentAway *weft_document_away_new           (WeftLiveDoc      *live,
                                                    GFunc             changed,
                                                    gpointer          user_data) G_GNUC_WARN_UNUSED_RESULT;
void              weft_document_away_free          (WeftDocumentAway *self);
/* The first exchange of a connection is over. */
void              weft_document_away_synced        (WeftDocumentAway *self);
void              weft_document_away_state_changed (WeftDocumentAway *self);
/* Nobody looks at the page any more; somebody does again. */
void              weft_document_away_leave         (WeftDocumentAway *self);
void              weft_document_away_enter         (WeftDocumentAway *self);
/* All of it was seen. */
void              weft_document_away_dismiss       (WeftDocumentAway *self);
/* (nullable) */
WeftChanges      *weft_document_away_get_changes   (WeftDocumentAway *self);
/* What was seen last: nullable, borrowed */
WeftSnapshot     *weft_document_away_get_base      (WeftDocumentAway *self);
/* (element-type guint): those by others */
const GArray     *weft_document_away_get_others    (WeftDocumentAway *self);
/* Whether something that nobody saw may still be found. */
gboolean          weft_document_away_is_looking    (WeftDocumentAway *self);

G_END_DECLS
