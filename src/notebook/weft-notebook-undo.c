/* weft-notebook-undo.c - own steps taken back, by appending the opposite
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-notebook-doc-private.h"

#define MAX_STEPS 200

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->key);
  g_clear_pointer (&change->old_value, weft_any_unref);
  g_clear_pointer (&change->new_value, weft_any_unref);
  g_free (change->old_position);
  g_free (change->new_position);
  g_free (change);
}

static guint
change_hash (gconstpointer data)
{
  const Change *change = data;

  return weft_page_id_hash (&change->page) ^ g_direct_hash (change->map)
         ^ (change->key != NULL ? g_str_hash (change->key) : 0);
}

static gboolean
change_equal (gconstpointer a,
              gconstpointer b)
{
  const Change *change_a = a, *change_b = b;

  return weft_page_id_equal (&change_a->page, &change_b->page) && change_a->map == change_b->map
         && g_strcmp0 (change_a->key, change_b->key) == 0;
}

static void
tell_undo (WeftNotebookDoc *self)
{
  if (self->observer.undo_changed != NULL)
    self->observer.undo_changed (self, self->observer_data);
}

void
weft_notebook_doc_init_undo (WeftNotebookDoc *self)
{
  self->step_index = g_hash_table_new (change_hash, change_equal);
  self->undo_steps = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  self->redo_steps = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
}

void
weft_notebook_doc_clear_undo (WeftNotebookDoc *self)
{
  g_hash_table_unref (self->step_index);
  g_clear_pointer (&self->step, g_ptr_array_unref);
  g_ptr_array_unref (self->undo_steps);
  g_ptr_array_unref (self->redo_steps);
}

void
weft_notebook_doc_begin_step (WeftNotebookDoc *self)
{
  self->step = g_ptr_array_new_with_free_func (change_free);
}

Change *
weft_notebook_doc_ensure_change (WeftNotebookDoc  *self,
                                 const WeftPageId *page,
                                 WeftType         *map,
                                 const char       *key)
{
  const Change asked = { .page = *page, .map = map, .key = (char *) key };
  Change *change = g_hash_table_lookup (self->step_index, &asked);
  const char *position;

  if (change != NULL)
    return change;

  change = g_new0 (Change, 1);
  change->page = *page;
  change->map = map;
  change->key = g_strdup (key);
  if (map != NULL)
    {
      change->old_value = weft_map_get (map, key);
    }
  else if (key != NULL)
    {
      change->old_value = weft_page_tree_dup_property (self->tree, page, key);
    }
  else
    {
      position = weft_page_tree_get_position (self->tree, page);
      change->had_place = weft_page_tree_get_parent (self->tree, page, &change->old_parent);
      change->old_position = g_strdup (position);
    }
  g_ptr_array_add (self->step, change);
  g_hash_table_add (self->step_index, change);

  return change;
}

static void
push_limited (GPtrArray *steps,
              GPtrArray *step)
{
  g_ptr_array_add (steps, step);
  if (steps->len > MAX_STEPS)
    g_ptr_array_remove_index (steps, 0);
}

void
weft_notebook_doc_push_step (WeftNotebookDoc *self,
                             GPtrArray       *step)
{
  push_limited (self->undo_steps, step);
  g_ptr_array_set_size (self->redo_steps, 0);
  tell_undo (self);
}

static gboolean
revert_property (WeftNotebookDoc *self,
                 const Change    *change)
{
  g_autoptr(WeftAny) value = weft_page_tree_dup_property (self->tree, &change->page, change->key);

  /* What somebody wrote after us stays. */
  if (change->new_value == NULL || !weft_notebook_doc_same_value (value, change->new_value))
    return FALSE;

  weft_notebook_doc_set_property (self, &change->page, change->key,
                                  change->old_value != NULL ? weft_any_ref (change->old_value)
                                                            : NULL);

  return TRUE;
}

static gboolean
revert_entry (WeftNotebookDoc *self,
              const Change    *change)
{
  g_autoptr(WeftAny) value = weft_map_get (change->map, change->key);

  if (!weft_notebook_doc_same_value (value, change->new_value)
      || weft_map_has (change->map, change->key)
             != (weft_any_get_kind (change->new_value) != WEFT_ANY_UNDEFINED))
    return FALSE;

  weft_notebook_doc_set_entry (self, change->map, change->key,
                               change->old_value != NULL ? weft_any_ref (change->old_value) : NULL);

  return TRUE;
}

/* Whether @page will hang below the root when the batch is written. */
static gboolean
will_live (WeftNotebookDoc *self,
           WeftPageId       page)
{
  guint n_steps = weft_page_tree_get_n_pages (self->tree) + g_hash_table_size (self->batch_places);

  /* A batch may close a cycle, which the tree would not. */
  for (guint i = 0; i <= n_steps; i++)
    {
      const BatchPlace *place = g_hash_table_lookup (self->batch_places, &page);

      if (place != NULL)
        page = place->parent;
      else if (!weft_page_tree_get_parent (self->tree, &page, &page))
        return weft_page_id_is_root (&page);
    }

  return FALSE;
}

