"""What people are told about a request, and by which way.

Residents and volunteers are told in the app and by text message, dispatchers in the app. A text message names
no person, no address and no need; the link behind it asks for sign-in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from civic.cases.change import Change
from civic.notify.models import Message
from civic.notify.outbox import Draft
from civic.notify.templates import register
from requests_app import wordings_of_asking as asking
from requests_app import wordings_of_second_looks as looks
from requests_app import wordings_of_teams as teams
from requests_app import wordings_of_time as times
from requests_app import wordings_of_units as units
from requests_app.access import dispatchers_of, leaders_of
from requests_app.enums import ReferralState, RejectReason
from requests_app.models import Referral, ServiceRequest, Unit, UnitMember
from volunteers.models import Team, Volunteer

SENTENCE_ENDS = "。.！!"  # a summary stands within a sentence of ours

RESIDENT: dict[str, tuple[str, str, str, str]] = {
    # code: (title zh, title en, zh, en)
    "request.placed": (
        "已收到您的诉求",
        "We have your request",
        "您的诉求已收到，编号 {code}。我们会在 {due} 前安排，请留意来电。",
        "Your request {code} has arrived. We will look for help by {due}; please keep your phone near.",
    ),
    "request.rejected": (
        "诉求未能受理",
        "We could not take this on",
        "您的诉求 {code} 未能受理：{reason}。详情请在平台查看或致电社区。",
        "We could not take on your request {code}: {reason}. Please see the details online or call us.",
    ),
    "request.accepted": (
        "有志愿者接单了",
        "A volunteer is coming",
        "您的诉求 {code} 有志愿者接单，约定 {start}。到时请把签到码 {check_in} 告诉志愿者。",
        "A volunteer has accepted your request {code} for {start}. Please give them the code {check_in}.",
    ),
    "request.looking_again": (
        "正在为您重新安排",
        "We are looking again",
        "您的诉求 {code} 原定志愿者来不了，我们正在重新安排。",
        "The volunteer for your request {code} cannot come. We are looking for somebody else.",
    ),
    "request.changed": (
        "安排有变化",
        "Something has changed",
        "您的诉求 {code} 的安排有变化：{start}。",
        "The arrangement for your request {code} has changed: {start}.",
    ),
    "request.completed": (
        "服务已完成，请您评价",
        "Done. How was it?",
        "您的诉求 {code} 服务已完成，问题解决了吗？请您评价。",
        "The service for your request {code} is done. Is it solved? Please tell us.",
    ),
    "request.please_rate": (
        "请您评价",
        "Please rate",
        "您的诉求 {code} 还没有评价，一句话就好。",
        "Your request {code} is still waiting for your rating. One word is enough.",
    ),
    "request.closed": (
        "诉求已办结",
        "Your request is closed",
        "您的诉求 {code} 已办结。如未解决，15 天内可以申请重办。",
        "Your request {code} is closed. If it is not solved you can reopen it within 15 days.",
    ),
    "request.again": (
        "将再次为您安排",
        "We will try again",
        "您的诉求 {code} 将再次安排，我们会在 {due} 前派单。",
        "We will arrange your request {code} once more and look for help by {due}.",
    ),
    "request.extended": (
        "时限有调整",
        "The limit has changed",
        "您的诉求 {code} 经批准延期，将在 {due} 前办结，原定时限保留备查。",
        "The limit of your request {code} was extended with approval: it will be finished by {due}.",
    ),
    "request.cancelled": (
        "诉求已取消",
        "Your request is cancelled",
        "您的诉求 {code} 已取消。",
        "Your request {code} has been cancelled.",
    ),
}
VOLUNTEER: dict[str, tuple[str, str, str, str]] = {
    "task.confirm": (
        "时间或地点有变，请确认",
        "Time or place has changed: please confirm",
        "「{summary}」改为 {start}，请在 {by} 前确认，否则将另行安排。",
        "“{summary}” is now {start}. Please confirm by {by}, or we will ask somebody else.",
    ),
    "task.released": (
        "这一单已不用您去",
        "You need not go",
        "「{summary}」已不用您去，谢谢您。",
        "You need not go to “{summary}” any more. Thank you.",
    ),
    "task.soon": ("别忘了", "A reminder", "「{summary}」{start} 开始。", "“{summary}” begins {start}."),
    "task.no_show": (
        "记录为未到",
        "Noted as not attended",
        "「{summary}」记录为未到。如有特殊情况，请联系社区。",
        "“{summary}” was noted as not attended. If there was a reason, please call the community.",
    ),
    "task.excused": (
        "已谅解",
        "Excused",
        "「{summary}」的缺席已谅解，不影响您的记录。",
        "Your absence from “{summary}” is excused and does not count.",
    ),
    "task.check_in": (
        "到了请签到",
        "Please check in",
        "「{summary}」已到约定时间，到了请签到；来不了请告诉我们。",
        "“{summary}” should have begun. Please check in, or tell us that you cannot come.",
    ),
    "task.complete": (
        "结束了请签退",
        "Please check out",
        "「{summary}」已超过预计时间，结束后请签退。",
        "“{summary}” is past its expected end. Please check out when you are done.",
    ),
    "task.rated": (
        "居民评价了您的服务",
        "The resident has rated",
        "「{summary}」居民已评价，服务时长 {minutes} 分钟已确认。谢谢您！",
        "The resident has rated “{summary}”; {minutes} min of service are confirmed. Thank you!",
    ),
}
DISPATCHER: dict[str, tuple[str, str, str, str]] = {
    "desk.urgent": (
        "紧急诉求",
        "Urgent request",
        "{code} {category}，请尽快派单。",
        "{code} {category}: please dispatch.",
    ),
    "desk.nobody": (
        "无人接单",
        "Nobody accepted",
        "{code} 无人接单，请重新派单。",
        "Nobody accepted {code}; dispatch again.",
    ),
    "desk.waterfall_over": (
        "依次派单已问完",
        "Nobody left to ask",
        "{code} 合适的人已依次问完，还差 {free} 人，请另行安排。",
        "Everybody who fits has been asked about {code}; {free} still needed. Please arrange it otherwise.",
    ),
    "desk.declined": ("已婉拒", "Declined", "{code} 的派单被婉拒。", "An offer of {code} was declined."),
    "desk.gave_up": (
        "志愿者退出",
        "A volunteer gave up",
        "{code} 的志愿者来不了。",
        "A volunteer of {code} gave up.",
    ),
    "desk.unconfirmed": (
        "未确认变更",
        "Not confirmed",
        "{code} 的变更未确认，名额已放出。",
        "{code}: a change was not confirmed; the slot is free.",
    ),
    "desk.not_checked_in": (
        "未签到",
        "Not checked in",
        "{code} 到点未签到。",
        "{code}: nobody has checked in.",
    ),
    "desk.long_service": (
        "服务超时",
        "Service runs long",
        "{code} 服务超过预计 2 小时。",
        "{code} is 2 h past its expected end.",
    ),
    "desk.completed": (
        "部分完成",
        "Completed with fewer",
        "{code} 已完成，但有人中途退出。",
        "{code} is completed, but somebody gave up.",
    ),
    "desk.call_back": (
        "请回访",
        "Please call back",
        "{code} 评价不满意，请回访。",
        "{code} was rated poorly; please call back.",
    ),
    "desk.unsolved": (
        "三轮未解决",
        "Unsolved after three rounds",
        "{code} 三轮未解决，请区级回访。",
        "{code} is unsolved after three rounds; the district calls back.",
    ),
    "desk.concern": (
        "安全报告",
        "Safety report",
        "{code} 有一条安全报告，请立即处理。",
        "{code} has a safety report; please act now.",
    ),
    "desk.proposed": (
        "请确认时间",
        "Please confirm the time",
        "{code} 志愿者提出时间 {start}。",
        "{code}: the volunteer proposes {start}.",
    ),
    "desk.imported": (
        "导入完成",
        "Import finished",
        "「{file}」已导入 {count} 条诉求。",
        "{count} requests were imported from “{file}”.",
    ),
}


def register_all() -> None:
    """Registers every wording; called once at start-up."""
    for wordings, page in (
        (RESIDENT | units.RESIDENT | times.RESIDENT | looks.RESIDENT, _track),
        (asking.VOLUNTEER | VOLUNTEER | teams.NAMED, _task),
        (teams.LEADER, teams.page),
    ):
        for code, (title_zh, title_en, zh, en) in wordings.items():
            approved = code.upper().replace(".", "_")
            register(
                code,
                zh=zh,
                en=en,
                title_zh=title_zh,
                title_en=title_en,
                sms_code=approved,
                sms_code_en=f"{approved}_EN",
                link=page,
            )
    for staff, desk_page in (
        (
            DISPATCHER | units.DISPATCHER | times.DISPATCHER | looks.DISPATCHER | teams.DISPATCHER,
            _desk,
        ),
        (units.UNIT, _unit),
        (units.UNIT_AFTERWARDS, _units_home),
    ):
        for code, (title_zh, title_en, zh, en) in staff.items():
            register(code, zh=zh, en=en, title_zh=title_zh, title_en=title_en, link=desk_page)


def to_resident(change: Change, template: str, **params: Any) -> None:
    """Tells the beneficiary (and the proxy, in the app), once for this change."""
    case = change.case
    values = {"code": case.code, **params}
    if case.beneficiary_id:
        _add(change, template, values, user=case.beneficiary_id)
        _add(change, template, values, user=case.beneficiary_id, channel="sms")
    elif case.beneficiary_phone or case.contact_phone:
        _add(change, template, values, phone=case.beneficiary_phone or case.contact_phone, channel="sms")
    if case.proxy_id and case.proxy_id != case.beneficiary_id:
        _add(change, template, values, user=case.proxy_id)


def to_volunteer(
    change: Change, template: str, volunteer: Volunteer, *, urgent: bool = False, **params: Any
) -> None:
    """Tells one volunteer, once for this change, in the app and by text message."""
    values = {"summary": _summary(change.case), **params}
    for channel in ("in_app", "sms"):
        _add(change, template, values, user=volunteer.user_id, channel=channel, urgent=urgent)


def of_pool(change: Change, volunteer: Volunteer, *, by_sms: bool, **params: Any) -> None:
    """Tells one volunteer that the request is in the pool: once a round, however often it opens. In the app, and by
    text message where they have asked for that."""
    values, round_now = {"summary": _summary(change.case), **params}, f"pool:{change.case.round}"
    for channel in ("in_app", "sms") if by_sms else ("in_app",):
        _add(change, asking.POOL_OPENED, values, user=volunteer.user_id, channel=channel, once=round_now)


def _summary(request: ServiceRequest) -> dict[str, str]:
    told = request.category.told_in_both(request.public_summary)
    return {language: words.rstrip(SENTENCE_ENDS) for language, words in told.items()}


def to_leaders(change: Change, template: str, team: Team, **params: Any) -> None:
    """Tells the leaders of a team, once for this change, in the app and by text message; who did it is not told."""
    for leader in leaders_of(team):
        if leader.user_id != change.actor.pk:
            to_volunteer(change, template, leader, team=team.name, **params)


def to_dispatchers(change: Change, template: str, *, from_district: bool = False, **params: Any) -> None:
    """Tells the dispatchers nearest to the request (`from_district`: those of the district), in the app;
    whoever did the change is not told."""
    values = {"code": change.case.code, **params}
    for user_id in dispatchers_of(change.case, from_district=from_district):
        if user_id != change.actor.pk:
            _add(change, template, values, user=user_id)


def to_unit(change: Change, template: str, unit_id: int, **params: Any) -> None:
    """Tells everybody who answers for a unit, in the app; whoever did the change is not told."""
    members = UnitMember.objects.filter(unit=unit_id, user__is_active=True).exclude(user=change.actor.pk)
    for user_id in members.values_list("user_id", flat=True):
        _add(change, template, {"code": change.case.code, **params}, user=user_id)


def members_of_units(request: ServiceRequest) -> list[int]:
    """Returns the ids of the users who answer for the unit that has the request now."""
    referrals = Referral.objects.filter(request=request, state=ReferralState.OPEN).values("unit_id")
    members = UnitMember.objects.filter(unit__in=referrals, user__is_active=True)
    return list(members.order_by("user_id").values_list("user_id", flat=True))


def to_units_of(change: Change, template: str) -> None:
    """Tells the lead unit that has the request now."""
    for referral in Referral.objects.filter(request=change.case, state=ReferralState.OPEN):
        to_unit(change, template, referral.unit_id)


def unit_name(unit: Unit) -> dict[str, str]:
    """Returns the unit's name for a message, in both languages."""
    return {"zh": unit.name, "en": unit.name_en or unit.name}


