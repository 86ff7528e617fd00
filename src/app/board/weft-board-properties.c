/* weft-board-properties.c - colours, widths and the rest, of the selection or of what is drawn next
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A short bar over the tools. It is there while something is selected or a tool that draws is in hand, and shows only
 * what that has. A change goes to the selection and is remembered for what comes next.
 */

#include "config.h"

#include "app/board/weft-board-properties.h"

#include "app/board/weft-board-ops.h"
#include "app/board/weft-swatch.h"

#include <glib/gi18n.h>
#include <math.h>

typedef struct
{
  WeftColor   color;
  const char *name;
} NamedColor;

/* Open Color, as Excalidraw uses it: the darker row draws, the lighter one fills. */
static const NamedColor stroke_colors[] = {
  { 0x1e1e1eff, N_ ("Black") },  { 0x868e96ff, N_ ("Gray") },   { 0xe03131ff, N_ ("Red") },
  { 0xe8590cff, N_ ("Orange") }, { 0xf08c00ff, N_ ("Yellow") }, { 0x2f9e44ff, N_ ("Green") },
  { 0x0c8599ff, N_ ("Teal") },   { 0x1971c2ff, N_ ("Blue") },   { 0x6741d9ff, N_ ("Violet") },
  { 0xc2255cff, N_ ("Pink") },
};

static const NamedColor fill_colors[] = {
  { 0x00000000, N_ ("No Fill") }, { 0xe9ecefff, N_ ("Gray") },   { 0xffc9c9ff, N_ ("Red") },
  { 0xffd8a8ff, N_ ("Orange") },  { 0xffec99ff, N_ ("Yellow") }, { 0xb2f2bbff, N_ ("Green") },
  { 0x99e9f2ff, N_ ("Teal") },    { 0xa5d8ffff, N_ ("Blue") },   { 0xd0bfffff, N_ ("Violet") },
  { 0xfcc2d7ff, N_ ("Pink") },
};

static const double widths[] = { 1, 2, 4, 8 };
static const double pen_widths[] = { 2, 4, 8, 16 };
static const double font_sizes[] = { 16, 20, 28, 40 };

struct _WeftBoardProperties
{
  GtkWidget       parent_instance;

  WeftCanvas     *canvas; /* borrowed: it stands beside us */
  gboolean        updating;

  GtkWidget      *scroller;
  GtkWidget      *box;
  GtkWidget      *stroke_button;
  GtkWidget      *stroke_swatch;
  GtkWidget      *fill_button;
  GtkWidget      *fill_swatch;
  GtkWidget      *style_button;
  GtkWidget      *font_group;
  GtkWidget      *separator;
  GtkWidget      *duplicate_button;
  GtkWidget      *delete_button;
  GtkWidget      *more_button;
  GtkWidget      *opacity_scale;

  /* Inside the popover of the style */
  AdwToggleGroup *width_group;
  AdwToggleGroup *dash_group;
  AdwToggleGroup *fill_group;
  AdwToggleGroup *rough_group;
  GtkWidget      *dash_row;
  GtkWidget      *fill_row;
  GtkWidget      *rough_row;
};

G_DEFINE_FINAL_TYPE (WeftBoardProperties, weft_board_properties, GTK_TYPE_WIDGET)

/* Which elements a property means something for. */

static gboolean
has_fill (const WeftElement *element)
{
  return element->kind == WEFT_ELEMENT_RECTANGLE || element->kind == WEFT_ELEMENT_ELLIPSE
         || element->kind == WEFT_ELEMENT_DIAMOND || element->kind == WEFT_ELEMENT_NOTE;
}

static gboolean
has_fill_style (const WeftElement *element)
{
  return has_fill (element) && element->kind != WEFT_ELEMENT_NOTE;
}

static gboolean
has_line (const WeftElement *element)
{
  return has_fill_style (element) || weft_element_is_linear (element);
}

static gboolean
is_pen (const WeftElement *element)
{
  return element->kind == WEFT_ELEMENT_FREEDRAW;
}

