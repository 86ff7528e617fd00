/* weft-changes-text.c - two moments of a text side by side, and the way back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pieces of the text give ids and fates, the deltas of the two moments give the marks: three
 * walks in step. A mark's item says who set it; what it covers is told by the deltas alone.
 */

#include "config.h"

#include "notebook/weft-changes-private.h"

#include <string.h>

#include "crdt/weft-type.h"

/* How much of a block is shown as a value: bytes before the first thing that changed, and in all. */
#define MAX_CONTEXT 1024
#define MAX_VALUE   4096

/* A place in the delta of one moment. */
typedef struct
{
  WeftDelta *delta;
  gsize      op;
  guint64    used; /* units of @op that are behind us */
} Cursor;

/* Who changed a mark last, in the order of the text. */
typedef struct
{
  const char  *person;
  WeftClientId client;
} Marker;

typedef struct
{
  WeftComparison *comparison;
  WeftTextRuns   *result;
  Cursor          then, now;
  GHashTable     *markers; /* key of a mark -> Marker */
  GArray         *revived; /* nullable: runs end where copies, and what they are copies of, do */
  guint64         pos_utf16;
} Walk;

static void
run_clear (gpointer data)
{
  WeftTextRun *run = data;

  g_clear_pointer (&run->embed, weft_any_unref);
  g_clear_pointer (&run->then, weft_any_unref);
  g_clear_pointer (&run->now, weft_any_unref);
}

void
weft_text_runs_free (WeftTextRuns *self)
{
  g_array_unref (self->runs);
  g_string_free (self->text, TRUE);
  g_free (self);
}

static guint64
cursor_get_room (const Cursor *self)
{
  if (self->op >= weft_delta_get_n_ops (self->delta))
    return G_MAXUINT64;

  return weft_delta_get_op (self->delta, self->op)->length - self->used;
}

/* (transfer full) (nullable) */
static WeftAny *
cursor_dup_marks (const Cursor *self)
{
  const WeftDeltaOp *op;

  if (self->op >= weft_delta_get_n_ops (self->delta))
    return NULL;
  op = weft_delta_get_op (self->delta, self->op);

  return op->attributes != NULL ? weft_any_ref (op->attributes) : NULL;
}

static void
cursor_advance (Cursor *self,
                guint64 n)
{
  if (self->op >= weft_delta_get_n_ops (self->delta))
    return;

  self->used += n;
  if (self->used >= weft_delta_get_op (self->delta, self->op)->length)
    {
      self->op++;
      self->used = 0;
    }
}

static gsize
count_keys (const WeftAny *marks)
{
  return marks != NULL ? weft_any_get_n_items (marks) : 0;
}

/* A key whose value differs; the order of the keys means nothing. */
static const char *
find_difference (const WeftAny *a,
                 const WeftAny *b)
{
  for (gsize i = 0; i < count_keys (a); i++)
    {
      const char *key = weft_any_get_key (a, i);
      const WeftAny *other = b != NULL ? weft_any_lookup (b, key) : NULL;

      if (other == NULL || !weft_any_equal (weft_any_get_item (a, i), other))
        return key;
    }

  for (gsize i = 0; i < count_keys (b); i++)
    if (a == NULL || weft_any_lookup (a, weft_any_get_key (b, i)) == NULL)
      return weft_any_get_key (b, i);

  return NULL;
}

static gboolean
get_format_key_cb (const WeftItemInfo *item,
                   gpointer            user_data)
{
  *(const char **) user_data = item->format_key;

  return FALSE;
}

static void
note_marker (Walk            *walk,
             const WeftPiece *piece)
{
  WeftComparison *comparison = walk->comparison;
  const char *key = NULL;
  Marker *marker;

  weft_doc_foreach_item (comparison->doc, piece->id.client, piece->id.clock, piece->id.clock + 1,
                         get_format_key_cb, &key);
  if (key == NULL)
    return;

  marker = g_new0 (Marker, 1);
  if (piece->change == WEFT_PIECE_ADDED)
    {
      marker->person = weft_comparison_name_client (comparison, piece->id.client);
      marker->client = piece->id.client;
    }
  else
    marker->person = weft_comparison_name_deletion (comparison, piece->id);
  g_hash_table_replace (walk->markers, g_strdup (key), marker);
}

