/* weft-note-highlight.c - the colours of code in a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-highlight.h"

/* After the last key, and no more text than this in one block. */
#define DELAY_MS 120
#define MAX_BYTES 50000

struct _WeftNoteHighlight
{
  /* Borrowed */
  WeftNoteBinding *binding;

  /* Owned */
  GtkSourceBuffer *hidden;
  GHashTable      *tags; /* look -> GtkTextTag, which the note's table owns */
  GHashTable      *done; /* language and text -> how many such blocks are coloured */

  guint            source;
};

/* What people write behind the fence, where the toolkit's id is another. */
static const struct
{
  const char *name;
  const char *id;
} aliases[] = {
  { "javascript", "js" }, { "ts", "typescript" }, { "py", "python3" }, { "python", "python3" },
  { "bash", "sh" },       { "shell", "sh" },      { "c++", "cpp" },    { "c#", "c-sharp" },
  { "rs", "rust" },       { "yml", "yaml" },      { "rb", "ruby" },    { "md", "markdown" },
};

static GtkSourceLanguage *
find_language (const char *name)
{
  GtkSourceLanguageManager *manager = gtk_source_language_manager_get_default ();
  g_autofree char *id = g_ascii_strdown (name, -1);
  g_autofree char *file_name = NULL;
  GtkSourceLanguage *language;

  for (guint i = 0; i < G_N_ELEMENTS (aliases); i++)
    if (g_str_equal (id, aliases[i].name))
      return gtk_source_language_manager_get_language (manager, aliases[i].id);

  language = gtk_source_language_manager_get_language (manager, id);
  if (language != NULL)
    return language;

  file_name = g_strconcat ("file.", id, NULL);

  return gtk_source_language_manager_guess_language (manager, file_name, NULL);
}

static char *
dup_language_name (WeftNoteHighlight *self,
                   guint              line)
{
  g_autoptr(WeftAny) attributes = NULL;
  const WeftAny *value;
  GtkTextIter iter;

  weft_note_binding_get_terminator (self->binding, line, &iter);
  attributes = weft_note_dup_attributes (&iter, TRUE);
  value = weft_any_lookup (attributes, "code-block");

  return g_strdup (value != NULL && weft_any_get_string (value) != NULL ? weft_any_get_string (value) : "");
}

/* The colour, weight and slant that the hidden buffer gives at @iter, as a tag of the note. */
static GtkTextTag *
get_look (WeftNoteHighlight *self,
          const GtkTextIter *iter)
{
  g_autoptr(GSList) tags = gtk_text_iter_get_tags (iter);
  g_autoptr(GdkRGBA) color = NULL;
  g_autofree char *name = NULL;
  int weight = PANGO_WEIGHT_NORMAL;
  PangoStyle style = PANGO_STYLE_NORMAL;
  GtkTextTag *tag;

  for (GSList *l = tags; l != NULL; l = l->next)
    {
      gboolean has_color, has_weight, has_style;

      g_object_get (l->data, "foreground-set", &has_color, "weight-set", &has_weight, "style-set", &has_style,
                    NULL);
      if (has_color)
        {
          g_clear_pointer (&color, gdk_rgba_free);
          g_object_get (l->data, "foreground-rgba", &color, NULL);
        }
      if (has_weight)
        g_object_get (l->data, "weight", &weight, NULL);
      if (has_style)
        g_object_get (l->data, "style", &style, NULL);
    }
  if (color == NULL)
    return NULL;

  name = g_strdup_printf ("%02x%02x%02x %d %d", (int) (color->red * 255), (int) (color->green * 255),
                          (int) (color->blue * 255), weight, style);
  tag = g_hash_table_lookup (self->tags, name);
  if (tag == NULL)
    {
      tag = gtk_text_tag_new (NULL);
      g_object_set (tag, "foreground-rgba", color, "weight", weight, "style", style, NULL);
      gtk_text_tag_table_add (weft_note_tags_get_table (weft_note_binding_get_tags (self->binding)), tag);
      g_hash_table_insert (self->tags, g_steal_pointer (&name), tag);
      g_object_unref (tag);
    }

  return tag;
}

static void
clear_looks (WeftNoteHighlight *self,
             const GtkTextIter *start,
             const GtkTextIter *end)
{
  GHashTableIter iter;
  gpointer tag;

  g_hash_table_iter_init (&iter, self->tags);
  while (g_hash_table_iter_next (&iter, NULL, &tag))
    {
      GtkTextIter toggle = *start;

      /* Asking is cheap, taking off lays out the whole stretch again. */
      if (gtk_text_iter_has_tag (start, tag)
          || (gtk_text_iter_forward_to_tag_toggle (&toggle, tag) && gtk_text_iter_compare (&toggle, end) < 0))
        gtk_text_buffer_remove_tag (weft_note_binding_get_buffer (self->binding), tag, start, end);
    }
}

static void
clear_lines (WeftNoteHighlight *self,
             guint              first,
             guint              last)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_iter_at_line (weft_note_binding_get_buffer (self->binding), &start, first);
  weft_note_binding_get_terminator (self->binding, last, &end);
  clear_looks (self, &start, &end);
}

