"""What stands in the copy of one's own data: every row about a person, as they themselves may read it.

Other people appear as elsewhere: staff by role, volunteers as residents see them, residents not at all.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import Model, Prefetch, Q

from civic.accounts.models import ApiToken, Consent, Membership, User
from civic.areas import queries as areas
from civic.cases.models import CaseEvent, CaseText
from civic.evidence.models import Photo, Voice
from civic.evidence.store import photos_of
from civic.notify import kinds
from civic.notify.models import Message, Preference, PushDevice, SmsReceipt
from civic.notify.shown import show
from insight.privacy import readings
from insight.privacy.models import Deletion, Export
from requests_app import access
from requests_app.drafts import Draft
from requests_app.matching.scores import NOT_OWN, OWN_PARTS
from requests_app.models import Assignment, Block, Considered, Offer, Rating, RequestDraft, ServiceRequest
from requests_app.queries import parts_shown
from volunteers.models import CalendarFeed, Papers, Qualification, ServiceRecord, Volunteer

ACCOUNT = ("id", "username", "phone", "email", "name", "language", "elder_mode", "date_joined", "last_login")
REQUEST = (
    "code", "state", "urgency", "source", "title", "text", "public_summary",
    "beneficiary_name", "beneficiary_phone", "contact_name", "contact_phone", "on_behalf_reason", "speaks",
    "address", "door_note", "lat", "lon", "preferred_start", "preferred_end",
    "as_soon_as_possible", "agreed_start", "expected_minutes",
    "headcount", "placed_at", "due_at", "closed_at", "outcome",
)  # fmt: skip
VOLUNTEER = (
    "number",
    "state",
    "lat",
    "lon",
    "active",
    "vetted_at",
    "insured_until",
    "birth_date",
    "about",
    "applied_at",
    "languages",
    "radius_m",
    "daily_limit",
    "weekly_limit",
    "wanted",
    "unwanted",
    "guardian_agreed_at",
    "pledge_version",
    "pledged_at",
)
PAPERS = ("id_number", "guardian_name", "guardian_phone")
PART = (
    "state", "accepted_at", "agreed_start", "expected_minutes", "checked_in_at", "check_in_by",
    "check_in_distance_m", "completed_at", "minutes", "ended_at", "end_reason", "excused",
)  # fmt: skip
RECEIPT = ("provider_id", "parts", "handed_at", "state", "reported_at", "error")  # of a text message
Told = dict[str, Any]


def of(user: User) -> Told:
    """Returns everything that is kept about `user`, by kind."""
    return {
        "account": _row(user, ACCOUNT) | {"home_area": _area(user.home_area_id)},
        "roles": [
            _row(each, ("role", "valid_from", "valid_until")) | {"area": _area(each.area_id)}
            for each in Membership.objects.filter(user=user).order_by("pk")
        ],
        "consents": _rows(
            Consent.objects.filter(user=user).order_by("pk"),
            ("purpose", "version", "given_at", "withdrawn_at"),
        ),
        "devices": _rows(
            UserSession.objects.filter(user=user), ("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "devices_with_notifications": _rows(
            PushDevice.objects.filter(user=user), ("created_at", "last_success_at")
        ),
        "api_keys": _rows(
            ApiToken.objects.filter(user=user), ("name", "prefix", "created_at", "last_used_at")
        ),
        "requests": [_request(each, user) for each in _requests(user)],
        "unfinished_requests": [
            Draft(each).answers for each in RequestDraft.objects.filter(user=user, placed=None)
        ],
        "volunteer": _volunteer(user),
        "messages": list(messages_of(user)),
        "message_preferences": [
            _row(each, ("kind", "channel", "choice", "changed_at")) | {"about": kinds.label_of(each.kind)}
            for each in Preference.objects.filter(user=user).order_by("pk")
        ],
        "who_looked": [vars(each) for each in readings.told(readings.about(user).order_by("-pk"))],
        "deletions_asked_for": _rows(
            Deletion.objects.filter(user=user), ("asked_at", "due_at", "withdrawn_at")
        ),
        "copies_asked_for": _rows(Export.objects.filter(user=user), ("asked_at", "ready_at", "kept_until")),
    }


def files_of(user: User) -> Iterator[tuple[str, Photo | Voice]]:
    """Returns the photos and voice notes of the user's requests, and what they sent themselves (the photos of their
    papers too), each with a folder."""
    mine = [request.pk for request in _requests(user)]
    belongs = Q(uploader=user) | Q(subject_kind=ServiceRequest.kind, subject_id__in=mine)
    for photo in Photo.objects.filter(belongs).order_by("created_at"):
        yield "photos", photo
    for voice in Voice.objects.filter(belongs).order_by("created_at"):
        yield "voice", voice


def _requests(user: User) -> Iterable[ServiceRequest]:
    mine = access.beneficiary_of(user) if user.is_staff else access.own(user)
    return ServiceRequest.objects.filter(mine).select_related("category").order_by("pk")


def _request(request: ServiceRequest, user: User) -> Told:
    history = parts_shown.history(request, user, staff=False).order_by("seq")
    return _row(request, REQUEST) | {
        "category": str(request.category),
        "area": _area(request.area_id),
        "ratings": _rows(Rating.objects.filter(request=request), ("round", "solved", "stars", "via", "at")),
        "history": [
            _row(each.event, ("seq", "at", "verb", "to_state", "actor_role", "reason_code"))
            | {"by_me": each.event.actor_id == user.pk, "details": each.facts, "words": each.texts}
            for each in parts_shown.as_read(list(history), user, staff=False)
        ],
        "photos": _files(Photo, request),
        "voice": _files(Voice, request),
    }


def _files(model: type[Photo] | type[Voice], request: ServiceRequest) -> list[str]:
    found = model._default_manager.filter(subject_kind=request.kind, subject_id=request.pk)
    return [str(each) for each in found.values_list("pk", flat=True)]


def _volunteer(user: User) -> Told | None:
    volunteer = Volunteer.objects.filter(user=user).first()
    if volunteer is None:
        return None
    parts = Assignment.objects.filter(volunteer=volunteer).select_related("request").order_by("pk")
    own_words = CaseText.objects.filter(kind=volunteer.kind, case_id=volunteer.pk, erased_at=None)
    return _row(volunteer, VOLUNTEER) | {
        "area": _area(volunteer.area_id),
        "skills": volunteer.skills,
        "service_classes": volunteer.service_classes,
        **_said_by(volunteer),
        "history": _rows(
            CaseEvent.objects.filter(kind=volunteer.kind, case_id=volunteer.pk).order_by("seq"),
            ("seq", "at", "verb", "to_state", "facts"),
        ),
        "words": _rows(own_words, ("seq", "name", "body")),
        "offers": _rows(
            Offer.objects.filter(volunteer=volunteer).order_by("pk"),
            ("state", "via", "made_at", "answered_at", "reason_code", "reasons"),
        ),
        "considered": [
            _row(each, ("at", "asked", "passed_over", "rank", "of"))
            | {"parts": {name: part for name, part in each.parts.items() if name in OWN_PARTS}}
            | {"reasons": [code for code in each.reasons if code not in NOT_OWN]}
            for each in Considered.objects.filter(volunteer=volunteer).order_by("pk")
        ],
        "tasks": [_row(each, PART) | {"what": each.request.public_summary} for each in parts],
        "wrote": _wrote(user),
        "never_again": Block.objects.filter(volunteer=volunteer, by=user).count(),
        "service_records": _rows(
            ServiceRecord.objects.filter(volunteer=volunteer).order_by("pk"),
            ("minutes", "started_at", "ended_at", "content", "recorded_at"),
        ),
    }


def _said_by(volunteer: Volunteer) -> Told:
    """Returns what stands beside the volunteer's own row: papers, qualifications with their photos, hours and days."""
    papers = Papers.objects.filter(volunteer=volunteer).first()
    qualifications = Qualification.objects.filter(volunteer=volunteer).select_related("kind").order_by("pk")
    return {
        "papers": _row(papers, PAPERS) if papers is not None else None,
        "qualifications": [
            _row(each, ("number", "expires_on", "added_at", "checked_at"))
            | {"kind": str(each.kind)}
            | {"photos": [str(photo.pk) for photo in photos_of(Qualification.kind_of_evidence, each.pk)]}
            for each in qualifications
        ],
        "hours": _rows(volunteer.hours.order_by("weekday", "starts"), ("weekday", "starts", "ends")),
        "extra_hours": _rows(volunteer.extra_hours.order_by("day", "starts"), ("day", "starts", "ends")),
        "days_off": _rows(volunteer.days_off.order_by("first"), ("first", "last")),
        "teams": [
            _row(each, ("state", "role", "applied_at", "joined_at", "ended_at")) | {"team": each.team.name}
            for each in volunteer.memberships.select_related("team").order_by("pk")
        ],
        "calendar_feed": _rows(CalendarFeed.objects.filter(volunteer=volunteer), ("made_at", "read_at")),
    }


