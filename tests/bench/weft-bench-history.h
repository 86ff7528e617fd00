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

/* A note of a megabyte by 100,000 edits of three people in a month, in a notebook file in @folder. */
void bench_history (const char     *folder,
                    WeftBenchPrint  print);

G_END_DECLS
