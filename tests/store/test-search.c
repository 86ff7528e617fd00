/* test-search.c - what is found by what, and an index that is always there
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "store/store-support.h"
#include "store/weft-search-index.h"
#include "store/weft-search-words.h"
#include "support/test-seed.h"

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("weft-test-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "notes.weft-search", NULL);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  remove_folder (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->path);
}

/* --- Words ----------------------------------------------------------------------------------------- */

typedef struct
{
  const char *path;
  const char *text;
  const char *stored;
  const char *asked;
} WordsCase;

static const WordsCase words_cases[] = {
  { "/store/search/words/latin", "Hello, world! it's 3.14", "hello world it s 3 14", "hello world it s 3 14" },
  { "/store/search/words/marks", "Crème BRÛLÉE Ångström ŁÓDŹ Straße", "creme brulee angstrom łodz strasse",
    "creme brulee angstrom łodz strasse" },
  { "/store/search/words/marks-apart", "Cre\xcc\x80me", "creme", "creme" },
  { "/store/search/words/greek-cyrillic", "Ελλάδα Ёлка", "ελλαδα елка", "ελλαδα елка" },
  { "/store/search/words/width", "ＷＥＦＴ ２０２６ ﾀﾜｰ ｶﾞｽ", "weft 2026 タワ ワー ー ガス ス", "weft 2026 タワ ワー ガス" },
  { "/store/search/words/chinese", "我们的笔记", "我们 们的 的笔 笔记 记", "我们 们的 的笔 笔记" },
  { "/store/search/words/japanese", "京都タワー2026年", "京都 都タ タワ ワー ー 2026 年", "京都 都タ タワ ワー 2026 年" },
  { "/store/search/words/voiced", "か\xe3\x82\x99 が か", "が が か", "が が か" },
  { "/store/search/words/thai", "สวัสดี", "สว วั ัส สด ดี ี", "สว วั ัส สด ดี" },
  { "/store/search/words/korean", "공책 보기", "공책 책 보기 기", "공책 보기" },
  { "/store/search/words/mixed", "iPhoneを買う", "iphone を買 買う う", "iphone を買 買う" },
  { "/store/search/words/nothing", " \n\t… — 。、", "", "" },
  { "/store/search/words/not-utf8", "a\xff\xfe" "b \xe4\xba", "a b", "a b" },
};

static gboolean
join_cb (const char *token,
         gsize       n_bytes,
         gsize       start,
         gsize       end,
         gpointer    user_data)
{
  GString *line = user_data;

  g_assert_cmpuint (start, <, end);
  if (line->len > 0)
    g_string_append_c (line, ' ');
  g_string_append_len (line, token, (gssize) n_bytes);
  return TRUE;
}

static void
test_words (gconstpointer data)
{
  const WordsCase *row = data;
  g_autoptr(GString) stored = g_string_new (NULL);
  g_autoptr(GString) asked = g_string_new (NULL);

  g_assert_true (weft_search_tokenize (row->text, strlen (row->text), WEFT_SEARCH_STORE, join_cb, stored));
  g_assert_true (weft_search_tokenize (row->text, strlen (row->text), WEFT_SEARCH_ASK, join_cb, asked));
  g_assert_cmpstr (stored->str, ==, row->stored);
  g_assert_cmpstr (asked->str, ==, row->asked);
}

/* Whatever the bytes are. */
static void
test_words_random (void)
{
  for (guint i = 0; i < 20000; i++)
    {
      gsize n_bytes = (gsize) g_test_rand_int_range (0, 24);
      g_autofree char *text = g_malloc (n_bytes + 1);
      g_autoptr(GString) line = g_string_new (NULL);

      for (gsize b = 0; b < n_bytes; b++)
        text[b] = (char) g_test_rand_int_range (i % 2 == 0 ? 0 : 0xa0, 256);
      text[n_bytes] = '\0';
      g_assert_true (weft_search_tokenize (text, n_bytes, WEFT_SEARCH_STORE, join_cb, line));
      g_assert_true (g_utf8_validate (line->str, -1, NULL));
    }
}

