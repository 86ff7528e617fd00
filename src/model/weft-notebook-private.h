/* weft-notebook-private.h - the notebook's parts, for the files that make it up
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-notebook.c opens and closes, weft-notebook-pages.c is the tree, weft-notebook-sync.c the
 * relay, the people and the status, weft-notebook-conflicts.c the cards, weft-notebook-import.c
 * what comes in and goes out as files.
 */

#pragma once

#include "model/weft-live-doc.h"
#include "model/weft-notebook.h"
#include "notebook/weft-notebook-doc.h"
#include "store/weft-store.h"
#include "sync/weft-sync-fetcher.h"
#include "sync/weft-relay-account.h"

G_BEGIN_DECLS

typedef struct _WeftNotebookSearch WeftNotebookSearch;
typedef struct _WeftDeferred WeftDeferred;
typedef struct _WeftScan WeftScan;

/* Something to do once the tree can change. */
typedef void (*WeftDeferredFunc) (WeftNotebook *self,
                                  gpointer      data);

struct _WeftNotebook
{
  GObject parent_instance;

  /* Owned */
  GFile *file;
  WeftStore *store;
  WeftLiveDoc *live;      /* the notebook doc; NULL while a large notebook is only looked at */
  WeftNotebookDoc *tree_doc; /* likewise */
  WeftPageTree *outline_tree; /* what is shown meanwhile; NULL otherwise */
  char *outline_key;      /* of the outline beside the file; NULL: none that is known to be good */
  gboolean outline_is_other; /* that of another day, or of the first look only */
  gboolean outline_is_borrowed; /* @outline_tree belongs to what is being let go of */
  gboolean loading;       /* the notebook doc, for what is in @deferred or for the relay; or letting go of it */
  guint n_bulk;           /* large updates that are being checked on a thread */
  guint bulk_source;      /* the last ones are in the store; more may come */
  WeftNotebookDoc *bulk_doc; /* borrowed: the empty one that lacks them; NULL: there was none */
  gboolean bulk_has_parts; /* some were parts of something larger */
  gboolean bulk_failed;   /* one was no update */
  WeftScan *scan;         /* while the outline is made out of the updates; NULL otherwise */
  double loading_progress; /* of that, from 0 to 1 */
  gint64 changed_us;      /* when the notebook doc last changed, or was loaded */
  gboolean fetching;      /* the snapshot of a notebook that was joined */
  gboolean first_sync_done; /* or there is none */
  GCancellable *fetch_cancellable; /* while it is downloaded */
  guint fetch_source;     /* waits for another try */
  guint n_tries;
  guint64 n_fetched;      /* bytes */
  guint64 n_to_fetch;     /* 0: that is not known */
  guint n_tree_holds;     /* imports under way: they need it */
  guint rest_source;      /* looks whether it can be let go of */
  guint settle_source;    /* the tree follows what arrived; 0: it has */
  GPtrArray *deferred;    /* of WeftDeferred; NULL: none */
  WeftPageId id;
  WeftPageIdText id_text;
  char *title;
  char *notice;
  char *save_error;
  gboolean overwritten;   /* the file, by another program; and all that is in memory was written again */

  GHashTable *pages;      /* page id text -> WeftPage, owned */
  GHashTable *lists;      /* page id text -> WeftPageList, weak */
  GHashTable *documents;  /* page id text -> WeftDocument, weak */
  GQueue recent;          /* of WeftDocument: kept open for a while with their undo, latest first */
  GListModel *roots;      /* WeftPageList, owned */
  GListModel *trash;      /* WeftPageList, owned */

  WeftUser user;
  char *current_page_id;
  GListStore *people;     /* of WeftPerson, ourselves first */

