/* weft-update-queue.c - whose struct comes next where updates are joined
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Yjs sorts all readers anew before each look at the first one. A heap has the same order in O(log k), but for
 * one case: of a collected run and another struct at the same clock Yjs says that each goes before the other, and
 * the order is what V8's way of sorting makes of that. Then all readers stand in a line, which is sorted anew each
 * time as V8 does it.
 */

#include "config.h"

#include "crdt/weft-update-queue-private.h"

#include <string.h>

/* So few stand in a line from the start. */
#define FEW_IN_LINE 4
/* From here on V8 sorts in another way: the heap's order has to do. */
#define MAX_IN_LINE 63

/* Readers that still have a struct, the one that comes next on top. Yjs sorts them anew each time, and
 * stably, so that of two which stand at the same clock the one read from last goes first. */
typedef struct
{
  WeftLazyReader *reader;
  gint64          order;
} Waiting;

static gboolean
goes_before (const GArray *heap,
             guint         one,
             guint         other)
{
  const Waiting *a = &g_array_index (heap, Waiting, one), *b = &g_array_index (heap, Waiting, other);
  const WeftLazyStruct *x = &a->reader->curr, *y = &b->reader->curr;

  if (x->client != y->client)
    return x->client > y->client;
  if (x->clock != y->clock)
    return x->clock < y->clock;

  return a->order < b->order;
}

static void
swap (GArray *heap,
      guint   a,
      guint   b)
{
  Waiting moved = g_array_index (heap, Waiting, a);

  g_array_index (heap, Waiting, a) = g_array_index (heap, Waiting, b);
  g_array_index (heap, Waiting, b) = moved;
}

static void
sift_down (GArray *heap)
{
  for (guint at = 0, first = 0;; at = first)
    {
      for (guint child = 2 * at + 1; child <= 2 * at + 2 && child < heap->len; child++)
        if (goes_before (heap, child, first))
          first = child;
      if (first == at)
        return;
      swap (heap, at, first);
    }
}

static void
push (WeftUpdateQueue *self,
      WeftLazyReader  *reader,
      gint64           order)
{
  GArray *heap = self->heap;
  Waiting entry = { reader, order };
  guint at = heap->len;

  g_array_append_val (heap, entry);
  for (; at > 0; at = (at - 1) / 2)
    {
      if (!goes_before (heap, at, (at - 1) / 2))
        return;
      swap (heap, at, (at - 1) / 2);
    }
}

static WeftLazyReader *
in_line (GPtrArray *line,
         guint      index)
{
  return g_ptr_array_index (line, index);
}

/* How Yjs compares two readers. */
static gboolean
stands_before (GPtrArray *line,
               guint      one,
               guint      other)
{
  const WeftLazyStruct *a = &in_line (line, one)->curr, *b = &in_line (line, other)->curr;

  if (a->client != b->client)
    return a->client > b->client;
  if (a->clock != b->clock)
    return a->clock < b->clock;

  return (a->kind == WEFT_CONTENT_GC) != (b->kind == WEFT_CONTENT_GC);
}

static void
move_forward (GPtrArray *line,
              guint      from,
              guint      to)
{
  gpointer moved = line->pdata[from];

  memmove (&line->pdata[to + 1], &line->pdata[to], (from - to) * sizeof (gpointer));
  line->pdata[to] = moved;
}

/* Array.prototype.sort() of V8 for up to MAX_IN_LINE entries: what is in order at the front, or in the opposite
 * one, and then each of the rest where a binary search puts it. */
static void
sort_line (GPtrArray *line)
{
  gboolean turned;
  guint n_sorted = 2;

  if (line->len < 2)
    return;
  turned = stands_before (line, 1, 0);
  while (n_sorted < line->len && stands_before (line, n_sorted, n_sorted - 1) == turned)
    n_sorted++;
  for (guint i = 1; turned && i < n_sorted; i++)
    move_forward (line, i, 0);
  for (; n_sorted < line->len; n_sorted++)
    {
      guint left = 0, right = n_sorted;

      while (left < right)
        {
          guint middle = left + (right - left) / 2;

          if (stands_before (line, n_sorted, middle))
            right = middle;
          else
            left = middle + 1;
        }
      move_forward (line, n_sorted, left);
    }
}

