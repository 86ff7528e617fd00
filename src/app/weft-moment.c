/* weft-moment.c - days, times and people, as one says them
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "app/weft-moment.h"

#include <glib/gi18n.h>

static gboolean
is_same_day (GDateTime *a,
             GDateTime *b)
{
  return g_date_time_get_year (a) == g_date_time_get_year (b)
         && g_date_time_get_day_of_year (a) == g_date_time_get_day_of_year (b);
}

/* (nullable) @zone: the local one. Finding that out takes longer than all that is done here. */
static GDateTime *
read_time (gint64     time_ms,
           GTimeZone *zone)
{
  g_autoptr(GDateTime) utc = NULL;

  if (time_ms <= 0)
    return NULL;
  if (zone == NULL)
    return g_date_time_new_from_unix_local (time_ms / 1000);

  utc = g_date_time_new_from_unix_utc (time_ms / 1000);

  return utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
}

static GDateTime *
read_now (GTimeZone *zone)
{
  return zone != NULL ? g_date_time_new_now (zone) : g_date_time_new_now_local ();
}

char *
weft_moment_format_time (gint64     time_ms,
                         GTimeZone *zone)
{
  g_autoptr(GDateTime) time = read_time (time_ms, zone);

  /* Translators: a time of today, as in strftime () */
  return time != NULL ? g_date_time_format (time, _ ("%H:%M")) : g_strdup ("");
}

char *
weft_moment_format_day (gint64     time_ms,
                        GTimeZone *zone)
{
  g_autoptr(GDateTime) time = read_time (time_ms, zone);
  g_autoptr(GDateTime) now = read_now (zone);
  g_autoptr(GDateTime) yesterday = g_date_time_add_days (now, -1);

  if (time == NULL)
    return g_strdup ("");
  if (is_same_day (time, now))
    return g_strdup (_ ("Today"));
  if (is_same_day (time, yesterday))
    return g_strdup (_ ("Yesterday"));
  if (g_date_time_get_year (time) == g_date_time_get_year (now))
    /* Translators: a day of this year, as in strftime (): "Monday, 3 March" */
    return g_date_time_format (time, _ ("%A, %-d %B"));

  /* Translators: a day of another year, as in strftime (): "3 March 2024" */
  return g_date_time_format (time, _ ("%-d %B %Y"));
}

void
weft_moment_find_day (gint64     time_ms,
                      GTimeZone *zone,
                      gint64    *start_ms,
                      gint64    *end_ms)
{
  g_autoptr(GDateTime) time = read_time (time_ms, zone);
  g_autoptr(GDateTime) start = NULL;
  g_autoptr(GDateTime) end = NULL;

  if (time != NULL)
    start = g_date_time_new (zone, g_date_time_get_year (time), g_date_time_get_month (time),
                             g_date_time_get_day_of_month (time), 0, 0, 0);
  if (start != NULL)
    end = g_date_time_add_days (start, 1);

  /* A time that no calendar has is a day of its own. */
  *start_ms = end != NULL ? g_date_time_to_unix (start) * 1000 : time_ms;
  *end_ms = end != NULL ? g_date_time_to_unix (end) * 1000 : time_ms + 1;
}

char *
weft_moment_format (gint64 time_ms)
{
  g_autoptr(GDateTime) time = read_time (time_ms, NULL);
  g_autoptr(GDateTime) now = read_now (NULL);

  if (time == NULL)
    return g_strdup ("");
  if (is_same_day (time, now))
    return weft_moment_format_time (time_ms, NULL);

  /* Translators: a date and a time, as in strftime () */
  return g_date_time_format (time, _ ("%x, %H:%M"));
}

char *
weft_people_join (const char *const *names,
                  guint              n)
{
  if (n == 0)
    return g_strdup (_ ("Somebody"));
  if (n == 1)
    return g_strdup (names[0]);
  if (n == 2)
    /* Translators: the names of two people */
    return g_strdup_printf (_ ("%1$s and %2$s"), names[0], names[1]);

  /* Translators: the name of a person, and how many more there are */
  return g_strdup_printf (ngettext ("%1$s and %2$u other", "%1$s and %2$u others", n - 1), names[0], n - 1);
}
