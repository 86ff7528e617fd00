/* weft-board-style.c - how new elements look, and the properties that are written for them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-style.h"

#include <math.h>

const char *
weft_fill_style_to_string (WeftFillStyle style)
{
  static const char *const names[] = { "solid", "hachure", "cross-hatch", "zigzag" };

  return names[style];
}

const char *
weft_stroke_style_to_string (WeftStrokeStyle style)
{
  static const char *const names[] = { "solid", "dashed", "dotted" };

  return names[style];
}

const char *
weft_element_kind_to_string (WeftElementKind kind)
{
  switch (kind)
    {
    case WEFT_ELEMENT_RECTANGLE:
      return "rectangle";
    case WEFT_ELEMENT_ELLIPSE:
      return "ellipse";
    case WEFT_ELEMENT_DIAMOND:
      return "diamond";
    case WEFT_ELEMENT_LINE:
      return "line";
    case WEFT_ELEMENT_ARROW:
      return "arrow";
    case WEFT_ELEMENT_FREEDRAW:
      return "freedraw";
    case WEFT_ELEMENT_TEXT:
      return "text";
    case WEFT_ELEMENT_NOTE:
      return "note";
    case WEFT_ELEMENT_IMAGE:
      return "image";
    case WEFT_ELEMENT_FRAME:
      return "frame";
    case WEFT_ELEMENT_UNKNOWN:
    default:
      return "";
    }
}

static double
hundredths (double value)
{
  return round (value * 100) / 100;
}

void
weft_board_add_number (WeftAny    *properties,
                       const char *key,
                       double      value)
{
  weft_any_object_take (properties, key, weft_any_new_number (hundredths (value)));
}

void
weft_board_add_string (WeftAny    *properties,
                       const char *key,
                       const char *value)
{
  weft_any_object_take (properties, key, weft_any_new_string (value));
}

void
weft_board_add_color (WeftAny    *properties,
                      const char *key,
                      WeftColor   color)
{
  g_autofree char *text = weft_color_to_string (color);

  weft_board_add_string (properties, key, text);
}

void
weft_board_add_box (WeftAny       *properties,
                    const WeftBox *box)
{
  weft_board_add_number (properties, "x", box->x1);
  weft_board_add_number (properties, "y", box->y1);
  weft_board_add_number (properties, "width", box->x2 - box->x1);
  weft_board_add_number (properties, "height", box->y2 - box->y1);
}

void
weft_board_add_geometry (WeftAny           *properties,
                         const WeftElement *element)
{
  WeftBox box = weft_element_get_box (element);

  weft_board_add_box (properties, &box);

  if (weft_element_is_linear (element))
    {
      g_autofree WeftPoint *points = g_new (WeftPoint, MAX (element->n_points, 1));

      for (gsize i = 0; i < element->n_points; i++)
        points[i] = (WeftPoint) { hundredths (element->points[i].x),
                                  hundredths (element->points[i].y) };

      weft_board_add_number (properties, "x", element->x);
      weft_board_add_number (properties, "y", element->y);
      weft_any_object_take (properties, "points",
                            weft_element_points_to_any (points, element->n_points));
    }
}

static WeftAny *
roundness (int type)
{
  WeftAny *value = weft_any_new_object ();

  weft_any_object_take (value, "type", weft_any_new_number (type));

  return value;
}

WeftAny *
weft_board_style_to_any (const WeftBoardStyle *self,
                         WeftElementKind       kind)
{
  WeftAny *properties = weft_any_new_object ();

  weft_board_add_string (properties, "type", weft_element_kind_to_string (kind));

  /* Paper is light and stays light: writing on it does not take the colour of the pen. */
  weft_board_add_color (properties, "strokeColor",
                        kind == WEFT_ELEMENT_NOTE ? 0x1e1e1eff : self->stroke);

  if (self->opacity < 1)
    weft_board_add_number (properties, "opacity", self->opacity * 100);

  switch (kind)
    {
    case WEFT_ELEMENT_NOTE:
      weft_board_add_color (properties, "backgroundColor", self->paper);
      weft_board_add_number (properties, "fontSize", self->font_size);
      break;
    case WEFT_ELEMENT_TEXT:
      weft_board_add_number (properties, "fontSize", self->font_size);
      break;
    case WEFT_ELEMENT_FREEDRAW:
      weft_board_add_number (properties, "strokeWidth", self->pen_width);
      break;
    default:
      weft_board_add_number (properties, "strokeWidth", self->stroke_width);
      weft_board_add_number (properties, "roughness", self->roughness);
      weft_board_add_string (properties, "strokeStyle",
                             weft_stroke_style_to_string (self->stroke_style));
      if (kind != WEFT_ELEMENT_LINE && kind != WEFT_ELEMENT_ARROW)
        {
          weft_board_add_color (properties, "backgroundColor", self->background);
          weft_board_add_string (properties, "fillStyle",
                                 weft_fill_style_to_string (self->fill_style));
        }
      if (self->round && kind != WEFT_ELEMENT_ELLIPSE)
        weft_any_object_take (properties, "roundness",
                              roundness (kind == WEFT_ELEMENT_RECTANGLE ? 3 : 2));
      break;
    }

  return properties;
}
