/* weft-notebook-sync.c - the notebook's relay: what is connected, who is here, what is safe
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The notebook's own room and the rooms of open pages stay connected. All other rooms are visited by
 * a fetcher: those with a new `edited` mark as far as they are kept offline, those with edits that the
 * relay lacks, and, at the first meeting with a relay, everything that is in the store: also with one that has lost
 * what it had of the notebook, for it is a new one, or was restored from an older backup. What of this is still to
 * be sent is known (`unsent`), with or without a connection: weft-notebook-status.c tells it.
 */

#include "config.h"

#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"
#include "model/weft-person-private.h"

/* The mark of a page that was last fetched: this prefix and the page id name the setting. */
#define FETCHED_PREFIX "fetched:"
/* Set while pages are known to have something that was not fetched yet: then the notebook doc has to say which. */
#define UNFETCHED      "unfetched"

/* While connected: how long what is edited after a mark in `edited` waits for the next one. */
#define INTERVAL_S 10
/* What the relay did not take is offered again after so long. */
#define RETRY_S 30

/* Rooms of pages that are not open */

void
weft_notebook_fetch_room (WeftNotebook *self,
                          const char   *room)
{
  if (self->fetcher != NULL)
    weft_sync_fetcher_add (self->fetcher, room);
}

static void
fetch_page_if_changed (WeftNotebook     *self,
                       const WeftPageId *page)
{
  WeftPageIdText text;
  guint64 nonce = weft_notebook_doc_get_edited (self->tree_doc, page);
  g_autofree char *setting
      = g_strconcat (FETCHED_PREFIX, weft_page_id_format (page, text), NULL);
  const char *fetched = weft_store_get_setting (self->store, setting);
  g_autofree char *room = NULL;

  if (nonce == 0 || self->fetcher == NULL || !weft_notebook_keeps_offline (self, page)
      || g_hash_table_contains (self->documents, text)
      || (fetched != NULL && g_ascii_strtoull (fetched, NULL, 10) == nonce))
    return;

  room = weft_notebook_dup_room (self, text);
  if (weft_store_get_setting (self->store, UNFETCHED) == NULL)
    weft_store_set_setting (self->store, UNFETCHED, "1");
  weft_sync_fetcher_add (self->fetcher, room);
}

static void
n_waiting_cb (WeftSyncFetcher *fetcher,
              GParamSpec      *pspec,
              WeftNotebook    *self)
{
  if (weft_sync_fetcher_get_n_waiting (fetcher) == 0 && weft_store_get_setting (self->store, UNFETCHED) != NULL)
    weft_store_set_setting (self->store, UNFETCHED, NULL);
  weft_notebook_status_changed (self);
}

void
weft_notebook_page_edited_cb (WeftNotebookDoc  *doc,
                              const WeftPageId *page,
                              gpointer          user_data)
{
  fetch_page_if_changed (user_data, page);
}

static void
fetched_cb (WeftSyncFetcher *fetcher,
            const char      *room,
            gboolean         changed,
            gpointer         user_data)
{
  WeftNotebook *self = user_data;
  WeftPageId page;

  /* While the notebook doc is not there, nothing was fetched for its marks. */
  if (self->tree_doc != NULL && weft_room_name_parse (room, NULL, &page, NULL) == WEFT_ROOM_PAGE)
    {
      WeftPageIdText text;
      g_autofree char *setting
          = g_strconcat (FETCHED_PREFIX, weft_page_id_format (&page, text), NULL);
      g_autofree char *nonce = g_strdup_printf (
          "%" G_GUINT64_FORMAT, weft_notebook_doc_get_edited (self->tree_doc, &page));

      weft_store_set_setting (self->store, setting, nonce);
    }

  g_hash_table_remove (self->failed, room);
  weft_notebook_forget_unsent (self, room);
  weft_notebook_status_changed (self);
}

static gboolean
retry_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;
  GHashTableIter iter;
  gpointer room = NULL;

  self->retry_source = 0;
  g_hash_table_iter_init (&iter, self->failed);
  while (g_hash_table_iter_next (&iter, &room, NULL))
    weft_notebook_fetch_room (self, room);

  return G_SOURCE_REMOVE;
}

