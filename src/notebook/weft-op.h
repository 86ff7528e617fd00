/* weft-op.h - one step of a notebook's page tree, as packed in its op log
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     varUint kind | varUint Lamport | 16 bytes page | move: 16 bytes parent, varString position,
 *                                    |       and under the trash varUint8Array seen
 *                                    | set: varString key, Any value
 *
 * One element of the log (a Uint8Array) holds one or more of them, without a separator. Nobody can
 * know where an op of a kind that came later ends; so such an op is the last that is read of its
 * element. What is behind it stays in the document as it is.
 */

#pragma once

#include "crdt/weft-any.h"
#include "crdt/weft-state-vector.h"
#include "notebook/weft-page-id.h"

G_BEGIN_DECLS

/* Where an op stands in the document: the element that carries it, and its place in the element. */
typedef struct
{
  WeftClientId client;
  WeftClock    clock;
  guint32      index;
} WeftOpId;

typedef enum
{
  WEFT_OP_MOVE = 1,
  WEFT_OP_SET = 2,
} WeftOpKind;

typedef struct
{
  guint64          kind; /* WeftOpKind, or greater: a kind that is not known here */
  guint64          lamport;
  WeftPageId       page;

  /* WEFT_OP_MOVE */
  WeftPageId       parent;
  char            *position; /* owned */
  WeftStateVector *seen;     /* owned, nullable: see weft-page-tree.h */

  /* WEFT_OP_SET */
  char            *key;      /* owned */
  WeftAny         *value;    /* owned */
} WeftOp;

/* The same as it lies in an element, which it borrows from. Texts are checked, and not zero terminated. */
typedef struct
{
  guint64       kind;
  guint64       lamport;
  WeftPageId    page;

  /* WEFT_OP_MOVE */
  WeftPageId    parent;
  const char   *position;
  gsize         n_position;
  const guint8 *seen; /* NULL: its author did not say */
  gsize         n_seen;

  /* WEFT_OP_SET */
  const char   *key;
  gsize         n_key;
  const guint8 *value; /* as weft_any_read() reads it */
  gsize         n_value;
} WeftOpView;

WeftOp    *weft_op_new_move     (guint64          lamport,
                                 const WeftPageId *page,
                                 const WeftPageId *parent,
                                 const char      *position) G_GNUC_WARN_UNUSED_RESULT;
/* @seen: (nullable) (transfer full) */
WeftOp    *weft_op_new_trash    (guint64          lamport,
                                 const WeftPageId *page,
                                 const char      *position,
                                 WeftStateVector *seen) G_GNUC_WARN_UNUSED_RESULT;
/* @value: (transfer full) */
WeftOp    *weft_op_new_set      (guint64          lamport,
                                 const WeftPageId *page,
                                 const char      *key,
                                 WeftAny         *value) G_GNUC_WARN_UNUSED_RESULT;
WeftOp    *weft_op_new_from_view (const WeftOpView *view) G_GNUC_WARN_UNUSED_RESULT;
void       weft_op_free         (WeftOp          *self);

/* @ops: (element-type WeftOp), all of known kinds */
GBytes    *weft_op_pack         (GPtrArray       *ops) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (element-type WeftOp): at least one; the last may be of an unknown kind. */
GPtrArray *weft_op_unpack       (GBytes          *element,
                                 GError         **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same without copies. @views: (element-type WeftOpView): emptied first, so that one serves for many elements. */
gboolean   weft_op_unpack_views (const guint8    *element,
                                 gsize            n_bytes,
                                 GArray          *views,
                                 GError         **error);

int        weft_op_id_compare   (const WeftOpId  *a,
                                 const WeftOpId  *b);
/* The order of all ops: (Lamport, client, clock, index). */
int        weft_op_order        (guint64          lamport_a,
                                 const WeftOpId  *a,
                                 guint64          lamport_b,
                                 const WeftOpId  *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftOp, weft_op_free)

G_END_DECLS
