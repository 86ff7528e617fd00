/* weft-relay-presence.c - the awareness states of a room
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-presence.h"

#include "crdt/weft-hash.h"

#include <string.h>

/* How far a clock may jump; a client that uses it up would never be heard again. */
#define MAX_CLOCK_JUMP (G_GUINT64_CONSTANT (1) << 31)

/* How long the clock of a client that left is remembered, so that an echo of it does not bring it back. */
#define REMEMBER_MS (2 * WEFT_AWARENESS_TIMEOUT_MS)

/* The clients remembered, as a multiple of those who may be here. */
#define MAX_REMEMBERED 4

typedef struct
{
  WeftClientId client;
  guint64      clock;
  gint64       heard_ms;
  gpointer     owner;   /* a connection; %NULL: gone */
  GBytes      *state;   /* JSON text; %NULL: gone */
  gboolean     is_news;
  gboolean     is_remote; /* it is, or was last, a client of another relay */
} Entry;

typedef struct
{
  WeftClientId client;
  guint64      clock;
  const char  *json;
  gsize        n_json;
} Incoming;

struct _WeftRelayPresence
{
  const WeftRelayLimits *limits;
  GHashTable            *entries; /* &Entry.client -> Entry; %NULL: nobody was ever here */
  GHashTable            *owned;   /* owner -> how many states it has; %NULL with @entries */
  GPtrArray             *news;    /* of Entry, each once */
  guint                  n_here;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->state, g_bytes_unref);
  g_free (entry);
}

WeftRelayPresence *
weft_relay_presence_new (const WeftRelayLimits *limits)
{
  WeftRelayPresence *self = g_new0 (WeftRelayPresence, 1);

  self->limits = limits;
  self->news = g_ptr_array_new ();
  return self;
}

void
weft_relay_presence_free (WeftRelayPresence *self)
{
  g_ptr_array_unref (self->news);
  g_clear_pointer (&self->owned, g_hash_table_unref);
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_free (self);
}

static void
note_news (WeftRelayPresence *self,
           Entry             *entry)
{
  if (!entry->is_news)
    g_ptr_array_add (self->news, entry);
  entry->is_news = TRUE;
}

static guint
count_owned (WeftRelayPresence *self,
             gpointer           owner)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->owned, owner));
}

static void
change_owned (WeftRelayPresence *self,
              gpointer           owner,
              int                change)
{
  guint count = count_owned (self, owner) + (guint) change;

  if (count > 0)
    g_hash_table_insert (self->owned, owner, GUINT_TO_POINTER (count));
  else
    g_hash_table_remove (self->owned, owner);
}

/* @state: (transfer full) (nullable) */
static void
set_state (WeftRelayPresence *self,
           Entry             *entry,
           GBytes            *state,
           gpointer           owner)
{
  if (entry->state == NULL || state == NULL || entry->owner != owner)
    {
      if (entry->state != NULL)
        change_owned (self, entry->owner, -1);
      if (state != NULL)
        change_owned (self, owner, 1);
    }

  self->n_here -= entry->state != NULL;
  self->n_here += state != NULL;

  g_clear_pointer (&entry->state, g_bytes_unref);
  entry->state = state;
  entry->owner = state != NULL ? owner : NULL;
  note_news (self, entry);
}

static gboolean
is_null_state (const Incoming *incoming)
{
  return incoming->n_json == 4 && memcmp (incoming->json, "null", 4) == 0;
}

static gboolean
check_incoming (WeftRelayPresence *self,
                const Incoming    *incoming,
                GError           **error)
{
  if (incoming->n_json > self->limits->max_state)
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                   "an awareness state is larger than %" G_GSIZE_FORMAT " bytes", self->limits->max_state);
      return FALSE;
    }

  return weft_any_check_json (incoming->json, incoming->n_json, error);
}

