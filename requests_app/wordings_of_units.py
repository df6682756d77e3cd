"""What people are told when a request lies with a responsible unit or is joined to another."""

RESIDENT: dict[str, tuple[str, str, str, str]] = {
    # code: (title zh, title en, zh, en)
    "request.referred": (
        "已转责任单位办理",
        "Passed to a responsible unit",
        "您的诉求 {code} 已转「{unit}」办理，{due} 前答复您。",
        "Your request {code} was passed to {unit}, which will answer you by {due}.",
    ),
    "request.answered": (
        "责任单位已答复",
        "The responsible unit has answered",
        "您的诉求 {code} 责任单位已答复，问题解决了吗？请您评价。",
        "The responsible unit has answered your request {code}. Is it solved? Please tell us.",
    ),
    "request.merged": (
        "与同类诉求一并办理",
        "Handled together",
        "附近有同样的诉求，您的诉求 {code} 将一并办理，办完请您评价。",
        "Somebody nearby asked for the same. Your request {code} is handled together with it; you rate it as usual.",
    ),
    "request.split": (
        "改为单独办理",
        "Handled by itself again",
        "您的诉求 {code} 改为单独办理，我们会尽快安排。",
        "Your request {code} is handled by itself again. We will arrange it soon.",
    ),
}
DISPATCHER: dict[str, tuple[str, str, str, str]] = {
    "desk.returned": (
        "责任单位退回",
        "Returned by the unit",
        "{code} 被责任单位退回，请重新处理。",
        "{code} was returned by its unit; please see to it again.",
    ),
    "desk.backstop": (
        "两次退回，已转兜底单位",
        "Returned twice: with the last instance",
        "{code} 已被退回两次，现转区级兜底单位办理。",
        "{code} was returned twice and now lies with the last instance of the district.",
    ),
    "desk.answer_overdue": (
        "答复超期",
        "Answer overdue",
        "{code} 责任单位答复已超期。",
        "{code}: the unit is past its time to answer.",
    ),
}
UNIT: dict[str, tuple[str, str, str, str]] = {
    "unit.extended": (
        "答复时限有调整",
        "The limit has changed",
        "{code} 经批准延期，请在 {due} 前答复。",
        "The limit of {code} was extended with approval: please answer by {due}.",
    ),
    "unit.referred": (
        "有新的转办",
        "A request was referred to you",
        "{code} 已转您单位办理，请在 {due} 前答复。",
        "{code} was referred to your unit. Please answer by {due}.",
    ),
    "unit.reminded": (
        "请尽快答复",
        "Please answer soon",
        "{code} 尚未答复，时限 {due}。",
        "{code} is waiting for your answer, due {due}.",
    ),
    "unit.recalled": (
        "转办已收回",
        "No longer with you",
        "{code} 已收回或取消，不用再办。",
        "{code} was recalled or cancelled. There is nothing left to do.",
    ),
    "unit.overdue": (
        "答复超期",
        "Answer overdue",
        "{code} 已过答复时限，请尽快答复。",
        "{code} is past its time. Please answer now.",
    ),
    "unit.approval_ended": (
        "提议有结果",
        "Your proposal was answered",
        "{code} 您提议的{step}：{ended}。",
        "{code}: your proposal to {step}: {ended}.",
    ),
}
# About what lies with the unit no more: its own page of the request is closed.
UNIT_AFTERWARDS: dict[str, tuple[str, str, str, str]] = {
    "unit.answer_approved": (
        "答复已批准",
        "Your answer was approved",
        "{code} 您的答复已批准，并已送达居民。",
        "{code}: your answer was approved; the resident has it now.",
    ),
}
