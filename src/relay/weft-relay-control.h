/* weft-relay-control.h - orders to a relay that runs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A Unix socket `control` in the data folder, which nobody but its owner may enter. One line in: a verb and its argument; one line out:
 * `ok`, or `error` and why.
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _WeftRelay WeftRelay;
typedef struct _WeftRelayControl WeftRelayControl;

WeftRelayControl *weft_relay_control_new  (WeftRelay        *relay,
                                           GError          **error) G_GNUC_WARN_UNUSED_RESULT;
void              weft_relay_control_free (WeftRelayControl *self);
/* Has the relay of @folder do it. Blocks. Fails with %G_IO_ERROR_NOT_CONNECTED where none runs.
 * @text: (out) (optional) (transfer full): what is to be printed */
gboolean          weft_relay_control_ask  (const char       *folder,
                                           const char       *verb,
                                           const char       *argument,
                                           char            **text,
                                           GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayControl, weft_relay_control_free)

G_END_DECLS
