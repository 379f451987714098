"""What the fake PostgREST answers to everything that can be done right or wrong.

usage: behaviours.py BUILD-DIRECTORY

The expected statuses, codes and words are those of a PostgREST 14 before the
tables of callqa-store --print-sql; so the fake is held to the real one where
the two can be compared.  Exits with 77 where PostgreSQL or psycopg2 is missing.
"""
import gzip
import http.client
import json
import subprocess
import sys
import urllib.parse

import database
import postgrest

BUILD = sys.argv[1]
TABLE = "eavesly_evaluation_results"
MERGE = "resolution=merge-duplicates,return=minimal"
MERGED = "resolution=merge-duplicates, return=minimal"
UP = f"/{TABLE}?on_conflict=call_id"
ROW = {
    "call_id": "c1", "agent_id": "a1", "correlation_id": "eval_1",
    "processing_time_ms": 12, "classification_result": {"red_flags": []},
    "script_deviation_result": {}, "communication_result": {},
    "compliance_result": {"summary": {"violations": ["Identity"]}},
    "deep_dive_result": None, "api_overall_score": 70,
    "api_evaluation_timestamp": "2026-03-01T10:00:00Z",
    "evaluation_version": "v1"}
COLUMNS = ",".join(ROW)
INVALID = (400, "PGRST102", "Empty or invalid json")
CHECK = 'new row for relation "eavesly_evaluation_results" violates check ' \
    'constraint "eavesly_results_%s"'
DENIED = f"permission denied for table {TABLE}"


def row(**changes):
    return json.dumps({**ROW, **changes})


def rows(*changes, drop=None):
    made = [{**ROW, **change} for change in changes]
    if drop:
        del made[-1][drop]
    return json.dumps(made)


def raw(text):
    """The row's text with a score, or flags, as it is written here."""
    return row().replace('"api_overall_score": 70', text) if "score" in text \
        else row().replace('"red_flags": []', f'"red_flags": {text}')


def merge(name, body, expected, path=UP, prefer=MERGE, **headers):
    """A POST of the service's."""
    return (name, "POST", path, {"Prefer": prefer, "Authorization": "service",
                                 **headers}, body, expected)


def ask(name, path, expected, method="GET", **headers):
    return (name, method, path, {"Authorization": "service", **headers}, None,
            expected)


def done(status, applied=MERGED, body=""):
    return (status, None, body, applied)


