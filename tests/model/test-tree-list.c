/* test-tree-list.c - a tree as one long list, beside a naive one
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-tree-list.h"
#include "support/test-seed.h"

#define N_ROUNDS 3000
#define N_ROUNDS_LONG 200000
#define MAX_ITEMS 400

/* The same ones each time, but for the long run. */
static GRand *dice;

static int
throw (int from,
       int to)
{
  return g_rand_int_range (dice, from, to);
}

/* --- Items ------------------------------------------------------------------------------------------------- */

#define TEST_TYPE_ITEM (test_item_get_type ())
G_DECLARE_FINAL_TYPE (TestItem, test_item, TEST, ITEM, GObject)

struct _TestItem
{
  GObject parent_instance;

  TestItem *above; /* borrowed */
  GListStore *children;
  gboolean is_open; /* as the naive tree has it */
};

G_DEFINE_FINAL_TYPE (TestItem, test_item, G_TYPE_OBJECT)

static void
test_item_finalize (GObject *object)
{
  g_clear_object (&TEST_ITEM (object)->children);
  G_OBJECT_CLASS (test_item_parent_class)->finalize (object);
}

static void
test_item_class_init (TestItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_item_finalize;
}

static void
test_item_init (TestItem *self)
{
  self->children = g_list_store_new (TEST_TYPE_ITEM);
}

/* --- A list beside a naive one ----------------------------------------------------------------------------- */

typedef struct
{
  TestItem *root;
  WeftTreeList *list;
  GPtrArray *told;  /* items, borrowed, as the signals say */
  GPtrArray *naive; /* as they are */
  GPtrArray *held;  /* rows, as a view holds them */
  guint n_settled;
} Fixture;

static GListModel *
list_children (gpointer item,
               gpointer user_data)
{
  return G_LIST_MODEL (g_object_ref (TEST_ITEM (item)->children));
}

static gboolean
locate (gpointer  item,
        gpointer *parent,
        guint    *index,
        gpointer  user_data)
{
  Fixture *fixture = user_data;
  TestItem *above = TEST_ITEM (item)->above;

  *parent = above != fixture->root ? above : NULL;

  return above != NULL && g_list_store_find (above->children, item, index);
}

static void
changed_cb (GListModel *list,
            guint       position,
            guint       n_removed,
            guint       n_added,
            gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (position + n_removed, <=, fixture->told->len);
  if (n_removed > 0)
    g_ptr_array_remove_range (fixture->told, position, n_removed);
  for (guint i = 0; i < n_added; i++)
    {
      g_autoptr(WeftTreeRow) row = g_list_model_get_item (list, position + i);

      g_assert_nonnull (weft_tree_row_get_item (row));
      g_ptr_array_insert (fixture->told, (int) (position + i), weft_tree_row_get_item (row));
    }
  g_assert_cmpuint (fixture->told->len, ==, g_list_model_get_n_items (list));

  /* A view asks for what is around. */
  for (guint i = position > 5 ? position - 5 : 0; i < MIN (fixture->told->len, position + n_added + 5); i++)
    {
      g_autoptr(WeftTreeRow) row = g_list_model_get_item (list, i);

      g_assert_nonnull (row);
    }
}

static void
settled_cb (Fixture *fixture)
{
  fixture->n_settled++;
}

static const WeftTreeListFuncs funcs = { list_children, locate };

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->root = g_object_new (TEST_TYPE_ITEM, NULL);
  fixture->root->is_open = TRUE;
  fixture->list = weft_tree_list_new (G_LIST_MODEL (fixture->root->children), &funcs, fixture);
  fixture->told = g_ptr_array_new ();
  fixture->naive = g_ptr_array_new ();
  fixture->held = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (fixture->list, "items-changed", G_CALLBACK (changed_cb), fixture);
  g_signal_connect_swapped (fixture->list, "settled", G_CALLBACK (settled_cb), fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_ptr_array_unref (fixture->held);
  g_assert_finalize_object (fixture->list);
  g_object_unref (fixture->root);
  g_ptr_array_unref (fixture->told);
  g_ptr_array_unref (fixture->naive);
}

static void
walk (Fixture  *fixture,
      TestItem *item)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (item->children));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(TestItem) child = g_list_model_get_item (G_LIST_MODEL (item->children), i);

      g_ptr_array_add (fixture->naive, child);
      if (child->is_open)
        walk (fixture, child);
    }
}

