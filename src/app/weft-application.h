/* weft-application.h - the one running application
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <adwaita.h>

#include "model/weft-notebook.h"

G_BEGIN_DECLS

#define WEFT_TYPE_APPLICATION (weft_application_get_type ())
G_DECLARE_FINAL_TYPE (WeftApplication, weft_application, WEFT, APPLICATION, AdwApplication)

/* The whole program: runs the application and gives its exit status. */
int              weft_application_main                 (int                   argc,
                                                        char                **argv);

WeftApplication *weft_application_new                  (void) G_GNUC_WARN_UNUSED_RESULT;
void             weft_application_load_notebook_async  (WeftApplication      *self,
                                                        GFile                *file,
                                                        const char           *notebook_id,
                                                        GAsyncReadyCallback   callback,
                                                        gpointer              user_data);
WeftNotebook    *weft_application_load_notebook_finish (WeftApplication      *self,
                                                        GAsyncResult         *result,
                                                        GError              **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
