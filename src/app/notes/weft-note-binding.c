/* weft-note-binding.c - ties a text buffer to the Y.Text of a note: what is done here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The other direction is weft-note-binding-apply.c.
 */

#include "config.h"

#include "app/notes/weft-note-binding-private.h"

#include "crdt/weft-position.h"
#include "weft-debug.h"

#define SENTINEL "\xe2\x80\x8b" /* U+200B, zero width space */
#define EMBED_DATA "weft-embed"

/* Behind what is drawn, before the lines that are shown already are measured. */
#define LOAD_PRIORITY (GDK_PRIORITY_REDRAW + 2)
/* How long showing more of a note may take between two frames, and how much of it is shown at once. */
#define LOAD_US    4000
#define LOAD_BYTES 16384

G_DEFINE_FINAL_TYPE (WeftNoteBinding, weft_note_binding, G_TYPE_OBJECT)

enum
{
  EDITED,
  APPLIED,
  EMBED,
  LOADED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Marks that typing at their end does not continue. */
static const char *const closed_marks[] = { "link" };
/* Marks that typing at their end continues. Any other mark goes on only between two characters that have it. */
static const char *const growing_marks[] = { "bold",  "italic",     "underline", "strike", "code",
                                             "color", "background", "script",    "font",   "size" };

static gboolean
is_listed (const char        *key,
           const char *const *list,
           guint              n)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (key, list[i]))
      return TRUE;

  return FALSE;
}

char *
weft_note_binding_clean_text (const char *text,
                              gsize       n_bytes)
{
  GString *clean;
  const char *end = text + n_bytes;
  gboolean dirty = FALSE;

  for (gsize i = 0; i < n_bytes && !dirty; i++)
    dirty = text[i] == '\r' || text[i] == '\0' || (guint8) text[i] == 0xe2 || (guint8) text[i] == 0xef;
  if (!dirty)
    return NULL;

  /* Each replacement is one character and one UTF-16 code unit, as what it stands for. */
  clean = g_string_sized_new (n_bytes);
  for (const char *p = text; p < end; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == '\r')
        c = 0x200b;
      else if (c == 0 || c == 0xfffc)
        c = 0xfffd;
      else if (c == 0x2029)
        c = 0x2028;
      g_string_append_unichar (clean, c);
    }

  return g_string_free (clean, FALSE);
}

void
weft_note_binding_get_end (WeftNoteBinding *self,
                           GtkTextIter     *iter)
{
  gtk_text_buffer_get_end_iter (self->buffer, iter);
  gtk_text_iter_backward_char (iter);
}

gboolean
weft_note_binding_is_empty (WeftNoteBinding *self)
{
  return gtk_text_buffer_get_char_count (self->buffer) <= 1 && !self->partial;
}

void
weft_note_binding_get_terminator (WeftNoteBinding *self,
                                  guint            line,
                                  GtkTextIter     *iter)
{
  if (line + 1 >= weft_note_lines_get_n (self->lines))
    {
      weft_note_binding_get_end (self, iter);
      return;
    }

  gtk_text_buffer_get_iter_at_line (self->buffer, iter, line);
  if (!gtk_text_iter_ends_line (iter))
    gtk_text_iter_forward_to_line_end (iter);
}

/* Transactions */

static void load_later (WeftNoteBinding *self);

static void
ensure_transaction (WeftNoteBinding *self)
{
  if (self->in_transaction)
    return;

  self->in_transaction = TRUE;
  weft_doc_begin (self->doc, NULL);
}

static gboolean
ends_with_newline (WeftNoteBinding *self)
{
  GtkTextIter iter;

  weft_note_binding_get_end (self, &iter);

  return gtk_text_iter_backward_char (&iter) && gtk_text_iter_get_char (&iter) == '\n';
}

/* A "\n" at the very end of the document is not shown: where one is to be seen, another must follow. */
static void
ensure_final (WeftNoteBinding *self)
{
  g_autoptr(WeftAny) none = NULL;

  if (self->has_final || !ends_with_newline (self))
    return;

  none = weft_any_new_object ();
  weft_text_insert (self->text, weft_type_get_length (self->text), "\n", 1, none);
  self->has_final = TRUE;
}

static void
finish_transaction (WeftNoteBinding *self)
{
  if (!self->in_transaction)
    return;

  ensure_final (self);
  self->committing = TRUE;
  weft_doc_commit (self->doc);
  self->committing = FALSE;
  self->in_transaction = FALSE;
  load_later (self);

  if (weft_debug_has (WEFT_DEBUG_VALIDATE))
    {
      g_autoptr(GError) error = NULL;

      if (!weft_note_binding_check (self, &error))
        g_critical ("After an edit: %s", error->message);
    }
}

