/* weft-note-spelling-menu.c - what the menu of a note's text says about a word that is misspelled
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#ifdef WEFT_HAVE_SPELLING

#include "app/notes/weft-note-spelling-menu.h"

#include <glib/gi18n.h>

#define MAX_CORRECTIONS 6

struct _WeftNoteSpellingMenu
{
  /* Borrowed */
  GtkTextView        *view;
  GMenu              *menu;
  GtkTextTag         *wrong;
  GtkTextMark        *start, *end; /* the word that the menu is about; the buffer owns them */

  /* Owned */
  SpellingChecker    *checker;
  GSimpleActionGroup *actions;
  GMenu              *corrections;
  GtkGesture         *press; /* the view owns it */
  char               *word;     /* nullable */
  char               *language; /* nullable: chosen while a thread has the dictionary */
  GCancellable       *asking;   /* nullable: a thread has it */
  guint               n_sections;
};

static GtkTextBuffer *
get_buffer (WeftNoteSpellingMenu *self)
{
  return gtk_text_mark_get_buffer (self->start);
}

static void
set_enabled (WeftNoteSpellingMenu *self,
             const char           *name,
             gboolean              enabled)
{
  g_simple_action_set_enabled (
      G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
set_word (WeftNoteSpellingMenu *self,
          char                 *word)
{
  g_free (self->word);
  self->word = word;
  g_menu_remove_all (self->corrections);
  set_enabled (self, "add", word != NULL);
  set_enabled (self, "ignore", word != NULL);
  set_enabled (self, "correct", word != NULL);
}

/* What is underlined anywhere is looked at again: whoever shows a note listens to this. */
static void
tell_all (WeftNoteSpellingMenu *self)
{
  g_object_notify (G_OBJECT (self->checker), "language");
}

/* Chosen here, or in another window: there is one checker. */
static void
language_changed_cb (WeftNoteSpellingMenu *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "language");
  const char *language = spelling_checker_get_language (self->checker);

  g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (language != NULL ? language : ""));
}

/* Corrections */

typedef struct
{
  SpellingChecker *checker;
  char            *word;
} Question;

static void
question_free (Question *question)
{
  g_clear_object (&question->checker);
  g_free (question->word);
  g_free (question);
}

static void
ask_in_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Question *question = data;
  char **words = spelling_checker_list_corrections (question->checker, question->word);

  g_task_return_pointer (task, words != NULL ? words : g_new0 (char *, 1), (GDestroyNotify) g_strfreev);
}

static void
fill (WeftNoteSpellingMenu *self,
      char                **words)
{
  for (guint i = 0; words[i] != NULL && i < MAX_CORRECTIONS; i++)
    {
      g_autoptr(GMenuItem) item = g_menu_item_new (NULL, NULL);
      /* An underscore in a label would be a key. */
      g_auto(GStrv) parts = g_strsplit (words[i], "_", -1);
      g_autofree char *label = g_strjoinv ("__", parts);

      g_menu_item_set_label (item, label);
      g_menu_item_set_action_and_target (item, "spelling.correct", "s", words[i]);
      g_menu_append_item (self->corrections, item);
    }
  if (words[0] == NULL)
    {
      g_autoptr(GMenuItem) item = g_menu_item_new (_ ("No Suggestions"), "spelling.nothing");

      g_menu_append_item (self->corrections, item);
    }
}

static void ask (WeftNoteSpellingMenu *self);

static void
answered_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  WeftNoteSpellingMenu *self = user_data;
  const Question *question = g_task_get_task_data (G_TASK (result));
  g_auto(GStrv) words = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autofree char *language = NULL;

  /* It was cancelled, and what asked is gone. */
  if (words == NULL)
    return;

  g_clear_object (&self->asking);
  language = g_steal_pointer (&self->language);
  if (language != NULL)
    spelling_checker_set_language (self->checker, language);
  if (self->word != NULL && g_str_equal (self->word, question->word))
    fill (self, words);
  else if (self->word != NULL)
    ask (self);
  gtk_widget_queue_draw (GTK_WIDGET (self->view));
}

static void
ask (WeftNoteSpellingMenu *self)
{
  g_autoptr(GTask) task = NULL;
  Question *question;

  if (self->asking != NULL)
    return;

  question = g_new0 (Question, 1);
  question->checker = g_object_ref (self->checker);
  question->word = g_strdup (self->word);
  self->asking = g_cancellable_new ();
  task = g_task_new (NULL, self->asking, answered_cb, self);
  g_task_set_task_data (task, question, (GDestroyNotify) question_free);
  g_task_run_in_thread (task, ask_in_thread);
}

