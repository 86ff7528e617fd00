/* weft-any-codec.c - values as bytes, as by lib0's writeAny (encoding.js) and readAny
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-any-layout.h"

static WeftAny *read_any    (WeftReader *reader,
                             guint       depth);
static WeftAny *read_within (WeftAny    *container,
                             WeftReader *reader,
                             guint       depth);

static WeftAny *
read_array (WeftReader *reader,
            guint       depth)
{
  WeftAny *self = weft_any_new_array ();
  gsize n_items = weft_reader_get_count (reader, 1);

  for (gsize i = 0; i < n_items && !reader->failed; i++)
    weft_any_array_take (self, read_within (self, reader, depth + 1));

  return self;
}

/* Assigning to this key makes no member in JavaScript, and lib0 assigns what it reads. */
gboolean
weft_any_is_prototype (const char *key,
                       gsize       n_bytes)
{
  return n_bytes == strlen ("__proto__") && memcmp (key, "__proto__", n_bytes) == 0;
}

static WeftAny *
read_object (WeftReader *reader,
             guint       depth)
{
  WeftAny *self = weft_any_new_object ();
  gsize n_members = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_members && !reader->failed; i++)
    {
      gsize n_bytes;
      const char *key = weft_reader_get_string (reader, &n_bytes);
      WeftAny *value = read_within (self, reader, depth + 1);

      if (weft_any_is_prototype (key, n_bytes))
        weft_any_release (self, value);
      else
        weft_any_object_append (self, key, n_bytes, value);
    }

  weft_any_object_seal (self);
  return self;
}

static double
read_float32 (WeftReader *reader)
{
  guint32 bits = weft_reader_get_be32 (reader);
  float value;

  memcpy (&value, &bits, sizeof value);
  return (double) value;
}

static double
read_float64 (WeftReader *reader)
{
  guint64 bits = weft_reader_get_be64 (reader);
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static double
read_integer (WeftReader *reader)
{
  gboolean negative_zero;
  gint64 value = weft_reader_get_varint (reader, &negative_zero);

  return negative_zero ? -0.0 : (double) value;
}

static WeftAny *
read_bytes (WeftReader *reader)
{
  gsize n_bytes;
  const guint8 *raw = weft_reader_get_buffer (reader, &n_bytes);
  g_autoptr(GBytes) bytes = g_bytes_new (raw, n_bytes);

  return weft_any_new_bytes (bytes);
}

static WeftAny *
read_string (WeftReader *reader)
{
  gsize n_bytes;
  const char *text = weft_reader_get_string (reader, &n_bytes);

  return weft_any_new_string_len (text, (gssize) n_bytes);
}

/* Recursion is bounded by WEFT_MAX_DEPTH. */
static WeftAny *
read_any (WeftReader *reader,
          guint       depth)
{
  guint8 tag = weft_reader_get_byte (reader);

  if (reader->failed)
    return weft_any_new_undefined ();

  if (depth > WEFT_MAX_DEPTH)
    {
      weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "value is nested too deeply");
      return weft_any_new_undefined ();
    }

  switch (tag)
    {
    case WEFT_TAG_BYTES:
      return read_bytes (reader);
    case WEFT_TAG_ARRAY:
      return read_array (reader, depth);
    case WEFT_TAG_OBJECT:
      return read_object (reader, depth);
    case WEFT_TAG_STRING:
      return read_string (reader);
    case WEFT_TAG_TRUE:
    case WEFT_TAG_FALSE:
      return weft_any_new_boolean (tag == WEFT_TAG_TRUE);
    case WEFT_TAG_BIGINT:
      return weft_any_new_bigint ((gint64) weft_reader_get_be64 (reader));
    case WEFT_TAG_FLOAT64:
      return weft_any_new_number (read_float64 (reader));
    case WEFT_TAG_FLOAT32:
      return weft_any_new_number (read_float32 (reader));
    case WEFT_TAG_INTEGER:
      return weft_any_new_number (read_integer (reader));
    case WEFT_TAG_NULL:
      return weft_any_new_null ();
    case WEFT_TAG_UNDEFINED:
      return weft_any_new_undefined ();
    default:
      reader->pos--;
      weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "unknown kind of value");
      return weft_any_new_undefined ();
    }
}

