"""Holds the events that callqa(1) lists to those that the program logs.

usage: events.py SOURCE-DIRECTORY

Both ways: each event with its levels, as the first bracket of its item names
them, and with its own fields.  An event is a string given to LOG(), or to a
function of which a parameter is called `event`; whoever gives something else
is a fault, for such an event could not be found.
"""
import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1])
LEVELS = {"LOG_ERROR": {"error"}, "LOG_WARNING": {"warning"},
          "LOG_INFO": {"info"}, "LOG_DEBUG": {"debug"},
          "log_watched_level()": {"warning", "info"}}
# Lines for a person: at the level of whoever speaks, and with a text.
FOR_PERSONS = ("message", "progress")
faults = []


def arguments(text, start):
    """Those of the call whose opening bracket is at start; and its end."""
    found, depth, begun = [], 0, start + 1
    for token in re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)+'|[][(){},]"""
                            ).finditer(text, start):
        if token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and token[0] == ","):
            found.append(" ".join(text[begun:token.start()].split()))
            begun = token.end()
        if depth == 0:
            break
    return found, begun


def functions(sources):
    """(name, file or None for all) -> (place of `event`, fields it adds)."""
    known = {("LOG", None): (1, set())}
    for path, text in sources.items():
        for head in re.finditer(r"^(static )?void (\w+)(\()", text,
                                flags=re.M):
            names, end = arguments(text, head.start(3))
            if "const char *event" in names and text[end] != ";":
                body = text[end:text.index("\n}", end)]
                known[head[2], path if head[1] else None] = (
                    names.index("const char *event"), own_fields(body))
    return known


def own_fields(text):
    return set(re.findall(r'\bLOG_(?:TEXT|INT|REAL)\("(\w+)"', text))


def logged(sources):
    """Event -> (levels, fields)."""
    known, events = functions(sources), {}
    for path, text in sources.items():
        names = {name: what for (name, where), what in known.items()
                 if where in (None, path)}
        for call in re.finditer(rf"^[ \t].*?\b({'|'.join(names)})(\()", text,
                                flags=re.M):
            place, fields = names[call[1]]
            given, end = arguments(text, call.start(2))
            event = given[place]
            if event == "event":
                continue  # inside one of them: its callers count
            if not re.fullmatch(r'"\w+"', event):
                faults.append(f"{path}: {event} is no string")
                continue
            levels, all_fields = events.setdefault(
                event.strip('"'), (set(), set()))
            for name, words in LEVELS.items():
                if name in given[0]:
                    levels |= words
            all_fields |= fields | own_fields(text[call.start():end])
    for name in FOR_PERSONS:
        if name in events:
            events[name] = (set(), {"text"})
    return events


def listed(page):
    """Event -> text of its item."""
    part = page.split("The events are:\n")[1].split("\n.El\n")[0]
    return {name: item for item in re.split(r"^\.It Er ", part, flags=re.M)[1:]
            for name in item.split("\n")[0].split(" , ")}


def check_event(name, levels, fields, item):
    text = item.split("\n", 1)[1]
    bracket = re.match(r"\((.*?)\)", text, flags=re.S)
    said = set(re.findall(r"\b(error|warning|info|debug)\b",
                          bracket[1] if bracket else ""))
    if said != levels:
        faults.append(f"callqa.1: {name}: its levels are "
                      f"{sorted(levels)}, not {sorted(said)}")
    shown = {word for line in re.findall(r"^\.Va (.*)", text, flags=re.M)
             for word in line.replace(",", " ").split() if word[0].isalpha()}
    if not fields <= shown:
        faults.append(f"callqa.1: {name}: no word about "
                      f"{sorted(fields - shown)}")
    return shown


def main():
    sources = {path.relative_to(ROOT): path.read_text("utf-8")
               for path in sorted((ROOT / "lib").rglob("*.c"))}
    events = logged(sources)
    items = listed((ROOT / "man/callqa.1").read_text("utf-8"))
    if len(events) < 15:
        faults.append(f"only {len(events)} events were found")
    shown, known = {}, {}
    for name, (levels, fields) in events.items():
        if name not in items:
            faults.append(f"callqa.1: no event {name}")
            continue
        item = items[name]
        shown[item] = check_event(name, levels, fields, item)
        known.setdefault(item, set()).update(fields)
    for item, words in shown.items():
        for word in sorted(words - known[item]):
            faults.append(f"callqa.1: {item.split()[0]}: it has no {word}")
    for name in items.keys() - events.keys():
        faults.append(f"callqa.1: there is no event {name}")
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


sys.exit(main())
