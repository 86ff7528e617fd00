/* weft-excalidraw-read.c - a board from an `.excalidraw` file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-excalidraw-private.h"

#include "notebook/weft-fractional-index.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_LINE_POINTS 20000
#define MAX_ID_BYTES    200

/* What belongs to Excalidraw's own way of merging, or is told in another way here. */
static const char *const dropped_keys[] = {
  "id",           "version", "versionNonce",       "isDeleted", "updated", "boundElements",
  "originalText", "text",    "lastCommittedPoint", "index",     "baseline", NULL,
};

/* What a null says that a missing key does not. */
static const char *const null_keys[] = { "startArrowhead", "endArrowhead", NULL };

static const char *const ink_keys[] = {
  "x", "y", "width", "height", "points", "pressures", "simulatePressure", "strokeWidth", NULL,
};

/* What a bound text says about how it is written, and its shape says here. */
static const char *const label_style_keys[] = {
  "fontSize", "fontFamily", "textAlign", "verticalAlign", "lineHeight", NULL,
};

/* What follows from the shape, for a bound text. */
static const char *const label_place_keys[] = {
  "type", "x", "y", "width", "height", "angle", "containerId", "text", "originalText",
  "version", "versionNonce", "isDeleted", "updated", "boundElements", "index", "baseline",
  "groupIds", "frameId", NULL,
};

static const char *const number_keys[] = {
  "x", "y", "width", "height", "angle", "strokeWidth", "roughness", "opacity", "fontSize",
  "lineHeight", "seed", NULL,
};

typedef struct
{
  WeftExcalidraw        *result;
  const WeftAny         *files;
  WeftExcalidrawAddFile  add_file;
  gpointer               user_data;
  GHashTable            *addresses;  /* file id -> address, or "" */
  GHashTable            *live;       /* id -> element, both borrowed */
  GHashTable            *labels;     /* id of a shape -> the text bound to it */
  GHashTable            *containers; /* id of such a text -> id of its shape */
} Reading;

static const char *
lookup_string (const WeftAny *object,
               const char    *key)
{
  const WeftAny *value = object != NULL ? weft_any_lookup (object, key) : NULL;

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static double
lookup_number (const WeftAny *object,
               const char    *key,
               double         fallback)
{
  const WeftAny *value = weft_any_lookup (object, key);

  return value != NULL && weft_any_get_kind (value) == WEFT_ANY_NUMBER ? weft_any_get_number (value)
                                                                       : fallback;
}

static gboolean
lookup_boolean (const WeftAny *object,
                const char    *key)
{
  const WeftAny *value = weft_any_lookup (object, key);

  return value != NULL && weft_any_get_kind (value) == WEFT_ANY_BOOLEAN
         && weft_any_get_boolean (value);
}

static gboolean
is_finite_number (const WeftAny *value)
{
  return weft_any_get_kind (value) == WEFT_ANY_NUMBER && isfinite (weft_any_get_number (value));
}

static void
set_malformed (GError    **error,
               gsize       position,
               const char *what)
{
  /* Elements are counted from 1, for people. */
  g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED,
               /* Translators: the number of an element of a drawing, and what is wrong with it */
               _ ("The drawing is damaged at element %lu: %s"), (gulong) position + 1, what);
}

static gboolean
check_points (const WeftAny *element,
              gsize          position,
              GError       **error)
{
  const WeftAny *points = weft_any_lookup (element, "points");
  gboolean is_ink = g_strcmp0 (lookup_string (element, "type"), "freedraw") == 0;
  gsize most = is_ink ? WEFT_INK_MAX_POINTS : MAX_LINE_POINTS;

  if (points == NULL || weft_any_get_kind (points) == WEFT_ANY_NULL)
    return TRUE;

  if (weft_any_get_kind (points) != WEFT_ANY_ARRAY)
    {
      set_malformed (error, position, _ ("its points are no list"));
      return FALSE;
    }

  if (weft_any_get_n_items (points) > most)
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                   /* Translators: the number of an element, of its points, and of the points allowed */
                   _ ("A line of the drawing has too many points: element %lu has %lu, at most %lu can be read"),
                   (gulong) position + 1, (gulong) weft_any_get_n_items (points), (gulong) most);
      return FALSE;
    }

  for (gsize i = 0; i < weft_any_get_n_items (points); i++)
    {
      const WeftAny *point = weft_any_get_item (points, i);

      if (weft_any_get_kind (point) != WEFT_ANY_ARRAY || weft_any_get_n_items (point) < 2
          || !is_finite_number (weft_any_get_item (point, 0))
          || !is_finite_number (weft_any_get_item (point, 1)))
        {
          set_malformed (error, position, _ ("a point is not two numbers"));
          return FALSE;
        }
    }

  return TRUE;
}

