/* weft-window-loss.c - what is said before something is lost, or cannot be opened
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-application-private.h"
#include "app/weft-window-private.h"

#include <glib/gi18n.h>

#include "store/weft-store-error.h"

/* What the question is known by. */
#define QUESTION "weft-loss"

/* --- Before the end ----------------------------------------------------------------------------------------- */

static void
loss_response_cb (WeftWindow *self,
                  const char *response)
{
  if (g_str_equal (response, "copy"))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.back-up", NULL);
  else if (g_str_equal (response, "lose"))
    weft_application_quit (WEFT_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))));
}

/**
 * weft_window_ask_before_loss:
 * @self: a window
 *
 * Where the disk did not take something, asks whether to end all the same.
 *
 * Returns: whether it asks, and nothing is to be ended now
 */
gboolean
weft_window_ask_before_loss (WeftWindow *self)
{
  WeftApplication *application = WEFT_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
  WeftNotebook *unsaved = weft_application_get_unsaved (application);
  AdwDialog *open = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (self));
  AdwDialog *question;

  if (unsaved == NULL)
    return FALSE;

  if (open != NULL && g_strcmp0 (gtk_widget_get_name (GTK_WIDGET (open)), QUESTION) == 0)
    return TRUE;

  question = adw_alert_dialog_new (_ ("Close and Lose Changes?"), NULL);
  gtk_widget_set_name (GTK_WIDGET (question), QUESTION);
  adw_alert_dialog_format_body (ADW_ALERT_DIALOG (question), "%s", weft_notebook_get_save_error (unsaved));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (question), "keep", _ ("_Keep Open"), "copy",
                                  _ ("Save a _Copy…"), "lose", _ ("_Lose Changes"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (question), "lose", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (question), "keep");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (question), "keep");
  g_signal_connect_object (question, "response", G_CALLBACK (loss_response_cb), self, G_CONNECT_SWAPPED);
  adw_dialog_present (question, GTK_WIDGET (self));

  return TRUE;
}

/* --- What cannot be opened ---------------------------------------------------------------------------------- */

static char *
describe (const GError *error)
{
  if (error->domain != WEFT_STORE_ERROR)
    return g_strdup (error->message);

  switch ((WeftStoreError) error->code)
    {
    case WEFT_STORE_ERROR_NEWER:
      return g_strdup (_ ("It was written by a newer version of Weft, and was not touched. "
                          "Update Weft to open it."));

    case WEFT_STORE_ERROR_FOREIGN:
      return g_strdup (_ ("It was not made by Weft, and was not touched. "
                          "Open another notebook, or move this file away and try again."));

    case WEFT_STORE_ERROR_IN_USE:
      return g_strdup (_ ("It is open in another program, perhaps in a second Weft. Close it there and try again."));

    case WEFT_STORE_ERROR_FULL:
      return g_strdup (_ ("The disk is full. Make room and try again."));

    case WEFT_STORE_ERROR_GONE:
      return g_strdup (_ ("It was moved or deleted, or the disk that it was on is not there. "
                          "Put it back and try again, or begin a new notebook."));

    case WEFT_STORE_ERROR_FAILED:
    case WEFT_STORE_ERROR_READ_ONLY:
    case WEFT_STORE_ERROR_DAMAGED:
    case WEFT_STORE_ERROR_CLOSED:
    case WEFT_STORE_ERROR_OVERWRITTEN:
    default:
      return g_strdup (error->message);
    }
}

/*< private >
 * weft_window_show_trouble:
 * @self: a window
 * @heading: what cannot be opened
 * @file: (nullable): the file that it is in
 * @error: why
 *
 * Says what is wrong, where, and what can be done, in place of a page.
 */
void
weft_window_show_trouble (WeftWindow   *self,
                          const char   *heading,
                          GFile        *file,
                          const GError *error)
{
  g_autofree char *reason = describe (error);
  g_autofree char *place = file != NULL ? g_file_get_parse_name (file) : NULL;
  /* The description of a status page is markup. */
  g_autofree char *text = place != NULL ? g_markup_printf_escaped ("%s\n\n%s", place, reason)
                                        : g_markup_escape_text (reason, -1);

  adw_status_page_set_title (self->trouble_page, heading);
  adw_status_page_set_description (self->trouble_page, text);
  gtk_widget_set_visible (GTK_WIDGET (self->trouble_button), file != NULL);
  gtk_stack_set_visible_child_name (self->stack, "trouble");
  /* At phone width the list would be all that one sees, empty. */
  adw_navigation_split_view_set_show_content (self->split_view, TRUE);
}
