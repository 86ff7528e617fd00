/* test-update.c - updates that are cut, changed or hostile
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The good ones are the whole states in the histories that real Yjs wrote.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"
#include "crdt/weft-writer.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <math.h>
#include <time.h>

typedef struct
{
  const char   *name;
  const char   *hex;
  WeftCrdtError code;
} BadUpdate;

static const BadUpdate bad_updates[] = {
  { "empty", "", WEFT_CRDT_ERROR_TRUNCATED },
  { "cut-in-varint", "01ff", WEFT_CRDT_ERROR_TRUNCATED },
  { "no-delete-set", "00", WEFT_CRDT_ERROR_TRUNCATED },
  { "unknown-content", "010100000b01016100", WEFT_CRDT_ERROR_UNSUPPORTED },
  { "unknown-type", "0101010007010174" "09" "00", WEFT_CRDT_ERROR_UNSUPPORTED },
  { "unknown-value", "0101010008010161" "01" "73" "00", WEFT_CRDT_ERROR_UNSUPPORTED },
  { "more-structs-than-bytes", "01ffffffff0f010000", WEFT_CRDT_ERROR_TRUNCATED },
  { "empty-text", "0101010004010174" "00" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "empty-gc", "01010100" "0000" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "text-not-utf8", "0101010004010174" "02c328" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "origin-is-itself", "01010100" "84" "0100" "0161" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "parent-in-own-future", "01010100" "04" "00" "0105" "0161" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "client-twice", "02" "01010004010174" "0161" "01010004010174" "0161" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "clock-beyond-2-53", "010101ffffffffffffff0f" "0002" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "gc-of-2-40", "01010100" "00808080808020" "00", WEFT_CRDT_ERROR_TOO_LARGE },
  { "trailing-bytes", "0000" "00", WEFT_CRDT_ERROR_MALFORMED },
  { "embed-not-json", "0101010005010174" "017b" "00", WEFT_CRDT_ERROR_MALFORMED },
};

static void
assert_empty (WeftDoc *doc)
{
  g_autoptr(GBytes) state = weft_doc_encode_state (doc);

  test_assert_bytes_hex (state, "0000");
  g_assert_false (weft_doc_has_pending (doc));
}

static void
test_reject (gconstpointer data)
{
  const BadUpdate *row = data;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) update = test_bytes_from_hex (row->hex);
  g_autoptr(GError) error = NULL;

  g_assert_false (weft_doc_apply_update (doc, update, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, (int) row->code);
  assert_empty (doc);
}

/* What refers to nothing useful becomes a GC struct, as in Yjs. */
static void
test_parent_is_no_type (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  /* client 1: "ab" in the root "t"; then "c" whose parent is the text item 1:0 */
  g_autoptr(GBytes) update = test_bytes_from_hex ("01020100" "04010174026162" "040001000163" "00");
  g_autoptr(GBytes) state = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  g_assert_true (weft_doc_validate (doc, &error));
  state = weft_doc_encode_state (doc);
  test_assert_bytes_hex (state, "01020100" "04010174026162" "0001" "01010102" "01");
}

/* Deletions and structs that wait survive a round. */
/* Taking one set out of another, and whether they meet, against sets of single numbers. */
static void
test_delete_sets (void)
{
  for (guint round = 0; round < 500; round++)
    {
      g_autoptr(WeftDeleteSet) a = weft_delete_set_new (), b = weft_delete_set_new (), left = NULL;
      WeftDeleteSet *sets[2] = { a, b };
      gboolean in[2][2][64] = { 0 }, meet = FALSE;

      for (guint i = 0; i < 16; i++)
        {
          guint set = (guint) g_test_rand_int_range (0, 2);
          guint client = (guint) g_test_rand_int_range (0, 2);
          guint clock = (guint) g_test_rand_int_range (0, 60);
          guint length = (guint) g_test_rand_int_range (0, set == 0 ? 12 : 4);

          length = MIN (length, 64 - clock);
          weft_delete_set_add (sets[set], client + 1, clock, length);
          for (guint j = 0; j < length; j++)
            in[set][client][clock + j] = TRUE;
        }

      for (guint i = 0; i < 128; i++)
        meet |= in[0][i / 64][i % 64] && in[1][i / 64][i % 64];
      g_assert_cmpint (weft_delete_set_intersects (sets[0], sets[1]), ==, meet);
      g_assert_cmpint (weft_delete_set_intersects (sets[1], sets[0]), ==, meet);

      left = weft_delete_set_copy (sets[0]);
      weft_delete_set_subtract (left, sets[1]);
      for (guint i = 0; i < 128; i++)
        {
          WeftId id = { i / 64 + 1, i % 64 };

          g_assert_cmpint (weft_delete_set_contains (left, id), ==,
                           in[0][i / 64][i % 64] && !in[1][i / 64][i % 64]);
        }
      weft_delete_set_subtract (left, sets[0]);
      g_assert_cmpuint (weft_delete_set_get_n_ranges (left), ==, 0);
    }
}

