/* weft-backup-main.h - `weft backup`
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/* `weft backup NOTEBOOK BACKUP`. Returns: the exit status */
int weft_backup_main (int    argc,
                      char **argv);
