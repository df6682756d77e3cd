"""What leaders and members of teams are told about a request, and dispatchers about a team."""

from django.urls import reverse

from civic.notify.models import Message

NAMED: dict[str, tuple[str, str, str, str]] = {
    "team.named": (
        "队长安排您去",
        "Your team leader has named you",
        "{team} 的队长请您去：「{summary}」，{start}。来不了请尽早在平台说明，不影响您的记录。",
        "The leader of {team} has named you for “{summary}”, {start}. If you cannot come, please say so soon: "
        "it does not count against you.",
    ),
}
LEADER: dict[str, tuple[str, str, str, str]] = {
    "team.offer_made": (
        "有一单派给您的队伍",
        "Your team is asked for help",
        "{team}：{summary}。{start}。请在 {expires} 前安排人手或婉拒。",
        "{team}: {summary}. {start}. Please name people, or decline, by {expires}.",
    ),
    "team.offer_withdrawn": (
        "这一单不需要了",
        "No longer needed",
        "{team}：「{summary}」已有安排或已取消，谢谢。",
        "{team}: “{summary}” has been settled or cancelled. Thank you.",
    ),
    "team.offer_expired": (
        "这一单已过时",
        "This offer has run out",
        "{team}：「{summary}」已过答复时间，下次再约。",
        "{team}: the time to answer “{summary}” has run out. Another time.",
    ),
    "team.cannot": (
        "有队员来不了",
        "A member cannot come",
        "{team}：「{summary}」有一位队员来不了，社区会另行安排。",
        "{team}: a member cannot come to “{summary}”. The community will look for somebody else.",
    ),
}
DISPATCHER: dict[str, tuple[str, str, str, str]] = {
    "desk.team_declined": (
        "队伍婉拒",
        "A team declined",
        "{code} 派给「{team}」的单被婉拒。",
        "“{team}” declined {code}.",
    ),
}


def page(message: Message) -> str:
    """Returns the address under which a leader answers."""
    return reverse("v:team_offer", args=[message.subject_id]) if message.subject_id else ""
