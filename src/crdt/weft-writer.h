/* weft-writer.h - writes the lib0 encoding
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A growing buffer. A small message never allocates: it stays in the inline part.
 */

#pragma once

#include "crdt/weft-id.h"

G_BEGIN_DECLS

typedef struct
{
  guint8 *data;
  gsize   size;
  gsize   allocated;
  guint8  inline_data[256];
} WeftWriter;

void    weft_writer_init          (WeftWriter   *self);
void    weft_writer_clear         (WeftWriter   *self);
void    weft_writer_reserve       (WeftWriter   *self,
                                   gsize         n_bytes);
void    weft_writer_put_byte      (WeftWriter   *self,
                                   guint8        value);
void    weft_writer_put_varuint   (WeftWriter   *self,
                                   guint64       value);
void    weft_writer_put_varint    (WeftWriter   *self,
                                   gint64        value,
                                   gboolean      negative_zero);
void    weft_writer_put_be32      (WeftWriter   *self,
                                   guint32       value);
void    weft_writer_put_be64      (WeftWriter   *self,
                                   guint64       value);
void    weft_writer_put_raw       (WeftWriter   *self,
                                   const void   *data,
                                   gsize         n_bytes);
void    weft_writer_put_buffer    (WeftWriter   *self,
                                   const void   *data,
                                   gsize         n_bytes);
/* varString; @n_bytes -1 for a zero-terminated string. */
void    weft_writer_put_string    (WeftWriter   *self,
                                   const char   *utf8,
                                   gssize        n_bytes);
/* Takes what was written and leaves the writer empty, as after init. */
GBytes *weft_writer_steal_bytes   (WeftWriter   *self);

G_END_DECLS
