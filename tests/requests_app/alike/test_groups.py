"""Open requests that look alike: who is put beside whom, who never is, and that others change nothing about it."""

import random
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from time import process_time
from typing import Any

import pytest
import time_machine
from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Value

from civic.lib import clock
from requests_app import access
from requests_app.actions import act, alike
from requests_app.models import ServiceRequest
from requests_app.queries import alike_groups
from requests_app.queries.alike import SAID, score, suggestions
from requests_app.queries.alike_pairs import LEAST, components, pairs
from requests_app.queries.shared_words import shared_words
from tests.cast import SOUTH, WEST, Cast
from tests.requests_app.alike import crowd

pytestmark = pytest.mark.django_db

LIFT = [
    ("3号楼电梯坏了", "3号楼2单元的电梯坏了三天了，老人下不了楼。"),
    ("电梯坏了没人修", "2单元电梯坏了，老人下不了楼，请派人来修。"),
    ("电梯又坏了", "3号楼的电梯又坏了，轮椅下不了楼。"),
    ("3号楼电梯停了", "电梯坏了三天了，3号楼住的都是老人，下不了楼。"),
]
OTHER = ("想请人陪着聊天", "周末在家没有人说话，想找个人下下棋。")


def place(cast: Cast, words: tuple[str, str], **wish: Any) -> ServiceRequest:
    title, text = words
    return cast.place(**{"category": "other", "title": title, "text": text, **wish})


def lifts(cast: Cast) -> list[ServiceRequest]:
    """Returns four requests about one broken lift."""
    return [place(cast, words) for words in LIFT]


def groups(cast: Cast) -> list[set[int]]:
    """Returns the numbers of the requests of every group the community's dispatcher is shown."""
    picture = alike_groups.picture(cast.dispatcher, cast.community)
    return [{member.request.pk for member in group.members} for group in picture.groups]


def test_what_is_about_one_lift_makes_a_group_and_nothing_else_is_in_it(cast: Cast) -> None:
    found = lifts(cast)
    place(cast, OTHER)
    place(cast, LIFT[0], category="errand")  # another kind of help
    place(cast, LIFT[1], lat=SOUTH + 0.0095, lon=WEST + 0.019)  # more than a kilometre away
    act(place(cast, LIFT[2]), "cancel", actor=cast.dispatcher)
    assert groups(cast) == [{each.pk for each in found}]


def test_a_group_says_what_it_is_about_and_how_alike_it_is(cast: Cast) -> None:
    found = lifts(cast)
    [group] = alike_groups.picture(cast.dispatcher, cast.community).groups
    assert group.lead == found[0]
    assert any("电梯" in word for word in group.words)
    low, high = group.percent
    assert LEAST * 100 <= low <= high <= 100
    assert [member.request.pk for member in group.members] == [each.pk for each in found]
    assert group.members[1].same_person
    assert (group.members[1].distance_m, group.members[1].days_later) == (
        100,
        0,
    ) or group.across_m is not None
    assert group.can_be_merged