/* Who did this to the run. */
static void
name_author (Walk        *walk,
             WeftTextRun *run)
{
  const char *key;
  Marker *marker;

  switch (run->change)
    {
    case WEFT_PIECE_ADDED:
      run->person = weft_comparison_name_client (walk->comparison, run->id.client);
      run->client = run->id.client;
      break;

    case WEFT_PIECE_REMOVED:
      run->person = weft_comparison_name_deletion (walk->comparison, run->id);
      break;

    case WEFT_PIECE_KEPT:
    default:
      key = find_difference (run->then, run->now);
      run->marked = key != NULL;
      marker = key != NULL ? g_hash_table_lookup (walk->markers, key) : NULL;
      if (marker != NULL)
        {
          run->person = marker->person;
          run->client = marker->client;
        }
    }
}

/* Appends @length units of a piece, which both moments show alike. */
static void
append_run (Walk            *walk,
            const WeftPiece *piece,
            guint64          start,
            guint64          length,
            const char      *text,
            gsize            n_bytes,
            WeftAny         *embed,
            gboolean         in_deltas)
{
  WeftTextRun run = {
    .change = piece->change,
    .id = { piece->id.client, piece->id.clock + start },
    .length = length,
    .offset = walk->result->text->len,
    .n_bytes = n_bytes,
    .embed = embed,
    .pos_utf16 = walk->pos_utf16,
    .entry = -1,
  };

  if (text != NULL)
    g_string_append_len (walk->result->text, text, n_bytes);

  if (in_deltas && piece->change != WEFT_PIECE_ADDED)
    {
      run.then = cursor_dup_marks (&walk->then);
      cursor_advance (&walk->then, length);
    }
  if (in_deltas && piece->change != WEFT_PIECE_REMOVED)
    {
      run.now = cursor_dup_marks (&walk->now);
      cursor_advance (&walk->now, length);
    }
  if (piece->change != WEFT_PIECE_REMOVED)
    walk->pos_utf16 += length;

  name_author (walk, &run);
  g_array_append_val (walk->result->runs, run);
}

/* How many units from @start on, @max at most, were taken away by the same person. */
static guint64
count_deleted (Walk            *walk,
               const WeftPiece *piece,
               guint64          start,
               guint64          max)
{
  WeftId id = { piece->id.client, piece->id.clock + start };
  const char *first = weft_comparison_name_deletion (walk->comparison, id);
  guint64 n = 1;

  for (; n < max; n++)
    {
      id.clock++;
      if (weft_comparison_name_deletion (walk->comparison, id) != first)
        break;
    }

  return n;
}

/* How many units from @start on, @max at most, are of one copy, or have one copy, or none. */
static guint64
count_copied (Walk            *walk,
              const WeftPiece *piece,
              guint64          start,
              guint64          max)
{
  WeftClock clock = piece->id.clock + start;

  for (guint i = 0; i < walk->revived->len; i++)
    {
      const WeftRevived *revived = &g_array_index (walk->revived, WeftRevived, i);
      WeftId first = piece->change == WEFT_PIECE_REMOVED ? revived->original : revived->copy;
      WeftClock end = first.clock + revived->length;

      if (first.client != piece->id.client || end <= clock)
        continue;
      max = MIN (max, first.clock > clock ? first.clock - clock : end - clock);
    }

  return max;
}

