/* test-hostile.c - what strangers may send: cut, flipped, nested 100,000 deep, and asking for too much
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-doc-json.h"
#include "crdt/weft-doc.h"
#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"
#include "support/test-bytes.h"

#include <pthread.h>
#include <string.h>

#define N_LEVELS 100000

/* What `ulimit -s 256` leaves. */
#define STACK_SIZE (256 * 1024)

/* Of each recorded history, the longest update. */
static GPtrArray *
read_updates (guint max)
{
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *path = g_build_filename (WEFT_SOURCE_DIR, "tests", "data", "crdt", "histories.jsonl", NULL);
  g_autofree char *text = NULL;
  g_auto(GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && updates->len < max; i++)
    {
      g_auto(GStrv) parts = NULL;
      const char *best = "";

      if (!g_str_has_prefix (lines[i], "[\"emitted\"") || strlen (lines[i]) < 120)
        continue;
      parts = g_strsplit (lines[i], "\"", -1);
      for (guint j = 0; parts[j] != NULL; j++)
        if (strlen (parts[j]) > strlen (best))
          best = parts[j];
      g_ptr_array_add (updates, test_bytes_from_hex (best));
    }
  g_assert_cmpuint (updates->len, >, 10);

  return updates;
}

static WeftDoc *
new_filled (void)
{
  WeftDoc *doc = weft_doc_new_with_options (5, NULL);
  g_autoptr(WeftAny) values = weft_any_from_json ("[1,null,\"x\"]", -1, NULL);

  weft_text_insert (weft_doc_get_text (doc, "t"), 0, "a\xf0\x9f\x98\x80""b", -1, NULL);
  weft_text_delete (weft_doc_get_text (doc, "t"), 3, 1);
  weft_array_insert (weft_doc_get_array (doc, "a"), 0, values);
  weft_map_set (weft_doc_get_map (doc, "m"), "k", values);

  return doc;
}

/* Gives the bytes to @doc, which must be as before where they are refused. Returns: whether they were */
static gboolean
refuse (WeftDoc          *doc,
        const guint8     *data,
        gsize             size,
        WeftUpdateFormat  format)
{
  g_autofree guint8 *copy = size > 0 ? g_memdup2 (data, size) : g_malloc (1);
  g_autoptr(GBytes) update = g_bytes_new_static (copy, size), before = weft_doc_encode_state (doc), after = NULL;
  g_autoptr(GError) error = NULL;
  gboolean pending = weft_doc_has_pending (doc);

  if (format == WEFT_UPDATE_V1 ? weft_doc_apply_update (doc, update, NULL, &error)
                               : weft_doc_apply_update_v2 (doc, update, NULL, &error))
    {
      g_autoptr(GError) broken = NULL;

      g_assert_no_error (error);
      weft_doc_validate (doc, &broken);
      g_assert_no_error (broken);
      return FALSE;
    }
  g_assert_nonnull (error);
  after = weft_doc_encode_state (doc);
  g_assert_true (g_bytes_equal (before, after));
  g_assert_true (pending == weft_doc_has_pending (doc));

  return TRUE;
}

static GBytes *
in_format (GBytes           *update,
           WeftUpdateFormat  format)
{
  return format == WEFT_UPDATE_V1 ? g_bytes_ref (update) : weft_update_convert (update, WEFT_UPDATE_V2, NULL);
}

/* Nothing that is cut off anywhere is an update. */
static void
test_prefixes (void)
{
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;
  g_autoptr(GPtrArray) updates = read_updates (is_long ? 2000 : 60);
  g_autoptr(WeftDoc) doc = new_filled ();

  for (guint i = 0; i < updates->len; i++)
    for (WeftUpdateFormat format = WEFT_UPDATE_V1; format <= WEFT_UPDATE_V2; format++)
      {
        g_autoptr(GBytes) update = in_format (g_ptr_array_index (updates, i), format);
        gsize size;
        const guint8 *data = g_bytes_get_data (update, &size);

        for (gsize n = 0; n < size; n++)
          g_assert_true (refuse (doc, data, n, format));
      }
}

