/* test-page-tree.c - the page tree against a naive one, and its hard cases by name
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The oracle replays all ops from scratch, with arrays and without any undoing.
 */

#include "config.h"

#include "notebook/weft-page-tree.h"
#include "support/test-seed.h"

#include <string.h>

#define ROOT 0
#define TRASH 255
#define MAX_PEERS 5
#define MAX_PAGES 24

/* Pages are numbers here: 0 the root, 255 the trash. */
static WeftPageId
page_id (guint page)
{
  WeftPageId id;

  memset (id.bytes, page == TRASH ? 255 : 0, sizeof id.bytes);
  id.bytes[0] = page;

  return id;
}

static guint
page_number (const WeftPageId *id)
{
  return id->bytes[0];
}

/* One thing that a peer wrote: ops that share an element, or an `edited` mark. */
typedef struct
{
  guint client;
  guint clock;
  GPtrArray *ops; /* WeftOp; NULL: a mark */
  guint page;     /* of a mark */
  guint version;  /* of a mark: the greater one wins */
} Item;

typedef struct
{
  GPtrArray *items[MAX_PEERS]; /* Item, owned: what each peer wrote */
  guint n_peers;
} World;

/* What one peer knows: of each peer the first known[] items. */
typedef struct
{
  World *world;
  guint client;
  guint known[MAX_PEERS];
  guint told[MAX_PEERS]; /* in `seen` so far */
  WeftPageTree *tree;
  GPtrArray *batch;    /* WeftOp: the next element, while one is written */
  GArray *mirror[256]; /* the lists as the observer was told */
} Peer;

static void
item_free (gpointer data)
{
  Item *item = data;

  g_clear_pointer (&item->ops, g_ptr_array_unref);
  g_free (item);
}

static void
world_init (World *world,
            guint  n_peers)
{
  world->n_peers = n_peers;
  for (guint i = 0; i < n_peers; i++)
    world->items[i] = g_ptr_array_new_with_free_func (item_free);
}

static void
world_clear (World *world)
{
  for (guint i = 0; i < world->n_peers; i++)
    g_ptr_array_unref (world->items[i]);
}

/* The oracle */

typedef struct
{
  guint parent;
  const char *position;
  WeftOpId op;
  gboolean is_virtual;
  guint deletion; /* index of the op, for the trash */
} Place;

typedef struct
{
  const WeftOp *op;
  WeftOpId id;
  guint seen[MAX_PEERS];
} LoggedOp;

typedef struct
{
  GArray *log;          /* LoggedOp */
  GArray *history[256]; /* Place: all that a page had, the last one in force */
  const Item *marks[256];
} Oracle;

static int
compare_logged (gconstpointer a,
                gconstpointer b)
{
  const LoggedOp *x = a, *y = b;

  return weft_op_order (x->op->lamport, &x->id, y->op->lamport, &y->id);
}

static Place *
oracle_place (Oracle *oracle,
              guint   page)
{
  GArray *history = oracle->history[page];

  return history->len > 0 ? &g_array_index (history, Place, history->len - 1) : NULL;
}

/* The way up from @page, itself included, ends where no place is. Returns the last; @below is
 * before it. */
static guint
oracle_top (Oracle *oracle,
            guint   page,
            guint  *below)
{
  const Place *place;

  *below = page;
  while ((place = oracle_place (oracle, page)) != NULL)
    {
      *below = page;
      page = place->parent;
    }

  return page;
}

static gboolean
oracle_is_below (Oracle *oracle,
                 guint   page,
                 guint   ancestor)
{
  for (;;)
    {
      const Place *place;

      if (page == ancestor)
        return TRUE;
      place = oracle_place (oracle, page);
      if (place == NULL)
        return FALSE;
      page = place->parent;
    }
}

static const Place *
oracle_former (Oracle *oracle,
               guint   page)
{
  GArray *history = oracle->history[page];

  for (guint i = history->len; i > 0; i--)
    if (g_array_index (history, Place, i - 1).parent != TRASH)
      return &g_array_index (history, Place, i - 1);

  return NULL;
}

static void
oracle_restore (Oracle         *oracle,
                guint           page,
                const WeftOpId *after)
{
  const Place *former = oracle_former (oracle, page);
  Place place = { .parent = ROOT,
                  .position = former != NULL ? former->position : "",
                  .op = *after,
                  .is_virtual = TRUE };
  gboolean passed[256] = { FALSE };

  while (former != NULL)
    {
      guint below;
      guint top = oracle_top (oracle, former->parent, &below);

      if (top == ROOT)
        {
          place.parent = former->parent;
          break;
        }
      if (top != TRASH || passed[below])
        break;
      passed[below] = TRUE;
      former = oracle_former (oracle, below);
    }

  g_array_append_val (oracle->history[page], place);
}

static gboolean
oracle_has_seen (const LoggedOp *deletion,
                 WeftClientId    client,
                 WeftClock       clock,
                 guint           index)
{
  if (client == deletion->id.client)
    return clock < deletion->id.clock
           || (clock == deletion->id.clock && index < deletion->id.index);

  return clock < deletion->seen[client];
}

static void
oracle_do (Oracle *oracle,
           guint   index)
{
  const LoggedOp *logged = &g_array_index (oracle->log, LoggedOp, index);
  guint page = page_number (&logged->op->page), parent = page_number (&logged->op->parent);
  Place place = {
    .parent = parent, .position = logged->op->position, .op = logged->id, .deletion = index
  };
  guint below;

  if (page == ROOT || page == TRASH || oracle_is_below (oracle, parent, page))
    return;
  g_array_append_val (oracle->history[page], place);

  if (parent == TRASH)
    {
      for (guint i = 1; logged->op->seen != NULL && i < TRASH; i++)
        {
          const Place *other = oracle_place (oracle, i);

          if (i != page && other != NULL && !other->is_virtual && oracle_is_below (oracle, i, page)
              && !oracle_has_seen (logged, other->op.client, other->op.clock, other->op.index))
            {
              oracle_restore (oracle, page, &logged->id);
              return;
            }
        }
    }
  else if (oracle_top (oracle, parent, &below) == TRASH)
    {
      const LoggedOp *deletion = &g_array_index (oracle->log, LoggedOp,
                                                 oracle_place (oracle, below)->deletion);

      if (deletion->op->seen == NULL
          || !oracle_has_seen (deletion, logged->id.client, logged->id.clock, logged->id.index))
        oracle_restore (oracle, below, &logged->id);
    }
}

