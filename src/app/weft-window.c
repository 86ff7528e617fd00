/* weft-window.c - a window: the page tree beside the page that is open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-window-private.h"

#include <glib/gi18n.h>

#include "app/weft-accels.h"
#include "app/weft-settings.h"

/* Opening takes a few milliseconds; a spinner that flashes would be all that one sees. */
#define SPINNER_DELAY_MS 200

/* A choice between what two people did is looked at longer than other messages. */
#define CHOICE_TOAST_S 10

G_DEFINE_FINAL_TYPE (WeftWindow, weft_window, ADW_TYPE_APPLICATION_WINDOW)

/**
 * weft_window_show_message:
 * @self: a window
 * @message: a sentence
 *
 * Tells something that needs no answer.
 */
void
weft_window_show_message (WeftWindow *self,
                          const char *message)
{
  AdwToast *toast = adw_toast_new (message);

  adw_toast_set_use_markup (toast, FALSE);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

void
weft_window_focus_content (WeftWindow *self)
{
  GtkWidget *child = gtk_stack_get_visible_child (self->stack);

  if (child != NULL && !gtk_widget_grab_focus (child))
    gtk_widget_child_focus (child, GTK_DIR_TAB_FORWARD);
}

/* --- The title ---------------------------------------------------------------------------------------------- */

/* The header tells which page is wanted, the window which one is on the screen: while a page is being opened, what one
 * types goes to the page before. */
static void
update_title (WeftWindow *self)
{
  const char *title = self->page != NULL ? weft_page_get_display_title (self->page) : NULL;
  WeftPage *shown = self->opening == NULL ? self->page : NULL;
  g_autofree char *window_title = NULL;

  if (self->document != NULL)
    shown = weft_document_get_page (self->document);

  if (shown != NULL)
    /* Translators: the title of the window; %s is the title of the page */
    window_title = g_strdup_printf (_ ("%s – Weft"), weft_page_get_display_title (shown));
  else
    window_title = g_strdup (_ ("Weft"));

  gtk_window_set_title (GTK_WINDOW (self), window_title);
  gtk_label_set_text (self->title_label, title != NULL ? title : _ ("Weft"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->title_button), self->page != NULL);
  adw_navigation_page_set_title (self->content_page, title != NULL ? title : _ ("Weft"));
}

static void
page_changed_cb (WeftWindow *self)
{
  update_title (self);
  weft_window_update_banner (self);
  weft_window_update_actions (self);
}

/* Back from the trash, or into it: the tree has a row for it, or none. */
static void
trashed_changed_cb (WeftWindow *self)
{
  weft_sidebar_set_page (self->sidebar, self->page);
  page_changed_cb (self);
}

static void
title_popover_mapped_cb (WeftWindow *self)
{
  if (self->page == NULL)
    return;

  gtk_editable_set_text (GTK_EDITABLE (self->title_entry), weft_page_get_title (self->page));
  gtk_entry_set_placeholder_text (self->title_entry, weft_page_get_display_title (self->page));
  gtk_widget_grab_focus (GTK_WIDGET (self->title_entry));
}

static void
title_entered_cb (WeftWindow *self)
{
  g_autofree char *title = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->title_entry))));

  if (self->page != NULL && g_strcmp0 (title, weft_page_get_title (self->page)) != 0)
    weft_notebook_rename_page (self->notebook, self->page, title);

  gtk_popover_popdown (self->title_popover);
}

static void
title_popover_closed_cb (WeftWindow *self)
{
  weft_window_focus_content (self);
}

/* --- The page ----------------------------------------------------------------------------------------------- */

/*< private >
 * weft_window_show_none:
 * @self: a window where no page is open
 *
 * Says why, and what to do.
 */
