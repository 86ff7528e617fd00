/* test-note-editing.c - writing in a note: Markdown as one types, keys, undo, composition
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Characters go through the same signals of the buffer as those that the toolkit takes from the
 * keyboard; keys that edit are called by what they do.
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"
#include "model/weft-notebook.h"

#include <adwaita.h>

typedef struct
{
  char             *folder;
  WeftNotebook     *notebook;
  WeftDocument     *document;
  WeftNoteTextView *view;
  GtkTextBuffer    *buffer;
  gboolean          done;
} Fixture;

static void
notebook_opened_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  Fixture *fixture = user_data;
  GError *error = NULL;

  fixture->notebook = weft_notebook_open_finish (result, &error);
  g_assert_no_error (error);
  fixture->done = TRUE;
}

static void
document_opened_cb (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  Fixture *fixture = user_data;
  GError *error = NULL;

  fixture->document = weft_notebook_open_document_finish (WEFT_NOTEBOOK (source), result, &error);
  g_assert_no_error (error);
  fixture->done = TRUE;
}

static void
closed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Fixture *fixture = user_data;

  g_assert_true (weft_notebook_close_finish (WEFT_NOTEBOOK (source), result, NULL));
  fixture->done = TRUE;
}

static void
wait_for (Fixture *fixture)
{
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
  fixture->done = FALSE;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  g_autoptr(GFile) file = NULL;
  g_autofree char *path = NULL;
  WeftPage *page;

  fixture->folder = g_dir_make_tmp ("weft-note-XXXXXX", NULL);
  path = g_build_filename (fixture->folder, "notebook.weft", NULL);
  file = g_file_new_for_path (path);
  weft_notebook_open_async (file, NULL, NULL, notebook_opened_cb, fixture);
  wait_for (fixture);
  page = weft_notebook_create_page (fixture->notebook, WEFT_PAGE_NOTE, "Page", NULL, NULL);
  weft_notebook_open_document_async (fixture->notebook, page, NULL, document_opened_cb, fixture);
  wait_for (fixture);

  fixture->view = g_object_ref_sink (WEFT_NOTE_TEXT_VIEW (weft_note_text_view_new ()));
  weft_note_text_view_set_document (fixture->view, fixture->document);
  /* It follows every change of the buffer. */
  weft_note_text_view_set_check_spelling (fixture->view, TRUE);
  fixture->buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (fixture->view));
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_autoptr(GFile) folder = g_file_new_for_path (fixture->folder);
  g_autoptr(GFileEnumerator) files = NULL;
  GFile *file;

  weft_note_text_view_set_document (fixture->view, NULL);
  g_clear_object (&fixture->view);
  g_clear_object (&fixture->document);
  weft_notebook_close_async (fixture->notebook, closed_cb, fixture);
  wait_for (fixture);
  g_clear_object (&fixture->notebook);

  files = g_file_enumerate_children (folder, "standard::name", 0, NULL, NULL);
  while (g_file_enumerator_iterate (files, NULL, &file, NULL, NULL) && file != NULL)
    g_file_delete (file, NULL, NULL);
  g_file_delete (folder, NULL, NULL);
  g_free (fixture->folder);
}

/* As the toolkit does it: a user action for each character. "\n" is Enter, "\b" Backspace, "\t" Tab. */
static void
type (Fixture    *fixture,
      const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      if (*p == '\n')
        g_assert_true (weft_note_text_view_enter (fixture->view));
      else if (*p == '\t')
        weft_note_text_view_tab (fixture->view, FALSE);
      else if (*p == '\b')
        {
          if (!weft_note_text_view_backspace (fixture->view))
            g_signal_emit_by_name (fixture->view, "backspace");
        }
      else
        gtk_text_buffer_insert_interactive_at_cursor (fixture->buffer, p, g_utf8_next_char (p) - p, TRUE);
    }
}

/* The toolkit begins a user action around what is typed. */
static void
type_in_actions (Fixture    *fixture,
                 const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      g_autofree char *c = g_strndup (p, g_utf8_next_char (p) - p);

      gtk_text_buffer_begin_user_action (fixture->buffer);
      type (fixture, c);
      gtk_text_buffer_end_user_action (fixture->buffer);
    }
}

