"""The promises of the SQL that callqa-store prints, on a real PostgreSQL.

usage: schema_test.py BUILD-DIRECTORY SOURCE-DIRECTORY
Exits with 77 where PostgreSQL or psycopg2 is missing.
"""
import json
import re
import subprocess
import sys

import database
from database import psycopg2

BUILD, ROOT = sys.argv[1:3]
faults = []

RESULT = {
    "call_id": "c1", "agent_id": "a1", "correlation_id": "eval_1",
    "processing_time_ms": 5, "classification_result": {},
    "script_deviation_result": {}, "communication_result": {},
    "compliance_result": {"summary": {"violations": ["Identity", "Consent"]}},
    "deep_dive_result": None, "api_overall_score": 70,
    "api_evaluation_timestamp": "2026-03-01T10:00:00.5Z",
    "evaluation_version": "v1"}
TYPES = {"processing_time_ms": "integer", "api_overall_score": "smallint",
         "api_evaluation_timestamp": "timestamptz"}


def printed(*options):
    return subprocess.run([f"{BUILD}/callqa-store", "--config", "none",
                           *options, "--print-sql"], text=True, check=True,
                          stdout=subprocess.PIPE).stdout


def same(got, want, what):
    if got != want:
        faults.append(f"{what}: got {got!r}, want {want!r}")


def upsert(db, role="service_role", schema="public", **changes):
    """As PostgREST does it; returns the ids that were written."""
    row = {**RESULT, **changes}
    names = ", ".join(row)
    types = ", ".join(
        f"{n} {TYPES.get(n, 'jsonb' if n.endswith('_result') else 'text')}"
        for n in row)
    sets = ", ".join(f"{n} = excluded.{n}" for n in row)
    link = db.connect()
    try:
        with link, link.cursor() as cursor:
            cursor.execute(f"set local role {role}")
            cursor.execute(
                f"insert into {schema}.eavesly_evaluation_results({names}) "
                f"select {names} from json_to_recordset(%s) as _({types}) on "
                f"conflict (call_id) do update set {sets} returning call_id",
                (json.dumps([row]),))
            return [found[0] for found in cursor.fetchall()]
    finally:
        link.close()


def refused(db, code, what, constraint=None, **changes):
    try:
        upsert(db, **changes)
    except psycopg2.Error as e:
        same((e.pgcode, e.diag.constraint_name), (code, constraint), what)
    else:
        faults.append(f"{what}: it was taken")


def check_runs(db):
    sql = printed()
    same(db.script(sql), "", "the first run is silent")
    first = db.dump()
    same(db.script(sql), "", "the second run is silent")
    same(db.dump(), first, "the second run changes nothing")
    db.run("drop index eavesly_results_by_time; "
           "grant select on eavesly_evaluation_results to anon; "
           "drop trigger eavesly_keep_newest on eavesly_evaluation_results; "
           "alter table eavesly_api_logs disable row level security")
    db.script(sql)
    same(db.dump(), first, "a further run mends what was taken away")


def check_rows(db):
    same(upsert(db), ["c1"], "an insert")
    same(db.ask("select violation_count, deep_dive_result is null, "
                "evaluation_version, created_at = updated_at from "
                "eavesly_evaluation_results"), [(2, True, "v1", True)],
         "what is derived")
    db.run("alter table eavesly_evaluation_results disable trigger all; "
           "update eavesly_evaluation_results set created_at = '2020-01-01', "
           "updated_at = '2020-01-01'; "
           "alter table eavesly_evaluation_results enable trigger all")
    same(upsert(db, api_overall_score=60), ["c1"], "an equally new one")
    same(db.ask("select api_overall_score, created_at < '2021-01-01', "
                "updated_at > '2021-01-01' from eavesly_evaluation_results"),
         [(60, True, True)], "an update keeps created_at")
    same(upsert(db, api_overall_score=50,
                api_evaluation_timestamp="2026-03-01T10:00:00.499Z"), [],
         "an older evaluation is not among what was written")
    same(db.ask("select api_overall_score from eavesly_evaluation_results"),
         [(60,)], "an older evaluation changes nothing")
    same(upsert(db, api_overall_score=40,
                api_evaluation_timestamp="2026-03-01T12:00:00+01:00"), ["c1"],
         "a newer one, in another zone")
    same(upsert(db, call_id="odd", compliance_result={"summary": 3}), ["odd"],
         "a result of another shape")
    same(db.ask("select violation_count from eavesly_evaluation_results "
                "where call_id = 'odd'"), [(None,)], "has no count")


def check_constraints(db):
    for score in (0, 101):
        refused(db, "23514", f"score {score}", "eavesly_results_score",
                api_overall_score=score)
    refused(db, "22003", "score 70000", api_overall_score=70000)
    refused(db, "23514", "no id", "eavesly_results_ids", call_id="")
    refused(db, "23514", "no agent", "eavesly_results_ids", agent_id="")
    refused(db, "23514", "negative time", "eavesly_results_time",
            processing_time_ms=-1)
    for name in ("classification_result", "script_deviation_result",
                 "compliance_result", "communication_result",
                 "deep_dive_result"):
        refused(db, "23514", f"a list as {name}", "eavesly_results_objects",
                **{name: []})
    refused(db, "23502", "no classification", classification_result=None)
    refused(db, "22P05", "U+0000", agent_id="a\0b")
    log = "insert into eavesly_api_logs(correlation_id, endpoint, " \
        "http_status_code, processing_time_ms) values ('e', '/x', %s, %s)"
    db.run(log, (500, 0))
    for values, name in (((99, 0), "status"), ((500, -1), "time")):
        try:
            db.run(log, values)
            faults.append(f"log {values}: it was taken")
        except psycopg2.Error as e:
            same(e.diag.constraint_name, f"eavesly_logs_{name}", "log")


