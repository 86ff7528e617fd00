/* weft-note-presence.c - the carets of others in a note, and ours for them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A caret travels as two relative positions, as y-quill writes them. Here each is a mark in the buffer,
 * so that it moves with the text until its owner says where it is now.
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"

/* A name is shown for so long after its caret moved. */
#define LABEL_TIME_US  (2 * G_USEC_PER_SEC)
/* Our own caret is told at most this often. */
#define PUBLISH_MS     50
#define CARET_WIDTH    2
#define HOVER_DISTANCE 8

typedef struct
{
  WeftClientId client;
  char        *name;
  GdkRGBA      color;
  GtkTextMark *anchor;
  GtkTextMark *head;
  char        *cursor; /* as JSON: to tell movement from other news */
  gint64       active_time;
  guint        hovered : 1;
  guint        seen : 1;
} Caret;

struct _WeftNotePresence
{
  /* Borrowed: it owns us */
  WeftNoteTextView *view;

  /* Owned */
  GHashTable       *carets; /* client id -> Caret */
  char             *published;
  guint             publish_source;
  guint             label_source;
};

static GtkTextBuffer *
get_buffer (WeftNotePresence *self)
{
  return weft_note_binding_get_buffer (self->view->binding);
}

static void
caret_free (Caret *caret)
{
  gtk_text_buffer_delete_mark (gtk_text_mark_get_buffer (caret->anchor), caret->anchor);
  gtk_text_buffer_delete_mark (gtk_text_mark_get_buffer (caret->head), caret->head);
  g_object_unref (caret->anchor);
  g_object_unref (caret->head);
  g_free (caret->name);
  g_free (caret->cursor);
  g_free (caret);
}

static Caret *
caret_new (WeftNotePresence  *self,
           const GtkTextIter *anchor,
           const GtkTextIter *head)
{
  Caret *caret = g_new0 (Caret, 1);

  caret->anchor = g_object_ref (gtk_text_buffer_create_mark (get_buffer (self), NULL, anchor, FALSE));
  caret->head = g_object_ref (gtk_text_buffer_create_mark (get_buffer (self), NULL, head, FALSE));

  return caret;
}

static gboolean
hide_labels_cb (gpointer user_data)
{
  WeftNotePresence *self = user_data;

  self->label_source = 0;
  gtk_widget_queue_draw (GTK_WIDGET (self->view));

  return G_SOURCE_REMOVE;
}

static void
show_label (WeftNotePresence *self,
            Caret            *caret)
{
  caret->active_time = g_get_monotonic_time ();
  g_clear_handle_id (&self->label_source, g_source_remove);
  self->label_source = g_timeout_add (LABEL_TIME_US / 1000 + 20, hide_labels_cb, self);
}

static void
update_peer (WeftNotePresence *self,
             const WeftPeer   *peer)
{
  Caret *caret = g_hash_table_lookup (self->carets, &peer->client);
  const WeftAny *cursor = peer->state != NULL ? weft_any_lookup (peer->state, "cursor") : NULL;
  g_autofree char *json = NULL;
  GtkTextIter anchor, head;

  if (cursor == NULL
      || !weft_note_binding_find_position (self->view->binding, weft_any_lookup (cursor, "anchor"), &anchor)
      || !weft_note_binding_find_position (self->view->binding, weft_any_lookup (cursor, "head"), &head))
    return;

  if (caret == NULL)
    {
      caret = caret_new (self, &anchor, &head);
      caret->client = peer->client;
      g_hash_table_insert (self->carets, &caret->client, caret);
    }

  gtk_text_buffer_move_mark (get_buffer (self), caret->anchor, &anchor);
  gtk_text_buffer_move_mark (get_buffer (self), caret->head, &head);
  caret->seen = TRUE;

  if (g_strcmp0 (peer->name, caret->name) != 0)
    {
      g_free (caret->name);
      caret->name = g_strdup (peer->name);
    }
  if (peer->color == NULL || !gdk_rgba_parse (&caret->color, peer->color))
    gdk_rgba_parse (&caret->color, "#9141ac");

  json = weft_any_to_json (cursor);
  if (g_strcmp0 (json, caret->cursor) != 0)
    {
      g_free (caret->cursor);
      caret->cursor = g_steal_pointer (&json);
      show_label (self, caret);
    }
}

