/* test-crowd.c - many who write at one place of a sequence
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * People who share a line write at the same few places of it without hearing from each other, or from some only, and
 * what each wrote is given one by one, in any order, to documents whose places have crowds at once (weft-crowd.c),
 * after a short walk, and never; and in one update to a new document, and to one that has the line. Items stand in
 * the same order everywhere. Then structs are made up that no editing makes. That the walk without crowds is that of
 * Yjs is shown by test-history.c and test-peers.c.
 */

#include "config.h"

#include "crdt/weft-crowd-private.h"
#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"
#include "crdt/weft-update.h"
#include "crdt/weft-writer.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#define LINE "what all know"

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

/* Readers */

/* When a place has a crowd, in each of them */
static const guint crowds_from[] = { 0, 6, G_MAXUINT };

#define N_READERS G_N_ELEMENTS (crowds_from)

static WeftDoc *
make_reader (guint    number,
             gboolean gc)
{
  const WeftDocOptions options = { .gc = gc };
  WeftDoc *doc = weft_doc_new_with_options (1, &options);

  doc->crowd_from = crowds_from[number];

  return doc;
}

/* All items of the text in their order */
static char *
dup_order (WeftDoc *doc)
{
  WeftType *text = weft_doc_get_text (doc, "t");
  GString *order = g_string_new (NULL);

  for (WeftHandle at = weft_order_first (doc, text); at != WEFT_NONE; at = weft_order_next (doc, at))
    {
      const WeftItem *item = weft_item (doc, at);

      g_string_append_printf (order, "%" G_GUINT64_FORMAT ".%u+%u%s ", doc->client_ids[item->client], item->clock,
                              item->len, item->deleted ? "d" : "");
    }

  return g_string_free (order, FALSE);
}

static void
assert_same (WeftDoc *doc,
             WeftDoc *other)
{
  g_autofree char *order = dup_order (doc), *other_order = dup_order (other);
  g_autoptr(GBytes) state = weft_doc_encode_state (doc), other_state = weft_doc_encode_state (other);
  g_autoptr(GError) error = NULL;

  g_assert_cmpstr (order, ==, other_order);
  g_assert_true (g_bytes_equal (state, other_state));
  weft_doc_validate (doc, &error);
  g_assert_no_error (error);
}

/* How many places of a document have a crowd */
static guint
count_crowds (WeftDoc *doc)
{
  return doc->crowds != NULL ? g_hash_table_size (doc->crowds) : 0;
}

/* Writers */

typedef struct
{
  WeftDoc         *doc;
  WeftUndoManager *undo;
  guint            at; /* where the last edit ended */
} Writer;

typedef enum
{
  TYPING,   /* each goes on where the last one ended */
  PUSHING,  /* each writes before what was written last, as at the top of a list */
  ANYTHING,
} Manner;

static void
keep_cb (WeftDoc      *doc,
         GBytes       *update,
         gconstpointer origin,
         gboolean      local,
         gpointer      user_data)
{
  if (local)
    g_ptr_array_add (user_data, g_bytes_ref (update));
}

/* Each edit is a step of its own. */
static gint64
tick_cb (gpointer user_data)
{
  return 0;
}

static void
begin_writer (Writer       *writer,
              WeftClientId  id,
              GBytes       *line,
              GPtrArray    *updates,
              gboolean      gc)
{
  static const WeftDocObserver told = { .update = keep_cb };
  const WeftDocOptions options = { .gc = gc };

  writer->doc = weft_doc_new_with_options (id, &options);
  writer->doc->crowd_from = crowds_from[roll (N_READERS)];
  g_assert_true (weft_doc_apply_update (writer->doc, line, NULL, NULL));
  weft_doc_add_observer (writer->doc, &told, updates);
  writer->undo = NULL;
  writer->at = 3 + 4 * roll (2);
}

static void
end_writer (Writer *writer)
{
  g_clear_pointer (&writer->undo, weft_undo_manager_free);
  weft_doc_free (writer->doc);
}