def check_rights(db):
    for role in ("anon", "authenticated"):
        refused(db, "42501", f"{role} has no grant", role=role)
    db.run("grant all on eavesly_evaluation_results to authenticated")
    refused(db, "42501", "row security, once granted", role="authenticated",
            call_id="new")
    same(db.ask("set role authenticated; select count(*) from "
                "eavesly_evaluation_results"), [(0,)], "and shows no row")
    db.script(printed())
    refused(db, "42501", "the grant is taken back", role="authenticated")
    db.run("alter role service_role nobypassrls")
    same(upsert(db, call_id="policy"), ["policy"],
         "the policy lets the service in")
    db.run("alter role service_role bypassrls")
    same(db.ask("select relname, relrowsecurity from pg_class where relname "
                "in ('eavesly_api_logs', 'eavesly_evaluation_results') "
                "order by 1"),
         [("eavesly_api_logs", True), ("eavesly_evaluation_results", True)],
         "row level security")


def check_indexes(db):
    db.run("insert into eavesly_evaluation_results (call_id, agent_id, "
           "correlation_id, processing_time_ms, classification_result, "
           "script_deviation_result, compliance_result, communication_result, "
           "api_overall_score, api_evaluation_timestamp) select 'b' || i, "
           "'a' || i % 500, 'e' || i, 1, '{}', '{}', jsonb_build_object("
           "'summary', jsonb_build_object('violations', case when i % 50 = 0 "
           "then jsonb_build_array('rule ' || i % 700) else '[]' end)), '{}', "
           "1 + i % 100, timestamptz '2026-01-01' + i * interval '1 minute' "
           "from generate_series(1, 20000) i; ")
    db.run("analyze eavesly_evaluation_results")
    plans = {
        "agent": "agent_id = 'a7' order by api_evaluation_timestamp desc "
                 "limit 20",
        "time": "api_evaluation_timestamp >= '2026-01-05' and "
                "api_evaluation_timestamp < '2026-01-06'",
        "violation": "compliance_result #> '{summary,violations}' ? "
                     "'rule 350'",
        "correlation": "correlation_id = 'e77'"}
    for name, where in plans.items():
        plan = "\n".join(row[0] for row in db.ask(
            "explain select * from eavesly_evaluation_results where "
            + where))
        same(f"eavesly_results_by_{name}" in plan, True, f"{name}: {plan}")


def manual_blocks(heading):
    """The literal blocks of a section or subsection of callqa-store(1)."""
    with open(f"{ROOT}/man/callqa-store.1", encoding="utf-8") as page:
        part = re.split(r"^\.S[hs] ", page.read(), flags=re.M)
    text = [p for p in part if p.startswith(heading + "\n")][0]
    return [block.replace("\\(aq", "'").replace("\\e", "\\").replace(
        "\\&", "").replace("\\-", "-") for block in re.findall(
            r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, flags=re.M | re.S)]


def check_manual(db):
    """What the manual tells an analyst to run runs, and drops what it says."""
    queries = manual_blocks("What an analyst asks")
    same(len(queries) >= 4, True, "queries in the manual")
    for query in queries:
        same(bool(db.ask(query)), True, f"no row: {query}")
    drop = manual_blocks("Taking it away again")
    same(len(drop), 1, "one script that drops")
    same(db.script(drop[0]), "", "it is silent")
    same(db.ask("select relname from pg_class where relname like 'eavesly%' "
                "union select proname from pg_proc where proname like "
                "'eavesly%'"), [], "nothing is left")
    same(db.script(drop[0]), "", "nothing to drop is no error")


def check_schema(db):
    sql = printed("--store-schema", 'q"a')
    db.script(sql)
    same(upsert(db, schema='"q""a"'), ["c1"], "in a schema of one's own")
    same(db.ask("select count(*) from pg_class where relname = "
                "'eavesly_api_logs'"), [(1,)], "and in no other")


def check_plain():
    """On a PostgreSQL that knows nothing of Supabase."""
    with database.Database() as db:
        db.run("revoke all on schema public from anon, authenticated, "
               "service_role; drop role authenticator; drop role anon; "
               "drop role authenticated; drop role service_role")
        same(db.script(printed()), "", "plain PostgreSQL")
        same(upsert(db, role="postgres"), ["c1"], "plain PostgreSQL")


def main():
    with database.Database() as db:
        check_runs(db)
        check_rows(db)
        check_constraints(db)
        check_rights(db)
        check_indexes(db)
        check_manual(db)
        check_schema(db)
    check_plain()
    for text in faults:
        print(text, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except database.Missing as e:
        print(f"skipped: {e} is not installed")
        sys.exit(77)
