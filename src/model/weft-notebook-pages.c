/* weft-notebook-pages.c - the page tree as pages and lists, and what people do to it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"
#include "model/weft-page-list.h"
#include "model/weft-page-private.h"

/* What is journalled of a title: this prefix and the page id name the entry. */
#define TITLE_PREFIX "title:"

static gint64
now_ms (void)
{
  return g_get_real_time () / 1000;
}

WeftPageTree *
weft_notebook_get_tree (WeftNotebook *self)
{
  return self->tree_doc != NULL ? weft_notebook_doc_get_tree (self->tree_doc) : self->outline_tree;
}

static gboolean
get_id (WeftPage   *page,
        WeftPageId *id)
{
  return weft_page_id_parse (id, weft_page_get_id (page));
}

static void
refresh_page (WeftNotebook     *self,
              WeftPage         *page,
              const WeftPageId *id)
{
  WeftPageTree *tree = weft_notebook_get_tree (self);

  weft_page_refresh (page, weft_page_tree_get_string (tree, id, WEFT_PAGE_TITLE),
                     weft_page_tree_get_string (tree, id, WEFT_PAGE_ICON),
                     weft_page_tree_get_string (tree, id, WEFT_PAGE_KIND),
                     weft_page_tree_is_trashed (tree, id),
                     weft_page_tree_get_n_children (tree, id) > 0);
}

WeftPage *
weft_notebook_ensure_page (WeftNotebook     *self,
                           const WeftPageId *id)
{
  WeftPageIdText text;
  WeftPage *page = g_hash_table_lookup (self->pages, weft_page_id_format (id, text));

  if (page == NULL)
    {
      page = weft_page_new (self, text);
      refresh_page (self, page, id);
      g_hash_table_insert (self->pages, g_strdup (text), page);
    }

  return page;
}

static void
children_changed_cb (WeftPageTree     *tree,
                     const WeftPageId *parent,
                     guint             position,
                     guint             n_removed,
                     guint             n_added,
                     gpointer          user_data)
{
  WeftNotebook *self = user_data;
  WeftPageIdText text;
  GListModel *list = g_hash_table_lookup (self->lists, weft_page_id_format (parent, text));
  WeftPage *page = g_hash_table_lookup (self->pages, text);

  if (list != NULL)
    g_list_model_items_changed (list, position, n_removed, n_added);

  if (page != NULL)
    refresh_page (self, page, parent);
}

static void
page_changed_cb (WeftPageTree     *tree,
                 const WeftPageId *id,
                 const char       *key,
                 gpointer          user_data)
{
  WeftNotebook *self = user_data;
  WeftPageIdText text;
  WeftPage *page = g_hash_table_lookup (self->pages, weft_page_id_format (id, text));

  if (page != NULL)
    refresh_page (self, page, id);

  if (g_strcmp0 (key, WEFT_PAGE_TITLE) == 0)
    weft_notebook_search_title_changed (self, text, weft_page_tree_get_string (tree, id, key));
}

/* What went to the trash or came back took what is below it along. Once for all moves: there may be a hundred
 * thousand of them. */
static void
committed_cb (WeftPageTree *tree,
              guint         n_moved,
              gpointer      user_data)
{
  WeftNotebook *self = user_data;
  GHashTableIter iter;
  gpointer value = NULL;

  if (n_moved == 0)
    return;

  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      WeftPageId id;

      if (get_id (value, &id)
          && weft_page_get_trashed (value) != weft_page_tree_is_trashed (tree, &id))
        refresh_page (self, value, &id);

      if (g_hash_table_size (self->offline_exceptions) > 0)
        weft_page_offline_changed (value);
    }
}

static void
info_changed_cb (WeftNotebookDoc *doc,
                 gpointer         user_data)
{
  WeftNotebook *self = user_data;
  g_autofree char *title = weft_notebook_doc_dup_title (doc);

  if (g_strcmp0 (self->title, title ? title : "") == 0)
    return;

  g_free (self->title);
  self->title = title ? g_steal_pointer (&title) : g_strdup ("");
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_TITLE);
}

