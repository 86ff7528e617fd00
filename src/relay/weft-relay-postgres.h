/* weft-relay-postgres.h - a PostgreSQL server as the relay's database
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/weft-relay-backend.h"

G_BEGIN_DECLS

/**
 * weft_relay_postgres_open:
 * @url: `postgresql://…` as libpq reads it; the password may be in a file that PGPASSFILE names
 * @sync_normal: a crash of the server may take the last commits (synchronous_commit = off)
 * @error: of %WEFT_STORE_ERROR
 *
 * Connects, and makes or migrates the tables. Blocks.
 *
 * Returns: (transfer full): the backend
 */
WeftRelayBackend *weft_relay_postgres_open (const char *url,
                                            gboolean    sync_normal,
                                            GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
