/* fuzz-engine.c - bytes for the engine: updates, state vectors, snapshots, saved undo, positions
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include "crdt/weft-position.h"
#include "crdt/weft-undo.h"
#include "crdt/weft-update-private.h"

#include <string.h>

/* The client of what is written beside, to leave the paths for fresh documents and for runs of typing. */
#define OTHER_CLIENT ((WeftClientId) 1234567890123)

static gboolean
apply (WeftDoc          *doc,
       GBytes           *update,
       WeftUpdateFormat  format)
{
  g_autoptr(GError) error = NULL;
  gboolean applied = format == WEFT_UPDATE_V2 ? weft_doc_apply_update_v2 (doc, update, NULL, &error)
                                              : weft_doc_apply_update (doc, update, NULL, &error);

  fuzz_check (applied == (error == NULL), "an update is refused without an error, or taken with one");

  return applied;
}

/* The second format doubles differences of clocks, so that those of 2^52 and more cannot be read, neither
 * here nor by Yjs, which writes them too. Only what waits for ever has such clocks. */
static gboolean
is_beyond_v2 (GBytes *update)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) converted = weft_update_convert (update, WEFT_UPDATE_V1, &error);

  return error != NULL && strstr (error->message, "53 bits") != NULL;
}

static void
map_set_null (WeftType *map)
{
  g_autoptr(WeftAny) null = weft_any_new_null ();

  weft_map_set (map, "k", null);
}

/* Everything that can be done with a document that strangers wrote. */
static void
use_document (WeftDoc *doc)
{
  g_autoptr(WeftStateVector) state_vector = weft_doc_get_state_vector (doc), empty = weft_state_vector_new ();
  g_autoptr(GBytes) state = weft_doc_encode_state (doc), state_v2 = weft_doc_encode_state_v2 (doc);
  g_autoptr(GBytes) diff = weft_doc_encode_diff (doc, state_vector), rest = NULL;
  g_autoptr(GBytes) snapshot = weft_doc_encode_snapshot (doc, WEFT_UPDATE_V1);
  g_autoptr(GBytes) snapshot_v2 = weft_doc_encode_snapshot (doc, WEFT_UPDATE_V2);
  g_autofree char *json = fuzz_doc_to_json (doc);
  g_autoptr(GPtrArray) roots = weft_doc_list_roots (doc);
  g_autoptr(WeftDoc) again = fuzz_doc_new (5, FALSE);
  WeftUpdate decoded;

  fuzz_check (weft_update_decode (&decoded, state, NULL), "an encoded state cannot be read");
  weft_update_clear (&decoded);
  fuzz_check (is_beyond_v2 (state_v2) || apply (again, state_v2, WEFT_UPDATE_V2),
              "an encoded state of the second format is refused");
  fuzz_doc_check (again);
  for (guint i = 0; i < roots->len; i++)
    {
      WeftType *root = weft_doc_lookup_root (doc, g_ptr_array_index (roots, i));
      g_autoptr(WeftAny) value = root != NULL ? weft_type_to_any (root) : NULL;
    }

  /* And edits in it */
  weft_text_insert (weft_doc_get_text (doc, "t"), weft_type_get_length (weft_doc_get_text (doc, "t")) / 2, "new", -1,
                    NULL);
  weft_text_delete (weft_doc_get_text (doc, "t"), 1, 2);
  map_set_null (weft_doc_get_map (doc, "m"));
  weft_array_delete (weft_doc_get_array (doc, "a"), 0, 1);
  fuzz_doc_check (doc);
  rest = weft_doc_encode_diff (doc, empty);
}

/* The same update after something else was written: then none of the short ways is open. What comes
 * out must be the same to the byte as when that is written afterwards. */
