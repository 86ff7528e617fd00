/* weft-page-properties.h - the properties of one page, packed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A page has three or four, a notebook a million pages: so they lie one after the other in one block of bytes, numbers as
 * lib0 writes them. Who asks for one reads along.
 *
 *     size of the block | key, flags, Lamport timestamp, client, clock, index, size of the value, value, 0 | ...
 *
 * Keys and clients are numbers of the tree's tables. A string as value ends with that 0.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftPageProperties WeftPageProperties;

typedef struct
{
  guint32       key;
  gboolean      changed; /* in this commit */
  guint64       lamport;
  guint64       client;
  guint64       clock;
  guint32       index;
  const guint8 *value;   /* borrowed; as weft_any_read() reads it */
  gsize         n_value; /* 0: the tree was cleared */

  gsize         start;   /* where it lies */
  gsize         end;
} WeftPageProperty;

/* Begin with @at 0. @self is nullable. %FALSE: there are no more */
gboolean    weft_page_properties_next   (const WeftPageProperties *self,
                                         gsize                    *at,
                                         WeftPageProperty         *property);
gboolean    weft_page_properties_find   (const WeftPageProperties *self,
                                         guint32                   key,
                                         WeftPageProperty         *property);
/* Sets the property of that key. What was read before is no longer good. */
void        weft_page_properties_put    (WeftPageProperties      **self,
                                         const WeftPageProperty   *property);
/* No property is changed any more. */
void        weft_page_properties_settle (WeftPageProperties       *self);
/* (nullable): the value as a string */
const char *weft_page_property_get_string (const WeftPageProperty *property);
/* Whether it has a value that is not null or undefined. */
gboolean    weft_page_property_is_set   (const WeftPageProperty   *property);

G_END_DECLS
