/* weft-text-editor.c - writing on the board: a text view over the element
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/board/weft-text-editor.h"

#include "app/board/weft-text-layout.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

struct _WeftTextEditor
{
  GtkTextView     parent_instance;

  WeftCanvas     *canvas;     /* borrowed: our parent */
  char           *id;
  WeftAny        *properties; /* of an element that is not there yet; else NULL */
  WeftElement    *element;    /* as it is, or as it will be */
  GtkCssProvider *css;
  char           *css_text;
  gboolean        applying;   /* a remote change is being shown */
  gboolean        finished;
};

G_DEFINE_FINAL_TYPE (WeftTextEditor, weft_text_editor, GTK_TYPE_TEXT_VIEW)

static WeftType *
get_board (WeftTextEditor *self)
{
  return weft_board_model_get_board (weft_canvas_get_model (self->canvas));
}

static char *
dup_buffer_text (WeftTextEditor *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
  GtkTextIter start;
  GtkTextIter end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);

  return gtk_text_buffer_get_text (buffer, &start, &end, TRUE);
}

/* What differs between two texts: one stretch, given in bytes and cut at whole characters. */
typedef struct
{
  gsize start;   /* equal bytes at the beginning */
  gsize old_end; /* in the old text */
  gsize new_end; /* in the new text */
} Difference;

static gboolean
is_continuation (char c)
{
  return ((guint8) c & 0xc0) == 0x80;
}

static Difference
find_difference (const char *old,
                 const char *new)
{
  gsize n_old = strlen (old);
  gsize n_new = strlen (new);
  gsize start = 0;
  gsize tail = 0;

  while (start < n_old && start < n_new && old[start] == new[start])
    start++;
  while (start > 0 && (is_continuation (old[start]) || is_continuation (new[start])))
    start--;

  while (tail < n_old - start && tail < n_new - start
         && old[n_old - 1 - tail] == new[n_new - 1 - tail])
    tail++;
  while (tail > 0 && (is_continuation (old[n_old - tail]) || is_continuation (new[n_new - tail])))
    tail--;

  return (Difference) { start, n_old - tail, n_new - tail };
}

/* The box of a text follows its words; of other elements only notes grow, downwards. */
static void
fit_box (WeftTextEditor *self)
{
  g_autoptr(WeftAny) properties = weft_any_new_object ();
  double width;
  double height;

  weft_element_renderer_measure (weft_canvas_get_renderer (self->canvas), self->element, &width,
                                 &height);

  if (self->element->kind == WEFT_ELEMENT_TEXT)
    {
      if (self->element->auto_resize)
        weft_board_add_number (properties, "width", width);
      weft_board_add_number (properties, "height", height);
    }
  else if (self->element->kind == WEFT_ELEMENT_NOTE && height + 28 > self->element->height)
    weft_board_add_number (properties, "height", height + 28);
  else
    return;

  weft_element_update (get_board (self), self->id, properties);
}

static void
read_element (WeftTextEditor *self)
{
  WeftType *map = weft_map_get_type (get_board (self), self->id);

  if (map == NULL)
    return;

  weft_element_unref (self->element);
  self->element = weft_element_new_from_type (self->id, map);
}

