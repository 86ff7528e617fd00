/* weft-board-model.c - the elements of an open board, kept up with its document
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-model.h"

#include "notebook/weft-fractional-index.h"

#include <string.h>

/* To put more of them in their places one by one takes longer than to sort all. */
#define MAX_INSERTED 500

struct _WeftBoardModel
{
  GObject         parent_instance;

  /* Owned */
  WeftDocument   *document;
  GHashTable     *by_id;     /* id, borrowed from the element -> WeftElement */
  GPtrArray      *ordered;   /* WeftElement, borrowed from by_id, in the order of drawing */
  GHashTable     *overrides; /* id -> WeftElement or NULL */
  WeftBoardScene *scene;     /* NULL: to be made anew */

  gulong          transaction_handler;

  guint           n_holds;
  gboolean        held;      /* something changed meanwhile, in... */
  WeftBox         held_damage;
};

G_DEFINE_FINAL_TYPE (WeftBoardModel, weft_board_model, G_TYPE_OBJECT)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static int
compare_pointers (gconstpointer a,
                  gconstpointer b)
{
  return weft_element_compare (*(WeftElement *const *) a, *(WeftElement *const *) b);
}

/* The place of @element, or the one where it would stand. */
static guint
find_place (WeftBoardModel    *self,
            const WeftElement *element)
{
  guint low = 0;
  guint high = self->ordered->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (weft_element_compare (g_ptr_array_index (self->ordered, middle), element) < 0)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

static void
forget_element (WeftBoardModel *self,
                const char     *id,
                WeftBox        *damage)
{
  WeftElement *old = g_hash_table_lookup (self->by_id, id);
  WeftBox bounds;

  if (old == NULL)
    return;

  bounds = weft_element_get_draw_bounds (old);
  weft_box_add_box (damage, &bounds);
  g_ptr_array_remove_index (self->ordered, find_place (self, old));
  g_hash_table_remove (self->by_id, id);
}

static WeftElement *
read_element (WeftBoardModel *self,
              const char     *id)
{
  WeftType *map = weft_map_get_type (weft_board_model_get_board (self), id);

  if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
    return NULL;

  return weft_element_new_from_type (id, map);
}

static void
add_element (WeftBoardModel *self,
             WeftElement    *element,
             WeftBox        *damage)
{
  WeftBox bounds = weft_element_get_draw_bounds (element);

  weft_box_add_box (damage, &bounds);
  g_hash_table_insert (self->by_id, element->id, element);
}

/* What is only somewhere else on the board stands where it stood among the others. */
static gboolean
replace_in_place (WeftBoardModel *self,
                  WeftElement    *element,
                  WeftBox        *damage)
{
  WeftElement *old = g_hash_table_lookup (self->by_id, element->id);
  WeftBox bounds;

  if (old == NULL || weft_element_compare (old, element) != 0)
    return FALSE;

  bounds = weft_element_get_draw_bounds (old);
  weft_box_add_box (damage, &bounds);
  bounds = weft_element_get_draw_bounds (element);
  weft_box_add_box (damage, &bounds);
  g_ptr_array_index (self->ordered, find_place (self, old)) = element;
  /* The key is the element's own. */
  g_hash_table_replace (self->by_id, element->id, element);

  return TRUE;
}

/* All of them stand elsewhere, come or go. @elements: id -> nullable, taken */
static void
move_elements (WeftBoardModel *self,
               GHashTable     *elements,
               WeftBox        *damage)
{
  gboolean sort_once = g_hash_table_size (elements) > MAX_INSERTED;
  GHashTableIter iter;
  gpointer id, element;

  g_hash_table_iter_init (&iter, elements);
  while (g_hash_table_iter_next (&iter, &id, &element))
    {
      if (!sort_once)
        forget_element (self, id, damage);
      else if (g_hash_table_contains (self->by_id, id))
        {
          WeftBox bounds = weft_element_get_draw_bounds (g_hash_table_lookup (self->by_id, id));

          weft_box_add_box (damage, &bounds);
          g_hash_table_remove (self->by_id, id);
        }

      if (element == NULL)
        continue;
      if (!sort_once)
        g_ptr_array_insert (self->ordered, find_place (self, element), element);
      add_element (self, element, damage);
    }

  if (!sort_once)
    return;

  g_ptr_array_set_size (self->ordered, 0);
  g_hash_table_iter_init (&iter, self->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &element))
    g_ptr_array_add (self->ordered, element);
  g_ptr_array_sort (self->ordered, compare_pointers);
}

/* @touched: ids */
static void
refresh_elements (WeftBoardModel *self,
                  GHashTable     *touched,
                  WeftBox        *damage)
{
  g_autoptr(GHashTable) moved = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, touched);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      WeftElement *element = read_element (self, id);

      if (element == NULL || !replace_in_place (self, element, damage))
        g_hash_table_insert (moved, id, element);
    }

  move_elements (self, moved, damage);
}

