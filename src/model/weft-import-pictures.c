/* weft-import-pictures.c - the bytes of an import: files and the pictures in notes, within limits
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-import-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/weft-asset.h"

/* Texts and pictures together: they are all in memory until the notebook has taken them. */
#define MAX_TOTAL_BYTES (512 * 1024 * 1024)

static gboolean
is_picture (GBytes *bytes)
{
  gsize n_bytes = 0;
  const char *data = g_bytes_get_data (bytes, &n_bytes);

  if (n_bytes < 12)
    return FALSE;

  if (memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0 || memcmp (data, "\xff\xd8\xff", 3) == 0
      || memcmp (data, "GIF8", 4) == 0
      || (memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
      || memcmp (data, "II*\0", 4) == 0 || memcmp (data, "MM\0*", 4) == 0
      || memcmp (data, "BM", 2) == 0 || memcmp (data + 4, "ftypavif", 8) == 0)
    return TRUE;

  return g_strstr_len (data, MIN (n_bytes, 4096), "<svg") != NULL
         && g_utf8_validate (data, n_bytes, NULL);
}

/* Whether it can be taken into memory too. */
gboolean
weft_import_take_bytes (WeftImport *self,
                        gsize       n_bytes)
{
  if (n_bytes > MAX_TOTAL_BYTES - self->n_bytes)
    {
      if (!self->full)
        {
          g_autofree char *limit = g_format_size (MAX_TOTAL_BYTES);

          g_ptr_array_add (self->plan->problems,
                           /* Translators: %s is a size, as "512 MB" */
                           g_strdup_printf (_ ("Only the first %s were read."), limit));
        }

      self->full = TRUE;
      return FALSE;
    }

  self->n_bytes += n_bytes;

  return TRUE;
}

static char *
add_asset (WeftImport *self,
           GBytes     *bytes)
{
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  char *address = g_strconcat ("weft:asset/", sha256, NULL);

  if (!g_hash_table_contains (self->plan->assets, sha256))
    g_hash_table_insert (self->plan->assets, g_steal_pointer (&sha256), g_bytes_ref (bytes));

  return address;
}

char *
weft_import_add_picture (WeftImport *self,
                         GBytes     *bytes,
                         const char *shown)
{
  if (g_bytes_get_size (bytes) > WEFT_ASSET_MAX_BYTES)
    {
      g_autofree char *limit = g_format_size (WEFT_ASSET_MAX_BYTES);

      weft_import_add_problem (self, self->name,
                               /* Translators: the first %s is a file name, the second a size */
                               _ ("the picture “%s” is too large: at most %s can be put into a page"), shown,
                               limit);
      return NULL;
    }

  if (!is_picture (bytes))
    {
      /* Translators: %s is a file name */
      weft_import_add_problem (self, self->name, _ ("“%s” is not a picture that Weft knows"), shown);
      return NULL;
    }

  return weft_import_take_bytes (self, g_bytes_get_size (bytes)) ? add_asset (self, bytes) : NULL;
}

/* A file that a note names may lie anywhere: what leads out of the imported folder, through links too,
 * is not ours to share. */
static gboolean
is_below_top (WeftImport *self,
              GFile      *file)
{
  g_autofree char *path = g_file_get_path (file);
  g_autofree char *top_path = g_file_get_path (self->top);
  char *real = NULL;
  char *real_top = NULL;
  gboolean is_below = FALSE;

  if (path == NULL || top_path == NULL)
    return g_file_has_prefix (file, self->top);

  real = realpath (path, NULL);
  real_top = realpath (top_path, NULL);

  if (real != NULL && real_top != NULL)
    {
      g_autoptr(GFile) real_file = g_file_new_for_path (real);
      g_autoptr(GFile) real_folder = g_file_new_for_path (real_top);

      is_below = g_file_has_prefix (real_file, real_folder);
    }

  free (real);
  free (real_top);

  return is_below;
}

GBytes *
weft_import_load_file (WeftImport *self,
                       GFile      *file,
                       gsize       most,
                       GError    **error)
{
  g_autoptr(GFileInfo) info = g_file_query_info (
      file, WEFT_IMPORT_ATTRIBUTES, G_FILE_QUERY_INFO_NONE, self->cancellable, error);
  GBytes *bytes = NULL;

  if (info == NULL)
    return NULL;

  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
                           _ ("this is not a file"));
      return NULL;
    }

  if (g_file_info_get_size (info) > (goffset) most)
    {
      g_autofree char *size = g_format_size (g_file_info_get_size (info));
      g_autofree char *limit = g_format_size (most);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE,
                   /* Translators: both are sizes */
                   _ ("the file is too large: it has %s, at most %s can be read"), size, limit);
      return NULL;
    }

  bytes = g_file_load_bytes (file, self->cancellable, NULL, error);

  return bytes;
}

char *
weft_import_take_data_url (WeftImport *self,
                           const char *url)
{
  const char *comma = strchr (url, ',');
  g_autoptr(GBytes) bytes = NULL;
  guchar *data = NULL;
  gsize n_bytes = 0;

  if (comma == NULL || g_strstr_len (url, comma - url, ";base64") == NULL)
    return NULL;

  data = g_base64_decode (comma + 1, &n_bytes);
  bytes = g_bytes_new_take (data, n_bytes);

  return weft_import_add_picture (self, bytes, "data:");
}

char *
weft_import_take_picture (WeftImport *self,
                          GFile      *file)
{
  g_autofree char *shown = weft_import_dup_shown_name (file);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (!g_file_query_exists (file, self->cancellable))
    {
      /* Translators: %s is a file name */
      weft_import_add_problem (self, self->name, _ ("the picture “%s” is not there"), shown);
      return NULL;
    }

  if (!is_below_top (self, file))
    {
      weft_import_add_problem (self, self->name,
                               /* Translators: %s is a file name */
                               _ ("the picture “%s” lies outside of what is imported"), shown);
      return NULL;
    }

  bytes = weft_import_load_file (self, file, WEFT_ASSET_MAX_BYTES, &error);

  if (bytes == NULL)
    {
      if (!g_cancellable_is_cancelled (self->cancellable))
        weft_import_add_problem (self, self->name, "%s: %s", shown, error->message);
      return NULL;
    }

  return weft_import_add_picture (self, bytes, shown);
}
