/* weft-json.c - values from and to JSON text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Prints what JSON.stringify prints, to the digit, since Yjs puts such text in its updates; parses
 * RFC 8259 strictly, as JSON.parse does. Half of a surrogate pair has no UTF-8: inside the engine it is
 * kept as three bytes that UTF-8 forbids, so that it is written again as it came; others see U+FFFD.
 */

#include "config.h"

#include "crdt/weft-any-private.h"

#include <math.h>
#include <string.h>

/* --- printing --- */

/* Adds one to the last of @digits; a carry out of the first moves the decimal point. */
static void
increment_digits (char *digits,
                  int   n_digits,
                  int  *exponent)
{
  for (int i = n_digits - 1; i >= 0; i--)
    {
      if (digits[i] != '9')
        {
          digits[i]++;
          return;
        }
      digits[i] = '0';
    }

  digits[0] = '1';
  (*exponent)++;
}

static gboolean
digits_give (const char *digits,
             int         n_digits,
             int         exponent,
             double      value)
{
  char text[48];

  g_snprintf (text, sizeof text, "%c.%.*se%d", digits[0], n_digits - 1, digits + 1, exponent);
  return g_ascii_strtod (text, NULL) == value;
}

/* The fewest digits that give @value back, and the power of ten of the first. */
static int
shortest_digits (double value,
                 char   digits[18],
                 int   *exponent)
{
  for (int n_digits = 1; n_digits <= 17; n_digits++)
    {
      char format[8];
      char text[48];

      g_snprintf (format, sizeof format, "%%.%de", n_digits - 1);
      g_ascii_formatd (text, sizeof text, format, value);

      digits[0] = text[0];
      memcpy (digits + 1, text + 2, (gsize) n_digits - 1);
      digits[n_digits] = '\0';
      *exponent = (int) g_ascii_strtoll (strchr (text, 'e') + 1, NULL, 10);

      if (digits_give (digits, n_digits, *exponent, value))
        return n_digits;

      /* Below a power of two doubles are twice as dense, so the neighbour above may fit where the
       * nearest decimal does not. */
      increment_digits (digits, n_digits, exponent);
      if (digits_give (digits, n_digits, *exponent, value))
        return n_digits;
    }

  g_assert_not_reached ();
}

static void
put_zeros (GString *json,
           int      n_zeros)
{
  for (int i = 0; i < n_zeros; i++)
    g_string_append_c (json, '0');
}

/* Number::toString of ECMA-262 for a finite @value; NaN and the infinities as in weft-doc.md. */
void
weft_json_put_number (GString *json,
                      double   value)
{
  char digits[18];
  int exponent;
  int n_digits;

  if (isnan (value))
    {
      g_string_append (json, "{\"$number\":\"NaN\"}");
      return;
    }
  if (isinf (value))
    {
      g_string_append (json, value < 0 ? "{\"$number\":\"-Infinity\"}" : "{\"$number\":\"Infinity\"}");
      return;
    }
  if (floor (value) == value && fabs (value) < 1e15)
    {
      g_string_append_printf (json, "%" G_GINT64_FORMAT, (gint64) value);
      return;
    }
  if (value < 0)
    g_string_append_c (json, '-');

  n_digits = shortest_digits (fabs (value), digits, &exponent);

  if (exponent >= 21 || exponent < -6)
    {
      g_string_append_c (json, digits[0]);
      if (n_digits > 1)
        g_string_append_printf (json, ".%s", digits + 1);
      g_string_append_printf (json, "e%+d", exponent);
    }
  else if (exponent < 0)
    {
      g_string_append (json, "0.");
      put_zeros (json, -exponent - 1);
      g_string_append (json, digits);
    }
  else if (exponent + 1 >= n_digits)
    {
      g_string_append (json, digits);
      put_zeros (json, exponent + 1 - n_digits);
    }
  else
    {
      g_string_append_len (json, digits, exponent + 1);
      g_string_append_printf (json, ".%s", digits + exponent + 1);
    }
}

