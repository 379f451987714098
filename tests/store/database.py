"""A real PostgreSQL for one test: in a temporary folder, on a socket of its own.

    with Database() as database:
        database.run("create table t (a int)")
        database.ask("select count(*) from t")   -> [(0,)]

It never runs as root, listens on no port, and ends with the test, also if the
test is killed.  Missing() is raised where PostgreSQL or psycopg2 is not
installed.  The roles are those that the REST server of Supabase knows; they
get nothing by default, as in a project made after October 2026.
"""
import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time

try:
    import psycopg2
except ImportError:
    psycopg2 = None

START_S = 30
PR_SET_PDEATHSIG = 1
SETTINGS = {
    "listen_addresses": "", "fsync": "off", "synchronous_commit": "off",
    "full_page_writes": "off", "shared_buffers": "32MB",
    "max_connections": "40", "autovacuum": "off", "timezone": "UTC"}
ROLES = """
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;
grant usage on schema public to anon, authenticated, service_role;
alter default privileges revoke all on tables from public;
"""


class Missing(Exception):
    """What a database needs is not installed."""


def programs():
    """The folder with initdb and postgres, of the newest version."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"),
                   key=lambda path: float(path.split("/")[4]))
    path = found[-1] if found else shutil.which("initdb")
    if not path or not psycopg2:
        raise Missing("PostgreSQL or psycopg2")
    return os.path.dirname(path)


def owner():
    """Whom it runs as: us, but never root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid}
    raise Missing("a user who is not root")


def lifeline():
    """For the child: to end with us.  The kernel means the thread, not the
    process, so this is for the main one."""
    if threading.current_thread() is not threading.main_thread():
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


class Database:
    def __init__(self):
        self.bin = programs()
        self.who = owner()
        self.folder = tempfile.mkdtemp(prefix="callqa-pg-")
        self.data = os.path.join(self.folder, "data")
        self.process = None
        if self.who:
            os.chown(self.folder, self.who["user"], self.who["group"])
        subprocess.run([f"{self.bin}/initdb", "-D", self.data, "-N", "-U",
                        "postgres", "-A", "trust", "--locale", "C", "-E",
                        "UTF8"], check=True, stdout=subprocess.DEVNULL,
                       cwd=self.folder, **self.who)
        self.start()
        self.run(ROLES)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        options = [word for name, value in SETTINGS.items()
                   for word in ("-c", f"{name}={value}")]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [f"{self.bin}/postgres", "-D", self.data, "-k", self.folder,
                 *options], stdout=log, stderr=log, cwd=self.folder,
                preexec_fn=lifeline(), **self.who)
        end = time.monotonic() + START_S
        while True:
            try:
                self.connect().close()
                return
            except psycopg2.OperationalError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.02)

    def stop(self):
        """At once, connections broken off; start() recovers."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(START_S)
        self.process = None

    def connect(self, user="postgres", database="postgres"):
        return psycopg2.connect(host=self.folder, user=user, dbname=database)

    def execute(self, sql, values=None, database="postgres"):
        link = self.connect(database=database)
        link.autocommit = True
        try:
            with link.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            link.close()

    def run(self, sql, values=None, **where):
        self.execute(sql, values, **where)

    def ask(self, sql, values=None, **where):
        return self.execute(sql, values, **where)

    def script(self, text, database="postgres"):
        """A file of SQL as people run one: psql, stops at the first error.

        Returns what it printed; raises if it failed.
        """
        done = subprocess.run(
            [f"{self.bin}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h",
             self.folder, "-U", "postgres", "-d", database, "-f", "-"],
            input=text, text=True, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        if done.returncode:
            raise AssertionError(f"psql: {done.stdout}")
        return done.stdout

    def dump(self, database="postgres"):
        """The schema as pg_dump has it, less what changes with each dump."""
        text = subprocess.run(
            [f"{self.bin}/pg_dump", "-s", "-h", self.folder, "-U", "postgres",
             "-d", database], text=True, check=True,
            stdout=subprocess.PIPE).stdout
        return "".join(line for line in text.splitlines(True)
                       if not line.startswith("\\"))
