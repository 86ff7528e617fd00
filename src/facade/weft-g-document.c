/* weft-g-document.c - a Yjs document as a GObject
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Origins are names here; the engine compares addresses.
 */

#include "config.h"

#include "weft-g-private.h"

#include "crdt/weft-position.h"
#include "crdt/weft-snapshot.h"

struct _WeftGDocument
{
  GObject     parent_instance;

  /* Owned */
  WeftDoc    *doc;
  GHashTable *types;   /* a set of WeftGSharedType, by toggle references */
  GHashTable *origins; /* what the engine knows as an origin -> its name, interned */
  GHashTable *opened;  /* guid -> WeftGDocument: those within this one that were asked for */
  guint       observer;

  /* Construct only */
  guint64     client_id;
  gboolean    has_client_id;
  gboolean    gc;
};

/**
 * WeftGDocument:
 *
 * A Yjs document.
 *
 * It belongs to one thread at a time. What is in it is reached by names: the same name must be asked for as the same
 * kind of type. Editing calls outside of a transaction are a transaction each.
 */
G_DEFINE_FINAL_TYPE (WeftGDocument, weft_g_document, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_CLIENT_ID,
  PROP_GC,
  N_PROPS,
};

enum
{
  UPDATE,
  AFTER_TRANSACTION,
  DOCUMENTS_CHANGED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

/* The object of @type, if anybody asked for it. */
static WeftGSharedType *
peek_wrapper (WeftType *type)
{
  return type != NULL ? weft_type_get_user_data (type) : NULL;
}

static gboolean
is_watched_above (WeftType *type)
{
  for (; type != NULL; type = weft_type_get_parent (type))
    {
      WeftGSharedType *wrapper = peek_wrapper (type);

      if (wrapper != NULL && weft_g_shared_type_is_watched (wrapper, TRUE))
        return TRUE;
    }

  return FALSE;
}

/* What came, what is to be loaded, and what went of the documents within this one; NULL: nobody wants to know. */
typedef struct
{
  char **added, **loaded, **removed;
} Documents;

static Documents
list_documents (WeftGDocument   *self,
                WeftTransaction *transaction)
{
  Documents documents = { NULL, NULL, NULL };

  if (g_hash_table_size (self->opened) == 0
      && !g_signal_has_handler_pending (self, signals[DOCUMENTS_CHANGED], 0, FALSE))
    return documents;
  documents.added = weft_g_document_list_changed_documents (transaction, WEFT_SUBDOCS_ADDED);
  documents.loaded = weft_g_document_list_changed_documents (transaction, WEFT_SUBDOCS_LOADED);
  documents.removed = weft_g_document_list_changed_documents (transaction, WEFT_SUBDOCS_REMOVED);

  return documents;
}

static void
tell_documents (WeftGDocument *self,
                Documents      documents)
{
  if (documents.added != NULL && (*documents.added != NULL || *documents.loaded != NULL || *documents.removed != NULL))
    {
      g_signal_emit (self, signals[DOCUMENTS_CHANGED], 0, documents.added, documents.loaded, documents.removed);
      weft_g_document_close_documents (self, (const char *const *) documents.removed);
    }
  g_strfreev (documents.added);
  g_strfreev (documents.loaded);
  g_strfreev (documents.removed);
}

/* Events are copied before any handler runs: a handler may change the document. */
static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  WeftGDocument *self = user_data;
  g_autoptr(WeftGDocument) keep = g_object_ref (self);
  const char *origin = g_hash_table_lookup (self->origins, weft_transaction_get_origin (transaction));
  gboolean local = weft_transaction_is_local (transaction);
  g_autoptr(GPtrArray) events = g_ptr_array_new_with_free_func (g_object_unref);
  Documents documents = list_documents (self, transaction);

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);
      WeftType *type = weft_event_get_type (event);
      WeftGSharedType *wrapper = peek_wrapper (type);

      if ((wrapper != NULL && weft_g_shared_type_is_watched (wrapper, FALSE)) || is_watched_above (type))
        g_ptr_array_add (events, weft_g_event_new (weft_g_document_wrap (self, type), event, origin, local));
    }

  for (guint i = 0; i < events->len; i++)
    {
      WeftGEvent *event = g_ptr_array_index (events, i);

      weft_g_shared_type_emit (weft_g_event_get_target (event), event, FALSE);
    }
  for (guint i = 0; i < events->len; i++)
    {
      WeftGEvent *event = g_ptr_array_index (events, i);
      WeftType *type = weft_g_shared_type_get_engine (weft_g_event_get_target (event));

      for (; type != NULL; type = weft_type_get_parent (type))
        {
          g_autoptr(WeftGSharedType) wrapper = peek_wrapper (type) != NULL ? g_object_ref (peek_wrapper (type)) : NULL;

          if (wrapper != NULL)
            weft_g_shared_type_emit (wrapper, event, TRUE);
        }
    }
  tell_documents (self, documents);
  g_signal_emit (self, signals[AFTER_TRANSACTION], 0, origin, local);
}

