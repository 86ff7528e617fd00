/* weft-format-spans.c - from where to where each mark of a text holds
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bits of weft-order-marks.c are for 63 keys. A text with comments may have a key for each of them, thousands. So
 * every format of a further key stands in two trees:
 *
 *   by key, then place    a true ─── a null      b true ─── b true ─── b null
 *   by place              a true   b true   b true              each knows where its span ends: at the next of its key
 *
 * The tree by place knows of each subtree which span ends last: what holds at a place is found by looking at subtrees
 * only where something ends at it or after it. Both are treaps, whose shape follows from random priorities; places
 * are compared by the order index, so that nothing has to be done where items move from leaf to leaf.
 *
 * The trees of a text are made when somebody first asks for marks at a place that formats of such keys stand before,
 * and follow every change from then on.
 */

#include "config.h"

#include "crdt/weft-format-spans-private.h"
#include "crdt/weft-hash.h"

typedef enum
{
  TREE_BY_KEY,
  TREE_BY_PLACE,
  N_TREES,
} Tree;

typedef enum
{
  SIDE_LEFT,
  SIDE_RIGHT,
  N_SIDES,
} Side;

/* In place of a node: none; and what ends after all others. */
#define NO_NODE 0
#define FOREVER G_MAXUINT32

typedef struct
{
  WeftHandle item;
  guint32    key;
  guint32    priority;
  guint32    child[N_TREES][N_SIDES];
  guint32    end;      /* the next node of the key, or FOREVER */
  guint32    last_end; /* the last of the ends of what is below in the tree by place, and of its own */
  guint8     is_null;  /* ends the key; then it is not in the tree by place */
  guint8     has_null; /* there is one below in the tree by key, or it is one */
} Node;

struct _WeftFormatSpans
{
  WeftDoc *doc;
  GArray  *nodes; /* Node; the first is not used */
  GArray  *free;  /* guint32 */
  guint32  root[N_TREES];
  gboolean filling; /* nodes are made in the order of their places */
};

static inline Node *
get_node (const WeftFormatSpans *self,
          guint32                index)
{
  return &g_array_index (self->nodes, Node, index);
}

static WeftFormatSpans *
spans_new (WeftDoc *doc)
{
  WeftFormatSpans *self = g_new0 (WeftFormatSpans, 1);

  self->doc = doc;
  self->nodes = g_array_new (FALSE, TRUE, sizeof (Node));
  self->free = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_set_size (self->nodes, 1);

  return self;
}

static void
spans_free (WeftFormatSpans *self)
{
  g_array_unref (self->nodes);
  g_array_unref (self->free);
  g_free (self);
}

/* Order */

static gboolean
stands_before (const WeftFormatSpans *self,
               guint32                a,
               guint32                b)
{
  if (self->filling)
    return a < b;

  return a != b && weft_order_is_before (self->doc, get_node (self, a)->item, get_node (self, b)->item);
}

static gboolean
is_less (const WeftFormatSpans *self,
         Tree                   tree,
         guint32                a,
         guint32                b)
{
  guint32 key_a = get_node (self, a)->key, key_b = get_node (self, b)->key;

  return tree == TREE_BY_KEY && key_a != key_b ? key_a < key_b : stands_before (self, a, b);
}

static guint32
later_end (const WeftFormatSpans *self,
           guint32                a,
           guint32                b)
{
  if (a == NO_NODE || b == NO_NODE)
    return a | b;
  if (a == FOREVER || b == FOREVER)
    return FOREVER;

  return stands_before (self, a, b) ? b : a;
}

/* Trees: what recurses goes as deep as they are high, and that is, whatever is put in them, some dozens at most:
 * nobody knows the priorities. */

static void
sum_up (WeftFormatSpans *self,
        Tree             tree,
        guint32          index)
{
  Node *node = get_node (self, index);
  const Node *left = get_node (self, node->child[tree][SIDE_LEFT]);
  const Node *right = get_node (self, node->child[tree][SIDE_RIGHT]);

  if (tree == TREE_BY_KEY)
    node->has_null = node->is_null || left->has_null || right->has_null;
  else
    node->last_end = later_end (self, node->end, later_end (self, left->last_end, right->last_end));
}

