/* weft-board-presence.c - the others on a board
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-presence.h"

#include "app/board/weft-board-style.h"
#include "app/weft-announce.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define TELL_INTERVAL_MS  33
#define LIVE_POINTS       128
#define MAX_TOLD_SELECTED 64
/* A pointer goes to its new place within this time: a little more than one message. */
#define GLIDE_US          60000
#define IDLE_US           (60 * G_USEC_PER_SEC)
#define IDLE_OPACITY      0.35
/* What somebody may draw at once; more is cut off. */
#define MAX_LIVE_POINTS   20000

typedef struct
{
  WeftClientId   client;
  char          *id;
  char          *name;
  GdkRGBA        color;
  gboolean       text_dark; /* the colour is light: the name is written dark */

  gboolean       has_pointer;
  WeftPoint      from;
  WeftPoint      to;
  gint64         moved_at;
  gboolean       idle;

  GPtrArray     *selected; /* ids */

  /* What is being drawn */
  char          *live_id;
  WeftElement   *live;     /* NULL: nothing, or a pen stroke without points */
  GArray        *points;   /* WeftInkPoint of a pen stroke */
  GHashTable    *moving;   /* ids whose place we override */
} Peer;

struct _WeftBoardPresence
{
  GtkWidget      *canvas; /* borrowed */
  WeftBoardModel *model;
  WeftDocument   *document;
  gulong          handler;
  GHashTable     *peers; /* client -> Peer */
  guint           tick_id;
  guint           idle_id;

  /* To be told; the values replace each other until it is time. */
  GHashTable     *fields; /* name -> WeftAny or NULL */
  guint           tell_id;
  gint64          told_at;
};

static void
peer_free (gpointer data)
{
  Peer *peer = data;

  g_free (peer->id);
  g_free (peer->name);
  g_free (peer->live_id);
  g_clear_pointer (&peer->live, weft_element_unref);
  g_clear_pointer (&peer->selected, g_ptr_array_unref);
  g_clear_pointer (&peer->points, g_array_unref);
  g_clear_pointer (&peer->moving, g_hash_table_unref);
  g_free (peer);
}

static void
unref_nullable (gpointer value)
{
  if (value != NULL)
    weft_any_unref (value);
}

/* Telling */

static void
tell_now (WeftBoardPresence *self)
{
  GHashTableIter iter;
  gpointer name;
  gpointer value;

  g_hash_table_iter_init (&iter, self->fields);
  while (g_hash_table_iter_next (&iter, &name, &value))
    weft_document_set_awareness (self->document, name, value);

  g_hash_table_remove_all (self->fields);
  self->told_at = g_get_monotonic_time ();
}

static gboolean
tell_cb (gpointer data)
{
  WeftBoardPresence *self = data;

  self->tell_id = 0;
  tell_now (self);

  return G_SOURCE_REMOVE;
}

static void
tell (WeftBoardPresence *self,
      const char        *name,
      WeftAny           *value)
{
  gint64 since = (g_get_monotonic_time () - self->told_at) / 1000;

  g_hash_table_insert (self->fields, g_strdup (name), value);

  if (self->tell_id != 0)
    return;

  if (since >= TELL_INTERVAL_MS)
    tell_now (self);
  else
    self->tell_id = g_timeout_add (TELL_INTERVAL_MS - (guint) MAX (since, 0), tell_cb, self);
}

void
weft_board_presence_set_pointer (WeftBoardPresence *self,
                                 const WeftPoint   *point,
                                 const char        *tool)
{
  WeftAny *value = NULL;

  if (!weft_board_presence_has_others (self))
    return;

  if (point != NULL)
    {
      value = weft_any_new_object ();
      weft_board_add_number (value, "x", point->x);
      weft_board_add_number (value, "y", point->y);
      weft_board_add_string (value, "tool", tool);
    }

  tell (self, "pointer", value);
}

void
weft_board_presence_set_selection (WeftBoardPresence *self,
                                   GHashTable        *ids)
{
  WeftAny *value = weft_any_new_object ();
  GHashTableIter iter;
  gpointer id;
  guint n = 0;

  g_hash_table_iter_init (&iter, ids);
  while (g_hash_table_iter_next (&iter, &id, NULL) && n++ < MAX_TOLD_SELECTED)
    weft_any_object_take (value, id, weft_any_new_boolean (TRUE));

  tell (self, "selectedElementIds", value);
}

