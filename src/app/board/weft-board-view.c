/* weft-board-view.c - a board that is open: the canvas and the controls that float over it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-board-view.h"

#include "app/board/weft-board-export.h"
#include "app/board/weft-board-keyboard.h"
#include "app/board/weft-board-ops.h"
#include "app/board/weft-board-pictures.h"
#include "app/board/weft-board-properties.h"
#include "app/board/weft-canvas.h"
#include "app/weft-settings.h"

#include <glib/gi18n.h>
#include <math.h>

#define ZOOM_STEP       1.25
#define DUPLICATE_STEP  20

struct _WeftBoardView
{
  GtkWidget     parent_instance;

  GtkWidget    *overlay;
  WeftCanvas   *canvas;
  GtkWidget    *hint;
  GtkWidget    *tool_buttons[WEFT_N_TOOLS];
  GtkWidget    *lock_button;
  GtkWidget    *zoom_bar;
  GtkWidget    *zoom_button;
  GtkWidget    *tool_bar;
  GtkWidget    *bottom; /* the properties, and the tools below them */

  WeftDocument *document;
  gboolean      updating;
  GSettings    *settings;
};

G_DEFINE_FINAL_TYPE (WeftBoardView, weft_board_view, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_TOOL_LOCKED,
  PROP_SHOW_GRID,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static const struct
{
  WeftToolKind tool;
  const char  *icon;
  const char  *name;
  gboolean     begins_group;
} tools[] = {
  { WEFT_TOOL_SELECT, "weft-select-symbolic", N_ ("Select (V)"), FALSE },
  { WEFT_TOOL_HAND, "weft-hand-symbolic", N_ ("Move the Board (H)"), FALSE },
  { WEFT_TOOL_PEN, "weft-pen-symbolic", N_ ("Pen (P)"), TRUE },
  { WEFT_TOOL_ERASER, "weft-eraser-symbolic", N_ ("Eraser (E)"), FALSE },
  { WEFT_TOOL_RECTANGLE, "weft-rectangle-symbolic", N_ ("Rectangle (R)"), TRUE },
  { WEFT_TOOL_ELLIPSE, "weft-ellipse-symbolic", N_ ("Ellipse (O)"), FALSE },
  { WEFT_TOOL_DIAMOND, "weft-diamond-symbolic", N_ ("Diamond (D)"), FALSE },
  { WEFT_TOOL_ARROW, "weft-arrow-symbolic", N_ ("Arrow (A)"), FALSE },
  { WEFT_TOOL_LINE, "weft-line-symbolic", N_ ("Line (L)"), FALSE },
  { WEFT_TOOL_TEXT, "weft-text-symbolic", N_ ("Text (T)"), TRUE },
  { WEFT_TOOL_NOTE, "weft-sticky-note-symbolic", N_ ("Sticky Note (N)"), FALSE },
};

/* State */

static void
update_actions (WeftBoardView *self)
{
  static const char *const of_selection[] = {
    "board.delete", "board.duplicate", "board.cut", "board.copy", "board.to-front", "board.raise",
    "board.lower", "board.to-back", "board.ungroup", "board.zoom-selection",
  };
  gboolean selected = weft_canvas_get_n_selected (self->canvas) > 0;
  gboolean editable = weft_canvas_get_editable (self->canvas);

  for (guint i = 0; i < G_N_ELEMENTS (of_selection); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), of_selection[i], selected);

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "board.group",
                                 weft_canvas_get_n_selected (self->canvas) > 1);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "board.paste", editable);
  /* There is nothing to draw on a board that can only be read. */
  gtk_widget_set_visible (self->tool_bar, editable || self->document == NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "board.undo",
                                 self->document != NULL && weft_document_get_can_undo (self->document));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "board.redo",
                                 self->document != NULL && weft_document_get_can_redo (self->document));
}

