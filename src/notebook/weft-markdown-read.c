/* weft-markdown-read.c - Markdown to a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * md4c calls us at the start and end of blocks and spans. Text goes into the delta with the marks in
 * force; a line ends, with its block's attributes, where a block ends or another begins inside it.
 */

#include "config.h"

#include "notebook/weft-markdown.h"

#include <glib/gi18n-lib.h>
#include <md4c.h>
#include <string.h>

/* Deeper lists and quotes are read as if they were this deep. */
#define MAX_INDENT 8

typedef enum
{
  MARK_BOLD = 1 << 0,
  MARK_ITALIC = 1 << 1,
  MARK_STRIKE = 1 << 2,
  MARK_CODE = 1 << 3,
  MARK_UNDERLINE = 1 << 4,
} Marks;

typedef enum
{
  ITEM_NONE,
  ITEM_BULLET,
  ITEM_ORDERED,
  ITEM_UNCHECKED,
  ITEM_CHECKED,
} Item;

static const char *const item_names[] = { NULL, "bullet", "ordered", "unchecked", "checked" };

typedef struct
{
  WeftDelta *delta;
  const WeftMarkdownOptions *options;

  /* Spans */
  Marks marks;
  GPtrArray *links;  /* addresses, innermost last */
  char *image;       /* the address while inside of ![...] */
  GString *alt;

  /* Blocks */
  GArray *lists;     /* of Item: what the items of each open list are */
  Item item;         /* what the line in hand is; taken by its first line only */
  guint n_quotes;
  guint header;
  char *code;        /* language, or "" ; %NULL outside of code blocks */
  GString *code_text;
  gboolean line_open; /* something stands in the line since the last "\n" */
  guint cell;

  /* The title, while the first heading is read */
  gboolean at_start;
  GString *title;
  gboolean in_title;
} Reading;

static WeftAny *
make_marks (Reading *self)
{
  static const struct
  {
    Marks mark;
    const char *name;
  } names[] = {
    { MARK_BOLD, "bold" },     { MARK_ITALIC, "italic" },       { MARK_STRIKE, "strike" },
    { MARK_CODE, "code" },     { MARK_UNDERLINE, "underline" },
  };
  WeftAny *attributes = NULL;

  if (self->marks == 0 && self->links->len == 0)
    return NULL;

  attributes = weft_any_new_object ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (self->marks & names[i].mark)
      weft_any_object_take (attributes, names[i].name, weft_any_new_boolean (TRUE));

  if (self->links->len > 0)
    weft_any_object_take (
        attributes, "link",
        weft_any_new_string (g_ptr_array_index (self->links, self->links->len - 1)));

  return attributes;
}

static void
add_text (Reading    *self,
          const char *text,
          gsize       n_bytes)
{
  g_autoptr(WeftAny) attributes = NULL;

  if (n_bytes == 0)
    return;

  if (self->in_title)
    {
      g_string_append_len (self->title, text, n_bytes);
      return;
    }

  if (self->image != NULL)
    {
      g_string_append_len (self->alt, text, n_bytes);
      return;
    }

  attributes = make_marks (self);
  weft_delta_insert_text (self->delta, text, n_bytes, attributes);
  self->line_open = TRUE;
}

static WeftAny *
make_line (Reading *self)
{
  g_autoptr(WeftAny) line = weft_any_new_object ();
  guint depth = self->lists->len;

  if (self->code != NULL)
    weft_any_object_take (line, "code-block",
                          *self->code ? weft_any_new_string (self->code)
                                      : weft_any_new_boolean (TRUE));

  if (self->header > 0)
    weft_any_object_take (line, "header", weft_any_new_number (self->header));

  if (self->n_quotes > 0)
    weft_any_object_take (line, "blockquote", weft_any_new_boolean (TRUE));

  if (depth > 0 && self->item != ITEM_NONE)
    weft_any_object_take (line, "list", weft_any_new_string (item_names[self->item]));

  /* A second paragraph of an item stands under its text: one step further in. */
  if (depth > 0 && self->item == ITEM_NONE)
    depth++;

  if (depth > 1)
    weft_any_object_take (line, "indent", weft_any_new_number (MIN (depth - 1, MAX_INDENT)));

  return weft_any_get_n_items (line) > 0 ? g_steal_pointer (&line) : NULL;
}

