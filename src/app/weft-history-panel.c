/* weft-history-panel.c - the versions of the page, by day and person
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-history-panel.h"

#include <glib/gi18n.h>

#include "app/weft-moment.h"
#include "model/weft-person.h"

/* The names of so many people stand in a row; of more, how many. */
#define MAX_NAMES 3

struct _WeftHistoryPanel
{
  AdwBin         parent_instance;

  /* Owned */
  WeftHistory   *history;

  /* Borrowed: children */
  GtkStack      *stack;
  GtkListBox    *list;
  AdwStatusPage *failed;

  guint          chosen;   /* a version, in the order of the history */
  gboolean       filling;
};

G_DEFINE_FINAL_TYPE (WeftHistoryPanel, weft_history_panel, ADW_TYPE_BIN)

enum
{
  VERSION_CHOSEN,
  VERSION_ENTERED,
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

#define INDEX_KEY "weft-version"
#define TIME_KEY  "weft-time"
#define NONE      G_MAXUINT

static char *
dup_name (const char *author)
{
  char *name = weft_person_dup_author_name (author);

  return name != NULL ? name : g_strdup (_ ("Somebody"));
}

/* Each name once: a person writes on several devices. (transfer full) */
static GPtrArray *
list_names (const WeftVersion *version)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < version->people->len; i++)
    {
      g_autofree char *name = dup_name (version->people->pdata[i]);

      if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }

  return names;
}

/**
 * weft_version_dup_people:
 * @version: of a page
 *
 * Returns: (transfer full): who made it
 */
char *
weft_version_dup_people (const WeftVersion *version)
{
  g_autoptr(GPtrArray) names = list_names (version);

  return weft_people_join ((const char *const *) names->pdata, names->len);
}

/**
 * weft_version_dup_when:
 * @version: of a page
 *
 * Returns: (transfer full): the day and the time
 */
char *
weft_version_dup_when (const WeftVersion *version)
{
  g_autofree char *day = NULL;
  g_autofree char *time = NULL;

  if (version->to_ms == 0)
    return g_strdup (_ ("Earlier"));

  day = weft_moment_format_day (version->to_ms);
  time = weft_moment_format_time (version->to_ms);

  /* Translators: a day and a time: "Today, 14:32" */
  return g_strdup_printf (C_ ("a moment", "%1$s, %2$s"), day, time);
}

/* Rows */

static guint
get_index (GtkListBoxRow *row)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), INDEX_KEY)) - 1;
}

static gint64
get_time (GtkListBoxRow *row)
{
  return *(gint64 *) g_object_get_data (G_OBJECT (row), TIME_KEY);
}

static GtkWidget *
create_people (WeftHistoryPanel  *self,
               const WeftVersion *version)
{
  GtkWidget *label = gtk_label_new (NULL);
  g_autoptr(GPtrArray) names = list_names (version);
  g_autoptr(GString) markup = g_string_new (NULL);

  for (guint i = 0; i < names->len && i < MAX_NAMES; i++)
    {
      g_autofree char *color = weft_history_dup_color (self->history, names->pdata[i]);
      g_autofree char *escaped = g_markup_escape_text (names->pdata[i], -1);

      g_string_append_printf (markup, "%s<span foreground=\"%s\">●</span> %s", i > 0 ? "  " : "", color, escaped);
    }
  if (names->len == 0)
    g_string_append (markup, _ ("Somebody"));
  if (names->len > MAX_NAMES)
    g_string_append_printf (markup, "  +%u", names->len - MAX_NAMES);

  gtk_label_set_markup (GTK_LABEL (label), markup->str);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);

  return label;
}

static GtkWidget *
create_row (WeftHistoryPanel *self,
            guint             index)
{
  const WeftVersion *version = weft_history_get_version (self->history, index);
  gboolean is_newest = index + 1 == weft_history_get_n_versions (self->history);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *top = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  g_autofree char *time = version->to_ms != 0 ? weft_moment_format_time (version->to_ms) : g_strdup (_ ("Earlier"));
  g_autofree char *people = weft_version_dup_people (version);
  g_autofree char *when = weft_version_dup_when (version);
  GtkWidget *label = gtk_label_new (time);

  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (label, "numeric");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_append (GTK_BOX (top), label);
  if (is_newest)
    {
      /* Translators: the newest version of a page */
      GtkWidget *now = gtk_label_new (_ ("Now"));

      gtk_widget_add_css_class (now, "caption");
      gtk_widget_add_css_class (now, "history-now");
      gtk_widget_set_valign (now, GTK_ALIGN_CENTER);
      gtk_box_append (GTK_BOX (top), now);
    }
  gtk_box_append (GTK_BOX (box), top);
  gtk_box_append (GTK_BOX (box), create_people (self, version));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);

  g_object_set_data (G_OBJECT (row), INDEX_KEY, GUINT_TO_POINTER (index + 1));
  g_object_set_data_full (G_OBJECT (row), TIME_KEY, g_memdup2 (&version->to_ms, sizeof version->to_ms), g_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, when,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, people, -1);

  return row;
}

