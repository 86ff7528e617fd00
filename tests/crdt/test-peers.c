/* test-peers.c - histories of real Yjs peers with all that a document can hold
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Replays what tests/node/crdt/peers.mjs told: every edit, and then the update and the events of each
 * transaction, JSON, state vectors, whole and cut updates of both formats, snapshots with what they show,
 * and updates merged without a document are those of Yjs. The document is validated after each transaction.
 */

#include "config.h"

#include "crdt/weft-snapshot-view.h"
#include "crdt/weft-subdoc.h"
#include "crdt/weft-undo.h"
#include "support/test-bytes.h"

#include <math.h>
#include <string.h>

#define MAX_PEERS 8

static const char *const root_names[] = { "t", "m", "a", "x" };
static const WeftKind root_kinds[]
    = { WEFT_KIND_TEXT, WEFT_KIND_MAP, WEFT_KIND_ARRAY, WEFT_KIND_XML_FRAGMENT };

typedef struct
{
  WeftDoc         *doc;
  WeftUndoManager *undo;
  WeftAny         *emitted; /* hex strings */
  WeftAny         *events;
  GHashTable      *subdocs; /* ids of those that are there, as text -> guid */
} Peer;

typedef struct
{
  guint64     history, seed;
  Peer        peers[MAX_PEERS];
  guint       n_peers;
  const char *line;
  guint       number;
} Replay;

static int remote_origin, tracked_origin, untracked_origin;

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

static const WeftAny *
arg (const WeftAny *line,
     gsize          index)
{
  return weft_any_get_item (line, index);
}

static guint64
number (const WeftAny *line,
        gsize          index)
{
  return (guint64) weft_any_get_number (arg (line, index));
}

static const char *
string (const WeftAny *line,
        gsize          index)
{
  return weft_any_get_string (arg (line, index));
}

static WeftAny *
object_or_null (const WeftAny *line,
                gsize          index)
{
  const WeftAny *value = arg (line, index);

  return weft_any_get_kind (value) == WEFT_ANY_OBJECT ? (WeftAny *) value : NULL;
}

/* {"$bytes": …} and the like back to what they stand for. */
static WeftAny *
revive (const WeftAny *value)
{
  const WeftAny *inner;
  WeftAny *copy;

  if (weft_any_get_kind (value) == WEFT_ANY_ARRAY)
    {
      copy = weft_any_new_array ();
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        weft_any_array_take (copy, revive (weft_any_get_item (value, i)));
      return copy;
    }
  if (weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return weft_any_ref ((WeftAny *) value);

  if ((inner = weft_any_lookup (value, "$bytes")) != NULL)
    {
      gsize size;
      guchar *data = g_base64_decode (weft_any_get_string (inner), &size);
      g_autoptr(GBytes) bytes = g_bytes_new_take (data, size);

      return weft_any_new_bytes (bytes);
    }
  if ((inner = weft_any_lookup (value, "$number")) != NULL)
    return weft_any_new_number (g_ascii_strtod (weft_any_get_string (inner), NULL));
  if (weft_any_lookup (value, "$undefined") != NULL)
    return weft_any_new_undefined ();

  copy = weft_any_new_object ();
  for (gsize i = 0; i < weft_any_get_n_items (value); i++)
    weft_any_object_take (copy, weft_any_get_key (value, i), revive (weft_any_get_item (value, i)));

  return copy;
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

static WeftAny *
tell_type (WeftType *type)
{
  WeftAny *value = weft_any_new_object ();

  weft_any_object_take (value, "$type", weft_any_new_number (weft_type_get_kind (type)));

  return value;
}

static void
tell_op (WeftAny    *ops,
         const char *name,
         WeftAny    *value,
         WeftAny    *attributes)
{
  WeftAny *op = weft_any_new_object ();

  weft_any_object_take (op, name, value);
  if (attributes != NULL)
    weft_any_object_take (op, "attributes", weft_any_ref (attributes));
  weft_any_array_take (ops, op);
}

/* Zero has a sign in peers.mjs. */
static WeftAny *
tell_embed (const WeftAny *embed)
{
  g_autofree char *json = weft_any_to_json (embed);
  const WeftAny *z = weft_any_lookup (embed, "z");
  WeftAny *told;

  told = weft_any_from_json (json, -1, NULL);
  if (z != NULL && signbit (weft_any_get_number (weft_any_get_item (z, 0))))
    {
      WeftAny *zero = weft_any_new_object (), *list = weft_any_new_array ();

      weft_any_object_take (zero, "$number", weft_any_new_string ("-0"));
      weft_any_array_take (list, zero);
      weft_any_object_take (told, "z", list);
    }

  return told;
}

/* As flat() of peers.mjs. Types in an array are items of it, in a text embeds. */
static WeftAny *
tell_delta (const WeftDelta *delta,
            gboolean         is_text)
{
  WeftAny *ops = weft_any_new_array ();

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          tell_op (ops, "retain", weft_any_new_number (op->length), op->attributes);
          break;
        case WEFT_DELTA_DELETE:
          tell_op (ops, "delete", weft_any_new_number (op->length), NULL);
          break;
        case WEFT_DELTA_INSERT_TEXT:
          tell_op (ops, "insert", weft_any_new_string_len (op->text, op->n_bytes), op->attributes);
          break;
        case WEFT_DELTA_INSERT_EMBED:
          tell_op (ops, "insert", tell_embed (op->embed), op->attributes);
          break;
        case WEFT_DELTA_INSERT_TYPE:
          {
            WeftAny *type = tell_type (op->type), *list = weft_any_new_array ();

            if (is_text)
              {
                weft_any_unref (list);
                tell_op (ops, "insert", type, op->attributes);
                break;
              }
            weft_any_array_take (list, type);
            tell_op (ops, "insert", list, NULL);
            break;
          }
        default:
          for (gsize j = 0; j < weft_any_get_n_items (op->embed); j++)
            {
              WeftAny *list = weft_any_new_array ();

              weft_any_array_take (list, weft_any_ref ((WeftAny *) weft_any_get_item (op->embed, j)));
              tell_op (ops, "insert", list, NULL);
            }
        }
    }

  return ops;
}

