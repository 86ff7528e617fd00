/* weft-page-scan.h - the page tree out of the updates of a notebook doc, without the doc
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Of the doc of a large notebook nearly all is the op log, and the tree is made of that; so for a look at the pages
 * nobody needs to make the doc first. The log is read where it lies in the updates, and what else there is in a small
 * doc (crdt/weft-update-sieve.h). A first look, with the pages at the top, takes a tenth of the time.
 *
 *     first look --> an outline of the top level | read --> the outline of everything
 *
 * For any thread, and for one at a time.
 */

#pragma once

#include "notebook/weft-page-outline.h"

G_BEGIN_DECLS

typedef struct _WeftPageScan WeftPageScan;

/* How much was read, from 0 to 1. */
typedef void (*WeftPageScanProgressFunc) (double   share,
                                          gpointer user_data);

/* @updates: (transfer full) (element-type GBytes): of the notebook doc, first format, in the order they were applied.
 * When it comes to reading, nobody else looks at them any more: their memory is given back on the way. */
WeftPageScan *weft_page_scan_new          (GPtrArray    *updates) G_GNUC_WARN_UNUSED_RESULT;
void          weft_page_scan_free         (WeftPageScan *self);
/* An outline, under @key, of pages at the top of the notebook. Some may be elsewhere, many may be missing.
 * (nullable): %NULL: these updates cannot be scanned; then there is the doc. */
GBytes       *weft_page_scan_look         (WeftPageScan *self,
                                           const char   *key) G_GNUC_WARN_UNUSED_RESULT;
/* After the look. The outline of everything, with title and state. @progress: (nullable)
 * (nullable): as above */
GBytes       *weft_page_scan_read         (WeftPageScan *self,
                                           const char   *key,
                                           WeftPageScanProgressFunc progress,
                                           gpointer      user_data) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftPageScan, weft_page_scan_free)

G_END_DECLS