static void
assert_says (Fixture    *fixture,
             const char *json)
{
  g_autoptr(WeftDelta) delta = weft_text_to_delta (weft_document_get_text (fixture->document));
  g_autofree char *said = weft_delta_to_json (delta);
  GError *error = NULL;

  g_assert_cmpstr (said, ==, json);
  weft_note_binding_check (weft_note_text_view_get_binding (fixture->view), &error);
  g_assert_no_error (error);
}

typedef struct
{
  const char *path;
  const char *typed;
  const char *says;
  const char *undone; /* after one undo; %NULL: not tried */
} Typing;

static const Typing typings[] = {
  { "/app/note/editing/heading", "## Two\nx",
    "[{\"insert\":\"Two\"},{\"insert\":\"\\n\",\"attributes\":{\"header\":2}},{\"insert\":\"x\\n\"}]", NULL },
  { "/app/note/editing/heading-undo", "# ", "[{\"insert\":\"\\n\",\"attributes\":{\"header\":1}}]",
    "[{\"insert\":\"# \"}]" },
  { "/app/note/editing/bullets-end-with-an-empty-one", "- a\nb\n\nc",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}},{\"insert\":\"c\\n\"}]",
    NULL },
  { "/app/note/editing/numbers", "1. a", "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"ordered\"}}]",
    NULL },
  { "/app/note/editing/checks", "[x] a\nb",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"checked\"}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"unchecked\"}}]",
    NULL },
  { "/app/note/editing/bullet-becomes-check", "- [ ] a",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"unchecked\"}}]", NULL },
  { "/app/note/editing/quote", "> q\n\np",
    "[{\"insert\":\"q\"},{\"insert\":\"\\n\",\"attributes\":{\"blockquote\":true}},{\"insert\":\"p\\n\"}]", NULL },
  { "/app/note/editing/fence", "```c\nint x;\n# no\n\n",
    "[{\"insert\":\"int x;\"},{\"insert\":\"\\n\",\"attributes\":{\"code-block\":\"c\"}},{\"insert\":\"# no\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"code-block\":\"c\"}},{\"insert\":\"\\n\"}]",
    NULL },
  { "/app/note/editing/divider", "a\n---b", "[{\"insert\":\"a\\n\"},{\"insert\":{\"divider\":true}},{\"insert\":\"\\nb\\n\"}]",
    NULL },
  { "/app/note/editing/bold", "a **b** c",
    "[{\"insert\":\"a \"},{\"insert\":\"b\",\"attributes\":{\"bold\":true}},{\"insert\":\" c\"}]", NULL },
  { "/app/note/editing/bold-undo", "a **b**",
    "[{\"insert\":\"a \"},{\"insert\":\"b\",\"attributes\":{\"bold\":true}}]", "[{\"insert\":\"a **b**\"}]" },
  { "/app/note/editing/italic-of-both-kinds", "*a* _b_ c_d_e 2*3*4",
    "[{\"insert\":\"a\",\"attributes\":{\"italic\":true}},{\"insert\":\" \"},"
    "{\"insert\":\"b\",\"attributes\":{\"italic\":true}},{\"insert\":\" c_d_e 2\"},"
    "{\"insert\":\"3\",\"attributes\":{\"italic\":true}},{\"insert\":\"4\"}]",
    NULL },
  { "/app/note/editing/code-is-left-alone", "`a*b*`c",
    "[{\"insert\":\"a*b*\",\"attributes\":{\"code\":true}},{\"insert\":\"c\"}]", NULL },
  { "/app/note/editing/strike", "~~a~~",
    "[{\"insert\":\"a\",\"attributes\":{\"strike\":true}}]", NULL },
  { "/app/note/editing/link", "see [w](https://w.example)x",
    "[{\"insert\":\"see \"},{\"insert\":\"w\",\"attributes\":{\"link\":\"https://w.example\"}},{\"insert\":\"x\"}]",
    NULL },
  { "/app/note/editing/address", "(https://w.example/a). b",
    "[{\"insert\":\"(\"},{\"insert\":\"https://w.example/a\",\"attributes\":{\"link\":\"https://w.example/a\"}},"
    "{\"insert\":\"). b\"}]",
    NULL },
  { "/app/note/editing/backspace-takes-the-format-first", "- a\n\t\b\b\bb",
    "[{\"insert\":\"ab\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}}]", NULL },
  { "/app/note/editing/tab-indents", "- a\n\tb",
    "[{\"insert\":\"a\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}},{\"insert\":\"b\"},"
    "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\",\"indent\":1}}]",
    NULL },
  { "/app/note/editing/emoji", "😀 **é😀**x",
    "[{\"insert\":\"😀 \"},{\"insert\":\"é😀\",\"attributes\":{\"bold\":true}},{\"insert\":\"x\"}]", NULL },
};

