/* weft-text-layout.c - the text of board elements, broken into lines
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-text-layout.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Inside shapes with a label, and inside notes. */
#define LABEL_PADDING 8.0
#define NOTE_PADDING  14.0

/* Pango takes minutes for megabytes. */
#define MAX_TEXT_BYTES 20000

/* Pango shapes the rest of a paragraph anew for each of its lines: longer ones are given to it in pieces. */
#define PIECE_BYTES 800

struct _WeftTextLayout
{
  PangoContext *pango;
  PangoLayout  *layout;

  /* The long text that was broken into lines last */
  char         *long_text;
  char         *long_lines;
  double        long_width;
  double        long_size;
  WeftFont      long_font;
};

WeftTextLayout *
weft_text_layout_new (void)
{
  WeftTextLayout *self = g_new0 (WeftTextLayout, 1);
  cairo_font_options_t *options = cairo_font_options_create ();
  g_autoptr(PangoAttrList) plain = NULL;

  self->pango = pango_font_map_create_context (pango_cairo_font_map_get_default ());

  /* Lines must break at the same places at every zoom. */
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (self->pango, options);
  pango_cairo_context_set_resolution (self->pango, 96);
  pango_context_set_round_glyph_positions (self->pango, FALSE);
  cairo_font_options_destroy (options);

  self->layout = pango_layout_new (self->pango);
  pango_layout_set_wrap (self->layout, PANGO_WRAP_WORD_CHAR);

  /* A word cut at the edge shows no hyphen that nobody wrote, as in Excalidraw. */
  plain = pango_attr_list_new ();
  pango_attr_list_insert (plain, pango_attr_insert_hyphens_new (FALSE));
  pango_layout_set_attributes (self->layout, plain);

  return self;
}

void
weft_text_layout_free (WeftTextLayout *self)
{
  g_free (self->long_text);
  g_free (self->long_lines);
  g_object_unref (self->layout);
  g_object_unref (self->pango);
  g_free (self);
}

const char *
weft_font_get_families (WeftFont font)
{
  switch (font)
    {
    case WEFT_FONT_HAND:
      /* No generic name: what fontconfig takes for cursive is calligraphy. */
      return "Excalifont, Virgil, Comic Neue, Adwaita Sans, Cantarell, Inter, Noto Sans, Sans";
    case WEFT_FONT_MONO:
      return "Adwaita Mono, Source Code Pro, Noto Sans Mono, DejaVu Sans Mono, Monospace";
    case WEFT_FONT_SANS:
    default:
      return "Adwaita Sans, Cantarell, Inter, Noto Sans, Sans";
    }
}

WeftBox
weft_element_get_text_box (const WeftElement *element,
                           double            *wrap_width)
{
  WeftBox box = weft_element_get_box (element);
  double padding = LABEL_PADDING;

  switch (element->kind)
    {
    case WEFT_ELEMENT_TEXT:
      *wrap_width = element->auto_resize ? -1 : MAX (element->width, element->font_size);
      return box;
    case WEFT_ELEMENT_LINE:
    case WEFT_ELEMENT_ARROW:
      {
        WeftPoint middle = weft_element_get_center (element);

        if (element->n_points >= 2)
          {
            WeftPoint a = element->points[(element->n_points - 1) / 2];
            WeftPoint b = element->points[element->n_points / 2];

            middle = (WeftPoint) { element->x + (a.x + b.x) / 2, element->y + (a.y + b.y) / 2 };
          }

        *wrap_width = MAX (10 * element->font_size, (box.x2 - box.x1) * 0.7);
        return (WeftBox) { middle.x - *wrap_width / 2, middle.y, middle.x + *wrap_width / 2,
                           middle.y };
      }
    case WEFT_ELEMENT_ELLIPSE:
      padding += (box.x2 - box.x1) * 0.146;
      break;
    case WEFT_ELEMENT_DIAMOND:
      padding += (box.x2 - box.x1) * 0.25;
      break;
    case WEFT_ELEMENT_NOTE:
      padding = NOTE_PADDING;
      break;
    default:
      break;
    }

  padding = MIN (padding, (box.x2 - box.x1) / 3);
  box.x1 += padding;
  box.x2 -= padding;
  if (element->kind == WEFT_ELEMENT_NOTE || element->vertical_align != WEFT_ALIGN_CENTER)
    {
      double vertical = MIN (padding, (box.y2 - box.y1) / 3);

      box.y1 += vertical;
      box.y2 -= vertical;
    }
  *wrap_width = MAX (box.x2 - box.x1, element->font_size * 0.6);

  return box;
}

/* Appends a paragraph to @lines, with a line break wherever the layout wraps it. What is in the last line of a piece
 * begins the next piece, so lines end where they would in one layout; the cost is linear. */
