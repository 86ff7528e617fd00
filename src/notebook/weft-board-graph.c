/* weft-board-graph.c - a board as a property graph
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-board-graph.h"

#include "notebook/weft-element.h"
#include "notebook/weft-fractional-index.h"

#include <string.h>

#define CARD         "card"
#define CARD_WIDTH   160.0
#define CARD_HEIGHT  80.0
#define SHAPE_SIZE   100.0
#define CONNECTOR_GAP 6.0

/* What of a card's properties stands in the element itself. */
static const char *const own_names[] = { "x", "y", "width", "height", "angle", "_version", NULL };

/* What is said by the patch itself, or is no JSON. */
static const char *const node_reserved[] = { "type", "label", "properties", "ink", NULL };
static const char *const edge_reserved[] = { "type", "label", "properties", "ink", "startBinding", "endBinding", NULL };

static const char *
get_string (const WeftAny *object,
            const char    *name)
{
  const WeftAny *value = object != NULL ? weft_any_lookup (object, name) : NULL;

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static gboolean
is_object (const WeftAny *value)
{
  return value != NULL && weft_any_get_kind (value) == WEFT_ANY_OBJECT;
}

/* --- reading --- */

static const char *
get_bound (const WeftAny *element,
           const char    *end)
{
  return get_string (weft_any_lookup (element, end), "elementId");
}

/* Whether an element with these two bindings and this type is an edge. */
static gboolean
is_connector (const char    *type,
              const WeftAny *start,
              const WeftAny *end)
{
  if (g_strcmp0 (type, "arrow") != 0 && g_strcmp0 (type, "line") != 0)
    return FALSE;

  return (is_object (start) && get_string (start, "elementId") != NULL)
         || (is_object (end) && get_string (end, "elementId") != NULL);
}

static gboolean
is_edge_element (const WeftAny *element)
{
  return is_connector (get_string (element, "type"), weft_any_lookup (element, "startBinding"),
                       weft_any_lookup (element, "endBinding"));
}

/* A value that may go into JSON: bytes and the like are left out. */
static gboolean
is_json (const WeftAny *value)
{
  switch (weft_any_get_kind (value))
    {
    case WEFT_ANY_UNDEFINED:
    case WEFT_ANY_BYTES:
    case WEFT_ANY_BIGINT:
      return FALSE;
    default:
      return TRUE;
    }
}

static void
copy_members (WeftAny           *to,
              const WeftAny     *from,
              const char *const *but)
{
  for (gsize i = 0; i < weft_any_get_n_items (from); i++)
    {
      const char *name = weft_any_get_key (from, i);
      const WeftAny *value = weft_any_get_item (from, i);

      if (!g_strv_contains (but, name) && is_json (value))
        weft_any_object_take (to, name, weft_any_ref ((WeftAny *) value));
    }
}

static const char *
get_label (const WeftAny *element)
{
  const char *type = get_string (element, "type");
  const char *label = get_string (element, "label");
  gboolean named = is_edge_element (element) || weft_element_kind_from_type (type != NULL ? type : "") == WEFT_ELEMENT_UNKNOWN;

  if (named && label != NULL && *label != '\0')
    return label;

  return type != NULL ? type : "";
}

static gboolean
is_card (const WeftAny *element)
{
  return g_strcmp0 (get_string (element, "type"), CARD) == 0;
}

/* @element: what weft_type_to_any() says of its map */
static WeftAny *
describe (const char    *id,
          const WeftAny *element)
{
  gboolean edge = is_edge_element (element);
  WeftAny *object = weft_any_new_object ();
  WeftAny *properties = weft_any_new_object ();

  weft_any_object_take (object, edge ? "edgeId" : "nodeId", weft_any_new_string (id));
  weft_any_object_take (object, "label", weft_any_new_string (get_label (element)));
  if (edge)
    {
      const char *source = get_bound (element, "startBinding");
      const char *target = get_bound (element, "endBinding");

      weft_any_object_take (object, "sourceId", source != NULL ? weft_any_new_string (source) : weft_any_new_null ());
      weft_any_object_take (object, "targetId", target != NULL ? weft_any_new_string (target) : weft_any_new_null ());
    }

  copy_members (properties, element, edge ? edge_reserved : node_reserved);
  if (!edge && is_object (weft_any_lookup (element, "properties")))
    copy_members (properties, weft_any_lookup (element, "properties"), own_names);
  weft_any_object_take (object, "properties", properties);

  return object;
}

WeftAny *
weft_board_graph_describe (WeftType   *board,
                           const char *id)
{
  WeftType *map = weft_map_get_type (board, id);
  g_autoptr(WeftAny) element = NULL;

  if (map == NULL || weft_type_get_kind (map) != WEFT_KIND_MAP)
    return NULL;

  element = weft_type_to_any (map);
  return describe (id, element);
}

gboolean
weft_board_graph_is_edge (const WeftAny *object)
{
  return weft_any_lookup (object, "edgeId") != NULL;
}

/* --- writing --- */

static gboolean
is_name (const char *name,
         gsize       max_bytes)
{
  gsize length = strlen (name);

  if (length == 0 || length > max_bytes)
    return FALSE;

  for (gsize i = 0; i < length; i++)
    if (g_ascii_iscntrl (name[i]))
      return FALSE;

  return TRUE;
}

static const char *
check_properties (const WeftAny     *properties,
                  const char *const *reserved)
{
  if (properties == NULL)
    return NULL;
  if (!is_object (properties))
    return "properties is no object";
  if (weft_any_get_n_items (properties) > WEFT_BOARD_GRAPH_MAX_PROPERTIES)
    return "too many properties";

  for (gsize i = 0; i < weft_any_get_n_items (properties); i++)
    {
      const char *name = weft_any_get_key (properties, i);

      if (!is_name (name, WEFT_BOARD_GRAPH_MAX_NAME))
        return "a property has no proper name";
      if (g_strv_contains (reserved, name))
        return "a property has a name that says something else on a board (type, label, properties, ink, a binding)";
    }

  return NULL;
}

static WeftAny *
dup_element (WeftType   *board,
             const char *id)
{
  WeftType *map = id != NULL ? weft_map_get_type (board, id) : NULL;

  return map != NULL && weft_type_get_kind (map) == WEFT_KIND_MAP ? weft_type_to_any (map) : NULL;
}

/* Whether a property of a card stands in the card's own map of properties. */
static gboolean
is_nested (gboolean    card,
           const char *name)
{
  return card && !g_strv_contains (own_names, name);
}

/* Puts into @element what the element itself keeps of @properties (nullable). */
static void
take_own_properties (WeftAny       *element,
                     const WeftAny *properties,
                     gboolean       card)
{
  for (gsize i = 0; properties != NULL && i < weft_any_get_n_items (properties); i++)
    {
      const char *name = weft_any_get_key (properties, i);
      const WeftAny *value = weft_any_get_item (properties, i);
      gboolean removed = weft_any_get_kind (value) == WEFT_ANY_NULL;

      if (!is_nested (card, name))
        weft_any_object_take (element, name, removed ? weft_any_new_undefined () : weft_any_ref ((WeftAny *) value));
    }
}

/* Writes the rest into the card's map, key by key, so that two people's keys both stay. */
static void
write_card_properties (WeftType      *board,
                       const char    *id,
                       const WeftAny *properties)
{
  WeftType *map = weft_map_get_type (board, id);
  WeftType *nested = weft_map_get_type (map, "properties");

  if (nested == NULL || weft_type_get_kind (nested) != WEFT_KIND_MAP)
    {
      g_autoptr(WeftAny) plain = weft_map_get (map, "properties");

      nested = weft_map_set_type (map, "properties", WEFT_KIND_MAP);
      for (gsize i = 0; is_object (plain) && i < weft_any_get_n_items (plain); i++)
        weft_map_set (nested, weft_any_get_key (plain, i), weft_any_ref ((WeftAny *) weft_any_get_item (plain, i)));
    }

  for (gsize i = 0; properties != NULL && i < weft_any_get_n_items (properties); i++)
    {
      const char *name = weft_any_get_key (properties, i);
      const WeftAny *value = weft_any_get_item (properties, i);
      g_autoptr(WeftAny) before = weft_map_get (nested, name);

      if (!is_nested (TRUE, name))
        continue;
      if (weft_any_get_kind (value) == WEFT_ANY_NULL)
        weft_map_remove (nested, name);
      else if (before == NULL || !weft_any_equal (before, value))
        weft_map_set (nested, name, weft_any_ref ((WeftAny *) value));
    }
}

/* Replaces what differs: what others write at the same time stays theirs. */
static void
set_text (WeftType   *text,
          const char *wanted)
{
  g_autofree char *before = weft_text_to_string (text);
  const char *a = before;
  const char *b = wanted;
  const char *a_end = before + strlen (before);
  const char *b_end = wanted + strlen (wanted);
  glong start = 0;
  glong removed;

  while (a < a_end && b < b_end && g_utf8_get_char (a) == g_utf8_get_char (b))
    {
      start += g_utf8_get_char (a) > 0xffff ? 2 : 1;
      a = g_utf8_next_char (a);
      b = g_utf8_next_char (b);
    }

  while (a_end > a && b_end > b
         && g_utf8_get_char (g_utf8_prev_char (a_end)) == g_utf8_get_char (g_utf8_prev_char (b_end)))
    {
      a_end = g_utf8_prev_char (a_end);
      b_end = g_utf8_prev_char (b_end);
    }

  g_free (g_utf8_to_utf16 (a, a_end - a, NULL, &removed, NULL));
  if (removed > 0)
    weft_text_delete (text, (guint64) start, (guint64) removed);
  if (b_end > b)
    weft_text_insert (text, (guint64) start, b, b_end - b, NULL);
}

/* Takes `text` out of @element and writes it as what it is: a shared text. */
static void
write_element (WeftType      *board,
               const char    *id,
               const WeftAny *element)
{
  static const char *const text_name[] = { "text", NULL };
  g_autoptr(WeftAny) rest = weft_any_new_object ();
  const WeftAny *text = weft_any_lookup (element, "text");

  for (gsize i = 0; i < weft_any_get_n_items (element); i++)
    if (!g_strv_contains (text_name, weft_any_get_key (element, i)))
      weft_any_object_take (rest, weft_any_get_key (element, i),
                            weft_any_ref ((WeftAny *) weft_any_get_item (element, i)));

  weft_element_update (board, id, rest);
  if (text != NULL)
    {
      WeftType *shared = weft_element_ensure_text (board, id);
      const char *wanted = weft_any_get_string (text);

      if (shared != NULL)
        set_text (shared, wanted != NULL ? wanted : "");
    }
}

static void
take_default (WeftAny    *element,
              const char *name,
              double      number)
{
  if (weft_any_lookup (element, name) == NULL)
    weft_any_object_take (element, name, weft_any_new_number (number));
}

static void
take_index (WeftAny  *element,
            WeftType *board)
{
  g_autofree char *last = NULL;
  g_autofree char *index = NULL;

  if (weft_any_lookup (element, "index") != NULL)
    return;

  last = weft_board_dup_last_index (board);
  index = weft_fractional_index_jittered (last, NULL, g_random_int ());
  weft_any_object_take (element, "index", weft_any_new_string (index));
}

static const char *
create_node (WeftType      *board,
             const char    *id,
             const WeftAny *patch)
{
  const char *label = get_string (patch, "label");
  const WeftAny *properties = weft_any_lookup (patch, "properties");
  const char *reason = check_properties (properties, node_reserved);
  g_autoptr(WeftAny) element = NULL;
  gboolean card;

  if (reason != NULL)
    return reason;
  if (label == NULL || !is_name (label, WEFT_BOARD_GRAPH_MAX_NAME))
    return "a node needs a label";
  if (weft_map_has (board, id))
    return "there is such a node already";

  card = weft_element_kind_from_type (label) == WEFT_ELEMENT_UNKNOWN;
  element = weft_any_new_object ();
  weft_any_object_take (element, "type", weft_any_new_string (card ? CARD : label));
  if (card)
    weft_any_object_take (element, "label", weft_any_new_string (label));
  take_own_properties (element, properties, card);
  take_default (element, "x", 0);
  take_default (element, "y", 0);
  take_default (element, "width", card ? CARD_WIDTH : SHAPE_SIZE);
  take_default (element, "height", card ? CARD_HEIGHT : SHAPE_SIZE);
  take_index (element, board);
  weft_element_create (board, id, element);
  if (card)
    write_card_properties (board, id, properties);

  return NULL;
}

static const char *
update_node (WeftType      *board,
             const char    *id,
             const WeftAny *patch)
{
  const char *label = get_string (patch, "label");
  const WeftAny *properties = weft_any_lookup (patch, "properties");
  const char *reason = check_properties (properties, node_reserved);
  g_autoptr(WeftAny) before = dup_element (board, id);
  g_autoptr(WeftAny) element = weft_any_new_object ();

  if (reason != NULL)
    return reason;
  if (before == NULL || is_edge_element (before))
    return "there is no such node";
  if (label != NULL && strcmp (label, get_label (before)) != 0)
    {
      if (!is_card (before) || !is_name (label, WEFT_BOARD_GRAPH_MAX_NAME)
          || weft_element_kind_from_type (label) != WEFT_ELEMENT_UNKNOWN)
        return "a node cannot take this label";
      weft_any_object_take (element, "label", weft_any_new_string (label));
    }

  take_own_properties (element, properties, is_card (before));
  write_element (board, id, element);
  if (is_card (before) && properties != NULL)
    write_card_properties (board, id, properties);

  return NULL;
}

static const char *
delete_node (WeftType      *board,
             const char    *id,
             const WeftAny *patch)
{
  g_autoptr(WeftAny) before = dup_element (board, id);

  if (before == NULL || is_edge_element (before))
    return "there is no such node";

  weft_element_remove (board, id);
  return NULL;
}

static WeftAny *
make_binding (const char *id)
{
  WeftAny *binding = weft_any_new_object ();
  WeftAny *place = weft_any_new_array ();

  weft_any_array_take (place, weft_any_new_number (0.5));
  weft_any_array_take (place, weft_any_new_number (0.5));
  weft_any_object_take (binding, "elementId", weft_any_new_string (id));
  weft_any_object_take (binding, "fixedPoint", place);

  return binding;
}

/* From outline to outline, unless the patch says where. */
static void
place_connector (WeftAny    *element,
                 WeftType   *board,
                 const char *source_id,
                 const char *target_id)
{
  WeftType *source_map = weft_map_get_type (board, source_id);
  WeftType *target_map = weft_map_get_type (board, target_id);
  g_autoptr(WeftElement) source = weft_element_new_from_type (source_id, source_map);
  g_autoptr(WeftElement) target = weft_element_new_from_type (target_id, target_map);
  WeftPoint from = weft_element_attach (source, 0.5, 0.5, weft_element_get_center (target), CONNECTOR_GAP);
  WeftPoint to = weft_element_attach (target, 0.5, 0.5, weft_element_get_center (source), CONNECTOR_GAP);
  WeftPoint points[] = { { 0, 0 }, { to.x - from.x, to.y - from.y } };

  if (weft_any_lookup (element, "points") != NULL)
    return;

  weft_any_object_take (element, "points", weft_element_points_to_any (points, G_N_ELEMENTS (points)));
  weft_any_object_take (element, "x", weft_any_new_number (from.x));
  weft_any_object_take (element, "y", weft_any_new_number (from.y));
  weft_any_object_take (element, "width", weft_any_new_number (ABS (points[1].x)));
  weft_any_object_take (element, "height", weft_any_new_number (ABS (points[1].y)));
}

static gboolean
is_node (WeftType   *board,
         const char *id)
{
  g_autoptr(WeftAny) element = dup_element (board, id);

  return element != NULL && !is_edge_element (element);
}

static const char *
create_edge (WeftType      *board,
             const char    *id,
             const WeftAny *patch)
{
  const char *label = get_string (patch, "label");
  const char *source = get_string (patch, "sourceId");
  const char *target = get_string (patch, "targetId");
  const WeftAny *properties = weft_any_lookup (patch, "properties");
  const char *reason = check_properties (properties, edge_reserved);
  g_autoptr(WeftAny) element = NULL;
  gboolean line;

  if (reason != NULL)
    return reason;
  if (label != NULL && !is_name (label, WEFT_BOARD_GRAPH_MAX_NAME))
    return "the label of the edge is no proper name";
  if (weft_map_has (board, id))
    return "there is such an edge already";
  if (!is_node (board, source) || !is_node (board, target))
    return "an edge needs a source and a target that are there";

  line = g_strcmp0 (label, "line") == 0;
  element = weft_any_new_object ();
  weft_any_object_take (element, "type", weft_any_new_string (line ? "line" : "arrow"));
  if (label != NULL && !line && strcmp (label, "arrow") != 0)
    weft_any_object_take (element, "label", weft_any_new_string (label));
  take_own_properties (element, properties, FALSE);
  weft_any_object_take (element, "startBinding", make_binding (source));
  weft_any_object_take (element, "endBinding", make_binding (target));
  if (!line && weft_any_lookup (element, "endArrowhead") == NULL)
    weft_any_object_take (element, "endArrowhead", weft_any_new_string ("arrow"));
  place_connector (element, board, source, target);
  take_index (element, board);
  weft_element_create (board, id, element);

  return NULL;
}

static const char *
update_edge (WeftType      *board,
             const char    *id,
             const WeftAny *patch)
{
  const char *label = get_string (patch, "label");
  const char *source = get_string (patch, "sourceId");
  const char *target = get_string (patch, "targetId");
  const WeftAny *properties = weft_any_lookup (patch, "properties");
  const char *reason = check_properties (properties, edge_reserved);
  g_autoptr(WeftAny) before = dup_element (board, id);
  g_autoptr(WeftAny) element = weft_any_new_object ();

  if (reason != NULL)
    return reason;
  if (before == NULL || !is_edge_element (before))
    return "there is no such edge";
  if ((source != NULL && !is_node (board, source)) || (target != NULL && !is_node (board, target)))
    return "an edge needs a source and a target that are there";
  if (label != NULL && strcmp (label, get_label (before)) != 0)
    {
      if (!is_name (label, WEFT_BOARD_GRAPH_MAX_NAME) || weft_element_kind_from_type (label) != WEFT_ELEMENT_UNKNOWN)
        return "an edge cannot take this label";
      weft_any_object_take (element, "label", weft_any_new_string (label));
    }

  take_own_properties (element, properties, FALSE);
  if (source != NULL && g_strcmp0 (source, get_bound (before, "startBinding")) != 0)
    weft_any_object_take (element, "startBinding", make_binding (source));
  if (target != NULL && g_strcmp0 (target, get_bound (before, "endBinding")) != 0)
    weft_any_object_take (element, "endBinding", make_binding (target));
  if (weft_any_lookup (element, "startBinding") != NULL || weft_any_lookup (element, "endBinding") != NULL)
    {
      source = source != NULL ? source : get_bound (before, "startBinding");
      target = target != NULL ? target : get_bound (before, "endBinding");
      if (is_node (board, source) && is_node (board, target))
        place_connector (element, board, source, target);
    }
  write_element (board, id, element);

  return NULL;
}

static const char *
delete_edge (WeftType      *board,
             const char    *id,
             const WeftAny *patch)
{
  g_autoptr(WeftAny) before = dup_element (board, id);

  if (before == NULL || !is_edge_element (before))
    return "there is no such edge";

  weft_element_remove (board, id);
  return NULL;
}

static const struct
{
  const char *name;
  const char *id;
  const char *(*apply) (WeftType      *board,
                        const char    *id,
                        const WeftAny *patch);
} ops[] = {
  { "create_node", "nodeId", create_node }, { "update_node", "nodeId", update_node },
  { "delete_node", "nodeId", delete_node }, { "create_edge", "edgeId", create_edge },
  { "update_edge", "edgeId", update_edge }, { "delete_edge", "edgeId", delete_edge },
};

const char *
weft_board_graph_apply (WeftType      *board,
                        const WeftAny *patch)
{
  const char *op = get_string (patch, "op");

  for (guint i = 0; op != NULL && i < G_N_ELEMENTS (ops); i++)
    {
      if (strcmp (ops[i].name, op) == 0)
        {
          const char *id = get_string (patch, ops[i].id);

          if (id == NULL || !is_name (id, WEFT_BOARD_GRAPH_MAX_ID))
            return "nodeId or edgeId is missing or no proper name";
          return ops[i].apply (board, id, patch);
        }
    }

  return "there is no such op";
}

/* --- watching --- */

struct _WeftBoardGraph
{
  WeftType   *board;
  GHashTable *is_edge; /* id -> GINT_TO_POINTER (whether it is an edge), for all that is there */
};

/* What happened to one element in a transaction. */
typedef struct
{
  gboolean    replaced; /* the whole map is another one */
  GHashTable *keys;     /* changed properties */
  GHashTable *nested;   /* those that stand in its own map of properties */
} Touched;

static void
touched_free (gpointer data)
{
  Touched *self = data;

  g_hash_table_unref (self->keys);
  g_hash_table_unref (self->nested);
  g_free (self);
}

static Touched *
ensure_touched (GHashTable *elements,
                const char *id)
{
  Touched *touched = g_hash_table_lookup (elements, id);

  if (touched == NULL)
    {
      touched = g_new0 (Touched, 1);
      touched->keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      touched->nested = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (elements, g_strdup (id), touched);
    }

  return touched;
}

static void
add_keys (GHashTable *keys,
          WeftEvent  *event)
{
  for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
    g_hash_table_add (keys, g_strdup (weft_event_get_key (event, i)));
}

/* What happened inside an element: the keys on the way are @above (that of the element's property) and
 * @below (that of a nested property); each may be %NULL where it is not so deep. */
static void
note_inside (Touched    *touched,
             WeftEvent  *event,
             const char *above,
             const char *below)
{
  if (above == NULL)
    {
      /* Another map in its place. */
      for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
        if (strcmp (weft_event_get_key (event, i), "properties") == 0)
          touched->replaced = TRUE;
      add_keys (touched->keys, event);
    }
  else if (strcmp (above, "properties") != 0)
    {
      g_hash_table_add (touched->keys, g_strdup (above));
    }
  else if (below == NULL)
    {
      add_keys (touched->nested, event);
    }
  else
    {
      g_hash_table_add (touched->nested, g_strdup (below));
    }
}

static void
note_event (GHashTable *elements,
            WeftType   *board,
            WeftEvent  *event)
{
  WeftType *type = weft_event_get_type (event);
  const char *above = NULL;
  const char *below = NULL;

  if (type == board)
    {
      for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
        ensure_touched (elements, weft_event_get_key (event, i))->replaced = TRUE;
      return;
    }

  for (WeftType *parent = weft_type_get_parent (type); parent != NULL;
       type = parent, parent = weft_type_get_parent (type))
    {
      const char *key = weft_type_get_parent_key (type);

      if (parent == board)
        {
          if (key != NULL && weft_map_get_type (board, key) == type)
            note_inside (ensure_touched (elements, key), event, above, below);
          return;
        }
      below = above;
      above = key;
    }
}

static WeftAny *
make_patch (const char *op,
            const char *id)
{
  WeftAny *patch = weft_any_new_object ();

  weft_any_object_take (patch, "op", weft_any_new_string (op));
  weft_any_object_take (patch, g_str_has_suffix (op, "edge") ? "edgeId" : "nodeId", weft_any_new_string (id));
  return patch;
}

static WeftAny *
make_create (const char    *id,
             const WeftAny *element)
{
  WeftAny *patch = make_patch (is_edge_element (element) ? "create_edge" : "create_node", id);
  g_autoptr(WeftAny) object = describe (id, element);
  static const char *const none[] = { NULL };

  copy_members (patch, object, none);
  return patch;
}

static void
take_or_null (WeftAny       *to,
              const WeftAny *from,
              const char    *name)
{
  const WeftAny *value = weft_any_lookup (from, name);

  weft_any_object_take (to, name, value != NULL ? weft_any_ref ((WeftAny *) value) : weft_any_new_null ());
}

/* The patch for some properties of an element that stays what it was. */
static WeftAny *
make_update (const char    *id,
             const WeftAny *element,
             Touched       *touched)
{
  gboolean edge = is_edge_element (element);
  WeftAny *patch = make_patch (edge ? "update_edge" : "update_node", id);
  WeftAny *properties = weft_any_new_object ();
  g_autoptr(WeftAny) object = describe (id, element);
  const WeftAny *all = weft_any_lookup (object, "properties");
  GHashTableIter iter;
  const char *key;

  g_hash_table_iter_init (&iter, touched->nested);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, NULL))
    take_or_null (properties, all, key);

  g_hash_table_iter_init (&iter, touched->keys);
  while (g_hash_table_iter_next (&iter, (gpointer *) &key, NULL))
    {

      if (edge && (strcmp (key, "startBinding") == 0 || strcmp (key, "endBinding") == 0))
        {
          const char *name = key[0] == 's' ? "sourceId" : "targetId";

          weft_any_object_take (patch, name, weft_any_ref ((WeftAny *) weft_any_lookup (object, name)));
        }
      else if (strcmp (key, "label") == 0 || strcmp (key, "type") == 0)
        {
          weft_any_object_take (patch, "label", weft_any_ref ((WeftAny *) weft_any_lookup (object, "label")));
        }
      else if (strcmp (key, "ink") != 0)
        {
          take_or_null (properties, all, key);
        }
    }

  weft_any_object_take (patch, "properties", properties);
  return patch;
}

