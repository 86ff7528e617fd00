/* weft-markdown-edit.c - changes a note to what a Markdown text says, by as few edits as it takes
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Three texts: what stands in the note, what reading its own Markdown gives (which may lack what Markdown cannot say),
 * and what is wanted. The difference of the last two is carried out on the first.
 */

#include "config.h"

#include "notebook/weft-markdown-edit.h"

#include <string.h>

#include "notebook/weft-markdown.h"

/* Differences looked for before all between the first and the last one counts as changed: it bounds time and memory,
 * which grow with the square. */
#define MAX_DIFFERENCES 1000

static const WeftMarkdownOptions plain = { .keep_lines = TRUE };

/* Numbers of embeds begin behind the last character. */
#define FIRST_EMBED 0x110000

/* A character or an embed. */
typedef struct
{
  guint32  symbol;
  guint8   n_utf16;
  WeftAny *embed;      /* borrowed; nullable */
  WeftAny *attributes; /* borrowed; nullable */
} Unit;

typedef struct
{
  WeftDelta *delta;
  GArray    *units; /* Unit */
} Text;

static void
text_clear (Text *self)
{
  g_clear_pointer (&self->delta, weft_delta_free);
  g_clear_pointer (&self->units, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Text, text_clear)

static const Unit *
get_unit (const Text *self,
          guint       index)
{
  return &g_array_index (self->units, Unit, index);
}

/* The number of @key, the same for equal ones. (transfer full) @key */
static guint32
intern (GHashTable *numbers,
        char       *key,
        guint32     first)
{
  gpointer number;

  if (g_hash_table_lookup_extended (numbers, key, NULL, &number))
    {
      g_free (key);
      return GPOINTER_TO_UINT (number);
    }

  g_hash_table_insert (numbers, key, GUINT_TO_POINTER (first + g_hash_table_size (numbers)));
  return first + g_hash_table_size (numbers) - 1;
}

/* (transfer full) @delta */
static void
text_init (Text       *self,
           WeftDelta  *delta,
           GHashTable *embeds)
{
  self->delta = delta;
  self->units = g_array_new (FALSE, FALSE, sizeof (Unit));

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      Unit unit = { 0, 1, NULL, op->attributes };

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        {
          for (const char *p = op->text; p < op->text + op->n_bytes; p = g_utf8_next_char (p))
            {
              unit.symbol = g_utf8_get_char (p);
              unit.n_utf16 = unit.symbol > 0xffff ? 2 : 1;
              g_array_append_val (self->units, unit);
            }
          continue;
        }

      /* A nested type is like nothing else. */
      unit.embed = op->kind == WEFT_DELTA_INSERT_EMBED ? op->embed : NULL;
      unit.symbol = intern (embeds, unit.embed != NULL ? weft_any_to_json (unit.embed) : g_strdup_printf ("%p", (void *) op->type),
                            FIRST_EMBED);
      g_array_append_val (self->units, unit);
    }
}

/* --- comparing --- */

/* Myers, "An O(ND) difference algorithm and its variations" (1986), forwards, with the ends of each round kept.
 * Fills @to: for each of @a its counterpart in @b, or -1. */
static void
match (const guint32 *a,
       int            n,
       const guint32 *b,
       int            m,
       int           *to)
{
  int start = 0;
  int limit;
  int found = -1;
  g_autofree int *ends = NULL;
  g_autoptr(GPtrArray) rounds = NULL;

  for (int i = 0; i < n; i++)
    to[i] = -1;
  for (; start < n && start < m && a[start] == b[start]; start++)
    to[start] = start;
  for (; n > start && m > start && a[n - 1] == b[m - 1]; n--, m--)
    to[n - 1] = m - 1;
  a += start;
  b += start;
  to += start;
  n -= start;
  m -= start;
  if (n == 0 || m == 0)
    return;

  limit = MIN (n + m, MAX_DIFFERENCES);
  ends = g_new0 (int, 2 * limit + 3);
  rounds = g_ptr_array_new_with_free_func (g_free);
  for (int d = 0; d <= limit && found < 0; d++)
    {
      g_ptr_array_add (rounds, g_memdup2 (ends + limit + 1 - d, sizeof (int) * (2 * d + 1)));
      for (int k = -d; k <= d; k += 2)
        {
          int *end = ends + limit + 1 + k;
          int x = k == -d || (k != d && end[-1] < end[1]) ? end[1] : end[-1] + 1;

          while (x < n && x - k < m && x - k >= 0 && a[x] == b[x - k])
            x++;
          *end = x;
          if (x >= n && x - k >= m)
            {
              found = d;
              break;
            }
        }
    }

  if (found < 0)
    return;

  for (int d = found, x = n, y = m; d > 0; d--)
    {
      const int *before = (const int *) rounds->pdata[d] + d; /* by k, of the round before */
      int k = x - y;
      gboolean down = k == -d || (k != d && before[k - 1] < before[k + 1]);
      int from_k = down ? k + 1 : k - 1;
      int from_x = before[from_k];
      int from_y = from_x - from_k;
      int edge = down ? from_x : from_x + 1;

      for (; x > edge; x--, y--)
        to[x - 1] = start + y - 1;
      x = from_x;
      y = from_y;
      if (d == 1)
        for (; x > 0 && y > 0; x--, y--)
          to[x - 1] = start + y - 1;
    }
}

