/* fuzz-history.c - bytes are what several peers do: edit, undo, send late, twice and out of order
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * After each step every invariant holds; in the end, when all have got everything, all have the same.
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include "crdt/weft-position.h"
#include "crdt/weft-undo.h"
#include "crdt/weft-update-private.h"

#define N_PEERS   3
#define MAX_STEPS 200

typedef struct
{
  WeftDoc         *doc;
  WeftUndoManager *undo;
  GPtrArray       *inbox; /* GBytes, not applied yet */
  guint            depth; /* transactions open */
} Peer;

typedef struct
{
  Peer       peers[N_PEERS];
  WeftDoc   *mirror; /* what the events of the first peer say of its text; NULL: it has nested types */
  FuzzInput  input;
  gint64     now;
} World;

static const char remote[] = "remote";
static const char *const keys[] = { "k", "l", "m" };

static gint64
now_cb (gpointer user_data)
{
  return ((World *) user_data)->now;
}

static void
update_cb (WeftDoc      *doc,
           GBytes       *update,
           gconstpointer origin,
           gboolean      local,
           gpointer      user_data)
{
  World *world = user_data;

  if (!local)
    return;
  for (guint i = 0; i < N_PEERS; i++)
    if (world->peers[i].doc != doc)
      g_ptr_array_add (world->peers[i].inbox, g_bytes_ref (update));
}

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  World *world = user_data;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);
      const WeftDelta *delta = weft_event_get_delta (event);

      for (gsize j = 0; j < weft_event_get_n_keys (event); j++)
        {
          g_autoptr(WeftAny) old = weft_event_dup_old_value (event, j);

          weft_event_get_key (event, j);
        }
      if (world->mirror == NULL || doc != world->peers[0].doc
          || weft_event_get_type (event) != weft_doc_lookup_root (doc, "t"))
        continue;
      for (gsize j = 0; j < weft_delta_get_n_ops (delta) && world->mirror != NULL; j++)
        if (weft_delta_get_op (delta, j)->kind == WEFT_DELTA_INSERT_TYPE)
          g_clear_pointer (&world->mirror, weft_doc_free);
      if (world->mirror != NULL)
        weft_text_apply_delta (weft_doc_get_text (world->mirror, "t"), delta);
    }
}

static const WeftDocObserver observer = { update_cb, transaction_cb };

static WeftAny *
pick_value (FuzzInput *input)
{
  static const char *const values[] = { "null", "true", "1.5", "\"text\"", "[1,{\"a\":2}]", "{\"b\":null}", "123456789012" };

  return weft_any_from_json (values[fuzz_input_below (input, G_N_ELEMENTS (values))], -1, NULL);
}

static WeftAny *
pick_attributes (FuzzInput *input)
{
  static const char *const marks[] = { "{\"b\":true}", "{\"i\":1}", "{\"b\":null}", "{\"b\":\"x\",\"i\":null}", "{}" };
  guint index = fuzz_input_below (input, G_N_ELEMENTS (marks) + 3);

  return index < G_N_ELEMENTS (marks) ? weft_any_from_json (marks[index], -1, NULL) : NULL;
}

/* A type of this kind, a root or one below it. */
static WeftType *
pick_type (World    *world,
           WeftDoc  *doc,
           WeftKind  kind)
{
  WeftType *found = NULL;

  if (fuzz_input_below (&world->input, 3) == 0)
    found = weft_map_get_type (weft_doc_get_map (doc, "m"), keys[fuzz_input_below (&world->input, 3)]);
  if (found != NULL && (weft_type_get_kind (found) == kind
                        || (kind == WEFT_KIND_TEXT && weft_type_get_kind (found) == WEFT_KIND_XML_TEXT)
                        || (kind == WEFT_KIND_ARRAY && weft_type_get_kind (found) == WEFT_KIND_XML_ELEMENT)))
    return found;
  if (kind == WEFT_KIND_TEXT)
    return weft_doc_get_text (doc, "t");
  if (kind == WEFT_KIND_MAP)
    return weft_doc_get_map (doc, "m");

  return weft_doc_get_array (doc, "a");
}