static gboolean
has_stroke (const WeftElement *element)
{
  return has_line (element) || is_pen (element) || element->kind == WEFT_ELEMENT_TEXT
         || element->kind == WEFT_ELEMENT_NOTE;
}

static gboolean
has_font (const WeftElement *element)
{
  return element->kind == WEFT_ELEMENT_TEXT || element->kind == WEFT_ELEMENT_NOTE
         || element->text[0] != '\0';
}

static WeftElementKind
kind_of_tool (WeftToolKind tool)
{
  switch (tool)
    {
    case WEFT_TOOL_PEN:
      return WEFT_ELEMENT_FREEDRAW;
    case WEFT_TOOL_RECTANGLE:
      return WEFT_ELEMENT_RECTANGLE;
    case WEFT_TOOL_ELLIPSE:
      return WEFT_ELEMENT_ELLIPSE;
    case WEFT_TOOL_DIAMOND:
      return WEFT_ELEMENT_DIAMOND;
    case WEFT_TOOL_LINE:
      return WEFT_ELEMENT_LINE;
    case WEFT_TOOL_ARROW:
      return WEFT_ELEMENT_ARROW;
    case WEFT_TOOL_TEXT:
      return WEFT_ELEMENT_TEXT;
    case WEFT_TOOL_NOTE:
      return WEFT_ELEMENT_NOTE;
    case WEFT_TOOL_SELECT:
    case WEFT_TOOL_HAND:
    case WEFT_TOOL_ERASER:
    case WEFT_N_TOOLS:
    default:
      return WEFT_ELEMENT_UNKNOWN;
    }
}

/* What the bar speaks about: the selected elements, or what the tool would make. (element-type WeftElement) */
static GPtrArray *
list_subjects (WeftBoardProperties *self)
{
  GPtrArray *subjects = weft_canvas_list_selected (self->canvas);
  WeftElementKind kind = kind_of_tool (weft_canvas_get_tool (self->canvas));

  if (subjects->len == 0 && kind != WEFT_ELEMENT_UNKNOWN)
    {
      g_autoptr(WeftAny) properties
        = weft_board_style_to_any (weft_canvas_get_style (self->canvas), kind);

      g_ptr_array_add (subjects, weft_element_new_from_any ("next", properties));
    }

  return subjects;
}

static WeftElement *
find_subject (GPtrArray *subjects,
              gboolean (*accepts) (const WeftElement *element))
{
  for (guint i = 0; i < subjects->len; i++)
    {
      WeftElement *element = g_ptr_array_index (subjects, i);

      if (accepts (element))
        return element;
    }

  return NULL;
}

static guint
nearest (const double *values,
         guint         n_values,
         double        value)
{
  guint best = 0;

  for (guint i = 1; i < n_values; i++)
    if (fabs (log (values[i] / value)) < fabs (log (values[best] / value)))
      best = i;

  return best;
}

