/* weft-doc-private.h - the inside of a document: items, indexes, types
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

#define WEFT_ENTRY_SLAB_BITS 8
#define WEFT_ENTRY_SLAB_SIZE (1 << WEFT_ENTRY_SLAB_BITS)

/* Where an entry of a large map is found. */
typedef struct
{
  guint32    hash; /* of type and key */
  WeftHandle entry; /* WEFT_NONE: free */
} WeftEntryBucket;

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
  WeftDelta       *delta;
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
  WeftSiblings    siblings;

  /* Pending */
  GPtrArray      *pending; /* GBytes: updates that wait */
  GArray         *pending_missing; /* WeftId: for a state beyond one of these */
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

/* weft-item-pool.c */
void       weft_pool_clear      (WeftDoc   *doc);
/* Forgets all items, nodes and map entries. */
void       weft_pool_reset      (WeftDoc   *doc);
/* Room for @n more items one after the other, not set to anything; returns the first one's handle.
 * None may have been freed yet. */
WeftHandle weft_pool_new_items  (WeftDoc   *doc,
                                 guint32    n);
WeftHandle weft_pool_new_item   (WeftDoc   *doc);
void       weft_pool_free_item  (WeftDoc   *doc,
                                 WeftHandle handle);
WeftHandle weft_pool_new_leaf   (WeftDoc   *doc);
void       weft_pool_free_leaf  (WeftDoc   *doc,
                                 WeftHandle handle);
WeftHandle weft_pool_new_inner  (WeftDoc   *doc);
void       weft_pool_free_inner (WeftDoc   *doc,
                                 WeftHandle handle);
WeftHandle weft_pool_new_entry  (WeftDoc   *doc,
                                 guint32    type,
                                 guint32    key);
void       weft_pool_free_entry (WeftDoc   *doc,
                                 WeftHandle handle);
/* The older neighbour of a map item that has a right origin. */
void       weft_pool_set_aside  (WeftDoc   *doc,
                                 WeftHandle handle,
                                 WeftHandle left);

/* More room for items. */
void       weft_pool_add_slab   (WeftDoc   *doc);

static inline WeftItem *
weft_item (const WeftDoc *doc,
           WeftHandle     handle)
{
  return &doc->slabs[handle >> WEFT_ITEM_SLAB_BITS][handle & (WEFT_ITEM_SLAB_SIZE - 1)];
}

/* As weft_pool_new_item(), not set to anything. */
static inline WeftHandle
weft_pool_take_item (WeftDoc *doc)
{
  WeftHandle handle = doc->free_item;

  doc->items_live++;
  if (handle != WEFT_NONE)
    {
      doc->free_item = weft_item (doc, handle)->content;
      return handle;
    }

  /* Handle 0 is no item. */
  handle = ++doc->n_items;
  if (G_UNLIKELY ((handle >> WEFT_ITEM_SLAB_BITS) >= doc->n_slabs))
    weft_pool_add_slab (doc);

  return handle;
}

/* The older neighbour of a map item. */
static inline WeftHandle
weft_item_map_left (const WeftDoc *doc,
                    WeftHandle     handle)
{
  const WeftItem *item = weft_item (doc, handle);

  if (G_LIKELY (item->r_client == WEFT_NO_CLIENT))
    return item->r_clock;

  return doc->aux[handle >> WEFT_ITEM_SLAB_BITS][handle & (WEFT_ITEM_SLAB_SIZE - 1)];
}

static inline void
weft_item_set_map_left (WeftDoc   *doc,
                        WeftHandle handle,
                        WeftHandle left)
{
  WeftItem *item = weft_item (doc, handle);

  if (G_LIKELY (item->r_client == WEFT_NO_CLIENT))
    item->r_clock = left;
  else
    weft_pool_set_aside (doc, handle, left);
}

static inline WeftLeaf *
weft_leaf (const WeftDoc *doc,
           WeftHandle     handle)
{
  return &doc->leaf_slabs[handle >> WEFT_NODE_SLAB_BITS][handle & (WEFT_NODE_SLAB_SIZE - 1)];
}

static inline WeftInner *
weft_inner (const WeftDoc *doc,
            WeftHandle     handle)
{
  return &doc->inner_slabs[handle >> WEFT_NODE_SLAB_BITS][handle & (WEFT_NODE_SLAB_SIZE - 1)];
}

