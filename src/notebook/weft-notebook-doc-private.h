/* weft-notebook-doc-private.h - the inside of the notebook doc
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * weft-notebook-doc.c follows the doc; weft-notebook-edit.c makes batches of ops;
 * weft-notebook-undo.c remembers what they did and appends the opposite.
 */

#pragma once

#include "crdt/weft-type.h"
#include "notebook/weft-notebook-doc.h"

G_BEGIN_DECLS

/* One thing that a step of undo takes back: a property of a page, (without a key) its place, or an entry of a
 * map of the doc. */
typedef struct
{
  WeftPageId page;
  WeftType  *map; /* NULL: of @page */
  char      *key; /* NULL: the place */

  WeftAny   *old_value; /* NULL: none */
  WeftAny   *new_value;

  gboolean   had_place;
  WeftPageId old_parent;
  char      *old_position;
  WeftPageId new_parent;
  char      *new_position;
} Change;

/* An entry of a map that the batch will write. */
typedef struct
{
  WeftType *map;
  char     *key;
  WeftAny  *value; /* NULL: none */
} BatchEntry;

/* A place given in the batch that is being made; the tree does not know it yet. */
typedef struct
{
  WeftPageId parent;
  char      *position;
} BatchPlace;

typedef struct _WeftPartedCache WeftPartedCache;

struct _WeftNotebookDoc
{
  WeftDoc      *doc;  /* borrowed */
  WeftPageTree *tree; /* owned */

  WeftType *info;
  WeftType *ops;
  WeftType *edited;
  guint     observer_id;
  gboolean  is_settling; /* the tree follows in parts */

  /* Pages marked as edited in this sync interval */
  GHashTable *marked;

  /* What our trash ops have told so far under this client id */
  WeftClientId     told_client;
  WeftStateVector *told;

  /* The batch that is being made */
  guint       depth;
  GPtrArray  *batch;           /* WeftOp */
  GPtrArray  *batch_entries;   /* BatchEntry */
  GHashTable *batch_places;    /* page id -> BatchPlace */
  GHashTable *batch_positions; /* parent id -> GTree, a set of positions given */
  GPtrArray  *step;            /* Change */
  GHashTable *step_index;      /* the same, by page and key */

  WeftPartedCache *parted; /* nullable: what was done while apart; weft-conflicts-pages.c */

  GPtrArray *undo_steps; /* GPtrArray of Change */
  GPtrArray *redo_steps;
  WeftPageId undone_page; /* what the last of them was about; the root: no page */

  WeftNotebookDocObserver observer;
  gpointer                observer_data;
};

/* weft-notebook-doc.c */
void       weft_notebook_doc_ensure_format (WeftNotebookDoc  *self);

/* weft-conflicts-pages.c; (nullable) */
void       weft_parted_cache_free          (WeftPartedCache  *self);

/* weft-notebook-edit.c */
/* Writes the batch; gives the step that takes it back, or %NULL where nothing was done. */
GPtrArray *weft_notebook_doc_write_batch   (WeftNotebookDoc  *self);
void       weft_notebook_doc_push_move     (WeftNotebookDoc  *self,
                                            const WeftPageId *page,
                                            const WeftPageId *parent,
                                            const char       *position);
/* Sets an entry of a map of the doc in the batch. @value: (nullable) (transfer full): %NULL removes it */
void       weft_notebook_doc_set_entry     (WeftNotebookDoc  *self,
                                            WeftType         *map,
                                            const char       *key,
                                            WeftAny          *value);
void       weft_notebook_doc_init_batch    (WeftNotebookDoc  *self);
void       weft_notebook_doc_clear_batch   (WeftNotebookDoc  *self);
/* Whether both are the same property; one that is unset may be null, undefined or %NULL. */
gboolean   weft_notebook_doc_same_value    (const WeftAny    *a,
                                            const WeftAny    *b);

/* weft-notebook-undo.c */
void       weft_notebook_doc_begin_step    (WeftNotebookDoc  *self);
/* The change that takes back what is done to @page, or to @map (nullable), in this batch, made at the first
 * time. */
Change    *weft_notebook_doc_ensure_change (WeftNotebookDoc  *self,
                                            const WeftPageId *page,
                                            WeftType         *map,
                                            const char       *key);
/* A person did something: it can be undone, and what was undone before can not be redone. */
void       weft_notebook_doc_push_step     (WeftNotebookDoc  *self,
                                            GPtrArray        *step);
void       weft_notebook_doc_init_undo     (WeftNotebookDoc  *self);
void       weft_notebook_doc_clear_undo    (WeftNotebookDoc  *self);

G_END_DECLS
