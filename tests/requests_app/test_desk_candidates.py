"""The candidates beside a request, and who was asked of them: in which order, and what explains it."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """A browser with the dispatcher signed in."""
    client.force_login(cast.dispatcher)
    return client


def test_who_was_asked_stands_in_the_order_of_the_candidates(cast: Cast, desk: Client) -> None:
    request = cast.offered(cast.third, cast.volunteer, cast.second)
    html = desk.get(reverse("desk:live", args=[request.pk])).content.decode()
    asked = (cast.third, cast.volunteer, cast.second)
    places = [html.index(person.user.name) for person in asked]
    assert places == sorted(places)


def test_the_bars_are_explained_before_they_are_shown_and_nobody_goes_without_a_figure(
    cast: Cast, desk: Client
) -> None:
    html = desk.get(reverse("desk:request", args=[cast.place().pk])).content.decode()
    shown = html[html.index('class="ch"') :]
    assert shown.index('class="legend') < shown.index('class="cand-list"')
    people = shown.split('class="cand"')[1:]
    assert people
    assert all(re.search(r'[^ ]+ <b class="num">\d+%</b>', person) for person in people)
    assert "可以派单<" not in shown


def test_a_distance_from_nowhere_known_says_from_where_it_is_counted(cast: Cast, desk: Client) -> None:
    exact = desk.get(reverse("desk:request", args=[cast.place().pk])).content.decode()
    assert "按社区中心估算" not in exact
    guessed = cast.place(lat=None, lon=None, area=cast.community.pk)
    assert "（按社区中心估算）" in desk.get(reverse("desk:request", args=[guessed.pk])).content.decode()