static void
finish_action (WeftNoteBinding *self)
{
  g_autofree char *typed = g_steal_pointer (&self->typed);
  gboolean did_other = self->did_other;

  self->did_other = FALSE;
  g_clear_pointer (&self->replaced_marks, weft_any_unref);
  if (!self->in_transaction)
    return;

  finish_transaction (self);
  g_signal_emit (self, signals[EDITED], 0, did_other ? NULL : typed, self->typed_end);
}

static void
finish_unless_in_action (WeftNoteBinding *self)
{
  if (self->user_actions == 0)
    finish_action (self);
}

/* Marks */

static WeftAny *
marks_of_neighbour (const GtkTextIter *iter)
{
  return weft_note_dup_attributes (iter, FALSE);
}

static gboolean
goes_on (const char    *key,
         const WeftAny *value,
         const WeftAny *after)
{
  const WeftAny *next = after != NULL ? weft_any_lookup (after, key) : NULL;

  if (!is_listed (key, closed_marks, G_N_ELEMENTS (closed_marks))
      && is_listed (key, growing_marks, G_N_ELEMENTS (growing_marks)))
    return TRUE;

  return next != NULL && weft_any_equal (next, value);
}

WeftAny *
weft_note_binding_dup_marks (WeftNoteBinding   *self,
                             const GtkTextIter *iter)
{
  g_autoptr(WeftAny) before = NULL;
  g_autoptr(WeftAny) after = NULL;
  WeftAny *marks;
  GtkTextIter end;

  if (self->marks != NULL)
    return weft_any_ref (self->marks);

  weft_note_binding_get_end (self, &end);
  if (!gtk_text_iter_ends_line (iter) && !gtk_text_iter_equal (iter, &end))
    after = marks_of_neighbour (iter);
  if (!gtk_text_iter_starts_line (iter))
    {
      GtkTextIter previous = *iter;

      gtk_text_iter_backward_char (&previous);
      before = marks_of_neighbour (&previous);
    }

  marks = weft_any_new_object ();
  /* At the start of a line there is nothing before: the line goes on backwards. */
  if (before == NULL && after != NULL)
    {
      for (gsize i = 0; i < weft_any_get_n_items (after); i++)
        if (goes_on (weft_any_get_key (after, i), weft_any_get_item (after, i), NULL))
          weft_any_object_take (marks, weft_any_get_key (after, i),
                                weft_any_ref ((WeftAny *) weft_any_get_item (after, i)));
      return marks;
    }

  for (gsize i = 0; before != NULL && i < weft_any_get_n_items (before); i++)
    {
      const char *key = weft_any_get_key (before, i);
      const WeftAny *value = weft_any_get_item (before, i);

      if (goes_on (key, value, after))
        weft_any_object_take (marks, key, weft_any_ref ((WeftAny *) value));
    }

  return marks;
}

void
weft_note_binding_set_marks (WeftNoteBinding *self,
                             WeftAny         *marks)
{
  if (marks != NULL)
    weft_any_ref (marks);
  g_clear_pointer (&self->marks, weft_any_unref);
  self->marks = marks;
}

/* What is done to the buffer */

static void
write_run (WeftNoteBinding *self,
           int             *offset,
           guint64         *pos_utf16,
           const char      *text,
           gsize            n_bytes,
           WeftAny         *attributes)
{
  GtkTextIter start, end;
  glong n_chars = g_utf8_strlen (text, n_bytes);

  weft_text_insert (self->text, *pos_utf16, text, n_bytes, attributes);

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, *offset);
  gtk_text_buffer_get_iter_at_offset (self->buffer, &end, *offset + n_chars);
  weft_note_binding_dress (self, &start, &end, attributes);

  *offset += n_chars;
  *pos_utf16 += n_chars + weft_note_count_wide (text, n_bytes);
}