static void
end_line (Reading *self)
{
  g_autoptr(WeftAny) line = make_line (self);

  weft_delta_insert_text (self->delta, "\n", 1, line);
  self->line_open = FALSE;
  self->item = ITEM_NONE;
}

static void
end_open_line (Reading *self)
{
  if (self->line_open)
    end_line (self);
}

static char *
dup_attribute (const MD_ATTRIBUTE *attribute)
{
  return attribute->text ? g_utf8_make_valid (attribute->text, attribute->size) : g_strdup ("");
}

static char *
resolve (Reading    *self,
         char       *destination, /* taken */
         gboolean    is_image,
         gboolean    is_wiki)
{
  g_autofree char *given = destination;
  char *resolved = NULL;

  if (self->options->resolve != NULL)
    resolved = self->options->resolve (given, is_image, is_wiki, self->options->user_data);

  return resolved ? resolved : g_steal_pointer (&given);
}

static Item
get_list_item (Reading *self)
{
  return self->lists->len > 0 ? g_array_index (self->lists, Item, self->lists->len - 1) : ITEM_NONE;
}

static int
enter_block_cb (MD_BLOCKTYPE type,
                void        *detail,
                void        *user_data)
{
  Reading *self = user_data;
  Item kind = ITEM_NONE;

  switch (type)
    {
    case MD_BLOCK_QUOTE:
      end_open_line (self);
      self->n_quotes++;
      break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
      end_open_line (self);
      kind = type == MD_BLOCK_UL ? ITEM_BULLET : ITEM_ORDERED;
      g_array_append_val (self->lists, kind);
      break;
    case MD_BLOCK_LI:
      {
        MD_BLOCK_LI_DETAIL *li = detail;

        end_open_line (self);
        self->item = get_list_item (self);

        if (li->is_task)
          self->item = li->task_mark == ' ' ? ITEM_UNCHECKED : ITEM_CHECKED;
      }
      break;
    case MD_BLOCK_HR:
      {
        g_autoptr(WeftAny) divider = weft_any_new_object ();

        end_open_line (self);
        weft_any_object_take (divider, "divider", weft_any_new_boolean (TRUE));
        weft_delta_insert_embed (self->delta, divider, NULL);
        end_line (self);
      }
      break;
    case MD_BLOCK_H:
      end_open_line (self);
      self->header = ((MD_BLOCK_H_DETAIL *) detail)->level;
      self->in_title = self->options->take_title && self->at_start && self->header == 1;
      break;
    case MD_BLOCK_CODE:
      end_open_line (self);
      self->code = dup_attribute (&((MD_BLOCK_CODE_DETAIL *) detail)->lang);
      g_string_truncate (self->code_text, 0);
      break;
    case MD_BLOCK_TR:
      end_open_line (self);
      self->cell = 0;
      break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
      if (self->cell++ > 0)
        add_text (self, "\t", 1);
      break;
    case MD_BLOCK_P:
    case MD_BLOCK_HTML:
      end_open_line (self);
      break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_TABLE:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    default:
      break;
    }

  if (type != MD_BLOCK_DOC)
    self->at_start = FALSE;

  return 0;
}

static void
end_code (Reading *self)
{
  const char *p = self->code_text->str;
  const char *end = p + self->code_text->len;

  do
    {
      const char *stop = memchr (p, '\n', end - p);

      if (stop == NULL)
        stop = end;

      weft_delta_insert_text (self->delta, p, stop - p, NULL);
      end_line (self);
      p = stop + 1;
    }
  while (p < end);

  g_clear_pointer (&self->code, g_free);
}