static void
test_gap_waits (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GBytes) second = test_bytes_from_hex ("01010101" "8401000162" "01010100" "02");
  g_autoptr(GBytes) first = test_bytes_from_hex ("01010100" "040101740161" "00");
  g_autofree char *text = NULL;

  g_assert_true (weft_doc_apply_update (doc, second, NULL, NULL));
  g_assert_true (weft_doc_has_pending (doc));
  g_assert_true (weft_doc_apply_update (doc, first, NULL, NULL));
  g_assert_false (weft_doc_has_pending (doc));
  text = weft_text_to_string (weft_doc_get_text (doc, "t"));
  g_assert_cmpstr (text, ==, "");
  g_assert_true (weft_doc_validate (doc, NULL));
}

/* (element-type GBytes): whole states and single updates out of the committed histories */
static GPtrArray *
load_updates (gsize max_size)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "crdt", "histories.jsonl", NULL);
  g_autofree char *contents = NULL;
  g_auto(GStrv) lines = NULL;
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  g_assert_true (g_file_get_contents (path, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "[\"check\"") || g_str_has_prefix (lines[i], "[\"apply\""))
      {
        g_autoptr(WeftAny) line = weft_any_from_json (lines[i], -1, NULL);
        const char *hex = weft_any_get_string (weft_any_get_item (line, weft_any_get_n_items (line) - 1));

        if (strlen (hex) <= 2 * max_size)
          g_ptr_array_add (updates, test_bytes_from_hex (hex));
      }
  g_assert_cmpuint (updates->len, >, 100);

  return updates;
}

/* The same bytes without a document: what a document takes is taken there, too. Returns whether all did. */
static gboolean
ask_without_document (GBytes          *update,
                      WeftUpdateFormat format)
{
  g_autoptr(GPtrArray) twice = g_ptr_array_new ();
  g_autoptr(WeftStateVector) empty = weft_state_vector_new (), from = NULL, to = NULL;
  g_autoptr(WeftDeleteSet) deletes = weft_delete_set_new ();
  g_autoptr(GBytes) merged = NULL, rest = NULL, vector = NULL;
  gboolean range, asked, known;

  g_ptr_array_add (twice, update);
  g_ptr_array_add (twice, update);
  merged = weft_updates_merge (twice, format, NULL);
  rest = weft_update_subtract (update, format, empty, NULL);
  vector = weft_update_encode_state_vector (update, format, NULL);
  range = weft_update_get_range (update, format, &from, &to, NULL);
  asked = weft_update_is_known (update, format, empty, deletes, &known, NULL);

  return merged != NULL && rest != NULL && vector != NULL && range && asked;
}

static void
test_prefixes (void)
{
  g_autoptr(GPtrArray) updates = load_updates (1500);

  for (guint i = 0; i < updates->len; i += 3)
    {
      GBytes *update = g_ptr_array_index (updates, i);
      g_autoptr(WeftDoc) doc = weft_doc_new ();

      for (gsize size = 0; size < g_bytes_get_size (update); size++)
        {
          g_autoptr(GBytes) prefix = g_bytes_new_from_bytes (update, 0, size);

          g_assert_false (weft_doc_apply_update (doc, prefix, NULL, NULL));
          g_assert_false (ask_without_document (prefix, WEFT_UPDATE_V1));
        }
      assert_empty (doc);
      g_assert_true (weft_doc_apply_update (doc, update, NULL, NULL));
    }
}