static gboolean
was_not_seen (gpointer key,
              gpointer value,
              gpointer user_data)
{
  Caret *caret = value;
  gboolean seen = caret->seen;

  caret->seen = FALSE;

  return !seen;
}

static void
awareness_changed_cb (WeftNotePresence *self)
{
  g_autoptr(GPtrArray) peers = weft_document_list_peers (self->view->document);

  for (guint i = 0; i < peers->len; i++)
    update_peer (self, g_ptr_array_index (peers, i));
  g_hash_table_foreach_remove (self->carets, was_not_seen, NULL);
  gtk_widget_queue_draw (GTK_WIDGET (self->view));
}

static gboolean
publish_cb (gpointer user_data)
{
  WeftNotePresence *self = user_data;
  GtkTextBuffer *buffer = get_buffer (self);
  g_autoptr(WeftAny) cursor = weft_any_new_object ();
  g_autofree char *json = NULL;
  GtkTextIter anchor, head;

  self->publish_source = 0;
  gtk_text_buffer_get_iter_at_mark (buffer, &anchor, gtk_text_buffer_get_selection_bound (buffer));
  gtk_text_buffer_get_iter_at_mark (buffer, &head, gtk_text_buffer_get_insert (buffer));
  weft_any_object_take (cursor, "anchor", weft_note_binding_dup_position (self->view->binding, &anchor));
  weft_any_object_take (cursor, "head", weft_note_binding_dup_position (self->view->binding, &head));

  json = weft_any_to_json (cursor);
  if (g_strcmp0 (json, self->published) != 0)
    {
      g_free (self->published);
      self->published = g_steal_pointer (&json);
      weft_document_set_awareness (self->view->document, "cursor", cursor);
    }

  return G_SOURCE_REMOVE;
}

void
weft_note_presence_touch (WeftNotePresence *self)
{
  /* Only who has been in the text has a caret there. */
  if (self->published == NULL && !gtk_widget_has_focus (GTK_WIDGET (self->view)))
    return;

  if (self->publish_source == 0)
    self->publish_source = g_timeout_add (PUBLISH_MS, publish_cb, self);
}

WeftNotePresence *
weft_note_presence_new (WeftNoteTextView *view)
{
  WeftNotePresence *self = g_new0 (WeftNotePresence, 1);

  self->view = view;
  self->carets = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) caret_free);
  g_signal_connect_swapped (view->document, "awareness-changed", G_CALLBACK (awareness_changed_cb), self);
  /* Carets in what was not shown before. */
  g_signal_connect_swapped (view->binding, "loaded", G_CALLBACK (awareness_changed_cb), self);
  awareness_changed_cb (self);

  return self;
}

void
weft_note_presence_free (WeftNotePresence *self)
{
  g_signal_handlers_disconnect_by_data (self->view->document, self);
  g_signal_handlers_disconnect_by_data (self->view->binding, self);
  if (self->published != NULL)
    weft_document_set_awareness (self->view->document, "cursor", NULL);
  g_clear_handle_id (&self->publish_source, g_source_remove);
  g_clear_handle_id (&self->label_source, g_source_remove);
  g_clear_pointer (&self->carets, g_hash_table_unref);
  g_free (self->published);
  g_free (self);
}

static void
get_caret_area (WeftNotePresence *self,
                const Caret      *caret,
                GdkRectangle     *area)
{
  GtkTextIter iter;

  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &iter, caret->head);
  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (self->view), &iter, area);
  area->width = CARET_WIDTH;
}

void
weft_note_presence_hover (WeftNotePresence *self,
                          int               x,
                          int               y)
{
  GHashTableIter iter;
  gpointer value;
  gboolean changed = FALSE;

  g_hash_table_iter_init (&iter, self->carets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Caret *caret = value;
      GdkRectangle area;
      gboolean hovered;

      get_caret_area (self, caret, &area);
      hovered = ABS (x - area.x) <= HOVER_DISTANCE && y >= area.y - 4 && y <= area.y + area.height;
      changed |= hovered != caret->hovered;
      caret->hovered = hovered;
    }
  if (changed)
    gtk_widget_queue_draw (GTK_WIDGET (self->view));
}

/* Drawing */

