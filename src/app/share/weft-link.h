/* weft-link.h - `weft:` links and relay addresses, read and checked
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   weft:join?relay=<ws or wss URL>&notebook=<id>[&page=<id>][&invite=<token>]
 *   weft:page/<id>
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char *relay;    /* %NULL: a page of the notebook that is open */
  char *notebook; /* %NULL: the notebook that is open */
  char *page;     /* nullable */
  char *invite;   /* nullable */
} WeftLink;

WeftLink *weft_link_parse                  (const char  *text,
                                            GError     **error) G_GNUC_WARN_UNUSED_RESULT;
void      weft_link_free                   (WeftLink    *self);
char     *weft_link_normalize_relay        (const char  *text,
                                            GError     **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLink, weft_link_free)

G_END_DECLS
