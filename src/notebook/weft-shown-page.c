/* weft-shown-page.c - a page as it was, beside what it was before, in a document of its own: its text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All that was ever written in the text has a rank: its place among all units, the deleted ones too. What
 * is shown at any time are stretches of ranks, so that two of them are compared by walking along both.
 */

#include "config.h"

#include "notebook/weft-shown-page-private.h"

#include <string.h>

#include "crdt/weft-type.h"

/* A stretch of the text that is shown. */
typedef struct
{
  WeftId      id;
  guint64     length;     /* UTF-16 units */
  const char *text;       /* borrowed from the changes; only of what is to be shown */
  gsize       n_bytes;
  WeftAny    *embed;      /* owned, nullable: of length 1 */
  WeftAny    *attributes; /* owned, nullable */
  guint64     rank;
} Segment;

/* No longer in the page's document. */
#define NO_RANK G_MAXUINT64

typedef struct
{
  WeftClock clock;
  guint64   length;
  guint64   rank;
} Ranked;

typedef struct
{
  GHashTable *clients; /* client -> GArray of Ranked */
  guint64     next;
} Ranks;

static void
segment_clear (gpointer data)
{
  Segment *self = data;

  g_clear_pointer (&self->embed, weft_any_unref);
  g_clear_pointer (&self->attributes, weft_any_unref);
}

static GArray *
segments_new (void)
{
  GArray *segments = g_array_new (FALSE, FALSE, sizeof (Segment));

  g_array_set_clear_func (segments, segment_clear);

  return segments;
}

/* Ranks */

static gboolean
rank_item_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  Ranks *ranks = user_data;
  Ranked ranked = { item->id.clock, item->length, ranks->next };
  GArray *all = g_hash_table_lookup (ranks->clients, &item->id.client);

  if (all == NULL)
    {
      all = g_array_new (FALSE, FALSE, sizeof (Ranked));
      g_hash_table_insert (ranks->clients, g_memdup2 (&item->id.client, sizeof item->id.client), all);
    }
  g_array_append_val (all, ranked);
  ranks->next += item->length;

  return TRUE;
}

static int
compare_ranked (gconstpointer a,
                gconstpointer b)
{
  const Ranked *one = a, *other = b;

  return one->clock < other->clock ? -1 : one->clock > other->clock;
}

static void
ranks_init (Ranks    *self,
            WeftType *text)
{
  GHashTableIter iter;
  gpointer all;

  self->clients = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_array_unref);
  self->next = 0;
  weft_type_foreach_item (text, rank_item_cb, self);

  g_hash_table_iter_init (&iter, self->clients);
  while (g_hash_table_iter_next (&iter, NULL, &all))
    g_array_sort (all, compare_ranked);
}

/* The rank of @id; @length, how many units from there on have the next ranks. */
static guint64
ranks_find (const Ranks *self,
            WeftId       id,
            guint64     *length)
{
  GArray *all = g_hash_table_lookup (self->clients, &id.client);
  guint low = 0, high = all != NULL ? all->len : 0;
  const Ranked *found;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (all, Ranked, middle).clock <= id.clock)
        low = middle + 1;
      else
        high = middle;
    }

  found = low > 0 ? &g_array_index (all, Ranked, low - 1) : NULL;
  if (found == NULL || id.clock >= found->clock + found->length)
    return NO_RANK;

  *length = found->clock + found->length - id.clock;

  return found->rank + (id.clock - found->clock);
}

/* What is shown, by the ranks of now: what was one stretch may have been written into since. Whether they
 * are in order still. */
static gboolean
rank_segments (GArray      **segments,
               const Ranks  *ranks)
{
  GArray *ranked = segments_new ();
  guint64 last = 0;
  gboolean in_order = TRUE;

  for (guint i = 0; i < (*segments)->len; i++)
    {
      const Segment *segment = &g_array_index (*segments, Segment, i);
      guint64 done = 0;

      while (done < segment->length)
        {
          Segment part = *segment;
          guint64 n = segment->length - done, room = n;

          part.id.clock += done;
          part.rank = ranks_find (ranks, part.id, &room);
          part.length = MIN (n, room);
          part.embed = segment->embed != NULL ? weft_any_ref (segment->embed) : NULL;
          part.attributes = segment->attributes != NULL ? weft_any_ref (segment->attributes) : NULL;
          if (part.rank != NO_RANK)
            {
              in_order &= part.rank >= last;
              last = part.rank + part.length;
            }
          done += part.length;
          g_array_append_val (ranked, part);
        }
    }

  g_array_unref (*segments);
  *segments = ranked;

  return in_order;
}

