/* weft-notebook-export.c - a page of a notebook as a file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A note NAME.md has its pictures beside it in the folder NAME_files, named by their content; a board
 * holds them itself. The pictures are asked of the store one after the other; then a thread makes the
 * text and writes it. A picture that has not arrived from the relay keeps its address in the text.
 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "model/weft-asset.h"
#include "model/weft-document.h"
#include "model/weft-notebook-private.h"
#include "notebook/weft-element.h"
#include "notebook/weft-excalidraw.h"
#include "notebook/weft-markdown.h"

#define ASSET_PREFIX "weft:asset/"

typedef struct
{
  GFile        *file;
  WeftPage     *page;
  char         *title;
  gboolean      is_board;
  GBytes       *state;     /* the document, for the thread */
  GPtrArray    *addresses; /* pictures that are still to be loaded */
  GHashTable   *pictures;  /* address -> GBytes */
  WeftDocument *document;

  /* In the thread */
  char         *folder_name;
} Export;

static void load_next_picture (GTask *task);

static void
export_free (gpointer data)
{
  Export *self = data;

  g_object_unref (self->file);
  g_object_unref (self->page);
  g_free (self->title);
  g_clear_pointer (&self->state, g_bytes_unref);
  g_ptr_array_unref (self->addresses);
  g_hash_table_unref (self->pictures);
  g_clear_object (&self->document);
  g_free (self->folder_name);
  g_free (self);
}

static void
add_address (Export     *self,
             const char *address)
{
  if (address != NULL && g_str_has_prefix (address, ASSET_PREFIX)
      && !g_ptr_array_find_with_equal_func (self->addresses, address, g_str_equal, NULL))
    g_ptr_array_add (self->addresses, g_strdup (address));
}

static void
find_pictures_of_note (Export   *self,
                       WeftType *text)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (text);

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      const WeftAny *image
          = op->kind == WEFT_DELTA_INSERT_EMBED ? weft_any_lookup (op->embed, "image") : NULL;

      add_address (self, image != NULL ? weft_any_get_string (image) : NULL);
    }
}

static void
find_pictures_of_board (Export   *self,
                        WeftType *board)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);

  for (guint i = 0; i < keys->len; i++)
    {
      WeftType *map = weft_map_get_type (board, g_ptr_array_index (keys, i));
      g_autoptr(WeftAny) file_id = NULL;

      if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
        continue;

      file_id = weft_map_get (map, "fileId");
      add_address (self, file_id != NULL ? weft_any_get_string (file_id) : NULL);
    }
}

/* --- In the thread -------------------------------------------------------------------------------- */

static const char *
get_suffix (GBytes *bytes)
{
  static const struct
  {
    const char *start;
    gsize       n_bytes;
    const char *suffix;
  } kinds[] = {
    { "\x89PNG", 4, "png" }, { "\xff\xd8\xff", 3, "jpg" }, { "GIF8", 4, "gif" },
    { "RIFF", 4, "webp" },   { "BM", 2, "bmp" },           { "II*\0", 4, "tiff" },
    { "MM\0*", 4, "tiff" },  { "\0\0\0", 3, "avif" },
  };
  gsize n_bytes = 0;
  const char *data = g_bytes_get_data (bytes, &n_bytes);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (n_bytes >= kinds[i].n_bytes && memcmp (data, kinds[i].start, kinds[i].n_bytes) == 0)
      return kinds[i].suffix;

  return "svg";
}

/* The first of its hash are enough to tell the pictures of one note apart. */
static char *
make_picture_name (const char *address,
                   GBytes     *bytes)
{
  return g_strdup_printf ("%.16s.%s", address + strlen (ASSET_PREFIX), get_suffix (bytes));
}

static char *
name_picture_cb (const char *destination,
                 gboolean    is_image,
                 gboolean    is_wiki,
                 gpointer    user_data)
{
  Export *self = user_data;
  GBytes *bytes = g_hash_table_lookup (self->pictures, destination);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (bytes == NULL)
    return NULL;

  name = make_picture_name (destination, bytes);
  path = g_strconcat (self->folder_name, "/", name, NULL);

  return g_uri_escape_string (path, "/", TRUE);
}

static GBytes *
load_picture_cb (const char *address,
                 gpointer    user_data)
{
  Export *self = user_data;
  GBytes *bytes = g_hash_table_lookup (self->pictures, address);

  return bytes != NULL ? g_bytes_ref (bytes) : NULL;
}

static gboolean
write_file (GFile        *file,
            const char   *data,
            gsize         n_bytes,
            GCancellable *cancellable,
            GError      **error)
{
  return g_file_replace_contents (file, data, n_bytes, NULL, FALSE, G_FILE_CREATE_NONE, NULL,
                                  cancellable, error);
}

