/* weft-content.c - what items hold: text, values, formats, types
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Text and values live as their encoded bytes in one arena for each client, appended in clock order,
 * so that joining two runs is usually arithmetic and writing them a copy.
 */

#include "config.h"

#include "crdt/weft-any-private.h"
#include "crdt/weft-ascii-private.h"
#include "crdt/weft-content-private.h"
#include "crdt/weft-doc-private.h"

#include <math.h>

/* Units between the marks of a guide */
#define GUIDE_STEP 128

/* The replacement character, U+FFFD */
static const guint8 replacement[3] = { 0xef, 0xbf, 0xbd };

/* Bytes */

guint32
weft_arena_append (WeftClient *client,
                   const void *data,
                   gsize       n_bytes)
{
  guint32 offset = client->arena_used;

  g_assert (n_bytes < G_MAXUINT32 - client->arena_used);
  if (client->arena_allocated - offset < n_bytes)
    {
      /* By a fourth more, so that little is wasted in a document that only grows. */
      guint64 wanted = MAX ((guint64) offset + n_bytes, (guint64) offset + offset / 4);
      const void *old = client->arena;
      gsize within = (const guint8 *) data - client->arena;
      gboolean own = old != NULL && (const guint8 *) data >= client->arena && within < offset;

      client->arena_allocated = (guint32) MIN (MAX (wanted, 16), G_MAXUINT32);
      client->arena = g_realloc (client->arena, client->arena_allocated);
      if (own)
        data = client->arena + within;
    }
  if (n_bytes > 0)
    memcpy (client->arena + offset, data, n_bytes);
  client->arena_used += n_bytes;

  return offset;
}

/* Gives back room that was made for more than came. */
void
weft_arena_trim (WeftClient *client)
{
  if (client->arena_allocated - client->arena_used <= MAX (client->arena_used / 8, WEFT_ARENA_SPARE))
    return;
  client->arena_allocated = client->arena_used;
  client->arena = g_realloc (client->arena, client->arena_allocated);
}