/* What is out of sight is not open any more. */
static void
forget_below (TestItem *item,
              gboolean  in_sight)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (item->children));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(TestItem) child = g_list_model_get_item (G_LIST_MODEL (item->children), i);

      child->is_open = child->is_open && in_sight;
      forget_below (child, child->is_open);
    }
}

static void
check (Fixture *fixture)
{
  guint n = 0;

  while (g_main_context_iteration (NULL, FALSE))
    ;
  forget_below (fixture->root, TRUE);
  g_ptr_array_set_size (fixture->naive, 0);
  walk (fixture, fixture->root);

  n = fixture->naive->len;
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->list)), ==, n);
  g_assert_cmpuint (fixture->told->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr(WeftTreeRow) row = g_list_model_get_item (G_LIST_MODEL (fixture->list), i);
      TestItem *item = fixture->naive->pdata[i];
      guint depth = 0;

      for (TestItem *above = item->above; above != fixture->root; above = above->above)
        depth++;
      g_assert_true (weft_tree_row_get_item (row) == item);
      g_assert_true (fixture->told->pdata[i] == item);
      g_assert_cmpuint (weft_tree_row_get_position (row), ==, i);
      g_assert_cmpuint (weft_tree_row_get_depth (row), ==, depth);
      g_assert_true (weft_tree_row_get_expanded (row) == item->is_open);
    }
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (fixture->list), n));

  for (guint i = 0; i < fixture->held->len; i++)
    {
      guint position = weft_tree_row_get_position (fixture->held->pdata[i]);
      g_autoptr(WeftTreeRow) row = NULL;

      if (position != G_MAXUINT)
        {
          row = g_list_model_get_item (G_LIST_MODEL (fixture->list), position);
          g_assert_true (row == fixture->held->pdata[i]);
        }
    }
}

/* A page in sight, or the root. */
static TestItem *
choose (Fixture *fixture)
{
  guint n = fixture->naive->len;
  guint at = n > 0 ? (guint) throw (-1, (int) n) : G_MAXUINT;

  return at == G_MAXUINT ? fixture->root : fixture->naive->pdata[at];
}

static TestItem *
add (TestItem *above,
     guint     index)
{
  g_autoptr(TestItem) item = g_object_new (TEST_TYPE_ITEM, NULL);

  item->above = above;
  g_list_store_insert (above->children, MIN (index, g_list_model_get_n_items (G_LIST_MODEL (above->children))), item);

  return item;
}

static gboolean
is_below (TestItem *item,
          TestItem *above)
{
  for (; item != NULL; item = item->above)
    if (item == above)
      return TRUE;

  return FALSE;
}

static void
move (TestItem *item,
      TestItem *to,
      guint     index)
{
  g_autoptr(TestItem) held = g_object_ref (item);
  guint at = 0;

  g_assert_true (g_list_store_find (item->above->children, item, &at));
  g_list_store_remove (item->above->children, at);
  item->above = to;
  g_list_store_insert (to->children, MIN (index, g_list_model_get_n_items (G_LIST_MODEL (to->children))), item);
}

/* Much of a level at once: some go, some change places, some come. */
static void
change_much (TestItem *above,
             guint     n_places,
             guint     n_new)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (above->children));

  for (guint i = 0; i < n; i++)
    {
      TestItem *item = g_list_model_get_item (G_LIST_MODEL (above->children), i);

      if (throw (0, 4) > 0)
        g_ptr_array_add (items, item);
      else
        {
          item->above = NULL;
          g_object_unref (item);
        }
    }
  for (guint i = 0; i < n_places && items->len > 0; i++)
    {
      guint from = (guint) throw (0, (int) items->len);
      TestItem *item = g_ptr_array_steal_index (items, from);

      g_ptr_array_insert (items, throw (0, (int) items->len + 1), item);
    }
  for (guint i = 0; i < n_new; i++)
    {
      TestItem *item = g_object_new (TEST_TYPE_ITEM, NULL);

      item->above = above;
      g_ptr_array_insert (items, throw (0, (int) items->len + 1), item);
    }
  g_list_store_splice (above->children, 0, n, items->pdata, items->len);
}

