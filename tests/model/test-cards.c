/* test-cards.c - two people who were apart: the cards that both get, and what is new to one; with a real relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "model/model-support.h"
#include "model/relay-support.h"
#include "model/weft-conflict-item.h"
#include "notebook/weft-element.h"

typedef struct
{
  Fixture fixture;
  WeftNotebook *notebook;
  WeftDocument *document; /* the page, open; nullable */
} Person;

static void
person_open (Person     *person,
             Fixture    *fixture,
             const char *name,
             const char *notebook_id)
{
  g_autofree char *file = g_strconcat (name, ".weft", NULL);
  g_autofree char *path = g_build_filename (fixture->folder, file, NULL);
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  person->fixture.file = g_file_new_for_path (path);
  weft_notebook_open_async (person->fixture.file, notebook_id, NULL, keep_result_cb, &result);
  person->notebook = weft_notebook_open_finish (wait_for (&result), &error);
  g_assert_no_error (error);
  weft_notebook_set_user (person->notebook, name, name, "#3584e4");
}

static void
person_close (Person *person)
{
  g_clear_object (&person->document);
  close_notebook (person->notebook);
  g_object_unref (person->fixture.file);
}

static void
wait_for_cards (Person *person,
                guint   n)
{
  while (g_list_model_get_n_items (weft_notebook_get_conflicts (person->notebook)) != n)
    g_main_context_iteration (NULL, TRUE);
}

static WeftConflictItem *
get_card (Person *person)
{
  g_autoptr(WeftConflictItem) item = g_list_model_get_item (weft_notebook_get_conflicts (person->notebook), 0);

  g_assert_nonnull (item);
  return item;
}

static char *
dup_text (Person *person)
{
  return weft_text_to_string (weft_document_get_text (person->document));
}

static void
replace (Person     *person,
         const char *old,
         const char *new)
{
  WeftType *text = weft_document_get_text (person->document);
  g_autofree char *now = weft_text_to_string (text);
  const char *found = strstr (now, old);

  g_assert_nonnull (found);
  weft_doc_begin (weft_document_get_doc (person->document), NULL);
  weft_text_delete (text, (guint64) (found - now), strlen (old));
  weft_text_insert (text, (guint64) (found - now), new, -1, NULL);
  weft_doc_commit (weft_document_get_doc (person->document));
}

