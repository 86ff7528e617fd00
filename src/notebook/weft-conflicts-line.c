/* weft-conflicts-line.c - one line of a note that two people rewrote
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The line is one that both had when they parted, up to its line break, with all that was ever
 * written in it. Each one's version is what both had, without what the one deleted, and with what
 * the one inserted. Text behind a break that somebody inserted at an edge of the line is not of the
 * line.
 *
 * Where a choice was taken back, undo wrote again what the choice had deleted: the same text, as new
 * items, each directly to the left of what it stands for (as redoItem() of Yjs does). Such a copy counts
 * as the original, so that the line is again the one that there was to choose about.
 */

#include "config.h"

#include "notebook/weft-conflicts-line-private.h"

#include <string.h>

#define NO_WORD G_MAXUINT32

/* U+FFFC: stands for what is no text. */
#define OBJECT "\xef\xbf\xbc"

/* One that the first side knew when it parted, and the second did not, because that one was apart already. */
static void
judge_unshared (WeftApartLine  *self,
                WeftLineChar   *c,
                const WeftFate *fate)
{
  gboolean is_own = weft_apart_pair_is_by (self->pair, 0, c->id);

  if (is_own && (!c->deleted || fate->deleted_by[0]))
    {
      c->since = WEFT_SINCE_FIRST;
      c->deleted_by[0] = c->deleted;
      return;
    }

  c->since = WEFT_SINCE_OTHERS;
  c->was_there[0] = !c->deleted || fate->was_there[0];
  c->deleted_by[0] = fate->deleted_by[0];
}

static void
add_char (WeftApartLine *self,
          WeftLineChar   c)
{
  const WeftApartPair *pair = self->pair;
  gboolean is_shared = pair->sides[1]->stretches->len == 0 || weft_apart_pair_knew (pair, 1, c.id);
  WeftFate fate = { 0 };

  c.since = weft_apart_pair_classify (pair, c.id);
  if (c.deleted && c.since == WEFT_SINCE_BEFORE)
    fate = weft_apart_pair_find_fate (pair, c.id);

  if (c.since == WEFT_SINCE_BEFORE && !is_shared)
    judge_unshared (self, &c, &fate);
  else if (c.since == WEFT_SINCE_OTHERS && !c.deleted)
    c.was_there[1] = pair->sides[1]->stretches->len > 0 && is_shared;
  else if (c.since == WEFT_SINCE_OTHERS || (c.since == WEFT_SINCE_SECOND && c.deleted))
    {
      c.deleted_by[1] = weft_delete_set_contains (pair->sides[1]->deletions, c.id);
      c.was_there[1] = weft_apart_pair_was_left (pair, 1, c.id);
    }
  else
    for (guint side = 0; side < 2; side++)
      {
        c.deleted_by[side] = c.deleted && weft_delete_set_contains (pair->sides[side]->deletions, c.id);
        if (c.since != WEFT_SINCE_BEFORE)
          continue;
        c.deleted_by[side] = fate.deleted_by[side];
        c.was_there[side] = !c.deleted || fate.was_there[side];
      }
  g_array_append_val (self->chars, c);
}

static void
read_piece (WeftApartLine *self,
            guint          index)
{
  const WeftNotePiece *piece = weft_note_pieces_get (self->pair->pieces, index);
  WeftLineChar c = { .id = piece->id, .deleted = piece->deleted, .n_units = 1, .piece = index,
                     .original = WEFT_LINE_NO_CHAR };

  if (piece->content == WEFT_CONTENT_FORMAT)
    return;

  if (piece->text == NULL)
    {
      if (piece->content != WEFT_CONTENT_DELETED && piece->content != WEFT_CONTENT_STRING)
        {
          c.is_object = TRUE;
          c.text = OBJECT;
          c.n_bytes = strlen (OBJECT);
        }
      for (guint32 i = 0; i < piece->length; i++, c.id.clock++)
        add_char (self, c);
      return;
    }

  for (const char *at = piece->text, *end = at + piece->n_bytes; at < end; at += c.n_bytes)
    {
      c.text = at;
      c.n_bytes = MIN (g_utf8_next_char (at) - at, end - at);
      c.n_units = c.n_bytes == 4 ? 2 : 1;
      add_char (self, c);
      c.id.clock += c.n_units;
    }
}