/* What is to be shown */

static WeftAny *
make_attributes (const WeftTextRun  *run,
                 const WeftChange   *change,
                 WeftShownColorFunc  color,
                 gpointer            user_data)
{
  const WeftAny *marks = run->change == WEFT_PIECE_REMOVED ? run->then : run->now;
  const char *type = run->change == WEFT_PIECE_ADDED     ? "added"
                     : run->change == WEFT_PIECE_REMOVED ? "removed"
                                                         : "changed";
  g_autofree char *of_person = NULL;
  WeftAny *attributes, *mark;

  if (change == NULL)
    return marks != NULL ? weft_any_ref ((WeftAny *) marks) : NULL;

  attributes = weft_any_new_object ();
  for (gsize i = 0; marks != NULL && i < weft_any_get_n_items (marks); i++)
    if (!g_str_equal (weft_any_get_key (marks, i), WEFT_SHOWN_CHANGE))
      weft_any_object_take (attributes, weft_any_get_key (marks, i),
                            weft_any_ref ((WeftAny *) weft_any_get_item (marks, i)));

  mark = weft_any_new_object ();
  of_person = color (change->person, user_data);
  weft_any_object_take (mark, "type", weft_any_new_string (type));
  if (change->person != NULL)
    weft_any_object_take (mark, "user", weft_any_new_string (change->person));
  weft_any_object_take (mark, "color", weft_any_new_string (of_person));
  weft_any_object_take (attributes, WEFT_SHOWN_CHANGE, mark);

  return attributes;
}

static WeftAny *
make_embed (const WeftTextRun *run)
{
  WeftAny *unknown;

  /* A nested type: views show a placeholder for what they do not know. */
  if (weft_any_get_kind (run->embed) != WEFT_ANY_UNDEFINED)
    return weft_any_ref (run->embed);

  unknown = weft_any_new_object ();
  weft_any_object_take (unknown, "unknown", weft_any_new_boolean (TRUE));

  return unknown;
}

static GArray *
list_segments (WeftChanges        *changes,
               WeftShownColorFunc  color,
               gpointer            user_data,
               GArray             *places)
{
  const WeftTextRuns *runs = changes->runs;
  GArray *segments = segments_new ();
  guint at = 0;

  for (guint i = 0; i < runs->runs->len; i++)
    {
      const WeftTextRun *run = &g_array_index (runs->runs, WeftTextRun, i);
      const WeftChange *change = run->entry >= 0 ? weft_changes_get (changes, run->entry) : NULL;
      const char *text = runs->text->str + run->offset;
      guint n_chars = run->embed != NULL ? 1 : (guint) g_utf8_strlen (text, (gssize) run->n_bytes);
      Segment segment = { .id = run->id, .length = run->length };

      /* Taken away and put back. */
      if (run->change == WEFT_PIECE_REMOVED && change == NULL)
        continue;

      if (run->embed != NULL)
        segment.embed = make_embed (run);
      else
        {
          segment.text = text;
          segment.n_bytes = run->n_bytes;
        }
      segment.attributes = make_attributes (run, change, color, user_data);
      g_array_append_val (segments, segment);

      if (change != NULL)
        {
          const WeftShownPlace place = { run->id, run->length, at, n_chars };

          g_array_append_val (places, place);
        }
      at += n_chars;
    }

  return segments;
}

/* From what is shown to what is to be shown */

typedef struct
{
  WeftType  *text;
  WeftDelta *delta;  /* of this transaction */
  guint64    at;     /* where it is in the text now */
  guint      weight; /* units written, and what else it costs */
} Writer;

static void
writer_flush (Writer *self)
{
  if (self->weight > 0)
    {
      weft_delta_chop (self->delta);
      weft_doc_begin (weft_type_get_doc (self->text), NULL);
      weft_text_apply_delta (self->text, self->delta);
      weft_doc_commit (weft_type_get_doc (self->text));
    }

  weft_delta_free (self->delta);
  self->delta = weft_delta_new ();
  weft_delta_retain (self->delta, self->at, NULL);
  self->weight = 0;
}

static void
writer_count (Writer *self,
              guint64 weight)
{
  self->weight += (guint) MIN (weight, WEFT_SHOWN_MAX_UNITS);
  if (self->weight >= WEFT_SHOWN_MAX_UNITS)
    writer_flush (self);
}

