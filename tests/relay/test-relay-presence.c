/* test-relay-presence.c - who is in a room, and who may say so
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-presence.h"

#include <string.h>

static const WeftRelayLimits limits = WEFT_RELAY_LIMITS_DEFAULT;

/* Two connections; only their addresses matter. */
static int ada;
static int bob;

static gboolean
is_stale_cb (gpointer owner,
             gpointer user_data)
{
  return owner == user_data;
}

static GBytes *
make_update (guint         n_entries,
             WeftClientId  client,
             guint64       clock,
             const char   *json)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_entries);
  for (guint i = 0; i < n_entries; i++)
    {
      weft_writer_put_varuint (&writer, client + i);
      weft_writer_put_varuint (&writer, clock);
      weft_writer_put_string (&writer, json, -1);
    }
  return weft_writer_steal_bytes (&writer);
}

static void
apply (WeftRelayPresence *presence,
       gpointer           owner,
       guint              n_entries,
       WeftClientId       client,
       guint64            clock,
       const char        *json,
       gpointer           stale)
{
  g_autoptr(GBytes) update = make_update (n_entries, client, clock, json);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_relay_presence_apply (presence, owner, update, 0, is_stale_cb, stale, &error));
  g_assert_no_error (error);
}

/* What would be sent now, as "client:clock json ...". */
static char *
take (WeftRelayPresence *presence)
{
  g_autoptr(GBytes) update = weft_relay_presence_take (presence);
  GString *text = g_string_new (NULL);
  WeftReader reader;
  guint64 n_entries;

  if (update == NULL)
    return g_string_free (text, FALSE);

  weft_reader_init_bytes (&reader, update);
  n_entries = weft_reader_get_varuint (&reader);
  for (guint64 i = 0; i < n_entries; i++)
    {
      guint64 client = weft_reader_get_varuint (&reader);
      guint64 clock = weft_reader_get_varuint (&reader);
      g_autofree char *json = weft_reader_dup_string (&reader);

      g_string_append_printf (text, "%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT "%s ", client, clock, json);
    }
  g_assert_true (weft_reader_finish (&reader, TRUE, NULL));
  return g_string_free (text, FALSE);
}

#define assert_news(presence, expected)                  \
  G_STMT_START                                           \
  {                                                      \
    g_autofree char *news_ = take (presence);            \
    g_assert_cmpstr (news_, ==, expected);               \
  }                                                      \
  G_STMT_END

static void
apply_remote (WeftRelayPresence *presence,
              gpointer           relay,
              WeftClientId       client,
              guint64            clock,
              const char        *json,
              gpointer           stale)
{
  g_autoptr(GBytes) update = make_update (1, client, clock, json);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_relay_presence_apply_remote (presence, relay, update, 0, is_stale_cb, stale, &error));
  g_assert_no_error (error);
}

static void
test_latest_wins (void)
{
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);

  apply (presence, &ada, 1, 7, 1, "{}", NULL);
  apply (presence, &ada, 1, 7, 2, "{\"x\":1}", NULL);
  assert_news (presence, "7:2{\"x\":1} ");
  assert_news (presence, "");
  /* The same state with a newer clock is news too: the others renew their time-out by it. */
  apply (presence, &ada, 1, 7, 3, "{\"x\":1}", NULL);
  assert_news (presence, "7:3{\"x\":1} ");
  apply (presence, &ada, 1, 7, 2, "{}", NULL);
  assert_news (presence, "");
  apply (presence, &ada, 1, 7, 3, "null", NULL);
  assert_news (presence, "7:3null ");
  g_assert_cmpuint (weft_relay_presence_get_count (presence), ==, 0);
}

static void
test_speak_for_oneself (void)
{
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);

  apply (presence, &ada, 1, 7, 1, "{}", NULL);
  assert_news (presence, "7:1{} ");
  apply (presence, &bob, 1, 7, 9, "{\"fake\":1}", NULL);
  apply (presence, &bob, 1, 7, 9, "null", NULL);
  assert_news (presence, "");

  /* Ada's old connection is silent: the new one may speak for her. */
  apply (presence, &bob, 1, 7, 2, "{}", &ada);
  assert_news (presence, "7:2{} ");
  weft_relay_presence_leave (presence, &ada);
  assert_news (presence, "");
  weft_relay_presence_leave (presence, &bob);
  assert_news (presence, "7:2null ");

  /* An echo of what she was does not bring her back. */
  apply (presence, &ada, 1, 7, 2, "{}", NULL);
  assert_news (presence, "");
}

static void
test_expire (void)
{
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);

  apply (presence, &ada, 1, 7, 1, "{}", NULL);
  assert_news (presence, "7:1{} ");
  weft_relay_presence_expire (presence, WEFT_AWARENESS_TIMEOUT_MS - 1);
  assert_news (presence, "");
  weft_relay_presence_expire (presence, WEFT_AWARENESS_TIMEOUT_MS);
  assert_news (presence, "7:1null ");
}

