/* weft-note-markdown.c - Markdown as one types it becomes what it means
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The characters are typed first, as a step of undo of their own; then they are replaced by the format,
 * as another: Ctrl+Z gives the characters back.
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"

typedef struct
{
  const char *pattern; /* from the start of the line to the caret */
  const char *key;
  const char *value; /* %NULL: a number, the length of the first group */
} BlockRule;

static const BlockRule block_rules[] = {
  { "^(#{1,6}) $", "header", NULL },
  { "^[-*+] $", "list", "bullet" },
  { "^[0-9]{1,3}[.)] $", "list", "ordered" },
  { "^\\[ ?\\] $", "list", "unchecked" },
  { "^\\[[xX]\\] $", "list", "checked" },
  { "^> $", "blockquote", "" },
  { "^``` $", "code-block", "" },
};

typedef struct
{
  char        last;    /* the character that may complete it */
  const char *pattern; /* groups: what opens, what stays, what closes (a link: the address) */
  const char *key;
} InlineRule;

static const InlineRule inline_rules[] = {
  { '*', "(?:^|[^*\\\\])(\\*\\*)([^*\\s](?:[^*]*[^*\\s])?)(\\*\\*)$", "bold" },
  { '*', "(?:^|[^*\\\\])(\\*)([^*\\s](?:[^*]*[^*\\s])?)(\\*)$", "italic" },
  { '_', "(?:^|[\\s\\p{P}])(__)([^_\\s](?:[^_]*[^_\\s])?)(__)$", "bold" },
  { '_', "(?:^|[\\s\\p{P}])(?<!_)(_)([^_\\s](?:[^_]*[^_\\s])?)(_)$", "italic" },
  { '`', "(?:^|[^`])(`)([^`]+)(`)$", "code" },
  { '~', "(?:^|[^~])(~~)([^~\\s](?:[^~]*[^~\\s])?)(~~)$", "strike" },
  { ')', "(\\[)([^\\[\\]]+)(\\]\\([^\\s()]+\\))$", "link" },
};

/* Patterns are compiled when they are first used, and kept. */
static GRegex *
get_regex (const char *pattern)
{
  static GHashTable *regexes;
  GRegex *regex;

  if (regexes == NULL)
    regexes = g_hash_table_new (g_str_hash, g_str_equal);

  regex = g_hash_table_lookup (regexes, pattern);
  if (regex == NULL)
    {
      regex = g_regex_new (pattern, G_REGEX_OPTIMIZE, 0, NULL);
      g_assert (regex != NULL);
      g_hash_table_insert (regexes, (char *) pattern, regex);
    }

  return regex;
}

static char *
dup_line_until (const GtkTextIter *iter)
{
  GtkTextIter start = *iter;

  gtk_text_iter_set_line_offset (&start, 0);

  return gtk_text_iter_get_slice (&start, iter);
}

static void
begin (WeftNoteTextView *self)
{
  weft_note_text_view_end_step (self);
  gtk_text_buffer_begin_user_action (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self)));
}

static void
finish (WeftNoteTextView *self)
{
  gtk_text_buffer_end_user_action (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self)));
  weft_note_text_view_end_step (self);
}

static WeftAny *
block_value (const BlockRule *rule,
             GMatchInfo      *match)
{
  int from, to;

  if (rule->value == NULL)
    {
      g_match_info_fetch_pos (match, 1, &from, &to);
      return weft_any_new_number (to - from);
    }

  return *rule->value != '\0' ? weft_any_new_string (rule->value) : weft_any_new_boolean (TRUE);
}

static void
apply_block (WeftNoteTextView  *self,
             const GtkTextIter *caret,
             const char        *key,
             WeftAny           *value)
{
  static const char *const kinds[] = { "header", "list", "blockquote", "code-block" };
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
  g_autoptr(WeftAny) change = weft_any_new_object ();
  GtkTextIter start = *caret, end = *caret;
  guint line = gtk_text_iter_get_line (caret);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    weft_any_object_take (change, kinds[i], weft_any_new_null ());
  if (!g_str_equal (key, "list"))
    weft_any_object_take (change, "indent", weft_any_new_null ());
  weft_any_object_take (change, key, value);

  gtk_text_iter_set_line_offset (&start, 0);
  begin (self);
  gtk_text_buffer_delete (buffer, &start, &end);
  weft_note_binding_format_lines (self->binding, line, line, change);
  finish (self);
}