static GArray *
decode (WeftRelayPresence *self,
        GBytes            *update,
        GError           **error)
{
  g_autoptr(GArray) all = g_array_new (FALSE, FALSE, sizeof (Incoming));
  WeftReader reader;
  gsize n_entries;

  weft_reader_init_bytes (&reader, update);
  n_entries = weft_reader_get_count (&reader, 3);

  for (gsize i = 0; i < n_entries && !reader.failed; i++)
    {
      Incoming incoming;

      incoming.client = weft_reader_get_varuint (&reader);
      incoming.clock = weft_reader_get_varuint (&reader);
      incoming.json = weft_reader_get_string (&reader, &incoming.n_json);
      g_array_append_val (all, incoming);
    }

  if (!weft_reader_finish (&reader, TRUE, error))
    return NULL;

  for (guint i = 0; i < all->len; i++)
    if (!check_incoming (self, &g_array_index (all, Incoming, i), error))
      return NULL;

  return g_steal_pointer (&all);
}

/* Whether somebody else than its owner may speak for @entry. */
static gboolean
may_take_over (const Entry       *entry,
               gboolean           is_remote,
               const Incoming    *incoming,
               WeftRelayStaleFunc is_stale,
               gpointer           user_data)
{
  /* A client that came here from another relay, or went to a third one, says something new; an echo of it is old. */
  if (entry->is_remote)
    return incoming->clock > entry->clock && !(is_remote && is_null_state (incoming));
  return is_stale (entry->owner, user_data);
}

static void
apply_one (WeftRelayPresence *self,
           gpointer           owner,
           gboolean           is_remote,
           const Incoming    *incoming,
           gint64             now_ms,
           WeftRelayStaleFunc is_stale,
           gpointer           user_data)
{
  Entry *entry = g_hash_table_lookup (self->entries, &incoming->client);
  gboolean says_goodbye = is_null_state (incoming);

  if (entry != NULL && entry->owner != NULL && entry->owner != owner &&
      !may_take_over (entry, is_remote, incoming, is_stale, user_data))
    return;

  if (says_goodbye)
    {
      if (entry == NULL || entry->owner == NULL || incoming->clock < entry->clock)
        return;
      entry->clock = incoming->clock;
      set_state (self, entry, NULL, NULL);
      return;
    }

  if (incoming->clock <= (entry != NULL ? entry->clock : 0) ||
      (entry != NULL && incoming->clock - entry->clock > MAX_CLOCK_JUMP))
    return;

  if ((entry == NULL || entry->owner != owner) &&
      (self->n_here >= self->limits->max_states_room ||
       (!is_remote && count_owned (self, owner) >= self->limits->max_states_connection)))
    return;

  /* Those who left count too: nobody may fill the memory with clients that come and go. */
  if (entry == NULL && g_hash_table_size (self->entries) >= MAX_REMEMBERED * self->limits->max_states_room)
    return;

  if (entry == NULL)
    {
      entry = g_new0 (Entry, 1);
      entry->client = incoming->client;
      g_hash_table_insert (self->entries, &entry->client, entry);
    }

  entry->clock = incoming->clock;
  entry->heard_ms = now_ms;
  entry->is_remote = is_remote;
  set_state (self, entry, g_bytes_new (incoming->json, incoming->n_json), owner);
}

static gboolean
apply_all (WeftRelayPresence *self,
           gpointer           owner,
           gboolean           is_remote,
           GBytes            *update,
           gint64             now_ms,
           WeftRelayStaleFunc is_stale,
           gpointer           user_data,
           GError           **error)
{
  g_autoptr(GArray) all = decode (self, update, error);

  if (all == NULL)
    return FALSE;

  if (self->entries == NULL)
    {
      self->entries = g_hash_table_new_full (weft_hash_client, g_int64_equal, NULL, entry_free);
      self->owned = g_hash_table_new (NULL, NULL);
    }

  for (guint i = 0; i < all->len; i++)
    apply_one (self, owner, is_remote, &g_array_index (all, Incoming, i), now_ms, is_stale, user_data);

  return TRUE;
}

gboolean
weft_relay_presence_apply (WeftRelayPresence *self,
                           gpointer           owner,
                           GBytes            *update,
                           gint64             now_ms,
                           WeftRelayStaleFunc is_stale,
                           gpointer           user_data,
                           GError           **error)
{
  return apply_all (self, owner, FALSE, update, now_ms, is_stale, user_data, error);
}

