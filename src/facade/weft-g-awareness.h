/* weft-g-awareness.h - who is here: one small state for each copy of the document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "facade/weft-g-document.h"

G_BEGIN_DECLS

#define WEFT_G_TYPE_AWARENESS (weft_g_awareness_get_type ())
G_DECLARE_FINAL_TYPE (WeftGAwareness, weft_g_awareness, WEFT_G, AWARENESS, GObject)

WeftGAwareness *weft_g_awareness_new             (WeftGDocument   *document) G_GNUC_WARN_UNUSED_RESULT;
WeftGDocument  *weft_g_awareness_get_document    (WeftGAwareness  *self);
void            weft_g_awareness_set_local_state (WeftGAwareness  *self,
                                                  GVariant        *state);
void            weft_g_awareness_set_local_field (WeftGAwareness  *self,
                                                  const char      *field,
                                                  GVariant        *value);
GVariant       *weft_g_awareness_get_local_state (WeftGAwareness  *self);
GVariant       *weft_g_awareness_get_state       (WeftGAwareness  *self,
                                                  guint64          client_id);
GVariant       *weft_g_awareness_get_states      (WeftGAwareness  *self);
GBytes         *weft_g_awareness_encode          (WeftGAwareness  *self);
gboolean        weft_g_awareness_apply           (WeftGAwareness  *self,
                                                  GBytes          *update,
                                                  GError         **error);

G_END_DECLS
