"""The papers behind metrics, baselines and methods, as far as they are known here, and their BibTeX.

Where only a short name and a DOI are known, an entry has no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from perturbdash.metrics.registry import METRICS
from perturbdash.published import SYSTEMA_DOI

ACCENTS = {"ñ": r"{\~n}", "é": r"{\'e}", "ä": r"{\"a}"}
HEAD = "% Entries hold what is certain; authors and titles that are not here follow from the DOI."


class Cite(str):
    """A citation within a paragraph: the key of a paper."""

    __slots__ = ()


@dataclass(frozen=True)
class Paper:
    """A paper as it is cited.

    Parameters
    ----------
    short
        As it stands in a sentence.
    authors
        In BibTeX's form; ``and others`` where the list is not known.
    fields
        Further fields of the entry.
    """

    short: str
    authors: str
    year: int
    doi: str
    kind: str = "article"
    fields: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        """Where the paper is found."""
        return f"https://doi.org/{self.doi}"


def _journal(name: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("journal", name), *more)


def _preprint(server: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("howpublished", server), *more)


PAPERS: dict[str, Paper] = {
    "systema": Paper(
        "Viñas Torné et al. 2025",
        "{Viñas Torné} and others",
        2025,
        SYSTEMA_DOI,
        fields=_journal("Nature Biotechnology", ("note", "Systema")),
    ),
    "miller": Paper(
        "Miller et al. 2025",
        "Miller and others",
        2025,
        "10.1101/2025.10.20.683304",
        "misc",
        _preprint("bioRxiv", ("note", "Nature Biotechnology 2026, doi 10.1038/s41587-026-03307-w")),
    ),
    "mejia": Paper(
        "Mejia et al. 2025",
        "Mejia and others",
        2025,
        "10.48550/arXiv.2506.22641",
        "misc",
        _preprint("arXiv", ("eprint", "2506.22641")),
    ),
    "ahlmann_eltze": Paper(
        "Ahlmann-Eltze et al. 2025",
        "{Ahlmann-Eltze} and others",
        2025,
        "10.1038/s41592-025-02772-6",
        fields=_journal("Nature Methods"),
    ),
    "scperteval": Paper(
        "Schäfer et al. 2026",
        "Schäfer and others",
        2026,
        "10.64898/2026.07.23.740433",
        "misc",
        _preprint("bioRxiv", ("note", "scPertEval")),
    ),
    "cell_eval": Paper(
        "Roohani et al. 2025",
        "Roohani and others",
        2025,
        "10.1016/j.cell.2025.06.008",
        fields=_journal("Cell", ("note", "cell-eval, Arc Institute")),
    ),
    "perturbench": Paper(
        "Wu et al. 2024",
        "Wu and others",
        2024,
        "10.48550/arXiv.2408.10609",
        "misc",
        _preprint("arXiv", ("eprint", "2408.10609"), ("note", "PerturBench")),
    ),
    "spearman": Paper(
        "Spearman 1904",
        "Spearman, C.",
        1904,
        "10.2307/1412159",
        fields=(
            ("title", "The Proof and Measurement of Association between Two Things"),
            *_journal("The American Journal of Psychology"),
        ),
    ),
    "berger": Paper(
        "Berger 1982",
        "Berger, Roger L.",
        1982,
        "10.1080/00401706.1982.10487790",
        fields=(
            ("title", "Multiparameter Hypothesis Testing and Acceptance Sampling"),
            *_journal("Technometrics"),
        ),
    ),
    "scanpy": Paper(
        "Wolf et al. 2018",
        "Wolf, F. Alexander and Angerer, Philipp and Theis, Fabian J.",
        2018,
        "10.1186/s13059-017-1382-0",
        fields=(
            ("title", "{SCANPY}: large-scale single-cell gene expression data analysis"),
            *_journal("Genome Biology"),
        ),
    ),
    "anndata": Paper(
        "Virshup et al. 2024",
        "Virshup, Isaac and Rybakov, Sergei and Theis, Fabian J. and Angerer, Philipp and Wolf, F. Alexander",
        2024,
        "10.21105/joss.04371",
        fields=_journal("Journal of Open Source Software", ("note", "anndata")),
    ),
}
ALWAYS = ("systema", "miller")


def of_metrics(metrics: Iterable[str]) -> list[str]:
    """Return the keys of the papers in which metrics were published, each once, in the order of the metrics.

    Examples
    --------
    >>> of_metrics(["wmse", "mse", "nir"])
    ['mejia', 'miller']
    """
    by_doi = {paper.doi: key for key, paper in PAPERS.items()}
    return list(dict.fromkeys(by_doi[METRICS[metric].doi] for metric in metrics))


def bibtex(keys: Iterable[str], version: str) -> str:
    """Return BibTeX entries of papers and of the program itself."""
    entries = [_entry(PAPERS[key], key) for key in keys]
    program = _written("misc", "perturbdash", [("title", "perturbdash"), ("note", f"Version {version}")])
    return "\n\n".join([HEAD, *entries, program]) + "\n"


def _entry(paper: Paper, key: str) -> str:
    fields = [("author", paper.authors), *paper.fields, ("year", str(paper.year)), ("doi", paper.doi)]
    return _written(paper.kind, f"{key}{paper.year}", fields)


def _written(kind: str, key: str, fields: list[tuple[str, str]]) -> str:
    lines = "\n".join(
        f"  {name} = {{{_plain(value) if name != 'doi' else value}}}," for name, value in fields
    )
    return f"@{kind}{{{key},\n{lines}\n}}"


def _plain(text: str) -> str:
    """Write accents as every BibTeX reads them."""
    for letter, command in ACCENTS.items():
        text = text.replace(letter, command)
    return text