/* What undo wrote again */

/* Whether @copy may be what undo made of @original. What is not kept any more may have been anything. */
static gboolean
is_copy_of (const WeftLineChar *copy,
            const WeftLineChar *original)
{
  if (!original->deleted)
    return FALSE;
  if (copy->text == NULL || original->text == NULL)
    return TRUE;

  return copy->is_object == original->is_object && copy->n_bytes == original->n_bytes
         && memcmp (copy->text, original->text, copy->n_bytes) == 0;
}

static guint
hash_id (gconstpointer data)
{
  const WeftId *id = data;

  return g_int64_hash (&id->client) ^ (guint) id->clock;
}

static gboolean
equal_id (gconstpointer a,
          gconstpointer b)
{
  return weft_id_equal (*(const WeftId *) a, *(const WeftId *) b);
}

/* An item that was split since has the same right neighbour in both parts: so the unit before tells first. */
static guint32
find_original (const WeftApartLine *self,
               GHashTable          *by_id,
               guint                i)
{
  const WeftLineChar *c = weft_line_get_char (self, i);
  const WeftNotePiece *piece = weft_note_pieces_get (self->pair->pieces, c->piece);
  WeftId ids[2] = { c->id, piece->right };
  gpointer found;

  if (i > 0)
    {
      const WeftLineChar *before = weft_line_get_char (self, i - 1);

      if (before->original != WEFT_LINE_NO_CHAR && before->id.client == c->id.client
          && before->id.clock + before->n_units == c->id.clock)
        {
          const WeftLineChar *original = weft_line_get_char (self, before->original);

          ids[0] = (WeftId){ original->id.client, original->id.clock + original->n_units };
        }
    }
  ids[1].clock += piece->offset + (c->id.clock - piece->id.clock);

  for (guint at = 0; at < G_N_ELEMENTS (ids); at++)
    if (g_hash_table_lookup_extended (by_id, &ids[at], NULL, &found) && GPOINTER_TO_UINT (found) > i
        && is_copy_of (c, weft_line_get_char (self, GPOINTER_TO_UINT (found))))
      return GPOINTER_TO_UINT (found);

  return WEFT_LINE_NO_CHAR;
}

/* @copy takes the place of what it was copied from, were it more than once. */
static void
stand_in (WeftApartLine *self,
          WeftLineChar  *copy)
{
  WeftLineChar *original = weft_line_get_char (self, copy->original);

  while (original->original != WEFT_LINE_NO_CHAR)
    original = weft_line_get_char (self, original->original);
  /* What one of the two deleted while apart, somebody else wrote again. */
  if (original->deleted_by[0] || original->deleted_by[1])
    return;

  copy->since = original->since;
  copy->was_there[0] = copy->was_there[1] = original->since == WEFT_SINCE_BEFORE;
  copy->is_inside = original->is_inside;
  original->since = WEFT_SINCE_OTHERS;
  original->is_inside = FALSE;
}

static void
replace_copies (WeftApartLine *self)
{
  g_autoptr(GHashTable) by_id = g_hash_table_new (hash_id, equal_id);

  for (guint i = 0; i < self->chars->len; i++)
    g_hash_table_insert (by_id, &weft_line_get_char (self, i)->id, GUINT_TO_POINTER (i));

  for (guint i = 0; i < self->chars->len; i++)
    {
      WeftLineChar *c = weft_line_get_char (self, i);

      if (c->since == WEFT_SINCE_LATER && weft_note_pieces_get (self->pair->pieces, c->piece)->has_right)
        c->original = find_original (self, by_id, i);
    }

  for (guint i = 0; i < self->chars->len; i++)
    {
      WeftLineChar *c = weft_line_get_char (self, i);

      if (c->original != WEFT_LINE_NO_CHAR && !c->deleted)
        stand_in (self, c);
    }
}

