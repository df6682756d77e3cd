"""Aliyun's text messages against a server that behaves as its documentation says, on this machine."""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from civic.accounts.models import User
from civic.notify import deliver
from civic.notify.channels import sms
from civic.notify.channels.aliyun import AliyunProvider, authorization
from civic.notify.models import Message, SmsReceipt
from tests.notify.conftest import Tell

SECRET = "testSecret"
HEADER = re.compile(
    r"^ACS3-HMAC-SHA256 Credential=testId,SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})$"
)


def test_the_signature_is_that_of_the_documentations_example() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    made = authorization(
        "POST", "/", query, headers, b"", key_id="YourAccessKeyId", secret="YourAccessKeySecret"
    )
    assert made == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


class Aliyun(BaseHTTPRequestHandler):
    """Checks action, version and signature of each call and answers as told; written from the documentation, with
    nothing of the code under test.
    """

    took: ClassVar[list[dict[str, str]]] = []
    answers: ClassVar[list[tuple[int, bytes]]] = []

    def do_POST(self) -> None:
        query = urlsplit(self.path).query
        problem = self._problem(query)
        if problem:
            self._answer(400, json.dumps({"Code": "SignatureDoesNotMatch", "Message": problem}).encode())
            return
        self.took.append(dict(parse_qsl(query)))
        number = f"9006195673571^{len(self.took)}"
        fine = {"Code": "OK", "Message": "OK", "RequestId": "F655A8D5", "BizId": number}
        self._answer(*(self.answers.pop(0) if self.answers else (200, json.dumps(fine).encode())))

    def _problem(self, query: str) -> str:
        found = HEADER.match(self.headers["Authorization"] or "")
        if not found:
            return "no authorization"
        if (self.headers["x-acs-action"], self.headers["x-acs-version"]) != ("SendSms", "2017-05-25"):
            return "another action"
        if urlsplit(self.path).path != "/" or query != self._canonical(query):
            return "the query is not canonical"
        names = found[1].split(";")
        if names != sorted(names) or not {"host", "x-acs-date", "x-acs-signature-nonce"} <= set(names):
            return "a header is not signed"
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        digest = hashlib.sha256(body).hexdigest()
        if self.headers["x-acs-content-sha256"] != digest:
            return "another body"
        lines = "".join(f"{name}:{self.headers[name].strip()}\n" for name in names)
        canonical = f"POST\n/\n{query}\n{lines}\n{found[1]}\n{digest}"
        to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
        right = hmac.new(SECRET.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        return "" if right == found[2] else "another signature"

    @staticmethod
    def _canonical(query: str) -> str:
        pairs = sorted(parse_qsl(query, keep_blank_values=True))
        return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def aliyun(settings: Settings) -> Iterator[type[Aliyun]]:
    """The gateway, listening on this machine, and the settings to reach it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aliyun)
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    settings.SMS_PROVIDER, settings.SMS_SIGN_NAME = "aliyun", "青禾邻里"
    settings.ALIYUN_KEY_ID, settings.ALIYUN_KEY_SECRET = "testId", SECRET
    settings.ALIYUN_SMS_URL = f"http://127.0.0.1:{server.server_port}"
    settings.SMS_REPORT_TOKEN = "a-secret"
    Aliyun.took.clear()
    Aliyun.answers.clear()
    sms.provider.cache_clear()
    yield Aliyun
    sms.provider.cache_clear()
    server.shutdown()
    server.server_close()


def refuse(code: str, status: int = 200) -> None:
    Aliyun.answers.append((status, json.dumps({"Code": code, "Message": "因为"}).encode()))


def test_a_message_goes_out_signed_with_template_values_and_a_number_of_the_country(
    aliyun: type[Aliyun], resident: User, tell: Tell
) -> None:
    tell(user=resident, params={"who": "小王 & *", "when": "3 点"})
    deliver.sweep()
    assert Message.objects.get().state == "sent", Message.objects.get().last_error
    (sent,) = aliyun.took
    assert json.loads(sent.pop("TemplateParam")) == {"who": "小王 & *", "when": "3 点"}
    assert sent == {"PhoneNumbers": "13800005678", "SignName": "青禾邻里", "TemplateCode": "SMS_7"}
    receipt = SmsReceipt.objects.get()
    assert (receipt.provider_id, receipt.state, receipt.parts) == ("9006195673571^1", "handed", 1)


def test_a_wrong_secret_is_found_out_and_tried_again_later(
    aliyun: type[Aliyun], resident: User, tell: Tell, settings: Settings
) -> None:
    settings.ALIYUN_KEY_SECRET = "another"
    tell(user=resident)
    deliver.sweep()
    message = Message.objects.get()
    assert message.state == "pending"
    assert "SignatureDoesNotMatch: another signature" in message.last_error
    assert aliyun.took == []


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("isv.MOBILE_NUMBER_ILLEGAL", "dead"),
        ("isv.SMS_TEMPLATE_ILLEGAL", "dead"),
        ("isv.BUSINESS_LIMIT_CONTROL", "pending"),
        ("isv.AMOUNT_NOT_ENOUGH", "pending"),
        ("isp.SYSTEM_ERROR", "pending"),
    ],
)
def test_what_no_trying_mends_is_dead_and_the_rest_is_tried_again(
    aliyun: type[Aliyun], resident: User, tell: Tell, code: str, state: str
) -> None:
    refuse(code)
    tell(user=resident)
    deliver.sweep()
    message = Message.objects.get()
    assert (message.state, f"{code}: 因为" in message.last_error) == (state, True)
    assert not SmsReceipt.objects.exists()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_answer_that_is_none_means_later(
    aliyun: type[Aliyun], resident: User, tell: Tell, body: bytes
) -> None:
    aliyun.answers.append((503, body))
    tell(user=resident)
    deliver.sweep()
    assert Message.objects.get().state == "pending"


def test_a_gateway_that_cannot_be_reached_means_later(
    aliyun: type[Aliyun], resident: User, tell: Tell, settings: Settings
) -> None:
    settings.ALIYUN_SMS_URL = "http://127.0.0.1:9"
    tell(user=resident)
    deliver.sweep()
    assert "Aliyun does not answer" in Message.objects.get().last_error


@pytest.mark.parametrize("missing", ["ALIYUN_KEY_ID", "ALIYUN_KEY_SECRET", "SMS_SIGN_NAME"])
def test_without_its_settings_it_does_not_begin(
    aliyun: type[Aliyun], settings: Settings, missing: str
) -> None:
    setattr(settings, missing, "")
    with pytest.raises(ImproperlyConfigured, match=missing):
        AliyunProvider()


def report(number: str, **fields: Any) -> dict[str, Any]:
    """Returns a report as SmsReport documents it."""
    return {
        "phone_number": "13800005678",
        "send_time": "2026-11-02 12:00:00",
        "report_time": "2026-11-02 12:00:03",
        "success": True,
        "err_code": "DELIVERED",
        "err_msg": "用户接收成功",
        "sms_size": "1",
        "biz_id": number,
        "out_id": "",
        **fields,
    }


def send_reports(*reports: Any, token: str = "a-secret") -> tuple[int, Any]:
    answer = Client().post(f"/sms/reports/{token}/", json.dumps(reports), "application/json")
    return answer.status_code, answer.json() if answer.status_code != 404 else None


def test_reports_are_kept_with_the_message_and_the_same_one_again_changes_nothing(
    aliyun: type[Aliyun], resident: User, tell: Tell
) -> None:
    tell("one", user=resident)
    tell("two", user=resident)
    deliver.sweep()
    first, second = SmsReceipt.objects.order_by("pk")
    failed = report(second.provider_id, success=False, err_code="MK:0001", err_msg="空号")
    assert send_reports(report(first.provider_id), failed) == (200, {"code": 0, "msg": "ok"})
    assert send_reports(report(second.provider_id))[1]["code"] == 0  # too late: it failed
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.error, first.reported_at is not None) == ("arrived", "", True)
    assert (second.state, second.error) == ("failed", "MK:0001 空号")


def test_a_report_before_our_own_row_is_asked_for_again(aliyun: type[Aliyun], db: None) -> None:
    assert send_reports(report("unknown")) == (200, {"code": 1, "msg": "unknown biz_id"})


def test_nobody_reports_without_the_secret(aliyun: type[Aliyun], db: None, settings: Settings) -> None:
    assert send_reports(report("1"), token="guess")[0] == 404
    settings.SMS_REPORT_TOKEN = ""
    assert send_reports(report("1"), token="")[0] == 404


@pytest.mark.parametrize(
    "body", ["", "{}x", '{"a": 1}', "[1]", '[{"biz_id": 3, "success": true}]', '[{"biz_id": "3"}]']
)
def test_what_is_not_a_report_is_refused(aliyun: type[Aliyun], db: None, body: str) -> None:
    assert Client().post("/sms/reports/a-secret/", body, "application/json").status_code == 400
