/* weft-order-index.c - the sequence of a type: a counted B+-tree
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Leaves hold up to 32 handles and the visible length of each; inner nodes the sums of their
 * children. Deleted items stay, with length 0. An insertion at a leaf's end starts a new leaf, so
 * that appending leaves full ones; any other split halves. Empty nodes are freed, others are not
 * joined: items vanish only by merging, which is rare beside their coming.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-format-spans-private.h"
#include "crdt/weft-slots-private.h"

/* How many items before its turn an item is fetched when leaves are built: they stand anywhere. */
#define BUILD_AHEAD 8

static guint
slot_in_leaf (const WeftLeaf *leaf,
              WeftHandle      item)
{
  return weft_find_slot (leaf->item, item);
}

static guint
slot_in_inner (const WeftInner *inner,
               WeftHandle       child)
{
  return weft_find_slot (inner->child, child);
}

WeftSpot
weft_order_spot (WeftDoc   *doc,
                 WeftHandle item)
{
  WeftLeaf *leaf = weft_leaf (doc, weft_item (doc, item)->place);

  return (WeftSpot) { leaf, slot_in_leaf (leaf, item) };
}

WeftHandle
weft_order_next (WeftDoc   *doc,
                 WeftHandle item)
{
  WeftSpot spot = weft_order_spot (doc, item);

  return weft_order_step (doc, &spot) ? spot.leaf->item[spot.slot] : WEFT_NONE;
}

WeftHandle
weft_order_prev (WeftDoc   *doc,
                 WeftHandle item)
{
  WeftSpot spot = weft_order_spot (doc, item);

  if (spot.slot > 0)
    return spot.leaf->item[spot.slot - 1];
  if (spot.leaf->prev == WEFT_NONE)
    return WEFT_NONE;
  spot.leaf = weft_leaf (doc, spot.leaf->prev);

  return spot.leaf->item[spot.leaf->n - 1];
}

WeftHandle
weft_order_first (WeftDoc  *doc,
                  WeftType *type)
{
  return type->first == WEFT_NONE ? WEFT_NONE : weft_leaf (doc, type->first)->item[0];
}

WeftHandle
weft_order_last (WeftDoc  *doc,
                 WeftType *type)
{
  WeftLeaf *leaf;

  if (type->last == WEFT_NONE)
    return WEFT_NONE;
  leaf = weft_leaf (doc, type->last);

  return leaf->item[leaf->n - 1];
}

static void
add_visible (WeftDoc  *doc,
             WeftLeaf *leaf,
             gint64    delta)
{
  WeftHandle child = leaf->self;

  leaf->type->length += delta;
  for (WeftHandle at = leaf->parent; at != WEFT_NONE;)
    {
      WeftInner *inner = weft_inner (doc, at);

      inner->vis[slot_in_inner (inner, child)] += delta;
      child = at;
      at = inner->parent;
    }
}

static guint64
sum_leaf (const WeftLeaf *leaf)
{
  guint64 sum = 0;

  for (guint i = 0; i < leaf->n; i++)
    sum += leaf->vis[i];

  return sum;
}

static guint64
sum_inner (const WeftInner *inner)
{
  guint64 sum = 0;

  for (guint i = 0; i < inner->n; i++)
    sum += inner->vis[i];

  return sum;
}

static void
set_parent (WeftDoc   *doc,
            guint32    level,
            WeftHandle child,
            WeftHandle parent)
{
  if (level == 1)
    weft_leaf (doc, child)->parent = parent;
  else
    weft_inner (doc, child)->parent = parent;
}

/* Hooks the new node @right, whose visible sum is @sum, into the tree right of its sibling @left,
 * from which it was cut; @level is that of their parent. */
