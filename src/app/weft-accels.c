/* weft-accels.c - every keyboard shortcut of the application, in one table
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-accels.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define ANYWHERE(section, action, keys, title) { WEFT_ACCEL_##section, WEFT_ACCEL_ANYWHERE, action, keys, title }
#define UNUSED_KEY(section, action, keys, title) { WEFT_ACCEL_##section, WEFT_ACCEL_UNUSED_KEY, action, keys, title }
#define IN_WIDGET(section, action, keys, title) { WEFT_ACCEL_##section, WEFT_ACCEL_IN_WIDGET, action, keys, title }

static const WeftAccel accels[] = {
  ANYWHERE (GENERAL, "app.new-window", "<Control><Alt>n", N_ ("New Window")),
  ANYWHERE (GENERAL, "win.search", "<Control><Shift>f", N_ ("Find in Everything")),
  UNUSED_KEY (GENERAL, "win.undo", "<Control>z", N_ ("Undo")),
  UNUSED_KEY (GENERAL, "win.redo", "<Control><Shift>z <Control>y", N_ ("Redo")),
  ANYWHERE (GENERAL, "win.share", "<Control><Shift>s", N_ ("Share")),
  ANYWHERE (GENERAL, "win.show-conflicts", "<Control><Shift>r", N_ ("Show What Collided")),
  ANYWHERE (GENERAL, "win.history", "<Control><Shift>h", N_ ("History of the Page")),
  ANYWHERE (GENERAL, "win.review", "<Control><Shift>y", N_ ("Review What Others Changed")),
  ANYWHERE (GENERAL, "win.next-pane", "F6", N_ ("Switch Between Page List and Page")),
  ANYWHERE (GENERAL, "win.toggle-sidebar", "F9", N_ ("Show or Hide the Sidebar")),
  ANYWHERE (GENERAL, "win.fullscreen", "F11", N_ ("Fullscreen")),
  ANYWHERE (GENERAL, "win.menu", "F10", N_ ("Open the Menu")),
  ANYWHERE (GENERAL, "app.preferences", "<Control>comma", N_ ("Preferences")),
  ANYWHERE (GENERAL, "app.shortcuts", "<Control>question", N_ ("Keyboard Shortcuts")),
  ANYWHERE (GENERAL, "win.close", "<Control>w", N_ ("Close the Window")),
  ANYWHERE (GENERAL, "app.quit", "<Control>q", N_ ("Quit")),

  ANYWHERE (PAGES, "win.new-note", "<Control>n", N_ ("New Note")),
  ANYWHERE (PAGES, "win.new-board", "<Control><Shift>n", N_ ("New Board")),
  ANYWHERE (PAGES, "win.focus-pages", "<Control><Shift>e", N_ ("Go to the Page List")),
  IN_WIDGET (PAGES, "page.rename", "F2", N_ ("Rename the Page")),
  IN_WIDGET (PAGES, "page.trash", "Delete", N_ ("Move the Page to the Trash")),
  IN_WIDGET (PAGES, "page.move-up", "<Alt>Up", N_ ("Move the Page Up")),
  IN_WIDGET (PAGES, "page.move-down", "<Alt>Down", N_ ("Move the Page Down")),
  IN_WIDGET (PAGES, "page.move-in", "<Alt>Right", N_ ("Move the Page Into the One Above")),
  IN_WIDGET (PAGES, "page.move-out", "<Alt>Left", N_ ("Move the Page Out of Its Parent")),
  IN_WIDGET (PAGES, "page.menu", "Menu <Shift>F10", N_ ("Open the Menu of the Page")),

  IN_WIDGET (NOTE, "note.bold", "<Control>b", N_ ("Bold")),
  IN_WIDGET (NOTE, "note.italic", "<Control>i", N_ ("Italic")),
  IN_WIDGET (NOTE, "note.underline", "<Control>u", N_ ("Underline")),
  IN_WIDGET (NOTE, "note.strike", "<Control><Shift>x", N_ ("Strikethrough")),
  IN_WIDGET (NOTE, "note.code", "<Control>e", N_ ("Code")),
  IN_WIDGET (NOTE, "note.link", "<Control>k", N_ ("Link")),
  IN_WIDGET (NOTE, "note.heading(1)", "<Control><Alt>1", N_ ("Heading (2 to 6 for Smaller Ones)")),
  IN_WIDGET (NOTE, "note.heading(0)", "<Control><Alt>0", N_ ("Plain Text")),
  IN_WIDGET (NOTE, "note.ordered-list", "<Control><Shift>7", N_ ("Numbered List")),
  IN_WIDGET (NOTE, "note.bullet-list", "<Control><Shift>8", N_ ("Bulleted List")),
  IN_WIDGET (NOTE, "note.check-list", "<Control><Shift>9", N_ ("Check List")),
  IN_WIDGET (NOTE, "note.indent", "<Control>bracketright", N_ ("Indent More")),
  IN_WIDGET (NOTE, "note.outdent", "<Control>bracketleft", N_ ("Indent Less")),
  IN_WIDGET (NOTE, "note.clear", "<Control>backslash", N_ ("Clear Formatting")),

  IN_WIDGET (BOARD, "board.set-tool('select')", "v", N_ ("Select")),
  IN_WIDGET (BOARD, "board.set-tool('hand')", "h", N_ ("Move the Board (or Space and Drag)")),
  IN_WIDGET (BOARD, "board.set-tool('pen')", "p", N_ ("Pen")),
  IN_WIDGET (BOARD, "board.set-tool('rectangle')", "r", N_ ("Rectangle")),
  IN_WIDGET (BOARD, "board.set-tool('ellipse')", "o", N_ ("Ellipse")),
  IN_WIDGET (BOARD, "board.set-tool('diamond')", "d", N_ ("Diamond")),
  IN_WIDGET (BOARD, "board.set-tool('line')", "l", N_ ("Line")),
  IN_WIDGET (BOARD, "board.set-tool('arrow')", "a", N_ ("Arrow")),
  IN_WIDGET (BOARD, "board.set-tool('text')", "t", N_ ("Text")),
  IN_WIDGET (BOARD, "board.set-tool('note')", "n", N_ ("Sticky Note")),
  IN_WIDGET (BOARD, "board.set-tool('eraser')", "e", N_ ("Eraser")),
  IN_WIDGET (BOARD, "board.tool-locked", "q", N_ ("Keep the Tool After Drawing")),
  IN_WIDGET (BOARD, "board.edit-text", "Return F2", N_ ("Put Down a Shape, or Write in It")),
  IN_WIDGET (BOARD, "board.add-connected((1,0))", "<Control>Right", N_ ("Go On with a Connected Shape; All Four Directions")),
  IN_WIDGET (BOARD, "board.walk((1,0))", "<Alt>Right", N_ ("Walk to the Next Shape; All Four Directions")),
  IN_WIDGET (BOARD, "board.escape", "Escape", N_ ("Leave the Text, the Tool, the Selection")),
  IN_WIDGET (BOARD, "board.select-all", "<Control>a", N_ ("Select Everything")),
  IN_WIDGET (BOARD, "board.duplicate", "<Control>d", N_ ("Duplicate")),
  IN_WIDGET (BOARD, "board.group", "<Control>g", N_ ("Group")),
  IN_WIDGET (BOARD, "board.ungroup", "<Control><Shift>g", N_ ("Ungroup")),
  IN_WIDGET (BOARD, "board.raise", "<Control>bracketright", N_ ("Bring Forward")),
  IN_WIDGET (BOARD, "board.lower", "<Control>bracketleft", N_ ("Send Backward")),
  IN_WIDGET (BOARD, "board.to-front", "<Control><Shift>bracketright", N_ ("Bring to Front")),
  IN_WIDGET (BOARD, "board.to-back", "<Control><Shift>bracketleft", N_ ("Send to Back")),
  IN_WIDGET (BOARD, "board.delete", "Delete BackSpace", N_ ("Delete")),
  IN_WIDGET (BOARD, "board.zoom-in", "<Control>plus", N_ ("Zoom In")),
  IN_WIDGET (BOARD, "board.zoom-out", "<Control>minus", N_ ("Zoom Out")),
  IN_WIDGET (BOARD, "board.zoom-original", "<Control>0", N_ ("Actual Size")),
  IN_WIDGET (BOARD, "board.zoom-fit", "<Shift>1", N_ ("Show Everything")),
  IN_WIDGET (BOARD, "board.zoom-selection", "<Shift>2", N_ ("Show the Selection")),
  IN_WIDGET (BOARD, "board.show-grid", "<Control>apostrophe", N_ ("Show or Hide the Grid")),
};

/**
 * weft_accels_list:
 * @n_accels: (out): their number
 *
 * Returns: (array length=n_accels) (transfer none): the table, in the order of the dialog
 */
