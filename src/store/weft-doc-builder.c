/* weft-doc-builder.c - makes documents and snapshots out of rows; no SQL, on any thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-doc-builder.h"

#include <glib/gi18n-lib.h>

/* What one client writes without a pause as long as this is one entry of the history. */
#define HISTORY_RUN_MS 60000

typedef struct
{
  const WeftLogRow *row;
  GArray *history;

  /* client -> index + 1 of its last entry */
  GHashTable *last;

  /* What was deleted within a run of time, nullable: single characters become ranges. */
  WeftDeleteSet *deletions;
  guint deletions_kind;
  gint64 deletions_time;
} Recorder;

WeftDoc *
weft_doc_build (GPtrArray *rows,
                guint     *n_damaged)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();

  *n_damaged = 0;
  for (guint i = 0; i < rows->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (rows, i);
      g_autoptr(GError) error = NULL;

      if (!weft_doc_apply_update (doc, row->data, NULL, &error))
        {
          g_message ("Update %" G_GUINT64_FORMAT " is left out: %s", row->seq, error->message);
          (*n_damaged)++;
        }
    }

  return g_steal_pointer (&doc);
}

static void
record_run (Recorder *self,
            guint64   client,
            guint64   from,
            guint64   to)
{
  guint last = GPOINTER_TO_UINT (g_hash_table_lookup (self->last, &client));
  WeftLogHistory entry = {
    .client = client,
    .clock = from,
    .length = to - from,
    .kind = self->row->kind,
    .time = self->row->time,
  };

  if (last > 0)
    {
      WeftLogHistory *run = &g_array_index (self->history, WeftLogHistory, last - 1);

      if (run->clock + run->length == from && run->kind == entry.kind && entry.time >= run->time
          && entry.time - run->time < HISTORY_RUN_MS)
        {
          run->length += entry.length;
          return;
        }
    }

  g_array_append_val (self->history, entry);
  g_hash_table_insert (self->last, g_memdup2 (&client, sizeof client),
                       GUINT_TO_POINTER (self->history->len));
}

static void
flush_deletions (Recorder *self)
{
  g_autoptr(WeftDeleteSet) deletions = g_steal_pointer (&self->deletions);

  if (deletions == NULL)
    return;

  weft_delete_set_normalize (deletions);
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deletions); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deletions, i);
      WeftLogHistory entry = {
        .client = range->client,
        .clock = range->clock,
        .length = range->length,
        .kind = self->deletions_kind,
        .deleted = TRUE,
        .time = self->deletions_time,
      };

      g_array_append_val (self->history, entry);
    }
}

static void
record_deletions (Recorder      *self,
                  WeftDeleteSet *deletions)
{
  if (weft_delete_set_get_n_ranges (deletions) == 0)
    return;

  if (self->deletions != NULL
      && (self->row->kind != self->deletions_kind || self->row->time < self->deletions_time
          || self->row->time - self->deletions_time >= HISTORY_RUN_MS))
    flush_deletions (self);

  if (self->deletions == NULL)
    {
      self->deletions = weft_delete_set_new ();
      self->deletions_kind = self->row->kind;
      self->deletions_time = self->row->time;
    }
  weft_delete_set_merge (self->deletions, deletions);
}

static void
record_transaction_cb (WeftDoc         *doc,
                       WeftTransaction *transaction,
                       gpointer         user_data)
{
  Recorder *self = user_data;
  const WeftStateVector *before = weft_transaction_get_before_state (transaction);
  const WeftStateVector *after = weft_transaction_get_after_state (transaction);

  /* The history of what a snapshot holds was kept when it was made. */
  if (self->row->kind == WEFT_ROW_SNAPSHOT)
    return;

  for (gsize i = 0; i < weft_state_vector_get_n_clients (after); i++)
    {
      WeftClientId client;
      WeftClock to;
      WeftClock from;

      weft_state_vector_get_entry (after, i, &client, &to);
      from = weft_state_vector_get (before, client);
      if (to > from)
        record_run (self, client, from, to);
    }

  record_deletions (self, weft_transaction_get_delete_set (transaction));
}

