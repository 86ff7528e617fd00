/* weft-note-text-view.c - the text of a note, as one writes in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-text-view-private.h"
#include "app/weft-turns.h"

#include <adwaita.h>
#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (WeftNoteTextView, weft_note_text_view, GTK_SOURCE_TYPE_VIEW)

enum
{
  STATE_CHANGED,
  LEAVE_UP,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

#define CHECK_SIZE 16
/* Between the ground of code and the text around it. */
#define BLOCK_GAP 4
/* So much of a note is shown at once, some screens full; the rest comes between the frames. */
#define FIRST_BYTES 16384
/* WEFT_DEBUG=turns */
#define NOTED_TEXT "the text of a note"

static gboolean
emit_state_cb (gpointer user_data)
{
  WeftNoteTextView *self = user_data;

  self->state_source = 0;
  g_signal_emit (self, signals[STATE_CHANGED], 0);

  return G_SOURCE_REMOVE;
}

static void
queue_state (WeftNoteTextView *self)
{
  if (self->state_source == 0)
    self->state_source = g_idle_add_full (GTK_PRIORITY_RESIZE, emit_state_cb, self, NULL);
  if (self->presence != NULL)
    weft_note_presence_touch (self->presence);
}

/* What the binding tells */

static void
edited_cb (WeftNoteBinding  *binding,
           const char       *text,
           int               offset,
           WeftNoteTextView *self)
{
  if (text != NULL && !self->preparing)
    weft_note_text_view_typed (self, text, offset);

  queue_state (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
applied_cb (WeftNoteTextView *self)
{
  queue_state (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
mark_set_cb (GtkTextBuffer    *buffer,
             GtkTextIter      *iter,
             GtkTextMark      *mark,
             WeftNoteTextView *self)
{
  if (mark == gtk_text_buffer_get_insert (buffer) || mark == gtk_text_buffer_get_selection_bound (buffer))
    queue_state (self);
}

static void
preedit_changed_cb (WeftNoteTextView *self,
                    const char       *preedit)
{
  self->composing = *preedit != '\0';
  if (self->binding != NULL)
    weft_note_binding_set_composing (self->binding, self->composing);
}

/* Drawing */

static void
draw_disc (GtkSnapshot   *snapshot,
           const GdkRGBA *color,
           float          x,
           float          y,
           guint          level)
{
  g_autoptr(GskPathBuilder) builder = gsk_path_builder_new ();
  g_autoptr(GskPath) path = NULL;
  g_autoptr(GskStroke) stroke = gsk_stroke_new (1.3);

  if (level % 3 == 2)
    gsk_path_builder_add_rect (builder, &GRAPHENE_RECT_INIT (x - 2.5, y - 2.5, 5, 5));
  else
    gsk_path_builder_add_circle (builder, &GRAPHENE_POINT_INIT (x, y), 2.8);
  path = gsk_path_builder_free_to_path (g_steal_pointer (&builder));

  if (level % 3 == 1)
    gtk_snapshot_append_stroke (snapshot, path, stroke, color);
  else
    gtk_snapshot_append_fill (snapshot, path, GSK_FILL_RULE_WINDING, color);
}

static void
draw_check (WeftNoteTextView *self,
            GtkSnapshot      *snapshot,
            const GdkRGBA    *color,
            float             x,
            float             y,
            gboolean          checked)
{
  GskRoundedRect box;
  g_autoptr(GskPathBuilder) builder = NULL;
  g_autoptr(GskPath) path = NULL;
  g_autoptr(GskStroke) stroke = NULL;
  GdkRGBA border = *color;

  gsk_rounded_rect_init_from_rect (&box, &GRAPHENE_RECT_INIT (x, y, CHECK_SIZE, CHECK_SIZE), 4.5);
  if (!checked)
    {
      border.alpha *= 0.5;
      gtk_snapshot_append_border (snapshot, &box, (float[]) { 1.6, 1.6, 1.6, 1.6 },
                                  (GdkRGBA[]) { border, border, border, border });
      return;
    }

  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &self->accent, &box.bounds);
  gtk_snapshot_pop (snapshot);

  builder = gsk_path_builder_new ();
  gsk_path_builder_move_to (builder, x + 4, y + 8.3);
  gsk_path_builder_line_to (builder, x + 7, y + 11.3);
  gsk_path_builder_line_to (builder, x + 12.2, y + 5);
  path = gsk_path_builder_free_to_path (g_steal_pointer (&builder));
  stroke = gsk_stroke_new (2);
  gsk_stroke_set_line_cap (stroke, GSK_LINE_CAP_ROUND);
  gsk_stroke_set_line_join (stroke, GSK_LINE_JOIN_ROUND);
  gtk_snapshot_append_stroke (snapshot, path, stroke, &(GdkRGBA) { 1, 1, 1, 1 });
}

/* 1. a. i. by depth, as Quill does. */
static char *
dup_number (guint number,
            guint level)
{
  static const char *const romans[] = { "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x" };

  if (level % 3 == 1 && number <= 26)
    return g_strdup_printf ("%c.", 'a' + number - 1);
  if (level % 3 == 2 && number <= G_N_ELEMENTS (romans))
    return g_strdup_printf ("%s.", romans[number - 1]);

  return g_strdup_printf ("%u.", number);
}

static void
draw_number (WeftNoteTextView *self,
             GtkSnapshot      *snapshot,
             const GdkRGBA    *color,
             guint             line,
             guint             level,
             float             right,
             float             middle)
{
  guint number = weft_note_lines_get_number (weft_note_binding_get_lines (self->binding), line);
  g_autofree char *text = dup_number (number, level);
  g_autoptr(PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (right - width, middle - height / 2.0));
  gtk_snapshot_append_layout (snapshot, layout, color);
  gtk_snapshot_restore (snapshot);
}

/* The room that a list's marker has before the text of its line. */
static void
get_marker_area (WeftNoteTextView         *self,
                 const GtkTextIter        *start,
                 const WeftNoteLineFormat *format,
                 GdkRectangle             *area)
{
  GdkRectangle first;

  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (self), start, &first);
  area->x = gtk_text_view_get_left_margin (GTK_TEXT_VIEW (self)) + format->indent * WEFT_NOTE_INDENT;
  area->y = first.y;
  area->width = WEFT_NOTE_INDENT;
  area->height = first.height;
}

static void
draw_marker (WeftNoteTextView         *self,
             GtkSnapshot              *snapshot,
             guint                     line,
             const GtkTextIter        *start,
             const WeftNoteLineFormat *format,
             const GdkRGBA            *color)
{
  GdkRectangle area;
  float middle;

  get_marker_area (self, start, format, &area);
  middle = area.y + area.height / 2.0;

  switch ((WeftNoteList) format->list)
    {
    case WEFT_NOTE_LIST_BULLET:
      draw_disc (snapshot, color, area.x + area.width - 14, middle, format->indent);
      break;

    case WEFT_NOTE_LIST_ORDERED:
      draw_number (self, snapshot, color, line, format->indent, area.x + area.width - 7, middle);
      break;

    case WEFT_NOTE_LIST_CHECKED:
    case WEFT_NOTE_LIST_UNCHECKED:
      draw_check (self, snapshot, color, area.x + area.width - CHECK_SIZE - 8, middle - CHECK_SIZE / 2.0,
                  format->list == WEFT_NOTE_LIST_CHECKED);
      break;

    case WEFT_NOTE_LIST_NONE:
      break;
    }
}

static void
draw_block (WeftNoteTextView         *self,
            GtkSnapshot              *snapshot,
            const WeftNoteLineFormat *format,
            gboolean                  first,
            gboolean                  last,
            int                       y,
            int                       height,
            const GdkRGBA            *color)
{
  int left = gtk_text_view_get_left_margin (GTK_TEXT_VIEW (self));
  int column = weft_note_text_view_get_column_width (self);
  GdkRGBA tint = *color;
  GskRoundedRect box;

  /* The distance to what stands around it is not part of it, but for a little air. */
  if (first)
    {
      y += BLOCK_GAP;
      height -= BLOCK_GAP;
    }
  if (last)
    height -= BLOCK_GAP;

  if (format->quote)
    {
      tint = self->accent;
      tint.alpha = 0.7;
      gtk_snapshot_append_color (snapshot, &tint, &GRAPHENE_RECT_INIT (left + 2, y, 3, height));
      return;
    }

  tint.alpha = self->dark ? 0.08 : 0.05;
  gsk_rounded_rect_init (&box, &GRAPHENE_RECT_INIT (left, y, column, height),
                         &GRAPHENE_SIZE_INIT (first ? 8 : 0, first ? 8 : 0),
                         &GRAPHENE_SIZE_INIT (first ? 8 : 0, first ? 8 : 0),
                         &GRAPHENE_SIZE_INIT (last ? 8 : 0, last ? 8 : 0),
                         &GRAPHENE_SIZE_INIT (last ? 8 : 0, last ? 8 : 0));
  gtk_snapshot_push_rounded_clip (snapshot, &box);
  gtk_snapshot_append_color (snapshot, &tint, &box.bounds);
  gtk_snapshot_pop (snapshot);
}

static void
draw_divider (WeftNoteTextView  *self,
              GtkSnapshot       *snapshot,
              const GtkTextIter *iter,
              const GdkRGBA     *color)
{
  GdkRGBA line = *color;
  GdkRectangle area;

  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (self), iter, &area);
  line.alpha *= 0.2;
  gtk_snapshot_append_color (
      snapshot, &line,
      &GRAPHENE_RECT_INIT (gtk_text_view_get_left_margin (GTK_TEXT_VIEW (self)), area.y + area.height / 2,
                           weft_note_text_view_get_column_width (self), 1));
}

static void
draw_line (WeftNoteTextView  *self,
           GtkSnapshot       *snapshot,
           const GtkTextIter *start,
           int                y,
           int                height,
           const GdkRGBA     *color)
{
  WeftNoteLines *lines = weft_note_binding_get_lines (self->binding);
  guint line = gtk_text_iter_get_line (start);
  const WeftNoteLineFormat *format = &weft_note_lines_get (lines, line)->format;

  if (format->code || format->quote)
    {
      gboolean first = line == 0
                       || !weft_note_line_format_joins (&weft_note_lines_get (lines, line - 1)->format, format);
      gboolean last = line + 1 == weft_note_lines_get_n (lines)
                      || !weft_note_line_format_joins (&weft_note_lines_get (lines, line + 1)->format, format);

      draw_block (self, snapshot, format, first, last, y, height, color);
    }
  if (format->list != WEFT_NOTE_LIST_NONE)
    draw_marker (self, snapshot, line, start, format, color);
  if (weft_note_iter_is_divider (start))
    draw_divider (self, snapshot, start, color);
}

static void
draw_lines (WeftNoteTextView *self,
            GtkSnapshot      *snapshot,
            const GdkRGBA    *color)
{
  GtkTextView *view = GTK_TEXT_VIEW (self);
  GdkRectangle visible;
  GtkTextIter iter;
  int y, height, first, last;

  gtk_text_view_get_visible_rect (view, &visible);
  gtk_text_view_get_line_at_y (view, &iter, visible.y, NULL);
  gtk_text_iter_set_line_offset (&iter, 0);
  first = last = gtk_text_iter_get_line (&iter);
  do
    {
      gtk_text_view_get_line_yrange (view, &iter, &y, &height);
      if (y > visible.y + visible.height)
        break;
      draw_line (self, snapshot, &iter, y, height, color);
      last = gtk_text_iter_get_line (&iter);
    }
  while (gtk_text_iter_forward_line (&iter));
  if (self->spelling != NULL)
    weft_note_spelling_saw (self->spelling, first, last);
}

static void
draw_hint (WeftNoteTextView *self,
           GtkSnapshot      *snapshot,
           const GdkRGBA    *color)
{
  static const WeftNoteLineFormat plain;
  g_autoptr(PangoLayout) layout = NULL;
  GdkRGBA dim = *color;
  GdkRectangle area;
  GtkTextIter iter;

  if (!weft_note_binding_is_empty (self->binding) || self->composing
      || memcmp (&weft_note_lines_get (weft_note_binding_get_lines (self->binding), 0)->format, &plain,
                 sizeof plain)
             != 0
      || !gtk_text_view_get_editable (GTK_TEXT_VIEW (self)))
    return;

  layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), _ ("Start writing…"));
  gtk_text_buffer_get_start_iter (weft_note_binding_get_buffer (self->binding), &iter);
  gtk_text_view_get_iter_location (GTK_TEXT_VIEW (self), &iter, &area);
  dim.alpha *= 0.45;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (area.x + 1, area.y));
  gtk_snapshot_append_layout (snapshot, layout, &dim);
  gtk_snapshot_restore (snapshot);
}

