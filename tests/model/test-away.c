/* test-away.c - what others did while nobody looked: every change is told, once, whatever comes between
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The page and its store are real; the relay's part is played by hand, so that a look can be caught under way.
 */

#include "config.h"

#include "crdt/weft-type.h"
#include "model/model-support.h"
#include "model/weft-document-away-private.h"
#include "model/weft-notebook-private.h"

typedef struct
{
  WeftStore        *store;
  WeftLiveDoc      *live;
  WeftDocumentAway *away;
  WeftDoc          *other; /* somebody else's copy */
  guint             n_told;
} Scene;

static const WeftUser self_user = { (char *) "ana", (char *) "Ana", (char *) "#112233" };
static const WeftLiveDocFuncs no_funcs = { NULL };

static void
told_cb (gpointer away,
         gpointer user_data)
{
  ((Scene *) user_data)->n_told++;
}

static void
open_page (Scene   *scene,
           Fixture *fixture)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GAsyncResult) loaded = NULL;
  g_autoptr(GError) error = NULL;
  WeftDoc *doc;

  weft_store_open_async (fixture->file, NULL, keep_result_cb, &result);
  scene->store = weft_store_open_finish (wait_for (&result), &error);
  g_assert_no_error (error);
  weft_store_set_setting (scene->store, WEFT_STORE_RELAY, "ws://127.0.0.1:1");
  weft_store_load_doc_async (scene->store, "room", NULL, keep_result_cb, &loaded);
  doc = weft_store_load_doc_finish (scene->store, wait_for (&loaded), NULL, &error);
  g_assert_no_error (error);
  scene->live = weft_live_doc_new (scene->store, "room", doc, &no_funcs, NULL);
  weft_live_doc_set_user (scene->live, &self_user);
  scene->away = weft_document_away_new (scene->live, told_cb, scene);
}

static void
close_page (Scene *scene)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  weft_document_away_leave (scene->away);
  weft_document_away_free (scene->away);
  weft_live_doc_free (scene->live);
  weft_store_close_async (scene->store, NULL, keep_result_cb, &result);
  weft_store_close_finish (scene->store, wait_for (&result), &error);
  g_assert_no_error (error);
  g_clear_object (&scene->store);
}

static void
scene_init (Scene   *scene,
            Fixture *fixture)
{
  scene->other = weft_doc_new ();
  open_page (scene, fixture);
}

static void
scene_clear (Scene *scene)
{
  close_page (scene);
  weft_doc_free (scene->other);
}

/* All that has been begun is over: the store does things in their order, and so does a thread that is waited for. */
static void
settle (Scene *scene)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr(GAsyncResult) result = NULL;
      g_autoptr(WeftDoc) doc = NULL;

      weft_store_load_doc_async (scene->store, "room", NULL, keep_result_cb, &result);
      doc = weft_store_load_doc_finish (scene->store, wait_for (&result), NULL, NULL);
    }
  while (weft_document_away_is_looking (scene->away))
    g_main_context_iteration (NULL, TRUE);
}

/* Somebody else adds a line, and it arrives. */
static void
arrives (Scene      *scene,
         const char *line)
{
  WeftType *text = weft_doc_get_text (scene->other, "quill");
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (weft_live_doc_get_doc (scene->live));
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GError) error = NULL;

  weft_text_insert (text, weft_type_get_length (text), line, -1, NULL);
  update = weft_doc_encode_diff (scene->other, state);
  g_assert_true (weft_doc_apply_update (weft_live_doc_get_doc (scene->live), update, scene, &error));
  g_assert_no_error (error);
}

static void
assert_told (Scene      *scene,
             const char *before,
             const char *after)
{
  const GArray *others = weft_document_away_get_others (scene->away);
  const WeftChange *change;

  g_assert_cmpuint (others->len, ==, 1);
  change = weft_changes_get (weft_document_away_get_changes (scene->away), g_array_index (others, guint, 0));
  g_assert_cmpstr (weft_any_get_string (change->before), ==, before);
  g_assert_cmpstr (weft_any_get_string (change->after), ==, after);
}

