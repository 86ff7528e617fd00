/* weft-connectors.h - lines and arrows that hold on to shapes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-board-model.h"

G_BEGIN_DECLS

typedef WeftElement *(*WeftElementLookup) (const char *id,
                                           gpointer    user_data);

/* @connector with its bound ends where they belong now; %NULL where neither end is bound to something that is
 * there. @lookup borrows. (transfer full) (nullable) */
WeftElement *weft_connector_route   (const WeftElement *connector,
                                     WeftElementLookup  lookup,
                                     gpointer           user_data);
/* What follows when elements move. @moved: (element-type utf8 WeftElement): as they will be.
 * (transfer full) (element-type WeftElement) */
GPtrArray   *weft_connectors_follow (WeftBoardModel    *model,
                                     GHashTable        *moved);
/* The value of startBinding and endBinding for a hold of @element at @point. (transfer full) */
WeftAny     *weft_binding_to_any    (const WeftElement *element,
                                     WeftPoint          point);

G_END_DECLS
