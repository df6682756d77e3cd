"""What volunteers say about themselves on the phone: hours, days, wishes, papers, pledge; kept by verbs."""

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from civic.cases.models import CaseEvent
from civic.evidence.models import Photo
from civic.lib import clock, codes
from civic.lib.templatetags.civic_ui import spoken_day
from requests_app.models import Category
from tests.cast import Cast
from tests.requests_app.volunteer_browser import words
from volunteers import hours, terms
from volunteers.models import (
    AvailableHours,
    DayOff,
    ExtraHours,
    Papers,
    Qualification,
    QualificationKind,
    Volunteer,
    VolunteerTerms,
)
from volunteers.models.hours import DAY_MINUTES

pytestmark = pytest.mark.django_db
GOOD_NUMBER = "11010519491231002X"


@pytest.fixture
def phone(cast: Cast) -> Client:
    """The volunteer's English-speaking browser."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.volunteer.user)
    return client


def picture() -> SimpleUploadedFile:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "white").save(drawn, "JPEG")
    return SimpleUploadedFile("paper.jpg", drawn.getvalue(), "image/jpeg")


def post(client: Client, page: str, **typed: Any) -> Any:
    return client.post(reverse(page), {"form_key": codes.token(), **typed})


def week(volunteer: Volunteer) -> list[tuple[int, int, int]]:
    rows = AvailableHours.objects.filter(volunteer=volunteer).order_by("weekday", "starts")
    return list(rows.values_list("weekday", "starts", "ends"))


def test_hours_are_put_together_on_each_day_and_cut_out_again(cast: Cast, phone: Client) -> None:
    add = {"verb": "add_hours", "weekdays": [1, 2]}
    assert post(phone, "v:times", **add, starts="08:00", ends="12:00").status_code == 302
    post(phone, "v:times", **add, starts="12:00", ends="14:00")
    assert week(cast.volunteer) == [(1, 480, 840), (2, 480, 840)]
    post(phone, "v:times", verb="add_hours", weekdays=[2, 3, 4], starts="18:00", ends="00:00")
    page = words(phone.get(reverse("v:times")))
    assert "08:00–14:00" in page and "Tue–Thu" in page and "18:00–24:00" in page
    post(phone, "v:times", verb="drop_hours", weekdays=[1], starts=540, ends=600)
    assert [row for row in week(cast.volunteer) if row[0] == 1] == [(1, 480, 540), (1, 600, 840)]
    assert (4, 1080, DAY_MINUTES) in week(cast.volunteer)
    verbs = CaseEvent.objects.filter(kind="volunteer", case_id=cast.volunteer.pk, actor=cast.volunteer.user)
    assert list(verbs.order_by("seq").values_list("verb", flat=True))[-4:] == [
        *["add_hours"] * 3,
        "drop_hours",
    ]


def test_days_off_that_touch_become_one_and_can_be_removed(cast: Cast, phone: Client) -> None:
    today = timezone.localdate()
    for first, last in ((5, 6), (7, 9)):
        days = {"first": today + timedelta(first), "last": today + timedelta(last)}
        assert post(phone, "v:times", verb="add_days_off", **days).status_code == 302
    [row] = DayOff.objects.filter(volunteer=cast.volunteer)
    assert (row.first, row.last) == (today + timedelta(5), today + timedelta(9))
    assert spoken_day(row.last) in words(phone.get(reverse("v:times")))
    post(phone, "v:times", verb="drop_days_off", row=row.pk)
    assert not DayOff.objects.exists()


def test_extra_hours_stand_on_their_day(cast: Cast, phone: Client) -> None:
    day = timezone.localdate() + timedelta(3)
    post(phone, "v:times", verb="add_extra", day=day, starts="09:00", ends="11:30")
    [row] = ExtraHours.objects.filter(volunteer=cast.volunteer)
    assert (row.day, row.starts, row.ends) == (day, 540, 690)
    post(phone, "v:times", verb="drop_extra", row=row.pk)
    assert not ExtraHours.objects.exists()


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"verb": "add_hours", "starts": "08:00", "ends": "09:00"}, "Please choose a day at least."),
        ({"verb": "add_hours", "weekdays": [1], "starts": "18:00", "ends": "09:00"}, "end must come after"),
        ({"verb": "add_days_off", "first": "2020-01-01", "last": "2020-01-02"}, "from today on"),
        ({"verb": "add_extra", "day": "2099-01-01", "starts": "08:00", "ends": "09:00"}, "within a year"),
        ({"verb": "nonsense"}, ""),
    ],
)
def test_times_that_cannot_be_are_said_beside_the_form(
    cast: Cast, phone: Client, typed: dict[str, Any], told: str
) -> None:
    answer = post(phone, "v:times", **typed)
    assert answer.status_code == 400
    assert told in words(answer)
    assert not week(cast.volunteer)


def test_nobody_removes_days_of_somebody_else(cast: Cast, phone: Client) -> None:
    today = timezone.localdate()
    theirs = DayOff.objects.create(volunteer=cast.second, first=today, last=today)
    post(phone, "v:times", verb="drop_days_off", row=theirs.pk)
    assert DayOff.objects.filter(pk=theirs.pk).exists()


def test_wishes_are_kept_and_shown_again(cast: Cast, phone: Client) -> None:
    liked, not_liked = Category.objects.get(code="errand"), Category.objects.get(code="repair")
    typed = {f"kind_{liked.pk}": "liked", f"kind_{not_liked.pk}": "not"}
    answer = post(
        phone, "v:wishes", radius_m="2000", daily_limit="2", weekly_limit="", languages=["sign"], **typed
    )
    assert answer.status_code == 302
    kept = Volunteer.objects.get(pk=cast.volunteer.pk)
    assert (kept.radius_m, kept.daily_limit, kept.weekly_limit) == (2000, 2, None)
    assert (kept.languages, kept.wanted, kept.unwanted) == (["sign"], [liked.pk], [not_liked.pk])
    page = phone.get(reverse("v:wishes")).content.decode()
    assert f'name="kind_{not_liked.pk}" value="not"' in page
    for wrong in ({"radius_m": "17"}, {"daily_limit": "0"}, {"languages": ["klingon"]}):
        assert post(phone, "v:wishes", **wrong).status_code == 400, wrong


def test_a_paper_is_sent_checked_by_staff_and_shown_to_nobody_else(cast: Cast, phone: Client) -> None:
    kind = QualificationKind.objects.get(code="driver")
    until = timezone.localdate() + timedelta(days=400)
    sent = {"what": "paper", "kind": kind.pk, "number": "C1-77", "expires_on": until, "photo": picture()}
    assert post(phone, "v:papers", **sent).status_code == 302
    paper = Qualification.objects.get(volunteer=cast.volunteer)
    assert (paper.number, paper.expires_on, paper.checked_at) == ("C1-77", until, None)
    assert "to be checked" in words(phone.get(reverse("v:papers")))
    photo = Photo.objects.get(subject_kind="qualification", subject_id=paper.pk)
    seen = {}
    for name in ("volunteer", "second", "dispatcher", "outsider", "proxy", "resident"):
        client = Client()
        client.force_login(
            getattr(cast, name).user if name in {"volunteer", "second"} else getattr(cast, name)
        )
        seen[name] = client.get(photo.get_absolute_url()).status_code
    assert seen == {
        "volunteer": 200,
        "second": 404,
        "dispatcher": 200,
        "outsider": 404,
        "proxy": 404,
        "resident": 404,
    }
    desk = Client(headers={"accept-language": "en"})
    desk.force_login(cast.dispatcher)
    page = words(desk.get(reverse("desk:volunteer", args=[cast.volunteer.pk])))
    assert "C1-77" in page and "Checked: it counts" in page
    verb = reverse("desk:volunteer_verb", args=[cast.volunteer.pk, "check_paper"])

    def check(valid: int, reason: str = "") -> int:
        version = Volunteer.objects.get(pk=cast.volunteer.pk).version
        typed = {"version": version, "paper": paper.pk, "valid": valid, "reason": reason}
        return desk.post(verb, {"form_key": codes.token(), **typed}).status_code

    assert check(0) == 400  # without a reason
    assert check(0, "照片看不清") == 302
    assert "照片看不清" in words(phone.get(reverse("v:papers")))
    assert check(1) == 302
    paper.refresh_from_db()
    assert (paper.checked_by, paper.is_valid_on(until), paper.is_valid_on(until + timedelta(1))) == (
        cast.dispatcher,
        True,
        False,
    )
    post(phone, "v:papers", what="drop", row=paper.pk)
    assert not Qualification.objects.exists() and not Photo.objects.filter(pk=photo.pk).exists()


def test_a_newer_paper_of_a_kind_takes_the_place_of_the_old_and_is_checked_anew(
    cast: Cast, phone: Client
) -> None:
    kind = QualificationKind.objects.get(code="lawyer")
    for _again in range(2):
        assert post(phone, "v:papers", what="paper", kind=kind.pk, photo=picture()).status_code == 302
        [paper] = Qualification.objects.filter(volunteer=cast.volunteer)
        assert paper.checked_at is None
        Qualification.objects.filter(pk=paper.pk).update(checked_at=clock.now(), checked_by=cast.dispatcher)
    assert Photo.objects.filter(subject_kind="qualification").count() == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"expires_on": ""}, "the day until which it is valid"),
        ({"expires_on": "2020-01-01"}, "has run out"),
        ({"photo": SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")}, ""),
        ({"kind": 10**6}, "Select a valid choice"),
    ],
)
def test_a_paper_that_cannot_be_taken_is_explained(
    cast: Cast, phone: Client, changes: dict[str, Any], told: str
) -> None:
    kind = QualificationKind.objects.get(code="driver")
    until = timezone.localdate() + timedelta(days=400)
    sent = {"what": "paper", "kind": kind.pk, "expires_on": until, "photo": picture(), **changes}
    answer = post(phone, "v:papers", **sent)
    assert answer.status_code in {400, 415}
    assert told in words(answer)
    assert not Qualification.objects.exists()


def test_an_id_number_is_checked_encrypted_and_shown_in_part(cast: Cast, phone: Client) -> None:
    assert post(phone, "v:papers", what="id_number", id_number="110105194912310021").status_code == 400
    assert post(phone, "v:papers", what="id_number", id_number=GOOD_NUMBER.lower()).status_code == 302
    assert Papers.objects.get(volunteer=cast.volunteer).id_number == GOOD_NUMBER
    assert Volunteer.objects.get(pk=cast.volunteer.pk).birth_date == date(1949, 12, 31)
    page = words(phone.get(reverse("v:papers")))
    assert "1101**********002X" in page and GOOD_NUMBER not in page
    facts = CaseEvent.objects.get(case_id=cast.volunteer.pk, kind="volunteer", verb="keep_papers").facts
    assert GOOD_NUMBER not in str(facts)
    other = Client(headers={"accept-language": "en"})
    other.force_login(cast.second.user)
    answer = post(other, "v:papers", what="id_number", id_number=GOOD_NUMBER)
    assert (answer.status_code, "Somebody is registered" in words(answer)) == (400, True)


def test_a_city_that_asks_for_no_id_number_takes_none(cast: Cast, phone: Client) -> None:
    VolunteerTerms.objects.create(area=cast.city, id_number="never")
    assert "ID number" not in words(phone.get(reverse("v:papers")))
    assert post(phone, "v:papers", what="id_number", id_number=GOOD_NUMBER).status_code == 400
    assert not Papers.objects.exclude(id_number="").exists()


def test_an_id_number_of_another_birth_date_is_refused(cast: Cast, phone: Client) -> None:
    Volunteer.objects.filter(pk=cast.volunteer.pk).update(birth_date=date(1990, 1, 1))
    answer = post(phone, "v:papers", what="id_number", id_number=GOOD_NUMBER)
    assert "not the date of birth" in words(answer)


def test_the_pledge_is_kept_with_its_version(cast: Cast, phone: Client) -> None:
    assert terms.PLEDGE in phone.get(reverse("v:papers")).content.decode()
    assert post(phone, "v:papers", what="pledge").status_code == 302
    kept = Volunteer.objects.get(pk=cast.volunteer.pk)
    assert (kept.pledge_version, kept.pledged_at is not None) == (terms.PLEDGE_VERSION, True)
    assert "You made it" in words(phone.get(reverse("v:papers")))


@pytest.mark.parametrize(
    ("begins", "minutes", "expected"),
    [
        ("2026-11-25T10:00:00+08:00", 60, [("2026-11-25", 600, 660)]),
        ("2026-11-25T23:00:00+08:00", 60, [("2026-11-25", 1380, 1440)]),
        ("2026-11-25T23:30:00+08:00", 60, [("2026-11-25", 1410, 1440), ("2026-11-26", 0, 30)]),
    ],
)
def test_a_period_is_cut_at_local_midnight(
    begins: str, minutes: int, expected: list[tuple[str, int, int]]
) -> None:
    start = datetime.fromisoformat(begins)
    found = hours.pieces(start, start + timedelta(minutes=minutes))
    assert [(piece.day.isoformat(), piece.starts, piece.ends) for piece in found] == expected
