/* test-history.c - replays histories that real Yjs peers wrote, and compares everything to the byte
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The lines come from tests/node/crdt/history.mjs; see there for what they say. Without arguments the
 * histories of tests/data/crdt are replayed; with `--stdin` those that come in.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-position.h"
#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"
#include "support/test-bytes.h"

#define MAX_PEERS 8

typedef struct
{
  WeftDoc         *doc;
  WeftUndoManager *undo;
  GPtrArray       *emitted;

  /* Some peers are watched: what events say of the root text is done to another document. */
  WeftDoc         *mirror;
} Peer;

typedef struct
{
  Peer        peers[MAX_PEERS];
  guint       n_peers;
  const char *line;
  guint       number; /* of the line */
  gint64      history;
} Replay;

static const char remote_origin[] = "remote";

static gint64
stopped_clock (gpointer user_data)
{
  return 1;
}

static void
collect_update_cb (WeftDoc      *doc,
                   GBytes       *update,
                   gconstpointer origin,
                   gboolean      local,
                   gpointer      user_data)
{
  Peer *peer = user_data;

  g_ptr_array_add (peer->emitted, test_bytes_to_hex (update));
}

static void
mirror_transaction_cb (WeftDoc         *doc,
                       WeftTransaction *transaction,
                       gpointer         user_data)
{
  Peer *peer = user_data;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);

      if (weft_event_get_type (event) == weft_doc_lookup_root (doc, "t"))
        weft_text_apply_delta (weft_doc_get_text (peer->mirror, "t"), weft_event_get_least_delta (event));
    }
}

static const WeftDocObserver mirror_transactions = { .transaction = mirror_transaction_cb };

static const WeftDocObserver collect_updates = { .update = collect_update_cb };

G_GNUC_NORETURN static void
fail (Replay     *replay,
      const char *what,
      const char *got,
      const char *expected)
{
  g_printerr ("history %" G_GINT64_FORMAT ", line %u: %s\n  line:     %.400s\n  got:      %s\n  expected: %s\n",
              replay->history, replay->number, what, replay->line, got, expected);
  g_error ("The engine differs from Yjs");
}

static const WeftAny *
arg (const WeftAny *line,
     gsize          index)
{
  return weft_any_get_item (line, index);
}

static guint64
number (const WeftAny *line,
        gsize          index)
{
  return (guint64) weft_any_get_number (arg (line, index));
}

static const char *
string (const WeftAny *line,
        gsize          index)
{
  return weft_any_get_string (arg (line, index));
}

/* NULL for null. */
static WeftAny *
attributes (const WeftAny *line,
            gsize          index)
{
  const WeftAny *value = arg (line, index);

  return weft_any_get_kind (value) == WEFT_ANY_OBJECT ? (WeftAny *) value : NULL;
}

/* {"$bytes": …} and the like back to what they stand for, at the top and one level in. */
static WeftAny *
revive (const WeftAny *value)
{
  const WeftAny *inner;

  if (weft_any_get_kind (value) == WEFT_ANY_ARRAY)
    {
      WeftAny *array = weft_any_new_array ();

      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        weft_any_array_take (array, revive (weft_any_get_item (value, i)));
      return array;
    }
  if (weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return weft_any_ref ((WeftAny *) value);

  inner = weft_any_lookup (value, "$bytes");
  if (inner != NULL)
    {
      gsize size;
      guchar *data = g_base64_decode (weft_any_get_string (inner), &size);
      g_autoptr(GBytes) bytes = g_bytes_new_take (data, size);

      return weft_any_new_bytes (bytes);
    }
  inner = weft_any_lookup (value, "$bigint");
  if (inner != NULL)
    return weft_any_new_bigint (g_ascii_strtoll (weft_any_get_string (inner), NULL, 10));

  return weft_any_ref ((WeftAny *) value);
}

static gboolean
take_type_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  *(WeftType **) user_data = item->type;

  return FALSE;
}

static WeftType *
find_type (Replay        *replay,
           Peer          *peer,
           const WeftAny *path)
{
  WeftType *type = NULL;

  if (weft_any_get_kind (path) == WEFT_ANY_STRING)
    type = weft_doc_lookup_root (peer->doc, weft_any_get_string (path));
  else
    weft_doc_foreach_item (peer->doc, number (path, 0), number (path, 1), number (path, 1) + 1,
                           take_type_cb, &type);
  if (type == NULL)
    fail (replay, "there is no such type", "-", "-");

  return type;
}

