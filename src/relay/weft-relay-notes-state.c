/* weft-relay-notes-state.c - what the relay remembers of notes as keys with timestamps
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-notes-state.h"

#include <string.h>

/* What is remembered of one device and key: the oldest that it may still hold. */
#define MAX_SENT 8

#define LIST_KEYS  "SELECT note_key, page, timestamp, device, digest, version, pushed_timestamp, pushed_device, pushed_digest," \
                   " pushed_moment FROM note_keys WHERE notebook = ?1"
#define PUT_KEY    "INSERT INTO note_keys (notebook, note_key, page, timestamp, device, digest, version, pushed_timestamp," \
                   " pushed_device, pushed_digest, pushed_moment) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)" \
                   " ON CONFLICT (notebook, note_key) DO UPDATE SET page = excluded.page, timestamp = excluded.timestamp," \
                   " device = excluded.device, digest = excluded.digest, version = excluded.version," \
                   " pushed_timestamp = excluded.pushed_timestamp, pushed_device = excluded.pushed_device," \
                   " pushed_digest = excluded.pushed_digest, pushed_moment = excluded.pushed_moment"
#define LIST_SENT  "SELECT note_key, n, timestamp, ack, own, digest, moment, client FROM note_sent" \
                   " WHERE notebook = ?1 AND device = ?2 ORDER BY note_key, n"
#define ADD_SENT   "INSERT INTO note_sent (notebook, device, note_key, n, timestamp, ack, own, digest, moment, client)" \
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
#define DROP_SENT  "DELETE FROM note_sent WHERE notebook = ?1 AND device = ?2 AND note_key = ?3 AND n < ?4"
/* "/" is followed by "0". */
#define LIST_ROOMS "SELECT name, version FROM rooms WHERE name > ?1 AND name < ?2"

static void
sent_free (gpointer data)
{
  WeftRelayNoteSent *self = data;

  g_free (self->digest);
  g_free (self->moment);
  g_free (self);
}

static void
key_free (gpointer data)
{
  WeftRelayNoteKey *self = data;

  g_free (self->key);
  g_free (self->page);
  g_free (self->device);
  g_free (self->digest);
  g_free (self->pushed_device);
  g_free (self->pushed_digest);
  g_free (self->pushed_moment);
  g_ptr_array_unref (self->sent);
  g_free (self->value);
  g_free (self->moment);
  g_clear_pointer (&self->pushes, g_ptr_array_unref);
  g_free (self);
}

WeftRelayNoteKey *
weft_relay_notes_ensure (WeftRelayNotes *self,
                         const char     *key)
{
  WeftRelayNoteKey *found = g_hash_table_lookup (self->keys, key);

  if (found != NULL)
    return found;

  found = g_new0 (WeftRelayNoteKey, 1);
  found->key = g_strdup (key);
  found->device = g_strdup (WEFT_RELAY_NOTE_APP);
  found->digest = g_strdup (WEFT_RELAY_NOTE_GONE);
  found->sent = g_ptr_array_new_with_free_func (sent_free);
  g_hash_table_insert (self->keys, found->key, found);
  return found;
}

static void
load_sent (WeftRelayNotes *self,
           WeftRelaySql   *sql)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST_SENT, "ss", self->notebook, self->device);

  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    {
      WeftRelayNoteKey *key = weft_relay_notes_ensure (self, weft_relay_rows_get_text (rows, i, 0));
      WeftRelayNoteSent *sent = g_new0 (WeftRelayNoteSent, 1);

      sent->n = weft_relay_rows_get_int64 (rows, i, 1);
      sent->timestamp = weft_relay_rows_get_int64 (rows, i, 2);
      sent->ack = weft_relay_rows_get_int64 (rows, i, 3);
      sent->own = weft_relay_rows_get_int64 (rows, i, 4) != 0;
      sent->digest = g_strdup (weft_relay_rows_get_text (rows, i, 5));
      sent->moment = g_strdup (weft_relay_rows_get_text (rows, i, 6));
      sent->client = weft_relay_rows_get_int64 (rows, i, 7);
      self->acked = MAX (self->acked, sent->ack);
      g_ptr_array_add (key->sent, sent);
    }
}

/* Which page's document has changed since it was looked at shows from the versions of the rooms. */
static void
load_versions (WeftRelayNotes *self,
               WeftRelaySql   *sql)
{
  g_autofree char *from = g_strconcat (self->notebook, "/", NULL);
  g_autofree char *to = g_strconcat (self->notebook, "0", NULL);
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST_ROOMS, "ss", from, to);
  g_autoptr(GHashTable) by_page = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  WeftRelayNoteKey *key;

  g_hash_table_iter_init (&iter, self->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &key))
    if (key->page != NULL)
      g_hash_table_insert (by_page, key->page, key);

  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    {
      const char *name = weft_relay_rows_get_text (rows, i, 0);

      key = g_hash_table_lookup (by_page, name + strlen (from));
      if (key != NULL)
        key->room_version = (guint64) weft_relay_rows_get_int64 (rows, i, 1);
    }
}

