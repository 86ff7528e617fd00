/* weft-person-row.c - a row of a list of people: who, and in which page
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/share/weft-person-row.h"

#include <glib/gi18n.h>

#include "app/share/weft-avatar.h"
#include "app/weft-row-press.h"

struct _WeftPersonRow
{
  AdwActionRow  parent_instance;

  WeftNotebook *notebook;
  WeftPerson   *person;
  WeftPage     *page; /* nullable: where the person is */
};

G_DEFINE_FINAL_TYPE (WeftPersonRow, weft_person_row, ADW_TYPE_ACTION_ROW)

static void refresh (WeftPersonRow *self);

static void
set_page (WeftPersonRow *self,
          WeftPage      *page)
{
  if (self->page == page)
    return;

  if (self->page != NULL)
    g_signal_handlers_disconnect_by_func (self->page, refresh, self);
  g_set_object (&self->page, page);
  if (page != NULL)
    g_signal_connect_object (page, "notify::title", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
}

static void
refresh (WeftPersonRow *self)
{
  const char *name = weft_person_get_name (self->person);
  WeftPage *page = weft_notebook_lookup_page (self->notebook, weft_person_get_page_id (self->person));
  g_autofree char *title = NULL;

  set_page (self, page);

  if (weft_person_get_is_self (self->person))
    /* Translators: %s is one's own name in the list of who is here */
    title = g_strdup_printf (_ ("%s (you)"), name);
  else
    title = g_strdup (name);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);

  if (page != NULL)
    {
      /* Translators: %s is the title of the page that somebody looks at */
      g_autofree char *place = g_strdup_printf (_ ("In “%s”"), weft_page_get_display_title (page));

      adw_action_row_set_subtitle (ADW_ACTION_ROW (self), place);
    }
  else
    {
      adw_action_row_set_subtitle (ADW_ACTION_ROW (self), "");
    }

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), page != NULL && !weft_person_get_is_self (self->person));
}

static void
weft_person_row_dispose (GObject *object)
{
  WeftPersonRow *self = WEFT_PERSON_ROW (object);

  set_page (self, NULL);
  g_clear_object (&self->notebook);
  g_clear_object (&self->person);

  G_OBJECT_CLASS (weft_person_row_parent_class)->dispose (object);
}

static void
weft_person_row_class_init (WeftPersonRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_person_row_dispose;
}

static void
weft_person_row_init (WeftPersonRow *self)
{
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 1);
  weft_row_add_press (GTK_LIST_BOX_ROW (self));
}

/**
 * weft_person_row_new:
 * @notebook: where the person is
 * @person: the person
 *
 * Returns: a row that follows what changes about @person
 */
GtkWidget *
weft_person_row_new (WeftNotebook *notebook,
                     WeftPerson   *person)
{
  WeftPersonRow *self = g_object_new (WEFT_TYPE_PERSON_ROW, NULL);
  GtkWidget *avatar = weft_avatar_new (32);

  self->notebook = g_object_ref (notebook);
  self->person = g_object_ref (person);

  weft_avatar_set_person (WEFT_AVATAR (avatar), person);
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), avatar);

  g_signal_connect_object (person, "notify", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);

  return GTK_WIDGET (self);
}

/**
 * weft_person_row_get_person:
 * @self: a row
 *
 * Returns: (transfer none): who it shows
 */
WeftPerson *
weft_person_row_get_person (WeftPersonRow *self)
{
  g_return_val_if_fail (WEFT_IS_PERSON_ROW (self), NULL);

  return self->person;
}
