/* weft-awareness.c - who is here: one small state for each client, forgotten when it falls silent
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Follows awareness.js of y-protocols. The clock of a client that left is remembered for a while, so
 * that a late copy of its last state does not bring it back.
 */

#include "config.h"

#include "crdt/weft-awareness.h"
#include "crdt/weft-hash.h"

/* More clients than this in one document are not people; an update that brings them is refused. */
#define MAX_CLIENTS 4096

/* How long the clock of a client that left is remembered. */
#define REMEMBER_MS (10 * WEFT_AWARENESS_TIMEOUT_MS)

typedef struct
{
  WeftClientId client;
  guint64      clock;
  gint64       heard_ms;
  WeftAny     *state; /* owned; %NULL: gone */
} Entry;

struct _WeftAwareness
{
  WeftClientId      client_id;
  GHashTable       *entries; /* &Entry.client -> Entry */
  WeftAwarenessFunc observer;
  gpointer          observer_data;
};

/* What the observer is told. */
typedef struct
{
  GArray *added;
  GArray *updated;
  GArray *removed;
} Changes;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->state, weft_any_unref);
  g_free (entry);
}

static Entry *
find_entry (WeftAwareness *self,
            WeftClientId   client)
{
  return g_hash_table_lookup (self->entries, &client);
}

static Entry *
get_entry (WeftAwareness *self,
           WeftClientId   client)
{
  Entry *entry = find_entry (self, client);

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->client = client;
      g_hash_table_insert (self->entries, &entry->client, entry);
    }

  return entry;
}

/* Gives @entry the clock after @clock; the last one there is stays, as nobody could read a later one. */
static void
advance (Entry  *entry,
         guint64 clock)
{
  entry->clock = MIN (clock, WEFT_MAX_SAFE_INTEGER - 1) + 1;
}

static void
changes_init (Changes *changes)
{
  changes->added = g_array_new (FALSE, FALSE, sizeof (guint64));
  changes->updated = g_array_new (FALSE, FALSE, sizeof (guint64));
  changes->removed = g_array_new (FALSE, FALSE, sizeof (guint64));
}

/* Tells the observer and clears @changes. */
static void
changes_emit (Changes       *changes,
              WeftAwareness *self,
              gconstpointer  origin)
{
  if (self->observer != NULL &&
      changes->added->len + changes->updated->len + changes->removed->len > 0)
    self->observer (self, changes->added, changes->updated, changes->removed, origin, self->observer_data);

  g_array_unref (changes->added);
  g_array_unref (changes->updated);
  g_array_unref (changes->removed);
}

/* Gives @entry a new state and notes what that means for those who watch. @state: (transfer full) */
static void
replace_state (Entry   *entry,
               WeftAny *state,
               Changes *changes)
{
  WeftAny *old = g_steal_pointer (&entry->state);

  entry->state = state;

  if (old == NULL && state != NULL)
    g_array_append_val (changes->added, entry->client);
  else if (old != NULL && state == NULL)
    g_array_append_val (changes->removed, entry->client);
  else if (old != NULL && !weft_any_equal (old, state))
    g_array_append_val (changes->updated, entry->client);

  g_clear_pointer (&old, weft_any_unref);
}

/**
 * weft_awareness_new:
 * @client_id: the client id of the document
 *
 * Returns: (transfer full): an awareness in which nobody is here
 */
WeftAwareness *
weft_awareness_new (WeftClientId client_id)
{
  WeftAwareness *self = g_new0 (WeftAwareness, 1);

  self->client_id = client_id;
  self->entries = g_hash_table_new_full (weft_hash_client, g_int64_equal, NULL, entry_free);
  return self;
}

