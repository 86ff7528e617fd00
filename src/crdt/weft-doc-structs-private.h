/* weft-doc-structs-private.h - the inside of a document: items, indexes, types
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything that was ever written is a WeftItem of 32 bytes, named by a handle of 32 bits. Two
 * indexes reach it:
 *
 *   by id     client -> chunks of (clock, handle)              weft-id-index.c
 *   by order  type -> counted B+-tree, leaves of 32 handles    weft-order-index.c
 *
 *   type ── inner ─┬─ inner ─┬─ leaf: item[32] vis[32] ── next leaf
 *                  │         └─ leaf
 *                  └─ inner …        an item knows its leaf, not its slot or its neighbours
 *
 * Map entries are no sequence: a WeftMapEntry holds (type, key, newest item), the item knows its
 * entry and its older neighbour, the left one.
 */

#pragma once

#include "crdt/weft-doc.h"
#include "crdt/weft-position.h"
#include "crdt/weft-type.h"
#include "crdt/weft-undo.h"

G_BEGIN_DECLS

/* Names an item, a leaf, an inner node or a map entry; each has its own pool. */
typedef guint32 WeftHandle;

#define WEFT_NONE ((WeftHandle) 0)

/* Clients are indexes into the document's table: 18 bits. */
#define WEFT_NO_CLIENT  ((guint32) 0x3ffff)
#define WEFT_MAX_CLIENTS ((guint32) 0x3fff0)

/* A client's clock must stay below this: clocks are 32 bits inside. */
#define WEFT_CLOCK_LIMIT ((guint64) 0xfffffff0)

#define WEFT_ITEM_BITS                                                                             \
  guint64 client : 18;                                                                             \
  guint64 o_client : 18;                                                                           \
  guint64 r_client : 18;                                                                           \
  guint64 kind : 4;    /* WeftContentKind */                                                       \
  guint64 deleted : 1;                                                                             \
  guint64 keep : 1;    /* not to be collected: an undo manager needs it */                         \
  guint64 ascii : 1;   /* string content of ASCII only: units are bytes */                         \
  guint64 in_map : 1;  /* @place is a map entry, else an order leaf */                             \
  guint64 redone : 1;  /* an entry in doc->redone says what redid it */                            \
  guint64 spare : 1;

typedef struct
{
  WEFT_ITEM_BITS
} WeftItemBits;

typedef struct
{
  guint32 clock;
  guint32 len;     /* clock units: UTF-16 code units for text */
  guint32 o_clock; /* origin, valid where o_client is not WEFT_NO_CLIENT */
  guint32 r_clock; /* right origin; a map item mostly has none: then its left neighbour stands here */
  /* Where more than one is changed and all are soon read again, they are changed in a copy of @bits: a processor that
   * has written a part of a word cannot read the whole of it before that is in its cache, and all written earlier. */
  union
  {
    WeftItemBits bits;
    guint64      word; /* all of them, for masks: see weft_item_word() */
    struct
    {
      WEFT_ITEM_BITS
    };
  };
  guint32 place;   /* leaf or map entry; WEFT_NONE for GC */
  guint32 content; /* string, any, json, binary, embed, doc: offset in the client's arena;
                      format: index in doc->formats; type: its index */
} WeftItem;

G_STATIC_ASSERT (sizeof (WeftItem) == 32);

/* The bits as one word; where they do not vary, a constant. */
static inline guint64
weft_item_word (WeftItemBits bits)
{
  return ((union { WeftItemBits bits; guint64 word; }) { .bits = bits }).word;
}

/* The kind of an item that was given back. */
#define WEFT_FREE_ITEM 15

#define WEFT_ITEM_SLAB_BITS 10
#define WEFT_ITEM_SLAB_SIZE (1 << WEFT_ITEM_SLAB_BITS)

/* Order index */
#define WEFT_NODE_SIZE 32

typedef struct
{
  WeftHandle item[WEFT_NODE_SIZE];
  guint32    vis[WEFT_NODE_SIZE]; /* visible units: 0 where deleted or not countable */
  WeftType  *type;
  WeftHandle parent, next, prev, self;
  guint32    n;
} WeftLeaf;