static void
test_flips (void)
{
  gboolean is_long = g_getenv ("WEFT_TEST_LONG") != NULL;
  g_autoptr(GPtrArray) updates = read_updates (is_long ? 2000 : 100);
  g_autoptr(GRand) random = g_rand_new_with_seed (11);
  guint n_refused = 0, n_flips = is_long ? 200000 : 8000;

  for (guint i = 0; i < n_flips; i++)
    {
      WeftUpdateFormat format = i % 2 ? WEFT_UPDATE_V1 : WEFT_UPDATE_V2;
      g_autoptr(GBytes) update = in_format (g_ptr_array_index (updates, i % updates->len), format);
      g_autoptr(WeftDoc) doc = new_filled ();
      gsize size;
      const guint8 *data = g_bytes_get_data (update, &size);
      g_autofree guint8 *flipped = g_memdup2 (data, size);

      for (guint n = 1 + i % 3; n > 0; n--)
        flipped[g_rand_int_range (random, 0, size)] ^= 1 << g_rand_int_range (random, 0, 8);
      n_refused += refuse (doc, flipped, size, format);
    }
  /* Both happen, else this tests nothing. */
  g_assert_cmpuint (n_refused, >, n_flips / 10);
  g_assert_cmpuint (n_refused, <, n_flips);
}

static void
put_hex (WeftWriter *writer,
         const char *hex)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex (hex);

  weft_writer_put_raw (writer, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* Types of @kind, each in the one before; in a map under "k" where @kind is a map. */
static GBytes *
make_deep (WeftKind kind,
           guint    n_levels,
           gboolean delete_first)
{
  gboolean keyed = kind == WEFT_KIND_MAP;
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_byte (&writer, 1);
  weft_writer_put_varuint (&writer, n_levels);
  weft_writer_put_byte (&writer, 1);
  weft_writer_put_byte (&writer, 0);
  for (guint i = 0; i < n_levels; i++)
    {
      weft_writer_put_byte (&writer, WEFT_CONTENT_TYPE | (keyed ? 0x20 : 0));
      weft_writer_put_byte (&writer, i == 0);
      if (i == 0)
        weft_writer_put_string (&writer, "r", -1);
      else
        {
          weft_writer_put_byte (&writer, 1);
          weft_writer_put_varuint (&writer, i - 1);
        }
      if (keyed)
        weft_writer_put_string (&writer, "k", -1);
      weft_writer_put_varuint (&writer, kind);
      if (kind == WEFT_KIND_XML_ELEMENT)
        weft_writer_put_string (&writer, "p", -1);
    }
  put_hex (&writer, delete_first ? "01010100" "01" : "00");

  return weft_writer_steal_bytes (&writer);
}

static void
count_cb (const char *data,
          gsize       n_bytes,
          gpointer    user_data)
{
  *(gsize *) user_data += n_bytes;
}

static void
read_events_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);

      weft_event_get_delta (event);
      for (gsize j = 0; j < weft_event_get_n_keys (event); j++)
        {
          g_autoptr(WeftAny) old = weft_event_dup_old_value (event, j);

          *(gsize *) user_data += weft_event_get_key (event, j) != NULL;
        }
    }
}

static const WeftDocObserver events = { .transaction = read_events_cb };

static gint64
stopped_clock (gpointer user_data)
{
  return 1;
}