static int
leave_block_cb (MD_BLOCKTYPE type,
                void        *detail,
                void        *user_data)
{
  Reading *self = user_data;

  switch (type)
    {
    case MD_BLOCK_QUOTE:
      end_open_line (self);
      self->n_quotes--;
      break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
      end_open_line (self);
      g_array_set_size (self->lists, self->lists->len - 1);
      self->item = ITEM_NONE;
      break;
    case MD_BLOCK_LI:
      /* An item without any text is a line all the same. */
      if (self->line_open || self->item != ITEM_NONE)
        end_line (self);
      break;
    case MD_BLOCK_H:
      if (!self->in_title)
        end_line (self);
      self->header = 0;
      self->in_title = FALSE;
      break;
    case MD_BLOCK_CODE:
      end_code (self);
      break;
    case MD_BLOCK_P:
    case MD_BLOCK_HTML:
    case MD_BLOCK_TR:
      end_open_line (self);
      break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HR:
    case MD_BLOCK_TABLE:
    case MD_BLOCK_THEAD:
    case MD_BLOCK_TBODY:
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
    default:
      break;
    }

  return 0;
}

static int
enter_span_cb (MD_SPANTYPE type,
               void       *detail,
               void       *user_data)
{
  Reading *self = user_data;

  switch (type)
    {
    case MD_SPAN_EM:
      self->marks |= MARK_ITALIC;
      break;
    case MD_SPAN_STRONG:
      self->marks |= MARK_BOLD;
      break;
    case MD_SPAN_DEL:
      self->marks |= MARK_STRIKE;
      break;
    case MD_SPAN_CODE:
      self->marks |= MARK_CODE;
      break;
    case MD_SPAN_U:
      self->marks |= MARK_UNDERLINE;
      break;
    case MD_SPAN_A:
      g_ptr_array_add (self->links, resolve (self, dup_attribute (&((MD_SPAN_A_DETAIL *) detail)->href),
                                             FALSE, FALSE));
      break;
    case MD_SPAN_WIKILINK:
      g_ptr_array_add (
          self->links,
          resolve (self, dup_attribute (&((MD_SPAN_WIKILINK_DETAIL *) detail)->target), FALSE,
                   TRUE));
      break;
    case MD_SPAN_IMG:
      g_free (self->image);
      self->image
          = resolve (self, dup_attribute (&((MD_SPAN_IMG_DETAIL *) detail)->src), TRUE, FALSE);
      g_string_truncate (self->alt, 0);
      break;
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    default:
      break;
    }

  return 0;
}

static void
end_image (Reading *self)
{
  g_autofree char *address = g_steal_pointer (&self->image);
  g_autoptr(WeftAny) embed = weft_any_new_object ();
  g_autoptr(WeftAny) attributes = make_marks (self);

  if (self->in_title || address == NULL)
    return;

  if (self->alt->len > 0)
    {
      if (attributes == NULL)
        attributes = weft_any_new_object ();

      weft_any_object_take (attributes, "alt", weft_any_new_string (self->alt->str));
    }

  weft_any_object_take (embed, "image", weft_any_new_string (address));
  weft_delta_insert_embed (self->delta, embed, attributes);
  self->line_open = TRUE;
}

static int
leave_span_cb (MD_SPANTYPE type,
               void       *detail,
               void       *user_data)
{
  Reading *self = user_data;

  switch (type)
    {
    case MD_SPAN_EM:
      self->marks &= ~MARK_ITALIC;
      break;
    case MD_SPAN_STRONG:
      self->marks &= ~MARK_BOLD;
      break;
    case MD_SPAN_DEL:
      self->marks &= ~MARK_STRIKE;
      break;
    case MD_SPAN_CODE:
      self->marks &= ~MARK_CODE;
      break;
    case MD_SPAN_U:
      self->marks &= ~MARK_UNDERLINE;
      break;
    case MD_SPAN_A:
    case MD_SPAN_WIKILINK:
      if (self->links->len > 0)
        g_ptr_array_set_size (self->links, self->links->len - 1);
      break;
    case MD_SPAN_IMG:
      end_image (self);
      break;
    case MD_SPAN_LATEXMATH:
    case MD_SPAN_LATEXMATH_DISPLAY:
    default:
      break;
    }

  return 0;
}

