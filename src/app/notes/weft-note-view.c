/* weft-note-view.c - a note: its title, its text, and the formats below
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/notes/weft-note-view.h"

#include "app/notes/weft-note-link-popover.h"
#include "app/notes/weft-note-text-view-private.h"
#include "app/notes/weft-note-title.h"
#include "app/notes/weft-note-toolbar.h"

#include <glib/gi18n.h>
#include <math.h>

struct _WeftNoteView
{
  AdwBin            parent_instance;

  /* Owned */
  WeftDocument     *document;
  GSettings        *settings; /* %NULL where the schema is not installed */

  /* Borrowed: children */
  GtkWidget        *overlay;
  WeftNoteTextView *text;
  WeftNoteTitle    *title;
  WeftNoteToolbar  *toolbar;
  GtkProgressBar   *loading;

  guint             loading_source;
  guint             follow_source;
  guint             approach_source; /* a tick callback */
  guint             approaching;     /* frames that the place is still looked after */
  guint             seeking;         /* and that it may still be out of sight */
  int               top_margin;
};

G_DEFINE_FINAL_TYPE (WeftNoteView, weft_note_view, ADW_TYPE_BIN)

/* Room above and below the title. */
#define TITLE_ABOVE 28
#define TITLE_BELOW 10

/* What takes no longer to be there needs no word. */
#define LOADING_MS 300

/* How long a place is kept in view while the lines before it are measured, and how long it is sought. */
#define APPROACH_FRAMES 20
#define SEEK_FRAMES     60
/* The least distance to the edge of what is seen, as a part of it. */
#define APPROACH_MARGIN 0.25

static GtkAdjustment *
get_adjustment (WeftNoteView *self)
{
  return gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->text));
}

/* Sizes are not changed while they are given out. */
static gboolean
follow_later_cb (gpointer user_data)
{
  WeftNoteView *self = user_data;

  self->follow_source = 0;
  if (gtk_text_view_get_top_margin (GTK_TEXT_VIEW (self->text)) != self->top_margin)
    gtk_text_view_set_top_margin (GTK_TEXT_VIEW (self->text), self->top_margin);
  gtk_widget_queue_allocate (self->overlay);

  return G_SOURCE_REMOVE;
}

static void
follow_later (WeftNoteView *self)
{
  if (self->follow_source == 0)
    self->follow_source = g_idle_add_full (GTK_PRIORITY_RESIZE, follow_later_cb, self, NULL);
}

static void
scrolled_cb (WeftNoteView *self)
{
  if (self->text->allocating)
    follow_later (self);
  else
    gtk_widget_queue_allocate (self->overlay);
}

/* The title lies over the text's upper margin and moves as it scrolls. It is no child of the text: an
 * input method takes a text inside another for both. */
static gboolean
place_title_cb (WeftNoteView *self,
                GtkWidget    *child,
                GdkRectangle *area)
{
  GtkTextView *text = GTK_TEXT_VIEW (self->text);
  int column = weft_note_text_view_get_column_width (self->text);
  int height;

  if (child != GTK_WIDGET (self->title))
    return FALSE;

  /* Before there is room for anything a title would break after each letter, and push the text out of sight. */
  if (column <= 1)
    column = WEFT_NOTE_COLUMN;

  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, column, &height, NULL, NULL, NULL);
  self->top_margin = TITLE_ABOVE + height + TITLE_BELOW;
  if (gtk_text_view_get_top_margin (text) != self->top_margin)
    follow_later (self);

  area->x = gtk_text_view_get_left_margin (text);
  area->y = TITLE_ABOVE - (int) gtk_adjustment_get_value (get_adjustment (self));
  area->width = column;
  area->height = height;

  return TRUE;
}

/* The wheel over the title scrolls the page. */
static gboolean
title_scrolled_cb (GtkEventControllerScroll *scroll,
                   double                    dx,
                   double                    dy,
                   WeftNoteView             *self)
{
  GtkAdjustment *adjustment = get_adjustment (self);

  if (gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_WHEEL)
    dy *= pow (gtk_adjustment_get_page_size (adjustment), 2.0 / 3.0);
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment) + dy);

  return GDK_EVENT_STOP;
}

static void
state_changed_cb (WeftNoteView *self)
{
  WeftNoteState state;

  weft_note_text_view_get_state (self->text, &state);
  weft_note_toolbar_show_state (self->toolbar, &state);
}

