/* weft-conflicts-lines.c - lines of a note that two people rewrote: who, and where
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whoever was apart knows little of the others: what they wrote is between `seen` and `met`, what
 * they deleted is in their own stretches, or was noted in `users` meanwhile. All of one person's
 * runs of the program between two meetings are one side.
 */

#include "config.h"

#include "notebook/weft-conflicts-lines-private.h"

#include <string.h>

#include "crdt/weft-hash.h"

/* Sides */

static WeftApartSide *
apart_side_new (const char *key,
                const char *person)
{
  WeftApartSide *self = g_new0 (WeftApartSide, 1);

  self->key = g_strdup (key);
  self->person = g_strdup (person);
  self->written = g_array_new (FALSE, FALSE, sizeof (WeftWritten));
  self->notes = g_array_new (FALSE, FALSE, sizeof (WeftDeletions));
  self->deletions = weft_delete_set_new ();
  self->stretches = g_ptr_array_new ();
  self->changed = g_array_new (FALSE, FALSE, sizeof (guint32));

  return self;
}

static void
apart_side_free (gpointer data)
{
  WeftApartSide *self = data;

  g_free (self->key);
  g_free (self->person);
  g_array_unref (self->written);
  g_array_unref (self->notes);
  weft_delete_set_free (self->deletions);
  g_ptr_array_unref (self->stretches);
  g_clear_pointer (&self->unmet, g_ptr_array_unref);
  g_array_unref (self->changed);
  g_free (self);
}

static void
apart_side_add_written (WeftApartSide *self,
                        WeftClientId   client,
                        WeftClock      from,
                        WeftClock      to)
{
  WeftWritten written = { client, from, to };

  g_array_append_val (self->written, written);
}

static void
apart_side_add_deletions (WeftApartSide *self,
                          WeftId         id,
                          WeftDeleteSet *deletions)
{
  WeftDeletions note = { id, deletions };

  g_array_append_val (self->notes, note);
  weft_delete_set_merge (self->deletions, deletions);
}

static gboolean
apart_side_wrote (const WeftApartSide *self,
                  WeftId               id)
{
  for (guint i = 0; i < self->written->len; i++)
    {
      const WeftWritten *written = &g_array_index (self->written, WeftWritten, i);

      if (written->client == id.client && id.clock >= written->from && id.clock < written->to)
        return TRUE;
    }

  return FALSE;
}

gboolean
weft_apart_side_has_client (const WeftApartSide *self,
                            WeftClientId         client)
{
  for (guint i = 0; i < self->written->len; i++)
    if (g_array_index (self->written, WeftWritten, i).client == client)
      return TRUE;

  return FALSE;
}

/* Whether the author of @stretch knew something of what this side wrote. */
static gboolean
apart_side_is_known_to (const WeftApartSide *self,
                        const WeftStretch   *stretch)
{
  for (guint i = 0; i < self->written->len; i++)
    {
      const WeftWritten *written = &g_array_index (self->written, WeftWritten, i);

      if (weft_state_vector_get (stretch->seen, written->client) > written->from)
        return TRUE;
    }

  return FALSE;
}

static char *
dup_person (WeftConflictFinder *finder,
            WeftClientId        client)
{
  const char *person = finder->users != NULL ? weft_users_lookup_client (finder->users, client)
                                             : NULL;

  for (guint i = 0; i < finder->stretches->len && person == NULL; i++)
    {
      const WeftStretch *stretch = finder->stretches->pdata[i];

      if (stretch->client == client)
        person = stretch->user;
    }

  return g_strdup (person);
}

/* @sides: (element-type WeftApartSide) */
static WeftApartSide *
ensure_side (WeftConflictFinder *finder,
             GPtrArray          *sides,
             WeftClientId        client)
{
  g_autofree char *person = dup_person (finder, client);
  g_autofree char *key = person != NULL
                             ? g_strdup (person)
                             : g_strdup_printf ("%" G_GINT64_MODIFIER "x", (guint64) client);

  for (guint i = 0; i < sides->len; i++)
    {
      WeftApartSide *side = sides->pdata[i];

      if (strcmp (side->key, key) == 0)
        return side;
    }

  g_ptr_array_add (sides, apart_side_new (key, person));

  return sides->pdata[sides->len - 1];
}

