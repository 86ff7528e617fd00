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

#include "crdt/weft-line-sort-private.h"
#include "crdt/weft-update-queue-private.h"

/* So few stand in a line from the start. */
#define FEW_IN_LINE 4
/* So many may stand in one whatever their size. */
#define MANY_IN_LINE 63
/* More do only where updates times bytes are no more than this, since sorting them anew for each struct is quadratic: a
 * thousand updates of a kilobyte. Beyond, of a collected run and another struct, the heap's order has to do. */
#define MAX_IN_LINE_BYTES ((guint64) 1 << 30)

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

/* How Yjs compares two readers. */
static gboolean
stands_before (gconstpointer one,
               gconstpointer other)
{
  const WeftLazyStruct *a = &((const WeftLazyReader *) one)->curr, *b = &((const WeftLazyReader *) other)->curr;

  if (a->client != b->client)
    return a->client > b->client;
  if (a->clock != b->clock)
    return a->clock < b->clock;

  return (a->kind == WEFT_CONTENT_GC) != (b->kind == WEFT_CONTENT_GC);
}

static WeftLazyReader *
find_first_in_line (GPtrArray *line)
{
  guint n = 0;

  for (guint i = 0; i < line->len; i++)
    if (!((WeftLazyReader *) line->pdata[i])->done)
      line->pdata[n++] = line->pdata[i];
  g_ptr_array_set_size (line, n);
  weft_line_sort (line->pdata, n, stands_before);

  return n > 0 ? line->pdata[0] : NULL;
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

/* @n: how many updates there are; @n_bytes: in all of them. */
void
weft_update_queue_init (WeftUpdateQueue *self,
                        guint            n,
                        guint64          n_bytes)
{
  *self = (WeftUpdateQueue) { .may_form_line = n <= MANY_IN_LINE || n_bytes <= MAX_IN_LINE_BYTES / n };
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
