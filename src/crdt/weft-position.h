/* weft-position.h - relative positions: a place in a sequence that moves with its neighbours
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As in Yjs (RelativePosition.js): the item at the place, or the end of a type. @assoc >= 0 means the
 * place belongs to the unit at its right, < 0 to the unit at its left.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean has_item;
  WeftId   item;
  gboolean has_type;
  WeftId   type;
  char    *root_name; /* owned, nullable */
  int      assoc;
} WeftPosition;

void          weft_position_clear      (WeftPosition       *self);
/* The relative position of @index in @type. Initialises @self. */
void          weft_position_from_index (WeftPosition       *self,
                                        WeftType           *type,
                                        guint64             index,
                                        int                 assoc);
/* %FALSE where the place is not known here. */
gboolean      weft_position_to_index   (const WeftPosition *self,
                                        WeftDoc            *doc,
                                        WeftType          **type,
                                        guint64            *index);
/* The JSON form that web editors put in awareness. */
WeftAny      *weft_position_to_any     (const WeftPosition *self);
gboolean      weft_position_from_any   (WeftPosition       *self,
                                        const WeftAny      *value);
void          weft_position_write      (const WeftPosition *self,
                                        WeftWriter         *writer);
gboolean      weft_position_read       (WeftPosition       *self,
                                        WeftReader         *reader);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftPosition, weft_position_clear)

G_END_DECLS
