"""A fake PostgREST over a real PostgreSQL, and the gateway in front of it.

It runs the SQL that PostgREST runs (json_to_recordset, on conflict) as the
role that the key names, so constraints, grants, policies, triggers and their
errors are the database's own.  What it does itself: keys, preferences, the
schema cache's complaints, and which status belongs to which SQLSTATE.

    with Rest(database) as rest:
        rest.url                      http://127.0.0.1:PORT, keys in rest.keys
        rest.seen                     the requests so far
        rest.before = function(request) -> reply or None
        rest.after = function(request, reply) -> reply; None: cuts it off

Written from PostgREST's documentation and its behaviour; behaviours.py has the
list that it is held to.
"""
import base64
import collections
import difflib
import hashlib
import hmac
import http.server
import json
import re
import threading
import time
import urllib.parse

from database import psycopg2

SECRET = "a-secret-of-the-tests-with-more-than-32-characters"
SCHEMA = "public"
JSON_TYPE = "application/json; charset=utf-8"
# SQLSTATE or its beginning -> status; what is not here is 400
STATUSES = (
    ("08", 503), ("23503", 409), ("23505", 409), ("25006", 405), ("28", 403),
    ("40", 500), ("53400", 500), ("53", 503), ("54", 500), ("55", 500),
    ("57P01", 503), ("57", 500), ("58", 500), ("XX", 500), ("42P01", 404),
    ("42501", 403), ("21000", 500))

Reply = collections.namedtuple("Reply", "status headers body")
Request = collections.namedtuple(
    "Request", "method path query headers body table")


class Refused(Exception):
    """An error that PostgREST itself finds."""

    def __init__(self, status, code, message, details=None, hint=None):
        super().__init__(message)
        self.reply = error(status, code, message, details, hint)


def error(status, code, message, details=None, hint=None):
    body = {"code": code, "details": details, "hint": hint,
            "message": message}
    headers = {"Content-Type": JSON_TYPE,
               "Proxy-Status": f"PostgREST; error={code}"}
    return Reply(status, headers, dump(body))


def dump(value):
    return json.dumps(value, separators=(",", ":"),
                      ensure_ascii=False).encode()


# ---- keys --------------------------------------------------------------------

def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(text, secret):
    return base64url(hmac.new(secret.encode(), text.encode(),
                              hashlib.sha256).digest())


def make_jwt(role, seconds=3600, secret=SECRET):
    head = base64url(dump({"alg": "HS256", "typ": "JWT"}))
    claims = base64url(dump({"role": role, "exp": int(time.time()) + seconds}))
    return f"{head}.{claims}.{sign(f'{head}.{claims}', secret)}"


def role_of(authorization):
    """The role that the bearer's token names; anon without one."""
    if authorization is None:
        return "anon"
    token = authorization.removeprefix("Bearer").strip()
    if not token:
        raise Refused(401, "PGRST301",
                      "Empty JWT is sent in Authorization header")
    parts = token.split(".")
    if len(parts) != 3:
        raise Refused(401, "PGRST301",
                      f"Expected 3 parts in JWT; got {len(parts)}")
    if not hmac.compare_digest(sign(".".join(parts[:2]), SECRET), parts[2]):
        raise Refused(401, "PGRST301", "No suitable key or wrong key type",
                      "None of the keys was able to decode the JWT")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    if claims.get("exp", time.time() + 1) < time.time():
        raise Refused(401, "PGRST303", "JWT expired")
    return claims.get("role", "anon")


def pass_gateway(headers, keys):
    """Supabase's gateway: the headers that get to PostgREST."""
    key = headers.get("apikey")
    if key is None:
        return Reply(401, {"Content-Type": "application/json"}, dump({
            "message": "No API key found in request",
            "hint": "No `apikey` request header or url param was found."}))
    if key not in keys.values():
        return Reply(401, {"Content-Type": "application/json"}, dump({
            "message": "Invalid API key",
            "hint": "Double check your Supabase `anon` or `service_role` "
                    "API key."}))
    if key == keys["secret"]:
        headers["authorization"] = "Bearer " + keys["service"]
    return headers


# ---- preferences -------------------------------------------------------------

KNOWN = {"resolution": ("merge-duplicates", "ignore-duplicates"),
         "missing": ("default", "null"),
         "return": ("minimal", "representation", "headers-only"),
         "count": ("exact", "planned", "estimated"),
         "handling": ("strict", "lenient")}