static void
weft_note_text_view_snapshot_layer (GtkTextView      *view,
                                    GtkTextViewLayer  layer,
                                    GtkSnapshot      *snapshot)
{
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (view);
  GdkRGBA color;

  GTK_TEXT_VIEW_CLASS (weft_note_text_view_parent_class)->snapshot_layer (view, layer, snapshot);
  if (self->binding == NULL)
    return;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  if (layer == GTK_TEXT_VIEW_LAYER_BELOW_TEXT)
    {
      draw_lines (self, snapshot, &color);
      draw_hint (self, snapshot, &color);
      weft_turns_note (NOTED_TEXT);
    }
  if (self->presence != NULL)
    weft_note_presence_draw (self->presence, snapshot, layer == GTK_TEXT_VIEW_LAYER_ABOVE_TEXT);
}

/* Pointer */

static gboolean
find_check (WeftNoteTextView *self,
            int               x,
            int               y,
            guint            *line)
{
  const WeftNoteLineFormat *format;
  GdkRectangle area;
  GtkTextIter iter;
  int top, height;

  if (self->binding == NULL)
    return FALSE;

  gtk_text_view_get_line_at_y (GTK_TEXT_VIEW (self), &iter, y, NULL);
  gtk_text_iter_set_line_offset (&iter, 0);
  gtk_text_view_get_line_yrange (GTK_TEXT_VIEW (self), &iter, &top, &height);
  *line = gtk_text_iter_get_line (&iter);
  format = &weft_note_lines_get (weft_note_binding_get_lines (self->binding), *line)->format;
  if (format->list != WEFT_NOTE_LIST_CHECKED && format->list != WEFT_NOTE_LIST_UNCHECKED)
    return FALSE;

  get_marker_area (self, &iter, format, &area);

  return x >= area.x - 4 && x < area.x + area.width && y >= area.y - 4 && y < area.y + area.height + 4;
}

