/* weft-version-view.c - a version of a page in place of the page, with what changed in people's colours
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-version-view.h"

#include <glib/gi18n.h>

#include "app/board/weft-board-view.h"
#include "app/notes/weft-note-view.h"
#include "app/weft-history-panel.h"

struct _WeftVersionView
{
  AdwBin         parent_instance;

  /* Owned */
  WeftHistory   *history;

  /* Borrowed: children */
  GtkButton     *list_button;
  GtkLabel      *when_label;
  GtkLabel      *people_label;
  GtkWidget     *spinner;
  GtkWidget     *restore_button;
  GtkWidget     *menu_button;
  GtkStack      *stack;
  WeftNoteView  *note_view;
  WeftBoardView *board_view;

  guint          index;
  gboolean       is_version;   /* one of the history's; else what was done since */
  gboolean       show_changes;
  gboolean       wants_place;  /* the first change is to be brought into the view */
  gboolean       wants_copy;
};

G_DEFINE_FINAL_TYPE (WeftVersionView, weft_version_view, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_SHOW_CHANGES,
  N_PROPS
};

enum
{
  SHOWN,
  RESTORE,
  OPEN_COPY,
  SHOW_LIST,
  COPIED,
  DONE,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static gboolean
is_board (WeftVersionView *self)
{
  return weft_page_get_kind (weft_document_get_page (weft_history_get_document (self->history))) == WEFT_PAGE_BOARD;
}

static void
update_actions (WeftVersionView *self)
{
  gboolean is_newest = TRUE, read_only = TRUE, may_add = FALSE;
  GtkWidget *widget = GTK_WIDGET (self);

  if (self->history != NULL)
    {
      WeftDocument *document = weft_history_get_document (self->history);
      WeftNotebook *notebook = weft_document_get_notebook (document);
      gboolean notebook_read_only = TRUE;

      if (notebook != NULL)
        g_object_get (notebook, "read-only", &notebook_read_only, NULL);
      may_add = !notebook_read_only;
      is_newest = self->index + 1 >= weft_history_get_n_versions (self->history);
      read_only = weft_document_get_read_only (document);
    }

  gtk_widget_action_set_enabled (widget, "version.restore", self->is_version && !is_newest && !read_only);
  gtk_widget_action_set_enabled (widget, "version.copy", self->is_version);
  gtk_widget_action_set_enabled (widget, "version.open-copy", self->is_version && may_add);
  gtk_widget_set_visible (self->restore_button, self->is_version);
  gtk_widget_set_visible (self->menu_button, self->is_version);
}

static void
copy_all (WeftVersionView *self)
{
  if (is_board (self))
    {
      gtk_widget_activate_action (GTK_WIDGET (self->board_view), "board.select-all", NULL);
      gtk_widget_activate_action (GTK_WIDGET (self->board_view), "board.copy", NULL);
    }
  else
    weft_note_view_copy_all (self->note_view);

  g_signal_emit (self, signals[COPIED], 0);
}

static void
show_first_place (WeftVersionView *self)
{
  const GArray *places = weft_history_get_places (self->history);
  const GPtrArray *marks = weft_history_get_marks (self->history);

  if (is_board (self))
    {
      if (marks != NULL && marks->len > 0)
        weft_board_view_reveal_element (self->board_view, ((WeftShownMark *) marks->pdata[0])->element);
    }
  else if (places != NULL && places->len > 0)
    weft_note_view_show_range (self->note_view, g_array_index (places, WeftShownPlace, 0).at, 0);
}

static void
history_shown_cb (WeftVersionView *self)
{
  gtk_widget_set_visible (self->spinner, FALSE);
  weft_board_view_set_marks (self->board_view, weft_history_get_marks (self->history));
  g_signal_emit (self, signals[SHOWN], 0);

  if (self->wants_place)
    show_first_place (self);
  self->wants_place = FALSE;
  if (self->wants_copy)
    copy_all (self);
  self->wants_copy = FALSE;
}

static void
show (WeftVersionView *self)
{
  const WeftVersion *version;
  g_autofree char *when = NULL;
  g_autofree char *people = NULL;

  if (self->history == NULL || !self->is_version || self->index >= weft_history_get_n_versions (self->history))
    return;

  version = weft_history_get_version (self->history, self->index);
  when = weft_version_dup_when (version, NULL);
  people = weft_version_dup_people (version);
  gtk_label_set_text (self->when_label, when);
  gtk_label_set_text (self->people_label, people);
  gtk_widget_set_visible (GTK_WIDGET (self->people_label), TRUE);
  gtk_widget_set_visible (self->spinner, TRUE);
  weft_history_show (self->history, self->index, self->show_changes);
  update_actions (self);
}

/* Actions */

static void
version_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  WeftVersionView *self = WEFT_VERSION_VIEW (widget);

