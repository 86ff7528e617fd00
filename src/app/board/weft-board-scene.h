/* weft-board-scene.h - an immutable picture of what is on a board, for the threads that draw
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "notebook/weft-element.h"

G_BEGIN_DECLS

typedef struct _WeftBoardScene WeftBoardScene;

/* Called in the order of drawing. */
typedef void (*WeftBoardSceneFunc) (const WeftElement *element,
                                    gpointer           user_data);

/* @elements: (element-type WeftElement): in the order of drawing. Each is referenced. */
WeftBoardScene *weft_board_scene_new        (GPtrArray            *elements) G_GNUC_WARN_UNUSED_RESULT;
WeftBoardScene *weft_board_scene_ref        (WeftBoardScene       *self);
void            weft_board_scene_unref      (WeftBoardScene       *self);
gsize           weft_board_scene_get_size   (const WeftBoardScene *self);
/* What drawing may touch; empty where there is nothing. */
WeftBox         weft_board_scene_get_bounds (const WeftBoardScene *self);
void            weft_board_scene_foreach_in (const WeftBoardScene *self,
                                             const WeftBox        *box,
                                             WeftBoardSceneFunc    func,
                                             gpointer              user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBoardScene, weft_board_scene_unref)

G_END_DECLS
