/* test-timeline.c - the versions of a page: who worked on it when
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-timeline.h"

#include "crdt/weft-snapshot-view.h"
#include "crdt/weft-type.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define START  G_GINT64_CONSTANT (1700000000000)

/* One document that two people write, and the log that a store would keep of it. */
typedef struct
{
  WeftDoc *doc;
  WeftDoc *docs[2];
  WeftUsers *users[2];
  WeftUsers *all;
  GArray *edits;
  gint64 now;
} Page;

static void
record_cb (WeftDoc         *doc,
           WeftTransaction *transaction,
           gpointer         user_data)
{
  Page *page = user_data;
  const WeftStateVector *before = weft_transaction_get_before_state (transaction);
  const WeftStateVector *after = weft_transaction_get_after_state (transaction);
  WeftDeleteSet *deletes = weft_transaction_get_delete_set (transaction);

  for (gsize i = 0; i < weft_state_vector_get_n_clients (after); i++)
    {
      WeftTimelineEdit edit = { .time = page->now };
      WeftClock to;

      weft_state_vector_get_entry (after, i, &edit.client, &to);
      edit.clock = weft_state_vector_get (before, edit.client);
      edit.length = to - edit.clock;
      if (edit.length > 0)
        g_array_append_val (page->edits, edit);
    }
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deletes); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deletes, i);
      WeftTimelineEdit edit = { range->client, range->clock, range->length, TRUE, page->now };

      g_array_append_val (page->edits, edit);
    }
}

static void
page_init (Page *page)
{
  static const char *const names[] = { "Ana · laptop", "Ben · phone" };
  const WeftDocObserver observer = { .transaction = record_cb };

  *page = (Page){ .doc = weft_doc_new (), .now = START };
  page->edits = g_array_new (FALSE, FALSE, sizeof (WeftTimelineEdit));
  page->all = weft_users_new (page->doc);
  for (guint i = 0; i < 2; i++)
    {
      page->docs[i] = weft_doc_new ();
      page->users[i] = weft_users_new (page->docs[i]);
      weft_users_set_user (page->users[i], names[i]);
    }
  weft_doc_add_observer (page->doc, &observer, page);
}

static void
page_clear (Page *page)
{
  for (guint i = 0; i < 2; i++)
    {
      weft_users_free (page->users[i]);
      weft_doc_free (page->docs[i]);
    }
  weft_users_free (page->all);
  weft_doc_free (page->doc);
  g_array_unref (page->edits);
}

static void
bring (WeftDoc *from,
       WeftDoc *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from, state);
  g_autoptr(GError) error = NULL;

  g_assert_true (weft_doc_apply_update (to, update, NULL, &error));
  g_assert_no_error (error);
}

/* @text at the end; %NULL takes the first character away. */
static void
edit (Page       *page,
      guint       who,
      gint64      at,
      const char *text)
{
  WeftType *type = weft_doc_get_text (page->docs[who], "quill");

  page->now = START + at;
  bring (page->doc, page->docs[who]);
  if (text != NULL)
    weft_text_insert (type, weft_type_get_length (type), text, -1, NULL);
  else
    weft_text_delete (type, 0, 1);
  weft_users_flush (page->users[who]);
  bring (page->docs[who], page->doc);
}

static WeftTimeline *
make_timeline (Page *page)
{
  return weft_timeline_new (page->doc, page->edits, page->all);
}

/* One line for each version: who, and what the page was then. */
static char *
describe (Page         *page,
          WeftTimeline *timeline)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < weft_timeline_get_n (timeline); i++)
    {
      const WeftVersion *version = weft_timeline_get (timeline, i);
      g_autoptr(WeftSnapshot) snapshot = weft_timeline_dup_snapshot (timeline, i);
      g_autofree char *text = weft_text_to_string_at (weft_doc_get_text (page->doc, "quill"), snapshot);

      for (guint k = 0; k < version->people->len; k++)
        g_string_append_printf (out, "%c", *(char *) version->people->pdata[k]);
      g_string_append_printf (out, ": %s\n", text);
    }

  return g_string_free (out, FALSE);
}

static void
assert_timeline (Page       *page,
                 const char *expected)
{
  g_autoptr(WeftTimeline) timeline = make_timeline (page);
  g_autofree char *is = describe (page, timeline);

  g_assert_cmpstr (is, ==, expected);
}

static void
test_turns (void)
{
  Page page;

  page_init (&page);
  edit (&page, 0, 0, "one");
  edit (&page, 0, 5 * SECOND, " two");
  edit (&page, 1, 7 * SECOND, " three");
  edit (&page, 1, 8 * SECOND, NULL);
  /* Together */
  edit (&page, 0, 20 * MINUTE, " a");
  edit (&page, 1, 20 * MINUTE + SECOND, " b");
  edit (&page, 0, 20 * MINUTE + 2 * SECOND, " c");
  edit (&page, 1, 20 * MINUTE + 3 * SECOND, " d");
  assert_timeline (&page, "A: one two\n"
                          "B: ne two three\n"
                          "AB: ne two three a b c d\n");
  page_clear (&page);
}

static void
test_pauses (void)
{
  Page page;

  page_init (&page);
  edit (&page, 0, 0, "1");
  edit (&page, 0, 4 * MINUTE, "2");
  edit (&page, 0, 10 * MINUTE, "3");
  assert_timeline (&page, "A: 12\nA: 123\n");
  page_clear (&page);
}

/* Who writes without a break gets a version now and then. */
static void
test_never_stops (void)
{
  Page page;
  g_autoptr(WeftTimeline) timeline = NULL;

  page_init (&page);
  for (guint i = 0; i < 60; i++)
    edit (&page, 0, i * MINUTE, "x");
  timeline = make_timeline (&page);
  g_assert_cmpuint (weft_timeline_get_n (timeline), >=, 4);
  g_assert_cmpuint (weft_timeline_get_n (timeline), <=, 8);
  page_clear (&page);
}

/* What was there before anything was noted is the first version; what was deleted then was never there. */
static void
test_before (void)
{
  Page page;
  g_autoptr(WeftTimeline) timeline = NULL;
  g_autofree char *is = NULL;

  page_init (&page);
  edit (&page, 0, 0, "old");
  edit (&page, 0, SECOND, NULL);
  g_array_set_size (page.edits, 0);
  edit (&page, 1, MINUTE, " new");
  timeline = make_timeline (&page);
  is = describe (&page, timeline);
  g_assert_cmpstr (is, ==, ": ld\nB: ld new\n");
  g_assert_cmpint (weft_timeline_get (timeline, 0)->from_ms, ==, 0);
  page_clear (&page);
}

/* Authorship is written into the page later; that is no version of it. */
static void
test_own_notes (void)
{
  Page page;

  page_init (&page);
  edit (&page, 0, 0, "text");
  page.now = START + 60 * MINUTE;
  weft_map_set (weft_doc_get_map (page.doc, "resolved"), "x", weft_any_new_boolean (TRUE));
  assert_timeline (&page, "A: text\n");
  g_array_set_size (page.edits, 0);
  page_clear (&page);
}

static void
test_empty (void)
{
  Page page;

  page_init (&page);
  assert_timeline (&page, "");
  page_clear (&page);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/notebook/timeline/turns", test_turns);
  g_test_add_func ("/notebook/timeline/pauses", test_pauses);
  g_test_add_func ("/notebook/timeline/never-stops", test_never_stops);
  g_test_add_func ("/notebook/timeline/before", test_before);
  g_test_add_func ("/notebook/timeline/own-notes", test_own_notes);
  g_test_add_func ("/notebook/timeline/empty", test_empty);

  return g_test_run ();
}