gboolean
weft_relay_presence_apply_remote (WeftRelayPresence *self,
                                  gpointer           owner,
                                  GBytes            *update,
                                  gint64             now_ms,
                                  WeftRelayStaleFunc is_stale,
                                  gpointer           user_data,
                                  GError           **error)
{
  return apply_all (self, owner, TRUE, update, now_ms, is_stale, user_data, error);
}

void
weft_relay_presence_leave (WeftRelayPresence *self,
                           gpointer           owner)
{
  GHashTableIter iter;
  gpointer value;

  if (self->entries == NULL)
    return;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Entry *) value)->owner == owner)
      set_state (self, value, NULL, NULL);
}

void
weft_relay_presence_expire (WeftRelayPresence *self,
                            gint64             now_ms)
{
  GHashTableIter iter;
  gpointer value;

  if (self->entries == NULL)
    return;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;
      gint64 silent_ms = now_ms - entry->heard_ms;

      if (entry->state != NULL && silent_ms >= WEFT_AWARENESS_TIMEOUT_MS)
        set_state (self, entry, NULL, NULL);
      else if (entry->state == NULL && !entry->is_news && silent_ms >= REMEMBER_MS)
        g_hash_table_iter_remove (&iter);
    }
}

static void
put_entry (WeftWriter  *writer,
           const Entry *entry)
{
  weft_writer_put_varuint (writer, entry->client);
  weft_writer_put_varuint (writer, entry->clock);
  if (entry->state != NULL)
    weft_writer_put_string (writer, g_bytes_get_data (entry->state, NULL),
                            (gssize) g_bytes_get_size (entry->state));
  else
    weft_writer_put_string (writer, "null", 4);
}

static GBytes *
encode_own_news (WeftRelayPresence *self)
{
  WeftWriter writer;
  guint n_own = 0;

  for (guint i = 0; i < self->news->len; i++)
    n_own += !((Entry *) self->news->pdata[i])->is_remote;
  if (n_own == 0)
    return NULL;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_own);
  for (guint i = 0; i < self->news->len; i++)
    if (!((Entry *) self->news->pdata[i])->is_remote)
      put_entry (&writer, self->news->pdata[i]);
  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_relay_presence_take_own (WeftRelayPresence *self,
                              GBytes           **own)
{
  *own = encode_own_news (self);
  return weft_relay_presence_take (self);
}

GBytes *
weft_relay_presence_take (WeftRelayPresence *self)
{
  WeftWriter writer;

  if (self->news->len == 0)
    return NULL;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, self->news->len);

  for (guint i = 0; i < self->news->len; i++)
    {
      Entry *entry = self->news->pdata[i];

      entry->is_news = FALSE;
      put_entry (&writer, entry);
    }

  g_ptr_array_set_size (self->news, 0);
  return weft_writer_steal_bytes (&writer);
}

gboolean
weft_relay_presence_has_news (WeftRelayPresence *self)
{
  return self->news->len > 0;
}

GBytes *
weft_relay_presence_encode (WeftRelayPresence *self)
{
  GHashTableIter iter;
  gpointer value;
  WeftWriter writer;

  if (self->n_here == 0)
    return NULL;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, self->n_here);

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Entry *) value)->state != NULL)
      put_entry (&writer, value);

  return weft_writer_steal_bytes (&writer);
}

GBytes *
weft_relay_presence_encode_own (WeftRelayPresence *self)
{
  GHashTableIter iter;
  gpointer value;
  WeftWriter writer;
  guint n_own = 0;

  if (self->entries == NULL)
    return NULL;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n_own += ((Entry *) value)->state != NULL && !((Entry *) value)->is_remote;
  if (n_own == 0)
    return NULL;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_own);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Entry *) value)->state != NULL && !((Entry *) value)->is_remote)
      put_entry (&writer, value);

  return weft_writer_steal_bytes (&writer);
}

void
weft_relay_presence_foreach_own (WeftRelayPresence    *self,
                                 WeftRelayPresenceFunc func,
                                 gpointer              user_data)
{
  GHashTableIter iter;
  gpointer value;

  if (self->entries == NULL)
    return;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (entry->state != NULL && !entry->is_remote)
        func (entry->client, entry->state, entry->owner, user_data);
    }
}

guint
weft_relay_presence_get_count (WeftRelayPresence *self)
{
  return self->n_here;
}
