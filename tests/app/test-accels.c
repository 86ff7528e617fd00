/* test-accels.c - the table of shortcuts keeps its word
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <adwaita.h>

#include "app/board/weft-board-view.h"
#include "app/notes/weft-note-view.h"
#include "app/weft-accels.h"
#include "app/weft-application.h"
#include "app/weft-sidebar.h"
#include "app/weft-window.h"

static gboolean
class_has_action (GType       type,
                  const char *name)
{
  g_autoptr(GTypeClass) klass = g_type_class_ref (type);
  const GVariantType *parameter;
  const char *action, *property;
  GType owner;

  for (guint i = 0; gtk_widget_class_query_action (GTK_WIDGET_CLASS (klass), i, &owner, &action, &parameter, &property);
       i++)
    {
      if (g_str_equal (action, name))
        return TRUE;
    }

  return FALSE;
}

/* On one keyboard focus, one key means one thing. */
static gboolean
may_share_keys (const WeftAccel *a,
                const WeftAccel *b)
{
  return a->scope == WEFT_ACCEL_IN_WIDGET && b->scope == WEFT_ACCEL_IN_WIDGET && a->section != b->section;
}

static void
test_no_duplicates (void)
{
  const WeftAccel *accels;
  guint n_accels;

  accels = weft_accels_list (&n_accels);

  for (guint i = 0; i < n_accels; i++)
    {
      g_auto(GStrv) keys = g_strsplit (accels[i].keys, " ", -1);

      for (guint j = 0; j < n_accels; j++)
        {
          g_auto(GStrv) others = g_strsplit (accels[j].keys, " ", -1);

          if (i == j || may_share_keys (&accels[i], &accels[j]))
            continue;

          for (guint k = 0; keys[k] != NULL; k++)
            {
              if (g_strv_contains ((const char *const *) others, keys[k]))
                g_error ("%s is both “%s” and “%s”", keys[k], accels[i].title, accels[j].title);
            }
        }
    }
}

static void
test_keys_parse (void)
{
  const WeftAccel *accels;
  guint n_accels;

  accels = weft_accels_list (&n_accels);

  for (guint i = 0; i < n_accels; i++)
    {
      g_auto(GStrv) keys = g_strsplit (accels[i].keys, " ", -1);

      for (guint k = 0; keys[k] != NULL; k++)
        {
          GdkModifierType state;
          guint keyval;

          g_assert_true (gtk_accelerator_parse (keys[k], &keyval, &state));
          g_assert_cmpuint (keyval, !=, 0);

          /* What works everywhere must not be a letter that somebody types. */
          if (accels[i].scope == WEFT_ACCEL_ANYWHERE && state == 0)
            g_assert_cmpuint (keyval, >=, GDK_KEY_F1);
        }
    }
}

static void
test_actions_exist (void)
{
  g_autoptr(WeftApplication) application = weft_application_new ();
  g_autoptr(GError) error = NULL;
  const WeftAccel *accels;
  guint n_accels;

  g_application_register (G_APPLICATION (application), NULL, &error);
  g_assert_no_error (error);

  accels = weft_accels_list (&n_accels);

  for (guint i = 0; i < n_accels; i++)
    {
      g_autofree char *name = NULL;
      g_autoptr(GVariant) target = NULL;
      gboolean found = FALSE;

      g_action_parse_detailed_name (accels[i].action, &name, &target, &error);
      g_assert_no_error (error);

      if (g_str_has_prefix (name, "app."))
        found = g_action_group_has_action (G_ACTION_GROUP (application), name + strlen ("app."));
      else if (g_str_has_prefix (name, "win."))
        found = class_has_action (WEFT_TYPE_WINDOW, name);
      else if (g_str_has_prefix (name, "page."))
        found = class_has_action (WEFT_TYPE_SIDEBAR, name);
      else if (g_str_has_prefix (name, "note."))
        found = class_has_action (WEFT_TYPE_NOTE_VIEW, name);
      else if (g_str_has_prefix (name, "board."))
        found = class_has_action (WEFT_TYPE_BOARD_VIEW, name);

      if (!found)
        g_error ("There is no action %s for “%s”", name, accels[i].title);
    }
}

int
main (int    argc,
      char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();

  g_test_add_func ("/app/accels/no-duplicates", test_no_duplicates);
  g_test_add_func ("/app/accels/keys-parse", test_keys_parse);
  g_test_add_func ("/app/accels/actions-exist", test_actions_exist);

  return g_test_run ();
}