static void
compare_paths (WeftDoc          *taken,
               GBytes           *update,
               WeftUpdateFormat  format,
               gboolean          gc)
{
  g_autoptr(WeftDoc) other = fuzz_doc_new (OTHER_CLIENT, FALSE), before = fuzz_doc_new (4, gc);
  g_autoptr(GBytes) beside = NULL, state = NULL, expected = NULL;

  map_set_null (weft_doc_get_map (other, "beside"));
  beside = weft_doc_encode_state (other);

  fuzz_check (apply (before, beside, WEFT_UPDATE_V1) && apply (before, update, format), "an update is taken once only");
  fuzz_check (apply (taken, beside, WEFT_UPDATE_V1), "what is well-formed is refused");
  fuzz_doc_check (before);
  state = weft_doc_encode_state (taken);
  expected = weft_doc_encode_state (before);
  fuzz_check_equal (state, expected, "an update makes another document where something was there before");
}

/* A refused update leaves a document as it is: the same one all the time, until something is taken. */
static void
check_refused (GBytes           *update,
               WeftUpdateFormat  format)
{
  static WeftDoc *filled;
  static GBytes *before;
  g_autoptr(GBytes) after = NULL;

  if (filled == NULL)
    {
      filled = fuzz_doc_new_filled (FALSE);
      before = weft_doc_encode_state (filled);
    }
  fuzz_check (!apply (filled, update, format), "an update is refused by an empty document and taken by another");
  after = weft_doc_encode_state (filled);
  fuzz_check (g_bytes_equal (before, after) && !weft_doc_has_pending (filled), "a refused update changed something");
  fuzz_doc_check (filled);
}

/* What is said to be a whole document is one. */
static void
ask_for_whole (GBytes *update)
{
  g_autoptr(WeftStateVector) vector = NULL, expected = NULL;
  g_autoptr(WeftDeleteSet) deletes = NULL;
  g_autoptr(WeftDoc) doc = fuzz_doc_new (1, FALSE);
  gboolean whole;

  weft_update_is_whole (update, &whole, &vector, &deletes, NULL);
  if (!whole)
    return;

  fuzz_check (apply (doc, update, WEFT_UPDATE_V1) && !weft_doc_has_pending (doc), "what is whole waits for something");
  expected = weft_doc_get_state_vector (doc);
  fuzz_check (weft_state_vector_equal (vector, expected), "what is whole has another state vector");
}

/* The same bytes without a document: what a document takes is taken there, too. */
static void
ask_without_document (GBytes          *update,
                      WeftUpdateFormat format,
                      gboolean         taken)
{
  g_autoptr(GPtrArray) twice = g_ptr_array_new ();
  g_autoptr(WeftStateVector) empty = weft_state_vector_new (), from = NULL, to = NULL;
  g_autoptr(WeftDeleteSet) deletes = weft_delete_set_new ();
  g_autoptr(WeftDoc) doc = fuzz_doc_new (1, FALSE);
  g_autoptr(GBytes) merged = NULL, rest = NULL, vector = NULL;
  gboolean good, known;

  g_ptr_array_add (twice, update);
  g_ptr_array_add (twice, update);
  merged = weft_updates_merge (twice, format, NULL);
  rest = weft_update_subtract (update, format, empty, NULL);
  vector = weft_update_encode_state_vector (update, format, NULL);
  good = weft_update_get_range (update, format, &from, &to, NULL)
         && weft_update_is_known (update, format, empty, deletes, &known, NULL);
  if (format == WEFT_UPDATE_V1)
    ask_for_whole (update);
  if (!taken)
    return;

  fuzz_check (merged != NULL && rest != NULL && vector != NULL && good, "a good update is refused without a document");
  if (format == WEFT_UPDATE_V1)
    fuzz_check (apply (doc, merged, format) && apply (doc, rest, format), "what was joined or cut is refused");
}

