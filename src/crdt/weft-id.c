/* weft-id.c - the error domain of the engine, the hash of client ids
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-hash.h"
#include "crdt/weft-id.h"

G_DEFINE_QUARK (weft-crdt-error-quark, weft_crdt_error)

guint
weft_hash_client (gconstpointer client)
{
  /* Where the system put us in memory is known to nobody outside. */
  return weft_hash_word (GPOINTER_TO_SIZE (&weft_crdt_error_quark), *(const guint64 *) client);
}
