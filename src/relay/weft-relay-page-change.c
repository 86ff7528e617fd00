/* weft-relay-page-change.c - what calls do to the pages of a notebook
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-page-change.h"

#include "notebook/weft-notebook-doc.h"
#include "relay/weft-relay-room.h"

typedef struct
{
  WeftRelayCall       *call; /* borrowed */
  WeftRelayVisitedFunc done;
  gpointer             data;
} Change;

static void
edit_cb (WeftDoc *doc,
         gpointer user_data)
{
  WeftRelayCall *call = user_data;
  WeftNotebookDoc *notebook = weft_notebook_doc_new (doc);
  WeftPageId page;

  if (weft_page_id_parse (&page, call->page))
    switch (call->page_change)
      {
      case WEFT_RELAY_PAGE_CREATE:
        weft_notebook_doc_add_page (notebook, &page, &weft_page_id_root, WEFT_PAGE_LAST, WEFT_PROFILE_BOARD,
                                    call->page_name, call->now_ms);
        break;
      case WEFT_RELAY_PAGE_RENAME:
        weft_notebook_doc_set_string (notebook, &page, WEFT_PAGE_TITLE, call->page_name);
        break;
      case WEFT_RELAY_PAGE_TRASH:
        weft_notebook_doc_trash (notebook, &page);
        break;
      case WEFT_RELAY_PAGE_RESTORE:
        weft_notebook_doc_restore (notebook, &page);
        break;
      case WEFT_RELAY_PAGE_KEEP:
        break;
      }

  weft_notebook_doc_free (notebook);
}

/* On the room's thread. */
static gboolean
visit_cb (WeftRelayRoom *room,
          gpointer       data,
          GError       **error)
{
  Change *change = data;

  if (weft_relay_room_edit (room, NULL, edit_cb, change->call))
    return TRUE;

  if (weft_relay_room_get_read_only (room) != NULL)
    {
      g_set_error_literal (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_FORBIDDEN,
                           weft_relay_room_get_read_only (room));
      return FALSE;
    }
  g_set_error_literal (error, WEFT_RELAY_AUTH_ERROR, WEFT_RELAY_AUTH_ERROR_LATER, "The notebook is full.");
  return FALSE;
}

static void
visited_cb (const GError *error,
            gpointer      data)
{
  Change *change = data;

  change->done (error, change->data);
}

void
weft_relay_page_change_make (WeftRelayPool       *pool,
                             WeftRelayCall       *call,
                             WeftRelayVisitedFunc done,
                             gpointer             data)
{
  Change *change = g_new0 (Change, 1);

  change->call = call;
  change->done = done;
  change->data = data;
  weft_relay_pool_visit (pool, call->page_workspace, visit_cb, visited_cb, change, g_free);
}