/* --- The index ------------------------------------------------------------------------------------- */

static WeftSearchIndex *
open_index (const char *path)
{
  g_autoptr(GError) error = NULL;
  WeftSearchIndex *index = weft_search_index_open (path, &error);

  g_assert_no_error (error);
  return index;
}

static void
put (WeftSearchIndex *index,
     const char      *page,
     const char      *title,
     const char      *body)
{
  WeftSearchText text = { (char *) body, NULL };
  WeftSearchState state = { 7, 8 };
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_search_index_put (index, page, title, &text, &state, &error));
  g_assert_no_error (error);
}

/* The pages found, in order, with the matches of the snippets in brackets. */
static char *
find (WeftSearchIndex *index,
      const char      *query)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) hits = weft_search_index_find (index, query, 100, &error);
  GString *line = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < hits->len; i++)
    {
      const WeftSearchHit *hit = g_ptr_array_index (hits, i);
      guint done = 0;

      if (i > 0)
        g_string_append (line, "; ");
      g_string_append_printf (line, "%s%s", hit->page, hit->in_title ? "!" : "");
      if (hit->snippet == NULL)
        continue;

      g_string_append_c (line, ' ');
      for (guint r = 0; r < hit->ranges->len; r++)
        {
          const WeftSearchRange *range = &g_array_index (hit->ranges, WeftSearchRange, r);

          g_string_append_len (line, hit->snippet + done, range->start - done);
          g_string_append_printf (line, "[%.*s]", (int) (range->end - range->start), hit->snippet + range->start);
          done = range->end;
        }
      g_string_append (line, hit->snippet + done);
    }

  return g_string_free (line, FALSE);
}

#define assert_finds(index, query, expected)             \
  G_STMT_START                                           \
  {                                                      \
    g_autofree char *found_ = find (index, query);       \
    g_assert_cmpstr (found_, ==, expected);              \
  }                                                      \
  G_STMT_END

static void
test_find (Fixture      *fixture,
           gconstpointer data)
{
  WeftSearchIndex *index = open_index (fixture->path);

  put (index, "a", "Travel", "We fly to Kyōto in spring.\nBring the camera.");
  put (index, "b", "京都旅行", "京都タワーの写真");
  put (index, "c", "Camera settings", "aperture, shutter");
  put (index, "d", "กรุงเทพ", "เที่ยวเมืองไทย");

  assert_finds (index, "cam", "c!; a Bring the [camera].");
  assert_finds (index, "kyoto", "a We fly to [Kyōto] in spring.");
  assert_finds (index, "fly spring", "a We [fly] to Kyōto in [spring].");
  assert_finds (index, "fly winter", "");
  assert_finds (index, "タワー", "b 京都[タワー]の写真");
  assert_finds (index, "ﾀﾜｰ", "b 京都[タワー]の写真");
  assert_finds (index, "京都", "b! [京都]タワーの写真");
  assert_finds (index, "都", "b! 京[都タ]ワーの写真");
  assert_finds (index, "京写", "");
  assert_finds (index, "真", "b 京都タワーの写[真]");
  assert_finds (index, "ไทย", "d เที่ยวเมือง[ไทย]");
  assert_finds (index, "camera の", "");
  assert_finds (index, "", "");
  assert_finds (index, "\"*:^-() ", "");
  assert_finds (index, "AND OR NOT", "");

  put (index, "a", "Travel", "We stay at home.");
  assert_finds (index, "kyoto", "");
  g_assert_true (weft_search_index_set_title (index, "a", "Staycation", NULL));
  assert_finds (index, "staycation", "a!");
  assert_finds (index, "travel", "");
  weft_search_index_close (index);

  index = open_index (fixture->path);
  assert_finds (index, "home", "a We stay at [home].");
  weft_search_index_close (index);
}