  char *relay;            /* where the notebook lives; NULL: nowhere */
  char *relay_host;
  char *token;            /* kept in memory only: a secret does not belong in the file */
  WeftRelayAccount *account; /* at that relay, whether or not it has accounts */
  char *invite;           /* to be accepted */
  char *account_trouble;  /* why there is no token, a sentence without a full stop */
  char *relay_role;       /* what we may do there; NULL: it did not say */
  gboolean reader;        /* only read */
  gboolean accepting;
  gboolean placing;       /* the relay is asked for a place for the notebook */
  gboolean placed;
  gint64 renewed_us;      /* when a token was last fetched because one was refused */
  gint64 role_asked_us;   /* when the relay was last asked what we may do, beside placing */
  gboolean work_offline;
  WeftSyncFetcher *fetcher;
  gboolean fetches_on_opening; /* the notebook is not kept offline as a whole */
  GHashTable *offline_exceptions; /* WeftPageId -> '+' or '-': pages for which something else was chosen */
  gboolean in_step;       /* the notebook's own room was, when last looked */
  guint interval_source;
  GHashTable *marked;     /* page id text: has its mark in `edited` for this interval */
  GHashTable *dirty;      /* page id text: edited after that; marked again when the interval ends */
  gboolean uploading;     /* a look at what the relay lacks is under way */
  GHashTable *unsent;     /* room: has changes that the relay may lack; of open pages too */
  GHashTable *earlier;    /* room: those of them of which nobody knows how many changes wait, of an earlier run */
  GHashTable *unasked;    /* room: those of them of which the relay had all; it may have more since, in a copied file */
  gboolean unsent_known;  /* what earlier runs left is in them */
  GHashTable *failed;     /* room -> what was said when it was given up for now */
  guint retry_source;
  guint saving_source;    /* a commit is under way */
  gboolean saves_slowly;  /* and takes long */

  WeftSyncState sync_state;
  guint n_waiting;
  gboolean lacks_changes;
  char *status_text;
  guint status_source;

  WeftNotebookSearch *search; /* from the opening to the close */

  GListStore *conflicts;  /* of WeftConflictItem */
  GHashTable *page_conflicts; /* page id text -> GPtrArray of WeftConflict: pages that have some */
  GPtrArray *tree_conflicts;  /* of WeftConflict: those of the notebook doc; NULL: to be looked for */
  GQueue to_check;            /* of page id texts: may have others than page_conflicts says */
  gboolean checking;          /* one of them is being looked at */
  guint check_source;
  guint conflicts_source;

  gboolean attached;      /* opened, so far that there is something to look at */
  gboolean read_only;
  gboolean closed;
};

typedef enum
{
  WEFT_NOTEBOOK_PROP_0,
  WEFT_NOTEBOOK_PROP_TITLE,
  WEFT_NOTEBOOK_PROP_SYNC_STATE,
  WEFT_NOTEBOOK_PROP_N_WAITING,
  WEFT_NOTEBOOK_PROP_RELAY_URL,
  WEFT_NOTEBOOK_PROP_RELAY_HOST,
  WEFT_NOTEBOOK_PROP_STATUS_TEXT,
  WEFT_NOTEBOOK_PROP_SAVE_ERROR,
  WEFT_NOTEBOOK_PROP_N_CONFLICTS,
  WEFT_NOTEBOOK_PROP_NOTICE,
  WEFT_NOTEBOOK_PROP_SEARCH_PROGRESS,
  WEFT_NOTEBOOK_PROP_LOADING_PROGRESS,
  WEFT_NOTEBOOK_PROP_READ_ONLY,
  WEFT_NOTEBOOK_PROP_RELAY_ROLE,
  WEFT_NOTEBOOK_PROP_WORK_OFFLINE,
  WEFT_NOTEBOOK_PROP_KEEP_OFFLINE,
  WEFT_NOTEBOOK_N_PROPS,
} WeftNotebookProp;

void          weft_notebook_notify          (WeftNotebook     *self,
                                             WeftNotebookProp  prop);

/* weft-notebook.c: the notebook doc is there; both are taken */
void          weft_notebook_take_tree       (WeftNotebook     *self,
                                             WeftDoc          *doc,
                                             WeftNotebookDoc  *tree_doc);

