/* test-batch.c - a long update into a document that is not empty, at once and struct by struct
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Peers that share a document write for a while without hearing from each other. What one of them has is given to
 * others in one update: to a document where all its structs are linked at once (weft-batch.c), to one that is watched
 * besides, and to one where they go one by one (WEFT_DEBUG=general). States, events, what is told and what waits are
 * the same afterwards, and after more edits. That the general way is that of Yjs is shown by test-history.c.
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "crdt/weft-update-private.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <string.h>

#define N_PEERS 3

enum
{
  COLLECTED = 1,
  FORMATS = 2,
  TYPES = 4,  /* nothing goes at once */
  WIDE = 8,
  ARRAYS = 16,
};

/* The ways */
enum
{
  BATCH,
  WATCHED,
  GENERAL,
  N_WAYS
};

typedef struct
{
  WeftDoc *docs[N_WAYS];
  GString *seen[N_WAYS];
} Receiver;

static GRand *dice;

static gboolean
is_long (void)
{
  return g_getenv ("WEFT_TEST_LONG") != NULL;
}

static guint
roll (guint n)
{
  return (guint) g_rand_int_range (dice, 0, (gint32) n);
}

/* Edits */

static void
edit_text (WeftType *text,
           guint     what)
{
  static const char *const words[]
      = { "a", "bc", "some words ", "d\n", "\303\274", "\360\237\230\200\360\237\230\200" };
  guint64 length = weft_type_get_length (text), at = roll ((guint) length + 1);
  g_autoptr(WeftAny) marks = weft_any_new_object ();
  guint deed = roll (10);

  weft_any_object_take (marks, roll (2) ? "bold" : "em", roll (3) ? weft_any_new_boolean (TRUE) : weft_any_new_null ());
  if (deed < 2)
    weft_text_delete (text, at, MIN (length - at, 1 + roll (6)));
  else if (deed < 4 && (what & FORMATS))
    weft_text_format (text, at, MIN (length - at, 1 + roll (8)), marks);
  else
    weft_text_insert (text, at, words[roll ((what & WIDE) ? G_N_ELEMENTS (words) : 4)], -1, NULL);
}

static void
edit_array (WeftType *array,
            guint     what)
{
  guint64 length = weft_type_get_length (array), at = roll ((guint) length + 1);
  g_autoptr(WeftAny) values = weft_any_new_array ();

  if ((what & TYPES) && roll (8) == 0)
    {
      weft_text_insert (weft_array_insert_type (array, at, WEFT_KIND_TEXT), 0, "in", -1, NULL);
      return;
    }
  if (roll (4) == 0)
    {
      weft_array_delete (array, at, MIN (length - at, 1 + roll (3)));
      return;
    }
  for (guint i = 0; i <= roll (3); i++)
    weft_any_array_take (values, roll (3) ? weft_any_new_number (roll (1000)) : weft_any_new_string ("value"));
  weft_array_insert (array, at, values);
}

static void
edit (WeftDoc *doc,
      guint    what)
{
  if ((what & ARRAYS) && roll (3) == 0)
    edit_array (weft_doc_get_array (doc, roll (4) ? "a" : "b"), what);
  else
    edit_text (weft_doc_get_text (doc, roll (6) ? "t" : "u"), what);
}

static void
edit_often (WeftDoc *doc,
            guint    what,
            guint    n)
{
  while (n-- > 0)
    edit (doc, what);
}

/* Receivers */

static void
watch_cb (WeftDoc         *doc,
          WeftTransaction *transaction,
          gpointer         user_data)
{
  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);
      g_autofree char *delta = weft_delta_to_json (weft_event_get_delta (event));

      g_string_append_printf (user_data, "%s\n", delta);
    }
}

static void
told_cb (WeftDoc      *doc,
         GBytes       *update,
         gconstpointer origin,
         gboolean      local,
         gpointer      user_data)
{
  g_autofree char *hex = test_bytes_to_hex (update);

  g_string_append_printf (user_data, "%d %s\n", local, hex);
}

static void
make_receiver (Receiver *receiver,
               GBytes   *state,
               gboolean  gc)
{
  static const WeftDocObserver watcher = { .transaction = watch_cb, .update = told_cb };
  const WeftDocOptions options = { .gc = gc };

  for (guint way = 0; way < N_WAYS; way++)
    {
      WeftDoc *doc = receiver->docs[way] = weft_doc_new_with_options (77, &options);

      doc->general = way == GENERAL;
      g_assert_true (weft_doc_apply_update (doc, state, NULL, NULL));
      receiver->seen[way] = g_string_new (NULL);
      if (way != BATCH)
        weft_doc_add_observer (doc, &watcher, receiver->seen[way]);
    }
}

