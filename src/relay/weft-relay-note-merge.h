/* weft-relay-note-merge.h - values that devices push, merged into the document of a note
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On the thread of the page's room. A value in force is compared with the moment of the document that the device had; the
 * difference is made in a copy of the document as it was then, and comes from there as an update like one from a client that was
 * away: what people typed meanwhile is kept.
 */

#pragma once

#include "crdt/weft-any.h"
#include "relay/weft-relay-dialect.h"
#include "relay/weft-relay-notes-state.h"

G_BEGIN_DECLS

/* Root of a note's document: "<timestamp>/<device>" -> {timestamp, device_id, value, time}, of values with one timestamp. */
#define WEFT_RELAY_COLLISIONS_ROOT "collisions"

/* One value that a device pushes. */
typedef struct
{
  char   *key;
  char   *value;     /* nullable: the note is to go */
  gint64  timestamp;
  char   *device;
} WeftRelayNotePush;

/* What is to become of a push. */
typedef enum
{
  WEFT_RELAY_NOTE_KNOWN, /* it came before */
  WEFT_RELAY_NOTE_OLD,   /* the value in force is newer */
  WEFT_RELAY_NOTE_WINS,
  WEFT_RELAY_NOTE_TIE_LOST,
  WEFT_RELAY_NOTE_TIE_WON,
} WeftRelayNoteVerdict;

/* What the keys are looked at for. */
typedef struct
{
  WeftRelayNotes *notes;
  gint64          last_ack;  /* what the device says it has; 0: nothing said */
  gint64          ack;       /* what it will be told */
  gint64          now_ms;
  WeftAny        *conflicts; /* an array, added to */
} WeftRelayNoteMerge;

void                 weft_relay_note_push_free    (WeftRelayNotePush  *self);
WeftRelayNoteVerdict weft_relay_note_push_judge   (WeftRelayNotePush  *self,
                                                   WeftRelayNoteKey   *key);
/* Puts @push in force: @digest (that of the value) and @moment (nullable) are copied. */
void                 weft_relay_note_key_accept   (WeftRelayNoteKey   *self,
                                                   WeftRelayNoteMerge *merge,
                                                   WeftRelayNotePush  *push,
                                                   const char         *digest,
                                                   const char         *moment,
                                                   gboolean            as_it_came,
                                                   gint64              client);
/* The value now has @digest: a change made elsewhere gets the next timestamp. */
void                 weft_relay_note_key_note     (WeftRelayNoteKey   *self,
                                                   WeftRelayNoteMerge *merge,
                                                   const char         *digest);
/* Lists a tie. @value: (nullable): the one that was in force */
void                 weft_relay_note_merge_add_conflict (WeftRelayNoteMerge *self,
                                                   WeftRelayNoteKey   *key,
                                                   WeftRelayNotePush  *push,
                                                   gboolean            won,
                                                   const char         *value);
/* Merges what is pushed to @key, and looks what it is now. Sets @error where the document is full. */
gboolean             weft_relay_note_merge_visit  (WeftRelayNoteMerge *self,
                                                   WeftRelayRoom      *room,
                                                   WeftRelayNoteKey   *key,
                                                   GError            **error);

G_END_DECLS
