/* weft-change-tally.h - how many changes wait, as a person counts them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every letter is a transaction; nobody calls ten letters ten changes. A change is what was done in one place: a
 * passage of a note, a shape, a page of the tree.
 *
 *     We meet on Monday⏎Bring tea⏎        Monday -> Tuesday, then "green " before tea: 2 changes
 *                ╰──┬──╯      ╰┬╯
 *               a passage   another one, since a line break lies between
 *
 * What Weft itself notes in a document (`users`, `stretches`, `edited`) is none. Passages move with the text around
 * them, whoever changes it.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct _WeftChangeTally WeftChangeTally;

/* @doc is borrowed. */
WeftChangeTally *weft_change_tally_new   (WeftDoc         *doc) G_GNUC_WARN_UNUSED_RESULT;
void             weft_change_tally_free  (WeftChangeTally *self);
/* A transaction of the doc; local ones count. In its callback. */
void             weft_change_tally_note  (WeftChangeTally *self,
                                          WeftTransaction *transaction);
/* Nothing waits any more. */
void             weft_change_tally_clear (WeftChangeTally *self);
guint            weft_change_tally_get_n (WeftChangeTally *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftChangeTally, weft_change_tally_free)

G_END_DECLS
