/* test-bulk-load.c - an empty document that loads all at once is what one is that goes struct by struct
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A document that somebody watches takes the general way, so each update is loaded into one that is
 * watched and one that is not. That the general way is that of Yjs is shown by test-history.c; there
 * updates of real Yjs are loaded in both ways, too.
 */

#include "config.h"

#include "crdt/weft-doc.h"
#include "crdt/weft-snapshot.h"
#include "crdt/weft-subdoc.h"
#include "crdt/weft-type.h"
#include "crdt/weft-update-private.h"
#include "support/test-bytes.h"
#include "support/test-seed.h"

#include <string.h>

#define N_PEERS 4

static const char *const words[] = { "a", "Hello ", "w\303\266rld", "\360\237\230\200\360\237\230\200", "\n", "xyz" };
static const char *const keys[] = { "k", "l", "1", "" };

/* The same each time, but for the long run */
static GRand *dice;

static gboolean
is_long (void)
{
  return g_getenv ("WEFT_TEST_LONG") != NULL;
}

static int
roll (gint32 begin,
      gint32 end)
{
  return g_rand_int_range (dice, begin, end);
}

typedef struct
{
  gboolean   only_text, only_maps;
  WeftDoc   *docs[N_PEERS];
  GPtrArray *updates; /* of all, in the order in which they were made */
} Group;

static WeftAny *
make_value (void)
{
  WeftAny *value;

  switch (roll (0, 4))
    {
    case 0:
      return weft_any_new_number (roll (-1000, 1000));
    case 1:
      return weft_any_new_string (words[roll (0, G_N_ELEMENTS (words))]);
    case 2:
      value = weft_any_new_object ();
      weft_any_object_take (value, "b", weft_any_new_null ());
      weft_any_object_take (value, "a", weft_any_new_boolean (TRUE));
      return value;
    default:
      value = weft_any_new_array ();
      weft_any_array_take (value, weft_any_new_number (0.5));
      return value;
    }
}

static void
edit_map (WeftType *map)
{
  const char *key = keys[roll (0, G_N_ELEMENTS (keys))];
  g_autoptr(WeftAny) value = make_value ();
  WeftType *inner = weft_map_get_type (map, key);

  if (inner != NULL && roll (0, 2))
    {
      if (weft_type_get_kind (inner) == WEFT_KIND_MAP)
        edit_map (inner);
      else
        weft_text_insert (inner, 0, words[roll (0, G_N_ELEMENTS (words))], -1, NULL);
      return;
    }
  switch (roll (0, 6))
    {
    case 0:
      weft_map_set_type (map, key, WEFT_KIND_MAP);
      break;
    case 1:
      weft_text_insert (weft_map_set_type (map, key, WEFT_KIND_TEXT), 0, "in", -1, NULL);
      break;
    case 2:
      weft_map_remove (map, key);
      break;
    default:
      weft_map_set (map, key, value);
    }
}

static void
edit_text (WeftType *text)
{
  guint64 length = weft_type_get_length (text);
  guint64 at = length > 0 ? (guint64) roll (0, length + 1) : 0;
  g_autoptr(WeftAny) bold = weft_any_new_object ();

  weft_any_object_take (bold, "bold", roll (0, 2) ? weft_any_new_boolean (TRUE)
                                                                   : weft_any_new_null ());
  switch (roll (0, 5))
    {
    case 0:
      weft_text_delete (text, at, MIN (1 + at % 5, length - at));
      break;
    case 1:
      weft_text_format (text, at, MIN (4, length - at), bold);
      break;
    default:
      weft_text_insert (text, at, words[roll (0, G_N_ELEMENTS (words))], -1, NULL);
    }
}

static void
edit_array (WeftType *array)
{
  guint64 length = weft_type_get_length (array);
  guint64 at = length > 0 ? (guint64) roll (0, length + 1) : 0;
  g_autoptr(WeftAny) values = weft_any_new_array ();

  switch (roll (0, 4))
    {
    case 0:
      weft_array_delete (array, at, MIN (3, length - at));
      break;
    case 1:
      weft_map_set (weft_array_insert_type (array, at, WEFT_KIND_MAP), "n", values);
      break;
    default:
      for (int i = roll (1, 5); i > 0; i--)
        weft_any_array_take (values, make_value ());
      weft_array_insert (array, at, values);
    }
}

