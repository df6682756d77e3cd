"""What the volunteers who served left of their work: their photos, and to themselves their own note."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from civic.cases.models import CaseEvent, CaseText
from civic.evidence.models import Photo
from requests_app.models import Assignment, ServiceRequest


@dataclass(frozen=True)
class Work:
    """The photos that one volunteer took of the work in `part`."""

    part: Assignment
    photos: list[Photo] = field(default_factory=list)

    def by(self, named: Collection[int]) -> str:
        """Returns who took them, by name where they are among `named`, the accounts that the reader may know."""
        volunteer = self.part.volunteer
        return volunteer.user.name if volunteer.user_id in named else _("the volunteer")


def split(photos: list[Photo], parts: list[Assignment]) -> tuple[list[Photo], list[Work]]:
    """Returns those of a request's photos that came with it, and those of the volunteers who finished one of `parts`,
    each with the volunteer at hand; the last part of whoever came twice."""
    works = {
        line.volunteer.user_id: Work(line)
        for line in sorted(parts, key=lambda each: each.pk)
        if line.completed_at is not None
    }
    asked: list[Photo] = []
    for photo in photos:
        work = works.get(photo.uploader_id) if photo.uploader_id else None
        (work.photos if work else asked).append(photo)
    return asked, [work for work in works.values() if work.photos]


def own_note(request: ServiceRequest, user_id: int) -> str:
    """Returns what the person wrote when finishing last, "" for nothing. The resident never reads it: it is for the
    desk (forms.volunteer.CompleteForm says so)."""
    of_request = {"kind": request.kind, "case_id": request.pk}
    mine = CaseEvent.objects.filter(**of_request, verb="complete", actor_id=user_id).order_by("seq").last()
    if mine is None:
        return ""
    text = CaseText.objects.filter(**of_request, seq=mine.seq, name="note").first()
    return text.body if text else ""