/* Parts the nodes below @root into those before @pivot and those after it. */
static void
part (WeftFormatSpans *self,
      Tree             tree,
      guint32          root,
      guint32          pivot,
      guint32         *before,
      guint32         *after)
{
  Node *node = get_node (self, root);

  if (root == NO_NODE)
    {
      *before = *after = NO_NODE;
      return;
    }
  if (is_less (self, tree, root, pivot))
    {
      *before = root;
      part (self, tree, node->child[tree][SIDE_RIGHT], pivot, &node->child[tree][SIDE_RIGHT], after);
    }
  else
    {
      *after = root;
      part (self, tree, node->child[tree][SIDE_LEFT], pivot, before, &node->child[tree][SIDE_LEFT]);
    }
  sum_up (self, tree, root);
}

/* All of @left are before all of @right. */
static guint32
join (WeftFormatSpans *self,
      Tree             tree,
      guint32          left,
      guint32          right)
{
  Node *a = get_node (self, left), *b = get_node (self, right);

  if (left == NO_NODE || right == NO_NODE)
    return left | right;
  if (a->priority > b->priority)
    {
      a->child[tree][SIDE_RIGHT] = join (self, tree, a->child[tree][SIDE_RIGHT], right);
      sum_up (self, tree, left);
      return left;
    }
  b->child[tree][SIDE_LEFT] = join (self, tree, left, b->child[tree][SIDE_LEFT]);
  sum_up (self, tree, right);

  return right;
}

static guint32
put (WeftFormatSpans *self,
     Tree             tree,
     guint32          root,
     guint32          index)
{
  Node *node = get_node (self, index), *top = get_node (self, root);
  Side side;

  if (root == NO_NODE || node->priority > top->priority)
    {
      part (self, tree, root, index, &node->child[tree][SIDE_LEFT], &node->child[tree][SIDE_RIGHT]);
      sum_up (self, tree, index);
      return index;
    }
  side = is_less (self, tree, index, root) ? SIDE_LEFT : SIDE_RIGHT;
  top->child[tree][side] = put (self, tree, top->child[tree][side], index);
  sum_up (self, tree, root);

  return root;
}

static guint32
take (WeftFormatSpans *self,
      Tree             tree,
      guint32          root,
      guint32          index)
{
  Node *top = get_node (self, root);
  Side side;

  if (root == index)
    return join (self, tree, top->child[tree][SIDE_LEFT], top->child[tree][SIDE_RIGHT]);
  side = is_less (self, tree, index, root) ? SIDE_LEFT : SIDE_RIGHT;
  top->child[tree][side] = take (self, tree, top->child[tree][side], index);
  sum_up (self, tree, root);

  return root;
}

/* The span of @index ends elsewhere: so may those that it is below. */
static void
sum_up_to (WeftFormatSpans *self,
           guint32          root,
           guint32          index)
{
  if (root != index)
    sum_up_to (self,
               get_node (self, root)
                   ->child[TREE_BY_PLACE][is_less (self, TREE_BY_PLACE, index, root) ? SIDE_LEFT : SIDE_RIGHT],
               index);
  sum_up (self, TREE_BY_PLACE, root);
}

/* Keys */

/* The nodes of the same key that are next to @index, which is in the tree or could be. */
static void
find_neighbours (const WeftFormatSpans *self,
                 guint32                index,
                 guint32               *left,
                 guint32               *right)
{
  guint32 key = get_node (self, index)->key;

  *left = *right = NO_NODE;
  for (guint32 at = self->root[TREE_BY_KEY]; at != NO_NODE;)
    {
      if (at != index && is_less (self, TREE_BY_KEY, at, index))
        {
          *left = at;
          at = get_node (self, at)->child[TREE_BY_KEY][SIDE_RIGHT];
        }
      else if (at != index)
        {
          *right = at;
          at = get_node (self, at)->child[TREE_BY_KEY][SIDE_LEFT];
        }
      else
        {
          const Node *node = get_node (self, at);

          for (guint32 i = node->child[TREE_BY_KEY][SIDE_LEFT]; i != NO_NODE;
               i = get_node (self, i)->child[TREE_BY_KEY][SIDE_RIGHT])
            *left = i;
          for (guint32 i = node->child[TREE_BY_KEY][SIDE_RIGHT]; i != NO_NODE;
               i = get_node (self, i)->child[TREE_BY_KEY][SIDE_LEFT])
            *right = i;
          break;
        }
    }
  if (*left != NO_NODE && get_node (self, *left)->key != key)
    *left = NO_NODE;
  if (*right != NO_NODE && get_node (self, *right)->key != key)
    *right = NO_NODE;
}

