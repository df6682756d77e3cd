"""The trained model: which label a text has, and how certain that is; read from and written to one file."""

from __future__ import annotations

import os
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from requests_app.suggesting import ngrams
from requests_app.suggesting.training import Array, scores

VERSION = 1
LARGEST_BYTES = 64 * 1024 * 1024
FIELDS = {
    "version", "labels", "columns", "rarity", "weights", "bias", "temperature", "rows", "macro_f1", "trained_at",
}  # fmt: skip


class BadModel(ValueError):
    """A file that is no model of this version; the message says why."""


@dataclass(frozen=True)
class Model:
    """What was learned. `labels` are codes of categories or skills; `columns` the buckets in use, ascending.

    `temperature` makes certainties of scores, so that of suggestions said to be 80 % certain, 80 % were right on
    rows the training had not seen. `rows` is how many were learned from, `macro_f1` how well it did.
    """

    labels: tuple[str, ...]
    columns: NDArray[np.int64]
    rarity: NDArray[np.float32]
    weights: Array
    bias: Array
    temperature: float
    rows: int
    macro_f1: float
    trained_at: datetime

    def certainties(self, title: str, text: str) -> dict[str, float]:
        """Returns how certain it is of each label, the sum being 1; nothing where it knows nothing of the text."""
        found = ngrams.rows([ngrams.spoken(title, text)])
        at = np.minimum(np.searchsorted(self.columns, found.buckets), len(self.columns) - 1)
        known = self.columns[at] == found.buckets
        if not known.any():
            return {}
        values = found.values[known] * self.rarity[at[known]]
        row = ngrams.Rows(np.array([0, len(values)]), at[known], values / np.sqrt(values @ values))
        return dict(
            zip(
                self.labels,
                certain(scores(row, self.weights, self.bias), self.temperature)[0].tolist(),
                strict=True,
            )
        )


def certain(found: Array, temperature: float) -> Array:
    """Returns certainties, each row summing to 1, from scores."""
    raised = np.exp((found - found.max(axis=1, keepdims=True)) / temperature)
    return raised / raised.sum(axis=1, keepdims=True)


def write(model: Model, path: Path) -> None:
    """Writes the file whole or not at all: whoever reads meanwhile finds the former one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(
                file,
                version=VERSION,
                labels=np.array(model.labels),
                columns=model.columns,
                rarity=model.rarity,
                weights=model.weights.astype(np.float32),
                bias=model.bias,
                temperature=model.temperature,
                rows=model.rows,
                macro_f1=model.macro_f1,
                trained_at=model.trained_at.isoformat(),
            )
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def read(path: Path) -> Model:
    """Returns the model in this file. Raises BadModel for anything else, OSError where it cannot be read."""
    if path.stat().st_size > LARGEST_BYTES:
        raise BadModel("larger than any model")
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            if set(file.files) != FIELDS or int(file["version"]) != VERSION:
                raise BadModel(f"not a model of version {VERSION}")
            found = Model(
                labels=tuple(str(each) for each in file["labels"]),
                columns=file["columns"].astype(np.int64),
                rarity=file["rarity"].astype(np.float32),
                weights=file["weights"].astype(np.float64),
                bias=file["bias"].astype(np.float64),
                temperature=float(file["temperature"]),
                rows=int(file["rows"]),
                macro_f1=float(file["macro_f1"]),
                trained_at=datetime.fromisoformat(str(file["trained_at"])),
            )
    except BadModel:
        raise
    except (ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, NotImplementedError) as error:
        raise BadModel(f"damaged: {error}") from error
    _check(found)
    return found


def _check(found: Model) -> None:
    """Raises BadModel when the parts of a model do not fit each other."""
    classes, columns = len(found.labels), len(found.columns)
    shapes = (found.rarity.shape, found.weights.shape, found.bias.shape, found.columns.shape)
    if classes < 2 or columns < 1 or shapes != ((columns,), (classes, columns), (classes,), (columns,)):
        raise BadModel("its parts do not fit each other")
    if not (np.diff(found.columns) > 0).all():
        raise BadModel("its columns are not in order")
    if not all(np.isfinite(each).all() for each in (found.rarity, found.weights, found.bias)):
        raise BadModel("it holds numbers that are none")
    if not 0 < found.temperature < np.inf:
        raise BadModel("its temperature is none")
