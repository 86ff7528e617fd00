/* weft-board-scene.c - an immutable picture of what is on a board, for the threads that draw
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The boxes are packed apart from the elements: looking through 50,000 of them takes 0.04 ms so, which is
 * why there is no index in space (see research/drawing.md).
 */

#include "config.h"

#include "app/board/weft-board-scene.h"

#include <math.h>

typedef struct
{
  float x1;
  float y1;
  float x2;
  float y2;
} PackedBox;

struct _WeftBoardScene
{
  gatomicrefcount ref_count;
  gsize           size;
  WeftElement   **elements;
  PackedBox      *boxes;
  WeftBox         bounds;
};

/* Floats are coarse far out: a box may only ever become larger by packing. */
static PackedBox
pack_box (const WeftBox *box)
{
  PackedBox packed = {
    nextafterf ((float) box->x1, -INFINITY),
    nextafterf ((float) box->y1, -INFINITY),
    nextafterf ((float) box->x2, INFINITY),
    nextafterf ((float) box->y2, INFINITY),
  };

  return packed;
}

WeftBoardScene *
weft_board_scene_new (GPtrArray *elements)
{
  WeftBoardScene *self = g_new0 (WeftBoardScene, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->size = elements->len;
  self->elements = g_new (WeftElement *, MAX (self->size, 1));
  self->boxes = g_new (PackedBox, MAX (self->size, 1));
  self->bounds = WEFT_BOX_EMPTY;

  for (gsize i = 0; i < self->size; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);
      WeftBox box = weft_element_get_draw_bounds (element);

      self->elements[i] = weft_element_ref (element);
      self->boxes[i] = pack_box (&box);
      weft_box_add_box (&self->bounds, &box);
    }

  return self;
}

WeftBoardScene *
weft_board_scene_ref (WeftBoardScene *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
weft_board_scene_unref (WeftBoardScene *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  for (gsize i = 0; i < self->size; i++)
    weft_element_unref (self->elements[i]);

  g_free (self->elements);
  g_free (self->boxes);
  g_free (self);
}

gsize
weft_board_scene_get_size (const WeftBoardScene *self)
{
  return self->size;
}

WeftBox
weft_board_scene_get_bounds (const WeftBoardScene *self)
{
  return self->bounds;
}

void
weft_board_scene_foreach_in (const WeftBoardScene *self,
                             const WeftBox        *box,
                             WeftBoardSceneFunc    func,
                             gpointer              user_data)
{
  PackedBox wanted = pack_box (box);

  for (gsize i = 0; i < self->size; i++)
    {
      const PackedBox *has = &self->boxes[i];

      if (has->x1 <= wanted.x2 && has->x2 >= wanted.x1 && has->y1 <= wanted.y2
          && has->y2 >= wanted.y1)
        func (self->elements[i], user_data);
    }
}