/* Stretches of one side */

static int
compare_persons (gconstpointer a,
                 gconstpointer b)
{
  const WeftStretch *x = *(const WeftStretch **) a;
  const WeftStretch *y = *(const WeftStretch **) b;
  int order = g_strcmp0 (x->user, y->user);

  if (order != 0)
    return order;
  if (x->from_ms != y->from_ms)
    return x->from_ms < y->from_ms ? -1 : 1;
  if (x->client != y->client)
    return x->client < y->client ? -1 : 1;

  return (x->from > y->from) - (x->from < y->from);
}

static gboolean
has_client (GPtrArray   *stretches,
            WeftClientId client)
{
  for (guint i = 0; i < stretches->len; i++)
    if (((const WeftStretch *) stretches->pdata[i])->client == client)
      return TRUE;

  return FALSE;
}

/* Whether @a saw nothing of others that @b did not. */
static gboolean
saw_no_more (GPtrArray             *own,
             const WeftStateVector *a,
             const WeftStateVector *b)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (a); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (a, i, &client, &clock);
      if (clock > weft_state_vector_get (b, client) && !has_client (own, client))
        return FALSE;
    }

  return TRUE;
}

/* Whether @next is by the person of @own, who has met nobody in between. */
static gboolean
continues (GPtrArray         *own,
           const WeftStretch *next)
{
  const WeftStretch *first = own->len > 0 ? own->pdata[0] : NULL;
  gboolean does;

  if (first == NULL || first->user == NULL || g_strcmp0 (first->user, next->user) != 0
      || !weft_state_vector_equal (first->met, next->met))
    return FALSE;

  g_ptr_array_add (own, (gpointer) next);
  does = saw_no_more (own, first->seen, next->seen) && saw_no_more (own, next->seen, first->seen);
  g_ptr_array_set_size (own, own->len - 1);

  return does;
}

/* What was when */

static gboolean
is_before (const WeftApartPair *self,
           WeftId               id)
{
  const WeftStretch *first = self->stretches->pdata[0];
  gboolean is_own = FALSE;

  for (guint i = 0; i < self->stretches->len; i++)
    {
      const WeftStretch *stretch = self->stretches->pdata[i];

      if (stretch->client != id.client)
        continue;
      is_own = TRUE;
      if (id.clock >= stretch->from)
        return FALSE;
    }

  return is_own || id.clock < weft_state_vector_get (first->seen, id.client);
}

WeftSince
weft_apart_pair_classify_stretch (const WeftApartPair *self,
                                  const WeftStretch   *stretch)
{
  if (is_before (self, (WeftId){ stretch->client, stretch->from }))
    return WEFT_SINCE_BEFORE;

  return apart_side_is_known_to (self->sides[0], stretch)
                 && apart_side_is_known_to (self->sides[1], stretch)
             ? WEFT_SINCE_LATER
             : WEFT_SINCE_OTHERS;
}

WeftSince
weft_apart_pair_classify (const WeftApartPair *self,
                          WeftId               id)
{
  const WeftStretch *first = self->stretches->pdata[0];
  const WeftStretch *stretch;

  if (apart_side_wrote (self->sides[0], id))
    return WEFT_SINCE_FIRST;
  if (apart_side_wrote (self->sides[1], id))
    return WEFT_SINCE_SECOND;
  if (is_before (self, id))
    return WEFT_SINCE_BEFORE;

  stretch = weft_conflict_finder_find_stretch (self->finder, id);
  if (stretch != NULL)
    return weft_apart_pair_classify_stretch (self, stretch);

  return weft_stretch_missed (first, id) ? WEFT_SINCE_OTHERS : WEFT_SINCE_LATER;
}

gboolean
weft_apart_pair_is_by (const WeftApartPair *self,
                       guint                side,
                       WeftId               id)
{
  return weft_apart_side_has_client (self->sides[side], id.client);
}

