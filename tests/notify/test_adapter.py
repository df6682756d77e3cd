"""What allauth sends goes through the outbox, and costs the same for known and unknown phones."""

from collections.abc import Iterator

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core import mail
from django.db import connection
from django.http import HttpRequest
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from civic.accounts.models import User
from civic.notify import deliver
from civic.notify.adapter import AccountAdapter
from civic.notify.models import Message
from tests.notify.gateways import OUT_OF_ORDER, Gateway


@pytest.fixture
def request_there() -> Iterator[HttpRequest]:
    request = RequestFactory().get("/accounts/login/")
    with context.request_context(request):
        yield request


def test_ours_is_the_adapter_in_use(request_there: HttpRequest) -> None:
    assert isinstance(get_adapter(), AccountAdapter)


def test_a_code_is_an_urgent_message_of_its_own_each_time(
    db: None, request_there: HttpRequest, gateway: type[Gateway]
) -> None:
    with translation.override("en"):
        for code in ("123456", "123456", "654321"):
            get_adapter().send_verification_code_sms(user=None, phone="+8613800005678", code=code)
    assert Message.objects.filter(urgent=True, language="en", user=None).count() == 3
    deliver.sweep()
    assert gateway.took[0] == ("SIGN_IN_CODE_EN", {"code": "123456", "minutes": "10"}, "+8613800005678")
    assert len(gateway.took) == 3


def test_known_and_unknown_phones_cost_the_same_statements(
    resident: User, request_there: HttpRequest
) -> None:
    statements = []
    for user, phone in ((resident, "+8613800005678"), (None, "+8613800001111")):
        with CaptureQueriesContext(connection) as queries:
            get_adapter().send_verification_code_sms(user=user, phone=phone, code="123456")
        statements.append([query["sql"].split(" ")[0] for query in queries.captured_queries])
    assert statements[0] == statements[1]
    assert statements[0].count("INSERT") == 1
    assert set(Message.objects.values_list("user", flat=True)) == {None}


def test_a_dead_gateway_does_not_break_the_page(
    db: None, request_there: HttpRequest, gateway: type[Gateway]
) -> None:
    gateway.failing.append(OUT_OF_ORDER)
    get_adapter().send_verification_code_sms(user=None, phone="+8613800005678", code="123456")
    deliver.sweep()
    assert Message.objects.get().state == "pending"


def test_mails_of_allauth_go_through_the_outbox(db: None, request_there: HttpRequest) -> None:
    get_adapter().send_mail("account/email/login_code", "ann@example.org", {"code": "AB12"})
    assert mail.outbox == []
    deliver.sweep()
    assert mail.outbox[0].to == ["ann@example.org"]
    assert "AB12" in mail.outbox[0].body
    assert Message.objects.get().params == {}
