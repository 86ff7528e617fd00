/* weft-reader.h - reads the lib0 encoding
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A sticky reader: after the first bad byte every read returns 0 or an empty range, so decoding is a
 * straight line with one check at the end, and a hostile count stops at once. The reader borrows
 * the bytes; they must outlive it.
 */

#pragma once

#include "crdt/weft-id.h"

G_BEGIN_DECLS

typedef struct
{
  const guint8 *data;
  gsize         size;
  gsize         pos;

  /* Set at the first failure; @pos then stays where it happened. */
  gboolean      failed;
  WeftCrdtError code;
  const char   *reason; /* static, untranslated: "string is not UTF-8" */
} WeftReader;

void          weft_reader_init              (WeftReader   *self,
                                             const guint8 *data,
                                             gsize         size);
void          weft_reader_init_bytes        (WeftReader   *self,
                                             GBytes       *bytes);
void          weft_reader_fail              (WeftReader   *self,
                                             WeftCrdtError code,
                                             const char   *reason);
/* The rest of a varUint whose first byte is @first, which asks for more. */
guint64       weft_reader_get_varuint_rest  (WeftReader   *self,
                                             guint8        first);
/* lib0 varInt: sign in bit 6 of the first byte. @negative_zero may be NULL. */
gint64        weft_reader_get_varint        (WeftReader   *self,
                                             gboolean     *negative_zero);
/* Of 54 bits: as the second format has differences of clocks, twice and a bit. */
gint64        weft_reader_get_wide_varint   (WeftReader   *self);
guint64       weft_reader_get_be64          (WeftReader   *self);
guint32       weft_reader_get_be32          (WeftReader   *self);
/* A varUint count of things that take at least @min_bytes_each: fails where the rest is too short. */
gsize         weft_reader_get_count         (WeftReader   *self,
                                             gsize         min_bytes_each);
/* @n_bytes raw bytes, borrowed. */
const guint8 *weft_reader_get_raw           (WeftReader   *self,
                                             gsize         n_bytes);
/* varUint8Array, borrowed. */
const guint8 *weft_reader_get_buffer        (WeftReader   *self,
                                             gsize        *n_bytes);
/* varString: checked to be well-formed UTF-8, borrowed, NOT zero terminated, may hold U+0000. */
const char   *weft_reader_get_string        (WeftReader   *self,
                                             gsize        *n_bytes);
/* As weft_reader_get_string(); @ascii tells whether there are only characters below U+0080. */
const char   *weft_reader_get_string_ascii  (WeftReader   *self,
                                             gsize        *n_bytes,
                                             gboolean     *ascii);
/* varString as a fresh zero-terminated copy; never %NULL. A string with U+0000 inside fails. */
char         *weft_reader_dup_string        (WeftReader   *self);
/* Any character may be in it, also U+0000. */
gboolean      weft_utf8_is_valid            (const char   *text,
                                             gsize         n_bytes);
gsize         weft_reader_get_remaining     (const WeftReader *self);
/* Whether nothing failed and, with @whole, nothing is left. Sets @error to what is wrong "at byte N". */
gboolean      weft_reader_finish            (WeftReader   *self,
                                             gboolean      whole,
                                             GError      **error);

/* Nearly all of an update is read by these two, so they stand here. */
static inline guint8
weft_reader_get_byte (WeftReader *self)
{
  if (G_LIKELY (!self->failed && self->pos < self->size))
    return self->data[self->pos++];

  weft_reader_fail (self, WEFT_CRDT_ERROR_TRUNCATED, "input ends early");
  return 0;
}

/* A varUint of at most 2^53 - 1; more is a failure. */
static inline guint64
weft_reader_get_varuint (WeftReader *self)
{
  guint8 byte = weft_reader_get_byte (self);

  return byte < 0x80 ? byte : weft_reader_get_varuint_rest (self, byte);
}

/* Whether the number that began at @start, and that @n_after bytes were read after, has more bytes than it needs: nobody
 * writes it again like that. */
static inline gboolean
weft_reader_was_overlong (const WeftReader *self,
                          gsize             start,
                          gsize             n_after)
{
  gsize end = self->pos - n_after;

  return G_UNLIKELY (end - start > 1) && !self->failed && self->data[end - 1] == 0;
}

G_END_DECLS