static gboolean
write_pictures (Export       *self,
                GCancellable *cancellable,
                GError      **error)
{
  g_autoptr(GFile) parent = g_file_get_parent (self->file);
  g_autoptr(GFile) folder = g_file_get_child (parent, self->folder_name);
  GHashTableIter iter;
  gpointer address = NULL;
  gpointer bytes = NULL;

  if (g_hash_table_size (self->pictures) > 0
      && g_file_query_file_type (folder, G_FILE_QUERY_INFO_NONE, cancellable) != G_FILE_TYPE_DIRECTORY
      && !g_file_make_directory (folder, cancellable, error))
    return FALSE;

  g_hash_table_iter_init (&iter, self->pictures);

  while (g_hash_table_iter_next (&iter, &address, &bytes))
    {
      g_autofree char *name = make_picture_name (address, bytes);
      g_autoptr(GFile) file = g_file_get_child (folder, name);

      if (!write_file (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), cancellable,
                       error))
        return FALSE;
    }

  return TRUE;
}

static char *
make_text (Export  *self,
           WeftDoc *doc)
{
  g_autoptr(WeftDelta) delta = NULL;
  WeftMarkdownOptions options
      = { .resolve = name_picture_cb, .user_data = self, .title = self->title };

  if (self->is_board)
    return weft_excalidraw_write (doc, load_picture_cb, self);

  delta = weft_text_to_delta (weft_doc_get_text (doc, "quill"));

  return weft_markdown_write (delta, &options);
}

static void
write_thread (GTask        *task,
              gpointer      source_object,
              gpointer      task_data,
              GCancellable *cancellable)
{
  Export *self = task_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autofree char *name = g_file_get_basename (self->file);
  char *dot = strrchr (name, '.');
  g_autofree char *text = NULL;

  self->folder_name = g_strdup_printf ("%.*s_files",
                                       (int) (dot != NULL && dot != name ? (gsize) (dot - name)
                                                                         : strlen (name)),
                                       name);

  if (!weft_doc_apply_update (doc, self->state, NULL, &error)
      || (!self->is_board && !write_pictures (self, cancellable, &error)))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  text = make_text (self, doc);

  if (write_file (self->file, text, strlen (text), cancellable, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* --- On the main thread --------------------------------------------------------------------------- */

static void
picture_loaded_cb (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  Export *self = g_task_get_task_data (task);
  GBytes *bytes = weft_document_load_asset_finish (self->document, result, NULL);
  char *address = g_ptr_array_steal_index (self->addresses, self->addresses->len - 1);

  if (bytes != NULL)
    g_hash_table_insert (self->pictures, address, bytes);
  else
    g_free (address);

  load_next_picture (task);
}

static void
load_next_picture (GTask *task)
{
  Export *self = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task))
    return;

  if (self->addresses->len > 0)
    {
      weft_document_load_asset_async (
          self->document, g_ptr_array_index (self->addresses, self->addresses->len - 1),
          g_task_get_cancellable (task), picture_loaded_cb, g_object_ref (task));
      return;
    }

  g_clear_object (&self->document);
  g_task_run_in_thread (task, write_thread);
}

static void
document_opened_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr(GTask) task = user_data;
  g_autoptr(GError) error = NULL;
  Export *self = g_task_get_task_data (task);

  self->document = weft_notebook_open_document_finish (WEFT_NOTEBOOK (source), result, &error);

  if (self->document == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  if (self->is_board)
    find_pictures_of_board (self, weft_document_get_board (self->document));
  else
    find_pictures_of_note (self, weft_document_get_text (self->document));

  self->state = weft_doc_encode_state (weft_document_get_doc (self->document));
  load_next_picture (task);
}

/**
 * weft_notebook_export_page_async:
 * @self: a notebook
 * @page: a note or a board
 * @file: where to write: Markdown of a note, `.excalidraw` of a board
 * @cancellable: (nullable): a #GCancellable
 * @callback: called when it is written
 * @user_data: for @callback
 *
 * The file that was there is replaced when all is written, not before.
 */
void
weft_notebook_export_page_async (WeftNotebook       *self,
                                 WeftPage           *page,
                                 GFile              *file,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer            user_data)
{
  g_autoptr(GTask) task = g_task_new (self, cancellable, callback, user_data);
  Export *export = NULL;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (WEFT_IS_PAGE (page));
  g_return_if_fail (G_IS_FILE (file));

  export = g_new0 (Export, 1);
  export->file = g_object_ref (file);
  export->page = g_object_ref (page);
  export->title = g_strdup (weft_page_get_title (page));
  export->is_board = weft_page_get_kind (page) == WEFT_PAGE_BOARD;
  export->addresses = g_ptr_array_new_with_free_func (g_free);
  export->pictures
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  g_task_set_source_tag (task, weft_notebook_export_page_async);
  g_task_set_task_data (task, export, export_free);

  if (weft_page_get_kind (page) == WEFT_PAGE_OTHER)
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s",
                             _ ("Pages of this kind cannot be exported yet"));
  else
    weft_notebook_open_document_async (self, page, cancellable, document_opened_cb,
                                       g_object_ref (task));
}

gboolean
weft_notebook_export_page_finish (WeftNotebook *self,
                                  GAsyncResult *result,
                                  GError      **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
