/* test-quick-map.c - values set without a transaction are what a transaction makes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything is done twice: to a document that nobody watches, which takes the short way where it can,
 * and to one of the same client that somebody watches, which takes the general way.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"
#include "crdt/weft-update.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#define N_PEERS 3

static const char *const keys[] = { "a", "b", "ключ", "", "1" };

/* Each in both ways; what they send is compared and passed on. */
typedef struct
{
  WeftDoc   *quick, *general;
  GPtrArray *sent_quick, *sent_general;
  guint      n_heard[N_PEERS];
} Peer;

static void
collect_cb (WeftDoc      *doc,
            GBytes       *update,
            gconstpointer origin,
            gboolean      local,
            gpointer      user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (update));
}

static void
watch_cb (WeftDoc         *doc,
          WeftTransaction *transaction,
          gpointer         user_data)
{
}

static void
begin_peer (Peer        *peer,
            WeftClientId id,
            gboolean     gc)
{
  const WeftDocObserver sent = { .update = collect_cb }, watch = { .transaction = watch_cb };
  WeftDocOptions options = { .gc = gc };

  *peer = (Peer) { weft_doc_new_with_options (id, &options), weft_doc_new_with_options (id, &options) };
  peer->sent_quick = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  peer->sent_general = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  weft_doc_add_observer (peer->quick, &sent, peer->sent_quick);
  weft_doc_add_observer (peer->general, &sent, peer->sent_general);
  weft_doc_add_observer (peer->general, &watch, NULL);
}

static void
end_peer (Peer *peer)
{
  weft_doc_free (peer->quick);
  weft_doc_free (peer->general);
  g_ptr_array_unref (peer->sent_quick);
  g_ptr_array_unref (peer->sent_general);
}

