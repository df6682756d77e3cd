"""What machines ask of the product, and what its keepers ask."""

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.test import Client

from civic import checks, env, operations
from civic.lib import clock
from civic.management.commands import variables
from civic.notify import heartbeat
from civic.notify.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh() -> None:
    for name in operations.SWEEPERS:
        heartbeat.beat(name)


def test_healthz_says_the_process_lives_to_anybody(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert client.post("/healthz").status_code == 405


def test_readyz_is_200_when_all_is_well(client: Client, fresh: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "database": "ok", "broker": "ok", "sweepers": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_readyz_is_503_and_says_which_sweeper_is_late(client: Client, fresh: None) -> None:
    Heartbeat.objects.filter(pk="timers").update(at=clock.now() - timedelta(minutes=2))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["sweepers"] == "not fresh: timers"


def test_readyz_is_503_when_the_broker_is_gone(client: Client, fresh: None, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"  # type: ignore[attr-defined]
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"].startswith("does not answer")


def test_metrics_are_for_loopback_or_a_token(client: Client, fresh: None, settings: object) -> None:
    response = client.get("/metrics")
    assert response.status_code == 200
    assert b'civic_heartbeat_age_seconds{name="timers"}' in response.content
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 403
    assert client.get("/metrics", REMOTE_ADDR="nonsense").status_code == 403
    assert client.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"}).status_code == 403
    settings.METRICS_TOKEN = "secret"  # type: ignore[attr-defined]
    for token, status in (("secret", 200), ("other", 403), ("ü", 403)):
        shown = {"authorization": f"Bearer {token}"}
        assert client.get("/metrics", headers=shown, REMOTE_ADDR="192.0.2.1").status_code == status


def test_doctor_finds_nothing_or_says_what_is_wrong(fresh: None) -> None:
    out = StringIO()
    call_command("doctor", stdout=out)
    assert "FAIL" not in out.getvalue()
    Heartbeat.objects.all().delete()
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 9"):
        call_command("doctor", stdout=out)
    assert "FAIL  sweepers: not fresh: timers, notify.sweep" in out.getvalue()
    with pytest.raises(CommandError):
        call_command("doctor", "--only", "sweepers", stdout=StringIO())


def test_doctor_notices_a_full_disk_and_missing_translations(
    fresh: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: object
) -> None:
    monkeypatch.setattr("civic.management.commands.doctor.LEAST_FREE_BYTES", 1 << 60)
    (tmp_path / "xx" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "xx" / "LC_MESSAGES" / "django.po").touch()
    settings.LOCALE_PATHS = [tmp_path]  # type: ignore[attr-defined]
    out = StringIO()
    with pytest.raises(CommandError, match="2 of 9"):
        call_command("doctor", stdout=out)
    assert "MB free" in out.getvalue()
    assert "not compiled: xx" in out.getvalue()


def test_this_database_passes_its_checks() -> None:
    assert checks.database_fits(["default"]) == []
    assert checks.database_fits(None) == []


def test_every_variable_is_documented() -> None:
    text = (settings.BASE_DIR / "docs" / "operations.md").read_text()
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