static void
enter_text_cb (WeftNoteView *self)
{
  WeftNoteBinding *binding = weft_note_text_view_get_binding (self->text);
  GtkTextIter start;

  if (binding != NULL)
    {
      gtk_text_buffer_get_start_iter (weft_note_binding_get_buffer (binding), &start);
      gtk_text_buffer_place_cursor (weft_note_binding_get_buffer (binding), &start);
    }
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

static void
enter_title_cb (WeftNoteView *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->title));
  gtk_adjustment_set_value (get_adjustment (self), 0);
}

/* A large note that is still coming */

static gboolean
follow_loading_cb (GtkWidget     *widget,
                   GdkFrameClock *clock,
                   gpointer       user_data)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (user_data);
  WeftNoteBinding *binding = weft_note_text_view_get_binding (self->text);

  if (binding == NULL || weft_note_binding_is_loaded (binding))
    {
      gtk_widget_set_visible (widget, FALSE);
      return G_SOURCE_REMOVE;
    }

  gtk_progress_bar_set_fraction (self->loading, weft_note_binding_get_progress (binding));

  return G_SOURCE_CONTINUE;
}

static gboolean
show_loading_cb (gpointer user_data)
{
  WeftNoteView *self = user_data;
  WeftNoteBinding *binding = weft_note_text_view_get_binding (self->text);

  self->loading_source = 0;
  if (binding == NULL || weft_note_binding_is_loaded (binding) || gtk_widget_get_visible (GTK_WIDGET (self->loading)))
    return G_SOURCE_REMOVE;

  gtk_progress_bar_set_fraction (self->loading, weft_note_binding_get_progress (binding));
  gtk_widget_set_visible (GTK_WIDGET (self->loading), TRUE);
  gtk_widget_add_tick_callback (GTK_WIDGET (self->loading), follow_loading_cb, self, NULL);

  return G_SOURCE_REMOVE;
}

static void
watch_loading (WeftNoteView *self)
{
  WeftNoteBinding *binding = weft_note_text_view_get_binding (self->text);

  g_clear_handle_id (&self->loading_source, g_source_remove);
  if (binding != NULL && !weft_note_binding_is_loaded (binding))
    self->loading_source = g_timeout_add (LOADING_MS, show_loading_cb, self);
}

static GtkProgressBar *
new_loading (void)
{
  GtkWidget *bar = gtk_progress_bar_new ();

  gtk_widget_add_css_class (bar, "osd");
  gtk_widget_set_valign (bar, GTK_ALIGN_START);
  gtk_widget_set_can_target (bar, FALSE);
  gtk_widget_set_visible (bar, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (bar), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Loading the rest of the note"), -1);

  return GTK_PROGRESS_BAR (bar);
}

/* Actions */

static void
mark_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);

  weft_note_text_view_toggle_mark (self->text, name + strlen ("note."));
  state_changed_cb (self);
}

static void
list_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);

  if (g_str_equal (name, "note.bullet-list"))
    weft_note_text_view_toggle_list (self->text, WEFT_NOTE_LIST_BULLET);
  else if (g_str_equal (name, "note.ordered-list"))
    weft_note_text_view_toggle_list (self->text, WEFT_NOTE_LIST_ORDERED);
  else
    weft_note_text_view_toggle_list (self->text, WEFT_NOTE_LIST_UNCHECKED);
  state_changed_cb (self);
}

static void
block_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);

  if (g_str_equal (name, "note.quote"))
    weft_note_text_view_toggle_quote (self->text);
  else if (g_str_equal (name, "note.code-block"))
    weft_note_text_view_toggle_code (self->text);
  else if (g_str_equal (name, "note.divider"))
    weft_note_text_view_insert_divider (self->text);
  else if (g_str_equal (name, "note.indent"))
    weft_note_text_view_shift_indent (self->text, 1);
  else if (g_str_equal (name, "note.outdent"))
    weft_note_text_view_shift_indent (self->text, -1);
  else
    weft_note_text_view_clear_marks (self->text);
  state_changed_cb (self);
}

static void
heading_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);

  weft_note_text_view_set_header (self->text, CLAMP (g_variant_get_int32 (parameter), 0, 6));
  state_changed_cb (self);
}

static void
align_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);
  const char *align = g_variant_get_string (parameter, NULL);

  weft_note_text_view_set_align (self->text, g_str_equal (align, "center")  ? WEFT_NOTE_ALIGN_CENTER
                                             : g_str_equal (align, "right") ? WEFT_NOTE_ALIGN_RIGHT
                                                                            : WEFT_NOTE_ALIGN_DEFAULT);
}

