"""How long personal details are shown and kept; the privacy notice (templates/about/privacy.html) tells the numbers."""

from datetime import timedelta

from civic import env


def _hours(name: str, default: str, meaning: str) -> timedelta:
    return timedelta(hours=env.read(name, default, meaning, int))


CONTACT_SHOWN = _hours(
    "CONTACT_HOURS", "24", "hours after checking out in which a volunteer still sees the resident's contact"
)
