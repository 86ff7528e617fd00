/* weft-subdoc.h - documents within documents
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A map or an array may hold a subdocument: a name, the guid, and how it is to be treated. Its content is
 * not in the outer document; whoever owns both makes a #WeftDoc for it, loads it, and frees it, told by
 * weft_transaction_list_subdocs() what came, what is wanted and what went.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct
{
  const char *guid;
  gboolean    auto_load;   /* whoever gets it loads it at once */
  gboolean    should_load; /* we load it ourselves; not written */
  gboolean    keep_deleted; /* gc: false */
  WeftAny    *meta;        /* (nullable) */
} WeftSubdocOptions;

/* One that is in a document. */
typedef struct
{
  WeftId      id; /* of the unit that holds it: two with one guid are two */
  char       *guid;
  gboolean    auto_load, keep_deleted;
  WeftAny    *meta;   /* (nullable) */
  WeftType   *parent; /* borrowed */
  const char *key;    /* borrowed, nullable */
} WeftSubdoc;

typedef enum
{
  WEFT_SUBDOCS_ADDED,
  WEFT_SUBDOCS_LOADED,
  WEFT_SUBDOCS_REMOVED,
} WeftSubdocChange;

void        weft_subdoc_clear                (WeftSubdoc              *self);

/* %FALSE where the type was deleted. @id (out, nullable): of the new unit. */
gboolean    weft_map_set_subdoc              (WeftType                *map,
                                              const char              *key,
                                              const WeftSubdocOptions *options,
                                              WeftId                  *id);
gboolean    weft_array_insert_subdoc         (WeftType                *array,
                                              guint64                  index,
                                              const WeftSubdocOptions *options,
                                              WeftId                  *id);
/* What the unit at @id holds; %FALSE where that is no subdocument, or deleted and collected. */
gboolean    weft_doc_get_subdoc              (WeftDoc                 *doc,
                                              WeftId                   id,
                                              WeftSubdoc              *subdoc);
/* All that are there. (transfer full) (element-type WeftSubdoc) */
GArray     *weft_doc_list_subdocs            (WeftDoc                 *doc);
/* Asks for it, in a transaction of its own; nothing happens the second time. */
void        weft_doc_load_subdoc             (WeftDoc                 *doc,
                                              WeftId                   id);
/* In a transaction callback. (transfer full) (element-type WeftSubdoc) */
GArray     *weft_transaction_list_subdocs    (WeftTransaction         *transaction,
                                              WeftSubdocChange         change);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftSubdoc, weft_subdoc_clear)

G_END_DECLS
