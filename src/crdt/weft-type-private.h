/* weft-type-private.h - types and the entries of their maps
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-structs-private.h"

G_BEGIN_DECLS

WeftType   *weft_type_new         (WeftDoc        *doc,
                                   WeftKind        kind);
void        weft_type_set_name    (WeftType       *type,
                                   const char     *name);
WeftType   *weft_doc_ensure_root  (WeftDoc        *doc,
                                   const char     *name,
                                   gsize           length);
WeftType   *weft_doc_ensure_root_key (WeftDoc     *doc,
                                      guint32      key);
WeftMapEntry *weft_type_find_entry (WeftType      *type,
                                    guint32        key,
                                    WeftHandle    *handle);
WeftHandle  weft_type_ensure_entry (WeftType      *type,
                                    guint32        key);
void        weft_type_drop_map    (WeftType       *type);
/* Forgets all types from this one on. */
void        weft_types_truncate   (WeftDoc        *doc,
                                   guint32         n_types);
void        weft_types_clear      (WeftDoc        *doc);

/* weft-doc-json.c: toString() of Yjs. (transfer full) */
WeftAny    *weft_xml_to_any       (WeftType       *type);

G_END_DECLS
