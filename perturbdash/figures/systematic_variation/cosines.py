"""The cosines of one reference, in their three forms."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from perturbdash.figures.numbers import number, with_error
from perturbdash.vocabulary import Reference

FORM_WORDS = {
    "cosine": "as published",
    "cosine_leave_one_out": "leave one out",
    "cosine_split_control": "controls split",
}
DASHES = {"cosine": "solid", "cosine_leave_one_out": "dash", "cosine_split_control": "dot"}


@dataclass(frozen=True, slots=True)
class Form:
    """Mean of one form of the cosine over perturbations, and its standard error."""

    name: str
    mean: float
    error: float

    @property
    def words(self) -> str:
        """Mean, standard error and form, for a label."""
        told = f"<b>{number(self.mean)}</b>"
        told += "" if math.isnan(self.error) else f" ± {number(self.error)}"
        return f"{told} {FORM_WORDS[self.name]}"


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines of one reference, those that are defined.

    Parameters
    ----------
    values
        ``(n,)`` as published.
    forms
        The forms that are defined, the published one first.
    n_zero
        How many perturbations have no shift at all.
    """

    reference: Reference
    names: list[str]
    values: np.ndarray
    forms: tuple[Form, ...] = field(default=())
    n_zero: int = 0

    @property
    def published(self) -> Form:
        """The published form; NaN where nothing is defined."""
        return self.forms[0] if self.forms else Form("cosine", math.nan, math.nan)

    @property
    def split(self) -> float:
        """Mean with the controls split; NaN where it is not defined."""
        return next((form.mean for form in self.forms if form.name == "cosine_split_control"), math.nan)


def cosines_of(table: pd.DataFrame, reference: Reference) -> Cosines:
    """Return the cosines of one reference from rows of the table ``systematic_variation``."""
    rows = table[(table["reference"] == reference) & table["cosine"].notna()]
    forms = [
        Form(name, float(rows[name].mean()), _standard_error(rows[name]))
        for name in FORM_WORDS
        if name in rows and rows[name].notna().any()
    ]
    return Cosines(
        reference,
        [str(name) for name in rows["perturbation"]],
        rows["cosine"].to_numpy(dtype=float),
        tuple(forms),
        int((rows["shift_norm"] == 0).sum()) if "shift_norm" in rows else 0,
    )


def _standard_error(values: pd.Series) -> float:
    defined = values.dropna().to_numpy(dtype=float)
    return float(defined.std(ddof=1) / math.sqrt(defined.size)) if defined.size > 1 else math.nan


def alt_of(control: Cosines, centroid: Cosines) -> str:
    """Return what the violins show, for readers who do not see them."""
    told = [
        f"{with_error(form.mean, form.error)} {FORM_WORDS[form.name]}"
        for form in control.forms or (control.published,)
    ]
    own = centroid.published
    return (
        f"Cosine of the shift to the average effect, {control.values.size} perturbations: mean "
        f"{', '.join(told)} against the control mean; {with_error(own.mean, own.error)} against the perturbed centroid."
    )