void
weft_json_put_string (GString    *json,
                      const char *utf8,
                      gsize       n_bytes)
{
  gsize plain = 0;

  g_string_append_c (json, '"');

  for (gsize i = 0; i < n_bytes; i++)
    {
      guint8 byte = (guint8) utf8[i];
      static const char short_escapes[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r' };

      if (byte == 0xed && i + 2 < n_bytes && (guint8) utf8[i + 1] >= 0xa0)
        {
          g_string_append_len (json, utf8 + plain, (gssize) (i - plain));
          g_string_append_printf (json, "\\u%04x", 0xd000 | (utf8[i + 1] & 0x3f) << 6 | (utf8[i + 2] & 0x3f));
          i += 2;
          plain = i + 1;
          continue;
        }
      if (byte >= 0x20 && byte != '"' && byte != '\\')
        continue;

      g_string_append_len (json, utf8 + plain, (gssize) (i - plain));
      plain = i + 1;

      if (byte >= 0x20)
        g_string_append_printf (json, "\\%c", byte);
      else if (byte < sizeof short_escapes && short_escapes[byte] != 0)
        g_string_append_printf (json, "\\%c", short_escapes[byte]);
      else
        g_string_append_printf (json, "\\u%04x", byte);
    }

  g_string_append_len (json, utf8 + plain, (gssize) (n_bytes - plain));
  g_string_append_c (json, '"');
}

static void
put_array (GString       *json,
           const WeftAny *array)
{
  g_string_append_c (json, '[');

  for (gsize i = 0; i < weft_any_get_n_items (array); i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      weft_json_put_any (json, weft_any_get_item (array, i));
    }

  g_string_append_c (json, ']');
}

static void
put_object (GString       *json,
            const WeftAny *object)
{
  g_string_append_c (json, '{');

  for (gsize i = 0; i < weft_any_get_n_items (object); i++)
    {
      gsize n_bytes;
      const char *key = weft_any_get_key_len (object, i, &n_bytes);

      if (i > 0)
        g_string_append_c (json, ',');
      weft_json_put_string (json, key, n_bytes);
      g_string_append_c (json, ':');
      weft_json_put_any (json, weft_any_get_item (object, i));
    }

  g_string_append_c (json, '}');
}

void
weft_json_put_any (GString       *json,
                   const WeftAny *value)
{
  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_UNDEFINED:
      g_string_append (json, "{\"$undefined\":true}");
      break;
    case WEFT_ANY_NULL:
      g_string_append (json, "null");
      break;
    case WEFT_ANY_BOOLEAN:
      g_string_append (json, weft_any_get_boolean (value) ? "true" : "false");
      break;
    case WEFT_ANY_NUMBER:
      weft_json_put_number (json, weft_any_get_number (value));
      break;
    case WEFT_ANY_BIGINT:
      g_string_append_printf (json, "{\"$bigint\":\"%" G_GINT64_FORMAT "\"}", weft_any_get_bigint (value));
      break;
    case WEFT_ANY_STRING:
      weft_json_put_string (json, weft_any_get_string (value), weft_any_get_string_length (value));
      break;
    case WEFT_ANY_BYTES:
      {
        GBytes *bytes = weft_any_get_bytes (value);
        g_autofree char *base64 = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));

        g_string_append_printf (json, "{\"$bytes\":\"%s\"}", base64);
      }
      break;
    case WEFT_ANY_ARRAY:
      put_array (json, value);
      break;
    case WEFT_ANY_OBJECT:
      put_object (json, value);
      break;
    }
}

char *
weft_any_to_json (const WeftAny *self)
{
  GString *json = g_string_new (NULL);

  weft_json_put_any (json, self);
  return g_string_free (json, FALSE);
}

static gboolean
is_left_out (const WeftAny *value)
{
  return weft_any_get_kind (value) == WEFT_ANY_UNDEFINED;
}

