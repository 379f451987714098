#!/usr/bin/python3
"""What is on the terminal while it runs, and what is not off it.

A pseudo terminal plays the screen: what is written is laid out as a terminal
of so many columns would show it.
"""
import contextlib
import fcntl
import json
import os
import pty
import re
import signal
import struct
import termios
import threading
import time

import harness
from harness import at_least, at_most, main, request, row, same

SLOW = {"delay_ms": 150}


class Screen:
    """A terminal on which callqa runs; stdout is a file unless wanted there."""

    def __init__(self, world, url, options, calls, columns=100, stdout=False,
                 env=None, act=None):
        self.bytes = b""
        name = world.next("screen")
        text = "".join(json.dumps(request(c)) + "\n" for c in calls)
        source = world.write(name + ".in", text)
        command = [f"{harness.bin_dir}/callqa", *options, source]
        world_env = harness.Run.environment(world, url, {
            "TERM": "xterm", **(env or {})})
        self.out = world.path(name + ".out")
        pid, master = pty.fork()
        if pid == 0:
            if not stdout:
                fd = os.open(self.out, os.O_WRONLY | os.O_CREAT, 0o600)
                os.dup2(fd, 1)
            time.sleep(0.1)  # its size is set meanwhile, and sought again
            os.execve(command[0], command, world_env)
        fcntl.ioctl(master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        self.pid, self.master, self.columns = pid, master, columns
        if act:
            threading.Thread(target=act, args=(self,), daemon=True).start()
        self.read()
        self.exit = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(master)

    def read(self):
        end = time.monotonic() + harness.LIMIT_S
        while time.monotonic() < end:
            try:
                got = os.read(self.master, 65536)
            except OSError:  # the last to hold the terminal has gone
                return
            if not got:
                return
            self.bytes += got
        raise AssertionError(f"no end\n{self.bytes.decode()}")

    def states(self):
        """The lines of the screen, each time before it changes."""
        lines, row_, column = [""], 0, 0
        for piece in re.findall(r"\x1b\[K|.", self.bytes.decode(), re.S):
            if piece == "\x1b[K":
                lines[row_] = lines[row_][:column]
            elif piece == "\r":
                yield list(lines)  # what a person had time to read
                column = 0
            elif piece == "\n":
                row_ += 1
                if row_ == len(lines):
                    lines.append("")
                yield list(lines)
            else:
                same(" " <= piece != "\x7f", True, f"{piece!r} on the screen")
                lines[row_] = lines[row_].ljust(column)[:column] + piece + \
                    lines[row_][column + 1:]
                column += 1
        yield list(lines)

    def widest(self):
        return max(len(line) for state in self.states() for line in state)

    def last(self):
        return [line for line in list(self.states())[-1] if line]


PROGRESS = re.compile(
    r"callqa: \d+ records?(, \d+ %)?(, \d+ (ok|partial|failed|skipped))*"
    r"(, [\d.]+/(s|min))?(, \$[\d.]+)?(, \d+ in flight)?"
    r"(, \d+ (s|min) left)?$")


def names(count):
    return [f"v{i:03}" for i in range(count)]


@row("P1-line", "on a terminal: one line that is kept up to date, then none")
def line(world):
    with world.fake([SLOW]) as fake:
        screen = Screen(world, fake.base, ["--jobs", "4"], names(26))
        same(screen.exit, 0, "exit")
        same(screen.last(), [], "what is left on the screen")
        shown = {state[0].rstrip() for state in screen.states()
                 if state[0].endswith("flight") or "left" in state[0]}
        at_least(len(shown), 4, "different lines")
        for text in shown:
            same(bool(PROGRESS.match(text)), True, text)
        same(any(" left" in text for text in shown), True, "time left")
        same({len(state) for state in screen.states()}, {1}, "lines of screen")
        at_most(screen.widest(), 99, "columns")
        with open(screen.out, encoding="utf-8") as out:
            same(sum(1 for _ in out), 26, "lines out")


@row("P1-messages", "messages go above the line")
def messages(world):
    with world.fake([{"call": "v002", "stage": "compliance", "status": 400},
                     SLOW]) as fake:
        screen = Screen(world, fake.base, ["--jobs", "2"], names(12))
        same(screen.exit, 3, "exit")
        left = screen.last()
        same(len(left), 2, left)
        same(left[0].startswith("callqa: warning: fallback "), True, left)
        same(left[1], "callqa: 12 records: 11 ok, 1 partial, 0 failed, "
             "0 skipped", "the last line")
        both = [s for s in screen.states() if len(s) > 1 and
                s[0].startswith("callqa: warning: ") and PROGRESS.match(s[1])]
        at_least(len(both), 1, "states with a message above the line")


@row("P1-narrow", "a narrow window, and one that becomes so")
def narrow(world):
    def shrink(screen):
        time.sleep(1.5)
        fcntl.ioctl(screen.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, 30, 0, 0))
        with contextlib.suppress(ProcessLookupError):
            os.kill(screen.pid, signal.SIGWINCH)
    with world.fake([SLOW]) as fake:
        screen = Screen(world, fake.base, ["--jobs", "4"], names(12), 40)
        same((screen.exit, screen.last()), (0, []), "end")
        at_least(len(list(screen.states())), 4, "states")
        at_most(screen.widest(), 39, "columns")
        screen = Screen(world, fake.base, ["--jobs", "4"], names(26), 90,
                        act=shrink)
        same((screen.exit, screen.last()), (0, []), "end")
        at_most(screen.widest(), 89, "columns")
        texts = [state[0] for state in screen.states()]
        at_most(len(texts[-3]), 29, "columns at the end")