static void
wait_until_same (Person *a,
                 Person *b)
{
  for (;;)
    {
      g_autofree char *x = dup_text (a);
      g_autofree char *y = dup_text (b);

      if (strcmp (x, y) == 0)
        return;
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
set_offline (Person  *person,
             gboolean offline)
{
  weft_notebook_set_work_offline (person->notebook, offline);
}

static void
person_open_shared (Person     *person,
                    Fixture    *fixture,
                    const char *name,
                    const char *id,
                    Relay      *relay)
{
  person_open (person, fixture, name, id);
  g_assert_true (weft_notebook_set_relay (person->notebook, relay->address, NULL, NULL));
}

/* Bo opens Ana's notebook. Returns: (transfer none): Ana's @page as Bo has it */
static WeftPage *
join_page (Person   *ana,
           Person   *bo,
           Fixture  *fixture,
           Relay    *relay,
           WeftPage *page)
{
  const char *id = weft_page_get_id (page);

  wait_until_safe (ana->notebook);
  person_open_shared (bo, fixture, "bo", weft_notebook_get_id (ana->notebook), relay);
  while (weft_notebook_lookup_page (bo->notebook, id) == NULL)
    g_main_context_iteration (NULL, TRUE);

  return weft_notebook_lookup_page (bo->notebook, id);
}

/* Both were apart. Ana comes back first, and both get a card. */
static void
meet_and_collide (Person *ana,
                  Person *bo)
{
  set_offline (ana, FALSE);
  wait_until_safe (ana->notebook);
  set_offline (bo, FALSE);
  wait_for_cards (ana, 1);
  wait_for_cards (bo, 1);
}

/* Both get the card; keeping both settles it for both; undoing that brings it back to both; another choice
 * settles it for good. */
static void
test_line (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  Relay relay = { NULL };
  Person ana = { { NULL } };
  Person bo = { { NULL } };
  WeftPage *page, *bo_page;
  g_autofree char *kept = NULL;

  start_relay (&relay, relay_folder);
  person_open_shared (&ana, fixture, "ana", NULL, &relay);
  page = weft_notebook_create_page (ana.notebook, WEFT_PAGE_NOTE, "Plan", NULL, NULL);
  ana.document = open_document (ana.notebook, page);
  weft_text_insert (weft_document_get_text (ana.document), 0, "We meet on Monday\n", -1, NULL);
  bo_page = join_page (&ana, &bo, fixture, &relay, page);
  bo.document = open_document (bo.notebook, bo_page);
  wait_until_same (&ana, &bo);

  set_offline (&ana, TRUE);
  set_offline (&bo, TRUE);
  replace (&ana, "Monday", "Tuesday");
  replace (&bo, "Monday", "Friday");
  g_assert_cmpuint (g_list_model_get_n_items (weft_notebook_get_conflicts (ana.notebook)), ==, 0);
  meet_and_collide (&ana, &bo);
  wait_until_same (&ana, &bo);
  g_assert_cmpstr (weft_conflict_item_get_id (get_card (&ana)), ==, weft_conflict_item_get_id (get_card (&bo)));

  weft_notebook_resolve_conflict (ana.notebook, get_card (&ana), WEFT_KEEP_BOTH);
  wait_for_cards (&ana, 0);
  wait_for_cards (&bo, 0);
  g_assert_true (weft_document_undo (ana.document));
  wait_for_cards (&ana, 1);
  wait_for_cards (&bo, 1);

  kept = g_strdup (weft_conflict_item_get_other_value (get_card (&bo)));
  weft_notebook_resolve_conflict (bo.notebook, get_card (&bo), WEFT_KEEP_OTHER);
  wait_for_cards (&bo, 0);
  wait_for_cards (&ana, 0);
  wait_until_same (&ana, &bo);
  {
    g_autofree char *text = dup_text (&ana);

    g_strchomp (text);
    g_assert_cmpstr (text, ==, kept);
  }

  person_close (&bo);
  person_close (&ana);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

/* The same about a page's title, in the notebook doc: nothing else changes that would have somebody look. */
static void
test_title (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  Relay relay = { NULL };
  Person ana = { { NULL } };
  Person bo = { { NULL } };
  WeftPage *page, *bo_page;

  start_relay (&relay, relay_folder);
  person_open_shared (&ana, fixture, "ana", NULL, &relay);
  page = weft_notebook_create_page (ana.notebook, WEFT_PAGE_NOTE, "Plan", NULL, NULL);
  bo_page = join_page (&ana, &bo, fixture, &relay, page);

  set_offline (&ana, TRUE);
  set_offline (&bo, TRUE);
  weft_notebook_rename_page (ana.notebook, page, "Sketch");
  weft_notebook_rename_page (bo.notebook, bo_page, "Figure");
  meet_and_collide (&ana, &bo);
  g_assert_cmpstr (weft_conflict_item_get_id (get_card (&ana)), ==, weft_conflict_item_get_id (get_card (&bo)));
  weft_notebook_resolve_conflict (bo.notebook, get_card (&bo), WEFT_KEEP_THIS);
  wait_for_cards (&bo, 0);
  wait_for_cards (&ana, 0);

  person_close (&bo);
  person_close (&ana);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

static void
count_cb (guint *n)
{
  (*n)++;
}

static gboolean
stop_cb (gpointer done)
{
  *(gboolean *) done = TRUE;
  return G_SOURCE_REMOVE;
}

/* A page that was left stays open for a while. What others wrote in it meanwhile is news when one comes back to it,
 * and it is looked for once, not for as long as nobody looks. */
static void
test_left_page (Fixture      *fixture,
                gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  Relay relay = { NULL };
  Person ana = { { NULL } };
  Person bo = { { NULL } };
  WeftPage *page, *bo_page;
  guint n_changed = 0;
  gboolean done = FALSE;
  WeftDocument *left;

  start_relay (&relay, relay_folder);
  person_open_shared (&ana, fixture, "ana", NULL, &relay);
  page = weft_notebook_create_page (ana.notebook, WEFT_PAGE_NOTE, "Plan", NULL, NULL);
  ana.document = open_document (ana.notebook, page);
  weft_text_insert (weft_document_get_text (ana.document), 0, "We meet on Monday\n", -1, NULL);
  bo_page = join_page (&ana, &bo, fixture, &relay, page);
  bo.document = open_document (bo.notebook, bo_page);
  wait_until_same (&ana, &bo);

  g_signal_connect_swapped (ana.document, "notify::n-away", G_CALLBACK (count_cb), &n_changed);
  g_clear_object (&ana.document);
  set_offline (&ana, TRUE);
  replace (&bo, "Monday", "Friday");
  wait_until_safe (bo.notebook);
  set_offline (&ana, FALSE);
  while (n_changed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_timeout_add (300, stop_cb, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_changed, <=, 2);

  ana.document = open_document (ana.notebook, page);
  wait_until_same (&ana, &bo);
  g_assert_cmpuint (weft_document_get_n_away (ana.document), >, 0);
  weft_document_dismiss_away (ana.document);

  /* And what comes while one is connected, but elsewhere. */
  left = ana.document;
  g_clear_object (&ana.document);
  while (G_OBJECT (left)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  replace (&bo, "Friday", "Saturday");
  ana.document = left;
  wait_until_same (&ana, &bo);
  ana.document = open_document (ana.notebook, page);
  g_assert_true (ana.document == left);
  while (weft_document_get_n_away (ana.document) == 0)
    g_main_context_iteration (NULL, TRUE);

  person_close (&bo);
  person_close (&ana);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

static void
move_box (Person *person,
          double  x)
{
  g_autoptr(WeftAny) place = weft_any_new_object ();

  weft_any_object_take (place, "x", weft_any_new_number (x));
  g_assert_true (weft_element_update (weft_document_get_board (person->document), "box", place));
}

/* Two people move a shape: the card has it as each of them left it, which a picture tells. */
static void
test_shape (Fixture      *fixture,
            gconstpointer data)
{
  g_autofree char *relay_folder = g_dir_make_tmp ("weft-relay-XXXXXX", NULL);
  Relay relay = { NULL };
  Person ana = { { NULL } };
  Person bo = { { NULL } };
  WeftPage *page, *bo_page;

  start_relay (&relay, relay_folder);
  person_open_shared (&ana, fixture, "ana", NULL, &relay);
  page = weft_notebook_create_page (ana.notebook, WEFT_PAGE_BOARD, "Drawing", NULL, NULL);
  ana.document = open_document (ana.notebook, page);
  {
    g_autoptr(WeftAny) box
      = weft_any_from_json ("{\"type\": \"rectangle\", \"x\": 1, \"y\": 2, \"width\": 30, \"height\": 40}", -1, NULL);

    weft_element_create (weft_document_get_board (ana.document), "box", box);
  }
  bo_page = join_page (&ana, &bo, fixture, &relay, page);
  bo.document = open_document (bo.notebook, bo_page);
  while (!weft_map_has (weft_document_get_board (bo.document), "box"))
    g_main_context_iteration (NULL, TRUE);

  set_offline (&ana, TRUE);
  set_offline (&bo, TRUE);
  move_box (&ana, 100);
  move_box (&bo, 200);
  meet_and_collide (&ana, &bo);
  {
    g_autoptr(WeftConflictItem) item = g_list_model_get_item (weft_notebook_get_conflicts (ana.notebook), 0);
    const WeftAny *shapes[] = { weft_conflict_item_get_this_shape (item), weft_conflict_item_get_other_shape (item) };
    double places[2];

    for (guint i = 0; i < 2; i++)
      {
        g_assert_cmpstr (weft_any_get_string (weft_any_lookup (shapes[i], "type")), ==, "rectangle");
        g_assert_cmpfloat (weft_any_get_number (weft_any_lookup (shapes[i], "height")), ==, 40);
        places[i] = weft_any_get_number (weft_any_lookup (shapes[i], "x"));
      }
    g_assert_cmpfloat (MIN (places[0], places[1]), ==, 100);
    g_assert_cmpfloat (MAX (places[0], places[1]), ==, 200);
    g_assert_true (weft_conflict_item_is_seen (item));
  }

  person_close (&bo);
  person_close (&ana);
  stop_relay (&relay);
  remove_relay_folder (relay_folder);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/model/cards/line", Fixture, NULL, set_up, test_line, tear_down);
  g_test_add ("/model/cards/title", Fixture, NULL, set_up, test_title, tear_down);
  g_test_add ("/model/cards/shape", Fixture, NULL, set_up, test_shape, tear_down);
  g_test_add ("/model/cards/left-page", Fixture, NULL, set_up, test_left_page, tear_down);

  return g_test_run ();
}