static const WeftNotebookDocObserver doc_observer = {
  .tree = {
    .children_changed = children_changed_cb,
    .page_changed = page_changed_cb,
    .committed = committed_cb,
  },
  .edited = weft_notebook_page_edited_cb,
  .info_changed = info_changed_cb,
  .settling = weft_notebook_settling_cb,
};

void
weft_notebook_pages_init (WeftNotebook *self)
{
  self->pages = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->documents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->marked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* Once the notebook doc is there. */
void
weft_notebook_pages_attach (WeftNotebook *self)
{
  WeftPageIdText root;
  WeftPageIdText trash;

  self->roots = weft_notebook_list_children (self, weft_page_id_format (&weft_page_id_root, root));
  self->trash = weft_notebook_list_children (self, weft_page_id_format (&weft_page_id_trash, trash));
}

void
weft_notebook_pages_follow (WeftNotebook *self)
{
  weft_notebook_doc_set_observer (self->tree_doc, &doc_observer, self);
  info_changed_cb (self->tree_doc, self);
}

void
weft_notebook_refresh_pages (WeftNotebook *self)
{
  GHashTableIter iter;
  gpointer page = NULL;

  g_hash_table_iter_init (&iter, self->pages);
  while (g_hash_table_iter_next (&iter, NULL, &page))
    {
      WeftPageId id;

      /* One that was made meanwhile has what it was made with, until that is done. */
      if (get_id (page, &id) && weft_page_tree_contains (weft_notebook_get_tree (self), &id))
        refresh_page (self, page, &id);
    }
}

static void
forget_list_cb (gpointer  user_data,
                GObject  *where_the_object_was)
{
  WeftNotebook *self = user_data;
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, self->lists);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value == where_the_object_was)
      g_hash_table_iter_remove (&iter);

  g_object_unref (self);
}

GListModel *
weft_notebook_list_children (WeftNotebook *self,
                             const char   *page_id)
{
  WeftPageList *list = g_hash_table_lookup (self->lists, page_id);
  WeftPageId id;

  if (list != NULL)
    return G_LIST_MODEL (g_object_ref (list));

  if (!weft_page_id_parse (&id, page_id))
    g_return_val_if_reached (G_LIST_MODEL (g_list_store_new (WEFT_TYPE_PAGE)));

  list = weft_page_list_new (self, &id);
  g_hash_table_insert (self->lists, g_strdup (page_id), list);

  /* The two lists that the notebook owns must not keep it alive. */
  if (!weft_page_id_is_root (&id) && !weft_page_id_is_trash (&id))
    g_object_weak_ref (G_OBJECT (list), forget_list_cb, g_object_ref (self));

  return G_LIST_MODEL (list);
}

char *
weft_notebook_dup_room (WeftNotebook *self,
                        const char   *page_id)
{
  WeftPageId page;

  if (page_id == NULL)
    return weft_room_name_new (&self->id, NULL);

  if (!weft_page_id_parse (&page, page_id))
    return NULL;

  /* A page may name another room; the first versions of Weft never write one. */
  {
    const char *room
        = weft_page_tree_get_string (weft_notebook_get_tree (self), &page, WEFT_PAGE_ROOM);

    return room ? g_strdup (room) : weft_room_name_new (&self->id, &page);
  }
}

WeftPage *
weft_notebook_lookup_parent (WeftNotebook *self,
                             WeftPage     *page)
{
  WeftPageId id;
  WeftPageId parent;

  if (!get_id (page, &id)
      || !weft_page_tree_get_parent (weft_notebook_get_tree (self), &id, &parent)
      || weft_page_id_is_root (&parent) || weft_page_id_is_trash (&parent))
    return NULL;

  return weft_notebook_ensure_page (self, &parent);
}

