/* weft-format-spans-private.h - from where to where each mark of a text holds
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For the keys that have no bit of their own in the order index (weft-order-marks.c).
 */

#pragma once

#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

typedef struct _WeftFormatSpans WeftFormatSpans;

/* A mark that holds. In the order of a JavaScript Map it stands where it came into force: at the first
 * value given after the key was last ended. */
typedef struct
{
  guint32    format;
  WeftHandle since;
} WeftHeldMark;

/* A format came to where it is; nothing where nobody asked for the spans of @type yet. */
void weft_format_spans_add     (WeftDoc    *doc,
                                WeftType   *type,
                                WeftHandle  handle);
/* A format was deleted, and still is where it was. */
void weft_format_spans_remove  (WeftDoc    *doc,
                                WeftType   *type,
                                WeftHandle  handle);
/* What @type held is gone. */
void weft_format_spans_forget  (WeftDoc    *doc,
                                WeftType   *type);
/* Appends a WeftHeldMark for each key without a bit that has a value after all items before @end (WEFT_NONE: at the
 * end), in no particular order. */
void weft_format_spans_collect (WeftDoc    *doc,
                                WeftType   *type,
                                WeftHandle  end,
                                GArray     *held);

G_END_DECLS