/* The relay is full, or busy with that room. Without a connection all is looked at when there is one. */
static void
failed_cb (WeftSyncFetcher *fetcher,
           const char      *room,
           const char      *message,
           gpointer         user_data)
{
  WeftNotebook *self = user_data;

  g_hash_table_replace (self->failed, g_strdup (room), g_strdup (message));
  if (self->retry_source == 0)
    self->retry_source = g_timeout_add_seconds (RETRY_S, retry_cb, self);
  weft_notebook_status_changed (self);
}

static void
merged_cb (WeftSyncFetcher *fetcher,
           const char      *room,
           gpointer         doc,
           gpointer         before,
           gpointer         taken,
           gpointer         user_data)
{
  WeftPageId page;

  if (weft_room_name_parse (room, NULL, &page, NULL) == WEFT_ROOM_PAGE)
    weft_notebook_page_merged (user_data, &page, doc, before, taken);
}

/* The others heard of the edit with the notebook, before the page itself was there: those who came for
 * it at once went away without it. A mark on a page in the trash would bring it back. */
static void
mark_given (WeftNotebook *self,
            gpointer      room)
{
  WeftPageId page;

  if (weft_room_name_parse (room, NULL, &page, NULL) == WEFT_ROOM_PAGE && !self->read_only
      && !weft_notebook_is_reader (self) && weft_notebook_doc_get_edited (self->tree_doc, &page) != 0
      && weft_page_tree_is_living (weft_notebook_get_tree (self), &page))
    weft_notebook_doc_mark_edited (self->tree_doc, &page);
}

static void
given_cb (WeftSyncFetcher *fetcher,
          const char      *room,
          gpointer         user_data)
{
  WeftNotebook *self = user_data;

  if (self->tree_doc != NULL)
    mark_given (self, (gpointer) room);
  else if (weft_room_name_parse (room, NULL, NULL, NULL) == WEFT_ROOM_PAGE)
    weft_notebook_defer (self, mark_given, g_strdup (room), g_free);
}

/* After the two lists below are there: every room in the store that the relay was never seen to have,
 * or may lack something of. */
typedef struct
{
  WeftNotebook *notebook; /* weak */
  char *relay;
  GHashTable *settled;
  GHashTable *sent; /* once; whether there is more now is to be asked */
  gboolean lost;    /* the relay has not what it had, so that nothing is settled */
} Upload;

static void
upload_free (Upload *self)
{
  g_clear_weak_pointer (&self->notebook);
  g_free (self->relay);
  g_hash_table_unref (self->settled);
  g_hash_table_unref (self->sent);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Upload, upload_free)

/* (nullable): the notebook's own room, and those of pages that are open, send by themselves. */
static WeftLiveDoc *
find_live (WeftNotebook *self,
           const char   *room)
{
  GHashTableIter iter;
  gpointer document = NULL;

  if (g_str_equal (room, weft_live_doc_get_room (self->live)))
    return self->live;

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &document))
    if (g_str_equal (room, weft_live_doc_get_room (weft_document_get_live (document))))
      return weft_document_get_live (document);

  return NULL;
}

static void
add_unsent (WeftNotebook *self,
            const char   *room)
{
  WeftLiveDoc *live = find_live (self, room);

  g_hash_table_add (self->unsent, g_strdup (room));
  if (live == NULL || !weft_live_doc_has_waiting (live))
    g_hash_table_add (self->earlier, g_strdup (room));
}

/* Nothing waits in it, unless it was edited since. */
static void
add_unasked (WeftNotebook *self,
             const char   *room)
{
  if (g_hash_table_contains (self->unsent, room))
    return;

  g_hash_table_add (self->unsent, g_strdup (room));
  g_hash_table_add (self->unasked, g_strdup (room));
}

/* Noted in the store, since it may take longer than this run. What is connected finds out by itself. */
static void
offer_again (WeftNotebook *self,
             const char   *room)
{
  if (find_live (self, room) != NULL)
    return;

  weft_store_set_sync_state (self->store, room, self->relay, NULL, TRUE);
  add_unsent (self, room);
}

static void
docs_listed_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr(Upload) upload = user_data;
  WeftNotebook *self = upload->notebook;
  g_autoptr(GPtrArray) docs
      = weft_store_list_docs_finish (WEFT_STORE (source), result, NULL);

  if (self == NULL)
    return;

  self->uploading = FALSE;
  weft_notebook_status_changed (self);

  if (docs == NULL || self->closed || g_strcmp0 (upload->relay, self->relay) != 0)
    return;

  self->unsent_known = TRUE;
  for (guint i = 0; i < docs->len; i++)
    {
      WeftStoreDocInfo *info = g_ptr_array_index (docs, i);

      if (upload->lost && !weft_notebook_is_reader (self))
        offer_again (self, info->id);
      else if (g_hash_table_contains (upload->sent, info->id))
        add_unasked (self, info->id);
      else if (!g_hash_table_contains (upload->settled, info->id))
        add_unsent (self, info->id);
    }

  weft_notebook_send_unsent (self);
}

