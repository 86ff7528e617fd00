/* weft-row-sum.h - the SQL function that checks rows which are no updates
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `weft_sum (value, ...)` is 64 bits of the SHA-256 of its values. Each row of the small tables carries
 * that of its table's name and its other columns; where it does not fit, the row is not believed. A row
 * without one (%NULL) was written by a version of Weft that made none.
 */

#pragma once

#include <sqlite3.h>

void weft_row_sum_register (sqlite3 *db);
