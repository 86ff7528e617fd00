/* weft-moment.h - days, times and people, as one says them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Times are ms since 1970, and are told in the local zone and in the way of the locale. (transfer full) all.
 * @zone: (nullable): the local one, for whoever tells many times: to find it out takes longer than all the rest.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "14:32" */
char     *weft_moment_format_time (gint64             time_ms,
                                   GTimeZone         *zone);
/* "Today", "Yesterday", "Monday, 3 March", with the year where it is another one */
char     *weft_moment_format_day  (gint64             time_ms,
                                   GTimeZone         *zone);
/* When the day of @time_ms begins in @zone, and the next one. */
void      weft_moment_find_day    (gint64             time_ms,
                                   GTimeZone         *zone,
                                   gint64            *start_ms,
                                   gint64            *end_ms);
/* "14:32" today, else the date with it; "" for 0 */
char     *weft_moment_format      (gint64             time_ms);
/* "Ana", "Ana and Ben", "Ana and 2 others", "Somebody" */
char     *weft_people_join        (const char *const *names,
                                   guint              n);

G_END_DECLS
