"""The register of personal columns is complete, and what it promises is what happens."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from civic.accounts.models import User
from insight.privacy.columns import HARMLESS, PERSONAL, Fate

# Types of columns that can hold words, places, dates of birth, files or references to people.
TELLING = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FloatField,
    models.DecimalField,
    models.DateField,
    models.FileField,
    models.GenericIPAddressField,
    models.UUIDField,
    models.BinaryField,
    ArrayField,
)


def is_telling(field: Any) -> bool:
    """Returns whether a column could hold something personal."""
    if field.is_relation:
        return field.related_model is User
    if isinstance(field, models.DateTimeField) or field.choices:
        return False
    return isinstance(field, TELLING)


def telling() -> dict[str, set[str]]:
    """Returns the columns of every model that could hold something personal."""
    found = {
        model._meta.label_lower: {each.name for each in model._meta.local_concrete_fields if is_telling(each)}
        for model in apps.get_models(include_auto_created=True)
    }
    return {label: names for label, names in found.items() if names}


def listed(label: str) -> set[str]:
    """Returns the columns of a model of which the register says what they are."""
    harmless = HARMLESS.get(label, ())
    return telling()[label] if harmless == "*" else {*harmless, *PERSONAL.get(label, ())}


def test_every_column_that_can_hold_something_personal_is_in_the_register() -> None:
    missing = [
        f"{label}.{name}"
        for label, names in telling().items()
        for name in sorted(names)
        if name not in (names if HARMLESS.get(label) == "*" else listed(label))
    ]
    assert not missing, (
        "Say in privacy/columns.py what becomes of these columns, and see to it that it happens: "
        + ", ".join(missing)
    )


def test_the_register_names_no_column_that_is_gone_and_none_twice() -> None:
    for label, columns in (*PERSONAL.items(), *HARMLESS.items()):
        model = apps.get_model(label) if label.count(".") == 1 and "_" not in label.split(".")[1] else None
        known = {field.name for field in model._meta.get_fields()} if model else set(columns)
        assert columns == "*" or set(columns) <= known, f"{label}: {set(columns) - known}"
    both = {
        f"{label}.{name}" for label in PERSONAL for name in PERSONAL[label] if name in HARMLESS.get(label, ())
    }
    assert not both


def test_every_reason_to_keep_something_is_a_sentence() -> None:
    reasons = {fate for columns in PERSONAL.values() for fate in columns.values()}
    assert all(str(reason).endswith(".") for reason in reasons if not isinstance(reason, Fate))


def test_whatever_is_said_to_be_swept_has_a_task_of_beat() -> None:
    said = {fate.split("(")[1].rstrip(")") for fate in Fate}
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    elsewhere = {"effects.erasing", "privacy.deletion"}  # both carried out by privacy.sweep
    assert said - elsewhere <= tasks
    assert "privacy.sweep" in tasks