static void
update_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  g_autoptr(WeftGDocument) self = g_object_ref (user_data);
  guint64 client_id = weft_doc_get_client_id (doc);

  if (self->client_id != client_id)
    {
      self->client_id = client_id;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CLIENT_ID]);
    }
  g_signal_emit (self, signals[UPDATE], 0, update, g_hash_table_lookup (self->origins, origin), local);
}

static void
weft_g_document_constructed (GObject *object)
{
  WeftGDocument *self = WEFT_G_DOCUMENT (object);
  const WeftDocObserver observer = { .update = update_cb, .transaction = transaction_cb };
  const WeftDocOptions options = { .gc = self->gc };

  G_OBJECT_CLASS (weft_g_document_parent_class)->constructed (object);

  if (!self->has_client_id)
    self->client_id = g_random_int ();
  self->doc = weft_doc_new_with_options (self->client_id, &options);
  self->observer = weft_doc_add_observer (self->doc, &observer, self);
}

static void
weft_g_document_dispose (GObject *object)
{
  WeftGDocument *self = WEFT_G_DOCUMENT (object);
  GHashTableIter iter;
  gpointer type;

  g_hash_table_iter_init (&iter, self->types);
  while (g_hash_table_iter_next (&iter, &type, NULL))
    {
      g_hash_table_iter_remove (&iter);
      weft_g_shared_type_orphan (type);
    }

  G_OBJECT_CLASS (weft_g_document_parent_class)->dispose (object);
}

static void
weft_g_document_finalize (GObject *object)
{
  WeftGDocument *self = WEFT_G_DOCUMENT (object);

  g_clear_pointer (&self->types, g_hash_table_unref);
  g_clear_pointer (&self->origins, g_hash_table_unref);
  g_clear_pointer (&self->opened, g_hash_table_unref);
  /* A transaction that was begun and never committed: nobody is left to hear of it. */
  weft_doc_remove_observer (self->doc, self->observer);
  while (weft_doc_in_transaction (self->doc))
    weft_doc_commit (self->doc);
  g_clear_pointer (&self->doc, weft_doc_free);

  G_OBJECT_CLASS (weft_g_document_parent_class)->finalize (object);
}