/* Now letter by letter, now much at once, so that items are of all lengths. */
static void
edit_long_text (WeftType *text)
{
  guint64 length = weft_type_get_length (text);
  guint64 at = length > 0 ? (guint64) roll (0, length + 1) : 0;
  guint n = 1u << roll (0, 12);
  g_autofree char *much = g_strnfill (n, 'm');

  switch (roll (0, 8))
    {
    case 0:
      weft_text_insert (text, at, much, -1, NULL);
      break;
    case 1:
      weft_text_delete (text, at, MIN (n, length - at));
      break;
    case 2:
      /* Each at the start, so that none is joined to another. */
      for (guint i = 0; i < n / 8; i++)
        weft_text_insert (text, at, "s", -1, NULL);
      break;
    case 3:
      for (guint i = 0; i < n / 8 && weft_type_get_length (text) > 0; i++)
        weft_text_delete (text, roll (0, weft_type_get_length (text)), 1);
      break;
    default:
      edit_text (text);
    }
}

static void
edit (WeftDoc *doc)
{
  switch (roll (0, 3))
    {
    case 0:
      edit_map (weft_doc_get_map (doc, roll (0, 2) ? "m" : "other"));
      break;
    case 1:
      edit_array (weft_doc_get_array (doc, "a"));
      break;
    default:
      edit_text (weft_doc_get_text (doc, "t"));
    }
}

static const char *const thing_keys[] = {
  "x", "y", "width", "a name that is longer", "\321\204", "a name of more than 24 bytes",
};

/* Mostly with the same keys in the same order; some are not there, some come in another order, or in turns with those
 * of another thing; and there may be many more. */
static void
make_thing (WeftType   *board,
            const char *key,
            WeftAny    *value)
{
  WeftType *thing = weft_map_set_type (board, key, WEFT_KIND_MAP);
  WeftType *other = roll (0, 6) == 0 ? weft_map_set_type (board, "in turns", WEFT_KIND_MAP) : NULL;
  guint n_more = roll (0, 10) == 0 ? roll (1, 30) : 0;

  for (guint i = 0; i < G_N_ELEMENTS (thing_keys); i++)
    {
      if (roll (0, 10) > 0)
        weft_map_set (thing, thing_keys[roll (0, 8) > 0 ? i : (guint) roll (0, G_N_ELEMENTS (thing_keys))], value);
      if (other != NULL)
        weft_map_set (other, thing_keys[i], value);
    }
  for (guint i = 0; i < n_more; i++)
    {
      g_autofree char *name = g_strdup_printf ("more %u", i);

      weft_map_set (thing, name, value);
    }
}

/* Things with the same keys, moved about; now and then one goes, or is something else. */
static void
edit_board (WeftDoc *doc,
            guint    n)
{
  WeftType *board = weft_doc_get_map (doc, "m"), *thing;
  g_autofree char *key = g_strdup_printf ("%u", roll (0, 6));
  g_autoptr(WeftAny) value = make_value ();

  thing = weft_map_get_type (board, key);
  if (thing == NULL || weft_type_get_kind (thing) != WEFT_KIND_MAP || roll (0, 20) == 0)
    {
      weft_doc_begin (doc, NULL);
      make_thing (board, key, value);
      weft_doc_commit (doc);
      return;
    }
  switch (roll (0, 30))
    {
    case 0:
      weft_map_remove (board, key);
      break;
    case 1:
      edit_map (board);
      break;
    case 2:
      edit_text (weft_doc_get_text (doc, "t"));
      break;
    default:
      /* Often the same key again, which is one deleted run afterwards */
      for (guint i = roll (0, 4); i > 0; i--)
        weft_map_set (thing, thing_keys[n / 4 % G_N_ELEMENTS (thing_keys)], value);
      weft_map_set (thing, thing_keys[roll (0, G_N_ELEMENTS (thing_keys))], value);
    }
}

static void
collect_cb (WeftDoc      *doc,
            GBytes       *update,
            gconstpointer origin,
            gboolean      local,
            gpointer      user_data)
{
  if (local)
    g_ptr_array_add (user_data, g_bytes_ref (update));
}

