/* weft-excalidraw-write.c - a board as an `.excalidraw` file
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One element stands on a line, so that a file kept under version control shows what changed.
 */

#include "config.h"

#include "notebook/weft-excalidraw-private.h"

#include "notebook/weft-fractional-index.h"

#include <math.h>
#include <string.h>

/* Between a shape and the text bound to it. */
#define LABEL_PADDING 5
/* How wide a letter is, in font sizes, where nobody measures it. */
#define LETTER_WIDTH 0.55

#define STICKY_PAPER "#ffec99"

typedef struct
{
  GPtrArray  *elements; /* of WeftElement, in order */
  GPtrArray  *raw;      /* of WeftAny: what the board says of each */
  GHashTable *bound;    /* id -> WeftAny array: its boundElements */
  GHashTable *files;    /* file id -> WeftAny */
  WeftExcalidrawLoadFile load_file;
  gpointer user_data;
} Writing;

gboolean
weft_excalidraw_is_sticky_note (const WeftAny *element)
{
  const WeftAny *custom = weft_any_lookup (element, "customData");
  const WeftAny *ours = NULL;
  const WeftAny *type = NULL;

  if (custom != NULL && weft_any_get_kind (custom) == WEFT_ANY_OBJECT)
    ours = weft_any_lookup (custom, "weft");

  if (ours != NULL && weft_any_get_kind (ours) == WEFT_ANY_OBJECT)
    type = weft_any_lookup (ours, "type");

  return type != NULL && g_strcmp0 (weft_any_get_string (type), "note") == 0;
}

double
weft_excalidraw_round (double value)
{
  return round (value * 1e5) / 1e5;
}

static void
set_number (WeftAny    *object,
            const char *key,
            double      value)
{
  weft_any_object_take (object, key, weft_any_new_number (value));
}

static void
set_string (WeftAny    *object,
            const char *key,
            const char *value)
{
  weft_any_object_take (object, key, weft_any_new_string (value));
}

static void
set_null (WeftAny    *object,
          const char *key)
{
  weft_any_object_take (object, key, weft_any_new_null ());
}

static void
set_boolean (WeftAny    *object,
             const char *key,
             gboolean    value)
{
  weft_any_object_take (object, key, weft_any_new_boolean (value));
}

/* A default: what stands there stays. @value: (transfer full) */
static void
ensure (WeftAny    *object,
        const char *key,
        WeftAny    *value)
{
  const WeftAny *old = weft_any_lookup (object, key);

  if (old == NULL || weft_any_get_kind (old) == WEFT_ANY_UNDEFINED)
    weft_any_object_take (object, key, value);
  else
    weft_any_unref (value);
}

static guint32
hash_id (const char *id)
{
  guint32 hash = 2166136261u;

  for (const char *c = id; *c != '\0'; c++)
    hash = (hash ^ (guint8) *c) * 16777619u;

  return (hash & 0x7fffffff) | 1;
}

/* What every element has. Versions are of use only between running programs: all are the first. */
static void
ensure_base (WeftAny    *object,
             const char *id)
{
  ensure (object, "angle", weft_any_new_number (0));
  ensure (object, "strokeColor", weft_any_new_string ("#1e1e1e"));
  ensure (object, "backgroundColor", weft_any_new_string ("transparent"));
  ensure (object, "fillStyle", weft_any_new_string ("solid"));
  ensure (object, "strokeWidth", weft_any_new_number (2));
  ensure (object, "strokeStyle", weft_any_new_string ("solid"));
  ensure (object, "roughness", weft_any_new_number (0));
  ensure (object, "opacity", weft_any_new_number (100));
  ensure (object, "groupIds", weft_any_new_array ());
  ensure (object, "frameId", weft_any_new_null ());
  ensure (object, "roundness", weft_any_new_null ());
  ensure (object, "seed", weft_any_new_number (hash_id (id)));
  ensure (object, "link", weft_any_new_null ());
  ensure (object, "locked", weft_any_new_boolean (FALSE));
  set_number (object, "version", 1);
  set_number (object, "versionNonce", hash_id (id));
  set_number (object, "updated", 1);
  set_boolean (object, "isDeleted", FALSE);
}