void
weft_notebook_forget_unsent (WeftNotebook *self,
                             const char   *room)
{
  g_hash_table_remove (self->unsent, room);
  g_hash_table_remove (self->earlier, room);
  g_hash_table_remove (self->unasked, room);
}

void
weft_notebook_send_unsent (WeftNotebook *self)
{
  GHashTableIter iter;
  gpointer room = NULL;

  if (self->live == NULL || weft_live_doc_get_state (self->live) != WEFT_SYNC_CLIENT_SYNCED)
    return;

  g_hash_table_iter_init (&iter, self->unsent);
  while (g_hash_table_iter_next (&iter, &room, NULL))
    if (!g_hash_table_contains (self->failed, room) && find_live (self, room) == NULL)
      weft_notebook_fetch_room (self, room);
}

/* Of the notebook's own room is known what the relay had of it when it was last in step. */
static void
note_lost (Upload                   *upload,
           const WeftStoreSyncState *state)
{
  WeftLiveDoc *live = upload->notebook != NULL ? upload->notebook->live : NULL;
  g_autoptr(WeftStateVector) had = NULL;

  if (live == NULL || state->acknowledged == NULL
      || !g_str_equal (state->doc_id, weft_live_doc_get_room (live)))
    return;

  had = weft_state_vector_decode (state->acknowledged, NULL);
  upload->lost |= had != NULL && weft_live_doc_has_lost (live, had);
}

static void
states_listed_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Upload *upload = user_data;
  g_autoptr(GPtrArray) states
      = weft_store_list_sync_states_finish (WEFT_STORE (source), result, NULL);

  for (guint i = 0; states != NULL && i < states->len; i++)
    {
      WeftStoreSyncState *state = g_ptr_array_index (states, i);

      note_lost (upload, state);
      if (!state->unsynced)
        g_hash_table_add (state->acknowledged != NULL ? upload->settled : upload->sent, g_strdup (state->doc_id));
    }

  weft_store_list_docs_async (WEFT_STORE (source), NULL, docs_listed_cb, upload);
}

void
weft_notebook_list_unsent (WeftNotebook *self)
{
  Upload *upload = NULL;

  if (self->uploading || self->relay == NULL)
    return;

  upload = g_new0 (Upload, 1);
  g_set_weak_pointer (&upload->notebook, self);
  upload->relay = g_strdup (self->relay);
  upload->lost = self->live != NULL && weft_live_doc_has_lost (self->live, NULL);
  upload->settled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  upload->sent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->uploading = TRUE;

  weft_store_list_sync_states_async (self->store, self->relay, FALSE, NULL, states_listed_cb,
                                     upload);
}

void
weft_notebook_fetch_changed (WeftNotebook *self)
{
  g_autoptr(GArray) edited = NULL;

  if (self->fetcher == NULL)
    return;

  /* Once it is loaded and in step, this is asked again. */
  if (self->tree_doc == NULL)
    {
      weft_notebook_need_tree (self);
      return;
    }

  edited = weft_notebook_doc_list_edited (self->tree_doc);
  for (guint i = 0; i < edited->len; i++)
    fetch_page_if_changed (self, &g_array_index (edited, WeftPageId, i));
}

/* The notebook's own room */

static void
live_synced_cb (WeftLiveDoc *live,
                gpointer     user_data)
{
  WeftNotebook *self = user_data;

  g_hash_table_remove_all (self->failed);
  weft_notebook_end_interval (self);
  if (self->tree_doc != NULL || weft_store_get_setting (self->store, UNFETCHED) != NULL)
    weft_notebook_fetch_changed (self);
  weft_notebook_list_unsent (self);
  weft_notebook_conflicts_changed (self);
}

/* What is edited from now on is news to those we have lost sight of: a page that one of them deletes
 * meanwhile comes back for it. */
