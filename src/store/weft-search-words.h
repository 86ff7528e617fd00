/* weft-search-words.h - what is found by what: text as folded words and pairs of characters
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text in scripts with spaces is cut into words. In scripts without (Chinese, Japanese, Korean, Thai, Lao, Khmer,
 * Burmese) nobody can say cheaply where a word ends, so each two neighbours are a token, and the last
 * character of a run one of its own:
 *
 *     京都 tower  ->  京都  都  tower
 *
 * A question for 京都タ becomes the phrase 京都 都タ, which finds just where these characters stand together;
 * one for a single character asks for tokens that begin with it.
 *
 * Tokens are folded: width (ｔｏｗｅｒ, ﾀﾜｰ), case, and the marks on Latin, Greek, Cyrillic, Hebrew and Arabic
 * letters. Marks that make another letter, as those of kana, Thai or Devanagari do, count.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Longer tokens are cut, in what is asked as in what is stored. */
#define WEFT_SEARCH_MAX_TOKEN 60

typedef enum
{
  WEFT_SEARCH_STORE, /* what is to be found */
  WEFT_SEARCH_ASK,   /* a question: a run of several characters without the last one alone */
} WeftSearchPurpose;

/* @start and @end: bytes of the text that @token, not terminated, was made of. Returns: whether to go on */
typedef gboolean (*WeftSearchTokenFunc) (const char *token,
                                         gsize       n_bytes,
                                         gsize       start,
                                         gsize       end,
                                         gpointer    user_data);

/* Bytes that are no UTF-8 separate words. Returns: whether the end was reached */
gboolean   weft_search_tokenize  (const char          *text,
                                  gsize                n_bytes,
                                  WeftSearchPurpose    purpose,
                                  WeftSearchTokenFunc  func,
                                  gpointer             user_data);

/**
 * WeftSearchTerm:
 * @tokens: (array zero-terminated=1): tokens that follow each other
 * @n_tokens: how many
 * @is_prefix: whether the last may be a beginning only
 * @is_word: whether it is one word, of a script that parts them
 */
typedef struct
{
  char   **tokens;
  guint    n_tokens;
  gboolean is_prefix;
  gboolean is_word;
} WeftSearchTerm;

/* What somebody typed as terms, all of which are wanted. Every word may be the beginning of one.
 * Returns: (transfer full) (element-type WeftSearchTerm): empty where there is nothing to ask */
GPtrArray *weft_search_parse     (const char          *query) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
