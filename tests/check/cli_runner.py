"""Holds tests/cli/run.py --set to keeping the patterns that still fit.

usage: cli_runner.py SOURCE-DIRECTORY

A case made up is recorded anew; then it has its old patterns, new lines where
something else is printed now, and passes.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

RUN = Path(sys.argv[1], "tests/cli/run.py")
BEFORE = "id=* code=A\nid=* code=B\ngone\nid=* code=C\n"
PRINTED = ("id=1 code=A", "id=eval_" + "0" * 32 + " code=Z", "id=3 code=C")
AFTER = "id=* code=A\nid=eval_* code=Z\nid=* code=C\n"


def run(case, *options):
    return subprocess.run([sys.executable, "-B", RUN, "--bin", "/", *options,
                           case], check=False, stdout=subprocess.PIPE,
                          text=True)


def main():
    with tempfile.TemporaryDirectory(prefix="callqa-runner-") as temp:
        case = Path(temp, "case")
        case.mkdir()
        lines = "".join(f"echo '{line}' >&2\n" for line in PRINTED)
        (case / "cmd").write_text(f"{lines}echo out\nexit 3\n")
        (case / "stderr").write_text(BEFORE)
        if run(case).returncode == 0:
            print("a case that differs passes", file=sys.stderr)
            return 1
        run(case, "--set")
        got = {name: (case / name).read_text() for name in
               ("stderr", "stdout", "exit")}
        if got != {"stderr": AFTER, "stdout": "out\n", "exit": "3\n"}:
            print(f"--set wrote {got}", file=sys.stderr)
            return 1
        done = run(case)
        print(done.stdout, end="", file=sys.stderr)
        return done.returncode


sys.exit(main())
