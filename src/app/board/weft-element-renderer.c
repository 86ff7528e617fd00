/* weft-element-renderer.c - draws elements with cairo
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-element-renderer.h"

#include "app/board/weft-sketch.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Below this scale shapes are simplified: nobody sees the difference there. */
#define COARSE_SCALE      0.34
#define VERY_COARSE_SCALE 0.17

/* Inside shapes with a label, and inside notes. */
#define LABEL_PADDING 8.0
#define NOTE_PADDING  14.0

/* Pango takes minutes for megabytes. */
#define MAX_TEXT_BYTES 20000

/* Pango shapes the rest of a paragraph anew for each of its lines: longer ones are given to it in pieces. */
#define PIECE_BYTES 800

#define PEN_TAPER 0.6

/* So that paper does not glare on a dark page. */
#define PAPER_DIM 0.86

struct _WeftElementRenderer
{
  PangoContext   *pango;
  PangoLayout    *layout;
  gboolean        dark;
  gboolean        dim; /* paper on a dark page */
  gboolean        exact;
  double          scale;
  WeftPictureFunc pictures;
  gpointer        pictures_data;

  /* The long text that was broken into lines last */
  char           *long_text;
  char           *long_lines;
  double          long_width;
  double          long_size;
  WeftFont        long_font;
};

static const double no_dash[] = { 0 };

