/* test-awareness.c - who is here, as y-protocols says it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-awareness.h"

#include "crdt/vectors.h"
#include "peers-told.h"
#include "support/test-bytes.h"

typedef struct
{
  GString *log; /* "+77 ~1 -77 " */
} Watch;

static void
note (GString      *log,
      char          sign,
      const GArray *clients)
{
  for (guint i = 0; i < clients->len; i++)
    g_string_append_printf (log, "%c%" G_GUINT64_FORMAT " ", sign, g_array_index (clients, guint64, i));
}

static void
watch_cb (WeftAwareness *awareness,
          const GArray  *added,
          const GArray  *updated,
          const GArray  *removed,
          gconstpointer  origin,
          gpointer       user_data)
{
  Watch *watch = user_data;

  note (watch->log, '+', added);
  note (watch->log, '~', updated);
  note (watch->log, '-', removed);
}

static void
apply_hex (WeftAwareness *awareness,
           const char    *hex,
           gint64         now_ms)
{
  g_autoptr(GBytes) update = test_bytes_from_hex (hex);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_awareness_apply (awareness, update, NULL, now_ms, &error));
  g_assert_no_error (error);
}

#define assert_log(watch, expected)                  \
  G_STMT_START                                       \
  {                                                  \
    g_assert_cmpstr ((watch).log->str, ==, expected);\
    g_string_truncate ((watch).log, 0);              \
  }                                                  \
  G_STMT_END

static void
test_as_yjs (void)
{
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (1);
  g_autoptr(GBytes) encoded = NULL;
  g_autoptr(GBytes) gone = NULL;
  const WeftClientId ada = 77;
  Watch watch = { g_string_new (NULL) };

  weft_awareness_set_observer (awareness, watch_cb, &watch);
  apply_hex (awareness, VECTOR_AWARENESS_JOINED, 0);
  assert_log (watch, "+77 ");
  apply_hex (awareness, VECTOR_AWARENESS_JOINED, 0);
  assert_log (watch, "");
  apply_hex (awareness, VECTOR_AWARENESS_MOVED, 0);
  assert_log (watch, "~77 ");
  encoded = weft_awareness_encode (awareness, NULL, 0);
  test_assert_bytes_hex (encoded, VECTOR_AWARENESS_MOVED);

  /* What is older than what is known changes nothing. */
  apply_hex (awareness, VECTOR_AWARENESS_JOINED, 0);
  assert_log (watch, "");
  apply_hex (awareness, VECTOR_AWARENESS_LEFT, 0);
  assert_log (watch, "-77 ");
  apply_hex (awareness, VECTOR_AWARENESS_MOVED, 0);
  assert_log (watch, "");
  gone = weft_awareness_encode (awareness, &ada, 1);
  test_assert_bytes_hex (gone, VECTOR_AWARENESS_LEFT);
  g_string_free (watch.log, TRUE);
}

static void
test_own_state (void)
{
  g_autoptr(WeftAwareness) a = weft_awareness_new (77);
  g_autoptr(WeftAwareness) b = weft_awareness_new (2);
  g_autoptr(WeftAny) name = weft_any_new_string ("Ada");
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) answer = NULL;
  const WeftClientId ada = 77;
  Watch watch = { g_string_new (NULL) };
  g_autofree char *json = NULL;

  weft_awareness_set_observer (a, watch_cb, &watch);
  weft_awareness_set_local_field (a, "name", name, 0);
  assert_log (watch, "+77 ");
  update = weft_awareness_encode (a, NULL, 0);
  g_assert_true (weft_awareness_apply (b, update, NULL, 0, NULL));
  json = weft_any_to_json (weft_awareness_get_state (b, 77));
  g_assert_cmpstr (json, ==, "{\"name\":\"Ada\"}");

  /* Somebody says that we are gone, with a higher clock: we stay and outdo it. */
  apply_hex (a, "014d09046e756c6c", 0);
  assert_log (watch, "~77 ");
  g_assert_nonnull (weft_awareness_get_local_state (a));
  answer = weft_awareness_encode (a, &ada, 1);
  apply_hex (b, "014d09046e756c6c", 0);
  g_assert_null (weft_awareness_get_state (b, 77));
  g_assert_true (weft_awareness_apply (b, answer, NULL, 0, NULL));
  g_assert_nonnull (weft_awareness_get_state (b, 77));

  weft_awareness_set_local_field (a, "name", NULL, 0);
  assert_log (watch, "~77 ");
  weft_awareness_set_client_id (a, 78, 0);
  assert_log (watch, "+78 -77 ");
  weft_awareness_set_local_state (a, NULL, 0);
  assert_log (watch, "-78 ");
  weft_awareness_set_local_state (a, NULL, 0);
  assert_log (watch, "");
  g_string_free (watch.log, TRUE);
}

