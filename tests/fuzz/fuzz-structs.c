/* fuzz-structs.c - updates that are well-formed and make no sense
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Bytes choose structs of a few clients with any origins, parents and contents: cycles, parents that
 * are no types, right origins left of origins, gaps, overlaps. What bytes alone rarely hit is here
 * the rule.
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include "crdt/weft-update-private.h"

#define N_CLIENTS   4
#define MAX_STRUCTS 48

static const WeftClientId clients[N_CLIENTS] = { 1, 2, 300, WEFT_MAX_SAFE_INTEGER };
static const char *const names[] = { "t", "m", "a", "x" };
static const char *const values[] = { "null", "true", "1", "\"s\"", "{\"a\":[1, 2]}" };

/* Mostly what is there already, sometimes what is not. */
static void
put_id (FuzzInput  *input,
        WeftWriter *writer,
        guint       client,
        guint       clock)
{
  guint other = fuzz_input_below (input, N_CLIENTS + 2);
  guint limit = other >= N_CLIENTS ? clock : 24;

  if (other >= N_CLIENTS)
    other = client;
  weft_writer_put_varuint (writer, clients[other]);
  weft_writer_put_varuint (writer, fuzz_input_below (input, limit));
}

static void
put_value (FuzzInput  *input,
           WeftWriter *writer)
{
  g_autoptr(WeftAny) value = weft_any_from_json (values[fuzz_input_below (input, G_N_ELEMENTS (values))], -1, NULL);

  weft_any_write (value, writer);
}

/* Returns: how many units it takes */
static guint
put_content (FuzzInput  *input,
             WeftWriter *writer,
             guint       kind)
{
  static const char *const texts[] = { "a", "bcdef", "\xf0\x9f\x98\x80", "x\xe5\xad\x97\xf0\x9d\x84\x9ez", "\n" };
  static const guint units[] = { 1, 5, 2, 5, 1 };
  guint n = 1 + fuzz_input_below (input, 5);

  switch (kind)
    {
    case WEFT_CONTENT_DELETED:
      weft_writer_put_varuint (writer, n);
      return n;
    case WEFT_CONTENT_JSON:
      weft_writer_put_varuint (writer, n);
      for (guint i = 0; i < n; i++)
        weft_writer_put_string (writer, i == 1 ? "undefined" : values[fuzz_input_below (input, G_N_ELEMENTS (values))], -1);
      return n;
    case WEFT_CONTENT_BINARY:
      weft_writer_put_buffer (writer, "bytes", n);
      return 1;
    case WEFT_CONTENT_STRING:
      weft_writer_put_string (writer, texts[n - 1], -1);
      return units[n - 1];
    case WEFT_CONTENT_EMBED:
      weft_writer_put_string (writer, values[n - 1], -1);
      return 1;
    case WEFT_CONTENT_FORMAT:
      weft_writer_put_string (writer, names[n % 4], -1);
      weft_writer_put_string (writer, values[fuzz_input_below (input, G_N_ELEMENTS (values))], -1);
      return 1;
    case WEFT_CONTENT_TYPE:
      {
        guint type = fuzz_input_below (input, WEFT_KIND_XML_TEXT + 1);

        weft_writer_put_varuint (writer, type);
        if (type == WEFT_KIND_XML_ELEMENT || type == WEFT_KIND_XML_HOOK)
          weft_writer_put_string (writer, names[n % 4], -1);
        return 1;
      }
    case WEFT_CONTENT_ANY:
      weft_writer_put_varuint (writer, n);
      for (guint i = 0; i < n; i++)
        put_value (input, writer);
      return n;
    default:
      weft_writer_put_string (writer, "guid", -1);
      put_value (input, writer);
      return 1;
    }
}

static guint
put_struct (FuzzInput  *input,
            WeftWriter *writer,
            guint       client,
            guint       clock)
{
  guint kind = fuzz_input_below (input, 12), info, parent;

  if (kind >= 11)
    kind = WEFT_CONTENT_STRING;
  if (kind == WEFT_CONTENT_GC || kind == WEFT_CONTENT_SKIP)
    {
      guint n = 1 + fuzz_input_below (input, 4);

      weft_writer_put_byte (writer, kind);
      weft_writer_put_varuint (writer, n);
      return n;
    }

  info = fuzz_input_byte (input);
  /* Nothing of its own client is older than the first. */
  if (clock == 0)
    info &= ~(WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN);
  parent = info & 0x1f;
  info &= ~WEFT_INFO_KIND;
  weft_writer_put_byte (writer, info | kind);
  if (info & WEFT_INFO_ORIGIN)
    put_id (input, writer, client, clock);
  if (info & WEFT_INFO_RIGHT_ORIGIN)
    put_id (input, writer, client, clock);
  if ((info & (WEFT_INFO_ORIGIN | WEFT_INFO_RIGHT_ORIGIN)) == 0)
    {
      if (parent < 20 || clock == 0)
        {
          weft_writer_put_varuint (writer, 1);
          weft_writer_put_string (writer, names[parent % 4], -1);
        }
      else
        {
          weft_writer_put_varuint (writer, 0);
          put_id (input, writer, client, clock);
        }
      if (info & WEFT_INFO_PARENT_SUB)
        weft_writer_put_string (writer, names[parent % 3], -1);
    }

  return put_content (input, writer, kind);
}