@row("P2-none", "no line: -q, --progress never, TERM=dumb, JSON, stdout there")
def none(world):
    cases = [(["-q"], {}, False), (["--progress", "never"], {}, False),
             ([], {"TERM": "dumb"}, False), (["--log-format", "json"], {},
                                             False), ([], {}, True)]
    with world.fake([SLOW]) as fake:
        for options, env, stdout in cases:
            screen = Screen(world, fake.base, options, names(3), env=env,
                            stdout=stdout, columns=9999)
            same(screen.exit, 0, f"exit {options}")
            lines = screen.bytes.decode().splitlines()
            same(len(lines), 3 if stdout else 0, f"{options} {env}: {lines}")


@row("P2-background", "in the background the terminal is somebody else's")
def background(world):
    """A child of the terminal's owner, in a group of its own."""
    with world.fake([SLOW]) as fake:
        text = "".join(json.dumps(request(c)) + "\n" for c in names(12))
        source = world.write("background.in", text)
        out = world.path("background.out")
        env = harness.Run.environment(world, fake.base, {"TERM": "xterm"})
        pid, master = pty.fork()
        if pid == 0:
            child = os.fork()
            if child == 0:
                os.setpgid(0, 0)
                os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT, 0o600), 1)
                os.execve(f"{harness.bin_dir}/callqa",
                          ["callqa", source], env)
            os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        got = b""
        with contextlib.suppress(OSError):
            while more := os.read(master, 4096):
                got += more
        exit_ = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(master)
        same((exit_, got), (0, b""), "exit, and what was written")
        with open(out, encoding="utf-8") as lines:
            same(sum(1 for _ in lines), 12, "lines out")


@row("P3-silence", "cron: off a terminal nothing at exit 0, else the reason "
     "and a last line")
def silence(world):
    with world.fake([{"call": f"v{i:03}", "stage": "compliance",
                      "status": 400} for i in range(10, 30)]) as fake:
        run = world.run(fake, calls=names(10))
        same((run.exit, run.err), (0, ""), "a good run")
        run = world.run(fake, calls=names(30), jobs=4)
        lines = run.err.splitlines()
        same(run.exit, 3, "exit")
        same(len(lines), 5 + 2, "lines")
        same({text.split(" correlation_id")[0] for text in lines[:5]},
             {"callqa: warning: fallback"}, "the first five of a kind")
        same(lines[5], "callqa: warning: ... and 15 more fallback "
             "stage=compliance code=UPSTREAM_STATUS", "the others")
        same(lines[6], "callqa: 30 records: 10 ok, 20 partial, 0 failed, "
             "0 skipped", "the last line")


@row("P3-always", "--progress always off a terminal: a line a minute",
     label="soak")
def always(world):
    with world.fake([{"delay_ms": 8000}]) as fake:
        run = world.run(fake, "--progress", "always", calls=names(30), jobs=8,
                        limit_s=200)
        same(run.exit, 0, "exit")
        lines = run.err.splitlines()
        same(len(lines), int(run.seconds // 60), lines)
        for text in lines:
            same(bool(PROGRESS.match(text)), True, text)


@row("P4-journal", "JSON lines, and the journal's priorities")
def journal(world):
    with world.fake([{"call": "v000", "stage": "compliance",
                      "status": 400}]) as fake:
        run = world.run(fake, "--log-format", "json", "-v", calls=names(2))
        events = [json.loads(text) for text in run.err.splitlines()]
        for event in events:
            same(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
                              event["ts"]) is not None, True, event)
            same(event["level"] in ("error", "warning", "info"), True, event)
            about = event["event"] not in ("run_completed", "message")
            same(about, "correlation_id" in event, event)
            same(about, "call_id" in event, event)
        kinds = [event["event"] for event in events]
        same({k: kinds.count(k) for k in
              ("evaluation_started", "fallback", "evaluation_completed",
               "run_completed", "message")},
             {"evaluation_started": 2, "fallback": 1,
              "evaluation_completed": 2, "run_completed": 1, "message": 1},
             "events")
        # a service's stderr is known by its numbers: found by a shell
        run = world.run(fake, calls=names(2), wrap=[
            "sh", "-c", 'JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2) '
            'exec "$@"', "sh"])
        same([text[:3] for text in run.err.splitlines()], ["<4>", "<4>"],
             run.err)


if __name__ == "__main__":
    raise SystemExit(main())