def preferences(text):
    given = [part.strip() for part in text.split(",") if part.strip()]
    known, unknown = {}, []
    for part in given:
        name, _, value = part.partition("=")
        if value in KNOWN.get(name, ()):
            known.setdefault(name, value)
        else:
            unknown.append(part)
    if unknown and known.get("handling") == "strict":
        raise Refused(400, "PGRST122",
                      "Invalid preferences given with handling=strict",
                      f"Invalid preferences: {', '.join(unknown)}")
    return known


def applied(prefer, merges):
    names = [name for name in ("resolution", "missing", "return", "count")
             if name in prefer and (merges or name != "resolution")]
    return ", ".join(f"{name}={prefer[name]}" for name in names)


# ---- the schema cache --------------------------------------------------------

def quote(name):
    return '"' + name.replace('"', '""') + '"'


def tables(cursor):
    cursor.execute(
        "select c.relname from pg_class c join pg_namespace n "
        "on n.oid = c.relnamespace where n.nspname = %s and c.relkind in "
        "('r', 'v', 'p')", (SCHEMA,))
    return [row[0] for row in cursor.fetchall()]


def columns_of(cursor, table):
    """Name -> type."""
    cursor.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        (f"{quote(SCHEMA)}.{quote(table)}",))
    return dict(cursor.fetchall())


def primary_key(cursor, table):
    cursor.execute(
        "select a.attname from pg_index i join pg_attribute a on "
        "a.attrelid = i.indrelid and a.attnum = any (i.indkey) "
        "where i.indisprimary and i.indrelid = %s::regclass",
        (f"{quote(SCHEMA)}.{quote(table)}",))
    return [row[0] for row in cursor.fetchall()]


def find_table(cursor, table):
    there = tables(cursor)
    if table in there:
        return columns_of(cursor, table)
    near = difflib.get_close_matches(table, there, 1)
    raise Refused(404, "PGRST205",
                  f"Could not find the table '{SCHEMA}.{table}' in the schema "
                  "cache", None, f"Perhaps you meant the table '{SCHEMA}."
                  f"{near[0]}'" if near else None)


# ---- writing -----------------------------------------------------------------

def no_constant(name):
    raise ValueError(name)