/* Everything that walks a document, over one that is 100,000 deep. */
static void
use_deep (WeftKind kind,
          gboolean gc)
{
  static const WeftRootHint hints[] = {
    { "r", WEFT_KIND_ARRAY }, { "r", WEFT_KIND_MAP }, { "r", WEFT_KIND_TEXT }, { "r", WEFT_KIND_XML_FRAGMENT },
  };
  WeftDocOptions options = { .gc = gc };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (9, &options), copy = weft_doc_new_with_options (10, &options);
  g_autoptr(GBytes) update = make_deep (kind, N_LEVELS, FALSE), deletion = make_deep (kind, N_LEVELS, TRUE);
  g_autoptr(GBytes) v1 = NULL, v2 = NULL, snapshot = NULL, after = NULL;
  g_autoptr(GError) error = NULL;
  WeftKind root_kind = kind == WEFT_KIND_MAP || kind == WEFT_KIND_TEXT ? kind : WEFT_KIND_ARRAY;
  WeftType *root = weft_doc_get_root (doc, "r", root_kind), *scope[] = { root };
  WeftUndoManager *undo = weft_undo_manager_new (doc, scope, 1, 0, stopped_clock, NULL);
  gsize printed = 0, n_keys = 0;

  weft_doc_add_observer (doc, &events, &n_keys);
  g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
  g_assert_true (weft_doc_validate (doc, &error));
  for (guint i = 0; i < G_N_ELEMENTS (hints); i++)
    weft_doc_print_json (doc, &hints[i], 1, count_cb, &printed);
  g_assert_cmpuint (printed, >, N_LEVELS);

  v1 = weft_doc_encode_state (doc);
  v2 = weft_doc_encode_state_v2 (doc);
  snapshot = weft_doc_encode_snapshot (doc, WEFT_UPDATE_V2);
  g_assert_true (weft_doc_apply_update (copy, v1, NULL, &error));
  g_assert_true (weft_doc_apply_update_v2 (copy, v2, NULL, &error));

  /* Deleted here, with an undo manager that keeps it; then by a stranger. */
  if (root_kind == WEFT_KIND_MAP)
    weft_map_remove (root, "k");
  else if (root_kind == WEFT_KIND_TEXT)
    weft_text_delete (root, 0, 1);
  else
    weft_array_delete (root, 0, 1);
  g_assert_true (weft_doc_validate (doc, &error));
  weft_undo_manager_undo (undo);
  g_assert_true (weft_doc_validate (doc, &error));
  weft_undo_manager_free (undo);
  g_assert_true (weft_doc_apply_update (copy, deletion, NULL, &error));
  g_assert_true (weft_doc_validate (copy, &error));
  after = weft_doc_encode_state (copy);
  if (gc)
    g_assert_cmpuint (g_bytes_get_size (after), <, 100);
}

static gpointer
deep_thread (gpointer user_data)
{
  static const WeftKind kinds[] = { WEFT_KIND_MAP, WEFT_KIND_ARRAY, WEFT_KIND_TEXT, WEFT_KIND_XML_ELEMENT };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      use_deep (kinds[i], FALSE);
      use_deep (kinds[i], TRUE);
    }

  return NULL;
}

/* Values and JSON of 100,000 levels are refused at the thousandth. */
static gpointer
deep_values_thread (gpointer user_data)
{
  g_autoptr(WeftDoc) doc = new_filled ();

  for (guint kind = 0; kind < 4; kind++)
    for (guint n = 900; n <= N_LEVELS; n = n == 900 ? N_LEVELS : n + 1)
      {
        g_autoptr(GString) json = g_string_new (NULL);
        g_autoptr(GBytes) update = NULL;
        WeftWriter writer;

        for (guint i = 0; i < n; i++)
          g_string_append (json, kind == 0 ? "[" : "{\"k\":");
        g_string_append (json, "1");
        for (guint i = 0; i < n; i++)
          g_string_append_c (json, kind == 0 ? ']' : '}');

        weft_writer_init (&writer);
        put_hex (&writer, "01010100");
        if (kind < 2)
          {
            /* An embed */
            put_hex (&writer, "0501017a");
            weft_writer_put_string (&writer, json->str, json->len);
          }
        else
          {
            put_hex (&writer, "0801017a01");
            for (guint i = 0; i < n; i++)
              put_hex (&writer, kind == 2 ? "7501" : "7601016b");
            put_hex (&writer, "7e");
          }
        put_hex (&writer, "00");
        update = weft_writer_steal_bytes (&writer);
        g_assert_true (refuse (doc, g_bytes_get_data (update, NULL), g_bytes_get_size (update), WEFT_UPDATE_V1)
                       == (n > WEFT_MAX_DEPTH));
      }

  return NULL;
}

static void
run_on_small_stack (gpointer (*func) (gpointer))
{
  pthread_attr_t attributes;
  pthread_t thread;

  g_assert_cmpint (pthread_attr_init (&attributes), ==, 0);
#if defined(__SANITIZE_ADDRESS__)
  /* Each frame is several times as large then. */
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, 4 * STACK_SIZE), ==, 0);
#else
  g_assert_cmpint (pthread_attr_setstacksize (&attributes, STACK_SIZE), ==, 0);
#endif
  g_assert_cmpint (pthread_create (&thread, &attributes, func, NULL), ==, 0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
  pthread_attr_destroy (&attributes);
}