void
weft_board_presence_set_live (WeftBoardPresence *self,
                              WeftAny           *live)
{
  if (live != NULL && !weft_board_presence_has_others (self))
    {
      weft_any_unref (live);
      return;
    }

  tell (self, "live", live);
}

WeftAny *
weft_board_pack_live_stroke (const char         *id,
                             const WeftInkPoint *points,
                             gsize               n_points,
                             WeftColor           color,
                             double              width)
{
  gsize start = n_points > LIVE_POINTS ? n_points - LIVE_POINTS : 0;
  g_autoptr(WeftInk) latest = weft_ink_new (points + start, n_points - start);
  g_autoptr(WeftInk) relative = weft_ink_translate (latest, -points[0].x, -points[0].y);
  g_autoptr(GBytes) bytes = weft_ink_encode (relative, 2);
  g_autofree char *text
    = g_base64_encode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  WeftAny *live = weft_any_new_object ();

  /* base64url, without padding */
  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  g_strdelimit (text, "=", '\0');

  weft_board_add_string (live, "id", id);
  weft_board_add_string (live, "type", "freedraw");
  weft_board_add_color (live, "strokeColor", color);
  weft_board_add_number (live, "strokeWidth", width);
  weft_board_add_number (live, "x", points[0].x);
  weft_board_add_number (live, "y", points[0].y);
  weft_board_add_number (live, "start", start);
  weft_board_add_string (live, "ink", text);

  return live;
}

/* Being told */

static const WeftAny *
lookup_object (const WeftAny *state,
               const char    *key)
{
  const WeftAny *value = state != NULL && weft_any_get_kind (state) == WEFT_ANY_OBJECT
                           ? weft_any_lookup (state, key)
                           : NULL;

  return value != NULL && weft_any_get_kind (value) == WEFT_ANY_OBJECT ? value : NULL;
}

static double
lookup_number (const WeftAny *object,
               const char    *key)
{
  const WeftAny *value = weft_any_lookup (object, key);
  double number = value != NULL ? weft_any_get_number (value) : 0;

  return isfinite (number) ? CLAMP (number, -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT) : 0;
}

static const char *
lookup_string (const WeftAny *object,
               const char    *key)
{
  const WeftAny *value = weft_any_lookup (object, key);

  return value != NULL ? weft_any_get_string (value) : NULL;
}

static WeftPoint
pointer_now (const Peer *peer,
             gint64      now)
{
  double t = CLAMP ((now - peer->moved_at) / (double) GLIDE_US, 0, 1);

  return (WeftPoint) { peer->from.x + (peer->to.x - peer->from.x) * t,
                       peer->from.y + (peer->to.y - peer->from.y) * t };
}

static void
read_pointer (Peer          *peer,
              const WeftAny *state,
              gint64         now)
{
  const WeftAny *value = lookup_object (state, "pointer");
  WeftPoint to;

  if (value == NULL)
    {
      peer->has_pointer = FALSE;
      return;
    }

  to = (WeftPoint) { lookup_number (value, "x"), lookup_number (value, "y") };

  if (!peer->has_pointer)
    {
      peer->from = to;
      peer->moved_at = now;
    }
  else if (to.x != peer->to.x || to.y != peer->to.y)
    {
      peer->from = pointer_now (peer, now);
      peer->moved_at = now;
    }

  peer->to = to;
  peer->has_pointer = TRUE;
}

static void
read_selection (Peer          *peer,
                const WeftAny *state)
{
  const WeftAny *value = lookup_object (state, "selectedElementIds");

  g_ptr_array_set_size (peer->selected, 0);

  for (gsize i = 0; value != NULL && i < MIN (weft_any_get_n_items (value), MAX_TOLD_SELECTED); i++)
    g_ptr_array_add (peer->selected, g_strdup (weft_any_get_key (value, i)));
}

static WeftInk *
unpack_ink (const char *text)
{
  g_autofree char *padded = NULL;
  g_autoptr(GBytes) bytes = NULL;
  guchar *data;
  gsize size;

  if (text == NULL || strlen (text) > 8192)
    return NULL;

  padded = g_strconcat (text, &"==="[3 - (4 - strlen (text) % 4) % 4], NULL);
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  data = g_base64_decode (padded, &size);
  bytes = g_bytes_new_take (data, size);

  return weft_ink_decode (bytes);
}

