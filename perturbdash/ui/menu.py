"""The pages: one row each, in the order and the groups of the menu."""

from __future__ import annotations

from dataclasses import dataclass

APP_TITLE = "perturbdash"


@dataclass(frozen=True)
class Page:
    """What the shell knows of a page.

    Parameters
    ----------
    name
        Key in `PAGES`; the address of the page, except for the start page.
    file
        Script, relative to ``app.py``.
    question
        Stands beside the title; sentence case.
    truth
        Which cells the page's scores are measured against, as its chip says it.
    truth_as_published
        The same where the calibration is the published one, if it is another.
    pooled
        The page can show all contexts together.
    needs_data
        The page has nothing to show until a data set is loaded.
    """

    name: str
    file: str
    title: str
    question: str
    icon: str
    group: str
    truth: str | None = None
    truth_as_published: str | None = None
    pooled: bool = False
    needs_data: bool = True


PAGES: dict[str, Page] = {
    page.name: page
    for page in (
        Page(
            "start", "app.py", "Start", "What have I loaded?", ":material/upload_file:", "Data", pooled=True
        ),
        Page(
            "scorecard",
            "pages/scorecard.py",
            "Scorecard",
            "Is my model better than the average?",
            ":material/fact_check:",
            "Is it better than the average?",
            truth="all cells",
            pooled=True,
        ),
        Page(
            "calibration",
            "pages/calibration.py",
            "Calibration",
            "Which metrics can tell anything on this data set?",
            ":material/straighten:",
            "Is it better than the average?",
            truth="each half once",
            truth_as_published="the first half",
            pooled=True,
        ),
        Page(
            "retrieval",
            "pages/retrieval.py",
            "Retrieval",
            "Does it know which is which?",
            ":material/track_changes:",
            "Is it better than the average?",
            truth="all cells",
        ),
        Page(
            "systematic_variation",
            "pages/systematic_variation.py",
            "Systematic variation",
            "How much is one shared effect?",
            ":material/hub:",
            "How much is one shared effect?",
            truth="all cells",
        ),
        Page(
            "reference",
            "pages/reference.py",
            "Reference",
            "What changes when the reference moves?",
            ":material/trending_up:",
            "How much is one shared effect?",
            truth="all cells",
        ),
        Page(
            "perturbation",
            "pages/perturbation.py",
            "Perturbation",
            "What happened with this one?",
            ":material/genetics:",
            "Look closer",
            truth="all cells",
        ),
        Page(
            "embedding",
            "pages/embedding.py",
            "Embedding",
            "What does it look like?",
            ":material/scatter_plot:",
            "Look closer",
            truth="all cells",
        ),
        Page(
            "playground",
            "pages/playground.py",
            "Playground",
            "Why do metrics fail?",
            ":material/tune:",
            "Compare and understand",
            needs_data=False,
        ),
        Page(
            "datasets",
            "pages/datasets.py",
            "Data sets",
            "How does mine compare?",
            ":material/dataset:",
            "Compare and understand",
            truth="all cells",
            pooled=True,
            needs_data=False,
        ),
        Page(
            "methods",
            "pages/methods.py",
            "Methods",
            "What is this number?",
            ":material/functions:",
            "Compare and understand",
            pooled=True,
            needs_data=False,
        ),
    )
}


def groups() -> dict[str, list[Page]]:
    """Return the pages by group, in the order of the menu.

    Examples
    --------
    >>> list(groups())[0]
    'Data'
    """
    found: dict[str, list[Page]] = {}
    for page in PAGES.values():
        found.setdefault(page.group, []).append(page)
    return found
