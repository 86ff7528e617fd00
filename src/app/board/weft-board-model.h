/* weft-board-model.h - the elements of an open board, kept up with its document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads what a transaction touched and nothing else. What is shown may differ from the document for a while:
 * an override hides an element that is being dragged, or shows another version of it.
 *
 * Signals
 *   "changed" (gpointer WeftBox): something inside the box looks different; an empty box: only the order of
 *      notifications matters, nothing is to be drawn
 */

#pragma once

#include "app/board/weft-board-scene.h"
#include "model/weft-document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_BOARD_MODEL (weft_board_model_get_type ())
G_DECLARE_FINAL_TYPE (WeftBoardModel, weft_board_model, WEFT, BOARD_MODEL, GObject)

WeftBoardModel *weft_board_model_new            (WeftDocument   *document);
WeftDocument   *weft_board_model_get_document   (WeftBoardModel *self);
WeftDoc        *weft_board_model_get_doc        (WeftBoardModel *self);
WeftType       *weft_board_model_get_board      (WeftBoardModel *self);

/* As in the document. (transfer none) (nullable) */
WeftElement    *weft_board_model_lookup         (WeftBoardModel *self,
                                                 const char     *id);
/* As it is shown at the moment; %NULL where it is hidden. (transfer none) (nullable) */
WeftElement    *weft_board_model_lookup_shown   (WeftBoardModel *self,
                                                 const char     *id);
/* (transfer none) (element-type WeftElement): in the order of drawing, as in the document; good until "changed" */
GPtrArray      *weft_board_model_get_elements   (WeftBoardModel *self);
/* (transfer none): what is to be drawn */
WeftBoardScene *weft_board_model_get_scene      (WeftBoardModel *self);
/* Of everything; empty on an empty board. */
WeftBox         weft_board_model_get_bounds     (WeftBoardModel *self);

/* The uppermost element at @point that is not locked. (nullable) */
WeftElement    *weft_board_model_pick           (WeftBoardModel *self,
                                                 WeftPoint       point,
                                                 double          tolerance);
/* The uppermost shape that a connector may hold on to. (nullable) */
WeftElement    *weft_board_model_pick_bindable  (WeftBoardModel *self,
                                                 WeftPoint       point,
                                                 double          tolerance);
/* A fractional index above everything. (transfer full) */
char           *weft_board_model_dup_top_index  (WeftBoardModel *self);

/* Shows @element in place of what the document has for @id, hides it with %NULL. */
void            weft_board_model_set_override   (WeftBoardModel *self,
                                                 const char     *id,
                                                 WeftElement    *element);
gboolean        weft_board_model_has_override   (WeftBoardModel *self,
                                                 const char     *id);
void            weft_board_model_drop_override  (WeftBoardModel *self,
                                                 const char     *id);
void            weft_board_model_drop_overrides (WeftBoardModel *self);
/* Around overrides of many elements: "changed" is told once, when the last hold is released. */
void            weft_board_model_hold           (WeftBoardModel *self);
void            weft_board_model_release        (WeftBoardModel *self);

G_END_DECLS