static void
test_time (void)
{
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (1);
  g_autoptr(WeftAny) state = weft_any_new_object ();
  g_autoptr(GArray) clients = NULL;
  Watch watch = { g_string_new (NULL) };

  weft_awareness_set_local_state (awareness, state, 0);
  apply_hex (awareness, VECTOR_AWARENESS_JOINED, 0);
  weft_awareness_set_observer (awareness, watch_cb, &watch);

  g_assert_false (weft_awareness_tick (awareness, WEFT_AWARENESS_RENEW_MS - 1));
  g_assert_true (weft_awareness_tick (awareness, WEFT_AWARENESS_RENEW_MS));
  g_assert_false (weft_awareness_tick (awareness, WEFT_AWARENESS_TIMEOUT_MS - 1));
  assert_log (watch, "");
  g_assert_true (weft_awareness_tick (awareness, WEFT_AWARENESS_TIMEOUT_MS));
  assert_log (watch, "-77 ");
  clients = weft_awareness_list_clients (awareness);
  g_assert_cmpuint (clients->len, ==, 1);
  g_assert_cmpuint (g_array_index (clients, guint64, 0), ==, 1);
  g_string_free (watch.log, TRUE);
}

static void
test_remove (void)
{
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (1);
  g_autoptr(WeftAny) state = weft_any_new_object ();
  const WeftClientId clients[] = { 77, 1, 5 };
  Watch watch = { g_string_new (NULL) };

  weft_awareness_set_local_state (awareness, state, 0);
  apply_hex (awareness, VECTOR_AWARENESS_JOINED, 0);
  weft_awareness_set_observer (awareness, watch_cb, &watch);
  weft_awareness_remove (awareness, clients, G_N_ELEMENTS (clients), NULL);
  assert_log (watch, "-77 ");
  g_assert_nonnull (weft_awareness_get_local_state (awareness));

  /* The same client, back with a newer clock. */
  apply_hex (awareness, VECTOR_AWARENESS_MOVED, 0);
  assert_log (watch, "+77 ");
  g_string_free (watch.log, TRUE);
}

static void
test_reject (void)
{
  static const char *const bad[] = {
    "", "01", "014d", "014d01", "014d0105", "014d01017b", "014d01027b7d00", "014d01026e6f",
    "ffffffff0f4d01027b7d", "02" "4d01027b7d" "4e01017b",
  };
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (1);
  Watch watch = { g_string_new (NULL) };

  weft_awareness_set_observer (awareness, watch_cb, &watch);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr(GBytes) update = test_bytes_from_hex (bad[i]);
      g_autoptr(GError) error = NULL;

      g_assert_false (weft_awareness_apply (awareness, update, NULL, 0, &error));
      g_assert_true (error->domain == WEFT_CRDT_ERROR);
      assert_log (watch, "");
    }
  g_string_free (watch.log, TRUE);
}

/* Whatever clock others claim for us: what we send can be read. */
static void
test_last_clock (void)
{
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (1), other = weft_awareness_new (2);
  g_autoptr(WeftAny) state = weft_any_new_object ();
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GError) error = NULL;

  weft_awareness_set_local_state (awareness, state, 0);
  apply_hex (awareness, "0101ffffffffffffff0f046e756c6c", 0);
  g_assert_nonnull (weft_awareness_get_local_state (awareness));
  weft_awareness_set_local_state (awareness, state, 0);
  weft_awareness_tick (awareness, WEFT_AWARENESS_RENEW_MS);
  update = weft_awareness_encode (awareness, NULL, 0);
  g_assert_true (weft_awareness_apply (other, update, NULL, 0, &error));
  g_assert_no_error (error);
  g_assert_nonnull (weft_awareness_get_state (other, 1));
}

