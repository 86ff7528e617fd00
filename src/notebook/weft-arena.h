/* weft-arena.h - many small things that live and die together
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pieces are cut off large blocks one after the other, and are given back all at once: a million of them cost neither a
 * head each nor a call each.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftArena WeftArena;

WeftArena *weft_arena_new   (void) G_GNUC_WARN_UNUSED_RESULT;
void       weft_arena_free  (WeftArena *self);
/* Zeroed, aligned as a pointer, and good until the arena is freed. */
gpointer   weft_arena_alloc (WeftArena *self,
                             gsize      n_bytes);

G_END_DECLS
