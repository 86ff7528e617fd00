/* weft-page-outline.h - a page tree as it once was, in bytes that are read where they lie
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A notebook of a million pages takes seconds to load and hundreds of megabytes to hold. Looking at it takes
 * neither: the tree that came out of all ops is kept beside the notebook, and read from there until somebody
 * edits something.
 *
 *     header | records | order | strings | state
 *
 * A record has the page's id, its parent, where its children begin and how many they are, and where its strings
 * are. The root is the first record, the trash the second; the others follow level by level, so the children of one
 * page lie side by side in their order, and every parent before its children. `order` lists the records by id.
 *
 * The state tells what is in the notebook doc (a state vector and a delete set), so that others can be told what we have
 * without loading that.
 *
 * The bytes may be a mapped file: opening reads the header alone. Whatever else they hold, reading never
 * leaves them and always ends; an outline is for this machine, in its byte order.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "notebook/weft-page-id.h"

G_BEGIN_DECLS

typedef struct _WeftPageOutline WeftPageOutline;
typedef struct _WeftPageTree WeftPageTree;

/* (nullable): @tree written down, so that weft_page_outline_new() accepts it under the same @key; %NULL where it holds
 * more than an outline can. @title: (nullable): of the notebook. @state: (nullable): of the doc, see below */
GBytes          *weft_page_outline_make           (WeftPageTree          *tree,
                                                   const char            *title,
                                                   GBytes                *state,
                                                   const char            *key) G_GNUC_WARN_UNUSED_RESULT;
/* (nullable): %NULL where @bytes are no outline, or one with another @key */
WeftPageOutline *weft_page_outline_new            (GBytes                *bytes,
                                                   const char            *key) G_GNUC_WARN_UNUSED_RESULT;
/* (transfer full) (nullable): the key of @bytes; %NULL where they are no outline */
char            *weft_page_outline_dup_key        (GBytes                *bytes);
void             weft_page_outline_free           (WeftPageOutline       *self);

/* What is in @doc, for an outline. (transfer full) */
GBytes          *weft_page_outline_encode_state   (WeftDoc               *doc);
/* The same of its parts. (transfer full) */
GBytes          *weft_page_outline_pack_state     (const WeftStateVector *state,
                                                   WeftDeleteSet         *deletes);
/* %FALSE where the outline says nothing of it. (out) (transfer full) */
gboolean         weft_page_outline_get_state      (const WeftPageOutline *self,
                                                   WeftStateVector      **state,
                                                   WeftDeleteSet        **deletes);
/* Of the notebook; (nullable) */
const char      *weft_page_outline_get_title      (const WeftPageOutline *self);
guint            weft_page_outline_get_n_pages    (const WeftPageOutline *self);
gboolean         weft_page_outline_contains       (const WeftPageOutline *self,
                                                   const WeftPageId      *page);
guint            weft_page_outline_get_n_children (const WeftPageOutline *self,
                                                   const WeftPageId      *parent);
gboolean         weft_page_outline_get_child      (const WeftPageOutline *self,
                                                   const WeftPageId      *parent,
                                                   guint                  index,
                                                   WeftPageId            *child);
int              weft_page_outline_get_index      (const WeftPageOutline *self,
                                                   const WeftPageId      *page);
gboolean         weft_page_outline_get_parent     (const WeftPageOutline *self,
                                                   const WeftPageId      *page,
                                                   WeftPageId            *parent);
gboolean         weft_page_outline_is_below       (const WeftPageOutline *self,
                                                   const WeftPageId      *page,
                                                   const WeftPageId      *ancestor);
/* Whether @key is one of the properties that an outline has. */
gboolean         weft_page_outline_has_key        (const char            *key);
/* One of the properties that pages are shown with (title, icon, kind, room); %NULL: another, or not set */
const char      *weft_page_outline_get_string     (const WeftPageOutline *self,
                                                   const WeftPageId      *page,
                                                   const char            *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftPageOutline, weft_page_outline_free)

G_END_DECLS
