/* test-peers.c - histories of real Yjs peers with all that a document can hold
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Replays what peers.mjs, odd.mjs, nested.mjs, apart.mjs and shapes.mjs of tests/node/crdt told: every edit, and then
 * the update and the events of each transaction, JSON, state vectors, whole and cut updates of both formats, snapshots
 * with what they show, and updates merged without a document are those of Yjs. The document is validated after each
 * transaction.
 */

#include "config.h"

#include "crdt/weft-doc-private.h"
#include "crdt/weft-position.h"
#include "crdt/weft-snapshot-view.h"
#include "crdt/weft-subdoc.h"
#include "crdt/weft-undo.h"
#include "peers-told.h"
#include "support/test-bytes.h"
#include "support/test-gunzip.h"

#include <string.h>

#define MAX_PEERS 8
#define MAX_MANAGERS 4
#define MAX_ROOTS 8

/* Where a history does not name its own */
static const char usual_roots[] = "{\"t\": 2, \"m\": 1, \"a\": 0, \"x\": 4}";

typedef struct
{
  WeftDoc         *doc;
  WeftUndoManager *undo[MAX_MANAGERS];
  WeftAny         *emitted; /* hex strings */
  WeftAny         *events;
  GHashTable      *subdocs; /* ids of those that are there, as text -> guid */
} Peer;

typedef struct
{
  guint64     history, seed;
  Peer        peers[MAX_PEERS];
  guint       n_peers;
  WeftAny    *roots; /* name -> kind */
  gint64      now;
  const char *line;
  guint       number;
} Replay;

static int remote_origin, cleanup_origin, tracked_origin, untracked_origin;

static void G_GNUC_NORETURN
fail (Replay     *replay,
      const char *what,
      const char *got,
      const char *expected)
{
  g_printerr ("seed %" G_GUINT64_FORMAT ", history %" G_GUINT64_FORMAT ", line %u: %s\nline     %.2000s\ngot      %s\nexpected %s\n",
              replay->seed, replay->history, replay->number, what, replay->line, got, expected);
  exit (1);
}

/* Comparing */

static void
check_hex (Replay     *replay,
           const char *what,
           GBytes     *bytes,
           const char *expected)
{
  g_autofree char *hex = bytes != NULL ? test_bytes_to_hex (bytes) : g_strdup ("(none)");

  if (strcmp (hex, expected) != 0)
    fail (replay, what, hex, expected);
}

static void
check_value (Replay        *replay,
             const char    *what,
             const WeftAny *value,
             const WeftAny *expected)
{
  g_autofree char *printed = weft_any_to_json (value);
  g_autofree char *wanted = weft_any_to_json (expected);
  g_autoptr(WeftAny) again = weft_any_from_json (printed, -1, NULL);

  if (!weft_any_equal (again, expected))
    fail (replay, what, printed, wanted);
}

static void
root_changed_cb (WeftType        *type,
                 GPtrArray       *events,
                 WeftTransaction *transaction,
                 gpointer         user_data)
{
  Peer *peer = user_data;
  WeftAny *told = weft_any_new_array (), *entry = weft_any_new_array ();

  for (guint i = 0; i < events->len; i++)
    {
      WeftEvent *event = g_ptr_array_index (events, i);
      WeftAny *one = weft_any_new_object ();

      weft_any_object_take (one, "path", weft_event_dup_path (event, type));
      weft_any_object_take (one, "delta",
                            peers_tell_delta (weft_event_get_delta (event),
                                              peers_is_text (weft_event_get_type (event))));
      weft_any_object_take (one, "keys", peers_tell_keys (event));
      weft_any_array_take (told, one);
    }
  weft_any_array_take (entry, weft_any_new_string (weft_type_get_root_name (type)));
  weft_any_array_take (entry, told);
  weft_any_array_take (peer->events, entry);
}

static void
note_update_cb (WeftDoc      *doc,
                GBytes       *update,
                gconstpointer origin,
                gboolean      local,
                gpointer      user_data)
{
  Peer *peer = user_data;
  g_autofree char *hex = test_bytes_to_hex (update);

  weft_any_array_take (peer->emitted, weft_any_new_string (hex));
}

static char *
name_subdoc (const WeftSubdoc *subdoc)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, subdoc->id.client, subdoc->id.clock);
}

