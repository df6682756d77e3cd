"""What machines ask of the product, and what its keepers ask."""

import logging
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from civic import checks, env
from civic.lib import clock, health
from civic.management.commands import variables
from civic.notify import heartbeat
from civic.notify.models import Heartbeat, Message
from civic.operations import ground, work
from civic.operations.tasks import canary

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh() -> None:
    for name in work.SWEEPERS:
        heartbeat.beat(name)
    for queue in django_settings.TASK_QUEUES:
        canary(queue)


def test_healthz_says_the_process_lives_to_anybody(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert client.post("/healthz").status_code == 405


def test_readyz_is_200_when_all_is_well(client: Client, fresh: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": "ok", "broker": "ok", "sweepers": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_readyz_is_503_and_says_which_sweeper_is_late(
    client: Client, fresh: None, caplog: pytest.LogCaptureFixture
) -> None:
    """And logs no error: a probe was answered. Whoever starts the servers reads their log."""
    Heartbeat.objects.filter(pk="timers").update(at=clock.now() - timedelta(minutes=2))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweepers"] == "not fresh: timers"
    assert [line for line in caplog.records if line.levelno > logging.DEBUG] == []


def test_readyz_is_503_when_the_broker_is_gone(client: Client, fresh: None, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # type: ignore[attr-defined]
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"].startswith("does not answer")


def test_metrics_are_for_loopback_or_a_token(client: Client, fresh: None, settings: object) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert b'civic_check_part{check="sweepers",part="timers",unit="seconds"}' in response.content
    assert b'civic_check_verdict{check="database"} 0.0' in response.content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="nonsense").status_code == 403
    assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 403
    settings.METRICS_TOKEN = "secret"  # type: ignore[attr-defined]
    for token, status in (("secret", 200), ("other", 403), ("ü", 403)):
        shown = {"authorization": f"Bearer {token}"}
        assert client.get("/metrics", headers=shown, REMOTE_ADDR="192.0.2.1").status_code == status


def doctor(*arguments: str) -> tuple[int, str]:
    """Returns the exit code of the doctor in English, and what it printed."""
    out = StringIO()
    try:
        call_command("doctor", "--language", "en", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_doctor_finds_nothing_or_says_what_is_wrong_and_what_to_do(fresh: None) -> None:
    code, said = doctor()
    assert (code, "FAIL" in said) == (0, False), said
    Heartbeat.objects.all().delete()
    code, said = doctor()
    assert code == 1
    assert "FAIL  sweepers: not fresh: timers, notify.sweep" in said
    assert "See that beat and worker run" in said
    assert "2 of" in said  # the canary of the queue is missing too
    assert doctor("--only", "sweepers")[0] == 1
    assert doctor("--only", "database")[0] == 0


def test_doctor_speaks_chinese_unless_told_otherwise(fresh: None) -> None:
    Heartbeat.objects.all().delete()
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("doctor", stdout=out)
    assert re.search(r"FAIL  sweepers: [\u4e00-\u9fff]", out.getvalue())


def test_doctor_notices_a_full_disk_and_missing_translations(
    fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=10 * 1024**2))
    (tmp_path / "xx" / "LC_MESSAGES").mkdir(parents=True)
    catalogue = tmp_path / "xx" / "LC_MESSAGES" / "django.po"
    catalogue.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "a"\nmsgstr ""\n'
    )
    settings.LOCALE_PATHS = [tmp_path]
    code, said = doctor()
    assert code == 1 and "2 of" in said
    assert "FAIL  disk: 10 MB" in said
    assert "FAIL  translations: not compiled: xx" in said
    assert "LOOK  translation_gaps: 1" in said


def test_a_job_of_the_night_that_did_not_run_is_worth_a_look_and_no_alarm(fresh: None) -> None:
    MigrationRecorder.Migration.objects.update(
        applied=clock.now()
    )  # jobs are given time from there, see work.jobs
    assert "ok    jobs: 0" in doctor("--only", "jobs")[1]
    with time_machine.travel(clock.now() + timedelta(days=2), tick=True):
        heartbeat.beat("evidence.sweep")
        code, said = doctor("--only", "jobs")
    assert code == 0
    assert said.startswith("LOOK  jobs: ") and "requests.forget_drafts" in said
    assert "evidence.sweep" not in said


