"""Who is told that a request is in the pool: the best n, nobody too often or twice, nobody who may or will not."""

from datetime import timedelta
from typing import Any

import pgtrigger
import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from civic.accounts.models import ApiToken
from civic.lib import clock, codes
from civic.lib.errors import DomainError
from civic.notify import wishes
from civic.notify.models import Message, Preference
from insight import consistency
from requests_app import actions, matching, reference
from requests_app.enums import PassedOver
from requests_app.models import Assignment, Block, Considered, PoolNotices, ServiceRequest
from requests_app.models.matching import TOLD
from requests_app.queries import why
from requests_app.queries.desk_request import Picture
from tests.cast import Cast
from volunteers import actions as volunteer_actions
from volunteers.models import Commitment, Volunteer

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def numbers(area: Any = None, **given: int) -> None:
    """Sets how many are told, how often, in an area or everywhere."""
    PoolNotices.objects.update_or_create(area=area, defaults=given)
    reference.forget()


def pooled(cast: Cast, **wish: Any) -> ServiceRequest:
    """Returns a request in the pool, for days on which nobody is busy yet."""
    wish = {"preferred_start": clock.now() + 2 * DAY, "preferred_end": clock.now() + 3 * DAY, **wish}
    return actions.act(cast.place(**wish), "offer", actor=cast.dispatcher, pool=True)


def told(*requests: ServiceRequest) -> list[int]:
    """Returns the volunteers who were told in the app, each as often as they were."""
    found = Message.objects.filter(
        event="pool.opened", channel="in_app", subject_id__in=[r.pk for r in requests]
    )
    users = list(found.order_by("pk").values_list("user_id", flat=True))
    by_user = dict(Volunteer.objects.filter(user__in=users).values_list("user_id", "pk"))
    return [by_user[user] for user in users]


def refuses(volunteer: Volunteer, channel: str = "in_app", choice: str = "off") -> None:
    Preference.objects.create(user=volunteer.user, kind="pool", channel=channel, choice=choice)


def agreed() -> None:
    assert [str(fault) for fault in consistency.check()] == []


def test_the_best_n_are_told_and_nobody_else(cast: Cast) -> None:
    numbers(per_place=2)
    request = cast.place()
    best = [each.volunteer.pk for each in matching.candidates(request, 3)]
    request = actions.act(request, "offer", actor=cast.dispatcher, pool=True)
    assert len(best) == 3
    assert told(request) == best[:2]
    assert set(Message.objects.filter(event="pool.opened").values_list("channel", flat=True)) == {"in_app"}
    agreed()


def test_what_ranked_them_is_kept(cast: Cast) -> None:
    numbers(per_place=2)
    request = pooled(cast)
    kept = list(Considered.objects.filter(request=request).order_by("rank"))
    assert [(line.rank, line.of, line.asked, line.passed_over) for line in kept] == [
        (1, 3, True, ""),
        (2, 3, True, ""),
        (3, 3, False, ""),
    ]
    assert {(line.pool_id, line.seq) for line in kept} == {(request.pools.get().pk, request.version)}
    assert all(line.parts and line.shares for line in kept)


def test_ten_for_each_free_place_and_thirty_at_most_unless_the_area_says_otherwise(cast: Cast) -> None:
    usual = reference.pool_notices(cast.grid.pk)
    assert [usual.told(places) for places in (1, 2, 3, 4, 50)] == [10, 20, 30, 30, 30]
    assert usual.per_week == 5
    numbers(per_place=1)
    numbers(cast.district, per_place=2, most=3, per_week=9)
    assert [reference.pool_notices(cast.grid.pk).told(places) for places in (1, 2)] == [2, 3]
    assert reference.pool_notices(cast.other_district.pk).told(2) == 2


def test_only_free_places_count(cast: Cast) -> None:
    numbers(per_place=1)
    request = actions.act(
        cast.place(headcount=2), "offer", actor=cast.dispatcher, volunteers=[cast.second.pk]
    )
    request = actions.act(request, "accept", actor=cast.second.user, agreed_start=clock.now() + DAY)
    request = actions.act(request, "offer", actor=cast.dispatcher, pool=True)
    assert len(told(request)) == 1
    assert cast.second.pk not in told(request)


