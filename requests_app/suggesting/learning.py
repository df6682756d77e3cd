"""Learning from rows with a known category, and measuring what was learned on rows that were kept back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from civic.lib import clock
from requests_app.suggesting import ngrams, training
from requests_app.suggesting.model import Model, certain
from requests_app.suggesting.training import Array

FOLDS = 5
SEED = 7
LEAST_OF_A_KIND = 10  # rows of one label; those with fewer are left out, two labels must remain
LEAST_ROWS = 100
TEMPERATURES = np.geomspace(0.03, 3, 40)

Ints = NDArray[np.int64]


class TooFew(ValueError):
    """Not enough rows to learn from; the message says how many there are and how many it takes."""


@dataclass(frozen=True)
class Sample:
    """Rows to learn from: (title, text) and the label of each, and the labels left out with their number of rows."""

    said: list[tuple[str, str]]
    labels: list[str]
    left_out: dict[str, int]


@dataclass(frozen=True)
class Measured:
    """How it did on rows kept back: F1 by label, their mean, and how often it was right of those it was sure of."""

    by_label: dict[str, float]
    macro_f1: float
    accuracy: float
    temperature: float
    certainties: Array
    right: NDArray[np.bool_]

    def from_certainty(self, least: float) -> tuple[float, float]:
        """Returns the share of rows with a suggestion at least so certain, and the share of those that is right."""
        sure = self.certainties.max(axis=1) >= least
        return float(sure.mean()), float(self.right[sure].mean()) if sure.any() else 0.0


def sample(rows: Sequence[tuple[str, str, str]]) -> Sample:
    """Returns what can be learned from of (title, text, label). Raises TooFew."""
    counts: dict[str, int] = {}
    filled = [row for row in rows if row[2] and (row[0].strip() or row[1].strip())]
    for _title, _text, label in filled:
        counts[label] = counts.get(label, 0) + 1
    few = {label: count for label, count in counts.items() if count < LEAST_OF_A_KIND}
    kept = [row for row in filled if row[2] not in few]
    if len(kept) < LEAST_ROWS or len(counts) - len(few) < 2:
        raise TooFew(
            f"{len(kept)} rows with {len(counts) - len(few)} labels are too few to learn from: it takes "
            f"{LEAST_ROWS} rows and 2 labels with {LEAST_OF_A_KIND} rows each"
        )
    return Sample([(title, text) for title, text, _label in kept], [label for *_said, label in kept], few)


def folds(answers: Ints) -> Ints:
    """Returns which fold each row is kept back in: every class spread evenly, the same way each time."""
    order, found, dealt = np.random.default_rng(SEED), np.zeros(len(answers), dtype=np.int64), 0
    for label in range(int(answers.max()) + 1):
        those = order.permutation(np.flatnonzero(answers == label))
        found[those] = (np.arange(len(those)) + dealt) % FOLDS
        dealt += len(those)
    return found


def f1(answers: Ints, said: Ints, classes: int) -> list[float]:
    """Returns the F1 of each class: 2 x hits / (rows of the class + rows said to be of it)."""
    found = []
    for each in range(classes):
        of_it, said_of_it = answers == each, said == each
        found.append(2 * int((of_it & said_of_it).sum()) / max(1, int(of_it.sum() + said_of_it.sum())))
    return found


def learn(given: Sample, tell: Callable[[str], None]) -> tuple[Model, Measured]:
    """Returns the model of all rows and how such a model does by five-fold cross-validation.

    `tell` is called with a line about each step.
    """
    labels = sorted(set(given.labels))
    number = {label: at for at, label in enumerate(labels)}
    answers = np.array([number[label] for label in given.labels], dtype=np.int64)
    rows = ngrams.rows(ngrams.spoken(title, text) for title, text in given.said)
    tell(f"{len(answers)} rows with {len(labels)} labels")
    measured = _measure(rows, answers, labels, tell)
    tell("learning from all rows")
    rarity = ngrams.rarity(rows)
    weights, bias = training.fit(rows.weighted(rarity), answers, len(labels), ngrams.BUCKETS)
    columns = np.flatnonzero(rarity)
    model = Model(
        labels=tuple(labels),
        columns=columns,
        rarity=rarity[columns].astype(np.float32),
        weights=weights[:, columns].astype(np.float32).astype(np.float64),
        bias=bias,
        temperature=measured.temperature,
        rows=len(answers),
        macro_f1=measured.macro_f1,
        trained_at=clock.now(),
    )
    return model, measured


def _measure(rows: ngrams.Rows, answers: Ints, labels: list[str], tell: Callable[[str], None]) -> Measured:
    fold, kept_back = folds(answers), np.zeros((len(answers), len(labels)))
    for each in range(FOLDS):
        tell(f"measuring: part {each + 1} of {FOLDS} kept back")
        theirs, rest = np.flatnonzero(fold == each), np.flatnonzero(fold != each)
        known = rows.take(rest)
        rarity = ngrams.rarity(known)
        learned = training.fit(known.weighted(rarity), answers[rest], len(labels), ngrams.BUCKETS)
        kept_back[theirs] = training.scores(rows.take(theirs).weighted(rarity), *learned)
    said = kept_back.argmax(axis=1)
    by_label = f1(answers, said, len(labels))
    temperature = _temperature(kept_back, answers)
    return Measured(
        by_label=dict(zip(labels, by_label, strict=True)),
        macro_f1=float(np.mean(by_label)),
        accuracy=float((said == answers).mean()),
        temperature=temperature,
        certainties=certain(kept_back, temperature),
        right=said == answers,
    )


def _temperature(kept_back: Array, answers: Ints) -> float:
    """Returns the temperature under which what was right had been the least surprising (Guo et al. 2017)."""
    at = np.arange(len(answers))
    losses = [
        -np.log(np.maximum(certain(kept_back, each)[at, answers], 1e-12)).mean() for each in TEMPERATURES
    ]
    return float(TEMPERATURES[int(np.argmin(losses))])
