/* weft-document.h - an open page: its document, its undo, who is in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The GObject that owns one engine document and ties it to the store and to the relay. Editing goes
 * straight to the engine (weft_document_get_doc()) on the main thread; what is edited is saved and
 * sent from here. Use %NULL as the origin of a person's own edits: those are what undo takes back.
 *
 * Signals
 *   "transaction" (gpointer WeftTransaction): after every transaction, local or remote
 *   "awareness-changed": a peer came, went, or moved
 * Properties: "can-undo", "can-redo", "read-only", "page", "n-away"
 */

#pragma once

#include "crdt/weft-awareness.h"
#include "crdt/weft-type.h"
#include "model/weft-page.h"
#include "notebook/weft-changes.h"

G_BEGIN_DECLS

#define WEFT_TYPE_DOCUMENT (weft_document_get_type ())
G_DECLARE_FINAL_TYPE (WeftDocument, weft_document, WEFT, DOCUMENT, GObject)

/* Somebody else who has this page open; borrowed strings, good until "awareness-changed". */
typedef struct
{
  WeftClientId   client;
  char          *id;    /* stable user id or the client id as text */
  char          *name;
  char          *color; /* "#rrggbb" */
  const WeftAny *state; /* the whole awareness state: "cursor", "pointer", "selectedElementIds", "live", ... */
} WeftPeer;

WeftDoc       *weft_document_get_doc             (WeftDocument *self);
WeftPage      *weft_document_get_page            (WeftDocument *self);
/* (transfer none) (nullable): %NULL once the notebook is closed */
WeftNotebook  *weft_document_get_notebook        (WeftDocument *self);
gboolean       weft_document_get_read_only       (WeftDocument *self);
/* Root `quill` of a note, root `board` and `meta` of a board. (transfer none) */
WeftType      *weft_document_get_text            (WeftDocument *self);
WeftType      *weft_document_get_board           (WeftDocument *self);
WeftType      *weft_document_get_meta            (WeftDocument *self);

gboolean       weft_document_undo                (WeftDocument *self);
gboolean       weft_document_redo                (WeftDocument *self);
gboolean       weft_document_get_can_undo        (WeftDocument *self);
gboolean       weft_document_get_can_redo        (WeftDocument *self);
/* The next edit starts an undo step of its own. */
void           weft_document_end_undo_step       (WeftDocument *self);

/* What others did while nobody looked at the page here, or while we were offline. */
guint          weft_document_get_n_away          (WeftDocument  *self);
WeftChanges   *weft_document_get_away            (WeftDocument  *self,
                                                  const GArray **others);
/* What was seen of it last. (nullable) (transfer none) */
WeftSnapshot  *weft_document_get_away_base       (WeftDocument  *self);
void           weft_document_dismiss_away        (WeftDocument  *self);
gboolean       weft_document_take_back           (WeftDocument  *self,
                                                  WeftChanges   *changes,
                                                  guint          index);

/* One field of our awareness state in this page ("cursor", "pointer", ...); %NULL drops it. @value: (transfer none) (nullable) */
void           weft_document_set_awareness       (WeftDocument *self,
                                                  const char   *field,
                                                  WeftAny      *value);
/* (transfer full) (element-type WeftPeer): the others who are in this page */
GPtrArray     *weft_document_list_peers          (WeftDocument *self);

/* What is being drawn and not yet in the document: kept on disk within 100 ms, dropped with %NULL. */
void           weft_document_set_journal         (WeftDocument *self,
                                                  GBytes       *bytes);
/* What a crash left behind, once; (nullable) (transfer full) */
GBytes        *weft_document_take_journal        (WeftDocument *self);

/* Stores a picture as an asset of the notebook: gives "weft:asset/<sha256>", or %NULL and @error (over 15 MiB). */
char          *weft_document_add_asset           (WeftDocument *self,
                                                  GBytes       *bytes,
                                                  GError      **error);
/* The bytes of an asset given as "weft:asset/<sha256>"; %NOT_FOUND while it has not arrived. */
void           weft_document_load_asset_async    (WeftDocument        *self,
                                                  const char          *uri,
                                                  GCancellable        *cancellable,
                                                  GAsyncReadyCallback  callback,
                                                  gpointer             user_data);
GBytes        *weft_document_load_asset_finish   (WeftDocument        *self,
                                                  GAsyncResult        *result,
                                                  GError             **error);

G_END_DECLS