/* Who asks for 77 wants 77 rather than 776, and a title rather than a text; one may not have finished the word, too. */
static void
test_order (Fixture      *fixture,
            gconstpointer data)
{
  WeftSearchIndex *index = open_index (fixture->path);
  g_autoptr(GPtrArray) hits = NULL;

  put (index, "begun", "Foxes", "fox number 776, fox number 776, fox number 776, 7777");
  put (index, "whole", "A long page", "there is fox number 77");
  put (index, "begun-title", "776 foxes", "");
  put (index, "whole-title", "What we know of the many foxes, and of 77 of them", "");
  put (index, "both", "Fox", "and 77 and 776");

  assert_finds (index, "77",
                "whole-title!; begun-title!; both and [77] and [776]; whole there is fox number [77]; "
                "begun fox number [776], fox number [776], fox number [776], [7777]");
  assert_finds (index, "fox 77",
                "begun-title!; whole-title!; both and [77] and [776]; whole there is [fox] number [77]; "
                "begun [fox] number [776], [fox] number [776], [fox] number [776], [7777]");

  /* The best are the same ones where fewer are wanted. */
  hits = weft_search_index_find (index, "77", 3, NULL);
  g_assert_cmpuint (hits->len, ==, 3);
  g_assert_cmpstr (((WeftSearchHit *) hits->pdata[0])->page, ==, "whole-title");
  g_assert_cmpstr (((WeftSearchHit *) hits->pdata[2])->page, ==, "both");
  weft_search_index_close (index);
}

static void
test_places (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(WeftSearchIndex) index = open_index (fixture->path);
  g_autoptr(GPtrArray) places = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_search_place_free);
  WeftSearchText text = { (char *) "Zürich\nplan of the house\nroof", places };
  WeftSearchState state = { 1, 2 };
  g_autoptr(GPtrArray) hits = NULL;
  const WeftSearchHit *hit;

  g_ptr_array_add (places, weft_search_place_new (0, "e1"));
  g_ptr_array_add (places, weft_search_place_new (7, "e2"));
  g_ptr_array_add (places, weft_search_place_new (25, "e3"));
  g_assert_true (weft_search_index_put (index, "board", "", &text, &state, NULL));

  hits = weft_search_index_find (index, "hou", 10, NULL);
  g_assert_cmpuint (hits->len, ==, 1);
  hit = g_ptr_array_index (hits, 0);
  g_assert_cmpstr (hit->place, ==, "e2");
  g_assert_cmpuint (hit->at, ==, 19);
  g_assert_cmpuint (hit->n_chars, ==, 5);
}

static void
test_snippet_of_long_text (Fixture      *fixture,
                           gconstpointer data)
{
  g_autoptr(WeftSearchIndex) index = open_index (fixture->path);
  g_autoptr(GString) body = g_string_new (NULL);
  g_autofree char *found = NULL;

  for (guint i = 0; i < 3000; i++)
    g_string_append (body, "first filler text ");
  g_string_append (body, "second");
  for (guint i = 0; i < 3000; i++)
    g_string_append (body, " filler text");
  put (index, "a", "", body->str);

  /* The place where both stand together, and not all of the line. */
  found = find (index, "first sec");
  g_assert_nonnull (strstr (found, "[first] filler text [second] filler"));
  g_assert_cmpuint (strlen (found), <, 200);
}

/* Somebody is still typing, but it is a word already. */
static void
test_snippet_of_whole_words (Fixture      *fixture,
                             gconstpointer data)
{
  g_autoptr(WeftSearchIndex) index = open_index (fixture->path);
  g_autoptr(GString) body = g_string_new ("The treehouse, seen from below.\nIts ladder.\n");
  g_autofree char *found = NULL, *near = NULL, *begun = NULL, *far = NULL;

  g_string_append (body, "Planting a tree in May.\nLadders and treehouses.\n");
  put (index, "a", "", body->str);
  found = find (index, "tree");
  g_assert_nonnull (strstr (found, "Planting a [tree] in May."));
  begun = find (index, "treeh");
  g_assert_nonnull (strstr (begun, "The [treehouse], seen from below."));
  /* Both in one place are better than one of them whole. */
  near = find (index, "planting tre");
  g_assert_nonnull (strstr (near, "[Planting] a [tree] in May."));

  /* So far away nobody looks. */
  for (guint i = 0; i < 20000; i++)
    g_string_append (body, "filler ");
  g_string_append (body, "the house of a hermit, house");
  put (index, "b", "", "houses\n");
  g_string_prepend (body, "housekeeping\n");
  put (index, "c", "", body->str);
  far = find (index, "house");
  g_assert_nonnull (strstr (far, "[housekeeping]"));
}

