/* weft-import-read.c - the second walk of an import: what the files say, with links between pages
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-import-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "crdt/weft-type.h"
#include "notebook/weft-excalidraw.h"
#include "notebook/weft-markdown.h"
#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-users.h"

static char *
make_page_link (WeftImportNode *node)
{
  WeftPageIdText id;

  if (node == NULL || (node->failed && node->children->len == 0))
    return NULL;

  return g_strconcat ("weft:page/", weft_page_id_format (&node->id, id), NULL);
}

static WeftImportNode *
lookup_file (WeftImport *self,
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
resolve_wiki (WeftImport *self,
              const char *target)
{
  g_autofree char *name = g_strndup (target, strcspn (target, "#|"));
  g_autofree char *stripped = g_strdup (g_strstrip (name));
  g_autofree char *with_suffix = g_strconcat (stripped, ".md", NULL);
  const char *slash = strrchr (stripped, '/');
  g_autofree char *folded = weft_import_fold_name (slash != NULL ? slash + 1 : stripped);
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
  WeftImport *self = user_data;
  g_autofree char *scheme = g_uri_parse_scheme (destination);
  g_autofree char *path = NULL;
  WeftImportNode *node = NULL;

  if (is_wiki)
    return resolve_wiki (self, destination);

  if (is_image && g_strcmp0 (scheme, "data") == 0)
    return weft_import_take_data_url (self, destination);

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

      return weft_import_take_picture (self, file);
    }

  return NULL;
}

static WeftDoc *
make_doc (WeftImport *self,
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
read_note (WeftImport     *self,
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
  WeftImport *self = user_data;

  return weft_import_add_picture (self, bytes, media_type);
}

static gboolean
read_drawing (WeftImport     *self,
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
    weft_import_add_problem (self, self->name,
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
read_node (WeftImport     *self,
           WeftImportNode *node)
{
  gboolean is_drawing = g_str_equal (node->kind, WEFT_PROFILE_BOARD);
  g_autofree char *shown = weft_import_dup_shown_name (node->file);
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  gboolean done = FALSE;

  self->file = node->file;
  self->name = shown;
  bytes = weft_import_load_file (self, node->file,
                                 is_drawing ? WEFT_EXCALIDRAW_MAX_BYTES : WEFT_IMPORT_MAX_NOTE_BYTES, &error);

  if (bytes != NULL && !weft_import_take_bytes (self, g_bytes_get_size (bytes)))
    node->failed = TRUE;
  else if (bytes != NULL)
    done = is_drawing ? read_drawing (self, node, bytes, &error)
                      : read_note (self, node, bytes, &error);

  if (!done)
    {
      node->failed = TRUE;

      if (error != NULL && !g_cancellable_is_cancelled (self->cancellable))
        weft_import_add_problem (self, shown, "%s", error->message);
    }

  self->file = NULL;
  self->name = NULL;
}

/* Pages that could not be read are taken out, unless others stand below them. */
void
weft_import_read (WeftImport *self,
                  GPtrArray  *nodes,
                  GFile      *top)
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

      weft_import_read (self, node->children, self->top);

      if (node->failed && node->children->len == 0)
        {
          g_ptr_array_add (self->left_out, g_ptr_array_steal_index (nodes, i));
          continue;
        }

      self->plan->n_pages++;
      i++;
    }
}
