/* weft-relay-auth.c - who may enter a room, and as what
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-auth.h"

#include "relay/weft-ws-frame.h"

struct _WeftRelayAuth
{
  const WeftRelayAuthFuncs *funcs;
  gpointer                  self;
  GThread                  *thread;
  GMainContext             *context;
  char                     *read_only; /* why nobody may write, whatever their role; %NULL: they may */
};

/* A question whose answer makes viewers of all. */
typedef struct
{
  WeftRelayGrantFunc done;
  gpointer           user_data;
} Capped;

/* A question from another thread, and its answer. */
typedef struct
{
  WeftRelayAuth     *auth;
  char              *token;
  char              *address;
  gboolean           entered;
  gboolean           by_board;
  char              *room;
  WeftRelayGrantFunc done;
  gpointer           user_data;
  GMainContext      *context; /* the asker's */
  WeftRelayGrant    *grant;
  GError            *error;
} Question;

G_DEFINE_QUARK (weft-relay-auth-error-quark, weft_relay_auth_error)

static const struct
{
  guint16 close;
  guint   status;
} error_numbers[] = {
  [WEFT_RELAY_AUTH_ERROR_NOT_AUTHENTICATED] = { WEFT_WS_CLOSE_NOT_AUTHENTICATED, 401 },
  [WEFT_RELAY_AUTH_ERROR_FORBIDDEN] = { WEFT_WS_CLOSE_FORBIDDEN, 403 },
  [WEFT_RELAY_AUTH_ERROR_NOT_FOUND] = { WEFT_WS_CLOSE_NOT_FOUND, 404 },
  [WEFT_RELAY_AUTH_ERROR_LATER] = { WEFT_WS_CLOSE_TRY_LATER, 503 },
};

static guint
find_number (const GError *error)
{
  if (error->domain != WEFT_RELAY_AUTH_ERROR || error->code < 0 || error->code >= (int) G_N_ELEMENTS (error_numbers))
    return WEFT_RELAY_AUTH_ERROR_LATER;

  return (guint) error->code;
}

guint16
weft_relay_auth_error_to_close (const GError *error)
{
  return error_numbers[find_number (error)].close;
}

guint
weft_relay_auth_error_to_status (const GError *error)
{
  return error_numbers[find_number (error)].status;
}

/* --- grants --- */

WeftRelayGrant *
weft_relay_grant_new (const char   *user,
                      const char   *name,
                      WeftRelayRole role,
                      gint64        expires)
{
  WeftRelayGrant *self = g_atomic_rc_box_new0 (WeftRelayGrant);

  self->user = g_strdup (user);
  self->name = g_strdup (name);
  self->role = role;
  self->expires = expires;
  return self;
}

WeftRelayGrant *
weft_relay_grant_ref (WeftRelayGrant *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear_grant (gpointer data)
{
  WeftRelayGrant *self = data;

  g_free (self->user);
  g_free (self->name);
  g_free (self->notebook);
  g_free (self->room);
}

void
weft_relay_grant_unref (WeftRelayGrant *self)
{
  g_atomic_rc_box_release_full (self, clear_grant);
}

/* --- everybody --- */

static void
open_check (gpointer                    self,
            const WeftRelayCredentials *credentials,
            const char                 *room,
            WeftRelayGrantFunc          done,
            gpointer                    user_data)
{
  done (self, NULL, user_data);
}

static void
open_free (gpointer self)
{
  weft_relay_grant_unref (self);
}

static const WeftRelayAuthFuncs open_funcs = {
  .check = open_check,
  .free = open_free,
};

WeftRelayAuth *
weft_relay_auth_new_open (void)
{
  /* One grant for all. */
  WeftRelayGrant *grant = weft_relay_grant_new (NULL, NULL, WEFT_RELAY_ROLE_EDITOR, 0);

  grant->everywhere = TRUE;
  return weft_relay_auth_new (&open_funcs, grant);
}

/* --- asking --- */

WeftRelayAuth *
weft_relay_auth_new (const WeftRelayAuthFuncs *funcs,
                     gpointer                  self)
{
  WeftRelayAuth *auth = g_new0 (WeftRelayAuth, 1);

  auth->funcs = funcs;
  auth->self = self;
  auth->thread = g_thread_self ();
  auth->context = g_main_context_ref_thread_default ();
  return auth;
}

void
weft_relay_auth_set_read_only (WeftRelayAuth *self,
                               const char    *reason)
{
  g_free (self->read_only);
  self->read_only = g_strdup (reason);
}

const char *
weft_relay_auth_get_read_only (WeftRelayAuth *self)
{
  return self->read_only;
}

void
weft_relay_auth_free (WeftRelayAuth *self)
{
  self->funcs->free (self->self);
  g_free (self->read_only);
  g_main_context_unref (self->context);
  g_free (self);
}

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->token);
  g_free (question->address);
  g_free (question->room);
  g_main_context_unref (question->context);
  g_clear_pointer (&question->grant, weft_relay_grant_unref);
  g_clear_error (&question->error);
  g_free (question);
}