/* A changed update is refused, or is another good one: then what it makes can be passed on. */
static void
test_bit_flips (void)
{
  g_autoptr(GPtrArray) updates = load_updates (4000);
  guint n_taken = 0, n_refused = 0;

  for (guint i = 0; i < updates->len * 4; i++)
    {
      GBytes *update = g_ptr_array_index (updates, i % updates->len);
      gsize size = g_bytes_get_size (update);
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (update, NULL), size);
      WeftDocOptions options = { .gc = i & 1 };
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, &options);
      g_autoptr(WeftDoc) other = weft_doc_new ();
      g_autoptr(GBytes) changed = NULL;
      g_autoptr(GBytes) state = NULL;
      g_autoptr(GError) error = NULL;

      /* Half of the time it meets a document that knows the original. */
      if (g_test_rand_bit ())
        g_assert_true (weft_doc_apply_update (doc, update, NULL, NULL));
      for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
        data[g_test_rand_int_range (0, size)] ^= 1 << g_test_rand_int_range (0, 8);
      changed = g_bytes_new (data, size);
      if (weft_doc_apply_update (doc, changed, NULL, NULL))
        {
          n_taken++;
          g_assert_true (ask_without_document (changed, WEFT_UPDATE_V1));
        }
      else
        {
          n_refused += !ask_without_document (changed, WEFT_UPDATE_V1);
        }
      weft_doc_validate (doc, &error);
      g_assert_no_error (error);
      state = weft_doc_encode_state (doc);
      g_assert_true (weft_doc_apply_update (other, state, NULL, &error));
      g_assert_no_error (error);
      weft_doc_validate (other, &error);
      g_assert_no_error (error);
    }
  g_assert_cmpuint (n_taken, >, 100);
  g_assert_cmpuint (n_refused, >, 100);
}

/* Types within types, deeper than any stack. */
static void
test_deep_nesting (void)
{
  const guint depth = 100000;
  WeftDocOptions options = { .gc = TRUE };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (2, &options);
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) deletion = test_bytes_from_hex ("00" "01010100" "01");
  g_autoptr(GBytes) state = NULL;
  g_autoptr(WeftAny) value = NULL;
  g_autofree char *json = NULL;
  g_autoptr(GError) error = NULL;
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, depth);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, 0);
  for (guint i = 0; i < depth; i++)
    {
      weft_writer_put_byte (&writer, WEFT_CONTENT_TYPE);
      weft_writer_put_byte (&writer, i == 0);
      if (i == 0)
        {
          weft_writer_put_string (&writer, "a", -1);
        }
      else
        {
          weft_writer_put_varuint (&writer, 1);
          weft_writer_put_varuint (&writer, i - 1);
        }
      weft_writer_put_varuint (&writer, WEFT_KIND_ARRAY);
    }
  weft_writer_put_byte (&writer, 0);
  update = weft_writer_steal_bytes (&writer);

  g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  g_assert_no_error (error);
  value = weft_type_to_any (weft_doc_get_array (doc, "a"));
  json = weft_any_to_json (value);
  g_assert_cmpuint (strlen (json), >, WEFT_MAX_DEPTH);
  g_assert_true (weft_doc_apply_update (doc, deletion, NULL, &error));
  g_assert_no_error (error);
  state = weft_doc_encode_state (doc);
  /* One deleted item, and the rest of the 100,000 as one GC struct. */
  test_assert_bytes_hex (state, "01020100" "0101016101" "009f8d06" "01010100" "a08d06");
}

/* Legacy JSON shows what JSON.parse() makes of it, and goes out as JSON.stringify() writes that, be it less. */
static void
test_json_loses (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new (), again = weft_doc_new ();
  /* client 1: "1e400", " -0", "[-1E400]", "1" in the root "r", and what is left of them */
  g_autoptr(GBytes) update = test_bytes_from_hex ("01010100" "02010172" "04" "053165343030" "03202d30"
                                                  "085b2d31453430305d" "0131" "00");
  const char *written = "01010100" "02010172" "04" "046e756c6c" "0130" "065b6e756c6c5d" "0131" "00";
  g_autoptr(GBytes) state = NULL, state_v2 = NULL, again_v2 = NULL, cut = NULL;
  g_autoptr(WeftAny) first = NULL, second = NULL, third = NULL;
  g_autoptr(GError) error = NULL;
  WeftType *array;

  g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  array = weft_doc_get_array (doc, "r");
  first = weft_array_get (array, 0, NULL);
  g_assert_true (weft_any_get_number (first) == (double) INFINITY);
  second = weft_array_get (array, 1, NULL);
  g_assert_true (weft_any_get_number (second) == 0 && signbit (weft_any_get_number (second)));
  third = weft_array_get (array, 2, NULL);
  g_assert_true (weft_any_get_number (weft_any_get_item (third, 0)) == (double) -INFINITY);

  state = weft_doc_encode_state (doc);
  test_assert_bytes_hex (state, written);
  g_assert_true (weft_doc_apply_update (again, state, NULL, &error));
  state_v2 = weft_doc_encode_state_v2 (doc);
  again_v2 = weft_doc_encode_state_v2 (again);
  g_assert_true (g_bytes_equal (state_v2, again_v2));

  weft_array_delete (array, 1, 1);
  g_assert_true (weft_doc_validate (doc, &error));
  cut = weft_doc_encode_state (doc);
  test_assert_bytes_hex (cut, "01030100" "02010172" "01" "046e756c6c" "82010001" "0130" "82010102" "065b6e756c6c5d" "0131"
                              "01010101" "01");
}

