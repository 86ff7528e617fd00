/* weft-order-marks.c - which marks hold at a place of a text, without reading all before it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Format items are spread among the others of a sequence. An inner node of the order index can say, for
 * each child, which keys are given a value in it and which are ended in it, as two sets of bits:
 *
 *   inner   child   │  0      1      2      3
 *           sets    │  bold   -      italic -
 *           nulls   │  -      bold   -      -
 *
 * So the last format of a key before a place, and the first one after it, are found by one way up and one
 * way down. The sets of a child are made when somebody asks, and made again after a format in it came, went
 * or moved: `stale` has a bit for each child, and where a node's bit is set, those above it are set too.
 *
 * Where nothing is visible in a child and it has no formats, all in it is deleted: what is deleted is skipped by that.
 *
 * There is a bit for each of the first 63 keys of a document. The last bit stands for all others; where it
 * is set before the place, weft-format-spans.c says which of them hold.
 */

#include "config.h"

#include "crdt/weft-format-spans-private.h"
#include "crdt/weft-marks-private.h"
#include "crdt/weft-slots-private.h"

/* Of what is deleted, so many leaves are looked through item by item. */
#define FEW_LEAVES 2

/* Half of inner->marks */
#define SETS(inner) ((inner)->marks)
#define NULLS(inner) ((inner)->marks + WEFT_NODE_SIZE)

void
weft_order_touch_marks (WeftDoc  *doc,
                        WeftLeaf *leaf)
{
  WeftHandle child = leaf->self;

  for (WeftHandle at = leaf->parent; at != WEFT_NONE;)
    {
      WeftInner *inner = weft_inner (doc, at);
      guint32 bit = 1u << weft_find_slot (inner->child, child);

      if (inner->stale & bit)
        return;
      inner->stale |= bit;
      child = at;
      at = inner->parent;
    }
}

/* The format at a slot of a leaf; %NULL where there is something else, or it is deleted. */
static const WeftFormat *
get_format (WeftDoc        *doc,
            const WeftLeaf *leaf,
            guint           slot)
{
  const WeftItem *item;

  if (leaf->vis[slot] != 0)
    return NULL;
  item = weft_item (doc, leaf->item[slot]);

  return item->kind == WEFT_CONTENT_FORMAT && !item->deleted ? weft_format (doc, item->content) : NULL;
}

static void
read_leaf (WeftDoc        *doc,
           const WeftLeaf *leaf,
           guint           n,
           guint64        *sets,
           guint64        *nulls)
{
  for (guint i = 0; i < n; i++)
    {
      const WeftFormat *format = get_format (doc, leaf, i);

      if (format != NULL)
        *(format->is_null ? nulls : sets) |= G_GUINT64_CONSTANT (1) << format->bit;
    }
}

/* Brings the sets of the children of @inner up to date. */
static void
refresh (WeftDoc   *doc,
         WeftInner *inner)
{
  if (inner->marks == NULL)
    {
      inner->marks = g_new (guint64, 2 * WEFT_NODE_SIZE);
      inner->stale = G_MAXUINT32;
    }
  for (guint i = 0; i < inner->n && inner->stale != 0; i++)
    {
      guint64 sets = 0, nulls = 0;

      if ((inner->stale & (1u << i)) == 0)
        continue;
      if (inner->level == 1)
        {
          const WeftLeaf *leaf = weft_leaf (doc, inner->child[i]);

          read_leaf (doc, leaf, leaf->n, &sets, &nulls);
        }
      else
        {
          WeftInner *child = weft_inner (doc, inner->child[i]);

          /* As deep as the tree is high. */
          refresh (doc, child);
          for (guint j = 0; j < child->n; j++)
            {
              sets |= SETS (child)[j];
              nulls |= NULLS (child)[j];
            }
        }
      SETS (inner)[i] = sets;
      NULLS (inner)[i] = nulls;
    }
  inner->stale = 0;
}

void
weft_order_insert_marks (WeftInner *inner,
                         guint      slot)
{
  guint32 below = (1u << slot) - 1;
  gsize n_moved = inner->n - slot;

  if (inner->marks != NULL)
    {
      memmove (SETS (inner) + slot + 1, SETS (inner) + slot, n_moved * sizeof (guint64));
      memmove (NULLS (inner) + slot + 1, NULLS (inner) + slot, n_moved * sizeof (guint64));
    }
  inner->stale = (inner->stale & below) | ((inner->stale & ~below) << 1) | (1u << slot);
}

void
weft_order_remove_marks (WeftInner *inner,
                         guint      slot)
{
  guint32 below = (1u << slot) - 1;
  gsize n_moved = inner->n - slot - 1;

  if (inner->marks != NULL)
    {
      memmove (SETS (inner) + slot, SETS (inner) + slot + 1, n_moved * sizeof (guint64));
      memmove (NULLS (inner) + slot, NULLS (inner) + slot + 1, n_moved * sizeof (guint64));
    }
  inner->stale = (inner->stale & below) | ((inner->stale >> 1) & ~below);
}

