/* weft-notebook-doc.h - the notebook doc: its page tree, its title, and who edited what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Binds a #WeftDoc (borrowed) to a #WeftPageTree (owned here): what arrives in the doc goes to the
 * tree, and every change a person makes is appended to the op log. Nothing is ever taken out of the
 * log: undoing appends the opposite.
 *
 * The tree follows at the end of the outermost transaction. To do several things at once use
 * weft_notebook_doc_begin() and weft_notebook_doc_commit(): they share one element of the log and one
 * step of undo, and later ones may build on pages made by earlier ones.
 *
 * All edits have weft_notebook_doc_get_origin() as the origin of their transaction.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "notebook/weft-page-tree.h"

G_BEGIN_DECLS

/* Properties of pages */
#define WEFT_PAGE_TITLE   "title"
#define WEFT_PAGE_ICON    "icon"
#define WEFT_PAGE_KIND    "kind"    /* WEFT_PROFILE_NOTE, WEFT_PROFILE_BOARD or another profile */
#define WEFT_PAGE_CREATED "created" /* ms since 1970 */
#define WEFT_PAGE_ROOM    "room"    /* where it differs from the default */
#define WEFT_PAGE_TAG     "tag:"    /* prefix; the value is true, or null */

/* Kinds of pages: profiles. (lead: renamed; WEFT_PAGE_NOTE is an enum of the model) */
#define WEFT_PROFILE_NOTE    "note"
#define WEFT_PROFILE_BOARD   "board"

/* The format of notebooks that this code writes. */
#define WEFT_NOTEBOOK_FORMAT 1

typedef struct _WeftNotebookDoc WeftNotebookDoc;

/**
 * WeftNotebookDocObserver:
 * @tree: changes of the page tree
 * @edited: the content of @page was edited elsewhere: its room is worth fetching
 * @info_changed: the title or format of the notebook changed
 * @undo_changed: what can be undone or redone changed
 * @settling: so much arrived that the tree should follow in parts: call weft_notebook_doc_settle() from the main loop
 *   until it is done. Where this is %NULL, the tree follows at once.
 *
 * Any may be %NULL. The doc must not be changed inside these calls.
 */
typedef struct
{
  WeftPageTreeObserver tree;
  void (*edited)       (WeftNotebookDoc  *self,
                        const WeftPageId *page,
                        gpointer          user_data);
  void (*info_changed) (WeftNotebookDoc  *self,
                        gpointer          user_data);
  void (*undo_changed) (WeftNotebookDoc  *self,
                        gpointer          user_data);
  void (*settling)     (WeftNotebookDoc  *self,
                        gpointer          user_data);
} WeftNotebookDocObserver;

/* @doc is borrowed and must outlive it. Reads what is there. */
WeftNotebookDoc *weft_notebook_doc_new          (WeftDoc          *doc) G_GNUC_WARN_UNUSED_RESULT;
void             weft_notebook_doc_free         (WeftNotebookDoc  *self);
/* One observer. */
void             weft_notebook_doc_set_observer (WeftNotebookDoc  *self,
                                                 const WeftNotebookDocObserver *observer,
                                                 gpointer          user_data);
WeftDoc         *weft_notebook_doc_get_doc      (WeftNotebookDoc  *self);
WeftPageTree    *weft_notebook_doc_get_tree     (WeftNotebookDoc  *self);
/* Whether the tree lags behind the doc. */
gboolean         weft_notebook_doc_is_settling  (WeftNotebookDoc  *self);
gboolean         weft_notebook_doc_settle       (WeftNotebookDoc  *self,
                                                 guint             n_steps);
gconstpointer    weft_notebook_doc_get_origin   (WeftNotebookDoc  *self);

/* (transfer full) (nullable): %NULL where the notebook has no title */
char            *weft_notebook_doc_dup_title    (WeftNotebookDoc  *self);
void             weft_notebook_doc_set_title    (WeftNotebookDoc  *self,
                                                 const char       *title);
/* 0 where it is not written; greater than WEFT_NOTEBOOK_FORMAT: made by a newer Weft, do not edit */
guint            weft_notebook_doc_get_format   (WeftNotebookDoc  *self);

