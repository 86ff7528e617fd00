/* weft-conflicts-line-private.h - a line of a note that two people rewrote, unit by unit
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What weft-conflicts-line.c finds out, and weft-conflicts-rewrite.c puts in place of the line.
 */

#pragma once

#include "notebook/weft-conflicts-lines-private.h"

G_BEGIN_DECLS

#define WEFT_LINE_NO_CHAR G_MAXUINT32

typedef struct
{
  WeftId id;
  const char *text; /* not terminated; NULL: no longer kept */
  guint8 n_bytes;
  guint8 n_units;
  WeftSince since;
  gboolean deleted;
  gboolean deleted_by[2];
  gboolean was_there[2]; /* in the line that each had: what both knew, or one of them from somebody else */
  gboolean is_object;
  gboolean is_inside;
  guint32 piece;
  guint32 original; /* of a copy: another char; else WEFT_LINE_NO_CHAR */
} WeftLineChar;

struct _WeftApartLine
{
  const WeftApartPair *pair;
  GArray *chars; /* WeftLineChar */
  char *id;
  char *key;
  WeftId last[2];       /* the last that each inserted, else the last that each deleted */
  WeftClientId by[2];   /* who wrote or deleted that */
  gboolean inserted[2]; /* which of these it is */
  guint first;          /* the side that comes first on the card */
};

static inline WeftLineChar *
weft_line_get_char (const WeftApartLine *self, guint i)
{
  return &g_array_index (self->chars, WeftLineChar, i);
}

static inline gboolean
weft_line_char_is_break (const WeftLineChar *c)
{
  return c->text != NULL && *c->text == '\n';
}

/* Whether both knew it when they parted, and at least one of them still had it. */
static inline gboolean
weft_line_char_is_common (const WeftLineChar *c)
{
  return c->since == WEFT_SINCE_BEFORE && (c->was_there[0] || c->was_there[1]);
}

static inline gboolean
weft_line_char_is_by (const WeftLineChar *c, guint side)
{
  return c->since == (side == 0 ? WEFT_SINCE_FIRST : WEFT_SINCE_SECOND);
}

/* Whether it is in the line as @side had it. */
static inline gboolean
weft_line_char_is_in_version (const WeftLineChar *c, guint side)
{
  if (!c->is_inside)
    return FALSE;

  return (weft_line_char_is_by (c, side) && !c->deleted) || (c->was_there[side] && !c->deleted_by[side]);
}

G_END_DECLS
