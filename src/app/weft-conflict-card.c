/* weft-conflict-card.c - one thing that two people changed while apart, and the choice between them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-conflict-card.h"

#include "app/weft-moment.h"
#include "app/weft-row-press.h"
#include "app/weft-shape-picture.h"

#include <glib/gi18n.h>

struct _WeftConflictCard
{
  GtkListBoxRow     parent_instance;

  GtkLabel         *title;
  GtkLabel         *place;
  GtkLabel         *this_value;
  WeftShapePicture *this_picture;
  WeftShapePicture *other_picture;
  GtkLabel         *this_person;
  GtkLabel         *other_value;
  GtkLabel         *other_person;
  GtkWidget        *this_box;
  GtkButton        *this_button;
  GtkButton        *other_button;
  GtkButton        *both_button;
  GtkWidget        *both;
  GtkLabel         *both_value;

  WeftNotebook     *notebook;
  WeftConflictItem *item;
};

G_DEFINE_FINAL_TYPE (WeftConflictCard, weft_conflict_card, GTK_TYPE_LIST_BOX_ROW)

enum
{
  SETTLED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static char *
describe_author (const char *person,
                 gint64      time_ms)
{
  g_autofree char *time = time_ms > 0 ? weft_moment_format (time_ms) : NULL;
  const char *name = person != NULL && *person != '\0' ? person : _ ("Somebody");

  if (time == NULL)
    return g_strdup (name);

  /* Translators: who changed something (%1$s), and when (%2$s) */
  return g_strdup_printf (_ ("%1$s, %2$s"), name, time);
}

static void
set_value (GtkLabel   *label,
           const char *value)
{
  gboolean empty = value == NULL || *value == '\0';

  /* Translators: shown in place of a title or a text that somebody left empty */
  gtk_label_set_text (label, empty ? _ ("(empty)") : value);
  gtk_widget_set_tooltip_text (GTK_WIDGET (label), empty ? NULL : value);
}

/* Of two versions of a shape, each behind the other; in words what no picture tells. */
static void
refresh_pictures (WeftConflictCard *self)
{
  WeftConflictItem *item = self->item;
  const WeftAny *this_shape = weft_conflict_item_get_this_shape (item);
  const WeftAny *other_shape = weft_conflict_item_get_other_shape (item);
  gboolean is_seen = weft_conflict_item_is_seen (item);

  weft_shape_picture_set (self->this_picture, this_shape, other_shape, weft_conflict_item_get_this_value (item));
  weft_shape_picture_set (self->other_picture, other_shape, this_shape, weft_conflict_item_get_other_value (item));
  gtk_widget_set_visible (GTK_WIDGET (self->this_picture), this_shape != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->other_picture), other_shape != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->this_value), !is_seen);
  gtk_widget_set_visible (GTK_WIDGET (self->other_value), !is_seen);
}

static void
refresh (WeftConflictCard *self)
{
  WeftConflictItem *item = self->item;
  g_autofree char *this_author = describe_author (weft_conflict_item_get_this_person (item),
                                                  weft_conflict_item_get_this_time_ms (item));
  g_autofree char *other_author = describe_author (weft_conflict_item_get_other_person (item),
                                                   weft_conflict_item_get_other_time_ms (item));

  gtk_label_set_text (self->title, weft_conflict_item_get_title (item));
  gtk_label_set_text (self->place, weft_conflict_item_get_place (item));
  set_value (self->this_value, weft_conflict_item_get_this_value (item));
  set_value (self->other_value, weft_conflict_item_get_other_value (item));
  set_value (self->both_value, weft_conflict_item_get_both_value (item));
  refresh_pictures (self);
  gtk_widget_set_visible (self->both, weft_conflict_item_get_can_keep_both (item));
  /* Then neither is in force alone. */
  if (weft_conflict_item_get_can_keep_both (item))
    gtk_widget_remove_css_class (self->this_box, "in-force");
  gtk_label_set_text (self->this_person, this_author);
  gtk_label_set_text (self->other_person, other_author);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, weft_conflict_item_get_title (item),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, weft_conflict_item_get_place (item),
                                  -1);
}

/* The card is gone from the list before the call returns. */
static void
resolve (WeftConflictCard   *self,
         WeftConflictChoice  choice)
{
  g_autoptr(WeftNotebook) notebook = g_object_ref (self->notebook);
  g_autoptr(WeftConflictItem) item = g_object_ref (self->item);

  g_signal_emit (self, signals[SETTLED], 0);
  weft_notebook_resolve_conflict (notebook, item, choice);
}

static void
keep_this_cb (WeftConflictCard *self)
{
  resolve (self, WEFT_KEEP_THIS);
}

static void
keep_other_cb (WeftConflictCard *self)
{
  resolve (self, WEFT_KEEP_OTHER);
}

static void
keep_both_cb (WeftConflictCard *self)
{
  resolve (self, WEFT_KEEP_BOTH);
}

/* Two choices that are cut off after the same words would be no choice. */
static void
wrap_label (GtkButton *button)
{
  GtkLabel *label = GTK_LABEL (gtk_button_get_child (button));

  gtk_label_set_wrap (label, TRUE);
  gtk_label_set_justify (label, GTK_JUSTIFY_CENTER);
}

static void
weft_conflict_card_dispose (GObject *object)
{
  WeftConflictCard *self = WEFT_CONFLICT_CARD (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_CONFLICT_CARD);
  g_clear_object (&self->notebook);
  g_clear_object (&self->item);

  G_OBJECT_CLASS (weft_conflict_card_parent_class)->dispose (object);
}

static void
weft_conflict_card_class_init (WeftConflictCardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (WEFT_TYPE_SHAPE_PICTURE);
  G_OBJECT_CLASS (klass)->dispose = weft_conflict_card_dispose;

  /* Before a choice is carried out. */
  signals[SETTLED] = g_signal_new ("settled", WEFT_TYPE_CONFLICT_CARD, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-conflict-card.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, title);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, place);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, this_value);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, this_picture);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, other_picture);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, this_person);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, other_value);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, other_person);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, this_box);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, this_button);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, other_button);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, both_button);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, both);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictCard, both_value);
  gtk_widget_class_bind_template_callback (widget_class, keep_this_cb);
  gtk_widget_class_bind_template_callback (widget_class, keep_other_cb);
  gtk_widget_class_bind_template_callback (widget_class, keep_both_cb);
}

static void
weft_conflict_card_init (WeftConflictCard *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  wrap_label (self->this_button);
  wrap_label (self->other_button);
  wrap_label (self->both_button);
  weft_row_add_press (GTK_LIST_BOX_ROW (self));
}

/**
 * weft_conflict_card_new:
 * @notebook: where it happened
 * @item: what happened
 *
 * Returns: a card
 */
GtkWidget *
weft_conflict_card_new (WeftNotebook     *notebook,
                        WeftConflictItem *item)
{
  WeftConflictCard *self = g_object_new (WEFT_TYPE_CONFLICT_CARD, NULL);

  self->notebook = g_object_ref (notebook);
  self->item = g_object_ref (item);
  g_signal_connect_object (item, "notify", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);

  return GTK_WIDGET (self);
}

/**
 * weft_conflict_card_get_item:
 * @self: a card
 *
 * Returns: (transfer none): what it is about
 */
WeftConflictItem *
weft_conflict_card_get_item (WeftConflictCard *self)
{
  g_return_val_if_fail (WEFT_IS_CONFLICT_CARD (self), NULL);

  return self->item;
}