/* What was told overlaps what came before; @start says where it belongs. */
static void
take_points (Peer          *peer,
             const WeftAny *live)
{
  g_autoptr(WeftInk) ink = unpack_ink (lookup_string (live, "ink"));
  const WeftInkPoint *points;
  gsize n_points;
  gsize start;

  if (ink == NULL)
    return;

  points = weft_ink_get_points (ink, &n_points);
  start = (gsize) MAX (lookup_number (live, "start"), 0);
  g_array_set_size (peer->points, MIN (start, peer->points->len));

  if (peer->points->len + n_points <= MAX_LIVE_POINTS)
    g_array_append_vals (peer->points, points, n_points);
}

static void
build_live_stroke (Peer          *peer,
                   const WeftAny *live)
{
  g_autoptr(WeftAny) properties = weft_any_new_object ();
  g_autoptr(WeftInk) ink = NULL;
  WeftBox bounds;
  WeftElement *element;

  take_points (peer, live);
  if (peer->points->len == 0)
    return;

  ink = weft_ink_new ((WeftInkPoint *) peer->points->data, peer->points->len);
  bounds = weft_ink_get_bounds (ink);

  for (gsize i = 0; i < weft_any_get_n_items (live); i++)
    {
      const char *key = weft_any_get_key (live, i);

      if (strcmp (key, "ink") != 0)
        weft_any_object_take (properties, key, weft_any_ref ((WeftAny *) weft_any_get_item (live, i)));
    }

  element = weft_element_new_from_any (peer->live_id, properties);
  element->x += bounds.x1;
  element->y += bounds.y1;
  element->width = bounds.x2 - bounds.x1;
  element->height = bounds.y2 - bounds.y1;
  g_clear_pointer (&element->ink, weft_ink_unref);
  element->ink = g_steal_pointer (&ink);
  peer->live = element;
}

static void
drop_moving (WeftBoardPresence *self,
             Peer              *peer)
{
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, peer->moving);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      weft_board_model_drop_override (self->model, id);
      g_hash_table_iter_remove (&iter);
    }
}

/* What somebody drags is shown where they hold it. What we drag ourselves is left alone. */
static void
show_moving (WeftBoardPresence *self,
             Peer              *peer,
             const WeftAny     *move)
{
  for (gsize i = 0; i < MIN (weft_any_get_n_items (move), 32); i++)
    {
      const char *id = weft_any_get_key (move, i);
      const WeftAny *box = weft_any_get_item (move, i);
      WeftElement *element = weft_board_model_lookup (self->model, id);
      g_autoptr(WeftElement) moved = NULL;
      double values[4];

      if (element == NULL || weft_any_get_kind (box) != WEFT_ANY_ARRAY
          || weft_any_get_n_items (box) < 4)
        continue;
      if (weft_board_model_has_override (self->model, id)
          && !g_hash_table_contains (peer->moving, id))
        continue;

      for (guint k = 0; k < 4; k++)
        {
          values[k] = weft_any_get_number (weft_any_get_item (box, k));
          if (!isfinite (values[k]))
            values[k] = 0;
          values[k] = CLAMP (values[k], -WEFT_BOARD_EXTENT, WEFT_BOARD_EXTENT);
        }

      moved = weft_element_copy (element);
      moved->x = values[0];
      moved->y = values[1];
      if (!weft_element_is_linear (moved))
        {
          moved->width = MAX (values[2], 0);
          moved->height = MAX (values[3], 0);
        }
      weft_board_model_set_override (self->model, id, moved);
      g_hash_table_add (peer->moving, g_strdup (id));
    }
}

