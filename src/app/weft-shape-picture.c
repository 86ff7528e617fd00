/* weft-shape-picture.c - a shape as one of two had it, the other's behind it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two pictures beside each other show the same part of the board, so that one sees which way a shape went. What
 * cannot be seen at that size, because it went far, is at least where it is.
 */

#include "config.h"

#include "app/weft-shape-picture.h"

#include <adwaita.h>

#include "app/board/weft-element-renderer.h"

#define NATURAL_HEIGHT 96
/* Free on each side of what is shown. */
#define MARGIN 6
/* A small shape is not blown up beyond this. */
#define MAX_SCALE 1.5
#define BESIDE_OPACITY 0.25

struct _WeftShapePicture
{
  GtkWidget            parent_instance;

  WeftElementRenderer *renderer;
  WeftElement         *shape;  /* nullable */
  WeftElement         *beside; /* nullable */
};

G_DEFINE_FINAL_TYPE (WeftShapePicture, weft_shape_picture, GTK_TYPE_WIDGET)

/* A label is guessed to be much longer than it is: of what has an outline, that is what is looked at. */
static WeftBox
get_bounds_of (const WeftElement *shape)
{
  WeftBox box;

  if (shape->kind == WEFT_ELEMENT_TEXT || shape->width <= 0 || shape->height <= 0 || weft_element_is_linear (shape))
    return weft_element_get_draw_bounds (shape);

  box = weft_element_get_bounds (shape);
  weft_box_grow (&box, shape->stroke_width / 2 + 1);
  return box;
}

static WeftBox
get_bounds (WeftShapePicture *self)
{
  WeftBox box = get_bounds_of (self->shape != NULL ? self->shape : self->beside);

  if (self->shape != NULL && self->beside != NULL)
    {
      WeftBox other = get_bounds_of (self->beside);

      weft_box_add_box (&box, &other);
    }

  return box;
}

static void
weft_shape_picture_snapshot (GtkWidget   *widget,
                             GtkSnapshot *snapshot)
{
  WeftShapePicture *self = WEFT_SHAPE_PICTURE (widget);
  double width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double shown_width, shown_height, scale;
  WeftBox bounds;
  cairo_t *cr;

  if ((self->shape == NULL && self->beside == NULL) || width <= 2 * MARGIN || height <= 2 * MARGIN)
    return;

  bounds = get_bounds (self);
  shown_width = MAX (bounds.x2 - bounds.x1, 1);
  shown_height = MAX (bounds.y2 - bounds.y1, 1);
  scale = MIN ((width - 2 * MARGIN) / shown_width, (height - 2 * MARGIN) / shown_height);
  scale = MIN (scale, MAX_SCALE);
  weft_element_renderer_set_dark (self->renderer, adw_style_manager_get_dark (adw_style_manager_get_default ()));
  weft_element_renderer_set_scale (self->renderer, scale);

  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  weft_element_renderer_draw_page (self->renderer, cr);
  cairo_translate (cr, width / 2, height / 2);
  cairo_scale (cr, scale, scale);
  cairo_translate (cr, -(bounds.x1 + bounds.x2) / 2, -(bounds.y1 + bounds.y2) / 2);
  if (self->beside != NULL)
    {
      cairo_push_group (cr);
      weft_element_renderer_draw (self->renderer, cr, self->beside);
      cairo_pop_group_to_source (cr);
      cairo_paint_with_alpha (cr, BESIDE_OPACITY);
    }
  if (self->shape != NULL)
    weft_element_renderer_draw (self->renderer, cr, self->shape);
  cairo_destroy (cr);
}

static void
weft_shape_picture_measure (GtkWidget      *widget,
                            GtkOrientation  orientation,
                            int             for_size,
                            int            *minimum,
                            int            *natural,
                            int            *minimum_baseline,
                            int            *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? NATURAL_HEIGHT : 0;
}

static void
weft_shape_picture_dispose (GObject *object)
{
  WeftShapePicture *self = WEFT_SHAPE_PICTURE (object);

  g_clear_pointer (&self->shape, weft_element_unref);
  g_clear_pointer (&self->beside, weft_element_unref);
  g_clear_pointer (&self->renderer, weft_element_renderer_free);

  G_OBJECT_CLASS (weft_shape_picture_parent_class)->dispose (object);
}

static void
weft_shape_picture_class_init (WeftShapePictureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_shape_picture_dispose;
  widget_class->snapshot = weft_shape_picture_snapshot;
  widget_class->measure = weft_shape_picture_measure;
  gtk_widget_class_set_css_name (widget_class, "shape-picture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_shape_picture_init (WeftShapePicture *self)
{
  self->renderer = weft_element_renderer_new ();
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

void
weft_shape_picture_set (WeftShapePicture *self,
                        const WeftAny    *shape,
                        const WeftAny    *beside,
                        const char       *description)
{
  g_return_if_fail (WEFT_IS_SHAPE_PICTURE (self));

  g_clear_pointer (&self->shape, weft_element_unref);
  g_clear_pointer (&self->beside, weft_element_unref);
  self->shape = shape != NULL ? weft_element_new_from_any ("shape", shape) : NULL;
  self->beside = beside != NULL ? weft_element_new_from_any ("beside", beside) : NULL;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, description, -1);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), description);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
