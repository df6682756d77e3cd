"""Offers, the pool and answers over HTTP: what a volunteer reads before accepting, and how refusals are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from civic.accounts.models import AccessLog
from civic.lib import clock, codes
from requests_app import actions
from requests_app.models import Assignment, Offer, ServiceRequest
from requests_app.queries import for_volunteer
from tests.cast import Cast
from tests.requests_app.volunteer_browser import browser, send, words
from volunteers import actions as volunteer_actions
from volunteers.models import Volunteer

pytestmark = pytest.mark.django_db

SECRETS = ("荷花里", "单元 502", "13800000001", "陈桂兰", "腿脚不便", "帮忙取药", "门铃坏了")


def pooled(cast: Cast, **wish: Any) -> ServiceRequest:
    """Returns a request that lies in the open pool."""
    request = cast.place(**wish)
    return actions.act(
        request,
        "offer",
        actor=cast.dispatcher,
        pool=True,
        agreed_start=request.preferred_start,
        public_summary="Carry some boxes",
    )


def terms_of(request: ServiceRequest, cast: Cast) -> dict[str, int]:
    """Returns the hidden fields of the offer's card."""
    offer = Offer.objects.get(request=request, volunteer=cast.volunteer, state="open")
    return {"offer": offer.pk, "terms": request.terms}


def test_home_shows_own_offers_and_the_pool_with_nothing_personal(cast: Cast) -> None:
    cast.offered(door_note="门铃坏了")
    pooled(cast, preferred_start=clock.now() + timedelta(days=2), preferred_end=None)
    page = browser(cast.volunteer).get(reverse("v:home"))
    assert page.status_code == 200
    text = words(page)
    assert "Run an errand for a resident" in text
    assert "Carry some boxes" in text
    assert "about 100 m" in text
    assert cast.grid.label in text
    assert "Why you: you live close by" in text
    assert not [secret for secret in SECRETS if secret in page.content.decode()]


def test_no_distance_is_invented_where_both_are_only_known_by_the_same_area(cast: Cast) -> None:
    cast.offered()
    middle = {"lat": cast.grid.centre_lat, "lon": cast.grid.centre_lon}
    Volunteer.objects.filter(pk=cast.volunteer.pk).update(**middle)
    text = words(browser(cast.volunteer).get(reverse("v:home")))
    assert cast.grid.label in text
    assert "about 100 m" not in text


def test_the_task_page_before_acceptance_shows_the_summary_only_and_logs_nothing(cast: Cast) -> None:
    request = cast.offered(door_note="门铃坏了")
    page = browser(cast.volunteer).get(reverse("v:task", args=[request.pk]))
    assert page.status_code == 200
    assert not [secret for secret in SECRETS if secret in page.content.decode()]
    assert not AccessLog.objects.exists()


def test_accepting_leads_to_phone_address_and_text_and_the_reading_is_logged(cast: Cast) -> None:
    request, client = cast.offered(door_note="门铃坏了"), browser(cast.volunteer)
    response = send(client, "accept", request, **terms_of(request, cast))
    assert response.url == reverse("v:task", args=[request.pk])
    html = client.get(response.url).content.decode()
    assert not [secret for secret in SECRETS if secret not in html]
    assert 'href="tel:+8613800000001"' in html
    assert AccessLog.objects.filter(user=cast.volunteer.user, subject_id=request.pk).count() == 1


def test_the_same_form_sent_twice_accepts_once(cast: Cast) -> None:
    request, client = cast.offered(), browser(cast.volunteer)
    fields = {"form_key": codes.token(), **terms_of(request, cast)}
    url = reverse("v:accept", args=[request.pk])
    assert [client.post(url, fields).status_code for _again in range(2)] == [302, 302]
    assert Assignment.objects.count() == 1


def test_a_form_without_its_key_is_refused_in_words(cast: Cast) -> None:
    request, client = cast.offered(), browser(cast.volunteer)
    response = client.post(reverse("v:accept", args=[request.pk]), terms_of(request, cast))
    assert response.status_code == 400
    assert "out of date" in words(response)
    assert not Assignment.objects.exists()


def test_old_terms_are_explained_and_the_new_ones_shown(cast: Cast) -> None:
    request, client = cast.offered(), browser(cast.volunteer)
    old = terms_of(request, cast)
    later = clock.now() + timedelta(days=3)
    actions.act(request, "amend", actor=cast.dispatcher, agreed_start=later)
    response = send(client, "accept", request, **old)
    assert response.status_code == 409
    text = words(response)
    assert "Time or place has changed. Please read it again" in text
    assert "I will do it" in text
    request.refresh_from_db()
    assert send(client, "accept", request, **terms_of(request, cast)).status_code == 302


def test_who_comes_second_is_told_that_somebody_was_first(cast: Cast) -> None:
    request = cast.offered(cast.volunteer, cast.second)
    client, old = browser(cast.volunteer), terms_of(request, cast)
    actions.act(request, "accept", actor=cast.second.user)
    response = send(client, "accept", request, **old)
    assert response.status_code == 409
    assert "Somebody else was first. Thank you all the same." in words(response)