static char *
dup_link_at (WeftNoteTextView *self,
             int               x,
             int               y)
{
  g_autoptr(WeftAny) marks = NULL;
  const WeftAny *link;
  GtkTextIter iter;
  int trailing;

  /* The character under the pointer, not the nearest place between two. */
  if (self->binding == NULL
      || !gtk_text_view_get_iter_at_position (GTK_TEXT_VIEW (self), &iter, &trailing, x, y))
    return NULL;

  marks = weft_note_dup_attributes (&iter, FALSE);
  link = weft_any_lookup (marks, "link");

  return link != NULL ? g_strdup (weft_any_get_string (link)) : NULL;
}

static gboolean
may_open (const char *uri)
{
  static const char *const schemes[] = { "http", "https", "mailto", "weft" };
  g_autofree char *scheme = g_uri_parse_scheme (uri);

  for (guint i = 0; scheme != NULL && i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strcasecmp (scheme, schemes[i]) == 0)
      return TRUE;

  return FALSE;
}

void
weft_note_text_view_tell (WeftNoteTextView *self,
                          const char       *sentence)
{
  GtkWidget *overlay = gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY);
  AdwToast *toast = adw_toast_new (sentence);

  adw_toast_set_use_markup (toast, FALSE);
  if (overlay != NULL)
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
  else
    g_object_unref (g_object_ref_sink (toast));
}

