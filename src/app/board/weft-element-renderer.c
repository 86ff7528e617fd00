/* weft-element-renderer.c - draws elements with cairo
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-element-renderer.h"

#include "app/board/weft-sketch.h"
#include "app/board/weft-text-layout.h"

#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

/* Below this scale shapes are simplified: nobody sees the difference there. */
#define COARSE_SCALE      0.34
#define VERY_COARSE_SCALE 0.17

#define PEN_TAPER 0.6

/* So that paper does not glare on a dark page. */
#define PAPER_DIM 0.86

struct _WeftElementRenderer
{
  WeftTextLayout *text;
  gboolean        dark;
  gboolean        dim; /* paper on a dark page */
  gboolean        exact;
  double          scale;
  WeftPictureFunc pictures;
  gpointer        pictures_data;
};

static const double no_dash[] = { 0 };

WeftElementRenderer *
weft_element_renderer_new (void)
{
  WeftElementRenderer *self = g_new0 (WeftElementRenderer, 1);

  self->text = weft_text_layout_new ();
  self->scale = 1;

  return self;
}

void
weft_element_renderer_free (WeftElementRenderer *self)
{
  weft_text_layout_free (self->text);
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

void
weft_element_renderer_measure (WeftElementRenderer *self,
                               const WeftElement   *element,
                               double              *width,
                               double              *height)
{
  weft_text_layout_measure (self->text, element, width, height);
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
  PangoLayout *layout;
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

  layout = weft_text_layout_lay_out (self->text, element, wrap_width);
  pango_layout_get_extents (layout, NULL, &logical);
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
  pango_cairo_show_layout (cr, layout);
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