static void
emit_changed (WeftBoardModel *self,
              WeftBox        *damage)
{
  g_clear_pointer (&self->scene, weft_board_scene_unref);
  if (self->n_holds > 0)
    {
      weft_box_add_box (&self->held_damage, damage);
      self->held = TRUE;
      return;
    }

  g_signal_emit (self, signals[SIGNAL_CHANGED], 0, damage);
}

static void
read_everything (WeftBoardModel *self)
{
  WeftType *board = weft_board_model_get_board (self);
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);

  g_ptr_array_set_size (self->ordered, 0);
  g_hash_table_remove_all (self->by_id);

  for (guint i = 0; i < keys->len; i++)
    {
      WeftElement *element = read_element (self, g_ptr_array_index (keys, i));

      if (element == NULL)
        continue;

      g_hash_table_insert (self->by_id, element->id, element);
      g_ptr_array_add (self->ordered, element);
    }

  g_ptr_array_sort (self->ordered, compare_pointers);
}

/* The ids of elements that @event touches: keys of the board itself, or the element that something lies in. */
static void
collect_touched (WeftBoardModel *self,
                 WeftEvent      *event,
                 GHashTable     *touched)
{
  WeftType *board = weft_board_model_get_board (self);
  WeftType *type = weft_event_get_type (event);

  if (type == board)
    {
      for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
        g_hash_table_add (touched, g_strdup (weft_event_get_key (event, i)));
      return;
    }

  for (WeftType *parent = weft_type_get_parent (type); parent != NULL;
       type = parent, parent = weft_type_get_parent (type))
    if (parent == board)
      {
        const char *id = weft_type_get_parent_key (type);

        if (id != NULL)
          g_hash_table_add (touched, g_strdup (id));
        return;
      }
}

static void
transaction_cb (WeftDocument    *document,
                WeftTransaction *transaction,
                WeftBoardModel  *self)
{
  g_autoptr(GHashTable) touched = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  WeftBox damage = WEFT_BOX_EMPTY;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    collect_touched (self, weft_transaction_get_event (transaction, i), touched);

  if (g_hash_table_size (touched) == 0)
    return;

  refresh_elements (self, touched, &damage);
  emit_changed (self, &damage);
}

static void
weft_board_model_finalize (GObject *object)
{
  WeftBoardModel *self = WEFT_BOARD_MODEL (object);

  g_clear_signal_handler (&self->transaction_handler, self->document);
  g_clear_object (&self->document);
  g_clear_pointer (&self->ordered, g_ptr_array_unref);
  g_clear_pointer (&self->by_id, g_hash_table_unref);
  g_clear_pointer (&self->overrides, g_hash_table_unref);
  g_clear_pointer (&self->scene, weft_board_scene_unref);

  G_OBJECT_CLASS (weft_board_model_parent_class)->finalize (object);
}

static void
weft_board_model_class_init (WeftBoardModelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = weft_board_model_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
}

static void
unref_nullable (gpointer element)
{
  if (element != NULL)
    weft_element_unref (element);
}

static void
weft_board_model_init (WeftBoardModel *self)
{
  self->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                       (GDestroyNotify) weft_element_unref);
  self->ordered = g_ptr_array_new ();
  self->overrides = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_nullable);
}

WeftBoardModel *
weft_board_model_new (WeftDocument *document)
{
  WeftBoardModel *self = g_object_new (WEFT_TYPE_BOARD_MODEL, NULL);

  self->document = g_object_ref (document);
  self->transaction_handler
    = g_signal_connect (document, "transaction", G_CALLBACK (transaction_cb), self);
  read_everything (self);

  return self;
}

WeftDocument *
weft_board_model_get_document (WeftBoardModel *self)
{
  return self->document;
}

WeftDoc *
weft_board_model_get_doc (WeftBoardModel *self)
{
  return weft_document_get_doc (self->document);
}

WeftType *
weft_board_model_get_board (WeftBoardModel *self)
{
  return weft_document_get_board (self->document);
}

WeftElement *
weft_board_model_lookup (WeftBoardModel *self,
                         const char     *id)
{
  return g_hash_table_lookup (self->by_id, id);
}

WeftElement *
weft_board_model_lookup_shown (WeftBoardModel *self,
                               const char     *id)
{
  gpointer override;

  if (g_hash_table_lookup_extended (self->overrides, id, NULL, &override))
    return override;

  return g_hash_table_lookup (self->by_id, id);
}

GPtrArray *
weft_board_model_get_elements (WeftBoardModel *self)
{
  return self->ordered;
}