static void
open_link (WeftNoteTextView *self,
           const char       *uri)
{
  g_autoptr(GtkUriLauncher) launcher = NULL;

  if (!may_open (uri))
    {
      weft_note_text_view_tell (self, _ ("Links of this kind are not opened"));
      return;
    }

  if (g_ascii_strncasecmp (uri, "weft:", 5) == 0)
    {
      g_autoptr(GFile) file = g_file_new_for_uri (uri);

      /* The application opens its own links, as it does those of others. */
      g_application_open (g_application_get_default (), &file, 1, "");
      return;
    }

  launcher = gtk_uri_launcher_new (uri);
  gtk_uri_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, NULL, NULL);
}

static void
to_buffer (WeftNoteTextView *self,
           double            x,
           double            y,
           int              *buffer_x,
           int              *buffer_y)
{
  gtk_text_view_window_to_buffer_coords (GTK_TEXT_VIEW (self), GTK_TEXT_WINDOW_WIDGET, x, y, buffer_x,
                                         buffer_y);
}

static void
pressed_cb (GtkGestureClick  *gesture,
            int               n_press,
            double            x,
            double            y,
            WeftNoteTextView *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  g_autofree char *uri = NULL;
  int buffer_x, buffer_y;
  guint line;

  to_buffer (self, x, y, &buffer_x, &buffer_y);
  if (find_check (self, buffer_x, buffer_y, &line))
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      weft_note_text_view_toggle_check (self, line);
      return;
    }

  if ((state & GDK_CONTROL_MASK) == 0)
    return;

  uri = dup_link_at (self, buffer_x, buffer_y);
  if (uri != NULL)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
      open_link (self, uri);
    }
}

