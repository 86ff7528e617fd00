/* weft-users.c - who wrote what, and who deleted what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-users.h"

#include <string.h>

#include "crdt/weft-hash.h"
#include "crdt/weft-type.h"

struct _WeftUsers
{
  WeftDoc *doc; /* borrowed */
  WeftType *root;
  guint observer_id;

  char *user;              /* nullable */
  WeftClientId written_id; /* under which @user is noted */
  gboolean is_written;
  WeftDeleteSet *pending;

  /* What the doc says, read when it is asked for */
  gboolean is_read;
  GHashTable *clients;   /* client id -> user name, borrowed from @deletions */
  GHashTable *deletions; /* user name -> WeftDeleteSet */
};

/* Reading */

typedef struct
{
  WeftUsers *self;
  const char *name;
  WeftDeleteSet *deletions;
} ReadUser;

static void
read_id_cb (guint64        index,
            WeftId         id,
            const WeftAny *value,
            WeftType      *type,
            gpointer       user_data)
{
  const ReadUser *read = user_data;
  double number;
  guint64 client;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_NUMBER)
    return;
  number = weft_any_get_number (value);
  if (!(number >= 0 && number <= (double) WEFT_MAX_SAFE_INTEGER))
    return;

  client = (guint64) number;
  g_hash_table_insert (read->self->clients, g_memdup2 (&client, sizeof client),
                       (gpointer) read->name);
}

static void
read_deletions_cb (guint64        index,
                   WeftId         id,
                   const WeftAny *value,
                   WeftType      *type,
                   gpointer       user_data)
{
  const ReadUser *read = user_data;
  GBytes *bytes = value != NULL ? weft_any_get_bytes (value) : NULL;
  g_autoptr(WeftDeleteSet) deletions = NULL;

  if (bytes == NULL)
    return;

  /* A set that cannot be read tells nothing. */
  deletions = weft_delete_set_decode (bytes, NULL);
  if (deletions != NULL)
    weft_delete_set_merge (read->deletions, deletions);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char **) a, *(const char **) b);
}

static void
ensure_read (WeftUsers *self)
{
  g_autoptr(GPtrArray) names = NULL;

  if (self->is_read)
    return;

  self->is_read = TRUE;
  g_hash_table_remove_all (self->clients);
  g_hash_table_remove_all (self->deletions);

  /* Sorted, so that an id that two people claim belongs to the same one everywhere. */
  names = weft_map_list_keys (self->root);
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      WeftType *map = weft_map_get_type (self->root, names->pdata[i]);
      ReadUser read = { self, g_strdup (names->pdata[i]), weft_delete_set_new () };
      WeftType *ids = map != NULL ? weft_map_get_type (map, "ids") : NULL;
      WeftType *deletions = map != NULL ? weft_map_get_type (map, "ds") : NULL;

      g_hash_table_insert (self->deletions, (gpointer) read.name, read.deletions);
      if (ids != NULL)
        weft_array_foreach (ids, read_id_cb, &read);
      if (deletions != NULL)
        weft_array_foreach (deletions, read_deletions_cb, &read);
    }
}

/* Writing */

/* The map of the person, made with both of its arrays where it is not there. */
static WeftType *
ensure_map (WeftUsers *self)
{
  WeftType *map = weft_map_get_type (self->root, self->user);

  if (map == NULL)
    map = weft_map_set_type (self->root, self->user, WEFT_KIND_MAP);
  if (weft_map_get_type (map, "ids") == NULL)
    weft_map_set_type (map, "ids", WEFT_KIND_ARRAY);
  if (weft_map_get_type (map, "ds") == NULL)
    weft_map_set_type (map, "ds", WEFT_KIND_ARRAY);

  return map;
}

static void
append (WeftType *array,
        WeftAny  *value)
{
  g_autoptr(WeftAny) values = weft_any_new_array ();

  weft_any_array_take (values, value);
  weft_array_insert (array, weft_type_get_length (array), values);
}

static void
write_id (WeftUsers *self)
{
  WeftType *map;

  weft_doc_begin (self->doc, self);
  map = ensure_map (self);
  self->written_id = weft_doc_get_client_id (self->doc);
  self->is_written = TRUE;
  append (weft_map_get_type (map, "ids"), weft_any_new_number ((double) self->written_id));
  weft_doc_commit (self->doc);
}

static gboolean
is_below (WeftType *type,
          WeftType *ancestor)
{
  while (type != NULL && type != ancestor)
    type = weft_type_get_parent (type);

  return type != NULL;
}

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  WeftUsers *self = user_data;
  gboolean is_own = weft_transaction_get_origin (transaction) == self;
  gboolean is_changed = FALSE;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    is_changed |= is_below (weft_event_get_type (weft_transaction_get_event (transaction, i)),
                            self->root);
  if (is_changed)
    self->is_read = FALSE;

  if (is_own || self->user == NULL)
    return;

  if (weft_transaction_is_local (transaction))
    {
      weft_delete_set_merge (self->pending, weft_transaction_get_delete_set (transaction));
      if (!self->is_written || self->written_id != weft_doc_get_client_id (doc))
        write_id (self);
    }
  else if (is_changed && self->is_written
           && g_strcmp0 (weft_users_lookup_client (self, self->written_id), self->user) != 0)
    {
      /* Another device of that name made the map at the same time, and its map won. */
      write_id (self);
    }
}