static void
append_text (Walk            *walk,
             const WeftPiece *piece)
{
  g_autoptr(WeftAny) value = weft_piece_dup_value (piece, 0);
  const char *at = value != NULL ? weft_any_get_string (value) : NULL;
  const char *end = at != NULL ? at + weft_any_get_string_length (value) : NULL;
  guint64 start = 0;

  while (at < end)
    {
      guint64 room = G_MAXUINT64, n = 0;
      const char *p = at;

      if (piece->change != WEFT_PIECE_ADDED)
        room = MIN (room, cursor_get_room (&walk->then));
      if (piece->change != WEFT_PIECE_REMOVED)
        room = MIN (room, cursor_get_room (&walk->now));
      if (piece->change == WEFT_PIECE_REMOVED && walk->comparison->users != NULL)
        room = count_deleted (walk, piece, start, MIN (room, piece->length - start));
      if (piece->change != WEFT_PIECE_KEPT && walk->revived != NULL)
        room = count_copied (walk, piece, start, MIN (room, piece->length - start));

      while (p < end && n < room && (p == at || *p != '\n'))
        {
          gboolean is_break = *p == '\n';

          /* Four bytes of UTF-8 are two units. */
          n += ((guchar) *p) >= 0xf0 ? 2 : 1;
          p = g_utf8_next_char (p);
          if (is_break)
            break;
        }
      p = MIN (p, end);
      append_run (walk, piece, start, n, at, p - at, NULL, TRUE);
      start += n;
      at = p;
    }
}

static gboolean
append_piece_cb (const WeftPiece *piece,
                 gpointer         user_data)
{
  Walk *walk = user_data;

  switch (piece->content)
    {
    case WEFT_CONTENT_FORMAT:
      if (piece->change != WEFT_PIECE_KEPT)
        note_marker (walk, piece);
      break;

    case WEFT_CONTENT_STRING:
      append_text (walk, piece);
      break;

    case WEFT_CONTENT_EMBED:
      append_run (walk, piece, 0, 1, NULL, 0, weft_piece_dup_value (piece, 0), TRUE);
      break;

    case WEFT_CONTENT_TYPE:
      append_run (walk, piece, 0, 1, NULL, 0, weft_any_new_undefined (), TRUE);
      break;

    case WEFT_CONTENT_ANY:
    case WEFT_CONTENT_JSON:
    case WEFT_CONTENT_BINARY:
    case WEFT_CONTENT_DOC:
      /* No editor writes these into a text; they count, and have no place in a delta. */
      for (guint64 i = 0; i < piece->length; i++)
        append_run (walk, piece, i, 1, NULL, 0, weft_any_new_undefined (), FALSE);
      break;

    case WEFT_CONTENT_GC:
    case WEFT_CONTENT_DELETED:
    case WEFT_CONTENT_SKIP:
    default:
      break;
    }

  return TRUE;
}

/* Cancelling */

static void
add_to_delta (WeftDelta          *delta,
              const WeftTextRuns *self,
              const WeftTextRun  *run,
              WeftAny            *marks)
{
  if (run->embed != NULL)
    weft_delta_insert_embed (delta, run->embed, marks);
  else
    weft_delta_insert_text (delta, self->text->str + run->offset, run->n_bytes, marks);
}

/* Where what was added between two kept pieces is what was removed there, nothing changed. */
static void
cancel_equal (WeftTextRuns *self)
{
  guint n = self->runs->len;

  for (guint from = 0, to; from < n; from = to)
    {
      guint64 n_added = 0, n_removed = 0;

      for (to = from; to < n && g_array_index (self->runs, WeftTextRun, to).change != WEFT_PIECE_KEPT; to++)
        {
          const WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, to);

          *(run->change == WEFT_PIECE_ADDED ? &n_added : &n_removed) += run->length;
        }

      if (n_added > 0 && n_added == n_removed)
        {
          g_autoptr(WeftDelta) added = weft_delta_new ();
          g_autoptr(WeftDelta) removed = weft_delta_new ();

          for (guint i = from; i < to; i++)
            {
              const WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, i);

              if (run->change == WEFT_PIECE_ADDED)
                add_to_delta (added, self, run, run->now);
              else
                add_to_delta (removed, self, run, run->then);
            }
          if (weft_delta_equal (added, removed))
            for (guint i = from; i < to; i++)
              g_array_index (self->runs, WeftTextRun, i).cancelled = TRUE;
        }
      if (to == from)
        to++;
    }
}