static void
test_flood (void)
{
  g_autoptr(WeftAwareness) awareness = weft_awareness_new (1);
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GError) error = NULL;
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 100000);
  for (guint i = 0; i < 100000; i++)
    {
      weft_writer_put_varuint (&writer, i + 2);
      weft_writer_put_varuint (&writer, 1);
      weft_writer_put_string (&writer, "{}", -1);
    }
  update = weft_writer_steal_bytes (&writer);
  g_assert_false (weft_awareness_apply (awareness, update, NULL, 0, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
}

/* Replays what tests/node/crdt/awareness.mjs told. */

#define MAX_CLIENTS 4

typedef struct
{
  WeftAwareness *clients[MAX_CLIENTS];
  guint          n_clients;
  guint64        history, seed;
} Replay;

static void
end_history (Replay *replay)
{
  for (guint i = 0; i < replay->n_clients; i++)
    g_clear_pointer (&replay->clients[i], weft_awareness_free);
  replay->n_clients = 0;
}

static void
begin_history (Replay        *replay,
               const WeftAny *line)
{
  end_history (replay);
  replay->history = number (line, 1);
  replay->seed = number (line, 2);
  replay->n_clients = weft_any_get_n_items (arg (line, 3));
  g_assert_cmpuint (replay->n_clients, <=, MAX_CLIENTS);
  for (guint i = 0; i < replay->n_clients; i++)
    replay->clients[i] = weft_awareness_new (number (arg (line, 3), i));
}

static GArray *
read_clients (const WeftAny *list)
{
  GArray *clients = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (gsize i = 0; i < weft_any_get_n_items (list); i++)
    {
      guint64 client = number (list, i);

      g_array_append_val (clients, client);
    }

  return clients;
}

/* What is known of all that were ever heard of, and who is here. */
static gboolean
is_as_told (WeftAwareness *awareness,
            const WeftAny *line)
{
  g_autoptr(GArray) known = read_clients (arg (line, 3)), here = read_clients (arg (line, 4));
  g_autoptr(GArray) listed = weft_awareness_list_clients (awareness);
  g_autoptr(GBytes) bytes = weft_awareness_encode (awareness, (guint64 *) (gpointer) known->data, known->len);
  g_autofree char *hex = test_bytes_to_hex (bytes);

  return g_str_equal (hex, string (line, 2)) && listed->len == here->len
         && memcmp (listed->data, here->data, here->len * sizeof (guint64)) == 0;
}

static gboolean
run_line (Replay        *replay,
          const WeftAny *line)
{
  const char *verb = string (line, 0);
  WeftAwareness *awareness;

  if (g_str_equal (verb, "history"))
    {
      begin_history (replay, line);
      return TRUE;
    }
  awareness = replay->clients[number (line, 1)];
  if (g_str_equal (verb, "check"))
    return is_as_told (awareness, line);
  if (g_str_equal (verb, "set"))
    {
      weft_awareness_set_local_state (awareness, object_or_null (line, 2), number (line, 3));
    }
  else if (g_str_equal (verb, "apply"))
    {
      apply_hex (awareness, string (line, 2), number (line, 3));
    }
  else if (g_str_equal (verb, "tick"))
    {
      weft_awareness_tick (awareness, number (line, 2));
    }
  else
    {
      g_autoptr(GArray) clients = read_clients (arg (line, 2));

      g_assert_cmpstr (verb, ==, "remove");
      weft_awareness_remove (awareness, (guint64 *) (gpointer) clients->data, clients->len, NULL);
    }

  return TRUE;
}

static int
replay_file (const char *path)
{
  Replay replay = { 0 };
  g_autofree char *contents = NULL;
  g_auto(GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  for (; lines[n] != NULL && *lines[n] != '\0'; n++)
    {
      g_autoptr(WeftAny) line = weft_any_from_json (lines[n], -1, NULL);

      if (!run_line (&replay, line))
        {
          g_printerr ("seed %" G_GUINT64_FORMAT ", history %" G_GUINT64_FORMAT
                      ", line %u: another state\nexpected %s\n",
                      replay.seed, replay.history, n + 1, lines[n]);
          return 1;
        }
    }
  end_history (&replay);
  g_print ("%u lines are as in y-protocols\n", n);

  return 0;
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  /* What was told a moment ago */
  if (argc == 2)
    return replay_file (argv[1]);

  g_test_add_func ("/crdt/awareness/as-yjs", test_as_yjs);
  g_test_add_func ("/crdt/awareness/own-state", test_own_state);
  g_test_add_func ("/crdt/awareness/time", test_time);
  g_test_add_func ("/crdt/awareness/remove", test_remove);
  g_test_add_func ("/crdt/awareness/reject", test_reject);
  g_test_add_func ("/crdt/awareness/last-clock", test_last_clock);
  g_test_add_func ("/crdt/awareness/flood", test_flood);

  return g_test_run ();
}