static void
fuzz_update (const guint8     *data,
             gsize             size,
             WeftUpdateFormat  format)
{
  g_autoptr(GBytes) update = g_bytes_new (data, size), converted = NULL;
  gboolean gc = size > 0 && (data[size / 2] & 1) != 0;
  g_autoptr(WeftDoc) doc = fuzz_doc_new (1, gc), filled = NULL, twin = NULL;
  g_autoptr(GBytes) state = NULL, state_again = NULL, state_twin = NULL;
  WeftUpdateFormat other = format == WEFT_UPDATE_V1 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1;

  if (!apply (doc, update, format))
    {
      check_refused (update, format);
      ask_without_document (update, format, FALSE);
      return;
    }
  ask_without_document (update, format, TRUE);
  fuzz_doc_check (doc);
  state = weft_doc_encode_state (doc);
  if (format == WEFT_UPDATE_V1 && !weft_doc_has_pending (doc))
    fuzz_check (weft_doc_knows_update (doc, update), "a document does not know what it holds");
  fuzz_check (apply (doc, update, format), "an update is refused the second time");
  state_again = weft_doc_encode_state (doc);
  if (!weft_doc_has_pending (doc))
    fuzz_check_equal (state, state_again, "an update changes something the second time");

  filled = fuzz_doc_new_filled (gc);
  fuzz_check (apply (filled, update, format), "an update is taken by an empty document and refused by another");
  fuzz_doc_check (filled);
  use_document (filled);

  converted = weft_update_convert (update, other, NULL);
  fuzz_check (converted != NULL, "an update is taken but cannot be converted");
  if (other == WEFT_UPDATE_V2 && is_beyond_v2 (converted))
    return;
  twin = fuzz_doc_new (1, gc);
  fuzz_check (apply (twin, converted, other), "a converted update is refused");
  state_twin = weft_doc_encode_state (twin);
  fuzz_check_equal (state, state_twin, "a converted update makes another document");
  if (!weft_doc_has_pending (twin))
    compare_paths (twin, update, format, gc);
}

void
fuzz_update_v1 (const guint8 *data,
                gsize         size)
{
  fuzz_update (data, size, WEFT_UPDATE_V1);
}

void
fuzz_update_v2 (const guint8 *data,
                gsize         size)
{
  fuzz_update (data, size, WEFT_UPDATE_V2);
}

/* Whether two updates of the first format differ in no more than how their deletions are cut. */
static gboolean
same_but_for_ranges (GBytes *a,
                     GBytes *b)
{
  g_auto(WeftUpdate) x = { 0 }, y = { 0 };

  return weft_update_decode (&x, a, NULL) && weft_update_decode (&y, b, NULL) && x.structs->len == y.structs->len
         && x.runs->len == y.runs->len && weft_delete_set_equal (x.deletes, y.deletes);
}

/* Whether -0 is written as JSON somewhere, which no peer does: JSON.parse() reads it, the second format holds it, and
 * JSON.stringify() makes 0 of it. */
static gboolean
has_negative_zero (GBytes *update)
{
  gsize size;
  const char *data = g_bytes_get_data (update, &size);

  for (gsize i = 1; i < size; i++)
    if (data[i - 1] == '-' && data[i] == '0')
      return TRUE;

  return FALSE;
}

/* To the other format and back, which must then stay as it is: but for deletions that overlap, or of a client that
 * comes twice, which the second format cannot hold. */
void
fuzz_convert (const guint8 *data,
              gsize         size)
{
  FuzzInput input = { data, size };
  WeftUpdateFormat to = fuzz_input_byte (&input) & 1 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1;
  WeftUpdateFormat from = to == WEFT_UPDATE_V1 ? WEFT_UPDATE_V2 : WEFT_UPDATE_V1;
  g_autoptr(GBytes) update = fuzz_input_rest (&input), converted = weft_update_convert (update, to, NULL);
  g_autoptr(GBytes) back = NULL, again = NULL;

  if (converted == NULL)
    return;
  if (to == WEFT_UPDATE_V2 && is_beyond_v2 (converted))
    return;
  back = weft_update_convert (converted, from, NULL);
  fuzz_check (back != NULL, "a converted update cannot be read");
  again = weft_update_convert (back, to, NULL);
  if (again != NULL && to == WEFT_UPDATE_V2 && has_negative_zero (update))
    {
      g_autoptr(GBytes) same = weft_update_convert (again, from, NULL);

      fuzz_check (same != NULL && g_bytes_equal (same, back), "converting once more changes an update");
      return;
    }
  fuzz_check (again != NULL && (g_bytes_equal (converted, again)
                                || (to == WEFT_UPDATE_V1 && same_but_for_ranges (converted, again))),
              "converting back and forth changes an update");
}