static void
weft_g_document_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  WeftGDocument *self = WEFT_G_DOCUMENT (object);

  switch (prop_id)
    {
    case PROP_CLIENT_ID:
      g_value_set_uint64 (value, weft_g_document_get_client_id (self));
      break;
    case PROP_GC:
      g_value_set_boolean (value, self->gc);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_g_document_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  WeftGDocument *self = WEFT_G_DOCUMENT (object);

  switch (prop_id)
    {
    case PROP_CLIENT_ID:
      self->client_id = g_value_get_uint64 (value);
      self->has_client_id = self->client_id != G_MAXUINT64;
      break;
    case PROP_GC:
      self->gc = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_g_document_class_init (WeftGDocumentClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->constructed = weft_g_document_constructed;
  object_class->dispose = weft_g_document_dispose;
  object_class->finalize = weft_g_document_finalize;
  object_class->get_property = weft_g_document_get_property;
  object_class->set_property = weft_g_document_set_property;

  /**
   * WeftGDocument:client-id:
   *
   * The number of this copy of the document, from 0 to 2^53 - 1; by itself a random one. It changes when an update
   * shows that somebody else uses the same.
   */
  properties[PROP_CLIENT_ID] = g_param_spec_uint64 ("client-id", NULL, NULL, 0, G_MAXUINT64, G_MAXUINT64,
                                                    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY |
                                                        G_PARAM_STATIC_STRINGS);
  /**
   * WeftGDocument:gc:
   *
   * Whether deleted content is dropped, as Yjs does by itself. Snapshots need it to be kept.
   */
  properties[PROP_GC] = g_param_spec_boolean ("gc", NULL, NULL, TRUE,
                                              G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * WeftGDocument::update:
   * @self: the document
   * @update: the change, as an update of the first format
   * @origin: (nullable): the name that the transaction was begun with
   * @local: whether it was made here, and did not come in an update
   *
   * A transaction changed something.
   */
  signals[UPDATE] = g_signal_new ("update", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_BYTES, G_TYPE_STRING, G_TYPE_BOOLEAN);

  /**
   * WeftGDocument::after-transaction:
   * @self: the document
   * @origin: (nullable): the name that the transaction was begun with
   * @local: whether it was made here
   *
   * A transaction ended; the types have told what changed in them.
   */
  signals[AFTER_TRANSACTION] = g_signal_new ("after-transaction", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                             NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_BOOLEAN);

  /**
   * WeftGDocument::documents-changed:
   * @self: the document
   * @added: the guids of documents within this one that came
   * @loaded: those of which the content is wanted, see weft_g_document_load_document()
   * @removed: those that went
   *
   * A transaction changed which documents stand within this one, or one of them was asked for.
   */
  signals[DOCUMENTS_CHANGED] = g_signal_new ("documents-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                             NULL, NULL, NULL, G_TYPE_NONE, 3, G_TYPE_STRV, G_TYPE_STRV, G_TYPE_STRV);
}

static void
weft_g_document_init (WeftGDocument *self)
{
  self->types = g_hash_table_new (NULL, NULL);
  self->origins = g_hash_table_new (NULL, NULL);
  self->opened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

WeftDoc *
weft_g_document_get_doc (WeftGDocument *self)
{
  return self->doc;
}

GHashTable *
weft_g_document_get_opened (WeftGDocument *self)
{
  return self->opened;
}

WeftGSharedType *
weft_g_document_wrap (WeftGDocument *self,
                      WeftType      *type)
{
  WeftGSharedType *wrapper = peek_wrapper (type);

  if (type == NULL || wrapper != NULL)
    return wrapper;
  wrapper = weft_g_shared_type_new (self, type);
  g_hash_table_add (self->types, wrapper);

  return wrapper;
}

gconstpointer
weft_g_document_get_origin (WeftGDocument *self,
                            const char    *name)
{
  const char *origin = g_intern_string (name);

  if (origin != NULL)
    weft_g_document_name_origin (self, origin, origin);

  return origin;
}

void
weft_g_document_name_origin (WeftGDocument *self,
                             gconstpointer  origin,
                             const char    *name)
{
  g_hash_table_insert (self->origins, (gpointer) origin, (gpointer) g_intern_string (name));
}

static gpointer
get_root (WeftGDocument *self,
          const char    *name,
          WeftKind       kind)
{
  WeftType *type = weft_doc_get_root (self->doc, name, kind);

  if (weft_type_get_kind (type) != kind)
    {
      g_critical ("“%s” is another kind of shared type in this document", name);
      return NULL;
    }

  return weft_g_document_wrap (self, type);
}

/**
 * weft_g_document_new:
 *
 * Returns: (transfer full): an empty document with a random client id, which drops deleted content
 */
WeftGDocument *
weft_g_document_new (void)
{
  return g_object_new (WEFT_G_TYPE_DOCUMENT, NULL);
}

/**
 * weft_g_document_new_with_id:
 * @client_id: the number of this copy, from 0 to 2^53 - 1. Two copies that are edited at the same time must never
 *   have the same one.
 * @gc: whether deleted content is dropped
 *
 * Returns: (transfer full): an empty document
 */
WeftGDocument *
weft_g_document_new_with_id (guint64  client_id,
                             gboolean gc)
{
  g_return_val_if_fail (client_id <= WEFT_MAX_SAFE_INTEGER, NULL);

  return g_object_new (WEFT_G_TYPE_DOCUMENT, "client-id", client_id, "gc", gc, NULL);
}

/**
 * weft_g_document_get_client_id: (get-property client-id)
 * @self: a document
 *
 * Returns: the number of this copy
 */
guint64
weft_g_document_get_client_id (WeftGDocument *self)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), 0);

  return weft_doc_get_client_id (self->doc);
}

/**
 * weft_g_document_get_gc: (get-property gc)
 * @self: a document
 *
 * Returns: whether deleted content is dropped
 */
gboolean
weft_g_document_get_gc (WeftGDocument *self)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), FALSE);

  return self->gc;
}

