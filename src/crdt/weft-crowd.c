/* weft-crowd.c - many who wrote at one place of a sequence
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See weft-crowd-private.h. What the walk does, where all between the origin and its end hangs on the origin:
 *
 *   - it ends before the right neighbour, before the first sibling with the same right origin whose client is not
 *     less than ours, or where nothing more hangs on the origin;
 *   - we come after the last sibling before that whose client is less than ours, and after all that hangs on it, which
 *     is just before the next sibling; where there is none, right after the origin.
 *
 * Siblings with the same right origin stand in the order of their clients, so that the one where it ends is found by
 * a search (`groups`); the last one with a lesser client is found by going through a treap of them all, each node of
 * which knows the least client below it.
 */

#include "config.h"

#include "crdt/weft-crowd-private.h"
#include "crdt/weft-hash.h"

/* A sibling; 0 is none, and asks the groups. */
typedef struct
{
  WeftClientId id, least; /* of the client; the least one of this node and those below it */
  guint32      client, clock; /* the first unit */
  guint32      r_client, r_clock;
  guint32      left, right, up;
  guint32      priority;
} Node;

typedef struct
{
  /* Of what */
  guint32  type; /* see weft_type_at() */
  guint32  o_client, o_clock;

  GArray  *nodes; /* Node */
  guint32  root;
  GTree   *groups; /* numbers of nodes, by right origin, client, and the newest first */

  /* The item looked at last, by its first unit: all from the origin to there is known. WEFT_NO_CLIENT: none so far. */
  guint32  tail_client, tail_clock;
  gboolean is_given_up;
} Crowd;

static inline Node *
get_node (const Crowd *self,
          guint32      at)
{
  return &g_array_index (self->nodes, Node, at);
}

static int
compare_nodes (gconstpointer a,
               gconstpointer b,
               gpointer      data)
{
  const Node *x = get_node (data, GPOINTER_TO_UINT (a)), *y = get_node (data, GPOINTER_TO_UINT (b));

  if (x->r_client != y->r_client)
    return x->r_client < y->r_client ? -1 : 1;
  if (x->r_clock != y->r_clock)
    return x->r_clock < y->r_clock ? -1 : 1;
  if (x->id != y->id)
    return x->id < y->id ? -1 : 1;

  return x->clock > y->clock ? -1 : x->clock < y->clock;
}

static guint
hash_crowd (gconstpointer data)
{
  const Crowd *self = data;

  return (guint) weft_hash_word (self->type, (guint64) self->o_client << 32 | self->o_clock);
}

static gboolean
crowd_equal (gconstpointer a,
             gconstpointer b)
{
  const Crowd *x = a, *y = b;

  return x->type == y->type && x->o_client == y->o_client && x->o_clock == y->o_clock;
}

static void
free_crowd (gpointer data)
{
  Crowd *self = data;

  g_tree_unref (self->groups);
  g_array_unref (self->nodes);
  g_free (self);
}

static void
give_up (Crowd *self)
{
  self->is_given_up = TRUE;
  self->root = 0;
  g_tree_remove_all (self->groups);
  g_array_set_size (self->nodes, 1);
}

static Crowd
name_crowd (const WeftType *type,
            const WeftItem *item)
{
  return (Crowd) {
    .type = type->index,
    .o_client = item->o_client,
    .o_clock = item->o_client == WEFT_NO_CLIENT ? 0 : item->o_clock,
  };
}

void
weft_crowd_begin (WeftDoc        *doc,
                  const WeftType *type,
                  const WeftItem *item)
{
  const Crowd name = name_crowd (type, item);
  Crowd *self;

  if (doc->crowds == NULL)
    doc->crowds = g_hash_table_new_full (hash_crowd, crowd_equal, free_crowd, NULL);
  if (g_hash_table_contains (doc->crowds, &name))
    return;
  self = g_memdup2 (&name, sizeof name);
  self->nodes = g_array_new (FALSE, TRUE, sizeof (Node));
  g_array_set_size (self->nodes, 1);
  self->groups = g_tree_new_full (compare_nodes, self, NULL, NULL);
  self->tail_client = WEFT_NO_CLIENT;
  g_hash_table_add (doc->crowds, self);
}

