/* weft-application-actions.c - app.*
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-application-private.h"

#include <glib/gi18n.h>

#include "app/weft-preferences-dialog.h"
#include "app/weft-shortcuts-dialog.h"

static GtkWidget *
get_parent (WeftApplication *self)
{
  return GTK_WIDGET (gtk_application_get_active_window (GTK_APPLICATION (self)));
}

static void
new_window_cb (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       user_data)
{
  weft_application_open_window (user_data);
}

static void
new_note_cb (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  weft_window_create_page (weft_application_ensure_window (user_data), WEFT_PAGE_NOTE);
}

static void
new_board_cb (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  weft_window_create_page (weft_application_ensure_window (user_data), WEFT_PAGE_BOARD);
}

static void
preferences_cb (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  adw_dialog_present (weft_preferences_dialog_new (), get_parent (user_data));
}

static void
shortcuts_cb (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  adw_dialog_present (weft_shortcuts_dialog_new (), get_parent (user_data));
}

static void
about_cb (GSimpleAction *action,
          GVariant      *parameter,
          gpointer       user_data)
{
  static const char *const developers[] = { "The Weft contributors", NULL };
  AdwDialog *dialog = adw_about_dialog_new ();
  AdwAboutDialog *about = ADW_ABOUT_DIALOG (dialog);

  adw_about_dialog_set_application_name (about, _ ("Weft"));
  adw_about_dialog_set_application_icon (about, WEFT_APPLICATION_ID);
  adw_about_dialog_set_version (about, WEFT_VERSION);
  adw_about_dialog_set_developer_name (about, _ ("The Weft contributors"));
  adw_about_dialog_set_developers (about, (const char **) developers);
  adw_about_dialog_set_comments (about, _ ("Notes and whiteboards that you own and a group can share. "
                                           "Everything is on this computer first; the network only carries changes."));
  adw_about_dialog_set_website (about, "https://github.com/weftnotes/weft");
  adw_about_dialog_set_issue_url (about, "https://github.com/weftnotes/weft/issues");
  adw_about_dialog_set_license_type (about, GTK_LICENSE_LGPL_2_1);
  /* Translators: put your names here, one on a line */
  adw_about_dialog_set_translator_credits (about, _ ("translator-credits"));

  adw_dialog_present (dialog, get_parent (user_data));
}

static void
quit_cb (GSimpleAction *action,
         GVariant      *parameter,
         gpointer       user_data)
{
  GtkWindow *window = gtk_application_get_active_window (user_data);

  if (!WEFT_IS_WINDOW (window) || !weft_window_ask_before_loss (WEFT_WINDOW (window)))
    weft_application_quit (user_data);
}

/*< private >
 * weft_application_install_actions:
 * @self: the application
 */
void
weft_application_install_actions (WeftApplication *self)
{
  static const GActionEntry actions[] = {
    { "new-window", new_window_cb },   { "new-note", new_note_cb },   { "new-board", new_board_cb },
    { "preferences", preferences_cb }, { "shortcuts", shortcuts_cb }, { "about", about_cb },
    { "quit", quit_cb },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