/**
 * weft_g_document_get_text:
 * @self: a document
 * @name: a name in the document
 *
 * Returns: (transfer none): the text of this name, made if it is not there
 */
WeftGText *
weft_g_document_get_text (WeftGDocument *self,
                          const char    *name)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && name != NULL, NULL);

  return get_root (self, name, WEFT_KIND_TEXT);
}

/**
 * weft_g_document_get_array:
 * @self: a document
 * @name: a name in the document
 *
 * Returns: (transfer none): the array of this name, made if it is not there
 */
WeftGArray *
weft_g_document_get_array (WeftGDocument *self,
                           const char    *name)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && name != NULL, NULL);

  return get_root (self, name, WEFT_KIND_ARRAY);
}

/**
 * weft_g_document_get_map:
 * @self: a document
 * @name: a name in the document
 *
 * Returns: (transfer none): the map of this name, made if it is not there
 */
WeftGMap *
weft_g_document_get_map (WeftGDocument *self,
                         const char    *name)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && name != NULL, NULL);

  return get_root (self, name, WEFT_KIND_MAP);
}

/**
 * weft_g_document_get_xml_fragment:
 * @self: a document
 * @name: a name in the document
 *
 * Returns: (transfer none): the XML fragment of this name, made if it is not there
 */
WeftGXmlFragment *
weft_g_document_get_xml_fragment (WeftGDocument *self,
                                  const char    *name)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && name != NULL, NULL);

  return get_root (self, name, WEFT_KIND_XML_FRAGMENT);
}

/**
 * weft_g_document_list_names:
 * @self: a document
 *
 * Returns: (transfer full) (array zero-terminated=1): the names that were asked for here, or came in updates
 */
char **
weft_g_document_list_names (WeftGDocument *self)
{
  g_autoptr(GPtrArray) names = NULL;
  char **copy;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), NULL);

  names = weft_doc_list_roots (self->doc);
  copy = g_new0 (char *, names->len + 1);
  for (guint i = 0; i < names->len; i++)
    copy[i] = g_strdup (g_ptr_array_index (names, i));

  return copy;
}

/**
 * weft_g_document_begin:
 * @self: a document
 * @origin: (nullable): who does it, for handlers and undo managers
 *
 * Begins a transaction. They nest; the outermost one counts.
 */