static void
refresh (WeftBoardProperties *self)
{
  g_autoptr(GPtrArray) subjects = list_subjects (self);
  gboolean selected = weft_canvas_get_n_selected (self->canvas) > 0;
  WeftElement *stroke = find_subject (subjects, has_stroke);
  WeftElement *fill = find_subject (subjects, has_fill);
  WeftElement *line = find_subject (subjects, has_line);
  WeftElement *pen = find_subject (subjects, is_pen);
  WeftElement *fill_style = find_subject (subjects, has_fill_style);
  WeftElement *font = find_subject (subjects, has_font);

  self->updating = TRUE;

  gtk_widget_set_visible (GTK_WIDGET (self),
                          subjects->len > 0 && weft_canvas_get_editable (self->canvas));
  gtk_widget_set_visible (self->stroke_button, stroke != NULL);
  gtk_widget_set_visible (self->fill_button, fill != NULL);
  gtk_widget_set_visible (self->style_button, line != NULL || pen != NULL || selected);
  gtk_widget_set_visible (self->font_group, font != NULL);
  gtk_widget_set_visible (self->separator, selected);
  gtk_widget_set_visible (self->duplicate_button, selected);
  gtk_widget_set_visible (self->delete_button, selected);
  gtk_widget_set_visible (self->more_button, selected);
  gtk_widget_set_visible (GTK_WIDGET (self->width_group), line != NULL || pen != NULL);
  gtk_widget_set_visible (self->dash_row, line != NULL);
  gtk_widget_set_visible (self->rough_row, line != NULL);
  gtk_widget_set_visible (self->fill_row, fill_style != NULL);

  if (stroke != NULL)
    weft_swatch_set_color (WEFT_SWATCH (self->stroke_swatch), stroke->stroke);
  if (fill != NULL)
    weft_swatch_set_color (WEFT_SWATCH (self->fill_swatch), fill->background);
  if (line != NULL)
    {
      adw_toggle_group_set_active (self->width_group,
                                   nearest (widths, G_N_ELEMENTS (widths), line->stroke_width));
      adw_toggle_group_set_active (self->dash_group, line->stroke_style);
      adw_toggle_group_set_active (self->rough_group, line->roughness > 1 ? 2 : line->roughness > 0 ? 1 : 0);
    }
  else if (pen != NULL)
    adw_toggle_group_set_active (self->width_group,
                                 nearest (pen_widths, G_N_ELEMENTS (pen_widths), pen->stroke_width));
  if (fill_style != NULL)
    adw_toggle_group_set_active (self->fill_group, MIN (fill_style->fill_style, 2));
  if (font != NULL)
    adw_toggle_group_set_active (ADW_TOGGLE_GROUP (self->font_group),
                                 nearest (font_sizes, G_N_ELEMENTS (font_sizes), font->font_size));
  if (subjects->len > 0)
    gtk_range_set_value (GTK_RANGE (self->opacity_scale),
                         ((WeftElement *) g_ptr_array_index (subjects, 0))->opacity * 100);

  self->updating = FALSE;
}

static void
refresh_cb (WeftBoardProperties *self)
{
  refresh (self);
}

/* Changes */

static void
choose_stroke_cb (GtkButton           *button,
                  WeftBoardProperties *self)
{
  WeftColor color = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "color"));
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  WeftAny *properties = weft_any_new_object ();

  style.stroke = color;
  weft_board_add_color (properties, "strokeColor", color);
  weft_board_style_selected (self->canvas, properties, has_stroke);
  weft_canvas_set_style (self->canvas, &style);
  gtk_menu_button_popdown (GTK_MENU_BUTTON (self->stroke_button));
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static gboolean
is_note (const WeftElement *element)
{
  return element->kind == WEFT_ELEMENT_NOTE;
}

static void
choose_fill_cb (GtkButton           *button,
                WeftBoardProperties *self)
{
  WeftColor color = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "color"));
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  g_autoptr(GPtrArray) subjects = list_subjects (self);
  WeftAny *properties = weft_any_new_object ();

  if (find_subject (subjects, is_note) != NULL && (color & 0xff) != 0)
    style.paper = color;
  if (find_subject (subjects, has_fill_style) != NULL)
    style.background = color;

  /* A note without paper would be no note. */
  weft_board_add_color (properties, "backgroundColor", color);
  weft_board_style_selected (self->canvas, properties,
                             (color & 0xff) != 0 ? has_fill : has_fill_style);
  weft_canvas_set_style (self->canvas, &style);
  gtk_menu_button_popdown (GTK_MENU_BUTTON (self->fill_button));
  gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
