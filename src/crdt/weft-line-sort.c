/* weft-line-sort.c - sorts as Array.prototype.sort() of V8 does
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * That is Tim Peters' merge sort (listsort.txt of CPython) with every choice that V8 makes in it: runs that are in
 * order, or in the opposite one, made longer by insertion where they are short, and merged by a stack of their lengths,
 * first one by one and, where one of two runs wins for long, by searching in steps that double. Which entries are
 * compared matters, for `before` may contradict itself; nothing is read or written outside of the line whatever it
 * says.
 */

#include "config.h"

#include "crdt/weft-line-sort-private.h"

#include <string.h>

/* So many times one run has to win before it is searched for how often it does. */
#define MIN_GALLOP 7
/* Longer runs are not made by insertion; shorter lines are one run. */
#define MIN_MERGE 64
/* Lengths on the stack grow faster than Fibonacci's numbers: so many are above 2^32. */
#define MAX_RUNS 48

typedef struct
{
  guint base;
  guint length;
} Run;

typedef struct
{
  gpointer       *line;
  gpointer       *aside; /* room for one of two runs while they are merged */
  WeftLineBefore  before;
  guint           min_gallop;
  Run             runs[MAX_RUNS];
  guint           n_runs;
} Sort;

/* Two runs that stand side by side, as they are merged from one end: who of each is next, and how many are left. */
typedef struct
{
  guint left_at, n_left;
  guint right_at, n_right;
  guint to;
} Merge;

static guint
choose_min_run (guint n)
{
  guint odd = 0;

  for (; n >= MIN_MERGE; n >>= 1)
    odd |= n & 1;

  return n + odd;
}

/* How many from @low on are in order; those that were in the opposite one are turned. @high: greater than @low */
static guint
make_run (Sort  *sort,
          guint  low,
          guint  high)
{
  gpointer *line = sort->line;
  gboolean turned;
  guint end = low + 2;

  if (end > high)
    return 1;
  turned = sort->before (line[low + 1], line[low]);
  while (end < high && sort->before (line[end], line[end - 1]) == turned)
    end++;
  for (guint a = low, b = end - 1; turned && a < b; a++, b--)
    {
      gpointer moved = line[a];

      line[a] = line[b];
      line[b] = moved;
    }

  return end - low;
}

/* @start: what is before it is in order */
static void
insert_rest (Sort  *sort,
             guint  low,
             guint  start,
             guint  high)
{
  gpointer *line = sort->line;

  for (; start < high; start++)
    {
      gpointer moved = line[start];
      guint left = low, right = start;

      while (left < right)
        {
          guint middle = left + (right - left) / 2;

          if (sort->before (moved, line[middle]))
            right = middle;
          else
            left = middle + 1;
        }
      memmove (&line[left + 1], &line[left], (start - left) * sizeof (gpointer));
      line[left] = moved;
    }
}

/* Whether @entry is not to stand after what is at @index already. @after_equal: among equals it stands last. */
static gboolean
is_passed (const Sort   *sort,
           gpointer     *run,
           guint         index,
           gconstpointer entry,
           gboolean      after_equal)
{
  return after_equal ? !sort->before (entry, run[index]) : sort->before (run[index], entry);
}

/* How many of the @n entries of @run stand before @entry; looked for from @hint on, in steps that double. */
static guint
gallop (const Sort   *sort,
        gconstpointer entry,
        gpointer     *run,
        guint         n,
        guint         hint,
        gboolean      after_equal)
{
  gboolean up = is_passed (sort, run, hint, entry, after_equal);
  guint most = up ? n - hint : hint + 1, last = 0, step = 1, low, high;

  while (step < most && is_passed (sort, run, up ? hint + step : hint - step, entry, after_equal) == up)
    {
      last = step;
      step = 2 * step + 1;
    }
  step = MIN (step, most);
  /* All before low are passed, none from high on is. */
  low = up ? hint + last + 1 : hint + 1 - step;
  high = up ? hint + step : hint - last;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (is_passed (sort, run, middle, entry, after_equal))
        low = middle + 1;
      else
        high = middle;
    }

  return high;
}

static void
move_entries (gpointer    *to,
              gpointer    *from,
              guint        n)
{
  memmove (to, from, n * sizeof (gpointer));
}

