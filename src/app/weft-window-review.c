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
  return adw_overlay_split_view_get_show_sidebar (self->conflicts_view)
         && g_strcmp0 (gtk_stack_get_visible_child_name (self->side_stack), "review") == 0;
}

WeftDocument *
weft_window_get_reviewed (WeftWindow *self)
{
  return is_reviewing (self) ? self->document : NULL;
}

void
weft_window_end_review (WeftWindow *self)
{
  if (is_reviewing (self))
    adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);
  gtk_stack_set_visible_child_name (self->side_stack, "conflicts");
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
                  guint       at,
                  guint       n_chars,
                  const char *element)
{
  if (self->document == NULL)
    return;

  if (element != NULL)
    weft_board_view_show_element (self->board_view, element);
  else if (weft_page_get_kind (weft_document_get_page (self->document)) == WEFT_PAGE_NOTE)
    weft_note_view_show_range (self->note_view, at, n_chars);
}

static void
review_cb (GtkWidget  *widget,
           const char *action_name,
           GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);

  if (is_reviewing (self))
    {
      review_done_cb (self);
      return;
    }

  weft_review_panel_set_document (self->review_panel, self->document);
  gtk_stack_set_visible_child_name (self->side_stack, "review");
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, TRUE);
  weft_window_update_banner (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->review_panel));
}

void
weft_window_install_review_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.review", NULL, review_cb);
  gtk_widget_class_bind_template_callback (widget_class, review_done_cb);
  gtk_widget_class_bind_template_callback (widget_class, change_chosen_cb);
}