  if (g_str_equal (name, "version.restore"))
    g_signal_emit (self, signals[RESTORE], 0, self->index);
  else if (g_str_equal (name, "version.open-copy"))
    g_signal_emit (self, signals[OPEN_COPY], 0, self->index);
  else
    g_signal_emit (self, signals[SHOW_LIST], 0);
}

/* What was removed is no part of it. */
static void
copy_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftVersionView *self = WEFT_VERSION_VIEW (widget);

  if (!self->show_changes && weft_history_get_is_shown (self->history))
    {
      copy_all (self);
      return;
    }

  self->wants_copy = TRUE;
  g_object_set (self, "show-changes", FALSE, NULL);
}

static void
done_cb (WeftVersionView *self)
{
  g_signal_emit (self, signals[DONE], 0);
}

static gboolean
key_pressed_cb (WeftVersionView *self,
                guint            keyval)
{
  if (keyval != GDK_KEY_Escape)
    return GDK_EVENT_PROPAGATE;

  done_cb (self);

  return GDK_EVENT_STOP;
}

/* The class */

static gboolean
weft_version_view_grab_focus (GtkWidget *widget)
{
  WeftVersionView *self = WEFT_VERSION_VIEW (widget);

  return gtk_widget_grab_focus (gtk_stack_get_visible_child (self->stack));
}

static void
weft_version_view_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SHOW_CHANGES:
      g_value_set_boolean (value, WEFT_VERSION_VIEW (object)->show_changes);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_version_view_set_property (GObject      *object,
                                guint         prop_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  WeftVersionView *self = WEFT_VERSION_VIEW (object);

  switch (prop_id)
    {
    case PROP_SHOW_CHANGES:
      if (self->show_changes == g_value_get_boolean (value))
        return;
      self->show_changes = g_value_get_boolean (value);
      show (self);
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_version_view_dispose (GObject *object)
{
  WeftVersionView *self = WEFT_VERSION_VIEW (object);

  if (self->stack != NULL)
    weft_version_view_set_history (self, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_VERSION_VIEW);

  G_OBJECT_CLASS (weft_version_view_parent_class)->dispose (object);
}

static guint
add_signal (const char *name,
            guint       n_arguments)
{
  return g_signal_new (name, WEFT_TYPE_VERSION_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, n_arguments,
                       G_TYPE_UINT);
}

static void
weft_version_view_class_init (WeftVersionViewClass *klass)
{
  static const char *const actions[] = { "version.restore", "version.open-copy", "version.show-list" };
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = weft_version_view_dispose;
  object_class->get_property = weft_version_view_get_property;
  object_class->set_property = weft_version_view_set_property;
  widget_class->grab_focus = weft_version_view_grab_focus;

  properties[PROP_SHOW_CHANGES]
    = g_param_spec_boolean ("show-changes", NULL, NULL, TRUE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SHOWN] = add_signal ("shown", 0);
  signals[RESTORE] = add_signal ("restore", 1);
  signals[OPEN_COPY] = add_signal ("open-copy", 1);
  signals[SHOW_LIST] = add_signal ("show-list", 0);
  signals[COPIED] = add_signal ("copied", 0);
  signals[DONE] = add_signal ("done", 0);

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i], NULL, version_action);
  gtk_widget_class_install_action (widget_class, "version.copy", NULL, copy_action);
  gtk_widget_class_install_property_action (widget_class, "version.show-changes", "show-changes");

  g_type_ensure (WEFT_TYPE_NOTE_VIEW);
  g_type_ensure (WEFT_TYPE_BOARD_VIEW);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/weft-version-view.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, list_button);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, when_label);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, people_label);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, spinner);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, restore_button);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, menu_button);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, note_view);
  gtk_widget_class_bind_template_child (widget_class, WeftVersionView, board_view);
  gtk_widget_class_bind_template_callback (widget_class, done_cb);
}