void
weft_g_document_begin (WeftGDocument *self,
                       const char    *origin)
{
  g_return_if_fail (WEFT_G_IS_DOCUMENT (self));

  weft_doc_begin (self->doc, weft_g_document_get_origin (self, origin));
}

/**
 * weft_g_document_commit:
 * @self: a document
 *
 * Ends what weft_g_document_begin() began.
 */
void
weft_g_document_commit (WeftGDocument *self)
{
  g_return_if_fail (WEFT_G_IS_DOCUMENT (self));
  g_return_if_fail (weft_doc_in_transaction (self->doc));

  weft_doc_commit (self->doc);
}

/**
 * weft_g_document_transact:
 * @self: a document
 * @origin: (nullable): who does it, for handlers and undo managers
 * @func: (scope call) (closure user_data): edits the document
 * @user_data: for @func
 *
 * All that @func edits is one transaction: one update, one signal for each type, one step of undo.
 */
void
weft_g_document_transact (WeftGDocument    *self,
                          const char       *origin,
                          WeftGTransactFunc func,
                          gpointer          user_data)
{
  g_return_if_fail (WEFT_G_IS_DOCUMENT (self) && func != NULL);

  weft_doc_begin (self->doc, weft_g_document_get_origin (self, origin));
  func (self, user_data);
  weft_doc_commit (self->doc);
}

/**
 * weft_g_document_apply_update:
 * @self: a document
 * @update: an update of the first format
 * @origin: (nullable): where it came from, for handlers
 * @error: return location for an error
 *
 * Adds what somebody else did. What is malformed is refused and changes nothing; what builds on updates that did not
 * arrive yet waits for them.
 *
 * Returns: whether it was accepted
 */
gboolean
weft_g_document_apply_update (WeftGDocument *self,
                              GBytes        *update,
                              const char    *origin,
                              GError       **error)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && update != NULL, FALSE);

  return weft_doc_apply_update (self->doc, update, weft_g_document_get_origin (self, origin), error);
}

/**
 * weft_g_document_apply_update_v2:
 * @self: a document
 * @update: an update of the second format
 * @origin: (nullable): where it came from, for handlers
 * @error: return location for an error
 *
 * As weft_g_document_apply_update().
 *
 * Returns: whether it was accepted
 */
gboolean
weft_g_document_apply_update_v2 (WeftGDocument *self,
                                 GBytes        *update,
                                 const char    *origin,
                                 GError       **error)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && update != NULL, FALSE);

  return weft_doc_apply_update_v2 (self->doc, update, weft_g_document_get_origin (self, origin), error);
}

/**
 * weft_g_document_has_pending:
 * @self: a document
 *
 * Returns: whether something waits for updates that did not arrive
 */
gboolean
weft_g_document_has_pending (WeftGDocument *self)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), FALSE);

  return weft_doc_has_pending (self->doc);
}

/**
 * weft_g_document_encode_state_vector:
 * @self: a document
 *
 * Returns: (transfer full): how much of everybody's work is known here
 */
GBytes *
weft_g_document_encode_state_vector (WeftGDocument *self)
{
  g_autoptr(WeftStateVector) state_vector = NULL;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), NULL);
  state_vector = weft_doc_get_state_vector (self->doc);

  return weft_state_vector_encode (state_vector);
}

static GBytes *
encode_update (WeftGDocument   *self,
               GBytes          *state_vector,
               WeftUpdateFormat format,
               GError         **error)
{
  g_autoptr(WeftStateVector) known = NULL;

  if (state_vector != NULL)
    {
      known = weft_state_vector_decode (state_vector, error);
      if (known == NULL)
        return NULL;
      return format == WEFT_UPDATE_V1 ? weft_doc_encode_diff (self->doc, known)
                                      : weft_doc_encode_diff_v2 (self->doc, known);
    }

  return format == WEFT_UPDATE_V1 ? weft_doc_encode_state (self->doc) : weft_doc_encode_state_v2 (self->doc);
}

