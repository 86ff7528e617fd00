/* weft-relay-call.h - one call of the REST API, in its transaction
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A call is taken apart on the main thread, answered by one function in one transaction on the store's thread, where
 * rights are looked at too, and carried out to its end on the main thread: what it wants done beyond the database it says in
 * its struct. Each group of calls has a file with a table of them; weft-relay-api.c makes routes of all.
 */

#pragma once

#include <json-glib/json-glib.h>

#include "relay/weft-relay-accounts.h"
#include "relay/weft-relay-devices.h"
#include "relay/weft-relay-keys.h"

G_BEGIN_DECLS

/* How long an access token is good. */
#define WEFT_RELAY_ACCESS_SECONDS 900

typedef struct _WeftRelayCall WeftRelayCall;

/* Who may make a call; what they get is up to the call itself. */
typedef enum
{
  WEFT_RELAY_CALL_ANYBODY,  /* a stranger too; counts against the address */
  WEFT_RELAY_CALL_TOKEN,    /* a good token: a person's, or one made by --issue-token */
  WEFT_RELAY_CALL_PERSON,   /* a person's token */
} WeftRelayCallAccess;

typedef struct
{
  const char          *method;
  const char          *path;
  WeftRelayCallAccess  access;
  gboolean             body;   /* it needs a JSON object */
  void               (*func) (WeftRelayCall *call,
                              WeftRelaySql  *sql);
} WeftRelayEndpoint;

/* What is to be done with a page of a notebook when the transaction is committed. */
typedef enum
{
  WEFT_RELAY_PAGE_KEEP,
  WEFT_RELAY_PAGE_CREATE,
  WEFT_RELAY_PAGE_RENAME,
  WEFT_RELAY_PAGE_TRASH,
  WEFT_RELAY_PAGE_RESTORE,
} WeftRelayPageChange;

struct _WeftRelayCall
{
  /* What is asked */
  const WeftRelayEndpoint *endpoint;
  GHashTable              *params;      /* of the path, then of the query; char * -> char * */
  JsonObject              *body;        /* nullable */
  char                    *cookie;      /* nullable: a refresh token */
  char                    *base_url;    /* https://…: where browsers reach this relay */
  char                    *relay_url;   /* wss://…: where Weft does */
  gint64                   now_ms;
  WeftRelayKeys           *keys;        /* borrowed */

  /* Who asks */
  char                    *user;        /* nullable: a stranger */
  char                    *device;      /* nullable */
  char                    *issuer;      /* nullable: of a foreign token, whose user is to be found yet: */
  char                    *subject;
  char                    *name;        /* nullable: what the token calls them */
  char                    *grant_workspace; /* nullable: what the token itself gives */
  WeftRelayRole            grant_role;

  /* The answer */
  guint                    status;
  JsonNode                *answer;      /* nullable */
  char                    *problem;     /* nullable: what is wrong, as a sentence */
  char                    *new_cookie;  /* nullable: a refresh token to keep; "": forget it */
  gboolean                 guessed;     /* whoever asked may be guessing */
  gboolean                 keep;        /* it is refused, but what was done is to be committed */

  /* What a call about boards has to know of a notebook first (weft-relay-pages.h) */
  char                    *read_pages;  /* nullable: it is not answered yet: read the pages of this workspace, and make it again */
  GPtrArray               *pages;       /* nullable: of WeftRelayPage */

  /* What is to be done when it is committed */
  GPtrArray               *recheck;     /* of char *: the users whose rights have changed */
  WeftRelayPageChange      page_change;
  char                    *page_workspace;
  char                    *page;
  char                    *page_name;
};

WeftRelayCall *weft_relay_call_new          (const WeftRelayEndpoint *endpoint) G_GNUC_WARN_UNUSED_RESULT;
void           weft_relay_call_free         (WeftRelayCall           *self);
/* Answers @self: looks who asks, then calls the function of the endpoint. Returns: whether to commit */
gboolean       weft_relay_call_run          (WeftRelayCall           *self,
                                             WeftRelaySql            *sql);
/* Finds out whether who asks is still welcome: the first step of a call. */
gboolean       weft_relay_call_check_caller (WeftRelayCall          *self,
                                             WeftRelaySql            *sql);
/* What @claims, which are verified, say about who asks. @foreign: of another issuer */
void           weft_relay_call_take_claims  (WeftRelayCall           *self,
                                             const WeftAny           *claims,
                                             gboolean                 foreign);

/* --- for the functions of endpoints --- */
const char    *weft_relay_call_get_param    (WeftRelayCall           *self,
                                             const char              *name);
/* A string of the body; %NULL where it is not there or no string. */
const char    *weft_relay_call_get_string   (WeftRelayCall           *self,
                                             const char              *name);
/* Whether a member of the body is there and true. */
gboolean       weft_relay_call_get_flag     (WeftRelayCall           *self,
                                             const char              *name);
/* A whole number of the body. */
gint64         weft_relay_call_get_int64    (WeftRelayCall           *self,
                                             const char              *name,
                                             gint64                   fallback);
/* Says what is wrong. Returns: %FALSE, for `return` and `||` */
gboolean       weft_relay_call_refuse       (WeftRelayCall           *self,
                                             guint                    status,
                                             const char              *format,
                                             ...) G_GNUC_PRINTF (3, 4);
/* The same words for what is not there and for what is not theirs. */
gboolean       weft_relay_call_refuse_unknown (WeftRelayCall         *self);
/* @node: (transfer full) */
void           weft_relay_call_answer       (WeftRelayCall           *self,
                                             guint                    status,
                                             JsonNode                *node);
void           weft_relay_call_answer_empty (WeftRelayCall           *self);
void           weft_relay_call_recheck      (WeftRelayCall           *self,
                                             const char              *user);
/* What who asks may do with all of @workspace, and with @board. */
WeftRelayRank  weft_relay_call_get_rank     (WeftRelayCall           *self,
                                             WeftRelaySql            *sql,
                                             const char              *workspace);
WeftRelayRole  weft_relay_call_get_role     (WeftRelayCall           *self,
                                             WeftRelaySql            *sql,
                                             const char              *workspace,
                                             const char              *board,
                                             gboolean                 deleted);
/* Adds the members that a signed-in device gets to @builder, which is in an object. */
void           weft_relay_call_add_tokens   (WeftRelayCall           *self,
                                             WeftRelaySql            *sql,
                                             JsonBuilder             *builder,
                                             WeftRelayDevice         *device,
                                             gboolean                 in_cookie);
/* @rows: members: id of the user, name, role, ms since 1970. All of them; or the first, and that there is none where
 * there is none. */
void           weft_relay_call_answer_members (WeftRelayCall         *self,
                                               WeftRelayRows         *rows);
void           weft_relay_call_answer_member  (WeftRelayCall         *self,
                                               WeftRelayRows         *rows);
/* RFC 3339, in UTC. */
void           weft_relay_json_add_time     (JsonBuilder             *builder,
                                             const char              *name,
                                             gint64                   time_ms);
/* @text: (nullable): null */
void           weft_relay_json_add_string   (JsonBuilder             *builder,
                                             const char              *name,
                                             const char              *text);

/* The groups; each table ends with a row without a method. */
extern const WeftRelayEndpoint weft_relay_auth_endpoints[];
extern const WeftRelayEndpoint weft_relay_workspace_endpoints[];
extern const WeftRelayEndpoint weft_relay_board_endpoints[];
extern const WeftRelayEndpoint weft_relay_invite_endpoints[];

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayCall, weft_relay_call_free)

G_END_DECLS