/* The entities that people write by hand, and numbers; others stay as they are. */
static void
add_entity (Reading    *self,
            const char *text,
            gsize       n_bytes)
{
  static const struct
  {
    const char *name;
    const char *text;
  } entities[] = {
    { "&amp;", "&" },       { "&lt;", "<" },         { "&gt;", ">" },     { "&quot;", "\"" },
    { "&apos;", "'" },      { "&nbsp;", "\u00a0" },  { "&copy;", "©" },   { "&reg;", "®" },
    { "&hellip;", "…" },    { "&mdash;", "—" },      { "&ndash;", "–" },  { "&laquo;", "«" },
    { "&raquo;", "»" },     { "&rarr;", "→" },       { "&larr;", "←" },   { "&times;", "×" },
    { "&deg;", "°" },       { "&euro;", "€" },       { "&middot;", "·" }, { "&trade;", "™" },
  };
  g_autofree char *entity = g_strndup (text, n_bytes);

  if (entity[1] == '#')
    {
      gboolean hex = entity[2] == 'x' || entity[2] == 'X';
      guint64 number = g_ascii_strtoull (entity + (hex ? 3 : 2), NULL, hex ? 16 : 10);
      char utf8[6];

      if (number == 0 || !g_unichar_validate ((gunichar) number) || number > 0x10ffff)
        number = 0xfffd;

      add_text (self, utf8, g_unichar_to_utf8 ((gunichar) number, utf8));
      return;
    }

  for (guint i = 0; i < G_N_ELEMENTS (entities); i++)
    if (g_str_equal (entity, entities[i].name))
      {
        add_text (self, entities[i].text, strlen (entities[i].text));
        return;
      }

  add_text (self, text, n_bytes);
}

static gboolean
is_tag (const char *text,
        gsize       n_bytes,
        const char *tag)
{
  return n_bytes == strlen (tag) && g_ascii_strncasecmp (text, tag, n_bytes) == 0;
}

static void
add_html (Reading    *self,
          const char *text,
          gsize       n_bytes)
{
  if (is_tag (text, n_bytes, "<u>"))
    self->marks |= MARK_UNDERLINE;
  else if (is_tag (text, n_bytes, "</u>"))
    self->marks &= ~MARK_UNDERLINE;
  else if (is_tag (text, n_bytes, "<br>") || is_tag (text, n_bytes, "<br/>")
           || is_tag (text, n_bytes, "<br />"))
    end_line (self);
  else if (n_bytes == 1 && *text == '\n')
    end_open_line (self);
  else
    add_text (self, text, n_bytes);
}

static int
text_cb (MD_TEXTTYPE    type,
         const MD_CHAR *text,
         MD_SIZE        size,
         void          *user_data)
{
  Reading *self = user_data;

  if (self->code != NULL)
    {
      g_string_append_len (self->code_text, text, size);
      return 0;
    }

  switch (type)
    {
    case MD_TEXT_BR:
      /* A note has no line break inside of a paragraph: what follows is a line of its own. */
      if (self->in_title)
        add_text (self, " ", 1);
      else
        end_line (self);
      break;
    case MD_TEXT_SOFTBR:
      if (self->options->keep_lines && !self->in_title)
        end_line (self);
      else
        add_text (self, " ", 1);
      break;
    case MD_TEXT_NULLCHAR:
      add_text (self, "\xef\xbf\xbd", 3);
      break;
    case MD_TEXT_ENTITY:
      add_entity (self, text, size);
      break;
    case MD_TEXT_HTML:
      add_html (self, text, size);
      break;
    case MD_TEXT_NORMAL:
    case MD_TEXT_CODE:
    case MD_TEXT_LATEXMATH:
    default:
      add_text (self, text, size);
      break;
    }

  return 0;
}

