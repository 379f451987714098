"""Holds every manual page to what mandoc, man and lexgrog ask of one.

usage: man_lint.py SOURCE-DIRECTORY

mandoc at its strictest, groff's warnings, no line of more than 80 columns, no
word that is a macro by mistake, a NAME that apropos can read, a first line
that says what the page is for, and cross references that lead to a page of
ours or to one that FOREIGN names.  SEE ALSO has each page of ours
that the text names; callqa(1) has all of them there, and each of them has
callqa(1).  Exits with 77 where a tool is missing.
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

PAGES = sorted(Path(sys.argv[1], "man").glob("*.[1-9]"))
MAIN = Path(sys.argv[1], "man", "callqa.1")
# Pages of others that ours may name; a typing error in one shows here.
FOREIGN = {"cron 8", "crontab 5", "diff 1", "flock 1", "jq 1", "nohup 1",
           "sha256sum 1", "systemd 1", "systemd.exec 5",
           "systemd.service 5", "systemd.timer 5", "zcat 1"}
# What mandoc says of cross references hangs on the machine's own pages.
OF_THE_MACHINE = ("referenced manual not found", "outdated mandoc.db")
faults = []


def fault(page, text):
    faults.append(f"man/{page.name}: {text}")


def output(*words):
    """Both streams of a command, and its exit status as a last line if bad."""
    env = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "MANWIDTH": "80"}
    done = subprocess.run(words, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    status = f"exit status {done.returncode}\n" if done.returncode else ""
    return done.stdout + status


def check_mandoc(page):
    for line in output("mandoc", "-T", "lint", "-W", "style",
                       str(page)).splitlines():
        # its status only repeats that there were messages
        if line.startswith("exit status") or \
                any(text in line for text in OF_THE_MACHINE):
            continue
        fault(page, line)


def check_groff(page):
    done = subprocess.run(
        ["man", "--warnings", "-l", str(page)], check=False, text=True,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "MANWIDTH": "80"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in done.stderr.splitlines():
        fault(page, line)
    for line in done.stdout.splitlines():
        if len(line) > 80:
            fault(page, f"wider than 80 columns: {line.strip()}")
    if done.returncode or len(done.stdout.splitlines()) < 20:
        fault(page, f"man shows no page (status {done.returncode})")


def check_name(page):
    name, section = page.stem, page.suffix[1:]
    said = output("lexgrog", str(page)).strip()
    if not re.search(rf': "{re.escape(name)} - .+"$', said):
        fault(page, f"lexgrog finds no NAME: {said}")
    if f".Dt {name.upper()} {section}\n" not in page.read_text("utf-8"):
        fault(page, f"no `.Dt {name.upper()} {section}`")


def check_references(page):
    known = {title(p) for p in PAGES} | FOREIGN
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        for name, section in re.findall(r"\bXr (\S+) (\S+)", line):
            if f"{name} {section}" not in known:
                fault(page, f"{number}: there is no {name}({section})")


def ours(text):
    """The pages of ours that a piece of a page names."""
    return {name for name in re.findall(r"\bXr (\S+ \S+)", text)
            if name in {title(p) for p in PAGES}}


def title(page):
    return f"{page.stem} {page.suffix[1:]}"


def check_see_also(page):
    source = page.read_text("utf-8")
    found = re.search(r"^\.Sh SEE ALSO\n((?s:.*?))(?=^\.Sh |\Z)", source,
                      flags=re.M)
    if not found:
        fault(page, "no SEE ALSO")
        return
    listed = ours(found[1])
    wanted = ours(source[:found.start()] + source[found.end():])
    wanted |= {title(p) for p in PAGES} if page == MAIN else {title(MAIN)}
    for name in sorted(wanted - {title(page)} - listed):
        fault(page, f"SEE ALSO lacks {name}")
    if title(page) in listed:
        fault(page, "SEE ALSO names the page itself")


def check_source(page):
    lines = page.read_text("utf-8").splitlines()
    if not lines[0].startswith('.\\" ') or not lines[0][4:].strip():
        fault(page, "1: a comment that says what the page is for")
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            fault(page, f"{number}: white space at the end")
        # `.Ql No Infraction' is shown without its No, which is a macro
        for word in re.findall(r"^\.(?:[A-Z][a-z] )+(No|In|An|At|As|On|Do)\b",
                               line):
            fault(page, f"{number}: {word} is a macro here: write \\&{word}")


def main():
    missing = [tool for tool in ("mandoc", "man", "lexgrog")
               if not shutil.which(tool)]
    if missing:
        print("skipped, not installed:", *missing)
        return 77
    if not PAGES:
        faults.append("no page in man/")
    for page in PAGES:
        check_mandoc(page)
        check_groff(page)
        check_name(page)
        check_references(page)
        check_see_also(page)
        check_source(page)
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
