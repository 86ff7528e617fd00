/* weft-document.c - an open page: its document, its undo, who is in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-undo.h"
#include "model/weft-asset.h"
#include "model/weft-document-away-private.h"
#include "model/weft-document-private.h"
#include "model/weft-notebook-private.h"
#include "model/weft-person-private.h"

/* Edits closer together than this are one step of undo. */
#define CAPTURE_TIMEOUT_MS 500
/* The steps of undo are written this long after they changed, so that they survive a restart. */
#define SAVE_UNDO_MS 100
#define UNDO_PREFIX  "undo:"

struct _WeftDocument
{
  GObject parent_instance;

  /* Owned */
  WeftPage *page;
  WeftLiveDoc *live; /* nullable: what is shown of a version has none, but the two below */
  WeftDoc *shown;
  WeftStore *store;
  guint shown_observer;
  WeftUndoManager *undo;
  WeftDocumentAway *away;
  guint save_undo_source;
  guint look_source;
  gboolean looked_at;
  gboolean is_looked_at; /* and this is acted upon */

  /* Borrowed, cleared by a weak pointer */
  WeftNotebook *notebook;

  gboolean can_undo;
  gboolean can_redo;
  gboolean read_only;
};

G_DEFINE_FINAL_TYPE (WeftDocument, weft_document, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_PAGE,
  PROP_CAN_UNDO,
  PROP_CAN_REDO,
  PROP_READ_ONLY,
  PROP_N_AWAY,
  N_PROPS,
};

enum
{
  TRANSACTION,
  AWARENESS_CHANGED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static gint64
monotonic_ms (gpointer user_data)
{
  return g_get_monotonic_time () / 1000;
}

static char *
make_undo_key (WeftDocument *self)
{
  return g_strconcat (UNDO_PREFIX, weft_live_doc_get_room (self->live), NULL);
}

static gboolean
save_undo_cb (gpointer user_data)
{
  WeftDocument *self = user_data;
  g_autofree char *key = make_undo_key (self);
  g_autoptr(GBytes) steps = weft_undo_manager_save (self->undo);

  self->save_undo_source = 0;
  weft_store_set_journal (weft_live_doc_get_store (self->live), key, steps);

  return G_SOURCE_REMOVE;
}

/* Writes at once what still waits. */
static void
flush_undo (WeftDocument *self)
{
  if (self->save_undo_source == 0)
    return;

  g_source_remove (self->save_undo_source);
  save_undo_cb (self);
}

static void
restore_undo (WeftDocument *self)
{
  g_autofree char *key = make_undo_key (self);
  GBytes *steps = weft_store_get_journal (weft_live_doc_get_store (self->live), key);
  g_autoptr(GError) error = NULL;

  if (steps != NULL && !weft_undo_manager_restore (self->undo, steps, &error))
    g_warning ("The steps of undo of a page were lost: %s", error->message);
}

static void
undo_changed_cb (gpointer user_data)
{
  WeftDocument *self = user_data;
  gboolean can_undo = weft_undo_manager_can_undo (self->undo);
  gboolean can_redo = weft_undo_manager_can_redo (self->undo);

  if (self->save_undo_source == 0)
    self->save_undo_source = g_timeout_add (SAVE_UNDO_MS, save_undo_cb, self);

  if (self->can_undo != can_undo)
    {
      self->can_undo = can_undo;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_UNDO]);
    }

  if (self->can_redo != can_redo)
    {
      self->can_redo = can_redo;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CAN_REDO]);
    }
}

static gboolean
is_settling (WeftDocument    *self,
             WeftTransaction *transaction)
{
  WeftType *resolved = weft_doc_get_map (weft_document_get_doc (self), "resolved");

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    if (weft_event_get_type (weft_transaction_get_event (transaction, i)) == resolved)
      return TRUE;

  return FALSE;
}

static void
live_transaction_cb (WeftLiveDoc     *live,
                     WeftTransaction *transaction,
                     gpointer         user_data)
{
  WeftDocument *self = user_data;

  g_signal_emit (self, signals[TRANSACTION], 0, transaction);

  /* One's own edits make no conflicts, but may settle some; undoing a choice brings its card back. */
  if (self->notebook != NULL
      && (!weft_transaction_is_local (transaction)
          || g_list_model_get_n_items (weft_notebook_get_conflicts (self->notebook)) > 0
          || is_settling (self, transaction)))
    weft_notebook_check_page (self->notebook, weft_page_get_id (self->page));
}