void
weft_window_show_none (WeftWindow *self)
{
  WeftSyncState state = self->notebook != NULL ? weft_notebook_get_sync_state (self->notebook) : WEFT_SYNC_LOCAL;
  /* All that the relay has is here. */
  gboolean in_step = state == WEFT_SYNC_SENT || state == WEFT_SYNC_SAFE;
  const char *title = _ ("No Page Open");
  const char *text = _ ("Choose a page, or begin a new one.");

  if (self->seeks_page)
    {
      title = _ ("Reading the Notebook");
      text = _ ("The page appears as soon as it is found.");
    }
  else if (!in_step && (self->wanted_page != NULL || self->expects_page))
    {
      title = _ ("Waiting for Pages");
      text = _ ("They appear as soon as the relay has sent them.");
    }
  else if (self->notebook != NULL && weft_notebook_lacks_changes (self->notebook))
    {
      title = _ ("Pages Are Missing");
      text = _ ("What is here builds on changes that the relay never got. "
                "It appears when whoever made them opens this notebook again while connected.");
    }
  else if (self->wanted_page != NULL)
    {
      title = _ ("Page Not Found");
      text = _ ("The page of this link is not in the notebook (any more).");
    }
  else if (self->notebook != NULL && g_list_model_get_n_items (weft_notebook_get_pages (self->notebook)) == 0)
    {
      title = _ ("No Pages Yet");
      text = self->expects_page ? _ ("Begin one: everybody who has joined sees it.") : _ ("Begin a note or a board.");
    }

  adw_status_page_set_title (self->none_page, title);
  adw_status_page_set_description (self->none_page, text);
  gtk_stack_set_visible_child_name (self->stack, "none");
}

static void
away_changed_cb (WeftWindow *self)
{
  weft_window_update_banner (self);
  weft_window_update_actions (self);
}

static void
set_document (WeftWindow   *self,
              WeftDocument *document)
{
  WeftPageKind kind = document != NULL ? weft_page_get_kind (weft_document_get_page (document)) : WEFT_PAGE_OTHER;

  if (self->document != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->document, weft_window_update_actions, self);
      g_signal_handlers_disconnect_by_func (self->document, weft_window_update_banner, self);
      g_signal_handlers_disconnect_by_func (self->document, away_changed_cb, self);
    }

  if (document != self->document)
    weft_window_end_review (self);

  g_set_object (&self->document, document);

  weft_note_view_set_document (self->note_view, kind == WEFT_PAGE_NOTE ? document : NULL);
  weft_board_view_set_document (self->board_view, kind == WEFT_PAGE_BOARD ? document : NULL);

  if (document != NULL)
    {
      g_signal_connect_swapped (document, "notify::can-undo", G_CALLBACK (weft_window_update_actions), self);
      g_signal_connect_swapped (document, "notify::can-redo", G_CALLBACK (weft_window_update_actions), self);
      g_signal_connect_swapped (document, "notify::read-only", G_CALLBACK (weft_window_update_banner), self);

      g_signal_connect_swapped (document, "notify::n-away", G_CALLBACK (away_changed_cb), self);

      gtk_stack_set_visible_child_name (self->stack, kind == WEFT_PAGE_NOTE    ? "note"
                                                     : kind == WEFT_PAGE_BOARD ? "board"
                                                                               : "other");
    }

  update_title (self);
  weft_window_update_banner (self);
  weft_window_update_actions (self);
}

static void
end_opening (WeftWindow *self)
{
  g_clear_handle_id (&self->spinner_source, g_source_remove);

  if (self->opening != NULL)
    {
      g_cancellable_cancel (self->opening);
      g_clear_object (&self->opening);
    }
}

static gboolean
show_spinner_cb (gpointer user_data)
{
  WeftWindow *self = user_data;

  self->spinner_source = 0;
  set_document (self, NULL);
  gtk_stack_set_visible_child_name (self->stack, "loading");

  return G_SOURCE_REMOVE;
}

/* Once the page is there, the place that something was said about. */
static void
show_wanted_place (WeftWindow *self)
{
  g_autofree char *id = g_steal_pointer (&self->wanted_element);
  g_autoptr(WeftAny) line = g_steal_pointer (&self->wanted_line);
  guint n_chars = self->wanted_chars;

  self->wanted_chars = 0;
  if (line != NULL && self->document != NULL && weft_page_get_kind (self->page) == WEFT_PAGE_NOTE)
    weft_note_view_show_line (self->note_view, line);
  if (n_chars > 0 && self->document != NULL && weft_page_get_kind (self->page) == WEFT_PAGE_NOTE)
    weft_note_view_show_range (self->note_view, self->wanted_at, n_chars);

  if (id != NULL && self->document != NULL && weft_page_get_kind (self->page) == WEFT_PAGE_BOARD)
    weft_board_view_show_element (self->board_view, id);
}

