/* test-sync-session.c - what a client says in a room, without sockets and with a clock of our own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay here is a document and a few lines of code that answer as y-websocket does.
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "crdt/weft-update.h"
#include "sync/weft-sync-session.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

typedef struct
{
  WeftDoc         *doc;
  WeftAwareness   *awareness;
  WeftSyncSession *session;
  gint64           now_ms;

  /* What the client sent and nobody took yet (element-type GBytes) */
  GQueue           sent;
  guint            n_asked;
  guint            n_synced;
  guint            n_applied;
  char            *denial;

  WeftDoc         *relay;
  WeftAwareness   *relay_awareness;
} Fixture;

static void
send_cb (GBytes   *message,
         gpointer  user_data)
{
  Fixture *fixture = user_data;

  g_queue_push_tail (&fixture->sent, g_bytes_ref (message));
}

static void
asked_cb (gpointer user_data)
{
  ((Fixture *) user_data)->n_asked++;
}

static void
synced_cb (gpointer user_data)
{
  ((Fixture *) user_data)->n_synced++;
}

static void
applied_cb (GBytes   *update,
            gpointer  user_data)
{
  ((Fixture *) user_data)->n_applied++;
}

static void
denied_cb (const char *reason,
           gpointer    user_data)
{
  Fixture *fixture = user_data;

  g_free (fixture->denial);
  fixture->denial = g_strdup (reason);
}

static void
counted_cb (gpointer user_data)
{
}

static void
local_update_cb (WeftDoc      *doc,
                 GBytes       *update,
                 gconstpointer origin,
                 gboolean      local,
                 gpointer      user_data)
{
  Fixture *fixture = user_data;

  if (local)
    weft_sync_session_send_update (fixture->session, update, fixture->now_ms);
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  static const WeftSyncSessionFuncs funcs = {
    .send = send_cb,
    .asked = asked_cb,
    .synced = synced_cb,
    .applied = applied_cb,
    .denied = denied_cb,
    .counted = counted_cb,
  };
  const WeftDocObserver observer = { .update = local_update_cb };

  fixture->now_ms = 1000000;
  fixture->doc = weft_doc_new ();
  fixture->awareness = weft_awareness_new (weft_doc_get_client_id (fixture->doc));
  fixture->session = weft_sync_session_new (fixture->doc, fixture->awareness, fixture, &funcs, fixture);
  weft_doc_add_observer (fixture->doc, &observer, fixture);
  fixture->relay = weft_doc_new ();
  fixture->relay_awareness = weft_awareness_new (weft_doc_get_client_id (fixture->relay));
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  weft_sync_session_free (fixture->session);
  weft_awareness_free (fixture->awareness);
  weft_doc_free (fixture->doc);
  weft_awareness_free (fixture->relay_awareness);
  weft_doc_free (fixture->relay);
  g_queue_clear_full (&fixture->sent, (GDestroyNotify) g_bytes_unref);
  g_free (fixture->denial);
}

static void
type_text (WeftDoc    *doc,
           const char *text)
{
  WeftType *type = weft_doc_get_text (doc, "quill");

  weft_text_insert (type, weft_type_get_length (type), text, -1, NULL);
}

static void
assert_text (WeftDoc    *doc,
             const char *expected)
{
  g_autofree char *text = weft_text_to_string (weft_doc_get_text (doc, "quill"));

  g_assert_cmpstr (text, ==, expected);
}

static void
receive (Fixture *fixture,
         GBytes  *message)
{
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_sync_session_receive (fixture->session, message, fixture->now_ms, &error));
  g_assert_no_error (error);
  g_bytes_unref (message);
}

static void
relay_asks (Fixture *fixture)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (fixture->relay);

  receive (fixture, weft_sync_message_new_step1 (state));
}

