/* weft-undo.c - the undo manager
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As UndoManager.js and redoItem() of Yjs. A step holds what was inserted and what was deleted, as
 * ranges of ids. Undoing it deletes the one and writes the other again, as new items that remember
 * what they redo; what was deleted is kept from collection while a step names it.
 */

#include "config.h"

#include "crdt/weft-undo-private.h"

/* So many transactions may join a step before it is settled. */
#define FEW_LOOSE 64

void
weft_undo_step_free (gpointer data)
{
  WeftUndoStep *step = data;

  weft_range_set_clear (&step->insertions);
  weft_range_set_clear (&step->deletions);
  g_clear_pointer (&step->meta, g_hash_table_unref);
  g_free (step);
}

static void
tell_step (WeftUndoManager *self,
           WeftUndoStep    *step,
           WeftUndoChange   change,
           gboolean         redo,
           gconstpointer    origin)
{
  if (self->step_func != NULL)
    self->step_func (self, step, change, redo, origin, self->step_data);
}

static void
add_all (WeftRangeSet       *to,
         const WeftRangeSet *from)
{
  for (guint i = 0; from->lists != NULL && i < from->lists->len; i++)
    {
      WeftRangeList *list = &g_array_index (from->lists, WeftRangeList, i);

      for (guint j = 0; j < list->ranges->len; j++)
        {
          WeftRange *range = &g_array_index (list->ranges, WeftRange, j);

          weft_range_set_add (to, list->client, range->clock, range->len);
        }
    }
}

/* Whether @type is one of the scope or below one. What is asked for in turn often lies in what was asked for
 * last, perhaps a hundred thousand levels down: so that answer is remembered. */
static gboolean
in_scope (WeftUndoManager *self,
          WeftType        *type)
{
  gboolean within = FALSE;

  if (self->whole_document)
    return type != NULL;

  for (WeftType *above = type; above != NULL && !within; above = above->parent)
    {
      if (above == self->asked)
        {
          within = self->asked_within;
          break;
        }
      for (guint i = 0; i < self->scope->len && !within; i++)
        within = above == g_ptr_array_index (self->scope, i);
    }
  self->asked = type;
  self->asked_within = within;

  return within;
}

static gboolean
item_in_scope (WeftUndoManager *self,
               WeftHandle       handle)
{
  const WeftItem *item = weft_item (self->doc, handle);

  return item->kind != WEFT_CONTENT_GC && in_scope (self, weft_item_get_parent (self->doc, item));
}

static guint
count_ranges (const WeftRangeSet *set)
{
  guint n = 0;

  for (guint i = 0; set->lists != NULL && i < set->lists->len; i++)
    n += g_array_index (set->lists, WeftRangeList, i).ranges->len;

  return n;
}

void
weft_undo_step_settle (WeftUndoStep *step)
{
  if (step->n_loose == 0)
    return;
  weft_range_set_normalize (&step->insertions);
  weft_range_set_normalize (&step->deletions);
  step->n_loose = 0;
  step->n_settled = count_ranges (&step->insertions) + count_ranges (&step->deletions);
}

/* One more transaction has joined the step: a step of n of them costs O(n log n), and memory for twice its ranges. */
static void
loosen_step (WeftUndoStep *step)
{
  step->n_loose++;
  if (step->n_loose > MAX (FEW_LOOSE, step->n_settled))
    weft_undo_step_settle (step);
}

static WeftUndoStep *
get_settled (GPtrArray *stack,
             guint      index)
{
  WeftUndoStep *step = g_ptr_array_index (stack, index);

  weft_undo_step_settle (step);

  return step;
}

/* What all steps have deleted is only written down once that is asked. */
static void
note_step (WeftUndoManager *self,
           WeftUndoStep    *step)
{
  weft_undo_step_settle (step);
  weft_undo_deletions_add (&self->deletions, self->doc->secret, &step->deletions);
  step->is_noted = TRUE;
}

/* Before anything is added to the step, and before it leaves its stack */
static void
forget_step (WeftUndoManager *self,
             WeftUndoStep    *step)
{
  if (step->is_noted)
    weft_undo_deletions_remove (&self->deletions, &step->deletions);
  step->is_noted = FALSE;
}

static void
note_stack (WeftUndoManager *self,
            GPtrArray       *stack)
{
  for (guint i = stack->len; i > 0; i--)
    {
      WeftUndoStep *step = g_ptr_array_index (stack, i - 1);

      if (step->is_noted)
        return;
      note_step (self, step);
    }
}