static void
motion_cb (GtkEventControllerMotion *motion,
           double                    x,
           double                    y,
           WeftNoteTextView         *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (motion));
  g_autofree char *uri = NULL;
  gboolean clickable;
  int buffer_x, buffer_y;
  guint line;

  if (self->binding == NULL)
    return;

  to_buffer (self, x, y, &buffer_x, &buffer_y);
  clickable = find_check (self, buffer_x, buffer_y, &line);
  if (!clickable && (state & GDK_CONTROL_MASK) != 0)
    {
      uri = dup_link_at (self, buffer_x, buffer_y);
      clickable = uri != NULL;
    }
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self), clickable ? "pointer" : "text");
  if (self->presence != NULL)
    weft_note_presence_hover (self->presence, buffer_x, buffer_y);
}

static gboolean
query_tooltip_cb (GtkWidget  *widget,
                  int         x,
                  int         y,
                  gboolean    keyboard,
                  GtkTooltip *tooltip)
{
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (widget);
  g_autofree char *uri = NULL;
  g_autofree char *text = NULL;
  int buffer_x, buffer_y;

  if (keyboard)
    return FALSE;

  to_buffer (self, x, y, &buffer_x, &buffer_y);
  uri = dup_link_at (self, buffer_x, buffer_y);
  if (uri == NULL)
    return FALSE;

  /* Translators: %s is the address of a link */
  text = g_strdup_printf (_ ("%s\nCtrl+click opens it"), uri);
  gtk_tooltip_set_text (tooltip, text);

  return TRUE;
}

/* Keys */

static gboolean
leaves_up (WeftNoteTextView *self)
{
  GtkTextIter start, end;

  if (weft_note_text_view_get_selection (self, &start, &end) || gtk_text_iter_get_line (&start) > 0)
    return FALSE;

  /* A first line that is wrapped has rows below its first. */
  if (!gtk_text_view_starts_display_line (GTK_TEXT_VIEW (self), &start))
    gtk_text_view_backward_display_line_start (GTK_TEXT_VIEW (self), &start);

  return gtk_text_iter_is_start (&start);
}

/* Ctrl+Shift+7 is a key of its own in every layout: "&", "/", ... The digit is what the key gives without Shift. */
static gboolean
activate_list_key (WeftNoteTextView *self,
                   guint             keycode)
{
  static const char *const actions[] = { "note.ordered-list", "note.bullet-list", "note.check-list" };
  g_autofree GdkKeymapKey *keys = NULL;
  g_autofree guint *keyvals = NULL;
  int n_entries = 0;

  if (!gdk_display_map_keycode (gtk_widget_get_display (GTK_WIDGET (self)), keycode, &keys, &keyvals, &n_entries))
    return FALSE;

  for (int i = 0; i < n_entries; i++)
    if (keys[i].group == 0 && keyvals[i] >= GDK_KEY_7 && keyvals[i] <= GDK_KEY_9)
      return gtk_widget_activate_action (GTK_WIDGET (self), actions[keyvals[i] - GDK_KEY_7], NULL);

  return FALSE;
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                WeftNoteTextView      *self)
{
  GdkModifierType modifiers = state & gtk_accelerator_get_default_mod_mask ();
  GtkTextIter iter;

  /* Whoever composes has these keys for the input method; the title above has its own. */
  if (self->composing || self->binding == NULL || !gtk_widget_is_focus (GTK_WIDGET (self)))
    return GDK_EVENT_PROPAGATE;

  if (self->spelling != NULL
      && (keyval == GDK_KEY_Menu || (keyval == GDK_KEY_F10 && modifiers == GDK_SHIFT_MASK)))
    weft_note_spelling_point (self->spelling);

  switch (keyval)
    {
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
      if (modifiers == GDK_CONTROL_MASK)
        {
          gtk_text_buffer_get_iter_at_mark (weft_note_binding_get_buffer (self->binding), &iter,
                                            gtk_text_buffer_get_insert (
                                                weft_note_binding_get_buffer (self->binding)));
          weft_note_text_view_toggle_check (self, gtk_text_iter_get_line (&iter));
          return GDK_EVENT_STOP;
        }
      if (modifiers == 0 || modifiers == GDK_SHIFT_MASK)
        return weft_note_text_view_enter (self);
      break;

    case GDK_KEY_BackSpace:
      if (modifiers == 0)
        return weft_note_text_view_backspace (self);
      break;

    case GDK_KEY_Tab:
    case GDK_KEY_ISO_Left_Tab:
      if (modifiers == 0 || modifiers == GDK_SHIFT_MASK)
        return weft_note_text_view_tab (self, modifiers == GDK_SHIFT_MASK || keyval == GDK_KEY_ISO_Left_Tab);
      break;

    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      if (modifiers == 0 && leaves_up (self))
        {
          g_signal_emit (self, signals[LEAVE_UP], 0);
          return GDK_EVENT_STOP;
        }
      break;

    default:
      if (modifiers != (GDK_CONTROL_MASK | GDK_SHIFT_MASK))
        break;
      /* Here, since the toolkit takes it for the key of cutting. */
      if (gdk_keyval_to_lower (keyval) == GDK_KEY_x)
        return gtk_widget_activate_action (GTK_WIDGET (self), "note.strike", NULL);
      return activate_list_key (self, keycode);
      break;
    }

  return GDK_EVENT_PROPAGATE;
}

