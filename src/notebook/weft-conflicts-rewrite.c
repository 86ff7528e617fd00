/* weft-conflicts-rewrite.c - one person's version in place of a line that two rewrote
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What only the other one deleted is inserted again, with the marks that it had; what the other one inserted is
 * deleted. All of it is planned first, as steps from the end of the line to its beginning: no step moves another.
 */

#include "config.h"

#include "notebook/weft-conflicts-line-private.h"

void
weft_line_step_clear (WeftLineStep *self)
{
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
  g_clear_pointer (&self->embed, weft_any_unref);
  g_clear_pointer (&self->attributes, weft_any_unref);
}

typedef struct
{
  const WeftApartLine *line;
  guint keep; /* sides of the pair */
  guint drop;
  GHashTable *marks;   /* borrowed key -> WeftAny */
  WeftAny *attributes; /* of @marks; NULL: to be made */
  guint64 pos;
  GArray *steps;
} Plan;

/* Marks that end with what the dropped side did do not count; those it ended do. */
static void
follow_mark (Plan                *plan,
             const WeftNotePiece *piece)
{
  const WeftApartPair *pair = plan->line->pair;
  WeftSince since = weft_apart_pair_classify (pair, piece->id);
  gboolean is_dropped = since == (plan->drop == 0 ? WEFT_SINCE_FIRST : WEFT_SINCE_SECOND);
  WeftAny *value;

  if (is_dropped
      || (piece->deleted
          && !weft_delete_set_contains (pair->sides[plan->drop]->deletions, piece->id)))
    return;

  value = weft_doc_dup_content (pair->finder->doc, piece->id, 1);
  if (value == NULL)
    return;
  if (weft_any_get_kind (value) == WEFT_ANY_NULL)
    {
      g_hash_table_remove (plan->marks, piece->format_key);
      weft_any_unref (value);
    }
  else
    g_hash_table_replace (plan->marks, (gpointer) piece->format_key, value);
  g_clear_pointer (&plan->attributes, weft_any_unref);
}

static WeftAny *
ref_attributes (Plan *plan)
{
  GHashTableIter iter;
  gpointer key, value;

  if (plan->attributes == NULL)
    {
      plan->attributes = weft_any_new_object ();
      g_hash_table_iter_init (&iter, plan->marks);
      while (g_hash_table_iter_next (&iter, &key, &value))
        weft_any_object_take (plan->attributes, key, weft_any_ref (value));
    }

  return weft_any_ref (plan->attributes);
}

static void
plan_restoring (Plan               *plan,
                const WeftLineChar *c)
{
  WeftLineStep step = { .pos_utf16 = plan->pos };
  WeftLineStep *last = plan->steps->len > 0
                           ? &g_array_index (plan->steps, WeftLineStep, plan->steps->len - 1)
                           : NULL;

  if (c->is_object)
    {
      const WeftNotePiece *piece = weft_note_pieces_get (plan->line->pair->pieces, c->piece);

      if (piece->content == WEFT_CONTENT_EMBED)
        step.embed = weft_doc_dup_content (plan->line->pair->finder->doc, c->id, 1);
      if (step.embed == NULL)
        return;
      step.attributes = ref_attributes (plan);
      g_array_append_val (plan->steps, step);
      return;
    }

  if (c->text == NULL)
    return;

  if (last != NULL && last->text != NULL && last->pos_utf16 == plan->pos
      && last->attributes == plan->attributes)
    {
      g_string_append_len (last->text, c->text, c->n_bytes);
      return;
    }

  step.text = g_string_new_len (c->text, c->n_bytes);
  step.attributes = ref_attributes (plan);
  g_array_append_val (plan->steps, step);
}

static void
plan_deletion (Plan               *plan,
               const WeftLineChar *c)
{
  WeftLineStep step = { .pos_utf16 = plan->pos, .n_utf16 = c->n_units };
  WeftLineStep *last = plan->steps->len > 0
                           ? &g_array_index (plan->steps, WeftLineStep, plan->steps->len - 1)
                           : NULL;

  if (last != NULL && last->n_utf16 > 0 && last->pos_utf16 + last->n_utf16 == plan->pos)
    last->n_utf16 += c->n_units;
  else
    g_array_append_val (plan->steps, step);
}

static void
plan_char (Plan               *plan,
           const WeftLineChar *c)
{
  if (weft_line_char_is_common (c) && c->deleted && weft_line_char_is_in_version (c, plan->keep))
    plan_restoring (plan, c);
  else if (weft_line_char_is_by (c, plan->drop) && !c->deleted && c->is_inside)
    plan_deletion (plan, c);

  if (!c->deleted && c->text != NULL)
    plan->pos += c->n_units;
}

static void
reverse_steps (GArray *steps)
{
  for (guint i = 0, j = steps->len; i + 1 < j; i++)
    {
      WeftLineStep *a = &g_array_index (steps, WeftLineStep, i);
      WeftLineStep *b = &g_array_index (steps, WeftLineStep, --j);
      WeftLineStep step = *a;

      *a = *b;
      *b = step;
    }
}

GArray *
weft_apart_line_plan (const WeftApartLine *self,
                      guint                keep)
{
  const WeftNotePieces *pieces = self->pair->pieces;
  guint side = keep == 0 ? self->first : 1 - self->first;
  g_autoptr(GHashTable) marks = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                                       (GDestroyNotify) weft_any_unref);
  Plan plan = { .line = self, .keep = side, .drop = 1 - side, .marks = marks };
  guint at = 0;

  plan.steps = g_array_new (FALSE, FALSE, sizeof (WeftLineStep));
  g_array_set_clear_func (plan.steps, (GDestroyNotify) weft_line_step_clear);
  for (guint i = 0; i < pieces->pieces->len && at < self->chars->len; i++)
    {
      const WeftNotePiece *piece = weft_note_pieces_get (pieces, i);

      if (piece->content == WEFT_CONTENT_FORMAT)
        follow_mark (&plan, piece);
      else if (i < weft_line_get_char (self, at)->piece)
        plan.pos += piece->deleted || piece->content == WEFT_CONTENT_DELETED ? 0 : piece->length;
      else
        while (at < self->chars->len && weft_line_get_char (self, at)->piece == i)
          plan_char (&plan, weft_line_get_char (self, at++));
    }
  g_clear_pointer (&plan.attributes, weft_any_unref);
  reverse_steps (plan.steps);

  return plan.steps;
}
