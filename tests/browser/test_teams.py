"""Teams in a browser: every page of them bears being looked at, in both languages, large and small."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Visitor
from tests.browser.pages import check_page
from tests.cast import Cast
from tests.requests_app.teams import offered_to, team_of
from volunteers import team_actions

Visit = Callable[..., Visitor]
PHONES = [
    pytest.param({"width": 390}, id="zh"),
    pytest.param({"width": 390, "elder": True}, id="elder"),
]
DESKS = [pytest.param({"width": 1440}, id="zh")]


@pytest.mark.full
@pytest.mark.parametrize("mode", PHONES)
def test_the_leaders_pages(visit: Visit, cast: Cast, mode: dict[str, Any]) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team, headcount=2)
    team_actions.act(team, "apply", actor=cast.third.user, words="我会修水电，周末都有空。")
    leader = visit(user=cast.volunteer.user, **mode)
    for path in ("/v/", f"/v/team-offers/{request.pk}/", "/v/teams/", f"/v/teams/{team.pk}/"):
        check_page(leader.go(path))


@pytest.mark.full
@pytest.mark.parametrize("mode", DESKS)
def test_the_pages_of_the_desk(visit: Visit, cast: Cast, mode: dict[str, Any]) -> None:
    team = team_of(cast, cast.volunteer, members=(cast.second,))
    request = offered_to(cast, team, headcount=2)
    team_of(cast, cast.third, name="锦苑社区爱心服务队")
    team_actions.act(team, "apply", actor=cast.third.user, words="我会修水电，周末都有空。")
    desk = visit(user=cast.colleague, **mode)
    for path in (
        f"/desk/requests/{request.pk}/",
        "/desk/teams/",
        "/desk/teams/new/",
        f"/desk/teams/{team.pk}/",
    ):
        check_page(desk.go(path))