static void
assert_same (Peer *peer)
{
  g_autoptr(GBytes) quick = weft_doc_encode_state (peer->quick), general = weft_doc_encode_state (peer->general);
  g_autofree char *quick_hex = test_bytes_to_hex (quick), *general_hex = test_bytes_to_hex (general);
  g_autoptr(GError) error = NULL;

  weft_doc_validate (peer->quick, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (quick_hex, ==, general_hex);
  g_assert_cmpuint (peer->sent_quick->len, ==, peer->sent_general->len);
  for (guint i = peer->sent_quick->len; i > 0 && i + 2 > peer->sent_quick->len; i--)
    {
      g_autofree char *a = test_bytes_to_hex (g_ptr_array_index (peer->sent_quick, i - 1));
      g_autofree char *b = test_bytes_to_hex (g_ptr_array_index (peer->sent_general, i - 1));

      g_assert_cmpstr (a, ==, b);
    }
}

/* One of the maps of a document: the root, or one that is in it. */
static WeftType *
find_map (WeftDoc *doc,
          int      which)
{
  WeftType *root = weft_doc_get_map (doc, "m");
  WeftType *inner = which > 0 ? weft_map_get_type (root, keys[which - 1]) : NULL;

  return inner != NULL ? inner : root;
}

static void
edit (Peer *peer)
{
  int what = g_test_rand_int_range (0, 12), which = g_test_rand_int_range (0, 4);
  const char *key = keys[g_test_rand_int_range (0, G_N_ELEMENTS (keys))];
  g_autoptr(GBytes) bytes = g_bytes_new_static ("\1\2\3", g_test_rand_int_range (0, 4));
  g_autofree char *large = g_strnfill (600, 'x');
  g_autoptr(WeftAny) value = what == 0   ? weft_any_new_bytes (bytes)
                             : what == 1 ? weft_any_new_string (large)
                             : what < 5  ? weft_any_new_object ()
                                         : weft_any_new_number (g_test_rand_int_range (-100, 100));
  WeftDoc *docs[] = { peer->quick, peer->general };

  for (guint i = 0; i < G_N_ELEMENTS (docs); i++)
    {
      WeftType *map = find_map (docs[i], which);

      if (what == 11)
        weft_map_set_type (map, key, WEFT_KIND_MAP);
      else if (what == 10)
        weft_map_remove (map, key);
      else
        weft_map_set (map, key, value);
    }
  assert_same (peer);
}

static void
hear (Peer  *peer,
      Peer  *other,
      guint  number)
{
  while (peer->n_heard[number] < other->sent_quick->len)
    {
      GBytes *update = g_ptr_array_index (other->sent_quick, peer->n_heard[number]++);

      g_assert_true (weft_doc_apply_update (peer->quick, update, NULL, NULL));
      g_assert_true (weft_doc_apply_update (peer->general, update, NULL, NULL));
      assert_same (peer);
    }
}

/* Whoever is alone for long writes beside the others; whoever hears at once writes on. */
static void
test_random (gconstpointer data)
{
  int in_touch = GPOINTER_TO_INT (data);
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 200 : 20;

  for (guint round = 0; round < n_rounds; round++)
    {
      gboolean gc = round % 2;
      Peer peers[N_PEERS];

      for (guint i = 0; i < N_PEERS; i++)
        begin_peer (&peers[i], 10 + i * 1000000007, gc);
      for (guint i = 0; i < 60; i++)
        {
          guint at = g_test_rand_int_range (0, N_PEERS);

          for (guint j = 0; j < N_PEERS; j++)
            if (j != at && g_test_rand_int_range (0, 10) < in_touch)
              hear (&peers[at], &peers[j], j);
          edit (&peers[at]);
        }
      for (guint i = 0; i < N_PEERS; i++)
        end_peer (&peers[i]);
    }
}

/* An update with a few bytes changed does the same, or is refused with the same words. */
static void
test_changed (void)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 8000 : 700;
  Peer from, to;

  begin_peer (&from, 7, TRUE);
  begin_peer (&to, 8, TRUE);
  for (guint round = 0; round < n_rounds; round++)
    {
      g_autoptr(GError) error = NULL, error_general = NULL;
      g_autoptr(GBytes) changed = NULL;
      gsize size;
      guint8 *bytes;

      if (round % 50 == 49)
        {
          end_peer (&to);
          begin_peer (&to, 8, round % 100 == 99);
          end_peer (&from);
          begin_peer (&from, 7, TRUE);
        }
      edit (&from);
      if (from.sent_quick->len == 0)
        continue;
      changed = g_bytes_ref (g_ptr_array_index (from.sent_quick, from.sent_quick->len - 1));
      if (g_test_rand_int_range (0, 3) == 0)
        {
          size = g_bytes_get_size (changed);
          bytes = g_memdup2 (g_bytes_get_data (changed, NULL), size);
          bytes[g_test_rand_int_range (0, size)] ^= 1 << g_test_rand_int_range (0, 8);
          g_bytes_unref (changed);
          changed = g_bytes_new_take (bytes, size);
        }
      g_assert_true (weft_doc_apply_update (to.quick, changed, NULL, &error)
                     == weft_doc_apply_update (to.general, changed, NULL, &error_general));
      if (error != NULL)
        g_assert_cmpstr (error->message, ==, error_general->message);
      assert_same (&to);
    }
  end_peer (&from);
  end_peer (&to);
}

#define N_MAPS 4
#define N_KEYS 42

/* Some begin others; they are of 1 to 14 bytes, so that some are longer than what stands in the table of keys. */
static char *
nth_key (guint n)
{
  g_autofree char *start = g_strndup ("abcdefghijklmnop", n / 3);

  return g_strdup_printf ("%s%c", start, "xyz"[n % 3]);
}

/* Map 0 is a root, the others are in one and may be made anew. */
static WeftType *
nth_map (WeftDoc *doc,
         guint    n)
{
  g_autofree char *name = g_strdup_printf ("map %u", n);

  return n == 0 ? weft_doc_get_map (doc, name) : weft_map_get_type (weft_doc_get_map (doc, "maps"), name);
}