static void
hold (Fixture *fixture)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (fixture->list));

  if (fixture->held->len > 12)
    g_ptr_array_remove_index (fixture->held, (guint) throw (0, (int) fixture->held->len));
  if (n > 0)
    g_ptr_array_add (fixture->held, g_list_model_get_item (G_LIST_MODEL (fixture->list),
                                                           (guint) throw (0, (int) n)));
}

static void
do_something (Fixture *fixture)
{
  TestItem *item = choose (fixture);
  guint index = (guint) throw (0, 20);

  switch (throw (0, 10))
    {
    case 0:
    case 1:
      if (fixture->naive->len < MAX_ITEMS)
        add (item, index);
      break;
    case 2:
      if (item != fixture->root && throw (0, 2) > 0)
        {
          guint at = 0;

          g_list_store_find (item->above->children, item, &at);
          g_list_store_remove (item->above->children, at);
        }
      break;
    case 3:
    case 4:
      {
        TestItem *to = choose (fixture);

        if (item != fixture->root && !is_below (to, item))
          move (item, to, index);
      }
      break;
    case 5:
      change_much (item, index / 4, fixture->naive->len < MAX_ITEMS ? index * (index % 3) : 0);
      break;
    case 6:
      hold (fixture);
      break;
    default:
      if (item != fixture->root)
        {
          g_autoptr(WeftTreeRow) row = weft_tree_list_find_row (fixture->list, item);

          item->is_open = throw (0, 3) > 0;
          weft_tree_row_set_expanded (row, item->is_open);
        }
    }
}

static void
test_random (Fixture      *fixture,
             gconstpointer data)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? N_ROUNDS_LONG : N_ROUNDS;

  for (guint i = 0; i < n_rounds; i++)
    {
      do_something (fixture);
      check (fixture);
    }
  g_assert_cmpuint (fixture->n_settled, >, 0);
}

/* --- Named cases ------------------------------------------------------------------------------------------- */

static void
expand (Fixture  *fixture,
        TestItem *item)
{
  g_autoptr(WeftTreeRow) row = weft_tree_list_find_row (fixture->list, item);

  item->is_open = TRUE;
  weft_tree_row_set_expanded (row, TRUE);
}

static void
test_moved_stays_open (Fixture      *fixture,
                       gconstpointer data)
{
  TestItem *a = add (fixture->root, 0);
  TestItem *b = add (fixture->root, 1);
  TestItem *inner = add (a, 0);

  add (inner, 0);
  expand (fixture, a);
  expand (fixture, inner);
  expand (fixture, b);
  check (fixture);
  g_assert_cmpuint (fixture->told->len, ==, 4);

  move (a, b, 0);
  check (fixture);
  g_assert_true (a->is_open && inner->is_open);
  g_assert_cmpuint (fixture->told->len, ==, 4);
}

static void
note_cb (GListModel *list,
         guint       position,
         guint       n_removed,
         guint       n_added,
         gpointer    user_data)
{
  guint *n_most = user_data;

  /* A view makes every row that is added together with a removal. */
  if (n_removed > 0)
    *n_most = MAX (*n_most, n_added);
}

/* What a view holds stays the same object, and is not told as removed, when everything around it changes. */
static void
test_held_stay (Fixture      *fixture,
                gconstpointer data)
{
  TestItem *first = NULL;
  guint n_most = 0;
  guint n_before, n_here = 0;

  for (guint i = 0; i < 5000; i++)
    {
      TestItem *item = add (fixture->root, i);

      if (i == 2500)
        first = item;
    }
  expand (fixture, first);
  for (guint i = 2490; i < 2530; i++)
    g_ptr_array_add (fixture->held, g_list_model_get_item (G_LIST_MODEL (fixture->list), i));
  g_signal_connect (fixture->list, "items-changed", G_CALLBACK (note_cb), &n_most);
  n_before = fixture->held->len;

  change_much (fixture->root, 0, 3000);
  for (guint i = 0; i < fixture->held->len; i++)
    {
      TestItem *item = weft_tree_row_get_item (fixture->held->pdata[i]);

      /* One that is gone has no parent any more. */
      n_here += item->above != NULL;
      g_assert_cmpint (item->above != NULL, ==, weft_tree_row_get_position (fixture->held->pdata[i]) != G_MAXUINT);
    }
  g_assert_cmpuint (n_here, >, n_before / 2);
  g_assert_cmpuint (n_most, <=, 64);
  check (fixture);
}

/* --- A million items --------------------------------------------------------------------------------------- */

