/* weft-import-plan.c - files and folders, read and turned into pages that are not in a notebook yet
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-import-plan.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "model/weft-asset.h"
#include "notebook/weft-excalidraw.h"
#include "notebook/weft-markdown.h"
#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-users.h"

/* Texts and pictures together: they are all in memory until the notebook has taken them. */
#define MAX_TOTAL_BYTES (512 * 1024 * 1024)
#define MAX_PROBLEMS    200

#define ATTRIBUTES                                                                                 \
  G_FILE_ATTRIBUTE_STANDARD_NAME "," G_FILE_ATTRIBUTE_STANDARD_TYPE                                \
                                 "," G_FILE_ATTRIBUTE_STANDARD_SIZE                                \
                                 "," G_FILE_ATTRIBUTE_STANDARD_IS_SYMLINK                          \
                                 "," G_FILE_ATTRIBUTE_STANDARD_IS_HIDDEN                           \
                                 "," G_FILE_ATTRIBUTE_STANDARD_DISPLAY_NAME

typedef enum
{
  FILE_OTHER,
  FILE_MARKDOWN,
  FILE_DRAWING,
} FileKind;

typedef struct
{
  WeftImportPlan *plan;
  const char     *author;
  GCancellable   *cancellable;

  GHashTable     *by_file; /* GFile -> WeftImportNode, both borrowed */
  GHashTable     *by_name; /* folded name -> WeftImportNode, for wiki links */
  GPtrArray      *left_out; /* of WeftImportNode: links may still find them */
  guint           n_files;
  guint           n_others; /* files of other kinds, in folders */
  gsize           n_bytes;
  gboolean        full;     /* a limit was reached, and told */

  /* The file in hand */
  GFile          *file;
  GFile          *top;      /* pictures come from below it */
  const char     *name;
} Import;

/* --- Names ---------------------------------------------------------------------------------------- */

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

static char *
dup_shown_name (GFile *file)
{
  g_autofree char *name = g_file_get_basename (file);

  return name != NULL ? g_filename_display_name (name) : g_file_get_uri (file);
}

static char *
fold_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *normal = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL_COMPOSE);

  return g_utf8_casefold (normal, -1);
}

static void add_problem (Import     *self,
                         const char *name,
                         const char *format,
                         ...) G_GNUC_PRINTF (3, 4);

static void
add_problem (Import     *self,
             const char *name,
             const char *format,
             ...)
{
  va_list args;
  g_autofree char *what = NULL;

  if (self->plan->problems->len >= MAX_PROBLEMS)
    {
      if (self->plan->problems->len == MAX_PROBLEMS)
        g_ptr_array_add (self->plan->problems, g_strdup (_ ("There is more of this kind.")));
      return;
    }

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);

  g_ptr_array_add (self->plan->problems, g_strdup_printf ("%s: %s", name, what));
}

/* --- Nodes ---------------------------------------------------------------------------------------- */

static void
node_free (gpointer data)
{
  WeftImportNode *self = data;

  g_free (self->title);
  g_clear_pointer (&self->update, g_bytes_unref);
  g_ptr_array_unref (self->children);
  g_clear_object (&self->file);
  g_clear_object (&self->folder);
  g_free (self);
}

static WeftImportNode *
node_new (const char *kind,
          char       *title) /* taken */
{
  WeftImportNode *self = g_new0 (WeftImportNode, 1);

  weft_page_id_init_random (&self->id);
  self->kind = kind;
  self->title = title;
  self->children = g_ptr_array_new_with_free_func (node_free);

  return self;
}

/* A link finds the page by the whole address, a wiki link by the name alone; the first of a name wins. */
static void
index_node (Import         *self,
            WeftImportNode *node,
            GFile          *file)
{
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *stem = dup_stem (name);

  g_hash_table_insert (self->by_file, g_object_ref (file), node);

  for (guint i = 0; i < 2; i++)
    {
      char *folded = fold_name (i == 0 ? stem : name);

      if (g_hash_table_contains (self->by_name, folded))
        g_free (folded);
      else
        g_hash_table_insert (self->by_name, folded, node);
    }
}

static WeftImportNode *
add_file (Import    *self,
          GFile     *file,
          FileKind   kind,
          GPtrArray *nodes)
{
  g_autofree char *name = g_file_get_basename (file);
  WeftImportNode *node = node_new (kind == FILE_DRAWING ? WEFT_PROFILE_BOARD : WEFT_PROFILE_NOTE,
                                   dup_stem (name));

  node->file = g_object_ref (file);
  index_node (self, node, node->file);
  g_ptr_array_add (nodes, node);

  return node;
}