static void
test_typing (Fixture      *fixture,
             gconstpointer data)
{
  const Typing *row = data;

  type (fixture, row->typed);
  assert_says (fixture, row->says);
  if (row->undone != NULL)
    {
      weft_note_text_view_undo (fixture->view);
      assert_says (fixture, row->undone);
      weft_note_text_view_redo (fixture->view);
      assert_says (fixture, row->says);
    }
}

static void
test_typing_in_actions (Fixture      *fixture,
                        gconstpointer data)
{
  type_in_actions (fixture, "- a **b** ");
  assert_says (fixture, "[{\"insert\":\"a \"},{\"insert\":\"b\",\"attributes\":{\"bold\":true}},{\"insert\":\" \"},"
                        "{\"insert\":\"\\n\",\"attributes\":{\"list\":\"bullet\"}}]");
}

static void
test_typing_marks (Fixture      *fixture,
                   gconstpointer data)
{
  WeftNoteState state;

  type (fixture, "a");
  weft_note_text_view_toggle_mark (fixture->view, "bold");
  weft_note_text_view_get_state (fixture->view, &state);
  g_assert_true (state.bold);
  type (fixture, "bc");
  weft_note_text_view_toggle_mark (fixture->view, "bold");
  type (fixture, "d");
  assert_says (fixture, "[{\"insert\":\"a\"},{\"insert\":\"bc\",\"attributes\":{\"bold\":true}},{\"insert\":\"d\"}]");
}

static void
test_selection_marks (Fixture      *fixture,
                      gconstpointer data)
{
  GtkTextIter start, end;

  type (fixture, "one\ntwo");
  gtk_text_buffer_get_bounds (fixture->buffer, &start, &end);
  gtk_text_buffer_select_range (fixture->buffer, &start, &end);
  weft_note_text_view_toggle_mark (fixture->view, "italic");
  weft_note_text_view_toggle_list (fixture->view, WEFT_NOTE_LIST_UNCHECKED);
  weft_note_text_view_toggle_check (fixture->view, 1);
  weft_note_text_view_toggle_mark (fixture->view, "italic");
  assert_says (fixture, "[{\"insert\":\"one\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"unchecked\"}},"
                        "{\"insert\":\"two\"},{\"insert\":\"\\n\",\"attributes\":{\"list\":\"checked\"}}]");
}

/* Ours is taken back, theirs stays. */
static void
test_undo_is_ours (Fixture      *fixture,
                   gconstpointer data)
{
  g_autoptr(WeftDoc) other = weft_doc_new ();
  g_autoptr(GBytes) update = NULL;
  g_autoptr(GBytes) answer = NULL;
  g_autoptr(GError) error = NULL;

  type (fixture, "mine");
  update = weft_doc_encode_state (weft_document_get_doc (fixture->document));
  g_assert_true (weft_doc_apply_update (other, update, NULL, &error));
  weft_text_insert (weft_doc_get_text (other, "quill"), 4, " theirs", -1, NULL);
  answer = weft_doc_encode_state (other);
  g_assert_true (weft_doc_apply_update (weft_document_get_doc (fixture->document), answer, other, &error));
  assert_says (fixture, "[{\"insert\":\"mine theirs\"}]");

  weft_note_text_view_undo (fixture->view);
  assert_says (fixture, "[{\"insert\":\" theirs\"}]");
}

/* What another writes while we compose comes in, and our caret is not moved by hand: that would end
 * the composition. */
static void
mark_moved_cb (GtkTextBuffer *buffer,
               GtkTextIter   *iter,
               GtkTextMark   *mark,
               gpointer       n_moves)
{
  if (mark == gtk_text_buffer_get_insert (buffer))
    ++*(guint *) n_moves;
}

