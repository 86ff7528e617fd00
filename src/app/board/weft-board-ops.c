/* weft-board-ops.c - what one can do to the selection
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-ops.h"

#include "app/board/weft-connectors.h"
#include "notebook/weft-excalidraw.h"
#include "notebook/weft-fractional-index.h"

#include <math.h>
#include <string.h>

/* What is pasted at once; more is refused. */
#define MAX_PASTED      20000
#define MAX_PASTED_TEXT 20000
#define PASTED_WIDTH    480.0

static WeftType *
get_board (WeftCanvas *canvas)
{
  return weft_board_model_get_board (weft_canvas_get_model (canvas));
}

static void
begin (WeftCanvas *canvas)
{
  weft_document_end_undo_step (weft_canvas_get_document (canvas));
  weft_doc_begin (weft_board_model_get_doc (weft_canvas_get_model (canvas)), NULL);
}

static void
commit (WeftCanvas *canvas)
{
  weft_doc_commit (weft_board_model_get_doc (weft_canvas_get_model (canvas)));
  weft_document_end_undo_step (weft_canvas_get_document (canvas));
}

static gboolean
is_ready (WeftCanvas *canvas)
{
  return weft_canvas_get_editable (canvas) && weft_canvas_get_n_selected (canvas) > 0;
}

void
weft_board_delete_selected (WeftCanvas *canvas)
{
  g_autoptr(GPtrArray) selected = NULL;

  if (!is_ready (canvas))
    return;

  selected = weft_canvas_list_selected (canvas);
  begin (canvas);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = g_ptr_array_index (selected, i);

      if (!element->locked)
        weft_element_remove (get_board (canvas), element->id);
    }

  commit (canvas);
}

void
weft_board_place_elements (WeftCanvas *canvas,
                           GPtrArray  *elements)
{
  g_autoptr(GHashTable) moved = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr(GPtrArray) followers = NULL;

  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      g_hash_table_insert (moved, element->id, element);
    }

  followers = weft_connectors_follow (weft_canvas_get_model (canvas), moved);
  begin (canvas);

  for (guint i = 0; i < elements->len + followers->len; i++)
    {
      WeftElement *element = i < elements->len
                               ? g_ptr_array_index (elements, i)
                               : g_ptr_array_index (followers, i - elements->len);
      WeftElement *before;
      g_autoptr(WeftAny) properties = weft_any_new_object ();

      weft_board_add_geometry (properties, element);
      before = weft_board_model_lookup (weft_canvas_get_model (canvas), element->id);
      if (before != NULL && before->angle != element->angle)
        weft_any_object_take (properties, "angle", weft_any_new_number (round (element->angle * 1e4) / 1e4));
      if (element->kind == WEFT_ELEMENT_TEXT)
        {
          weft_board_add_number (properties, "fontSize", element->font_size);
          if (!element->auto_resize)
            weft_any_object_take (properties, "autoResize", weft_any_new_boolean (FALSE));
        }
      if (element->start_binding.element_id == NULL && weft_element_is_linear (element))
        weft_any_object_take (properties, "startBinding", weft_any_new_undefined ());
      if (element->end_binding.element_id == NULL && weft_element_is_linear (element))
        weft_any_object_take (properties, "endBinding", weft_any_new_undefined ());
      weft_element_update (get_board (canvas), element->id, properties);
    }

  commit (canvas);
}

void
weft_board_nudge_selected (WeftCanvas *canvas,
                           double      dx,
                           double      dy)
{
  g_autoptr(GPtrArray) selected = NULL;
  g_autoptr(GPtrArray) moved = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);

  if (!is_ready (canvas))
    return;

  selected = weft_canvas_list_selected (canvas);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = weft_element_copy (g_ptr_array_index (selected, i));

      element->x += dx;
      element->y += dy;
      g_ptr_array_add (moved, element);
    }

  weft_board_place_elements (canvas, moved);
}

/* Copies */

