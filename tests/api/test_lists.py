"""Lists: who finds what in them, every filter and order, and pages by cursor."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from civic.accounts.enums import Role
from civic.lib import clock
from requests_app import actions
from requests_app.api import documented
from requests_app.models import ServiceRequest
from tests.api.conftest import Api
from tests.api.wishes import problem
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def ids(response: Any) -> list[int]:
    """Returns the ids of a list's results."""
    assert response.status_code == 200, response.content
    return [each["id"] for each in response.json()["results"]]


def test_a_list_holds_ones_area_or_ones_own_requests_and_nothing_else(cast: Cast) -> None:
    mine, neighbours = cast.place(), cast.place(cast.neighbour)
    on_behalf = cast.place(
        cast.proxy,
        beneficiary_name="张大爷",
        beneficiary_phone="13800000099",
        on_behalf_reason="不会用手机",
    )
    everything = [on_behalf.pk, neighbours.pk, mine.pk]
    for user in (cast.dispatcher, cast.colleague, cast.auditor):
        assert ids(Api(user).get("/service-requests/")) == everything
    assert ids(Api(cast.resident).get("/service-requests/")) == [mine.pk]
    assert ids(Api(cast.proxy).get("/service-requests/")) == [on_behalf.pk]
    for user in (cast.outsider, cast.volunteer.user, cast.admin):
        assert ids(Api(user).get("/service-requests/")) == []
    for_whom = cast.person("张大爷", "+8613800000099")
    assert ids(Api(for_whom).get("/service-requests/")) == [on_behalf.pk]


def test_every_filter_narrows(cast: Cast) -> None:
    day = clock.now() + timedelta(days=1)
    errand = cast.place()
    urgent = cast.place(category="repair", title="水管漏水", text="", urgency="urgent")
    served = cast.accepted(preferred_start=day + timedelta(hours=6), preferred_end=None)
    gone = actions.act(cast.place(title="不用了"), "cancel", actor=cast.resident)
    ServiceRequest.objects.filter(pk=errand.pk).update(
        placed_at=clock.now() - timedelta(days=3), act_by=clock.now() - timedelta(hours=1)
    )
    desk = Api(cast.dispatcher)

    def found(**query: Any) -> set[int]:
        return set(ids(desk.get("/service-requests/", **query)))

    everything = {errand.pk, urgent.pk, served.pk, gone.pk}
    assert found() == everything
    assert found(state="open") == everything - {gone.pk}
    assert found(state="cancelled,accepted") == {gone.pk, served.pk}
    assert found(state=["cancelled", "accepted"]) == {gone.pk, served.pk}
    assert found(category="repair") == {urgent.pk}
    assert found(category="repair,errand") == everything
    assert found(urgency="urgent") == {urgent.pk}
    assert found(overdue="true") == {errand.pk}
    assert found(overdue="false") == everything - {errand.pk}
    day_before = (clock.now() - timedelta(days=1)).date().isoformat()
    assert found(created_after=day_before) == everything - {errand.pk}
    assert found(created_before=day_before) == {errand.pk}
    assert found(assignee=cast.volunteer.pk) == {served.pk}
    assert found(assignee=cast.second.pk) == set()
    assert found(q="漏水") == {urgent.pk}
    assert found(q="不用了") == set()
    assert found(q="不用了", state="cancelled") == {gone.pk}
    assert found(q=gone.code.lower()) == {gone.pk}
    for area in (cast.city, cast.district, cast.street, cast.community, cast.grid):
        assert found(area=area.code) == found(area=area.pk) == everything
    assert found(area=cast.other_district.code) == set()


def test_a_volunteer_finds_the_own_tasks(cast: Cast) -> None:
    request = cast.accepted()
    cast.offered(cast.second)
    assert ids(Api(cast.volunteer.user).get("/service-requests/", assignee="me")) == [request.pk]
    assert ids(Api(cast.second.user).get("/service-requests/", assignee="me")) == []
    assert ids(Api(cast.resident).get("/service-requests/", assignee="me")) == []


def walk(api: Api, path: str, link: str, **query: Any) -> list[list[int]]:
    """Returns the ids page by page, following `link` from the first page on."""
    pages, answer = [], api.get(path, **query)
    while True:
        pages.append(ids(answer))
        onward = answer.json()[link]
        if onward is None:
            return pages
        answer = api.get(path, **dict(parse_qsl(urlsplit(onward).query)))


