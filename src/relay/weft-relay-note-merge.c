/* weft-relay-note-merge.c - values that devices push, merged into the document of a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-note-merge.h"

#include <string.h>

#include "crdt/weft-snapshot.h"
#include "notebook/weft-markdown-edit.h"
#include "relay/weft-relay-room.h"

#define TEXT_ROOT "quill"

void
weft_relay_note_push_free (WeftRelayNotePush *self)
{
  g_free (self->key);
  g_free (self->value);
  g_free (self->device);
  g_free (self);
}

/* --- timestamps --- */

WeftRelayNoteVerdict
weft_relay_note_push_judge (WeftRelayNotePush *self,
                            WeftRelayNoteKey  *key)
{
  gboolean same_device = g_strcmp0 (self->device, key->pushed_device) == 0;
  g_autofree char *digest = weft_relay_note_digest (self->value);
  gboolean same = g_strcmp0 (digest, key->pushed_digest) == 0;

  /* An answer that was lost makes a device say it again. */
  if (key->pushed_device != NULL && self->timestamp == key->pushed_timestamp)
    {
      if (same)
        return same_device ? WEFT_RELAY_NOTE_KNOWN : WEFT_RELAY_NOTE_OLD;
      if (!same_device)
        return strcmp (self->device, key->pushed_device) > 0 ? WEFT_RELAY_NOTE_TIE_WON : WEFT_RELAY_NOTE_TIE_LOST;
    }

  /* Who has the timestamp of a change in the app cannot have seen that: both are kept. */
  return self->timestamp >= key->timestamp ? WEFT_RELAY_NOTE_WINS : WEFT_RELAY_NOTE_OLD;
}

void
weft_relay_note_key_accept (WeftRelayNoteKey   *self,
                            WeftRelayNoteMerge *merge,
                            WeftRelayNotePush  *push,
                            const char         *digest,
                            const char         *moment,
                            gboolean            as_it_came,
                            gint64              client)
{
  g_free (self->device);
  self->device = g_strdup (push->device);
  g_free (self->digest);
  self->digest = g_strdup (digest);
  self->timestamp = push->timestamp;

  g_free (self->pushed_device);
  self->pushed_device = g_strdup (push->device);
  g_free (self->pushed_digest);
  self->pushed_digest = weft_relay_note_digest (push->value);
  g_free (self->pushed_moment);
  self->pushed_moment = g_strdup (moment);
  self->pushed_timestamp = push->timestamp;
  self->dirty = TRUE;

  merge->notes->clock = MAX (merge->notes->clock, push->timestamp);
  weft_relay_note_key_add_sent (self, push->timestamp, merge->ack, TRUE, as_it_came ? digest : "-", moment, client);
}

void
weft_relay_note_key_note (WeftRelayNoteKey   *self,
                          WeftRelayNoteMerge *merge,
                          const char         *digest)
{
  if (strcmp (self->digest, digest) == 0)
    return;

  g_free (self->digest);
  self->digest = g_strdup (digest);
  g_free (self->device);
  self->device = g_strdup (WEFT_RELAY_NOTE_APP);
  self->timestamp = ++merge->notes->clock;
  self->dirty = TRUE;
}

/* --- ties --- */

static WeftAny *
new_string_or_null (const char *text)
{
  return text != NULL ? weft_any_new_string (text) : weft_any_new_null ();
}

static void
add_side (WeftAny    *sides,
          const char *device,
          const char *value)
{
  WeftAny *side = weft_any_new_object ();

  weft_any_object_take (side, "device_id", weft_any_new_string (device));
  weft_any_object_take (side, "value", new_string_or_null (value));
  weft_any_array_take (sides, side);
}

