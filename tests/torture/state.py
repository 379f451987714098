#!/usr/bin/python3
"""Runs that are cut off or cannot write, and what the next run makes of it.

Rows of the label `torture` take minutes, and are run by hand or by night:

    state.py --bin BUILD [ROW...]

What must hold after each run, however it ended:
  - whole lines only, in the order of the input (SIGKILL can cut the last one),
    and a state behind them in which every answer that they tell is durable;
  - the next run gives every call exactly once, all ok;
  - it asks what the state did not have, and nothing else.
"""
import concurrent.futures
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "fault"))

import harness  # noqa: E402  the folder above is looked into first
from harness import (Fake, Skip, World, at_least, at_most, main,  # noqa: E402
                     need, one_of, request, row, same)

JOBS = 4
WORKERS = 4  # runs at once: most of their time they wait
HOWS = ("EIO", "ENOSPC", "EINTR", "short")


# ---- one run -----------------------------------------------------------------

class Known(Fake):
    """A fake that tells all calls apart."""
    ids = ()

    @classmethod
    def known(cls, _):
        return "".join(json.dumps(request(c)) + "\n" for c in cls.ids)


def asked(fake):
    """(call, stage) of all its requests, repeated ones repeatedly."""
    return [(line["call"], line["stage"]) for line in fake.requests()]


def durable(path):
    """(call, stage) of the answers in a state, read from a copy of it."""
    with tempfile.TemporaryDirectory(prefix="callqa-copy-") as folder:
        if not os.path.exists(path):
            return set()
        for suffix in ("", "-wal", "-journal"):
            if os.path.exists(path + suffix):
                shutil.copy(path + suffix, f"{folder}/copy{suffix}")
        database = sqlite3.connect(f"{folder}/copy")
        try:
            same(database.execute("PRAGMA integrity_check").fetchall(),
                 [("ok",)], "integrity")
            return set(database.execute("SELECT call_id, stage FROM answers"))
        finally:
            database.close()


def preload():
    if harness.sanitized():
        raise Skip("a sanitizer wants to be loaded first")
    return f"{harness.bin_dir}/tests/libfailing.so"


class Once:
    """One run in a folder of its own, with a fake of its own."""

    def __init__(self, world, calls, state, options=(), env=None, stop=None,
                 latency=0, stdout=None, wrap=()):
        """stop: called with the process, ends the run from outside."""
        Known.ids = calls
        name = world.next("once")
        self.fake = world.stack.enter_context(Known(
            world, (), ("--latency-ms", str(latency), "--jitter-ms",
                        str(latency)), None, False))
        source = world.write(name + ".in", "".join(
            json.dumps(request(c)) + "\n" for c in calls))
        self.out_file = world.path(name + ".out")
        command = [*wrap, f"{harness.bin_dir}/callqa", "--jobs", str(JOBS), "--state",
                   state, *options]
        with open(source, "rb") as stdin, \
                open(self.out_file, "wb") as out, \
                open(world.path(name + ".err"), "w+b") as err:
            process = subprocess.Popen(
                command, stdin=stdin, stdout=stdout or out, stderr=err,
                cwd=world.folder, env=harness.Run.environment(
                    world, self.fake.base, env))
            if stop:
                stop(process)
            try:
                self.exit = process.wait(harness.LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError("it hangs") from None
            err.seek(0)
            self.err = err.read().decode(errors="replace")
        self.calls = calls
        self.fake.end()

    def records(self):
        """The lines, all of them whole."""
        with open(self.out_file, "rb") as out:
            text = out.read()
        if self.exit == -signal.SIGKILL:
            # the kernel can end a process between two pages of one write
            text = text[:text.rfind(b"\n") + 1]
        same(text[-1:] in (b"", b"\n"), True, f"a last whole line\n{self.err}")
        return [json.loads(line) for line in text.splitlines()]

    def told(self):
        """(call, stage) of the answers that its lines tell."""
        return {(r["call_id"], name) for r in self.records() if "meta" in r
                for name, s in r["meta"]["stages"].items()
                if s["status"] == "ok"}


def all_stages(calls):
    """What a whole run asks."""
    with World() as world:
        once = Once(world, calls, world.path("s.db"))
        same(once.exit, 0, f"exit\n{once.err}")
        found = asked(once.fake)
        same(len(found), len(set(found)), "each asked once")
        same(durable(world.path("s.db")), set(found), "all durable")
        return set(found)


def check_next(world, calls, state, wanted, before):
    """The next run completes it, and pays for nothing twice."""
    again = Once(world, calls, state)
    same(again.exit, 0, f"exit of the next run\n{again.err}")
    same(again.err, "", "stderr of the next run")
    records = again.records()
    same([r["call_id"] for r in records], calls, "lines of the next run")
    same({r["status"] for r in records}, {"ok"}, "status in the next run")
    found = asked(again.fake)
    same(len(found), len(set(found)), "each asked once")
    same(set(found) & before, set(), "durable and asked again")
    same(set(found), wanted - before, "what the next run asks")
    return found


def check(world, once, state, wanted):
    """After a run that was cut off; how much was asked for in vain."""
    ids = [r["call_id"] for r in once.records()]
    same(ids, once.calls[:len(ids)], "lines in order")
    before = durable(state)
    same(once.told() - before, set(), "told, and not durable")
    sent = set(asked(once.fake))
    found = check_next(world, once.calls, state, wanted, before)
    return len(sent & set(found))


def in_turn(function, items):
    """Of function(item): its results; all failures, in one."""
    wrong, results = [], []

    def one(item):
        try:
            results.append(function(item))
        except AssertionError as e:
            wrong.append(f"{item}: {e}")
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, items))
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(items)}:\n" +
                             "\n".join(wrong[:5]))
    return results


