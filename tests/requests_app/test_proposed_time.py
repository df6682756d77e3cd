"""A time that a volunteer proposes: the resident reads everywhere that the desk still has to confirm it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from civic.lib import clock
from civic.notify.models import Message
from requests_app import actions
from requests_app.models import ServiceRequest
from tests.cast import Cast
from tests.requests_app.residents import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposed(cast: Cast) -> ServiceRequest:
    """A request without a time, for which the volunteer proposes one."""
    request = cast.place(preferred_start=None, preferred_end=None)
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.volunteer.pk])
    start = clock.now() + timedelta(days=1)
    return actions.act(request, "accept", actor=cast.volunteer.user, agreed_start=start)


def messages_to(cast: Cast) -> list[str]:
    """Returns what the resident was sent in the app, oldest first."""
    found = Message.objects.filter(user=cast.resident, channel="in_app").order_by("pk")
    return list(found.values_list("template", flat=True))


def test_home_message_and_timeline_say_that_it_is_proposed(cast: Cast, proposed: ServiceRequest) -> None:
    client = browser(cast.resident)
    home = client.get(reverse("home")).content.decode()
    assert "志愿者提议" in home
    assert "志愿者明天" not in home
    track = client.get(reverse("track", args=[proposed.code])).content.decode()
    assert "志愿者提议" in track[track.index('class="tl"') :]
    assert messages_to(cast)[-1] == "request.proposed"
    inbox = client.get(reverse("notify:inbox")).content.decode()
    assert "待社区确认" in inbox


def test_once_confirmed_it_is_agreed_everywhere_and_the_resident_is_told(
    cast: Cast, proposed: ServiceRequest
) -> None:
    actions.act(proposed, "amend", actor=cast.dispatcher, agreed_start=proposed.agreed_start)
    assert messages_to(cast)[-1] == "request.confirmed"
    client = browser(cast.resident)
    assert "志愿者明天" in client.get(reverse("home")).content.decode()
    assert "提议" not in client.get(reverse("track", args=[proposed.code])).content.decode()
