/* weft-markdown-write.c - a note to Markdown, in one canonical form
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The delta is cut into lines, each with its attributes and its runs of text. Lines of one kind
 * stand together (a list, a quote, a fenced block), other blocks are parted by an empty line. Marks
 * open and close like brackets, never around white space, which Markdown would not take.
 */

#include "config.h"

#include "notebook/weft-markdown.h"

#include <string.h>

typedef enum
{
  BLOCK_NONE,
  BLOCK_PARAGRAPH,
  BLOCK_HEADING,
  BLOCK_LIST,
  BLOCK_QUOTE,
  BLOCK_CODE,
} Block;

/* A run of text with the same marks, or one embed. */
typedef struct
{
  char *text;           /* owned; %NULL for an embed */
  const WeftAny *embed; /* borrowed from the delta */
  const WeftAny *attributes;
} Run;

/* The marks in the order in which they nest, outermost first. */
typedef enum
{
  MARK_LINK,
  MARK_BOLD,
  MARK_ITALIC,
  MARK_STRIKE,
  MARK_UNDERLINE,
  N_MARKS,
} Mark;

static const char *const mark_names[N_MARKS] = { "link", "bold", "italic", "strike", "underline" };
static const char *const mark_opens[N_MARKS] = { "[", "**", "*", "~~", "<u>" };
static const char *const mark_closes[N_MARKS] = { "]", "**", "*", "~~", "</u>" };

/* Both are written with stars. */
#define STARS ((1u << MARK_BOLD) | (1u << MARK_ITALIC))

#define MAX_NUMBERED_DEPTH 10

typedef struct
{
  GString *out;
  const WeftMarkdownOptions *options;

  Block last;
  char *last_code; /* language of the open fence */
  guint numbers[MAX_NUMBERED_DEPTH];
} Writing;

static void
run_clear (gpointer data)
{
  g_free (((Run *) data)->text);
}

static const WeftAny *
lookup (const WeftAny *attributes,
        const char    *key)
{
  const WeftAny *value = attributes ? weft_any_lookup (attributes, key) : NULL;

  if (value == NULL)
    return NULL;

  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_NULL:
    case WEFT_ANY_UNDEFINED:
      return NULL;
    case WEFT_ANY_BOOLEAN:
      return weft_any_get_boolean (value) ? value : NULL;
    case WEFT_ANY_NUMBER:
    case WEFT_ANY_BIGINT:
    case WEFT_ANY_STRING:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_ARRAY:
    case WEFT_ANY_OBJECT:
    default:
      return value;
    }
}

static const char *
lookup_string (const WeftAny *attributes,
               const char    *key)
{
  const WeftAny *value = lookup (attributes, key);

  return value ? weft_any_get_string (value) : NULL;
}

static char *
resolve (Writing    *self,
         const char *address,
         gboolean    is_image)
{
  char *resolved = NULL;

  if (self->options->resolve != NULL)
    resolved = self->options->resolve (address, is_image, FALSE, self->options->user_data);

  return resolved ? resolved : g_strdup (address);
}

/* An address between parentheses: what would end it is percent-encoded. */
static void
put_address (Writing    *self,
             const char *address,
             gboolean    is_image)
{
  g_autofree char *resolved = resolve (self, address, is_image);

  for (const char *p = resolved; *p != '\0'; p++)
    switch (*p)
      {
      case ' ':
      case '(':
      case ')':
      case '<':
      case '>':
      case '\\':
      case '\n':
        g_string_append_printf (self->out, "%%%02X", (guchar) *p);
        break;
      default:
        g_string_append_c (self->out, *p);
      }
}

static gboolean
is_number_marker (const char *p)
{
  const char *start = p;

  while (g_ascii_isdigit (*p))
    p++;

  return p > start && p - start < 10 && (*p == '.' || *p == ')') && (p[1] == ' ' || p[1] == '\0');
}

