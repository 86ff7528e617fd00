/* weft-notebook-settle.c - the page tree follows in parts where much arrives at once
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A hundred thousand moves from elsewhere, or a few that come late, would hold the main thread for longer than a frame.
 * Until the tree has followed, it is seen as it was; what people do to pages waits for that, as it waits for the
 * notebook doc.
 */

#include "config.h"

#include "model/weft-notebook-private.h"

/* How much of a frame it may take, and how much is done between two looks at the clock. */
#define SLICE_US 5000
#define N_STEPS 500

static gboolean
settle_cb (gpointer user_data)
{
  g_autoptr(WeftNotebook) self = g_object_ref (user_data);
  gint64 end_us = g_get_monotonic_time () + SLICE_US;

  while (!weft_notebook_doc_settle (self->tree_doc, N_STEPS))
    if (g_get_monotonic_time () >= end_us)
      return G_SOURCE_CONTINUE;

  self->settle_source = 0;
  weft_notebook_run_deferred (self);
  weft_notebook_conflicts_changed (self);

  return G_SOURCE_REMOVE;
}

void
weft_notebook_settling_cb (WeftNotebookDoc *doc,
                           gpointer         user_data)
{
  WeftNotebook *self = user_data;

  if (self->settle_source == 0)
    self->settle_source = g_idle_add (settle_cb, self);
}

gboolean
weft_notebook_is_behind (WeftNotebook *self)
{
  return self->tree_doc == NULL || weft_notebook_doc_is_settling (self->tree_doc);
}

void
weft_notebook_settle_now (WeftNotebook *self)
{
  if (self->settle_source == 0)
    return;

  g_clear_handle_id (&self->settle_source, g_source_remove);
  weft_notebook_doc_settle (self->tree_doc, G_MAXUINT);
  weft_notebook_run_deferred (self);
}