/**
 * weft_users_new:
 * @doc: any doc; borrowed
 *
 * Returns: (transfer full): the people of @doc
 */
WeftUsers *
weft_users_new (WeftDoc *doc)
{
  static const WeftDocObserver observer = { .transaction = transaction_cb };
  WeftUsers *self = g_new0 (WeftUsers, 1);

  self->doc = doc;
  self->root = weft_doc_get_map (doc, "users");
  self->pending = weft_delete_set_new ();
  self->clients = g_hash_table_new_full (weft_hash_client, g_int64_equal, g_free, NULL);
  self->deletions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) weft_delete_set_free);
  self->observer_id = weft_doc_add_observer (doc, &observer, self);

  return self;
}

void
weft_users_free (WeftUsers *self)
{
  if (self == NULL)
    return;

  weft_doc_remove_observer (self->doc, self->observer_id);
  g_free (self->user);
  weft_delete_set_free (self->pending);
  g_hash_table_unref (self->clients);
  g_hash_table_unref (self->deletions);
  g_free (self);
}

gconstpointer
weft_users_get_origin (WeftUsers *self)
{
  return self;
}

/**
 * weft_users_set_user:
 * @self: the people of a doc
 * @user: (nullable): `<name> · <device>` of the person who edits here
 */
void
weft_users_set_user (WeftUsers  *self,
                     const char *user)
{
  if (g_strcmp0 (self->user, user) == 0)
    return;

  /* What was deleted so far was deleted under the old name. */
  weft_users_flush (self);
  g_free (self->user);
  self->user = g_strdup (user);
  self->is_written = FALSE;
}

const char *
weft_users_get_user (WeftUsers *self)
{
  return self->user;
}

gboolean
weft_users_has_pending (WeftUsers *self)
{
  return weft_delete_set_get_n_ranges (self->pending) > 0;
}

/**
 * weft_users_flush:
 * @self: the people of a doc
 *
 * Writes what the person deleted since the last time.
 */
void
weft_users_flush (WeftUsers *self)
{
  g_autoptr(WeftDeleteSet) deletions = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (self->user == NULL || !weft_users_has_pending (self))
    return;

  deletions = g_steal_pointer (&self->pending);
  self->pending = weft_delete_set_new ();
  weft_delete_set_normalize (deletions);
  bytes = weft_delete_set_encode (deletions);
  weft_doc_begin (self->doc, self);
  append (weft_map_get_type (ensure_map (self), "ds"), weft_any_new_bytes (bytes));
  weft_doc_commit (self->doc);
}

const char *
weft_users_lookup_client (WeftUsers   *self,
                          WeftClientId client)
{
  ensure_read (self);

  return g_hash_table_lookup (self->clients, &client);
}

const char *
weft_users_lookup_deletion (WeftUsers *self,
                            WeftId     id)
{
  GHashTableIter iter;
  gpointer name, deletions;
  const char *found = NULL;

  ensure_read (self);

  /* Where two people deleted the same, the name that sorts first stands for both. */
  g_hash_table_iter_init (&iter, self->deletions);
  while (g_hash_table_iter_next (&iter, &name, &deletions))
    if ((found == NULL || strcmp (name, found) < 0) && weft_delete_set_contains (deletions, id))
      found = name;

  return found;
}

typedef struct
{
  WeftDeletionsFunc func;
  gpointer user_data;
} VisitDeletions;

static void
visit_entry_cb (guint64        index,
                WeftId         id,
                const WeftAny *value,
                WeftType      *type,
                gpointer       user_data)
{
  const VisitDeletions *visit = user_data;
  GBytes *bytes = value != NULL ? weft_any_get_bytes (value) : NULL;
  g_autoptr(WeftDeleteSet) deletions = bytes != NULL ? weft_delete_set_decode (bytes, NULL) : NULL;

  if (deletions != NULL)
    visit->func (id, deletions, visit->user_data);
}

/**
 * weft_users_foreach_noted:
 * @doc: any doc
 * @func: called for each set in `users`; it may keep a copy
 * @user_data: given to @func
 *
 * The sets stand in no order; one that cannot be read is left out.
 */
void
weft_users_foreach_noted (WeftDoc          *doc,
                          WeftDeletionsFunc func,
                          gpointer          user_data)
{
  WeftType *users = weft_doc_get_map (doc, "users");
  g_autoptr(GPtrArray) names = weft_map_list_keys (users);
  VisitDeletions visit = { func, user_data };

  for (guint i = 0; i < names->len; i++)
    {
      WeftType *map = weft_map_get_type (users, names->pdata[i]);
      WeftType *entries = map != NULL ? weft_map_get_type (map, "ds") : NULL;

      if (entries != NULL)
        weft_array_foreach (entries, visit_entry_cb, &visit);
    }
}

GPtrArray *
weft_users_list (WeftUsers *self)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  ensure_read (self);
  g_hash_table_iter_init (&iter, self->deletions);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_ptr_array_add (names, name);
  g_ptr_array_sort (names, compare_names);

  return names;
}