static inline WeftMapEntry *
weft_entry (const WeftDoc *doc,
            WeftHandle     handle)
{
  return &doc->entry_slabs[handle >> WEFT_ENTRY_SLAB_BITS][handle & (WEFT_ENTRY_SLAB_SIZE - 1)];
}

static inline WeftType *
weft_type_at (const WeftDoc *doc,
              guint32        index)
{
  return &doc->type_slabs[index >> WEFT_TYPE_SLAB_BITS][index & (WEFT_TYPE_SLAB_SIZE - 1)];
}

static inline WeftType *
weft_entry_type (const WeftDoc *doc,
                 WeftHandle     handle)
{
  return weft_type_at (doc, weft_entry (doc, handle)->type);
}

/* weft_type_is_deleted() */
static inline gboolean
weft_type_is_gone (const WeftType *type)
{
  return type->root_key == 0 && (type->item == WEFT_NONE || weft_item (type->doc, type->item)->deleted);
}

static inline void
weft_item_set_deleted (WeftItem *item)
{
  WeftItemBits bits = item->bits;

  bits.deleted = TRUE;
  item->bits = bits;
}

static inline void
weft_item_set_kind (WeftItem *item,
                    guint     kind)
{
  WeftItemBits bits = item->bits;

  bits.kind = kind;
  item->bits = bits;
}

static inline gboolean
weft_kind_is_countable (guint kind)
{
  return kind != WEFT_CONTENT_FORMAT && kind != WEFT_CONTENT_DELETED && kind != WEFT_CONTENT_GC;
}

static inline guint32
weft_item_visible (const WeftItem *item)
{
  return item->deleted || !weft_kind_is_countable (item->kind) ? 0 : item->len;
}

/* Whether the eight bytes at @data begin with the client's id. */
static inline gboolean
weft_client_is_named (const WeftClient *client,
                      const guint8     *data)
{
  guint64 there, id, mask;

  memcpy (&there, data, sizeof there);
  memcpy (&id, client->id_bytes, sizeof id);
  memcpy (&mask, client->id_mask, sizeof mask);

  return ((there ^ id) & mask) == 0;
}

/* weft-client-table.c */
void        weft_clients_clear  (WeftDoc     *doc);
/* Forgets all clients. */
void        weft_clients_reset  (WeftDoc     *doc);
guint32     weft_clients_search (WeftDoc     *doc,
                                 WeftClientId id);
/* WEFT_NO_CLIENT where it is not known. Mostly it is the one that was looked for last. */
static inline guint32
weft_clients_lookup (WeftDoc     *doc,
                     WeftClientId id)
{
  if (doc->named_client < doc->n_clients && doc->client_ids[doc->named_client] == id)
    return doc->named_client;

  return weft_clients_search (doc, id);
}

guint32     weft_clients_ensure (WeftDoc     *doc,
                                 WeftClientId id);
/* Our own index */
static inline guint32
weft_clients_ensure_own (WeftDoc *doc)
{
  if (G_UNLIKELY (doc->own_client >= doc->n_clients || doc->client_ids[doc->own_client] != doc->client_id))
    doc->own_client = weft_clients_ensure (doc, doc->client_id);

  return doc->own_client;
}

/* The indexes of all clients, ids descending. */
const guint32 *weft_clients_sort (WeftDoc    *doc);

static inline WeftClient *
weft_client (const WeftDoc *doc,
             guint32        index)
{
  return doc->clients[index];
}

static inline guint32
weft_clients_get_state (WeftDoc     *doc,
                        WeftClientId id)
{
  guint32 index = weft_clients_lookup (doc, id);

  return index == WEFT_NO_CLIENT ? 0 : weft_client (doc, index)->state;
}

/* weft-id-index.c */
void       weft_index_clear  (WeftClient    *client);
void       weft_index_append_chunk (WeftClient *client,
                                    guint32     clock,
                                    WeftHandle  handle);

static inline void
weft_index_append (WeftClient *client,
                   guint32     clock,
                   WeftHandle  handle)
{
  WeftChunk *chunk = client->n_chunks > 0 ? client->chunks[client->n_chunks - 1] : NULL;

  if (chunk != NULL && weft_chunk_goes_on (chunk, clock, handle))
    {
      chunk->n++;
      client->n_packed++;
      return;
    }
  if (G_UNLIKELY (chunk == NULL || chunk->n >= chunk->capacity))
    {
      weft_index_append_chunk (client, clock, handle);
      return;
    }
  weft_chunk_clocks (chunk)[chunk->n] = clock;
  weft_chunk_handles (chunk)[chunk->n] = handle;
  chunk->n++;
}

