/* weft-change-tally.c - how many changes wait, as a person counts them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "model/weft-change-tally.h"

#include "crdt/weft-type.h"
#include "notebook/weft-op.h"

/* Two edits of one line that are further apart are two passages: in UTF-16 units. */
#define MAX_GAP 1000
/* Only in a note of up to so many units it is looked whether a line ends between two passages: that reads all of it.
 * In a longer one they are one passage where they touch. */
#define MAX_READ 100000

typedef struct
{
  guint64 start; /* UTF-16 units */
  guint64 end;
} Passage;

struct _WeftChangeTally
{
  /* Borrowed */
  WeftType *note;
  WeftType *board;
  WeftType *meta;
  WeftType *ops;
  WeftType *resolved;

  /* Owned */
  GHashTable *places;   /* utf8 set: a letter for the kind, and the id of a shape, a page, a card */
  GArray     *passages; /* Passage: of the note, in order, none touching another */
};

WeftChangeTally *
weft_change_tally_new (WeftDoc *doc)
{
  WeftChangeTally *self = g_new0 (WeftChangeTally, 1);

  self->note = weft_doc_get_text (doc, "quill");
  self->board = weft_doc_get_map (doc, "board");
  self->meta = weft_doc_get_map (doc, "meta");
  self->ops = weft_doc_get_array (doc, "ops");
  self->resolved = weft_doc_get_map (doc, "resolved");
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->passages = g_array_new (FALSE, FALSE, sizeof (Passage));

  return self;
}

void
weft_change_tally_free (WeftChangeTally *self)
{
  g_hash_table_unref (self->places);
  g_array_unref (self->passages);
  g_free (self);
}

/* Passages */

/* Where a place of the text before the delta is after it. Asked for places in order, it reads the delta once. */
typedef struct
{
  const WeftDelta *delta;
  gsize            op;
  guint64          was; /* before @op, in the text as it was */
  guint64          is;  /* and as it is */
} Mapping;

static guint64
map_place (Mapping *mapping,
           guint64  place)
{
  for (; mapping->op < weft_delta_get_n_ops (mapping->delta); mapping->op++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (mapping->delta, mapping->op);

      if (mapping->was >= place)
        break;

      switch (op->kind)
        {
        case WEFT_DELTA_RETAIN:
          if (place - mapping->was < op->length)
            return mapping->is + (place - mapping->was);
          mapping->was += op->length;
          mapping->is += op->length;
          break;
        case WEFT_DELTA_DELETE:
          if (place - mapping->was < op->length)
            return mapping->is;
          mapping->was += op->length;
          break;
        default:
          mapping->is += op->length;
        }
    }

  return mapping->is + (place - mapping->was);
}

static void
move_passages (WeftChangeTally *self,
               const WeftDelta *delta)
{
  Mapping mapping = { delta, 0, 0, 0 };

  for (guint i = 0; i < self->passages->len; i++)
    {
      Passage *passage = &g_array_index (self->passages, Passage, i);

      passage->start = map_place (&mapping, passage->start);
      passage->end = map_place (&mapping, passage->end);
    }
}

/* (transfer full) (element-type Passage): what the delta wrote, marked or took away, as places of the text after it;
 * nothing where somebody else did */
static GArray *
list_edited (const WeftDelta *delta,
             gboolean         is_local)
{
  GArray *edited = g_array_new (FALSE, FALSE, sizeof (Passage));
  guint64 place = 0;

  if (!is_local)
    return edited;

  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);
      Passage passage = { place, place + (op->kind == WEFT_DELTA_DELETE ? 0 : op->length) };

      if (op->kind != WEFT_DELTA_RETAIN || op->attributes != NULL)
        g_array_append_val (edited, passage);
      place = passage.end;
    }

  return edited;
}

/* Whether a line ends between the two places; @text: (inout) (nullable): read when it is first needed. */
static gboolean
has_break (WeftChangeTally *self,
           guint64          from,
           guint64          to,
           WeftDelta      **text)
{
  guint64 place = 0;

  if (*text == NULL)
    *text = weft_text_to_delta (self->note);

  for (gsize i = 0; i < weft_delta_get_n_ops (*text) && place < to; i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (*text, i);
      guint64 at = place;

      place += op->length;
      if (op->kind != WEFT_DELTA_INSERT_TEXT || place <= from)
        continue;
      for (const char *p = op->text; *p != '\0' && at < to; p = g_utf8_next_char (p))
        {
          if (at >= from && *p == '\n')
            return TRUE;
          /* Four bytes of UTF-8 are two units. */
          at += (guchar) *p >= 0xf0 ? 2 : 1;
        }
    }

  return FALSE;
}

