#!/usr/bin/python3
"""What storing costs: rows a second in batches and one by one, and memory.

usage: store.py BUILD-DIRECTORY [REPORTS]

On a real PostgreSQL behind the fake REST server of tests/store/, which is
Python: the figures compare ways of storing, they are no promise of Supabase's.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS / "store"))
# pylint: disable=wrong-import-position
import database
import postgrest

BUILD = os.path.abspath(sys.argv[1])
COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 10000


def make_reports(path, count):
    with open(TESTS / "golden/reports.ndjson", encoding="utf-8") as lines:
        some = [json.loads(line) for line in lines]
    with open(path, "w", encoding="utf-8") as out:
        for i in range(count):
            out.write(json.dumps({**some[i % len(some)],
                                  "call_id": f"bench-{i:06}"}) + "\n")


def peak_mib(pid):
    """So far; not what wait4() tells, which begins with our own peak."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) / 1024 for line in lines
                        if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return 0


def store(rest, path, *options):
    """(seconds, peak MiB, CPU seconds) of a callqa-store."""
    begin, peak, done = time.monotonic(), 0, 0
    with subprocess.Popen(
            [f"{BUILD}/callqa-store", "--config", "none", *options, path],
            stdout=subprocess.DEVNULL, env=rest.environment()) as process:
        while not done:
            peak = max(peak, peak_mib(process.pid))
            time.sleep(0.01)
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit status {process.returncode}")
    return (time.monotonic() - begin, peak, usage.ru_utime + usage.ru_stime)


def show(what, count, seconds, mib, cpu, requests):
    print(f"{what:34} {count / seconds:8.0f} rows/s {seconds:7.1f} s "
          f"{cpu:6.2f} s CPU {mib:6.1f} MiB {requests:6} requests",
          flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder, \
            database.Database() as db, postgrest.Rest(db) as rest:
        path = os.path.join(folder, "reports")
        few = path + "-few"
        make_reports(path, COUNT)
        make_reports(few, COUNT // 10)
        print(f"{COUNT} reports, {os.path.getsize(path) / 1e6:.0f} MB")
        db.script(subprocess.run(
            [f"{BUILD}/callqa-store", "--config", "none", "--print-sql"],
            check=True, text=True, stdout=subprocess.PIPE).stdout)
        for what, file, count, options in (
                ("batches of 100, new rows", path, COUNT, ()),
                ("the same again: nothing written", path, COUNT, ()),
                ("batches of 1000, 16M", path, COUNT,
                 ("--store-batch", "1000", "--store-bytes", "16M")),
                ("one row a request, a tenth of them", few, COUNT // 10,
                 ("--store-batch", "1"))):
            if "again" not in what:
                db.run("truncate eavesly_evaluation_results")
            rest.seen.clear()
            show(what, count, *store(rest, file, *options), len(rest.seen))
            found = db.ask("select count(*) from eavesly_evaluation_results")
            if found != [(count,)]:
                raise SystemExit(f"{found} rows of {count}")


if __name__ == "__main__":
    main()