def read_body(request):
    """The body's text and value."""
    kind = request.headers.get("content-type", "application/json")
    if kind.split(";")[0].strip() != "application/json":
        raise Refused(400, "PGRST102", f"Content-Type not acceptable: {kind}")
    try:
        text = request.body.decode("utf-8")
        value = json.loads(text, parse_constant=no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except ValueError as e:  # a lone surrogate does not encode
        raise Refused(400, "PGRST102", "Empty or invalid json") from e
    return text, value


def names_in(text):
    """a,"b" of columns=, on_conflict=, select=."""
    return [name.strip().strip('"') for name in text.split(",") if name]


def payload_columns(value, query, there, table):
    rows = [v for v in (value if isinstance(value, list) else [value])
            if isinstance(v, dict)]
    if "columns" in query:
        names = names_in(query["columns"])
    else:
        names = list(rows[0]) if rows else []
        if any(set(row) != set(names) for row in rows):
            raise Refused(400, "PGRST102", "All object keys must match")
    for name in names:
        if name not in there:
            raise Refused(400, "PGRST204",
                          f"Could not find the '{name}' column of '{table}' "
                          "in the schema cache")
    return sorted(names)


def insert_sql(table, names, there, conflict, prefer, returning):
    """As PostgREST builds it; the payload is the only parameter."""
    listed = ", ".join(map(quote, names))
    target = f"{quote(SCHEMA)}.{quote(table)}"
    typed = ", ".join(f"{quote(n)} {there[n]}" for n in names)
    sql = f"insert into {target}({listed}) select {listed} from " \
        f"json_to_recordset(%s) as _({typed})"
    if conflict and prefer.get("resolution") == "ignore-duplicates":
        sql += f" on conflict({', '.join(map(quote, conflict))}) do nothing"
    elif conflict:
        sets = ", ".join(f"{quote(n)} = excluded.{quote(n)}" for n in names)
        sql += f" on conflict({', '.join(map(quote, conflict))}) do update " \
            f"set {sets}"
    cols = ", ".join(f"{target}.{quote(n)}" for n in returning)
    inner = f", {cols}" if cols else ""
    outer = ", ".join(map(quote, returning))
    shown = "'[]'"
    if returning:
        shown = f"(select coalesce(json_agg(t), '[]') from " \
            f"(select {outer} from source) t)"
    return f"with source as ({sql} returning {target}.xmax = 0 as " \
        f"inserted__{inner}) select count(*) filter (where inserted__), " \
        f"{shown}::text from source"


def fill_defaults(cursor, table, value, names):
    """missing=default: what a row lacks has the column's default."""
    cursor.execute(
        "select a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d "
        "join pg_attribute a on a.attrelid = d.adrelid and a.attnum = "
        "d.adnum where d.adrelid = %s::regclass",
        (f"{quote(SCHEMA)}.{quote(table)}",))
    defaults = dict(cursor.fetchall())
    for row in value:
        for name in names:
            if name not in row and name in defaults:
                cursor.execute(f"select to_json({defaults[name]})")
                row[name] = cursor.fetchone()[0]
    return json.dumps(value)


def write(cursor, request):
    prefer = preferences(request.headers.get("prefer", ""))
    there = find_table(cursor, request.table)
    text, value = read_body(request)
    names = payload_columns(value, request.query, there, request.table)
    conflict = []
    if "resolution" in prefer:
        conflict = names_in(request.query.get("on_conflict", "")) or \
            primary_key(cursor, request.table)
    kind = prefer.get("return", "minimal")
    returning = []
    if kind == "representation":
        returning = names_in(request.query.get("select", "")) or list(there)
    inserted, shown, rows = 0, "[]", 0
    cursor.execute("select set_config('role', %s, true)", (request.role,))
    if names:
        if prefer.get("missing") == "default" and isinstance(value, list):
            text = fill_defaults(cursor, request.table, value, names)
        elif not isinstance(value, list):
            text = f"[{text}]"
        cursor.execute(insert_sql(request.table, names, there, conflict,
                                  prefer, returning), (text,))
        inserted, shown = cursor.fetchone()
        rows = len(value) if isinstance(value, list) else 1
    merged = prefer.get("resolution") == "merge-duplicates" and conflict
    headers = {"Content-Range":
               f"*/{rows}" if prefer.get("count") == "exact" else "*/*"}
    told = applied(prefer, bool(conflict))
    if told:
        headers["Preference-Applied"] = told
    body = b""
    if kind == "representation":
        headers["Content-Type"] = JSON_TYPE
        body = shown.encode()
    status = 200 if (merged or not names) and inserted == 0 else 201
    return Reply(status, headers, body)


# ---- reading -----------------------------------------------------------------

def unquote_list(text):
    """The elements of in.(a,"b,\\"c")."""
    return [re.sub(r"\\(.)", r"\1", found[1:-1])
            if found.startswith('"') else found for found in
            re.findall(r'"(?:[^"\\]|\\.)*"|[^,]+', text.strip("()"))]


def reference(table, name):
    """A column, or a path into one: a->b->c."""
    column, *path = name.split("->")
    text = f"{quote(SCHEMA)}.{quote(table)}.{quote(column)}"
    return text + "".join(f"->'{step}'" for step in path)


def condition(table, name, value):
    operator, _, rest = value.partition(".")
    where = reference(table, name)
    if operator == "eq":
        return f"{where} = %s", rest
    if operator == "in":
        return f"{where} = any (%s)", unquote_list(rest)
    if operator == "cs":
        return f"{where} @> %s::jsonb", rest
    raise Refused(400, "PGRST100", f"the fake knows no {operator}")


def read(cursor, request):
    find_table(cursor, request.table)
    if request.headers.get("accept", "*/*") not in (
            "*/*", "application/json"):
        raise Refused(406, "PGRST107", "None of these media types are "
                      f"available: {request.headers['accept']}")
    query = dict(request.query)
    chosen = ", ".join(reference(request.table, name) for name in
                       names_in(query.pop("select", ""))) or "*"
    limit, order = query.pop("limit", None), query.pop("order", None)
    made = [condition(request.table, *item) for item in query.items()]
    sql = f"select {chosen} from {quote(SCHEMA)}.{quote(request.table)}"
    if made:
        sql += " where " + " and ".join(text for text, _ in made)
    if order:
        sql += f" order by {reference(request.table, order)}"
    if limit:
        sql += f" limit {int(limit)}"
    cursor.execute("select set_config('role', %s, true)", (request.role,))
    cursor.execute("select count(*), coalesce(json_agg(t), '[]')::text from "
                   f"({sql}) t", [value for _, value in made])
    count, text = cursor.fetchone()
    headers = {"Content-Type": JSON_TYPE, "Content-Range":
               f"0-{count - 1}/*" if count else "*/*"}
    return Reply(200, headers, text.encode())


# ---- the server --------------------------------------------------------------

def status_of(sqlstate, role):
    if sqlstate in ("42501", "22023") and role == "anon":
        return 401
    for beginning, status in STATUSES:
        if sqlstate.startswith(beginning):
            return status
    return 400


def database_error(e, role):
    """What PostgREST makes of an error of PostgreSQL's."""
    if e.pgcode is None:  # no connection
        reply = error(503, "PGRST002", "Could not query the database for the "
                      "schema cache. Retrying.")
        return reply._replace(headers={**reply.headers, "Retry-After": "0"})
    if e.pgcode == "22023" and "role" in e.diag.message_primary:
        role = "anon"
    reply = error(status_of(e.pgcode, role), e.pgcode,
                  e.diag.message_primary, e.diag.message_detail,
                  e.diag.message_hint)
    if reply.status == 503:
        reply.headers["Retry-After"] = "0"
    return reply


class Asked(Request):
    """A request, and the role that it has."""
    role = "anon"


class Rest:
    def __init__(self, database, gateway=True, statement_timeout_ms=8000):
        self.database, self.gateway = database, gateway
        self.timeout = statement_timeout_ms
        self.keys = {"service": make_jwt("service_role"),
                     "anon": make_jwt("anon"),
                     "secret": "sb_secret_" + "x" * 31}
        self.seen = []
        self.before = self.after = None
        self.lock = threading.Lock()
        self.pool = threading.local()
        rest = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def serve(self):
                rest.serve(self)
            do_GET = do_HEAD = do_POST = do_PUT = serve

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that went
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       args=(0.02,), daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def environment(self, key="secret"):
        """What callqa is told of it."""
        return {"SUPABASE_URL": self.url,
                "SUPABASE_SERVICE_ROLE_KEY": self.keys[key]}

    def posts(self, table="eavesly_evaluation_results"):
        """[(rows, status)] of the requests that write."""
        with self.lock:
            return [(rows, status) for request, rows, status in self.seen
                    if request.method == "POST" and request.table == table]

    def read_request(self, handler):
        # handler.path has lost a doubled slash
        raw, _, query = handler.requestline.split()[1].partition("?")
        path = raw.removeprefix("/rest/v1")
        size = int(handler.headers.get("Content-Length") or 0)
        headers = collections.defaultdict(str)
        for name, value in handler.headers.items():
            name = name.lower()
            headers[name] = f"{headers[name]},{value}" if name == "prefer" \
                and headers[name] else value
        return Asked(handler.command, raw,
                     dict(urllib.parse.parse_qsl(query,
                                                 keep_blank_values=True)),
                     dict(headers), handler.rfile.read(size),
                     urllib.parse.unquote(path).removeprefix("/"))

    def serve(self, handler):
        request = self.read_request(handler)
        reply = self.before(request) if self.before else None
        if reply is None:
            reply = self.answer(request)
        rows = len(json.loads(request.body)) if request.body[:1] == b"[" and \
            reply.status != 400 else 1
        with self.lock:
            self.seen.append((request, rows, reply.status))
        if self.after:
            reply = self.after(request, reply)
        if reply is None:
            handler.close_connection = True
            return
        try:
            self.send(handler, reply)
        except OSError:
            handler.close_connection = True  # it did not wait

    @staticmethod
    def send(handler, reply):
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(reply.body)

    def answer(self, request):
        headers = request.headers
        if self.gateway:
            headers = pass_gateway(headers, self.keys)
            if isinstance(headers, Reply):
                return headers
        try:
            request.role = role_of(headers.get("authorization"))
            return self.ask(request)
        except Refused as refused:
            return refused.reply
        except psycopg2.Error as e:
            return database_error(e, request.role)

    def ask(self, request):
        profile = request.headers.get(
            "accept-profile" if request.method in ("GET", "HEAD")
            else "content-profile", SCHEMA)
        if profile != SCHEMA:
            raise Refused(406, "PGRST106", f"Invalid schema: {profile}", None,
                          f"Only the following schemas are exposed: {SCHEMA}")
        if not request.table or "/" in request.table:
            raise Refused(404, "PGRST125",
                          "Invalid path specified in request URL")
        link = self.link()
        try:
            with link, link.cursor() as cursor:
                cursor.execute("select set_config('statement_timeout', %s, "
                               "true)", (f"{self.timeout}ms",))
                work = read if request.method in ("GET", "HEAD") else write
                return work(cursor, request)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.pool.link = None  # it may be dead
            link.close()
            raise

    def link(self):
        """The thread's connection: one for each of its client's."""
        if getattr(self.pool, "link", None) is None:
            self.pool.link = self.database.connect(user="authenticator")
        return self.pool.link
