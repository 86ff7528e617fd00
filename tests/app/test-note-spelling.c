/* test-note-spelling.c - what is underlined in a note, and what its menu says of it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Without a window: the lines that one would show are told by hand.
 */

#include "config.h"

#include "app/notes/weft-note-spelling.h"
#include "app/notes/weft-note-words.h"

#include <adwaita.h>
#include <glib/gstdio.h>

#define SEED 20261122
#define N_EDITS 300
#define N_LINES 3000

/* Words */

typedef struct
{
  const char *text;
  const char *words; /* joined with "|" */
} Words;

static const Words words_of[] = {
  { "It is fine", "It|is|fine" },
  { "don't, he’s 'quoted'", "don't|he’s|quoted" },
  { "a well-known fact", "well|known|fact" },
  { "see https://example.com/wrnog now", "see|now" },
  { "see (www.exmple.org/a) now", "see|now" },
  { "www.exmple.org mail me@exmple.org or @them", "mail|or|them" },
  { "in /usr/lib/wrnog, ~/lib and/or", "in|and|or" },
  { "weft_note x86 3rd 2026 file.txt i.e. of", "of" },
  { "中文 and English, русский", "and|English" },
  { "café naïve Größe", "café|naïve|Größe" },
  { "before\xef\xbf\xbc" "after", "before|after" },
  { "", "" },
  { "  two  gaps ", "two|gaps" },
  { "\xf0\x9f\x98\x80 smile \xf0\x9f\x98\x80more", "smile|more" },
};

static void
test_words (gconstpointer data)
{
  const Words *expected = data;
  g_autoptr(GArray) words
      = weft_note_words_find (expected->text, strlen (expected->text), pango_language_from_string ("en_US"));
  g_autoptr(GString) said = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++)
    {
      const WeftNoteWord *word = &g_array_index (words, WeftNoteWord, i);

      g_assert_cmpint (g_utf8_strlen (expected->text, word->byte), ==, word->at);
      g_assert_cmpint (g_utf8_strlen (expected->text + word->byte, word->n_bytes), ==, word->n_chars);
      g_string_append_printf (said, "%s%.*s", said->len > 0 ? "|" : "", (int) word->n_bytes,
                              expected->text + word->byte);
    }
  g_assert_cmpstr (said->str, ==, expected->words);
}

#ifdef WEFT_HAVE_SPELLING
#include <libspelling.h>

/* What is underlined */

typedef struct
{
  WeftDoc          *doc;
  WeftType         *text;
  WeftNoteBinding  *binding;
  GtkTextBuffer    *buffer;
  GtkTextView      *view;
  GMenu            *menu;
  WeftNoteSpelling *spelling;
  gboolean          skip;
} Fixture;

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  SpellingChecker *checker = spelling_checker_get_default ();

  if (!spelling_provider_supports_language (spelling_checker_get_provider (checker), "en_US"))
    {
      g_test_skip ("there is no dictionary of English (hunspell-en-us)");
      fixture->skip = TRUE;
      return;
    }

  spelling_checker_set_language (checker, "en_US");
  fixture->doc = weft_doc_new ();
  fixture->text = weft_doc_get_text (fixture->doc, "quill");
  if (data != NULL)
    weft_text_insert (fixture->text, 0, data, -1, NULL);
  fixture->binding = weft_note_binding_new (fixture->doc, fixture->text);
  fixture->buffer = weft_note_binding_get_buffer (fixture->binding);
  fixture->view = GTK_TEXT_VIEW (g_object_ref_sink (gtk_text_view_new_with_buffer (fixture->buffer)));
  fixture->menu = g_menu_new ();
  fixture->spelling = weft_note_spelling_new (fixture->view, fixture->binding, fixture->menu);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  if (fixture->skip)
    return;

  weft_note_spelling_free (fixture->spelling);
  g_assert_cmpint (g_menu_model_get_n_items (G_MENU_MODEL (fixture->menu)), ==, 0);
  g_clear_object (&fixture->menu);
  g_clear_object (&fixture->view);
  g_clear_object (&fixture->binding);
  g_clear_pointer (&fixture->doc, weft_doc_free);
}

