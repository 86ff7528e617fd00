/* weft-markdown.h - notes as Markdown, and back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads CommonMark with the extensions of GitHub (task lists, strike-through, tables, bare links) and wiki links,
 * and writes one canonical form: reading what was written gives the same note. Notes are deltas in
 * the conventions of Quill (design: inline attributes on text, line attributes on "\n").
 * What a note cannot hold (table cells, HTML) stays as text.
 */

#pragma once

#include "crdt/weft-delta.h"

G_BEGIN_DECLS

/* Gives the address that a link or picture gets in the note: "weft:page/<id>" for "other.md", say.
 * @is_wiki: @destination is the name in [[name]]. %NULL keeps what stands there. (transfer full) (nullable) */
typedef char *(*WeftMarkdownResolve) (const char *destination,
                                      gboolean    is_image,
                                      gboolean    is_wiki,
                                      gpointer    user_data);

/**
 * WeftMarkdownOptions:
 * @resolve: (nullable): for reading: see #WeftMarkdownResolve
 * @take_title: for reading: a first-level heading that opens the text becomes the title
 * @keep_lines: for reading: a single line break within a paragraph, which Markdown takes for a blank, begins a new line
 * @title: (nullable): for writing: becomes such a heading
 */
typedef struct
{
  WeftMarkdownResolve resolve;
  gpointer            user_data;
  gboolean            take_title;
  gboolean            keep_lines;
  const char         *title;
} WeftMarkdownOptions;

/* @markdown: UTF-8; what is not well-formed is replaced, a byte order mark skipped. @title: (out) (optional) (nullable).
 * %NULL with @error where the parser gives up (it runs out of memory on nothing smaller than that). */
WeftDelta *weft_markdown_read  (const char                *markdown,
                                gssize                     n_bytes,
                                const WeftMarkdownOptions *options,
                                char                     **title,
                                GError                   **error) G_GNUC_WARN_UNUSED_RESULT;
/* @resolve of @options maps addresses for writing: "weft:page/<id>" to "other.md". Ends with one "\n". */
char      *weft_markdown_write (const WeftDelta           *delta,
                                const WeftMarkdownOptions *options) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
