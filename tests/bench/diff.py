#!/usr/bin/env python3
"""What callqa-diff costs: records a second of CPU, and peak memory.

  diff.py BUILD_DIR [--records N]

N reports (tests/golden's, under ids of their own) are compared with N in
another order, every tenth of which differs; then measured as well; and with a
tenth of them, for what memory does.  It reads both streams: 2 N records.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden/reports.ndjson"


def make(path, count, order, changed):
    lines = GOLDEN.read_text().splitlines()
    heads = [json.dumps(json.loads(line)["call_id"]) for line in lines]
    worse = [line.replace('"No Infraction"', '"Violation"', 1)
             for line in lines]
    with open(path, "w") as out:
        for n in order:
            k = n % len(lines)
            line = worse[k] if changed and n % 10 == 0 else lines[k]
            out.write(line.replace(heads[k], f'"call-{n:07d}"', 1) + "\n")
    return os.path.getsize(path) / 1e6


def run(program, temp, *options):
    """Seconds of CPU, seconds, and peak MB, by the kernel's own count."""
    start = time.monotonic()
    with open(os.devnull, "w") as null:
        child = subprocess.Popen([program, *options, f"{temp}/golden", f"{temp}/reports"], stdout=null)
        _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) != 1:
        sys.exit(f"exit status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--records", type=int, default=100000)
    args = parser.parse_args()
    program = str(pathlib.Path(args.build).resolve() / "callqa-diff")
    with tempfile.TemporaryDirectory(prefix="callqa-bench-") as temp:
        for count in (args.records // 10, args.records):
            order = list(range(count))
            size = make(f"{temp}/golden", count, order, False)
            random.Random(1).shuffle(order)
            size += make(f"{temp}/reports", count, order, True)
            for options in ((), ("--agreement", "--bootstrap", "100"), ("--format", "junit")):
                cpu, took, peak = run(program, temp, *options)
                print(f"{count} x {count}, {size:.0f} MB, {' '.join(options) or 'text'}: {cpu:.1f} s CPU, {took:.1f} s, "
                      f"{2 * count / cpu:.0f} records and {size / cpu:.0f} MB a second of CPU, peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