def test_who_claims_from_a_pool_that_is_gone_is_told_so_and_an_outsider_finds_nothing(cast: Cast) -> None:
    request = pooled(cast)
    assert send(browser(cast.second), "accept", request, terms=request.terms).status_code == 302
    response = send(browser(cast.volunteer), "accept", request, terms=request.terms)
    assert response.status_code == 409
    assert "Somebody else was first" in words(response)
    assert browser(cast.volunteer).get(reverse("v:task", args=[request.pk])).status_code == 409
    assert browser(cast.far_volunteer).get(reverse("v:task", args=[request.pk])).status_code == 404
    assert send(browser(cast.far_volunteer), "accept", request, terms=request.terms).status_code == 404


def test_an_overlap_names_what_was_promised_before(cast: Cast) -> None:
    second = cast.offered()  # for the same time as the next one, and asked for before that was promised
    first = cast.accepted()
    response = send(browser(cast.volunteer), "accept", second, **terms_of(second, cast))
    assert response.status_code == 409
    assert "overlaps" in words(response)
    assert reverse("v:task", args=[first.pk]) in response.content.decode()


def test_the_pool_shows_nothing_that_reaches_into_what_was_promised(cast: Cast) -> None:
    start = clock.now() + timedelta(days=2)
    cast.accepted(preferred_start=start, preferred_end=start + timedelta(hours=2))
    before = pooled(cast, preferred_start=start - timedelta(minutes=20), preferred_end=None)
    after = pooled(cast, preferred_start=start + timedelta(hours=3), preferred_end=None)
    shown = {pool.request_id for pool in for_volunteer.open_pool(cast.volunteer)}
    assert (before.pk in shown, after.pk in shown) == (False, True)
    assert before.agreed_start is not None and before.agreed_start < start


def test_an_expired_offer_cannot_be_accepted_and_says_why(cast: Cast) -> None:
    request, client = cast.offered(), browser(cast.volunteer)
    fields = terms_of(request, cast)
    with clock.at(Offer.objects.get(pk=fields["offer"]).expires_at + timedelta(seconds=1)):
        assert request.public_summary not in words(client.get(reverse("v:home")))
        assert "has run out" in words(client.get(reverse("v:task", args=[request.pk])))
        response = send(client, "accept", request, **fields)
    assert response.status_code == 409
    assert "has run out" in words(response)


def test_declining_takes_one_tap_with_or_without_a_reason(cast: Cast) -> None:
    for reason, kept in (("far", "far"), ("", ""), ("<script>", "")):
        request = cast.offered(cast.volunteer)
        response = send(browser(cast.volunteer), "decline", request, reason_code=reason)
        assert response.url == reverse("v:home")
        offer = Offer.objects.get(request=request)
        assert (offer.state, offer.reason_code) == ("declined", kept)