static void
write_anything (Writer   *writer,
                WeftType *text)
{
  g_autoptr(WeftAny) marks = weft_any_new_object (), value = weft_any_new_number (roll (9));
  guint64 length = weft_type_get_length (text);

  writer->at = MIN (writer->at, length);
  weft_any_object_take (marks, roll (2) ? "b" : "i", roll (3) ? weft_any_new_boolean (TRUE) : weft_any_new_null ());
  switch (roll (9))
    {
    case 0:
      weft_text_delete (text, writer->at, MIN (length - writer->at, 1 + roll (3)));
      break;
    case 1:
      weft_text_format (text, writer->at, MIN (length - writer->at, 1 + roll (3)), marks);
      break;
    case 2:
      weft_text_insert_embed (text, writer->at, value, NULL);
      break;
    case 3:
      weft_text_insert_type (text, writer->at, WEFT_KIND_MAP, NULL);
      break;
    case 4:
      if (writer->undo != NULL && weft_undo_manager_can_undo (writer->undo) && roll (3))
        weft_undo_manager_undo (writer->undo);
      else if (writer->undo != NULL)
        weft_undo_manager_redo (writer->undo);
      break;
    case 5:
      writer->at = 3 + 4 * roll (2);
      break;
    default:
      weft_text_insert (text, writer->at, "xyz", 1 + roll (3), NULL);
      writer->at += roll (3);
      break;
    }
}

static void
write (Writer *writer,
       Manner  manner,
       guint   n)
{
  WeftType *text = weft_doc_get_text (writer->doc, "t");

  if (manner == ANYTHING && writer->undo == NULL && roll (2))
    {
      writer->undo = weft_undo_manager_new (writer->doc, &text, 1, 0, tick_cb, NULL);
    }
  while (n-- > 0)
    {
      if (manner == ANYTHING)
        {
          write_anything (writer, text);
          continue;
        }
      weft_text_insert (text, writer->at, manner == TYPING ? "a" : "b", -1, NULL);
      if (manner == TYPING)
        writer->at++;
    }
}

static void
shuffle (GPtrArray *updates)
{
  for (guint i = updates->len; i > 1; i--)
    {
      guint at = roll (i);
      gpointer swapped = updates->pdata[at];

      updates->pdata[at] = updates->pdata[i - 1];
      updates->pdata[i - 1] = swapped;
    }
}

static GBytes *
make_line (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (50, NULL);

  weft_text_insert (weft_doc_get_text (doc, "t"), 0, LINE, -1, NULL);

  return weft_doc_encode_state (doc);
}

/* Gives all to readers one by one, and at once. */
static void
give_all (GBytes    *line,
          GPtrArray *updates,
          gboolean   gc)
{
  g_autoptr(GBytes) merged = NULL, rest = weft_updates_merge (updates, WEFT_UPDATE_V1, NULL);
  WeftDoc *readers[N_READERS];

  for (guint i = 0; i < N_READERS; i++)
    {
      readers[i] = make_reader (i, gc);
      g_assert_true (weft_doc_apply_update (readers[i], line, NULL, NULL));
    }
  for (guint at = 0; at < updates->len; at++)
    for (guint i = 0; i < N_READERS; i++)
      {
        g_assert_true (weft_doc_apply_update (readers[i], updates->pdata[at], NULL, NULL));
        if (i > 0 && at % 16 == 15)
          assert_same (readers[i], readers[0]);
      }
  for (guint i = 1; i < N_READERS; i++)
    assert_same (readers[i], readers[0]);
  g_assert_cmpuint (count_crowds (readers[N_READERS - 1]), ==, 0);
  merged = weft_doc_encode_state (readers[0]);
  for (guint i = 0; i < N_READERS; i++)
    {
      g_autoptr(WeftDoc) away = make_reader (i, gc), loaded = make_reader (i, gc);
      g_autofree char *order = dup_order (readers[0]), *order_away = NULL;

      g_assert_true (weft_doc_apply_update (loaded, merged, NULL, NULL));
      assert_same (loaded, readers[0]);
      g_assert_true (weft_doc_apply_update (away, line, NULL, NULL));
      g_assert_true (weft_doc_apply_update (away, rest, NULL, NULL));
      order_away = dup_order (away);
      if (!gc)
        g_assert_cmpstr (order_away, ==, order);
    }
  for (guint i = 0; i < N_READERS; i++)
    weft_doc_free (readers[i]);
}

