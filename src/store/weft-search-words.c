/* weft-search-words.c - what is found by what: text as folded words and pairs of characters
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "store/weft-search-words.h"

#include <string.h>

typedef enum
{
  CLASS_SEPARATOR,
  CLASS_WORD,
  CLASS_PAIR, /* a character of a script without spaces */
} CharClass;

typedef struct
{
  WeftSearchPurpose purpose;
  WeftSearchTokenFunc func;
  gpointer user_data;
  gboolean stopped;

  /* The word, or the last character of the run, that is being read */
  GString *token;
  gsize start;
  gsize end;
  CharClass class;
  gboolean run_has_pair;
} Tokenizer;

/* The voicing marks of half-width katakana: letters by their class, marks by their use. */
static gboolean
is_half_width_mark (gunichar c)
{
  return c == 0xff9e || c == 0xff9f;
}

static gboolean
is_mark (gunichar c)
{
  return g_unichar_ismark (c) || is_half_width_mark (c);
}

static CharClass
classify (gunichar c)
{
  switch (g_unichar_get_script (c))
    {
    case G_UNICODE_SCRIPT_HAN:
    case G_UNICODE_SCRIPT_HIRAGANA:
    case G_UNICODE_SCRIPT_KATAKANA:
    case G_UNICODE_SCRIPT_HANGUL:
    case G_UNICODE_SCRIPT_BOPOMOFO:
    case G_UNICODE_SCRIPT_YI:
    case G_UNICODE_SCRIPT_THAI:
    case G_UNICODE_SCRIPT_LAO:
    case G_UNICODE_SCRIPT_KHMER:
    case G_UNICODE_SCRIPT_MYANMAR:
      return g_unichar_isalnum (c) || g_unichar_ismark (c) ? CLASS_PAIR : CLASS_SEPARATOR;

    default:
      /* The long mark of katakana belongs to two scripts, and so to none. */
      if (c == 0x30fc)
        return CLASS_PAIR;
      return g_unichar_isalnum (c) || g_unichar_ismark (c) ? CLASS_WORD : CLASS_SEPARATOR;
    }
}

/* Whether the marks on a letter are ornament when one looks for it. */
static gboolean
loses_marks (gunichar c)
{
  switch (g_unichar_get_script (c))
    {
    case G_UNICODE_SCRIPT_LATIN:
    case G_UNICODE_SCRIPT_GREEK:
    case G_UNICODE_SCRIPT_CYRILLIC:
    case G_UNICODE_SCRIPT_HEBREW:
    case G_UNICODE_SCRIPT_ARABIC:
      return TRUE;

    default:
      return FALSE;
    }
}

static void
emit (Tokenizer  *self,
      const char *token,
      gsize       n_bytes,
      gsize       start,
      gsize       end)
{
  if (n_bytes > WEFT_SEARCH_MAX_TOKEN)
    {
      n_bytes = WEFT_SEARCH_MAX_TOKEN;
      while ((token[n_bytes] & 0xc0) == 0x80)
        n_bytes--;
    }

  if (!self->stopped && !self->func (token, n_bytes, start, end, self->user_data))
    self->stopped = TRUE;
}

/* The word or the run ends here. */
static void
end_token (Tokenizer *self)
{
  gboolean is_asked = self->class == CLASS_PAIR && self->run_has_pair
                      && self->purpose == WEFT_SEARCH_ASK;

  if (self->token->len > 0 && !is_asked)
    emit (self, self->token->str, self->token->len, self->start, self->end);

  g_string_truncate (self->token, 0);
  self->class = CLASS_SEPARATOR;
  self->run_has_pair = FALSE;
}

static void
add_char (Tokenizer *self,
          gunichar   c,
          CharClass  class,
          gsize      start,
          gsize      end)
{
  if (class == CLASS_SEPARATOR || (self->class != CLASS_SEPARATOR && class != self->class))
    end_token (self);
  if (class == CLASS_SEPARATOR)
    return;

  if (class == CLASS_PAIR && self->token->len > 0)
    {
      gsize n_before = self->token->len;

      g_string_append_unichar (self->token, c);
      emit (self, self->token->str, self->token->len, self->start, end);
      g_string_erase (self->token, 0, (gssize) n_before);
      self->start = start;
      self->run_has_pair = TRUE;
    }
  else
    {
      if (self->token->len == 0)
        self->start = start;
      g_string_append_unichar (self->token, c);
    }

  self->class = class;
  self->end = end;
}