static void
edit_text (World *world,
           Peer  *peer)
{
  static const char *const words[] = { "a", "bc", "\xf0\x9f\x98\x80", "\n", "d\xe5\xad\x97\xf0\x9d\x84\x9e", "efghijkl", "" };
  FuzzInput *input = &world->input;
  WeftType *text = pick_type (world, peer->doc, WEFT_KIND_TEXT);
  guint length = weft_type_get_length (text), at = fuzz_input_below (input, length + 1);
  g_autoptr(WeftAny) attributes = NULL;

  switch (fuzz_input_below (input, 7))
    {
    case 0:
    case 1:
      attributes = pick_attributes (input);
      weft_text_insert (text, at, words[fuzz_input_below (input, G_N_ELEMENTS (words))], -1, attributes);
      break;
    case 2:
      /* Typing, one unit a transaction, and some backspaces */
      for (guint i = 0, n = 1 + fuzz_input_below (input, 6); i < n && at <= weft_type_get_length (text); i++)
        weft_text_insert (text, at++, "y", -1, NULL);
      for (guint i = 0, n = fuzz_input_below (input, 4); i < n && at > 0; i++)
        weft_text_delete (text, --at, 1);
      break;
    case 3:
      weft_text_delete (text, at, 1 + fuzz_input_below (input, 8));
      break;
    case 4:
      attributes = pick_attributes (input);
      if (attributes == NULL)
        attributes = weft_any_new_object ();
      weft_text_format (text, at, fuzz_input_below (input, 12), attributes);
      break;
    case 5:
      {
        g_autoptr(WeftAny) embed = pick_value (input);

        attributes = pick_attributes (input);
        weft_text_insert_embed (text, at, embed, attributes);
        break;
      }
    default:
      weft_text_insert_type (text, at, fuzz_input_below (input, 2) ? WEFT_KIND_MAP : WEFT_KIND_TEXT, NULL);
    }
}

static void
edit_array (World *world,
            Peer  *peer)
{
  FuzzInput *input = &world->input;
  WeftType *array = pick_type (world, peer->doc, WEFT_KIND_ARRAY);
  guint length = weft_type_get_length (array), at = fuzz_input_below (input, length + 1);
  g_autoptr(WeftAny) values = weft_any_new_array (), got = NULL;

  switch (fuzz_input_below (input, 4))
    {
    case 0:
      for (guint i = 0, n = 1 + fuzz_input_below (input, 3); i < n; i++)
        weft_any_array_take (values, pick_value (input));
      weft_array_insert (array, at, values);
      break;
    case 1:
      weft_array_insert_named (array, at, fuzz_input_below (input, WEFT_KIND_XML_TEXT + 1), "name");
      break;
    case 2:
      weft_array_delete (array, at, 1 + fuzz_input_below (input, 4));
      break;
    default:
      got = weft_array_get (array, at, NULL);
    }
}

static void
edit_map (World *world,
          Peer  *peer)
{
  FuzzInput *input = &world->input;
  WeftType *map = pick_type (world, peer->doc, WEFT_KIND_MAP);
  const char *key = keys[fuzz_input_below (input, G_N_ELEMENTS (keys))];
  g_autoptr(WeftAny) value = NULL;

  switch (fuzz_input_below (input, 4))
    {
    case 0:
    case 1:
      value = pick_value (input);
      weft_map_set (map, key, value);
      break;
    case 2:
      weft_map_set_named (map, key, fuzz_input_below (input, WEFT_KIND_XML_TEXT + 1), "name");
      break;
    default:
      weft_map_remove (map, key);
    }
}

static void
receive (World    *world,
         Peer     *peer,
         GBytes   *update,
         gboolean  v2)
{
  g_autoptr(GError) error = NULL;

  if (v2)
    {
      g_autoptr(GBytes) converted = weft_update_convert (update, WEFT_UPDATE_V2, &error);

      g_assert_no_error (error);
      fuzz_check (weft_doc_apply_update_v2 (peer->doc, converted, remote, &error), "a peer's update is refused");
    }
  else
    fuzz_check (weft_doc_apply_update (peer->doc, update, remote, &error), "a peer's update is refused");
}

static void
deliver (World *world,
         Peer  *peer)
{
  FuzzInput *input = &world->input;
  guint how = fuzz_input_byte (input);
  g_autoptr(GBytes) update = NULL;

  if (peer->inbox->len == 0)
    return;
  if (how & 1 && peer->inbox->len > 1)
    {
      /* Several as one */
      g_autoptr(GPtrArray) some = g_ptr_array_new ();
      guint n = 2 + fuzz_input_below (input, peer->inbox->len - 1);

      for (guint i = 0; i < n; i++)
        g_ptr_array_add (some, g_ptr_array_index (peer->inbox, i));
      update = weft_update_merge (some, WEFT_UPDATE_V1);
      receive (world, peer, update, how & 4);
      if ((how & 8) == 0)
        g_ptr_array_remove_range (peer->inbox, 0, n);
      return;
    }
  if (how & 2)
    {
      guint at = fuzz_input_below (input, peer->inbox->len);

      update = g_bytes_ref (g_ptr_array_index (peer->inbox, at));
      if ((how & 8) == 0)
        g_ptr_array_remove_index (peer->inbox, at);
    }
  else
    {
      update = g_bytes_ref (g_ptr_array_index (peer->inbox, 0));
      g_ptr_array_remove_index (peer->inbox, 0);
    }
  receive (world, peer, update, how & 4);
}

