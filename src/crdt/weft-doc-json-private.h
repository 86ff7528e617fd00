/* weft-doc-json-private.h - what prints a document as JSON, and the XML in it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Types nest as deep as an update says, so they are printed in steps, from a stack of frames.
 */

#pragma once

#include "crdt/weft-doc-json.h"
#include "crdt/weft-doc-private.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_PRINT_ARRAY,
  WEFT_PRINT_MAP,
  WEFT_PRINT_DELTA,
  WEFT_PRINT_XML_ATTRIBUTES, /* of an element, before its children */
  WEFT_PRINT_XML_CHILDREN,
  WEFT_PRINT_XML_TEXT,
} WeftPrintFrameKind;

/* A type that is being printed. */
typedef struct
{
  WeftPrintFrameKind kind;
  WeftType *type;
  WeftLeaf *leaf; /* where the sequence stands; NULL: at its end */
  guint slot;
  WeftHandle entry;  /* of a map: the next one */
  guint next;        /* attribute */
  gboolean started;  /* a comma goes before what follows */
  gboolean in_run;   /* of text */
  gboolean in_value; /* what was printed last is not closed yet */
  GPtrArray *sorted; /* WeftMapEntry: attributes */
  GHashTable *marks; /* key -> format, both of the document; NULL: none */
  char *name;        /* of the element */
  const char *close; /* printed after all */
} WeftPrintFrame;

typedef struct
{
  WeftDoc *doc;
  GString *out;
  GArray *stack;
  WeftPrintFunc print;
  gpointer user_data;
} WeftPrinter;

/* A unit of an item: @value, or where that is %NULL the UTF-16 @unit. */
typedef void (*WeftPrintUnitFunc) (WeftPrinter *p, WeftPrintFrame *frame, gunichar unit, const WeftAny *value);

/* weft-doc-json.c */

void            weft_print_put           (WeftPrinter       *p,
                                          const char        *text);
/* Text inside the quotation marks of a JSON string. */
void            weft_print_put_text      (WeftPrinter       *p,
                                          const char        *text,
                                          gsize              n_bytes);
/* As JavaScript's String() has it, inside quotation marks. */
void            weft_print_put_js_string (WeftPrinter       *p,
                                          const WeftAny     *value);
/* The units of a character; returns how many. */
guint           weft_print_cut_character (gunichar           c,
                                          gunichar           units[2]);
int             weft_print_compare_utf16 (const char        *a,
                                          gsize              n_a,
                                          const char        *b,
                                          gsize              n_b);
int             weft_print_compare_keys  (const WeftDoc     *doc,
                                          guint32            a,
                                          guint32            b);
char           *weft_print_dup_lower     (const char        *text,
                                          gsize              n_bytes,
                                          gsize             *n_lower);
/* Moves to the next visible item; %NULL at the end. */
const WeftItem *weft_print_next_visible  (WeftPrinter       *p,
                                          WeftPrintFrame    *frame);
/* Every unit of an item that is no type: of a string its units, else values. */
void            weft_print_foreach_unit  (WeftPrinter       *p,
                                          WeftPrintFrame    *frame,
                                          const WeftItem    *item,
                                          WeftPrintUnitFunc  func);
void            weft_print_update_marks  (WeftPrinter       *p,
                                          WeftPrintFrame    *frame,
                                          guint32            format);
void            weft_print_pop_frame     (WeftPrinter       *p);
/* toString() of @type, inside quotation marks; then @close. */
void            weft_print_begin_string  (WeftPrinter       *p,
                                          WeftType          *type,
                                          const char        *close);

/* weft-doc-json-xml.c: one step each; afterwards @frame may be gone */

void weft_print_step_xml_text            (WeftPrinter       *p,
                                          WeftPrintFrame    *frame);
void weft_print_step_xml_attributes      (WeftPrinter       *p,
                                          WeftPrintFrame    *frame);
void weft_print_step_xml_children        (WeftPrinter       *p,
                                          WeftPrintFrame    *frame);

G_END_DECLS
