/* weft-search-result-private.h - made by the notebook alone
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-search-result.h"
#include "store/weft-search-index.h"

G_BEGIN_DECLS

/* @hit: (nullable): %NULL where the title was found without the index */
WeftSearchResult *weft_search_result_new (WeftPage            *page,
                                          const WeftSearchHit *hit) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