/* The last node before @index that ends a key: of those below @root, whatever key it is. */
static guint32
find_null_before (const WeftFormatSpans *self,
                  guint32                root,
                  guint32                index)
{
  const Node *node = get_node (self, root);
  guint32 found;

  if (root == NO_NODE || !node->has_null)
    return NO_NODE;
  if (!is_less (self, TREE_BY_KEY, root, index))
    return find_null_before (self, node->child[TREE_BY_KEY][SIDE_LEFT], index);
  found = find_null_before (self, node->child[TREE_BY_KEY][SIDE_RIGHT], index);
  if (found != NO_NODE)
    return found;

  return node->is_null ? root : find_null_before (self, node->child[TREE_BY_KEY][SIDE_LEFT], index);
}

static guint32
find_first_of_key (const WeftFormatSpans *self,
                   guint32                key)
{
  guint32 found = NO_NODE;

  for (guint32 at = self->root[TREE_BY_KEY]; at != NO_NODE;)
    {
      const Node *node = get_node (self, at);

      if (node->key >= key)
        found = at;
      at = node->child[TREE_BY_KEY][node->key >= key ? SIDE_LEFT : SIDE_RIGHT];
    }

  return found;
}

/* Where the mark that @index gives a value came into force. */
static WeftHandle
find_since (const WeftFormatSpans *self,
            guint32                index)
{
  guint32 key = get_node (self, index)->key;
  guint32 null = find_null_before (self, self->root[TREE_BY_KEY], index), left, right;

  if (null == NO_NODE || get_node (self, null)->key != key)
    return get_node (self, find_first_of_key (self, key))->item;
  find_neighbours (self, null, &left, &right);

  return get_node (self, right)->item;
}

static void
set_end (WeftFormatSpans *self,
         guint32          index,
         guint32          end)
{
  get_node (self, index)->end = end != NO_NODE ? end : FOREVER;
  if (!get_node (self, index)->is_null)
    sum_up_to (self, self->root[TREE_BY_PLACE], index);
}

/* Changes */

static guint32
new_node (WeftFormatSpans  *self,
          WeftHandle        handle,
          const WeftFormat *format)
{
  guint32 index;
  Node *node;

  if (self->free->len > 0 && !self->filling)
    {
      index = g_array_index (self->free, guint32, self->free->len - 1);
      g_array_set_size (self->free, self->free->len - 1);
    }
  else
    {
      index = self->nodes->len;
      g_array_set_size (self->nodes, index + 1);
    }
  node = get_node (self, index);
  *node = (Node) { .item = handle, .key = format->key, .is_null = format->is_null };
  node->priority = (guint32) (weft_hash_word (self->doc->secret, (guint64) handle << 32 | index) >> 16);

  return index;
}

static gboolean
has_bit (const WeftFormat *format)
{
  return format->bit < WEFT_ORDER_MARK_KEYS;
}

static void
add_format (WeftFormatSpans *self,
            WeftHandle       handle)
{
  const WeftItem *item = weft_item (self->doc, handle);
  const WeftFormat *format = weft_format (self->doc, item->content);
  guint32 index, left, right;

  if (item->deleted || has_bit (format))
    return;
  index = new_node (self, handle, format);
  find_neighbours (self, index, &left, &right);
  get_node (self, index)->end = right != NO_NODE ? right : FOREVER;
  for (Tree tree = 0; tree < N_TREES; tree++)
    if (tree == TREE_BY_KEY || !format->is_null)
      self->root[tree] = put (self, tree, self->root[tree], index);
  if (left != NO_NODE)
    set_end (self, left, index);
}

