/* weft-conflict-item.c - one conflict card
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-position.h"
#include "model/weft-conflict-item-private.h"

struct _WeftConflictItem
{
  GObject parent_instance;

  char *texts[WEFT_CONFLICT_N_TEXTS];
  gint64 this_time_ms;
  gint64 other_time_ms;
  gboolean can_keep_both;
  gboolean has_anchor;
  WeftId anchor;
  WeftAny *shapes[2]; /* nullable */
};

G_DEFINE_FINAL_TYPE (WeftConflictItem, weft_conflict_item, G_TYPE_OBJECT)

static void
weft_conflict_item_finalize (GObject *object)
{
  WeftConflictItem *self = WEFT_CONFLICT_ITEM (object);

  for (guint i = 0; i < WEFT_CONFLICT_N_TEXTS; i++)
    g_clear_pointer (&self->texts[i], g_free);
  for (guint i = 0; i < G_N_ELEMENTS (self->shapes); i++)
    g_clear_pointer (&self->shapes[i], weft_any_unref);

  G_OBJECT_CLASS (weft_conflict_item_parent_class)->finalize (object);
}

static void
weft_conflict_item_class_init (WeftConflictItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_conflict_item_finalize;
}

static void
weft_conflict_item_init (WeftConflictItem *self)
{
}

WeftConflictItem *
weft_conflict_item_new (const char *const *texts,
                        const WeftId      *anchor,
                        WeftAny           *this_shape,
                        WeftAny           *other_shape,
                        gint64             this_time_ms,
                        gint64             other_time_ms)
{
  WeftConflictItem *self = g_object_new (WEFT_TYPE_CONFLICT_ITEM, NULL);

  for (guint i = 0; i < WEFT_CONFLICT_N_TEXTS; i++)
    self->texts[i] = g_strdup (texts[i] ? texts[i] : "");

  self->can_keep_both = texts[WEFT_CONFLICT_TEXT_BOTH_VALUE] != NULL;
  self->has_anchor = anchor != NULL;
  if (anchor != NULL)
    self->anchor = *anchor;
  self->shapes[0] = this_shape;
  self->shapes[1] = other_shape;
  self->this_time_ms = this_time_ms;
  self->other_time_ms = other_time_ms;

  return self;
}

static const char *
get_text (WeftConflictItem *self,
          WeftConflictText  text)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), "");

  return self->texts[text];
}

const char *
weft_conflict_item_get_id (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_ID);
}

const char *
weft_conflict_item_get_title (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_TITLE);
}

const char *
weft_conflict_item_get_place (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_PLACE);
}

const char *
weft_conflict_item_get_page_id (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_PAGE_ID);
}

const char *
weft_conflict_item_get_element_id (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_ELEMENT_ID);
}

WeftAny *
weft_conflict_item_dup_position (WeftConflictItem *self)
{
  WeftPosition position = { .has_item = TRUE };

  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), NULL);

  position.item = self->anchor;

  return self->has_anchor ? weft_position_to_any (&position) : NULL;
}

const char *
weft_conflict_item_get_this_value (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_THIS_VALUE);
}

const char *
weft_conflict_item_get_other_value (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_OTHER_VALUE);
}

const char *
weft_conflict_item_get_both_value (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_BOTH_VALUE);
}

const WeftAny *
weft_conflict_item_get_this_shape (WeftConflictItem *self)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), NULL);

  return self->shapes[0];
}

const WeftAny *
weft_conflict_item_get_other_shape (WeftConflictItem *self)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), NULL);

  return self->shapes[1];
}

gboolean
weft_conflict_item_is_seen (WeftConflictItem *self)
{
  /* What a picture shows of a shape: the rest (links, groups, locks) needs words. */
  static const char *const visible[] = {
    "angle", "backgroundColor", "fillStyle", "height", "opacity", "points", "roughness", "roundness", "strokeColor",
    "strokeStyle", "strokeWidth", "type", "width", "x", "y", NULL,
  };

  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), FALSE);

  if (self->shapes[0] == NULL || self->shapes[1] == NULL)
    return FALSE;

  for (gsize i = 0; i < weft_any_get_n_items (self->shapes[0]); i++)
    {
      const char *key = weft_any_get_key (self->shapes[0], i);
      const WeftAny *other = weft_any_lookup (self->shapes[1], key);

      if (!g_strv_contains (visible, key)
          && (other == NULL || !weft_any_equal (weft_any_get_item (self->shapes[0], i), other)))
        return FALSE;
    }

  return weft_any_get_n_items (self->shapes[0]) == weft_any_get_n_items (self->shapes[1]);
}

gboolean
weft_conflict_item_get_can_keep_both (WeftConflictItem *self)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), FALSE);

  return self->can_keep_both;
}

const char *
weft_conflict_item_get_this_person (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_THIS_PERSON);
}

const char *
weft_conflict_item_get_other_person (WeftConflictItem *self)
{
  return get_text (self, WEFT_CONFLICT_TEXT_OTHER_PERSON);
}

gint64
weft_conflict_item_get_this_time_ms (WeftConflictItem *self)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), 0);

  return self->this_time_ms;
}

gint64
weft_conflict_item_get_other_time_ms (WeftConflictItem *self)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_ITEM (self), 0);

  return self->other_time_ms;
}