WeftRelayNotes *
weft_relay_notes_load (WeftRelaySql *sql,
                       const char   *notebook,
                       const char   *device)
{
  WeftRelayNotes *self = g_new0 (WeftRelayNotes, 1);
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, LIST_KEYS, "s", notebook);

  self->notebook = g_strdup (notebook);
  self->device = g_strdup (device);
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, key_free);

  for (guint i = 0; i < weft_relay_rows_get_n (rows); i++)
    {
      WeftRelayNoteKey *key = weft_relay_notes_ensure (self, weft_relay_rows_get_text (rows, i, 0));

      key->page = g_strdup (weft_relay_rows_get_text (rows, i, 1));
      key->timestamp = weft_relay_rows_get_int64 (rows, i, 2);
      g_free (key->device);
      key->device = g_strdup (weft_relay_rows_get_text (rows, i, 3));
      g_free (key->digest);
      key->digest = g_strdup (weft_relay_rows_get_text (rows, i, 4));
      key->version = (guint64) weft_relay_rows_get_int64 (rows, i, 5);
      key->pushed_timestamp = weft_relay_rows_get_int64 (rows, i, 6);
      key->pushed_device = g_strdup (weft_relay_rows_get_text (rows, i, 7));
      key->pushed_digest = g_strdup (weft_relay_rows_get_text (rows, i, 8));
      key->pushed_moment = g_strdup (weft_relay_rows_get_text (rows, i, 9));
      self->clock = MAX (self->clock, MAX (key->timestamp, key->pushed_timestamp));
    }

  load_sent (self, sql);
  load_versions (self, sql);
  return self;
}

void
weft_relay_notes_save (WeftRelayNotes *self,
                       WeftRelaySql   *sql)
{
  GHashTableIter iter;
  WeftRelayNoteKey *key;

  g_hash_table_iter_init (&iter, self->keys);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &key))
    {
      if (key->dirty)
        weft_relay_sql_run (sql, PUT_KEY, "sssissiisss", self->notebook, key->key, key->page, key->timestamp, key->device,
                            key->digest, (gint64) key->version, key->pushed_timestamp, key->pushed_device,
                            key->pushed_digest, key->pushed_moment);
      if (key->drop_before > 0)
        weft_relay_sql_run (sql, DROP_SENT, "sssi", self->notebook, self->device, key->key, key->drop_before);

      for (guint i = 0; i < key->sent->len; i++)
        {
          WeftRelayNoteSent *sent = key->sent->pdata[i];

          if (sent->is_new)
            weft_relay_sql_run (sql, ADD_SENT, "sssiiiissi", self->notebook, self->device, key->key, sent->n, sent->timestamp,
                                sent->ack, (gint64) sent->own, sent->digest, sent->moment, sent->client);
        }
    }
}

void
weft_relay_notes_free (WeftRelayNotes *self)
{
  g_hash_table_unref (self->keys);
  g_free (self->notebook);
  g_free (self->device);
  g_free (self);
}

WeftRelayNoteSent *
weft_relay_note_key_get_last (WeftRelayNoteKey *self)
{
  return self->sent->len > 0 ? self->sent->pdata[self->sent->len - 1] : NULL;
}

void
weft_relay_note_key_add_sent (WeftRelayNoteKey *self,
                              gint64            timestamp,
                              gint64            ack,
                              gboolean          own,
                              const char       *digest,
                              const char       *moment,
                              gint64            client)
{
  WeftRelayNoteSent *last = weft_relay_note_key_get_last (self);
  WeftRelayNoteSent *sent = g_new0 (WeftRelayNoteSent, 1);

  sent->n = last != NULL ? last->n + 1 : 1;
  sent->timestamp = timestamp;
  sent->ack = ack;
  sent->own = own;
  sent->is_new = TRUE;
  sent->digest = g_strdup (digest);
  sent->moment = g_strdup (moment);
  sent->client = client != 0 || last == NULL ? client : last->client;
  g_ptr_array_add (self->sent, sent);

  /* Whoever pushed has what they pushed, whatever came before. */
  while (self->sent->len > (own ? 1 : MAX_SENT))
    g_ptr_array_remove_index (self->sent, 0);
  self->drop_before = ((WeftRelayNoteSent *) self->sent->pdata[0])->n;
}

char *
weft_relay_note_digest (const char *value)
{
  return value != NULL ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, value, -1) : g_strdup (WEFT_RELAY_NOTE_GONE);
}
