"""Wordings: checked when registered, filled in the reader's language."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy

from civic.accounts.models import User
from civic.notify import deliver, templates
from tests.cast import Cast
from tests.notify.conftest import NOTE, Tell
from tests.notify.gateways import Gateway

NOON = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"zh": "{who} 来了", "en": "Somebody came"}, "who in one language only"),
        ({"zh": "来了", "en": "came", "title_zh": "{who}", "title_en": "Visit"}, "who in one language only"),
        ({"zh": "来了", "en": ""}, "needs both languages"),
        ({"zh": "来了", "en": "came", "title_zh": "到访"}, "needs both languages"),
        ({"zh": "{user.password}", "en": "{user.password}"}, "not a plain name"),
        ({"zh": "{0}", "en": "{0}"}, "not a plain name"),
        ({"zh": "{}", "en": "{}"}, "not a plain name"),
        ({"zh": "{who!r}", "en": "{who!r}"}, "not a plain name"),
        ({"zh": "{who:>9}", "en": "{who:>9}"}, "not a plain name"),
        ({"zh": "{who", "en": "{who"}, "expected '}'"),
    ],
)
def test_a_wording_that_cannot_be_filled_is_refused_at_start_up(fields: dict[str, str], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        templates.register("test.bad", **fields)  # type: ignore[arg-type]
    assert "test.bad" not in [template.code for template in templates.all_templates()]


def test_two_wordings_under_one_code_are_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="registered twice"):
        templates.register(NOTE, zh="又", en="again")


def test_a_message_reads_in_both_languages(resident: User, tell: Tell) -> None:
    message = tell(user=resident, params={"who": gettext_lazy("Messages"), "when": NOON}, subject_id=4)
    assert templates.render(message, "zh-hans") == (
        "给 消息",
        "消息 在 11 月 2 日 12:00 有消息",
        "/about/4/",
        "zh-hans",
    )
    assert templates.render(message, "en-gb") == (
        "For Messages", "News of Messages at 2 Nov 12:00", "/about/4/", "en",
    )  # fmt: skip


def test_days_pairs_numbers_and_nothing_are_shown_as_people_write_them(resident: User, tell: Tell) -> None:
    message = tell(
        user=resident, params={"who": date(2026, 11, 2), "when": {"zh": "上午", "en": "the morning"}}
    )
    assert templates.render(message, "zh-hans").body == "11 月 2 日 在 上午 有消息"
    assert templates.render(message, "en").body == "News of 2 Nov at the morning"
    message = tell("other", user=resident, params={"who": None, "when": 3})
    assert templates.render(message, "en").body == "News of  at 3"


def test_braces_in_a_value_stay_text(resident: User, tell: Tell) -> None:
    message = tell(user=resident, params={"who": "{when}", "when": "%s {who.__class__}"})
    assert templates.render(message, "en").body == "News of {when} at %s {who.__class__}"


def test_a_value_that_went_missing_cannot_be_rendered(resident: User, tell: Tell) -> None:
    message = tell(user=resident)
    del message.params["when"]
    with pytest.raises(templates.CannotRender, match="'when'"):
        templates.render(message, "en")


def test_a_link_that_leads_nowhere_does_not_hide_the_words(
    resident: User, tell: Tell, caplog: pytest.LogCaptureFixture
) -> None:
    templates.register("test.lost", zh="丢了", en="Lost", link=lambda message: str(message.params["code"]))
    message = tell(user=resident, template="test.lost", channel="in_app")
    assert templates.render(message, "en") == ("", "Lost", "", "en")
    assert "leads nowhere" in caplog.text


def test_text_messages_are_english_only_where_an_english_one_is_approved() -> None:
    assert templates.get(NOTE).shipped.sms("en") == ("SMS_7", "zh-hans")
    assert templates.get("sign_in.code").shipped.sms("en") == ("SIGN_IN_CODE_EN", "en")
    assert templates.get("sign_in.code").shipped.sms("zh-hans") == ("SIGN_IN_CODE", "zh-hans")


def test_every_text_message_has_an_approved_english_wording() -> None:
    texts = [each for each in templates.all_templates() if each.sms_code and each.code != NOTE]
    assert len(texts) > 20
    assert [each.code for each in texts if each.shipped.sms("en") != (f"{each.sms_code}_EN", "en")] == []


def test_residents_and_volunteers_get_text_messages_in_their_language(
    cast: Cast, gateway: type[Gateway]
) -> None:
    User.objects.filter(pk__in=[cast.resident.pk, cast.volunteer.user_id]).update(language="en")
    start = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
    with time_machine.travel(start - timedelta(days=2), tick=False) as now:
        request = cast.accepted(cast.volunteer, cast.second, preferred_start=start, preferred_end=None)
        now.shift(timedelta(seconds=1))
        deliver.sweep(100)
    took = {(template, phone): values for template, values, phone in gateway.took}
    assert took[("REQUEST_PLACED_EN", cast.resident.phone)]["code"] == request.code
    told = took[("OFFER_MADE_EN", cast.volunteer.user.phone)]
    assert told["start"] == "2 Nov 12:00"
    assert took[("OFFER_MADE", cast.second.user.phone)]["start"] == "11 月 2 日 12:00"
