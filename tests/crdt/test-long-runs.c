/* test-long-runs.c - long runs of text and values that are cut anywhere, against plain arrays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text that is no ASCII, and values, are found within their run by walking over bytes; in long runs with the help of
 * marks that are kept (WeftGuide). Here runs are pasted into each other, deleted, and cut: between characters by us,
 * within surrogate pairs by somebody else. Arrays of UTF-16 units and of numbers say what must be there.
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "crdt/weft-writer.h"

#define N_EDITS    400
#define PASTE      2000 /* characters, or values */
#define CHECK_EACH 40

#define US   1
#define THEM 2

#define REPLACEMENT 0xfffd

typedef struct
{
  guint16 unit;
  WeftId  id;
} Unit;

/* Some characters; most are letters of two or three bytes, some are pairs. */
static char *
make_text (GRand *rand,
           guint  n_chars)
{
  static const char *const chars[] = { "a", "b", " ", "é", "ж", "字", "ｶ", "😀", "𝄞" };
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < n_chars; i++)
    g_string_append (text, chars[g_rand_int_range (rand, 0, G_N_ELEMENTS (chars))]);

  return g_string_free (text, FALSE);
}

static gboolean
is_within_pair (GArray *units,
                guint   at)
{
  return at > 0 && at < units->len && (g_array_index (units, Unit, at).unit & 0xfc00) == 0xdc00
         && (g_array_index (units, Unit, at - 1).unit & 0xfc00) == 0xd800;
}

static void
add_units (GArray     *units,
           guint       at,
           const char *utf8,
           WeftId      id)
{
  glong n_units;
  g_autofree gunichar2 *utf16 = g_utf8_to_utf16 (utf8, -1, NULL, &n_units, NULL);
  g_autofree Unit *more = g_new (Unit, (gsize) n_units);

  for (glong i = 0; i < n_units; i++)
    more[i] = (Unit) { utf16[i], { id.client, id.clock + (guint64) i } };
  g_array_insert_vals (units, at, more, (guint) n_units);
}

static WeftClock
next_clock (WeftDoc     *doc,
            WeftClientId client)
{
  g_autoptr(WeftStateVector) states = weft_doc_get_state_vector (doc);

  return weft_state_vector_get (states, client);
}

/* Our own edits leave pairs whole: they begin before one and end behind it. */
static void
edit_text (WeftDoc *doc,
           GArray  *units,
           GRand   *rand,
           guint    n_chars)
{
  WeftType *text = weft_doc_get_text (doc, "t");
  guint at = (guint) g_rand_int_range (rand, 0, (gint32) units->len + 1), end;

  if (n_chars > 0)
    {
      g_autofree char *more = make_text (rand, n_chars);
      WeftClock clock = next_clock (doc, US);

      weft_text_insert (text, at, more, -1, NULL);
      add_units (units, at - is_within_pair (units, at), more, (WeftId) { US, clock });
      return;
    }
  end = at + (guint) g_rand_int_range (rand, 1, g_rand_boolean (rand) ? 8 : 120);
  end = MIN (end, units->len);
  weft_text_delete (text, at, end - at);
  if (at == end)
    return;
  at -= is_within_pair (units, at);
  end += is_within_pair (units, end);
  g_array_remove_range (units, at, end - at);
}

/* Somebody else writes between the halves of a pair: as in Yjs, each becomes a replacement character. */
static void
cut_pair (WeftDoc *doc,
          GArray  *units,
          GRand   *rand)
{
  WeftId own = { THEM, next_clock (doc, THEM) };
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GError) error = NULL;
  WeftWriter writer;
  Unit *left, *right;
  guint at;

  if (units->len == 0)
    return;
  for (at = (guint) g_rand_int_range (rand, 0, (gint32) units->len); !is_within_pair (units, at); at++)
    if (at == units->len)
      return;
  left = &g_array_index (units, Unit, at - 1);
  right = left + 1;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, own.client);
  weft_writer_put_varuint (&writer, own.clock);
  weft_writer_put_byte (&writer, WEFT_CONTENT_STRING | 0x80 | 0x40); /* it has an origin and a right origin */
  weft_writer_put_varuint (&writer, left->id.client);
  weft_writer_put_varuint (&writer, left->id.clock);
  weft_writer_put_varuint (&writer, right->id.client);
  weft_writer_put_varuint (&writer, right->id.clock);
  weft_writer_put_string (&writer, "é", -1);
  weft_writer_put_varuint (&writer, 0);
  update = weft_writer_steal_bytes (&writer);
  g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  g_assert_no_error (error);

  left->unit = right->unit = REPLACEMENT;
  add_units (units, at, "é", own);
}

