/* weft-window-notebook.c - opening notebooks, joining them, and following what happens in them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

#include "app/share/weft-share-dialog.h"
#include "app/weft-library.h"
#include "app/weft-settings.h"
#include "store/weft-store-error.h"

/* --- Following a notebook ----------------------------------------------------------------------------------- */

static void
title_changed_cb (WeftWindow *self)
{
  weft_library_remember (weft_notebook_get_file (self->notebook), weft_notebook_get_title (self->notebook));
}

static void
conflicts_changed_cb (WeftWindow *self)
{
  guint n_conflicts = g_list_model_get_n_items (weft_notebook_get_conflicts (self->notebook));
  g_autofree char *count = g_strdup_printf ("%u", n_conflicts);
  g_autofree char *label = NULL;

  /* Translators: %u is a number of things that two people changed while they were apart */
  label = g_strdup_printf (ngettext ("%u thing collided", "%u things collided", n_conflicts), n_conflicts);
  gtk_label_set_text (self->conflicts_count, count);
  gtk_widget_set_visible (GTK_WIDGET (self->conflicts_count), n_conflicts > 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->conflicts_button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->conflicts_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);

  /* The button stays while the panel is open, which says that nothing is left. */
  gtk_widget_set_visible (GTK_WIDGET (self->conflicts_button),
                          n_conflicts > 0 || adw_overlay_split_view_get_show_sidebar (self->conflicts_view));
}

/* After joining: opens the page that the link named, or else the first that arrives. */
static void
pages_changed_cb (WeftWindow *self)
{
  g_autoptr(WeftPage) first = NULL;
  WeftPage *wanted = NULL;

  if (self->page != NULL)
    return;

  if (self->wanted_page != NULL)
    wanted = weft_notebook_lookup_page (self->notebook, self->wanted_page);

  if (wanted == NULL && self->wanted_page == NULL && self->expects_page)
    wanted = first = g_list_model_get_item (weft_notebook_get_pages (self->notebook), 0);

  if (wanted != NULL)
    weft_window_open_page (self, wanted, TRUE);
  else if (g_str_equal (gtk_stack_get_visible_child_name (self->stack), "none"))
    weft_window_show_none (self);
}

static void
sync_state_changed_cb (WeftWindow *self)
{
  weft_window_update_banner (self);
  pages_changed_cb (self);
}

static void
undo_trash_cb (WeftWindow *self,
               AdwToast   *toast)
{
  if (self->notebook != NULL)
    weft_notebook_restore_page (self->notebook, g_object_get_data (G_OBJECT (toast), "weft-page"));
}

/* It came back another way, by Ctrl+Z say: there is nothing left to undo. */
static void
page_restored_cb (AdwToast   *toast,
                  GParamSpec *pspec,
                  WeftPage   *page)
{
  if (!weft_page_get_trashed (page))
    adw_toast_dismiss (toast);
}

static void
page_trashed_cb (WeftWindow *self,
                 WeftPage   *page)
{
  AdwToast *toast;
  g_autofree char *title = NULL;

  /* Of several windows of a notebook, the one that is in use asks. */
  if (gtk_application_get_active_window (gtk_window_get_application (GTK_WINDOW (self))) != GTK_WINDOW (self))
    return;

  /* Translators: %s is the title of a page */
  title = g_strdup_printf (_ ("Moved to trash: “%s”"), weft_page_get_display_title (page));
  toast = adw_toast_new (title);
  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "weft-page", g_object_ref (page), g_object_unref);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_trash_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "notify::trashed", G_CALLBACK (page_restored_cb), toast, G_CONNECT_SWAPPED);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
notice_changed_cb (WeftWindow *self)
{
  self->notice_read = FALSE;
  weft_window_update_banner (self);
}

/* Opens what a link names or what was open last, or the first page there is. */
static void
open_some_page (WeftWindow *self)
{
  g_autofree char *last_id = g_settings_get_string (weft_settings_get_default (), "last-page");
  const char *id = self->wanted_page != NULL ? self->wanted_page : last_id;
  WeftPage *page = *id != '\0' ? weft_notebook_lookup_page (self->notebook, id) : NULL;
  g_autoptr(WeftPage) first = NULL;

  self->seeks_page = page == NULL && *id != '\0' && weft_notebook_get_loading_progress (self->notebook) < 1;
  if (page == NULL || (weft_page_get_trashed (page) && self->wanted_page == NULL))
    {
      page = NULL;
      if (self->wanted_page == NULL && !self->seeks_page)
        page = first = g_list_model_get_item (weft_notebook_get_pages (self->notebook), 0);
    }

  weft_window_open_page (self, page, TRUE);
}

