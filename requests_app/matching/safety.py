"""The rules nobody can waive: the qualification a kind of help asks for, the least age, and a guardian's consent.

Each stands here twice, as SQL for many and in Python for one who answers; tests/requests_app/test_matching_wishes.py
holds both against the same written-out rule. Rule: 志愿服务条例 art. 6 (minors), art. 16 (professional qualifications).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from requests_app.matching.given import Given, Shape
from requests_app.matching.rule import Rule
from requests_app.models import Category
from volunteers.models import Qualification, Volunteer
from volunteers.terms import ADULT_YEARS

NOT_QUALIFIED = _("This kind of help needs a qualification that staff have checked.")
TOO_YOUNG = _("This kind of help has a minimum age. Please talk to your community.")
NO_GUARDIAN = _("Under 18 your guardian has to agree first. Please talk to your community.")


def safety(shape: Shape) -> Iterator[Rule]:
    """Yields the rules for help of the request's category on its day."""
    if shape.qualification:
        mine = Qualification.objects.filter(volunteer=OuterRef("pk"), kind=Given("qualification"))
        qualified = Q(Exists(mine.filter(valid_on(Given("day")))))
        yield Rule(
            "qualification",
            qualified,
            _("This needs a qualification; theirs is missing, unchecked or has run out."),
            NOT_QUALIFIED,
            narrows=True,
            always=qualified,
        )
    if shape.least_age:
        old_enough = Q(birth_date__lte=Given("allowed_born_by"))
        yield Rule(
            "age",
            old_enough,
            _("They are below the minimum age for this, or their date of birth is not known."),
            TOO_YOUNG,
            narrows=True,
            always=old_enough,
        )
    adult = Q(birth_date=None) | Q(birth_date__lte=Given("adults_born_by"))
    agreed = adult | Q(guardian_agreed_at__isnull=False)
    yield Rule(
        "guardian",
        agreed,
        _("They are under 18, and their guardian has not agreed."),
        NO_GUARDIAN,
        narrows=True,
        always=agreed,
    )


def bar(category: Category, volunteer: Volunteer, day: date) -> str:
    """Returns why `volunteer` must not help with this category on `day`, "" when nothing stands against it."""
    age = volunteer.age_on(day)
    if category.qualification_id is not None:
        mine = Qualification.objects.filter(volunteer=volunteer, kind=category.qualification_id)
        if not mine.filter(valid_on(day)).exists():
            return str(NOT_QUALIFIED)
    if category.min_age is not None and (age is None or age < category.min_age):
        return str(TOO_YOUNG)
    if age is not None and age < ADULT_YEARS and volunteer.guardian_agreed_at is None:
        return str(NO_GUARDIAN)
    return ""


def valid_on(day: date | Given) -> Q:
    """Returns the filter for qualifications that are checked and not run out on `day`."""
    return Q(checked_at__isnull=False) & (Q(expires_on=None) | Q(expires_on__gte=day))