static void
try_writers (Manner   manner,
             gboolean gc)
{
  g_autoptr(GBytes) line = make_line ();
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  guint n = 10 + roll (50), n_hear = roll (3);
  Writer writers[60];

  for (guint i = 0; i < n; i++)
    begin_writer (&writers[i], 1000 + i * 7919 % 613, line, updates, gc);
  for (guint i = 0; i < n; i++)
    {
      /* Some have what another one wrote before. */
      if (n_hear > 0 && i > 0 && roll (4) == 0)
        {
          g_autoptr(GBytes) heard = weft_doc_encode_state (writers[roll (i)].doc);

          g_assert_true (weft_doc_apply_update (writers[i].doc, heard, NULL, NULL));
        }
      write (&writers[i], manner, 1 + roll (manner == ANYTHING ? 8 : 5));
      if (n_hear > 1 && updates->len > 0 && roll (8) == 0)
        {
          for (guint j = roll (updates->len); j < updates->len; j++)
            g_assert_true (weft_doc_apply_update (writers[i].doc, updates->pdata[j], NULL, NULL));
          write (&writers[i], manner, 1 + roll (3));
        }
    }
  if (roll (2))
    shuffle (updates);
  give_all (line, updates, gc);
  for (guint i = 0; i < n; i++)
    end_writer (&writers[i]);
}

static void
test_writers (gconstpointer data)
{
  Manner manner = GPOINTER_TO_UINT (data);

  for (guint i = 0; i < (is_long () ? 3000 : 25); i++)
    try_writers (manner, i % 2);
}

/* Structs that nobody writes */

static guint64
roll_clock (WeftDoc *doc,
            guint64 *client)
{
  *client = roll (3) ? 50 : 1 + roll (8);
  for (;;)
    {
      g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (doc);
      guint64 end = weft_state_vector_get (state, *client);

      if (end > 0)
        return roll (3) && end > 4 ? 3 : roll ((guint) end);
      *client = 50;
    }
}

/* A unit of client @id with any units as its origins, the right one perhaps at the left. */
static GBytes *
make_struct (WeftDoc *doc,
             guint64  id)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (doc);
  WeftWriter writer;
  gboolean has_left = roll (5) > 0, has_right = !has_left || roll (2);
  guint64 client, clock;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, id);
  weft_writer_put_varuint (&writer, weft_state_vector_get (state, id));
  weft_writer_put_byte (&writer, WEFT_CONTENT_STRING | (has_left ? 0x80 : 0) | (has_right ? 0x40 : 0));
  if (has_left)
    {
      clock = roll_clock (doc, &client);
      weft_writer_put_varuint (&writer, client);
      weft_writer_put_varuint (&writer, clock);
    }
  if (has_right)
    {
      clock = roll_clock (doc, &client);
      weft_writer_put_varuint (&writer, client);
      weft_writer_put_varuint (&writer, clock);
    }
  weft_writer_put_string (&writer, "u", 1);
  weft_writer_put_varuint (&writer, 0);

  return weft_writer_steal_bytes (&writer);
}

static void
test_made_up (void)
{
  for (guint round = 0; round < (is_long () ? 20000 : 150); round++)
    {
      g_autoptr(GBytes) line = make_line ();
      WeftDoc *readers[N_READERS];

      for (guint i = 0; i < N_READERS; i++)
        {
          readers[i] = make_reader (i, TRUE);
          g_assert_true (weft_doc_apply_update (readers[i], line, NULL, NULL));
        }
      for (guint step = 0; step < 60; step++)
        {
          g_autoptr(GBytes) update = make_struct (readers[0], 1 + roll (8));

          for (guint i = 0; i < N_READERS; i++)
            g_assert_true (weft_doc_apply_update (readers[i], update, NULL, NULL));
          for (guint i = 1; i < N_READERS; i++)
            assert_same (readers[i], readers[0]);
        }
      for (guint i = 0; i < N_READERS; i++)
        weft_doc_free (readers[i]);
    }
}

