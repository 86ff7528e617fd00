/* weft-swatch.c - a small picture of a colour or of a line
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-swatch.h"

#include "app/board/weft-element-renderer.h"
#include "app/board/weft-sketch.h"

#include <adwaita.h>

#define SIZE 20

typedef enum
{
  SWATCH_COLOR,
  SWATCH_RING,
  SWATCH_LINE,
  SWATCH_FILL,
  SWATCH_ROUGH,
} Kind;

struct _WeftSwatch
{
  GtkWidget       parent_instance;

  Kind            kind;
  WeftColor       color;
  double          width;
  WeftStrokeStyle stroke_style;
  WeftFillStyle   fill_style;
};

G_DEFINE_FINAL_TYPE (WeftSwatch, weft_swatch, GTK_TYPE_WIDGET)

static void
draw_color (WeftSwatch *self,
            cairo_t    *cr,
            gboolean    dark)
{
  double rgba[4];

  weft_color_to_page (self->color, dark, rgba);

  if ((self->color & 0xff) == 0)
    {
      /* Nothing: an empty ring with a line through it. */
      cairo_set_source_rgba (cr, 0.5, 0.5, 0.5, 0.9);
      cairo_set_line_width (cr, 1.5);
      cairo_arc (cr, SIZE / 2.0, SIZE / 2.0, SIZE / 2.0 - 2, 0, 2 * G_PI);
      cairo_stroke (cr);
      cairo_set_source_rgba (cr, 0.88, 0.2, 0.2, 1);
      cairo_move_to (cr, 5, SIZE - 5);
      cairo_line_to (cr, SIZE - 5, 5);
      cairo_stroke (cr);
      return;
    }

  cairo_set_source_rgba (cr, rgba[0], rgba[1], rgba[2], rgba[3]);

  if (self->kind == SWATCH_RING)
    {
      cairo_set_line_width (cr, 4);
      cairo_arc (cr, SIZE / 2.0, SIZE / 2.0, SIZE / 2.0 - 3.5, 0, 2 * G_PI);
      cairo_stroke (cr);
      return;
    }

  cairo_arc (cr, SIZE / 2.0, SIZE / 2.0, SIZE / 2.0 - 1.5, 0, 2 * G_PI);
  cairo_fill_preserve (cr);
  cairo_set_source_rgba (cr, dark ? 1 : 0, dark ? 1 : 0, dark ? 1 : 0, 0.18);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
draw_line (WeftSwatch *self,
           cairo_t    *cr)
{
  double width = self->width;

  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_width (cr, width);
  if (self->stroke_style == WEFT_STROKE_DASHED)
    cairo_set_dash (cr, (double[]) { 4, 5 }, 2, 0);
  else if (self->stroke_style == WEFT_STROKE_DOTTED)
    cairo_set_dash (cr, (double[]) { 0.1, 4 }, 2, 0);
  cairo_move_to (cr, 2.5, SIZE / 2.0);
  cairo_line_to (cr, SIZE - 2.5, SIZE / 2.0);
  cairo_stroke (cr);
}

static void
draw_fill (WeftSwatch *self,
           cairo_t    *cr)
{
  const WeftPoint corners[4] = { { 3, 3 }, { SIZE - 3, 3 }, { SIZE - 3, SIZE - 3 }, { 3, SIZE - 3 } };
  WeftSketch sketch;

  cairo_set_line_width (cr, 1.2);
  weft_sketch_init (&sketch, 1, 0);

  if (self->fill_style == WEFT_FILL_SOLID)
    {
      cairo_rectangle (cr, 3, 3, SIZE - 6, SIZE - 6);
      cairo_fill (cr);
      return;
    }

  weft_sketch_hachure (&sketch, cr, corners, 4, 3.4, -G_PI / 4);
  if (self->fill_style == WEFT_FILL_CROSS_HATCH)
    weft_sketch_hachure (&sketch, cr, corners, 4, 3.4, G_PI / 4);
  cairo_stroke (cr);
  cairo_rectangle (cr, 3.5, 3.5, SIZE - 7, SIZE - 7);
  cairo_stroke (cr);
}

static void
draw_rough (WeftSwatch *self,
            cairo_t    *cr)
{
  const WeftPoint corners[4] = { { 3, 5 }, { SIZE - 3, 5 }, { SIZE - 3, SIZE - 5 }, { 3, SIZE - 5 } };
  WeftSketch sketch;

  cairo_set_line_width (cr, 1.2);

  if (self->width == 0)
    cairo_rectangle (cr, 3.5, 4.5, SIZE - 7, SIZE - 9);
  else
    {
      weft_sketch_init (&sketch, 77, self->width);
      weft_sketch_lines (&sketch, cr, corners, 4, TRUE);
    }

  cairo_stroke (cr);
}

static void
weft_swatch_snapshot (GtkWidget   *widget,
                      GtkSnapshot *snapshot)
{
  WeftSwatch *self = WEFT_SWATCH (widget);
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, SIZE, SIZE));
  GdkRGBA color;

  gtk_widget_get_color (widget, &color);
  gdk_cairo_set_source_rgba (cr, &color);

  switch (self->kind)
    {
    case SWATCH_COLOR:
    case SWATCH_RING:
      draw_color (self, cr, dark);
      break;
    case SWATCH_FILL:
      draw_fill (self, cr);
      break;
    case SWATCH_ROUGH:
      draw_rough (self, cr);
      break;
    case SWATCH_LINE:
    default:
      draw_line (self, cr);
      break;
    }

  cairo_destroy (cr);
}

static void
weft_swatch_measure (GtkWidget     *widget,
                     GtkOrientation orientation,
                     int            for_size,
                     int           *minimum,
                     int           *natural,
                     int           *minimum_baseline,
                     int           *natural_baseline)
{
  *minimum = *natural = SIZE;
}

static void
weft_swatch_class_init (WeftSwatchClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = weft_swatch_snapshot;
  widget_class->measure = weft_swatch_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
weft_swatch_init (WeftSwatch *self)
{
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

static WeftSwatch *
swatch_new (Kind kind)
{
  WeftSwatch *self = g_object_new (WEFT_TYPE_SWATCH, NULL);

  self->kind = kind;

  return self;
}

GtkWidget *
weft_swatch_new_color (WeftColor color)
{
  WeftSwatch *self = swatch_new (SWATCH_COLOR);

  self->color = color;

  return GTK_WIDGET (self);
}

GtkWidget *
weft_swatch_new_ring (WeftColor color)
{
  WeftSwatch *self = swatch_new (SWATCH_RING);

  self->color = color;

  return GTK_WIDGET (self);
}

GtkWidget *
weft_swatch_new_line (double          width,
                      WeftStrokeStyle style)
{
  WeftSwatch *self = swatch_new (SWATCH_LINE);

  self->width = width;
  self->stroke_style = style;

  return GTK_WIDGET (self);
}

GtkWidget *
weft_swatch_new_fill (WeftFillStyle style)
{
  WeftSwatch *self = swatch_new (SWATCH_FILL);

  self->fill_style = style;

  return GTK_WIDGET (self);
}

GtkWidget *
weft_swatch_new_rough (double roughness)
{
  WeftSwatch *self = swatch_new (SWATCH_ROUGH);

  self->width = roughness;

  return GTK_WIDGET (self);
}

void
weft_swatch_set_color (WeftSwatch *self,
                       WeftColor   color)
{
  self->color = color;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
