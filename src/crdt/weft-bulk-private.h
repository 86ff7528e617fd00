/* weft-bulk-private.h - what loading an update into an empty document has at hand
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-update-private.h"

/* Of a struct without origins, until it is linked: who is the parent. In `r_clock`. */
#define WEFT_PARENT_IS_ROOT G_MAXUINT32

/* The items of one client: handles from @first to before @end. */
typedef struct
{
  WeftHandle  first, end;
  WeftHandle  next;    /* the first one that is not linked yet */
  guint32     shift;   /* a bucket is so many clocks wide, as a power of two */
  WeftHandle *buckets; /* the item at the beginning of each bucket; NULL where there are few items */
  gboolean    waits;   /* for another client */
} WeftBulkRun;

typedef struct
{
  WeftDoc       *doc;
  WeftDeleteSet *deletes;
  WeftBulkRun   *runs; /* by client index */
  guint32        n_runs, runs_allocated;
  guint32        n; /* items */

  /* By handle */
  WeftHandle    *next, *origin, *right_origin;
  guint32       *clocks; /* of the items */
  guint8        *continues; /* whether the item is the rest of one that was cut; NULL: none is */
  guint32       *marks;     /* as in find_left() of weft-integrate.c; NULL: no conflict so far */
  guint32        visits;

  GArray        *cuts;    /* Cut */
  GArray        *entries; /* WeftHandle by map entry: the oldest item; the entry's head is the newest */
  GPtrArray     *dead;    /* types whose content is to be deleted */
  GArray        *waiting; /* clients, as a stack */

  /* The client and the root named last; the client also as updates have it */
  WeftClientId   last_id;
  guint32        last_client, n_id_bytes;
  guint64        id_bytes, id_mask;
  guint32        last_units; /* of the struct read last */
  const guint8  *last_root;
  guint32        n_last_root, last_root_key;

  /* How the document was */
  guint          n_types, n_roots, n_keys, n_formats;
} WeftBulk;

/* weft-bulk-read.c: makes items of all structs. FALSE where the general way has to be taken. */
gboolean weft_bulk_read (WeftBulk        *bulk,
                         GBytes          *update,
                         WeftUpdateFormat format);
