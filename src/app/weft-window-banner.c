/* weft-window-banner.c - the one line above a page that says what is out of the ordinary
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

/* A relay that cannot be reached is tried again and again: between two tries we are still offline. */
static gboolean
is_offline (WeftWindow *self)
{
  switch (weft_notebook_get_sync_state (self->notebook))
    {
    case WEFT_SYNC_OFFLINE:
      self->was_offline = TRUE;
      break;

    case WEFT_SYNC_CONNECTING:
      break;

    default:
      self->was_offline = FALSE;
    }

  return self->was_offline;
}

static WeftBannerKind
choose_banner (WeftWindow *self)
{
  const char *notice, *save_error;
  gboolean offline;

  if (self->notebook == NULL)
    return WEFT_BANNER_NONE;

  offline = is_offline (self);
  save_error = weft_notebook_get_save_error (self->notebook);
  notice = weft_notebook_get_notice (self->notebook);

  if (save_error != NULL && *save_error != '\0')
    return WEFT_BANNER_NOT_SAVED;

  if (self->page != NULL && weft_page_get_trashed (self->page))
    return WEFT_BANNER_TRASHED;

  /* More than that one may only read: nobody else sees what one wrote before. */
  if (weft_notebook_get_sync_state (self->notebook) == WEFT_SYNC_STUCK)
    return WEFT_BANNER_STUCK;

  if (self->document != NULL && weft_document_get_read_only (self->document))
    return WEFT_BANNER_READ_ONLY;

  if (weft_notebook_get_sync_state (self->notebook) == WEFT_SYNC_DENIED)
    return WEFT_BANNER_DENIED;

  if (notice != NULL && *notice != '\0' && !self->notice_read)
    return WEFT_BANNER_NOTICE;

  if (self->document != NULL && self->history == NULL && weft_document_get_n_away (self->document) > 0)
    return WEFT_BANNER_AWAY;

  return offline ? WEFT_BANNER_OFFLINE : WEFT_BANNER_NONE;
}

static char *
describe_away (WeftWindow *self)
{
  guint n = weft_document_get_n_away (self->document);
  g_autofree char *people = weft_review_dup_people (self->document);

  /* Translators: %1$u is a number, %2$s the names of people, as in "Ana and Ben" */
  return g_strdup_printf (ngettext ("%1$u change by %2$s while you were away",
                                    "%1$u changes by %2$s while you were away", n), n, people);
}

/*< private >
 * weft_window_update_banner:
 * @self: a window
 *
 * Shows what matters most of all that is out of the ordinary.
 */
void
weft_window_update_banner (WeftWindow *self)
{
  const char *title = NULL;
  const char *button = NULL;
  g_autofree char *away = NULL;

  self->banner_kind = choose_banner (self);

  switch (self->banner_kind)
    {
    case WEFT_BANNER_NOT_SAVED:
      title = weft_notebook_get_save_error (self->notebook);
      button = _ ("Save a _Copy…");
      break;

    case WEFT_BANNER_STUCK:
      title = weft_notebook_get_status_text (self->notebook);
      break;

    case WEFT_BANNER_TRASHED:
      title = _ ("This page is in the trash");
      button = _ ("_Restore");
      break;

    case WEFT_BANNER_READ_ONLY:
      title = g_str_equal (weft_notebook_get_relay_role (self->notebook), "viewer")
                /* Translators: the owner of the notebook gave these rights */
                ? _ ("You may read this notebook, and not change it")
                : _ ("This page can be read, and not changed");
      break;

    case WEFT_BANNER_DENIED:
      title = weft_notebook_get_status_text (self->notebook);
      button = _ ("_Share…");
      break;

    case WEFT_BANNER_NOTICE:
      title = weft_notebook_get_notice (self->notebook);
      button = _ ("_Dismiss");
      break;

    case WEFT_BANNER_AWAY:
      away = describe_away (self);
      title = away;
      button = _ ("Re_view");
      break;

    case WEFT_BANNER_OFFLINE:
      /* The sentence of the last failure would be replaced by "Connecting" at each try. */
      if (weft_notebook_get_sync_state (self->notebook) == WEFT_SYNC_OFFLINE)
        title = weft_notebook_get_status_text (self->notebook);
      button = weft_notebook_get_work_offline (self->notebook) ? _ ("Work _Online") : _ ("_Try Again");
      break;

    case WEFT_BANNER_NONE:
    default:
      break;
    }

  if (title != NULL)
    adw_banner_set_title (self->banner, title);
  adw_banner_set_button_label (self->banner, button);
  adw_banner_set_revealed (self->banner, self->banner_kind != WEFT_BANNER_NONE);
  /* It keeps its last sentence, which a screen reader would go on finding. */
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->banner), GTK_ACCESSIBLE_STATE_HIDDEN,
                               self->banner_kind == WEFT_BANNER_NONE, -1);
}

static void
banner_clicked_cb (WeftWindow *self)
{
  switch (self->banner_kind)
    {
    case WEFT_BANNER_TRASHED:
      weft_notebook_restore_page (self->notebook, self->page);
      break;

    case WEFT_BANNER_DENIED:
      gtk_widget_activate_action (GTK_WIDGET (self), "win.share", NULL);
      break;

    case WEFT_BANNER_NOTICE:
      self->notice_read = TRUE;
      weft_window_update_banner (self);
      break;

    case WEFT_BANNER_AWAY:
      gtk_widget_activate_action (GTK_WIDGET (self), "win.review", NULL);
      break;

    case WEFT_BANNER_OFFLINE:
      /* Offline and online again makes the waits between two tries begin anew. */
      weft_notebook_set_work_offline (self->notebook, TRUE);
      weft_notebook_set_work_offline (self->notebook, FALSE);
      break;

    case WEFT_BANNER_NOT_SAVED:
      gtk_widget_activate_action (GTK_WIDGET (self), "win.back-up", NULL);
      break;

    case WEFT_BANNER_STUCK:
    case WEFT_BANNER_READ_ONLY:
    case WEFT_BANNER_NONE:
    default:
      break;
    }
}

static void
show_whole_label (GtkWidget *widget)
{
  if (GTK_IS_LABEL (widget))
    {
      gtk_label_set_ellipsize (GTK_LABEL (widget), PANGO_ELLIPSIZE_NONE);
      gtk_label_set_lines (GTK_LABEL (widget), -1);
    }
  else if (!GTK_IS_BUTTON (widget))
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child))
      show_whole_label (child);
}

/*< private >
 * weft_window_init_banner:
 * @self: a window
 *
 * A banner cuts its sentence off after three lines, which on a telephone with large text is before it says what to do.
 */
void
weft_window_init_banner (WeftWindow *self)
{
  show_whole_label (GTK_WIDGET (self->banner));
}

void
weft_window_bind_banner (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, banner_clicked_cb);
}
