"""Runs the examples of the manual pages and compares what they print.

usage: man_examples.py SOURCE-DIRECTORY BUILD-DIRECTORY

How an example is marked and written is told in the comment at the top of
man/callqa.1.  In EXAMPLES of the pages below an example without a mark is a
fault, so is a mark without an example anywhere: none is passed over.  Exits with 77 where a tool
that the examples use is missing.
"""
import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, BUILD = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
PAGES = ("callqa.1", "callqa-store.1", "callqa-report-format.5",
         "callqa-diff.1", "callqa-rules.5", "callqa-golden.7",
         "callqa-nightly.7")
# What stands in a page's directory before its first example.
GIVEN = {"callqa-rules.5": ("tests/golden/calls.ndjson",)}
KINDS = ("local", "network", "crontab")
SECONDS = 60
ESCAPES = {"e": "\\", "&": "", "-": "-", "(aq": "'", "(dq": '"'}
faults = []


def plain(line):
    """The text that a line of roff stands for."""
    def unescape(found):
        if found[1] not in ESCAPES:
            raise SystemExit(f"man_examples: unknown escape {found[0]}")
        return ESCAPES[found[1]]
    return re.sub(r"\\(\(..|.)", unescape, line)


class Example:
    def __init__(self, page, number, kind):
        self.where, self.kind, self.lines = f"{page}:{number}", kind, []

    def commands(self):
        """(command, expected lines) in order."""
        if self.kind == "crontab":
            # a setting, or five fields of time and a command in which % is
            # a newline
            return [("export " + line if re.match(r"\w+=", line) else
                     line.split(None, 5)[5].replace("\\%", "%"), [])
                    for line in self.lines]
        found = []
        for line in self.lines:
            if line.startswith("$ "):
                found.append([line[2:], []])
            elif not found:
                faults.append(f"{self.where}: begins with no command")
                return []
            elif line.startswith("> "):
                found[-1][0] += "\n" + line[2:]
            else:
                found[-1][1].append(line)
        return found


def examples(page):
    """The examples of EXAMPLES, and what is marked elsewhere."""
    path, found, inside, block = ROOT / "man" / page, [], False, None
    mark = None
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        where = f"man/{page}:{number}"
        if line.startswith(".Sh "):
            inside = line == ".Sh EXAMPLES"
        if mark and not re.match(r"\.(Bd -literal|Dl )", line):
            faults.append(f"{where}: a mark, but no example after it")
        if block and line == ".Ed":
            block = None
        elif block:
            block.lines.append(plain(line))
        elif re.match(r"\.(Bd|Dl)", line) and (inside or mark):
            if mark not in KINDS:
                faults.append(f"{where}: an example without a mark")
            found.append(Example(f"man/{page}", number, mark))
            if line.startswith(".Dl "):
                found[-1].lines.append(plain(line[4:]))
            else:
                block = found[-1]
        hit = re.match(r'\.\\" example: (\w+)$', line)
        mark = hit[1] if hit else None
    if not found:
        faults.append(f"man/{page}: no example was found")
    return found


def same(wanted, got):
    """Line by line; `...` is any text."""
    patterns = ["*".join(re.sub(r"([*?[])", r"[\1]", part)
                         for part in line.split("...")) for line in wanted]
    return len(wanted) == len(got) and all(
        fnmatch.fnmatchcase(line, pattern)
        for line, pattern in zip(got, patterns))


def run(example, directory, url):
    """One shell for all commands of an example."""
    path = f"{BUILD}:{ROOT.resolve()}/man/examples"
    env = {"PATH": f"{path}:{os.environ.get('PATH', '/usr/bin:/bin')}",
           "HOME": str(directory), "LC_ALL": "C.UTF-8", "TZ": "UTC",
           "CALLQA_CONFIG": "none"}
    env.update({k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k})
    if example.kind != "local":
        env["OPENROUTER_BASE_URL"] = url
        env["OPENROUTER_API_KEY"] = "sk-or-v1-0123456789"
    commands = example.commands()
    end = "-- end of a command:"
    script = "".join(f"{command}\n{{ s=$?; echo '{end}' $s; (exit $s); }}\n"
                     for command, _ in commands)
    try:
        done = subprocess.run(["sh", "-c", script], cwd=directory, env=env,
                              timeout=SECONDS, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        faults.append(f"{example.where}: took more than {SECONDS} s")
        return
    parts = re.split(rf"{end} (\d+)\n", done.stdout.decode("utf-8"))
    outputs, statuses = parts[0:-1:2], parts[1::2]
    if len(statuses) != len(commands) or parts[-1]:
        faults.append(f"{example.where}: did not run to its end:\n"
                      + done.stdout.decode("utf-8"))
        return
    for i, (command, wanted) in enumerate(commands):
        got = outputs[i].splitlines()
        asked = i + 1 < len(commands) and commands[i + 1][0] == "echo $?"
        if statuses[i] != "0" and not asked:
            faults.append(f"{example.where}: status {statuses[i]}: {command}\n"
                          + outputs[i])
        elif not same(wanted, got):
            faults.append("\n".join([f"{example.where}: {command}",
                                     "-- the page:", *wanted,
                                     "-- printed:", *got]))


def start_fake(directory):
    fake = subprocess.Popen([BUILD / "tests/callqa-fake", "--lifetime", "300"],
                            cwd=directory, stdout=subprocess.PIPE, text=True)
    return fake, fake.stdout.readline().strip() + "/api/v1"


def main():
    missing = [tool for tool in ("jq", "flock") if not shutil.which(tool)]
    if missing:
        print("skipped, not installed:", *missing)
        return 77
    count = 0
    with tempfile.TemporaryDirectory(prefix="callqa-man-") as directory:
        fake, url = start_fake(directory)
        try:
            for page in PAGES:
                work = Path(directory, page)
                work.mkdir()
                for name in GIVEN.get(page, ()):
                    shutil.copy(ROOT / name, work)
                for example in examples(page):
                    run(example, work, url)
                    count += len(example.commands())
        finally:
            fake.terminate()
            fake.wait()
    print(f"{count} commands were run")
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
