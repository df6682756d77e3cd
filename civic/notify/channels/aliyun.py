"""Aliyun's text message service (dysmsapi, SendSms 2017-05-25), signed by its present mechanism ACS3-HMAC-SHA256.

Documentation: help.aliyun.com/zh/sms (SendSms, error codes) and help.aliyun.com/zh/sdk/product-overview/
v3-request-structure-and-signature, whose worked example tests/notify/test_aliyun.py computes.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from civic.lib import clock
from civic.notify.channels.base import CannotDeliver, TryLater

ALGORITHM: Final = "ACS3-HMAC-SHA256"
TIMEOUT_S: Final = 10
CHINA: Final = "+86"
# Trying again does not help: the number, the template or its values are wrong.
FOR_GOOD: Final = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGN_ILLEGAL",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
    }
)


class AliyunProvider:
    """Sends through the account of settings ALIYUN_KEY_ID and ALIYUN_KEY_SECRET under SMS_SIGN_NAME."""

    def __init__(self) -> None:
        """Raises ImproperlyConfigured while one of them is missing."""
        for name in ("ALIYUN_KEY_ID", "ALIYUN_KEY_SECRET", "SMS_SIGN_NAME"):
            if not getattr(settings, name):
                raise ImproperlyConfigured(f"SMS_PROVIDER=aliyun needs {name}")

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> str:
        """Returns Aliyun's number of the message (BizId). Raises CannotDeliver or TryLater with its code."""
        answer = _call(
            {
                "PhoneNumbers": phone.removeprefix(CHINA).removeprefix("+"),
                "SignName": settings.SMS_SIGN_NAME,
                "TemplateCode": template_code,
                "TemplateParam": json.dumps(dict(parameters), ensure_ascii=False, separators=(",", ":")),
            }
        )
        code = str(answer.get("Code", ""))
        if code == "OK":
            return str(answer.get("BizId", ""))
        reason = f"{code}: {answer.get('Message', '')}"
        raise CannotDeliver(reason) if code in FOR_GOOD else TryLater(reason)


def authorization(
    method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, *, key_id: str, secret: str
) -> str:
    """Returns the Authorization header of a request; `headers` (lower case) are all signed, `query` is canonical."""
    names = sorted(headers)
    signed = ";".join(names)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    canonical = "\n".join([method, path, query, lines, signed, hashlib.sha256(body).hexdigest()])
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def canonical_query(values: Mapping[str, str]) -> str:
    """Returns the query as it is signed and sent: sorted, encoded by RFC 3986."""
    return "&".join(f"{quote(name, safe='~')}={quote(values[name], safe='~')}" for name in sorted(values))


def _call(values: Mapping[str, str]) -> dict[str, Any]:
    """Asks for SendSms and returns the decoded answer. Raises TryLater when none can be had."""
    place, query, now = urlsplit(settings.ALIYUN_SMS_URL), canonical_query(values), clock.now()
    headers = {
        "host": place.netloc,
        "x-acs-action": "SendSms",
        "x-acs-version": "2017-05-25",
        "x-acs-date": _stamp(now),
        "x-acs-signature-nonce": secrets.token_hex(16),
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
    }
    keys = {"key_id": settings.ALIYUN_KEY_ID, "secret": settings.ALIYUN_KEY_SECRET}
    sent = {**headers, "Authorization": authorization("POST", "/", query, headers, b"", **keys)}
    request = Request(f"{place.scheme}://{place.netloc}/?{query}", data=b"", headers=sent, method="POST")
    try:
        with urlopen(request, timeout=TIMEOUT_S) as answer:
            text = answer.read()
    except HTTPError as error:  # refusals come with a status and the same body
        text = error.read()
    except (OSError, HTTPException) as error:
        raise TryLater(f"Aliyun does not answer: {type(error).__name__}") from error
    try:
        decoded = json.loads(text)
    except ValueError as error:
        raise TryLater("Aliyun's answer is not JSON") from error
    if not isinstance(decoded, dict):
        raise TryLater("Aliyun's answer is not an object")
    return decoded


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