/* The lines' ends in what was typed take the format of the line that it was typed into. */
static void
write_typed (WeftNoteBinding *self,
             const char      *text,
             gsize            n_bytes)
{
  const char *end = text + n_bytes;
  guint64 pos_utf16 = self->pos_utf16;
  int offset = self->offset;
  guint last_line = self->first_line;
  g_autoptr(WeftAny) marks = NULL;
  g_autoptr(WeftAny) line_format = NULL;
  GtkTextIter iter;

  for (const char *p = text; (p = memchr (p, '\n', end - p)) != NULL; p++)
    last_line++;

  marks = g_steal_pointer (&self->insert_marks);
  weft_note_binding_get_terminator (self, last_line, &iter);
  line_format = weft_note_dup_attributes (&iter, TRUE);

  ensure_transaction (self);
  for (const char *p = text; p < end;)
    {
      const char *newline = memchr (p, '\n', end - p);
      const char *stop = newline != NULL ? newline : end;

      if (stop > p)
        write_run (self, &offset, &pos_utf16, p, stop - p, marks);
      if (newline == NULL)
        break;
      write_run (self, &offset, &pos_utf16, "\n", 1, line_format);
      p = newline + 1;
    }

  weft_note_binding_refresh_lines (self, self->first_line, last_line);
}

/* What replaces something in one action looks like it. */
static WeftAny *
marks_for_insertion (WeftNoteBinding   *self,
                     const GtkTextIter *iter)
{
  if (self->replaced_marks != NULL && self->user_actions > 0
      && self->replaced_offset == gtk_text_iter_get_offset (iter))
    return g_steal_pointer (&self->replaced_marks);

  return weft_note_binding_dup_marks (self, iter);
}

static void
remember_replaced (WeftNoteBinding   *self,
                   const GtkTextIter *start)
{
  GtkTextIter after = *start;

  g_clear_pointer (&self->replaced_marks, weft_any_unref);
  if (self->marks != NULL || gtk_text_iter_ends_line (start))
    return;

  /* As if typed behind the first character: a mark that does not grow goes on inside its run only. */
  gtk_text_iter_forward_char (&after);
  self->replaced_marks = weft_note_binding_dup_marks (self, &after);
  self->replaced_offset = gtk_text_iter_get_offset (start);
}

static void
insert_text_cb (GtkTextBuffer   *buffer,
                GtkTextIter     *iter,
                const char      *text,
                int              n_bytes,
                WeftNoteBinding *self)
{
  g_autofree char *clean = NULL;
  GtkTextIter end;

  if (n_bytes < 0)
    n_bytes = strlen (text);

  weft_note_binding_get_end (self, &end);
  if (gtk_text_iter_compare (iter, &end) > 0)
    *iter = end;

  if (self->applying == 0)
    {
      clean = weft_note_binding_clean_text (text, n_bytes);
      if (clean != NULL && (strlen (clean) != (gsize) n_bytes || memcmp (clean, text, n_bytes) != 0))
        {
          g_signal_stop_emission_by_name (buffer, "insert-text");
          gtk_text_buffer_insert (buffer, iter, clean, -1);
          return;
        }
      self->pos_utf16 = weft_note_lines_to_utf16 (self->lines, iter);
      g_clear_pointer (&self->insert_marks, weft_any_unref);
      self->insert_marks = marks_for_insertion (self, iter);
    }

  self->first_line = gtk_text_iter_get_line (iter);
  self->offset = gtk_text_iter_get_offset (iter);
}

static void
remember_typed (WeftNoteBinding   *self,
                const GtkTextIter *iter,
                const char        *text,
                int                n_bytes)
{
  if (self->typed != NULL)
    self->did_other = TRUE;

  g_free (self->typed);
  self->typed = g_strndup (text, n_bytes);
  self->typed_end = gtk_text_iter_get_offset (iter);
}

static void
insert_text_after_cb (GtkTextBuffer   *buffer,
                      GtkTextIter     *iter,
                      const char      *text,
                      int              n_bytes,
                      WeftNoteBinding *self)
{
  int offset = gtk_text_iter_get_offset (iter);

  if (n_bytes < 0)
    n_bytes = strlen (text);

  weft_note_lines_inserted (self->lines, self->first_line, text, n_bytes);
  if (self->applying > 0 || n_bytes == 0)
    return;

  remember_typed (self, iter, text, n_bytes);
  write_typed (self, text, n_bytes);
  gtk_text_buffer_get_iter_at_offset (buffer, iter, offset);
  finish_unless_in_action (self);
  gtk_text_buffer_get_iter_at_offset (buffer, iter, offset);
}

static void
insert_anchor_cb (GtkTextBuffer      *buffer,
                  GtkTextIter        *iter,
                  GtkTextChildAnchor *anchor,
                  WeftNoteBinding    *self)
{
  /* What a paste by the toolkit would bring has no place in the document. */
  if (self->applying == 0)
    g_signal_stop_emission_by_name (buffer, "insert-child-anchor");

  self->first_line = gtk_text_iter_get_line (iter);
}

static void
refuse_paintable_cb (GtkTextBuffer *buffer)
{
  g_signal_stop_emission_by_name (buffer, "insert-paintable");
}

