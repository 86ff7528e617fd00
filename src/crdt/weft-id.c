/* weft-id.c - the error domain of the engine
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-id.h"

G_DEFINE_QUARK (weft-crdt-error-quark, weft_crdt_error)
