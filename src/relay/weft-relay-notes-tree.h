/* weft-relay-notes-tree.h - the notes of a notebook by their paths of titles
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * `note:<path>` is the note page at that path: titles, joined by "/"; "/" and "%" in a title are percent-encoded. A page
 * without a title goes by its id. Of two with the same path the first in the tree has it; the other gets "~" and some of its id
 * behind the title.
 */

#pragma once

#include "notebook/weft-notebook-doc.h"

G_BEGIN_DECLS

#define WEFT_RELAY_NOTE_PREFIX "note:"

/* Key -> id of the page, as text: all notes that are in no trash. (transfer full) */
GHashTable *weft_relay_notes_tree_list   (WeftNotebookDoc *notebook);
/* The key in its one form; %NULL: it is none. (transfer full) (nullable) */
char       *weft_relay_notes_tree_normal (const char      *key);
/* Makes the page at @key (in its one form), and those above it that are not there. Returns: its id. (transfer full) */
char       *weft_relay_notes_tree_create (WeftNotebookDoc *notebook,
                                          const char      *key,
                                          gint64           now_ms);

G_END_DECLS