/* @document is that of the page which is wanted. */
static void
show_document (WeftWindow   *self,
               WeftDocument *document)
{
  set_document (self, document);
  show_wanted_place (self);

  if (self->wants_focus)
    weft_window_focus_content (self);
}

static void
document_opened_cb (GObject      *object,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(WeftDocument) document = NULL;
  g_autoptr(GError) error = NULL;

  document = weft_notebook_open_document_finish (WEFT_NOTEBOOK (object), result, &error);

  /* Another page is wanted by now, or another notebook, or the window is closed. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->page == NULL ||
      WEFT_NOTEBOOK (object) != self->notebook ||
      (document != NULL && weft_document_get_page (document) != self->page))
    return;

  g_clear_handle_id (&self->spinner_source, g_source_remove);
  g_clear_object (&self->opening);

  if (document == NULL)
    {
      set_document (self, NULL);
      weft_window_show_trouble (self, _ ("Page Cannot Be Opened"), NULL, error);
      return;
    }

  show_document (self, document);
}

static void
set_page (WeftWindow *self,
          WeftPage   *page)
{
  if (self->page == page)
    return;

  if (self->page != NULL)
    {
      g_signal_handlers_disconnect_by_func (self->page, page_changed_cb, self);
      g_signal_handlers_disconnect_by_func (self->page, trashed_changed_cb, self);
    }

  g_set_object (&self->page, page);

  if (page != NULL)
    {
      g_signal_connect_swapped (page, "notify::display-title", G_CALLBACK (page_changed_cb), self);
      g_signal_connect_swapped (page, "notify::trashed", G_CALLBACK (trashed_changed_cb), self);
    }

  page_changed_cb (self);
}

/* In a narrow window the panel of what collided lies over the page. */
static void
uncover_page (WeftWindow *self)
{
  if (adw_overlay_split_view_get_collapsed (self->conflicts_view))
    adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);
}

/**
 * weft_window_open_page:
 * @self: a window
 * @page: (nullable): a page of its notebook; %NULL shows none
 * @to_front: whether the page gets the keyboard, and at phone width takes the place of the list
 */
void
weft_window_open_page (WeftWindow *self,
                       WeftPage   *page,
                       gboolean    to_front)
{
  g_autoptr(WeftDocument) document = NULL;

  g_return_if_fail (WEFT_IS_WINDOW (self));
  g_return_if_fail (page == NULL || self->notebook != NULL);

  if (to_front)
    {
      adw_navigation_split_view_set_show_content (self->split_view, TRUE);
      uncover_page (self);
    }

  if (page != NULL && page == self->page && (self->document != NULL || self->opening != NULL))
    {
      if (self->document != NULL && to_front)
        weft_window_focus_content (self);
      self->wants_focus |= to_front;
      return;
    }

  end_opening (self);
  document = page != NULL ? weft_notebook_lookup_document (self->notebook, page) : NULL;
  if (page != NULL && document == NULL)
    self->opening = g_cancellable_new ();
  g_clear_pointer (&self->wanted_element, g_free);
  g_clear_pointer (&self->wanted_line, weft_any_unref);
  self->wanted_chars = 0;
  set_page (self, page);
  weft_sidebar_set_page (self->sidebar, page);
  self->wants_focus = to_front;

  if (self->notebook != NULL)
    weft_notebook_set_current_page (self->notebook, page);

  if (page == NULL)
    {
      set_document (self, NULL);
      weft_window_show_none (self);
      return;
    }

  g_clear_pointer (&self->wanted_page, g_free);
  self->expects_page = FALSE;
  self->seeks_page = FALSE;
  g_settings_set_string (weft_settings_get_default (), "last-page", weft_page_get_id (page));

  if (document != NULL)
    {
      show_document (self, document);
      return;
    }

  /* Until it is there the page before stays on the screen; it is what one still writes in. */
  self->spinner_source = g_timeout_add (SPINNER_DELAY_MS, show_spinner_cb, self);
  weft_notebook_open_document_async (self->notebook, page, self->opening, document_opened_cb, g_object_ref (self));
}