static void
live_awareness_cb (WeftLiveDoc *live,
                   gpointer     user_data)
{
  WeftDocument *self = user_data;

  g_signal_emit (self, signals[AWARENESS_CHANGED], 0);

  if (self->notebook != NULL)
    weft_notebook_people_changed (self->notebook);
}

static void
live_edited_cb (WeftLiveDoc *live,
                gpointer     user_data)
{
  WeftDocument *self = user_data;

  if (self->notebook != NULL)
    weft_notebook_page_was_edited (self->notebook, self->page);
}

/* An edit would bring a page back from the trash without anybody asking for it. */
static void
update_read_only (WeftDocument *self)
{
  gboolean read_only = self->notebook == NULL || weft_live_doc_get_read_only (self->live)
                       || weft_page_get_trashed (self->page)
                       || weft_notebook_is_reader (self->notebook);

  if (self->read_only == read_only)
    return;

  self->read_only = read_only;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READ_ONLY]);
}

void
weft_document_refresh_read_only (WeftDocument *self)
{
  update_read_only (self);
}

static void
live_status_cb (WeftLiveDoc *live,
                gpointer     user_data)
{
  WeftDocument *self = user_data;

  update_read_only (self);
  if (self->notebook != NULL && weft_live_doc_get_read_only (live))
    weft_notebook_account_ask_role (self->notebook);
  if (self->away != NULL)
    weft_document_away_state_changed (self->away);

  if (self->notebook != NULL)
    weft_notebook_status_changed (self->notebook);
}

static void
live_synced_cb (WeftLiveDoc *live,
                gpointer     user_data)
{
  WeftDocument *self = user_data;

  if (self->away != NULL)
    weft_document_away_synced (self->away);
  if (self->notebook != NULL)
    weft_notebook_check_page (self->notebook, weft_page_get_id (self->page));
}

static void
away_changed_cb (gpointer away,
                 gpointer user_data)
{
  g_object_notify_by_pspec (G_OBJECT (user_data), properties[PROP_N_AWAY]);
}

static const WeftLiveDocFuncs live_funcs = {
  .transaction = live_transaction_cb,
  .edited = live_edited_cb,
  .awareness = live_awareness_cb,
  .status = live_status_cb,
  .synced = live_synced_cb,
};

static void
weft_document_dispose (GObject *object)
{
  WeftDocument *self = WEFT_DOCUMENT (object);

  flush_undo (self);
  g_clear_handle_id (&self->look_source, g_source_remove);
  /* The last look away was not acted upon. */
  if (self->away != NULL && self->is_looked_at && !self->looked_at)
    weft_document_away_leave (self->away);
  g_clear_pointer (&self->away, weft_document_away_free);
  g_clear_pointer (&self->undo, weft_undo_manager_free);
  g_clear_pointer (&self->live, weft_live_doc_free);
  if (self->shown != NULL)
    weft_doc_remove_observer (self->shown, self->shown_observer);
  g_clear_pointer (&self->shown, weft_doc_free);
  g_clear_object (&self->store);
  g_clear_weak_pointer (&self->notebook);

  G_OBJECT_CLASS (weft_document_parent_class)->dispose (object);
}

static void
weft_document_finalize (GObject *object)
{
  WeftDocument *self = WEFT_DOCUMENT (object);

  g_clear_object (&self->page);

  G_OBJECT_CLASS (weft_document_parent_class)->finalize (object);
}

