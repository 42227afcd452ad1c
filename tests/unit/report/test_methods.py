"""The methods follow from the settings, and cite what is in the BibTeX."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

import pandas as pd
import pytest

from perturbdash.judgement.concepts import CONCEPTS
from perturbdash.metrics.registry import METRICS
from perturbdash.published import SYSTEMA_DOI
from perturbdash.report.citations import PAPERS, bibtex, of_metrics
from perturbdash.report.methods import as_text, cited, paragraphs
from tests.unit.report.made import GENES, scope_of, scored


def methods(**settings) -> str:
    return "\n".join(as_text(one) for one in paragraphs(scope_of(scored(**settings))))


def test_it_says_what_was_done() -> None:
    said = methods()
    for words in (
        "We analysed screen: 180 cells, 14 perturbations (obs column “perturbation”) and 40 genes, with 12 control",
        "used as it was",
        "halved by a seeded hash of their names",
        "5 folds",
        "Miller et al. 2025",
        "2 models (good and flat) were scored on 11 test perturbations",
        "all others were train",
        "Holm-corrected over the",
        "200 flips",
        "seed 0",
        "Digest of the data",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("settings", "there", "gone"),
    [
        ({"seed": 7}, "seed 7", "seed 0"),
        ({"calibration": "published"}, "the first half was the truth", "each half was once the truth"),
        ({"targets": "drop"}, "were left out of everything", "Targeted genes were kept"),
        ({"candidates": "test"}, "among the test perturbations", "among all perturbations"),
        ({"mean": "cell"}, "weighted by cells", ""),
        ({"min_perturbations": 5}, "on 5 perturbations or more", "on 10 perturbations or more"),
        ({"n_resamples": 100}, "100 flips", "200 flips"),
        (
            {"headline": ("mse", "nir")},
            "Headline metrics: MSE (size) (Miller et al. 2025), NIR (identity)",
            "direction match (sign)",
        ),
        ({"held_out": 14}, "this judges a fit, not a prediction", "all others were train"),
        ({"contexts": ("A", "B")}, "resampled across all contexts together", ""),
        ({"blocks_by": "perturbation"}, "blocks of perturbations", ""),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_it_changes_with_each_setting(settings: dict[str, object], there: str, gone: str) -> None:
    usual, said = methods(), methods(**settings)
    assert there in said
    assert there not in usual
    assert not gone or (gone in usual and gone not in said)


def test_without_models_it_speaks_of_the_calibration_alone() -> None:
    said = methods(models=())
    assert "Each metric was calibrated" in said
    assert not any(words in said for words in ("were scored on", "baseline", "sign flips"))


def test_given_folds_are_said(tmp_path: Path) -> None:
    file = tmp_path / "folds.csv"
    folds = {"perturbation": list(GENES[:14]), "fold": [i % 3 for i in range(14)]}
    pd.DataFrame(folds).to_csv(file, index=False)
    said = methods(folds=file, held_out=14)
    assert "3 given folds" in said
    assert "in its given fold" in said


def parsed(text: str) -> dict[str, dict[str, str]]:
    """Read BibTeX by its grammar, as far as it is used: balanced braces, no key twice."""
    text = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    entries: dict[str, dict[str, str]] = {}
    place = 0
    while (start := text.find("@", place)) >= 0:
        head = re.compile(r"@(\w+)\{([\w:-]+),").match(text, start)
        assert head, text[start : start + 40]
        depth, place = 1, head.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            place += 1
        body = text[head.end() : place - 1]
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, re.MULTILINE))
        assert len(fields) == len(body.strip().splitlines())
        assert head.group(2) not in entries
        entries[head.group(2)] = fields | {"kind": head.group(1)}
    return entries


def known_dois() -> str:
    """Every DOI that the cards of the metrics, the published tables and the libraries themselves state."""
    specs = [spec.doi for spec in (*METRICS.values(), *CONCEPTS.values())]
    return "\n".join([*specs, SYSTEMA_DOI, *(str(metadata(name)) for name in ("scanpy", "anndata"))])


def test_bibtex_parses_and_every_doi_is_known() -> None:
    entries = parsed(bibtex(cited(scope_of(scored())), "0.1.0"))
    assert entries.pop("perturbdash")["note"] == "Version 0.1.0"
    assert {"systema2025", "miller2025", "scanpy2018", "anndata2024"} <= set(entries)
    for fields in entries.values():
        assert fields["doi"] in known_dois()
        assert fields["year"].isdigit()
        assert fields["author"]
        assert fields["author"].isascii()


def test_the_other_home_of_a_preprint_is_in_the_specification(shared: Path) -> None:
    notes = " ".join(dict(paper.fields).get("note", "") for paper in PAPERS.values())
    dois = re.findall(r"10\.\d{4,}/\S+", notes)
    assert dois
    text = (shared / "METRICS.md").read_text(encoding="utf-8")
    assert all(doi in text for doi in dois)


def test_every_paper_of_a_metric_and_every_citation_has_its_entry() -> None:
    keys = cited(scope_of(scored()))
    assert len(keys) == len(set(keys))
    assert {spec.doi for spec in METRICS.values() if spec.doi} == {
        PAPERS[key].doi for key in of_metrics(METRICS)
    }
    assert set(of_metrics(METRICS)) <= set(keys) <= set(PAPERS)
