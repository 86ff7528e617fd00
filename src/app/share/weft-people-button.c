/* weft-people-button.c - who is here: overlapping avatars, and a list of everyone
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-people-button.h"

#include <glib/gi18n.h>

#include "app/share/weft-avatar.h"
#include "app/share/weft-person-row.h"

#define MAX_AVATARS 4
#define MAX_AVATARS_NARROW 1
#define AVATAR_SIZE 26

struct _WeftPeopleButton
{
  AdwBin         parent_instance;

  GtkMenuButton *button;
  GtkPopover    *popover;
  GtkBox        *stack;
  GtkLabel      *more;
  GtkListBox    *list;

  WeftNotebook  *notebook;
  gboolean       narrow;
};

G_DEFINE_FINAL_TYPE (WeftPeopleButton, weft_people_button, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_NARROW,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
refresh_label (WeftPeopleButton *self,
               guint             n_others)
{
  g_autofree char *label = NULL;

  /* Translators: %u is the number of other people in this notebook */
  label = g_strdup_printf (ngettext ("%u other person is here", "%u other people are here", n_others), n_others);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->button), label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
}

static void
refresh (WeftPeopleButton *self)
{
  GListModel *people = self->notebook != NULL ? weft_notebook_get_people (self->notebook) : NULL;
  guint n_people = people != NULL ? g_list_model_get_n_items (people) : 0;
  guint max_avatars = self->narrow ? MAX_AVATARS_NARROW : MAX_AVATARS;
  guint n_others = 0;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->stack))) != NULL)
    gtk_box_remove (self->stack, child);

  for (guint i = 0; i < n_people; i++)
    {
      g_autoptr(WeftPerson) person = g_list_model_get_item (people, i);

      if (weft_person_get_is_self (person))
        continue;

      n_others++;
      if (n_others <= max_avatars)
        {
          GtkWidget *avatar = weft_avatar_new (AVATAR_SIZE);

          weft_avatar_set_person (WEFT_AVATAR (avatar), person);
          gtk_box_append (self->stack, avatar);
        }
    }

  gtk_widget_set_visible (GTK_WIDGET (self->more), n_others > max_avatars);
  if (n_others > max_avatars)
    {
      /* Translators: how many more people are here than there are pictures; keep it as short */
      g_autofree char *text = g_strdup_printf (_ ("+%u"), n_others - max_avatars);

      gtk_label_set_text (self->more, text);
    }

  refresh_label (self, n_others);
  gtk_widget_set_visible (GTK_WIDGET (self), n_others > 0);
}

static GtkWidget *
create_row (gpointer item,
            gpointer user_data)
{
  WeftPeopleButton *self = user_data;

  return weft_person_row_new (self->notebook, item);
}

static void
row_activated_cb (WeftPeopleButton *self,
                  GtkListBoxRow    *row)
{
  WeftPerson *person = weft_person_row_get_person (WEFT_PERSON_ROW (row));

  gtk_popover_popdown (self->popover);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open-page", "s", weft_person_get_page_id (person));
}

static void
weft_people_button_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_NARROW:
      g_value_set_boolean (value, WEFT_PEOPLE_BUTTON (object)->narrow);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_people_button_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  WeftPeopleButton *self = WEFT_PEOPLE_BUTTON (object);

  switch (prop_id)
    {
    case PROP_NARROW:
      self->narrow = g_value_get_boolean (value);
      refresh (self);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_people_button_dispose (GObject *object)
{
  WeftPeopleButton *self = WEFT_PEOPLE_BUTTON (object);

  if (self->list != NULL)
    weft_people_button_set_notebook (self, NULL);
  adw_bin_set_child (ADW_BIN (object), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), WEFT_TYPE_PEOPLE_BUTTON);

  G_OBJECT_CLASS (weft_people_button_parent_class)->dispose (object);
}

static void
weft_people_button_class_init (WeftPeopleButtonClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = weft_people_button_dispose;
  object_class->get_property = weft_people_button_get_property;
  object_class->set_property = weft_people_button_set_property;

  properties[PROP_NARROW] = g_param_spec_boolean ("narrow", NULL, NULL, FALSE,
                                                  G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/weftnotes/Weft/share/weft-people-button.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftPeopleButton, button);
  gtk_widget_class_bind_template_child (widget_class, WeftPeopleButton, popover);
  gtk_widget_class_bind_template_child (widget_class, WeftPeopleButton, stack);
  gtk_widget_class_bind_template_child (widget_class, WeftPeopleButton, more);
  gtk_widget_class_bind_template_child (widget_class, WeftPeopleButton, list);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
weft_people_button_init (WeftPeopleButton *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * weft_people_button_set_notebook:
 * @self: the button
 * @notebook: (nullable): whose people to show
 */
void
weft_people_button_set_notebook (WeftPeopleButton *self,
                                 WeftNotebook     *notebook)
{
  g_return_if_fail (WEFT_IS_PEOPLE_BUTTON (self));

  if (self->notebook == notebook)
    return;

  if (self->notebook != NULL)
    {
      g_signal_handlers_disconnect_by_func (weft_notebook_get_people (self->notebook), refresh, self);
      gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
    }

  g_set_object (&self->notebook, notebook);

  if (notebook != NULL)
    {
      GListModel *people = weft_notebook_get_people (notebook);

      gtk_list_box_bind_model (self->list, people, create_row, self, NULL);
      g_signal_connect_swapped (people, "items-changed", G_CALLBACK (refresh), self);
    }

  refresh (self);
}