/* Replacing */

static gboolean
is_by_same (const WeftTextRun *a,
            const WeftTextRun *b)
{
  return g_strcmp0 (a->person, b->person) == 0 && (a->person != NULL || a->client == b->client);
}

/* Who deletes is noted a while later, and by other editors never. Where one person alone wrote between what stayed,
 * what nobody is known to have taken away there was replaced by them. */
static void
name_replacers (WeftTextRuns *self)
{
  guint n = self->runs->len;

  for (guint from = 0, to; from < n; from = to + 1)
    {
      const WeftTextRun *writer = NULL;
      gboolean is_one = TRUE;

      for (to = from; to < n && g_array_index (self->runs, WeftTextRun, to).change != WEFT_PIECE_KEPT; to++)
        {
          const WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, to);

          if (run->change != WEFT_PIECE_ADDED)
            continue;
          is_one = is_one && (writer == NULL || is_by_same (writer, run));
          writer = run;
        }

      for (guint i = from; writer != NULL && is_one && i < to; i++)
        {
          WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, i);

          if (run->change == WEFT_PIECE_REMOVED && run->person == NULL)
            {
              run->person = writer->person;
              run->client = writer->client;
            }
        }
    }
}

/* Entries */

static gboolean
is_break (const WeftTextRuns *self,
          const WeftTextRun  *run)
{
  return run->n_bytes == 1 && self->text->str[run->offset] == '\n';
}

static gboolean
is_changed (const WeftTextRun *run)
{
  return (run->change != WEFT_PIECE_KEPT && !run->cancelled) || run->marked;
}

/* Blocks end with a line break that was there all the time. */
static void
count_blocks (WeftTextRuns *self)
{
  guint block = 0;

  for (guint i = 0; i < self->runs->len; i++)
    {
      WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, i);
      gboolean stayed = run->change == WEFT_PIECE_KEPT
                        || (run->cancelled && run->change == WEFT_PIECE_ADDED);

      run->block = block;
      if (stayed && is_break (self, run))
        block++;
    }
}

/* Whether the run is in the block as it would be without the entry's change. */
static gboolean
is_in_before (const WeftTextRun *run,
              gint               entry)
{
  if (run->change == WEFT_PIECE_REMOVED)
    return run->entry == entry;

  return run->change == WEFT_PIECE_KEPT || run->entry != entry;
}

static void
append_value (GString            *value,
              const WeftTextRuns *self,
              const WeftTextRun  *run)
{
  if (run->embed != NULL)
    g_string_append (value, "\357\277\274");
  else
    g_string_append_len (value, self->text->str + run->offset, run->n_bytes);
}

static WeftAny *
make_value (GString *value,
            gboolean cut_before,
            gboolean cut_after)
{
  if (value->len > 0 && value->str[value->len - 1] == '\n')
    g_string_truncate (value, value->len - 1);
  if (value->len > MAX_VALUE)
    {
      const char *end = g_utf8_find_prev_char (value->str, value->str + MAX_VALUE + 1);

      g_string_truncate (value, end != NULL ? end - value->str : MAX_VALUE);
      cut_after = TRUE;
    }
  if (cut_before)
    g_string_prepend (value, "…");
  if (cut_after)
    g_string_append (value, "…");

  return weft_any_new_string_len (value->str, value->len);
}

