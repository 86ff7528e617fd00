/* board-support.h - boards for tests and benchmarks
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model/weft-notebook.h"
#include "notebook/weft-element.h"

#include <glib/gstdio.h>
#include <math.h>

typedef struct
{
  GMainLoop    *loop;
  GAsyncResult *result;
} TestWait;

static inline void
test_wait_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  TestWait *wait = user_data;

  wait->result = g_object_ref (result);
  g_main_loop_quit (wait->loop);
}

/* A notebook in a folder of its own, with one board, open. */
typedef struct
{
  char         *folder;
  WeftNotebook *notebook;
  WeftDocument *document;
  WeftType     *board;
} TestBoard;

static inline void
test_board_open (TestBoard *self)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr(GFile) file = NULL;
  TestWait wait = { g_main_loop_new (NULL, FALSE), NULL };
  WeftPage *page;

  self->folder = g_dir_make_tmp ("weft-board-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (self->folder, "test.weft", NULL);
  file = g_file_new_for_path (path);

  weft_notebook_open_async (file, NULL, NULL, test_wait_cb, &wait);
  g_main_loop_run (wait.loop);
  self->notebook = weft_notebook_open_finish (wait.result, &error);
  g_assert_no_error (error);
  g_clear_object (&wait.result);

  page = weft_notebook_create_page (self->notebook, WEFT_PAGE_BOARD, "Test", NULL, NULL);
  weft_notebook_open_document_async (self->notebook, page, NULL, test_wait_cb, &wait);
  g_main_loop_run (wait.loop);
  self->document = weft_notebook_open_document_finish (self->notebook, wait.result, &error);
  g_assert_no_error (error);
  g_clear_object (&wait.result);
  g_main_loop_unref (wait.loop);
  self->board = weft_document_get_board (self->document);
}

static inline void
test_board_close (TestBoard *self)
{
  g_autoptr(GDir) dir = NULL;
  TestWait wait = { g_main_loop_new (NULL, FALSE), NULL };
  const char *name;

  g_clear_object (&self->document);
  weft_notebook_close_async (self->notebook, test_wait_cb, &wait);
  g_main_loop_run (wait.loop);
  weft_notebook_close_finish (self->notebook, wait.result, NULL);
  g_clear_object (&wait.result);
  g_main_loop_unref (wait.loop);
  g_clear_object (&self->notebook);

  dir = g_dir_open (self->folder, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (self->folder);
  g_clear_pointer (&self->folder, g_free);
}

/* The properties of one of many: 40 % pen strokes of 40 points, 30 % shapes, 20 % arrows, 10 % texts, in a square
 * of 12,000, 30 % of them in a dense middle of 3,200. The same for the same @rand. (transfer full) */
static inline WeftAny *
test_random_properties (GRand *rand,
                        guint  number)
{
  static const char *const colors[] = { "#1e1e1e", "#e03131", "#2f9e44", "#1971c2", "#f08c00" };
  static const char *const fills[] = { "transparent", "#ffc9c9", "#b2f2bb", "#a5d8ff" };
  WeftAny *self = weft_any_new_object ();
  gboolean dense = g_rand_double (rand) < 0.3;
  double x = dense ? g_rand_double_range (rand, 4400, 7600) : g_rand_double_range (rand, 0, 12000);
  double y = dense ? g_rand_double_range (rand, 4400, 7600) : g_rand_double_range (rand, 0, 12000);
  double width = g_rand_double_range (rand, 30, 160);
  double height = g_rand_double_range (rand, 30, 120);
  guint choice = number % 10;
  char index[16];

  g_snprintf (index, sizeof index, "b%06u", number);
  weft_any_object_take (self, "index", weft_any_new_string (index));
  weft_any_object_take (self, "x", weft_any_new_number (round (x)));
  weft_any_object_take (self, "y", weft_any_new_number (round (y)));
  weft_any_object_take (self, "strokeColor",
                        weft_any_new_string (colors[g_rand_int_range (rand, 0, 5)]));

  if (choice < 4)
    {
      WeftInkPoint points[40];
      g_autoptr(WeftInk) ink = NULL;
      WeftBox bounds;

      for (guint i = 0; i < 40; i++)
        points[i] = (WeftInkPoint) { i * width / 40, height / 2 * (1 + sin (i / 4.0)),
                                     0.3f + 0.4f * (i % 10) / 10 };

      ink = weft_ink_new (points, 40);
      bounds = weft_ink_get_bounds (ink);
      weft_any_object_take (self, "type", weft_any_new_string ("freedraw"));
      weft_any_object_take (self, "strokeWidth", weft_any_new_number (4));
      weft_any_object_take (self, "width", weft_any_new_number (bounds.x2 - bounds.x1));
      weft_any_object_take (self, "height", weft_any_new_number (bounds.y2 - bounds.y1));
      weft_any_object_take (self, "ink", weft_element_ink_to_any (ink, 5));
    }
  else if (choice < 7)
    {
      WeftAny *roundness = weft_any_new_object ();

      weft_any_object_take (roundness, "type", weft_any_new_number (3));
      weft_any_object_take (self, "type", weft_any_new_string (choice < 6 ? "rectangle" : "ellipse"));
      weft_any_object_take (self, "width", weft_any_new_number (round (width)));
      weft_any_object_take (self, "height", weft_any_new_number (round (height)));
      weft_any_object_take (self, "roundness", roundness);
      weft_any_object_take (self, "backgroundColor",
                            weft_any_new_string (fills[g_rand_int_range (rand, 0, 4)]));
    }
  else if (choice < 9)
    {
      const WeftPoint points[2] = { { 0, 0 }, { round (width), round (height) } };

      weft_any_object_take (self, "type", weft_any_new_string ("arrow"));
      weft_any_object_take (self, "points", weft_element_points_to_any (points, 2));
    }
  else
    {
      weft_any_object_take (self, "type", weft_any_new_string ("text"));
      weft_any_object_take (self, "text", weft_any_new_string ("Somebody wrote this"));
      weft_any_object_take (self, "width", weft_any_new_number (190));
      weft_any_object_take (self, "height", weft_any_new_number (25));
    }

  return self;
}

/* @n elements without a document. (element-type WeftElement) */
static inline GPtrArray *
test_random_elements (guint n)
{
  GPtrArray *elements = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
  g_autoptr(GRand) rand = g_rand_new_with_seed (42);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(WeftAny) properties = test_random_properties (rand, i);
      g_autofree char *id = g_strdup_printf ("e%u", i);

      g_ptr_array_add (elements, weft_element_new_from_any (id, properties));
    }

  return elements;
}

/* Writes @n of them into @board, as one transaction. */
static inline void
test_fill_board (WeftType *board,
                 guint     n)
{
  g_autoptr(GRand) rand = g_rand_new_with_seed (42);

  weft_doc_begin (weft_type_get_doc (board), NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr(WeftAny) properties = test_random_properties (rand, i);

      weft_element_create (board, NULL, properties);
    }

  weft_doc_commit (weft_type_get_doc (board));
}
