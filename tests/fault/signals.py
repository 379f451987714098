#!/usr/bin/python3
"""Faults G: signals; a reader that leaves or stands still; a stopped process.

Whenever it comes, nothing that was read is without its line, and a process
that a signal ends is dead of that signal.
"""
import contextlib
import fcntl
import json
import os
import random
import signal
import socket
import time

from harness import at_least, at_most, audit, main, not_here, row, same

GRACE_S = 20
HANG = {"fault": "hang"}
SLOW = {"delay_ms": 600}


def names(count):
    return [f"s{i:04}" for i in range(count)]


def seen(fake, least):
    """Waits until the fake has answered so many requests."""
    for _ in range(5000):
        with open(fake.log, encoding="utf-8") as lines:
            if sum(1 for _ in lines) >= least:
                return
        time.sleep(0.01)
    raise AssertionError(f"the fake never got {least} requests")


def stalled(fake):
    """Waits until a second goes by without a request."""
    before = now = 0
    while before != now or not now:
        before = now
        time.sleep(1)
        with open(fake.log, encoding="utf-8") as lines:
            now = sum(1 for _ in lines)


def busy(run, links=1):
    """Waits until it talks to an upstream: so many sockets, at least."""
    for _ in range(5000):
        with contextlib.suppress(OSError):
            where = f"/proc/{run.process.pid}/fd"
            found = [os.readlink(f"{where}/{fd}") for fd in os.listdir(where)]
            # libcurl's own pair wakes it
            if sum(f.startswith("socket:") for f in found) >= 2 + links:
                return
        time.sleep(0.01)
    raise AssertionError("it never talked to anybody")


class Blow:
    """Sends signals at times after `when(run)`; notes when it did."""

    def __init__(self, *blows, when=None):
        self.blows = blows  # (seconds after the one before, signal)
        self.when = when
        self.sent = []

    def __call__(self, run):
        if self.when:
            self.when(run)
        for wait, number in self.blows:
            time.sleep(wait)
            with contextlib.suppress(ProcessLookupError):
                run.process.send_signal(number)
            self.sent.append(time.monotonic())

    def since(self, n=-1):
        return time.monotonic() - self.sent[n]


def audit_end(run, number, fake=None):
    """It drained: a line for all that was read, the rest is left."""
    left = len(run.records) < len(run.calls)
    audit(run, 128 + number, fake=fake, lines=len(run.records))
    if left:
        same(run.summary["input_unread"], True, "input_unread")
    for record in run.records:
        for name, stage in record["meta"]["stages"].items():
            if stage["status"] in ("failed", "skipped"):
                same(stage["error"]["code"], "STOPPED", f"code of {name}")
        if record["status"] == "skipped":
            same(record["error"]["code"], "STOPPED", "code of the record")


# ---- G1: asked to end --------------------------------------------------------

@row("G1-drain", "INT, TERM, HUP: what is in flight ends well, each line is "
     "there, dead of the signal")
def drain(world):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with world.fake([SLOW]) as fake:
            blow = Blow((0, number), when=busy)
            run = world.run(fake, calls=names(60), jobs=4, watch=blow,
                            ends=[number])
            at_most(blow.since(), GRACE_S + 1, "end after the signal")
            audit_end(run, number, fake)
            at_least(len(run.records), 1, "records read")
            at_most(len(run.records), 59, "records read")
            stages = [s for r in run.records
                      for s in r["meta"]["stages"].values()]
            same(sum(s["status"] == "ok" for s in stages),
                 run.summary["requests"], "answers to what was in flight")
            first = run.err.splitlines()
            same(first[-2:-1], [f"callqa: stopped by {number.name}"],
                 "the last but one line of stderr")
            same(first[-1].startswith(f"callqa: {len(run.records)} record"),
                 True, f"the last: {first[-1]}")


