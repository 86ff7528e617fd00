/* weft-json-check.c - whether a text is JSON, without making values of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Takes exactly what weft_any_from_json() takes, and needs no memory: a relay looks at thousands of awareness
 * states a second and keeps only their text.
 */

#include "config.h"

#include "crdt/weft-any.h"

#include <string.h>

static void
refuse (WeftReader *reader,
        const char *reason)
{
  weft_reader_fail (reader,
                    reader->pos >= reader->size ? WEFT_CRDT_ERROR_TRUNCATED : WEFT_CRDT_ERROR_MALFORMED,
                    reason);
}

/* The next byte without taking it, 0 at the end. */
static guint8
peek (const WeftReader *reader)
{
  return reader->pos < reader->size && !reader->failed ? reader->data[reader->pos] : 0;
}

/* @wanted is not 0. */
static gboolean
accept (WeftReader *reader,
        guint8      wanted)
{
  if (peek (reader) != wanted)
    return FALSE;

  reader->pos++;
  return TRUE;
}

static void
skip_space (WeftReader *reader)
{
  guint8 c;

  while ((c = peek (reader)) == ' ' || c == '\n' || c == '\t' || c == '\r')
    reader->pos++;
}

static gboolean
accept_word (WeftReader *reader,
             const char *word,
             gsize       length)
{
  if (reader->failed || reader->size - reader->pos < length || memcmp (reader->data + reader->pos, word, length) != 0)
    return FALSE;

  reader->pos += length;
  return TRUE;
}

static void
skip_digits (WeftReader *reader)
{
  gsize start = reader->pos;

  while (g_ascii_isdigit (peek (reader)))
    reader->pos++;

  if (reader->pos == start)
    refuse (reader, "a digit is missing");
}

static void
skip_number (WeftReader *reader)
{
  accept (reader, '-');
  if (!accept (reader, '0'))
    skip_digits (reader);
  if (accept (reader, '.'))
    skip_digits (reader);
  if (accept (reader, 'e') || accept (reader, 'E'))
    {
      if (!accept (reader, '+'))
        accept (reader, '-');
      skip_digits (reader);
    }
}

static void
skip_escape (WeftReader *reader)
{
  guint8 c = peek (reader);

  if (c == 0 || strchr ("\"\\/bfnrtu", c) == NULL)
    {
      refuse (reader, "unknown escape");
      return;
    }

  reader->pos++;
  for (guint i = 0; c == 'u' && i < 4 && !reader->failed; i++)
    {
      if (g_ascii_isxdigit (peek (reader)))
        reader->pos++;
      else
        refuse (reader, "broken \\u escape");
    }
}

/* Stands behind the opening quotation mark. */
static void
skip_string (WeftReader *reader)
{
  while (!reader->failed)
    {
      const guint8 *data = reader->data;
      gsize pos = reader->pos;

      while (pos < reader->size && data[pos] >= 0x20 && data[pos] != '"' && data[pos] != '\\')
        pos++;
      reader->pos = pos;

      if (accept (reader, '"'))
        return;
      if (accept (reader, '\\'))
        skip_escape (reader);
      else
        refuse (reader, "string does not end");
    }
}

static void skip_value (WeftReader *reader,
                        guint       depth);

static void
skip_array (WeftReader *reader,
            guint       depth)
{
  skip_space (reader);
  if (accept (reader, ']'))
    return;

  while (!reader->failed)
    {
      skip_value (reader, depth + 1);
      skip_space (reader);
      if (accept (reader, ']'))
        return;
      if (!accept (reader, ','))
        refuse (reader, "',' or ']' is missing");
    }
}

static void
skip_object (WeftReader *reader,
             guint       depth)
{
  skip_space (reader);
  if (accept (reader, '}'))
    return;

  while (!reader->failed)
    {
      skip_space (reader);
      if (!accept (reader, '"'))
        {
          refuse (reader, "a key is missing");
          return;
        }
      skip_string (reader);
      skip_space (reader);
      if (!accept (reader, ':'))
        refuse (reader, "':' is missing");
      skip_value (reader, depth + 1);
      skip_space (reader);
      if (accept (reader, '}'))
        return;
      if (!accept (reader, ','))
        refuse (reader, "',' or '}' is missing");
    }
}

/* Recursion is bounded by WEFT_MAX_DEPTH. */
static void
skip_value (WeftReader *reader,
            guint       depth)
{
  guint8 c;

  skip_space (reader);
  if (depth > WEFT_MAX_DEPTH)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "JSON is nested too deeply");

  c = peek (reader);
  if (accept (reader, '{'))
    skip_object (reader, depth);
  else if (accept (reader, '['))
    skip_array (reader, depth);
  else if (accept (reader, '"'))
    skip_string (reader);
  else if (c == '-' || g_ascii_isdigit (c))
    skip_number (reader);
  else if (!accept_word (reader, "true", 4) && !accept_word (reader, "false", 5) && !accept_word (reader, "null", 4))
    refuse (reader, "a value is missing");
}

/**
 * weft_any_check_json:
 * @json: what may be JSON text in UTF-8
 * @n_bytes: its length
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: whether weft_any_from_json() would give a value of it
 */
gboolean
weft_any_check_json (const char *json,
                     gsize       n_bytes,
                     GError    **error)
{
  WeftReader reader;
  const char *end;

  weft_reader_init (&reader, (const guint8 *) json, n_bytes);
  if (!g_utf8_validate_len (json, n_bytes, &end))
    {
      reader.pos = (gsize) (end - json);
      weft_reader_fail (&reader, WEFT_CRDT_ERROR_MALFORMED, "JSON is not UTF-8");
    }

  skip_value (&reader, 0);
  skip_space (&reader);
  return weft_reader_finish (&reader, TRUE, error);
}
