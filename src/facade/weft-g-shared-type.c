/* weft-g-shared-type.c - what texts, arrays, maps and XML nodes of a document have in common
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One object a type. The document owns it by a toggle reference: as long as somebody else holds it, too, it holds the
 * document, so neither outlives what it needs; and handlers stay connected when nobody holds it any more.
 */

#include "config.h"

#include "weft-g-private.h"
#include "weft-g-value.h"

#include "crdt/weft-position.h"

typedef struct
{
  /* Owned while somebody besides the document holds us, else borrowed; %NULL once the document is gone */
  WeftGDocument *document;
  gboolean       holds_document;

  /* Borrowed from the document */
  WeftType      *type;
} WeftGSharedTypePrivate;

/**
 * WeftGSharedType:
 *
 * What texts, arrays, maps and XML nodes of a document have in common.
 *
 * Objects are got from a document or another type, never made. Editing a type that was deleted does nothing.
 */
G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (WeftGSharedType, weft_g_shared_type, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_DOCUMENT,
  PROP_LENGTH,
  N_PROPS,
};

enum
{
  CHANGED,
  DEEP_CHANGED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

static void
toggle_cb (gpointer  data,
           GObject  *object,
           gboolean  is_last)
{
  WeftGSharedTypePrivate *priv = weft_g_shared_type_get_instance_private (WEFT_G_SHARED_TYPE (object));

  if (priv->document == NULL || priv->holds_document == !is_last)
    return;
  priv->holds_document = !is_last;
  if (is_last)
    g_object_unref (priv->document); /* may be the end of the document, and of us */
  else
    g_object_ref (priv->document);
}

static void
weft_g_shared_type_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  WeftGSharedType *self = WEFT_G_SHARED_TYPE (object);

  switch (prop_id)
    {
    case PROP_DOCUMENT:
      g_value_set_object (value, weft_g_shared_type_get_document (self));
      break;
    case PROP_LENGTH:
      g_value_set_uint64 (value, weft_g_shared_type_get_length (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
weft_g_shared_type_class_init (WeftGSharedTypeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = weft_g_shared_type_get_property;

  properties[PROP_DOCUMENT] = g_param_spec_object ("document", NULL, NULL, WEFT_G_TYPE_DOCUMENT,
                                                   G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_LENGTH] = g_param_spec_uint64 ("length", NULL, NULL, 0, G_MAXUINT64, 0,
                                                 G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * WeftGSharedType::changed:
   * @self: the type
   * @event: what changed
   *
   * A transaction changed this type itself. An edit made in a handler is a transaction of its own.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, WEFT_G_TYPE_EVENT);

  /**
   * WeftGSharedType::deep-changed:
   * @self: the type
   * @event: what changed; its target is this type or one below it
   *
   * A transaction changed this type or one below it: once for each type that changed.
   */
  signals[DEEP_CHANGED] = g_signal_new ("deep-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 1, WEFT_G_TYPE_EVENT);
}

static void
weft_g_shared_type_init (WeftGSharedType *self)
{
}

WeftGSharedType *
weft_g_shared_type_new (WeftGDocument *document,
                        WeftType      *type)
{
  WeftGSharedType *self;
  WeftGSharedTypePrivate *priv;
  GType gtype;

  switch (weft_type_get_kind (type))
    {
    case WEFT_KIND_TEXT:
      gtype = WEFT_G_TYPE_TEXT;
      break;
    case WEFT_KIND_XML_TEXT:
      gtype = WEFT_G_TYPE_XML_TEXT;
      break;
    case WEFT_KIND_ARRAY:
      gtype = WEFT_G_TYPE_ARRAY;
      break;
    case WEFT_KIND_XML_FRAGMENT:
      gtype = WEFT_G_TYPE_XML_FRAGMENT;
      break;
    case WEFT_KIND_XML_ELEMENT:
      gtype = WEFT_G_TYPE_XML_ELEMENT;
      break;
    case WEFT_KIND_MAP:
    case WEFT_KIND_XML_HOOK:
    case WEFT_KIND_UNTYPED:
    default:
      gtype = WEFT_G_TYPE_MAP;
    }
  self = g_object_new (gtype, NULL);
  priv = weft_g_shared_type_get_instance_private (self);
  priv->document = g_object_ref (document);
  priv->holds_document = TRUE;
  priv->type = type;
  weft_type_set_user_data (type, self);

  /* Two references: the toggle one is the document's; the other goes at once. */
  g_object_add_toggle_ref (G_OBJECT (self), toggle_cb, NULL);
  g_object_unref (self);

  return self;
}

void
weft_g_shared_type_orphan (WeftGSharedType *self)
{
  WeftGSharedTypePrivate *priv = weft_g_shared_type_get_instance_private (self);

  priv->document = NULL;
  weft_type_set_user_data (priv->type, NULL);
  priv->type = NULL;
  g_object_remove_toggle_ref (G_OBJECT (self), toggle_cb, NULL);
}

WeftType *
weft_g_shared_type_get_engine (WeftGSharedType *self)
{
  WeftGSharedTypePrivate *priv = weft_g_shared_type_get_instance_private (self);

  return priv->type;
}

gboolean
weft_g_shared_type_is_watched (WeftGSharedType *self,
                               gboolean         deep)
{
  return g_signal_has_handler_pending (self, signals[deep ? DEEP_CHANGED : CHANGED], 0, FALSE);
}

void
weft_g_shared_type_emit (WeftGSharedType *self,
                         WeftGEvent      *event,
                         gboolean         deep)
{
  g_signal_emit (self, signals[deep ? DEEP_CHANGED : CHANGED], 0, event);
}

/**
 * weft_g_shared_type_get_document: (get-property document)
 * @self: a shared type
 *
 * Returns: (transfer none): the document that it is in
 */
WeftGDocument *
weft_g_shared_type_get_document (WeftGSharedType *self)
{
  WeftGSharedTypePrivate *priv = weft_g_shared_type_get_instance_private (self);

  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), NULL);

  return priv->document;
}

/**
 * weft_g_shared_type_get_length: (get-property length)
 * @self: a shared type
 *
 * Returns: of a text its length in UTF-16 code units (as JavaScript counts), of a map its keys, else its items
 */
guint64
weft_g_shared_type_get_length (WeftGSharedType *self)
{
  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), 0);

  if (WEFT_G_IS_MAP (self))
    return weft_map_get_n_keys (weft_g_shared_type_get_engine (self));

  return weft_type_get_length (weft_g_shared_type_get_engine (self));
}

/**
 * weft_g_shared_type_get_is_deleted:
 * @self: a shared type
 *
 * Returns: whether it, or something around it, was deleted
 */
gboolean
weft_g_shared_type_get_is_deleted (WeftGSharedType *self)
{
  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), TRUE);

  return weft_type_is_deleted (weft_g_shared_type_get_engine (self));
}