/* From the front. FALSE: one of the runs is used up but for what finish_forward() moves. */
static gboolean
merge_one_by_one_forward (Sort  *sort,
                          Merge *merge,
                          guint *left_wins,
                          guint *right_wins)
{
  *left_wins = *right_wins = 0;
  for (;;)
    {
      if (sort->before (sort->line[merge->right_at], sort->aside[merge->left_at]))
        {
          sort->line[merge->to++] = sort->line[merge->right_at++];
          *left_wins = 0;
          if (--merge->n_right == 0)
            return FALSE;
          if (++*right_wins >= sort->min_gallop)
            return TRUE;
        }
      else
        {
          sort->line[merge->to++] = sort->aside[merge->left_at++];
          *right_wins = 0;
          if (--merge->n_left == 1)
            return FALSE;
          if (++*left_wins >= sort->min_gallop)
            return TRUE;
        }
    }
}

static gboolean
merge_by_gallop_forward (Sort  *sort,
                         Merge *merge,
                         guint *left_wins,
                         guint *right_wins)
{
  gpointer *line = sort->line, *aside = sort->aside;

  *left_wins = gallop (sort, line[merge->right_at], &aside[merge->left_at], merge->n_left, 0, TRUE);
  move_entries (&line[merge->to], &aside[merge->left_at], *left_wins);
  merge->to += *left_wins;
  merge->left_at += *left_wins;
  merge->n_left -= *left_wins;
  /* None, where the order contradicts itself */
  if (*left_wins > 0 && merge->n_left <= 1)
    return FALSE;
  line[merge->to++] = line[merge->right_at++];
  if (--merge->n_right == 0)
    return FALSE;

  *right_wins = gallop (sort, aside[merge->left_at], &line[merge->right_at], merge->n_right, 0, FALSE);
  move_entries (&line[merge->to], &line[merge->right_at], *right_wins);
  merge->to += *right_wins;
  merge->right_at += *right_wins;
  merge->n_right -= *right_wins;
  if (merge->n_right == 0)
    return FALSE;
  line[merge->to++] = aside[merge->left_at++];

  return --merge->n_left != 1;
}

/* The shorter run stands first: it is put aside. */
static void
merge_forward (Sort *sort,
               Run   left,
               Run   right)
{
  Merge merge = { .n_left = left.length, .right_at = right.base, .n_right = right.length, .to = left.base };
  guint left_wins, right_wins;
  gboolean more;

  move_entries (sort->aside, &sort->line[left.base], left.length);
  sort->line[merge.to++] = sort->line[merge.right_at++];
  more = --merge.n_right > 0 && merge.n_left > 1;
  while (more && (more = merge_one_by_one_forward (sort, &merge, &left_wins, &right_wins)))
    {
      sort->min_gallop++;
      do
        {
          sort->min_gallop = MAX (1, sort->min_gallop - 1);
          more = merge_by_gallop_forward (sort, &merge, &left_wins, &right_wins);
        }
      while (more && (left_wins >= MIN_GALLOP || right_wins >= MIN_GALLOP));
      if (more)
        sort->min_gallop++;
    }

  /* What is left of the first run is one entry, which goes last, or all that is left. */
  move_entries (&sort->line[merge.to], &sort->line[merge.right_at], merge.n_right);
  move_entries (&sort->line[merge.to + merge.n_right], &sort->aside[merge.left_at], merge.n_left);
}

/* From the back: `at` and `to` are one behind what is next. */
static gboolean
merge_one_by_one_backward (Sort  *sort,
                           Merge *merge,
                           guint *left_wins,
                           guint *right_wins)
{
  *left_wins = *right_wins = 0;
  for (;;)
    {
      if (sort->before (sort->aside[merge->right_at - 1], sort->line[merge->left_at - 1]))
        {
          sort->line[--merge->to] = sort->line[--merge->left_at];
          *right_wins = 0;
          if (--merge->n_left == 0)
            return FALSE;
          if (++*left_wins >= sort->min_gallop)
            return TRUE;
        }
      else
        {
          sort->line[--merge->to] = sort->aside[--merge->right_at];
          *left_wins = 0;
          if (--merge->n_right == 1)
            return FALSE;
          if (++*right_wins >= sort->min_gallop)
            return TRUE;
        }
    }
}

static gboolean
merge_by_gallop_backward (Sort  *sort,
                          Merge *merge,
                          guint *left_wins,
                          guint *right_wins)
{
  gpointer *line = sort->line, *aside = sort->aside;

  *left_wins = merge->n_left - gallop (sort, aside[merge->right_at - 1], &line[merge->left_at - merge->n_left],
                                       merge->n_left, merge->n_left - 1, TRUE);
  merge->to -= *left_wins;
  merge->left_at -= *left_wins;
  merge->n_left -= *left_wins;
  move_entries (&line[merge->to], &line[merge->left_at], *left_wins);
  if (merge->n_left == 0)
    return FALSE;
  line[--merge->to] = aside[--merge->right_at];
  if (--merge->n_right == 1)
    return FALSE;

  *right_wins = merge->n_right - gallop (sort, line[merge->left_at - 1], aside, merge->n_right, merge->n_right - 1,
                                         FALSE);
  merge->to -= *right_wins;
  merge->right_at -= *right_wins;
  merge->n_right -= *right_wins;
  move_entries (&line[merge->to], &aside[merge->right_at], *right_wins);
  /* None, where the order contradicts itself */
  if (*right_wins > 0 && merge->n_right <= 1)
    return FALSE;
  line[--merge->to] = line[--merge->left_at];

  return --merge->n_left != 0;
}

