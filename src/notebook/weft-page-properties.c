/* weft-page-properties.c - the properties of one page, packed
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "notebook/weft-page-properties.h"

#include <string.h>

/* A block is at least so large, and grows in such steps: what the allocator gives anyway. */
#define FIRST_SIZE 56
#define STEP 16

/* As lib0 writes values. */
#define TAG_STRING 119
#define TAG_NULL 126
#define TAG_UNDEFINED 127

/* Seven numbers of at most eight bytes, and the 0. */
#define MAX_HEAD 64

struct _WeftPageProperties
{
  guint32 used, allocated;
  guint8  data[];
};

static guint8 *
put_number (guint8 *at,
            guint64 number)
{
  for (; number >= 0x80; number >>= 7)
    *at++ = (guint8) (number | 0x80);
  *at++ = (guint8) number;

  return at;
}

static guint64
get_number (const guint8 **at)
{
  guint64 number = 0;
  guint shift = 0;

  for (; **at >= 0x80; shift += 7)
    number |= (guint64) (*(*at)++ & 0x7f) << shift;

  return number | (guint64) *(*at)++ << shift;
}

gboolean
weft_page_properties_next (const WeftPageProperties *self,
                           gsize                    *at,
                           WeftPageProperty         *property)
{
  const guint8 *data;

  if (self == NULL || *at >= self->used)
    return FALSE;

  data = self->data + *at;
  property->start = *at;
  property->key = (guint32) get_number (&data);
  property->changed = *data++;
  property->lamport = get_number (&data);
  property->client = get_number (&data);
  property->clock = get_number (&data);
  property->index = (guint32) get_number (&data);
  property->n_value = get_number (&data);
  property->value = data;
  property->end = (gsize) (data - self->data) + property->n_value + 1;
  *at = property->end;

  return TRUE;
}

gboolean
weft_page_properties_find (const WeftPageProperties *self,
                           guint32                   key,
                           WeftPageProperty         *property)
{
  gsize at = 0;

  while (weft_page_properties_next (self, &at, property))
    if (property->key == key)
      return TRUE;

  return FALSE;
}

void
weft_page_properties_put (WeftPageProperties    **self,
                          const WeftPageProperty *property)
{
  guint32 used = *self != NULL ? (*self)->used : 0;
  guint8 head[MAX_HEAD], *end = head;
  WeftPageProperty old = { .start = used, .end = used };
  gsize n_head, n_new, size;
  guint8 *place;

  end = put_number (end, property->key);
  *end++ = property->changed ? 1 : 0;
  end = put_number (end, property->lamport);
  end = put_number (end, property->client);
  end = put_number (end, property->clock);
  end = put_number (end, property->index);
  end = put_number (end, property->n_value);
  n_head = (gsize) (end - head);
  n_new = n_head + property->n_value + 1;

  if (!weft_page_properties_find (*self, property->key, &old))
    old.start = old.end = used;

  size = used - (old.end - old.start) + n_new;
  if (*self == NULL || size > (*self)->allocated)
    {
      gsize steps = (sizeof (WeftPageProperties) + size + STEP / 2 + STEP - 1) / STEP;
      gsize allocated = MAX (FIRST_SIZE, steps * STEP - STEP / 2);

      /* Many properties: as many again. */
      if (used > 16 * STEP)
        allocated += used;
      *self = g_realloc (*self, allocated);
      (*self)->allocated = (guint32) (allocated - sizeof (WeftPageProperties));
    }

  place = (*self)->data + old.start;
  memmove (place + n_new, (*self)->data + old.end, used - old.end);
  memcpy (place, head, n_head);
  if (property->n_value > 0)
    memcpy (place + n_head, property->value, property->n_value);
  place[n_new - 1] = '\0';
  (*self)->used = (guint32) size;
}

void
weft_page_properties_settle (WeftPageProperties *self)
{
  WeftPageProperty property;
  gsize at = 0;

  while (weft_page_properties_next (self, &at, &property))
    {
      guint8 *data = self->data + property.start;

      while (*data++ >= 0x80)
        ;
      *data = 0;
    }
}

const char *
weft_page_property_get_string (const WeftPageProperty *property)
{
  const guint8 *data = property->value;

  if (property->n_value == 0 || *data++ != TAG_STRING)
    return NULL;

  get_number (&data);

  return (const char *) data;
}

gboolean
weft_page_property_is_set (const WeftPageProperty *property)
{
  return property->n_value > 0 && property->value[0] != TAG_NULL && property->value[0] != TAG_UNDEFINED;
}
