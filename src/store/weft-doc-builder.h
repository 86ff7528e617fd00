/* weft-doc-builder.h - makes documents and snapshots out of rows; no SQL, on any thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-doc.h"
#include "store/weft-update-log.h"

G_BEGIN_DECLS

/* Applies @rows in order. @n_damaged counts those that the engine refuses.
 * @rows: (element-type WeftLogRow) */
WeftDoc    *weft_doc_build      (GPtrArray  *rows,
                                 guint      *n_damaged) G_GNUC_WARN_UNUSED_RESULT;
/* The same, and when each part of it was written or deleted: appended to @history (element-type WeftLogHistory).
 * Rows that cannot be applied are left out. */
WeftDoc    *weft_doc_build_recorded (GPtrArray  *rows,
                                     GArray     *history);
/* One row that stands for all of @rows: it was decoded again and has the same state vector and the same
 * deletions. An error is returned where it cannot: something is pending, or a row is refused.
 * The rows have no data afterwards. @history: (out) (element-type WeftLogHistory): what is not kept in the snapshot */
WeftLogRow *weft_snapshot_build (GPtrArray  *rows,
                                 GArray    **history,
                                 GError    **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