static void
begin_history (Replay        *replay,
               const WeftAny *line)
{
  const WeftAny *ids = arg (line, 3);

  replay->history = number (line, 1);
  replay->n_peers = weft_any_get_n_items (ids);
  g_assert_cmpuint (replay->n_peers, <=, MAX_PEERS);
  for (guint i = 0; i < replay->n_peers; i++)
    {
      Peer *peer = &replay->peers[i];
      WeftDocOptions options = { .gc = weft_any_get_boolean (arg (line, 4)) };
      WeftType *roots[4];

      peer->doc = weft_doc_new_with_options (number (ids, i), &options);
      /* Places where several wrote have crowds at once. */
      if (i % 2 == 0)
        peer->doc->crowd_from = 0;
      peer->emitted = g_ptr_array_new_with_free_func (g_free);
      weft_doc_add_observer (peer->doc, &collect_updates, peer);
      /* The others take the shortest way, which is for those whom nobody watches. Where pairs are cut,
       * text changes without an event, as in Yjs. */
      if (i % 2 == 1 && !weft_any_get_boolean (arg (line, 6)))
        {
          peer->mirror = weft_doc_new ();
          weft_doc_add_observer (peer->doc, &mirror_transactions, peer);
        }
      roots[0] = weft_doc_get_text (peer->doc, "t");
      roots[1] = weft_doc_get_map (peer->doc, "m");
      roots[2] = weft_doc_get_array (peer->doc, "a");
      roots[3] = weft_doc_get_root (peer->doc, "x", WEFT_KIND_XML_FRAGMENT);
      if (weft_any_get_boolean (arg (line, 5)))
        peer->undo = weft_undo_manager_new (peer->doc, roots, 4, 1000, stopped_clock, NULL);
    }
}

static void
end_history (Replay *replay)
{
  for (guint i = 0; i < replay->n_peers; i++)
    {
      g_clear_pointer (&replay->peers[i].undo, weft_undo_manager_free);
      g_clear_pointer (&replay->peers[i].doc, weft_doc_free);
      g_clear_pointer (&replay->peers[i].emitted, g_ptr_array_unref);
      g_clear_pointer (&replay->peers[i].mirror, weft_doc_free);
    }
  replay->n_peers = 0;
}

static void
check_valid (Replay *replay,
             Peer   *peer)
{
  g_autoptr(GError) error = NULL;

  if (!weft_doc_validate (peer->doc, &error))
    fail (replay, "the document is broken", error->message, "-");
}

static void
check_emitted (Replay        *replay,
               Peer          *peer,
               const WeftAny *expected)
{
  gsize n = weft_any_get_n_items (expected);

  for (gsize i = 0; i < MAX (n, peer->emitted->len); i++)
    {
      const char *want = i < n ? string (expected, i) : "(none)";
      const char *got = i < peer->emitted->len ? g_ptr_array_index (peer->emitted, i) : "(none)";

      if (strcmp (want, got) != 0)
        fail (replay, "a transaction's update differs", got, want);
    }
  g_ptr_array_set_size (peer->emitted, 0);
}

static void
check_hex (Replay     *replay,
           const char *what,
           GBytes     *bytes,
           const char *expected)
{
  g_autofree char *hex = test_bytes_to_hex (bytes);

  if (strcmp (hex, expected) != 0)
    fail (replay, what, hex, expected);
}

static void
check_value (Replay        *replay,
             const char    *what,
             const WeftAny *value,
             const WeftAny *expected)
{
  g_autofree char *printed = weft_any_to_json (value);
  g_autofree char *wanted = weft_any_to_json (expected);
  g_autoptr(WeftAny) again = weft_any_from_json (printed, -1, NULL);

  if (!weft_any_equal (again, expected))
    fail (replay, what, printed, wanted);
}

static void
check_state (Replay        *replay,
             Peer          *peer,
             const WeftAny *line)
{
  static const char *const roots[] = { "t", "m", "a", "x" };
  g_autoptr(WeftStateVector) vector = weft_doc_get_state_vector (peer->doc);
  g_autoptr(GBytes) vector_bytes = weft_state_vector_encode (vector);
  g_autoptr(GBytes) state = weft_doc_encode_state (peer->doc);
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (peer->doc, "t"));
  g_autofree char *delta_json = weft_delta_to_json (delta);
  g_autoptr(WeftAny) delta_value = weft_any_from_json (delta_json, -1, NULL);

  check_valid (replay, peer);
  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_autoptr(WeftAny) value = weft_type_to_any (weft_doc_lookup_root (peer->doc, roots[i]));

      check_value (replay, roots[i], value, weft_any_lookup (arg (line, 2), roots[i]));
    }
  check_value (replay, "delta", delta_value, arg (line, 3));
  check_hex (replay, "the state vector differs", vector_bytes, string (line, 4));
  check_hex (replay, "the whole update differs", state, string (line, 5));
}