width_cb (WeftBoardProperties *self)
{
  guint active = adw_toggle_group_get_active (self->width_group);
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  g_autoptr(GPtrArray) subjects = NULL;
  WeftAny *line = weft_any_new_object ();
  WeftAny *pen = weft_any_new_object ();

  if (self->updating || active >= G_N_ELEMENTS (widths))
    {
      weft_any_unref (line);
      weft_any_unref (pen);
      return;
    }

  subjects = list_subjects (self);
  if (find_subject (subjects, has_line) != NULL)
    style.stroke_width = widths[active];
  if (find_subject (subjects, is_pen) != NULL)
    style.pen_width = pen_widths[active];

  weft_board_add_number (line, "strokeWidth", widths[active]);
  weft_board_add_number (pen, "strokeWidth", pen_widths[active]);
  weft_board_style_selected (self->canvas, line, has_line);
  weft_board_style_selected (self->canvas, pen, is_pen);
  weft_canvas_set_style (self->canvas, &style);
}

static void
dash_cb (WeftBoardProperties *self)
{
  guint active = adw_toggle_group_get_active (self->dash_group);
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  WeftAny *properties;

  if (self->updating || active > WEFT_STROKE_DOTTED)
    return;

  properties = weft_any_new_object ();
  style.stroke_style = active;
  weft_board_add_string (properties, "strokeStyle", weft_stroke_style_to_string (active));
  weft_board_style_selected (self->canvas, properties, has_line);
  weft_canvas_set_style (self->canvas, &style);
}

static void
fill_style_cb (WeftBoardProperties *self)
{
  guint active = adw_toggle_group_get_active (self->fill_group);
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  WeftAny *properties;

  if (self->updating || active > WEFT_FILL_CROSS_HATCH)
    return;

  properties = weft_any_new_object ();
  style.fill_style = active;
  weft_board_add_string (properties, "fillStyle", weft_fill_style_to_string (active));
  weft_board_style_selected (self->canvas, properties, has_fill_style);
  weft_canvas_set_style (self->canvas, &style);
}

static void
rough_cb (WeftBoardProperties *self)
{
  guint active = adw_toggle_group_get_active (self->rough_group);
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  WeftAny *properties;

  if (self->updating || active > 2)
    return;

  properties = weft_any_new_object ();
  style.roughness = active;
  weft_board_add_number (properties, "roughness", active);
  weft_board_style_selected (self->canvas, properties, has_line);
  weft_canvas_set_style (self->canvas, &style);
}

/* Letters of another size need a box of another size. */
static void
font_cb (WeftBoardProperties *self)
{
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  g_autoptr(GPtrArray) selected = NULL;
  g_autoptr(GPtrArray) texts = NULL;
  WeftAny *properties;
  guint active;

  if (self->updating)
    return;

  active = adw_toggle_group_get_active (ADW_TOGGLE_GROUP (self->font_group));
  if (active >= G_N_ELEMENTS (font_sizes))
    return;

  selected = weft_canvas_list_selected (self->canvas);
  texts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_element_unref);
  properties = weft_any_new_object ();
  style.font_size = font_sizes[active];
  weft_board_add_number (properties, "fontSize", style.font_size);
  weft_board_style_selected (self->canvas, properties, has_font);

  for (guint i = 0; i < selected->len; i++)
    {
      WeftElement *element = g_ptr_array_index (selected, i);
      WeftElement *text;
      double width;
      double height;

      if (element->kind != WEFT_ELEMENT_TEXT)
        continue;

      text = weft_element_copy (element);
      text->font_size = style.font_size;
      weft_element_renderer_measure (weft_canvas_get_renderer (self->canvas), text, &width, &height);
      if (text->auto_resize)
        text->width = width;
      text->height = height;
      g_ptr_array_add (texts, text);
    }

  if (texts->len > 0)
    weft_board_place_elements (self->canvas, texts);

  weft_canvas_set_style (self->canvas, &style);
}

static void
opacity_cb (GtkRange            *range,
            WeftBoardProperties *self)
{
  WeftBoardStyle style = *weft_canvas_get_style (self->canvas);
  WeftAny *properties;

  if (self->updating)
    return;

  properties = weft_any_new_object ();
  style.opacity = gtk_range_get_value (range) / 100;
  weft_board_add_number (properties, "opacity", gtk_range_get_value (range));
  weft_board_style_selected (self->canvas, properties, NULL);
  self->updating = TRUE;
  weft_canvas_set_style (self->canvas, &style);
  self->updating = FALSE;
}