static void
append_wrapped (WeftTextLayout *self,
                const char     *paragraph,
                gsize           n_bytes,
                GString        *lines)
{
  gsize start = 0;
  gsize piece = PIECE_BYTES;

  while (n_bytes - start > piece)
    {
      const char *end = g_utf8_find_prev_char (paragraph + start, paragraph + start + piece + 1);
      PangoLayoutLine *last;
      int n_lines;
      int kept;

      pango_layout_set_text (self->layout, paragraph + start, end - (paragraph + start));
      n_lines = pango_layout_get_line_count (self->layout);
      last = pango_layout_get_line_readonly (self->layout, n_lines - 1);
      kept = n_lines > 1 ? pango_layout_line_get_start_index (last) : 0;

      if (kept == 0)
        {
          /* A line longer than the piece. */
          piece *= 2;
          continue;
        }

      for (int i = 0; i < n_lines - 1; i++)
        {
          PangoLayoutLine *line = pango_layout_get_line_readonly (self->layout, i);

          g_string_append_len (lines,
                               paragraph + start + pango_layout_line_get_start_index (line),
                               pango_layout_line_get_length (line));
          g_string_append_c (lines, '\n');
        }

      start += (gsize) kept;
      piece = PIECE_BYTES;
    }

  g_string_append_len (lines, paragraph + start, n_bytes - start);
}

/* The text with its long paragraphs broken into lines. The layout has its font and its width. */
static const char *
break_long_paragraphs (WeftTextLayout    *self,
                       const WeftElement *element,
                       gsize              n_bytes,
                       double             wrap_width)
{
  const char *text = element->text;
  GString *lines;

  if (self->long_text != NULL && self->long_width == wrap_width && self->long_size == element->font_size
      && self->long_font == element->font && strlen (self->long_text) == n_bytes
      && memcmp (self->long_text, text, n_bytes) == 0)
    return self->long_lines;

  lines = g_string_sized_new (n_bytes + n_bytes / 16);

  for (gsize i = 0; i < n_bytes;)
    {
      const char *end = memchr (text + i, '\n', n_bytes - i);
      gsize length = end != NULL ? (gsize) (end - (text + i)) : n_bytes - i;

      append_wrapped (self, text + i, length, lines);
      if (end != NULL)
        g_string_append_c (lines, '\n');
      i += length + (end != NULL);
    }

  g_free (self->long_text);
  g_free (self->long_lines);
  self->long_text = g_strndup (text, n_bytes);
  self->long_lines = g_string_free (lines, FALSE);
  self->long_width = wrap_width;
  self->long_size = element->font_size;
  self->long_font = element->font;

  return self->long_lines;
}

static gboolean
has_long_paragraph (const char *text,
                    gsize       n_bytes)
{
  const char *end = text + n_bytes;

  while ((gsize) (end - text) > PIECE_BYTES)
    {
      const char *next = memchr (text, '\n', end - text);

      if (next == NULL || next - text > PIECE_BYTES)
        return TRUE;
      text = next + 1;
    }

  return FALSE;
}

PangoLayout *
weft_text_layout_lay_out (WeftTextLayout    *self,
                          const WeftElement *element,
                          double             wrap_width)
{
  PangoFontDescription *font = pango_font_description_new ();
  gsize n_bytes = strlen (element->text);

  if (n_bytes > MAX_TEXT_BYTES)
    n_bytes = g_utf8_find_prev_char (element->text, element->text + MAX_TEXT_BYTES) - element->text;

  pango_font_description_set_family_static (font, weft_font_get_families (element->font));
  pango_font_description_set_absolute_size (font, element->font_size * PANGO_SCALE);
  pango_layout_set_font_description (self->layout, font);
  pango_font_description_free (font);

  pango_layout_set_width (self->layout, wrap_width > 0 ? (int) MIN (wrap_width * PANGO_SCALE, G_MAXINT / 2) : -1);
  pango_layout_set_alignment (self->layout,
                              element->text_align == WEFT_ALIGN_CENTER ? PANGO_ALIGN_CENTER
                              : element->text_align == WEFT_ALIGN_END  ? PANGO_ALIGN_RIGHT
                                                                       : PANGO_ALIGN_LEFT);
  pango_layout_set_line_spacing (self->layout, (float) element->line_height / 1.25f);

  if (wrap_width > 0 && has_long_paragraph (element->text, n_bytes))
    pango_layout_set_text (self->layout,
                           break_long_paragraphs (self, element, n_bytes, wrap_width), -1);
  else
    pango_layout_set_text (self->layout, element->text, n_bytes);

  return self->layout;
}

void
weft_text_layout_measure (WeftTextLayout    *self,
                          const WeftElement *element,
                          double            *width,
                          double            *height)
{
  PangoRectangle logical;
  double wrap_width;

  weft_element_get_text_box (element, &wrap_width);
  weft_text_layout_lay_out (self, element, wrap_width);
  pango_layout_get_extents (self->layout, NULL, &logical);
  *width = ceil ((double) logical.width / PANGO_SCALE + 0.01);
  *height = MAX (ceil ((double) logical.height / PANGO_SCALE),
                 ceil (element->font_size * element->line_height));
}