static gboolean
check_element (const WeftAny *element,
               gsize          position,
               GError       **error)
{
  if (weft_any_get_kind (element) != WEFT_ANY_OBJECT)
    {
      set_malformed (error, position, _ ("it is no object"));
      return FALSE;
    }

  if (lookup_string (element, "type") == NULL)
    {
      set_malformed (error, position, _ ("it has no type"));
      return FALSE;
    }

  for (guint i = 0; number_keys[i] != NULL; i++)
    {
      const WeftAny *value = weft_any_lookup (element, number_keys[i]);

      if (value != NULL && weft_any_get_kind (value) != WEFT_ANY_NULL && !is_finite_number (value))
        {
          /* Translators: %s is the name of a property, in English */
          g_autofree char *what = g_strdup_printf (_ ("its “%s” is no number"), number_keys[i]);

          set_malformed (error, position, what);
          return FALSE;
        }
    }

  return check_points (element, position, error);
}

/* What was deleted there, and the marquee of an unfinished selection, never comes here. */
static gboolean
is_left_out (const WeftAny *element)
{
  return lookup_boolean (element, "isDeleted")
         || g_strcmp0 (lookup_string (element, "type"), "selection") == 0;
}

/* Whether text in the colour of its line can be read. */
static gboolean
can_hold_label (const WeftAny *element)
{
  const char *type = lookup_string (element, "type");
  const char *stroke = lookup_string (element, "strokeColor");
  WeftColor color;

  switch (weft_element_kind_from_type (type))
    {
    case WEFT_ELEMENT_RECTANGLE:
    case WEFT_ELEMENT_ELLIPSE:
    case WEFT_ELEMENT_DIAMOND:
    case WEFT_ELEMENT_LINE:
    case WEFT_ELEMENT_ARROW:
      break;
    case WEFT_ELEMENT_UNKNOWN:
    case WEFT_ELEMENT_FREEDRAW:
    case WEFT_ELEMENT_TEXT:
    case WEFT_ELEMENT_NOTE:
    case WEFT_ELEMENT_IMAGE:
    case WEFT_ELEMENT_FRAME:
    default:
      return FALSE;
    }

  return weft_excalidraw_is_sticky_note (element) || stroke == NULL
         || (weft_color_parse (stroke, &color) && (color & 0xff) != 0);
}

static void
find_labels (Reading       *self,
             const WeftAny *elements)
{
  for (gsize i = 0; i < weft_any_get_n_items (elements); i++)
    {
      const WeftAny *element = weft_any_get_item (elements, i);
      const char *id = lookup_string (element, "id");

      if (id != NULL && !is_left_out (element) && !g_hash_table_contains (self->live, id))
        g_hash_table_insert (self->live, (char *) id, (WeftAny *) element);
    }

  for (gsize i = 0; i < weft_any_get_n_items (elements); i++)
    {
      const WeftAny *element = weft_any_get_item (elements, i);
      const char *id = lookup_string (element, "id");
      const char *container_id = lookup_string (element, "containerId");
      const WeftAny *container = NULL;

      if (id == NULL || container_id == NULL || g_hash_table_lookup (self->live, id) != element
          || g_strcmp0 (lookup_string (element, "type"), "text") != 0)
        continue;

      container = g_hash_table_lookup (self->live, container_id);

      if (container != NULL && can_hold_label (container)
          && !g_hash_table_contains (self->labels, container_id))
        {
          g_hash_table_insert (self->labels, (char *) container_id, (WeftAny *) element);
          g_hash_table_insert (self->containers, (char *) id, (char *) container_id);
        }
    }
}