static gboolean
is_text (WeftType *type)
{
  return weft_type_get_kind (type) == WEFT_KIND_TEXT || weft_type_get_kind (type) == WEFT_KIND_XML_TEXT;
}

static int
compare_changes (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (string (*(WeftAny *const *) a, 0), string (*(WeftAny *const *) b, 0));
}

static WeftAny *
tell_keys (WeftEvent *event)
{
  static const char *const actions[] = { "add", "update", "delete" };
  g_autoptr(GPtrArray) changes = g_ptr_array_new ();
  WeftAny *all = weft_any_new_array ();

  for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
    {
      WeftAny *change = weft_any_new_array (), *old = weft_event_dup_old_value (event, i);
      WeftType *type = weft_event_get_old_type (event, i);

      weft_any_array_take (change, weft_any_new_string (weft_event_get_key (event, i)));
      weft_any_array_take (change, weft_any_new_string (actions[weft_event_get_key_action (event, i)]));
      weft_any_array_take (change, type != NULL ? tell_type (type) : old != NULL ? old : weft_any_new_undefined ());
      g_ptr_array_add (changes, change);
    }
  g_ptr_array_sort (changes, compare_changes);
  for (guint i = 0; i < changes->len; i++)
    weft_any_array_take (all, g_ptr_array_index (changes, i));

  return all;
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
                            is_text (weft_event_get_type (event)) ? weft_any_new_null ()
                                                                  : tell_delta (weft_event_get_delta (event), FALSE));
      weft_any_object_take (one, "keys", tell_keys (event));
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
stopped_clock (gpointer user_data)
{
  return 1000000;
}

static void
end_history (Replay *replay)
{
  for (guint i = 0; i < replay->n_peers; i++)
    {
      Peer *peer = &replay->peers[i];

      g_clear_pointer (&peer->undo, weft_undo_manager_free);
      g_clear_pointer (&peer->doc, weft_doc_free);
      g_clear_pointer (&peer->emitted, weft_any_unref);
      g_clear_pointer (&peer->events, weft_any_unref);
      g_clear_pointer (&peer->subdocs, g_hash_table_unref);
    }
  replay->n_peers = 0;
}

static void
type_roots (WeftDoc   *doc,
            WeftType **roots)
{
  for (guint i = 0; i < G_N_ELEMENTS (root_names); i++)
    roots[i] = weft_doc_get_root (doc, root_names[i], root_kinds[i]);
}

static gboolean
is_no_embed_cb (const WeftItemInfo *item,
                gpointer            user_data)
{
  return item->content != WEFT_CONTENT_EMBED;
}

static WeftUndoManager *
make_undo_manager (WeftDoc       *doc,
                   WeftType     **roots,
                   const WeftAny *options)
{
  gsize n_scope = (gsize) weft_any_get_number (weft_any_lookup (options, "scope"));
  WeftUndoManager *undo = weft_undo_manager_new (doc, roots, n_scope, 1000, stopped_clock, NULL);

  if (weft_any_get_boolean (weft_any_lookup (options, "whole")))
    weft_undo_manager_add_document (undo);
  if (weft_any_get_boolean (weft_any_lookup (options, "filter")))
    weft_undo_manager_set_delete_filter (undo, is_no_embed_cb, NULL);
  weft_undo_manager_set_ignore_remote_map_changes (undo, weft_any_get_boolean (weft_any_lookup (options, "ignore")));
  weft_undo_manager_track (undo, &tracked_origin);

  return undo;
}