/**
 * weft_g_document_encode_update:
 * @self: a document
 * @state_vector: (nullable): what the reader has
 * @error: return location for an error: @state_vector is malformed
 *
 * Returns: (transfer full): what a reader lacks, or the whole document, as an update of the first format
 */
GBytes *
weft_g_document_encode_update (WeftGDocument *self,
                               GBytes        *state_vector,
                               GError       **error)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), NULL);

  return encode_update (self, state_vector, WEFT_UPDATE_V1, error);
}

/**
 * weft_g_document_encode_update_v2:
 * @self: a document
 * @state_vector: (nullable): what the reader has
 * @error: return location for an error: @state_vector is malformed
 *
 * Returns: (transfer full): what a reader lacks, or the whole document, as an update of the second format
 */
GBytes *
weft_g_document_encode_update_v2 (WeftGDocument *self,
                                  GBytes        *state_vector,
                                  GError       **error)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), NULL);

  return encode_update (self, state_vector, WEFT_UPDATE_V2, error);
}

/**
 * weft_g_document_encode_snapshot:
 * @self: a document
 *
 * Returns: (transfer full): this moment of the document's history
 */
GBytes *
weft_g_document_encode_snapshot (WeftGDocument *self)
{
  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self), NULL);

  return weft_doc_encode_snapshot (self->doc, WEFT_UPDATE_V1);
}

/**
 * weft_g_document_at_snapshot:
 * @self: a document that keeps deleted content ([property@Document:gc] is false)
 * @snapshot: a moment of its history
 * @error: return location for an error
 *
 * Returns: (transfer full): another document, which holds what @self held then
 */
WeftGDocument *
weft_g_document_at_snapshot (WeftGDocument *self,
                             GBytes        *snapshot,
                             GError       **error)
{
  g_autoptr(WeftSnapshot) moment = NULL;
  g_autoptr(GBytes) update = NULL;
  g_autoptr(WeftGDocument) then = NULL;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && snapshot != NULL, NULL);

  if (self->gc)
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_UNSUPPORTED,
                           "A document that drops deleted content (gc) has no past to show: make it with gc off");
      return NULL;
    }
  moment = weft_snapshot_decode (snapshot, WEFT_UPDATE_V1, error);
  if (moment == NULL)
    return NULL;
  update = weft_doc_encode_at_snapshot (self->doc, moment, error);
  if (update == NULL)
    return NULL;
  then = g_object_new (WEFT_G_TYPE_DOCUMENT, "gc", FALSE, NULL);
  if (!weft_doc_apply_update (then->doc, update, NULL, error))
    return NULL;

  return g_steal_pointer (&then);
}

/**
 * weft_g_document_resolve_position:
 * @self: a document
 * @position: as weft_g_shared_type_encode_position() or Yjs gives it
 * @type: (out) (transfer none) (optional): the type that it is in
 * @index: (out) (optional): where it is now
 * @error: return location for an error: the bytes are malformed, or the place is not known here
 *
 * Returns: whether @type and @index are set
 */
gboolean
weft_g_document_resolve_position (WeftGDocument    *self,
                                  GBytes           *position,
                                  WeftGSharedType **type,
                                  guint64          *index,
                                  GError          **error)
{
  g_auto(WeftPosition) place = { 0 };
  WeftReader reader;
  WeftType *found;
  guint64 at;

  g_return_val_if_fail (WEFT_G_IS_DOCUMENT (self) && position != NULL, FALSE);

  weft_reader_init_bytes (&reader, position);
  if (!weft_position_read (&place, &reader) || reader.failed)
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED, "These bytes are no relative position");
      return FALSE;
    }
  if (!weft_position_to_index (&place, self->doc, &found, &at))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "The position is not known in this document");
      return FALSE;
    }
  if (type != NULL)
    *type = weft_g_document_wrap (self, found);
  if (index != NULL)
    *index = at;

  return TRUE;
}
