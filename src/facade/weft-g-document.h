/* weft-g-document.h - a Yjs document as a GObject
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-array.h"
#include "facade/weft-g-map.h"
#include "facade/weft-g-text.h"
#include "facade/weft-g-xml.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_DOCUMENT (weft_g_document_get_type ())
G_DECLARE_FINAL_TYPE (WeftGDocument, weft_g_document, WEFT_G, DOCUMENT, GObject)

/**
 * WeftGTransactFunc:
 * @document: the document
 * @user_data: as given
 *
 * Edits @document; all it does is one transaction.
 */
typedef void (*WeftGTransactFunc) (WeftGDocument *document,
                                   gpointer       user_data);

WeftGDocument    *weft_g_document_new                 (void) G_GNUC_WARN_UNUSED_RESULT;
WeftGDocument    *weft_g_document_new_with_id         (guint64             client_id,
                                                       gboolean            gc) G_GNUC_WARN_UNUSED_RESULT;
guint64           weft_g_document_get_client_id       (WeftGDocument      *self);
gboolean          weft_g_document_get_gc              (WeftGDocument      *self);

WeftGText        *weft_g_document_get_text            (WeftGDocument      *self,
                                                       const char         *name);
WeftGArray       *weft_g_document_get_array           (WeftGDocument      *self,
                                                       const char         *name);
WeftGMap         *weft_g_document_get_map             (WeftGDocument      *self,
                                                       const char         *name);
WeftGXmlFragment *weft_g_document_get_xml_fragment    (WeftGDocument      *self,
                                                       const char         *name);
char            **weft_g_document_list_names          (WeftGDocument      *self);

char            **weft_g_document_list_documents      (WeftGDocument      *self);
WeftGDocument    *weft_g_document_load_document       (WeftGDocument      *self,
                                                       const char         *guid);

void              weft_g_document_begin               (WeftGDocument      *self,
                                                       const char         *origin);
void              weft_g_document_commit              (WeftGDocument      *self);
void              weft_g_document_transact            (WeftGDocument      *self,
                                                       const char         *origin,
                                                       WeftGTransactFunc   func,
                                                       gpointer            user_data);

gboolean          weft_g_document_apply_update        (WeftGDocument      *self,
                                                       GBytes             *update,
                                                       const char         *origin,
                                                       GError            **error);
gboolean          weft_g_document_apply_update_v2     (WeftGDocument      *self,
                                                       GBytes             *update,
                                                       const char         *origin,
                                                       GError            **error);
gboolean          weft_g_document_has_pending         (WeftGDocument      *self);
GBytes           *weft_g_document_encode_state_vector (WeftGDocument      *self);
GBytes           *weft_g_document_encode_update       (WeftGDocument      *self,
                                                       GBytes             *state_vector,
                                                       GError            **error);
GBytes           *weft_g_document_encode_update_v2    (WeftGDocument      *self,
                                                       GBytes             *state_vector,
                                                       GError            **error);
GBytes           *weft_g_document_encode_snapshot     (WeftGDocument      *self);
WeftGDocument    *weft_g_document_at_snapshot         (WeftGDocument      *self,
                                                       GBytes             *snapshot,
                                                       GError            **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean          weft_g_document_resolve_position    (WeftGDocument      *self,
                                                       GBytes             *position,
                                                       WeftGSharedType   **type,
                                                       guint64            *index,
                                                       GError            **error);

G_END_DECLS