/* weft-notebook-outline.c */
/* Shows the outline, where there is a good one: then there is a tree to look at, and no @tree_doc. */
void          weft_notebook_look_async      (WeftNotebook     *self,
                                             GAsyncReadyCallback callback,
                                             gpointer          user_data);
gboolean      weft_notebook_look_finish     (WeftNotebook     *self,
                                             GAsyncResult     *result);
/* Loads the notebook doc; weft_notebook_take_tree() comes before the callback. */
void          weft_notebook_load_tree_async (WeftNotebook     *self,
                                             GCancellable     *cancellable,
                                             GAsyncReadyCallback callback,
                                             gpointer          user_data);
gboolean      weft_notebook_load_tree_finish (WeftNotebook    *self,
                                             GAsyncResult     *result,
                                             GError          **error);
/* Shows another outline, @tree (taken), in the place of the one before, if any. */
void          weft_notebook_show_outline    (WeftNotebook     *self,
                                             WeftPageTree     *tree);
/* The loaded tree takes over from the outline. */
void          weft_notebook_leave_outline   (WeftNotebook     *self);
/* Has the notebook doc loaded soon, if it is not. */
void          weft_notebook_need_tree       (WeftNotebook     *self);
/* Has the notebook doc loaded, and calls @func after all that waits already. Only while weft_notebook_is_behind(). */
void          weft_notebook_defer           (WeftNotebook     *self,
                                             WeftDeferredFunc  func,
                                             gpointer          data,
                                             GDestroyNotify    destroy);
/* What waited can be done now. */
void          weft_notebook_run_deferred    (WeftNotebook     *self);
/* Before the store is closed: what the next opening shows. Never fails, and asks for no finish. */
void          weft_notebook_keep_outline_async (WeftNotebook  *self,
                                             GAsyncReadyCallback callback,
                                             gpointer          user_data);

/* weft-notebook-scan.c */
/* Has the outline made where there is none, and shows what is found first. %FALSE: the notebook is to be loaded. */
void          weft_notebook_scan_async      (WeftNotebook     *self,
                                             GAsyncReadyCallback callback,
                                             gpointer          user_data);
gboolean      weft_notebook_scan_finish     (WeftNotebook     *self,
                                             GAsyncResult     *result);
/* The same behind what is shown already; where it cannot be done, the notebook doc is loaded. */
void          weft_notebook_scan            (WeftNotebook     *self);
/* Between 0 and 1 while that goes on, or the loading instead. */
void          weft_notebook_set_loading_progress (WeftNotebook *self,
                                             double            progress);
/* Nobody wants that any more. */
void          weft_notebook_stop_scan       (WeftNotebook     *self);

/* weft-notebook-rest.c */
void          weft_notebook_rest_attach     (WeftNotebook     *self);
void          weft_notebook_rest_detach     (WeftNotebook     *self);
/* Lets go of the notebook doc of a large notebook, which then is only looked at again. Does nothing while it is needed. */
void          weft_notebook_let_go          (WeftNotebook     *self);
/* Loads the notebook doc anew: the store has got something that did not go through it. */
void          weft_notebook_reload_tree     (WeftNotebook     *self);
/* Is in the notebook's room with what the outline tells. */
void          weft_notebook_watch           (WeftNotebook     *self,
                                             WeftStateVector  *state,
                                             WeftDeleteSet    *deletes);
/* Writes @bytes beside the file as the outline of @key. */
gboolean      weft_notebook_write_outline   (const char       *path,
                                             GBytes           *bytes);
char         *weft_notebook_make_outline_path (WeftNotebook   *self);
char         *weft_notebook_make_outline_key (WeftNotebook    *self,
                                             guint64           last_seq,
                                             gint64            last_time);
/* With fewer pages loading is faster than anybody can see. */
#define WEFT_LARGE_NOTEBOOK 10000

/* weft-notebook-first-sync.c */
/* %TRUE: a notebook that is empty here is being fetched; connect afterwards. */
gboolean      weft_notebook_first_sync      (WeftNotebook     *self);
void          weft_notebook_stop_first_sync (WeftNotebook     *self);