/* Building */

static GtkWidget *
create_palette (WeftBoardProperties *self,
                const NamedColor    *colors,
                guint                n_colors,
                GCallback            callback)
{
  GtkWidget *grid = gtk_grid_new ();
  GtkWidget *popover = gtk_popover_new ();

  gtk_widget_add_css_class (grid, "weft-palette");

  for (guint i = 0; i < n_colors; i++)
    {
      GtkWidget *button = gtk_button_new ();

      gtk_button_set_child (GTK_BUTTON (button), weft_swatch_new_color (colors[i].color));
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_add_css_class (button, "circular");
      gtk_widget_set_tooltip_text (button, _ (colors[i].name));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      _ (colors[i].name), -1);
      g_object_set_data (G_OBJECT (button), "color", GUINT_TO_POINTER (colors[i].color));
      g_signal_connect (button, "clicked", callback, self);
      gtk_grid_attach (GTK_GRID (grid), button, (int) i % 5, (int) i / 5, 1, 1);
    }

  gtk_popover_set_child (GTK_POPOVER (popover), grid);
  gtk_popover_set_position (GTK_POPOVER (popover), GTK_POS_TOP);

  return popover;
}

static GtkWidget *
create_menu_button (GtkWidget  *child,
                    const char *name,
                    GtkWidget  *popover)
{
  GtkWidget *button = gtk_menu_button_new ();

  gtk_menu_button_set_child (GTK_MENU_BUTTON (button), child);
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (button), GTK_ARROW_UP);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);

  return button;
}

static void
add_toggle (AdwToggleGroup *group,
            GtkWidget      *child,
            const char     *name)
{
  AdwToggle *toggle = adw_toggle_new ();

  adw_toggle_set_child (toggle, child);
  adw_toggle_set_tooltip (toggle, name);
  adw_toggle_group_add (group, toggle);
}

static GtkWidget *
create_row (const char     *name,
            AdwToggleGroup *group)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *label = gtk_label_new (name);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (label, "dim-label");
  gtk_box_append (GTK_BOX (row), label);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (group));
  gtk_accessible_update_property (GTK_ACCESSIBLE (group), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);

  return row;
}

static AdwToggleGroup *
create_group (WeftBoardProperties *self,
              GCallback            callback)
{
  AdwToggleGroup *group = ADW_TOGGLE_GROUP (adw_toggle_group_new ());

  adw_toggle_group_set_can_shrink (group, FALSE);
  g_signal_connect_swapped (group, "notify::active", callback, self);

  return group;
}