/* Some peers that write at the same time and hear from each other now and then. */
static void
begin_group (Group *group,
             guint  n_edits)
{
  const WeftDocObserver observer = { .update = collect_cb };
  WeftDocOptions options = { .gc = roll (0, 2) };
  guint heard[N_PEERS] = { 0 };

  group->updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  for (guint i = 0; i < N_PEERS; i++)
    {
      WeftClientId id = 1 + roll (0, 1000) * N_PEERS + i;

      /* In texts of any length, none like another */
      group->docs[i] = weft_doc_new_with_options (group->only_text ? id << (13 * roll (0, 4)) : id, &options);
      weft_doc_add_observer (group->docs[i], &observer, group->updates);
    }
  for (guint i = 0; i < n_edits; i++)
    {
      guint peer = roll (0, N_PEERS);

      if (roll (0, 4) == 0)
        for (; heard[peer] < group->updates->len; heard[peer]++)
          g_assert_true (weft_doc_apply_update (group->docs[peer],
                                                g_ptr_array_index (group->updates, heard[peer]), NULL, NULL));
      if (group->only_text)
        edit_long_text (weft_doc_get_text (group->docs[peer], "t"));
      else if (group->only_maps)
        edit_board (group->docs[peer], i);
      else
        edit (group->docs[peer]);
    }
  for (guint peer = 0; peer < N_PEERS; peer++)
    for (; heard[peer] < group->updates->len; heard[peer]++)
      g_assert_true (weft_doc_apply_update (group->docs[peer], g_ptr_array_index (group->updates, heard[peer]),
                                            NULL, NULL));
}

static void
end_group (Group *group)
{
  for (guint i = 0; i < N_PEERS; i++)
    weft_doc_free (group->docs[i]);
  g_ptr_array_unref (group->updates);
}

static void
assert_same_bytes (GBytes *a,
                   GBytes *b)
{
  g_autofree char *hex_a = test_bytes_to_hex (a), *hex_b = test_bytes_to_hex (b);

  g_assert_cmpstr (hex_a, ==, hex_b);
}

static void
assert_same (WeftDoc *a,
             WeftDoc *b)
{
  g_autoptr(GBytes) state_a = weft_doc_encode_state (a), state_b = weft_doc_encode_state (b),
                    v2_a = weft_doc_encode_state_v2 (a), v2_b = weft_doc_encode_state_v2 (b);
  g_autoptr(GPtrArray) roots_a = weft_doc_list_roots (a), roots_b = weft_doc_list_roots (b);
  g_autoptr(GError) error = NULL;

  weft_doc_validate (a, &error);
  g_assert_no_error (error);
  assert_same_bytes (state_a, state_b);
  assert_same_bytes (v2_a, v2_b);
  g_assert_cmpint (weft_doc_has_pending (a), ==, weft_doc_has_pending (b));
  g_assert_cmpuint (roots_a->len, ==, roots_b->len);
  for (guint i = 0; i < roots_a->len; i++)
    {
      const char *name = g_ptr_array_index (roots_a, i);
      WeftType *type_a = weft_doc_lookup_root (a, name), *type_b = weft_doc_lookup_root (b, name);
      g_autoptr(WeftAny) any_a = NULL, any_b = NULL;
      g_autofree char *json_a = NULL, *json_b = NULL;

      g_assert_cmpstr (name, ==, g_ptr_array_index (roots_b, i));
      /* Changed bytes may hold a U+0000, which no name here can. */
      g_assert_true ((type_a == NULL) == (type_b == NULL));
      if (type_a == NULL)
        continue;
      any_a = weft_type_to_any (type_a);
      any_b = weft_type_to_any (type_b);
      json_a = weft_any_to_json (any_a);
      json_b = weft_any_to_json (any_b);
      g_assert_cmpstr (json_a, ==, json_b);
    }
}

