/* weft-turns.h - tells how long the main loop was held
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `WEFT_DEBUG=turns` prints each turn of the main loop that took longer than half a frame, on the wall and in processor
 * time of the main thread (which a busy machine does not change), and when things were there for the first time.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Begins, where that is asked for. Once, on the main thread. */
void weft_turns_watch  (void);
/* @what, a static string, is there: tells after how many ms of the process, the first time. */
void weft_turns_note   (const char *what);
/* The next time is a first one again: another page is shown. */
void weft_turns_forget (const char *what);

G_END_DECLS