typedef struct
{
  guint64    vis[WEFT_NODE_SIZE];
  WeftHandle child[WEFT_NODE_SIZE]; /* leaves where level is 1, else inner nodes */
  WeftHandle parent, self;
  guint32    n;
  guint32    level;
  guint32    stale; /* children whose marks are not known; see weft-order-marks.c */
  guint64   *marks; /* NULL: of no child */
} WeftInner;

#define WEFT_NODE_SLAB_BITS 6
#define WEFT_NODE_SLAB_SIZE (1 << WEFT_NODE_SLAB_BITS)

/* Where an item stands in its sequence. */
typedef struct
{
  WeftLeaf *leaf;
  guint     slot;
} WeftSpot;

/* Id index: sorted runs of (clock, handle), at most WEFT_CHUNK_SIZE each. Where clocks and handles both count up one by
 * one, as where a client sets values, a run is packed: it has the first of both alone, and may be of any length. */
#define WEFT_CHUNK_SIZE 64

typedef struct
{
  guint32 n, capacity; /* 0: packed */
  guint32 data[];      /* capacity clocks, then capacity handles */
} WeftChunk;

static inline gboolean
weft_chunk_is_packed (const WeftChunk *chunk)
{
  return chunk->capacity == 0;
}

/* Of one that is not packed */
static inline guint32 *
weft_chunk_clocks (WeftChunk *chunk)
{
  return chunk->data;
}

static inline WeftHandle *
weft_chunk_handles (WeftChunk *chunk)
{
  return chunk->data + chunk->capacity;
}

/* Of any */
static inline guint32
weft_chunk_clock (const WeftChunk *chunk,
                  guint32          slot)
{
  return weft_chunk_is_packed (chunk) ? chunk->data[0] + slot : chunk->data[slot];
}

static inline WeftHandle
weft_chunk_handle (const WeftChunk *chunk,
                   guint32          slot)
{
  return weft_chunk_is_packed (chunk) ? chunk->data[1] + slot : chunk->data[chunk->capacity + slot];
}

/* Whether @clock and @handle are what a packed chunk goes on with. */
static inline gboolean
weft_chunk_goes_on (const WeftChunk *chunk,
                    guint32          clock,
                    WeftHandle       handle)
{
  return weft_chunk_is_packed (chunk) && clock - chunk->data[0] == chunk->n && handle - chunk->data[1] == chunk->n;
}

/* Where each some hundredth unit of a long content begins, so that cutting it often costs no walk from
 * its start each time. It holds for the parts too that the content is cut into. */
typedef struct
{
  guint32 unit, byte; /* counted from where the guide starts; in the arena */
} WeftGuideMark;

typedef struct
{
  guint32 start; /* in the arena */
  guint8  kind;
  GArray *marks; /* WeftGuideMark; the first is the start */
} WeftGuide;

typedef struct
{
  WeftClientId id;
  guint8       id_bytes[8], id_mask[8]; /* the id as updates have it; which of these bytes there are */
  guint32      n_id_bytes;
  guint32      state;   /* next clock */
  guint32      ordinal; /* clients that wrote, numbered in the order they came; 0: none yet */

  WeftChunk  **chunks;
  guint32     *starts; /* the first clock of each chunk, side by side for the search */
  guint32      n_chunks, chunks_allocated;
  guint32      hit; /* chunk found last */
  guint32      n_packed; /* entries of packed chunks */

  /* Content bytes, nearly in clock order. */
  guint8      *arena;
  guint32      arena_used, arena_allocated;
  guint32      arena_dead; /* bytes of text that was collected since the arena was last compacted */

  /* Places in long contents found lately: the first @units units at @content take @bytes. What is in
   * the arena does not change until it is compacted. */
  struct
  {
    guint32 content, units, bytes;
  } found[4];
  guint32      next_found;
  GArray      *guides; /* WeftGuide, by where they start; NULL: none */

  /* The transaction that last touched this client, and its entry there. */
  guint32      tx_serial, tx_slot;
} WeftClient;

/* Where a struct stands in the id index. */
typedef struct
{
  WeftClient *client;
  guint32     chunk, slot;
} WeftIndexSpot;

/* An interned (key, value) pair of a format item. */
typedef struct
{
  guint32  key; /* interned */
  guint8   bit; /* of the key; see weft-order-marks.c */
  guint8   is_null;
  guint8   is_exact; /* JSON does not give @value back */
  char    *json; /* as JSON.stringify() writes it */
  gsize    n_json;
  WeftAny *value;
} WeftFormat;