static void
write_text (WeftTextEditor *self,
            const char     *text)
{
  WeftDoc *doc = weft_board_model_get_doc (weft_canvas_get_model (self->canvas));
  WeftType *shared;

  weft_doc_begin (doc, NULL);

  if (self->properties != NULL)
    {
      g_free (weft_canvas_create (self->canvas, self->id, g_steal_pointer (&self->properties)));
    }

  shared = weft_element_ensure_text (get_board (self), self->id);

  if (shared != NULL)
    {
      g_autofree char *old = weft_text_to_string (shared);
      Difference difference = find_difference (old, text);
      guint64 at = weft_utf16_length (old, difference.start);
      guint64 n_removed
        = weft_utf16_length (old + difference.start, difference.old_end - difference.start);

      if (n_removed > 0)
        weft_text_delete (shared, at, n_removed);
      if (difference.new_end > difference.start)
        weft_text_insert (shared, at, text + difference.start,
                          difference.new_end - difference.start, NULL);
    }

  read_element (self);
  fit_box (self);
  weft_doc_commit (doc);
  read_element (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
changed_cb (GtkTextBuffer  *buffer,
            WeftTextEditor *self)
{
  g_autofree char *text = NULL;

  if (self->applying || self->finished)
    return;

  text = dup_buffer_text (self);

  if (self->properties != NULL && text[0] == '\0')
    return;

  write_text (self, text);
}

/* Another window may have the focus: come back to the same place. A click elsewhere ends the edit. Not from within the
 * change of focus, which walks over widgets that must stay. */
static gboolean
left_cb (gpointer data)
{
  WeftTextEditor *self = data;
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  if (!self->finished && focus != NULL && focus != GTK_WIDGET (self)
      && !gtk_widget_is_ancestor (focus, GTK_WIDGET (self)) && gtk_window_is_active (GTK_WINDOW (root)))
    weft_canvas_end_edit (self->canvas);

  return G_SOURCE_REMOVE;
}

static void
leave_cb (GtkEventControllerFocus *controller,
          WeftTextEditor          *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, left_cb, g_object_ref (self), g_object_unref);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                WeftTextEditor        *self)
{
  if (keyval == GDK_KEY_Escape
      || ((keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter) && (state & GDK_CONTROL_MASK)))
    {
      weft_canvas_end_edit (self->canvas);
      return GDK_EVENT_STOP;
    }

  return GDK_EVENT_PROPAGATE;
}

static void
weft_text_editor_dispose (GObject *object)
{
  WeftTextEditor *self = WEFT_TEXT_EDITOR (object);

  self->finished = TRUE;

  if (self->css != NULL)
    gtk_style_context_remove_provider_for_display (gtk_widget_get_display (GTK_WIDGET (self)),
                                                   GTK_STYLE_PROVIDER (self->css));
  g_clear_object (&self->css);
  g_clear_pointer (&self->css_text, g_free);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->properties, weft_any_unref);
  g_clear_pointer (&self->element, weft_element_unref);

  G_OBJECT_CLASS (weft_text_editor_parent_class)->dispose (object);
}

static void
weft_text_editor_class_init (WeftTextEditorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_text_editor_dispose;
}

static void
weft_text_editor_init (WeftTextEditor *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  gtk_widget_add_css_class (GTK_WIDGET (self), "weft-board-text");
  gtk_widget_set_name (GTK_WIDGET (self), "weft-board-text");
  gtk_text_buffer_set_enable_undo (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self)), FALSE);
  g_signal_connect (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self)), "changed",
                    G_CALLBACK (changed_cb), self);

  /* After the input method, which may need Escape itself. */
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  g_signal_connect (focus, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);

  self->css = gtk_css_provider_new ();
  gtk_style_context_add_provider_for_display (gtk_widget_get_display (GTK_WIDGET (self)),
                                              GTK_STYLE_PROVIDER (self->css),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION + 1);
}

static void
show_text (WeftTextEditor *self,
           const char     *text)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (self));
  g_autofree char *old = dup_buffer_text (self);
  Difference difference = find_difference (old, text);
  GtkTextIter start;
  GtkTextIter end;

  if (difference.start == difference.old_end && difference.start == difference.new_end)
    return;

  self->applying = TRUE;
  gtk_text_buffer_get_iter_at_offset (buffer, &start,
                                      g_utf8_pointer_to_offset (old, old + difference.start));
  gtk_text_buffer_get_iter_at_offset (buffer, &end,
                                      g_utf8_pointer_to_offset (old, old + difference.old_end));
  if (difference.old_end > difference.start)
    gtk_text_buffer_delete (buffer, &start, &end);
  if (difference.new_end > difference.start)
    gtk_text_buffer_insert (buffer, &start, text + difference.start,
                            difference.new_end - difference.start);
  self->applying = FALSE;
}

WeftTextEditor *
weft_text_editor_new (WeftCanvas *canvas,
                      const char *id,
                      WeftAny    *properties)
{
  WeftTextEditor *self = g_object_new (WEFT_TYPE_TEXT_EDITOR, NULL);
  GtkTextIter start;
  GtkTextIter end;

  self->canvas = canvas;
  self->id = g_strdup (id);
  self->properties = properties;

  if (properties != NULL)
    self->element = weft_element_new_from_any (id, properties);
  else
    self->element = weft_element_ref (weft_board_model_lookup (weft_canvas_get_model (canvas), id));

  gtk_text_view_set_justification (GTK_TEXT_VIEW (self),
                                   self->element->text_align == WEFT_ALIGN_CENTER ? GTK_JUSTIFY_CENTER
                                   : self->element->text_align == WEFT_ALIGN_END  ? GTK_JUSTIFY_RIGHT
                                                                                  : GTK_JUSTIFY_LEFT);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Text on the board"), -1);
  show_text (self, self->element->text);
  gtk_text_buffer_get_bounds (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self)), &start, &end);
  gtk_text_buffer_select_range (gtk_text_view_get_buffer (GTK_TEXT_VIEW (self)), &start, &end);

  return self;
}

