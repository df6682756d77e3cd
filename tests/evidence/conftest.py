"""People, browsers and files for the tests of evidence."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from civic.accounts.models import User
from civic.evidence import access

VISIBLE_TO: dict[int, set[int]] = {}


def may_see(user: User, subject_id: int) -> bool:
    """The rule of the record kind "thing", which exists in these tests only."""
    return user.pk in VISIBLE_TO.get(subject_id, set())


@pytest.fixture(autouse=True)
def empty_store(settings, tmp_path):
    """Files go to a folder of this test."""
    settings.MEDIA_ROOT = tmp_path
    access.register("thing", may_see)
    VISIBLE_TO.clear()


@pytest.fixture
def resident(db):
    return User.objects.create_user(name="陈阿姨")


@pytest.fixture
def stranger(db):
    return User.objects.create_user(name="路人")


@pytest.fixture
def resident_browser(resident):
    browser = Client()
    browser.force_login(resident)
    return browser


@pytest.fixture
def stranger_browser(stranger):
    browser = Client()
    browser.force_login(stranger)
    return browser


@pytest.fixture
def upload(db):
    """Returns a function that sends bytes as a photo, or as a voice note, from a browser."""

    def send(browser, content, *, name="IMG_0001.jpg", declared="image/jpeg", field="photo", **headers):
        address = reverse("evidence:voices" if field == "voice" else "evidence:photos")
        return browser.post(address, {field: SimpleUploadedFile(name, content, declared)}, **headers)

    return send


@pytest.fixture
def files(tmp_path):
    """Returns a function that lists the files kept now."""
    return lambda: sorted(path for path in tmp_path.rglob("*") if path.is_file())
