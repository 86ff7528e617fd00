/* weft-search-index.h - the file that a notebook is searched with
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A SQLite file of its own beside the notebook, NAME-search, with the text of each page in an FTS5 table. All of it
 * can be made again from the notebook: a file that is damaged, newer or not ours is deleted and begun anew, and
 * where none can be written it lives in the folder for temporary files until it is closed.
 *
 * Belongs to one thread.
 */

#pragma once

#include <glib.h>

#include "store/weft-store-error.h"

G_BEGIN_DECLS

typedef struct _WeftSearchIndex WeftSearchIndex;

/**
 * WeftSearchState:
 * @seq: number of the last update that is in the index
 * @time: when that was written: a number may be used again after a backup was restored
 */
typedef struct
{
  guint64 seq;
  gint64  time;
} WeftSearchState;

/**
 * WeftSearchPlace:
 * @at: character of the text where it begins
 * @id: what stands there: an element of a board
 */
typedef struct
{
  guint at;
  char *id;
} WeftSearchPlace;

/**
 * WeftSearchText:
 * @text: what can be found in a page
 * @places: (nullable) (element-type WeftSearchPlace): where the parts of it are, in order
 */
typedef struct
{
  char      *text;
  GPtrArray *places;
} WeftSearchText;

/* Bytes of a snippet. */
typedef struct
{
  guint start;
  guint end;
} WeftSearchRange;

/**
 * WeftSearchHit:
 * @page: the page
 * @in_title: whether its title has all that was asked for
 * @snippet: (nullable): one line of the text around the match; %NULL where only the title has it
 * @ranges: (element-type WeftSearchRange): what of it was asked for
 * @at: character of the text where the match is
 * @n_chars: how long it is
 * @place: (nullable): the part of the page where the match is
 */
typedef struct
{
  char    *page;
  gboolean in_title;
  char    *snippet;
  GArray  *ranges;
  guint    at;
  guint    n_chars;
  char    *place;
} WeftSearchHit;

void             weft_search_text_clear        (WeftSearchText    *self);
WeftSearchPlace *weft_search_place_new         (guint              at,
                                                const char        *id);
void             weft_search_place_free        (WeftSearchPlace   *self);
void             weft_search_hit_free          (WeftSearchHit     *self);

/* The file beside the notebook @path. (transfer full) */
char            *weft_search_index_path        (const char        *path);
WeftSearchIndex *weft_search_index_open        (const char        *path,
                                                GError           **error) G_GNUC_WARN_UNUSED_RESULT;
void             weft_search_index_close       (WeftSearchIndex   *self);
/* What is in it already: page -> WeftSearchState. (transfer full) */
GHashTable      *weft_search_index_list        (WeftSearchIndex   *self,
                                                GError           **error) G_GNUC_WARN_UNUSED_RESULT;
/* Changes are together on the disk after weft_search_index_commit(). */
gboolean         weft_search_index_put         (WeftSearchIndex   *self,
                                                const char        *page,
                                                const char        *title,
                                                const WeftSearchText *text,
                                                const WeftSearchState *state,
                                                GError           **error);
gboolean         weft_search_index_set_title   (WeftSearchIndex   *self,
                                                const char        *page,
                                                const char        *title,
                                                GError           **error);
gboolean         weft_search_index_commit      (WeftSearchIndex   *self,
                                                GError           **error);
/* Best first, titles before texts, at most @max. (transfer full) (element-type WeftSearchHit) */
GPtrArray       *weft_search_index_find        (WeftSearchIndex   *self,
                                                const char        *query,
                                                guint              max,
                                                GError           **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WeftSearchText, weft_search_text_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftSearchIndex, weft_search_index_close)

G_END_DECLS
