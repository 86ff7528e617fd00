/* weft-canvas-private.h - what the files of the canvas share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "app/board/tools/weft-board-tool.h"
#include "app/board/weft-board-pictures.h"
#include "app/board/weft-board-presence.h"
#include "app/board/weft-canvas.h"
#include "app/board/weft-text-editor.h"
#include "app/board/weft-tile-cache.h"

G_BEGIN_DECLS

struct _WeftCanvas
{
  GtkWidget            parent_instance;

  /* The board */
  WeftDocument        *document;
  WeftBoardModel      *model;
  gulong               changed_handler;
  GHashTable          *selection; /* ids */
  WeftBoardStyle       style;

  /* What is seen */
  WeftViewport         viewport;
  gboolean             placed;      /* the first fit is done */
  WeftTileCache       *cache;
  WeftBox              damage;      /* not yet told to the cache */
  gboolean             damaged;
  WeftMotion           motion;
  guint                rest_id;
  WeftElementRenderer *renderer;
  WeftBoardPictures   *pictures;
  GPtrArray           *kept;        /* WeftElement over the tiles until these are current */
  gboolean             show_grid;

  /* What happens */
  WeftBoardTool       *tools[WEFT_N_TOOLS];
  WeftToolKind         tool;
  gboolean             tool_locked;
  gboolean             draw_with_finger;
  WeftBoardTool       *busy;        /* borrowed: the tool that had the press */
  gboolean             space_down;
  WeftPoint            pointer;     /* view units */
  gboolean             pointer_inside;
  WeftBoardEvent       last_press;
  gint64               stylus_time; /* monotonic us of the last pen event: palms are dropped after it */
  double               pinch_zoom;
  WeftPoint            pinch_center;
  WeftPoint            drag_last;
  guint                kinetic_id;
  double               kinetic_x;
  double               kinetic_y;
  gint64               kinetic_time;
  GtkGesture          *stylus;

  WeftTextEditor      *editor;
  WeftBoardPresence   *presence;
  GPtrArray           *marks;       /* nullable: WeftShownMark */

  /* WEFT_DEBUG=frames */
  gint64               frames_since;
  guint                n_frames;
  double               frames_sum;
  double               frames_worst;
  gsize                frames_missing;
};

void           weft_canvas_init_input       (WeftCanvas      *self);
void           weft_canvas_class_bind_keys  (GtkWidgetClass  *klass);
void           weft_canvas_refresh_cursor   (WeftCanvas      *self);
void           weft_canvas_set_motion       (WeftCanvas      *self,
                                             WeftMotion       motion);
WeftBoardTool *weft_canvas_get_current_tool (WeftCanvas      *self);
void           weft_canvas_stop_kinetic     (WeftCanvas      *self);

G_END_DECLS