void
weft_note_spelling_menu_point (WeftNoteSpellingMenu *self,
                               const GtkTextIter    *iter)
{
  GtkTextIter start = *iter, end;

  /* Behind the last letter is at the word, too: that is where a caret stands after typing it. */
  if (!gtk_text_iter_has_tag (&start, self->wrong)
      && (!gtk_text_iter_ends_tag (&start, self->wrong) || !gtk_text_iter_backward_char (&start)))
    {
      set_word (self, NULL);
      return;
    }

  end = start;
  if (!gtk_text_iter_starts_tag (&start, self->wrong))
    gtk_text_iter_backward_to_tag_toggle (&start, self->wrong);
  gtk_text_iter_forward_to_tag_toggle (&end, self->wrong);
  gtk_text_buffer_move_mark (get_buffer (self), self->start, &start);
  gtk_text_buffer_move_mark (get_buffer (self), self->end, &end);
  set_word (self, gtk_text_iter_get_slice (&start, &end));
  ask (self);
}

gboolean
weft_note_spelling_menu_is_busy (WeftNoteSpellingMenu *self)
{
  return self->asking != NULL;
}

static void
pressed_cb (GtkGestureClick      *gesture,
            int                   n_press,
            double                x,
            double                y,
            WeftNoteSpellingMenu *self)
{
  GtkTextIter iter;
  int buffer_x, buffer_y;

  gtk_text_view_window_to_buffer_coords (self->view, GTK_TEXT_WINDOW_WIDGET, x, y, &buffer_x, &buffer_y);
  gtk_text_view_get_iter_at_location (self->view, &iter, buffer_x, buffer_y);
  weft_note_spelling_menu_point (self, &iter);
}

/* Actions */

static void
correct_cb (GSimpleAction        *action,
            GVariant             *parameter,
            WeftNoteSpellingMenu *self)
{
  GtkTextBuffer *buffer = get_buffer (self);
  g_autofree char *there = NULL;
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_mark (buffer, &start, self->start);
  gtk_text_buffer_get_iter_at_mark (buffer, &end, self->end);
  there = gtk_text_iter_get_slice (&start, &end);

  /* Somebody else may have changed it while the menu was open. */
  if (!gtk_text_view_get_editable (self->view) || g_strcmp0 (there, self->word) != 0)
    return;

  gtk_text_buffer_begin_user_action (buffer);
  gtk_text_buffer_delete (buffer, &start, &end);
  gtk_text_buffer_insert (buffer, &start, g_variant_get_string (parameter, NULL), -1);
  gtk_text_buffer_end_user_action (buffer);
  set_word (self, NULL);
}

static void
add_cb (GSimpleAction        *action,
        GVariant             *parameter,
        WeftNoteSpellingMenu *self)
{
  spelling_checker_add_word (self->checker, self->word);
  set_word (self, NULL);
  tell_all (self);
}

static void
ignore_cb (GSimpleAction        *action,
           GVariant             *parameter,
           WeftNoteSpellingMenu *self)
{
  spelling_checker_ignore_word (self->checker, self->word);
  set_word (self, NULL);
  tell_all (self);
}

static void
language_cb (GSimpleAction        *action,
             GVariant             *parameter,
             WeftNoteSpellingMenu *self)
{
  set_word (self, NULL);
  if (self->asking == NULL)
    {
      spelling_checker_set_language (self->checker, g_variant_get_string (parameter, NULL));
      return;
    }

  /* The dictionary would be taken away from the thread. */
  g_free (self->language);
  self->language = g_variant_dup_string (parameter, NULL);
}

static void
install_actions (WeftNoteSpellingMenu *self)
{
  static const GActionEntry entries[] = {
    { "correct", (gpointer) correct_cb, "s", NULL, NULL, { 0 } },
    { "add", (gpointer) add_cb, NULL, NULL, NULL, { 0 } },
    { "ignore", (gpointer) ignore_cb, NULL, NULL, NULL, { 0 } },
  };
  g_autoptr(GSimpleAction) choice
      = g_simple_action_new_stateful ("language", G_VARIANT_TYPE_STRING, g_variant_new_string (""));

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  g_signal_connect (choice, "activate", G_CALLBACK (language_cb), self);
  g_action_map_add_action (G_ACTION_MAP (self->actions), G_ACTION (choice));
  g_signal_connect_swapped (self->checker, "notify::language", G_CALLBACK (language_changed_cb), self);
  language_changed_cb (self);
  gtk_widget_insert_action_group (GTK_WIDGET (self->view), "spelling", G_ACTION_GROUP (self->actions));
}

/* The menu */

static GMenu *
new_word_section (void)
{
  GMenu *section = g_menu_new ();
  g_autoptr(GMenuItem) add = g_menu_item_new (_ ("_Add to Dictionary"), "spelling.add");
  g_autoptr(GMenuItem) ignore = g_menu_item_new (_ ("_Ignore"), "spelling.ignore");

  g_menu_item_set_attribute (add, "hidden-when", "s", "action-disabled");
  g_menu_item_set_attribute (ignore, "hidden-when", "s", "action-disabled");
  g_menu_append_item (section, add);
  g_menu_append_item (section, ignore);

  return section;
}