static void
test_made_again (Fixture      *fixture,
                 gconstpointer data)
{
  static const char garbage[] = "This was the index once.";
  WeftSearchIndex *index = open_index (fixture->path);
  g_autofree char *bytes = NULL;
  g_autoptr(GHashTable) states = NULL;
  gsize size;

  put (index, "a", "Title", "body");
  weft_search_index_close (index);
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));

  /* Not ours, damaged in its first page, cut, deleted: it is there again, empty, and works. */
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *harmed = g_memdup2 (bytes, size);
      g_autoptr(GHashTable) none = NULL;

      memset (harmed + 100, 0x5a, 300);
      if (i == 0)
        g_assert_true (g_file_set_contents (fixture->path, garbage, -1, NULL));
      else if (i == 1)
        g_assert_true (g_file_set_contents (fixture->path, harmed, (gssize) size, NULL));
      else if (i == 2)
        g_assert_true (g_file_set_contents (fixture->path, bytes, (gssize) size / 2, NULL));
      else
        g_assert_cmpint (g_unlink (fixture->path), ==, 0);

      index = open_index (fixture->path);
      none = weft_search_index_list (index, NULL);
      g_assert_cmpuint (g_hash_table_size (none), ==, 0);
      put (index, "b", "Again", "here");
      assert_finds (index, "again", "b!");
      weft_search_index_close (index);
    }

  index = open_index (fixture->path);
  states = weft_search_index_list (index, NULL);
  g_assert_cmpuint (((WeftSearchState *) g_hash_table_lookup (states, "b"))->seq, ==, 7);
  g_assert_cmpint (((WeftSearchState *) g_hash_table_lookup (states, "b"))->time, ==, 8);
  weft_search_index_close (index);
}

/* Whatever bytes of it are changed: an answer or an error, and room for more. */
static void
test_harmed (Fixture      *fixture,
             gconstpointer data)
{
  guint n_rounds = g_getenv ("WEFT_TEST_LONG") != NULL ? 5000 : 150;
  WeftSearchIndex *index = open_index (fixture->path);
  g_autofree char *bytes = NULL;
  gsize size;

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *page = g_strdup_printf ("%u", i);
      g_autofree char *body = g_strdup_printf ("page %u of the 京都 book, with word%u", i, i * 7);

      put (index, page, "Title", body);
    }
  weft_search_index_close (index);
  g_assert_true (g_file_get_contents (fixture->path, &bytes, &size, NULL));

  for (guint round = 0; round < n_rounds; round++)
    {
      g_autofree char *harmed = g_memdup2 (bytes, size);
      g_autoptr(GPtrArray) hits = NULL;
      g_autoptr(GHashTable) states = NULL;
      g_autoptr(GError) error = NULL;

      for (gint i = g_test_rand_int_range (1, 6); i > 0; i--)
        harmed[g_test_rand_int_range (0, (gint32) size)] ^= (char) g_test_rand_int_range (1, 256);
      g_assert_true (g_file_set_contents (fixture->path, harmed, (gssize) size, NULL));

      index = open_index (fixture->path);
      states = weft_search_index_list (index, NULL);
      hits = weft_search_index_find (index, round % 2 == 0 ? "word" : "京都", 400, &error);
      if (hits != NULL)
        {
          WeftSearchText text = { (char *) "something", NULL };
          WeftSearchState state = { 1, 1 };

          if (!weft_search_index_put (index, "new", "New", &text, &state, &error))
            g_assert_nonnull (error);
        }
      weft_search_index_close (index);
    }
}

