"""Keyword rules, and the suggestion at the desk and over the API: shown, taken up by hand, never applied."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from requests_app import reference
from requests_app.api import suggesting
from requests_app.models import Category, ServiceRequest
from requests_app.suggesting import keywords, suggestions
from requests_app.suggesting.suggestions import Basis
from tests.api.conftest import Api
from tests.cast import Cast
from tests.requests_app.desk_forms import amended, send

pytestmark = pytest.mark.django_db
LEAK = {"title": "水龙头漏水", "text": "厨房的水管也漏水，想请人来修。", "category": "errand"}


@pytest.fixture(autouse=True)
def _home(settings: Any, tmp_path: Path) -> None:
    settings.CIVIC_HOME, settings.STAFF_SECOND_FACTOR = tmp_path, False


def test_words_in_both_languages_are_found_english_ones_whole() -> None:
    rule = [Category(code="repair", keywords="漏水、修\nTap, light bulb")]
    assert keywords.found(rule, "水管漏水，the taps drip") == {"repair": ["漏水", "tap"]}
    assert keywords.found(rule, "tapestry") == {}


def test_more_words_make_it_more_certain_and_other_categories_less() -> None:
    assert keywords.certainties({"repair": ["修"]}) == {"repair": 0.5}
    assert keywords.certainties({"repair": ["修", "漏水"], "errand": ["买菜"]}) == {
        "repair": 0.5,
        "errand": 0.25,
    }


def test_a_district_edits_the_words(cast: Cast) -> None:
    request = cast.place(title="", text="老年大学报名")
    assert suggestions.category(request) is None
    Category.objects.filter(code="learning").update(keywords="老年大学")
    reference.forget()
    made = suggestions.category(request)
    assert made is not None
    assert (made.what.code, made.basis, made.words) == ("learning", Basis.KEYWORDS, ("老年大学",))


def test_the_desk_shows_it_quietly_and_opens_the_form_with_it_chosen(cast: Cast, client: Client) -> None:
    request = cast.place(**LEAK)
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[request.pk]) + "?tab=new").content.decode()
    link = reverse("desk:verb", args=[request.pk, "amend"]) + "?tab=new&amp;suggested=repair"
    assert link in page
    form = client.get(link.replace("&amp;", "&")).content.decode()
    assert '<option value="repair" selected>' in form
    assert ServiceRequest.objects.get(pk=request.pk).version == request.version  # only shown


def test_the_category_changes_once_the_form_is_sent(cast: Cast, client: Client) -> None:
    request = cast.place(**LEAK)
    client.force_login(cast.dispatcher)
    done = send(client, request, "amend", **amended(request, category="repair"))
    assert done.status_code == 302
    request.refresh_from_db()
    assert request.category.code == "repair"


def test_nothing_is_said_where_it_agrees_or_is_uncertain(cast: Cast, client: Client) -> None:
    client.force_login(cast.dispatcher)
    for wish in ({**LEAK, "category": "repair"}, {"title": "", "text": "请帮个忙"}):
        page = client.get(reverse("desk:request", args=[cast.place(**wish).pk])).content.decode()
        assert "suggested=" not in page


def test_the_api_tells_the_dispatcher(cast: Cast) -> None:
    path = f"/service-requests/{cast.place(**LEAK).pk}/suggestion/"
    told = Api(cast.dispatcher).get(path).json()
    assert set(told) == set(suggesting.Suggested().fields)
    assert (told["category"], told["basis"], told["differs"]) == ("repair", "keywords", True)
    assert told["skills"] == ["repair"]
    assert Api(cast.resident).get(path).status_code == 403
    nothing = Api(cast.dispatcher).get(
        f"/service-requests/{cast.place(title='', text='请帮个忙').pk}/suggestion/"
    )
    assert nothing.json()["category"] is None
