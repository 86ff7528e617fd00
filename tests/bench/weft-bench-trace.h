/* weft-bench-trace.h - the editing traces that weft-bench replays
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A trace is a gzip'd file, little-endian, with u32 lengths; positions and counts are UTF-16 units:
 *
 *     CRTX  base text, final text, then { position, deleted, inserted text } a transaction
 *     CRTC  the same by several agents, each transaction with those that it follows
 *     CRTA  { position, values } of an array
 *     CRTM  elements with the same keys in a map, then { element, key, value }
 *     CRTU  final text, and one Yjs update of the second format that makes it
 *     CRTF  base text, then { what, position, length, text }: inserts, deletes and marks; the first ones are deletes
 *           and marks that go upwards through the base, in its positions, and are made as one delta
 *
 * or one of the words B3.1 to B3.5 (1,540 clients at one place), or `typing` (made from a seed).
 */

#pragma once

#include "crdt/weft-any.h"

G_BEGIN_DECLS

typedef enum
{
  TRACE_SEQUENCE = 'X',
  TRACE_CONCURRENT = 'C',
  TRACE_ARRAY = 'A',
  TRACE_MAP = 'M',
  TRACE_UPDATE = 'U',
  TRACE_FORMATS = 'F',
  TRACE_CLIENTS = 'B',
} TraceKind;

typedef struct
{
  guint32     position, n_deleted, n_bytes;
  const char *text;
} Patch;

/* A transaction of one agent. */
typedef struct
{
  guint32  agent, n_parents, n_patches;
  guint32 *parents;
  Patch   *patches;
} Txn;

typedef struct
{
  guint32     element;
  const char *key;
  WeftAny    *value;
} MapSet;

/* What a CRTF operation does; the last two set and remove the mark "bold". */
typedef enum
{
  FORMAT_INSERT,
  FORMAT_DELETE,
  FORMAT_MARK,
  FORMAT_UNMARK,
} FormatDeed;

typedef struct
{
  guint8      deed;
  guint32     position, length, n_bytes;
  const char *text;
} FormatOp;

/* Lives as long as the program. */
typedef struct
{
  char      *name;
  TraceKind  kind;
  GBytes    *bytes;
  guint8    *at; /* where the next read begins */

  guint32    n_ops;
  Patch     *ops;    /* X, A */
  WeftAny  **values; /* A */
  char      *base;   /* X, F */
  char      *final;  /* X, C, U: what must come out; nullable */

  /* C */
  guint32    n_agents, n_txns;
  Txn       *txns;

  /* M */
  guint32    n_elements, n_keys;
  char     **keys;
  char     **names; /* of the elements */
  WeftAny  **initial;
  MapSet    *sets;

  /* F */
  guint32    n_base_ops;
  FormatOp  *formats;

  GBytes    *update;  /* U */
  int        b3;      /* B: 1 to 5 */
} Trace;

Trace      *trace_load          (const char  *input);
/* The word that the benchmark's contract has for the kind. */
const char *trace_get_kind_name (const Trace *self);
/* What the document must hold in the end, by a plain replay without the engine: JSON with sorted keys, or the text
 * itself; %NULL for CRTF, whose phases are compared with each other. */
char       *trace_dup_expected  (const Trace *self);
/* JSON with sorted keys; a string as it is. */
char       *trace_canonical     (const WeftAny *value);

G_END_DECLS
