/* weft-relay-dialect-notes.h - notes as keys and values, last writer wins
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-dialect.h"

extern const WeftRelayDialect weft_relay_dialect_notes;

/* The notebook that @request is about: its query `notebook`, else the one that its token names, else the relay's own. %NULL:
 * none, and that was answered. (transfer full) */
char *weft_relay_notes_dup_notebook (WeftRelayRequest      *request,
                                     const WeftRelayLimits *limits);
