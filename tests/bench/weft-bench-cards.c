/* weft-bench-cards.c - what it costs to look for conflicts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The notebook doc is looked at on the application's main thread, pages on a copy in a thread.
 */

#include "config.h"

#include "weft-bench-cards.h"

#include "crdt/weft-type.h"
#include "notebook/weft-conflicts.h"
#include "notebook/weft-stretches.h"

#define N_PAGES 100000
#define N_NOTE_ITEMS 100000
#define N_ELEMENTS 50000
#define N_MEETINGS 50
#define N_EDITS 100
#define N_LOOKS 5

typedef struct
{
  WeftDoc             *doc;
  WeftNotebookDoc     *notebook; /* nullable */
  WeftUsers           *users;
  WeftStretchRecorder *recorder;
  gint64               now_ms;
} Peer;

typedef GPtrArray *(*LookFunc) (Peer *peer);

static gint64
now_cb (gpointer user_data)
{
  return ((Peer *) user_data)->now_ms;
}

static void
peer_init (Peer       *peer,
           const char *name,
           gboolean    has_pages)
{
  *peer = (Peer){ .doc = weft_doc_new (), .now_ms = 1000 };
  if (has_pages)
    peer->notebook = weft_notebook_doc_new (peer->doc);
  peer->users = weft_users_new (peer->doc);
  weft_users_set_user (peer->users, name);
  peer->recorder = weft_stretch_recorder_new (peer->doc, now_cb, peer);
  weft_stretch_recorder_set_user (peer->recorder, name);
}

static void
peer_clear (Peer *peer)
{
  weft_stretch_recorder_free (peer->recorder);
  weft_users_free (peer->users);
  weft_notebook_doc_free (peer->notebook);
  weft_doc_free (peer->doc);
}

static void
send_all (Peer *from,
          Peer *to)
{
  g_autoptr(WeftStateVector) state = weft_doc_get_state_vector (to->doc);
  g_autoptr(GBytes) update = weft_doc_encode_diff (from->doc, state);

  g_assert_true (weft_doc_apply_update (to->doc, update, NULL, NULL));
}

static void
meet (Peer *a,
      Peer *b)
{
  a->now_ms = b->now_ms += 1000;
  weft_users_flush (a->users);
  weft_users_flush (b->users);
  send_all (a, b);
  send_all (b, a);
  weft_stretch_recorder_meet (a->recorder);
  weft_stretch_recorder_meet (b->recorder);
  send_all (a, b);
  send_all (b, a);
}

static void
part (Peer *a,
      Peer *b)
{
  weft_stretch_recorder_part (a->recorder);
  weft_stretch_recorder_part (b->recorder);
}

/* The first look after a meeting, and the best of those after it. */
static void
measure (WeftPrintFigure print,
         const char     *name,
         Peer           *peer,
         LookFunc        look)
{
  g_autofree char *first = g_strconcat (name, ", first look", NULL);
  g_autofree char *next = g_strconcat (name, ", next looks", NULL);
  double best = G_MAXDOUBLE;

  for (guint i = 0; i <= N_LOOKS; i++)
    {
      gint64 start = g_get_monotonic_time ();
      g_autoptr(GPtrArray) cards = look (peer);
      double ms = (double) (g_get_monotonic_time () - start) / 1000;

      if (i == 0)
        print (first, ms, "ms");
      else
        best = MIN (best, ms);
    }
  print (next, best, "ms");
}

static GPtrArray *
look_at_pages (Peer *peer)
{
  return weft_conflicts_list_pages (peer->notebook, peer->users);
}

static GPtrArray *
look_at_lines (Peer *peer)
{
  return weft_conflicts_list_lines (peer->doc, peer->users);
}

static GPtrArray *
look_at_elements (Peer *peer)
{
  return weft_conflicts_list_elements (peer->doc, peer->users);
}

static guint
any_of (guint n)
{
  return (guint) g_random_int_range (0, (gint32) n);
}

