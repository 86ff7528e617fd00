/* weft-ink.h - the points of a pen stroke, and the bytes that hold them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The binary form is a public contract: docs/documents.md, "Ink". Points are in board units, relative to
 * whatever the owner says (for an element: the top left corner of the stroke's bounds). Decoding is
 * tolerant: a value cut short gives the points before the cut.
 */

#pragma once

#include "notebook/weft-geometry.h"

G_BEGIN_DECLS

/* More points than this are refused by the decoder and never written. */
#define WEFT_INK_MAX_POINTS 100000
/* The pressure of a device that has none. */
#define WEFT_INK_PRESSURE_DEFAULT 0.5f

typedef struct
{
  float x;
  float y;
  float pressure; /* 0 to 1 */
} WeftInkPoint;

typedef struct _WeftInk WeftInk;

/* Copies @points. */
WeftInk            *weft_ink_new            (const WeftInkPoint *points,
                                             gsize               n_points) G_GNUC_WARN_UNUSED_RESULT;
WeftInk            *weft_ink_ref            (WeftInk            *self);
void                weft_ink_unref          (WeftInk            *self);
const WeftInkPoint *weft_ink_get_points     (const WeftInk      *self,
                                             gsize              *n_points);
/* Whether any point's pressure differs from the default. */
gboolean            weft_ink_has_pressure   (const WeftInk      *self);
/* Of the centre line; empty without points. */
WeftBox             weft_ink_get_bounds     (const WeftInk      *self);

/* @precision: binary places kept of each coordinate, 0 to 16; %WEFT_INK_PRECISION_DEFAULT suits zoom 1. */
#define WEFT_INK_PRECISION_DEFAULT 5
GBytes             *weft_ink_encode         (const WeftInk      *self,
                                             guint               precision) G_GNUC_WARN_UNUSED_RESULT;
/* (nullable): %NULL where @bytes are no ink of a version that we know, or hold no point at all. */
WeftInk            *weft_ink_decode         (GBytes             *bytes) G_GNUC_WARN_UNUSED_RESULT;

/* A new stroke moved by @dx and @dy. */
WeftInk            *weft_ink_translate      (const WeftInk      *self,
                                             double              dx,
                                             double              dy) G_GNUC_WARN_UNUSED_RESULT;
/* What is done once at pen-up: trembling is smoothed, then points that lie within @tolerance (board
 * units) of the line without them are dropped. The ends stay where they are. */
WeftInk            *weft_ink_smooth         (const WeftInk      *self,
                                             double              tolerance) G_GNUC_WARN_UNUSED_RESULT;

/**
 * weft_ink_outline:
 * @self: a stroke
 * @width: full width at pressure 1/2
 * @taper: how much pressure changes the width, 0 to 1
 * @scale: how large it will be shown, so that far out fewer points are made; 1 for real size
 *
 * The closed polygon around the stroke, for filling with the nonzero rule.
 *
 * Returns: (transfer full) (element-type WeftPoint): the corners
 */
GArray             *weft_ink_outline        (const WeftInk      *self,
                                             double              width,
                                             double              taper,
                                             double              scale) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftInk, weft_ink_unref)

G_END_DECLS
