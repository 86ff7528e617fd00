/* test-markdown.c - notes as Markdown, and back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include <glib.h>

#include "notebook/weft-markdown.h"
#include "support/test-seed.h"

typedef struct
{
  const char *path;
  const char *markdown;
  const char *json;  /* the note */
  const char *canon; /* written again; %NULL: as it was */
} Row;

static const Row rows[] = {
  { "paragraphs", "one\n\ntwo\n", "[{\"insert\":\"one\\ntwo\\n\"}]", NULL },
  { "soft-break", "one\ntwo\n", "[{\"insert\":\"one two\\n\"}]", "one two\n" },
  { "hard-break", "one  \ntwo\n", "[{\"insert\":\"one\\ntwo\\n\"}]", "one\n\ntwo\n" },
  { "heading", "## Plan\n\ntext\n",
    "[{\"insert\":\"Plan\"},{\"insert\":\"\\n\",\"attributes\":{\"header\":2}},{\"insert\":\"text\\n\"}]",
    NULL },
  { "marks", "a **b** *c* ~~d~~ `e` <u>f</u>\n",
    "[{\"insert\":\"a \"},{\"insert\":\"b\",\"attributes\":{\"bold\":true}},{\"insert\":\" \"},"
    "{\"insert\":\"c\",\"attributes\":{\"italic\":true}},{\"insert\":\" \"},"
    "{\"insert\":\"d\",\"attributes\":{\"strike\":true}},{\"insert\":\" \"},"
    "{\"insert\":\"e\",\"attributes\":{\"code\":true}},{\"insert\":\" \"},"
    "{\"insert\":\"f\",\"attributes\":{\"underline\":true}},{\"insert\":\"\\n\"}]",
    NULL },
  { "nested-marks", "**a *b* c**\n",
    "[{\"insert\":\"a \",\"attributes\":{\"bold\":true}},"
    "{\"insert\":\"b\",\"attributes\":{\"bold\":true,\"italic\":true}},"
    "{\"insert\":\" c\",\"attributes\":{\"bold\":true}},{\"insert\":\"\\n\"}]",
    "**a** ***b*** **c**\n" },
  { "link", "see [this **page**](https://a.b/c%20d)\n",
    "[{\"insert\":\"see \"},{\"insert\":\"this \",\"attributes\":{\"link\":\"https://a.b/c%20d\"}},"
    "{\"insert\":\"page\",\"attributes\":{\"bold\":true,\"link\":\"https://a.b/c%20d\"}},"
    "{\"insert\":\"\\n\"}]",
    "see [this](https://a.b/c%20d) [**page**](https://a.b/c%20d)\n" },
  { "bullets", "- a\n- b\n    - c\n- d\n",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}},{\"insert\":\"c\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\",\"indent\":1}},{\"insert\":\"d\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}}]",
    NULL },
  { "numbers", "1. a\n2. b\n",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"ordered\"}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"ordered\"}}]",
    NULL },
  { "checks", "- [ ] a\n- [x] b\n",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"unchecked\"}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"checked\"}}]",
    NULL },
  { "code", "```c\nint a;\n\n  b\n```\n",
    "[{\"insert\":\"int a;\"},{\"insert\":\"\\n\",\"attributes\":{\"code-block\":\"c\"}},"
    "{\"insert\":\"\\n\",\"attributes\":{\"code-block\":\"c\"}},{\"insert\":\"  b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"code-block\":\"c\"}}]",
    NULL },
  { "quote", "> a\n>\n> b\n",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"blockquote\":true}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"blockquote\":true}}]",
    NULL },
  { "image", "![a cat](cat.png)\n",
    "[{\"insert\":{\"image\":\"cat.png\"},\"attributes\":{\"alt\":\"a cat\"}},{\"insert\":\"\\n\"}]", NULL },
  { "divider", "a\n\n---\n\nb\n",
    "[{\"insert\":\"a\\n\"},{\"insert\":{\"divider\":true}},{\"insert\":\"\\nb\\n\"}]", NULL },
  { "table", "| a | b |\n|---|---|\n| 1 | 2 |\n", "[{\"insert\":\"a\\tb\\n1\\t2\\n\"}]", "a\tb\n\n1\t2\n" },
  { "entity", "a &amp; b &#x263A;\n", "[{\"insert\":\"a & b ☺\\n\"}]", "a & b ☺\n" },
  { "escapes", "\\# no heading\n\n1\\. no list\n\nsnake\\_case \\* \\`x\\`\n",
    "[{\"insert\":\"# no heading\\n1. no list\\nsnake_case * `x`\\n\"}]", NULL },
  { "empty", "", "[]", NULL },
  { "empty-item", "- \n- a\n",
    "[{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}},{\"insert\":\"a\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}}]",
    NULL },
};