def _wrote(user: User) -> list[Told]:
    """Returns what the volunteer wrote in requests of other people: notes, reasons, safety reports."""
    events = CaseEvent.objects.filter(
        kind=ServiceRequest.kind, actor=user, actor_role__in=["assigned", "served"]
    )
    mine = set(events.values_list("case_id", "seq"))
    texts = CaseText.objects.filter(
        kind=ServiceRequest.kind, case_id__in={case for case, _seq in mine}, erased_at=None
    )
    return [_row(each, ("name", "body")) for each in texts if (each.case_id, each.seq) in mine]


def messages_of(user: User) -> Iterator[Told]:
    """Yields what was sent to the account, with what became of text messages; two queries.

    Not what went to its number alone: that may have been somebody else's.
    """
    receipts = Prefetch("receipts", SmsReceipt.objects.order_by("pk"))
    for message in Message.objects.filter(user=user).prefetch_related(receipts).order_by("pk"):
        yield _message(message, user)


def _message(message: Message, user: User) -> Told:
    wording = show(message, message.language or user.language or "zh-hans").wording
    return _row(message, ("channel", "created_at", "sent_at", "read_at")) | {
        "title": wording.title,
        "body": wording.body,
        "receipts": _rows(message.receipts.all(), RECEIPT),
    }


def _rows(rows: Iterable[Model], names: Iterable[str]) -> list[Told]:
    return [_row(each, names) for each in rows]


def _row(row: Model, names: Iterable[str]) -> Told:
    return {name: getattr(row, name) for name in names}


def _area(area_id: int | None) -> str:
    return areas.path_label(area_id) if area_id is not None else ""