def test_nobody_is_asked_for_a_time_once_it_is_over(cast: Cast) -> None:
    request = actions.act(cast.place(), "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    client = browser(cast.volunteer)
    send(client, "decline", request)
    response = client.get(reverse("v:accept", args=[request.pk]))
    assert response.url == reverse("v:task", args=[request.pk])
    assert "You said: not this time." in words(client.get(response.url))


def test_with_an_open_start_accepting_asks_for_a_time(cast: Cast) -> None:
    request = cast.place()
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    client, fields = browser(cast.volunteer), terms_of(request, cast)
    home = client.get(reverse("v:home")).content.decode()
    assert f'href="{reverse("v:accept", args=[request.pk])}"' in home
    assert client.get(reverse("v:accept", args=[request.pk])).status_code == 200
    # A page drawn while a time stood posts no time: the question comes back, not an error page.
    assert send(client, "accept", request, **fields).status_code == 400
    day = timezone.localtime(clock.now() + timedelta(days=2)).date()
    asked = {"day": day.isoformat(), "at": "9:30", "expected_minutes": "90", **fields}
    response = send(client, "accept", request, **{**asked, "at": "later"})
    assert response.status_code == 400
    assert "Please give the time like 8:30." in words(response)
    assert send(client, "accept", request, **asked).status_code == 302
    request.refresh_from_db()
    local = timezone.localtime(request.agreed_start)
    assert (local.date(), local.hour, local.minute) == (day, 9, 30)
    assert (request.expected_minutes, request.start_proposed) == (90, True)


@pytest.mark.parametrize(
    ("at", "wish", "status"),
    [
        ("5:59", {}, 400),
        ("22:01", {}, 400),
        ("6:00", {}, 302),
        ("22:00", {}, 302),
        ("23:30", {"urgency": "urgent"}, 302),
        ("23:30", {"preferred_start": True}, 302),
    ],
)
def test_nobody_proposes_to_come_at_night_unless_it_is_wished(
    cast: Cast, at: str, wish: dict[str, Any], status: int
) -> None:
    night = timezone.localtime(clock.now() + timedelta(days=2)).replace(hour=23, minute=0)
    if wish.pop("preferred_start", False):
        wish |= {"preferred_start": night, "preferred_end": night + timedelta(hours=1)}
    request = cast.place(**{"preferred_start": None, "preferred_end": None, **wish})
    actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    asked = {"day": night.date().isoformat(), "at": at, "expected_minutes": "30", **terms_of(request, cast)}
    response = send(browser(cast.volunteer), "accept", request, **asked)
    assert response.status_code == status
    assert ("nobody is visited at night" in response.content.decode()) is (status == 400)


def test_accepting_once_more_in_another_tab_says_that_it_is_theirs(cast: Cast) -> None:
    request = cast.offered()
    client, fields = browser(cast.volunteer), terms_of(request, cast)
    assert send(client, "accept", request, **fields).status_code == 302
    client.get(reverse("v:task", args=[request.pk]))  # where the first thanks are read
    again = send(client, "accept", request, **fields)
    assert again.status_code == 302
    page = client.get(again["Location"])
    assert "You have accepted this already." in words(page)
    assert "note red mb" not in page.content.decode()  # as a refusal looks


@pytest.mark.parametrize("nonsense", ["abc", "-", "9" * 30])
def test_nonsense_in_hidden_fields_is_refused_in_words(cast: Cast, nonsense: str) -> None:
    request = cast.offered()
    response = send(browser(cast.volunteer), "accept", request, offer=nonsense, terms=nonsense)
    assert response.status_code in {400, 409}
    assert not Assignment.objects.exists()


def test_the_moving_part_of_home_costs_nothing_while_nothing_changed(cast: Cast) -> None:
    request, client = cast.offered(), browser(cast.volunteer)
    first = client.get(reverse("v:part"))
    tag = first.headers["ETag"]
    assert client.get(reverse("v:part"), headers={"if-none-match": tag}).status_code == 304
    actions.act(request, "cancel", actor=cast.resident)
    fresh = client.get(reverse("v:part"), headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert request.public_summary not in fresh.content.decode()


def test_home_needs_the_same_queries_for_one_offer_as_for_many(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for days in range(1, 7):
        cast.offered(preferred_start=clock.now() + timedelta(days=days), preferred_end=None)
        pooled(cast, preferred_start=clock.now() + timedelta(days=days, hours=5), preferred_end=None)
    client = browser(cast.volunteer)
    client.get(reverse("v:home"))
    with django_assert_max_num_queries(16):
        assert client.get(reverse("v:home")).status_code == 200


def test_changed_terms_are_shown_and_confirmed(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    later = clock.now() + timedelta(days=4)
    actions.act(request, "amend", actor=cast.dispatcher, agreed_start=later)
    assert "Time or place has changed" in words(client.get(reverse("v:task", args=[request.pk])))
    assert "please confirm" in words(client.get(reverse("v:tasks")))
    assert send(client, "confirm", request).status_code == 302
    assert Assignment.objects.get().agreed_start == later
    again = send(client, "confirm", request)
    assert again.status_code == 409
    assert "There is nothing to confirm." in words(again)


def test_tasks_lie_under_their_days_and_name_no_address(cast: Cast) -> None:
    request, client = cast.accepted(), browser(cast.volunteer)
    page = client.get(reverse("v:tasks"))
    assert "tomorrow" in words(page)
    assert "Run an errand for a resident" in words(page)
    assert not [secret for secret in SECRETS if secret in page.content.decode()]
    with clock.at(request.agreed_start + timedelta(minutes=10)):
        assert "Should have begun" in words(client.get(reverse("v:tasks")))


def test_a_paused_volunteer_sees_no_pool_and_how_to_go_on(cast: Cast) -> None:
    pooled(cast)
    volunteer_actions.update(cast.volunteer, actor=cast.volunteer.user, active=False)
    text = words(browser(cast.volunteer).get(reverse("v:home")))
    assert "You take a break." in text
    assert "Carry some boxes" not in text


def test_after_closing_the_page_goes_back_to_the_summary(cast: Cast) -> None:
    request = cast.closed()
    page = browser(cast.volunteer).get(reverse("v:task", args=[request.pk]))
    assert page.status_code == 200
    assert "Done. Thank you!" in words(page)
    assert not [secret for secret in SECRETS if secret in page.content.decode()]


def test_a_dispatcher_who_also_serves_sees_the_task_like_any_volunteer(cast: Cast) -> None:
    other = volunteer_actions.register(
        actor=cast.colleague, name="张敏", area=cast.grid, skills=[], lat=34.004, lon=117.004
    )
    other = volunteer_actions.decide(other, "approve", actor=cast.dispatcher)
    request = cast.offered(other)
    assert "13800000001" not in browser(other).get(reverse("v:task", args=[request.pk])).content.decode()
    actions.act(request, "accept", actor=cast.colleague)
    assert "13800000001" in browser(other).get(reverse("v:task", args=[request.pk])).content.decode()


def test_ones_own_request_is_no_task(cast: Cast) -> None:
    request = cast.offered(cast.second, actor=cast.volunteer.user, contact_phone="13800000011")
    assert browser(cast.volunteer).get(reverse("v:task", args=[request.pk])).status_code == 404
