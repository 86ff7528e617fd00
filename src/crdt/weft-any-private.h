/* weft-any-private.h - building objects whose keys may repeat, for the decoders
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-any.h"

#include <string.h>

G_BEGIN_DECLS

/* Numbers, constants and strings that take no more bytes than this are written in one go. */
#define WEFT_SHORT_VALUE 64

/* Up to nine bytes, in registers. */
typedef struct
{
  guint64 low;  /* the first eight, the first one lowest */
  guint8  last; /* the ninth */
  guint   n;
} WeftFewBytes;

/* Writes them, and nothing behind them. Returns where they end. */
static inline guint8 *
weft_few_bytes_put (WeftFewBytes few,
                    guint8      *at)
{
  guint64 low = GUINT64_TO_LE (few.low);
  guint32 four;

  if (few.n > sizeof low)
    {
      memcpy (at, &low, sizeof low);
      at[sizeof low] = few.last;
    }
  else if (few.n >= sizeof four)
    {
      four = GUINT32_TO_LE ((guint32) few.low);
      memcpy (at, &four, sizeof four);
      four = GUINT32_TO_LE ((guint32) (few.low >> 8 * (few.n - sizeof four)));
      memcpy (at + few.n - sizeof four, &four, sizeof four);
    }
  else
    {
      for (guint i = 0; i < few.n; i++)
        at[i] = (guint8) (few.low >> 8 * i);
    }

  return at + few.n;
}

/* Appends members as they are read, then puts them in order and drops the repeated ones in one go. */
void        weft_any_object_append (WeftAny       *self,
                                    const char    *key,
                                    gsize          n_bytes,
                                    WeftAny       *value);
void        weft_any_object_seal   (WeftAny       *self);
/* As weft_any_object_seal(), where no key was appended twice. */
void        weft_any_object_seal_unique (WeftAny  *self);
/* Writes a short value, as weft_any_write() does, where there is room for WEFT_SHORT_VALUE bytes. Returns where it
 * ends; %NULL where it is no short one. */
guint8     *weft_any_put_short     (const WeftAny *self,
                                    guint8        *at);
/* Room for so many in all. */
void        weft_any_array_reserve (WeftAny       *self,
                                    gsize          n_items);
/* As weft_any_read(), for a value that is about to be given to @container, and to no other. */
WeftAny    *weft_any_read_within   (WeftAny       *container,
                                    WeftReader    *reader);
const char *weft_any_get_key_len   (const WeftAny *self,
                                    gsize          index,
                                    gsize         *n_bytes);

/* Whether lib0 loses the member of this name when it reads an object. */
gboolean    weft_any_is_prototype  (const char    *key,
                                    gsize          n_bytes);

/* Values from JSON text may have halves of surrogate pairs, which have no UTF-8: where "exact" is said,
 * they stand there as three bytes that UTF-8 forbids; elsewhere U+FFFD stands for them. */
WeftAny    *weft_any_from_json_exact (const char  *json,
                                      gsize        n_bytes,
                                      GError     **error);
/* Puts U+FFFD in their place, in a value that nobody shares. */
void        weft_any_replace_lone  (WeftAny       *self);
/* JSON.stringify (JSON.parse (@json)), also of the text below; %NULL where it is not JSON. (transfer full) */
char       *weft_json_normalize    (const char    *json,
                                    gsize          n_bytes);
/* The second format carries embeds and marks as values, some of which no JSON gives back: undefined, bytes, big
 * integers, NaN. In a document these stand where JSON text does: a zero byte, then the value as lib0 writes it.
 * Such text never leaves in an update of the first format. */
void        weft_json_put_exact    (GString       *text,
                                    const WeftAny *value);
/* The value of such a text, or %NULL where it is JSON. (transfer full) */
WeftAny    *weft_json_read_exact   (const char    *text,
                                    gsize          n_bytes);
/* Whether JSON.stringify (JSON.parse (@json)) is of another value: numbers beyond the doubles are infinite, -0 is not 0. */
gboolean    weft_json_loses        (const char    *json,
                                    gsize          n_bytes);
/* Text of legacy JSON that loses something when it is written stands in a document as it came, after a space, with which
 * no other text begins: it is shown as it came, and weft_json_normalize() makes of it what is written. */
static inline gboolean
weft_json_is_verbatim (const char *json,
                       gsize       n_bytes)
{
  return n_bytes > 0 && json[0] == ' ';
}
/* JSON.stringify(), also of what has no JSON of its own. */
void        weft_json_put_stringified (GString       *json,
                                       const WeftAny *value);

/* Appends the JSON of a number or a string, as JSON.stringify writes it. */
void        weft_json_put_number   (GString       *json,
                                    double         value);
void        weft_json_put_string   (GString       *json,
                                    const char    *utf8,
                                    gsize          n_bytes);
void        weft_json_put_any      (GString       *json,
                                    const WeftAny *value);

G_END_DECLS