/* As when these lines are drawn, until there is nothing left to be done. */
static void
see (Fixture *fixture,
     int      first,
     int      last)
{
  weft_note_spelling_saw (fixture->spelling, first, last);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
take_wrong_cb (GtkTextTag *tag,
               gpointer    user_data)
{
  PangoUnderline underline;

  g_object_get (tag, "underline", &underline, NULL);
  if (underline == PANGO_UNDERLINE_ERROR)
    *(GtkTextTag **) user_data = tag;
}

/* Joined with "|" */
static char *
dup_underlined (Fixture *fixture)
{
  GString *said = g_string_new (NULL);
  GtkTextTag *wrong = NULL;
  GtkTextIter iter;

  gtk_text_tag_table_foreach (gtk_text_buffer_get_tag_table (fixture->buffer), take_wrong_cb, &wrong);
  gtk_text_buffer_get_start_iter (fixture->buffer, &iter);
  while (gtk_text_iter_has_tag (&iter, wrong) || gtk_text_iter_forward_to_tag_toggle (&iter, wrong))
    {
      GtkTextIter start = iter;
      g_autofree char *word = NULL;

      gtk_text_iter_forward_to_tag_toggle (&iter, wrong);
      word = gtk_text_iter_get_slice (&start, &iter);
      g_string_append_printf (said, "%s%s", said->len > 0 ? "|" : "", word);
    }

  return g_string_free (said, FALSE);
}

static void
assert_underlined (Fixture    *fixture,
                   const char *expected)
{
  g_autofree char *said = NULL;
  GError *error = NULL;

  see (fixture, 0, gtk_text_buffer_get_line_count (fixture->buffer));
  said = dup_underlined (fixture);
  g_assert_cmpstr (said, ==, expected);
  weft_note_binding_check (fixture->binding, &error);
  g_assert_no_error (error);
}

static void
put_caret (Fixture *fixture,
           int      offset)
{
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &iter, offset);
  gtk_text_buffer_place_cursor (fixture->buffer, &iter);
}

static void
type (Fixture    *fixture,
      const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    gtk_text_buffer_insert_interactive_at_cursor (fixture->buffer, p, g_utf8_next_char (p) - p, TRUE);
}

static void
format (Fixture    *fixture,
        int         start,
        int         end,
        const char *json)
{
  g_autoptr(WeftAny) attributes = weft_any_from_json (json, -1, NULL);
  GtkTextIter from, to;

  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &from, start);
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &to, end);
  weft_note_binding_format (fixture->binding, &from, &to, attributes);
}

static void
test_typing (Fixture      *fixture,
             gconstpointer data)
{
  if (fixture->skip)
    return;

  /* What one is about to write is nobody's mistake yet. */
  type (fixture, "Thsi");
  assert_underlined (fixture, "");
  type (fixture, " is");
  assert_underlined (fixture, "Thsi");

  /* Who goes back and mends it has it mended at once; who leaves it wrong is told on leaving. */
  put_caret (fixture, 4);
  type (fixture, "s");
  assert_underlined (fixture, "");
  put_caret (fixture, 7);
  assert_underlined (fixture, "Thsis");
}

static void
test_exempt (Fixture      *fixture,
             gconstpointer data)
{
  g_autoptr(WeftAny) code = weft_any_from_json ("{\"code-block\":true}", -1, NULL);
  g_autoptr(WeftAny) plain = weft_any_from_json ("{\"code-block\":null}", -1, NULL);
  g_autoptr(WeftAny) embed = weft_any_from_json ("{\"divider\":true}", -1, NULL);
  GtkTextIter iter;

  if (fixture->skip)
    return;

  assert_underlined (fixture, "wrnog|allso");
  format (fixture, 3, 8, "{\"code\":true}");
  assert_underlined (fixture, "allso");
  format (fixture, 3, 8, "{\"code\":null}");
  format (fixture, 12, 17, "{\"link\":\"https://example.com\"}");
  assert_underlined (fixture, "wrnog");
  format (fixture, 12, 17, "{\"link\":null}");
  weft_note_binding_format_lines (fixture->binding, 0, 0, code);
  assert_underlined (fixture, "allso");
  weft_note_binding_format_lines (fixture->binding, 0, 0, plain);
  assert_underlined (fixture, "wrnog|allso");

  /* An embed parts two words, and one letter is none. */
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &iter, 4);
  weft_note_binding_insert_embed (fixture->binding, &iter, embed, NULL);
  assert_underlined (fixture, "rnog|allso");
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &iter, 0);
  weft_note_binding_insert_embed (fixture->binding, &iter, embed, NULL);
  assert_underlined (fixture, "rnog|allso");
}

/* Other people's words are looked at like one's own, but nobody waits for them to end. */
static void
test_others (Fixture      *fixture,
             gconstpointer data)
{
  if (fixture->skip)
    return;

  put_caret (fixture, 2);
  weft_text_insert (fixture->text, 9, "allso ", -1, NULL);
  assert_underlined (fixture, "wrnog|allso");
  weft_text_delete (fixture->text, 3, 6);
  assert_underlined (fixture, "allso");
}