static void
loading_progressed_cb (WeftWindow *self)
{
  if (weft_notebook_get_loading_progress (self->notebook) == 1 && self->seeks_page && self->page == NULL)
    open_some_page (self);
}

static void
unbind_notebook (WeftWindow *self)
{
  g_signal_handlers_disconnect_by_func (self->notebook, sync_state_changed_cb, self);
  g_signal_handlers_disconnect_by_func (self->notebook, weft_window_update_banner, self);
  g_signal_handlers_disconnect_by_func (self->notebook, notice_changed_cb, self);
  g_signal_handlers_disconnect_by_func (self->notebook, title_changed_cb, self);
  g_signal_handlers_disconnect_by_func (self->notebook, loading_progressed_cb, self);
  g_signal_handlers_disconnect_by_func (self->notebook, page_trashed_cb, self);
  g_signal_handlers_disconnect_by_func (weft_notebook_get_pages (self->notebook), pages_changed_cb, self);
  g_signal_handlers_disconnect_by_func (weft_notebook_get_conflicts (self->notebook), conflicts_changed_cb, self);
}

static void
bind_notebook (WeftWindow *self)
{
  WeftNotebook *notebook = self->notebook;

  g_signal_connect_swapped (notebook, "notify::sync-state", G_CALLBACK (sync_state_changed_cb), self);
  g_signal_connect_swapped (notebook, "notify::status-text", G_CALLBACK (weft_window_update_banner), self);
  g_signal_connect_swapped (notebook, "notify::work-offline", G_CALLBACK (weft_window_update_banner), self);
  g_signal_connect_swapped (notebook, "notify::read-only", G_CALLBACK (weft_window_update_actions), self);
  g_signal_connect_swapped (notebook, "notify::read-only", G_CALLBACK (weft_window_update_banner), self);
  g_signal_connect_swapped (notebook, "notify::save-error", G_CALLBACK (weft_window_update_banner), self);
  g_signal_connect_swapped (notebook, "notify::notice", G_CALLBACK (notice_changed_cb), self);
  g_signal_connect_swapped (notebook, "notify::title", G_CALLBACK (title_changed_cb), self);
  g_signal_connect_swapped (notebook, "notify::loading-progress", G_CALLBACK (loading_progressed_cb), self);
  g_signal_connect_swapped (notebook, "page-trashed", G_CALLBACK (page_trashed_cb), self);
  g_signal_connect_swapped (weft_notebook_get_pages (notebook), "items-changed", G_CALLBACK (pages_changed_cb), self);
  g_signal_connect_swapped (weft_notebook_get_conflicts (notebook), "items-changed",
                            G_CALLBACK (conflicts_changed_cb), self);
}

/*< private >
 * weft_window_set_notebook:
 * @self: a window
 * @notebook: (nullable): what it shows from now on
 */
void
weft_window_set_notebook (WeftWindow   *self,
                          WeftNotebook *notebook)
{
  if (self->notebook == notebook)
    return;

  if (self->notebook != NULL)
    {
      weft_window_open_page (self, NULL, FALSE);
      weft_notebook_set_current_page (self->notebook, NULL);
      unbind_notebook (self);
    }

  g_set_object (&self->notebook, notebook);
  self->was_offline = FALSE;
  self->notice_read = FALSE;
  self->expects_page = FALSE;
  self->seeks_page = FALSE;
  g_clear_pointer (&self->wanted_page, g_free);
  g_clear_pointer (&self->wanted_element, g_free);
  g_clear_pointer (&self->wanted_line, weft_any_unref);
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);

  weft_sidebar_set_notebook (self->sidebar, notebook);
  weft_people_button_set_notebook (self->people_button, notebook);
  weft_status_button_set_notebook (self->status_button, notebook);
  weft_conflict_panel_set_notebook (self->conflict_panel, notebook);
  gtk_widget_set_visible (GTK_WIDGET (self->status_button), notebook != NULL);

  if (notebook != NULL)
    {
      bind_notebook (self);
      title_changed_cb (self);
      conflicts_changed_cb (self);
    }

  weft_window_update_banner (self);
  weft_window_update_actions (self);
}