static void
clear_receiver (Receiver *receiver)
{
  for (guint way = 0; way < N_WAYS; way++)
    {
      weft_doc_free (receiver->docs[way]);
      g_string_free (receiver->seen[way], TRUE);
    }
}

static void
assert_same (Receiver *receiver)
{
  g_autoptr(GBytes) v1 = weft_doc_encode_state (receiver->docs[GENERAL]);
  g_autoptr(GBytes) v2 = weft_doc_encode_state_v2 (receiver->docs[GENERAL]);

  for (guint way = 0; way < GENERAL; way++)
    {
      g_autoptr(GBytes) own_v1 = weft_doc_encode_state (receiver->docs[way]);
      g_autoptr(GBytes) own_v2 = weft_doc_encode_state_v2 (receiver->docs[way]);
      g_autoptr(GError) error = NULL;

      weft_doc_validate (receiver->docs[way], &error);
      g_assert_no_error (error);
      g_assert_true (g_bytes_equal (own_v1, v1));
      g_assert_true (g_bytes_equal (own_v2, v2));
      g_assert_cmpint (weft_doc_has_pending (receiver->docs[way]), ==, weft_doc_has_pending (receiver->docs[GENERAL]));
    }
  g_assert_cmpstr (receiver->seen[WATCHED]->str, ==, receiver->seen[GENERAL]->str);
}

/* Gives @update to all, whatever it is. */
static void
receive (Receiver *receiver,
         GBytes   *update,
         gboolean  v2)
{
  gboolean good[N_WAYS];

  for (guint way = 0; way < N_WAYS; way++)
    good[way] = v2 ? weft_doc_apply_update_v2 (receiver->docs[way], update, NULL, NULL)
                   : weft_doc_apply_update (receiver->docs[way], update, NULL, NULL);
  g_assert_cmpint (good[BATCH], ==, good[GENERAL]);
  g_assert_cmpint (good[WATCHED], ==, good[GENERAL]);
  assert_same (receiver);
}

/* Edits one of them, from which the others hear. What waits would be told, too, and tried again there alone. */
static void
edit_on (Receiver *receiver,
         guint     what)
{
  for (guint i = 0; i < 5 && !weft_doc_has_pending (receiver->docs[GENERAL]); i++)
    {
      g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (receiver->docs[GENERAL]);
      g_autoptr(GBytes) update = NULL;

      edit (receiver->docs[BATCH], what);
      update = weft_doc_encode_diff (receiver->docs[BATCH], before);
      for (guint way = WATCHED; way < N_WAYS; way++)
        g_assert_true (weft_doc_apply_update (receiver->docs[way], update, NULL, NULL));
      assert_same (receiver);
    }
}

/* Peers that shared something and wrote for a while alone; the last of them has heard the one before once more. */
static void
make_peers (WeftDoc **peers,
            guint     what)
{
  const WeftDocOptions options = { .gc = (what & COLLECTED) != 0 };
  g_autoptr(GBytes) shared = NULL, heard = NULL;

  for (guint i = 0; i < N_PEERS; i++)
    peers[i] = weft_doc_new_with_options (1 + roll (1 << 20) * N_PEERS + i, &options);
  edit_often (peers[0], what, roll (60));
  shared = weft_doc_encode_state (peers[0]);
  for (guint i = 1; i < N_PEERS; i++)
    {
      g_assert_true (weft_doc_apply_update (peers[i], shared, NULL, NULL));
      edit_often (peers[i], what, 20 + roll (200));
    }
  edit_often (peers[0], what, roll (200));
  heard = weft_doc_encode_state (peers[N_PEERS - 2]);
  g_assert_true (weft_doc_apply_update (peers[N_PEERS - 1], heard, NULL, NULL));
  edit_often (peers[N_PEERS - 1], what, roll (100));
}

static GBytes *
diff (WeftDoc *from,
      WeftDoc *to,
      gboolean v2)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to);

  return v2 ? weft_doc_encode_diff_v2 (from, state) : weft_doc_encode_diff (from, state);
}

static GBytes *
flip_bit (GBytes *update)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (update, &size);
  guint8 *copy = g_memdup2 (data, size);

  copy[roll ((guint) size)] ^= (guint8) (1 << roll (8));

  return g_bytes_new_take (copy, size);
}