static void
ensure_text_style (WeftAny           *object,
                   const WeftElement *element)
{
  static const char *const aligns[] = { "left", "center", "right" };
  static const char *const vertical_aligns[] = { "top", "middle", "bottom" };
  static const double families[] = { 5, 2, 3 };

  ensure (object, "fontSize", weft_any_new_number (element->font_size));
  ensure (object, "fontFamily", weft_any_new_number (families[element->font]));
  ensure (object, "textAlign", weft_any_new_string (aligns[element->text_align]));
  ensure (object, "verticalAlign", weft_any_new_string (vertical_aligns[element->vertical_align]));
  ensure (object, "lineHeight", weft_any_new_number (element->line_height));
}

static void
bind (Writing    *self,
      const char *id,
      const char *type,
      const char *bound_id)
{
  WeftAny *list = g_hash_table_lookup (self->bound, id);
  WeftAny *entry = weft_any_new_object ();

  if (list == NULL)
    {
      list = weft_any_new_array ();
      g_hash_table_insert (self->bound, g_strdup (id), list);
    }

  set_string (entry, "id", bound_id);
  set_string (entry, "type", type);
  weft_any_array_take (list, entry);
}

static gboolean
has_label (const WeftElement *element)
{
  switch (element->kind)
    {
    case WEFT_ELEMENT_RECTANGLE:
    case WEFT_ELEMENT_ELLIPSE:
    case WEFT_ELEMENT_DIAMOND:
    case WEFT_ELEMENT_LINE:
    case WEFT_ELEMENT_ARROW:
    case WEFT_ELEMENT_NOTE:
      return element->text[0] != '\0';
    case WEFT_ELEMENT_UNKNOWN:
    case WEFT_ELEMENT_FREEDRAW:
    case WEFT_ELEMENT_TEXT:
    case WEFT_ELEMENT_IMAGE:
    case WEFT_ELEMENT_FRAME:
    default:
      return FALSE;
    }
}

static const WeftAny *
lookup_object (const WeftAny *object,
               const char    *key)
{
  const WeftAny *value = weft_any_lookup (object, key);

  return value != NULL && weft_any_get_kind (value) == WEFT_ANY_OBJECT ? value : NULL;
}

/* The id that the bound text had in the file it came from, else one made of the shape's. */
static char *
make_label_id (const WeftElement *element,
               const WeftAny     *raw)
{
  const WeftAny *kept = lookup_object (raw, "excalidrawLabel");
  const WeftAny *id = kept != NULL ? weft_any_lookup (kept, "id") : NULL;

  if (id != NULL && weft_any_get_string (id) != NULL)
    return g_strdup (weft_any_get_string (id));

  return g_strconcat (element->id, "-text", NULL);
}

/* How wide a line of text may be inside of the shape; 0: it is not broken. */
static double
get_label_width (const WeftElement *element)
{
  double width = element->width;

  if (weft_element_is_linear (element))
    return 0;

  if (element->kind == WEFT_ELEMENT_ELLIPSE)
    width *= G_SQRT2 / 2;
  else if (element->kind == WEFT_ELEMENT_DIAMOND)
    width /= 2;

  return MAX (width - 2 * LABEL_PADDING, element->font_size);
}

/* Breaks lines between words about where Excalidraw will; it measures again when the text is edited. */
static char *
wrap_text (const char *text,
           double      width,
           double      letter,
           guint      *n_lines,
           double     *widest)
{
  GString *wrapped = g_string_new (NULL);
  double used = 0;

  *n_lines = 1;
  *widest = 0;

  for (const char *p = text; *p != '\0';)
    {
      gsize n_bytes = strcspn (p, " \n");
      double word = g_utf8_strlen (p, n_bytes) * letter;

      if (used > 0 && width > 0 && used + word > width)
        {
          if (wrapped->len > 0 && wrapped->str[wrapped->len - 1] == ' ')
            g_string_truncate (wrapped, wrapped->len - 1);

          g_string_append_c (wrapped, '\n');
          (*n_lines)++;
          used = 0;
        }

      g_string_append_len (wrapped, p, n_bytes);
      used += word;
      *widest = MAX (*widest, used);
      p += n_bytes;

      if (*p == '\n')
        {
          (*n_lines)++;
          used = 0;
        }
      else if (*p == ' ')
        used += letter;

      if (*p != '\0')
        g_string_append_c (wrapped, *p++);
    }

  return g_string_free (wrapped, FALSE);
}

