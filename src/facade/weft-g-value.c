/* weft-g-value.c - values of a document as GVariants, and back
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "weft-g-value.h"

#include "crdt/weft-type.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

static GVariant *
string_to_variant (const WeftAny *value)
{
  const char *string = weft_any_get_string (value);
  gsize length = weft_any_get_string_length (value);
  GString *safe;

  if (memchr (string, 0, length) == NULL)
    return g_variant_new_string (string);

  safe = g_string_sized_new (length);
  for (gsize i = 0; i < length; i++)
    if (string[i] == '\0')
      g_string_append (safe, "\uFFFD");
    else
      g_string_append_c (safe, string[i]);

  return g_variant_new_take_string (g_string_free (safe, FALSE));
}

static GVariant *
to_variant (const WeftAny *value,
            guint          depth)
{
  WeftAnyKind kind = weft_any_get_kind (value);

  if (depth > WEFT_G_VALUE_MAX_DEPTH && (kind == WEFT_ANY_ARRAY || kind == WEFT_ANY_OBJECT))
    return g_variant_new_take_string (weft_any_to_json (value));

  switch (kind)
    {
    case WEFT_ANY_UNDEFINED:
      return g_variant_new_tuple (NULL, 0);
    case WEFT_ANY_BOOLEAN:
      return g_variant_new_boolean (weft_any_get_boolean (value));
    case WEFT_ANY_NUMBER:
      {
        double number = weft_any_get_number (value);

        if (fabs (number) <= (double) WEFT_MAX_SAFE_INTEGER && number == floor (number) &&
            !(number == 0 && signbit (number)))
          return g_variant_new_int64 ((gint64) number);
        return g_variant_new_double (number);
      }
    case WEFT_ANY_BIGINT:
      return g_variant_new ("(x)", weft_any_get_bigint (value));
    case WEFT_ANY_STRING:
      return string_to_variant (value);
    case WEFT_ANY_BYTES:
      return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, weft_any_get_bytes (value), TRUE);
    case WEFT_ANY_ARRAY:
      {
        GVariantBuilder builder;

        g_variant_builder_init (&builder, G_VARIANT_TYPE ("av"));
        for (gsize i = 0; i < weft_any_get_n_items (value); i++)
          g_variant_builder_add (&builder, "v", to_variant (weft_any_get_item (value, i), depth + 1));
        return g_variant_builder_end (&builder);
      }
    case WEFT_ANY_OBJECT:
      {
        GVariantBuilder builder;

        g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
        for (gsize i = 0; i < weft_any_get_n_items (value); i++)
          g_variant_builder_add (&builder, "{sv}", weft_any_get_key (value, i),
                                 to_variant (weft_any_get_item (value, i), depth + 1));
        return g_variant_builder_end (&builder);
      }
    case WEFT_ANY_NULL:
    default:
      return g_variant_new_maybe (G_VARIANT_TYPE_VARIANT, NULL);
    }
}

GVariant *
weft_g_value_to_variant (const WeftAny *value)
{
  return g_variant_ref_sink (to_variant (value, 0));
}

static WeftAny *from_variant (GVariant *variant,
                              GError  **error);

static WeftAny *
integer_to_any (gint64 value)
{
  if (value > (gint64) WEFT_MAX_SAFE_INTEGER || value < -(gint64) WEFT_MAX_SAFE_INTEGER)
    return weft_any_new_bigint (value);

  return weft_any_new_number (value);
}

static WeftAny *
dictionary_to_any (GVariant *variant,
                   GError  **error)
{
  g_autoptr(WeftAny) object = weft_any_new_object ();

  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr(GVariant) entry = g_variant_get_child_value (variant, i);
      g_autoptr(GVariant) key = g_variant_get_child_value (entry, 0);
      g_autoptr(GVariant) child = g_variant_get_child_value (entry, 1);
      WeftAny *value = from_variant (child, error);

      if (value == NULL)
        return NULL;
      weft_any_object_take (object, g_variant_get_string (key, NULL), value);
    }

  return g_steal_pointer (&object);
}

static WeftAny *
children_to_any (GVariant *variant,
                 GError  **error)
{
  g_autoptr(WeftAny) array = weft_any_new_array ();

  for (gsize i = 0; i < g_variant_n_children (variant); i++)
    {
      g_autoptr(GVariant) child = g_variant_get_child_value (variant, i);
      WeftAny *value = from_variant (child, error);

      if (value == NULL)
        return NULL;
      weft_any_array_take (array, value);
    }

  return g_steal_pointer (&array);
}

static WeftAny *
from_variant (GVariant *variant,
              GError  **error)
{
  const GVariantType *type = g_variant_get_type (variant);

  switch (g_variant_classify (variant))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return weft_any_new_boolean (g_variant_get_boolean (variant));
    case G_VARIANT_CLASS_BYTE:
      return weft_any_new_number (g_variant_get_byte (variant));
    case G_VARIANT_CLASS_INT16:
      return weft_any_new_number (g_variant_get_int16 (variant));
    case G_VARIANT_CLASS_UINT16:
      return weft_any_new_number (g_variant_get_uint16 (variant));
    case G_VARIANT_CLASS_INT32:
      return weft_any_new_number (g_variant_get_int32 (variant));
    case G_VARIANT_CLASS_UINT32:
      return weft_any_new_number (g_variant_get_uint32 (variant));
    case G_VARIANT_CLASS_INT64:
      return integer_to_any (g_variant_get_int64 (variant));
    case G_VARIANT_CLASS_UINT64:
      if (g_variant_get_uint64 (variant) > G_MAXINT64)
        break;
      return integer_to_any ((gint64) g_variant_get_uint64 (variant));
    case G_VARIANT_CLASS_DOUBLE:
      return weft_any_new_number (g_variant_get_double (variant));
    case G_VARIANT_CLASS_STRING:
    case G_VARIANT_CLASS_OBJECT_PATH:
    case G_VARIANT_CLASS_SIGNATURE:
      return weft_any_new_string (g_variant_get_string (variant, NULL));
    case G_VARIANT_CLASS_VARIANT:
      {
        g_autoptr(GVariant) inner = g_variant_get_variant (variant);

        return from_variant (inner, error);
      }
    case G_VARIANT_CLASS_MAYBE:
      {
        g_autoptr(GVariant) inner = g_variant_get_maybe (variant);

        return inner != NULL ? from_variant (inner, error) : weft_any_new_null ();
      }
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_type_equal (type, G_VARIANT_TYPE_BYTESTRING))
        {
          g_autoptr(GBytes) bytes = g_variant_get_data_as_bytes (variant);

          return weft_any_new_bytes (bytes);
        }
      if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{s*}")))
        return dictionary_to_any (variant, error);
      if (g_variant_type_is_subtype_of (type, G_VARIANT_TYPE ("a{?*}")))
        break;
      return children_to_any (variant, error);
    case G_VARIANT_CLASS_TUPLE:
      if (g_variant_n_children (variant) == 0)
        return weft_any_new_undefined ();
      if (g_variant_type_equal (type, G_VARIANT_TYPE ("(x)")))
        {
          gint64 value;

          g_variant_get (variant, "(x)", &value);
          return weft_any_new_bigint (value);
        }
      if (g_variant_n_children (variant) > 1)
        return children_to_any (variant, error);
      break;
    case G_VARIANT_CLASS_HANDLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
    default:
      break;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "A document cannot hold a value of the type “%s”", g_variant_get_type_string (variant));

  return NULL;
}

WeftAny *
weft_g_value_from_variant (GVariant *variant,
                           GError  **error)
{
  g_autoptr(GVariant) owned = g_variant_ref_sink (variant);

  return from_variant (owned, error);
}

WeftAny *
weft_g_value_from_argument (GVariant *variant)
{
  g_autoptr(GError) error = NULL;
  WeftAny *value = weft_g_value_from_variant (variant, &error);

  if (value == NULL)
    g_critical ("%s", error->message);

  return value;
}

WeftAny *
weft_g_value_from_attributes (GVariant *variant)
{
  g_autoptr(WeftAny) value = variant != NULL ? weft_g_value_from_argument (variant) : NULL;

  if (value == NULL || weft_any_get_kind (value) == WEFT_ANY_OBJECT)
    return g_steal_pointer (&value);
  /* An empty a{sv} is an object already; an empty array of another type is taken for one. */
  if (weft_any_get_kind (value) == WEFT_ANY_ARRAY && weft_any_get_n_items (value) == 0)
    return weft_any_new_object ();
  g_critical ("Attributes are a dictionary with strings as keys");

  return NULL;
}

