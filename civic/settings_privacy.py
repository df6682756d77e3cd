"""How long personal details are shown and kept; the privacy notice (templates/about/privacy.html) tells the numbers."""

from datetime import timedelta

from civic import env


def _hours(name: str, default: str, meaning: str) -> timedelta:
    return timedelta(hours=env.read(name, default, meaning, int))


def _days(name: str, default: str, meaning: str) -> timedelta:
    return timedelta(days=env.read(name, default, meaning, int))


CONTACT_SHOWN = _hours(
    "CONTACT_HOURS", "24", "hours after checking out in which a volunteer still sees the resident's contact"
)
REQUESTS_KEPT = _days(
    "REQUEST_DAYS", "1095", "days after closing until a request is anonymised, its photos and voice note too"
)
PLACES_KEPT = _days(
    "PLACE_DAYS", "30", "days until the place of a check-in, and where a photo was taken, is forgotten"
)
IMPORT_ROWS_KEPT = _days("IMPORT_DAYS", "90", "days after an import until the rows of its file are emptied")
DELETION_WAITS = _days(
    "DELETION_DAYS", "15", "days in which somebody who asked for deletion can change their mind"
)
EXPORT_KEPT = _hours("EXPORT_HOURS", "72", "hours in which an export of one's own data can be downloaded")
# Fixed by rules, not by the installation. Logs of who read personal data: six months at least.
STAFF_KEPT = timedelta(days=183)
RECENT_SIGN_IN = timedelta(minutes=15)
