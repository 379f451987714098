"""Holds C files to .clang-format and to 80 columns.

usage: format.py SOURCE-DIRECTORY

The columns are counted in any case.  The rest needs clang-format 14, which
Debian 12 has: other versions format differently, and then the check is
skipped (exit status 77).
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1])
MAJOR, COLUMNS, TAB = 14, 80, 8
SOURCES = [p for part in ("cmd", "lib", "tests")
           for p in sorted((ROOT / part).rglob("*.[ch]"))]


def check_lines():
    for path in SOURCES:
        lines = path.read_text("utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            where = f"{path.relative_to(ROOT)}:{number}"
            if len(line.expandtabs(TAB)) > COLUMNS:
                yield f"{where}: over {COLUMNS} columns"
            if line != line.rstrip():
                yield f"{where}: white space at the end"


def formatter():
    """A clang-format of the right version, or None."""
    for name in (f"clang-format-{MAJOR}", "clang-format"):
        if not shutil.which(name):
            continue
        said = subprocess.run([name, "--version"], text=True, check=True,
                              stdout=subprocess.PIPE).stdout
        version = re.search(r"version (\d+)\.", said)
        if version and int(version[1]) == MAJOR:
            return name
    return None


def main():
    faults = list(check_lines()) if SOURCES else ["no C file was found"]
    for text in faults:
        print(text, file=sys.stderr)
    name = formatter()
    if name and SOURCES:
        faulty = subprocess.run([name, "--dry-run", "-Werror", "--style=file",
                                 *map(str, SOURCES)], check=False).returncode
        return 1 if faults or faulty else 0
    if not faults:
        print(f"skipped, not installed: clang-format {MAJOR}")
    return 1 if faults else 77


sys.exit(main())
