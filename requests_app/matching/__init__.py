"""Matching: who may be asked (eligible), who is near (nearest), what speaks for each (scores), who is best, and why."""

from requests_app.matching.candidates import Candidate, candidates, compare, fresh
from requests_app.matching.eligible import blocked_with, is_insured
from requests_app.matching.given import window
from requests_app.matching.questions import able, eligible, failed_by
from requests_app.matching.safety import bar, valid_on
from requests_app.matching.why import Verdict, verdict

__all__ = [
    "Candidate",
    "Verdict",
    "able",
    "bar",
    "blocked_with",
    "candidates",
    "compare",
    "eligible",
    "failed_by",
    "fresh",
    "is_insured",
    "valid_on",
    "verdict",
    "window",
]
