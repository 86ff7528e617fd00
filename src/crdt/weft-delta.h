/* weft-delta.h - what changed in, or is in, a text or an array: retain, insert, delete
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The operations of the Quill Delta format. Lengths are UTF-16 code units for text, 1 for each
 * embed or array item. Attributes are a #WeftAny object or %NULL; a null value in a retain's
 * attributes removes the mark.
 */

#pragma once

#include "crdt/weft-any.h"

G_BEGIN_DECLS

typedef struct _WeftType WeftType;

typedef enum
{
  WEFT_DELTA_RETAIN,
  WEFT_DELTA_DELETE,
  WEFT_DELTA_INSERT_TEXT,
  WEFT_DELTA_INSERT_EMBED, /* one embedded value in a text */
  WEFT_DELTA_INSERT_TYPE,  /* one nested shared type */
  WEFT_DELTA_INSERT_VALUES, /* some array items: @embed is a WEFT_ANY_ARRAY of them */
} WeftDeltaKind;

typedef struct
{
  WeftDeltaKind kind;
  guint64       length;     /* UTF-16 code units or items */
  char         *text;       /* INSERT_TEXT: UTF-8, owned, zero terminated */
  gsize         n_bytes;    /* of @text */
  WeftAny      *embed;      /* INSERT_EMBED, INSERT_VALUES: owned */
  WeftType     *type;       /* INSERT_TYPE: borrowed from the document */
  WeftAny      *attributes; /* owned, nullable */
} WeftDeltaOp;

typedef struct _WeftDelta WeftDelta;

WeftDelta         *weft_delta_new            (void);
void               weft_delta_free           (WeftDelta     *self);
gsize              weft_delta_get_n_ops      (const WeftDelta *self);
const WeftDeltaOp *weft_delta_get_op         (const WeftDelta *self,
                                              gsize          index);
/* Each appends one operation, joined with the last one where that says the same. @attributes: (nullable), borrowed */
void               weft_delta_retain         (WeftDelta     *self,
                                              guint64        length,
                                              WeftAny       *attributes);
void               weft_delta_delete         (WeftDelta     *self,
                                              guint64        length);
void               weft_delta_insert_text    (WeftDelta     *self,
                                              const char    *utf8,
                                              gssize         n_bytes,
                                              WeftAny       *attributes);
void               weft_delta_insert_embed   (WeftDelta     *self,
                                              WeftAny       *embed,
                                              WeftAny       *attributes);
void               weft_delta_insert_type    (WeftDelta     *self,
                                              WeftType      *type,
                                              WeftAny       *attributes);
void               weft_delta_insert_values  (WeftDelta     *self,
                                              WeftAny       *values);
/* Drops a trailing retain without attributes. */
void               weft_delta_chop           (WeftDelta     *self);
gboolean           weft_delta_equal          (const WeftDelta *a,
                                              const WeftDelta *b);
/* The JSON form of Quill: [{"insert":"x","attributes":{}},{"retain":3}] */
char              *weft_delta_to_json        (const WeftDelta *self);
WeftDelta         *weft_delta_from_json      (const char    *json,
                                              gssize         n_bytes,
                                              GError       **error);

/* The number of UTF-16 code units of well-formed UTF-8. */
guint64            weft_utf16_length         (const char    *utf8,
                                              gsize          n_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDelta, weft_delta_free)

G_END_DECLS