/* Takes the next message of the client as the relay would, and answers. Returns: what it was */
static WeftSyncMessageType
relay_takes (Fixture *fixture)
{
  g_autoptr(GBytes) message = g_queue_pop_head (&fixture->sent);
  g_auto(WeftSyncMessage) parsed = { 0 };
  g_autoptr(GError) error = NULL;

  g_assert_nonnull (message);
  g_assert_true (weft_sync_message_parse (&parsed, message, &error));
  switch (parsed.type)
    {
    case WEFT_SYNC_MESSAGE_STEP1:
      {
        g_autoptr(WeftStateVector) state = weft_state_vector_decode (parsed.payload, NULL);
        g_autoptr(GBytes) diff = weft_doc_encode_diff (fixture->relay, state);

        receive (fixture, weft_sync_message_new_step2 (diff));
        break;
      }

    case WEFT_SYNC_MESSAGE_STEP2:
    case WEFT_SYNC_MESSAGE_UPDATE:
      g_assert_true (weft_doc_apply_update (fixture->relay, parsed.payload, NULL, &error));
      break;

    case WEFT_SYNC_MESSAGE_AWARENESS:
      g_assert_true (weft_awareness_apply (fixture->relay_awareness, parsed.payload, NULL,
                                           fixture->now_ms, &error));
      break;

    default:
      break;
    }

  g_assert_no_error (error);
  return parsed.type;
}

static void
relay_takes_all (Fixture *fixture)
{
  while (fixture->sent.length > 0)
    relay_takes (fixture);
}

static void
connect_and_sync (Fixture *fixture)
{
  weft_sync_session_open (fixture->session, fixture->now_ms);
  relay_asks (fixture);
  weft_sync_session_answer (fixture->session, fixture->now_ms);
  relay_takes_all (fixture);
  g_assert_true (weft_sync_session_is_synced (fixture->session));
}

static void
test_first_exchange (Fixture      *fixture,
                     gconstpointer data)
{
  type_text (fixture->doc, "ours ");
  type_text (fixture->relay, "theirs ");

  /* Nothing before there is a connection. */
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  weft_sync_session_open (fixture->session, fixture->now_ms);
  g_assert_cmpuint (fixture->sent.length, ==, 1);
  g_assert_cmpint (relay_takes (fixture), ==, WEFT_SYNC_MESSAGE_STEP1);
  g_assert_false (weft_sync_session_is_synced (fixture->session));

  /* The answer waits until the owner has stored what it holds. */
  relay_asks (fixture);
  g_assert_cmpuint (fixture->n_asked, ==, 1);
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  type_text (fixture->doc, "late");
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  g_assert_cmpuint (fixture->n_synced, ==, 0);

  weft_sync_session_answer (fixture->session, fixture->now_ms);
  g_assert_cmpuint (fixture->n_synced, ==, 1);
  g_assert_cmpint (relay_takes (fixture), ==, WEFT_SYNC_MESSAGE_STEP2);
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);

  {
    g_autofree char *ours = weft_text_to_string (weft_doc_get_text (fixture->doc, "quill"));

    assert_text (fixture->relay, ours);
    g_assert_cmpuint (g_utf8_strlen (ours, -1), ==, 16);
  }
}

static void
test_increments (Fixture      *fixture,
                 gconstpointer data)
{
  g_autoptr(GBytes) message = NULL;
  g_autofree char *filler = g_strnfill (100000, 'x');
  guint n_applied;

  type_text (fixture->doc, filler);
  connect_and_sync (fixture);

  /* A keystroke is a few dozen bytes. */
  type_text (fixture->doc, "a");
  g_assert_cmpuint (fixture->sent.length, ==, 1);
  g_assert_cmpuint (g_bytes_get_size (g_queue_peek_head (&fixture->sent)), <, 60);
  g_assert_cmpint (relay_takes (fixture), ==, WEFT_SYNC_MESSAGE_UPDATE);

  /* What comes from the relay does not go back, whatever it is; nor does it count as ours. */
  n_applied = fixture->n_applied;
  {
    g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (fixture->relay);
    g_autoptr(GBytes) update = NULL;

    type_text (fixture->relay, "b");
    update = weft_doc_encode_diff (fixture->relay, before);
    receive (fixture, weft_sync_message_new_update (update));
    receive (fixture, weft_sync_message_new_update (update));
  }
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  g_assert_cmpuint (fixture->n_applied, ==, n_applied + 1);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);
}