static void
oracle_return_edited (Oracle *oracle)
{
  gboolean returns[256] = { FALSE };

  for (guint page = 1; page < TRASH; page++)
    {
      guint below;

      if (oracle->marks[page] != NULL && oracle_top (oracle, page, &below) == TRASH)
        {
          const LoggedOp *deletion = &g_array_index (oracle->log, LoggedOp,
                                                     oracle_place (oracle, below)->deletion);

          if (deletion->op->seen != NULL
              && !oracle_has_seen (deletion, oracle->marks[page]->client,
                                   oracle->marks[page]->clock, 0))
            returns[below] = TRUE;
        }
    }

  /* The one deleted last first */
  for (guint i = oracle->log->len; i > 0; i--)
    {
      const LoggedOp *logged = &g_array_index (oracle->log, LoggedOp, i - 1);
      guint page = page_number (&logged->op->page);

      if (logged->op->kind == WEFT_OP_MOVE && returns[page]
          && oracle_place (oracle, page)->deletion == i - 1)
        {
          returns[page] = FALSE;
          oracle_restore (oracle, page, &logged->id);
        }
    }
}

static void
oracle_init (Oracle      *oracle,
             World       *world,
             const guint *known)
{
  oracle->log = g_array_new (FALSE, TRUE, sizeof (LoggedOp));
  for (guint i = 0; i < 256; i++)
    {
      oracle->history[i] = g_array_new (FALSE, TRUE, sizeof (Place));
      oracle->marks[i] = NULL;
    }

  for (guint client = 0; client < world->n_peers; client++)
    {
      guint seen[MAX_PEERS] = { 0 };

      for (guint clock = 0; clock < known[client]; clock++)
        {
          const Item *item = g_ptr_array_index (world->items[client], clock);

          if (item->ops == NULL)
            {
              const Item **mark = &oracle->marks[item->page];

              if (*mark == NULL || (*mark)->version < item->version
                  || ((*mark)->version == item->version && (*mark)->client < client))
                *mark = item;
              continue;
            }
          for (guint i = 0; i < item->ops->len; i++)
            {
              LoggedOp logged = { .op = g_ptr_array_index (item->ops, i),
                                  .id = { client, clock, i } };

              if (logged.op->kind == WEFT_OP_MOVE && logged.op->seen != NULL)
                for (guint j = 0; j < world->n_peers; j++)
                  seen[j] = MAX (seen[j], weft_state_vector_get (logged.op->seen, j));
              memcpy (logged.seen, seen, sizeof seen);
              g_array_append_val (oracle->log, logged);
            }
        }
    }

  g_array_sort (oracle->log, compare_logged);
  for (guint i = 0; i < oracle->log->len; i++)
    if (g_array_index (oracle->log, LoggedOp, i).op->kind == WEFT_OP_MOVE)
      oracle_do (oracle, i);
  oracle_return_edited (oracle);
}

static void
oracle_clear (Oracle *oracle)
{
  g_array_unref (oracle->log);
  for (guint i = 0; i < 256; i++)
    g_array_unref (oracle->history[i]);
}

/* Whether the siblings are in the right order, told by the oracle's places. */
static void
assert_order (Oracle *oracle,
              guint   a,
              guint   b)
{
  const Place *place_a = oracle_place (oracle, a), *place_b = oracle_place (oracle, b);
  int order = strcmp (place_a->position, place_b->position);

  if (order == 0)
    order = weft_op_id_compare (&place_a->op, &place_b->op);
  g_assert_cmpint (order, <, 0);
}

/* Everything that @tree shows is what the oracle makes of the same ops. */
static void
assert_tree (Peer *peer)
{
  WeftPageTree *tree = peer->tree;
  Oracle oracle;
  guint n_placed = 0;

  weft_page_tree_validate (tree);
  oracle_init (&oracle, peer->world, peer->known);

  for (guint page = 0; page < 256; page++)
    {
      WeftPageId id = page_id (page), parent, child;
      const Place *place = oracle_place (&oracle, page);
      guint n_children = 0, below, last = 0;

      if (place != NULL)
        {
          guint top = oracle_top (&oracle, page, &below);

          n_placed++;
          g_assert_true (weft_page_tree_get_parent (tree, &id, &parent));
          g_assert_cmpuint (page_number (&parent), ==, place->parent);
          g_assert_cmpstr (weft_page_tree_get_position (tree, &id), ==, place->position);
          g_assert_true (weft_page_tree_is_living (tree, &id) == (top == ROOT));
          g_assert_true (weft_page_tree_is_trashed (tree, &id) == (top == TRASH));
        }
      else
        g_assert_false (weft_page_tree_get_parent (tree, &id, &parent));

      for (guint i = 0; i < 256; i++)
        if (oracle_place (&oracle, i) != NULL && oracle_place (&oracle, i)->parent == page)
          n_children++;
      g_assert_cmpuint (weft_page_tree_get_n_children (tree, &id), ==, n_children);
      g_assert_cmpuint (peer->mirror[page]->len, ==, n_children);
      for (guint i = 0; i < n_children; i++)
        {
          g_assert_true (weft_page_tree_get_child (tree, &id, i, &child));
          g_assert_cmpint (weft_page_tree_get_index (tree, &child), ==, i);
          g_assert_cmpuint (oracle_place (&oracle, page_number (&child))->parent, ==, page);
          g_assert_cmpuint (g_array_index (peer->mirror[page], guint, i), ==, page_number (&child));
          if (i > 0)
            assert_order (&oracle, last, page_number (&child));
          last = page_number (&child);
        }
      g_assert_false (weft_page_tree_get_child (tree, &id, n_children, &child));
    }

  g_assert_cmpuint (weft_page_tree_get_n_pages (tree), ==, n_placed);
  oracle_clear (&oracle);
}

