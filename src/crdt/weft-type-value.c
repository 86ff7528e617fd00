/* weft-type-value.c - a shared type with all that is in it, as a value
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What toJSON() of Yjs gives. Types nest as deep as an update says, so nothing here recurses; what
 * lies deeper than a value may nest becomes null.
 */

#include "config.h"

#include "crdt/weft-any-layout.h"
#include "crdt/weft-doc-private.h"

/* So many items of a map are asked for at once. */
#define BATCH 16

/* So many entries lie in a line of the processor's cache. */
#define LINE_ENTRIES (64 / sizeof (WeftMapEntry))

/* A container that is being filled. */
typedef struct
{
  WeftType *type;
  WeftAny  *value; /* borrowed: what holds it owns it */
  guint32   depth;
} Frame;

static gboolean
is_xml (WeftType *type)
{
  return type->kind == WEFT_KIND_XML_ELEMENT || type->kind == WEFT_KIND_XML_FRAGMENT
         || type->kind == WEFT_KIND_XML_TEXT;
}

/* The value of @type; where it is a container, it is still empty and put on the stack. */
static WeftAny *
begin_value (WeftType *type,
             guint32   depth,
             GArray   *stack)
{
  Frame frame = { type, NULL, depth };

  if (is_xml (type))
    return weft_xml_to_any (type);
  if (type->kind == WEFT_KIND_TEXT)
    {
      g_autofree char *text = weft_text_to_string (type);

      return weft_any_new_string (text);
    }
  if (type->kind == WEFT_KIND_UNTYPED)
    return weft_any_new_undefined ();
  if (depth >= WEFT_MAX_DEPTH)
    return weft_any_new_null ();

  frame.value = type->kind == WEFT_KIND_ARRAY ? weft_any_new_array () : weft_any_new_object_for (type->n_entries);
  g_array_append_val (stack, frame);

  return frame.value;
}

/* Appends all units of an item. */
static void
fill_item (Frame          *frame,
           const WeftItem *item,
           GArray         *stack)
{
  WeftDoc *doc = frame->type->doc;
  const guint8 *data;
  WeftReader reader;
  gsize n_bytes;

  if (item->kind == WEFT_CONTENT_ANY)
    {
      data = weft_content_bytes (doc, item, 0, &n_bytes);
      weft_reader_init (&reader, data, n_bytes);
      for (guint32 i = 0; i < item->len; i++)
        weft_any_array_take (frame->value, weft_any_read_within (frame->value, &reader));
      return;
    }
  for (guint32 i = 0; i < item->len; i++)
    {
      WeftType *type = weft_content_get_type (doc, item);
      WeftAny *value = type != NULL ? begin_value (type, frame->depth + 1, stack) : weft_content_get (doc, item, i);

      weft_any_array_take (frame->value, value != NULL ? value : weft_any_new_null ());
    }
}

static void
fill_array (Frame  *frame,
            GArray *stack)
{
  WeftDoc *doc = frame->type->doc;

  weft_any_array_reserve (frame->value, frame->type->length);
  for (WeftHandle at = frame->type->first; at != WEFT_NONE; at = weft_leaf (doc, at)->next)
    for (guint i = 0; i < weft_leaf (doc, at)->n; i++)
      if (weft_leaf (doc, at)->vis[i] > 0)
        fill_item (frame, weft_item (doc, weft_leaf (doc, at)->item[i]), stack);
}

/* What an item of a map holds; NULL: nothing that has a value. */
static WeftAny *
get_value (Frame          *frame,
           const WeftItem *item,
           GArray         *stack)
{
  WeftDoc *doc = frame->type->doc;
  const WeftClient *client = weft_client (doc, item->client);

  if (item->kind == WEFT_CONTENT_TYPE)
    return begin_value (weft_content_get_type (doc, item), frame->depth + 1, stack);
  if (item->kind != WEFT_CONTENT_ANY || item->len > 1)
    return weft_content_get (doc, item, item->len - 1);

  return weft_any_read_checked (frame->value, client->arena + item->content, client->arena_used - item->content);
}

