/* weft-history-panel.c - the versions of the page, by day and person
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-history-panel.h"

#include <glib/gi18n.h>

#include "app/weft-moment.h"
#include "app/weft-version-list.h"
#include "model/weft-person.h"

/* The names of so many people stand in a row; of more, how many. */
#define MAX_NAMES 3

/* ms: what takes longer is said to be under way. */
#define SPINNER_DELAY 300

struct _WeftHistoryPanel
{
  AdwBin              parent_instance;

  /* Owned */
  WeftHistory        *history;
  WeftVersionList    *versions;
  GTimeZone          *zone; /* when the list was filled last */

  /* Borrowed: children */
  GtkStack           *stack;
  GtkListView        *list;
  AdwStatusPage      *failed;
  GtkWidget          *spinner;
  GtkSingleSelection *selection;

  guint               chosen;   /* a version, in the order of the history */
  guint               spinner_source;
  gboolean            filling;
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

/* A row of fewer characters fits the panel at its narrowest. */
#define MIN_WRAPPED 24

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
 * @zone: (nullable): the local one
 *
 * Returns: (transfer full): the day and the time
 */
char *
weft_version_dup_when (const WeftVersion *version,
                       GTimeZone         *zone)
{
  g_autofree char *day = NULL;
  g_autofree char *time = NULL;

  if (version->to_ms == 0)
    return g_strdup (_ ("Earlier"));

  day = weft_moment_format_day (version->to_ms, zone);
  time = weft_moment_format_time (version->to_ms, zone);

  /* Translators: a day and a time: "Today, 14:32" */
  return g_strdup_printf (C_ ("a moment", "%1$s, %2$s"), day, time);
}

/* Rows */

/* The time, and under it the people: one text, since a list keeps some two hundred rows, and each of their widgets is
 * made and measured in one turn. */
static char *
make_markup (WeftHistoryPanel  *self,
             const WeftVersion *version)
{
  g_autoptr(GPtrArray) names = list_names (version);
  g_autofree char *time = version->to_ms != 0 ? weft_moment_format_time (version->to_ms, self->zone)
                                              : g_strdup (_ ("Earlier"));
  g_autofree char *escaped_time = g_markup_escape_text (time, -1);
  GString *markup = g_string_new (NULL);

  g_string_append_printf (markup, "<span line_height=\"1.15\"><span weight=\"bold\" font_features=\"tnum\">%s</span>\n",
                          escaped_time);
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
  g_string_append (markup, "</span>");

  return g_string_free (markup, FALSE);
}

static guint
get_index (GtkListItem *item)
{
  return weft_version_item_get_index (gtk_list_item_get_item (item));
}

/* By the pointer: at phone width the version is then to come to the front. */
static void
row_released_cb (GtkListItem *item,
                 int          n_press,
                 double       x,
                 double       y,
                 GtkGesture  *click)
{
  GtkWidget *row = gtk_event_controller_get_widget (GTK_EVENT_CONTROLLER (click));
  WeftHistoryPanel *self = WEFT_HISTORY_PANEL (gtk_widget_get_ancestor (row, WEFT_TYPE_HISTORY_PANEL));

  if (self == NULL || gtk_list_item_get_item (item) == NULL)
    return;

  gtk_single_selection_set_selected (self->selection, gtk_list_item_get_position (item));
  g_signal_emit (self, signals[VERSION_ENTERED], 0, get_index (item));
}

static GtkWidget *
create_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);

  return label;
}