def reject_reason(code: str) -> Any:
    """Returns the words of a reason for not taking on."""
    return RejectReason(code).label if code in RejectReason.values else code


def to_one(change: Change, template: str, user_id: int, **params: Any) -> None:
    """Tells one member of staff, once for this change, in the app."""
    _add(change, template, {"code": change.case.code, **params}, user=user_id)


def to_staff(change: Change, template: str, user_ids: Iterable[int], **params: Any) -> None:
    """Tells these people of staff, once for this change, in the app; whoever did the change is not told."""
    values = {"code": change.case.code, **params}
    for user_id in user_ids:
        if user_id != change.actor.pk:
            _add(change, template, values, user=user_id)


def _add(
    change: Change,
    template: str,
    params: Mapping[str, Any],
    *,
    user: int | None = None,
    phone: str = "",
    channel: str = "in_app",
    urgent: bool = False,
    once: str = "",
) -> None:
    """Queues a message: one for this change, or one for what `once` names."""
    change.tell(
        Draft(
            event=template,
            template=template,
            dedupe_key=f"request:{change.case.pk}:{once or change.seq}:{template}:{user or 'phone'}:{channel}",
            user=user,
            phone=phone,
            channel=channel,
            params=params,
            subject_kind="request",
            subject_id=change.case.pk,
            urgent=urgent or change.case.urgency == "urgent",
        )
    )


def _track(message: Message) -> str:
    return reverse("track", args=[message.params["code"]])


def _task(message: Message) -> str:
    return reverse("v:task", args=[message.subject_id]) if message.subject_id else ""


def _desk(message: Message) -> str:
    return reverse("desk:request", args=[message.subject_id]) if message.subject_id else ""


def _unit(message: Message) -> str:
    return reverse("unit:request", args=[message.subject_id]) if message.subject_id else ""


def _units_home(message: Message) -> str:
    return reverse("unit:home")