/* Every operation costs a walk to its place. */
#define OPERATION_WEIGHT 16

static void
write_kept (Writer        *self,
            const Segment *old,
            const Segment *new,
            guint64        length)
{
  g_autoptr(WeftAny) marks = NULL;
  gsize n_old = old->attributes != NULL ? weft_any_get_n_items (old->attributes) : 0;
  gsize n_new = new->attributes != NULL ? weft_any_get_n_items (new->attributes) : 0;

  self->at += length;
  if ((n_old == 0 && n_new == 0)
      || (n_old > 0 && n_new > 0 && weft_any_equal (old->attributes, new->attributes)))
    {
      weft_delta_retain (self->delta, length, NULL);
      return;
    }

  marks = weft_any_new_object ();
  for (gsize i = 0; i < n_old; i++)
    {
      const char *key = weft_any_get_key (old->attributes, i);

      if (n_new == 0 || weft_any_lookup (new->attributes, key) == NULL)
        weft_any_object_take (marks, key, weft_any_new_null ());
    }
  for (gsize i = 0; i < n_new; i++)
    weft_any_object_take (marks, weft_any_get_key (new->attributes, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (new->attributes, i)));
  weft_delta_retain (self->delta, length, marks);
  writer_count (self, OPERATION_WEIGHT + length / 8);
}

/* Deleting takes little, whatever the length. */
static void
write_deleted (Writer *self,
               guint64 length)
{
  while (length > 0)
    {
      guint64 n = MIN (length, 4 * WEFT_SHOWN_MAX_UNITS);

      weft_delta_delete (self->delta, n);
      writer_count (self, OPERATION_WEIGHT + n / 4);
      length -= n;
    }
}

/* Units from @from on, of a text in parts that one update may bring; pairs are not torn apart. */
static void
write_inserted (Writer        *self,
                const Segment *segment,
                guint64        from,
                guint64        length)
{
  g_autoptr(WeftAny) none = segment->attributes == NULL ? weft_any_new_object () : NULL;
  WeftAny *marks = segment->attributes != NULL ? segment->attributes : none;
  const char *p = segment->text, *end = segment->text + segment->n_bytes, *start;
  guint64 at = 0, n;

  if (segment->embed != NULL)
    {
      weft_delta_insert_embed (self->delta, segment->embed, marks);
      self->at++;
      writer_count (self, OPERATION_WEIGHT);
      return;
    }

  while (p < end && at < from)
    {
      at += ((guchar) *p) >= 0xf0 ? 2 : 1;
      p = g_utf8_next_char (p);
    }
  while (p < end && at < from + length)
    {
      for (start = p, n = 0; p < end && at < from + length && n < WEFT_SHOWN_MAX_UNITS; p = g_utf8_next_char (p))
        {
          guint width = ((guchar) *p) >= 0xf0 ? 2 : 1;

          at += width;
          n += width;
        }
      weft_delta_insert_text (self->delta, start, p - start, marks);
      self->at += n;
      writer_count (self, OPERATION_WEIGHT + n);
    }
}

static void
write_all (Writer *writer,
           GArray *old,
           GArray *new)
{
  guint i = 0, j = 0;
  guint64 done_old = 0, done_new = 0;

  while (i < old->len || j < new->len)
    {
      const Segment *was = i < old->len ? &g_array_index (old, Segment, i) : NULL;
      const Segment *is = j < new->len ? &g_array_index (new, Segment, j) : NULL;
      guint64 left_old = was != NULL ? was->length - done_old : 0;
      guint64 left_new = is != NULL ? is->length - done_new : 0;
      guint64 n;

      if (was != NULL && (is == NULL || was->rank == NO_RANK || was->rank + done_old < is->rank + done_new))
        {
          n = is == NULL || was->rank == NO_RANK
                ? left_old
                : MIN (left_old, is->rank + done_new - was->rank - done_old);
          write_deleted (writer, n);
          done_old += n;
        }
      else if (was == NULL || is->rank + done_new < was->rank + done_old)
        {
          n = was == NULL ? left_new : MIN (left_new, was->rank + done_old - is->rank - done_new);
          write_inserted (writer, is, done_new, n);
          done_new += n;
        }
      else
        {
          n = MIN (left_old, left_new);
          write_kept (writer, was, is, n);
          done_old += n;
          done_new += n;
        }

      if (was != NULL && done_old >= was->length)
        {
          i++;
          done_old = 0;
        }
      if (is != NULL && done_new >= is->length)
        {
          j++;
          done_new = 0;
        }
    }
}

