/* weft-tile-cache.c - the board as ready pictures, made by threads in the background
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-tile-cache.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TILE_BYTES  (WEFT_TILE_SIZE * WEFT_TILE_SIZE * 4)
#define MAX_TILES   (WEFT_TILE_CACHE_BYTES / TILE_BYTES)
#define MAX_WORKERS 4

/* One level covers the whole board and is always kept: this many tiles each way at most. */
#define OVERVIEW_TILES 3

/* Distance of the dots of the grid, in board units. */
#define GRID_STEP 20.0

typedef struct
{
  double scale; /* device pixels for one board unit */
  int    x;
  int    y;
} TileKey;

typedef struct
{
  TileKey     key;
  GdkTexture *texture; /* NULL: never drawn yet */
  guint64     revision; /* of the cache, when the scene that it shows was current */
  guint64     stale_at; /* the revision that made it wrong; 0: it is right */
  gboolean    fast;     /* drawn in a hurry */
  gboolean    pending;  /* a worker has it */
  guint64     used;     /* frame number */
} Tile;

/* What a worker is asked for. */
typedef struct
{
  TileKey         key;
  WeftBoardScene *scene;
  guint64         revision;
  gboolean        dark;
  gboolean        grid;
  gboolean        fast;
  cairo_surface_t *surface; /* what comes back */
} Job;

/* Shared with the threads, and outliving the cache until the last of them is gone. */
typedef struct
{
  gatomicrefcount ref_count;
  GMutex          mutex;
  GCond           cond;
  GQueue          wanted; /* Job */
  GQueue          done;   /* Job */
  gboolean        quit;
  gboolean        notified;
  WeftTileCache  *cache;  /* main thread only; NULL when it is gone */
  WeftPictureFunc pictures;
  gpointer        pictures_data;
} Pool;

struct _WeftTileCache
{
  Pool           *pool;
  GThread        *threads[MAX_WORKERS];
  guint           n_threads;

  GHashTable     *tiles; /* TileKey -> Tile */
  WeftBoardScene *scene;
  guint64         revision;
  guint64         frame;
  double          shown_scale;
  double          overview_scale;
  gsize           n_missing;
  gboolean        dark;
  gboolean        grid;

  void          (*ready) (gpointer user_data);
  gpointer        user_data;
};

static guint
key_hash (gconstpointer data)
{
  const TileKey *key = data;
  guint64 bits;

  memcpy (&bits, &key->scale, sizeof bits);

  return (guint) (bits ^ bits >> 32) * 31u ^ (guint) key->x * 73856093u ^ (guint) key->y * 19349663u;
}

static gboolean
key_equal (gconstpointer a,
           gconstpointer b)
{
  const TileKey *x = a;
  const TileKey *y = b;

  return x->scale == y->scale && x->x == y->x && x->y == y->y;
}

static void
tile_free (gpointer data)
{
  Tile *tile = data;

  g_clear_object (&tile->texture);
  g_free (tile);
}

static void
job_free (Job *job)
{
  g_clear_pointer (&job->scene, weft_board_scene_unref);
  g_clear_pointer (&job->surface, cairo_surface_destroy);
  g_free (job);
}

static void
pool_unref (Pool *pool)
{
  if (!g_atomic_ref_count_dec (&pool->ref_count))
    return;

  g_queue_clear_full (&pool->wanted, (GDestroyNotify) job_free);
  g_queue_clear_full (&pool->done, (GDestroyNotify) job_free);
  g_mutex_clear (&pool->mutex);
  g_cond_clear (&pool->cond);
  g_free (pool);
}

/* Drawing, in any thread */

typedef struct
{
  WeftElementRenderer *renderer;
  cairo_t             *cr;
} DrawClosure;

static void
draw_element_cb (const WeftElement *element,
                 gpointer           user_data)
{
  DrawClosure *closure = user_data;

  weft_element_renderer_draw (closure->renderer, closure->cr, element);
}

