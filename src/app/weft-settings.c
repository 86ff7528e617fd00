/* weft-settings.c - the person's settings, and who that person is
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-settings.h"

#include <glib/gi18n.h>

#include "model/weft-person.h"

/**
 * weft_settings_get_default:
 *
 * Ends the program with a message where the schema is not installed: GSettings knows no other way,
 * and its own words would not tell what to do.
 *
 * Returns: (transfer none): the settings of this person
 */
GSettings *
weft_settings_get_default (void)
{
  static GSettings *settings;

  if (settings == NULL)
    {
      GSettingsSchemaSource *source = g_settings_schema_source_get_default ();
      g_autoptr(GSettingsSchema) schema = NULL;

      if (source != NULL)
        schema = g_settings_schema_source_lookup (source, WEFT_APPLICATION_ID, TRUE);

      if (schema == NULL)
        {
          g_printerr ("%s\n",
                      _ ("Weft is not installed completely: its settings schema is missing. "
                         "Start it from its folder with “./dev run”, or install it again."));
          exit (EXIT_FAILURE);
        }

      settings = g_settings_new (WEFT_APPLICATION_ID);
    }

  return settings;
}

/**
 * weft_settings_ensure_user:
 * @settings: the settings
 *
 * Gives this person and this device an id each at the first start; nothing asks for them.
 */
void
weft_settings_ensure_user (GSettings *settings)
{
  static const char *const keys[] = { "user-id", "device-id" };

  g_return_if_fail (G_IS_SETTINGS (settings));

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *id = g_settings_get_string (settings, keys[i]);

      if (*id == '\0')
        {
          g_autofree char *fresh = g_uuid_string_random ();

          g_settings_set_string (settings, keys[i], fresh);
        }
    }
}

/**
 * weft_settings_dup_name:
 * @settings: the settings
 *
 * Returns: (transfer full): the name that others see; that of the account where none was set
 */
char *
weft_settings_dup_name (GSettings *settings)
{
  g_autofree char *name = g_settings_get_string (settings, "user-name");
  const char *real_name = g_get_real_name ();

  g_strstrip (name);

  if (*name != '\0')
    return g_steal_pointer (&name);

  /* Containers and fresh accounts have no real name, or a placeholder for one. */
  if (real_name != NULL && *real_name != '\0' && g_strcmp0 (real_name, "Unknown") != 0)
    return g_strdup (real_name);

  return g_strdup (g_get_user_name ());
}

/**
 * weft_settings_dup_color:
 * @settings: the settings
 *
 * Returns: (transfer full): the colour that others see, as "#rrggbb"
 */
char *
weft_settings_dup_color (GSettings *settings)
{
  g_autofree char *color = g_settings_get_string (settings, "user-color");
  g_autofree char *id = NULL;

  if (*color != '\0')
    return g_steal_pointer (&color);

  id = g_settings_get_string (settings, "user-id");

  return g_strdup (weft_person_color_for_id (id));
}