static int
compare_ids (gconstpointer a,
             gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Adds what happened to @id to @gone, @nodes or @edges, and remembers what it is now. */
static void
add_patches (WeftBoardGraph *self,
             const char     *id,
             Touched        *touched,
             GPtrArray      *gone,
             GPtrArray      *nodes,
             GPtrArray      *edges)
{
  g_autoptr(WeftAny) element = dup_element (self->board, id);
  gboolean is = element != NULL && is_edge_element (element);
  gpointer value = NULL;
  gboolean was_there = g_hash_table_lookup_extended (self->is_edge, id, NULL, &value);
  gboolean was = GPOINTER_TO_INT (value);
  gboolean anew = !was_there || touched->replaced || is != was;

  if (was_there && (element == NULL || anew))
    g_ptr_array_add (gone, make_patch (was ? "delete_edge" : "delete_node", id));
  if (element == NULL)
    {
      g_hash_table_remove (self->is_edge, id);
      return;
    }

  g_ptr_array_add (is ? edges : nodes, anew ? make_create (id, element) : make_update (id, element, touched));
  g_hash_table_insert (self->is_edge, g_strdup (id), GINT_TO_POINTER (is));
}

GPtrArray *
weft_board_graph_get_patches (WeftBoardGraph  *self,
                              WeftTransaction *transaction)
{
  g_autoptr(GHashTable) elements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, touched_free);
  GPtrArray *patches = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_any_unref);
  g_autoptr(GPtrArray) nodes = g_ptr_array_new ();
  g_autoptr(GPtrArray) edges = g_ptr_array_new ();
  g_autofree const char **ids = NULL;
  guint n_ids;

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    note_event (elements, self->board, weft_transaction_get_event (transaction, i));

  /* In an order that does not depend on hashes. */
  ids = (const char **) g_hash_table_get_keys_as_array (elements, &n_ids);
  qsort (ids, n_ids, sizeof *ids, compare_ids);
  for (guint i = 0; i < n_ids; i++)
    add_patches (self, ids[i], g_hash_table_lookup (elements, ids[i]), patches, nodes, edges);

  g_ptr_array_extend_and_steal (patches, g_steal_pointer (&nodes));
  g_ptr_array_extend_and_steal (patches, g_steal_pointer (&edges));
  return patches;
}

WeftBoardGraph *
weft_board_graph_new (WeftType *board)
{
  WeftBoardGraph *self = g_new0 (WeftBoardGraph, 1);
  g_autoptr(GPtrArray) ids = weft_map_list_keys (board);

  self->board = board;
  self->is_edge = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < ids->len; i++)
    {
      g_autoptr(WeftAny) element = dup_element (board, ids->pdata[i]);

      if (element != NULL)
        g_hash_table_insert (self->is_edge, g_strdup (ids->pdata[i]), GINT_TO_POINTER (is_edge_element (element)));
    }

  return self;
}

void
weft_board_graph_free (WeftBoardGraph *self)
{
  g_hash_table_unref (self->is_edge);
  g_free (self);
}