/* A copy of @properties with ids replaced as @ids says, moved by @dx and @dy. */
static WeftAny *
translate_properties (const WeftAny *properties,
                      GHashTable    *ids,
                      double         dx,
                      double         dy)
{
  WeftAny *copy = weft_any_new_object ();

  for (gsize i = 0; i < weft_any_get_n_items (properties); i++)
    {
      const char *key = weft_any_get_key (properties, i);
      const WeftAny *value = weft_any_get_item (properties, i);

      if (strcmp (key, "id") == 0 || strcmp (key, "index") == 0 || strcmp (key, "seed") == 0)
        continue;

      if (strcmp (key, "x") == 0 || strcmp (key, "y") == 0)
        weft_board_add_number (copy, key, weft_any_get_number (value) + (key[0] == 'x' ? dx : dy));
      else if ((strcmp (key, "startBinding") == 0 || strcmp (key, "endBinding") == 0)
               && weft_any_get_kind (value) == WEFT_ANY_OBJECT)
        {
          const WeftAny *id = weft_any_lookup (value, "elementId");
          const char *old = id != NULL ? weft_any_get_string (id) : NULL;
          const char *new = old != NULL ? g_hash_table_lookup (ids, old) : NULL;
          const WeftAny *fixed = weft_any_lookup (value, "fixedPoint");

          if (new != NULL)
            {
              WeftAny *binding = weft_any_new_object ();

              weft_board_add_string (binding, "elementId", new);
              if (fixed != NULL)
                weft_any_object_take (binding, "fixedPoint", weft_any_ref ((WeftAny *) fixed));
              weft_any_object_take (copy, key, binding);
            }
        }
      else if (strcmp (key, "groupIds") == 0 && weft_any_get_kind (value) == WEFT_ANY_ARRAY)
        {
          WeftAny *groups = weft_any_new_array ();

          for (gsize k = 0; k < weft_any_get_n_items (value); k++)
            {
              const char *old = weft_any_get_string (weft_any_get_item (value, k));
              const char *new;

              if (old == NULL)
                continue;
              if (!g_hash_table_contains (ids, old))
                g_hash_table_insert (ids, g_strdup (old), weft_element_new_id ());
              new = g_hash_table_lookup (ids, old);
              weft_any_array_take (groups, weft_any_new_string (new));
            }

          weft_any_object_take (copy, key, groups);
        }
      else
        weft_any_object_take (copy, key, weft_any_ref ((WeftAny *) value));
    }

  return copy;
}

/* Creates what @list (objects with an `id`) describes, above everything, and selects it. */
static void
create_copies (WeftCanvas *canvas,
               GPtrArray  *list,
               double      dx,
               double      dy)
{
  g_autoptr(GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GStrvBuilder) builder = g_strv_builder_new ();
  g_auto(GStrv) created = NULL;
  g_auto(GStrv) indexes = NULL;
  g_autofree char *top = NULL;
  GPtrArray *elements = weft_board_model_get_elements (weft_canvas_get_model (canvas));

  if (elements->len > 0)
    {
      const char *last
        = ((WeftElement *) g_ptr_array_index (elements, elements->len - 1))->index;

      top = last[0] != '\0' ? g_strdup (last) : NULL;
    }

  indexes = weft_fractional_index_n_between (top, NULL, list->len);

  for (guint i = 0; i < list->len; i++)
    {
      const WeftAny *id = weft_any_lookup (g_ptr_array_index (list, i), "id");

      if (id != NULL && weft_any_get_string (id) != NULL)
        g_hash_table_insert (ids, g_strdup (weft_any_get_string (id)), weft_element_new_id ());
    }

  begin (canvas);

  for (guint i = 0; i < list->len; i++)
    {
      const WeftAny *properties = g_ptr_array_index (list, i);
      const WeftAny *id = weft_any_lookup (properties, "id");
      const char *old = id != NULL ? weft_any_get_string (id) : NULL;
      g_autofree char *fresh = old == NULL ? weft_element_new_id () : NULL;
      const char *new = old != NULL ? g_hash_table_lookup (ids, old) : fresh;
      g_autoptr(WeftAny) copy = translate_properties (properties, ids, dx, dy);

      weft_board_add_string (copy, "index", indexes[i]);
      weft_element_create (get_board (canvas), new, copy);
      g_strv_builder_add (builder, new);
    }

  commit (canvas);
  created = g_strv_builder_end (builder);
  weft_canvas_select (canvas, (const char *const *) created, FALSE);
}

