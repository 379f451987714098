"""Holds man/examples to what the manual says of them.

usage: examples.py SOURCE-DIRECTORY BUILD-DIRECTORY

Units that systemd accepts, with credentials that callqa reads; a crontab of
lines that cron understands; a script that publishes whole files only, holds
its lock and passes on each exit status.  callqa's part is played by a stand-in
here; man_examples.py runs the script with the real one.  Exits with 77
without systemd-analyze.
"""
import fcntl
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT, BUILD = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
EXAMPLES = ROOT / "man/examples"
DAY = "2026-02-03"
STAND_IN = """#!/bin/sh
echo "$*" >>"$QA_DIR/asked"
cat
[ "$STATUS" = TERM ] && kill -TERM $$
exit "$STATUS"
"""
faults = []


def same(got, want, what):
    if got != want:
        faults.append(f"{what}: {got!r}, not {want!r}")


# ---- the script --------------------------------------------------------------

class Night:
    def __init__(self, folder, status):
        self.folder = Path(folder)
        for name in ("calls", "reports", "bin"):
            (self.folder / name).mkdir()
        self.dump = self.folder / f"calls/{DAY}.ndjson.gz"
        self.dump.write_bytes(gzip.compress(b'{"n":1}\n{"n":2}\n'))
        stand_in = self.folder / "bin/callqa"
        stand_in.write_text(STAND_IN, "utf-8")
        stand_in.chmod(0o755)
        self.env = {"PATH": f"{self.folder}/bin:/usr/bin:/bin",
                    "QA_DIR": folder, "STATUS": str(status)}

    def run(self, *words):
        return subprocess.run([EXAMPLES / "callqa-nightly", *words],
                              env=self.env, capture_output=True, text=True,
                              check=False)

    def left(self):
        """{name: content} of the reports."""
        return {path.name: path.read_text("utf-8")
                for path in (self.folder / "reports").iterdir()}

    def asked(self):
        path = self.folder / "asked"
        return path.read_text("utf-8") if path.exists() else ""


def check_statuses():
    whole = '{"n":1}\n{"n":2}\n'
    for status, ends in ((0, 0), (2, 2), (3, 3), (4, 4), (5, 5), (6, 6),
                         (7, 7), (70, 70), (75, 75), ("TERM", 143)):
        with tempfile.TemporaryDirectory(prefix="callqa-night-") as folder:
            night = Night(folder, status)
            done = night.run(DAY)
            same((done.returncode, done.stdout, done.stderr),
                 (ends, "", "" if status != "TERM" else done.stderr),
                 f"a run that ends with {status}")
            name = f"{DAY}.ndjson" + ("" if ends in (0, 3) else ".part")
            same(night.left(), {name: whole}, f"reports after {status}")
            same(night.asked(), f"--state {folder}/answers.db --summary "
                 f"{folder}/summary.json\n", "what callqa is asked for")
            report = night.folder / "reports" / name
            same(report.stat().st_mode & 0o777, 0o600, "mode of reports")


def check_no_dump():
    for what in ("missing", "cut off"):
        with tempfile.TemporaryDirectory(prefix="callqa-night-") as folder:
            night = Night(folder, 0)
            if what == "missing":
                night.dump.unlink()
            else:
                night.dump.write_bytes(night.dump.read_bytes()[:-4])
            done = night.run(DAY)
            same((done.returncode, night.left(), night.asked()), (6, {}, ""),
                 f"a dump that is {what}")
            same(DAY in done.stderr, True, f"the message: {done.stderr!r}")


