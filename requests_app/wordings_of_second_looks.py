"""What people are told when a second person looks: appeals and approvals; and when a request is confidential."""

RESIDENT: dict[str, tuple[str, str, str, str]] = {
    # code: (title zh, title en, zh, en)
    "request.appealed": (
        "已收到您的申诉",
        "Somebody else looks at it",
        "您的诉求 {code} 已转由其他工作人员重新研判，将在 {due} 前安排。",
        "Somebody else looks at your request {code} again, by {due}.",
    ),
    "request.not_confidential": (
        "已取消保密",
        "No longer confidential",
        "您的诉求 {code} 已取消保密。如有疑问请致电社区。",
        "Your request {code} is no longer confidential. Please call the desk if this is wrong.",
    ),
}
DISPATCHER: dict[str, tuple[str, str, str, str]] = {
    "desk.confidential": (
        "诉求要求保密",
        "Confidential",
        "{code} 已设为保密，只能定向派单；查看须说明理由。",
        "{code} is confidential now: direct offers only; say why before you read it.",
    ),
    "desk.appealed": (
        "不予受理，居民申诉",
        "Appealed",
        "{code} 居民对不予受理提出申诉，请由您重新研判。",
        "{code}: the resident asks for another look. Please decide.",
    ),
    "desk.approval_wanted": (
        "请审批",
        "An approval waits for you",
        "{code} 提议{step}，请在 {by} 前审批。",
        "{code}: {step} is proposed; please decide by {by}.",
    ),
    "desk.approval_ended": (
        "提议有结果",
        "Your proposal was answered",
        "{code} 您提议的{step}：{ended}。",
        "{code}: your proposal to {step}: {ended}.",
    ),
}
