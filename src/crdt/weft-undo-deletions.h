/* weft-undo-deletions.h - what all steps of an undo manager have deleted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where others have overwritten a key that is undone, what they overwrote is looked for in all steps. Here the ranges of
 * many steps stand in one treap, by where they begin; each node knows where the last of those below it ends, so that
 * ranges may lie over each other.
 */

#pragma once

#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

typedef struct _WeftUndoDeletion WeftUndoDeletion;

/* Zeros: nothing */
typedef struct
{
  WeftUndoDeletion *root;
  guint64           n_made;
} WeftUndoDeletions;

void     weft_undo_deletions_clear   (WeftUndoDeletions       *self);
/* @secret: of the document. The ranges are sorted and joined. */
void     weft_undo_deletions_add     (WeftUndoDeletions       *self,
                                      guint64                  secret,
                                      const WeftRangeSet      *ranges);
/* Takes away what was added just so. */
void     weft_undo_deletions_remove  (WeftUndoDeletions       *self,
                                      const WeftRangeSet      *ranges);
gboolean weft_undo_deletions_contain (const WeftUndoDeletions *self,
                                      guint32                  client,
                                      guint32                  clock);

G_END_DECLS