static void
weft_version_view_init (WeftVersionView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->show_changes = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));

  /* Before the text and the board, which have uses of their own for it. */
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  update_actions (self);
}

/**
 * weft_version_view_set_history:
 * @self: the view
 * @history: (nullable): of the page that is open
 */
void
weft_version_view_set_history (WeftVersionView *self,
                               WeftHistory     *history)
{
  WeftDocument *shown = history != NULL ? weft_history_get_shown (history) : NULL;

  g_return_if_fail (WEFT_IS_VERSION_VIEW (self));

  if (self->history == history)
    return;

  if (self->history != NULL)
    g_signal_handlers_disconnect_by_data (self->history, self);
  weft_board_view_set_marks (self->board_view, NULL);
  weft_note_view_set_document (self->note_view, NULL);
  weft_board_view_set_document (self->board_view, NULL);
  g_set_object (&self->history, history);
  self->is_version = self->wants_copy = self->wants_place = FALSE;

  if (history != NULL)
    {
      g_signal_connect_swapped (history, "shown", G_CALLBACK (history_shown_cb), self);
      g_signal_connect_swapped (history, "changed", G_CALLBACK (update_actions), self);
      if (is_board (self))
        weft_board_view_set_document (self->board_view, shown);
      else
        weft_note_view_set_document (self->note_view, shown);
      gtk_stack_set_visible_child_name (self->stack, is_board (self) ? "board" : "note");
    }

  update_actions (self);
}

void
weft_version_view_show_version (WeftVersionView *self,
                                guint            index)
{
  g_return_if_fail (WEFT_IS_VERSION_VIEW (self) && self->history != NULL);

  self->is_version = TRUE;
  self->index = index;
  self->wants_place = self->show_changes;
  show (self);
}

void
weft_version_view_show_since (WeftVersionView *self,
                              WeftSnapshot    *before,
                              const char      *title)
{
  g_return_if_fail (WEFT_IS_VERSION_VIEW (self) && self->history != NULL);
  g_return_if_fail (before != NULL && title != NULL);

  self->is_version = FALSE;
  gtk_label_set_text (self->when_label, title);
  gtk_widget_set_visible (GTK_WIDGET (self->people_label), FALSE);
  gtk_widget_set_visible (self->spinner, TRUE);
  weft_history_show_since (self->history, before);
  update_actions (self);
}

/**
 * weft_version_view_show_unit:
 * @self: the view
 * @id: a unit of a stretch that changed
 */
void
weft_version_view_show_unit (WeftVersionView *self,
                             WeftId           id)
{
  const GArray *places;

  g_return_if_fail (WEFT_IS_VERSION_VIEW (self) && self->history != NULL);

  places = weft_history_get_places (self->history);
  for (guint i = 0; places != NULL && i < places->len; i++)
    {
      const WeftShownPlace *place = &g_array_index (places, WeftShownPlace, i);

      if (place->id.client != id.client || id.clock < place->id.clock || id.clock >= place->id.clock + place->length)
        continue;
      weft_note_view_show_range (self->note_view, place->at, place->n_chars);
      return;
    }
}

void
weft_version_view_show_element (WeftVersionView *self,
                                const char      *element)
{
  g_return_if_fail (WEFT_IS_VERSION_VIEW (self) && self->history != NULL);

  weft_board_view_show_element (self->board_view, element);
}

void
weft_version_view_set_narrow (WeftVersionView *self,
                              gboolean         narrow)
{
  g_return_if_fail (WEFT_IS_VERSION_VIEW (self));

  gtk_widget_set_visible (GTK_WIDGET (self->list_button), narrow);
}