/* Everything that the document says of the selected, as objects with an `id`. */
static GPtrArray *
describe_selected (WeftCanvas *canvas)
{
  g_autoptr(GPtrArray) selected = weft_canvas_list_selected (canvas);
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = g_ptr_array_index (selected, i);
      WeftType *map = weft_map_get_type (get_board (canvas), element->id);
      g_autoptr(WeftAny) all = NULL;
      WeftAny *properties;

      if (map == NULL)
        continue;

      all = weft_type_to_any (map);
      properties = weft_any_new_object ();
      for (gsize k = 0; k < weft_any_get_n_items (all); k++)
        weft_any_object_take (properties, weft_any_get_key (all, k),
                              weft_any_ref ((WeftAny *) weft_any_get_item (all, k)));
      weft_board_add_string (properties, "id", element->id);
      g_ptr_array_add (list, properties);
    }

  return list;
}

void
weft_board_duplicate_selected (WeftCanvas *canvas,
                               double      dx,
                               double      dy)
{
  g_autoptr(GPtrArray) list = NULL;

  if (!is_ready (canvas))
    return;

  list = describe_selected (canvas);
  create_copies (canvas, list, dx, dy);
}

/* Groups */

static void
write_groups (WeftCanvas *canvas,
              const char *add)
{
  g_autoptr(GPtrArray) selected = weft_canvas_list_selected (canvas);

  begin (canvas);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = g_ptr_array_index (selected, i);
      g_autoptr(WeftAny) properties = weft_any_new_object ();
      WeftAny *groups = weft_any_new_array ();
      guint n = g_strv_length (element->group_ids);

      /* The outermost is the last: grouping appends, ungrouping drops it. */
      for (guint k = 0; k < (add != NULL ? n : n - MIN (n, 1)); k++)
        weft_any_array_take (groups, weft_any_new_string (element->group_ids[k]));
      if (add != NULL)
        weft_any_array_take (groups, weft_any_new_string (add));

      weft_any_object_take (properties, "groupIds", groups);
      weft_element_update (get_board (canvas), element->id, properties);
    }

  commit (canvas);
}

void
weft_board_group_selected (WeftCanvas *canvas)
{
  g_autofree char *group = weft_element_new_id ();

  if (is_ready (canvas) && weft_canvas_get_n_selected (canvas) > 1)
    write_groups (canvas, group);
}

void
weft_board_ungroup_selected (WeftCanvas *canvas)
{
  if (is_ready (canvas))
    write_groups (canvas, NULL);
}

/* Order */

static gboolean
overlaps_any (const WeftElement *element,
              GPtrArray         *others)
{
  WeftBox box = weft_element_get_bounds (element);

  for (guint i = 0; i < others->len; i++)
    {
      WeftBox other = weft_element_get_bounds (g_ptr_array_index (others, i));

      if (weft_box_intersects (&box, &other))
        return TRUE;
    }

  return FALSE;
}

void
weft_board_restack_selected (WeftCanvas *canvas,
                             gboolean    up,
                             gboolean    all_the_way)
{
  g_autoptr(GPtrArray) selected = NULL;
  g_autoptr(GPtrArray) others = g_ptr_array_new ();
  g_auto(GStrv) indexes = NULL;
  GPtrArray *elements;
  guint place = 0;
  const char *lower;
  const char *upper;

  if (!is_ready (canvas))
    return;

  selected = weft_canvas_list_selected (canvas);
  elements = weft_board_model_get_elements (weft_canvas_get_model (canvas));

  /* @place: how many of the others stay below. */
  for (guint i = 0; i < elements->len; i++)
    {
      WeftElement *element = g_ptr_array_index (elements, i);

      if (!weft_canvas_is_selected (canvas, element->id))
        g_ptr_array_add (others, element);
      else if (up || (i > 0 && place == 0))
        place = others->len;
    }

  if (!up)
    {
      /* The lowest of the selected counts. */
      place = 0;
      for (guint i = 0; i < elements->len; i++)
        {
          WeftElement *element = g_ptr_array_index (elements, i);

          if (weft_canvas_is_selected (canvas, element->id))
            break;
          place++;
        }
    }

  if (all_the_way)
    place = up ? others->len : 0;
  else if (up)
    {
      guint i = place;

      while (i < others->len && !overlaps_any (g_ptr_array_index (others, i), selected))
        i++;
      place = MIN (i + 1, others->len);
    }
  else
    {
      guint i = place;

      while (i > 0 && !overlaps_any (g_ptr_array_index (others, i - 1), selected))
        i--;
      place = i > 0 ? i - 1 : 0;
    }

  lower = place > 0 ? ((WeftElement *) g_ptr_array_index (others, place - 1))->index : NULL;
  upper = place < others->len ? ((WeftElement *) g_ptr_array_index (others, place))->index : NULL;
  if (lower != NULL && lower[0] == '\0')
    lower = NULL;
  if (upper != NULL && upper[0] == '\0')
    upper = NULL;

  indexes = weft_fractional_index_n_between (lower, upper, selected->len);
  begin (canvas);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = g_ptr_array_index (selected, i);
      g_autoptr(WeftAny) properties = weft_any_new_object ();

      weft_board_add_string (properties, "index", indexes[i]);
      weft_element_update (get_board (canvas), element->id, properties);
    }

  commit (canvas);
}

