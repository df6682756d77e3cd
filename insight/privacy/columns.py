"""Every column that can hold something personal, and what becomes of it. One table for readers and for the tests.

A column of words, numbers with fractions, dates, files or people stands here or in HARMLESS, or
tests/privacy/test_columns.py fails: a new one cannot be forgotten. Columns with a fixed choice of values, whole
numbers and moments say nothing about a person by themselves.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Fate(StrEnum):
    """What becomes of a personal column, and by whom."""

    REQUEST = "emptied REQUEST_DAYS after closing, or when the account is deleted (effects.erasing)"
    PLACE = "emptied after PLACE_DAYS (privacy.sweep)"
    IMPORT = "emptied IMPORT_DAYS after the import, or with its request (privacy.sweep)"
    ACCOUNT = "emptied or removed when the account is deleted (privacy.deletion)"
    UPLOAD = "removed a day after it was sent, unless it was given to a record (evidence.sweep)"
    DRAFT = "removed 30 days after the last touch (requests.forget_drafts)"
    PLAN = "removed 30 days after the plan was made, or with its request (requests.forget_plans)"
    MESSAGE = "emptied MESSAGE_DAYS after it was written, gone with the account (notify.purge)"
    DAY = "removed after 24 hours (cases.forget_once_keys)"
    SESSION = "removed when the session has ended (privacy.sweep)"
    COPY = "removed EXPORT_HOURS after it was made, and with the account (privacy.sweep)"
    COUNT = "removed when the limit it counts for has ended (privacy.sweep)"
    STAFF_LOG = "emptied after six months (privacy.sweep)"


class Kept(str):
    """Why a personal column stays."""


NUMBER: Final = Kept(
    "The number of an account, which names nobody once the account is deleted; acts stay explained."
)
WORK: Final = Kept("The working life of staff, not of residents.")
LEDGER: Final = Kept(
    "Kept ten years by rule (民政部令67), under the volunteer's public number; words from the summary."
)
OUR_WORDS: Final = Kept("Written by our code or staff about the service, never about a person.")
AUDIT: Final = Kept(
    "Proof for the supervising body of who read what; the reader's own words stand in AccessNote."
)

PERSONAL: Final[dict[str, dict[str, Fate | Kept]]] = {
    "accounts.user": {
        **dict.fromkeys(["phone", "phone_hash", "email", "name", "language", "password"], Fate.ACCOUNT),
        "username": Fate.ACCOUNT,
        "home_area": Fate.ACCOUNT,
    },
    "accounts.user_groups": {"user": Fate.ACCOUNT},
    "accounts.user_user_permissions": {"user": Fate.ACCOUNT},
    "accounts.userevent": {
        "pgh_obj": NUMBER,
        "username": Kept("Random for residents and volunteers; staff's is a work account."),
        "language": Kept("One of two languages."),
    },
    "accounts.membership": {"user": NUMBER},
    "accounts.membershipevent": {"user": NUMBER},
    "accounts.apitoken": dict.fromkeys(["user", "name", "prefix", "digest"], Fate.ACCOUNT),
    "accounts.consent": {"user": Kept("Proof that somebody agreed; withdrawn with the account.")},
    "accounts.accesslog": {"user": NUMBER, "purpose": AUDIT, "fields": AUDIT},
    "accounts.accessnote": {"words": Fate.REQUEST},
    "accounts.sparecount": dict.fromkeys(["key_hash", "value"], Fate.COUNT),
    "account.emailaddress": dict.fromkeys(["user", "email"], Fate.ACCOUNT),
    "account.emailconfirmation": {"key": Fate.ACCOUNT},
    "mfa.authenticator": dict.fromkeys(["user", "data"], Fate.ACCOUNT),
    "usersessions.usersession": dict.fromkeys(
        ["user", "ip", "session_key", "user_agent", "data"], Fate.SESSION
    ),
    "sessions.session": dict.fromkeys(["session_key", "session_data"], Fate.SESSION),
    "admin.logentry": {
        "user": NUMBER,
        "object_id": Kept("The number of a record."),
        **dict.fromkeys(["object_repr", "change_message"], Fate.STAFF_LOG),
    },
    "pghistory.context": {"metadata": Kept("The number of the account and the address called; no names.")},
    "evidence.photo": {
        **dict.fromkeys(["file", "thumb", "sha256", "id"], Fate.REQUEST),
        **dict.fromkeys(["lat", "lon"], Fate.PLACE),
        "uploader": Fate.ACCOUNT,
        "owner_hash": Fate.UPLOAD,
    },
    "evidence.voice": {
        **dict.fromkeys(["file", "sha256", "id"], Fate.REQUEST),
        "uploader": Fate.ACCOUNT,
        "owner_hash": Fate.UPLOAD,
    },
    "notify.message": {
        **dict.fromkeys(["phone", "phone_hash", "email", "params"], Fate.MESSAGE),
        **dict.fromkeys(["user", "dedupe_key", "last_error"], Fate.ACCOUNT),
    },
    "notify.preference": {"user": Fate.ACCOUNT},
    "notify.pushdevice": dict.fromkeys(["user", "endpoint", "endpoint_hash", "p256dh", "auth"], Fate.ACCOUNT),
    "notify.smsreceipt": {
        "phone_hash": Fate.ACCOUNT,
        **dict.fromkeys(["provider_id", "error"], OUR_WORDS),
    },
    "notify.wording": {"written_by": NUMBER},
    "cases.caseevent": {
        "actor": NUMBER,
        "facts": Kept("Field names, numbers, codes and references; words and old values stand in CaseText."),
        "reason_code": Kept("One of the listed reasons."),
    },
    "cases.approval": {
        "proposer": NUMBER,
        "decider": NUMBER,
        "facts": Kept("Numbers, codes and moments; the words stand in CaseText."),
    },
    "cases.casetext": {"body": Fate.REQUEST},
    "cases.oncekey": dict.fromkeys(["owner", "key_hash", "body_hash", "reference"], Fate.DAY),
    "volunteers.volunteer": {
        **dict.fromkeys(["skills", "lat", "lon", "birth_date", "about", "insured_until"], Fate.ACCOUNT),
        **dict.fromkeys(["languages", "wanted", "unwanted", "service_classes"], Fate.ACCOUNT),
        "area": Fate.ACCOUNT,
        "user": NUMBER,
        "number": LEDGER,
    },
    "volunteers.papers": dict.fromkeys(
        ["id_number", "id_number_hash", "guardian_name", "guardian_phone"], Fate.ACCOUNT
    ),
    "volunteers.qualification": {
        **dict.fromkeys(["number", "expires_on"], Fate.ACCOUNT),
        "checked_by": Fate.ACCOUNT,
    },
    "volunteers.calendarfeed": {"digest": Fate.ACCOUNT},
    "volunteers.registerimport": {
        "by": NUMBER,
        "insured_until": WORK,
        **dict.fromkeys(["file_name", "headers", "columns", "last_error"], WORK),
    },
    "volunteers.registerrow": {
        **dict.fromkeys(["cells", "notes"], Fate.IMPORT),
        **dict.fromkeys(["key", "id_key"], Fate.IMPORT),
        "filled": Kept("Names of columns, not what stood in them."),
    },
    "volunteers.dayoff": dict.fromkeys(["first", "last"], Fate.ACCOUNT),
    "volunteers.extrahours": {"day": Fate.ACCOUNT},
    "volunteers.servicerecord": {"content": LEDGER},
    "volunteers.recordconfirmation": {"by": NUMBER},
    "requests_app.servicerequest": {
        **dict.fromkeys(
            ["title", "text", "public_summary", "voice_id", "on_behalf_reason", "check_in_code", "speaks"],
            Fate.REQUEST,
        ),
        **dict.fromkeys(["beneficiary", "beneficiary_name", "beneficiary_phone"], Fate.REQUEST),
        **dict.fromkeys(["beneficiary_phone_hash", "contact_name", "contact_phone"], Fate.REQUEST),
        **dict.fromkeys(["contact_phone_hash", "proxy", "address", "door_note", "lat", "lon"], Fate.REQUEST),
        "language": Kept("One of two languages."),
        "code": Kept("Drawn at random; it opens nothing without the digits of the phone, which is gone."),
    },
    "requests_app.rating": {"by": NUMBER},
    "requests_app.concern": {"by": NUMBER},
    "requests_app.block": {"by": NUMBER, "resident": Fate.ACCOUNT, "phone_hash": Fate.REQUEST},
    "requests_app.requestdraft": dict.fromkeys(["token", "user", "data"], Fate.DRAFT),
    "requests_app.importbatch": {
        "by": NUMBER,
        **dict.fromkeys(["file_name", "headers", "columns", "last_error"], WORK),
    },
    "requests_app.importrow": {
        **dict.fromkeys(["cells", "notes"], Fate.IMPORT),
        "key": Kept("A fingerprint by which a file that comes again is known; it cannot be read back."),
    },
    "requests_app.offer": {
        "made_by": NUMBER,
        **dict.fromkeys(
            ["score", "reasons"], Kept("Numbers that explain why this person was asked (PIPL art. 24).")
        ),
        "reason_code": Kept("One of the listed reasons."),
    },
    "requests_app.considered": dict.fromkeys(["score", "parts", "shares", "reasons"], Fate.REQUEST),
    "requests_app.plan": {
        **dict.fromkeys(["made_by", "applied_by"], NUMBER),
        **dict.fromkeys(["parameters", "outcome", "last_error"], WORK),
    },
    "requests_app.planline": {
        **dict.fromkeys(["score", "parts", "shares", "reasons", "alternatives", "refusal"], Fate.PLAN),
        "refusal_code": Kept("One of the listed reasons."),
    },
    "requests_app.teamoffer": {
        **dict.fromkeys(["made_by", "answered_by"], NUMBER),
        "reason_code": Kept("One of the listed reasons."),
    },
    "requests_app.pool": {"opened_by": NUMBER},
    "requests_app.waterfall": {"opened_by": NUMBER},
    "requests_app.autodispatchstop": {"by": NUMBER},
    "requests_app.autodispatchstopevent": {"by": NUMBER},
    "requests_app.assignment": {
        "check_in_distance_m": Fate.PLACE,
        "end_reason": Kept("One of the listed reasons."),
    },
    "requests_app.unitmember": {"user": Fate.ACCOUNT},
    "requests_app.toldapart": {"by": NUMBER, "requests": Kept("Numbers of requests.")},
    "requests_app.serviceproject": {"proposed_by": NUMBER, "title": OUR_WORDS},
    "requests_app.savedview": dict.fromkeys(["owner", "name"], Fate.ACCOUNT),
    "privacy.deletion": {"user": NUMBER},
    "privacy.export": {"user": NUMBER, "file": Fate.COPY},
}

# Columns of a searched-for type that say nothing about anybody; "*" is all of a model.
HARMLESS: Final[dict[str, Iterable[str]]] = {
    "areas.area": "*",
    "areas.areaevent": "*",
    "areas.areageneration": "*",
    "accounts.accesslog": ["subject_kind"],
    "accounts.consent": ["version"],
    "accounts.userevent": ["pgh_label"],
    "accounts.membershipevent": ["pgh_label"],
    "requests_app.autodispatchruleevent": ["pgh_label"],
    "requests_app.poolnoticesevent": ["pgh_label"],
    "requests_app.autodispatchstopevent": ["pgh_label"],
    "auth.permission": "*",
    "auth.group": "*",
    "contenttypes.contenttype": "*",
    "worktime.calendarstamp": "*",
    "worktime.dayoverride": "*",
    "worktime.dayoverrideevent": "*",
    "worktime.workhoursevent": "*",
    "worktime.calendarpass": "*",
    "notify.heartbeat": "*",
    "notify.preference": ["kind"],
    "notify.smsreceipt": ["sms_code"],
    "notify.wording": ["template", "title_zh", "title_en", "zh", "en", "sms_code", "sms_code_en"],
    "notify.message": ["event", "template", "subject_kind", "language"],
    "evidence.photo": ["subject_kind"],
    "evidence.voice": ["subject_kind", "content_type", "seconds"],
    "cases.caseevent": ["kind", "actor_role", "verb", "from_state", "to_state"],
    "cases.approval": ["kind", "verb", "role"],
    "cases.casetext": ["kind", "name"],
    "cases.timer": ["kind", "name", "last_error"],
    "cases.oncekey": ["path"],
    "volunteers.skill": "*",
    "volunteers.team": "*",
    "volunteers.serviceclass": "*",
    "volunteers.serviceclassevent": "*",
    "volunteers.skillevent": "*",
    "volunteers.volunteer": ["state", "pledge_version"],
    "volunteers.qualificationkind": "*",
    "volunteers.qualificationkindevent": "*",
    "volunteers.volunteertermsevent": "*",
    "volunteers.commitment": "*",
    "volunteers.servicerecord": ["source_kind"],
    "requests_app.category": "*",
    "requests_app.timelimit": "*",
    "requests_app.matchingweights": "*",
    "requests_app.matchingweightsevent": "*",
    "requests_app.unit": "*",
    "requests_app.answerclass": "*",
    "requests_app.referral": ["assisting"],
    "requests_app.servicerequest": ["clocks", "skills"],
    "requests_app.savedview": ["query"],
    "pghistory.context": ["id"],
    "pghistory.events": "*",  # a view over the tables above, without rows of its own
    "pghistory.middlewareevents": "*",
}