def random_times(count, seed):
    def test(world):
        luck = random.Random(seed)
        told = early = done = 0
        for _ in range(count):
            with world.fake((), "--latency-ms", "15", "--jitter-ms", "15",
                            bodies=False) as fake:
                blow = Blow((luck.uniform(0, 0.5), signal.SIGTERM))
                run = world.run(fake, calls=names(24), jobs=4, watch=blow,
                                ends=[signal.SIGTERM])
                if run.exit == 0:
                    done += 1  # it was faster
                    audit(run, 0, fake=fake)
                elif not run.summary:
                    early += 1  # it had not begun
                    same((run.out, len(fake.requests())), ("", 0), "nothing")
                else:
                    told += 1
                    at_most(blow.since(), GRACE_S + 1, "end")
                    audit_end(run, signal.SIGTERM, fake)
        print(f"{told} drained, {early} not begun, {done} done before")
        at_least(told, count // 3, "signals in the midst of it")
    return test


row("G1-random-10", "SIGTERM at 10 random times: nothing is lost"
    )(random_times(10, 1))
row("G1-random-200", "SIGTERM at 200 random times", label="soak"
    )(random_times(200, 2))


@row("G1-second", "a second signal abandons, but not one of the same blow")
def second(world):
    with world.fake([{**HANG, "call": "s0001"}]) as fake:
        blow = Blow((0.2, signal.SIGTERM), (0.05, signal.SIGTERM),
                    (1.2, signal.SIGTERM), when=busy)
        run = world.run(fake, calls=names(2), watch=blow,
                        ends=[signal.SIGTERM])
        # at once; far from the grace period, whatever else is running here
        at_most(blow.since(), 4, "end after the last signal")
        print(f"gone {blow.since():.3f} s after the second signal")
        at_least(blow.sent[2] - blow.sent[0], 1, "the first two were one")
        same(len(blow.sent), 3, "signals while it ran")
        audit_end(run, signal.SIGTERM, fake)
        same(run.record("s0001")["status"], "failed", "what was abandoned")
        same(run.summary["total"], 2, "lines")


@row("G1-grace", "what does not end within the grace period is abandoned")
def grace(world):
    with world.fake([HANG]) as fake:
        blow = Blow((0, signal.SIGTERM), when=busy)
        run = world.run(fake, "--grace", "1", calls=names(40), jobs=2,
                        watch=blow, ends=[signal.SIGTERM])
        at_least(blow.since(), 1, "end after the signal")
        at_most(blow.since(), 5, "end after the signal")
        audit_end(run, signal.SIGTERM, fake)


def no_reader(make_pair):
    """stdout is the second of a pair; the first is not read till the end."""
    def test(world):
        reader, writer = make_pair()
        try:
            with world.fake() as fake:
                # fewer lines go into it than these requests make
                blow = Blow((0, signal.SIGTERM),
                            when=lambda _: seen(fake, 100))
                run = world.run(fake, "--grace", "1", calls=names(200),
                                jobs=4, watch=blow, stdout=writer,
                                ends=[signal.SIGTERM])
                at_most(blow.since(), 6, "end after the signal")
            same(run.exit, 128 + signal.SIGTERM, "exit")
            same(run.summary["input_unread"], True, "input_unread")
            same("nobody read on" in run.err, True, run.err)
            os.close(writer)
            writer = -1
            with os.fdopen(reader, "rb") as rest:
                reader = -1
                *whole, _ = rest.read().split(b"\n")
            same([json.loads(line)["call_id"] for line in whole],
                 names(len(whole)), "what the pipe holds")
            at_least(len(run.calls), len(whole) + 1, "lines that did not fit")
        finally:
            for fd in (reader, writer):
                if fd >= 0:
                    os.close(fd)
    return test


def sockets():
    """As inetd and some ssh servers make them."""
    return [end.detach() for end in socket.socketpair()]


row("G1-no-reader", "a reader that stands still does not keep it for ever"
    )(no_reader(os.pipe))
row("G1-no-reader-socket", "nor one at the other end of a socket"
    )(no_reader(sockets))


def small_pipe():
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 16384)
    return reader, writer


def no_log_reader(make_pair, both=False):
    """stderr, and stdout if both, is the second of a pair."""
    def test(world):
        reader, writer = make_pair()
        try:
            with world.fake() as fake:
                blow = Blow((0, signal.SIGUSR1), (0, signal.SIGTERM),
                            when=lambda _: stalled(fake))
                run = world.run(fake, "--log-level", "debug", "--grace", "1",
                                calls=names(200), jobs=4, watch=blow,
                                stdout=writer if both else None,
                                stderr=writer, ends=[signal.SIGTERM])
                at_most(blow.since(), 6, "end after the signal")
            same(run.exit, 128 + signal.SIGTERM, "exit")
            same(run.summary["input_unread"], True, "input_unread")
            if not both:
                audit_end(run, signal.SIGTERM, fake)
            at_least(len(os.read(reader, 4096)), 1024, "bytes of events")
        finally:
            os.close(reader)
            os.close(writer)
    return test


row("G1-no-log-reader", "nor one of stderr, whatever there is to tell it"
    )(no_log_reader(small_pipe))
row("G1-no-reader-both", "nor one of stdout and stderr together"
    )(no_log_reader(small_pipe, both=True))
row("G1-no-reader-screen", "nor a terminal whose other end stands still"
    )(no_log_reader(os.openpty))


