"""No text message says more of a person than it must: it may be read on a locked screen, by anybody."""

import re

from civic.notify import templates
from civic.notify.templates import Template
from tests.notify.conftest import NOTE

# Each may stand in a text message, for this reason; a new variable has to be argued for here.
MAY_STAND = {
    "code": "a number that leads nowhere without signing in; of sign-in the code itself",
    "minutes": "how long something is valid or took",
    "count": "how many",
    "due": "a time",
    "start": "a time",
    "by": "a time",
    "expires": "a time",
    "until": "a time",
    "day": "a day",
    "check_in": "six digits that only the volunteer at the door can use",
    "reason": "one of a list of reasons, never free text",
    "summary": "what staff or the category call it in public",
    "unit": "the name of a public office",
    "team": "the name of a team of volunteers, which is public",
}
NUMBERS = re.compile(r"\d{7,}")


def of_text_messages() -> list[Template]:
    return [each for each in templates.all_templates() if each.sms_code and each.code != NOTE]


def test_every_variable_of_a_text_message_is_argued_for() -> None:
    used = {(each.code, name) for each in of_text_messages() for name in each.placeholders}
    assert {(code, name) for code, name in used if name not in MAY_STAND} == set()


def test_no_text_message_has_a_number_or_an_address_in_its_words() -> None:
    for each in of_text_messages():
        assert not NUMBERS.search(each.zh + each.en), each.code
        assert "http" not in each.zh + each.en, each.code