static void
test_deep_types (void)
{
  run_on_small_stack (deep_thread);
}

static void
test_deep_values (void)
{
  run_on_small_stack (deep_values_thread);
}

/* 3,000 people insert at one place, not knowing of each other. */
static void
test_same_place (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();

  g_test_timer_start ();
  for (guint i = 0; i < 3000; i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) update = NULL;
      WeftWriter writer;

      weft_writer_init (&writer);
      put_hex (&writer, "0101");
      weft_writer_put_varuint (&writer, (i * 7919) % 3000 + 1);
      put_hex (&writer, "0004010174016100");
      update = weft_writer_steal_bytes (&writer);
      g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
    }
  g_assert_cmpfloat (g_test_timer_elapsed (), <, 20.0);
  g_assert_cmpuint (weft_type_get_length (weft_doc_get_text (doc, "t")), ==, 3000);
}

/* A few bytes that ask for 2^31 structs, 2^53 and more of something. */
static void
test_bombs (void)
{
  static const struct
  {
    WeftUpdateFormat format;
    const char      *hex;
  } bombs[] = {
    { WEFT_UPDATE_V2, "0000010100000100000000010101" "80808080080000" },
    { WEFT_UPDATE_V2, "0000020100000001070001010102" "0180808080080000" },
    { WEFT_UPDATE_V1, "ffffffffffffff0f" },
    { WEFT_UPDATE_V1, "01ffffffffffffff0f0100" },
    { WEFT_UPDATE_V1, "01010100" "0801017a" "ffffffffffffff0f" "00" },
    { WEFT_UPDATE_V1, "01010100" "04010174" "ffffffffffffff0f" "00" },
    { WEFT_UPDATE_V1, "01010100" "0801017a" "01" "75" "ffffffffffffff0f" "00" },
    { WEFT_UPDATE_V1, "01010100" "0801017a" "01" "76" "ffffffffffffff0f" "00" },
    { WEFT_UPDATE_V1, "00" "ffffffffffffff0f" },
    { WEFT_UPDATE_V1, "00" "0101" "ffffffffffffff0f" },
    /* Beyond 2^53, and too long */
    { WEFT_UPDATE_V1, "0101" "8080808080808010" "00" "0001" "00" },
    { WEFT_UPDATE_V1, "0101" "808080808080808000" "00" "0001" "00" },
    { WEFT_UPDATE_V1, "0101" "01" "ffffffffffffff0f" "0001" "00" },
    /* A client that comes twice, a struct that is its own origin, empty ones */
    { WEFT_UPDATE_V1, "02" "010100" "0001" "010100" "0001" "00" },
    { WEFT_UPDATE_V1, "01010100" "84" "0100" "0161" "00" },
    { WEFT_UPDATE_V1, "01010100" "0000" "00" },
    { WEFT_UPDATE_V1, "01010100" "0401017400" "00" },
  };
  g_autoptr(WeftDoc) doc = new_filled ();

  g_test_timer_start ();
  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++)
    {
      g_autoptr(GBytes) update = test_bytes_from_hex (bombs[i].hex);

      g_test_message ("%s", bombs[i].hex);
      g_assert_true (refuse (doc, g_bytes_get_data (update, NULL), g_bytes_get_size (update), bombs[i].format));
    }
  g_assert_cmpfloat (g_test_timer_elapsed (), <, 20.0);
}

/* What waits for others is bounded; what is refused then changes nothing. */
static void
test_pending_is_bounded (void)
{
  g_autoptr(WeftDoc) doc = new_filled ();
  g_autofree char *text = g_strnfill (8 * 1024 * 1024, 'x');
  guint n_taken = 0;

  for (guint i = 0; i < 12; i++)
    {
      g_autoptr(GBytes) update = NULL;
      g_autoptr(GError) error = NULL;
      WeftWriter writer;

      weft_writer_init (&writer);
      put_hex (&writer, "0101");
      weft_writer_put_varuint (&writer, 100 + i);
      put_hex (&writer, "05" "04010174");
      weft_writer_put_string (&writer, text, -1);
      put_hex (&writer, "00");
      update = weft_writer_steal_bytes (&writer);
      if (weft_doc_apply_update (doc, update, NULL, &error))
        n_taken++;
      else
        g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE);
    }
  g_assert_cmpuint (n_taken, >=, 7);
  g_assert_cmpuint (n_taken, <=, 8);
}