/* The events of the root text have told all that there is in it. */
static void
check_mirror (Replay *replay,
              Peer   *peer)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (peer->doc, "t"));
  g_autoptr(WeftDelta) mirrored = NULL;
  g_autofree char *json = NULL;
  g_autofree char *mirrored_json = NULL;

  if (peer->mirror == NULL)
    return;
  mirrored = weft_text_to_delta (weft_doc_get_text (peer->mirror, "t"));
  if (weft_delta_equal (delta, mirrored))
    return;
  json = weft_delta_to_json (delta);
  mirrored_json = weft_delta_to_json (mirrored);
  fail (replay, "the events told something else", mirrored_json, json);
}

static void
check_position (Replay        *replay,
                WeftType      *type,
                const WeftAny *line)
{
  g_auto(WeftPosition) position = { 0 };
  g_auto(WeftPosition) again = { 0 };
  g_autoptr(WeftAny) json = NULL;
  g_autoptr(GBytes) bytes = NULL;
  WeftWriter writer;

  weft_position_from_index (&position, type, number (line, 3),
                            (int) weft_any_get_number (arg (line, 4)));
  weft_writer_init (&writer);
  weft_position_write (&position, &writer);
  bytes = weft_writer_steal_bytes (&writer);
  check_hex (replay, "a relative position differs", bytes, string (line, 5));
  json = weft_position_to_any (&position);
  check_value (replay, "a relative position's JSON differs", json, arg (line, 6));
  g_assert_true (weft_position_from_any (&again, json));
}

static void
check_resolved (Replay        *replay,
                Peer          *peer,
                const WeftAny *line)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex (string (line, 2));
  g_auto(WeftPosition) position = { 0 };
  g_autofree char *got = NULL;
  g_autofree char *expected = weft_any_to_json (arg (line, 3));
  WeftReader reader;
  guint64 index;

  weft_reader_init_bytes (&reader, bytes);
  g_assert_true (weft_position_read (&position, &reader));
  got = weft_position_to_index (&position, peer->doc, NULL, &index)
            ? g_strdup_printf ("%" G_GUINT64_FORMAT, index) : g_strdup ("null");
  if (strcmp (got, expected) != 0)
    fail (replay, "a relative position is somewhere else", got, expected);
}

/* An empty document takes the shortest way; one that somebody watches takes it struct by struct. */
static void
check_load (Replay        *replay,
            const WeftAny *line,
            gboolean       v2,
            gboolean       watched)
{
  const WeftDocObserver nothing = { NULL };
  WeftDocOptions options = { .gc = weft_any_get_boolean (arg (line, 1)) };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
  g_autoptr(GBytes) update = test_bytes_from_hex (string (line, v2 ? 6 : 2));
  g_autoptr(GBytes) state = NULL, state_v2 = NULL;
  g_autoptr(GPtrArray) keys = NULL;
  g_autoptr(GError) error = NULL;
  const WeftAny *expected = arg (line, 5);

  if (watched)
    weft_doc_add_observer (doc, &nothing, NULL);
  if (!(v2 ? weft_doc_apply_update_v2 (doc, update, NULL, &error)
           : weft_doc_apply_update (doc, update, NULL, &error)))
    fail (replay, "a whole update is refused", error->message, "-");
  if (!weft_doc_validate (doc, &error))
    fail (replay, "the document is broken", error->message, "-");
  state = weft_doc_encode_state (doc);
  check_hex (replay, "what was loaded differs", state, string (line, 3));
  state_v2 = weft_doc_encode_state_v2 (doc);
  check_hex (replay, "what was loaded differs in the second format", state_v2, string (line, 4));
  keys = weft_map_list_keys (weft_doc_get_map (doc, "m"));
  for (guint i = 0; i < weft_any_get_n_items (expected); i++)
    {
      const char *key = i < keys->len ? g_ptr_array_index (keys, i) : "(none)";

      if (strcmp (key, string (expected, i)) != 0)
        fail (replay, "the keys of what was loaded are in another order", key, string (expected, i));
    }
}