/* Several updates: joined, cut and compared without a document, and all at once with one. */
void
fuzz_merge (const guint8 *data,
            gsize         size)
{
  FuzzInput input = { data, size };
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(GBytes) vector = fuzz_input_part (&input), merged = NULL, diff = NULL, empty_diff = NULL;
  g_autoptr(WeftStateVector) state_vector = weft_state_vector_decode (vector, NULL), reached = weft_state_vector_new ();
  g_autoptr(WeftDoc) doc = fuzz_doc_new (1, size % 2), whole = fuzz_doc_new (1, size % 2);
  g_autoptr(GPtrArray) parts = NULL;
  WeftUpdate decoded;

  while (!fuzz_input_done (&input))
    {
      g_autoptr(GBytes) update = fuzz_input_part (&input);

      if (!weft_update_decode (&decoded, update, NULL))
        continue;
      weft_update_clear (&decoded);
      fuzz_check (apply (doc, update, WEFT_UPDATE_V1), "a well-formed update is refused");
      weft_update_add_to_state_vector (update, reached);
      g_ptr_array_add (updates, g_steal_pointer (&update));
    }
  fuzz_doc_check (doc);
  if (updates->len == 0)
    return;

  merged = weft_update_merge (updates, WEFT_UPDATE_V1);
  fuzz_check (apply (whole, merged, WEFT_UPDATE_V1), "joined updates are refused");
  fuzz_doc_check (whole);
  if (state_vector != NULL)
    {
      diff = weft_update_diff (merged, WEFT_UPDATE_V1, state_vector);
      empty_diff = weft_doc_encode_diff (doc, state_vector);
      fuzz_check (apply (whole, diff, WEFT_UPDATE_V1), "a part of an update is refused");
      fuzz_check (apply (whole, empty_diff, WEFT_UPDATE_V1), "a part of a document is refused");
      fuzz_doc_check (whole);
    }

  parts = weft_update_split (merged, 16 + size % 64);
  for (guint i = 0; i < parts->len; i++)
    fuzz_check (apply (whole, g_ptr_array_index (parts, (i * 7) % parts->len), WEFT_UPDATE_V1), "a piece of an update is refused");
  fuzz_doc_check (whole);
}

void
fuzz_state_vector (const guint8 *data,
                   gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size), encoded = NULL, diff = NULL, diff_v2 = NULL;
  g_autoptr(WeftStateVector) vector = weft_state_vector_decode (bytes, NULL), copy = NULL, again = NULL;
  g_autoptr(WeftDoc) doc = NULL, taken = NULL;

  if (vector == NULL)
    return;
  encoded = weft_state_vector_encode (vector);
  again = weft_state_vector_decode (encoded, NULL);
  copy = weft_state_vector_copy (vector);
  fuzz_check (again != NULL && weft_state_vector_equal (vector, again), "a state vector does not come back");
  fuzz_check (weft_state_vector_covers (copy, vector), "a state vector does not cover itself");

  doc = fuzz_doc_new_filled (FALSE);
  taken = fuzz_doc_new (9, FALSE);
  diff = weft_doc_encode_diff (doc, vector);
  diff_v2 = weft_doc_encode_diff_v2 (doc, vector);
  fuzz_check (apply (taken, diff, WEFT_UPDATE_V1) && apply (taken, diff_v2, WEFT_UPDATE_V2), "an answer is refused");
  fuzz_doc_check (taken);
}

