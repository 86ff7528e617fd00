/* weft-conflicts-inside.c - changes inside of what the other side deleted
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Deletions have no ids. Who deleted what while somebody was apart is known from the stretches of
 * the others, and from the sets of deletions in `users`, where these were written in the meantime; that somebody did,
 * be it a program that notes nothing, from the stretch itself.
 */

#include "config.h"

#include "notebook/weft-conflicts-private.h"
#include "notebook/weft-changes-private.h"

/* What one side changed in deleted elements. */
typedef struct
{
  WeftConflictFinder *finder;
  WeftType *board;
  WeftDeleteSet *deletions; /* of the other side */
  WeftClock to;
  GPtrArray *changes; /* Inside */
} Side;

typedef struct
{
  WeftType *element;
  WeftId last;
  WeftAny *values;
} Inside;

static void
inside_free (gpointer data)
{
  Inside *inside = data;

  weft_any_unref (inside->values);
  g_free (inside);
}

/* The map of the element that @type is, or is a text of; %NULL: of none. */
static WeftType *
find_element (WeftType *board,
              WeftType *type)
{
  while (type != NULL && weft_type_get_parent (type) != board)
    type = weft_type_get_parent (type);

  return type != NULL && weft_type_get_kind (type) == WEFT_KIND_MAP ? type : NULL;
}

static Inside *
ensure_inside (Side     *side,
               WeftType *element)
{
  Inside *inside;

  for (guint i = 0; i < side->changes->len; i++)
    {
      inside = side->changes->pdata[i];
      if (inside->element == element)
        return inside;
    }

  inside = g_new0 (Inside, 1);
  inside->element = element;
  inside->values = weft_any_new_object ();
  g_ptr_array_add (side->changes, inside);

  return inside;
}

static gboolean
collect_item_cb (const WeftItemInfo *item,
                 gpointer            user_data)
{
  Side *side = user_data;
  WeftType *element = find_element (side->board, item->parent);
  WeftId id, last = { item->id.client, MIN (item->id.clock + item->length, side->to) - 1 };
  Inside *inside;
  WeftAny *value;

  /* Where the key was taken anew there is another element in its place. */
  if (element == NULL || !weft_type_is_deleted (element) || !weft_type_get_id (element, &id)
      || !weft_delete_set_contains (side->deletions, id)
      || weft_map_has (side->board, weft_type_get_parent_key (element)))
    return TRUE;

  inside = ensure_inside (side, element);
  if (last.client > inside->last.client
      || (last.client == inside->last.client && last.clock > inside->last.clock))
    inside->last = last;
  if (item->parent == element && item->parent_sub != NULL && item->content != WEFT_CONTENT_TYPE)
    {
      value = weft_doc_dup_content (side->finder->doc, last, 1);
      weft_any_object_take (inside->values, item->parent_sub,
                            value != NULL ? value : weft_any_new_undefined ());
    }

  return TRUE;
}

static void
collect_range (WeftClientId client,
               WeftClock    from,
               WeftClock    to,
               gpointer     user_data)
{
  Side *side = user_data;

  side->to = to;
  if (from < to)
    weft_doc_foreach_item (side->finder->doc, client, from, to, collect_item_cb, side);
}

typedef struct
{
  const WeftStretch *stretch;
  WeftDeleteSet *deletions;
} Missed;

static void
add_missed_cb (WeftId         id,
               WeftDeleteSet *deletions,
               gpointer       user_data)
{
  const Missed *missed = user_data;

  if (weft_stretch_missed (missed->stretch, id))
    weft_delete_set_merge (missed->deletions, deletions);
}

/* (transfer full): what others deleted while @stretch was apart */
static WeftDeleteSet *
collect_missed_deletions (WeftConflictFinder *finder,
                          const WeftStretch  *stretch)
{
  Missed missed = { stretch, weft_delete_set_new () };

  weft_users_foreach_noted (finder->doc, add_missed_cb, &missed);
  for (guint i = 0; i < finder->stretches->len; i++)
    {
      const WeftStretch *other = finder->stretches->pdata[i];
      WeftId first = { other->client, other->from };

      if (other->client != stretch->client && weft_stretch_missed (stretch, first)
          && !weft_conflict_finder_knew (finder, first, (WeftId){ stretch->client, stretch->from }))
        weft_delete_set_merge (missed.deletions, other->deletions);
    }
  if (stretch->taken != NULL)
    weft_delete_set_merge (missed.deletions, stretch->taken);
  weft_delete_set_normalize (missed.deletions);

  return missed.deletions;
}