/* --- Opening one -------------------------------------------------------------------------------------------- */

/* The first start: something to write in and something to draw on, without a question. Only here,
 * where the notebook was made this moment and nobody else can have it. */
static void
create_first_pages (WeftWindow *self)
{
  WeftPage *note = weft_notebook_create_page (self->notebook, WEFT_PAGE_NOTE, _ ("First note"), NULL, NULL);

  weft_notebook_create_page (self->notebook, WEFT_PAGE_BOARD, _ ("First board"), NULL, NULL);

  if (note != NULL)
    weft_window_open_page (self, note, TRUE);
}

static void
follow_link (WeftWindow *self,
             WeftLink   *link)
{
  g_autoptr(GError) error = NULL;

  if ((link->invite != NULL || g_strcmp0 (link->relay, weft_notebook_get_relay_url (self->notebook)) != 0) &&
      !weft_notebook_set_relay (self->notebook, link->relay, link->invite, &error))
    weft_window_show_message (self, error->message);

  g_free (self->wanted_page);
  self->wanted_page = g_strdup (link->page);
  self->expects_page = TRUE;
}

static void
notebook_loaded_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(WeftNotebook) notebook = NULL;
  g_autoptr(GError) error = NULL;

  notebook = weft_application_load_notebook_finish (WEFT_APPLICATION (object), result, &error);

  /* Closed meanwhile, or on its way to yet another notebook. */
  if (self->stack == NULL || (notebook != NULL && !g_file_equal (weft_notebook_get_file (notebook), self->file)))
    return;

  if (notebook == NULL)
    {
      weft_window_set_notebook (self, NULL);
      weft_window_show_trouble (self, _ ("Notebook Cannot Be Opened"), self->file, error);
      return;
    }

  weft_window_set_notebook (self, notebook);

  if (self->new_title != NULL && *self->new_title != '\0')
    weft_notebook_set_title (notebook, self->new_title);
  g_clear_pointer (&self->new_title, g_free);

  if (self->link != NULL)
    {
      g_autoptr(WeftLink) link = g_steal_pointer (&self->link);

      follow_link (self, link);
      open_some_page (self);
    }
  else if (self->is_fresh && g_list_model_get_n_items (weft_notebook_get_pages (notebook)) == 0 &&
           *weft_notebook_get_relay_url (notebook) == '\0')
    {
      create_first_pages (self);
    }
  else
    {
      open_some_page (self);
    }

  if (self->wants_new)
    {
      self->wants_new = FALSE;
      weft_window_create_page (self, self->new_kind);
    }

  if (self->new_files != NULL)
    {
      g_autoptr(GListModel) files = g_steal_pointer (&self->new_files);

      weft_window_import (self, files, NULL);
    }
}

/**
 * weft_window_open_notebook:
 * @self: a window
 * @file: the notebook; made where it is not there
 * @link: (nullable) (transfer full): what to follow once it is open
 */
void
weft_window_open_notebook (WeftWindow *self,
                           GFile      *file,
                           WeftLink   *link)
{
  g_return_if_fail (WEFT_IS_WINDOW (self));
  g_return_if_fail (G_IS_FILE (file));

  g_clear_pointer (&self->link, weft_link_free);
  g_clear_pointer (&self->new_title, g_free);
  self->link = link;
  self->is_fresh = !g_file_query_exists (file, NULL);
  self->is_missing = FALSE;
  g_set_object (&self->file, file);
  gtk_stack_set_visible_child_name (self->stack, "blank");
  weft_window_focus_content (self);

  weft_application_load_notebook_async (WEFT_APPLICATION (gtk_window_get_application (GTK_WINDOW (self))), file,
                                        link != NULL ? link->notebook : NULL, notebook_loaded_cb,
                                        g_object_ref (self));
}

