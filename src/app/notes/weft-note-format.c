/* weft-note-format.c - the formats of a note, as text tags and as what a line is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-format.h"

#include "app/weft-legible.h"
#include "notebook/weft-shown-page.h"

struct _WeftNoteTags
{
  GObject          parent_instance;

  /* Owned */
  GtkTextTagTable *table;
  GHashTable      *attributes; /* "key=json" -> GtkTextTag, which the table owns */
  GHashTable      *keys;       /* key -> GPtrArray of GtkTextTag */
  GPtrArray       *paragraphs; /* of GtkTextTag */
  GtkTextTag      *sentinel;   /* the table owns it */
  gboolean         dark;
};

G_DEFINE_FINAL_TYPE (WeftNoteTags, weft_note_tags, G_TYPE_OBJECT)

#define KEY_DATA "weft-key"
#define VALUE_DATA "weft-value"
#define PARAGRAPH_DATA "weft-paragraph"
/* How much of a person's colour is in the ground of what they changed. */
#define CHANGE_TINT 0.14f
/* Above and below a list, a quote, or code. */
#define EDGE_PIXELS 9

/* What a paragraph tag is for. */
typedef struct
{
  WeftNoteLineFormat format;
  guint8             edges;
} Look;

static const char *const line_keys[] = { "header",     "list",  "indent",    "blockquote",
                                         "code-block", "align", "direction", "table" };

static const struct
{
  double scale;
  int    pixels_above;
  int    pixels_below;
} headers[] = {
  { 1.0, 0, 0 },   { 1.55, 22, 6 }, { 1.3, 18, 5 },  { 1.14, 14, 4 },
  { 1.03, 12, 3 }, { 0.96, 12, 3 }, { 0.9, 12, 3 },
};

gboolean
weft_note_key_is_line (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (line_keys); i++)
    if (strcmp (key, line_keys[i]) == 0)
      return TRUE;

  return FALSE;
}

const char *
weft_note_tag_get_key (GtkTextTag *tag)
{
  return g_object_get_data (G_OBJECT (tag), KEY_DATA);
}

WeftAny *
weft_note_tag_get_value (GtkTextTag *tag)
{
  return g_object_get_data (G_OBJECT (tag), VALUE_DATA);
}

gboolean
weft_note_tag_is_paragraph (GtkTextTag *tag)
{
  return g_object_get_data (G_OBJECT (tag), PARAGRAPH_DATA) != NULL;
}

gboolean
weft_note_line_format_joins (const WeftNoteLineFormat *a,
                             const WeftNoteLineFormat *b)
{
  return (a->code && b->code) || (a->quote && b->quote)
         || (a->list != WEFT_NOTE_LIST_NONE && b->list != WEFT_NOTE_LIST_NONE);
}

static gboolean
is_on (const WeftAny *value)
{
  return weft_any_get_kind (value) != WEFT_ANY_BOOLEAN || weft_any_get_boolean (value);
}

/* What came is underlined, what went is struck through; what has other marks is dotted at its ground. */
static void
color_change (GtkTextTag    *tag,
              const WeftAny *value,
              gboolean       dark)
{
  const WeftAny *name = weft_any_lookup (value, "color");
  const WeftAny *kind = weft_any_lookup (value, "type");
  const char *type = kind != NULL ? weft_any_get_string (kind) : NULL;
  const char *text = name != NULL ? weft_any_get_string (name) : NULL;
  GdkRGBA color, ground;

  if (type == NULL || text == NULL || !gdk_rgba_parse (&color, text))
    return;

  ground = color;
  ground.alpha = CHANGE_TINT;
  weft_legible_make (&color, dark);
  g_object_set (tag, "background-rgba", &ground, NULL);
  if (g_str_equal (type, "removed"))
    g_object_set (tag, "foreground-rgba", &color, "strikethrough", TRUE, "strikethrough-rgba", &color, NULL);
  else if (g_str_equal (type, "added"))
    g_object_set (tag, "foreground-rgba", &color, "underline", PANGO_UNDERLINE_SINGLE, "underline-rgba", &color, NULL);
  else
    g_object_set (tag, "underline", PANGO_UNDERLINE_DOUBLE, "underline-rgba", &color, NULL);
}