WeftBoardScene *
weft_board_model_get_scene (WeftBoardModel *self)
{
  if (self->scene == NULL && g_hash_table_size (self->overrides) == 0)
    self->scene = weft_board_scene_new (self->ordered);
  else if (self->scene == NULL)
    {
      g_autoptr(GPtrArray) shown = g_ptr_array_sized_new (self->ordered->len);

      for (guint i = 0; i < self->ordered->len; i++)
        {
          WeftElement *element = g_ptr_array_index (self->ordered, i);
          gpointer override;

          if (g_hash_table_lookup_extended (self->overrides, element->id, NULL, &override))
            element = override;
          if (element != NULL)
            g_ptr_array_add (shown, element);
        }

      self->scene = weft_board_scene_new (shown);
    }

  return self->scene;
}

WeftBox
weft_board_model_get_bounds (WeftBoardModel *self)
{
  WeftBox bounds = WEFT_BOX_EMPTY;

  for (guint i = 0; i < self->ordered->len; i++)
    {
      WeftBox box = weft_element_get_bounds (g_ptr_array_index (self->ordered, i));

      weft_box_add_box (&bounds, &box);
    }

  return bounds;
}

WeftElement *
weft_board_model_pick (WeftBoardModel *self,
                       WeftPoint       point,
                       double          tolerance)
{
  for (guint i = self->ordered->len; i-- > 0;)
    {
      WeftElement *element = g_ptr_array_index (self->ordered, i);

      if (!element->locked && weft_element_hit (element, point, tolerance))
        return element;
    }

  return NULL;
}

static gboolean
is_bindable (const WeftElement *element)
{
  return !weft_element_is_linear (element) && element->kind != WEFT_ELEMENT_FREEDRAW
         && element->kind != WEFT_ELEMENT_FRAME;
}

WeftElement *
weft_board_model_pick_bindable (WeftBoardModel *self,
                                WeftPoint       point,
                                double          tolerance)
{
  for (guint i = self->ordered->len; i-- > 0;)
    {
      WeftElement *element = g_ptr_array_index (self->ordered, i);

      if (is_bindable (element)
          && (weft_element_hit (element, point, tolerance) || weft_element_contains (element, point)))
        return element;
    }

  return NULL;
}

char *
weft_board_model_dup_top_index (WeftBoardModel *self)
{
  const char *last = NULL;

  if (self->ordered->len > 0)
    {
      WeftElement *top = g_ptr_array_index (self->ordered, self->ordered->len - 1);

      last = top->index[0] != '\0' ? top->index : NULL;
    }

  return weft_fractional_index_jittered (last, NULL, g_random_int ());
}

static void
override_changed (WeftBoardModel *self,
                  const char     *id,
                  WeftElement    *other,
                  WeftBox         damage)
{
  WeftElement *element = weft_board_model_lookup (self, id);
  WeftBox bounds;

  if (element != NULL)
    {
      bounds = weft_element_get_draw_bounds (element);
      weft_box_add_box (&damage, &bounds);
    }

  if (other != NULL)
    {
      bounds = weft_element_get_draw_bounds (other);
      weft_box_add_box (&damage, &bounds);
    }

  emit_changed (self, &damage);
}

void
weft_board_model_hold (WeftBoardModel *self)
{
  if (self->n_holds++ == 0)
    {
      self->held = FALSE;
      self->held_damage = WEFT_BOX_EMPTY;
    }
}

void
weft_board_model_release (WeftBoardModel *self)
{
  g_return_if_fail (self->n_holds > 0);

  if (--self->n_holds == 0 && self->held)
    {
      WeftBox damage = self->held_damage;

      self->held = FALSE;
      emit_changed (self, &damage);
    }
}

void
weft_board_model_set_override (WeftBoardModel *self,
                               const char     *id,
                               WeftElement    *element)
{
  WeftElement *replaced = g_hash_table_lookup (self->overrides, id);
  g_autoptr(WeftElement) before = replaced != NULL ? weft_element_ref (replaced) : NULL;
  WeftBox damage = WEFT_BOX_EMPTY;

  if (before != NULL)
    damage = weft_element_get_draw_bounds (before);

  g_hash_table_insert (self->overrides, g_strdup (id),
                       element != NULL ? weft_element_ref (element) : NULL);
  override_changed (self, id, element, damage);
}

gboolean
weft_board_model_has_override (WeftBoardModel *self,
                               const char     *id)
{
  return g_hash_table_contains (self->overrides, id);
}

void
weft_board_model_drop_override (WeftBoardModel *self,
                                const char     *id)
{
  gpointer before;
  g_autoptr(WeftElement) element = NULL;

  if (!g_hash_table_lookup_extended (self->overrides, id, NULL, &before))
    return;

  element = before != NULL ? weft_element_ref (before) : NULL;
  g_hash_table_remove (self->overrides, id);
  override_changed (self, id, element, WEFT_BOX_EMPTY);
}

void
weft_board_model_drop_overrides (WeftBoardModel *self)
{
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->overrides);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_ptr_array_add (ids, g_strdup (id));

  for (guint i = 0; i < ids->len; i++)
    weft_board_model_drop_override (self, g_ptr_array_index (ids, i));
}
