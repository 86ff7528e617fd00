/* weft-update-log.c - the rows of the update log, in SQL
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-update-log.h"

#include <string.h>

WeftLogRow *
weft_log_row_new (const char *doc_id,
                  guint64     seq,
                  guint       kind,
                  gint64      time,
                  GBytes     *data)
{
  WeftLogRow *self = g_new0 (WeftLogRow, 1);

  self->doc_id = g_strdup (doc_id);
  self->seq = seq;
  self->kind = kind;
  self->time = time;
  self->data = data;

  return self;
}

void
weft_log_row_free (WeftLogRow *self)
{
  g_free (self->doc_id);
  g_bytes_unref (self->data);
  g_bytes_unref (self->checksum);
  g_free (self);
}

void
weft_log_row_checksum (const WeftLogRow *self,
                       guint8            checksum[WEFT_CHECKSUM_SIZE])
{
  g_autoptr(GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  guint64 numbers[3] = { GUINT64_TO_LE (self->seq), GUINT64_TO_LE ((guint64) self->time),
                         GUINT64_TO_LE ((guint64) self->kind) };
  guint8 digest[32];
  gsize digest_size = sizeof digest;
  gsize size;
  gconstpointer data = g_bytes_get_data (self->data, &size);

  /* With its terminating zero, so that the id and what follows cannot trade bytes. */
  g_checksum_update (sum, (const guint8 *) self->doc_id, strlen (self->doc_id) + 1);
  g_checksum_update (sum, (const guint8 *) numbers, sizeof numbers);
  if (size > 0)
    g_checksum_update (sum, data, size);
  g_checksum_get_digest (sum, digest, &digest_size);
  memcpy (checksum, digest, WEFT_CHECKSUM_SIZE);
}

gboolean
weft_log_row_is_sound (const WeftLogRow *self)
{
  guint8 expected[WEFT_CHECKSUM_SIZE];

  weft_log_row_checksum (self, expected);
  return g_bytes_get_size (self->checksum) == WEFT_CHECKSUM_SIZE
         && memcmp (g_bytes_get_data (self->checksum, NULL), expected, WEFT_CHECKSUM_SIZE) == 0;
}

#define INSERT_ROW                                                                                 \
  "INSERT INTO updates (seq, doc, kind, time, checksum, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"

gboolean
weft_log_append (WeftDatabase     *database,
                 const WeftLogRow *row,
                 GError          **error)
{
  WeftStatement *insert = weft_database_get (database, INSERT_ROW);
  guint8 sum[WEFT_CHECKSUM_SIZE];
  g_autoptr(GBytes) checksum = NULL;

  weft_log_row_checksum (row, sum);
  checksum = g_bytes_new (sum, sizeof sum);

  weft_statement_bind_int64 (insert, 1, (gint64) row->seq);
  weft_statement_bind_text (insert, 2, row->doc_id);
  weft_statement_bind_int64 (insert, 3, row->kind);
  weft_statement_bind_int64 (insert, 4, row->time);
  weft_statement_bind_bytes (insert, 5, checksum);
  weft_statement_bind_bytes (insert, 6, row->data);

  return weft_statement_finish (insert, error);
}

#define READ_ROWS "SELECT seq, kind, time, checksum, data FROM updates WHERE doc = ?1 ORDER BY seq"

static WeftLogRow *
read_row (WeftStatement *query,
          const char    *doc_id)
{
  WeftLogRow *row = weft_log_row_new (doc_id, (guint64) weft_statement_get_int64 (query, 0),
                                      (guint) weft_statement_get_int64 (query, 1),
                                      weft_statement_get_int64 (query, 2), weft_statement_dup_bytes (query, 4));

  row->checksum = weft_statement_dup_bytes (query, 3);

  return row;
}

/* @n_damaged: (nullable): do not check */
static GPtrArray *
read_rows (WeftDatabase *database,
           const char   *doc_id,
           guint        *n_damaged,
           GError      **error)
{
  WeftStatement *query = weft_database_get (database, READ_ROWS);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_log_row_free);

  weft_statement_bind_text (query, 1, doc_id);
  while (weft_statement_step (query))
    {
      g_autoptr(WeftLogRow) row = read_row (query, doc_id);

      if (n_damaged == NULL || weft_log_row_is_sound (row))
        g_ptr_array_add (rows, g_steal_pointer (&row));
      else
        (*n_damaged)++;
    }

  if (!weft_statement_finish (query, error))
    return NULL;

  return g_steal_pointer (&rows);
}

