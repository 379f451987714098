"""Holds the #include lines to the floors of the house.

usage: layers.py SOURCE-DIRECTORY C-COMPILER

The floors are those of the table in lib/README.md: a room uses itself and
rooms on lower floors, never one beside or above it.  A library of others is
used where that table says.  And every header compiles alone, twice included.
"""
import concurrent.futures
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT, COMPILER = Path(sys.argv[1]), sys.argv[2]
LIB = ROOT / "lib"
# Headers of others, and what the table calls their library.
LIBRARIES = {"curl/": "libcurl", "jansson.h": "jansson", "yaml.h": "libyaml",
             "openssl/": "libcrypto", "sqlite3.h": "libsqlite3"}
faults = []


def fault(path, text):
    faults.append(f"{path.relative_to(ROOT)}: {text}")


def read_table():
    """Room -> (floor, libraries) from rows `| 5 | `llm/` | ... | jansson |`."""
    text = (LIB / "README.md").read_text("utf-8")
    rooms = {}
    for floor, room, libraries in re.findall(
            r"^\| (\d+) \| `(\w+)/` \|.*\| ([^|]*) \|$", text, flags=re.M):
        if room in rooms:
            fault(LIB / "README.md", f"{room}/: is in the table twice")
        rooms[room] = (int(floor), re.findall(r"[a-z0-9]+", libraries))
    return rooms


def check_rooms(rooms):
    there = {p.name for p in LIB.iterdir() if p.is_dir()} | {"cmd"}
    cmake = (ROOT / "CMakeLists.txt").read_text("utf-8")
    built = re.search(r"^set\(rooms ([\w\s]+)\)", cmake, flags=re.M)
    if not rooms:
        fault(LIB / "README.md", "no table of rooms")
    for room in there ^ rooms.keys():
        fault(LIB / "README.md", f"{room}/: " + (
            "is not in the table" if room in there else "does not exist"))
    if not built or set(built[1].split()) != there - {"cmd"}:
        fault(ROOT / "CMakeLists.txt", "`rooms` are not the folders of lib/")


def check_include(path, number, room, included, rooms):
    """One `#include "room/file.h"`."""
    target = LIB / included
    where = f"{number}: \"{included}\""
    # what the build makes lies outside the tree
    if not target.exists():
        fault(path, f"{where} does not exist; the root is lib/")
        return
    other = included.split("/")[0]
    if other != room and rooms[other][0] >= rooms[room][0]:
        fault(path, f"{where}: {other}/ (floor {rooms[other][0]}) is not "
              f"below {room}/ (floor {rooms[room][0]})")


def check_library(path, number, room, included, rooms):
    """One `#include <header>`."""
    for prefix, library in LIBRARIES.items():
        if included.startswith(prefix) and library not in rooms[room][1]:
            fault(path, f"{number}: <{included}>: the table gives {room}/ no "
                  f"{library}")


def check_includes(rooms):
    count = 0
    for path in [*sorted(LIB.rglob("*.[ch]")), *sorted(
            (ROOT / "cmd").glob("*.[ch]"))]:
        room = path.relative_to(LIB).parts[0] if LIB in path.parents else "cmd"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            found = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
            if not found:
                continue
            count += 1
            if found[1] == '"':
                check_include(path, number, room, found[2], rooms)
            else:
                check_library(path, number, room, found[2], rooms)
    if count < 100:
        faults.append(f"only {count} includes were found")


def flags():
    done = subprocess.run(["pkg-config", "--cflags", "libcurl", "jansson",
                           "yaml-0.1", "libcrypto"], text=True, check=True,
                          stdout=subprocess.PIPE)
    return ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra",
            "-Wpedantic", "-Werror", f"-I{LIB}", *shlex.split(done.stdout)]


def compile_alone(header, options):
    """The header first and twice: it needs nothing and guards itself."""
    line = f'#include "{header.relative_to(LIB)}"\n'
    source = 2 * line + "extern int not_empty;\n"
    done = subprocess.run([COMPILER, *options, "-fsyntax-only", "-x", "c",
                           "-"], input=source, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return header, done.returncode, done.stdout


def check_headers():
    options = flags()
    headers = sorted(LIB.rglob("*.h"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, status, said in pool.map(
                lambda h: compile_alone(h, options), headers):
            if status:
                fault(header, "does not compile alone:\n" + said)


def main():
    if not shutil.which("pkg-config"):
        print("skipped, not installed: pkg-config")
        return 77
    rooms = read_table()
    check_rooms(rooms)
    if not faults:
        check_includes(rooms)
    check_headers()
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
