/* weft-stretches.h - what was written while apart
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The root `stretches` of every doc, a Y.Array. A replica that edited without a connection appends an
 * entry when it meets a peer again:
 *
 *     [client, fromClock, toClock, seen, deletions, user, fromTime, toTime, met?, taken?, gone?]
 *
 * `seen` is the encoded state vector when it wrote the first of it, `deletions` the encoded delete set of what it
 * deleted, times are ms since 1970. `met` is the encoded state vector right after both had merged; so
 * what is in `met` and not in `seen` was written by people who could not know of this stretch, and the
 * other way round. An entry without it is only a notice (written from time to time while apart, so
 * that a crash does not lose all of it) until one with it follows for the same client.
 *
 * A state vector does not tell what was deleted, and who deletes notes it up to 30 s late (weft-users.h). So the
 * entry says it: `taken` is the encoded delete set of what was there at `seen` and was deleted by others when they
 * met; `gone` of what others had deleted shortly before `seen`, and nobody had noted by then.
 *
 *     deleted ... and not noted yet     while apart           later
 *        gone by then     gone             taken         in neither of them
 *     ─────────────────────┴────────┼────────────────┼────────────────────▶
 *                                  seen             met
 */

#pragma once

#include "crdt/weft-undo.h"

G_BEGIN_DECLS

typedef struct
{
  WeftId           id; /* of the entry */
  WeftClientId     client;
  WeftClock        from;
  WeftClock        to; /* the first clock that is not in it */
  WeftStateVector *seen;
  WeftDeleteSet   *deletions;
  char            *user; /* nullable */
  gint64           from_ms;
  gint64           to_ms;
  WeftStateVector *met; /* nullable */
  /* With @met: up to where others wrote without knowing of it. That is @met, and the stretches of those who came
   * back at the same moment: neither saw the other's */
  WeftStateVector *until;
  /* Both nullable: not known. An entry that was completed after others had come in by halves has none. */
  WeftDeleteSet   *taken;
  WeftDeleteSet   *gone;
} WeftStretch;

void       weft_stretch_free     (WeftStretch       *self);
gboolean   weft_stretch_contains (const WeftStretch *self,
                                  WeftId             id);
/* Whether @id was written by others while this replica was apart. %FALSE where that is not known. */
gboolean   weft_stretch_missed   (const WeftStretch *self,
                                  WeftId             id);

/* (transfer full) (element-type WeftStretch): those that can be read, in the order of client and clock.
 * Of the entries of one client that overlap, only the widest that tells most is given. */
GPtrArray *weft_stretches_read   (WeftDoc           *doc) G_GNUC_WARN_UNUSED_RESULT;

/* For a doc that was brought in step without a recorder: the notices that earlier runs of @user's device
 * left in it have met what @doc knows now. @before: (nullable): what it knew, @taken: (nullable): what others deleted
 * since. How many there were. */
guint      weft_stretches_complete (WeftDoc         *doc,
                                  const char        *user,
                                  const WeftStateVector *before,
                                  const WeftDeleteSet *taken);

/* Notes what is edited on one document while it has no connection. */
typedef struct _WeftStretchRecorder WeftStretchRecorder;

/* @doc is borrowed and must outlive it. @now: ms since 1970. It starts in step: a doc that is opened
 * without a connection is told so by weft_stretch_recorder_part(). */
WeftStretchRecorder *weft_stretch_recorder_new        (WeftDoc             *doc,
                                                       WeftNowFunc          now,
                                                       gpointer             now_data) G_GNUC_WARN_UNUSED_RESULT;
void                 weft_stretch_recorder_free       (WeftStretchRecorder *self);
/* The origin of its own transactions; they are outside undo. */
gconstpointer        weft_stretch_recorder_get_origin (WeftStretchRecorder *self);
/* `<name> · <device>`, as in weft-users.h */
void                 weft_stretch_recorder_set_user   (WeftStretchRecorder *self,
                                                       const char          *user);
/* The connection is gone, or has not been in step for more than 10 s. Does nothing when apart already. */
void                 weft_stretch_recorder_part       (WeftStretchRecorder *self);
gboolean             weft_stretch_recorder_is_apart   (WeftStretchRecorder *self);
/* While apart: writes a notice of what was edited since the last one, if anything. Every minute, and
 * before closing. */
void                 weft_stretch_recorder_flush      (WeftStretchRecorder *self);
/* In step again: the changes of the peer are applied. Writes the stretch, if anything was edited. */
void                 weft_stretch_recorder_meet       (WeftStretchRecorder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStretch, weft_stretch_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftStretchRecorder, weft_stretch_recorder_free)

G_END_DECLS