GListModel *
weft_notebook_get_pages (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->roots;
}

GListModel *
weft_notebook_get_trash (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->trash;
}

WeftPage *
weft_notebook_lookup_page (WeftNotebook *self,
                           const char   *page_id)
{
  WeftPageId id;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  if (page_id == NULL || !weft_page_id_parse (&id, page_id) || weft_page_id_is_root (&id)
      || weft_page_id_is_trash (&id)
      || !weft_page_tree_contains (weft_notebook_get_tree (self), &id))
    return NULL;

  return weft_notebook_ensure_page (self, &id);
}

guint
weft_notebook_get_index (WeftNotebook *self,
                         WeftPage     *page)
{
  WeftPageId id;
  int index = -1;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), G_MAXUINT);
  g_return_val_if_fail (WEFT_IS_PAGE (page), G_MAXUINT);

  if (get_id (page, &id))
    index = weft_page_tree_get_index (weft_notebook_get_tree (self), &id);

  return index >= 0 ? (guint) index : G_MAXUINT;
}

/* --- What people do --- */

typedef enum
{
  EDIT_CREATE,
  EDIT_SET,
  EDIT_MOVE,
  EDIT_TRASH,
  EDIT_RESTORE,
} EditKind;

/* An edit that waits for the notebook doc. */
typedef struct
{
  EditKind kind;
  WeftPage *page;
  WeftPage *parent;  /* nullable */
  WeftPage *after;   /* nullable */
  const char *key;   /* static */
  char *text;
  guint index;
  WeftPageKind page_kind;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_object_unref (edit->page);
  g_clear_object (&edit->parent);
  g_clear_object (&edit->after);
  g_free (edit->text);
  g_free (edit);
}

static void add_page   (WeftNotebook *self,
                        WeftPage     *page,
                        WeftPageKind  kind,
                        const char   *title,
                        WeftPage     *parent,
                        WeftPage     *after);
static void set_string (WeftNotebook *self,
                        WeftPage     *page,
                        const char   *key,
                        const char   *value);

