/* weft-any.h - values: what JSON has, and bytes, big integers and undefined
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A #WeftAny is immutable and reference counted; constructors give a new reference, `_take_` ones
 * keep what they are given. Encoded as in lib0 (encoding.js, writeAny): tags 116 to 127. Strings
 * hold any UTF-8, U+0000 included, and are zero terminated for convenience.
 */

#pragma once

#include "crdt/weft-reader.h"
#include "crdt/weft-writer.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_ANY_UNDEFINED,
  WEFT_ANY_NULL,
  WEFT_ANY_BOOLEAN,
  WEFT_ANY_NUMBER, /* a double, as JavaScript's; written as varInt, float32 or float64, as lib0 does */
  WEFT_ANY_BIGINT,
  WEFT_ANY_STRING,
  WEFT_ANY_BYTES,
  WEFT_ANY_ARRAY,
  WEFT_ANY_OBJECT, /* keys keep their order */
} WeftAnyKind;

typedef struct _WeftAny WeftAny;

WeftAny     *weft_any_new_undefined     (void);
WeftAny     *weft_any_new_null          (void);
WeftAny     *weft_any_new_boolean       (gboolean        value);
WeftAny     *weft_any_new_number        (double          value);
WeftAny     *weft_any_new_bigint        (gint64          value);
WeftAny     *weft_any_new_string        (const char     *utf8);
WeftAny     *weft_any_new_string_len    (const char     *utf8,
                                         gssize          n_bytes);
WeftAny     *weft_any_new_bytes         (GBytes         *bytes);
/* Containers are built, then no longer changed once shared: append and set only before the first ref. */
WeftAny     *weft_any_new_array         (void);
void         weft_any_array_take        (WeftAny        *self,
                                         WeftAny        *item);
WeftAny     *weft_any_new_object        (void);
/* Replaces the value where the key is there already. */
void         weft_any_object_take       (WeftAny        *self,
                                         const char     *key,
                                         WeftAny        *value);
WeftAny     *weft_any_ref               (WeftAny        *self);
void         weft_any_unref             (WeftAny        *self);

WeftAnyKind  weft_any_get_kind          (const WeftAny  *self);
gboolean     weft_any_get_boolean       (const WeftAny  *self);
double       weft_any_get_number        (const WeftAny  *self); /* 0 where it is no number */
gint64       weft_any_get_bigint        (const WeftAny  *self);
const char  *weft_any_get_string        (const WeftAny  *self); /* %NULL where it is no string */
gsize        weft_any_get_string_length (const WeftAny  *self); /* in bytes */
GBytes      *weft_any_get_bytes         (const WeftAny  *self); /* borrowed; %NULL where it is no bytes */
gsize        weft_any_get_n_items       (const WeftAny  *self); /* of an array or an object */
const WeftAny *weft_any_get_item        (const WeftAny  *self,
                                         gsize           index);
const char  *weft_any_get_key           (const WeftAny  *self,
                                         gsize           index);
/* The value of @key in an object, borrowed, or %NULL. */
const WeftAny *weft_any_lookup          (const WeftAny  *self,
                                         const char     *key);
gboolean     weft_any_equal             (const WeftAny  *a,
                                         const WeftAny  *b);

WeftAny     *weft_any_read              (WeftReader     *reader);
/* Reads past one value and checks it as weft_any_read() does. @canonical is cleared, never set, where the value may be
 * written with other bytes by weft_any_write(). */
void         weft_any_skip              (WeftReader     *reader,
                                         gboolean       *canonical);
void         weft_any_write             (const WeftAny  *self,
                                         WeftWriter     *writer);
/* JSON text as JSON.stringify writes it; undefined, bytes and bigints print as in weft-doc.md. */
char        *weft_any_to_json           (const WeftAny  *self);
/* Parses JSON text; on failure %NULL and @error. */
WeftAny     *weft_any_from_json         (const char     *json,
                                         gssize          n_bytes,
                                         GError        **error);
/* Whether weft_any_from_json() would give a value; makes none. */
gboolean     weft_any_check_json        (const char     *json,
                                         gsize           n_bytes,
                                         GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftAny, weft_any_unref)

G_END_DECLS