static void
assert_nothing_told (Scene *scene)
{
  g_assert_cmpuint (weft_document_away_get_others (scene->away)->len, ==, 0);
}

/* The page was seen with one line in it, and then nobody looked. */
static void
see_a_line_and_go (Scene *scene)
{
  settle (scene);
  arrives (scene, "Seen\n");
  weft_document_away_synced (scene->away);
  settle (scene);
  assert_nothing_told (scene);
  weft_document_away_leave (scene->away);
}

/* A list is dismissed while something newer is being looked for: that is told then, and nothing twice. */
static void
test_dismissed_during_a_look (Fixture      *fixture,
                              gconstpointer data)
{
  Scene scene = { NULL };

  scene_init (&scene, fixture);
  see_a_line_and_go (&scene);
  arrives (&scene, "One\n");
  weft_document_away_synced (scene.away);
  settle (&scene);
  assert_told (&scene, "", "One");

  arrives (&scene, "Two\n");
  weft_document_away_synced (scene.away);
  g_assert_true (weft_document_away_is_looking (scene.away));
  weft_document_away_dismiss (scene.away);
  assert_nothing_told (&scene);
  settle (&scene);
  assert_told (&scene, "", "Two");

  weft_document_away_dismiss (scene.away);
  settle (&scene);
  assert_nothing_told (&scene);
  weft_document_away_enter (scene.away);
  settle (&scene);
  assert_nothing_told (&scene);
  scene_clear (&scene);
}

/* The page is left, and closed, before a look has ended: what it would have found is told at the next opening. */
static void
test_left_during_a_look (Fixture      *fixture,
                         gconstpointer data)
{
  Scene scene = { NULL };

  scene_init (&scene, fixture);
  see_a_line_and_go (&scene);
  arrives (&scene, "One\n");
  weft_document_away_synced (scene.away);
  g_assert_true (weft_document_away_is_looking (scene.away));
  close_page (&scene);
  open_page (&scene, fixture);
  settle (&scene);
  assert_told (&scene, "", "One");
  scene_clear (&scene);
}

/* A look that finds nothing takes nothing as seen that came after it began. */
static void
test_arrived_during_a_look (Fixture      *fixture,
                            gconstpointer data)
{
  Scene scene = { NULL };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(WeftDoc) doc = NULL;

  scene_init (&scene, fixture);
  see_a_line_and_go (&scene);
  weft_text_insert (weft_doc_get_text (weft_live_doc_get_doc (scene.live), "quill"), 0, "My own\n", -1, NULL);
  weft_document_away_synced (scene.away);
  g_assert_true (weft_document_away_is_looking (scene.away));

  /* The copy is made: what comes now is not on it. */
  weft_store_load_doc_async (scene.store, "room", NULL, keep_result_cb, &result);
  doc = weft_store_load_doc_finish (scene.store, wait_for (&result), NULL, NULL);
  arrives (&scene, "One\n");
  settle (&scene);
  assert_nothing_told (&scene);
  weft_document_away_enter (scene.away);
  settle (&scene);
  assert_told (&scene, "", "One");
  scene_clear (&scene);
}

/* Two looks at once: the newer one tells, and once. */
static void
test_two_looks (Fixture      *fixture,
                gconstpointer data)
{
  Scene scene = { NULL };
  guint n_told;

  scene_init (&scene, fixture);
  see_a_line_and_go (&scene);
  n_told = scene.n_told;
  arrives (&scene, "One\n");
  weft_document_away_synced (scene.away);
  arrives (&scene, "Two\n");
  weft_document_away_enter (scene.away);
  settle (&scene);
  assert_told (&scene, "", "One\nTwo");
  g_assert_cmpuint (scene.n_told, ==, n_told + 1);
  scene_clear (&scene);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/model/away/dismissed-during-a-look", test_dismissed_during_a_look);
  ADD ("/model/away/left-during-a-look", test_left_during_a_look);
  ADD ("/model/away/arrived-during-a-look", test_arrived_during_a_look);
  ADD ("/model/away/two-looks", test_two_looks);
#undef ADD

  return g_test_run ();
}
