/* weft-page-relink.h - a page's links to other pages, when those have other ids
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

/* Writes new ids into the links (`weft:page/<id>`) and embedded boards of a note or a board.
 * @ids: (element-type utf8 utf8): page id -> the id that it has now; links to others stay as they are
 * Returns: how many were written */
guint weft_page_relink (WeftDoc    *doc,
                        GHashTable *ids);

G_END_DECLS
