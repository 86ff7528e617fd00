/* weft-import-scan.c - the first walk of an import: which files are there, and which page each will be
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-import-private.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "notebook/weft-notebook-doc.h"

typedef enum
{
  FILE_OTHER,
  FILE_MARKDOWN,
  FILE_DRAWING,
} FileKind;

static FileKind
get_file_kind (const char *name)
{
  g_autofree char *folded = g_ascii_strdown (name, -1);

  /* What Obsidian's plug-in writes is a drawing packed into Markdown. */
  if (g_str_has_suffix (folded, ".excalidraw.md"))
    return FILE_OTHER;

  if (g_str_has_suffix (folded, ".md") || g_str_has_suffix (folded, ".markdown"))
    return FILE_MARKDOWN;

  return g_str_has_suffix (folded, ".excalidraw") ? FILE_DRAWING : FILE_OTHER;
}

/* Pictures come with the notes that show them. */
static gboolean
has_picture_name (const char *name)
{
  static const char *const suffixes[]
      = { ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".bmp", ".tif", ".tiff", ".avif" };
  g_autofree char *folded = g_ascii_strdown (name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (folded, suffixes[i]))
      return TRUE;

  return FALSE;
}

static char *
dup_stem (const char *name)
{
  const char *dot = strrchr (name, '.');
  g_autofree char *stem = dot != NULL && dot != name ? g_strndup (name, dot - name) : g_strdup (name);

  /* A name on the disk may be of any bytes; a title is UTF-8. */
  return g_utf8_make_valid (stem, -1);
}

/* A link finds the page by the whole address, a wiki link by the name alone; the first of a name wins. */
static void
index_node (WeftImport     *self,
            WeftImportNode *node,
            GFile          *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *stem = dup_stem (name);

  g_hash_table_insert (self->by_file, g_object_ref (file), node);

  for (guint i = 0; i < 2; i++)
    {
      char *folded = weft_import_fold_name (i == 0 ? stem : name);

      if (g_hash_table_contains (self->by_name, folded))
        g_free (folded);
      else
        g_hash_table_insert (self->by_name, folded, node);
    }
}

static WeftImportNode *
add_file (WeftImport *self,
          GFile      *file,
          FileKind    kind,
          GPtrArray  *nodes)
{
  g_autofree char *name = g_file_get_basename (file);
  WeftImportNode *node = weft_import_node_new (kind == FILE_DRAWING ? WEFT_PROFILE_BOARD : WEFT_PROFILE_NOTE,
                                               dup_stem (name));

  node->file = g_object_ref (file);
  index_node (self, node, node->file);
  g_ptr_array_add (nodes, node);

  return node;
}

static gboolean
count_file (WeftImport *self)
{
  if (self->n_files >= WEFT_IMPORT_MAX_FILES)
    {
      if (!self->full)
        g_ptr_array_add (self->plan->problems,
                         /* Translators: %d is a number of files */
                         g_strdup_printf (_ ("Only the first %d files were read."),
                                          WEFT_IMPORT_MAX_FILES));

      self->full = TRUE;
      return FALSE;
    }

  self->n_files++;

  return TRUE;
}

/* As file managers do, in every locale: numbers by their value, capitals as if they were small. */
static int
compare_names (const char *a,
               const char *b)
{
  g_autofree char *folded_a = g_utf8_casefold (a, -1);
  g_autofree char *folded_b = g_utf8_casefold (b, -1);
  g_autofree char *key_a = g_utf8_collate_key_for_filename (folded_a, -1);
  g_autofree char *key_b = g_utf8_collate_key_for_filename (folded_b, -1);
  int order = strcmp (key_a, key_b);

  return order != 0 ? order : strcmp (a, b);
}

static int
compare_infos_cb (gconstpointer a,
                  gconstpointer b)
{
  return compare_names (g_file_info_get_display_name (*(GFileInfo *const *) a),
                        g_file_info_get_display_name (*(GFileInfo *const *) b));
}