static void
do_edit (WeftNotebook *self,
         gpointer      data)
{
  Edit *edit = data;

  switch (edit->kind)
    {
    case EDIT_CREATE:
      add_page (self, edit->page, edit->page_kind, edit->text, edit->parent, edit->after);
      break;
    case EDIT_SET:
      set_string (self, edit->page, edit->key, edit->text);
      if (g_str_equal (edit->key, WEFT_PAGE_TITLE))
        weft_notebook_journal_title (self, edit->page, NULL);
      break;
    case EDIT_MOVE:
      weft_notebook_move_page (self, edit->page, edit->parent, edit->index);
      break;
    case EDIT_TRASH:
      weft_notebook_trash_page (self, edit->page);
      break;
    case EDIT_RESTORE:
      weft_notebook_restore_page (self, edit->page);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* Whether the edit has to wait. */
static gboolean
defer_edit (WeftNotebook *self,
            const Edit   *edit)
{
  Edit *copy = NULL;

  if (!weft_notebook_is_behind (self))
    return FALSE;

  copy = g_memdup2 (edit, sizeof *edit);
  g_object_ref (copy->page);
  if (copy->parent != NULL)
    g_object_ref (copy->parent);
  if (copy->after != NULL)
    g_object_ref (copy->after);
  copy->text = g_strdup (edit->text);
  weft_notebook_defer (self, do_edit, copy, edit_free);

  return TRUE;
}

static void
add_page (WeftNotebook *self,
          WeftPage     *page,
          WeftPageKind  kind,
          const char   *title,
          WeftPage     *parent,
          WeftPage     *after)
{
  WeftPageId id;
  WeftPageId parent_id = weft_page_id_root;
  WeftPageId after_id = *WEFT_PAGE_LAST;

  if (parent != NULL)
    get_id (parent, &parent_id);

  if (after != NULL)
    get_id (after, &after_id);

  if (get_id (page, &id))
    weft_notebook_doc_add_page (self->tree_doc, &id, &parent_id, &after_id, weft_page_kind_to_name (kind), title,
                                now_ms ());
}

WeftPage *
weft_notebook_create_page (WeftNotebook *self,
                           WeftPageKind  kind,
                           const char   *title,
                           WeftPage     *parent,
                           WeftPage     *after)
{
  WeftPageId id;
  WeftPage *page = NULL;
  Edit edit;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  if (self->reader)
    return NULL;

  weft_page_id_init_random (&id);
  page = weft_notebook_ensure_page (self, &id);
  edit = (Edit){ .kind = EDIT_CREATE, .page = page, .parent = parent, .after = after, .text = (char *) title,
                 .page_kind = kind };
  if (defer_edit (self, &edit))
    weft_page_refresh (page, title, NULL, weft_page_kind_to_name (kind), FALSE, FALSE);
  else
    add_page (self, page, kind, title, parent, after);

  return page;
}

static void
set_string (WeftNotebook *self,
            WeftPage     *page,
            const char   *key,
            const char   *value)
{
  WeftPageId id;

  if (!defer_edit (self, &(Edit){ .kind = EDIT_SET, .page = page, .key = key, .text = (char *) value })
      && get_id (page, &id))
    weft_notebook_doc_set_string (self->tree_doc, &id, key, value);
}

void
weft_notebook_rename_page (WeftNotebook *self,
                           WeftPage     *page,
                           const char   *title)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (self->reader)
    return;

  if (g_strcmp0 (weft_page_get_title (page), title) != 0)
    set_string (self, page, WEFT_PAGE_TITLE, title);

  /* One that waits for the notebook doc is kept until it is written. */
  weft_notebook_journal_title (self, page, weft_notebook_is_behind (self) ? title : NULL);
}

void
weft_notebook_journal_title (WeftNotebook *self,
                             WeftPage     *page,
                             const char   *title)
{
  g_autofree char *key = NULL;
  g_autoptr(GBytes) bytes = NULL;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (self->reader)
    return;

  key = g_strconcat (TITLE_PREFIX, weft_page_get_id (page), NULL);

  if (title != NULL)
    bytes = g_bytes_new (title, strlen (title));
  else if (weft_store_get_journal (self->store, key) == NULL)
    return;

  weft_store_set_journal (self->store, key, bytes);
}

void
weft_notebook_take_titles (WeftNotebook *self)
{
  g_auto(GStrv) keys = weft_store_list_journal (self->store);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      GBytes *bytes = NULL;
      WeftPage *page = NULL;

      if (!g_str_has_prefix (keys[i], TITLE_PREFIX))
        continue;

      /* Comes again when the notebook doc is there. */
      if (self->tree_doc == NULL)
        {
          weft_notebook_need_tree (self);
          return;
        }

      bytes = weft_store_get_journal (self->store, keys[i]);
      page = weft_notebook_lookup_page (self, keys[i] + strlen (TITLE_PREFIX));

      if (bytes != NULL && page != NULL)
        {
          gsize size = 0;
          const char *data = g_bytes_get_data (bytes, &size);
          g_autofree char *title = g_utf8_make_valid (data, size);

          weft_notebook_rename_page (self, page, title);
        }

      weft_store_set_journal (self->store, keys[i], NULL);
    }
}

void
weft_notebook_set_page_icon (WeftNotebook *self,
                             WeftPage     *page,
                             const char   *icon)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (self->reader)
    return;

  set_string (self, page, WEFT_PAGE_ICON, icon);
}

static void
get_id_or_root (WeftPage   *page,
                WeftPageId *id)
{
  *id = weft_page_id_root;

  if (page != NULL)
    get_id (page, id);
}