static WeftLazyReader *
find_first_in_line (GPtrArray *line)
{
  guint n = 0;

  for (guint i = 0; i < line->len; i++)
    if (!in_line (line, i)->done)
      line->pdata[n++] = line->pdata[i];
  g_ptr_array_set_size (line, n);
  sort_line (line);

  return n > 0 ? in_line (line, 0) : NULL;
}

static gboolean
stand_together (const GArray *heap,
                guint         one,
                guint         other)
{
  const WeftLazyStruct *a = &g_array_index (heap, Waiting, one).reader->curr;
  const WeftLazyStruct *b = &g_array_index (heap, Waiting, other).reader->curr;

  return a->client == b->client && a->clock == b->clock;
}

/* Whether a collected run and another struct are next, both. */
static gboolean
is_undecided (const GArray *heap)
{
  guint8 kind = g_array_index (heap, Waiting, 0).reader->curr.kind;

  if (!(heap->len > 1 && stand_together (heap, 0, 1)) && !(heap->len > 2 && stand_together (heap, 0, 2)))
    return FALSE;
  for (guint i = 1; i < heap->len; i++)
    if ((g_array_index (heap, Waiting, i).reader->curr.kind == WEFT_CONTENT_GC) != (kind == WEFT_CONTENT_GC)
        && stand_together (heap, 0, i))
      return TRUE;

  return FALSE;
}

/* @n: how many updates there are. */
void
weft_update_queue_init (WeftUpdateQueue *self,
                        guint            n)
{
  *self = (WeftUpdateQueue) { .may_form_line = n <= MAX_IN_LINE };
  if (n <= FEW_IN_LINE)
    self->line = g_ptr_array_new ();
  else
    self->heap = g_array_new (FALSE, FALSE, sizeof (Waiting));
}

void
weft_update_queue_clear (WeftUpdateQueue *self)
{
  g_clear_pointer (&self->heap, g_array_unref);
  g_clear_pointer (&self->line, g_ptr_array_unref);
}

/* Begins anew; all are to be added again. */
void
weft_update_queue_form_line (WeftUpdateQueue *self)
{
  weft_update_queue_clear (self);
  *self = (WeftUpdateQueue) { .line = g_ptr_array_new () };
}

/* In the order of the updates. A reader that is done is left out. */
void
weft_update_queue_add (WeftUpdateQueue *self,
                       WeftLazyReader  *reader)
{
  if (reader->done)
    return;
  if (self->line != NULL)
    g_ptr_array_add (self->line, reader);
  else
    push (self, reader, ++self->last_order);
}

/* The reader whose struct comes next; %NULL: none is left, or a line is wanted. */
WeftLazyReader *
weft_update_queue_get_first (WeftUpdateQueue *self)
{
  WeftLazyReader *first;

  if (self->line != NULL)
    return find_first_in_line (self->line);
  if (self->heap->len == 0)
    return NULL;
  first = g_array_index (self->heap, Waiting, 0).reader;
  if (self->may_form_line && is_undecided (self->heap))
    {
      self->wants_line = TRUE;
      return NULL;
    }

  return first;
}

/* The reader on top has moved on. */
void
weft_update_queue_put_back (WeftUpdateQueue *self)
{
  Waiting *top;

  if (self->line != NULL)
    return;
  top = &g_array_index (self->heap, Waiting, 0);
  if (top->reader->done)
    {
      *top = g_array_index (self->heap, Waiting, self->heap->len - 1);
      g_array_set_size (self->heap, self->heap->len - 1);
    }
  else
    {
      top->order = --self->first_order;
    }
  sift_down (self->heap);
}
