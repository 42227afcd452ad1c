"""How alike shifts are, and how far they point from the average effect: a figure and the tables."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from perturbdash.ui.blocks import Column, Row, note, table
from perturbdash.ui.data_table import Numbers, Words, perturbation_table
from perturbdash.ui.frame import frame, plot
from perturbdash.ui.markup import Html, bold
from perturbdash.ui.reference import OBSERVED, Choice

if TYPE_CHECKING:
    import pandas as pd

    from perturbdash.judgement.plane_view import ReferenceView
    from perturbdash.ui.view import View

SHOWN = ("control", "centroid")
PAIRWISE = "Mean cosine between the shifts of two different perturbations, over all pairs"
SPREAD = "Eight tenths of the pairs lie between these two cosines"
ANGLE = "Median angle between a shift and the average effect; 90° is unrelated"
TO_EFFECT = "angle to the average effect"
DEFINITION = "Average effect: perturbed centroid − control mean."


def cosine_table(view: View, found: ReferenceView) -> None:
    """Draw mean and spread of the pairwise cosines under both references, observed first."""
    from perturbdash.figures.numbers import bounds, count, number

    shown = found.cosines[found.cosines["prediction"].isin([OBSERVED, *view.models])]
    rows = {(row["prediction"], row["reference"]): row for row in shown.to_dict("records")}
    medians = found.angles.groupby(["prediction", "reference"])["angle"].median()
    columns = [Column("shifts", "Observed, or predicted by a model.", numeric=False)]
    for group, words in (("from control", "control mean"), ("from the centroid", "perturbed centroid")):
        columns += [
            Column("mean", f"{PAIRWISE}. Shifts from the {words}.", group=f"pairwise cosine, {group}"),
            Column("10 % to 90 %", f"{SPREAD}.", group=f"pairwise cosine, {group}", css="pd-wide"),
            Column(
                "sd", "Standard deviation over the pairs.", group=f"pairwise cosine, {group}", css="pd-wide"
            ),
        ]
    columns += [
        Column("from control", f"{ANGLE}. Shifts from the control mean.", group=TO_EFFECT),
        Column("from the centroid", f"{ANGLE}. Shifts from the perturbed centroid.", group=TO_EFFECT),
        Column("n", "Perturbations with a shift."),
    ]
    body = []
    for name in dict.fromkeys(shown["prediction"]):
        cells: list[object] = [bold("observed") if name == OBSERVED else view.tag(name)]
        for reference in SHOWN:
            row = rows[name, reference]
            cells += [
                number(row["mean_pairwise_cosine"]),
                bounds(row["pairwise_low"], row["pairwise_high"]).strip("()") or "–",
                number(row["pairwise_sd"]),
            ]
        cells += [_degrees(float(medians.get((name, reference), float("nan")))) for reference in SHOWN]
        body.append(Row([*cells, count(rows[name, "control"]["n"])]))
    thinned = (
        f" Spread over the pairs of {found.in_pairs:,} perturbations."
        if found.in_pairs < len(found.longest)
        else ""
    )
    with frame(
        "How alike are the shifts?",
        f"Cosines and angles over {found.n_genes:,} genes; cosine 1: all point the same way, 0: unrelated.",
        key="cosines",
        table=shown,
        how_to_read="A model whose shifts are more alike than the observed ones gives much the same answer for "
        "every perturbation. Against the centroid the shared effect is gone, so cosines lie near 0 by construction.",
        caption=(
            "Cosines of shifts",
            f"{view.source_line()}. All cells. {DEFINITION} A zero shift has cosine 0 and no angle.{thinned}",
        ),
    ):
        table(columns, body, caption="Pairwise cosines of shifts and angles under both references.")
        _say_zero(shown)


def _degrees(value: float) -> Html | str:
    return "–" if value != value else f"{value:.0f}°"


def _say_zero(shown: pd.DataFrame) -> None:
    """Name the predictions that have shifts of length zero."""
    zero = shown[shown["n_zero"] > 0]
    for row in zero.to_dict("records"):
        words = "from control" if row["reference"] == "control" else "from the centroid"
        all_ = "all" if row["n_zero"] == row["n"] else f"{row['n_zero']:,} of"
        note(f"{row['prediction']}: {all_} {row['n']:,} shifts {words} are zero and point nowhere.")


def angle_frame(view: View, found: ReferenceView, choice: Choice) -> None:
    """Draw the angle of each shift to the average effect, one strip a prediction and reference."""
    from perturbdash.figures.reference import angle_strips
    from perturbdash.figures.reference.angles import MOST_POINTS

    angles = found.angles[found.angles["prediction"].isin([OBSERVED, *choice.panels])]
    draw = partial(
        angle_strips, angles, references=choice.references, styles=view.styles, selected=view.selection
    )
    n = len(found.longest)
    mark = (
        "Points: the selected perturbations"
        if n > MOST_POINTS
        else "One point a perturbation (disc: single, cross: combination)"
    )
    with frame(
        "How far does each shift point away from the average effect?",
        f"Angle over {found.n_genes:,} genes, {n:,} perturbations. {mark}; line and number: median.",
        key="angles",
        table=angles,
        how_to_read="Near 0° a shift is the average effect again; at 90° it has nothing of it. A model whose strip is "
        "narrow where the observed one is wide has one direction for everything. A click opens a perturbation, a box "
        "selects.",
        caption=(
            "Angle to the average effect",
            f"{view.source_line()}. All cells. {DEFINITION} Shifts of length zero have no angle.",
        ),
        printed=draw,
    ):
        plot(draw(mode=view.mode), key="angles", selects=True)


def _wide(angles: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a perturbation, one column a prediction and reference."""
    import pandas as pd

    columns = {
        f"{prediction}_{reference}": own.set_index("perturbation")["angle"].reindex(list(order)).to_numpy()
        for (prediction, reference), own in angles.groupby(["prediction", "reference"], sort=False)
    }
    return pd.DataFrame({"perturbation": list(order)} | columns)


def angle_table(view: View, found: ReferenceView, choice: Choice) -> None:
    """Draw one row a perturbation with its angles, the longest observed shift first."""
    names = [OBSERVED, *view.models]
    angles = found.angles[
        found.angles["prediction"].isin(names) & found.angles["reference"].isin(choice.references)
    ]
    wide = _wide(angles, found.longest)
    columns = {"perturbation": Words("perturbation", "As the data set names it.", width=130, pinned=True)} | {
        f"{name}_{reference}": Numbers(
            f"{name}, Δ{reference}",
            "Angle of this shift to the average effect, in degrees.",
            decimals=1,
            width=125,
        )
        for name in names
        for reference in choice.references
        if f"{name}_{reference}" in wide
    }
    with frame(
        "At what angle is each perturbation?",
        f"Degrees to the average effect; {len(wide):,} perturbations, the longest observed shift first.",
        key="angles-by-perturbation",
        table=wide,
        how_to_read="A dash: a shift of length zero, or no prediction. A click into a row opens the perturbation; "
        "ticked rows are the selection of all pages.",
    ):
        perturbation_table(wide, columns, key="angles")
