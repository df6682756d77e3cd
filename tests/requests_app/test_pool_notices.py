"""Who is told that a request is in the pool: the best n, nobody too often, nobody twice, nobody who may not or will not."""

import pytest

from requests_app import actions
from requests_app.models import Considered
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_smoke(cast: Cast) -> None:
    request = actions.act(cast.place(), "offer", actor=cast.dispatcher, pool=True)
    assert Considered.objects.filter(request=request, pool__isnull=False, asked=True).count() == 3