/* The lines of @text as numbers; @starts gets where each begins, and the end. */
static GArray *
number_lines (const Text *text,
              GHashTable *lines,
              GArray     *starts)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint start = 0;

  g_array_append_val (starts, start);
  while (start < text->units->len)
    {
      guint end = start;
      GString *key = g_string_new (NULL);
      guint32 number;

      do
        g_string_append_printf (key, "%x ", get_unit (text, end)->symbol);
      while (get_unit (text, end++)->symbol != '\n' && end < text->units->len);

      number = intern (lines, g_string_free (key, FALSE), 0);
      g_array_append_val (numbers, number);
      start = end;
      g_array_append_val (starts, start);
    }

  return numbers;
}

static void
match_units (const Text *a,
             guint       a_start,
             guint       a_end,
             const Text *b,
             guint       b_start,
             guint       b_end,
             int        *to)
{
  guint n = a_end - a_start;
  guint m = b_end - b_start;
  g_autofree guint32 *symbols = g_new (guint32, n + m + 1);

  if (n == 0)
    return;

  for (guint i = 0; i < n; i++)
    symbols[i] = get_unit (a, a_start + i)->symbol;
  for (guint i = 0; i < m; i++)
    symbols[n + i] = get_unit (b, b_start + i)->symbol;

  match (symbols, (int) n, symbols + n, (int) m, to + a_start);
  for (guint i = a_start; i < a_end; i++)
    to[i] = to[i] >= 0 ? to[i] + (int) b_start : -1;
}

/* For each unit of @a its counterpart in @b, or -1. */
static int *
match_texts (const Text *a,
             const Text *b)
{
  g_autoptr(GHashTable) lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GArray) a_starts = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr(GArray) b_starts = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr(GArray) a_lines = number_lines (a, lines, a_starts);
  g_autoptr(GArray) b_lines = number_lines (b, lines, b_starts);
  g_autofree int *to_line = g_new (int, a_lines->len + 1);
  int *to = g_new (int, a->units->len + 1);
  guint a_done = 0;
  guint b_done = 0;

  match ((guint32 *) (void *) a_lines->data, (int) a_lines->len,
         (guint32 *) (void *) b_lines->data, (int) b_lines->len, to_line);
  to_line[a_lines->len] = (int) b_lines->len;

  for (guint i = 0; i <= a_lines->len; i++)
    {
      guint a_line = g_array_index (a_starts, guint, i);
      guint b_line;

      if (to_line[i] < 0)
        continue;

      b_line = g_array_index (b_starts, guint, to_line[i]);
      match_units (a, a_done, a_line, b, b_done, b_line, to);
      if (i == a_lines->len)
        break;

      a_done = g_array_index (a_starts, guint, i + 1);
      b_done = g_array_index (b_starts, guint, to_line[i] + 1);
      for (guint k = a_line; k < a_done; k++)
        to[k] = (int) (b_line + k - a_line);
    }

  return to;
}

/* --- carrying out --- */

/* What makes @from out of @to: what is gone is null. %NULL: nothing. (transfer full) (nullable) */
static WeftAny *
diff_attributes (const WeftAny *from,
                 const WeftAny *to)
{
  g_autoptr(WeftAny) diff = weft_any_new_object ();

  for (gsize i = 0; to != NULL && i < weft_any_get_n_items (to); i++)
    {
      const char *key = weft_any_get_key (to, i);
      const WeftAny *old = from != NULL ? weft_any_lookup (from, key) : NULL;

      if (old == NULL || !weft_any_equal (old, weft_any_get_item (to, i)))
        weft_any_object_take (diff, key, weft_any_ref ((WeftAny *) weft_any_get_item (to, i)));
    }
  for (gsize i = 0; from != NULL && i < weft_any_get_n_items (from); i++)
    if (to == NULL || weft_any_lookup (to, weft_any_get_key (from, i)) == NULL)
      weft_any_object_take (diff, weft_any_get_key (from, i), weft_any_new_null ());

  return weft_any_get_n_items (diff) > 0 ? g_steal_pointer (&diff) : NULL;
}

/* What is to be done with a unit of the note, and behind it. */
typedef struct
{
  gboolean  gone;
  WeftAny  *format;  /* nullable */
  GArray   *behind;  /* guint: units of what is wanted; nullable */
} Fate;

