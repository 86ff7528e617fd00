/* weft-text-editor.h - writing on the board: a text view over the element
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A GtkTextView, so that input methods, selection and screen readers work as everywhere. It is bound to the
 * element's Y.Text both ways: each edit is a transaction at once, remote edits come in where they belong.
 */

#pragma once

#include "app/board/weft-canvas.h"

G_BEGIN_DECLS

#define WEFT_TYPE_TEXT_EDITOR (weft_text_editor_get_type ())
G_DECLARE_FINAL_TYPE (WeftTextEditor, weft_text_editor, WEFT, TEXT_EDITOR, GtkTextView)

/* Edits the text of @id; with @properties (transfer full, nullable) the element is made with the first letter. */
WeftTextEditor *weft_text_editor_new    (WeftCanvas     *canvas,
                                         const char     *id,
                                         WeftAny        *properties);
const char     *weft_text_editor_get_id (WeftTextEditor *self);
/* Where it belongs now, in view units; also sets the size of the letters. */
void            weft_text_editor_place  (WeftTextEditor *self,
                                         GdkRectangle   *place);
/* The element changed elsewhere. */
void            weft_text_editor_refresh (WeftTextEditor *self);
/* Nothing is written any more; an empty text element goes away. */
void            weft_text_editor_finish (WeftTextEditor *self);

G_END_DECLS
