"""Whatever is sent to any operation of the schema, by whomever: the answer is one that the schema declares."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from schemathesis import Case, GenerationMode

from tests.api import fuzz
from tests.cast import Cast

ROLES = (
    "stranger",
    "resident",
    "neighbour",
    "volunteer",
    "proxy",
    "dispatcher",
    "second dispatcher",
    "auditor",
    "administrator",
    "unit member",
    "dispatcher elsewhere",
)
ALLOWED, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
A_FEW, MANY = {ALLOWED: 2}, {ALLOWED: 20, WRONG: 10}


@pytest.fixture
def scene(cast: Cast, settings: Any) -> Iterator[fuzz.Scene]:
    settings.API_READS_A_MINUTE = settings.API_WRITES_A_MINUTE = settings.API_STRANGERS_A_MINUTE = 0
    with fuzz.one_connection():
        yield fuzz.Scene(cast)


def call_all(scene: fuzz.Scene, who: str, amounts: dict[GenerationMode, int], part: slice) -> None:
    """Calls every operation as `who` in `part` of the ways made up; fails with every one that broke a promise."""
    broken, number = [], ROLES.index(who)
    for operation in fuzz.operations():
        for mode, count in amounts.items():
            for made in fuzz.made_up(operation.label, mode, count)[part]:
                number += 1
                case = scene.meant(made, number)
                try:
                    response = fuzz.send(case, scene.headers[who])
                    if who == "stranger":
                        assert_stopped(case, response)
                except Exception as error:  # all that is wrong at once, not the first of it
                    broken.append(f"{case.as_curl_command()}\n{type(error).__name__}: {error}")
    assert broken == [], f"{len(broken)} as {who}:\n" + "\n\n".join(broken)


def assert_stopped(case: Case, response: Any) -> None:
    """A stranger is told to sign in, unless the schema lets everybody in or the address is none of ours."""
    is_public = {} in case.operation.definition.raw["security"]
    number = case.path_parameters.get("id", 1)
    if isinstance(number, int) and number >= 0:
        assert (response.status_code == 401) != is_public


@pytest.mark.parametrize(
    "who",
    [pytest.param(who, marks=() if who == "dispatcher" else pytest.mark.full) for who in ROLES],
)
def test_every_answer_is_one_the_schema_declares(scene: fuzz.Scene, who: str) -> None:
    turn = ROLES.index(who) % 2
    call_all(scene, who, A_FEW, slice(turn, turn + 1))


@pytest.mark.full
@pytest.mark.parametrize("who", ROLES)
def test_every_answer_to_many_calls_is_one_the_schema_declares(scene: fuzz.Scene, who: str) -> None:
    call_all(scene, who, MANY, slice(None))


def test_other_methods_than_those_declared_are_refused(scene: fuzz.Scene) -> None:
    declared: dict[str, set[str]] = {}
    for operation in fuzz.operations():
        declared.setdefault(operation.full_path, set()).add(operation.method.upper())
    client = Client(headers=scene.headers["dispatcher"])
    for path, methods in declared.items():
        address = path.format(id=scene.requests[0].pk)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            response = client.generic(method, address)
            assert response.status_code == 405, f"{method} {address}"
            fuzz.assert_problem(response.headers, response.content, 405)
            assert methods <= set(response.headers["Allow"].split(", "))