static void
bench_tree (WeftPrintFigure print)
{
  g_autofree WeftPageId *pages = g_new (WeftPageId, N_PAGES);
  Peer a, b;

  peer_init (&a, "Lina · laptop", TRUE);
  peer_init (&b, "Otto · phone", TRUE);
  for (guint i = 0; i < N_PAGES; i++)
    weft_notebook_doc_create_page (a.notebook, i < 100 ? &weft_page_id_root : &pages[i % 100], WEFT_PAGE_LAST, NULL,
                                   "page", 1000, &pages[i]);
  meet (&a, &b);
  for (guint i = 0; i < N_MEETINGS; i++)
    {
      part (&a, &b);
      for (guint j = 0; j < N_EDITS; j++)
        {
          weft_notebook_doc_move (a.notebook, &pages[100 + any_of (N_PAGES - 100)], &pages[any_of (100)],
                                  WEFT_PAGE_LAST);
          weft_notebook_doc_set_string (b.notebook, &pages[any_of (N_PAGES)], WEFT_PAGE_TITLE, "title");
        }
      meet (&a, &b);
    }
  measure (print, "100,000 pages, 100 stretches of 100", &a, look_at_pages);

  part (&a, &b);
  weft_notebook_doc_set_string (a.notebook, &pages[0], WEFT_PAGE_TITLE, "title");
  for (guint i = 0; i < N_PAGES; i++)
    weft_notebook_doc_move (b.notebook, &pages[100 + any_of (N_PAGES - 100)], &pages[any_of (100)], WEFT_PAGE_LAST);
  meet (&a, &b);
  measure (print, "and 100,000 moves against one edit", &a, look_at_pages);
  peer_clear (&a);
  peer_clear (&b);
}

static void
bench_note (WeftPrintFigure print)
{
  WeftType *text, *other;
  Peer a, b;

  peer_init (&a, "Lina · laptop", FALSE);
  peer_init (&b, "Otto · phone", FALSE);
  text = weft_doc_get_text (a.doc, "quill");
  other = weft_doc_get_text (b.doc, "quill");
  weft_doc_begin (a.doc, NULL);
  for (guint i = 0; i < N_NOTE_ITEMS; i++)
    {
      /* Never where the last one ended, so that each stays an item. */
      guint64 length = weft_type_get_length (text);

      weft_text_insert (text, i % 2 ? length : length / 2, i % 11 ? "some text " : "next line\n", -1, NULL);
    }
  weft_doc_commit (a.doc);
  meet (&a, &b);
  for (guint i = 0; i < N_MEETINGS * 2; i++)
    {
      part (&a, &b);
      for (guint j = 0; j < N_EDITS / 2; j++)
        {
          weft_text_insert (text, any_of ((guint) weft_type_get_length (text)), "word ", -1, NULL);
          weft_text_delete (other, any_of ((guint) weft_type_get_length (other) - 10), 3);
        }
      meet (&a, &b);
    }
  measure (print, "a note of 1 MB, 200 stretches of 50", &a, look_at_lines);
  peer_clear (&a);
  peer_clear (&b);
}

static void
bench_board (WeftPrintFigure print)
{
  static const char *const keys[] = { "x", "y", "width", "height", "strokeColor", "angle", "opacity", "fillStyle" };
  g_autoptr(WeftAny) value = weft_any_new_number (3);
  g_autoptr(WeftAny) other = weft_any_new_number (4);
  Peer a, b;

  peer_init (&a, "Lina · laptop", FALSE);
  peer_init (&b, "Otto · phone", FALSE);
  weft_doc_begin (a.doc, NULL);
  for (guint i = 0; i < N_ELEMENTS; i++)
    {
      g_autofree char *name = g_strdup_printf ("e%u", i);
      WeftType *element = weft_map_set_type (weft_doc_get_map (a.doc, "board"), name, WEFT_KIND_MAP);

      for (guint j = 0; j < G_N_ELEMENTS (keys); j++)
        weft_map_set (element, keys[j], value);
    }
  weft_doc_commit (a.doc);
  meet (&a, &b);
  for (guint i = 0; i < N_MEETINGS; i++)
    {
      part (&a, &b);
      for (guint j = 0; j < N_EDITS; j++)
        {
          Peer *peer = j % 2 ? &a : &b;
          g_autofree char *name = g_strdup_printf ("e%u", any_of (N_ELEMENTS));

          weft_map_set (weft_map_get_type (weft_doc_get_map (peer->doc, "board"), name), keys[any_of (G_N_ELEMENTS (keys))],
                        other);
        }
      meet (&a, &b);
    }
  measure (print, "a board of 50,000, 100 stretches of 50", &a, look_at_elements);
  peer_clear (&a);
  peer_clear (&b);
}

void
bench_conflict_cards (WeftPrintFigure print)
{
  bench_tree (print);
  bench_note (print);
  bench_board (print);
}