def test_dead_messages_are_counted_by_channel_and_many_are_an_alarm(fresh: None, client: Client) -> None:
    due = clock.now()
    rows = [
        Message(dedupe_key=f"k{n}", event="e", phone="+8613800009999", channel="sms", template="t", state="dead",
                next_attempt_at=due, last_error="no such number")
        for n in range(101)
    ]  # fmt: skip
    Message.objects.bulk_create(rows[:1])
    code, said = doctor("--only", "dead_messages")
    assert code == 0 and "LOOK  dead_messages: 1" in said and "no such number" in said
    Message.objects.bulk_create(rows[1:])
    assert doctor("--only", "dead_messages")[0] == 1
    content = client.get("/metrics").content
    assert b'civic_check_part{check="dead_messages",part="sms",unit="count"} 101.0' in content
    assert b'civic_check_verdict{check="dead_messages"} 2.0' in content


def test_tasks_that_wait_are_counted_in_each_queue(fresh: None) -> None:
    with ground.redis() as server:
        server.delete("celery")
        server.rpush("celery", *["x"] * 101)
    assert "LOOK  queues: 101" in doctor("--only", "queues")[1]
    with ground.redis() as server:
        server.delete("celery")
    assert "ok    queues: 0" in doctor("--only", "queues")[1]


def test_a_query_is_shown_without_what_it_says_about_people() -> None:
    shown = work.without_values("SELECT * FROM t WHERE name = '陈''桂兰' AND phone = '138000")
    assert shown == "SELECT * FROM t WHERE name = ? AND phone = ?"
    assert work.without_values("LIMIT 12345") == "LIMIT ?"


def test_what_cannot_be_examined_has_failed() -> None:
    def broken() -> health.Measured:
        raise OSError("gone\nand more")

    [found] = health.examine([health.Check("x", "X", broken, "do")])
    assert found.verdict == health.Verdict.FAILED
    assert "gone" in found.said and "more" not in found.said
    with pytest.raises(ValueError, match="two checks"):
        health.register(health.every()[0])


def test_this_database_passes_its_checks() -> None:
    assert checks.database_fits(["default"]) == []
    assert checks.database_fits(None) == []


def test_every_variable_is_documented() -> None:
    text = (django_settings.BASE_DIR / "docs" / "operations.md").read_text()
    names = [*env.VARIABLES, *(name for name, _, _ in variables.BY_SCRIPTS)]
    missing = [name for name in names if f"| `{name}` |" not in text]
    assert not missing, "script/manage variables --write docs/operations.md"


def test_the_table_of_variables_is_written_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "x.md"
    document.write_text("before\n<!-- variables -->\nold\n<!-- end variables -->\nafter\n")
    call_command("variables", "--write", document)
    text = document.read_text()
    assert text.startswith("before\n<!-- variables -->\n| variable |") and text.endswith("-->\nafter\n")
    out = StringIO()
    call_command("variables", stdout=out)
    assert "| `DATABASE_URL` | required |" in out.getvalue()


def test_prepare_leaves_a_ready_database_as_it_is(settings: object) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    out = StringIO()
    call_command("prepare", "--no-static", stdout=out)
    assert out.getvalue() == ""


def test_prepare_collects_static_files_again_only_when_they_change(tmp_path: Path, settings: Any) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "a.css").write_text("body { background: url(b.svg) } /*# sourceMappingURL=absent.map */ " * 40)
    (source / "b.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (source / "c.js.map").write_text("{}")
    (source / "js").mkdir()
    (source / "js" / "desk.js").write_text('import { toast } from "./toasts.js";\n')
    (source / "js" / "toasts.js").write_text("export const toast = 1;\n")
    settings.DEMO = False
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [source], target
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "civic.statics.Storage"}}
    finders.get_finder.cache_clear()
    out = StringIO()
    call_command("prepare", stdout=out)
    assert "collecting" in out.getvalue()
    names = sorted(path.name for path in target.iterdir())
    assert any(name.startswith("a.") and name.endswith(".css.br") for name in names)
    assert not any(name.endswith(".map") for name in names)
    (module,) = (target / "js").glob("desk.*.js")
    (imported,) = (target / "js").glob("toasts.*.js")
    assert f'from "./{imported.name}"' in module.read_text()
    out = StringIO()
    call_command("prepare", stdout=out)
    assert out.getvalue() == ""
    (source / "b.svg").write_text("<svg/>")
    call_command("prepare", stdout=out)
    assert "collecting" in out.getvalue()
    finders.get_finder.cache_clear()
