/* weft-relay-config.h - what the relay is told when it starts
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every option can be given on the command line (`--listen=…`), in the environment (`WEFT_LISTEN`) and in a key
 * file (`--config FILE`, group [relay], limits in [limits]); what comes first in this list wins. To add an
 * option, add a field here and a row to the table in weft-relay-config.c; docs/relay.md lists them all.
 * Secrets are never options: an option names the file that holds one.
 */

#pragma once

#include "relay/weft-relay-limits.h"

G_BEGIN_DECLS

/* What the relay is asked to do. */
typedef enum
{
  WEFT_RELAY_COMMAND_RUN,
  WEFT_RELAY_COMMAND_CHECK_CONFIG,
  WEFT_RELAY_COMMAND_BACKUP,
  WEFT_RELAY_COMMAND_RESTORE,
  WEFT_RELAY_COMMAND_DOCTOR,
  WEFT_RELAY_COMMAND_ISSUE_TOKEN,
  WEFT_RELAY_COMMAND_ROTATE_KEYS,
  WEFT_RELAY_COMMAND_ROUTES,
  WEFT_RELAY_COMMAND_PEOPLE,
  WEFT_RELAY_COMMAND_LOCK,
  WEFT_RELAY_COMMAND_UNLOCK,
  WEFT_RELAY_COMMAND_SIGN_OUT,
} WeftRelayCommand;

typedef struct
{
  WeftRelayCommand command;
  char            *command_argument; /* (nullable): the file that it is about */

  char            *listen;           /* HOST, HOST:PORT or [IPv6]:PORT */
  char            *data;             /* the data folder */
  char            *database;         /* (nullable): postgresql://…; %NULL: a file in the data folder */
  char            *redis;            /* (nullable): redis://…: where relays of one database talk */
  char            *redis_password_file; /* (nullable) */
  gboolean         open;             /* everybody who can reach it is an editor of everything */
  char            *public_url;       /* (nullable): how others reach it: ws://… or wss://… */
  char            *origins;          /* (nullable): further Origins that may connect, with commas; "*": any */
  char            *internal_secret_file; /* (nullable): what other services show at /internal */
  char            *oidc_issuer;      /* (nullable): https://…: where people may sign in */
  char            *oidc_name;        /* what it is called in our addresses */
  char            *oidc_client_id;   /* (nullable) */
  char            *oidc_secret_file; /* (nullable) */
  guint            backup_every;     /* hours; 0: never */
  guint            backup_keep;      /* how many of those; 0: all */
  char            *backup_folder;    /* (nullable): where; %NULL: in the data folder */
  char            *mirror;           /* (nullable): wss://…: another relay, whose rooms are copied here */
  char            *mirror_token_file; /* (nullable): holds the token for all of its rooms */
  guint            mirror_every;     /* s between two looks for what is new there */
  char            *token_role;       /* (nullable): what --issue-token gives, */
  char            *token_notebook;   /* (nullable): where, */
  char            *token_room;       /* (nullable) */
  gboolean         token_everywhere; /* in every room, as a viewer */
  guint            token_days;       /* and for how long */
  gboolean         behind_proxy;     /* the last address in X-Forwarded-For is the client's */
  guint            threads;          /* 0: one for each core */
  gboolean         sync_normal;      /* a power cut may take the last commits; a killed relay loses nothing */
  gboolean         log_json;
  WeftRelayLimits  limits;
} WeftRelayConfig;

#define WEFT_RELAY_DEFAULT_HOST "127.0.0.1"
#define WEFT_RELAY_DEFAULT_PORT 9338

/**
 * weft_relay_config_new:
 * @argc: how many arguments there are
 * @argv: the arguments, the program's name first; `--relay` is taken out already
 * @environment: (nullable): as of g_get_environ(); %NULL: this process's
 * @error: of the %G_OPTION_ERROR domain, says which option of which source is wrong and what it may be
 *
 * `--help` prints and ends the process.
 *
 * Returns: (transfer full): what was asked for, defaults filled in
 */
WeftRelayConfig *weft_relay_config_new     (int              argc,
                                            char           **argv,
                                            char           **environment,
                                            GError         **error) G_GNUC_WARN_UNUSED_RESULT;
/* All defaults, for tests. */
WeftRelayConfig *weft_relay_config_new_default (void) G_GNUC_WARN_UNUSED_RESULT;
void             weft_relay_config_free    (WeftRelayConfig *self);
/* Every option with its value, one a line, as a key file that says the same. (transfer full) */
char            *weft_relay_config_to_text (WeftRelayConfig *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayConfig, weft_relay_config_free)

G_END_DECLS