static void
try_peers (guint what)
{
  gboolean v2 = roll (3) == 0;
  WeftDoc *peers[N_PEERS];
  Receiver receiver;
  g_autoptr(GBytes) state = NULL, all = NULL, early = NULL, rest = NULL;

  make_peers (peers, what);
  state = weft_doc_encode_state (peers[0]);
  make_receiver (&receiver, state, (what & COLLECTED) != 0);
  switch (roll (4))
    {
    case 0:
      /* What the last peer has beyond the one before: it may have to wait. */
      early = diff (peers[N_PEERS - 1], peers[N_PEERS - 2], v2);
      receive (&receiver, early, v2);
      break;
    case 1:
      for (guint i = 0; i < 5; i++)
        {
          g_autoptr(GBytes) whole = diff (peers[N_PEERS - 1], peers[0], v2), flipped = flip_bit (whole);

          receive (&receiver, flipped, v2);
        }
      break;
    default:
      break;
    }
  rest = diff (peers[N_PEERS - 2], peers[0], v2);
  receive (&receiver, rest, v2);
  edit_on (&receiver, what);
  all = diff (peers[N_PEERS - 1], receiver.docs[GENERAL], v2);
  receive (&receiver, all, v2);
  edit_on (&receiver, what);

  clear_receiver (&receiver);
  for (guint i = 0; i < N_PEERS; i++)
    weft_doc_free (peers[i]);
}

static void
test_peers (void)
{
  for (guint i = 0; i < (is_long () ? 20000 : 160); i++)
    try_peers (i);
}

/* Updates that were joined without a document have structs that others come within. */
static void
test_joined (void)
{
  for (guint i = 0; i < (is_long () ? 4000 : 40); i++)
    {
      g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      WeftDoc *peers[N_PEERS];
      Receiver receiver;
      g_autoptr(GBytes) state = NULL, joined = NULL;

      make_peers (peers, i);
      state = weft_doc_encode_state (peers[0]);
      make_receiver (&receiver, state, i & COLLECTED);
      for (guint peer = 1; peer < N_PEERS; peer++)
        g_ptr_array_add (updates, diff (peers[peer], peers[0], FALSE));
      joined = weft_updates_merge (updates, WEFT_UPDATE_V1, NULL);
      receive (&receiver, joined, FALSE);
      edit_on (&receiver, i);
      clear_receiver (&receiver);
      for (guint peer = 0; peer < N_PEERS; peer++)
        weft_doc_free (peers[peer]);
    }
}

/* Whether the update goes at once, into a document that holds what @state says. */
static gboolean
goes_at_once (GBytes *state,
              GBytes *update)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_auto(WeftUpdate) decoded = { 0 };
  g_autoptr(GBytes) before = NULL, after = NULL;
  gboolean done;

  g_assert_true (weft_doc_apply_update (doc, state, NULL, NULL));
  g_assert_true (weft_update_decode (&decoded, update, NULL));
  before = weft_doc_encode_state (doc);
  weft_doc_begin (doc, NULL);
  done = weft_batch_integrate (doc->transaction, &decoded);
  weft_doc_commit (doc);
  after = weft_doc_encode_state (doc);
  g_assert_true (g_bytes_equal (before, after) == !done);

  return done;
}

/* What writes nothing but sequences goes at once; what is not here yet, or is too little for much, does not, and
 * changes nothing. */
static void
test_taken (void)
{
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr(GBytes) state = NULL, update = NULL, late = NULL, large = NULL, little = NULL;
      g_autoptr(WeftStateVector) before = NULL;
      WeftDoc *peers[N_PEERS];

      make_peers (peers, i % 2 ? WIDE | FORMATS | ARRAYS : 0);
      edit_often (peers[1], 0, 100);
      state = weft_doc_encode_state (peers[0]);
      update = diff (peers[1], peers[0], FALSE);
      g_assert_true (goes_at_once (state, update));
      edit_often (peers[2], 0, 60);
      late = diff (peers[2], peers[1], FALSE);
      g_assert_false (goes_at_once (state, late));

      edit_often (peers[0], 0, 2000);
      large = weft_doc_encode_state (peers[0]);
      before = weft_doc_get_state_vector (peers[0]);
      edit_often (peers[0], 0, 60);
      little = weft_doc_encode_diff (peers[0], before);
      g_assert_false (goes_at_once (large, little));
      for (guint peer = 0; peer < N_PEERS; peer++)
        weft_doc_free (peers[peer]);
    }
}

int
main (int   argc,
      char *argv[])
{
  int status;

  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  dice = g_rand_new_with_seed (is_long () ? g_test_rand_int () : 7);
  g_test_add_func ("/batch/peers", test_peers);
  g_test_add_func ("/batch/joined", test_joined);
  g_test_add_func ("/batch/taken", test_taken);
  status = g_test_run ();
  g_rand_free (dice);

  return status;
}
