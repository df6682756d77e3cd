"""Passkeys as second factor: added, used, refused, renamed, removed."""

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from civic.accounts.models import User
from tests.accounts.conftest import PASSWORD, texts
from tests.accounts.passkey import Passkey

AUTHENTICATE, ADD, AGAIN = (
    f"/accounts/2fa/{page}/" for page in ("authenticate", "passkeys/add", "passkeys/reauthenticate")
)
NONSENSE = [
    "",
    "no json",
    "{}",
    "[1]",
    "7",
    "null",
    '{"id": 1}',
    '{"id": "eA", "rawId": "eQ", "response": {}}',
    '{"id": "eA", "rawId": "eA", "response": {}, "type": "public-key"}',
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response":'
    ' {"clientDataJSON": "eA", "attestationObject": "eA", "authenticatorData": "eA", "signature": "eA"}}',
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response":'
    ' {"clientDataJSON": "e30", "attestationObject": "oA", "authenticatorData": "AAAA", "signature": ""}}',
]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _strict(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


def log_in(client: Client) -> Any:
    """Types name and password."""
    return client.post("/accounts/staff/", {"login": "wang", "password": PASSWORD})


def options(client: Client, url: str, kind: str) -> dict[str, Any]:
    """Returns what the page hands to the browser's WebAuthn."""
    found: dict[str, Any] = client.get(url).context["js_data"][f"{kind}_options"]
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


@pytest.fixture
def passkey(client: Client, staff: User) -> Passkey:
    """A key added by somebody who had no second factor yet."""
    key = Passkey()
    log_in(client)
    credential = key.register(options(client, ADD, "creation"))
    added = client.post(ADD, {"name": "办公电脑", "credential": credential})
    assert added.headers["Location"] == "/accounts/2fa/recovery/"
    return key


def test_adding_a_passkey_opens_the_house(client: Client, passkey: Passkey) -> None:
    assert client.get("/accounts/sessions/").status_code == 200
    assert "办公电脑" in texts(client.get("/accounts/2fa/passkeys/"))


def test_a_passkey_completes_signing_in(client: Client, passkey: Passkey, staff: User) -> None:
    browser = Client()
    log_in(browser)
    assert "_auth_user_id" not in browser.session
    credential = passkey.sign(options(browser, AUTHENTICATE, "request"))
    browser.post(AUTHENTICATE, {"credential": credential})
    assert browser.session["_auth_user_id"] == str(staff.pk)
    assert browser.get("/accounts/sessions/").status_code == 200


def test_another_passkey_or_nonsense_is_refused(client: Client, passkey: Passkey) -> None:
    browser, stranger = Client(), Passkey()
    stranger.id = passkey.id
    log_in(browser)
    for credential in (stranger.sign(options(browser, AUTHENTICATE, "request")), *NONSENSE):
        refused = browser.post(AUTHENTICATE, {"credential": credential})
        assert refused.status_code == 200
        assert 'role="alert"' in texts(refused)
    assert "_auth_user_id" not in browser.session


def test_nonsense_is_not_added(client: Client, staff: User) -> None:
    log_in(client)
    options(client, ADD, "creation")
    for credential in NONSENSE:
        assert client.post(ADD, {"credential": credential}).context["form"].errors
    assert not Authenticator.objects.exists()


def test_a_session_from_before_is_confirmed_with_the_passkey(client: Client, passkey: Passkey) -> None:
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    credential = passkey.sign(options(client, f"{AGAIN}?next=/me/", "request"))
    assert client.post(AGAIN, {"credential": credential, "next": "/me/"}).headers["Location"] == "/me/"
    assert client.get("/accounts/sessions/").status_code == 200


def test_a_passkey_is_renamed_and_removed(client: Client, passkey: Passkey) -> None:
    key = Authenticator.objects.get(type="webauthn")
    page = f"/accounts/2fa/passkeys/{key.pk}/"
    client.post(f"{page}edit/", {"name": "我的手机"})
    assert "我的手机" in texts(client.get(f"{page}remove/"))
    client.post(f"{page}remove/")
    assert not Authenticator.objects.exists()
    assert client.get("/accounts/2fa/passkeys/").status_code == 200


def test_a_suggested_name_counts_on(client: Client, passkey: Passkey) -> None:
    assert client.get(ADD).context["form"].initial["name"] == "通行密钥 2"


def test_somebody_elses_passkey_is_not_there(client: Client, passkey: Passkey, resident: User) -> None:
    other = Client()
    other.force_login(resident, "civic.accounts.backends.AccountBackend")
    key = Authenticator.objects.get(type="webauthn")
    for page in ("edit", "remove"):
        url = f"/accounts/2fa/passkeys/{key.pk}/{page}/"
        assert other.post(url, {"name": "x"}).status_code in {302, 404}
    assert Authenticator.objects.get(pk=key.pk).wrap().name == "办公电脑"
