"""Holds callqa-diff(1) to what the program takes and compares.

usage: diff_docs.py SOURCE-DIRECTORY BUILD-DIRECTORY

Every option and its default, every exit status, every field of
compare/field.c in its order, starred if it has to be asked for; and nothing
that does not exist.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT, DIFF = Path(sys.argv[1]), Path(sys.argv[2], "callqa-diff").resolve()
faults = []


def options(page):
    """Name -> (letter, default), of --help."""
    text = subprocess.run([DIFF, "--help"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    found = {}
    for part in re.split(r"^ {2}(?=-\w, --| {4}--)", text, flags=re.M)[1:]:
        head = re.match(r"(?:-(\w), | {4})--(?:\[no-\])?([a-z-]+)", part)
        default = re.search(r"default (\S+?)\)", " ".join(part.split()))
        found[head[2]] = (head[1], default and default[1])
    return found


def check_options(page):
    known = options(page)
    items = dict()
    for head, text in re.findall(r"^\.It (Fl .*)\n((?s:.*?))(?=^\.It |^\.El)",
                                 page, flags=re.M):
        for name in re.findall(r"Fl -([a-z][a-z-]+)|, -([a-z][a-z-]+)", head):
            items["".join(name)] = head + "\n" + text
    if len(known) < 14:
        faults.append(f"--help shows only {len(known)} options")
    for name, (letter, default) in known.items():
        if name not in items:
            faults.append(f"--{name} has no item")
        elif letter and f"Fl {letter} " not in items[name]:
            faults.append(f"--{name}: nothing says -{letter}")
        elif default and not re.search(rf"(?<![\w.]){re.escape(default)}\b",
                                       items[name]):
            faults.append(f"--{name}: nothing says its default {default}")
    for name in items.keys() - known.keys():
        faults.append(f"there is no --{name}")


def check_fields(page):
    source = (ROOT / "lib/compare/field.c").read_text("utf-8")
    rows = re.search(r"diff_fields\[DIFF_FIELDS\] = \{\n((?s:.*?))^\};",
                     source, flags=re.M)[1]
    asked = r"\.asked = true|\bSET\b"
    fields = [name + "*" * bool(re.search(asked, row)) for name, row in
              re.findall(r'^\t\{ "(\w+)",((?s:.*?))\},$', rows, flags=re.M)]
    shown = re.search(r'^\.\\" fields\n\.Bl .*\n((?s:.*?))^\.El', page,
                      flags=re.M)[1]
    shown = re.findall(r"^\.It (\S+) Ta ", shown, flags=re.M)
    if shown != fields or len(fields) < 20:
        faults.append(f"the page has the fields {shown}, the program {fields}")


def check_statuses(page):
    header = (ROOT / "lib/base/error.h").read_text("utf-8")
    known = set(re.findall(r"^\tEXIT_\w+ = (\d+)", header, flags=re.M))
    section = page.split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
    shown = re.findall(r"^\.It (\d+)$", section, flags=re.M)
    if shown != ["0", "1", "2", "3", "6", "7", "70"]:
        faults.append(f"the exit statuses are {shown}")
    for status in set(shown) - known - {"1"}:
        faults.append(f"there is no exit status {status}")


def main():
    page = (ROOT / "man/callqa-diff.1").read_text("utf-8")
    check_options(page)
    check_fields(page)
    check_statuses(page)
    for text in faults:
        print("callqa-diff.1:", text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