/* A character and the marks on it, folded. */
static void
add_cluster (Tokenizer  *self,
             const char *text,
             gsize       n_bytes,
             gsize       start)
{
  g_autofree char *composed = g_utf8_normalize (text, (gssize) n_bytes, G_NORMALIZE_NFKC);
  g_autofree char *cased = composed != NULL ? g_utf8_casefold (composed, -1) : NULL;
  g_autofree char *folded = NULL;
  gboolean drops_marks = FALSE;

  if (cased == NULL)
    return;

  folded = g_utf8_normalize (cased, -1,
                             loses_marks (g_utf8_get_char (cased)) ? G_NORMALIZE_NFKD : G_NORMALIZE_NFKC);
  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      CharClass class = classify (c);

      if (!g_unichar_ismark (c))
        drops_marks = loses_marks (c);
      else if (drops_marks)
        continue;

      /* A mark goes with what it stands on. */
      if (g_unichar_ismark (c) && class == CLASS_WORD && self->class != CLASS_SEPARATOR)
        class = self->class;
      add_char (self, c, class, start, start + n_bytes);
    }
}

/* Most text: its characters are themselves when folded. */
static gboolean
is_plain (gunichar c)
{
  return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3041 && c <= 0x3096) || (c >= 0x30a1 && c <= 0x30fc)
         || (c >= 0xac00 && c <= 0xd7a3);
}

gboolean
weft_search_tokenize (const char         *text,
                      gsize               n_bytes,
                      WeftSearchPurpose   purpose,
                      WeftSearchTokenFunc func,
                      gpointer            user_data)
{
  g_autoptr(GString) token = g_string_sized_new (WEFT_SEARCH_MAX_TOKEN + 8);
  Tokenizer self = { .purpose = purpose, .func = func, .user_data = user_data, .token = token };
  gsize at = 0;

  while (at < n_bytes && !self.stopped)
    {
      guint8 byte = (guint8) text[at];
      gsize end = at;
      gunichar c;
      gboolean has_marks = FALSE;

      if (byte < 0x80)
        {
          c = byte;
          end = at + 1;
        }
      else
        {
          c = g_utf8_get_char_validated (text + at, (gssize) (n_bytes - at));
          if (c == (gunichar) -1 || c == (gunichar) -2)
            {
              end_token (&self);
              at++;
              continue;
            }
          end = (gsize) (g_utf8_next_char (text + at) - text);
        }

      while (end < n_bytes && (guint8) text[end] >= 0xc0)
        {
          gunichar mark = g_utf8_get_char_validated (text + end, (gssize) (n_bytes - end));

          if (mark == (gunichar) -1 || mark == (gunichar) -2 || !is_mark (mark))
            break;
          has_marks = TRUE;
          end = (gsize) (g_utf8_next_char (text + end) - text);
        }

      if (byte < 0x80 && !has_marks)
        add_char (&self, (gunichar) g_ascii_tolower ((char) byte),
                  g_ascii_isalnum ((char) byte) ? CLASS_WORD : CLASS_SEPARATOR, at, end);
      else if (!has_marks && is_plain (c))
        add_char (&self, c, CLASS_PAIR, at, end);
      else
        add_cluster (&self, text + at, end - at, at);

      at = end;
    }

  end_token (&self);
  return !self.stopped;
}

static void
term_free (WeftSearchTerm *term)
{
  g_strfreev (term->tokens);
  g_free (term);
}

typedef struct
{
  GPtrArray *terms;
  GPtrArray *run; /* tokens of the run of pairs that is being read */
  gsize run_end;
} Parser;

static void
end_run (Parser *self)
{
  WeftSearchTerm *term;

  if (self->run->len == 0)
    return;

  term = g_new0 (WeftSearchTerm, 1);
  term->n_tokens = self->run->len;
  /* A word may go on; of a single character every pair will do that begins with it. */
  term->is_word = self->run->len == 1 && classify (g_utf8_get_char (self->run->pdata[0])) == CLASS_WORD;
  term->is_prefix = term->is_word || (self->run->len == 1 && g_utf8_strlen (self->run->pdata[0], -1) == 1);
  g_ptr_array_add (self->run, NULL);
  term->tokens = (char **) g_ptr_array_free (self->run, FALSE);
  g_ptr_array_add (self->terms, term);
  self->run = g_ptr_array_new ();
}

static gboolean
parse_token_cb (const char *token,
                gsize       n_bytes,
                gsize       start,
                gsize       end,
                gpointer    user_data)
{
  Parser *self = user_data;
  gboolean is_pair = classify (g_utf8_get_char (token)) == CLASS_PAIR;

  /* The pairs of a run overlap. */
  if (!is_pair || start >= self->run_end)
    end_run (self);

  g_ptr_array_add (self->run, g_strndup (token, n_bytes));
  self->run_end = end;
  if (!is_pair)
    end_run (self);

  return TRUE;
}

GPtrArray *
weft_search_parse (const char *query)
{
  GPtrArray *terms = g_ptr_array_new_with_free_func ((GDestroyNotify) term_free);
  Parser parser = { .terms = terms, .run = g_ptr_array_new () };

  weft_search_tokenize (query, strlen (query), WEFT_SEARCH_ASK, parse_token_cb, &parser);
  end_run (&parser);
  g_ptr_array_free (parser.run, TRUE);

  return terms;
}
