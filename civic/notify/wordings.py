"""The messages of the kernel itself: sign-in codes and account mails. Apps register theirs beside their
actions.
"""

from typing import TYPE_CHECKING, Final

from django.urls import reverse

from civic.notify.templates import register

if TYPE_CHECKING:
    from civic.notify.models import Message

SIGN_IN_CODE: Final = "sign_in.code"
ACCOUNT_MAIL: Final = "accounts.mail"
DIGEST: Final = "digest.morning"


def register_all() -> None:
    """Registers them; called once at start-up."""
    register(
        SIGN_IN_CODE,
        zh="验证码 {code}，{minutes} 分钟内有效。工作人员不会向您索要验证码，请勿告诉任何人。",
        en="Your code is {code}, valid for {minutes} minutes. Staff will never ask for it; do not share it.",
        sms_code="SIGN_IN_CODE",
        sms_code_en="SIGN_IN_CODE_EN",
        secret=True,
    )
    register(
        DIGEST,
        zh="{count} 条：{list}。",
        en="{count} in all. {list}.",
        title_zh="早间汇总",
        title_en="This morning's summary",
        link=_inbox,
    )
    # Worded by django-allauth, which renders it in the language of the request; links in it are secrets.
    register(ACCOUNT_MAIL, zh="{body}", en="{body}", title_zh="{subject}", title_en="{subject}", secret=True)


def _inbox(message: "Message") -> str:
    return reverse("notify:inbox")