static inline guint
utf8_size (guint8 first)
{
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

gsize
weft_utf8_advance (const guint8 *data,
                   guint64       n_units,
                   gboolean     *splits)
{
  const guint8 *at = data;

  if (splits != NULL)
    *splits = FALSE;
  while (n_units > 0)
    {
      guint size = utf8_size (*at);

      if (size == 4 && n_units == 1)
        {
          if (splits != NULL)
            *splits = TRUE;
          break;
        }
      n_units -= size == 4 ? 2 : 1;
      at += size;
    }

  return at - data;
}

guint64
weft_utf8_measure (const char *utf8,
                   gsize       n_bytes,
                   gboolean   *ascii)
{
  guint64 units = 0, high = 0, eight;
  gsize i = 0;

  /* Mostly all is ASCII, eight at a time. */
  for (; i + sizeof eight <= n_bytes; i += sizeof eight)
    {
      memcpy (&eight, utf8 + i, sizeof eight);
      if (eight & G_GUINT64_CONSTANT (0x8080808080808080))
        break;
    }
  if (n_bytes - i < sizeof eight && weft_few_are_ascii (utf8 + i, n_bytes - i))
    i = n_bytes;
  units = i;
  for (; i < n_bytes; i++)
    {
      guint8 byte = (guint8) utf8[i];

      high |= byte & 0x80;
      units += (byte & 0xc0) != 0x80;
      units += byte >= 0xf0;
    }
  if (ascii != NULL)
    *ascii = high == 0;

  return units;
}

/* Skips one value; checks it as lib0 would write it. @canonical is cleared where writing it again
 * would give other bytes. Iterative: depth is bounded by the stack array. */
void
weft_any_skip (WeftReader *reader,
               gboolean   *canonical)
{
  /* How many values are still to come at each level; objects are marked in the top bit. */
  guint32 stack[WEFT_MAX_DEPTH + 1];
  guint depth = 0;

  do
    {
      gsize n, start;
      guint8 tag;

      if (depth > 0)
        {
          stack[depth - 1]--;
          if (stack[depth - 1] & 0x80000000u)
            {
              const char *key;

              start = reader->pos;
              key = weft_reader_get_string (reader, &n);
              if (weft_any_is_prototype (key, n) || weft_reader_was_overlong (reader, start, n))
                *canonical = FALSE;
            }
        }
      tag = weft_reader_get_byte (reader);
      start = reader->pos;
      if (reader->failed)
        return;

      switch (tag)
        {
        case 127:
        case 126:
        case 121:
        case 120:
          break;
        case 125:
          {
            gboolean negative_zero;
            gint64 value = weft_reader_get_varint (reader, &negative_zero);
            guint64 magnitude = value < 0 ? -(guint64) value : (guint64) value;
            gsize needed = 1;

            for (guint64 rest = magnitude >> 6; rest > 0; rest >>= 7)
              needed++;
            if (magnitude > 0x7fffffff || needed != reader->pos - start || negative_zero)
              *canonical = FALSE;
            break;
          }
        case 124:
          {
            guint32 bits = weft_reader_get_be32 (reader);
            float value;

            memcpy (&value, &bits, sizeof value);
            if (isnan (value) || (value == floorf (value) && fabsf (value) <= 2147483648.0f))
              *canonical = FALSE;
            break;
          }
        case 123:
          {
            guint64 bits = weft_reader_get_be64 (reader);
            double value;

            memcpy (&value, &bits, sizeof value);
            if (isnan (value) || isinf (value) || (double) (float) value == value
                || (value == floor (value) && fabs (value) <= 2147483648.0))
              *canonical = FALSE;
            break;
          }
        case 122:
          weft_reader_get_be64 (reader);
          break;
        case 119:
          weft_reader_get_string (reader, &n);
          if (weft_reader_was_overlong (reader, start, n))
            *canonical = FALSE;
          break;
        case 118:
        case 117:
          n = weft_reader_get_count (reader, tag == 118 ? 2 : 1);
          if (weft_reader_was_overlong (reader, start, 0))
            *canonical = FALSE;
          if (n > 0x7fffffff)
            weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "value has too many entries");
          else if (depth >= WEFT_MAX_DEPTH)
            weft_reader_fail (reader, WEFT_CRDT_ERROR_TOO_LARGE, "value is nested too deeply");
          else if (n > 0)
            {
              /* Objects of JavaScript put some keys first and drop repeated ones. */
              if (tag == 118 && n > 1)
                *canonical = FALSE;
              stack[depth++] = (guint32) n | (tag == 118 ? 0x80000000u : 0);
            }
          break;
        case 116:
          weft_reader_get_buffer (reader, &n);
          if (weft_reader_was_overlong (reader, start, n))
            *canonical = FALSE;
          break;
        default:
          weft_reader_fail (reader, WEFT_CRDT_ERROR_UNSUPPORTED, "value is of an unknown kind");
        }

      while (depth > 0 && (stack[depth - 1] & 0x7fffffffu) == 0)
        depth--;
    }
  while (depth > 0 && !reader->failed);
}

gsize
weft_any_measure_rest (const guint8 *data)
{
  gboolean canonical;
  WeftReader reader;

  weft_reader_init (&reader, data, G_MAXSSIZE);
  weft_any_skip (&reader, &canonical);

  return reader.pos;
}

/* Content that has been checked: where unit @n of @item starts, counted from @data. */
static gsize
skip_units (const WeftItem *item,
            const guint8   *data,
            gsize           size,
            guint32         n)
{
  WeftReader reader;
  gboolean canonical;
  gsize length;

  weft_reader_init (&reader, data, size);
  for (guint32 i = 0; i < n; i++)
    {
      switch (item->kind)
        {
        case WEFT_CONTENT_ANY:
          weft_any_skip (&reader, &canonical);
          break;
        case WEFT_CONTENT_DOC:
          weft_reader_get_string (&reader, &length);
          weft_any_skip (&reader, &canonical);
          break;
        default: /* JSON, BINARY, EMBED: one length and so many bytes */
          weft_reader_get_buffer (&reader, &length);
          break;
        }
    }
  g_assert (!reader.failed);

  return reader.pos;
}