static void
test_offline (Fixture      *fixture,
              gconstpointer data)
{
  connect_and_sync (fixture);
  type_text (fixture->doc, "one");
  relay_takes_all (fixture);

  weft_sync_session_close (fixture->session);
  type_text (fixture->doc, "two");
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 3);
  type_text (fixture->relay, "three");

  connect_and_sync (fixture);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);
  {
    g_autofree char *ours = weft_text_to_string (weft_doc_get_text (fixture->doc, "quill"));

    assert_text (fixture->relay, ours);
  }
}

static void
test_forgetful_relay (Fixture      *fixture,
                      gconstpointer data)
{
  g_autoptr(WeftStateVector) had = NULL;

  type_text (fixture->doc, "kept");
  connect_and_sync (fixture);
  g_assert_false (weft_sync_session_has_lost (fixture->session, NULL));
  weft_sync_session_close (fixture->session);

  /* It was restarted with nothing. */
  weft_doc_free (fixture->relay);
  fixture->relay = weft_doc_new ();
  connect_and_sync (fixture);
  assert_text (fixture->relay, "kept");
  g_assert_true (weft_sync_session_has_lost (fixture->session, NULL));
  weft_sync_session_close (fixture->session);

  /* The next time it has it all; but not what it had in an earlier run, as is remembered. */
  connect_and_sync (fixture);
  g_assert_false (weft_sync_session_has_lost (fixture->session, NULL));
  had = weft_doc_get_state_vector (fixture->doc);
  g_assert_false (weft_sync_session_has_lost (fixture->session, had));
  weft_state_vector_set (had, 7, 1);
  g_assert_true (weft_sync_session_has_lost (fixture->session, had));
}

static void
give_receipt (Fixture *fixture)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (fixture->relay);

  receive (fixture, weft_sync_message_new_receipt (1, state));
}

static void
test_receipts (Fixture      *fixture,
               gconstpointer data)
{
  g_autoptr(WeftStateVector) known = NULL;

  connect_and_sync (fixture);
  type_text (fixture->doc, "1234567");
  g_assert_false (weft_sync_session_has_receipts (fixture->session));
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);

  relay_takes_all (fixture);
  give_receipt (fixture);
  g_assert_true (weft_sync_session_has_receipts (fixture->session));
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);

  /* From now on sent is not enough. */
  type_text (fixture->doc, "89");
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 2);
  relay_takes_all (fixture);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 2);
  give_receipt (fixture);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);

  known = weft_sync_session_dup_known (fixture->session);
  g_assert_cmpuint (weft_state_vector_get (known, weft_doc_get_client_id (fixture->doc)), ==, 9);
}

static void
test_deletions (Fixture      *fixture,
                gconstpointer data)
{
  type_text (fixture->doc, "123456789");
  connect_and_sync (fixture);

  /* A deletion moves no clock: the relay is asked, once for several. */
  weft_text_delete (weft_doc_get_text (fixture->doc, "quill"), 0, 1);
  weft_text_delete (weft_doc_get_text (fixture->doc, "quill"), 0, 1);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 2);
  relay_takes_all (fixture);
  g_assert_false (weft_sync_session_is_settled (fixture->session));

  weft_sync_session_poll (fixture->session, fixture->now_ms);
  g_assert_cmpuint (fixture->sent.length, ==, 0);
  fixture->now_ms += WEFT_SYNC_PROBE_MS;
  weft_sync_session_poll (fixture->session, fixture->now_ms);
  g_assert_cmpuint (fixture->sent.length, ==, 1);

  /* One more while the answer is on its way is not covered by it. */
  weft_text_delete (weft_doc_get_text (fixture->doc, "quill"), 0, 1);
  g_assert_cmpint (relay_takes (fixture), ==, WEFT_SYNC_MESSAGE_STEP1);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 1);
  relay_takes_all (fixture);
  fixture->now_ms += WEFT_SYNC_PROBE_MS;
  weft_sync_session_poll (fixture->session, fixture->now_ms);
  relay_takes_all (fixture);
  g_assert_cmpuint (weft_sync_session_count_unsent (fixture->session), ==, 0);
  g_assert_true (weft_sync_session_is_settled (fixture->session));
  assert_text (fixture->relay, "456789");
}