static void
insert_anchor_after_cb (GtkTextBuffer      *buffer,
                        GtkTextIter        *iter,
                        GtkTextChildAnchor *anchor,
                        WeftNoteBinding    *self)
{
  weft_note_lines_inserted (self->lines, self->first_line, "\xef\xbf\xbc", 3);
}

/* Deleting the end of a line joins it with the next: what is left of the first line keeps its format. */
static WeftAny *
format_to_keep (WeftNoteBinding   *self,
                const GtkTextIter *start,
                const GtkTextIter *end)
{
  GtkTextIter iter;

  if (gtk_text_iter_starts_line (start) || gtk_text_iter_get_line (start) == gtk_text_iter_get_line (end))
    return NULL;

  weft_note_binding_get_terminator (self, gtk_text_iter_get_line (start), &iter);

  return weft_note_dup_attributes (&iter, TRUE);
}

static void
delete_range_cb (GtkTextBuffer   *buffer,
                 GtkTextIter     *start,
                 GtkTextIter     *end,
                 WeftNoteBinding *self)
{
  g_autofree char *slice = NULL;
  GtkTextIter last;
  guint64 end_utf16;

  weft_note_binding_get_end (self, &last);
  if (self->applying == 0 && gtk_text_iter_compare (end, &last) > 0)
    {
      g_signal_stop_emission_by_name (buffer, "delete-range");
      if (gtk_text_iter_compare (start, &last) < 0)
        {
          *end = last;
          gtk_text_buffer_delete (buffer, start, end);
        }
      else
        *start = *end = last;
      return;
    }

  slice = gtk_text_iter_get_slice (start, end);
  self->n_wide = weft_note_count_wide (slice, strlen (slice));
  self->first_line = gtk_text_iter_get_line (start);
  self->last_line = gtk_text_iter_get_line (end);

  if (self->applying > 0)
    return;

  g_clear_pointer (&self->kept_format, weft_any_unref);
  self->kept_format = format_to_keep (self, start, end);
  self->pos_utf16 = weft_note_lines_to_utf16 (self->lines, start);
  end_utf16 = weft_note_lines_to_utf16 (self->lines, end);
  self->did_other = TRUE;
  remember_replaced (self, start);
  ensure_transaction (self);
  weft_text_delete (self->text, self->pos_utf16, end_utf16 - self->pos_utf16);
}

/* @wanted and null for every other attribute that the line has: %NULL where nothing differs. */
static WeftAny *
difference_to (WeftNoteBinding *self,
               guint            line,
               const WeftAny   *wanted)
{
  GtkTextIter iter;
  g_autoptr(WeftAny) has = NULL;
  g_autoptr(WeftAny) change = weft_any_new_object ();

  weft_note_binding_get_terminator (self, line, &iter);
  has = weft_note_dup_attributes (&iter, TRUE);

  for (gsize i = 0; i < weft_any_get_n_items (has); i++)
    if (weft_any_lookup (wanted, weft_any_get_key (has, i)) == NULL)
      weft_any_object_take (change, weft_any_get_key (has, i), weft_any_new_null ());
  for (gsize i = 0; i < weft_any_get_n_items (wanted); i++)
    {
      const char *key = weft_any_get_key (wanted, i);
      const WeftAny *value = weft_any_get_item (wanted, i);
      const WeftAny *old = weft_any_lookup (has, key);

      if (old == NULL || !weft_any_equal (old, value))
        weft_any_object_take (change, key, weft_any_ref ((WeftAny *) value));
    }

  return weft_any_get_n_items (change) > 0 ? g_steal_pointer (&change) : NULL;
}

static void
delete_range_after_cb (GtkTextBuffer   *buffer,
                       GtkTextIter     *start,
                       GtkTextIter     *end,
                       WeftNoteBinding *self)
{
  g_autoptr(WeftAny) keep = g_steal_pointer (&self->kept_format);
  g_autoptr(WeftAny) change = NULL;
  guint line = self->first_line;
  int offset = gtk_text_iter_get_offset (start);

  weft_note_lines_deleted (self->lines, self->first_line, self->last_line, self->n_wide);
  if (self->applying > 0)
    return;

  if (keep != NULL)
    change = difference_to (self, line, keep);
  if (change != NULL)
    weft_note_binding_format_lines (self, line, line, change);
  else if (self->last_line > self->first_line)
    weft_note_binding_refresh_lines (self, line, line);
  finish_unless_in_action (self);

  gtk_text_buffer_get_iter_at_offset (buffer, start, offset);
  *end = *start;
}

