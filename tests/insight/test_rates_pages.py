"""The pages of the rates: every number leads to exactly its rows, for whoever answers for the area."""

import csv
import re
from datetime import date, timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from civic.accounts.models import User
from civic.areas import queries as areas
from civic.lib import clock
from civic.lib.errors import DomainError
from civic.lib.sheets import safe
from insight import forms, overview, rates, rows
from insight.periods import Period
from requests_app.actions import act
from requests_app.enums import ExemptReason
from requests_app.models import ServiceRequest
from tests.access_scene import undone
from tests.cast import Cast

pytestmark = pytest.mark.django_db

MONDAY_9 = "2026-11-23T01:00:00Z"
LINK = re.compile(r'href="(/insight/rates/[a-z_]+/\?[^"]+)">\D*(\d+)')


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = False


def browser(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, "civic.accounts.backends.AccountBackend")
    return client


def get(user: User, path: str, **query: str) -> str:
    response = browser(user).get(path, query)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def exempt(request: ServiceRequest) -> None:
    """Leaves the request out of the rates, as an approved proposal does."""
    ServiceRequest.objects.filter(pk=request.pk).update(exempt_reason=ExemptReason.values[0])


@pytest.mark.full
def test_every_number_on_the_page_is_the_number_of_rows_it_leads_to(cast: Cast) -> None:
    cast.closed()
    cast.accepted(cast.second, title="第二件")
    act(cast.place(title="重复"), "reject", actor=cast.dispatcher, reason_code="duplicate", text="已点过")
    with time_machine.travel(clock.now() + timedelta(days=3)):
        for rate in ("response", "solution", "offer_acceptance", "duplicate_rate"):
            page = get(cast.colleague, "/insight/", rate=rate)
            links = LINK.findall(page)
            assert len(links) > 8
            for address, number in set(links):
                shown = browser(cast.colleague).get(address.replace("&amp;", "&"))
                assert shown.context["count"] == len(shown.context["lines"]) == int(number), address
        assert "Answers “solved”" in page  # each formula stands beside its figure
        assert "QH-" in get(cast.colleague, "/insight/rates/duplicate_rate/", which="counted")


def test_the_areas_below_and_the_steps_in_time_add_up_to_the_whole(cast: Cast) -> None:
    cast.closed()
    asked = forms.Asked(
        cast.colleague, cast.district.pk, Period(date(2026, 1, 1), date.today() + timedelta(1))
    )
    whole = rates.named("response", asked.within)
    assert whole is not None and whole.figure().denominator == 1
    for lines in (overview.by_area(asked, whole), overview.trend(asked, "response")):
        assert sum(line.figure.denominator for line in lines) == 1
        assert sum(line.figure.numerator for line in lines) == 1


def test_nobody_sees_figures_or_rows_of_other_areas(cast: Cast) -> None:
    request = cast.closed()
    for path in ("/insight/", "/insight/rates/response/"):
        assert request.code not in get(cast.outsider, path)
        assert browser(cast.resident).get(path).status_code == 403
        assert browser(cast.proxy).get(path).status_code == 403
    foreign = {"area": str(cast.district.pk)}
    assert browser(cast.outsider).get("/insight/", foreign).status_code == 400
    assert browser(cast.outsider).get("/insight/rates/response/", foreign).status_code == 400
    assert browser(cast.outsider).get("/insight/rates.csv", foreign).status_code == 400
    link = f"/desk/requests/{request.pk}/"
    assert link in get(cast.dispatcher, "/insight/rates/response/")
    assert link not in get(cast.admin, "/insight/rates/response/")  # it counts; what it says is not theirs


@pytest.mark.full
def test_what_cannot_be_read_is_said_and_never_an_error(cast: Cast) -> None:
    client = browser(cast.dispatcher)
    for query, status in (
        ({"since": "2026-02-02", "until": "2026-02-01"}, 400),
        ({"since": "2020-02-02", "until": "2026-02-01"}, 400),
        ({"since": "x"}, 400),
        ({"since": "0001-01-01"}, 400),
        ({"until": "9999-12-31"}, 400),
        ({"until": "0001-01-01"}, 400),
        ({"area": "99999999999999999999"}, 400),
        ({"rate": "nothing"}, 200),
    ):
        assert client.get("/insight/", query).status_code == status, query
    assert client.get("/insight/rates/nothing/").status_code == 404
    assert client.get("/insight/rates/response/", {"which": "x"}).status_code == 404
    assert client.get("/insight/rates/response/", {"cursor": "x"}).status_code == 400
    assert client.get("/insight/rates/response/rows.exe").status_code == 404


def test_exempted_requests_are_left_out_counted_and_listed(cast: Cast) -> None:
    request = cast.closed()
    cast.offered(cast.second, title="留下的")
    exempt(request)
    asked = forms.read(cast.dispatcher, {})[1]
    figure = {each.name: each for each in rates.figures(asked.within)}["response"]
    assert (figure.numerator, figure.denominator, figure.exempted) == (1, 1, 1)
    assert "1 exempted, left out" in get(cast.dispatcher, "/insight/")
    assert request.code in get(cast.dispatcher, "/insight/rates/response/", which="exempted")
    assert request.code not in get(cast.dispatcher, "/insight/rates/response/")