static WeftAny *
make_state (double value)
{
  WeftAny *state = weft_any_new_object ();

  weft_any_object_take (state, "x", weft_any_new_number (value));
  return state;
}

/* Somebody else appears in the room. */
static void
show_other (Fixture *fixture,
            double   value)
{
  g_autoptr(WeftAny) state = make_state (value);
  g_autoptr(GBytes) update = NULL;
  WeftClientId client = weft_awareness_get_client_id (fixture->relay_awareness);

  weft_awareness_set_local_state (fixture->relay_awareness, state, fixture->now_ms);
  update = weft_awareness_encode (fixture->relay_awareness, &client, 1);
  receive (fixture, weft_sync_message_new_awareness (update));
}

static void
move_pointer (Fixture *fixture,
              double   value)
{
  g_autoptr(WeftAny) state = make_state (value);

  weft_awareness_set_local_state (fixture->awareness, state, fixture->now_ms);
  weft_sync_session_send_awareness (fixture->session);
  weft_sync_session_poll (fixture->session, fixture->now_ms);
}

static void
test_awareness_alone (Fixture      *fixture,
                      gconstpointer data)
{
  move_pointer (fixture, 1);
  connect_and_sync (fixture);
  fixture->now_ms += 1000;

  /* The room heard of us once; while nobody else is there, it hears no more. */
  for (guint i = 0; i < 100; i++)
    move_pointer (fixture, i);
  g_assert_cmpuint (fixture->sent.length, ==, 0);

  /* Whoever comes gets to know us as we are now. */
  show_other (fixture, 7);
  weft_sync_session_poll (fixture->session, fixture->now_ms);
  g_assert_cmpuint (fixture->sent.length, ==, 1);
  relay_takes_all (fixture);
  g_assert_cmpfloat (
    weft_any_get_number (weft_any_lookup (
      weft_awareness_get_state (fixture->relay_awareness, weft_doc_get_client_id (fixture->doc)), "x")),
    ==, 99);
}

static void
test_awareness_rate (Fixture      *fixture,
                     gconstpointer data)
{
  guint n_sent = 0;

  connect_and_sync (fixture);
  show_other (fixture, 7);

  /* A pointer that moves a thousand times in a second. */
  for (guint i = 0; i < 1000; i++)
    {
      fixture->now_ms++;
      move_pointer (fixture, i);
    }
  n_sent = fixture->sent.length;
  g_assert_cmpuint (n_sent, <=, 31);
  g_assert_cmpuint (n_sent, >=, 25);

  /* The last one is not lost. */
  fixture->now_ms = weft_sync_session_poll (fixture->session, fixture->now_ms);
  weft_sync_session_poll (fixture->session, fixture->now_ms);
  relay_takes_all (fixture);
  g_assert_cmpfloat (
    weft_any_get_number (weft_any_lookup (
      weft_awareness_get_state (fixture->relay_awareness, weft_doc_get_client_id (fixture->doc)), "x")),
    ==, 999);
}

static void
test_awareness_renewed (Fixture      *fixture,
                        gconstpointer data)
{
  gint64 start;
  guint n_sent = 0;

  move_pointer (fixture, 1);
  connect_and_sync (fixture);
  start = fixture->now_ms;

  /* One minute of silence, as far as we are concerned. */
  while (fixture->now_ms < start + 60000)
    {
      fixture->now_ms = MIN (weft_sync_session_poll (fixture->session, fixture->now_ms),
                             fixture->now_ms + 1000);
      weft_sync_session_hear (fixture->session, fixture->now_ms);
      n_sent += fixture->sent.length;
      relay_takes_all (fixture);
    }

  g_assert_cmpuint (n_sent, >=, 3);
  g_assert_cmpuint (n_sent, <=, 6);
}

