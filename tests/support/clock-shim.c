/* clock-shim.c - a wall clock that a test moves while a program runs
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Put before a program by LD_PRELOAD. The file that WEFT_TEST_CLOCK names holds how many seconds the wall clock is off;
 * it is read again each time somebody asks for the time. Monotonic clocks stay what they are, as they do where an
 * administrator or NTP sets the clock.
 */

#include "config.h"

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long
read_offset (void)
{
  const char *path = getenv ("WEFT_TEST_CLOCK");
  char text[32] = "";
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;

  if (fd < 0)
    return 0;
  if (read (fd, text, sizeof text - 1) < 0)
    text[0] = '\0';
  close (fd);
  return atoll (text);
}

int
clock_gettime (clockid_t        clock,
               struct timespec *time)
{
  int result = (int) syscall (SYS_clock_gettime, clock, time);

  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    time->tv_sec += read_offset ();
  return result;
}

int
gettimeofday (struct timeval *restrict time,
              void *restrict           zone)
{
  struct timespec now;

  if (clock_gettime (CLOCK_REALTIME, &now) != 0)
    return -1;
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t
time (time_t *result)
{
  struct timespec now = { 0 };

  clock_gettime (CLOCK_REALTIME, &now);
  if (result != NULL)
    *result = now.tv_sec;
  return now.tv_sec;
}
