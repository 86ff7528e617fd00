/* weft-bulk-private.h - what loading an update into an empty document has at hand
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Items are made in the order in which the update has them, so each client's have handles that follow
 * each other, and what is known of an item beside what it holds itself stands in arrays, by handle.
 */

#pragma once

#include "crdt/weft-search-private.h"
#include "crdt/weft-update-private.h"

/* Of a struct without origins, until it is linked: who is the parent. In `r_clock`; else the parent is the item of
 * client `r_clock` at `o_clock`. */
#define WEFT_PARENT_IS_ROOT G_MAXUINT32       /* of the name `o_clock` */
#define WEFT_PARENT_IS_ITEM (G_MAXUINT32 - 1) /* of the handle `o_clock` */

/* No handle is as high as these. */
#define WEFT_UNRESOLVED G_MAXUINT32 /* in `origin` and `right_origin`: an item of another client */
#define WEFT_UNLINKED   G_MAXUINT32 /* in `next` */

/* So many buckets are written at once, whether there are more of them or not. */
#define WEFT_BULK_SPARE_BUCKETS 4

/* The items of one client: handles from @first to before @end. */
typedef struct
{
  WeftHandle  first, end; /* @end is 0 while they are read */
  WeftHandle  next;       /* the first one that is not linked yet */
  guint32     dense;      /* before this clock each item is of one unit */
  guint32     shift;      /* from there on a bucket is so many clocks wide, as a power of two */
  guint32     n_buckets, buckets_allocated;
  guint32     few_buckets; /* while there are fewer, WEFT_BULK_SPARE_BUCKETS more can be put without a further look, */
  WeftHandle  few_items;   /* up to this item */
  WeftHandle *buckets;    /* the item at the beginning of each bucket */
  gboolean    waits;      /* for another client */
  gboolean    deletes_passed; /* see weft_bulk_pass_deletes() */
} WeftBulkRun;

/* For so many keys, by their lowest bits, it is known which one came next; a power of two. */
#define WEFT_BULK_KEYS 64

/* The map of few keys that was begun last: @n keys it has, which are the first of @keys, and @n_keys, all different, are
 * those of the one before. */
typedef struct
{
  guint32 type; /* 0: none */
  guint32 n, n_keys;
  guint32 keys[WEFT_FEW_ENTRIES];
} WeftBulkShape;

typedef struct
{
  WeftDoc       *doc;
  WeftDeleteSet *deletes; /* NULL: nothing that is not deleted already */
  WeftBulkRun   *runs; /* by client index */
  guint32        n_runs, runs_allocated;
  guint32        n; /* items */

  /* By handle */
  guint32        allocated; /* all of these hold so many */
  guint32       *clocks;    /* of the items, and of one more; of a client's first one G_MAXUINT32. What can be looked at
                             * behind that (weft_search_near()) was written, too. */
  WeftHandle    *origin, *right_origin;
  WeftHandle    *joinable;  /* not by handle: the items that may be one with the one before */
  guint32        n_joinable;
  WeftHandle    *next;      /* of those that are linked */
  guint8        *continues; /* whether the item is the rest of one that was cut; NULL: none is */
  guint32       *marks;     /* as in find_left() of weft-conflict.c; NULL: no conflict so far */
  guint32        visits;
  guint64        n_steps;   /* of all walks to find out who comes first */

  GArray        *cuts;     /* WeftBulkCut */
  WeftHandle    *entries;  /* by map entry: the oldest item; the entry's head is the newest */
  guint32        entries_allocated;
  GPtrArray     *dead;     /* types whose content is to be deleted */
  GArray        *waiting;  /* whose items wait, as a stack */

  gboolean       links_early; /* items are linked when they are read */
  WeftHandle     n_linked;    /* up to this one they were */
  gboolean       again;       /* that cannot stay, and nothing else stands against loading all at once */

  gboolean       has_unresolved; /* whether an item names one of another client */
  gboolean       is_flat;        /* there is nothing but one sequence: no other root, no types, nothing collected */
  WeftType      *flat_type; /* that one */
  gboolean       deletes_live;   /* @deletes has what is not deleted yet */
  gboolean       changed;        /* whether items were deleted or collected here that were not so in the update */

  /* Keys of maps that are siblings */
  guint32        last_key, key_after[WEFT_BULK_KEYS]; /* see weft_bulk_guess_key() */
  WeftBulkShape  shape;

  /* The root named last */
  const guint8  *last_root;
  guint32        n_last_root, last_root_key;

  /* How the document was */
  guint          n_types, n_roots, n_keys, n_formats;
} WeftBulk;

typedef struct
{
  WeftHandle handle;
  guint32    clock; /* the right part begins here */
} WeftBulkCut;

/* weft-bulk-clocks.c */

/* Room for items up to handle @n, in all arrays but `next`. */
void     weft_bulk_make_room    (WeftBulk    *bulk,
                                 guint32      n);
/* How many buckets there are up to @end. */
static inline guint32
weft_bulk_count_buckets (const WeftBulkRun *run,
                         guint32            end)
{
  return ((end - 1 - run->dense) >> run->shift) + 1;
}

/* Puts the clocks up to @end, all of item @at, in buckets. */
void     weft_bulk_fill_buckets (WeftBulk    *bulk,
                                 WeftBulkRun *run,
                                 WeftHandle   at,
                                 guint32      end);
/* The item read last reaches to @end now. */
void     weft_bulk_grow_last    (WeftBulk    *bulk,
                                 WeftBulkRun *run,
                                 guint32      end);
