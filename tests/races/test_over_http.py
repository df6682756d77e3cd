"""The same crowd at the door of the real server: two web processes, a connection for each person."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from civic.accounts.models import ApiToken
from requests_app.models import Assignment
from tests.cast import Cast
from tests.faults.plant import Plant, Visitor
from tests.races.test_slots import open_to
from volunteers.models import Volunteer

PEOPLE, WAIT_S = 200, 60


@pytest.mark.parametrize("slots", [1, 3])
@pytest.mark.full
def test_of_200_connections_that_accept_at_once_all_but_the_slots_read_409(
    crowd: Cast, plant: Plant, slots: int
) -> None:
    request, _accepts = open_to(crowd, people=PEOPLE, slots=slots)
    people = Volunteer.objects.select_related("user").order_by("-pk")[:PEOPLE]
    keys = [ApiToken.issue(each.user) for each in people]
    plant.web(WEB_WORKERS="2")
    gate = threading.Barrier(PEOPLE)

    def accept(key: str) -> tuple[int, str]:
        visitor = Visitor(plant.port, key)
        gate.wait(WAIT_S)
        answer = visitor.post(f"/api/v1/service-requests/{request.pk}/accept/", {})
        return answer.status, answer.json().get("code", "") if answer.status == 409 else ""

    with ThreadPoolExecutor(max_workers=PEOPLE) as pool:
        answers = Counter(pool.map(accept, keys, timeout=WAIT_S))
    assert answers == {(200, ""): slots, (409, "already_taken"): PEOPLE - slots}, plant.last_words()
    assert Assignment.objects.filter(request=request).count() == slots