/* Peers */

static void
children_changed_cb (WeftPageTree     *tree,
                     const WeftPageId *parent,
                     guint             position,
                     guint             n_removed,
                     guint             n_added,
                     gpointer          user_data)
{
  Peer *peer = user_data;
  GArray *mirror = peer->mirror[page_number (parent)];

  g_assert_cmpuint (position + n_removed, <=, mirror->len);
  g_assert_cmpuint (mirror->len - n_removed + n_added, ==,
                    weft_page_tree_get_n_children (tree, parent));
  if (n_removed > 0)
    g_array_remove_range (mirror, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    {
      WeftPageId child;
      guint number;

      g_assert_true (weft_page_tree_get_child (tree, parent, position + i, &child));
      number = page_number (&child);
      g_array_insert_val (mirror, position + i, number);
    }
}

static const WeftPageTreeObserver mirror_observer = { .children_changed = children_changed_cb };

static void
peer_init (Peer  *peer,
           World *world,
           guint  client)
{
  memset (peer, 0, sizeof *peer);
  peer->world = world;
  peer->client = client;
  peer->tree = weft_page_tree_new ();
  for (guint i = 0; i < 256; i++)
    peer->mirror[i] = g_array_new (FALSE, FALSE, sizeof (guint));
  weft_page_tree_set_observer (peer->tree, &mirror_observer, peer);
}

static void
peer_clear (Peer *peer)
{
  weft_page_tree_free (peer->tree);
  for (guint i = 0; i < 256; i++)
    g_array_unref (peer->mirror[i]);
  g_clear_pointer (&peer->batch, g_ptr_array_unref);
}

/* The newest mark of @page that @peer knows. */
static void
update_mark (Peer *peer,
             guint page)
{
  const Item *newest = NULL;
  WeftPageId id = page_id (page);
  WeftId entry;

  for (guint client = 0; client < peer->world->n_peers; client++)
    for (guint clock = 0; clock < peer->known[client]; clock++)
      {
        const Item *item = g_ptr_array_index (peer->world->items[client], clock);

        if (item->ops == NULL && item->page == page
            && (newest == NULL || newest->version < item->version
                || (newest->version == item->version && newest->client < client)))
          newest = item;
      }
  g_assert_nonnull (newest);
  entry = (WeftId){ newest->client, newest->clock };
  weft_page_tree_set_edited (peer->tree, &id, &entry);
}

/* Takes the next @n items of @client, without a commit. */
static void
peer_take (Peer *peer,
           guint client,
           guint n)
{
  for (; n > 0; n--)
    {
      guint clock = peer->known[client];
      const Item *item = g_ptr_array_index (peer->world->items[client], clock);

      peer->known[client]++;
      if (item->ops == NULL)
        update_mark (peer, item->page);
      for (guint i = 0; item->ops != NULL && i < item->ops->len; i++)
        weft_page_tree_add (peer->tree, &(WeftOpId){ client, clock, i },
                            g_ptr_array_index (item->ops, i));
    }
}

static void
peer_sync (Peer *peer)
{
  for (guint client = 0; client < peer->world->n_peers; client++)
    peer_take (peer, client, peer->world->items[client]->len - peer->known[client]);
  weft_page_tree_commit (peer->tree);
}

static void
peer_write (Peer *peer,
            Item *item)
{
  item->client = peer->client;
  item->clock = peer->world->items[peer->client]->len;
  g_ptr_array_add (peer->world->items[peer->client], item);
  peer_take (peer, peer->client, 1);
  weft_page_tree_commit (peer->tree);
}

static guint64
peer_next_lamport (Peer *peer)
{
  if (peer->batch != NULL && peer->batch->len > 0)
    return ((const WeftOp *) g_ptr_array_index (peer->batch, peer->batch->len - 1))->lamport + 1;

  return weft_page_tree_get_lamport (peer->tree) + 1;
}

static void
peer_push (Peer   *peer,
           WeftOp *op)
{
  if (peer->batch == NULL)
    peer->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  g_ptr_array_add (peer->batch, op);
}

static void
peer_flush (Peer *peer)
{
  Item *item = g_new0 (Item, 1);

  item->ops = g_steal_pointer (&peer->batch);
  peer_write (peer, item);
}

static void
push_move (Peer       *peer,
           guint       page,
           guint       parent,
           const char *position)
{
  WeftPageId id = page_id (page), parent_id = page_id (parent);

  peer_push (peer, weft_op_new_move (peer_next_lamport (peer), &id, &parent_id, position));
}

static void
push_trash (Peer *peer,
            guint page)
{
  WeftPageId id = page_id (page);
  WeftStateVector *seen = weft_state_vector_new ();

  for (guint client = 0; client < peer->world->n_peers; client++)
    if (client != peer->client && peer->known[client] != peer->told[client])
      {
        weft_state_vector_set (seen, client, peer->known[client]);
        peer->told[client] = peer->known[client];
      }
  peer_push (peer, weft_op_new_trash (peer_next_lamport (peer), &id, "a0", seen));
}

static void
do_move (Peer *peer,
         guint page,
         guint parent)
{
  push_move (peer, page, parent, "a0");
  peer_flush (peer);
}

static void
do_trash (Peer *peer,
          guint page)
{
  push_trash (peer, page);
  peer_flush (peer);
}

static void
do_edit (Peer *peer,
         guint page)
{
  Item *item = g_new0 (Item, 1);

  item->page = page;
  for (guint client = 0; client < peer->world->n_peers; client++)
    item->version += peer->known[client];
  peer_write (peer, item);
}

static guint
parent_of (Peer *peer,
           guint page)
{
  WeftPageId id = page_id (page), parent;

  g_assert_true (weft_page_tree_get_parent (peer->tree, &id, &parent));
  return page_number (&parent);
}

/* Three peers that know pages 1 to 9 below the root. */
typedef struct
{
  World world;
  Peer a, b, c;
} Scene;

static void
scene_init (Scene *scene)
{
  world_init (&scene->world, 3);
  peer_init (&scene->a, &scene->world, 0);
  peer_init (&scene->b, &scene->world, 1);
  peer_init (&scene->c, &scene->world, 2);
  for (guint page = 1; page < 10; page++)
    do_move (&scene->a, page, ROOT);
  peer_sync (&scene->b);
  peer_sync (&scene->c);
}

/* Everybody learns everything, and it is the same for all. */
static void
scene_meet (Scene *scene)
{
  Peer *peers[] = { &scene->a, &scene->b, &scene->c };

  for (guint i = 0; i < 3; i++)
    {
      peer_sync (peers[i]);
      assert_tree (peers[i]);
    }
}

static void
scene_clear (Scene *scene)
{
  peer_clear (&scene->a);
  peer_clear (&scene->b);
  peer_clear (&scene->c);
  world_clear (&scene->world);
}

static void
test_opposite_moves (void)
{
  Scene scene;
  WeftOpId skipped = { 1, 0, 0 };

  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  do_move (&scene.b, 2, 1);
  scene_meet (&scene);
  /* Both have the same timestamp; that of the lower client comes first, the other closes a cycle.
   */
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 2);
  g_assert_cmpuint (parent_of (&scene.a, 2), ==, ROOT);
  g_assert_cmpint (weft_page_tree_get_move_state (scene.c.tree, 10, &skipped), ==,
                   WEFT_MOVE_SKIPPED);
  skipped.client = 0;
  skipped.clock = 9;
  g_assert_cmpint (weft_page_tree_get_move_state (scene.c.tree, 10, &skipped), ==,
                   WEFT_MOVE_IN_FORCE);
  scene_clear (&scene);
}