/* As a damaged file may hold it */
static void
test_not_utf8_there (Fixture      *fixture,
                     gconstpointer data)
{
  WeftSearchIndex *index = open_index (fixture->path);
  g_autoptr(GPtrArray) hits = NULL;
  g_autoptr(GError) error = NULL;

  put (index, "a", "Title \xe4", "a word\xe4");
  put (index, "b", "Title", "\xff word and \xf0\x9f");
  hits = weft_search_index_find (index, "word", 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (hits->len, ==, 2);
  for (guint i = 0; i < hits->len; i++)
    g_assert_true (g_utf8_validate (((const WeftSearchHit *) hits->pdata[i])->snippet, -1, NULL));
  weft_search_index_close (index);
}

static void
test_no_place (Fixture      *fixture,
               gconstpointer data)
{
  /* Where nothing can be written it is somewhere else. */
  g_autoptr(WeftSearchIndex) index = open_index ("/proc/weft/notes.weft-search");

  put (index, "a", "Title", "body");
  assert_finds (index, "body", "a [body]");
}

/* --- Against a naive search ------------------------------------------------------------------------ */

typedef struct
{
  const char *folded;
  const char *faces[4];
} Vocable;

static const Vocable words[] = {
  { "cafe", { "café", "Cafe\xcc\x81", "ＣＡＦＥ", "CAFÉ" } }, { "note", { "note", "Note", "NOTE", "nöte" } },
  { "notes", { "notes", "NOTES", "ｎｏｔｅｓ", "Notes" } },   { "board", { "board", "Board", "bôard", "ＢＯＡＲＤ" } },
  { "strasse", { "Straße", "STRASSE", "strasse", "straße" } }, { "2026", { "2026", "２０２６", "2026", "2026" } },
  { "елка", { "ёлка", "Ёлка", "ЕЛКА", "елка" } },             { "no", { "no", "No", "NO", "ñø" } },
};

static const Vocable letters[] = {
  { "京", { "京", "京", "京", "京" } }, { "都", { "都", "都", "都", "都" } }, { "タ", { "タ", "ﾀ", "タ", "ﾀ" } },
  { "ダ", { "ダ", "ﾀﾞ", "タ\xe3\x82\x99", "ダ" } }, { "あ", { "あ", "あ", "あ", "あ" } }, { "ไ", { "ไ", "ไ", "ไ", "ไ" } },
  { "ท", { "ท", "ท", "ท", "ท" } },
};

typedef struct
{
  gboolean is_word;
  char    *folded;
} Segment;

static void
segment_clear (gpointer data)
{
  g_free (((Segment *) data)->folded);
}

static const char *
draw_face (const Vocable *vocable)
{
  return vocable->faces[g_test_rand_int_range (0, 4)];
}

/* Appends a random word or run to @text. */
static Segment
draw_segment (GString *text)
{
  Segment segment = { g_test_rand_int_range (0, 2) == 0, NULL };
  g_autoptr(GString) folded = g_string_new (NULL);

  if (segment.is_word)
    {
      /* "ñø" folds to "nø": only marks fall. */
      const Vocable *word = &words[g_test_rand_int_range (0, G_N_ELEMENTS (words) - 1)];

      g_string_append (text, draw_face (word));
      g_string_append (folded, word->folded);
    }
  else
    for (gint i = g_test_rand_int_range (1, 6); i > 0; i--)
      {
        const Vocable *letter = &letters[g_test_rand_int_range (0, G_N_ELEMENTS (letters))];

        g_string_append (text, draw_face (letter));
        g_string_append (folded, letter->folded);
      }

  g_string_append (text, g_test_rand_int_range (0, 3) == 0 ? ", " : " ");
  segment.folded = g_string_free (g_steal_pointer (&folded), FALSE);
  return segment;
}

static gboolean
naive_has (GArray        *document,
           const Segment *wanted)
{
  for (guint i = 0; i < document->len; i++)
    {
      const Segment *segment = &g_array_index (document, Segment, i);

      if (segment->is_word == wanted->is_word
          && (wanted->is_word ? g_str_has_prefix (segment->folded, wanted->folded)
                              : strstr (segment->folded, wanted->folded) != NULL))
        return TRUE;
    }

  return FALSE;
}

static GArray *
draw_document (GString *text)
{
  GArray *document = g_array_new (FALSE, FALSE, sizeof (Segment));

  g_array_set_clear_func (document, segment_clear);
  for (gint i = g_test_rand_int_range (1, 12); i > 0; i--)
    {
      Segment segment = draw_segment (text);

      g_array_append_val (document, segment);
    }

  return document;
}

static void
test_naive (Fixture      *fixture,
            gconstpointer data)
{
  guint n_documents = 400;
  guint n_queries = g_getenv ("WEFT_TEST_LONG") != NULL ? 20000 : 600;
  g_autoptr(WeftSearchIndex) index = open_index (fixture->path);
  g_autoptr(GPtrArray) documents = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  guint n_found = 0;

  for (guint i = 0; i < n_documents; i++)
    {
      g_autoptr(GString) text = g_string_new (NULL);
      g_autofree char *page = g_strdup_printf ("%u", i);

      g_ptr_array_add (documents, draw_document (text));
      put (index, page, "", text->str);
    }

  for (guint q = 0; q < n_queries; q++)
    {
      g_autoptr(GString) query = g_string_new (NULL);
      g_autoptr(GArray) wanted = g_array_new (FALSE, FALSE, sizeof (Segment));
      g_autoptr(GPtrArray) hits = NULL;
      g_autoptr(GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
      g_autoptr(GError) error = NULL;

      g_array_set_clear_func (wanted, segment_clear);
      for (gint i = g_test_rand_int_range (1, 4); i > 0; i--)
        {
          Segment segment = draw_segment (query);

          /* Half of a word is asked for as it is folded. */
          if (segment.is_word && g_test_rand_int_range (0, 2) == 0)
            {
              glong n_chars = g_utf8_strlen (segment.folded, -1);
              char *begin = g_utf8_substring (segment.folded, 0, g_test_rand_int_range (1, (gint32) n_chars + 1));

              g_free (segment.folded);
              segment.folded = begin;
            }
          g_array_append_val (wanted, segment);
        }

      /* The question is made anew of what is wanted, so that both sides ask the same. */
      g_string_truncate (query, 0);
      for (guint i = 0; i < wanted->len; i++)
        g_string_append_printf (query, "%s ", g_array_index (wanted, Segment, i).folded);

      hits = weft_search_index_find (index, query->str, n_documents, &error);
      g_assert_no_error (error);
      for (guint i = 0; i < hits->len; i++)
        {
          const WeftSearchHit *hit = g_ptr_array_index (hits, i);

          g_assert_nonnull (hit->snippet);
          g_assert_cmpuint (hit->ranges->len, >, 0);
          g_assert_true (g_utf8_validate (hit->snippet, -1, NULL));
          g_hash_table_add (found, hit->page);
        }

      for (guint i = 0; i < n_documents; i++)
        {
          g_autofree char *page = g_strdup_printf ("%u", i);
          gboolean expected = TRUE;

          for (guint w = 0; w < wanted->len; w++)
            expected = expected
                       && naive_has (g_ptr_array_index (documents, i), &g_array_index (wanted, Segment, w));
          if (expected != g_hash_table_contains (found, page))
            g_error ("“%s”: page %s %s", query->str, page, expected ? "is not found" : "is found");
          n_found += expected;
        }
    }

  g_assert_cmpuint (n_found, >, n_queries);
}

int
main (int   argc,
      char *argv[])
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (words_cases); i++)
    g_test_add_data_func (words_cases[i].path, &words_cases[i], test_words);
  g_test_add_func ("/store/search/words/random", test_words_random);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/store/search/find", test_find);
  ADD ("/store/search/order", test_order);
  ADD ("/store/search/places", test_places);
  ADD ("/store/search/snippet-of-long-text", test_snippet_of_long_text);
  ADD ("/store/search/snippet-of-whole-words", test_snippet_of_whole_words);
  ADD ("/store/search/made-again", test_made_again);
  ADD ("/store/search/harmed", test_harmed);
  ADD ("/store/search/not-utf8-there", test_not_utf8_there);
  ADD ("/store/search/no-place", test_no_place);
  ADD ("/store/search/naive", test_naive);
#undef ADD

  return g_test_run ();
}