WeftElementRenderer *
weft_element_renderer_new (void)
{
  WeftElementRenderer *self = g_new0 (WeftElementRenderer, 1);
  cairo_font_options_t *options = cairo_font_options_create ();
  g_autoptr(PangoAttrList) plain = NULL;

  self->pango = pango_font_map_create_context (pango_cairo_font_map_get_default ());
  self->scale = 1;

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
weft_element_renderer_free (WeftElementRenderer *self)
{
  g_clear_pointer (&self->long_text, g_free);
  g_clear_pointer (&self->long_lines, g_free);
  g_clear_object (&self->layout);
  g_clear_object (&self->pango);
  g_free (self);
}

void
weft_element_renderer_set_dark (WeftElementRenderer *self,
                                gboolean             dark)
{
  self->dark = dark;
}

void
weft_element_renderer_set_scale (WeftElementRenderer *self,
                                 double               scale)
{
  self->scale = scale;
}

void
weft_element_renderer_set_exact (WeftElementRenderer *self,
                                 gboolean             exact)
{
  self->exact = exact;
}

void
weft_element_renderer_set_pictures (WeftElementRenderer *self,
                                    WeftPictureFunc      func,
                                    gpointer             user_data)
{
  self->pictures = func;
  self->pictures_data = user_data;
}

/* As Excalidraw's dark mode: invert (93 %) and then turn the hue by half. The matrix is that of the CSS filter. */
static void
darken (double rgb[3])
{
  static const double turn[3][3] = {
    { -0.574, 1.430, 0.144 },
    { 0.426, 0.430, 0.144 },
    { 0.426, 1.430, -0.856 },
  };
  double inverted[3];

  for (guint i = 0; i < 3; i++)
    inverted[i] = 0.93 - 0.86 * rgb[i];

  for (guint i = 0; i < 3; i++)
    {
      double sum = 0;

      for (guint k = 0; k < 3; k++)
        sum += turn[i][k] * inverted[k];
      rgb[i] = CLAMP (sum, 0, 1);
    }
}

void
weft_color_to_page (WeftColor color,
                    gboolean  dark,
                    double    rgba[4])
{
  for (guint i = 0; i < 4; i++)
    rgba[i] = (color >> (24 - 8 * i) & 0xff) / 255.0;

  if (dark)
    darken (rgba);
}

static void
set_color (WeftElementRenderer *self,
           cairo_t             *cr,
           WeftColor            color,
           double               opacity)
{
  double rgba[4];

  weft_color_to_page (color, self->dark, rgba);

  for (guint i = 0; self->dim && i < 3; i++)
    rgba[i] *= PAPER_DIM;

  cairo_set_source_rgba (cr, rgba[0], rgba[1], rgba[2], rgba[3] * opacity);
}

static gboolean
is_visible (WeftColor color)
{
  return (color & 0xff) != 0;
}

void
weft_element_renderer_draw_page (WeftElementRenderer *self,
                                 cairo_t             *cr)
{
  WeftColor page = self->dark ? WEFT_PAGE_DARK : WEFT_PAGE_LIGHT;

  cairo_set_source_rgb (cr, (page >> 24 & 0xff) / 255.0, (page >> 16 & 0xff) / 255.0,
                        (page >> 8 & 0xff) / 255.0);
  cairo_paint (cr);
}

static gboolean
is_coarse (WeftElementRenderer *self)
{
  return !self->exact && self->scale < COARSE_SCALE;
}

/* Paths */

static void
add_polygon (cairo_t         *cr,
             const WeftPoint *points,
             gsize            n_points,
             gboolean         closed)
{
  if (n_points == 0)
    return;

  cairo_move_to (cr, points[0].x, points[0].y);
  for (gsize i = 1; i < n_points; i++)
    cairo_line_to (cr, points[i].x, points[i].y);

  if (closed)
    cairo_close_path (cr);
}

static void
add_rounded_rectangle (cairo_t       *cr,
                       const WeftBox *box,
                       double         radius)
{
  if (radius <= 0)
    {
      cairo_rectangle (cr, box->x1, box->y1, box->x2 - box->x1, box->y2 - box->y1);
      return;
    }

  cairo_new_sub_path (cr);
  cairo_arc (cr, box->x2 - radius, box->y1 + radius, radius, -G_PI / 2, 0);
  cairo_arc (cr, box->x2 - radius, box->y2 - radius, radius, 0, G_PI / 2);
  cairo_arc (cr, box->x1 + radius, box->y2 - radius, radius, G_PI / 2, G_PI);
  cairo_arc (cr, box->x1 + radius, box->y1 + radius, radius, G_PI, 1.5 * G_PI);
  cairo_close_path (cr);
}

/* A round corner of a diamond: the curve leaves each side @radius before the corner. */
static void
add_rounded_diamond (cairo_t         *cr,
                     const WeftPoint *points,
                     double           radius)
{
  for (guint i = 0; i < 4; i++)
    {
      WeftPoint corner = points[i];
      WeftPoint before = points[(i + 3) % 4];
      WeftPoint after = points[(i + 1) % 4];
      double in = MAX (weft_point_distance (corner, before), 1e-9);
      double out = MAX (weft_point_distance (corner, after), 1e-9);
      double from = MIN (radius / in, 0.5);
      double to = MIN (radius / out, 0.5);
      WeftPoint a = { corner.x + (before.x - corner.x) * from,
                      corner.y + (before.y - corner.y) * from };
      WeftPoint b = { corner.x + (after.x - corner.x) * to, corner.y + (after.y - corner.y) * to };

      if (i == 0)
        cairo_move_to (cr, a.x, a.y);
      else
        cairo_line_to (cr, a.x, a.y);
      cairo_curve_to (cr, (a.x + 2 * corner.x) / 3, (a.y + 2 * corner.y) / 3,
                      (b.x + 2 * corner.x) / 3, (b.y + 2 * corner.y) / 3, b.x, b.y);
    }

  cairo_close_path (cr);
}

static void
add_ellipse (cairo_t       *cr,
             const WeftBox *box)
{
  cairo_matrix_t matrix;

  if (box->x2 <= box->x1 || box->y2 <= box->y1)
    return;

  cairo_get_matrix (cr, &matrix);
  cairo_translate (cr, (box->x1 + box->x2) / 2, (box->y1 + box->y2) / 2);
  cairo_scale (cr, (box->x2 - box->x1) / 2, (box->y2 - box->y1) / 2);
  cairo_new_sub_path (cr);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_close_path (cr);
  cairo_set_matrix (cr, &matrix);
}

static void
add_smooth_line (cairo_t         *cr,
                 const WeftPoint *points,
                 gsize            n_points)
{
  cairo_move_to (cr, points[0].x, points[0].y);

  for (gsize i = 0; i + 1 < n_points; i++)
    {
      WeftPoint c1;
      WeftPoint c2;

      weft_curve_get_controls (points, n_points, i, &c1, &c2);
      cairo_curve_to (cr, c1.x, c1.y, c2.x, c2.y, points[i + 1].x, points[i + 1].y);
    }
}

/* The clean outline, before turning. */
static void
add_shape (cairo_t           *cr,
           const WeftElement *element)
{
  WeftBox box = weft_element_get_box (element);

  switch (element->kind)
    {
    case WEFT_ELEMENT_ELLIPSE:
      add_ellipse (cr, &box);
      break;
    case WEFT_ELEMENT_DIAMOND:
      {
        double cx = (box.x1 + box.x2) / 2;
        double cy = (box.y1 + box.y2) / 2;
        WeftPoint points[4] = { { cx, box.y1 }, { box.x2, cy }, { cx, box.y2 }, { box.x1, cy } };

        if (element->radius > 0)
          add_rounded_diamond (cr, points, element->radius);
        else
          add_polygon (cr, points, 4, TRUE);
      }
      break;
    default:
      add_rounded_rectangle (cr, &box, element->radius);
      break;
    }
}

/* The outline as points before turning, for sketchy drawing. */
static GArray *
get_straight_outline (const WeftElement *element)
{
  WeftElement upright = *element;

  upright.angle = 0;

  return weft_element_get_outline (&upright, NULL);
}

/* Whole boards would wait for a line with more dashes than this; it is drawn without them. */
#define MAX_DASHES 20000

/* Takes the outline of the box, or the way along the points, for the length. */
static gboolean
can_be_dashed (const WeftElement *element,
               double             period)
{
  double length = 2 * (element->width + element->height);

  for (gsize i = 1; i < element->n_points; i++)
    length += fabs (element->points[i].x - element->points[i - 1].x) +
              fabs (element->points[i].y - element->points[i - 1].y);

  return length < MAX_DASHES * period;
}

static void
set_stroke (WeftElementRenderer *self,
            cairo_t             *cr,
            const WeftElement   *element)
{
  double width = element->stroke_width;

  set_color (self, cr, element->stroke, element->opacity);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_width (cr, width);

  if (element->stroke_style == WEFT_STROKE_DASHED && can_be_dashed (element, 16 + 3 * width))
    cairo_set_dash (cr, (double[]) { 8 + width, 8 + 2 * width }, 2, 0);
  else if (element->stroke_style == WEFT_STROKE_DOTTED && can_be_dashed (element, 4 + 1.6 * width))
    cairo_set_dash (cr, (double[]) { 0.1, 4 + 1.6 * width }, 2, 0);
  else
    cairo_set_dash (cr, no_dash, 0, 0);
}

static gboolean
is_sketchy (WeftElementRenderer *self,
            const WeftElement   *element)
{
  return element->roughness > 0 && !is_coarse (self);
}

/* Shapes */

static void
fill_shape (WeftElementRenderer *self,
            cairo_t             *cr,
            const WeftElement   *element)
{
  WeftSketch sketch;
  g_autoptr(GArray) points = NULL;
  double gap;

  if (!is_visible (element->background))
    return;

  if (element->fill_style == WEFT_FILL_SOLID || is_coarse (self))
    {
      double thinner = element->fill_style == WEFT_FILL_SOLID ? 1 : 0.5;

      set_color (self, cr, element->background, element->opacity * thinner);

      if (is_sketchy (self, element))
        {
          /* Under the same corners as the sketchy line. */
          points = get_straight_outline (element);
          add_polygon (cr, (WeftPoint *) points->data, points->len, TRUE);
        }
      else
        add_shape (cr, element);

      cairo_fill (cr);
      return;
    }

  points = get_straight_outline (element);
  gap = MAX (element->stroke_width, 1) * 4;
  weft_sketch_init (&sketch, element->seed ^ 0x5bd1e995u, element->roughness);
  weft_sketch_hachure (&sketch, cr, (WeftPoint *) points->data, points->len, gap,
                       -41 * G_PI / 180);
  if (element->fill_style == WEFT_FILL_CROSS_HATCH)
    weft_sketch_hachure (&sketch, cr, (WeftPoint *) points->data, points->len, gap,
                         49 * G_PI / 180);

  set_color (self, cr, element->background, element->opacity);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_dash (cr, no_dash, 0, 0);
  cairo_set_line_width (cr, MAX (element->stroke_width / 2, 0.75));
  cairo_stroke (cr);
}

static void
stroke_shape (WeftElementRenderer *self,
              cairo_t             *cr,
              const WeftElement   *element)
{
  if (!is_visible (element->stroke))
    return;

  if (is_sketchy (self, element))
    {
      g_autoptr(GArray) points = get_straight_outline (element);
      WeftSketch sketch;

      weft_sketch_init (&sketch, element->seed, element->roughness);

      if (element->kind == WEFT_ELEMENT_ELLIPSE)
        weft_sketch_curve (&sketch, cr, (WeftPoint *) points->data, points->len, TRUE);
      else
        weft_sketch_lines (&sketch, cr, (WeftPoint *) points->data, points->len, TRUE);
    }
  else
    add_shape (cr, element);

  set_stroke (self, cr, element);
  cairo_stroke (cr);
}

/* Lines and arrows */

static void
draw_arrowhead (WeftElementRenderer *self,
                cairo_t             *cr,
                const WeftElement   *element,
                WeftArrowhead        head,
                WeftPoint            tip,
                WeftPoint            from,
                double               room)
{
  double angle = atan2 (tip.y - from.y, tip.x - from.x);
  double size = MIN (12 + 3 * element->stroke_width, MAX (room * 0.5, 4));
  double spread = head == WEFT_ARROWHEAD_TRIANGLE ? 25 * G_PI / 180 : 22 * G_PI / 180;
  WeftPoint left = { tip.x - size * cos (angle - spread), tip.y - size * sin (angle - spread) };
  WeftPoint right = { tip.x - size * cos (angle + spread), tip.y - size * sin (angle + spread) };

  cairo_set_dash (cr, no_dash, 0, 0);

  switch (head)
    {
    case WEFT_ARROWHEAD_ARROW:
      cairo_move_to (cr, left.x, left.y);
      cairo_line_to (cr, tip.x, tip.y);
      cairo_line_to (cr, right.x, right.y);
      cairo_stroke (cr);
      break;
    case WEFT_ARROWHEAD_TRIANGLE:
      add_polygon (cr, (WeftPoint[]) { left, tip, right }, 3, TRUE);
      cairo_fill_preserve (cr);
      cairo_stroke (cr);
      break;
    case WEFT_ARROWHEAD_BAR:
      cairo_move_to (cr, tip.x - size / 2 * sin (angle), tip.y + size / 2 * cos (angle));
      cairo_line_to (cr, tip.x + size / 2 * sin (angle), tip.y - size / 2 * cos (angle));
      cairo_stroke (cr);
      break;
    case WEFT_ARROWHEAD_DOT:
      cairo_new_sub_path (cr);
      cairo_arc (cr, tip.x, tip.y, MIN (size / 3, 3 + element->stroke_width), 0, 2 * G_PI);
      cairo_fill (cr);
      break;
    case WEFT_ARROWHEAD_NONE:
    default:
      break;
    }
}

static void
draw_linear (WeftElementRenderer *self,
             cairo_t             *cr,
             const WeftElement   *element)
{
  g_autoptr(GArray) outline = get_straight_outline (element);
  const WeftPoint *points = (const WeftPoint *) outline->data;
  guint n = outline->len;
  double length = 0;

  if (n < 2 || !is_visible (element->stroke))
    return;

  for (guint i = 0; i + 1 < n; i++)
    length += weft_point_distance (points[i], points[i + 1]);

  set_stroke (self, cr, element);

  if (is_sketchy (self, element))
    {
      WeftSketch sketch;

      weft_sketch_init (&sketch, element->seed, element->roughness);
      if (element->radius >= 0 && element->n_points > 2)
        weft_sketch_curve (&sketch, cr, points, n, FALSE);
      else
        weft_sketch_lines (&sketch, cr, points, n, FALSE);
    }
  else if (element->radius >= 0 && element->n_points > 2)
    {
      cairo_save (cr);
      cairo_translate (cr, element->x, element->y);
      add_smooth_line (cr, element->points, element->n_points);
      cairo_restore (cr);
    }
  else
    add_polygon (cr, points, n, FALSE);

  cairo_stroke (cr);

  draw_arrowhead (self, cr, element, element->end_arrowhead, points[n - 1], points[n - 2], length);
  draw_arrowhead (self, cr, element, element->start_arrowhead, points[0], points[1], length);
}

/* Pen strokes */

static void
draw_ink (WeftElementRenderer *self,
          cairo_t             *cr,
          const WeftElement   *element)
{
  WeftBox bounds;
  const WeftInkPoint *points;
  gsize n_points;
  double sx;
  double sy;

  if (element->ink == NULL)
    return;

  bounds = weft_ink_get_bounds (element->ink);
  points = weft_ink_get_points (element->ink, &n_points);
  sx = bounds.x2 > bounds.x1 ? element->width / (bounds.x2 - bounds.x1) : 1;
  sy = bounds.y2 > bounds.y1 ? element->height / (bounds.y2 - bounds.y1) : 1;

  set_color (self, cr, element->stroke, element->opacity);

  if (is_coarse (self))
    {
      guint step = self->scale < VERY_COARSE_SCALE ? 5 : 3;

      for (gsize i = 0; i < n_points; i += step)
        cairo_line_to (cr, element->x + (points[i].x - bounds.x1) * sx,
                       element->y + (points[i].y - bounds.y1) * sy);
      cairo_line_to (cr, element->x + (points[n_points - 1].x - bounds.x1) * sx,
                     element->y + (points[n_points - 1].y - bounds.y1) * sy);
      cairo_set_dash (cr, no_dash, 0, 0);
      cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
      cairo_set_line_width (cr, element->stroke_width);
      cairo_stroke (cr);
      return;
    }

  /* The points are stretched, the width of the line is not. */
  {
    g_autofree WeftInkPoint *placed = g_new (WeftInkPoint, n_points);
    g_autoptr(WeftInk) ink = NULL;
    g_autoptr(GArray) outline = NULL;

    for (gsize i = 0; i < n_points; i++)
      {
        placed[i].x = (points[i].x - bounds.x1) * sx;
        placed[i].y = (points[i].y - bounds.y1) * sy;
        placed[i].pressure = points[i].pressure;
      }

    ink = weft_ink_new (placed, n_points);
    outline = weft_ink_outline (ink, element->stroke_width, PEN_TAPER,
                                self->exact ? MAX (self->scale, 2) : self->scale);
    cairo_save (cr);
    cairo_translate (cr, element->x, element->y);
    add_polygon (cr, (WeftPoint *) outline->data, outline->len, TRUE);
    cairo_restore (cr);
    cairo_set_fill_rule (cr, CAIRO_FILL_RULE_WINDING);
    cairo_fill (cr);
  }
}

/* Text */

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
append_wrapped (WeftElementRenderer *self,
                const char          *paragraph,
                gsize                n_bytes,
                GString             *lines)
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
break_long_paragraphs (WeftElementRenderer *self,
                       const WeftElement   *element,
                       gsize                n_bytes,
                       double               wrap_width)
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

static void
lay_out (WeftElementRenderer *self,
         const WeftElement   *element,
         double               wrap_width)
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
}