/* The treap */

static void
refresh (Crowd  *self,
         guint32 at)
{
  Node *node = get_node (self, at);

  node->least = node->id;
  if (node->left != 0)
    node->least = MIN (node->least, get_node (self, node->left)->least);
  if (node->right != 0)
    node->least = MIN (node->least, get_node (self, node->right)->least);
}

/* Puts @at, which has a greater priority than its parent, above that. */
static void
rotate_up (Crowd  *self,
           guint32 at)
{
  Node *node = get_node (self, at), *parent = get_node (self, node->up);
  guint32 up = node->up, above = parent->up, moved;

  if (parent->left == at)
    {
      moved = parent->left = node->right;
      node->right = up;
    }
  else
    {
      moved = parent->right = node->left;
      node->left = up;
    }
  if (moved != 0)
    get_node (self, moved)->up = up;
  parent->up = at;
  node->up = above;
  if (above == 0)
    self->root = at;
  else if (get_node (self, above)->left == up)
    get_node (self, above)->left = at;
  else
    get_node (self, above)->right = at;
  refresh (self, up);
  refresh (self, at);
}

static guint32
find_first (const Crowd *self,
            guint32      at)
{
  while (at != 0 && get_node (self, at)->left != 0)
    at = get_node (self, at)->left;

  return at;
}

static guint32
find_last (const Crowd *self)
{
  guint32 at = self->root;

  while (at != 0 && get_node (self, at)->right != 0)
    at = get_node (self, at)->right;

  return at;
}

static guint32
find_next (const Crowd *self,
           guint32      at)
{
  if (get_node (self, at)->right != 0)
    return find_first (self, get_node (self, at)->right);
  while (get_node (self, at)->up != 0 && get_node (self, get_node (self, at)->up)->right == at)
    at = get_node (self, at)->up;

  return get_node (self, at)->up;
}

/* The last one of a tree whose client is less than @id; 0: none */
static guint32
find_last_below (const Crowd *self,
                 guint32      at,
                 WeftClientId id)
{
  if (at == 0 || get_node (self, at)->least >= id)
    return 0;
  for (;;)
    {
      const Node *node = get_node (self, at);

      if (node->right != 0 && get_node (self, node->right)->least < id)
        at = node->right;
      else if (node->id < id)
        return at;
      else
        at = node->left;
    }
}

/* The same of those before @end; 0: of all */
static guint32
find_before (const Crowd *self,
             guint32      end,
             WeftClientId id)
{
  guint32 found;

  if (end == 0)
    return find_last_below (self, self->root, id);
  found = find_last_below (self, get_node (self, end)->left, id);
  while (found == 0 && get_node (self, end)->up != 0)
    {
      guint32 up = get_node (self, end)->up;
      const Node *above = get_node (self, up);

      if (above->right == end)
        found = above->id < id ? up : find_last_below (self, above->left, id);
      end = up;
    }

  return found;
}

static Node
make_node (WeftDoc        *doc,
           const WeftItem *item)
{
  WeftClientId id = doc->client_ids[item->client];

  return (Node) {
    .id = id,
    .least = id,
    .client = item->client,
    .clock = item->clock,
    .r_client = item->r_client,
    .r_clock = item->r_client == WEFT_NO_CLIENT ? 0 : item->r_clock,
  };
}

