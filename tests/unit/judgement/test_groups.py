"""Groups of perturbations: tables, clusters, and their ROC curves against scikit-learn and plain numpy."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import torch
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist
from sklearn.metrics import auc, roc_auc_score

import perturbdash as pdash
from perturbdash.errors import Cancelled, DataError
from perturbdash.judgement import group_curves as curves_module
from perturbdash.judgement import group_scores as scores_module
from perturbdash.judgement import groups as module
from perturbdash.judgement.gene_view import fold_references
from perturbdash.judgement.group_curves import NO_OTHERS, NO_SHIFT, TOO_FEW, group_curves
from perturbdash.judgement.group_scores import GroupScores
from perturbdash.judgement.group_table import MOST_ROWS, read_groups
from perturbdash.judgement.groups import Groups, cluster, shift_tree, usual_number
from perturbdash.judgement.sentences_retrieval import groups_sentence, nothing_drawn, table_sentence
from perturbdash.judgement.splits import Plan

GENES = [f"G{i:02d}" for i in range(30)]
LABELS = [f"P{i:02d}" for i in range(20)]
PROGRAMME = {label: f"programme {i % 3}" for i, label in enumerate(LABELS)}
MEMBERS = {
    name: tuple(p for p in LABELS if PROGRAMME[p] == name) for name in dict.fromkeys(PROGRAMME.values())
}


@pytest.fixture(scope="module")
def result() -> Any:
    """Three programmes; ``knows`` has the programme but not the perturbation, ``none`` only noise."""
    rng = np.random.default_rng(1)
    base, programmes = rng.uniform(1, 2, 30), rng.normal(0, 0.5, (3, 30))
    profiles = {p: base + programmes[i % 3] + rng.normal(0, 0.15, 30) for i, p in enumerate(LABELS)}
    blocks, names = [rng.normal(base, 0.1, (40, 30))], ["control"] * 40
    for label, profile in profiles.items():
        blocks.append(rng.normal(profile, 0.1, (12, 30)))
        names += [label] * 12
    obs = pd.DataFrame({"perturbation": names}, index=[f"c{i}" for i in range(len(names))])
    cells = ad.AnnData(np.maximum(np.concatenate(blocks), 0), obs=obs, var=pd.DataFrame(index=GENES))
    tested = LABELS[:14]
    mean = np.mean([blocks[1 + LABELS.index(p)].clip(0).mean(0) for p in LABELS[14:]], axis=0)
    models = {
        "knows": [base + programmes[LABELS.index(p) % 3] + rng.normal(0, 0.05, 30) for p in tested],
        "none": [base + rng.normal(0, 0.3, 30) for _ in tested],
        "flat": [mean for _ in tested],
    }
    frames = {name: pd.DataFrame(rows, index=tested, columns=GENES) for name, rows in models.items()}
    return pdash.evaluate(cells, frames, space="log1p", store=False, n_resamples=50)


def reference(result: Any) -> tuple[pd.DataFrame, pd.Series]:
    """Observed centroids and the mean over those that are not tested."""
    stats = result.stats["all"]
    observed = pd.DataFrame(stats.all_cells.mean.numpy(), index=stats.perturbations, columns=GENES)
    return observed, observed.loc[LABELS[14:]].mean()


def naive_score(result: Any, model: str, label: str, members: tuple[str, ...]) -> float:
    observed, centre = reference(result)
    row = result.stats["all"].perturbations.index(label)
    shift = result.cases["all"].models[model][row] - centre
    group = observed.loc[[p for p in members if p != label]].mean() - centre
    return float(shift @ group / np.linalg.norm(shift) / np.linalg.norm(group))


def places(result: Any) -> list[np.ndarray]:
    names = np.array(result.stats["all"].perturbations)
    return [np.flatnonzero(np.isin(names, own)) for own in MEMBERS.values()]


def folded(n: int = 40, n_genes: int = 25) -> Any:
    """What scores are made of, with three folds, one of them without a reference, and holes."""
    rng = np.random.default_rng(5)
    observed = 3 + rng.normal(0, 0.2, (n, n_genes))
    predicted = observed + rng.normal(0, 0.3, (n, n_genes))
    predicted[4] = np.nan
    fold = np.arange(n) % 4 - 1
    train = np.array([fold != one for one in range(3)])
    train[2] = False
    plan = Plan(fold, train)
    predicted[5] = observed[train[0]].mean(0)
    stats = SimpleNamespace(
        perturbations=tuple(f"P{i:02d}" for i in range(n)),
        all_cells=SimpleNamespace(mean=torch.from_numpy(observed), n=torch.full((n,), 9)),
    )
    cases = {"all": SimpleNamespace(models={"m": predicted})}
    return SimpleNamespace(stats={"all": stats}, plans={"all": plan}, cases=cases)


def one_by_one(result: Any, own: np.ndarray, model: str) -> np.ndarray:
    """The scores of one group gene by gene, every perturbation against its own mean of the group."""
    observed, plan = result.stats["all"].all_cells.mean.numpy(), result.plans["all"]
    references, which = fold_references(result, "all", "centroid")
    found = np.full(len(observed), np.nan)
    for p in np.flatnonzero(plan.test):
        others = [q for q in own if q != p]
        centre, profile = references[which[p]], result.cases["all"].models[model][p]
        if not others or np.isnan(centre).any() or np.isnan(profile).any():
            continue
        shift, group = profile - centre, observed[others].mean(0) - centre
        if min(np.linalg.norm(shift), np.linalg.norm(group)) > 1e-8:
            found[p] = shift @ group / np.linalg.norm(shift) / np.linalg.norm(group)
    return found


@pytest.mark.parametrize("rows", [3, 256])
def test_scores_at_once_are_those_of_one_perturbation_after_the_other(monkeypatch, rows):
    monkeypatch.setattr(scores_module, "ROWS", rows)
    result = folded()
    plan = result.plans["all"]
    groups = [
        np.arange(40),
        np.array([1, 5, 9, 13]),
        np.array([4, 7]),
        np.array([8]),
        np.array([0, 1, 2, 3, 5, 6]),
        np.flatnonzero(plan.train[0]),
    ]
    found = GroupScores(result, "all", "m").of(groups)
    slow = np.array([one_by_one(result, own, "m") for own in groups])
    assert np.array_equal(np.isnan(found), np.isnan(slow))
    assert np.nanmax(np.abs(found - slow)) < 1e-10
    assert np.isnan(found[:, 5]).all(), "the centroid itself has no shift"
    assert np.isnan(found[:, plan.fold == 2]).all(), "nothing to train on"
    assert np.isnan(found[5, plan.fold == 0]).all(), "the group is the centroid"
    assert not np.isnan(found[0, plan.fold == 1]).any()
    assert np.isnan(found[3, 8]), "nobody else is in it"


def test_blocks_of_groups_change_nothing_tell_progress_and_can_be_stopped(result, monkeypatch):
    groups = Groups("table", {"two": ("P00", "P01"), **MEMBERS})
    whole = group_curves(result, "all", groups, ["knows", "none"])
    monkeypatch.setattr(curves_module, "GROUPS", 1)
    seen: list[float] = []
    blocks = group_curves(result, "all", groups, ["knows", "none"], lambda share, _: seen.append(share))
    pd.testing.assert_frame_equal(whole.areas, blocks.areas)
    pd.testing.assert_frame_equal(whole.curves, blocks.curves)
    assert whole.areas["group"].tolist() == [*groups.members] * 2
    assert seen == pytest.approx(np.arange(6) / 6)

    def stop(*_: object) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        group_curves(result, "all", groups, ["knows"], stop)


def test_groups_of_fewer_than_three_are_not_scored(result, monkeypatch):
    asked: list[int] = []
    of = GroupScores.of

    def counted(self: GroupScores, members: Any) -> Any:
        asked.append(len(members))
        return of(self, members)

    monkeypatch.setattr(GroupScores, "of", counted)
    small = {f"pair {i}": (LABELS[i], LABELS[i + 1]) for i in range(10)}
    areas = group_curves(result, "all", Groups("table", {**small, **MEMBERS}), ["knows"]).areas
    assert asked == [len(MEMBERS)]
    own = areas[areas["group"].isin(small)]
    assert set(own["reason"]) == {TOO_FEW}
    assert own["n_members"].eq(2).all()
    assert own["n_positive"].eq(0).all()


@pytest.mark.parametrize("model", ["knows", "none"])
def test_a_score_is_the_cosine_to_the_group_without_the_perturbation_itself(result, model):
    found = GroupScores(result, "all", model).of(places(result))
    for scores, members in zip(found, MEMBERS.values(), strict=True):
        for label, score in zip(result.stats["all"].perturbations, scores, strict=True):
            if label in LABELS[:14]:
                assert score == pytest.approx(naive_score(result, model, label, members))
            else:
                assert np.isnan(score)


@pytest.mark.parametrize("model", ["knows", "none"])
def test_areas_are_those_of_scikit_learn_and_of_the_curve(result, model):
    found = group_curves(result, "all", Groups("table", MEMBERS), [model])
    for row in found.areas.to_dict("records"):
        members = MEMBERS[row["group"]]
        truth = [label in members for label in LABELS[:14]]
        score = [naive_score(result, model, label, members) for label in LABELS[:14]]
        assert row["auc"] == pytest.approx(roc_auc_score(truth, score))
        own = found.curves[found.curves["group"] == row["group"]]
        assert auc(own["false_positive"], own["true_positive"]) == pytest.approx(row["auc"])
        assert (row["n_members"], row["n_positive"]) == (len(members), sum(truth))
        assert row["n_negative"] == 14 - sum(truth)


def test_who_knows_the_programme_has_all_of_the_area_and_noise_has_not(result):
    areas = group_curves(result, "all", Groups("table", MEMBERS), ["knows", "none"]).areas
    means = areas.groupby("prediction")["auc"].mean()
    assert means["knows"] > 0.95
    assert means["none"] < 0.8


def test_a_small_group_the_whole_and_a_model_without_shift_have_no_curve_but_a_reason(result):
    groups = {"two": ("P00", "P01"), "all": tuple(LABELS), "untested": tuple(LABELS[14:]), **MEMBERS}
    found = group_curves(result, "all", Groups("table", groups), ["knows", "flat"])
    reason = found.areas.set_index(["group", "prediction"])["reason"].sort_index()
    assert reason.loc["two", "knows"] == TOO_FEW
    assert reason.loc["all", "knows"] == NO_OTHERS
    assert reason.loc["untested", "knows"] == NO_SHIFT, "its mean is the perturbed centroid"
    assert reason.loc["programme 0", "flat"] == NO_SHIFT
    assert found.areas[found.areas["reason"] != ""]["auc"].isna().all()
    assert set(found.curves["prediction"]) == {"knows"}
    said = groups_sentence(found, Groups("table", groups), ["programme 0", "programme 1", "programme 2"])
    assert (
        said
        == "Not drawn, with their members: two (2), all (20, 14 with a score), untested (6, 0 with a score)."
    )
    none = group_curves(result, "all", Groups("table", {"two": ("P00", "P01")}), ["knows", "flat"])
    assert nothing_drawn(none) == f"No group can be told from the others: {TOO_FEW} (2×)."
    assert "no group" in nothing_drawn(group_curves(result, "all", Groups("table", {}), ["knows"]))


def test_the_tree_is_scipys_average_linkage_of_cosines_also_in_blocks(result, monkeypatch):
    stats = result.stats["all"]
    observed = stats.all_cells.mean.numpy()
    expected = linkage(pdist(observed - observed.mean(0), "cosine"), "average")
    tree = shift_tree(result, "all")
    assert tree.linkage == pytest.approx(expected)
    assert sorted(tree.order) == list(range(20))
    monkeypatch.setattr(module, "ROWS", 3)
    seen: list[float] = []
    blocks = shift_tree(result, "all", lambda share, _: seen.append(share))
    assert np.array_equal(blocks.order, tree.order)
    assert blocks.linkage == pytest.approx(tree.linkage)
    assert len(seen) == 8


def test_clusters_are_the_programmes_and_neighbours_in_the_order_of_the_tree(result):
    tree = shift_tree(result, "all")
    found = cluster(tree, 3)
    assert {frozenset(own) for own in found.members.values()} == {frozenset(own) for own in MEMBERS.values()}
    assert list(found.members) == ["group 1", "group 2", "group 3"]
    assert [name for own in found.members.values() for name in own] == [tree.names[i] for i in tree.order]
    sizes = [len(cluster(tree, n).members) for n in range(2, 8)]
    assert sizes == [2, 3, 4, 5, 6, 7]
    for few, many in pairwise([cluster(tree, n) for n in range(2, 8)]):
        assert all(
            any(set(own) <= set(whole) for whole in few.members.values()) for own in many.members.values()
        )


def test_one_perturbation_is_one_cluster_and_the_usual_number_is_within_bounds():
    cells = SimpleNamespace(mean=torch.ones((1, 3), dtype=torch.float64))
    one = SimpleNamespace(stats={"all": SimpleNamespace(perturbations=("A",), all_cells=cells)})
    tree = shift_tree(one, "all")  # type: ignore[arg-type]
    assert cluster(tree, 4).members == {"group 1": ("A",)}
    assert [usual_number(n) for n in (1, 2, 100, 10_000)] == [2, 2, 10, 12]


def meant(label: str) -> tuple[str, ...]:
    known = {
        "A": ("A",),
        "B": ("B",),
        "A+B": ("A+B",),
        "B+A": ("A+B",),
        "ctrl": ("control",),
        "x1": ("X1", "x-1"),
    }
    return known.get(label, ())


@pytest.mark.parametrize(
    "text",
    [
        "perturbation,group\nA,g\nB,h\nA+B,g\n",
        "A,g\nB,h\nB+A,g",
        "Group;Perturbation\ng;A\nh;B\ng;A+B",
        "\ufeffgene\tpathway\nA\tg\nB\th\nB+A\tg\n\n",
        '"perturbation","group","more"\r\n"A","g",1\r\n"B","h",2\r\n"A+B","g",3\r\n',
        "A,g\nB,h\nA+B,g\nA,g",
        "cluster,name\n g , A \nh,B\ng,A+B",
    ],
)
def test_tables_are_read_whatever_parts_their_columns(text: str):
    found = read_groups(text, meant)
    assert found.groups.members == {"g": ("A", "A+B"), "h": ("B",)}
    assert found.groups.kind == "table"
    assert found.n_found == 3
    assert table_sentence(found) == "3 perturbations in 2 groups found."


def test_every_row_of_a_table_is_accounted_for():
    found = read_groups("A,g\nQ,g\nQ,h\nx1,g\nctrl,g\nB+A,k\nB,\nA,k", meant)
    assert found.groups.members == {"g": ("A",), "k": ("A+B", "A")}
    assert found.missing == ("Q",)
    assert found.ambiguous == (("x1", ("X1", "x-1")),)
    assert found.controls == ("ctrl",)
    assert found.respelled == (("B+A", "A+B"),)
    assert found.empty == ("h",)
    assert found.without_group == ("B",)
    assert found.n_rows == 7
    assert found.groups.of("A") == {"g", "k"}
    assert found.groups.together([("A", "A+B"), ("A", "B")]) == 1
    assert table_sentence(found) == "2 perturbations in 2 groups found; 3 labels were not found."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is empty"),
        ("\n , \n", "is empty"),
        ("A\nB\nC", "the row “A” with one column"),
        ("perturbation,group\n", "no row with a perturbation and a group"),
        ("A,\nB,", "no row with a perturbation and a group"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(text: str, problem: str):
    with pytest.raises(DataError, match=problem) as error:
        read_groups(text, meant)
    assert "expected two columns" in str(error.value)


def test_a_table_with_too_many_rows_is_refused_in_one_sentence_and_one_less_is_read():
    asked: list[str] = []

    def known(label: str) -> tuple[str, ...]:
        asked.append(label)
        return meant(label)

    whole = "perturbation,group\n" + "A,g\n\n" * MOST_ROWS
    assert read_groups(whole, known).n_rows == MOST_ROWS
    assert asked == ["A"], "a label that comes again is not looked up again"
    for text, n in ((whole + "B,h\n", 100_001), ("A,g\n" * 123_456, 123_456)):
        with pytest.raises(DataError) as error:
            read_groups(text, known)
        assert str(error.value) == (
            f"The table of groups has {n:,} rows; expected at most 100,000. Leave out the groups and perturbations "
            "that this data set does not have."
        )
