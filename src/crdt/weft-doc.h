/* weft-doc.h - a Yjs document: the engine's front door
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A document owns everything in it: shared types are borrowed pointers, good until the document is
 * freed. It belongs to one thread at a time. Bytes and calls go in; bytes and changes come out,
 * through the observers. Semantics are those of Yjs 13.6.
 */

#pragma once

#include "crdt/weft-any.h"
#include "crdt/weft-delete-set.h"
#include "crdt/weft-delta.h"
#include "crdt/weft-id.h"
#include "crdt/weft-state-vector.h"
#include "crdt/weft-update.h"

G_BEGIN_DECLS

typedef struct _WeftDoc WeftDoc;
typedef struct _WeftType WeftType;
typedef struct _WeftTransaction WeftTransaction;
typedef struct _WeftEvent WeftEvent;

/* As on the wire. */
typedef enum
{
  WEFT_KIND_ARRAY = 0,
  WEFT_KIND_MAP = 1,
  WEFT_KIND_TEXT = 2,
  WEFT_KIND_XML_ELEMENT = 3,
  WEFT_KIND_XML_FRAGMENT = 4,
  WEFT_KIND_XML_HOOK = 5,
  WEFT_KIND_XML_TEXT = 6,
  WEFT_KIND_UNTYPED = 15, /* a root that was only seen in updates */
} WeftKind;

/* As on the wire: low five bits of the info byte. */
typedef enum
{
  WEFT_CONTENT_GC = 0,
  WEFT_CONTENT_DELETED = 1,
  WEFT_CONTENT_JSON = 2,
  WEFT_CONTENT_BINARY = 3,
  WEFT_CONTENT_STRING = 4,
  WEFT_CONTENT_EMBED = 5,
  WEFT_CONTENT_FORMAT = 6,
  WEFT_CONTENT_TYPE = 7,
  WEFT_CONTENT_ANY = 8,
  WEFT_CONTENT_DOC = 9,
  WEFT_CONTENT_SKIP = 10,
} WeftContentKind;

typedef enum
{
  WEFT_KEY_ADD,
  WEFT_KEY_UPDATE,
  WEFT_KEY_DELETE,
} WeftKeyAction;

/* Gives a new random client id; see weft_doc_new(). */
typedef WeftClientId (*WeftRandomFunc) (gpointer user_data);

typedef struct
{
  gboolean       gc;       /* drop deleted content, as `new Y.Doc()` does; Weft's own docs do not */
  WeftRandomFunc random;   /* %NULL: g_random_int () */
  gpointer       random_data;
} WeftDocOptions;

/**
 * WeftDocObserver:
 * @update: an update (first format) was made by a transaction that changed something; @local tells
 *   whether it was made by edits on this document rather than by weft_doc_apply_update()
 * @transaction: a transaction ended; its events can be read during the call. Called before @update.
 * @update_data: the update once more, as bytes that are good during the call only: for whoever copies them
 *   into a buffer of their own anyway
 *
 * Each may be %NULL. The document must not be changed inside these calls, except through
 * weft_doc_begin()/weft_doc_commit() blocks, which then run as a transaction of their own afterwards.
 */
typedef struct
{
  void (*update)      (WeftDoc         *doc,
                       GBytes          *update,
                       gconstpointer    origin,
                       gboolean         local,
                       gpointer         user_data);
  void (*transaction) (WeftDoc         *doc,
                       WeftTransaction *transaction,
                       gpointer         user_data);
  void (*update_data) (WeftDoc         *doc,
                       const guint8    *data,
                       gsize            size,
                       gconstpointer    origin,
                       gboolean         local,
                       gpointer         user_data);
} WeftDocObserver;

/* A copy of what the engine knows of one run of items. */
typedef struct
{
  WeftId          id;
  guint64         length;
  WeftContentKind content;
  gboolean        deleted;
  gboolean        has_origin;
  gboolean        has_right_origin;
  WeftId          origin;
  WeftId          right_origin;
  WeftType       *parent;     /* borrowed; %NULL for GC and Skip */
  const char     *parent_sub; /* borrowed; the key in a map, else %NULL */
  WeftType       *type;       /* borrowed; WEFT_CONTENT_TYPE: the nested type */
  const char     *format_key; /* borrowed; WEFT_CONTENT_FORMAT: the mark that it sets */
} WeftItemInfo;

