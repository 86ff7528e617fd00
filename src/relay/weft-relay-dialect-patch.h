/* weft-relay-dialect-patch.h - a board as a property graph, changed by patches
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-dialect.h"

extern const WeftRelayDialect weft_relay_dialect_patch;
