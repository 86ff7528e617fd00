/* weft-sidebar-search.c - the search in titles and texts, and what it found
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-sidebar-private.h"

#include <glib/gi18n.h>

#include "app/weft-search-row.h"

/* So many fill the sidebar of a tall window, and so many more are made in half a frame. */
#define N_ROWS_FIRST 20
#define N_ROWS_MORE  10

/* --- The rows ----------------------------------------------------------------------------------------------- */

static void
setup_cb (GtkSignalListItemFactory *factory,
          GtkListItem              *item,
          gpointer                  user_data)
{
  gtk_list_item_set_child (item, weft_search_row_new ());
}

static void
bind_cb (GtkSignalListItemFactory *factory,
         GtkListItem              *item,
         gpointer                  user_data)
{
  WeftSearchResult *result = gtk_list_item_get_item (item);
  g_autofree char *label = weft_search_row_dup_label (result);

  weft_search_row_bind (WEFT_SEARCH_ROW (gtk_list_item_get_child (item)), result);
  gtk_list_item_set_accessible_label (item, label);
}

/* Making rows takes GTK half a millisecond each: those that are seen come first, the others a few at a time. */
static gboolean
show_more_cb (gpointer user_data)
{
  WeftSidebar *self = user_data;
  guint n_shown = gtk_slice_list_model_get_size (self->shown_results) + N_ROWS_MORE;

  gtk_slice_list_model_set_size (self->shown_results, n_shown);
  if (n_shown < WEFT_MAX_FOUND)
    return G_SOURCE_CONTINUE;

  self->more_source = 0;
  return G_SOURCE_REMOVE;
}

static void
clear_results (WeftSidebar *self)
{
  g_clear_handle_id (&self->more_source, g_source_remove);
  g_clear_object (&self->shown_results);
  gtk_list_view_set_model (self->results_view, NULL);
}

/* @results: (transfer full) */
static void
show_results (WeftSidebar *self,
              GListModel  *results)
{
  g_autoptr(GtkSelectionModel) model = NULL;
  gboolean has_more = g_list_model_get_n_items (results) > N_ROWS_FIRST;

  g_clear_handle_id (&self->more_source, g_source_remove);
  g_clear_object (&self->shown_results);
  self->shown_results = gtk_slice_list_model_new (results, 0, N_ROWS_FIRST);
  model = GTK_SELECTION_MODEL (gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->shown_results))));
  gtk_list_view_set_model (self->results_view, model);
  if (has_more)
    self->more_source = g_idle_add (show_more_cb, self);
}

static GListModel *
get_results (WeftSidebar *self)
{
  return G_LIST_MODEL (gtk_list_view_get_model (self->results_view));
}

/* --- Looking ------------------------------------------------------------------------------------------------ */

static const char *
get_query (WeftSidebar *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->search_entry));
}

static void
stop_finding (WeftSidebar *self)
{
  if (self->finding != NULL)
    g_cancellable_cancel (self->finding);
  g_clear_object (&self->finding);
}

/* Who does not see what they look for should know that not all is there. */
static void
show_whether_more (WeftSidebar *self,
                   gboolean     more)
{
  g_autofree char *text = g_strdup_printf (ngettext ("Only the first %u page is shown. Another word finds fewer.",
                                                     "Only the first %u pages are shown. Another word finds fewer.",
                                                     WEFT_MAX_FOUND),
                                           WEFT_MAX_FOUND);

  gtk_label_set_text (self->more_results, text);
  gtk_widget_set_visible (GTK_WIDGET (self->more_results), more);
}

static void
found_cb (GObject      *object,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(WeftSidebar) self = user_data;
  g_autoptr(GError) error = NULL;
  GListModel *results = weft_notebook_find_finish (WEFT_NOTEBOOK (object), result, &error);
  guint n_results;

  /* Something else is looked for by now. */
  if (results == NULL || WEFT_NOTEBOOK (object) != self->notebook || self->finding == NULL)
    {
      g_clear_object (&results);
      return;
    }

  g_clear_object (&self->finding);
  n_results = g_list_model_get_n_items (results);
  show_results (self, results);
  show_whether_more (self, n_results >= WEFT_MAX_FOUND);
  weft_sidebar_update_stack (self);

  if (self->wants_first_result)
    weft_sidebar_search_activate (self);
}

/*< private >
 * weft_sidebar_search_changed:
 * @self: the sidebar
 *
 * Looks for what is typed. What was found before stays until there is something newer.
 */
void
weft_sidebar_search_changed (WeftSidebar *self)
{
  stop_finding (self);
  self->wants_first_result = FALSE;

  if (self->notebook == NULL || *get_query (self) == '\0')
    {
      clear_results (self);
      weft_sidebar_update_stack (self);
      return;
    }

  gtk_toggle_button_set_active (self->trash_button, FALSE);
  self->finding = g_cancellable_new ();
  weft_notebook_find_async (self->notebook, get_query (self), self->finding, found_cb, g_object_ref (self));
  weft_sidebar_update_stack (self);
}

/*< private >
 * weft_sidebar_search_progressed:
 * @self: the sidebar
 *
 * The index has more to tell than before.
 */
void
weft_sidebar_search_progressed (WeftSidebar *self)
{
  double progress = weft_notebook_get_search_progress (self->notebook);

  gtk_progress_bar_set_fraction (self->search_progress, progress);
  gtk_widget_set_visible (GTK_WIDGET (self->search_progress), progress < 1);

  /* Not while somebody walks through the list by keyboard. */
  if (progress == 1 && self->finding == NULL && *get_query (self) != '\0'
      && gtk_widget_get_focus_child (GTK_WIDGET (self->results_view)) == NULL)
    weft_sidebar_search_changed (self);
}

/*< private >
 * weft_sidebar_search_activate:
 * @self: the sidebar
 *
 * Enter in the entry: opens the best result, the one that is still being looked for included.
 */
void
weft_sidebar_search_activate (WeftSidebar *self)
{
  GListModel *results = get_results (self);

  self->wants_first_result = self->finding != NULL;
  if (!self->wants_first_result && results != NULL && g_list_model_get_n_items (results) > 0)
    weft_sidebar_open_result (self, 0);
}

/*< private >
 * weft_sidebar_open_result:
 * @self: the sidebar
 * @position: in the list
 */
void
weft_sidebar_open_result (WeftSidebar *self,
                          guint        position)
{
  g_autoptr(WeftSearchResult) result = g_list_model_get_item (get_results (self), position);

  if (result != NULL)
    g_signal_emit_by_name (self, "open-result", result);
}

/*< private >
 * weft_sidebar_has_results:
 * @self: the sidebar
 *
 * Returns: whether there is something to show, or may be soon
 */
gboolean
weft_sidebar_has_results (WeftSidebar *self)
{
  GListModel *results = get_results (self);

  return results != NULL ? g_list_model_get_n_items (results) > 0 : self->finding != NULL;
}

/*< private >
 * weft_sidebar_init_search:
 * @self: a new sidebar
 */
void
weft_sidebar_init_search (WeftSidebar *self)
{
  g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  gtk_list_view_set_factory (self->results_view, factory);
}

/*< private >
 * weft_sidebar_end_search:
 * @self: a sidebar that shows no notebook from now on
 */
void
weft_sidebar_end_search (WeftSidebar *self)
{
  stop_finding (self);
  clear_results (self);
}
