"""What people are told about time: when somebody comes, reminders, what climbs, pauses, and a resident who asks
after it."""

from requests_app.enums import Step

RESIDENT: dict[str, tuple[str, str, str, str]] = {
    # code: (title zh, title en, zh, en)
    "request.placed_close": (
        "已收到您的诉求",
        "We have your request",
        "您的诉求已收到，编号 {code}。您希望的时间（{start}）很近，请同时打电话告诉社区。",
        "Your request {code} has arrived. The time you wish ({start}) is very near: please call us as well.",
    ),
    "request.accepted_more": (
        "又有志愿者接单了",
        "One more volunteer is coming",
        "您的诉求 {code} 又有一位志愿者接单，已有 {count} 位，约定 {start}。到时请把签到码 {check_in} 告诉志愿者。",
        "One more volunteer ({count} by now) has accepted your request {code} for {start}. Their code: {check_in}.",
    ),
    "request.proposed": (
        "有志愿者接单了",
        "A volunteer has accepted",
        "您的诉求 {code} 有志愿者接单，提议 {start}，待社区确认。到时请把签到码 {check_in} 告诉志愿者。",
        "A volunteer accepted {code} and proposes {start}; we confirm it. Please give them the code {check_in}.",
    ),
    "request.confirmed": (
        "时间已确认",
        "The time is confirmed",
        "您的诉求 {code} 时间已确认：{start}，志愿者到时上门。",
        "The time for your request {code} is confirmed: {start}.",
    ),
    "request.paused": (
        "诉求暂停办理",
        "Your request is on hold",
        "您的诉求 {code} 因“{reason}”暂停办理，{until} 起继续。",
        "Your request {code} is on hold ({reason}); we go on {until}.",
    ),
    "request.resumed": (
        "诉求继续办理",
        "Your request goes on",
        "您的诉求 {code} 已恢复办理，我们接着为您安排。",
        "Your request {code} goes on; we are arranging it again.",
    ),
}
DISPATCHER: dict[str, tuple[str, str, str, str]] = {
    "desk.half_time": (
        "时限已过半",
        "Half of the time has passed",
        "{code}：{step}时限已过半，{due} 到期。",
        "{code}: half of the time for “{step}” has passed; it is due {due}.",
    ),
    "desk.hour_left": (
        "即将到期",
        "Due soon",
        "{code}：{step}即将到期，时限 {due}。",
        "{code}: “{step}” is due {due}.",
    ),
    "desk.overdue": (
        "已超期",
        "Overdue",
        "{code}：{step}已超期，时限为 {due}。",
        "{code}: “{step}” was due {due}.",
    ),
    "desk.climbed": (
        "超期升级",
        "Overdue, now with you",
        "{code}：{step}自 {due} 起超期，下级尚未办理，请您督促。",
        "{code}: “{step}” was due {due} and the level below has not acted. Please see to it.",
    ),
    "desk.urged": (
        "居民催办",
        "The resident asks after it",
        "{code} 居民催办，请尽快办理。",
        "The resident asks after {code}. Please see to it.",
    ),
    "desk.resumed": (
        "暂停结束",
        "The pause has ended",
        "{code} 暂停期满，时限继续计算，请接着办理。",
        "{code} goes on after its pause; the clocks run again.",
    ),
}
STEPS: dict[str, tuple[str, str]] = {
    Step.ANSWER: ("单位答复", "answer by the unit"),
    Step.DISPATCH: ("派单", "dispatch"),
    Step.ACCEPT: ("接单", "acceptance"),
    Step.START: ("上门服务", "start of the service"),
    Step.FINISH: ("办结", "finish"),
}


def step_words(step: str) -> dict[str, str]:
    """Returns what a step is called in the middle of a message."""
    zh, en = STEPS[step]
    return {"zh": zh, "en": en}