/* Dots never come closer than 14 pixels: far out every fifth of them is drawn. */
static void
draw_grid (cairo_t       *cr,
           const WeftBox *box,
           double         scale,
           gboolean       dark)
{
  double step = GRID_STEP;
  double size;

  while (step * scale < 14)
    step *= 5;

  size = CLAMP (round (scale), 1, 2) / scale;
  cairo_set_source_rgba (cr, dark ? 1 : 0, dark ? 1 : 0, dark ? 1 : 0, dark ? 0.16 : 0.17);

  for (double y = floor (box->y1 / step) * step; y <= box->y2; y += step)
    for (double x = floor (box->x1 / step) * step; x <= box->x2; x += step)
      cairo_rectangle (cr, round (x * scale) / scale, round (y * scale) / scale, size, size);

  cairo_fill (cr);
}

cairo_surface_t *
weft_tile_render (WeftElementRenderer *renderer,
                  WeftBoardScene      *scene,
                  double               scale,
                  int                  x,
                  int                  y,
                  gboolean             dark,
                  gboolean             grid,
                  gboolean             fast)
{
  cairo_surface_t *surface
    = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WEFT_TILE_SIZE, WEFT_TILE_SIZE);
  cairo_t *cr = cairo_create (surface);
  double size = WEFT_TILE_SIZE / scale;
  WeftBox box = { x * size, y * size, (x + 1) * size, (y + 1) * size };
  DrawClosure closure = { renderer, cr };

  weft_element_renderer_set_dark (renderer, dark);
  weft_element_renderer_set_scale (renderer, scale);
  weft_element_renderer_draw_page (renderer, cr);

  cairo_set_antialias (cr, fast ? CAIRO_ANTIALIAS_FAST : CAIRO_ANTIALIAS_DEFAULT);
  /* Tile corners are whole pixels even where x * size is not exact. */
  cairo_translate (cr, -(double) x * WEFT_TILE_SIZE, -(double) y * WEFT_TILE_SIZE);
  cairo_scale (cr, scale, scale);

  if (grid)
    {
      cairo_set_antialias (cr, CAIRO_ANTIALIAS_NONE);
      draw_grid (cr, &box, scale, dark);
      cairo_set_antialias (cr, fast ? CAIRO_ANTIALIAS_FAST : CAIRO_ANTIALIAS_DEFAULT);
    }

  weft_board_scene_foreach_in (scene, &box, draw_element_cb, &closure);
  cairo_destroy (cr);
  cairo_surface_flush (surface);

  return surface;
}

/* Threads */

static gboolean collect_cb (gpointer data);

static gpointer
worker (gpointer data)
{
  Pool *pool = data;
  g_autoptr(WeftElementRenderer) renderer = weft_element_renderer_new ();

  weft_element_renderer_set_pictures (renderer, pool->pictures, pool->pictures_data);

  /* Drawing must never take the main thread's turn. */
  setpriority (PRIO_PROCESS, (id_t) syscall (SYS_gettid), 10);

  g_mutex_lock (&pool->mutex);

  while (!pool->quit)
    {
      Job *job = g_queue_pop_head (&pool->wanted);

      if (job == NULL)
        {
          g_cond_wait (&pool->cond, &pool->mutex);
          continue;
        }

      g_mutex_unlock (&pool->mutex);
      job->surface = weft_tile_render (renderer, job->scene, job->key.scale, job->key.x, job->key.y,
                                       job->dark, job->grid, job->fast);
      g_mutex_lock (&pool->mutex);

      g_queue_push_tail (&pool->done, job);

      if (!pool->notified && !pool->quit)
        {
          pool->notified = TRUE;
          g_atomic_ref_count_inc (&pool->ref_count);
          g_idle_add_full (G_PRIORITY_HIGH_IDLE, collect_cb, pool, (GDestroyNotify) pool_unref);
        }
    }

  g_mutex_unlock (&pool->mutex);
  pool_unref (pool);

  return NULL;
}

static GdkTexture *
texture_from_surface (cairo_surface_t *surface)
{
  int stride = cairo_image_surface_get_stride (surface);
  g_autoptr(GBytes) bytes
    = g_bytes_new_with_free_func (cairo_image_surface_get_data (surface),
                                  (gsize) stride * WEFT_TILE_SIZE,
                                  (GDestroyNotify) cairo_surface_destroy,
                                  cairo_surface_reference (surface));

  return gdk_memory_texture_new (WEFT_TILE_SIZE, WEFT_TILE_SIZE, GDK_MEMORY_DEFAULT, bytes, stride);
}