/* A document that has taken what it could of @bytes, watched or not. */
static WeftDoc *
load (WeftClientId client,
      GBytes      *bytes,
      gboolean     v2,
      gboolean     gc,
      gboolean     watched,
      GError     **error)
{
  const WeftDocObserver nothing = { NULL };
  WeftDocOptions options = { .gc = gc };
  WeftDoc *doc = weft_doc_new_with_options (client, &options);
  guint id = 0;

  weft_doc_get_map (doc, "m");
  weft_doc_get_array (doc, "a");
  if (watched)
    id = weft_doc_add_observer (doc, &nothing, NULL);
  g_assert_true ((v2 ? weft_doc_apply_update_v2 (doc, bytes, NULL, error)
                     : weft_doc_apply_update (doc, bytes, NULL, error)) == (*error == NULL));
  if (watched)
    weft_doc_remove_observer (doc, id);
  weft_doc_get_text (doc, "t");
  weft_doc_get_map (doc, "other");

  return doc;
}

/* Both are edited in the same way. */
static void
edit_both (WeftDoc *a,
           WeftDoc *b)
{
  GRand *again = g_rand_copy (dice), *used = dice;

  edit (a);
  dice = again;
  edit (b);
  dice = used;
  g_rand_free (again);
}

/* A third one is edited, and both are told. How it joins its own runs depends, as in Yjs, on what a transaction deletes
 * before what, so that only those who are told need be the same. */
static void
tell_both (WeftDoc *a,
           WeftDoc *b,
           WeftDoc *other)
{
  g_autoptr(WeftStateVector) known = weft_doc_get_state_vector (other), before = weft_doc_get_state_vector (b);
  g_autoptr(GBytes) missing = weft_doc_encode_diff (b, known), update = NULL;

  g_assert_true (weft_doc_apply_update (other, missing, NULL, NULL));
  edit (other);
  update = weft_doc_encode_diff (other, before);
  g_assert_true (weft_doc_apply_update (a, update, NULL, NULL));
  g_assert_true (weft_doc_apply_update (b, update, NULL, NULL));
}

/* Loads @bytes in both ways; whatever comes of it must be the same, also when it is edited afterwards. */
static void
try_bytes (GBytes  *bytes,
           gboolean v2,
           gboolean edit_on)
{
  gboolean gc = roll (0, 2);
  g_autoptr(GError) error_a = NULL, error_b = NULL;
  g_autoptr(WeftDoc) a = load (999999, bytes, v2, gc, FALSE, &error_a),
                     b = load (999999, bytes, v2, gc, TRUE, &error_b), other = NULL;

  if (error_b != NULL)
    {
      g_assert_error (error_a, error_b->domain, error_b->code);
      g_assert_cmpstr (error_a->message, ==, error_b->message);
    }
  g_assert_true ((error_a == NULL) == (error_b == NULL));
  assert_same (a, b);
  if (!edit_on)
    return;
  other = load (999998, bytes, v2, gc, FALSE, &error_a);
  for (guint i = 0; i < 10; i++)
    {
      if (roll (0, 2))
        edit_both (a, b);
      else
        tell_both (a, b, other);
      assert_same (a, b);
    }
}

/* A text writes its items in the second format as what it writes in the first is converted field by field. (What is
 * converted does not say of items with origins that they are of a map.) */
static void
assert_formats_agree (GBytes *v1,
                      GBytes *v2)
{
  g_autoptr(GBytes) converted = weft_update_convert (v1, WEFT_UPDATE_V2, NULL);

  assert_same_bytes (converted, v2);
}

/* Shorter updates are left to the general way. */
#define FEW_BYTES 64

/* It is not left to the general way. */
static void
assert_loads_at_once (GBytes          *bytes,
                      WeftUpdateFormat format)
{
  g_autoptr(WeftDoc) doc = weft_doc_new ();

  if (g_bytes_get_size (bytes) < FEW_BYTES)
    return;
  g_assert_true (weft_bulk_load (doc, bytes, format));
}

static void
test_states (void)
{
  for (guint i = 0; i < (is_long () ? 2000 : 30); i++)
    {
      Group group = { 0 };
      g_autoptr(GBytes) v1 = NULL, v2 = NULL;

      begin_group (&group, 10 + i % 90);
      v1 = weft_doc_encode_state (group.docs[0]);
      v2 = weft_doc_encode_state_v2 (group.docs[1]);
      try_bytes (v1, FALSE, TRUE);
      try_bytes (v2, TRUE, TRUE);
      end_group (&group);
    }
}

