"""Holds functions and files to a size that can be read.

usage: budgets.py SOURCE-DIRECTORY

By pmccabe: no function over 80 lines or 20 paths, nine of ten at most 45
lines; a function in a header at most 10.  No .c file over 600 lines, or 1000
in tests/unit, where a module's cases stay together.  A comment above every
prototype in a header of lib/; one comment may stand for prototypes that
follow each other without a blank line.  Every file begins with a comment that
says what it is for.  Exits with 77 where pmccabe is missing.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(sys.argv[1])
LINES, PATHS, P90, INLINE_LINES = 80, 20, 45, 10
FILE_LINES, TEST_LINES = 600, 1000
SOURCES = [p for part in ("cmd", "lib", "tests")
           for p in sorted((ROOT / part).rglob("*.[ch]"))]
faults = []


def fault(path, line, text):
    faults.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def measure():
    """(path, line, name, lines, paths) of every function."""
    # of headers it takes a prototype with an attribute for a function
    files = [str(p) for p in SOURCES if p.suffix == ".c"]
    done = subprocess.run(["pmccabe", *files], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # what it cannot read it says on stderr, and goes on
    for line in done.stderr.splitlines():
        faults.append("pmccabe: " + line)
    for line in done.stdout.splitlines():
        modified, plain, _, first, lines, rest = line.split("\t", 5)
        path, name = re.fullmatch(r"(.+)\(\d+\): (\w+)", rest).groups()
        # a switch is as many paths as cases, or one: the smaller may pass
        yield (Path(path), int(first), name, int(lines),
               min(int(modified), int(plain)))


def check_functions():
    functions = list(measure())
    found = {path: 0 for path in SOURCES if path.suffix == ".c"}
    for path, line, name, lines, paths in functions:
        found[path] += 1
        if lines > LINES:
            fault(path, line, f"{name}() has {lines} lines; {LINES} at most")
        if paths > PATHS:
            fault(path, line, f"{name}() has {paths} paths; {PATHS} at most")
    # in our style a line of `}` alone ends a function, and nothing else does
    for path, count in found.items():
        ends = re.findall(r"^}$", path.read_text("utf-8"), flags=re.M)
        if len(ends) != count:
            fault(path, 1, f"{len(ends)} functions end here, pmccabe measured "
                  f"{count}")
    lengths = sorted(f[3] for f in functions)
    if not lengths:
        faults.append("no function was found")
    elif lengths[len(lengths) * 9 // 10] > P90:
        faults.append(f"one function in ten has over {P90} lines")


def check_files():
    for path in SOURCES:
        text = path.read_text("utf-8")
        count = text.count("\n")
        most = TEST_LINES if path.parent.name == "unit" else FILE_LINES
        if path.suffix == ".c" and count > most:
            fault(path, 1, f"{count} lines; {most} at most")
        bodies = re.findall(r"^{\n(?:[^}\n].*\n|\n)*}$", text, flags=re.M)
        for body in bodies if path.suffix == ".h" else []:
            if body.count("\n") >= INLINE_LINES:
                fault(path, 1, f"a function of {body.count(chr(10)) + 1} "
                      "lines in a header")
        if not text.startswith("/*") or len(text.split("*/")[0]) < 12:
            fault(path, 1, "no comment that says what the file is for")


def top_level(text):
    """(line, text) of each top-level line; bodies, macros blanked out."""
    depth, continued, comment = 0, False, False
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.sub(r"/\*.*?\*/", "", line)
        inside = comment
        if comment and "*/" in line:
            comment, bare = False, line.split("*/", 1)[1]
        elif comment:
            bare = ""
        elif "/*" in bare:
            comment, bare = True, bare.split("/*", 1)[0]
        macro = continued or bare.lstrip().startswith("#")
        continued = macro and bare.endswith("\\")
        kind = "code"
        if macro or depth:
            kind = "other"
        elif not line.strip():
            kind = "blank"
        elif not bare.strip():
            kind = "comment"
        yield number, kind, bare
        if not macro and not inside:
            depth += bare.count("{") - bare.count("}")


def check_prototypes():
    """Code that ends in `);` or an attribute's `;` at the top level."""
    count = 0
    for path in sorted((ROOT / "lib").rglob("*.h")):
        statement, first, explained = "", 0, False
        for number, kind, bare in top_level(path.read_text("utf-8")):
            if kind == "comment":
                explained = True
            elif kind != "code":
                explained, statement = False, ""
            else:
                first = first if statement else number
                statement += bare + "\n"
            if kind != "code" or not bare.rstrip().endswith(";"):
                continue
            prototype = re.match(r"[\w\s*]*?\b(\w+)\(", statement)
            if prototype and not statement.startswith("typedef"):
                count += 1
                if not explained:
                    fault(path, first, f"no comment above {prototype[1]}()")
            statement = ""
    if count < 100:
        faults.append(f"only {count} prototypes were found")


def main():
    if not shutil.which("pmccabe"):
        print("skipped, not installed: pmccabe")
        return 77
    check_functions()
    check_files()
    check_prototypes()
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