/* One key of one map. */
typedef struct
{
  guint32    type; /* see weft_type_at() */
  guint32    key;  /* interned */
  WeftHandle head; /* newest item */
  WeftHandle next; /* the entry of the type whose key came next */
} WeftMapEntry;

/* Maps of more keys are hashed. */
#define WEFT_FEW_ENTRIES 16

#define WEFT_ENTRY_SLAB_BITS 8
#define WEFT_ENTRY_SLAB_SIZE (1 << WEFT_ENTRY_SLAB_BITS)

/* Where an entry of a large map is found. */
typedef struct
{
  guint32    hash; /* of type and key */
  WeftHandle entry; /* WEFT_NONE: free */
} WeftEntryBucket;

/* An entry whose key was named not long ago; see weft_type_find_recent(). */
typedef struct
{
  guint64    key;  /* all its bytes, and zeros */
  guint32    type; /* 0: none */
  WeftHandle entry;
} WeftRecentEntry;

/* So many are known, as a power of two, once a document has so many entries. */
#define WEFT_RECENT_BITS 6
#define WEFT_RECENT_FROM 32

/* For so many keys, by their lowest bits, it is known where in a map of few keys they stood last; a power of two. */
#define WEFT_KEY_PLACES 64

#define WEFT_TYPE_SLAB_BITS 4
#define WEFT_TYPE_SLAB_SIZE (1 << WEFT_TYPE_SLAB_BITS)

struct _WeftType
{
  WeftDoc   *doc;
  WeftKind   kind : 8;
  guint      height : 8;      /* see @root */
  guint      collected : 1;
  guint      has_formats : 1; /* ever had a format item */
  guint      has_wide : 1;    /* ever had text that is not ASCII */
  guint      is_hashed : 1;   /* see @first_entry */
  guint32    index;      /* see weft_type_at() */
  WeftType  *parent;     /* NULL for a root */
  guint32    parent_key; /* interned, 0: none */
  guint32    root_key;   /* interned, 0: no root */
  WeftId     id;         /* of the item that holds this type */
  WeftHandle item;       /* that one; WEFT_NONE for roots and once collected */
  guint32    n_name;
  char      *name;       /* of an XML element or hook */

  /* Sequence */
  guint64    length;      /* visible */
  WeftHandle root;        /* leaf where height is 0, else inner node */
  WeftHandle first, last; /* leaves */

  /* Map: its entries in the order their keys came. Where these are few, and their handles follow each other, they
   * are all looked at; else (is_hashed) they are found through the document's table. */
  WeftHandle first_entry, last_entry;
  guint32    n_entries;

  guint32    tx_serial, tx_slot;
  gpointer   user_data;
};

/* A board has one of these for each of its elements. */
G_STATIC_ASSERT (sizeof (gpointer) < 8 || sizeof (WeftType) <= 112);

typedef struct
{
  guint32 client;
  guint32 clock;
  guint32 len;
} WeftRange;

/* Ranges by client; clients in the order they came in, as the Maps of Yjs have it. */
typedef struct
{
  guint32 client;
  GArray *ranges; /* WeftRange, sorted and joined */
} WeftRangeList;

typedef struct
{
  GArray     *lists; /* WeftRangeList; NULL: none */
  GArray     *spare; /* an empty list of ranges, to be used again */
  GHashTable *index; /* client -> where its list was put, which may have moved; NULL while there are few */
} WeftRangeSet;

typedef struct
{
  guint32 client;
  guint32 before, after;
  guint32 from; /* while runs are joined: all are tried from this clock up */
} WeftTouched;

typedef struct
{
  WeftType *type;
  gboolean  sequence;
  GArray   *keys; /* guint32, interned; NULL: none */
  WeftHandle first, last; /* the changed items of the sequence reach from and to */
} WeftChanged;

struct _WeftEvent
{
  WeftTransaction *transaction;
  WeftType        *type;
  WeftHandle       first, last; /* changed items; WEFT_NONE: only keys changed */
  GArray          *keys; /* those that really changed, WeftKeyChange */
  WeftDelta       *delta, *least_delta;
};

typedef struct
{
  guint32       key;
  WeftHandle    old_item; /* WEFT_NONE: none */
  WeftKeyAction action;
} WeftKeyChange;