gboolean
weft_undo_manager_has_deleted (WeftUndoManager *self,
                               guint32          client,
                               guint32          clock)
{
  note_stack (self, self->undo_stack);
  note_stack (self, self->redo_stack);

  return weft_undo_deletions_contain (&self->deletions, client, clock);
}

/* The structs of @set, split at its borders. (transfer full) */
GArray *
weft_range_set_list_structs (WeftTransaction    *tx,
                             const WeftRangeSet *set)
{
  GArray *handles = g_array_new (FALSE, FALSE, sizeof (WeftHandle));

  for (guint i = 0; set->lists != NULL && i < set->lists->len; i++)
    {
      WeftRangeList *list = &g_array_index (set->lists, WeftRangeList, i);
      guint32 state = weft_client (tx->doc, list->client)->state;

      for (guint j = 0; j < list->ranges->len; j++)
        {
          WeftRange *range = &g_array_index (list->ranges, WeftRange, j);
          guint32 clock = range->clock, end = MIN (range->clock + range->len, state);

          while (clock < end)
            {
              WeftHandle handle = weft_clean_start (tx, list->client, clock);

              if (end < weft_item (tx->doc, handle)->clock + weft_item (tx->doc, handle)->len)
                weft_clean_start (tx, list->client, end);
              g_array_append_val (handles, handle);
              clock = weft_item (tx->doc, handle)->clock + weft_item (tx->doc, handle)->len;
            }
        }
    }

  return handles;
}

void
weft_undo_manager_keep (WeftUndoManager    *self,
                        WeftTransaction    *tx,
                        const WeftRangeSet *deletions,
                        gboolean            keep)
{
  g_autoptr(GArray) handles = weft_range_set_list_structs (tx, deletions);

  for (guint i = 0; i < handles->len; i++)
    {
      WeftHandle handle = g_array_index (handles, WeftHandle, i);

      if (item_in_scope (self, handle))
        weft_keep_item (self->doc, handle, keep);
    }
}

static void
clear_stack (WeftUndoManager *self,
             GPtrArray       *stack)
{
  for (guint i = 0; i < stack->len; i++)
    {
      forget_step (self, g_ptr_array_index (stack, i));
      weft_undo_manager_keep (self, self->doc->transaction, &get_settled (stack, i)->deletions, FALSE);
    }
  g_ptr_array_set_size (stack, 0);
}

static void
clear_stacks (WeftUndoManager *self,
              gboolean         undo,
              gboolean         redo)
{
  if (!(undo && self->undo_stack->len > 0) && !(redo && self->redo_stack->len > 0))
    return;
  weft_doc_begin (self->doc, NULL);
  if (undo)
    clear_stack (self, self->undo_stack);
  if (redo)
    clear_stack (self, self->redo_stack);
  weft_doc_commit (self->doc);
}

void
weft_undo_manager_emit_changed (WeftUndoManager *self)
{
  if (self->changed != NULL)
    self->changed (self->changed_data);
}

static gboolean
concerns_us (WeftUndoManager *self,
             WeftTransaction *tx)
{
  gboolean tracked = tx->origin == self || g_ptr_array_find (self->origins, tx->origin, NULL);

  if (tracked && self->captures != NULL && !self->captures (tx, self->captures_data))
    return FALSE;
  /* As in Yjs, also where nothing that is there has changed. */
  if (tracked && self->whole_document)
    return TRUE;
  for (guint i = 0; tracked && i < tx->changed->len; i++)
    {
      WeftType *type = g_array_index (tx->changed, WeftChanged, i).type;

      if (type != NULL && !weft_type_is_deleted (type) && in_scope (self, type))
        return TRUE;
    }

  return FALSE;
}

gboolean
weft_undo_managers_see_all (WeftDoc *doc)
{
  for (guint i = 0; i < doc->undo_managers->len; i++)
    if (((WeftUndoManager *) g_ptr_array_index (doc->undo_managers, i))->whole_document)
      return TRUE;

  return FALSE;
}

static int
compare_ordinals (gconstpointer a,
                  gconstpointer b,
                  gpointer      data)
{
  guint32 x = weft_client (data, ((const WeftTouched *) a)->client)->ordinal;
  guint32 y = weft_client (data, ((const WeftTouched *) b)->client)->ordinal;

  return x < y ? -1 : x > y;
}

