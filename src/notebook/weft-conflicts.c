/* weft-conflicts.c - what all conflicts have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-conflicts.h"
#include "notebook/weft-conflicts-private.h"

#include "notebook/weft-changes-private.h"

#include <string.h>

void
weft_conflict_free (WeftConflict *self)
{
  if (self == NULL)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (self->sides); i++)
    {
      g_free (self->sides[i].person);
      g_clear_pointer (&self->sides[i].value, weft_any_unref);
    }
  g_clear_pointer (&self->merged, weft_any_unref);
  g_clear_pointer (&self->shape, weft_any_unref);
  g_free (self->id);
  g_free (self->element);
  g_free (self->key);
  g_free (self);
}

/* What was settled and is not any more leaves a deleted entry. */
static gboolean
find_undone_cb (const WeftItemInfo *item,
                gpointer            user_data)
{
  gboolean *has_undone = user_data;

  *has_undone = item->deleted;

  return !*has_undone;
}

void
weft_conflict_finder_init (WeftConflictFinder *self,
                           WeftDoc            *doc,
                           WeftUsers          *users)
{
  self->doc = doc;
  self->users = users;
  self->resolved = weft_doc_get_map (doc, "resolved");
  self->has_undone = FALSE;
  weft_map_foreach_newest (self->resolved, find_undone_cb, &self->has_undone);
  self->stretches = weft_stretches_read (doc);
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  self->found = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_conflict_free);
}

static int
compare_conflicts (gconstpointer a,
                   gconstpointer b)
{
  return strcmp ((*(const WeftConflict **) a)->id, (*(const WeftConflict **) b)->id);
}

static void
add_shape (WeftConflictFinder *self,
           WeftConflict       *conflict)
{
  WeftType *board = weft_doc_get_map (self->doc, "board");
  WeftType *map = NULL;

  if (conflict->kind == WEFT_CONFLICT_INSIDE)
    conflict->shape = weft_conflict_dup_deleted_element (conflict, self->doc, self->stretches);
  else if (conflict->kind == WEFT_CONFLICT_ELEMENT && conflict->element != NULL)
    map = weft_map_get_type (board, conflict->element);
  if (map != NULL && weft_type_get_kind (map) == WEFT_KIND_MAP)
    conflict->shape = weft_type_to_any (map);
}

GPtrArray *
weft_conflict_finder_finish (WeftConflictFinder *self)
{
  for (guint i = 0; i < self->found->len; i++)
    add_shape (self, self->found->pdata[i]);
  g_ptr_array_unref (self->stretches);
  g_hash_table_unref (self->ids);
  g_ptr_array_sort (self->found, compare_conflicts);

  return g_steal_pointer (&self->found);
}

void
weft_conflict_finder_take (WeftConflictFinder *self,
                           WeftConflict       *conflict)
{
  if (g_hash_table_contains (self->ids, conflict->id)
      || weft_map_has (self->resolved, conflict->id))
    {
      weft_conflict_free (conflict);
      return;
    }

  g_hash_table_add (self->ids, conflict->id);
  g_ptr_array_add (self->found, conflict);
}

static gboolean
has_entry_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  *(gboolean *) user_data = TRUE;

  return FALSE;
}

gboolean
weft_conflict_finder_is_undone (WeftConflictFinder *self,
                                const char         *id)
{
  gboolean was_settled = FALSE;

  if (self->has_undone && !weft_map_has (self->resolved, id))
    weft_map_foreach_entry (self->resolved, id, has_entry_cb, &was_settled);

  return was_settled;
}

/* They are in the order of client and clock, and do not overlap. */
const WeftStretch *
weft_conflict_finder_find_stretch (const WeftConflictFinder *self,
                                   WeftId                    id)
{
  guint low = 0, high = self->stretches->len;

  /* The first one that begins behind it. */
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const WeftStretch *stretch = self->stretches->pdata[middle];

      if (stretch->client < id.client
          || (stretch->client == id.client && stretch->from <= id.clock))
        low = middle + 1;
      else
        high = middle;
    }

  while (low > 0)
    {
      const WeftStretch *stretch = self->stretches->pdata[--low];

      if (weft_stretch_contains (stretch, id))
        return stretch;
      /* Those of deletions only are empty, and may stand in another one. */
      if (stretch->client != id.client || stretch->from < stretch->to)
        return NULL;
    }

  return NULL;
}

gboolean
weft_conflict_finder_knew (WeftConflictFinder *self,
                           WeftId              by,
                           WeftId              of)
{
  const WeftStretch *stretch;

  if (by.client == of.client)
    return of.clock < by.clock;

  stretch = weft_conflict_finder_find_stretch (self, by);

  return stretch != NULL && of.clock < weft_state_vector_get (stretch->seen, of.client);
}

void
weft_conflict_finder_fill (WeftConflictFinder *self,
                           WeftConflictSide   *side,
                           WeftId              id,
                           WeftAny            *value)
{
  const WeftStretch *stretch;

  side->client = id.client;
  side->value = value;

  stretch = weft_conflict_finder_find_stretch (self, id);
  if (stretch != NULL)
    {
      side->person = g_strdup (stretch->user);
      side->time_ms = stretch->to_ms;
    }

  if (side->person == NULL && self->users != NULL)
    side->person = g_strdup (weft_users_lookup_client (self->users, id.client));
}

void
weft_stretch_foreach_missed (const WeftStretch *stretch,
                             WeftMissedFunc     func,
                             gpointer           user_data)
{
  for (gsize i = 0; stretch->until != NULL && i < weft_state_vector_get_n_clients (stretch->until);
       i++)
    {
      WeftClientId client;
      WeftClock from, to;

      weft_state_vector_get_entry (stretch->until, i, &client, &to);
      from = weft_state_vector_get (stretch->seen, client);
      if (client != stretch->client && from < to)
        func (client, from, to, user_data);
    }
}

char *
weft_conflict_make_id (const char     *kind,
                       const WeftOpId *a,
                       const WeftOpId *b)
{
  if (weft_op_id_compare (a, b) > 0)
    {
      const WeftOpId *swap = a;

      a = b;
      b = swap;
    }

  return g_strdup_printf ("%s:%" G_GINT64_MODIFIER "x.%" G_GINT64_MODIFIER
                          "x.%x:%" G_GINT64_MODIFIER "x.%" G_GINT64_MODIFIER "x.%x",
                          kind, a->client, a->clock, a->index, b->client, b->clock, b->index);
}

void
weft_conflict_note_resolved (const WeftConflict *self,
                             WeftDoc            *doc,
                             const char         *user)
{
  g_autoptr(WeftAny) value = user != NULL ? weft_any_new_string (user) : weft_any_new_null ();

  weft_map_set (weft_doc_get_map (doc, "resolved"), self->id, value);
}

/**
 * weft_conflict_settle_as_is:
 * @self: a conflict of weft_conflicts_list_lines()
 * @doc: its doc
 * @origin: the origin of the edit
 * @user: (nullable): who decides
 */
void
weft_conflict_settle_as_is (const WeftConflict *self,
                            WeftDoc            *doc,
                            gconstpointer       origin,
                            const char         *user)
{
  weft_doc_begin (doc, origin);
  weft_conflict_note_resolved (self, doc, user);
  weft_doc_commit (doc);
}