@row("G1-nohup", "what was ignored stays ignored")
def nohup(world):
    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    with world.fake([SLOW]) as fake:
        blow = Blow((0, signal.SIGHUP), (0, signal.SIGINT), when=busy)
        run = world.run(fake, calls=names(4), watch=blow, limit=ignore)
        same(len(blow.sent), 2, "signals while it ran")
        audit(run, 0, fake=fake)


@row("G1-record", "what was bought before the signal is not bought again")
def record(world):
    store = world.path("answers")
    with world.fake([{"delay_ms": 50}]) as fake:
        blow = Blow((0, signal.SIGTERM), when=lambda _: seen(fake, 20))
        run = world.run(fake, "--record", store, calls=names(40), jobs=4,
                        watch=blow, ends=[signal.SIGTERM])
        audit_end(run, signal.SIGTERM)
        bought = run.summary["requests"]
        at_least(bought, 20, "answers before the signal")
        run = world.run(fake, "--record", store, calls=names(40), jobs=4)
        same(run.exit, 0, "exit of the second run")
        asked = [(line["call"], line["stage"]) for line in fake.requests()]
        same(len(asked), bought + run.summary["requests"], "requests")
        same(len(set(asked)), len(asked), "no question was asked twice")


@row("G1-pipe", "a reader that leaves: answers in flight are kept, silence, "
     "dead of SIGPIPE")
def pipe(world):
    store = world.path("answers")
    with world.fake([{"delay_ms": 50}]) as fake:
        reader, writer = os.pipe()

        def leave(_):
            os.read(reader, 1)
            os.close(reader)
        try:
            run = world.run(fake, "--record", store, calls=names(60), jobs=4,
                            watch=leave, stdout=writer,
                            ends=[signal.SIGPIPE])
        finally:
            os.close(writer)
        same((run.exit, run.err), (128 + signal.SIGPIPE, ""), "end")
        same(run.summary["input_unread"], True, "input_unread")
        answers = len(fake.requests())
    with open(store, encoding="utf-8") as lines:
        same(sum(1 for _ in lines), answers, "answers kept")


# ---- G2, G3: not asked to end ------------------------------------------------

@row("G2-stopped", "replies that came while it was stopped are no timeouts")
def stopped(world):
    def pause(run):
        busy(run, 2)
        run.process.send_signal(signal.SIGSTOP)
        # not luck: the stop must be longer than the time of a request
        time.sleep(3.5)
        run.process.send_signal(signal.SIGCONT)
    with world.fake([{"delay_ms": 1000}]) as fake:
        run = world.run(fake, "--timeout", "2", calls=names(2), watch=pause)
        at_least(run.seconds, 3.5, "it was stopped")
        audit(run, 0, fake=fake)
        same({s["attempts"] for r in run.records
              for n, s in r["meta"]["stages"].items() if n != "deep_dive"},
             {1}, "attempts")


@row("G2-others", "SIGPIPE, SIGCHLD, SIGWINCH, SIGCONT have no effect")
def others(world):
    with world.fake([SLOW]) as fake:
        blow = Blow(*((0, n) for n in (signal.SIGPIPE, signal.SIGCHLD,
                                       signal.SIGWINCH, signal.SIGCONT)),
                    when=busy)
        run = world.run(fake, calls=names(2), watch=blow)
        same(len(blow.sent), 4, "signals while it ran")
        audit(run, 0, fake=fake)


not_here("G2-alarm", "SIGALRM ends it as ever: timeout -s ALRM relies on it")


@row("G3-ask", "SIGUSR1: one line, and the run goes on")
def ask(world):
    with world.fake([SLOW]) as fake:
        blow = Blow((0, signal.SIGUSR1), when=busy)
        run = world.run(fake, calls=names(2), watch=blow)
        same(len(run.err.splitlines()), 1, run.err)
        same(run.err.startswith("callqa: 0 records"), True, run.err)
        same(" in flight" in run.err, True, run.err)
        run.err = ""
        audit(run, 0, fake=fake)


@row("G3-storm", "thousands of SIGUSR1: slower, and nothing else")
def storm(world):
    def blow(run):
        busy(run)
        while run.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(run.process.pid, signal.SIGUSR1)
    with world.fake((), "--latency-ms", "10") as fake:
        run = world.run(fake, calls=names(100), jobs=8, watch=blow)
        at_least(len(run.err.splitlines()), 10, "lines")
        same({line.startswith("callqa: ") for line in run.err.splitlines()},
             {True}, "lines")
        run.err = ""
        audit(run, 0, fake=fake)


if __name__ == "__main__":
    raise SystemExit(main())