/* A worker's tile comes home. What was asked for under other colours is thrown away. */
static void
accept_job (WeftTileCache *self,
            Job           *job)
{
  Tile *tile = g_hash_table_lookup (self->tiles, &job->key);

  if (tile == NULL)
    return;

  tile->pending = FALSE;

  if (job->dark != self->dark || job->grid != self->grid || job->revision < tile->revision)
    return;

  g_clear_object (&tile->texture);
  tile->texture = texture_from_surface (job->surface);
  tile->revision = job->revision;
  tile->fast = job->fast;

  if (tile->stale_at <= job->revision)
    tile->stale_at = 0;
}

static gboolean
collect_cb (gpointer data)
{
  Pool *pool = data;
  WeftTileCache *self = pool->cache;
  GQueue done;
  Job *job;

  g_mutex_lock (&pool->mutex);
  done = pool->done;
  g_queue_init (&pool->done);
  pool->notified = FALSE;
  g_mutex_unlock (&pool->mutex);

  while ((job = g_queue_pop_head (&done)) != NULL)
    {
      if (self != NULL)
        accept_job (self, job);
      job_free (job);
    }

  if (self != NULL)
    self->ready (self->user_data);

  return G_SOURCE_REMOVE;
}

WeftTileCache *
weft_tile_cache_new (void   (*ready) (gpointer user_data),
                     gpointer user_data)
{
  WeftTileCache *self = g_new0 (WeftTileCache, 1);
  g_autoptr(GPtrArray) nothing = g_ptr_array_new ();

  self->pool = g_new0 (Pool, 1);
  g_atomic_ref_count_init (&self->pool->ref_count);
  g_mutex_init (&self->pool->mutex);
  g_cond_init (&self->pool->cond);
  g_queue_init (&self->pool->wanted);
  g_queue_init (&self->pool->done);
  self->pool->cache = self;

  self->tiles = g_hash_table_new_full (key_hash, key_equal, NULL, tile_free);
  self->scene = weft_board_scene_new (nothing);
  self->revision = 1;
  self->overview_scale = 1;
  self->ready = ready;
  self->user_data = user_data;

  return self;
}

static void
start_threads (WeftTileCache *self)
{
  guint n_threads = CLAMP ((int) g_get_num_processors () - 1, 1, MAX_WORKERS);

  while (self->n_threads < n_threads)
    {
      g_atomic_ref_count_inc (&self->pool->ref_count);
      self->threads[self->n_threads++] = g_thread_new ("weft-tiles", worker, self->pool);
    }
}

void
weft_tile_cache_free (WeftTileCache *self)
{
  g_mutex_lock (&self->pool->mutex);
  self->pool->quit = TRUE;
  self->pool->cache = NULL;
  g_cond_broadcast (&self->pool->cond);
  g_mutex_unlock (&self->pool->mutex);

  for (guint i = 0; i < self->n_threads; i++)
    g_thread_join (self->threads[i]);

  pool_unref (self->pool);
  g_hash_table_unref (self->tiles);
  weft_board_scene_unref (self->scene);
  g_free (self);
}

void
weft_tile_cache_set_pictures (WeftTileCache  *self,
                              WeftPictureFunc func,
                              gpointer        user_data)
{
  g_return_if_fail (self->n_threads == 0);

  self->pool->pictures = func;
  self->pool->pictures_data = user_data;
}

static WeftBox
tile_box (const TileKey *key)
{
  double size = WEFT_TILE_SIZE / key->scale;

  return (WeftBox) { key->x * size, key->y * size, (key->x + 1) * size, (key->y + 1) * size };
}

static void
update_overview (WeftTileCache *self)
{
  WeftBox bounds = weft_board_scene_get_bounds (self->scene);
  double extent = 1;
  double scale = 1;

  if (!weft_box_is_empty (&bounds))
    extent = MAX (MAX (bounds.x2 - bounds.x1, bounds.y2 - bounds.y1), 1);

  while (scale * extent > OVERVIEW_TILES * WEFT_TILE_SIZE && scale > 1e-6)
    scale /= 2;

  self->overview_scale = scale;
}