static void
read_live (WeftBoardPresence *self,
           Peer              *peer,
           const WeftAny     *state)
{
  const WeftAny *live = lookup_object (state, "live");
  const WeftAny *move = live != NULL ? lookup_object (live, "move") : NULL;
  const char *id = live != NULL ? lookup_string (live, "id") : NULL;
  const char *type = live != NULL ? lookup_string (live, "type") : NULL;

  g_clear_pointer (&peer->live, weft_element_unref);

  if (move != NULL)
    show_moving (self, peer, move);
  else
    drop_moving (self, peer);

  if (id == NULL || type == NULL)
    {
      g_clear_pointer (&peer->live_id, g_free);
      g_array_set_size (peer->points, 0);
      return;
    }

  if (g_strcmp0 (id, peer->live_id) != 0)
    {
      g_free (peer->live_id);
      peer->live_id = g_strdup (id);
      g_array_set_size (peer->points, 0);
    }

  if (strcmp (type, "freedraw") == 0)
    build_live_stroke (peer, live);
  else
    peer->live = weft_element_new_from_any (id, live);
}

static Peer *
ensure_peer (WeftBoardPresence *self,
             const WeftPeer    *other)
{
  Peer *peer = g_hash_table_lookup (self->peers, &other->client);

  if (peer == NULL)
    {
      /* Translators: said to screen readers when somebody opens the board; %s is a name */
      g_autofree char *text = g_strdup_printf (_("%s joined"), other->name);

      peer = g_new0 (Peer, 1);
      peer->client = other->client;
      peer->selected = g_ptr_array_new_with_free_func (g_free);
      peer->points = g_array_new (FALSE, FALSE, sizeof (WeftInkPoint));
      peer->moving = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_hash_table_insert (self->peers, &peer->client, peer);

      if (gtk_widget_get_mapped (self->canvas))
        weft_announce (self->canvas, text);
    }

  g_free (peer->id);
  g_free (peer->name);
  peer->id = g_strdup (other->id);
  peer->name = g_strdup (other->name);

  if (other->color == NULL || !gdk_rgba_parse (&peer->color, other->color))
    gdk_rgba_parse (&peer->color, "#3584e4");

  peer->text_dark
    = 0.299 * peer->color.red + 0.587 * peer->color.green + 0.114 * peer->color.blue > 0.62;

  return peer;
}

static gboolean
tick_cb (GtkWidget     *canvas,
         GdkFrameClock *clock,
         gpointer       data)
{
  WeftBoardPresence *self = data;
  gint64 now = g_get_monotonic_time ();
  gboolean moving = FALSE;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;

      moving = moving || (peer->has_pointer && now - peer->moved_at <= GLIDE_US);
    }

  gtk_widget_queue_draw (canvas);

  if (!moving)
    self->tick_id = 0;

  return moving ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Every few seconds: who fell asleep fades. */
static gboolean
idle_cb (gpointer data)
{
  WeftBoardPresence *self = data;
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;
      gboolean idle = now - peer->moved_at > IDLE_US;

      if (idle != peer->idle)
        gtk_widget_queue_draw (self->canvas);
      peer->idle = idle;
    }

  return G_SOURCE_CONTINUE;
}

static void
forget_absent (WeftBoardPresence *self,
               GPtrArray         *others)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;
      gboolean here = FALSE;

      for (guint i = 0; i < others->len; i++)
        here = here || ((WeftPeer *) g_ptr_array_index (others, i))->client == peer->client;

      if (!here)
        {
          drop_moving (self, peer);
          g_hash_table_iter_remove (&iter);
        }
    }
}

static void
awareness_changed_cb (WeftDocument      *document,
                      WeftBoardPresence *self)
{
  g_autoptr(GPtrArray) others = weft_document_list_peers (document);
  gint64 now = g_get_monotonic_time ();
  gboolean were_alone = !weft_board_presence_has_others (self);

  forget_absent (self, others);

  for (guint i = 0; i < others->len; i++)
    {
      const WeftPeer *other = g_ptr_array_index (others, i);
      Peer *peer = ensure_peer (self, other);

      read_pointer (peer, other->state, now);
      read_selection (peer, other->state);
      read_live (self, peer, other->state);
      peer->idle = peer->idle && now - peer->moved_at > IDLE_US;
    }

  if (self->tick_id == 0 && g_hash_table_size (self->peers) > 0
      && gtk_widget_get_mapped (self->canvas))
    self->tick_id = gtk_widget_add_tick_callback (self->canvas, tick_cb, self, NULL);

  if (!were_alone || weft_board_presence_has_others (self))
    gtk_widget_queue_draw (self->canvas);
}

