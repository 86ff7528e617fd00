/* weft-relay-pages.c - the pages that a notebook's own document names, for calls about boards
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-pages.h"

#include "notebook/weft-notebook-doc.h"
#include "relay/weft-relay-room.h"
#include "relay/weft-relay-visit.h"

/* What the names of boards may be; titles may be more, or nothing. */
#define MAX_NAME 200
#define UNTITLED "Untitled"

#define LIST_KNOWN  "SELECT id, name, deleted_ms FROM boards WHERE workspace_id = ?1"
#define RENAME      "UPDATE boards SET name = ?1, updated_ms = ?2 WHERE id = ?3"
#define SET_DELETED "UPDATE boards SET deleted_ms = ?1, updated_ms = ?2 WHERE id = ?3"
#define RESTORE     "UPDATE boards SET deleted_ms = NULL, updated_ms = ?1 WHERE id = ?2"
#define LIST_SHARED "SELECT user_id FROM board_members WHERE board_id = ?1"
#define FIND_ROOM   "SELECT m.workspace_id FROM workspace_members m JOIN workspaces w ON w.id = m.workspace_id" \
                    " JOIN rooms r ON r.name = m.workspace_id || '/' || ?2 WHERE m.user_id = ?1 AND w.deleted_ms IS NULL"

typedef struct
{
  WeftRelayPagesFunc done;
  gpointer           data;
  GPtrArray         *pages;
} Reading;

