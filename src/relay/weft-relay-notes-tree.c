/* weft-relay-notes-tree.c - the notes of a notebook by their paths of titles
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-notes-tree.h"

#include <string.h>

/* Characters of the id that tell two pages of one path apart. */
#define N_MARK 8

/* Pages one below the other. */
#define MAX_DEPTH 64

typedef void (*PageFunc) (const char       *path,
                          const WeftPageId *page,
                          gpointer          user_data);

static char *
encode (const char *title)
{
  GString *text = g_string_new (NULL);

  for (const char *p = title; *p != '\0'; p++)
    if (*p == '/' || *p == '%')
      g_string_append_printf (text, "%%%02X", (guint) *p);
    else
      g_string_append_c (text, *p);
  return g_string_free (text, FALSE);
}

static char *
decode (const char *part)
{
  char *text = g_uri_unescape_string (part, NULL);

  if (text != NULL && g_utf8_validate (text, -1, NULL))
    return text;
  g_free (text);
  return g_strdup (part);
}

static void
foreach_page (WeftPageTree     *tree,
              const WeftPageId *parent,
              const char       *above,
              guint             depth,
              PageFunc          func,
              gpointer          user_data)
{
  g_autoptr(GHashTable) taken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n = weft_page_tree_get_n_children (tree, parent);

  for (guint i = 0; i < n && depth < MAX_DEPTH; i++)
    {
      WeftPageId page;
      WeftPageIdText id;
      const char *title;
      g_autofree char *part = NULL;
      g_autofree char *path = NULL;

      if (!weft_page_tree_get_child (tree, parent, i, &page))
        break;

      weft_page_id_format (&page, id);
      title = weft_page_tree_get_string (tree, &page, WEFT_PAGE_TITLE);
      part = encode (title != NULL && *title != '\0' ? title : id);
      if (!g_hash_table_add (taken, g_strdup (part)))
        {
          char *marked = g_strdup_printf ("%s~%.*s", part, N_MARK, id);

          g_free (part);
          part = marked;
        }

      path = *above != '\0' ? g_strconcat (above, "/", part, NULL) : g_strdup (part);
      func (path, &page, user_data);
      foreach_page (tree, &page, path, depth + 1, func, user_data);
    }
}

typedef struct
{
  WeftPageTree *tree;
  GHashTable   *by_path; /* char * -> char * */
  gboolean      notes_only;
} Listing;

static void
list_cb (const char       *path,
         const WeftPageId *page,
         gpointer          user_data)
{
  Listing *listing = user_data;
  const char *kind = weft_page_tree_get_string (listing->tree, page, WEFT_PAGE_KIND);

  if (!listing->notes_only || kind == NULL || strcmp (kind, WEFT_PROFILE_NOTE) == 0)
    g_hash_table_insert (listing->by_path, g_strconcat (listing->notes_only ? WEFT_RELAY_NOTE_PREFIX : "", path, NULL),
                         weft_page_id_to_string (page));
}

static GHashTable *
list_paths (WeftNotebookDoc *notebook,
            gboolean         notes_only)
{
  Listing listing = {
    weft_notebook_doc_get_tree (notebook), g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free), notes_only,
  };

  foreach_page (listing.tree, &weft_page_id_root, "", 0, list_cb, &listing);
  return listing.by_path;
}

GHashTable *
weft_relay_notes_tree_list (WeftNotebookDoc *notebook)
{
  return list_paths (notebook, TRUE);
}

char *
weft_relay_notes_tree_normal (const char *key)
{
  g_auto(GStrv) parts = NULL;

  if (!g_str_has_prefix (key, WEFT_RELAY_NOTE_PREFIX))
    return NULL;

  parts = g_strsplit (key + strlen (WEFT_RELAY_NOTE_PREFIX), "/", -1);
  if (parts[0] == NULL || g_strv_length (parts) > MAX_DEPTH)
    return NULL;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_autofree char *title = decode (parts[i]);

      if (*title == '\0')
        return NULL;
      for (const char *p = title; *p != '\0'; p++)
        if (g_ascii_iscntrl (*p))
          return NULL;
      g_free (parts[i]);
      parts[i] = encode (title);
    }

  {
    g_autofree char *path = g_strjoinv ("/", parts);

    return g_strconcat (WEFT_RELAY_NOTE_PREFIX, path, NULL);
  }
}

char *
weft_relay_notes_tree_create (WeftNotebookDoc *notebook,
                              const char      *key,
                              gint64           now_ms)
{
  const char *path = key + strlen (WEFT_RELAY_NOTE_PREFIX);
  g_autoptr(GHashTable) by_path = list_paths (notebook, FALSE);
  WeftPageId page = weft_page_id_root;

  for (const char *end = path; end != NULL;)
    {
      const char *start = end;
      g_autofree char *above = NULL;
      g_autofree char *part = NULL;
      g_autofree char *title = NULL;
      const char *known;
      WeftPageId parent = page;

      end = strchr (start, '/');
      above = end != NULL ? g_strndup (path, (gsize) (end - path)) : g_strdup (path);
      known = g_hash_table_lookup (by_path, above);
      /* The last one is made in any case: what is there is no note. */
      if (known != NULL && end != NULL && weft_page_id_parse (&page, known))
        {
          end++;
          continue;
        }

      part = end != NULL ? g_strndup (start, (gsize) (end - start)) : g_strdup (start);
      title = decode (part);
      weft_page_id_init_random (&page);
      weft_notebook_doc_add_page (notebook, &page, &parent, WEFT_PAGE_LAST, WEFT_PROFILE_NOTE, title, now_ms);
      if (end != NULL)
        end++;
    }

  return weft_page_id_to_string (&page);
}
