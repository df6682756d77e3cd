"""Refusals and the answers CONTRACT.md promises for them."""

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from civic.lib import errors

PROMISED = [
    (errors.ValidationFailed, 400, "invalid"),
    (errors.NotAllowed, 403, "not_allowed"),
    (errors.NotFound, 404, "not_found"),
    (errors.IllegalTransition, 409, "illegal_transition"),
    (errors.VersionConflict, 409, "version_conflict"),
    (errors.AlreadyTaken, 409, "already_taken"),
    (errors.Overlap, 409, "overlap"),
    (errors.Busy, 409, "busy"),
    (errors.TooLarge, 413, "too_large"),
    (errors.WrongType, 415, "unsupported_type"),
    (errors.KeyReused, 422, "key_reused"),
    (errors.TooMany, 429, "too_many"),
]


@pytest.mark.parametrize(("kind", "status", "code"), PROMISED)
def test_each_refusal_has_its_promised_status_and_code(kind, status, code):
    body = kind().problem()
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"] and body["detail"]
    assert "errors" not in body


def test_field_errors_are_listed_by_field():
    body = errors.ValidationFailed(errors={"phone": ["not a phone", "too short"]}).problem()
    assert body["errors"] == {"phone": ["not a phone", "too short"]}


def test_one_field_can_be_named_in_short():
    refusal = errors.ValidationFailed.on("photo", "not an image")
    assert refusal.errors == {"photo": ["not an image"]}
    assert str(refusal).endswith("photo: not an image")


def test_detail_code_title_and_wait_can_be_given():
    refusal = errors.TooMany("slow down", retry_after=30, code="slow", title="Slow")
    assert (refusal.retry_after, refusal.code, refusal.title) == (30, "slow", "Slow")
    assert refusal.problem()["detail"] == "slow down"
    assert errors.TooMany.code == "too_many"


def test_busy_says_when_to_try_again():
    assert errors.Busy().retry_after == 1


def test_the_answer_is_in_the_language_of_the_reader_not_of_the_raiser():
    refusal = errors.NotFound(_("Yes"))
    with translation.override("de"):
        assert refusal.problem()["detail"] == "Ja"
    with translation.override("en"):
        assert refusal.problem()["detail"] == "Yes"