/* The colours are those of libadwaita's palette, readable on either background. */
static void
color_attribute (WeftNoteTags *self,
                 GtkTextTag   *tag)
{
  const char *key = weft_note_tag_get_key (tag);

  if (g_str_equal (key, "link"))
    g_object_set (tag, "foreground", self->dark ? "#78aeed" : "#1c71d8", NULL);
  else if (g_str_equal (key, "code"))
    g_object_set (tag, "background", self->dark ? "#3d3846" : "#ebebed", NULL);
  else if (g_str_equal (key, WEFT_SHOWN_CHANGE) && weft_any_get_kind (weft_note_tag_get_value (tag)) == WEFT_ANY_OBJECT)
    color_change (tag, weft_note_tag_get_value (tag), self->dark);
}

static void
dress_attribute (WeftNoteTags  *self,
                 GtkTextTag    *tag,
                 const char    *key,
                 const WeftAny *value)
{
  const char *text = weft_any_get_string (value);
  GdkRGBA color;

  if (!is_on (value))
    return;

  if (g_str_equal (key, "bold"))
    g_object_set (tag, "weight", PANGO_WEIGHT_BOLD, NULL);
  else if (g_str_equal (key, "italic"))
    g_object_set (tag, "style", PANGO_STYLE_ITALIC, NULL);
  else if (g_str_equal (key, "underline"))
    g_object_set (tag, "underline", PANGO_UNDERLINE_SINGLE, NULL);
  else if (g_str_equal (key, "strike"))
    g_object_set (tag, "strikethrough", TRUE, NULL);
  else if (g_str_equal (key, "code"))
    g_object_set (tag, "family", "monospace", "scale", 0.92, NULL);
  else if (g_str_equal (key, "link"))
    g_object_set (tag, "underline", PANGO_UNDERLINE_SINGLE, NULL);
  else if (g_str_equal (key, "color") && text != NULL && gdk_rgba_parse (&color, text))
    g_object_set (tag, "foreground-rgba", &color, NULL);
  else if (g_str_equal (key, "background") && text != NULL && gdk_rgba_parse (&color, text))
    g_object_set (tag, "background-rgba", &color, NULL);
  else if (g_str_equal (key, "script") && g_strcmp0 (text, "super") == 0)
    g_object_set (tag, "rise", 5 * PANGO_SCALE, "scale", 0.8, NULL);
  else if (g_str_equal (key, "script") && g_strcmp0 (text, "sub") == 0)
    g_object_set (tag, "rise", -3 * PANGO_SCALE, "scale", 0.8, NULL);

  color_attribute (self, tag);
}

static void
remember_key (WeftNoteTags *self,
              const char   *key,
              GtkTextTag   *tag)
{
  GPtrArray *tags = g_hash_table_lookup (self->keys, key);

  if (tags == NULL)
    {
      tags = g_ptr_array_new ();
      g_hash_table_insert (self->keys, g_strdup (key), tags);
    }
  g_ptr_array_add (tags, tag);
}

GPtrArray *
weft_note_tags_list_key (WeftNoteTags *self,
                         const char   *key)
{
  return g_hash_table_lookup (self->keys, key);
}

GPtrArray *
weft_note_tags_list_paragraphs (WeftNoteTags *self)
{
  return self->paragraphs;
}

GtkTextTag *
weft_note_tags_get_attribute (WeftNoteTags  *self,
                              const char    *key,
                              const WeftAny *value)
{
  g_autofree char *json = NULL;
  g_autofree char *name = NULL;
  GtkTextTag *tag;

  if (value == NULL || weft_any_get_kind (value) == WEFT_ANY_NULL
      || weft_any_get_kind (value) == WEFT_ANY_UNDEFINED)
    return NULL;

  json = weft_any_to_json (value);
  name = g_strconcat (key, "=", json, NULL);
  tag = g_hash_table_lookup (self->attributes, name);
  if (tag == NULL)
    {
      tag = gtk_text_tag_new (NULL);
      g_object_set_data_full (G_OBJECT (tag), KEY_DATA, g_strdup (key), g_free);
      g_object_set_data_full (G_OBJECT (tag), VALUE_DATA, weft_any_ref ((WeftAny *) value),
                              (GDestroyNotify) weft_any_unref);
      if (!weft_note_key_is_line (key))
        dress_attribute (self, tag, key, value);
      gtk_text_tag_table_add (self->table, tag);
      g_hash_table_insert (self->attributes, g_steal_pointer (&name), tag);
      remember_key (self, key, tag);
      g_object_unref (tag);
    }

  return tag;
}