static void
board_changed_cb (WeftBoardView *self)
{
  WeftBoardModel *model = weft_canvas_get_model (self->canvas);

  gtk_widget_set_visible (self->hint, model != NULL && weft_board_model_get_elements (model)->len == 0
                                        && !weft_canvas_is_editing (self->canvas));
  update_actions (self);
}

static void
tool_changed_cb (WeftBoardView *self)
{
  self->updating = TRUE;
  gtk_toggle_button_set_active (
    GTK_TOGGLE_BUTTON (self->tool_buttons[weft_canvas_get_tool (self->canvas)]), TRUE);
  self->updating = FALSE;
}

static void
zoom_changed_cb (WeftBoardView *self)
{
  /* Translators: how large the board is shown, in per cent */
  g_autofree char *text
    = g_strdup_printf (_ ("%d%%"), (int) round (weft_canvas_get_viewport (self->canvas)->zoom * 100));

  gtk_button_set_label (GTK_BUTTON (self->zoom_button), text);
}

static void
tool_toggled_cb (GtkToggleButton *button,
                 WeftBoardView   *self)
{
  WeftToolKind tool = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "tool"));

  if (self->updating)
    return;

  if (gtk_toggle_button_get_active (button))
    weft_canvas_set_tool (self->canvas, tool);

  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
undo_state_cb (WeftBoardView *self)
{
  update_actions (self);
}

/* Actions */

static void
set_tool_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  WeftToolKind tool;

  if (weft_tool_kind_from_name (g_variant_get_string (parameter, NULL), &tool))
    weft_canvas_set_tool (WEFT_BOARD_VIEW (widget)->canvas, tool);
}

static void
undo_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftBoardView *self = WEFT_BOARD_VIEW (widget);

  if (self->document == NULL)
    return;

  weft_canvas_cancel (self->canvas);

  if (g_str_has_suffix (name, "undo"))
    weft_document_undo (self->document);
  else
    weft_document_redo (self->document);
}

static void
selection_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  WeftCanvas *canvas = WEFT_BOARD_VIEW (widget)->canvas;

  if (weft_canvas_is_editing (canvas))
    return;

  if (g_str_equal (name, "board.delete"))
    weft_board_delete_selected (canvas);
  else if (g_str_equal (name, "board.duplicate"))
    weft_board_duplicate_selected (canvas, DUPLICATE_STEP, DUPLICATE_STEP);
  else if (g_str_equal (name, "board.select-all"))
    weft_canvas_select_all (canvas);
  else if (g_str_equal (name, "board.group"))
    weft_board_group_selected (canvas);
  else if (g_str_equal (name, "board.ungroup"))
    weft_board_ungroup_selected (canvas);
  else if (g_str_equal (name, "board.to-front"))
    weft_board_restack_selected (canvas, TRUE, TRUE);
  else if (g_str_equal (name, "board.raise"))
    weft_board_restack_selected (canvas, TRUE, FALSE);
  else if (g_str_equal (name, "board.lower"))
    weft_board_restack_selected (canvas, FALSE, FALSE);
  else if (g_str_equal (name, "board.to-back"))
    weft_board_restack_selected (canvas, FALSE, TRUE);
}

static void
nudge_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  WeftCanvas *canvas = WEFT_BOARD_VIEW (widget)->canvas;
  int dx;
  int dy;

  if (weft_canvas_is_editing (canvas))
    return;

  g_variant_get (parameter, "(ii)", &dx, &dy);

  /* With nothing to push, the arrows look around. */
  if (weft_canvas_get_n_selected (canvas) > 0)
    weft_board_nudge_selected (canvas, dx, dy);
  else
    weft_canvas_pan (canvas, dx * 40.0, dy * 40.0);
}

