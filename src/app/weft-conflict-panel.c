/* weft-conflict-panel.c - the cards of everything that collided
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-conflict-panel.h"

#include "app/weft-conflict-card.h"

struct _WeftConflictPanel
{
  AdwBin        parent_instance;

  GtkStack     *stack;
  GtkListBox   *list;

  WeftNotebook *notebook;
};

G_DEFINE_FINAL_TYPE (WeftConflictPanel, weft_conflict_panel, ADW_TYPE_BIN)

enum
{
  ITEM_CHOSEN,
  ITEM_SETTLED,
  CLOSE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
update_stack (WeftConflictPanel *self)
{
  GListModel *conflicts = self->notebook != NULL ? weft_notebook_get_conflicts (self->notebook) : NULL;
  gboolean empty = conflicts == NULL || g_list_model_get_n_items (conflicts) == 0;

  gtk_stack_set_visible_child_name (self->stack, empty ? "empty" : "cards");
}

static void
card_settled_cb (WeftConflictPanel *self,
                 WeftConflictCard  *card)
{
  g_signal_emit (self, signals[ITEM_SETTLED], 0, weft_conflict_card_get_item (card));
}

static GtkWidget *
create_card (gpointer item,
             gpointer user_data)
{
  GtkWidget *card = weft_conflict_card_new (WEFT_CONFLICT_PANEL (user_data)->notebook, item);

  g_signal_connect_object (card, "settled", G_CALLBACK (card_settled_cb), user_data, G_CONNECT_SWAPPED);

  return card;
}

static void
row_activated_cb (WeftConflictPanel *self,
                  GtkListBoxRow     *row)
{
  g_signal_emit (self, signals[ITEM_CHOSEN], 0, weft_conflict_card_get_item (WEFT_CONFLICT_CARD (row)));
}

static void
close_clicked_cb (WeftConflictPanel *self)
{
  g_signal_emit (self, signals[CLOSE], 0);
}

static void
weft_conflict_panel_dispose (GObject *object)
{
  WeftConflictPanel *self = WEFT_CONFLICT_PANEL (object);

  if (self->list != NULL)
    weft_conflict_panel_set_notebook (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_CONFLICT_PANEL);

  G_OBJECT_CLASS (weft_conflict_panel_parent_class)->dispose (object);
}

static void
weft_conflict_panel_class_init (WeftConflictPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_conflict_panel_dispose;

  signals[ITEM_CHOSEN] = g_signal_new ("item-chosen", WEFT_TYPE_CONFLICT_PANEL, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, WEFT_TYPE_CONFLICT_ITEM);
  signals[ITEM_SETTLED] = g_signal_new ("item-settled", WEFT_TYPE_CONFLICT_PANEL, G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, WEFT_TYPE_CONFLICT_ITEM);
  signals[CLOSE] = g_signal_new ("close", WEFT_TYPE_CONFLICT_PANEL, G_SIGNAL_RUN_LAST, 0,
                                 NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-conflict-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftConflictPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftConflictPanel, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_clicked_cb);
}

static void
weft_conflict_panel_init (WeftConflictPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * weft_conflict_panel_set_notebook:
 * @self: the panel
 * @notebook: (nullable): whose conflicts to show
 */
void
weft_conflict_panel_set_notebook (WeftConflictPanel *self,
                                  WeftNotebook      *notebook)
{
  g_return_if_fail (WEFT_IS_CONFLICT_PANEL (self));

  if (self->notebook == notebook)
    return;

  if (self->notebook != NULL)
    {
      gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
      g_signal_handlers_disconnect_by_func (weft_notebook_get_conflicts (self->notebook), update_stack, self);
    }

  g_set_object (&self->notebook, notebook);

  if (notebook != NULL)
    {
      GListModel *conflicts = weft_notebook_get_conflicts (notebook);

      gtk_list_box_bind_model (self->list, conflicts, create_card, self, NULL);
      g_signal_connect_swapped (conflicts, "items-changed", G_CALLBACK (update_stack), self);
    }

  update_stack (self);
}