static void
color_block (WeftNoteHighlight *self,
             const char        *language_name,
             const char        *text,
             const GtkTextIter *start,
             const GtkTextIter *end)
{
  GtkTextBuffer *hidden = GTK_TEXT_BUFFER (self->hidden);
  GtkTextBuffer *buffer = weft_note_binding_get_buffer (self->binding);
  GtkSourceLanguage *language = *language_name != '\0' ? find_language (language_name) : NULL;
  int offset = gtk_text_iter_get_offset (start);
  GtkTextIter from, to, last;

  clear_looks (self, start, end);
  if (language == NULL || strlen (text) > MAX_BYTES)
    return;

  gtk_source_buffer_set_language (self->hidden, language);
  gtk_text_buffer_set_text (hidden, text, -1);
  gtk_text_buffer_get_bounds (hidden, &from, &last);
  gtk_source_buffer_ensure_highlight (self->hidden, &from, &last);
  while (!gtk_text_iter_is_end (&from))
    {
      GtkTextTag *look = get_look (self, &from);

      to = from;
      if (!gtk_text_iter_forward_to_tag_toggle (&to, NULL))
        to = last;
      if (look != NULL)
        {
          GtkTextIter a, b;

          gtk_text_buffer_get_iter_at_offset (buffer, &a, offset + gtk_text_iter_get_offset (&from));
          gtk_text_buffer_get_iter_at_offset (buffer, &b, offset + gtk_text_iter_get_offset (&to));
          gtk_text_buffer_apply_tag (buffer, look, &a, &b);
        }
      from = to;
    }
  gtk_text_buffer_set_text (hidden, "", 0);
}

/* Colours travel with the text: a block that was done before is left as it is. */
static void
look_at_block (WeftNoteHighlight *self,
               GHashTable        *seen,
               guint              first,
               guint              last)
{
  g_autofree char *language = dup_language_name (self, first);
  g_autofree char *text = NULL;
  g_autofree char *key = NULL;
  GtkTextIter start, end;
  guint n;

  gtk_text_buffer_get_iter_at_line (weft_note_binding_get_buffer (self->binding), &start, first);
  weft_note_binding_get_terminator (self->binding, last, &end);
  text = gtk_text_iter_get_slice (&start, &end);
  key = g_strconcat (language, "\n", text, NULL);

  n = GPOINTER_TO_UINT (g_hash_table_lookup (seen, key)) + 1;
  if (n > GPOINTER_TO_UINT (g_hash_table_lookup (self->done, key)))
    color_block (self, language, text, &start, &end);
  g_hash_table_replace (seen, g_steal_pointer (&key), GUINT_TO_POINTER (n));
}

static gboolean
look_cb (gpointer user_data)
{
  WeftNoteHighlight *self = user_data;
  WeftNoteLines *lines = weft_note_binding_get_lines (self->binding);
  GHashTable *seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_lines = weft_note_lines_get_n (lines);

  self->source = 0;
  for (guint line = 0; line < n_lines;)
    {
      gboolean code = weft_note_lines_get (lines, line)->format.code;
      guint first = line;

      while (line < n_lines && !weft_note_lines_get (lines, line)->format.code == !code)
        line++;
      if (code)
        look_at_block (self, seen, first, line - 1);
      else
        clear_lines (self, first, line - 1);
    }
  g_hash_table_unref (self->done);
  self->done = seen;

  return G_SOURCE_REMOVE;
}

void
weft_note_highlight_queue (WeftNoteHighlight *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  self->source = g_timeout_add (DELAY_MS, look_cb, self);
}

void
weft_note_highlight_set_dark (WeftNoteHighlight *self,
                              gboolean           dark)
{
  GtkSourceStyleSchemeManager *manager = gtk_source_style_scheme_manager_get_default ();

  gtk_source_buffer_set_style_scheme (
      self->hidden, gtk_source_style_scheme_manager_get_scheme (manager, dark ? "Adwaita-dark" : "Adwaita"));
  g_hash_table_remove_all (self->done);
  weft_note_highlight_queue (self);
}

WeftNoteHighlight *
weft_note_highlight_new (WeftNoteBinding *binding,
                         gboolean         dark)
{
  WeftNoteHighlight *self = g_new0 (WeftNoteHighlight, 1);

  self->binding = binding;
  self->hidden = gtk_source_buffer_new (NULL);
  self->tags = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_signal_connect_swapped (binding, "edited", G_CALLBACK (weft_note_highlight_queue), self);
  g_signal_connect_swapped (binding, "applied", G_CALLBACK (weft_note_highlight_queue), self);
  g_signal_connect_swapped (binding, "loaded", G_CALLBACK (weft_note_highlight_queue), self);
  weft_note_highlight_set_dark (self, dark);

  return self;
}

void
weft_note_highlight_free (WeftNoteHighlight *self)
{
  g_signal_handlers_disconnect_by_data (self->binding, self);
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_object (&self->hidden);
  g_clear_pointer (&self->tags, g_hash_table_unref);
  g_clear_pointer (&self->done, g_hash_table_unref);
  g_free (self);
}
