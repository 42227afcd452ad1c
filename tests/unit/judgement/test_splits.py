from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.errors import SettingsError
from perturbdash.judgement.splits import Plan, calibration_plan, folds, given_folds, judgement_plan

LABELS = [f"gene{i}" for i in range(23)] + ["gene1+gene2", "gene3+gene4", "gene5+gene6"]


def by_hash(labels: list[str], seed: int) -> list[str]:
    hashes = pd.util.hash_array(np.array(labels, dtype=object), hash_key=f"{seed:016d}")
    return [label for _, label in sorted(zip((int(h) for h in hashes), labels, strict=True))]


@pytest.mark.parametrize("seed", [0, 1, 10**16 - 1])
def test_folds_are_dealt_in_unsigned_hash_order(seed: int) -> None:
    expected = {label: i % 5 for i, label in enumerate(by_hash(LABELS, seed))}
    assert folds(LABELS, 5, seed) == expected
    assert folds(LABELS[::-1] + LABELS[:4], 5, seed) == expected


def test_some_hashes_need_the_unsigned_order() -> None:
    hashes = pd.util.hash_array(np.array(LABELS, dtype=object), hash_key=f"{0:016d}")
    assert (hashes > np.uint64(2**63)).any()
    assert (hashes < np.uint64(2**63)).any()


def test_equal_hashes_go_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pd.util, "hash_array", lambda names, **_: np.zeros(len(names), dtype=np.uint64))
    assert folds(["c", "a", "b"], 2, 0) == {"a": 0, "b": 1, "c": 0}


def test_seeds_deal_differently() -> None:
    assert folds(LABELS, 5, 0) != folds(LABELS, 5, 1)


def test_only_combinations_are_dealt_when_asked() -> None:
    dealt = folds(LABELS, 2, 0, combinations_only=True)
    assert set(dealt) == set(LABELS[-3:])
    assert set(dealt.values()) == {0, 1}
    parts = {"drug+dose": ("drug+dose",), "A+B": ("A", "B"), "C+D": ("C", "D")}
    assert set(folds(list(parts), 2, 0, combinations_only=True, parts=parts)) == {"A+B", "C+D"}
    assert folds(["A"], 2, 0, combinations_only=True) == {}


@pytest.mark.parametrize(("k", "seed"), [(1, 0), (5, -1), (5, 10**16)])
def test_folds_out_of_range_are_refused(k: int, seed: int) -> None:
    with pytest.raises(SettingsError):
        folds(LABELS, k, seed)


def test_calibration_trains_on_all_other_folds() -> None:
    dealt = folds(LABELS, 5, 3)
    here = sorted(LABELS)[4:]
    plan = calibration_plan(here, dealt)
    assert plan.train.shape == (5, len(here))
    for p, label in enumerate(here):
        assert plan.fold[p] == dealt[label]
        assert not plan.train[plan.fold[p], p]
        assert plan.train[:, p].sum() == 4
    assert plan.test.all()
    assert not plan.leave_one_out


def test_singles_train_in_every_fold_of_combinations() -> None:
    plan = calibration_plan(sorted(LABELS), folds(LABELS, 2, 0, combinations_only=True))
    assert plan.test.sum() == 3
    assert plan.train[:, ~plan.test].all()
    none = calibration_plan(["A", "B"], {})
    assert not none.test.any()
    assert none.train.all()


def test_one_perturbation_leaves_nothing_to_train_on() -> None:
    plan = calibration_plan(["A"], folds(["A"], 5, 0))
    assert plan.fold.tolist() == [0]
    assert not plan.train[0].any()


def test_given_folds_are_numbered_and_matched_by_name() -> None:
    table = pd.DataFrame({"perturbation": ["B;A", "C", "ctrl", "D"], "fold": ["10", "2", "2", "x"]})
    names = {"B;A": "A+B", "ctrl": "control"}
    taken = given_folds(table, ["A+B", "C", "D"], canonical=lambda label: names.get(label, label))
    assert taken == {"A+B": 1, "C": 0, "D": 2}


