"""Importing from the shell: what is shown, what is added, and what is said about what is not known here."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from requests_app.models import ServiceRequest
from tests.cast import Cast
from volunteers.models import Volunteer

REGISTER = "姓名,手机号\n周大海,13712340001\n没有号码,\n"
BACKLOG = "标题,内容\n水管漏水,厨房水管漏水\n"


def told(command: str, file: Path, *options: str) -> str:
    """Returns what the command writes."""
    out = StringIO()
    call_command(command, str(file), *options, stdout=out)
    return out.getvalue()


def test_a_register_is_shown_first_and_added_then(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "register.csv"
    file.write_text(REGISTER, encoding="utf-8")
    where = ["--area", cast.community.code, "--by", cast.dispatcher.username]
    before = Volunteer.objects.count()
    assert "3: " in told("import_volunteers", file, *where, "--dry-run")
    assert Volunteer.objects.count() == before
    told("import_volunteers", file, *where)
    assert Volunteer.objects.count() == before + 1


def test_a_backlog_is_shown_first_and_added_then(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "backlog.csv"
    file.write_text(BACKLOG, encoding="utf-8")
    where = ["--area", cast.community.code, "--by", cast.dispatcher.username, "--category", "errand"]
    told("import_requests", file, *where, "--dry-run")
    assert not ServiceRequest.objects.exists()
    told("import_requests", file, *where)
    assert ServiceRequest.objects.get().title == "水管漏水"


@pytest.mark.parametrize(
    ("option", "value"), [("--area", "nowhere"), ("--by", "nobody"), ("--category", "none")]
)
def test_what_is_not_known_here_is_named(cast: Cast, tmp_path: Path, option: str, value: str) -> None:
    file = tmp_path / "backlog.csv"
    file.write_text(BACKLOG, encoding="utf-8")
    given = {
        "--area": cast.community.code,
        "--by": cast.dispatcher.username,
        "--category": "errand",
        option: value,
    }
    with pytest.raises(CommandError, match=value):
        told("import_requests", file, *(part for pair in given.items() for part in pair))
