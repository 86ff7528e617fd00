/* weft-id.h - client ids, clocks, and the errors of the engine
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything that was ever written has an id: the client that wrote it, and a clock, which is the
 * next number of that client. Text counts one clock for each UTF-16 code unit.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A whole number from 0 to 2^53 - 1, new and random for every document opened. */
typedef guint64 WeftClientId;

/* A whole number from 0 to 2^53 - 1. */
typedef guint64 WeftClock;

typedef struct
{
  WeftClientId client;
  WeftClock    clock;
} WeftId;

/* The greatest whole number that every Yjs peer can hold. */
#define WEFT_MAX_SAFE_INTEGER ((guint64) 9007199254740991)

/* Nesting of values and of JSON beyond this is refused. */
#define WEFT_MAX_DEPTH 1000

#define WEFT_CRDT_ERROR (weft_crdt_error_quark ())

/**
 * WeftCrdtError:
 * @WEFT_CRDT_ERROR_TRUNCATED: the input ends early, or counts more than it holds
 * @WEFT_CRDT_ERROR_MALFORMED: the input breaks the format
 * @WEFT_CRDT_ERROR_TOO_LARGE: the input asks for more than a limit allows
 * @WEFT_CRDT_ERROR_UNSUPPORTED: the input holds a kind that is not known
 */
typedef enum
{
  WEFT_CRDT_ERROR_TRUNCATED,
  WEFT_CRDT_ERROR_MALFORMED,
  WEFT_CRDT_ERROR_TOO_LARGE,
  WEFT_CRDT_ERROR_UNSUPPORTED,
} WeftCrdtError;

GQuark weft_crdt_error_quark (void);

static inline gboolean
weft_id_equal (WeftId a,
               WeftId b)
{
  return a.client == b.client && a.clock == b.clock;
}

G_END_DECLS