/* Returns: whether to go on */
typedef gboolean (*WeftItemFunc) (const WeftItemInfo *item,
                                  gpointer            user_data);

/* Random client id, and no collection of deleted content: what Weft's own documents use. */
WeftDoc         *weft_doc_new                 (void) G_GNUC_WARN_UNUSED_RESULT;
WeftDoc         *weft_doc_new_with_options    (WeftClientId            client_id,
                                               const WeftDocOptions   *options) G_GNUC_WARN_UNUSED_RESULT;
void             weft_doc_free                (WeftDoc                *self);
/* The id may change: when a remote update holds our id, a new one is taken at once. */
WeftClientId     weft_doc_get_client_id       (WeftDoc                *self);

/* Root types. Made when they are not there; asking with another kind types an untyped root. (transfer none) */
WeftType        *weft_doc_get_text            (WeftDoc                *self,
                                               const char             *name);
WeftType        *weft_doc_get_map             (WeftDoc                *self,
                                               const char             *name);
WeftType        *weft_doc_get_array           (WeftDoc                *self,
                                               const char             *name);
/* The same for any kind. (transfer none) */
WeftType        *weft_doc_get_root            (WeftDoc                *self,
                                               const char             *name,
                                               WeftKind                kind);
/* %NULL where no such root was made or seen. */
WeftType        *weft_doc_lookup_root         (WeftDoc                *self,
                                               const char             *name);
/* (transfer container): root names, borrowed strings */
GPtrArray       *weft_doc_list_roots          (WeftDoc                *self);

/* Transactions nest; the outermost one counts. Every editing call outside of one makes its own.
 * @origin is any pointer, compared by identity only; it tells undo managers and observers who did it. */
void             weft_doc_begin               (WeftDoc                *self,
                                               gconstpointer           origin);
void             weft_doc_commit              (WeftDoc                *self);
gboolean         weft_doc_in_transaction      (WeftDoc                *self);

/* Applies an update of the first format as one remote transaction. On failure the document is as
 * it was. What depends on missing structs is kept pending. */