void
weft_board_style_selected (WeftCanvas *canvas,
                           WeftAny    *properties,
                           gboolean  (*accepts) (const WeftElement *element))
{
  g_autoptr(WeftAny) owned = properties;
  g_autoptr(GPtrArray) selected = NULL;

  if (!is_ready (canvas))
    return;

  selected = weft_canvas_list_selected (canvas);
  begin (canvas);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = g_ptr_array_index (selected, i);

      if (accepts == NULL || accepts (element))
        weft_element_update (get_board (canvas), element->id, owned);
    }

  commit (canvas);
}

/* Clipboard */

/* JSON has no bytes: ink travels as base64 under a name of our own. */
static void
add_ink_as_text (WeftAny       *element,
                 const WeftAny *ink)
{
  GBytes *bytes = weft_any_get_bytes (ink);
  g_autofree char *text = NULL;

  if (bytes == NULL)
    return;

  text = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  weft_board_add_string (element, "weftInk", text);
}

char *
weft_board_copy_to_json (WeftCanvas *canvas)
{
  g_autoptr(GPtrArray) list = describe_selected (canvas);
  g_autoptr(WeftAny) root = weft_any_new_object ();
  WeftAny *elements = weft_any_new_array ();

  for (guint i = 0; i < list->len; i++)
    {
      const WeftAny *properties = g_ptr_array_index (list, i);
      WeftAny *element = weft_any_new_object ();

      for (gsize k = 0; k < weft_any_get_n_items (properties); k++)
        {
          const char *key = weft_any_get_key (properties, k);
          const WeftAny *value = weft_any_get_item (properties, k);

          if (strcmp (key, "ink") == 0)
            add_ink_as_text (element, value);
          else
            weft_any_object_take (element, key, weft_any_ref ((WeftAny *) value));
        }

      weft_any_array_take (elements, element);
    }

  weft_board_add_string (root, "type", "excalidraw/clipboard");
  weft_any_object_take (root, "elements", elements);

  return weft_any_to_json (root);
}

/* What Excalidraw keeps apart or names otherwise becomes ours. */
static WeftAny *
adopt_element (const WeftAny *element)
{
  WeftAny *adopted = weft_any_new_object ();

  for (gsize i = 0; i < weft_any_get_n_items (element); i++)
    {
      const char *key = weft_any_get_key (element, i);
      const WeftAny *value = weft_any_get_item (element, i);

      if (strcmp (key, "weftInk") == 0 && weft_any_get_string (value) != NULL)
        {
          gsize size;
          guchar *data = g_base64_decode (weft_any_get_string (value), &size);
          g_autoptr(GBytes) bytes = g_bytes_new_take (data, size);

          weft_any_object_take (adopted, "ink", weft_any_new_bytes (bytes));
        }
      else if (strcmp (key, "version") != 0 && strcmp (key, "versionNonce") != 0
               && strcmp (key, "updated") != 0 && strcmp (key, "isDeleted") != 0
               && strcmp (key, "boundElements") != 0 && strcmp (key, "originalText") != 0)
        weft_any_object_take (adopted, key, weft_any_ref ((WeftAny *) value));
    }

  return adopted;
}

/* What we copy has no versions of elements. */
static gboolean
is_foreign (const WeftAny *elements)
{
  for (gsize i = 0; i < weft_any_get_n_items (elements); i++)
    {
      const WeftAny *item = weft_any_get_item (elements, i);

      if (weft_any_get_kind (item) == WEFT_ANY_OBJECT && weft_any_lookup (item, "versionNonce") != NULL)
        return TRUE;
    }

  return FALSE;
}