/* Of a long note only what is in sight, and a little around it. */
static void
test_sight (Fixture      *fixture,
            gconstpointer data)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *said = NULL;
  guint n_before;

  if (fixture->skip)
    return;

  for (guint i = 0; i < N_LINES; i++)
    g_string_append (text, "A wrnog line\n");
  weft_text_insert (fixture->text, 0, text->str, -1, NULL);

  see (fixture, 1000, 1039);
  said = dup_underlined (fixture);
  n_before = (strlen (said) + 1) / strlen ("wrnog|");
  g_assert_cmpuint (n_before, >=, 40);
  g_assert_cmpuint (n_before, <=, 40 * 3);
  g_clear_pointer (&said, g_free);

  /* Where one was it stays underlined. */
  see (fixture, 2000, 2039);
  said = dup_underlined (fixture);
  g_assert_cmpuint ((strlen (said) + 1) / strlen ("wrnog|"), ==, 2 * n_before);
}

/* No more of a paragraph than the toolkit can bear. */
static void
test_long_line (Fixture      *fixture,
                gconstpointer data)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *said = NULL;
  guint n;

  if (fixture->skip)
    return;

  for (guint i = 0; i < 4000; i++)
    g_string_append (text, "wrnog ");
  weft_text_insert (fixture->text, 0, text->str, -1, NULL);
  see (fixture, 0, 0);
  said = dup_underlined (fixture);
  n = (strlen (said) + 1) / strlen ("wrnog|");
  g_assert_cmpuint (n, >=, 5000 / strlen ("wrnog "));
  g_assert_cmpuint (n, <=, 8000 / strlen ("wrnog "));
}

/* The menu */

static GMenuModel *
get_corrections (Fixture *fixture)
{
  return g_menu_model_get_item_link (G_MENU_MODEL (fixture->menu), 0, G_MENU_LINK_SECTION);
}

