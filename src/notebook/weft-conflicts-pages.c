/* weft-conflicts-pages.c - conflicts in the page tree
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What two sides did while apart does not change any more once all of it is there: it is read once for each list of
 * stretches and kept with the notebook doc. What that means now, in the tree as it is, is judged each time.
 */

#include "config.h"

#include "notebook/weft-conflicts-private.h"
#include "notebook/weft-notebook-doc-private.h"
#include "notebook/weft-op-log.h"

#include <string.h>

/* The last op of one side on one property, or on the place, of a page. */
typedef struct
{
  WeftPageId page;
  char *key; /* NULL: the place */
  WeftOpId id;
  guint64 lamport;
  WeftPageId parent;
  char *position;
  WeftAny *value;
} Deed;

/* What one side did. */
typedef struct
{
  GHashTable *deeds;     /* Deed -> itself */
  GHashTable *edited;    /* page id -> WeftId of its `edited` entry */
  GPtrArray *moves;      /* of @deeds, borrowed: all moves */
  GPtrArray *deletions;  /* those moves that are to the trash */
  GPtrArray *properties; /* the others of @deeds */

  /* While it is read */
  WeftConflictFinder *finder;
  const WeftStretch *stretch;
  WeftType *edited_map;
  gboolean is_missed; /* the side of those that were not apart */
} Side;

/* The two sides of a stretch. */
typedef struct
{
  Side mine;
  Side theirs;
  GPtrArray *both; /* of Deed, borrowed: what both did, two by two, mine first */
} Parted;

struct _WeftPartedCache
{
  GArray *ids;       /* WeftId: the entries of the stretches that this is made of */
  GPtrArray *parted; /* Parted */
};

static void
deed_free (gpointer data)
{
  Deed *deed = data;

  g_free (deed->key);
  g_free (deed->position);
  g_clear_pointer (&deed->value, weft_any_unref);
  g_free (deed);
}

static guint
deed_hash (gconstpointer data)
{
  const Deed *deed = data;

  return weft_page_id_hash (&deed->page) ^ (deed->key != NULL ? g_str_hash (deed->key) : 0);
}

static gboolean
deed_equal (gconstpointer a,
            gconstpointer b)
{
  const Deed *x = a, *y = b;

  return weft_page_id_equal (&x->page, &y->page) && g_strcmp0 (x->key, y->key) == 0;
}

static WeftId
item_of (const WeftOpId *id)
{
  return (WeftId){ id->client, id->clock };
}

static void
collect_op_cb (const WeftOpId *id,
               const WeftOp   *op,
               gpointer        user_data)
{
  Side *side = user_data;
  Deed asked = { .page = op->page, .key = op->kind == WEFT_OP_SET ? op->key : NULL };
  const Deed *known;
  Deed *deed;

  if (op->kind > WEFT_OP_SET
      || (side->is_missed
          && weft_conflict_finder_knew (side->finder, item_of (id),
                                        (WeftId){ side->stretch->client, side->stretch->from })))
    return;

  known = g_hash_table_lookup (side->deeds, &asked);
  if (known != NULL && weft_op_order (known->lamport, &known->id, op->lamport, id) > 0)
    return;

  deed = g_new0 (Deed, 1);
  deed->page = op->page;
  deed->key = g_strdup (asked.key);
  deed->id = *id;
  deed->lamport = op->lamport;
  deed->parent = op->parent;
  deed->position = g_strdup (op->position);
  deed->value = op->value != NULL ? weft_any_ref (op->value) : NULL;
  g_hash_table_replace (side->deeds, deed, deed);
}

static gboolean
collect_edited_cb (const WeftItemInfo *item,
                   gpointer            user_data)
{
  Side *side = user_data;
  WeftPageId page;

  if (item->parent == side->edited_map && item->parent_sub != NULL
      && weft_page_id_parse (&page, item->parent_sub))
    g_hash_table_replace (side->edited, g_memdup2 (&page, sizeof page),
                          g_memdup2 (&item->id, sizeof item->id));

  return TRUE;
}