static gboolean
revert_place (WeftNotebookDoc *self,
              const Change    *change)
{
  WeftPageId parent;
  const char *position = weft_page_tree_get_position (self->tree, &change->page);

  if (!weft_page_tree_get_parent (self->tree, &change->page, &parent)
      || !weft_page_id_equal (&parent, &change->new_parent)
      || g_strcmp0 (position, change->new_position) != 0)
    return FALSE;

  if (!change->had_place || weft_page_id_is_trash (&change->old_parent))
    return weft_notebook_doc_trash (self, &change->page);

  /* Where it was may be gone by now: out of the trash it comes to the next best place. */
  if (!weft_notebook_doc_can_move (self, &change->page, &change->old_parent)
      || !will_live (self, change->old_parent))
    return weft_page_id_is_trash (&parent) && weft_notebook_doc_restore (self, &change->page);

  weft_notebook_doc_push_move (self, &change->page, &change->old_parent, change->old_position);
  return TRUE;
}

/* A page that was made in this step goes to the trash as it is, with its title. */
static gboolean
is_made_in (GPtrArray        *step,
            const WeftPageId *page)
{
  for (guint i = 0; i < step->len; i++)
    {
      const Change *change = step->pdata[i];

      if (change->key == NULL && !change->had_place && weft_page_id_equal (&change->page, page))
        return TRUE;
    }

  return FALSE;
}

/* Takes back what can still be of the step at @index of @from; what takes it back again goes to @to. */
static gboolean
revert_step (WeftNotebookDoc *self,
             GPtrArray       *from,
             guint            index,
             GPtrArray       *to)
{
  g_autoptr(GPtrArray) step = g_ptr_array_steal_index (from, index);
  GPtrArray *opposite;
  gboolean done = FALSE;

  weft_notebook_doc_settle (self, G_MAXUINT);
  self->undone_page = weft_page_id_root;
  self->depth++;
  weft_notebook_doc_begin_step (self);
  for (guint i = step->len; i > 0; i--)
    {
      const Change *change = step->pdata[i - 1];

      if (change->map == NULL)
        self->undone_page = change->page;
      if (change->map != NULL)
        done |= revert_entry (self, change);
      else if (change->key == NULL)
        done |= revert_place (self, change);
      else if (!is_made_in (step, &change->page))
        done |= revert_property (self, change);
    }
  self->depth--;
  opposite = weft_notebook_doc_write_batch (self);
  if (opposite != NULL)
    push_limited (to, opposite);

  return done;
}

/* The same for the last step that can be taken back. */
static gboolean
revert (WeftNotebookDoc *self,
        GPtrArray       *from,
        GPtrArray       *to)
{
  gboolean done = FALSE;

  g_return_val_if_fail (self->depth == 0, FALSE);

  while (from->len > 0 && !done)
    done = revert_step (self, from, from->len - 1, to);
  tell_undo (self);

  return done;
}

gboolean
weft_notebook_doc_can_undo (WeftNotebookDoc *self)
{
  return self->undo_steps->len > 0;
}

gboolean
weft_notebook_doc_can_redo (WeftNotebookDoc *self)
{
  return self->redo_steps->len > 0;
}

gboolean
weft_notebook_doc_undo (WeftNotebookDoc *self)
{
  return revert (self, self->undo_steps, self->redo_steps);
}

gboolean
weft_notebook_doc_redo (WeftNotebookDoc *self)
{
  return revert (self, self->redo_steps, self->undo_steps);
}

gboolean
weft_notebook_doc_get_undone_page (WeftNotebookDoc *self,
                                   WeftPageId      *page)
{
  *page = self->undone_page;

  return !weft_page_id_is_root (page);
}

static gboolean
is_settling (GPtrArray  *step,
             WeftType   *resolved,
             const char *id)
{
  for (guint i = 0; i < step->len; i++)
    {
      const Change *change = step->pdata[i];

      if (change->map == resolved && g_str_equal (change->key, id))
        return TRUE;
    }

  return FALSE;
}

/**
 * weft_notebook_doc_undo_choice:
 * @self: a notebook doc
 * @id: the id of a conflict that was settled here
 *
 * Takes back a choice, whatever was done after it.
 *
 * Returns: whether that could be
 */
gboolean
weft_notebook_doc_undo_choice (WeftNotebookDoc *self,
                               const char      *id)
{
  WeftType *resolved = weft_doc_get_map (self->doc, "resolved");

  g_return_val_if_fail (self->depth == 0, FALSE);

  for (guint i = self->undo_steps->len; i > 0; i--)
    if (is_settling (self->undo_steps->pdata[i - 1], resolved, id))
      {
        gboolean done = revert_step (self, self->undo_steps, i - 1, self->redo_steps);

        tell_undo (self);
        return done;
      }

  return FALSE;
}
