"""What a request has that a column of a file can say, and the words by which headers say it."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

TARGETS = {
    "number": _("Number in the old system"),
    "title": _("Subject"),
    "text": pgettext_lazy("column of a file", "What is needed"),
    "received_at": _("Received"),
    "contact_name": _("Name"),
    "contact_phone": pgettext_lazy("column of a file", "Phone"),
    "address": _("Address"),
    "category": _("Kind of help"),
    "area": _("Community or grid"),
}
# Words a header may contain, the most telling first; a header is taken by the first target that knows it.
KNOWN = {
    "number": ("留言编号", "工单编号", "受理编号", "诉求编号", "编号", "单号", "ticket", "number", "id"),
    "received_at": (
        "留言时间",
        "受理时间",
        "登记时间",
        "提交时间",
        "来电时间",
        "时间",
        "日期",
        "date",
        "time",
        "received",
    ),
    "title": ("留言主题", "诉求标题", "主题", "标题", "subject", "title"),
    "text": (
        "留言详情",
        "诉求内容",
        "详情",
        "内容",
        "描述",
        "说明",
        "detail",
        "text",
        "description",
        "body",
        "content",
    ),
    "contact_phone": ("联系电话", "手机", "电话", "phone", "mobile", "tel"),
    "contact_name": ("联系人", "姓名", "诉求人", "留言用户", "用户", "name", "user"),
    "area": ("所属社区", "所在社区", "社区", "所属网格", "网格", "community", "grid"),
    "address": ("地址", "地点", "位置", "小区", "address", "place"),
    "category": ("一级分类", "诉求类型", "分类", "类别", "类型", "category", "class"),
}