static WeftAny *
make_label (const WeftElement *element,
            const WeftAny     *raw,
            const char        *id,
            const char        *next_index)
{
  const WeftAny *kept = lookup_object (raw, "excalidrawLabel");
  WeftAny *label = weft_any_new_object ();
  WeftPoint center = weft_element_get_center (element);
  WeftBox box = weft_element_get_box (element);
  g_autofree char *stroke = weft_color_to_string (element->stroke);
  g_autofree char *index = weft_fractional_index_between (element->index, next_index);
  g_autofree char *wrapped = NULL;
  double room = get_label_width (element);
  double width = 0;
  double height = 0;
  double x;
  double y;
  guint n_lines = 0;

  for (gsize i = 0; kept != NULL && i < weft_any_get_n_items (kept); i++)
    weft_any_object_take (label, weft_any_get_key (kept, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (kept, i)));

  wrapped = wrap_text (element->text, room, element->font_size * LETTER_WIDTH, &n_lines, &width);
  width = room > 0 ? MIN (width, room) : width;
  height = n_lines * element->font_size * element->line_height;

  x = center.x - width / 2;
  y = center.y - height / 2;

  if (room > 0 && element->text_align != WEFT_ALIGN_CENTER)
    x = element->text_align == WEFT_ALIGN_START ? center.x - room / 2 : center.x + room / 2 - width;

  if (room > 0 && element->vertical_align == WEFT_ALIGN_START)
    y = box.y1 + LABEL_PADDING;
  else if (room > 0 && element->vertical_align == WEFT_ALIGN_END)
    y = box.y2 - LABEL_PADDING - height;

  set_string (label, "id", id);
  set_string (label, "type", "text");
  set_number (label, "x", x);
  set_number (label, "y", y);
  set_number (label, "width", width);
  set_number (label, "height", height);
  set_number (label, "angle", weft_element_is_linear (element) ? 0 : element->angle);
  set_string (label, "text", wrapped);
  set_string (label, "originalText", element->text);
  set_string (label, "containerId", element->id);
  set_string (label, "index", index);
  ensure (label, "strokeColor", weft_any_new_string (stroke));
  ensure (label, "autoResize", weft_any_new_boolean (TRUE));
  ensure_text_style (label, element);

  if (weft_any_lookup (raw, "groupIds") != NULL)
    ensure (label, "groupIds", weft_any_ref ((WeftAny *) weft_any_lookup (raw, "groupIds")));
  if (weft_any_lookup (raw, "frameId") != NULL)
    ensure (label, "frameId", weft_any_ref ((WeftAny *) weft_any_lookup (raw, "frameId")));

  ensure_base (label, id);
  set_null (label, "boundElements");

  return label;
}

static WeftAny *
new_rounded (double value)
{
  return weft_any_new_number (weft_excalidraw_round (value));
}

static void
put_ink (const WeftElement *element,
         WeftAny           *object)
{
  gsize n_points = 0;
  const WeftInkPoint *points = NULL;
  WeftAny *list = weft_any_new_array ();
  WeftAny *pressures = weft_any_new_array ();
  gboolean has_pressure = FALSE;
  double sx = 1;
  double sy = 1;

  if (element->ink != NULL)
    {
      WeftBox bounds = weft_ink_get_bounds (element->ink);

      points = weft_ink_get_points (element->ink, &n_points);
      has_pressure = weft_ink_has_pressure (element->ink);

      /* The ink is stretched over the box. */
      if (bounds.x2 > bounds.x1)
        sx = element->width / (bounds.x2 - bounds.x1);
      if (bounds.y2 > bounds.y1)
        sy = element->height / (bounds.y2 - bounds.y1);

      if (n_points > 0)
        {
          weft_any_object_take (object, "x",
                                new_rounded (element->x + (points[0].x - bounds.x1) * sx));
          weft_any_object_take (object, "y",
                                new_rounded (element->y + (points[0].y - bounds.y1) * sy));
        }
    }

  for (gsize i = 0; i < n_points; i++)
    {
      WeftAny *point = weft_any_new_array ();

      weft_any_array_take (point, new_rounded ((points[i].x - points[0].x) * sx));
      weft_any_array_take (point, new_rounded ((points[i].y - points[0].y) * sy));
      weft_any_array_take (list, point);

      if (has_pressure)
        weft_any_array_take (pressures, weft_any_new_number (round (points[i].pressure * 1000) / 1000));
    }

  weft_any_object_take (object, "points", list);
  weft_any_object_take (object, "pressures", pressures);
  set_boolean (object, "simulatePressure", !has_pressure);
  set_number (object, "strokeWidth", element->stroke_width / WEFT_EXCALIDRAW_PEN_SCALE);
}

