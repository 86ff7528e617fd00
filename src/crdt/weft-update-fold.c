/* weft-update-fold.c - joins updates that wait, one after the other
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Yjs joins each update that has to wait with all that waits already. Where the same unit waits twice and not alike
 * (as it was written, and as somebody else sent it, deleted and collected) it matters who came first, and
 * mergeUpdates (a, b, c) is not mergeUpdates (mergeUpdates (a, b), c). Here is what the latter would make, in
 * O(n log n) for n structs of any number of updates.
 *
 * A *stretch* is what one update has of one client without a gap. mergeUpdates (all, next) reads a stretch to its end
 * before it looks at another one, and begins with the one that starts first. So a stretch of @next gives what lies
 * behind the end of the stretch of @all in which it starts, if there is one:
 *
 *     all       ─────────      ───        ────
 *     next          ══════════════════
 *     together  ─────────═════════════    ────
 *
 * Where both start at the same unit, the one goes first whose reader got there last; but where one of them starts with
 * a collected run and the other one does not, the other way round. (Of two collected runs side by side in one update,
 * which no document writes, Yjs may leave the stretch after the first.)
 */

#include "config.h"

#include "crdt/weft-update-lazy-private.h"

typedef struct
{
  WeftClientId client;
  guint64      start, end;
  guint        source : 31; /* index of the update */
  guint        is_gc : 1;   /* whether it begins with a collected run */
} Stretch;

/* Greater clients come first, as in updates. */
static int
compare_stretches (gconstpointer a,
                   gconstpointer b)
{
  const Stretch *x = a, *y = b;

  if (x->client != y->client)
    return x->client > y->client ? -1 : 1;

  return x->start < y->start ? -1 : x->start > y->start;
}

static int
compare_nodes (gconstpointer a,
               gconstpointer b,
               gpointer      user_data)
{
  return compare_stretches (a, b);
}

static guint64
end_of (const WeftLazyStruct *item)
{
  return item->clock + item->len;
}

/* The stretches of all updates, in the order of the updates. */
static GArray *
list_stretches (GPtrArray       *updates,
                WeftUpdateFormat format)
{
  GArray *stretches = g_array_new (FALSE, FALSE, sizeof (Stretch));

  for (guint i = 0; i < updates->len; i++)
    {
      Stretch *last = NULL;
      WeftLazyReader reader;

      weft_lazy_reader_init (&reader, g_ptr_array_index (updates, i), format, TRUE, TRUE);
      for (; !reader.done; weft_lazy_reader_next (&reader))
        {
          const WeftLazyStruct *item = &reader.curr;

          if (last != NULL && last->client == item->client && last->end == item->clock)
            {
              last->end = end_of (item);
              continue;
            }
          g_array_append_val (stretches, ((Stretch) { item->client, item->clock, end_of (item), i,
                                                     item->kind == WEFT_CONTENT_GC }));
          last = &g_array_index (stretches, Stretch, stretches->len - 1);
        }
      weft_lazy_reader_clear (&reader);
    }

  return stretches;
}

static gboolean
overlap (GArray *stretches)
{
  g_autoptr(GArray) sorted = g_array_copy (stretches);

  g_array_sort (sorted, compare_stretches);
  for (guint i = 1; i < sorted->len; i++)
    {
      const Stretch *one = &g_array_index (sorted, Stretch, i - 1), *next = one + 1;

      if (one->client == next->client && next->start < one->end)
        return TRUE;
    }

  return FALSE;
}

/* The last one that starts at or before @key, or before it. (nullable) */
static GTreeNode *
find_before (GTree         *tree,
             const Stretch *key,
             gboolean       or_at)
{
  GTreeNode *after = or_at ? g_tree_upper_bound (tree, key) : g_tree_lower_bound (tree, key);

  return after != NULL ? g_tree_node_previous (after) : g_tree_node_last (tree);
}

static const Stretch *
node_stretch (GTreeNode *node)
{
  return node != NULL ? g_tree_node_key (node) : NULL;
}

static void
insert (GTree        *tree,
        Stretch       stretch,
        guint64       start,
        guint64       end)
{
  stretch.start = start;
  stretch.end = end;
  g_tree_insert (tree, g_memdup2 (&stretch, sizeof stretch), NULL);
}

/* @stretch gives its units from @start on, which so far began a stretch or belonged to nobody. */
static void
give (GTree         *given,
      const Stretch *stretch,
      guint64        start)
{
  const Stretch key = { stretch->client, start, stretch->end };
  GTreeNode *node;

  while ((node = g_tree_lower_bound (given, &key)) != NULL)
    {
      Stretch old = *node_stretch (node);

      if (old.client != stretch->client || old.start >= stretch->end)
        break;
      g_tree_remove (given, &old);
      if (old.end > stretch->end)
        insert (given, old, stretch->end, old.end);
    }
  insert (given, *stretch, start, stretch->end);
}

/* All the units of @stretch wait from now on. */
static void
cover (GTree         *covered,
       GTree         *given,
       const Stretch *stretch)
{
  const Stretch *other = node_stretch (find_before (covered, stretch, TRUE));
  Stretch whole = *stretch;
  GTreeNode *node;

  if (other != NULL && other->client == whole.client && other->end >= whole.start)
    whole.start = other->start;
  while ((node = g_tree_lower_bound (covered, &whole)) != NULL)
    {
      Stretch old = *node_stretch (node);

      if (old.client != whole.client || old.start > whole.end)
        break;
      whole.end = MAX (whole.end, old.end);
      g_tree_remove (covered, &old);
    }
  /* The first unit is as in the update that gives it. */
  whole.is_gc = node_stretch (g_tree_lookup_node (given, &whole))->is_gc;
  insert (covered, whole, whole.start, whole.end);
}