/* Plain text: what Markdown would take for a mark gets a backslash. */
static void
put_escaped (Writing    *self,
             const char *text,
             gboolean    at_line_start)
{
  const char *p = text;

  if (at_line_start)
    {
      /* White space here would be taken away, or make a code block. */
      for (; *p == ' ' || *p == '\t'; p++)
        g_string_append (self->out, *p == ' ' ? "&#32;" : "&#9;");

      if (strchr ("#>+-=", *p) != NULL && *p != '\0')
        g_string_append_c (self->out, '\\');
      else if (is_number_marker (p))
        {
          while (g_ascii_isdigit (*p))
            g_string_append_c (self->out, *p++);
          g_string_append_c (self->out, '\\');
        }
    }

  for (; *p != '\0'; p++)
    {
      if (strchr ("\\`*_[]<~", *p) != NULL || (*p == '&' && (g_ascii_isalpha (p[1]) || p[1] == '#'))
          || (*p == '|' && p == text))
        g_string_append_c (self->out, '\\');

      g_string_append_c (self->out, *p);
    }
}

/* A code span: fenced by more backticks than it holds in a row. */
static void
put_code (Writing    *self,
          const char *text)
{
  guint longest = 0;
  guint current = 0;
  gboolean pad = *text == '`' || (*text != '\0' && text[strlen (text) - 1] == '`');
  g_autofree char *fence = NULL;

  for (const char *p = text; *p != '\0'; p++)
    {
      current = *p == '`' ? current + 1 : 0;
      longest = MAX (longest, current);
    }

  fence = g_strnfill (longest + 1, '`');
  g_string_append_printf (self->out, "%s%s%s%s%s", fence, pad ? " " : "", text, pad ? " " : "",
                          fence);
}

static void
put_embed (Writing   *self,
           const Run *run)
{
  const char *image = lookup_string (run->embed, "image");
  const char *board = lookup_string (run->embed, "board");
  const char *formula = lookup_string (run->embed, "formula");

  if (image != NULL)
    {
      const char *alt = lookup_string (run->attributes, "alt");

      g_string_append (self->out, "![");
      put_escaped (self, alt ? alt : "", FALSE);
      g_string_append (self->out, "](");
      put_address (self, image, TRUE);
      g_string_append_c (self->out, ')');
    }
  else if (lookup (run->embed, "divider") != NULL)
    g_string_append (self->out, self->out->len > 0 ? "---" : "***"); /* at the very start "---" opens a front matter */
  else if (board != NULL)
    {
      g_autofree char *address = g_strconcat ("weft:page/", board, NULL);

      g_string_append (self->out, "[▦](");
      put_address (self, address, FALSE);
      g_string_append_c (self->out, ')');
    }
  else if (formula != NULL)
    g_string_append_printf (self->out, "$%s$", formula);
  else
    {
      g_autofree char *json = weft_any_to_json (run->embed);

      put_code (self, json);
    }
}

static guint
get_marks (const Run *run)
{
  guint marks = 0;

  for (guint i = 0; i < N_MARKS; i++)
    if (lookup (run->attributes, mark_names[i]) != NULL)
      marks |= 1u << i;

  return marks;
}

/* Closes the innermost marks until only those of @keep stay open. */
static guint
close_marks (Writing    *self,
             guint       open,
             guint       keep,
             const char *link)
{
  while (open & ~keep)
    {
      guint innermost = g_bit_storage (open) - 1;

      g_string_append (self->out, mark_closes[innermost]);

      if (innermost == MARK_LINK)
        {
          g_string_append_c (self->out, '(');
          put_address (self, link ? link : "", FALSE);
          g_string_append_c (self->out, ')');
        }

      open &= ~(1u << innermost);
    }

  return open;
}

static guint
open_marks (Writing *self,
            guint    open,
            guint    wanted)
{
  /* A mark can only open inside of those that nest outside of it. */
  for (guint i = 0; i < N_MARKS; i++)
    if (wanted & (1u << i) & ~open)
      g_string_append (self->out, mark_opens[i]);

  return open | wanted;
}