/* A snapshot is deletions and a state vector. */
void
fuzz_snapshot (const guint8 *data,
               gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size), encoded = NULL;
  g_autoptr(WeftDeleteSet) deletes = weft_delete_set_decode (bytes, NULL), again = NULL, both = NULL;

  if (deletes == NULL)
    return;
  encoded = weft_delete_set_encode (deletes);
  again = weft_delete_set_decode (encoded, NULL);
  fuzz_check (again != NULL && weft_delete_set_equal (deletes, again), "deletions do not come back");
  both = weft_delete_set_copy (deletes);
  weft_delete_set_merge (both, again);
  weft_delete_set_normalize (both);
  fuzz_check (weft_delete_set_equal (both, deletes), "deletions joined with themselves are others");
  for (gsize i = 0; i < weft_delete_set_get_n_ranges (deletes); i++)
    {
      const WeftIdRange *range = weft_delete_set_get_range (deletes, i);
      WeftId id = { range->client, range->clock };

      fuzz_check (range->length == 0 || weft_delete_set_contains (deletes, id), "a range is not in its set");
    }
}

static gint64
stopped_clock (gpointer user_data)
{
  return 1;
}

/* A saved undo stack: bytes from a disk. */
void
fuzz_undo (const guint8 *data,
           gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size), saved = NULL;
  gboolean gc = size > 0 && (data[size - 1] & 1) != 0;
  g_autoptr(WeftDoc) doc = fuzz_doc_new_filled (gc);
  WeftType *scope[] = { weft_doc_get_text (doc, "t"), weft_doc_get_map (doc, "m"), weft_doc_get_array (doc, "a") };
  WeftUndoManager *undo = weft_undo_manager_new (doc, scope, G_N_ELEMENTS (scope), 0, stopped_clock, NULL);
  g_autoptr(GBytes) before = weft_doc_encode_state (doc), after = NULL;

  if (weft_undo_manager_restore (undo, bytes, NULL))
    {
      fuzz_doc_check (doc);
      saved = weft_undo_manager_save (undo);
      for (guint i = 0; i < 4; i++)
        {
          weft_undo_manager_undo (undo);
          fuzz_doc_check (doc);
        }
      for (guint i = 0; i < 3; i++)
        {
          weft_undo_manager_redo (undo);
          fuzz_doc_check (doc);
        }
    }
  else
    {
      after = weft_doc_encode_state (doc);
      fuzz_check (g_bytes_equal (before, after) && !weft_undo_manager_can_undo (undo) &&
                    !weft_undo_manager_can_redo (undo),
                  "refused undo steps changed something");
    }
  weft_undo_manager_free (undo);
  fuzz_doc_check (doc);
}

static void
resolve (const WeftPosition *position,
         WeftDoc            *doc)
{
  WeftType *type = NULL;
  guint64 index = 0;

  if (weft_position_to_index (position, doc, &type, &index))
    fuzz_check (type != NULL && index <= weft_type_get_length (type), "a position is past the end");
}

/* A relative position: bytes, or the JSON of somebody's cursor. */
void
fuzz_position (const guint8 *data,
               gsize         size)
{
  g_autoptr(WeftDoc) doc = fuzz_doc_new_filled (size % 2);
  g_auto(WeftPosition) position = { 0 }, from_json = { 0 };
  g_autoptr(WeftAny) value = weft_any_from_json ((const char *) data, size, NULL), written = NULL;
  WeftReader reader;
  WeftWriter writer;

  weft_reader_init (&reader, data, size);
  if (weft_position_read (&position, &reader))
    {
      g_autoptr(WeftAny) any = weft_position_to_any (&position);

      resolve (&position, doc);
      weft_writer_init (&writer);
      weft_position_write (&position, &writer);
      weft_writer_clear (&writer);
    }
  if (value != NULL && weft_position_from_any (&from_json, value))
    {
      written = weft_position_to_any (&from_json);
      resolve (&from_json, doc);
    }
  fuzz_doc_check (doc);
}