static void
put_sticky_note (const WeftElement *element,
                 WeftAny           *object)
{
  const WeftAny *custom = lookup_object (object, "customData");
  WeftAny *copy = weft_any_new_object ();
  WeftAny *ours = weft_any_new_object ();
  const WeftAny *stroke = weft_any_lookup (object, "strokeColor");

  for (gsize i = 0; custom != NULL && i < weft_any_get_n_items (custom); i++)
    weft_any_object_take (copy, weft_any_get_key (custom, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (custom, i)));

  set_string (ours, "type", "note");

  if (stroke != NULL)
    weft_any_object_take (ours, "strokeColor", weft_any_ref ((WeftAny *) stroke));

  weft_any_object_take (copy, "weft", ours);
  weft_any_object_take (object, "customData", copy);
  set_string (object, "type", "rectangle");
  set_string (object, "strokeColor", "transparent");
  ensure (object, "backgroundColor", weft_any_new_string (STICKY_PAPER));
}

static const char *
guess_media_type (GBytes *bytes)
{
  static const struct
  {
    const char *start;
    gsize       n_bytes;
    const char *type;
  } kinds[] = {
    { "\x89PNG", 4, "image/png" }, { "\xff\xd8\xff", 3, "image/jpeg" },
    { "GIF8", 4, "image/gif" },    { "RIFF", 4, "image/webp" },
    { "BM", 2, "image/bmp" },
  };
  gsize n_bytes = 0;
  const char *data = g_bytes_get_data (bytes, &n_bytes);

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (n_bytes >= kinds[i].n_bytes && memcmp (data, kinds[i].start, kinds[i].n_bytes) == 0)
      return kinds[i].type;

  return "image/svg+xml";
}

static void
put_image (Writing           *self,
           const WeftElement *element,
           WeftAny           *object)
{
  g_autoptr(GBytes) bytes = NULL;
  g_autofree char *file_id = NULL;
  g_autofree char *base64 = NULL;
  g_autofree char *url = NULL;
  const char *media_type = NULL;
  WeftAny *file = NULL;

  ensure (object, "status", weft_any_new_string ("saved"));
  ensure (object, "scale", weft_any_from_json ("[1,1]", -1, NULL));

  if (element->file_id != NULL && self->load_file != NULL)
    bytes = self->load_file (element->file_id, self->user_data);

  if (bytes == NULL)
    return;

  file_id = g_compute_checksum_for_bytes (G_CHECKSUM_SHA1, bytes);
  set_string (object, "fileId", file_id);

  if (g_hash_table_contains (self->files, file_id))
    return;

  media_type = guess_media_type (bytes);
  base64 = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  url = g_strconcat ("data:", media_type, ";base64,", base64, NULL);
  file = weft_any_new_object ();
  set_string (file, "mimeType", media_type);
  set_string (file, "id", file_id);
  set_string (file, "dataURL", url);
  set_number (file, "created", 1);
  g_hash_table_insert (self->files, g_steal_pointer (&file_id), file);
}

/* Older versions ask for focus and gap, newer ones for a fixed point. */
static void
put_binding (WeftAny           *object,
             const char        *key,
             const WeftBinding *binding)
{
  const WeftAny *old = lookup_object (object, key);
  WeftAny *copy = NULL;
  WeftAny *point = NULL;

  if (binding->element_id == NULL)
    {
      set_null (object, key);
      return;
    }

  copy = weft_any_new_object ();
  point = weft_any_new_array ();
  weft_any_array_take (point, weft_any_new_number (binding->fixed_x));
  weft_any_array_take (point, weft_any_new_number (binding->fixed_y));

  for (gsize i = 0; old != NULL && i < weft_any_get_n_items (old); i++)
    weft_any_object_take (copy, weft_any_get_key (old, i),
                          weft_any_ref ((WeftAny *) weft_any_get_item (old, i)));

  ensure (copy, "fixedPoint", point);
  ensure (copy, "focus", weft_any_new_number (0));
  ensure (copy, "gap", weft_any_new_number (4));
  weft_any_object_take (object, key, copy);
}

