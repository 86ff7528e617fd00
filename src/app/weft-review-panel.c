/* weft-review-panel.c - what others did to the page while nobody looked at it here
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-review-panel.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/weft-announce.h"
#include "app/weft-legible.h"
#include "app/weft-moment.h"
#include "app/weft-row-press.h"

/* How much of what stayed is shown around what changed, in characters. */
#define CONTEXT 40
/* And of what changed. */
#define MAX_SHOWN 400
/* One turn of the main loop makes rows for so long, in microseconds, and at least one. */
#define FILL_US 4000
/* Where thousands of places changed, rows are made for what is in sight and so many screens below. */
#define SCREENS_AHEAD 2

struct _WeftReviewPanel
{
  AdwBin        parent_instance;

  /* Owned */
  WeftDocument  *document;
  gulong         changed_handler;

  /* Borrowed: children */
  GtkStack      *stack;
  GtkListBox    *list;
  GtkAdjustment *scrolled; /* the scroller owns it */

  guint          n_rows;   /* that were made */
  guint          fill_source;
};

G_DEFINE_FINAL_TYPE (WeftReviewPanel, weft_review_panel, ADW_TYPE_BIN)

enum
{
  CHANGE_CHOSEN,
  DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* `Ana · laptop` is Ana; the device tells nobody anything. (transfer full) */
static char *
dup_name (const char *person)
{
  char *name = weft_person_dup_author_name (person);

  return name != NULL ? name : g_strdup (_ ("Somebody"));
}

/* That of a person who is here, else one made of the name. */
static char *
dup_color (WeftReviewPanel *self,
           const char      *name)
{
  WeftNotebook *notebook = weft_document_get_notebook (self->document);
  GListModel *people = notebook != NULL ? weft_notebook_get_people (notebook) : NULL;

  for (guint i = 0; people != NULL && i < g_list_model_get_n_items (people); i++)
    {
      g_autoptr(WeftPerson) person = g_list_model_get_item (people, i);

      if (!weft_person_get_is_self (person) && g_str_equal (weft_person_get_name (person), name))
        return g_strdup (weft_person_get_color (person));
    }

  return g_strdup (weft_person_color_for_id (name));
}

/**
 * weft_review_dup_people:
 * @document: an open page with something to review
 *
 * Returns: (transfer full): who did it, as a part of a sentence
 */
char *
weft_review_dup_people (WeftDocument *document)
{
  const GArray *others;
  WeftChanges *changes = weft_document_get_away (document, &others);
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; changes != NULL && i < others->len; i++)
    {
      g_autofree char *name
        = dup_name (weft_changes_get (changes, g_array_index (others, guint, i))->person);

      if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }

  return weft_people_join ((const char *const *) names->pdata, names->len);
}

/* What changed, as text */

static void
append_part (GString    *markup,
             const char *start,
             const char *end,
             const char *open,
             const char *close)
{
  g_autofree char *part = NULL;
  g_autofree char *escaped = NULL;

  if (start >= end)
    return;

  part = g_strndup (start, end - start);
  if (g_utf8_strlen (part, -1) > MAX_SHOWN)
    {
      *g_utf8_offset_to_pointer (part, MAX_SHOWN) = '\0';
      escaped = g_markup_escape_text (part, -1);
      g_string_append_printf (markup, "%s%s…%s", open, escaped, close);
      return;
    }

  escaped = g_markup_escape_text (part, -1);
  g_string_append_printf (markup, "%s%s%s", open, escaped, close);
}

/* Both texts in one: what went is struck through, what came is underlined, in the person's colour. */
static char *
make_difference (const char *was,
                 const char *is,
                 const char *color)
{
  GString *markup = g_string_new (NULL);
  g_autofree char *removed = g_strdup_printf ("<span strikethrough=\"true\" foreground=\"%s\">", color);
  g_autofree char *added = g_strdup_printf ("<span weight=\"bold\" underline=\"single\" foreground=\"%s\">", color);
  const char *was_end = was + strlen (was), *is_end = is + strlen (is);
  const char *a = was, *b = is;
  const char *start, *rest;

  while (*a != '\0' && *b != '\0' && g_utf8_get_char (a) == g_utf8_get_char (b))
    {
      a = g_utf8_next_char (a);
      b = g_utf8_next_char (b);
    }
  while (was_end > a && is_end > b)
    {
      const char *last_was = g_utf8_prev_char (was_end), *last_is = g_utf8_prev_char (is_end);

      if (g_utf8_get_char (last_was) != g_utf8_get_char (last_is))
        break;
      was_end = last_was;
      is_end = last_is;
    }

  start = is;
  for (glong n = g_utf8_strlen (is, b - is); n > CONTEXT; n--)
    start = g_utf8_next_char (start);
  if (start > is)
    g_string_append (markup, "…");
  append_part (markup, start, b, "", "");
  append_part (markup, a, was_end, removed, "</span>");
  append_part (markup, b, is_end, added, "</span>");

  rest = is_end;
  for (guint n = 0; n < CONTEXT && *rest != '\0'; n++)
    rest = g_utf8_next_char (rest);
  append_part (markup, is_end, rest, "", "");
  if (*rest != '\0')
    g_string_append (markup, "…");

  return g_string_free (markup, FALSE);
}