/* @deleter: who deleted, where that is known; else it is looked up. */
static void
take_changes (WeftConflictFinder *finder,
              GPtrArray          *changes,
              const WeftStretch  *deleter)
{
  for (guint i = 0; i < changes->len; i++)
    {
      Inside *inside = changes->pdata[i];
      WeftConflict *conflict = g_new0 (WeftConflict, 1);
      WeftConflictSide *deletion = &conflict->sides[0];
      WeftId id;

      weft_type_get_id (inside->element, &id);
      conflict->id = weft_conflict_make_id (
          "inside", &(WeftOpId){ id.client, id.clock, 0 },
          &(WeftOpId){ inside->last.client, inside->last.clock, 0 });
      conflict->kind = WEFT_CONFLICT_INSIDE;
      conflict->element = g_strdup (weft_type_get_parent_key (inside->element));
      conflict->anchor = id;
      deletion->value = weft_any_new_null ();
      if (deleter != NULL)
        {
          deletion->client = deleter->client;
          deletion->person = g_strdup (deleter->user);
          deletion->time_ms = deleter->to_ms;
        }
      else if (finder->users != NULL)
        deletion->person = g_strdup (weft_users_lookup_deletion (finder->users, id));
      weft_conflict_finder_fill (finder, &conflict->sides[1], inside->last,
                                 weft_any_ref (inside->values));
      weft_conflict_finder_take (finder, conflict);
    }
}

void
weft_conflict_finder_check_inside (WeftConflictFinder *finder)
{
  WeftType *board = weft_doc_get_map (finder->doc, "board");

  for (guint i = 0; i < finder->stretches->len; i++)
    {
      const WeftStretch *stretch = finder->stretches->pdata[i];
      g_autoptr(WeftDeleteSet) missed = NULL;
      g_autoptr(GPtrArray) mine = g_ptr_array_new_with_free_func (inside_free);
      g_autoptr(GPtrArray) theirs = g_ptr_array_new_with_free_func (inside_free);
      Side side = { .finder = finder, .board = board };

      if (stretch->met == NULL)
        continue;

      missed = collect_missed_deletions (finder, stretch);
      side.deletions = missed;
      side.changes = mine;
      collect_range (stretch->client, stretch->from, stretch->to, &side);
      take_changes (finder, mine, NULL);

      side.deletions = stretch->deletions;
      side.changes = theirs;
      weft_stretch_foreach_missed (stretch, collect_range, &side);
      take_changes (finder, theirs, stretch);
    }
}

/* Bringing an element back */

typedef struct
{
  WeftDoc *doc;
  GPtrArray *stretches; /* WeftStretch */
  WeftId element;
  WeftDeleteSet *deletions; /* those by which it was deleted; NULL: not asked for yet */
  WeftAny *shape;           /* what it was, its texts as strings */
  WeftType *copy;           /* NULL: it is only looked at */
  GString *text;
  WeftClientId changer;
} Revival;

static void
add_deletions_cb (WeftId         id,
                  WeftDeleteSet *deletions,
                  gpointer       user_data)
{
  Revival *revival = user_data;

  if (weft_delete_set_contains (deletions, revival->element))
    weft_delete_set_merge (revival->deletions, deletions);
}

static void
find_deletions (Revival *revival)
{
  revival->deletions = weft_delete_set_new ();
  weft_users_foreach_noted (revival->doc, add_deletions_cb, revival);
  for (guint i = 0; i < revival->stretches->len; i++)
    {
      const WeftStretch *stretch = revival->stretches->pdata[i];

      add_deletions_cb (revival->element, stretch->deletions, revival);
      if (stretch->taken != NULL)
        add_deletions_cb (revival->element, stretch->taken, revival);
    }
  weft_delete_set_normalize (revival->deletions);
}