/* The subdocuments that are there, kept up by what transactions tell. */
static void
note_subdocs_cb (WeftDoc         *doc,
                 WeftTransaction *transaction,
                 gpointer         user_data)
{
  Peer *peer = user_data;
  g_autoptr(GArray) added = weft_transaction_list_subdocs (transaction, WEFT_SUBDOCS_ADDED);
  g_autoptr(GArray) removed = weft_transaction_list_subdocs (transaction, WEFT_SUBDOCS_REMOVED);
  g_autoptr(GArray) loaded = weft_transaction_list_subdocs (transaction, WEFT_SUBDOCS_LOADED);

  for (guint i = 0; i < added->len; i++)
    g_hash_table_insert (peer->subdocs, name_subdoc (&g_array_index (added, WeftSubdoc, i)),
                         g_strdup (g_array_index (added, WeftSubdoc, i).guid));
  for (guint i = 0; i < removed->len; i++)
    {
      g_autofree char *name = name_subdoc (&g_array_index (removed, WeftSubdoc, i));

      g_assert_true (g_hash_table_remove (peer->subdocs, name));
    }
  for (guint i = 0; i < loaded->len; i++)
    g_assert_true (g_array_index (loaded, WeftSubdoc, i).auto_load);
}

static const WeftDocObserver observer = { note_update_cb, note_subdocs_cb };

/* Replaying */

static gint64
read_clock (gpointer user_data)
{
  return ((Replay *) user_data)->now;
}

static void
end_history (Replay *replay)
{
  for (guint i = 0; i < replay->n_peers; i++)
    {
      Peer *peer = &replay->peers[i];

      for (guint j = 0; j < MAX_MANAGERS; j++)
        g_clear_pointer (&peer->undo[j], weft_undo_manager_free);
      g_clear_pointer (&peer->doc, weft_doc_free);
      g_clear_pointer (&peer->emitted, weft_any_unref);
      g_clear_pointer (&peer->events, weft_any_unref);
      g_clear_pointer (&peer->subdocs, g_hash_table_unref);
    }
  replay->n_peers = 0;
  g_clear_pointer (&replay->roots, weft_any_unref);
}

static WeftType *
get_root (const Replay *replay,
          WeftDoc      *doc,
          gsize         index)
{
  return weft_doc_get_root (doc, weft_any_get_key (replay->roots, index), number (replay->roots, index));
}

/* Returns: how many */
static gsize
type_roots (const Replay *replay,
            WeftDoc      *doc,
            WeftType    **roots)
{
  gsize n = weft_any_get_n_items (replay->roots);

  g_assert_cmpuint (n, <=, MAX_ROOTS);
  for (gsize i = 0; i < n; i++)
    roots[i] = get_root (replay, doc, i);

  return n;
}

/* The first root that is one, or that of an empty document. */
static WeftType *
find_text (const Replay *replay,
           WeftDoc      *doc)
{
  for (gsize i = 0; i < weft_any_get_n_items (replay->roots); i++)
    if (peers_is_text (get_root (replay, doc, i)))
      return get_root (replay, doc, i);

  return NULL;
}

static gboolean
is_no_embed_cb (const WeftItemInfo *item,
                gpointer            user_data)
{
  return item->content != WEFT_CONTENT_EMBED;
}

static gconstpointer
find_origin (const WeftAny *value)
{
  const char *name = weft_any_get_string (value);

  if (name == NULL || *name == '\0')
    return NULL;

  if (g_str_equal (name, "remote"))
    return &remote_origin;

  return g_str_equal (name, "tracked") ? &tracked_origin : &untracked_origin;
}