/* Six units at once under a key of a map, which no peer writes, are cut by a deletion; then the map goes, of which only
 * the newest part is deleted, and all of it is collected. */
static void
test_cut_value (void)
{
  static const char *const updates[] = { "01020100070101610124000100016b0661626364656600", "000101010301", "000101010001",
                                         "000101010007" };

  for (guint gc = 0; gc < 2; gc++)
    {
      WeftDocOptions options = { .gc = gc };
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (7, &options);

      for (guint i = 0; i < G_N_ELEMENTS (updates); i++)
        {
          g_autoptr(GBytes) update = test_bytes_from_hex (updates[i]);
          g_autoptr(GError) error = NULL;

          g_assert_true (weft_doc_apply_update (doc, update, NULL, &error));
          g_assert_no_error (error);
          g_assert_true (weft_doc_validate (doc, &error));
          g_assert_no_error (error);
        }
      g_assert_false (weft_doc_has_pending (doc));
    }
}

/* @n_units of client 5, collected, from @clock on */
static GBytes *
make_collected (guint64 clock,
                guint64 n_units)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_raw (&writer, "\1\1\5", 3);
  weft_writer_put_varuint (&writer, clock);
  weft_writer_put_byte (&writer, WEFT_CONTENT_GC);
  weft_writer_put_varuint (&writer, n_units);
  weft_writer_put_byte (&writer, 0);

  return weft_writer_steal_bytes (&writer);
}

/* No clock of a document wraps around, from wherever it is reached. */
static void
test_clocks (void)
{
  static const struct
  {
    guint64  clock, n_units;
    gboolean good;
  } rows[] = {
    { 0, 0xfffffff1, FALSE },
    { 0, G_GUINT64_CONSTANT (1) << 40, FALSE },
    { 0, 0xfffffff0, TRUE },
    { 0xfffffff0, 1, FALSE },
    { 0xffffffef, 2, FALSE },
    { 0xfffffff0, G_GUINT64_CONSTANT (1) << 32, FALSE },
    { 0xfffffff1, 100, TRUE },
    { G_GUINT64_CONSTANT (0x100000000), 1, TRUE },
    { (G_GUINT64_CONSTANT (1) << 53) - 2, 1, TRUE },
    { (G_GUINT64_CONSTANT (1) << 53) - 2, 2, FALSE },
  };

  for (guint first = 0; first < 2; first++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      g_autoptr(GBytes) full = make_collected (0, 0xfffffff0);
      g_autoptr(WeftStateVector) state = NULL;

      if (first == 0)
        g_assert_true (weft_doc_apply_update (doc, full, NULL, NULL));
      for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        {
          g_autoptr(GBytes) update = make_collected (rows[i].clock, rows[i].n_units);
          g_autoptr(GBytes) second = weft_update_convert (update, WEFT_UPDATE_V2, NULL);

          g_assert_true (weft_doc_apply_update (doc, update, NULL, NULL) == rows[i].good);
          g_assert_true (second == NULL || weft_doc_apply_update_v2 (doc, second, NULL, NULL) == rows[i].good);
        }
      state = weft_doc_get_state_vector (doc);
      g_assert_cmpuint (weft_state_vector_get (state, 5), ==, 0xfffffff0);
      g_assert_true (weft_doc_has_pending (doc));
      g_assert_true (weft_doc_validate (doc, NULL));
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hostile/prefixes", test_prefixes);
  g_test_add_func ("/hostile/flips", test_flips);
  g_test_add_func ("/hostile/deep-types", test_deep_types);
  g_test_add_func ("/hostile/deep-values", test_deep_values);
  g_test_add_func ("/hostile/same-place", test_same_place);
  g_test_add_func ("/hostile/bombs", test_bombs);
  g_test_add_func ("/hostile/clocks-do-not-wrap", test_clocks);
  g_test_add_func ("/hostile/a-value-cut-in-two-is-collected", test_cut_value);
  g_test_add_func ("/hostile/pending-is-bounded", test_pending_is_bounded);

  return g_test_run ();
}
