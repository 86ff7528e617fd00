/* weft-element.c - one thing on a board: read from its Y.Map, and written to it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-element.h"

#include <math.h>
#include <string.h>

/* A line with more corners than this is not of this world. */
#define MAX_POINTS 20000

/* Names as Excalidraw writes them; the position in a table is the value of its enum. */
static const char *const kind_names[] = {
  [WEFT_ELEMENT_UNKNOWN] = "",          [WEFT_ELEMENT_RECTANGLE] = "rectangle",
  [WEFT_ELEMENT_ELLIPSE] = "ellipse",   [WEFT_ELEMENT_DIAMOND] = "diamond",
  [WEFT_ELEMENT_LINE] = "line",         [WEFT_ELEMENT_ARROW] = "arrow",
  [WEFT_ELEMENT_FREEDRAW] = "freedraw", [WEFT_ELEMENT_TEXT] = "text",
  [WEFT_ELEMENT_NOTE] = "note",         [WEFT_ELEMENT_IMAGE] = "image",
  [WEFT_ELEMENT_FRAME] = "frame",
};

static const char *const fill_names[] = { "solid", "hachure", "cross-hatch", "zigzag", NULL };
static const char *const stroke_names[] = { "solid", "dashed", "dotted", NULL };
static const char *const align_names[] = { "left", "center", "right", NULL };
static const char *const vertical_align_names[] = { "top", "middle", "bottom", NULL };

/* What is shared by the many elements that have nothing there; never freed. */
static char no_text[] = "";
static char *no_strings[] = { NULL };

static const struct
{
  const char *name;
  WeftColor   color;
} color_names[] = {
  { "transparent", 0 },       { "black", 0x000000ff },  { "white", 0xffffffff },
  { "red", 0xff0000ff },      { "green", 0x008000ff },  { "blue", 0x0000ffff },
  { "yellow", 0xffff00ff },   { "orange", 0xffa500ff }, { "purple", 0x800080ff },
  { "gray", 0x808080ff },     { "grey", 0x808080ff },   { "pink", 0xffc0cbff },
  { "brown", 0xa52a2aff },    { "cyan", 0x00ffffff },   { "magenta", 0xff00ffff },
  { "lightgray", 0xd3d3d3ff }, { "darkgray", 0xa9a9a9ff },
};

/* Where properties come from: a map of the document, or an object. */
typedef struct
{
  WeftType      *map;
  const WeftAny *object;
} Source;

static WeftAny *
dup_value (const Source *source,
           const char   *key)
{
  const WeftAny *value;

  if (source->map != NULL)
    return weft_map_get (source->map, key);

  value = weft_any_lookup (source->object, key);

  return value != NULL ? weft_any_ref ((WeftAny *) value) : NULL;
}

static double
number_of (const WeftAny *value,
           double         fallback)
{
  double number = fallback;

  if (value == NULL)
    return fallback;

  if (weft_any_get_kind (value) == WEFT_ANY_NUMBER)
    number = weft_any_get_number (value);
  else if (weft_any_get_kind (value) == WEFT_ANY_BIGINT)
    number = (double) weft_any_get_bigint (value);

  return isfinite (number) ? number : fallback;
}

static double
read_number (const Source *source,
             const char   *key,
             double        fallback,
             double        least,
             double        most)
{
  g_autoptr(WeftAny) value = dup_value (source, key);

  return CLAMP (number_of (value, fallback), least, most);
}

static gboolean
read_boolean (const Source *source,
              const char   *key,
              gboolean      fallback)
{
  g_autoptr(WeftAny) value = dup_value (source, key);

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_BOOLEAN)
    return fallback;

  return weft_any_get_boolean (value);
}

static char *
dup_string (const Source *source,
            const char   *key)
{
  g_autoptr(WeftAny) value = dup_value (source, key);

  return value != NULL ? g_strdup (weft_any_get_string (value)) : NULL;
}

static guint
read_name (const Source      *source,
           const char        *key,
           const char *const *names,
           guint              fallback)
{
  g_autofree char *name = dup_string (source, key);

  for (guint i = 0; name != NULL && names[i] != NULL; i++)
    if (strcmp (name, names[i]) == 0)
      return i;

  return fallback;
}