/**
 * weft_window_open_last:
 * @self: a window
 *
 * Opens what was open last, or at the first start the default notebook. What is gone is not made anew: an empty
 * notebook in place of one's own would look like a loss.
 */
void
weft_window_open_last (WeftWindow *self)
{
  g_autoptr(GFile) file = weft_library_dup_last (&self->is_missing);
  g_autoptr(GError) error = NULL;

  if (!self->is_missing)
    {
      weft_window_open_notebook (self, file, NULL);
      return;
    }

  g_set_object (&self->file, file);
  g_set_error_literal (&error, WEFT_STORE_ERROR, WEFT_STORE_ERROR_GONE, "");
  weft_window_show_trouble (self, _ ("Notebook Not Found"), file, error);
}

static void
join (WeftWindow *self,
      WeftLink   *link)
{
  g_autoptr(GFile) file = NULL;

  if (self->notebook != NULL && g_strcmp0 (weft_notebook_get_id (self->notebook), link->notebook) == 0)
    {
      follow_link (self, link);
      /* What is not here yet is waited for, as where the notebook is opened for the link. */
      if (link->page != NULL)
        open_some_page (self);
      weft_link_free (link);
      return;
    }

  file = weft_notebook_file_for_id (link->notebook);
  weft_window_open_notebook (self, file, link);
}

/* The relay has said where an invite leads. */
static void
looked_at_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  WeftRelayAccount *account = WEFT_RELAY_ACCOUNT (source);
  g_autoptr(GError) error = NULL;
  g_autoptr(JsonObject) answer = weft_relay_account_call_finish (account, result, &error);
  const char *text = answer != NULL ? json_object_get_string_member_with_default (answer, "link", "") : NULL;
  g_autoptr(WeftLink) link = text != NULL ? weft_link_parse (text, &error) : NULL;

  /* Where it leads is up to the relay, at which relay it is not. */
  if (link != NULL && link->kind == WEFT_LINK_JOIN)
    {
      g_free (link->relay);
      link->relay = g_strdup (weft_relay_account_get_relay (account));
      join (self, g_steal_pointer (&link));
    }
  else
    {
      weft_window_show_message (self, error != NULL ? error->message : _ ("This is no link of Weft"));
      if (self->notebook == NULL && self->file == NULL)
        weft_window_open_last (self);
    }
}

static void
look_at_invite (WeftWindow     *self,
                const WeftLink *link)
{
  g_autoptr(WeftRelayAccount) account = weft_relay_account_new (link->relay);

  weft_relay_account_look_at_async (account, link->invite, NULL, looked_at_cb, g_object_ref (self));
}

/* Goes where @link leads; takes it. */
static void
enter (WeftWindow *self,
       WeftLink   *link)
{
  if (link->kind == WEFT_LINK_JOIN)
    {
      join (self, link);
      return;
    }

  look_at_invite (self, link);
  weft_link_free (link);
}

static void
insecure_response_cb (WeftWindow     *self,
                      const char     *response,
                      AdwAlertDialog *question)
{
  if (g_str_equal (response, "accept"))
    enter (self, g_object_steal_data (G_OBJECT (question), "weft-link"));
  else if (self->notebook == NULL)
    weft_window_open_last (self);
}

/**
 * weft_window_open_link:
 * @self: a window
 * @text: a `weft:` link, or the address of an invite
 *
 * Joins the notebook of the link, or opens the page of it.
 */
void
weft_window_open_link (WeftWindow *self,
                       const char *text)
{
  g_autoptr(WeftLink) link = NULL;
  g_autoptr(GError) error = NULL;

  g_return_if_fail (WEFT_IS_WINDOW (self));

  link = weft_link_parse (text, &error);

  if (link == NULL)
    {
      weft_window_show_message (self, error->message);
    }
  else if (link->kind == WEFT_LINK_PAGE)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "win.open-page", "s", link->page);
    }
  else if (link->insecure)
    {
      AdwDialog *question = weft_insecure_question_new (link->relay);

      g_object_set_data_full (G_OBJECT (question), "weft-link", g_steal_pointer (&link),
                              (GDestroyNotify) weft_link_free);
      g_signal_connect_object (question, "response", G_CALLBACK (insecure_response_cb), self, G_CONNECT_SWAPPED);
      adw_dialog_present (question, GTK_WIDGET (self));
      return;
    }
  else
    {
      gboolean asks = link->kind == WEFT_LINK_INVITE;

      enter (self, g_steal_pointer (&link));
      if (asks)
        return;
    }

  if (self->notebook == NULL && self->file == NULL)
    weft_window_open_last (self);
}