/* weft-notebook-bulk.c: a WeftLiveDocFuncs.keep */
gboolean      weft_notebook_keep_bulk       (WeftLiveDoc      *live,
                                             GBytes           *update,
                                             gpointer          user_data);
void          weft_notebook_bulk_detach     (WeftNotebook     *self);
void          weft_notebook_check_update    (WeftNotebook     *self,
                                             GBytes           *update,
                                             GAsyncReadyCallback callback,
                                             gpointer          user_data);

/* weft-notebook-settle.c */
/* Of the notebook doc: the tree is to follow in parts. */
void          weft_notebook_settling_cb     (WeftNotebookDoc  *doc,
                                             gpointer          user_data);
/* Whether an edit of pages should wait: there is no notebook doc, or its tree has not followed what arrived. */
gboolean      weft_notebook_is_behind       (WeftNotebook     *self);
/* Does the rest of that, and what waits for it, at once. */
void          weft_notebook_settle_now      (WeftNotebook     *self);

/* weft-notebook-offline.c */
/* Once the store is there. */
void          weft_notebook_offline_attach  (WeftNotebook     *self);
/* Whether @page is fetched before anybody opens it. */
gboolean      weft_notebook_keeps_offline   (WeftNotebook     *self,
                                             const WeftPageId *page);

/* weft-notebook-pages.c */
/* Every page that is known looks again at the tree. */
void          weft_notebook_refresh_pages   (WeftNotebook     *self);
void          weft_notebook_pages_init      (WeftNotebook     *self);
void          weft_notebook_pages_attach    (WeftNotebook     *self);
/* The notebook doc is there: its changes are told from now on. */
void          weft_notebook_pages_follow    (WeftNotebook     *self);
/* Takes up the titles that a crash left half typed. */
void          weft_notebook_take_titles     (WeftNotebook     *self);
WeftPageTree *weft_notebook_get_tree        (WeftNotebook     *self);
/* (transfer none) */
WeftPage     *weft_notebook_ensure_page     (WeftNotebook     *self,
                                             const WeftPageId *id);
WeftPage     *weft_notebook_lookup_parent   (WeftNotebook     *self,
                                             WeftPage         *page);
/* (transfer full) */
GListModel   *weft_notebook_list_children   (WeftNotebook     *self,
                                             const char       *page_id);
/* As many titles as a search shows. */
#define WEFT_MAX_TITLES 200
/* Titles that have every word of a query, page by page: the tree must not change between two calls, or the walk
 * may miss what moved. */
typedef struct _WeftTitleWalk WeftTitleWalk;
WeftTitleWalk *weft_title_walk_new          (WeftNotebook     *notebook,
                                             const char       *query);
void          weft_title_walk_free          (WeftTitleWalk    *self);
WeftPage     *weft_title_walk_next          (WeftTitleWalk    *self,
                                             guint             max_pages,
                                             gboolean         *end);
/* Room of a page; %NULL page: of the notebook. (transfer full) */
char         *weft_notebook_dup_room        (WeftNotebook     *self,
                                             const char       *page_id);
/* An edit was made in an open page. */
void          weft_notebook_page_was_edited (WeftNotebook     *self,
                                             WeftPage         *page);
/* What is edited from now on needs a new mark; what was edited after its mark gets one. */
void          weft_notebook_end_interval    (WeftNotebook     *self);

/* Lets go of the documents that nobody looks at. */
void          weft_notebook_forget_recent   (WeftNotebook     *self);

/* weft-notebook-account.c */
/* The relay is another one, or none. @invite: (nullable): to be accepted there */
void          weft_notebook_account_attach  (WeftNotebook     *self,
                                             const char       *invite);
void          weft_notebook_account_detach  (WeftNotebook     *self);
void          weft_notebook_account_changed (WeftNotebook     *self);
/* The relay refused what we showed. */
void          weft_notebook_account_denied  (WeftNotebook     *self);
void          weft_notebook_account_ask_role (WeftNotebook    *self);
/* Whether to wait before connecting. */
gboolean      weft_notebook_account_is_busy (WeftNotebook     *self);
/* Whether the relay lets us read only. */
gboolean      weft_notebook_is_reader       (WeftNotebook     *self);

