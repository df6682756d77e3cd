"""Settings: what production insists on, how a bad variable ends the start, what every answer carries."""

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from celery.schedules import schedule
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory

from civic import beat, env, limits
from civic.celery import app
from civic.embedded.places import ROOT
from civic.logs import JsonFormatter
from civic.scheduling import TickAtOnce
from civic.wsgi import Farewell

SECRETS = {
    "FIELD_KEYS": "f" * 50,
    "HASH_KEY": "h" * 50,
    "CIVIC_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ_KLMNOP",
}
MODES = {"DEMO", "DEBUG", "HTTPS", "DJANGO_SETTINGS_MODULE"}


def setting(name: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Returns what a fresh process finds a setting to be."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in {"DEMO", "DEBUG", "HTTPS", "DJANGO_SETTINGS_MODULE"}
    }
    return subprocess.run(
        [
            sys.executable,
            "-c",
            f"from civic import settings; import json; print(json.dumps(settings.{name}))",
        ],
        cwd=ROOT,
        env=kept | SECRETS | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_demo_the_site_insists_on_https() -> None:
    assert json.loads(setting("SECURE_SSL_REDIRECT").stdout) is True
    assert json.loads(setting("SESSION_COOKIE_SECURE").stdout) is True
    assert json.loads(setting("SECURE_SSL_REDIRECT", DEMO="1").stdout) is False


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DEMO", "maybe", "DEMO='maybe' cannot be used: use 1 or 0."),
        ("DATABASE_URL", "mysql://me:secret@host/x", "DATABASE_URL='mysql://...@host/x' cannot be used"),
        ("DATABASE_URL", "postgres://me:secret@host/", "it names no database"),
        ("REDIS_URL", "memcached://x", "only redis://"),
        ("LOG_FORMAT", "xml", "use one of json, text"),
    ],
)
def test_a_bad_variable_ends_the_start_with_a_sentence(name: str, value: str, says: str) -> None:
    done = setting("DEMO", **{name: value})
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "secret" not in done.stderr


def test_a_missing_secret_ends_the_start_with_a_sentence() -> None:
    environ = {key: value for key, value in os.environ.items() if key != "CIVIC_SECRET_KEY"}
    done = subprocess.run(
        [sys.executable, "-c", "import civic.settings"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("CIVIC_SECRET_KEY is not set")


def test_urls_of_sockets_keep_their_case_and_mean_the_same_to_celery() -> None:
    read = env.database("postgres://me:p%40ss@%2FTmp%2FRun:5432/civic")
    assert (read["HOST"], read["PASSWORD"], read["PORT"]) == ("/Tmp/Run", "p@ss", "5432")
    assert env.database("postgres://me@Host/civic")["HOST"] == "Host"
    assert env.celery_broker("unix://:pw@/Run/x.sock?db=3") == "redis+socket://:pw@/Run/x.sock?virtual_host=3"
    assert env.celery_broker("redis://:pw@host:1/2") == "redis://:pw@host:1/2"


def test_no_page_allows_inline_script_or_eval(client: Client) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "nonce" not in policy


@pytest.mark.django_db
def test_a_body_over_the_limit_is_413_before_it_is_read(client: Client) -> None:
    response = client.post("/api/v1/service-requests/", b"x" * (2 * 1024**2), content_type="application/json")
    assert response.status_code == 413
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "too_large"
    assert client.post("/", b"x" * (2 * 1024**2), content_type="text/plain").status_code == 413


def test_uploads_have_a_limit_of_their_own() -> None:
    middleware = limits.BodyLimitMiddleware(lambda request: limits.HttpResponse("through"))
    make = RequestFactory().generic
    for length, status in (
        (2 * 1024**2, 200),
        (settings.UPLOAD_MAX_BODY_BYTES + 1, 413),
        ("x", 200),
        ("9" * 30, 413),
        ("9" * 5000, 200),
    ):
        request = make(
            "POST", "/", CONTENT_TYPE="multipart/form-data; boundary=x", CONTENT_LENGTH=str(length)
        )
        assert middleware(request).status_code == status


def test_every_beat_entry_is_a_task_that_exists() -> None:
    app.loader.import_default_modules()
    names = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert names <= set(app.tasks), names - set(app.tasks)


def test_beat_ticks_at_once_and_two_beats_take_two_files(tmp_path: Path) -> None:
    one, two = (
        TickAtOnce(app=beat.app, schedule_filename=str(tmp_path / "schedule"), lazy=True) for _ in "ab"
    )
    one.setup_schedule()
    two.setup_schedule()
    try:
        assert one.schedule_filename != two.schedule_filename
        due = [entry for entry in one.schedule.values() if type(entry.schedule) is schedule]
        assert due and all(entry.is_due().is_due for entry in due)
    finally:
        for scheduler in (one, two):
            scheduler.close()


def test_logs_are_one_json_object_a_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        record = logging.LogRecord("civic", logging.ERROR, "x.py", 1, "a %s", ("词",), sys.exc_info())
    line = JsonFormatter().format(record)
    assert "\n" not in line
    event = json.loads(line)
    assert (event["level"], event["logger"], event["message"]) == ("ERROR", "civic", "a 词")
    assert "ValueError: broken" in event["traceback"]


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_ends_closes_its_connection() -> None:
    seen: list[int] = []
    local = threading.local()

    def serve() -> None:
        local.farewell = Farewell()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            seen.append(cursor.fetchone()[0])

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()
    with connection.cursor() as cursor:
        for _ in range(200):  # the server notices a closed connection a moment later
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [seen[0]])
            if not cursor.fetchone()[0]:
                break
            cursor.execute("SELECT pg_sleep(0.01)")
        else:
            raise AssertionError("the connection stayed open")
