/* weft-note-spelling.c - underlines what is misspelled in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-spelling.h"

#ifdef WEFT_HAVE_SPELLING
#include "app/notes/weft-note-spelling-menu.h"
#include "app/notes/weft-note-words.h"

/* One turn of the main loop, at most. */
#define SLICE_US 3000
/* What is looked at at once. */
#define PIECE_CHARS 2000
/* A piece ends at a gap, and a change counts from gap to gap; what has none for so long is no text of words. */
#define MAX_CHUNK_CHARS 500
/* The toolkit takes time with the square of what is in a line: no more of one is looked at. */
#define MAX_LINE_CHARS 5000
/* So many words are remembered before they are asked for anew. */
#define MAX_KNOWN 20000
/* Lines around those in sight, in parts of them. */
#define MARGIN(n) ((n) / 2 + 2)

struct _WeftNoteSpelling
{
  /* Borrowed */
  GtkTextView          *view;
  WeftNoteBinding      *binding;
  GtkTextTag           *wrong, *done; /* the note's table owns them */

  /* Owned */
  SpellingChecker      *checker;
  WeftNoteSpellingMenu *menu;
  GHashTable           *known;  /* word -> whether it is right */
  GtkTextMark          *typing; /* where the word is that one writes */

  guint                 source;
  int                   first, last; /* lines in sight */
  gboolean              is_typing;
};

typedef struct
{
  int start, end;
} Range;

static GtkTextBuffer *
get_buffer (WeftNoteSpelling *self)
{
  return weft_note_binding_get_buffer (self->binding);
}

/* Gaps */

static gboolean
is_gap_before (const GtkTextIter *iter)
{
  GtkTextIter before = *iter;

  return !gtk_text_iter_backward_char (&before) || g_unichar_isspace (gtk_text_iter_get_char (&before));
}

static void
back_to_gap (GtkTextIter *iter)
{
  for (guint i = 0; i < MAX_CHUNK_CHARS && !is_gap_before (iter); i++)
    gtk_text_iter_backward_char (iter);
}

static void
on_to_gap (GtkTextIter *iter)
{
  for (guint i = 0; i < MAX_CHUNK_CHARS && !g_unichar_isspace (gtk_text_iter_get_char (iter)); i++)
    if (!gtk_text_iter_forward_char (iter))
      return;
}

/* What was looked at, and what was not */

static gboolean check_cb (gpointer user_data);

static void
queue (WeftNoteSpelling *self)
{
  if (self->source == 0)
    self->source = g_idle_add_full (G_PRIORITY_LOW, check_cb, self, NULL);
}

/* What was changed is drawn, and looked at then, if it is in sight. */
static void
forget (WeftNoteSpelling  *self,
        const GtkTextIter *start,
        const GtkTextIter *end)
{
  GtkTextIter from = *start, to = *end;

  back_to_gap (&from);
  on_to_gap (&to);
  gtk_text_buffer_remove_tag (get_buffer (self), self->done, &from, &to);
}

static void
forget_all (WeftNoteSpelling *self)
{
  GtkTextIter start, end;

  g_hash_table_remove_all (self->known);
  gtk_text_buffer_get_bounds (get_buffer (self), &start, &end);
  gtk_text_buffer_remove_tag (get_buffer (self), self->done, &start, &end);
  queue (self);
}

/* Checking */

static gboolean
ask (WeftNoteSpelling *self,
     const char       *word)
{
  g_auto(GStrv) parts = NULL;
  g_autofree char *plain = NULL;

  if (spelling_checker_check_word (self->checker, word, -1))
    return TRUE;

  /* Few dictionaries know the apostrophe that is set in print. */
  if (strstr (word, "’") == NULL)
    return FALSE;

  parts = g_strsplit (word, "’", -1);
  plain = g_strjoinv ("'", parts);

  return spelling_checker_check_word (self->checker, plain, -1);
}