/* Fills the index of a client that has none yet: the items of @n handles from @first on, one after
 * the other, without those that were freed. @clocks are those of all handles but @first, whose is 0. */
void       weft_index_fill   (WeftDoc       *doc,
                              WeftClient    *client,
                              WeftHandle     first,
                              guint32        n,
                              const guint32 *clocks);
/* The run that holds @clock, which must be below the client's state. */
WeftHandle weft_index_find   (WeftClient    *client,
                              guint32        clock,
                              WeftIndexSpot *spot);
/* Inserts right after @spot, and moves @spot there. */
void       weft_index_insert_after (WeftIndexSpot *spot,
                                    guint32        clock,
                                    WeftHandle     handle);
/* Removes; @spot then stands at the one before. */
void       weft_index_remove (WeftIndexSpot *spot);
/* WEFT_NONE past either end, with @spot where it was. */
WeftHandle weft_index_next   (WeftIndexSpot *spot);
WeftHandle weft_index_prev   (WeftIndexSpot *spot);
WeftHandle weft_index_last   (WeftClient    *client,
                              WeftIndexSpot *spot);
gsize      weft_index_count_from (const WeftIndexSpot *spot);
/* Makes the chunk at @spot one that is not packed, but for what is far from it. */
void       weft_index_unpack (WeftIndexSpot *spot);

/* Where the index has the first clock of the run at @spot: there and, where @start is not NULL, there too. Stays
 * good until the index changes. NULL where it has none, in a packed chunk. */
static inline guint32 *
weft_index_clock (const WeftIndexSpot *spot,
                  guint32            **start)
{
  *start = spot->slot == 0 ? spot->client->starts + spot->chunk : NULL;
  if (weft_chunk_is_packed (spot->client->chunks[spot->chunk]))
    return NULL;

  return weft_chunk_clocks (spot->client->chunks[spot->chunk]) + spot->slot;
}

static inline WeftHandle
weft_index_get (const WeftIndexSpot *spot)
{
  return weft_chunk_handle (spot->client->chunks[spot->chunk], spot->slot);
}

/* weft-order-index.c */
WeftSpot   weft_order_spot      (WeftDoc    *doc,
                                 WeftHandle  item);
WeftHandle weft_order_next      (WeftDoc    *doc,
                                 WeftHandle  item);
WeftHandle weft_order_prev      (WeftDoc    *doc,
                                 WeftHandle  item);
WeftHandle weft_order_first     (WeftDoc    *doc,
                                 WeftType   *type);
WeftHandle weft_order_last      (WeftDoc    *doc,
                                 WeftType   *type);
/* Moves @spot to the next item. */
static inline gboolean
weft_order_step (const WeftDoc *doc,
                 WeftSpot      *spot)
{
  if (G_LIKELY (++spot->slot < spot->leaf->n))
    return TRUE;
  if (spot->leaf->next == WEFT_NONE)
    return FALSE;
  spot->leaf = weft_leaf (doc, spot->leaf->next);
  spot->slot = 0;

  return TRUE;
}

/* Splits @leaf, where there is no room for what shall come to *@slot. Returns the leaf where it comes to then, with
 * *@slot there. What is before it may stay behind, unless @with_left. */
WeftLeaf  *weft_order_make_room (WeftDoc    *doc,
                                 WeftLeaf   *leaf,
                                 guint      *slot,
                                 gboolean    with_left);
/* Inserts right of @spot. */
void       weft_order_insert_at (WeftDoc    *doc,
                                 WeftSpot    spot,
                                 WeftHandle  item);
/* @left WEFT_NONE: at the start. */
void       weft_order_insert    (WeftDoc    *doc,
                                 WeftType   *type,
                                 WeftHandle  left,
                                 WeftHandle  item);
void       weft_order_remove    (WeftDoc    *doc,
                                 WeftHandle  item);
/* The visible length of @item may have changed. */
void       weft_order_update    (WeftDoc    *doc,
                                 WeftHandle  item);