const WeftAccel *
weft_accels_list (guint *n_accels)
{
  *n_accels = G_N_ELEMENTS (accels);

  return accels;
}

/**
 * weft_accel_section_get_title:
 * @section: a part of the table
 *
 * Returns: its translated heading
 */
const char *
weft_accel_section_get_title (WeftAccelSection section)
{
  static const char *const titles[WEFT_N_ACCEL_SECTIONS] = {
    [WEFT_ACCEL_GENERAL] = N_ ("General"),
    [WEFT_ACCEL_PAGES] = N_ ("Pages"),
    [WEFT_ACCEL_NOTE] = N_ ("Notes"),
    [WEFT_ACCEL_BOARD] = N_ ("Boards"),
  };

  g_return_val_if_fail ((guint) section < WEFT_N_ACCEL_SECTIONS, "");

  return _ (titles[section]);
}

/* A popover or a dialog that is open keeps the keys from the window and its shortcuts. Whoever wants to leave does
 * not want to close them first, and would think that Weft hangs. For every class that the types have, or will have. */
static void
let_quit_through (GType type)
{
  g_autofree GType *children = g_type_children (type, NULL);
  GtkWidgetClass *widget_class = g_type_class_ref (type);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_q, GDK_CONTROL_MASK, "app.quit", NULL);
  g_type_class_unref (widget_class);

  for (gsize i = 0; children[i] != 0; i++)
    let_quit_through (children[i]);
}

