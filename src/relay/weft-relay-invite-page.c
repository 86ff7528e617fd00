/* weft-relay-invite-page.c - what a browser shows of an invite
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/weft-relay-invite-page.h"

#include <string.h>

#define STYLE                                                                                                      \
  "body{font:1.1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:12vh auto;padding:0 1.5rem;color:#222;background:#fafafa}" \
  "a.join{display:inline-block;padding:.7rem 1.6rem;border-radius:.6rem;background:#1c71d8;color:#fff;text-decoration:none}" \
  "code{overflow-wrap:anywhere;background:#ececec;padding:.1rem .3rem;border-radius:.3rem}"                        \
  "@media(prefers-color-scheme:dark){body{color:#eee;background:#222}code{background:#333}}"

/* The title, then the body. */
#define PAGE                                                                                                       \
  "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"                                              \
  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"robots\" content=\"noindex\">" \
  "<title>%s</title><style>" STYLE "</style></head>\n<body>%s</body></html>\n"

static const char *
get_string (JsonObject *object,
            const char *name)
{
  return json_object_get_string_member_with_default (object, name, "");
}

static const char *
describe_role (const char *role)
{
  if (g_str_equal (role, "viewer"))
    return "You can read it.";
  if (g_str_equal (role, "owner") || g_str_equal (role, "admin"))
    return "You can read it, write in it, and invite others.";
  return "You can read it and write in it.";
}

static char *
make_body (JsonObject *invite)
{
  return g_markup_printf_escaped (
    "<h1>You are invited to “%s”</h1><p>%s</p>"
    "<p><a class=\"join\" href=\"%s\">Open in Weft</a></p>"
    "<p>Nothing happened? Copy this link, and paste it into Weft, <em>Join a notebook</em>:</p><p><code>%s</code></p>"
    "<p>It is good for one person, and for some days only.</p>",
    get_string (invite, "title"), describe_role (get_string (invite, "role")), get_string (invite, "link"),
    get_string (invite, "link"));
}

static void
set_policy (WeftRelayRequest *request)
{
  g_autoptr(GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  g_autofree char *hash = NULL;
  g_autofree char *policy = NULL;

  g_checksum_update (checksum, (const guchar *) STYLE, strlen (STYLE));
  g_checksum_get_digest (checksum, digest, &n_digest);
  hash = g_base64_encode (digest, n_digest);
  policy = g_strdup_printf ("default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; form-action 'none'; "
                            "frame-ancestors 'none'", hash);
  weft_relay_request_set_header (request, "Content-Security-Policy", policy);
  weft_relay_request_set_header (request, "Referrer-Policy", "no-referrer");
  weft_relay_request_set_header (request, "Cache-Control", "no-store");
}

void
weft_relay_invite_page_reply (WeftRelayRequest *request,
                              WeftRelayCall    *call)
{
  JsonObject *invite = call->answer != NULL ? json_node_get_object (call->answer) : NULL;
  g_autofree char *body = NULL;
  char *page;
  g_autoptr(GBytes) bytes = NULL;

  body = invite != NULL ? make_body (invite)
                        : g_markup_printf_escaped ("<h1>This invite is not good</h1><p>%s</p>",
                                                   call->problem != NULL ? call->problem : "");
  page = g_strdup_printf (PAGE, invite != NULL ? "An invite to Weft" : "No invite", body);
  bytes = g_bytes_new_take (page, strlen (page));
  set_policy (request);
  weft_relay_request_reply (request, call->status, "text/html; charset=utf-8", bytes);
}
