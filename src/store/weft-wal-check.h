/* weft-wal-check.h - whether a write-ahead log was damaged after it was written
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * SQLite ends the log silently at its first bad frame: right after a power cut, which may take or tear
 * what was not synced, and wrong after damage, which would take committed transactions with it. The two
 * can be told apart, since we write with synchronous=FULL: nothing follows a commit before the commit is
 * on the disk. A bad frame before a commit that has a successor is damage.
 */

#pragma once

#include <glib.h>

/* Looks at the log of the database @path; a log that is not there is not damaged. */
gboolean weft_wal_is_damaged (const char *path);
