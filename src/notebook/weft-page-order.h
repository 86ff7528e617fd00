/* weft-page-order.h - the children of one page in their order, of which there may be a million
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An array cut into pieces of at most a few hundred, with the number of pages in each beside it:
 *
 *     sizes  [ 256 | 131 | 256 ]
 *     chunks [  *  |  *  |  *  ] --> pages, in order
 *
 * A page remembers its piece. A place is a sum over `sizes`, which lie side by side; putting a page in moves what is behind
 * it in one piece. A page costs ten bytes here, where a balanced tree would take sixty.
 */

#pragma once

#include "notebook/weft-page-tree-private.h"

G_BEGIN_DECLS

typedef int (*PageCompareFunc) (const Page      *a,
                                const Page      *b);

/* Where a walk from the first to the last is; begins with zeroes. */
typedef struct
{
  guint32 chunk;
  guint32 at;
} WeftPageOrderIter;

PageOrder *weft_page_order_new        (void) G_GNUC_WARN_UNUSED_RESULT;
void       weft_page_order_free       (PageOrder       *self);
guint      weft_page_order_get_length (const PageOrder *self);
/* @index is less than the length. Remembers where that was: on one thread at a time. */
Page      *weft_page_order_get        (PageOrder       *self,
                                       guint            index);
/* Only so often as the length says. */
Page      *weft_page_order_next       (const PageOrder   *self,
                                       WeftPageOrderIter *iter);
/* Of a page that is listed. */
guint      weft_page_order_get_index  (const Page      *page);
/* Sets @page's chunk. */
void       weft_page_order_append     (PageOrder       *self,
                                       Page            *page);
/* Before those that do not come before it. */
void       weft_page_order_insert     (PageOrder       *self,
                                       Page            *page,
                                       PageCompareFunc  compare);
void       weft_page_order_remove     (Page            *page);

G_END_DECLS