static void
live_status_cb (WeftLiveDoc *live,
                gpointer     user_data)
{
  WeftNotebook *self = user_data;
  gboolean in_step = weft_live_doc_get_state (live) == WEFT_SYNC_CLIENT_SYNCED;

  if (self->in_step && !in_step)
    weft_notebook_end_interval (self);
  if (in_step != self->in_step || weft_live_doc_get_read_only (live))
    weft_notebook_account_ask_role (self);

  self->in_step = in_step;
  if (weft_live_doc_get_state (live) == WEFT_SYNC_CLIENT_DENIED)
    weft_notebook_account_denied (self);
  weft_notebook_status_changed (self);
}

static gboolean
end_interval_cb (gpointer user_data)
{
  WeftNotebook *self = user_data;

  if (self->in_step)
    weft_notebook_end_interval (self);

  return G_SOURCE_CONTINUE;
}

static WeftPerson *
find_person (WeftNotebook *self,
             const char   *id)
{
  GListModel *people = G_LIST_MODEL (self->people);

  for (guint i = 1; i < g_list_model_get_n_items (people); i++)
    {
      g_autoptr(WeftPerson) person = g_list_model_get_item (people, i);

      if (g_str_equal (weft_person_get_id (person), id))
        return person;
    }

  return NULL;
}

static const char *
get_peer_page (const WeftPeer *peer)
{
  const WeftAny *page = weft_any_lookup (peer->state, "page");

  return page ? weft_any_get_string (page) : NULL;
}

/* @page_id: where they are, unless they say so themselves */
static void
add_people (WeftNotebook *self,
            WeftLiveDoc  *live,
            const char   *page_id,
            GHashTable   *present)
{
  g_autoptr(GPtrArray) peers = weft_live_doc_list_peers (live);

  for (guint i = 0; i < peers->len; i++)
    {
      WeftPeer *peer = g_ptr_array_index (peers, i);
      WeftPerson *person = find_person (self, peer->id);
      const char *page = page_id ? page_id : get_peer_page (peer);

      /* Two windows of one person are one person. */
      if (g_strcmp0 (peer->id, self->user.id) == 0
          || !g_hash_table_add (present, g_strdup (peer->id)))
        continue;

      if (person == NULL)
        {
          g_autoptr(WeftPerson) fresh = weft_person_new (peer->id, FALSE);

          weft_person_refresh (fresh, peer->name, peer->color, page);
          g_list_store_append (self->people, fresh);
        }
      else
        {
          weft_person_refresh (person, peer->name, peer->color, page);
        }
    }
}

/* A web page that shares one page only is not in the notebook's room, but it is here. */
void
weft_notebook_people_changed (WeftNotebook *self)
{
  g_autoptr(GHashTable) present = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer page_id = NULL;
  gpointer document = NULL;

  if (self->people == NULL || self->live == NULL
      || g_list_model_get_n_items (G_LIST_MODEL (self->people)) == 0)
    return;

  add_people (self, self->live, NULL, present);

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, &page_id, &document))
    add_people (self, weft_document_get_live (document), page_id, present);

  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->people)); i > 1; i--)
    {
      g_autoptr(WeftPerson) person = g_list_model_get_item (G_LIST_MODEL (self->people), i - 1);

      if (!g_hash_table_contains (present, weft_person_get_id (person)))
        g_list_store_remove (self->people, i - 1);
    }
}

static void
live_awareness_cb (WeftLiveDoc *live,
                   gpointer     user_data)
{
  weft_notebook_people_changed (user_data);
}

/* Not only moves and titles: who was apart, what was settled, and which pages were edited count too. */
static void
live_transaction_cb (WeftLiveDoc     *live,
                     WeftTransaction *transaction,
                     gpointer         user_data)
{
  WeftNotebook *self = user_data;

  self->changed_us = g_get_monotonic_time ();
  weft_notebook_conflicts_changed (self);
}

const WeftLiveDocFuncs weft_notebook_live_funcs = {
  .transaction = live_transaction_cb,
  .awareness = live_awareness_cb,
  .status = live_status_cb,
  .synced = live_synced_cb,
  .keep = weft_notebook_keep_bulk,
};

/* Connecting */

static const char *
get_active_relay (WeftNotebook *self)
{
  return self->work_offline || self->closed || weft_notebook_account_is_busy (self) ? NULL : self->relay;
}

void
weft_notebook_sync_document (WeftNotebook *self,
                             WeftDocument *document)
{
  WeftLiveDoc *live = weft_document_get_live (document);

  if (self->user.id != NULL)
    weft_live_doc_set_user (live, &self->user);

  if (self->fetcher != NULL)
    weft_sync_fetcher_remove (self->fetcher, weft_live_doc_get_room (live));

  weft_live_doc_set_relay (live, self->relay, self->token, get_active_relay (self) != NULL);
}