static GtkWidget *
create_style_popover (WeftBoardProperties *self)
{
  GtkWidget *popover = gtk_popover_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *opacity = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *label = gtk_label_new (_ ("Opacity"));

  self->width_group = create_group (self, G_CALLBACK (width_cb));
  add_toggle (self->width_group, weft_swatch_new_line (1, WEFT_STROKE_SOLID), _ ("Thin"));
  add_toggle (self->width_group, weft_swatch_new_line (2, WEFT_STROKE_SOLID), _ ("Medium"));
  add_toggle (self->width_group, weft_swatch_new_line (4, WEFT_STROKE_SOLID), _ ("Thick"));
  add_toggle (self->width_group, weft_swatch_new_line (7, WEFT_STROKE_SOLID), _ ("Very Thick"));
  gtk_box_append (GTK_BOX (box), create_row (C_ ("of a line", "Width"), self->width_group));

  self->dash_group = create_group (self, G_CALLBACK (dash_cb));
  add_toggle (self->dash_group, weft_swatch_new_line (2, WEFT_STROKE_SOLID), _ ("Solid Line"));
  add_toggle (self->dash_group, weft_swatch_new_line (2, WEFT_STROKE_DASHED), _ ("Dashed Line"));
  add_toggle (self->dash_group, weft_swatch_new_line (2, WEFT_STROKE_DOTTED), _ ("Dotted Line"));
  self->dash_row = create_row (_ ("Line"), self->dash_group);
  gtk_box_append (GTK_BOX (box), self->dash_row);

  self->fill_group = create_group (self, G_CALLBACK (fill_style_cb));
  add_toggle (self->fill_group, weft_swatch_new_fill (WEFT_FILL_SOLID), _ ("Solid Fill"));
  add_toggle (self->fill_group, weft_swatch_new_fill (WEFT_FILL_HACHURE), _ ("Hatched Fill"));
  add_toggle (self->fill_group, weft_swatch_new_fill (WEFT_FILL_CROSS_HATCH), _ ("Cross-Hatched Fill"));
  self->fill_row = create_row (_ ("Fill"), self->fill_group);
  gtk_box_append (GTK_BOX (box), self->fill_row);

  self->rough_group = create_group (self, G_CALLBACK (rough_cb));
  add_toggle (self->rough_group, weft_swatch_new_rough (0), _ ("Clean"));
  add_toggle (self->rough_group, weft_swatch_new_rough (1), _ ("Sketchy"));
  add_toggle (self->rough_group, weft_swatch_new_rough (2), _ ("Very Sketchy"));
  self->rough_row = create_row (_ ("Hand"), self->rough_group);
  gtk_box_append (GTK_BOX (box), self->rough_row);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "caption-heading");
  gtk_widget_add_css_class (label, "dim-label");
  self->opacity_scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, 10, 100, 10);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->opacity_scale), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Opacity"), -1);
  g_signal_connect (self->opacity_scale, "value-changed", G_CALLBACK (opacity_cb), self);
  gtk_box_append (GTK_BOX (opacity), label);
  gtk_box_append (GTK_BOX (opacity), self->opacity_scale);
  gtk_box_append (GTK_BOX (box), opacity);

  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_widget_set_margin_start (box, 6);
  gtk_widget_set_margin_end (box, 6);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_popover_set_position (GTK_POPOVER (popover), GTK_POS_TOP);

  return popover;
}

static GtkWidget *
create_font_group (WeftBoardProperties *self)
{
  static const struct
  {
    const char *letter;
    const char *name;
  } sizes[] = {
    { NC_ ("size of letters", "S"), N_ ("Small Letters") },
    { NC_ ("size of letters", "M"), N_ ("Medium Letters") },
    { NC_ ("size of letters", "L"), N_ ("Large Letters") },
    { NC_ ("size of letters", "XL"), N_ ("Very Large Letters") },
  };
  AdwToggleGroup *group = create_group (self, G_CALLBACK (font_cb));

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      AdwToggle *toggle = adw_toggle_new ();

      adw_toggle_set_label (toggle, g_dpgettext2 (NULL, "size of letters", sizes[i].letter));
      adw_toggle_set_tooltip (toggle, _ (sizes[i].name));
      adw_toggle_group_add (group, toggle);
    }

  gtk_widget_add_css_class (GTK_WIDGET (group), "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (group), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Letter Size"), -1);

  return GTK_WIDGET (group);
}

static GMenuModel *
create_more_menu (void)
{
  g_autoptr(GMenu) menu = g_menu_new ();
  g_autoptr(GMenu) order = g_menu_new ();
  g_autoptr(GMenu) group = g_menu_new ();
  g_autoptr(GMenu) clipboard = g_menu_new ();

  g_menu_append (order, _ ("Bring to _Front"), "board.to-front");
  g_menu_append (order, _ ("Bring For_ward"), "board.raise");
  g_menu_append (order, _ ("Send _Backward"), "board.lower");
  g_menu_append (order, _ ("Send to Bac_k"), "board.to-back");
  g_menu_append (group, _ ("_Group"), "board.group");
  g_menu_append (group, _ ("_Ungroup"), "board.ungroup");
  g_menu_append (clipboard, _ ("Cu_t"), "board.cut");
  g_menu_append (clipboard, _ ("_Copy"), "board.copy");
  g_menu_append (clipboard, _ ("_Paste"), "board.paste");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (order));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (group));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (clipboard));

  return G_MENU_MODEL (g_steal_pointer (&menu));
}