/* Text that went with the element comes back, and what was written into it since; what was deleted
 * before does not. */
static gboolean
copy_text_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  Revival *revival = user_data;
  guint64 start = 0;

  if (item->content != WEFT_CONTENT_STRING)
    return TRUE;

  while (start < item->length)
    {
      WeftId id = { item->id.client, item->id.clock + start };
      gboolean counts = weft_delete_set_contains (revival->deletions, id);
      guint64 end = start + 1;

      while (end < item->length
             && weft_delete_set_contains (revival->deletions,
                                          (WeftId){ id.client, item->id.clock + end })
                    == counts)
        end++;

      if (counts || id.client == revival->changer)
        {
          g_autoptr(WeftAny) text = weft_doc_dup_content (revival->doc, id, end - start);

          if (text != NULL && weft_any_get_string (text) != NULL)
            g_string_append_len (revival->text, weft_any_get_string (text),
                                 weft_any_get_string_length (text));
        }
      start = end;
    }

  return TRUE;
}

static gboolean
copy_entry_cb (const WeftItemInfo *item,
               gpointer            user_data)
{
  Revival *revival = user_data;
  WeftAny *value;

  if (item->type != NULL && weft_type_get_kind (item->type) == WEFT_KIND_TEXT)
    {
      if (revival->deletions == NULL)
        find_deletions (revival);
      g_string_truncate (revival->text, 0);
      weft_type_foreach_item (item->type, copy_text_cb, revival);
      if (revival->copy != NULL)
        weft_text_insert (weft_map_set_type (revival->copy, item->parent_sub, WEFT_KIND_TEXT), 0, revival->text->str,
                          revival->text->len, NULL);
      weft_any_object_take (revival->shape, item->parent_sub,
                            weft_any_new_string_len (revival->text->str, revival->text->len));
      return TRUE;
    }

  value = item->type == NULL
              ? weft_doc_dup_content (revival->doc, (WeftId){ item->id.client, item->id.clock + item->length - 1 }, 1)
              : NULL;
  if (value == NULL)
    return TRUE;
  if (revival->copy != NULL)
    weft_map_set (revival->copy, item->parent_sub, value);
  weft_any_object_take (revival->shape, item->parent_sub, value);

  return TRUE;
}

/* @copy: (nullable): what it is written into
 * Returns: (transfer full): what @element was when it was deleted, and what was changed in it since */
static WeftAny *
read_deleted (const WeftConflict *self,
              WeftDoc            *doc,
              GPtrArray          *stretches,
              WeftType           *element,
              WeftType           *copy)
{
  Revival revival = { .doc = doc, .stretches = stretches, .element = self->anchor, .shape = weft_any_new_object (),
                      .copy = copy, .text = g_string_new (NULL), .changer = self->sides[1].client };

  weft_map_foreach_newest (element, copy_entry_cb, &revival);
  g_string_free (revival.text, TRUE);
  g_clear_pointer (&revival.deletions, weft_delete_set_free);

  return revival.shape;
}

WeftAny *
weft_conflict_dup_deleted_element (const WeftConflict *self,
                                   WeftDoc            *doc,
                                   GPtrArray          *stretches)
{
  WeftType *element = weft_doc_find_type (doc, self->anchor);

  if (element == NULL || weft_type_get_kind (element) != WEFT_KIND_MAP)
    return NULL;

  return read_deleted (self, doc, stretches, element, NULL);
}

void
weft_conflict_revive_element (const WeftConflict *self,
                              WeftDoc            *doc)
{
  WeftType *board = weft_doc_get_map (doc, "board");
  WeftType *element = weft_doc_find_type (doc, self->anchor);
  g_autoptr(GPtrArray) stretches = NULL;

  if (element == NULL || weft_map_has (board, self->element))
    return;

  stretches = weft_stretches_read (doc);
  weft_any_unref (read_deleted (self, doc, stretches, element,
                                weft_map_set_type (board, self->element, WEFT_KIND_MAP)));
}