static WeftAny *
put_number_within (WeftAny *container,
                   double   value)
{
  WeftAny *self = weft_any_new_within (container, WEFT_ANY_NUMBER, WEFT_ANY_SCALAR_SIZE);

  self->u.number = value;

  return self;
}

/* As read_any(): a number or a short string stands in a block of @container, which is about to hold it. */
static WeftAny *
read_within (WeftAny    *container,
             WeftReader *reader,
             guint       depth)
{
  guint8 tag = !reader->failed && reader->pos < reader->size ? reader->data[reader->pos] : WEFT_TAG_UNDEFINED;
  const char *text;
  WeftAny *self;
  gsize n_bytes;
  char *copy;

  if (tag < WEFT_TAG_STRING || tag > WEFT_TAG_INTEGER || tag == WEFT_TAG_BIGINT || depth > WEFT_MAX_DEPTH)
    return read_any (reader, depth);
  reader->pos++;
  switch (tag)
    {
    case WEFT_TAG_INTEGER:
      return put_number_within (container, read_integer (reader));
    case WEFT_TAG_FLOAT64:
      return put_number_within (container, read_float64 (reader));
    case WEFT_TAG_FLOAT32:
      return put_number_within (container, read_float32 (reader));
    case WEFT_TAG_STRING:
      text = weft_reader_get_string (reader, &n_bytes);
      if (n_bytes >= WEFT_ANY_MAX_WITHIN)
        return weft_any_new_string_len (text, (gssize) n_bytes);
      self = weft_any_new_within (container, WEFT_ANY_STRING, (guint32) (WEFT_ANY_STRING_SIZE + n_bytes + 1));
      copy = (char *) self + WEFT_ANY_STRING_SIZE;
      memcpy (copy, text, n_bytes);
      copy[n_bytes] = '\0';
      self->u.string.n_bytes = n_bytes;
      self->u.string.utf8 = copy;
      return self;
    default:
      return weft_any_new_boolean (tag == WEFT_TAG_TRUE);
    }
}

WeftAny *
weft_any_read_within (WeftAny    *container,
                      WeftReader *reader)
{
  return read_within (container, reader, 0);
}

WeftAny *
weft_any_read_checked (WeftAny      *container,
                       const guint8 *data,
                       gsize         n_room)
{
  WeftReader reader;

  /* Most numbers are whole and small, and most other values are constants. */
  if (G_LIKELY (n_room >= 3))
    switch (data[0])
      {
      case WEFT_TAG_INTEGER:
        if (data[1] < 0x40)
          return put_number_within (container, data[1]);
        if ((data[1] & 0xc0) == 0x80 && data[2] < 0x80)
          return put_number_within (container, (data[1] & 0x3f) | (guint32) data[2] << 6);
        break;
      case WEFT_TAG_TRUE:
      case WEFT_TAG_FALSE:
        return weft_any_new_boolean (data[0] == WEFT_TAG_TRUE);
      case WEFT_TAG_NULL:
        return weft_any_new_null ();
      default:
        break;
      }
  weft_reader_init (&reader, data, n_room);

  return read_within (container, &reader, 0);
}

/**
 * weft_any_read:
 * @reader: stands where lib0's writeAny wrote a value
 *
 * Returns: (transfer full): the value; something meaningless, never %NULL, where @reader failed
 */
WeftAny *
weft_any_read (WeftReader *reader)
{
  return read_any (reader, 0);
}

static void
write_number (double      value,
              WeftWriter *writer)
{
  WeftFewBytes few = weft_any_number_bytes (value);
  guint8 small[sizeof few.low + 1];

  weft_few_bytes_put (few, small);
  weft_writer_put_raw (writer, small, few.n);
}

