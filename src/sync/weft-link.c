/* weft-link.c - `weft:` links and the addresses of relays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-link.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#define ID_LENGTH 26
#define ALPHABET  "abcdefghijklmnopqrstuvwxyz234567"

/* More than any link of ours needs; what is longer comes from somebody who tries something. */
#define MAX_LINK  4096
#define MAX_TOKEN 1024

/* Of a token in the address of a page */
#define PAGE_TOKEN       43
#define INVITE_PATH      "/invite/"
#define TOKEN_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

/* What may stand unencoded in a value of the query, besides letters, digits and -._~ */
#define QUERY_VALUE_CHARACTERS ":/"

G_DEFINE_QUARK (weft-sync-error-quark, weft_sync_error)

/**
 * weft_link_is_id:
 * @text: anything
 *
 * Returns: whether @text is an id of a notebook or a page
 */
gboolean
weft_link_is_id (const char *text)
{
  return strlen (text) == ID_LENGTH && strspn (text, ALPHABET) == ID_LENGTH;
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr(GInetAddress) address = NULL;

  if (g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost"))
    return TRUE;

  address = g_inet_address_new_from_string (host);
  return address != NULL && g_inet_address_get_is_loopback (address);
}

/* Where certificates are not to be had: without a scheme, ws is meant here. */
static gboolean
is_nearby (const char *host)
{
  g_autoptr(GInetAddress) address = NULL;

  if (is_loopback (host) || g_str_has_suffix (host, ".local"))
    return TRUE;

  address = g_inet_address_new_from_string (host);
  return address != NULL &&
         (g_inet_address_get_is_site_local (address) || g_inet_address_get_is_link_local (address));
}

static gboolean
refuse_address (GError    **error,
                const char *reason)
{
  g_set_error_literal (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_ADDRESS, reason);
  return FALSE;
}

/* The scheme that is meant; %NULL where none of ours is. */
static const char *
translate_scheme (const char *scheme)
{
  if (g_str_equal (scheme, "ws") || g_str_equal (scheme, "http"))
    return "ws";
  if (g_str_equal (scheme, "wss") || g_str_equal (scheme, "https"))
    return "wss";

  return NULL;
}

/* Letters, digits, and what stands in numeric addresses; beyond ASCII it is for the resolver. A colon,
 * which may have come as %3A, is in IPv6 addresses only. */
static gboolean
is_host (const char *host)
{
  if (host == NULL || *host == '\0')
    return FALSE;

  for (const char *c = host; *c != '\0'; c++)
    if ((guchar) *c < 0x80 && !g_ascii_isalnum (*c) && strchr ("-._:", *c) == NULL)
      return FALSE;

  return strchr (host, ':') == NULL || g_hostname_is_ip_address (host);
}

static GUri *
parse_address (const char *text,
               GError    **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *with_scheme = NULL;
  g_autoptr(GUri) uri = NULL;

  if (*stripped == '\0' || strlen (stripped) > MAX_LINK)
    {
      refuse_address (error, _ ("The address of the relay is empty or too long"));
      return NULL;
    }

  with_scheme = strstr (stripped, "://") != NULL ? g_strdup (stripped)
                                                 : g_strconcat ("none://", stripped, NULL);
  uri = g_uri_parse (with_scheme, G_URI_FLAGS_ENCODED, NULL);
  if (uri == NULL || !is_host (g_uri_get_host (uri)))
    {
      refuse_address (error, _ ("This is no address of a relay"));
      return NULL;
    }

  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL ||
      g_uri_get_query (uri) != NULL)
    {
      refuse_address (error, _ ("The address of a relay has a host, a port and a path, nothing else"));
      return NULL;
    }

  return g_steal_pointer (&uri);
}

/**
 * weft_relay_address_parse:
 * @text: what somebody typed
 * @insecure: (out) (optional): whether others on the way can read what is sent
 * @error: return location for an error of the %WEFT_SYNC_ERROR domain
 *
 * Returns: (transfer full): the address, starting with ws:// or wss://, without a slash at its end
 */
