/* weft-seen.c - what the author of a trash op knew
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-seen.h"

#define MAX_DEPTH 16

struct _WeftSeen
{
  guint n_refs;
  guint depth;
  WeftSeen *before; /* nullable */
  WeftStateVector *changes;
};

static void
raise_entries (WeftStateVector       *self,
               const WeftStateVector *other)
{
  for (gsize i = 0; i < weft_state_vector_get_n_clients (other); i++)
    {
      WeftClientId client;
      WeftClock clock;

      weft_state_vector_get_entry (other, i, &client, &clock);
      if (clock > weft_state_vector_get (self, client))
        weft_state_vector_set (self, client, clock);
    }
}

/**
 * weft_seen_new:
 * @before: (nullable): what the same client knew at its trash op before
 * @changes: what it learned since
 *
 * Returns: (transfer full): the sum of both
 */
WeftSeen *
weft_seen_new (WeftSeen              *before,
               const WeftStateVector *changes)
{
  WeftSeen *self;

  if (before != NULL && weft_state_vector_get_n_clients (changes) == 0)
    return weft_seen_ref (before);

  self = g_new0 (WeftSeen, 1);
  self->n_refs = 1;
  self->changes = weft_state_vector_copy (changes);

  if (before != NULL && before->depth + 1 < MAX_DEPTH)
    {
      self->before = weft_seen_ref (before);
      self->depth = before->depth + 1;
    }
  else
    {
      for (const WeftSeen *seen = before; seen != NULL; seen = seen->before)
        raise_entries (self->changes, seen->changes);
    }

  return self;
}

WeftSeen *
weft_seen_ref (WeftSeen *self)
{
  self->n_refs++;

  return self;
}

void
weft_seen_unref (WeftSeen *self)
{
  while (self != NULL && --self->n_refs == 0)
    {
      WeftSeen *before = self->before;

      weft_state_vector_free (self->changes);
      g_free (self);
      self = before;
    }
}

WeftClock
weft_seen_get (const WeftSeen *self,
               WeftClientId    client)
{
  WeftClock clock = 0;

  /* What a client knows only grows; a hostile one may say otherwise, so the greatest counts. */
  for (; self != NULL; self = self->before)
    clock = MAX (clock, weft_state_vector_get (self->changes, client));

  return clock;
}
