/* weft-note-toolbar.c - the formats of a note as buttons
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-toolbar.h"

#include <glib/gi18n.h>

typedef enum
{
  BUTTON_BOLD,
  BUTTON_ITALIC,
  BUTTON_UNDERLINE,
  BUTTON_STRIKE,
  BUTTON_CODE,
  BUTTON_LINK,
  BUTTON_BULLETS,
  BUTTON_NUMBERS,
  BUTTON_CHECKS,
  BUTTON_QUOTE,
  N_BUTTONS
} Button;

static const struct
{
  const char *icon;
  const char *action;
  const char *label;
  const char *keys;
  gboolean    starts_group;
} buttons[N_BUTTONS] = {
  { "format-text-bold-symbolic", "note.bold", N_ ("Bold"), "<Control>b", TRUE },
  { "format-text-italic-symbolic", "note.italic", N_ ("Italic"), "<Control>i", FALSE },
  { "format-text-underline-symbolic", "note.underline", N_ ("Underline"), "<Control>u", FALSE },
  { "format-text-strikethrough-symbolic", "note.strike", N_ ("Strikethrough"), "<Control><Shift>x", FALSE },
  { "weft-code-symbolic", "note.code", N_ ("Code"), "<Control>e", FALSE },
  { "weft-link-symbolic", "note.link", N_ ("Link"), "<Control>k", FALSE },
  { "view-list-bullet-symbolic", "note.bullet-list", N_ ("Bulleted List"), "<Control><Shift>8", TRUE },
  { "view-list-ordered-symbolic", "note.ordered-list", N_ ("Numbered List"), "<Control><Shift>7", FALSE },
  { "weft-check-list-symbolic", "note.check-list", N_ ("Check List"), "<Control><Shift>9", FALSE },
  { "weft-quote-symbolic", "note.quote", N_ ("Quote"), NULL, FALSE },
};

struct _WeftNoteToolbar
{
  AdwBin     parent_instance;

  /* Borrowed: children */
  GtkWidget *style_button;
  GtkWidget *style_label;
  GtkWidget *toggles[N_BUTTONS];
};

G_DEFINE_FINAL_TYPE (WeftNoteToolbar, weft_note_toolbar, ADW_TYPE_BIN)

enum
{
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static char *
dup_tooltip (guint button)
{
  g_autofree char *keys = NULL;
  guint keyval;
  GdkModifierType modifiers;

  if (buttons[button].keys == NULL)
    return g_strdup (_ (buttons[button].label));

  gtk_accelerator_parse (buttons[button].keys, &keyval, &modifiers);
  keys = gtk_accelerator_get_label (keyval, modifiers);

  /* Translators: what a button does, and its keys: "Bold (Ctrl+B)" */
  return g_strdup_printf (C_ ("tooltip", "%s (%s)"), _ (buttons[button].label), keys);
}

static void
clicked_cb (GtkButton *button,
            gpointer   user_data)
{
  guint index = GPOINTER_TO_UINT (user_data);

  /* The state at the caret sets it right again. */
  gtk_widget_activate_action (GTK_WIDGET (button), buttons[index].action, NULL);
}

static GtkWidget *
new_toggle (guint index)
{
  GtkWidget *toggle = gtk_toggle_button_new ();
  g_autofree char *tooltip = dup_tooltip (index);

  gtk_button_set_icon_name (GTK_BUTTON (toggle), buttons[index].icon);
  gtk_widget_set_tooltip_text (toggle, tooltip);
  gtk_widget_set_focus_on_click (toggle, FALSE);
  gtk_widget_add_css_class (toggle, "flat");
  gtk_accessible_update_property (GTK_ACCESSIBLE (toggle), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (buttons[index].label), -1);
  g_signal_connect (toggle, "clicked", G_CALLBACK (clicked_cb), GUINT_TO_POINTER (index));

  return toggle;
}

static GMenuModel *
new_style_menu (void)
{
  g_autoptr(GMenu) menu = g_menu_new ();

  g_menu_append (menu, _ ("Plain Text"), "note.heading(0)");
  g_menu_append (menu, _ ("Heading 1"), "note.heading(1)");
  g_menu_append (menu, _ ("Heading 2"), "note.heading(2)");
  g_menu_append (menu, _ ("Heading 3"), "note.heading(3)");
  g_menu_append (menu, _ ("Heading 4"), "note.heading(4)");
  g_menu_append (menu, _ ("Heading 5"), "note.heading(5)");
  g_menu_append (menu, _ ("Heading 6"), "note.heading(6)");
  g_menu_append (menu, _ ("Code Block"), "note.code-block");

  return G_MENU_MODEL (g_steal_pointer (&menu));
}

static GMenuModel *
new_more_menu (void)
{
  g_autoptr(GMenu) menu = g_menu_new ();
  g_autoptr(GMenu) insert = g_menu_new ();
  g_autoptr(GMenu) indent = g_menu_new ();
  g_autoptr(GMenu) align = g_menu_new ();

  g_menu_append (insert, _ ("Insert Image…"), "note.image");
  g_menu_append (insert, _ ("Insert Divider"), "note.divider");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (insert));
  g_menu_append (indent, _ ("Indent More"), "note.indent");
  g_menu_append (indent, _ ("Indent Less"), "note.outdent");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (indent));
  g_menu_append (align, _ ("Align Left"), "note.align('left')");
  g_menu_append (align, _ ("Center"), "note.align('center')");
  g_menu_append (align, _ ("Align Right"), "note.align('right')");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (align));
  g_menu_append (menu, _ ("Clear Formatting"), "note.clear");

  return G_MENU_MODEL (g_steal_pointer (&menu));
}

