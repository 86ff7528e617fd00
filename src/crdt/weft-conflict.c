/* weft-conflict.c - who comes first where others have written at the same place
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * YATA, as in Item.integrate of Yjs: a new item looks at those that stand between its neighbours, from left to right.
 * They stand in a sequence, in one that was taken apart, or in the chain of a key.
 */

#include "config.h"

#include "crdt/weft-crowd-private.h"

static gboolean
same_id (guint32 client_a,
         guint32 clock_a,
         guint32 client_b,
         guint32 clock_b)
{
  return client_a == client_b && (client_a == WEFT_NO_CLIENT || clock_a == clock_b);
}

/* Marks tell which items the walk in find_left() has seen: each walk numbers its visits upwards
 * from where the last one ended, so that nothing has to be cleared. */
static guint32
begin_marks (WeftDoc *doc)
{
  if (doc->n_marks <= doc->n_items)
    {
      guint32 n = MAX (doc->n_items + 1, doc->n_marks * 2);

      doc->marks = g_renew (guint32, doc->marks, n);
      memset (doc->marks + doc->n_marks, 0, (n - doc->n_marks) * sizeof (guint32));
      doc->n_marks = n;
    }
  if (doc->mark_clock > G_MAXUINT32 - doc->n_items - 2)
    {
      memset (doc->marks, 0, doc->n_marks * sizeof (guint32));
      doc->mark_clock = 0;
    }

  return doc->mark_clock + 1;
}

/* Where an item comes to: @chain is NULL unless the sequence was taken apart. */
typedef struct
{
  WeftType        *parent;
  WeftHandle       entry; /* WEFT_NONE: in the sequence */
  const WeftChain *chain;
} Target;

/* The items to compare with, from left to right. A map's chain only links to the left, so it is
 * laid out first. */
typedef struct
{
  WeftDoc         *doc;
  WeftSpot         spot;
  gboolean         in_map;
  guint            next;
  const WeftChain *chain;
  WeftHandle       at; /* in @chain */
} Walk;

static WeftHandle
walk_begin (Walk         *walk,
            WeftDoc      *doc,
            const Target *target,
            WeftHandle    left)
{
  const WeftType *parent = target->parent;
  WeftHandle entry = target->entry;

  *walk = (Walk) { .doc = doc, .chain = target->chain };
  if (target->chain != NULL)
    return walk->at = left != WEFT_NONE ? target->chain->next[left] : target->chain->first;
  if (entry != WEFT_NONE)
    {
      walk->in_map = TRUE;
      for (WeftHandle at = weft_entry (doc, entry)->head; at != left && at != WEFT_NONE;
           at = weft_item_map_left (doc, at))
        {
          if (walk->next == doc->chain_allocated)
            {
              doc->chain_allocated = MAX (64, doc->chain_allocated * 2);
              doc->chain = g_renew (WeftHandle, doc->chain, doc->chain_allocated);
            }
          doc->chain[walk->next++] = at;
        }
      return walk->next == 0 ? WEFT_NONE : doc->chain[--walk->next];
    }

  if (left == WEFT_NONE)
    {
      if (parent->first == WEFT_NONE)
        return WEFT_NONE;
      walk->spot = (WeftSpot) { weft_leaf (doc, parent->first), 0 };
    }
  else
    {
      walk->spot = weft_order_spot (doc, left);
      if (!weft_order_step (doc, &walk->spot))
        return WEFT_NONE;
    }

  return walk->spot.leaf->item[walk->spot.slot];
}

static inline WeftHandle
walk_next (Walk *walk)
{
  if (walk->in_map)
    return walk->next == 0 ? WEFT_NONE : walk->doc->chain[--walk->next];
  if (walk->chain != NULL)
    return walk->at = walk->chain->next[walk->at];
  if (walk->spot.slot + 1 < walk->spot.leaf->n)
    return walk->spot.leaf->item[++walk->spot.slot];

  return weft_order_step (walk->doc, &walk->spot) ? walk->spot.leaf->item[walk->spot.slot] : WEFT_NONE;
}

/* The place of a value by client @own: after those with a greater id, and where ids are equal, after these. */
static guint
find_place (const WeftSiblings *siblings,
            WeftClientId        own)
{
  guint low = 0, high = siblings->items->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (siblings->items, WeftSibling, middle).client >= own)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/* Finds the neighbour at the left where the values of the key are known to be siblings and @item is one, too. */
static gboolean
find_left_of_siblings (WeftDoc    *doc,
                       WeftItem   *item,
                       WeftHandle *left,
                       WeftHandle  right,
                       WeftHandle  entry)
{
  WeftSiblings *siblings = &doc->siblings;

  /* All have the origin that ends at @left: a place within it would have cut it. */
  if (siblings->entry != entry || siblings->left != *left || right != WEFT_NONE || item->r_client != WEFT_NO_CLIENT
      || (item->o_client == WEFT_NO_CLIENT) != (*left == WEFT_NONE))
    return FALSE;
  siblings->place = find_place (siblings, doc->client_ids[item->client]);
  siblings->finds = TRUE;
  if (siblings->place < siblings->items->len)
    *left = g_array_index (siblings->items, WeftSibling, siblings->place).item;

  return TRUE;
}

