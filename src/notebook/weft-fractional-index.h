/* weft-fractional-index.h - keys that always leave room for one more between two
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order among siblings, and of the elements of a board, is a string; comparing the bytes gives
 * the order. The scheme is the usual one in base 62 (npm's `fractional-indexing`, which Excalidraw
 * uses): a head that tells the length of a whole number ("a0" ... "az", "b00" ...; "Zz" downwards for
 * negative ones), then the number, then a fraction that does not end in "0".
 *
 *     between (NULL, NULL) "a0"     between ("a0", NULL) "a1"     between ("a0", "a1") "a0V"
 *
 * Nothing here fails, whatever stands in a shared document:
 * - where the neighbours are equal or in the wrong order, the upper one is left out of account: the
 *   new key comes after the lower one (two equal keys are ordered by the id of what they order);
 * - a neighbour that is no key of the scheme still bounds the new key in byte order; the new key is
 *   then not of the scheme either. Only where no string of the alphabet lies between (a key, and the
 *   same key followed by zeros) does the new one come after both.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean  weft_fractional_index_is_valid   (const char *key);
char     *weft_fractional_index_between    (const char *lower,
                                            const char *upper) G_GNUC_WARN_UNUSED_RESULT;
/* The same with some random digits, so that two people who insert at one place rarely make the same key. */
char     *weft_fractional_index_jittered   (const char *lower,
                                            const char *upper,
                                            guint32     random) G_GNUC_WARN_UNUSED_RESULT;
/* @n keys in ascending order, short ones. (transfer full) */
char    **weft_fractional_index_n_between  (const char *lower,
                                            const char *upper,
                                            gsize       n) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