static void
open_page_cb (WeftWindow *self,
              WeftPage   *page,
              gboolean    to_front)
{
  weft_window_open_page (self, page, to_front);
}

static void
open_result_cb (WeftWindow       *self,
                WeftSearchResult *result)
{
  const char *element = weft_search_result_get_element (result);

  weft_window_open_page (self, weft_search_result_get_page (result), TRUE);
  g_free (self->wanted_element);
  self->wanted_element = *element != '\0' ? g_strdup (element) : NULL;
  if (!weft_search_result_get_range (result, &self->wanted_at, &self->wanted_chars))
    self->wanted_chars = 0;
  if (self->opening == NULL)
    show_wanted_place (self);
}

static void
export_page_cb (WeftWindow *self,
                WeftPage   *page,
                gboolean    as_picture)
{
  weft_window_export (self, page, as_picture);
}

static void
import_cb (WeftWindow *self,
           GListModel *files,
           WeftPage   *parent)
{
  weft_window_import (self, files, parent);
}

static void
try_again_cb (WeftWindow *self)
{
  if (self->notebook == NULL)
    {
      if (self->is_missing)
        weft_window_open_last (self);
      else if (self->file != NULL)
        weft_window_open_notebook (self, self->file, g_steal_pointer (&self->link));
      return;
    }

  if (self->page != NULL)
    {
      g_autoptr(WeftPage) page = g_object_ref (self->page);

      set_page (self, NULL);
      weft_window_open_page (self, page, TRUE);
    }
}

/* --- What collided ------------------------------------------------------------------------------------------ */

static void
conflict_chosen_cb (WeftWindow       *self,
                    WeftConflictItem *item)
{
  WeftPage *page = weft_notebook_lookup_page (self->notebook, weft_conflict_item_get_page_id (item));

  if (page == NULL)
    return;

  weft_window_open_page (self, page, FALSE);
  uncover_page (self);
  g_free (self->wanted_element);
  self->wanted_element = g_strdup (weft_conflict_item_get_element_id (item));
  g_clear_pointer (&self->wanted_line, weft_any_unref);
  self->wanted_line = weft_conflict_item_dup_position (item);
  if (self->opening == NULL)
    show_wanted_place (self);
}

static void
choice_undone_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr(WeftWindow) self = user_data;
  g_autoptr(GError) error = NULL;

  if (!weft_notebook_undo_choice_finish (WEFT_NOTEBOOK (source), result, &error)
      && self->notebook == WEFT_NOTEBOOK (source))
    weft_window_show_message (self, error->message);
}

static void
undo_choice_cb (WeftWindow *self,
                AdwToast   *toast)
{
  if (self->notebook != NULL)
    weft_notebook_undo_choice_async (self->notebook, g_object_get_data (G_OBJECT (toast), "weft-conflict"),
                                     choice_undone_cb, g_object_ref (self));
}

static void
conflict_settled_cb (WeftWindow       *self,
                     WeftConflictItem *item)
{
  AdwToast *toast = adw_toast_new (_ ("Settled for everyone"));

  adw_toast_set_timeout (toast, CHOICE_TOAST_S);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  g_object_set_data_full (G_OBJECT (toast), "weft-conflict", g_object_ref (item), g_object_unref);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (undo_choice_cb), self, G_CONNECT_SWAPPED);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static gboolean
shows_people_cb (WeftWindow *self,
                 gboolean    narrow,
                 gboolean    conflicts_visible)
{
  return !narrow || !conflicts_visible;
}

static void
conflicts_closed_cb (WeftWindow *self)
{
  adw_overlay_split_view_set_show_sidebar (self->conflicts_view, FALSE);
}

/* --- The class ---------------------------------------------------------------------------------------------- */

/*< private >
 * weft_window_update_actions:
 * @self: a window
 *
 * The one place where `win.*` is enabled and disabled.
 */
