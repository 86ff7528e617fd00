/* weft-relay-request.h - one HTTP request, and its answer
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a route gets. It is answered exactly once, at once or later: weft_relay_request_hold() keeps it open,
 * weft_relay_request_release() sends what was answered meanwhile. Everything happens on the main thread.
 * Errors are `application/problem+json` (RFC 9457).
 */

#pragma once

#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include "relay/weft-relay-limits.h"

G_BEGIN_DECLS

typedef struct _WeftRelayRequest WeftRelayRequest;

/* The parameter that names the relay's own notebook, where it is open. */
#define WEFT_RELAY_REQUEST_NOTEBOOK "default-notebook"

/* @peer, @address: what to call the other side in the log, and for limits */
WeftRelayRequest  *weft_relay_request_new           (SoupServerMessage     *message,
                                                     const WeftRelayLimits *limits,
                                                     const char            *peer,
                                                     const char            *address) G_GNUC_WARN_UNUSED_RESULT;
/* The same for a handshake that libsoup has not seen. No answer to it leaves: who refuses it lets libsoup have it. */
WeftRelayRequest  *weft_relay_request_new_handshake (SoupMessageHeaders    *headers,
                                                     GUri                  *uri,
                                                     const WeftRelayLimits *limits,
                                                     const char            *peer,
                                                     const char            *address) G_GNUC_WARN_UNUSED_RESULT;
WeftRelayRequest  *weft_relay_request_ref           (WeftRelayRequest      *self);
void               weft_relay_request_unref         (WeftRelayRequest      *self);
/* (nullable): where it is weft_relay_request_new_handshake()'s */
SoupServerMessage *weft_relay_request_get_message   (WeftRelayRequest      *self);

const char        *weft_relay_request_get_method    (WeftRelayRequest      *self);
/* As it came, percent-encoded, without the query. */
const char        *weft_relay_request_get_path      (WeftRelayRequest      *self);
/* What stood for `:name` in the route, percent-decoded once; for `*name` the rest of the path, as it came. */
const char        *weft_relay_request_get_param     (WeftRelayRequest      *self,
                                                     const char            *name);
void               weft_relay_request_set_param     (WeftRelayRequest      *self,
                                                     const char            *name,
                                                     const char            *value);
/* (nullable): a value of the query, decoded */
const char        *weft_relay_request_get_query     (WeftRelayRequest      *self,
                                                     const char            *name);
/* (nullable): several of one name are joined by commas */
const char        *weft_relay_request_get_header    (WeftRelayRequest      *self,
                                                     const char            *name);
const char        *weft_relay_request_get_peer      (WeftRelayRequest      *self);
const char        *weft_relay_request_get_address   (WeftRelayRequest      *self);
/* The token that came with it: `Authorization: Bearer`, the subprotocol `bearer.<token>`, or `?token=`.
 * (nullable) (transfer full) */
char              *weft_relay_request_dup_token     (WeftRelayRequest      *self);
/* Whether the page that sent it may: pages of this very host, and those that @allowed (nullable) lists, with commas; what is no
 * browser sends no Origin, and may. */
gboolean           weft_relay_request_is_origin_allowed (WeftRelayRequest  *self,
                                                     const char            *allowed);
/* (transfer full) */
GBytes            *weft_relay_request_dup_body      (WeftRelayRequest      *self);
/* The body as a JSON object; %NULL: it is none, and that was answered. Borrowed. */
JsonObject        *weft_relay_request_get_json      (WeftRelayRequest      *self);

void               weft_relay_request_hold          (WeftRelayRequest      *self);
void               weft_relay_request_release       (WeftRelayRequest      *self);

void               weft_relay_request_set_header    (WeftRelayRequest      *self,
                                                     const char            *name,
                                                     const char            *value);
void               weft_relay_request_reply         (WeftRelayRequest      *self,
                                                     guint                  status,
                                                     const char            *content_type,
                                                     GBytes                *body);
/* Without a body: 204 and the like. */
void               weft_relay_request_reply_empty   (WeftRelayRequest      *self,
                                                     guint                  status);
void               weft_relay_request_reply_text    (WeftRelayRequest      *self,
                                                     guint                  status,
                                                     const char            *text);
/* @node: (transfer full) */
void               weft_relay_request_reply_json    (WeftRelayRequest      *self,
                                                     guint                  status,
                                                     JsonNode              *node);
/* What is wrong and what to do; the title is that of the status. */
void               weft_relay_request_reply_problem (WeftRelayRequest      *self,
                                                     guint                  status,
                                                     const char            *format,
                                                     ...) G_GNUC_PRINTF (3, 4);
/* The problem that an error of %WEFT_RELAY_AUTH_ERROR is. */
void               weft_relay_request_reply_error   (WeftRelayRequest      *self,
                                                     const GError          *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayRequest, weft_relay_request_unref)

G_END_DECLS