static void
collect_insertions (WeftTransaction *tx,
                    WeftRangeSet    *set)
{
  g_autoptr(GArray) touched = g_array_copy (tx->touched);

  g_array_sort_with_data (touched, compare_ordinals, tx->doc);
  for (guint i = 0; i < touched->len; i++)
    {
      WeftTouched *entry = &g_array_index (touched, WeftTouched, i);

      weft_range_set_add (set, entry->client, entry->before, entry->after - entry->before);
    }
}

/* After a transaction, before collection: afterTransactionHandler of Yjs. */
void
weft_undo_manager_handle (WeftUndoManager *self,
                          WeftTransaction *tx)
{
  GPtrArray *stack = self->undoing ? self->redo_stack : self->undo_stack;
  WeftUndoChange change = WEFT_UNDO_STEP_UPDATED;
  gint64 now;
  WeftUndoStep *step;

  if (!concerns_us (self, tx))
    return;

  if (self->undoing)
    self->capturing = FALSE;
  else if (!self->redoing)
    clear_stacks (self, FALSE, TRUE);

  now = self->now (self->now_data);
  if (self->capturing && now - self->last_change < self->capture_timeout_ms && stack->len > 0
      && !self->undoing && !self->redoing)
    {
      step = g_ptr_array_index (stack, stack->len - 1);
      forget_step (self, step);
    }
  else
    {
      step = g_new0 (WeftUndoStep, 1);
      g_ptr_array_add (stack, step);
      change = WEFT_UNDO_STEP_ADDED;
    }
  collect_insertions (tx, &step->insertions);
  add_all (&step->deletions, &tx->delete_set);
  loosen_step (step);

  if (!self->undoing && !self->redoing)
    {
      self->capturing = TRUE;
      self->last_change = now;
    }
  weft_undo_manager_keep (self, tx, &tx->delete_set, TRUE);
  tell_step (self, step, change, self->undoing, tx->origin);
  weft_undo_manager_emit_changed (self);
}

static gboolean
may_delete (WeftUndoManager *self,
            WeftHandle       handle)
{
  WeftItemInfo info;

  if (self->may_delete == NULL)
    return TRUE;
  weft_item_fill_info (self->doc, weft_item (self->doc, handle), &info);

  return self->may_delete (&info, self->may_delete_data);
}

/* Takes back one step; whether that changed anything. */
static gboolean
take_back (WeftUndoManager *self,
           WeftTransaction *tx,
           WeftUndoStep    *step)
{
  WeftDoc *doc = self->doc;
  g_autoptr(GArray) inserted = NULL;
  g_autoptr(GArray) to_delete = g_array_new (FALSE, FALSE, sizeof (WeftHandle));
  g_autoptr(GArray) deleted = NULL;
  g_autoptr(GArray) to_redo = g_array_new (FALSE, FALSE, sizeof (WeftHandle));
  g_autoptr(GHashTable) items = g_hash_table_new (NULL, NULL);
  gboolean performed = FALSE;

  weft_undo_step_settle (step);
  inserted = weft_range_set_list_structs (tx, &step->insertions);
  for (guint i = 0; i < inserted->len; i++)
    {
      WeftHandle handle = g_array_index (inserted, WeftHandle, i);

      if (weft_item (doc, handle)->redone)
        {
          guint32 diff;
          const WeftItem *item = weft_item (doc, handle);

          handle = weft_follow_redone (doc, item->client, item->clock, &diff);
          item = weft_item (doc, handle);
          if (diff > 0)
            handle = weft_clean_start (tx, item->client, item->clock + diff);
        }
      if (!weft_item (doc, handle)->deleted && item_in_scope (self, handle))
        g_array_append_val (to_delete, handle);
    }

  deleted = weft_range_set_list_structs (tx, &step->deletions);
  for (guint i = 0; i < deleted->len; i++)
    {
      WeftHandle handle = g_array_index (deleted, WeftHandle, i);
      const WeftItem *item = weft_item (doc, handle);

      /* What was written and deleted within one step stays away. */
      if (item_in_scope (self, handle)
          && !weft_range_set_contains (&step->insertions, item->client, item->clock)
          && g_hash_table_add (items, GUINT_TO_POINTER (handle)))
        g_array_append_val (to_redo, handle);
    }
  performed = weft_undo_manager_redo_items (self, tx, step, to_redo, items);

  /* Children before parents. */
  for (guint i = to_delete->len; i > 0; i--)
    {
      WeftHandle handle = g_array_index (to_delete, WeftHandle, i - 1);

      if (!may_delete (self, handle))
        continue;
      weft_delete_item (tx, handle);
      performed = TRUE;
    }

  return performed;
}

