/* weft-window.h - a window: the page tree beside the page that is open
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "sync/weft-link.h"
#include "app/weft-application.h"
#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_WINDOW (weft_window_get_type ())
G_DECLARE_FINAL_TYPE (WeftWindow, weft_window, WEFT, WINDOW, AdwApplicationWindow)

WeftWindow   *weft_window_new           (WeftApplication *application) G_GNUC_WARN_UNUSED_RESULT;
WeftNotebook *weft_window_get_notebook  (WeftWindow      *self);
WeftPage     *weft_window_get_page      (WeftWindow      *self);
void          weft_window_open_notebook (WeftWindow      *self,
                                         GFile           *file,
                                         WeftLink        *link);
void          weft_window_open_last     (WeftWindow      *self);
void          weft_window_open_link     (WeftWindow      *self,
                                         const char      *text);
void          weft_window_open_page     (WeftWindow      *self,
                                         WeftPage        *page,
                                         gboolean         to_front);
void          weft_window_create_page   (WeftWindow      *self,
                                         WeftPageKind     kind);
void          weft_window_import        (WeftWindow      *self,
                                         GListModel      *files,
                                         WeftPage        *parent);
gboolean      weft_window_ask_before_loss (WeftWindow    *self);

G_END_DECLS