/* Of the stretches that both readers read before they came to one that starts at the same unit: whether that of the
 * newer update was read last. */
static gboolean
was_read_last (const Stretch *older,
               const Stretch *newer,
               gboolean       newer_went_first)
{
  int order;

  if (newer == NULL || older == NULL)
    return newer != NULL;
  order = compare_stretches (newer, older);

  return order > 0 || (order == 0 && !newer_went_first);
}

/* What of each stretch is not given by the updates before, and what it takes from them. */
static void
give_stretches (GTree         *given,
                GTree         *covered,
                const Stretch *stretches,
                guint          n)
{
  gboolean went_first = FALSE;

  for (guint i = 0; i < n; i++)
    {
      const Stretch *stretch = &stretches[i];
      GTreeNode *node = find_before (covered, stretch, TRUE);
      const Stretch *within = node_stretch (node);
      guint64 start = stretch->start;

      if (within != NULL && within->client == stretch->client && within->end > start)
        {
          went_first = within->start == start
                       && was_read_last (node_stretch (g_tree_node_previous (node)),
                                         i > 0 ? stretch - 1 : NULL, went_first)
                              == (within->is_gc == stretch->is_gc);
          if (!went_first)
            start = within->end;
        }
      if (start < stretch->end)
        give (given, stretch, start);
    }
  for (guint i = 0; i < n; i++)
    cover (covered, given, &stretches[i]);
}

typedef struct
{
  WeftLazyReader *readers;
  WeftLazyWriter  writer;
  WeftLazyStruct  item; /* what will be written next */
  gboolean        some;
} Fold;

/* Takes the reader's struct in place of what is written. */
static void
take (Fold           *fold,
      WeftLazyReader *reader)
{
  WeftLazyStruct old = fold->item;

  if (fold->some)
    weft_lazy_writer_put (&fold->writer, &fold->item, 0);
  fold->item = reader->curr;
  reader->curr = old;
  fold->some = TRUE;
  weft_lazy_reader_next (reader);
}

static void
write_stretch (Fold          *fold,
               const Stretch *stretch)
{
  WeftLazyReader *reader = &fold->readers[stretch->source];
  WeftLazyStruct *item = &fold->item, *curr = &reader->curr;

  while (curr->client > stretch->client || (curr->client == stretch->client && end_of (curr) <= stretch->start))
    weft_lazy_reader_next (reader);
  if (curr->clock < stretch->start)
    weft_lazy_struct_slice (curr, stretch->start - curr->clock);

  if (fold->some && item->client == stretch->client && end_of (item) < stretch->start)
    {
      weft_lazy_writer_put (&fold->writer, item, 0);
      item->clock = end_of (item);
      item->len = stretch->start - item->clock;
      item->kind = WEFT_CONTENT_SKIP;
      item->info = 0;
    }
  else if (fold->some && item->client == stretch->client)
    {
      /* Only here, where Yjs turns from one reader to another, are runs joined. */
      while (!reader->done && item->kind == WEFT_CONTENT_GC && curr->kind == WEFT_CONTENT_GC
             && curr->client == stretch->client && curr->clock == end_of (item))
        {
          item->len += curr->len;
          weft_lazy_reader_next (reader);
        }
    }
  while (!reader->done && curr->client == stretch->client && curr->clock < stretch->end)
    take (fold, reader);
}

static GBytes *
write_stretches (GTree           *given,
                 GPtrArray       *updates,
                 WeftUpdateFormat format)
{
  g_autofree WeftLazyReader *readers = g_new0 (WeftLazyReader, updates->len);
  g_autoptr(GArray) deletes = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));
  Fold fold = { .readers = readers };
  GBytes *folded;

  weft_lazy_struct_init (&fold.item);
  weft_lazy_writer_init (&fold.writer, format);
  for (guint i = 0; i < updates->len; i++)
    weft_lazy_reader_init (&readers[i], g_ptr_array_index (updates, i), format, TRUE, TRUE);

  for (GTreeNode *node = g_tree_node_first (given); node != NULL; node = g_tree_node_next (node))
    write_stretch (&fold, node_stretch (node));
  if (fold.some)
    weft_lazy_writer_put (&fold.writer, &fold.item, 0);
  folded = weft_lazy_writer_finish (&fold.writer, deletes);

  for (guint i = 0; i < updates->len; i++)
    weft_lazy_reader_clear (&readers[i]);
  weft_lazy_struct_clear (&fold.item);
  weft_lazy_writer_clear (&fold.writer);

  return folded;
}

GBytes *
weft_update_fold (GPtrArray       *updates,
                  WeftUpdateFormat format)
{
  g_autoptr(GArray) stretches = list_stretches (updates, format);
  g_autoptr(GTree) given = NULL, covered = NULL;

  /* Nearly always no unit waits twice. */
  if (!overlap (stretches))
    return weft_update_merge (updates, format);

  given = g_tree_new_full (compare_nodes, NULL, g_free, NULL);
  covered = g_tree_new_full (compare_nodes, NULL, g_free, NULL);
  for (guint i = 0, n; i < stretches->len; i += n)
    {
      const Stretch *first = &g_array_index (stretches, Stretch, i);

      for (n = 1; i + n < stretches->len && first[n].source == first->source; n++)
        ;
      give_stretches (given, covered, first, n);
    }

  return write_stretches (given, updates, format);
}
