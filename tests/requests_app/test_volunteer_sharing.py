"""A volunteer passes a task on: what the link says, to whom, and who can take the task then."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from civic.lib import clock
from requests_app import actions, reference, sharing
from requests_app.models import Assignment, Block, Category, ServiceRequest
from tests.cast import Cast
from tests.requests_app.volunteer_browser import browser, send, words
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db


def pooled(cast: Cast, people: int = 2) -> ServiceRequest:
    """Returns a request in the open pool."""
    start = clock.now() + timedelta(days=3)
    request = cast.place(headcount=people, preferred_start=start, preferred_end=None)
    return actions.act(request, "offer", actor=cast.dispatcher, pool=True, agreed_start=start)


def link(volunteer: Volunteer, request: ServiceRequest) -> str:
    """Returns the link that the volunteer's page of the task passes on, "" where it has none."""
    page = browser(volunteer).get(reverse("v:task", args=[request.pk])).content.decode()
    found = re.search(r'data-share-url="http://testserver([^"]+)"', page)
    return found.group(1) if found else ""


def test_a_team_mate_takes_what_is_in_the_pool(cast: Cast) -> None:
    request = pooled(cast)
    path = link(cast.volunteer, request)
    answer = browser(cast.second).get(path)
    assert answer.status_code == 302 and answer.url == reverse("v:task", args=[request.pk])
    terms = ServiceRequest.objects.get().terms
    assert send(browser(cast.second), "accept", request, terms=terms).status_code == 302
    assert Assignment.objects.get().volunteer == cast.second


def test_who_comes_after_the_last_place_is_told_so(cast: Cast) -> None:
    request = pooled(cast, people=1)
    path = link(cast.volunteer, request)
    actions.act(request, "accept", actor=cast.volunteer.user, terms=ServiceRequest.objects.get().terms)
    answer = browser(cast.second).get(path)
    assert "taken" in words(answer)


@pytest.mark.parametrize("stage", ["offered", "accepted"])
def test_what_was_offered_by_name_has_to_be_offered_by_the_desk(cast: Cast, stage: str) -> None:
    request = cast.offered(headcount=2, preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    if stage == "accepted":
        actions.act(request, "accept", actor=cast.volunteer.user)
    answer = browser(cast.second).get(link(cast.volunteer, request))
    assert answer.status_code == 200
    page = words(answer)
    assert "You cannot take it by yourself." in page
    with translation.override("en"):
        assert request.category.local_summary in page
    for secret in (request.address, request.beneficiary_name, request.text, request.code):
        assert secret and secret not in answer.content.decode()
    assert send(browser(cast.second), "accept", request, terms=request.terms).status_code == 404


def test_a_stranger_reads_nothing_before_signing_in(cast: Cast) -> None:
    path = link(cast.volunteer, cast.offered())
    answer = Client().get(path)
    assert answer.status_code == 302 and answer.url.startswith(reverse("account_login"))


def test_the_link_names_nobody_and_cannot_be_guessed(cast: Cast) -> None:
    request = cast.offered()
    path = link(cast.volunteer, request)
    assert path == f"/v/shared/{path.split('/')[-2]}/" and request.code not in path
    token = sharing.token_of(request.pk)
    for wrong in (str(request.pk), token[:-1], f"{request.pk + 1}{token[len(str(request.pk)) :]}"):
        assert browser(cast.second).get(reverse("v:shared", args=[wrong])).status_code == 404
    with time_machine.travel(clock.now() + timedelta(days=8)):
        assert browser(cast.second).get(path).status_code == 404


@pytest.mark.parametrize("why", ["other district", "unwanted", "own", "blocked", "paused", "over"])
def test_it_is_shown_to_nobody_it_is_not_for(cast: Cast, why: str) -> None:
    request = cast.offered(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    path, mate = link(cast.volunteer, request), cast.second
    assert browser(mate).get(path).status_code == 200
    if why == "other district":
        Volunteer.objects.filter(pk=mate.pk).update(district_id=cast.city.pk)
    elif why == "unwanted":
        Volunteer.objects.filter(pk=mate.pk).update(unwanted=[request.category_id])
    elif why == "own":
        ServiceRequest.objects.update(proxy=mate.user)
    elif why == "blocked":
        Block.objects.create(volunteer=mate, resident=cast.resident, by=cast.resident, at=clock.now())
    elif why == "paused":
        Volunteer.objects.filter(pk=mate.pk).update(active=False)
    else:
        actions.act(request, "cancel", actor=cast.resident)
    assert browser(mate).get(path).status_code == 404


def test_a_confidential_one_is_not_passed_on(cast: Cast) -> None:
    request = cast.offered(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    path = link(cast.volunteer, request)
    ServiceRequest.objects.update(confidential=True)
    assert link(cast.volunteer, request) == ""
    assert browser(cast.second).get(path).status_code == 404


def test_a_kind_that_asks_for_vetting_stays_with_the_vetted(cast: Cast) -> None:
    request = cast.offered(preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    path = link(cast.volunteer, request)
    Category.objects.filter(pk=request.category_id).update(needs_vetting=True)
    reference.forget()
    Volunteer.objects.filter(pk=cast.second.pk).update(vetted_at=None)
    assert browser(cast.second).get(path).status_code == 404


def test_the_sender_reads_that_it_is_offered_by_name(cast: Cast) -> None:
    start = clock.now() + timedelta(days=2)
    named, warning = (
        cast.offered(preferred_start=start, preferred_end=None),
        "whoever opens the link cannot take it",
    )
    leader = browser(cast.volunteer)
    assert warning in words(leader.get(reverse("v:task", args=[named.pk])))
    assert warning not in words(leader.get(reverse("v:task", args=[pooled(cast).pk])))