static void
collect_range (WeftClientId client,
               WeftClock    from,
               WeftClock    to,
               gpointer     user_data)
{
  Side *side = user_data;

  weft_op_log_read (side->finder->doc, client, from, to, collect_op_cb, side);
  if (from < to)
    weft_doc_foreach_item (side->finder->doc, client, from, to, collect_edited_cb, side);
}

static void
side_init (Side               *side,
           WeftConflictFinder *finder,
           const WeftStretch  *stretch,
           gboolean            is_missed)
{
  GHashTableIter iter;
  gpointer value;

  side->finder = finder;
  side->stretch = stretch;
  side->is_missed = is_missed;
  side->edited_map = weft_doc_get_map (finder->doc, "edited");
  side->deeds = g_hash_table_new_full (deed_hash, deed_equal, NULL, deed_free);
  side->edited = g_hash_table_new_full (weft_page_id_hash, weft_page_id_equal, g_free, g_free);
  side->moves = g_ptr_array_new ();
  side->deletions = g_ptr_array_new ();
  side->properties = g_ptr_array_new ();

  if (is_missed)
    weft_stretch_foreach_missed (stretch, collect_range, side);
  else
    collect_range (stretch->client, stretch->from, stretch->to, side);

  g_hash_table_iter_init (&iter, side->deeds);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Deed *deed = value;

      g_ptr_array_add (deed->key == NULL ? side->moves : side->properties, value);
      if (deed->key == NULL && weft_page_id_is_trash (&deed->parent))
        g_ptr_array_add (side->deletions, value);
    }
}

static void
side_clear (Side *side)
{
  g_ptr_array_unref (side->moves);
  g_ptr_array_unref (side->deletions);
  g_ptr_array_unref (side->properties);
  g_hash_table_unref (side->deeds);
  g_hash_table_unref (side->edited);
}

static Parted *
parted_new (WeftConflictFinder *finder,
            const WeftStretch  *stretch)
{
  Parted *self = g_new0 (Parted, 1);
  GHashTableIter iter;
  gpointer value;

  side_init (&self->mine, finder, stretch, FALSE);
  side_init (&self->theirs, finder, stretch, TRUE);
  self->both = g_ptr_array_new ();

  g_hash_table_iter_init (&iter, self->mine.deeds);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      gpointer other = g_hash_table_lookup (self->theirs.deeds, value);

      if (other == NULL)
        continue;
      g_ptr_array_add (self->both, value);
      g_ptr_array_add (self->both, other);
    }

  return self;
}

static void
parted_free (gpointer data)
{
  Parted *self = data;

  side_clear (&self->mine);
  side_clear (&self->theirs);
  g_ptr_array_unref (self->both);
  g_free (self);
}

void
weft_parted_cache_free (WeftPartedCache *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->ids);
  g_ptr_array_unref (self->parted);
  g_free (self);
}

static gboolean
is_of (const WeftPartedCache *self,
       GPtrArray             *stretches)
{
  if (self == NULL || self->ids->len != stretches->len)
    return FALSE;

  for (guint i = 0; i < stretches->len; i++)
    if (!weft_id_equal (g_array_index (self->ids, WeftId, i), ((const WeftStretch *) stretches->pdata[i])->id))
      return FALSE;

  return TRUE;
}

/* Whether all that @stretch speaks of is in @state. */
static gboolean
is_complete (const WeftStretch     *stretch,
             const WeftStateVector *state)
{
  if (weft_state_vector_get (state, stretch->client) < stretch->to)
    return FALSE;

  for (gsize i = 0; i < weft_state_vector_get_n_clients (stretch->until); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (stretch->until, i, &client, &clock);
      if (weft_state_vector_get (state, client) < clock)
        return FALSE;
    }

  return TRUE;
}

