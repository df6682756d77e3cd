"""Nothing tells a known phone from an unknown one: same answers, same queries, same time."""

import re
import statistics
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from civic.accounts.models import User
from tests.accounts.conftest import PHONE, ask_code, texts

UNKNOWN = "+8613700009999"
pytestmark = pytest.mark.django_db


def answer(phone: str) -> tuple[int, str, int, list[str]]:
    """Returns status, target, length of the next page and the shapes of the queries of asking for a code."""
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        response = ask_code(client, phone)
    shapes = [re.sub(r"(VALUES|\(|SAVEPOINT).*", "", query["sql"])[:60] for query in queries.captured_queries]
    page = texts(client.get(response.headers["Location"]))
    return response.status_code, response.headers["Location"], len(page), shapes


def test_known_and_unknown_phones_get_the_same_answer_by_the_same_queries(
    resident: User, staff: User
) -> None:
    closed = User.objects.create_user(phone="+8613700008888", is_active=False)
    known, unknown = answer(PHONE), answer(UNKNOWN)
    assert known == unknown == answer(staff.phone) == answer(closed.phone)
    assert not any("accounts_user" in shape for shape in known[3])


@pytest.mark.full
@pytest.mark.alone
def test_known_and_unknown_phones_take_the_same_time(resident: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "request_login_code": "100000/h/ip"}

    def seconds(phone: str) -> float:
        client = Client()
        start = time.perf_counter()
        ask_code(client, phone)
        return time.perf_counter() - start

    def medians(rounds: int) -> float:
        pairs = [
            (seconds(PHONE), seconds(UNKNOWN))
            if n % 2
            else tuple(reversed((seconds(UNKNOWN), seconds(PHONE))))
            for n in range(rounds)
        ]
        return statistics.median(pair[0] for pair in pairs) / statistics.median(pair[1] for pair in pairs)

    medians(20)
    # Noise of the machine moves one median; a leak would move every one of them the same way.
    ratios = [medians(150) for _ in range(5)]
    assert 0.95 <= statistics.median(ratios) <= 1.05, ratios