gboolean
weft_apart_pair_knew (const WeftApartPair *self,
                      guint                side,
                      WeftId               id)
{
  const GPtrArray *stretches = self->sides[side]->stretches;

  for (guint i = 0; i < stretches->len; i++)
    {
      const WeftStretch *stretch = stretches->pdata[i];

      if (stretch->client == id.client ? id.clock < stretch->to
                                       : id.clock < weft_state_vector_get (stretch->seen, id.client))
        return TRUE;
    }

  return FALSE;
}

gboolean
weft_apart_pair_is_line_end (const WeftApartPair *self,
                             const WeftNotePiece *piece)
{
  WeftFate fate;

  if (!weft_note_piece_is_break (piece) || weft_apart_pair_classify (self, piece->id) != WEFT_SINCE_BEFORE)
    return FALSE;
  if (!piece->deleted)
    return TRUE;

  fate = weft_apart_pair_find_fate (self, piece->id);

  return fate.was_there[0] || fate.was_there[1];
}

/* The two sides */

static gboolean
stop_at_text_cb (const WeftItemInfo *item,
                 gpointer            user_data)
{
  WeftType **text = user_data;

  if (item->parent != *text || item->parent_sub != NULL || item->content == WEFT_CONTENT_FORMAT)
    return TRUE;

  *text = NULL;
  return FALSE;
}

/* Whether the side may have changed the text at all. */
static gboolean
touched_text (WeftDoc             *doc,
              const WeftApartSide *side)
{
  WeftType *text = weft_doc_get_text (doc, "quill");

  if (weft_delete_set_get_n_ranges (side->deletions) > 0)
    return TRUE;

  for (guint i = 0; i < side->written->len && text != NULL; i++)
    {
      const WeftWritten *written = &g_array_index (side->written, WeftWritten, i);

      if (written->from < written->to)
        weft_doc_foreach_item (doc, written->client, written->from, written->to, stop_at_text_cb,
                               &text);
    }

  return text == NULL;
}

static WeftApartSide *
make_own_side (WeftConflictFinder *finder,
               GPtrArray          *own)
{
  g_autoptr(GPtrArray) sides = g_ptr_array_new ();
  WeftApartSide *side = ensure_side (finder, sides, ((WeftStretch *) own->pdata[0])->client);

  for (guint i = 0; i < own->len; i++)
    {
      const WeftStretch *stretch = own->pdata[i];

      apart_side_add_written (side, stretch->client, stretch->from, stretch->to);
      apart_side_add_deletions (side, (WeftId){ stretch->client, stretch->from },
                                stretch->deletions);
      g_ptr_array_add (side->stretches, (gpointer) stretch);
      side->to_ms = MAX (side->to_ms, stretch->to_ms);
    }
  weft_delete_set_normalize (side->deletions);

  return side;
}

/* What @client wrote between two clocks, without the stretches in which they knew @own. */
static void
add_unknowing (WeftConflictFinder  *finder,
               const WeftApartSide *own,
               WeftApartSide       *side,
               WeftClientId         client,
               WeftClock            from,
               WeftClock            to)
{
  /* They are in the order of client and clock. */
  for (guint i = 0; i < finder->stretches->len; i++)
    {
      const WeftStretch *stretch = finder->stretches->pdata[i];

      if (stretch->client != client || stretch->to <= from || stretch->from >= to
          || !apart_side_is_known_to (own, stretch))
        continue;
      if (from < stretch->from)
        apart_side_add_written (side, client, from, stretch->from);
      from = stretch->to;
    }

  if (from < to)
    apart_side_add_written (side, client, from, to);
}