/* @complete: (out): whether it will always be the same */
static WeftPartedCache *
parted_cache_new (WeftConflictFinder *finder,
                  gboolean           *complete)
{
  WeftPartedCache *self = g_new0 (WeftPartedCache, 1);
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (finder->doc);

  self->ids = g_array_new (FALSE, FALSE, sizeof (WeftId));
  self->parted = g_ptr_array_new_with_free_func (parted_free);
  *complete = TRUE;

  for (guint i = 0; i < finder->stretches->len; i++)
    {
      const WeftStretch *stretch = finder->stretches->pdata[i];

      g_array_append_val (self->ids, stretch->id);
      if (stretch->met == NULL)
        continue;
      *complete = *complete && is_complete (stretch, state);
      g_ptr_array_add (self->parted, parted_new (finder, stretch));
    }

  return self;
}

static WeftAny *
make_place (const WeftPageId *parent,
            const char       *position)
{
  WeftAny *place = weft_any_new_object ();
  WeftPageIdText text;

  weft_any_object_take (place, "parent", weft_any_new_string (weft_page_id_format (parent, text)));
  weft_any_object_take (place, "position", weft_any_new_string (position));

  return place;
}

static WeftAny *
value_of (const Deed *deed)
{
  if (deed->key == NULL)
    return make_place (&deed->parent, deed->position);

  return weft_any_ref (deed->value);
}

/* Two deeds, the one in force first. */
static void
take_pair (WeftConflictFinder *finder,
           WeftConflictKind    kind,
           const char         *name,
           const Deed         *in_force,
           const Deed         *other)
{
  WeftConflict *conflict = g_new0 (WeftConflict, 1);

  conflict->id = weft_conflict_make_id (name, &in_force->id, &other->id);
  conflict->kind = kind;
  conflict->page = other->page;
  conflict->other_page = in_force->page;
  conflict->key = g_strdup (other->key);
  weft_conflict_finder_fill (finder, &conflict->sides[0], item_of (&in_force->id),
                             value_of (in_force));
  weft_conflict_finder_fill (finder, &conflict->sides[1], item_of (&other->id), value_of (other));
  weft_conflict_finder_take (finder, conflict);
}

/* Where a choice was taken back, undo did again what was in force before: what it made so counts as that. */
static gboolean
holds_again (WeftConflictFinder *finder,
             WeftPageTree       *tree,
             const Deed         *deed)
{
  WeftPageId parent;

  if (!finder->has_undone)
    return FALSE;

  if (deed->key != NULL)
    {
      g_autoptr(WeftAny) now = weft_page_tree_dup_property (tree, &deed->page, deed->key);

      return weft_notebook_doc_same_value (now, deed->value);
    }

  return weft_page_tree_get_parent (tree, &deed->page, &parent)
         && weft_page_id_equal (&parent, &deed->parent);
}

/* One property of a page set by both. */
static void
compare_property (WeftConflictFinder *finder,
                  WeftPageTree       *tree,
                  const Deed         *a,
                  const Deed         *b)
{
  WeftOpId now;

  if (weft_notebook_doc_same_value (a->value, b->value)
      || !weft_page_tree_get_property_op (tree, &a->page, a->key, &now))
    return;

  if (weft_op_id_compare (&now, &a->id) == 0)
    take_pair (finder, WEFT_CONFLICT_PROPERTY, "property", a, b);
  else if (weft_op_id_compare (&now, &b->id) == 0)
    take_pair (finder, WEFT_CONFLICT_PROPERTY, "property", b, a);
  else if (holds_again (finder, tree, a))
    take_pair (finder, WEFT_CONFLICT_PROPERTY, "property", a, b);
  else if (holds_again (finder, tree, b))
    take_pair (finder, WEFT_CONFLICT_PROPERTY, "property", b, a);
}