static void
test_chain_of_cycles (void)
{
  Scene scene;

  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  do_move (&scene.b, 2, 3);
  do_move (&scene.c, 3, 1);
  do_move (&scene.a, 4, 1);
  do_move (&scene.b, 1, 4);
  do_move (&scene.c, 2, 4);
  scene_meet (&scene);
  for (guint page = 1; page < 5; page++)
    {
      WeftPageId id = page_id (page);

      g_assert_true (weft_page_tree_is_living (scene.a.tree, &id));
    }
  scene_clear (&scene);
}

static void
test_late_move_undoes_a_skip (void)
{
  Scene scene;

  /* B's move of 2 below 1 is fine for B, closes a cycle when A's earlier one is known, and is fine
   * again when C's, earlier still in order than B's, has taken 1 away. */
  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  do_move (&scene.c, 9, ROOT);
  peer_sync (&scene.c);
  do_move (&scene.b, 9, ROOT);
  do_move (&scene.b, 9, ROOT);
  do_move (&scene.b, 2, 1);
  peer_take (&scene.b, 0, 1);
  weft_page_tree_commit (scene.b.tree);
  g_assert_cmpuint (parent_of (&scene.b, 2), ==, ROOT);
  g_assert_cmpuint (parent_of (&scene.b, 1), ==, 2);
  do_move (&scene.c, 1, 5);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.b, 1), ==, 5);
  g_assert_cmpuint (parent_of (&scene.b, 2), ==, 1);
  scene_clear (&scene);
}

static void
test_move_against_delete (void)
{
  Scene scene;

  /* The later one in order says where the page is: here first the move, then the deletion. */
  scene_init (&scene);
  do_trash (&scene.a, 1);
  do_move (&scene.b, 1, 2);
  do_move (&scene.a, 3, 2);
  do_trash (&scene.b, 3);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 2);
  g_assert_cmpuint (parent_of (&scene.a, 3), ==, TRASH);
  scene_clear (&scene);
}

static void
test_move_into_deleted (void)
{
  Scene scene;

  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  peer_sync (&scene.b);
  do_trash (&scene.a, 1);
  do_move (&scene.b, 3, 1);
  scene_meet (&scene);
  /* 1 is back where it was, with what B put there. */
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 2);
  g_assert_cmpuint (parent_of (&scene.a, 3), ==, 1);
  scene_clear (&scene);
}

static void
test_add_into_deleted (void)
{
  Scene scene;

  /* A new page far below the deleted one, written before the deletion in order and unseen by it. */
  scene_init (&scene);
  do_move (&scene.a, 2, 1);
  do_move (&scene.a, 3, 2);
  peer_sync (&scene.b);
  do_move (&scene.b, 20, 3);
  do_move (&scene.a, 9, ROOT);
  do_move (&scene.a, 9, ROOT);
  do_trash (&scene.a, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.c, 1), ==, ROOT);
  g_assert_cmpuint (parent_of (&scene.c, 20), ==, 3);

  /* Whoever has seen it can delete all of it. */
  do_trash (&scene.c, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, TRASH);
  scene_clear (&scene);
}