void
weft_awareness_free (WeftAwareness *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

WeftClientId
weft_awareness_get_client_id (WeftAwareness *self)
{
  return self->client_id;
}

void
weft_awareness_set_client_id (WeftAwareness *self,
                              WeftClientId   client_id,
                              gint64         now_ms)
{
  Entry *entry = find_entry (self, self->client_id);
  WeftAny *state = entry != NULL ? g_steal_pointer (&entry->state) : NULL;
  Changes changes;

  if (client_id == self->client_id)
    {
      if (entry != NULL)
        entry->state = state;
      return;
    }

  self->client_id = client_id;
  if (state == NULL)
    return;

  changes_init (&changes);
  advance (entry, entry->clock);
  entry->heard_ms = now_ms;
  g_array_append_val (changes.removed, entry->client);

  entry = get_entry (self, client_id);
  advance (entry, entry->clock);
  entry->heard_ms = now_ms;
  replace_state (entry, state, &changes);
  changes_emit (&changes, self, NULL);
}

void
weft_awareness_set_local_state (WeftAwareness *self,
                                WeftAny       *state,
                                gint64         now_ms)
{
  Entry *entry = find_entry (self, self->client_id);
  Changes changes;

  if (state == NULL && (entry == NULL || entry->state == NULL))
    return;

  /* A first clock of 0 would be passed over by the others. */
  entry = get_entry (self, self->client_id);
  advance (entry, entry->clock);
  entry->heard_ms = now_ms;
  changes_init (&changes);
  replace_state (entry, state != NULL ? weft_any_ref (state) : NULL, &changes);
  changes_emit (&changes, self, NULL);
}

/* A copy of the object @state without @field. */
static WeftAny *
copy_without (const WeftAny *state,
              const char    *field)
{
  WeftAny *copy = weft_any_new_object ();

  if (state == NULL || weft_any_get_kind (state) != WEFT_ANY_OBJECT)
    return copy;

  for (gsize i = 0; i < weft_any_get_n_items (state); i++)
    if (!g_str_equal (weft_any_get_key (state, i), field))
      weft_any_object_take (copy, weft_any_get_key (state, i),
                            weft_any_ref ((WeftAny *) weft_any_get_item (state, i)));

  return copy;
}

void
weft_awareness_set_local_field (WeftAwareness *self,
                                const char    *field,
                                WeftAny       *value,
                                gint64         now_ms)
{
  g_autoptr(WeftAny) state = copy_without (weft_awareness_get_local_state (self), field);

  if (value != NULL)
    weft_any_object_take (state, field, weft_any_ref (value));

  weft_awareness_set_local_state (self, state, now_ms);
}

const WeftAny *
weft_awareness_get_local_state (WeftAwareness *self)
{
  return weft_awareness_get_state (self, self->client_id);
}

const WeftAny *
weft_awareness_get_state (WeftAwareness *self,
                          WeftClientId   client)
{
  Entry *entry = find_entry (self, client);

  return entry != NULL ? entry->state : NULL;
}

static int
compare_clients (gconstpointer a,
                 gconstpointer b)
{
  guint64 left = *(const guint64 *) a;
  guint64 right = *(const guint64 *) b;

  return left < right ? -1 : left > right;
}

GArray *
weft_awareness_list_clients (WeftAwareness *self)
{
  GArray *clients = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry->state != NULL)
        g_array_append_val (clients, entry->client);
    }

  g_array_sort (clients, compare_clients);
  return clients;
}

static void
put_entry (WeftWriter  *writer,
           const Entry *entry)
{
  g_autofree char *json = entry->state != NULL ? weft_any_to_json (entry->state) : g_strdup ("null");

  weft_writer_put_varuint (writer, entry->client);
  weft_writer_put_varuint (writer, entry->clock);
  weft_writer_put_string (writer, json, -1);
}

/**
 * weft_awareness_encode:
 * @clients: (nullable): whose states to write; %NULL: of all that are here
 *
 * Clients that were never heard of are left out.
 *
 * Returns: (transfer full): an awareness update
 */
GBytes *
weft_awareness_encode (WeftAwareness      *self,
                       const WeftClientId *clients,
                       gsize               n_clients)
{
  g_autoptr(GArray) all = NULL;
  gsize n_known = 0;
  WeftWriter writer;

  if (clients == NULL)
    {
      all = weft_awareness_list_clients (self);
      clients = (const WeftClientId *) (gpointer) all->data;
      n_clients = all->len;
    }

  for (gsize i = 0; i < n_clients; i++)
    n_known += find_entry (self, clients[i]) != NULL;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_known);

  for (gsize i = 0; i < n_clients; i++)
    {
      Entry *entry = find_entry (self, clients[i]);

      if (entry != NULL)
        put_entry (&writer, entry);
    }

  return weft_writer_steal_bytes (&writer);
}

static void
decoded_clear (gpointer data)
{
  g_clear_pointer (&((Entry *) data)->state, weft_any_unref);
}

