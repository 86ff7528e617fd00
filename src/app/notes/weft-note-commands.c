/* weft-note-commands.c - edits of a note: marks, formats of lines, Enter, Backspace, Tab
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"

WeftAny *
weft_note_attribute (const char *key,
                     WeftAny    *value)
{
  WeftAny *attributes = weft_any_new_object ();

  weft_any_object_take (attributes, key, value != NULL ? value : weft_any_new_null ());

  return attributes;
}

static GtkTextBuffer *
get_buffer (WeftNoteTextView *self)
{
  return gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
}

static gboolean
can_edit (WeftNoteTextView *self)
{
  return self->binding != NULL && gtk_text_view_get_editable (GTK_TEXT_VIEW (self));
}

gboolean
weft_note_text_view_get_selection (WeftNoteTextView *self,
                                   GtkTextIter      *start,
                                   GtkTextIter      *end)
{
  return gtk_text_buffer_get_selection_bounds (get_buffer (self), start, end);
}

void
weft_note_text_view_end_step (WeftNoteTextView *self)
{
  if (self->document != NULL)
    weft_document_end_undo_step (self->document);
}

static void
begin (WeftNoteTextView *self)
{
  weft_note_text_view_end_step (self);
  gtk_text_buffer_begin_user_action (get_buffer (self));
}

static void
finish (WeftNoteTextView *self)
{
  gtk_text_buffer_end_user_action (get_buffer (self));
  weft_note_text_view_end_step (self);
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self), gtk_text_buffer_get_insert (get_buffer (self)));
}

void
weft_note_text_view_undo (WeftNoteTextView *self)
{
  if (!can_edit (self) || self->document == NULL)
    return;

  if (!weft_document_undo (self->document))
    gtk_widget_error_bell (GTK_WIDGET (self));
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self), gtk_text_buffer_get_insert (get_buffer (self)));
}

void
weft_note_text_view_redo (WeftNoteTextView *self)
{
  if (!can_edit (self) || self->document == NULL)
    return;

  if (!weft_document_redo (self->document))
    gtk_widget_error_bell (GTK_WIDGET (self));
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self), gtk_text_buffer_get_insert (get_buffer (self)));
}

/* Marks */

static gboolean
has_mark (const GtkTextIter *iter,
          const char        *key)
{
  g_autoptr(WeftAny) marks = weft_note_dup_attributes (iter, FALSE);

  return weft_any_lookup (marks, key) != NULL;
}

/* Whether every character between has the mark; the ends of lines do not count. */
static gboolean
all_have_mark (WeftNoteTextView  *self,
               const GtkTextIter *start,
               const GtkTextIter *end,
               const char        *key)
{
  GPtrArray *tags = weft_note_tags_list_key (weft_note_binding_get_tags (self->binding), key);
  GtkTextIter iter = *start;
  gboolean any = FALSE;

  if (tags == NULL)
    return FALSE;

  while (gtk_text_iter_compare (&iter, end) < 0)
    {
      if (gtk_text_iter_ends_line (&iter))
        {
          gtk_text_iter_forward_char (&iter);
          continue;
        }
      if (!has_mark (&iter, key))
        return FALSE;
      any = TRUE;
      gtk_text_iter_forward_char (&iter);
    }

  return any;
}

static void
toggle_typing_mark (WeftNoteTextView *self,
                    const char       *key)
{
  g_autoptr(WeftAny) marks = NULL;
  g_autoptr(WeftAny) changed = weft_any_new_object ();
  GtkTextIter iter;
  gboolean had = FALSE;

  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &iter, gtk_text_buffer_get_insert (get_buffer (self)));
  marks = weft_note_binding_dup_marks (self->binding, &iter);
  for (gsize i = 0; i < weft_any_get_n_items (marks); i++)
    {
      if (g_str_equal (weft_any_get_key (marks, i), key))
        had = TRUE;
      else
        weft_any_object_take (changed, weft_any_get_key (marks, i),
                              weft_any_ref ((WeftAny *) weft_any_get_item (marks, i)));
    }
  if (!had)
    weft_any_object_take (changed, key, weft_any_new_boolean (TRUE));

  weft_note_binding_set_marks (self->binding, changed);
  g_signal_emit_by_name (self, "state-changed");
}