/* Documents of one sequence. Updates that were joined without a document have items that others cut into. */
static void
test_texts (void)
{
  for (guint i = 0; i < (is_long () ? 1000 : 30); i++)
    {
      Group group = { .only_text = TRUE };
      g_autoptr(GBytes) v1 = NULL, v2 = NULL, merged = NULL;

      begin_group (&group, 10 + i * 3 % 90);
      v1 = weft_doc_encode_state (group.docs[0]);
      v2 = weft_doc_encode_state_v2 (group.docs[1]);
      merged = weft_updates_merge (group.updates, WEFT_UPDATE_V1, NULL);
      if (i % 2 == 0)
        {
          g_autoptr(GBytes) same = weft_doc_encode_state_v2 (group.docs[0]);

          assert_formats_agree (v1, same);
        }
      assert_loads_at_once (v1, WEFT_UPDATE_V1);
      assert_loads_at_once (v2, WEFT_UPDATE_V2);
      try_bytes (v1, FALSE, TRUE);
      try_bytes (v2, TRUE, TRUE);
      try_bytes (merged, FALSE, FALSE);
      end_group (&group);
    }
}

/* What may be wrong with one range of a delete set */
typedef enum
{
  DEED_NOTHING,
  DEED_LEAVE_OUT,
  DEED_CUT,
  DEED_LONGER,
  DEED_EARLIER,
  DEED_NAME_CLIENT_AGAIN, /* before it */
  N_DEEDS
} Deed;

static void
do_deed (GArray *ranges,
         guint   chosen,
         Deed    deed)
{
  WeftIdRange *range = &g_array_index (ranges, WeftIdRange, chosen), rest = *range;

  switch (deed)
    {
    case DEED_LEAVE_OUT:
      g_array_remove_index (ranges, chosen);
      break;
    case DEED_CUT:
      rest.clock += range->length / 2;
      rest.length -= range->length / 2;
      range->length -= rest.length;
      if (range->length > 0)
        g_array_insert_val (ranges, chosen + 1, rest);
      else
        *range = rest;
      break;
    case DEED_LONGER:
      range->length++;
      break;
    case DEED_EARLIER:
      range->clock -= range->clock > 0;
      break;
    default:
      break;
    }
}

/* The delete set as states have it, in which one range may be another than it was: what is told as deleted then is more
 * or less than what the structs say, or the same in other words. */
static GBytes *
write_deletes (WeftDeleteSet *deletes,
               gboolean       v2,
               Deed           deed)
{
  gsize n = weft_delete_set_get_n_ranges (deletes);
  guint chosen = n > 0 ? (guint) roll (0, (gint32) n) : 0, n_clients = 0;
  g_autoptr(GArray) ranges = g_array_new (FALSE, FALSE, sizeof (WeftIdRange));
  g_autoptr(GArray) starts = g_array_new (FALSE, FALSE, sizeof (guint));
  WeftWriter writer;

  if (n > 0)
    {
      g_array_append_vals (ranges, weft_delete_set_get_range (deletes, 0), (guint) n);
      do_deed (ranges, chosen, deed);
    }
  for (guint i = 0; i <= ranges->len; i++)
    {
      const WeftIdRange *range = &g_array_index (ranges, WeftIdRange, i);

      if (i == 0 || i == ranges->len || range->client != range[-1].client
          || (deed == DEED_NAME_CLIENT_AGAIN && i == chosen))
        g_array_append_val (starts, i);
    }
  n_clients = ranges->len > 0 ? starts->len - 1 : 0;

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, n_clients);
  for (guint i = 0; i < n_clients; i++)
    {
      guint start = g_array_index (starts, guint, i), end = g_array_index (starts, guint, i + 1);
      guint64 at = 0;

      weft_writer_put_varuint (&writer, g_array_index (ranges, WeftIdRange, start).client);
      weft_writer_put_varuint (&writer, end - start);
      for (guint j = start; j < end; j++)
        {
          const WeftIdRange *range = &g_array_index (ranges, WeftIdRange, j);
          /* The second format has no ranges that lie in one another. */
          guint64 clock = v2 ? MAX (range->clock, at) : range->clock;

          weft_writer_put_varuint (&writer, v2 ? clock - at : clock);
          weft_writer_put_varuint (&writer, v2 ? range->length - 1 : range->length);
          at = clock + range->length;
        }
    }

  return weft_writer_steal_bytes (&writer);
}

