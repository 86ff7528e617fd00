/* weft-delta.c - what changed in, or is in, a text or an array: retain, insert, delete
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-delta.h"
#include "crdt/weft-type.h"

#include <math.h>
#include <string.h>

struct _WeftDelta
{
  GArray *ops;            /* of WeftDeltaOp */
  gsize   text_allocated; /* of the last operation's text */
};

#define OP(self, i) (&g_array_index ((self)->ops, WeftDeltaOp, (i)))

static void
clear_op (gpointer data)
{
  WeftDeltaOp *op = data;

  g_free (op->text);
  g_clear_pointer (&op->embed, weft_any_unref);
  g_clear_pointer (&op->attributes, weft_any_unref);
}

static gboolean
anys_equal (const WeftAny *a,
            const WeftAny *b)
{
  if (a == NULL || b == NULL)
    return a == b;

  return weft_any_equal (a, b);
}

/* No attributes and an empty object of them say the same. */
static WeftAny *
dup_attributes (WeftAny *attributes)
{
  if (attributes == NULL || weft_any_get_n_items (attributes) == 0)
    return NULL;

  return weft_any_ref (attributes);
}

/* The last operation, where one of @kind with @attributes can be joined with it, else a new one. */
static WeftDeltaOp *
get_last_or_append (WeftDelta    *self,
                    WeftDeltaKind kind,
                    WeftAny      *attributes,
                    gboolean      may_join)
{
  WeftDeltaOp op = { .kind = kind, .attributes = dup_attributes (attributes) };

  if (may_join && self->ops->len > 0)
    {
      WeftDeltaOp *last = OP (self, self->ops->len - 1);

      if (last->kind == kind && anys_equal (last->attributes, op.attributes))
        {
          clear_op (&op);
          return last;
        }
    }

  g_array_append_val (self->ops, op);
  self->text_allocated = 0;
  return OP (self, self->ops->len - 1);
}

WeftDelta *
weft_delta_new (void)
{
  WeftDelta *self = g_new0 (WeftDelta, 1);

  self->ops = g_array_new (FALSE, FALSE, sizeof (WeftDeltaOp));
  g_array_set_clear_func (self->ops, clear_op);
  return self;
}

void
weft_delta_free (WeftDelta *self)
{
  g_array_unref (self->ops);
  g_free (self);
}

gsize
weft_delta_get_n_ops (const WeftDelta *self)
{
  return self->ops->len;
}

const WeftDeltaOp *
weft_delta_get_op (const WeftDelta *self,
                   gsize            index)
{
  g_return_val_if_fail (index < self->ops->len, NULL);

  return OP (self, index);
}

void
weft_delta_retain (WeftDelta *self,
                   guint64    length,
                   WeftAny   *attributes)
{
  if (length > 0)
    get_last_or_append (self, WEFT_DELTA_RETAIN, attributes, TRUE)->length += length;
}

void
weft_delta_delete (WeftDelta *self,
                   guint64    length)
{
  if (length > 0)
    get_last_or_append (self, WEFT_DELTA_DELETE, NULL, TRUE)->length += length;
}

void
weft_delta_insert_text (WeftDelta  *self,
                        const char *utf8,
                        gssize      n_bytes,
                        WeftAny    *attributes)
{
  gsize length = n_bytes < 0 ? strlen (utf8) : (gsize) n_bytes;
  WeftDeltaOp *op;

  if (length == 0)
    return;

  op = get_last_or_append (self, WEFT_DELTA_INSERT_TEXT, attributes, TRUE);

  /* Texts often come in many small pieces: grow by doubling. */
  if (op->n_bytes + length + 1 > self->text_allocated)
    {
      self->text_allocated = MAX (op->n_bytes + length + 1, self->text_allocated * 2);
      op->text = g_realloc (op->text, self->text_allocated);
    }

  memcpy (op->text + op->n_bytes, utf8, length);
  op->n_bytes += length;
  op->text[op->n_bytes] = '\0';
  op->length += weft_utf16_length (utf8, length);
}