static void
page_free (gpointer data)
{
  WeftRelayPage *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

static void
reading_free (gpointer data)
{
  Reading *self = data;

  g_clear_pointer (&self->pages, g_ptr_array_unref);
  g_free (self);
}

/* --- in the notebook --- */

static char *
make_name (const char *title)
{
  g_autofree char *text = g_strstrip (g_strdup (title != NULL ? title : ""));

  if (g_utf8_strlen (text, -1) > MAX_NAME)
    return g_utf8_substring (text, 0, MAX_NAME);
  return g_strdup (*text != '\0' ? text : UNTITLED);
}

static void
add_page (GPtrArray        *pages,
          WeftPageTree     *tree,
          const WeftPageId *id,
          gboolean          trashed)
{
  g_autoptr(WeftAny) created = weft_page_tree_dup_property (tree, id, WEFT_PAGE_CREATED);
  double created_ms = created != NULL ? weft_any_get_number (created) : 0;
  WeftRelayPage *page = g_new0 (WeftRelayPage, 1);

  page->id = weft_page_id_to_string (id);
  page->name = make_name (weft_page_tree_get_string (tree, id, WEFT_PAGE_TITLE));
  page->trashed = trashed;
  page->created_ms = created_ms > 0 && created_ms < (double) G_MAXINT64 / 2 ? (gint64) created_ms : 0;
  g_ptr_array_add (pages, page);
}

static void
add_below (GPtrArray        *pages,
           WeftPageTree     *tree,
           const WeftPageId *top,
           gboolean          trashed)
{
  g_autoptr(GArray) above = g_array_new (FALSE, FALSE, sizeof (WeftPageId));

  g_array_append_val (above, *top);
  while (above->len > 0)
    {
      WeftPageId parent = g_array_index (above, WeftPageId, above->len - 1);
      WeftPageId child;

      g_array_set_size (above, above->len - 1);
      for (guint i = 0; weft_page_tree_get_child (tree, &parent, i, &child); i++)
        {
          add_page (pages, tree, &child, trashed);
          g_array_append_val (above, child);
        }
    }
}

/* On the room's thread. */
static gboolean
visit_cb (WeftRelayRoom *room,
          gpointer       data,
          GError       **error)
{
  Reading *self = data;
  WeftNotebookDoc *notebook = weft_notebook_doc_new (weft_relay_room_get_doc (room));
  WeftPageTree *tree = weft_notebook_doc_get_tree (notebook);

  add_below (self->pages, tree, &weft_page_id_root, FALSE);
  add_below (self->pages, tree, &weft_page_id_trash, TRUE);
  weft_notebook_doc_free (notebook);
  return TRUE;
}

static void
visited_cb (const GError *error,
            gpointer      data)
{
  Reading *self = data;

  self->done (error == NULL ? g_steal_pointer (&self->pages) : NULL, self->data);
}

void
weft_relay_pages_read (WeftRelayPool     *pool,
                       const char        *workspace,
                       WeftRelayPagesFunc done,
                       gpointer           data)
{
  Reading *self = g_new0 (Reading, 1);

  self->done = done;
  self->data = data;
  self->pages = g_ptr_array_new_with_free_func (page_free);
  weft_relay_pool_visit (pool, workspace, visit_cb, visited_cb, self, reading_free);
}

/* --- in the table --- */

static void
set_deleted (WeftRelayCall *call,
             WeftRelaySql  *sql,
             const char    *board)
{
  g_autoptr(WeftRelayRows) shared = weft_relay_sql_query (sql, LIST_SHARED, "s", board);

  weft_relay_sql_run (sql, SET_DELETED, "iis", call->now_ms, call->now_ms, board);
  for (guint i = 0; i < weft_relay_rows_get_n (shared); i++)
    weft_relay_call_recheck (call, weft_relay_rows_get_text (shared, i, 0));
}

/* Brings the boards of @workspace up to what call->pages says. What is not in there stays as it is. */
static void
store_pages (WeftRelayCall *call,
             WeftRelaySql  *sql,
             const char    *workspace)
{
  g_autoptr(WeftRelayRows) known = weft_relay_sql_query (sql, LIST_KNOWN, "s", workspace);
  g_autoptr(GHashTable) rows = g_hash_table_new (g_str_hash, g_str_equal); /* id -> row + 1 */

  for (guint i = 0; i < weft_relay_rows_get_n (known); i++)
    g_hash_table_insert (rows, (gpointer) weft_relay_rows_get_text (known, i, 0), GUINT_TO_POINTER (i + 1));

  for (guint i = 0; i < call->pages->len; i++)
    {
      const WeftRelayPage *page = call->pages->pdata[i];
      guint row = GPOINTER_TO_UINT (g_hash_table_lookup (rows, page->id));
      gboolean was_deleted = row > 0 && weft_relay_rows_get_text (known, row - 1, 2) != NULL;
      gboolean elsewhere;
      g_autofree char *owner = row == 0 ? weft_relay_accounts_dup_workspace_of (sql, page->id, &elsewhere) : NULL;

      /* A page names its own id: one that is another notebook's board stays that. */
      if (owner != NULL)
        continue;

      if (row == 0)
        weft_relay_accounts_put_board (sql, workspace, page->id, page->name, NULL,
                                       page->created_ms > 0 ? page->created_ms : call->now_ms, call->now_ms);
      else if (!g_str_equal (weft_relay_rows_get_text (known, row - 1, 1), page->name))
        weft_relay_sql_run (sql, RENAME, "sis", page->name, call->now_ms, page->id);

      if (page->trashed && !was_deleted)
        set_deleted (call, sql, page->id);
      else if (!page->trashed && was_deleted)
        weft_relay_sql_run (sql, RESTORE, "is", call->now_ms, page->id);
    }
}

gboolean
weft_relay_pages_know (WeftRelayCall *call,
                       WeftRelaySql  *sql,
                       const char    *workspace)
{
  if (call->pages != NULL)
    {
      store_pages (call, sql, workspace);
      return TRUE;
    }

  call->read_pages = g_strdup (workspace);
  return FALSE;
}

char *
weft_relay_pages_dup_workspace_of (WeftRelayCall *call,
                                   WeftRelaySql  *sql,
                                   const char    *id)
{
  g_autoptr(WeftRelayRows) rows = weft_relay_sql_query (sql, FIND_ROOM, "ss", call->user, id);
  WeftPageId page;

  if (weft_relay_rows_get_n (rows) != 1 || !weft_page_id_parse (&page, id))
    return NULL;
  return g_strdup (weft_relay_rows_get_text (rows, 0, 0));
}
