"""The operations page: who sees it, what it says, and trying a stuck timer again."""

from datetime import timedelta

import pytest
from django.test import Client

from civic.accounts.models import User
from civic.cases.models import Timer
from civic.cases.timers import STUCK_AFTER, sweep
from civic.lib import clock
from requests_app.models import Category, ImportBatch, ImportState
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PAGE = "/desk/operations/"


@pytest.fixture(autouse=True)
def _one_factor(settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = False  # type: ignore[attr-defined]


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, "civic.accounts.backends.AccountBackend")
    return client


@pytest.fixture
def stuck(cast: Cast) -> Timer:
    """A timer of a request in the district that failed three times and waits for an hour."""
    request = cast.offered()
    timer = Timer.objects.filter(kind="request", case_id=request.pk, fired_at=None, voided_at=None).first()
    assert timer is not None
    Timer.objects.filter(pk=timer.pk).update(
        attempts=STUCK_AFTER,
        last_error="ValueError('no such stair')",
        due_at=clock.now() - timedelta(hours=2),
        run_at=clock.now() + timedelta(hours=1),
    )
    return timer


def test_administrators_and_auditors_see_every_check_with_its_limit(cast: Cast) -> None:
    for user in (cast.admin, cast.auditor):
        page = browser(user).get(PAGE).content.decode()
        assert "Free disk space" in page and "at least 5.0 GB" in page
        assert "See that beat and worker run" in page  # the sweepers are not fresh here, so: what to do
        assert 'aria-current="page">Operations' in page
    for user in (cast.dispatcher, cast.resident):
        assert browser(user).get(PAGE).status_code == 403


def test_a_stuck_timer_is_listed_where_it_lies_and_tried_again_by_an_administrator(
    cast: Cast, stuck: Timer
) -> None:
    again = f"{PAGE}timers/{stuck.pk}/again/"
    page = browser(cast.admin).get(PAGE).content.decode()
    assert "no such stair" in page and again in page
    page = browser(cast.auditor).get(PAGE).content.decode()
    assert f"/desk/requests/{stuck.case_id}/" in page and again not in page
    assert browser(cast.auditor).post(again).status_code == 403
    stuck.refresh_from_db()
    assert stuck.run_at > clock.now()
    assert browser(cast.admin).post(again).status_code == 302
    stuck.refresh_from_db()
    assert stuck.run_at <= clock.now()
    sweep()
    stuck.refresh_from_db()
    assert stuck.fired_at is not None
    assert browser(cast.admin).post(again).status_code == 404  # no longer stuck


def test_troubles_of_other_areas_are_counted_and_not_shown(cast: Cast, stuck: Timer) -> None:
    far = cast.staff("远理", "+8613800000042", "admin", cast.other_district)
    page = browser(far).get(PAGE).content.decode()
    assert "no such stair" not in page
    assert "1 more lies in areas you do not answer for." in page
    assert browser(far).post(f"{PAGE}timers/{stuck.pk}/again/").status_code == 404


def test_failed_imports_of_the_week_are_listed(cast: Cast) -> None:
    ImportBatch.objects.create(
        area=cast.community,
        category=Category.objects.get(code="errand"),
        by=cast.dispatcher,
        file_name="积压.xlsx",
        state=ImportState.FAILED,
        last_error="The file has no rows.",
        created_at=clock.now(),
    )
    assert "积压.xlsx: The file has no rows." in browser(cast.auditor).get(PAGE).content.decode()
