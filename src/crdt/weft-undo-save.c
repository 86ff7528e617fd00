/* weft-undo-save.c - the stacks of an undo manager as bytes, so that they survive a restart
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A step is two sets of ids, which mean the same in every copy of the document. What a redo wrote
 * anew is remembered beside the items (doc->redone), and is saved too: else undoing further back would
 * miss it.
 *
 *     1, undo stack, redo stack, n, n x (client, clock, length, client and clock of what redid it)
 *     stack: n, n x (insertions, deletions); set: n, n x (client, m, m x (clock, length))
 */

#include "config.h"

#include "crdt/weft-undo-private.h"

#define FORMAT 1
/* More would be no help to anybody, and slow to write at each edit. */
#define MAX_STEPS  200
#define MAX_REDONE 20000

static void
write_set (WeftDoc            *doc,
           const WeftRangeSet *set,
           WeftWriter         *writer)
{
  guint n_lists = set->lists != NULL ? set->lists->len : 0;

  weft_writer_put_varuint (writer, n_lists);
  for (guint i = 0; i < n_lists; i++)
    {
      const WeftRangeList *list = &g_array_index (set->lists, WeftRangeList, i);

      weft_writer_put_varuint (writer, weft_client (doc, list->client)->id);
      weft_writer_put_varuint (writer, list->ranges->len);
      for (guint j = 0; j < list->ranges->len; j++)
        {
          const WeftRange *range = &g_array_index (list->ranges, WeftRange, j);

          weft_writer_put_varuint (writer, range->clock);
          weft_writer_put_varuint (writer, range->len);
        }
    }
}

static void
write_stack (WeftDoc    *doc,
             GPtrArray  *stack,
             WeftWriter *writer)
{
  guint first = stack->len > MAX_STEPS ? stack->len - MAX_STEPS : 0;

  weft_writer_put_varuint (writer, stack->len - first);
  for (guint i = first; i < stack->len; i++)
    {
      WeftUndoStep *step = g_ptr_array_index (stack, i);

      weft_undo_step_settle (step);
      write_set (doc, &step->insertions, writer);
      write_set (doc, &step->deletions, writer);
    }
}

/**
 * weft_undo_manager_save:
 * @self: an undo manager
 *
 * Returns: (transfer full) (nullable): both stacks, for weft_undo_manager_restore () on a copy of the
 *   document; %NULL where they are empty, or too large to be worth it
 */
GBytes *
weft_undo_manager_save (WeftUndoManager *self)
{
  WeftWriter writer;
  GHashTableIter iter;
  gpointer key, value;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->doc == NULL || (self->undo_stack->len == 0 && self->redo_stack->len == 0)
      || g_hash_table_size (self->doc->redone) > MAX_REDONE)
    return NULL;

  weft_writer_init (&writer);
  weft_writer_put_byte (&writer, FORMAT);
  write_stack (self->doc, self->undo_stack, &writer);
  write_stack (self->doc, self->redo_stack, &writer);

  weft_writer_put_varuint (&writer, g_hash_table_size (self->doc->redone));
  g_hash_table_iter_init (&iter, self->doc->redone);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const WeftItem *item = weft_item (self->doc, GPOINTER_TO_UINT (key));
      const WeftId *redone = value;

      weft_writer_put_varuint (&writer, weft_client (self->doc, item->client)->id);
      weft_writer_put_varuint (&writer, item->clock);
      weft_writer_put_varuint (&writer, item->len);
      weft_writer_put_varuint (&writer, redone->client);
      weft_writer_put_varuint (&writer, redone->clock);
    }

  return weft_writer_steal_bytes (&writer);
}

/* One range that is all there; what is not known here is left out. */
static void
read_range (WeftDoc      *doc,
            WeftReader   *reader,
            guint32       client,
            WeftRangeSet *set)
{
  guint64 clock = weft_reader_get_varuint (reader);
  guint64 len = weft_reader_get_varuint (reader);
  guint64 state;

  if (reader->failed || client == WEFT_NO_CLIENT)
    return;

  state = weft_client (doc, client)->state;
  if (len > 0 && clock < state)
    weft_range_set_add (set, client, clock, MIN (len, state - clock));
}

static void
read_set (WeftDoc      *doc,
          WeftReader   *reader,
          WeftRangeSet *set)
{
  gsize n_lists = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_lists && !reader->failed; i++)
    {
      guint32 client = weft_clients_lookup (doc, weft_reader_get_varuint (reader));
      gsize n_ranges = weft_reader_get_count (reader, 2);

      for (gsize j = 0; j < n_ranges && !reader->failed; j++)
        read_range (doc, reader, client, set);
    }

  weft_range_set_normalize (set);
}

static GPtrArray *
read_stack (WeftDoc    *doc,
            WeftReader *reader)
{
  GPtrArray *stack = g_ptr_array_new_with_free_func (weft_undo_step_free);
  gsize n_steps = weft_reader_get_count (reader, 2);

  for (gsize i = 0; i < n_steps && !reader->failed; i++)
    {
      WeftUndoStep *step = g_new0 (WeftUndoStep, 1);

      g_ptr_array_add (stack, step);
      read_set (doc, reader, &step->insertions);
      read_set (doc, reader, &step->deletions);
    }

  return stack;
}