def test_an_area_can_have_nobody_told(cast: Cast) -> None:
    numbers(per_place=0)
    request = pooled(cast)
    assert told(request) == []
    assert request.pools.get().state == "open"
    [line, *_rest] = Picture(cast.dispatcher, request.pk).history
    assert "没有可通知的人" in line.words


def test_whoever_has_had_the_notices_of_a_week_makes_room_for_the_next(cast: Cast) -> None:
    numbers(per_place=1, per_week=2)
    requests = [pooled(cast) for _ in range(7)]
    had = told(*requests)
    assert len(had) == 6
    assert all(had.count(each.pk) == 2 for each in (cast.volunteer, cast.second, cast.third))
    last = Considered.objects.filter(request=requests[-1])
    assert set(last.values_list("asked", "passed_over")) == {(False, PassedOver.WEEK)}
    agreed()


def test_a_week_is_seven_days_back_from_now(cast: Cast) -> None:
    numbers(per_week=1)
    first = clock.now()
    with time_machine.travel(first):
        assert len(told(pooled(cast))) == 3
    with time_machine.travel(first + 7 * DAY - timedelta(minutes=1)):
        assert told(pooled(cast)) == []
    with time_machine.travel(first + 7 * DAY + timedelta(minutes=1)):
        assert len(told(pooled(cast))) == 3


def test_the_notices_of_another_district_count_too_and_home_says_how_many_there_are(cast: Cast) -> None:
    numbers(cast.district, per_week=1)
    numbers(cast.other_district, per_week=1)
    pooled(cast)
    moved = {"area": cast.other_district, "district_id": cast.other_district.pk, "street_id": None}
    moved |= {"community_id": None, "lat": cast.far_volunteer.lat, "lon": cast.far_volunteer.lon}
    Volunteer.objects.filter(pk=cast.volunteer.pk).update(**moved)

    def there() -> list[int]:
        wish = {"preferred_start": clock.now() + 2 * DAY, "preferred_end": clock.now() + 3 * DAY}
        far = cast.place(lat=None, lon=None, area=cast.other_district.pk, **wish)
        return told(actions.act(far, "offer", actor=cast.outsider, pool=True))

    assert there() == [cast.far_volunteer.pk]
    numbers(cast.other_district, per_week=2)
    assert sorted(there()) == sorted([cast.volunteer.pk, cast.far_volunteer.pk])


def test_many_at_once_tell_nobody_more_often_than_one_by_one(cast: Cast, client: Client) -> None:
    numbers(per_week=2)
    requests = [cast.place(title=f"第{n}件") for n in range(5)]
    client.force_login(cast.dispatcher)
    chosen = [f"{each.pk}:{each.version}" for each in requests]
    answer = client.post(reverse("desk:many", args=["pool"]), {"chosen": chosen, "form_key": codes.token()})
    assert len(answer.context["done"]) == 5
    assert sorted(told(*requests)) == sorted(2 * [cast.volunteer.pk, cast.second.pk, cast.third.pk])


def test_nobody_is_told_twice_of_a_request_that_opens_anew(cast: Cast) -> None:
    numbers(per_place=1)
    request = pooled(cast)
    [first] = told(request)
    request = actions.act(
        request, "amend", actor=cast.dispatcher, preferred_start=clock.now() + 4 * DAY, reason_code="phone",
        preferred_end=clock.now() + 5 * DAY,
    )  # fmt: skip
    assert request.pools.filter(state="open").count() == 1
    assert request.pools.count() == 2
    request = actions.act(request, "withdraw_offer", actor=cast.dispatcher)
    request = actions.act(request, "offer", actor=cast.dispatcher, pool=True)
    assert told(request) == [first]
    [line, *_rest] = Picture(cast.dispatcher, request.pk).history
    assert "此前已通知的 1 人" in line.words
    agreed()


def test_whoever_has_come_to_be_among_the_best_is_told_when_it_opens_anew(cast: Cast) -> None:
    numbers(per_place=1)
    request = pooled(cast)
    [first] = told(request)
    later = clock.now() + 4 * DAY
    Commitment.objects.create(
        volunteer_id=first,
        during=(later, later + timedelta(hours=9)),
        subject_kind="assignment",
        subject_id=1,
    )
    request = actions.act(
        request, "amend", actor=cast.dispatcher, preferred_start=later, preferred_end=later + DAY,
        reason_code="phone",
    )  # fmt: skip
    both = told(request)
    assert both[0] == first
    assert len(set(both)) == len(both) == 2
    [line, *_rest] = Picture(cast.dispatcher, request.pk).history
    assert "另有 1 人" in line.words