/* Adds a sibling after @before; 0: as the first one. */
static void
add_node (WeftDoc        *doc,
          Crowd          *self,
          const WeftItem *item,
          guint32         before)
{
  Node node = make_node (doc, item);
  guint32 at = self->nodes->len;

  if (before != 0 && get_node (self, before)->right == 0)
    node.up = before;
  else
    node.up = find_first (self, before != 0 ? get_node (self, before)->right : self->root);
  node.priority = (guint32) weft_hash_word (doc->secret, at);
  g_array_append_val (self->nodes, node);
  if (node.up == 0)
    self->root = at;
  else if (node.up == before)
    get_node (self, before)->right = at;
  else
    get_node (self, node.up)->left = at;
  while (get_node (self, at)->up != 0
         && get_node (self, get_node (self, at)->up)->priority < get_node (self, at)->priority)
    rotate_up (self, at);
  for (guint32 up = get_node (self, at)->up; up != 0; up = get_node (self, up)->up)
    refresh (self, up);
  g_tree_insert (self->groups, GUINT_TO_POINTER (at), GUINT_TO_POINTER (at));
}

/* The first of the group of @item that is not before it there; @from_start: the first of the group. 0: none */
static guint32
find_in_group (WeftDoc        *doc,
               Crowd          *self,
               const WeftItem *item,
               gboolean        from_start)
{
  Node node = make_node (doc, item);
  const Node *found;
  GTreeNode *at;
  guint32 number;

  if (from_start)
    {
      node.id = 0;
      node.clock = G_MAXUINT32;
    }
  *get_node (self, 0) = node;
  at = g_tree_lower_bound (self->groups, GUINT_TO_POINTER (0));
  number = at != NULL ? GPOINTER_TO_UINT (g_tree_node_key (at)) : 0;
  found = get_node (self, number);

  return found->r_client == node.r_client && found->r_clock == node.r_clock ? number : 0;
}

/* The sibling that @item is; 0: none that is known */
static guint32
find_node (WeftDoc        *doc,
           Crowd          *self,
           const WeftItem *item)
{
  *get_node (self, 0) = make_node (doc, item);

  return GPOINTER_TO_UINT (g_tree_lookup (self->groups, GUINT_TO_POINTER (0)));
}

/* What is in the document */

static WeftHandle
find_handle (WeftDoc     *doc,
             const Crowd *self,
             guint32      at)
{
  return weft_find_item (doc, get_node (self, at)->client, get_node (self, at)->clock);
}

static gboolean
is_sibling (const Crowd    *self,
            const WeftItem *item)
{
  return item->o_client == self->o_client && (item->o_client == WEFT_NO_CLIENT || item->o_clock == self->o_clock);
}

static gboolean
is_in_sequence (WeftDoc        *doc,
                WeftHandle      handle,
                const WeftType *type)
{
  const WeftItem *item = weft_item (doc, handle);

  return item->kind != WEFT_CONTENT_GC && !item->in_map && weft_leaf (doc, item->place)->type == type;
}

/* The item after @left; where that is none, the first one. */
static gboolean
begin_walk (WeftDoc        *doc,
            const WeftType *type,
            WeftHandle      left,
            WeftSpot       *spot)
{
  if (left != WEFT_NONE)
    {
      *spot = weft_order_spot (doc, left);
      return weft_order_step (doc, spot);
    }
  if (type->first == WEFT_NONE)
    return FALSE;
  *spot = (WeftSpot) { weft_leaf (doc, type->first), 0 };

  return TRUE;
}

/* Adds the siblings that came between the origin and the first one known. FALSE where that is not to be found. */
static gboolean
look_at_front (WeftDoc        *doc,
               Crowd          *self,
               const WeftType *type,
               WeftHandle      left)
{
  guint32 first = find_first (self, self->root);
  g_autoptr(GArray) fresh = NULL;
  WeftSpot spot;

  if (first == 0)
    return TRUE;
  if (!begin_walk (doc, type, left, &spot))
    return FALSE;
  for (;;)
    {
      WeftHandle handle = spot.leaf->item[spot.slot];
      const WeftItem *item = weft_item (doc, handle);

      if (item->client == get_node (self, first)->client && item->clock == get_node (self, first)->clock)
        break;
      if (is_sibling (self, item))
        {
          if (fresh == NULL)
            fresh = g_array_new (FALSE, FALSE, sizeof (WeftHandle));
          g_array_append_val (fresh, handle);
        }
      if (!weft_order_step (doc, &spot))
        return FALSE;
    }
  for (guint i = fresh != NULL ? fresh->len : 0; i > 0; i--)
    {
      const WeftItem *item = weft_item (doc, g_array_index (fresh, WeftHandle, i - 1));

      /* It has to be the first of its group. */
      if (find_in_group (doc, self, item, TRUE) != find_in_group (doc, self, item, FALSE))
        return FALSE;
      add_node (doc, self, item, 0);
    }

  return TRUE;
}