static gboolean
is_right (WeftNoteSpelling *self,
          const char       *text,
          gsize             n_bytes)
{
  g_autofree char *word = g_strndup (text, n_bytes);
  gpointer value;
  gboolean right;

  if (g_hash_table_lookup_extended (self->known, word, NULL, &value))
    return GPOINTER_TO_INT (value);

  if (g_hash_table_size (self->known) >= MAX_KNOWN)
    g_hash_table_remove_all (self->known);
  right = ask (self, word);
  g_hash_table_insert (self->known, g_steal_pointer (&word), GINT_TO_POINTER (right));

  return right;
}

/* Code and links are nobody's language. */
static gboolean
is_exempt (GtkTextTag *tag)
{
  const char *key = weft_note_tag_get_key (tag);

  return key != NULL
         && (g_str_equal (key, "code") || g_str_equal (key, "link") || g_str_equal (key, "code-block"));
}

static gboolean
is_exempt_at (const GtkTextIter *iter)
{
  g_autoptr(GSList) tags = gtk_text_iter_get_tags (iter);

  for (GSList *l = tags; l != NULL; l = l->next)
    if (is_exempt (l->data))
      return TRUE;

  return FALSE;
}

static gboolean
is_being_typed (WeftNoteSpelling *self,
                const Range      *range)
{
  GtkTextIter iter;
  int at;

  if (!self->is_typing)
    return FALSE;

  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &iter, self->typing);
  at = gtk_text_iter_get_offset (&iter);

  return at > range->start && at <= range->end;
}

/* (element-type Range): what is to be underlined between two places of one line. */
static GArray *
find_wrong (WeftNoteSpelling  *self,
            const GtkTextIter *start,
            const GtkTextIter *end)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Range));
  guint line = gtk_text_iter_get_line (start);
  WeftNoteLines *lines = weft_note_binding_get_lines (self->binding);
  const char *language = spelling_checker_get_language (self->checker);
  g_autofree char *text = NULL;
  g_autoptr(GArray) words = NULL;
  int offset = gtk_text_iter_get_offset (start);

  if (language == NULL || gtk_text_iter_equal (start, end)
      || (line < weft_note_lines_get_n (lines) && weft_note_lines_get (lines, line)->format.code))
    return found;

  text = gtk_text_iter_get_slice (start, end);
  words = weft_note_words_find (text, strlen (text), pango_language_from_string (language));
  for (guint i = 0; i < words->len; i++)
    {
      const WeftNoteWord *word = &g_array_index (words, WeftNoteWord, i);
      Range range = { offset + word->at, offset + word->at + word->n_chars };
      GtkTextIter iter;

      if (is_right (self, text + word->byte, word->n_bytes) || is_being_typed (self, &range))
        continue;

      gtk_text_buffer_get_iter_at_offset (get_buffer (self), &iter, range.start);
      if (!is_exempt_at (&iter))
        g_array_append_val (found, range);
    }

  return found;
}

/* (element-type Range): what is underlined there. */
static GArray *
find_underlined (WeftNoteSpelling  *self,
                 const GtkTextIter *start,
                 const GtkTextIter *end)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (Range));
  GtkTextIter iter = *start;

  while (gtk_text_iter_compare (&iter, end) < 0)
    {
      Range range;

      if (!gtk_text_iter_has_tag (&iter, self->wrong)
          && (!gtk_text_iter_forward_to_tag_toggle (&iter, self->wrong) || gtk_text_iter_compare (&iter, end) >= 0))
        break;

      range.start = gtk_text_iter_get_offset (&iter);
      gtk_text_iter_forward_to_tag_toggle (&iter, self->wrong);
      range.end = MIN (gtk_text_iter_get_offset (&iter), gtk_text_iter_get_offset (end));
      g_array_append_val (found, range);
    }

  return found;
}

static void
underline (WeftNoteSpelling *self,
           const Range      *range,
           gboolean          on)
{
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_offset (buffer, &start, range->start);
  gtk_text_buffer_get_iter_at_offset (buffer, &end, range->end);
  if (on)
    gtk_text_buffer_apply_tag (buffer, self->wrong, &start, &end);
  else
    gtk_text_buffer_remove_tag (buffer, self->wrong, &start, &end);
}