/* The colour of a person for letters on a card: (transfer full) */
static char *
make_legible (const char *color)
{
  GdkRGBA letters;

  if (!gdk_rgba_parse (&letters, color))
    return g_strdup (color);

  weft_legible_make (&letters, adw_style_manager_get_dark (adw_style_manager_get_default ()));

  return g_strdup_printf ("#%02x%02x%02x", (guint) (letters.red * 255), (guint) (letters.green * 255),
                          (guint) (letters.blue * 255));
}

/* Up to CONTEXT characters of @text, of its line: the last ones, or the first. */
static void
append_context (GString    *markup,
                const char *text,
                gsize       n_bytes,
                gboolean    from_end)
{
  const char *start = text, *end = text + n_bytes;
  const char *edge;

  if (from_end)
    {
      edge = end;
      for (guint n = 0; edge > text && n < CONTEXT && edge[-1] != '\n'; n++)
        edge = g_utf8_prev_char (edge);
      if (edge > text && edge[-1] != '\n')
        g_string_append (markup, "…");
      append_part (markup, edge, end, "", "");
      return;
    }

  edge = start;
  for (guint n = 0; edge < end && n < CONTEXT && *edge != '\n'; n++)
    edge = g_utf8_next_char (edge);
  append_part (markup, start, edge, "", "");
  if (edge < end && *edge != '\n')
    g_string_append (markup, "…");
}

/* What is in the note around @from, as far as it may be context: backwards, or forwards from there. */
static GString *
collect_context (WeftChanges *changes,
                 guint        from,
                 gboolean     backwards)
{
  GString *text = g_string_new (NULL);
  guint n = weft_changes_get_n_runs (changes);

  for (guint i = from; i < n && text->len < 4 * CONTEXT && strchr (text->str, '\n') == NULL; i += backwards ? -1 : 1)
    {
      WeftDiffRun run = weft_changes_get_run (changes, i);

      if (run.text == NULL || run.kind == WEFT_DIFF_REMOVED)
        continue;
      if (backwards)
        g_string_prepend_len (text, run.text, (gssize) run.n_bytes);
      else
        g_string_append_len (text, run.text, (gssize) run.n_bytes);
    }

  return text;
}

/* The pieces of the note that the change is made of, where they stand; what is between them, shortened. */
static char *
make_runs (WeftChanges *changes,
           guint        index,
           const char  *color)
{
  GString *markup = g_string_new (NULL);
  g_autofree char *removed = g_strdup_printf ("<span strikethrough=\"true\" foreground=\"%s\">", color);
  g_autofree char *added = g_strdup_printf ("<span weight=\"bold\" underline=\"single\" foreground=\"%s\">", color);
  guint n = weft_changes_get_n_runs (changes), first = n, last = 0;

  for (guint i = 0; i < n; i++)
    if (weft_changes_get_run (changes, i).change == (gint) index)
      {
        first = MIN (first, i);
        last = i;
      }

  if (first < n)
    {
      g_autoptr(GString) before = first > 0 ? collect_context (changes, first - 1, TRUE) : g_string_new (NULL);

      append_context (markup, before->str, before->len, TRUE);
    }

  for (guint i = first; i < n && i <= last && markup->len < 4 * MAX_SHOWN; i++)
    {
      WeftDiffRun run = weft_changes_get_run (changes, i);

      if (run.text == NULL || (run.change != (gint) index && run.kind == WEFT_DIFF_REMOVED))
        continue;
      if (run.change == (gint) index)
        append_part (markup, run.text, run.text + run.n_bytes, run.kind == WEFT_DIFF_REMOVED ? removed : added,
                     "</span>");
      else if (run.n_bytes > 2 * CONTEXT)
        append_context (markup, run.text, run.n_bytes, FALSE);
      else
        append_part (markup, run.text, run.text + run.n_bytes, "", "");
    }

  if (first < n)
    {
      g_autoptr(GString) after = collect_context (changes, last + 1, FALSE);

      append_context (markup, after->str, after->len, FALSE);
    }

  return g_string_free (markup, FALSE);
}

