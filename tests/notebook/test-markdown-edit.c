/* test-markdown-edit.c - a note changed to what a Markdown text says; and ties, whose card does that
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "notebook/weft-conflicts.h"
#include "notebook/weft-markdown-edit.h"
#include "notebook/weft-markdown.h"

static void
edit (WeftDoc    *doc,
      const char *markdown)
{
  g_autoptr(GError) error = NULL;

  weft_doc_begin (doc, NULL);
  g_assert_true (weft_markdown_edit (weft_doc_get_text (doc, "quill"), markdown, -1, &error));
  weft_doc_commit (doc);
  g_assert_no_error (error);
}

static char *
canonical (const char *markdown)
{
  static const WeftMarkdownOptions plain = { NULL };
  g_autoptr(WeftDelta) delta = weft_markdown_read (markdown, -1, &plain, NULL, NULL);
  g_autofree char *text = weft_markdown_write (delta, &plain);

  return g_strdup (strspn (text, "\n") == strlen (text) ? "" : text);
}

static void
assert_is (WeftDoc    *doc,
           const char *markdown)
{
  g_autofree char *is = weft_markdown_of (weft_doc_get_text (doc, "quill"));
  g_autofree char *wanted = canonical (markdown);

  g_assert_cmpstr (is, ==, wanted);
}

/* Bytes that go over the wire for one more edit. */
static gsize
cost (WeftDoc    *doc,
      const char *markdown)
{
  g_autoptr(WeftStateVector) before = weft_doc_get_state_vector (doc);
  g_autoptr(GBytes) update = NULL;

  edit (doc, markdown);
  assert_is (doc, markdown);
  update = weft_doc_encode_diff (doc, before);
  return g_bytes_get_size (update);
}

static void
test_small (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();

  edit (doc, "# Title\n\none\n\ntwo **bold** words\n\n- a\n- b\n");
  assert_is (doc, "# Title\n\none\n\ntwo **bold** words\n\n- a\n- b\n");
  g_assert_cmpuint (cost (doc, "# Title\n\none\n\ntwo **bold** Words\n\n- a\n- b\n"), <, 60);
  g_assert_cmpuint (cost (doc, "## Title\n\none\n\ntwo *bold* Words\n\n- a\n- b\n"), <, 200);
  g_assert_cmpuint (cost (doc, ""), <, 200);
}

/* A colour is not in the Markdown, and stays on the words that stay. */
static void
test_colour (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  WeftType *text = weft_doc_get_text (doc, "quill");
  g_autoptr(WeftAny) red = weft_any_from_json ("{\"color\":\"#ff0000\"}", -1, NULL);
  g_autoptr(WeftDelta) delta = NULL;
  g_autofree char *json = NULL;

  weft_text_insert (text, 0, "a red word", -1, NULL);
  weft_text_format (text, 2, 3, red);
  edit (doc, "a red Word and more\n\nnext\n");
  delta = weft_text_to_delta (text);
  json = weft_delta_to_json (delta);
  g_assert_nonnull (strstr (json, "{\"insert\":\"red\",\"attributes\":{\"color\":\"#ff0000\"}}"));
  assert_is (doc, "a red Word and more\n\nnext\n");
}

static void
test_lines (void)
{
  static const struct
  {
    const char *given;
    const char *is;
  } rows[] = {
    { "milk\neggs\n", "milk\n\neggs\n" },
    { "milk\r\neggs", "milk\n\neggs\n" },
    { "a **b\nc** d\n", "a **b**\n\n**c** d\n" },
    { "- a\n  b\n- c\n", "- a\n\nb\n\n- c\n" },
    { "> q\n> r\n", "> q\n>\n> r\n" },
    { "one\ntwo\n\nthree\n", "one\n\ntwo\n\nthree\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();
      g_autofree char *is = NULL;

      edit (doc, rows[i].given);
      is = weft_markdown_of (weft_doc_get_text (doc, "quill"));
      g_assert_cmpstr (is, ==, rows[i].is);

      /* What it is then says the same. */
      edit (doc, is);
      assert_is (doc, is);
    }
}

static char *
make_random (GRand *rand)
{
  static const char *const pieces[] = {
    "word ", "**bold** ", "other", "\n\n", "\n\n", "# Head\n\n", "- item\n", "1. first\n", "> quote\n\n", "- [ ] task\n",
    "`code` ", "\n\n```\nx = 1\n```\n\n", "[link](https://a.example) ", "\xf0\x9f\x99\x82", "\n\n---\n\n", "![p](weft:asset/ab) ", "*a*",
  };
  GString *text = g_string_new (NULL);

  for (int n = g_rand_int_range (rand, 0, 25); n > 0; n--)
    g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static void
test_random (void)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (20);

  for (guint i = 0; i < 400; i++)
    {
      g_autoptr(WeftDoc) doc = weft_doc_new ();

      for (guint k = 0; k < 4; k++)
        {
          g_autofree char *markdown = make_random (rand);
          g_autofree char *canon = canonical (markdown);

          /* What is not its own canonical form reads as something else the second time. */
          edit (doc, canon);
          assert_is (doc, canon);
        }
    }
}

static void
add_value (WeftDoc    *doc,
           const char *device,
           const char *value)
{
  g_autofree char *key = g_strconcat ("50/", device, NULL);
  g_autofree char *json = g_strdup_printf ("{\"timestamp\":50,\"device_id\":\"%s\",\"value\":\"%s\",\"time\":1000}", device, value);
  g_autoptr(WeftAny) entry = weft_any_from_json (json, -1, NULL);

  weft_map_set (weft_doc_get_map (doc, "collisions"), key, entry);
}

static void
test_tie (void)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GPtrArray) cards = NULL;
  g_autoptr(GPtrArray) left = NULL;
  WeftConflict *card;

  edit (doc, "by dev3");
  add_value (doc, "dev1", "by dev1");
  add_value (doc, "dev3", "by dev3");
  add_value (doc, "dev2", "by dev2");
  {
    g_autoptr(WeftAny) broken = weft_any_new_null ();

    weft_map_set (weft_doc_get_map (doc, "collisions"), "broken", broken);
  }
  cards = weft_conflicts_list_lines (doc, NULL);
  g_assert_cmpuint (cards->len, ==, 2);
  card = cards->pdata[0];
  g_assert_cmpint (card->kind, ==, WEFT_CONFLICT_TIE);
  g_assert_cmpstr (card->sides[0].person, ==, "dev3");
  g_assert_cmpstr (card->sides[1].person, ==, "dev1");
  g_assert_cmpint (card->sides[1].time_ms, ==, 1000);

  weft_conflict_settle_content (card, doc, NULL, TRUE, "Mei");
  assert_is (doc, "by dev1");
  weft_conflict_settle_content (cards->pdata[1], doc, NULL, FALSE, "Mei");
  assert_is (doc, "by dev1");
  left = weft_conflicts_list_lines (doc, NULL);
  g_assert_cmpuint (left->len, ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/markdown-edit/small", test_small);
  g_test_add_func ("/markdown-edit/colour", test_colour);
  g_test_add_func ("/markdown-edit/lines", test_lines);
  g_test_add_func ("/markdown-edit/random", test_random);
  g_test_add_func ("/markdown-edit/tie", test_tie);
  return g_test_run ();
}