/* The scope: the names of roots, or how many of all. */
static WeftUndoManager *
make_undo_manager (Replay        *replay,
                   WeftDoc       *doc,
                   WeftType     **roots,
                   const WeftAny *options)
{
  const WeftAny *scope = weft_any_lookup (options, "scope"), *tracked = weft_any_lookup (options, "tracked");
  const WeftAny *timeout = weft_any_lookup (options, "timeout");
  gsize n_scope = weft_any_get_n_items (scope);
  WeftType *types[MAX_ROOTS];
  WeftUndoManager *undo;

  if (weft_any_get_kind (scope) == WEFT_ANY_NUMBER)
    n_scope = (gsize) weft_any_get_number (scope);
  for (gsize i = 0; i < n_scope; i++)
    types[i] = weft_any_get_kind (scope) == WEFT_ANY_NUMBER ? roots[i] : weft_doc_lookup_root (doc, string (scope, i));
  undo = weft_undo_manager_new (doc, types, n_scope, timeout != NULL ? MIN (weft_any_get_number (timeout), 1e9) : 1e9,
                                read_clock, replay);
  if (weft_any_get_boolean (weft_any_lookup (options, "whole")))
    weft_undo_manager_add_document (undo);
  if (weft_any_get_boolean (weft_any_lookup (options, "filter")))
    weft_undo_manager_set_delete_filter (undo, is_no_embed_cb, NULL);
  weft_undo_manager_set_ignore_remote_map_changes (undo, weft_any_get_boolean (weft_any_lookup (options, "ignore")));
  if (tracked == NULL)
    {
      weft_undo_manager_track (undo, &tracked_origin);
      return undo;
    }
  weft_undo_manager_untrack (undo, NULL);
  for (gsize i = 0; i < weft_any_get_n_items (tracked); i++)
    weft_undo_manager_track (undo, find_origin (weft_any_get_item (tracked, i)));

  return undo;
}

static void
begin_history (Replay        *replay,
               const WeftAny *line)
{
  const WeftAny *ids = arg (line, 3);

  end_history (replay);
  replay->now = 1000000;
  replay->history = number (line, 1);
  replay->seed = number (line, 2);
  replay->roots = weft_any_get_n_items (line) > 6 ? weft_any_ref (object_or_null (line, 6))
                                                  : weft_any_from_json (usual_roots, -1, NULL);
  replay->n_peers = weft_any_get_n_items (ids);
  g_assert_cmpuint (replay->n_peers, <=, MAX_PEERS);
  for (guint i = 0; i < replay->n_peers; i++)
    {
      Peer *peer = &replay->peers[i];
      WeftDocOptions options = { .gc = weft_any_get_boolean (arg (arg (line, 4), i)) };
      WeftType *roots[MAX_ROOTS];
      gsize n_roots;

      peer->doc = weft_doc_new_with_options (number (ids, i), &options);
      /* Places where several wrote have crowds at once. */
      if (i % 2 == 0)
        peer->doc->crowd_from = 0;
      peer->emitted = weft_any_new_array ();
      peer->events = weft_any_new_array ();
      peer->subdocs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      n_roots = type_roots (replay, peer->doc, roots);
      weft_doc_add_observer (peer->doc, &observer, peer);
      for (gsize j = 0; j < n_roots; j++)
        weft_type_observe (roots[j], TRUE, root_changed_cb, peer);
      if (object_or_null (line, 5) != NULL)
        peer->undo[0] = make_undo_manager (replay, peer->doc, roots, arg (line, 5));
      else if (weft_any_get_kind (arg (line, 5)) == WEFT_ANY_ARRAY)
        for (gsize j = 0; j < weft_any_get_n_items (arg (line, 5)); j++)
          peer->undo[j % MAX_MANAGERS] = make_undo_manager (replay, peer->doc, roots, arg (arg (line, 5), j));
    }
}

static gboolean
take_type_cb (const WeftItemInfo *item,
              gpointer            user_data)
{
  *(WeftType **) user_data = item->type;

  return FALSE;
}

static WeftType *
find_type (Replay        *replay,
           Peer          *peer,
           const WeftAny *path)
{
  WeftType *type = NULL;

  if (weft_any_get_kind (path) == WEFT_ANY_STRING)
    type = weft_doc_lookup_root (peer->doc, weft_any_get_string (path));
  else
    weft_doc_foreach_item (peer->doc, number (path, 0), number (path, 1), number (path, 1) + 1, take_type_cb,
                           &type);
  if (type == NULL)
    fail (replay, "there is no such type", "-", "-");

  return type;
}

static void
check_valid (Replay  *replay,
             WeftDoc *doc)
{
  g_autoptr(GError) error = NULL;

  if (!weft_doc_validate (doc, &error))
    fail (replay, "the document is broken", error->message, "-");
}