static void
test_edit_in_deleted (void)
{
  Scene scene;
  WeftPageId one = page_id (1), top, parent;
  const char *position;

  scene_init (&scene);
  do_move (&scene.a, 2, 1);
  peer_sync (&scene.b);
  do_edit (&scene.b, 2);
  do_trash (&scene.a, 1);
  g_assert_true (weft_page_tree_get_home (scene.a.tree, &one, &top, &parent, &position));
  g_assert_true (weft_page_id_equal (&top, &one));
  g_assert_cmpuint (page_number (&parent), ==, ROOT);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, ROOT);
  g_assert_false (weft_page_tree_get_home (scene.a.tree, &one, &top, &parent, &position));

  do_trash (&scene.a, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, TRASH);
  scene_clear (&scene);
}

static void
test_edit_in_what_moved_out (void)
{
  Scene scene;

  /* The edited page was taken out of the deleted subtree: no reason to bring that back. */
  scene_init (&scene);
  do_move (&scene.a, 2, 1);
  peer_sync (&scene.b);
  do_edit (&scene.b, 2);
  do_trash (&scene.a, 1);
  peer_sync (&scene.b);
  g_assert_cmpuint (parent_of (&scene.b, 1), ==, ROOT);
  do_move (&scene.a, 2, 3);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.b, 1), ==, TRASH);
  g_assert_cmpuint (parent_of (&scene.b, 2), ==, 3);
  scene_clear (&scene);
}

static void
test_restore_against_delete (void)
{
  Scene scene;

  /* Both know the page in the trash. A takes it out and, not knowing, B edits and C deletes its
   * parent. */
  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  do_trash (&scene.a, 1);
  scene_meet (&scene);
  do_move (&scene.a, 1, 2);
  do_trash (&scene.c, 2);
  scene_meet (&scene);
  /* C had not seen that 1 is below 2 again. */
  g_assert_cmpuint (parent_of (&scene.a, 2), ==, ROOT);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 2);

  /* Restored by one, deleted again by another who had seen it come back. */
  do_trash (&scene.b, 1);
  peer_sync (&scene.a);
  do_move (&scene.a, 1, 2);
  peer_sync (&scene.b);
  do_trash (&scene.b, 1);
  do_move (&scene.c, 1, 3);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, TRASH);
  scene_clear (&scene);
}

/* One takes a subtree out of the trash, another puts something into it there, a third takes a part of it out. */
static void
test_restore_and_add (void)
{
  Scene scene;
  WeftPageId nine = page_id (9), four = page_id (4);

  scene_init (&scene);
  do_move (&scene.a, 2, 1);
  do_move (&scene.a, 3, 2);
  do_move (&scene.a, 4, 3);
  peer_sync (&scene.b);
  do_move (&scene.b, 20, 3);
  do_trash (&scene.a, 1);
  do_trash (&scene.b, 1);
  /* Both have seen what was there for each of them; only A did not know of 20, which brings all of it back. */
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.c, 20), ==, 3);

  do_trash (&scene.c, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, TRASH);
  do_move (&scene.a, 1, 8);
  do_move (&scene.b, 9, 3);
  do_move (&scene.c, 3, ROOT);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 8);
  g_assert_cmpuint (parent_of (&scene.a, 3), ==, ROOT);
  g_assert_cmpuint (parent_of (&scene.a, 9), ==, 3);
  g_assert_cmpuint (parent_of (&scene.a, 20), ==, 3);
  g_assert_true (weft_page_tree_is_living (scene.b.tree, &nine));
  g_assert_true (weft_page_tree_is_living (scene.b.tree, &four));

  /* Deleted again by one, restored by another and added to by a third, none of whom knows of the others. */
  do_trash (&scene.a, 1);
  scene_meet (&scene);
  do_move (&scene.b, 1, 7);
  do_move (&scene.c, 21, 2);
  do_trash (&scene.a, 7);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 7);
  g_assert_cmpuint (parent_of (&scene.a, 7), ==, ROOT);
  g_assert_cmpuint (parent_of (&scene.a, 21), ==, 2);
  scene_clear (&scene);
}

static void
test_home_is_gone (void)
{
  Scene scene;

  /* 1 lay in 2 in 3; all are deleted, one by one; then it turns out that somebody wrote below 1. */
  scene_init (&scene);
  do_move (&scene.a, 2, 3);
  do_move (&scene.a, 1, 2);
  do_move (&scene.a, 3, 4);
  peer_sync (&scene.b);
  do_trash (&scene.a, 1);
  do_trash (&scene.a, 2);
  do_trash (&scene.a, 3);
  for (guint i = 0; i < 5; i++)
    do_move (&scene.b, 9, ROOT);
  do_move (&scene.b, 20, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.c, 1), ==, 4);
  g_assert_cmpuint (parent_of (&scene.c, 2), ==, TRASH);
  scene_clear (&scene);
}

static void
test_all_above_comes_back (void)
{
  Scene scene;

  /* The same, but in the order of ops the writing comes before the deletions of 2 and 3: each of
   * these would have deleted what it did not know. */
  scene_init (&scene);
  do_move (&scene.a, 2, 3);
  do_move (&scene.a, 1, 2);
  do_move (&scene.a, 3, 4);
  peer_sync (&scene.b);
  do_trash (&scene.a, 1);
  do_trash (&scene.a, 2);
  do_trash (&scene.a, 3);
  do_move (&scene.b, 20, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.c, 1), ==, 2);
  g_assert_cmpuint (parent_of (&scene.c, 2), ==, 3);
  g_assert_cmpuint (parent_of (&scene.c, 3), ==, 4);
  scene_clear (&scene);
}

static void
test_round_and_round (void)
{
  Scene scene;
  WeftPageId one = page_id (1), top, parent;
  const char *position;

  /* 1 was below 2 when it was deleted, 2 below 1 when that was: the way home is a circle. */
  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  do_trash (&scene.a, 1);
  do_move (&scene.a, 2, 1);
  do_trash (&scene.a, 2);
  do_trash (&scene.a, 1);
  scene_meet (&scene);
  g_assert_true (weft_page_tree_get_home (scene.b.tree, &one, &top, &parent, &position));
  g_assert_cmpuint (page_number (&parent), ==, ROOT);
  scene_clear (&scene);
}