/* Who only deleted, and noted it after all had met, is known by that note alone. */
static void
add_late_deleters (WeftConflictFinder *finder,
                   GPtrArray          *own,
                   GArray             *notes,
                   GPtrArray          *others)
{
  const WeftStretch *first = own->pdata[0];

  for (guint i = 0; i < notes->len; i++)
    {
      const WeftDeletions *note = &g_array_index (notes, WeftDeletions, i);
      WeftClock met = weft_state_vector_get (first->until, note->id.client);
      WeftApartSide *side;
      gboolean is_late = FALSE;

      if (has_client (own, note->id.client) || note->id.clock < met)
        continue;
      for (guint j = 0; j < own->len && !is_late; j++)
        {
          const WeftStretch *stretch = own->pdata[j];

          is_late = stretch->taken != NULL && weft_delete_set_intersects (stretch->taken, note->deletions);
        }
      if (!is_late)
        continue;

      side = ensure_side (finder, others, note->id.client);
      if (!weft_apart_side_has_client (side, note->id.client))
        apart_side_add_written (side, note->id.client, met, met);
      apart_side_add_deletions (side, note->id, note->deletions);
    }
}

/* Whether @state knows how @stretch begins. One of deletions only has no length: it may be known where
 * it stands at the end. */
static gboolean
knows_stretch (const WeftStateVector *state,
               const WeftStretch     *stretch)
{
  WeftClock known = weft_state_vector_get (state, stretch->client);

  return stretch->from < stretch->to ? stretch->from < known : stretch->from <= known;
}

/* (transfer full) (element-type WeftApartSide): who wrote while the author of @own was apart */
static GPtrArray *
list_others (WeftConflictFinder  *finder,
             GPtrArray           *own,
             const WeftApartSide *own_side,
             GArray              *notes,
             gboolean             is_exact)
{
  GPtrArray *others = g_ptr_array_new_with_free_func (apart_side_free);
  const WeftStretch *first = own->pdata[0];

  for (gsize i = 0; i < weft_state_vector_get_n_clients (first->until); i++)
    {
      WeftClientId client;
      WeftClock from, to;

      weft_state_vector_get_entry (first->until, i, &client, &to);
      from = weft_state_vector_get (first->seen, client);
      if (from < to && !has_client (own, client))
        add_unknowing (finder, own_side, ensure_side (finder, others, client), client, from, to);
    }

  for (guint i = 0; i < finder->stretches->len; i++)
    {
      const WeftStretch *stretch = finder->stretches->pdata[i];
      WeftApartSide *side;

      if (has_client (own, stretch->client)
          || stretch->from < weft_state_vector_get (first->seen, stretch->client)
          || !knows_stretch (first->until, stretch)
          || apart_side_is_known_to (own_side, stretch))
        continue;

      /* Who only deleted wrote nothing, but this tells who knew of it. */
      side = ensure_side (finder, others, stretch->client);
      if (!apart_side_wrote (side, (WeftId){ stretch->client, stretch->from }))
        apart_side_add_written (side, stretch->client, stretch->from, stretch->from);
      apart_side_add_deletions (side, (WeftId){ stretch->client, stretch->from },
                                stretch->deletions);
      g_ptr_array_add (side->stretches, (gpointer) stretch);
      side->to_ms = MAX (side->to_ms, stretch->to_ms);
    }

  if (is_exact)
    add_late_deleters (finder, own, notes, others);
  for (guint i = 0; i < others->len; i++)
    {
      WeftApartSide *side = others->pdata[i];

      for (guint j = 0; j < notes->len; j++)
        {
          const WeftDeletions *note = &g_array_index (notes, WeftDeletions, j);

          if (apart_side_wrote (side, note->id))
            apart_side_add_deletions (side, note->id, note->deletions);
        }
      weft_delete_set_normalize (side->deletions);
    }

  return others;
}

static int
compare_numbers (gconstpointer a,
                 gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

  return (x > y) - (x < y);
}

static void
find_changed (WeftApartSide        *side,
              const WeftNotePieces *pieces)
{
  guint n_kept = 0;

  if (side->changed->len > 0)
    return;

  for (guint i = 0; i < side->written->len; i++)
    {
      const WeftWritten *written = &g_array_index (side->written, WeftWritten, i);

      if (written->from < written->to)
        weft_note_pieces_find (pieces, written->client, written->from, written->to, side->changed);
    }

  for (gsize i = 0; i < weft_delete_set_get_n_ranges (side->deletions); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (side->deletions, i);
      WeftClock end = range->clock + MIN (range->length, G_MAXUINT64 - range->clock);

      weft_note_pieces_find (pieces, range->client, range->clock, end, side->changed);
    }

  for (guint i = 0; i < side->changed->len; i++)
    {
      guint32 index = g_array_index (side->changed, guint32, i);

      if (weft_note_pieces_get (pieces, index)->content != WEFT_CONTENT_FORMAT)
        g_array_index (side->changed, guint32, n_kept++) = index;
    }
  g_array_set_size (side->changed, n_kept);
  g_array_sort (side->changed, compare_numbers);
}