/* Puts the item that has just been linked among its siblings. Returns the one at its right; WEFT_NONE: none. */
WeftHandle
weft_siblings_add (WeftDoc   *doc,
                   WeftHandle handle)
{
  WeftSiblings *siblings = &doc->siblings;
  WeftSibling sibling = { doc->client_ids[weft_item (doc, handle)->client], handle };

  siblings->finds = FALSE;
  g_array_insert_val (siblings->items, siblings->place, sibling);

  return siblings->place > 0 ? g_array_index (siblings->items, WeftSibling, siblings->place - 1).item : WEFT_NONE;
}

/* find_left_of_same() for a map, whose chain only links to the left: so it is gone through once, from the
 * newest item on. Where the walk to the right would end, all that came so far lies beyond. */
static gboolean
find_left_in_map (WeftDoc    *doc,
                  WeftItem   *item,
                  WeftHandle *left,
                  WeftHandle  right,
                  WeftHandle  entry)
{
  WeftClientId own = doc->client_ids[item->client];
  WeftHandle found = WEFT_NONE;
  WeftSibling sibling = { G_MAXUINT64, WEFT_NONE };
  gboolean are_siblings = right == WEFT_NONE && item->r_client == WEFT_NO_CLIENT;

  if (find_left_of_siblings (doc, item, left, right, entry))
    return TRUE;
  doc->siblings.entry = WEFT_NONE;
  if (doc->siblings.items == NULL)
    doc->siblings.items = g_array_new (FALSE, FALSE, sizeof (WeftSibling));
  g_array_set_size (doc->siblings.items, 0);

  for (WeftHandle o = weft_entry (doc, entry)->head; o != *left && o != WEFT_NONE;
       o = weft_item_map_left (doc, o))
    {
      const WeftItem *other = weft_item (doc, o);
      WeftClientId client = doc->client_ids[other->client];

      are_siblings = are_siblings && other->r_client == WEFT_NO_CLIENT && client <= sibling.client
                     && same_id (item->o_client, item->o_clock, other->o_client, other->o_clock);
      if (are_siblings)
        {
          sibling = (WeftSibling) { client, o };
          g_array_append_val (doc->siblings.items, sibling);
        }
      if (o == right)
        found = WEFT_NONE;
      else if (!same_id (item->o_client, item->o_clock, other->o_client, other->o_clock))
        {
          if (other->o_client != WEFT_NO_CLIENT)
            return FALSE;
          found = WEFT_NONE;
        }
      else if (doc->client_ids[other->client] < own)
        found = found != WEFT_NONE ? found : o;
      else if (same_id (item->r_client, item->r_clock, other->r_client, other->r_clock))
        found = WEFT_NONE;
    }
  if (are_siblings)
    {
      doc->siblings.entry = entry;
      doc->siblings.left = *left;
      find_left_of_siblings (doc, item, left, right, entry);
    }
  else if (found != WEFT_NONE)
    {
      *left = found;
    }

  return TRUE;
}

typedef enum
{
  WALK_ON,
  WALK_ENDS,  /* what comes next cannot be at the left */
  WALK_MIXED, /* there is one with another origin */
} WalkState;

/* Goes over @n items, all in the order, for find_left_of_same(). Where hundreds began at once, this is all that each of
 * them costs; where more did, see weft-crowd.c. */
static inline WalkState
pass_same (const WeftDoc    *doc,
           const WeftItem   *item,
           const WeftHandle *handles,
           guint             n,
           WeftHandle        right,
           WeftHandle       *found)
{
  const WeftClientId *ids = doc->client_ids, own = ids[item->client];
  const WeftItemBits bits = item->bits;
  /* Of no client there is no clock. */
  const guint32 o_mask = bits.o_client == WEFT_NO_CLIENT ? 0 : G_MAXUINT32;

  for (guint i = 0; i < n; i++)
    {
      WeftHandle handle = handles[i];
      const WeftItem *other = weft_item (doc, handle);
      WeftItemBits there = other->bits;

      if (handle == right)
        return WALK_ENDS;
      if (there.o_client != bits.o_client || ((other->o_clock ^ item->o_clock) & o_mask) != 0)
        return there.o_client != WEFT_NO_CLIENT ? WALK_MIXED : WALK_ENDS;
      if (ids[there.client] < own)
        *found = handle;
      else if (same_id (bits.r_client, item->r_clock, there.r_client, other->r_clock))
        return WALK_ENDS;
    }

  return WALK_ON;
}

/* The same as find_left(), where all that were written at the same place have the same origin, as when
 * many begin at once: then who comes first is a matter of client ids alone. %FALSE: there is one with
 * another origin. */
