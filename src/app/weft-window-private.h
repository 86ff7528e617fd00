/* weft-window-private.h - what the parts of WeftWindow share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/weft-board-view.h"
#include "app/notes/weft-note-view.h"
#include "app/share/weft-people-button.h"
#include "app/share/weft-status-button.h"
#include "app/weft-conflict-panel.h"
#include "app/weft-history-panel.h"
#include "app/weft-moment.h"
#include "app/weft-review-panel.h"
#include "app/weft-sidebar.h"
#include "app/weft-version-view.h"
#include "app/weft-window.h"

/* What the banner says; the first that applies, in this order. */
typedef enum
{
  WEFT_BANNER_NONE,
  WEFT_BANNER_NOT_SAVED,
  WEFT_BANNER_STUCK,
  WEFT_BANNER_TRASHED,
  WEFT_BANNER_READ_ONLY,
  WEFT_BANNER_DENIED,
  WEFT_BANNER_NOTICE,
  WEFT_BANNER_AWAY,
  WEFT_BANNER_OFFLINE,
} WeftBannerKind;

struct _WeftWindow
{
  AdwApplicationWindow    parent_instance;

  AdwToastOverlay        *toasts;
  AdwNavigationSplitView *split_view;
  AdwNavigationPage      *content_page;
  AdwOverlaySplitView    *conflicts_view;
  GtkStack               *side_stack;
  WeftConflictPanel      *conflict_panel;
  WeftReviewPanel        *review_panel;
  WeftHistoryPanel       *history_panel;
  WeftSidebar            *sidebar;
  GtkMenuButton          *title_button;
  GtkLabel               *title_label;
  GtkPopover             *title_popover;
  GtkEntry               *title_entry;
  WeftPeopleButton       *people_button;
  WeftStatusButton       *status_button;
  GtkToggleButton        *conflicts_button;
  GtkLabel               *conflicts_count;
  GtkMenuButton          *menu_button;
  AdwBanner              *banner;
  GtkStack               *stack;
  AdwStatusPage          *trouble_page;
  GtkButton              *trouble_button;
  AdwStatusPage          *none_page;
  GtkButton              *none_button;
  WeftNoteView           *note_view;
  WeftBoardView          *board_view;
  WeftVersionView        *version_view;

  WeftNotebook           *notebook;     /* nullable */
  WeftPage               *page;         /* nullable: the page that is open, or is being opened */
  WeftDocument           *document;     /* nullable: open */
  WeftHistory            *history;      /* nullable: of the page, while one looks back at it */
  GCancellable           *opening;      /* nullable: ends the opening of a page that is wanted no more */
  guint                   spinner_source;
  char                   *wanted_page;  /* nullable: a page that a link names and that has not arrived */
  guint                   wanted_at;      /* character of the note that is being opened */
  guint                   wanted_chars;   /* as many to select there; 0: none */
  WeftAny                *wanted_line;    /* nullable: a relative position in that note, whose line to select */
  char                   *wanted_element; /* nullable: what to show on the board that is being opened */
  gboolean                seeks_page;   /* what was open last is not among the pages that are there already */
  gboolean                expects_page; /* joined just now: open what arrives first */
  gint64                  focus_left;   /* when the keyboard last left the page, monotonic us; 0: it is there */
  gboolean                wants_focus;  /* the page that is being opened gets the keyboard */

  GFile                  *file;         /* of the notebook that is open or could not be opened */
  WeftLink               *link;         /* nullable: what to do once it is open */
  char                   *new_title;    /* nullable: what a notebook that is being made is called */
  GListModel             *new_files;    /* nullable: to be imported once the notebook is open */
  gboolean                wants_new;    /* a page of @new_kind is to be made once the notebook is open */
  WeftPageKind            new_kind;
  gboolean                is_fresh;     /* the file was not there before */
  gboolean                is_missing;   /* the file was there once, and is not to be made anew */

  WeftBannerKind          banner_kind;
  gboolean                was_offline;
  gboolean                notice_read;
};

/* weft-window.c */
void weft_window_show_message     (WeftWindow *self,
                                   const char *message);
void weft_window_update_actions   (WeftWindow *self);
void weft_window_focus_content    (WeftWindow *self);

/* weft-window.c */
void weft_window_show_none        (WeftWindow *self);

/* weft-window-banner.c */
void weft_window_update_banner    (WeftWindow *self);
void weft_window_init_banner      (WeftWindow *self);
void weft_window_bind_banner      (GtkWidgetClass *widget_class);

/* weft-window-narrow.c */
void weft_window_bind_narrow      (GtkWidgetClass *widget_class);

/* weft-window-review.c */
/* Another page: the review is over, without a word about what was seen. */
void weft_window_end_review       (WeftWindow *self);
void weft_window_install_review_actions (GtkWidgetClass *widget_class);

/* weft-window-history.c */
void     weft_window_look_back           (WeftWindow *self,
                                          const char *panel);
void     weft_window_end_looking_back    (WeftWindow *self);
gboolean weft_window_is_in_history       (WeftWindow *self);
void     weft_window_init_history        (WeftWindow *self);
void     weft_window_install_history_actions (GtkWidgetClass *widget_class);

/* weft-window-loss.c */
void weft_window_show_trouble     (WeftWindow   *self,
                                   const char   *heading,
                                   GFile        *file,
                                   const GError *error);

/* weft-window-actions.c */
void weft_window_install_actions  (GtkWidgetClass *widget_class);

/* weft-window-notebook.c */
void weft_window_set_notebook     (WeftWindow   *self,
                                   WeftNotebook *notebook);
void weft_window_install_notebook_actions (GtkWidgetClass *widget_class);

/* weft-window-files.c */
void weft_window_export           (WeftWindow *self,
                                   WeftPage   *page,
                                   gboolean    as_picture);
void weft_window_install_file_actions (GtkWidgetClass *widget_class);
/* A dialog with a line for each. */
void weft_window_show_problems   (WeftWindow *self,
                                  const char *heading,
                                  GStrv       problems);

/* weft-window-copies.c */
void weft_window_install_copy_actions (GtkWidgetClass *widget_class);
