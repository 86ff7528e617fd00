/* weft-snapshot.h - a moment of a document's history
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * How far each client was known, and what was deleted then. Together with a document that keeps
 * deleted content this says what the document looked like; see weft-snapshot-view.h. Immutable.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct _WeftSnapshot WeftSnapshot;

/* Of the document as it is now. Inside a transaction: with what it has done so far. */
WeftSnapshot          *weft_snapshot_new              (WeftDoc                *doc) G_GNUC_WARN_UNUSED_RESULT;
/* Of nothing: all of a document was added since. */
WeftSnapshot          *weft_snapshot_new_empty        (void) G_GNUC_WARN_UNUSED_RESULT;
/* @state_vector: (transfer full)  @deletes: (transfer full) */
WeftSnapshot          *weft_snapshot_new_take         (WeftStateVector        *state_vector,
                                                       WeftDeleteSet          *deletes) G_GNUC_WARN_UNUSED_RESULT;
WeftSnapshot          *weft_snapshot_ref              (WeftSnapshot           *self);
void                   weft_snapshot_unref            (WeftSnapshot           *self);
/* Y.decodeSnapshot() and Y.decodeSnapshotV2() */
WeftSnapshot          *weft_snapshot_decode           (GBytes                 *bytes,
                                                       WeftUpdateFormat        format,
                                                       GError                **error) G_GNUC_WARN_UNUSED_RESULT;
/* Y.encodeSnapshot() and Y.encodeSnapshotV2() */
GBytes                *weft_snapshot_encode           (const WeftSnapshot     *self,
                                                       WeftUpdateFormat        format);
gboolean               weft_snapshot_equal            (const WeftSnapshot     *a,
                                                       const WeftSnapshot     *b);
const WeftStateVector *weft_snapshot_get_state_vector (const WeftSnapshot     *self);
WeftDeleteSet         *weft_snapshot_get_delete_set   (const WeftSnapshot     *self); /* borrowed, not to be changed */
/* Whether the unit with this id was there and not deleted. */
gboolean               weft_snapshot_shows            (const WeftSnapshot     *self,
                                                       WeftId                  id);
/* The same; @end, above the id's clock, is how far the answer holds for this client. */
gboolean               weft_snapshot_shows_until      (const WeftSnapshot     *self,
                                                       WeftId                  id,
                                                       WeftClock              *end);
/* Whether all that @update brings was there, as Y.snapshotContainsUpdate(). %FALSE with @error set where it is malformed. */
gboolean               weft_snapshot_contains_update  (const WeftSnapshot     *self,
                                                       GBytes                 *update,
                                                       WeftUpdateFormat        format,
                                                       GError                **error);
/* Whether @doc knows all that @self names; only then @doc can be shown as it was. */
gboolean               weft_snapshot_is_of            (const WeftSnapshot     *self,
                                                       WeftDoc                *doc);
/* The update that makes an empty document what @doc was at @self. @doc must keep deleted content. */
GBytes                *weft_doc_encode_at_snapshot    (WeftDoc                *doc,
                                                       const WeftSnapshot     *snapshot,
                                                       GError                **error) G_GNUC_WARN_UNUSED_RESULT;
/* Another document that holds what @doc held at @self; Y.createDocFromSnapshot(). @doc must keep
 * deleted content. @options are those of weft_doc_new_with_options(). */
WeftDoc               *weft_doc_new_from_snapshot     (WeftDoc                *doc,
                                                       const WeftSnapshot     *snapshot,
                                                       WeftClientId            client_id,
                                                       const WeftDocOptions   *options,
                                                       GError                **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSnapshot, weft_snapshot_unref)

G_END_DECLS
