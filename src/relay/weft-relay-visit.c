/* weft-relay-visit.c - a short stay in a room, without a connection
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-room-private.h"

struct _WeftRelayVisit
{
  WeftRelayHub        *hub;
  char                *room;
  WeftRelayVisitFunc   func;
  WeftRelayVisitedFunc done;
  gpointer             data;
  GDestroyNotify       destroy;
  GMainContext        *context; /* the asker's */
  GError              *error;
};

static void
visit_free (gpointer data)
{
  WeftRelayVisit *self = data;

  if (self->destroy != NULL)
    self->destroy (self->data);
  g_main_context_unref (self->context);
  g_clear_error (&self->error);
  g_free (self->room);
  g_free (self);
}

static gboolean
report_cb (gpointer user_data)
{
  WeftRelayVisit *self = user_data;

  self->done (self->error, self->data);
  return G_SOURCE_REMOVE;
}

void
weft_relay_visit_end (WeftRelayVisit *self,
                      const GError   *error)
{
  g_autoptr(GSource) source = g_idle_source_new ();

  self->error = error != NULL ? g_error_copy (error) : NULL;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, report_cb, self, visit_free);
  g_source_attach (source, self->context);
}

gboolean
weft_relay_visit_make (WeftRelayVisit *self,
                       WeftRelayRoom  *room)
{
  g_autoptr(GError) error = NULL;

  if (self->func (room, self->data, &error))
    return TRUE;

  weft_relay_visit_end (self, error);
  return FALSE;
}

/* On the thread of the room's hub. */
static void
arrive (gpointer data)
{
  WeftRelayVisit **visit = data;

  weft_relay_hub_take_visit ((*visit)->hub, (*visit)->room, *visit);
  *visit = NULL;
}

static void
arrival_free (gpointer data)
{
  WeftRelayVisit **visit = data;

  g_clear_pointer (visit, visit_free);
  g_free (visit);
}

void
weft_relay_pool_visit (WeftRelayPool       *self,
                       const char          *room,
                       WeftRelayVisitFunc   func,
                       WeftRelayVisitedFunc done,
                       gpointer             data,
                       GDestroyNotify       destroy)
{
  WeftRelayVisit *visit = g_new0 (WeftRelayVisit, 1);
  WeftRelayVisit **arrival = g_new (WeftRelayVisit *, 1);

  visit->hub = weft_relay_pool_find_hub (self, room);
  visit->room = g_strdup (room);
  visit->func = func;
  visit->done = done;
  visit->data = data;
  visit->destroy = destroy;
  visit->context = g_main_context_ref_thread_default ();
  *arrival = visit;
  weft_relay_hub_post (visit->hub, arrive, arrival, arrival_free);
}