void
weft_element_renderer_measure (WeftElementRenderer *self,
                               const WeftElement   *element,
                               double              *width,
                               double              *height)
{
  PangoRectangle logical;
  double wrap_width;

  weft_element_get_text_box (element, &wrap_width);
  lay_out (self, element, wrap_width);
  pango_layout_get_extents (self->layout, NULL, &logical);
  *width = ceil ((double) logical.width / PANGO_SCALE + 0.01);
  *height = MAX (ceil ((double) logical.height / PANGO_SCALE),
                 ceil (element->font_size * element->line_height));
}

/* Far out a line of text is a bar. */
static void
draw_bars (cairo_t           *cr,
           const WeftElement *element,
           const WeftBox     *box)
{
  double y = box->y1;
  double line = element->font_size * element->line_height;
  const char *c = element->text;

  while (*c != '\0' && y + element->font_size < box->y2 + line)
    {
      const char *end = strchr (c, '\n');
      gsize length = end != NULL ? (gsize) (end - c) : strlen (c);
      double width = MIN (length * element->font_size * 0.5, MAX (box->x2 - box->x1, 1));
      double x = element->text_align == WEFT_ALIGN_CENTER ? (box->x1 + box->x2 - width) / 2 : box->x1;

      cairo_rectangle (cr, x, y + element->font_size * 0.35, width, element->font_size * 0.5);
      y += line;
      c += length + (end != NULL);
    }

  cairo_fill (cr);
}