static void
make_map (WeftDoc *doc,
          guint    n)
{
  g_autofree char *name = g_strdup_printf ("map %u", n);

  weft_map_set_type (weft_doc_get_map (doc, "maps"), name, WEFT_KIND_MAP);
}

/* 0: there is none */
static void
assert_holds (WeftDoc *doc,
              int      values[N_MAPS][N_KEYS])
{
  for (guint i = 0; i < N_MAPS; i++)
    {
      WeftType *map = nth_map (doc, i);
      guint n = 0;

      for (guint j = 0; j < N_KEYS; j++)
        {
          g_autofree char *key = nth_key (j);
          g_autoptr(WeftAny) value = weft_map_get (map, key);

          n += values[i][j] != 0;
          g_assert_cmpint (value != NULL ? (int) weft_any_get_number (value) : 0, ==, values[i][j]);
          g_assert_cmpint (weft_map_has (map, key), ==, value != NULL);
        }
      g_assert_cmpuint (weft_map_get_n_keys (map), ==, n);
    }
}

/* Maps of few keys and of many, whose keys come one after the other and in turns, come and go; what each holds is
 * known. It holds in a copy, too, that is loaded at once. */
static void
test_many_keys (void)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 100 : 12;

  for (guint round = 0; round < n_rounds; round++)
    {
      int values[N_MAPS][N_KEYS] = { 0 };
      guint n_keys = round % 3 == 0 ? 8 : round % 3 == 1 ? 17 : N_KEYS, last = 0;
      WeftDocOptions options = { .gc = TRUE };
      g_autoptr(WeftDoc) copy = weft_doc_new_with_options (99, &options);
      g_autoptr(GBytes) state = NULL;
      Peer peer;

      begin_peer (&peer, 7, round % 4 != 3);
      for (guint i = 1; i < N_MAPS; i++)
        {
          make_map (peer.quick, i);
          make_map (peer.general, i);
        }
      for (guint i = 1; i <= 300; i++)
        {
          WeftDoc *docs[] = { peer.quick, peer.general };
          guint map = g_test_rand_int_range (0, 5) < 2 ? (guint) g_test_rand_int_range (0, N_MAPS) : last;
          guint index = g_test_rand_int_range (0, n_keys), what = g_test_rand_int_range (0, 40);
          g_autoptr(WeftAny) value = weft_any_new_number (i);
          g_autofree char *key = nth_key (index);

          last = map;
          for (guint j = 0; j < G_N_ELEMENTS (docs); j++)
            if (what == 0 && map > 0)
              make_map (docs[j], map);
            else if (what < 4)
              weft_map_remove (nth_map (docs[j], map), key);
            else
              weft_map_set (nth_map (docs[j], map), key, value);
          if (what == 0 && map > 0)
            memset (values[map], 0, sizeof values[map]);
          else
            values[map][index] = what < 4 ? 0 : (int) i;
          if (i % 20 == 0)
            {
              assert_same (&peer);
              assert_holds (peer.quick, values);
            }
        }
      assert_holds (peer.general, values);
      state = weft_doc_encode_state (peer.quick);
      g_assert_true (weft_doc_apply_update (copy, state, NULL, NULL));
      assert_holds (copy, values);
      end_peer (&peer);
    }
}

/* Keys of a refused update are forgotten, those before are found as ever. */
static void
test_forgotten_keys (void)
{
  g_autoptr(WeftDoc) from = weft_doc_new_with_options (7, NULL), doc = weft_doc_new_with_options (8, NULL);
  g_autoptr(WeftAny) value = weft_any_new_number (1);
  g_autoptr(GBytes) state = NULL, cut = NULL;
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *key = g_strdup_printf ("%*u", (int) (i % 30), i);

      weft_map_set (weft_doc_get_map (from, "map 0"), key, value);
    }
  state = weft_doc_encode_state (from);
  cut = g_bytes_new_from_bytes (state, 0, g_bytes_get_size (state) - 1);
  weft_doc_get_map (doc, "map 0");
  g_assert_false (weft_doc_apply_update (doc, cut, NULL, &error));
  g_assert_cmpuint (weft_map_get_n_keys (weft_doc_get_map (doc, "map 0")), ==, 0);
  g_assert_true (weft_doc_apply_update (doc, state, NULL, NULL));
  g_assert_cmpuint (weft_map_get_n_keys (weft_doc_get_map (doc, "map 0")), ==, 500);
  for (guint i = 0; i < 500; i++)
    {
      g_autofree char *key = g_strdup_printf ("%*u", (int) (i % 30), i);

      g_assert_true (weft_map_has (weft_doc_get_map (doc, "map 0"), key));
    }
}