void
weft_tile_cache_set_scene (WeftTileCache  *self,
                           WeftBoardScene *scene,
                           const WeftBox  *damage)
{
  GHashTableIter iter;
  gpointer value;

  weft_board_scene_ref (scene);
  weft_board_scene_unref (self->scene);
  self->scene = scene;
  self->revision++;
  update_overview (self);

  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Tile *tile = value;
      WeftBox box = tile_box (&tile->key);

      if (damage != NULL && !weft_box_intersects (&box, damage))
        continue;

      /* Other zooms would show what is gone; this one keeps its picture until the new one is there. */
      if (tile->key.scale != self->shown_scale && tile->key.scale != self->overview_scale
          && !tile->pending)
        g_hash_table_iter_remove (&iter);
      else
        tile->stale_at = self->revision;
    }
}

static void
drop_all (WeftTileCache *self)
{
  GHashTableIter iter;
  gpointer value;

  self->revision++;
  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Tile *tile = value;

      g_clear_object (&tile->texture);
      tile->stale_at = self->revision;
    }
}

void
weft_tile_cache_set_dark (WeftTileCache *self,
                          gboolean       dark)
{
  if (self->dark == dark)
    return;

  self->dark = dark;
  drop_all (self);
}

void
weft_tile_cache_set_grid (WeftTileCache *self,
                          gboolean       grid)
{
  if (self->grid == grid)
    return;

  self->grid = grid;
  drop_all (self);
}

static Tile *
ensure_tile (WeftTileCache *self,
             double         scale,
             int            x,
             int            y)
{
  TileKey key = { scale, x, y };
  Tile *tile = g_hash_table_lookup (self->tiles, &key);

  if (tile == NULL)
    {
      tile = g_new0 (Tile, 1);
      tile->key = key;
      tile->stale_at = self->revision;
      g_hash_table_add (self->tiles, tile);
    }

  tile->used = self->frame;

  return tile;
}

static void
want_tile (WeftTileCache *self,
           GQueue        *wanted,
           Tile          *tile,
           gboolean       fast)
{
  Job *job;

  if (tile->pending || (tile->texture != NULL && tile->stale_at == 0 && (fast || !tile->fast)))
    return;

  job = g_new0 (Job, 1);
  job->key = tile->key;
  job->scene = weft_board_scene_ref (self->scene);
  job->revision = self->revision;
  job->dark = self->dark;
  job->grid = self->grid;
  job->fast = fast;
  g_queue_push_tail (wanted, job);
}

/* Takes back what no thread has begun. */
static void
withdraw_wanted (WeftTileCache *self)
{
  GQueue old;
  Job *job;

  g_mutex_lock (&self->pool->mutex);
  old = self->pool->wanted;
  g_queue_init (&self->pool->wanted);
  g_mutex_unlock (&self->pool->mutex);

  while ((job = g_queue_pop_head (&old)) != NULL)
    {
      Tile *tile = g_hash_table_lookup (self->tiles, &job->key);

      if (tile != NULL)
        tile->pending = FALSE;
      job_free (job);
    }
}

static void
publish_wanted (WeftTileCache *self,
                GQueue        *wanted)
{
  if (g_queue_is_empty (wanted))
    return;

  for (GList *l = wanted->head; l != NULL; l = l->next)
    {
      Job *job = l->data;
      Tile *tile = g_hash_table_lookup (self->tiles, &job->key);

      tile->pending = TRUE;
    }

  start_threads (self);
  g_mutex_lock (&self->pool->mutex);
  self->pool->wanted = *wanted;
  g_cond_broadcast (&self->pool->cond);
  g_mutex_unlock (&self->pool->mutex);
  g_queue_init (wanted);
}

static int
compare_used (gconstpointer a,
              gconstpointer b)
{
  const Tile *x = *(Tile *const *) a;
  const Tile *y = *(Tile *const *) b;

  return x->used < y->used ? -1 : x->used > y->used;
}

static void
evict (WeftTileCache *self)
{
  g_autoptr(GPtrArray) candidates = NULL;
  GHashTableIter iter;
  gpointer value;
  guint surplus;

  if (g_hash_table_size (self->tiles) <= MAX_TILES)
    return;

  surplus = g_hash_table_size (self->tiles) - MAX_TILES;
  candidates = g_ptr_array_new ();
  g_hash_table_iter_init (&iter, self->tiles);

  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Tile *tile = value;

      if (tile->used != self->frame && !tile->pending)
        g_ptr_array_add (candidates, tile);
    }

  g_ptr_array_sort (candidates, compare_used);

  for (guint i = 0; i < MIN (surplus, candidates->len); i++)
    {
      Tile *tile = g_ptr_array_index (candidates, i);

      g_hash_table_remove (self->tiles, &tile->key);
    }
}