def test_pages_follow_each_other_forth_and_back_whatever_comes_in_between(cast: Cast) -> None:
    placed = [cast.place(preferred_start=None, preferred_end=None).pk for _each in range(7)]
    desk = Api(cast.dispatcher)
    newest_first = placed[::-1]
    assert walk(desk, "/service-requests/", "next", page_size=3) == [
        newest_first[:3],
        newest_first[3:6],
        newest_first[6:],
    ]
    for ordering, expected in (("-created_at", newest_first), ("created_at", placed), ("due_at", placed)):
        first = desk.get("/service-requests/", page_size=3, ordering=ordering).json()
        assert first["previous"] is None
        second = desk.client.get(first["next"], headers=desk.headers)
        cast.place()
        back = desk.client.get(second.json()["previous"], headers=desk.headers)
        assert (ids(second), ids(back)) == (expected[3:6], expected[:3])


def test_open_requests_are_ordered_by_when_they_are_due(cast: Cast) -> None:
    flexible = cast.place(category="cleaning")
    normal = cast.place()
    urgent = cast.place(urgency="urgent")
    gone = actions.act(cast.place(), "cancel", actor=cast.resident)
    desk = Api(cast.dispatcher)
    assert ids(desk.get("/service-requests/", ordering="due_at")) == [urgent.pk, normal.pk, flexible.pk]
    everything = desk.get("/service-requests/", ordering="due_at", state="open,cancelled")
    assert set(ids(everything)) == {urgent.pk, normal.pk, flexible.pk, gone.pk}


def test_a_page_has_200_rows_at_most(cast: Cast) -> None:
    cast.place()
    assert ids(Api(cast.dispatcher).get("/service-requests/", page_size=1000))
    for size in ("0", "-1"):
        problem(Api(cast.dispatcher).get("/service-requests/", page_size=size), 400, "invalid")


def test_the_pool_shows_what_this_volunteer_may_claim(cast: Cast) -> None:
    shown = cast.place()
    own = cast.place(cast.volunteer.user)
    blocked = cast.place(cast.neighbour)
    for each in (shown, own, blocked):
        actions.act(each, "offer", actor=cast.dispatcher, pool=True)
    served = cast.completed(cast.volunteer)
    actions.act(served, "block", actor=cast.resident, volunteer=cast.volunteer.pk)
    assert ids(Api(cast.volunteer.user).get("/service-requests/pool/")) == [blocked.pk]
    assert set(ids(Api(cast.second.user).get("/service-requests/pool/"))) == {shown.pk, own.pk, blocked.pk}
    assert ids(Api(cast.far_volunteer.user).get("/service-requests/pool/")) == []
    problem(Api(cast.second.user).act(shown, "accept"), 400, "invalid")  # the time is open: one proposes
    start = (clock.now() + timedelta(hours=30)).isoformat()
    claimed = Api(cast.second.user).act(shown, "accept", agreed_start=start)
    assert claimed.json()["state"] == "accepted"
    assert shown.pk not in ids(Api(cast.third.user).get("/service-requests/pool/"))
    for user in (cast.resident, cast.dispatcher):
        problem(Api(user).get("/service-requests/pool/"), 403, "not_allowed")
        problem(Api(user).get("/offers/"), 403, "not_allowed")


def test_the_pool_leaves_out_help_that_needs_vetting_or_time_one_has_promised(cast: Cast) -> None:
    start = clock.now() + timedelta(days=1)
    vetted_only = cast.place(category="medical", consent=True, preferred_start=start, preferred_end=None)
    same_time = cast.place(preferred_start=start, preferred_end=None)
    for each in (vetted_only, same_time):
        actions.act(each, "offer", actor=cast.dispatcher, pool=True, agreed_start=start)
    type(cast.volunteer).objects.filter(pk=cast.volunteer.pk).update(vetted_at=None)
    assert ids(Api(cast.volunteer.user).get("/service-requests/pool/")) == [same_time.pk]
    assert set(ids(Api(cast.second.user).get("/service-requests/pool/"))) == {vetted_only.pk, same_time.pk}
    assert Api(cast.second.user).act(same_time, "accept").status_code == 200
    assert ids(Api(cast.second.user).get("/service-requests/pool/")) == []


def test_categories_are_open_to_anyone_and_speak_the_callers_language(cast: Cast) -> None:
    chinese = Api().get("/categories/").json()["results"]
    assert ("errand", "normal") in {(each["code"], each["urgency"]) for each in chinese}
    client = Api().client
    english = client.get("/api/v1/categories/", headers={"Accept-Language": "en"}).json()["results"]
    assert chinese[0]["name"] != english[0]["name"]