static gboolean
has_range (GArray      *ranges,
           guint       *i,
           const Range *range)
{
  while (*i < ranges->len && g_array_index (ranges, Range, *i).start < range->start)
    (*i)++;

  return *i < ranges->len && g_array_index (ranges, Range, *i).start == range->start
         && g_array_index (ranges, Range, *i).end == range->end;
}

/* A line is laid out anew for each change: what stays is left alone. */
static void
exchange (WeftNoteSpelling *self,
          GArray           *old,
          GArray           *new)
{
  guint at = 0;

  for (guint i = 0; i < old->len; i++)
    if (!has_range (new, &at, &g_array_index (old, Range, i)))
      underline (self, &g_array_index (old, Range, i), FALSE);

  at = 0;
  for (guint i = 0; i < new->len; i++)
    if (!has_range (old, &at, &g_array_index (new, Range, i)))
      underline (self, &g_array_index (new, Range, i), TRUE);
}

/* The first piece between two lines that was not looked at: from @start to @end, and the line break behind it. */
static gboolean
find_piece (WeftNoteSpelling *self,
            int               first,
            int               last,
            GtkTextIter      *start,
            GtkTextIter      *end)
{
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextIter limit, toggle, all;

  gtk_text_buffer_get_iter_at_line (buffer, start, MAX (first, 0));
  gtk_text_buffer_get_iter_at_line (buffer, &limit, MAX (last, 0));
  gtk_text_iter_forward_line (&limit);
  weft_note_binding_get_end (self->binding, &all);
  if (gtk_text_iter_compare (&limit, &all) > 0)
    limit = all;
  if (gtk_text_iter_has_tag (start, self->done))
    gtk_text_iter_forward_to_tag_toggle (start, self->done);
  if (gtk_text_iter_compare (start, &limit) >= 0)
    return FALSE;

  *end = *start;
  if (!gtk_text_iter_ends_line (end))
    gtk_text_iter_forward_to_line_end (end);
  if (gtk_text_iter_compare (end, &all) > 0)
    *end = all;
  toggle = *start;
  if (gtk_text_iter_forward_to_tag_toggle (&toggle, self->done) && gtk_text_iter_compare (&toggle, end) < 0)
    *end = toggle;
  if (gtk_text_iter_get_offset (end) - gtk_text_iter_get_offset (start) > PIECE_CHARS)
    {
      *end = *start;
      gtk_text_iter_forward_chars (end, PIECE_CHARS);
      back_to_gap (end);
    }

  return TRUE;
}

static void
check_piece (WeftNoteSpelling  *self,
             const GtkTextIter *start,
             const GtkTextIter *end)
{
  GtkTextBuffer *buffer = get_buffer (self);
  g_autoptr(GArray) old = find_underlined (self, start, end);
  g_autoptr(GArray) new = NULL;
  int from = gtk_text_iter_get_offset (start), to = gtk_text_iter_get_offset (end);
  GtkTextIter first, last;

  if (gtk_text_iter_get_line_offset (start) < MAX_LINE_CHARS)
    new = find_wrong (self, start, end);
  else
    new = g_array_new (FALSE, FALSE, sizeof (Range));
  exchange (self, old, new);

  gtk_text_buffer_get_iter_at_offset (buffer, &first, from);
  gtk_text_buffer_get_iter_at_offset (buffer, &last, to);
  if (gtk_text_iter_ends_line (&last))
    gtk_text_iter_forward_char (&last);
  gtk_text_buffer_apply_tag (buffer, self->done, &first, &last);
}