typedef struct
{
  int x1;
  int y1;
  int x2;
  int y2;
} TileRange;

static TileRange
range_in (const WeftBox *box,
          double         scale)
{
  double size = WEFT_TILE_SIZE / scale;

  return (TileRange) { (int) floor (box->x1 / size), (int) floor (box->y1 / size),
                       (int) ceil (box->x2 / size) - 1, (int) ceil (box->y2 / size) - 1 };
}

/* Whole device pixels, so that neighbours meet without a seam. */
static graphene_rect_t
tile_rectangle (const Tile         *tile,
                const WeftViewport *viewport)
{
  double shown = viewport->zoom * viewport->scale_factor;
  double ratio = shown / tile->key.scale * WEFT_TILE_SIZE;
  double origin_x = round (viewport->x * shown);
  double origin_y = round (viewport->y * shown);
  double x1 = round (tile->key.x * ratio) - origin_x;
  double y1 = round (tile->key.y * ratio) - origin_y;
  double x2 = round ((tile->key.x + 1) * ratio) - origin_x;
  double y2 = round ((tile->key.y + 1) * ratio) - origin_y;
  double factor = viewport->scale_factor;

  return GRAPHENE_RECT_INIT (x1 / factor, y1 / factor, (x2 - x1) / factor, (y2 - y1) / factor);
}

static void
append_tile (GtkSnapshot        *snapshot,
             const Tile         *tile,
             const WeftViewport *viewport,
             gboolean            nearest)
{
  graphene_rect_t bounds = tile_rectangle (tile, viewport);
  gboolean exact = tile->key.scale == viewport->zoom * viewport->scale_factor;

  gtk_snapshot_append_scaled_texture (snapshot, tile->texture,
                                      exact || nearest ? GSK_SCALING_FILTER_NEAREST
                                                       : GSK_SCALING_FILTER_LINEAR,
                                      &bounds);
}

/* How far a level is from the one that is wanted; finer ones are better than coarser ones. */
static double
unlikeness (const Tile *tile,
            double      scale)
{
  double octaves = log2 (tile->key.scale / scale);

  return octaves > 0 ? octaves : -1.5 * octaves;
}

static int
compare_unlikeness (gconstpointer a,
                    gconstpointer b,
                    gpointer      user_data)
{
  double scale = *(double *) user_data;
  double x = unlikeness (*(Tile *const *) a, scale);
  double y = unlikeness (*(Tile *const *) b, scale);

  return x > y ? -1 : x < y;
}

/* Whatever there is of other levels, the most alike on top. */
static void
append_stand_ins (WeftTileCache      *self,
                  GtkSnapshot        *snapshot,
                  const WeftViewport *viewport,
                  const WeftBox      *view,
                  double              scale,
                  gboolean            nearest)
{
  g_autoptr(GPtrArray) found = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Tile *tile = value;
      WeftBox box = tile_box (&tile->key);

      if (tile->texture != NULL && tile->key.scale != scale && tile->key.scale < scale * 8
          && weft_box_intersects (&box, view))
        {
          tile->used = self->frame;
          g_ptr_array_add (found, tile);
        }
    }

  g_ptr_array_sort_with_data (found, compare_unlikeness, &scale);

  for (guint i = 0; i < found->len; i++)
    append_tile (snapshot, g_ptr_array_index (found, i), viewport, nearest);
}

static void
want_range (WeftTileCache *self,
            GQueue        *wanted,
            double         scale,
            TileRange      range,
            gboolean       fast)
{
  for (int y = range.y1; y <= range.y2; y++)
    for (int x = range.x1; x <= range.x2; x++)
      want_tile (self, wanted, ensure_tile (self, scale, x, y), fast);
}

