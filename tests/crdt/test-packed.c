/* test-packed.c - runs of the id index that count up are packed, and come apart where they are changed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values that are set one after the other, and letters that are written before each other, have clocks and handles
 * that count up. What is made of such documents is compared with one that hears of each change as an update, and
 * validated.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

/* Units that are written before any is changed: more than a few chunks. */
#define N_UNITS 400

/* The same each time, but for the long run */
static GRand *dice;

static gboolean
is_long (void)
{
  return g_getenv ("WEFT_TEST_LONG") != NULL;
}

static int
roll (gint32 begin,
      gint32 end)
{
  return g_rand_int_range (dice, begin, end);
}

static void
apply_cb (WeftDoc      *doc,
          GBytes       *update,
          gconstpointer origin,
          gboolean      local,
          gpointer      user_data)
{
  g_assert_true (weft_doc_apply_update (user_data, update, NULL, NULL));
}

static void
assert_same (WeftDoc *a,
             WeftDoc *b)
{
  g_autoptr(GBytes) state_a = weft_doc_encode_state (a), state_b = weft_doc_encode_state (b);
  g_autofree char *hex_a = test_bytes_to_hex (state_a), *hex_b = test_bytes_to_hex (state_b);
  g_autoptr(GError) error = NULL;

  g_assert_cmpstr (hex_a, ==, hex_b);
  weft_doc_validate (a, &error);
  g_assert_no_error (error);
  weft_doc_validate (b, &error);
  g_assert_no_error (error);
}

static guint32
count_packed (WeftDoc *doc)
{
  guint32 n = 0;

  for (guint32 i = 0; i < doc->n_clients; i++)
    n += doc->clients[i]->n_packed;

  return n;
}

static void
write_units (WeftDoc *doc)
{
  g_autoptr(WeftAny) values = weft_any_new_array ();
  char key[12];

  weft_any_array_take (values, weft_any_new_number (7));
  for (guint i = 0; i < N_UNITS; i++)
    weft_text_insert (weft_doc_get_text (doc, "t"), 0, "u", -1, NULL);
  for (guint i = 0; i < N_UNITS; i++)
    weft_array_insert (weft_doc_get_array (doc, "a"), 0, values);
  for (guint i = 0; i < N_UNITS; i++)
    {
      g_autoptr(WeftAny) value = weft_any_new_number (i);

      g_snprintf (key, sizeof key, "%u", i % 50);
      weft_map_set (weft_doc_get_map (doc, "m"), key, value);
    }
}

static void
change_text (WeftType *text)
{
  guint64 length = weft_type_get_length (text), at = (guint64) roll (0, (int) length + 1);

  switch (roll (0, 4))
    {
    case 0:
      weft_text_insert (text, at, "new", -1, NULL);
      break;
    case 1:
      weft_text_delete (text, at, MIN (40, length - at));
      break;
    default:
      /* One after the other, as backspace does. */
      for (guint i = 0; i < 5 && at > 0; i++)
        weft_text_delete (text, --at, 1);
    }
}

static void
change (WeftDoc *doc)
{
  WeftType *array = weft_doc_get_array (doc, "a");
  guint64 length = weft_type_get_length (array), at = (guint64) roll (0, (int) length + 1);
  g_autoptr(WeftAny) value = weft_any_new_string ("changed"), values = NULL;
  char key[12];

  switch (roll (0, 5))
    {
    case 0:
      weft_array_delete (array, at, MIN ((guint64) roll (1, 100), length - at));
      break;
    case 1:
      values = weft_any_new_array ();
      weft_any_array_take (values, weft_any_ref (value));
      weft_array_insert (array, at, values);
      break;
    case 2:
      g_snprintf (key, sizeof key, "%d", roll (0, 60));
      weft_map_set (weft_doc_get_map (doc, "m"), key, value);
      break;
    default:
      change_text (weft_doc_get_text (doc, "t"));
    }
}

static void
test_changes (gconstpointer data)
{
  WeftDocOptions options = { .gc = GPOINTER_TO_INT (data) };

  for (guint i = 0; i < (is_long () ? 300 : 6); i++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
      g_autoptr(WeftDoc) listener = weft_doc_new_with_options (2, &options);
      g_autoptr(WeftDoc) loaded = weft_doc_new_with_options (3, &options);
      const WeftDocObserver observer = { .update = apply_cb };
      g_autoptr(GBytes) state = NULL;
      guint32 before;

      weft_doc_add_observer (doc, &observer, listener);
      write_units (doc);
      assert_same (doc, listener);
      before = count_packed (doc);
      g_assert_cmpuint (before, >, N_UNITS);
      state = weft_doc_encode_state (doc);
      g_assert_true (weft_doc_apply_update (loaded, state, NULL, NULL));
      g_assert_cmpuint (count_packed (loaded), >, N_UNITS);
      /* From here on the one that was loaded is changed. */
      weft_doc_add_observer (loaded, &observer, doc);
      for (guint j = 0; j < 150; j++)
        {
          change (roll (0, 2) ? doc : loaded);
          if (roll (0, 3) == 0)
            {
              g_autoptr(GBytes) all = weft_doc_encode_state (doc);

              g_assert_true (weft_doc_apply_update (loaded, all, NULL, NULL));
              assert_same (doc, loaded);
            }
        }
      assert_same (doc, listener);
      g_assert_cmpuint (count_packed (loaded), <, before);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(GRand) rand = NULL;

  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  dice = rand = g_rand_new_with_seed (is_long () ? g_test_rand_int () : 7);
  g_test_add_data_func ("/crdt/packed/changes", GINT_TO_POINTER (FALSE), test_changes);
  g_test_add_data_func ("/crdt/packed/changes-gc", GINT_TO_POINTER (TRUE), test_changes);

  return g_test_run ();
}