/* Of many candidates. */
WeftHandle weft_bulk_find_far   (WeftBulk    *bulk,
                                 WeftBulkRun *run,
                                 guint32      bucket,
                                 guint32      clock);
/* Makes anew what is kept by clock, of items that were cut. */
void     weft_bulk_index_again  (WeftBulk    *bulk);
void     weft_bulk_clear_clocks (WeftBulk    *bulk);

static inline void
weft_bulk_put_end (guint32 *clocks,
                   guint32  end)
{
  const guint32 ends[WEFT_SEARCH_NEAR] = { end, end, end, end };

  memcpy (clocks, ends, sizeof ends);
}

/* The next item of the run, which is that of the handle after the one before, is @n_units from @clock on. */
static inline void
weft_bulk_add_clock (WeftBulk    *bulk,
                     WeftBulkRun *run,
                     WeftHandle   at,
                     guint32      clock,
                     guint32      n_units)
{
  guint32 end = clock + n_units, n, n_before;

  /* Who looks for an item stops at what comes next. */
  weft_bulk_put_end (bulk->clocks + at + 1, end);
  if (n_units == 1 && run->dense == clock)
    {
      run->dense++;
      return;
    }
  n = weft_bulk_count_buckets (run, end);
  n_before = run->n_buckets;
  if (G_LIKELY (n - n_before <= WEFT_BULK_SPARE_BUCKETS && n_before < run->few_buckets && at < run->few_items))
    {
      const WeftHandle fill[WEFT_BULK_SPARE_BUCKETS] = { at, at, at, at };

      memcpy (run->buckets + n_before, fill, sizeof fill);
      run->n_buckets = n;
    }
  else
    {
      weft_bulk_fill_buckets (bulk, run, at, end);
    }
}

/* The item that holds @clock, which is below the client's state. */
static inline WeftHandle
weft_bulk_find (WeftBulk    *bulk,
                WeftBulkRun *run,
                guint32      clock)
{
  guint32 bucket, n_passed;
  WeftHandle at;

  if (clock < run->dense)
    return run->first + clock;
  bucket = (clock - run->dense) >> run->shift;
  at = run->buckets[bucket];
  /* Mostly it is one of the first; which one is not to be foreseen, so they are compared at once. */
  n_passed = weft_search_near (bulk->clocks + at + 1, clock);
  if (G_LIKELY (n_passed < WEFT_SEARCH_NEAR))
    return at + n_passed;

  return weft_bulk_find_far (bulk, run, bucket, clock);
}

/* Marks that are known by their bytes; a power of two. */
#define WEFT_BULK_MARKS 16

typedef struct
{
  const guint8 *bytes; /* key and value, as in the update; NULL: none */
  guint32       n_bytes, format;
} WeftBulkMark;

/* A client as updates of the first format name it */
typedef struct
{
  guint64 bytes, mask;
  guint32 n_bytes, index;
} WeftBulkName;

/* Where one is within a client's structs of the first format. */
typedef struct
{
  WeftBulk     *bulk;
  WeftBulkRun  *run;
  WeftClient   *client;
  const guint8 *end; /* of the update */
  guint32       index, clock;
  WeftBulkName  own, other; /* the client, and that of the others that was named last */
  WeftBulkMark  marks[WEFT_BULK_MARKS];
} WeftBulkPlain;

/* weft-bulk-read.c: makes items of all structs. FALSE where the general way has to be taken. */
gboolean weft_bulk_read         (WeftBulk        *bulk,
                                 GBytes          *update,
                                 WeftUpdateFormat format);
/* The client's index; it has a run. There is room for one more (weft_bulk_has_room()). */
guint32  weft_bulk_client_index (WeftBulk        *bulk,
                                 WeftClientId     id);
/* The key of a root. */
guint32  weft_bulk_intern_root  (WeftBulk        *bulk,
                                 const guint8    *name,
                                 guint32          n_bytes);
/* weft-bulk-plain.c: what most structs of the first format are */
void     weft_bulk_plain_init   (WeftBulkPlain   *self,
                                 WeftBulk        *bulk,
                                 guint32          client);
/* Makes items of the structs that come next, up to the first that is not plain. */
void     weft_bulk_plain_read   (WeftBulkPlain   *self,
                                 WeftUpdateReader *reader);
/* The mark, of which the last item was made, will be known again. */
void     weft_bulk_plain_keep_mark (WeftBulkPlain *self,
                                 const WeftStruct *mark);
/* weft-bulk-columns.c: makes items of all structs of a client of the second format. FALSE where the general way has
 * to be taken. */
gboolean weft_bulk_read_columns (WeftBulk        *bulk,
                                 WeftUpdateReader *reader,
                                 guint32          client);
/* weft-bulk-deletes.c */
gboolean weft_bulk_pass_deletes (WeftBulk        *bulk,
                                 WeftReader      *reader,
                                 WeftUpdateFormat format);
/* weft-bulk-early.c: the item of handle @read was read: one a little before it is linked, where that can be done. */
void     weft_bulk_link_behind  (WeftBulk        *bulk,
                                 WeftHandle       read);
/* No more are to be linked early. */
void     weft_bulk_link_last    (WeftBulk        *bulk);
/* weft-bulk-resolve.c: finds all origins, and cuts items where these point into them. FALSE where the general way has
 * to be taken. */
gboolean weft_bulk_resolve      (WeftBulk        *bulk);
void     weft_bulk_add_cut      (WeftBulk        *bulk,
                                 WeftHandle       handle,
                                 guint32          clock);