/* Bytes of @units units at @data; one less where the last is the first half of a pair, with @splits set. */
static gsize
walk_units (WeftClient     *client,
            const WeftItem *item,
            guint32         from,
            guint32         units,
            gboolean       *splits)
{
  *splits = FALSE;
  if (item->kind == WEFT_CONTENT_STRING)
    return weft_utf8_advance (client->arena + from, units, splits);

  return skip_units (item, client->arena + from, client->arena_used - from, units);
}

static void
guide_clear (gpointer data)
{
  g_array_unref (((WeftGuide *) data)->marks);
}

void
weft_guides_clear (WeftClient *client)
{
  g_clear_pointer (&client->guides, g_array_unref);
}

/* The guide that reaches over @content, or a new one from there on. */
static WeftGuide *
ensure_guide (WeftClient     *client,
              const WeftItem *item)
{
  WeftGuide guide = { .start = item->content, .kind = item->kind };
  WeftGuideMark mark = { 0, item->content };
  guint low = 0, high;

  if (client->guides == NULL)
    {
      client->guides = g_array_new (FALSE, FALSE, sizeof (WeftGuide));
      g_array_set_clear_func (client->guides, guide_clear);
    }
  /* Behind the last that starts at or before @content */
  high = client->guides->len;
  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (g_array_index (client->guides, WeftGuide, middle).start <= item->content)
        low = middle + 1;
      else
        high = middle;
    }
  if (low > 0)
    {
      WeftGuide *found = &g_array_index (client->guides, WeftGuide, low - 1);

      if (found->kind == item->kind
          && (found->start == item->content
              || g_array_index (found->marks, WeftGuideMark, found->marks->len - 1).byte > item->content))
        return found;
    }

  guide.marks = g_array_new (FALSE, FALSE, sizeof mark);
  g_array_append_val (guide.marks, mark);
  g_array_insert_val (client->guides, low, guide);

  return &g_array_index (client->guides, WeftGuide, low);
}

/* The last mark at or before @value, which is a unit or a byte. */
static guint
find_mark (const WeftGuide *guide,
           guint32          value,
           gboolean         by_byte)
{
  guint low = 0, high = guide->marks->len;

  while (high - low > 1)
    {
      guint middle = (low + high) / 2;
      const WeftGuideMark *mark = &g_array_index (guide->marks, WeftGuideMark, middle);

      if ((by_byte ? mark->byte : mark->unit) <= value)
        low = middle;
      else
        high = middle;
    }

  return low;
}

/* The same as walk_units() from the start of @item, with the help of a guide. */
static gsize
walk_guided (WeftClient     *client,
             const WeftItem *item,
             guint32         units,
             gboolean       *splits)
{
  WeftGuide *guide = ensure_guide (client, item);
  WeftGuideMark mark = g_array_index (guide->marks, WeftGuideMark, find_mark (guide, item->content, TRUE));
  guint32 wanted;

  /* The unit that @item begins with */
  while (mark.byte < item->content)
    {
      guint32 step = item->kind == WEFT_CONTENT_STRING && utf8_size (client->arena[mark.byte]) == 4 ? 2 : 1;

      mark.byte += walk_units (client, item, mark.byte, step, splits);
      mark.unit += step;
    }
  wanted = mark.unit + units;

  mark = g_array_index (guide->marks, WeftGuideMark, guide->marks->len - 1);
  while (wanted - mark.unit > GUIDE_STEP && wanted > mark.unit)
    {
      mark.byte += walk_units (client, item, mark.byte, GUIDE_STEP, splits);
      mark.unit += GUIDE_STEP - *splits;
      g_array_append_val (guide->marks, mark);
    }
  mark = g_array_index (guide->marks, WeftGuideMark, find_mark (guide, wanted, FALSE));

  return mark.byte + walk_units (client, item, mark.byte, wanted - mark.unit, splits) - item->content;
}

