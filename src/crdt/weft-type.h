/* weft-type.h - shared types: text, array, map, and what they have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every type is a sequence and a map at once. Positions and lengths are UTF-16 code units in a text,
 * items elsewhere. A position inside a surrogate pair moves to the edge of the pair.
 * Editing a type that was deleted does nothing.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

WeftKind    weft_type_get_kind         (WeftType       *self);
WeftDoc    *weft_type_get_doc          (WeftType       *self);
/* The name of a root, else %NULL. */
const char *weft_type_get_root_name    (WeftType       *self);
/* The name of an XML element or hook, else %NULL. */
const char *weft_type_get_node_name    (WeftType       *self);
/* The type that holds this one; %NULL for a root. */
WeftType   *weft_type_get_parent       (WeftType       *self);
/* The key in its parent, where that is a map entry, else %NULL. */
const char *weft_type_get_parent_key   (WeftType       *self);
/* The id of the item that holds this type; %FALSE for a root. */
gboolean    weft_type_get_id           (WeftType       *self,
                                        WeftId         *id);
gboolean    weft_type_is_deleted       (WeftType       *self);
/* Visible length of the sequence. */
guint64     weft_type_get_length       (WeftType       *self);
/* Visits all runs of the sequence in order, the deleted ones too. */
void        weft_type_foreach_item     (WeftType       *self,
                                        WeftItemFunc    func,
                                        gpointer        user_data);
/* For the owner's use, one pointer; the engine never looks at it. */
void        weft_type_set_user_data    (WeftType       *self,
                                        gpointer        user_data);
gpointer    weft_type_get_user_data    (WeftType       *self);
/* The whole content as a value, nested types included. */
WeftAny    *weft_type_to_any           (WeftType       *self);

/* Text */

/* @attributes: (nullable): an object; %NULL: the text takes the marks of what stands before it.
 * With an object, exactly these marks hold (others are ended), as in Y.Text.insert. */
void        weft_text_insert           (WeftType       *self,
                                        guint64         pos_utf16,
                                        const char     *utf8,
                                        gssize          n_bytes,
                                        WeftAny        *attributes);
void        weft_text_insert_embed     (WeftType       *self,
                                        guint64         pos_utf16,
                                        WeftAny        *embed,
                                        WeftAny        *attributes);
void        weft_text_delete           (WeftType       *self,
                                        guint64         pos_utf16,
                                        guint64         n_utf16);
/* Null values in @attributes remove marks. What lies past the end is not formatted. */
void        weft_text_format           (WeftType       *self,
                                        guint64         pos_utf16,
                                        guint64         n_utf16,
                                        WeftAny        *attributes);
void        weft_text_apply_delta      (WeftType       *self,
                                        const WeftDelta *delta);
WeftType   *weft_text_insert_type      (WeftType       *self,
                                        guint64         pos_utf16,
                                        WeftKind        kind,
                                        WeftAny        *attributes);
/* The same with the name of an XML element or hook. */
WeftType   *weft_text_insert_named     (WeftType       *self,
                                        guint64         pos_utf16,
                                        WeftKind        kind,
                                        const char     *name,
                                        WeftAny        *attributes);
/* Without embeds and marks. (transfer full) */
char       *weft_text_to_string        (WeftType       *self);
/* Everything, as insert operations. (transfer full) */
WeftDelta  *weft_text_to_delta         (WeftType       *self);

/* Array */
/* Inserts the items of @values, a WEFT_ANY_ARRAY. Bytes become binary content. */
void        weft_array_insert          (WeftType       *self,
                                        guint64         index,
                                        WeftAny        *values);
WeftType   *weft_array_insert_type     (WeftType       *self,
                                        guint64         index,
                                        WeftKind        kind);
/* The same with the name of an XML element or hook. */
WeftType   *weft_array_insert_named    (WeftType       *self,
                                        guint64         index,
                                        WeftKind        kind,
                                        const char     *name);
void        weft_array_delete          (WeftType       *self,
                                        guint64         index,
                                        guint64         length);
/* A nested type is given through @type; then, or past the end, %NULL is returned. @type is nullable. (transfer full) */
WeftAny    *weft_array_get             (WeftType       *self,
                                        guint64         index,
                                        WeftType      **type);
/* Visits every visible item in order in O(n). @value is borrowed and NULL where @type is set. */
typedef void (*WeftArrayFunc)          (guint64         index,
                                        WeftId          id,
                                        const WeftAny  *value,
                                        WeftType       *type,
                                        gpointer        user_data);
void        weft_array_foreach         (WeftType       *self,
                                        WeftArrayFunc   func,
                                        gpointer        user_data);

/* Map (and the attributes of XML types) */
void        weft_map_set               (WeftType       *self,
                                        const char     *key,
                                        WeftAny        *value);
/* Sets a fresh nested type. (transfer none) */
WeftType   *weft_map_set_type          (WeftType       *self,
                                        const char     *key,
                                        WeftKind        kind);
/* The same with the name of an XML element or hook. */
WeftType   *weft_map_set_named         (WeftType       *self,
                                        const char     *key,
                                        WeftKind        kind,
                                        const char     *name);
void        weft_map_remove            (WeftType       *self,
                                        const char     *key);
gboolean    weft_map_has               (WeftType       *self,
                                        const char     *key);
/* (nullable) (transfer full) */
WeftAny    *weft_map_get               (WeftType       *self,
                                        const char     *key);
/* The nested type under @key, or %NULL. */
WeftType   *weft_map_get_type          (WeftType       *self,
                                        const char     *key);
/* Number of live keys. */
gsize       weft_map_get_n_keys        (WeftType       *self);
/* (transfer container): live keys in no order; borrowed strings, good until the next change */
GPtrArray  *weft_map_list_keys         (WeftType       *self);
/* The chain of entries of @key, newest first, deleted and overwritten ones included. */
void        weft_map_foreach_entry     (WeftType       *self,
                                        const char     *key,
                                        WeftItemFunc    func,
                                        gpointer        user_data);
/* The newest entry of every key that was ever set, deleted or not. */
void        weft_map_foreach_newest    (WeftType       *self,
                                        WeftItemFunc    func,
                                        gpointer        user_data);
/* The id of the newest entry of @key, deleted or not. */
gboolean    weft_map_get_entry_id      (WeftType       *self,
                                        const char     *key,
                                        WeftId         *id);

G_END_DECLS