void
weft_note_text_view_toggle_mark (WeftNoteTextView *self,
                                 const char       *key)
{
  g_autoptr(WeftAny) change = NULL;
  GtkTextIter start, end;

  if (!can_edit (self))
    return;

  if (!weft_note_text_view_get_selection (self, &start, &end))
    {
      toggle_typing_mark (self, key);
      return;
    }

  change = weft_note_attribute (
      key, all_have_mark (self, &start, &end, key) ? NULL : weft_any_new_boolean (TRUE));
  begin (self);
  weft_note_binding_format (self->binding, &start, &end, change);
  finish (self);
}

void
weft_note_text_view_clear_marks (WeftNoteTextView *self)
{
  static const char *const keys[] = { "bold",  "italic",     "underline", "strike", "code", "link",
                                      "color", "background", "script",    "font",   "size" };
  g_autoptr(WeftAny) change = weft_any_new_object ();
  GtkTextIter start, end;

  if (!can_edit (self))
    return;

  if (!weft_note_text_view_get_selection (self, &start, &end))
    {
      weft_note_binding_set_marks (self->binding, change);
      g_signal_emit_by_name (self, "state-changed");
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    weft_any_object_take (change, keys[i], weft_any_new_null ());
  begin (self);
  weft_note_binding_format (self->binding, &start, &end, change);
  finish (self);
}

/* Lines */

static void
get_lines (WeftNoteTextView *self,
           guint            *first,
           guint            *last)
{
  GtkTextIter start, end;

  weft_note_text_view_get_selection (self, &start, &end);
  *first = gtk_text_iter_get_line (&start);
  *last = gtk_text_iter_get_line (&end);
  /* A selection that ends before the first character of a line does not mean that line. */
  if (*last > *first && gtk_text_iter_starts_line (&end))
    (*last)--;
}

static const WeftNoteLineFormat *
get_format (WeftNoteTextView *self,
            guint             line)
{
  return &weft_note_lines_get (weft_note_binding_get_lines (self->binding), line)->format;
}

static void
format_selected_lines (WeftNoteTextView *self,
                       WeftAny          *change)
{
  guint first, last;

  get_lines (self, &first, &last);
  begin (self);
  weft_note_binding_format_lines (self->binding, first, last, change);
  finish (self);
}

/* What a line can be only one of: a change to one of them ends the others. */
static WeftAny *
new_kind (const char *key,
          WeftAny    *value)
{
  static const char *const kinds[] = { "header", "list", "blockquote", "code-block" };
  WeftAny *change = weft_any_new_object ();

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    weft_any_object_take (change, kinds[i], weft_any_new_null ());
  if (key != NULL)
    weft_any_object_take (change, key, value);
  if (g_strcmp0 (key, "list") != 0)
    weft_any_object_take (change, "indent", weft_any_new_null ());

  return change;
}

void
weft_note_text_view_set_header (WeftNoteTextView *self,
                                guint             level)
{
  g_autoptr(WeftAny) change = NULL;

  if (!can_edit (self))
    return;

  change = level > 0 ? new_kind ("header", weft_any_new_number (level)) : new_kind (NULL, NULL);
  format_selected_lines (self, change);
}

static const char *
list_name (WeftNoteList list)
{
  static const char *const names[] = { NULL, "bullet", "ordered", "unchecked", "checked" };

  return names[list];
}

void
weft_note_text_view_toggle_list (WeftNoteTextView *self,
                                 WeftNoteList      list)
{
  g_autoptr(WeftAny) change = NULL;
  gboolean all = TRUE;
  guint first, last;

  if (!can_edit (self))
    return;

  get_lines (self, &first, &last);
  for (guint line = first; line <= last && all; line++)
    {
      WeftNoteList is = get_format (self, line)->list;

      all = is == list || (is == WEFT_NOTE_LIST_CHECKED && list == WEFT_NOTE_LIST_UNCHECKED);
    }

  change = all ? new_kind (NULL, NULL) : new_kind ("list", weft_any_new_string (list_name (list)));
  format_selected_lines (self, change);
}

static void
toggle_kind (WeftNoteTextView *self,
             const char       *key,
             gsize             field)
{
  g_autoptr(WeftAny) change = NULL;
  gboolean all = TRUE;
  guint first, last;

  if (!can_edit (self))
    return;

  get_lines (self, &first, &last);
  for (guint line = first; line <= last; line++)
    all &= G_STRUCT_MEMBER (guint8, get_format (self, line), field) != 0;

  change = all ? new_kind (NULL, NULL) : new_kind (key, weft_any_new_boolean (TRUE));
  format_selected_lines (self, change);
}

void
weft_note_text_view_toggle_quote (WeftNoteTextView *self)
{
  toggle_kind (self, "blockquote", G_STRUCT_OFFSET (WeftNoteLineFormat, quote));
}

void
weft_note_text_view_toggle_code (WeftNoteTextView *self)
{
  toggle_kind (self, "code-block", G_STRUCT_OFFSET (WeftNoteLineFormat, code));
}

void
weft_note_text_view_set_align (WeftNoteTextView *self,
                               WeftNoteAlign     align)
{
  static const char *const names[] = { NULL, "center", "right", "justify" };
  g_autoptr(WeftAny) change = NULL;

  if (!can_edit (self))
    return;

  change = weft_note_attribute ("align", names[align] != NULL ? weft_any_new_string (names[align]) : NULL);
  format_selected_lines (self, change);
}

static void
set_indent (WeftNoteTextView *self,
            guint             line,
            int               indent)
{
  g_autoptr(WeftAny) change
      = weft_note_attribute ("indent", indent > 0 ? weft_any_new_number (indent) : NULL);

  weft_note_binding_format_lines (self->binding, line, line, change);
}

void
weft_note_text_view_shift_indent (WeftNoteTextView *self,
                                  int               steps)
{
  guint first, last;

  if (!can_edit (self))
    return;

  get_lines (self, &first, &last);
  begin (self);
  for (guint line = first; line <= last; line++)
    {
      int indent = get_format (self, line)->indent;
      int wanted = CLAMP (indent + steps, 0, WEFT_NOTE_MAX_INDENT);

      if (wanted != indent)
        set_indent (self, line, wanted);
    }
  finish (self);
}

void
weft_note_text_view_toggle_check (WeftNoteTextView *self,
                                  guint             line)
{
  g_autoptr(WeftAny) change = NULL;
  WeftNoteList list;

  if (!can_edit (self))
    return;

  list = get_format (self, line)->list;
  if (list == WEFT_NOTE_LIST_CHECKED || list == WEFT_NOTE_LIST_UNCHECKED)
    change = weft_note_attribute (
        "list", weft_any_new_string (list == WEFT_NOTE_LIST_CHECKED ? "unchecked" : "checked"));
  else
    change = new_kind ("list", weft_any_new_string ("unchecked"));

  begin (self);
  weft_note_binding_format_lines (self->binding, line, line, change);
  finish (self);
}

/* Keys */

static gboolean
line_is_empty (WeftNoteTextView *self,
               guint             line)
{
  return weft_note_lines_get (weft_note_binding_get_lines (self->binding), line)->n_chars <= 1;
}

/* The step back from what a line is towards a plain paragraph: (nullable) */
static WeftAny *
step_back (const WeftNoteLineFormat *format)
{
  if (format->indent > 0)
    return weft_note_attribute ("indent",
                                format->indent > 1 ? weft_any_new_number (format->indent - 1) : NULL);
  if (format->header > 0 || format->list != WEFT_NOTE_LIST_NONE || format->quote || format->code)
    return new_kind (NULL, NULL);
  if (format->align != WEFT_NOTE_ALIGN_DEFAULT)
    return weft_note_attribute ("align", NULL);

  return NULL;
}

static gboolean
step_line_back (WeftNoteTextView *self,
                guint             line)
{
  g_autoptr(WeftAny) change = step_back (get_format (self, line));

  if (change == NULL)
    return FALSE;

  begin (self);
  weft_note_binding_format_lines (self->binding, line, line, change);
  finish (self);

  return TRUE;
}

/* An empty line of code ends the block only where the block ends. */
static gboolean
enter_ends_format (WeftNoteTextView *self,
                   guint             line)
{
  WeftNoteLines *lines = weft_note_binding_get_lines (self->binding);
  const WeftNoteLineFormat *format = get_format (self, line);

  if (!line_is_empty (self, line))
    return FALSE;
  if (format->code)
    return line > 0 && get_format (self, line - 1)->code
           && (line + 1 == weft_note_lines_get_n (lines) || !get_format (self, line + 1)->code);

  return format->list != WEFT_NOTE_LIST_NONE || format->quote || format->indent > 0;
}

/* After the split of a heading or of a checked item, one half is new. */
static void
dress_new_line (WeftNoteTextView *self,
                guint             line)
{
  const WeftNoteLineFormat format = *get_format (self, line + 1);
  guint fresh = line_is_empty (self, line) ? line : line + 1;
  g_autoptr(WeftAny) change = NULL;

  if (format.header > 0 && line_is_empty (self, fresh))
    change = weft_note_attribute ("header", NULL);
  else if (format.list == WEFT_NOTE_LIST_CHECKED)
    change = weft_note_attribute ("list", weft_any_new_string ("unchecked"));

  if (change != NULL)
    weft_note_binding_format_lines (self->binding, fresh, fresh, change);
}

static WeftAny *
without_key (WeftAny    *marks,
             const char *key)
{
  WeftAny *rest = weft_any_new_object ();

  for (gsize i = 0; i < weft_any_get_n_items (marks); i++)
    if (!g_str_equal (weft_any_get_key (marks, i), key))
      weft_any_object_take (rest, weft_any_get_key (marks, i),
                            weft_any_ref ((WeftAny *) weft_any_get_item (marks, i)));

  return rest;
}

gboolean
weft_note_text_view_enter (WeftNoteTextView *self)
{
  GtkTextBuffer *buffer = get_buffer (self);
  g_autoptr(WeftAny) marks = NULL;
  g_autoptr(WeftAny) carried = NULL;
  GtkTextIter start, end;
  gboolean selected;
  guint line;

  if (!can_edit (self))
    return FALSE;

  selected = weft_note_text_view_get_selection (self, &start, &end);
  line = gtk_text_iter_get_line (&start);
  if (!selected && (weft_note_text_view_enter_markdown (self)
                    || (enter_ends_format (self, line) && step_line_back (self, line))))
    return TRUE;

  marks = weft_note_binding_dup_marks (self->binding, &start);
  carried = without_key (marks, "code");

  gtk_text_buffer_begin_user_action (buffer);
  if (selected)
    gtk_text_buffer_delete (buffer, &start, &end);
  line = gtk_text_iter_get_line (&start);
  gtk_text_buffer_insert (buffer, &start, "\n", 1);
  dress_new_line (self, line);
  gtk_text_buffer_end_user_action (buffer);

  weft_note_binding_set_marks (self->binding, carried);
  gtk_text_view_scroll_mark_onscreen (GTK_TEXT_VIEW (self), gtk_text_buffer_get_insert (buffer));

  return TRUE;
}

gboolean
weft_note_text_view_backspace (WeftNoteTextView *self)
{
  GtkTextIter start, end;

  if (!can_edit (self) || weft_note_text_view_get_selection (self, &start, &end)
      || !gtk_text_iter_starts_line (&start))
    return FALSE;

  return step_line_back (self, gtk_text_iter_get_line (&start));
}

gboolean
weft_note_text_view_tab (WeftNoteTextView *self,
                         gboolean          back)
{
  const WeftNoteLineFormat *format;
  guint first, last;

  if (!can_edit (self))
    return FALSE;

  get_lines (self, &first, &last);
  format = get_format (self, first);
  if (format->list == WEFT_NOTE_LIST_NONE && !(back && format->indent > 0) && first == last)
    return FALSE;

  weft_note_text_view_shift_indent (self, back ? -1 : 1);

  return TRUE;
}

void
weft_note_text_view_insert_block (WeftNoteTextView *self,
                                  WeftAny          *embed,
                                  WeftAny          *attributes)
{
  g_autoptr(WeftAny) none = weft_any_new_object ();
  g_autoptr(WeftAny) plain = new_kind (NULL, NULL);
  GtkTextBuffer *buffer = get_buffer (self);
  GtkTextIter start, end;
  guint line;

  begin (self);
  if (weft_note_text_view_get_selection (self, &start, &end))
    gtk_text_buffer_delete (buffer, &start, &end);

  /* What stands before the caret keeps its format. */
  if (!gtk_text_iter_starts_line (&start))
    {
      g_autoptr(WeftAny) format = NULL;

      weft_note_binding_get_terminator (self->binding, gtk_text_iter_get_line (&start), &end);
      format = weft_note_dup_attributes (&end, TRUE);
      weft_note_binding_insert (self->binding, &start, "\n", 1, format);
    }

  weft_note_binding_insert_embed (self->binding, &start, embed, attributes);
  weft_note_binding_insert (self->binding, &start, "\n", 1, none);
  line = gtk_text_iter_get_line (&start);
  if (line_is_empty (self, line))
    weft_note_binding_format_lines (self->binding, line, line, plain);
  gtk_text_buffer_get_iter_at_line (buffer, &start, line);
  gtk_text_buffer_place_cursor (buffer, &start);
  finish (self);
}

void
weft_note_text_view_insert_divider (WeftNoteTextView *self)
{
  g_autoptr(WeftAny) embed = weft_note_attribute ("divider", weft_any_new_boolean (TRUE));
  g_autoptr(WeftAny) none = weft_any_new_object ();

  if (can_edit (self))
    weft_note_text_view_insert_block (self, embed, none);
}

/* Links */

static void
spread_over_link (WeftNoteTextView *self,
                  GtkTextIter      *start,
                  GtkTextIter      *end)
{
  g_autoptr(GSList) tags = NULL;

  tags = gtk_text_iter_get_tags (start);
  if (tags == NULL || !has_mark (start, "link"))
    {
      GtkTextIter before = *start;

      if (gtk_text_iter_starts_line (start) || !gtk_text_iter_backward_char (&before)
          || !has_mark (&before, "link"))
        return;
      g_slist_free (tags);
      tags = gtk_text_iter_get_tags (&before);
      *start = before;
    }

  for (GSList *l = tags; l != NULL; l = l->next)
    if (g_strcmp0 (weft_note_tag_get_key (l->data), "link") == 0)
      {
        *end = *start;
        if (!gtk_text_iter_starts_tag (start, l->data))
          gtk_text_iter_backward_to_tag_toggle (start, l->data);
        gtk_text_iter_forward_to_tag_toggle (end, l->data);
      }
}

char *
weft_note_text_view_dup_link (WeftNoteTextView *self,
                              char            **text)
{
  g_autoptr(WeftAny) marks = NULL;
  const WeftAny *link;
  GtkTextIter start, end;

  if (self->binding == NULL)
    return NULL;

  if (!weft_note_text_view_get_selection (self, &start, &end))
    spread_over_link (self, &start, &end);
  if (text != NULL)
    *text = gtk_text_iter_get_text (&start, &end);

  marks = weft_note_dup_attributes (&start, FALSE);
  link = gtk_text_iter_equal (&start, &end) ? NULL : weft_any_lookup (marks, "link");

  return link != NULL ? g_strdup (weft_any_get_string (link)) : NULL;
}

void
weft_note_text_view_set_link (WeftNoteTextView *self,
                              const char       *uri,
                              const char       *text)
{
  GtkTextBuffer *buffer = get_buffer (self);
  g_autoptr(WeftAny) change = NULL;
  GtkTextIter start, end;

  if (!can_edit (self))
    return;

  if (!weft_note_text_view_get_selection (self, &start, &end))
    spread_over_link (self, &start, &end);

  change = weft_note_attribute ("link", *uri != '\0' ? weft_any_new_string (uri) : NULL);
  begin (self);
  if (!gtk_text_iter_equal (&start, &end))
    weft_note_binding_format (self->binding, &start, &end, change);
  else if (*uri != '\0')
    {
      weft_note_binding_insert (self->binding, &start, *text != '\0' ? text : uri, -1, change);
      gtk_text_buffer_place_cursor (buffer, &start);
    }
  finish (self);
}