static void
insert_child (WeftDoc   *doc,
              WeftType  *type,
              guint32    level,
              WeftHandle left,
              WeftHandle right,
              guint64    left_sum,
              guint64    sum)
{
  WeftHandle parent
      = level == 1 ? weft_leaf (doc, left)->parent : weft_inner (doc, left)->parent;
  WeftInner *inner;
  guint slot;

  doc->path.leaf = NULL;
  if (parent == WEFT_NONE)
    {
      parent = weft_pool_new_inner (doc);
      inner = weft_inner (doc, parent);
      inner->level = level;
      inner->n = 2;
      inner->child[0] = left;
      inner->child[1] = right;
      inner->vis[0] = left_sum;
      inner->vis[1] = sum;
      set_parent (doc, level, left, parent);
      set_parent (doc, level, right, parent);
      type->root = parent;
      type->height = level;
      return;
    }

  inner = weft_inner (doc, parent);
  slot = slot_in_inner (inner, left);
  inner->vis[slot] = left_sum;
  slot++;

  if (inner->n == WEFT_NODE_SIZE)
    {
      WeftHandle other = weft_pool_new_inner (doc);
      WeftInner *sibling = weft_inner (doc, other);
      guint keep = slot == WEFT_NODE_SIZE ? WEFT_NODE_SIZE : WEFT_NODE_SIZE / 2;

      sibling->level = level;
      sibling->n = inner->n - keep;
      memcpy (sibling->child, inner->child + keep, sibling->n * sizeof (WeftHandle));
      memcpy (sibling->vis, inner->vis + keep, sibling->n * sizeof (guint64));
      inner->n = keep;
      for (guint i = 0; i < sibling->n; i++)
        set_parent (doc, level, sibling->child[i], other);

      if (slot >= keep && keep < WEFT_NODE_SIZE ? slot > keep : slot == WEFT_NODE_SIZE)
        {
          WeftInner *target = sibling;
          guint at = slot - keep;

          weft_order_insert_marks (target, at);
          memmove (target->child + at + 1, target->child + at, (target->n - at) * sizeof (WeftHandle));
          memmove (target->vis + at + 1, target->vis + at, (target->n - at) * sizeof (guint64));
          target->child[at] = right;
          target->vis[at] = sum;
          target->n++;
          set_parent (doc, level, right, other);
        }
      else
        {
          weft_order_insert_marks (inner, slot);
          memmove (inner->child + slot + 1, inner->child + slot, (inner->n - slot) * sizeof (WeftHandle));
          memmove (inner->vis + slot + 1, inner->vis + slot, (inner->n - slot) * sizeof (guint64));
          inner->child[slot] = right;
          inner->vis[slot] = sum;
          inner->n++;
          set_parent (doc, level, right, parent);
        }
      insert_child (doc, type, level + 1, parent, other, sum_inner (inner), sum_inner (sibling));
      return;
    }

  weft_order_insert_marks (inner, slot);
  memmove (inner->child + slot + 1, inner->child + slot, (inner->n - slot) * sizeof (WeftHandle));
  memmove (inner->vis + slot + 1, inner->vis + slot, (inner->n - slot) * sizeof (guint64));
  inner->child[slot] = right;
  inner->vis[slot] = sum;
  inner->n++;
  set_parent (doc, level, right, parent);
}

static void
put_item (WeftDoc   *doc,
          WeftLeaf  *leaf,
          guint      slot,
          WeftHandle handle)
{
  WeftItem *item = weft_item (doc, handle);

  memmove (leaf->item + slot + 1, leaf->item + slot, (leaf->n - slot) * sizeof (WeftHandle));
  memmove (leaf->vis + slot + 1, leaf->vis + slot, (leaf->n - slot) * sizeof (guint32));
  leaf->item[slot] = handle;
  leaf->vis[slot] = weft_item_visible (item);
  leaf->n++;
  item->place = leaf->self;
  if (item->kind == WEFT_CONTENT_FORMAT)
    {
      weft_order_touch_marks (doc, leaf);
      weft_format_spans_add (doc, leaf->type, handle);
    }
  if (leaf->vis[slot] > 0)
    add_visible (doc, leaf, leaf->vis[slot]);
}

