/* weft-content-private.h - reading values without making them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-any.h"

G_BEGIN_DECLS

/* Skips one value and checks it. @canonical is cleared, never set, where the value may be written
 * with other bytes by weft_any_write(). */
void weft_any_skip (WeftReader *reader,
                    gboolean   *canonical);

G_END_DECLS
