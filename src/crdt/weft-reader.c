/* weft-reader.c - reads the lib0 encoding
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows lib0's decoding.js, with every length checked against the bytes that are left.
 */

#include "config.h"

#include "crdt/weft-ascii-private.h"
#include "crdt/weft-reader.h"

#include <string.h>

/* Eight groups of seven bits hold 2^53 - 1; a ninth is an over-long form. */
#define MAX_VAR_BYTES 8

/* What an empty range points to, so that a borrowed pointer is never %NULL. */
static const guint8 empty[1];

void
weft_reader_init (WeftReader   *self,
                  const guint8 *data,
                  gsize         size)
{
  *self = (WeftReader){ .data = data != NULL ? data : empty, .size = data != NULL ? size : 0 };
}

void
weft_reader_init_bytes (WeftReader *self,
                        GBytes     *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  weft_reader_init (self, data, size);
}

/**
 * weft_reader_fail:
 * @reason: a static, untranslated text
 *
 * Makes every later read return nothing. The first failure is the one that is reported.
 */
void
weft_reader_fail (WeftReader   *self,
                  WeftCrdtError code,
                  const char   *reason)
{
  if (self->failed)
    return;

  self->failed = TRUE;
  self->code = code;
  self->reason = reason;
}

/* Adds seven-bit groups above @shift bits of @value while the high bit asks for more. */
static guint64
get_groups (WeftReader *self,
            guint64     value,
            guint       shift,
            guint64     max)
{
  for (guint n = 1; n < MAX_VAR_BYTES; n++)
    {
      guint8 byte = weft_reader_get_byte (self);

      if (self->failed)
        return 0;

      value |= (guint64) (byte & 0x7f) << shift;
      shift += 7;

      if (byte < 0x80)
        {
          if (value > max)
            break;

          return value;
        }
    }

  weft_reader_fail (self, WEFT_CRDT_ERROR_MALFORMED, "number does not fit in 53 bits");
  return 0;
}

guint64
weft_reader_get_varuint_rest (WeftReader *self,
                              guint8      first)
{
  guint64 word, ends;

  if (self->failed || self->size - self->pos < sizeof word - 1)
    return get_groups (self, first & 0x7f, 7, WEFT_MAX_SAFE_INTEGER);

  /* All bytes that a number can have, up to the first one without the high bit; their groups of seven bits then go
   * together two by two. */
  memcpy (&word, self->data + self->pos - 1, sizeof word);
  word = GUINT64_FROM_LE (word);
  ends = ~word & G_GUINT64_CONSTANT (0x8080808080808080);
  word &= (ends ^ (ends - 1)) & G_GUINT64_CONSTANT (0x7f7f7f7f7f7f7f7f);
  word = (word & G_GUINT64_CONSTANT (0x007f007f007f007f)) | (word & G_GUINT64_CONSTANT (0x7f007f007f007f00)) >> 1;
  word = (word & G_GUINT64_CONSTANT (0x00003fff00003fff)) | (word & G_GUINT64_CONSTANT (0x3fff00003fff0000)) >> 2;
  word = (word & G_GUINT64_CONSTANT (0x000000000fffffff)) | (word & G_GUINT64_CONSTANT (0x0fffffff00000000)) >> 4;
  if (ends == 0 || word > WEFT_MAX_SAFE_INTEGER)
    return get_groups (self, first & 0x7f, 7, WEFT_MAX_SAFE_INTEGER);
  self->pos += (gsize) __builtin_ctzll (ends) / 8;

  return word;
}

static gint64
get_signed (WeftReader *self,
            guint64     max,
            gboolean   *negative_zero)
{
  guint8 byte = weft_reader_get_byte (self);
  guint64 value = byte & 0x3f;
  gboolean negative = (byte & 0x40) != 0;

  if (byte >= 0x80)
    value = get_groups (self, value, 6, max);

  if (negative_zero != NULL)
    *negative_zero = negative && value == 0 && !self->failed;

  return negative ? -(gint64) value : (gint64) value;
}

gint64
weft_reader_get_varint (WeftReader *self,
                        gboolean   *negative_zero)
{
  return get_signed (self, WEFT_MAX_SAFE_INTEGER, negative_zero);
}

gint64
weft_reader_get_wide_varint (WeftReader *self)
{
  return get_signed (self, WEFT_MAX_SAFE_INTEGER * 2 + 1, NULL);
}

guint32
weft_reader_get_be32 (WeftReader *self)
{
  const guint8 *raw = weft_reader_get_raw (self, 4);
  guint32 value;

  if (self->failed)
    return 0;

  memcpy (&value, raw, sizeof value);
  return GUINT32_FROM_BE (value);
}