/* --- Actions ------------------------------------------------------------------------------------------------ */

static void
open_link_cb (GtkWidget  *widget,
              const char *action_name,
              GVariant   *parameter)
{
  weft_window_open_link (WEFT_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
open_notebook_cb (GtkWidget  *widget,
                  const char *action_name,
                  GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  g_autoptr(GFile) file = g_file_new_for_path (g_variant_get_string (parameter, NULL));

  if (self->notebook == NULL || !g_file_equal (file, weft_notebook_get_file (self->notebook)))
    weft_window_open_notebook (self, file, NULL);
}

static GtkWidget *
create_name_dialog (WeftWindow  *self,
                    const char  *heading,
                    const char  *verb,
                    const char  *text,
                    GtkWidget  **entry_out)
{
  AdwDialog *dialog = adw_alert_dialog_new (heading, NULL);
  GtkWidget *group = adw_preferences_group_new ();
  GtkWidget *entry = adw_entry_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry), _ ("Title"));
  adw_entry_row_set_activates_default (ADW_ENTRY_ROW (entry), TRUE);
  gtk_editable_set_text (GTK_EDITABLE (entry), text);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (group), entry);

  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), group);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "accept", verb, NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "accept", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "accept");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_dialog_set_focus (dialog, entry);

  *entry_out = entry;

  return GTK_WIDGET (dialog);
}

static char *
dup_entry_text (AdwAlertDialog *dialog)
{
  GtkEditable *entry = g_object_get_data (G_OBJECT (dialog), "weft-entry");

  return g_strstrip (g_strdup (gtk_editable_get_text (entry)));
}

static void
rename_response_cb (AdwAlertDialog *dialog,
                    const char     *response,
                    WeftWindow     *self)
{
  g_autofree char *title = dup_entry_text (dialog);

  if (g_str_equal (response, "accept") && self->notebook != NULL && *title != '\0')
    weft_notebook_set_title (self->notebook, title);
}

static void
rename_notebook_cb (GtkWidget  *widget,
                    const char *action_name,
                    GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  GtkWidget *dialog, *entry;

  dialog = create_name_dialog (self, _ ("Rename Notebook"), _ ("_Rename"), weft_notebook_get_title (self->notebook),
                               &entry);
  g_object_set_data (G_OBJECT (dialog), "weft-entry", entry);
  g_signal_connect_object (dialog, "response", G_CALLBACK (rename_response_cb), self, 0);
  adw_dialog_present (ADW_DIALOG (dialog), widget);
}

static void
new_response_cb (AdwAlertDialog *dialog,
                 const char     *response,
                 WeftWindow     *self)
{
  g_autoptr(GFile) file = NULL;

  if (!g_str_equal (response, "accept"))
    return;

  file = weft_library_new_file ();
  weft_window_open_notebook (self, file, NULL);
  self->new_title = dup_entry_text (dialog);
}

static void
new_notebook_cb (GtkWidget  *widget,
                 const char *action_name,
                 GVariant   *parameter)
{
  WeftWindow *self = WEFT_WINDOW (widget);
  GtkWidget *dialog, *entry;

  dialog = create_name_dialog (self, _ ("New Notebook"), _ ("_Create"), "", &entry);
  g_object_set_data (G_OBJECT (dialog), "weft-entry", entry);
  g_signal_connect_object (dialog, "response", G_CALLBACK (new_response_cb), self, 0);
  adw_dialog_present (ADW_DIALOG (dialog), widget);
}

void
weft_window_install_notebook_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.open-link", "s", open_link_cb);
  gtk_widget_class_install_action (widget_class, "win.open-notebook", "s", open_notebook_cb);
  gtk_widget_class_install_action (widget_class, "win.new-notebook", NULL, new_notebook_cb);
  gtk_widget_class_install_action (widget_class, "win.rename-notebook", NULL, rename_notebook_cb);
}