/* Moves what is at @keep and after it to a new leaf at the right, which is returned. */
static WeftLeaf *
split_leaf (WeftDoc  *doc,
            WeftLeaf *leaf,
            guint     keep)
{
  WeftHandle other = weft_pool_new_leaf (doc);
  WeftLeaf *sibling = weft_leaf (doc, other);
  WeftType *type = leaf->type;

  sibling->type = type;
  sibling->n = leaf->n - keep;
  memcpy (sibling->item, leaf->item + keep, sibling->n * sizeof (WeftHandle));
  memcpy (sibling->vis, leaf->vis + keep, sibling->n * sizeof (guint32));
  leaf->n = keep;
  for (guint i = 0; i < sibling->n; i++)
    weft_item (doc, sibling->item[i])->place = other;

  sibling->next = leaf->next;
  sibling->prev = leaf->self;
  if (leaf->next != WEFT_NONE)
    weft_leaf (doc, leaf->next)->prev = other;
  else
    type->last = other;
  leaf->next = other;

  if (type->has_formats)
    weft_order_touch_marks (doc, leaf);
  insert_child (doc, type, 1, leaf->self, other, sum_leaf (leaf), sum_leaf (sibling));

  return sibling;
}

WeftLeaf *
weft_order_make_room (WeftDoc  *doc,
                      WeftLeaf *leaf,
                      guint    *slot,
                      gboolean  with_left)
{
  guint keep = *slot == leaf->n ? leaf->n - (with_left ? 1 : 0) : leaf->n / 2;
  gboolean goes_right = *slot > keep || *slot == leaf->n;
  WeftLeaf *sibling;

  weft_cursor_flush (doc);
  sibling = split_leaf (doc, leaf, keep);
  if (!goes_right)
    return leaf;
  *slot -= keep;

  return sibling;
}

/* Puts @item before the one that is at @slot now. */
static void
insert_in_leaf (WeftDoc   *doc,
                WeftLeaf  *leaf,
                guint      slot,
                WeftHandle item)
{
  if (leaf->n == WEFT_NODE_SIZE)
    leaf = weft_order_make_room (doc, leaf, &slot, FALSE);

  put_item (doc, leaf, slot, item);
}

void
weft_order_insert_at (WeftDoc   *doc,
                      WeftSpot   spot,
                      WeftHandle item)
{
  insert_in_leaf (doc, spot.leaf, spot.slot + 1, item);
}

void
weft_order_insert (WeftDoc   *doc,
                   WeftType  *type,
                   WeftHandle left,
                   WeftHandle item)
{
  if (left != WEFT_NONE)
    {
      weft_order_insert_at (doc, weft_order_spot (doc, left), item);
      return;
    }
  if (type->root == WEFT_NONE)
    {
      type->root = type->first = type->last = weft_pool_new_leaf (doc);
      type->height = 0;
      weft_leaf (doc, type->root)->type = type;
    }
  insert_in_leaf (doc, weft_leaf (doc, type->first), 0, item);
}

static void
remove_child (WeftDoc   *doc,
              WeftType  *type,
              WeftHandle parent,
              WeftHandle child)
{
  doc->path.leaf = NULL;
  while (parent != WEFT_NONE)
    {
      WeftInner *inner = weft_inner (doc, parent);
      guint slot = slot_in_inner (inner, child);

      weft_order_remove_marks (inner, slot);
      inner->n--;
      memmove (inner->child + slot, inner->child + slot + 1, (inner->n - slot) * sizeof (WeftHandle));
      memmove (inner->vis + slot, inner->vis + slot + 1, (inner->n - slot) * sizeof (guint64));
      if (inner->n > 0)
        return;
      child = parent;
      parent = inner->parent;
      weft_pool_free_inner (doc, child);
    }
  type->root = WEFT_NONE;
  type->height = 0;
}

