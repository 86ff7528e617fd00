/* weft-relay-page-change.h - what calls do to the pages of a notebook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-call.h"
#include "relay/weft-relay-visit.h"

G_BEGIN_DECLS

/* Does what @call says in page_change to the page tree in the notebook's document, as an op of its log like any other, and calls @done
 * when that is stored. @call: borrowed until then; handed to @done is @data */
void weft_relay_page_change_make (WeftRelayPool        *pool,
                                  WeftRelayCall        *call,
                                  WeftRelayVisitedFunc  done,
                                  gpointer              data);

G_END_DECLS