static void
drop_fetcher (WeftNotebook *self)
{
  if (self->fetcher == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->fetcher, self);
  weft_sync_fetcher_stop (self->fetcher);
  g_clear_object (&self->fetcher);
}

void
weft_notebook_connect_all (WeftNotebook *self)
{
  const char *relay = get_active_relay (self);
  g_autoptr(GList) documents = g_hash_table_get_values (self->documents);

  drop_fetcher (self);

  if (self->live == NULL)
    {
      if (relay != NULL)
        weft_notebook_need_tree (self);
      return;
    }

  if (relay == NULL)
    weft_notebook_stop_first_sync (self);
  else if (weft_notebook_first_sync (self))
    {
      weft_notebook_status_changed (self);
      return;
    }

  if (relay != NULL)
    {
      self->fetcher = weft_sync_fetcher_new (relay, self->store);

      if (self->token != NULL)
        weft_sync_fetcher_set_token (self->fetcher, self->token);

      g_signal_connect (self->fetcher, "merged", G_CALLBACK (merged_cb), self);
      g_signal_connect (self->fetcher, "given", G_CALLBACK (given_cb), self);
      g_signal_connect (self->fetcher, "fetched", G_CALLBACK (fetched_cb), self);
      g_signal_connect (self->fetcher, "failed", G_CALLBACK (failed_cb), self);
      g_signal_connect (self->fetcher, "notify::n-waiting", G_CALLBACK (n_waiting_cb), self);
    }

  weft_live_doc_set_relay (self->live, self->relay, self->token, relay != NULL);

  for (GList *l = documents; l != NULL; l = l->next)
    weft_notebook_sync_document (self, l->data);

  weft_notebook_status_changed (self);
}

void
weft_notebook_pass_token (WeftNotebook *self)
{
  GHashTableIter iter;
  gpointer document = NULL;

  if (self->live != NULL)
    weft_live_doc_set_token (self->live, self->token);
  if (self->fetcher != NULL)
    weft_sync_fetcher_set_token (self->fetcher, self->token);

  g_hash_table_iter_init (&iter, self->documents);
  while (g_hash_table_iter_next (&iter, NULL, &document))
    weft_live_doc_set_token (weft_document_get_live (document), self->token);
}

static char *
dup_host (const char *relay)
{
  g_autoptr(GUri) uri = relay ? g_uri_parse (relay, G_URI_FLAGS_NONE, NULL) : NULL;

  if (uri == NULL)
    return g_strdup ("");

  if (g_uri_get_port (uri) == -1)
    return g_strdup (g_uri_get_host (uri));

  return g_strdup_printf ("%s:%d", g_uri_get_host (uri), g_uri_get_port (uri));
}

static void
take_relay (WeftNotebook *self,
            char         *relay)
{
  g_free (self->relay);
  self->relay = relay;
  g_free (self->relay_host);
  self->relay_host = dup_host (relay);
  g_hash_table_remove_all (self->unsent);
  g_hash_table_remove_all (self->earlier);
  g_hash_table_remove_all (self->unasked);
  g_hash_table_remove_all (self->failed);
  self->unsent_known = FALSE;
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_RELAY_URL);
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_RELAY_HOST);
}

/* Once the store and the notebook doc are there. */
void
weft_notebook_sync_attach (WeftNotebook *self)
{
  self->work_offline = weft_store_get_setting (self->store, WEFT_STORE_WORK_OFFLINE) != NULL;
  take_relay (self, g_strdup (weft_store_get_setting (self->store, WEFT_STORE_RELAY)));
  self->interval_source = g_timeout_add_seconds (INTERVAL_S, end_interval_cb, self);
  weft_notebook_account_attach (self, NULL);
  weft_notebook_connect_all (self);
}

void
weft_notebook_sync_detach (WeftNotebook *self)
{
  weft_notebook_account_detach (self);
  weft_notebook_bulk_detach (self);
  weft_notebook_stop_first_sync (self);
  drop_fetcher (self);
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_handle_id (&self->status_source, g_source_remove);
  g_clear_handle_id (&self->saving_source, g_source_remove);
  g_clear_handle_id (&self->interval_source, g_source_remove);

  if (self->live != NULL)
    {
      weft_live_doc_set_relay (self->live, NULL, NULL, FALSE);
      weft_live_doc_flush (self->live);
    }
}