/* The item that holds the visible unit @index, which must be below the type's length. */
WeftHandle weft_order_find      (WeftDoc    *doc,
                                 WeftType   *type,
                                 guint64     index,
                                 guint32    *offset);
/* The same, but tells where the item is; returns the offset in it. */
guint32    weft_order_find_spot (WeftDoc    *doc,
                                 WeftType   *type,
                                 guint64     index,
                                 WeftSpot   *spot);
/* Visible units before @item. */
guint64    weft_order_index_of  (WeftDoc    *doc,
                                 WeftHandle  item);
/* Whether @a stands before @b in one sequence. */
gboolean   weft_order_is_before (WeftDoc    *doc,
                                 WeftHandle  a,
                                 WeftHandle  b);
/* Builds the index of a type that has none yet, from its first item on; @next tells of each item
 * which one comes after it. */
void       weft_order_build     (WeftDoc          *doc,
                                 WeftType         *type,
                                 WeftHandle        first,
                                 const WeftHandle *next);
/* Frees all nodes; the items stay. */
void       weft_order_drop      (WeftDoc    *doc,
                                 WeftType   *type);

/* weft-order-marks.c */
/* A format of @leaf came, went or moved. */
void       weft_order_touch_marks (WeftDoc    *doc,
                                   WeftLeaf   *leaf);
/* A child of @inner is about to come to @slot, or to go from there. */
void       weft_order_insert_marks (WeftInner *inner,
                                    guint      slot);
void       weft_order_remove_marks (WeftInner *inner,
                                    guint      slot);

/* weft-keys.c */
guint32     weft_keys_intern      (WeftDoc        *doc,
                                   const char     *string,
                                   gsize           length);
/* 0 where it is not known */
guint32     weft_keys_lookup      (WeftDoc        *doc,
                                   const char     *string,
                                   gsize           length);
void        weft_keys_clear       (WeftDoc        *doc);
/* Forgets all keys and formats from these on. */
void        weft_keys_truncate    (WeftDoc        *doc,
                                   guint           n_keys,
                                   guint           n_formats);

static inline const WeftKey *
weft_key (const WeftDoc *doc,
          guint32        key)
{
  return &g_array_index (doc->keys, WeftKey, key);
}

guint32     weft_formats_intern   (WeftDoc        *doc,
                                   guint32         key,
                                   const char     *json,
                                   gsize           n_json,
                                   WeftAny        *value);

static inline const WeftFormat *
weft_format (const WeftDoc *doc,
             guint32        index)
{
  return &g_array_index (doc->formats, WeftFormat, index);
}

/* weft-content.c */
/* Appends bytes to the client's arena; returns their offset. */
guint32     weft_arena_append     (WeftClient     *client,
                                   const void     *data,
                                   gsize           n_bytes);
void        weft_arena_trim       (WeftClient     *client);

/* So many bytes of an arena that are not used are left to it. */
#define WEFT_ARENA_SPARE 32

/* As weft_arena_append(), for text that is mostly one byte. */
static inline guint32
weft_arena_append_text (WeftClient *client,
                        const char *utf8,
                        gsize       n_bytes)
{
  guint32 offset = client->arena_used;

  if (G_UNLIKELY (client->arena_allocated - offset < n_bytes))
    return weft_arena_append (client, utf8, n_bytes);
  if (n_bytes == 1)
    client->arena[offset] = (guint8) *utf8;
  else
    memcpy (client->arena + offset, utf8, n_bytes);
  client->arena_used += n_bytes;

  return offset;
}

/* So many bytes of text are needed no more. */
static inline void
weft_arena_waste (WeftClient *client,
                  guint64     n_bytes)
{
  client->arena_dead += (guint32) n_bytes;
}

/* A value of up to so many bytes may be written over where nobody needs it any more. No place in it is kept. */
#define WEFT_SMALL_VALUE 64

/* Gives back what was wasted, where that is a good part. No pointer into the arena stays good. */
void        weft_arena_compact    (WeftDoc        *doc,
                                   WeftClient     *client);

/* From so many wasted bytes on, and a fourth of all, an arena is compacted. */
#define WEFT_ARENA_WASTE 4096

static inline void
weft_arena_tidy (WeftDoc    *doc,
                 WeftClient *client)
{
  if (client->arena_dead >= WEFT_ARENA_WASTE && client->arena_dead >= client->arena_used / 4)
    weft_arena_compact (doc, client);
}

