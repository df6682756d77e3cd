"""Where text messages and mails go while no real gateway is set."""

import json
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from pytest_django import Settings

from civic.notify import deliver
from civic.notify.channels.mail_file import EmailBackend
from civic.notify.channels.sms import provider
from tests.notify.conftest import Tell


def test_the_file_provider_writes_one_line_a_message_that_only_the_service_user_reads(
    db: None, tell: Tell, settings: Settings, tmp_path: Path
) -> None:
    settings.SMS_PROVIDER, settings.CIVIC_HOME = "file", tmp_path
    tell("one", phone="+8613800005678")
    tell("two", phone="+8613800009999")
    deliver.sweep()
    log = tmp_path / "outbox" / "sms.log"
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["phone"], line["template"]) for line in lines] == [
        ("+8613800005678", "SMS_7"),
        ("+8613800009999", "SMS_7"),
    ]
    assert lines[0]["parameters"] == {"who": "小王", "when": "3 点"}
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


def test_the_console_provider_shows_the_message(
    db: None, tell: Tell, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SMS_PROVIDER = "console"
    tell(phone="+8613800005678")
    deliver.sweep()
    assert '"phone": "+8613800005678"' in capsys.readouterr().out


def test_a_gateway_that_does_not_exist_is_a_setting_to_correct() -> None:
    with pytest.raises(ImproperlyConfigured, match="SMS_PROVIDER='pigeon'"):
        provider("pigeon")


def test_mails_without_mail_server_go_to_a_private_file(settings: Settings, tmp_path: Path) -> None:
    settings.CIVIC_HOME = tmp_path
    assert (
        EmailBackend().send_messages([EmailMessage("Subject", "Body", "a@example.org", ["b@example.org"])])
        == 1
    )
    log = tmp_path / "outbox" / "mail.log"
    assert "Subject: Subject" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