static WeftColor
read_color (const Source *source,
            const char   *key,
            WeftColor     fallback)
{
  g_autofree char *text = dup_string (source, key);
  WeftColor color;

  return text != NULL && weft_color_parse (text, &color) ? color : fallback;
}

static char *
dup_text (const Source *source)
{
  WeftType *type = source->map != NULL ? weft_map_get_type (source->map, "text") : NULL;
  char *text;

  if (type != NULL && weft_type_get_kind (type) == WEFT_KIND_TEXT)
    text = weft_text_to_string (type);
  else
    text = dup_string (source, "text");

  if (text == NULL)
    return no_text;

  if (text[0] == '\0')
    {
      g_free (text);
      return no_text;
    }

  return text;
}

static void
read_points (const Source *source,
             WeftElement  *self)
{
  g_autoptr(WeftAny) value = dup_value (source, "points");
  gsize n_items;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_ARRAY)
    return;

  n_items = MIN (weft_any_get_n_items (value), MAX_POINTS);
  self->points = g_new (WeftPoint, MAX (n_items, 1));

  for (gsize i = 0; i < n_items; i++)
    {
      const WeftAny *item = weft_any_get_item (value, i);
      WeftPoint point;

      if (item == NULL || weft_any_get_kind (item) != WEFT_ANY_ARRAY
          || weft_any_get_n_items (item) < 2)
        continue;

      point.x = number_of (weft_any_get_item (item, 0), 0);
      point.y = number_of (weft_any_get_item (item, 1), 0);
      point.x = CLAMP (point.x, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
      point.y = CLAMP (point.y, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
      self->points[self->n_points++] = point;
    }
}

/* The bytes of `ink`, else the points and pressures that Excalidraw writes. */
static void
read_ink (const Source *source,
          WeftElement  *self)
{
  g_autoptr(WeftAny) value = dup_value (source, "ink");
  g_autoptr(WeftAny) pressures = NULL;
  g_autofree WeftInkPoint *points = NULL;

  if (value != NULL && weft_any_get_bytes (value) != NULL)
    self->ink = weft_ink_decode (weft_any_get_bytes (value));

  if (self->ink != NULL)
    return;

  read_points (source, self);

  if (self->n_points == 0)
    return;

  pressures = dup_value (source, "pressures");
  points = g_new (WeftInkPoint, self->n_points);

  for (gsize i = 0; i < self->n_points; i++)
    {
      double pressure = WEFT_INK_PRESSURE_DEFAULT;

      if (pressures != NULL && weft_any_get_kind (pressures) == WEFT_ANY_ARRAY
          && i < weft_any_get_n_items (pressures))
        pressure = number_of (weft_any_get_item (pressures, i), pressure);

      points[i].x = self->points[i].x;
      points[i].y = self->points[i].y;
      points[i].pressure = CLAMP (pressure, 0, 1);
    }

  self->ink = weft_ink_new (points, self->n_points);

  /* Excalidraw's x, y is the place of the first point, ours the corner of the bounds. */
  {
    WeftBox bounds = weft_ink_get_bounds (self->ink);

    self->x += bounds.x1;
    self->y += bounds.y1;
    self->width = bounds.x2 - bounds.x1;
    self->height = bounds.y2 - bounds.y1;
  }

  g_clear_pointer (&self->points, g_free);
  self->n_points = 0;
}

static void
read_binding (const Source *source,
              const char   *key,
              WeftBinding  *binding)
{
  g_autoptr(WeftAny) value = dup_value (source, key);
  const WeftAny *element_id;
  const WeftAny *fixed;

  binding->fixed_x = binding->fixed_y = 0.5;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return;

  element_id = weft_any_lookup (value, "elementId");
  fixed = weft_any_lookup (value, "fixedPoint");

  if (element_id == NULL || weft_any_get_string (element_id) == NULL)
    return;

  binding->element_id = g_strdup (weft_any_get_string (element_id));

  if (fixed != NULL && weft_any_get_kind (fixed) == WEFT_ANY_ARRAY
      && weft_any_get_n_items (fixed) >= 2)
    {
      double x = number_of (weft_any_get_item (fixed, 0), 0.5);
      double y = number_of (weft_any_get_item (fixed, 1), 0.5);

      binding->fixed_x = CLAMP (x, -1, 2);
      binding->fixed_y = CLAMP (y, -1, 2);
    }
}

static WeftArrowhead
read_arrowhead (const Source *source,
                const char   *key,
                WeftArrowhead fallback)
{
  g_autoptr(WeftAny) value = dup_value (source, key);
  const char *name;

  if (value == NULL)
    return fallback;

  name = weft_any_get_string (value);

  if (name == NULL)
    return WEFT_ARROWHEAD_NONE;
  if (g_str_has_prefix (name, "triangle") || g_str_has_prefix (name, "diamond"))
    return WEFT_ARROWHEAD_TRIANGLE;
  if (g_str_has_prefix (name, "circle") || strcmp (name, "dot") == 0)
    return WEFT_ARROWHEAD_DOT;
  if (strcmp (name, "bar") == 0)
    return WEFT_ARROWHEAD_BAR;

  return WEFT_ARROWHEAD_ARROW;
}

/* Excalidraw's rules: type 3 is a fixed radius where there is room, the older types are a quarter. */
static double
read_radius (const Source *source,
             double        width,
             double        height)
{
  g_autoptr(WeftAny) value = dup_value (source, "roundness");
  double side = MIN (width, height);
  double radius;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return -1;

  if (number_of (weft_any_lookup (value, "type"), 3) != 3)
    return side / 4;

  radius = number_of (weft_any_lookup (value, "value"), 32);

  return MAX (MIN (radius, side / 4), 0);
}

static WeftFont
read_font (const Source *source)
{
  switch ((int) read_number (source, "fontFamily", 2, 0, 100))
    {
    case 1:
    case 5:
    case 8:
      return WEFT_FONT_HAND;
    case 3:
      return WEFT_FONT_MONO;
    default:
      return WEFT_FONT_SANS;
    }
}

static guint32
read_seed (const Source *source,
           const char   *id)
{
  g_autoptr(WeftAny) value = dup_value (source, "seed");
  double seed = number_of (value, -1);
  guint32 hash = 2166136261u;

  if (seed >= 1 && seed <= G_MAXUINT32)
    return (guint32) seed;

  /* FNV-1a, so that everybody's picture trembles alike. */
  for (const char *c = id; *c != '\0'; c++)
    hash = (hash ^ (guint8) *c) * 16777619u;

  return hash | 1;
}

static char **
read_group_ids (const Source *source)
{
  g_autoptr(WeftAny) value = dup_value (source, "groupIds");
  GPtrArray *ids;

  if (value == NULL || weft_any_get_kind (value) != WEFT_ANY_ARRAY
      || weft_any_get_n_items (value) == 0)
    return no_strings;

  ids = g_ptr_array_new ();

  for (gsize i = 0; i < MIN (weft_any_get_n_items (value), 100); i++)
    {
      const char *id = weft_any_get_string (weft_any_get_item (value, i));

      if (id != NULL)
        g_ptr_array_add (ids, g_strdup (id));
    }

  g_ptr_array_add (ids, NULL);

  return (char **) g_ptr_array_free (ids, FALSE);
}

static char *
text_or_none (char *text)
{
  return text != NULL ? text : no_text;
}

static char *
dup_label (const Source *source)
{
  char *label = dup_string (source, "label");

  if (label == NULL)
    label = dup_string (source, "name");

  return text_or_none (label);
}

/* Boxes that were drawn to the left or upwards are turned over. */
static void
normalise_box (WeftElement *self)
{
  if (self->width < 0)
    {
      self->x += self->width;
      self->width = -self->width;
    }
  if (self->height < 0)
    {
      self->y += self->height;
      self->height = -self->height;
    }
}

static void
read_box (const Source *source,
          WeftElement  *self)
{
  self->x = read_number (source, "x", 0, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
  self->y = read_number (source, "y", 0, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
  self->width = read_number (source, "width", 0, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
  self->height = read_number (source, "height", 0, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
  self->angle = fmod (read_number (source, "angle", 0, -1e6, 1e6), 2 * G_PI);

  if (!weft_element_is_linear (self))
    normalise_box (self);
}

static void
read_style (const Source *source,
            WeftElement  *self)
{
  gboolean shape = self->kind == WEFT_ELEMENT_NOTE;

  self->stroke = read_color (source, "strokeColor", 0x1e1e1eff);
  self->background = read_color (source, "backgroundColor", shape ? 0xffec99ff : 0);
  self->fill_style = read_name (source, "fillStyle", fill_names, WEFT_FILL_SOLID);
  self->stroke_width = read_number (source, "strokeWidth", 2, 0.1, 200);
  self->stroke_style = read_name (source, "strokeStyle", stroke_names, WEFT_STROKE_SOLID);
  self->roughness = read_number (source, "roughness", 0, 0, 3);
  self->opacity = read_number (source, "opacity", 100, 0, 100) / 100;
  self->radius = read_radius (source, self->width, self->height);
}

static void
read_text_style (const Source *source,
                 WeftElement  *self)
{
  gboolean free_text = self->kind == WEFT_ELEMENT_TEXT;

  self->font_size = read_number (source, "fontSize", 20, 1, 2000);
  self->font = read_font (source);
  self->line_height = read_number (source, "lineHeight", 1.25, 0.5, 4);
  self->text_align = read_name (source, "textAlign", align_names,
                                free_text ? WEFT_ALIGN_START : WEFT_ALIGN_CENTER);
  self->vertical_align = read_name (source, "verticalAlign", vertical_align_names,
                                    free_text ? WEFT_ALIGN_START : WEFT_ALIGN_CENTER);
  self->auto_resize = read_boolean (source, "autoResize", TRUE);
}

static WeftElement *
element_new (const char   *id,
             const Source *source)
{
  WeftElement *self = g_new0 (WeftElement, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->id = g_strdup (id);
  self->type = text_or_none (dup_string (source, "type"));
  self->kind = weft_element_kind_from_type (self->type);
  self->index = text_or_none (dup_string (source, "index"));
  self->text = dup_text (source);
  self->label = dup_label (source);
  self->link = dup_string (source, "link");
  self->file_id = dup_string (source, "fileId");
  self->frame_id = dup_string (source, "frameId");
  self->group_ids = read_group_ids (source);
  self->locked = read_boolean (source, "locked", FALSE);
  self->seed = read_seed (source, id);

  read_box (source, self);

  if (weft_element_is_linear (self))
    read_points (source, self);
  else if (self->kind == WEFT_ELEMENT_FREEDRAW)
    read_ink (source, self);

  read_style (source, self);
  read_text_style (source, self);

  if (weft_element_is_linear (self))
    {
      self->start_arrowhead = read_arrowhead (source, "startArrowhead", WEFT_ARROWHEAD_NONE);
      self->end_arrowhead = read_arrowhead (source, "endArrowhead",
                                            self->kind == WEFT_ELEMENT_ARROW
                                              ? WEFT_ARROWHEAD_ARROW
                                              : WEFT_ARROWHEAD_NONE);
      read_binding (source, "startBinding", &self->start_binding);
      read_binding (source, "endBinding", &self->end_binding);
    }

  return self;
}

/**
 * weft_element_new_from_type:
 * @id: the key in the board
 * @map: what stands there
 *
 * Returns: (transfer full): what @map says now
 */
WeftElement *
weft_element_new_from_type (const char *id,
                            WeftType   *map)
{
  Source source = { map, NULL };

  g_return_val_if_fail (id != NULL && map != NULL, NULL);

  return element_new (id, &source);
}

/**
 * weft_element_new_from_any:
 * @id: its id
 * @properties: an object of properties
 *
 * Returns: (transfer full): an element that is in no document
 */
WeftElement *
weft_element_new_from_any (const char    *id,
                           const WeftAny *properties)
{
  Source source = { NULL, properties };

  g_return_val_if_fail (id != NULL && properties != NULL, NULL);

  return element_new (id, &source);
}

WeftElement *
weft_element_ref (WeftElement *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

static void
free_text (char *text)
{
  if (text != no_text)
    g_free (text);
}

void
weft_element_unref (WeftElement *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->id);
  free_text (self->type);
  free_text (self->index);
  free_text (self->text);
  free_text (self->label);
  g_free (self->link);
  g_free (self->file_id);
  g_free (self->frame_id);
  g_free (self->points);
  g_free (self->start_binding.element_id);
  g_free (self->end_binding.element_id);
  g_clear_pointer (&self->ink, weft_ink_unref);

  if (self->group_ids != no_strings)
    g_strfreev (self->group_ids);

  g_free (self);
}

static char *
copy_text (char *text)
{
  return text != no_text ? g_strdup (text) : no_text;
}

WeftElement *
weft_element_copy (const WeftElement *self)
{
  WeftElement *copy = g_new (WeftElement, 1);

  *copy = *self;
  g_atomic_ref_count_init (&copy->ref_count);
  copy->id = g_strdup (self->id);
  copy->type = copy_text (self->type);
  copy->index = copy_text (self->index);
  copy->text = copy_text (self->text);
  copy->label = copy_text (self->label);
  copy->link = g_strdup (self->link);
  copy->file_id = g_strdup (self->file_id);
  copy->frame_id = g_strdup (self->frame_id);
  copy->points = g_memdup2 (self->points, self->n_points * sizeof (WeftPoint));
  copy->start_binding.element_id = g_strdup (self->start_binding.element_id);
  copy->end_binding.element_id = g_strdup (self->end_binding.element_id);
  copy->ink = self->ink != NULL ? weft_ink_ref (self->ink) : NULL;
  copy->group_ids = self->group_ids != no_strings ? g_strdupv (self->group_ids) : no_strings;

  return copy;
}

int
weft_element_compare (const WeftElement *a,
                      const WeftElement *b)
{
  int order = strcmp (a->index, b->index);

  return order != 0 ? order : strcmp (a->id, b->id);
}

WeftElementKind
weft_element_kind_from_type (const char *type)
{
  for (guint i = 1; i < G_N_ELEMENTS (kind_names); i++)
    if (strcmp (type, kind_names[i]) == 0)
      return i;

  return strcmp (type, "draw") == 0 ? WEFT_ELEMENT_FREEDRAW : WEFT_ELEMENT_UNKNOWN;
}

gboolean
weft_element_is_linear (const WeftElement *self)
{
  return self->kind == WEFT_ELEMENT_LINE || self->kind == WEFT_ELEMENT_ARROW;
}

static gboolean
parse_hex (const char *text,
           WeftColor  *color)
{
  gsize length = strlen (text);
  WeftColor value = 0;

  if (length != 3 && length != 6 && length != 8)
    return FALSE;

  for (gsize i = 0; i < length; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return FALSE;

      value = value << 4 | digit;
      if (length == 3)
        value = value << 4 | digit;
    }

  *color = length == 8 ? value : value << 8 | 0xff;

  return TRUE;
}

gboolean
weft_color_parse (const char *text,
                  WeftColor  *color)
{
  if (text[0] == '#')
    return parse_hex (text + 1, color);

  for (guint i = 0; i < G_N_ELEMENTS (color_names); i++)
    if (g_ascii_strcasecmp (text, color_names[i].name) == 0)
      {
        *color = color_names[i].color;
        return TRUE;
      }

  return FALSE;
}

char *
weft_color_to_string (WeftColor color)
{
  if ((color & 0xff) == 0)
    return g_strdup ("transparent");
  if ((color & 0xff) == 0xff)
    return g_strdup_printf ("#%06x", color >> 8);

  return g_strdup_printf ("#%08x", color);
}

char *
weft_element_new_id (void)
{
  static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  char *id = g_malloc (21);

  for (guint i = 0; i < 20; i++)
    id[i] = letters[g_random_int_range (0, sizeof letters - 1)];
  id[20] = '\0';

  return id;
}

static void
write_value (WeftType      *map,
             const char    *key,
             const WeftAny *value)
{
  const char *text = weft_any_get_string (value);

  if (text != NULL && strcmp (key, "text") == 0)
    {
      WeftType *type = weft_map_set_type (map, key, WEFT_KIND_TEXT);

      if (type != NULL && text[0] != '\0')
        weft_text_insert (type, 0, text, -1, NULL);
      return;
    }

  weft_map_set (map, key, (WeftAny *) value);
}

WeftType *
weft_element_create (WeftType      *board,
                     const char    *id,
                     const WeftAny *properties)
{
  WeftDoc *doc = weft_type_get_doc (board);
  g_autofree char *new_id = NULL;
  WeftType *map;

  g_return_val_if_fail (weft_any_get_kind (properties) == WEFT_ANY_OBJECT, NULL);

  if (id == NULL)
    id = new_id = weft_element_new_id ();

  weft_doc_begin (doc, NULL);
  map = weft_map_set_type (board, id, WEFT_KIND_MAP);

  for (gsize i = 0; map != NULL && i < weft_any_get_n_items (properties); i++)
    write_value (map, weft_any_get_key (properties, i), weft_any_get_item (properties, i));

  weft_doc_commit (doc);

  return map;
}

gboolean
weft_element_update (WeftType      *board,
                     const char    *id,
                     const WeftAny *properties)
{
  WeftDoc *doc = weft_type_get_doc (board);
  WeftType *map = weft_map_get_type (board, id);
  gboolean changed = FALSE;

  if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
    return FALSE;

  weft_doc_begin (doc, NULL);

  for (gsize i = 0; i < weft_any_get_n_items (properties); i++)
    {
      const char *key = weft_any_get_key (properties, i);
      const WeftAny *value = weft_any_get_item (properties, i);
      g_autoptr(WeftAny) old = NULL;

      if (strcmp (key, "text") == 0)
        continue;

      old = weft_map_get (map, key);

      if (weft_any_get_kind (value) == WEFT_ANY_UNDEFINED)
        {
          if (!weft_map_has (map, key))
            continue;
          weft_map_remove (map, key);
        }
      else
        {
          if (old != NULL && weft_any_equal (old, value))
            continue;
          weft_map_set (map, key, (WeftAny *) value);
        }

      changed = TRUE;
    }

  weft_doc_commit (doc);

  return changed;
}

void
weft_element_remove (WeftType   *board,
                     const char *id)
{
  weft_map_remove (board, id);
}

WeftType *
weft_element_ensure_text (WeftType   *board,
                          const char *id)
{
  WeftDoc *doc = weft_type_get_doc (board);
  WeftType *map = weft_map_get_type (board, id);
  g_autoptr(WeftAny) old = NULL;
  WeftType *text;

  if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
    return NULL;

  text = weft_map_get_type (map, "text");

  if (text != NULL && weft_type_get_kind (text) == WEFT_KIND_TEXT)
    return text;

  old = weft_map_get (map, "text");
  weft_doc_begin (doc, NULL);
  text = weft_map_set_type (map, "text", WEFT_KIND_TEXT);

  if (text != NULL && old != NULL && weft_any_get_string (old) != NULL)
    weft_text_insert (text, 0, weft_any_get_string (old), -1, NULL);

  weft_doc_commit (doc);

  return text;
}

char *
weft_board_dup_last_index (WeftType *board)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);
  char *last = NULL;

  for (guint i = 0; i < keys->len; i++)
    {
      WeftType *map = weft_map_get_type (board, g_ptr_array_index (keys, i));
      g_autoptr(WeftAny) index = NULL;
      const char *text;

      if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
        continue;

      index = weft_map_get (map, "index");
      text = index != NULL ? weft_any_get_string (index) : NULL;

      if (text != NULL && (last == NULL || strcmp (text, last) > 0))
        {
          g_free (last);
          last = g_strdup (text);
        }
    }

  return last;
}

WeftAny *
weft_element_points_to_any (const WeftPoint *points,
                            gsize            n_points)
{
  WeftAny *array = weft_any_new_array ();

  for (gsize i = 0; i < n_points; i++)
    {
      WeftAny *pair = weft_any_new_array ();

      weft_any_array_take (pair, weft_any_new_number (points[i].x));
      weft_any_array_take (pair, weft_any_new_number (points[i].y));
      weft_any_array_take (array, pair);
    }

  return array;
}

WeftAny *
weft_element_ink_to_any (const WeftInk *ink,
                         guint          precision)
{
  g_autoptr(GBytes) bytes = weft_ink_encode (ink, precision);

  return weft_any_new_bytes (bytes);
}