/* What lies at and behind @byte in the arena is about to change. */
static void
forget_places (WeftClient *client,
               guint32     byte)
{
  memset (client->found, 0, sizeof client->found);
  for (guint i = 0; client->guides != NULL && i < client->guides->len; i++)
    {
      WeftGuide *guide = &g_array_index (client->guides, WeftGuide, i);

      if (guide->start <= byte)
        g_array_set_size (guide->marks, find_mark (guide, byte, TRUE) + 1);
    }
}

/* Bytes of the first @units units of @item, which are not all of one byte. An item that grows by the end
 * is asked for its end each time, so this begins where it was last, not at the start. @splits: as in walk_units() */
static gsize
measure_units (WeftClient     *client,
               const WeftItem *item,
               guint32         units,
               gboolean       *splits)
{
  guint32 known = 0;
  gsize bytes = 0;

  *splits = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (client->found); i++)
    if (client->found[i].content == item->content && client->found[i].units <= units
        && client->found[i].units > known)
      {
        known = client->found[i].units;
        bytes = client->found[i].bytes;
      }
  if (known == units)
    return bytes;

  if (units - known > 2 * GUIDE_STEP)
    bytes = walk_guided (client, item, units, splits);
  else
    bytes += walk_units (client, item, item->content + bytes, units - known, splits);
  /* One short value is as quickly looked at again, and may be another one the next time: see weft-quick-map.c. */
  if (*splits || (units == 1 && bytes <= WEFT_SMALL_VALUE))
    return bytes;

  client->found[client->next_found].content = item->content;
  client->found[client->next_found].units = units;
  client->found[client->next_found].bytes = (guint32) bytes;
  client->next_found = (client->next_found + 1) % G_N_ELEMENTS (client->found);

  return bytes;
}

/* Bytes of the units from @offset to @end. */
static const guint8 *
content_range (WeftDoc        *doc,
               const WeftItem *item,
               guint32         offset,
               guint32         end,
               gsize          *n_bytes)
{
  WeftClient *client = weft_client (doc, item->client);
  const guint8 *data = client->arena + item->content;
  gboolean splits;
  gsize skip;

  if (item->kind == WEFT_CONTENT_STRING && item->ascii)
    {
      *n_bytes = end - offset;
      return data + offset;
    }
  skip = offset == 0 ? 0 : measure_units (client, item, offset, &splits);
  *n_bytes = measure_units (client, item, end, &splits) - skip;

  return data + skip;
}

const guint8 *
weft_content_bytes (WeftDoc        *doc,
                    const WeftItem *item,
                    guint32         offset,
                    gsize          *n_bytes)
{
  return content_range (doc, item, offset, item->len, n_bytes);
}

static gboolean
is_in_arena (const WeftItem *item)
{
  return item->kind != WEFT_CONTENT_GC && item->kind != WEFT_CONTENT_DELETED && item->kind != WEFT_CONTENT_FORMAT
         && item->kind != WEFT_CONTENT_TYPE;
}

void
weft_content_waste (WeftDoc        *doc,
                    const WeftItem *item)
{
  gsize n_bytes;

  if (!is_in_arena (item))
    return;
  weft_content_bytes (doc, item, 0, &n_bytes);
  weft_arena_waste (weft_client (doc, item->client), n_bytes);
}

void
weft_arena_compact (WeftDoc    *doc,
                    WeftClient *client)
{
  guint32 allocated, used = 0;
  guint8 *arena;

  /* Many runs and little text: it would cost more than it gives. */
  if (client->arena_dead < client->n_packed + (guint64) client->n_chunks * (WEFT_CHUNK_SIZE / 2))
    return;

  allocated = client->arena_used - MIN (client->arena_dead, client->arena_used);
  allocated += allocated / 16 + 64;
  arena = g_malloc (allocated);
  for (guint32 i = 0; i < client->n_chunks; i++)
    for (guint32 j = 0; j < client->chunks[i]->n; j++)
      {
        WeftItem *item = weft_item (doc, weft_chunk_handle (client->chunks[i], j));
        const guint8 *data;
        gsize n_bytes;

        if (!is_in_arena (item))
          continue;
        data = weft_content_bytes (doc, item, 0, &n_bytes);
        if (n_bytes > allocated - used)
          {
            /* What was moved within the arena before was counted twice. */
            allocated = client->arena_used;
            arena = g_realloc (arena, allocated);
          }
        if (n_bytes > 0)
          memcpy (arena + used, data, n_bytes);
        item->content = used;
        used += n_bytes;
      }

  g_free (client->arena);
  client->arena = arena;
  client->arena_used = used;
  client->arena_allocated = allocated;
  client->arena_dead = 0;
  memset (client->found, 0, sizeof client->found);
  weft_guides_clear (client);
}