typedef enum
{
  BELONGS,
  IS_BEYOND,  /* it does not hang on the origin */
  IS_STRANGE, /* it does, but not on the last sibling, behind which it stands */
} Belonging;

/* How the item that comes next, which is no sibling, belongs to the crowd; @before is the one before it. */
static Belonging
find_belonging (WeftDoc        *doc,
                const Crowd    *self,
                const WeftType *type,
                const WeftItem *item,
                WeftHandle      left,
                WeftHandle      before,
                WeftHandle      last)
{
  WeftHandle origin;

  if (item->o_client == WEFT_NO_CLIENT || last == WEFT_NONE)
    return IS_BEYOND;
  origin = weft_item (doc, before)->client == item->o_client
               && item->o_clock - weft_item (doc, before)->clock < weft_item (doc, before)->len
             ? before
             : weft_find_item (doc, item->o_client, item->o_clock);
  if (origin == before || origin == last)
    return BELONGS;
  if (!is_in_sequence (doc, origin, type))
    return IS_STRANGE;
  if (weft_order_is_before (doc, before, origin))
    return IS_BEYOND;
  if (weft_order_is_before (doc, last, origin))
    return BELONGS;

  return left == WEFT_NONE || weft_order_is_before (doc, left, origin) ? IS_STRANGE : IS_BEYOND;
}

/* Goes on from the tail as far as the crowd reaches. FALSE where it is no crowd as it should be. */
static gboolean
look_at_end (WeftDoc        *doc,
             Crowd          *self,
             const WeftType *type,
             WeftHandle      left)
{
  guint32 last_node = find_last (self);
  WeftHandle last = last_node != 0 ? find_handle (doc, self, last_node) : WEFT_NONE, before = left;
  WeftSpot spot;

  if (self->tail_client != WEFT_NO_CLIENT)
    before = weft_find_item (doc, self->tail_client, self->tail_clock);
  for (gboolean more = begin_walk (doc, type, before, &spot); more; more = weft_order_step (doc, &spot))
    {
      WeftHandle handle = spot.leaf->item[spot.slot];
      const WeftItem *item = weft_item (doc, handle);

      if (is_sibling (self, item))
        {
          /* Those of a group stand in the order of their clients. */
          if (find_in_group (doc, self, item, FALSE) != 0)
            return FALSE;
          add_node (doc, self, item, last_node);
          last_node = self->nodes->len - 1;
          last = handle;
        }
      else
        {
          Belonging belonging = find_belonging (doc, self, type, item, left, before, last);

          if (belonging != BELONGS)
            return belonging == IS_BEYOND;
        }
      self->tail_client = item->client;
      self->tail_clock = item->clock;
      before = handle;
    }

  return TRUE;
}

/* The sibling that @right is, before which the walk ends; 0: it ends earlier. FALSE where that cannot be said. */
static gboolean
find_end (WeftDoc        *doc,
          Crowd          *self,
          const WeftType *type,
          WeftHandle      left,
          WeftHandle      right,
          guint32        *end)
{
  const WeftItem *item = weft_item (doc, right);
  WeftHandle tail;

  *end = 0;
  if (right == WEFT_NONE || !is_in_sequence (doc, right, type))
    return TRUE;
  if (is_sibling (self, item) && (*end = find_node (doc, self, item)) != 0)
    return TRUE;
  if (!look_at_end (doc, self, type, left))
    return FALSE;
  if (is_sibling (self, item))
    {
      *end = find_node (doc, self, item);
      return TRUE;
    }
  if (self->tail_client == WEFT_NO_CLIENT)
    return TRUE;
  tail = weft_find_item (doc, self->tail_client, self->tail_clock);

  /* Within what hangs on a sibling nobody finds a right neighbour for what comes after the origin. */
  return (left != WEFT_NONE && !weft_order_is_before (doc, left, right))
         || (right != tail && weft_order_is_before (doc, tail, right));
}