/* A root with a single child gives way to it. */
static void
lower_root (WeftDoc  *doc,
            WeftType *type)
{
  while (type->height > 0)
    {
      WeftInner *inner = weft_inner (doc, type->root);

      if (inner->n != 1)
        return;
      type->root = inner->child[0];
      set_parent (doc, type->height, type->root, WEFT_NONE);
      type->height--;
      weft_pool_free_inner (doc, inner->self);
    }
}

void
weft_order_remove (WeftDoc   *doc,
                   WeftHandle item)
{
  WeftSpot spot = weft_order_spot (doc, item);
  WeftLeaf *leaf = spot.leaf;
  WeftType *type = leaf->type;

  if (leaf->vis[spot.slot] != 0)
    add_visible (doc, leaf, -(gint64) leaf->vis[spot.slot]);
  leaf->n--;
  memmove (leaf->item + spot.slot, leaf->item + spot.slot + 1,
           (leaf->n - spot.slot) * sizeof (WeftHandle));
  memmove (leaf->vis + spot.slot, leaf->vis + spot.slot + 1,
           (leaf->n - spot.slot) * sizeof (guint32));
  if (leaf->n > 0)
    return;

  if (leaf->prev != WEFT_NONE)
    weft_leaf (doc, leaf->prev)->next = leaf->next;
  else
    type->first = leaf->next;
  if (leaf->next != WEFT_NONE)
    weft_leaf (doc, leaf->next)->prev = leaf->prev;
  else
    type->last = leaf->prev;
  remove_child (doc, type, leaf->parent, leaf->self);
  weft_pool_free_leaf (doc, leaf->self);
  if (type->root != WEFT_NONE)
    lower_root (doc, type);
}

void
weft_order_update (WeftDoc   *doc,
                   WeftHandle item)
{
  WeftSpot spot = weft_order_spot (doc, item);
  guint32 visible = weft_item_visible (weft_item (doc, item));
  gint64 delta = (gint64) visible - spot.leaf->vis[spot.slot];

  if (delta == 0)
    return;
  spot.leaf->vis[spot.slot] = visible;
  add_visible (doc, spot.leaf, delta);
}

/* Which of four entries holds the unit *@index, which is in one of them, and which of its units that is. Nobody can
 * foresee which, so there is no branch. */
static inline guint
find_in_four (guint64  first,
              guint64  second,
              guint64  third,
              guint64 *index)
{
  guint64 at = *index, two = first + second, three = two + third, before;

  before = at >= first ? first : 0;
  before = at >= two ? two : before;
  before = at >= three ? three : before;
  *index = at - before;

  return (at >= first) + (at >= two) + (at >= three);
}

/* Sums are taken four at a time up to the four that hold the unit; what lies beyond those in use is not reached. */
guint32
weft_order_find_spot (WeftDoc  *doc,
                      WeftType *type,
                      guint64   index,
                      WeftSpot *spot)
{
  WeftPath *path = &doc->path;
  WeftHandle at = type->root;
  WeftLeaf *leaf;
  guint slot, n = 0;

  weft_cursor_flush (doc);
  for (guint32 level = type->height; level > 0; level--)
    {
      WeftInner *inner = weft_inner (doc, at);

      for (slot = 0;; slot += 4)
        {
          const guint64 *four = inner->vis + slot;
          guint64 total = (four[0] + four[1]) + (four[2] + four[3]);

          if (index < total)
            break;
          index -= total;
        }
      slot += find_in_four (inner->vis[slot], inner->vis[slot + 1], inner->vis[slot + 2], &index);
      path->sums[n++ % WEFT_PATH_SIZE] = inner->vis + slot;
      at = inner->child[slot];
    }

  /* All of it is looked at in a moment; the lines come together, not one after the other. */
  leaf = weft_leaf (doc, at);
  path->n = n;
  path->leaf = n <= WEFT_PATH_SIZE ? leaf : NULL;
  for (guint i = 0; i < sizeof (WeftLeaf); i += 64)
    __builtin_prefetch ((const guint8 *) leaf + i);
  slot = 0;
#ifdef __SSE2__
  for (;;)
    {
      __m128i four = _mm_loadu_si128 ((const void *) (leaf->vis + slot));
      __m128i low = _mm_unpacklo_epi32 (four, _mm_setzero_si128 ());
      __m128i sum = _mm_add_epi64 (low, _mm_unpackhi_epi32 (four, _mm_setzero_si128 ()));
      guint64 total = (guint64) _mm_cvtsi128_si64 (_mm_add_epi64 (sum, _mm_unpackhi_epi64 (sum, sum)));

      if (index < total)
        break;
      index -= total;
      slot += 4;
    }
#else
  for (;; slot += 4)
    {
      const guint32 *four = leaf->vis + slot;
      guint64 total = (guint64) four[0] + four[1] + four[2] + four[3];

      if (index < total)
        break;
      index -= total;
    }
#endif
  slot += find_in_four (leaf->vis[slot], leaf->vis[slot + 1], leaf->vis[slot + 2], &index);
  *spot = (WeftSpot) { leaf, slot };

  return (guint32) index;
}