/* Bytes of the first @n_units UTF-16 units; @splits is set where that ends within a pair, whose four bytes are then not counted. */
gsize       weft_utf8_advance     (const guint8   *data,
                                   guint64         n_units,
                                   gboolean       *splits);
void        weft_guides_clear     (WeftClient     *client);
/* Content bytes of @item that begin @offset units in, as on the wire but without counts. */
const guint8 *weft_content_bytes  (WeftDoc        *doc,
                                   const WeftItem *item,
                                   guint32         offset,
                                   gsize          *n_bytes);
/* @left keeps the first @diff units, @right gets the rest. */
void        weft_content_split    (WeftDoc        *doc,
                                   WeftItem       *left,
                                   WeftItem       *right,
                                   guint32         diff);
/* Whether the contents of two adjacent runs could be joined; joins them. */
gboolean    weft_content_merge    (WeftDoc        *doc,
                                   WeftItem       *left,
                                   const WeftItem *right);
/* The unit of @item at @offset as a value; NULL for types and what has none. */
WeftAny    *weft_content_get      (WeftDoc        *doc,
                                   const WeftItem *item,
                                   guint32         offset);
/* The same, with halves of surrogate pairs as weft_any_from_json_exact() has them. */
WeftAny    *weft_content_get_exact (WeftDoc       *doc,
                                    const WeftItem *item,
                                    guint32         offset);
WeftType   *weft_content_get_type (WeftDoc        *doc,
                                   const WeftItem *item);
void        weft_content_write    (WeftDoc        *doc,
                                   const WeftItem *item,
                                   guint32         offset,
                                   guint32         end,
                                   WeftWriter     *writer);
/* A copy of @from's content for a new item @to of client @to->client. */
void        weft_content_copy     (WeftDoc        *doc,
                                   const WeftItem *from,
                                   WeftItem       *to);
/* What @item has in an arena is needed no more. */
void        weft_content_waste    (WeftDoc        *doc,
                                   const WeftItem *item);
/* Whether the unit at @offset is the second half of a surrogate pair. */
gboolean    weft_content_is_inside_pair (WeftDoc        *doc,
                                         const WeftItem *item,
                                         guint32         offset);
/* Puts a value into the arena of item's client and sets kind and content. */
void        weft_content_set_any  (WeftDoc        *doc,
                                   WeftItem       *item,
                                   const WeftAny  *value);
/* UTF-16 length of UTF-8; @ascii tells whether it is all ASCII. */
guint64     weft_utf8_measure     (const char     *utf8,
                                   gsize           n_bytes,
                                   gboolean       *ascii);

/* weft-type.c */
WeftType   *weft_type_new         (WeftDoc        *doc,
                                   WeftKind        kind);
void        weft_type_set_name    (WeftType       *type,
                                   const char     *name);
WeftType   *weft_doc_ensure_root  (WeftDoc        *doc,
                                   const char     *name,
                                   gsize           length);
WeftType   *weft_doc_ensure_root_key (WeftDoc     *doc,
                                      guint32      key);
WeftMapEntry *weft_type_find_entry (WeftType      *type,
                                    guint32        key,
                                    WeftHandle    *handle);
WeftHandle  weft_type_ensure_entry (WeftType      *type,
                                    guint32        key);
void        weft_type_drop_map    (WeftType       *type);
/* Forgets all types from this one on. */
void        weft_types_truncate   (WeftDoc        *doc,
                                   guint32         n_types);
void        weft_types_clear      (WeftDoc        *doc);

/* weft-doc-json.c: toString() of Yjs. (transfer full) */
WeftAny    *weft_xml_to_any       (WeftType       *type);

/* weft-integrate.c */
static inline WeftId
weft_item_id (const WeftDoc  *doc,
              const WeftItem *item)
{
  return (WeftId) { weft_client (doc, item->client)->id, item->clock };
}

WeftType   *weft_item_get_parent  (WeftDoc         *doc,
                                   const WeftItem  *item);
/* Interned key, 0: none */
guint32     weft_item_get_sub     (WeftDoc         *doc,
                                   const WeftItem  *item);
/* Neighbours now; the right one of a map item costs a walk. */
WeftHandle  weft_item_left        (WeftDoc         *doc,
                                   WeftHandle       handle);
