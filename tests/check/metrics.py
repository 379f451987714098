"""Holds a summary for Prometheus to its format, and the manual to it.

usage: metrics.py SOURCE-DIRECTORY BUILD-DIRECTORY

Read by Prometheus' own parser for Python, and by promtool where it is
installed; compared with the JSON summary of the same run; every metric and
label stands in callqa-report-format(5), and none that does not exist.
Exits with 77 without the parser.
"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    print("skipped, not installed: python3-prometheus-client")
    sys.exit(77)

ROOT, BUILD = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
PAGE = (ROOT / "man/callqa-report-format.5").read_text("utf-8")
faults = []


def same(got, want, what):
    if got != want:
        faults.append(f"{what}: {got!r}, not {want!r}")


def run(work, url, *options):
    env = {"PATH": "/usr/bin:/bin", "HOME": work, "CALLQA_CONFIG": "none",
           "OPENROUTER_BASE_URL": url, "OPENROUTER_API_KEY": "sk-test"}
    env.update({k: v for k, v in os.environ.items() if "SAN_OPTIONS" in k})
    bad = Path(work, "bad.ndjson")
    bad.write_text("{}\n", "utf-8")
    return subprocess.run(
        [BUILD / "callqa", *options, ROOT / "tests/golden/calls.ndjson", bad],
        env=env, cwd=work, stdout=subprocess.DEVNULL, check=False,
        stderr=subprocess.DEVNULL).returncode


def samples(path):
    """{name: {labels: value}}, and what stands around them."""
    text = path.read_text("utf-8")
    found = {}
    for family in text_string_to_metric_families(text):
        same(family.type, "gauge", f"type of {family.name}")
        same(bool(family.documentation), True, f"help of {family.name}")
        for sample in family.samples:
            same(sample.timestamp, None, f"timestamp of {sample.name}")
            found.setdefault(sample.name, {})[
                tuple(sorted(sample.labels.items()))] = sample.value
    promtool = shutil.which("promtool")
    if promtool:
        done = subprocess.run([promtool, "check", "metrics"], input=text,
                              text=True, capture_output=True, check=False)
        same((done.returncode, done.stdout + done.stderr), (0, ""),
             "promtool")
    return found


def documented():
    """{name: labels} of the list in the manual."""
    part = re.search(r'^\.\\" metrics\n(.*?)^\.El', PAGE, re.M | re.S)[1]
    return {name: set(re.findall(r"\w+", labels)) for name, labels in
            re.findall(r"^\.It Va (\w+)(?: Pq (.*))?$", part, re.M)}


def compare(found, summary):
    same({name: {label for key in rows for label, _ in key}
          for name, rows in found.items()}, documented(),
         "metrics and their labels, and those of the manual")
    for name, key in (("exit_status", "exit"),
                      ("input_unread", "input_unread")):
        same(found[f"callqa_last_run_{name}"][()], summary[key], name)
    same(found["callqa_last_run_records"],
         {(("status", status),): summary[key] for status, key in
          (("ok", "successful"), ("partial", "partial"),
           ("failed", "failed"), ("skipped", "skipped"))}, "records")
    for stage, spent in summary["stages"].items():
        got = {name: found[f"callqa_last_run_{name}"][(("stage", stage),)]
               for name in ("requests", "re_asks", "cached_tokens",
                            "cost_dollars")}
        got.update({way: found["callqa_last_run_tokens"][
            (("direction", way), ("stage", stage))]
                    for way in ("input", "output")})
        same(got, {"requests": spent["requests"],
                   "re_asks": spent["re_asks"],
                   "cached_tokens": spent["tokens"]["cached"],
                   "cost_dollars": spent["cost"],
                   "input": spent["tokens"]["in"],
                   "output": spent["tokens"]["out"]}, stage)
    if not summary["cost"] > 0:
        faults.append("the run cost nothing: nothing was compared")


def main():
    with tempfile.TemporaryDirectory(prefix="callqa-metrics-") as work:
        fake = subprocess.Popen(
            [BUILD / "tests/callqa-fake", "--lifetime", "100"], cwd=work,
            stdout=subprocess.PIPE, text=True)
        url = fake.stdout.readline().strip() + "/api/v1"
        prom, plain = Path(work, "callqa.prom"), Path(work, "s.json")
        try:
            same(run(work, url, "--summary", "callqa.prom"), 3, "exit")
            same(run(work, url, "--summary", "s.json"), 3, "exit")
            found = samples(prom)
            compare(found, json.loads(plain.read_text("utf-8")))
            same(stat.S_IMODE(prom.stat().st_mode), 0o644, "mode")
            # what is left out is left out, and what is there is right
            run(work, url, "--reproducible", "--summary", "callqa.prom")
            same(sorted(samples(prom)), [
                "callqa_build_info", "callqa_last_run_exit_status",
                "callqa_last_run_records"], "reproducible")
            same([p for p in os.listdir(work) if ".prom" in p],
                 ["callqa.prom"], "files left")
        finally:
            fake.terminate()
            fake.wait()
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