struct _WeftTransaction
{
  WeftDoc         *doc;
  gconstpointer    origin;
  gboolean         local;
  guint32          serial;
  GArray          *touched; /* WeftTouched */
  GArray          *deletes; /* WeftRange, raw, in order of deletion */
  GArray          *changed; /* WeftChanged; type NULL where it was taken back */
  GArray          *merge;   /* WeftRange: where structs were split */
  GArray          *loads;   /* WeftId: subdocuments that were asked for; NULL: none */

  /* At the end */
  WeftRangeSet     delete_set;
  GPtrArray       *events;
  WeftDeleteSet   *public_deletes;
  WeftStateVector *before, *after;
};

/* Values of one key that were written at the same time. Where all of a key have the same origin and no right one, who
 * comes first is a matter of client ids, so that a further one is put among them by a binary search. */
typedef struct
{
  WeftClientId client;
  WeftHandle   item;
} WeftSibling;

typedef struct
{
  WeftHandle entry; /* WEFT_NONE: none are known */
  WeftHandle left;  /* what all of them overwrote; WEFT_NONE: nothing */
  GArray    *items; /* WeftSibling, the newest, which has the greatest client id, first */
  gboolean   finds; /* the item that is about to be linked has its place: */
  guint      place; /* so many are newer */
} WeftSiblings;

/* Where the last edit ended; see weft-cursor.c. There is none while somebody watches transactions.
 * Items, leaves and clients never move, so it holds them as they are. */
typedef struct
{
  WeftType     *type;     /* NULL: no cursor */
  WeftType     *typing;   /* the same where a call may type on at @end; or NULL */
  WeftType     *deleting; /* the same where a call may delete on at @end; or NULL */
  guint64       end;      /* visible position; G_MAXUINT64: not known */
  WeftSpot      near;     /* only what is deleted is between this item's end and the cursor; leaf NULL: not known */

  /* The run before it */
  WeftItem     *run;      /* NULL: none that may change */
  WeftClient   *client;   /* that wrote it */
  guint32      *vis;      /* its place in the leaf */
  WeftLeaf     *leaf;
  WeftHandle    item;
  gboolean      can_type; /* it may grow */
  WeftItem     *dead;     /* may take over its last units; NULL: none */
  guint32      *dead_clock, *dead_start; /* in the id index, see weft_index_clock() */

  /* The run behind it */
  WeftItem     *ahead;    /* its first units may go to @behind; NULL: none */
  WeftItem     *behind;
  guint32      *ahead_vis;
  WeftLeaf     *ahead_leaf;
  guint32      *ahead_clock, *ahead_start;

  /* What the nodes above a leaf do not count yet */
  WeftLeaf     *changed_leaf;
  gint64        delta;
} WeftCursor;

/* Trees that are higher, which only many removals could leave, have none. */
#define WEFT_PATH_SIZE 8

/* The way down to the leaf that was found last by position: where the sums stand that count it. */
typedef struct
{
  WeftLeaf *leaf; /* NULL: none, or the tree is another now */
  guint     n;
  guint64  *sums[WEFT_PATH_SIZE];
} WeftPath;

/* The update that said what was typed last at the cursor, to be changed a little for the next unit */
typedef struct
{
  guint32 next; /* the clock that the next unit has to have; 0: there is no such update */
  guint8  size, clock, origin; /* bytes; where the two clocks begin */
  guint8  update[77];
} WeftTold;

typedef struct
{
  guint           id;
  WeftDocObserver vtable;
  gpointer        user_data;
} WeftObserverEntry;

typedef struct
{
  guint            id;
  WeftType        *type;
  gboolean         deep;
  WeftTypeObserver func;
  gpointer         user_data;
} WeftTypeObserverEntry;

/* So many bytes can be read of every key, and behind it. */
#define WEFT_KEY_SPARE 8

typedef struct
{
  char *string; /* stands in one of the document's blocks, zero-terminated */
  gsize length;
} WeftKey;

typedef struct _WeftKeyBucket WeftKeyBucket;
typedef struct _WeftKeyBlock WeftKeyBlock;

struct _WeftDoc
{
  WeftClientId    client_id;
  gboolean        gc;
  guint64         secret; /* of the hashes: see weft-hash.h */
  WeftRandomFunc  random;
  gpointer        random_data;