/* Whether a document made of @snapshot is one of @state and @deletions. */
static gboolean
holds (GBytes                *snapshot,
       const WeftStateVector *state,
       WeftDeleteSet         *deletions)
{
  g_autoptr(WeftDoc) copy = weft_doc_new ();
  g_autoptr(WeftStateVector) copy_state = NULL;
  g_autoptr(WeftDeleteSet) copy_deletions = NULL;

  if (!weft_doc_apply_update (copy, snapshot, NULL, NULL))
    return FALSE;

  copy_state = weft_doc_get_state_vector (copy);
  copy_deletions = weft_doc_get_delete_set (copy);

  return !weft_doc_has_pending (copy) && weft_state_vector_equal (state, copy_state)
         && weft_delete_set_equal (deletions, copy_deletions);
}

static gboolean
apply_recorded (WeftDoc   *doc,
                GPtrArray *rows,
                GArray    *history,
                guint     *n_refused,
                GError   **error)
{
  const WeftDocObserver observer = { .transaction = record_transaction_cb };
  g_autoptr(GHashTable) last = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  Recorder recorder = { .history = history, .last = last };
  guint id = weft_doc_add_observer (doc, &observer, &recorder);
  gboolean applied = TRUE;

  for (guint i = 0; i < rows->len && applied; i++)
    {
      recorder.row = g_ptr_array_index (rows, i);
      applied = weft_doc_apply_update (doc, recorder.row->data, NULL, n_refused == NULL ? error : NULL);
      if (!applied && n_refused != NULL)
        {
          (*n_refused)++;
          applied = TRUE;
        }
    }

  flush_deletions (&recorder);
  weft_doc_remove_observer (doc, id);
  return applied;
}

WeftDoc *
weft_doc_build_recorded (GPtrArray *rows,
                         GArray    *history)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  guint n_refused = 0;

  apply_recorded (doc, rows, history, &n_refused, NULL);
  if (n_refused > 0)
    g_message ("%u updates are left out of a history", n_refused);

  return g_steal_pointer (&doc);
}

WeftLogRow *
weft_snapshot_build (GPtrArray *rows,
                     GArray   **history,
                     GError   **error)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftStateVector) state = NULL;
  g_autoptr(WeftDeleteSet) deletions = NULL;
  g_autoptr(GArray) entries = g_array_new (FALSE, FALSE, sizeof (WeftLogHistory));
  g_autoptr(GBytes) snapshot = NULL;
  const WeftLogRow *last;

  g_return_val_if_fail (rows->len > 0, NULL);

  if (!apply_recorded (doc, rows, entries, NULL, error))
    return NULL;

  if (weft_doc_has_pending (doc))
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
                           _ ("The document waits for updates that did not arrive yet"));
      return NULL;
    }

  /* Of a large document there is never more than one at a time, nor the rows beside it. */
  for (guint i = 0; i < rows->len; i++)
    {
      WeftLogRow *row = g_ptr_array_index (rows, i);

      g_bytes_unref (row->data);
      row->data = g_bytes_new (NULL, 0);
    }
  snapshot = weft_doc_encode_state (doc);
  state = weft_doc_get_state_vector (doc);
  deletions = weft_doc_get_delete_set (doc);
  g_clear_pointer (&doc, weft_doc_free);
  if (!holds (snapshot, state, deletions))
    {
      g_set_error_literal (error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_FAILED,
                           _ ("The snapshot does not hold what the document holds"));
      return NULL;
    }

  last = g_ptr_array_index (rows, rows->len - 1);
  *history = g_steal_pointer (&entries);
  return weft_log_row_new (last->doc_id, last->seq, WEFT_ROW_SNAPSHOT, last->time,
                           g_steal_pointer (&snapshot));
}