def test_a_program_is_answered_in_the_language_of_its_account(cast: Cast) -> None:
    type(cast.resident).objects.filter(pk=cast.resident.pk).update(language="en")
    assert Api(cast.resident).get("/service-requests/999999/").json()["title"] == "Not found"
    chinese = Api(cast.neighbour).get("/service-requests/999999/").json()["title"]
    assert chinese != "Not found"


def test_areas_can_be_walked_and_a_point_be_located(cast: Cast) -> None:
    api = Api(cast.resident)
    everything = api.get("/areas/").json()["results"]
    assert len(everything) == 6
    assert walk(api, "/areas/", "next", page_size=4)[1] == [each["id"] for each in everything[4:]]
    districts = api.get("/areas/", level="district").json()["results"]
    assert [each["parent"] for each in districts] == [cast.city.code] * 2
    below = api.get("/areas/", within=cast.street.code).json()["results"]
    assert [each["level"] for each in below] == ["street", "community", "grid"]
    assert api.get("/grids/locate/", lat=34.005, lon=117.005).json()["code"] == cast.grid.code


def test_workflows_are_served_as_they_stand_in_the_table(cast: Cast) -> None:
    tables = {each["kind"]: each for each in Api(cast.resident).get("/workflows/").json()["results"]}
    assert {"request", "volunteer"} <= tables.keys()
    rows = {row["verb"]: row for row in tables["request"]["transitions"]}
    assert rows["reject"] == {
        "verb": "reject",
        "from": ["submitted"],
        "to": "rejected",
        "roles": ["dispatcher"],
        "requires": ["reason_code", "text"],
        "approval": "never",
        "approvers": [],
    }
    parts = {part["name"]: part for part in tables["request"]["parts"]}
    assert parts["assignment"]["edges"]["accepted"]


def keys_of(described: Any) -> set[str]:
    """Returns the fields of a description, and those that may be missing with a question mark."""
    return {name if field.required else f"{name}?" for name, field in described().fields.items()}


def test_answers_have_exactly_the_fields_that_are_documented(cast: Cast) -> None:
    request = cast.accepted()
    opened = actions.act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    cast.offered(cast.second)
    desk, helper = Api(cast.dispatcher), Api(cast.second.user)
    whole = desk.get(f"/service-requests/{request.pk}/").json()
    assert set(whole) == {name for name in keys_of(documented.Whole) if "?" not in name} | {
        "offers", "pool", "waterfall", "referrals", "merged_into", "team_offers",
    }  # fmt: skip
    assert set(whole["assignments"][0]) == keys_of(documented.Assignment)
    assert set(whole["offers"][0]) == keys_of(documented.OfferToHelper)
    lines = {
        "/service-requests/": (desk, documented.Listed),
        f"/service-requests/{request.pk}/history/": (desk, documented.Event),
        f"/service-requests/{opened.pk}/candidates/": (desk, documented.Candidate),
        "/offers/": (helper, documented.OfferLine),
        "/service-requests/pool/": (helper, documented.PoolLine),
        "/categories/": (helper, documented.Category),
    }
    for path, (api, described) in lines.items():
        answer = api.get(path).json()
        assert set(answer) == {"next", "previous", "results"}
        assert set(answer["results"][0]) == keys_of(described), path


QUERIES_ALLOWED = 8


def test_no_answer_needs_more_than_eight_queries_and_none_per_row(cast: Cast) -> None:
    city = cast.staff("市台", "+8613800000032", Role.DISPATCHER, cast.city)
    for _each in range(3):
        request = cast.accepted(cast.volunteer, cast.second, preferred_start=later(), preferred_end=None)
        cast.offered(cast.third)
        actions.act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    paths = {
        "/service-requests/": (city, cast.resident, cast.volunteer.user),
        "/service-requests/?ordering=due_at&state=open&overdue=false&q=取药": (city, cast.resident),
        "/service-requests/?assignee=me": (cast.volunteer.user,),
        f"/service-requests/{request.pk}/": (city, cast.resident, cast.volunteer.user),
        f"/service-requests/{request.pk}/history/": (city, cast.resident),
        "/service-requests/pool/": (cast.third.user,),
        "/offers/": (cast.third.user,),
    }
    for path, people in paths.items():
        for user in people:
            api = Api(user)
            api.get(path)  # reference data is in memory from the first call on
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert api.get(path).status_code == 200
            told = "\n".join(each["sql"][:150] for each in queries)
            assert len(queries) <= QUERIES_ALLOWED, f"{path} for {user}:\n{told}"


def later() -> Any:
    """Returns a start that overlaps no other request placed so far."""
    return clock.now() + timedelta(days=2 + ServiceRequest.objects.count())
