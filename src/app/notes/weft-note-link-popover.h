/* weft-note-link-popover.h - asks for the address of a link
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/notes/weft-note-text-view.h"

G_BEGIN_DECLS

/* At the caret, for the selection or the link there. */
void weft_note_link_popover_show (WeftNoteTextView *view);

G_END_DECLS