static gboolean
try_block_rules (WeftNoteTextView  *self,
                 const GtkTextIter *caret,
                 const char        *line)
{
  guint number = gtk_text_iter_get_line (caret);
  const WeftNoteLineFormat *format
      = &weft_note_lines_get (weft_note_binding_get_lines (self->binding), number)->format;

  /* The longest is "###### ". */
  if (strlen (line) > 8)
    return FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (block_rules); i++)
    {
      const BlockRule *rule = &block_rules[i];
      g_autoptr(GMatchInfo) match = NULL;
      gboolean check = rule->value != NULL && g_str_has_suffix (rule->value, "checked");

      if (!g_regex_match (get_regex (rule->pattern), line, 0, &match))
        continue;
      /* "- [ ] " makes a check list out of the bullet; nothing else changes a list as one types. */
      if (format->list != WEFT_NOTE_LIST_NONE && !check)
        return FALSE;

      apply_block (self, caret, rule->key, block_value (rule, match));
      return TRUE;
    }

  return FALSE;
}

static void
iter_at_bytes (const GtkTextIter *caret,
               const char        *line,
               int                n_bytes,
               GtkTextIter       *iter)
{
  *iter = *caret;
  gtk_text_iter_set_line_offset (iter, g_utf8_strlen (line, n_bytes));
}

static WeftAny *
inline_value (const InlineRule *rule,
              GMatchInfo       *match)
{
  g_autofree char *closing = NULL;

  if (!g_str_equal (rule->key, "link"))
    return weft_any_new_boolean (TRUE);

  /* "](address)" */
  closing = g_match_info_fetch (match, 3);

  return weft_any_new_string_len (closing + 2, strlen (closing) - 3);
}

static void
apply_inline (WeftNoteTextView  *self,
              const GtkTextIter *caret,
              const char        *line,
              const InlineRule  *rule,
              GMatchInfo        *match)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
  g_autoptr(WeftAny) change = weft_note_attribute (rule->key, inline_value (rule, match));
  g_autoptr(WeftAny) after = NULL;
  GtkTextIter start, end;
  int open_from, open_to, close_from, close_to, n_open;

  g_match_info_fetch_pos (match, 1, &open_from, &open_to);
  g_match_info_fetch_pos (match, 3, &close_from, &close_to);
  n_open = open_to - open_from;

  iter_at_bytes (caret, line, open_from, &start);
  after = weft_note_binding_dup_marks (self->binding, &start);

  begin (self);
  iter_at_bytes (caret, line, close_from, &start);
  iter_at_bytes (caret, line, close_to, &end);
  gtk_text_buffer_delete (buffer, &start, &end);
  iter_at_bytes (&start, line, open_from, &start);
  end = start;
  gtk_text_iter_forward_chars (&end, n_open);
  gtk_text_buffer_delete (buffer, &start, &end);
  gtk_text_iter_forward_chars (&end, g_utf8_strlen (line + open_to, close_from - open_to));
  weft_note_binding_format (self->binding, &start, &end, change);
  finish (self);

  /* What is typed next is as what stood before. */
  weft_note_binding_set_marks (self->binding, after);
}

static gboolean
is_code (const GtkTextIter *caret)
{
  g_autoptr(WeftAny) marks = NULL;
  GtkTextIter before = *caret;

  if (gtk_text_iter_starts_line (caret))
    return FALSE;

  gtk_text_iter_backward_char (&before);
  marks = weft_note_dup_attributes (&before, FALSE);

  return weft_any_lookup (marks, "code") != NULL;
}

/* Between a back tick and the one that will close it nothing else means anything. */
static gboolean
code_is_open (const char *line)
{
  gboolean open = FALSE;

  for (const char *p = line; (p = strchr (p, '`')) != NULL; p++)
    open = !open;

  return open;
}