gboolean
weft_notebook_can_move (WeftNotebook *self,
                        WeftPage     *page,
                        WeftPage     *parent)
{
  WeftPageId id;
  WeftPageId parent_id;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), FALSE);
  g_return_val_if_fail (WEFT_IS_PAGE (page), FALSE);

  if (self->reader)
    return FALSE;

  get_id_or_root (parent, &parent_id);
  if (!get_id (page, &id))
    return FALSE;

  if (self->tree_doc == NULL)
    return weft_page_tree_contains (self->outline_tree, &id) && weft_page_tree_contains (self->outline_tree, &parent_id)
           && !weft_page_tree_is_below (self->outline_tree, &parent_id, &id);

  return weft_notebook_doc_can_move (self->tree_doc, &id, &parent_id);
}

void
weft_notebook_move_page (WeftNotebook *self,
                         WeftPage     *page,
                         WeftPage     *parent,
                         guint         index)
{
  WeftPageTree *tree = weft_notebook_get_tree (self);
  WeftPageId id;
  WeftPageId parent_id;
  WeftPageId after = *WEFT_PAGE_LAST;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (self->reader)
    return;

  if (!get_id (page, &id)
      || defer_edit (self, &(Edit){ .kind = EDIT_MOVE, .page = page, .parent = parent, .index = index }))
    return;

  get_id_or_root (parent, &parent_id);

  /* @index counts the siblings without the page itself. */
  if (index != G_MAXUINT && index > 0)
    {
      WeftPageId old_parent;
      guint at = index - 1;

      if (weft_page_tree_get_parent (tree, &id, &old_parent)
          && weft_page_id_equal (&old_parent, &parent_id)
          && weft_page_tree_get_index (tree, &id) <= (int) at)
        at++;

      if (!weft_page_tree_get_child (tree, &parent_id, at, &after))
        after = *WEFT_PAGE_LAST;
    }

  weft_notebook_doc_move (self->tree_doc, &id, &parent_id, index == 0 ? WEFT_PAGE_FIRST : &after);
}

void
weft_notebook_trash_page (WeftNotebook *self,
                          WeftPage     *page)
{
  WeftPageId id;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (self->reader)
    return;

  if (!defer_edit (self, &(Edit){ .kind = EDIT_TRASH, .page = page }) && get_id (page, &id)
      && weft_notebook_doc_trash (self->tree_doc, &id))
    g_signal_emit_by_name (self, "page-trashed", page);
}

void
weft_notebook_restore_page (WeftNotebook *self,
                            WeftPage     *page)
{
  WeftPageId id;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));

  if (self->reader)
    return;

  if (!defer_edit (self, &(Edit){ .kind = EDIT_RESTORE, .page = page }) && get_id (page, &id))
    weft_notebook_doc_restore (self->tree_doc, &id);
}

static void
mark_edited_later (WeftNotebook *self,
                   gpointer      data)
{
  WeftPageId id;

  if (weft_page_id_parse (&id, data))
    weft_notebook_doc_mark_edited (self->tree_doc, &id);
}

static void
mark_edited (WeftNotebook *self,
             const char   *page_id)
{
  WeftPageId id;

  if (self->tree_doc == NULL)
    weft_notebook_defer (self, mark_edited_later, g_strdup (page_id), g_free);
  else if (weft_page_id_parse (&id, page_id))
    weft_notebook_doc_mark_edited (self->tree_doc, &id);
}

/* The first edit of an interval tells the others that there is something to fetch. They may come before
 * the next one: so there is another mark at its end. */
void
weft_notebook_page_was_edited (WeftNotebook *self,
                               WeftPage     *page)
{
  const char *page_id = weft_page_get_id (page);

  if (self->relay != NULL)
    {
      char *room = weft_notebook_dup_room (self, page_id);

      g_hash_table_remove (self->unasked, room);
      g_hash_table_add (self->unsent, room);
    }

  if (g_hash_table_add (self->marked, g_strdup (page_id)))
    mark_edited (self, page_id);
  else
    g_hash_table_add (self->dirty, g_strdup (page_id));
}