WeftBoardPresence *
weft_board_presence_new (GtkWidget      *canvas,
                         WeftBoardModel *model)
{
  WeftBoardPresence *self = g_new0 (WeftBoardPresence, 1);

  self->canvas = canvas;
  self->model = g_object_ref (model);
  self->document = g_object_ref (weft_board_model_get_document (model));
  self->peers = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, peer_free);
  self->fields = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unref_nullable);
  self->handler = g_signal_connect (self->document, "awareness-changed",
                                    G_CALLBACK (awareness_changed_cb), self);
  self->idle_id = g_timeout_add_seconds (5, idle_cb, self);
  awareness_changed_cb (self->document, self);

  return self;
}

void
weft_board_presence_free (WeftBoardPresence *self)
{
  g_clear_signal_handler (&self->handler, self->document);
  g_clear_handle_id (&self->tell_id, g_source_remove);
  g_clear_handle_id (&self->idle_id, g_source_remove);

  if (self->tick_id != 0)
    gtk_widget_remove_tick_callback (self->canvas, self->tick_id);

  weft_document_set_awareness (self->document, "pointer", NULL);
  weft_document_set_awareness (self->document, "selectedElementIds", NULL);
  weft_document_set_awareness (self->document, "live", NULL);
  g_hash_table_unref (self->peers);
  g_hash_table_unref (self->fields);
  g_object_unref (self->document);
  g_object_unref (self->model);
  g_free (self);
}

gboolean
weft_board_presence_has_others (WeftBoardPresence *self)
{
  return g_hash_table_size (self->peers) > 0;
}

/* Showing */

void
weft_board_presence_foreach_live (WeftBoardPresence *self,
                                  WeftPresenceAppend append,
                                  gpointer           user_data)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;

      /* What is in the document already is on the tiles. */
      if (peer->live != NULL && weft_board_model_lookup (self->model, peer->live_id) == NULL)
        append (peer->live, user_data);
    }
}

static void
append_selection (WeftBoardPresence  *self,
                  GtkSnapshot        *snapshot,
                  const WeftViewport *viewport,
                  const Peer         *peer)
{
  const float widths[4] = { 1.5, 1.5, 1.5, 1.5 };
  const GdkRGBA colors[4] = { peer->color, peer->color, peer->color, peer->color };

  for (guint i = 0; i < peer->selected->len; i++)
    {
      WeftElement *element
        = weft_board_model_lookup_shown (self->model, g_ptr_array_index (peer->selected, i));
      WeftBox box;
      WeftPoint a;
      WeftPoint b;
      GskRoundedRect outline;

      if (element == NULL)
        continue;

      box = weft_element_get_bounds (element);
      a = weft_viewport_to_view (viewport, (WeftPoint) { box.x1, box.y1 });
      b = weft_viewport_to_view (viewport, (WeftPoint) { box.x2, box.y2 });

      if (b.x < 0 || b.y < 0 || a.x > viewport->width || a.y > viewport->height)
        continue;

      gsk_rounded_rect_init_from_rect (
        &outline, &GRAPHENE_RECT_INIT (a.x - 4, a.y - 4, b.x - a.x + 8, b.y - a.y + 8), 4);
      gtk_snapshot_append_border (snapshot, &outline, widths, colors);
    }
}

static GskPath *
arrow_path (void)
{
  GskPathBuilder *builder = gsk_path_builder_new ();

  gsk_path_builder_move_to (builder, 0, 0);
  gsk_path_builder_line_to (builder, 5.2, 15.6);
  gsk_path_builder_line_to (builder, 8.2, 9.2);
  gsk_path_builder_line_to (builder, 14.8, 6.6);
  gsk_path_builder_close (builder);

  return gsk_path_builder_free_to_path (builder);
}

