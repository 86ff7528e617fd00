/* weft-bench-cards.h - what it costs to look for conflicts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Prints figures with @print: a large notebook, note and board that two people wrote in while apart, many times. */
typedef void (*WeftPrintFigure) (const char *name,
                                 double      value,
                                 const char *unit);
void bench_conflict_cards (WeftPrintFigure print);
