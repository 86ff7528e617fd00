/* weft-markdown-edit.h - changes a note to what a Markdown text says, by as few edits as it takes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For whoever holds a note as Markdown and hands back the whole of it: the text is compared with what stands in the note,
 * lines first, then characters within lines that changed, attributes by format. What Markdown cannot say (colours, for
 * example) stays on the text that stays. Each line is a line: who hands back a note need not know that Markdown joins
 * those that no empty line parts.
 */

#pragma once

#include "crdt/weft-type.h"

G_BEGIN_DECLS

/* @text: a note's text. @markdown: UTF-8. %FALSE with @error where it cannot be read; nothing was done then. */
gboolean  weft_markdown_edit  (WeftType    *text,
                               const char  *markdown,
                               gssize       n_bytes,
                               GError     **error);
/* The canonical Markdown of @text; "" where there is nothing. (transfer full) */
char     *weft_markdown_of    (WeftType    *text) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