/* Somebody is beyond the edge: a round badge there, with the first letter of the name, points the way. */
static void
append_badge (WeftBoardPresence  *self,
              GtkSnapshot        *snapshot,
              const WeftViewport *viewport,
              const Peer         *peer,
              WeftPoint           at)
{
  double size = 24;
  double x = CLAMP (at.x, 6, MAX (viewport->width - size - 6, 6));
  double y = CLAMP (at.y, 6, MAX (viewport->height - size - 6, 6));
  double angle = atan2 (at.y - (y + size / 2), at.x - (x + size / 2));
  WeftPoint tip = { x + size / 2 + cos (angle) * (size / 2 + 5), y + size / 2 + sin (angle) * (size / 2 + 5) };
  g_autoptr(PangoLayout) layout = NULL;
  g_autoptr(GskPathBuilder) builder = gsk_path_builder_new ();
  g_autoptr(GskPath) path = NULL;
  char initial[7] = { 0 };
  int width;
  int height;
  GdkRGBA ink = peer->text_dark ? (GdkRGBA) { 0, 0, 0, 0.9 } : (GdkRGBA) { 1, 1, 1, 1 };

  if (peer->idle)
    return;

  g_unichar_to_utf8 (g_unichar_toupper (g_utf8_get_char (peer->name)), initial);
  layout = gtk_widget_create_pango_layout (self->canvas, initial);
  pango_layout_get_pixel_size (layout, &width, &height);

  gsk_path_builder_add_circle (builder, &GRAPHENE_POINT_INIT (x + size / 2, y + size / 2), size / 2);
  gsk_path_builder_move_to (builder, tip.x, tip.y);
  gsk_path_builder_line_to (builder, x + size / 2 + cos (angle + 0.5) * size / 2,
                            y + size / 2 + sin (angle + 0.5) * size / 2);
  gsk_path_builder_line_to (builder, x + size / 2 + cos (angle - 0.5) * size / 2,
                            y + size / 2 + sin (angle - 0.5) * size / 2);
  gsk_path_builder_close (builder);
  path = gsk_path_builder_to_path (builder);
  gtk_snapshot_append_fill (snapshot, path, GSK_FILL_RULE_WINDING, &peer->color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x + (size - width) / 2, y + (size - height) / 2));
  gtk_snapshot_append_layout (snapshot, layout, &ink);
  gtk_snapshot_restore (snapshot);
}

static void
append_pointer (WeftBoardPresence  *self,
                GtkSnapshot        *snapshot,
                const WeftViewport *viewport,
                const Peer         *peer,
                gint64              now)
{
  WeftPoint at = weft_viewport_to_view (viewport, pointer_now (peer, now));
  g_autoptr(PangoLayout) layout = NULL;
  g_autoptr(GskPath) arrow = NULL;
  g_autoptr(GskStroke) edge = NULL;
  PangoAttrList *attributes;
  int width;
  int height;
  GskRoundedRect tag;
  GdkRGBA ink = peer->text_dark ? (GdkRGBA) { 0, 0, 0, 0.9 } : (GdkRGBA) { 1, 1, 1, 1 };

  if (at.x < 0 || at.y < 0 || at.x > viewport->width || at.y > viewport->height)
    {
      append_badge (self, snapshot, viewport, peer, at);
      return;
    }

  if (peer->idle)
    gtk_snapshot_push_opacity (snapshot, IDLE_OPACITY);

  layout = gtk_widget_create_pango_layout (self->canvas, peer->name);
  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_scale_new (0.86));
  pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_SEMIBOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, 160 * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, &width, &height);

  arrow = arrow_path ();
  edge = gsk_stroke_new (3);
  gsk_stroke_set_line_join (edge, GSK_LINE_JOIN_ROUND);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (at.x, at.y));
  gtk_snapshot_append_stroke (snapshot, arrow, edge, &(GdkRGBA) { 1, 1, 1, 0.9 });
  gtk_snapshot_append_fill (snapshot, arrow, GSK_FILL_RULE_WINDING, &peer->color);

  gsk_rounded_rect_init_from_rect (&tag, &GRAPHENE_RECT_INIT (12, 16, width + 12, height + 4),
                                   (height + 4) / 2.0);
  gtk_snapshot_push_rounded_clip (snapshot, &tag);
  gtk_snapshot_append_color (snapshot, &peer->color, &tag.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (18, 18));
  gtk_snapshot_append_layout (snapshot, layout, &ink);
  gtk_snapshot_restore (snapshot);

  if (peer->idle)
    gtk_snapshot_pop (snapshot);
}

void
weft_board_presence_snapshot (WeftBoardPresence  *self,
                              GtkSnapshot        *snapshot,
                              const WeftViewport *viewport)
{
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    append_selection (self, snapshot, viewport, value);

  g_hash_table_iter_init (&iter, self->peers);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Peer *peer = value;

      if (peer->has_pointer)
        append_pointer (self, snapshot, viewport, peer, now);
    }
}