/* Searching */

/* What is looked for: formats of the key @bit that give a value, or that end it, or both. */
typedef struct
{
  WeftDoc *doc;
  guint    bit;
  gboolean sets, nulls;
} Search;

static gboolean
holds (const Search    *search,
       const WeftInner *inner,
       guint            slot)
{
  guint64 marks = (search->sets ? SETS (inner)[slot] : 0) | (search->nulls ? NULLS (inner)[slot] : 0);

  return (marks >> search->bit) & 1;
}

static gboolean
matches (const Search   *search,
         const WeftLeaf *leaf,
         guint           slot)
{
  const WeftFormat *format = get_format (search->doc, leaf, slot);

  return format != NULL && format->bit == search->bit && (format->is_null ? search->nulls : search->sets);
}

/* The last, or the first, format below @node, which has one. */
static WeftHandle
descend (const Search *search,
         WeftHandle    node,
         guint32       level,
         gboolean      last)
{
  const WeftLeaf *leaf;
  guint slot;

  for (; level > 0; level--)
    {
      const WeftInner *inner = weft_inner (search->doc, node);

      slot = last ? inner->n - 1 : 0;
      while (!holds (search, inner, slot))
        slot += last ? -1 : 1;
      node = inner->child[slot];
    }

  leaf = weft_leaf (search->doc, node);
  slot = last ? leaf->n - 1 : 0;
  while (!matches (search, leaf, slot))
    slot += last ? -1 : 1;

  return leaf->item[slot];
}

/* The last format before @spot; WEFT_NONE where there is none. */
static WeftHandle
find_before (const Search *search,
             WeftSpot      spot)
{
  WeftHandle child = spot.leaf->self;

  for (guint i = spot.slot; i > 0; i--)
    if (matches (search, spot.leaf, i - 1))
      return spot.leaf->item[i - 1];
  for (WeftHandle at = spot.leaf->parent; at != WEFT_NONE;)
    {
      const WeftInner *inner = weft_inner (search->doc, at);

      for (guint i = weft_find_slot (inner->child, child); i > 0; i--)
        if (holds (search, inner, i - 1))
          return descend (search, inner->child[i - 1], inner->level - 1, TRUE);
      child = at;
      at = inner->parent;
    }

  return WEFT_NONE;
}

/* The first format after @after, WEFT_NONE: of all; there is one. */
static WeftHandle
find_after (const Search *search,
            WeftType     *type,
            WeftHandle    after)
{
  WeftSpot spot;
  WeftHandle child;

  if (after == WEFT_NONE)
    return descend (search, type->root, type->height, FALSE);
  spot = weft_order_spot (search->doc, after);
  for (guint i = spot.slot + 1; i < spot.leaf->n; i++)
    if (matches (search, spot.leaf, i))
      return spot.leaf->item[i];
  child = spot.leaf->self;
  for (WeftHandle at = spot.leaf->parent; at != WEFT_NONE;)
    {
      const WeftInner *inner = weft_inner (search->doc, at);

      for (guint i = weft_find_slot (inner->child, child) + 1; i < inner->n; i++)
        if (holds (search, inner, i))
          return descend (search, inner->child[i], inner->level - 1, FALSE);
      child = at;
      at = inner->parent;
    }

  return WEFT_NONE;
}

/* Keys that are given a value somewhere before @spot. */
static guint64
collect_sets (WeftDoc *doc,
              WeftSpot spot)
{
  WeftHandle child = spot.leaf->self;
  guint64 sets = 0, nulls = 0;

  read_leaf (doc, spot.leaf, spot.slot, &sets, &nulls);
  for (WeftHandle at = spot.leaf->parent; at != WEFT_NONE;)
    {
      WeftInner *inner = weft_inner (doc, at);
      guint slot = weft_find_slot (inner->child, child);

      for (guint i = 0; i < slot; i++)
        sets |= SETS (inner)[i];
      child = at;
      at = inner->parent;
    }

  return sets;
}

static gboolean
find_held (WeftDoc      *doc,
           WeftType     *type,
           WeftSpot      spot,
           guint         bit,
           WeftHeldMark *held)
{
  Search both = { doc, bit, TRUE, TRUE }, sets = { doc, bit, TRUE, FALSE }, nulls = { doc, bit, FALSE, TRUE };
  WeftHandle last = find_before (&both, spot);

  held->format = weft_item (doc, last)->content;
  if (weft_format (doc, held->format)->is_null)
    return FALSE;
  held->since = find_after (&sets, type, find_before (&nulls, spot));

  return TRUE;
}

