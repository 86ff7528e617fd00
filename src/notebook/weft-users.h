/* weft-users.h - who wrote what, and who deleted what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The root `users` of every doc, as Yjs' PermanentUserData keeps it: for each `<name> · <device>` a map
 * with `ids`, the client ids under which they wrote, and `ds`, encoded sets of what they deleted.
 *
 * Nothing is written before the first edit of the person; then their client id. Deletions are gathered
 * and written by weft_users_flush(), which the owner calls at most every 30 s and before closing. All
 * of it has weft_users_get_origin() as its origin, so that it stays outside undo.
 */

#pragma once

#include "crdt/weft-doc.h"

G_BEGIN_DECLS

typedef struct _WeftUsers WeftUsers;

/* @doc is borrowed and must outlive it. */
WeftUsers    *weft_users_new             (WeftDoc       *doc) G_GNUC_WARN_UNUSED_RESULT;
void          weft_users_free            (WeftUsers     *self);
gconstpointer weft_users_get_origin      (WeftUsers     *self);
/* Who writes here: `<name> · <device>`; %NULL: nobody is noted. Counts from the next edit on. */
void          weft_users_set_user        (WeftUsers     *self,
                                          const char    *user);
const char   *weft_users_get_user        (WeftUsers     *self);
/* Whether deletions wait to be written. */
gboolean      weft_users_has_pending     (WeftUsers     *self);
void          weft_users_flush           (WeftUsers     *self);
/* Who wrote as @client; %NULL: not known. Borrowed, good until the document changes. */
const char   *weft_users_lookup_client   (WeftUsers     *self,
                                          WeftClientId   client);
/* Who deleted what has @id; %NULL: not known. */
const char   *weft_users_lookup_deletion (WeftUsers     *self,
                                          WeftId         id);
/* Visits the sets of deletions that were noted. @id: of the note */
typedef void (*WeftDeletionsFunc)        (WeftId         id,
                                          WeftDeleteSet *deletions,
                                          gpointer       user_data);
void          weft_users_foreach_noted   (WeftDoc       *doc,
                                          WeftDeletionsFunc func,
                                          gpointer       user_data);
/* (transfer container) (element-type utf8): everybody, borrowed, sorted */
GPtrArray    *weft_users_list            (WeftUsers     *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftUsers, weft_users_free)

G_END_DECLS