# name, method, path, headers, body, (status, code, message, applied or hint)
CASES = [
    merge("inserts", row(), done(201)),
    merge("updates", row(), done(200)),
    merge("plain insert of what is there", row(), (
        409, "23505", "duplicate key value violates unique constraint "
        f'"{TABLE}_pkey"'), path=f"/{TABLE}", prefer=""),
    merge("representation", row(), done(
        200, "resolution=merge-duplicates, return=representation",
        '[{"call_id":"c1","deep_dive_result":null,"violation_count":1}]'),
        path=UP + "&select=call_id,deep_dive_result,violation_count",
        prefer="resolution=merge-duplicates,return=representation"),
    merge("headers only", row(), done(
        200, "resolution=merge-duplicates, return=headers-only"),
        prefer="resolution=merge-duplicates,return=headers-only"),
    merge("without on_conflict: the primary key", row(), done(200),
          path=f"/{TABLE}"),
    merge("on_conflict without a constraint", row(), (
        400, "42P10", "there is no unique or exclusion constraint matching "
        "the ON CONFLICT specification"), path=f"/{TABLE}?on_conflict="
          "agent_id"),
    merge("score 0", row(api_overall_score=0), (400, "23514",
                                                CHECK % "score")),
    merge("score 101", row(api_overall_score=101), (400, "23514",
                                                    CHECK % "score")),
    merge("score 70000", row(api_overall_score=70000), (
        400, "22003", 'value "70000" is out of range for type smallint')),
    merge("score 87.0", raw('"api_overall_score": 87.0'), (
        400, "22P02", 'invalid input syntax for type smallint: "87.0"')),
    merge("score x", row(api_overall_score="x"), (
        400, "22P02", 'invalid input syntax for type smallint: "x"')),
    merge("score as a string", row(api_overall_score="87"), done(200)),
    merge("U+0000 in jsonb", raw('["a\\u0000b"]'), (
        400, "22P05", "unsupported Unicode escape sequence")),
    merge("U+0000 in text", row(agent_id="a\0b"), (
        400, "22P05", "unsupported Unicode escape sequence")),
    merge("lone surrogate", raw('["a\\ud800b"]'), INVALID),
    merge("a pair of surrogates", raw('["\\ud83d\\ude00 \\u2028"]'),
          done(200)),
    merge("no UTF-8", b'{"call_id":"x","agent_id":"\xff\xfe"}', INVALID),
    merge("cut short", '{"call_id":', INVALID),
    merge("empty", "", INVALID),
    merge("NaN", raw('"api_overall_score": NaN'), INVALID),
    merge("a number", "3", done(200)),
    merge("an empty list", "[]", done(200)),
    merge("an empty list with columns", "[]", done(200),
          path=f"{UP}&columns={COLUMNS}"),
    merge("unknown column", '{"call_id":"x","nope":1}', (
        400, "PGRST204", f"Could not find the 'nope' column of '{TABLE}' in "
        "the schema cache")),
    merge("missing column", '{"call_id":"x"}', (
        400, "23502", 'null value in column "agent_id" of relation '
        f'"{TABLE}" violates not-null constraint')),
    merge("generated column", '{"call_id":"x","violation_count":1}', (
        400, "428C9", "cannot insert a non-DEFAULT value into column "
        '"violation_count"')),
    merge("a list for an object", row(deep_dive_result=[]), (
        400, "23514", CHECK % "objects")),
    merge("no time", row(api_evaluation_timestamp="soon"), (
        400, "22007", "invalid input syntax for type timestamp with time "
        'zone: "soon"')),
    merge("a time without a zone",
          row(api_evaluation_timestamp="2026-03-01T10:00:00.123456"),
          done(200)),
    merge("one old, one new", rows({}, {"call_id": "c2"}), done(201)),
    merge("counted", rows({}, {"call_id": "c2"}),
          done(200, MERGED + ", count=exact"), prefer=MERGE + ",count=exact"),
    merge("the same call twice", rows({"call_id": "c9"}, {"call_id": "c9"}), (
        500, "21000", "ON CONFLICT DO UPDATE command cannot affect row a "
        "second time")),
    merge("unlike keys", rows({}, {"call_id": "c3"},
                              drop="evaluation_version"),
          (400, "PGRST102", "All object keys must match")),
    merge("unlike keys, columns", rows(
        {}, {"call_id": "c3"}, drop="evaluation_version"), (
        400, "23502", 'null value in column "evaluation_version" of relation '
        f'"{TABLE}" violates not-null constraint'),
        path=f"{UP}&columns={COLUMNS}"),
    merge("unlike keys, defaults", rows(
        {}, {"call_id": "c3"}, drop="evaluation_version"), done(
        201, "resolution=merge-duplicates, missing=default, return=minimal"),
        path=f"{UP}&columns={COLUMNS}", prefer=MERGE + ",missing=default"),
    merge("one bad row", rows({"call_id": "d1"}, {
        "call_id": "d2", "api_overall_score": 0}), (400, "23514",
                                                    CHECK % "score")),
    ask("nothing of it is stored",
        f"/{TABLE}?select=call_id&call_id=in.(d1,d2)", (200, None, "[]",
                                                        None)),
    merge("ignored duplicates", row(), done(
        201, "resolution=ignore-duplicates, return=minimal"),
        prefer="resolution=ignore-duplicates,return=minimal"),
    merge("an unknown preference", row(), (
        400, "PGRST122", "Invalid preferences given with handling=strict"),
        prefer="handling=strict,resolution=merge-duplicates,bogus=1"),
    merge("an older evaluation changes nothing", row(
        api_evaluation_timestamp="2020-01-01T00:00:00Z"), done(
        200, "resolution=merge-duplicates, return=representation", "[]"),
        path=UP + "&select=call_id",
        prefer="resolution=merge-duplicates,return=representation"),
    merge("a log", json.dumps({
        "correlation_id": "e", "endpoint": "/evaluate-call",
        "http_status_code": 500, "processing_time_ms": 1}),
        done(201, "return=minimal"), path="/eavesly_api_logs",
        prefer="return=minimal"),
    ask("the first", f"/{TABLE}?select=call_id&order=call_id&limit=1",
        (200, None, '[{"call_id":"c1"}]', None)),
    ask("by violation", f"/{TABLE}?select=call_id&"
        "compliance_result-%3Esummary-%3Eviolations=cs."
        "%5B%22Identity%22%5D&order=call_id&limit=1",
        (200, None, '[{"call_id":"c1"}]', None)),
    ask("by quoted ids", f"/{TABLE}?select=call_id&call_id=in.(%22c1%22,"
        "%22a%5C%22%2Cb%22)", (200, None, '[{"call_id":"c1"}]', None)),
    ask("a head", f"/{TABLE}?limit=1", (200, None, "", None), method="HEAD"),
    ask("an unknown column", f"/{TABLE}?select=nope", (
        400, "42703", f"column {TABLE}.nope does not exist")),
    merge("an unknown table", "{}", (
        404, "PGRST205", "Could not find the table "
        "'public.eavesly_evaluation_result' in the schema cache"),
        path="/eavesly_evaluation_result"),
    merge("nobody", row(), (401, "42501", DENIED), Authorization=None),
    merge("anon", row(), (401, "42501", DENIED), Authorization="anon"),
    merge("a user", row(), (403, "42501", DENIED),
          Authorization="authenticated"),
    ask("expired", f"/{TABLE}", (401, "PGRST303", "JWT expired"),
        Authorization="expired"),
    ask("another's", f"/{TABLE}", (
        401, "PGRST301", "No suitable key or wrong key type"),
        Authorization="forged"),
    ask("no such role", f"/{TABLE}", (
        401, "22023", 'role "nobody_knows" does not exist'),
        Authorization="nobody_knows"),
    ask("no JWT", f"/{TABLE}", (
        401, "PGRST301", "Expected 3 parts in JWT; got 1"),
        Authorization="sb_secret_abc"),
    ask("no token", f"/{TABLE}", (
        401, "PGRST301", "Empty JWT is sent in Authorization header"),
        Authorization=""),
    merge("another type", row(), (
        400, "PGRST102", "Content-Type not acceptable: text/plain"),
        **{"Content-Type": "text/plain"}),
    merge("a charset", row(), done(200),
          **{"Content-Type": "application/json; charset=utf-8"}),
    merge("compressed", gzip.compress(row().encode()), INVALID,
          **{"Content-Encoding": "gzip"}),
    ask("another schema", f"/{TABLE}", (
        406, "PGRST106", "Invalid schema: nope"),
        **{"Accept-Profile": "nope"}),
    ask("a page, please", f"/{TABLE}", (
        406, "PGRST107", "None of these media types are available: "
        "text/html"), Accept="text/html"),
    ask("two slashes", f"//{TABLE}", (
        404, "PGRST125", "Invalid path specified in request URL")),
]
# through the gateway: apikey, status, what is said
GATEWAY = [
    (None, 401, "No API key found in request"),
    ("wrong", 401, "Invalid API key"),
    ("anon", 401, DENIED),
    ("service", 200, None),
    ("secret", 200, None),
]