static gboolean
is_one_passage (WeftChangeTally *self,
                const Passage   *first,
                const Passage   *next,
                WeftDelta      **text)
{
  if (next->start <= first->end)
    return TRUE;

  return next->start - first->end <= MAX_GAP && weft_type_get_length (self->note) <= MAX_READ
         && !has_break (self, first->end, next->start, text);
}

static void
add_passage (WeftChangeTally *self,
             GArray          *merged,
             const Passage   *passage,
             WeftDelta      **text)
{
  Passage *last = merged->len > 0 ? &g_array_index (merged, Passage, merged->len - 1) : NULL;

  if (last != NULL && is_one_passage (self, last, passage, text))
    last->end = MAX (last->end, passage->end);
  else
    g_array_append_val (merged, *passage);
}

static void
follow_note (WeftChangeTally *self,
             const WeftDelta *delta,
             gboolean         is_local)
{
  g_autoptr(GArray) edited = list_edited (delta, is_local);
  GArray *merged = g_array_sized_new (FALSE, FALSE, sizeof (Passage), self->passages->len + edited->len);
  g_autoptr(WeftDelta) text = NULL;
  guint i = 0, j = 0;

  move_passages (self, delta);
  while (i < self->passages->len || j < edited->len)
    {
      const Passage *old = i < self->passages->len ? &g_array_index (self->passages, Passage, i) : NULL;
      const Passage *new = j < edited->len ? &g_array_index (edited, Passage, j) : NULL;

      if (new == NULL || (old != NULL && old->start <= new->start))
        {
          add_passage (self, merged, old, &text);
          i++;
        }
      else
        {
          add_passage (self, merged, new, &text);
          j++;
        }
    }
  g_array_unref (self->passages);
  self->passages = merged;
}

/* Other places */

static void
add_place (WeftChangeTally *self,
           char             kind,
           const char      *id)
{
  g_hash_table_add (self->places, g_strdup_printf ("%c%s", kind, id));
}

static void
add_keys (WeftChangeTally *self,
          char             kind,
          WeftEvent       *event)
{
  for (gsize i = 0; i < weft_event_get_n_keys (event); i++)
    add_place (self, kind, weft_event_get_key (event, i));
}

static void
add_pages_of (WeftChangeTally *self,
              const WeftAny   *element)
{
  GBytes *bytes = weft_any_get_bytes (element);
  g_autoptr(GPtrArray) ops = bytes != NULL ? weft_op_unpack (bytes, NULL) : NULL;

  for (guint i = 0; ops != NULL && i < ops->len; i++)
    {
      WeftPageIdText text;

      add_place (self, 'p', weft_page_id_format (&((WeftOp *) ops->pdata[i])->page, text));
    }
}

static void
add_pages (WeftChangeTally *self,
           const WeftDelta *delta)
{
  for (gsize i = 0; i < weft_delta_get_n_ops (delta); i++)
    {
      const WeftDeltaOp *op = weft_delta_get_op (delta, i);

      if (op->kind == WEFT_DELTA_INSERT_VALUES)
        for (gsize j = 0; j < weft_any_get_n_items (op->embed); j++)
          add_pages_of (self, weft_any_get_item (op->embed, j));
    }
}

/* The shape that holds a type of the board. */
static void
add_shape_around (WeftChangeTally *self,
                  WeftEvent       *event,
                  WeftType        *type)
{
  g_autoptr(WeftAny) path = NULL;
  const char *id;

  while (type != NULL && type != self->board)
    type = weft_type_get_parent (type);
  if (type == NULL)
    return;

  path = weft_event_dup_path (event, self->board);
  id = weft_any_get_n_items (path) > 0 ? weft_any_get_string (weft_any_get_item (path, 0)) : NULL;
  if (id != NULL)
    add_place (self, 's', id);
}

void
weft_change_tally_note (WeftChangeTally *self,
                        WeftTransaction *transaction)
{
  gboolean is_local = weft_transaction_is_local (transaction);

  for (gsize i = 0; i < weft_transaction_get_n_events (transaction); i++)
    {
      WeftEvent *event = weft_transaction_get_event (transaction, i);
      WeftType *type = weft_event_get_type (event);

      if (type == self->note)
        {
          if (is_local || self->passages->len > 0)
            follow_note (self, weft_event_get_least_delta (event), is_local);
        }
      else if (!is_local)
        continue;
      else if (type == self->board)
        add_keys (self, 's', event);
      else if (type == self->meta)
        add_place (self, 'm', "");
      else if (type == self->resolved)
        add_keys (self, 'c', event);
      else if (type == self->ops)
        add_pages (self, weft_event_get_delta (event));
      else
        add_shape_around (self, event, type);
    }
}

void
weft_change_tally_clear (WeftChangeTally *self)
{
  g_hash_table_remove_all (self->places);
  g_array_set_size (self->passages, 0);
}

guint
weft_change_tally_get_n (WeftChangeTally *self)
{
  return g_hash_table_size (self->places) + self->passages->len;
}