static const char *
get_text (const WeftAny *value)
{
  const char *text = value != NULL ? weft_any_get_string (value) : NULL;

  return text != NULL ? text : "";
}

static char *
describe_difference (WeftChanges      *changes,
                     guint             index,
                     const char       *color)
{
  const WeftChange *change = weft_changes_get (changes, index);
  g_autofree char *was = NULL;
  g_autofree char *is = NULL;

  if (change->kind == WEFT_CHANGE_TEXT)
    {
      if (change->element == NULL)
        return make_runs (changes, index, color);
      if (change->marks_only)
        return g_markup_escape_text (get_text (change->after), -1);
      return make_difference (get_text (change->before), get_text (change->after), color);
    }

  if (change->kind != WEFT_CHANGE_SET)
    return g_markup_escape_text (get_text (weft_any_lookup (change->kind == WEFT_CHANGE_ADDED ? change->after
                                                                                              : change->before,
                                                            "text")), -1);

  was = change->before != NULL ? weft_notebook_describe_properties (change->before) : g_strdup ("");
  is = change->after != NULL ? weft_notebook_describe_properties (change->after) : g_strdup ("");

  {
    g_autoptr(GString) markup = g_string_new (NULL);
    g_autofree char *removed = g_strdup_printf ("<span strikethrough=\"true\" foreground=\"%s\">", color);

    append_part (markup, was, was + strlen (was), removed, "</span>");
    if (*was != '\0' && *is != '\0')
      g_string_append_c (markup, '\n');
    append_part (markup, is, is + strlen (is), "", "");

    return g_strdup (markup->str);
  }
}

static const char *
describe_kind (const WeftChange *change)
{
  const char *before, *after;

  switch (change->kind)
    {
    case WEFT_CHANGE_ADDED:
      return _ ("Shape added");
    case WEFT_CHANGE_REMOVED:
      return _ ("Shape removed");
    case WEFT_CHANGE_SET:
      return change->element != NULL ? _ ("Shape changed") : _ ("Board changed");
    case WEFT_CHANGE_TEXT:
    default:
      break;
    }

  before = get_text (change->before);
  after = get_text (change->after);
  if (change->element != NULL)
    return _ ("Text of a shape changed");
  if (change->marks_only)
    return _ ("Formatting changed");
  if (*before == '\0')
    return _ ("Text added");
  if (*after == '\0')
    return _ ("Text removed");

  return _ ("Text changed");
}

/* Rows */

#define INDEX_KEY  "weft-change"
#define PERSON_KEY "weft-person"

static guint
get_index (GtkListBoxRow *row)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), INDEX_KEY)) - 1;
}

static void
row_activated_cb (WeftReviewPanel *self,
                  GtkListBoxRow   *row)
{
  g_signal_emit (self, signals[CHANGE_CHOSEN], 0, get_index (row));
}

static void
take_back_cb (GtkButton *button,
              gpointer   user_data)
{
  WeftReviewPanel *self = user_data;
  GtkListBoxRow *row = GTK_LIST_BOX_ROW (gtk_widget_get_ancestor (GTK_WIDGET (button), GTK_TYPE_LIST_BOX_ROW));
  const GArray *others;
  WeftChanges *changes = weft_document_get_away (self->document, &others);
  gboolean changed;

  if (changes == NULL)
    return;

  changed = weft_document_take_back (self->document, changes, get_index (row));
  gtk_button_set_label (button, changed ? _ ("Taken Back") : _ ("Changed Again Since"));
  /* Nothing would have the keyboard once the button cannot be pressed any more, and Escape would lead nowhere. */
  if (gtk_widget_has_focus (GTK_WIDGET (button)))
    gtk_widget_grab_focus (GTK_WIDGET (row));
  gtk_widget_set_sensitive (GTK_WIDGET (button), FALSE);
  weft_announce (GTK_WIDGET (row), changed ? _ ("Taken back") : _ ("Changed again since"));
}