def test_the_database_holds_that_nobody_is_told_twice(cast: Cast) -> None:
    request = pooled(cast)
    line = Considered.objects.filter(TOLD, request=request)[0]
    line.pk, line.seq = None, line.seq + 1
    with pytest.raises(IntegrityError, match="told_once"), transaction.atomic():
        line.save(force_insert=True)


def test_the_check_finds_somebody_told_who_is_not_kept(cast: Cast) -> None:
    request = pooled(cast)
    agreed()
    with pgtrigger.ignore("requests_app.Considered:kept_while_open"), transaction.atomic():
        Considered.objects.filter(request=request, rank=2).delete()
        assert [str(fault) for fault in consistency.check()] == [
            f"request {request.pk}: event 2 told 3 of the pool, 2 are kept"
        ]
        transaction.set_rollback(True)


def test_a_pool_that_opens_anew_in_the_same_step_as_somebody_is_asked(cast: Cast) -> None:
    numbers(per_place=1)
    request = pooled(cast)
    other = next(each for each in (cast.volunteer, cast.second) if each.pk not in told(request))
    start = clock.now() + 2 * DAY
    Commitment.objects.create(
        volunteer_id=told(request)[0], during=(start, start + DAY), subject_kind="assignment", subject_id=1
    )
    request = actions.act(
        request,
        "offer",
        actor=cast.dispatcher,
        volunteers=[other.pk],
        agreed_start=start + timedelta(hours=1),
    )
    lines = Considered.objects.filter(request=request, seq=request.version)
    assert lines.filter(pool=None, asked=True).get().volunteer == other
    assert lines.filter(TOLD).count() == 1


def test_whoever_wants_no_such_notices_gets_none_and_the_next_is_told(cast: Cast) -> None:
    numbers(per_place=2)
    request = cast.place()
    best = [each.volunteer for each in matching.candidates(request, 3)]
    refuses(best[0])
    request = actions.act(request, "offer", actor=cast.dispatcher, pool=True)
    assert told(request) == [best[1].pk, best[2].pk]
    line = Considered.objects.get(request=request, volunteer=best[0])
    assert (line.asked, line.passed_over) == (False, PassedOver.UNWANTED)
    assert not Message.objects.filter(event="pool.opened", user=best[0].user).exists()


def test_a_text_message_comes_only_to_who_asked_for_it(cast: Cast) -> None:
    refuses(cast.second, "sms", "now")
    pooled(cast)
    by_sms = Message.objects.filter(event="pool.opened", channel="sms")
    assert list(by_sms.values_list("user_id", flat=True)) == [cast.second.user_id]


def test_the_settings_ask_whether_one_wants_them_and_text_messages_are_off_at_first(cast: Cast) -> None:
    user = cast.volunteer.user
    asked = {each.name: each for each in wishes.questions(user)}
    assert wishes.answer(asked["pool-in_app"], {})
    assert not wishes.answer(asked["pool-sms"], {})
    ticks = {name: wishes.answer(each, {}) for name, each in asked.items()}
    wishes.choose(user, ticks | {"pool-in_app": False, "pool-sms": True})
    assert wishes.chosen(user) == {("pool", "in_app"): "off", ("pool", "sms"): "now"}
    wishes.choose(user, ticks)
    assert wishes.chosen(user) == {}
    assert not any(each.name == "pool-in_app" for each in wishes.questions(cast.resident))


def test_of_a_confidential_request_nobody_is_told(cast: Cast) -> None:
    request = actions.act(cast.place(), "confidential", actor=cast.resident, on=True)
    with pytest.raises(DomainError):
        actions.act(request, "offer", actor=cast.dispatcher, pool=True)
    assert not Message.objects.filter(event="pool.opened").exists()
    assert not Considered.objects.exists()