/* What the structs and the delete set say of what was deleted agrees, or not quite. */
static void
test_deletes (void)
{
  for (guint i = 0; i < (is_long () ? 700 : 42); i++)
    {
      Group group = { .only_text = i % 2 };
      g_autoptr(WeftSnapshot) snapshot = NULL;
      WeftDeleteSet *deletes;

      begin_group (&group, 20 + i % 60);
      snapshot = weft_snapshot_new (group.docs[0]);
      deletes = weft_snapshot_get_delete_set (snapshot);
      for (int v2 = FALSE; v2 <= TRUE; v2++)
        {
          g_autoptr(GBytes) state = v2 ? weft_doc_encode_state_v2 (group.docs[0])
                                       : weft_doc_encode_state (group.docs[0]);
          g_autoptr(GBytes) own = write_deletes (deletes, v2, DEED_NOTHING);
          g_autoptr(GBytes) other = write_deletes (deletes, v2, i / 2 % N_DEEDS);
          g_autoptr(GByteArray) bytes = g_byte_array_new ();
          g_autoptr(GBytes) changed = NULL;
          gsize n_state, n_own, n_other;
          const guint8 *data = g_bytes_get_data (state, &n_state), *tail = g_bytes_get_data (own, &n_own);

          g_assert_true (n_own <= n_state && memcmp (data + n_state - n_own, tail, n_own) == 0);
          g_byte_array_append (bytes, data, n_state - n_own);
          tail = g_bytes_get_data (other, &n_other);
          g_byte_array_append (bytes, tail, n_other);
          changed = g_bytes_new (bytes->data, bytes->len);
          try_bytes (changed, v2, FALSE);
        }
      end_group (&group);
    }
}

/* Documents that are linked as they are read, as far as that goes: by one, by some, and joined without a document. */
static void
test_boards (void)
{
  const WeftDocOptions collecting = { .gc = TRUE };

  for (guint i = 0; i < (is_long () ? 2000 : 30); i++)
    {
      Group group = { .only_maps = TRUE };
      g_autoptr(GBytes) v1 = NULL, v2 = NULL, merged = NULL, alone = NULL;
      g_autoptr(WeftDoc) doc = weft_doc_new_with_options (7, &collecting);

      begin_group (&group, 10 + i * 3 % 90);
      v1 = weft_doc_encode_state (group.docs[0]);
      v2 = weft_doc_encode_state_v2 (group.docs[1]);
      merged = weft_updates_merge (group.updates, WEFT_UPDATE_V1, NULL);
      try_bytes (v1, FALSE, TRUE);
      try_bytes (v2, TRUE, TRUE);
      try_bytes (merged, FALSE, FALSE);
      end_group (&group);

      for (guint j = 0; j < i; j++)
        edit_board (doc, j);
      alone = weft_doc_encode_state (doc);
      try_bytes (alone, FALSE, TRUE);
    }
}

static WeftAny *
make_odd_value (void)
{
  static const guint8 bytes[] = { 0, 255 };
  g_autoptr(GBytes) part = g_bytes_new_static (bytes, roll (0, 3));

  switch (roll (0, 7))
    {
    case 0:
      return weft_any_new_undefined ();
    case 1:
      return weft_any_new_number (1e300);
    case 2:
      return weft_any_new_bigint (-7);
    case 3:
      return weft_any_new_bytes (part);
    case 4:
      return weft_any_new_number (roll (-3, 3) * (1 << 24));
    default:
      return make_value ();
    }
}

