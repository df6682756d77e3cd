"""Phone numbers: read what people type into E.164, show them masked."""

import re
import unicodedata
from typing import Final

import phonenumbers
from django.utils.translation import gettext_lazy as _

# Every range 13x-19x, also those unused today: a table that refuses a new range refuses a person.
_CN_MOBILE: Final = re.compile(r"(?:\+?86|0086)?(1[3-9][0-9]{9})")
_E164_CN_MOBILE: Final = re.compile(r"\+861[3-9][0-9]{9}")
_LONGEST: Final = 40
_SEPARATORS: Final = {ord(sign): None for sign in " -‐‑–—.()\t\u3000\u00a0"}


def normalize(text: str, region: str = "CN", *, foreign: bool = False) -> str:
    """Returns E.164 ("+8613800005678") for what a person typed: mobile or landline, with or without +86,
    with blanks, dashes or full-width digits. `foreign` allows numbers outside `region`.

    Raises ValueError with a translated (lazy) message.
    """
    folded = unicodedata.normalize("NFKC", text[: _LONGEST + 1]).translate(_SEPARATORS)
    if region == "CN" and (match := _CN_MOBILE.fullmatch(folded)):
        return "+86" + match[1]
    if not folded:
        raise ValueError(_("Enter a phone number."))
    if len(text) > _LONGEST or not re.fullmatch(r"\+?[0-9]+", folded):
        raise ValueError(_("This is not a phone number."))
    try:
        number = phonenumbers.parse(folded, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(_("This is not a phone number.")) from error
    if not foreign and number.country_code != phonenumbers.country_code_for_region(region):
        raise ValueError(_("Only phone numbers of mainland China can be used."))
    if not phonenumbers.is_valid_number(number):
        raise ValueError(_("This phone number does not exist. Please check the digits."))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_mobile(e164: str) -> bool:
    """Returns whether `e164` can receive a text message."""
    if _E164_CN_MOBILE.fullmatch(e164):
        return True
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return False
    return kind in {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    }


def national(e164: str) -> str:
    """Returns the number as people of the country dial it: "13800005678"; a foreign one unchanged."""
    return e164[3:] if _E164_CN_MOBILE.fullmatch(e164) else e164


def mask(e164: str) -> str:
    """Returns "138****5678" for a Chinese mobile, "****5678" for any other number, "" for none."""
    digits = national(e164)
    if not digits:
        return ""
    if digits != e164:
        return f"{digits[:3]}****{digits[-4:]}"
    return "****" + last4(e164)


def last4(e164: str) -> str:
    """Returns the last four digits, what people say to prove that a number is theirs."""
    return e164[-4:]
