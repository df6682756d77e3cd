"""The slip that a resident takes home from the desk: what it says, and that it stays true on paper."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from requests_app import actions
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """A browser with the dispatcher signed in."""
    client.force_login(cast.dispatcher)
    return client


def test_the_slip_prints_code_and_square_without_the_whole_phone(cast: Cast, desk: Client) -> None:
    request = cast.accepted()
    html = desk.get(reverse("desk:slip", args=[request.pk])).content.decode()
    assert request.code in html
    assert request.check_in_code in html
    assert reverse("track_qr", args=[request.code]) in html
    assert "13800000001" not in html


def test_the_slip_says_dates_that_stay_true_on_paper(cast: Cast, desk: Client) -> None:
    start = datetime(2027, 1, 5, 5, tzinfo=UTC)
    with time_machine.travel(start - timedelta(days=1), tick=False):
        request = cast.place(preferred_start=start, preferred_end=None)
        waiting = desk.get(reverse("desk:slip", args=[request.pk])).content.decode()
        actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
        asked = desk.get(reverse("desk:slip", args=[request.pk])).content.decode()
    assert "2027 年 1 月 5 日（周二）13:00" in waiting
    assert "2027 年 1 月 4 日（周一）13:00" in waiting
    for relative in ("今天", "明天"):
        assert relative not in waiting
    assert "最迟答复" in waiting
    assert "最迟答复" not in asked, "the desk has answered"


def test_the_slip_promises_no_answer_by_a_time_that_is_over(cast: Cast, desk: Client) -> None:
    request = cast.place()
    with time_machine.travel(request.dispatch_due_at + timedelta(minutes=1), tick=False):
        assert "最迟答复" not in desk.get(reverse("desk:slip", args=[request.pk])).content.decode()