void
weft_relay_note_merge_add_conflict (WeftRelayNoteMerge *self,
                                    WeftRelayNoteKey   *key,
                                    WeftRelayNotePush  *push,
                                    gboolean            won,
                                    const char         *value)
{
  WeftAny *conflict = weft_any_new_object ();
  WeftAny *sides = weft_any_new_array ();

  add_side (sides, key->pushed_device, value);
  add_side (sides, push->device, push->value);
  weft_any_object_take (conflict, "key", weft_any_new_string (key->key));
  weft_any_object_take (conflict, "timestamp", weft_any_new_number ((double) push->timestamp));
  weft_any_object_take (conflict, "winner", weft_any_new_string (won ? push->device : key->pushed_device));
  weft_any_object_take (conflict, "values", sides);
  weft_any_array_take (self->conflicts, conflict);
}

typedef struct
{
  const WeftAny *conflict;
  gint64         now_ms;
} Keeping;

static void
keep_cb (WeftDoc *doc,
         gpointer user_data)
{
  Keeping *keeping = user_data;
  WeftType *root = weft_doc_get_map (doc, WEFT_RELAY_COLLISIONS_ROOT);
  const WeftAny *timestamp = weft_any_lookup (keeping->conflict, "timestamp");
  const WeftAny *sides = weft_any_lookup (keeping->conflict, "values");

  for (gsize i = 0; i < weft_any_get_n_items (sides); i++)
    {
      const WeftAny *side = weft_any_get_item (sides, i);
      const char *device = weft_any_get_string (weft_any_lookup (side, "device_id"));
      g_autofree char *name = g_strdup_printf ("%" G_GINT64_FORMAT "/%s", (gint64) weft_any_get_number (timestamp), device);
      g_autoptr(WeftAny) kept = weft_any_new_object ();
      g_autoptr(WeftAny) known = weft_map_get (root, name);

      if (known != NULL && weft_any_lookup (known, "value") != NULL &&
          weft_any_equal (weft_any_lookup (known, "value"), weft_any_lookup (side, "value")))
        continue;

      weft_any_object_take (kept, "timestamp", weft_any_ref ((WeftAny *) timestamp));
      weft_any_object_take (kept, "device_id", weft_any_new_string (device));
      weft_any_object_take (kept, "value", weft_any_ref ((WeftAny *) weft_any_lookup (side, "value")));
      weft_any_object_take (kept, "winner", weft_any_new_boolean (
                              weft_any_equal (weft_any_lookup (side, "device_id"), weft_any_lookup (keeping->conflict, "winner"))));
      weft_any_object_take (kept, "time", weft_any_new_number ((double) keeping->now_ms));
      weft_map_set (root, name, kept);
    }
}

/* --- moments --- */

/* The moment in @text, where it can be shown. (nullable) */
static WeftSnapshot *
find_moment (WeftDoc    *doc,
             const char *text)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autoptr(WeftSnapshot) moment = NULL;
  gsize size;
  guchar *data;

  if (text == NULL)
    return NULL;

  data = g_base64_decode (text, &size);
  bytes = g_bytes_new_take (data, size);
  moment = weft_snapshot_decode (bytes, WEFT_UPDATE_V1, NULL);
  return moment != NULL && weft_snapshot_is_of (moment, doc) ? g_steal_pointer (&moment) : NULL;
}

static char *
dup_moment (WeftDoc *doc)
{
  g_autoptr(GBytes) bytes = weft_doc_encode_snapshot (doc, WEFT_UPDATE_V1);
  gsize size;
  const guchar *data = g_bytes_get_data (bytes, &size);

  return g_base64_encode (data, size);
}

/* The value that @moment (nullable) shows. (nullable) (transfer full) */
static char *
dup_value_at (WeftDoc    *doc,
              const char *moment)
{
  static const WeftDocOptions options = { .gc = FALSE };
  g_autoptr(WeftSnapshot) snapshot = find_moment (doc, moment);
  g_autoptr(WeftDoc) copy = NULL;

  if (snapshot == NULL)
    return NULL;
  copy = weft_doc_new_from_snapshot (doc, snapshot, g_random_int (), &options, NULL);
  return copy != NULL ? weft_markdown_of (weft_doc_get_text (copy, TEXT_ROOT)) : NULL;
}

