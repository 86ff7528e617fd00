/* weft-board-export.c - a board as SVG or PNG
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-export.h"

#include <cairo-svg.h>
#include <math.h>

#define MARGIN         20.0
#define MAX_PNG_PIXELS 12000.0

typedef struct
{
  WeftElementRenderer *renderer;
  cairo_t             *cr;
} DrawClosure;

static void
draw_cb (const WeftElement *element,
         gpointer           user_data)
{
  DrawClosure *closure = user_data;

  weft_element_renderer_draw (closure->renderer, closure->cr, element);
}

static WeftBox
page_of (WeftBoardScene *scene)
{
  WeftBox box = weft_board_scene_get_bounds (scene);

  if (weft_box_is_empty (&box))
    box = (WeftBox) { 0, 0, 100, 100 };
  weft_box_grow (&box, MARGIN);

  return box;
}

static void
draw_all (WeftBoardScene  *scene,
          cairo_surface_t *surface,
          const WeftBox   *page,
          double           scale,
          WeftPictureFunc  pictures,
          gpointer         pictures_data)
{
  g_autoptr(WeftElementRenderer) renderer = weft_element_renderer_new ();
  cairo_t *cr = cairo_create (surface);
  DrawClosure closure = { renderer, cr };

  weft_element_renderer_set_exact (renderer, TRUE);
  weft_element_renderer_set_scale (renderer, scale);
  weft_element_renderer_set_pictures (renderer, pictures, pictures_data);
  cairo_scale (cr, scale, scale);
  cairo_translate (cr, -page->x1, -page->y1);
  weft_element_renderer_draw_page (renderer, cr);
  weft_board_scene_foreach_in (scene, page, draw_cb, &closure);
  cairo_destroy (cr);
}

static cairo_status_t
append_cb (void                *closure,
           const unsigned char *data,
           unsigned int         length)
{
  g_byte_array_append (closure, data, length);

  return CAIRO_STATUS_SUCCESS;
}

static GBytes *
take_bytes (cairo_surface_t *surface,
            cairo_status_t   status,
            GByteArray      *array,
            GError         **error)
{
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);

  cairo_surface_destroy (surface);

  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_byte_array_unref (array);
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, cairo_status_to_string (status));
      return NULL;
    }

  return g_byte_array_free_to_bytes (array);
}

GBytes *
weft_board_export_svg (WeftBoardScene  *scene,
                       WeftPictureFunc  pictures,
                       gpointer         pictures_data,
                       GError         **error)
{
  WeftBox page = page_of (scene);
  GByteArray *array = g_byte_array_new ();
  cairo_surface_t *surface = cairo_svg_surface_create_for_stream (
    append_cb, array, page.x2 - page.x1, page.y2 - page.y1);

  cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
  draw_all (scene, surface, &page, 1, pictures, pictures_data);
  cairo_surface_finish (surface);

  return take_bytes (surface, CAIRO_STATUS_SUCCESS, array, error);
}

GBytes *
weft_board_export_png (WeftBoardScene  *scene,
                       double           scale,
                       WeftPictureFunc  pictures,
                       gpointer         pictures_data,
                       GError         **error)
{
  WeftBox page = page_of (scene);
  GByteArray *array = g_byte_array_new ();
  cairo_surface_t *surface;
  cairo_status_t status;

  scale = MIN (scale, MAX_PNG_PIXELS / MAX (page.x2 - page.x1, page.y2 - page.y1));
  surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil ((page.x2 - page.x1) * scale),
                                        (int) ceil ((page.y2 - page.y1) * scale));
  draw_all (scene, surface, &page, scale, pictures, pictures_data);
  status = cairo_surface_write_to_png_stream (surface, append_cb, array);

  return take_bytes (surface, status, array, error);
}
