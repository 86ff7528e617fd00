/* peek.c - prints what is in a notebook file, for the end-to-end tests
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: weft-peek FILE. FILE must not be in use: the tests copy it first. Prints one JSON object:
 * {"pages": {title: {"kind", "id", "parent", "trashed", "text", "board"}}, "conflicts": [id]}, where text
 * is a delta and board an object of elements.
 */

#include "config.h"

#include <gio/gio.h>
#include <stdio.h>

#include "crdt/weft-type.h"
#include "notebook/weft-conflicts.h"
#include "notebook/weft-notebook-doc.h"
#include "store/weft-store.h"

static void
keep_result_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static GAsyncResult *
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

static WeftDoc *
load (WeftStore  *store,
      const char *room)
{
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  WeftDoc *doc = NULL;

  weft_store_load_doc_async (store, room, NULL, keep_result_cb, &result);
  doc = weft_store_load_doc_finish (store, wait_for (&result), NULL, &error);
  g_assert_no_error (error);

  return doc;
}

static void
add_string (WeftAny    *object,
            const char *key,
            const char *value)
{
  weft_any_object_take (object, key, weft_any_new_string (value ? value : ""));
}

static void
add_conflicts (WeftAny   *ids,
               GPtrArray *conflicts)
{
  for (guint i = 0; i < conflicts->len; i++)
    {
      const WeftConflict *conflict = g_ptr_array_index (conflicts, i);

      weft_any_array_take (ids, weft_any_new_string (conflict->id));
    }

  g_ptr_array_unref (conflicts);
}

static void
add_page (WeftStore        *store,
          WeftPageTree     *tree,
          const WeftPageId *notebook,
          const WeftPageId *page,
          WeftAny          *pages,
          WeftAny          *conflicts)
{
  WeftAny *entry = weft_any_new_object ();
  WeftPageIdText text;
  WeftPageId parent = weft_page_id_root;
  g_autofree char *room = weft_room_name_new (notebook, page);
  g_autoptr(WeftDoc) doc = load (store, room);
  g_autoptr(WeftUsers) users = weft_users_new (doc);
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (doc, "quill"));
  g_autofree char *json = weft_delta_to_json (delta);
  const char *title = weft_page_tree_get_string (tree, page, WEFT_PAGE_TITLE);

  add_string (entry, "id", weft_page_id_format (page, text));
  add_string (entry, "kind", weft_page_tree_get_string (tree, page, WEFT_PAGE_KIND));

  if (weft_page_tree_get_parent (tree, page, &parent))
    add_string (entry, "parent", weft_page_tree_get_string (tree, &parent, WEFT_PAGE_TITLE));

  weft_any_object_take (entry, "trashed",
                        weft_any_new_boolean (weft_page_tree_is_trashed (tree, page)));
  weft_any_object_take (entry, "text", weft_any_from_json (json, -1, NULL));
  weft_any_object_take (entry, "board", weft_type_to_any (weft_doc_get_map (doc, "board")));
  /* Others may have given it a title of another kind, or none. */
  weft_any_object_take (pages, title ? title : "", entry);
  add_conflicts (conflicts, weft_conflicts_list_elements (doc, users));
  add_conflicts (conflicts, weft_conflicts_list_lines (doc, users));
}

static void
add_below (WeftStore        *store,
           WeftPageTree     *tree,
           const WeftPageId *notebook,
           const WeftPageId *parent,
           WeftAny          *pages,
           WeftAny          *conflicts)
{
  for (guint i = 0; i < weft_page_tree_get_n_children (tree, parent); i++)
    {
      WeftPageId child;

      if (weft_page_tree_get_child (tree, parent, i, &child))
        {
          add_page (store, tree, notebook, &child, pages, conflicts);
          add_below (store, tree, notebook, &child, pages, conflicts);
        }
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr(GFile) file = g_file_new_for_path (argc > 1 ? argv[1] : "");
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftStore) store = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(WeftNotebookDoc) notebook = NULL;
  g_autoptr(WeftAny) object = weft_any_new_object ();
  WeftAny *pages = weft_any_new_object ();
  WeftAny *conflicts = weft_any_new_array ();
  WeftPageId id;
  g_autofree char *room = NULL;
  g_autofree char *json = NULL;

  weft_store_open_async (file, NULL, keep_result_cb, &result);
  store = weft_store_open_finish (wait_for (&result), &error);

  if (store == NULL)
    {
      g_printerr ("weft-peek: %s\n", error->message);
      return 1;
    }

  if (!weft_page_id_parse (&id, weft_store_get_setting (store, WEFT_STORE_NOTEBOOK_ID)))
    return 1;

  room = weft_room_name_new (&id, NULL);
  doc = load (store, room);
  notebook = weft_notebook_doc_new (doc);
  add_below (store, weft_notebook_doc_get_tree (notebook), &id, &weft_page_id_root, pages, conflicts);
  add_below (store, weft_notebook_doc_get_tree (notebook), &id, &weft_page_id_trash, pages, conflicts);
  add_conflicts (conflicts, weft_conflicts_list_pages (notebook, NULL));
  weft_any_object_take (object, "pages", pages);
  weft_any_object_take (object, "conflicts", conflicts);
  json = weft_any_to_json (object);
  /* UTF-8, whatever the locale. */
  puts (json);

  return 0;
}
