"""Effects of the verbs by which a volunteer's profile changes: hours, days, papers, guardian, pledge."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from civic.cases.change import Change
from civic.evidence import store
from civic.lib.errors import Conflict, NotFound, ValidationFailed
from volunteers import hours, terms
from volunteers.enums import IdNumber
from volunteers.models import (
    AvailableHours,
    CalendarFeed,
    DayOff,
    ExtraHours,
    Papers,
    Qualification,
    Volunteer,
)
from volunteers.telling import tell

TAKEN = gettext_lazy("Somebody is registered with this ID number. Please talk to your community.")
MOST_DAYS = 60  # rows of days off, and of extra hours: nobody plans more by hand


def add_hours(change: Change) -> None:
    """Adds `starts` to `ends` to the hours of each of `weekdays`, together with what is there."""
    stretch = (change.facts["starts"], change.facts["ends"])
    for weekday in change.facts["weekdays"]:
        _rewrite(AvailableHours, change.case, "weekday", weekday, lambda kept: hours.joined([*kept, stretch]))
    change.record(weekdays=change.facts["weekdays"], stretch=stretch)


def drop_hours(change: Change) -> None:
    """Takes `starts` to `ends` out of the hours of each of `weekdays`."""
    stretch = (change.facts["starts"], change.facts["ends"])
    for weekday in change.facts["weekdays"]:
        _rewrite(AvailableHours, change.case, "weekday", weekday, lambda kept: hours.without(kept, stretch))
    change.record(weekdays=change.facts["weekdays"], stretch=stretch)


def add_extra(change: Change) -> None:
    """Adds `starts` to `ends` to the extra hours of `day`."""
    stretch = (change.facts["starts"], change.facts["ends"])
    _make_room(ExtraHours, change, "day")
    _rewrite(ExtraHours, change.case, "day", change.facts["day"], lambda kept: hours.joined([*kept, stretch]))


def drop_extra(change: Change) -> None:
    """Removes the extra hours with the key `row`."""
    _drop(ExtraHours, change)


def add_days_off(change: Change) -> None:
    """Adds the days `first` to `last`; what overlaps or follows them at once becomes one row with them."""
    first, last, day = change.facts["first"], change.facts["last"], timedelta(days=1)
    touching = DayOff.objects.filter(volunteer=change.case, first__lte=last + day, last__gte=first - day)
    for row in touching:
        first, last = min(first, row.first), max(last, row.last)
    touching.delete()
    _make_room(DayOff, change, "last")
    DayOff.objects.create(volunteer=change.case, first=first, last=last)


def drop_days_off(change: Change) -> None:
    """Removes the days off with the key `row`."""
    _drop(DayOff, change)


def add_paper(change: Change) -> None:
    """Keeps a paper of `kind` (a QualificationKind) with its photo, in place of an older one, until staff check it."""
    kind, photo = change.facts["kind"], change.fact("photo")
    if kind.expires and change.fact("expires_on") is None:
        raise ValidationFailed.on("expires_on", _("Please give the day until which it is valid."))
    if not photo:
        raise ValidationFailed.on("photo", _("Please add a photo of the paper."))
    for old in Qualification.objects.filter(volunteer=change.case, kind=kind):
        _discard(old)
    made = Qualification.objects.create(
        volunteer=change.case,
        kind=kind,
        number=change.fact("number") or "",
        expires_on=change.fact("expires_on"),
        added_at=change.at,
    )
    store.attach(change.actor, [photo], Qualification.kind_of_evidence, made.pk)
    change.record(paper=made.pk, kind=kind.code)


def drop_paper(change: Change) -> None:
    """Removes the paper `paper` and its photo."""
    found = _paper(change)
    change.record(paper=found.pk, kind=found.kind.code)
    _discard(found)


def check_paper(change: Change) -> None:
    """Notes that staff have seen the paper: it counts (`valid`), or it does not, for a `reason` that is told."""
    found = _paper(change)
    valid = bool(change.fact("valid"))
    if not valid and not change.fact("reason"):
        raise ValidationFailed.on("reason", _("Please say what is wrong with it."))
    if valid and found.expires_on is not None and found.expires_on < timezone.localdate(change.at):
        raise Conflict(_("This paper has run out."))
    found.checked_at = change.at if valid else None
    found.checked_by = change.actor if valid else None
    found.save(update_fields=["checked_at", "checked_by"])
    change.record(paper=found.pk, kind=found.kind.code, valid=valid)
    tell(change, "volunteer.paper_checked" if valid else "volunteer.paper_refused")


def keep_papers(change: Change) -> None:
    """Keeps the ID number, or who the guardian is; another guardian has not agreed yet."""
    papers, _made = Papers.objects.get_or_create(volunteer=change.case)
    names = [name for name in ("id_number", "guardian_name", "guardian_phone") if name in change.facts]
    if "id_number" in names:
        _check_id_number(change, papers)
    if any(getattr(papers, name) != change.facts[name] for name in names if name != "id_number"):
        change.case.guardian_agreed_at = None
    for name in names:
        setattr(papers, name, change.facts[name])
    try:
        with transaction.atomic():
            papers.save()
    except IntegrityError as error:  # the same ID number, sent at the same moment
        raise ValidationFailed.on("id_number", TAKEN) from error
    change.record(fields=names)


def _check_id_number(change: Change, papers: Papers) -> None:
    volunteer: Volunteer = change.case
    if terms.asks_id_number(volunteer) == IdNumber.NEVER:
        raise ValidationFailed.on("id_number", _("The ID number is not asked for here."))
    born: date | None = change.fact("birth_date")
    if volunteer.birth_date is None:
        volunteer.birth_date = born
    elif born != volunteer.birth_date:
        raise ValidationFailed.on("id_number", _("This is not the date of birth you registered with."))
    probe = Papers(id_number=change.facts["id_number"])
    hashed = Papers._meta.get_field("id_number_hash").pre_save(probe, True)
    if Papers.objects.filter(id_number_hash=hashed).exclude(pk=papers.pk).exists():
        raise ValidationFailed.on("id_number", TAKEN)


def note_guardian(change: Change) -> None:
    """Notes that the guardian agrees, whom staff have asked, or agrees no longer (`agreed`)."""
    agreed = bool(change.fact("agreed"))
    if agreed and not Papers.objects.filter(volunteer=change.case).exclude(guardian_name="").exists():
        raise Conflict(_("Nobody is named as guardian yet."))
    change.case.guardian_agreed_at = change.at if agreed else None
    change.record(agreed=agreed)


def pledge(change: Change) -> None:
    """Keeps the version of the pledge that was made, and when."""
    change.case.pledge_version, change.case.pledged_at = terms.PLEDGE_VERSION, change.at
    change.record(version=terms.PLEDGE_VERSION)


def needs_before_approval(change: Change) -> None:
    """Guard: a minor's guardian has agreed, and the ID number is there where it is needed.

    Rule: 志愿服务条例 art. 6.
    """
    volunteer: Volunteer = change.case
    age = volunteer.age_on(timezone.localdate(change.at))
    if age is not None and age < terms.ADULT_YEARS and volunteer.guardian_agreed_at is None:
        raise Conflict(_("Under 18 the guardian has to agree first."))
    if terms.asks_id_number(volunteer) == IdNumber.REQUIRED:
        known = Papers.objects.filter(volunteer=volunteer, id_number_hash__isnull=False)
        if not known.exists():
            raise Conflict(_("The ID number is needed here before approval."))


def forget(volunteer: Volunteer) -> None:
    """Removes everything somebody said about themselves."""
    for paper in Qualification.objects.filter(volunteer=volunteer):
        _discard(paper)
    for model in (AvailableHours, ExtraHours, DayOff, Papers, CalendarFeed):
        model._default_manager.filter(volunteer=volunteer).delete()
    empty(volunteer)


def empty(volunteer: Volunteer) -> None:
    """Removes from the row of the volunteer what they said about themselves."""
    volunteer.languages, volunteer.wanted, volunteer.unwanted, volunteer.service_classes = [], [], [], []
    volunteer.radius_m = volunteer.daily_limit = volunteer.weekly_limit = None
    volunteer.guardian_agreed_at = volunteer.pledged_at = volunteer.asked_idle_at = None
    volunteer.pledge_version = ""


def _rewrite(
    model: type[AvailableHours] | type[ExtraHours],
    volunteer: Volunteer,
    name: str,
    day: Any,
    change: Callable[[list[hours.Stretch]], list[hours.Stretch]],
) -> None:
    """Puts what `change` makes of the stretches of one day in their place."""
    rows = model._default_manager.filter(**{"volunteer": volunteer, name: day})
    kept = [(row.starts, row.ends) for row in rows]
    rows.delete()
    wanted = [
        model(**{"volunteer": volunteer, name: day, "starts": first, "ends": last})
        for first, last in change(kept)
    ]
    model._default_manager.bulk_create(wanted)  # type: ignore[arg-type]


def _make_room(model: type[DayOff] | type[ExtraHours], change: Change, until: str) -> None:
    """Removes days that have passed. Raises ValidationFailed when there are too many to come."""
    rows = model._default_manager.filter(volunteer=change.case)
    rows.filter(**{f"{until}__lt": timezone.localdate(change.at)}).delete()
    if rows.count() >= MOST_DAYS:
        raise ValidationFailed(_("There are too many single days; please remove some first."))


def _drop(model: type[DayOff] | type[ExtraHours], change: Change) -> None:
    model._default_manager.filter(volunteer=change.case, pk=change.facts["row"]).delete()


def _paper(change: Change) -> Qualification:
    found = Qualification.objects.filter(volunteer=change.case, pk=change.facts["paper"])
    row = found.select_related("kind").first()
    if row is None:
        raise NotFound()
    return row


def _discard(paper: Qualification) -> None:
    store.discard_of(Qualification.kind_of_evidence, paper.pk)
    paper.delete()