static inline void
add_member (WeftAny       *object,
            const WeftKey *key,
            WeftAny       *value)
{
  char *copy = weft_any_object_add (object, key->length, value);

  /* Most keys are short: what is too much of those does no harm. */
  memcpy (copy, key->string, WEFT_KEY_SPARE);
  if (G_UNLIKELY (key->length >= WEFT_KEY_SPARE))
    memcpy (copy, key->string, key->length + 1);
}

/* The entry after the one at @at; WEFT_NONE: none. Those of a small map stand in a row. */
static inline WeftHandle
next_entry (const WeftType *type,
            WeftHandle      at)
{
  if (type->is_hashed)
    return weft_entry (type->doc, at)->next;

  return at + 1 < type->first_entry + type->n_entries ? at + 1 : WEFT_NONE;
}

static void
fill_map (Frame  *frame,
          GArray *stack)
{
  const WeftType *type = frame->type;
  WeftDoc *doc = type->doc;
  const WeftItem *items[BATCH];
  const WeftKey *keys[BATCH];
  guint n;

  for (WeftHandle at = type->first_entry; at != WEFT_NONE;)
    {
      /* What is written last lies anywhere: all that is about to be looked at is asked for first. */
      for (n = 0; at != WEFT_NONE && n < BATCH; n++, at = next_entry (type, at))
        {
          items[n] = weft_item (doc, weft_entry (doc, at)->head);
          keys[n] = weft_key (doc, weft_entry (doc, at)->key);
          __builtin_prefetch (items[n]);
        }
      for (guint i = 0; i < n; i++)
        if (items[i]->kind == WEFT_CONTENT_ANY)
          __builtin_prefetch (weft_client (doc, items[i]->client)->arena + items[i]->content);
        else if (items[i]->kind == WEFT_CONTENT_TYPE)
          __builtin_prefetch (weft_content_get_type (doc, items[i]));
      for (guint i = 0; i < n; i++)
        {
          WeftAny *value = items[i]->deleted ? NULL : get_value (frame, items[i], stack);

          if (value != NULL)
            add_member (frame->value, keys[i], value);
        }
    }
  weft_any_object_seal_unique (frame->value);
}

/* The container that is so many turns away */
static inline const WeftType *
get_ahead (const GArray *stack,
           guint         turns)
{
  return stack->len >= turns ? g_array_index (stack, Frame, stack->len - turns).type : NULL;
}

/* The containers that come next are in no cache. One thing leads to another: each is asked for a turn before the next
 * one is. */
static inline void
prefetch_next (const GArray *stack)
{
  const WeftType *type = get_ahead (stack, 4);
  guint n = 0;

  if (type != NULL)
    __builtin_prefetch (type);

  type = get_ahead (stack, 3);
  if (type != NULL && type->first_entry != WEFT_NONE)
    for (guint i = 0; i < BATCH && i < type->n_entries; i += LINE_ENTRIES)
      __builtin_prefetch (weft_entry (type->doc, type->first_entry) + i);

  type = get_ahead (stack, 2);
  if (type != NULL && !type->is_hashed)
    for (WeftHandle at = type->first_entry; n < type->n_entries; n++, at++)
      __builtin_prefetch (weft_item (type->doc, weft_entry (type->doc, at)->head));

  type = get_ahead (stack, 1);
  if (type != NULL && !type->is_hashed)
    for (WeftHandle at = type->first_entry, end = at + type->n_entries; at < end; at++)
      {
        const WeftItem *item = weft_item (type->doc, weft_entry (type->doc, at)->head);

        if (item->kind == WEFT_CONTENT_ANY)
          __builtin_prefetch (weft_client (type->doc, item->client)->arena + item->content);
      }
}

/**
 * weft_type_to_any:
 * @self: a type
 *
 * Returns: (transfer full): its content: a string for texts and XML, an array, an object; undefined
 *   for a root whose kind is not known
 */
WeftAny *
weft_type_to_any (WeftType *self)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (Frame));
  WeftAny *value;

  g_return_val_if_fail (self != NULL, NULL);

  value = begin_value (self, 0, stack);
  while (stack->len > 0)
    {
      Frame frame = g_array_index (stack, Frame, stack->len - 1);

      g_array_set_size (stack, stack->len - 1);
      prefetch_next (stack);
      if (frame.type->kind == WEFT_KIND_ARRAY)
        fill_array (&frame, stack);
      else
        fill_map (&frame, stack);
    }

  return value;
}
