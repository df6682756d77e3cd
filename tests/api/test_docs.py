"""The description of the API: complete, valid, and shown without anything inline."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from requests_app.api.bodies import FACTS
from requests_app.workflow import REQUESTS

pytestmark = pytest.mark.django_db


@pytest.mark.full
def test_the_schema_is_valid_and_leaves_nothing_to_guess(tmp_path: object) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", f"{tmp_path}/schema.yml")


def test_the_schema_names_every_verb_the_problem_document_and_the_key() -> None:
    schema = Client().get("/api/schema/").json()
    assert schema["openapi"].startswith("3.")
    for verb, body in FACTS.items():
        operation = schema["paths"][f"/api/v1/service-requests/{{id}}/{verb}/"]["post"]
        named = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert named.rpartition("/")[2] == f"{body.__name__}Request"
        assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert schema["components"]["securitySchemes"]["key"]["name"] == "Authorization"


def test_every_verb_of_people_has_a_declared_body() -> None:
    of_people = {row.verb for row in REQUESTS.transitions if row.roles != ("system",)}
    # A whole import is undone at the desk, never one request; a proposal is made at its verb's own address.
    assert set(FACTS) == of_people - {"undo_import", "propose"}


def test_the_documentation_is_our_own_files_only_and_nothing_inline() -> None:
    response = Client().get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "unsafe-" not in response.headers["Content-Security-Policy"]
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]* src=\"/)", page)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
        assert finders.find(address.removeprefix("/static/")), address


def test_answers_are_json_whatever_is_accepted_and_never_kept() -> None:
    response = Client().get("/api/v1/categories/", headers={"Accept": "text/html"})
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
