from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from perturbdash.figures import playground_curve, playground_shifts
from perturbdash.figures.models import model_styles
from perturbdash.figures.playground.curves import FLOOR, apart
from tests.unit.figures import tables

BLUE = model_styles(["model"])["model"].line("light")


def curve(logarithmic: bool = False, **lines: list[float]) -> pd.DataFrame:
    n = len(next(iter(lines.values())))
    at = np.geomspace(8, 800, n) if logarithmic else np.linspace(0, 5, n)
    return pd.concat(
        [pd.DataFrame({"at": at, "line": line, "value": values}) for line, values in lines.items()]
    )


def drawn(table: pd.DataFrame, now: float = 2.5, **settings):
    return playground_curve(table, now=now, x_label="shared effect", y_label="NIR", **settings)


def words(figure) -> dict[str, float]:
    return {note.text.removeprefix("<b>").removesuffix("</b>"): note.y for note in figure.layout.annotations}


@pytest.mark.parametrize("reference", ["control", "centroid"])
def test_arrows_start_at_the_reference_and_end_at_the_heads(reference):
    points, anchors = tables.playground_plane()
    figure = playground_shifts(points, anchors, reference=reference)
    observed, predicted = figure.data[:2]
    assert (observed.name, predicted.name) == ("observed", "predicted")
    tail = anchors.loc[anchors["anchor"] == {"control": "control", "centroid": "average"}[reference]].iloc[0]
    assert np.allclose(observed.x[::3], tail["along"])
    assert np.allclose(observed.y[::3], tail["across"])
    own = points[points["prediction"] == "observed"]
    assert np.allclose(observed.x[1::3], own["along"])
    assert np.isnan(observed.x[2::3]).all()
    assert list(observed.customdata[1::3]) == own["perturbation"].tolist()
    filled = [trace.marker.symbol for trace in figure.data[2:]]
    assert filled == (["square", "x-open"] if reference == "control" else ["square-open", "x"])
    bold = [note.text for note in figure.layout.annotations if note.text.startswith("<b>")]
    assert bold == ["<b>control</b>" if reference == "control" else "<b>average</b>"]
    low, high = figure.layout.xaxis.range
    assert low < points["along"].min()
    assert points["along"].max() < high


def test_the_alt_text_says_how_long_the_arrows_are():
    points, anchors = tables.playground_plane()
    mean = np.hypot(*points.loc[points["prediction"] == "model", ["along", "across"]].to_numpy().T).mean()
    figure = playground_shifts(points, anchors, reference="control")
    assert f"predicted {mean:.2f}" in figure.layout.meta["alt"]


def test_lines_keep_their_looks_and_their_names_where_they_end():
    figure = drawn(curve(model=[0.1, 0.4, 0.9], average=[0.2, 0.3, 0.3], repeat=[0.3, 0.6, 0.6]))
    lines = {trace.name: trace for trace in figure.data if trace.name}
    assert list(lines) == ["the average", "a repeat", "model"]
    assert lines["model"].line.color == BLUE
    assert lines["the average"].line.dash == "dot"
    named = words(figure)
    assert named["model"] > named["a repeat"] > named["the average"]
    assert "model 0.40 where it stands now" in figure.layout.meta["alt"]


def test_what_a_metric_can_tell_is_tinted_where_a_repeat_stands_above():
    table = curve(average=[0.5, 0.5, 0.5], repeat=[0.4, 0.7, 0.9], model=[0.1, 0.1, 0.1])
    tint = [trace for trace in drawn(table).data if trace.fill == "tonexty"]
    assert len(tint) == 1
    assert np.allclose(tint[0].y, [0.5, 0.7, 0.9])
    assert not [trace for trace in drawn(curve(pds_l1=[0.1, 0.2, 0.3])).data if trace.fill]


@pytest.mark.parametrize("now", [8.0, 80.0, 800.0])
def test_a_logarithmic_slider_has_a_logarithmic_axis_with_its_ends(now):
    figure = drawn(curve(True, repeat=[0.1, 0.4, 0.9]), now=now, logarithmic=True)
    assert figure.layout.xaxis.type == "log"
    assert np.allclose(figure.layout.xaxis.range, [np.log10(8), np.log10(800)])
    assert figure.layout.xaxis.ticktext[0] == "8"
    assert figure.layout.xaxis.ticktext[-1] == "800"
    line = figure.layout.shapes[0]
    assert line.x0 == line.x1 == now
    note = next(note for note in figure.layout.annotations if note.text.startswith("now"))
    assert note.x == pytest.approx(np.log10(now))
    assert note.xanchor == ("right" if now == 800 else "left")


def test_what_lies_far_below_does_not_flatten_the_rest():
    figure = drawn(curve(model=[-40.0, 0.2, 0.9]))
    assert figure.layout.yaxis.range[0] > FLOOR - 0.2
    assert figure.layout.yaxis.range[1] >= 1


def test_names_at_the_edge_do_not_touch_and_stay_inside():
    for wanted in ([0.5, 0.5, 0.5], [1.0, 1.0, 0.99], [0.0, 0.01, 0.0], [0.2, 0.9, 0.55]):
        found = apart(wanted)
        assert min(np.diff(sorted(found))) > 0.06
        assert min(found) >= 0
        assert max(found) <= 1 + 1e-9
        assert np.argsort(found, kind="stable").tolist() == np.argsort(wanted, kind="stable").tolist()