WeftHandle
weft_order_find (WeftDoc  *doc,
                 WeftType *type,
                 guint64   index,
                 guint32  *offset)
{
  WeftSpot spot;

  *offset = weft_order_find_spot (doc, type, index, &spot);

  return spot.leaf->item[spot.slot];
}

guint64
weft_order_index_of (WeftDoc   *doc,
                     WeftHandle item)
{
  WeftSpot spot = weft_order_spot (doc, item);
  WeftHandle child = spot.leaf->self;
  guint64 index = 0;

  weft_cursor_flush (doc);
  for (guint i = 0; i < spot.slot; i++)
    index += spot.leaf->vis[i];
  for (WeftHandle at = spot.leaf->parent; at != WEFT_NONE;)
    {
      WeftInner *inner = weft_inner (doc, at);

      for (guint i = 0; inner->child[i] != child; i++)
        index += inner->vis[i];
      child = at;
      at = inner->parent;
    }

  return index;
}

gboolean
weft_order_is_before (WeftDoc   *doc,
                      WeftHandle a,
                      WeftHandle b)
{
  WeftSpot spot_a = weft_order_spot (doc, a), spot_b = weft_order_spot (doc, b);
  WeftHandle child_a = spot_a.leaf->self, child_b = spot_b.leaf->self;
  WeftHandle up_a = spot_a.leaf->parent, up_b = spot_b.leaf->parent;

  if (child_a == child_b)
    return spot_a.slot < spot_b.slot;

  while (up_a != up_b)
    {
      child_a = up_a;
      child_b = up_b;
      up_a = weft_inner (doc, up_a)->parent;
      up_b = weft_inner (doc, up_b)->parent;
    }

  return slot_in_inner (weft_inner (doc, up_a), child_a)
         < slot_in_inner (weft_inner (doc, up_b), child_b);
}

/* One level of a tree that is being built: its nodes and what is visible in each. */
typedef struct
{
  WeftHandle node;
  guint64    sum;
} Built;

/* Puts items from @at on into @leaf, which is empty, until it is full; returns the one that comes next. @ahead comes
 * some items later. In @kinds the bits are set of those there were, that of WEFT_CONTENT_STRING where one was not
 * ASCII. */
static WeftHandle
fill_leaf (WeftDoc          *doc,
           WeftLeaf         *leaf,
           WeftHandle        at,
           WeftHandle       *ahead,
           const WeftHandle *next,
           guint64          *sum,
           guint32          *kinds)
{
  WeftHandle self = leaf->self, far = *ahead;
  guint32 n = 0, seen = 0;
  guint64 total = 0;

  for (; n < WEFT_NODE_SIZE && at != WEFT_NONE; n++, at = next[at])
    {
      WeftItem *item = weft_item (doc, at);
      WeftItemBits bits = item->bits;
      guint32 visible = weft_item_visible (item);

      if (G_LIKELY (far != WEFT_NONE))
        {
          __builtin_prefetch (weft_item (doc, far));
          far = next[far];
        }
      leaf->item[n] = at;
      leaf->vis[n] = visible;
      item->place = self;
      total += visible;
      seen |= 1u << (bits.kind | bits.ascii << 4);
    }
  leaf->n = n;
  *ahead = far;
  *sum = total;
  *kinds |= seen;

  return at;
}