  /* Items */
  WeftItem      **slabs;
  WeftHandle    **aux; /* per slab, NULL until needed: left neighbours of map items with a right origin */
  guint32         n_slabs, n_items;
  WeftHandle      free_item;
  guint32         items_live;

  /* Nodes */
  WeftLeaf      **leaf_slabs;
  guint32         n_leaf_slabs, n_leaves;
  WeftHandle      free_leaf;
  WeftInner     **inner_slabs;
  guint32         n_inner_slabs, n_inners;
  WeftHandle      free_inner;

  /* Map entries */
  WeftMapEntry  **entry_slabs;
  guint32         n_entry_slabs, n_entries;
  WeftEntryBucket *entry_buckets; /* of the types that are hashed; see weft-type.c */
  guint32         n_entry_buckets, n_hashed; /* a power of two; taken ones */
  WeftHandle      free_entry;
  guint8          key_places[WEFT_KEY_PLACES]; /* see weft_type_find_entry() */
  WeftRecentEntry *recent; /* NULL: not yet */

  /* Clients */
  WeftClient    **clients;
  WeftClientId   *client_ids; /* side by side, for comparing */
  guint32         n_clients, clients_allocated;
  guint32        *client_buckets; /* index + 1 */
  guint32         n_client_buckets;
  guint32        *sorted; /* client indexes, ids descending: see weft_clients_sort() */
  guint32         n_sorted;
  guint32         named_client; /* the one that was named last; see weft_clients_lookup() */
  guint32         own_client;   /* where ours was found last: see weft_clients_ensure_own() */
  guint32         next_ordinal;

  /* Interned */
  GArray         *keys; /* WeftKey; 0 unused */
  WeftKeyBucket  *key_buckets;
  guint32         n_key_buckets; /* a power of two */
  guint32         key_shift;     /* from a hash to one of them */
  WeftKeyBlock   *key_blocks;    /* the text of the keys, the newest block first */
  GArray         *formats; /* WeftFormat */
  GHashTable     *format_index;
  GArray         *format_keys; /* guint32, interned: those that have a bit of their own */
  gboolean        has_inherited_formats; /* ever had one whose key is called as what every object of JavaScript has */
  GHashTable     *format_spans; /* WeftType -> WeftFormatSpans, see there; NULL until needed */

  WeftType      **type_slabs;
  guint32         n_type_slabs, n_types; /* 0 unused */
  GPtrArray      *roots; /* WeftType, borrowed */
  GHashTable     *root_index; /* interned name -> WeftType */

  GHashTable     *redone; /* handle -> WeftId */

  /* Integration's marks: when an item was visited. */
  guint32        *marks;
  guint32         n_marks;
  guint32         mark_clock;
  WeftHandle     *chain; /* a map entry's items laid out, while they are walked over */
  guint32         chain_allocated;
  WeftHandle     *rights; /* by handle; see weft-map-chain.c */
  guint32         n_rights;
  WeftSiblings    siblings;
  GHashTable     *crowds; /* see weft-crowd.c; NULL until needed */
  guint           crowd_from; /* WEFT_CROWD_FROM, or what a test wants */

  /* Pending */
  GPtrArray      *pending; /* GBytes: updates that wait */
  GHashTable     *pending_missing; /* client -> WeftId: for a state beyond one of these */
  gboolean        pending_ready;   /* there is one already */
  gsize           pending_size;
  WeftDeleteSet  *pending_deletes;

  WeftCursor      cursor;
  WeftTold        told;
  WeftPath        path;

  /* Transactions */
  WeftTransaction *transaction;
  WeftTransaction *spare; /* one that ended, to be used again */
  guint            depth;
  GQueue           cleanups; /* ended, waiting for their clean-up */
  gboolean         cleaning;
  guint32          next_serial;

  GArray          *observers; /* WeftObserverEntry */
  guint            n_observers;
  guint            next_observer;
  GArray          *type_observers; /* WeftTypeObserverEntry; NULL: none */
  guint            n_watchers; /* observers of transactions and types */
  gboolean         validate;   /* WEFT_DEBUG=validate */
  gboolean         general;    /* WEFT_DEBUG=general */
  GPtrArray       *undo_managers; /* borrowed */
  GHashTable      *wanted_subdocs; /* WeftId as GBytes: were asked for; NULL: none */
};

G_END_DECLS