/* How much of @a and @b lies between what they begin and end with alike. */
static gsize
get_distance (const char *a,
              const char *b)
{
  gsize n = strlen (a);
  gsize m = strlen (b);
  gsize start = 0;

  while (start < n && start < m && a[start] == b[start])
    start++;
  for (; n > start && m > start && a[n - 1] == b[m - 1]; n--, m--)
    ;
  return MAX (n, m) - start;
}

/* What the device had when it made @push. A message may have crossed it: where the device says that it has not seen
 * that one, the value itself shows whether it did. (nullable) */
static const char *
choose_base (WeftRelayNoteMerge *self,
             WeftRelayNoteKey   *key,
             WeftRelayNotePush  *push,
             WeftDoc            *doc)
{
  const char *base = NULL;
  gsize best = G_MAXSIZE;

  for (guint i = key->sent->len; i-- > 0;)
    {
      WeftRelayNoteSent *sent = key->sent->pdata[i];
      gboolean doubtful = !sent->own && self->last_ack > 0 && sent->ack > self->last_ack;
      g_autofree char *value = NULL;
      gsize distance;

      if (i > 0 && !sent->own && sent->timestamp >= push->timestamp)
        continue;
      if (!doubtful && base == NULL)
        return sent->moment != NULL ? sent->moment : key->pushed_moment;

      value = dup_value_at (doc, sent->moment);
      distance = get_distance (value != NULL ? value : "", push->value);
      if (distance < best)
        {
          best = distance;
          base = sent->moment;
        }
      if (!doubtful)
        break;
    }

  /* A device that never had the note takes the place of the device before it. */
  return base != NULL ? base : key->pushed_moment;
}

/* --- merging --- */

/* The id under which the device's edits are made: the one of last time, unless there are edits in the document that the
 * moment does not have. */
static gint64
choose_client (WeftRelayNoteKey   *key,
               WeftDoc            *doc,
               const WeftSnapshot *moment)
{
  WeftRelayNoteSent *last = weft_relay_note_key_get_last (key);
  g_autoptr(WeftStateVector) known = weft_doc_get_state_vector (doc);
  gint64 client = last != NULL ? last->client : 0;

  if (client != 0 && moment != NULL &&
      weft_state_vector_get (known, (WeftClientId) client) ==
        weft_state_vector_get (weft_snapshot_get_state_vector (moment), (WeftClientId) client))
    return client;

  do
    client = g_random_int ();
  while (client == 0 || weft_state_vector_get (known, (WeftClientId) client) > 0);
  return client;
}

static gboolean
apply_push (WeftRelayNoteMerge *self,
            WeftRelayRoom      *room,
            WeftRelayNoteKey   *key,
            WeftRelayNotePush  *push,
            const char         *base,
            GError            **error)
{
  static const WeftDocOptions options = { .gc = FALSE };
  WeftDoc *doc = weft_relay_room_get_doc (room);
  g_autoptr(WeftSnapshot) moment = find_moment (doc, base);
  g_autoptr(WeftStateVector) before = NULL;
  g_autoptr(WeftDoc) copy = NULL;
  g_autoptr(GBytes) update = NULL;
  g_autofree char *value = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *after = NULL;
  WeftType *text;
  gsize n_value;
  gint64 client;

  /* A moment that cannot be shown any more: what is there is replaced. */
  if (base != NULL && moment == NULL)
    moment = weft_snapshot_new (doc);
  client = choose_client (key, doc, moment);
  if (moment != NULL)
    copy = weft_doc_new_from_snapshot (doc, moment, (WeftClientId) client, &options, error);
  else
    copy = weft_doc_new_with_options ((WeftClientId) client, &options);
  if (copy == NULL)
    return FALSE;

  before = weft_doc_get_state_vector (copy);
  text = weft_doc_get_text (copy, TEXT_ROOT);
  weft_doc_begin (copy, NULL);
  if (!weft_markdown_edit (text, push->value, -1, error))
    {
      weft_doc_commit (copy);
      return FALSE;
    }
  weft_doc_commit (copy);

  update = weft_doc_encode_diff (copy, before);
  if (!weft_doc_knows_update (doc, update) && !weft_relay_room_apply (room, update, TRUE, error))
    return FALSE;

  value = weft_markdown_of (text);
  digest = weft_relay_note_digest (value);
  after = dup_moment (copy);
  n_value = strlen (value) - (g_str_has_suffix (value, "\n") ? 1 : 0);
  weft_relay_note_key_accept (key, self, push, digest, after,
                              strcmp (value, push->value) == 0 ||
                                (strlen (push->value) == n_value && strncmp (value, push->value, n_value) == 0),
                              client);
  return TRUE;
}