static const MD_PARSER parser = {
  .abi_version = 0,
  .flags = MD_FLAG_TASKLISTS | MD_FLAG_STRIKETHROUGH | MD_FLAG_TABLES
           | MD_FLAG_PERMISSIVEURLAUTOLINKS | MD_FLAG_PERMISSIVEEMAILAUTOLINKS | MD_FLAG_WIKILINKS,
  .enter_block = enter_block_cb,
  .leave_block = leave_block_cb,
  .enter_span = enter_span_cb,
  .leave_span = leave_span_cb,
  .text = text_cb,
};

/* The end of a YAML block that opens the file, or @text; its title goes to @title. */
static const char *
skip_front_matter (const char  *text,
                   char       **title)
{
  const char *end = NULL;
  g_auto(GStrv) lines = NULL;
  g_autofree char *block = NULL;

  if (!g_str_has_prefix (text, "---\n"))
    return text;

  end = strstr (text + 3, "\n---\n");

  if (end == NULL)
    return text;

  block = g_strndup (text + 4, end > text + 4 ? end - text - 4 : 0);
  lines = g_strsplit (block, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *value = NULL;
      gsize length = 0;

      if (!g_str_has_prefix (lines[i], "title:"))
        continue;

      value = g_strstrip (lines[i] + strlen ("title:"));
      length = strlen (value);

      if (length >= 2 && (*value == '"' || *value == '\'') && value[length - 1] == *value)
        {
          value[length - 1] = '\0';
          value++;
        }

      if (*value != '\0')
        *title = g_strdup (value);
    }

  return end + strlen ("\n---\n");
}

/* Well-formed, without a byte order mark, with "\n" at the ends of lines. */
static char *
normalize (const char *markdown,
           gssize      n_bytes)
{
  g_autofree char *valid
      = g_utf8_make_valid (markdown, n_bytes >= 0 ? n_bytes : (gssize) strlen (markdown));
  const char *start = g_str_has_prefix (valid, "\xef\xbb\xbf") ? valid + 3 : valid;
  GString *text = g_string_new (start);

  g_string_replace (text, "\r\n", "\n", 0);
  g_string_replace (text, "\r", "\n", 0);

  return g_string_free (text, FALSE);
}

/**
 * weft_markdown_read:
 * @markdown: UTF-8
 * @n_bytes: its length in bytes, or -1 when it ends with a zero
 * @options: how to read
 * @title: (out) (optional) (nullable) (transfer full): the title, where the text has one
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the note, or %NULL with @error set
 */
WeftDelta *
weft_markdown_read (const char                *markdown,
                    gssize                     n_bytes,
                    const WeftMarkdownOptions *options,
                    char                     **title,
                    GError                   **error)
{
  g_autofree char *text = normalize (markdown, n_bytes);
  g_autofree char *found_title = NULL;
  g_autoptr(WeftDelta) delta = weft_delta_new ();
  const char *start = skip_front_matter (text, &found_title);
  Reading self = { .delta = delta, .options = options, .at_start = TRUE };
  int result = 0;

  self.links = g_ptr_array_new_with_free_func (g_free);
  self.alt = g_string_new (NULL);
  self.lists = g_array_new (FALSE, FALSE, sizeof (Item));
  self.code_text = g_string_new (NULL);
  self.title = g_string_new (NULL);

  result = md_parse (start, strlen (start), &parser, &self);

  if (self.title->len > 0)
    {
      g_free (found_title);
      found_title = g_strdup (self.title->str);
    }

  g_ptr_array_unref (self.links);
  g_string_free (self.alt, TRUE);
  g_array_unref (self.lists);
  g_string_free (self.code_text, TRUE);
  g_string_free (self.title, TRUE);
  g_free (self.image);
  g_free (self.code);

  if (result != 0)
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                           _ ("The Markdown text is too large to be read"));
      return NULL;
    }

  if (title != NULL)
    *title = g_steal_pointer (&found_title);

  return g_steal_pointer (&delta);
}
