/* weft-window-review.c - the walk through what others did while nobody looked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

static gboolean
is_reviewing (WeftWindow *self)
{
  return self->history != NULL && g_strcmp0 (gtk_stack_get_visible_child_name (self->side_stack), "review") == 0;
}

void
weft_window_end_review (WeftWindow *self)
{
  weft_window_end_looking_back (self);
  weft_review_panel_set_document (self->review_panel, NULL);
}

/* All of it was seen. */
static void
review_done_cb (WeftWindow *self)
{
  weft_window_end_review (self);
  if (self->document != NULL)
    weft_document_dismiss_away (self->document);
  weft_window_update_banner (self);
  weft_window_focus_content (self);
}

static void
change_chosen_cb (WeftWindow *self,
                  guint       index)
{
  const GArray *others;
  WeftChanges *changes = self->document != NULL ? weft_document_get_away (self->document, &others) : NULL;
  const WeftChange *change;
  WeftId unit;

  if (changes == NULL || self->history == NULL)
    return;

  change = weft_changes_get (changes, index);
  if (change->element != NULL)
    weft_version_view_show_element (self->version_view, change->element);
  else if (weft_changes_get_unit (changes, index, &unit))
    weft_version_view_show_unit (self->version_view, unit);

  if (adw_overlay_split_view_get_collapsed (self->conflicts_view))
    adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);
}

static void
review_cb (GtkWidget  *widget,
           const char *action_name,
           GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  WeftSnapshot *base;

  if (is_reviewing (self))
    {
      review_done_cb (self);
      return;
    }

  base = weft_document_get_away_base (self->document);
  if (base == NULL)
    return;

  weft_window_look_back (self, "review");
  weft_review_panel_set_document (self->review_panel, self->document);
  weft_version_view_show_since (self->version_view, base, _ ("While You Were Away"));
  gtk_widget_grab_focus (GTK_WIDGET (self->review_panel));
}

void
weft_window_install_review_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.review", NULL, review_cb);
  gtk_widget_class_bind_template_callback (widget_class, review_done_cb);
  gtk_widget_class_bind_template_callback (widget_class, change_chosen_cb);
}