/* What the block was and is, for an entry whose first run is @first. */
static void
fill_values (const WeftTextRuns *self,
             WeftChange         *change,
             gint                entry,
             guint               first)
{
  g_autoptr(GString) before = g_string_new (NULL);
  g_autoptr(GString) after = g_string_new (NULL);
  guint block = g_array_index (self->runs, WeftTextRun, first).block;
  gsize context = 0;
  guint from = first, i;

  while (from > 0 && context <= MAX_CONTEXT
         && g_array_index (self->runs, WeftTextRun, from - 1).block == block)
    {
      from--;
      context += g_array_index (self->runs, WeftTextRun, from).n_bytes;
    }

  for (i = from; i < self->runs->len && before->len <= MAX_VALUE && after->len <= MAX_VALUE; i++)
    {
      const WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, i);

      if (run->block != block)
        break;
      if (is_in_before (run, entry))
        append_value (before, self, run);
      if (run->change != WEFT_PIECE_REMOVED)
        append_value (after, self, run);
    }

  change->marks_only = g_string_equal (before, after);
  {
    gboolean cut_before = from > 0 && g_array_index (self->runs, WeftTextRun, from - 1).block == block;
    gboolean cut_after = i < self->runs->len && g_array_index (self->runs, WeftTextRun, i).block == block;

    change->before = make_value (before, cut_before, cut_after);
    change->after = make_value (after, cut_before, cut_after);
  }
}

static WeftChangeEntry *
find_entry (GPtrArray         *entries,
            guint              from,
            const WeftTextRun *run,
            gint              *index)
{
  for (guint i = from; i < entries->len; i++)
    {
      WeftChangeEntry *entry = entries->pdata[i];

      if (g_strcmp0 (entry->change.person, run->person) == 0
          && (run->person != NULL || entry->change.client == run->client))
        {
          *index = (gint) i;
          return entry;
        }
    }

  return NULL;
}

static WeftChangeEntry *
begin_entry (GPtrArray         *entries,
             const WeftTextRun *run)
{
  WeftChangeEntry *entry = weft_change_entry_new (WEFT_CHANGE_TEXT, run->person, run->client);

  entry->added = weft_delete_set_new ();
  entry->removed = weft_delete_set_new ();
  entry->marked = weft_delete_set_new ();
  entry->change.block = run->block;
  entry->change.pos_utf16 = run->pos_utf16;
  g_ptr_array_add (entries, entry);

  return entry;
}

static void
add_to_entry (WeftChangeEntry   *entry,
              const WeftTextRun *run)
{
  WeftDeleteSet *set = run->marked                           ? entry->marked
                       : run->change == WEFT_PIECE_ADDED      ? entry->added
                                                              : entry->removed;

  weft_delete_set_add (set, run->id.client, run->id.clock, run->length);
  if (run->change != WEFT_PIECE_REMOVED)
    entry->change.n_utf16 = run->pos_utf16 + run->length - entry->change.pos_utf16;
}

static void
collect_entries (WeftTextRuns *self,
                 GPtrArray    *entries)
{
  g_autoptr(GArray) firsts = g_array_new (FALSE, FALSE, sizeof (guint));
  guint start = entries->len, block_start = start, block = 0;

  for (guint i = 0; i < self->runs->len; i++)
    {
      WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, i);
      WeftChangeEntry *entry;

      if (!is_changed (run))
        continue;
      if (run->block != block)
        block_start = entries->len;
      block = run->block;
      entry = find_entry (entries, block_start, run, &run->entry);
      if (entry == NULL)
        {
          run->entry = (gint) entries->len;
          entry = begin_entry (entries, run);
          g_array_append_val (firsts, i);
        }
      add_to_entry (entry, run);
    }

  for (guint i = start; i < entries->len; i++)
    fill_values (self, &((WeftChangeEntry *) entries->pdata[i])->change, (gint) i,
                 g_array_index (firsts, guint, i - start));
}

static WeftTextRuns *
compare (WeftComparison *comparison,
         WeftType       *text,
         GArray         *revived)
{
  g_autoptr(GHashTable) markers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(WeftDelta) then = weft_text_to_delta_at (text, comparison->before, NULL);
  g_autoptr(WeftDelta) now = weft_text_to_delta_at (text, comparison->at, NULL);
  WeftTextRuns *self = g_new0 (WeftTextRuns, 1);
  Walk walk = { comparison, self, { then, 0, 0 }, { now, 0, 0 }, markers, revived, 0 };

  self->text = g_string_new (NULL);
  self->runs = g_array_new (FALSE, FALSE, sizeof (WeftTextRun));
  g_array_set_clear_func (self->runs, run_clear);
  weft_type_foreach_piece (text, comparison->at, comparison->before, append_piece_cb, &walk);
  cancel_equal (self);
  name_replacers (self);
  count_blocks (self);

  return self;
}