static void
check_position (World *world,
                Peer  *peer)
{
  FuzzInput *input = &world->input;
  WeftType *text = weft_doc_get_text (peer->doc, "t"), *type = NULL;
  guint64 length = weft_type_get_length (text), index = 0, at = fuzz_input_below (input, length + 1);
  g_auto(WeftPosition) position = { 0 };

  weft_position_from_index (&position, text, at, fuzz_input_below (input, 2) ? 0 : -1);
  fuzz_check (weft_position_to_index (&position, peer->doc, &type, &index) && type == text && index <= length,
              "a position is lost");
}

static void
step (World *world)
{
  FuzzInput *input = &world->input;
  guint code = fuzz_input_byte (input);
  Peer *peer = &world->peers[(code >> 5) % N_PEERS];

  switch (code & 31)
    {
    case 0: case 1: case 2: case 3: case 4: case 5: case 6: case 7: case 8:
      edit_text (world, peer);
      break;
    case 9: case 10: case 11:
      edit_array (world, peer);
      break;
    case 12: case 13: case 14:
      edit_map (world, peer);
      break;
    case 15: case 16: case 17: case 18: case 19: case 20: case 21:
      if (peer->depth == 0)
        deliver (world, peer);
      break;
    case 22:
      if (peer->depth == 0)
        while (peer->inbox->len > 0)
          deliver (world, peer);
      break;
    case 23: case 24:
      if (peer->depth == 0)
        weft_undo_manager_undo (peer->undo);
      break;
    case 25:
      if (peer->depth == 0)
        weft_undo_manager_redo (peer->undo);
      break;
    case 26:
      weft_undo_manager_stop_capturing (peer->undo);
      world->now += 300;
      break;
    case 27:
      weft_doc_begin (peer->doc, NULL);
      peer->depth++;
      break;
    case 28: case 29:
      if (peer->depth > 0)
        {
          peer->depth--;
          weft_doc_commit (peer->doc);
        }
      break;
    case 30:
      check_position (world, peer);
      break;
    default:
      {
        g_autoptr(GBytes) saved = peer->depth == 0 ? weft_undo_manager_save (peer->undo) : NULL;
        g_autofree char *json = fuzz_doc_to_json (peer->doc);
      }
    }

  if (peer->depth == 0)
    fuzz_doc_check (peer->doc);
}

static void
compare_roots (WeftDoc *a,
               WeftDoc *b)
{
  g_autoptr(WeftDelta) text_a = weft_text_to_delta (weft_doc_get_text (a, "t"));
  g_autoptr(WeftDelta) text_b = weft_text_to_delta (weft_doc_get_text (b, "t"));
  g_autoptr(WeftAny) map_a = weft_type_to_any (weft_doc_get_map (a, "m")), map_b = weft_type_to_any (weft_doc_get_map (b, "m"));
  g_autoptr(WeftAny) array_a = weft_type_to_any (weft_doc_get_array (a, "a"));
  g_autoptr(WeftAny) array_b = weft_type_to_any (weft_doc_get_array (b, "a"));
  g_autofree char *json_a = weft_delta_to_json (text_a), *json_b = weft_delta_to_json (text_b);

  if (weft_type_get_length (weft_doc_get_text (a, "t")) != weft_type_get_length (weft_doc_get_text (b, "t")))
    g_printerr ("%s\n%s\n", json_a, json_b);
  /* Nested types are other objects in each document: so by what they print. */
  fuzz_check (weft_type_get_length (weft_doc_get_text (a, "t")) == weft_type_get_length (weft_doc_get_text (b, "t")),
              "texts have different lengths");
  {
    g_autofree char *string_a = weft_text_to_string (weft_doc_get_text (a, "t"));
    g_autofree char *string_b = weft_text_to_string (weft_doc_get_text (b, "t"));

    fuzz_check (g_str_equal (string_a, string_b), "texts differ");
  }
  fuzz_check (weft_any_equal (map_a, map_b), "maps differ");
  fuzz_check (weft_any_equal (array_a, array_b), "arrays differ");
}

