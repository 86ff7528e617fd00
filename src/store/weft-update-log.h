/* weft-update-log.h - the rows of the update log, in SQL
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A row is one update of one document. Its checksum covers the document's id, the number, kind, time
 * and bytes, so that a row is known to be whole wherever it is found. Rows that fail the check are
 * never used and never deleted.
 */

#pragma once

#include <glib.h>

#include "store/weft-database.h"

G_BEGIN_DECLS

#define WEFT_CHECKSUM_SIZE 16

/* What a row is; never renumbered. The first two are #WeftUpdateOrigin. */
typedef enum
{
  WEFT_ROW_LOCAL = 0,
  WEFT_ROW_REMOTE = 1,
  WEFT_ROW_SNAPSHOT = 2,
} WeftRowKind;

typedef struct
{
  char   *doc_id;
  guint64 seq;
  guint   kind;
  gint64  time; /* ms since 1970 */
  GBytes *data;
  GBytes *checksum; /* as it was read; NULL: the row was not read from the file */
} WeftLogRow;

/* Who wrote the clocks from @clock on, and when, or when they were deleted: what is kept of a row that a
 * snapshot replaced. */
typedef struct
{
  guint64 client;
  guint64 clock;
  guint64 length;
  guint    kind;
  gboolean deleted;
  gint64   time;
} WeftLogHistory;

/* @data is taken. */
WeftLogRow *weft_log_row_new       (const char    *doc_id,
                                    guint64        seq,
                                    guint          kind,
                                    gint64         time,
                                    GBytes        *data);
void        weft_log_row_free      (WeftLogRow    *self);
void        weft_log_row_checksum  (const WeftLogRow *self,
                                    guint8         checksum[WEFT_CHECKSUM_SIZE]);

/* Whether a row that was read is as it was written. */
gboolean    weft_log_row_is_sound  (const WeftLogRow *self);

/* Within a transaction of the caller. */
gboolean    weft_log_append        (WeftDatabase     *database,
                                    const WeftLogRow *row,
                                    GError          **error);
/* The sound rows of a document in order; @n_damaged counts the others.
 * Returns: (transfer full) (element-type WeftLogRow): with a free function set */
GPtrArray  *weft_log_read          (WeftDatabase     *database,
                                    const char       *doc_id,
                                    guint            *n_damaged,
                                    GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* All of them, not checked. */
GPtrArray  *weft_log_read_unchecked (WeftDatabase    *database,
                                    const char       *doc_id,
                                    GError          **error) G_GNUC_WARN_UNUSED_RESULT;
/* Puts @snapshot in the place of @rows, in one transaction.
 * @history: (element-type WeftLogHistory) */
gboolean    weft_log_replace       (WeftDatabase     *database,
                                    GPtrArray        *rows,
                                    const WeftLogRow *snapshot,
                                    GArray           *history,
                                    GError          **error);
/* Appends what is known of rows that were replaced to @history, what does not fit its checksum left out. */
gboolean    weft_log_read_history  (WeftDatabase     *database,
                                    const char       *doc_id,
                                    GArray           *history,
                                    GError          **error);
/* The greatest number in use. */
gboolean    weft_log_get_last_seq  (WeftDatabase     *database,
                                    guint64          *seq,
                                    GError          **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLogRow, weft_log_row_free)

G_END_DECLS