void
weft_window_update_actions (WeftWindow *self)
{
  static const char *const needs_notebook[] = {
    "win.search", "win.share", "win.new-note",  "win.new-board",     "win.focus-pages", "win.open-page",
    "win.tour",   "win.join",  "win.import-files", "win.import-folder", "win.rename-notebook", "win.show-conflicts",
    "win.back-up", "win.export-all", "win.fork-notebook",
  };
  /* These change the notebook, which the relay may let us only read. */
  static const char *const needs_writing[] = {
    "win.new-note", "win.new-board", "win.tour", "win.import-files", "win.import-folder", "win.rename-notebook",
  };
  gboolean read_only = FALSE;
  GtkWidget *widget = GTK_WIDGET (self);

  for (gsize i = 0; i < G_N_ELEMENTS (needs_notebook); i++)
    gtk_widget_action_set_enabled (widget, needs_notebook[i], self->notebook != NULL);

  if (self->notebook != NULL)
    g_object_get (self->notebook, "read-only", &read_only, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (needs_writing); i++)
    gtk_widget_action_set_enabled (widget, needs_writing[i], self->notebook != NULL && !read_only);

  /* What one looks at is not what undo would change. */
  gtk_widget_action_set_enabled (widget, "win.undo",
                                 self->document != NULL && !weft_window_is_in_history (self)
                                   && weft_document_get_can_undo (self->document));
  gtk_widget_action_set_enabled (widget, "win.redo",
                                 self->document != NULL && !weft_window_is_in_history (self)
                                   && weft_document_get_can_redo (self->document));
  gtk_widget_action_set_enabled (widget, "win.review",
                                 self->document != NULL && weft_document_get_n_away (self->document) > 0);
  gtk_widget_action_set_enabled (widget, "win.history", self->document != NULL);
  gtk_widget_action_set_enabled (widget, "win.export-page", self->document != NULL);
  gtk_widget_action_set_enabled (widget, "win.export-picture",
                                 self->document != NULL && self->page != NULL &&
                                   weft_page_get_kind (self->page) == WEFT_PAGE_BOARD);
  gtk_widget_action_set_enabled (widget, "win.rename-page", self->page != NULL && !read_only);
}

static gboolean
weft_window_close_request (GtkWindow *window)
{
  GSettings *settings = weft_settings_get_default ();
  int width, height;

  /* The application, and what is only in its memory, ends with the last window. */
  if (g_list_length (gtk_application_get_windows (gtk_window_get_application (window))) == 1 &&
      weft_window_ask_before_loss (WEFT_WINDOW (window)))
    return TRUE;

  gtk_window_get_default_size (window, &width, &height);
  g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
  if (width > 0 && height > 0)
    {
      g_settings_set_int (settings, "window-width", MAX (width, 360));
      g_settings_set_int (settings, "window-height", MAX (height, 294));
    }

  return GTK_WINDOW_CLASS (weft_window_parent_class)->close_request (window);
}

static void
weft_window_dispose (GObject *object)
{
  WeftWindow *self = WEFT_WINDOW (object);

  end_opening (self);

  if (self->stack != NULL)
    {
      set_document (self, NULL);
      set_page (self, NULL);
      weft_window_set_notebook (self, NULL);
    }

  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_WINDOW);

  g_clear_object (&self->file);
  g_clear_pointer (&self->link, weft_link_free);
  g_clear_pointer (&self->wanted_page, g_free);
  g_clear_pointer (&self->wanted_element, g_free);
  g_clear_pointer (&self->wanted_line, weft_any_unref);
  g_clear_pointer (&self->new_title, g_free);
  g_clear_object (&self->new_files);

  G_OBJECT_CLASS (weft_window_parent_class)->dispose (object);
}