/* One page moved, or deleted, by both. */
static void
compare_moves (WeftConflictFinder *finder,
               WeftPageTree       *tree,
               const Deed         *a,
               const Deed         *b)
{
  WeftMoveState state_a = weft_page_tree_get_move_state (tree, a->lamport, &a->id);
  WeftMoveState state_b = weft_page_tree_get_move_state (tree, b->lamport, &b->id);

  /* Another order among the same siblings is not worth a card. */
  if (weft_page_id_equal (&a->parent, &b->parent))
    return;

  if (state_a == WEFT_MOVE_IN_FORCE && state_b == WEFT_MOVE_OVERRIDDEN)
    take_pair (finder, WEFT_CONFLICT_MOVE, "move", a, b);
  else if (state_b == WEFT_MOVE_IN_FORCE && state_a == WEFT_MOVE_OVERRIDDEN)
    take_pair (finder, WEFT_CONFLICT_MOVE, "move", b, a);
  else if (state_a == WEFT_MOVE_OVERRIDDEN && state_b == WEFT_MOVE_OVERRIDDEN)
    {
      if (holds_again (finder, tree, a))
        take_pair (finder, WEFT_CONFLICT_MOVE, "move", a, b);
      else if (holds_again (finder, tree, b))
        take_pair (finder, WEFT_CONFLICT_MOVE, "move", b, a);
    }
}

static const Deed *
find_move (Side             *side,
           const WeftPageId *page)
{
  const Deed asked = { .page = *page };

  return g_hash_table_lookup (side->deeds, &asked);
}

/* A move of @side that was skipped, because of one of @others. */
static void
check_cycle (WeftConflictFinder *finder,
             WeftPageTree       *tree,
             const Deed         *deed,
             Side               *others)
{
  WeftPageId page = deed->parent;
  guint64 lamport;
  WeftOpId now;

  if (weft_page_tree_get_move_state (tree, deed->lamport, &deed->id) != WEFT_MOVE_SKIPPED)
    return;
  /* Moved again since */
  if (!finder->has_undone && weft_page_tree_get_move_op (tree, &deed->page, &lamport, &now)
      && weft_op_order (lamport, &now, deed->lamport, &deed->id) > 0)
    return;
  /* It would be possible by now. */
  if (!weft_page_tree_is_below (tree, &deed->parent, &deed->page))
    return;

  do
    {
      const Deed *cause = find_move (others, &page);

      if (cause != NULL
          && (weft_page_tree_get_move_state (tree, cause->lamport, &cause->id) == WEFT_MOVE_IN_FORCE
              || holds_again (finder, tree, cause)))
        {
          take_pair (finder, WEFT_CONFLICT_CYCLE, "cycle", cause, deed);
          return;
        }
    }
  while (weft_page_tree_get_parent (tree, &page, &page)
         && !weft_page_id_equal (&page, &deed->page));
}

/* The lower of two changes, so that all replicas name the same one. */
static void
consider (WeftOpId       *found,
          gboolean       *has_found,
          const WeftOpId *id)
{
  if (!*has_found || weft_op_id_compare (id, found) < 0)
    *found = *id;
  *has_found = TRUE;
}

/* The change of @others in the subtree of @page that brought it back. */
static gboolean
find_reason (WeftPageTree     *tree,
             const WeftPageId *page,
             Side             *others,
             WeftOpId         *reason)
{
  GHashTableIter iter;
  gpointer key, value;
  gboolean has_reason = FALSE;

  g_hash_table_iter_init (&iter, others->deeds);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Deed *deed = value;

      if (deed->key == NULL && !weft_page_id_equal (&deed->page, page)
          && weft_page_tree_is_below (tree, &deed->page, page))
        consider (reason, &has_reason, &deed->id);
    }

  g_hash_table_iter_init (&iter, others->edited);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (weft_page_tree_is_below (tree, key, page))
      {
        const WeftId *id = value;

        consider (reason, &has_reason, &(WeftOpId){ id->client, id->clock, 0 });
      }

  return has_reason;
}

