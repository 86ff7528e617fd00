/* weft-conflicts-ties.c - finds values of one timestamp that two devices pushed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay keeps both in the root `collisions` (docs/protocols.md, JSON note sync): "<timestamp>/<device>" -> {timestamp,
 * device_id, value, time}. Of one timestamp the greatest device id is in force; every other one is a card.
 */

#include "config.h"

#include <string.h>

#include "notebook/weft-conflicts-private.h"
#include "notebook/weft-markdown-edit.h"

#define ROOT "collisions"

/* A string member; %NULL: it is none. */
static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = weft_any_get_kind (object) == WEFT_ANY_OBJECT ? weft_any_lookup (object, name) : NULL;

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static gsize
get_n_timestamp (const char *key)
{
  return strcspn (key, "/");
}

/* Of the keys with the timestamp of @key the one in force. */
static const char *
find_winner (GPtrArray  *keys,
             const char *key)
{
  const char *winner = key;
  gsize n = get_n_timestamp (key);

  for (guint i = 0; i < keys->len; i++)
    {
      const char *other = keys->pdata[i];

      if (get_n_timestamp (other) == n && strncmp (other, key, n) == 0 && strcmp (other, winner) > 0)
        winner = other;
    }
  return winner;
}

static gboolean
fill_side (WeftConflictSide *side,
           WeftType         *root,
           const char       *key)
{
  g_autoptr(WeftAny) entry = weft_map_get (root, key);
  const char *device = entry != NULL ? get_string (entry, "device_id") : NULL;
  const WeftAny *time;
  const char *value;

  if (device == NULL)
    return FALSE;

  time = weft_any_lookup (entry, "time");
  value = get_string (entry, "value");
  side->person = g_strdup (device);
  side->time_ms = time != NULL ? (gint64) CLAMP (weft_any_get_number (time), 0, 1e15) : 0;
  side->value = weft_any_new_string (value != NULL ? value : "");
  return TRUE;
}

gboolean
weft_conflict_has_ties (WeftDoc *note)
{
  return weft_map_get_n_keys (weft_doc_get_map (note, ROOT)) > 0;
}

void
weft_conflict_finder_check_ties (WeftConflictFinder *self)
{
  WeftType *root = weft_doc_get_map (self->doc, ROOT);
  g_autoptr(GPtrArray) keys = weft_map_list_keys (root);

  for (guint i = 0; i < keys->len; i++)
    {
      const char *key = keys->pdata[i];
      const char *winner = find_winner (keys, key);
      WeftConflict *conflict;

      if (winner == key)
        continue;

      conflict = g_new0 (WeftConflict, 1);
      conflict->kind = WEFT_CONFLICT_TIE;
      conflict->id = g_strconcat ("tie:", key, NULL);
      conflict->key = g_strdup (key);
      if (fill_side (&conflict->sides[0], root, winner) && fill_side (&conflict->sides[1], root, key))
        weft_conflict_finder_take (self, conflict);
      else
        weft_conflict_free (conflict);
    }
}

void
weft_conflict_put_value (const WeftConflict *self,
                         WeftDoc            *doc)
{
  const WeftAny *value = self->sides[1].value;
  const char *text = value != NULL ? weft_any_get_string (value) : NULL;

  if (text != NULL)
    weft_markdown_edit (weft_doc_get_text (doc, "quill"), text, -1, NULL);
}
