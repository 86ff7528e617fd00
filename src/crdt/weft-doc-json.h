/* weft-doc-json.h - a whole document as JSON
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

/* How to read a root, which does not say itself what it is. */
typedef struct
{
  const char *name;
  WeftKind    kind; /* TEXT, ARRAY, MAP or XML_FRAGMENT */
} WeftRootHint;

/* Is given the JSON piece by piece; pieces are cut anywhere. */
typedef void (*WeftPrintFunc) (const char *data,
                               gsize       n_bytes,
                               gpointer    user_data);

/* {"roots":{NAME:{"type":TYPE,"value":VALUE},...},"pending":BOOL}, without a line break. Roots that no
 * hint names have the type "unknown". Changes nothing in @self. */
void weft_doc_print_json (WeftDoc            *self,
                          const WeftRootHint *hints,
                          gsize               n_hints,
                          WeftPrintFunc       print,
                          gpointer            user_data);

G_END_DECLS