static void
draw_text (WeftElementRenderer *self,
           cairo_t             *cr,
           const WeftElement   *element)
{
  PangoRectangle logical;
  double wrap_width;
  WeftBox box;
  double x;
  double y;
  double height;
  WeftColor color = element->stroke;

  if (element->text[0] == '\0' || !is_visible (color))
    return;

  box = weft_element_get_text_box (element, &wrap_width);

  if (is_coarse (self) && element->font_size * self->scale < 3)
    {
      set_color (self, cr, color, element->opacity * 0.45);
      draw_bars (cr, element, &box);
      return;
    }

  lay_out (self, element, wrap_width);
  pango_layout_get_extents (self->layout, NULL, &logical);
  height = (double) logical.height / PANGO_SCALE;
  x = box.x1;
  y = box.y1;

  if (wrap_width < 0 && element->text_align != WEFT_ALIGN_START)
    {
      /* Not wrapped: Pango aligns the lines to each other, we the block to its box. */
      double rest = (box.x2 - box.x1) - (double) logical.width / PANGO_SCALE;

      x += element->text_align == WEFT_ALIGN_CENTER ? rest / 2 : rest;
    }

  if (element->kind != WEFT_ELEMENT_TEXT)
    {
      if (element->vertical_align == WEFT_ALIGN_CENTER)
        y = (box.y1 + box.y2 - height) / 2;
      else if (element->vertical_align == WEFT_ALIGN_END)
        y = box.y2 - height;
    }

  if (element->kind == WEFT_ELEMENT_NOTE && y < box.y1)
    y = box.y1;

  if (weft_element_is_linear (element))
    {
      /* The line makes room for its label. */
      double width = (double) logical.width / PANGO_SCALE;
      double middle = x + wrap_width / 2;
      WeftBox room = { middle - width / 2 - 4, y - 2, middle + width / 2 + 4, y + height + 2 };
      WeftColor page = self->dark ? WEFT_PAGE_DARK : WEFT_PAGE_LIGHT;

      cairo_set_source_rgb (cr, (page >> 24 & 0xff) / 255.0, (page >> 16 & 0xff) / 255.0,
                            (page >> 8 & 0xff) / 255.0);
      add_rounded_rectangle (cr, &room, 4);
      cairo_fill (cr);
    }

  set_color (self, cr, color, element->opacity);
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, self->layout);
}