WeftTextRuns *
weft_text_runs_new (WeftComparison *comparison,
                    WeftType       *text,
                    GPtrArray      *entries)
{
  WeftTextRuns *self = compare (comparison, text, NULL);

  collect_entries (self, entries);

  return self;
}

/* The way back */

/* What turns the marks @now into the marks @then. */
static WeftAny *
make_way_back (const WeftAny *then,
               const WeftAny *now)
{
  WeftAny *marks = weft_any_new_object ();

  for (gsize i = 0; i < count_keys (now); i++)
    if (then == NULL || weft_any_lookup (then, weft_any_get_key (now, i)) == NULL)
      weft_any_object_take (marks, weft_any_get_key (now, i), weft_any_new_null ());
  for (gsize i = 0; i < count_keys (then); i++)
    weft_any_object_take (marks, weft_any_get_key (then, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (then, i)));

  return marks;
}

WeftDelta *
weft_text_runs_make_way_back (WeftTextRuns *self)
{
  WeftDelta *delta = weft_delta_new ();

  for (guint i = 0; i < self->runs->len; i++)
    {
      const WeftTextRun *run = &g_array_index (self->runs, WeftTextRun, i);
      gboolean is_type = run->embed != NULL && weft_any_get_kind (run->embed) == WEFT_ANY_UNDEFINED;

      if (run->change == WEFT_PIECE_REMOVED)
        {
          /* A nested type cannot be written again as a value. */
          if (!run->cancelled && !is_type)
            add_to_delta (delta, self, run, run->then);
        }
      else if (run->change == WEFT_PIECE_ADDED && !run->cancelled)
        weft_delta_delete (delta, run->length);
      else if (run->marked)
        {
          g_autoptr(WeftAny) marks = make_way_back (run->then, run->now);

          weft_delta_retain (delta, run->length, marks);
        }
      else
        weft_delta_retain (delta, run->length, NULL);
    }
  weft_delta_chop (delta);

  return delta;
}

/* How many units from @start on are in @set, or are not. */
static guint64
count_alike (WeftDeleteSet     *set,
             const WeftTextRun *run,
             guint64            start,
             gboolean          *is_in)
{
  guint64 end = start + 1;

  if (set == NULL)
    {
      *is_in = TRUE;
      return run->length - start;
    }

  *is_in = weft_delete_set_contains (set, (WeftId) { run->id.client, run->id.clock + start });
  while (end < run->length
         && weft_delete_set_contains (set, (WeftId) { run->id.client, run->id.clock + end }) == *is_in)
    end++;

  return end - start;
}

typedef struct
{
  WeftTextRuns *runs;
  GArray       *revived; /* nullable */
  WeftDelta    *delta;
  GArray       *inserted; /* WeftIdRange: what comes back, in the order of the delta */
  gboolean      changed;
} Return;

/* The place in the order of the text of what @run is a copy of; -1 where it is none. */
static gint
find_original (Return            *way,
               GHashTable        *order,
               const WeftTextRun *run)
{
  for (guint i = 0; way->revived != NULL && i < way->revived->len; i++)
    {
      const WeftRevived *revived = &g_array_index (way->revived, WeftRevived, i);

      if (revived->copy.client == run->id.client && run->id.clock >= revived->copy.clock
          && run->id.clock < revived->copy.clock + revived->length)
        return GPOINTER_TO_INT (g_hash_table_lookup (order, revived)) - 1;
    }

  return -1;
}

static gboolean
holds (const WeftTextRun *run,
       WeftId             id)
{
  return run->id.client == id.client && id.clock >= run->id.clock && id.clock < run->id.clock + run->length;
}