void
weft_delta_insert_embed (WeftDelta *self,
                         WeftAny   *embed,
                         WeftAny   *attributes)
{
  WeftDeltaOp *op = get_last_or_append (self, WEFT_DELTA_INSERT_EMBED, attributes, FALSE);

  op->embed = weft_any_ref (embed);
  op->length = 1;
}

void
weft_delta_insert_type (WeftDelta *self,
                        WeftType  *type,
                        WeftAny   *attributes)
{
  WeftDeltaOp *op = get_last_or_append (self, WEFT_DELTA_INSERT_TYPE, attributes, FALSE);

  op->type = type;
  op->length = 1;
}

void
weft_delta_insert_values (WeftDelta *self,
                          WeftAny   *values)
{
  WeftDeltaOp *op;

  g_return_if_fail (weft_any_get_kind (values) == WEFT_ANY_ARRAY);

  if (weft_any_get_n_items (values) == 0)
    return;

  /* The array is ours alone, so that later values can be appended to it. */
  op = get_last_or_append (self, WEFT_DELTA_INSERT_VALUES, NULL, TRUE);
  if (op->embed == NULL)
    op->embed = weft_any_new_array ();

  for (gsize i = 0; i < weft_any_get_n_items (values); i++)
    weft_any_array_take (op->embed, weft_any_ref ((WeftAny *) weft_any_get_item (values, i)));
  op->length = weft_any_get_n_items (op->embed);
}

void
weft_delta_chop (WeftDelta *self)
{
  if (self->ops->len == 0)
    return;

  if (OP (self, self->ops->len - 1)->kind == WEFT_DELTA_RETAIN &&
      OP (self, self->ops->len - 1)->attributes == NULL)
    {
      g_array_set_size (self->ops, self->ops->len - 1);
      self->text_allocated = 0;
    }
}

gboolean
weft_delta_equal (const WeftDelta *a,
                  const WeftDelta *b)
{
  if (a->ops->len != b->ops->len)
    return FALSE;

  for (guint i = 0; i < a->ops->len; i++)
    {
      const WeftDeltaOp *left = OP (a, i);
      const WeftDeltaOp *right = OP (b, i);

      if (left->kind != right->kind || left->length != right->length ||
          left->n_bytes != right->n_bytes || left->type != right->type ||
          !anys_equal (left->embed, right->embed) ||
          !anys_equal (left->attributes, right->attributes))
        return FALSE;
      if (left->n_bytes > 0 && memcmp (left->text, right->text, left->n_bytes) != 0)
        return FALSE;
    }

  return TRUE;
}

static void
put_op (GString           *json,
        const WeftDeltaOp *op)
{
  switch (op->kind)
    {
    case WEFT_DELTA_RETAIN:
      g_string_append_printf (json, "{\"retain\":%" G_GUINT64_FORMAT, op->length);
      break;
    case WEFT_DELTA_DELETE:
      g_string_append_printf (json, "{\"delete\":%" G_GUINT64_FORMAT, op->length);
      break;
    case WEFT_DELTA_INSERT_TEXT:
      g_string_append (json, "{\"insert\":");
      weft_json_put_string (json, op->text, op->n_bytes);
      break;
    case WEFT_DELTA_INSERT_EMBED:
    case WEFT_DELTA_INSERT_VALUES:
      g_string_append (json, "{\"insert\":");
      weft_json_put_any (json, op->embed);
      break;
    case WEFT_DELTA_INSERT_TYPE:
      {
        g_autoptr(WeftAny) content = weft_type_to_any (op->type);

        g_string_append (json, "{\"insert\":");
        weft_json_put_any (json, content);
      }
      break;
    }

  if (op->attributes != NULL)
    {
      g_string_append (json, ",\"attributes\":");
      weft_json_put_any (json, op->attributes);
    }
  g_string_append_c (json, '}');
}

/**
 * weft_delta_to_json:
 *
 * Returns: (transfer full): the operations as an array in the form of Quill; array items and nested
 *   types as the value they hold
 */