/* Notes, cards, frames, pictures */

static void
draw_note (WeftElementRenderer *self,
           cairo_t             *cr,
           const WeftElement   *element)
{
  WeftBox box = weft_element_get_box (element);
  WeftColor paper = is_visible (element->background) ? element->background : 0xffec99ff;

  if (!is_coarse (self))
    {
      /* Three soft sheets below make a shadow that cairo can put into an SVG as well. */
      for (int i = 3; i >= 1; i--)
        {
          WeftBox shadow = { box.x1 - i + 1, box.y1 + i, box.x2 + i - 1, box.y2 + 2 * i };

          cairo_set_source_rgba (cr, 0, 0, 0, (self->dim ? 0.12 : 0.05) * element->opacity);
          add_rounded_rectangle (cr, &shadow, 4 + i);
          cairo_fill (cr);
        }
    }

  set_color (self, cr, paper, element->opacity);
  add_rounded_rectangle (cr, &box, is_coarse (self) ? 0 : 4);
  cairo_fill (cr);
}

static void
draw_card (WeftElementRenderer *self,
           cairo_t             *cr,
           const WeftElement   *element,
           const char          *label)
{
  WeftBox box = weft_element_get_box (element);
  WeftElement text = *element;

  set_color (self, cr, 0x1e1e1eff, 0.05);
  add_rounded_rectangle (cr, &box, MIN (8, MIN (element->width, element->height) / 4));
  cairo_fill_preserve (cr);
  set_color (self, cr, 0x1e1e1eff, 0.3);
  cairo_set_line_width (cr, 1);
  cairo_set_dash (cr, (double[]) { 4, 4 }, 2, 0);
  cairo_stroke (cr);

  text.kind = WEFT_ELEMENT_RECTANGLE;
  text.text = (char *) label;
  text.stroke = 0x868e96ff;
  text.text_align = WEFT_ALIGN_CENTER;
  text.vertical_align = WEFT_ALIGN_CENTER;
  text.font_size = CLAMP (element->height / 5, 6, 18);
  text.font = WEFT_FONT_SANS;
  draw_text (self, cr, &text);
}

