/* weft-relay-devices.h - the devices that people are signed in on, and their refresh tokens
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A device (a browser is one too) has one refresh token, which is good once: using it gives the next one. Whoever brings
 * one that was used already is a thief, or was robbed: the device is signed out, and with it whoever has the next one. An answer
 * that got lost is no theft: who sends the same `request_id` again, with the same token, gets the same answer, until that was used.
 * Functions over one transaction, on the store's thread.
 */

#pragma once

#include "relay/weft-relay-sql.h"

G_BEGIN_DECLS

/* How long a refresh token is good; each use gives as much again. */
#define WEFT_RELAY_REFRESH_DAYS 90
/* A request id is as hard to guess as a token. */
#define WEFT_RELAY_REQUEST_ID_MIN 22
#define WEFT_RELAY_REQUEST_ID_MAX 128

typedef struct
{
  char *id;
  char *user;
  char *workspace; /* nullable: the notebook that its tokens are for in the first place */
  char *token;     /* the new refresh token */
} WeftRelayDevice;

typedef enum
{
  WEFT_RELAY_REFRESH_DONE,
  WEFT_RELAY_REFRESH_REFUSED, /* not one of ours, expired, or signed out */
  WEFT_RELAY_REFRESH_REUSED,  /* used before: the device is signed out now */
} WeftRelayRefreshResult;

/* Signs @user in on a new device. (transfer full) */
WeftRelayDevice       *weft_relay_devices_add       (WeftRelaySql     *sql,
                                                     const char       *user,
                                                     const char       *name,
                                                     const char       *workspace,
                                                     gint64            now_ms) G_GNUC_WARN_UNUSED_RESULT;
/* @request_id: (nullable); @device: (out) (transfer full) (nullable): also set, without a token, when it was REUSED */
WeftRelayRefreshResult weft_relay_devices_refresh   (WeftRelaySql     *sql,
                                                     const char       *token,
                                                     const char       *request_id,
                                                     gint64            now_ms,
                                                     WeftRelayDevice **device);
/* The device that @token belongs to, used or not. (transfer full) (nullable) */
char                  *weft_relay_devices_dup_of_token (WeftRelaySql  *sql,
                                                     const char       *token);
void                   weft_relay_devices_revoke    (WeftRelaySql     *sql,
                                                     const char       *device,
                                                     gint64            now_ms);
/* Remembers until when the last access token of @device is good; connections made with earlier ones live on with it. */
void                   weft_relay_devices_set_access_until (WeftRelaySql *sql,
                                                     const char       *device,
                                                     gint64            until_s);
/* Until when; 0: it was signed out, or is not there. */
gint64                 weft_relay_devices_get_access_until (WeftRelaySql *sql,
                                                     const char       *device);
void                   weft_relay_device_free       (WeftRelayDevice  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayDevice, weft_relay_device_free)

G_END_DECLS
