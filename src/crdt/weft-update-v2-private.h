/* weft-update-v2-private.h - the columns of the second update format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The second format holds the same structs as the first, field by field, but each kind of field in a
 * column of its own, with repetitions counted. A source gives fields, a sink takes them; either may
 * be of either format, so that converting is reading from one and writing to the other.
 */

#pragma once

#include "crdt/weft-any.h"
#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

/* What waits in a document: the first format, but where an embed or a mark has a value that JSON does not give back,
 * it stands as weft_json_put_exact() writes it. It never leaves the document. */
#define WEFT_UPDATE_EXACT ((WeftUpdateFormat) (WEFT_UPDATE_V2 + 1))

/* From the budget of a source */
#define WEFT_STRUCT_COST 2
#define WEFT_TYPE_COST   6

/* A column that is read: a value and how often it still comes. */
typedef struct
{
  WeftReader bytes;
  guint64    count;
  guint64    value;
  gint64     diff;
  gboolean   for_ever;
} WeftColumn;

typedef struct
{
  WeftUpdateFormat format; /* never WEFT_UPDATE_EXACT */
  gboolean         exact;  /* but this */
  WeftReader       rest; /* of the whole input; everything in the first format */
  guint64          budget; /* for what may still come */
  gboolean         unlimited; /* it is of our own making: any number of structs, and what waits at clocks of 2^52 and more */
  WeftColumn       keys, clients, lefts, rights, infos, parents, types, lengths, string_lengths;

  /* All strings, one behind the other */
  const guint8    *text;
  gsize            n_text, at;
  guint64          units_left;
  gboolean         text_ascii;
  gboolean         inside_pair; /* the first half of what stands at @at was given */
  GString         *scratch;
  GArray          *known_keys; /* WeftSlice */
} WeftUpdateSource;

typedef struct
{
  const char *data; /* good until the next string is read */
  gsize       n_bytes;
} WeftSlice;

/* Always fills @self; what is wrong shows at the end, in @rest. */
void      weft_update_source_init        (WeftUpdateSource *self,
                                          GBytes           *bytes,
                                          WeftUpdateFormat  format);
/* Right after the beginning, where the bytes are our own. */
void      weft_update_source_unlimit     (WeftUpdateSource *self);
void      weft_update_source_clear       (WeftUpdateSource *self);
guint8    weft_update_source_get_info    (WeftUpdateSource *self);
guint64   weft_update_source_get_client  (WeftUpdateSource *self);
WeftId    weft_update_source_get_left    (WeftUpdateSource *self);
WeftId    weft_update_source_get_right   (WeftUpdateSource *self);
gboolean  weft_update_source_get_parent  (WeftUpdateSource *self); /* whether it is a root */
guint64   weft_update_source_get_type    (WeftUpdateSource *self);
guint64   weft_update_source_get_length  (WeftUpdateSource *self);
WeftSlice weft_update_source_get_string  (WeftUpdateSource *self);
WeftSlice weft_update_source_get_key     (WeftUpdateSource *self);
/* How many bytes may be made of the input where it is repetitive. */
gsize     weft_update_source_get_limit   (const WeftUpdateSource *self);
/* Takes the price of a struct from the budget; fails where there is none left. */
gboolean  weft_update_source_pay         (WeftUpdateSource *self,
                                          guint             kind);
/* A value that is JSON text in the first format. (transfer full): %NULL on failure */
WeftAny  *weft_update_source_get_json    (WeftUpdateSource *self);

/* A column that is written. */
typedef struct
{
  WeftWriter bytes;
  guint64    count;
  guint64    value;
  gint64     diff;
} WeftSinkColumn;

typedef struct
{
  WeftUpdateFormat format; /* never WEFT_UPDATE_EXACT */
  gboolean         exact;  /* but this */
  WeftWriter       rest; /* everything in the first format */
  WeftSinkColumn   keys, clients, lefts, rights, infos, parents, types, lengths, string_lengths;
  WeftWriter       text;
  guint64          n_keys;
} WeftUpdateSink;

void      weft_update_sink_init          (WeftUpdateSink   *self,
                                          WeftUpdateFormat  format);
void      weft_update_sink_clear         (WeftUpdateSink   *self);
void      weft_update_sink_put_info      (WeftUpdateSink   *self,
                                          guint8            info);
void      weft_update_sink_put_client    (WeftUpdateSink   *self,
                                          guint64           client);
void      weft_update_sink_put_left      (WeftUpdateSink   *self,
                                          WeftId            id);
void      weft_update_sink_put_right     (WeftUpdateSink   *self,
                                          WeftId            id);
void      weft_update_sink_put_parent    (WeftUpdateSink   *self,
                                          gboolean          is_root);
void      weft_update_sink_put_type      (WeftUpdateSink   *self,
                                          guint64           type);
void      weft_update_sink_put_length    (WeftUpdateSink   *self,
                                          guint64           length);
void      weft_update_sink_put_string    (WeftUpdateSink   *self,
                                          WeftSlice         string);
void      weft_update_sink_put_key       (WeftUpdateSink   *self,
                                          WeftSlice         key);
void      weft_update_sink_put_json      (WeftUpdateSink   *self,
                                          const WeftAny    *value);
/* A struct of a document from its unit @offset on. */
void      weft_update_sink_put_item      (WeftUpdateSink   *self,
                                          WeftDoc          *doc,
                                          const WeftItem   *item,
                                          guint32           offset);
/* The columns, then @n_runs and @rest, then @deletes. */
GBytes   *weft_update_sink_finish        (WeftUpdateSink   *self,
                                          guint64           n_runs,
                                          const WeftWriter *deletes);

G_END_DECLS
