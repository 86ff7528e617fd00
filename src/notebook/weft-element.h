/* weft-element.h - one thing on a board: read from its Y.Map, and written to it
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A board is the root map `board`: id -> Y.Map with one key for each property, names and values as in
 * Excalidraw (docs/documents.md, "Board"). A #WeftElement is an immutable copy of what one such map said
 * when it was read; it may be shared between threads. Reading never fails: what is missing or makes no
 * sense takes its default, and an unknown type becomes a card.
 *
 * Ways to make one:
 *   Y.Map            weft_element_new_from_type ()      what the board shows
 *   WeftAny object   weft_element_new_from_any ()       previews, clipboard, tests
 * and the other way: weft_element_create () writes a WeftAny object of properties into the board
 * (`text` as a string becomes a Y.Text; `ink` is bytes), weft_type_to_any () of the map gives them back,
 * unknown ones included.
 */

#pragma once

#include "crdt/weft-type.h"
#include "notebook/weft-geometry.h"
#include "notebook/weft-ink.h"

G_BEGIN_DECLS

/* The root map of a board doc. */
#define WEFT_BOARD_ROOT "board"
/* Nothing lies farther out than this, and nothing is larger: what is, is brought back when it is read. */
#define WEFT_BOARD_EXTENT 1e7

typedef enum
{
  WEFT_ELEMENT_UNKNOWN,   /* any other `type`: drawn as a card with its `label` */
  WEFT_ELEMENT_RECTANGLE, /* "rectangle" */
  WEFT_ELEMENT_ELLIPSE,   /* "ellipse" */
  WEFT_ELEMENT_DIAMOND,   /* "diamond" */
  WEFT_ELEMENT_LINE,      /* "line" */
  WEFT_ELEMENT_ARROW,     /* "arrow" */
  WEFT_ELEMENT_FREEDRAW,  /* "freedraw": a pen stroke, its points in `ink` (or `points` and `pressures`) */
  WEFT_ELEMENT_TEXT,      /* "text" */
  WEFT_ELEMENT_NOTE,      /* "note": a sticky note, `backgroundColor` the paper; ours, not Excalidraw's */
  WEFT_ELEMENT_IMAGE,     /* "image": `fileId` is "weft:asset/<sha256>" or a URL */
  WEFT_ELEMENT_FRAME,     /* "frame": a named area, `name` */
} WeftElementKind;

typedef enum
{
  WEFT_FILL_SOLID,
  WEFT_FILL_HACHURE,
  WEFT_FILL_CROSS_HATCH,
  WEFT_FILL_ZIGZAG,
} WeftFillStyle;

typedef enum
{
  WEFT_STROKE_SOLID,
  WEFT_STROKE_DASHED,
  WEFT_STROKE_DOTTED,
} WeftStrokeStyle;

typedef enum
{
  WEFT_ALIGN_START,
  WEFT_ALIGN_CENTER,
  WEFT_ALIGN_END,
} WeftAlign;

typedef enum
{
  WEFT_ARROWHEAD_NONE,
  WEFT_ARROWHEAD_ARROW,
  WEFT_ARROWHEAD_TRIANGLE,
  WEFT_ARROWHEAD_BAR,
  WEFT_ARROWHEAD_DOT,
} WeftArrowhead;

typedef enum
{
  WEFT_FONT_HAND,
  WEFT_FONT_SANS,
  WEFT_FONT_MONO,
} WeftFont;

/* 0xRRGGBBAA; 0 is transparent. */
typedef guint32 WeftColor;

/* A connector's hold on an element: where on it, as parts of its width and height. */
typedef struct
{
  char  *element_id; /* %NULL: not bound */
  double fixed_x;    /* 0 to 1 */
  double fixed_y;
} WeftBinding;

typedef struct
{
  gatomicrefcount ref_count;

  char           *id;
  char           *type;  /* as it is written */
  WeftElementKind kind;
  char           *index; /* fractional index; "" where there is none */

  /* The box before turning; for lines and arrows x, y is where point (0, 0) lies. Never negative in size. */
  double          x;
  double          y;
  double          width;
  double          height;
  double          angle; /* about the centre of the box */

  WeftColor       stroke;
  WeftColor       background;
  WeftFillStyle   fill_style;
  double          stroke_width;
  WeftStrokeStyle stroke_style;
  double          roughness; /* 0 to 3; 0 is clean */
  double          opacity;   /* 0 to 1 (100 in the doc) */
  double          radius;    /* of rounded corners, in board units; < 0: not round; lines: >= 0 is curved */
  guint32         seed;      /* what the sketchy strokes start from */

  WeftPoint      *points;    /* lines and arrows */
  gsize           n_points;
  WeftInk        *ink;       /* pen strokes; nullable. Its bounds are stretched over the box */
  WeftArrowhead   start_arrowhead;
  WeftArrowhead   end_arrowhead;
  WeftBinding     start_binding;
  WeftBinding     end_binding;

  char           *text;      /* never %NULL; without marks */
  double          font_size;
  WeftFont        font;
  double          line_height; /* in font sizes */
  WeftAlign       text_align;
  WeftAlign       vertical_align;
  gboolean        auto_resize; /* text elements: the box follows the text */

  char           *link;      /* nullable */
  char           *label;     /* never %NULL; of cards and frames */
  char           *file_id;   /* nullable; of images */
  char           *frame_id;  /* nullable */
  char          **group_ids; /* never %NULL; the innermost first */
  gboolean        locked;
} WeftElement;

