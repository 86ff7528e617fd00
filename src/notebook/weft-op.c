/* weft-op.c - one step of a notebook's page tree, as packed in its op log
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-op.h"

#include <string.h>

/**
 * weft_op_new_move:
 * @lamport: one more than the greatest timestamp seen
 * @page: the page that moves, or comes into being
 * @parent: the page it goes below
 * @position: its key among its siblings
 *
 * Returns: (transfer full): a move
 */
WeftOp *
weft_op_new_move (guint64           lamport,
                  const WeftPageId *page,
                  const WeftPageId *parent,
                  const char       *position)
{
  WeftOp *self = g_new0 (WeftOp, 1);

  self->kind = WEFT_OP_MOVE;
  self->lamport = lamport;
  self->page = *page;
  self->parent = *parent;
  self->position = g_strdup (position);

  return self;
}

/**
 * weft_op_new_trash:
 * @lamport: one more than the greatest timestamp seen
 * @page: the page that is deleted, with all that is below it
 * @position: its key in the trash
 * @seen: (nullable) (transfer full): what its author knows and had not yet written in an earlier
 * one
 *
 * Returns: (transfer full): a move to the trash
 */
WeftOp *
weft_op_new_trash (guint64           lamport,
                   const WeftPageId *page,
                   const char       *position,
                   WeftStateVector  *seen)
{
  WeftOp *self = weft_op_new_move (lamport, page, &weft_page_id_trash, position);

  self->seen = seen;

  return self;
}

/**
 * weft_op_new_set:
 * @lamport: one more than the greatest timestamp seen
 * @page: the page
 * @key: the property
 * @value: (transfer full): its value
 *
 * Returns: (transfer full): the setting of a property
 */
WeftOp *
weft_op_new_set (guint64           lamport,
                 const WeftPageId *page,
                 const char       *key,
                 WeftAny          *value)
{
  WeftOp *self = g_new0 (WeftOp, 1);

  self->kind = WEFT_OP_SET;
  self->lamport = lamport;
  self->page = *page;
  self->key = g_strdup (key);
  self->value = value;

  return self;
}

void
weft_op_free (WeftOp *self)
{
  if (self == NULL)
    return;

  g_free (self->position);
  g_clear_pointer (&self->seen, weft_state_vector_free);
  g_free (self->key);
  g_clear_pointer (&self->value, weft_any_unref);
  g_free (self);
}

static void
write_op (const WeftOp *self,
          WeftWriter   *writer)
{
  weft_writer_put_varuint (writer, self->kind);
  weft_writer_put_varuint (writer, self->lamport);
  weft_writer_put_raw (writer, self->page.bytes, WEFT_PAGE_ID_N_BYTES);

  if (self->kind == WEFT_OP_MOVE)
    {
      weft_writer_put_raw (writer, self->parent.bytes, WEFT_PAGE_ID_N_BYTES);
      weft_writer_put_string (writer, self->position, -1);
      if (weft_page_id_is_trash (&self->parent))
        {
          g_autoptr(GBytes) seen = NULL;
          gsize n_bytes = 0;
          const guint8 *data = NULL;

          if (self->seen != NULL)
            {
              seen = weft_state_vector_encode (self->seen);
              data = g_bytes_get_data (seen, &n_bytes);
            }
          weft_writer_put_buffer (writer, data, n_bytes);
        }
    }
  else
    {
      weft_writer_put_string (writer, self->key, -1);
      weft_any_write (self->value, writer);
    }
}

/**
 * weft_op_pack:
 * @ops: (element-type WeftOp): ops of known kinds
 *
 * Returns: (transfer full): one element of the op log
 */
GBytes *
weft_op_pack (GPtrArray *ops)
{
  WeftWriter writer;
  GBytes *element;

  weft_writer_init (&writer);
  for (guint i = 0; i < ops->len; i++)
    {
      const WeftOp *op = g_ptr_array_index (ops, i);

      g_assert (op->kind == WEFT_OP_MOVE || op->kind == WEFT_OP_SET);
      write_op (op, &writer);
    }
  element = weft_writer_steal_bytes (&writer);
  weft_writer_clear (&writer);

  return element;
}

static void
read_id (WeftReader *reader,
         WeftPageId *id)
{
  const guint8 *raw = weft_reader_get_raw (reader, WEFT_PAGE_ID_N_BYTES);

  if (!reader->failed)
    memcpy (id->bytes, raw, WEFT_PAGE_ID_N_BYTES);
}

/* A string without U+0000, which could not end a text of C. */
static const char *
read_text (WeftReader *reader,
           gsize      *n_bytes)
{
  const char *text = weft_reader_get_string (reader, n_bytes);

  if (!reader->failed && memchr (text, '\0', *n_bytes) != NULL)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "name holds U+0000");

  return text;
}

static WeftStateVector *
decode_seen (const WeftOpView *view)
{
  g_autoptr(GBytes) bytes = g_bytes_new_static (view->seen, view->n_seen);

  return weft_state_vector_decode (bytes, NULL);
}