/* The day above its newest version. */
static void
update_header_cb (GtkListBoxRow *row,
                  GtkListBoxRow *before,
                  gpointer       user_data)
{
  gint64 time = get_time (row);
  g_autofree char *day = time != 0 ? weft_moment_format_day (time) : g_strdup (_ ("Earlier"));
  g_autofree char *last = before != NULL && get_time (before) != 0 ? weft_moment_format_day (get_time (before)) : NULL;
  GtkWidget *label;

  if (g_strcmp0 (day, last) == 0)
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }

  label = gtk_label_new (day);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (label, "history-day");
  gtk_list_box_row_set_header (row, label);
}

static void
row_selected_cb (WeftHistoryPanel *self,
                 GtkListBoxRow    *row)
{
  if (self->filling || row == NULL || get_index (row) == self->chosen)
    return;

  self->chosen = get_index (row);
  g_signal_emit (self, signals[VERSION_CHOSEN], 0, self->chosen);
}

static void
row_activated_cb (WeftHistoryPanel *self,
                  GtkListBoxRow    *row)
{
  row_selected_cb (self, row);
  g_signal_emit (self, signals[VERSION_ENTERED], 0, get_index (row));
}

static GtkListBoxRow *
find_row (WeftHistoryPanel *self,
          guint             index)
{
  guint n = weft_history_get_n_versions (self->history);

  return index < n ? gtk_list_box_get_row_at_index (self->list, (int) (n - 1 - index)) : NULL;
}

static gboolean
has_focus_in_list (WeftHistoryPanel *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && (focus == GTK_WIDGET (self) || gtk_widget_is_ancestor (focus, GTK_WIDGET (self)));
}

/* The newest on top; one that was chosen stays chosen. */
static void
refill (WeftHistoryPanel *self)
{
  guint n = self->history != NULL ? weft_history_get_n_versions (self->history) : 0;
  gboolean had_focus = has_focus_in_list (self);
  guint chosen = self->chosen;
  GtkListBoxRow *row;

  self->filling = TRUE;
  gtk_list_box_remove_all (self->list);
  for (guint i = n; i-- > 0;)
    gtk_list_box_append (self->list, create_row (self, i));

  row = n > 0 ? find_row (self, chosen < n ? chosen : n - 1) : NULL;
  if (row != NULL)
    {
      gtk_list_box_select_row (self->list, row);
      if (had_focus)
        gtk_widget_grab_focus (GTK_WIDGET (row));
    }
  self->filling = FALSE;
  if (row != NULL)
    row_selected_cb (self, row);
}

static void
history_changed_cb (WeftHistoryPanel *self)
{
  const char *page = "loading";

  refill (self);
  if (self->history != NULL && weft_history_get_state (self->history) == WEFT_HISTORY_FAILED)
    {
      adw_status_page_set_description (self->failed, weft_history_get_error (self->history));
      page = "failed";
    }
  else if (self->history != NULL && weft_history_get_state (self->history) == WEFT_HISTORY_READY)
    page = weft_history_get_n_versions (self->history) > 0 ? "versions" : "empty";

  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
done_cb (WeftHistoryPanel *self)
{
  g_signal_emit (self, signals[DONE], 0);
}

static gboolean
escape_cb (GtkWidget *widget,
           GVariant  *arguments,
           gpointer   user_data)
{
  done_cb (WEFT_HISTORY_PANEL (widget));

  return TRUE;
}

/* The class */

static gboolean
weft_history_panel_grab_focus (GtkWidget *widget)
{
  WeftHistoryPanel *self = WEFT_HISTORY_PANEL (widget);
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (row != NULL && gtk_widget_get_mapped (GTK_WIDGET (row)))
    return gtk_widget_grab_focus (GTK_WIDGET (row));

  return gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
}

static void
weft_history_panel_dispose (GObject *object)
{
  WeftHistoryPanel *self = WEFT_HISTORY_PANEL (object);

  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_clear_object (&self->history);

  G_OBJECT_CLASS (weft_history_panel_parent_class)->dispose (object);
}

static void
weft_history_panel_class_init (WeftHistoryPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_history_panel_dispose;
  widget_class->grab_focus = weft_history_panel_grab_focus;
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);

  signals[VERSION_CHOSEN] = g_signal_new ("version-chosen", WEFT_TYPE_HISTORY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[VERSION_ENTERED] = g_signal_new ("version-entered", WEFT_TYPE_HISTORY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[DONE] = g_signal_new ("done", WEFT_TYPE_HISTORY_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-history-panel.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftHistoryPanel, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftHistoryPanel, list);
  gtk_widget_class_bind_template_child (widget_class, WeftHistoryPanel, failed);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, done_cb);
}

static void
weft_history_panel_init (WeftHistoryPanel *self)
{
  self->chosen = NONE;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (self->list, update_header_cb, NULL, NULL);
}

/**
 * weft_history_panel_set_history:
 * @self: the panel
 * @history: (nullable): whose versions to show
 */
void
weft_history_panel_set_history (WeftHistoryPanel *self,
                                WeftHistory      *history)
{
  g_return_if_fail (WEFT_IS_HISTORY_PANEL (self));

  if (self->history == history)
    return;

  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_set_object (&self->history, history);
  self->chosen = NONE;
  if (history != NULL)
    g_signal_connect_swapped (history, "changed", G_CALLBACK (history_changed_cb), self);
  history_changed_cb (self);
}