static void
test_root_stays (void)
{
  Scene scene;

  scene_init (&scene);
  do_move (&scene.a, ROOT, 1);
  do_move (&scene.a, TRASH, 1);
  do_trash (&scene.a, ROOT);
  do_move (&scene.a, 1, 1);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.b, 1), ==, ROOT);
  scene_clear (&scene);
}

static void
test_parent_comes_later (void)
{
  Scene scene;
  WeftPageId child = page_id (20);

  scene_init (&scene);
  do_move (&scene.a, 20, 21);
  scene_meet (&scene);
  g_assert_false (weft_page_tree_is_living (scene.b.tree, &child));
  do_move (&scene.a, 21, 3);
  scene_meet (&scene);
  g_assert_true (weft_page_tree_is_living (scene.b.tree, &child));
  scene_clear (&scene);
}

static void
test_given_twice (void)
{
  Scene scene;
  WeftPageId page = page_id (1), parent = page_id (2);
  g_autoptr(WeftOp) op = weft_op_new_move (10, &page, &parent, "a0");
  WeftOpId id = { 0, 9, 0 };

  scene_init (&scene);
  do_move (&scene.a, 1, 2);
  do_move (&scene.a, 1, 3);
  weft_page_tree_apply (scene.a.tree, &id, op);
  scene_meet (&scene);
  g_assert_cmpuint (parent_of (&scene.a, 1), ==, 3);
  scene_clear (&scene);
}

/* Properties */

static void
count_pages_cb (WeftPageTree     *tree,
                const WeftPageId *page,
                const char       *key,
                gpointer          user_data)
{
  if (key != NULL)
    (*(guint *) user_data)++;
}

static void
test_properties (void)
{
  static const struct
  {
    guint lamport;
    WeftOpId id;
    const char *title;
  } rows[] = {
    { 5, { 1, 0, 0 }, "five" },         { 7, { 1, 1, 0 }, "seven of one" },
    { 7, { 2, 0, 0 }, "seven of two" }, { 7, { 2, 0, 1 }, "the winner" },
    { 6, { 3, 9, 0 }, "six" },
  };
  static const WeftPageTreeObserver observer = { .page_changed = count_pages_cb };

  for (guint round = 0; round < 200; round++)
    {
      g_autoptr(WeftPageTree) tree = weft_page_tree_new ();
      g_autoptr(GPtrArray) keys = NULL;
      WeftPageId page = page_id (1);
      guint order[] = { 0, 1, 2, 3, 4 }, n_told = 0;
      WeftOpId winner;

      weft_page_tree_set_observer (tree, &observer, &n_told);
      for (guint i = 4; i > 0; i--)
        {
          guint j = g_test_rand_int_range (0, i + 1), swap = order[i];

          order[i] = order[j];
          order[j] = swap;
        }
      for (guint i = 0; i < 5; i++)
        {
          g_autoptr(WeftOp) op = weft_op_new_set (rows[order[i]].lamport, &page, "title",
                                                  weft_any_new_string (rows[order[i]].title));

          weft_page_tree_add (tree, &rows[order[i]].id, op);
        }
      weft_page_tree_commit (tree);
      g_assert_cmpuint (n_told, ==, 1);
      g_assert_cmpstr (weft_page_tree_get_string (tree, &page, "title"), ==, "the winner");
      g_assert_true (weft_page_tree_get_property_op (tree, &page, "title", &winner));
      g_assert_cmpint (weft_op_id_compare (&winner, &rows[3].id), ==, 0);
      g_assert_cmpuint (weft_page_tree_get_lamport (tree), ==, 7);
      g_assert_false (weft_page_tree_contains (tree, &page));

      keys = weft_page_tree_list_keys (tree, &page);
      g_assert_cmpuint (keys->len, ==, 1);
    }
}

static void
test_unset_property (void)
{
  g_autoptr(WeftPageTree) tree = weft_page_tree_new ();
  WeftPageId page = page_id (1);
  g_autoptr(WeftOp) set = weft_op_new_set (1, &page, "tag:red", weft_any_new_boolean (TRUE));
  g_autoptr(WeftOp) unset = weft_op_new_set (2, &page, "tag:red", weft_any_new_null ());
  g_autoptr(WeftAny) value = NULL;

  weft_page_tree_apply (tree, &(WeftOpId){ 1, 0, 0 }, set);
  value = weft_page_tree_dup_property (tree, &page, "tag:red");
  g_assert_true (weft_any_get_boolean (value));
  weft_page_tree_apply (tree, &(WeftOpId){ 1, 1, 0 }, unset);
  g_assert_null (weft_page_tree_dup_property (tree, &page, "tag:red"));
}

static void
test_clear (void)
{
  Scene scene;
  WeftPageId one = page_id (1);
  g_autoptr(WeftOp) set = weft_op_new_set (100, &one, "title", weft_any_new_string ("x"));

  scene_init (&scene);
  do_move (&scene.a, 2, 1);
  do_trash (&scene.a, 1);
  do_edit (&scene.b, 2);
  scene_meet (&scene);
  weft_page_tree_apply (scene.a.tree, &(WeftOpId){ 2, 99, 0 }, set);

  weft_page_tree_clear (scene.a.tree);
  memset (scene.a.known, 0, sizeof scene.a.known);
  assert_tree (&scene.a);
  g_assert_null (weft_page_tree_get_string (scene.a.tree, &one, "title"));
  g_assert_cmpuint (weft_page_tree_get_lamport (scene.a.tree), ==, 0);

  peer_sync (&scene.a);
  assert_tree (&scene.a);
  scene_clear (&scene);
}

/* Random histories */

static guint
random_page (Peer *peer)
{
  return g_test_rand_int_range (1, MAX_PAGES);
}

