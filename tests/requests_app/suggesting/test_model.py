"""Features, learning, and the one file a model is: what is learned, how it is measured, what a bad file does."""

from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pytest

from requests_app.suggesting import learning, model, ngrams, store
from requests_app.suggesting.learning import TooFew
from requests_app.suggesting.model import BadModel, Model
from tests.requests_app.suggesting import look_alike

QUIET: list[str] = []
EXPECTED_BUCKETS = [162813, 50974, 69587]


@pytest.fixture(scope="module")
def learned() -> tuple[Model, learning.Measured]:
    return learning.learn(learning.sample(look_alike.rows()), QUIET.append)


def test_width_case_spaces_and_which_number_make_no_difference() -> None:
    assert ngrams.plain("ＷｉＦｉ  密码\n１２３") == ngrams.plain("wifi 密码 9")


def test_a_text_has_the_same_buckets_in_every_process() -> None:
    assert ngrams.hashed("修灯").tolist() == EXPECTED_BUCKETS


def test_neighbouring_characters_count_and_their_order_does() -> None:
    assert len(ngrams.hashed("买菜钱")) == 3 + 2 + 1
    assert set(ngrams.hashed("买菜")) != set(ngrams.hashed("菜买"))
    assert len(ngrams.hashed("")) == 0


def test_rows_taken_turned_and_turned_again_are_the_same_numbers() -> None:
    found = ngrams.rows(["买菜", "", "修灯泡"])
    again = found.turned(ngrams.BUCKETS).turned(3)
    assert again.starts.tolist() == found.starts.tolist()
    assert sorted(again.buckets[again.starts[2] :]) == sorted(found.buckets[found.starts[2] :])
    assert found.take(np.array([2, 0])).starts.tolist() == [0, 6, 9]


def test_macro_f1_is_the_mean_of_what_was_worked_out_by_hand() -> None:
    # class 0: 2 hits of 3 rows, 3 said; class 1: 1 hit of 2 rows, 2 said; class 2: never right
    answers, said = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 2])
    assert learning.f1(answers, said, 3) == pytest.approx([2 / 3, 1 / 2, 1.0])


def test_every_fold_has_its_share_of_every_class_and_the_same_rows_each_time() -> None:
    answers = np.array([0] * 50 + [1] * 13)
    dealt = learning.folds(answers)
    assert [int(((dealt == each) & (answers == 0)).sum()) for each in range(5)] == [10] * 5
    assert {int(((dealt == each) & (answers == 1)).sum()) for each in range(5)} == {2, 3}
    assert dealt.tolist() == learning.folds(answers).tolist()


def test_what_was_learned_is_told_apart_on_rows_kept_back(
    learned: tuple[Model, learning.Measured],
) -> None:
    found, measured = learned
    assert measured.macro_f1 > 0.9
    shares = found.certainties("", "水管漏水了，请师傅来修")
    assert max(shares, key=lambda label: shares[label]) == "repair"
    assert sum(shares.values()) == pytest.approx(1)


def test_a_shuffled_sheet_teaches_nothing() -> None:
    rows = look_alike.rows()
    labels = np.random.default_rng(1).permutation([label for *_said, label in rows])
    wrong = [(title, text, str(label)) for (title, text, _label), label in zip(rows, labels, strict=True)]
    assert learning.learn(learning.sample(wrong), QUIET.append)[1].macro_f1 < 0.55


def test_a_text_of_unknown_characters_gets_no_certainty(learned: tuple[Model, learning.Measured]) -> None:
    assert learned[0].certainties("", "") == {}


def test_a_suggestion_takes_less_than_two_milliseconds(learned: tuple[Model, learning.Measured]) -> None:
    text = "".join(each[1] for each in look_alike.rows())[:10_000]
    times = []
    for _each in range(50):
        began = perf_counter()
        learned[0].certainties("帮忙", text)
        times.append(perf_counter() - began)
    assert sorted(times)[5] < 0.002


def test_too_few_rows_or_categories_are_refused_with_their_number() -> None:
    with pytest.raises(TooFew, match="90 rows with 3 labels"):
        learning.sample(look_alike.rows()[::2])
    with pytest.raises(TooFew, match="120 rows with 1 labels"):
        learning.sample([("", "买菜", "errand")] * 120 + [("", "修灯", "repair")] * 9)


def test_a_model_is_read_as_it_was_written(tmp_path: Path, learned: tuple[Model, learning.Measured]) -> None:
    model.write(learned[0], tmp_path / "new" / "all.npz")
    again = model.read(tmp_path / "new" / "all.npz")
    assert (again.labels, again.rows, again.trained_at) == (
        learned[0].labels, 180, learned[0].trained_at,
    )  # fmt: skip
    assert again.certainties("", "买菜") == learned[0].certainties("", "买菜")
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["all.npz"]


def test_a_file_cut_off_or_changed_or_of_another_version_is_refused(
    tmp_path: Path, learned: tuple[Model, learning.Measured]
) -> None:
    path = tmp_path / "all.npz"
    model.write(learned[0], path)
    whole = path.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(BadModel):
            model.read(path)
    path.write_bytes(whole)
    with np.load(path) as file:
        parts: dict[str, Any] = {name: file[name] for name in file.files}
    for change in (
        {"version": 2},
        {"bias": parts["bias"][:1]},
        {"columns": parts["columns"][::-1]},
        {"weights": parts["weights"] * np.nan},
        {"temperature": 0.0},
        {"labels": np.array(["a", {}], dtype=object)},
    ):
        np.savez(path, **(parts | change))
        with pytest.raises(BadModel):
            model.read(path)


def test_a_damaged_file_is_as_none_and_said_once(
    tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CIVIC_HOME = tmp_path
    store.path_of().parent.mkdir()
    store.path_of().write_bytes(b"PK half of it")
    assert store.trained(["990102"]) is None
    assert store.trained(["990102"]) is None
    assert [each.getMessage().split(":")[0] for each in caplog.records] == [
        "all.npz cannot be used, keyword rules serve instead"
    ]


def test_an_area_has_its_own_model_and_others_that_of_all(
    tmp_path: Path, settings: Any, learned: tuple[Model, learning.Measured]
) -> None:
    settings.CIVIC_HOME = tmp_path
    model.write(learned[0], store.path_of("990102"))
    assert store.trained(["990102001", "990102"]) is not None
    assert store.trained(["990103"]) is None
