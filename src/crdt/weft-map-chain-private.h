/* weft-map-chain-private.h - the items of one key of a map, looked at from the older ones to the newer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

/* The item of the chain that ends at @head whose left neighbour is @left; WEFT_NONE: the oldest. @left is not @head. */
WeftHandle weft_map_chain_find_right (WeftDoc    *doc,
                                      WeftHandle  head,
                                      WeftHandle  left);
/* @left becomes the left neighbour of @right. */
void       weft_map_chain_link       (WeftDoc    *doc,
                                      WeftHandle  left,
                                      WeftHandle  right);

G_END_DECLS