/* Tells apart what was inserted at an edge of the line, and what stands behind a break there. */
static void
mark_edge (WeftApartLine *self,
           guint          from,
           guint          to,
           int            step)
{
  gboolean is_closed[3] = { FALSE, FALSE, FALSE }; /* for each side, and for the others */

  for (guint i = from; i != to; i += step)
    {
      WeftLineChar *c = weft_line_get_char (self, i);
      guint who = weft_line_char_is_by (c, 0) ? 0 : weft_line_char_is_by (c, 1) ? 1 : 2;

      if (weft_line_char_is_break (c) && !c->deleted)
        is_closed[who] = is_closed[2] = TRUE;
      else if (weft_line_char_is_break (c) && weft_line_char_is_common (c))
        for (guint side = 0; side < 2; side++)
          is_closed[side] = is_closed[side] || !c->deleted_by[side];
      c->is_inside = !is_closed[who];
    }
}

static void
mark_inside (WeftApartLine *self)
{
  guint n = self->chars->len, first = n, last = 0, end = n;

  for (guint i = 0; i < n; i++)
    {
      WeftLineChar *c = weft_line_get_char (self, i);

      c->is_inside = TRUE;
      if (!weft_line_char_is_common (c))
        continue;
      if (weft_line_char_is_break (c))
        {
          end = i;
          continue;
        }
      first = MIN (first, i);
      last = i;
    }

  if (first == n)
    return;
  if (first > 0)
    mark_edge (self, first - 1, G_MAXUINT, -1);
  /* Behind the break that ends it there is something only where the break was deleted, and was the last one. */
  mark_edge (self, last + 1, end > last && end == n - 1 ? end : n, 1);
}

static void
raise_id (WeftId   *id,
          gboolean *has_id,
          WeftId    other)
{
  if (!*has_id || other.client > id->client
      || (other.client == id->client && other.clock > id->clock))
    *id = other;
  *has_id = TRUE;
}

/* Who of @side deleted @id. */
static WeftClientId
find_deleter (const WeftApartSide *side,
              WeftId               id)
{
  WeftClientId found = G_MAXUINT64;

  for (guint i = 0; i < side->notes->len; i++)
    {
      const WeftDeletions *note = &g_array_index (side->notes, WeftDeletions, i);

      if (note->id.client < found && weft_delete_set_contains (note->deletions, id))
        found = note->id.client;
    }

  return found;
}

/* Finds the ids that name the card. @FALSE: one of the two changed nothing */
static gboolean
find_last (WeftApartLine *self)
{
  for (guint side = 0; side < 2; side++)
    {
      gboolean has_deleted = FALSE;
      WeftId deleted = { 0, 0 };

      for (guint i = 0; i < self->chars->len; i++)
        {
          const WeftLineChar *c = weft_line_get_char (self, i);

          if (c->is_inside && weft_line_char_is_by (c, side))
            raise_id (&self->last[side], &self->inserted[side], c->id);
          else if (c->since == WEFT_SINCE_BEFORE && c->deleted_by[side] && !weft_line_char_is_break (c))
            raise_id (&deleted, &has_deleted, c->id);
        }

      if (!self->inserted[side] && !has_deleted)
        return FALSE;
      if (!self->inserted[side])
        self->last[side] = deleted;
      self->by[side] = self->inserted[side] ? self->last[side].client
                                            : find_deleter (self->pair->sides[side], deleted);
    }

  return TRUE;
}

static const WeftLineChar *
find_common (const WeftApartLine *self)
{
  for (guint i = 0; i < self->chars->len; i++)
    if (weft_line_char_is_common (weft_line_get_char (self, i)))
      return weft_line_get_char (self, i);

  return NULL;
}

static void
name_card (WeftApartLine *self)
{
  const WeftLineChar *common = find_common (self);
  WeftOpId ids[2];

  if (common == NULL || !find_last (self))
    return;

  for (guint side = 0; side < 2; side++)
    {
      WeftId last = self->last[side];

      ids[side] = (WeftOpId){ last.client, last.clock,
                              self->inserted[side] ? 0 : (guint32) self->by[side] };
    }
  self->first = self->by[0] < self->by[1] ? 0 : 1;
  self->id = weft_conflict_make_id ("line", &ids[0], &ids[1]);
  self->key = g_strdup_printf ("%" G_GINT64_MODIFIER "x.%" G_GINT64_MODIFIER "x %s\n%s",
                               (guint64) common->id.client, (guint64) common->id.clock,
                               self->pair->sides[self->first]->key,
                               self->pair->sides[1 - self->first]->key);
}

