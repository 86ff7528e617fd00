/* weft-g-shared-type.h - what texts, arrays, maps and XML nodes of a document have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _WeftGDocument WeftGDocument;

#define WEFT_G_TYPE_SHARED_TYPE (weft_g_shared_type_get_type ())
G_DECLARE_DERIVABLE_TYPE (WeftGSharedType, weft_g_shared_type, WEFT_G, SHARED_TYPE, GObject)

struct _WeftGSharedTypeClass
{
  GObjectClass parent_class;
};

WeftGDocument   *weft_g_shared_type_get_document    (WeftGSharedType *self);
guint64          weft_g_shared_type_get_length      (WeftGSharedType *self);
gboolean         weft_g_shared_type_get_is_deleted  (WeftGSharedType *self);
WeftGSharedType *weft_g_shared_type_get_parent      (WeftGSharedType *self);
GVariant        *weft_g_shared_type_to_variant      (WeftGSharedType *self);
char            *weft_g_shared_type_to_json         (WeftGSharedType *self);
GBytes          *weft_g_shared_type_encode_position (WeftGSharedType *self,
                                                     guint64          index,
                                                     int              assoc);

G_END_DECLS
