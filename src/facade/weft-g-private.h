/* weft-g-private.h - what the facade's objects know of each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-awareness.h"
#include "crdt/weft-doc.h"
#include "crdt/weft-subdoc.h"
#include "crdt/weft-type.h"

#include "facade/weft-g-array.h"
#include "facade/weft-g-awareness.h"
#include "facade/weft-g-document.h"
#include "facade/weft-g-event.h"
#include "facade/weft-g-map.h"
#include "facade/weft-g-text.h"
#include "facade/weft-g-xml.h"

G_BEGIN_DECLS

WeftDoc         *weft_g_document_get_doc       (WeftGDocument   *self);
/* The one object for @type, made at the first call; %NULL for %NULL. (transfer none) (nullable) */
WeftGSharedType *weft_g_document_wrap          (WeftGDocument   *self,
                                                WeftType        *type);

/* What stands for the origin @name in the engine; %NULL for %NULL. */
gconstpointer    weft_g_document_get_origin    (WeftGDocument   *self,
                                                const char      *name);
/* Transactions of @origin are told under @name. */
void             weft_g_document_name_origin   (WeftGDocument   *self,
                                                gconstpointer    origin,
                                                const char      *name);

/* Documents within @self that were asked for: guid -> WeftGDocument. */
GHashTable      *weft_g_document_get_opened    (WeftGDocument   *self);
/* weft-g-subdocuments.c: guids of those that came, went, or are to be loaded. (transfer full) */
char           **weft_g_document_list_changed_documents (WeftTransaction *transaction,
                                                WeftSubdocChange change);
/* Lets go of those of @guids that stand nowhere in @self any more. */
void             weft_g_document_close_documents (WeftGDocument *self,
                                                const char *const *guids);

WeftGSharedType *weft_g_shared_type_new        (WeftGDocument   *document,
                                                WeftType        *type) G_GNUC_WARN_UNUSED_RESULT;
WeftType        *weft_g_shared_type_get_engine (WeftGSharedType *self);
/* Lets go of the document, which is going away. */
void             weft_g_shared_type_orphan     (WeftGSharedType *self);
void             weft_g_shared_type_emit       (WeftGSharedType *self,
                                                WeftGEvent      *event,
                                                gboolean         deep);
gboolean         weft_g_shared_type_is_watched (WeftGSharedType *self,
                                                gboolean         deep);

WeftGEvent      *weft_g_event_new              (WeftGSharedType *target,
                                                WeftEvent       *event,
                                                const char      *origin,
                                                gboolean         local) G_GNUC_WARN_UNUSED_RESULT;

WeftAwareness   *weft_g_awareness_get_engine   (WeftGAwareness  *self);

G_END_DECLS
