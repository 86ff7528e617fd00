/* peers-told.c - values, deltas and changes in the words of tests/node/crdt/peers.mjs and odd.mjs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "peers-told.h"

#include <math.h>
#include <string.h>

WeftAny *
peers_revive (const WeftAny *value)
{
  const WeftAny *inner;
  WeftAny *copy;

  if (weft_any_get_kind (value) == WEFT_ANY_ARRAY)
    {
      copy = weft_any_new_array ();
      for (gsize i = 0; i < weft_any_get_n_items (value); i++)
        weft_any_array_take (copy, peers_revive (weft_any_get_item (value, i)));
      return copy;
    }
  if (weft_any_get_kind (value) != WEFT_ANY_OBJECT)
    return weft_any_ref ((WeftAny *) value);

  if ((inner = weft_any_lookup (value, "$bytes")) != NULL)
    {
      gsize size;
      guchar *data = g_base64_decode (weft_any_get_string (inner), &size);
      g_autoptr(GBytes) bytes = g_bytes_new_take (data, size);

      return weft_any_new_bytes (bytes);
    }
  if ((inner = weft_any_lookup (value, "$bigint")) != NULL)
    return weft_any_new_bigint (g_ascii_strtoll (weft_any_get_string (inner), NULL, 10));
  if ((inner = weft_any_lookup (value, "$number")) != NULL)
    return weft_any_new_number (g_ascii_strtod (weft_any_get_string (inner), NULL));
  if (weft_any_lookup (value, "$undefined") != NULL)
    return weft_any_new_undefined ();

  copy = weft_any_new_object ();
  for (gsize i = 0; i < weft_any_get_n_items (value); i++)
    weft_any_object_take (copy, weft_any_get_key (value, i), peers_revive (weft_any_get_item (value, i)));

  return copy;
}

WeftAny *
peers_tell_type (WeftType *type)
{
  WeftAny *value = weft_any_new_object ();

  weft_any_object_take (value, "$type", weft_any_new_number (weft_type_get_kind (type)));

  return value;
}

static void
tell_op (WeftAny    *ops,
         const char *name,
         WeftAny    *value,
         WeftAny    *attributes)
{
  WeftAny *op = weft_any_new_object ();

  weft_any_object_take (op, name, value);
  if (attributes != NULL)
    weft_any_object_take (op, "attributes", weft_any_ref (attributes));
  weft_any_array_take (ops, op);
}

/* Zero has a sign in peers.mjs. */
static WeftAny *
tell_embed (const WeftAny *embed)
{
  g_autofree char *json = weft_any_to_json (embed);
  const WeftAny *z = weft_any_lookup (embed, "z");
  WeftAny *told;

  told = weft_any_from_json (json, -1, NULL);
  if (z != NULL && signbit (weft_any_get_number (weft_any_get_item (z, 0))))
    {
      WeftAny *zero = weft_any_new_object (), *list = weft_any_new_array ();

      weft_any_object_take (zero, "$number", weft_any_new_string ("-0"));
      weft_any_array_take (list, zero);
      weft_any_object_take (told, "z", list);
    }

  return told;
}

/* As flat() of peers.mjs. Types in an array are items of it, in a text embeds. */
WeftAny *
peers_tell_delta (const WeftDelta *delta,
                  gboolean         is_text)
{
  WeftAny *ops = weft_any_new_array ();

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          tell_op (ops, "retain", weft_any_new_number (op->length), op->attributes);
          break;
        case WEFT_DELTA_DELETE:
          tell_op (ops, "delete", weft_any_new_number (op->length), NULL);
          break;
        case WEFT_DELTA_INSERT_TEXT:
          tell_op (ops, "insert", weft_any_new_string_len (op->text, op->n_bytes), op->attributes);
          break;
        case WEFT_DELTA_INSERT_EMBED:
          tell_op (ops, "insert", tell_embed (op->embed), op->attributes);
          break;
        case WEFT_DELTA_INSERT_TYPE:
          {
            WeftAny *type = peers_tell_type (op->type), *list = weft_any_new_array ();

            if (is_text)
              {
                weft_any_unref (list);
                tell_op (ops, "insert", type, op->attributes);
                break;
              }
            weft_any_array_take (list, type);
            tell_op (ops, "insert", list, NULL);
            break;
          }
        default:
          for (gsize j = 0; j < weft_any_get_n_items (op->embed); j++)
            {
              WeftAny *list = weft_any_new_array ();

              weft_any_array_take (list, weft_any_ref ((WeftAny *) weft_any_get_item (op->embed, j)));
              tell_op (ops, "insert", list, NULL);
            }
        }
    }

  return ops;
}

gboolean
peers_is_text (WeftType *type)
{
  return weft_type_get_kind (type) == WEFT_KIND_TEXT || weft_type_get_kind (type) == WEFT_KIND_XML_TEXT;
}

static int
compare_changes (gconstpointer a,
                 gconstpointer b)
{
  return strcmp (string (*(WeftAny *const *) a, 0), string (*(WeftAny *const *) b, 0));
}

WeftAny *
peers_tell_keys (WeftEvent *event)
{
  static const char *const actions[] = { "add", "update", "delete" };
  g_autoptr(GPtrArray) changes = g_ptr_array_new ();
  WeftAny *all = weft_any_new_array ();

  for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
    {
      WeftAny *change = weft_any_new_array (), *old = weft_event_dup_old_value (event, i);
      WeftType *type = weft_event_get_old_type (event, i);

      weft_any_array_take (change, weft_any_new_string (weft_event_get_key (event, i)));
      weft_any_array_take (change, weft_any_new_string (actions[weft_event_get_key_action (event, i)]));
      weft_any_array_take (change, type != NULL  ? peers_tell_type (type)
                                   : old != NULL ? old
                                                 : weft_any_new_undefined ());
      g_ptr_array_add (changes, change);
    }
  g_ptr_array_sort (changes, compare_changes);
  for (guint i = 0; i < changes->len; i++)
    weft_any_array_take (all, g_ptr_array_index (changes, i));

  return all;
}
