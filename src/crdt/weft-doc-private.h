/* weft-doc-private.h - what the parts of the engine do for each other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-arena-private.h"
#include "crdt/weft-client-table-private.h"
#include "crdt/weft-doc-structs-private.h"
#include "crdt/weft-id-index-private.h"
#include "crdt/weft-integrate-private.h"
#include "crdt/weft-item-pool-private.h"
#include "crdt/weft-keys-private.h"
#include "crdt/weft-order-index-private.h"
#include "crdt/weft-transaction-private.h"
#include "crdt/weft-type-private.h"

G_BEGIN_DECLS

/* weft-doc.c */
void        weft_item_fill_info         (WeftDoc         *doc,
                                         const WeftItem  *item,
                                         WeftItemInfo    *info);

/* weft-cursor.c */
/* Whether of two neighbours, @left and @right, one is dead and could take over units of the other:
 * whether one run was cut in two when a part of it was deleted. */
gboolean    weft_cursor_join_dead       (WeftDoc         *doc,
                                         const WeftItem  *left,
                                         const WeftItem  *right);
void        weft_cursor_flush           (WeftDoc         *doc);
/* Puts a new cursor. */
void        weft_cursor_set             (WeftDoc          *doc,
                                         const WeftCursor *cursor);

/* So many more units of @leaf can be seen, which the nodes above are told later. */
static inline void
weft_cursor_count (WeftDoc  *doc,
                   WeftLeaf *leaf,
                   gint64    n_units)
{
  WeftCursor *cursor = &doc->cursor;

  leaf->type->length += n_units;
  if (cursor->changed_leaf != leaf)
    {
      if (cursor->delta != 0)
        weft_cursor_flush (doc);
      cursor->changed_leaf = leaf;
    }
  cursor->delta += n_units;
}

/* Whether somebody wants more of a transaction than its update, or one runs, or there always has to be one. */
static inline gboolean
weft_cursor_is_watched (WeftDoc *doc)
{
  /* One branch for all */
  return ((guint) (doc->transaction != NULL) | (guint) doc->general | (guint) doc->cleaning | doc->undo_managers->len
          | doc->n_watchers) != 0;
}

/* Ends the cursor. */
static inline void
weft_cursor_forget (WeftDoc *doc)
{
  if (doc->cursor.delta != 0)
    weft_cursor_flush (doc);
  doc->cursor.type = doc->cursor.typing = doc->cursor.deleting = NULL;
  doc->told.next = 0;
}

gboolean    weft_cursor_apply           (WeftDoc         *doc,
                                         const guint8    *data,
                                         gsize            size,
                                         gconstpointer    origin);
/* After the last struct of @client, if that can go on. */
void        weft_cursor_place_after     (WeftDoc         *doc,
                                         guint32          client,
                                         guint64          end);
/* Where something was deleted: before it @left ends, after it @right begins; either may be WEFT_NONE. */
void        weft_cursor_place_between   (WeftDoc         *doc,
                                         WeftHandle       left,
                                         WeftHandle       right,
                                         guint64          end);

/* weft-event.c */
void        weft_event_free             (WeftEvent       *event);
GPtrArray  *weft_events_collect         (WeftTransaction *tx);

/* weft-subdoc.c */
/* The options as Yjs writes them again. (transfer full) */
WeftAny    *weft_subdoc_normalize_options (const WeftAny  *options);
/* Skips and checks options; whether we would write them as they are. */
gboolean    weft_subdoc_check_options    (WeftReader      *reader);

/* weft-observe.c */
void        weft_type_observers_call    (WeftTransaction *tx);

/* weft-undo.c */
void        weft_undo_manager_handle    (WeftUndoManager *self,
                                         WeftTransaction *tx);
/* Whether some undo manager has the whole document in scope. */
gboolean    weft_undo_managers_see_all  (WeftDoc         *doc);
void        weft_undo_manager_detach    (WeftUndoManager *self);

/* weft-position.c: follows what redid the item; returns it and the offset in it */
WeftHandle  weft_follow_redone          (WeftDoc         *doc,
                                         guint32          client,
                                         guint32          clock,
                                         guint32         *diff);

/* weft-update-encode.c */
/* (transfer full) (element-type GBytes) */
GPtrArray  *weft_doc_list_pending       (WeftDoc         *doc,
                                         const WeftStateVector *state_vector,
                                         WeftUpdateFormat format);
/* The struct from its unit @offset to @end. */
void        weft_write_struct           (WeftDoc         *doc,
                                         const WeftItem  *item,
                                         guint32          offset,
                                         guint32          end,
                                         WeftWriter      *writer);
void        weft_write_transaction      (WeftTransaction *tx,
                                         WeftWriter      *writer);
gboolean    weft_transaction_has_update (WeftTransaction *tx);

G_END_DECLS
