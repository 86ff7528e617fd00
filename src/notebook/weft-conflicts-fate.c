/* weft-conflicts-fate.c - what became of units of a note that are deleted by now
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A card shows the line as each of two people had it. What is deleted stood in that line or not: it was deleted by that
 * person while apart, or taken from them by others meanwhile, or gone before they parted. State vectors do not tell,
 * and who deletes notes it late. What stretches say of it (`deletions`, `taken` and `gone`) does.
 */

#include "config.h"

#include "notebook/weft-conflicts-lines-private.h"

/* Whether the set at @field of one of @stretches has @id; an entry may lack the set. */
static gboolean
is_told (const GPtrArray *stretches,
         gsize            field,
         WeftId           id)
{
  for (guint i = 0; i < stretches->len; i++)
    {
      WeftDeleteSet *set = G_STRUCT_MEMBER (WeftDeleteSet *, stretches->pdata[i], field);

      if (set != NULL && weft_delete_set_contains (set, id))
        return TRUE;
    }

  return FALSE;
}

static gboolean
deleted_in_stretch (const GPtrArray *stretches,
                    WeftId           id)
{
  return is_told (stretches, G_STRUCT_OFFSET (WeftStretch, deletions), id);
}

static gboolean
was_taken (const WeftApartSide *side,
           WeftId               id)
{
  return is_told (side->stretches, G_STRUCT_OFFSET (WeftStretch, taken), id);
}

static gboolean
was_gone (const WeftApartSide *side,
          WeftId               id)
{
  return is_told (side->stretches, G_STRUCT_OFFSET (WeftStretch, gone), id);
}

static gboolean
counts_as_others (const WeftApartPair   *self,
                  guint                  side,
                  WeftId                 by,
                  const WeftStateVector *from,
                  const WeftStateVector *to)
{
  return by.clock < weft_state_vector_get (to, by.client) && !weft_apart_pair_is_by (self, side, by)
         && (from == NULL || (by.clock >= weft_state_vector_get (from, by.client)
                              && !weft_apart_pair_is_by (self, 1 - side, by)));
}

/* Whether what others wrote into the document between two states says that it is deleted. @from: (nullable)
 * @side: whose notes do not count; with @from, nor do those of the other one */
static gboolean
others_noted (const WeftApartPair   *self,
              guint                  side,
              WeftId                 id,
              const WeftStateVector *from,
              const WeftStateVector *to)
{
  for (guint i = 0; i < self->notes->len; i++)
    {
      const WeftDeletions *note = &g_array_index (self->notes, WeftDeletions, i);

      if (counts_as_others (self, side, note->id, from, to) && weft_delete_set_contains (note->deletions, id))
        return TRUE;
    }

  for (guint i = 0; i < self->finder->stretches->len; i++)
    {
      const WeftStretch *stretch = self->finder->stretches->pdata[i];

      if (counts_as_others (self, side, stretch->id, from, to) && weft_delete_set_contains (stretch->deletions, id))
        return TRUE;
    }

  return FALSE;
}

/* Whether @state knows all of @stretch; of one of deletions only, which has no length: what its author wrote of it. */
static gboolean
knows_end (const WeftStateVector *state,
           const WeftStretch     *stretch)
{
  return stretch->from < stretch->to ? weft_state_vector_get (state, stretch->client) >= stretch->to
                                     : weft_state_vector_get (state, stretch->id.client) > stretch->id.clock;
}

/* Whether the author of @stretch knew something of what was written in @stretches. */
static gboolean
knows_some (const WeftStretch *stretch,
            GPtrArray         *stretches)
{
  for (guint i = 0; i < stretches->len; i++)
    {
      const WeftStretch *other = stretches->pdata[i];

      if (weft_state_vector_get (stretch->seen, other->client) > other->from)
        return TRUE;
    }

  return FALSE;
}

