"""Unfinished requests over HTTP: going on, beginning anew, whose they are and how long they are kept."""

from datetime import timedelta

import pytest
from django.urls import reverse

from civic.lib import clock
from requests_app import drafts
from requests_app.models import RequestDraft
from tests.cast import Cast
from tests.requests_app.residents import answer, browser

pytestmark = pytest.mark.django_db


def test_a_draft_goes_on_where_it_stopped(cast: Cast) -> None:
    client = browser()
    answer(client, cast, "what", "where")
    home = client.get("/").content.decode()
    assert "代买一袋米" in home
    assert f'href="{reverse("new_when")}">继续填</a>' in home


@pytest.mark.parametrize("kind", ["", "?category=tech"])
def test_who_has_begun_one_is_asked_whether_to_go_on_or_to_begin_anew(cast: Cast, kind: str) -> None:
    client = browser()
    answer(client, cast, "what", "where")
    page = client.get(reverse("new") + kind).content.decode()
    assert "代买一袋米" in page and reverse("new_when") in page
    assert drafts.find(RequestDraft.objects.get().token, None).category.code == "errand"
    onward = client.post(reverse("new_drop"), {"anew": "1", "category": kind.partition("=")[2]})
    assert onward.url == (reverse("new_what") + kind if kind else reverse("new_kinds"))
    assert RequestDraft.objects.count() == 0
    answer(client, cast, "what")
    assert client.post(reverse("new_drop"), {"category": "tech"}).url == reverse("home")
    assert RequestDraft.objects.count() == 0


def test_nobody_else_comes_to_a_draft_with_its_cookie_or_a_tampered_one(cast: Cast) -> None:
    client, other = browser(cast.resident), browser(cast.neighbour)
    answer(client, cast, "what")
    other.cookies["draft"] = client.cookies["draft"].value
    assert "一袋米" not in other.get("/").content.decode()
    stranger = browser()
    stranger.cookies["draft"] = client.cookies["draft"].value + "x"
    assert "一袋米" not in stranger.get("/").content.decode()


def test_a_draft_can_be_forgotten_and_is_forgotten_after_thirty_days(cast: Cast) -> None:
    client = browser()
    answer(client, cast, "what")
    client.post(reverse("new_drop"))
    assert RequestDraft.objects.count() == 0
    answer(client, cast, "what")
    with clock.at(clock.now() + timedelta(days=31)):
        assert drafts.forget_old() == 1
