/* weft-relay-backend.h - where the relay keeps things: a file, or a database server
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The seam for databases. A backend is a table of functions, all of which are called on the store's one thread,
 * or before that thread starts and after it ended; they block and never call back. weft-relay-store.c makes groups of commits
 * out of them, and answers on other threads. weft-relay-sqlite.c is the one there is; another one is another file with
 * another `weft_relay_…_open ()` that weft-relay-store.c chooses by the configuration.
 *
 * What must hold: when commit() returns %TRUE, everything since begin() survives the end of this process (and a
 * power cut, unless the configuration says sync=normal); otherwise none of it is there. Versions of a room grow by one with each
 * append() that is committed.
 */

#pragma once

#include "relay/weft-relay-sql.h"

G_BEGIN_DECLS

typedef struct _WeftRelayBackend WeftRelayBackend;

/* The setting that names the notebook of the first start. */
#define WEFT_RELAY_SETTING_NOTEBOOK "notebook-id"

/* @room: its name; @n_bytes: what it takes; Returns: whether to go on */
typedef gboolean (*WeftRelayRoomFunc) (const char *room,
                                       guint64     version,
                                       guint64     n_bytes,
                                       gpointer    user_data);

typedef struct
{
  const char *name; /* for the log and /health */

  void     (*close)       (WeftRelayBackend  *self);
  gboolean (*begin)       (WeftRelayBackend  *self,
                           GError           **error);
  gboolean (*commit)      (WeftRelayBackend  *self,
                           GError           **error);
  void     (*rollback)    (WeftRelayBackend  *self);
  /* Adds an update; makes the room where it is new. Between begin() and commit(). */
  gboolean (*append)      (WeftRelayBackend  *self,
                           const char        *room,
                           GBytes            *update,
                           guint64           *version,
                           GError           **error);
  /* Replaces the log up to @version. Between begin() and commit(). */
  gboolean (*compact)     (WeftRelayBackend  *self,
                           const char        *room,
                           GBytes            *snapshot,
                           guint64            version,
                           GError           **error);
  /* Appends to @updates the snapshot, then what came later, damaged rows left out. A room that is not there has
   * version 0. @n_log: updates since the snapshot; @n_damaged: what was left out */
  gboolean (*load)        (WeftRelayBackend  *self,
                           const char        *room,
                           GPtrArray         *updates,
                           guint64           *version,
                           guint             *n_log,
                           guint             *n_damaged,
                           GError           **error);
  /* (nullable): where several relays share the database. The same, but only what came after version @since: the snapshot is
   * left out where it does not reach beyond that. */
  gboolean (*load_since)  (WeftRelayBackend  *self,
                           const char        *room,
                           guint64            since,
                           GPtrArray         *updates,
                           guint64           *version,
                           GError           **error);
  gboolean (*list_rooms)  (WeftRelayBackend  *self,
                           WeftRelayRoomFunc  func,
                           gpointer           user_data,
                           GError           **error);
  /* (transfer full) (nullable): %NULL without @error where it is not set */
  char    *(*get_setting) (WeftRelayBackend  *self,
                           const char        *name,
                           GError           **error);
  gboolean (*put_setting) (WeftRelayBackend  *self,
                           const char        *name,
                           const char        *value,
                           GError           **error);
  /* Asks or changes what accounts are kept in; @self is a #WeftRelayBackend. Between begin() and commit(). */
  WeftRelaySqlFunc query;
  /* (nullable): after each group of commits: what keeps the database in order */
  void     (*upkeep)      (WeftRelayBackend  *self);
  /* (nullable): @frozen: everything so far goes into one file, which stays as it is until the next call with %FALSE, while
   * others go on. Returns: (transfer full) (nullable): that file; %NULL with @error, or with %FALSE */
  char    *(*freeze)      (WeftRelayBackend  *self,
                           gboolean           frozen,
                           GError           **error);
} WeftRelayBackendFuncs;

/* A backend's own struct begins with this one. */
struct _WeftRelayBackend
{
  const WeftRelayBackendFuncs *funcs;
};

/* What stands beside a row's data: the first bytes of its SHA-256. (transfer full) */
GBytes  *weft_relay_backend_make_checksum (GBytes     *data);
/* Whether @data is what @checksum was made of. Where not, that is logged, and the row is to be left out. */
gboolean weft_relay_backend_check_row     (GBytes     *data,
                                           GBytes     *checksum,
                                           const char *room,
                                           gint64      version);

G_END_DECLS
