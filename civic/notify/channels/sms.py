"""Text messages. Chinese gateways take no free text: an approved template code, its parameters, a number."""

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from civic.lib import clock
from civic.lib.crypto import keyed_hash
from civic.notify import sms_parts, templates
from civic.notify.channels import private_file
from civic.notify.channels.aliyun import AliyunProvider
from civic.notify.channels.base import CannotDeliver
from civic.notify.enums import Channel
from civic.notify.models import Message, SmsReceipt


class SmsProvider(Protocol):
    """A gateway."""

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> str | None:
        """Sends the approved template to `phone` (E.164) and returns the gateway's own number of the message, if
        any. Raises CannotDeliver when refused for good, else anything.
        """


class FileProvider:
    """Writes one JSON line a message to CIVIC_HOME/outbox/sms.log, readable by the service user only."""

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> None:
        """Appends the line."""
        private_file.append("sms.log", _line(template_code, parameters, phone))


class ConsoleProvider:
    """Shows messages in the log of the process that sends them; for development."""

    def send(self, template_code: str, parameters: Mapping[str, str], phone: str) -> None:
        """Writes one line to standard output."""
        sys.stdout.write("sms " + _line(template_code, parameters, phone))


class SmsChannel:
    """Sends to the message's number, else to the account's, through setting SMS_PROVIDER."""

    def deliver(self, message: Message, language: str) -> SmsReceipt:
        """Hands the template code and the shown parameters to the gateway; returns the receipt, unsaved."""
        phone = message.phone or (message.user.phone if message.user else "")
        if not phone:
            raise CannotDeliver(gettext_noop("the recipient has no phone number"))
        template = templates.get(message.template)
        text = template.text(Channel.SMS)
        code, wording = text.sms(language)
        if not code:
            raise CannotDeliver(f"template {template.code} has no approved text message")
        body = text.body(wording)
        every = template.texts(message.params, wording)
        values = {name: every[name] for name in templates.names(body)}
        number = provider(settings.SMS_PROVIDER).send(code, values, phone)
        return SmsReceipt(
            message=message,
            phone_hash=keyed_hash(phone),
            provider_id=number or "",
            sms_code=code,
            parts=sms_parts.length(body.format_map(every)).parts,
        )


SHORT_NAMES: dict[str, Callable[[], SmsProvider]] = {
    "file": FileProvider,
    "console": ConsoleProvider,
    "aliyun": AliyunProvider,
}


@cache
def provider(name: str) -> SmsProvider:
    """Returns the gateway for setting SMS_PROVIDER: "file", "console", "aliyun" or a dotted path to a class
    without arguments.

    Raises ImproperlyConfigured.
    """
    try:
        made: SmsProvider = (SHORT_NAMES.get(name) or import_string(name))()
    except (ImportError, TypeError) as error:
        raise ImproperlyConfigured(f"SMS_PROVIDER={name!r} cannot be used: {error}") from error
    return made


def takes_shipped_codes() -> bool:
    """True where no real gateway looks at the template codes: those the product ships are names of its own."""
    return settings.SMS_PROVIDER in {"file", "console"}


def _line(template_code: str, parameters: Mapping[str, str], phone: str) -> str:
    record = {
        "at": clock.now().isoformat(),
        "phone": phone,
        "template": template_code,
        "parameters": dict(parameters),
    }
    return json.dumps(record, ensure_ascii=False) + "\n"
