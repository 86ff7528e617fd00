/* weft-store-private.h - how the worker reaches its store
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "store/weft-store-worker.h"
#include "store/weft-store.h"

G_BEGIN_DECLS

/* What was found while opening. */
typedef struct
{
  GFile      *file;
  char       *notice;
  char       *device_id;
  gboolean    read_only;
  guint64     last_seq;
  GHashTable *settings; /* char * -> char * */
  GHashTable *journal;  /* char * -> GBytes */
} WeftStoreOpened;

/* Ends on the owner's thread; @last_seqs: char * -> guint64 *, the last number of each document in it */
typedef struct
{
  guint64     generation;
  guint64     last_seq;
  GHashTable *last_seqs;
  GError     *error;
} WeftStoreReport;

/* Everything in @opened is taken. */
WeftStore *weft_store_new_opened (WeftStoreWorker       *worker,
                                  WeftStoreOpened       *opened);
/* (transfer none) */
WeftStoreWorker *weft_store_get_worker (WeftStore        *self);
/* Counts a call that writes; 0 where the store is closed. */
guint64    weft_store_begin_write (WeftStore             *self);
/* (nullable): %NULL where the store is closed, and the callback is told */
GTask     *weft_store_begin_task  (WeftStore             *self,
                                  gpointer               tag,
                                  GCancellable          *cancellable,
                                  GAsyncReadyCallback    callback,
                                  gpointer               user_data);
/* On the owner's thread. */
void       weft_store_take_report (WeftStore            *self,
                                  const WeftStoreReport *report);

G_END_DECLS
