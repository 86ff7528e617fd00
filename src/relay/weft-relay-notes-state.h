/* weft-relay-notes-state.h - what the relay remembers of notes as keys with timestamps
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For each key of a notebook the timestamp and device in force; for one device what it was last sent or pushed itself, as
 * moments of the page's document, so that its next value can be compared with exactly that. The values are the documents'.
 */

#pragma once

#include "relay/weft-relay-sql.h"

G_BEGIN_DECLS

#define WEFT_RELAY_NOTES_SCHEMA                                                                                     \
  "CREATE TABLE note_keys (notebook TEXT NOT NULL, note_key TEXT NOT NULL, page TEXT, timestamp BIGINT NOT NULL,"   \
  " device TEXT NOT NULL, digest TEXT NOT NULL, version BIGINT NOT NULL, pushed_timestamp BIGINT NOT NULL,"         \
  " pushed_device TEXT, pushed_digest TEXT, pushed_moment TEXT, PRIMARY KEY (notebook, note_key));"                 \
  "CREATE TABLE note_sent (notebook TEXT NOT NULL, device TEXT NOT NULL, note_key TEXT NOT NULL, n BIGINT NOT NULL,"\
  " timestamp BIGINT NOT NULL, ack BIGINT NOT NULL, own BIGINT NOT NULL, digest TEXT NOT NULL, moment TEXT,"        \
  " client BIGINT NOT NULL, PRIMARY KEY (notebook, device, note_key, n));"

/* The digest of a key without a note. */
#define WEFT_RELAY_NOTE_GONE ""

/* Who changed what nobody pushed. */
#define WEFT_RELAY_NOTE_APP "weft"

/* What a device knows of a key: it was sent that, or pushed it. */
typedef struct
{
  gint64    n;
  gint64    timestamp;
  gint64    ack;       /* the ack_timestamp that it went out with */
  gboolean  own;
  gboolean  is_new;    /* not in the database yet */
  char     *digest;
  char     *moment;    /* nullable: a snapshot, in base64 */
  gint64    client;    /* under which id its edits are made; 0: none yet */
} WeftRelayNoteSent;

typedef struct
{
  char      *key;
  char      *page;             /* nullable: the id of its page */
  gint64     timestamp;        /* in force */
  char      *device;
  char      *digest;           /* of the value in force */
  guint64    version;          /* of the page's room, when that was looked at */
  gint64     pushed_timestamp; /* of the last value that a device pushed and that was in force */
  char      *pushed_device;    /* nullable */
  char      *pushed_digest;    /* nullable: of that as it came */
  char      *pushed_moment;    /* nullable */
  GPtrArray *sent;             /* WeftRelayNoteSent: oldest first */
  gint64     drop_before;      /* entries of @sent with less are to be removed */
  gboolean   dirty;

  /* While a job runs */
  guint64    room_version;
  gboolean   seen;             /* looked at in this job */
  gboolean   is_page;          /* there is a page now */
  gboolean   fresh;            /* its page was made for what is pushed now */
  gboolean   to_mark;        /* its content was changed here: the notebook is to say so */
  gboolean   to_trash;
  gboolean   must_tell;
  char      *value;            /* nullable: none, or not looked at */
  char      *moment;           /* nullable */
  GPtrArray *pushes;           /* nullable */
} WeftRelayNoteKey;

typedef struct
{
  char       *notebook;
  char       *device;
  GHashTable *keys;   /* char * -> WeftRelayNoteKey */
  gint64      clock;  /* the greatest timestamp seen */
  gint64      acked;  /* the greatest ack_timestamp that the device was told */
} WeftRelayNotes;

WeftRelayNotes   *weft_relay_notes_load     (WeftRelaySql     *sql,
                                             const char       *notebook,
                                             const char       *device) G_GNUC_WARN_UNUSED_RESULT;
void              weft_relay_notes_save     (WeftRelayNotes   *self,
                                             WeftRelaySql     *sql);
void              weft_relay_notes_free     (WeftRelayNotes   *self);
/* Made where it is not there, as a key that never was. */
WeftRelayNoteKey *weft_relay_notes_ensure   (WeftRelayNotes   *self,
                                             const char       *key);
/* @digest, @moment: copied; @moment is nullable. Forgets what is older than enough. */
void              weft_relay_note_key_add_sent (WeftRelayNoteKey *self,
                                                gint64            timestamp,
                                                gint64            ack,
                                                gboolean          own,
                                                const char       *digest,
                                                const char       *moment,
                                                gint64            client);
/* The newest; %NULL: the device knows nothing of the key. */
WeftRelayNoteSent *weft_relay_note_key_get_last (WeftRelayNoteKey *self);
/* (transfer full): %NULL @value: %WEFT_RELAY_NOTE_GONE */
char             *weft_relay_note_digest    (const char       *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftRelayNotes, weft_relay_notes_free)

G_END_DECLS
