/* weft-g-value.h - values of a document as GVariants, and back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     JavaScript         out                 in
 *     null               mv, nothing         mv, nothing
 *     undefined          ()                  ()
 *     boolean            b                   b
 *     number, integral   x                   y n q i u x t, up to 2^53 - 1 either way
 *     number             d                   d
 *     bigint             (x)                 (x), and x or t beyond 2^53 - 1
 *     string             s                   s o g
 *     Uint8Array         ay                  ay
 *     array              av                  any array or tuple of two and more
 *     object             a{sv}               a{s*}
 *
 * Variants and maybes inside are looked through. U+0000 in a string, which GVariant cannot hold, comes out as U+FFFD;
 * what is nested deeper than %WEFT_G_VALUE_MAX_DEPTH comes out as its JSON text.
 */

#pragma once

#include "crdt/weft-any.h"
#include "crdt/weft-delta.h"

G_BEGIN_DECLS

/* GVariant itself ends at 128 levels, and a variant counts, too. */
#define WEFT_G_VALUE_MAX_DEPTH 50

/* (transfer full), not floating */
GVariant *weft_g_value_to_variant       (const WeftAny *value);
/* (transfer full); %NULL and %G_IO_ERROR_INVALID_ARGUMENT in @error where the type has no counterpart. Floating ones are sunk. */
WeftAny  *weft_g_value_from_variant     (GVariant      *variant,
                                         GError       **error);
/* The same for arguments: what has no counterpart is the caller's mistake, and told as a warning. */
WeftAny  *weft_g_value_from_argument    (GVariant      *variant);
/* An object of attributes; %NULL for %NULL. (transfer full) (nullable) */
WeftAny  *weft_g_value_from_attributes  (GVariant      *variant);
/* aa{sv}: `retain`, `delete`, `insert` and `attributes`, as in Quill. (transfer full), not floating */
GVariant *weft_g_value_delta_to_variant (const WeftDelta *delta);

G_END_DECLS
