"""Writing wordings in the console: what is checked, and when a version comes into use.

An edit is a further version. On every channel but text messages it is in use at once; a text message's waits until
the gateway has approved it and its code is entered, and the former one stays in use until then.
"""

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from civic.accounts.models import User
from civic.lib import clock
from civic.lib.errors import Conflict, NotAllowed, ValidationFailed, VersionConflict
from civic.notify import access, edited, sms_parts, templates
from civic.notify.enums import Channel
from civic.notify.models import Wording
from civic.notify.templates import Template, Text

LONGEST: Final = 500  # signs; also the most that the gateways take for a text message
CHANNELS: Final = (Channel.IN_APP, Channel.SMS, Channel.EMAIL, Channel.WEB_PUSH)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What somebody wrote; titles only where the channel has them."""

    zh: str
    en: str
    title_zh: str = ""
    title_en: str = ""


def editable() -> list[Template]:
    """Returns the templates whose words are ours, by code: mails worded by the sign-in library are not."""
    return [each for each in templates.all_templates() if each.zh.strip() != "{body}"]


def channels_of(template: Template) -> list[Channel]:
    """Returns the channels on which `template` is sent."""
    if template.secret:
        return [Channel.SMS]
    return [channel for channel in CHANNELS if channel != Channel.SMS or template.sms_code]


def versions(template: Template, channel: str) -> list[Wording]:
    """Returns the versions written so far with their writers, newest first."""
    rows = Wording.objects.filter(template=template.code, channel=channel).select_related("written_by")
    return list(rows.order_by("-version"))


def newest(template: Template, channel: str) -> Text:
    """Returns the words that an edit starts from: the newest version, in use or waiting, else the shipped ones."""
    found = versions(template, channel)
    return template.overridden(found[0]) if found else template.shipped


def problems(template: Template, channel: str, words: Words) -> dict[str, list[str]]:
    """Returns what is wrong by field; empty when the words can be used."""
    fields = ["zh", "en"]
    if channel != Channel.SMS and template.title_zh:
        fields = ["title_zh", "title_en", *fields]
    found = {name: _wrong(template, channel, getattr(words, name)) for name in fields}
    return {name: [wrong] for name, wrong in found.items() if wrong}


def write(template: Template, channel: str, words: Words, *, based_on: int, actor: User) -> Wording:
    """Writes a further version and returns it. `based_on` is the version that the writer saw.

    Raises NotAllowed, ValidationFailed by field, Conflict when nothing would change, VersionConflict when somebody
    else has written one meanwhile.
    """
    if not access.may_edit_wordings(actor):
        raise NotAllowed()
    if channel not in channels_of(template):
        raise ValidationFailed.on("channel", _("This message is not sent that way."))
    if wrong := problems(template, channel, words):
        raise ValidationFailed(errors=wrong)
    before = newest(template, channel)
    if before.version != based_on:
        raise VersionConflict(_("Somebody has written another version in the meantime."))
    same = (words.zh, words.en, words.title_zh, words.title_en) == _words_of(before, channel)
    if same and (
        before.version or channel != Channel.SMS
    ):  # the shipped text message needs a row for its code
        raise Conflict(_("Nothing has changed."))
    return _insert(template, channel, words, before.version + 1, actor)


def enter_codes(wording: Wording, *, zh: str, en: str, actor: User) -> Wording:
    """Enters the gateway's codes of a text message, which brings it into use; returns it.

    Without an English code English readers get the Chinese text. Raises NotAllowed, ValidationFailed, Conflict when
    it is in use already or a newer version is.
    """
    if not access.may_edit_wordings(actor):
        raise NotAllowed()
    if not zh.strip():
        raise ValidationFailed.on("sms_code", _("Enter the code that the gateway gave the Chinese text."))
    for name, code in (("sms_code", zh), ("sms_code_en", en)):
        if not all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in code.strip()):
            raise ValidationFailed.on(
                name, _("A code has letters, digits, _ and - only, e.g. SMS_154950909.")
            )
    rows = Wording.objects.filter(template=wording.template, channel=Channel.SMS)
    with transaction.atomic():
        if rows.filter(version__gt=wording.version).exclude(in_use_from=None).exists():
            raise Conflict(_("A newer version is in use."))
        taken = rows.filter(pk=wording.pk, in_use_from=None).update(
            sms_code=zh.strip(), sms_code_en=en.strip(), in_use_from=clock.now()
        )
        if not taken:
            raise Conflict(_("This version is in use already."))
    edited.forget()
    wording.refresh_from_db()
    return wording


def _insert(template: Template, channel: str, words: Words, version: int, actor: User) -> Wording:
    sms = channel == Channel.SMS
    try:
        with transaction.atomic():
            made = Wording.objects.create(
                template=template.code,
                channel=channel,
                version=version,
                zh=words.zh,
                en=words.en,
                title_zh="" if sms else words.title_zh,
                title_en="" if sms else words.title_en,
                in_use_from=None if sms else clock.now(),
                written_by=actor,
            )
    except IntegrityError as error:
        raise VersionConflict(_("Somebody has written another version in the meantime.")) from error
    edited.forget()
    return made


def _words_of(text: Text, channel: str) -> tuple[str, str, str, str]:
    titles = ("", "") if channel == Channel.SMS else (text.title_zh, text.title_en)
    return (text.zh, text.en, *titles)


def _wrong(template: Template, channel: str, text: str) -> str:
    """Returns what is wrong with one text, "" when nothing is."""
    if not text.strip():
        return _("Please write something.")
    try:
        used = templates.names(text)
    except ValueError:
        return _("A variable is written {name}, with both brackets and nothing else between them.")
    unknown = [name for name in used if name not in template.placeholders]
    if unknown:
        known = " ".join(f"{{{name}}}" for name in sorted(template.placeholders)) or _("none")
        return _("{%(name)s} is not a variable of this message. There are: %(known)s") % {
            "name": unknown[0],
            "known": known,
        }
    if channel == Channel.SMS and set(text) & set("【】"):
        return _("Leave out 【 and 】: the gateway puts the sender's name there.")
    signs = sms_parts.length(text).signs if channel == Channel.SMS else len(text)
    if signs > LONGEST:
        return _("%(signs)d signs are too many: %(most)d at most.") % {"signs": signs, "most": LONGEST}
    return ""