/* Whether the page was deleted once more as a choice, and that was taken back. */
static gboolean
is_returned_again (WeftConflictFinder *finder,
                   WeftPageTree       *tree,
                   const Deed         *deed)
{
  g_autofree char *id = weft_conflict_make_id ("returned", &deed->id, &deed->id);

  return weft_conflict_finder_is_undone (finder, id) && weft_page_tree_is_living (tree, &deed->page);
}

/* A deletion of @side that does not hold, because of a change by one of @others. One card for a deletion, however
 * many changed something: there is one thing to decide. */
static void
check_returned (WeftConflictFinder *finder,
                WeftPageTree       *tree,
                const Deed         *deed,
                Side               *others)
{
  WeftConflict *conflict;
  WeftOpId reason;

  if ((weft_page_tree_get_move_state (tree, deed->lamport, &deed->id) != WEFT_MOVE_RETURNED
       && !is_returned_again (finder, tree, deed))
      || !find_reason (tree, &deed->page, others, &reason))
    return;

  conflict = g_new0 (WeftConflict, 1);
  conflict->id = weft_conflict_make_id ("returned", &deed->id, &deed->id);
  conflict->kind = WEFT_CONFLICT_RETURNED;
  conflict->page = deed->page;
  weft_conflict_finder_fill (finder, &conflict->sides[0], item_of (&reason), weft_any_new_null ());
  weft_conflict_finder_fill (finder, &conflict->sides[1], item_of (&deed->id), value_of (deed));
  weft_conflict_finder_take (finder, conflict);
}

/* A property of @side set on a page that one of @others deleted, and that is still in the trash. */
static void
check_deleted (WeftConflictFinder *finder,
               WeftPageTree       *tree,
               const Deed         *deed,
               Side               *others)
{
  WeftPageId top, parent;
  const char *position;
  WeftOpId now;
  const Deed *deletion;
  WeftConflict *conflict;

  if (!weft_page_tree_get_property_op (tree, &deed->page, deed->key, &now)
      || weft_op_id_compare (&now, &deed->id) != 0
      || !weft_page_tree_get_home (tree, &deed->page, &top, &parent, &position))
    return;

  deletion = find_move (others, &top);
  if (deletion == NULL || !weft_page_id_is_trash (&deletion->parent)
      || (weft_page_tree_get_move_state (tree, deletion->lamport, &deletion->id) != WEFT_MOVE_IN_FORCE
          && !holds_again (finder, tree, deletion)))
    return;

  conflict = g_new0 (WeftConflict, 1);
  conflict->id = weft_conflict_make_id ("deleted", &deletion->id, &deed->id);
  conflict->kind = WEFT_CONFLICT_DELETED;
  conflict->page = deed->page;
  conflict->other_page = top;
  conflict->key = g_strdup (deed->key);
  weft_conflict_finder_fill (finder, &conflict->sides[0], item_of (&deletion->id),
                             value_of (deletion));
  weft_conflict_finder_fill (finder, &conflict->sides[1], item_of (&deed->id), value_of (deed));
  weft_conflict_finder_take (finder, conflict);
}

/* A move was skipped because of one further down: so from the side that has fewer moves. */
static void
check_cycles (WeftConflictFinder *finder,
              WeftPageTree       *tree,
              Side               *side,
              Side               *others)
{
  if (side->moves->len <= others->moves->len)
    {
      for (guint i = 0; i < side->moves->len; i++)
        check_cycle (finder, tree, side->moves->pdata[i], others);
      return;
    }

  for (guint i = 0; i < others->moves->len; i++)
    {
      WeftPageId page = ((const Deed *) others->moves->pdata[i])->page;

      while (weft_page_tree_get_parent (tree, &page, &page) && !weft_page_id_is_root (&page))
        {
          const Deed *deed = find_move (side, &page);

          if (deed != NULL)
            check_cycle (finder, tree, deed, others);
        }
    }
}