static const WeftMarkdownOptions plain;

static void
test_row (gconstpointer data)
{
  const Row *row = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftDelta) wanted = weft_delta_from_json (row->json, -1, &error);
  g_autoptr(WeftDelta) delta = NULL;
  g_autoptr(WeftDelta) again = NULL;
  g_autofree char *json = NULL;
  g_autofree char *written = NULL;

  g_assert_no_error (error);
  delta = weft_markdown_read (row->markdown, -1, &plain, NULL, &error);
  g_assert_no_error (error);
  json = weft_delta_to_json (delta);

  if (!weft_delta_equal (delta, wanted))
    g_assert_cmpstr (json, ==, row->json);

  written = weft_markdown_write (delta, &plain);
  g_assert_cmpstr (written, ==, row->canon ? row->canon : row->markdown);

  again = weft_markdown_read (written, -1, &plain, NULL, &error);
  g_assert_no_error (error);

  /* Emphasis loses the spaces at its edges, and so does a table its cells; all else is the same. */
  if (row->canon == NULL)
    g_assert_true (weft_delta_equal (delta, again));
}

static void
test_title (void)
{
  const WeftMarkdownOptions options = { .take_title = TRUE };
  const WeftMarkdownOptions titled = { .title = "A & *B*" };
  g_autofree char *title = NULL;
  g_autofree char *front = NULL;
  g_autofree char *written = NULL;
  g_autoptr(WeftDelta) delta = weft_markdown_read ("# The *plan*\n\ntext\n", -1, &options, &title, NULL);
  g_autoptr(WeftDelta) matter
      = weft_markdown_read ("---\ntitle: \"Named\"\ntags: x\n---\ntext\n", -1, &options, &front, NULL);
  g_autofree char *json = weft_delta_to_json (delta);

  g_assert_cmpstr (title, ==, "The plan");
  g_assert_cmpstr (json, ==, "[{\"insert\":\"text\\n\"}]");
  g_assert_cmpstr (front, ==, "Named");
  g_assert_true (weft_delta_equal (delta, matter));

  written = weft_markdown_write (delta, &titled);
  g_assert_cmpstr (written, ==, "# A & \\*B\\*\n\ntext\n");
}

static char *
resolve_cb (const char *destination,
            gboolean    is_image,
            gboolean    is_wiki,
            gpointer    user_data)
{
  if (is_wiki)
    return g_strdup ("weft:page/wiki");

  return g_str_has_suffix (destination, ".md") ? g_strdup ("weft:page/x") : NULL;
}

static void
test_resolve (void)
{
  const WeftMarkdownOptions options = { .resolve = resolve_cb };
  g_autoptr(WeftDelta) delta
      = weft_markdown_read ("[a](b.md) [[Other page]] [c](d.txt)\n", -1, &options, NULL, NULL);
  g_autofree char *json = weft_delta_to_json (delta);

  g_assert_nonnull (strstr (json, "{\"insert\":\"a\",\"attributes\":{\"link\":\"weft:page/x\"}}"));
  g_assert_nonnull (strstr (json, "{\"insert\":\"Other page\",\"attributes\":{\"link\":\"weft:page/wiki\"}}"));
  g_assert_nonnull (strstr (json, "d.txt"));
}

/* Whatever bytes come, a note comes out, and what is written from it is stable. */
static void
test_garbage (void)
{
  static const char alphabet[] = "ab *_`#>-+1.[]()!<>\n\n\n  \t~|\\&;:/\"'{}=\xff\xc3\xa9";

  for (guint round = 0; round < 3000; round++)
    {
      char text[80];
      g_autoptr(WeftDelta) delta = NULL;
      g_autofree char *written = NULL;
      gsize n = g_test_rand_int_range (0, sizeof text);

      for (gsize i = 0; i < n; i++)
        text[i] = alphabet[g_test_rand_int_range (0, sizeof alphabet - 1)];

      delta = weft_markdown_read (text, n, &plain, NULL, NULL);
      g_assert_nonnull (delta);
      written = weft_markdown_write (delta, &plain);
      g_assert_true (g_utf8_validate (written, -1, NULL));
    }
}

int
main (int    argc,
      char **argv)
{
  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *path = g_strconcat ("/notebook/markdown/", rows[i].path, NULL);

      g_test_add_data_func (path, &rows[i], test_row);
    }

  g_test_add_func ("/notebook/markdown/title", test_title);
  g_test_add_func ("/notebook/markdown/resolve", test_resolve);
  g_test_add_func ("/notebook/markdown/garbage", test_garbage);

  return g_test_run ();
}
