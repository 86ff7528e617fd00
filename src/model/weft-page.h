/* weft-page.h - one page of the tree, as a thing that lists and bindings can show
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Properties (all notify): "id", "title", "display-title", "kind", "icon", "trashed", "has-children", "keep-offline".
 * There is one #WeftPage for each page id of a notebook for as long as somebody holds it.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_TYPE_PAGE (weft_page_get_type ())
G_DECLARE_FINAL_TYPE (WeftPage, weft_page, WEFT, PAGE, GObject)

typedef struct _WeftNotebook WeftNotebook;

typedef enum
{
  WEFT_PAGE_NOTE,
  WEFT_PAGE_BOARD,
  WEFT_PAGE_OTHER, /* a profile that this version does not know */
} WeftPageKind;

GType        weft_page_kind_get_type       (void);
#define WEFT_TYPE_PAGE_KIND (weft_page_kind_get_type ())

/* 26 characters of lower-case base32. */
const char  *weft_page_get_id            (WeftPage *self);
/* What people wrote; may be empty. */
const char  *weft_page_get_title         (WeftPage *self);
/* Never empty: "Untitled note", "Untitled board". */
const char  *weft_page_get_display_title (WeftPage *self);
/* An emoji, or "" for the icon of the kind. */
const char  *weft_page_get_icon          (WeftPage *self);
WeftPageKind weft_page_get_kind          (WeftPage *self);
gboolean     weft_page_get_trashed       (WeftPage *self);
/* (transfer none) (nullable): %NULL at the root or in the trash */
WeftPage    *weft_page_get_parent        (WeftPage *self);
gboolean     weft_page_has_children      (WeftPage *self);
/* Whether it is fetched before anybody opens it. */
gboolean     weft_page_get_keep_offline  (WeftPage *self);
/* (transfer none) (nullable): the notebook that it is in; %NULL once that is closed */
WeftNotebook *weft_page_get_notebook     (WeftPage *self);
/* (transfer full): a live list of #WeftPage in order; made when asked for */
GListModel  *weft_page_list_children     (WeftPage *self);

G_END_DECLS