static GBytes *
make_update (FuzzInput *input)
{
  WeftWriter writer;
  guint mask = fuzz_input_below (input, 1 << N_CLIENTS);

  weft_writer_init (&writer);
  weft_writer_put_varuint (&writer, ((mask & 1) != 0) + ((mask & 2) != 0) + ((mask & 4) != 0) + ((mask & 8) != 0));
  for (guint i = 0; i < N_CLIENTS; i++)
    {
      guint n, clock;

      if ((mask & 1 << i) == 0)
        continue;
      n = 1 + fuzz_input_below (input, MAX_STRUCTS / N_CLIENTS);
      clock = fuzz_input_byte (input);
      /* Mostly the beginning, or what came after the last update. */
      clock = clock < 128 ? 0 : clock % 24;
      weft_writer_put_varuint (&writer, n);
      weft_writer_put_varuint (&writer, clients[i]);
      weft_writer_put_varuint (&writer, clock);
      for (guint j = 0; j < n; j++)
        clock += put_struct (input, &writer, i, clock);
    }

  mask = fuzz_input_below (input, 1 << N_CLIENTS);
  weft_writer_put_varuint (&writer, ((mask & 1) != 0) + ((mask & 2) != 0) + ((mask & 4) != 0) + ((mask & 8) != 0));
  for (guint i = 0; i < N_CLIENTS; i++)
    {
      guint n;

      if ((mask & 1 << i) == 0)
        continue;
      n = 1 + fuzz_input_below (input, 3);
      weft_writer_put_varuint (&writer, clients[i]);
      weft_writer_put_varuint (&writer, n);
      for (guint j = 0; j < n; j++)
        {
          weft_writer_put_varuint (&writer, fuzz_input_below (input, 30));
          weft_writer_put_varuint (&writer, fuzz_input_below (input, 12));
        }
    }

  return weft_writer_steal_bytes (&writer);
}

/* Some updates in a row, in both formats; the two documents must stay the same. */
void
fuzz_structs (const guint8 *data,
              gsize         size)
{
  FuzzInput input = { data, size };
  guint flags = fuzz_input_byte (&input);
  gboolean gc = flags & 1;
  g_autoptr(WeftDoc) doc = flags & 2 ? fuzz_doc_new_filled (gc) : fuzz_doc_new (1000, gc);
  g_autoptr(WeftDoc) twin = flags & 2 ? fuzz_doc_new_filled (gc) : fuzz_doc_new (1000, gc);
  g_autoptr(GBytes) state = NULL, state_v2 = NULL, merged = NULL;
  g_autoptr(GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr(WeftDoc) loaded = fuzz_doc_new (1001, gc), loaded_v2 = fuzz_doc_new (1001, gc);
  g_autofree char *json = NULL;

  for (guint i = 0; i < 4 && (i == 0 || !fuzz_input_done (&input)); i++)
    {
      g_autoptr(GBytes) update = make_update (&input), converted = weft_update_convert (update, WEFT_UPDATE_V2, NULL);
      g_autoptr(GBytes) before = weft_doc_encode_state (doc), after = NULL, after_twin = NULL;
      g_autoptr(GError) error = NULL;
      gboolean taken = weft_doc_apply_update (doc, update, NULL, &error);

      fuzz_doc_check (doc);
      fuzz_check (taken == (error == NULL) && (!taken || converted != NULL), "an update is taken but cannot be converted");
      if (converted != NULL)
        {
          g_autoptr(GBytes) back = weft_update_convert (converted, WEFT_UPDATE_V1, NULL);

          fuzz_check (back != NULL, "a converted update cannot be read");
          fuzz_check (weft_doc_apply_update_v2 (twin, converted, NULL, NULL) == taken, "the formats differ in what is refused");
        }
      after = weft_doc_encode_state (doc);
      after_twin = weft_doc_encode_state (twin);
      fuzz_check (taken || g_bytes_equal (before, after), "a refused update changed something");
      fuzz_check_equal (after, after_twin, "the formats make different documents");
      if (taken)
        g_ptr_array_add (updates, g_steal_pointer (&update));
    }

  json = fuzz_doc_to_json (doc);
  state = weft_doc_encode_state (doc);
  state_v2 = weft_doc_encode_state_v2 (doc);
  fuzz_check (weft_doc_apply_update (loaded, state, NULL, NULL), "a state is refused");
  fuzz_check (weft_doc_apply_update_v2 (loaded_v2, state_v2, NULL, NULL), "a state of the second format is refused");
  fuzz_doc_check (loaded);
  fuzz_doc_check (loaded_v2);
  if (updates->len > 0)
    {
      merged = weft_update_merge (updates, WEFT_UPDATE_V1);
      fuzz_check (weft_doc_apply_update (loaded, merged, NULL, NULL), "joined updates are refused");
      fuzz_doc_check (loaded);
    }
  {
    g_autoptr(GBytes) all = weft_doc_encode_state (loaded_v2);
    g_autoptr(WeftDoc) again = fuzz_doc_new (1001, gc);
    g_autoptr(GBytes) all_again = NULL;

    fuzz_check (weft_doc_apply_update (again, state, NULL, NULL), "a state is refused");
    all_again = weft_doc_encode_state (again);
    fuzz_check_equal (all, all_again, "the two formats of a state make different documents");
  }
}