static void
put_line (const WeftElement *element,
          WeftAny           *object)
{
  gboolean is_arrow = element->kind == WEFT_ELEMENT_ARROW;

  ensure (object, "points", weft_any_from_json ("[[0,0],[0,0]]", -1, NULL));
  set_null (object, "lastCommittedPoint");
  put_binding (object, "startBinding", &element->start_binding);
  put_binding (object, "endBinding", &element->end_binding);
  ensure (object, "startArrowhead", weft_any_new_null ());
  ensure (object, "endArrowhead",
          is_arrow ? weft_any_new_string ("arrow") : weft_any_new_null ());

  if (is_arrow)
    ensure (object, "elbowed", weft_any_new_boolean (FALSE));
}

static WeftAny *
make_element (Writing           *self,
              const WeftElement *element,
              const WeftAny     *raw)
{
  static const char *const own_keys[] = { "text", "ink", "excalidrawLabel", NULL };
  static const char *const style_keys[]
      = { "fontSize", "fontFamily", "textAlign", "verticalAlign", "lineHeight", NULL };
  WeftAny *object = weft_any_new_object ();
  WeftAny *bound = g_hash_table_lookup (self->bound, element->id);
  gboolean labelled = has_label (element);

  set_string (object, "id", element->id);
  set_string (object, "type", element->type);

  for (gsize i = 0; i < weft_any_get_n_items (raw); i++)
    {
      const char *key = weft_any_get_key (raw, i);

      if (!g_strv_contains (own_keys, key) && !(labelled && g_strv_contains (style_keys, key))
          && weft_any_get_bytes (weft_any_get_item (raw, i)) == NULL)
        weft_any_object_take (object, key, weft_any_ref ((WeftAny *) weft_any_get_item (raw, i)));
    }

  ensure (object, "x", weft_any_new_number (element->x));
  ensure (object, "y", weft_any_new_number (element->y));
  ensure (object, "width", weft_any_new_number (element->width));
  ensure (object, "height", weft_any_new_number (element->height));

  switch (element->kind)
    {
    case WEFT_ELEMENT_TEXT:
      set_string (object, "text", element->text);
      set_string (object, "originalText", element->text);
      ensure (object, "containerId", weft_any_new_null ());
      ensure (object, "autoResize", weft_any_new_boolean (element->auto_resize));
      ensure_text_style (object, element);
      break;
    case WEFT_ELEMENT_FREEDRAW:
      put_ink (element, object);
      break;
    case WEFT_ELEMENT_LINE:
    case WEFT_ELEMENT_ARROW:
      put_line (element, object);
      break;
    case WEFT_ELEMENT_NOTE:
      put_sticky_note (element, object);
      break;
    case WEFT_ELEMENT_IMAGE:
      put_image (self, element, object);
      break;
    case WEFT_ELEMENT_FRAME:
      ensure (object, "name", weft_any_new_string (element->label));
      break;
    case WEFT_ELEMENT_UNKNOWN:
      if (element->text[0] != '\0')
        set_string (object, "text", element->text);
      break;
    case WEFT_ELEMENT_RECTANGLE:
    case WEFT_ELEMENT_ELLIPSE:
    case WEFT_ELEMENT_DIAMOND:
    default:
      break;
    }

  ensure_base (object, element->id);
  weft_any_object_take (object, "boundElements",
                        bound != NULL ? weft_any_ref (bound) : weft_any_new_null ());

  return object;
}

static int
compare_cb (gconstpointer a,
            gconstpointer b)
{
  return weft_element_compare (*(WeftElement *const *) a, *(WeftElement *const *) b);
}

static void
read_board (Writing  *self,
            WeftType *board)
{
  g_autoptr(GPtrArray) keys = weft_map_list_keys (board);

  for (guint i = 0; i < keys->len; i++)
    {
      const char *id = g_ptr_array_index (keys, i);
      WeftType *map = weft_map_get_type (board, id);

      if (map != NULL && weft_type_get_kind (map) == WEFT_KIND_MAP)
        g_ptr_array_add (self->elements, weft_element_new_from_type (id, map));
    }

  g_ptr_array_sort (self->elements, compare_cb);

  for (guint i = 0; i < self->elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (self->elements, i);
      WeftAny *raw = weft_type_to_any (weft_map_get_type (board, element->id));

      g_ptr_array_add (self->raw, raw);

      if (has_label (element))
        {
          g_autofree char *label_id = make_label_id (element, raw);

          bind (self, element->id, "text", label_id);
        }

      if (element->kind != WEFT_ELEMENT_ARROW)
        continue;

      if (element->start_binding.element_id != NULL)
        bind (self, element->start_binding.element_id, "arrow", element->id);

      if (element->end_binding.element_id != NULL
          && g_strcmp0 (element->start_binding.element_id, element->end_binding.element_id) != 0)
        bind (self, element->end_binding.element_id, "arrow", element->id);
    }
}

