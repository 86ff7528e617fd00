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
  guint64    count; /* G_MAXUINT64: for ever */
  guint64    value;
  gint64     diff;
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

/* Nearly all of an update is read by these three, so they stand here. What is wrong shows in @rest. */

/* Each reads a value and how often it comes, at least once. */
void      weft_column_fill_bytes         (WeftUpdateSource *self,
                                          WeftColumn       *column);
void      weft_column_fill_uints         (WeftUpdateSource *self,
                                          WeftColumn       *column);
void      weft_column_fill_diffs         (WeftUpdateSource *self,
                                          WeftColumn       *column);
/* Fails as if all were read from one reader. */
void      weft_column_fail               (WeftUpdateSource *self,
                                          const WeftColumn *column,
                                          WeftCrdtError     code,
                                          const char       *reason);

/* A varInt of at most four bytes, one after the other in @groups; its sign is WEFT_COLUMN_SIGN. %FALSE: it is longer, or
 * the column ends. How often a value comes, which follows, has a byte yet. */
static inline gboolean
weft_column_get_groups (WeftColumn *column,
                        guint32    *groups)
{
  WeftReader *bytes = &column->bytes;
  guint32 ends;

  if (G_UNLIKELY (bytes->size - bytes->pos <= sizeof *groups))
    return FALSE;
  memcpy (groups, bytes->data + bytes->pos, sizeof *groups);
  *groups = GUINT32_FROM_LE (*groups);
  ends = ~*groups & 0x80808080;
  if (G_UNLIKELY (ends == 0))
    return FALSE;
  /* Without a branch for each length: what stands up to the first byte that ends a number */
  bytes->pos += __builtin_ctz (ends) / 8 + 1;
  *groups &= (ends ^ (ends - 1)) & 0x7f7f7f7f;

  return TRUE;
}

#define WEFT_COLUMN_SIGN 0x40

static inline guint32
weft_column_join_groups (guint32 groups)
{
  return (groups & 0x3f) | (groups & 0x7f00) >> 2 | (groups & 0x7f0000) >> 3 | (groups & 0x7f000000) >> 4;
}

static inline void
weft_column_fill_short_uints (WeftUpdateSource *self,
                              WeftColumn       *column)
{
  gsize before = column->bytes.pos;
  guint32 groups;

  if (G_UNLIKELY (!weft_column_get_groups (column, &groups)))
    {
      weft_column_fill_uints (self, column);
      return;
    }
  column->value = weft_column_join_groups (groups);
  column->count = 1;
  if (groups & WEFT_COLUMN_SIGN)
    {
      guint8 more = column->bytes.data[column->bytes.pos++];

      column->count = more + 2;
      if (G_UNLIKELY (more >= 0x80))
        {
          column->bytes.pos = before;
          weft_column_fill_uints (self, column);
        }
    }
}

static inline void
weft_column_fill_short_diffs (WeftUpdateSource *self,
                              WeftColumn       *column)
{
  gsize before = column->bytes.pos;
  guint32 groups;
  gint32 diff;

  if (G_UNLIKELY (!weft_column_get_groups (column, &groups)))
    {
      weft_column_fill_diffs (self, column);
      return;
    }
  diff = (gint32) weft_column_join_groups (groups);
  diff = groups & WEFT_COLUMN_SIGN ? -diff : diff;
  column->diff = diff >> 1;
  column->count = 1;
  if (diff & 1)
    {
      guint8 more = column->bytes.data[column->bytes.pos++];

      column->count = more + 2;
      if (G_UNLIKELY (more >= 0x80))
        {
          column->bytes.pos = before;
          weft_column_fill_diffs (self, column);
        }
    }
}

/* RleDecoder of lib0: a byte and how often, the last one for ever. */
static inline guint8
weft_column_get_byte (WeftUpdateSource *self,
                      WeftColumn       *column)
{
  if (column->count == 0)
    {
      const WeftReader *bytes = &column->bytes;

      if (G_LIKELY (bytes->size - bytes->pos > 1 && bytes->data[bytes->pos + 1] < 0x80))
        {
          column->value = bytes->data[bytes->pos];
          column->count = bytes->data[bytes->pos + 1] + 1;
          column->bytes.pos += 2;
        }
      else
        {
          weft_column_fill_bytes (self, column);
        }
    }
  column->count--;

  return (guint8) column->value;
}

/* UintOptRleDecoder: a negative number comes several times. */
static inline guint64
weft_column_get_uint (WeftUpdateSource *self,
                      WeftColumn       *column)
{
  if (column->count == 0)
    weft_column_fill_short_uints (self, column);
  column->count--;

  return column->value;
}

/* IntDiffOptRleDecoder: differences; the lowest bit tells that one comes several times. */
static inline guint64
weft_column_get_diff (WeftUpdateSource *self,
                      WeftColumn       *column)
{
  guint64 value;

  if (column->count == 0)
    weft_column_fill_short_diffs (self, column);
  column->count--;
  value = column->value + (guint64) column->diff;
  /* What is below 0 is also more. */
  if (G_UNLIKELY (value > WEFT_MAX_SAFE_INTEGER))
    {
      weft_column_fail (self, column, WEFT_CRDT_ERROR_MALFORMED, "number does not fit in 53 bits");
      return 0;
    }

  return column->value = value;
}

/* Takes the price of a struct from the budget; fails where there is none left. */
static inline gboolean
weft_update_source_pay (WeftUpdateSource *self,
                        guint             kind)
{
  guint64 cost = kind == WEFT_CONTENT_TYPE ? WEFT_TYPE_COST : WEFT_STRUCT_COST;

  if (G_UNLIKELY (self->budget < cost))
    {
      weft_reader_fail (&self->rest, WEFT_CRDT_ERROR_TOO_LARGE, "more structs than the input pays for");
      return FALSE;
    }
  self->budget -= cost;

  return TRUE;
}

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
/* weft-update-v2-items.c: the items of a client from the one at @from on, that one from its unit @offset on. */
void      weft_update_sink_put_items     (WeftUpdateSink   *self,
                                          const WeftIndexSpot *from,
                                          guint32           offset,
                                          WeftDoc          *doc);
/* The columns, then @n_runs and @rest, then @deletes. */
GBytes   *weft_update_sink_finish        (WeftUpdateSink   *self,
                                          guint64           n_runs,
                                          const WeftWriter *deletes);

G_END_DECLS
