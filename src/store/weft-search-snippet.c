/* weft-search-snippet.c - the line of a text that shows why it was found
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-search-snippet.h"

#include <string.h>

#include "store/weft-search-index.h"
#include "store/weft-search-words.h"

/* Characters of a snippet, and how many of them stand before the match. */
#define SNIPPET_CHARS 120
#define SNIPPET_BEFORE 30
/* Characters of a word that is left out rather than shown in part. */
#define SNIPPET_PART 16
/* Bytes within which matches stand together. */
#define WINDOW 200
/* Terms of a question that are told apart. */
#define MAX_TERMS 32
/* Bytes behind a place that has beginnings of words only, within which a place with the whole words is looked for. */
#define LOOK_FURTHER (64 * 1024)

typedef struct
{
  gsize start;
  gsize end;
  guint term;
  gboolean is_whole; /* else only the beginning of a word, as far as it was typed */
} Match;

/* Tokens are kept as long as a term can reach back. */
typedef struct
{
  char token[WEFT_SEARCH_MAX_TOKEN + 1];
  gsize start;
} Token;

typedef struct
{
  GPtrArray *terms;
  Token *ring;
  guint ring_size;
  guint n_tokens;
  GArray *recent;  /* of Match: those within a window of the last */
  GArray *matches; /* of Match: those of the best window, and a window more */
  guint best_worth;
  gsize best_end;
  gboolean only_whether;
  guint32 found; /* a bit for each term */
} Matcher;

static const Token *
get_token (const Matcher *self,
           guint          back)
{
  return &self->ring[(self->n_tokens - 1 - back) % self->ring_size];
}

/* Whether the tokens up to the last one are @term. */
static gboolean
ends_here (const Matcher        *self,
           const WeftSearchTerm *term)
{
  if (self->n_tokens < term->n_tokens)
    return FALSE;

  for (guint i = 0; i < term->n_tokens; i++)
    {
      const char *token = get_token (self, term->n_tokens - 1 - i)->token;
      gboolean is_last = i == term->n_tokens - 1;

      if (is_last && term->is_prefix ? !g_str_has_prefix (token, term->tokens[i])
                                     : !g_str_equal (token, term->tokens[i]))
        return FALSE;
    }

  return TRUE;
}

static guint32
all_terms (const Matcher *self)
{
  guint n_terms = MIN (self->terms->len, MAX_TERMS);

  return n_terms == 32 ? G_MAXUINT32 : (1u << n_terms) - 1;
}

/* More terms are better than fewer; of as many, more that are there as whole words. */
static guint
get_worth (guint32 terms,
           guint32 whole)
{
  return (guint) __builtin_popcount (terms) * (MAX_TERMS + 1) + (guint) __builtin_popcount (whole);
}

static guint
count_worth (const GArray *matches)
{
  guint32 terms = 0, whole = 0;

  for (guint i = 0; i < matches->len; i++)
    {
      const Match *match = &g_array_index (matches, Match, i);

      terms |= 1u << match->term;
      whole |= (guint32) match->is_whole << match->term;
    }

  return get_worth (terms, whole);
}

static void
add_match (Matcher     *self,
           const Match *match)
{
  guint n_old = 0;
  guint worth;

  self->found |= 1u << match->term;
  while (n_old < self->recent->len
         && g_array_index (self->recent, Match, n_old).start + WINDOW < match->end)
    n_old++;
  g_array_remove_range (self->recent, 0, n_old);
  g_array_append_val (self->recent, *match);

  worth = count_worth (self->recent);
  if (worth > self->best_worth)
    {
      g_array_set_size (self->matches, 0);
      g_array_append_vals (self->matches, self->recent->data, self->recent->len);
      self->best_worth = worth;
      self->best_end = match->end + WINDOW;
    }
  else if (match->start < self->best_end)
    g_array_append_val (self->matches, *match);
}

static gboolean
match_token_cb (const char *token,
                gsize       n_bytes,
                gsize       start,
                gsize       end,
                gpointer    user_data)
{
  Matcher *self = user_data;
  Token *last = &self->ring[self->n_tokens++ % self->ring_size];

  memcpy (last->token, token, n_bytes);
  last->token[n_bytes] = '\0';
  last->start = start;

  for (guint i = 0; i < MIN (self->terms->len, MAX_TERMS); i++)
    {
      const WeftSearchTerm *term = g_ptr_array_index (self->terms, i);
      Match match = { 0, end, i, FALSE };

      if (!ends_here (self, term))
        continue;

      match.start = get_token (self, term->n_tokens - 1)->start;
      match.is_whole = g_str_equal (last->token, term->tokens[term->n_tokens - 1]);
      add_match (self, &match);
    }

  if (self->only_whether)
    return self->found != all_terms (self);

  /* All of them close together: no place is better, or none that is worth the time. */
  return start < self->best_end || self->best_worth < get_worth (all_terms (self), 0)
         || (self->best_worth < get_worth (all_terms (self), all_terms (self))
             && start < self->best_end + LOOK_FURTHER);
}

static void
run_matcher (Matcher    *self,
             const char *text)
{
  self->ring_size = 1;
  for (guint i = 0; i < self->terms->len; i++)
    self->ring_size = MAX (self->ring_size, ((WeftSearchTerm *) self->terms->pdata[i])->n_tokens);

  self->ring = g_new (Token, self->ring_size);
  self->recent = g_array_new (FALSE, FALSE, sizeof (Match));
  self->matches = g_array_new (FALSE, FALSE, sizeof (Match));
  weft_search_tokenize (text, strlen (text), WEFT_SEARCH_STORE, match_token_cb, self);
  g_array_unref (self->recent);
  g_free (self->ring);
}