/* Histories that were kept before deltas of texts were told have null there. */
static void
leave_out_untold (const WeftAny *events,
                  const WeftAny *told)
{
  for (gsize i = 0; i < MIN (weft_any_get_n_items (events), weft_any_get_n_items (told)); i++)
    {
      const WeftAny *mine = arg (arg (events, i), 1), *wanted = arg (arg (told, i), 1);

      for (gsize j = 0; j < MIN (weft_any_get_n_items (mine), weft_any_get_n_items (wanted)); j++)
        if (weft_any_get_kind (weft_any_lookup (arg (wanted, j), "delta")) == WEFT_ANY_NULL)
          weft_any_object_take ((WeftAny *) arg (mine, j), "delta", weft_any_new_null ());
    }
}

static void
check_told (Replay        *replay,
            Peer          *peer,
            const WeftAny *line)
{
  check_valid (replay, peer->doc);
  check_value (replay, "a transaction's update differs", peer->emitted, arg (line, 2));
  leave_out_untold (peer->events, arg (line, 3));
  check_value (replay, "the events differ", peer->events, arg (line, 3));
  weft_any_unref (peer->emitted);
  weft_any_unref (peer->events);
  peer->emitted = weft_any_new_array ();
  peer->events = weft_any_new_array ();
}

static void
check_roots (Replay        *replay,
             WeftDoc       *doc,
             const WeftAny *expected)
{
  for (gsize i = 0; i < weft_any_get_n_items (replay->roots); i++)
    {
      const char *name = weft_any_get_key (replay->roots, i);
      g_autoptr(WeftAny) value = weft_type_to_any (get_root (replay, doc, i));

      check_value (replay, name, value, weft_any_lookup (expected, name));
    }
}

static int
compare_strings (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
check_subdocs (Replay        *replay,
               Peer          *peer,
               const WeftAny *expected)
{
  g_autoptr(GArray) all = weft_doc_list_subdocs (peer->doc);
  g_autoptr(GPtrArray) guids = g_ptr_array_new ();
  g_autoptr(WeftAny) value = weft_any_new_array ();

  g_assert_cmpuint (all->len, ==, g_hash_table_size (peer->subdocs));
  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (guids, g_array_index (all, WeftSubdoc, i).guid);
  g_ptr_array_sort (guids, compare_strings);
  for (guint i = 0; i < guids->len; i++)
    weft_any_array_take (value, weft_any_new_string (g_ptr_array_index (guids, i)));
  check_value (replay, "subdocuments differ", value, expected);
}

static void
check_state (Replay        *replay,
             Peer          *peer,
             const WeftAny *line)
{
  g_autoptr(WeftStateVector) vector = weft_doc_get_state_vector (peer->doc);
  g_autoptr(GBytes) vector_bytes = weft_state_vector_encode (vector);
  g_autoptr(GBytes) state = weft_doc_encode_state (peer->doc), state_v2 = weft_doc_encode_state_v2 (peer->doc);
  WeftType *text = find_text (replay, peer->doc);
  g_autoptr(WeftDelta) delta = text != NULL ? weft_text_to_delta (text) : weft_delta_new ();
  g_autoptr(WeftAny) told = peers_tell_delta (delta, TRUE);

  check_roots (replay, peer->doc, arg (line, 2));
  check_value (replay, "delta", told, arg (line, 3));
  check_hex (replay, "the state vector differs", vector_bytes, string (line, 4));
  check_hex (replay, "the whole update differs", state, string (line, 5));
  check_hex (replay, "the whole update of the second format differs", state_v2, string (line, 6));
  check_subdocs (replay, peer, arg (line, 7));
}

static void
check_diff (Replay        *replay,
            Peer          *peer,
            const WeftAny *line)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex (string (line, 2));
  g_autoptr(WeftStateVector) vector = weft_state_vector_decode (bytes, NULL);
  g_autoptr(GBytes) diff = weft_doc_encode_diff (peer->doc, vector);
  g_autoptr(GBytes) diff_v2 = weft_doc_encode_diff_v2 (peer->doc, vector);

  check_hex (replay, "what a peer lacks differs", diff, string (line, 3));
  check_hex (replay, "what a peer lacks differs in the second format", diff_v2, string (line, 4));
}

static void
check_snapshot (Replay        *replay,
                Peer          *peer,
                const WeftAny *line)
{
  g_autoptr(WeftSnapshot) snapshot = weft_snapshot_new (peer->doc);

  for (WeftUpdateFormat format = WEFT_UPDATE_V1; format <= WEFT_UPDATE_V2; format++)
    {
      g_autoptr(GBytes) bytes = weft_snapshot_encode (snapshot, format);

      check_hex (replay, "a snapshot differs", bytes, string (line, 2 + format));
    }
}