char *
weft_relay_address_parse (const char *text,
                          gboolean   *insecure,
                          GError    **error)
{
  g_autoptr(GUri) uri = parse_address (text, error);
  g_autofree char *path = NULL;
  const char *scheme;
  gsize length;

  if (uri == NULL)
    return NULL;

  if (g_str_equal (g_uri_get_scheme (uri), "none"))
    scheme = is_nearby (g_uri_get_host (uri)) ? "ws" : "wss";
  else
    scheme = translate_scheme (g_uri_get_scheme (uri));

  if (scheme == NULL)
    {
      refuse_address (error, _ ("The address of a relay starts with wss:// or ws://"));
      return NULL;
    }

  if (insecure != NULL)
    *insecure = g_str_equal (scheme, "ws") && !is_loopback (g_uri_get_host (uri));

  path = g_strdup (g_uri_get_path (uri));
  for (length = strlen (path); length > 0 && path[length - 1] == '/'; length--)
    path[length - 1] = '\0';

  return g_uri_join (G_URI_FLAGS_ENCODED, scheme, NULL, g_uri_get_host (uri), g_uri_get_port (uri),
                     path, NULL, NULL);
}

/**
 * weft_relay_address_room:
 * @relay: an address from weft_relay_address_parse()
 * @room: the name of a room
 *
 * Returns: (transfer full): where the room is
 */
char *
weft_relay_address_room (const char *relay,
                         const char *room)
{
  /* The slash parts the name of a page's room and is sent as it is. */
  g_autofree char *encoded = g_uri_escape_string (room, "/", FALSE);

  return g_strconcat (relay, "/", encoded, NULL);
}

static gboolean
refuse_link (GError    **error,
             const char *reason)
{
  g_set_error_literal (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_LINK, reason);
  return FALSE;
}

static WeftLink *
parse_page_link (const char *rest,
                 GError    **error)
{
  if (!weft_link_is_id (rest))
    {
      refuse_link (error, _ ("The link names no page"));
      return NULL;
    }

  return weft_link_new_page (rest);
}

/* Whether all that is there is what it should be. */
static gboolean
check_join_link (const WeftLink *link,
                 GError        **error)
{
  if (link->relay == NULL || link->notebook == NULL)
    return refuse_link (error, _ ("The link lacks the relay or the notebook"));

  if (!weft_link_is_id (link->notebook))
    return refuse_link (error, _ ("The link names no notebook"));

  if (link->page != NULL && !weft_link_is_id (link->page))
    return refuse_link (error, _ ("The link names no page"));

  if (link->invite != NULL && (*link->invite == '\0' || strlen (link->invite) > MAX_TOKEN))
    return refuse_link (error, _ ("The invitation in the link is broken"));

  return TRUE;
}

static gboolean
take_relay (WeftLink   *link,
            const char *value,
            GError    **error)
{
  g_autoptr(GError) failure = NULL;
  g_autofree char *relay = NULL;

  /* In a link the scheme is always there; guessing is for people who type. */
  if (strstr (value, "://") == NULL)
    return refuse_link (error, _ ("The link lacks the relay’s full address"));

  relay = weft_relay_address_parse (value, &link->insecure, &failure);
  if (relay == NULL)
    {
      g_set_error_literal (error, WEFT_SYNC_ERROR, WEFT_SYNC_ERROR_INVALID_LINK, failure->message);
      return FALSE;
    }

  g_free (link->relay);
  link->relay = g_steal_pointer (&relay);
  return TRUE;
}

static void
take_part (char      **part,
           const char *value)
{
  g_free (*part);
  *part = g_strdup (value);
}

static WeftLink *
parse_join_link (const char *query,
                 GError    **error)
{
  g_autoptr(WeftLink) link = g_new0 (WeftLink, 1);
  g_autoptr(GError) failure = NULL;
  GUriParamsIter iter;
  char *key, *encoded;

  link->kind = WEFT_LINK_JOIN;
  g_uri_params_iter_init (&iter, query, -1, "&", G_URI_PARAMS_NONE);

  while (g_uri_params_iter_next (&iter, &key, &encoded, &failure))
    {
      g_autofree char *name = key;
      g_autofree char *value = encoded;

      /* Unknown parts are for later versions. */
      if (g_str_equal (name, "relay"))
        {
          if (!take_relay (link, value, error))
            return NULL;
        }
      else if (g_str_equal (name, "notebook"))
        take_part (&link->notebook, value);
      else if (g_str_equal (name, "page"))
        take_part (&link->page, value);
      else if (g_str_equal (name, "invite"))
        take_part (&link->invite, value);
    }

  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }

  return check_join_link (link, error) ? g_steal_pointer (&link) : NULL;
}

