/* weft-avatar.c - a person as a coloured disc with initials
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-avatar.h"

struct _WeftAvatar
{
  GtkWidget   parent_instance;

  WeftPerson *person;
  int         size;
};

G_DEFINE_FINAL_TYPE (WeftAvatar, weft_avatar, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_PERSON,
  PROP_SIZE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Black or white, whichever reads better: relative luminance as in WCAG, without its gamma. */
static GdkRGBA
choose_ink (const GdkRGBA *paper)
{
  double luminance = 0.299 * paper->red + 0.587 * paper->green + 0.114 * paper->blue;

  if (luminance > 0.62)
    return (GdkRGBA) { 0.0f, 0.0f, 0.0f, 0.87f };

  return (GdkRGBA) { 1.0f, 1.0f, 1.0f, 1.0f };
}

static void
person_changed_cb (WeftAvatar *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
weft_avatar_snapshot (GtkWidget   *widget,
                      GtkSnapshot *snapshot)
{
  WeftAvatar *self = WEFT_AVATAR (widget);
  int width = gtk_widget_get_width (widget);
  int height = gtk_widget_get_height (widget);
  float diameter = MIN (width, height);
  g_autoptr(PangoLayout) layout = NULL;
  g_autoptr(PangoFontDescription) font = NULL;
  GdkRGBA paper, ink;
  GskRoundedRect disc;
  int text_width, text_height;

  if (self->person == NULL)
    return;

  if (!gdk_rgba_parse (&paper, weft_person_get_color (self->person)))
    gdk_rgba_parse (&paper, weft_person_color_for_id (weft_person_get_id (self->person)));
  paper.alpha = 1.0f;
  ink = choose_ink (&paper);

  gsk_rounded_rect_init_from_rect (&disc,
                                   &GRAPHENE_RECT_INIT ((width - diameter) / 2, (height - diameter) / 2,
                                                        diameter, diameter),
                                   diameter / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &disc);
  gtk_snapshot_append_color (snapshot, &paper, &disc.bounds);
  gtk_snapshot_pop (snapshot);

  layout = gtk_widget_create_pango_layout (widget, weft_person_get_initials (self->person));
  font = pango_font_description_copy (pango_context_get_font_description (gtk_widget_get_pango_context (widget)));
  pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  pango_font_description_set_absolute_size (font, diameter * 0.4 * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_layout_get_pixel_size (layout, &text_width, &text_height);

  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((width - text_width) / 2.0f, (height - text_height) / 2.0f));
  gtk_snapshot_append_layout (snapshot, layout, &ink);
}

static void
weft_avatar_measure (GtkWidget      *widget,
                     GtkOrientation  orientation,
                     int             for_size,
                     int            *minimum,
                     int            *natural,
                     int            *minimum_baseline,
                     int            *natural_baseline)
{
  *minimum = *natural = WEFT_AVATAR (widget)->size;
}

static void
weft_avatar_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  WeftAvatar *self = WEFT_AVATAR (object);

  switch (prop_id)
    {
    case PROP_PERSON:
      g_value_set_object (value, self->person);
      break;

    case PROP_SIZE:
      g_value_set_int (value, self->size);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_avatar_set_property (GObject      *object,
                          guint         prop_id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  WeftAvatar *self = WEFT_AVATAR (object);

  switch (prop_id)
    {
    case PROP_PERSON:
      weft_avatar_set_person (self, g_value_get_object (value));
      break;

    case PROP_SIZE:
      self->size = g_value_get_int (value);
      gtk_widget_queue_resize (GTK_WIDGET (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_avatar_dispose (GObject *object)
{
  weft_avatar_set_person (WEFT_AVATAR (object), NULL);

  G_OBJECT_CLASS (weft_avatar_parent_class)->dispose (object);
}

static void
weft_avatar_class_init (WeftAvatarClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = weft_avatar_dispose;
  object_class->get_property = weft_avatar_get_property;
  object_class->set_property = weft_avatar_set_property;
  widget_class->snapshot = weft_avatar_snapshot;
  widget_class->measure = weft_avatar_measure;

  properties[PROP_PERSON] = g_param_spec_object ("person", NULL, NULL, WEFT_TYPE_PERSON,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  properties[PROP_SIZE] = g_param_spec_int ("size", NULL, NULL, 8, 256, 28,
                                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "weftavatar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_avatar_init (WeftAvatar *self)
{
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_halign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

/**
 * weft_avatar_new:
 * @size: its diameter in pixels
 *
 * Returns: an avatar of nobody yet
 */
GtkWidget *
weft_avatar_new (int size)
{
  return g_object_new (WEFT_TYPE_AVATAR, "size", size, NULL);
}

/**
 * weft_avatar_set_person:
 * @self: an avatar
 * @person: (nullable): who it shows
 */
void
weft_avatar_set_person (WeftAvatar *self,
                        WeftPerson *person)
{
  g_return_if_fail (WEFT_IS_AVATAR (self));
  g_return_if_fail (person == NULL || WEFT_IS_PERSON (person));

  if (self->person == person)
    return;

  if (self->person != NULL)
    g_signal_handlers_disconnect_by_func (self->person, person_changed_cb, self);

  g_set_object (&self->person, person);

  if (person != NULL)
    {
      g_signal_connect_swapped (person, "notify", G_CALLBACK (person_changed_cb), self);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                      GTK_ACCESSIBLE_PROPERTY_LABEL, weft_person_get_name (person),
                                      -1);
    }

  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PERSON]);
}
