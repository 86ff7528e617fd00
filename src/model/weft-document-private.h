/* weft-document-private.h - how the notebook makes an open page and drives it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-document.h"
#include "model/weft-live-doc.h"

G_BEGIN_DECLS

/* @doc: (transfer full) */
WeftDocument *weft_document_new           (WeftNotebook *notebook,
                                           WeftPage     *page,
                                           WeftStore    *store,
                                           const char   *room,
                                           WeftDoc      *doc) G_GNUC_WARN_UNUSED_RESULT;
/* @doc: (transfer full): of a version, to be looked at */
WeftDocument *weft_document_new_shown     (WeftDocument *page_document,
                                           WeftDoc      *doc) G_GNUC_WARN_UNUSED_RESULT;
/* %NULL where it only shows a version. */
WeftLiveDoc  *weft_document_get_live      (WeftDocument *self);
/* The store is about to go: hang up, and edit no longer. */
void          weft_document_close         (WeftDocument *self);

/* Whether anybody has it on the screen. */
void          weft_document_set_looked_at (WeftDocument *self,
                                           gboolean      looked_at);

/* @changes: since a version, up to what the document is now */
gboolean      weft_document_restore       (WeftDocument *self,
                                           WeftChanges  *changes);

/* The same, worked out here and now. */
void          weft_document_restore_version (WeftDocument *self,
                                             WeftSnapshot *version);

/* Takes back what was chosen about a conflict. %FALSE: something else was edited since, or nothing was chosen here */
gboolean      weft_document_undo_choice   (WeftDocument *self,
                                           const char   *id);

/* What the relay lets us do has changed. */
void           weft_document_refresh_read_only (WeftDocument *self);

G_END_DECLS