static void
draw_frame (WeftElementRenderer *self,
            cairo_t             *cr,
            const WeftElement   *element)
{
  WeftBox box = weft_element_get_box (element);
  WeftElement text = *element;

  set_color (self, cr, 0xadb5bdff, 1);
  add_rounded_rectangle (cr, &box, MIN (8, MIN (element->width, element->height) / 4));
  cairo_set_line_width (cr, 2);
  cairo_set_dash (cr, no_dash, 0, 0);
  cairo_stroke (cr);

  text.kind = WEFT_ELEMENT_TEXT;
  text.text = element->label;
  text.stroke = 0x868e96ff;
  text.text_align = WEFT_ALIGN_START;
  text.font = WEFT_FONT_SANS;
  text.font_size = 14;
  text.y -= 22;
  text.height = 20;
  draw_text (self, cr, &text);
}

static void
draw_image (WeftElementRenderer *self,
            cairo_t             *cr,
            const WeftElement   *element)
{
  WeftBox box = weft_element_get_box (element);
  cairo_surface_t *picture = NULL;
  int width;
  int height;

  if (self->pictures != NULL && element->file_id != NULL)
    picture = self->pictures (element->file_id, self->pictures_data);

  if (picture == NULL)
    {
      draw_card (self, cr, element, element->label);
      return;
    }

  width = cairo_image_surface_get_width (picture);
  height = cairo_image_surface_get_height (picture);

  if (width > 0 && height > 0 && element->width > 0 && element->height > 0)
    {
      cairo_save (cr);
      add_rounded_rectangle (cr, &box, element->radius);
      cairo_clip (cr);
      cairo_translate (cr, box.x1, box.y1);
      cairo_scale (cr, element->width / width, element->height / height);
      cairo_set_source_surface (cr, picture, 0, 0);
      cairo_paint_with_alpha (cr, element->opacity);
      cairo_restore (cr);
    }

  cairo_surface_destroy (picture);
}