static gboolean
has_deletion_in_force (WeftConflictFinder *finder,
                       WeftPageTree       *tree,
                       Side               *side)
{
  for (guint i = 0; i < side->deletions->len; i++)
    {
      const Deed *deed = side->deletions->pdata[i];

      if (weft_page_tree_get_move_state (tree, deed->lamport, &deed->id) == WEFT_MOVE_IN_FORCE
          || holds_again (finder, tree, deed))
        return TRUE;
    }

  return FALSE;
}

/* What either side did alone that the other made void. */
static void
check_alone (WeftConflictFinder *finder,
             WeftPageTree       *tree,
             Side               *side,
             Side               *others)
{
  check_cycles (finder, tree, side, others);
  for (guint i = 0; i < side->deletions->len; i++)
    check_returned (finder, tree, side->deletions->pdata[i], others);
  if (has_deletion_in_force (finder, tree, others))
    for (guint i = 0; i < side->properties->len; i++)
      check_deleted (finder, tree, side->properties->pdata[i], others);
}

static void
check_both (WeftConflictFinder *finder,
            WeftPageTree       *tree,
            const GPtrArray    *both)
{
  for (guint i = 0; i < both->len; i += 2)
    {
      const Deed *mine = both->pdata[i], *theirs = both->pdata[i + 1];

      if (mine->key != NULL)
        compare_property (finder, tree, mine, theirs);
      else
        compare_moves (finder, tree, mine, theirs);
    }
}

static gboolean
count_entry_cb (const WeftItemInfo *item,
                gpointer            user_data)
{
  *(guint64 *) user_data += item->length;

  return *(guint64 *) user_data < 2;
}

/* Whether anything of the notebook itself was ever written more than once. */
static gboolean
has_rewritten (WeftType *info)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (info);

  for (guint i = 0; i < keys->len; i++)
    {
      guint64 n_entries = 0;

      weft_map_foreach_entry (info, keys->pdata[i], count_entry_cb, &n_entries);
      if (n_entries > 1)
        return TRUE;
    }

  return FALSE;
}

/* The title of the notebook is a register of a map; it becomes a property of the root. */
static void
check_info (WeftConflictFinder *finder)
{
  WeftType *info = weft_doc_get_map (finder->doc, "notebook");

  if (has_rewritten (info))
    weft_conflict_finder_check_maps (finder, NULL, info);

  for (guint i = 0; i < finder->found->len; i++)
    {
      WeftConflict *conflict = finder->found->pdata[i];

      conflict->kind = WEFT_CONFLICT_PROPERTY;
      conflict->page = weft_page_id_root;
      g_free (conflict->key);
      conflict->key = g_strdup (WEFT_PAGE_TITLE);
      for (guint side = 0; side < G_N_ELEMENTS (conflict->sides); side++)
        {
          g_autoptr(WeftAny) values = g_steal_pointer (&conflict->sides[side].value);
          const WeftAny *title = weft_any_lookup (values, WEFT_PAGE_TITLE);

          conflict->sides[side].value = title != NULL ? weft_any_ref ((WeftAny *) title)
                                                      : weft_any_new_null ();
        }
    }
}

/**
 * weft_conflicts_list_pages:
 * @notebook: a notebook doc
 * @users: (nullable): the people of that doc
 *
 * Returns: (transfer full) (element-type WeftConflict): the open conflicts of its pages
 */
GPtrArray *
weft_conflicts_list_pages (WeftNotebookDoc *notebook,
                           WeftUsers       *users)
{
  WeftPageTree *tree = weft_notebook_doc_get_tree (notebook);
  WeftPartedCache *cache = notebook->parted;
  gboolean is_kept = TRUE;
  WeftConflictFinder finder;

  weft_notebook_doc_settle (notebook, G_MAXUINT);
  weft_conflict_finder_init (&finder, weft_notebook_doc_get_doc (notebook), users);
  check_info (&finder);
  if (!is_of (cache, finder.stretches))
    {
      g_clear_pointer (&notebook->parted, weft_parted_cache_free);
      cache = parted_cache_new (&finder, &is_kept);
      if (is_kept)
        notebook->parted = cache;
    }

  for (guint i = 0; i < cache->parted->len; i++)
    {
      Parted *parted = cache->parted->pdata[i];

      check_both (&finder, tree, parted->both);
      check_alone (&finder, tree, &parted->mine, &parted->theirs);
      check_alone (&finder, tree, &parted->theirs, &parted->mine);
    }
  if (!is_kept)
    weft_parted_cache_free (cache);

  return weft_conflict_finder_finish (&finder);
}

