/* weft-board-pictures.c - the pictures on a board, decoded once, for every thread that draws
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only assets of the notebook are loaded: nothing on a board makes Weft fetch from the network.
 */

#include "config.h"

#include "app/board/weft-board-pictures.h"

#include <gdk/gdk.h>

/* Larger pictures than this are not decoded: 64 megapixels. */
#define MAX_PIXELS (64 * 1000 * 1000)
/* How many are kept. */
#define MAX_PICTURES 200

struct _WeftBoardPictures
{
  gatomicrefcount ref_count;

  GMutex          mutex;
  GHashTable     *surfaces; /* file id -> cairo_surface_t, or NULL while it is asked for or where it cannot be had */
  GQueue          asked;    /* file ids that the main thread is to load */
  guint           generation;

  /* Main thread */
  WeftDocument   *document;
  void          (*arrived) (gpointer user_data);
  gpointer        user_data;
};

typedef struct
{
  WeftBoardPictures *pictures;
  char              *file_id;
  guint              generation;
} Load;

static void
destroy_nullable (gpointer surface)
{
  if (surface != NULL)
    cairo_surface_destroy (surface);
}

WeftBoardPictures *
weft_board_pictures_new (void   (*arrived) (gpointer user_data),
                         gpointer user_data)
{
  WeftBoardPictures *self = g_new0 (WeftBoardPictures, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->mutex);
  g_queue_init (&self->asked);
  self->surfaces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, destroy_nullable);
  self->arrived = arrived;
  self->user_data = user_data;

  return self;
}

WeftBoardPictures *
weft_board_pictures_ref (WeftBoardPictures *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

void
weft_board_pictures_unref (WeftBoardPictures *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_queue_clear_full (&self->asked, g_free);
  g_hash_table_unref (self->surfaces);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

void
weft_board_pictures_set_document (WeftBoardPictures *self,
                                  WeftDocument      *document)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_remove_all (self->surfaces);
  g_queue_clear_full (&self->asked, g_free);
  self->generation++;
  g_mutex_unlock (&self->mutex);

  g_set_object (&self->document, document);
}

void
weft_board_pictures_disconnect (WeftBoardPictures *self)
{
  weft_board_pictures_set_document (self, NULL);
  self->arrived = NULL;
}

static cairo_surface_t *
decode (GBytes *bytes)
{
  g_autoptr(GdkTexture) texture = gdk_texture_new_from_bytes (bytes, NULL);
  cairo_surface_t *surface;

  if (texture == NULL
      || (gint64) gdk_texture_get_width (texture) * gdk_texture_get_height (texture) > MAX_PIXELS)
    return NULL;

  surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, gdk_texture_get_width (texture),
                                        gdk_texture_get_height (texture));
  gdk_texture_download (texture, cairo_image_surface_get_data (surface),
                        (gsize) cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);

  return surface;
}

static void
decode_cb (GTask        *task,
           gpointer      source,
           gpointer      task_data,
           GCancellable *cancellable)
{
  g_task_return_pointer (task, decode (task_data), (GDestroyNotify) destroy_nullable);
}

static void
load_free (Load *load)
{
  weft_board_pictures_unref (load->pictures);
  g_free (load->file_id);
  g_free (load);
}

static void
decoded_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Load *load = user_data;
  WeftBoardPictures *self = load->pictures;
  cairo_surface_t *surface = g_task_propagate_pointer (G_TASK (result), NULL);
  gboolean accepted = FALSE;

  g_mutex_lock (&self->mutex);
  if (surface != NULL && load->generation == self->generation)
    {
      g_hash_table_insert (self->surfaces, g_strdup (load->file_id), surface);
      accepted = TRUE;
    }
  g_mutex_unlock (&self->mutex);

  if (accepted && self->arrived != NULL)
    self->arrived (self->user_data);
  else if (!accepted)
    destroy_nullable (surface);

  load_free (load);
}

/* A missing asset arrives later, or never: it is asked for again when the board is opened again. */
static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Load *load = user_data;
  g_autoptr(GBytes) bytes
    = weft_document_load_asset_finish (WEFT_DOCUMENT (source), result, NULL);
  g_autoptr(GTask) task = NULL;

  if (bytes == NULL)
    {
      load_free (load);
      return;
    }

  task = g_task_new (NULL, NULL, decoded_cb, load);
  g_task_set_task_data (task, g_steal_pointer (&bytes), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, decode_cb);
}

static gboolean
load_asked_cb (gpointer data)
{
  WeftBoardPictures *self = data;
  char *file_id;

  g_mutex_lock (&self->mutex);
  file_id = g_queue_pop_head (&self->asked);
  g_mutex_unlock (&self->mutex);

  if (file_id != NULL && self->document != NULL)
    {
      Load *load = g_new0 (Load, 1);

      load->pictures = weft_board_pictures_ref (self);
      load->file_id = g_strdup (file_id);
      load->generation = self->generation;
      weft_document_load_asset_async (self->document, file_id, NULL, loaded_cb, load);
    }

  g_free (file_id);

  return G_SOURCE_REMOVE;
}

cairo_surface_t *
weft_board_pictures_lookup (const char *file_id,
                            gpointer    pictures)
{
  WeftBoardPictures *self = pictures;
  gpointer surface = NULL;

  if (!g_str_has_prefix (file_id, "weft:asset/"))
    return NULL;

  g_mutex_lock (&self->mutex);

  if (g_hash_table_lookup_extended (self->surfaces, file_id, NULL, &surface))
    {
      if (surface != NULL)
        cairo_surface_reference (surface);
    }
  else if (g_hash_table_size (self->surfaces) < MAX_PICTURES)
    {
      g_hash_table_insert (self->surfaces, g_strdup (file_id), NULL);
      g_queue_push_tail (&self->asked, g_strdup (file_id));
      g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, load_asked_cb, weft_board_pictures_ref (self),
                       (GDestroyNotify) weft_board_pictures_unref);
    }

  g_mutex_unlock (&self->mutex);

  return surface;
}