def check_overlap():
    with tempfile.TemporaryDirectory(prefix="callqa-night-") as folder:
        night = Night(folder, 0)
        first = night.folder / f"reports/{DAY}.ndjson.part"
        first.write_text("of the first run", "utf-8")
        with open(night.folder / "lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = night.run(DAY)
        same((done.returncode, night.left(), night.asked()),
             (75, {first.name: "of the first run"}, ""), "an overlap")
        same(len(done.stderr.splitlines()), 1, "its message")
        same(night.run(DAY).returncode, 0, "afterwards")


def check_yesterday():
    with tempfile.TemporaryDirectory(prefix="callqa-night-") as folder:
        night = Night(folder, 0)
        day = subprocess.run(["date", "-d", "yesterday", "+%F"], check=True,
                             capture_output=True, text=True).stdout.strip()
        night.dump.rename(night.dump.with_name(f"{day}.ndjson.gz"))
        night.env["STATE_DIRECTORY"] = str(night.folder / "bin")
        done = night.run()
        after = subprocess.run(["date", "-d", "yesterday", "+%F"], check=True,
                               capture_output=True, text=True).stdout.strip()
        if day == after:  # else midnight came between
            same((done.returncode, list(night.left())),
                 (0, [f"{day}.ndjson"]), "without a day")
            same(f"{folder}/bin/answers.db" in night.asked(), True, "state")


# ---- cron and systemd --------------------------------------------------------

def check_crontab():
    jobs = []
    for line in (EXAMPLES / "crontab").read_text("utf-8").splitlines():
        if not line or line.startswith("#") or re.match(r"[A-Z_]+=\S+$", line):
            continue
        same(bool(re.match(r"(\S+ ){5}\S", line)) and "%" not in
             line.replace("\\%", ""), True, f"cron's line: {line}")
        jobs.append(line.split(None, 5)[5])
    same(jobs, ["callqa-nightly"], "jobs")


def check_credentials():
    """Each credential of the service is one that callqa looks for."""
    unit = (EXAMPLES / "callqa.service").read_text("utf-8")
    names = re.findall(r"^LoadCredential=([^:]+):", unit, re.M)
    same(len(names) > 0, True, "credentials")
    for name in names:
        with tempfile.TemporaryDirectory(prefix="callqa-night-") as folder:
            Path(folder, name).write_text("sk-of-a-credential\n", "utf-8")
            shown = subprocess.run(
                [BUILD / "callqa", "--show-config"], check=False, text=True,
                capture_output=True, env={
                    "CREDENTIALS_DIRECTORY": folder, "HOME": folder,
                    "CALLQA_CONFIG": "none"}).stdout
            same(bool(re.search(rf"{name}\b.*{re.escape(folder)}", shown)),
                 True, f"{name} in --show-config")


def check_units():
    with tempfile.TemporaryDirectory(prefix="callqa-units-") as folder:
        script = Path(folder, "callqa-nightly")
        shutil.copy(EXAMPLES / "callqa-nightly", script)
        unit = (EXAMPLES / "callqa.service").read_text("utf-8")
        same(unit.count("=/usr/local/bin/callqa-nightly\n"), 1, "ExecStart")
        service, timer = Path(folder, "callqa.service"), \
            Path(folder, "callqa.timer")
        service.write_text(unit.replace("/usr/local/bin/callqa-nightly",
                                        str(script)), "utf-8")
        shutil.copy(EXAMPLES / timer.name, timer)
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", service, timer],
            check=False, capture_output=True, text=True)
        same((done.returncode, done.stdout, done.stderr), (0, "", ""),
             "systemd-analyze verify")
        # and it would have said what is wrong
        service.write_text(unit.replace("Restart=on-failure",
                                        "RestartForceExitStatus=75"), "utf-8")
        bad = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", service], check=False,
            capture_output=True, text=True)
        same(bad.returncode == 0, False, "verify of a unit that is wrong")
    grace = 20
    stop = re.search(r"^TimeoutStopSec=(\d+)$", unit, re.M)
    same(int(stop[1]) > grace + 1, True, "TimeoutStopSec beyond --grace")


def check_installed():
    with tempfile.TemporaryDirectory(prefix="callqa-install-") as folder:
        done = subprocess.run(
            ["cmake", "--install", BUILD, "--prefix", folder], check=False,
            capture_output=True, text=True)
        same(done.returncode, 0, done.stderr)
        found = {path.name: bool(path.stat().st_mode & 0o111) for path in
                 Path(folder).glob("share/doc/*/examples/*")}
        same(found, {path.name: path.name == "callqa-nightly"
                     for path in EXAMPLES.iterdir() if path.is_file()},
             "what is installed")
        same(Path(folder, "share/man/man7/callqa-nightly.7").is_file(), True,
             "the page")


def main():
    check_statuses()
    check_no_dump()
    check_overlap()
    check_yesterday()
    check_crontab()
    check_credentials()
    check_installed()
    there = shutil.which("systemd-analyze")
    if there:
        check_units()
    for text in faults:
        print(text, file=sys.stderr)
    if faults:
        return 1
    if not there:
        print("skipped, not installed: systemd-analyze; the rest is fine")
        return 77
    return 0


sys.exit(main())
