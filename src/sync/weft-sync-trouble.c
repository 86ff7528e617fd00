/* weft-sync-trouble.c - why there is no connection to a relay, in words, and when to try again
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-trouble.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>

#include "sync/weft-sync-protocol.h"

/* y-websocket never comes back after these. */
#define CLOSE_FINAL_FIRST 4400
#define CLOSE_FINAL_LAST  4499

/* RFC 6585 */
#define STATUS_NETWORK_SIGN_IN 511

#define CLOSE_TRY_LATER   1013
#define CLOSE_TOO_BIG     1009
#define CLOSE_RESTART     1012 /* one that libsoup takes for a mistake */

static WeftSyncTrouble *
new_later (const char *message,
           guint       least_ms)
{
  WeftSyncTrouble *self = g_new0 (WeftSyncTrouble, 1);

  self->message = g_strdup (message);
  self->least_ms = least_ms;
  return self;
}

static WeftSyncTrouble *
new_final (const char *message)
{
  WeftSyncTrouble *self = new_later (message, 0);

  self->is_final = TRUE;
  return self;
}

static WeftSyncTrouble *
new_denied (const char *reason)
{
  g_autofree char *message = NULL;

  if (reason == NULL || *reason == '\0')
    return new_final (_ ("The relay does not let you in"));

  /* Translators: %s is what the relay answered */
  message = g_strdup_printf (_ ("The relay does not let you in: %s"), reason);
  return new_final (message);
}

/* What a Weft relay says is told in the user's language, with what to do about it. */
static WeftSyncTrouble *
new_cut_off (const char *reason)
{
  if (g_strcmp0 (reason, WEFT_SYNC_REASON_SIGN_IN) == 0)
    return new_final (_ ("The relay has accounts: paste an invite from somebody who is in"));
  if (g_strcmp0 (reason, WEFT_SYNC_REASON_FORBIDDEN) == 0)
    return new_final (_ ("This notebook is not shared with you (any more)"));
  if (g_strcmp0 (reason, WEFT_SYNC_REASON_NOT_FOUND) == 0)
    return new_final (_ ("The relay does not have this notebook (any more)"));

  return new_denied (reason);
}

/* Hotels and trains answer with a page of their own, or send one there, until one has signed in. */
static gboolean
is_web_page (guint status)
{
  return status == SOUP_STATUS_OK || SOUP_STATUS_IS_REDIRECTION (status) || status == STATUS_NETWORK_SIGN_IN;
}

static WeftSyncTrouble *
new_no_relay (const char *relay,
              guint       status)
{
  g_autofree char *message = NULL;

  if (is_web_page (status))
    {
      /* Translators: %s is an address */
      message = g_strdup_printf (_ ("A web page answers in place of the relay at %s; perhaps this network wants you to "
                                    "sign in first"), relay);
      return new_later (message, WEFT_SYNC_LATER_MS);
    }

  /* Translators: an address, and the number of an HTTP status */
  message = g_strdup_printf (_ ("There is no relay at %s (it answers %u)"), relay, status);
  return new_later (message, WEFT_SYNC_LATER_MS);
}

static WeftSyncTrouble *
new_unreachable (const char *relay,
                 guint       least_ms)
{
  g_autofree char *message = NULL;

  /* Translators: %s is an address */
  message = g_strdup_printf (_ ("The relay at %s cannot be reached"), relay);
  return new_later (message, least_ms);
}

static gboolean
is_denial (guint status)
{
  return status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN;
}

WeftSyncTrouble *
weft_sync_trouble_new_closed (guint       code,
                              const char *reason,
                              gboolean    is_broken)
{
  if (code >= CLOSE_FINAL_FIRST && code <= CLOSE_FINAL_LAST)
    return new_cut_off (reason);
  if (code == CLOSE_TOO_BIG && g_strcmp0 (reason, WEFT_SYNC_REASON_FULL) == 0)
    return new_later (_ ("The page is full: the relay takes no more of it"), WEFT_SYNC_LATER_MS);
  if (code == CLOSE_TRY_LATER && g_strcmp0 (reason, WEFT_SYNC_REASON_CANNOT_STORE) == 0)
    return new_later (_ ("The relay cannot store anything at the moment"), WEFT_SYNC_LATER_MS);
  if (code == CLOSE_TOO_BIG)
    return new_later (_ ("A change is too large for the relay"), WEFT_SYNC_LATER_MS);
  if (code == CLOSE_TRY_LATER)
    return new_later (_ ("The relay is busy"), WEFT_SYNC_LATER_MS);
  if (is_broken && code != CLOSE_RESTART)
    return new_later (_ ("The relay sent something that Weft does not understand"), WEFT_SYNC_LATER_MS);

  return new_later (_ ("The connection to the relay was lost"), 0);
}

WeftSyncTrouble *
weft_sync_trouble_new_refused (const char   *relay,
                               guint         status,
                               const char   *reason,
                               const GError *error)
{
  if (is_denial (status))
    return new_denied (reason);
  if (error == NULL)
    return new_later (_ ("The relay does not answer"), 0);
  if (error->domain == G_TLS_ERROR)
    return new_later (_ ("The relay cannot prove who it is: its certificate is not valid"),
                      status != 0 ? WEFT_SYNC_LATER_MS : 0);
  if (status != 0 && status != SOUP_STATUS_SWITCHING_PROTOCOLS)
    return new_no_relay (relay, status);

  return new_unreachable (relay, status != 0 ? WEFT_SYNC_LATER_MS : 0);
}

WeftSyncTrouble *
weft_sync_trouble_new_poll (const char *relay,
                            guint       status,
                            gboolean    from_weft,
                            const char *reason)
{
  if (status == SOUP_STATUS_UNAUTHORIZED && from_weft)
    return new_cut_off (WEFT_SYNC_REASON_SIGN_IN);
  if (status == SOUP_STATUS_NOT_FOUND && from_weft)
    return new_cut_off (WEFT_SYNC_REASON_NOT_FOUND);
  if (is_denial (status))
    return new_denied (reason);
  if (status == SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE)
    return new_later (_ ("A change is too large for the relay"), WEFT_SYNC_LATER_MS);
  if (status == SOUP_STATUS_SERVICE_UNAVAILABLE || status == 429)
    return new_later (_ ("The relay is busy"), WEFT_SYNC_LATER_MS);
  if (status != 0)
    return new_no_relay (relay, status);

  return new_unreachable (relay, 0);
}

void
weft_sync_trouble_free (WeftSyncTrouble *self)
{
  g_free (self->message);
  g_free (self);
}