/* Visible tiles from the middle outwards would need sorting; rows from the middle row outwards are as good. */
static void
want_visible (WeftTileCache *self,
              GQueue        *wanted,
              double         scale,
              TileRange      range,
              gboolean       fast)
{
  int middle = (range.y1 + range.y2) / 2;
  int rows = range.y2 - range.y1 + 1;

  for (int i = 0; i <= rows; i++)
    {
      int y = middle + (i % 2 == 0 ? -(i / 2) : i / 2 + 1);

      if (y >= range.y1 && y <= range.y2)
        want_range (self, wanted, scale, (TileRange) { range.x1, y, range.x2, y }, fast);
    }
}

static void
want_ring (WeftTileCache *self,
           GQueue        *wanted,
           double         scale,
           TileRange      range,
           gboolean       fast)
{
  want_range (self, wanted, scale, (TileRange) { range.x1 - 1, range.y1 - 1, range.x2 + 1, range.y1 - 1 }, fast);
  want_range (self, wanted, scale, (TileRange) { range.x1 - 1, range.y2 + 1, range.x2 + 1, range.y2 + 1 }, fast);
  want_range (self, wanted, scale, (TileRange) { range.x1 - 1, range.y1, range.x1 - 1, range.y2 }, fast);
  want_range (self, wanted, scale, (TileRange) { range.x2 + 1, range.y1, range.x2 + 1, range.y2 }, fast);
}

gboolean
weft_tile_cache_snapshot (WeftTileCache      *self,
                          GtkSnapshot        *snapshot,
                          const WeftViewport *viewport,
                          WeftMotion          motion,
                          gboolean            nearest)
{
  double scale = viewport->zoom * viewport->scale_factor;
  WeftBox view = weft_viewport_get_box (viewport);
  WeftBox whole = weft_board_scene_get_bounds (self->scene);
  WeftColor page = self->dark ? WEFT_PAGE_DARK : WEFT_PAGE_LIGHT;
  GQueue wanted = G_QUEUE_INIT;
  gboolean complete = motion == WEFT_MOTION_REST;
  TileRange range;

  self->frame++;
  self->n_missing = 0;

  if (motion == WEFT_MOTION_ZOOMING)
    scale = exp2 (round (log2 (scale)));

  self->shown_scale = scale;
  range = range_in (&view, scale);
  withdraw_wanted (self);
  want_visible (self, &wanted, scale, range, motion != WEFT_MOTION_REST);

  gtk_snapshot_append_color (snapshot,
                             &(GdkRGBA) { (page >> 24 & 0xff) / 255.0f, (page >> 16 & 0xff) / 255.0f,
                                          (page >> 8 & 0xff) / 255.0f, 1 },
                             &GRAPHENE_RECT_INIT (0, 0, viewport->width, viewport->height));

  for (int y = range.y1; y <= range.y2; y++)
    for (int x = range.x1; x <= range.x2; x++)
      {
        Tile *tile = ensure_tile (self, scale, x, y);

        self->n_missing += tile->texture == NULL;
        complete = complete && tile->texture != NULL && tile->stale_at == 0 && !tile->fast;
      }

  if (self->n_missing > 0)
    append_stand_ins (self, snapshot, viewport, &view, scale, nearest);

  for (int y = range.y1; y <= range.y2; y++)
    for (int x = range.x1; x <= range.x2; x++)
      {
        Tile *tile = ensure_tile (self, scale, x, y);

        if (tile->texture != NULL)
          append_tile (snapshot, tile, viewport, nearest);
      }

  if (!weft_box_is_empty (&whole))
    want_range (self, &wanted, self->overview_scale, range_in (&whole, self->overview_scale), TRUE);
  want_ring (self, &wanted, scale, range, motion != WEFT_MOTION_REST);
  publish_wanted (self, &wanted);
  evict (self);

  return complete;
}

gboolean
weft_tile_cache_is_current (WeftTileCache *self,
                            const WeftBox *box)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tiles);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Tile *tile = value;
      WeftBox bounds = tile_box (&tile->key);

      if (tile->key.scale == self->shown_scale && tile->used == self->frame
          && (tile->texture == NULL || tile->stale_at != 0) && weft_box_intersects (&bounds, box))
        return FALSE;
    }

  return TRUE;
}

gsize
weft_tile_cache_get_n_tiles (WeftTileCache *self)
{
  return g_hash_table_size (self->tiles);
}

gsize
weft_tile_cache_get_n_missing (WeftTileCache *self)
{
  return self->n_missing;
}
