/* weft-relay-dialect-realtime.h - updates and presence as JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-dialect.h"

extern const WeftRelayDialect weft_relay_dialect_realtime;