static void
draw_row (WeftNotePresence  *self,
          GtkSnapshot       *snapshot,
          const GtkTextIter *start,
          const GtkTextIter *end,
          const GdkRGBA     *color)
{
  GdkRectangle from, to;

  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (self->view), start, &from);
  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (self->view), end, &to);
  /* An empty line that is selected shows as a narrow block. */
  if (to.x <= from.x)
    to.x = from.x + 5;
  gtk_snapshot_append_color (snapshot, color,
                             &GRAPHENE_RECT_INIT (from.x, from.y, to.x - from.x, from.height));
}

static void
draw_selection (WeftNotePresence *self,
                GtkSnapshot      *snapshot,
                const Caret      *caret)
{
  GtkTextView *view = GTK_TEXT_VIEW (self->view);
  GdkRGBA color = caret->color;
  GdkRectangle visible;
  GtkTextIter start, end, first, last;

  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &start, caret->anchor);
  gtk_text_buffer_get_iter_at_mark (get_buffer (self), &end, caret->head);
  gtk_text_iter_order (&start, &end);
  if (gtk_text_iter_equal (&start, &end))
    return;

  gtk_text_view_get_visible_rect (view, &visible);
  gtk_text_view_get_line_at_y (view, &first, visible.y, NULL);
  gtk_text_view_get_line_at_y (view, &last, visible.y + visible.height, NULL);
  gtk_text_iter_forward_line (&last);
  if (gtk_text_iter_compare (&start, &first) < 0)
    start = first;
  if (gtk_text_iter_compare (&end, &last) > 0)
    end = last;

  color.alpha = 0.25;
  while (gtk_text_iter_compare (&start, &end) < 0)
    {
      GtkTextIter row_end = start;

      if (!gtk_text_iter_ends_line (&row_end))
        gtk_text_view_forward_display_line_end (view, &row_end);
      if (gtk_text_iter_compare (&row_end, &end) > 0)
        row_end = end;
      draw_row (self, snapshot, &start, &row_end, &color);

      start = row_end;
      if (!gtk_text_iter_forward_char (&start))
        break;
      /* The end of a wrapped row is the last place in it, not the first of the next. */
      if (!gtk_text_iter_starts_line (&start))
        {
          start = row_end;
          if (!gtk_text_view_forward_display_line (view, &start))
            break;
          gtk_text_view_backward_display_line_start (view, &start);
          if (gtk_text_iter_compare (&start, &row_end) < 0)
            break;
        }
    }
}

static gboolean
is_dark_color (const GdkRGBA *color)
{
  return 0.2126 * color->red + 0.7152 * color->green + 0.0722 * color->blue < 0.6;
}

static void
draw_label (WeftNotePresence   *self,
            GtkSnapshot        *snapshot,
            const Caret        *caret,
            const GdkRectangle *area)
{
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self->view), caret->name);
  g_autoptr(PangoAttrList) attributes = pango_attr_list_new ();
  GdkRGBA ink = is_dark_color (&caret->color) ? (GdkRGBA) { 1, 1, 1, 1 } : (GdkRGBA) { 0, 0, 0, 0.85 };
  GskRoundedRect outline;
  GdkRectangle visible;
  int width, height;
  float x, y;

  pango_attr_list_insert (attributes, pango_attr_scale_new (0.75));
  pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_SEMIBOLD));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, 180 * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, &width, &height);

  gtk_text_view_get_visible_rect (GTK_TEXT_VIEW (self->view), &visible);
  x = MIN (area->x, visible.x + visible.width - width - 12);
  y = area->y - height - 3;
  if (y < visible.y && area->y + area->height + height + 3 < visible.y + visible.height)
    y = area->y + area->height;

  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (x, y, width + 12, height + 3), 5);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &caret->color, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x + 6, y + 1));
  gtk_snapshot_append_layout (snapshot, layout, &ink);
  gtk_snapshot_restore (snapshot);
}

void
weft_note_presence_draw (WeftNotePresence *self,
                         GtkSnapshot      *snapshot,
                         gboolean          above)
{
  gint64 now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->carets);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Caret *caret = value;
      GdkRectangle area;

      if (!above)
        {
          draw_selection (self, snapshot, caret);
          continue;
        }

      get_caret_area (self, caret, &area);
      gtk_snapshot_append_color (snapshot, &caret->color,
                                 &GRAPHENE_RECT_INIT (area.x - 1, area.y, CARET_WIDTH, area.height));
      if (caret->hovered || now - caret->active_time < LABEL_TIME_US)
        draw_label (self, snapshot, caret, &area);
    }
}