static void
test_composition (Fixture      *fixture,
                  gconstpointer data)
{
  WeftType *text = weft_document_get_text (fixture->document);
  guint n_moves = 0;

  type (fixture, "ab");
  g_signal_emit_by_name (fixture->view, "preedit-changed", "に");
  g_signal_connect (fixture->buffer, "mark-set", G_CALLBACK (mark_moved_cb), &n_moves);
  weft_text_insert (text, 0, "theirs ", -1, NULL);
  weft_text_insert (text, 9, " after", -1, NULL);
  g_assert_cmpuint (n_moves, ==, 0);
  g_signal_handlers_disconnect_by_func (fixture->buffer, mark_moved_cb, &n_moves);
  g_signal_emit_by_name (fixture->view, "preedit-changed", "");
  assert_says (fixture, "[{\"insert\":\"theirs ab after\"}]");
}

static void
test_link (Fixture      *fixture,
           gconstpointer data)
{
  g_autofree char *uri = NULL;
  GtkTextIter start, end;

  type (fixture, "see that");
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &start, 4);
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &end, 8);
  gtk_text_buffer_select_range (fixture->buffer, &start, &end);
  weft_note_text_view_set_link (fixture->view, "https://w.example", "");
  assert_says (fixture, "[{\"insert\":\"see \"},{\"insert\":\"that\",\"attributes\":{\"link\":\"https://w.example\"}}]");

  /* From inside the link all of it is meant. */
  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &start, 6);
  gtk_text_buffer_place_cursor (fixture->buffer, &start);
  uri = weft_note_text_view_dup_link (fixture->view, NULL);
  g_assert_cmpstr (uri, ==, "https://w.example");
  weft_note_text_view_set_link (fixture->view, "", "");
  assert_says (fixture, "[{\"insert\":\"see that\"}]");
}

/* Through the clipboard of this process. */
static void
copy_and_paste (Fixture *fixture)
{
  GtkTextIter start, end;
  int before;

  gtk_text_buffer_get_bounds (fixture->buffer, &start, &end);
  gtk_text_buffer_select_range (fixture->buffer, &start, &end);
  g_signal_emit_by_name (fixture->view, "copy-clipboard");
  weft_note_binding_get_end (weft_note_text_view_get_binding (fixture->view), &end);
  gtk_text_buffer_place_cursor (fixture->buffer, &end);
  before = gtk_text_buffer_get_char_count (fixture->buffer);
  g_signal_emit_by_name (fixture->view, "paste-clipboard");
  while (gtk_text_buffer_get_char_count (fixture->buffer) == before)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_paste (Fixture      *fixture,
            gconstpointer data)
{
  type (fixture, "# H\n**b** x\n");
  copy_and_paste (fixture);
  assert_says (fixture, "[{\"insert\":\"H\"},{\"insert\":\"\\n\",\"attributes\":{\"header\":1}},"
                        "{\"insert\":\"b\",\"attributes\":{\"bold\":true}},{\"insert\":\" x\\nH\"},"
                        "{\"insert\":\"\\n\",\"attributes\":{\"header\":1}},"
                        "{\"insert\":\"b\",\"attributes\":{\"bold\":true}},{\"insert\":\" x\\n\\n\"}]");
}

static gboolean
has_text (Fixture    *fixture,
          const char *wanted)
{
  g_autofree char *text = weft_text_to_string (weft_document_get_text (fixture->document));

  return strstr (text, wanted) != NULL;
}

static void
test_paste_markdown (Fixture      *fixture,
                     gconstpointer data)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (fixture->view));

  gdk_clipboard_set_text (clipboard, "# H\r\n\r\n- a\r\n- [ ] b\r\n");
  g_signal_emit_by_name (fixture->view, "paste-clipboard");
  while (!has_text (fixture, "H\na\nb"))
    g_main_context_iteration (NULL, TRUE);

  /* Undo gives the text as it was pasted. */
  weft_note_text_view_undo (fixture->view);
  g_assert_true (has_text (fixture, "# H\n\n- a\n- [ ] b"));
}

static gboolean
is_colored (Fixture *fixture,
            int      offset)
{
  GtkTextIter iter;
  g_autoptr(GSList) tags = NULL;

  gtk_text_buffer_get_iter_at_offset (fixture->buffer, &iter, offset);
  tags = gtk_text_iter_get_tags (&iter);
  for (GSList *l = tags; l != NULL; l = l->next)
    {
      gboolean set;

      g_object_get (l->data, "foreground-set", &set, NULL);
      if (set)
        return TRUE;
    }

  return FALSE;
}