void
weft_content_split (WeftDoc  *doc,
                    WeftItem *left,
                    WeftItem *right,
                    guint32   diff)
{
  WeftClient *client = weft_client (doc, left->client);
  gsize n_left, n_right;
  guint32 pair;
  gboolean splits;

  right->ascii = left->ascii;
  right->content = left->content;

  switch (left->kind)
    {
    case WEFT_CONTENT_STRING:
      if (left->ascii)
        {
          right->content = left->content + diff;
          return;
        }
      n_left = measure_units (client, left, diff, &splits);
      if (!splits)
        {
          right->content = left->content + n_left;
          return;
        }

      /* A pair is cut in two: each half becomes a replacement character, as in Yjs. Of its four bytes three
       * take one of them; the shorter side moves, so that many cuts do not copy all the rest each time. */
      pair = left->content + n_left;
      forget_places (client, pair);
      if (diff < left->len / 2)
        {
          left->content = weft_arena_append (client, client->arena + left->content, n_left);
          weft_arena_append (client, replacement, sizeof replacement);
          right->content = pair + 1;
          memcpy (client->arena + right->content, replacement, sizeof replacement);
        }
      else
        {
          n_right = weft_utf8_advance (client->arena + pair + 4, left->len - diff - 1, NULL);
          right->content = weft_arena_append (client, replacement, sizeof replacement);
          weft_arena_append (client, client->arena + pair + 4, n_right);
          memcpy (client->arena + pair, replacement, sizeof replacement);
        }
      return;

    case WEFT_CONTENT_ANY:
    case WEFT_CONTENT_JSON:
      right->content = left->content + measure_units (client, left, diff, &splits);
      return;

    default:
      return;
    }
}

gboolean
weft_content_merge (WeftDoc        *doc,
                    WeftItem       *left,
                    const WeftItem *right)
{
  WeftClient *client = weft_client (doc, left->client);
  gsize n_left, n_right;
  guint32 start;

  switch (left->kind)
    {
    case WEFT_CONTENT_DELETED:
      return TRUE;

    case WEFT_CONTENT_STRING:
    case WEFT_CONTENT_ANY:
    case WEFT_CONTENT_JSON:
      weft_content_bytes (doc, left, 0, &n_left);
      if (left->content + n_left != right->content)
        {
          weft_content_bytes (doc, right, 0, &n_right);
          if (left->content + n_left != client->arena_used)
            {
              start = left->content;
              left->content = weft_arena_append (client, client->arena + start, n_left);
            }
          weft_arena_append (client, client->arena + right->content, n_right);
        }
      left->ascii &= right->ascii;
      return TRUE;

    default:
      return FALSE;
    }
}

WeftType *
weft_content_get_type (WeftDoc        *doc,
                       const WeftItem *item)
{
  if (item->kind != WEFT_CONTENT_TYPE)
    return NULL;

  return weft_type_at (doc, item->content);
}

static WeftAny *
read_json_unit (WeftReader *reader,
                gboolean    exact)
{
  gsize length;
  const char *json = (const char *) weft_reader_get_buffer (reader, &length);
  WeftAny *value = weft_json_read_exact (json, length);

  if (value != NULL)
    return value;
  if (length == strlen ("undefined") && memcmp (json, "undefined", length) == 0)
    return weft_any_new_undefined ();
  value = exact ? weft_any_from_json_exact (json, length, NULL) : weft_any_from_json (json, length, NULL);

  return value != NULL ? value : weft_any_new_undefined ();
}