static void
random_deed (Peer *peer)
{
  static const char *const positions[] = { "a0", "a1", "a0V", "Zz", "" };
  guint n = g_test_rand_int_range (1, 4);

  if (g_test_rand_int_range (0, 5) == 0)
    {
      do_edit (peer, random_page (peer));
      return;
    }

  while (n-- > 0)
    switch (g_test_rand_int_range (0, 8))
      {
      case 0:
      case 1:
        push_trash (peer, random_page (peer));
        break;
      case 2:
        /* By somebody who does not say what they saw */
        push_move (peer, random_page (peer), TRASH, "a0");
        break;
      default:
        push_move (peer, random_page (peer),
                   g_test_rand_int_range (0, 4) == 0 ? ROOT : random_page (peer),
                   positions[g_test_rand_int_range (0, G_N_ELEMENTS (positions))]);
        break;
      }
  peer_flush (peer);
}

/* While a commit is carried out in parts: what is seen is a tree, the lists agree with it, and with what was told. */
static void
assert_is_tree (Peer *peer)
{
  guint n_pages = 0;

  for (guint page = 0; page < 256; page++)
    {
      WeftPageId id = page_id (page), above = id, parent, child;
      guint n_steps = 0;

      while (weft_page_tree_get_parent (peer->tree, &above, &above))
        g_assert_cmpuint (n_steps++, <, 256);
      g_assert_true (weft_page_tree_is_trashed (peer->tree, &id) == weft_page_id_is_trash (&above));
      g_assert_cmpuint (weft_page_tree_get_n_children (peer->tree, &id), ==, peer->mirror[page]->len);
      if (!weft_page_tree_get_parent (peer->tree, &id, &parent))
        continue;

      n_pages++;
      g_assert_true (weft_page_tree_contains (peer->tree, &id));
      g_assert_true (weft_page_tree_get_child (peer->tree, &parent,
                                               (guint) weft_page_tree_get_index (peer->tree, &id), &child));
      g_assert_cmpuint (page_number (&child), ==, page);
    }
  g_assert_cmpuint (weft_page_tree_get_n_pages (peer->tree), ==, n_pages);
}

/* A commit in parts, during which more arrives. */
static void
settle (Peer *peer)
{
  while (!weft_page_tree_settle (peer->tree, (guint) g_test_rand_int_range (1, 12)))
    {
      guint client = (guint) g_test_rand_int_range (0, (gint) peer->world->n_peers);

      assert_is_tree (peer);
      if (g_test_rand_bit () && peer->world->items[client]->len > peer->known[client])
        peer_take (peer, client, 1);
    }
}

static void
run_history (guint n_peers,
             guint n_deeds)
{
  World world;
  Peer peers[MAX_PEERS];

  world_init (&world, n_peers);
  for (guint i = 0; i < n_peers; i++)
    peer_init (&peers[i], &world, i);

  for (guint i = 0; i < n_deeds; i++)
    {
      Peer *peer = &peers[g_test_rand_int_range (0, n_peers)];
      guint from = g_test_rand_int_range (0, n_peers);
      guint n_new = world.items[from]->len - peer->known[from];

      random_deed (peer);
      if (from != peer->client && n_new > 0)
        {
          peer_take (peer, from, g_test_rand_int_range (1, n_new + 1));
          weft_page_tree_commit (peer->tree);
        }
      assert_tree (peer);
    }

  for (guint i = 0; i < n_peers; i++)
    {
      /* What is left comes in pieces, in an order that differs from peer to peer. */
      for (guint client = g_test_rand_int_range (0, n_peers), n_done = 0; n_done < 4 * n_peers;
           n_done++)
        {
          guint n_new = world.items[client]->len - peers[i].known[client];

          if (n_new > 0)
            peer_take (&peers[i], client, g_test_rand_int_range (1, n_new + 1));
          if (g_test_rand_bit ())
            settle (&peers[i]);
          else if (g_test_rand_bit ())
            weft_page_tree_commit (peers[i].tree);
          /* The next commit ends what this one has begun. */
          else if (g_test_rand_bit ())
            weft_page_tree_settle (peers[i].tree, (guint) g_test_rand_int_range (1, 30));
          client = g_test_rand_int_range (0, n_peers);
        }
      peer_sync (&peers[i]);
      assert_tree (&peers[i]);
    }

  for (guint i = 0; i < n_peers; i++)
    peer_clear (&peers[i]);
  world_clear (&world);
}

static void
test_random (gconstpointer data)
{
  guint n_peers = GPOINTER_TO_UINT (data);

  for (guint i = 0; i < 60; i++)
    run_history (n_peers, 8 + i);
}

/* Every order in which the items of three peers can arrive, one by one. */
static void
deliver_all_orders (Scene *scene,
                    Peer  *peer,
                    guint *n_orders)
{
  gboolean done = TRUE;

  for (guint client = 0; client < 3; client++)
    if (peer->known[client] < scene->world.items[client]->len)
      {
        Peer other;

        /* A peer that has what this one has, and one item more. */
        peer_init (&other, &scene->world, 2);
        for (guint i = 0; i < 3; i++)
          peer_take (&other, i, peer->known[i]);
        weft_page_tree_commit (other.tree);
        peer_take (&other, client, 1);
        weft_page_tree_commit (other.tree);
        assert_tree (&other);
        deliver_all_orders (scene, &other, n_orders);
        peer_clear (&other);
        done = FALSE;
      }

  if (done)
    (*n_orders)++;
}

static void
test_every_order (void)
{
  for (guint round = 0; round < 3; round++)
    {
      Scene scene;
      Peer peer;
      guint n_orders = 0;

      scene_init (&scene);
      for (guint i = 0; i < 3; i++)
        {
          random_deed (&scene.b);
          random_deed (&scene.c);
        }
      do_move (&scene.a, 3, 4);
      do_trash (&scene.a, 2);
      peer_init (&peer, &scene.world, 2);
      peer_take (&peer, 0, 9);
      weft_page_tree_commit (peer.tree);
      deliver_all_orders (&scene, &peer, &n_orders);
      /* 8! / (3! 3! 2!) */
      g_assert_cmpuint (n_orders, ==, 560);
      peer_clear (&peer);
      scene_clear (&scene);
    }
}

