/* weft-notebook.h - a notebook: one file, its page tree, its people, its relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything here belongs to the main thread; what takes time happens on the store's thread and
 * comes back through `_async`/`_finish` pairs.
 *
 * Properties (all notify): "title", "sync-state", "n-waiting", "relay-url", "relay-host", "status-text",
 * "save-error", "n-conflicts", "notice", "read-only",
 * "search-progress".
 * Signals: "page-trashed" (WeftPage), for the undo toast.
 */

#pragma once

#include "model/weft-conflict-item.h"
#include "model/weft-document.h"
#include "model/weft-page.h"
#include "model/weft-person.h"
#include "model/weft-search-result.h"
#include "sync/weft-relay-account.h"

G_BEGIN_DECLS

#define WEFT_TYPE_NOTEBOOK (weft_notebook_get_type ())
G_DECLARE_FINAL_TYPE (WeftNotebook, weft_notebook, WEFT, NOTEBOOK, GObject)

/**
 * WeftSyncState:
 * @WEFT_SYNC_LOCAL: no relay is set: saved on this device
 * @WEFT_SYNC_OFFLINE: a relay is set and cannot be reached; "n-waiting" changes wait
 * @WEFT_SYNC_CONNECTING: on the way
 * @WEFT_SYNC_SENDING: connected, "n-waiting" changes are on their way
 * @WEFT_SYNC_SENT: all sent to a relay that gives no receipts
 * @WEFT_SYNC_SAFE: the relay said that it has everything
 * @WEFT_SYNC_DENIED: the relay refused us; "status-text" says why
 * @WEFT_SYNC_STUCK: connected, but the relay does not take something; "status-text" says why, and it is tried again
 */
typedef enum
{
  WEFT_SYNC_LOCAL,
  WEFT_SYNC_OFFLINE,
  WEFT_SYNC_CONNECTING,
  WEFT_SYNC_SENDING,
  WEFT_SYNC_SENT,
  WEFT_SYNC_SAFE,
  WEFT_SYNC_DENIED,
  WEFT_SYNC_STUCK,
} WeftSyncState;

GType           weft_sync_state_get_type          (void);
#define WEFT_TYPE_SYNC_STATE (weft_sync_state_get_type ())

/* The default notebook file: <user data dir>/weft/notebook.weft. (transfer full) */
GFile          *weft_notebook_default_file        (void);
/* The file that a joined notebook lives in: <user data dir>/weft/<id>.weft. (transfer full) */
GFile          *weft_notebook_file_for_id         (const char *notebook_id);