static gboolean
try_inline_rules (WeftNoteTextView  *self,
                  const GtkTextIter *caret,
                  const char        *line,
                  char               last)
{
  for (guint i = 0; i < G_N_ELEMENTS (inline_rules); i++)
    {
      g_autoptr(GMatchInfo) match = NULL;

      if (inline_rules[i].last != last
          || !g_regex_match (get_regex (inline_rules[i].pattern), line, 0, &match))
        continue;

      apply_inline (self, caret, line, &inline_rules[i], match);
      return TRUE;
    }

  return FALSE;
}

/* An address followed by a space becomes a link. */
static void
try_address (WeftNoteTextView  *self,
             const GtkTextIter *caret,
             const char        *line)
{
  g_autoptr(GMatchInfo) match = NULL;
  g_autoptr(WeftAny) change = NULL;
  g_autofree char *address = NULL;
  GtkTextIter start, end;
  int from, to;

  if (!g_regex_match (get_regex ("(?:^|[\\s(])(https?://[^\\s()<>]*[^\\s()<>.,:;!?'\"])[.,:;!?'\")]* $"), line, 0,
                      &match))
    return;

  g_match_info_fetch_pos (match, 1, &from, &to);
  address = g_match_info_fetch (match, 1);
  change = weft_note_attribute ("link", weft_any_new_string (address));
  iter_at_bytes (caret, line, from, &start);
  iter_at_bytes (caret, line, to, &end);
  begin (self);
  weft_note_binding_format (self->binding, &start, &end, change);
  finish (self);
}

void
weft_note_text_view_typed (WeftNoteTextView *self,
                           const char       *text,
                           int               offset)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
  g_autofree char *line = NULL;
  GtkTextIter caret;
  gsize length = strlen (text);
  char last = length > 0 ? text[length - 1] : '\0';

  if (strchr (" *_`~)-", last) == NULL || last == '\0')
    return;

  gtk_text_buffer_get_iter_at_offset (buffer, &caret, offset);
  if (weft_note_lines_get (weft_note_binding_get_lines (self->binding), gtk_text_iter_get_line (&caret))
          ->format.code)
    return;

  line = dup_line_until (&caret);
  if (last == '-')
    {
      /* Nothing else stands in the line. */
      if (g_str_equal (line, "---") && gtk_text_iter_get_chars_in_line (&caret) <= 4)
        weft_note_text_view_enter_markdown (self);
      return;
    }

  if (last == ' ')
    {
      if (!try_block_rules (self, &caret, line))
        try_address (self, &caret, line);
    }
  else if (last == '`' || !(is_code (&caret) || code_is_open (line)))
    try_inline_rules (self, &caret, line, last);
}

gboolean
weft_note_text_view_enter_markdown (WeftNoteTextView *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
  g_autoptr(GMatchInfo) match = NULL;
  g_autofree char *line = NULL;
  g_autofree char *language = NULL;
  GtkTextIter caret, start;
  guint number;

  gtk_text_buffer_get_iter_at_mark (buffer, &caret, gtk_text_buffer_get_insert (buffer));
  number = gtk_text_iter_get_line (&caret);
  if (weft_note_lines_get (weft_note_binding_get_lines (self->binding), number)->format.code)
    return FALSE;

  line = dup_line_until (&caret);
  if (g_str_equal (line, "---") || g_str_equal (line, "***"))
    {
      start = caret;
      gtk_text_iter_set_line_offset (&start, 0);
      begin (self);
      gtk_text_buffer_delete (buffer, &start, &caret);
      weft_note_text_view_insert_divider (self);
      finish (self);
      return TRUE;
    }

  if (!g_regex_match (get_regex ("^```([A-Za-z0-9+#_-]{0,20})$"), line, 0, &match))
    return FALSE;

  language = g_match_info_fetch (match, 1);
  apply_block (self, &caret, "code-block",
               *language != '\0' ? weft_any_new_string (language) : weft_any_new_boolean (TRUE));

  return TRUE;
}