static void
append_element (GString *out,
                WeftAny *element, /* taken */
                gboolean first)
{
  g_autofree char *json = weft_any_to_json (element);

  g_string_append (out, first ? "\n    " : ",\n    ");
  g_string_append (out, json);
  weft_any_unref (element);
}

static void
append_app_state (GString *out,
                  WeftDoc *doc)
{
  WeftType *meta = weft_doc_lookup_root (doc, "meta") != NULL ? weft_doc_get_map (doc, "meta") : NULL;
  g_autoptr(WeftAny) background = meta != NULL ? weft_map_get (meta, "background") : NULL;
  g_autoptr(WeftAny) grid = meta != NULL ? weft_map_get (meta, "grid") : NULL;
  g_autoptr(WeftAny) state = weft_any_new_object ();
  g_autofree char *json = NULL;
  double size = grid != NULL ? weft_any_get_number (grid) : 0;

  if (background != NULL && weft_any_get_string (background) != NULL)
    set_string (state, "viewBackgroundColor", weft_any_get_string (background));
  else
    set_string (state, "viewBackgroundColor", "#ffffff");

  set_number (state, "gridSize", size > 0 ? size : 20);
  set_boolean (state, "gridModeEnabled", size > 0);
  json = weft_any_to_json (state);
  g_string_append_printf (out, "  \"appState\": %s,\n", json);
}

static void
append_files (GString    *out,
              GHashTable *files)
{
  g_autoptr(GList) ids = g_list_sort (g_hash_table_get_keys (files), (GCompareFunc) strcmp);

  g_string_append (out, "  \"files\": {");

  for (GList *l = ids; l != NULL; l = l->next)
    {
      g_autofree char *json = weft_any_to_json (g_hash_table_lookup (files, l->data));

      /* The ids are hexadecimal: nothing in them needs quoting. */
      g_string_append_printf (out, "%s\n    \"%s\": ", l == ids ? "" : ",", (char *) l->data);
      g_string_append (out, json);
    }

  g_string_append (out, ids != NULL ? "\n  }\n" : "}\n");
}

/**
 * weft_excalidraw_write:
 * @doc: a board
 * @load_file: (nullable): gives the pictures
 * @user_data: for @load_file
 *
 * Returns: (transfer full): the text of the file
 */
char *
weft_excalidraw_write (WeftDoc               *doc,
                       WeftExcalidrawLoadFile load_file,
                       gpointer               user_data)
{
  Writing self = { .load_file = load_file, .user_data = user_data };
  GString *out = g_string_new ("{\n  \"type\": \"excalidraw\",\n  \"version\": 2,\n"
                               "  \"source\": \"" WEFT_APPLICATION_ID "\",\n  \"elements\": [");
  gboolean first = TRUE;

  self.elements = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
  self.raw = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);
  self.bound
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_any_unref);
  self.files
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) weft_any_unref);

  read_board (&self, weft_doc_get_map (doc, WEFT_BOARD_ROOT));

  for (guint i = 0; i < self.elements->len; i++)
    {
      const WeftElement *element = g_ptr_array_index (self.elements, i);
      const WeftAny *raw = g_ptr_array_index (self.raw, i);

      append_element (out, make_element (&self, element, raw), first);
      first = FALSE;

      if (has_label (element))
        {
          g_autofree char *label_id = make_label_id (element, raw);

          const WeftElement *next
              = i + 1 < self.elements->len ? g_ptr_array_index (self.elements, i + 1) : NULL;

          append_element (out, make_label (element, raw, label_id, next ? next->index : NULL), FALSE);
        }
    }

  g_string_append (out, first ? "],\n" : "\n  ],\n");
  append_app_state (out, doc);
  append_files (out, self.files);
  g_string_append (out, "}\n");

  g_ptr_array_unref (self.elements);
  g_ptr_array_unref (self.raw);
  g_hash_table_unref (self.bound);
  g_hash_table_unref (self.files);

  return g_string_free (out, FALSE);
}
