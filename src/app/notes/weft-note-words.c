/* weft-note-words.c - which words of a text a spelling checker is asked about
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-words.h"

#include <string.h>

/* Longer ones are keys, hashes and the like. */
#define MAX_WORD_CHARS 64

/* What stands where something is embedded. */
#define EMBED 0xfffc

static gboolean
is_gap (gunichar c)
{
  return c == EMBED || g_unichar_isspace (c);
}

/* What stands between two gaps and is an address or a path: its words are nobody's language. */
static gboolean
is_address (const char *chunk,
            gsize       n_bytes)
{
  const char *at = memchr (chunk, '@', n_bytes);

  if (g_strstr_len (chunk, n_bytes, "://") != NULL)
    return TRUE;
  if (n_bytes > 4 && g_ascii_strncasecmp (chunk, "www.", 4) == 0)
    return TRUE;
  if (n_bytes > 1 && (chunk[0] == '/' || (chunk[0] == '~' && chunk[1] == '/')))
    return TRUE;

  return at != NULL && at > chunk && at + 1 < chunk + n_bytes && g_ascii_isalnum (at[-1]) && g_ascii_isalnum (at[1]);
}

static gboolean
is_worth_asking (const char    *word,
                 gsize          n_bytes,
                 guint          n_chars,
                 PangoLanguage *language)
{
  GUnicodeScript script = G_UNICODE_SCRIPT_COMMON;

  if (n_chars < 2 || n_chars > MAX_WORD_CHARS)
    return FALSE;

  for (const char *p = word; p < word + n_bytes; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      /* A dot within a word is one of a file's or a machine's name, or of an abbreviation. */
      if (c == '_' || c == '.' || g_unichar_isdigit (c))
        return FALSE;
      if (script == G_UNICODE_SCRIPT_COMMON || script == G_UNICODE_SCRIPT_INHERITED)
        script = g_unichar_get_script (c);
    }

  return script != G_UNICODE_SCRIPT_COMMON
         && (language == NULL || pango_language_includes_script (language, (PangoScript) script));
}

/* @p stands behind a gap; up to the next one. */
static gboolean
starts_address (const char *p,
                const char *end)
{
  const char *stop = p;

  while (stop < end && !is_gap (g_utf8_get_char (stop)))
    stop = g_utf8_next_char (stop);

  return is_address (p, stop - p);
}

/* Between two letters: what Pango takes for the end of a word, and people do not. */
static gboolean
is_joint (const char *p,
          const char *end)
{
  static const gunichar joints[] = { '\'', 0x2019, 0xb7, 0x5f3, 0x5f4, '.', '_' };
  gunichar c = g_utf8_get_char (p);
  const char *next = g_utf8_next_char (p);

  for (guint i = 0; i < G_N_ELEMENTS (joints); i++)
    if (c == joints[i])
      return next < end && g_unichar_isalnum (g_utf8_get_char (next));

  return FALSE;
}

GArray *
weft_note_words_find (const char    *text,
                      gsize          n_bytes,
                      PangoLanguage *language)
{
  GArray *words = g_array_new (FALSE, FALSE, sizeof (WeftNoteWord));
  guint n_chars = g_utf8_strlen (text, n_bytes);
  g_autofree PangoLogAttr *attrs = g_new0 (PangoLogAttr, n_chars + 1);
  const char *end = text + n_bytes, *p = text, *word = NULL;
  gboolean after_gap = TRUE, in_address = FALSE;
  guint word_at = 0;

  pango_get_log_attrs (text, n_bytes, -1, language, attrs, n_chars + 1);
  for (guint i = 0; i <= n_chars; i++)
    {
      gboolean gap = i == n_chars || is_gap (g_utf8_get_char (p));

      if (word != NULL && (gap || (attrs[i].is_word_end && !is_joint (p, end))))
        {
          WeftNoteWord found = { word_at, i - word_at, word - text, p - word };

          if (!in_address && is_worth_asking (word, p - word, i - word_at, language))
            g_array_append_val (words, found);
          word = NULL;
        }
      if (i == n_chars)
        break;

      if (after_gap && !gap)
        in_address = starts_address (p, end);
      if (word == NULL && attrs[i].is_word_start && !gap)
        {
          word = p;
          word_at = i;
        }
      after_gap = gap;
      p = g_utf8_next_char (p);
    }

  return words;
}