static gboolean
pop (WeftUndoManager *self,
     GPtrArray       *stack)
{
  WeftUndoStep *popped = NULL;

  /* Where all of the document is in scope, an empty transaction is a step in Yjs. */
  if (self->doc == NULL || (stack->len == 0 && !self->whole_document))
    return FALSE;

  weft_doc_begin (self->doc, self);
  while (stack->len > 0 && popped == NULL)
    {
      WeftUndoStep *step = g_ptr_array_index (stack, stack->len - 1);

      forget_step (self, step);
      /* Out of the stack, but not freed by that. */
      g_ptr_array_set_free_func (stack, NULL);
      g_ptr_array_set_size (stack, stack->len - 1);
      g_ptr_array_set_free_func (stack, weft_undo_step_free);
      if (take_back (self, self->doc->transaction, step))
        popped = step;
      else
        weft_undo_step_free (step);
    }
  weft_doc_commit (self->doc);
  if (popped == NULL)
    return FALSE;

  tell_step (self, popped, WEFT_UNDO_STEP_POPPED, stack == self->redo_stack, self);
  weft_undo_step_free (popped);

  return TRUE;
}

/* Public */

WeftUndoManager *
weft_undo_manager_new (WeftDoc    *doc,
                       WeftType  **scope,
                       gsize       n_scope,
                       guint       capture_timeout_ms,
                       WeftNowFunc now,
                       gpointer    now_data)
{
  WeftUndoManager *self;

  g_return_val_if_fail (doc != NULL && now != NULL, NULL);

  self = g_new0 (WeftUndoManager, 1);
  self->doc = doc;
  self->scope = g_ptr_array_new ();
  self->origins = g_ptr_array_new ();
  self->undo_stack = g_ptr_array_new_with_free_func (weft_undo_step_free);
  self->redo_stack = g_ptr_array_new_with_free_func (weft_undo_step_free);
  self->capture_timeout_ms = capture_timeout_ms;
  self->now = now;
  self->now_data = now_data;
  g_ptr_array_add (self->origins, NULL);
  for (gsize i = 0; i < n_scope; i++)
    g_ptr_array_add (self->scope, scope[i]);
  weft_cursor_forget (doc);
  g_ptr_array_add (doc->undo_managers, self);

  return self;
}

void
weft_undo_manager_detach (WeftUndoManager *self)
{
  self->doc = NULL;
}

void
weft_undo_manager_free (WeftUndoManager *self)
{
  if (self == NULL)
    return;

  if (self->doc != NULL)
    g_ptr_array_remove (self->doc->undo_managers, self);
  g_ptr_array_unref (self->scope);
  g_ptr_array_unref (self->origins);
  g_ptr_array_unref (self->undo_stack);
  g_ptr_array_unref (self->redo_stack);
  weft_undo_deletions_clear (&self->deletions);
  g_free (self);
}

void
weft_undo_manager_add_scope (WeftUndoManager *self,
                             WeftType        *type)
{
  g_return_if_fail (self != NULL && type != NULL && type->doc == self->doc);

  if (!g_ptr_array_find (self->scope, type, NULL))
    g_ptr_array_add (self->scope, type);
  self->asked = NULL;
}

void
weft_undo_manager_track (WeftUndoManager *self,
                         gconstpointer    origin)
{
  g_return_if_fail (self != NULL);

  g_ptr_array_add (self->origins, (gpointer) origin);
}

void
weft_undo_manager_untrack (WeftUndoManager *self,
                           gconstpointer    origin)
{
  g_return_if_fail (self != NULL);

  while (g_ptr_array_remove (self->origins, (gpointer) origin))
    ;
}

void
weft_undo_manager_add_document (WeftUndoManager *self)
{
  g_return_if_fail (self != NULL);

  self->whole_document = TRUE;
}

