# measure.py - how long the main loop of a person's window is held, as WEFT_DEBUG=turns tells it
#
# SPDX-License-Identifier: LGPL-2.1-or-later

import os
import re
import time

from drive import wait_until

TURN = re.compile(r"a turn of ([\d.]+) ms, ([\d.]+) ms of processor time")
# Of /proc/PID/stat, counted from 0 behind the name.
FIELD_STARTED = 19
# Longer than the longest turn on a busy machine: it is told when it is over.
QUIET_S = 2.5


class Measured:
    """What happens inside is measured, until nothing more is told for a while."""

    def __init__(self, person, what, until=None):
        """until: what is noted when it is there; how long that took is printed."""
        self.person = person
        self.what = what
        self.until = until
        self.log = os.path.join(person.home, "weft.log")

    def __enter__(self):
        self.at = os.path.getsize(self.log)
        self.began = get_age_ms(self.person)

    def __exit__(self, kind, value, trace):
        if kind is None and self.until:
            took = wait_until(self.until, self.noted)[0] - self.began
            print(f"  {self.what:<44} {took:8.0f} ms on the wall to {self.until}", flush=True)
        size = -1
        while size != os.path.getsize(self.log):
            size = os.path.getsize(self.log)
            time.sleep(QUIET_S)
        with open(self.log) as log:
            log.seek(self.at)
            turns = [tuple(map(float, turn)) for turn in TURN.findall(log.read())]
        if kind is None:
            print_turns(self.what, turns)

    def noted(self):
        with open(self.log) as log:
            log.seek(self.at)
            return [float(age) for age in re.findall(rf"turns: (\d+) ms: {self.until}, after", log.read())]


def get_age_ms(person):
    """Since the process began, as WEFT_DEBUG=turns counts it."""
    with open(f"/proc/{person.process.pid}/stat") as stat:
        started = int(stat.read().rpartition(") ")[2].split()[FIELD_STARTED])
    return (time.clock_gettime(time.CLOCK_BOOTTIME) - started / os.sysconf("SC_CLK_TCK")) * 1000


def print_turns(what, turns):
    if turns:
        longest = max(turns, key=lambda turn: turn[1])
        print(f"  {what:<44} {longest[1]:8.1f} ms of processor time, {longest[0]:8.1f} ms on the wall, "
              f"{len(turns):4} over 8 ms", flush=True)
    else:
        print(f"  {what:<44}      < 8 ms", flush=True)


def memory(person):
    with open(f"/proc/{person.process.pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {name: int(fields[name].split()[0]) * 1024 // 1000000 for name in ("VmRSS", "VmHWM", "RssAnon")}


def print_opening(person, what, until="the first row of the page list"):
    def noted():
        with open(os.path.join(person.home, "weft.log")) as log:
            return re.findall(rf"turns: (\d+) ms: {until}, after (\d+) ms", log.read())

    wall, processor = wait_until(until, noted)[-1]
    used = memory(person)
    print(f"  {what:<44} {processor:>6} ms of processor time of all threads, {wall} ms on the wall, "
          f"{used['VmHWM']} MB at the most", flush=True)
