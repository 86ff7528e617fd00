/* weft-note-spelling-menu.h - what the menu of a note's text says about a word that is misspelled
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The word is the one under the pointer, or at the caret when the menu is opened with a key. What may be meant is
 * looked for in a thread, which may take a tenth of a second, and comes into the menu when it is found.
 */

#pragma once

#include <gtk/gtk.h>
#include <libspelling.h>

G_BEGIN_DECLS

typedef struct _WeftNoteSpellingMenu WeftNoteSpellingMenu;

/* Puts its sections at the head of @menu. @wrong: the tag of misspelled words. All of them outlive it. */
WeftNoteSpellingMenu *weft_note_spelling_menu_new     (GtkTextView          *view,
                                                       GMenu                *menu,
                                                       SpellingChecker      *checker,
                                                       GtkTextTag           *wrong) G_GNUC_WARN_UNUSED_RESULT;
void                  weft_note_spelling_menu_free    (WeftNoteSpellingMenu *self);
/* Whether a thread has the dictionary: who asks it now waits. The view is drawn anew afterwards. */
gboolean              weft_note_spelling_menu_is_busy (WeftNoteSpellingMenu *self);
/* The menu is about to be shown for the word at @iter. */
void                  weft_note_spelling_menu_point   (WeftNoteSpellingMenu *self,
                                                       const GtkTextIter    *iter);

G_END_DECLS
