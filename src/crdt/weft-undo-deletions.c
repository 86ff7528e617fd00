/* weft-undo-deletions.c - what all steps of an undo manager have deleted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-hash.h"
#include "crdt/weft-undo-deletions.h"

struct _WeftUndoDeletion
{
  guint64           start, end; /* the client in the upper half */
  guint64           last; /* the greatest end of this one and those below it */
  guint64           priority;
  WeftUndoDeletion *left, *right;
};

static inline guint64
join_id (guint32 client,
         guint32 clock)
{
  return (guint64) client << 32 | clock;
}

static void
refresh (WeftUndoDeletion *node)
{
  node->last = node->end;
  if (node->left != NULL)
    node->last = MAX (node->last, node->left->last);
  if (node->right != NULL)
    node->last = MAX (node->last, node->right->last);
}

/* Those that begin before @start, or there and end before @end, and the others. A treap is not deep. */
static void
split (WeftUndoDeletion  *node,
       guint64            start,
       guint64            end,
       WeftUndoDeletion **before,
       WeftUndoDeletion **rest)
{
  if (node == NULL)
    {
      *before = *rest = NULL;
      return;
    }
  if (node->start < start || (node->start == start && node->end < end))
    {
      split (node->right, start, end, &node->right, rest);
      *before = node;
    }
  else
    {
      split (node->left, start, end, before, &node->left);
      *rest = node;
    }
  refresh (node);
}

static WeftUndoDeletion *
join (WeftUndoDeletion *left,
      WeftUndoDeletion *right)
{
  if (left == NULL)
    return right;
  if (right == NULL)
    return left;
  if (left->priority > right->priority)
    {
      left->right = join (left->right, right);
      refresh (left);
      return left;
    }
  right->left = join (left, right->left);
  refresh (right);

  return right;
}

static WeftUndoDeletion *
without_first (WeftUndoDeletion *node)
{
  WeftUndoDeletion *rest = node->right;

  if (node->left != NULL)
    {
      node->left = without_first (node->left);
      refresh (node);
      return node;
    }
  g_free (node);

  return rest;
}

void
weft_undo_deletions_clear (WeftUndoDeletions *self)
{
  while (self->root != NULL)
    self->root = without_first (self->root);
}

static void
add_range (WeftUndoDeletions *self,
           guint64            secret,
           guint64            start,
           guint64            end)
{
  WeftUndoDeletion *node = g_new0 (WeftUndoDeletion, 1), *before, *rest;

  node->start = start;
  node->end = node->last = end;
  node->priority = weft_hash_word (secret, self->n_made++);
  split (self->root, start, end, &before, &rest);
  self->root = join (join (before, node), rest);
}

static void
remove_range (WeftUndoDeletions *self,
              guint64            secret,
              guint64            start,
              guint64            end)
{
  WeftUndoDeletion *before, *rest, *first;

  split (self->root, start, end, &before, &rest);
  for (first = rest; first != NULL && first->left != NULL;)
    first = first->left;
  g_assert (first != NULL && first->start == start && first->end == end);
  self->root = join (before, without_first (rest));
}

static void
foreach_range (WeftUndoDeletions  *self,
               const WeftRangeSet *ranges,
               guint64             secret,
               void              (*func) (WeftUndoDeletions *self,
                                          guint64            secret,
                                          guint64            start,
                                          guint64            end))
{
  for (guint i = 0; ranges->lists != NULL && i < ranges->lists->len; i++)
    {
      const WeftRangeList *list = &g_array_index (ranges->lists, WeftRangeList, i);

      for (guint j = 0; j < list->ranges->len; j++)
        {
          const WeftRange *range = &g_array_index (list->ranges, WeftRange, j);
          guint64 start = join_id (list->client, range->clock);

          func (self, secret, start, start + range->len);
        }
    }
}

void
weft_undo_deletions_add (WeftUndoDeletions  *self,
                         guint64             secret,
                         const WeftRangeSet *ranges)
{
  foreach_range (self, ranges, secret, add_range);
}

void
weft_undo_deletions_remove (WeftUndoDeletions  *self,
                            const WeftRangeSet *ranges)
{
  foreach_range (self, ranges, 0, remove_range);
}

gboolean
weft_undo_deletions_contain (const WeftUndoDeletions *self,
                             guint32                  client,
                             guint32                  clock)
{
  guint64 unit = join_id (client, clock);
  const WeftUndoDeletion *node = self->root;

  while (node != NULL && !(node->start <= unit && unit < node->end))
    {
      /* Where one at the left ends behind the unit, but begins there, too, so do all at the right. */
      if (node->left != NULL && node->left->last > unit)
        node = node->left;
      else
        node = node->start <= unit ? node->right : NULL;
    }

  return node != NULL;
}
