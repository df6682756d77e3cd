"""Reporting a concern from the progress page: it reaches the desk, and keeps away only whom one means."""

import re

import pytest
from django.urls import reverse

from requests_app import actions, progress
from requests_app.models import Block, Concern, ServiceRequest
from requests_app.queries import desk_history
from tests.cast import Cast
from tests.requests_app.residents import browser

pytestmark = pytest.mark.django_db


def test_a_concern_reaches_the_desk_and_blocks_when_wished(cast: Cast) -> None:
    request = cast.completed()
    client, url = browser(cast.resident), reverse("track_concern", args=[request.code])
    assert client.post(url, {"text": "  "}).status_code == 400
    page = client.get(url).content.decode()
    assert not re.search(r'value="\d+"[^>]* checked', page)  # whoever only types names nobody
    [whom] = re.findall(r'name="volunteer" value="(\d+)"', page)
    assert client.post(url, {"text": "他要收钱", "volunteer": whom, "block": "on"}).status_code == 302
    assert Concern.objects.get().request == request
    assert Block.objects.get().volunteer == cast.volunteer
    story = desk_history.story(request, cast.dispatcher, staff=True)
    assert "张建国" in next(line.words for line in story if "安全" in line.words)


def gave_up_and_served_by_another(cast: Cast) -> ServiceRequest:
    """Returns a request that the volunteer accepted and gave up, and the second one carried out."""
    request = actions.act(cast.accepted(), "give_up", actor=cast.volunteer.user)
    request = actions.act(request, "offer", actor=cast.dispatcher, volunteers=[cast.second.pk])
    for verb, facts in (("accept", {}), ("check_in", {"code": request.check_in_code}), ("complete", {})):
        request = actions.act(request, verb, actor=cast.second.user, **facts)
    return request


def test_where_several_had_a_part_nobody_is_kept_away_by_mistake(cast: Cast) -> None:
    request = gave_up_and_served_by_another(cast)
    client, url = browser(cast.resident), reverse("track_concern", args=[request.code])
    page = client.get(url).content.decode()
    for volunteer, how in ((cast.volunteer, "中途放弃"), (cast.second, "来过")):
        number = volunteer.number.replace("-", progress.NO_BREAK)
        assert re.search(rf"{number}[^<]*{how}", page)
    refused = client.post(url, {"text": "他要收钱", "volunteer": "", "block": "on"})
    assert (refused.status_code, "请指明是哪位志愿者" in refused.content.decode()) == (400, True)
    assert not Concern.objects.exists() and not Block.objects.exists()
    assert client.post(url, {"text": "他要收钱", "volunteer": "", "block": ""}).status_code == 302
    client.post(url, {"text": "他要收钱", "volunteer": str(cast.second.pk), "block": "on"})
    assert Block.objects.get().volunteer == cast.second


def test_nobody_who_had_no_part_can_be_named_and_then_nothing_is_reported(cast: Cast) -> None:
    request = gave_up_and_served_by_another(cast)
    client, url = browser(cast.resident), reverse("track_concern", args=[request.code])
    for stranger in (str(cast.third.pk), "9" * 5000, "x"):
        assert client.post(url, {"text": "x", "volunteer": stranger, "block": "on"}).status_code == 400
    assert not Concern.objects.exists() and not Block.objects.exists()
