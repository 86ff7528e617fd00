/* weft-xml.h - XML: fragments, elements, texts and hooks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A fragment or an element is a sequence of children, an element or a text is a map of attributes too: what
 * is inserted and deleted by index, and what has keys, works as in arrays and maps (weft-type.h): the
 * attributes are weft_map_set(), weft_map_get(), weft_map_remove(), weft_map_list_keys(); children go by
 * weft_array_delete(). The text of an XML text is that of any other text.
 */

#pragma once

#include "crdt/weft-type.h"

G_BEGIN_DECLS

/* Returns: whether to go on */
typedef gboolean (*WeftXmlFunc) (WeftType *type,
                                 gpointer  user_data);

/* What an element or a hook is called, as it was written; %NULL for others. Borrowed. */
const char *weft_xml_get_name           (WeftType   *self);
/* New children; @index past the end means at the end. %NULL where @self was deleted. (transfer none) */
WeftType   *weft_xml_insert_element     (WeftType   *self,
                                         guint64     index,
                                         const char *name);
WeftType   *weft_xml_insert_text        (WeftType   *self,
                                         guint64     index);
WeftType   *weft_xml_insert_hook        (WeftType   *self,
                                         guint64     index,
                                         const char *name);
/* A new child directly behind @sibling, or, where that is %NULL, the first one. */
WeftType   *weft_xml_insert_after       (WeftType   *self,
                                         WeftType   *sibling,
                                         WeftKind    kind,
                                         const char *name);
/* %NULL where there is none. */
WeftType   *weft_xml_get_child          (WeftType   *self,
                                         guint64     index);
WeftType   *weft_xml_get_first_child    (WeftType   *self);
WeftType   *weft_xml_get_next_sibling   (WeftType   *self);
WeftType   *weft_xml_get_prev_sibling   (WeftType   *self);
/* Visits all that is in @self, each before its children; not @self. Nothing may be changed meanwhile. */
void        weft_xml_walk               (WeftType   *self,
                                         WeftXmlFunc func,
                                         gpointer    user_data);
/* The first element inside of that name, in whatever case: querySelector(). */
WeftType   *weft_xml_find               (WeftType   *self,
                                         const char *name);
/* toString() of Yjs, which escapes nothing. (transfer full) */
char       *weft_xml_to_string          (WeftType   *self);

G_END_DECLS