def test_rows_are_paged_by_cursor(cast: Cast) -> None:
    placed = [cast.place(title=f"第{n}件") for n in range(3)]
    for each in placed:
        act(each, "reject", actor=cast.dispatcher, reason_code="unsafe", text="危险")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("insight.views.PAGE", 2)
        first = browser(cast.dispatcher).get("/insight/rates/response/")
        assert [line.name for line, _ in first.context["lines"]] == [placed[2].code, placed[1].code]
        query = first.context["query"] + "&cursor=" + first.context["page"].next
        second = browser(cast.dispatcher).get(f"/insight/rates/response/?{query}")
        assert [line.name for line, _ in second.context["lines"]] == [placed[0].code]
        assert second.context["count"] == 3


def test_files_hold_the_same_figures_and_rows(cast: Cast) -> None:
    request = cast.closed()
    client = browser(cast.colleague)
    response = client.get("/insight/rates.csv")
    lines = list(csv.reader(StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert lines[0][:6] == ["Rate", "Area", "From", "Up to and including", "Counted", "Out of"]
    found = {line[1]: line[4:6] for line in lines if line[0] == "Answered in time"}
    assert found["青禾区"] == ["1", "1"] and found["文化路街道"] == ["1", "1"]
    response = client.get("/insight/rates/solution/rows.xlsx")
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None
    assert [cell.value for cell in sheet[2]][0] == request.code
    assert "attachment" in response["Content-Disposition"]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@x", "\t=1", "＝1"])
def test_no_text_of_a_file_is_a_formula(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert (safe(-1), safe(0.5), safe(None), safe("a=1"), safe("a\x00b")) == (-1, 0.5, "", "a=1", "ab")


# A figure is the number of its rows, whatever happened: any order of what people do, at any pace.

ACTS = ("place", "offer", "accept", "decline", "reject", "cancel", "serve", "exempt", "wait", "undo")


def happen(cast: Cast, name: str, which: int, now: Any) -> None:
    """Lets one thing happen to one of the requests; what the flow refuses does not happen."""
    if name == "place":
        cast.place(title=f"第{which}件", category=("errand", "repair")[which % 2])
    if name == "wait":
        now.shift(timedelta(hours=20 * which + 1))
    found = list(ServiceRequest.objects.order_by("pk"))
    if not found or name in {"place", "wait"}:
        return
    request = found[which % len(found)]
    helper = (cast.volunteer, cast.second)[which % 2]
    facts: dict[str, Any] = {
        "offer": {
            "actor": cast.dispatcher,
            "volunteers": [helper.pk],
            "agreed_start": clock.now() + timedelta(days=1),
        },
        "accept": {"actor": helper.user},
        "decline": {"actor": helper.user},
        "reject": {
            "actor": cast.dispatcher,
            "reason_code": ("duplicate", "unsafe")[which % 2],
            "text": "不行",
        },
        "cancel": {"actor": cast.resident, "reason": "好了"},
    }
    try:
        if name in facts:
            act(request, {"decline": "decline_offer"}.get(name, name), **facts[name])
        elif name == "serve":
            act(request, "check_in", actor=helper.user, code=request.check_in_code)
            act(request, "complete", actor=helper.user, minutes=40)
            act(request, "rate", actor=cast.resident, solved=("yes", "no")[which % 2], stars=which % 5 + 1)
        elif name == "exempt":
            exempt(request)
        elif name == "undo":
            ServiceRequest.objects.filter(pk=request.pk).update(outcome="import_undone")
    except DomainError:
        return


STORIES = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 4)), min_size=5, max_size=12)
quick = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@quick
@given(STORIES)
def test_a_figure_is_the_number_of_its_rows_whatever_happened(
    cast: Cast, story: list[tuple[str, int]]
) -> None:
    every_figure_is_its_rows(cast, story)


@pytest.mark.full
@settings(quick, max_examples=100, derandomize=False)
@given(STORIES)
def test_a_figure_is_the_number_of_its_rows_in_many_stories(cast: Cast, story: list[tuple[str, int]]) -> None:
    every_figure_is_its_rows(cast, story)


def every_figure_is_its_rows(cast: Cast, story: list[tuple[str, int]]) -> None:
    """Lets a story happen, compares each rate with its rows, its areas and its months, and takes all back."""
    areas.forget()
    with undone(), time_machine.travel(MONDAY_9, tick=False) as now:
        for name, which in [("place", 0), ("place", 1), ("offer", 0), *story]:
            happen(cast, name, which, now)
        period = Period(date(2026, 11, 1), date(2027, 2, 28))
        asked = forms.Asked(cast.colleague, cast.district.pk, period)
        for figure in rates.figures(asked.within):
            counts = {key: rows.behind(asked, figure.name, key)[1] for key in forms.WHICH}
            assert figure.denominator == counts["behind"].count() == len(set(counts["behind"]))
            assert figure.numerator == counts["counted"].count()
            assert counts["missed"].count() == figure.denominator - figure.numerator
            assert figure.exempted == counts["exempted"].count()
            rate = rates.named(figure.name, asked.within)
            assert rate is not None
            together = [overview.by_area(asked, rate)]
            for line, step in zip(overview.trend(asked, figure.name), period.steps(), strict=True):
                alone = rates.named(figure.name, asked.about(period=step).within)
                assert alone is not None
                assert line.figure == alone.figure()
            if (
                figure.name != "active_volunteers"
            ):  # people, not events: they are the same ones in every month
                together.append(overview.trend(asked, figure.name))
            for lines in together:
                assert sum(line.figure.denominator for line in lines) == figure.denominator
                assert sum(line.figure.numerator for line in lines) == figure.numerator