/* "data:image/png;base64,..." */
static GBytes *
decode_data_url (const char *url,
                 char      **media_type)
{
  const char *comma = url != NULL ? strchr (url, ',') : NULL;
  const char *end = NULL;
  guchar *data = NULL;
  gsize n_bytes = 0;

  if (comma == NULL || !g_str_has_prefix (url, "data:")
      || g_strstr_len (url, comma - url, ";base64") == NULL)
    return NULL;

  data = g_base64_decode (comma + 1, &n_bytes);

  if (data == NULL || n_bytes == 0)
    {
      g_free (data);
      return NULL;
    }

  end = strpbrk (url, ";,");
  *media_type = g_strndup (url + strlen ("data:"), end - url - strlen ("data:"));

  return g_bytes_new_take (data, n_bytes);
}

/* Borrowed; "" where there is no such picture. */
static const char *
get_address (Reading    *self,
             const char *file_id)
{
  char *address = g_hash_table_lookup (self->addresses, file_id);
  const WeftAny *file = NULL;
  g_autofree char *media_type = NULL;
  g_autoptr(GBytes) bytes = NULL;

  if (address != NULL)
    return address;

  if (self->files != NULL && weft_any_get_kind (self->files) == WEFT_ANY_OBJECT)
    file = weft_any_lookup (self->files, file_id);

  if (file != NULL && weft_any_get_kind (file) == WEFT_ANY_OBJECT)
    bytes = decode_data_url (lookup_string (file, "dataURL"), &media_type);

  if (bytes != NULL && self->add_file != NULL)
    address = self->add_file (bytes, media_type, self->user_data);

  if (address == NULL)
    {
      self->result->n_missing++;
      address = g_strdup ("");
    }

  g_hash_table_insert (self->addresses, g_strdup (file_id), address);

  return address;
}

/* A copy that can be added to. */
static WeftAny *
copy_without (const WeftAny     *object,
              const char *const *keys,
              const char *const *more_keys)
{
  WeftAny *copy = weft_any_new_object ();

  for (gsize i = 0; i < weft_any_get_n_items (object); i++)
    {
      const char *key = weft_any_get_key (object, i);
      WeftAny *value = (WeftAny *) weft_any_get_item (object, i);

      if (g_strv_contains (keys, key) || (more_keys != NULL && g_strv_contains (more_keys, key)))
        continue;

      if (weft_any_get_kind (value) == WEFT_ANY_NULL && !g_strv_contains (null_keys, key))
        continue;

      weft_any_object_take (copy, key, weft_any_ref (value));
    }

  return copy;
}

static void
take_ink (const WeftAny *element,
          WeftAny       *properties)
{
  const WeftAny *points = weft_any_lookup (element, "points");
  const WeftAny *pressures = weft_any_lookup (element, "pressures");
  gsize n_points = points != NULL ? weft_any_get_n_items (points) : 0;
  gboolean simulated = lookup_boolean (element, "simulatePressure");
  g_autofree WeftInkPoint *ink_points = g_new0 (WeftInkPoint, MAX (n_points, 1));
  g_autoptr(WeftInk) ink = NULL;
  g_autoptr(WeftInk) placed = NULL;
  WeftBox bounds = { 0 };

  if (pressures != NULL && weft_any_get_kind (pressures) != WEFT_ANY_ARRAY)
    pressures = NULL;

  for (gsize i = 0; i < n_points; i++)
    {
      const WeftAny *point = weft_any_get_item (points, i);
      const WeftAny *pressure = NULL;

      if (!simulated && pressures != NULL && i < weft_any_get_n_items (pressures))
        pressure = weft_any_get_item (pressures, i);

      ink_points[i].x = weft_any_get_number (weft_any_get_item (point, 0));
      ink_points[i].y = weft_any_get_number (weft_any_get_item (point, 1));
      ink_points[i].pressure = WEFT_INK_PRESSURE_DEFAULT;

      if (pressure != NULL && is_finite_number (pressure))
        ink_points[i].pressure = CLAMP (weft_any_get_number (pressure), 0, 1);
    }

  /* x, y is the place of the first point there, the corner of the bounds here. */
  ink = weft_ink_new (ink_points, n_points);

  if (n_points > 0)
    bounds = weft_ink_get_bounds (ink);

  placed = weft_ink_translate (ink, -bounds.x1, -bounds.y1);
  weft_any_object_take (
      properties, "x",
      weft_any_new_number (weft_excalidraw_round (lookup_number (element, "x", 0) + bounds.x1)));
  weft_any_object_take (
      properties, "y",
      weft_any_new_number (weft_excalidraw_round (lookup_number (element, "y", 0) + bounds.y1)));
  weft_any_object_take (properties, "strokeWidth",
                        weft_any_new_number (lookup_number (element, "strokeWidth", 2)
                                             * WEFT_EXCALIDRAW_PEN_SCALE));

  if (n_points > 0)
    {
      WeftAny *value = weft_element_ink_to_any (placed, WEFT_INK_PRECISION_DEFAULT);
      g_autoptr(WeftInk) kept = weft_ink_decode (weft_any_get_bytes (value));

      /* The box is that of the points as they are kept, or they would be stretched a little. */
      if (kept != NULL)
        bounds = weft_ink_get_bounds (kept);

      weft_any_object_take (properties, "ink", value);
    }

  weft_any_object_take (properties, "width", weft_any_new_number (bounds.x2 - bounds.x1));
  weft_any_object_take (properties, "height", weft_any_new_number (bounds.y2 - bounds.y1));
}