static gboolean
check_cb (gpointer user_data)
{
  WeftNoteSpelling *self = user_data;
  gint64 until_us = g_get_monotonic_time () + SLICE_US;
  int margin = MARGIN (self->last - self->first);
  GtkTextIter start, end;

  /* The dictionary is with a thread, which would be waited for. */
  while (!weft_note_spelling_menu_is_busy (self->menu))
    {
      if (!find_piece (self, self->first, self->last, &start, &end)
          && !find_piece (self, self->first - margin, self->last + margin, &start, &end))
        break;

      check_piece (self, &start, &end);
      if (g_get_monotonic_time () > until_us)
        return G_SOURCE_CONTINUE;
    }

  self->source = 0;
  return G_SOURCE_REMOVE;
}

/* What the buffer tells */

/* One writes where the caret is; what comes from elsewhere is no word that somebody is about to end. */
static void
changed_at (WeftNoteSpelling  *self,
            const GtkTextIter *iter)
{
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextIter caret;

  gtk_text_buffer_get_iter_at_mark (buffer, &caret, gtk_text_buffer_get_insert (buffer));
  if (!gtk_text_iter_equal (&caret, iter))
    return;

  gtk_text_buffer_move_mark (buffer, self->typing, iter);
  self->is_typing = TRUE;
}

static void
inserted_cb (GtkTextBuffer    *buffer,
             GtkTextIter      *iter,
             const char       *text,
             int               n_bytes,
             WeftNoteSpelling *self)
{
  GtkTextIter start = *iter;

  gtk_text_iter_backward_chars (&start, g_utf8_strlen (text, n_bytes));
  forget (self, &start, iter);
  changed_at (self, iter);
}

static void
anchored_cb (GtkTextBuffer      *buffer,
             GtkTextIter        *iter,
             GtkTextChildAnchor *anchor,
             WeftNoteSpelling   *self)
{
  GtkTextIter start = *iter;

  gtk_text_iter_backward_char (&start);
  forget (self, &start, iter);
}

static void
deleted_cb (GtkTextBuffer    *buffer,
            GtkTextIter      *start,
            GtkTextIter      *end,
            WeftNoteSpelling *self)
{
  forget (self, start, end);
  changed_at (self, start);
}

static void
tagged_cb (GtkTextBuffer     *buffer,
           GtkTextTag        *tag,
           const GtkTextIter *start,
           const GtkTextIter *end,
           WeftNoteSpelling  *self)
{
  /* A look of a line may be that of code. */
  if (tag == self->wrong || tag == self->done || (!is_exempt (tag) && !weft_note_tag_is_paragraph (tag)))
    return;

  forget (self, start, end);
  queue (self);
}

/* Who leaves a word has written it. */
static void
mark_set_cb (GtkTextBuffer    *buffer,
             GtkTextIter      *iter,
             GtkTextMark      *mark,
             WeftNoteSpelling *self)
{
  GtkTextIter start, end;

  if (!self->is_typing || mark != gtk_text_buffer_get_insert (buffer))
    return;

  gtk_text_buffer_get_iter_at_mark (buffer, &start, self->typing);
  end = start;
  back_to_gap (&start);
  on_to_gap (&end);
  if (gtk_text_iter_in_range (iter, &start, &end) || gtk_text_iter_equal (iter, &end))
    return;

  self->is_typing = FALSE;
  forget (self, &start, &end);
  queue (self);
}

gboolean
weft_note_spelling_is_there (void)
{
  return TRUE;
}

