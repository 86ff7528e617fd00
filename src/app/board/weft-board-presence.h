/* weft-board-presence.h - the others on a board: pointers, selections, strokes while they are drawn
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What we tell is held back to 30 messages a second, and nothing is told when alone. What we are told is
 * interpolated between messages. The fields are in docs/documents.md, "Board awareness".
 */

#pragma once

#include "app/board/weft-board-model.h"
#include "app/board/weft-element-renderer.h"
#include "app/board/weft-viewport.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _WeftBoardPresence WeftBoardPresence;

/* @canvas: (transfer none): is redrawn when somebody moves; a tick runs on it while somebody is on the way */
WeftBoardPresence *weft_board_presence_new           (GtkWidget           *canvas,
                                                      WeftBoardModel      *model) G_GNUC_WARN_UNUSED_RESULT;
void               weft_board_presence_free          (WeftBoardPresence   *self);
gboolean           weft_board_presence_has_others    (WeftBoardPresence   *self);

/* Telling. @point: (nullable): %NULL when the pointer is elsewhere */
void               weft_board_presence_set_pointer   (WeftBoardPresence   *self,
                                                      const WeftPoint     *point,
                                                      const char          *tool);
/* @ids: (element-type utf8): a set */
void               weft_board_presence_set_selection (WeftBoardPresence   *self,
                                                      GHashTable          *ids);
/* @live: (transfer full) (nullable) */
void               weft_board_presence_set_live      (WeftBoardPresence   *self,
                                                      WeftAny             *live);

/* Showing: strokes and shapes that others are drawing (below selection and handles). @append draws one element. */
typedef void (*WeftPresenceAppend) (const WeftElement *element,
                                    gpointer           user_data);
void               weft_board_presence_foreach_live  (WeftBoardPresence   *self,
                                                      WeftPresenceAppend   append,
                                                      gpointer             user_data);
/* Selections and pointers, on top of everything. */
void               weft_board_presence_snapshot      (WeftBoardPresence   *self,
                                                      GtkSnapshot         *snapshot,
                                                      const WeftViewport  *viewport);

/* The points of a stroke for `live`: at most 128 from the end of @points. (transfer full) */
WeftAny           *weft_board_pack_live_stroke       (const char          *id,
                                                      const WeftInkPoint  *points,
                                                      gsize                n_points,
                                                      WeftColor            color,
                                                      double               width);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBoardPresence, weft_board_presence_free)

G_END_DECLS