/* What is embedded has its own change here, and that of the text before it in Yjs. */
static WeftAny *
tell_delta_without_embeds (const WeftDelta *delta)
{
  g_autoptr(WeftDelta) plain = weft_delta_new ();

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      g_autoptr(WeftAny) attributes = weft_any_new_object ();

      if (op->kind == WEFT_DELTA_INSERT_TEXT)
        {
          weft_delta_insert_text (plain, op->text, op->n_bytes, op->attributes);
          continue;
        }
      for (gsize j = 0; op->attributes != NULL && j < weft_any_get_n_items (op->attributes); j++)
        if (strcmp (weft_any_get_key (op->attributes, j), "ychange") != 0)
          weft_any_object_take (attributes, weft_any_get_key (op->attributes, j),
                                weft_any_ref ((WeftAny *) weft_any_get_item (op->attributes, j)));
      if (op->kind == WEFT_DELTA_INSERT_EMBED)
        weft_delta_insert_embed (plain, op->embed, attributes);
      else
        weft_delta_insert_type (plain, op->type, attributes);
    }

  return peers_tell_delta (plain, TRUE);
}

static WeftSnapshot *
read_snapshot (const WeftAny *line,
               gsize          index)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex (string (line, index));

  return weft_snapshot_decode (bytes, WEFT_UPDATE_V1, NULL);
}

static void
check_view (Replay        *replay,
            Peer          *peer,
            const WeftAny *line)
{
  g_autoptr(WeftSnapshot) at = read_snapshot (line, 2), before = read_snapshot (line, 3);
  WeftDocOptions options = { .gc = TRUE };
  g_autoptr(WeftDoc) restored = weft_doc_new_from_snapshot (peer->doc, at, 1, &options, NULL);
  WeftType *text = find_text (replay, peer->doc);
  g_autoptr(WeftDelta) shown = text != NULL ? weft_text_to_delta_at (text, at, NULL) : weft_delta_new ();
  g_autoptr(WeftDelta) compared = text != NULL ? weft_text_to_delta_at (text, at, before) : weft_delta_new ();
  g_autoptr(WeftAny) told = peers_tell_delta (shown, TRUE), told_compared = tell_delta_without_embeds (compared);
  g_autoptr(GBytes) state = weft_doc_encode_state (restored);

  check_valid (replay, restored);
  check_hex (replay, "a document of a moment differs", state, string (line, 7));
  check_roots (replay, restored, arg (line, 4));
  check_value (replay, "a text is shown otherwise", told, arg (line, 5));
  check_value (replay, "a difference is shown otherwise", told_compared, arg (line, 6));

  /* To look at a moment is a transaction in Yjs, and an undo manager of a whole document takes each for a change:
   * there is nothing to redo any more. Here looking changes nothing, so that transaction is made for it. */
  weft_doc_begin (peer->doc, NULL);
  weft_doc_commit (peer->doc);
}

static GPtrArray *
read_updates (const WeftAny *list)
{
  GPtrArray *updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  for (gsize i = 0; i < weft_any_get_n_items (list); i++)
    g_ptr_array_add (updates, test_bytes_from_hex (string (list, i)));

  return updates;
}

static void
check_vector (Replay                *replay,
              const char            *what,
              const WeftStateVector *vector,
              const WeftAny         *expected)
{
  g_autoptr(WeftStateVector) wanted = weft_state_vector_new ();

  for (gsize i = 0; i < weft_any_get_n_items (expected); i++)
    weft_state_vector_set (wanted, number (arg (expected, i), 0), number (arg (expected, i), 1));
  if (!weft_state_vector_equal (vector, wanted))
    fail (replay, what, "-", "-");
}