# ---- killed ------------------------------------------------------------------

def ids(count):
    return [f"c{i:03}" for i in range(count)]


def killed_at_moments(count, calls):
    wanted = all_stages(calls)
    chance = random.Random(4)
    moments = [chance.uniform(0, 0.8) for _ in range(count)]

    def one(seconds):
        def stop(process):
            time.sleep(seconds)
            process.kill()
        with World() as world:
            state = world.path("s.db")
            once = Once(world, calls, state, stop=stop, latency=10)
            one_of(once.exit, (0, -signal.SIGKILL), "exit")
            return once.exit != 0, check(world, once, state, wanted)
    results = in_turn(one, moments)
    killed = sum(k for k, _ in results)
    at_least(killed, count / 2, "runs that were killed before their end")
    print(f"  {killed} of {count} killed; at most "
          f"{max(lost for _, lost in results)} requests of one sent again")


def count_calls(calls, env, before):
    """How many calls to the kernel about its files a whole run makes."""
    with World() as world:
        told = world.path("count")
        once = Once(world, calls, begin_with(world, before),
                    env={**env, "FAILING_COUNT": told})
        same(once.exit, 0, f"exit\n{once.err}")
        with open(told, encoding="ascii") as text:
            return int(text.read().split()[0])


def begin_with(world, before):
    """A state to begin with: that of another world, or none.  Its path."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        if before and os.path.exists(before + suffix):
            shutil.copy(before + suffix, world.path("s.db" + suffix))
    return world.path("s.db")


def cut_off(world, calls):
    """The state of a run that was killed half-way, with its log; its path."""
    env = {"LD_PRELOAD": preload(), "FAILING_PATH": "s.db"}
    state = world.path("s.db")
    half = count_calls(calls, env, None) * 6 // 10
    once = Once(world, calls, state, env={**env, "FAILING_AT": str(half),
                                          "FAILING_HOW": "kill"})
    same(once.exit, -signal.SIGKILL, "exit")
    at_least(os.path.getsize(state + "-wal"), 1, "bytes in the log")
    at_least(len(durable(state)), 1, "durable answers")
    return state


def killed_at_calls(calls, every, before=None):
    wanted = all_stages(calls)
    env = {"LD_PRELOAD": preload(), "FAILING_PATH": "s.db"}
    total = count_calls(calls, env, before)

    def one(number):
        with World() as world:
            state = begin_with(world, before)
            once = Once(world, calls, state,
                        env={**env, "FAILING_AT": str(number),
                             "FAILING_HOW": "kill"})
            # how answers fall into transactions is left to chance
            one_of(once.exit, (0, -signal.SIGKILL), "exit")
            return once.exit != 0, check(world, once, state, wanted)
    results = in_turn(one, range(1, total + 1, every))
    at_least(sum(k for k, _ in results), 0.7 * len(results), "runs killed")
    print(f"  {total} calls, {sum(k for k, _ in results)} runs killed; at most "
          f"{max(lost for _, lost in results)} requests of one sent again")


@row("K1-some", "killed at 12 moments and 40 calls about the state's file")
def kill_some(world):
    killed_at_moments(12, ids(50))
    killed_at_calls(ids(10), 14)
    killed_at_calls(ids(10), 14, cut_off(world, ids(10)))


@row("K1-moments", "killed at 200 random moments", label="torture")
def kill_moments(_):
    killed_at_moments(200, ids(50))


@row("K1-calls", "killed at every call about the state's file",
     label="torture")
def kill_calls(_):
    killed_at_calls(ids(50), 1)


@row("K2-again", "killed again at every call of the run that resumes",
     label="torture")
def kill_again(world):
    killed_at_calls(ids(50), 1, cut_off(world, ids(50)))


# ---- failing -----------------------------------------------------------------

def check_failed(world, once, state, wanted):
    """A run in which one call to the kernel failed, and the next one."""
    one_of(once.exit, (0, 2, 6), f"exit\n{once.err}")
    if once.exit == 0:
        same(once.err, "", "stderr at exit 0")
        same([r["status"] for r in once.records()], ["ok"] * len(once.calls),
             "all ok at exit 0")
    else:
        same("callqa: " in once.err, True, "it says why")
    if once.exit == 2:
        same(asked(once.fake), [], "requests before a wrong configuration")
    before = durable(state)
    lost = once.told() - before
    # a state that failed says so; whatever else fails, it has what is told
    same(bool(lost) and "not in it" not in once.err, False,
         f"told, not durable, and not said: {lost}\n{once.err}")
    found = check_next(world, once.calls, state, wanted, before)
    return once.exit, len(set(asked(once.fake)) & set(found))


def failing(calls, every, before=None):
    wanted = all_stages(calls)
    env = {"LD_PRELOAD": preload()}
    total = count_calls(calls, env, before)

    def one(item):
        number, how = item
        with World() as world:
            state = begin_with(world, before)
            told = world.path("count")
            once = Once(world, calls, state,
                        env={**env, "FAILING_AT": str(number),
                             "FAILING_HOW": how, "FAILING_COUNT": told})
            with open(told, encoding="ascii") as text:
                what = text.read().split()[1]
            try:
                status, _ = check_failed(world, once, state, wanted)
                if how == "short":
                    same(status, 0, f"exit, for what is no fault\n{once.err}")
            except AssertionError as e:
                raise AssertionError(f"{what}: {e}") from None
            return how, what, status
    results = in_turn(one, [(n, how) for n in range(1, total + 1, every)
                            for how in HOWS])
    table = {}
    for how, what, status in results:
        cell = table.setdefault((what, how), {})
        cell[status] = cell.get(status, 0) + 1
    for (what, how), cell in sorted(table.items()):
        print(f"  {what:10} {how:7} exit " + ", ".join(
            f"{s} ({n} runs)" for s, n in sorted(cell.items())))


@row("F3-some", "some calls to the kernel fail, one in each run")
def fail_some(world):
    failing(ids(5), 23)
    failing(ids(5), 23, cut_off(world, ids(5)))


@row("F3-all", "every read, write, fsync, open, rename fails in turn",
     label="torture")
def fail_all(_):
    failing(ids(20), 1)


@row("F3-again", "the same in a run that resumes", label="torture")
def fail_again(world):
    failing(ids(20), 1, cut_off(world, ids(20)))


# ---- what a loss of power would leave -----------------------------------------

@row("W1-order", "the log is flushed between its last byte and a line")
def flushed_before_line(world):
    """One call at a time: nothing else is on its way when a line goes out."""
    calls, trace = ids(10), world.path("trace")
    once = Once(world, calls, world.path("s.db"), options=("--jobs", "1"),
                wrap=(need("strace"), "-f", "-y", "-s", "24", "-o", trace, "-e",
                      "trace=write,pwrite64,fsync,fdatasync"))
    same(once.exit, 0, f"exit\n{once.err}")
    dirty, lines, flushes = False, 0, 0
    with open(trace, encoding="utf-8", errors="replace") as text:
        for line in text:
            log = "s.db-wal>" in line
            if log and "pwrite64(" in line:
                dirty = True
            elif "sync(" in line and log or "sync resumed" in line:
                # a flush that has begun only is none yet
                if "unfinished" not in line:
                    flushes += 1
                    dirty = False
            elif "write(1<" in line:
                lines += 1
                same(dirty, False, f"line {lines} before the log is flushed")
    same(lines, len(calls), "lines")
    at_least(flushes, len(calls), "flushes")


# ---- readers and writers at the other end ------------------------------------

@row("R1-head", "a reader that takes one line: what was paid for is kept")
def head(world):
    calls, state = ids(40), world.path("s.db")
    wanted = all_stages(calls)
    reader = subprocess.Popen(["head", "-n", "1"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    once = Once(world, calls, state, stdout=reader.stdin)
    reader.stdin.close()
    same(once.exit, -signal.SIGPIPE, "exit")
    same(once.err, "", "stderr")
    line = json.loads(reader.stdout.read())
    reader.stdout.close()
    reader.wait()
    same((line["call_id"], line["status"]), ("c000", "ok"), "its line")
    before = durable(state)
    same(before, set(asked(once.fake)), "all that was asked is durable")
    check_next(world, calls, state, wanted, before)


@row("R2-full", "a full device for output")
def full(world):
    calls, state = ids(40), world.path("s.db")
    wanted = all_stages(calls)
    with open("/dev/full", "wb") as device:
        once = Once(world, calls, state, stdout=device)
    same(once.exit, 6, f"exit\n{once.err}")
    before = durable(state)
    same(before, set(asked(once.fake)), "all that was asked is durable")
    check_next(world, calls, state, wanted, before)


def stalled(world, seconds):
    """A reader that takes a line and then looks at it for so long."""
    calls, state = ids(2000), world.path("s.db")
    got = []

    def stop(process):
        first = process_out.readline()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(0.2)
            got.append(len(durable(state)))
        got.append(first)
        rest = [first]
        taker = threading.Thread(target=lambda: rest.extend(process_out))
        taker.start()
        takers.append((taker, rest))
        same(process.poll(), None, "it waits for its reader")
    takers = []
    read_end, write_end = os.pipe()
    process_out = os.fdopen(read_end, "rb")
    closer = os.fdopen(write_end, "wb")

    def stop_and_close(process):
        closer.close()
        stop(process)
    once = Once(world, calls, state, stop=stop_and_close, stdout=closer)
    same(once.exit, 0, f"exit\n{once.err}")
    taker, lines = takers[0]
    taker.join()
    process_out.close()
    same([json.loads(x)["call_id"] for x in lines], calls, "lines in order")
    samples = got[:-1]
    print(f"  durable while the reader looked on: {samples[0]} answers at "
          f"first, {samples[-1]} at last")
    # all that has room between reader and writer is asked, and then durable
    same(samples[-1], samples[-2], "it has come to rest")
    at_least(samples[-1], 4 * (2 * JOBS + 16), "answers that are durable")
    at_most(samples[-1], 4 * len(calls) / 2, "it does not read on without end")


@row("R3-stalled", "a reader that stops reading for a while")
def stalled_reader(world):
    stalled(world, 3)


@row("R3-minute", "a reader that stops reading for a minute", label="torture")
def stalled_minute(world):
    harness.LIMIT_S = 300
    stalled(world, 60)


@row("R4-stdin", "stdin: closed, a directory, slow, a terminal")
def stdin_kinds(world):
    state = world.path("s.db")
    calls = ids(3)
    Known.ids = calls
    fake = world.stack.enter_context(Known(world, (), (), None, False))
    env = harness.Run.environment(world, fake.base, None)
    command = [f"{harness.bin_dir}/callqa", "--state", state]

    def run(**kwargs):
        done = subprocess.run(command, env=env, capture_output=True,
                              cwd=world.folder, timeout=harness.LIMIT_S,
                              check=False, **kwargs)
        return done.returncode, done.stdout, done.stderr.decode()

    exit_status, out, err = run(preexec_fn=lambda: os.close(0))
    same((exit_status, out, "stdin" in err), (6, b"", True), f"closed: {err}")
    folder = os.open(world.folder, os.O_RDONLY)
    exit_status, out, err = run(stdin=folder)
    os.close(folder)
    one_of(exit_status, (2, 6), f"a directory: {err}")
    same((out, "irectory" in err), (b"", True), f"a directory: {err}")
    terminal, side = os.openpty()
    exit_status, out, err = run(stdin=side)
    os.close(side)
    os.close(terminal)
    same((exit_status, out), (2, b""), f"a terminal: {err}")
    process = subprocess.Popen(command, env=env, cwd=world.folder,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for call in calls:  # each has its line before the next one is written
        text = json.dumps(request(call)) + "\n"
        process.stdin.write(text[:40].encode())
        process.stdin.flush()
        time.sleep(0.1)
        process.stdin.write(text[40:].encode())
        process.stdin.flush()
        line = json.loads(process.stdout.readline())
        same((line["call_id"], line["status"]), (call, "ok"), "slow")
        same({s for c, s in durable(state) if c == call} >=
             {"classification", "compliance"}, True, "durable before the line")
    process.stdin.close()
    same(process.wait(harness.LIMIT_S), 0, "exit")
    process.stdout.close()


if __name__ == "__main__":
    sys.exit(main())
