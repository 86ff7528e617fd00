/* weft-sidebar-private.h - what the halves of WeftSidebar share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/weft-notebook-switcher.h"
#include "app/weft-sidebar.h"
#include "app/weft-trash-view.h"
#include "model/weft-tree-list.h"

struct _WeftSidebar
{
  AdwBin                parent_instance;

  GtkLabel             *notebook_title;
  GtkMenuButton        *notebook_button;
  WeftNotebookSwitcher *switcher;
  GtkSearchEntry       *search_entry;
  GtkStack             *stack;
  GtkListView          *tree_view;
  GtkListView          *results_view;
  GtkLabel             *more_results;
  WeftTrashView        *trash_view;
  GtkToggleButton      *trash_button;
  GtkProgressBar       *search_progress;
  GtkProgressBar       *loading_progress;
  GMenuModel           *page_menu;
  GtkPopover           *menu; /* made when first asked for */

  WeftNotebook         *notebook;
  GtkSingleSelection   *selection; /* owned; of #WeftTreeRow */
  WeftTreeList         *tree;      /* owned; of #WeftPage */

  GCancellable         *finding;   /* nullable: what is being looked for */
  GtkSliceListModel    *shown_results; /* nullable: those that have rows already */
  guint                 more_source;
  gboolean              wants_first_result; /* Enter was pressed before it was there */

  WeftPage             *page;      /* nullable: the page that is open */
  WeftPage             *menu_page; /* nullable: the page that the open menu is about */
  guint                 focus_source;   /* a tick callback */
  guint                 focus_frames;
  gboolean              menu_used;      /* something of the menu was chosen */
  gboolean              menu_had_focus; /* the tree had the keyboard when the menu came */
  gboolean              selecting; /* we move the selection, not a person */
};

/* weft-sidebar-actions.c */
void      weft_sidebar_install_actions (GtkWidgetClass *widget_class);
void      weft_sidebar_update_actions  (WeftSidebar    *self);

/* weft-sidebar-search.c */
void      weft_sidebar_init_search     (WeftSidebar    *self);
void      weft_sidebar_end_search      (WeftSidebar    *self);
void      weft_sidebar_search_changed  (WeftSidebar    *self);
void      weft_sidebar_search_progressed (WeftSidebar  *self);
void      weft_sidebar_search_activate (WeftSidebar    *self);
void      weft_sidebar_open_result     (WeftSidebar    *self,
                                        guint           position);
gboolean  weft_sidebar_has_results     (WeftSidebar    *self);

/* weft-sidebar.c */
void      weft_sidebar_update_stack    (WeftSidebar    *self);
WeftPage *weft_sidebar_get_target      (WeftSidebar    *self);
void      weft_sidebar_reveal          (WeftSidebar    *self,
                                        WeftPage       *page);
gboolean  weft_sidebar_tree_has_focus  (WeftSidebar    *self);
void      weft_sidebar_focus_selected  (WeftSidebar    *self);
void      weft_sidebar_open            (WeftSidebar    *self,
                                        WeftPage       *page,
                                        gboolean        to_front);
void      weft_sidebar_request_export  (WeftSidebar    *self,
                                        WeftPage       *page,
                                        gboolean        as_picture);
