"""What somebody is told about the deletion of their account: that we have their wish, and that it was done.

The second message outlives the account. It is written with the deletion to the phone (or, without one, the mailbox)
that the account had, and goes as soon as it was sent or FAREWELL_KEPT is over: until then it is the last thing
that knows the number. Rule: PIPL art. 47 and 50 (an answer to whoever uses a right).
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from civic.accounts.models import User
from civic.lib import clock
from civic.notify import variables
from civic.notify.enums import Channel, MessageState
from civic.notify.models import UNDELIVERED, Message
from civic.notify.outbox import Draft, enqueue
from civic.notify.templates import register
from insight.privacy.models import Deletion

# Of a kind that nobody can turn off: "account" is not among civic.notify.kinds.
ASKED: Final = "account.deletion_asked"
DONE: Final = "account.deletion_done"
FAREWELL_KEPT: Final = timedelta(days=3)


def register_all() -> None:
    """Registers the wordings; called once at start-up."""
    register(
        ASKED,
        zh="已收到您的注销申请，账号将于 {day}注销，在此之前您可随时登录撤回。如非本人操作，请尽快登录撤回。",
        en="We have your request to delete your account. It is deleted on {day}; until then you can sign in and take "
        "it back. If it was not you who asked, please do so soon.",
        title_zh="已收到注销申请",
        title_en="Your account will be deleted",
        sms_code="ACCOUNT_DELETION_ASKED",
        sms_code_en="ACCOUNT_DELETION_ASKED_EN",
        link=lambda message: reverse("privacy:delete"),
    )
    register(
        DONE,
        zh="您的账号已按您的申请注销，姓名、电话等个人信息均已删除，今后不再向您发送消息。",
        en="Your account was deleted as you asked, with your name, phone and other personal details. You will hear no "
        "more from us.",
        title_zh="账号已注销",
        title_en="Your account was deleted",
        sms_code="ACCOUNT_DELETION_DONE",
        sms_code_en="ACCOUNT_DELETION_DONE_EN",
    )
    variables.describe(
        "day", _("Day on which the account is deleted"), lambda: timezone.localdate(clock.now())
    )


def of_asking(deletion: Deletion) -> None:
    """Tells, in the app and by the way that will still be there on the day, until when it can be taken back."""
    user = deletion.user
    day = timezone.localdate(deletion.due_at)
    for channel in dict.fromkeys([Channel.IN_APP, _way_to(user)]):
        enqueue(
            Draft(
                event=ASKED,
                template=ASKED,
                dedupe_key=f"deletion:{deletion.pk}:asked:{channel}",
                user=user,
                channel=channel,
                params={"day": day},
            )
        )


def of_doing(deletion: Deletion, user: User) -> None:
    """Tells that it was done; called before `user` loses phone and mailbox. Whoever has neither cannot be told."""
    channel = _way_to(user)
    if channel == Channel.IN_APP:
        return
    enqueue(
        Draft(
            event=DONE,
            template=DONE,
            dedupe_key=f"deletion:{deletion.pk}:done",
            phone=user.phone if channel == Channel.SMS else "",
            email=user.email if channel == Channel.EMAIL else "",
            channel=channel,
            language=user.language,
        )
    )


def farewells(now: datetime) -> QuerySet[Message]:
    """Returns the last messages to deleted accounts that have served: sent, or not to be sent any more."""
    key = Concat(Value("deletion:"), Cast("pk", CharField()), Value(":done"))
    done = Deletion.objects.filter(done_at__isnull=False).annotate(key=key)
    found = Message.objects.filter(dedupe_key__in=done.values("key"), user=None)
    may_arrive = Q(state__in=[*UNDELIVERED, MessageState.DEAD], created_at__gt=now - FAREWELL_KEPT)
    return found.exclude(may_arrive)


def _way_to(user: User) -> Channel:
    """Returns the way that reaches `user` outside of the app, else the app."""
    if user.phone:
        return Channel.SMS
    return Channel.EMAIL if user.email else Channel.IN_APP
