/* weft-excalidraw-private.h - what reading and writing of drawings agree on
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "notebook/weft-element.h"
#include "notebook/weft-excalidraw.h"

G_BEGIN_DECLS

/* Excalidraw draws a pen stroke so many times as wide as its `strokeWidth`. */
#define WEFT_EXCALIDRAW_PEN_SCALE 4.25

/* {"customData": {"weft": {"type": "note"}}}: how a sticky note is marked in a file. */
gboolean weft_excalidraw_is_sticky_note (const WeftAny *element);

/* To five places: enough for the 32nds of ink, and no noise of floating point. */
double   weft_excalidraw_round          (double         value);

G_END_DECLS