#define N_MANY 1000000

#define TEST_TYPE_MANY (test_many_get_type ())
G_DECLARE_FINAL_TYPE (TestMany, test_many, TEST, MANY, GObject)

struct _TestMany
{
  GObject parent_instance;

  guint n_asked;
};

static GType
many_get_item_type (GListModel *model)
{
  return TEST_TYPE_ITEM;
}

static guint
many_get_n_items (GListModel *model)
{
  return N_MANY;
}

static gpointer
many_get_item (GListModel *model,
               guint       position)
{
  TEST_MANY (model)->n_asked++;

  return g_object_new (TEST_TYPE_ITEM, NULL);
}

static void
many_init (GListModelInterface *iface)
{
  iface->get_item_type = many_get_item_type;
  iface->get_n_items = many_get_n_items;
  iface->get_item = many_get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestMany, test_many, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, many_init))

static void
test_many_class_init (TestManyClass *klass)
{
}

static void
test_many_init (TestMany *self)
{
}

static GListModel *
list_many (gpointer item,
           gpointer user_data)
{
  return g_object_ref (user_data);
}

static gboolean
locate_nothing (gpointer  item,
                gpointer *parent,
                guint    *index,
                gpointer  user_data)
{
  return FALSE;
}

/* Levels of a million are shown, expanded and collapsed, and none of their items is asked for. */
static void
test_million (void)
{
  static const WeftTreeListFuncs many_funcs = { list_many, locate_nothing };
  g_autoptr(TestMany) many = g_object_new (TEST_TYPE_MANY, NULL);
  g_autoptr(WeftTreeList) list = weft_tree_list_new (G_LIST_MODEL (many), &many_funcs, many);
  g_autoptr(WeftTreeRow) row = g_list_model_get_item (G_LIST_MODEL (list), 5);
  g_autoptr(WeftTreeRow) inner = NULL;
  g_autoptr(WeftTreeRow) last = NULL;

  weft_tree_row_set_expanded (row, TRUE);
  inner = weft_tree_row_dup_child (row, 500000);
  weft_tree_row_set_expanded (inner, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, 3 * N_MANY);
  last = g_list_model_get_item (G_LIST_MODEL (list), 3 * N_MANY - 1);
  g_assert_cmpuint (weft_tree_row_get_position (last), ==, 3 * N_MANY - 1);
  g_assert_cmpuint (many->n_asked, ==, 3);

  weft_tree_row_set_expanded (row, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (list)), ==, N_MANY);
  g_assert_cmpuint (weft_tree_row_get_position (last), ==, N_MANY - 1);
  g_assert_cmpuint (weft_tree_row_get_position (inner), ==, G_MAXUINT);
  g_assert_false (weft_tree_row_get_expanded (inner));
  g_assert_cmpuint (many->n_asked, ==, 3);
}

/* A row may outlive its list. */
static void
test_outlives (Fixture      *fixture,
               gconstpointer data)
{
  TestItem *a = add (fixture->root, 0);

  add (a, 0);
  expand (fixture, a);
  g_ptr_array_add (fixture->held, weft_tree_list_find_row (fixture->list, a));
  g_clear_object (&fixture->list);
  g_assert_false (weft_tree_row_get_expanded (fixture->held->pdata[0]));
  weft_tree_row_set_expanded (fixture->held->pdata[0], TRUE);
  g_assert_false (weft_tree_row_get_expanded (fixture->held->pdata[0]));

  /* For the tearing down. */
  g_ptr_array_set_size (fixture->held, 0);
  fixture->list = weft_tree_list_new (G_LIST_MODEL (fixture->root->children), &funcs, fixture);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int    argc,
      char **argv)
{
  int result;

  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  dice = g_rand_new_with_seed (g_getenv ("WEFT_TEST_LONG") != NULL ? (guint32) g_test_rand_int () : 18);

  ADD ("/model/tree-list/is-like-a-naive-one", test_random);
  ADD ("/model/tree-list/what-is-moved-stays-open", test_moved_stays_open);
  ADD ("/model/tree-list/what-is-held-stays", test_held_stay);
  ADD ("/model/tree-list/rows-outlive-it", test_outlives);
  g_test_add_func ("/model/tree-list/a-million-cost-nothing", test_million);

  result = g_test_run ();
  g_rand_free (dice);

  return result;
}