/* A hold on a text that is now part of its shape is a hold on the shape; one on nothing is none. */
static void
mend_binding (Reading    *self,
              WeftAny    *properties,
              const char *key)
{
  const WeftAny *binding = weft_any_lookup (properties, key);
  const char *id = NULL;
  const char *container_id = NULL;
  WeftAny *mended = NULL;

  if (binding == NULL)
    return;

  if (weft_any_get_kind (binding) == WEFT_ANY_OBJECT)
    id = lookup_string (binding, "elementId");

  if (id != NULL)
    container_id = g_hash_table_lookup (self->containers, id);

  if (container_id == NULL)
    container_id = id;

  if (container_id == NULL || !g_hash_table_contains (self->live, container_id))
    mended = weft_any_new_null ();
  else if (container_id != id)
    {
      mended = copy_without (binding, (const char *const[]) { NULL }, NULL);
      weft_any_object_take (mended, "elementId", weft_any_new_string (container_id));
    }

  if (mended != NULL)
    weft_any_object_take (properties, key, mended);
}

static const char *
get_text (const WeftAny *element)
{
  const char *original = lookup_string (element, "originalText");

  return original != NULL ? original : lookup_string (element, "text");
}

static void
take_label (const WeftAny *label,
            WeftAny       *properties)
{
  const char *text = get_text (label);

  for (guint i = 0; label_style_keys[i] != NULL; i++)
    {
      const WeftAny *value = weft_any_lookup (label, label_style_keys[i]);

      if (value != NULL && weft_any_get_kind (value) != WEFT_ANY_NULL)
        weft_any_object_take (properties, label_style_keys[i], weft_any_ref ((WeftAny *) value));
    }

  weft_any_object_take (properties, "text", weft_any_new_string (text != NULL ? text : ""));
  weft_any_object_take (properties, "excalidrawLabel",
                        copy_without (label, label_style_keys, label_place_keys));
}

static void
take_text (const WeftAny *element,
           WeftAny       *properties)
{
  const WeftAny *auto_resize = weft_any_lookup (element, "autoResize");
  const char *text = lookup_string (element, "text");

  /* With a fixed width `text` holds line breaks that only the wrapping put there. */
  if ((auto_resize != NULL && weft_any_get_kind (auto_resize) == WEFT_ANY_BOOLEAN
       && !weft_any_get_boolean (auto_resize))
      || text == NULL)
    text = get_text (element);

  weft_any_object_take (properties, "text", weft_any_new_string (text != NULL ? text : ""));
}

static void
take_sticky_note (const WeftAny *element,
                  WeftAny       *properties)
{
  const WeftAny *custom = weft_any_lookup (element, "customData");
  const WeftAny *ours = weft_any_lookup (custom, "weft");
  const char *stroke = lookup_string (ours, "strokeColor");
  WeftAny *rest = copy_without (custom, (const char *const[]) { "weft", NULL }, NULL);

  weft_any_object_take (properties, "type", weft_any_new_string ("note"));

  if (stroke != NULL)
    weft_any_object_take (properties, "strokeColor", weft_any_new_string (stroke));

  weft_any_object_take (properties, "customData", rest);
}

