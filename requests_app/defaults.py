"""The categories and skills an installation begins with; a district edits them afterwards."""

from typing import Any

from civic.worktime.clocks import Clock
from requests_app import reference
from requests_app.default_keywords import KEYWORDS, SKILL_KEYWORDS
from requests_app.enums import Step, Urgency
from requests_app.models import AnswerClass, Category, TimeLimit
from volunteers.models import QualificationKind, ServiceClass, Skill

SKILLS = [
    ("medical-guide", "医院流程", "Finding the way in a hospital"),
    ("nursing", "护理", "Nursing"),
    ("repair", "水电维修", "Repairs"),
    ("driving", "开车", "Driving"),
    ("care", "陪伴照护", "Companionship and care"),
    ("teaching", "辅导功课", "Tutoring"),
    ("digital", "手机电脑", "Phones and computers"),
    ("law", "法律咨询", "Legal advice"),
    ("counselling", "心理疏导", "Counselling"),
    ("cleaning", "清洁搬运", "Cleaning and carrying"),
    ("dialect", "会方言", "Speaks the dialect"),
]
# code, name, English name, whether it runs out
QUALIFICATIONS = [
    ("nurse", "护士执业证", "Nurse's licence", True),
    ("doctor", "医师执业证", "Doctor's licence", False),
    ("lawyer", "律师执业证", "Lawyer's licence", False),
    ("electrician", "电工操作证", "Electrician's certificate", True),
    ("driver", "驾驶证", "Driving licence", True),
    ("counsellor", "心理咨询资格", "Counsellor's certificate", False),
    ("teacher", "教师资格证", "Teacher's certificate", False),
    ("first-aid", "急救员证", "First-aid certificate", True),
]
# code, name, English name, hint, English hint, icon, summary, English summary, skills, more
CATEGORIES: list[tuple[str, str, str, str, str, str, str, str, list[str], dict[str, Any]]] = [
    (
        "medical",
        "陪诊就医",
        "To the doctor",
        "陪看病、取药、量血压",
        "Company, medicine, blood pressure",
        "stethoscope",
        "陪一位居民去医院",
        "Accompany a resident to the hospital",
        ["medical-guide"],
        {"sensitive": "health", "needs_insurance": True, "needs_vetting": True, "minutes": 120},
    ),
    (
        "repair",
        "小修小补",
        "Small repairs",
        "水电、门锁、换灯泡",
        "Taps, locks, light bulbs",
        "tool",
        "帮居民做一件小修理",
        "Do a small repair for a resident",
        ["repair"],
        {"needs_insurance": True, "minutes": 60},
    ),
    (
        "errand",
        "代买代办",
        "Errands",
        "买菜、缴费、跑腿",
        "Shopping, bills, errands",
        "shopping-bag",
        "帮居民跑一趟腿",
        "Run an errand for a resident",
        [],
        {"minutes": 45},
    ),
    (
        "company",
        "陪伴照看",
        "Companionship",
        "陪聊天、照看孩子",
        "A chat, watching a child",
        "mood-smile",
        "陪伴一位居民",
        "Keep a resident company",
        ["care"],
        {"needs_vetting": True, "minutes": 90},
    ),
    (
        "learning",
        "学习辅导",
        "Learning",
        "作业、手机、电脑",
        "Homework, phones, computers",
        "book",
        "教居民学一样本领",
        "Help a resident learn something",
        ["teaching", "digital"],
        {"urgency": "flexible", "minutes": 60},
    ),
    (
        "advice",
        "法律心理",
        "Advice",
        "调解、咨询、疏导",
        "Mediation, law, worries",
        "scale",
        "为居民提供咨询",
        "Give a resident advice",
        ["law", "counselling"],
        {"minutes": 60},
    ),
    (
        "cleaning",
        "环境清洁",
        "Clean-up",
        "楼道、院落、搬重物",
        "Stairs, yards, heavy things",
        "leaf",
        "清洁环境或搬重物",
        "Clean up or carry something heavy",
        ["cleaning"],
        {"urgency": "flexible", "needs_insurance": True, "minutes": 90},
    ),
    (
        "other",
        "其他",
        "Something else",
        "说不清也没关系",
        "Not sure? That is fine",
        "dots",
        "帮居民一个忙",
        "Lend a resident a hand",
        [],
        {"minutes": 60},
    ),
]
# Step, urgency, clock, hours or days; how soon a unit answers is told by its answer class, below.
LIMITS: list[tuple[str, str, str, float]] = [
    (Step.DISPATCH, Urgency.URGENT, Clock.URGENT_HOURS, 0.5),
    (Step.DISPATCH, Urgency.NORMAL, Clock.WORK_HOURS, 2),
    (Step.DISPATCH, Urgency.FLEXIBLE, Clock.WORK_HOURS, 8),
    (Step.ACCEPT, Urgency.URGENT, Clock.URGENT_HOURS, 0.5),
    (Step.ACCEPT, Urgency.NORMAL, Clock.WORK_HOURS, 4),
    (Step.ACCEPT, Urgency.FLEXIBLE, Clock.WORK_HOURS, 16),
    (Step.START, "", Clock.URGENT_HOURS, 0.5),
    (Step.FINISH, Urgency.URGENT, Clock.URGENT_HOURS, 24),
    (Step.FINISH, Urgency.NORMAL, Clock.WORK_DAYS, 5),
    (Step.FINISH, Urgency.FLEXIBLE, Clock.WORK_DAYS, 15),
    (Step.CLIMB, Urgency.URGENT, Clock.URGENT_HOURS, 0.5),
    (Step.CLIMB, Urgency.NORMAL, Clock.WORK_HOURS, 4),
    (Step.CLIMB, Urgency.FLEXIBLE, Clock.WORK_DAYS, 1),
]

