/* fuzz-notebook.c - bytes for what is in our documents: ops, page tree, elements, ink, Markdown, drawings
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz/fuzz.h"

#include "notebook/weft-conflicts.h"
#include "notebook/weft-element.h"
#include "notebook/weft-excalidraw.h"
#include "notebook/weft-fractional-index.h"
#include "notebook/weft-ink.h"
#include "notebook/weft-markdown.h"
#include "notebook/weft-notebook-doc.h"
#include "notebook/weft-op.h"
#include "notebook/weft-page-tree.h"
#include "notebook/weft-users.h"

#include <math.h>
#include <string.h>

#define MAX_OPS 64

/* One element of the op log. */
void
fuzz_ops (const guint8 *data,
          gsize         size)
{
  g_autoptr(GBytes) element = g_bytes_new (data, size), packed = NULL, again = NULL;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) ops = weft_op_unpack (element, &error), read = NULL;
  g_autoptr(WeftPageTree) tree = weft_page_tree_new ();

  fuzz_check ((ops == NULL) == (error != NULL), "ops are refused without an error, or taken with one");
  if (ops == NULL)
    return;
  for (guint i = 0; i < ops->len; i++)
    {
      const WeftOp *op = g_ptr_array_index (ops, i);
      WeftOpId id = { 1, 0, i };

      if (op->kind > WEFT_OP_SET)
        {
          g_ptr_array_set_size (ops, i);
          break;
        }
      weft_page_tree_apply (tree, &id, op);
    }
  weft_page_tree_validate (tree);
  if (ops->len == 0)
    return;
  packed = weft_op_pack (ops);
  read = weft_op_unpack (packed, NULL);
  fuzz_check (read != NULL && read->len == ops->len, "packed ops cannot be read");
  again = weft_op_pack (read);
  fuzz_check (g_bytes_equal (packed, again), "packed ops change");
}

static WeftPageId
pick_page (FuzzInput *input)
{
  WeftPageId id = { 0 };
  guint which = fuzz_input_below (input, 10);

  if (which == 9)
    return weft_page_id_trash;
  id.bytes[0] = which;

  return id;
}

typedef struct
{
  WeftOpId  id;
  WeftOp   *op;
} Sent;

/* Ops of three clients with any Lamport times, in two orders of arrival: the same tree comes out. */
void
fuzz_page_tree (const guint8 *data,
                gsize         size)
{
  static const char *const positions[] = { "a0", "a1", "a0V", "b00", "" };
  FuzzInput input = { data, size };
  g_autoptr(WeftPageTree) tree = weft_page_tree_new (), late = weft_page_tree_new ();
  Sent sent[MAX_OPS] = { 0 };
  guint n = 0, clocks[3] = { 0 };

  while (n < MAX_OPS && !fuzz_input_done (&input))
    {
      guint client = fuzz_input_below (&input, 3);
      guint64 lamport = 1 + fuzz_input_below (&input, 40);
      WeftPageId page = pick_page (&input), parent = pick_page (&input);
      const char *position = positions[fuzz_input_below (&input, G_N_ELEMENTS (positions))];

      sent[n].id = (WeftOpId) { client + 1, clocks[client]++, 0 };
      if (fuzz_input_below (&input, 5) == 0)
        sent[n].op = weft_op_new_set (lamport, &page, position, weft_any_new_number (n));
      else if (memcmp (&parent, &weft_page_id_trash, sizeof parent) == 0)
        {
          WeftStateVector *seen = weft_state_vector_new ();

          for (guint i = 0; i < 3; i++)
            weft_state_vector_set (seen, i + 1, fuzz_input_below (&input, clocks[i] + 1));
          sent[n].op = weft_op_new_trash (lamport, &page, position, seen);
        }
      else
        sent[n].op = weft_op_new_move (lamport, &page, &parent, position);
      weft_page_tree_apply (tree, &sent[n].id, sent[n].op);
      n++;
    }
  weft_page_tree_validate (tree);

  for (guint client = 3; client > 0; client--)
    for (guint i = 0; i < n; i++)
      if (sent[i].id.client == client)
        {
          weft_page_tree_apply (late, &sent[i].id, sent[i].op);
          weft_page_tree_validate (late);
        }

  fuzz_check (weft_page_tree_get_n_pages (tree) == weft_page_tree_get_n_pages (late), "trees have other pages");
  for (guint i = 0; i < 10; i++)
    {
      WeftPageId page = { 0 }, a, b;
      gboolean has_a, has_b;

      page.bytes[0] = i;
      has_a = weft_page_tree_get_parent (tree, &page, &a);
      has_b = weft_page_tree_get_parent (late, &page, &b);
      fuzz_check (has_a == has_b && (!has_a || memcmp (&a, &b, sizeof a) == 0), "a page has another parent");
      fuzz_check (!has_a || weft_page_tree_get_index (tree, &page) == weft_page_tree_get_index (late, &page),
                  "a page has another place");
    }
  for (guint i = 0; i < n; i++)
    weft_op_free (sent[i].op);
}

