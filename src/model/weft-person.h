/* weft-person.h - somebody who is here, ourselves included
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Properties (all notify): "id", "name", "color", "page-id", "is-self", "initials".
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define WEFT_TYPE_PERSON (weft_person_get_type ())
G_DECLARE_FINAL_TYPE (WeftPerson, weft_person, WEFT, PERSON, GObject)

/* A stable id where the peer gives one, else its client id as text. */
const char *weft_person_get_id       (WeftPerson *self);
const char *weft_person_get_name     (WeftPerson *self); /* never empty */
const char *weft_person_get_color    (WeftPerson *self); /* "#rrggbb" */
const char *weft_person_get_initials (WeftPerson *self); /* one or two characters */
const char *weft_person_get_page_id  (WeftPerson *self); /* "" where unknown */
gboolean    weft_person_get_is_self  (WeftPerson *self);

/* One colour a person, from a palette that reads on light and dark: "#rrggbb", static. */
const char *weft_person_color_for_id (const char *id);

/* The name in `<name> · <device>`; the device tells nobody anything. (nullable) (transfer full) */
char       *weft_person_dup_author_name (const char *author);

G_END_DECLS
