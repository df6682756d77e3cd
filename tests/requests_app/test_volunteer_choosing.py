"""Choosing whether and when to come: what one has promised already, and what one has said of one's hours."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from civic.lib import clock
from requests_app import actions
from requests_app.models import Assignment, ServiceRequest
from tests.cast import Cast
from tests.requests_app.volunteer_browser import browser, send, words
from volunteers.models import AvailableHours

pytestmark = pytest.mark.django_db


def promised_tomorrow_at_nine(cast: Cast) -> ServiceRequest:
    """Has the volunteer accept something for nine o'clock tomorrow, for an hour; returns it."""
    nine = timezone.localtime(clock.now() + timedelta(days=1)).replace(
        hour=9, minute=0, second=0, microsecond=0
    )
    return cast.accepted(preferred_start=nine, preferred_end=None)


def test_a_time_that_is_promised_is_not_suggested(cast: Cast) -> None:
    promised_tomorrow_at_nine(cast)
    other = cast.place(preferred_start=None, preferred_end=None)
    actions.act(other, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    form = browser(cast.volunteer).get(reverse("v:accept", args=[other.pk])).context["form"]
    held = Assignment.objects.get()
    at = datetime.combine(date.fromisoformat(form["day"].value()), form["at"].value())
    assert timezone.make_aware(at) >= held.agreed_start + timedelta(minutes=held.expected_minutes)


def test_a_refused_time_says_what_is_in_the_way(cast: Cast) -> None:
    held = promised_tomorrow_at_nine(cast)
    other = cast.place(preferred_start=None, preferred_end=None)
    actions.act(other, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    typed = {
        "day": timezone.localdate(Assignment.objects.get().agreed_start),
        "at": "09:30",
        "expected_minutes": 60,
    }
    page = send(browser(cast.volunteer), "accept", other, terms=other.terms, **typed)
    assert page.status_code == 409 and "You have promised then:" in words(page)
    assert reverse("v:task", args=[held.pk]) in page.content.decode()


def test_the_pool_says_when_something_lies_outside_the_hours_one_has_named(cast: Cast) -> None:
    start = clock.now() + timedelta(days=3)
    request = cast.place(preferred_start=start, preferred_end=None)
    actions.act(request, "offer", actor=cast.dispatcher, pool=True, agreed_start=start)
    client, page = browser(cast.volunteer), reverse("v:task", args=[request.pk])
    said = "You have said that you are not available then."
    assert said not in words(client.get(page))
    weekday = timezone.localtime(start).isoweekday() % 7 + 1
    AvailableHours.objects.create(volunteer=cast.volunteer, weekday=weekday, starts=480, ends=1080)
    assert said in words(client.get(page))