/* Recursion is bounded by WEFT_MAX_DEPTH. */
void
weft_json_put_stringified (GString       *json,
                           const WeftAny *value)
{
  const char *separator = "";

  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_UNDEFINED:
      g_string_append (json, "null");
      break;
    case WEFT_ANY_NUMBER:
      if (isfinite (weft_any_get_number (value)))
        weft_json_put_number (json, weft_any_get_number (value));
      else
        g_string_append (json, "null");
      break;
    case WEFT_ANY_BYTES:
      {
        gsize size;
        const guint8 *data = g_bytes_get_data (weft_any_get_bytes (value), &size);

        g_string_append_c (json, '{');
        for (gsize i = 0; i < size; i++)
          g_string_append_printf (json, "%s\"%" G_GSIZE_FORMAT "\":%u", i > 0 ? "," : "", i, data[i]);
        g_string_append_c (json, '}');
        break;
      }
    case WEFT_ANY_ARRAY:
      g_string_append_c (json, '[');
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        {
          if (i > 0)
            g_string_append_c (json, ',');
          weft_json_put_stringified (json, weft_any_get_item (value, i));
        }
      g_string_append_c (json, ']');
      break;
    case WEFT_ANY_OBJECT:
      g_string_append_c (json, '{');
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        {
          gsize n_key;
          const char *key = weft_any_get_key_len (value, i, &n_key);

          if (is_left_out (weft_any_get_item (value, i)))
            continue;
          g_string_append (json, separator);
          weft_json_put_string (json, key, n_key);
          g_string_append_c (json, ':');
          weft_json_put_stringified (json, weft_any_get_item (value, i));
          separator = ",";
        }
      g_string_append_c (json, '}');
      break;
    default:
      weft_json_put_any (json, value);
    }
}

/* --- parsing --- */

typedef WeftReader Parser;

static WeftAny *parse_value (Parser *parser,
                             guint   depth);

static void
refuse (Parser     *parser,
        const char *reason)
{
  weft_reader_fail (parser,
                    parser->pos >= parser->size ? WEFT_CRDT_ERROR_TRUNCATED : WEFT_CRDT_ERROR_MALFORMED,
                    reason);
}

/* The next byte without taking it, 0 at the end. */
static char
peek (Parser *parser)
{
  return !parser->failed && parser->pos < parser->size ? (char) parser->data[parser->pos] : '\0';
}

static gboolean
accept (Parser *parser,
        char    wanted)
{
  if (peek (parser) != wanted || parser->failed || parser->pos >= parser->size)
    return FALSE;

  parser->pos++;
  return TRUE;
}

static void
skip_space (Parser *parser)
{
  while (accept (parser, ' ') || accept (parser, '\n') || accept (parser, '\t') || accept (parser, '\r'))
    ;
}

static gboolean
accept_word (Parser     *parser,
             const char *word)
{
  gsize length = strlen (word);

  if (parser->failed || parser->size - parser->pos < length ||
      memcmp (parser->data + parser->pos, word, length) != 0)
    return FALSE;

  parser->pos += length;
  return TRUE;
}

static gsize
skip_digits (Parser *parser)
{
  gsize start = parser->pos;

  while (g_ascii_isdigit (peek (parser)))
    parser->pos++;

  if (parser->pos == start)
    refuse (parser, "a digit is missing");
  return parser->pos - start;
}

static WeftAny *
parse_number (Parser *parser)
{
  gsize start = parser->pos;
  g_autofree char *text = NULL;

  accept (parser, '-');
  if (!accept (parser, '0'))
    skip_digits (parser);
  if (accept (parser, '.'))
    skip_digits (parser);
  if (accept (parser, 'e') || accept (parser, 'E'))
    {
      if (!accept (parser, '+'))
        accept (parser, '-');
      skip_digits (parser);
    }

  if (parser->failed)
    return weft_any_new_null ();

  text = g_strndup ((const char *) parser->data + start, parser->pos - start);
  return weft_any_new_number (g_ascii_strtod (text, NULL));
}

static guint
parse_hex4 (Parser *parser)
{
  guint value = 0;

  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (peek (parser));

      if (digit < 0)
        {
          refuse (parser, "broken \\u escape");
          return 0;
        }
      value = value << 4 | (guint) digit;
      parser->pos++;
    }

  return value;
}