static void
run_line (Replay        *replay,
          const WeftAny *line)
{
  const char *verb = string (line, 0);
  Peer *peer;
  gsize n = weft_any_get_n_items (line);
  WeftType *type = NULL;

  if (g_str_equal (verb, "load"))
    {
      for (guint i = 0; i < 4; i++)
        check_load (replay, line, i & 1, i & 2);
      return;
    }
  peer = &replay->peers[number (line, 1) % MAX_PEERS];
  if (g_str_equal (verb, "history"))
    {
      end_history (replay);
      begin_history (replay, line);
      return;
    }
  if (n > 3 && !g_str_equal (verb, "check") && !g_str_equal (verb, "resolve"))
    type = find_type (replay, peer, arg (line, 2));

  if (g_str_equal (verb, "begin"))
    weft_doc_begin (peer->doc, NULL);
  else if (g_str_equal (verb, "commit"))
    weft_doc_commit (peer->doc);
  else if (g_str_equal (verb, "emitted"))
    {
      check_emitted (replay, peer, arg (line, 2));
      check_mirror (replay, peer);
    }
  else if (g_str_equal (verb, "check"))
    check_state (replay, peer, line);
  else if (g_str_equal (verb, "position"))
    check_position (replay, type, line);
  else if (g_str_equal (verb, "resolve"))
    check_resolved (replay, peer, line);
  else if (g_str_equal (verb, "undo"))
    weft_undo_manager_undo (peer->undo);
  else if (g_str_equal (verb, "redo"))
    weft_undo_manager_redo (peer->undo);
  else if (g_str_equal (verb, "stop"))
    weft_undo_manager_stop_capturing (peer->undo);
  else if (g_str_equal (verb, "insert"))
    weft_text_insert (type, number (line, 3), string (line, 4), -1, attributes (line, 5));
  else if (g_str_equal (verb, "embed"))
    weft_text_insert_embed (type, number (line, 3), (WeftAny *) arg (line, 4), attributes (line, 5));
  else if (g_str_equal (verb, "delete"))
    weft_text_delete (type, number (line, 3), number (line, 4));
  else if (g_str_equal (verb, "format"))
    weft_text_format (type, number (line, 3), number (line, 4), attributes (line, 5));
  else if (g_str_equal (verb, "delta"))
    {
      g_autofree char *json = weft_any_to_json (arg (line, 3));
      g_autoptr(GError) error = NULL;
      g_autoptr(WeftDelta) delta = weft_delta_from_json (json, -1, &error);

      g_assert_no_error (error);
      weft_text_apply_delta (type, delta);
    }
  else if (g_str_equal (verb, "set"))
    {
      g_autoptr(WeftAny) value = revive (arg (line, 4));

      weft_map_set (type, string (line, 3), value);
    }
  else if (g_str_equal (verb, "settype"))
    weft_map_set_named (type, string (line, 3), number (line, 4), string (line, 5));
  else if (g_str_equal (verb, "remove"))
    weft_map_remove (type, string (line, 3));
  else if (g_str_equal (verb, "values"))
    {
      g_autoptr(WeftAny) values = revive (arg (line, 4));

      weft_array_insert (type, number (line, 3), values);
    }
  else if (g_str_equal (verb, "type"))
    weft_array_insert_named (type, number (line, 3), number (line, 4), string (line, 5));
  else if (g_str_equal (verb, "cut"))
    weft_array_delete (type, number (line, 3), number (line, 4));
  else if (g_str_equal (verb, "apply"))
    {
      g_autoptr(GBytes) update = test_bytes_from_hex (string (line, 2));
      g_autoptr(GError) error = NULL;

      if (!weft_doc_apply_update (peer->doc, update, remote_origin, &error))
        fail (replay, "an update is refused", error->message, "-");
      check_valid (replay, peer);
    }
  else
    g_assert_not_reached ();
}

static guint
replay_file (const char *path)
{
  Replay replay = { 0 };
  g_autofree char *contents = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;
  char *at, *end;
  guint n_histories = 0;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  for (at = contents; *at != '\0'; at = end + 1)
    {
      g_autoptr(WeftAny) line = NULL;

      end = memchr (at, '\n', contents + size - at);
      g_assert_nonnull (end);
      *end = '\0';
      replay.line = at;
      replay.number++;
      line = weft_any_from_json (at, end - at, &error);
      g_assert_no_error (error);
      n_histories += g_str_equal (string (line, 0), "history");
      run_line (&replay, line);
    }
  end_history (&replay);

  return n_histories;
}

/* Each file of tests/data/crdt that holds histories. */
static void
test_file (gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "crdt", data, NULL);

  g_assert_cmpuint (replay_file (path), >, 0);
}

/* The histories that a file, made a moment ago, holds. */
static int
replay_argument (const char *path)
{
  g_print ("%u histories are as in Yjs\n", replay_file (path));

  return 0;
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  if (argc == 2)
    return replay_argument (argv[1]);

  g_test_add_data_func ("/crdt/history/committed", "histories.jsonl", test_file);

  return g_test_run ();
}