static void
open_menu_at (Fixture *fixture,
              int      offset)
{
  g_autoptr(GMenuModel) corrections = get_corrections (fixture);

  put_caret (fixture, offset);
  weft_note_spelling_point (fixture->spelling);
  while (g_menu_model_get_n_items (corrections) == 0)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
activate (Fixture    *fixture,
          const char *action,
          const char *target)
{
  return gtk_widget_activate_action_variant (GTK_WIDGET (fixture->view), action,
                                             target != NULL ? g_variant_new_string (target) : NULL);
}

static void
test_menu (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *said = NULL;
  gboolean found = FALSE;

  if (fixture->skip)
    return;

  assert_underlined (fixture, "wrnog|yess");
  open_menu_at (fixture, 4);
  {
    g_autoptr(GMenuModel) corrections = get_corrections (fixture);

    for (int i = 0; i < g_menu_model_get_n_items (corrections); i++)
      {
        g_autofree char *label = NULL;

        g_menu_model_get_item_attribute (corrections, i, G_MENU_ATTRIBUTE_LABEL, "s", &label);
        found = found || g_str_equal (label, "wrong");
      }
  }
  g_assert_true (found);
  activate (fixture, "spelling.correct", "wrong");
  said = weft_text_to_string (fixture->text);
  g_assert_cmpstr (said, ==, "Is wrong or yess\nnot");
  assert_underlined (fixture, "yess");

  /* Behind the last letter is at the word; what is ignored is so until the program ends. */
  put_caret (fixture, 12);
  type (fixture, "Blorft ");
  assert_underlined (fixture, "Blorft|yess");
  open_menu_at (fixture, 18);
  activate (fixture, "spelling.ignore", NULL);
  assert_underlined (fixture, "yess");

  put_caret (fixture, 0);
  type (fixture, "Weftly ");
  assert_underlined (fixture, "Weftly|yess");
  open_menu_at (fixture, 2);
  activate (fixture, "spelling.add", NULL);
  assert_underlined (fixture, "yess");

  /* A word that is right has nothing in the menu. */
  put_caret (fixture, 8);
  weft_note_spelling_point (fixture->spelling);
  {
    g_autoptr(GMenuModel) corrections = get_corrections (fixture);

    g_assert_cmpint (g_menu_model_get_n_items (corrections), ==, 0);
  }
}

/* The menu is open, and somebody changes the word: then it is not replaced. */
static void
test_menu_late (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *said = NULL;

  if (fixture->skip)
    return;

  assert_underlined (fixture, "wrnog|yess");
  open_menu_at (fixture, 4);
  weft_text_delete (fixture->text, 4, 2);
  activate (fixture, "spelling.correct", "wrong");
  said = weft_text_to_string (fixture->text);
  g_assert_cmpstr (said, ==, "Is wog or yess\nnot");
}

/* After any edits the same is underlined as where nothing was known before. */
static void
test_random (Fixture      *fixture,
             gconstpointer data)
{
  static const char *const pieces[] = { "wrnog", " ", "right", "\n", "teh ", "https://", "@", "'", "a", "é ", "中文" };
  static const char *const formats[] = { "{\"code\":true}", "{\"code\":null}", "{\"link\":\"weft:x\"}", "{\"link\":null}",
                                         "{\"bold\":true}" };
  g_autoptr(GRand) rand = g_rand_new_with_seed (SEED);

  if (fixture->skip)
    return;

  for (guint i = 0; i < N_EDITS; i++)
    {
      g_autofree char *kept = NULL;
      g_autofree char *fresh = NULL;
      int n = gtk_text_buffer_get_char_count (fixture->buffer) - 1;
      int at = g_rand_int_range (rand, 0, n + 1), to = MIN (n, at + g_rand_int_range (rand, 0, 8));
      GtkTextIter a, b;

      gtk_text_buffer_get_iter_at_offset (fixture->buffer, &a, at);
      gtk_text_buffer_get_iter_at_offset (fixture->buffer, &b, to);
      switch (g_rand_int_range (rand, 0, 5))
        {
        case 0:
          gtk_text_buffer_delete (fixture->buffer, &a, &b);
          break;
        case 1:
          format (fixture, at, to, formats[g_rand_int_range (rand, 0, G_N_ELEMENTS (formats))]);
          break;
        case 2:
          put_caret (fixture, at);
          G_GNUC_FALLTHROUGH;
        default:
          gtk_text_buffer_insert (fixture->buffer, &a, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))], -1);
          break;
        }
      if (i % 3 == 0)
        see (fixture, 0, g_rand_int_range (rand, 0, 6));
      if (i % 10 != 0)
        continue;

      /* From one end to the other: it is left, whichever word was being written. */
      put_caret (fixture, 0);
      put_caret (fixture, gtk_text_buffer_get_char_count (fixture->buffer) - 1);
      see (fixture, 0, gtk_text_buffer_get_line_count (fixture->buffer));
      kept = dup_underlined (fixture);
      weft_note_spelling_free (fixture->spelling);
      fixture->spelling = weft_note_spelling_new (fixture->view, fixture->binding, fixture->menu);
      see (fixture, 0, gtk_text_buffer_get_line_count (fixture->buffer));
      fresh = dup_underlined (fixture);
      if (!g_str_equal (kept, fresh))
        g_test_message ("after edit %u", i);
      g_assert_cmpstr (kept, ==, fresh);
    }
}
#endif

static void
remove_folder (const char *path)
{
  g_autoptr(GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_remove (file);
    }
  g_rmdir (path);
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *dictionaries = g_dir_make_tmp ("weft-spelling-XXXXXX", NULL);
  int result;

  /* Words that are added are nobody's. */
  g_setenv ("ENCHANT_CONFIG_DIR", dictionaries, TRUE);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  gtk_source_init ();

  for (guint i = 0; i < G_N_ELEMENTS (words_of); i++)
    {
      g_autofree char *path = g_strdup_printf ("/app/note/spelling/words/%u", i);

      g_test_add_data_func (path, &words_of[i], test_words);
    }
#ifdef WEFT_HAVE_SPELLING
  static const char wrong[] = "Is wrnog or yess\nnot";

  g_test_add ("/app/note/spelling/typing", Fixture, NULL, set_up, test_typing, tear_down);
  g_test_add ("/app/note/spelling/exempt", Fixture, "Is wrnog\nor allso\nnot", set_up, test_exempt, tear_down);
  g_test_add ("/app/note/spelling/others", Fixture, "Is wrnog or\nnot", set_up, test_others, tear_down);
  g_test_add ("/app/note/spelling/sight", Fixture, NULL, set_up, test_sight, tear_down);
  g_test_add ("/app/note/spelling/long-line", Fixture, NULL, set_up, test_long_line, tear_down);
  g_test_add ("/app/note/spelling/menu", Fixture, wrong, set_up, test_menu, tear_down);
  g_test_add ("/app/note/spelling/menu-late", Fixture, wrong, set_up, test_menu_late, tear_down);
  g_test_add ("/app/note/spelling/random", Fixture, "One two wrnog", set_up, test_random, tear_down);
#endif

  result = g_test_run ();
  remove_folder (dictionaries);

  return result;
}
