"""The tables themselves: what is refused at start-up, and the edges as written out by hand."""

from dataclasses import replace

import pytest

from civic.cases import registry
from civic.cases.workflow import Goal, Transition, Workflow
from requests_app.workflow import REQUESTS

OPEN = {"submitted", "offered", "accepted", "in_service", "referred", "merged", "completed"}

# Who may do what from where, written by hand from the table; not derived from the code.
EXPECTED: dict[str, tuple[set[str], set[str], set[str]]] = {
    # verb: (from, to, roles); to = "computed" or "same" where it is not fixed
    "amend": ({"submitted", "offered", "accepted"}, {"computed"}, {"dispatcher", "beneficiary", "proxy"}),
    "reject": ({"submitted"}, {"rejected"}, {"dispatcher"}),
    "offer": ({"submitted", "offered", "in_service"}, {"computed"}, {"dispatcher"}),
    "withdraw_offer": ({"offered", "in_service"}, {"computed"}, {"dispatcher"}),
    "close_staffing": ({"offered", "in_service"}, {"computed"}, {"dispatcher"}),
    "accept": ({"offered", "in_service"}, {"computed"}, {"offered", "claimant"}),
    "accept_for_team": ({"offered", "in_service"}, {"computed"}, {"team_leader"}),
    "decline_for_team": ({"offered", "in_service"}, {"computed"}, {"team_leader"}),
    "expire_team_offer": ({"offered", "in_service"}, {"computed"}, {"system"}),
    "decline_offer": ({"offered", "in_service"}, {"computed"}, {"offered"}),
    "confirm": ({"offered", "accepted", "in_service"}, {"same"}, {"assigned"}),
    "give_up": ({"offered", "accepted", "in_service"}, {"computed"}, {"assigned"}),
    "reassign": ({"offered", "accepted", "in_service"}, {"computed"}, {"dispatcher"}),
    "report_no_show": (
        {"offered", "accepted", "in_service"},
        {"computed"},
        {"dispatcher", "beneficiary", "proxy"},
    ),
    "excuse": (OPEN | {"closed", "rejected", "cancelled"}, {"same"}, {"dispatcher"}),
    "check_in": ({"offered", "accepted", "in_service"}, {"computed"}, {"assigned"}),
    "complete": ({"in_service"}, {"computed"}, {"assigned"}),
    "abort": ({"in_service"}, {"submitted", "cancelled"}, {"dispatcher", "assigned"}),
    "rate": ({"completed", "closed"}, {"closed", "submitted"}, {"beneficiary"}),
    "call_back": ({"completed", "closed"}, {"closed", "submitted"}, {"dispatcher"}),
    "close_unrated": ({"completed"}, {"closed"}, {"system"}),
    "reopen": ({"closed"}, {"submitted"}, {"beneficiary", "dispatcher"}),
    "merge": ({"submitted"}, {"merged"}, {"dispatcher"}),
    "split": ({"merged"}, {"submitted"}, {"dispatcher"}),
    "follow": ({"merged"}, {"completed", "rejected", "submitted"}, {"system"}),
    "refer": ({"submitted"}, {"referred"}, {"dispatcher"}),
    "recall": ({"referred"}, {"submitted"}, {"dispatcher"}),
    "return": ({"referred"}, {"submitted", "referred"}, {"unit"}),
    "unit_reply": ({"referred"}, {"completed"}, {"unit"}),
    "cancel": (
        {"submitted", "offered", "accepted", "referred", "merged"},
        {"cancelled"},
        {"beneficiary", "proxy", "dispatcher"},
    ),
    "report_concern": (
        OPEN | {"closed", "rejected", "cancelled"},
        {"same"},
        {"beneficiary", "proxy", "assigned", "served", "dispatcher"},
    ),
    "block": (
        OPEN | {"closed", "rejected", "cancelled"},
        {"same"},
        {"beneficiary", "proxy", "assigned", "served", "dispatcher"},
    ),
    "appeal": ({"rejected"}, {"submitted"}, {"beneficiary", "proxy"}),
    "confidential": (OPEN, {"computed"}, {"dispatcher", "beneficiary", "proxy"}),
    "exempt": ({"closed", "rejected", "cancelled"}, {"same"}, {"dispatcher"}),
    "extend": ({"accepted", "referred"}, {"same"}, {"dispatcher", "unit"}),
    "propose": (
        {"accepted", "referred", "closed", "rejected", "cancelled"},
        {"same"},
        {"dispatcher", "unit"},
    ),
    "approve": (OPEN | {"closed", "rejected", "cancelled"}, {"same"}, {"dispatcher"}),
    "refuse": (OPEN | {"closed", "rejected", "cancelled"}, {"same"}, {"dispatcher"}),
    "withdraw_proposal": (OPEN | {"closed", "rejected", "cancelled"}, {"same"}, {"dispatcher", "unit"}),
    "expire_proposal": (OPEN | {"closed", "rejected", "cancelled"}, {"same"}, {"system"}),
    "undo_import": ({"submitted", "closed"}, {"cancelled"}, {"dispatcher"}),
    "expire_offer": ({"offered", "in_service"}, {"computed"}, {"system"}),
    "auto_dispatch": ({"submitted"}, {"computed"}, {"system"}),
    "close_pool": ({"offered", "in_service"}, {"computed"}, {"system"}),
    "lapse_confirmation": ({"offered", "accepted", "in_service"}, {"computed"}, {"system"}),
    "remind": (OPEN, {"same"}, {"system"}),
    "forget_helper": (OPEN | {"closed", "rejected", "cancelled"}, {"same"}, {"system"}),
    "anonymise": ({"closed", "rejected", "cancelled"}, {"same"}, {"system"}),
    "pause": ({"submitted", "offered", "accepted", "referred"}, {"computed"}, {"dispatcher"}),
    "resume": ({"submitted", "offered", "accepted", "referred"}, {"same"}, {"dispatcher", "system"}),
    "urge": (OPEN, {"same"}, {"beneficiary", "proxy"}),
    "recalculate": (OPEN, {"same"}, {"system"}),
}