/* The shorter run stands last: it is put aside. */
static void
merge_backward (Sort *sort,
                Run   left,
                Run   right)
{
  Merge merge = {
    .left_at = left.base + left.length, .n_left = left.length,
    .right_at = right.length, .n_right = right.length, .to = right.base + right.length,
  };
  guint left_wins, right_wins;
  gboolean more;

  move_entries (sort->aside, &sort->line[right.base], right.length);
  sort->line[--merge.to] = sort->line[--merge.left_at];
  more = --merge.n_left > 0 && merge.n_right > 1;
  while (more && (more = merge_one_by_one_backward (sort, &merge, &left_wins, &right_wins)))
    {
      sort->min_gallop++;
      do
        {
          sort->min_gallop = MAX (1, sort->min_gallop - 1);
          more = merge_by_gallop_backward (sort, &merge, &left_wins, &right_wins);
        }
      while (more && (left_wins >= MIN_GALLOP || right_wins >= MIN_GALLOP));
      if (more)
        sort->min_gallop++;
    }

  /* What is left of the second run is one entry, which goes first, or all that is left. */
  move_entries (&sort->line[merge.to - merge.n_left], &sort->line[merge.left_at - merge.n_left], merge.n_left);
  move_entries (&sort->line[merge.to - merge.n_left - merge.n_right], sort->aside, merge.n_right);
}

/* The run @index of the stack and the one above it become one. */
static void
merge_at (Sort  *sort,
          guint  index)
{
  Run left = sort->runs[index], right = sort->runs[index + 1];
  guint n_first;

  sort->runs[index].length += right.length;
  for (guint i = index + 2; i < sort->n_runs; i++)
    sort->runs[i - 1] = sort->runs[i];
  sort->n_runs--;

  /* What is first or last already stays there. */
  n_first = gallop (sort, sort->line[right.base], &sort->line[left.base], left.length, 0, TRUE);
  left.base += n_first;
  left.length -= n_first;
  if (left.length == 0)
    return;
  right.length = gallop (sort, sort->line[left.base + left.length - 1], &sort->line[right.base], right.length,
                         right.length - 1, FALSE);
  if (right.length == 0)
    return;

  if (left.length <= right.length)
    merge_forward (sort, left, right);
  else
    merge_backward (sort, left, right);
}

/* Whether the run before the one before @index is longer than these two. */
static gboolean
is_steep (const Sort *sort,
          guint       index)
{
  const Run *runs = sort->runs;

  return index < 2 || runs[index - 2].length > runs[index - 1].length + runs[index].length;
}

/* @all: until one run is left */
static void
collapse (Sort     *sort,
          gboolean  all)
{
  while (sort->n_runs > 1)
    {
      guint index = sort->n_runs - 2;
      const Run *runs = sort->runs;

      if (all || !is_steep (sort, index + 1) || !is_steep (sort, index))
        {
          if (index > 0 && runs[index - 1].length < runs[index + 1].length)
            index--;
        }
      else if (runs[index].length > runs[index + 1].length)
        {
          return;
        }
      merge_at (sort, index);
    }
}

/* @before: for as long as it does not contradict itself this is a stable sort. O(n log n) */
void
weft_line_sort (gpointer       *entries,
                guint           n,
                WeftLineBefore  before)
{
  Sort sort = { .line = entries, .before = before, .min_gallop = MIN_GALLOP };
  guint min_run = choose_min_run (n);

  if (n < 2)
    return;

  for (guint low = 0, length; low < n; low += length)
    {
      length = make_run (&sort, low, n);
      if (length == n)
        return;
      if (length < min_run)
        {
          guint longer = MIN (min_run, n - low);

          insert_rest (&sort, low, low + length, low + longer);
          length = longer;
        }
      if (length < n && sort.aside == NULL)
        sort.aside = g_new (gpointer, n / 2 + 1);
      sort.runs[sort.n_runs++] = (Run) { low, length };
      collapse (&sort, FALSE);
    }
  collapse (&sort, TRUE);
  g_free (sort.aside);
}