/* What is about the whole note waits for no slices. */
void
weft_note_text_view_load (WeftNoteTextView *self)
{
  if (self->binding != NULL)
    weft_note_binding_load (self->binding, G_MAXSIZE);
}

static void
move_cursor_cb (WeftNoteTextView *self,
                GtkMovementStep   step,
                int               count)
{
  if (step == GTK_MOVEMENT_BUFFER_ENDS && count > 0)
    weft_note_text_view_load (self);
}

static void
undo_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  if (g_str_equal (name, "text.undo"))
    weft_note_text_view_undo (WEFT_NOTE_TEXT_VIEW (widget));
  else
    weft_note_text_view_redo (WEFT_NOTE_TEXT_VIEW (widget));
}

static void
update_undo_actions (WeftNoteTextView *self)
{
  gboolean editable = gtk_text_view_get_editable (GTK_TEXT_VIEW (self));

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "text.undo",
                                 editable && self->document != NULL
                                     && weft_document_get_can_undo (self->document));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "text.redo",
                                 editable && self->document != NULL
                                     && weft_document_get_can_redo (self->document));
}

/* Looks */

static void
style_changed_cb (WeftNoteTextView *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  GdkRGBA *accent = adw_style_manager_get_accent_color_rgba (manager);

  self->dark = adw_style_manager_get_dark (manager);
  self->accent = *accent;
  gdk_rgba_free (accent);
  if (self->binding != NULL)
    weft_note_tags_set_dark (weft_note_binding_get_tags (self->binding), self->dark);
  if (self->highlight != NULL)
    weft_note_highlight_set_dark (self->highlight, self->dark);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
add_menu (WeftNoteTextView *self)
{
  g_autoptr(GMenu) section = g_menu_new ();
  g_autoptr(GMenuItem) item = g_menu_item_new (_ ("Check _Spelling"), "writing.spell-check");

  self->menu = g_menu_new ();
  g_menu_item_set_attribute (item, "hidden-when", "s", "action-missing");
  g_menu_append_item (section, item);
  if (weft_note_spelling_is_there ())
    g_menu_append_section (self->menu, NULL, G_MENU_MODEL (section));
  gtk_text_view_set_extra_menu (GTK_TEXT_VIEW (self), G_MENU_MODEL (self->menu));
}

static void
apply_spelling (WeftNoteTextView *self)
{
  g_clear_pointer (&self->spelling, weft_note_spelling_free);
  if (self->binding != NULL && self->check_spelling && weft_note_binding_is_loaded (self->binding))
    self->spelling = weft_note_spelling_new (GTK_TEXT_VIEW (self), self->binding, self->menu);
}

static void
loaded_cb (WeftNoteTextView *self)
{
  apply_spelling (self);
  applied_cb (self);
}

static gboolean
set_margin_cb (gpointer user_data)
{
  WeftNoteTextView *self = user_data;

  self->margin_source = 0;
  gtk_text_view_set_left_margin (GTK_TEXT_VIEW (self), self->margin);
  gtk_text_view_set_right_margin (GTK_TEXT_VIEW (self), self->margin);
  weft_note_text_view_fit_embeds (self);

  return G_SOURCE_REMOVE;
}

static void
weft_note_text_view_size_allocate (GtkWidget *widget,
                                   int        width,
                                   int        height,
                                   int        baseline)
{
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (widget);
  GtkTextView *view = GTK_TEXT_VIEW (widget);
  int margin = MAX (WEFT_NOTE_MIN_MARGIN, (width - WEFT_NOTE_COLUMN) / 2);

  /* Sizes are not changed while they are given out. */
  self->margin = margin;
  if (margin != gtk_text_view_get_left_margin (view) && self->margin_source == 0)
    self->margin_source = g_idle_add_full (GTK_PRIORITY_RESIZE, set_margin_cb, self, NULL);

  self->allocating = TRUE;
  GTK_WIDGET_CLASS (weft_note_text_view_parent_class)->size_allocate (widget, width, height, baseline);
  self->allocating = FALSE;
  /* Where the margin stays and the width does not, pictures still have to fit. */
  if (width != self->width && self->margin_source == 0)
    self->margin_source = g_idle_add_full (GTK_PRIORITY_RESIZE, set_margin_cb, self, NULL);
  self->width = width;
}

static void
clear_document (WeftNoteTextView *self)
{
  if (self->document == NULL)
    return;

  g_clear_pointer (&self->presence, weft_note_presence_free);
  g_clear_pointer (&self->highlight, weft_note_highlight_free);
  g_signal_handlers_disconnect_by_data (self->document, self);
  if (self->binding != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->binding, self);
      g_signal_handlers_disconnect_by_data (weft_note_binding_get_buffer (self->binding), self);
    }
  self->check_spelling = FALSE;
  apply_spelling (self);
  weft_note_text_view_forget_embeds (self);
  g_clear_object (&self->binding);
  g_clear_object (&self->document);
}