static GtkWidget *
create_action_button (const char *icon,
                      const char *action,
                      const char *name)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);

  return button;
}

static void
weft_board_properties_dispose (GObject *object)
{
  WeftBoardProperties *self = WEFT_BOARD_PROPERTIES (object);

  g_clear_pointer (&self->scroller, gtk_widget_unparent);

  G_OBJECT_CLASS (weft_board_properties_parent_class)->dispose (object);
}

static void
weft_board_properties_class_init (WeftBoardPropertiesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_board_properties_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
weft_board_properties_init (WeftBoardProperties *self)
{
  /* At phone width the bar is longer than the window: it scrolls. */
  self->scroller = gtk_scrolled_window_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_propagate_natural_width (GTK_SCROLLED_WINDOW (self->scroller), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->box);
  gtk_widget_add_css_class (self->scroller, "weft-board-bar");
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
}

GtkWidget *
weft_board_properties_new (WeftCanvas *canvas)
{
  WeftBoardProperties *self = g_object_new (WEFT_TYPE_BOARD_PROPERTIES, NULL);
  g_autoptr(GMenuModel) menu = create_more_menu ();
  GtkWidget *style_icon = gtk_image_new_from_icon_name ("emblem-system-symbolic");

  /* A group tells of its first toggle as soon as it has one. */
  self->updating = TRUE;
  self->canvas = canvas;
  self->stroke_swatch = weft_swatch_new_ring (0x1e1e1eff);
  self->stroke_button
    = create_menu_button (self->stroke_swatch, _ ("Line Color"),
                          create_palette (self, stroke_colors, G_N_ELEMENTS (stroke_colors),
                                          G_CALLBACK (choose_stroke_cb)));
  self->fill_swatch = weft_swatch_new_color (0);
  self->fill_button
    = create_menu_button (self->fill_swatch, _ ("Fill Color"),
                          create_palette (self, fill_colors, G_N_ELEMENTS (fill_colors),
                                          G_CALLBACK (choose_fill_cb)));
  self->style_button = create_menu_button (style_icon, _ ("Style"), create_style_popover (self));
  self->font_group = create_font_group (self);
  self->separator = gtk_separator_new (GTK_ORIENTATION_VERTICAL);
  gtk_widget_add_css_class (self->separator, "spacer");
  self->duplicate_button
    = create_action_button ("edit-copy-symbolic", "board.duplicate", _ ("Duplicate (Ctrl+D)"));
  self->delete_button
    = create_action_button ("user-trash-symbolic", "board.delete", _ ("Delete (Del)"));
  self->more_button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (self->more_button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->more_button), menu);
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (self->more_button), GTK_ARROW_UP);
  gtk_widget_add_css_class (self->more_button, "flat");
  gtk_widget_set_tooltip_text (self->more_button, _ ("More"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->more_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("More"), -1);

  gtk_box_append (GTK_BOX (self->box), self->stroke_button);
  gtk_box_append (GTK_BOX (self->box), self->fill_button);
  gtk_box_append (GTK_BOX (self->box), self->style_button);
  gtk_box_append (GTK_BOX (self->box), self->font_group);
  gtk_box_append (GTK_BOX (self->box), self->separator);
  gtk_box_append (GTK_BOX (self->box), self->duplicate_button);
  gtk_box_append (GTK_BOX (self->box), self->delete_button);
  gtk_box_append (GTK_BOX (self->box), self->more_button);

  g_signal_connect_object (canvas, "selection-changed", G_CALLBACK (refresh_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (canvas, "style-changed", G_CALLBACK (refresh_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (canvas, "board-changed", G_CALLBACK (refresh_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (canvas, "notify::tool", G_CALLBACK (refresh_cb), self, G_CONNECT_SWAPPED);
  refresh (self);

  return GTK_WIDGET (self);
}