/* Code has colours, and the document knows nothing of them. */
static void
test_highlight (Fixture      *fixture,
                gconstpointer data)
{
  type (fixture, "```c\nreturn 1;");
  while (!is_colored (fixture, 2))
    g_main_context_iteration (NULL, TRUE);
  assert_says (fixture, "[{\"insert\":\"return 1;\"},{\"insert\":\"\\n\",\"attributes\":{\"code-block\":\"c\"}}]");

  weft_note_text_view_toggle_code (fixture->view);
  while (is_colored (fixture, 2))
    g_main_context_iteration (NULL, TRUE);
  assert_says (fixture, "[{\"insert\":\"return 1;\\n\"}]");
}

static gboolean
shows_picture (Fixture *fixture)
{
  GtkWidget *stack
      = fixture->view->embeds->len > 0 ? g_ptr_array_index (fixture->view->embeds, 0) : NULL;

  return stack != NULL && g_strcmp0 (gtk_stack_get_visible_child_name (GTK_STACK (stack)), "picture") == 0;
}

static void
test_image (Fixture      *fixture,
            gconstpointer data)
{
  static const guchar pixels[4 * 4 * 3] = { 255 };
  g_autoptr(GBytes) bytes = g_bytes_new_static (pixels, sizeof pixels);
  g_autoptr(GdkTexture) texture = gdk_memory_texture_new (4, 4, GDK_MEMORY_R8G8B8, bytes, 12);
  g_autoptr(GBytes) png = gdk_texture_save_to_png_bytes (texture);
  g_autofree char *said = NULL;
  g_autoptr(WeftDelta) delta = NULL;
  g_autoptr(GError) error = NULL;

  type (fixture, "before");
  g_assert_true (weft_note_text_view_insert_image (fixture->view, png, "A red dot", &error));
  g_assert_no_error (error);
  type (fixture, "after");
  delta = weft_text_to_delta (weft_document_get_text (fixture->document));
  said = weft_delta_to_json (delta);
  g_assert_true (g_str_has_prefix (said, "[{\"insert\":\"before\\n\"},{\"insert\":{\"image\":\"weft:asset/"));
  g_assert_nonnull (strstr (said, "\"attributes\":{\"alt\":\"A red dot\"}},{\"insert\":\"\\nafter"));

  while (!shows_picture (fixture))
    g_main_context_iteration (NULL, TRUE);

  /* Taken back and brought again it is there again, and no widget is left over. */
  weft_note_text_view_undo (fixture->view);
  weft_note_text_view_undo (fixture->view);
  g_assert_cmpuint (fixture->view->embeds->len, ==, 0);
  weft_note_text_view_redo (fixture->view);
  while (!shows_picture (fixture))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->view->embeds->len, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  gtk_source_init ();

  for (guint i = 0; i < G_N_ELEMENTS (typings); i++)
    g_test_add (typings[i].path, Fixture, &typings[i], set_up, test_typing, tear_down);
  g_test_add ("/app/note/editing/typing-in-actions", Fixture, NULL, set_up, test_typing_in_actions, tear_down);
  g_test_add ("/app/note/editing/marks-of-what-is-typed-next", Fixture, NULL, set_up, test_typing_marks, tear_down);
  g_test_add ("/app/note/editing/marks-of-a-selection", Fixture, NULL, set_up, test_selection_marks, tear_down);
  g_test_add ("/app/note/editing/undo-is-ours", Fixture, NULL, set_up, test_undo_is_ours, tear_down);
  g_test_add ("/app/note/editing/composition-goes-on", Fixture, NULL, set_up, test_composition, tear_down);
  g_test_add ("/app/note/editing/set-and-remove-a-link", Fixture, NULL, set_up, test_link, tear_down);
  g_test_add ("/app/note/editing/copy-and-paste", Fixture, NULL, set_up, test_paste, tear_down);
  g_test_add ("/app/note/editing/paste-markdown", Fixture, NULL, set_up, test_paste_markdown, tear_down);

  g_test_add ("/app/note/editing/code-has-colours", Fixture, NULL, set_up, test_highlight, tear_down);
  g_test_add ("/app/note/editing/image", Fixture, NULL, set_up, test_image, tear_down);

  return g_test_run ();
}