static WeftAny *
get_content (WeftDoc        *doc,
             const WeftItem *item,
             guint32         offset,
             gboolean        exact)
{
  gsize n_bytes;
  const guint8 *data;
  WeftReader reader;

  switch (item->kind)
    {
    case WEFT_CONTENT_STRING:
    case WEFT_CONTENT_ANY:
    case WEFT_CONTENT_JSON:
    case WEFT_CONTENT_BINARY:
    case WEFT_CONTENT_EMBED:
    case WEFT_CONTENT_DOC:
      break;
    case WEFT_CONTENT_FORMAT:
      return weft_any_ref (weft_format (doc, item->content)->value);
    default:
      return NULL;
    }

  data = content_range (doc, item, offset, item->kind == WEFT_CONTENT_STRING ? item->len : offset + 1,
                        &n_bytes);
  weft_reader_init (&reader, data, n_bytes);

  switch (item->kind)
    {
    case WEFT_CONTENT_STRING:
      return weft_any_new_string_len ((const char *) data, n_bytes);
    case WEFT_CONTENT_ANY:
      return weft_any_read (&reader);
    case WEFT_CONTENT_BINARY:
      {
        g_autoptr(GBytes) bytes = NULL;
        const guint8 *buffer = weft_reader_get_buffer (&reader, &n_bytes);

        bytes = g_bytes_new (buffer, n_bytes);
        return weft_any_new_bytes (bytes);
      }
    case WEFT_CONTENT_DOC:
      {
        const char *guid = weft_reader_get_string (&reader, &n_bytes);

        return weft_any_new_string_len (guid, n_bytes);
      }
    default:
      return read_json_unit (&reader, exact);
    }
}

WeftAny *
weft_content_get (WeftDoc        *doc,
                  const WeftItem *item,
                  guint32         offset)
{
  return get_content (doc, item, offset, FALSE);
}

WeftAny *
weft_content_get_exact (WeftDoc        *doc,
                        const WeftItem *item,
                        guint32         offset)
{
  return get_content (doc, item, offset, TRUE);
}

static void
write_json (WeftDoc        *doc,
            const WeftItem *item,
            guint32         offset,
            guint32         end,
            WeftWriter     *writer)
{
  gsize n_bytes, length;
  const guint8 *data = content_range (doc, item, offset, end, &n_bytes);
  WeftReader reader;

  weft_writer_put_varuint (writer, end - offset);
  weft_reader_init (&reader, data, n_bytes);
  while (weft_reader_get_remaining (&reader) > 0)
    {
      const char *json = (const char *) weft_reader_get_buffer (&reader, &length);
      g_autofree char *written = weft_json_is_verbatim (json, length) ? weft_json_normalize (json, length) : NULL;

      weft_writer_put_buffer (writer, written != NULL ? written : json, written != NULL ? strlen (written) : length);
    }
}

static void
write_embed (WeftDoc        *doc,
             const WeftItem *item,
             WeftWriter     *writer)
{
  gsize n_bytes, length;
  const guint8 *data = content_range (doc, item, 0, 1, &n_bytes);
  g_autofree char *normal = NULL;
  const char *json;
  WeftReader reader;

  weft_reader_init (&reader, data, n_bytes);
  json = (const char *) weft_reader_get_buffer (&reader, &length);
  if (length > 0 && json[0] != '\0')
    {
      weft_writer_put_raw (writer, data, n_bytes);
      return;
    }
  normal = weft_json_normalize (json, length);
  weft_writer_put_string (writer, normal, -1);
}