void
weft_element_renderer_draw (WeftElementRenderer *self,
                            cairo_t             *cr,
                            const WeftElement   *element)
{
  gboolean dark = self->dark;

  /* Paper stays paper, and what is written on it stays dark. */
  self->dark = dark && element->kind != WEFT_ELEMENT_NOTE;
  self->dim = dark && element->kind == WEFT_ELEMENT_NOTE;

  cairo_save (cr);
  cairo_new_path (cr);

  if (element->angle != 0)
    {
      WeftPoint center = weft_element_get_center (element);

      cairo_translate (cr, center.x, center.y);
      cairo_rotate (cr, element->angle);
      cairo_translate (cr, -center.x, -center.y);
    }

  switch (element->kind)
    {
    case WEFT_ELEMENT_RECTANGLE:
    case WEFT_ELEMENT_ELLIPSE:
    case WEFT_ELEMENT_DIAMOND:
      fill_shape (self, cr, element);
      stroke_shape (self, cr, element);
      break;
    case WEFT_ELEMENT_LINE:
    case WEFT_ELEMENT_ARROW:
      draw_linear (self, cr, element);
      break;
    case WEFT_ELEMENT_FREEDRAW:
      draw_ink (self, cr, element);
      break;
    case WEFT_ELEMENT_NOTE:
      draw_note (self, cr, element);
      break;
    case WEFT_ELEMENT_IMAGE:
      draw_image (self, cr, element);
      break;
    case WEFT_ELEMENT_FRAME:
      draw_frame (self, cr, element);
      break;
    case WEFT_ELEMENT_TEXT:
      break;
    case WEFT_ELEMENT_UNKNOWN:
    default:
      draw_card (self, cr, element, element->label[0] != '\0' ? element->label : element->type);
      break;
    }

  if (element->kind != WEFT_ELEMENT_UNKNOWN && element->kind != WEFT_ELEMENT_IMAGE)
    draw_text (self, cr, element);

  cairo_restore (cr);
  self->dark = dark;
  self->dim = FALSE;
}