static gint64
now_cb (gpointer data)
{
  return 0;
}

/* Of every kind, and as long as it happens. */
static WeftAny *
any_value (void)
{
  g_autofree char *text = g_strnfill (g_test_rand_int_range (0, 80), 'y');
  WeftAny *value;

  switch (g_test_rand_int_range (0, 12))
    {
    case 0:
      return weft_any_new_boolean (g_test_rand_int_range (0, 2));
    case 1:
      return weft_any_new_null ();
    case 2:
      return weft_any_new_undefined ();
    case 3:
      return weft_any_new_string (text);
    case 4:
      value = weft_any_new_array ();
      weft_any_array_take (value, weft_any_new_string (text));
      return value;
    case 5:
      return weft_any_new_number (g_test_rand_int_range (-100, 100) / 8.0);
    case 6:
      return weft_any_new_number (g_test_rand_int_range (-2000000000, 2000000000));
    case 7:
      return weft_any_new_number (g_test_rand_int_range (0, 2) ? -0.0 : G_MAXDOUBLE);
    case 8:
      return weft_any_new_number (g_test_rand_int_range (-100, 100));
    default:
      return weft_any_new_number (g_test_rand_double_range (-10000, 10000));
    }
}

/* One person moves a thing about, sometimes with steps that can be undone, sometimes with others at the same time: a
 * few keys of a map, set again and again, so that what is dead is joined near the end of what the person wrote and far
 * from it. Another one hears each step. */
static void
test_overwriting (void)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 200 : 8;
  static const char *const names[] = { "x", "y", "width", "version", "", "ab", "abc", "a longer key", "12345678" };

  for (guint round = 0; round < n_rounds; round++)
    {
      guint n_keys = 1 + round % G_N_ELEMENTS (names), n_repeats = g_test_rand_int_range (1, 6);
      Peer from, to;

      begin_peer (&from, 7, round % 4 != 3);
      begin_peer (&to, 8, round % 8 != 7);
      for (guint i = 0; i < 150; i++)
        {
          WeftDoc *docs[] = { from.quick, from.general };
          const char *key = names[g_test_rand_int_range (0, n_keys)];
          gboolean undoable = i / 20 % 5 == 3, inner = i % 3 != 0;

          if (g_test_rand_int_range (0, 60) == 0)
            {
              edit (&to);
              hear (&from, &to, 1);
            }
          for (guint n = g_test_rand_int_range (0, n_repeats); n < n_repeats; n++)
            {
              g_autoptr(WeftAny) value = any_value ();

              for (guint j = 0; j < G_N_ELEMENTS (docs); j++)
                {
                  WeftType *map = find_map (docs[j], inner ? 1 : 0);
                  g_autoptr(WeftUndoManager) undo = NULL;

                  if (undoable)
                    undo = weft_undo_manager_new (docs[j], &map, 1, 0, now_cb, NULL);

                  weft_map_set (map, key, value);
                }
            }
          if (i % 10 == 9)
            {
              assert_same (&from);
              hear (&to, &from, 0);
            }
          if (i == 10)
            {
              weft_map_set_type (weft_doc_get_map (from.quick, "m"), keys[0], WEFT_KIND_MAP);
              weft_map_set_type (weft_doc_get_map (from.general, "m"), keys[0], WEFT_KIND_MAP);
            }
        }
      hear (&to, &from, 0);
      assert_same (&from);
      end_peer (&from);
      end_peer (&to);
    }
}

