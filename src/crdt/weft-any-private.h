/* weft-any-private.h - building objects whose keys may repeat, for the decoders
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "crdt/weft-any.h"

G_BEGIN_DECLS

/* Appends members as they are read, then puts them in order and drops the repeated ones in one go. */
void        weft_any_object_append (WeftAny       *self,
                                    const char    *key,
                                    gsize          n_bytes,
                                    WeftAny       *value);
void        weft_any_object_seal   (WeftAny       *self);
const char *weft_any_get_key_len   (const WeftAny *self,
                                    gsize          index,
                                    gsize         *n_bytes);

/* Appends the JSON of a number or a string, as JSON.stringify writes it. */
void        weft_json_put_number   (GString       *json,
                                    double         value);
void        weft_json_put_string   (GString       *json,
                                    const char    *utf8,
                                    gsize          n_bytes);
void        weft_json_put_any      (GString       *json,
                                    const WeftAny *value);

G_END_DECLS
