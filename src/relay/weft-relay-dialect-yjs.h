/* weft-relay-dialect-yjs.h - y-websocket, the native dialect
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-dialect.h"

G_BEGIN_DECLS

extern const WeftRelayDialect weft_relay_dialect_yjs;

G_END_DECLS