def test_the_one_furthest_along_is_the_one_the_others_would_be_joined_to(cast: Cast) -> None:
    found = lifts(cast)
    start = clock.now() + timedelta(days=1)
    act(found[2], "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk], agreed_start=start)
    [group] = alike_groups.picture(cast.dispatcher, cast.community).groups
    assert group.lead == found[2]
    assert [member.can_be_joined for member in group.members] == [False, True, True, True]


def test_what_was_placed_months_apart_is_not_the_same(cast: Cast) -> None:
    with time_machine.travel(clock.now() - timedelta(days=61), tick=False):
        place(cast, LIFT[0])
    place(cast, LIFT[0])
    assert groups(cast) == []


def test_a_confidential_request_stands_beside_nobody(cast: Cast) -> None:
    found = lifts(cast)
    act(found[0], "confidential", actor=cast.resident, on=True)
    shown = groups(cast)
    assert shown
    assert not any(found[0].pk in group for group in shown)


def test_without_a_point_the_community_decides(cast: Cast) -> None:
    here = place(cast, LIFT[0])
    without = place(cast, LIFT[0], lat=None, lon=None, area=cast.community.pk)
    assert groups(cast) == [{here.pk, without.pk}]


def test_two_that_were_told_apart_are_not_put_side_by_side_again(cast: Cast) -> None:
    found = lifts(cast)
    told = alike.tell_apart([each.pk for each in found], actor=cast.dispatcher)
    assert groups(cast) == []
    alike.ask_again(told)
    assert groups(cast) == [{each.pk for each in found}]


def test_what_speaks_for_one_project_is_dealt_with_until_another_comes(cast: Cast) -> None:
    found = lifts(cast)
    project = alike.propose_project([each.pk for each in found], actor=cast.dispatcher, title="电梯维护")
    assert (project.area, project.category.code) == (cast.grid, "other")
    assert groups(cast) == []
    late = place(cast, LIFT[0])
    [group] = alike_groups.picture(cast.dispatcher, cast.community).groups
    assert group.project == project
    alike.add_to_project(project, [late.pk], actor=cast.dispatcher)
    assert groups(cast) == []
    assert project.requests.count() == 5


def test_the_words_are_compared_as_the_suggestions_of_one_request_compare_them(cast: Cast) -> None:
    mine, *others = lifts(cast)
    place(cast, ("Lift out of order", "The lift of house 3 is out of order."))
    among = access.dispatched_by(cast.dispatcher)
    by_pair = {(pair.first, pair.second): pair.score for pair in pairs(among)}
    for each in suggestions(mine, among):
        pair = (mine.pk, each.request.pk)
        assert by_pair.get(pair, each.score) == pytest.approx(each.score, abs=0.001)
        assert (pair in by_pair) == (each.score >= LEAST)
    words = Value(f"{mine.title} {mine.text}".upper())
    shares = among.filter(pk=others[0].pk).annotate(share=TrigramSimilarity(SAID, words))
    assert by_pair[mine.pk, others[0].pk] == pytest.approx(
        score(shares.get().share, 0, mine.placed_at - others[0].placed_at), abs=0.002
    )


def test_scores_stay_in_bounds() -> None:
    dice = random.Random(3)
    for _turn in range(500):
        away = dice.choice([None, dice.uniform(0, 5_000)])
        found = score(dice.random(), away, timedelta(days=dice.uniform(-100, 100)))
        assert 0 <= found <= 1
    assert score(1, 0, timedelta(0)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_an_unrelated_request_changes_no_group_of_others(cast: Cast, seed: int) -> None:
    """One without a neighbour of its own adds nothing and takes nothing away; nor does one that leaves."""
    crowd.write(place(cast, OTHER), 120, seed=seed)
    among = access.dispatched_by(cast.dispatcher)
    before = components(pairs(among))
    assert before
    lone = place(cast, ("Umbrella", "Somebody lost a blue umbrella with a wooden handle."), lat=SOUTH + 0.001)
    assert components(pairs(among)) == before
    within = {pk for group in before for pk in group}
    for pk in list(among.exclude(pk__in=[lone.pk, *within]).values_list("pk", flat=True))[:5]:
        assert components(pairs(among.exclude(pk=pk))) == before


def test_pairs_do_not_depend_on_who_else_is_there(cast: Cast) -> None:
    crowd.write(place(cast, OTHER), 120)
    among = access.dispatched_by(cast.dispatcher)
    whole = pairs(among)
    half = set(list(among.order_by("pk").values_list("pk", flat=True))[::2])
    assert pairs(among.filter(pk__in=half)) == [pair for pair in whole if {pair.first, pair.second} <= half]
    assert all(LEAST <= pair.score <= 1 and pair.first < pair.second for pair in whole)


def test_the_shared_words_are_whole_words() -> None:
    assert shared_words(["3号楼电梯坏了", "我们的电梯坏了", "电梯坏了三天"]) == ["电梯坏了"]
    assert shared_words(["the lift is broken", "Lift broken again", "a broken chair"]) == ["broken", "lift"]
    assert shared_words(["x", "x"]) == []
    assert shared_words([]) == []


def test_the_page_asks_the_same_few_statements_however_many_there_are(
    cast: Cast, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    crowd.write(place(cast, OTHER), 400)
    alike_groups.picture(cast.colleague, cast.district)
    with django_assert_max_num_queries(5):
        picture = alike_groups.picture(cast.colleague, cast.district)
        for group in picture.groups:
            assert (group.lead, group.words, group.across_m, group.days) is not None
    assert picture.count > 5


@pytest.mark.full
@pytest.mark.alone
def test_ten_thousand_open_requests_are_compared_in_two_seconds(cast: Cast) -> None:
    """Of our own processor's time, which others on the machine do not lengthen; the statement comes on top."""
    crowd.write(place(cast, OTHER), 10_000)
    among = access.dispatched_by(cast.colleague)
    taken = []
    for _turn in range(3):
        began = process_time()
        found = pairs(among)
        taken.append(process_time() - began)
    seconds = min(taken)
    sys.stdout.write(f"\n10,000 open requests: {len(found):,} pairs, {seconds:.2f} s")
    assert seconds < 2