/* Tags come from the document alone: what a drop or a paste by the toolkit would add is left out. */
static void
guard_tag_cb (GtkTextBuffer     *buffer,
              GtkTextTag        *tag,
              const GtkTextIter *start,
              const GtkTextIter *end,
              WeftNoteBinding   *self)
{
  if (self->tagging == 0
      && (weft_note_tag_get_key (tag) != NULL || weft_note_tag_is_paragraph (tag)
          || tag == weft_note_tags_get_sentinel (self->tags)))
    g_signal_stop_emission_by_name (buffer, "apply-tag");
}

static void
begin_user_action_cb (WeftNoteBinding *self)
{
  self->user_actions++;
}

static void
end_user_action_cb (WeftNoteBinding *self)
{
  if (self->user_actions > 0 && --self->user_actions == 0)
    finish_action (self);
}

static void
mark_set_cb (GtkTextBuffer   *buffer,
             GtkTextIter     *iter,
             GtkTextMark     *mark,
             WeftNoteBinding *self)
{
  GtkTextIter end;

  if (mark != gtk_text_buffer_get_insert (buffer) && mark != gtk_text_buffer_get_selection_bound (buffer))
    return;

  if (self->applying == 0 && !self->in_transaction)
    g_clear_pointer (&self->marks, weft_any_unref);

  weft_note_binding_get_end (self, &end);
  if (gtk_text_iter_compare (iter, &end) > 0)
    gtk_text_buffer_move_mark (buffer, mark, &end);
}

/* What comes from the document */

static gboolean
load_cb (gpointer user_data)
{
  WeftNoteBinding *self = user_data;
  gint64 end = g_get_monotonic_time () + LOAD_US;

  /* Whoever composes has the caret of the buffer; what is underway ends first. */
  if (self->composing || self->in_transaction)
    {
      self->load_source = 0;
      return G_SOURCE_REMOVE;
    }

  do
    weft_note_binding_show_more (self, LOAD_BYTES);
  while (self->partial && g_get_monotonic_time () < end);
  if (self->partial)
    return G_SOURCE_CONTINUE;

  self->load_source = 0;
  g_signal_emit (self, signals[LOADED], 0);

  return G_SOURCE_REMOVE;
}

static void
load_later (WeftNoteBinding *self)
{
  if (self->partial && self->load_source == 0)
    self->load_source = g_idle_add_full (LOAD_PRIORITY, load_cb, self, NULL);
}

/* The end of what @delta changes last, in the document as it is then. */
static guint64
find_last_change (const WeftDelta *delta)
{
  guint64 pos = 0, last = 0;

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      if (op->kind != WEFT_DELTA_DELETE)
        pos += op->length;
      if (op->kind != WEFT_DELTA_RETAIN || op->attributes != NULL)
        last = pos;
    }

  return last;
}

/* What undo changes is to be seen: nothing waits any longer. */
static void
follow_beyond (WeftNoteBinding *self,
               const WeftDelta *delta)
{
  GtkTextIter iter, end;

  weft_note_binding_load (self, G_MAXSIZE);
  weft_note_lines_to_iter (self->lines, find_last_change (delta), &iter);
  weft_note_binding_get_end (self, &end);
  if (gtk_text_iter_compare (&iter, &end) > 0)
    iter = end;
  self->applying++;
  gtk_text_buffer_place_cursor (self->buffer, &iter);
  self->applying--;
}

/* What is not shown yet is read when it is to be. */
static void
apply_partially (WeftNoteBinding *self,
                 const WeftDelta *delta)
{
  g_autoptr(WeftDelta) clipped = weft_note_binding_clip (self, delta);

  weft_note_binding_apply_delta (self, clipped);
  if (self->following && self->content == NULL)
    {
      follow_beyond (self, delta);
      return;
    }

  /* The end of the last line that is shown went: it goes on. */
  if (!self->has_final)
    weft_note_binding_load (self, 0);
}

static void
transaction_cb (WeftDoc         *doc,
                WeftTransaction *transaction,
                gpointer         user_data)
{
  WeftNoteBinding *self = user_data;

  if (self->committing)
    return;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);

      if (weft_event_get_type (event) != self->text)
        continue;

      /* Undo is local, with an origin of its own; a person's own edits have none. */
      self->following = weft_transaction_is_local (transaction)
                        && weft_transaction_get_origin (transaction) != NULL;
      if (self->partial)
        apply_partially (self, weft_event_get_least_delta (event));
      else
        weft_note_binding_apply_delta (self, weft_event_get_least_delta (event));
      self->following = FALSE;
      if (weft_debug_has (WEFT_DEBUG_VALIDATE))
        {
          g_autoptr(GError) error = NULL;

          if (!weft_note_binding_check (self, &error))
            g_critical ("After a change from the document: %s", error->message);
        }
      g_signal_emit (self, signals[APPLIED], 0);
    }
}