static void
test_awareness_ends (Fixture      *fixture,
                     gconstpointer data)
{
  g_autoptr(GArray) clients = NULL;

  move_pointer (fixture, 1);
  connect_and_sync (fixture);
  show_other (fixture, 7);

  /* The others see us go; we see nobody any more. */
  weft_sync_session_say_goodbye (fixture->session);
  relay_takes_all (fixture);
  g_assert_null (
    weft_awareness_get_state (fixture->relay_awareness, weft_doc_get_client_id (fixture->doc)));
  weft_sync_session_close (fixture->session);
  clients = weft_awareness_list_clients (fixture->awareness);
  g_assert_cmpuint (clients->len, ==, 1);

  /* And come back. */
  connect_and_sync (fixture);
  g_assert_nonnull (
    weft_awareness_get_state (fixture->relay_awareness, weft_doc_get_client_id (fixture->doc)));
}

static void
test_silence (Fixture      *fixture,
              gconstpointer data)
{
  connect_and_sync (fixture);
  fixture->now_ms += WEFT_SYNC_SILENCE_MS - 1;
  g_assert_false (weft_sync_session_is_silent (fixture->session, fixture->now_ms));
  fixture->now_ms++;
  g_assert_true (weft_sync_session_is_silent (fixture->session, fixture->now_ms));

  weft_sync_session_hear (fixture->session, fixture->now_ms);
  g_assert_false (weft_sync_session_is_silent (fixture->session, fixture->now_ms));
  g_assert_cmpint (weft_sync_session_poll (fixture->session, fixture->now_ms), <=,
                   fixture->now_ms + WEFT_SYNC_SILENCE_MS);
}

static void
test_denied (Fixture      *fixture,
             gconstpointer data)
{
  connect_and_sync (fixture);
  receive (fixture, weft_sync_message_new_denied ("viewers only"));
  g_assert_cmpstr (fixture->denial, ==, "viewers only");

  /* Reading goes on. */
  {
    g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (fixture->relay);
    g_autoptr(GBytes) update = NULL;

    type_text (fixture->relay, "news");
    update = weft_doc_encode_diff (fixture->relay, before);
    receive (fixture, weft_sync_message_new_update (update));
  }
  assert_text (fixture->doc, "news");
}

typedef struct
{
  const char *path;
  const char *hex;
} Hostile;

static const Hostile hostile_messages[] = {
  { "/sync/session/hostile/empty", "" },
  { "/sync/session/hostile/sync-alone", "00" },
  { "/sync/session/hostile/step1-cut", "000005" },
  { "/sync/session/hostile/step1-count", "00000affffffffffffff0f0101" },
  { "/sync/session/hostile/step2-cut", "000110ff" },
  { "/sync/session/hostile/update-garbage", "000204deadbeef" },
  { "/sync/session/hostile/update-count", "000209ffffffffffffff0f00" },
  { "/sync/session/hostile/update-empty", "000200" },
  { "/sync/session/hostile/inner-kind", "000900" },
  { "/sync/session/hostile/awareness", "0105ffffffff0f" },
  { "/sync/session/hostile/awareness-json", "01050101016100" },
  { "/sync/session/hostile/receipt", "640103ffffff" },
};

static void
test_hostile (Fixture      *fixture,
              gconstpointer data)
{
  const Hostile *row = data;
  g_autoptr(GBytes) message = test_bytes_from_hex (row->hex);
  g_autoptr(GBytes) before = NULL;
  g_autoptr(GBytes) after = NULL;
  g_autoptr(GError) error = NULL;

  type_text (fixture->doc, "ours");
  connect_and_sync (fixture);

  before = weft_doc_encode_state (fixture->doc);
  g_assert_false (weft_sync_session_receive (fixture->session, message, fixture->now_ms, &error));
  g_assert_nonnull (error);
  after = weft_doc_encode_state (fixture->doc);
  g_assert_true (g_bytes_equal (before, after));
  g_assert_true (weft_doc_validate (fixture->doc, NULL));
}