static void
check_merge (Replay        *replay,
             const WeftAny *line)
{
  g_autoptr(GBytes) vector_bytes = test_bytes_from_hex (string (line, 6));
  g_autoptr(WeftStateVector) vector = weft_state_vector_decode (vector_bytes, NULL);

  for (WeftUpdateFormat format = WEFT_UPDATE_V1; format <= WEFT_UPDATE_V2; format++)
    {
      g_autoptr(GPtrArray) updates = read_updates (arg (line, 1 + format));
      g_autoptr(GError) error = NULL;
      g_autoptr(GBytes) merged = weft_updates_merge (updates, format, &error), rest = NULL, known = NULL;
      g_autoptr(WeftStateVector) from = NULL, to = NULL;

      g_assert_no_error (error);
      check_hex (replay, "merged updates differ", merged, string (line, 3 + format));
      known = weft_update_encode_state_vector (merged, format, &error);
      g_assert_no_error (error);
      check_hex (replay, "the state vector of an update differs", known, string (line, 5));
      rest = weft_update_subtract (merged, format, vector, &error);
      g_assert_no_error (error);
      check_hex (replay, "what a peer lacks of an update differs", rest, string (line, 7 + format));
      g_assert_true (weft_update_get_range (merged, format, &from, &to, &error));
      check_vector (replay, "where an update begins", from, arg (line, 9));
      check_vector (replay, "where an update ends", to, arg (line, 10));
    }
}

static void
apply (Replay        *replay,
       Peer          *peer,
       const char    *hex,
       gboolean       v2,
       gconstpointer  origin)
{
  g_autoptr(GBytes) update = test_bytes_from_hex (hex);
  g_autoptr(GError) error = NULL;

  if (!(v2 ? weft_doc_apply_update_v2 (peer->doc, update, origin, &error)
           : weft_doc_apply_update (peer->doc, update, origin, &error)))
    fail (replay, "an update is refused", error->message, "-");
}

static WeftSubdocOptions
read_subdoc (const WeftAny *options)
{
  return (WeftSubdocOptions) {
    .guid = weft_any_get_string (weft_any_lookup (options, "guid")),
    .auto_load = weft_any_get_boolean (weft_any_lookup (options, "autoLoad")),
    .meta = (WeftAny *) weft_any_lookup (options, "meta"),
  };
}

/* What changes @type; %FALSE: no such verb. */
static gboolean
edit (const char    *verb,
      WeftType      *type,
      const WeftAny *line)
{
  if (g_str_equal (verb, "insert"))
    weft_text_insert (type, number (line, 3), string (line, 4), -1, object_or_null (line, 5));
  else if (g_str_equal (verb, "delta"))
    {
      g_autofree char *ops = weft_any_to_json (arg (line, 3));
      g_autoptr(WeftDelta) delta = weft_delta_from_json (ops, -1, NULL);

      g_assert_nonnull (delta);
      weft_text_apply_delta (type, delta);
    }
  else if (g_str_equal (verb, "embed"))
    {
      g_autoptr(WeftAny) embed = peers_revive (arg (line, 4));

      weft_text_insert_embed (type, number (line, 3), embed, object_or_null (line, 5));
    }
  else if (g_str_equal (verb, "embedtype"))
    weft_text_insert_named (type, number (line, 3), number (line, 4), string (line, 5), object_or_null (line, 6));
  else if (g_str_equal (verb, "delete"))
    weft_text_delete (type, number (line, 3), number (line, 4));
  else if (g_str_equal (verb, "format"))
    weft_text_format (type, number (line, 3), number (line, 4), object_or_null (line, 5));
  else if (g_str_equal (verb, "set"))
    {
      g_autoptr(WeftAny) value = peers_revive (arg (line, 4));

      weft_map_set (type, string (line, 3), value);
    }
  else if (g_str_equal (verb, "settype"))
    weft_map_set_named (type, string (line, 3), number (line, 4), string (line, 5));
  else if (g_str_equal (verb, "setdoc"))
    {
      WeftSubdocOptions options = read_subdoc (arg (line, 4));

      weft_map_set_subdoc (type, string (line, 3), &options, NULL);
    }
  else if (g_str_equal (verb, "remove"))
    weft_map_remove (type, string (line, 3));
  else if (g_str_equal (verb, "values"))
    {
      g_autoptr(WeftAny) values = peers_revive (arg (line, 4));

      weft_array_insert (type, number (line, 3), values);
    }
  else if (g_str_equal (verb, "type"))
    weft_array_insert_named (type, number (line, 3), number (line, 4), string (line, 5));
  else if (g_str_equal (verb, "doc"))
    {
      WeftSubdocOptions options = read_subdoc (arg (line, 4));

      weft_array_insert_subdoc (type, number (line, 3), &options, NULL);
    }
  else if (g_str_equal (verb, "cut"))
    weft_array_delete (type, number (line, 3), number (line, 4));
  else
    return FALSE;

  return TRUE;
}