static void
parse_unicode_escape (Parser  *parser,
                      GString *text)
{
  guint value = parse_hex4 (parser);
  gsize second = parser->pos;

  if (value >= 0xd800 && value < 0xdc00 && accept_word (parser, "\\u"))
    {
      guint low = parse_hex4 (parser);

      if (low >= 0xdc00 && low < 0xe000)
        value = 0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00);
      else if (!parser->failed)
        parser->pos = second;
    }

  if (parser->failed)
    return;
  if (value < 0xd800 || value >= 0xe000)
    {
      g_string_append_unichar (text, value);
      return;
    }
  g_string_append_c (text, (char) 0xed);
  g_string_append_c (text, (char) (0x80 | (value >> 6 & 0x3f)));
  g_string_append_c (text, (char) (0x80 | (value & 0x3f)));
}

static void
parse_escape (Parser  *parser,
              GString *text)
{
  char c = peek (parser);
  const char *at = c != '\0' ? strchr ("\"\\/bfnrtu", c) : NULL;

  if (at == NULL)
    {
      refuse (parser, "unknown escape");
      return;
    }

  parser->pos++;
  if (c == 'u')
    parse_unicode_escape (parser, text);
  else
    g_string_append_c (text, "\"\\/\b\f\n\r\t"[at - "\"\\/bfnrtu"]);
}

/* Stands behind the opening quotation mark. */
static GString *
parse_string (Parser *parser)
{
  GString *text = g_string_new (NULL);

  while (!parser->failed)
    {
      gsize start = parser->pos;

      while (parser->pos < parser->size && parser->data[parser->pos] >= 0x20 &&
             parser->data[parser->pos] != '"' && parser->data[parser->pos] != '\\')
        parser->pos++;

      g_string_append_len (text, (const char *) parser->data + start, (gssize) (parser->pos - start));

      if (accept (parser, '"'))
        break;
      if (accept (parser, '\\'))
        parse_escape (parser, text);
      else
        refuse (parser, "string does not end");
    }

  return text;
}

static WeftAny *
parse_array (Parser *parser,
             guint   depth)
{
  WeftAny *array = weft_any_new_array ();

  skip_space (parser);
  if (accept (parser, ']'))
    return array;

  while (!parser->failed)
    {
      weft_any_array_take (array, parse_value (parser, depth + 1));
      skip_space (parser);
      if (accept (parser, ']'))
        break;
      if (!accept (parser, ','))
        refuse (parser, "',' or ']' is missing");
    }

  return array;
}

static void
parse_member (Parser  *parser,
              WeftAny *object,
              guint    depth)
{
  GString *key;

  skip_space (parser);
  if (!accept (parser, '"'))
    {
      refuse (parser, "a key is missing");
      return;
    }

  key = parse_string (parser);
  skip_space (parser);
  if (!accept (parser, ':'))
    refuse (parser, "':' is missing");

  weft_any_object_append (object, key->str, key->len, parse_value (parser, depth + 1));
  g_string_free (key, TRUE);
}

static WeftAny *
parse_object (Parser *parser,
              guint   depth)
{
  WeftAny *object = weft_any_new_object ();

  skip_space (parser);
  if (accept (parser, '}'))
    return object;

  while (!parser->failed)
    {
      parse_member (parser, object, depth);
      skip_space (parser);
      if (accept (parser, '}'))
        break;
      if (!accept (parser, ','))
        refuse (parser, "',' or '}' is missing");
    }

  weft_any_object_seal (object);
  return object;
}

/* Recursion is bounded by WEFT_MAX_DEPTH. Gives something meaningless where the parser failed. */
static WeftAny *
parse_value (Parser *parser,
             guint   depth)
{
  skip_space (parser);

  if (depth > WEFT_MAX_DEPTH)
    weft_reader_fail (parser, WEFT_CRDT_ERROR_TOO_LARGE, "JSON is nested too deeply");

  if (accept (parser, '{'))
    return parse_object (parser, depth);
  if (accept (parser, '['))
    return parse_array (parser, depth);
  if (accept (parser, '"'))
    {
      GString *text = parse_string (parser);
      WeftAny *value = weft_any_new_string_len (text->str, (gssize) text->len);

      g_string_free (text, TRUE);
      return value;
    }
  if (accept_word (parser, "true"))
    return weft_any_new_boolean (TRUE);
  if (accept_word (parser, "false"))
    return weft_any_new_boolean (FALSE);
  if (accept_word (parser, "null"))
    return weft_any_new_null ();
  if (peek (parser) == '-' || g_ascii_isdigit (peek (parser)))
    return parse_number (parser);

  refuse (parser, "a value is missing");
  return weft_any_new_null ();
}