/**
 * weft_g_shared_type_get_parent:
 * @self: a shared type
 *
 * Returns: (transfer none) (nullable): the type that holds it; %NULL for what has a name in the document
 */
WeftGSharedType *
weft_g_shared_type_get_parent (WeftGSharedType *self)
{
  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), NULL);

  return weft_g_document_wrap (weft_g_shared_type_get_document (self),
                               weft_type_get_parent (weft_g_shared_type_get_engine (self)));
}

/**
 * weft_g_shared_type_to_variant:
 * @self: a shared type
 *
 * Its whole content, nested types included: a string for texts and XML, `av` for an array, `a{sv}` for a map.
 *
 * Returns: (transfer full): the content
 */
GVariant *
weft_g_shared_type_to_variant (WeftGSharedType *self)
{
  g_autoptr(WeftAny) value = NULL;

  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), NULL);
  value = weft_type_to_any (weft_g_shared_type_get_engine (self));

  return weft_g_value_to_variant (value);
}

/**
 * weft_g_shared_type_to_json:
 * @self: a shared type
 *
 * Returns: (transfer full): its whole content as JSON text, as `toJSON()` of Yjs gives it
 */
char *
weft_g_shared_type_to_json (WeftGSharedType *self)
{
  g_autoptr(WeftAny) value = NULL;

  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), NULL);
  value = weft_type_to_any (weft_g_shared_type_get_engine (self));

  return weft_any_to_json (value);
}

/**
 * weft_g_shared_type_encode_position:
 * @self: a shared type
 * @index: a place in it
 * @assoc: 0 or more: the place belongs to what is at its right; less than 0: to what is at its left
 *
 * A relative position, which moves with its neighbours; weft_g_document_resolve_position() tells where it is.
 *
 * Returns: (transfer full): the position as bytes, as `encodeRelativePosition()` of Yjs gives it
 */
GBytes *
weft_g_shared_type_encode_position (WeftGSharedType *self,
                                    guint64          index,
                                    int              assoc)
{
  g_auto(WeftPosition) position = { 0 };
  WeftWriter writer;

  g_return_val_if_fail (WEFT_G_IS_SHARED_TYPE (self), NULL);

  weft_position_from_index (&position, weft_g_shared_type_get_engine (self), index, assoc);
  weft_writer_init (&writer);
  weft_position_write (&position, &writer);

  return weft_writer_steal_bytes (&writer);
}