/* WeftRevived -> 1 + index of the run that holds its original */
static GHashTable *
find_originals (Return *way)
{
  GHashTable *order = g_hash_table_new (NULL, NULL);

  for (guint i = 0; way->revived != NULL && i < way->revived->len; i++)
    {
      WeftRevived *revived = &g_array_index (way->revived, WeftRevived, i);

      for (guint j = 0; j < way->runs->runs->len; j++)
        if (holds (&g_array_index (way->runs->runs, WeftTextRun, j), revived->original))
          {
            g_hash_table_insert (order, revived, GINT_TO_POINTER ((gint) j + 1));
            break;
          }
    }

  return order;
}

static void
insert_back (Return            *way,
             const WeftTextRun *run,
             guint64            start,
             guint64            length)
{
  const WeftIdRange range = { run->id.client, run->id.clock + start, length };

  if (run->embed != NULL)
    {
      /* A nested type cannot be written again as a value. */
      if (weft_any_get_kind (run->embed) == WEFT_ANY_UNDEFINED)
        return;
      weft_delta_insert_embed (way->delta, run->embed, run->then);
    }
  else
    {
      const char *text = way->runs->text->str + run->offset;
      const char *end = text + run->n_bytes;
      const char *from = NULL;
      guint64 at = 0;

      /* To bytes; a pair is two units. */
      while (text < end && at < start + length)
        {
          if (from == NULL && at >= start)
            from = text;
          at += ((guchar) *text) >= 0xf0 ? 2 : 1;
          text = g_utf8_next_char (text);
        }
      if (from == NULL)
        return;
      weft_delta_insert_text (way->delta, from, text - from, run->then);
    }

  g_array_append_val (way->inserted, range);
  way->changed = TRUE;
}

static void
insert_removed (Return            *way,
                const WeftTextRun *run,
                WeftChangeEntry   *entry)
{
  guint64 length;
  gboolean is_in;

  for (guint64 start = 0; start < run->length; start += length)
    {
      length = count_alike (entry != NULL ? entry->removed : NULL, run, start, &is_in);
      if (is_in)
        insert_back (way, run, start, length);
    }
}

static void
return_visible (Return            *way,
                const WeftTextRun *run,
                WeftChangeEntry   *entry)
{
  WeftDeleteSet *set = NULL;
  guint64 length;
  gboolean is_in;

  if (entry != NULL)
    set = run->marked ? entry->marked : entry->added;

  for (guint64 start = 0; start < run->length; start += length)
    {
      length = count_alike (set, run, start, &is_in);
      if (!is_in)
        weft_delta_retain (way->delta, length, NULL);
      else if (run->marked)
        {
          g_autoptr(WeftAny) marks = make_way_back (run->then, run->now);

          weft_delta_retain (way->delta, length, marks);
          way->changed = TRUE;
        }
      else
        {
          weft_delta_delete (way->delta, length);
          way->changed = TRUE;
        }
    }
}

/* Before how many of the @n_visible runs what is removed in @index comes back: where it stood, but behind
 * the copies of what stood before it, and before those of what stood behind it. */
static guint
find_slot (const gint *originals,
           guint       n_visible,
           guint       natural,
           guint       index)
{
  guint slot = natural;

  for (guint i = 0; i < n_visible; i++)
    if (originals[i] >= 0 && originals[i] < (gint) index)
      slot = MAX (slot, i + 1);
  for (guint i = n_visible; i > 0; i--)
    if (originals[i - 1] > (gint) index)
      slot = MIN (slot, i - 1);

  return slot;
}

/* The stretch between two kept pieces. Where the engine puts what is inserted among what is deleted
 * there is not ours to say, so the copies say where they belong through @revived. */