static void
put_runs (Writing *self,
          GArray  *runs,
          gboolean at_line_start)
{
  guint open = 0;
  const char *link = NULL;

  for (guint i = 0; i < runs->len; i++)
    {
      const Run *run = &g_array_index (runs, Run, i);
      guint marks = run->text ? get_marks (run) : 0;
      const char *run_link = lookup_string (run->attributes, "link");
      g_autofree char *lead = NULL;
      g_autofree char *core = NULL;
      g_autofree char *trail = NULL;
      guint keep = marks;

      if (run->text == NULL)
        {
          open = close_marks (self, open, 0, link);
          put_embed (self, run);
          at_line_start = FALSE;
          continue;
        }

      /* White space at the edges stands outside of the marks. */
      {
        const char *start = run->text;
        const char *end = run->text + strlen (run->text);

        if (marks != 0)
          {
            while (*start == ' ')
              start++;
            while (end > start && end[-1] == ' ')
              end--;
          }

        lead = g_strndup (run->text, start - run->text);
        core = g_strndup (start, end - start);
        trail = g_strdup (end);
      }

      if ((open & (1u << MARK_LINK)) && g_strcmp0 (link, run_link) != 0)
        keep = 0;

      /* Marks nest: what is yet to open must not stand outside of what is open. Where two kinds of
       * stars would meet, all close first, since readers disagree about such runs. */
      for (guint m = 0; m < N_MARKS; m++)
        if ((marks & ~open) & (1u << m))
          {
            keep &= (1u << m) - 1;
            break;
          }

      if (((open ^ marks) & STARS) != 0 && ((open | marks) & STARS) == STARS)
        keep &= (1u << MARK_BOLD) - 1;

      if (*core == '\0')
        keep = 0;

      open = close_marks (self, open, keep, link);

      if (at_line_start && *lead != '\0')
        put_escaped (self, lead, TRUE);
      else
        g_string_append (self->out, lead);

      if (*core != '\0')
        {
          open = open_marks (self, open, marks);
          link = run_link;

          if (lookup (run->attributes, "code") != NULL)
            put_code (self, core);
          else
            put_escaped (self, core, at_line_start && open == 0 && *lead == '\0');
        }

      /* Marks that end here close before the white space. */
      if (*trail != '\0')
        {
          open = close_marks (self, open, 0, link);
          g_string_append (self->out, trail);
        }

      at_line_start = FALSE;
    }

  close_marks (self, open, 0, link);
}

static guint
get_count (const WeftAny *attributes,
           const char    *key,
           guint          max)
{
  const WeftAny *value = lookup (attributes, key);
  double number = value ? weft_any_get_number (value) : 0;

  return number > 0 ? (guint) MIN (number, max) : 0;
}

static void
end_fence (Writing *self)
{
  if (self->last == BLOCK_CODE)
    g_string_append (self->out, "```\n");

  g_clear_pointer (&self->last_code, g_free);
}

/* An empty line between blocks, none inside of a list, a quote or a fence. */
static void
part_from_last (Writing *self,
                Block    block)
{
  if (self->last != block)
    end_fence (self);

  if (self->last != BLOCK_NONE
      && (self->last != block || block == BLOCK_PARAGRAPH || block == BLOCK_HEADING))
    g_string_append_c (self->out, '\n');

  if (block != BLOCK_LIST)
    memset (self->numbers, 0, sizeof self->numbers);

  self->last = block;
}

static void
put_list_line (Writing       *self,
               GArray        *runs,
               const WeftAny *line,
               const char    *list)
{
  guint depth = get_count (line, "indent", MAX_NUMBERED_DEPTH - 1);

  part_from_last (self, BLOCK_LIST);

  for (guint i = depth + 1; i < MAX_NUMBERED_DEPTH; i++)
    self->numbers[i] = 0;

  for (guint i = 0; i < depth; i++)
    g_string_append (self->out, "    ");

  if (g_str_equal (list, "ordered"))
    g_string_append_printf (self->out, "%u. ", ++self->numbers[depth]);
  else
    {
      self->numbers[depth] = 0;
      g_string_append (self->out, g_str_equal (list, "checked")     ? "- [x] "
                                  : g_str_equal (list, "unchecked") ? "- [ ] "
                                                                    : "- ");
    }

  put_runs (self, runs, TRUE);
  g_string_append_c (self->out, '\n');
}

static void
put_code_line (Writing       *self,
               GArray        *runs,
               const WeftAny *code)
{
  const char *language = weft_any_get_string (code);

  if (self->last == BLOCK_CODE && g_strcmp0 (self->last_code, language) != 0)
    {
      end_fence (self);
      g_string_append_c (self->out, '\n');
      self->last = BLOCK_NONE;
    }

  if (self->last != BLOCK_CODE)
    {
      part_from_last (self, BLOCK_CODE);
      self->last_code = g_strdup (language);
      g_string_append_printf (self->out, "```%s\n", language ? language : "");
    }

  for (guint i = 0; i < runs->len; i++)
    {
      const Run *run = &g_array_index (runs, Run, i);

      if (run->text != NULL)
        g_string_append (self->out, run->text);
      else
        put_embed (self, run);
    }

  g_string_append_c (self->out, '\n');
}