static void
walk_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftCanvas *canvas = WEFT_BOARD_VIEW (widget)->canvas;
  int dx;
  int dy;

  if (weft_canvas_is_editing (canvas))
    return;

  g_variant_get (parameter, "(ii)", &dx, &dy);

  if (g_str_equal (name, "board.walk"))
    weft_board_walk (canvas, dx, dy);
  else
    weft_board_add_connected (canvas, dx, dy);
}

static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftBoardView *self = WEFT_BOARD_VIEW (widget);
  g_autofree char *json = NULL;

  if (weft_canvas_is_editing (self->canvas) || weft_canvas_get_n_selected (self->canvas) == 0)
    return;

  json = weft_board_copy_to_json (self->canvas);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), json);

  if (g_str_equal (name, "board.cut"))
    weft_board_delete_selected (self->canvas);
}

static void
paste_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr(WeftBoardView) self = user_data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);
  WeftPoint place = weft_canvas_get_place (self->canvas);

  /* An empty clipboard, or one without text, is no mistake of anybody. */
  if (text == NULL || self->document == NULL)
    return;

  if (!weft_board_paste_json (self->canvas, text, place))
    weft_board_paste_text (self->canvas, text, place);
}

static void
paste_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  if (weft_canvas_is_editing (WEFT_BOARD_VIEW (widget)->canvas))
    return;

  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (widget), NULL, paste_cb,
                                 g_object_ref (widget));
}

static void
zoom_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftCanvas *canvas = WEFT_BOARD_VIEW (widget)->canvas;
  double zoom = weft_canvas_get_viewport (canvas)->zoom;
  WeftBox box = WEFT_BOX_EMPTY;

  if (weft_canvas_get_model (canvas) == NULL)
    return;

  if (g_str_equal (name, "board.zoom-in"))
    weft_canvas_zoom_to (canvas, zoom * ZOOM_STEP);
  else if (g_str_equal (name, "board.zoom-out"))
    weft_canvas_zoom_to (canvas, zoom / ZOOM_STEP);
  else if (g_str_equal (name, "board.zoom-original"))
    weft_canvas_zoom_to (canvas, 1);
  else if (g_str_equal (name, "board.zoom-selection"))
    box = weft_canvas_get_selection_box (canvas);
  else
    box = weft_board_model_get_bounds (weft_canvas_get_model (canvas));

  if (!weft_box_is_empty (&box))
    weft_canvas_zoom_fit (canvas, &box);
}

static void
escape_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  weft_canvas_escape (WEFT_BOARD_VIEW (widget)->canvas);
}

static void
edit_text_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  WeftCanvas *canvas = WEFT_BOARD_VIEW (widget)->canvas;
  g_autoptr(GPtrArray) selected = NULL;

  if (weft_canvas_is_editing (canvas) || weft_board_put_down (canvas) || weft_canvas_get_n_selected (canvas) != 1)
    return;

  selected = weft_canvas_list_selected (canvas);
  weft_canvas_edit_text (canvas, ((WeftElement *) g_ptr_array_index (selected, 0))->id);
}

/* Building */

static void
set_name (GtkWidget  *widget,
          const char *name)
{
  gtk_widget_set_tooltip_text (widget, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static GtkWidget *
create_bar (void)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);

  gtk_widget_add_css_class (bar, "weft-board-bar");

  return bar;
}

static GtkWidget *
create_action_button (const char *icon,
                      const char *action,
                      const char *name)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_focus_on_click (button, FALSE);
  set_name (button, name);

  return button;
}

static GtkWidget *
create_separator (void)
{
  GtkWidget *separator = gtk_separator_new (GTK_ORIENTATION_VERTICAL);

  gtk_widget_set_margin_top (separator, 6);
  gtk_widget_set_margin_bottom (separator, 6);
  gtk_widget_set_margin_start (separator, 2);
  gtk_widget_set_margin_end (separator, 2);

  return separator;
}