static void
compare (WeftDoc *a,
         WeftDoc *b)
{
  g_autoptr(WeftStateVector) vector_a = weft_doc_get_state_vector (a), vector_b = weft_doc_get_state_vector (b);
  g_autoptr(WeftDeleteSet) deletes_a = weft_doc_get_delete_set (a), deletes_b = weft_doc_get_delete_set (b);

  fuzz_check (weft_state_vector_equal (vector_a, vector_b), "state vectors differ");
  fuzz_check (weft_delete_set_equal (deletes_a, deletes_b), "deletions differ");
  compare_roots (a, b);
}

/* From each format of the whole state the same document comes, to the byte. */
static void
check_loading (WeftDoc *doc)
{
  g_autoptr(GBytes) state = weft_doc_encode_state (doc), state_v2 = weft_doc_encode_state_v2 (doc);
  g_autoptr(GBytes) again = NULL, again_v2 = NULL;
  g_autoptr(WeftDoc) loaded = fuzz_doc_new (50, TRUE), loaded_v2 = fuzz_doc_new (50, TRUE);

  fuzz_check (weft_doc_apply_update (loaded, state, remote, NULL), "a state is refused");
  fuzz_check (weft_doc_apply_update_v2 (loaded_v2, state_v2, remote, NULL), "a state of the second format is refused");
  fuzz_doc_check (loaded);
  fuzz_doc_check (loaded_v2);
  compare (doc, loaded);
  again = weft_doc_encode_state (loaded);
  again_v2 = weft_doc_encode_state (loaded_v2);
  fuzz_check_equal (again, again_v2, "the two formats of a state make different documents");
}

void
fuzz_history (const guint8 *data,
              gsize         size)
{
  static const WeftClientId ids[N_PEERS] = { 1, WEFT_MAX_SAFE_INTEGER, 40000 };
  World world = { .input = { data, size }, .now = 1000 };
  guint flags = fuzz_input_byte (&world.input);

  world.mirror = fuzz_doc_new (99, FALSE);
  for (guint i = 0; i < N_PEERS; i++)
    {
      Peer *peer = &world.peers[i];
      WeftType *scope[3];

      peer->doc = fuzz_doc_new (ids[i], (flags >> i) & 1);
      scope[0] = weft_doc_get_text (peer->doc, "t");
      scope[1] = weft_doc_get_map (peer->doc, "m");
      scope[2] = weft_doc_get_array (peer->doc, "a");
      peer->inbox = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      peer->undo = weft_undo_manager_new (peer->doc, scope, 3, 200, now_cb, &world);
      weft_doc_add_observer (peer->doc, &observer, &world);
    }

  for (guint i = 0; i < MAX_STEPS && !fuzz_input_done (&world.input); i++)
    step (&world);

  for (guint i = 0; i < N_PEERS; i++)
    for (; world.peers[i].depth > 0; world.peers[i].depth--)
      weft_doc_commit (world.peers[i].doc);
  for (guint i = 0; i < N_PEERS; i++)
    {
      Peer *peer = &world.peers[i];

      for (guint j = 0; j < peer->inbox->len; j++)
        receive (&world, peer, g_ptr_array_index (peer->inbox, j), flags & 8);
      fuzz_doc_check (peer->doc);
      /* What is pending is tried once more with each update, as Yjs does. */
      for (guint j = 0; j < 16 && weft_doc_has_pending (peer->doc) && peer->inbox->len > 0; j++)
        receive (&world, peer, g_ptr_array_index (peer->inbox, j % peer->inbox->len), FALSE);
    }
  for (guint i = 0; i < N_PEERS; i++)
    {
      g_autoptr(GBytes) state = weft_doc_encode_state (world.peers[(i + 1) % N_PEERS].doc);

      receive (&world, &world.peers[i], state, FALSE);
    }

  for (guint i = 1; i < N_PEERS; i++)
    compare (world.peers[0].doc, world.peers[i].doc);
  if (world.mirror != NULL)
    {
      g_autoptr(WeftDelta) shown = weft_text_to_delta (weft_doc_get_text (world.peers[0].doc, "t"));
      g_autoptr(WeftDelta) mirrored = weft_text_to_delta (weft_doc_get_text (world.mirror, "t"));

      fuzz_check (weft_delta_equal (shown, mirrored), "the events told something else");
    }
  check_loading (world.peers[flags % N_PEERS].doc);

  for (guint i = 0; i < N_PEERS; i++)
    {
      weft_undo_manager_free (world.peers[i].undo);
      g_ptr_array_unref (world.peers[i].inbox);
      weft_doc_free (world.peers[i].doc);
    }
  g_clear_pointer (&world.mirror, weft_doc_free);
}