/* Moves @spot to the first item from there on in its leaf that is not deleted. */
static gboolean
skip_in_leaf (WeftDoc  *doc,
              WeftSpot *spot)
{
  for (; spot->slot < spot->leaf->n; spot->slot++)
    if (spot->leaf->vis[spot->slot] != 0 || !weft_item (doc, spot->leaf->item[spot->slot])->deleted)
      return TRUE;

  return FALSE;
}

/* The first child from @slot on in which not all is deleted; the number of children: none */
static guint
find_alive (WeftDoc        *doc,
            const WeftType *type,
            WeftInner      *inner,
            guint           slot)
{
  if (type->has_formats)
    refresh (doc, inner);
  while (slot < inner->n && inner->vis[slot] == 0
         && !(type->has_formats && (SETS (inner)[slot] | NULLS (inner)[slot]) != 0))
    slot++;

  return slot;
}

gboolean
weft_order_skip_deleted (WeftDoc  *doc,
                         WeftSpot *spot)
{
  const WeftType *type = spot->leaf->type;
  WeftHandle node;
  guint slot;

  for (guint i = 0; i < FEW_LEAVES || doc->general; i++)
    {
      if (skip_in_leaf (doc, spot))
        return TRUE;
      if (spot->leaf->next == WEFT_NONE)
        return FALSE;
      *spot = (WeftSpot) { weft_leaf (doc, spot->leaf->next), 0 };
    }
  if (skip_in_leaf (doc, spot))
    return TRUE;

  node = spot->leaf->self;
  for (WeftHandle at = spot->leaf->parent; at != WEFT_NONE; node = at, at = weft_inner (doc, at)->parent)
    {
      WeftInner *inner = weft_inner (doc, at);

      slot = find_alive (doc, type, inner, weft_find_slot (inner->child, node) + 1);
      if (slot == inner->n)
        continue;
      for (; inner->level > 1; slot = find_alive (doc, type, inner, 0))
        inner = weft_inner (doc, inner->child[slot]);
      *spot = (WeftSpot) { weft_leaf (doc, inner->child[slot]), 0 };

      return skip_in_leaf (doc, spot);
    }

  return FALSE;
}

static int
compare_held (gconstpointer a,
              gconstpointer b,
              gpointer      doc)
{
  WeftHandle x = ((const WeftHeldMark *) a)->since, y = ((const WeftHeldMark *) b)->since;

  if (x == y)
    return 0;

  return weft_order_is_before (doc, x, y) ? -1 : 1;
}

/* Adds the keys without a bit to the @n marks that hold, and all to @marks. */
static void
collect_others (WeftDoc            *doc,
                WeftType           *type,
                WeftHandle          end,
                const WeftHeldMark *held,
                guint               n,
                WeftMarks          *marks)
{
  g_autoptr(GArray) all = g_array_new (FALSE, FALSE, sizeof (WeftHeldMark));

  g_array_append_vals (all, held, n);
  weft_format_spans_collect (doc, type, end, all);
  g_array_sort_with_data (all, compare_held, doc);
  for (guint i = 0; i < all->len; i++)
    weft_marks_append (marks, doc, g_array_index (all, WeftHeldMark, i).format);
}

gboolean
weft_order_collect_marks (WeftDoc   *doc,
                          WeftType  *type,
                          WeftHandle end,
                          WeftMarks *marks)
{
  WeftHeldMark held[WEFT_ORDER_MARK_KEYS];
  guint n = 0;
  guint64 keys;
  WeftSpot spot;
  gboolean has_others;

  if (type->height == 0)
    return FALSE;
  refresh (doc, weft_inner (doc, type->root));
  if (end != WEFT_NONE)
    spot = weft_order_spot (doc, end);
  else
    spot = (WeftSpot) { weft_leaf (doc, type->last), weft_leaf (doc, type->last)->n };
  keys = collect_sets (doc, spot);
  has_others = keys >> WEFT_ORDER_MARK_KEYS;
  keys &= (G_GUINT64_CONSTANT (1) << WEFT_ORDER_MARK_KEYS) - 1;

  for (; keys != 0; keys &= keys - 1)
    {
      WeftHeldMark one;
      guint at = n;

      if (!find_held (doc, type, spot, __builtin_ctzll (keys), &one))
        continue;
      for (; at > 0 && weft_order_is_before (doc, one.since, held[at - 1].since); at--)
        held[at] = held[at - 1];
      held[at] = one;
      n++;
    }
  if (has_others)
    {
      collect_others (doc, type, end, held, n, marks);
      return TRUE;
    }
  for (guint i = 0; i < n; i++)
    weft_marks_append (marks, doc, held[i].format);

  return TRUE;
}
