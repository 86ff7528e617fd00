/* weft-search.h - the search of a notebook, on a thread of its own
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Owns a #WeftSearchIndex on its thread, where documents are turned into text too, so that nothing of it is felt
 * in a window. The calls belong to the thread that made the search. An index that turns out damaged is made
 * again, and #WeftSearch::made-again asks for everything anew.
 */

#pragma once

#include <gio/gio.h>

#include "crdt/weft-doc.h"
#include "store/weft-search-index.h"

G_BEGIN_DECLS

#define WEFT_TYPE_SEARCH (weft_search_get_type ())
G_DECLARE_FINAL_TYPE (WeftSearch, weft_search, WEFT, SEARCH, GObject)

/* Fills @text with what can be found in @doc. Called on the search's thread. */
typedef void (*WeftSearchTextFunc) (WeftDoc        *doc,
                                    WeftSearchText *text);

/* @path: of the index. Opens it in the background; what goes wrong there shows in the calls. */
WeftSearch *weft_search_new          (const char          *path) G_GNUC_WARN_UNUSED_RESULT;
/* What is in it: page -> WeftSearchState. */
void        weft_search_list_async   (WeftSearch          *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
GHashTable *weft_search_list_finish  (WeftSearch          *self,
                                      GAsyncResult        *result,
                                      GError             **error) G_GNUC_WARN_UNUSED_RESULT;
/* @doc: (transfer full): goes to the search's thread and ends there */
void        weft_search_put_async    (WeftSearch          *self,
                                      const char          *page,
                                      const char          *title,
                                      WeftDoc             *doc,
                                      WeftSearchTextFunc   text_func,
                                      const WeftSearchState *state,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
gboolean    weft_search_put_finish   (WeftSearch          *self,
                                      GAsyncResult        *result,
                                      GError             **error);
void        weft_search_set_title    (WeftSearch          *self,
                                      const char          *page,
                                      const char          *title);
/* Best first, titles before texts. A question that was cancelled before its turn costs nothing. */
void        weft_search_find_async   (WeftSearch          *self,
                                      const char          *query,
                                      guint                max,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
/* (transfer full) (element-type WeftSearchHit) */
GPtrArray  *weft_search_find_finish  (WeftSearch          *self,
                                      GAsyncResult        *result,
                                      GError             **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
