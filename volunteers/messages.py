"""What volunteers are told about their registration."""

from civic.notify.templates import register


def register_all() -> None:
    """Registers the wordings; called once at start-up."""
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
