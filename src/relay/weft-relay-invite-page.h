/* weft-relay-invite-page.h - what a browser shows of an invite
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-call.h"
#include "relay/weft-relay-request.h"

G_BEGIN_DECLS

/* Answers @request by a page: what @call found of the invite, or that it is not good. It has no scripts, loads nothing, and
 * is told to nobody else. */
void weft_relay_invite_page_reply (WeftRelayRequest *request,
                                   WeftRelayCall    *call);

G_END_DECLS