/* Content of every kind, with names and keys of every kind, more marks than are remembered, and halves of pairs. */
static void
edit_oddly (WeftDoc *doc)
{
  static const char *const names[] = { "p", "\303\251\360\237\230\200", "a name that is longer than sixteen", "" };
  WeftType *text = weft_doc_get_text (doc, "t"), *array = weft_doc_get_array (doc, "a");
  guint64 length = weft_type_get_length (text), at = roll (0, (int) length + 1);
  g_autoptr(WeftAny) marks = weft_any_new_object (), value = make_odd_value (), values = weft_any_new_array ();
  const char *name = names[roll (0, G_N_ELEMENTS (names))];
  const WeftSubdocOptions subdoc = { .guid = names[roll (0, 3)], .keep_deleted = roll (0, 2) };

  switch (roll (0, 9))
    {
    case 0:
      weft_text_insert_embed (text, at, value, NULL);
      break;
    case 1:
      weft_array_insert_named (array, roll (0, (int) weft_type_get_length (array) + 1), WEFT_KIND_XML_ELEMENT, name);
      break;
    case 2:
      weft_map_set_named (weft_doc_get_map (doc, "m"), name, WEFT_KIND_XML_HOOK, names[roll (0, 4)]);
      break;
    case 3:
      weft_array_insert_subdoc (array, 0, &subdoc, NULL);
      break;
    case 4:
    case 5:
      weft_any_object_take (marks, name, roll (0, 2) ? weft_any_new_number (roll (0, 30))
                                                     : g_steal_pointer (&value));
      weft_text_format (text, at, MIN (3, length - at), marks);
      break;
    case 6:
      weft_text_insert (text, 0, "\360\237\230\200", -1, NULL);
      weft_text_delete (text, roll (0, 2), 1);
      break;
    case 7:
      for (int i = roll (1, 4); i > 0; i--)
        weft_any_array_take (values, make_odd_value ());
      weft_array_insert (array, 0, values);
      break;
    default:
      weft_map_set (weft_doc_get_map (doc, "m"), name, value);
    }
}

static void
test_kinds (void)
{
  for (guint i = 0; i < (is_long () ? 2000 : 40); i++)
    {
      Group group = { 0 };
      g_autoptr(GBytes) v1 = NULL, v2 = NULL;
      guint n_updates;

      begin_group (&group, 10);
      n_updates = group.updates->len;
      for (guint j = 0; j < 5 + i % 80; j++)
        edit_oddly (group.docs[roll (0, N_PEERS)]);
      for (guint j = n_updates, n = group.updates->len; j < n; j++)
        g_assert_true (weft_doc_apply_update (group.docs[0], g_ptr_array_index (group.updates, j), NULL, NULL));
      v1 = weft_doc_encode_state (group.docs[0]);
      v2 = weft_doc_encode_state_v2 (group.docs[0]);
      /* What is kept of values that were written one after the other under a key is one item, for the general way. */
      if (group.docs[0]->gc)
        {
          assert_loads_at_once (v1, WEFT_UPDATE_V1);
          assert_loads_at_once (v2, WEFT_UPDATE_V2);
        }
      try_bytes (v1, FALSE, TRUE);
      try_bytes (v2, TRUE, TRUE);
      end_group (&group);
    }
}

/* What is missing a client, or its beginning, waits. */
static void
test_parts (void)
{
  for (guint i = 0; i < (is_long () ? 1000 : 20); i++)
    {
      Group group = { 0 };
      g_autoptr(WeftStateVector) known = weft_state_vector_new ();
      g_autoptr(GBytes) part = NULL;
      guint peer = roll (0, N_PEERS);
      WeftClientId id;

      begin_group (&group, 40);
      id = weft_doc_get_client_id (group.docs[peer]);
      weft_state_vector_set (known, id, roll (1, 10));
      part = weft_doc_encode_diff (group.docs[0], known);
      try_bytes (part, FALSE, FALSE);
      end_group (&group);
    }
}

static void
test_changed (gconstpointer data)
{
  gboolean v2 = GPOINTER_TO_INT (data);

  for (guint i = 0; i < (is_long () ? 200 : 4); i++)
    {
      Group group = { 0 };
      g_autoptr(GBytes) update = NULL;

      begin_group (&group, 30);
      for (guint j = 0; j < 10 && i % 2; j++)
        edit_oddly (group.docs[0]);
      update = v2 ? weft_doc_encode_state_v2 (group.docs[0]) : weft_doc_encode_state (group.docs[0]);
      for (guint j = 0; j < 150; j++)
        {
          gsize size = g_bytes_get_size (update);
          guint8 *bytes = g_memdup2 (g_bytes_get_data (update, NULL), size);
          g_autoptr(GBytes) changed = NULL;

          for (int k = roll (1, 4); k > 0; k--)
            {
              gsize at = roll (0, size);

              bytes[at] = roll (0, 2) ? bytes[at] ^ (1 << roll (0, 8))
                                                       : bytes[roll (0, size)];
            }
          if (roll (0, 8) == 0)
            size = roll (0, size);
          changed = g_bytes_new_take (bytes, size);
          try_bytes (changed, v2, FALSE);
        }
      end_group (&group);
    }
}