static void
weft_document_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  WeftDocument *self = WEFT_DOCUMENT (object);

  switch (prop_id)
    {
    case PROP_PAGE:
      g_value_set_object (value, self->page);
      break;
    case PROP_CAN_UNDO:
      g_value_set_boolean (value, self->can_undo);
      break;
    case PROP_CAN_REDO:
      g_value_set_boolean (value, self->can_redo);
      break;
    case PROP_READ_ONLY:
      g_value_set_boolean (value, self->read_only);
      break;
    case PROP_N_AWAY:
      g_value_set_uint (value, weft_document_get_n_away (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_document_class_init (WeftDocumentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->dispose = weft_document_dispose;
  object_class->finalize = weft_document_finalize;
  object_class->get_property = weft_document_get_property;

  properties[PROP_PAGE] = g_param_spec_object ("page", NULL, NULL, WEFT_TYPE_PAGE, flags);
  properties[PROP_CAN_UNDO] = g_param_spec_boolean ("can-undo", NULL, NULL, FALSE, flags);
  properties[PROP_CAN_REDO] = g_param_spec_boolean ("can-redo", NULL, NULL, FALSE, flags);
  properties[PROP_READ_ONLY] = g_param_spec_boolean ("read-only", NULL, NULL, FALSE, flags);
  properties[PROP_N_AWAY] = g_param_spec_uint ("n-away", NULL, NULL, 0, G_MAXUINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[TRANSACTION]
      = g_signal_new ("transaction", WEFT_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[AWARENESS_CHANGED]
      = g_signal_new ("awareness-changed", WEFT_TYPE_DOCUMENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
}

static void
weft_document_init (WeftDocument *self)
{
  self->looked_at = self->is_looked_at = TRUE;
}

WeftDocument *
weft_document_new (WeftNotebook *notebook,
                   WeftPage     *page,
                   WeftStore    *store,
                   const char   *room,
                   WeftDoc      *doc)
{
  WeftDocument *self = g_object_new (WEFT_TYPE_DOCUMENT, NULL);
  WeftType *scope[3];
  gsize n_scope = 0;

  self->page = g_object_ref (page);
  g_set_weak_pointer (&self->notebook, notebook);

  if (weft_page_get_kind (page) == WEFT_PAGE_BOARD)
    {
      scope[n_scope++] = weft_doc_get_map (doc, "board");
      scope[n_scope++] = weft_doc_get_map (doc, "meta");
    }
  else
    {
      scope[n_scope++] = weft_doc_get_text (doc, "quill");
    }

  /* A choice about a conflict is a step of its own, even where it changes nothing else. */
  scope[n_scope++] = weft_doc_get_map (doc, "resolved");

  self->live = weft_live_doc_new (store, room, doc, &live_funcs, self);
  self->undo
      = weft_undo_manager_new (doc, scope, n_scope, CAPTURE_TIMEOUT_MS, monotonic_ms, NULL);
  restore_undo (self);
  weft_undo_manager_set_changed (self->undo, undo_changed_cb, self);
  self->can_undo = weft_undo_manager_can_undo (self->undo);
  self->can_redo = weft_undo_manager_can_redo (self->undo);
  g_signal_connect_object (page, "notify::trashed", G_CALLBACK (update_read_only), self,
                           G_CONNECT_SWAPPED);
  update_read_only (self);
  self->away = weft_document_away_new (self->live, away_changed_cb, self);

  return self;
}

static void
shown_transaction_cb (WeftDoc         *doc,
                      WeftTransaction *transaction,
                      gpointer         user_data)
{
  g_signal_emit (user_data, signals[TRANSACTION], 0, transaction);
}

/**
 * weft_document_new_shown:
 * @page_document: an open page
 * @doc: (transfer full): what is to be seen
 *
 * Returns: (transfer full): a document that views show as they show that page, and that nobody can change
 */
WeftDocument *
weft_document_new_shown (WeftDocument *page_document,
                         WeftDoc      *doc)
{
  static const WeftDocObserver observer = { .transaction = shown_transaction_cb };
  WeftDocument *self = g_object_new (WEFT_TYPE_DOCUMENT, NULL);

  self->page = g_object_ref (page_document->page);
  self->shown = doc;
  self->store = g_object_ref (weft_live_doc_get_store (page_document->live));
  self->shown_observer = weft_doc_add_observer (doc, &observer, self);
  self->read_only = TRUE;
  g_set_weak_pointer (&self->notebook, page_document->notebook);

  return self;
}

static WeftStore *
get_store (WeftDocument *self)
{
  return self->live != NULL ? weft_live_doc_get_store (self->live) : self->store;
}

WeftLiveDoc *
weft_document_get_live (WeftDocument *self)
{
  return self->live;
}

void
weft_document_close (WeftDocument *self)
{
  flush_undo (self);
  g_clear_handle_id (&self->look_source, g_source_remove);
  self->is_looked_at = self->looked_at;
  weft_document_away_leave (self->away);
  weft_live_doc_set_relay (self->live, NULL, NULL, FALSE);
  weft_live_doc_flush (self->live);
  g_clear_weak_pointer (&self->notebook);
  update_read_only (self);
}

static gboolean
look_cb (gpointer user_data)
{
  WeftDocument *self = user_data;

  self->look_source = 0;
  if (self->looked_at == self->is_looked_at || self->live == NULL)
    return G_SOURCE_REMOVE;

  self->is_looked_at = self->looked_at;
  weft_live_doc_set_away (self->live, !self->looked_at);
  if (self->looked_at)
    weft_document_away_enter (self->away);
  else
    weft_document_away_leave (self->away);

  return G_SOURCE_REMOVE;
}

/* Acted upon a moment later: every signal of an object is emitted with a reference to it, and is no look at it. */
void
weft_document_set_looked_at (WeftDocument *self,
                             gboolean      looked_at)
{
  self->looked_at = looked_at;
  if (self->look_source == 0)
    self->look_source = g_idle_add_full (G_PRIORITY_DEFAULT, look_cb, self, NULL);
}

/**
 * weft_document_get_n_away:
 * @self: an open page
 *
 * Returns: how many changes others made while it was not looked at here, or while we were offline
 */
guint
weft_document_get_n_away (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), 0);

  return self->away != NULL ? weft_document_away_get_others (self->away)->len : 0;
}

/**
 * weft_document_get_away:
 * @self: an open page
 * @others: (out) (transfer none) (element-type guint): the indexes of those by others
 *
 * Returns: (transfer none) (nullable): what changed, until "n-away" changes
 */
WeftChanges *
weft_document_get_away (WeftDocument  *self,
                        const GArray **others)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  *others = self->away != NULL ? weft_document_away_get_others (self->away) : NULL;
  return self->away != NULL ? weft_document_away_get_changes (self->away) : NULL;
}

WeftSnapshot *
weft_document_get_away_base (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  return self->away != NULL ? weft_document_away_get_base (self->away) : NULL;
}

/**
 * weft_document_dismiss_away:
 * @self: an open page
 *
 * All that others did was seen.
 */
void
weft_document_dismiss_away (WeftDocument *self)
{
  g_return_if_fail (WEFT_IS_DOCUMENT (self));

  weft_document_away_dismiss (self->away);
}

/**
 * weft_document_take_back:
 * @self: an open page
 * @changes: what weft_document_get_away() gave
 * @index: one of them
 *
 * An edit of our own, and one step of undo.
 *
 * Returns: whether there was anything left to take back
 */
gboolean
weft_document_take_back (WeftDocument *self,
                         WeftChanges  *changes,
                         guint         index)
{
  gboolean changed;

  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), FALSE);

  if (self->read_only)
    return FALSE;

  weft_undo_manager_stop_capturing (self->undo);
  changed = weft_changes_take_back (changes, index, weft_document_get_doc (self), NULL);
  weft_undo_manager_stop_capturing (self->undo);

  return changed;
}

/**
 * weft_document_restore:
 * @self: an open page
 * @changes: all that became of it since a version, up to now
 *
 * Makes the page what it was then: an edit of our own, and one step of undo.
 *
 * Returns: whether it may be changed
 */
gboolean
weft_document_restore (WeftDocument *self,
                       WeftChanges  *changes)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), FALSE);

  if (self->read_only)
    return FALSE;

  weft_undo_manager_stop_capturing (self->undo);
  weft_changes_restore (changes, weft_document_get_doc (self), NULL);
  weft_undo_manager_stop_capturing (self->undo);

  return TRUE;
}