static void
edit_array (WeftType *array,
            GArray   *numbers,
            GRand    *rand,
            guint     n_values)
{
  guint at = (guint) g_rand_int_range (rand, 0, (gint32) numbers->len + 1);

  if (n_values == 0)
    {
      guint n = (guint) g_rand_int_range (rand, 1, g_rand_boolean (rand) ? 4 : 90);

      n = MIN (n, numbers->len - at);
      weft_array_delete (array, at, n);
      if (n > 0)
        g_array_remove_range (numbers, at, n);
    }
  else
    {
      g_autoptr(WeftAny) values = weft_any_new_array ();

      for (guint i = 0; i < n_values; i++)
        {
          gint32 number = g_rand_int_range (rand, -1, g_rand_boolean (rand) ? 60 : 1000000);

          weft_any_array_take (values, weft_any_new_number (number));
          g_array_insert_val (numbers, at + i, number);
        }
      weft_array_insert (array, at, values);
    }
}

static void
check (WeftDoc *doc,
       GArray  *units,
       GArray  *numbers)
{
  g_autofree char *text = weft_text_to_string (weft_doc_get_text (doc, "t"));
  g_autofree gunichar2 *utf16 = g_new0 (gunichar2, units->len + 1);
  g_autofree char *wanted = NULL;
  g_autoptr(WeftAny) values = weft_type_to_any (weft_doc_get_array (doc, "a"));
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < units->len; i++)
    utf16[i] = g_array_index (units, Unit, i).unit;
  wanted = g_utf16_to_utf8 (utf16, units->len, NULL, NULL, NULL);
  weft_doc_validate (doc, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (doc, "t")), ==, units->len);
  g_assert_cmpstr (text, ==, wanted);
  g_assert_cmpuint (weft_any_get_n_items (values), ==, numbers->len);
  for (guint i = 0; i < numbers->len; i++)
    g_assert_cmpfloat (weft_any_get_number (weft_any_get_item (values, i)), ==, g_array_index (numbers, gint32, i));
}

static void
test_against_arrays (gconstpointer data)
{
  WeftDocOptions options = { .gc = GPOINTER_TO_INT (data) };
  guint32 n_seeds = g_getenv ("WEFT_TEST_LONG") != NULL ? 200 : 6;

  for (guint32 seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (US, &options);
      g_autoptr(GArray) units = g_array_new (FALSE, FALSE, sizeof (Unit));
      g_autoptr(GArray) numbers = g_array_new (FALSE, FALSE, sizeof (gint32));

      for (guint i = 0; i < N_EDITS; i++)
        {
          guint n = g_rand_int_range (rand, 0, 3) == 0 ? (guint) g_rand_int_range (rand, 1, 6) : 0;

          if (i % 90 == 0)
            n = PASTE;
          if (i % 90 == 0 || g_rand_boolean (rand))
            edit_text (doc, units, rand, n);
          if (g_rand_int_range (rand, 0, 3) == 0)
            cut_pair (doc, units, rand);
          if (i % 90 == 0 || g_rand_boolean (rand))
            edit_array (weft_doc_get_array (doc, "a"), numbers, rand, n);
          if (i % CHECK_EACH == 0 || i + 1 == N_EDITS)
            {
              g_autoptr(GBytes) state = weft_doc_encode_state (doc), again = NULL;
              g_autoptr(WeftDoc) other = weft_doc_new_with_options (3, &options);

              check (doc, units, numbers);
              g_assert_true (weft_doc_apply_update (other, state, NULL, NULL));
              check (other, units, numbers);
              again = weft_doc_encode_state (other);
              g_assert_true (g_bytes_equal (state, again));
            }
        }
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/crdt/long-runs/kept", GINT_TO_POINTER (FALSE), test_against_arrays);
  g_test_add_data_func ("/crdt/long-runs/collected", GINT_TO_POINTER (TRUE), test_against_arrays);

  return g_test_run ();
}
