/* fuzz-targets.c - the list of targets, and what they share
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include "crdt/weft-doc-json.h"
#include "crdt/weft-doc-private.h"
#include "support/test-bytes.h"

#include <stdlib.h>
#include <string.h>

const FuzzTarget fuzz_targets[] = {
  { "update-v1", fuzz_update_v1, 4096 },
  { "update-v2", fuzz_update_v2, 4096 },
  { "convert", fuzz_convert, 4096 },
  { "merge", fuzz_merge, 4096 },
  { "state-vector", fuzz_state_vector, 1024 },
  { "snapshot", fuzz_snapshot, 1024 },
  { "undo", fuzz_undo, 1024 },
  { "position", fuzz_position, 512 },
  { "structs", fuzz_structs, 1024 },
  { "history", fuzz_history, 1024 },
  { "any", fuzz_any, 2048 },
  { "json", fuzz_json, 2048 },
  { "awareness", fuzz_awareness, 2048 },
  { "sync-message", fuzz_sync_message, 2048 },
  { "link", fuzz_link, 512 },
  { "ws-frame", fuzz_ws_frame, 2048 },
  { "room-path", fuzz_room_path, 512 },
  { "ops", fuzz_ops, 1024 },
  { "page-tree", fuzz_page_tree, 512 },
  { "notebook", fuzz_notebook, 2048 },
  { "ink", fuzz_ink, 1024 },
  { "element", fuzz_element, 2048 },
  { "markdown", fuzz_markdown, 2048 },
  { "excalidraw", fuzz_excalidraw, 4096 },
  { "fractional-index", fuzz_fractional_index, 256 },
  { NULL, NULL, 0 },
};

const FuzzTarget *
fuzz_target_lookup (const char *name)
{
  for (const FuzzTarget *target = fuzz_targets; target->name != NULL; target++)
    if (strcmp (target->name, name) == 0)
      return target;

  return NULL;
}

guint8
fuzz_input_byte (FuzzInput *self)
{
  return self->pos < self->size ? self->data[self->pos++] : 0;
}

guint
fuzz_input_below (FuzzInput *self,
                  guint      n)
{
  guint value;

  if (n <= 1)
    return 0;
  value = fuzz_input_byte (self);
  if (n > 256)
    value = value << 8 | fuzz_input_byte (self);

  return value % n;
}

gboolean
fuzz_input_done (FuzzInput *self)
{
  return self->pos >= self->size;
}

GBytes *
fuzz_input_rest (FuzzInput *self)
{
  GBytes *bytes = g_bytes_new (self->data + self->pos, self->size - self->pos);

  self->pos = self->size;

  return bytes;
}

GBytes *
fuzz_input_part (FuzzInput *self)
{
  gsize length = fuzz_input_below (self, 65536);
  GBytes *bytes;

  length = MIN (length, self->size - self->pos);
  bytes = g_bytes_new (self->data + self->pos, length);
  self->pos += length;

  return bytes;
}

void
fuzz_check (gboolean    ok,
            const char *what)
{
  if (!ok)
    {
      g_printerr ("fuzz: %s\n", what);
      abort ();
    }
}

void
fuzz_check_equal (GBytes     *a,
                  GBytes     *b,
                  const char *what)
{
  if (!g_bytes_equal (a, b))
    {
      g_autofree char *hex_a = test_bytes_to_hex (a), *hex_b = test_bytes_to_hex (b);

      g_printerr ("fuzz: %s\n%s\n%s\n", what, hex_a, hex_b);
      abort ();
    }
}

/* New ids must not depend on chance, or a finding could not be played again. */
static WeftClientId last_client;

static WeftClientId
next_client (gpointer user_data)
{
  return ++last_client;
}

void
fuzz_target_run (const FuzzTarget *target,
                 const guint8     *data,
                 gsize             size)
{
  last_client = 70;
  if (size <= target->max_size)
    target->run (data, size);
}

WeftDoc *
fuzz_doc_new (WeftClientId client_id,
              gboolean     gc)
{
  WeftDocOptions options = { .gc = gc, .random = next_client };
  WeftDoc *doc = weft_doc_new_with_options (client_id, &options);

  /* Some have crowds (weft-crowd.c) wherever two wrote at one place, and have to come to the same as the others. */
  if (client_id % 2 != 0)
    doc->crowd_from = 0;

  return doc;
}

WeftDoc *
fuzz_doc_new_filled (gboolean gc)
{
  WeftDoc *doc = fuzz_doc_new (3, gc);
  WeftType *text = weft_doc_get_text (doc, "t"), *map = weft_doc_get_map (doc, "m");
  WeftType *array = weft_doc_get_array (doc, "a");
  g_autoptr(WeftAny) bold = weft_any_new_object (), values = weft_any_new_array ();
  g_autoptr(WeftAny) one = weft_any_new_number (1), big = weft_any_new_bigint (5);

  weft_any_object_take (bold, "b", weft_any_new_boolean (TRUE));
  weft_text_insert (text, 0, "ab\xf0\x9f\x98\x80""cd\n", -1, NULL);
  weft_text_format (text, 1, 3, bold);
  weft_text_delete (text, 4, 1);
  weft_map_set (map, "k", bold);
  weft_map_set (map, "k", one);
  weft_text_insert (weft_map_set_type (map, "n", WEFT_KIND_TEXT), 0, "in", -1, NULL);
  weft_any_array_take (values, weft_any_new_null ());
  weft_any_array_take (values, weft_any_new_string ("v"));
  weft_array_insert (array, 0, values);
  weft_map_set (weft_array_insert_named (array, 1, WEFT_KIND_XML_ELEMENT, "P"), "x", big);
  weft_array_delete (array, 0, 1);

  return doc;
}

void
fuzz_doc_check (WeftDoc *doc)
{
  g_autoptr(GError) error = NULL;

  if (!weft_doc_validate (doc, &error))
    {
      g_printerr ("fuzz: a document is broken: %s\n", error->message);
      abort ();
    }
}

static void
append_cb (const char *data,
           gsize       n_bytes,
           gpointer    user_data)
{
  g_string_append_len (user_data, data, n_bytes);
}

char *
fuzz_doc_to_json (WeftDoc *doc)
{
  static const WeftKind kinds[] = { WEFT_KIND_TEXT, WEFT_KIND_ARRAY, WEFT_KIND_MAP, WEFT_KIND_XML_FRAGMENT };
  g_autoptr(GPtrArray) roots = weft_doc_list_roots (doc);
  g_autofree WeftRootHint *hints = g_new0 (WeftRootHint, roots->len + 1);
  GString *json = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      for (guint j = 0; j < roots->len; j++)
        {
          hints[j].name = g_ptr_array_index (roots, j);
          hints[j].kind = kinds[(i + j) % G_N_ELEMENTS (kinds)];
        }
      weft_doc_print_json (doc, hints, roots->len, append_cb, json);
    }

  return g_string_free (json, FALSE);
}