gboolean
weft_search_matches (const char *text,
                     GPtrArray  *terms)
{
  Matcher matcher = { .terms = terms, .only_whether = TRUE };

  run_matcher (&matcher, text);
  g_array_unref (matcher.matches);

  return matcher.found == all_terms (&matcher);
}

/* Where most terms are, as whole words if possible, and of such places the closest together. */
static guint
find_best (const GArray *matches)
{
  guint best = 0;
  guint best_worth = 0;
  gsize best_span = 0;

  for (guint i = 0; i < matches->len; i++)
    {
      const Match *first = &g_array_index (matches, Match, i);
      guint32 near = 0, whole = 0;
      guint worth;
      gsize span = 0;

      for (guint j = i; j < matches->len; j++)
        {
          const Match *match = &g_array_index (matches, Match, j);

          if (match->start > first->start + WINDOW)
            break;
          if ((near & 1u << match->term) == 0)
            span = match->end - first->start;
          near |= 1u << match->term;
          whole |= (guint32) match->is_whole << match->term;
        }

      /* Begin with one that counts: of one term, the beginning of some word before it does not. */
      worth = get_worth (near, whole);
      if (!first->is_whole && (whole & 1u << first->term) != 0)
        worth--;
      if (worth > best_worth || (worth == best_worth && span < best_span && near != 1u << first->term))
        {
          best = i;
          best_worth = worth;
          best_span = span;
        }
    }

  return best;
}

static gboolean
is_line_end (const char *p)
{
  return *p == '\n' || *p == '\r' || *p == '\0';
}

/* The beginning of the next word, where @from stands within one and the next comes soon: scripts without blanks have
 * none. @end: what has to stay */
static const char *
skip_part_of_word (const char *text,
                   const char *from,
                   const char *end)
{
  const char *at = from;

  if (from == text || is_line_end (from - 1) || g_unichar_isspace (g_utf8_get_char (g_utf8_prev_char (from))))
    return from;

  for (guint i = 0; i < SNIPPET_PART && at < end; i++)
    {
      gboolean is_blank = g_unichar_isspace (g_utf8_get_char (at));

      at = g_utf8_next_char (at);
      if (is_blank)
        return at;
    }

  return from;
}

/* From the line of @match, not further away than fits. */
static void
find_line (const char  *text,
           const Match *match,
           gsize       *start,
           gsize       *end)
{
  const char *from = text + match->start;
  const char *to = text + match->start;

  for (guint i = 0; i < SNIPPET_BEFORE && from > text; i++)
    {
      const char *before = g_utf8_prev_char (from);

      if (is_line_end (before))
        break;
      from = before;
    }
  from = skip_part_of_word (text, from, text + match->start);

  for (guint i = 0; i < SNIPPET_CHARS - SNIPPET_BEFORE && !is_line_end (to); i++)
    to = g_utf8_next_char (to);

  *start = (gsize) (from - text);
  *end = (gsize) (to - text);
}

static void
add_ranges (const GArray *matches,
            gsize         start,
            gsize         end,
            gsize         shift,
            GArray       *ranges)
{
  for (guint i = 0; i < matches->len; i++)
    {
      const Match *match = &g_array_index (matches, Match, i);
      WeftSearchRange range = { (guint) (match->start - start + shift),
                                (guint) (MIN (match->end, end) - start + shift) };
      WeftSearchRange *last = ranges->len > 0
                                  ? &g_array_index (ranges, WeftSearchRange, ranges->len - 1)
                                  : NULL;

      if (match->start < start || match->start >= end)
        continue;

      if (last != NULL && range.start <= last->end)
        {
          last->start = MIN (last->start, range.start);
          last->end = MAX (last->end, range.end);
        }
      else
        g_array_append_val (ranges, range);
    }
}

char *
weft_search_make_snippet (const char *text,
                          GPtrArray  *terms,
                          GArray     *ranges,
                          guint      *at,
                          guint      *n_chars)
{
  static const char ellipsis[] = "…";
  Matcher matcher = { .terms = terms };
  g_autoptr(GString) snippet = NULL;
  const Match *best;
  gsize start, end, shift;

  run_matcher (&matcher, text);
  if (matcher.matches->len == 0)
    {
      g_array_unref (matcher.matches);
      return NULL;
    }

  best = &g_array_index (matcher.matches, Match, find_best (matcher.matches));
  find_line (text, best, &start, &end);
  snippet = g_string_new (NULL);
  if (start > 0 && !is_line_end (text + start - 1))
    g_string_append (snippet, ellipsis);
  shift = snippet->len;
  g_string_append_len (snippet, text + start, (gssize) (end - start));
  if (!is_line_end (text + end))
    g_string_append (snippet, ellipsis);

  add_ranges (matcher.matches, start, end, shift, ranges);
  *at = (guint) g_utf8_strlen (text, (gssize) best->start);
  *n_chars = (guint) g_utf8_strlen (text + best->start, (gssize) (best->end - best->start));
  g_array_unref (matcher.matches);

  return g_string_free (g_steal_pointer (&snippet), FALSE);
}