static void
link_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  weft_note_link_popover_show (WEFT_NOTE_VIEW (widget)->text);
  state_changed_cb (WEFT_NOTE_VIEW (widget));
}

static void
image_loaded_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(WeftNoteView) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_file_load_bytes_finish (G_FILE (source), result, NULL, &error);
  g_autofree char *name = g_file_get_basename (G_FILE (source));

  if (bytes == NULL || !weft_note_text_view_insert_image (self->text, bytes, name, &error))
    weft_note_text_view_tell (self->text, error->message);
}

static void
image_chosen_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr(WeftNoteView) self = user_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, &error);

  if (file != NULL)
    g_file_load_bytes_async (file, NULL, image_loaded_cb, g_steal_pointer (&self));
  else if (!g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    weft_note_text_view_tell (self->text, error->message);
}

static void
image_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  g_autoptr(GtkFileDialog) dialog = gtk_file_dialog_new ();
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_add_pixbuf_formats (filter);
  gtk_file_filter_set_name (filter, _ ("Pictures"));
  gtk_file_dialog_set_title (dialog, _ ("Insert Image"));
  gtk_file_dialog_set_default_filter (dialog, filter);
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (widget)), NULL, image_chosen_cb,
                        g_object_ref (widget));
}

static void
update_spelling (WeftNoteView *self)
{
  gboolean wanted = self->settings != NULL && g_settings_get_boolean (self->settings, "spell-check");

  /* Nobody can mend what can only be read. */
  weft_note_text_view_set_check_spelling (self->text, wanted && self->document != NULL
                                                        && !weft_document_get_read_only (self->document));
}

/* Somebody may delete the page, or take away the right to change it, while one looks at it. */
static void
update_read_only (WeftNoteView *self)
{
  gboolean editable = self->document != NULL && !weft_document_get_read_only (self->document);

  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->title), editable);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (self->text), editable);
  gtk_widget_set_visible (GTK_WIDGET (self->toolbar), editable);
  update_spelling (self);
}

static GSettings *
new_settings (void)
{
  GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
  g_autoptr(GSettingsSchema) schema = NULL;

  if (source != NULL)
    schema = g_settings_schema_source_lookup (source, WEFT_APPLICATION_ID, TRUE);

  return schema != NULL ? g_settings_new (WEFT_APPLICATION_ID) : NULL;
}

static void
weft_note_view_dispose (GObject *object)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (object);

  if (self->text != NULL)
    weft_note_view_set_document (self, NULL);
  self->text = NULL;
  g_clear_handle_id (&self->follow_source, g_source_remove);
  g_clear_handle_id (&self->loading_source, g_source_remove);
  if (self->settings != NULL)
    g_signal_handlers_disconnect_by_data (self->settings, self);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (weft_note_view_parent_class)->dispose (object);
}

static gboolean
weft_note_view_grab_focus (GtkWidget *widget)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);
  WeftPage *page = self->document != NULL ? weft_document_get_page (self->document) : NULL;

  /* A page without a name asks for one. */
  if (page != NULL && *weft_page_get_title (page) == '\0')
    return gtk_widget_grab_focus (GTK_WIDGET (self->title));

  return gtk_widget_grab_focus (GTK_WIDGET (self->text));
}

static void
bind_keys (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint           keyval;
    GdkModifierType modifiers;
    const char     *action;
  } keys[] = {
    { GDK_KEY_b, GDK_CONTROL_MASK, "note.bold" },
    { GDK_KEY_i, GDK_CONTROL_MASK, "note.italic" },
    { GDK_KEY_u, GDK_CONTROL_MASK, "note.underline" },
    { GDK_KEY_x, GDK_CONTROL_MASK | GDK_SHIFT_MASK, "note.strike" },
    { GDK_KEY_e, GDK_CONTROL_MASK, "note.code" },
    { GDK_KEY_k, GDK_CONTROL_MASK, "note.link" },
    { GDK_KEY_bracketright, GDK_CONTROL_MASK, "note.indent" },
    { GDK_KEY_bracketleft, GDK_CONTROL_MASK, "note.outdent" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding_action (widget_class, keys[i].keyval, keys[i].modifiers, keys[i].action, NULL);
  for (int i = 0; i <= 6; i++)
    gtk_widget_class_add_binding_action (widget_class, GDK_KEY_0 + i, GDK_CONTROL_MASK | GDK_ALT_MASK,
                                         "note.heading", "i", i);
}

static void
add_style (void)
{
  g_autoptr(GtkCssProvider) provider = gtk_css_provider_new ();

  gtk_css_provider_load_from_resource (provider, "/io/github/weftnotes/Weft/notes/note.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

static void
hold_still (GtkAdjustment *adjustment)
{
  gtk_adjustment_set_value (adjustment, gtk_adjustment_get_value (adjustment));
}

/* GTK 4.18 forgets the handler of an adjustment that is still gliding when its scrolled window goes away: it
 * complains, and the handler stays. So the gliding ends before. */
static void
weft_note_view_unmap (GtkWidget *widget)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);

  hold_still (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->text)));
  hold_still (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->text)));

  GTK_WIDGET_CLASS (weft_note_view_parent_class)->unmap (widget);
}