/* Some stretches of two clients, whose unit 0 nobody has, as text, deleted text and collected runs. */
static GBytes *
make_waiting (GRand *rand)
{
  g_autoptr(GByteArray) bytes = g_byte_array_new ();
  guint8 clients[2], n = 0;

  for (guint8 client = 2; client > 0; client--)
    if (g_rand_int_range (rand, 0, 4) > 0)
      clients[n++] = client;
  g_byte_array_append (bytes, &n, 1);
  for (guint i = 0; i < n; i++)
    {
      guint8 n_structs = (guint8) g_rand_int_range (rand, 1, 6);
      const guint8 head[] = { n_structs, clients[i], (guint8) g_rand_int_range (rand, 1, 12) };
      gboolean skipped = TRUE, collected = FALSE;

      g_byte_array_append (bytes, head, sizeof head);
      for (guint j = 0; j < n_structs; j++)
        {
          guint8 length = (guint8) g_rand_int_range (rand, 1, 5);
          const guint8 text[] = { 4, 1, 1, 'r', length }, deleted[] = { 1, 1, 1, 'r', length };
          const guint8 gc[] = { 0, length }, skip[] = { 10, length };

          if (!skipped && j + 1 < n_structs && g_rand_int_range (rand, 0, 3) == 0)
            {
              g_byte_array_append (bytes, skip, sizeof skip);
              skipped = TRUE;
              collected = FALSE;
              continue;
            }
          skipped = FALSE;
          /* Of two collected runs side by side documents make one. */
          collected = g_rand_int_range (rand, collected, 3) == 0;
          switch (collected ? 0 : g_rand_int_range (rand, 1, 3))
            {
            case 0: g_byte_array_append (bytes, gc, sizeof gc); break;
            case 1: g_byte_array_append (bytes, deleted, sizeof deleted); break;
            default:
              g_byte_array_append (bytes, text, sizeof text);
              for (guint k = 0; k < length; k++)
                g_byte_array_append (bytes, &(guint8) { (guint8) g_rand_int_range (rand, 'a', 'z' + 1) }, 1);
            }
        }
    }
  g_byte_array_append (bytes, &(guint8) { 0 }, 1);

  return g_bytes_new (bytes->data, bytes->len);
}

/* What waits twice, and not alike, is joined as Yjs does: each update with all that waited before. */
static void
test_waits_twice (void)
{
  guint n_equal = 0;

  for (guint32 seed = 0; seed < 3000; seed++)
    {
      g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      g_autoptr(GBytes) joined = test_bytes_from_hex ("0000"), state = NULL;
      g_autoptr(GError) error = NULL;

      for (guint n = 2 + seed % 5; n > 0; n--)
        {
          g_autoptr(GBytes) update = make_waiting (rand);
          g_autoptr(GPtrArray) both = g_ptr_array_new ();

          g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
          g_assert_no_error (error);
          g_ptr_array_add (both, joined);
          g_ptr_array_add (both, update);
          {
            GBytes *next = weft_updates_merge (both, WEFT_UPDATE_V1, &error);

            g_assert_no_error (error);
            g_bytes_unref (joined);
            joined = next;
          }
        }
      state = weft_doc_encode_state (doc);
      n_equal += g_bytes_equal (state, joined);
      if (!g_bytes_equal (state, joined))
        g_test_message ("seed %u", seed);
    }

  g_assert_cmpuint (n_equal, ==, 3000);
}