static GtkWidget *
create_row (WeftReviewPanel *self,
            WeftChanges     *changes,
            guint            index)
{
  const WeftChange *change = weft_changes_get (changes, index);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *kind = gtk_label_new (describe_kind (change));
  GtkWidget *difference = gtk_label_new (NULL);
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Take Back"));
  g_autofree char *name = dup_name (change->person);
  g_autofree char *color = dup_color (self, name);
  g_autofree char *letters = make_legible (color);
  g_autofree char *markup = describe_difference (changes, index, letters);

  g_object_set_data (G_OBJECT (row), INDEX_KEY, GUINT_TO_POINTER (index + 1));
  g_object_set_data_full (G_OBJECT (row), PERSON_KEY, g_strdup (name), g_free);
  gtk_widget_add_css_class (row, "conflict-card");
  gtk_widget_add_css_class (kind, "heading");
  gtk_label_set_xalign (GTK_LABEL (kind), 0);
  gtk_label_set_markup (GTK_LABEL (difference), markup);
  gtk_label_set_xalign (GTK_LABEL (difference), 0);
  gtk_label_set_wrap (GTK_LABEL (difference), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (difference), PANGO_WRAP_WORD_CHAR);
  gtk_widget_set_visible (difference, *markup != '\0');
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_widget_set_sensitive (button, !weft_document_get_read_only (self->document));
  g_signal_connect_object (button, "clicked", G_CALLBACK (take_back_cb), self, 0);
  gtk_box_append (GTK_BOX (box), kind);
  gtk_box_append (GTK_BOX (box), difference);
  gtk_box_append (GTK_BOX (box), button);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  weft_row_add_press (GTK_LIST_BOX_ROW (row));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, describe_kind (change),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  gtk_label_get_text (GTK_LABEL (difference)), -1);

  return row;
}

/* The name of the person above the first of their changes. */
static void
update_header_cb (GtkListBoxRow *row,
                  GtkListBoxRow *before,
                  gpointer       user_data)
{
  WeftReviewPanel *self = user_data;
  const char *name = g_object_get_data (G_OBJECT (row), PERSON_KEY);
  const char *last = before != NULL ? g_object_get_data (G_OBJECT (before), PERSON_KEY) : NULL;
  g_autofree char *color = NULL;
  g_autofree char *markup = NULL;
  GtkWidget *label;

  if (self->document == NULL || g_strcmp0 (name, last) == 0)
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }

  color = dup_color (self, name);
  markup = g_markup_printf_escaped ("<span foreground=\"%s\">●</span> %s", color, name);
  label = gtk_label_new (NULL);
  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "heading");
  gtk_widget_add_css_class (label, "review-person");
  gtk_list_box_row_set_header (row, label);
}

/* Whether there are rows to be made for what one sees now, or soon. */
static gboolean
lacks_rows (WeftReviewPanel *self,
            guint            n_changes)
{
  double end = gtk_adjustment_get_upper (self->scrolled);
  double page = gtk_adjustment_get_page_size (self->scrolled);

  return self->n_rows < n_changes
         && end - (gtk_adjustment_get_value (self->scrolled) + page) < SCREENS_AHEAD * page;
}

static void
fill_some (WeftReviewPanel *self)
{
  gint64 until_us = g_get_monotonic_time () + FILL_US;
  const GArray *others = NULL;
  WeftChanges *changes = self->document != NULL ? weft_document_get_away (self->document, &others) : NULL;

  /* A list that has no size yet has what fits one turn, and the rest when it has one. */
  while (changes != NULL && self->n_rows < others->len)
    {
      gtk_list_box_append (self->list, create_row (self, changes, g_array_index (others, guint, self->n_rows)));
      self->n_rows++;
      if (g_get_monotonic_time () >= until_us)
        break;
    }
}

static gboolean
fill_cb (gpointer user_data)
{
  WeftReviewPanel *self = user_data;

  /* The heights of new rows are known after the next frame, which asks again. */
  self->fill_source = 0;
  fill_some (self);

  return G_SOURCE_REMOVE;
}

static void
scrolled_cb (WeftReviewPanel *self)
{
  const GArray *others = NULL;
  WeftChanges *changes = self->document != NULL ? weft_document_get_away (self->document, &others) : NULL;

  if (changes != NULL && self->fill_source == 0 && lacks_rows (self, others->len))
    self->fill_source = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, fill_cb, self, NULL);
}

