/* weft-relay-dialect-hocuspocus.h - many documents on one socket
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-dialect.h"

extern const WeftRelayDialect weft_relay_dialect_hocuspocus;
