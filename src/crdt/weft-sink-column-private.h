/* weft-sink-column-private.h - writes fields into columns of the second update format
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The run-length encoders of lib0, byte for byte. A field is compared with the one before it in its column; what is
 * written is how often that one came, once another comes. There are two ways to write it: with a look whether there is
 * room, and, where WEFT_SINK_ROOM was made for every field that is about to be put, without one and without a branch
 * for each length.
 */

#pragma once

#include "crdt/weft-update-v2-private.h"

G_BEGIN_DECLS

/* What a field takes at most where the one before it is written: its number and how often it came, eight bytes each, and
 * eight more, as all of eight are always written. */
#define WEFT_SINK_ROOM 24

/* weft_writer_put_varint() for what is put most. */
static inline void
weft_sink_put_varint (WeftWriter *writer,
                      gint64      value,
                      gboolean    negative_zero)
{
  guint64 magnitude = value < 0 ? -(guint64) value : (guint64) value;
  guint8 sign = value < 0 || (value == 0 && negative_zero) ? 0x40 : 0, *at;

  if (G_UNLIKELY (writer->allocated - writer->size < 3 || magnitude >= 1 << 20))
    {
      weft_writer_put_varint (writer, value, negative_zero);
      return;
    }
  at = writer->data + writer->size;
  *at++ = (guint8) (magnitude & 0x3f) | sign | (magnitude >= 0x40 ? 0x80 : 0);
  if (magnitude >= 0x40)
    *at++ = (guint8) (magnitude >> 6 & 0x7f) | (magnitude >= 0x2000 ? 0x80 : 0);
  if (magnitude >= 0x2000)
    *at++ = (guint8) (magnitude >> 13);
  writer->size = at - writer->data;
}

/* RleEncoder; the last count is not written. */
static inline void
weft_sink_put_byte (WeftSinkColumn *column,
                    guint8          value)
{
  if (column->count > 0 && column->value == value)
    {
      column->count++;
      return;
    }
  if (column->count > 0)
    weft_writer_put_varuint (&column->bytes, column->count - 1);
  column->count = 1;
  column->value = value;
  weft_writer_put_byte (&column->bytes, value);
}

static inline void
weft_sink_flush_uint (WeftSinkColumn *column)
{
  if (column->count == 0)
    return;
  if (column->count == 1)
    {
      weft_sink_put_varint (&column->bytes, (gint64) column->value, FALSE);
      return;
    }
  weft_sink_put_varint (&column->bytes, -(gint64) column->value, TRUE);
  weft_writer_put_varuint (&column->bytes, column->count - 2);
}

/* UintOptRleEncoder */
static inline void
weft_sink_put_uint (WeftSinkColumn *column,
                    guint64         value)
{
  if (column->value == value)
    {
      column->count++;
      return;
    }
  weft_sink_flush_uint (column);
  column->count = 1;
  column->value = value;
}

static inline void
weft_sink_flush_diff (WeftSinkColumn *column)
{
  if (column->count == 0)
    return;
  weft_sink_put_varint (&column->bytes, column->diff * 2 + (column->count == 1 ? 0 : 1), FALSE);
  if (column->count > 1)
    weft_writer_put_varuint (&column->bytes, column->count - 2);
}

/* IntDiffOptRleEncoder */
static inline void
weft_sink_put_diff (WeftSinkColumn *column,
                    guint64         value)
{
  gint64 diff = (gint64) value - (gint64) column->value;

  column->value = value;
  if (column->diff == diff)
    {
      column->count++;
      return;
    }
  weft_sink_flush_diff (column);
  column->count = 1;
  column->diff = diff;
}

/* A number below 2^56 of groups of seven bits; eight bytes are written in any case. Returns how many it has. */
static inline gsize
weft_sink_put_wide (guint8 *at,
                    guint64 number)
{
  guint n = ((63 - (guint) __builtin_clzll (number | 1)) * 9 + 73) / 64;
  guint64 bytes = (number & 0xfffffff) | (number >> 28) << 32;

  bytes = (bytes & G_GUINT64_CONSTANT (0x00003fff00003fff)) | (bytes & G_GUINT64_CONSTANT (0x0fffc0000fffc000)) << 2;
  bytes = (bytes & G_GUINT64_CONSTANT (0x007f007f007f007f)) | (bytes & G_GUINT64_CONSTANT (0x3f803f803f803f80)) << 1;
  /* All but the last say that more comes. */
  bytes |= G_GUINT64_CONSTANT (0x8080808080808080) & ((G_GUINT64_CONSTANT (1) << (8 * n - 8)) - 1);
  bytes = GUINT64_TO_LE (bytes);
  memcpy (at, &bytes, sizeof bytes);

  return n;
}

/* As weft_sink_put_wide(), for what mostly is below 2^28; no branch for each length. */
static inline gsize
weft_sink_put_short (guint8 *at,
                     guint64 number)
{
  guint32 n, bytes;

  if (G_UNLIKELY (number >= 1 << 28))
    return weft_sink_put_wide (at, number);
  n = 1 + (number >= 0x80) + (number >= 0x4000) + (number >= 0x200000);
  bytes = (number & 0x3fff) | number >> 14 << 16;
  bytes = (bytes & 0x7f007f) | (bytes & 0x3f803f80) << 1;
  bytes |= 0x80808080 & ~(G_MAXUINT32 << (8 * n - 8));
  bytes = GUINT32_TO_LE (bytes);
  memcpy (at, &bytes, sizeof bytes);

  return n;
}

/* A number and how often it came, as in weft_sink_flush_uint(). */
static inline void
weft_sink_put_run (WeftSinkColumn *column,
                   guint64         magnitude,
                   guint64         negative)
{
  guint8 *at = column->bytes.data + column->bytes.size;

  if (G_UNLIKELY (column->count == 0))
    return;
  at += weft_sink_put_short (at, (magnitude & 0x3f) | negative << 6 | magnitude >> 6 << 7);
  if (column->count > 1)
    at += weft_sink_put_short (at, column->count - 2);
  column->bytes.size = at - column->bytes.data;
}

static inline void
weft_sink_put_uint_fast (WeftSinkColumn *column,
                         guint64         value)
{
  if (column->value == value)
    {
      column->count++;
      return;
    }
  weft_sink_put_run (column, column->value, column->count > 1);
  column->count = 1;
  column->value = value;
}

static inline void
weft_sink_put_diff_fast (WeftSinkColumn *column,
                         guint64         value)
{
  gint64 diff = (gint64) value - (gint64) column->value;
  guint64 number;

  column->value = value;
  if (column->diff == diff)
    {
      column->count++;
      return;
    }
  number = (guint64) column->diff * 2 + (column->count > 1);
  weft_sink_put_run (column, column->diff < 0 ? -number : number, column->diff < 0);
  column->count = 1;
  column->diff = diff;
}

static inline void
weft_sink_put_byte_fast (WeftSinkColumn *column,
                         guint8          value)
{
  guint8 *at;

  if (column->count > 0 && column->value == value)
    {
      column->count++;
      return;
    }
  at = column->bytes.data + column->bytes.size;
  if (G_LIKELY (column->count > 0))
    at += weft_sink_put_short (at, column->count - 1);
  *at++ = value;
  column->bytes.size = at - column->bytes.data;
  column->count = 1;
  column->value = value;
}

G_END_DECLS
