/* weft-application.c - the one running application
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-application.h"

#include "app/weft-resources.h"

struct _WeftApplication
{
  AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE (WeftApplication, weft_application, ADW_TYPE_APPLICATION)

static void
weft_application_class_init (WeftApplicationClass *klass)
{
}

static void
weft_application_init (WeftApplication *self)
{
  weft_register_resource ();
}

/**
 * weft_application_new:
 *
 * Returns: (transfer full): the application, not yet registered
 */
WeftApplication *
weft_application_new (void)
{
  return g_object_new (WEFT_TYPE_APPLICATION,
                       "application-id", WEFT_APPLICATION_ID,
                       "flags", G_APPLICATION_HANDLES_OPEN,
                       NULL);
}

/**
 * weft_application_main:
 * @argc: as given to main ()
 * @argv: as given to main ()
 *
 * Returns: the exit status of the program
 */
int
weft_application_main (int    argc,
                       char **argv)
{
  g_autoptr(WeftApplication) app = weft_application_new ();

  return g_application_run (G_APPLICATION (app), argc, argv);
}