/* Opens @file, made with @notebook_id (nullable: a new random id) when it is not there. */
void            weft_notebook_open_async          (GFile               *file,
                                                   const char          *notebook_id,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
WeftNotebook   *weft_notebook_open_finish         (GAsyncResult        *result,
                                                   GError             **error);
/* Writes everything out and lets go of the file. */
void            weft_notebook_close_async         (WeftNotebook        *self,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
gboolean        weft_notebook_close_finish        (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   GError             **error);

const char     *weft_notebook_get_id              (WeftNotebook *self);
GFile          *weft_notebook_get_file            (WeftNotebook *self); /* (transfer none) */
/* Something worth telling, at opening (a damaged file was moved aside) or later: (nullable) */
const char     *weft_notebook_get_notice          (WeftNotebook *self);
const char     *weft_notebook_get_title           (WeftNotebook *self);
void            weft_notebook_set_title           (WeftNotebook *self,
                                                   const char   *title);

/* The tree. (transfer none): live lists of #WeftPage */
GListModel     *weft_notebook_get_pages           (WeftNotebook *self);
GListModel     *weft_notebook_get_trash           (WeftNotebook *self);
/* (transfer none) (nullable) */
WeftPage       *weft_notebook_lookup_page         (WeftNotebook *self,
                                                   const char   *page_id);
/* The place of @page among its siblings; G_MAXUINT where it has none. */
guint           weft_notebook_get_index           (WeftNotebook *self,
                                                   WeftPage     *page);
/* @parent %NULL: the top; @after %NULL: at the end. (transfer none) */
WeftPage       *weft_notebook_create_page         (WeftNotebook *self,
                                                   WeftPageKind  kind,
                                                   const char   *title,
                                                   WeftPage     *parent,
                                                   WeftPage     *after);
void            weft_notebook_rename_page         (WeftNotebook *self,
                                                   WeftPage     *page,
                                                   const char   *title);
/* A title that is being typed: on the disk within 100 ms, and taken up at the next start where no
 * weft_notebook_rename_page() followed. */
void            weft_notebook_journal_title       (WeftNotebook *self,
                                                   WeftPage     *page,
                                                   const char   *title);
void            weft_notebook_set_page_icon       (WeftNotebook *self,
                                                   WeftPage     *page,
                                                   const char   *icon);
/* Whether @page can go below @parent: not into itself. */
gboolean        weft_notebook_can_move            (WeftNotebook *self,
                                                   WeftPage     *page,
                                                   WeftPage     *parent);
/* @index among the children of @parent (%NULL: the top) without @page itself; G_MAXUINT: the end. */
void            weft_notebook_move_page           (WeftNotebook *self,
                                                   WeftPage     *page,
                                                   WeftPage     *parent,
                                                   guint         index);
void            weft_notebook_trash_page          (WeftNotebook *self,
                                                   WeftPage     *page);
void            weft_notebook_restore_page        (WeftNotebook *self,
                                                   WeftPage     *page);
gboolean        weft_notebook_undo_pages          (WeftNotebook *self,
                                                   WeftPage    **page);
gboolean        weft_notebook_redo_pages          (WeftNotebook *self,
                                                   WeftPage    **page);
/* As many pages are found at most. */
#define WEFT_MAX_FOUND 200
/* Pages that have every word of @query in their title or their text, titles first: a list of WeftSearchResult. */
void            weft_notebook_find_async          (WeftNotebook        *self,
                                                   const char          *query,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
GListModel     *weft_notebook_find_finish         (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   GError             **error);
/* How much of a large notebook was read: 1 when its pages are all there. Until then some are shown. Property
 * "loading-progress". */
double          weft_notebook_get_loading_progress (WeftNotebook *self);
/* How much of the notebook can be found by its text: 1 when all can. Property "search-progress". */
double          weft_notebook_get_search_progress (WeftNotebook *self);
/* Titles that contain every word of @query, best first. (transfer full): a list of #WeftPage */
GListModel     *weft_notebook_search              (WeftNotebook *self,
                                                   const char   *query);

/* The document of a page that is open or was so lately, which is there at once. (transfer full) (nullable) */
WeftDocument   *weft_notebook_lookup_document     (WeftNotebook *self,
                                                   WeftPage     *page);
/* The document of a page that was made just now: there is nothing to be read, so it is there at once, for what is typed
 * next. (transfer full) (nullable): %NULL once the notebook is closed */
WeftDocument   *weft_notebook_open_new_page       (WeftNotebook *self,
                                                   WeftPage     *page);
/* One #WeftDocument for a page at a time: a second call gives the same. */
void            weft_notebook_open_document_async (WeftNotebook        *self,
                                                   WeftPage            *page,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
WeftDocument   *weft_notebook_open_document_finish (WeftNotebook       *self,
                                                    GAsyncResult       *result,
                                                    GError            **error);

/* People. */
GListModel     *weft_notebook_get_people          (WeftNotebook *self); /* of #WeftPerson, ourselves first */
void            weft_notebook_set_user            (WeftNotebook *self,
                                                   const char   *id,
                                                   const char   *name,
                                                   const char   *color);
/* The page that we look at, told to the others. */
void            weft_notebook_set_current_page    (WeftNotebook *self,
                                                   WeftPage     *page);

/* Relay. @url: a y-websocket URL (ws:, wss:), or %NULL to stop syncing. @invite: (nullable): the token of an invite, to be
 * accepted there */
gboolean        weft_notebook_set_relay           (WeftNotebook *self,
                                                   const char   *url,
                                                   const char   *invite,
                                                   GError      **error);
WeftRelayAccount *weft_notebook_get_relay_account (WeftNotebook *self);
/* Property "relay-role". */
const char     *weft_notebook_get_relay_role      (WeftNotebook *self);
const char     *weft_notebook_get_relay_url       (WeftNotebook *self); /* "" where none */
const char     *weft_notebook_get_relay_host      (WeftNotebook *self); /* "" where none */
/* A link for others, `weft:join?...`; %NULL without a relay. (transfer full) */
char           *weft_notebook_dup_link            (WeftNotebook *self,
                                                   WeftPage     *page);
/* A person's own switch: stay offline though a relay is set. Property "work-offline". */
void            weft_notebook_set_work_offline    (WeftNotebook *self,
                                                   gboolean      offline);
gboolean        weft_notebook_get_work_offline    (WeftNotebook *self);
/* Whether a page (with @page %NULL: the notebook) is fetched before anybody opens it. Chosen for a page it holds for what
 * is below it too. A choice of this device; at first all is kept. Property "keep-offline". */
gboolean        weft_notebook_get_keep_offline    (WeftNotebook *self,
                                                   WeftPage     *page);
void            weft_notebook_set_keep_offline    (WeftNotebook *self,
                                                   WeftPage     *page,
                                                   gboolean      keep);
WeftSyncState   weft_notebook_get_sync_state      (WeftNotebook *self);
/* All that the relay has is here, but some of it builds on changes that neither has: somebody made them and was not heard of
 * since. */
gboolean        weft_notebook_lacks_changes       (WeftNotebook *self);
/* Changes as a person counts them: passages, shapes, pages that were touched. 0 also where it is not known. */
guint           weft_notebook_get_n_waiting       (WeftNotebook *self);
/* A whole sentence for people: "Offline, 12 changes waiting". */
const char     *weft_notebook_get_status_text     (WeftNotebook *self);
/* Why nothing can be saved at the moment, or "" */
const char     *weft_notebook_get_save_error      (WeftNotebook *self);

/* Conflicts: a live list of #WeftConflictItem, newest first. */
GListModel     *weft_notebook_get_conflicts       (WeftNotebook       *self);
void            weft_notebook_resolve_conflict    (WeftNotebook       *self,
                                                   WeftConflictItem   *item,
                                                   WeftConflictChoice  choice);
/* Takes back what was chosen here about @item: its card is there again, for everyone. */
void            weft_notebook_undo_choice_async   (WeftNotebook       *self,
                                                   WeftConflictItem   *item,
                                                   GAsyncReadyCallback callback,
                                                   gpointer            user_data);
gboolean        weft_notebook_undo_choice_finish  (WeftNotebook       *self,
                                                   GAsyncResult       *result,
                                                   GError            **error);

/* Import: Markdown files and folders of them, `.excalidraw` files. Gives the first page made. @n_pages: (out) (nullable) */
void            weft_notebook_import_async        (WeftNotebook        *self,
                                                   GListModel          *files,
                                                   WeftPage            *parent,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
WeftPage       *weft_notebook_import_finish       (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   guint               *n_pages,
                                                   GStrv               *problems,
                                                   GError             **error);
/* Told on the main thread, with a share from 0 to 1. */
typedef void  (*WeftNotebookProgressFunc)         (double               share,
                                                   gpointer             user_data);
/* The notebook's file, copied while one works in it; cancelled it leaves nothing. */
void            weft_notebook_backup_async        (WeftNotebook        *self,
                                                   GFile               *file,
                                                   WeftNotebookProgressFunc progress,
                                                   gpointer             progress_data,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
gboolean        weft_notebook_backup_finish       (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   GError             **error);
/* A backup as a notebook in a new file, which works offline if it is shared. */
void            weft_notebook_restore_async       (GFile               *backup,
                                                   GFile               *file,
                                                   WeftNotebookProgressFunc progress,
                                                   gpointer             progress_data,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
gboolean        weft_notebook_restore_finish      (GAsyncResult        *result,
                                                   gboolean            *is_shared,
                                                   char               **notice,
                                                   GError             **error);
/* All pages as files in @folder: Markdown, `.excalidraw`, pictures. */
void            weft_notebook_export_all_async    (WeftNotebook        *self,
                                                   GFile               *folder,
                                                   WeftNotebookProgressFunc progress,
                                                   gpointer             progress_data,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
gboolean        weft_notebook_export_all_finish   (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   guint               *n_pages,
                                                   GStrv               *problems,
                                                   GError             **error);
/* A new notebook with the pages of this one, under new ids and without a relay, in @file, which does not exist yet. */
void            weft_notebook_fork_async          (WeftNotebook        *self,
                                                   GFile               *file,
                                                   const char          *title,
                                                   WeftNotebookProgressFunc progress,
                                                   gpointer             progress_data,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
GFile          *weft_notebook_fork_finish         (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   GError             **error);
/* An object of properties of a shape in words, a property a line: "Left: 120". (transfer full) */
char           *weft_notebook_describe_properties (const WeftAny       *object);
/* A note as Markdown, a board as `.excalidraw` JSON (SVG is drawn by the application). */
void            weft_notebook_export_page_async   (WeftNotebook        *self,
                                                   WeftPage            *page,
                                                   GFile               *file,
                                                   GCancellable        *cancellable,
                                                   GAsyncReadyCallback  callback,
                                                   gpointer             user_data);
gboolean        weft_notebook_export_page_finish  (WeftNotebook        *self,
                                                   GAsyncResult        *result,
                                                   GError             **error);

G_END_DECLS