def test_nobody_who_is_barred_is_told(cast: Cast) -> None:
    Block.objects.create(volunteer=cast.volunteer, resident=cast.resident, by=cast.resident, at=clock.now())
    Volunteer.objects.filter(pk=cast.second.pk).update(active=False)
    minor = clock.now().date() - timedelta(days=16 * 366)
    Volunteer.objects.filter(pk=cast.third.pk).update(birth_date=minor, guardian_agreed_at=None)
    assert told(pooled(cast)) == []
    Volunteer.objects.filter(pk=cast.third.pk).update(guardian_agreed_at=clock.now())
    assert told(pooled(cast)) == [cast.third.pk]


def test_whoever_opens_it_is_not_told(cast: Cast) -> None:
    own = volunteer_actions.register(actor=cast.dispatcher, name="李敏", area=cast.grid, skills=[])
    volunteer_actions.decide(own, "approve", actor=cast.colleague, vetted=True)
    assert own.pk in {each.volunteer.pk for each in matching.candidates(cast.place())}
    assert own.pk not in told(pooled(cast))


def test_the_desk_reads_why_somebody_was_told_and_why_not(cast: Cast, client: Client) -> None:
    numbers(per_place=1, per_week=1)
    request = cast.place()
    best = [each.volunteer for each in matching.candidates(request, 3)]
    [before] = why.answers(request, best[0].number)
    assert before.verdict.of_pool is None
    while best[0].pk not in told(*ServiceRequest.objects.all()):
        pooled(cast)
    others_told = told(*ServiceRequest.objects.all())
    request = actions.act(request, "offer", actor=cast.dispatcher, pool=True)

    def words(volunteer: Volunteer) -> str:
        [found] = why.answers(request, volunteer.number)
        assert found.verdict.of_pool is not None
        return found.verdict.of_pool.words

    said = [words(each) for each in best]
    assert said[0].endswith("一周内的通知已够多")
    free = [at for at, each in enumerate(best) if each.pk not in others_told]
    assert [each.startswith("抢单池开放时已通知") for each in said] == [
        at == min(free, default=9) for at in range(3)
    ]
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:why", args=[request.pk]), {"who": best[0].number}).content.decode()
    assert said[0] in page


def test_the_api_says_it_too(cast: Cast) -> None:
    refuses(cast.third)
    request = pooled(cast)

    def asks(volunteer: Volunteer) -> Any:
        client = Client(headers={"Authorization": f"Token {ApiToken.issue(volunteer.user)}"})
        return client.get(f"/api/v1/service-requests/{request.pk}/why/").json()["pool"]

    assert asks(cast.volunteer) == {"told": True, "why_not": ""}
    assert asks(cast.third) == {"told": False, "why_not": "unwanted"}
    staff = Client(headers={"Authorization": f"Token {ApiToken.issue(cast.dispatcher)}"})
    assert staff.get(f"/api/v1/service-requests/{request.pk}/").json()["pool"]["told"] == 2


def test_the_desk_shows_how_far_the_pool_is(cast: Cast, client: Client) -> None:
    request = pooled(cast, headcount=2)
    request = actions.act(request, "accept", actor=cast.second.user, agreed_start=clock.now() + 2 * DAY)
    picture = Picture(cast.dispatcher, request.pk)
    assert [line.line.rank for line in picture.told] == [1, 2, 3]
    [opened] = [line.words for line in picture.history if "抢单池" in line.words and "通知" in line.words]
    assert "3" in opened
    client.force_login(cast.dispatcher)
    page = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "已通知 3 人" in page
    assert "名额 1/2" in page
    assert cast.third.user.name in page
    client.force_login(cast.resident)
    own = client.get(reverse("desk:request", args=[request.pk])).content.decode()
    assert "已通知" not in own
    assert cast.third.user.name not in own


def test_the_notice_leads_to_the_task_where_one_button_takes_it(cast: Cast, client: Client) -> None:
    start = clock.now() + 2 * DAY
    request = actions.act(cast.place(), "offer", actor=cast.dispatcher, pool=True, agreed_start=start)
    notice = Message.objects.get(event="pool.opened", user=cast.second.user)
    client.force_login(cast.second.user)
    answer = client.post(reverse("notify:open", args=[notice.pk]), follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == reverse("v:task", args=[request.pk])
    assert f'action="{reverse("v:accept", args=[request.pk])}"' in page
    assert "为什么是您" in page
    client.post(reverse("v:accept", args=[request.pk]), {"terms": request.terms, "form_key": codes.token()})
    assert Assignment.objects.get(request=request).volunteer == cast.second
