#!/usr/bin/env python3
"""Runs one command-line case and compares what it did with what stands beside it.

  run.py --bin DIR [--set] CASE...

A case is a directory:
  cmd        a shell script; runs in an empty directory with callqa in PATH and
             CASE (the case's directory), GOLDEN (tests/golden) in the environment
  stdin      its standard input (absent: empty)
  fake       options of the fake upstream, one line; present: it is started and
             OPENROUTER_BASE_URL, OPENROUTER_API_KEY point to it; @CASE@ and
             @GOLDEN@ stand for the directories, FAKE_LOG names its log;
             with --templates PROMPTLAYER_BASE_URL, PROMPTLAYER_API_KEY too
  stdout     exactly what is printed (absent: nothing)
  stderr     each line a pattern (* and ?), in order (absent: nothing)
  exit       the exit status (absent: 0)
--set writes stdout, stderr and exit as they are now, but keeps a pattern of
stderr that still fits: read the diff.
"""
import argparse
import fnmatch
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"
KEEP = ("PATH", "LANG", "LC_ALL", "TSAN_OPTIONS", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")
SECONDS = 60


def environment(case, bin_dir, temp):
    env = {k: v for k, v in os.environ.items() if k in KEEP}
    env["PATH"] = f"{bin_dir}:{bin_dir}/tests:{env.get('PATH', '/usr/bin:/bin')}"
    env.update(HOME=temp, CASE=str(case), GOLDEN=str(GOLDEN), CALLQA_CONFIG="none", TZ="UTC")
    return env


def start_fake(case, bin_dir, temp, env):
    options = (case / "fake").read_text().replace("@CASE@", str(case)).replace("@GOLDEN@", str(GOLDEN))
    env["FAKE_LOG"] = os.path.join(temp, "fake.log")
    words = [f"{bin_dir}/tests/callqa-fake", "--lifetime", str(SECONDS), "--log", env["FAKE_LOG"], *shlex.split(options)]
    fake = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=temp)
    url = fake.stdout.readline().decode().strip()
    if not url:
        raise SystemExit(f"{case.name}: the fake upstream did not start")
    env["OPENROUTER_BASE_URL"] = url + "/api/v1"
    env["OPENROUTER_API_KEY"] = "sk-test-0123456789"
    if "--templates" in words:
        env["PROMPTLAYER_BASE_URL"] = url
        env["PROMPTLAYER_API_KEY"] = "pl-test-0123456789"
    return fake


def run(case, bin_dir):
    with tempfile.TemporaryDirectory(prefix="callqa-cli-") as temp:
        work = os.path.join(temp, "work")
        os.mkdir(work)
        env = environment(case, bin_dir, temp)
        fake = start_fake(case, bin_dir, temp, env) if (case / "fake").exists() else None
        stdin = (case / "stdin").read_bytes() if (case / "stdin").exists() else b""
        try:
            done = subprocess.run(["sh", "-eu", str(case / "cmd")], input=stdin, capture_output=True, cwd=work, env=env, timeout=SECONDS)
        finally:
            if fake:
                fake.send_signal(signal.SIGTERM)
                fake.wait()
    return done.stdout, done.stderr, done.returncode


def expected(case, name):
    path = case / name
    return path.read_bytes() if path.exists() else b""


def differences(case, out, err, code):
    if out != expected(case, "stdout"):
        yield "stdout", expected(case, "stdout"), out
    want = expected(case, "stderr").decode().splitlines()
    got = err.decode(errors="replace").splitlines()
    if len(want) != len(got) or not all(fnmatch.fnmatchcase(g, w) for g, w in zip(got, want)):
        yield "stderr", expected(case, "stderr"), err
    if code != int(expected(case, "exit") or b"0"):
        yield "exit", expected(case, "exit") or b"0", str(code).encode()


def patterns(case, err):
    """The lines of stderr; where one fits a pattern that stands there, that one."""
    there = expected(case, "stderr").decode().splitlines()
    lines = re.sub(r"eval_[0-9a-f]{32}", "eval_*", err.decode(errors="replace")).splitlines()
    kept = []
    for line in lines:
        fits = [i for i, pattern in enumerate(there) if fnmatch.fnmatchcase(line, pattern)]
        if fits:
            line, there = there[fits[0]], there[fits[0] + 1:]
        kept.append(line)
    return "".join(line + "\n" for line in kept).encode()


def write(path, data):
    if data:
        path.write_bytes(data)
    elif path.exists():
        path.unlink()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", required=True, help="build directory")
    parser.add_argument("--set", action="store_true", help="take what happens now as expected")
    parser.add_argument("cases", nargs="+")
    args = parser.parse_args()
    failed = 0
    for name in args.cases:
        case = pathlib.Path(name).resolve()
        out, err, code = run(case, os.path.abspath(args.bin))
        if args.set:
            write(case / "stdout", out)
            write(case / "stderr", patterns(case, err))
            write(case / "exit", b"%d\n" % code if code else b"")
            continue
        for what, want, got in differences(case, out, err, code):
            failed += 1
            print(f"{case.name}: {what} differs\n--- expected\n{want.decode(errors='replace')[:4000]}\n--- got\n{got.decode(errors='replace')[:4000]}")
            if what == "exit":
                print(f"--- stderr\n{err.decode(errors='replace')[:4000]}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