WeftAny *
weft_any_from_json_exact (const char *json,
                          gsize       n_bytes,
                          GError    **error)
{
  g_autoptr(WeftAny) value = NULL;
  const char *end;
  Parser parser;

  weft_reader_init (&parser, (const guint8 *) json, n_bytes);

  /* U+0000 is refused here too: nowhere in JSON does it stand unescaped. */
  if (!g_utf8_validate_len (json, parser.size, &end))
    {
      parser.pos = (gsize) (end - json);
      weft_reader_fail (&parser, WEFT_CRDT_ERROR_MALFORMED, "JSON is not UTF-8");
    }

  value = parse_value (&parser, 0);
  skip_space (&parser);

  if (!weft_reader_finish (&parser, TRUE, error))
    return NULL;

  return g_steal_pointer (&value);
}

static gboolean
has_surrogate_escape (const char *json,
                      gsize       n_bytes)
{
  return g_strstr_len (json, (gssize) n_bytes, "\\ud") != NULL
         || g_strstr_len (json, (gssize) n_bytes, "\\uD") != NULL;
}

/**
 * weft_any_from_json:
 * @json: JSON text in UTF-8
 * @n_bytes: its length, or -1 where it is zero terminated
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the value, or %NULL with @error set
 */
WeftAny *
weft_any_from_json (const char *json,
                    gssize      n_bytes,
                    GError    **error)
{
  gsize size = n_bytes < 0 ? strlen (json) : (gsize) n_bytes;
  WeftAny *value = weft_any_from_json_exact (json, size, error);

  if (value != NULL && has_surrogate_escape (json, size))
    weft_any_replace_lone (value);

  return value;
}

/* Whether JSON gives @value back. Recursion is bounded by WEFT_MAX_DEPTH. */
static gboolean
has_json (const WeftAny *value)
{
  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_BYTES:
      return FALSE;
    case WEFT_ANY_NUMBER:
      return isfinite (weft_any_get_number (value))
             && !(weft_any_get_number (value) == 0 && signbit (weft_any_get_number (value)));
    case WEFT_ANY_ARRAY:
    case WEFT_ANY_OBJECT:
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        if (!has_json (weft_any_get_item (value, i)))
          return FALSE;
      return TRUE;
    default:
      return TRUE;
    }
}

void
weft_json_put_exact (GString       *text,
                     const WeftAny *value)
{
  WeftWriter writer;

  if (has_json (value))
    {
      weft_json_put_stringified (text, value);
      return;
    }
  weft_writer_init (&writer);
  weft_any_write (value, &writer);
  g_string_append_c (text, '\0');
  g_string_append_len (text, (const char *) writer.data, (gssize) writer.size);
  weft_writer_clear (&writer);
}

gboolean
weft_json_loses (const char *json,
                 gsize       n_bytes)
{
  g_autoptr(WeftAny) value = weft_any_from_json_exact (json, n_bytes, NULL);

  return value != NULL && !has_json (value);
}

WeftAny *
weft_json_read_exact (const char *text,
                      gsize       n_bytes)
{
  WeftReader reader;

  if (n_bytes == 0 || text[0] != '\0')
    return NULL;
  weft_reader_init (&reader, (const guint8 *) text + 1, n_bytes - 1);

  return weft_any_read (&reader);
}

char *
weft_json_normalize (const char *json,
                     gsize       n_bytes)
{
  g_autoptr(WeftAny) value = weft_json_read_exact (json, n_bytes);
  GString *again;

  if (value == NULL)
    value = weft_any_from_json_exact (json, n_bytes, NULL);
  if (value == NULL)
    return NULL;
  again = g_string_new (NULL);
  weft_json_put_stringified (again, value);

  return g_string_free (again, FALSE);
}
