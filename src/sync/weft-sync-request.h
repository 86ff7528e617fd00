/* weft-sync-request.h - an HTTP request to a relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A token goes to its relay and nowhere else: redirections are not followed.
 * @token: (nullable)
 * Returns: (transfer full) (nullable): %NULL: @address is none */
SoupMessage *weft_sync_request_new (const char *method,
                                    const char *address,
                                    const char *token) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
