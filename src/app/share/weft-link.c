/* weft-link.c - `weft:` links and relay addresses, read and checked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-link.h"

#include <glib/gi18n.h>
#include <string.h>

#define ID_LENGTH 26

/* Ids name rooms and files: nothing but lower-case base32 of the right length is let in. */
static gboolean
is_id (const char *id)
{
  return strlen (id) == ID_LENGTH && strspn (id, "abcdefghijklmnopqrstuvwxyz234567") == ID_LENGTH;
}

static gboolean
read_join (WeftLink    *self,
           const char  *query,
           GError     **error)
{
  g_autoptr(GHashTable) params = NULL;
  const char *relay, *notebook, *page, *invite;

  params = g_uri_parse_params (query, -1, "&", G_URI_PARAMS_NONE, error);
  if (params == NULL)
    return FALSE;

  relay = g_hash_table_lookup (params, "relay");
  notebook = g_hash_table_lookup (params, "notebook");
  page = g_hash_table_lookup (params, "page");
  invite = g_hash_table_lookup (params, "invite");

  if (relay == NULL || notebook == NULL || !is_id (notebook) || (page != NULL && !is_id (page)))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("This link is not complete. Ask for it again, and copy all of it"));
      return FALSE;
    }

  self->relay = weft_link_normalize_relay (relay, error);
  if (self->relay == NULL)
    return FALSE;

  self->notebook = g_strdup (notebook);
  self->page = g_strdup (page);
  self->invite = g_strdup (invite);

  return TRUE;
}

/**
 * weft_link_parse:
 * @text: a link as people paste it, with white space around it
 * @error: return location for a message for people
 *
 * Returns: (transfer full): what the link says, or %NULL with @error set
 */
WeftLink *
weft_link_parse (const char  *text,
                 GError     **error)
{
  g_autoptr(WeftLink) self = g_new0 (WeftLink, 1);
  g_autofree char *link = NULL;
  const char *rest;

  g_return_val_if_fail (text != NULL, NULL);

  link = g_strstrip (g_strdup (text));

  if (g_ascii_strncasecmp (link, "weft:", strlen ("weft:")) == 0)
    {
      rest = link + strlen ("weft:");

      /* Browsers and mail programs like to add these. */
      while (*rest == '/')
        rest++;

      if (g_str_has_prefix (rest, "join?"))
        return read_join (self, rest + strlen ("join?"), error) ? g_steal_pointer (&self) : NULL;

      if (g_str_has_prefix (rest, "page/") && is_id (rest + strlen ("page/")))
        {
          self->page = g_strdup (rest + strlen ("page/"));
          return g_steal_pointer (&self);
        }
    }

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                       _ ("This is not a Weft link. Links begin with “weft:join?”"));

  return NULL;
}

/**
 * weft_link_free:
 * @self: a link
 */
void
weft_link_free (WeftLink *self)
{
  g_free (self->relay);
  g_free (self->notebook);
  g_free (self->page);
  g_free (self->invite);
  g_free (self);
}

/**
 * weft_link_normalize_relay:
 * @text: a relay address as people type it
 * @error: return location for a message for people
 *
 * A bare host is completed: "ws:" for this computer, where relays speak without a certificate, and
 * "wss:" for all others.
 *
 * Returns: (transfer full): a "ws:" or "wss:" URL, or %NULL with @error set
 */
char *
weft_link_normalize_relay (const char  *text,
                           GError     **error)
{
  g_autoptr(GUri) uri = NULL;
  g_autofree char *address = NULL;
  const char *scheme, *host, *path;

  g_return_val_if_fail (text != NULL, NULL);

  address = g_strstrip (g_strdup (text));

  if (*address == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("Type the address of a relay, such as wss://relay.example"));
      return NULL;
    }

  if (strstr (address, "://") == NULL)
    {
      gboolean is_local = g_str_has_prefix (address, "localhost") || g_str_has_prefix (address, "127.") ||
                          g_str_has_prefix (address, "[::1]");
      char *completed = g_strconcat (is_local ? "ws://" : "wss://", address, NULL);

      g_free (address);
      address = completed;
    }

  uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  scheme = uri != NULL ? g_uri_get_scheme (uri) : NULL;
  host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL || *host == '\0')
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("This is not an address. One looks like wss://relay.example"));
      return NULL;
    }

  if (g_strcmp0 (scheme, "http") == 0)
    scheme = "ws";
  else if (g_strcmp0 (scheme, "https") == 0)
    scheme = "wss";
  else if (g_strcmp0 (scheme, "ws") != 0 && g_strcmp0 (scheme, "wss") != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                           _ ("A relay address begins with ws:// or wss://"));
      return NULL;
    }

  /* Room names are appended to the path. */
  path = g_uri_get_path (uri);
  if (g_strcmp0 (path, "/") == 0)
    path = "";

  return g_uri_join (G_URI_FLAGS_NONE, scheme, NULL, host, g_uri_get_port (uri), path, g_uri_get_query (uri), NULL);
}