static void
weft_note_binding_dispose (GObject *object)
{
  WeftNoteBinding *self = WEFT_NOTE_BINDING (object);

  if (self->observer != 0)
    {
      weft_doc_remove_observer (self->doc, self->observer);
      self->observer = 0;
    }
  g_clear_handle_id (&self->load_source, g_source_remove);
  if (self->buffer != NULL)
    g_signal_handlers_disconnect_by_data (self->buffer, self);

  G_OBJECT_CLASS (weft_note_binding_parent_class)->dispose (object);
}

static void
weft_note_binding_finalize (GObject *object)
{
  WeftNoteBinding *self = WEFT_NOTE_BINDING (object);

  g_clear_pointer (&self->lines, weft_note_lines_free);
  g_clear_pointer (&self->marks, weft_any_unref);
  g_clear_pointer (&self->insert_marks, weft_any_unref);
  g_clear_pointer (&self->replaced_marks, weft_any_unref);
  g_clear_pointer (&self->kept_format, weft_any_unref);
  g_clear_pointer (&self->typed, g_free);
  g_clear_pointer (&self->content, weft_delta_free);
  g_clear_object (&self->buffer);
  g_clear_object (&self->tags);

  G_OBJECT_CLASS (weft_note_binding_parent_class)->finalize (object);
}