/* A notebook, a note and a board made of updates that strangers wrote. */
void
fuzz_notebook (const guint8 *data,
               gsize         size)
{
  FuzzInput input = { data, size };
  g_autoptr(WeftDoc) doc = fuzz_doc_new (1, FALSE);
  g_autoptr(WeftNotebookDoc) notebook = weft_notebook_doc_new (doc);
  g_autoptr(WeftUsers) users = weft_users_new (doc);
  g_autoptr(GPtrArray) pages = NULL, elements = NULL, lines = NULL;
  g_autoptr(GArray) edited = NULL;
  g_autofree char *title = NULL, *drawing = NULL;
  WeftPageId page;

  while (!fuzz_input_done (&input))
    {
      g_autoptr(GBytes) update = fuzz_input_byte (&input) & 1 ? fuzz_input_part (&input) : fuzz_input_rest (&input);

      if (!weft_doc_apply_update (doc, update, NULL, NULL))
        continue;
      weft_page_tree_validate (weft_notebook_doc_get_tree (notebook));
    }
  title = weft_notebook_doc_dup_title (notebook);
  edited = weft_notebook_doc_list_edited (notebook);
  pages = weft_conflicts_list_pages (notebook, users);
  elements = weft_conflicts_list_elements (doc, users);
  lines = weft_conflicts_list_lines (doc, users);
  drawing = weft_excalidraw_write (doc, NULL, NULL);
  weft_notebook_doc_create_page (notebook, &weft_page_id_root, WEFT_PAGE_LAST, NULL, "new", 1, &page);
  weft_notebook_doc_trash (notebook, &page);
  weft_notebook_doc_undo (notebook);
  for (guint i = 0; i < pages->len; i++)
    weft_conflict_settle_page (g_ptr_array_index (pages, i), notebook, i % 2, "somebody");
  for (guint i = 0; i < elements->len; i++)
    weft_conflict_settle_content (g_ptr_array_index (elements, i), doc, NULL, i % 2, "somebody");
  for (guint i = 0; i < lines->len; i++)
    weft_conflict_settle_content (g_ptr_array_index (lines, i), doc, NULL, i % 2, "somebody");
  weft_page_tree_validate (weft_notebook_doc_get_tree (notebook));
  fuzz_doc_check (doc);
}

void
fuzz_ink (const guint8 *data,
          gsize         size)
{
  g_autoptr(GBytes) bytes = g_bytes_new (data, size), encoded = NULL;
  g_autoptr(WeftInk) ink = weft_ink_decode (bytes), again = NULL, smooth = NULL, moved = NULL;
  g_autoptr(GArray) outline = NULL;
  gsize n, n_again;

  if (ink == NULL)
    return;
  weft_ink_get_points (ink, &n);
  fuzz_check (n > 0 && n <= WEFT_INK_MAX_POINTS, "a stroke has no points, or too many");
  weft_ink_get_bounds (ink);
  encoded = weft_ink_encode (ink, size % 17);
  again = weft_ink_decode (encoded);
  fuzz_check (again != NULL, "a stroke does not come back");
  weft_ink_get_points (again, &n_again);
  fuzz_check (n == n_again, "a stroke comes back with other points");
  moved = weft_ink_translate (ink, 3, -4);
  smooth = weft_ink_smooth (ink, 0.5);
  outline = weft_ink_outline (smooth, 4, 0.5, 1);
}

/* The properties of an element, from the value that a document holds. */
void
fuzz_element (const guint8 *data,
              gsize         size)
{
  g_autoptr(WeftAny) value = weft_any_from_json ((const char *) data, size, NULL);
  g_autoptr(WeftElement) element = NULL, copy = NULL;
  g_autoptr(WeftDoc) doc = NULL;
  g_autoptr(GArray) outline = NULL;
  g_autofree char *json = NULL;
  WeftBox box;
  WeftPoint point = { 3, 4 };
  gboolean closed;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return;
  element = weft_element_new_from_any ("id", value);
  copy = weft_element_copy (element);
  box = weft_element_get_draw_bounds (copy);
  fuzz_check (!isnan (box.x1) && !isnan (box.y1) && !isnan (box.x2) && !isnan (box.y2), "an element is nowhere");
  outline = weft_element_get_outline (element, &closed);
  weft_element_hit (element, point, 2);
  weft_element_contains (element, point);
  weft_element_attach (element, 0.5, 0.25, point, 3);

  doc = fuzz_doc_new (1, FALSE);
  weft_element_create (weft_doc_get_map (doc, "board"), "id", value);
  weft_element_update (weft_doc_get_map (doc, "board"), "id", value);
  json = weft_excalidraw_write (doc, NULL, NULL);
  fuzz_check (g_utf8_validate (json, -1, NULL), "a drawing is not UTF-8");
  fuzz_doc_check (doc);
}