def test_given_folds_from_a_file_keep_labels_that_look_empty(tmp_path) -> None:
    path = tmp_path / "folds.csv"
    path.write_text("perturbation,fold\nNA,0\n1,1\n")
    assert given_folds(path, ["NA", "1"]) == {"1": 1, "NA": 0}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"perturbation": ["A", "B"]}, "expected perturbation and fold"),
        ({"perturbation": ["A"], "fold": [0]}, "miss B"),
        ({"perturbation": ["A", "B", "Z"], "fold": [0, 1, 0]}, "name Z"),
        ({"perturbation": ["A", "B", "A"], "fold": [0, 1, 1]}, "A into fold 0 and into fold 1"),
        ({"perturbation": ["A", "B"], "fold": [0, None]}, "B no fold"),
        ({"perturbation": ["A", "B"], "fold": [4, 4]}, "nothing to train on"),
    ],
)
def test_folds_that_do_not_fit_are_refused_in_words(columns: dict[str, list[object]], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        given_folds(pd.DataFrame(columns, dtype=object), ["A", "B"])


def test_golden_folds_are_read(shared) -> None:
    path = shared / "golden" / "norman250" / "folds.csv"
    table = pd.read_csv(path)
    taken = given_folds(path, table["perturbation"].tolist())
    assert taken == dict(zip(table["perturbation"], table["fold"], strict=True))


def test_a_split_column_says_train_and_test_and_leaves_val_out() -> None:
    split = {("x", "A"): "train", ("x", "B"): "val", ("x", "C"): "test", ("y", "A"): "test"}
    plan = judgement_plan(["A", "B", "C"], "x", split=split, predicted={("x", "A")}, given=None)
    assert plan.fold.tolist() == [-1, -1, 0]
    assert plan.train.tolist() == [[True, False, False]]
    assert not plan.leave_one_out


def test_without_a_split_what_is_predicted_is_the_test_set() -> None:
    plan = judgement_plan(["A", "B", "C"], "x", split=None, predicted={("x", "B"), ("y", "A")}, given=None)
    assert plan.fold.tolist() == [-1, 0, -1]
    assert plan.train.tolist() == [[True, False, True]]


def test_nothing_held_out_trains_on_everything() -> None:
    predicted = {("x", "A"), ("x", "B")}
    plan = judgement_plan(["A", "B"], "x", split=None, predicted=predicted, given=None)
    assert plan.leave_one_out
    assert plan.train.all()
    assert plan.test.all()
    validated = {("x", "A"): "val", ("x", "B"): "test"}
    plan = judgement_plan(["A", "B"], "x", split=validated, predicted=set(), given=None)
    assert plan.leave_one_out
    assert plan.fold.tolist() == [-1, 0]
    assert plan.train.all()


def test_a_single_predicted_perturbation_has_no_average() -> None:
    plan = judgement_plan(["A"], "x", split=None, predicted={("x", "A")}, given=None)
    assert plan.leave_one_out
    assert not plan.train.any()


def test_nothing_tested_is_not_leave_one_out() -> None:
    plan = judgement_plan(["A", "B"], "x", split=None, predicted=set(), given=None)
    assert not plan.test.any()
    assert not plan.leave_one_out


def test_given_folds_judge_every_perturbation_within_its_fold() -> None:
    plan = judgement_plan(["A", "B", "C"], "x", split={}, predicted=set(), given={"A": 0, "B": 1, "C": 1})
    assert plan.fold.tolist() == [0, 1, 1]
    assert plan.train.tolist() == [[False, True, True], [True, False, False]]


def test_a_plan_needs_a_train_set_for_each_fold() -> None:
    with pytest.raises(ValueError, match="do not belong together"):
        Plan(fold=np.array([0, 1]), train=np.ones((1, 2), dtype=bool))