/* A row: the text, and above at its end "Now" where it is the newest one. */
static void
setup_row_cb (WeftHistoryPanel *self,
              GtkListItem      *item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *text = create_label (NULL);
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_label_set_wrap_mode (GTK_LABEL (text), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_widget_add_css_class (row, "history-version");
  gtk_box_append (GTK_BOX (row), text);

  g_signal_connect_object (click, "released", G_CALLBACK (row_released_cb), item, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (click));
  gtk_list_item_set_child (item, row);
}

static void
show_now (GtkWidget *row,
          gboolean   is_newest)
{
  GtkWidget *now = gtk_widget_get_next_sibling (gtk_widget_get_first_child (row));

  if (now == NULL && is_newest)
    {
      now = create_label ("caption");
      /* Translators: the newest version of a page */
      gtk_label_set_text (GTK_LABEL (now), _ ("Now"));
      gtk_widget_add_css_class (now, "history-now");
      gtk_widget_set_valign (now, GTK_ALIGN_START);
      gtk_box_append (GTK_BOX (row), now);
    }
  if (now != NULL)
    gtk_widget_set_visible (now, is_newest);
}

static void
bind_row_cb (WeftHistoryPanel *self,
             GtkListItem      *item)
{
  guint index = get_index (item);
  const WeftVersion *version = weft_history_get_version (self->history, index);
  GtkWidget *row = gtk_list_item_get_child (item);
  GtkWidget *text = gtk_widget_get_first_child (row);
  g_autofree char *markup = make_markup (self, version);
  g_autofree char *people = weft_version_dup_people (version);
  g_autofree char *when = weft_version_dup_when (version, self->zone);

  gtk_label_set_markup (GTK_LABEL (text), markup);
  /* Finding out where to break lines takes several times as long as a line. */
  gtk_label_set_wrap (GTK_LABEL (text), g_utf8_strlen (gtk_label_get_text (GTK_LABEL (text)), -1) > MIN_WRAPPED);
  show_now (row, index + 1 == weft_history_get_n_versions (self->history));
  gtk_list_item_set_accessible_label (item, when);
  gtk_list_item_set_accessible_description (item, people);
}

static void
setup_day_cb (WeftHistoryPanel *self,
              GtkListHeader    *header)
{
  GtkWidget *label = create_label ("heading");

  gtk_widget_add_css_class (label, "history-day");
  gtk_list_header_set_child (header, label);
}

/* The day above its newest version. */
static void
bind_day_cb (WeftHistoryPanel *self,
             GtkListHeader    *header)
{
  guint index = weft_version_item_get_index (gtk_list_header_get_item (header));
  gint64 time = weft_history_get_version (self->history, index)->to_ms;
  g_autofree char *day = time != 0 ? weft_moment_format_day (time, self->zone) : g_strdup (_ ("Earlier"));

  gtk_label_set_text (GTK_LABEL (gtk_list_header_get_child (header)), day);
}

/* Choosing */

static gboolean
show_spinner_cb (gpointer user_data)
{
  WeftHistoryPanel *self = user_data;

  self->spinner_source = 0;
  gtk_widget_set_visible (self->spinner, TRUE);

  return G_SOURCE_REMOVE;
}

static void
stop_waiting (WeftHistoryPanel *self)
{
  g_clear_handle_id (&self->spinner_source, g_source_remove);
  gtk_widget_set_visible (self->spinner, FALSE);
}

/* The page, or the version before, stays to be seen until the one that was chosen has been made. */
static void
start_waiting (WeftHistoryPanel *self)
{
  if (self->spinner_source == 0 && !gtk_widget_get_visible (self->spinner))
    self->spinner_source = g_timeout_add (SPINNER_DELAY, show_spinner_cb, self);
}

static void
selected_cb (WeftHistoryPanel *self)
{
  WeftVersionItem *item = gtk_single_selection_get_selected_item (self->selection);

  if (self->filling || item == NULL || weft_version_item_get_index (item) == self->chosen)
    return;

  self->chosen = weft_version_item_get_index (item);
  start_waiting (self);
  g_signal_emit (self, signals[VERSION_CHOSEN], 0, self->chosen);
}

static void
activate_cb (WeftHistoryPanel *self,
             guint             position)
{
  gtk_single_selection_set_selected (self->selection, position);
  g_signal_emit (self, signals[VERSION_ENTERED], 0, self->chosen);
}

static gboolean
has_focus (WeftHistoryPanel *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && (focus == GTK_WIDGET (self) || gtk_widget_is_ancestor (focus, GTK_WIDGET (self)));
}

/* The newest on top; one that was chosen stays chosen. */
static void
refill (WeftHistoryPanel *self)
{
  guint n;

  g_clear_pointer (&self->zone, g_time_zone_unref);
  self->zone = g_time_zone_new_local ();
  self->filling = TRUE;
  weft_version_list_read (self->versions, self->history, self->zone);
  n = g_list_model_get_n_items (G_LIST_MODEL (self->versions));
  if (n > 0)
    gtk_single_selection_set_selected (self->selection, self->chosen < n ? n - 1 - self->chosen : 0);
  self->filling = FALSE;
  selected_cb (self);
}

static void
history_changed_cb (WeftHistoryPanel *self)
{
  gboolean had_focus = has_focus (self), was_other;
  const char *page = "loading";

  refill (self);
  if (self->history != NULL && weft_history_get_state (self->history) == WEFT_HISTORY_FAILED)
    {
      adw_status_page_set_description (self->failed, weft_history_get_error (self->history));
      page = "failed";
      stop_waiting (self);
    }
  else if (self->history != NULL && weft_history_get_state (self->history) == WEFT_HISTORY_READY)
    page = weft_history_get_n_versions (self->history) > 0 ? "versions" : "empty";

  was_other = g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), page) != 0;
  gtk_stack_set_visible_child_name (self->stack, page);
  /* A row that went, or a button of what was shown before, had the keyboard. */
  if (had_focus && (was_other || !has_focus (self)))
    gtk_widget_grab_focus (GTK_WIDGET (self));
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
  guint selected = gtk_single_selection_get_selected (self->selection);

  if (selected == GTK_INVALID_LIST_POSITION || !gtk_widget_get_mapped (GTK_WIDGET (self->list)))
    return gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);

  gtk_list_view_scroll_to (self->list, selected, GTK_LIST_SCROLL_FOCUS, NULL);

  return gtk_widget_grab_focus (GTK_WIDGET (self->list));
}