GPtrArray *
weft_log_read (WeftDatabase *database,
               const char   *doc_id,
               guint        *n_damaged,
               GError      **error)
{
  *n_damaged = 0;

  return read_rows (database, doc_id, n_damaged, error);
}

GPtrArray *
weft_log_read_unchecked (WeftDatabase *database,
                         const char   *doc_id,
                         GError      **error)
{
  return read_rows (database, doc_id, NULL, error);
}

#define DELETE_ROW "DELETE FROM updates WHERE seq = ?1"
#define INSERT_HISTORY                                                                             \
  "INSERT INTO history (doc, client, clock, length, kind, time, checksum)"                         \
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, weft_sum ('history', ?1, ?2, ?3, ?4, ?5, ?6))"

#define INSERT_DELETION                                                                            \
  "INSERT INTO deletions (doc, client, clock, length, kind, time, checksum)"                       \
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, weft_sum ('deletions', ?1, ?2, ?3, ?4, ?5, ?6))"

static gboolean
replace_rows (WeftDatabase     *database,
              GPtrArray        *rows,
              const WeftLogRow *snapshot,
              GArray           *history,
              GError          **error)
{
  WeftStatement *remove = weft_database_get (database, DELETE_ROW);
  WeftStatement *remember_written = weft_database_get (database, INSERT_HISTORY);
  WeftStatement *remember_deleted = weft_database_get (database, INSERT_DELETION);

  for (guint i = 0; i < rows->len; i++)
    {
      const WeftLogRow *row = g_ptr_array_index (rows, i);

      weft_statement_bind_int64 (remove, 1, (gint64) row->seq);
      if (!weft_statement_finish (remove, error))
        return FALSE;
    }

  for (guint i = 0; i < history->len; i++)
    {
      const WeftLogHistory *entry = &g_array_index (history, WeftLogHistory, i);
      WeftStatement *remember = entry->deleted ? remember_deleted : remember_written;

      weft_statement_bind_text (remember, 1, snapshot->doc_id);
      weft_statement_bind_int64 (remember, 2, (gint64) entry->client);
      weft_statement_bind_int64 (remember, 3, (gint64) entry->clock);
      weft_statement_bind_int64 (remember, 4, (gint64) entry->length);
      weft_statement_bind_int64 (remember, 5, entry->kind);
      weft_statement_bind_int64 (remember, 6, entry->time);
      if (!weft_statement_finish (remember, error))
        return FALSE;
    }

  return weft_log_append (database, snapshot, error);
}

gboolean
weft_log_replace (WeftDatabase     *database,
                  GPtrArray        *rows,
                  const WeftLogRow *snapshot,
                  GArray           *history,
                  GError          **error)
{
  if (!weft_database_begin (database, error))
    return FALSE;

  if (!replace_rows (database, rows, snapshot, history, error))
    {
      weft_database_rollback (database);
      return FALSE;
    }

  return weft_database_commit (database, error);
}

#define READ_HISTORY                                                                               \
  "SELECT client, clock, length, kind, time, 0 FROM history WHERE doc = ?1"                        \
  " AND (checksum IS NULL OR checksum = weft_sum ('history', doc, client, clock, length, kind, time))" \
  " UNION ALL SELECT client, clock, length, kind, time, 1 FROM deletions WHERE doc = ?1"           \
  " AND checksum = weft_sum ('deletions', doc, client, clock, length, kind, time)"

gboolean
weft_log_read_history (WeftDatabase *database,
                       const char   *doc_id,
                       GArray       *history,
                       GError      **error)
{
  WeftStatement *query = weft_database_get (database, READ_HISTORY);

  weft_statement_bind_text (query, 1, doc_id);
  while (weft_statement_step (query))
    {
      WeftLogHistory entry = {
        .client = (guint64) weft_statement_get_int64 (query, 0),
        .clock = (guint64) weft_statement_get_int64 (query, 1),
        .length = (guint64) weft_statement_get_int64 (query, 2),
        .kind = (guint) weft_statement_get_int64 (query, 3),
        .time = weft_statement_get_int64 (query, 4),
        .deleted = weft_statement_get_int64 (query, 5) != 0,
      };

      g_array_append_val (history, entry);
    }

  return weft_statement_finish (query, error);
}

gboolean
weft_log_get_last_seq (WeftDatabase *database,
                       guint64      *seq,
                       GError      **error)
{
  WeftStatement *query = weft_database_get (database, "SELECT max (seq) FROM updates");

  *seq = 0;
  if (weft_statement_step (query))
    *seq = (guint64) weft_statement_get_int64 (query, 0);

  return weft_statement_finish (query, error);
}
