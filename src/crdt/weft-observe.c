/* weft-observe.c - observers of single types
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The order is that of Yjs' cleanupTransactions(): the direct observers of each changed type, in the order
 * of the changes; then the deep ones of each type that changed or holds one that did, in the order in
 * which these were found. A type that an observer deletes meanwhile is told nothing any more.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"

/**
 * weft_type_observe:
 * @type: a type
 * @deep: whether changes in nested types count too
 * @observer: called after each transaction that changed @type
 * @user_data: for @observer
 *
 * Returns: a number for weft_type_unobserve()
 */
guint
weft_type_observe (WeftType        *type,
                   gboolean         deep,
                   WeftTypeObserver observer,
                   gpointer         user_data)
{
  WeftTypeObserverEntry entry;
  WeftDoc *doc;

  g_return_val_if_fail (type != NULL && observer != NULL, 0);

  doc = type->doc;
  /* From now on every edit is a transaction. */
  weft_cursor_forget (doc);
  if (doc->type_observers == NULL)
    doc->type_observers = g_array_new (FALSE, FALSE, sizeof (WeftTypeObserverEntry));
  entry = (WeftTypeObserverEntry) { ++doc->next_observer, type, deep, observer, user_data };
  g_array_append_val (doc->type_observers, entry);
  doc->n_watchers++;

  return entry.id;
}

void
weft_type_unobserve (WeftType *type,
                     guint     observer_id)
{
  GArray *observers;

  g_return_if_fail (type != NULL);

  observers = type->doc->type_observers;
  for (guint i = 0; observers != NULL && i < observers->len; i++)
    if (g_array_index (observers, WeftTypeObserverEntry, i).id == observer_id)
      {
        g_array_remove_index (observers, i);
        type->doc->n_watchers--;
        return;
      }
}

/* Observers may come and go during the calls: those that are there now are called. */
static void
call (WeftTransaction *tx,
      WeftType        *type,
      gboolean         deep,
      GPtrArray       *events)
{
  g_autoptr(GArray) observers = g_array_copy (tx->doc->type_observers);

  for (guint i = 0; i < observers->len; i++)
    {
      WeftTypeObserverEntry *entry = &g_array_index (observers, WeftTypeObserverEntry, i);

      if (entry->type == type && entry->deep == deep)
        entry->func (type, events, tx, entry->user_data);
    }
}

static gboolean
has_observer (WeftDoc  *doc,
              WeftType *type,
              gboolean  deep)
{
  for (guint i = 0; i < doc->type_observers->len; i++)
    {
      const WeftTypeObserverEntry *entry = &g_array_index (doc->type_observers, WeftTypeObserverEntry, i);

      if (entry->type == type && entry->deep == deep)
        return TRUE;
    }

  return FALSE;
}

/* The types with deep observers that changed or hold what changed. (transfer container) */
static GPtrArray *
list_deep (WeftTransaction *tx)
{
  GPtrArray *types = g_ptr_array_new ();
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (gsize i = 0; i < weft_transaction_get_n_events (tx); i++)
    for (WeftType *type = weft_event_get_type (weft_transaction_get_event (tx, i)); type != NULL;
         type = type->parent)
      {
        /* What holds it was seen then too. */
        if (!g_hash_table_add (seen, type))
          break;
        if (has_observer (tx->doc, type, TRUE))
          g_ptr_array_add (types, type);
      }

  return types;
}

void
weft_type_observers_call (WeftTransaction *tx)
{
  g_autoptr(GPtrArray) deep = NULL;

  for (gsize i = 0; i < weft_transaction_get_n_events (tx); i++)
    {
      WeftEvent *event = weft_transaction_get_event (tx, i);
      g_autoptr(GPtrArray) events = NULL;

      if (weft_type_is_deleted (event->type) || !has_observer (tx->doc, event->type, FALSE))
        continue;
      events = g_ptr_array_new ();
      g_ptr_array_add (events, event);
      call (tx, event->type, FALSE, events);
    }

  deep = list_deep (tx);
  for (guint i = 0; i < deep->len; i++)
    {
      WeftType *type = g_ptr_array_index (deep, i);
      g_autoptr(GPtrArray) events = NULL;

      if (weft_type_is_deleted (type))
        continue;
      events = weft_transaction_list_events_below (tx, type);
      if (events->len > 0)
        call (tx, type, TRUE, events);
    }
}