static void
test_many_properties (void)
{
  g_autoptr(WeftPageTree) tree = weft_page_tree_new ();
  g_autoptr(GPtrArray) keys = NULL;
  WeftPageId page;

  weft_page_id_init_random (&page);
  for (guint i = 0; i < 2 * 100; i++)
    {
      g_autofree char *key = g_strdup_printf ("tag:%u", i % 100);
      g_autofree char *value = g_strdup_printf ("value %u", i);
      g_autoptr(WeftOp) op = weft_op_new_set (i + 1, &page, key, weft_any_new_string (value));

      weft_page_tree_apply (tree, &(WeftOpId){ 1, i, 0 }, op);
    }

  keys = weft_page_tree_list_keys (tree, &page);
  g_assert_cmpuint (keys->len, ==, 100);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *key = g_strdup_printf ("tag:%u", i);
      g_autofree char *value = g_strdup_printf ("value %u", i + 100);

      g_assert_cmpstr (weft_page_tree_get_string (tree, &page, key), ==, value);
    }
}

/* Lists are cut into pieces of a few hundred: many come, go and change places, one by one and in crowds. */
static void
test_many_children (void)
{
  enum { N_MOVES = 6000, N_CHILDREN = 2000 };
  g_autoptr(WeftPageTree) tree = weft_page_tree_new ();
  g_autoptr(GRand) random = g_rand_new_with_seed (5);
  WeftPageId elsewhere;

  weft_page_id_init_random (&elsewhere);
  for (guint i = 0; i < N_MOVES; i++)
    {
      gboolean leaves = g_rand_int_range (random, 0, 5) == 0;
      char position[] = "aa";
      WeftPageId page = { 0 };
      g_autoptr(WeftOp) op = NULL;

      position[0] = (char) g_rand_int_range (random, 'a', 'z');
      position[1] = (char) g_rand_int_range (random, 'a', 'z');
      page.bytes[0] = 1;
      *(guint16 *) (gpointer) &page.bytes[2] = (guint16) g_rand_int_range (random, 0, N_CHILDREN);
      op = weft_op_new_move (i + 1, &page, leaves ? &elsewhere : &weft_page_id_root, position);
      weft_page_tree_add (tree, &(WeftOpId){ 1, i, 0 }, op);
      if (i < N_MOVES / 2 || i % 100 == 99)
        weft_page_tree_commit (tree);
      if (i % 500 == 499)
        weft_page_tree_validate (tree);
    }

  g_assert_cmpuint (weft_page_tree_get_n_children (tree, &weft_page_id_root), >, N_CHILDREN / 2);
  for (guint i = 0; i < weft_page_tree_get_n_children (tree, &weft_page_id_root); i++)
    {
      WeftPageId child;

      g_assert_true (weft_page_tree_get_child (tree, &weft_page_id_root, i, &child));
      g_assert_cmpint (weft_page_tree_get_index (tree, &child), ==, i);
    }
  weft_page_tree_clear (tree);
  weft_page_tree_validate (tree);
  g_assert_cmpuint (weft_page_tree_get_n_children (tree, &weft_page_id_root), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/page-tree/simultaneous-opposite-moves", test_opposite_moves);
  g_test_add_func ("/notebook/page-tree/chain-of-cycles", test_chain_of_cycles);
  g_test_add_func ("/notebook/page-tree/late-move-undoes-a-skip", test_late_move_undoes_a_skip);
  g_test_add_func ("/notebook/page-tree/move-against-delete", test_move_against_delete);
  g_test_add_func ("/notebook/page-tree/move-into-deleted", test_move_into_deleted);
  g_test_add_func ("/notebook/page-tree/add-into-deleted", test_add_into_deleted);
  g_test_add_func ("/notebook/page-tree/edit-in-deleted", test_edit_in_deleted);
  g_test_add_func ("/notebook/page-tree/edit-in-what-moved-out", test_edit_in_what_moved_out);
  g_test_add_func ("/notebook/page-tree/restore-against-delete-again", test_restore_against_delete);
  g_test_add_func ("/notebook/page-tree/restore-and-add", test_restore_and_add);
  g_test_add_func ("/notebook/page-tree/home-is-gone", test_home_is_gone);
  g_test_add_func ("/notebook/page-tree/all-above-comes-back", test_all_above_comes_back);
  g_test_add_func ("/notebook/page-tree/way-home-is-a-circle", test_round_and_round);
  g_test_add_func ("/notebook/page-tree/root-and-trash-stay", test_root_stays);
  g_test_add_func ("/notebook/page-tree/parent-comes-later", test_parent_comes_later);
  g_test_add_func ("/notebook/page-tree/op-given-twice", test_given_twice);
  g_test_add_func ("/notebook/page-tree/properties-last-writer-wins", test_properties);
  g_test_add_func ("/notebook/page-tree/many-properties", test_many_properties);
  g_test_add_func ("/notebook/page-tree/many-children", test_many_children);
  g_test_add_func ("/notebook/page-tree/property-unset", test_unset_property);
  g_test_add_func ("/notebook/page-tree/clear-and-read-again", test_clear);
  for (guint n = 2; n <= MAX_PEERS; n++)
    {
      g_autofree char *path = g_strdup_printf ("/notebook/page-tree/random/%u-peers", n);

      g_test_add_data_func (path, GUINT_TO_POINTER (n), test_random);
    }
  g_test_add_func ("/notebook/page-tree/random/every-order", test_every_order);

  return g_test_run ();
}