/* Reading */
WeftElement    *weft_element_new_from_type   (const char        *id,
                                              WeftType          *map) G_GNUC_WARN_UNUSED_RESULT;
WeftElement    *weft_element_new_from_any    (const char        *id,
                                              const WeftAny     *properties) G_GNUC_WARN_UNUSED_RESULT;
WeftElement    *weft_element_ref             (WeftElement       *self);
void            weft_element_unref           (WeftElement       *self);
/* The order of drawing: by index, then by id. */
int             weft_element_compare         (const WeftElement *a,
                                              const WeftElement *b);
WeftElementKind weft_element_kind_from_type  (const char        *type);
/* A line or an arrow. */
gboolean        weft_element_is_linear       (const WeftElement *self);
/* "#rgb", "#rrggbb", "#rrggbbaa", "transparent", and the plain colour names. Returns: whether it was one */
gboolean        weft_color_parse             (const char        *text,
                                              WeftColor         *color);
char           *weft_color_to_string         (WeftColor          color);

/* Copies with other values, for previews of what is not written yet. */
WeftElement    *weft_element_copy            (const WeftElement *self) G_GNUC_WARN_UNUSED_RESULT;

/* Writing: put weft_doc_begin () and weft_doc_commit () around all that one gesture does. */

/* 20 random letters and digits. */
char           *weft_element_new_id          (void) G_GNUC_WARN_UNUSED_RESULT;
/**
 * weft_element_create:
 * @board: the root map
 * @id: (nullable): its id; %NULL makes a new one
 * @properties: an object; `text` as a string becomes a Y.Text, everything else is written as it is
 *
 * Returns: (transfer none): the new element's map
 */
WeftType       *weft_element_create          (WeftType          *board,
                                              const char        *id,
                                              const WeftAny     *properties);
/* Writes those of @properties that differ from what is there; `text` is left alone. Undefined removes a key.
 * Does nothing where there is no such element. Returns: whether anything was written */
gboolean        weft_element_update          (WeftType          *board,
                                              const char        *id,
                                              const WeftAny     *properties);
void            weft_element_remove          (WeftType          *board,
                                              const char        *id);
/* The Y.Text of @id, made when it is not there (a plain string becomes its content). (transfer none) (nullable) */
WeftType       *weft_element_ensure_text     (WeftType          *board,
                                              const char        *id);
/* The greatest `index` on the board, or %NULL: what a new element goes after. (transfer full) */
char           *weft_board_dup_last_index    (WeftType          *board);

/* Values for properties: [[x, y], ...] and bytes. (transfer full) */
WeftAny        *weft_element_points_to_any   (const WeftPoint   *points,
                                              gsize              n_points);
WeftAny        *weft_element_ink_to_any      (const WeftInk     *ink,
                                              guint              precision);

/* Geometry: weft-element-geometry.c */

/* The box turned: what selecting shows and marquees test. */
WeftBox         weft_element_get_bounds      (const WeftElement *self);
/* Everything that drawing may touch: stroke, arrowheads, shadow, text that hangs over. */
WeftBox         weft_element_get_draw_bounds (const WeftElement *self);
/* The box before turning; of lines the box of their points. */
WeftBox         weft_element_get_box         (const WeftElement *self);
WeftPoint       weft_element_get_center      (const WeftElement *self);
/* The outline as a polygon or a line of points, turned. (transfer full) (element-type WeftPoint) */
GArray         *weft_element_get_outline     (const WeftElement *self,
                                              gboolean          *closed);
/* Whether a click at @point touches it: its line, or its inside where that is filled or holds text. */
gboolean        weft_element_hit             (const WeftElement *self,
                                              WeftPoint          point,
                                              double             tolerance);
/* Whether @point lies inside its area, filled or not. */
gboolean        weft_element_contains        (const WeftElement *self,
                                              WeftPoint          point);
/* Whether a marquee touches its line, or holds it whole. */
gboolean        weft_element_touches_box     (const WeftElement *self,
                                              const WeftBox     *box);
/* Whether the segment from @a to @b, @tolerance wide, touches it: the eraser. */
gboolean        weft_element_touches_segment (const WeftElement *self,
                                              WeftPoint          a,
                                              WeftPoint          b,
                                              double             tolerance);
/* Where a connector coming from @from towards the bound place ends: on the outline, @gap outside. */
WeftPoint       weft_element_attach          (const WeftElement *self,
                                              double             fixed_x,
                                              double             fixed_y,
                                              WeftPoint          from,
                                              double             gap);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftElement, weft_element_unref)

G_END_DECLS