/* Reads an update whole. */
static GArray *
decode_update (GBytes  *update,
               GError **error)
{
  g_autoptr(GArray) decoded = g_array_new (FALSE, TRUE, sizeof (Entry));
  WeftReader reader;
  gsize n_entries;

  g_array_set_clear_func (decoded, decoded_clear);
  weft_reader_init_bytes (&reader, update);
  n_entries = weft_reader_get_count (&reader, 3);

  for (gsize i = 0; i < n_entries && !reader.failed; i++)
    {
      Entry entry = { .client = weft_reader_get_varuint (&reader) };
      gsize n_bytes;
      const char *json;

      entry.clock = weft_reader_get_varuint (&reader);
      json = weft_reader_get_string (&reader, &n_bytes);
      if (reader.failed)
        break;

      entry.state = weft_any_from_json (json, (gssize) n_bytes, error);
      if (entry.state == NULL)
        {
          g_prefix_error (error, "state of client %" G_GUINT64_FORMAT ": ", entry.client);
          return NULL;
        }
      if (weft_any_get_kind (entry.state) == WEFT_ANY_NULL)
        g_clear_pointer (&entry.state, weft_any_unref);

      g_array_append_val (decoded, entry);
    }

  if (!weft_reader_finish (&reader, TRUE, error))
    return NULL;

  return g_steal_pointer (&decoded);
}

static void
apply_entry (WeftAwareness *self,
             Entry         *incoming,
             gint64         now_ms,
             Changes       *changes)
{
  Entry *entry = find_entry (self, incoming->client);
  guint64 known = entry != NULL ? entry->clock : 0;
  gboolean is_goodbye = incoming->state == NULL && entry != NULL && entry->state != NULL;

  if (!(incoming->clock > known || (incoming->clock == known && is_goodbye)))
    return;

  if (incoming->client == self->client_id && entry != NULL && entry->state != NULL)
    {
      /* Nobody else speaks for us: outdo them, and have our own state sent again. */
      advance (entry, incoming->clock);
      entry->heard_ms = now_ms;
      g_array_append_val (changes->updated, entry->client);
      return;
    }

  entry = get_entry (self, incoming->client);
  entry->clock = incoming->clock;
  entry->heard_ms = now_ms;
  replace_state (entry, g_steal_pointer (&incoming->state), changes);
}

static guint
count_unknown (WeftAwareness *self,
               GArray        *decoded)
{
  guint n_unknown = 0;

  for (guint i = 0; i < decoded->len; i++)
    n_unknown += find_entry (self, g_array_index (decoded, Entry, i).client) == NULL;

  return n_unknown;
}

gboolean
weft_awareness_apply (WeftAwareness *self,
                      GBytes        *update,
                      gconstpointer  origin,
                      gint64         now_ms,
                      GError       **error)
{
  g_autoptr(GArray) decoded = decode_update (update, error);
  Changes changes;

  if (decoded == NULL)
    return FALSE;

  if (g_hash_table_size (self->entries) + count_unknown (self, decoded) > MAX_CLIENTS)
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE, "more than %d clients", MAX_CLIENTS);
      return FALSE;
    }

  changes_init (&changes);
  for (guint i = 0; i < decoded->len; i++)
    apply_entry (self, &g_array_index (decoded, Entry, i), now_ms, &changes);
  changes_emit (&changes, self, origin);
  return TRUE;
}

void
weft_awareness_remove (WeftAwareness      *self,
                       const WeftClientId *clients,
                       gsize               n_clients,
                       gconstpointer       origin)
{
  Changes changes;

  changes_init (&changes);

  for (gsize i = 0; i < n_clients; i++)
    {
      Entry *entry = clients[i] != self->client_id ? find_entry (self, clients[i]) : NULL;

      if (entry != NULL)
        replace_state (entry, NULL, &changes);
    }

  changes_emit (&changes, self, origin);
}

static gboolean
is_forgotten (gpointer key,
              gpointer value,
              gpointer user_data)
{
  const Entry *entry = value;
  gint64 now_ms = *(gint64 *) user_data;

  return entry->state == NULL && now_ms - entry->heard_ms >= REMEMBER_MS;
}

gboolean
weft_awareness_tick (WeftAwareness *self,
                     gint64         now_ms)
{
  Entry *own = find_entry (self, self->client_id);
  gboolean renewed = FALSE;
  GHashTableIter iter;
  gpointer value;
  Changes changes;

  if (own != NULL && own->state != NULL && now_ms - own->heard_ms >= WEFT_AWARENESS_RENEW_MS)
    {
      advance (own, own->clock);
      own->heard_ms = now_ms;
      renewed = TRUE;
    }

  changes_init (&changes);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry != own && entry->state != NULL && now_ms - entry->heard_ms >= WEFT_AWARENESS_TIMEOUT_MS)
        replace_state (entry, NULL, &changes);
    }
  changes_emit (&changes, self, NULL);

  g_hash_table_foreach_remove (self->entries, is_forgotten, &now_ms);
  return renewed;
}

void
weft_awareness_set_observer (WeftAwareness    *self,
                             WeftAwarenessFunc func,
                             gpointer          user_data)
{
  self->observer = func;
  self->observer_data = user_data;
}