GVariant *
weft_g_value_delta_to_variant (const WeftDelta *delta)
{
  GVariantBuilder ops;

  g_variant_builder_init (&ops, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      g_autoptr(WeftAny) content = NULL;

      g_variant_builder_open (&ops, G_VARIANT_TYPE_VARDICT);
      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          g_variant_builder_add (&ops, "{sv}", "retain", g_variant_new_int64 (op->length));
          break;
        case WEFT_DELTA_DELETE:
          g_variant_builder_add (&ops, "{sv}", "delete", g_variant_new_int64 (op->length));
          break;
        case WEFT_DELTA_INSERT_TEXT:
          content = weft_any_new_string_len (op->text, op->n_bytes);
          break;
        case WEFT_DELTA_INSERT_TYPE:
          content = weft_type_to_any (op->type);
          break;
        case WEFT_DELTA_INSERT_EMBED:
        case WEFT_DELTA_INSERT_VALUES:
        default:
          content = weft_any_ref (op->embed);
        }
      if (content != NULL)
        g_variant_builder_add (&ops, "{sv}", "insert", to_variant (content, 2));
      if (op->attributes != NULL)
        g_variant_builder_add (&ops, "{sv}", "attributes", to_variant (op->attributes, 2));
      g_variant_builder_close (&ops);
    }

  return g_variant_ref_sink (g_variant_builder_end (&ops));
}
