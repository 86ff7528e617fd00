/* weft-relay-auth.h - who may enter a room, and as what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The seam for accounts. What decides is behind a table of functions: weft_relay_auth_new_open() lets everybody
 * in as an editor; accounts bring their own. It is asked when a connection is made, when a dialect brings a
 * token later, and again (weft_relay_pool_recheck()) when rights have changed; a grant that expires ends the
 * session with 4401.
 *
 * The functions run on the thread that made the WeftRelayAuth, the main thread; weft_relay_auth_check() may be
 * called on any thread that runs a main context and answers there.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftRelayAuth WeftRelayAuth;

/* In one room; each may do what those before it may. */
typedef enum
{
  WEFT_RELAY_ROLE_NONE,
  WEFT_RELAY_ROLE_VIEWER,
  WEFT_RELAY_ROLE_EDITOR,
  WEFT_RELAY_ROLE_OWNER,
} WeftRelayRole;

#define WEFT_RELAY_AUTH_ERROR (weft_relay_auth_error_quark ())

typedef enum
{
  WEFT_RELAY_AUTH_ERROR_NOT_AUTHENTICATED, /* 401, 4401: no token, or one that is not good (any more) */
  WEFT_RELAY_AUTH_ERROR_FORBIDDEN,         /* 403, 4403: not this room */
  WEFT_RELAY_AUTH_ERROR_NOT_FOUND,         /* 404, 4404: no such room, or none that they may know of */
  WEFT_RELAY_AUTH_ERROR_LATER,             /* 503, 1013: cannot be decided now */
} WeftRelayAuthError;

/* What somebody shows. */
typedef struct
{
  const char *token;   /* (nullable) */
  const char *address; /* (nullable): where they come from, for limits and logs */
  gboolean    entered; /* they are in by this token: it may have expired since, where their device fetched another one */
  gboolean    by_board; /* the room may be named by the id of a page alone */
} WeftRelayCredentials;

/* What they get. Shared; does not change once it is given. */
typedef struct
{
  char         *user;    /* (nullable): id; %NULL with --open */
  char         *name;    /* (nullable): how others see them */
  WeftRelayRole role;
  gint64        expires; /* in s since 1970; 0: never */
  char         *notebook; /* (nullable): which one the token is for, where a dialect needs to choose */
  gboolean      everywhere; /* that role, in every room there is */
  char         *room;    /* (nullable): the room that is meant, where it was named by the id of a page alone */
} WeftRelayGrant;

/* @grant: (nullable) (transfer none): %NULL with @error */
typedef void (*WeftRelayGrantFunc) (WeftRelayGrant *grant,
                                    const GError   *error,
                                    gpointer        user_data);

/**
 * WeftRelayAuthFuncs:
 * @check: decides about @room (%NULL: the token alone, which role is meant is then not said). Calls @done exactly
 *   once, at once or later, on the main thread. What it needs of its arguments later it copies.
 * @free: frees @self
 */
typedef struct
{
  void (*check) (gpointer                    self,
                 const WeftRelayCredentials *credentials,
                 const char                 *room,
                 WeftRelayGrantFunc          done,
                 gpointer                    user_data);
  void (*free)  (gpointer                    self);
} WeftRelayAuthFuncs;

GQuark          weft_relay_auth_error_quark (void);
/* The close code and the HTTP status that say @error, which may be of any domain. */
guint16         weft_relay_auth_error_to_close (const GError             *error);
guint           weft_relay_auth_error_to_status (const GError            *error);

/* @self: handed to the functions; @funcs must outlive it */
WeftRelayAuth  *weft_relay_auth_new         (const WeftRelayAuthFuncs   *funcs,
                                             gpointer                    self) G_GNUC_WARN_UNUSED_RESULT;
/* Everybody is an editor of everything, for ever. */
WeftRelayAuth  *weft_relay_auth_new_open    (void) G_GNUC_WARN_UNUSED_RESULT;
/* From now on everybody is a viewer at most, because of @reason, which they are told. Before anybody is asked about. */
void            weft_relay_auth_set_read_only (WeftRelayAuth            *self,
                                             const char                 *reason);
/* (nullable); on any thread */
const char     *weft_relay_auth_get_read_only (WeftRelayAuth            *self);
void            weft_relay_auth_free        (WeftRelayAuth              *self);
void            weft_relay_auth_check       (WeftRelayAuth              *self,
                                             const WeftRelayCredentials *credentials,
                                             const char                 *room,
                                             WeftRelayGrantFunc          done,
                                             gpointer                    user_data);

/* @user, @name: (nullable), copied */
WeftRelayGrant *weft_relay_grant_new        (const char                 *user,
                                             const char                 *name,
                                             WeftRelayRole               role,
                                             gint64                      expires) G_GNUC_WARN_UNUSED_RESULT;
WeftRelayGrant *weft_relay_grant_ref        (WeftRelayGrant             *self);
void            weft_relay_grant_unref      (WeftRelayGrant             *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayAuth, weft_relay_auth_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayGrant, weft_relay_grant_unref)

G_END_DECLS