static void
weft_window_class_init (WeftWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = weft_window_close_request;

  g_type_ensure (WEFT_TYPE_SIDEBAR);
  g_type_ensure (WEFT_TYPE_CONFLICT_PANEL);
  g_type_ensure (WEFT_TYPE_REVIEW_PANEL);
  g_type_ensure (WEFT_TYPE_HISTORY_PANEL);
  g_type_ensure (WEFT_TYPE_VERSION_VIEW);
  g_type_ensure (WEFT_TYPE_STATUS_BUTTON);
  g_type_ensure (WEFT_TYPE_PEOPLE_BUTTON);
  g_type_ensure (WEFT_TYPE_NOTE_VIEW);
  g_type_ensure (WEFT_TYPE_BOARD_VIEW);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-window.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, split_view);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, content_page);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, conflicts_view);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, side_stack);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, conflict_panel);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, review_panel);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, history_panel);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, sidebar);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, title_button);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, title_label);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, title_popover);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, title_entry);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, people_button);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, status_button);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, conflicts_button);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, conflicts_count);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, banner);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, trouble_page);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, trouble_button);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, none_page);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, note_view);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, board_view);
  gtk_widget_class_bind_template_child (widget_class, WeftWindow, version_view);
  gtk_widget_class_bind_template_callback (widget_class, title_popover_mapped_cb);
  gtk_widget_class_bind_template_callback (widget_class, title_popover_closed_cb);
  gtk_widget_class_bind_template_callback (widget_class, title_entered_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_page_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_result_cb);
  gtk_widget_class_bind_template_callback (widget_class, export_page_cb);
  gtk_widget_class_bind_template_callback (widget_class, import_cb);
  gtk_widget_class_bind_template_callback (widget_class, try_again_cb);
  gtk_widget_class_bind_template_callback (widget_class, conflict_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, conflict_settled_cb);
  gtk_widget_class_bind_template_callback (widget_class, conflicts_closed_cb);
  gtk_widget_class_bind_template_callback (widget_class, shows_people_cb);
  weft_window_bind_banner (widget_class);
  weft_window_bind_narrow (widget_class);

  weft_window_install_actions (widget_class);
  weft_window_install_notebook_actions (widget_class);
  weft_window_install_file_actions (widget_class);
  weft_window_install_review_actions (widget_class);
  weft_window_install_history_actions (widget_class);
  weft_window_install_copy_actions (widget_class);
}

/* A breakpoint that collapses or expands a part unmaps it for a moment, and takes the keyboard from the page. */
#define FOCUS_LOST_US G_USEC_PER_SEC

static void
focus_changed_cb (WeftWindow *self)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));

  if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->stack)))
    self->focus_left = 0;
  else if (self->focus_left == 0)
    self->focus_left = g_get_monotonic_time ();
}

static gboolean
restore_focus_cb (gpointer user_data)
{
  WeftWindow *self = user_data;

  if (self->document != NULL && self->focus_left != 0)
    weft_window_focus_content (self);

  return G_SOURCE_REMOVE;
}

/* Whether it was the folding that took the keyboard is known now; drawing the new layout may take long. */
static void
part_folded_cb (WeftWindow *self)
{
  if (self->focus_left != 0 && g_get_monotonic_time () - self->focus_left < FOCUS_LOST_US)
    g_timeout_add_full (G_PRIORITY_DEFAULT, 60, restore_focus_cb, g_object_ref (self), g_object_unref);
}

static void
weft_window_init (WeftWindow *self)
{
  GSettings *settings = weft_settings_get_default ();

  gtk_widget_init_template (GTK_WIDGET (self));

  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));

  g_signal_connect (self, "notify::focus-widget", G_CALLBACK (focus_changed_cb), NULL);
  g_signal_connect_swapped (self->conflicts_view, "notify::collapsed", G_CALLBACK (part_folded_cb), self);
  g_signal_connect_object (self->stack, "map", G_CALLBACK (part_folded_cb), self, G_CONNECT_SWAPPED);

  weft_accels_add_to_window (GTK_WINDOW (self));
  weft_window_init_history (self);
  weft_window_init_banner (self);
  update_title (self);
  weft_window_update_actions (self);
}

/**
 * weft_window_new:
 * @application: the application
 *
 * Returns: a window without a notebook
 */
WeftWindow *
weft_window_new (WeftApplication *application)
{
  return g_object_new (WEFT_TYPE_WINDOW, "application", application, NULL);
}

/**
 * weft_window_get_notebook:
 * @self: a window
 *
 * Returns: (transfer none) (nullable): the notebook that it shows
 */
WeftNotebook *
weft_window_get_notebook (WeftWindow *self)
{
  g_return_val_if_fail (WEFT_IS_WINDOW (self), NULL);

  return self->notebook;
}

/**
 * weft_window_get_page:
 * @self: a window
 *
 * Returns: (transfer none) (nullable): the page that it shows
 */
WeftPage *
weft_window_get_page (WeftWindow *self)
{
  g_return_val_if_fail (WEFT_IS_WINDOW (self), NULL);

  return self->page;
}