static void
build_leaves (WeftDoc          *doc,
              WeftType         *type,
              WeftHandle        first,
              const WeftHandle *next,
              GArray           *built)
{
  WeftHandle ahead = first, at = first;
  WeftLeaf *before = NULL;
  guint32 kinds = 0;

  for (guint i = 0; i < BUILD_AHEAD && ahead != WEFT_NONE; i++)
    ahead = next[ahead];
  while (at != WEFT_NONE)
    {
      Built fresh = { weft_pool_new_leaf (doc), 0 };
      WeftLeaf *leaf = weft_leaf (doc, fresh.node);

      leaf->type = type;
      if (before != NULL)
        {
          leaf->prev = before->self;
          before->next = fresh.node;
        }
      at = fill_leaf (doc, leaf, at, &ahead, next, &fresh.sum, &kinds);
      g_array_append_val (built, fresh);
      before = leaf;
    }
  type->has_formats |= kinds >> WEFT_CONTENT_FORMAT & 1;
  type->has_wide |= kinds >> WEFT_CONTENT_STRING & 1;
}

/* Puts inner nodes above the nodes in @built, which they replace there. */
static void
build_level (WeftDoc *doc,
             guint32  level,
             GArray  *built)
{
  guint kept = 0;

  for (guint i = 0; i < built->len; i += WEFT_NODE_SIZE)
    {
      Built above = { weft_pool_new_inner (doc), 0 };
      WeftInner *inner = weft_inner (doc, above.node);

      inner->level = level;
      for (guint j = i; j < MIN (i + WEFT_NODE_SIZE, built->len); j++)
        {
          const Built *child = &g_array_index (built, Built, j);

          inner->child[inner->n] = child->node;
          inner->vis[inner->n++] = child->sum;
          set_parent (doc, level, child->node, above.node);
          above.sum += child->sum;
        }
      g_array_index (built, Built, kept++) = above;
    }
  g_array_set_size (built, kept);
}

void
weft_order_build (WeftDoc          *doc,
                  WeftType         *type,
                  WeftHandle        first,
                  const WeftHandle *next)
{
  g_autoptr(GArray) built = g_array_new (FALSE, FALSE, sizeof (Built));

  doc->path.leaf = NULL;
  build_leaves (doc, type, first, next, built);
  type->first = g_array_index (built, Built, 0).node;
  type->last = g_array_index (built, Built, built->len - 1).node;
  type->height = 0;
  while (built->len > 1)
    build_level (doc, ++type->height, built);
  type->root = g_array_index (built, Built, 0).node;
  type->length = g_array_index (built, Built, 0).sum;
}

static void
free_node (WeftDoc   *doc,
           guint32    level,
           WeftHandle node)
{
  /* As deep as the tree is high: at most seven. */
  if (level == 0)
    {
      weft_pool_free_leaf (doc, node);
      return;
    }
  for (guint i = 0; i < weft_inner (doc, node)->n; i++)
    free_node (doc, level - 1, weft_inner (doc, node)->child[i]);
  weft_pool_free_inner (doc, node);
}

void
weft_order_drop (WeftDoc  *doc,
                 WeftType *type)
{
  doc->path.leaf = NULL;
  weft_format_spans_forget (doc, type);
  if (type->root != WEFT_NONE)
    free_node (doc, type->height, type->root);
  type->root = type->first = type->last = WEFT_NONE;
  type->height = 0;
  type->length = 0;
}