/* weft-notebook-sync.c */
void          weft_notebook_connect_all     (WeftNotebook     *self);
/* Has a fresh token used from the next connection on. */
void          weft_notebook_pass_token      (WeftNotebook     *self);
extern const WeftLiveDocFuncs weft_notebook_live_funcs;

void          weft_notebook_sync_attach     (WeftNotebook     *self);
/* The notebook doc is there: it goes where it was to go. */
void          weft_notebook_sync_follow     (WeftNotebook     *self);
void          weft_notebook_sync_detach     (WeftNotebook     *self);
/* Fetches what has an `edited` mark that was not fetched yet, as far as it is kept offline. */
void          weft_notebook_fetch_changed   (WeftNotebook     *self);
/* A page was opened or closed: its room has, or has no, connection of its own. */
void          weft_notebook_sync_document   (WeftNotebook     *self,
                                             WeftDocument     *document);
/* The room of a page or an asset is worth a look. */
void          weft_notebook_fetch_room      (WeftNotebook     *self,
                                             const char       *room);
/* A page that is not open was edited elsewhere. */
void          weft_notebook_page_edited_cb  (WeftNotebookDoc  *doc,
                                             const WeftPageId *page,
                                             gpointer          user_data);
/* Somebody came, went or moved, in the notebook's room or in that of an open page. */
void          weft_notebook_people_changed  (WeftNotebook     *self);
/* Looks in the store for documents that the relay may lack something of, and sends what can be sent. */
void          weft_notebook_list_unsent     (WeftNotebook     *self);
void          weft_notebook_send_unsent     (WeftNotebook     *self);
/* The relay has all of @room. */
void          weft_notebook_forget_unsent   (WeftNotebook     *self,
                                             const char       *room);

/* weft-notebook-status.c */
/* Something that the status depends on changed; the status follows in an idle moment. */
void          weft_notebook_status_changed  (WeftNotebook     *self);

/* weft-notebook-search.c */
void          weft_notebook_search_attach   (WeftNotebook     *self);
void          weft_notebook_search_detach   (WeftNotebook     *self);
void          weft_notebook_search_title_changed (WeftNotebook *self,
                                             const char       *page_id,
                                             const char       *title);

/* weft-notebook-conflicts.c: looks at the notebook doc again, soon */
void          weft_notebook_conflicts_changed (WeftNotebook   *self);
/* Looks at the pages that had conflicts when the last run ended. */
void          weft_notebook_conflicts_attach  (WeftNotebook   *self);
/* What is to be looked at soon is looked at now, so that the next run knows of it. */
void          weft_notebook_conflicts_detach  (WeftNotebook   *self);
/* @conflicts: (transfer full) (element-type WeftConflict): what a page has now */
void          weft_notebook_take_page_conflicts (WeftNotebook *self,
                                               const char     *page_id,
                                               GPtrArray      *conflicts);

/* weft-notebook-check.c */
/* Of a board or a note; on any thread. (transfer full) (element-type WeftConflict) */
GPtrArray    *weft_notebook_list_content_conflicts (WeftDoc   *doc,
                                               WeftUsers      *users,
                                               WeftPageKind    kind);
/* Looks for conflicts in a page, soon, away from the main thread. */
void          weft_notebook_check_page        (WeftNotebook   *self,
                                               const char     *page_id);
/* A page that is not open is in step with the relay. */
void          weft_notebook_page_merged       (WeftNotebook     *self,
                                               const WeftPageId *page,
                                               WeftDoc          *doc,
                                               const WeftStateVector *before,
                                               const WeftDeleteSet *taken);

/* weft-document.c */
/* (transfer full) (element-type WeftPeer) */
GPtrArray    *weft_live_doc_list_peers      (WeftLiveDoc      *live);

G_END_DECLS