/* (transfer full) (element-type GFileInfo): sorted; %NULL and a problem where it cannot be read */
static GPtrArray *
list_folder (WeftImport *self,
             GFile      *folder)
{
  g_autoptr(GPtrArray) infos = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GError) error = NULL;
  g_autofree char *shown = weft_import_dup_shown_name (folder);
  g_autoptr(GFileEnumerator) enumerator
      = g_file_enumerate_children (folder, WEFT_IMPORT_ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
                                   self->cancellable, &error);

  while (enumerator != NULL && error == NULL)
    {
      GFileInfo *info = g_file_enumerator_next_file (enumerator, self->cancellable, &error);

      if (info == NULL)
        break;

      if (g_file_info_get_is_hidden (info) || g_file_info_get_name (info)[0] == '.')
        g_object_unref (info);
      else
        g_ptr_array_add (infos, info);

      /* A folder of a million other files is not sorted for nothing. */
      if (infos->len > 10 * WEFT_IMPORT_MAX_FILES)
        break;
    }

  if (error != NULL)
    {
      if (!g_cancellable_is_cancelled (self->cancellable))
        weft_import_add_problem (self, shown, "%s", error->message);
      return NULL;
    }

  g_ptr_array_sort (infos, compare_infos_cb);

  return g_steal_pointer (&infos);
}

/* Whether the note is the own text of the folder of that name. */
static gboolean
is_folder_text (const char *name,
                const char *folder_name)
{
  g_autofree char *stem = dup_stem (name);
  g_autofree char *folded = weft_import_fold_name (stem);
  g_autofree char *folder = weft_import_fold_name (folder_name);

  return g_str_equal (folded, "readme") || g_str_equal (folded, "index")
         || g_str_equal (folded, folder);
}

static WeftImportNode *scan_folder (WeftImport    *self,
                                    GFile     *folder,
                                    guint      depth);

/* FOLDER.md beside FOLDER: gives the folder its text, where it has none. Takes over what @folder holds. */
static WeftImportNode *
find_folder_note (GPtrArray      *nodes,
                  WeftImportNode *folder,
                  const char     *folder_name)
{
  g_autofree char *wanted = weft_import_fold_name (folder_name);

  if (folder->file != NULL)
    return NULL;

  for (guint i = 0; i < nodes->len; i++)
    {
      WeftImportNode *node = g_ptr_array_index (nodes, i);
      g_autofree char *name = node->file != NULL ? g_file_get_basename (node->file) : NULL;
      g_autofree char *stem = name != NULL ? dup_stem (name) : NULL;
      g_autofree char *folded = stem != NULL ? weft_import_fold_name (stem) : NULL;

      if (node->folder == NULL && g_strcmp0 (folded, wanted) == 0
          && g_str_equal (node->kind, WEFT_PROFILE_NOTE))
        return node;
    }

  return NULL;
}

static void
add_folder (WeftImport     *self,
            WeftImportNode *parent,
            WeftImportNode *folder)
{
  g_autofree char *name = g_file_get_basename (folder->folder);
  WeftImportNode *note = find_folder_note (parent->children, folder, name);

  if (note == NULL)
    {
      g_ptr_array_add (parent->children, folder);
      return;
    }

  g_ptr_array_extend_and_steal (note->children, g_ptr_array_ref (folder->children));
  note->folder = g_steal_pointer (&folder->folder);
  g_hash_table_insert (self->by_file, g_object_ref (note->folder), note);
  weft_import_node_free (folder);
}

static void
scan_child (WeftImport     *self,
            WeftImportNode *node,
            GFileInfo      *info,
            guint           depth)
{
  const char *name = g_file_info_get_name (info);
  g_autoptr(GFile) child = g_file_get_child (node->folder, name);
  g_autofree char *folder_name = g_file_get_basename (node->folder);
  FileKind kind = get_file_kind (name);

  /* A link could lead in circles, or to what nobody meant to share. */
  if (g_file_info_get_is_symlink (info))
    {
      if (kind != FILE_OTHER)
        weft_import_add_problem (self, g_file_info_get_display_name (info),
                                 _ ("this is a link to another file, and was left out"));
      return;
    }

  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    {
      WeftImportNode *folder = scan_folder (self, child, depth + 1);

      if (folder != NULL)
        add_folder (self, node, folder);
      return;
    }

  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR || kind == FILE_OTHER)
    {
      if (!has_picture_name (name))
        self->n_others++;
      return;
    }

  if (!count_file (self))
    return;

  if (kind == FILE_MARKDOWN && node->file == NULL && is_folder_text (name, folder_name))
    {
      node->file = g_object_ref (child);
      index_node (self, node, node->file);
    }
  else
    add_file (self, child, kind, node->children);
}