static void
weft_note_binding_class_init (WeftNoteBindingClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = weft_note_binding_dispose;
  object_class->finalize = weft_note_binding_finalize;

  signals[EDITED] = g_signal_new ("edited", WEFT_TYPE_NOTE_BINDING, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_INT);
  signals[APPLIED] = g_signal_new ("applied", WEFT_TYPE_NOTE_BINDING, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[EMBED] = g_signal_new ("embed", WEFT_TYPE_NOTE_BINDING, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, GTK_TYPE_TEXT_CHILD_ANCHOR);
  signals[LOADED] = g_signal_new ("loaded", WEFT_TYPE_NOTE_BINDING, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 0);
}

static void
weft_note_binding_init (WeftNoteBinding *self)
{
  GtkTextIter start, end;

  self->tags = weft_note_tags_new ();
  self->buffer = GTK_TEXT_BUFFER (gtk_source_buffer_new (weft_note_tags_get_table (self->tags)));
  gtk_source_buffer_set_highlight_matching_brackets (GTK_SOURCE_BUFFER (self->buffer), FALSE);
  gtk_source_buffer_set_highlight_syntax (GTK_SOURCE_BUFFER (self->buffer), FALSE);
  gtk_source_buffer_set_implicit_trailing_newline (GTK_SOURCE_BUFFER (self->buffer), FALSE);
  gtk_source_buffer_set_style_scheme (GTK_SOURCE_BUFFER (self->buffer), NULL);
  gtk_text_buffer_set_enable_undo (self->buffer, FALSE);

  gtk_text_buffer_set_text (self->buffer, SENTINEL, -1);
  gtk_text_buffer_get_bounds (self->buffer, &start, &end);
  gtk_text_buffer_apply_tag (self->buffer, weft_note_tags_get_sentinel (self->tags), &start, &end);
  gtk_text_buffer_place_cursor (self->buffer, &start);
  self->lines = weft_note_lines_new (self->buffer);

  g_signal_connect (self->buffer, "insert-text", G_CALLBACK (insert_text_cb), self);
  g_signal_connect_after (self->buffer, "insert-text", G_CALLBACK (insert_text_after_cb), self);
  g_signal_connect (self->buffer, "insert-child-anchor", G_CALLBACK (insert_anchor_cb), self);
  g_signal_connect (self->buffer, "insert-paintable", G_CALLBACK (refuse_paintable_cb), NULL);
  g_signal_connect_after (self->buffer, "insert-child-anchor", G_CALLBACK (insert_anchor_after_cb), self);
  g_signal_connect (self->buffer, "delete-range", G_CALLBACK (delete_range_cb), self);
  g_signal_connect_after (self->buffer, "delete-range", G_CALLBACK (delete_range_after_cb), self);
  g_signal_connect (self->buffer, "apply-tag", G_CALLBACK (guard_tag_cb), self);
  g_signal_connect_swapped (self->buffer, "begin-user-action", G_CALLBACK (begin_user_action_cb), self);
  g_signal_connect_swapped (self->buffer, "end-user-action", G_CALLBACK (end_user_action_cb), self);
  g_signal_connect_after (self->buffer, "mark-set", G_CALLBACK (mark_set_cb), self);
}

WeftNoteBinding *
weft_note_binding_new (WeftDoc  *doc,
                       WeftType *text)
{
  return weft_note_binding_new_gradual (doc, text, G_MAXSIZE);
}

WeftNoteBinding *
weft_note_binding_new_gradual (WeftDoc  *doc,
                               WeftType *text,
                               gsize     n_bytes)
{
  static const WeftDocObserver observer = { .transaction = transaction_cb };
  WeftNoteBinding *self = g_object_new (WEFT_TYPE_NOTE_BINDING, NULL);

  self->doc = doc;
  self->text = text;
  weft_note_binding_show_more (self, n_bytes);
  load_later (self);
  self->observer = weft_doc_add_observer (doc, &observer, self);

  return self;
}

gboolean
weft_note_binding_is_loaded (WeftNoteBinding *self)
{
  return !self->partial;
}

double
weft_note_binding_get_progress (WeftNoteBinding *self)
{
  guint64 length = weft_type_get_length (self->text);

  return self->partial && length > 0 ? (double) weft_note_binding_count_shown (self) / (double) length : 1;
}

void
weft_note_binding_load (WeftNoteBinding *self,
                        gsize            n_bytes)
{
  if (!self->partial)
    return;

  weft_note_binding_show_more (self, n_bytes);
  if (self->partial)
    return;

  g_clear_handle_id (&self->load_source, g_source_remove);
  g_signal_emit (self, signals[LOADED], 0);
}

GtkTextBuffer *
weft_note_binding_get_buffer (WeftNoteBinding *self)
{
  return self->buffer;
}

WeftNoteLines *
weft_note_binding_get_lines (WeftNoteBinding *self)
{
  return self->lines;
}

WeftNoteTags *
weft_note_binding_get_tags (WeftNoteBinding *self)
{
  return self->tags;
}

void
weft_note_binding_set_composing (WeftNoteBinding *self,
                                 gboolean         composing)
{
  self->composing = !!composing;
  if (!composing)
    load_later (self);
}

void
weft_note_binding_insert (WeftNoteBinding *self,
                          GtkTextIter     *iter,
                          const char      *text,
                          gssize           n_bytes,
                          WeftAny         *attributes)
{
  gsize length = n_bytes < 0 ? strlen (text) : (gsize) n_bytes;
  g_autofree char *clean = weft_note_binding_clean_text (text, length);
  guint64 pos_utf16;
  int offset;
  guint line;

  if (clean != NULL)
    {
      text = clean;
      length = strlen (clean);
    }
  if (length == 0)
    return;

  pos_utf16 = weft_note_lines_to_utf16 (self->lines, iter);
  offset = gtk_text_iter_get_offset (iter);
  line = gtk_text_iter_get_line (iter);

  self->did_other = TRUE;
  ensure_transaction (self);
  self->applying++;
  gtk_text_buffer_insert (self->buffer, iter, text, length);
  self->applying--;
  write_run (self, &offset, &pos_utf16, text, length, attributes);

  gtk_text_buffer_get_iter_at_offset (self->buffer, iter, offset);
  weft_note_binding_refresh_lines (self, line, gtk_text_iter_get_line (iter));
  finish_unless_in_action (self);
  gtk_text_buffer_get_iter_at_offset (self->buffer, iter, offset);
}

GtkTextChildAnchor *
weft_note_binding_insert_anchor (WeftNoteBinding *self,
                                 GtkTextIter     *iter,
                                 const WeftAny   *embed)
{
  g_autoptr(GtkTextChildAnchor) anchor = gtk_text_child_anchor_new ();

  if (embed != NULL)
    g_object_set_data_full (G_OBJECT (anchor), EMBED_DATA, weft_any_ref ((WeftAny *) embed),
                            (GDestroyNotify) weft_any_unref);

  self->applying++;
  gtk_text_buffer_insert_child_anchor (self->buffer, iter, anchor);
  self->applying--;

  return anchor; /* the buffer keeps it */
}

void
weft_note_binding_tell_embed (WeftNoteBinding    *self,
                              GtkTextChildAnchor *anchor)
{
  g_signal_emit (self, signals[EMBED], 0, anchor);
}

void
weft_note_binding_insert_embed (WeftNoteBinding *self,
                                GtkTextIter     *iter,
                                WeftAny         *embed,
                                WeftAny         *attributes)
{
  guint64 pos_utf16 = weft_note_lines_to_utf16 (self->lines, iter);
  int offset = gtk_text_iter_get_offset (iter);
  guint line = gtk_text_iter_get_line (iter);
  GtkTextChildAnchor *anchor;
  GtkTextIter start;

  self->did_other = TRUE;
  ensure_transaction (self);
  weft_text_insert_embed (self->text, pos_utf16, embed, attributes);
  anchor = weft_note_binding_insert_anchor (self, iter, embed);

  gtk_text_buffer_get_iter_at_offset (self->buffer, &start, offset);
  gtk_text_buffer_get_iter_at_offset (self->buffer, iter, offset + 1);
  weft_note_binding_dress (self, &start, iter, attributes);
  weft_note_binding_refresh_lines (self, line, line);
  weft_note_binding_tell_embed (self, anchor);
  finish_unless_in_action (self);
  gtk_text_buffer_get_iter_at_offset (self->buffer, iter, offset + 1);
}

void
weft_note_binding_format (WeftNoteBinding   *self,
                          const GtkTextIter *start,
                          const GtkTextIter *end,
                          WeftAny           *attributes)
{
  guint64 from = weft_note_lines_to_utf16 (self->lines, start);
  guint64 to = weft_note_lines_to_utf16 (self->lines, end);

  if (from >= to)
    return;

  self->did_other = TRUE;
  ensure_transaction (self);
  weft_text_format (self->text, from, to - from, attributes);
  weft_note_binding_change_tags (self, start, end, attributes);
  finish_unless_in_action (self);
}

static WeftAny *
without_nulls (const WeftAny *attributes)
{
  WeftAny *result = weft_any_new_object ();

  for (gsize i = 0; i < weft_any_get_n_items (attributes); i++)
    if (weft_any_get_kind (weft_any_get_item (attributes, i)) != WEFT_ANY_NULL)
      weft_any_object_take (result, weft_any_get_key (attributes, i),
                            weft_any_ref ((WeftAny *) weft_any_get_item (attributes, i)));

  return result;
}

void
weft_note_binding_format_lines (WeftNoteBinding *self,
                                guint            first,
                                guint            last,
                                WeftAny         *attributes)
{
  self->did_other = TRUE;
  ensure_transaction (self);
  for (guint line = first; line <= last; line++)
    {
      GtkTextIter start, end;
      guint64 pos_utf16;

      weft_note_binding_get_terminator (self, line, &start);
      pos_utf16 = weft_note_lines_to_utf16 (self->lines, &start);
      if (line + 1 == weft_note_lines_get_n (self->lines) && !self->has_final)
        {
          g_autoptr(WeftAny) wanted = without_nulls (attributes);

          weft_text_insert (self->text, pos_utf16, "\n", 1, wanted);
          self->has_final = TRUE;
        }
      else
        weft_text_format (self->text, pos_utf16, 1, attributes);

      end = start;
      gtk_text_iter_forward_char (&end);
      weft_note_binding_change_tags (self, &start, &end, attributes);
    }
  weft_note_binding_refresh_lines (self, first, last);
  finish_unless_in_action (self);
}

WeftAny *
weft_note_binding_dup_position (WeftNoteBinding   *self,
                                const GtkTextIter *iter)
{
  g_auto(WeftPosition) position = { 0 };

  weft_position_from_index (&position, self->text, weft_note_lines_to_utf16 (self->lines, iter), 0);

  return weft_position_to_any (&position);
}

gboolean
weft_note_binding_find_position (WeftNoteBinding *self,
                                 const WeftAny   *value,
                                 GtkTextIter     *iter)
{
  g_auto(WeftPosition) position = { 0 };
  WeftType *type = NULL;
  guint64 pos_utf16 = 0;
  GtkTextIter end;

  if (value == NULL || !weft_position_from_any (&position, value)
      || !weft_position_to_index (&position, self->doc, &type, &pos_utf16) || type != self->text
      || (self->partial && pos_utf16 >= weft_note_binding_count_shown (self)))
    return FALSE;

  weft_note_lines_to_iter (self->lines, pos_utf16, iter);
  weft_note_binding_get_end (self, &end);
  if (gtk_text_iter_compare (iter, &end) > 0)
    *iter = end;

  return TRUE;
}

const WeftAny *
weft_note_anchor_get_embed (GtkTextChildAnchor *anchor)
{
  return g_object_get_data (G_OBJECT (anchor), EMBED_DATA);
}