# How soon a unit answers. Source: the answer classes used in one city (DOMAIN.md section 3).
ANSWER_CLASSES: list[tuple[str, str, str, Clock, float]] = [
    ("2h", "2 小时（危及生命财产）", "2 hours: life or property", Clock.URGENT_HOURS, 2),
    ("24h", "24 小时（水电气热）", "24 hours: water, power, gas, heat", Clock.URGENT_HOURS, 24),
    ("7d", "7 个工作日（一般）", "7 work days: general", Clock.WORK_DAYS, 7),
    ("15d", "15 个工作日（复杂）", "15 work days: complex", Clock.WORK_DAYS, 15),
]

# The eight kinds of every district; its own are added beside them. Source: DOMAIN.md section 4 ("8+N").
SERVICE_CLASSES = [
    ("policy", "理论政策宣讲", "Policy talks"),
    ("culture", "文化文艺", "Culture and arts"),
    ("teaching", "助学支教", "Learning support"),
    ("health", "医疗健身", "Health and fitness"),
    ("science", "科学普及", "Popular science"),
    ("law", "法律服务", "Legal services"),
    ("environment", "卫生环保", "Hygiene and environment"),
    ("relief", "扶贫帮困", "Help in hardship"),
]
# To which of them the default categories belong; who chose it likes them.
CLASS_OF = {
    "medical": "health",
    "repair": "relief",
    "errand": "relief",
    "company": "relief",
    "learning": "teaching",
    "advice": "law",
    "cleaning": "environment",
}


def install() -> int:
    """Adds what is missing of skills, papers, service classes, categories, answer classes and limits; the rest stays.

    Returns how many were new.
    """
    added = 0
    for code, name, name_en in SKILLS:
        words = {"name": name, "name_en": name_en, "keywords": SKILL_KEYWORDS[code]}
        added += Skill.objects.get_or_create(code=code, defaults=words)[1]
    for position, (code, name, name_en, expires) in enumerate(QUALIFICATIONS, start=1):
        more = {"name": name, "name_en": name_en, "expires": expires, "position": position}
        added += QualificationKind.objects.get_or_create(code=code, defaults=more)[1]
    for position, (code, name, name_en) in enumerate(SERVICE_CLASSES, start=1):
        more = {"name": name, "name_en": name_en, "position": position}
        added += ServiceClass.objects.get_or_create(code=code, defaults=more)[1]
    ids = dict(Skill.objects.values_list("code", "pk"))
    classes = dict(ServiceClass.objects.values_list("code", "pk"))
    for position, row in enumerate(CATEGORIES, start=1):
        code, name, name_en, hint, hint_en, icon, summary, summary_en, skills, more = row
        added += Category.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "name_en": name_en,
                "hint": hint,
                "hint_en": hint_en,
                "icon": icon,
                "summary": summary,
                "summary_en": summary_en,
                "skills": [ids[skill] for skill in skills],
                "service_class_id": classes.get(CLASS_OF.get(code, "")),
                "position": position,
                "keywords": KEYWORDS.get(code, ""),
                **more,
            },
        )[1]
    for position, (code, name, name_en, clock, amount) in enumerate(ANSWER_CLASSES, start=1):
        added += AnswerClass.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "name_en": name_en,
                "clock": clock,
                "amount": amount,
                "position": position,
            },
        )[1]
    before = TimeLimit.objects.count()
    TimeLimit.objects.bulk_create(
        [
            TimeLimit(step=step, urgency=urgency, clock=clock, amount=amount)
            for step, urgency, clock, amount in LIMITS
        ],
        ignore_conflicts=True,
    )
    reference.forget()
    return added + TimeLimit.objects.count() - before