static void
refill (WeftReviewPanel *self)
{
  const GArray *others = NULL;
  WeftChanges *changes = self->document != NULL ? weft_document_get_away (self->document, &others) : NULL;

  g_clear_handle_id (&self->fill_source, g_source_remove);
  gtk_list_box_remove_all (self->list);
  self->n_rows = 0;
  fill_some (self);

  gtk_stack_set_visible_child_name (self->stack, changes != NULL ? "changes" : "empty");
}

static void
done_cb (WeftReviewPanel *self)
{
  g_signal_emit (self, signals[DONE], 0);
}

static gboolean
escape_cb (GtkWidget *widget,
           GVariant  *arguments,
           gpointer   user_data)
{
  done_cb (WEFT_REVIEW_PANEL (widget));

  return TRUE;
}

static gboolean
weft_review_panel_grab_focus (GtkWidget *widget)
{
  WeftReviewPanel *self = WEFT_REVIEW_PANEL (widget);
  GtkListBoxRow *first = gtk_list_box_get_row_at_index (self->list, 0);

  return gtk_widget_grab_focus (first != NULL ? GTK_WIDGET (first) : GTK_WIDGET (self->list));
}

static void
weft_review_panel_dispose (GObject *object)
{
  WeftReviewPanel *self = WEFT_REVIEW_PANEL (object);

  g_clear_handle_id (&self->fill_source, g_source_remove);
  if (self->document != NULL)
    g_clear_signal_handler (&self->changed_handler, self->document);
  g_clear_object (&self->document);

  G_OBJECT_CLASS (weft_review_panel_parent_class)->dispose (object);
}

static void
weft_review_panel_class_init (WeftReviewPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = weft_review_panel_dispose;
  widget_class->grab_focus = weft_review_panel_grab_focus;
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);

  signals[CHANGE_CHOSEN] = g_signal_new ("change-chosen", WEFT_TYPE_REVIEW_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[DONE] = g_signal_new ("done", WEFT_TYPE_REVIEW_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_review_panel_init (WeftReviewPanel *self)
{
  GtkWidget *view = adw_toolbar_view_new ();
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *done = gtk_button_new_with_mnemonic (_ ("_Done"));
  GtkWidget *scroller = gtk_scrolled_window_new ();
  GtkWidget *empty = adw_status_page_new ();

  self->stack = GTK_STACK (gtk_stack_new ());
  self->list = GTK_LIST_BOX (gtk_list_box_new ());

  adw_header_bar_set_title_widget (ADW_HEADER_BAR (header), adw_window_title_new (_ ("While You Were Away"), NULL));
  adw_header_bar_set_show_start_title_buttons (ADW_HEADER_BAR (header), FALSE);
  gtk_widget_add_css_class (done, "review-done");
  g_signal_connect_object (done, "clicked", G_CALLBACK (done_cb), self, G_CONNECT_SWAPPED);

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "object-select-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _ ("Nothing to Review"));
  adw_status_page_set_description (ADW_STATUS_PAGE (empty),
                                   _ ("What others change in a page while you do not look at it is shown here."));
  gtk_widget_add_css_class (empty, "compact");

  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_list_box_set_header_func (self->list, update_header_cb, self, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "conflict-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("While You Were Away"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_activated_cb), self, G_CONNECT_SWAPPED);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (self->list));
  self->scrolled = gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller));
  g_signal_connect_object (self->scrolled, "value-changed", G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->scrolled, "changed", G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  gtk_stack_add_named (self->stack, empty, "empty");
  gtk_stack_add_named (self->stack, scroller, "changes");
  adw_toolbar_view_add_top_bar (ADW_TOOLBAR_VIEW (view), header);
  adw_toolbar_view_add_bottom_bar (ADW_TOOLBAR_VIEW (view), done);
  adw_toolbar_view_set_content (ADW_TOOLBAR_VIEW (view), GTK_WIDGET (self->stack));
  adw_bin_set_child (ADW_BIN (self), view);
}

/**
 * weft_review_panel_set_document:
 * @self: the panel
 * @document: (nullable): an open page
 */
void
weft_review_panel_set_document (WeftReviewPanel *self,
                                WeftDocument    *document)
{
  g_return_if_fail (WEFT_IS_REVIEW_PANEL (self));

  if (self->document == document)
    return;

  if (self->document != NULL)
    g_clear_signal_handler (&self->changed_handler, self->document);
  g_set_object (&self->document, document);
  if (document != NULL)
    self->changed_handler
      = g_signal_connect_object (document, "notify::n-away", G_CALLBACK (refill), self, G_CONNECT_SWAPPED);
  refill (self);
}