/* Any text is read, and what is written of it is read again. */
void
fuzz_markdown (const guint8 *data,
               gsize         size)
{
  static const WeftMarkdownOptions options = { .take_title = TRUE };
  g_autofree char *title = NULL, *title_again = NULL, *written = NULL;
  g_autoptr(WeftDelta) delta = weft_markdown_read ((const char *) data, size, &options, &title, NULL), again = NULL;
  g_autoptr(WeftDoc) doc = fuzz_doc_new (1, FALSE);

  fuzz_check (delta != NULL, "Markdown cannot be read");
  weft_text_apply_delta (weft_doc_get_text (doc, "quill"), delta);
  fuzz_doc_check (doc);
  written = weft_markdown_write (delta, &(WeftMarkdownOptions) { .title = title });
  fuzz_check (g_utf8_validate (written, -1, NULL), "Markdown is not UTF-8");
  again = weft_markdown_read (written, -1, &options, &title_again, NULL);
  fuzz_check (again != NULL, "written Markdown cannot be read");
}

static char *
add_file_cb (GBytes     *bytes,
             const char *media_type,
             gpointer    user_data)
{
  return g_strdup ("weft:asset/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
}

void
fuzz_excalidraw (const guint8 *data,
                 gsize         size)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(WeftExcalidraw) drawing = weft_excalidraw_read ((const char *) data, size, add_file_cb, NULL, &error);
  g_autoptr(WeftDoc) doc = NULL;
  g_autofree char *json = NULL;

  fuzz_check ((drawing == NULL) == (error != NULL), "a drawing is refused without an error, or taken with one");
  if (drawing == NULL)
    return;
  doc = fuzz_doc_new (1, FALSE);
  weft_excalidraw_insert (drawing, doc);
  fuzz_doc_check (doc);
  json = weft_excalidraw_write (doc, NULL, NULL);
  {
    g_autoptr(WeftExcalidraw) again = weft_excalidraw_read (json, strlen (json), add_file_cb, NULL, NULL);

    fuzz_check (again != NULL, "a written drawing cannot be read");
  }
}

/* Two keys, with which anything may stand in a document: the new one lies between where that is possible. */
void
fuzz_fractional_index (const guint8 *data,
                       gsize         size)
{
  FuzzInput input = { data, size };
  gsize n = fuzz_input_byte (&input) % 32;
  const guint8 *middle = data + MIN (size, input.pos + n);
  g_autofree char *lower = g_strndup ((const char *) data + input.pos, middle - data - input.pos);
  g_autofree char *upper = g_strndup ((const char *) middle, data + size - middle);
  gboolean valid = weft_fractional_index_is_valid (lower) && weft_fractional_index_is_valid (upper);
  g_autofree char *between = weft_fractional_index_between (lower, upper);
  g_autofree char *jittered = weft_fractional_index_jittered (lower, upper, size * 2654435761u);
  g_autofree char *after = weft_fractional_index_between (lower, NULL);
  g_autofree char *before = weft_fractional_index_between (NULL, upper);
  g_auto(GStrv) several = weft_fractional_index_n_between (lower, upper, size % 8);

  if (!valid || strcmp (lower, upper) >= 0)
    return;
  fuzz_check (strcmp (lower, between) < 0 && strcmp (between, upper) < 0, "a key is not between the two");
  fuzz_check (strcmp (lower, jittered) < 0 && strcmp (jittered, upper) < 0, "a jittered key is not between the two");
  fuzz_check (strcmp (lower, after) < 0 && strcmp (before, upper) < 0, "a key is on the wrong side");
  fuzz_check (weft_fractional_index_is_valid (between) && weft_fractional_index_is_valid (after), "a key is not of the scheme");
  for (guint i = 0; several[i] != NULL; i++)
    fuzz_check (strcmp (i > 0 ? several[i - 1] : lower, several[i]) < 0 && strcmp (several[i], upper) < 0,
                "keys are not in order");
}
