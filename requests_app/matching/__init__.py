"""Matching: who may be asked (eligible), who is near (nearest), what speaks for each (scores), who is best, and why."""

from requests_app.matching.candidates import Candidate, candidates, compare, fresh
from requests_app.matching.eligible import blocked_with, eligible, field_of, is_insured, rules, window
from requests_app.matching.safety import bar, valid_on
from requests_app.matching.why import Verdict, verdict

__all__ = [
    "Candidate",
    "Verdict",
    "bar",
    "blocked_with",
    "candidates",
    "compare",
    "eligible",
    "field_of",
    "fresh",
    "is_insured",
    "rules",
    "valid_on",
    "verdict",
    "window",
]