/* The node of an item. @wanted is one that is in no tree. */
static guint32
find_node (const WeftFormatSpans *self,
           guint32                wanted)
{
  guint32 at = self->root[TREE_BY_KEY];

  while (at != NO_NODE && get_node (self, at)->item != get_node (self, wanted)->item)
    at = get_node (self, at)->child[TREE_BY_KEY][is_less (self, TREE_BY_KEY, wanted, at) ? SIDE_LEFT : SIDE_RIGHT];

  return at;
}

static WeftFormatSpans *
lookup (WeftDoc  *doc,
        WeftType *type)
{
  return doc->format_spans != NULL ? g_hash_table_lookup (doc->format_spans, type) : NULL;
}

void
weft_format_spans_add (WeftDoc   *doc,
                       WeftType  *type,
                       WeftHandle handle)
{
  WeftFormatSpans *self = lookup (doc, type);

  if (self != NULL)
    add_format (self, handle);
}

void
weft_format_spans_remove (WeftDoc   *doc,
                          WeftType  *type,
                          WeftHandle handle)
{
  WeftFormatSpans *self = lookup (doc, type);
  const WeftFormat *format = weft_format (doc, weft_item (doc, handle)->content);
  guint32 wanted, index, left, right;

  if (self == NULL || has_bit (format))
    return;
  wanted = new_node (self, handle, format);
  index = find_node (self, wanted);
  g_array_append_val (self->free, wanted);
  g_assert (index != NO_NODE);

  find_neighbours (self, index, &left, &right);
  if (left != NO_NODE)
    set_end (self, left, right);
  for (Tree tree = 0; tree < N_TREES; tree++)
    if (tree == TREE_BY_KEY || !format->is_null)
      self->root[tree] = take (self, tree, self->root[tree], index);
  g_array_append_val (self->free, index);
}

void
weft_format_spans_forget (WeftDoc  *doc,
                          WeftType *type)
{
  if (doc->format_spans != NULL)
    g_hash_table_remove (doc->format_spans, type);
}

/* Asking */

static WeftFormatSpans *
make_spans (WeftDoc  *doc,
            WeftType *type)
{
  WeftFormatSpans *self = spans_new (doc);

  self->filling = TRUE;
  for (WeftHandle at = type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    {
      const WeftLeaf *leaf = weft_leaf (doc, at);

      for (guint i = 0; i < leaf->n; i++)
        if (leaf->vis[i] == 0 && weft_item (doc, leaf->item[i])->kind == WEFT_CONTENT_FORMAT)
          add_format (self, leaf->item[i]);
    }
  self->filling = FALSE;

  if (doc->format_spans == NULL)
    doc->format_spans = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) spans_free);
  g_hash_table_insert (doc->format_spans, type, self);

  return self;
}

/* Whether the item @handle stands before @end. */
static gboolean
is_before_end (const WeftFormatSpans *self,
               WeftHandle             handle,
               WeftHandle             end)
{
  return end == WEFT_NONE || (handle != end && weft_order_is_before (self->doc, handle, end));
}

/* Collects what of the subtree @root holds at @end. */
static void
stab (const WeftFormatSpans *self,
      guint32                root,
      WeftHandle             end,
      GArray                *held)
{
  const Node *node = get_node (self, root);

  if (root == NO_NODE
      || (node->last_end != FOREVER && is_before_end (self, get_node (self, node->last_end)->item, end)))
    return;
  stab (self, node->child[TREE_BY_PLACE][SIDE_LEFT], end, held);
  if (!is_before_end (self, node->item, end))
    return;
  if (node->end == FOREVER || !is_before_end (self, get_node (self, node->end)->item, end))
    {
      WeftHeldMark mark = { weft_item (self->doc, node->item)->content, find_since (self, root) };

      g_array_append_val (held, mark);
    }
  stab (self, node->child[TREE_BY_PLACE][SIDE_RIGHT], end, held);
}

void
weft_format_spans_collect (WeftDoc   *doc,
                           WeftType  *type,
                           WeftHandle end,
                           GArray    *held)
{
  WeftFormatSpans *self = lookup (doc, type);

  if (self == NULL)
    self = make_spans (doc, type);
  stab (self, self->root[TREE_BY_PLACE], end, held);
}