static gconstpointer
find_origin (const WeftAny *value)
{
  const char *name = weft_any_get_string (value);

  return name == NULL ? NULL : g_str_equal (name, "tracked") ? &tracked_origin : &untracked_origin;
}

static void
begin_history (Replay        *replay,
               const WeftAny *line)
{
  const WeftAny *ids = arg (line, 3);

  end_history (replay);
  replay->history = number (line, 1);
  replay->seed = number (line, 2);
  replay->n_peers = weft_any_get_n_items (ids);
  g_assert_cmpuint (replay->n_peers, <=, MAX_PEERS);
  for (guint i = 0; i < replay->n_peers; i++)
    {
      Peer *peer = &replay->peers[i];
      WeftDocOptions options = { .gc = weft_any_get_boolean (arg (arg (line, 4), i)) };
      WeftType *roots[G_N_ELEMENTS (root_names)];

      peer->doc = weft_doc_new_with_options (number (ids, i), &options);
      peer->emitted = weft_any_new_array ();
      peer->events = weft_any_new_array ();
      peer->subdocs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      type_roots (peer->doc, roots);
      weft_doc_add_observer (peer->doc, &observer, peer);
      for (guint j = 0; j < G_N_ELEMENTS (roots); j++)
        weft_type_observe (roots[j], TRUE, root_changed_cb, peer);
      if (object_or_null (line, 5) != NULL)
        peer->undo = make_undo_manager (peer->doc, roots, arg (line, 5));
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

static void
check_told (Replay        *replay,
            Peer          *peer,
            const WeftAny *line)
{
  check_valid (replay, peer->doc);
  check_value (replay, "a transaction's update differs", peer->emitted, arg (line, 2));
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
  for (guint i = 0; i < G_N_ELEMENTS (root_names); i++)
    {
      g_autoptr(WeftAny) value = weft_type_to_any (weft_doc_get_root (doc, root_names[i], root_kinds[i]));

      check_value (replay, root_names[i], value, weft_any_lookup (expected, root_names[i]));
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
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_doc_get_text (peer->doc, "t"));
  g_autoptr(WeftAny) told = tell_delta (delta, TRUE);

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

  return tell_delta (plain, TRUE);
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
  WeftType *text = weft_doc_get_text (peer->doc, "t");
  g_autoptr(WeftDelta) shown = weft_text_to_delta_at (text, at, NULL);
  g_autoptr(WeftDelta) compared = weft_text_to_delta_at (text, at, before);
  g_autoptr(WeftAny) told = tell_delta (shown, TRUE), told_compared = tell_delta_without_embeds (compared);
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
       gboolean       v2)
{
  g_autoptr(GBytes) update = test_bytes_from_hex (hex);
  g_autoptr(GError) error = NULL;

  if (!(v2 ? weft_doc_apply_update_v2 (peer->doc, update, &remote_origin, &error)
           : weft_doc_apply_update (peer->doc, update, &remote_origin, &error)))
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
  else if (g_str_equal (verb, "embed"))
    {
      g_autoptr(WeftAny) embed = revive (arg (line, 4));

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
      g_autoptr(WeftAny) value = revive (arg (line, 4));

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
      g_autoptr(WeftAny) values = revive (arg (line, 4));

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
  else if (g_str_equal (verb, "undo"))
    weft_undo_manager_undo (peer->undo);
  else if (g_str_equal (verb, "redo"))
    weft_undo_manager_redo (peer->undo);
  else if (g_str_equal (verb, "stop"))
    weft_undo_manager_stop_capturing (peer->undo);
  else if (g_str_equal (verb, "clear"))
    weft_undo_manager_clear (peer->undo);
  else if (g_str_equal (verb, "clearredo"))
    weft_undo_manager_clear_stacks (peer->undo, FALSE, TRUE);
  else if (g_str_equal (verb, "apply"))
    apply (replay, peer, string (line, 3), number (line, 2) == 2);
  else if (g_str_equal (verb, "cleanup"))
    {
      apply (replay, peer, string (line, 2), FALSE);
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
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "data", "crdt", data, NULL);

  g_assert_cmpuint (replay_file (path), >, 0);
}

/* Every history that was ever shrunk and kept. */
static void
add_files (void)
{
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "data", "crdt", NULL);
  g_autoptr(GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".peers.jsonl"))
      {
        g_autofree char *path = g_strconcat ("/crdt/peers/", name, NULL);

        g_test_add_data_func_full (path, g_strdup (name), test_file, g_free);
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
  add_files ();

  return g_test_run ();
}