static void
weft_note_text_view_dispose (GObject *object)
{
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (object);

  clear_document (self);
  g_clear_handle_id (&self->state_source, g_source_remove);
  g_clear_handle_id (&self->margin_source, g_source_remove);

  G_OBJECT_CLASS (weft_note_text_view_parent_class)->dispose (object);
}

static void
weft_note_text_view_finalize (GObject *object)
{
  WeftNoteTextView *self = WEFT_NOTE_TEXT_VIEW (object);

  g_clear_pointer (&self->embeds, g_ptr_array_unref);
  g_clear_object (&self->menu);

  G_OBJECT_CLASS (weft_note_text_view_parent_class)->finalize (object);
}

static void
weft_note_text_view_class_init (WeftNoteTextViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GtkTextViewClass *text_view_class = GTK_TEXT_VIEW_CLASS (klass);

  object_class->dispose = weft_note_text_view_dispose;
  object_class->finalize = weft_note_text_view_finalize;
  widget_class->size_allocate = weft_note_text_view_size_allocate;
  text_view_class->snapshot_layer = weft_note_text_view_snapshot_layer;
  weft_note_text_view_install_clipboard (text_view_class);

  signals[STATE_CHANGED] = g_signal_new ("state-changed", WEFT_TYPE_NOTE_TEXT_VIEW, G_SIGNAL_RUN_LAST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LEAVE_UP] = g_signal_new ("leave-up", WEFT_TYPE_NOTE_TEXT_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                    NULL, G_TYPE_NONE, 0);

  /* In place of the toolkit's own undo, which would take back what others wrote. */
  gtk_widget_class_install_action (widget_class, "text.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "text.redo", NULL, undo_action);
  /* Here, since the toolkit uses it for a text view too. */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_backslash, GDK_CONTROL_MASK, "note.clear", NULL);
}

static void
weft_note_text_view_init (WeftNoteTextView *self)
{
  GtkTextView *view = GTK_TEXT_VIEW (self);
  AdwStyleManager *manager = adw_style_manager_get_default ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();

  self->embeds = g_ptr_array_new ();

  gtk_text_view_set_wrap_mode (view, GTK_WRAP_WORD_CHAR);
  gtk_text_view_set_pixels_above_lines (view, 4);
  gtk_text_view_set_pixels_below_lines (view, 6);
  gtk_text_view_set_pixels_inside_wrap (view, 6);
  gtk_text_view_set_bottom_margin (view, 160);
  gtk_source_view_set_highlight_current_line (GTK_SOURCE_VIEW (self), FALSE);
  gtk_source_view_set_show_line_numbers (GTK_SOURCE_VIEW (self), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self), "note-text");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Text of the note"),
                                  -1);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_PRIMARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect (click, "pressed", G_CALLBACK (pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);

  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);

  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
  g_signal_connect (self, "preedit-changed", G_CALLBACK (preedit_changed_cb), NULL);
  g_signal_connect (self, "select-all", G_CALLBACK (weft_note_text_view_load), NULL);
  g_signal_connect (self, "move-cursor", G_CALLBACK (move_cursor_cb), NULL);
  weft_note_text_view_add_drop_target (self);
  add_menu (self);

  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (style_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::accent-color-rgba", G_CALLBACK (style_changed_cb), self,
                           G_CONNECT_SWAPPED);
  style_changed_cb (self);
}

