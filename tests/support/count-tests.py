#!/usr/bin/env python3
# count-tests.py - counts the test cases in meson's logs and prints the closing line
#
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Usage: count-tests.py TESTLOG.json...
#
# A program that speaks TAP counts once for each of its cases, any other once. A program that fails without saying
# which case (a crash, a time-out) is one failure more. The status is 0 when nothing failed and something passed.

import json
import re
import sys

CASE = re.compile(r'^(not )?ok\b[^#]*(#\s*(?P<directive>skip|todo)\b.*)?$', re.IGNORECASE)


def count(test):
    """Returns (passed, failed, skipped) for one program."""
    passed = failed = skipped = 0
    for line in test.get('stdout', '').splitlines():
        # Only the top level counts: indented lines belong to subtests.
        match = CASE.match(line)
        if not match:
            continue
        if match['directive']:
            skipped += 1
        elif match[1]:
            failed += 1
        else:
            passed += 1

    result = test['result']
    if result == 'SKIP' and passed + failed == 0:
        skipped = max(skipped, 1)
    elif result in ('OK', 'EXPECTEDFAIL') and passed + failed + skipped == 0:
        passed = 1
    elif result not in ('OK', 'EXPECTEDFAIL', 'SKIP') and failed == 0:
        failed = 1
    return passed, failed, skipped


def main():
    totals = [0, 0, 0]
    failures = []
    for path in sys.argv[1:]:
        try:
            with open(path, encoding='utf-8') as log:
                tests = [json.loads(line) for line in log if line.strip()]
        except FileNotFoundError:
            failures.append(f'{path}: the tests did not run')
            totals[1] += 1
            continue
        for test in tests:
            numbers = count(test)
            totals = [total + number for total, number in zip(totals, numbers)]
            if numbers[1]:
                failures.append(f"{test['name']}: {test['result'].lower()} ({path})")

    for failure in failures:
        print(f'failed: {failure}')
    print(f'{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped')
    return 0 if totals[1] == 0 and totals[0] > 0 else 1


sys.exit(main())