static void
color_paragraph (WeftNoteTags             *self,
                 GtkTextTag               *tag,
                 const WeftNoteLineFormat *format)
{
  if (format->list == WEFT_NOTE_LIST_CHECKED)
    g_object_set (tag, "foreground", self->dark ? "#9a9996" : "#77767b", NULL);
  else if (format->quote)
    g_object_set (tag, "foreground", self->dark ? "#c0bfbc" : "#5e5c64", NULL);
}

static void
dress_paragraph (WeftNoteTags             *self,
                 GtkTextTag               *tag,
                 const WeftNoteLineFormat *format,
                 WeftNoteEdges             edges)
{
  static const GtkJustification justifications[] = {
    GTK_JUSTIFY_LEFT,
    GTK_JUSTIFY_CENTER,
    GTK_JUSTIFY_RIGHT,
    GTK_JUSTIFY_FILL,
  };
  guint steps = format->indent + (format->list != WEFT_NOTE_LIST_NONE);

  if (format->header > 0)
    g_object_set (tag, "scale", headers[format->header].scale, "weight", PANGO_WEIGHT_BOLD,
                  "pixels-above-lines", headers[format->header].pixels_above, "pixels-below-lines",
                  headers[format->header].pixels_below, NULL);

  if (format->quote)
    g_object_set (tag, "style", PANGO_STYLE_ITALIC, NULL);
  if (format->code)
    g_object_set (tag, "family", "monospace", "scale", 0.92, "wrap-mode", GTK_WRAP_WORD_CHAR, NULL);

  /* Added to the margins of the view, which centre the page. */
  g_object_set (tag, "accumulative-margin", TRUE, "left-margin",
                (int) (steps * WEFT_NOTE_INDENT + (format->quote ? 18 : 0) + (format->code ? 14 : 0)),
                NULL);
  if (format->code)
    g_object_set (tag, "right-margin", 14, NULL);
  if (weft_note_line_format_joins (format, format))
    g_object_set (tag, "pixels-above-lines", 2 + (edges & WEFT_NOTE_EDGE_FIRST ? EDGE_PIXELS : 0),
                  "pixels-below-lines", 2 + (edges & WEFT_NOTE_EDGE_LAST ? EDGE_PIXELS : 0), NULL);
  if (format->align != WEFT_NOTE_ALIGN_DEFAULT)
    g_object_set (tag, "justification", justifications[format->align], NULL);

  color_paragraph (self, tag, format);
}

GtkTextTag *
weft_note_tags_get_paragraph (WeftNoteTags             *self,
                              const WeftNoteLineFormat *format,
                              WeftNoteEdges             edges)
{
  static const Look plain;
  Look look = { .format = *format, .edges = edges };
  GtkTextTag *tag;

  if (memcmp (&look, &plain, sizeof look) == 0)
    return NULL;

  for (guint i = 0; i < self->paragraphs->len; i++)
    {
      tag = g_ptr_array_index (self->paragraphs, i);
      if (memcmp (&look, g_object_get_data (G_OBJECT (tag), PARAGRAPH_DATA), sizeof look) == 0)
        return tag;
    }

  tag = gtk_text_tag_new (NULL);
  g_object_set_data_full (G_OBJECT (tag), PARAGRAPH_DATA, g_memdup2 (&look, sizeof look), g_free);
  dress_paragraph (self, tag, format, edges);
  gtk_text_tag_table_add (self->table, tag);
  /* What stands on a run of text wins over what stands on the line. */
  gtk_text_tag_set_priority (tag, 0);
  g_ptr_array_add (self->paragraphs, tag);
  g_object_unref (tag);

  return tag;
}

GtkTextTag *
weft_note_tags_get_sentinel (WeftNoteTags *self)
{
  return self->sentinel;
}

