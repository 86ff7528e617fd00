/* weft-sync-trouble.h - why there is no connection to a relay, in words, and when to try again
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* After 1013, "try again later", and after what no relay should do. */
#define WEFT_SYNC_LATER_MS 5000

typedef struct
{
  char    *message;  /* a sentence for the user */
  gboolean is_final; /* trying again does not help */
  guint    least_ms; /* else: not before so long */
} WeftSyncTrouble;

/* The relay closed a WebSocket. @code: of the close frame, 0: there was none; @reason: (nullable) */
WeftSyncTrouble *weft_sync_trouble_new_closed  (guint            code,
                                                const char      *reason,
                                                gboolean         is_broken) G_GNUC_WARN_UNUSED_RESULT;
/* A handshake failed. @status: what HTTP said, 0: nothing; @error: (nullable): %NULL: no answer in time */
WeftSyncTrouble *weft_sync_trouble_new_refused (const char      *relay,
                                                guint            status,
                                                const char      *reason,
                                                const GError    *error) G_GNUC_WARN_UNUSED_RESULT;
/* A poll failed. @from_weft: the answer is a Weft relay's own */
WeftSyncTrouble *weft_sync_trouble_new_poll    (const char      *relay,
                                                guint            status,
                                                gboolean         from_weft,
                                                const char      *reason) G_GNUC_WARN_UNUSED_RESULT;
void             weft_sync_trouble_free        (WeftSyncTrouble *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSyncTrouble, weft_sync_trouble_free)

G_END_DECLS