/* The page of an invite: `https://<relay>/invite/<token>`. */
static WeftLink *
parse_invite_page (const char *text,
                   GError    **error)
{
  const char *deed = g_strrstr (text, INVITE_PATH);
  const char *token = deed != NULL ? deed + strlen (INVITE_PATH) : NULL;
  g_autofree char *address = deed != NULL ? g_strndup (text, (gsize) (deed - text)) : NULL;
  g_autoptr(WeftLink) link = g_new0 (WeftLink, 1);

  link->kind = WEFT_LINK_INVITE;
  if (token == NULL || strlen (token) != PAGE_TOKEN || strspn (token, TOKEN_CHARACTERS) != PAGE_TOKEN)
    {
      refuse_link (error, _ ("This is no link of Weft"));
      return NULL;
    }
  if (!take_relay (link, address, error))
    return NULL;

  link->invite = g_strdup (token);
  return g_steal_pointer (&link);
}

/**
 * weft_link_parse:
 * @text: what was opened or pasted
 * @error: return location for an error of the %WEFT_SYNC_ERROR domain
 *
 * Returns: (transfer full): the link, or %NULL with @error set
 */
WeftLink *
weft_link_parse (const char *text,
                 GError    **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autoptr(GError) failure = NULL;
  WeftLink *link;

  if (strlen (stripped) > MAX_LINK)
    {
      refuse_link (error, _ ("The link is too long"));
      return NULL;
    }

  if (g_ascii_strncasecmp (stripped, "weft:page/", 10) == 0)
    return parse_page_link (stripped + 10, error);

  if (g_ascii_strncasecmp (stripped, "https://", 8) == 0 || g_ascii_strncasecmp (stripped, "http://", 7) == 0)
    return parse_invite_page (stripped, error);

  if (g_ascii_strncasecmp (stripped, "weft:join?", 10) != 0)
    {
      refuse_link (error, _ ("This is no link of Weft"));
      return NULL;
    }

  link = parse_join_link (stripped + 10, &failure);
  if (link == NULL)
    {
      if (failure->domain == WEFT_SYNC_ERROR)
        g_propagate_error (error, g_steal_pointer (&failure));
      else
        refuse_link (error, _ ("The link is broken"));
    }

  return link;
}

/**
 * weft_link_new_join:
 * @relay: an address from weft_relay_address_parse()
 * @notebook: the id of the notebook
 * @page: (nullable): the id of a page in it
 * @invite: (nullable): what lets the reader in
 *
 * Returns: (transfer full): an invitation
 */
WeftLink *
weft_link_new_join (const char *relay,
                    const char *notebook,
                    const char *page,
                    const char *invite)
{
  WeftLink *self = g_new0 (WeftLink, 1);

  self->kind = WEFT_LINK_JOIN;
  self->relay = g_strdup (relay);
  self->notebook = g_strdup (notebook);
  self->page = g_strdup (page);
  self->invite = g_strdup (invite);

  return self;
}

/**
 * weft_link_new_page:
 * @page: the id of a page
 *
 * Returns: (transfer full): a link to it from within its notebook
 */
WeftLink *
weft_link_new_page (const char *page)
{
  WeftLink *self = g_new0 (WeftLink, 1);

  self->kind = WEFT_LINK_PAGE;
  self->page = g_strdup (page);

  return self;
}

static void
append_part (GString    *string,
             const char *name,
             const char *value)
{
  if (value == NULL)
    return;

  g_string_append_printf (string, "&%s=", name);
  g_string_append_uri_escaped (string, value, QUERY_VALUE_CHARACTERS, FALSE);
}

/**
 * weft_link_to_string:
 * @self: a link
 *
 * Returns: (transfer full): the link to copy
 */
char *
weft_link_to_string (const WeftLink *self)
{
  GString *string;

  if (self->kind == WEFT_LINK_PAGE)
    return g_strconcat ("weft:page/", self->page, NULL);

  string = g_string_new ("weft:join?relay=");
  g_string_append_uri_escaped (string, self->relay, QUERY_VALUE_CHARACTERS, FALSE);
  append_part (string, "notebook", self->notebook);
  append_part (string, "page", self->page);
  append_part (string, "invite", self->invite);

  return g_string_free (string, FALSE);
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