/* Asked without a document, it is what a document shows: nothing new, and nothing newly deleted. */
static void
test_is_known (void)
{
  guint n_known = 0, n_unknown = 0;

  for (guint round = 0; round < 300; round++)
    {
      g_autoptr(WeftDoc) here = weft_doc_new_with_options (2, NULL), there = weft_doc_new_with_options (1, NULL);
      g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

      for (guint i = 0; i < 6; i++)
        {
          WeftDoc *doc = g_test_rand_bit () ? here : there;
          WeftType *text = weft_doc_get_text (doc, "t");
          g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (doc);
          guint length = weft_type_get_length (text);
          g_autoptr(GBytes) state = weft_doc_encode_state (doc);

          if (length > 2 && g_test_rand_bit ())
            weft_text_delete (text, (guint) g_test_rand_int_range (0, (int) length - 1), 1);
          else
            weft_text_insert (text, (guint) g_test_rand_int_range (0, (int) length + 1), "abc", -1, NULL);
          g_ptr_array_add (updates, weft_doc_encode_diff (doc, before));
          if (g_test_rand_bit ())
            g_assert_true (weft_doc_apply_update (doc == here ? there : here, state, NULL, NULL));
        }

      for (guint i = 0; i < updates->len; i++)
        {
          g_autoptr(WeftStateVector) vector = weft_doc_get_state_vector (here);
          g_autoptr(WeftDeleteSet) deletes = weft_doc_get_delete_set (here);
          gboolean known, same;

          g_assert_true (weft_update_is_known (updates->pdata[i], WEFT_UPDATE_V1, vector, deletes, &known, NULL));
          g_assert_true (weft_doc_apply_update (here, updates->pdata[i], NULL, NULL));
          {
            g_autoptr(WeftStateVector) after = weft_doc_get_state_vector (here);
            g_autoptr(WeftDeleteSet) after_deletes = weft_doc_get_delete_set (here);

            same = weft_state_vector_equal (vector, after) && weft_delete_set_equal (deletes, after_deletes);
          }
          /* What waits for something else changes nothing yet, and is news. */
          if (!weft_doc_has_pending (here))
            g_assert_true (known == same);
          n_known += known;
          n_unknown += !known;
        }
    }

  g_assert_cmpuint (n_known, >, 100);
  g_assert_cmpuint (n_unknown, >, 100);
}

/* Whether a document would take @update and wait for nothing, and be what is said of it. */
static gboolean
check_whole (GBytes *update)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(WeftStateVector) vector = NULL, expected = NULL;
  g_autoptr(WeftDeleteSet) deletes = NULL, all = NULL;
  gboolean whole;

  g_assert_true (weft_update_is_whole (update, &whole, &vector, &deletes, NULL));
  g_assert_true (weft_doc_apply_update (doc, update, NULL, NULL));
  g_assert_true (whole == !weft_doc_has_pending (doc));
  g_assert_true (whole == (vector != NULL && deletes != NULL));
  if (!whole)
    return FALSE;

  expected = weft_doc_get_state_vector (doc);
  all = weft_doc_get_delete_set (doc);
  g_assert_true (weft_state_vector_equal (vector, expected));
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deletes); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deletes, i);

      for (guint64 clock = range->clock; clock < range->clock + range->length; clock++)
        g_assert_true (weft_delete_set_contains (all, (WeftId) { range->client, clock }));
    }
  return TRUE;
}

static void
test_is_whole (void)
{
  /* Client 2 has text behind that of client 1, and the other way round: in a circle; then in order. */
  static const char circle[] = "02" "0102008401000162" "0101008402000161" "00";
  static const char chain[] = "02" "0102008401000162" "01010004010174" "0161" "00";
  static const char deletes_more[] = "01" "01010004010174" "0161" "0101010101";
  g_autoptr(GBytes) circular = test_bytes_from_hex (circle), good = test_bytes_from_hex (chain);
  g_autoptr(GBytes) too_much = test_bytes_from_hex (deletes_more);
  g_autoptr(GPtrArray) updates = load_updates (G_MAXSIZE / 4);
  guint n_whole = 0, n_parts = 0;

  g_assert_false (check_whole (circular));
  g_assert_true (check_whole (good));
  g_assert_false (check_whole (too_much));

  for (guint i = 0; i < updates->len; i++)
    {
      gboolean whole = check_whole (updates->pdata[i]);

      n_whole += whole;
      n_parts += !whole;
    }
  g_assert_cmpuint (n_whole, >, 100);
  g_assert_cmpuint (n_parts, >, 100);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_updates); i++)
    {
      g_autoptr(GBytes) bad = test_bytes_from_hex (bad_updates[i].hex);
      g_autoptr(WeftStateVector) vector = NULL;
      g_autoptr(WeftDeleteSet) deletes = NULL;
      gboolean whole;

      weft_update_is_whole (bad, &whole, &vector, &deletes, NULL);
      g_assert_false (whole);
    }
}