/* Puts @page where @place says, if that can be. */
static void
move_to_place (WeftNotebookDoc  *notebook,
               const WeftPageId *page,
               const WeftAny    *place)
{
  const WeftAny *parent_text = weft_any_lookup (place, "parent");
  const WeftAny *position = weft_any_lookup (place, "position");
  WeftPageId parent;

  if (parent_text == NULL || position == NULL
      || !weft_page_id_parse (&parent, weft_any_get_string (parent_text)))
    return;

  if (weft_page_id_is_trash (&parent))
    weft_notebook_doc_trash (notebook, page);
  else if (weft_notebook_doc_can_move (notebook, page, &parent)
           && weft_page_tree_is_living (weft_notebook_doc_get_tree (notebook), &parent))
    {
      weft_notebook_doc_begin (notebook);
      weft_notebook_doc_push_move (notebook, page, &parent, weft_any_get_string (position));
      weft_notebook_doc_commit (notebook);
    }
}

static void
bring_in_force (const WeftConflict *self,
                WeftNotebookDoc    *notebook)
{
  const WeftAny *value = self->sides[1].value;
  WeftPageTree *tree = weft_notebook_doc_get_tree (notebook);
  WeftPageId parent;

  switch (self->kind)
    {
    case WEFT_CONFLICT_PROPERTY:
      if (weft_page_id_is_root (&self->page))
        {
          if (value != NULL && weft_any_get_string (value) != NULL)
            weft_notebook_doc_set_title (notebook, weft_any_get_string (value));
          break;
        }
      weft_notebook_doc_set_property (notebook, &self->page, self->key,
                                      weft_any_ref ((WeftAny *) value));
      break;

    case WEFT_CONFLICT_MOVE:
      move_to_place (notebook, &self->page, value);
      break;

    case WEFT_CONFLICT_CYCLE:
      /* What was put below the page first takes its place; then the page can go below that. */
      if (weft_page_tree_get_parent (tree, &self->page, &parent)
          && weft_notebook_doc_move (notebook, &self->other_page, &parent, &self->page))
        move_to_place (notebook, &self->page, value);
      break;

    case WEFT_CONFLICT_RETURNED:
      weft_notebook_doc_trash (notebook, &self->page);
      break;

    case WEFT_CONFLICT_DELETED:
      weft_notebook_doc_restore (notebook, &self->other_page);
      break;

    default:
      g_return_if_reached ();
    }
}

/**
 * weft_conflict_settle_page:
 * @self: a conflict of weft_conflicts_list_pages()
 * @notebook: its notebook doc
 * @keep_other: whether the value that is not in force shall be
 * @user: (nullable): who decides
 *
 * A step of undo, which weft_notebook_doc_undo_choice() takes back too.
 */
void
weft_conflict_settle_page (const WeftConflict *self,
                           WeftNotebookDoc    *notebook,
                           gboolean            keep_other,
                           const char         *user)
{
  WeftType *resolved = weft_doc_get_map (weft_notebook_doc_get_doc (notebook), "resolved");

  weft_notebook_doc_begin (notebook);
  if (keep_other)
    bring_in_force (self, notebook);
  weft_notebook_doc_set_entry (notebook, resolved, self->id,
                               user != NULL ? weft_any_new_string (user) : weft_any_new_null ());
  weft_notebook_doc_commit (notebook);
}