void
weft_document_restore_version (WeftDocument *self,
                               WeftSnapshot *version)
{
  if (self->read_only)
    return;

  weft_undo_manager_stop_capturing (self->undo);
  weft_doc_restore_version (weft_document_get_doc (self), version, NULL);
  weft_undo_manager_stop_capturing (self->undo);
}

WeftDoc *
weft_document_get_doc (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  return self->live != NULL ? weft_live_doc_get_doc (self->live) : self->shown;
}

WeftPage *
weft_document_get_page (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  return self->page;
}

WeftNotebook *
weft_document_get_notebook (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  return self->notebook;
}

gboolean
weft_document_get_read_only (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), TRUE);

  return self->read_only;
}

WeftType *
weft_document_get_text (WeftDocument *self)
{
  return weft_doc_get_text (weft_document_get_doc (self), "quill");
}

WeftType *
weft_document_get_board (WeftDocument *self)
{
  return weft_doc_get_map (weft_document_get_doc (self), "board");
}

WeftType *
weft_document_get_meta (WeftDocument *self)
{
  return weft_doc_get_map (weft_document_get_doc (self), "meta");
}

gboolean
weft_document_undo (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), FALSE);

  return !self->read_only && weft_undo_manager_undo (self->undo);
}

gboolean
weft_document_undo_choice (WeftDocument *self,
                           const char   *id)
{
  WeftType *resolved = weft_doc_get_map (weft_document_get_doc (self), "resolved");
  WeftId entry;

  return !self->read_only && weft_map_has (resolved, id) && weft_map_get_entry_id (resolved, id, &entry)
         && weft_undo_manager_is_last (self->undo, entry) && weft_undo_manager_undo (self->undo);
}

gboolean
weft_document_redo (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), FALSE);

  return !self->read_only && weft_undo_manager_redo (self->undo);
}