gboolean         weft_doc_apply_update        (WeftDoc                *self,
                                               GBytes                 *update,
                                               gconstpointer           origin,
                                               GError                **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same for bytes that are in no GBytes. */
gboolean         weft_doc_apply_update_data   (WeftDoc                *self,
                                               const guint8           *data,
                                               gsize                   size,
                                               gconstpointer           origin,
                                               GError                **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean         weft_doc_has_pending         (WeftDoc                *self);
/* The whole document, pending parts included, as one update of the first format. */
GBytes          *weft_doc_encode_state        (WeftDoc                *self);
/* What a peer with @state_vector (nullable) lacks, and all deletions. */
GBytes          *weft_doc_encode_diff         (WeftDoc                *self,
                                               const WeftStateVector  *state_vector);
/* The same three in the second format. */
gboolean         weft_doc_apply_update_v2     (WeftDoc                *self,
                                               GBytes                 *update,
                                               gconstpointer           origin,
                                               GError                **error) G_GNUC_WARN_UNUSED_RESULT;
GBytes          *weft_doc_encode_state_v2     (WeftDoc                *self);
GBytes          *weft_doc_encode_diff_v2      (WeftDoc                *self,
                                               const WeftStateVector  *state_vector);
/* What is deleted now and how far each client is known. */
GBytes          *weft_doc_encode_snapshot     (WeftDoc                *self,
                                               WeftUpdateFormat        format);
WeftStateVector *weft_doc_get_state_vector    (WeftDoc                *self);
WeftDeleteSet   *weft_doc_get_delete_set      (WeftDoc                *self);
/* Whether @update (checked bytes) would add nothing: no unknown struct and no unknown deletion. */
gboolean         weft_doc_knows_update        (WeftDoc                *self,
                                               GBytes                 *update);

guint            weft_doc_add_observer        (WeftDoc                *self,
                                               const WeftDocObserver  *observer,
                                               gpointer                user_data);
void             weft_doc_remove_observer     (WeftDoc                *self,
                                               guint                   observer_id);

/* Walks the runs of @client between two clocks, in order; the first and last may reach beyond. */
void             weft_doc_foreach_item        (WeftDoc                *self,
                                               WeftClientId            client,
                                               WeftClock               from,
                                               WeftClock               to,
                                               WeftItemFunc            func,
                                               gpointer                user_data);
/* What the unit at @id holds, also when it is deleted and still kept: a text unit as a string of the
 * run from there to @length units, a value as it is. (nullable) (transfer full) */
WeftAny         *weft_doc_dup_content         (WeftDoc                *self,
                                               WeftId                  id,
                                               guint64                 length);
/* The bytes of the item at @id, borrowed until the document changes; %NULL where it is another kind of content. */
const guint8    *weft_doc_peek_bytes          (WeftDoc                *self,
                                               WeftId                  id,
                                               gsize                  *n_bytes);
/* Walks everything and checks every invariant; the message says what is broken. */
gboolean         weft_doc_validate            (WeftDoc                *self,
                                               GError                **error);

/* What a type's observer is told: the events of a transaction that concern it, at least one. */
typedef void (*WeftTypeObserver)              (WeftType               *type,
                                               GPtrArray              *events,
                                               WeftTransaction        *transaction,
                                               gpointer                user_data);
/* Y's observe() and observeDeep(): called when @type has changed in itself, or, with @deep, when it or
 * anything in it has; then with one event for each type that changed, the outer ones first. Direct
 * observers come before deep ones, both before the document's. What they edit is a transaction that
 * follows. Returns a number for weft_type_unobserve(). */
guint            weft_type_observe            (WeftType               *type,
                                               gboolean                deep,
                                               WeftTypeObserver        observer,
                                               gpointer                user_data);
void             weft_type_unobserve          (WeftType               *type,
                                               guint                   observer_id);

/* In a transaction callback */
gconstpointer    weft_transaction_get_origin  (WeftTransaction        *self);
gboolean         weft_transaction_is_local    (WeftTransaction        *self);
gsize            weft_transaction_get_n_events (WeftTransaction       *self);
WeftEvent       *weft_transaction_get_event   (WeftTransaction        *self,
                                               gsize                   index);
WeftDeleteSet   *weft_transaction_get_delete_set (WeftTransaction     *self); /* borrowed */
WeftStateVector *weft_transaction_get_before_state (WeftTransaction   *self); /* borrowed */
WeftStateVector *weft_transaction_get_after_state (WeftTransaction    *self); /* borrowed */

/* One event for each type that changed in itself (its items or its keys). */
WeftType        *weft_event_get_type          (WeftEvent              *self);
/* Changes of the sequence; empty where only keys changed. Borrowed, made at the first call. */
const WeftDelta *weft_event_get_delta         (WeftEvent              *self);
/* The same change with no attribute that was so before; shorter, and cheaper to apply. Borrowed. */
const WeftDelta *weft_event_get_least_delta   (WeftEvent              *self);
gsize            weft_event_get_n_keys        (WeftEvent              *self);
const char      *weft_event_get_key           (WeftEvent              *self,
                                               gsize                   index);
/* What @key held before: (nullable) (transfer full) */
WeftAny         *weft_event_dup_old_value     (WeftEvent              *self,
                                               gsize                   index);

/* What happened to @key. One that was set and removed in the same transaction has no change. */
WeftKeyAction    weft_event_get_key_action    (WeftEvent              *self,
                                               gsize                   index);
/* The nested type that @key held before: (nullable) (transfer none) */
WeftType        *weft_event_get_old_type      (WeftEvent              *self,
                                               gsize                   index);
/* Keys and indexes that lead from @from, which holds the type somewhere (nullable: from its root), to
 * the type that changed. (transfer full): a WEFT_ANY_ARRAY */
WeftAny         *weft_event_dup_path          (WeftEvent              *self,
                                               WeftType               *from);
/* The events at and below @type, those with the shortest path first. (transfer container) (element-type WeftEvent) */
GPtrArray       *weft_transaction_list_events_below (WeftTransaction  *self,
                                                     WeftType         *type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftDoc, weft_doc_free)

G_END_DECLS