void
weft_notebook_end_interval (WeftNotebook *self)
{
  g_autoptr(GHashTable) dirty = g_steal_pointer (&self->dirty);
  GHashTableIter iter;
  gpointer page_id = NULL;

  self->dirty = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_remove_all (self->marked);
  if (self->tree_doc != NULL)
    weft_notebook_doc_end_interval (self->tree_doc);

  g_hash_table_iter_init (&iter, dirty);
  while (g_hash_table_iter_next (&iter, &page_id, NULL))
    {
      mark_edited (self, page_id);
      g_hash_table_add (self->marked, g_strdup (page_id));
    }
}

static gboolean
matches (const char *title,
         char      **words)
{
  g_autofree char *folded = title ? g_utf8_casefold (title, -1) : NULL;

  if (folded == NULL)
    return FALSE;

  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (folded, words[i]) == NULL)
      return FALSE;

  return TRUE;
}

/* Walks the living tree in reading order, without recursion: a tree from outside may be deep. */
struct _WeftTitleWalk
{
  WeftNotebook *notebook; /* borrowed */
  char **words;
  GArray *stack; /* of TitleStep */
};

/* The children of one page, of which there may be a million: as far as they have been looked at. */
typedef struct
{
  WeftPageId parent;
  guint next;
} TitleStep;

WeftTitleWalk *
weft_title_walk_new (WeftNotebook *notebook,
                     const char   *query)
{
  WeftTitleWalk *self = g_new0 (WeftTitleWalk, 1);
  const TitleStep root = { .parent = weft_page_id_root };
  g_autofree char *folded = g_utf8_casefold (query, -1);

  self->notebook = notebook;
  self->words = g_strsplit_set (g_strstrip (folded), " \t", -1);
  self->stack = g_array_new (FALSE, FALSE, sizeof (TitleStep));
  g_array_append_val (self->stack, root);

  return self;
}

void
weft_title_walk_free (WeftTitleWalk *self)
{
  g_strfreev (self->words);
  g_array_unref (self->stack);
  g_free (self);
}

/* The next page that has the words, or %NULL: none in the next @max_pages, or (at @end) none at all. */
WeftPage *
weft_title_walk_next (WeftTitleWalk *self,
                      guint          max_pages,
                      gboolean      *end)
{
  WeftPageTree *tree = weft_notebook_get_tree (self->notebook);

  while (self->stack->len > 0 && max_pages-- > 0)
    {
      TitleStep *step = &g_array_index (self->stack, TitleStep, self->stack->len - 1);
      TitleStep below = { .next = 0 };

      if (!weft_page_tree_get_child (tree, &step->parent, step->next, &below.parent))
        {
          g_array_set_size (self->stack, self->stack->len - 1);
          continue;
        }

      step->next++;
      g_array_append_val (self->stack, below);
      if (matches (weft_page_tree_get_string (tree, &below.parent, WEFT_PAGE_TITLE), self->words))
        {
          *end = FALSE;
          return weft_notebook_ensure_page (self->notebook, &below.parent);
        }
    }

  *end = self->stack->len == 0;
  return NULL;
}

GListModel *
weft_notebook_search (WeftNotebook *self,
                      const char   *query)
{
  GListStore *results = g_list_store_new (WEFT_TYPE_PAGE);
  WeftTitleWalk *walk = NULL;
  WeftPage *page = NULL;
  gboolean end = FALSE;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), G_LIST_MODEL (results));

  walk = weft_title_walk_new (self, query);
  while (g_list_model_get_n_items (G_LIST_MODEL (results)) < WEFT_MAX_TITLES
         && (page = weft_title_walk_next (walk, G_MAXUINT, &end)) != NULL)
    g_list_store_append (results, page);
  weft_title_walk_free (walk);

  return G_LIST_MODEL (results);
}