const char *
weft_text_editor_get_id (WeftTextEditor *self)
{
  return self->id;
}

static void
update_css (WeftTextEditor *self,
            double          zoom)
{
  double rgba[4];
  char size[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = NULL;

  weft_color_to_page (self->element->stroke,
                      weft_canvas_get_dark (self->canvas) && self->element->kind != WEFT_ELEMENT_NOTE, rgba);
  g_ascii_formatd (size, sizeof size, "%.3f", MAX (self->element->font_size * zoom, 1));
  text = g_strdup_printf (
    "#weft-board-text, #weft-board-text > text { background: none; color: #%02x%02x%02x; caret-color: #%02x%02x%02x;"
    " font-family: %s; font-size: %spx; }",
    (guint) lround (rgba[0] * 255), (guint) lround (rgba[1] * 255), (guint) lround (rgba[2] * 255),
    (guint) lround (rgba[0] * 255), (guint) lround (rgba[1] * 255), (guint) lround (rgba[2] * 255),
    weft_font_get_families (self->element->font), size);

  if (g_strcmp0 (text, self->css_text) == 0)
    return;

  g_free (self->css_text);
  self->css_text = g_steal_pointer (&text);
  gtk_css_provider_load_from_string (self->css, self->css_text);
}

void
weft_text_editor_place (WeftTextEditor *self,
                        GdkRectangle   *place)
{
  const WeftViewport *viewport = weft_canvas_get_viewport (self->canvas);
  double wrap_width;
  double width;
  double height;
  WeftBox box;
  WeftPoint corner;

  update_css (self, viewport->zoom);
  box = weft_element_get_text_box (self->element, &wrap_width);
  weft_element_renderer_measure (weft_canvas_get_renderer (self->canvas), self->element, &width,
                                 &height);
  gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (self),
                               wrap_width < 0 ? GTK_WRAP_NONE : GTK_WRAP_WORD_CHAR);

  if (self->element->kind != WEFT_ELEMENT_TEXT)
    {
      if (self->element->vertical_align == WEFT_ALIGN_CENTER)
        box.y1 = MAX ((box.y1 + box.y2 - height) / 2,
                      self->element->kind == WEFT_ELEMENT_NOTE ? box.y1 : -G_MAXDOUBLE);
      else if (self->element->vertical_align == WEFT_ALIGN_END)
        box.y1 = box.y2 - height;
    }

  corner = weft_viewport_to_view (viewport, (WeftPoint) { box.x1, box.y1 });
  place->x = (int) round (corner.x);
  place->y = (int) round (corner.y);

  /* A little room for the caret, and for the letter that comes next before the box has grown. */
  if (wrap_width < 0)
    place->width = (int) ceil ((width + 2 * self->element->font_size) * viewport->zoom) + 2;
  else
    place->width = (int) ceil (wrap_width * viewport->zoom);
  place->height = (int) ceil (height * viewport->zoom) + 2;
}

void
weft_text_editor_refresh (WeftTextEditor *self)
{
  if (self->properties != NULL || self->finished)
    return;

  if (weft_map_get_type (get_board (self), self->id) == NULL)
    {
      /* Somebody took it away while we wrote: the canvas ends the edit. */
      weft_canvas_end_edit (self->canvas);
      return;
    }

  read_element (self);
  show_text (self, self->element->text);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
weft_text_editor_finish (WeftTextEditor *self)
{
  WeftDocument *document = weft_canvas_get_document (self->canvas);

  if (self->finished)
    return;

  self->finished = TRUE;

  if (self->properties == NULL && self->element->kind == WEFT_ELEMENT_TEXT
      && weft_map_get_type (get_board (self), self->id) != NULL)
    {
      g_autofree char *text = dup_buffer_text (self);

      if (text[0] == '\0')
        weft_element_remove (get_board (self), self->id);
    }

  if (document != NULL)
    weft_document_end_undo_step (document);
}
