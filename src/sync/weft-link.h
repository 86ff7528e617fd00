/* weft-link.h - `weft:` links and the addresses of relays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `weft:join?relay=<address>&notebook=<id>[&page=<id>][&invite=<token>]` invites to a notebook,
 * `weft:page/<id>` points to a page. A link is input from strangers: only the schemes ws and wss are
 * accepted for a relay, ids must look like ids, and what is not encrypted is marked as insecure
 * unless it stays on this machine.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define WEFT_SYNC_ERROR (weft_sync_error_quark ())

/**
 * WeftSyncError:
 * @WEFT_SYNC_ERROR_INVALID_LINK: it is no link that we understand
 * @WEFT_SYNC_ERROR_INVALID_ADDRESS: it is no address of a relay
 * @WEFT_SYNC_ERROR_UNREACHABLE: no relay answers there
 * @WEFT_SYNC_ERROR_DENIED: the relay does not let us in
 * @WEFT_SYNC_ERROR_PROTOCOL: the relay sent what no relay should send
 * @WEFT_SYNC_ERROR_TOO_LARGE: a message is larger than a relay takes
 */
typedef enum
{
  WEFT_SYNC_ERROR_INVALID_LINK,
  WEFT_SYNC_ERROR_INVALID_ADDRESS,
  WEFT_SYNC_ERROR_UNREACHABLE,
  WEFT_SYNC_ERROR_DENIED,
  WEFT_SYNC_ERROR_PROTOCOL,
  WEFT_SYNC_ERROR_TOO_LARGE,
} WeftSyncError;

GQuark weft_sync_error_quark (void);

typedef enum
{
  WEFT_LINK_JOIN,
  WEFT_LINK_PAGE,
  WEFT_LINK_INVITE,
} WeftLinkKind;

/* What is not in the link is %NULL. A @WEFT_LINK_PAGE has a page only; a @WEFT_LINK_JOIN has a relay and a notebook; a @WEFT_LINK_INVITE
 * (https://…/invite/<token>) has a relay and an invite, and the relay knows the rest. */
typedef struct
{
  WeftLinkKind kind;
  char        *relay;
  char        *notebook;
  char        *page;
  char        *invite;
  gboolean     insecure; /* the way to the relay is neither encrypted nor on this machine: ask first */
} WeftLink;

WeftLink *weft_link_parse           (const char      *text,
                                     GError         **error) G_GNUC_WARN_UNUSED_RESULT;
WeftLink *weft_link_new_join        (const char      *relay,
                                     const char      *notebook,
                                     const char      *page,
                                     const char      *invite);
WeftLink *weft_link_new_page        (const char      *page);
char     *weft_link_to_string       (const WeftLink  *self);
void      weft_link_free            (WeftLink        *self);

/* 26 characters of lower-case base32, as ids stand in room names. */
gboolean  weft_link_is_id           (const char      *text);

/* What somebody typed as the address of a relay, made whole: "host", "host:port", "http(s)://", "ws(s)://".
 * Without a scheme: ws:// for this machine and local addresses, else wss://. No trailing slash.
 * @insecure: (out) (optional) */
char     *weft_relay_address_parse  (const char      *text,
                                     gboolean        *insecure,
                                     GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* The address of @room at @relay: each part of the room's name percent-encoded. */
char     *weft_relay_address_room   (const char      *relay,
                                     const char      *room);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLink, weft_link_free)

G_END_DECLS