void
weft_content_write (WeftDoc        *doc,
                    const WeftItem *item,
                    guint32         offset,
                    guint32         end,
                    WeftWriter     *writer)
{
  gsize n_bytes;
  const guint8 *data;

  switch (item->kind)
    {
    case WEFT_CONTENT_DELETED:
      weft_writer_put_varuint (writer, end - offset);
      return;

    case WEFT_CONTENT_STRING:
      {
        /* JavaScript writes one half of a pair alone as a replacement character. */
        gboolean second = !item->ascii && weft_content_is_inside_pair (doc, item, offset);
        gboolean first = !item->ascii && end < item->len && weft_content_is_inside_pair (doc, item, end);

        data = content_range (doc, item, offset + second, MAX (end, offset + second), &n_bytes);
        weft_writer_put_varuint (writer, n_bytes + (second + first) * sizeof replacement);
        weft_writer_put_raw (writer, replacement, second ? sizeof replacement : 0);
        weft_writer_put_raw (writer, data, n_bytes);
        weft_writer_put_raw (writer, replacement, first ? sizeof replacement : 0);
        return;
      }

    case WEFT_CONTENT_JSON:
      write_json (doc, item, offset, end, writer);
      return;

    case WEFT_CONTENT_ANY:
      weft_writer_put_varuint (writer, end - offset);
      data = content_range (doc, item, offset, end, &n_bytes);
      weft_writer_put_raw (writer, data, n_bytes);
      return;

    case WEFT_CONTENT_FORMAT:
      {
        const WeftFormat *format = weft_format (doc, item->content);
        const WeftKey *key = weft_key (doc, format->key);

        weft_writer_put_buffer (writer, key->string, key->length);
        weft_writer_put_buffer (writer, format->json, format->n_json);
        return;
      }

    case WEFT_CONTENT_TYPE:
      {
        WeftType *type = weft_content_get_type (doc, item);

        weft_writer_put_varuint (writer, type->kind);
        if (type->kind == WEFT_KIND_XML_ELEMENT || type->kind == WEFT_KIND_XML_HOOK)
          weft_writer_put_buffer (writer, type->name, type->n_name);
        return;
      }

    case WEFT_CONTENT_EMBED:
      write_embed (doc, item, writer);
      return;

    default:
      data = content_range (doc, item, 0, 1, &n_bytes);
      weft_writer_put_raw (writer, data, n_bytes);
    }
}

gboolean
weft_content_is_inside_pair (WeftDoc        *doc,
                             const WeftItem *item,
                             guint32         offset)
{
  gboolean splits;

  if (item->kind != WEFT_CONTENT_STRING || item->ascii || offset == 0 || offset >= item->len)
    return FALSE;
  weft_utf8_advance (weft_client (doc, item->client)->arena + item->content, offset, &splits);

  return splits;
}

void
weft_content_copy (WeftDoc        *doc,
                   const WeftItem *from,
                   WeftItem       *to)
{
  const guint8 *data;
  gsize n_bytes;

  to->kind = from->kind;
  to->ascii = from->ascii;
  switch (from->kind)
    {
    case WEFT_CONTENT_DELETED:
      break;
    case WEFT_CONTENT_FORMAT:
      to->content = from->content;
      break;
    case WEFT_CONTENT_TYPE:
      {
        WeftType *old = weft_content_get_type (doc, from);
        WeftType *type = weft_type_new (doc, old->kind);

        type->name = g_memdup2 (old->name, old->name != NULL ? old->n_name + 1 : 0);
        type->n_name = old->n_name;
        to->content = type->index;
        break;
      }
    default:
      data = weft_content_bytes (doc, from, 0, &n_bytes);
      to->content = weft_arena_append (weft_client (doc, to->client), data, n_bytes);
    }
}

void
weft_content_set_any (WeftDoc       *doc,
                      WeftItem      *item,
                      const WeftAny *value)
{
  WeftWriter writer;

  weft_writer_init (&writer);
  if (weft_any_get_kind (value) == WEFT_ANY_BYTES)
    {
      gsize size;
      const void *data = g_bytes_get_data (weft_any_get_bytes (value), &size);

      item->kind = WEFT_CONTENT_BINARY;
      weft_writer_put_buffer (&writer, data, size);
    }
  else
    {
      item->kind = WEFT_CONTENT_ANY;
      weft_any_write (value, &writer);
    }
  item->content = weft_arena_append (weft_client (doc, item->client), writer.data, writer.size);
  weft_writer_clear (&writer);
}
