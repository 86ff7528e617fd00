/* weft-g-event.c - what one transaction changed in one shared type
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A copy: it can be kept after the signal.
 */

#include "config.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

struct _WeftGEvent
{
  GObject          parent_instance;

  /* Owned */
  WeftGSharedType *target;
  GVariant        *path; /* av: keys and indexes, from the root */
  GVariant        *delta;
  char            *delta_json;
  GStrv            keys;
  GHashTable      *old_values; /* key -> GVariant */

  /* Interned */
  const char      *origin;

  gboolean         local;
};

/**
 * WeftGEvent:
 *
 * What one transaction changed in one shared type.
 */
G_DEFINE_FINAL_TYPE (WeftGEvent, weft_g_event, G_TYPE_OBJECT)

static void
weft_g_event_finalize (GObject *object)
{
  WeftGEvent *self = WEFT_G_EVENT (object);

  g_clear_object (&self->target);
  g_clear_pointer (&self->path, g_variant_unref);
  g_clear_pointer (&self->delta, g_variant_unref);
  g_clear_pointer (&self->delta_json, g_free);
  g_clear_pointer (&self->keys, g_strfreev);
  g_clear_pointer (&self->old_values, g_hash_table_unref);

  G_OBJECT_CLASS (weft_g_event_parent_class)->finalize (object);
}

static void
weft_g_event_class_init (WeftGEventClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = weft_g_event_finalize;
}

static void
weft_g_event_init (WeftGEvent *self)
{
  self->old_values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
}

WeftGEvent *
weft_g_event_new (WeftGSharedType *target,
                  WeftEvent       *event,
                  const char      *origin,
                  gboolean         local)
{
  WeftGEvent *self = g_object_new (WEFT_G_TYPE_EVENT, NULL);
  const WeftDelta *delta = weft_event_get_delta (event);
  gsize n_keys = weft_event_get_n_keys (event);
  g_autoptr(WeftAny) path = weft_event_dup_path (event, NULL);

  self->target = g_object_ref (target);
  self->path = weft_g_value_to_variant (path);
  self->delta = weft_g_value_delta_to_variant (delta);
  self->delta_json = weft_delta_to_json (delta);
  self->keys = g_new0 (char *, n_keys + 1);
  for (gsize i = 0; i < n_keys; i++)
    {
      g_autoptr(WeftAny) old = weft_event_dup_old_value (event, i);

      self->keys[i] = g_strdup (weft_event_get_key (event, i));
      if (old != NULL)
        g_hash_table_insert (self->old_values, g_strdup (self->keys[i]), weft_g_value_to_variant (old));
    }
  self->origin = origin;
  self->local = local;

  return self;
}

/**
 * weft_g_event_get_target:
 * @self: an event
 *
 * Returns: (transfer none): the type that changed
 */
WeftGSharedType *
weft_g_event_get_target (WeftGEvent *self)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), NULL);

  return self->target;
}

/**
 * weft_g_event_dup_path:
 * @self: an event
 * @from: (nullable): a type that held the changed one, such as the one whose handler runs; %NULL: the outermost one
 *
 * Where the changed type was when the transaction ended, as `YEvent.path` of Yjs.
 *
 * Returns: (transfer full) (nullable): the keys and indexes that lead from @from to it, as `av`; empty where @from is
 *   the changed type itself, %NULL where it does not hold it
 */
GVariant *
weft_g_event_dup_path (WeftGEvent      *self,
                       WeftGSharedType *from)
{
  WeftType *type, *within = NULL;
  GVariantBuilder builder;
  gsize n_outside = 0;

  g_return_val_if_fail (WEFT_G_IS_EVENT (self) && (from == NULL || WEFT_G_IS_SHARED_TYPE (from)), NULL);

  if (from == NULL)
    return g_variant_ref (self->path);
  within = weft_g_shared_type_get_engine (from);
  for (type = weft_g_shared_type_get_engine (self->target); type != NULL && type != within;)
    type = weft_type_get_parent (type);
  if (type == NULL)
    return NULL;
  for (type = weft_type_get_parent (within); type != NULL; type = weft_type_get_parent (type))
    n_outside++;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
  for (gsize i = n_outside; i < g_variant_n_children (self->path); i++)
    g_variant_builder_add_value (&builder, g_variant_get_child_value (self->path, i));

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/**
 * weft_g_event_get_delta:
 * @self: an event
 *
 * What changed in the sequence, in the operations of Quill: an array of dictionaries with `retain` (a number),
 * `delete` (a number) or `insert` (a text; an embedded value; an array of values; the content of a nested type), and
 * `attributes`.
 * Texts count UTF-16 code units, all else items.
 *
 * Returns: (transfer none): a variant of the type `aa{sv}`; empty where only keys changed
 */
GVariant *
weft_g_event_get_delta (WeftGEvent *self)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), NULL);

  return self->delta;
}

/**
 * weft_g_event_get_delta_json:
 * @self: an event
 *
 * Returns: the same as JSON text
 */
const char *
weft_g_event_get_delta_json (WeftGEvent *self)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), NULL);

  return self->delta_json;
}

/**
 * weft_g_event_get_keys:
 * @self: an event
 *
 * Returns: (transfer none) (array zero-terminated=1): the keys that were set or removed: of a map, or the attributes
 *   of an XML node
 */
const char * const *
weft_g_event_get_keys (WeftGEvent *self)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), NULL);

  return (const char * const *) self->keys;
}

/**
 * weft_g_event_get_old_value:
 * @self: an event
 * @key: one of its keys
 *
 * Returns: (transfer none) (nullable): what @key held before; %NULL where it held nothing
 */
GVariant *
weft_g_event_get_old_value (WeftGEvent *self,
                            const char *key)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), NULL);
  g_return_val_if_fail (key != NULL, NULL);

  return g_hash_table_lookup (self->old_values, key);
}

/**
 * weft_g_event_get_origin:
 * @self: an event
 *
 * Returns: (nullable): the name that the transaction was begun with
 */
const char *
weft_g_event_get_origin (WeftGEvent *self)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), NULL);

  return self->origin;
}

/**
 * weft_g_event_get_local:
 * @self: an event
 *
 * Returns: whether the change was made here, and did not come in an update
 */
gboolean
weft_g_event_get_local (WeftGEvent *self)
{
  g_return_val_if_fail (WEFT_G_IS_EVENT (self), FALSE);

  return self->local;
}