static void
return_stretch (Return          *way,
                GHashTable      *order,
                guint            from,
                guint            to,
                WeftChangeEntry *entry)
{
  g_autofree gint *originals = g_new (gint, to - from);
  g_autofree guint *visible = g_new (guint, to - from);
  g_autofree guint *slots = g_new (guint, to - from);
  guint n_visible = 0, next = from;
  gboolean has_copies = FALSE;

  for (guint i = from; i < to; i++)
    {
      const WeftTextRun *run = &g_array_index (way->runs->runs, WeftTextRun, i);

      slots[i - from] = n_visible;
      if (run->change == WEFT_PIECE_REMOVED)
        continue;
      originals[n_visible] = find_original (way, order, run);
      has_copies |= originals[n_visible] >= 0;
      visible[n_visible++] = i;
    }

  if (has_copies)
    for (guint i = from; i < to; i++)
      slots[i - from] = find_slot (originals, n_visible, slots[i - from], i);

  for (guint slot = 0; slot <= n_visible; slot++)
    {
      const WeftTextRun *run;

      for (; next < to; next++)
        {
          run = &g_array_index (way->runs->runs, WeftTextRun, next);
          if (run->change != WEFT_PIECE_REMOVED)
            continue;
          if (slots[next - from] > slot)
            break;
          if (!run->cancelled)
            insert_removed (way, run, entry);
        }

      if (slot == n_visible)
        break;
      run = &g_array_index (way->runs->runs, WeftTextRun, visible[slot]);
      if (is_changed (run))
        return_visible (way, run, entry);
      else
        weft_delta_retain (way->delta, run->length, NULL);
    }
}

typedef struct
{
  Return      *way;
  WeftClientId client;
  WeftClock    since;
  guint        next;   /* of inserted */
  guint64      used;   /* units of it */
} CopySearch;

/* New units of ours in the order of the text are what was inserted, in the same order. */
static gboolean
find_copies_cb (const WeftPiece *piece,
                gpointer         user_data)
{
  CopySearch *search = user_data;
  guint64 start = 0;

  if (piece->id.client != search->client || piece->id.clock < search->since
      || (piece->content != WEFT_CONTENT_STRING && piece->content != WEFT_CONTENT_EMBED))
    return TRUE;

  while (start < piece->length && search->next < search->way->inserted->len)
    {
      const WeftIdRange *range = &g_array_index (search->way->inserted, WeftIdRange, search->next);
      WeftRevived revived = {
        { range->client, range->clock + search->used },
        { piece->id.client, piece->id.clock + start },
        MIN (piece->length - start, range->length - search->used),
      };

      g_array_append_val (search->way->revived, revived);
      start += revived.length;
      search->used += revived.length;
      if (search->used == range->length)
        {
          search->next++;
          search->used = 0;
        }
    }

  return TRUE;
}

gboolean
weft_text_take_back (WeftDoc         *doc,
                     WeftType        *text,
                     WeftSnapshot    *before,
                     WeftChangeEntry *entry,
                     GArray          *revived)
{
  g_autoptr(WeftDelta) delta = weft_delta_new ();
  g_autoptr(GArray) inserted = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));
  g_autoptr(GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (doc);
  g_autoptr(GHashTable) order = NULL;
  WeftComparison comparison = { doc, before, NULL, NULL, names };
  WeftTextRuns *runs = compare (&comparison, text, revived);
  Return way = { runs, revived, delta, inserted, FALSE };
  guint from = 0;

  order = find_originals (&way);
  while (from < runs->runs->len)
    {
      const WeftTextRun *run = &g_array_index (runs->runs, WeftTextRun, from);
      guint to = from;

      if (run->change == WEFT_PIECE_KEPT)
        {
          if (run->marked)
            return_visible (&way, run, entry);
          else
            weft_delta_retain (delta, run->length, NULL);
          from++;
          continue;
        }

      while (to < runs->runs->len
             && g_array_index (runs->runs, WeftTextRun, to).change != WEFT_PIECE_KEPT)
        to++;
      return_stretch (&way, order, from, to, entry);
      from = to;
    }

  if (way.changed)
    {
      CopySearch search = { .way = &way, .client = weft_doc_get_client_id (doc) };

      search.since = weft_state_vector_get (state, search.client);
      weft_delta_chop (delta);
      weft_text_apply_delta (text, delta);
      if (revived != NULL)
        weft_type_foreach_piece (text, NULL, NULL, find_copies_cb, &search);
    }
  weft_text_runs_free (runs);

  return way.changed;
}