# Every pair of different states that anything may join, by hand.
EDGES = {
    "submitted": {"offered", "rejected", "cancelled", "referred", "merged"},
    "offered": {"submitted", "accepted", "in_service", "cancelled"},
    "accepted": {"submitted", "offered", "in_service", "cancelled"},
    "in_service": {"submitted", "offered", "completed", "cancelled"},
    "referred": {"submitted", "completed", "cancelled"},
    "merged": {"submitted", "completed", "rejected", "cancelled"},
    "completed": {"closed", "submitted"},
    "closed": {"submitted", "cancelled"},
    "rejected": {"submitted"},
}


def _targets(row: Transition) -> set[str]:
    if isinstance(row.target, Goal):
        return {row.target.value}
    return {row.target} if isinstance(row.target, str) else set(row.target)


def test_the_request_table_is_the_one_written_out_here() -> None:
    actual = {row.verb: (set(row.sources), _targets(row), set(row.roles)) for row in REQUESTS.transitions}
    assert actual == EXPECTED


def test_the_edges_are_those_written_out_here() -> None:
    assert REQUESTS.edges() == {(source, end) for source, ends in EDGES.items() for end in ends}


def test_every_registered_table_is_sound() -> None:
    assert {workflow.kind for workflow in registry.every()} >= {"request", "volunteer"}
    assert [problem for workflow in registry.every() for problem in workflow.problems()] == []


def _table(*rows: Transition, final: set[str] | None = None) -> Workflow:
    return replace(
        REQUESTS,
        initial="new",
        final=frozenset(final or {"done"}),
        transitions=rows,
        computed_edges=frozenset(),
        compute=None,
        parts=(),
        timers={},
    )


def _row(verb: str, source: str, target: object) -> Transition:
    return Transition(verb=verb, sources=frozenset({source}), target=target, roles=("anyone",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (_table(_row("end", "new", "done"), _row("end", "new", "gone"), final={"done", "gone"}), "two rows"),
        (_table(_row("end", "new", "done"), _row("leap", "lost", "done")), "never reached"),
        (_table(_row("stick", "new", "stuck"), _row("end", "new", "done")), "no way out"),
        (_table(_row("guess", "new", Goal.COMPUTED)), "computes none"),
        (replace(_table(_row("end", "new", "done")), timers={"ring": "sing"}), "unknown verb"),
    ],
)
def test_an_unsound_table_is_named_at_start_up(table: Workflow, words: str) -> None:
    assert any(words in problem for problem in table.problems())


def test_two_tables_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="two workflows"):
        registry.register(REQUESTS)
