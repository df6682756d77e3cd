"""The sweep that forgets: what is due goes, whatever table it stands in; what happened stays."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from civic.accounts.models import AccessLog
from civic.cases.models import CaseEvent, CaseText
from civic.evidence import store
from civic.evidence.models import Photo
from civic.lib import clock
from civic.lib.errors import IllegalTransition, NotFound
from civic.notify import purge
from civic.notify.models import Heartbeat, Message
from insight import consistency
from insight.privacy import sweep
from insight.privacy.tasks import sweep as task
from requests_app import tracking
from requests_app.access import own
from requests_app.actions import act, unmask_phone
from requests_app.models import Assignment, ImportBatch, ImportRow, ServiceRequest
from tests.cast import Cast
from tests.privacy.traces import tables_that_say
from tests.requests_app.residents import picture
from volunteers.models import ServiceRecord

pytestmark = pytest.mark.django_db
MARKS = ("胰岛素", "荷花里", "钥匙在", "阿姨", "谢谢小张", "问老人", "+8613812345678", "忘带", "代取")


@pytest.fixture
def closed(cast: Cast) -> ServiceRequest:
    """A request closed just now, with something personal in whatever can hold it."""
    photo = store.store_photo(picture(), uploader=cast.resident)
    request = cast.place(
        title="取胰岛素", text="请取胰岛素", door_note="钥匙在门垫下", contact_name="陈阿姨",
        contact_phone="+8613812345678", photos=[str(photo.pk)],
    )  # fmt: skip
    act(request, "amend", actor=cast.resident, title="取两支胰岛素", door_note="钥匙在邻居家")
    act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], public_summary="代取胰岛素",
        agreed_start=clock.now() + timedelta(hours=1))  # fmt: skip
    act(request, "accept", actor=cast.volunteer.user)
    act(request, "check_in", actor=cast.volunteer.user, reason="手机忘带", lat=request.lat, lon=request.lon)
    unmask_phone(request, actor=cast.dispatcher, purpose="contact", note="问老人在不在")
    act(request, "complete", actor=cast.volunteer.user, note="已交给阿姨")
    return act(request, "rate", actor=cast.resident, solved="yes", stars=5, comment="谢谢小张")


def later(days: float) -> Any:
    """Returns a block in which it is so many days later."""
    return time_machine.travel(clock.now() + timedelta(days=days), tick=False)


def test_three_years_after_closing_nothing_personal_is_left_in_any_table(
    cast: Cast, closed: ServiceRequest, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    photo = Photo.objects.get()
    files = [photo.file.name, photo.thumb.name]
    assert tables_that_say(*MARKS)
    events = CaseEvent.objects.count()
    with later(1096), django_capture_on_commit_callbacks(execute=True):
        assert sweep.run()["requests"] == 1
        Message.objects.update(state="sent")
        purge.texts()
    # The ledger of service is append-only and kept ten years by rule, in the words of the public summary.
    assert tables_that_say(*MARKS) == {"volunteers.servicerecord.content"}
    assert not [name for name in files if default_storage.exists(name)]
    closed.refresh_from_db()
    assert (closed.beneficiary, closed.lat, closed.voice_id, closed.state) == (None, None, None, "closed")
    last = CaseEvent.objects.get(kind="request", case_id=closed.pk, seq=closed.version)
    assert (last.verb, last.actor, last.reason_code) == ("anonymise", None, "retention")
    assert CaseEvent.objects.count() == events + 1
    assert not CaseText.objects.filter(erased_at=None).exists()
    assert not ServiceRequest.objects.filter(own(cast.resident)).exists()
    assert list(consistency.check()) == []


def test_until_then_it_is_kept(closed: ServiceRequest) -> None:
    with later(1094):
        assert sweep.run()["requests"] == 0
    closed.refresh_from_db()
    assert closed.title == "取两支胰岛素"


def test_an_open_request_is_never_anonymised_however_old(cast: Cast) -> None:
    request = cast.place()
    with later(4000):
        sweep.run()
    request.refresh_from_db()
    assert request.title


def test_figures_stay_what_they_were(cast: Cast, closed: ServiceRequest) -> None:
    with later(1096):
        sweep.run()
    closed.refresh_from_db()
    assert (closed.outcome, closed.category.code, closed.community_id) == (
        "solved",
        "errand",
        cast.community.pk,
    )
    assert closed.ratings.get().stars == 5
    assert ServiceRecord.objects.filter(volunteer=cast.volunteer).exists()


def test_nothing_more_is_said_about_an_anonymised_request(cast: Cast, closed: ServiceRequest) -> None:
    with later(1096):
        sweep.run()
        for verb, actor, facts in (
            ("reopen", cast.dispatcher, {}),
            ("call_back", cast.colleague, {"solved": "yes"}),
            ("report_concern", cast.volunteer.user, {"text": "x"}),
        ):
            with pytest.raises(IllegalTransition):
                act(closed, verb, actor=actor, **facts)
        assert tracking.mine(cast.resident) == []


def test_nobody_calls_the_verb_from_outside(cast: Cast, closed: ServiceRequest) -> None:
    with pytest.raises(NotFound):
        act(closed, "anonymise", actor=cast.dispatcher)


def test_where_somebody_checked_in_is_forgotten_after_thirty_days(cast: Cast, closed: ServiceRequest) -> None:
    line = Assignment.objects.get()
    Photo.objects.update(lat=34.0, lon=117.0)
    assert line.check_in_distance_m is not None
    said = CaseEvent.objects.get(verb="check_in").facts
    assert "distance_m" not in said  # append-only, so it must never be there
    with later(29):
        sweep.run()
        line.refresh_from_db()
        assert line.check_in_distance_m is not None
    with later(31):
        found = sweep.run()
    line.refresh_from_db()
    assert (found["check-ins"], found["photo places"], line.check_in_distance_m) == (1, 1, None)
    assert Photo.objects.get().lat is None


def test_rows_of_an_import_are_emptied_after_ninety_days(cast: Cast) -> None:
    batch = ImportBatch.objects.create(
        area=cast.community, category_id=cast.place().category_id, by=cast.dispatcher, file_name="a.csv",
        state="done", created_at=clock.now(), finished_at=clock.now(),
    )  # fmt: skip
    row = ImportRow.objects.create(
        batch=batch, number=2, cells=["陈阿姨", "13812345678"], key="k", notes=["x"]
    )
    with later(89):
        assert sweep.run()["import rows"] == 0
    with later(91):
        assert sweep.run()["import rows"] == 1
    row.refresh_from_db()
    assert (row.cells, row.notes, row.key) == ([], [], "k")


def test_a_second_sweep_finds_nothing_to_do(closed: ServiceRequest) -> None:
    with later(1096):
        assert sum(sweep.run().values()) > 0
        assert sum(sweep.run().values()) == 0


def test_the_dry_run_counts_and_changes_nothing(closed: ServiceRequest) -> None:
    out = StringIO()
    with later(1096):
        call_command("anonymise", stdout=out)
        assert "requests      1" in out.getvalue()
        closed.refresh_from_db()
        assert closed.title
        call_command("anonymise", "--now", stdout=out)
    closed.refresh_from_db()
    assert not closed.title


def test_the_sweep_leaves_a_line_and_a_sign_of_life(
    closed: ServiceRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with later(1096):
        assert task()["requests"] == 1
    assert Heartbeat.objects.get(pk="privacy").facts["requests"] == 1
    assert "requests 1" in caplog.text


def test_raw_sql_still_cannot_touch_history_or_the_access_log(closed: ServiceRequest) -> None:
    with later(1096):
        sweep.run()
    assert AccessLog.objects.exists()
    for table in ("cases_caseevent", "accounts_accesslog"):
        with pytest.raises(Exception, match="append_only|Cannot update"), transaction.atomic():
            connection.cursor().execute(f"UPDATE {table} SET at = now()")