/* As weft_crowd_find_left(); FALSE where it is no crowd as it should be. */
static gboolean
find_left (WeftDoc        *doc,
           Crowd          *self,
           const WeftItem *item,
           WeftHandle     *left,
           WeftHandle      right,
           const WeftType *type)
{
  guint32 end, same, before, next;

  if (!look_at_front (doc, self, type, *left) || !find_end (doc, self, type, *left, right, &end))
    return FALSE;
  same = find_in_group (doc, self, item, FALSE);
  if (same == 0 && end == 0)
    {
      if (!look_at_end (doc, self, type, *left))
        return FALSE;
      same = find_in_group (doc, self, item, FALSE);
    }
  if (same != 0
      && (end == 0 || weft_order_is_before (doc, find_handle (doc, self, same), find_handle (doc, self, end))))
    end = same;

  before = find_before (self, end, doc->client_ids[item->client]);
  /* What comes to the front or to the end is seen there the next time. */
  if (before == 0)
    return TRUE;
  next = find_next (self, before);
  if (next == 0)
    {
      *left = weft_find_item (doc, self->tail_client, self->tail_clock);
      return TRUE;
    }
  *left = weft_order_prev (doc, find_handle (doc, self, next));
  add_node (doc, self, item, before);

  return TRUE;
}

gboolean
weft_crowd_find_left (WeftDoc        *doc,
                      const WeftItem *item,
                      WeftHandle     *left,
                      WeftHandle      right,
                      const WeftType *type)
{
  const Crowd name = name_crowd (type, item);
  Crowd *self = doc->crowds != NULL ? g_hash_table_lookup (doc->crowds, &name) : NULL;

  if (self == NULL || self->is_given_up)
    return FALSE;
  if (find_left (doc, self, item, left, right, type))
    return TRUE;
  give_up (self);

  return FALSE;
}

void
weft_crowds_check_origin (WeftDoc        *doc,
                          const WeftItem *item,
                          WeftHandle      left,
                          const WeftType *type)
{
  const WeftItem *before = weft_item (doc, left);

  if (doc->crowds != NULL && left != WEFT_NONE
      && (before->client != item->o_client || before->clock + before->len - 1 != item->o_clock))
    weft_crowds_forget (doc, type);
}

void
weft_crowds_check_walk (WeftDoc        *doc,
                        const WeftItem *item,
                        WeftHandle      left,
                        WeftHandle      right,
                        const WeftType *type)
{
  const WeftItem *after = weft_item (doc, right);
  WeftHandle origin;

  if (doc->crowds == NULL || right == WEFT_NONE || after->o_client == WEFT_NO_CLIENT
      || (after->o_client == item->o_client && after->o_clock == item->o_clock))
    return;
  origin = weft_find_item (doc, after->o_client, after->o_clock);
  if (is_in_sequence (doc, right, type) && is_in_sequence (doc, origin, type)
      && (left == WEFT_NONE || weft_order_is_before (doc, left, origin)))
    weft_crowds_forget (doc, type);
}

static gboolean
is_of_type (gpointer key,
            gpointer value,
            gpointer data)
{
  return ((const Crowd *) key)->type == ((const WeftType *) data)->index;
}

void
weft_crowds_forget (WeftDoc        *doc,
                    const WeftType *type)
{
  if (doc->crowds != NULL)
    g_hash_table_foreach_remove (doc->crowds, is_of_type, (gpointer) type);
}
