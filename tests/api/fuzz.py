"""Calls made up from the OpenAPI description, sent within this process, and what every answer to one must hold."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from civic.accounts.models import ApiToken
from civic.cases.models import Approval
from requests_app.actions import act
from requests_app.models import Assignment, Offer
from tests.cast import Cast
from tests.repeatable import REPEATABLE
from tests.units import Units

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
MEMBERS = {"type", "title", "status", "detail", "code"}  # of a problem document


@cache
def described() -> Any:
    """Returns the API as its own schema describes it."""
    return schemathesis.openapi.from_wsgi("/api/schema/", from_here)


def from_here(environ: dict[str, Any], start_response: Any) -> Any:
    """Calls the product from an address, which werkzeug's client leaves out."""
    return product()({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)


@cache
def product() -> WSGIHandler:
    return WSGIHandler()


@cache
def operations() -> list[Any]:
    """Returns every operation of the schema; raises for one that cannot be read."""
    return [each.ok() for each in described().get_all_operations()]


@cache
def made_up(label: str, mode: GenerationMode, count: int) -> list[Case]:
    """Returns about `count` calls of an operation, the same in every run: as the schema allows, or as it does not."""
    found: list[Case] = []
    operation = next(each for each in operations() if each.label == label)

    @given(operation.as_strategy(mode))
    def collect(case: Case) -> None:
        found.append(case)

    try:
        settings(REPEATABLE, max_examples=count)(collect)()
    except Unsatisfiable:  # an operation without parameters cannot be called wrongly
        found.clear()
    return found


@contextmanager
def one_connection() -> Iterator[None]:
    """Lets calls use the test's own connection, as Django's test client does: no request closes it."""
    both = (request_started, request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


class Scene:
    """A request in every state, so that a call meets one that can take it; somebody in every role."""

    def __init__(self, cast: Cast) -> None:
        units, staff = Units(cast), cast.dispatcher
        placed, merged, rejected, pooled = cast.place(), cast.place(), cast.place(), cast.place()
        act(merged, "merge", actor=staff, into=placed.pk)
        act(rejected, "reject", actor=staff, reason_code="unsafe", text="请拨打 12345。")
        act(pooled, "offer", actor=staff, pool=True, agreed_start=pooled.preferred_start)
        exempt = cast.closed(cast.third)
        act(exempt, "exempt", actor=staff, reason_code="duplicate", text="重复登记。")
        self.requests = [
            placed, merged, rejected, pooled, exempt, units.referred(), cast.offered(), cast.accepted(cast.second),
            cast.in_service(cast.third), cast.completed(), cast.closed(),
        ]  # fmt: skip
        people = {
            "resident": cast.resident,
            "neighbour": cast.neighbour,
            "volunteer": cast.volunteer.user,
            "proxy": cast.proxy,
            "dispatcher": cast.dispatcher,
            "second dispatcher": cast.colleague,
            "auditor": cast.auditor,
            "administrator": cast.admin,
            "unit member": units.officer,
            "dispatcher elsewhere": cast.outsider,
        }
        self.headers = {
            who: {"Authorization": f"Token {ApiToken.issue(user)}"} for who, user in people.items()
        }
        self.headers["stranger"] = {}
        volunteers = [cast.volunteer.pk, cast.second.pk]
        self.known: dict[str, Any] = {
            "volunteers": volunteers,
            "volunteer": volunteers[0],
            "offers": list(Offer.objects.values_list("pk", flat=True)),
            "assignment": Assignment.objects.values_list("pk", flat=True).latest("pk"),
            "assignments": list(Assignment.objects.values_list("pk", flat=True)),
            "unit": units.bureau.pk,
            "assisting": [units.helpers.pk],
            "answer_class": "7d",
            "approval": Approval.objects.values_list("pk", flat=True).latest("pk"),
            "into": placed.pk,
            "category": "errand",
            "area": cast.grid.pk,
        }  # fmt: skip

    def meant(self, case: Case, number: int) -> Case:
        """Returns `case` with rows that exist: the address names one of the requests, every second body too."""
        path, body = dict(case.path_parameters or {}), case.body
        if isinstance(path.get("id"), int) and path["id"] > 0:
            path["id"] = self.requests[number % len(self.requests)].pk
        if number % 2 and isinstance(body, dict):
            body = {name: self.known.get(name, value) for name, value in body.items()}
        return case.operation.Case(
            method=case.method,
            path_parameters=path,
            query=case.query,
            headers=case.headers,
            body=body,
            media_type=case.media_type,
            _meta=case._meta,
        )


@contextmanager
def undone() -> Iterator[Callable[[], None]]:
    """Takes back what happens inside; yields what holds it to all that the database checks at a commit."""
    with transaction.atomic():
        yield connection.check_constraints
        transaction.set_rollback(True)


def send(case: Case, headers: dict[str, str]) -> Any:
    """Sends `case` and returns the answer, held against the schema and the promise about errors."""
    with undone() as at_commit:
        response = case.call(headers=headers)
        if response.status_code < 300 and case.method != "GET":
            at_commit()
    case.validate_response(response, checks=CHECKS)
    if response.status_code >= 400:
        assert_problem(response.headers, response.content, response.status_code)
    return response


def assert_problem(headers: Any, content: bytes, status: int) -> None:
    """Every error is application/problem+json with its five members."""
    kinds = headers["content-type"]
    assert (kinds if isinstance(kinds, str) else kinds[0]) == "application/problem+json"
    body = json.loads(content)
    assert body.keys() >= MEMBERS
    assert body["status"] == status
    assert all(isinstance(body[name], str) and body[name] for name in MEMBERS - {"status"}), body