/* The first change at @from or behind it; G_MAXUINT32: none */
static guint32
next_change (const WeftApartSide *side,
             guint32              from)
{
  guint low = 0, high = side->changed->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (side->changed, guint32, middle) < from)
        low = middle + 1;
      else
        high = middle;
    }

  return low < side->changed->len ? g_array_index (side->changed, guint32, low) : G_MAXUINT32;
}

/* Where one of the two deleted the break of the last line, what they then wrote stands behind it, as all that is
 * written in place of deleted text: it is of that line, not of one of its own. Returns: from where on no line ends */
static guint
find_last_line_end (const WeftApartPair *pair)
{
  guint end = pair->pieces->pieces->len;

  for (guint i = end; i > 0; i--)
    {
      const WeftNotePiece *piece = weft_note_pieces_get (pair->pieces, i - 1);
      WeftFate fate = { 0 };

      if (piece->content == WEFT_CONTENT_FORMAT || weft_apart_pair_classify (pair, piece->id) != WEFT_SINCE_BEFORE)
        continue;
      if (!piece->deleted)
        return end;

      fate = weft_apart_pair_find_fate (pair, piece->id);
      if (!fate.was_there[0] && !fate.was_there[1])
        continue;
      if (!weft_note_piece_is_break (piece) || (!fate.deleted_by[0] && !fate.deleted_by[1]))
        return end;
      end = i - 1;
    }

  return end;
}

/* Called for each line that both changed. */
typedef void (*LineFunc) (WeftApartLine *line, gpointer user_data);

static void
foreach_line (const WeftApartPair *pair,
              LineFunc             func,
              gpointer             user_data)
{
  guint last_end = find_last_line_end (pair);
  guint end = 0;

  for (;;)
    {
      guint32 at = next_change (pair->sides[0], end);
      guint32 other = next_change (pair->sides[1], end);
      g_autoptr(WeftApartLine) line = NULL;
      guint start;

      if (at == G_MAXUINT32 || other == G_MAXUINT32)
        return;

      for (start = MAX (at, other); start > end; start--)
        if (start - 1 < last_end && weft_apart_pair_is_line_end (pair, weft_note_pieces_get (pair->pieces, start - 1)))
          break;
      if (MIN (at, other) < start)
        {
          end = start;
          continue;
        }

      for (end = MAX (at, other); end < pair->pieces->pieces->len; end++)
        if (end < last_end && weft_apart_pair_is_line_end (pair, weft_note_pieces_get (pair->pieces, end)))
          break;
      end = MIN (end + 1, pair->pieces->pieces->len);

      line = weft_apart_line_new (pair, start, end);
      func (line, user_data);
    }
}

/* Whether all of them say what others deleted meanwhile. Those of earlier versions of Weft do not. */
static gboolean
tells_taken (GPtrArray *own)
{
  for (guint i = 0; i < own->len; i++)
    if (((const WeftStretch *) own->pdata[i])->taken == NULL)
      return FALSE;

  return TRUE;
}

/* @common: what all pairs have in common */
static void
check_own (const WeftApartPair *common,
           GPtrArray           *own,
           WeftNotePieces     **pieces,
           LineFunc             func,
           gpointer             user_data)
{
  WeftConflictFinder *finder = common->finder;
  WeftApartSide *own_side = make_own_side (finder, own);

  if (touched_text (finder->doc, own_side))
    {
      gboolean is_exact = tells_taken (own);
      g_autoptr(GPtrArray) others = list_others (finder, own, own_side, common->notes, is_exact);

      for (guint i = 0; i < others->len; i++)
        {
          WeftApartPair pair = *common;

          if (!touched_text (finder->doc, others->pdata[i]))
            continue;
          if (*pieces == NULL)
            *pieces = weft_note_pieces_new (finder->doc);
          pair.is_exact = is_exact;
          pair.stretches = own;
          pair.sides[0] = own_side;
          pair.sides[1] = others->pdata[i];
          pair.pieces = *pieces;
          find_changed (pair.sides[0], *pieces);
          find_changed (pair.sides[1], *pieces);
          foreach_line (&pair, func, user_data);
        }
    }

  apart_side_free (own_side);
}