static void
show_text (WeftShownPage      *self,
           WeftDoc            *doc,
           WeftChanges        *changes,
           WeftShownColorFunc  color,
           gpointer            user_data,
           GArray             *places)
{
  Writer writer = { .text = weft_doc_get_text (self->doc, "quill"), .delta = weft_delta_new () };
  GArray *segments = list_segments (changes, color, user_data, places);
  Ranks ranks;

  ranks_init (&ranks, weft_doc_get_text (doc, "quill"));
  rank_segments (&segments, &ranks);
  /* It cannot happen; then all of it is written anew. */
  if (!rank_segments (&self->segments, &ranks))
    for (guint i = 0; i < self->segments->len; i++)
      g_array_index (self->segments, Segment, i).rank = NO_RANK;
  g_hash_table_unref (ranks.clients);

  write_all (&writer, self->segments, segments);
  writer_flush (&writer);
  weft_delta_free (writer.delta);

  /* The changes go; ids and attributes stay. */
  for (guint i = 0; i < segments->len; i++)
    g_array_index (segments, Segment, i).text = NULL;
  g_array_unref (self->segments);
  self->segments = segments;
}

/* The page */

static void
update_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  WeftShownPage *self = user_data;

  if (self->updates != NULL)
    g_ptr_array_add (self->updates, g_bytes_ref (update));
}

WeftDoc *
weft_shown_page_new_copy (void)
{
  const WeftDocOptions options = { .gc = TRUE };

  /* Nobody looks back at what was shown before. */
  return weft_doc_new_with_options (g_random_int (), &options);
}

WeftShownPage *
weft_shown_page_new (void)
{
  const WeftDocObserver observer = { .update = update_cb };
  WeftShownPage *self = g_new0 (WeftShownPage, 1);

  self->doc = weft_shown_page_new_copy ();
  self->segments = segments_new ();
  self->elements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_any_unref);
  weft_doc_add_observer (self->doc, &observer, self);

  return self;
}

void
weft_shown_page_free (WeftShownPage *self)
{
  weft_doc_free (self->doc);
  g_array_unref (self->segments);
  g_hash_table_unref (self->elements);
  g_clear_pointer (&self->meta, weft_any_unref);
  g_free (self);
}

static void
mark_free (gpointer data)
{
  WeftShownMark *self = data;

  g_free (self->element);
  g_free (self->color);
  g_free (self);
}

void
weft_shown_step_free (WeftShownStep *self)
{
  g_ptr_array_unref (self->updates);
  g_ptr_array_unref (self->marks);
  g_array_unref (self->places);
  g_free (self);
}

/**
 * weft_shown_page_show:
 * @self: what is shown
 * @doc: a page's document, which keeps deleted content
 * @before: (nullable): an earlier moment; %NULL: nothing is marked
 * @at: (nullable): the moment to show; %NULL: now
 * @users: the people of @doc
 * @color: gives the colour of a person
 * @user_data: for @color
 *
 * Returns: (transfer full): what makes the other side show the same
 */
WeftShownStep *
weft_shown_page_show (WeftShownPage      *self,
                      WeftDoc            *doc,
                      WeftSnapshot       *before,
                      WeftSnapshot       *at,
                      WeftUsers          *users,
                      WeftShownColorFunc  color,
                      gpointer            user_data)
{
  WeftShownStep *step;
  g_autoptr(WeftSnapshot) now = NULL;
  g_autoptr(WeftChanges) changes = NULL;

  g_return_val_if_fail (self != NULL && doc != NULL && users != NULL && color != NULL, NULL);

  if (at == NULL)
    at = now = weft_snapshot_new (doc);
  if (before == NULL)
    before = at;

  step = g_new (WeftShownStep, 1);
  step->updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  step->marks = g_ptr_array_new_with_free_func (mark_free);
  step->places = g_array_new (FALSE, FALSE, sizeof (WeftShownPlace));

  self->updates = step->updates;
  changes = weft_changes_new (doc, before, at, users);
  show_text (self, doc, changes, color, user_data, step->places);
  weft_shown_page_show_board (self, doc, before, at, changes, color, user_data, step->marks);
  self->updates = NULL;

  return step;
}
