/* weft-line-sort-private.h - sorts as Array.prototype.sort() of V8 does
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only needed where an order contradicts itself, so that what comes out depends on which entries are compared, and when.
 */

#pragma once

#include <glib.h>

/* Whether @one is to stand before @other; it may say so of both. */
typedef gboolean (*WeftLineBefore) (gconstpointer one,
                                    gconstpointer other);

void weft_line_sort (gpointer       *entries,
                     guint           n,
                     WeftLineBefore  before);