static void
add_note_cb (WeftId         id,
             WeftDeleteSet *deletions,
             gpointer       user_data)
{
  WeftDeletions note = { id, weft_delete_set_copy (deletions) };

  weft_delete_set_normalize (note.deletions);
  g_array_append_val (user_data, note);
}

static void
clear_note (gpointer data)
{
  weft_delete_set_free (((WeftDeletions *) data)->deletions);
}

/* (transfer full): client -> WeftDeleteSet */
static GHashTable *
sort_notes (GArray *notes)
{
  GHashTable *noted = g_hash_table_new_full (weft_hash_client, g_int64_equal, NULL,
                                             (GDestroyNotify) weft_delete_set_free);

  for (guint i = 0; i < notes->len; i++)
    {
      WeftDeletions *note = &g_array_index (notes, WeftDeletions, i);
      WeftDeleteSet *set = g_hash_table_lookup (noted, &note->id.client);

      if (set == NULL)
        {
          set = weft_delete_set_new ();
          g_hash_table_insert (noted, &note->id.client, set);
        }
      weft_delete_set_merge (set, note->deletions);
    }

  return noted;
}

static void
find_lines (WeftConflictFinder *finder,
            LineFunc            func,
            gpointer            user_data)
{
  g_autoptr(GPtrArray) stretches = g_ptr_array_new ();
  g_autoptr(GPtrArray) own = g_ptr_array_new ();
  g_autoptr(GArray) notes = g_array_new (FALSE, FALSE, sizeof (WeftDeletions));
  g_autoptr(GHashTable) noted = NULL;
  g_autoptr(WeftDeleteSet) apart = weft_delete_set_new ();
  g_autoptr(WeftNotePieces) pieces = NULL;
  WeftApartPair common = { .finder = finder, .notes = notes, .apart = apart };

  for (guint i = 0; i < finder->stretches->len; i++)
    {
      WeftStretch *stretch = finder->stretches->pdata[i];

      weft_delete_set_merge (apart, stretch->deletions);
      if (stretch->met != NULL)
        g_ptr_array_add (stretches, stretch);
    }
  if (stretches->len == 0)
    return;

  g_ptr_array_sort (stretches, compare_persons);
  g_array_set_clear_func (notes, clear_note);
  weft_users_foreach_noted (finder->doc, add_note_cb, notes);
  common.noted = noted = sort_notes (notes);
  for (guint i = 0; i < stretches->len; i++)
    {
      if (own->len > 0 && !continues (own, stretches->pdata[i]))
        {
          check_own (&common, own, &pieces, func, user_data);
          g_ptr_array_set_size (own, 0);
        }
      g_ptr_array_add (own, stretches->pdata[i]);
    }
  check_own (&common, own, &pieces, func, user_data);
}

/* Cards */

typedef struct
{
  WeftConflictFinder finder;
  GHashTable *closed;    /* ids and keys that get no card */
  GPtrArray *candidates; /* Candidate */

  /* When settling */
  const char *wanted;
  guint keep;
  GArray *plan; /* WeftLineStep; NULL: not found */
} Search;

typedef struct
{
  char *key;
  WeftConflict *card; /* NULL once taken */
} Candidate;

static void
candidate_free (gpointer data)
{
  Candidate *candidate = data;

  g_free (candidate->key);
  weft_conflict_free (candidate->card);
  g_free (candidate);
}

/* The two may find each other from both sides. They are one card: what closes one closes the other.
 */