WeftHandle  weft_item_right       (WeftDoc         *doc,
                                   WeftHandle       handle);
WeftHandle  weft_find_item        (WeftDoc         *doc,
                                   guint32          client,
                                   guint32          clock);
/* The items of @entry are about to change. */
static inline void
weft_siblings_forget (WeftDoc   *doc,
                      WeftHandle entry)
{
  if (doc->siblings.entry == entry)
    doc->siblings.entry = WEFT_NONE;
}

/* Splits so that a run begins, or ends, at @clock. */
WeftHandle  weft_clean_start      (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock);
WeftHandle  weft_clean_end        (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock);
/* A new item of the own client with the next clock; content is set by the caller before integrating. */
WeftHandle  weft_new_local_item   (WeftTransaction *tx,
                                   WeftContentKind  kind,
                                   guint32          len,
                                   WeftHandle       left,
                                   WeftHandle       right);
/* Links an item whose id, origins and content are set, as Item.integrate of Yjs. */
void        weft_integrate        (WeftTransaction *tx,
                                   WeftHandle       handle,
                                   WeftHandle       left,
                                   WeftHandle       right,
                                   WeftType        *parent,
                                   guint32          key);
void        weft_integrate_gc     (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock,
                                   guint32          len);
void        weft_delete_item      (WeftTransaction *tx,
                                   WeftHandle       handle);
/* Deletes what is there of a range, as readAndApplyDeleteSet of Yjs. @clock must be below the state. */
void        weft_delete_range     (WeftTransaction *tx,
                                   guint32          client,
                                   guint32          clock,
                                   guint32          end);
void        weft_collect_item     (WeftDoc         *doc,
                                   WeftHandle       handle);
/* Whether @right, which follows @left in the clocks of a client, might be joined to it, as far as the two say. */
static inline gboolean
weft_items_are_alike (const WeftItem *left,
                      const WeftItem *right)
{
  WeftItemBits a = left->bits, b = right->bits;

  if (a.deleted != b.deleted || a.kind != b.kind)
    return FALSE;
  if (a.kind == WEFT_CONTENT_GC)
    return TRUE;

  return b.o_client == a.client && right->o_clock == right->clock - 1 && a.r_client == b.r_client
         && (a.r_client == WEFT_NO_CLIENT || left->r_clock == right->r_clock);
}

/* Merges the struct at @spot into those at its left; returns how many. */
guint       weft_merge_with_lefts (WeftDoc         *doc,
                                   WeftIndexSpot   *spot);
/* Sets or clears `keep` on an item and the items that hold it. */
void        weft_keep_item        (WeftDoc         *doc,
                                   WeftHandle       handle,
                                   gboolean         keep);

/* weft-transaction.c */
WeftTransaction *weft_transaction_begin (WeftDoc         *doc,
                                         gconstpointer    origin,
                                         gboolean         local);
void        weft_transaction_touch      (WeftTransaction *tx,
                                         guint32          client);
void        weft_transaction_add_delete (WeftTransaction *tx,
                                         guint32          client,
                                         guint32          clock,
                                         guint32          len);
void        weft_transaction_add_merge  (WeftTransaction *tx,
                                         guint32          client,
                                         guint32          clock);
void        weft_transaction_add_changed (WeftTransaction *tx,
                                          WeftType        *type,
                                          guint32          key);
void        weft_transaction_drop_changed (WeftTransaction *tx,
                                           WeftType        *type);
/* The client's clock when the transaction began. */
guint32     weft_transaction_get_before (WeftTransaction *tx,
                                         guint32          client);
gboolean    weft_transaction_deletes    (WeftTransaction *tx,
                                         guint32          client,
                                         guint32          clock);
void        weft_transaction_free       (WeftTransaction *tx);
/* Join runs around deleted units, and where a run was cut. */
void        weft_merge_around_deletion  (WeftDoc         *doc,
                                         guint32          client,
                                         guint32          clock,
                                         guint32          len);
void        weft_merge_at_cut           (WeftDoc         *doc,
                                         guint32          client,
                                         guint32          clock);
/* Cleans up what observers have done. */
void        weft_doc_run_cleanups       (WeftDoc         *doc);
/* Ends the program where an invariant does not hold. */
void        weft_doc_check_now          (WeftDoc         *doc);