/* Every prefix of real messages, and every byte of them changed: refused, or understood as something, never harm. */
static void
test_hostile_mutations (Fixture      *fixture,
                        gconstpointer data)
{
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) message = NULL;
  gsize size;
  const guint8 *bytes;

  type_text (fixture->relay, "some text 📝");
  weft_text_delete (weft_doc_get_text (fixture->relay, "quill"), 2, 3);
  connect_and_sync (fixture);
  type_text (fixture->relay, "more");
  update = weft_doc_encode_state (fixture->relay);
  message = weft_sync_message_new_update (update);
  bytes = g_bytes_get_data (message, &size);

  for (gsize i = 0; i < size; i++)
    {
      g_autoptr(GBytes) prefix = g_bytes_new (bytes, i);

      g_assert_false (weft_sync_session_receive (fixture->session, prefix, fixture->now_ms, NULL));
    }

  for (guint round = 0; round < 2000; round++)
    {
      g_autofree guint8 *changed = g_memdup2 (bytes, size);
      g_autoptr(GBytes) bad = NULL;
      g_autoptr(GError) error = NULL;

      changed[g_test_rand_int_range (0, (gint32) size)] ^= (guint8) g_test_rand_int_range (1, 256);
      bad = g_bytes_new (changed, size);
      if (!weft_sync_session_receive (fixture->session, bad, fixture->now_ms, &error))
        g_assert_nonnull (error);
      g_queue_clear_full (&fixture->sent, (GDestroyNotify) g_bytes_unref);
    }

  g_assert_true (weft_doc_validate (fixture->doc, NULL));
}

static void
test_hostile_pending (Fixture      *fixture,
                      gconstpointer data)
{
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autofree char *filler = g_strnfill (1024 * 1024, 'x');
  g_autoptr(GError) error = NULL;
  guint n_taken = 0;

  connect_and_sync (fixture);
  type_text (other, "what the others need, and never comes");

  /* Edits that all wait for one that is kept back: the memory of it has an end. */
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (other);
      g_autoptr(GBytes) update = NULL;
      g_autoptr(GBytes) message = NULL;

      type_text (other, filler);
      update = weft_doc_encode_diff (other, before);
      message = weft_sync_message_new_update (update);
      if (!weft_sync_session_receive (fixture->session, message, fixture->now_ms, &error))
        break;
      n_taken++;
    }

  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
  g_assert_cmpuint (n_taken, <=, 64);
}

static void
test_large (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *filler = g_strnfill (3 * 1024 * 1024, 'x');
  guint n_pieces;

  for (guint i = 0; i < 5; i++)
    weft_text_insert (weft_doc_get_text (fixture->doc, "quill"), 0, filler, -1, NULL);
  weft_text_delete (weft_doc_get_text (fixture->doc, "quill"), 5, 10);

  weft_sync_session_open (fixture->session, fixture->now_ms);
  relay_asks (fixture);
  weft_sync_session_answer (fixture->session, fixture->now_ms);
  relay_takes (fixture);

  n_pieces = fixture->sent.length;
  g_assert_cmpuint (n_pieces, >=, 2);
  for (GList *l = fixture->sent.head; l != NULL; l = l->next)
    g_assert_cmpuint (g_bytes_get_size (l->data), <=, WEFT_SYNC_MAX_UPDATE + WEFT_SYNC_FRAME_SLACK);

  relay_takes_all (fixture);
  {
    g_autoptr(GBytes) ours = weft_doc_encode_state (fixture->doc);
    g_autoptr(GBytes) theirs = weft_doc_encode_state (fixture->relay);

    g_assert_true (g_bytes_equal (ours, theirs));
  }
}

static void
test_split (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftDoc) copy = weft_doc_new ();
  g_autoptr(GBytes) whole = NULL;
  g_autoptr(GBytes) copied = NULL;
  g_autoptr(GPtrArray) pieces = NULL;

  for (guint i = 0; i < 300; i++)
    {
      g_autoptr(WeftAny) value = weft_any_new_number (i);
      g_autofree char *key = g_strdup_printf ("key %u", i % 50);

      weft_map_set (weft_doc_get_map (doc, "map"), key, value);
      weft_text_insert (weft_doc_get_text (doc, "quill"), 0, "á📝c", -1, NULL);
      if (i % 3 == 0)
        weft_text_delete (weft_doc_get_text (doc, "quill"), 1, 2);
    }

  whole = weft_doc_encode_state (doc);
  pieces = weft_update_split (whole, 500);
  g_assert_cmpuint (pieces->len, >, 5);

  /* In the worst order. */
  for (guint i = pieces->len; i > 0; i--)
    g_assert_true (weft_doc_apply_update (copy, g_ptr_array_index (pieces, i - 1), NULL, NULL));
  g_assert_false (weft_doc_has_pending (copy));
  copied = weft_doc_encode_state (copy);
  g_assert_true (g_bytes_equal (whole, copied));
}