typedef struct
{
  WeftId  item;
  guint64 len;
  WeftId  redone;
} Redone;

static gboolean
is_known (WeftDoc *doc,
          WeftId   id,
          guint64  len)
{
  guint64 state = weft_clients_get_state (doc, id.client);

  return len > 0 && id.clock < state && len <= state - id.clock;
}

/* Whether what redid @handle was never itself redone by it: following must end. */
static gboolean
ends (WeftDoc   *doc,
      WeftHandle handle,
      guint      n_entries)
{
  for (guint hops = 0; hops <= n_entries; hops++)
    {
      const WeftId *id;

      if (!weft_item (doc, handle)->redone)
        return TRUE;
      id = g_hash_table_lookup (doc->redone, GUINT_TO_POINTER (handle));
      handle = weft_find_item (doc, weft_clients_lookup (doc, id->client), id->clock);
    }

  return FALSE;
}

static void
restore_redone (WeftTransaction *tx,
                const Redone    *entry,
                guint            n_entries)
{
  WeftDoc *doc = tx->doc;
  WeftRangeSet set = { 0 };
  g_autoptr(GArray) handles = NULL;

  if (!is_known (doc, entry->item, entry->len) || !is_known (doc, entry->redone, entry->len))
    return;

  weft_range_set_add (&set, weft_clients_lookup (doc, entry->item.client), entry->item.clock,
                      entry->len);
  handles = weft_range_set_list_structs (tx, &set);
  weft_range_set_clear (&set);

  for (guint i = 0; i < handles->len; i++)
    {
      WeftHandle handle = g_array_index (handles, WeftHandle, i);
      WeftItem *item = weft_item (doc, handle);
      WeftId id = { entry->redone.client, entry->redone.clock + (item->clock - entry->item.clock) };

      if (item->kind == WEFT_CONTENT_GC || item->redone || !item->deleted)
        continue;

      g_hash_table_insert (doc->redone, GUINT_TO_POINTER (handle), g_memdup2 (&id, sizeof id));
      item->redone = TRUE;

      if (!ends (doc, handle, n_entries))
        {
          g_hash_table_remove (doc->redone, GUINT_TO_POINTER (handle));
          item->redone = FALSE;
        }
    }
}

static void
keep_all (WeftUndoManager *self,
          GPtrArray       *stack)
{
  for (guint i = 0; i < stack->len; i++)
    weft_undo_manager_keep (self, self->doc->transaction,
                            &((WeftUndoStep *) g_ptr_array_index (stack, i))->deletions, TRUE);
}

/**
 * weft_undo_manager_restore:
 * @self: an undo manager that has recorded nothing yet
 * @bytes: what weft_undo_manager_save() gave
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * What the document does not hold is left out of the steps. In a document that collects what was deleted, load and
 * restore in one transaction: what the steps would bring back is kept once they are restored, and lost before.
 *
 * Undoing then does what it did before the restart, with one difference that comes from the new client id: what is
 * typed right after something that came back is not part of the same item, and so stays when that goes again.
 *
 * Returns: %FALSE, with nothing restored, where @bytes are not such
 */
gboolean
weft_undo_manager_restore (WeftUndoManager *self,
                           GBytes          *bytes,
                           GError         **error)
{
  WeftReader reader;
  g_autoptr(GPtrArray) undo_stack = NULL;
  g_autoptr(GPtrArray) redo_stack = NULL;
  g_autoptr(GArray) redone = g_array_new (FALSE, FALSE, sizeof (Redone));
  gsize n_redone;

  g_return_val_if_fail (self != NULL && self->doc != NULL, FALSE);
  g_return_val_if_fail (self->undo_stack->len == 0 && self->redo_stack->len == 0, FALSE);

  weft_reader_init_bytes (&reader, bytes);
  if (weft_reader_get_byte (&reader) != FORMAT)
    weft_reader_fail (&reader, WEFT_CRDT_ERROR_UNSUPPORTED, "unknown format of undo steps");
  undo_stack = read_stack (self->doc, &reader);
  redo_stack = read_stack (self->doc, &reader);

  n_redone = weft_reader_get_count (&reader, 5);
  for (gsize i = 0; i < n_redone && !reader.failed; i++)
    {
      Redone entry;

      entry.item.client = weft_reader_get_varuint (&reader);
      entry.item.clock = weft_reader_get_varuint (&reader);
      entry.len = weft_reader_get_varuint (&reader);
      entry.redone.client = weft_reader_get_varuint (&reader);
      entry.redone.clock = weft_reader_get_varuint (&reader);
      g_array_append_val (redone, entry);
    }

  if (!weft_reader_finish (&reader, TRUE, error))
    return FALSE;

  g_ptr_array_unref (self->undo_stack);
  g_ptr_array_unref (self->redo_stack);
  self->undo_stack = g_steal_pointer (&undo_stack);
  self->redo_stack = g_steal_pointer (&redo_stack);

  weft_doc_begin (self->doc, self);
  for (guint i = 0; i < redone->len; i++)
    restore_redone (self->doc->transaction, &g_array_index (redone, Redone, i), redone->len);
  keep_all (self, self->undo_stack);
  keep_all (self, self->redo_stack);
  weft_doc_commit (self->doc);
  weft_undo_manager_emit_changed (self);

  return TRUE;
}