static GtkWidget *
create_tool_bar (WeftBoardView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkToggleButton *group = NULL;

  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Tools"), -1);

  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    {
      GtkWidget *button = gtk_toggle_button_new ();

      if (tools[i].begins_group)
        gtk_box_append (GTK_BOX (box), create_separator ());

      gtk_button_set_icon_name (GTK_BUTTON (button), tools[i].icon);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_focus_on_click (button, FALSE);
      set_name (button, _ (tools[i].name));
      g_object_set_data (G_OBJECT (button), "tool", GINT_TO_POINTER (tools[i].tool));
      gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), group);
      group = GTK_TOGGLE_BUTTON (button);
      gtk_box_append (GTK_BOX (box), button);
      self->tool_buttons[tools[i].tool] = button;
      g_signal_connect (button, "toggled", G_CALLBACK (tool_toggled_cb), self);
    }

  gtk_box_append (GTK_BOX (box), create_separator ());
  self->lock_button = gtk_toggle_button_new ();
  gtk_button_set_icon_name (GTK_BUTTON (self->lock_button), "changes-prevent-symbolic");
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->lock_button), "board.tool-locked");
  gtk_widget_add_css_class (self->lock_button, "flat");
  gtk_widget_set_focus_on_click (self->lock_button, FALSE);
  set_name (self->lock_button, _ ("Keep the Tool After Drawing (Q)"));
  gtk_box_append (GTK_BOX (box), self->lock_button);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), box);
  gtk_widget_add_css_class (scroller, "weft-board-bar");

  return scroller;
}

static GtkWidget *
create_hint (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *icon = gtk_image_new_from_icon_name ("weft-pen-symbolic");
  GtkWidget *title = gtk_label_new (_ ("Empty Board"));
  GtkWidget *text = gtk_label_new (
    _ ("Choose a tool below and draw, or double-click to write.\nScroll to move, Ctrl+scroll or pinch to zoom."));

  gtk_image_set_pixel_size (GTK_IMAGE (icon), 48);
  gtk_widget_add_css_class (title, "title-2");
  gtk_label_set_justify (GTK_LABEL (text), GTK_JUSTIFY_CENTER);
  gtk_label_set_wrap (GTK_LABEL (text), TRUE);
  gtk_widget_set_margin_bottom (icon, 6);
  gtk_box_append (GTK_BOX (box), icon);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), text);
  gtk_widget_add_css_class (box, "weft-board-hint");
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_margin_start (box, 24);
  gtk_widget_set_margin_end (box, 24);
  gtk_widget_set_margin_bottom (box, 72);
  gtk_widget_set_can_target (box, FALSE);

  return box;
}

static void
weft_board_view_size_allocate (GtkWidget *widget,
                               int        width,
                               int        height,
                               int        baseline)
{
  WeftBoardView *self = WEFT_BOARD_VIEW (widget);
  int tool_width;
  int zoom_width;
  gboolean narrow;
  int aside;

  gtk_widget_measure (self->tool_bar, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &tool_width, NULL, NULL);
  gtk_widget_measure (self->zoom_bar, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &zoom_width, NULL, NULL);

  /* The tools stand in the middle, or as near to it as the zoom leaves room; it goes to the top before they touch. */
  narrow = width < tool_width + zoom_width;
  aside = narrow ? 0 : MAX (0, tool_width + 2 * zoom_width - width);
  gtk_widget_set_valign (self->zoom_bar, narrow ? GTK_ALIGN_START : GTK_ALIGN_END);
  gtk_widget_set_margin_end (self->bottom, aside);

  gtk_widget_allocate (self->overlay, width, height, baseline, NULL);
}

static void
weft_board_view_measure (GtkWidget     *widget,
                         GtkOrientation orientation,
                         int            for_size,
                         int           *minimum,
                         int           *natural,
                         int           *minimum_baseline,
                         int           *natural_baseline)
{
  gtk_widget_measure (WEFT_BOARD_VIEW (widget)->overlay, orientation, for_size, minimum, natural,
                      minimum_baseline, natural_baseline);
}