static gboolean
take_push (WeftRelayNoteMerge *self,
           WeftRelayRoom      *room,
           WeftRelayNoteKey   *key,
           WeftRelayNotePush  *push,
           GError            **error)
{
  WeftDoc *doc = weft_relay_room_get_doc (room);
  WeftRelayNoteVerdict verdict = weft_relay_note_push_judge (push, key);
  const char *base = NULL;

  if (verdict == WEFT_RELAY_NOTE_KNOWN)
    return TRUE;
  if (verdict == WEFT_RELAY_NOTE_OLD)
    {
      key->must_tell = TRUE;
      return TRUE;
    }

  if (verdict == WEFT_RELAY_NOTE_TIE_LOST || verdict == WEFT_RELAY_NOTE_TIE_WON)
    {
      g_autofree char *other = dup_value_at (doc, key->pushed_moment);
      Keeping keeping = { NULL, self->now_ms };

      weft_relay_note_merge_add_conflict (self, key, push, verdict == WEFT_RELAY_NOTE_TIE_WON, other);
      keeping.conflict = weft_any_get_item (self->conflicts, weft_any_get_n_items (self->conflicts) - 1);
      weft_relay_room_edit (room, NULL, keep_cb, &keeping);
      base = key->pushed_moment;
      if (verdict == WEFT_RELAY_NOTE_TIE_LOST)
        {
          key->must_tell = TRUE;
          return TRUE;
        }
    }
  else if (push->value != NULL)
    {
      base = choose_base (self, key, push, doc);
    }

  if (push->value == NULL)
    {
      weft_relay_note_key_accept (key, self, push, WEFT_RELAY_NOTE_GONE, NULL, TRUE, 0);
      key->to_trash = TRUE;
      return TRUE;
    }

  key->to_trash = FALSE;
  return apply_push (self, room, key, push, base, error);
}

/* What the note is now. */
static void
look (WeftRelayNoteMerge *self,
      WeftRelayRoom      *room,
      WeftRelayNoteKey   *key)
{
  WeftDoc *doc = weft_relay_room_get_doc (room);
  g_autofree char *digest = NULL;

  g_free (key->value);
  key->value = weft_markdown_of (weft_doc_get_text (doc, TEXT_ROOT));
  g_free (key->moment);
  key->moment = dup_moment (doc);
  digest = weft_relay_note_digest (key->value);
  weft_relay_note_key_note (key, self, digest);
}

gboolean
weft_relay_note_merge_visit (WeftRelayNoteMerge *self,
                             WeftRelayRoom      *room,
                             WeftRelayNoteKey   *key,
                             GError            **error)
{
  guint64 version, before;

  /* What changed here meanwhile has its timestamp before what is pushed is looked at. */
  if (!key->fresh)
    look (self, room, key);
  key->fresh = FALSE;
  before = weft_relay_room_get_next_version (room);
  for (guint i = 0; key->pushes != NULL && i < key->pushes->len; i++)
    if (!take_push (self, room, key, key->pushes->pdata[i], error))
      return FALSE;
  g_clear_pointer (&key->pushes, g_ptr_array_unref);
  key->to_mark |= weft_relay_room_get_next_version (room) != before;

  if (key->to_trash)
    g_clear_pointer (&key->value, g_free);
  else
    look (self, room, key);

  key->seen = TRUE;
  version = weft_relay_room_get_next_version (room) - 1;
  key->dirty |= key->version != version;
  key->version = version;
  return TRUE;
}