WeftApartLine *
weft_apart_line_new (const WeftApartPair *pair,
                     guint                start,
                     guint                end)
{
  WeftApartLine *self = g_new0 (WeftApartLine, 1);

  self->pair = pair;
  self->chars = g_array_new (FALSE, FALSE, sizeof (WeftLineChar));
  for (guint i = start; i < end; i++)
    read_piece (self, i);
  mark_inside (self);
  name_card (self);
  if (pair->finder->has_undone)
    replace_copies (self);

  return self;
}

void
weft_apart_line_free (WeftApartLine *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->chars);
  g_free (self->id);
  g_free (self->key);
  g_free (self);
}

const char *
weft_apart_line_get_id (const WeftApartLine *self)
{
  return self->id;
}

const char *
weft_apart_line_get_key (const WeftApartLine *self)
{
  return self->key;
}

/* Later deletions */

static void
blame (WeftLineChar *c,
       guint         side)
{
  c->deleted_by[side] = TRUE;
  if (c->since == WEFT_SINCE_BEFORE)
    c->was_there[0] = c->was_there[1] = TRUE;
}

/* Deletions of those who are online are noted up to 30 s late. Where the stretches do not tell when it was, such a
 * note by one of the two who wrote in this line stands for what they deleted while the other was apart. Whether @c
 * was deleted by somebody who knew both. */
static gboolean
note_deletion (WeftApartLine *self,
               WeftLineChar  *c,
               WeftSince      since,
               WeftId         by)
{
  switch (since)
    {
    case WEFT_SINCE_FIRST:
    case WEFT_SINCE_SECOND:
      if (!self->pair->is_exact || c->since != WEFT_SINCE_BEFORE)
        blame (c, since == WEFT_SINCE_SECOND);
      return FALSE;
    case WEFT_SINCE_LATER:
      if (!self->inserted[1] || !weft_apart_pair_is_by (self->pair, 1, by)
          || (self->pair->is_exact && c->since == WEFT_SINCE_BEFORE))
        return TRUE;
      blame (c, 1);
      return FALSE;
    case WEFT_SINCE_BEFORE:
    case WEFT_SINCE_OTHERS:
    default:
      return FALSE;
    }
}

/* Whether @note only says once more what its author deleted while apart from one of the two. */
static gboolean
repeats_stretch (const WeftApartLine *self,
                 const WeftDeletions *note,
                 const WeftLineChar  *c)
{
  const WeftApartPair *pair = self->pair;

  for (guint i = 0; i < pair->finder->stretches->len; i++)
    {
      const WeftStretch *stretch = pair->finder->stretches->pdata[i];

      if (stretch->client == note->id.client && weft_delete_set_contains (stretch->deletions, c->id)
          && weft_apart_pair_classify_stretch (pair, stretch) != WEFT_SINCE_LATER)
        return TRUE;
    }

  return FALSE;
}

static gboolean
find_deletion (WeftApartLine *self,
               WeftLineChar  *c)
{
  const WeftApartPair *pair = self->pair;

  for (guint i = 0; i < pair->notes->len; i++)
    {
      const WeftDeletions *note = &g_array_index (pair->notes, WeftDeletions, i);

      if (weft_delete_set_contains (note->deletions, c->id) && !repeats_stretch (self, note, c)
          && note_deletion (self, c, weft_apart_pair_classify (pair, note->id), note->id))
        return TRUE;
    }

  for (guint i = 0; i < pair->finder->stretches->len; i++)
    {
      const WeftStretch *stretch = pair->finder->stretches->pdata[i];

      if (weft_delete_set_contains (stretch->deletions, c->id)
          && weft_apart_pair_classify_stretch (pair, stretch) == WEFT_SINCE_LATER)
        return TRUE;
    }

  return FALSE;
}

