/* weft-search-result.c - a page that was found, and where in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-search-result-private.h"

struct _WeftSearchResult
{
  GObject   parent_instance;

  WeftPage *page;
  char     *snippet;
  GArray   *matches;
  guint     at;
  guint     n_chars;
  char     *element;
};

G_DEFINE_FINAL_TYPE (WeftSearchResult, weft_search_result, G_TYPE_OBJECT)

static void
weft_search_result_finalize (GObject *object)
{
  WeftSearchResult *self = WEFT_SEARCH_RESULT (object);

  g_object_unref (self->page);
  g_free (self->snippet);
  g_array_unref (self->matches);
  g_free (self->element);

  G_OBJECT_CLASS (weft_search_result_parent_class)->finalize (object);
}

static void
weft_search_result_class_init (WeftSearchResultClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_search_result_finalize;
}

static void
weft_search_result_init (WeftSearchResult *self)
{
  self->matches = g_array_new (FALSE, FALSE, sizeof (WeftSearchMatch));
}

WeftSearchResult *
weft_search_result_new (WeftPage            *page,
                        const WeftSearchHit *hit)
{
  WeftSearchResult *self = g_object_new (WEFT_TYPE_SEARCH_RESULT, NULL);

  self->page = g_object_ref (page);
  self->snippet = g_strdup (hit != NULL && hit->snippet != NULL ? hit->snippet : "");
  self->element = g_strdup (hit != NULL && hit->place != NULL ? hit->place : "");
  if (hit == NULL)
    return self;

  self->at = hit->at;
  self->n_chars = hit->n_chars;
  for (guint i = 0; i < hit->ranges->len; i++)
    {
      const WeftSearchRange *range = &g_array_index (hit->ranges, WeftSearchRange, i);
      WeftSearchMatch match = { range->start, range->end };

      g_array_append_val (self->matches, match);
    }

  return self;
}

/**
 * weft_search_result_get_page:
 * @self: a result
 *
 * Returns: (transfer none): the page that was found
 */
WeftPage *
weft_search_result_get_page (WeftSearchResult *self)
{
  g_return_val_if_fail (WEFT_IS_SEARCH_RESULT (self), NULL);

  return self->page;
}

/**
 * weft_search_result_get_snippet:
 * @self: a result
 *
 * Returns: a line of the page around the match, or ""
 */
const char *
weft_search_result_get_snippet (WeftSearchResult *self)
{
  g_return_val_if_fail (WEFT_IS_SEARCH_RESULT (self), NULL);

  return self->snippet;
}

/**
 * weft_search_result_get_matches:
 * @self: a result
 *
 * Returns: (transfer none) (element-type WeftSearchMatch): the matches in the snippet
 */
GArray *
weft_search_result_get_matches (WeftSearchResult *self)
{
  g_return_val_if_fail (WEFT_IS_SEARCH_RESULT (self), NULL);

  return self->matches;
}

/**
 * weft_search_result_get_range:
 * @self: a result
 * @at: (out): character of the page's text where the match is
 * @n_chars: (out): how long it is
 *
 * Returns: whether the text of the page has a match
 */
gboolean
weft_search_result_get_range (WeftSearchResult *self,
                              guint            *at,
                              guint            *n_chars)
{
  g_return_val_if_fail (WEFT_IS_SEARCH_RESULT (self), FALSE);

  *at = self->at;
  *n_chars = self->n_chars;
  return self->n_chars > 0;
}

/**
 * weft_search_result_get_element:
 * @self: a result
 *
 * Returns: the element of a board that has the match, or ""
 */
const char *
weft_search_result_get_element (WeftSearchResult *self)
{
  g_return_val_if_fail (WEFT_IS_SEARCH_RESULT (self), NULL);

  return self->element;
}
