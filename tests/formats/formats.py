#!/usr/bin/env python3
"""Runs each recipe of man/examples/formats on an export made for it, and callqa's dry run on what comes out.

  formats.py --bin DIR [--set]

An expected request stands beside each export as NAME.request; --set writes them: read the diff.
"""
import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RECIPES = HERE.parents[1] / "man" / "examples" / "formats"
PAGE = HERE.parents[1] / "man" / "callqa-formats.7"
TIME = ["--arg", "time", "2026-03-02T15:00:00Z"]
ID = ["--arg", "id", "call-1"]


def roles(**names):
    return ["--argjson", "roles", json.dumps({k.replace("_", " "): v for k, v in names.items()})]


# recipe, export, options, how many requests; a text: what jq says on stderr
RUNS = [
    ("transcribe-call-analytics", "transcribe-call-analytics.json", TIME, 1),
    ("transcribe", "transcribe.json", [*TIME, "--argjson", "roles", '{"spk_0":"Agent","spk_1":"Customer"}'], 1),
    ("transcribe", "transcribe-channels.json", TIME, 1),
    ("contact-lens-voice", "contact-lens-voice.json", TIME, 1),
    ("contact-lens-chat", "contact-lens-chat.json", [], 1),
    ("bedrock-data-automation", "bedrock-data-automation.json", TIME, 1),
    ("deepgram", "deepgram.json", roles(Speaker_0="Agent", Speaker_1="Customer"), 1),
    ("deepgram", "deepgram-multichannel.json", [], 1),
    ("assemblyai", "assemblyai.json", TIME, 1),
    ("assemblyai", "assemblyai-error.json", TIME, "status is error: Download error"),
    ("whisper", "whisper.json", [*ID, *TIME], 1),
    ("azure-speech", "azure-speech.json", [*ID, *roles(Channel_0="Agent", Channel_1="Customer")], 1),
    ("azure-speech", "azure-speech-ms.json", ID, 1),
    ("twilio", "twilio.json", [*ID, *TIME, *roles(Channel_1="Agent", Channel_2="Customer")], 1),
    ("gong", "gong.json", [*TIME, "--argjson", "roles", '{"6432345678555530067":"Agent"}'], 1),
    ("gong", "gong-none.json", TIME, "No calls found"),
    ("genesys", "genesys.json", [], 1),
    ("vcon", "vcon-dialog.json", [], 1),
    ("vcon", "vcon-analysis.json", [], 1),
    ("vtt-zoom", "zoom.vtt", [*ID, *TIME, "--argjson", "roles", '{"Ruth Adler":"Agent"}'], 1),
    ("vtt-voice-tags", "voice-tags.vtt", [*ID, *TIME], 1),
    ("srt", "labels.srt", [*ID, *TIME], 1),
    ("plain-text", "plain.txt", [*ID, *TIME], 1),
    ("whisper", "whisper.json", TIME, "give --arg id"),
]


def recipe(name, export, options):
    raw = ["-Rs"] if not export.endswith(".json") else []
    agent = [] if name == "vcon" else ["--arg", "agent", "agent-7"]
    return subprocess.run(["jq", "-c", *raw, "-L", RECIPES, *agent, "--rawfile", "script", HERE / "script.txt",
                           *options, "-f", RECIPES / f"{name}.jq", HERE / export],
                          capture_output=True, text=True, check=False)


def check(run, binary, write):
    name, export, options, expected = run
    done = recipe(name, export, options)
    if isinstance(expected, str):
        return [] if done.returncode and expected in done.stderr and not done.stdout else [f"{export}: {done}"]
    if done.returncode or len(done.stdout.splitlines()) != expected:
        return [f"{export}: exit {done.returncode}: {done.stderr}{done.stdout}"]
    kept = HERE / f"{export}.request"
    if write:
        kept.write_text(done.stdout, encoding="utf-8")
    if not kept.exists() or kept.read_text(encoding="utf-8") != done.stdout:
        return [f"{export}: the request differs from {kept.name}"]
    dry = subprocess.run([f"{binary}/callqa", "--config", "none", "-n"], input=done.stdout, capture_output=True,
                         text=True, check=False)
    calls = [json.loads(line) for line in dry.stdout.splitlines()][1:]
    if dry.returncode or [c["status"] for c in calls] != ["ok"] * expected:
        return [f"{export}: callqa -n: {dry.returncode} {dry.stdout}{dry.stderr}"]
    return []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--set", action="store_true")
    options = parser.parse_args()
    faults = [f for run in RUNS for f in check(run, options.bin, options.set)]
    unused = {p.stem for p in RECIPES.glob("*.jq")} - {r[0] for r in RUNS} - {"callqa"}
    faults += [f"{name}.jq: no test runs it" for name in sorted(unused)]
    page = PAGE.read_text(encoding="utf-8")
    faults += [f"{PAGE.name}: nothing on {r[0]}.jq" for r in RUNS if f".It Pa {r[0]}.jq" not in page]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