static void
judge_line_cb (WeftApartLine *line,
               gpointer       user_data)
{
  Search *search = user_data;
  const char *id = weft_apart_line_get_id (line);
  Candidate *candidate;
  WeftLineState state;

  if (id == NULL || g_hash_table_contains (search->closed, id))
    return;

  state = weft_apart_line_judge (line);
  if (state == WEFT_LINE_SETTLED)
    g_hash_table_add (search->closed, g_strdup (id));
  if (state != WEFT_LINE_OPEN)
    return;

  if (weft_map_has (search->finder.resolved, id))
    {
      g_hash_table_add (search->closed, g_strdup (weft_apart_line_get_key (line)));
      return;
    }

  candidate = g_new0 (Candidate, 1);
  candidate->key = g_strdup (weft_apart_line_get_key (line));
  candidate->card = weft_apart_line_make_card (line);
  g_ptr_array_add (search->candidates, candidate);
}

static int
compare_candidates (gconstpointer a,
                    gconstpointer b)
{
  return strcmp ((*(const Candidate **) a)->card->id, (*(const Candidate **) b)->card->id);
}

/**
 * weft_conflicts_list_lines:
 * @note: a note doc
 * @users: (nullable): the people of that doc
 *
 * Returns: (transfer full) (element-type WeftConflict): the open conflicts of its lines
 */
GPtrArray *
weft_conflicts_list_lines (WeftDoc   *note,
                           WeftUsers *users)
{
  Search search = { 0 };

  weft_conflict_finder_init (&search.finder, note, users);
  search.closed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  search.candidates = g_ptr_array_new_with_free_func (candidate_free);
  find_lines (&search.finder, judge_line_cb, &search);

  g_ptr_array_sort (search.candidates, compare_candidates);
  for (guint i = 0; i < search.candidates->len; i++)
    {
      Candidate *candidate = search.candidates->pdata[i];

      if (!g_hash_table_contains (search.closed, candidate->card->id)
          && g_hash_table_add (search.closed, g_strdup (candidate->key)))
        weft_conflict_finder_take (&search.finder, g_steal_pointer (&candidate->card));
    }

  g_hash_table_unref (search.closed);
  g_ptr_array_unref (search.candidates);

  weft_conflict_finder_check_ties (&search.finder);

  return weft_conflict_finder_finish (&search.finder);
}

/**
 * weft_conflicts_may_be_in_lines:
 * @note: a note doc
 *
 * Returns: %FALSE where weft_conflicts_list_lines() is empty: nobody was apart, nothing was pushed twice
 */
gboolean
weft_conflicts_may_be_in_lines (WeftDoc *note)
{
  return weft_type_get_length (weft_doc_get_array (note, "stretches")) > 0
         || weft_conflict_has_ties (note);
}

static void
plan_line_cb (WeftApartLine *line,
              gpointer       user_data)
{
  Search *search = user_data;

  if (search->plan == NULL && g_strcmp0 (weft_apart_line_get_id (line), search->wanted) == 0
      && weft_apart_line_judge (line) == WEFT_LINE_OPEN)
    search->plan = weft_apart_line_plan (line, search->keep);
}

/* Nothing is done where somebody has settled it since. */
void
weft_conflict_rewrite_line (const WeftConflict *self,
                            WeftDoc            *doc,
                            WeftUsers          *users,
                            guint               keep)
{
  WeftType *text = weft_doc_get_text (doc, "quill");
  Search search = { .wanted = self->id, .keep = keep };

  weft_conflict_finder_init (&search.finder, doc, users);
  find_lines (&search.finder, plan_line_cb, &search);
  g_ptr_array_unref (weft_conflict_finder_finish (&search.finder));

  for (guint i = 0; search.plan != NULL && i < search.plan->len; i++)
    {
      const WeftLineStep *step = &g_array_index (search.plan, WeftLineStep, i);

      if (step->text != NULL)
        weft_text_insert (text, step->pos_utf16, step->text->str, step->text->len,
                          step->attributes);
      else if (step->embed != NULL)
        weft_text_insert_embed (text, step->pos_utf16, step->embed, step->attributes);
      else
        weft_text_delete (text, step->pos_utf16, step->n_utf16);
    }
  g_clear_pointer (&search.plan, g_array_unref);
}