void
weft_undo_manager_set_delete_filter (WeftUndoManager   *self,
                                     WeftUndoDeleteFunc filter,
                                     gpointer           user_data)
{
  g_return_if_fail (self != NULL);

  self->may_delete = filter;
  self->may_delete_data = user_data;
}

void
weft_undo_manager_set_capture_filter (WeftUndoManager    *self,
                                      WeftUndoCaptureFunc filter,
                                      gpointer            user_data)
{
  g_return_if_fail (self != NULL);

  self->captures = filter;
  self->captures_data = user_data;
}

void
weft_undo_manager_set_ignore_remote_map_changes (WeftUndoManager *self,
                                                 gboolean         ignore)
{
  g_return_if_fail (self != NULL);

  self->ignore_remote_map_changes = ignore;
}

void
weft_undo_manager_set_step_func (WeftUndoManager *self,
                                 WeftUndoStepFunc func,
                                 gpointer         user_data)
{
  g_return_if_fail (self != NULL);

  self->step_func = func;
  self->step_data = user_data;
}

/**
 * weft_undo_step_set_meta:
 * @step: a step, told of by a #WeftUndoStepFunc
 * @key: what the value is
 * @value: (transfer none) (nullable): the value; it is not saved with the stacks
 */
void
weft_undo_step_set_meta (WeftUndoStep *step,
                         const char   *key,
                         WeftAny      *value)
{
  g_return_if_fail (step != NULL && key != NULL);

  if (step->meta == NULL)
    step->meta = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_any_unref);
  if (value != NULL)
    g_hash_table_insert (step->meta, g_strdup (key), weft_any_ref (value));
  else
    g_hash_table_remove (step->meta, key);
}

const WeftAny *
weft_undo_step_get_meta (WeftUndoStep *step,
                         const char   *key)
{
  g_return_val_if_fail (step != NULL && key != NULL, NULL);

  return step->meta != NULL ? g_hash_table_lookup (step->meta, key) : NULL;
}

/**
 * weft_undo_manager_undo:
 * @self: an undo manager
 *
 * Takes back the last step, or the last one that still has an effect.
 *
 * Returns: whether anything changed
 */
gboolean
weft_undo_manager_undo (WeftUndoManager *self)
{
  gboolean done;

  g_return_val_if_fail (self != NULL, FALSE);

  self->undoing = TRUE;
  done = pop (self, self->undo_stack);
  self->undoing = FALSE;
  weft_undo_manager_emit_changed (self);

  return done;
}

gboolean
weft_undo_manager_redo (WeftUndoManager *self)
{
  gboolean done;

  g_return_val_if_fail (self != NULL, FALSE);

  self->redoing = TRUE;
  done = pop (self, self->redo_stack);
  self->redoing = FALSE;
  weft_undo_manager_emit_changed (self);

  return done;
}

gboolean
weft_undo_manager_can_undo (WeftUndoManager *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->undo_stack->len > 0;
}

gboolean
weft_undo_manager_is_last (WeftUndoManager *self,
                           WeftId           id)
{
  const WeftUndoStep *step;
  guint32 client;

  g_return_val_if_fail (self != NULL, FALSE);

  if (self->doc == NULL || self->undo_stack->len == 0)
    return FALSE;

  step = get_settled (self->undo_stack, self->undo_stack->len - 1);
  client = weft_clients_lookup (self->doc, id.client);

  return client != WEFT_NO_CLIENT && weft_range_set_contains (&step->insertions, client, id.clock);
}

gboolean
weft_undo_manager_can_redo (WeftUndoManager *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->redo_stack->len > 0;
}

void
weft_undo_manager_stop_capturing (WeftUndoManager *self)
{
  g_return_if_fail (self != NULL);

  self->capturing = FALSE;
}

void
weft_undo_manager_clear (WeftUndoManager *self)
{
  weft_undo_manager_clear_stacks (self, TRUE, TRUE);
}

void
weft_undo_manager_clear_stacks (WeftUndoManager *self,
                                gboolean         undo,
                                gboolean         redo)
{
  g_return_if_fail (self != NULL);

  if (self->doc == NULL)
    return;
  clear_stacks (self, undo, redo);
  weft_undo_manager_emit_changed (self);
}

void
weft_undo_manager_set_changed (WeftUndoManager *self,
                               void           (*changed) (gpointer user_data),
                               gpointer         user_data)
{
  g_return_if_fail (self != NULL);

  self->changed = changed;
  self->changed_data = user_data;
}