gboolean
weft_document_get_can_undo (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), FALSE);

  return self->can_undo;
}

gboolean
weft_document_get_can_redo (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), FALSE);

  return self->can_redo;
}

void
weft_document_end_undo_step (WeftDocument *self)
{
  g_return_if_fail (WEFT_IS_DOCUMENT (self));

  if (self->undo != NULL)
    weft_undo_manager_stop_capturing (self->undo);
}

void
weft_document_set_awareness (WeftDocument *self,
                             const char   *field,
                             WeftAny      *value)
{
  g_return_if_fail (WEFT_IS_DOCUMENT (self));

  if (self->live != NULL)
    weft_live_doc_set_field (self->live, field, value);
}

static void
peer_free (gpointer data)
{
  WeftPeer *self = data;

  g_free (self->id);
  g_free (self->name);
  g_free (self->color);
  g_free (self);
}

static const char *
lookup_string (const WeftAny *object,
               const char    *key)
{
  const WeftAny *value = object ? weft_any_lookup (object, key) : NULL;

  return value ? weft_any_get_string (value) : NULL;
}

/* What a state says of its person. Everything in it comes from outside and may be missing or wrong. */
static void
read_peer (WeftPeer      *self,
           WeftClientId   client,
           const WeftAny *state)
{
  const WeftAny *user = weft_any_lookup (state, "user");
  const char *id = lookup_string (user, "id");
  const char *name = lookup_string (user, "name");
  const char *color = lookup_string (user, "color");

  self->client = client;
  self->state = state;
  self->id = id && *id ? g_strdup (id) : g_strdup_printf ("%" G_GUINT64_FORMAT, client);
  self->name = g_strdup (name && *name ? name : "Anonymous");
  self->color = g_strdup (weft_person_is_color (color) ? color : weft_person_color_for_id (self->id));
}

GPtrArray *
weft_live_doc_list_peers (WeftLiveDoc *live)
{
  WeftAwareness *awareness = weft_live_doc_get_awareness (live);
  g_autoptr(GArray) clients = weft_awareness_list_clients (awareness);
  GPtrArray *peers = g_ptr_array_new_with_free_func (peer_free);

  for (guint i = 0; i < clients->len; i++)
    {
      WeftClientId client = g_array_index (clients, guint64, i);
      const WeftAny *state = weft_awareness_get_state (awareness, client);
      WeftPeer *peer = NULL;

      if (client == weft_awareness_get_client_id (awareness)
          || weft_any_get_kind (state) != WEFT_ANY_OBJECT)
        continue;

      peer = g_new0 (WeftPeer, 1);
      read_peer (peer, client, state);
      g_ptr_array_add (peers, peer);
    }

  return peers;
}

GPtrArray *
weft_document_list_peers (WeftDocument *self)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  if (self->live == NULL)
    return g_ptr_array_new_with_free_func (peer_free);

  return weft_live_doc_list_peers (self->live);
}

void
weft_document_set_journal (WeftDocument *self,
                           GBytes       *bytes)
{
  g_return_if_fail (WEFT_IS_DOCUMENT (self));

  if (self->live != NULL)
    weft_store_set_journal (weft_live_doc_get_store (self->live),
                            weft_live_doc_get_room (self->live), bytes);
}

GBytes *
weft_document_take_journal (WeftDocument *self)
{
  WeftStore *store = NULL;
  const char *room = NULL;
  GBytes *bytes = NULL;

  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  if (self->live == NULL)
    return NULL;

  store = weft_live_doc_get_store (self->live);
  room = weft_live_doc_get_room (self->live);
  bytes = weft_store_get_journal (store, room);

  if (bytes == NULL)
    return NULL;

  g_bytes_ref (bytes);
  weft_store_set_journal (store, room, NULL);

  return bytes;
}

char *
weft_document_add_asset (WeftDocument *self,
                         GBytes       *bytes,
                         GError      **error)
{
  g_return_val_if_fail (WEFT_IS_DOCUMENT (self), NULL);

  return weft_asset_add (get_store (self), self->notebook, bytes, error);
}

void
weft_document_load_asset_async (WeftDocument       *self,
                                const char         *uri,
                                GCancellable       *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer            user_data)
{
  g_return_if_fail (WEFT_IS_DOCUMENT (self));

  weft_asset_load_async (get_store (self), self->notebook, uri, cancellable,
                         callback, user_data);
}

GBytes *
weft_document_load_asset_finish (WeftDocument *self,
                                 GAsyncResult *result,
                                 GError      **error)
{
  return weft_asset_load_finish (result, error);
}