GtkTextTagTable *
weft_note_tags_get_table (WeftNoteTags *self)
{
  return self->table;
}

void
weft_note_tags_set_dark (WeftNoteTags *self,
                         gboolean      dark)
{
  GHashTableIter iter;
  gpointer tag;

  dark = !!dark;
  if (self->dark == dark)
    return;

  self->dark = dark;
  g_hash_table_iter_init (&iter, self->attributes);
  while (g_hash_table_iter_next (&iter, NULL, &tag))
    color_attribute (self, tag);
  for (guint i = 0; i < self->paragraphs->len; i++)
    {
      tag = g_ptr_array_index (self->paragraphs, i);
      color_paragraph (self, tag, &((Look *) g_object_get_data (tag, PARAGRAPH_DATA))->format);
    }
}

WeftAny *
weft_note_dup_attributes (const GtkTextIter *iter,
                          gboolean           of_line)
{
  WeftAny *attributes = weft_any_new_object ();
  g_autoptr(GSList) tags = gtk_text_iter_get_tags (iter);

  for (GSList *l = tags; l != NULL; l = l->next)
    {
      const char *key = weft_note_tag_get_key (l->data);

      if (key != NULL && weft_note_key_is_line (key) == of_line)
        weft_any_object_take (attributes, key, weft_any_ref (weft_note_tag_get_value (l->data)));
    }

  return attributes;
}

static void
read_attribute (WeftNoteLineFormat *format,
                const char         *key,
                const WeftAny      *value)
{
  static const char *const lists[] = { "", "bullet", "ordered", "unchecked", "checked" };
  static const char *const aligns[] = { "left", "center", "right", "justify" };
  const char *text = weft_any_get_string (value);
  double number = weft_any_get_number (value);

  if (g_str_equal (key, "header") && number >= 1 && number <= 6)
    format->header = number;
  else if (g_str_equal (key, "indent") && number >= 1)
    format->indent = MIN (number, WEFT_NOTE_MAX_INDENT);
  else if (g_str_equal (key, "blockquote"))
    format->quote = is_on (value);
  else if (g_str_equal (key, "code-block"))
    format->code = is_on (value);
  else if (g_str_equal (key, "list") && text != NULL)
    for (guint i = 1; i < G_N_ELEMENTS (lists); i++)
      format->list = g_str_equal (text, lists[i]) ? i : format->list;
  else if (g_str_equal (key, "align") && text != NULL)
    for (guint i = 0; i < G_N_ELEMENTS (aligns); i++)
      format->align = g_str_equal (text, aligns[i]) ? i : format->align;
}

void
weft_note_line_format_read (WeftNoteLineFormat *format,
                            const GtkTextIter  *terminator)
{
  g_autoptr(GSList) tags = gtk_text_iter_get_tags (terminator);

  memset (format, 0, sizeof *format);
  for (GSList *l = tags; l != NULL; l = l->next)
    {
      const char *key = weft_note_tag_get_key (l->data);

      if (key != NULL)
        read_attribute (format, key, weft_note_tag_get_value (l->data));
    }
}

static void
weft_note_tags_finalize (GObject *object)
{
  WeftNoteTags *self = WEFT_NOTE_TAGS (object);

  g_clear_pointer (&self->attributes, g_hash_table_unref);
  g_clear_pointer (&self->keys, g_hash_table_unref);
  g_clear_pointer (&self->paragraphs, g_ptr_array_unref);
  g_clear_object (&self->table);

  G_OBJECT_CLASS (weft_note_tags_parent_class)->finalize (object);
}

static void
weft_note_tags_class_init (WeftNoteTagsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_note_tags_finalize;
}

static void
weft_note_tags_init (WeftNoteTags *self)
{
  self->table = gtk_text_tag_table_new ();
  self->attributes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) g_ptr_array_unref);
  self->paragraphs = g_ptr_array_new ();

  self->sentinel = gtk_text_tag_new (NULL);
  g_object_set (self->sentinel, "editable", FALSE, NULL);
  gtk_text_tag_table_add (self->table, self->sentinel);
  g_object_unref (self->sentinel);
}

WeftNoteTags *
weft_note_tags_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_TAGS, NULL);
}
