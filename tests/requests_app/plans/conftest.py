"""A browser at the desk."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast


@pytest.fixture
def desk(cast: Cast, settings: Any) -> Client:
    """A browser of the community's dispatcher."""
    settings.STAFF_SECOND_FACTOR = False
    client = Client(headers={"accept-language": "en"})
    client.force_login(cast.dispatcher)
    cast.dispatcher.language = "en"
    cast.dispatcher.save()
    return client
