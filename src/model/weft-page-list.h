/* weft-page-list.h - the children of one page, as a live list
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the page tree when asked, and holds nothing itself, so that a page with a hundred thousand
 * children costs only what is shown.
 */

#pragma once

#include "model/weft-notebook.h"
#include "notebook/weft-page-id.h"

G_BEGIN_DECLS

#define WEFT_TYPE_PAGE_LIST (weft_page_list_get_type ())
G_DECLARE_FINAL_TYPE (WeftPageList, weft_page_list, WEFT, PAGE_LIST, GObject)

WeftPageList     *weft_page_list_new        (WeftNotebook     *notebook,
                                             const WeftPageId *parent) G_GNUC_WARN_UNUSED_RESULT;
const WeftPageId *weft_page_list_get_parent (WeftPageList     *self);

G_END_DECLS