char *
weft_delta_to_json (const WeftDelta *self)
{
  GString *json = g_string_new ("[");

  for (guint i = 0; i < self->ops->len; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      put_op (json, OP (self, i));
    }

  g_string_append_c (json, ']');
  return g_string_free (json, FALSE);
}

static gboolean
get_length (const WeftAny *value,
            guint64       *length)
{
  double number = weft_any_get_number (value);

  if (weft_any_get_kind (value) != WEFT_ANY_NUMBER || !(number >= 0) ||
      number > (double) WEFT_MAX_SAFE_INTEGER || floor (number) != number)
    return FALSE;

  *length = (guint64) number;
  return TRUE;
}

static gboolean
append_op (WeftDelta     *self,
           const WeftAny *op)
{
  const WeftAny *insert = weft_any_lookup (op, "insert");
  const WeftAny *retain = weft_any_lookup (op, "retain");
  const WeftAny *delete = weft_any_lookup (op, "delete");
  WeftAny *attributes = (WeftAny *) weft_any_lookup (op, "attributes");
  guint64 length = 0;

  if ((insert != NULL) + (retain != NULL) + (delete != NULL) != 1)
    return FALSE;
  if (attributes != NULL && weft_any_get_kind (attributes) != WEFT_ANY_OBJECT)
    return FALSE;

  if (insert != NULL && weft_any_get_kind (insert) == WEFT_ANY_STRING)
    weft_delta_insert_text (self, weft_any_get_string (insert),
                            (gssize) weft_any_get_string_length (insert), attributes);
  else if (insert != NULL && weft_any_get_kind (insert) == WEFT_ANY_ARRAY)
    weft_delta_insert_values (self, (WeftAny *) insert);
  else if (insert != NULL)
    weft_delta_insert_embed (self, (WeftAny *) insert, attributes);
  else if (!get_length (retain != NULL ? retain : delete, &length))
    return FALSE;
  else if (retain != NULL)
    weft_delta_retain (self, length, attributes);
  else
    weft_delta_delete (self, length);

  return TRUE;
}

/**
 * weft_delta_from_json:
 * @json: an array of operations, or Quill's object with the array under `ops`
 * @n_bytes: its length, or -1 where it is zero terminated
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Returns: (transfer full): the delta, or %NULL with @error set
 */
WeftDelta *
weft_delta_from_json (const char *json,
                      gssize      n_bytes,
                      GError    **error)
{
  g_autoptr(WeftAny) value = weft_any_from_json (json, n_bytes, error);
  g_autoptr(WeftDelta) self = weft_delta_new ();
  const WeftAny *ops = value;

  if (value == NULL)
    return NULL;

  if (weft_any_lookup (value, "ops") != NULL)
    ops = weft_any_lookup (value, "ops");

  if (weft_any_get_kind (ops) != WEFT_ANY_ARRAY)
    {
      g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED, "a delta is an array of operations");
      return NULL;
    }

  for (gsize i = 0; i < weft_any_get_n_items (ops); i++)
    {
      if (!append_op (self, weft_any_get_item (ops, i)))
        {
          g_set_error (error, WEFT_CRDT_ERROR, WEFT_CRDT_ERROR_MALFORMED,
                       "operation %" G_GSIZE_FORMAT " of the delta is not an insert, a retain or a delete", i);
          return NULL;
        }
    }

  return g_steal_pointer (&self);
}

/**
 * weft_utf16_length:
 * @utf8: well-formed UTF-8
 *
 * Returns: its length in UTF-16 code units
 */
guint64
weft_utf16_length (const char *utf8,
                   gsize       n_bytes)
{
  guint64 length = 0;

  /* Each byte that begins a character is one unit; four-byte characters are a pair. */
  for (gsize i = 0; i < n_bytes; i++)
    {
      guint8 byte = (guint8) utf8[i];

      length += (byte & 0xc0) != 0x80;
      length += byte >= 0xf0;
    }

  return length;
}