static WeftAny *
make_properties (Reading       *self,
                 const WeftAny *element)
{
  const char *id = lookup_string (element, "id");
  const char *type = lookup_string (element, "type");
  WeftElementKind kind = weft_element_kind_from_type (type);
  gboolean is_ink = kind == WEFT_ELEMENT_FREEDRAW;
  WeftAny *properties = copy_without (element, dropped_keys, is_ink ? ink_keys : NULL);
  const WeftAny *label = id != NULL ? g_hash_table_lookup (self->labels, id) : NULL;
  const char *file_id = lookup_string (element, "fileId");

  if (is_ink)
    take_ink (element, properties);

  if (label != NULL)
    take_label (label, properties);
  else if (kind == WEFT_ELEMENT_TEXT)
    take_text (element, properties);
  else if (lookup_string (element, "text") != NULL)
    weft_any_object_take (properties, "text",
                          weft_any_new_string (lookup_string (element, "text")));

  if (weft_excalidraw_is_sticky_note (element))
    take_sticky_note (element, properties);

  if (kind == WEFT_ELEMENT_IMAGE && file_id != NULL)
    {
      const char *address = get_address (self, file_id);

      if (*address != '\0')
        weft_any_object_take (properties, "fileId", weft_any_new_string (address));
    }

  mend_binding (self, properties, "startBinding");
  mend_binding (self, properties, "endBinding");

  return properties;
}

/* Keeps the order of the list, which is the order of drawing: where the keys do not say the same, all
 * of them are made anew. */
static void
set_indices (WeftExcalidraw *result,
             GPtrArray      *indices)
{
  g_auto(GStrv) fresh = NULL;
  gboolean in_order = TRUE;

  for (guint i = 0; i < indices->len && in_order; i++)
    {
      const char *index = g_ptr_array_index (indices, i);

      in_order = index != NULL && weft_fractional_index_is_valid (index)
                 && (i == 0 || strcmp (g_ptr_array_index (indices, i - 1), index) < 0);
    }

  if (!in_order)
    fresh = weft_fractional_index_n_between (NULL, NULL, indices->len);

  for (guint i = 0; i < indices->len; i++)
    weft_any_object_take (
        g_ptr_array_index (result->elements, i), "index",
        weft_any_new_string (in_order ? g_ptr_array_index (indices, i) : fresh[i]));
}

static void
read_elements (Reading       *self,
               const WeftAny *elements)
{
  WeftExcalidraw *result = self->result;
  g_autoptr(GPtrArray) indices = g_ptr_array_new ();

  find_labels (self, elements);

  for (gsize i = 0; i < weft_any_get_n_items (elements); i++)
    {
      const WeftAny *element = weft_any_get_item (elements, i);
      const char *id = lookup_string (element, "id");
      gboolean is_own = id != NULL && g_hash_table_lookup (self->live, id) == element;

      if (is_left_out (element) || (is_own && g_hash_table_contains (self->containers, id)))
        continue;

      /* A second element of the same id is another element. */
      if (is_own && *id != '\0' && strlen (id) <= MAX_ID_BYTES)
        g_ptr_array_add (result->ids, g_strdup (id));
      else
        g_ptr_array_add (result->ids, weft_element_new_id ());

      g_ptr_array_add (result->elements, make_properties (self, element));
      g_ptr_array_add (indices, (char *) lookup_string (element, "index"));
    }

  set_indices (result, indices);
}

static void
read_app_state (WeftExcalidraw *result,
                const WeftAny  *state)
{
  const char *background = NULL;
  WeftColor color;

  if (state == NULL || weft_any_get_kind (state) != WEFT_ANY_OBJECT)
    return;

  background = lookup_string (state, "viewBackgroundColor");

  if (background != NULL && weft_color_parse (background, &color) && color != 0xffffffff
      && (color & 0xff) != 0)
    result->background = g_strdup (background);

  if (lookup_boolean (state, "gridModeEnabled"))
    result->grid = CLAMP (lookup_number (state, "gridSize", 20), 1, 1000);
}

void
weft_excalidraw_free (WeftExcalidraw *self)
{
  g_ptr_array_unref (self->ids);
  g_ptr_array_unref (self->elements);
  g_free (self->background);
  g_free (self);
}

