/* weft-bench-history.h - looking back at a long note: what it costs in threads, and what the main thread
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*WeftBenchPrint) (const char *name,
                                double      value,
                                const char *unit);

/* @time: when it was made, in ms since 1970 */
typedef void (*WeftBenchEdit) (GBytes  *update,
                               gint64   time,
                               gpointer user_data);

/* Tells each of the edits of the note that bench_history() looks back at, in an order in which they can be applied. */
void bench_write_note (WeftBenchEdit   edit,
                       gpointer        user_data);
/* A note of a megabyte by 100,000 edits of three people in a month, in a notebook file in @folder. */
void bench_history    (const char     *folder,
                       WeftBenchPrint  print);

G_END_DECLS
