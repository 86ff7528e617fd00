/* weft-page-text.h - what can be found in a page, as plain text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A note gives its text with one U+FFFC for each embed, so that a place in it is the same place in the editor.
 * A board gives the texts, names and labels of its elements, a line each, from the top down.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

/* The part that begins at character @at of the text belongs to the element @id. */
typedef void (*WeftPageTextFunc) (guint       at,
                                  const char *id,
                                  gpointer    user_data);

/* @func: called for each element in order. (transfer full) */
char *weft_page_text_new (WeftDoc          *doc,
                          WeftPageTextFunc  func,
                          gpointer          user_data) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
