"""Checks say what is in a file and what follows from it."""

import numpy as np
import pytest
from scipy import sparse

from perturbdash.io.dataset import read
from tests.unit.io.made import cells, screen

GOOD = ["control"] * 120 + [label for i in range(12) for label in [f"GENE{i}"] * 25]


def titles(data, level: str) -> list[str]:
    return [check.title for check in data.checks() if check.level == level]


def texts(data) -> str:
    return " ".join(f"{check.title}: {check.text}" for check in data.checks() if check.level == "finding")


def test_a_file_in_order_has_no_findings():
    genes = [f"GENE{i}" for i in range(1200)]
    data = read(cells(GOOD, genes=genes))
    assert titles(data, "finding") == []
    assert {
        "Enough genes",
        "Enough cells",
        "120 control cells",
        "Cell names unique",
        "Gene names unique",
    } <= set(titles(data, "passed"))


def test_findings_come_first_and_each_says_something():
    checks = read(screen()).checks()
    levels = [check.level for check in checks]
    assert levels == sorted(levels)
    assert all(check.title and check.title[0] != " " for check in checks)
    assert all(check.text.endswith(".") or not check.text or check.text.endswith("?") for check in checks)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (lambda: read(screen()), "7 genes only: Probably a subset"),
        (lambda: read(screen()), "Fewer than 10 perturbations: "),
        (lambda: read(screen()), "Few cells a perturbation: 5 cells a condition, median 5"),
        (lambda: read(screen()), "Few control cells: 6: "),
        (lambda: read(screen()), "Fewer than 20 leave some of the control blocks empty"),
        (lambda: read(cells(GOOD + ["LAST"] * 3)), "1 of 13 conditions with fewer than 4 cells: "),
        (lambda: read(cells(GOOD)), "No perturbation names a gene of the file"),
        (
            lambda: read(cells([*GOOD, *["KLF1"] * 20])),
            "12 of 13 perturbations target a gene outside the file",
        ),
        (lambda: read(cells(["control"] * 9 + ["IFNB"] * 9)), "One perturbation only"),
        (lambda: read(cells([*GOOD, *["KLF1+NEW"] * 9])), "1 of 1 combinations lack a single"),
        (lambda: read(cells([*GOOD, None, None])), "2 of 422 cells left out: 2 without a label."),
        (lambda: read(cells([*GOOD, "vehicle"])), "vehicle looks like control too: Only control counts"),
        (lambda: read(cells([*GOOD, "ZAP70_1", "ZAP70_2"])), "2 labels look like guides"),
        (
            lambda: read(cells([*GOOD, "gene-1"])),
            "1 labels differ in spelling alone: They count as different",
        ),
        (lambda: read(cells(GOOD, integers=True)), "Totals of a panel of genes"),
        (lambda: read(cells(GOOD), space="counts"), "The values do not look like counts"),
        (
            lambda: read(screen(line=["a"] * 16 + ["b"] * 5), context_key="line"),
            "1 contexts cannot be used: b lack",
        ),
        (lambda: read(screen(cell_type=["a", "b"] * 10 + ["a"])), "Few control cells in a, b: 3"),
    ],
)
def test_findings(data, expected):
    assert expected in texts(data())


def test_empty_cells():
    adata = screen()
    adata.X = sparse.csr_matrix(np.where(np.arange(21)[:, None] == 3, 0, adata.X.toarray()))
    n_empty = int((adata.X.getnnz(axis=1) == 0).sum())
    assert f"{n_empty} of 21 sampled cells are empty" in texts(read(adata))


def test_combinations_with_their_singles():
    assert "Every combination has its singles" in titles(read(screen()), "passed")
    assert not any("combination" in title for title in titles(read(cells(GOOD)), "passed"))