/* Whether somebody who knew both changed the line. Finds out who deleted what. */
static gboolean
is_settled (WeftApartLine *self)
{
  for (guint i = 0; i < self->chars->len; i++)
    {
      const WeftLineChar *c = weft_line_get_char (self, i);

      if (c->is_inside
          && ((c->since == WEFT_SINCE_LATER && !c->deleted)
              || (c->since == WEFT_SINCE_FIRST && c->deleted && !c->deleted_by[0])))
        return TRUE;
    }

  for (guint i = 0; i < self->chars->len; i++)
    {
      WeftLineChar *c = weft_line_get_char (self, i);

      if (c->deleted && c->is_inside && !c->deleted_by[0] && !c->deleted_by[1]
          && !(self->pair->is_exact && (weft_line_char_is_common (c) || c->was_there[1]))
          && (c->since == WEFT_SINCE_BEFORE || c->since == WEFT_SINCE_SECOND)
          && !weft_apart_pair_was_gone (self->pair, c->id) && find_deletion (self, c))
        return TRUE;
    }

  return FALSE;
}

/* Words */

typedef struct
{
  WeftApartLine *line;
  guint32 *words; /* of each char: its word; NO_WORD: it stands in none */
  guint32 n_words;
  guint8 *touched; /* of each word: a bit for each side */
} Words;

static gunichar
decode (const WeftLineChar *c)
{
  return c->text != NULL ? g_utf8_get_char_validated (c->text, c->n_bytes) : 0xfffd;
}

/* Scripts that write no blanks have words of one character. */
static void
number_words (Words *self)
{
  gboolean is_in_word = FALSE;

  for (guint i = 0; i < self->line->chars->len; i++)
    {
      const WeftLineChar *c = weft_line_get_char (self->line, i);
      gunichar u;

      self->words[i] = NO_WORD;
      if (!weft_line_char_is_common (c))
        continue;

      u = decode (c);
      if (g_unichar_isspace (u))
        is_in_word = FALSE;
      else
        {
          gboolean is_wide = g_unichar_iswide (u);

          if (!is_in_word || is_wide)
            self->n_words++;
          self->words[i] = self->n_words - 1;
          is_in_word = !is_wide;
        }
    }
}

static void
touch (Words  *self,
       guint32 word,
       guint   side)
{
  if (word < self->n_words)
    self->touched[word] |= 1 << side;
}

/* What one side inserted at one place. */
typedef struct
{
  gsize n_head; /* before the first break */
  gsize n_tail; /* after the last one */
  gboolean has_break;
} Insertion;

/* @before, @after: the words that it stands next to, or NO_WORD; @n_before: how many stand before
 * it */
static void
touch_insertion (Words           *self,
                 const Insertion *insertion,
                 guint            side,
                 guint32          before,
                 guint32          after,
                 guint32          n_before)
{
  gboolean has_head = insertion->n_head > 0;
  gboolean has_tail = insertion->has_break ? insertion->n_tail > 0 : has_head;

  if (!insertion->has_break && (before != NO_WORD || after != NO_WORD))
    {
      touch (self, before, side);
      touch (self, after, side);
      return;
    }

  if (has_head && n_before > 0)
    touch (self, n_before - 1, side);
  if (has_tail)
    touch (self, n_before, side);
}

static void
touch_insertions (Words *self,
                  guint  side)
{
  Insertion insertion = { 0 };
  guint32 before = NO_WORD, n_before = 0;

  for (guint i = 0; i <= self->line->chars->len; i++)
    {
      const WeftLineChar *c = i < self->line->chars->len ? weft_line_get_char (self->line, i) : NULL;

      if (c == NULL || weft_line_char_is_common (c))
        {
          guint32 after = c != NULL ? self->words[i] : NO_WORD;

          if (insertion.has_break || insertion.n_head > 0)
            touch_insertion (self, &insertion, side, before, after, n_before);
          insertion = (Insertion){ 0 };
          before = after;
          if (after != NO_WORD)
            n_before = after + 1;
        }
      else if (weft_line_char_is_by (c, side) && !c->deleted && c->is_inside)
        {
          if (weft_line_char_is_break (c))
            {
              insertion.has_break = TRUE;
              insertion.n_tail = 0;
            }
          else if (insertion.has_break)
            insertion.n_tail++;
          else
            insertion.n_head++;
        }
    }
}