def token(name):
    if name == "expired":
        return postgrest.make_jwt("service_role", -60)
    if name == "forged":
        return postgrest.make_jwt("service_role", secret="x" * 40)
    if name in ("service", "anon"):
        name = {"service": "service_role"}.get(name, name)
    return name if name in ("", "sb_secret_abc") else postgrest.make_jwt(name)


def send(rest, method, path, headers, body):
    where = urllib.parse.urlsplit(rest.url)
    link = http.client.HTTPConnection(where.hostname, where.port, timeout=20)
    sent = {k: v for k, v in headers.items() if v is not None}
    if "Authorization" in sent:
        sent["Authorization"] = "Bearer " + token(sent["Authorization"])
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
    link.request(method, path, body, sent)
    reply = link.getresponse()
    text = reply.read().decode()
    link.close()
    return reply.status, reply.headers, text


def check_case(rest, name, method, path, headers, body, expected):
    status, got, text = send(rest, method, path, headers, body)
    if status < 400:
        same = (status, None, text, got["Preference-Applied"]) == expected
    else:
        error = json.loads(text)
        same = (status, error["code"], error["message"]) == expected and \
            set(error) == {"code", "details", "hint", "message"}
    if not same:
        print(f"{name}: got {status} {got['Preference-Applied']} {text}, "
              f"want {expected}", file=sys.stderr)
    return same


def check_gateway(db):
    bad = 0
    with postgrest.Rest(db) as rest:
        for key, status, says in GATEWAY:
            value = rest.keys.get(key, key)
            bearer = key if key in ("anon", "service") else None
            got, _, text = send(rest, "POST", UP, {
                "Prefer": MERGE, "apikey": value, "Authorization": bearer},
                row())
            if got != status or (says and json.loads(text)["message"] != says):
                print(f"gateway, {key}: {got} {text}", file=sys.stderr)
                bad += 1
    return bad


def main():
    with database.Database() as db:
        db.script(subprocess.run(
            [f"{BUILD}/callqa-store", "--config", "none", "--print-sql"],
            check=True, text=True, stdout=subprocess.PIPE).stdout)
        with postgrest.Rest(db, gateway=False) as rest:
            bad = sum(not check_case(rest, *case) for case in CASES)
        bad += check_gateway(db)
        db.stop()
        with postgrest.Rest(db, gateway=False) as rest:
            bad += not check_case(rest, *merge("no database", row(), (
                503, "PGRST002", "Could not query the database for the schema "
                "cache. Retrying.")))
    print(f"{len(CASES) + len(GATEWAY) + 1} behaviours, {bad} differ")
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except database.Missing as e:
        print(f"skipped: {e} is not installed")
        sys.exit(77)