static void
write_string (const char *utf8,
              gsize       n_bytes,
              WeftWriter *writer)
{
  g_autofree char *copy = NULL;

  if (G_LIKELY (weft_any_find_lone (utf8, n_bytes, 0) == n_bytes))
    {
      weft_writer_put_string (writer, utf8, (gssize) n_bytes);
      return;
    }
  copy = g_memdup2 (utf8, n_bytes);
  weft_any_replace_lone_in (copy, n_bytes);
  weft_writer_put_string (writer, copy, (gssize) n_bytes);
}

static void
write_array (const WeftAny *self,
             WeftWriter    *writer)
{
  weft_writer_put_byte (writer, WEFT_TAG_ARRAY);
  weft_writer_put_varuint (writer, self->u.array.n_items);

  for (gsize i = 0; i < self->u.array.n_items; i++)
    weft_any_write (self->u.array.items[i], writer);
}

static void
write_object (const WeftAny *self,
              WeftWriter    *writer)
{
  weft_writer_put_byte (writer, WEFT_TAG_OBJECT);
  weft_writer_put_varuint (writer, self->u.object.n_members);

  for (guint32 i = 0; i < self->u.object.n_members; i++)
    {
      const WeftAnyMember *member = &self->u.object.members[i];

      write_string (member->key, member->n_bytes, writer);
      weft_any_write (member->value, writer);
    }
}

guint8 *
weft_any_put_short (const WeftAny *self,
                    guint8        *at)
{
  gsize n_bytes;

  switch (self->kind)
    {
    case WEFT_ANY_NUMBER:
      return weft_few_bytes_put (weft_any_number_bytes (self->u.number), at);
    case WEFT_ANY_STRING:
      n_bytes = self->u.string.n_bytes;
      if (n_bytes > WEFT_SHORT_VALUE - 2 || memchr (self->u.string.utf8, 0xed, n_bytes) != NULL)
        return NULL;
      *at++ = WEFT_TAG_STRING;
      *at++ = (guint8) n_bytes;
      memcpy (at, self->u.string.utf8, n_bytes);
      return at + n_bytes;
    case WEFT_ANY_BOOLEAN:
      *at++ = self->u.boolean ? WEFT_TAG_TRUE : WEFT_TAG_FALSE;
      return at;
    case WEFT_ANY_NULL:
      *at++ = WEFT_TAG_NULL;
      return at;
    case WEFT_ANY_UNDEFINED:
      *at++ = WEFT_TAG_UNDEFINED;
      return at;
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_ARRAY:
    case WEFT_ANY_OBJECT:
    default:
      return NULL;
    }
}

void
weft_any_write (const WeftAny *self,
                WeftWriter    *writer)
{
  switch (self->kind)
    {
    case WEFT_ANY_UNDEFINED:
      weft_writer_put_byte (writer, WEFT_TAG_UNDEFINED);
      break;
    case WEFT_ANY_NULL:
      weft_writer_put_byte (writer, WEFT_TAG_NULL);
      break;
    case WEFT_ANY_BOOLEAN:
      weft_writer_put_byte (writer, self->u.boolean ? WEFT_TAG_TRUE : WEFT_TAG_FALSE);
      break;
    case WEFT_ANY_NUMBER:
      write_number (self->u.number, writer);
      break;
    case WEFT_ANY_BIGINT:
      weft_writer_put_byte (writer, WEFT_TAG_BIGINT);
      weft_writer_put_be64 (writer, (guint64) self->u.bigint);
      break;
    case WEFT_ANY_STRING:
      weft_writer_put_byte (writer, WEFT_TAG_STRING);
      write_string (self->u.string.utf8, self->u.string.n_bytes, writer);
      break;
    case WEFT_ANY_BYTES:
      weft_writer_put_byte (writer, WEFT_TAG_BYTES);
      weft_writer_put_buffer (writer, g_bytes_get_data (self->u.bytes, NULL),
                              g_bytes_get_size (self->u.bytes));
      break;
    case WEFT_ANY_ARRAY:
      write_array (self, writer);
      break;
    case WEFT_ANY_OBJECT:
      write_object (self, writer);
      break;
    }
}