#define N_SIBLINGS 60

static gboolean
add_id_cb (const WeftItemInfo *info,
           gpointer            user_data)
{
  for (guint64 i = info->length; i > 0; i--)
    g_string_append_printf (user_data, "%u.%u ", (guint) info->id.client, (guint) (info->id.clock + i - 1));

  return TRUE;
}

/* The values of the key, the newest first. */
static char *
dup_chain (WeftDoc    *doc,
           const char *key)
{
  GString *chain = g_string_new (NULL);

  weft_map_foreach_entry (weft_doc_get_map (doc, "m"), key, add_id_cb, chain);

  return g_string_free (chain, FALSE);
}

/* Many write two keys at the same time, some of them twice, over nothing or over one value; whoever gets it in
 * whatever order has the same values in the same order, as has who loads all of it at once. */
static void
test_siblings (void)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 300 : 25;

  for (guint round = 0; round < n_rounds; round++)
    {
      WeftDocOptions options = { .gc = round % 2 };
      g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      g_autoptr(WeftDoc) loaded = weft_doc_new_with_options (1, &options);
      g_autoptr(GBytes) beginning = NULL, merged = NULL;
      g_auto(GStrv) expected = g_new0 (char *, 3);
      guint n_twice = round % 5, n_keys = 1 + round % 2;

      if (round % 3 > 0)
        {
          g_autoptr(WeftDoc) first = weft_doc_new_with_options (500, &options);
          g_autoptr(WeftAny) value = weft_any_new_string ("before");

          weft_map_set (weft_doc_get_map (first, "m"), keys[0], value);
          beginning = weft_doc_encode_state (first);
          g_ptr_array_add (updates, g_bytes_ref (beginning));
        }
      for (guint i = 0; i < N_SIBLINGS; i++)
        {
          g_autoptr(WeftDoc) writer = weft_doc_new_with_options (1000 + i * 7919 % 613, &options);
          g_autoptr(WeftAny) value = weft_any_new_number (i);
          const WeftDocObserver sent = { .update = collect_cb };

          if (beginning != NULL && g_test_rand_int_range (0, 10) > 0)
            g_assert_true (weft_doc_apply_update (writer, beginning, NULL, NULL));
          weft_doc_add_observer (writer, &sent, updates);
          for (guint j = 0; j < 1 + (g_test_rand_int_range (0, 20) < (int) n_twice); j++)
            weft_map_set (weft_doc_get_map (writer, "m"), keys[g_test_rand_int_range (0, n_keys)], value);
        }

      merged = weft_updates_merge (updates, WEFT_UPDATE_V1, NULL);
      g_assert_true (weft_doc_apply_update (loaded, merged, NULL, NULL));
      for (guint j = 0; j < 2; j++)
        expected[j] = dup_chain (loaded, keys[j]);

      for (guint order = 0; order < 3; order++)
        {
          Peer peer;

          begin_peer (&peer, 2, round % 2);
          for (guint i = updates->len; order > 0 && i > 1; i--)
            {
              guint at = g_test_rand_int_range (0, i);
              gpointer swapped = updates->pdata[at];

              updates->pdata[at] = updates->pdata[i - 1];
              updates->pdata[i - 1] = swapped;
            }
          for (guint i = 0; i < updates->len; i++)
            {
              g_assert_true (weft_doc_apply_update (peer.quick, updates->pdata[i], NULL, NULL));
              g_assert_true (weft_doc_apply_update (peer.general, updates->pdata[i], NULL, NULL));
            }
          assert_same (&peer);
          for (guint j = 0; j < 2; j++)
            {
              g_autofree char *quick = dup_chain (peer.quick, keys[j]), *general = dup_chain (peer.general, keys[j]);

              g_assert_cmpstr (quick, ==, expected[j]);
              g_assert_cmpstr (general, ==, expected[j]);
            }
          end_peer (&peer);
        }
    }
}