/* Large enough for tables and several levels of nodes. */
static void
test_large (void)
{
  WeftDocOptions options = { .gc = TRUE };
  g_autoptr(WeftDoc) doc = weft_doc_new_with_options (5, &options);
  g_autoptr(WeftDoc) other = weft_doc_new_with_options (4, &options);
  g_autoptr(GBytes) state = NULL, back = NULL, both = NULL, both_v2 = NULL;
  WeftType *text = weft_doc_get_text (doc, "t");
  char key[16];

  for (guint i = 0; i < 6000; i++)
    weft_text_insert (text, roll (0, weft_type_get_length (text) + 1), "ab", -1, NULL);
  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr(WeftAny) value = weft_any_new_number (i);

      g_snprintf (key, sizeof key, "%u", roll (0, 1500));
      weft_map_set (weft_doc_get_map (doc, "m"), key, value);
    }
  state = weft_doc_encode_state (doc);
  try_bytes (state, FALSE, TRUE);

  /* Someone else cuts into all that. */
  g_assert_true (weft_doc_apply_update (other, state, NULL, NULL));
  text = weft_doc_get_text (other, "t");
  for (guint i = 0; i < 3000; i++)
    weft_text_insert (text, roll (0, weft_type_get_length (text) + 1), "z", -1, NULL);
  assert_loads_at_once (state, WEFT_UPDATE_V1);
  back = weft_doc_encode_state (other);
  g_assert_true (weft_doc_apply_update (doc, back, NULL, NULL));
  both = weft_doc_encode_state (doc);
  assert_loads_at_once (both, WEFT_UPDATE_V1);
  try_bytes (both, FALSE, TRUE);
  both_v2 = weft_doc_encode_state_v2 (doc);
  assert_loads_at_once (both_v2, WEFT_UPDATE_V2);
  try_bytes (both_v2, TRUE, TRUE);
}

/* What is refused leaves nothing behind, also no keys and roots. */
static void
test_refused (void)
{
  Group group = { 0 };
  g_autoptr(GBytes) state = NULL, cut = NULL;
  g_autoptr(WeftDoc) doc = weft_doc_new ();
  g_autoptr(GPtrArray) roots = NULL;
  g_autoptr(GError) error = NULL;

  begin_group (&group, 60);
  state = weft_doc_encode_state (group.docs[0]);
  cut = g_bytes_new_from_bytes (state, 0, g_bytes_get_size (state) - 1);
  g_assert_false (weft_doc_apply_update (doc, cut, NULL, &error));
  g_assert_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TRUNCATED);
  roots = weft_doc_list_roots (doc);
  g_assert_cmpuint (roots->len, ==, 0);
  g_assert_true (weft_doc_validate (doc, NULL));
  g_assert_true (weft_doc_apply_update (doc, state, NULL, NULL));
  g_assert_true (weft_doc_validate (doc, NULL));
  end_group (&group);
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr(GRand) rand = NULL;

  test_seed_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  dice = rand = g_rand_new_with_seed (is_long () ? g_test_rand_int () : 7);
  g_test_add_func ("/crdt/bulk-load/states", test_states);
  g_test_add_func ("/crdt/bulk-load/texts", test_texts);
  g_test_add_func ("/crdt/bulk-load/deletes", test_deletes);
  g_test_add_func ("/crdt/bulk-load/boards", test_boards);
  g_test_add_func ("/crdt/bulk-load/kinds", test_kinds);
  g_test_add_func ("/crdt/bulk-load/parts", test_parts);
  g_test_add_data_func ("/crdt/bulk-load/changed-bytes", GINT_TO_POINTER (FALSE), test_changed);
  g_test_add_data_func ("/crdt/bulk-load/changed-bytes-v2", GINT_TO_POINTER (TRUE), test_changed);
  g_test_add_func ("/crdt/bulk-load/large", test_large);
  g_test_add_func ("/crdt/bulk-load/refused", test_refused);

  return g_test_run ();
}
