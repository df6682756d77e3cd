"""What volunteers are told about their registration."""

from django.urls import reverse

from civic.notify.models import Message
from civic.notify.templates import register

TEAMS: dict[str, tuple[str, str, str, str]] = {
    # code: (title zh, title en, zh, en)
    "team.applied": (
        "有人申请加入",
        "Somebody wants to join",
        "有志愿者申请加入「{team}」，请您答复。",
        "A volunteer would like to join “{team}”. Please answer.",
    ),
    "team.admitted": (
        "欢迎加入服务队伍",
        "Welcome to the team",
        "您已加入「{team}」。",
        "You belong to “{team}” now.",
    ),
    "team.refused": (
        "入队申请未通过",
        "Not accepted into the team",
        "「{team}」未接受您的申请，原因请在平台查看。",
        "“{team}” did not accept your application. The site says why.",
    ),
    "team.removed": (
        "您已不在队中",
        "You are no longer in the team",
        "您已被移出「{team}」，原因请在平台查看。",
        "You were removed from “{team}”. The site says why.",
    ),
    "team.appointed": (
        "您是队长了",
        "You lead the team",
        "您已成为「{team}」的队长，派给本队的诉求由您安排人手。",
        "You lead “{team}” now: what is offered to the team is yours to answer.",
    ),
    "team.relieved": (
        "不再担任队长",
        "You lead no longer",
        "您不再担任「{team}」的队长，仍是队员。谢谢您。",
        "You no longer lead “{team}” and stay a member. Thank you.",
    ),
    "team.dissolved": (
        "队伍已解散",
        "The team has ended",
        "「{team}」已解散，您已承接的服务不受影响。",
        "“{team}” has ended. What you have accepted stays yours.",
    ),
}


def register_all() -> None:
    """Registers the wordings; called once at start-up."""
    for code, (title_zh, title_en, zh, en) in TEAMS.items():
        register(code, zh=zh, en=en, title_zh=title_zh, title_en=title_en, link=_team)
    register(
        "volunteer.approve",
        zh="您的志愿者注册已通过，欢迎加入。",
        en="Your registration as a volunteer is approved. Welcome.",
        title_zh="注册已通过",
        title_en="You are approved",
        sms_code="VOLUNTEER_APPROVE",
        sms_code_en="VOLUNTEER_APPROVE_EN",
    )
    register(
        "volunteer.refuse",
        zh="您的志愿者注册未通过，详情请致电社区。",
        en="Your registration as a volunteer was not approved. Please call your community.",
        title_zh="注册未通过",
        title_en="Not approved",
        sms_code="VOLUNTEER_REFUSE",
        sms_code_en="VOLUNTEER_REFUSE_EN",
    )
    register(
        "volunteer.suspend",
        zh="您的志愿者资格已暂停，详情请致电社区。",
        en="Your standing as a volunteer is suspended. Please call your community.",
        title_zh="资格已暂停",
        title_en="Suspended",
        sms_code="VOLUNTEER_SUSPEND",
        sms_code_en="VOLUNTEER_SUSPEND_EN",
    )
    register(
        "volunteer.ask_back",
        zh="您的志愿者注册还需补充材料，请打开平台查看。",
        en="Your registration as a volunteer needs something more. Please open the site to read what.",
        title_zh="还需补充",
        title_en="More is needed",
        sms_code="VOLUNTEER_ASK_BACK",
        sms_code_en="VOLUNTEER_ASK_BACK_EN",
    )
    register(
        "volunteer.reinstate",
        zh="您的志愿者资格已恢复，欢迎回来。",
        en="Your standing as a volunteer is restored. Welcome back.",
        title_zh="资格已恢复",
        title_en="Welcome back",
        sms_code="VOLUNTEER_REINSTATE",
        sms_code_en="VOLUNTEER_REINSTATE_EN",
    )
    register(
        "volunteer.ask_idle",
        zh="您已一年没有参加志愿服务。还愿意继续吗？请打开平台告诉我们。",
        en="You have not served for a year. Do you still want to help? Please open the site and tell us.",
        title_zh="还愿意继续吗？",
        title_en="Do you still want to help?",
        sms_code="VOLUNTEER_ASK_IDLE",
        sms_code_en="VOLUNTEER_ASK_IDLE_EN",
    )
    register(
        "volunteer.lapse",
        zh="我们暂不再向您派单。随时打开平台即可回来。",
        en="We ask you no more for now. Open the site whenever you want to come back.",
        title_zh="先休息一下",
        title_en="At rest for now",
        sms_code="VOLUNTEER_LAPSE",
        sms_code_en="VOLUNTEER_LAPSE_EN",
    )
    register(
        "volunteer.paper_checked",
        zh="您的资格证明已核验，可以接相关诉求。",
        en="Your qualification is checked. You can be asked for what needs it.",
        title_zh="资格已核验",
        title_en="Qualification checked",
        sms_code="VOLUNTEER_PAPER_CHECKED",
        sms_code_en="VOLUNTEER_PAPER_CHECKED_EN",
    )
    register(
        "volunteer.paper_refused",
        zh="您的资格证明未通过核验，请打开平台查看原因。",
        en="Your qualification could not be confirmed. Please open the site to read why.",
        title_zh="资格未通过核验",
        title_en="Qualification not confirmed",
        sms_code="VOLUNTEER_PAPER_REFUSED",
        sms_code_en="VOLUNTEER_PAPER_REFUSED_EN",
    )


def _team(message: Message) -> str:
    return reverse("v:team", args=[message.subject_id]) if message.subject_id else ""