/* What comes from Excalidraw itself, text in shapes and sticky notes as we have them. (nullable) */
static GPtrArray *
adopt_foreign (const char *text)
{
  g_autoptr(WeftExcalidraw) drawing = weft_excalidraw_read (text, strlen (text), NULL, NULL, NULL);
  GPtrArray *list;

  if (drawing == NULL)
    return NULL;

  list = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);
  for (guint i = 0; i < drawing->elements->len; i++)
    {
      WeftAny *adopted = adopt_element (g_ptr_array_index (drawing->elements, i));

      weft_board_add_string (adopted, "id", g_ptr_array_index (drawing->ids, i));
      g_ptr_array_add (list, adopted);
    }

  return list;
}

gboolean
weft_board_paste_json (WeftCanvas *canvas,
                       const char *text,
                       WeftPoint   at)
{
  g_autoptr(WeftAny) root = NULL;
  g_autoptr(GPtrArray) list = NULL;
  const WeftAny *elements;
  WeftBox bounds = WEFT_BOX_EMPTY;

  if (text[0] != '{' || !weft_canvas_get_editable (canvas))
    return FALSE;

  root = weft_any_from_json (text, -1, NULL);
  elements = root != NULL && weft_any_get_kind (root) == WEFT_ANY_OBJECT
               ? weft_any_lookup (root, "elements")
               : NULL;

  if (elements == NULL || weft_any_get_kind (elements) != WEFT_ANY_ARRAY
      || weft_any_get_n_items (elements) > MAX_PASTED)
    return FALSE;

  if (is_foreign (elements))
    list = adopt_foreign (text);

  if (list == NULL)
    {
      list = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);
      for (gsize i = 0; i < weft_any_get_n_items (elements); i++)
        if (weft_any_get_kind (weft_any_get_item (elements, i)) == WEFT_ANY_OBJECT)
          g_ptr_array_add (list, adopt_element (weft_any_get_item (elements, i)));
    }

  for (guint i = 0; i < list->len; i++)
    {
      g_autoptr(WeftElement) element = weft_element_new_from_any ("pasted", g_ptr_array_index (list, i));
      WeftBox box = weft_element_get_bounds (element);

      weft_box_add_box (&bounds, &box);
    }

  if (list->len > 0)
    create_copies (canvas, list, at.x - (bounds.x1 + bounds.x2) / 2,
                   at.y - (bounds.y1 + bounds.y2) / 2);

  return TRUE;
}

void
weft_board_paste_text (WeftCanvas *canvas,
                       const char *text,
                       WeftPoint   at)
{
  g_autofree char *clean = NULL;
  g_autofree char *id = NULL;
  g_autoptr(WeftElement) element = NULL;
  WeftAny *properties;
  double width;
  double height;

  if (!weft_canvas_get_editable (canvas))
    return;

  clean = g_utf8_make_valid (text, MIN (strlen (text), MAX_PASTED_TEXT));
  g_strstrip (clean);
  if (clean[0] == '\0')
    return;

  properties = weft_board_style_to_any (weft_canvas_get_style (canvas), WEFT_ELEMENT_TEXT);
  weft_board_add_string (properties, "text", clean);
  element = weft_element_new_from_any ("pasted", properties);
  weft_element_renderer_measure (weft_canvas_get_renderer (canvas), element, &width, &height);

  if (width > PASTED_WIDTH)
    {
      /* Long lines wrap in a column of readable width. */
      element->auto_resize = FALSE;
      element->width = PASTED_WIDTH;
      weft_element_renderer_measure (weft_canvas_get_renderer (canvas), element, &width, &height);
      width = PASTED_WIDTH;
      weft_any_object_take (properties, "autoResize", weft_any_new_boolean (FALSE));
    }

  weft_board_add_box (properties, &(WeftBox) { at.x - width / 2, at.y - height / 2,
                                               at.x + width / 2, at.y + height / 2 });
  weft_document_end_undo_step (weft_canvas_get_document (canvas));
  id = weft_canvas_create (canvas, NULL, properties);
  weft_canvas_select (canvas, (const char *[]) { id, NULL }, FALSE);
}
