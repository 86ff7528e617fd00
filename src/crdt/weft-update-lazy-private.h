/* weft-update-lazy-private.h - updates struct by struct, without a document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * LazyStructReader and LazyStructWriter of Yjs: a reader holds one struct at a time, a writer none,
 * so that merging costs no more than the bytes that go through.
 */

#pragma once

#include "crdt/weft-update-private.h"
#include "crdt/weft-update-v2-private.h"

G_BEGIN_DECLS

/* A struct with all that it holds. Its strings are its own; raw values point into the input. */
typedef struct
{
  WeftClientId  client;
  guint64       clock, len;
  guint64       skip; /* units at the start of the content that are not its own any more */
  guint8        kind, info; /* info: which of the following are there */
  WeftId        origin, right_origin, parent;
  gboolean      parent_is_root;
  guint64       type;
  GString      *root, *sub;
  GString      *text;  /* string; name of a type; guid; key of a mark; JSON texts as on the wire */
  const guint8 *raw;   /* Any values, binary, options of a subdocument */
  gsize         n_raw;
  gboolean      canonical; /* whether we would write @raw the same way */
  WeftAny      *value; /* embed; value of a mark */
} WeftLazyStruct;

typedef struct
{
  WeftUpdateSource source;
  WeftLazyStruct   curr;
  gboolean         done; /* @curr is none; also after a failure, which is in source.rest */
  gboolean         without_skips;
  gboolean         unordered; /* clients did not come in descending order */
  guint64          n_runs, n_structs; /* still to come */
  gboolean         begun;
  WeftClientId     client;
  guint64          clock;
} WeftLazyReader;

typedef struct
{
  WeftUpdateSink sink; /* its rest is that of the run under way */
  WeftWriter     runs; /* those that are finished */
  WeftClientId   client;
  guint64        n_runs, n_structs;
} WeftLazyWriter;

void       weft_lazy_struct_init   (WeftLazyStruct       *self);
void       weft_lazy_struct_clear  (WeftLazyStruct       *self);
/* Drops the first @n_units. */
void       weft_lazy_struct_slice  (WeftLazyStruct       *self,
                                    guint64               n_units);

/* Stands at the first struct. @unlimited: the bytes are our own, see WeftUpdateSource. */
void       weft_lazy_reader_init   (WeftLazyReader       *self,
                                    GBytes               *update,
                                    WeftUpdateFormat      format,
                                    gboolean              without_skips,
                                    gboolean              unlimited);
void       weft_lazy_reader_clear  (WeftLazyReader       *self);
void       weft_lazy_reader_next   (WeftLazyReader       *self);
/* After the last struct. (transfer full) (element-type WeftIdRange) */
GArray    *weft_lazy_reader_get_deletes (WeftLazyReader  *self);

void       weft_lazy_writer_init   (WeftLazyWriter       *self,
                                    WeftUpdateFormat      format);
void       weft_lazy_writer_clear  (WeftLazyWriter       *self);
/* @item without its first @offset units. */
void       weft_lazy_writer_put    (WeftLazyWriter       *self,
                                    const WeftLazyStruct *item,
                                    guint64               offset);
/* (transfer full) */
GBytes    *weft_lazy_writer_finish (WeftLazyWriter       *self,
                                    GArray               *deletes);

/* weft-update-deletes.c: the deletions of an update as they come, only clients in order */
GArray    *weft_update_deletes_read      (WeftUpdateSource *source);
/* Sorts and joins ranges. */
void       weft_update_deletes_normalize (GArray           *ranges);
/* Whether the second format can write them: only ranges that go up. */
gboolean   weft_update_deletes_go_up     (const GArray     *ranges);
void       weft_update_deletes_write     (const GArray     *ranges,
                                          WeftUpdateFormat  format,
                                          WeftWriter       *writer);

G_END_DECLS