static void
weft_history_panel_dispose (GObject *object)
{
  WeftHistoryPanel *self = WEFT_HISTORY_PANEL (object);

  g_clear_handle_id (&self->spinner_source, g_source_remove);
  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  g_clear_object (&self->history);
  g_clear_object (&self->versions);
  g_clear_pointer (&self->zone, g_time_zone_unref);

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
  gtk_widget_class_bind_template_child (widget_class, WeftHistoryPanel, spinner);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, done_cb);
}

static void
weft_history_panel_init (WeftHistoryPanel *self)
{
  g_autoptr(GtkListItemFactory) rows = gtk_signal_list_item_factory_new ();
  g_autoptr(GtkListItemFactory) days = gtk_signal_list_item_factory_new ();

  self->chosen = NONE;
  gtk_widget_init_template (GTK_WIDGET (self));

  g_signal_connect_object (rows, "setup", G_CALLBACK (setup_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (rows, "bind", G_CALLBACK (bind_row_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (days, "setup", G_CALLBACK (setup_day_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (days, "bind", G_CALLBACK (bind_day_cb), self, G_CONNECT_SWAPPED);
  gtk_list_view_set_factory (self->list, rows);
  gtk_list_view_set_header_factory (self->list, days);

  self->versions = weft_version_list_new ();
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->versions)));
  g_signal_connect_object (self->selection, "notify::selected", G_CALLBACK (selected_cb), self, G_CONNECT_SWAPPED);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_object_unref (self->selection); /* the list keeps it */
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
  stop_waiting (self);
  if (history != NULL)
    {
      g_signal_connect_swapped (history, "changed", G_CALLBACK (history_changed_cb), self);
      g_signal_connect_swapped (history, "shown", G_CALLBACK (stop_waiting), self);
    }
  history_changed_cb (self);
}
