/* weft-marks-private.h - the marks that hold at a place of a text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Format indexes, one for each key, in the order of a JavaScript Map: the order in which formats are
 * written, and so part of what must equal Yjs. Most texts have none: then there is no list.
 */

#pragma once

#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

typedef struct
{
  GArray     *list;  /* guint32; NULL: none */
  GHashTable *index; /* key -> where in @list; NULL where the list is short */
} WeftMarks;

/* G_MAXUINT where there is none. */
guint     weft_marks_find            (const WeftMarks *marks,
                                      const WeftDoc   *doc,
                                      guint32          key);
void      weft_marks_set             (WeftMarks       *marks,
                                      const WeftDoc   *doc,
                                      guint32          format);
/* As weft_marks_set(), where the key has no value yet. */
void      weft_marks_append          (WeftMarks       *marks,
                                      const WeftDoc   *doc,
                                      guint32          format);
void      weft_marks_remove          (WeftMarks       *marks,
                                      const WeftDoc   *doc,
                                      guint32          key);
/* Whether JavaScript finds something under @key in every object: Yjs, which asks the attributes of an edit so,
 * then takes them to say something of that mark. */
gboolean  weft_marks_is_inherited    (const WeftDoc   *doc,
                                      guint32          key);
/* What a format item does to the marks that hold after it. */
void      weft_marks_update          (WeftMarks       *marks,
                                      const WeftDoc   *doc,
                                      guint32          format);
WeftMarks weft_marks_copy            (const WeftMarks *marks,
                                      const WeftDoc   *doc);
void      weft_marks_clear           (WeftMarks       *marks);
guint     weft_marks_size            (const WeftMarks *marks);
guint32   weft_marks_nth             (const WeftMarks *marks,
                                      guint            index);
/* The format (key, null) */
guint32   weft_marks_null            (WeftDoc         *doc,
                                      guint32          key);
/* The value of @key, or (key, null). */
guint32   weft_marks_get             (const WeftMarks *marks,
                                      WeftDoc         *doc,
                                      guint32          key);
gboolean  weft_marks_same_value      (const WeftDoc   *doc,
                                      guint32          a,
                                      guint32          b);
/* Puts the formats in the order in which JavaScript walks over an object's keys. */
void      weft_marks_sort_as_object  (WeftMarks       *marks,
                                      const WeftDoc   *doc);
WeftMarks weft_marks_from_any        (WeftDoc         *doc,
                                      const WeftAny   *attributes);
/* NULL where there are none. */
WeftAny  *weft_marks_to_any          (const WeftMarks *marks,
                                      const WeftDoc   *doc);
/* The marks that hold after all items before @end, in a large sequence; FALSE: read it all. */
gboolean  weft_order_collect_marks   (WeftDoc         *doc,
                                      WeftType        *type,
                                      WeftHandle       end,
                                      WeftMarks       *marks);
/* The marks that hold after all items before @end. */
void      weft_marks_collect         (WeftDoc         *doc,
                                      WeftType        *type,
                                      WeftHandle       end,
                                      WeftMarks       *marks);

G_END_DECLS