static void
fate_clear (gpointer data)
{
  Fate *fate = data;

  g_clear_pointer (&fate->format, weft_any_unref);
  g_clear_pointer (&fate->behind, g_array_unref);
}

static void
add_behind (GArray *fates,
            guint   place,
            guint   unit)
{
  Fate *fate = &g_array_index (fates, Fate, place);

  if (fate->behind == NULL)
    fate->behind = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (fate->behind, unit);
}

/* @fates: of the start, then of each unit of @note. */
static GArray *
decide (const Text *note,
        const Text *read,
        const Text *wanted)
{
  g_autofree int *in_note = match_texts (read, note);
  g_autofree int *kept = match_texts (read, wanted);
  g_autoptr(GArray) implied = g_array_new (FALSE, FALSE, sizeof (guint));
  GArray *fates = g_array_sized_new (FALSE, TRUE, sizeof (Fate), note->units->len + 1);
  guint place = 0;
  guint next = 0;

  g_array_set_clear_func (fates, fate_clear);
  g_array_set_size (fates, note->units->len + 1);
  kept[read->units->len] = (int) wanted->units->len;

  for (guint i = 0; i <= read->units->len; i++)
    {
      if (kept[i] >= 0 && next < (guint) kept[i])
        {
          for (guint k = 0; k < implied->len; k++)
            add_behind (fates, place, g_array_index (implied, guint, k));
          g_array_set_size (implied, 0);
          while (next < (guint) kept[i])
            add_behind (fates, place, next++);
        }
      if (i == read->units->len)
        break;

      if (in_note[i] >= 0)
        {
          place = (guint) in_note[i] + 1;
          g_array_set_size (implied, 0);
          if (kept[i] < 0)
            g_array_index (fates, Fate, place).gone = TRUE;
          else
            g_array_index (fates, Fate, place).format =
              diff_attributes (get_unit (read, i)->attributes, get_unit (wanted, next)->attributes);
        }
      else if (kept[i] >= 0)
        {
          /* There without being written, such as the end of the last line: written where it matters. */
          g_autoptr(WeftAny) format =
            diff_attributes (get_unit (read, i)->attributes, get_unit (wanted, next)->attributes);

          g_array_append_val (implied, next);
          if (format != NULL)
            {
              for (guint k = 0; k < implied->len; k++)
                add_behind (fates, place, g_array_index (implied, guint, k));
              g_array_set_size (implied, 0);
            }
        }
      if (kept[i] >= 0)
        next++;
    }

  return fates;
}

static void
insert_unit (WeftDelta  *delta,
             const Unit *unit)
{
  char text[6];

  if (unit->embed != NULL)
    weft_delta_insert_embed (delta, unit->embed, unit->attributes);
  else
    weft_delta_insert_text (delta, text, g_unichar_to_utf8 (unit->symbol, text), unit->attributes);
}

gboolean
weft_markdown_edit (WeftType    *text,
                    const char  *markdown,
                    gssize       n_bytes,
                    GError     **error)
{
  g_autoptr(GHashTable) embeds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(WeftDelta) edits = weft_delta_new ();
  g_autoptr(GArray) fates = NULL;
  g_autofree char *before = weft_markdown_of (text);
  g_auto(Text) note = { NULL };
  g_auto(Text) read = { NULL };
  g_auto(Text) wanted = { NULL };
  WeftDelta *delta = weft_markdown_read (markdown, n_bytes, &plain, NULL, error);

  if (delta == NULL)
    return FALSE;
  text_init (&wanted, delta, embeds);
  delta = weft_markdown_read (before, -1, &plain, NULL, error);
  if (delta == NULL)
    return FALSE;
  text_init (&read, delta, embeds);
  text_init (&note, weft_text_to_delta (text), embeds);

  fates = decide (&note, &read, &wanted);
  for (guint i = 0; i < fates->len; i++)
    {
      Fate *fate = &g_array_index (fates, Fate, i);

      if (i > 0 && fate->gone)
        weft_delta_delete (edits, get_unit (&note, i - 1)->n_utf16);
      else if (i > 0)
        weft_delta_retain (edits, get_unit (&note, i - 1)->n_utf16, fate->format);
      for (guint k = 0; fate->behind != NULL && k < fate->behind->len; k++)
        insert_unit (edits, get_unit (&wanted, g_array_index (fate->behind, guint, k)));
    }

  weft_delta_chop (edits);
  if (weft_delta_get_n_ops (edits) > 0)
    weft_text_apply_delta (text, edits);
  return TRUE;
}

char *
weft_markdown_of (WeftType *text)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (text);
  g_autofree char *markdown = weft_markdown_write (delta, &plain);

  return g_strdup (strspn (markdown, "\n") == strlen (markdown) ? "" : markdown);
}