static void
put_line (Writing       *self,
          GArray        *runs,
          const WeftAny *line)
{
  const WeftAny *code = lookup (line, "code-block");
  const char *list = lookup_string (line, "list");
  guint header = get_count (line, "header", 6);

  if (code != NULL)
    {
      put_code_line (self, runs, code);
      return;
    }

  if (list != NULL)
    {
      put_list_line (self, runs, line, list);
      return;
    }

  /* An empty line of a note is what parts paragraphs here anyway. */
  if (runs->len == 0 && header == 0 && lookup (line, "blockquote") == NULL)
    {
      if (self->last == BLOCK_LIST || self->last == BLOCK_QUOTE || self->last == BLOCK_CODE)
        {
          end_fence (self);
          self->last = BLOCK_PARAGRAPH;
        }
      return;
    }

  if (lookup (line, "blockquote") != NULL)
    {
      /* Each line of a quote is a paragraph of it. */
      gboolean follows = self->last == BLOCK_QUOTE;

      part_from_last (self, BLOCK_QUOTE);

      if (follows)
        g_string_append (self->out, ">\n");

      g_string_append (self->out, runs->len > 0 ? "> " : ">");
    }
  else if (header > 0)
    {
      part_from_last (self, BLOCK_HEADING);

      for (guint i = 0; i < header; i++)
        g_string_append_c (self->out, '#');

      g_string_append_c (self->out, ' ');
    }
  else
    {
      part_from_last (self, BLOCK_PARAGRAPH);
    }

  put_runs (self, runs, TRUE);
  g_string_append_c (self->out, '\n');
}

static void
add_run (GArray        *runs,
         const char    *text,
         gsize          n_bytes,
         const WeftAny *attributes)
{
  Run run = { .text = g_strndup (text, n_bytes), .attributes = attributes };

  /* A zero in the text would end it early here; nothing is to be lost. */
  if (memchr (text, '\0', n_bytes) != NULL)
    {
      GString *shown = g_string_new (NULL);

      for (gsize i = 0; i < n_bytes; i++)
        if (text[i] == '\0')
          g_string_append (shown, "\xef\xbf\xbd");
        else
          g_string_append_c (shown, text[i]);

      g_free (run.text);
      run.text = g_string_free (shown, FALSE);
    }

  if (n_bytes > 0)
    g_array_append_val (runs, run);
  else
    g_free (run.text);
}

static void
put_delta (Writing         *self,
           const WeftDelta *delta)
{
  g_autoptr(GArray) runs = g_array_new (FALSE, FALSE, sizeof (Run));

  g_array_set_clear_func (runs, run_clear);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      const char *p = op->text;
      const char *end = p != NULL ? p + op->n_bytes : NULL;

      if (op->kind == WEFT_DELTA_INSERT_EMBED)
        {
          Run run = { .embed = op->embed, .attributes = op->attributes };

          g_array_append_val (runs, run);
          continue;
        }

      if (op->kind != WEFT_DELTA_INSERT_TEXT)
        continue;

      for (const char *stop = memchr (p, '\n', end - p); stop != NULL;
           stop = memchr (p, '\n', end - p))
        {
          add_run (runs, p, stop - p, op->attributes);
          put_line (self, runs, op->attributes);
          g_array_set_size (runs, 0);
          p = stop + 1;
        }

      add_run (runs, p, end - p, op->attributes);
    }

  if (runs->len > 0)
    put_line (self, runs, NULL);
}

/**
 * weft_markdown_write:
 * @delta: a note: insert operations only
 * @options: how to write
 *
 * Returns: (transfer full): Markdown
 */
char *
weft_markdown_write (const WeftDelta           *delta,
                     const WeftMarkdownOptions *options)
{
  Writing self = { .out = g_string_new (NULL), .options = options };

  if (options->title != NULL && *options->title != '\0')
    {
      g_string_append (self.out, "# ");
      put_escaped (&self, options->title, FALSE);
      g_string_append_c (self.out, '\n');
      self.last = BLOCK_HEADING;
    }

  put_delta (&self, delta);
  end_fence (&self);

  return g_string_free (self.out, FALSE);
}
