#!/usr/bin/python3
"""A batch: how much is read ahead, what waits for what, odd inputs.

What came in goes out; what is on its way has a bound: 2 x jobs + 16 records,
or 2 x jobs / K + 16 with --repeat K, whatever reader, writer or upstream do.
"""
import contextlib
import json
import os
import pty
import subprocess
import threading
import time

import harness
from harness import (Samples, at_least, at_most, audit, main, request, row,
                     same)

JOBS = 4
WINDOW = 2 * JOBS + 16
SLOW = {"call": "b00000", "stage": "classification", "attempt": 1,
        # in it a busy machine, too, begins all that it may
        "delay_ms": 4000}


def names(count):
    return [f"b{i:05}" for i in range(count)]


def line(call):
    return (json.dumps(request(call)) + "\n").encode()


def slow_first(calls):
    """The rule, and one for each call, so that the fake knows its name."""
    return [SLOW] + [{"call": call, "delay_ms": 0} for call in calls]


def ahead(fake):
    """Calls that were asked about before the slow reply was there."""
    log = fake.requests()
    slow = next(entry["t_end"] for entry in log if entry["call"] == "b00000")
    return len({entry["call"] for entry in log if entry["t_start"] < slow})


@row("BA1-window", "a slow record holds back a bounded number of others")
def window(world):
    with world.fake(slow_first(names(120))) as fake:
        run = world.run(fake, calls=names(120), jobs=JOBS)
        audit(run, 0, fake=fake)
        # all that the window lets in, and nothing beyond it
        same(ahead(fake), WINDOW, "calls begun before the first one ended")


@row("BA1-repeat", "each record ten times: fewer records, not ten times as "
     "much")
def repeat(world):
    with world.fake(slow_first(names(60))) as fake:
        run = world.run(fake, "--repeat", "10", calls=names(60), jobs=JOBS)
        same(run.exit, 0, "exit")
        same([r["call_id"] for r in run.records], names(60), "lines")
        same({r["repeat"]["ok"] for r in run.records}, {10}, "evaluations")
        same(ahead(fake), 1 + 16, "calls begun before the first one ended")


@row("BA1-unordered", "with --unordered a slow record holds back no line, but "
     "reading is bounded all the same")
def unordered(world):
    with world.fake(slow_first(names(120))) as fake:
        run = world.run(fake, "--unordered", calls=names(120), jobs=JOBS)
        same(run.exit, 0, "exit")
        same(sorted(r["call_id"] for r in run.records), names(120), "lines")
        where = [r["call_id"] for r in run.records].index("b00000")
        at_least(where, WINDOW, "lines before that of the slow record")
        at_least(ahead(fake), WINDOW + 1, "calls begun before it ended")


class Feeder:
    """A run whose input and output are pipes of ours."""

    def __init__(self, world, fake, *options):
        self.process = subprocess.Popen(
            [f"{harness.bin_dir}/callqa", *options], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=world.folder,
            env=harness.Run.environment(world, fake.base, {}))
        self.written = 0

    def feed(self, calls):
        with contextlib.suppress(BrokenPipeError):
            for call in calls:
                self.process.stdin.write(line(call))
                self.process.stdin.flush()
                self.written += 1
            self.process.stdin.close()

    def end(self):
        rest = self.process.stdout.read().decode().splitlines()
        err = self.process.stderr.read().decode()
        return self.process.wait(harness.LIMIT_S), rest, err


@row("BA2-back-pressure", "a reader that stands still stops reading; later all "
     "is there")
def back_pressure(world):
    calls = names(1500)
    with world.fake((), bodies=False) as fake:
        run = Feeder(world, fake, "--jobs", str(JOBS))
        feeder = threading.Thread(target=run.feed, args=(calls,), daemon=True)
        feeder.start()
        before = -1
        while before != run.written or not before:
            before = run.written
            time.sleep(1)  # nothing moves for so long: it stands still
        # two pipes of 64 KiB, a chunk of as much, and the window
        size = len(line(calls[0]))
        at_most(run.written, 3 * 65536 / size + WINDOW + 1, "records taken")
        at_least(run.written, WINDOW, "records taken")
        exit_, lines, err = run.end()
        feeder.join()
        same((exit_, err), (0, ""), "end")
        same([json.loads(text)["call_id"] for text in lines], calls, "lines")


@row("BA3-one-by-one", "each line is there before the next record comes")
def one_by_one(world):
    with world.fake() as fake:
        run = Feeder(world, fake)
        for call in names(3):
            run.process.stdin.write(line(call))
            run.process.stdin.flush()
            got = json.loads(run.process.stdout.readline())
            same((got["call_id"], got["status"]), (call, "ok"), "line")
        # what the producer did not finish is a record that fails
        run.process.stdin.write(line("b00009")[:-20])
        run.process.stdin.close()
        exit_, lines, _ = run.end()
        same(exit_, 3, "exit")
        same([json.loads(text)["error"]["code"] for text in lines],
             ["INVALID_JSON"], "the record that was cut off")


@row("BA4-no-input", "stdin a terminal, a directory: told, and not waited for")
def no_input(world):
    env = harness.Run.environment(world, "http://127.0.0.1:9", {})
    pid, master = pty.fork()
    if pid == 0:
        os.execve(f"{harness.bin_dir}/callqa", ["callqa"], env)
    got = b""
    with contextlib.suppress(OSError):
        while more := os.read(master, 4096):
            got += more
    same(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 2, "exit")
    os.close(master)
    lines = got.decode().splitlines()
    same(len(lines), 6, "lines of help")
    at_most(max(map(len, lines)), 80, "columns of help")
    folder = os.open(world.folder, os.O_RDONLY)
    for operand, stdin in (([], folder), ([world.folder], None)):
        done = subprocess.run(
            [f"{harness.bin_dir}/callqa", *operand], env=env, text=True,
            stdin=stdin, capture_output=True, check=False)
        same((done.returncode, done.stdout), (2, ""), "a directory")
        same("s a directory" in done.stderr, True, done.stderr)
    os.close(folder)


def many(count, jobs):
    """Records a second, and memory early and late."""
    def test(world):
        samples = Samples(0.1)
        with world.fake((), bodies=False) as fake:
            calls = names(count)
            run = world.run(fake, calls=calls, jobs=jobs, limit_s=1700,
                            watch=samples.watch)
            audit(run, 0)
        marks = [n for n in (1000, 3000, 10000, 30000, 100000) if n <= count]
        kib = [samples.peak_by(n) for n in marks]
        print(f"{count} records in {run.seconds:.1f} s: "
              f"{count / run.seconds:.0f}/s, {run.cpu:.1f} s CPU; "
              f"KiB resident, peak by {marks}: {kib}")
        if not harness.sanitized():
            at_most(kib[-1], kib[0] * 1.05, "KiB resident")
    return test


row("BA5-100000", "100,000 calls from one file: memory does not grow",
    label="soak")(many(100000, 16))


if __name__ == "__main__":
    raise SystemExit(main())