static void
touch_deletions (Words *self,
                 guint  side)
{
  guint32 n_before = 0;

  for (guint i = 0; i < self->line->chars->len; i++)
    {
      const WeftLineChar *c = weft_line_get_char (self->line, i);

      if (!weft_line_char_is_common (c) || weft_line_char_is_break (c))
        continue;

      if (self->words[i] != NO_WORD)
        n_before = self->words[i] + 1;
      if (c->deleted_by[side])
        {
          if (n_before > 0)
            touch (self, n_before - 1, side);
          if (self->words[i] == NO_WORD)
            touch (self, n_before, side);
        }
    }
}

/* Whether both touched the same or neighbouring words. */
static gboolean
is_met (WeftApartLine *line)
{
  g_autofree guint32 *words = g_new (guint32, line->chars->len);
  g_autofree guint8 *touched = NULL;
  Words self = { line, words, 0, NULL };

  number_words (&self);
  self.touched = touched = g_new0 (guint8, self.n_words + 1);
  for (guint side = 0; side < 2; side++)
    {
      touch_insertions (&self, side);
      touch_deletions (&self, side);
    }

  for (guint i = 0; i < self.n_words; i++)
    if ((touched[i] | touched[i + 1]) == 3)
      return TRUE;

  return FALSE;
}

/* The line */

#define MERGED 2

static gboolean
is_shown (const WeftLineChar *c,
          guint               version)
{
  return version == MERGED ? c->is_inside && !c->deleted : weft_line_char_is_in_version (c, version);
}

/* Without the break that ends it. (transfer full) (nullable): %NULL where something is not kept */
static WeftAny *
make_version (const WeftApartLine *self,
              guint                version)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (guint i = 0; i < self->chars->len; i++)
    {
      const WeftLineChar *c = weft_line_get_char (self, i);

      if (!is_shown (c, version) || (weft_line_char_is_break (c) && weft_line_char_is_common (c)))
        continue;
      if (c->text == NULL)
        return NULL;
      g_string_append_len (text, c->text, c->n_bytes);
    }

  return weft_any_new_string_len (text->str, text->len);
}

static gboolean
is_same_version (const WeftApartLine *self,
                 guint                a,
                 guint                b)
{
  g_autoptr(WeftAny) value_a = make_version (self, a);
  g_autoptr(WeftAny) value_b = make_version (self, b);

  return value_a != NULL && value_b != NULL && weft_any_equal (value_a, value_b);
}

WeftLineState
weft_apart_line_judge (WeftApartLine *self)
{
  if (self->id == NULL)
    return WEFT_LINE_FINE;
  if (is_settled (self))
    return WEFT_LINE_SETTLED;

  return is_met (self) && !is_same_version (self, 0, MERGED) && !is_same_version (self, 1, MERGED)
             ? WEFT_LINE_OPEN
             : WEFT_LINE_FINE;
}

/* Something to scroll to: what is shown, best by one of the two. */
static WeftId
find_anchor (const WeftApartLine *self)
{
  const WeftLineChar *found = NULL;

  for (guint i = 0; i < self->chars->len; i++)
    {
      const WeftLineChar *c = weft_line_get_char (self, i);

      if (!is_shown (c, MERGED))
        continue;
      if (c->since != WEFT_SINCE_BEFORE)
        return c->id;
      if (found == NULL)
        found = c;
    }

  return found != NULL ? found->id : self->last[0];
}

WeftConflict *
weft_apart_line_make_card (const WeftApartLine *self)
{
  WeftConflict *card = g_new0 (WeftConflict, 1);

  card->id = g_strdup (self->id);
  card->kind = WEFT_CONFLICT_LINE;
  card->anchor = find_anchor (self);
  card->merged = make_version (self, MERGED);
  for (guint i = 0; i < 2; i++)
    {
      guint side = i == 0 ? self->first : 1 - self->first;
      const WeftApartSide *who = self->pair->sides[side];
      WeftConflictSide *shown = &card->sides[i];

      if (self->inserted[side])
        weft_conflict_finder_fill (self->pair->finder, shown, self->last[side], NULL);
      else
        shown->time_ms = who->to_ms;
      shown->client = self->by[side];
      shown->value = make_version (self, side);
      g_free (shown->person);
      shown->person = g_strdup (who->person);
    }

  return card;
}