static void
test_limits (void)
{
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);
  int connections[20];

  apply (presence, &connections[0], 100, 1000, 1, "{}", NULL);
  g_assert_cmpuint (weft_relay_presence_get_count (presence), ==, limits.max_states_connection);
  for (guint i = 1; i < 20; i++)
    apply (presence, &connections[i], 64, 10000 * i, 1, "{}", NULL);
  g_assert_cmpuint (weft_relay_presence_get_count (presence), ==, limits.max_states_room);

  /* Those who come and go do not fill the memory either. */
  for (guint i = 0; i < 200; i++)
    {
      apply (presence, &ada, 64, 1000000 + 64 * i, 1, "{}", NULL);
      weft_relay_presence_leave (presence, &ada);
      weft_relay_presence_leave (presence, &connections[i % 20]);
      g_free (take (presence));
    }
  g_assert_cmpuint (weft_relay_presence_get_count (presence), <=, limits.max_states_room);
}

static void
test_clock_jump (void)
{
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);

  apply (presence, &ada, 1, 7, 1, "{}", NULL);
  g_free (take (presence));
  apply (presence, &ada, 1, 7, WEFT_MAX_SAFE_INTEGER, "{}", NULL);
  assert_news (presence, "");
}

static void
test_reject (void)
{
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);
  g_autofree char *filler = g_strnfill (limits.max_state, 'x');
  g_autofree char *large = g_strdup_printf ("\"%s\"", filler);
  const char *const states[] = { "", "{", "nul", "{} {}", "[", "\xff", large };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr(GBytes) update = make_update (2, 7, 1, states[i]);
      g_autoptr(GError) error = NULL;

      g_assert_false (weft_relay_presence_apply (presence, &ada, update, 0, is_stale_cb, NULL, &error));
      g_assert_true (error->domain == WEFT_CRDT_ERROR);
    }
  g_assert_false (weft_relay_presence_has_news (presence));
}

/* What of the news other relays are told: how many clients, all of them ours. */
static guint64
take_own (WeftRelayPresence *presence)
{
  g_autoptr(GBytes) own = NULL;
  g_autoptr(GBytes) all = weft_relay_presence_take_own (presence, &own);
  WeftReader reader;

  if (own == NULL)
    return 0;

  weft_reader_init_bytes (&reader, own);
  return weft_reader_get_varuint (&reader);
}

static void
test_other_relays (void)
{
  static int here, there;
  g_autoptr(WeftRelayPresence) presence = weft_relay_presence_new (&limits);

  /* A client of another relay is told here, and not back. */
  apply_remote (presence, &there, 7, 5, "{}", NULL);
  g_assert_cmpuint (take_own (presence), ==, 0);
  g_assert_cmpuint (weft_relay_presence_get_count (presence), ==, 1);
  g_assert_null (weft_relay_presence_encode_own (presence));

  /* Ours echo what they heard of it, also its end: that is nothing new. */
  apply (presence, &ada, 1, 7, 5, "{\"echo\":1}", NULL);
  apply (presence, &ada, 1, 7, 5, "null", NULL);
  assert_news (presence, "");

  /* It comes here, and says something new: it is ours, and what the other relay says last of it is old. */
  apply (presence, &ada, 1, 7, 6, "{\"here\":1}", NULL);
  g_assert_cmpuint (take_own (presence), ==, 1);
  apply_remote (presence, &there, 7, 6, "null", NULL);
  apply_remote (presence, &there, 7, 9, "{\"there\":1}", NULL);
  weft_relay_presence_leave (presence, &there);
  assert_news (presence, "");

  /* It goes again, while the connection that it had is silent; a third relay takes it from the second. */
  apply_remote (presence, &there, 7, 9, "{\"there\":1}", &ada);
  g_assert_cmpuint (take_own (presence), ==, 0);
  weft_relay_presence_leave (presence, &ada);
  assert_news (presence, "");
  apply_remote (presence, &here, 7, 10, "{\"third\":1}", NULL);
  assert_news (presence, "7:10{\"third\":1} ");
  apply_remote (presence, &there, 7, 11, "null", NULL);
  weft_relay_presence_leave (presence, &there);
  assert_news (presence, "");

  /* A relay that is gone takes its clients along; that is no news for the others, who see it themselves. */
  weft_relay_presence_leave (presence, &here);
  g_assert_cmpuint (take_own (presence), ==, 0);
  g_assert_cmpuint (weft_relay_presence_get_count (presence), ==, 0);

  /* However many clients it has. */
  for (guint i = 0; i < limits.max_states_connection + 5 && i < limits.max_states_room; i++)
    apply_remote (presence, &there, 100 + i, 1, "{}", NULL);
  g_assert_cmpuint (weft_relay_presence_get_count (presence), ==,
                    MIN (limits.max_states_connection + 5, limits.max_states_room));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relay/presence/latest-wins", test_latest_wins);
  g_test_add_func ("/relay/presence/speak-for-oneself", test_speak_for_oneself);
  g_test_add_func ("/relay/presence/other-relays", test_other_relays);
  g_test_add_func ("/relay/presence/expire", test_expire);
  g_test_add_func ("/relay/presence/limits", test_limits);
  g_test_add_func ("/relay/presence/clock-jump", test_clock_jump);
  g_test_add_func ("/relay/presence/reject", test_reject);
  return g_test_run ();
}