/* --- The first walk: what is there ----------------------------------------------------------------- */

static gboolean
count_file (Import *self)
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
list_folder (Import *self,
             GFile  *folder)
{
  g_autoptr(GPtrArray) infos = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr(GError) error = NULL;
  g_autofree char *shown = dup_shown_name (folder);
  g_autoptr(GFileEnumerator) enumerator
      = g_file_enumerate_children (folder, ATTRIBUTES, G_FILE_QUERY_INFO_NOFOLLOW_SYMLINKS,
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
        add_problem (self, shown, "%s", error->message);
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
  g_autofree char *folded = fold_name (stem);
  g_autofree char *folder = fold_name (folder_name);

  return g_str_equal (folded, "readme") || g_str_equal (folded, "index")
         || g_str_equal (folded, folder);
}

static WeftImportNode *scan_folder (Import    *self,
                                    GFile     *folder,
                                    guint      depth);

/* FOLDER.md beside FOLDER: gives the folder its text, where it has none. Takes over what @folder holds. */
static WeftImportNode *
find_folder_note (GPtrArray      *nodes,
                  WeftImportNode *folder,
                  const char     *folder_name)
{
  g_autofree char *wanted = fold_name (folder_name);

  if (folder->file != NULL)
    return NULL;

  for (guint i = 0; i < nodes->len; i++)
    {
      WeftImportNode *node = g_ptr_array_index (nodes, i);
      g_autofree char *name = node->file != NULL ? g_file_get_basename (node->file) : NULL;
      g_autofree char *stem = name != NULL ? dup_stem (name) : NULL;
      g_autofree char *folded = stem != NULL ? fold_name (stem) : NULL;

      if (node->folder == NULL && g_strcmp0 (folded, wanted) == 0
          && g_str_equal (node->kind, WEFT_PROFILE_NOTE))
        return node;
    }

  return NULL;
}

static void
add_folder (Import         *self,
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
  node_free (folder);
}

static void
scan_child (Import         *self,
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
        add_problem (self, g_file_info_get_display_name (info),
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
scan_folder (Import *self,
             GFile  *folder,
             guint   depth)
{
  g_autofree char *name = g_file_get_basename (folder);
  g_autofree char *shown = dup_shown_name (folder);
  g_autoptr(GPtrArray) infos = NULL;
  WeftImportNode *node = NULL;

  if (g_cancellable_is_cancelled (self->cancellable) || self->full)
    return NULL;

  if (depth > WEFT_IMPORT_MAX_DEPTH)
    {
      add_problem (self, shown, _ ("this folder lies too deep, and was left out"));
      return NULL;
    }

  infos = list_folder (self, folder);

  if (infos == NULL)
    return NULL;

  node = node_new (WEFT_PROFILE_NOTE, g_utf8_make_valid (name, -1));
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
      node_free (node);
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
  g_autofree char *name_a = dup_shown_name (node_a->folder ? node_a->folder : node_a->file);
  g_autofree char *name_b = dup_shown_name (node_b->folder ? node_b->folder : node_b->file);

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
static void
scan_chosen (Import *self,
             GFile  *file)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *shown = dup_shown_name (file);
  g_autoptr(GFileInfo) info
      = g_file_query_info (file, ATTRIBUTES, G_FILE_QUERY_INFO_NONE, self->cancellable, &error);

  if (info == NULL)
    {
      if (!g_cancellable_is_cancelled (self->cancellable))
        add_problem (self, shown, "%s", error->message);
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
        add_problem (self, shown, _ ("there are no notes or drawings in this folder"));
      return;
    }

  if (g_file_info_get_file_type (info) != G_FILE_TYPE_REGULAR || get_file_kind (name) == FILE_OTHER)
    add_problem (self, shown, _ ("this is neither Markdown nor a drawing of Excalidraw"));
  else if (count_file (self))
    add_file (self, file, get_file_kind (name), self->plan->nodes);
}

/* --- Pictures ------------------------------------------------------------------------------------- */

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
static gboolean
take_bytes (Import *self,
            gsize   n_bytes)
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
add_asset (Import *self,
           GBytes *bytes)
{
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  char *address = g_strconcat ("weft:asset/", sha256, NULL);

  if (!g_hash_table_contains (self->plan->assets, sha256))
    g_hash_table_insert (self->plan->assets, g_steal_pointer (&sha256), g_bytes_ref (bytes));

  return address;
}

static char *
add_picture (Import     *self,
             GBytes     *bytes,
             const char *shown)
{
  if (g_bytes_get_size (bytes) > WEFT_ASSET_MAX_BYTES)
    {
      g_autofree char *limit = g_format_size (WEFT_ASSET_MAX_BYTES);

      add_problem (self, self->name,
                   /* Translators: the first %s is a file name, the second a size */
                   _ ("the picture “%s” is too large: at most %s can be put into a page"), shown,
                   limit);
      return NULL;
    }

  if (!is_picture (bytes))
    {
      /* Translators: %s is a file name */
      add_problem (self, self->name, _ ("“%s” is not a picture that Weft knows"), shown);
      return NULL;
    }

  return take_bytes (self, g_bytes_get_size (bytes)) ? add_asset (self, bytes) : NULL;
}

/* A file that a note names may lie anywhere: what leads out of the imported folder, through links too,
 * is not ours to share. */
static gboolean
is_below_top (Import *self,
              GFile  *file)
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

static GBytes *
load_file (Import  *self,
           GFile   *file,
           gsize    most,
           GError **error)
{
  g_autoptr(GFileInfo) info = g_file_query_info (
      file, ATTRIBUTES, G_FILE_QUERY_INFO_NONE, self->cancellable, error);
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

static char *
take_data_url (Import     *self,
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

  return add_picture (self, bytes, "data:");
}

static char *
take_picture (Import *self,
              GFile  *file)
{
  g_autofree char *shown = dup_shown_name (file);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (!g_file_query_exists (file, self->cancellable))
    {
      /* Translators: %s is a file name */
      add_problem (self, self->name, _ ("the picture “%s” is not there"), shown);
      return NULL;
    }

  if (!is_below_top (self, file))
    {
      add_problem (self, self->name,
                   /* Translators: %s is a file name */
                   _ ("the picture “%s” lies outside of what is imported"), shown);
      return NULL;
    }

  bytes = load_file (self, file, WEFT_ASSET_MAX_BYTES, &error);

  if (bytes == NULL)
    {
      if (!g_cancellable_is_cancelled (self->cancellable))
        add_problem (self, self->name, "%s: %s", shown, error->message);
      return NULL;
    }

  return add_picture (self, bytes, shown);
}

/* --- Links ---------------------------------------------------------------------------------------- */

static char *
make_page_link (WeftImportNode *node)
{
  WeftPageIdText id;

  if (node == NULL || (node->failed && node->children->len == 0))
    return NULL;

  return g_strconcat ("weft:page/", weft_page_id_format (&node->id, id), NULL);
}

static WeftImportNode *
lookup_file (Import     *self,
             const char *path)
{
  g_autoptr(GFile) folder = g_file_get_parent (self->file);
  g_autoptr(GFile) file = folder ? g_file_resolve_relative_path (folder, path) : NULL;

  return file != NULL ? g_hash_table_lookup (self->by_file, file) : NULL;
}

/* What stands before the first of @stops, unescaped; %NULL where that makes no sense. */
static char *
dup_path (const char *address)
{
  g_autofree char *path = g_strndup (address, strcspn (address, "#?"));
  char *unescaped = g_uri_unescape_string (path, NULL);

  return unescaped != NULL ? unescaped : g_steal_pointer (&path);
}

static char *
resolve_wiki (Import     *self,
              const char *target)
{
  g_autofree char *name = g_strndup (target, strcspn (target, "#|"));
  g_autofree char *stripped = g_strdup (g_strstrip (name));
  g_autofree char *with_suffix = g_strconcat (stripped, ".md", NULL);
  const char *slash = strrchr (stripped, '/');
  g_autofree char *folded = fold_name (slash != NULL ? slash + 1 : stripped);
  WeftImportNode *node = lookup_file (self, stripped);

  if (node == NULL)
    node = lookup_file (self, with_suffix);

  if (node == NULL)
    node = g_hash_table_lookup (self->by_name, folded);

  return make_page_link (node);
}

static char *
resolve_cb (const char *destination,
            gboolean    is_image,
            gboolean    is_wiki,
            gpointer    user_data)
{
  Import *self = user_data;
  g_autofree char *scheme = g_uri_parse_scheme (destination);
  g_autofree char *path = NULL;
  WeftImportNode *node = NULL;

  if (is_wiki)
    return resolve_wiki (self, destination);

  if (is_image && g_strcmp0 (scheme, "data") == 0)
    return take_data_url (self, destination);

  if (scheme != NULL || *destination == '#' || *destination == '\0'
      || g_str_has_prefix (destination, "//"))
    return NULL;

  path = dup_path (destination);
  node = lookup_file (self, path);

  if (node == NULL && !is_image)
    {
      g_autofree char *with_suffix = g_strconcat (path, ".md", NULL);

      node = lookup_file (self, with_suffix);
    }

  if (node != NULL)
    return make_page_link (node);

  if (is_image)
    {
      g_autoptr(GFile) folder = g_file_get_parent (self->file);
      g_autoptr(GFile) file = g_file_resolve_relative_path (folder, path);

      return take_picture (self, file);
    }

  return NULL;
}

/* --- The second walk: what it says ------------------------------------------------------------------ */

static WeftDoc *
make_doc (Import     *self,
          WeftUsers **users)
{
  WeftDoc *doc = weft_doc_new ();

  *users = weft_users_new (doc);
  weft_users_set_user (*users, self->author);

  return doc;
}

static void
keep_doc (WeftImportNode *node,
          WeftDoc        *doc)
{
  node->update = weft_doc_encode_state (doc);
}

/* A picture whose address is a page is that page: a drawing shown in a note. */
static WeftDelta *
show_boards (const WeftDelta *delta)
{
  WeftDelta *shown = weft_delta_new ();

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      const WeftAny *image = NULL;
      const char *address = NULL;

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        {
          weft_delta_insert_text (shown, op->text, op->n_bytes, op->attributes);
          continue;
        }

      image = weft_any_lookup (op->embed, "image");
      address = image != NULL ? weft_any_get_string (image) : NULL;

      if (address != NULL && g_str_has_prefix (address, "weft:page/"))
        {
          g_autoptr(WeftAny) embed = weft_any_new_object ();

          weft_any_object_take (embed, "board",
                                weft_any_new_string (address + strlen ("weft:page/")));
          weft_delta_insert_embed (shown, embed, NULL);
        }
      else
        weft_delta_insert_embed (shown, op->embed, op->attributes);
    }

  return shown;
}

static gboolean
read_note (Import         *self,
           WeftImportNode *node,
           GBytes         *bytes,
           GError        **error)
{
  gsize n_bytes = 0;
  const char *text = g_bytes_get_data (bytes, &n_bytes);
  WeftMarkdownOptions options
      = { .resolve = resolve_cb, .user_data = self, .take_title = TRUE };
  g_autofree char *title = NULL;
  g_autoptr(WeftDelta) delta = NULL;
  g_autoptr(WeftDelta) shown = NULL;

  if (n_bytes > 0 && !g_utf8_validate (text, n_bytes, NULL))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           memchr (text, '\0', n_bytes) != NULL
                             ? _ ("this is not a text")
                             : _ ("this text is not in UTF-8; save it in UTF-8 and try again"));
      return FALSE;
    }

  delta = weft_markdown_read (n_bytes > 0 ? text : "", n_bytes, &options, &title, error);

  if (delta == NULL)
    return FALSE;

  if (title != NULL && *title != '\0')
    {
      g_free (node->title);
      node->title = g_steal_pointer (&title);
    }

  shown = show_boards (delta);

  if (weft_delta_get_n_ops (shown) > 0)
    {
      WeftUsers *users = NULL;
      g_autoptr(WeftDoc) doc = make_doc (self, &users);

      weft_text_apply_delta (weft_doc_get_text (doc, "quill"), shown);
      keep_doc (node, doc);
      weft_users_free (users);
    }

  return TRUE;
}

static char *
add_drawing_file_cb (GBytes     *bytes,
                     const char *media_type,
                     gpointer    user_data)
{
  Import *self = user_data;

  return add_picture (self, bytes, media_type);
}

static gboolean
read_drawing (Import         *self,
              WeftImportNode *node,
              GBytes         *bytes,
              GError        **error)
{
  gsize n_bytes = 0;
  const char *json = g_bytes_get_data (bytes, &n_bytes);
  WeftUsers *users = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(WeftExcalidraw) drawing
      = weft_excalidraw_read (n_bytes > 0 ? json : "", n_bytes, add_drawing_file_cb, self, error);

  if (drawing == NULL)
    return FALSE;

  if (drawing->n_missing > 0)
    add_problem (self, self->name,
                 ngettext ("%u picture is missing in the drawing",
                           "%u pictures are missing in the drawing", drawing->n_missing),
                 drawing->n_missing);

  doc = make_doc (self, &users);
  weft_excalidraw_insert (drawing, doc);
  keep_doc (node, doc);
  weft_users_free (users);

  return TRUE;
}

static void
read_node (Import         *self,
           WeftImportNode *node)
{
  gboolean is_drawing = g_str_equal (node->kind, WEFT_PROFILE_BOARD);
  g_autofree char *shown = dup_shown_name (node->file);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  gboolean done = FALSE;

  self->file = node->file;
  self->name = shown;
  bytes = load_file (self, node->file,
                     is_drawing ? WEFT_EXCALIDRAW_MAX_BYTES : WEFT_IMPORT_MAX_NOTE_BYTES, &error);

  if (bytes != NULL && !take_bytes (self, g_bytes_get_size (bytes)))
    node->failed = TRUE;
  else if (bytes != NULL)
    done = is_drawing ? read_drawing (self, node, bytes, &error)
                      : read_note (self, node, bytes, &error);

  if (!done)
    {
      node->failed = TRUE;

      if (error != NULL && !g_cancellable_is_cancelled (self->cancellable))
        add_problem (self, shown, "%s", error->message);
    }

  self->file = NULL;
  self->name = NULL;
}

/* Pages that could not be read are taken out, unless others stand below them. */
static void
read_nodes (Import    *self,
            GPtrArray *nodes,
            GFile     *top)
{
  for (guint i = 0; i < nodes->len;)
    {
      WeftImportNode *node = g_ptr_array_index (nodes, i);
      g_autoptr(GFile) beside = node->file != NULL ? g_file_get_parent (node->file) : NULL;

      if (g_cancellable_is_cancelled (self->cancellable))
        return;

      /* A folder that was chosen is the top of all below it; of a single file it is where it lies. */
      self->top = top != NULL ? top : node->folder != NULL ? node->folder : beside;

      if (node->file != NULL)
        read_node (self, node);

      read_nodes (self, node->children, self->top);

      if (node->failed && node->children->len == 0)
        {
          g_ptr_array_add (self->left_out, g_ptr_array_steal_index (nodes, i));
          continue;
        }

      self->plan->n_pages++;
      i++;
    }
}

void
weft_import_plan_free (WeftImportPlan *self)
{
  g_ptr_array_unref (self->nodes);
  g_hash_table_unref (self->assets);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

static WeftImportPlan *
plan_new (void)
{
  WeftImportPlan *self = g_new0 (WeftImportPlan, 1);

  self->nodes = g_ptr_array_new_with_free_func (node_free);
  self->assets
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  self->problems = g_ptr_array_new_with_free_func (g_free);

  return self;
}

/**
 * weft_import_plan_new:
 * @files: (element-type GFile): files and folders
 * @author: (nullable): who writes the new pages
 * @cancellable: (nullable): stops it between two files
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the pages to make, or %NULL with @error set when it was cancelled
 */
WeftImportPlan *
weft_import_plan_new (GPtrArray    *files,
                      const char   *author,
                      GCancellable *cancellable,
                      GError      **error)
{
  g_autoptr(WeftImportPlan) plan = plan_new ();
  Import self = { .plan = plan, .author = author, .cancellable = cancellable };

  self.by_file = g_hash_table_new_full (g_file_hash, (GEqualFunc) g_file_equal, g_object_unref, NULL);
  self.left_out = g_ptr_array_new_with_free_func (node_free);
  self.by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < files->len && !g_cancellable_is_cancelled (cancellable); i++)
    scan_chosen (&self, g_ptr_array_index (files, i));

  read_nodes (&self, plan->nodes, NULL);

  if (self.n_others > 0)
    g_ptr_array_add (plan->problems,
                     /* Translators: %u is the number of files that are neither notes nor drawings */
                     g_strdup_printf (ngettext ("%u file of another kind was left out",
                                                "%u files of other kinds were left out",
                                                self.n_others),
                                      self.n_others));

  g_hash_table_unref (self.by_file);
  g_hash_table_unref (self.by_name);
  g_ptr_array_unref (self.left_out);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  return g_steal_pointer (&plan);
}
