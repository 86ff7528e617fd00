/* weft-relay-router.h - which function answers which request
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each group of calls has a file of its own with one function that adds its routes. A path is matched segment by
 * segment: `:name` stands for one segment, `*name` at the end for all the rest, slashes included; what is spelled
 * out goes before `:name`, and that before `*name`. Unknown paths are answered 404, known ones with another method
 * 405. A route for GET answers HEAD too.
 */

#pragma once

#include "relay/weft-relay-dialect.h"
#include "relay/weft-relay-request.h"

G_BEGIN_DECLS

typedef struct _WeftRelayRouter WeftRelayRouter;

typedef void (*WeftRelayRouteFunc) (WeftRelayRequest *request,
                                    gpointer          user_data);

WeftRelayRouter        *weft_relay_router_new         (void) G_GNUC_WARN_UNUSED_RESULT;
void                    weft_relay_router_free        (WeftRelayRouter        *self);
/* @method, @path: constants */
void                    weft_relay_router_add         (WeftRelayRouter        *self,
                                                       const char             *method,
                                                       const char             *path,
                                                       WeftRelayRouteFunc      func,
                                                       gpointer                user_data);
/* The same for bodies of up to @max_body bytes instead of limits->max_body. */
void                    weft_relay_router_add_large   (WeftRelayRouter        *self,
                                                       const char             *method,
                                                       const char             *path,
                                                       gsize                   max_body,
                                                       WeftRelayRouteFunc      func,
                                                       gpointer                user_data);
/* WebSockets at @path speak @dialect. */
void                    weft_relay_router_add_dialect (WeftRelayRouter        *self,
                                                       const char             *path,
                                                       const WeftRelayDialect *dialect);

/* "GET /path" and "WS /path", one a line. (transfer full) */
char                   *weft_relay_router_to_text     (WeftRelayRouter        *self);
/* Answers @request, or has it held. */
void                    weft_relay_router_dispatch    (WeftRelayRouter        *self,
                                                       WeftRelayRequest       *request);
/* How large a body for @method and @path may be; 0: as limits->max_body says. */
gsize                   weft_relay_router_get_max_body (WeftRelayRouter       *self,
                                                       const char             *method,
                                                       const char             *path);
/* Sets the parameters of @request. (nullable) */
const WeftRelayDialect *weft_relay_router_find_dialect (WeftRelayRouter       *self,
                                                       WeftRelayRequest       *request);

G_END_DECLS
