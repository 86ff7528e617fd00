/* weft-shown-page-board.c - a page as it was, beside what it was before, in a document of its own: its board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-shown-page-private.h"

#include "crdt/weft-type.h"
#include "notebook/weft-element.h"

/* Of an element that is gone, in the units of `opacity`. */
#define FAINT 30

typedef struct
{
  WeftShownPage      *self;
  const WeftSnapshot *before;
  const WeftSnapshot *at;
  WeftType           *board;  /* that is shown */
  GHashTable         *seen;   /* id of an element that is to be shown */
  guint               weight;
} Show;

static void
count (Show *show)
{
  if (++show->weight < WEFT_SHOWN_MAX_ELEMENTS)
    return;

  show->weight = 0;
  weft_doc_commit (show->self->doc);
  weft_doc_begin (show->self->doc, NULL);
}

static gboolean
show_element_cb (const WeftPiece *piece,
                 gpointer         user_data)
{
  Show *show = user_data;
  gboolean gone = piece->change == WEFT_PIECE_REMOVED;
  g_autoptr(WeftAny) none = NULL;
  WeftType *there = NULL;
  WeftAny *shown;
  WeftAny *value;

  if (piece->type == NULL || weft_type_get_kind (piece->type) != WEFT_KIND_MAP)
    return TRUE;

  /* Of one that came back under the same name, the one that is there counts. */
  if (gone)
    none = weft_map_get_at (piece->parent, piece->key, show->at, &there);
  if (there != NULL)
    return TRUE;

  value = weft_board_read_at (piece->type, gone ? show->before : show->at);
  if (gone)
    weft_any_object_take (value, "opacity", weft_any_new_number (FAINT));
  g_hash_table_add (show->seen, g_strdup (piece->key));

  shown = g_hash_table_lookup (show->self->elements, piece->key);
  if (shown != NULL && weft_any_equal (shown, value))
    {
      weft_any_unref (value);
      return TRUE;
    }

  if (shown != NULL)
    weft_element_remove (show->board, piece->key);
  weft_element_create (show->board, piece->key, value);
  g_hash_table_insert (show->self->elements, g_strdup (piece->key), value);
  count (show);

  return TRUE;
}

static void
remove_others (Show *show)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, show->self->elements);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      if (g_hash_table_contains (show->seen, id))
        continue;

      weft_element_remove (show->board, id);
      g_hash_table_iter_remove (&iter);
      count (show);
    }
}

static void
show_meta (WeftShownPage      *self,
           WeftDoc            *doc,
           const WeftSnapshot *at)
{
  WeftType *meta = weft_doc_get_map (self->doc, "meta");
  WeftAny *value = weft_board_read_at (weft_doc_get_map (doc, "meta"), at);

  for (gsize i = 0; self->meta != NULL && i < weft_any_get_n_items (self->meta); i++)
    if (weft_any_lookup (value, weft_any_get_key (self->meta, i)) == NULL)
      weft_map_remove (meta, weft_any_get_key (self->meta, i));

  for (gsize i = 0; i < weft_any_get_n_items (value); i++)
    {
      const char *key = weft_any_get_key (value, i);
      WeftAny *is = (WeftAny *) weft_any_get_item (value, i);
      const WeftAny *was = self->meta != NULL ? weft_any_lookup (self->meta, key) : NULL;

      if (was == NULL || !weft_any_equal (was, is))
        weft_map_set (meta, key, is);
    }

  g_clear_pointer (&self->meta, weft_any_unref);
  self->meta = value;
}

void
weft_shown_page_show_board (WeftShownPage      *self,
                            WeftDoc            *doc,
                            WeftSnapshot       *before,
                            WeftSnapshot       *at,
                            WeftChanges        *changes,
                            WeftShownColorFunc  color,
                            gpointer            user_data,
                            GPtrArray          *marks)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Show show = { self, before, at, weft_doc_get_map (self->doc, "board"), seen, 0 };

  weft_doc_begin (self->doc, NULL);
  weft_map_foreach_piece (weft_doc_get_map (doc, "board"), at, before, show_element_cb, &show);
  remove_others (&show);
  show_meta (self, doc, at);
  weft_doc_commit (self->doc);

  for (guint i = 0; i < weft_changes_get_n (changes); i++)
    {
      const WeftChange *change = weft_changes_get (changes, i);
      WeftShownMark *mark;

      if (change->element == NULL)
        continue;

      mark = g_new (WeftShownMark, 1);
      *mark = (WeftShownMark) { g_strdup (change->element), change->kind, color (change->person, user_data) };
      g_ptr_array_add (marks, mark);
    }
}