static void
check_position (Replay        *replay,
                WeftType      *type,
                const WeftAny *line)
{
  g_auto(WeftPosition) position = { 0 }, again = { 0 };
  g_autoptr(WeftAny) json = NULL;
  g_autoptr(GBytes) bytes = NULL;
  WeftWriter writer;

  weft_position_from_index (&position, type, number (line, 3), (int) weft_any_get_number (arg (line, 4)));
  weft_writer_init (&writer);
  weft_position_write (&position, &writer);
  bytes = weft_writer_steal_bytes (&writer);
  check_hex (replay, "a position differs", bytes, string (line, 5));
  json = weft_position_to_any (&position);
  check_value (replay, "a position differs as JSON", json, arg (line, 6));
  g_assert_true (weft_position_from_any (&again, json));
  g_clear_pointer (&json, weft_any_unref);
  json = weft_position_to_any (&again);
  check_value (replay, "a position that is read from JSON differs", json, arg (line, 6));
}

static void
check_resolved (Replay        *replay,
                Peer          *peer,
                const WeftAny *line)
{
  g_autoptr(GBytes) bytes = test_bytes_from_hex (string (line, 2));
  g_auto(WeftPosition) position = { 0 };
  WeftReader reader;
  WeftType *type = NULL;
  guint64 index = 0;
  g_autofree char *got = NULL, *wanted = weft_any_to_json (line);
  gboolean found;

  weft_reader_init_bytes (&reader, bytes);
  g_assert_true (weft_position_read (&position, &reader));
  found = weft_position_to_index (&position, peer->doc, &type, &index);
  got = found ? g_strdup_printf ("%" G_GUINT64_FORMAT, index) : g_strdup ("nowhere");
  if (found != (weft_any_get_kind (arg (line, 3)) == WEFT_ANY_NUMBER) || (found && index != number (line, 3)))
    fail (replay, "a position is resolved otherwise", got, wanted);
  if (found && weft_any_get_kind (arg (line, 4)) != WEFT_ANY_NULL && type != find_type (replay, peer, arg (line, 4)))
    fail (replay, "a position is resolved in another type", got, wanted);
}

static void
check_delta (Replay        *replay,
             WeftType      *text,
             const WeftAny *line)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (text);
  g_autoptr(WeftAny) told = peers_tell_delta (delta, TRUE);

  check_value (replay, "the delta of a text differs", told, arg (line, 3));
}

static void
check_converted (Replay          *replay,
                 WeftUpdateFormat to,
                 const WeftAny   *line)
{
  g_autoptr(GBytes) update = test_bytes_from_hex (string (line, 1));
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) converted = weft_update_convert (update, to, &error);

  g_assert_no_error (error);
  check_hex (replay, "a converted update differs", converted, string (line, 2));
}

static gboolean
is_undo_deed (const char *verb)
{
  static const char *const deeds[] = { "undo", "redo", "stop", "clear", "clearredo", "scope", "can", NULL };

  return g_strv_contains (deeds, verb);
}

static void
undo_deed (Replay        *replay,
           Peer          *peer,
           const char    *verb,
           const WeftAny *line)
{
  gsize which = weft_any_get_n_items (line) > 2 ? number (line, 2) : 0;
  WeftUndoManager *undo = peer->undo[which % MAX_MANAGERS];

  if (g_str_equal (verb, "undo"))
    weft_undo_manager_undo (undo);
  else if (g_str_equal (verb, "redo"))
    weft_undo_manager_redo (undo);
  else if (g_str_equal (verb, "stop"))
    weft_undo_manager_stop_capturing (undo);
  else if (g_str_equal (verb, "clear"))
    weft_undo_manager_clear (undo);
  else if (g_str_equal (verb, "clearredo"))
    weft_undo_manager_clear_stacks (undo, FALSE, TRUE);
  else if (g_str_equal (verb, "scope"))
    weft_undo_manager_add_scope (undo, find_type (replay, peer, arg (line, 3)));
  else if (weft_undo_manager_can_undo (undo) != weft_any_get_boolean (arg (line, 3))
           || weft_undo_manager_can_redo (undo) != weft_any_get_boolean (arg (line, 4)))
    fail (replay, "what can be undone differs", "-", "-");
}

