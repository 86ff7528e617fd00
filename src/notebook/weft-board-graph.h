/* weft-board-graph.h - a board as a property graph
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For programs that think in nodes and edges: a node is an element, an edge a line or an arrow that is bound
 * to elements. The label of a node is its `type`; a label that is no type of ours (`Task`) makes a card, an element of
 * type `card` that keeps `label` and, under `properties`, whatever it is given. Of a card's properties those that say
 * where it lies (x, y, width, height, angle) and its `_version` stand in the element itself.
 *
 * A patch is an object: `op` (create_node, update_node, delete_node, create_edge, update_edge, delete_edge), `nodeId` or
 * `edgeId`, `label`, `properties`, and for edges `sourceId` and `targetId`. A property that is null is removed.
 */

#pragma once

#include "crdt/weft-type.h"

G_BEGIN_DECLS

#define WEFT_BOARD_GRAPH_MAX_ID         64   /* bytes */
#define WEFT_BOARD_GRAPH_MAX_NAME       100  /* bytes of a label or of the name of a property */
#define WEFT_BOARD_GRAPH_MAX_PROPERTIES 256

/* Does what @patch says to @board, the root map, or nothing. Begin a transaction before.
 * Returns: (nullable): why nothing was done, a constant */
const char *weft_board_graph_apply      (WeftType        *board,
                                         const WeftAny   *patch);
/* The node (`nodeId`) or edge (`edgeId`) of @id with all its properties; %NULL: there is none. (transfer full) */
WeftAny    *weft_board_graph_describe   (WeftType        *board,
                                         const char      *id);
/* Whether @object, from weft_board_graph_describe(), is an edge. */
gboolean    weft_board_graph_is_edge    (const WeftAny   *object);

/* Follows the changes of a board: it knows which elements were edges. */
typedef struct _WeftBoardGraph WeftBoardGraph;

/* @board: borrowed, must outlive it */
WeftBoardGraph *weft_board_graph_new        (WeftType        *board) G_GNUC_WARN_UNUSED_RESULT;
void        weft_board_graph_free           (WeftBoardGraph  *self);
/* What @transaction did to the board, as patches: what is gone, nodes, edges. Call it for every transaction.
 * (transfer full) (element-type WeftAny) */
GPtrArray  *weft_board_graph_get_patches    (WeftBoardGraph  *self,
                                             WeftTransaction *transaction);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftBoardGraph, weft_board_graph_free)

G_END_DECLS