/* Where WEFT_DEBUG=validate asks for it. */
static inline void
weft_doc_check (WeftDoc *doc)
{
  if (G_UNLIKELY (doc->validate))
    weft_doc_check_now (doc);
}

void        weft_range_set_clear        (WeftRangeSet    *set);
void        weft_range_set_add          (WeftRangeSet    *set,
                                         guint32          client,
                                         guint32          clock,
                                         guint32          len);
void        weft_range_set_normalize    (WeftRangeSet    *set);
gboolean    weft_range_set_contains     (const WeftRangeSet *set,
                                         guint32          client,
                                         guint32          clock);

/* weft-doc.c */
void        weft_item_fill_info         (WeftDoc         *doc,
                                         const WeftItem  *item,
                                         WeftItemInfo    *info);

/* weft-cursor.c */
/* Whether of two neighbours, @left and @right, one is dead and could take over units of the other:
 * whether one run was cut in two when a part of it was deleted. */
gboolean    weft_cursor_join_dead       (WeftDoc         *doc,
                                         const WeftItem  *left,
                                         const WeftItem  *right);
void        weft_cursor_flush           (WeftDoc         *doc);
/* Puts a new cursor. */
void        weft_cursor_set             (WeftDoc          *doc,
                                         const WeftCursor *cursor);

/* So many more units of @leaf can be seen, which the nodes above are told later. */
static inline void
weft_cursor_count (WeftDoc  *doc,
                   WeftLeaf *leaf,
                   gint64    n_units)
{
  WeftCursor *cursor = &doc->cursor;

  leaf->type->length += n_units;
  if (cursor->changed_leaf != leaf)
    {
      if (cursor->delta != 0)
        weft_cursor_flush (doc);
      cursor->changed_leaf = leaf;
    }
  cursor->delta += n_units;
}

/* Whether somebody wants more of a transaction than its update, or one runs, or there always has to be one. */
static inline gboolean
weft_cursor_is_watched (WeftDoc *doc)
{
  return doc->transaction != NULL || doc->general || doc->cleaning || doc->undo_managers->len > 0
         || doc->n_watchers > 0;
}

void        weft_cursor_forget          (WeftDoc         *doc);
gboolean    weft_cursor_apply           (WeftDoc         *doc,
                                         const guint8    *data,
                                         gsize            size,
                                         gconstpointer    origin);
/* After the last struct of @client, if that can go on. */
void        weft_cursor_place_after     (WeftDoc         *doc,
                                         guint32          client,
                                         guint64          end);
/* Where something was deleted: before it @left ends, after it @right begins; either may be WEFT_NONE. */
void        weft_cursor_place_between   (WeftDoc         *doc,
                                         WeftHandle       left,
                                         WeftHandle       right,
                                         guint64          end);

/* weft-event.c */
void        weft_event_free             (WeftEvent       *event);
GPtrArray  *weft_events_collect         (WeftTransaction *tx);

/* weft-subdoc.c */
/* The options as Yjs writes them again. (transfer full) */
WeftAny    *weft_subdoc_normalize_options (const WeftAny  *options);
/* Skips and checks options; whether we would write them as they are. */
gboolean    weft_subdoc_check_options    (WeftReader      *reader);

/* weft-observe.c */
void        weft_type_observers_call    (WeftTransaction *tx);

/* weft-undo.c */
void        weft_undo_manager_handle    (WeftUndoManager *self,
                                         WeftTransaction *tx);
void        weft_undo_manager_detach    (WeftUndoManager *self);

/* weft-position.c: follows what redid the item; returns it and the offset in it */
WeftHandle  weft_follow_redone          (WeftDoc         *doc,
                                         guint32          client,
                                         guint32          clock,
                                         guint32         *diff);

/* weft-update-encode.c */
/* (transfer full) (element-type GBytes) */
GPtrArray  *weft_doc_list_pending       (WeftDoc         *doc,
                                         const WeftStateVector *state_vector,
                                         WeftUpdateFormat format);
/* The struct from its unit @offset to @end. */
void        weft_write_struct           (WeftDoc         *doc,
                                         const WeftItem  *item,
                                         guint32          offset,
                                         guint32          end,
                                         WeftWriter      *writer);
void        weft_write_transaction      (WeftTransaction *tx,
                                         WeftWriter      *writer);
gboolean    weft_transaction_has_update (WeftTransaction *tx);

G_END_DECLS