static gboolean
answer_cb (gpointer user_data)
{
  Question *question = user_data;

  question->done (question->grant, question->error, question->user_data);
  return G_SOURCE_REMOVE;
}

static void
invoke (GMainContext  *context,
        GSourceFunc    func,
        Question      *question,
        GDestroyNotify destroy)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, func, question, destroy);
  g_source_attach (source, context);
}

static void
decided_cb (WeftRelayGrant *grant,
            const GError   *error,
            gpointer        user_data)
{
  Question *question = user_data;

  question->grant = grant != NULL ? weft_relay_grant_ref (grant) : NULL;
  question->error = error != NULL ? g_error_copy (error) : NULL;
  invoke (question->context, answer_cb, question, question_free);
}

static void
capped_cb (WeftRelayGrant *grant,
           const GError   *error,
           gpointer        user_data)
{
  g_autofree Capped *capped = user_data;
  g_autoptr(WeftRelayGrant) viewer = NULL;

  if (grant != NULL && grant->role > WEFT_RELAY_ROLE_VIEWER)
    {
      viewer = weft_relay_grant_new (grant->user, grant->name, WEFT_RELAY_ROLE_VIEWER, grant->expires);
      viewer->notebook = g_strdup (grant->notebook);
      viewer->everywhere = grant->everywhere;
      viewer->room = g_strdup (grant->room);
    }
  capped->done (viewer != NULL ? viewer : grant, error, capped->user_data);
}

static void
check (WeftRelayAuth              *self,
       const WeftRelayCredentials *credentials,
       const char                 *room,
       WeftRelayGrantFunc          done,
       gpointer                    user_data)
{
  Capped *capped;

  if (self->read_only == NULL)
    {
      self->funcs->check (self->self, credentials, room, done, user_data);
      return;
    }

  capped = g_new (Capped, 1);
  *capped = (Capped){ done, user_data };
  self->funcs->check (self->self, credentials, room, capped_cb, capped);
}

static gboolean
ask_cb (gpointer user_data)
{
  Question *question = user_data;
  const WeftRelayCredentials credentials = { question->token, question->address, question->entered,
                                             question->by_board };

  check (question->auth, &credentials, question->room, decided_cb, question);
  return G_SOURCE_REMOVE;
}

void
weft_relay_auth_check (WeftRelayAuth              *self,
                       const WeftRelayCredentials *credentials,
                       const char                 *room,
                       WeftRelayGrantFunc          done,
                       gpointer                    user_data)
{
  Question *question;

  if (g_thread_self () == self->thread)
    {
      check (self, credentials, room, done, user_data);
      return;
    }

  question = g_new0 (Question, 1);
  question->auth = self;
  question->token = g_strdup (credentials->token);
  question->address = g_strdup (credentials->address);
  question->entered = credentials->entered;
  question->by_board = credentials->by_board;
  question->room = g_strdup (room);
  question->done = done;
  question->user_data = user_data;
  question->context = g_main_context_ref_thread_default ();
  invoke (self->context, ask_cb, question, NULL);
}
