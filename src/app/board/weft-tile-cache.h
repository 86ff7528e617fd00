/* weft-tile-cache.h - the board as ready pictures, made by threads in the background
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A tile is 256 x 256 device pixels of the page with everything on it. At rest tiles are exact for the zoom and
 * stand on whole pixels; while zooming, tiles of the next power of two are stretched. Where a tile is missing, coarser
 * or older ones stand in. What has changed is drawn again from the visible tiles outwards, and the old picture stays
 * until the new one is there. The measurements behind all of this are in research/drawing.md.
 */

#pragma once

#include "app/board/weft-board-scene.h"
#include "app/board/weft-element-renderer.h"
#include "app/board/weft-viewport.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _WeftTileCache WeftTileCache;

typedef enum
{
  WEFT_MOTION_REST,
  WEFT_MOTION_PANNING, /* exact tiles, drawn in a hurry */
  WEFT_MOTION_ZOOMING, /* tiles of the nearest power of two, stretched */
} WeftMotion;

/* Memory for tiles. */
#define WEFT_TILE_CACHE_BYTES (96u << 20)
#define WEFT_TILE_SIZE        256

/* @ready: called on the main thread when new tiles can be shown */
WeftTileCache *weft_tile_cache_new          (void          (*ready) (gpointer user_data),
                                             gpointer        user_data) G_GNUC_WARN_UNUSED_RESULT;
void           weft_tile_cache_free         (WeftTileCache  *self);
/* @damage: where it differs from the one before; %NULL: everywhere */
void           weft_tile_cache_set_scene    (WeftTileCache  *self,
                                             WeftBoardScene *scene,
                                             const WeftBox  *damage);
void           weft_tile_cache_set_dark     (WeftTileCache  *self,
                                             gboolean        dark);
void           weft_tile_cache_set_grid     (WeftTileCache  *self,
                                             gboolean        grid);
/* Called in worker threads: must be safe there. */
void           weft_tile_cache_set_pictures (WeftTileCache  *self,
                                             WeftPictureFunc func,
                                             gpointer        user_data);
/* @nearest: never filter (the cairo renderer).
 * Returns: whether everything shown is complete and up to date */
gboolean       weft_tile_cache_snapshot     (WeftTileCache  *self,
                                             GtkSnapshot    *snapshot,
                                             const WeftViewport *viewport,
                                             WeftMotion      motion,
                                             gboolean        nearest);
/* Whether what is shown inside @box (at the zoom of the last snapshot) is up to date. */
gboolean       weft_tile_cache_is_current   (WeftTileCache  *self,
                                             const WeftBox  *box);
/* For tests and measurements. */
gsize          weft_tile_cache_get_n_tiles  (WeftTileCache  *self);
gsize          weft_tile_cache_get_n_missing (WeftTileCache *self);

/* Draws one tile at once: what the workers do. (transfer full) */
cairo_surface_t *weft_tile_render           (WeftElementRenderer *renderer,
                                             WeftBoardScene      *scene,
                                             double               scale,
                                             int                  x,
                                             int                  y,
                                             gboolean             dark,
                                             gboolean             grid,
                                             gboolean             fast);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftTileCache, weft_tile_cache_free)

G_END_DECLS