/* Whether a client of @who noted it in `users`, at any time. */
static gboolean
was_noted (const WeftApartPair *self,
           const WeftApartSide *who,
           WeftId               id)
{
  for (guint i = 0; i < who->written->len; i++)
    {
      WeftClientId client = g_array_index (who->written, WeftWritten, i).client;
      WeftDeleteSet *noted = g_hash_table_lookup (self->noted, &client);

      if (noted != NULL && weft_delete_set_contains (noted, id))
        return TRUE;
    }

  return FALSE;
}

static GPtrArray *
list_unmet (const WeftApartPair *self,
            const WeftApartSide *who)
{
  const WeftStretch *last = who->stretches->pdata[who->stretches->len - 1];
  GPtrArray *unmet = g_ptr_array_new ();

  for (guint i = 0; i < self->finder->stretches->len && last->met != NULL; i++)
    {
      WeftStretch *stretch = self->finder->stretches->pdata[i];

      if (!weft_apart_side_has_client (who, stretch->client) && !knows_end (last->met, stretch)
          && !knows_some (stretch, who->stretches))
        g_ptr_array_add (unmet, stretch);
    }

  return unmet;
}

/* Whether somebody who came back at the same moment as @who, or later, had deleted it. */
static gboolean
deleted_by_unmet (const WeftApartPair *self,
                  WeftApartSide       *who,
                  WeftId               id)
{
  if (who->unmet == NULL)
    who->unmet = list_unmet (self, who);

  return deleted_in_stretch (who->unmet, id);
}

/* Of one that @side did not delete, and that was not taken from it while it was apart: whether it had it all the
 * same, because those who deleted it were apart from it. */
static gboolean
was_left (const WeftApartPair *self,
          guint                side,
          WeftId               id)
{
  WeftApartSide *who = self->sides[side];
  const WeftStretch *first = self->stretches->pdata[0];

  /* What it noted itself, and did not delete while apart, it had deleted before. */
  if (!weft_delete_set_contains (self->apart, id) || was_gone (who, id) || was_noted (self, who, id))
    return FALSE;
  if (who->stretches->len == 0)
    return deleted_in_stretch (self->sides[1 - side]->stretches, id)
           && !others_noted (self, side, id, first->seen, first->met);

  return (deleted_in_stretch (self->sides[1 - side]->stretches, id) || deleted_by_unmet (self, who, id))
         && !others_noted (self, side, id, NULL, ((const WeftStretch *) who->stretches->pdata[0])->seen);
}

gboolean
weft_apart_pair_was_gone (const WeftApartPair *self,
                          WeftId               id)
{
  return was_gone (self->sides[0], id) || was_gone (self->sides[1], id);
}

gboolean
weft_apart_pair_was_left (const WeftApartPair *self,
                          guint                side,
                          WeftId               id)
{
  const WeftApartSide *who = self->sides[side];

  return who->stretches->len > 0 && weft_apart_pair_knew (self, side, id) && !deleted_in_stretch (who->stretches, id)
         && (was_taken (who, id) || was_left (self, side, id));
}

WeftFate
weft_apart_pair_find_fate (const WeftApartPair *self,
                           WeftId               id)
{
  WeftFate fate = { 0 };
  gboolean deleted[2], taken[2];

  if (!self->is_exact)
    {
      for (guint side = 0; side < 2; side++)
        fate.deleted_by[side] = weft_delete_set_contains (self->sides[side]->deletions, id);
      fate.was_there[0] = fate.was_there[1] = fate.deleted_by[0] || fate.deleted_by[1];
      return fate;
    }

  for (guint side = 0; side < 2; side++)
    {
      deleted[side] = deleted_in_stretch (self->sides[side]->stretches, id);
      taken[side] = was_taken (self->sides[side], id);
    }
  for (guint side = 0; side < 2; side++)
    {
      gboolean other_had_it = deleted[1 - side] || taken[1 - side];

      fate.deleted_by[side]
          = deleted[side] || (other_had_it && was_noted (self, self->sides[side], id));
      fate.was_there[side] = fate.deleted_by[side] || taken[side] || was_left (self, side, id);
    }
  return fate;
}