static void
weft_note_view_class_init (WeftNoteViewClass *klass)
{
  static const char *const marks[] = { "note.bold", "note.italic", "note.underline", "note.strike", "note.code" };
  static const char *const lists[] = { "note.bullet-list", "note.ordered-list", "note.check-list" };
  static const char *const blocks[] = { "note.quote",  "note.code-block", "note.divider",
                                        "note.indent", "note.outdent",    "note.clear" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_note_view_dispose;
  widget_class->grab_focus = weft_note_view_grab_focus;
  widget_class->unmap = weft_note_view_unmap;

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    gtk_widget_class_install_action (widget_class, marks[i], NULL, mark_action);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    gtk_widget_class_install_action (widget_class, lists[i], NULL, list_action);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    gtk_widget_class_install_action (widget_class, blocks[i], NULL, block_action);
  gtk_widget_class_install_action (widget_class, "note.heading", "i", heading_action);
  gtk_widget_class_install_action (widget_class, "note.align", "s", align_action);
  gtk_widget_class_install_action (widget_class, "note.link", NULL, link_action);
  gtk_widget_class_install_action (widget_class, "note.image", NULL, image_action);
  bind_keys (widget_class);
  add_style ();
}

static void
follow_settings (WeftNoteView *self)
{
  g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr(GAction) spell_check = g_settings_create_action (self->settings, "spell-check");

  g_action_map_add_action (G_ACTION_MAP (group), spell_check);
  gtk_widget_insert_action_group (GTK_WIDGET (self->text), "writing", G_ACTION_GROUP (group));
  g_signal_connect_swapped (self->settings, "changed::spell-check", G_CALLBACK (update_spelling), self);
  weft_note_spelling_remember (self->settings);
}

static void
weft_note_view_init (WeftNoteView *self)
{
  GtkWidget *toolbar_view = adw_toolbar_view_new ();
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkEventController *scroll
      = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);

  self->text = WEFT_NOTE_TEXT_VIEW (weft_note_text_view_new ());
  self->title = WEFT_NOTE_TITLE (weft_note_title_new ());
  self->toolbar = WEFT_NOTE_TOOLBAR (weft_note_toolbar_new ());
  self->overlay = gtk_overlay_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_EXTERNAL, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->text));
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_overlay_set_child (GTK_OVERLAY (self->overlay), scroller);
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), GTK_WIDGET (self->title));
  gtk_overlay_set_clip_overlay (GTK_OVERLAY (self->overlay), GTK_WIDGET (self->title), TRUE);
  self->loading = new_loading ();
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), GTK_WIDGET (self->loading));
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (toolbar_view), self->overlay);
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (toolbar_view), GTK_WIDGET (self->toolbar));
  adw_bin_set_child (ADW_BIN (self), toolbar_view);
  gtk_widget_add_css_class (GTK_WIDGET (self), "note");

  g_signal_connect_object (self->overlay, "get-child-position", G_CALLBACK (place_title_cb), self,
                           G_CONNECT_SWAPPED);
  /* The margins follow the width after the title was placed. */
  g_signal_connect_object (self->text, "notify::right-margin", G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (get_adjustment (self), "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (title_scrolled_cb), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self->title), scroll);
  g_signal_connect_object (self->text, "state-changed", G_CALLBACK (state_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->text, "leave-up", G_CALLBACK (enter_title_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->toolbar, "done", G_CALLBACK (gtk_widget_grab_focus), self->text,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->title, "leave-down", G_CALLBACK (enter_text_cb), self, G_CONNECT_SWAPPED);

  self->settings = new_settings ();
  if (self->settings != NULL)
    follow_settings (self);
}

GtkWidget *
weft_note_view_new (void)
{
  return g_object_new (WEFT_TYPE_NOTE_VIEW, NULL);
}

void
weft_note_view_set_document (WeftNoteView *self,
                             WeftDocument *document)
{
  if (self->document == document)
    return;

  if (self->document != NULL)
    g_signal_handlers_disconnect_by_func (self->document, update_read_only, self);
  g_set_object (&self->document, document);
  if (document != NULL)
    g_signal_connect_object (document, "notify::read-only", G_CALLBACK (update_read_only), self, G_CONNECT_SWAPPED);
  weft_note_title_set_document (self->title, document);
  weft_note_text_view_set_document (self->text, document);
  watch_loading (self);
  update_read_only (self);
}

/* The heights of lines far away are guessed until they are measured, and each step towards them tells more. */
static gboolean
approach_cb (GtkWidget     *widget,
             GdkFrameClock *clock,
             gpointer       user_data)
{
  WeftNoteView *self = WEFT_NOTE_VIEW (widget);
  GtkTextView *view = GTK_TEXT_VIEW (self->text);
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
  GtkTextIter iter;
  GdkRectangle seen, place;
  gboolean is_seen;

  gtk_text_buffer_get_iter_at_mark (buffer, &iter, gtk_text_buffer_get_insert (buffer));
  gtk_text_view_get_iter_location (view, &iter, &place);
  gtk_text_view_get_visible_rect (view, &seen);
  is_seen = place.y >= seen.y && place.y + place.height <= seen.y + seen.height;
  if (!is_seen)
    {
      /* The start of its row: while the width changes there is room to scroll to the side, which nobody wants. */
      gtk_text_view_backward_display_line_start (view, &iter);
      gtk_text_view_scroll_to_iter (view, &iter, APPROACH_MARGIN, FALSE, 0, 0);
    }
  if (is_seen ? --self->approaching > 0 : --self->seeking > 0)
    return G_SOURCE_CONTINUE;

  self->approach_source = 0;
  return G_SOURCE_REMOVE;
}

static void
show (WeftNoteView      *self,
      const GtkTextIter *start,
      const GtkTextIter *end)
{
  gtk_text_buffer_select_range (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text)), start, end);
  self->approaching = APPROACH_FRAMES;
  self->seeking = SEEK_FRAMES;
  if (self->approach_source == 0)
    self->approach_source = gtk_widget_add_tick_callback (GTK_WIDGET (self), approach_cb, NULL, NULL);
}

/**
 * weft_note_view_show_line:
 * @self: a note view
 * @position: a relative position in its document
 *
 * Selects the line that it is in now and brings that into the view. A place that is not known here is not shown.
 */
void
weft_note_view_show_line (WeftNoteView  *self,
                          const WeftAny *position)
{
  WeftNoteBinding *binding;
  GtkTextIter start, end;

  g_return_if_fail (WEFT_IS_NOTE_VIEW (self));
  g_return_if_fail (position != NULL);

  weft_note_text_view_load (self->text);
  binding = weft_note_text_view_get_binding (self->text);
  if (binding == NULL || !weft_note_binding_find_position (binding, position, &start))
    return;

  end = start;
  gtk_text_iter_set_line_offset (&start, 0);
  if (!gtk_text_iter_ends_line (&end))
    gtk_text_iter_forward_to_line_end (&end);
  show (self, &start, &end);
}

/**
 * weft_note_view_show_range:
 * @self: a note view
 * @at: a character of its document
 * @n_chars: how many from there
 *
 * Selects them and brings them into the view. The text may have changed since they were counted: then it is near.
 */
void
weft_note_view_show_range (WeftNoteView *self,
                           guint         at,
                           guint         n_chars)
{
  GtkTextBuffer *buffer;
  GtkTextIter start, end;

  g_return_if_fail (WEFT_IS_NOTE_VIEW (self));

  if (self->document == NULL)
    return;

  weft_note_text_view_load (self->text);
  buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self->text));
  gtk_text_buffer_get_iter_at_offset (buffer, &start, (int) MIN (at, G_MAXINT / 2));
  gtk_text_buffer_get_iter_at_offset (buffer, &end, (int) MIN (at + n_chars, G_MAXINT));
  show (self, &start, &end);
}

void
weft_note_view_copy_all (WeftNoteView *self)
{
  g_return_if_fail (WEFT_IS_NOTE_VIEW (self));

  g_signal_emit_by_name (self->text, "select-all", TRUE);
  g_signal_emit_by_name (self->text, "copy-clipboard");
}