guint64
weft_reader_get_be64 (WeftReader *self)
{
  const guint8 *raw = weft_reader_get_raw (self, 8);
  guint64 value;

  if (self->failed)
    return 0;

  memcpy (&value, raw, sizeof value);
  return GUINT64_FROM_BE (value);
}

gsize
weft_reader_get_count (WeftReader *self,
                       gsize       min_bytes_each)
{
  guint64 count = weft_reader_get_varuint (self);

  if (self->failed)
    return 0;

  if (count > (self->size - self->pos) / MAX (min_bytes_each, 1))
    {
      weft_reader_fail (self, WEFT_CRDT_ERROR_TRUNCATED, "count is larger than the input");
      return 0;
    }

  return (gsize) count;
}

const guint8 *
weft_reader_get_raw (WeftReader *self,
                     gsize       n_bytes)
{
  const guint8 *raw;

  if (self->failed)
    return empty;

  if (n_bytes > self->size - self->pos)
    {
      weft_reader_fail (self, WEFT_CRDT_ERROR_TRUNCATED, "length reaches past the end");
      return empty;
    }

  raw = self->data + self->pos;
  self->pos += n_bytes;
  return raw;
}

const guint8 *
weft_reader_get_buffer (WeftReader *self,
                        gsize      *n_bytes)
{
  gsize length = weft_reader_get_count (self, 1);
  const guint8 *raw = weft_reader_get_raw (self, length);

  *n_bytes = self->failed ? 0 : length;
  return raw;
}

/* g_utf8_validate_len() stops at U+0000, which is as good as any other character here. */
gboolean
weft_utf8_is_valid (const char *text,
                    gsize       n_bytes)
{
  const char *limit = text + n_bytes;

  while (text < limit)
    {
      const char *end;

      if (g_utf8_validate_len (text, (gsize) (limit - text), &end))
        return TRUE;
      if (*end != '\0')
        return FALSE;
      text = end + 1;
    }

  return TRUE;
}

static gboolean
is_ascii (const char *text,
          gsize       n_bytes)
{
  guint64 high = 0, eight;
  gsize at = 0;

  for (; at + sizeof eight <= n_bytes; at += sizeof eight)
    {
      memcpy (&eight, text + at, sizeof eight);
      high |= eight;
    }

  return (high & G_GUINT64_CONSTANT (0x8080808080808080)) == 0 && weft_few_are_ascii (text + at, n_bytes - at);
}

const char *
weft_reader_get_string (WeftReader *self,
                        gsize      *n_bytes)
{
  gboolean ascii;

  return weft_reader_get_string_ascii (self, n_bytes, &ascii);
}

const char *
weft_reader_get_string_ascii (WeftReader *self,
                              gsize      *n_bytes,
                              gboolean   *ascii)
{
  gsize start = self->pos;
  const char *text = (const char *) weft_reader_get_buffer (self, n_bytes);

  *ascii = is_ascii (text, *n_bytes);
  if (!self->failed && !*ascii && !weft_utf8_is_valid (text, *n_bytes))
    {
      self->pos = start;
      weft_reader_fail (self, WEFT_CRDT_ERROR_MALFORMED, "string is not UTF-8");
    }

  if (self->failed)
    {
      *n_bytes = 0;
      return (const char *) empty;
    }

  return text;
}

char *
weft_reader_dup_string (WeftReader *self)
{
  gsize start = self->pos;
  gsize n_bytes;
  const char *text = weft_reader_get_string (self, &n_bytes);

  if (memchr (text, '\0', n_bytes) != NULL)
    {
      self->pos = start;
      weft_reader_fail (self, WEFT_CRDT_ERROR_MALFORMED, "name holds U+0000");
      n_bytes = 0;
    }

  return g_strndup (text, n_bytes);
}

gsize
weft_reader_get_remaining (const WeftReader *self)
{
  return self->failed ? 0 : self->size - self->pos;
}

gboolean
weft_reader_finish (WeftReader *self,
                    gboolean    whole,
                    GError    **error)
{
  if (!self->failed && whole && self->pos < self->size)
    weft_reader_fail (self, WEFT_CRDT_ERROR_MALFORMED, "bytes after the end");

  if (!self->failed)
    return TRUE;

  g_set_error (error, WEFT_CRDT_ERROR, (int) self->code, "%s at byte %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT,
               self->reason, self->pos, self->size);
  return FALSE;
}