static gboolean
weft_board_view_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (WEFT_BOARD_VIEW (widget)->canvas));
}

static void
weft_board_view_get_property (GObject    *object,
                              guint       prop_id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  WeftBoardView *self = WEFT_BOARD_VIEW (object);

  switch (prop_id)
    {
    case PROP_TOOL_LOCKED:
    case PROP_SHOW_GRID:
      g_object_get_property (G_OBJECT (self->canvas), pspec->name, value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_board_view_set_property (GObject      *object,
                              guint         prop_id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  WeftBoardView *self = WEFT_BOARD_VIEW (object);

  switch (prop_id)
    {
    case PROP_TOOL_LOCKED:
    case PROP_SHOW_GRID:
      g_object_set_property (G_OBJECT (self->canvas), pspec->name, value);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_board_view_dispose (GObject *object)
{
  WeftBoardView *self = WEFT_BOARD_VIEW (object);

  weft_board_view_set_document (self, NULL);
  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (weft_board_view_parent_class)->dispose (object);
}

static void
weft_board_view_class_init (WeftBoardViewClass *klass)
{
  static const char *const selection_actions[] = {
    "board.delete", "board.duplicate", "board.select-all", "board.group", "board.ungroup",
    "board.to-front", "board.raise", "board.lower", "board.to-back",
  };
  static const char *const zoom_actions[] = {
    "board.zoom-in", "board.zoom-out", "board.zoom-original", "board.zoom-fit", "board.zoom-selection",
  };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = weft_board_view_dispose;
  object_class->get_property = weft_board_view_get_property;
  object_class->set_property = weft_board_view_set_property;
  widget_class->size_allocate = weft_board_view_size_allocate;
  widget_class->measure = weft_board_view_measure;
  widget_class->grab_focus = weft_board_view_grab_focus;

  properties[PROP_TOOL_LOCKED]
    = g_param_spec_boolean ("tool-locked", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_SHOW_GRID]
    = g_param_spec_boolean ("show-grid", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_install_property_action (widget_class, "board.tool-locked", "tool-locked");
  gtk_widget_class_install_property_action (widget_class, "board.show-grid", "show-grid");
  gtk_widget_class_install_action (widget_class, "board.set-tool", "s", set_tool_action);
  gtk_widget_class_install_action (widget_class, "board.undo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "board.redo", NULL, undo_action);
  gtk_widget_class_install_action (widget_class, "board.nudge", "(ii)", nudge_action);
  gtk_widget_class_install_action (widget_class, "board.walk", "(ii)", walk_action);
  gtk_widget_class_install_action (widget_class, "board.add-connected", "(ii)", walk_action);
  gtk_widget_class_install_action (widget_class, "board.cut", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "board.copy", NULL, copy_action);
  gtk_widget_class_install_action (widget_class, "board.paste", NULL, paste_action);
  gtk_widget_class_install_action (widget_class, "board.escape", NULL, escape_action);
  gtk_widget_class_install_action (widget_class, "board.edit-text", NULL, edit_text_action);

  for (guint i = 0; i < G_N_ELEMENTS (selection_actions); i++)
    gtk_widget_class_install_action (widget_class, selection_actions[i], NULL, selection_action);
  for (guint i = 0; i < G_N_ELEMENTS (zoom_actions); i++)
    gtk_widget_class_install_action (widget_class, zoom_actions[i], NULL, zoom_action);
}

static void
add_style (void)
{
  static gsize added;

  if (g_once_init_enter (&added))
    {
      g_autoptr(GtkCssProvider) provider = gtk_css_provider_new ();

      gtk_css_provider_load_from_resource (provider, "/io/github/weftnotes/Weft/board/board.css");
      gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                                  GTK_STYLE_PROVIDER (provider),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
      g_once_init_leave (&added, 1);
    }
}

static void
settings_changed_cb (WeftBoardView *self)
{
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);

  style.roughness = g_settings_get_boolean (self->settings, "hand-drawn") ? 1 : 0;
  weft_canvas_set_style (self->canvas, &style);
  weft_canvas_set_draw_with_finger (self->canvas,
                                    g_settings_get_boolean (self->settings, "draw-with-finger"));
}

static void
weft_board_view_init (WeftBoardView *self)
{
  GtkWidget *bottom = self->bottom = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *bar;

  add_style ();
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  self->canvas = WEFT_CANVAS (weft_canvas_new ());
  self->overlay = gtk_overlay_new ();
  gtk_overlay_set_child (GTK_OVERLAY (self->overlay), GTK_WIDGET (self->canvas));
  gtk_widget_set_parent (self->overlay, GTK_WIDGET (self));

  self->hint = create_hint ();
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), self->hint);

  self->zoom_bar = bar = create_bar ();
  self->zoom_button = gtk_button_new_with_label ("100%");
  /* It stays where it is whatever the zoom: "4000%". */
  gtk_label_set_width_chars (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (self->zoom_button))), 5);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->zoom_button), "board.zoom-original");
  gtk_widget_add_css_class (self->zoom_button, "flat");
  gtk_widget_add_css_class (self->zoom_button, "weft-board-zoom");
  gtk_widget_set_focus_on_click (self->zoom_button, FALSE);
  set_name (self->zoom_button, _ ("Actual Size (Ctrl+0)"));
  gtk_box_append (GTK_BOX (bar), create_action_button ("zoom-out-symbolic", "board.zoom-out", _ ("Zoom Out (Ctrl+−)")));
  gtk_box_append (GTK_BOX (bar), self->zoom_button);
  gtk_box_append (GTK_BOX (bar), create_action_button ("zoom-in-symbolic", "board.zoom-in", _ ("Zoom In (Ctrl++)")));
  gtk_box_append (GTK_BOX (bar), create_action_button ("zoom-fit-best-symbolic", "board.zoom-fit", _ ("Show Everything (Shift+1)")));
  gtk_widget_set_halign (bar, GTK_ALIGN_END);
  gtk_widget_set_valign (bar, GTK_ALIGN_END);
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), bar);

  bar = weft_board_properties_new (self->canvas);
  gtk_widget_set_halign (bar, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (bottom), bar);
  self->tool_bar = create_tool_bar (self);
  gtk_widget_set_halign (self->tool_bar, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (bottom), self->tool_bar);
  gtk_widget_set_halign (bottom, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (bottom, GTK_ALIGN_END);
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), bottom);
  gtk_overlay_set_measure_overlay (GTK_OVERLAY (self->overlay), bottom, FALSE);

  g_signal_connect_object (self->canvas, "board-changed", G_CALLBACK (board_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "selection-changed", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::tool", G_CALLBACK (tool_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->canvas, "notify::zoom", G_CALLBACK (zoom_changed_cb), self, G_CONNECT_SWAPPED);

  self->settings = g_object_ref (weft_settings_get_default ());
  g_settings_bind (self->settings, "show-grid", self, "show-grid", G_SETTINGS_BIND_DEFAULT);
  g_signal_connect_object (self->settings, "changed::hand-drawn", G_CALLBACK (settings_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::draw-with-finger", G_CALLBACK (settings_changed_cb), self, G_CONNECT_SWAPPED);
  settings_changed_cb (self);

  tool_changed_cb (self);
  board_changed_cb (self);
}

/**
 * weft_board_view_new:
 *
 * Returns: (transfer floating): a view without a board
 */
GtkWidget *
weft_board_view_new (void)
{
  return g_object_new (WEFT_TYPE_BOARD_VIEW, NULL);
}

/**
 * weft_board_view_set_document:
 * @document: (nullable): the board to show
 */
void
weft_board_view_set_document (WeftBoardView *self,
                              WeftDocument  *document)
{
  g_return_if_fail (WEFT_IS_BOARD_VIEW (self));

  if (self->document == document)
    return;

  if (self->document != NULL)
    g_signal_handlers_disconnect_by_data (self->document, self);

  g_set_object (&self->document, document);

  if (document != NULL)
    {
      g_signal_connect_swapped (document, "notify::can-undo", G_CALLBACK (undo_state_cb), self);
      g_signal_connect_swapped (document, "notify::can-redo", G_CALLBACK (undo_state_cb), self);
      g_signal_connect_swapped (document, "notify::read-only", G_CALLBACK (undo_state_cb), self);
    }

  weft_canvas_set_document (self->canvas, document);
  update_actions (self);
}

static void
reveal_box (WeftBoardView *self,
            const WeftBox *box)
{
  WeftBox seen = weft_viewport_get_box (weft_canvas_get_viewport (self->canvas));

  if (!weft_box_contains (&seen, box))
    weft_canvas_zoom_fit (self->canvas, box);
}

/**
 * weft_board_view_show_element:
 * @self: a board view
 * @id: an element of its document
 *
 * Selects the element and brings its place into the view. One that was deleted cannot be shown.
 */
void
weft_board_view_show_element (WeftBoardView *self,
                              const char    *id)
{
  WeftBoardModel *model;
  WeftBox box;

  g_return_if_fail (WEFT_IS_BOARD_VIEW (self));
  g_return_if_fail (id != NULL);

  model = weft_canvas_get_model (self->canvas);
  if (model == NULL || weft_board_model_lookup (model, id) == NULL)
    return;

  weft_canvas_end_edit (self->canvas);
  weft_canvas_select (self->canvas, (const char *const[]) { id, NULL }, FALSE);
  box = weft_canvas_get_selection_box (self->canvas);
  reveal_box (self, &box);
}

void
weft_board_view_reveal_element (WeftBoardView *self,
                                const char    *id)
{
  WeftBoardModel *model;
  WeftElement *element;
  WeftBox box;

  g_return_if_fail (WEFT_IS_BOARD_VIEW (self));
  g_return_if_fail (id != NULL);

  model = weft_canvas_get_model (self->canvas);
  element = model != NULL ? weft_board_model_lookup (model, id) : NULL;
  if (element == NULL)
    return;

  box = weft_element_get_bounds (element);
  reveal_box (self, &box);
}

void
weft_board_view_set_marks (WeftBoardView   *self,
                           const GPtrArray *marks)
{
  g_return_if_fail (WEFT_IS_BOARD_VIEW (self));

  weft_canvas_set_marks (self->canvas, marks);
}

/**
 * weft_board_view_export_svg:
 * @file: where the picture goes
 * @error: return location
 *
 * Writes everything on the board as SVG; as PNG where the name ends in `.png`.
 *
 * Returns: whether it was written
 */
gboolean
weft_board_view_export_svg (WeftBoardView  *self,
                            GFile          *file,
                            GError        **error)
{
  WeftBoardModel *model = weft_canvas_get_model (self->canvas);
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *lower = name != NULL ? g_ascii_strdown (name, -1) : g_strdup ("");
  g_autoptr(GBytes) bytes = NULL;

  g_return_val_if_fail (model != NULL, FALSE);

  if (g_str_has_suffix (lower, ".png"))
    bytes = weft_board_export_png (weft_board_model_get_scene (model), 2, weft_board_pictures_lookup,
                                   weft_canvas_get_pictures (self->canvas), error);
  else
    bytes = weft_board_export_svg (weft_board_model_get_scene (model), weft_board_pictures_lookup,
                                   weft_canvas_get_pictures (self->canvas), error);

  if (bytes == NULL)
    return FALSE;

  return g_file_replace_contents (file, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL,
                                  FALSE, G_FILE_CREATE_NONE, NULL, NULL, error);
}