/* One letter by each of many clients, each after that of some other one. */
static GPtrArray *
make_letters (guint n)
{
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GRand) rand = g_rand_new_with_seed (n);

  for (guint i = 0; i < n; i++)
    {
      WeftWriter writer;

      weft_writer_init (&writer);
      weft_writer_put_varuint (&writer, 1); /* client */
      weft_writer_put_varuint (&writer, 1); /* struct */
      weft_writer_put_varuint (&writer, 100 + i);
      weft_writer_put_varuint (&writer, 0);
      weft_writer_put_byte (&writer, i == 0 ? 0x04 : 0x84); /* text; with an origin */
      weft_writer_put_varuint (&writer, i == 0 ? 1 : 100 + g_rand_int_range (rand, 0, i));
      if (i == 0)
        weft_writer_put_string (&writer, "t", -1);
      else
        weft_writer_put_varuint (&writer, 0);
      weft_writer_put_string (&writer, "x", -1);
      weft_writer_put_varuint (&writer, 0); /* deletions */
      g_ptr_array_add (updates, weft_writer_steal_bytes (&writer));
      weft_writer_clear (&writer);
    }

  return updates;
}

/* Applies them in reverse order, and every seventh in between once more: all wait until the first one comes. Returns:
 * what that takes of the processor, in ms */
static double
apply_in_reverse (guint n)
{
  g_autoptr(GPtrArray) updates = make_letters (n);
  g_autoptr(WeftDoc) doc = weft_doc_new (), straight = weft_doc_new ();
  g_autoptr(GBytes) state = NULL, expected = NULL;
  struct timespec before, after;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &before);
  for (guint i = n; i > 0; i--)
    {
      g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (doc, "t")), ==, 0);
      g_assert_true (weft_doc_apply_update (doc, updates->pdata[i - 1], NULL, NULL));
      if (i % 7 == 0)
        g_assert_true (weft_doc_apply_update (doc, updates->pdata[MIN (i, n - 1)], NULL, NULL));
    }
  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &after);

  for (guint i = 0; i < n; i++)
    g_assert_true (weft_doc_apply_update (straight, updates->pdata[i], NULL, NULL));
  state = weft_doc_encode_state (doc);
  expected = weft_doc_encode_state (straight);
  g_assert_true (g_bytes_equal (state, expected));

  return (after.tv_sec - before.tv_sec) * 1e3 + (after.tv_nsec - before.tv_nsec) / 1e6;
}

/* It is not asked of all for which something waits whether they came, each time. */
static void
test_many_wait (void)
{
  double few = apply_in_reverse (1000), many = apply_in_reverse (16000);

  g_test_message ("1,000 that wait: %.1f ms, 16,000: %.1f ms", few, many);
  /* It is 20 times that, and 250 times where they are. */
  g_assert_cmpfloat (many, <, 100 * MAX (few, 2));
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_updates); i++)
    {
      g_autofree char *path = g_strconcat ("/crdt/update/reject/", bad_updates[i].name, NULL);

      g_test_add_data_func (path, &bad_updates[i], test_reject);
    }
  g_test_add_func ("/crdt/update/parent-is-no-type", test_parent_is_no_type);
  g_test_add_func ("/crdt/delete-set/subtract", test_delete_sets);
  g_test_add_func ("/crdt/update/gap-waits", test_gap_waits);
  g_test_add_func ("/crdt/update/prefixes", test_prefixes);
  g_test_add_func ("/crdt/update/bit-flips", test_bit_flips);
  g_test_add_func ("/crdt/update/deep-nesting", test_deep_nesting);

  g_test_add_func ("/crdt/update/json-loses", test_json_loses);
  g_test_add_func ("/crdt/update/waits-twice", test_waits_twice);
  g_test_add_func ("/crdt/update/is-known", test_is_known);
  g_test_add_func ("/crdt/update/is-whole", test_is_whole);

  g_test_add_func ("/crdt/update/many-wait", test_many_wait);

  return g_test_run ();
}