static void
read_seen (WeftReader *reader,
           WeftOpView *view)
{
  gsize n_bytes;
  const guint8 *data = weft_reader_get_buffer (reader, &n_bytes);
  g_autoptr(WeftStateVector) seen = NULL;

  /* Empty: its author did not say. A state vector takes a byte at least. */
  if (reader->failed || n_bytes == 0)
    return;

  view->seen = data;
  view->n_seen = n_bytes;
  seen = decode_seen (view);
  if (seen == NULL)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "seen is no state vector");
}

static void
read_view (WeftReader *reader,
           WeftOpView *view)
{
  *view = (WeftOpView){ 0 };
  view->kind = weft_reader_get_varuint (reader);
  view->lamport = weft_reader_get_varuint (reader);
  read_id (reader, &view->page);

  if (!reader->failed && view->kind == 0)
    weft_reader_fail (reader, WEFT_CRDT_ERROR_MALFORMED, "op of kind 0");
  else if (view->kind == WEFT_OP_MOVE)
    {
      read_id (reader, &view->parent);
      view->position = read_text (reader, &view->n_position);
      if (!reader->failed && weft_page_id_is_trash (&view->parent))
        read_seen (reader, view);
    }
  else if (view->kind == WEFT_OP_SET)
    {
      gboolean canonical;
      gsize start;

      view->key = read_text (reader, &view->n_key);
      start = reader->pos;
      weft_any_skip (reader, &canonical);
      view->value = reader->data + start;
      view->n_value = reader->pos - start;
    }
}

/**
 * weft_op_unpack_views:
 * @element: one element of the op log
 * @n_bytes: its size
 * @views: (element-type WeftOpView): what is in it, good as long as @element
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * As weft_op_unpack(), without copying anything.
 *
 * Returns: whether @element can be read; where not, @views is empty
 */
gboolean
weft_op_unpack_views (const guint8 *element,
                      gsize         n_bytes,
                      GArray       *views,
                      GError      **error)
{
  WeftReader reader;
  gboolean whole = TRUE;

  g_array_set_size (views, 0);
  weft_reader_init (&reader, element, n_bytes);
  do
    {
      WeftOpView view;

      read_view (&reader, &view);
      g_array_append_val (views, view);
      whole = view.kind <= WEFT_OP_SET;
    }
  while (whole && !reader.failed && weft_reader_get_remaining (&reader) > 0);

  if (weft_reader_finish (&reader, whole, error))
    return TRUE;

  g_array_set_size (views, 0);
  return FALSE;
}

/**
 * weft_op_new_from_view:
 * @view: an op in an element
 *
 * Returns: (transfer full): a copy of it that stands alone
 */
WeftOp *
weft_op_new_from_view (const WeftOpView *view)
{
  WeftOp *op = g_new0 (WeftOp, 1);

  op->kind = view->kind;
  op->lamport = view->lamport;
  op->page = view->page;
  op->parent = view->parent;
  if (view->position != NULL)
    op->position = g_strndup (view->position, view->n_position);
  if (view->seen != NULL)
    op->seen = decode_seen (view);
  if (view->key != NULL)
    {
      WeftReader reader;

      op->key = g_strndup (view->key, view->n_key);
      weft_reader_init (&reader, view->value, view->n_value);
      op->value = weft_any_read (&reader);
    }

  return op;
}

/**
 * weft_op_unpack:
 * @element: one element of the op log
 * @error: return location for an error of the %WEFT_CRDT_ERROR domain
 *
 * Reads all of @element or nothing. Only the last op may be of a kind that is not known; what
 * follows its page is not read.
 *
 * Returns: (transfer full) (element-type WeftOp): the ops, or %NULL with @error set
 */
GPtrArray *
weft_op_unpack (GBytes  *element,
                GError **error)
{
  g_autoptr(GArray) views = g_array_new (FALSE, FALSE, sizeof (WeftOpView));
  GPtrArray *ops;
  gsize n_bytes;
  const guint8 *data = g_bytes_get_data (element, &n_bytes);

  if (!weft_op_unpack_views (data, n_bytes, views, error))
    return NULL;

  ops = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_op_free);
  for (guint i = 0; i < views->len; i++)
    g_ptr_array_add (ops, weft_op_new_from_view (&g_array_index (views, WeftOpView, i)));

  return ops;
}

int
weft_op_id_compare (const WeftOpId *a,
                    const WeftOpId *b)
{
  if (a->client != b->client)
    return a->client < b->client ? -1 : 1;
  if (a->clock != b->clock)
    return a->clock < b->clock ? -1 : 1;

  return (a->index > b->index) - (a->index < b->index);
}

/**
 * weft_op_order:
 * @lamport_a: the timestamp of an op
 * @a: its id
 * @lamport_b: the timestamp of another
 * @b: its id
 *
 * Returns: less than 0 where the first comes before the other, 0 where they are one, else more
 */
int
weft_op_order (guint64         lamport_a,
               const WeftOpId *a,
               guint64         lamport_b,
               const WeftOpId *b)
{
  if (lamport_a != lamport_b)
    return lamport_a < lamport_b ? -1 : 1;

  return weft_op_id_compare (a, b);
}