/* The page of a folder with all below it; %NULL where there is nothing to import. */
static WeftImportNode *
scan_folder (WeftImport *self,
             GFile      *folder,
             guint       depth)
{
  g_autofree char *name = g_file_get_basename (folder);
  g_autofree char *shown = weft_import_dup_shown_name (folder);
  g_autoptr(GPtrArray) infos = NULL;
  WeftImportNode *node = NULL;

  if (g_cancellable_is_cancelled (self->cancellable) || self->full)
    return NULL;

  if (depth > WEFT_IMPORT_MAX_DEPTH)
    {
      weft_import_add_problem (self, shown, _ ("this folder lies too deep, and was left out"));
      return NULL;
    }

  infos = list_folder (self, folder);

  if (infos == NULL)
    return NULL;

  node = weft_import_node_new (WEFT_PROFILE_NOTE, g_utf8_make_valid (name, -1));
  node->folder = g_object_ref (folder);

  /* Files before folders, so that FOLDER.md is there when FOLDER comes; the order is made below. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < infos->len; i++)
      {
        GFileInfo *info = g_ptr_array_index (infos, i);
        gboolean is_folder = g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY;

        if (is_folder == (pass == 1))
          scan_child (self, node, info, depth);
      }

  if (node->file == NULL && node->children->len == 0)
    {
      weft_import_node_free (node);
      return NULL;
    }

  g_hash_table_insert (self->by_file, g_object_ref (node->folder), node);

  return node;
}

static int
compare_nodes_cb (gconstpointer a,
                  gconstpointer b)
{
  WeftImportNode *node_a = *(WeftImportNode *const *) a;
  WeftImportNode *node_b = *(WeftImportNode *const *) b;
  g_autofree char *name_a = weft_import_dup_shown_name (node_a->folder ? node_a->folder : node_a->file);
  g_autofree char *name_b = weft_import_dup_shown_name (node_b->folder ? node_b->folder : node_b->file);

  return compare_names (name_a, name_b);
}

static void
sort_nodes (GPtrArray *nodes)
{
  g_ptr_array_sort (nodes, compare_nodes_cb);

  for (guint i = 0; i < nodes->len; i++)
    sort_nodes (((WeftImportNode *) g_ptr_array_index (nodes, i))->children);
}

/* A file or folder that was chosen: here a symbolic link is followed, and nothing is left out in silence. */
void
weft_import_scan (WeftImport *self,
                  GFile      *file)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *shown = weft_import_dup_shown_name (file);
  g_autoptr(GFileInfo) info
      = g_file_query_info (file, WEFT_IMPORT_ATTRIBUTES, G_FILE_QUERY_INFO_NONE, self->cancellable, &error);

  if (info == NULL)
    {
      if (!g_cancellable_is_cancelled (self->cancellable))
        weft_import_add_problem (self, shown, "%s", error->message);
      return;
    }

  if (g_file_info_get_file_type (info) == G_FILE_TYPE_DIRECTORY)
    {
      guint n_problems = self->plan->problems->len;
      WeftImportNode *node = scan_folder (self, file, 0);

      if (node != NULL)
        {
          sort_nodes (node->children);
          g_ptr_array_add (self->plan->nodes, node);
        }
      else if (self->plan->problems->len == n_problems
               && !g_cancellable_is_cancelled (self->cancellable))
        weft_import_add_problem (self, shown, _ ("there are no notes or drawings in this folder"));
      return;
    }

  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR || get_file_kind (name) == FILE_OTHER)
    weft_import_add_problem (self, shown, _ ("this is neither Markdown nor a drawing of Excalidraw"));
  else if (count_file (self))
    add_file (self, file, get_file_kind (name), self->plan->nodes);
}
