/* weft-library.c - the notebooks of this person: the files in the data folder, and their titles
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-library.h"

#include <glib/gi18n.h>

#include "model/weft-notebook.h"

#define SUFFIX ".weft"
#define GROUP_TITLES "Titles"
#define GROUP_LAST "Last"

static GFile *
dup_folder (void)
{
  g_autoptr(GFile) file = weft_notebook_default_file ();

  return g_file_get_parent (file);
}

static char *
dup_index_path (void)
{
  g_autoptr(GFile) folder = dup_folder ();
  g_autofree char *path = g_file_get_path (folder);

  return g_build_filename (path, "notebooks.ini", NULL);
}

/* Missing or damaged, it is empty: nothing depends on it. */
static GKeyFile *
load_index (void)
{
  g_autoptr(GKeyFile) index = g_key_file_new ();
  g_autofree char *path = dup_index_path ();

  g_key_file_load_from_file (index, path, G_KEY_FILE_NONE, NULL);

  return g_steal_pointer (&index);
}

/* For a notebook without a title, or one that was never open on this device. */
static char *
make_title (const char *name)
{
  guint64 number;

  if (g_str_equal (name, "notebook" SUFFIX))
    return g_strdup (_ ("Notebook"));

  if (g_str_has_prefix (name, "notebook-") &&
      (number = g_ascii_strtoull (name + strlen ("notebook-"), NULL, 10)) > 0)
    /* Translators: the title of a notebook that was given none; %u is 2, 3... */
    return g_strdup_printf (_ ("Notebook %u"), (guint) number);

  if (strlen (name) == 26 + strlen (SUFFIX))
    return g_strdup (_ ("Shared Notebook"));

  return g_strndup (name, strlen (name) - strlen (SUFFIX));
}

static void
entry_free (gpointer data)
{
  WeftLibraryEntry *entry = data;

  g_object_unref (entry->file);
  g_free (entry->title);
  g_free (entry);
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const WeftLibraryEntry *const *left = a;
  const WeftLibraryEntry *const *right = b;

  return g_utf8_collate ((*left)->title, (*right)->title);
}

/**
 * weft_library_list:
 *
 * Returns: (transfer full) (element-type WeftLibraryEntry): the notebooks in the data folder, by title
 */
GPtrArray *
weft_library_list (void)
{
  g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr(GKeyFile) index = load_index ();
  g_autoptr(GFile) folder = dup_folder ();
  g_autofree char *path = g_file_get_path (folder);
  g_autoptr(GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      WeftLibraryEntry *entry;
      g_autofree char *title = NULL;

      if (!g_str_has_suffix (name, SUFFIX))
        continue;

      title = g_key_file_get_string (index, GROUP_TITLES, name, NULL);
      entry = g_new0 (WeftLibraryEntry, 1);
      entry->file = g_file_get_child (folder, name);
      entry->title = title != NULL && *title != '\0' ? g_steal_pointer (&title)
                                                     : make_title (name);
      g_ptr_array_add (entries, entry);
    }

  g_ptr_array_sort (entries, compare_entries);

  return g_steal_pointer (&entries);
}

/**
 * weft_library_new_file:
 *
 * Returns: (transfer full): a file in the data folder that does not exist yet
 */
GFile *
weft_library_new_file (void)
{
  g_autoptr(GFile) folder = dup_folder ();

  for (guint i = 2;; i++)
    {
      g_autofree char *name = g_strdup_printf ("notebook-%u" SUFFIX, i);
      g_autoptr(GFile) file = g_file_get_child (folder, name);

      if (!g_file_query_exists (file, NULL))
        return g_steal_pointer (&file);
    }
}

/**
 * weft_library_dup_last:
 * @is_missing: (out): whether it was there once and is not now: on a disk that is not there, or deleted
 *
 * Returns: (transfer full): the notebook that was open last, or the default one
 */
GFile *
weft_library_dup_last (gboolean *is_missing)
{
  g_autoptr(GKeyFile) index = load_index ();
  g_autofree char *path = g_key_file_get_string (index, GROUP_LAST, "notebook", NULL);
  g_autoptr(GFile) folder = dup_folder ();

  if (path != NULL)
    {
      /* A name within the folder, or the whole path of a file elsewhere. */
      g_autoptr(GFile) file = g_file_resolve_relative_path (folder, path);

      *is_missing = !g_file_query_exists (file, NULL);
      return g_steal_pointer (&file);
    }

  *is_missing = FALSE;
  return weft_notebook_default_file ();
}

/**
 * weft_library_remember:
 * @file: a notebook that is shown now
 * @title: its title
 */
void
weft_library_remember (GFile      *file,
                       const char *title)
{
  g_autoptr(GKeyFile) index = load_index ();
  g_autoptr(GFile) folder = dup_folder ();
  g_autofree char *index_path = dup_index_path ();
  g_autofree char *name = g_file_get_relative_path (folder, file);
  g_autoptr(GError) error = NULL;

  g_return_if_fail (G_IS_FILE (file));

  if (name == NULL)
    name = g_file_get_path (file);
  if (name == NULL)
    return;

  g_key_file_set_string (index, GROUP_LAST, "notebook", name);
  if (title != NULL && *title != '\0')
    g_key_file_set_string (index, GROUP_TITLES, name, title);

  if (!g_key_file_save_to_file (index, index_path, &error))
    g_debug ("Cannot remember the notebook: %s", error->message);
}