/* An update of one unit by client @id; where the right one is 0, none. */
static GBytes *
make_unit (guint64 id,
           guint64 clock,
           guint64 client,
           guint64 origin,
           guint64 right)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, 1);
  weft_writer_put_varuint (&writer, id);
  weft_writer_put_varuint (&writer, clock);
  weft_writer_put_byte (&writer, WEFT_CONTENT_STRING | (right > 0 ? 0xc0 : 0x80));
  weft_writer_put_varuint (&writer, client);
  weft_writer_put_varuint (&writer, origin);
  if (right > 0)
    {
      weft_writer_put_varuint (&writer, client);
      weft_writer_put_varuint (&writer, right);
    }
  weft_writer_put_string (&writer, "u", 1);
  weft_writer_put_varuint (&writer, 0);

  return weft_writer_steal_bytes (&writer);
}

/* Thousands write at one place, and somebody after each of them, from the least client on: so they are linked in that
 * order where all come at once, too, and each would pass all before it. */
static void
test_thousands (void)
{
  enum { N = 4000, LAST = 1000000 };
  g_autoptr(GBytes) line = make_line (), all = NULL, rest = NULL;
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (1, NULL), loaded = weft_doc_new_with_options (1, NULL);
  g_autoptr(WeftDoc) away = weft_doc_new_with_options (1, NULL), naive = weft_doc_new_with_options (1, NULL);
  WeftDoc *docs[] = { doc, loaded, away, naive };

  for (guint i = 0; i < N; i++)
    g_ptr_array_add (updates, make_unit (100 + (guint64) i * 7919 % N, 0, 50, 3, 4));
  for (guint i = 0; i < N; i++)
    g_ptr_array_add (updates, make_unit (LAST, i, 100 + i, 0, 0));
  rest = weft_updates_merge (updates, WEFT_UPDATE_V1, NULL);

  naive->crowd_from = G_MAXUINT;
  for (guint i = 0; i < G_N_ELEMENTS (docs); i++)
    if (docs[i] != loaded)
      g_assert_true (weft_doc_apply_update (docs[i], line, NULL, NULL));
  for (guint i = 0; i < updates->len; i++)
    {
      g_assert_true (weft_doc_apply_update (doc, updates->pdata[i], NULL, NULL));
      g_assert_true (weft_doc_apply_update (naive, updates->pdata[i], NULL, NULL));
    }
  g_assert_true (weft_doc_apply_update (away, rest, NULL, NULL));
  all = weft_doc_encode_state (doc);
  g_assert_true (weft_doc_apply_update (loaded, all, NULL, NULL));

  for (guint i = 0; i < G_N_ELEMENTS (docs); i++)
    {
      g_assert_cmpuint (count_crowds (docs[i]), ==, docs[i] != naive);
      assert_same (docs[i], doc);
    }
}

int
main (int   argc,
      char *argv[])
{
  int result;

  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  dice = g_rand_new_with_seed (is_long () ? (guint32) g_test_rand_int () : 22);

  g_test_add_data_func ("/crdt/crowd/typing", GUINT_TO_POINTER (TYPING), test_writers);
  g_test_add_data_func ("/crdt/crowd/pushing", GUINT_TO_POINTER (PUSHING), test_writers);
  g_test_add_data_func ("/crdt/crowd/anything", GUINT_TO_POINTER (ANYTHING), test_writers);
  g_test_add_func ("/crdt/crowd/made-up", test_made_up);
  g_test_add_func ("/crdt/crowd/thousands", test_thousands);

  result = g_test_run ();
  g_rand_free (dice);

  return result;
}
