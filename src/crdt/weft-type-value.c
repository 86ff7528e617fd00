/* weft-type-value.c - a shared type with all that is in it, as a value
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What toJSON() of Yjs gives. Types nest as deep as an update says, so nothing here recurses; what
 * lies deeper than a value may nest becomes null.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-doc-private.h"

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

  frame.value = type->kind == WEFT_KIND_ARRAY ? weft_any_new_array () : weft_any_new_object ();
  g_array_append_val (stack, frame);

  return frame.value;
}

typedef struct
{
  Frame  *frame;
  GArray *stack;
} Fill;

static void
fill_item_cb (guint64        index,
              WeftId         id,
              const WeftAny *value,
              WeftType      *type,
              gpointer       user_data)
{
  Fill *fill = user_data;

  weft_any_array_take (fill->frame->value,
                       type != NULL ? begin_value (type, fill->frame->depth + 1, fill->stack)
                       : value != NULL ? weft_any_ref ((WeftAny *) value)
                                       : weft_any_new_null ());
}

static void
fill_map (Frame  *frame,
          GArray *stack)
{
  WeftDoc *doc = frame->type->doc;

  for (WeftHandle at = frame->type->first_entry; at != WEFT_NONE; at = weft_entry (doc, at)->next)
    {
      WeftMapEntry *entry = weft_entry (doc, at);
      const WeftItem *item = weft_item (doc, entry->head);
      WeftType *type = weft_content_get_type (doc, item);
      WeftAny *value;

      if (item->deleted)
        continue;
      value = type != NULL ? begin_value (type, frame->depth + 1, stack)
                           : weft_content_get (doc, item, item->len - 1);
      if (value != NULL)
        weft_any_object_append (frame->value, weft_key (doc, entry->key)->string,
                                weft_key (doc, entry->key)->length, value);
    }
  weft_any_object_seal_unique (frame->value);
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
      Fill fill = { &frame, stack };

      g_array_set_size (stack, stack->len - 1);
      if (frame.type->kind == WEFT_KIND_ARRAY)
        weft_array_foreach (frame.type, fill_item_cb, &fill);
      else
        fill_map (&frame, stack);
    }

  return value;
}