static gboolean
emit_done_cb (gpointer self)
{
  g_signal_emit (self, signals[DONE], 0);

  return G_SOURCE_REMOVE;
}

/* The button takes the focus back first. */
static void
menu_closed_cb (WeftNoteToolbar *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, emit_done_cb, g_object_ref (self), g_object_unref);
}

static void
watch_menu (WeftNoteToolbar *self,
            GtkWidget       *button)
{
  g_signal_connect_object (gtk_menu_button_get_popover (GTK_MENU_BUTTON (button)), "closed",
                           G_CALLBACK (menu_closed_cb), self, G_CONNECT_SWAPPED);
}

static GtkWidget *
new_style_button (WeftNoteToolbar *self)
{
  g_autoptr(GMenuModel) menu = new_style_menu ();

  self->style_label = gtk_label_new (_ ("Plain Text"));
  gtk_label_set_width_chars (GTK_LABEL (self->style_label), 10);
  gtk_label_set_xalign (GTK_LABEL (self->style_label), 0);
  self->style_button = gtk_menu_button_new ();
  gtk_menu_button_set_child (GTK_MENU_BUTTON (self->style_button), self->style_label);
  gtk_menu_button_set_always_show_arrow (GTK_MENU_BUTTON (self->style_button), TRUE);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (self->style_button), menu);
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (self->style_button), GTK_ARROW_UP);
  gtk_widget_set_tooltip_text (self->style_button, _ ("Style of the Paragraph"));
  gtk_widget_add_css_class (self->style_button, "flat");
  gtk_widget_set_focus_on_click (self->style_button, FALSE);
  watch_menu (self, self->style_button);

  return self->style_button;
}

static GtkWidget *
new_more_button (WeftNoteToolbar *self)
{
  g_autoptr(GMenuModel) menu = new_more_menu ();
  GtkWidget *more = gtk_menu_button_new ();

  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (more), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (more), menu);
  gtk_menu_button_set_direction (GTK_MENU_BUTTON (more), GTK_ARROW_UP);
  gtk_widget_set_tooltip_text (more, _ ("More"));
  gtk_widget_add_css_class (more, "flat");
  gtk_widget_set_focus_on_click (more, FALSE);
  watch_menu (self, more);

  return more;
}

static GtkWidget *
new_gap (void)
{
  GtkWidget *gap = gtk_separator_new (GTK_ORIENTATION_VERTICAL);

  gtk_widget_add_css_class (gap, "spacer");

  return gap;
}

static void
weft_note_toolbar_class_init (WeftNoteToolbarClass *klass)
{
  signals[DONE] = g_signal_new ("done", WEFT_TYPE_NOTE_TOOLBAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
weft_note_toolbar_init (WeftNoteToolbar *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 2);
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_box_append (GTK_BOX (row), new_style_button (self));
  for (guint i = 0; i < N_BUTTONS; i++)
    {
      if (buttons[i].starts_group)
        gtk_box_append (GTK_BOX (row), new_gap ());
      self->toggles[i] = new_toggle (i);
      gtk_box_append (GTK_BOX (row), self->toggles[i]);
    }
  gtk_box_append (GTK_BOX (row), new_gap ());
  gtk_box_append (GTK_BOX (row), new_more_button (self));
  gtk_widget_set_halign (row, GTK_ALIGN_CENTER);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), row);
  gtk_widget_add_css_class (GTK_WIDGET (self), "note-toolbar");
  adw_bin_set_child (ADW_BIN (self), scroller);
}

GtkWidget *
weft_note_toolbar_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_TOOLBAR, NULL);
}

static void
set_active (WeftNoteToolbar *self,
            Button           button,
            gboolean         active)
{
  gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (self->toggles[button]), active);
}

static const char *
get_style_name (const WeftNoteLineFormat *line)
{
  static const char *const names[] = {
    N_ ("Plain Text"), N_ ("Heading 1"), N_ ("Heading 2"), N_ ("Heading 3"), N_ ("Heading 4"), N_ ("Heading 5"),
    N_ ("Heading 6"),
  };

  return line->code ? _ ("Code Block") : _ (names[line->header]);
}

void
weft_note_toolbar_show_state (WeftNoteToolbar     *self,
                              const WeftNoteState *state)
{
  gtk_label_set_label (GTK_LABEL (self->style_label), get_style_name (&state->line));
  set_active (self, BUTTON_BOLD, state->bold);
  set_active (self, BUTTON_ITALIC, state->italic);
  set_active (self, BUTTON_UNDERLINE, state->underline);
  set_active (self, BUTTON_STRIKE, state->strike);
  set_active (self, BUTTON_CODE, state->code);
  set_active (self, BUTTON_LINK, state->link);
  set_active (self, BUTTON_BULLETS, state->line.list == WEFT_NOTE_LIST_BULLET);
  set_active (self, BUTTON_NUMBERS, state->line.list == WEFT_NOTE_LIST_ORDERED);
  set_active (self, BUTTON_CHECKS, state->line.list == WEFT_NOTE_LIST_CHECKED
                                       || state->line.list == WEFT_NOTE_LIST_UNCHECKED);
  set_active (self, BUTTON_QUOTE, state->line.quote);
}