/* Many write into one another's text: no part needs a later one. */
static void
test_split_order (void)
{
  const WeftDocOptions options = { .gc = FALSE };
  WeftDoc *writers[5];
  g_autoptr(GRand) rand = g_rand_new_with_seed (5);
  g_autoptr(WeftDoc) copy = weft_doc_new ();
  g_autoptr(GBytes) whole = NULL;
  g_autoptr(GBytes) copied = NULL;
  g_autoptr(GPtrArray) pieces = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    writers[i] = weft_doc_new_with_options (1 + i, &options);

  for (guint i = 0; i < 1000; i++)
    {
      WeftDoc *doc = writers[g_rand_int_range (rand, 0, G_N_ELEMENTS (writers))];
      WeftDoc *other = writers[g_rand_int_range (rand, 0, G_N_ELEMENTS (writers))];
      WeftType *text = weft_doc_get_text (doc, "t");
      g_autoptr(WeftStateVector) known = weft_doc_get_state_vector (doc);
      g_autoptr(GBytes) diff = weft_doc_encode_diff (other, known);
      guint length;

      g_assert_true (weft_doc_apply_update (doc, diff, NULL, NULL));
      length = (guint) weft_type_get_length (text);
      weft_text_insert (text, (guint) g_rand_int_range (rand, 0, (gint32) length + 1), "warp and weft ", -1, NULL);
      if (i % 5 == 0)
        weft_text_delete (text, (guint) g_rand_int_range (rand, 0, (gint32) length + 1), 3);
    }
  for (guint i = 1; i < G_N_ELEMENTS (writers); i++)
    {
      g_autoptr(GBytes) state = weft_doc_encode_state (writers[i]);

      g_assert_true (weft_doc_apply_update (writers[0], state, NULL, NULL));
    }

  whole = weft_doc_encode_state (writers[0]);
  pieces = weft_update_split (whole, 2000);
  g_assert_cmpuint (pieces->len, >, 10);
  for (guint i = 0; i < pieces->len; i++)
    {
      g_assert_cmpuint (g_bytes_get_size (pieces->pdata[i]), <=, i + 1 < pieces->len ? 2000 : 20000);
      g_assert_true (weft_doc_apply_update (copy, pieces->pdata[i], NULL, NULL));
      g_assert_false (weft_doc_has_pending (copy));
    }
  copied = weft_doc_encode_state (copy);
  g_assert_true (g_bytes_equal (whole, copied));

  for (guint i = 0; i < G_N_ELEMENTS (writers); i++)
    weft_doc_free (writers[i]);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/sync/session/first-exchange", test_first_exchange);
  ADD ("/sync/session/increments", test_increments);
  ADD ("/sync/session/offline", test_offline);
  ADD ("/sync/session/forgetful-relay", test_forgetful_relay);
  ADD ("/sync/session/receipts", test_receipts);
  ADD ("/sync/session/deletions", test_deletions);
  ADD ("/sync/session/awareness/alone", test_awareness_alone);
  ADD ("/sync/session/awareness/rate", test_awareness_rate);
  ADD ("/sync/session/awareness/renewed", test_awareness_renewed);
  ADD ("/sync/session/awareness/ends", test_awareness_ends);
  ADD ("/sync/session/silence", test_silence);
  ADD ("/sync/session/denied", test_denied);
  for (gsize i = 0; i < G_N_ELEMENTS (hostile_messages); i++)
    g_test_add (hostile_messages[i].path, Fixture, &hostile_messages[i], set_up, test_hostile, tear_down);
  ADD ("/sync/session/hostile/mutations", test_hostile_mutations);
  ADD ("/sync/session/hostile/pending", test_hostile_pending);
  ADD ("/sync/session/large", test_large);
#undef ADD
  g_test_add_func ("/sync/update/split", test_split);
  g_test_add_func ("/sync/update/split-order", test_split_order);

  return g_test_run ();
}