static guint
count_groups (GListModel *languages)
{
  g_autoptr(GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (languages); i++)
    {
      g_autoptr(SpellingLanguage) language = g_list_model_get_item (languages, i);
      const char *group = spelling_language_get_group (language);

      g_hash_table_add (groups, g_strdup (group != NULL ? group : ""));
    }

  return g_hash_table_size (groups);
}

/* Languages of a group, like those of English, stand together where there is more than one group. */
static GMenu *
new_languages (SpellingChecker *checker)
{
  g_autoptr(GListModel) languages = spelling_provider_list_languages (spelling_checker_get_provider (checker));
  g_autoptr(GHashTable) groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  gboolean grouped = count_groups (languages) > 1;
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i < g_list_model_get_n_items (languages); i++)
    {
      g_autoptr(SpellingLanguage) language = g_list_model_get_item (languages, i);
      g_autoptr(GMenuItem) item = g_menu_item_new (spelling_language_get_name (language), NULL);
      const char *group = spelling_language_get_group (language);
      GMenu *of_group = menu;

      if (grouped && group != NULL && *group != '\0')
        {
          of_group = g_hash_table_lookup (groups, group);
          if (of_group == NULL)
            {
              of_group = g_menu_new ();
              g_menu_append_submenu (menu, group, G_MENU_MODEL (of_group));
              g_hash_table_insert (groups, g_strdup (group), of_group);
            }
        }
      g_menu_item_set_action_and_target (item, "spelling.language", "s", spelling_language_get_code (language));
      g_menu_append_item (of_group, item);
    }

  return menu;
}

static void
install_menu (WeftNoteSpellingMenu *self)
{
  g_autoptr(GMenu) words = new_word_section ();
  g_autoptr(GMenu) languages = new_languages (self->checker);

  self->corrections = g_menu_new ();
  g_menu_insert_section (self->menu, self->n_sections++, NULL, G_MENU_MODEL (self->corrections));
  g_menu_insert_section (self->menu, self->n_sections++, NULL, G_MENU_MODEL (words));
  /* Where there is none for the language of the desktop, the only one there is may still be chosen. */
  if (g_menu_model_get_n_items (G_MENU_MODEL (languages)) > (spelling_checker_get_language (self->checker) != NULL))
    {
      g_autoptr(GMenu) section = g_menu_new ();

      g_menu_append_submenu (section, _ ("Spelling _Languages"), G_MENU_MODEL (languages));
      g_menu_insert_section (self->menu, self->n_sections++, NULL, G_MENU_MODEL (section));
    }
}

WeftNoteSpellingMenu *
weft_note_spelling_menu_new (GtkTextView     *view,
                             GMenu           *menu,
                             SpellingChecker *checker,
                             GtkTextTag      *wrong)
{
  WeftNoteSpellingMenu *self = g_new0 (WeftNoteSpellingMenu, 1);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextIter iter;

  self->view = view;
  self->menu = menu;
  self->wrong = wrong;
  self->checker = g_object_ref (checker);
  gtk_text_buffer_get_start_iter (buffer, &iter);
  self->start = g_object_ref (gtk_text_buffer_create_mark (buffer, NULL, &iter, TRUE));
  self->end = g_object_ref (gtk_text_buffer_create_mark (buffer, NULL, &iter, FALSE));
  install_actions (self);
  install_menu (self);
  set_word (self, NULL);

  self->press = gtk_gesture_click_new ();
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (self->press), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (self->press), GTK_PHASE_CAPTURE);
  g_signal_connect (self->press, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (self->press));

  return self;
}

void
weft_note_spelling_menu_free (WeftNoteSpellingMenu *self)
{
  GtkTextBuffer *buffer = get_buffer (self);

  if (self->asking != NULL)
    g_cancellable_cancel (self->asking);
  g_clear_object (&self->asking);
  g_signal_handlers_disconnect_by_data (self->checker, self);
  gtk_widget_remove_controller (GTK_WIDGET (self->view), GTK_EVENT_CONTROLLER (self->press));
  gtk_widget_insert_action_group (GTK_WIDGET (self->view), "spelling", NULL);
  while (self->n_sections > 0)
    g_menu_remove (self->menu, --self->n_sections);
  gtk_text_buffer_delete_mark (buffer, self->start);
  gtk_text_buffer_delete_mark (buffer, self->end);
  g_clear_object (&self->start);
  g_clear_object (&self->end);
  g_clear_object (&self->actions);
  g_clear_object (&self->corrections);
  g_clear_object (&self->checker);
  g_free (self->word);
  g_free (self->language);
  g_free (self);
}

#endif
