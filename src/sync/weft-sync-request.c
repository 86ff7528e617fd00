/* weft-sync-request.c - an HTTP request to a relay
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "sync/weft-sync-request.h"

SoupMessage *
weft_sync_request_new (const char *method,
                       const char *address,
                       const char *token)
{
  SoupMessage *message = soup_message_new (method, address);

  if (message == NULL)
    return NULL;

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (token != NULL)
    {
      g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

      soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", bearer);
    }

  return message;
}