gboolean
weft_notebook_set_relay (WeftNotebook *self,
                         const char   *url,
                         const char   *invite,
                         GError      **error)
{
  g_autofree char *relay = NULL;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), FALSE);

  if (url != NULL && *url != '\0')
    {
      relay = weft_relay_address_parse (url, NULL, error);

      if (relay == NULL)
        return FALSE;
    }

  weft_store_set_setting (self->store, WEFT_STORE_RELAY, relay);
  weft_notebook_stop_first_sync (self);
  self->first_sync_done = FALSE;
  take_relay (self, g_steal_pointer (&relay));
  weft_notebook_account_attach (self, invite);
  weft_notebook_connect_all (self);

  return TRUE;
}

const char *
weft_notebook_get_relay_url (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->relay ? self->relay : "";
}

const char *
weft_notebook_get_relay_host (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return self->relay_host;
}

char *
weft_notebook_dup_link (WeftNotebook *self,
                        WeftPage     *page)
{
  g_autoptr(WeftLink) link = NULL;

  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  if (self->relay == NULL)
    return NULL;

  link = weft_link_new_join (self->relay, self->id_text, page ? weft_page_get_id (page) : NULL,
                             NULL);

  return weft_link_to_string (link);
}

void
weft_notebook_set_work_offline (WeftNotebook *self,
                                gboolean      offline)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK (self));

  if (self->work_offline == offline)
    return;

  self->work_offline = offline;
  weft_store_set_setting (self->store, WEFT_STORE_WORK_OFFLINE, offline ? "1" : NULL);
  weft_notebook_connect_all (self);
  weft_notebook_notify (self, WEFT_NOTEBOOK_PROP_WORK_OFFLINE);
}

gboolean
weft_notebook_get_work_offline (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), FALSE);

  return self->work_offline;
}

/* People */

GListModel *
weft_notebook_get_people (WeftNotebook *self)
{
  g_return_val_if_fail (WEFT_IS_NOTEBOOK (self), NULL);

  return G_LIST_MODEL (self->people);
}

static void
refresh_self (WeftNotebook *self)
{
  g_autoptr(WeftPerson) person = g_list_model_get_item (G_LIST_MODEL (self->people), 0);

  if (person == NULL || g_strcmp0 (weft_person_get_id (person), self->user.id) != 0)
    {
      g_autoptr(WeftPerson) fresh = weft_person_new (self->user.id, TRUE);
      gpointer additions[] = { fresh };

      weft_person_refresh (fresh, self->user.name, self->user.color, self->current_page_id);
      g_list_store_splice (self->people, 0, person ? 1 : 0, additions, 1);
      return;
    }

  weft_person_refresh (person, self->user.name, self->user.color, self->current_page_id);
}

void
weft_notebook_set_user (WeftNotebook *self,
                        const char   *id,
                        const char   *name,
                        const char   *color)
{
  g_autoptr(GList) documents = NULL;

  g_return_if_fail (WEFT_IS_NOTEBOOK (self));
  g_return_if_fail (id != NULL && name != NULL);

  weft_user_set (&self->user, id, name, color);
  refresh_self (self);
  if (self->live != NULL)
    weft_live_doc_set_user (self->live, &self->user);

  documents = g_hash_table_get_values (self->documents);
  for (GList *l = documents; l != NULL; l = l->next)
    weft_live_doc_set_user (weft_document_get_live (l->data), &self->user);
}

static void
tell_current_page (WeftNotebook *self)
{
  g_autoptr(WeftAny) value = NULL;

  if (self->live == NULL)
    return;

  value = self->current_page_id != NULL ? weft_any_new_string (self->current_page_id) : NULL;
  weft_live_doc_set_field (self->live, "page", value);
}

void
weft_notebook_sync_follow (WeftNotebook *self)
{
  if (self->user.id != NULL)
    weft_live_doc_set_user (self->live, &self->user);
  tell_current_page (self);
  weft_notebook_connect_all (self);
}

void
weft_notebook_set_current_page (WeftNotebook *self,
                                WeftPage     *page)
{
  g_return_if_fail (WEFT_IS_NOTEBOOK (self));

  g_free (self->current_page_id);
  self->current_page_id = page ? g_strdup (weft_page_get_id (page)) : NULL;
  tell_current_page (self);

  if (self->user.id != NULL)
    refresh_self (self);
}