static WeftExcalidraw *
excalidraw_new (void)
{
  WeftExcalidraw *self = g_new0 (WeftExcalidraw, 1);

  self->ids = g_ptr_array_new_with_free_func (g_free);
  self->elements = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);

  return self;
}

/* The list of elements in @root, each of them checked. */
static const WeftAny *
check_drawing (const WeftAny *root,
               GError       **error)
{
  const WeftAny *elements = NULL;
  const char *type = NULL;

  if (weft_any_get_kind (root) == WEFT_ANY_OBJECT)
    {
      type = lookup_string (root, "type");
      elements = weft_any_lookup (root, "elements");
    }

  if (elements == NULL || weft_any_get_kind (elements) != WEFT_ANY_ARRAY
      || (g_strcmp0 (type, "excalidraw") != 0 && g_strcmp0 (type, "excalidraw/clipboard") != 0))
    {
      g_set_error_literal (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED,
                           _ ("This is not a drawing of Excalidraw"));
      return NULL;
    }

  if (weft_any_get_n_items (elements) > WEFT_EXCALIDRAW_MAX_ELEMENTS)
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                   /* Translators: both are numbers of elements */
                   _ ("The drawing has too many elements: %lu, at most %d can be read"),
                   (gulong) weft_any_get_n_items (elements), WEFT_EXCALIDRAW_MAX_ELEMENTS);
      return NULL;
    }

  for (gsize i = 0; i < weft_any_get_n_items (elements); i++)
    if (!check_element (weft_any_get_item (elements, i), i, error))
      return NULL;

  return elements;
}

/**
 * weft_excalidraw_read:
 * @json: the text of the file
 * @n_bytes: its length
 * @add_file: (nullable): takes the pictures
 * @user_data: for @add_file
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the drawing, or %NULL with @error set
 */
WeftExcalidraw *
weft_excalidraw_read (const char            *json,
                      gsize                  n_bytes,
                      WeftExcalidrawAddFile  add_file,
                      gpointer               user_data,
                      GError               **error)
{
  g_autoptr(WeftAny) root = NULL;
  const WeftAny *elements = NULL;
  Reading self = { .add_file = add_file, .user_data = user_data };

  if (n_bytes > WEFT_EXCALIDRAW_MAX_BYTES)
    {
      g_autofree char *limit = g_format_size (WEFT_EXCALIDRAW_MAX_BYTES);

      /* Translators: %s is a size, as "64 MB" */
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_TOO_LARGE,
                   _ ("The drawing is too large: at most %s can be read"), limit);
      return NULL;
    }

  root = weft_any_from_json (json, n_bytes, error);

  if (root == NULL)
    {
      g_prefix_error (error, _ ("This is not a drawing of Excalidraw: "));
      return NULL;
    }

  elements = check_drawing (root, error);

  if (elements == NULL)
    return NULL;

  self.result = excalidraw_new ();
  self.files = weft_any_lookup (root, "files");
  self.addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self.live = g_hash_table_new (g_str_hash, g_str_equal);
  self.labels = g_hash_table_new (g_str_hash, g_str_equal);
  self.containers = g_hash_table_new (g_str_hash, g_str_equal);

  read_elements (&self, elements);
  read_app_state (self.result, weft_any_lookup (root, "appState"));

  g_hash_table_unref (self.addresses);
  g_hash_table_unref (self.live);
  g_hash_table_unref (self.labels);
  g_hash_table_unref (self.containers);

  return self.result;
}

void
weft_excalidraw_insert (const WeftExcalidraw *self,
                        WeftDoc              *doc)
{
  WeftType *board = weft_doc_get_map (doc, WEFT_BOARD_ROOT);
  WeftType *meta = weft_doc_get_map (doc, "meta");

  weft_doc_begin (doc, NULL);

  for (guint i = 0; i < self->ids->len; i++)
    weft_element_create (board, g_ptr_array_index (self->ids, i),
                         g_ptr_array_index (self->elements, i));

  if (self->background != NULL)
    {
      g_autoptr(WeftAny) background = weft_any_new_string (self->background);

      weft_map_set (meta, "background", background);
    }

  if (self->grid > 0)
    {
      g_autoptr(WeftAny) grid = weft_any_new_number (self->grid);

      weft_map_set (meta, "grid", grid);
    }

  weft_doc_commit (doc);
}