GtkWidget *
weft_note_text_view_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_TEXT_VIEW, NULL);
}

void
weft_note_text_view_set_document (WeftNoteTextView *self,
                                  WeftDocument     *document)
{
  GtkTextBuffer *buffer;

  if (self->document == document)
    return;

  clear_document (self);
  weft_turns_forget (NOTED_TEXT);
  if (document == NULL)
    {
      gtk_text_view_set_buffer (GTK_TEXT_VIEW (self), NULL);
      return;
    }

  self->document = g_object_ref (document);
  self->binding
      = weft_note_binding_new_gradual (weft_document_get_doc (document), weft_document_get_text (document),
                                       FIRST_BYTES);
  weft_note_tags_set_dark (weft_note_binding_get_tags (self->binding), self->dark);
  buffer = weft_note_binding_get_buffer (self->binding);

  gtk_text_view_set_buffer (GTK_TEXT_VIEW (self), buffer);
  weft_note_text_view_show_embeds (self);

  g_signal_connect (self->binding, "edited", G_CALLBACK (edited_cb), self);
  g_signal_connect_swapped (self->binding, "applied", G_CALLBACK (applied_cb), self);
  g_signal_connect_swapped (self->binding, "loaded", G_CALLBACK (loaded_cb), self);
  g_signal_connect (buffer, "mark-set", G_CALLBACK (mark_set_cb), self);
  /* The toolkit looks at the buffer's own undo at every notification, and would disable ours. */
  g_signal_connect_swapped (buffer, "notify", G_CALLBACK (update_undo_actions), self);
  g_signal_connect_swapped (document, "notify::can-undo", G_CALLBACK (update_undo_actions), self);
  g_signal_connect_swapped (document, "notify::can-redo", G_CALLBACK (update_undo_actions), self);
  update_undo_actions (self);
  self->highlight = weft_note_highlight_new (self->binding, self->dark);
  self->presence = weft_note_presence_new (self);
  queue_state (self);
}

WeftNoteBinding *
weft_note_text_view_get_binding (WeftNoteTextView *self)
{
  return self->binding;
}

void
weft_note_text_view_get_state (WeftNoteTextView *self,
                               WeftNoteState    *state)
{
  g_autoptr(WeftAny) marks = NULL;
  GtkTextIter start, end;

  memset (state, 0, sizeof *state);
  if (self->binding == NULL)
    return;

  if (weft_note_text_view_get_selection (self, &start, &end))
    marks = weft_note_dup_attributes (&start, FALSE);
  else
    marks = weft_note_binding_dup_marks (self->binding, &start);

  state->line
      = weft_note_lines_get (weft_note_binding_get_lines (self->binding), gtk_text_iter_get_line (&start))
            ->format;
  state->bold = weft_any_lookup (marks, "bold") != NULL;
  state->italic = weft_any_lookup (marks, "italic") != NULL;
  state->underline = weft_any_lookup (marks, "underline") != NULL;
  state->strike = weft_any_lookup (marks, "strike") != NULL;
  state->code = weft_any_lookup (marks, "code") != NULL;
  state->link = weft_any_lookup (marks, "link") != NULL;
}

int
weft_note_text_view_get_column_width (WeftNoteTextView *self)
{
  return gtk_widget_get_width (GTK_WIDGET (self)) - gtk_text_view_get_left_margin (GTK_TEXT_VIEW (self))
         - gtk_text_view_get_right_margin (GTK_TEXT_VIEW (self));
}

void
weft_note_text_view_set_check_spelling (WeftNoteTextView *self,
                                        gboolean          check)
{
  if (self->check_spelling == !!check)
    return;

  self->check_spelling = !!check;
  apply_spelling (self);
}