/**
 * weft_accels_install:
 * @application: the application
 *
 * Installs the shortcuts that work wherever the focus is.
 */
void
weft_accels_install (GtkApplication *application)
{
  g_return_if_fail (GTK_IS_APPLICATION (application));

  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    {
      g_auto(GStrv) keys = NULL;

      if (accels[i].scope != WEFT_ACCEL_ANYWHERE)
        continue;

      keys = g_strsplit (accels[i].keys, " ", -1);
      gtk_application_set_accels_for_action (application, accels[i].action, (const char *const *) keys);
    }

  let_quit_through (GTK_TYPE_POPOVER);
  let_quit_through (ADW_TYPE_DIALOG);
}

/**
 * weft_accels_add_to_window:
 * @window: a window with the actions `win.*`
 *
 * Adds the shortcuts that the focused widget may take first: Ctrl+Z in a search entry undoes the
 * typing there, and anywhere else the last edit of the page.
 */
void
weft_accels_add_to_window (GtkWindow *window)
{
  GtkEventController *controller;

  g_return_if_fail (GTK_IS_WINDOW (window));

  controller = gtk_shortcut_controller_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (accels); i++)
    {
      g_autofree char *trigger = NULL;

      if (accels[i].scope != WEFT_ACCEL_UNUSED_KEY)
        continue;

      trigger = g_strdelimit (g_strdup (accels[i].keys), " ", '|');
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                            gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger),
                                                              gtk_named_action_new (accels[i].action)));
    }

  gtk_widget_add_controller (GTK_WIDGET (window), controller);
}
