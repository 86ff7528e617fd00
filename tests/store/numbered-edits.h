/* numbered-edits.h - edits that can be counted afterwards, whatever happened to the disk
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A session writes the numbers of its edits to two documents in turn, and the last of them to the journal.
 */

#pragma once

#include <string.h>

#include "crdt/weft-type.h"
#include "store/store-support.h"

/* Above the edits that one session can make. */
#define SESSION_SPAN (1 << 20)

static const char *const numbered_docs[] = { "n/a", "n/b" };

typedef struct
{
  WeftStore *store;
  guint      session;
  guint      n_edits;
  WeftDoc   *writers[G_N_ELEMENTS (numbered_docs)];
} NumberedEdits;

static inline void
numbered_append_cb (WeftDoc      *doc,
                    GBytes       *update,
                    gconstpointer origin,
                    gboolean      local,
                    gpointer      user_data)
{
  NumberedEdits *self = user_data;
  const char *doc_id = doc == self->writers[0] ? numbered_docs[0] : numbered_docs[1];

  weft_store_append_update (self->store, doc_id, update, WEFT_UPDATE_LOCAL);
}

/* @self stays where it is until numbered_edits_clear (). */
static inline void
numbered_edits_init (NumberedEdits *self,
                     WeftStore     *store,
                     guint          session)
{
  const WeftDocObserver observer = { .update = numbered_append_cb };

  *self = (NumberedEdits){ .store = store, .session = session };
  for (gsize i = 0; i < G_N_ELEMENTS (numbered_docs); i++)
    {
      self->writers[i] = weft_doc_new ();
      weft_doc_get_array (self->writers[i], "numbers");
      weft_doc_add_observer (self->writers[i], &observer, self);
    }
}

static inline void
numbered_edits_clear (NumberedEdits *self)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbered_docs); i++)
    g_clear_pointer (&self->writers[i], weft_doc_free);
}

static inline void
numbered_edits_add (NumberedEdits *self)
{
  guint i = self->n_edits++;
  WeftDoc *writer = self->writers[i % G_N_ELEMENTS (numbered_docs)];
  g_autoptr(WeftAny) values = weft_any_new_array ();
  g_autofree char *text = g_strdup_printf ("%u", self->session * SESSION_SPAN + i);
  g_autoptr(GBytes) journal = g_bytes_new (text, strlen (text));

  weft_any_array_take (values, weft_any_new_number (self->session * SESSION_SPAN + i));
  weft_array_insert (weft_doc_get_array (writer, "numbers"), i / G_N_ELEMENTS (numbered_docs), values);
  weft_store_set_journal (self->store, "last", journal);
}

/* Of every session: all edits that were acknowledged, each once, and none after a gap. */
static inline void
numbered_edits_check_store (WeftStore     *store,
                            const guint32 *acknowledged,
                            guint          n_sessions)
{
  g_autofree guint32 *counts = g_new0 (guint32, n_sessions);
  g_autoptr(GHashTable) seen = g_hash_table_new (NULL, NULL);
  GBytes *journal = weft_store_get_journal (store, "last");
  guint64 last = 0;

  for (gsize d = 0; d < G_N_ELEMENTS (numbered_docs); d++)
    {
      WeftStoreLoadInfo info;
      g_autoptr(WeftDoc) doc = load_doc (store, numbered_docs[d], &info);
      WeftType *numbers = weft_doc_get_array (doc, "numbers");

      g_assert_cmpuint (info.n_damaged, ==, 0);
      g_assert_false (weft_doc_has_pending (doc));
      for (guint64 i = 0; i < weft_type_get_length (numbers); i++)
        {
          g_autoptr(WeftAny) value = weft_array_get (numbers, i, NULL);
          guint number = (guint) weft_any_get_number (value);

          g_assert_cmpuint (number / SESSION_SPAN, <, n_sessions);
          g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (number + 1)));
          counts[number / SESSION_SPAN]++;
        }
    }

  for (guint session = 0; session < n_sessions; session++)
    {
      g_assert_cmpuint (counts[session], >=, acknowledged[session]);
      for (guint i = 0; i < counts[session]; i++)
        g_assert_true (g_hash_table_contains (seen, GUINT_TO_POINTER (session * SESSION_SPAN + i + 1)));
      if (counts[session] > 0)
        last = session * SESSION_SPAN + counts[session] - 1;
    }

  /* What is written beside the edits is of the same commit. */
  if (g_hash_table_size (seen) > 0)
    {
      gsize size;
      const char *text = g_bytes_get_data (journal, &size);
      g_autofree char *copy = g_strndup (text, size);

      g_assert_cmpuint (g_ascii_strtoull (copy, NULL, 10), ==, last);
    }
}

static inline void
numbered_edits_check_found (const char    *path,
                            const guint32 *acknowledged,
                            guint          n_sessions)
{
  WeftStore *store = open_store (path);

  numbered_edits_check_store (store, acknowledged, n_sessions);
  close_store (store);
}

/* And nothing may look damaged. */
static inline void
numbered_edits_check (const char    *path,
                      const guint32 *acknowledged,
                      guint          n_sessions)
{
  WeftStore *store = open_store (path);

  g_assert_null (weft_store_get_notice (store));
  numbered_edits_check_store (store, acknowledged, n_sessions);
  close_store (store);
}