static void
run_line (Replay        *replay,
          const WeftAny *line)
{
  const char *verb = string (line, 0);
  Peer *peer;

  if (g_str_equal (verb, "history"))
    {
      begin_history (replay, line);
      return;
    }
  if (g_str_equal (verb, "merge"))
    {
      check_merge (replay, line);
      return;
    }
  if (g_str_has_prefix (verb, "convert"))
    {
      check_converted (replay, g_str_equal (verb, "convert") ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1, line);
      return;
    }
  if (g_str_equal (verb, "clock"))
    {
      replay->now = number (line, 1);
      return;
    }

  peer = &replay->peers[number (line, 1) % MAX_PEERS];
  if (g_str_equal (verb, "begin"))
    weft_doc_begin (peer->doc, find_origin (arg (line, 2)));
  else if (g_str_equal (verb, "commit"))
    weft_doc_commit (peer->doc);
  else if (g_str_equal (verb, "emitted"))
    check_told (replay, peer, line);
  else if (g_str_equal (verb, "check"))
    check_state (replay, peer, line);
  else if (g_str_equal (verb, "diff"))
    check_diff (replay, peer, line);
  else if (g_str_equal (verb, "snapshot"))
    check_snapshot (replay, peer, line);
  else if (g_str_equal (verb, "view"))
    check_view (replay, peer, line);
  else if (g_str_equal (verb, "position"))
    check_position (replay, find_type (replay, peer, arg (line, 2)), line);
  else if (g_str_equal (verb, "resolve"))
    check_resolved (replay, peer, line);
  else if (g_str_equal (verb, "delta-of"))
    check_delta (replay, find_type (replay, peer, arg (line, 2)), line);
  else if (is_undo_deed (verb))
    undo_deed (replay, peer, verb, line);
  else if (g_str_equal (verb, "apply"))
    apply (replay, peer, string (line, 3), number (line, 2) == 2, &remote_origin);
  else if (g_str_equal (verb, "cleanup"))
    {
      apply (replay, peer, string (line, 2), FALSE, &cleanup_origin);
      g_clear_pointer (&peer->emitted, weft_any_unref);
      g_clear_pointer (&peer->events, weft_any_unref);
      peer->emitted = weft_any_new_array ();
      peer->events = weft_any_new_array ();
    }
  else
    g_assert_true (edit (verb, find_type (replay, peer, arg (line, 2)), line));
}

static guint
replay_file (const char *path)
{
  Replay replay = { 0 };
  g_autofree char *contents = NULL;
  g_autoptr(GError) error = NULL;
  gsize size;
  char *at, *end;
  guint n_histories = 0;

  if (g_str_has_suffix (path, ".gz"))
    contents = test_gunzip (path, &size);
  else
    g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  for (at = contents; *at != '\0'; at = end + 1)
    {
      g_autoptr(WeftAny) line = NULL;

      end = memchr (at, '\n', contents + size - at);
      g_assert_nonnull (end);
      *end = '\0';
      replay.line = at;
      replay.number++;
      line = weft_any_from_json (at, end - at, &error);
      g_assert_no_error (error);
      n_histories += g_str_equal (string (line, 0), "history");
      run_line (&replay, line);
    }
  end_history (&replay);

  return n_histories;
}

static void
test_file (gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", data, NULL);

  g_assert_cmpuint (replay_file (path), >, 0);
}

static void
add_files (const char *folder,
           const char *suffix)
{
  g_autofree char *full = g_test_build_filename (G_TEST_DIST, "data", folder, NULL);
  g_autoptr(GDir) dir = g_dir_open (full, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, suffix))
      {
        g_autofree char *path = g_strconcat ("/crdt/peers/", name, NULL);

        g_test_add_data_func_full (path, g_build_filename (folder, name, NULL), test_file, g_free);
      }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  /* What was made a moment ago */
  if (argc == 2)
    {
      g_print ("%u histories are as in Yjs\n", replay_file (argv[1]));
      return 0;
    }
  /* Every history that was ever shrunk and kept, and those of real editors (tests/node/real/told.mjs) */
  add_files ("crdt", ".peers.jsonl");
  add_files ("crdt/real", ".peers.jsonl.gz");

  return g_test_run ();
}