static gboolean
find_left_of_same (WeftDoc      *doc,
                   WeftItem     *item,
                   WeftHandle   *left,
                   WeftHandle    right,
                   const Target *target,
                   guint64      *n_steps)
{
  WeftHandle found = *left;
  WalkState state = WALK_ON;
  Walk walk;

  if (target->entry != WEFT_NONE)
    return find_left_in_map (doc, item, left, right, target->entry);

  if (walk_begin (&walk, doc, target, *left) == WEFT_NONE)
    return TRUE;
  if (target->chain != NULL)
    {
      do
        {
          state = pass_same (doc, item, &walk.at, 1, right, &found);
          ++*n_steps;
        }
      while (state == WALK_ON && walk_next (&walk) != WEFT_NONE);
    }
  else
    {
      const WeftLeaf *leaf = walk.spot.leaf;
      guint slot = walk.spot.slot;

      while ((state = pass_same (doc, item, leaf->item + slot, leaf->n - slot, right, &found)) == WALK_ON
             && leaf->next != WEFT_NONE)
        {
          *n_steps += leaf->n - slot;
          leaf = weft_leaf (doc, leaf->next);
          slot = 0;
        }
    }
  if (state == WALK_MIXED)
    return FALSE;
  *left = found;

  return TRUE;
}

/* The item that holds the origin of @item, which stands right of @before: mostly that one. */
static inline WeftHandle
find_origin (const Walk *walk,
             WeftHandle  handle,
             WeftHandle  before)
{
  const WeftItem *item = weft_item (walk->doc, handle);

  if (walk->chain != NULL && handle - walk->chain->base < walk->chain->n_new)
    return walk->chain->origins[handle - walk->chain->base];
  if (before != WEFT_NONE)
    {
      const WeftItem *guess = weft_item (walk->doc, before);

      if (guess->client == item->o_client && item->o_clock - guess->clock < guess->len)
        return before;
    }

  return weft_find_item (walk->doc, item->o_client, item->o_clock);
}

/* The neighbour at whose right @item goes, where others have written at the same place: YATA, as in
 * Item.integrate of Yjs. There, two sets are kept: the items before the origin of the one looked at,
 * and those of them that conflict. Visits are numbered here; an item is in the first set where its
 * number is of this walk, and in the second where it came after the last time that was cleared. */
static WeftHandle
find_left (WeftDoc      *doc,
           WeftItem     *item,
           WeftHandle    left,
           WeftHandle    right,
           const Target *target,
           guint64      *n_steps)
{
  guint32 begin, conflicts;
  WeftClientId own = doc->client_ids[item->client];
  WeftHandle before = left;
  Walk walk;

  if (find_left_of_same (doc, item, &left, right, target, n_steps))
    return left;
  begin = conflicts = begin_marks (doc);

  for (WeftHandle o = walk_begin (&walk, doc, target, left); o != WEFT_NONE && o != right;
       before = o, o = walk_next (&walk))
    {
      WeftItem *other = weft_item (doc, o);

      ++*n_steps;
      doc->marks[o] = ++doc->mark_clock;
      if (same_id (item->o_client, item->o_clock, other->o_client, other->o_clock))
        {
          if (doc->client_ids[other->client] < own)
            {
              left = o;
              conflicts = doc->mark_clock + 1;
            }
          else if (same_id (item->r_client, item->r_clock, other->r_client, other->r_clock))
            {
              break;
            }
        }
      else if (other->o_client != WEFT_NO_CLIENT)
        {
          guint32 mark = doc->marks[find_origin (&walk, o, before)];

          if (mark < begin)
            break;
          if (mark < conflicts)
            {
              left = o;
              conflicts = doc->mark_clock + 1;
            }
        }
      else
        {
          break;
        }
    }

  return left;
}

WeftHandle
weft_find_left (WeftDoc   *doc,
                WeftItem  *item,
                WeftHandle left,
                WeftHandle right,
                WeftType  *parent,
                WeftHandle entry)
{
  const Target target = { parent, entry, NULL };
  WeftHandle found = left;
  guint64 n_steps = 0;

  if (entry != WEFT_NONE)
    return find_left (doc, item, left, right, &target, &n_steps);
  if (weft_crowd_find_left (doc, item, &found, right, parent))
    return found;

  found = find_left (doc, item, left, right, &target, &n_steps);
  weft_crowds_check_walk (doc, item, left, right, parent);
  if (n_steps >= doc->crowd_from)
    weft_crowd_begin (doc, parent, item);

  return found;
}

WeftHandle
weft_find_left_in_chain (WeftDoc         *doc,
                         WeftItem        *item,
                         WeftHandle       left,
                         WeftHandle       right,
                         const WeftChain *chain,
                         guint64         *n_steps)
{
  const Target target = { .chain = chain };

  return find_left (doc, item, left, right, &target, n_steps);
}