/* A batch: they nest. */
void             weft_notebook_doc_begin        (WeftNotebookDoc  *self);
void             weft_notebook_doc_commit       (WeftNotebookDoc  *self);

/* In all of these @after is the sibling that the page comes directly after. A page that is no child of
 * @parent stands for the last place. */
#define WEFT_PAGE_FIRST NULL
#define WEFT_PAGE_LAST  (&weft_page_id_trash)

/* A new page below @parent. @title and @kind are nullable (no title; note); @now_ms since 1970. */
void             weft_notebook_doc_create_page  (WeftNotebookDoc  *self,
                                                 const WeftPageId *parent,
                                                 const WeftPageId *after,
                                                 const char       *kind,
                                                 const char       *title,
                                                 gint64            now_ms,
                                                 WeftPageId       *page);
/* The same with an id that is given, as for the board of a note or an import that links to it. */
void             weft_notebook_doc_add_page     (WeftNotebookDoc  *self,
                                                 const WeftPageId *page,
                                                 const WeftPageId *parent,
                                                 const WeftPageId *after,
                                                 const char       *kind,
                                                 const char       *title,
                                                 gint64            now_ms);
/* %FALSE, and nothing done, where that would put the page below itself, or page or parent is not there. */
gboolean         weft_notebook_doc_can_move     (WeftNotebookDoc  *self,
                                                 const WeftPageId *page,
                                                 const WeftPageId *parent);
gboolean         weft_notebook_doc_move         (WeftNotebookDoc  *self,
                                                 const WeftPageId *page,
                                                 const WeftPageId *parent,
                                                 const WeftPageId *after);
/* Puts the page, with all below it, in the trash. %FALSE where it is there already. */
gboolean         weft_notebook_doc_trash        (WeftNotebookDoc  *self,
                                                 const WeftPageId *page);
/* Takes the page, with all below it, out of the trash: to where it was, or as near as there is still something. */
gboolean         weft_notebook_doc_restore      (WeftNotebookDoc  *self,
                                                 const WeftPageId *page);
/* @value: (nullable) (transfer full): %NULL unsets. Nothing is written where the value is the same. */
void             weft_notebook_doc_set_property (WeftNotebookDoc  *self,
                                                 const WeftPageId *page,
                                                 const char       *key,
                                                 WeftAny          *value);
void             weft_notebook_doc_set_string   (WeftNotebookDoc  *self,
                                                 const WeftPageId *page,
                                                 const char       *key,
                                                 const char       *value);
/* The content of @page was edited here. Writes the mark in `edited` once in a sync interval. */
void             weft_notebook_doc_mark_edited  (WeftNotebookDoc  *self,
                                                 const WeftPageId *page);
/* The notebook has just been synchronised with a relay: the next edit of each page marks it again. */
void             weft_notebook_doc_end_interval (WeftNotebookDoc  *self);
/* (transfer full) (element-type WeftPageId): pages with an `edited` mark, in no order */
GArray          *weft_notebook_doc_list_edited  (WeftNotebookDoc  *self);
/* The nonce of @page, to remember which one was fetched; 0: none. */
guint64          weft_notebook_doc_get_edited   (WeftNotebookDoc  *self,
                                                 const WeftPageId *page);

/* Own steps only; each appends to the log. */
gboolean         weft_notebook_doc_can_undo     (WeftNotebookDoc  *self);
gboolean         weft_notebook_doc_can_redo     (WeftNotebookDoc  *self);
gboolean         weft_notebook_doc_undo         (WeftNotebookDoc  *self);
gboolean         weft_notebook_doc_redo         (WeftNotebookDoc  *self);
gboolean         weft_notebook_doc_undo_choice  (WeftNotebookDoc  *self,
                                                 const char       *id);
/* The page that the last step, taken back or done again, was about; FALSE where it was about none. */
gboolean         weft_notebook_doc_get_undone_page (WeftNotebookDoc *self,
                                                    WeftPageId      *page);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftNotebookDoc, weft_notebook_doc_free)

G_END_DECLS
