/* weft-writer.c - writes the lib0 encoding
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows lib0's encoding.js.
 */

#include "config.h"

#include "crdt/weft-writer.h"

#include <string.h>

void
weft_writer_init (WeftWriter *self)
{
  self->data = self->inline_data;
  self->size = 0;
  self->allocated = sizeof self->inline_data;
}

void
weft_writer_clear (WeftWriter *self)
{
  if (self->data != self->inline_data)
    g_free (self->data);

  weft_writer_init (self);
}

/**
 * weft_writer_reserve:
 * @n_bytes: how much is about to be written
 *
 * Makes room, so that the writes that follow do not have to.
 */
void
weft_writer_reserve (WeftWriter *self,
                     gsize       n_bytes)
{
  gsize wanted;

  if (n_bytes <= self->allocated - self->size)
    return;

  g_assert (n_bytes <= G_MAXSIZE / 2 - self->size);
  wanted = MAX (self->size + n_bytes, self->allocated * 2);

  if (self->data == self->inline_data)
    {
      self->data = g_malloc (wanted);
      memcpy (self->data, self->inline_data, self->size);
    }
  else
    {
      self->data = g_realloc (self->data, wanted);
    }

  self->allocated = wanted;
}

void
weft_writer_put_byte (WeftWriter *self,
                      guint8      value)
{
  weft_writer_reserve (self, 1);
  self->data[self->size++] = value;
}

static void
put_groups (WeftWriter *self,
            guint64     value)
{
  while (value >= 0x80)
    {
      self->data[self->size++] = (guint8) (value | 0x80);
      value >>= 7;
    }

  self->data[self->size++] = (guint8) value;
}

void
weft_writer_put_varuint (WeftWriter *self,
                         guint64     value)
{
  weft_writer_reserve (self, 10);
  put_groups (self, value);
}

void
weft_writer_put_varint (WeftWriter *self,
                        gint64      value,
                        gboolean    negative_zero)
{
  gboolean negative = value < 0 || (value == 0 && negative_zero);
  guint64 magnitude = value < 0 ? -(guint64) value : (guint64) value;
  guint8 first = (guint8) ((magnitude & 0x3f) | (negative ? 0x40 : 0));

  weft_writer_reserve (self, 11);
  magnitude >>= 6;

  if (magnitude == 0)
    {
      self->data[self->size++] = first;
      return;
    }

  self->data[self->size++] = first | 0x80;
  put_groups (self, magnitude);
}

void
weft_writer_put_be32 (WeftWriter *self,
                      guint32     value)
{
  guint32 big_endian = GUINT32_TO_BE (value);

  weft_writer_put_raw (self, &big_endian, sizeof big_endian);
}

void
weft_writer_put_be64 (WeftWriter *self,
                      guint64     value)
{
  guint64 big_endian = GUINT64_TO_BE (value);

  weft_writer_put_raw (self, &big_endian, sizeof big_endian);
}

void
weft_writer_put_raw (WeftWriter *self,
                     const void *data,
                     gsize       n_bytes)
{
  if (n_bytes == 0)
    return;

  weft_writer_reserve (self, n_bytes);
  memcpy (self->data + self->size, data, n_bytes);
  self->size += n_bytes;
}

void
weft_writer_put_buffer (WeftWriter *self,
                        const void *data,
                        gsize       n_bytes)
{
  weft_writer_put_varuint (self, n_bytes);
  weft_writer_put_raw (self, data, n_bytes);
}

void
weft_writer_put_string (WeftWriter *self,
                        const char *utf8,
                        gssize      n_bytes)
{
  weft_writer_put_buffer (self, utf8, n_bytes < 0 ? strlen (utf8) : (gsize) n_bytes);
}

GBytes *
weft_writer_steal_bytes (WeftWriter *self)
{
  GBytes *bytes;

  if (self->data == self->inline_data)
    bytes = g_bytes_new (self->data, self->size);
  else
    bytes = g_bytes_new_take (g_realloc (self->data, MAX (self->size, 1)), self->size);

  weft_writer_init (self);
  return bytes;
}