/* Things of a board, moved about: the same few keys of the same few maps, some of which are put anew. Their entries are
 * remembered, their values overwritten where they stand, and what was overwritten twice in a row is joined. */
static void
test_moved_about (gconstpointer data)
{
  gboolean gc = GPOINTER_TO_INT (data);
  static const char *const names[] = { "x", "y", "", "width", "rotation", "a key of more bytes than eight" };
  guint n_steps = g_getenv ("WEFT_TEST_LONG") != NULL ? 1000 : 150;
  Peer peer, other;

  begin_peer (&peer, 5, gc);
  begin_peer (&other, 6, gc);
  for (guint step = 0; step < n_steps; step++)
    {
      g_autofree char *thing = g_strdup_printf ("t%d", g_test_rand_int_range (0, 12));
      g_autofree char *text = g_strnfill (g_test_rand_int_range (0, 90), 'z');
      int what = g_test_rand_int_range (0, 40), n_moves = g_test_rand_int_range (1, 8);
      WeftDoc *docs[] = { peer.quick, peer.general };
      int moves[8], sizes[8];

      for (int i = 0; i < n_moves; i++)
        {
          moves[i] = g_test_rand_int_range (0, G_N_ELEMENTS (names));
          sizes[i] = g_test_rand_int_range (0, 5);
        }
      for (guint i = 0; i < G_N_ELEMENTS (docs); i++)
        {
          WeftType *root = weft_doc_get_map (docs[i], "m"), *map = weft_map_get_type (root, thing);

          if (map == NULL || what == 0)
            map = weft_map_set_type (root, thing, WEFT_KIND_MAP);
          else if (what == 1)
            weft_map_remove (root, thing);
          else if (what == 2)
            weft_map_remove (map, names[moves[0]]);
          for (int j = 0; j < n_moves; j++)
            {
              g_autoptr(WeftAny) value = sizes[j] == 0   ? weft_any_new_string (text)
                                         : sizes[j] == 1 ? weft_any_new_number (step + 0.3)
                                         : sizes[j] == 2 ? weft_any_new_number (step * 1000)
                                         : sizes[j] == 3 ? weft_any_new_number (0.5)
                                                         : weft_any_new_boolean (TRUE);
              g_autoptr(WeftAny) now = NULL;

              weft_map_set (map, names[moves[j]], value);
              now = weft_map_get (map, names[moves[j]]);
              g_assert_true (what == 1 || (now != NULL && weft_any_equal (now, value)));
            }
        }
      if (step % 4 == 0)
        assert_same (&peer);
      for (; other.n_heard[0] < peer.sent_quick->len; other.n_heard[0]++)
        {
          g_assert_true (weft_doc_apply_update (other.quick, peer.sent_quick->pdata[other.n_heard[0]], NULL, NULL));
          g_assert_true (weft_doc_apply_update (other.general, peer.sent_quick->pdata[other.n_heard[0]], NULL, NULL));
        }
      if (step % 4 == 0)
        assert_same (&other);
    }
  end_peer (&peer);
  end_peer (&other);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/crdt/quick-map/in-touch", GINT_TO_POINTER (9), test_random);
  g_test_add_data_func ("/crdt/quick-map/now-and-then", GINT_TO_POINTER (2), test_random);
  g_test_add_func ("/crdt/quick-map/changed-bytes", test_changed);
  g_test_add_data_func ("/crdt/quick-map/moved-about/collected", GINT_TO_POINTER (TRUE), test_moved_about);
  g_test_add_data_func ("/crdt/quick-map/moved-about/kept", GINT_TO_POINTER (FALSE), test_moved_about);
  g_test_add_func ("/crdt/quick-map/many-keys", test_many_keys);
  g_test_add_func ("/crdt/quick-map/forgotten-keys", test_forgotten_keys);
  g_test_add_func ("/crdt/quick-map/overwriting", test_overwriting);
  g_test_add_func ("/crdt/quick-map/siblings", test_siblings);

  return g_test_run ();
}