WeftNoteSpelling *
weft_note_spelling_new (GtkTextView     *view,
                        WeftNoteBinding *binding,
                        GMenu           *menu)
{
  WeftNoteSpelling *self = g_new0 (WeftNoteSpelling, 1);
  GtkTextBuffer *buffer = weft_note_binding_get_buffer (binding);
  GdkRGBA color;
  GtkTextIter start;

  gdk_rgba_parse (&color, "#e01b24");
  self->view = view;
  self->binding = binding;
  self->checker = g_object_ref (spelling_checker_get_default ());
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->done = gtk_text_buffer_create_tag (buffer, NULL, NULL);
  self->wrong = gtk_text_buffer_create_tag (buffer, NULL, "underline", PANGO_UNDERLINE_ERROR, "underline-rgba", &color,
                                            NULL);
  gtk_text_buffer_get_start_iter (buffer, &start);
  self->typing = g_object_ref (gtk_text_buffer_create_mark (buffer, NULL, &start, FALSE));
  self->menu = weft_note_spelling_menu_new (view, menu, self->checker, self->wrong);

  g_signal_connect_after (buffer, "insert-text", G_CALLBACK (inserted_cb), self);
  g_signal_connect_after (buffer, "insert-child-anchor", G_CALLBACK (anchored_cb), self);
  g_signal_connect_after (buffer, "delete-range", G_CALLBACK (deleted_cb), self);
  g_signal_connect_after (buffer, "apply-tag", G_CALLBACK (tagged_cb), self);
  g_signal_connect_after (buffer, "remove-tag", G_CALLBACK (tagged_cb), self);
  g_signal_connect_after (buffer, "mark-set", G_CALLBACK (mark_set_cb), self);
  g_signal_connect_swapped (self->checker, "notify::language", G_CALLBACK (forget_all), self);
  gtk_widget_queue_draw (GTK_WIDGET (view));

  return self;
}

void
weft_note_spelling_free (WeftNoteSpelling *self)
{
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextTagTable *table = gtk_text_buffer_get_tag_table (buffer);

  g_clear_handle_id (&self->source, g_source_remove);
  g_signal_handlers_disconnect_by_data (buffer, self);
  g_signal_handlers_disconnect_by_data (self->checker, self);
  g_clear_pointer (&self->menu, weft_note_spelling_menu_free);
  gtk_text_buffer_delete_mark (buffer, self->typing);
  g_clear_object (&self->typing);
  gtk_text_tag_table_remove (table, self->wrong);
  gtk_text_tag_table_remove (table, self->done);
  g_clear_pointer (&self->known, g_hash_table_unref);
  g_clear_object (&self->checker);
  g_free (self);
}

void
weft_note_spelling_saw (WeftNoteSpelling *self,
                        int               first,
                        int               last)
{
  int margin = MARGIN (last - first);
  GtkTextIter start, end;

  self->first = first;
  self->last = last;
  if (!weft_note_spelling_menu_is_busy (self->menu)
      && find_piece (self, first - margin, last + margin, &start, &end))
    queue (self);
}

void
weft_note_spelling_point (WeftNoteSpelling *self)
{
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &iter, gtk_text_buffer_get_insert (get_buffer (self)));
  weft_note_spelling_menu_point (self->menu, &iter);
}

static void
remember_cb (SpellingChecker *checker,
             GParamSpec      *pspec,
             GSettings       *settings)
{
  const char *language = spelling_checker_get_language (checker);
  g_autofree char *was = g_settings_get_string (settings, "spell-language");

  if (language != NULL && !g_str_equal (language, was))
    g_settings_set_string (settings, "spell-language", language);
}

void
weft_note_spelling_remember (GSettings *settings)
{
  SpellingChecker *checker = spelling_checker_get_default ();
  g_autofree char *language = g_settings_get_string (settings, "spell-language");

  if (*language != '\0' && spelling_provider_supports_language (spelling_checker_get_provider (checker), language))
    spelling_checker_set_language (checker, language);
  g_signal_connect_object (checker, "notify::language", G_CALLBACK (remember_cb), settings, 0);
}

#else

gboolean
weft_note_spelling_is_there (void)
{
  return FALSE;
}

WeftNoteSpelling *
weft_note_spelling_new (GtkTextView     *view,
                        WeftNoteBinding *binding,
                        GMenu           *menu)
{
  return NULL;
}

void
weft_note_spelling_free (WeftNoteSpelling *self)
{
}

void
weft_note_spelling_saw (WeftNoteSpelling *self,
                        int               first,
                        int               last)
{
}

void
weft_note_spelling_point (WeftNoteSpelling *self)
{
}

void
weft_note_spelling_remember (GSettings *settings)
{
}

#endif
