/* weft-relay-api.h - the REST API: accounts, boards, documents
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Makes routes of the tables in weft-relay-call.h; a call is taken apart here, runs in a transaction on the store's thread, and is
 * carried out to its end here: pages are changed, rights are looked at again, an answer is sent.
 */

#pragma once

#include "relay/weft-relay-call.h"
#include "relay/weft-relay-people.h"
#include "relay/weft-relay.h"

G_BEGIN_DECLS

typedef struct _WeftRelayApi WeftRelayApi;

/* Adds its routes. @people: borrowed, must outlive it */
WeftRelayApi *weft_relay_api_new  (WeftRelay       *relay,
                                   WeftRelayPeople *people,
                                   GError         **error) G_GNUC_WARN_UNUSED_RESULT;
void          weft_relay_api_free (WeftRelayApi    *self);

/* --- for its other files --- */
/* https://… and wss://…, as whoever sent @request reaches this relay. */
void          weft_relay_api_find_urls (WeftRelay        *relay,
                                        WeftRelayRequest *request,
                                        char            **base_url,
                                        char            **relay_url);
/* Answers @request by the answer of @call: status, body, cookie. */
void          weft_relay_api_reply     (WeftRelayRequest *request,
                                        WeftRelayCall    *call);
/* Whether this address may try once more; where not, that is answered. */
gboolean      weft_relay_api_take_try  (WeftRelayApi     *self,
                                        WeftRelayRequest *request);
/* Makes @call, which is taken, and answers @request. @request is held meanwhile. */
void          weft_relay_api_make_call (WeftRelayApi     *self,
                                        WeftRelayRequest *request,
                                        WeftRelayCall    *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayApi, weft_relay_api_free)

G_END_DECLS
