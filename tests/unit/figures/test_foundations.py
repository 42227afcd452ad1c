"""Numbers, styles, names in figures, densities, root axes, published values."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from perturbdash import published
from perturbdash.figures import numbers
from perturbdash.figures.cloud import SAMPLE, cloud, faded
from perturbdash.figures.density import outline
from perturbdash.figures.metric_words import SKILLS, by_skill, in_order, label, skill, why_undefined
from perturbdash.figures.models import COLOURED, FILLS, model_styles, style_of
from perturbdash.figures.placement import CHARACTER, LINE, MOST_LABELS, Frame, place
from perturbdash.figures.roots import root, root_ticks
from perturbdash.figures.tables import across_contexts, of_context, spread_evenly
from perturbdash.figures.theme import DARK, LIGHT, template
from perturbdash.metrics.registry import METRICS
from perturbdash.vocabulary import HEADLINE


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.125, 2, "0.12"),
        (-0.0049, 2, "0.00"),
        (-0.00004, 4, "0.0000"),
        (-0.005001, 2, "−0.01"),
        (9.994, 2, "9.99"),
        (-10.04, 2, "−10.0"),
        (12.345, 4, "12.3"),
        (0.01234, 4, "0.0123"),
        (math.nan, 2, "–"),
        (-math.inf, 2, "−∞"),
    ],
)
def test_a_number_is_written_by_the_rules(value, decimals, text):
    assert numbers.number(value, decimals) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.00099, "< 0.001"),
        (0.001, "0.0010"),
        (0.00996, "0.010"),
        (0.0341, "0.034"),
        (0.999, "1.0"),
        (0.2, "0.20"),
        (math.nan, "–"),
    ],
)
def test_a_p_value_has_two_significant_digits(p, text):
    assert numbers.p_value(p) == text


def test_intervals_shares_and_counts():
    assert numbers.interval(-0.02, -0.10, 0.05) == "−0.02 (−0.10 to 0.05)"
    assert numbers.interval(0.5, math.nan, 0.7) == "0.50"
    assert numbers.with_error(0.36, 0.09) == "0.36 ± 0.09"
    assert numbers.percent(0.995) == "100 %"
    assert numbers.percent(0.303) == "30 %"
    assert numbers.count(1813.0) == "1,813"


def test_small_errors_get_four_decimals_and_scores_never():
    assert numbers.decimals_for("wmse", [0.02, math.nan, 0.09], error=True) == 4
    assert numbers.decimals_for("wmse", [0.02, 0.95], error=True) == 2
    assert numbers.decimals_for("nir", [0.01, 0.02]) == 2


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_and_lines_have_contrast(colours):
    assert contrast(colours.ink, colours.background) > 14
    assert contrast(colours.muted, colours.background) > 6
    for colour in (colours.informative, colours.weak, colours.delta_centroid):
        assert contrast(colour, colours.background) > 4.5


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_lines_of_all_models_have_contrast(mode):
    ground = (LIGHT if mode == "light" else DARK).background
    for style in model_styles(list("abcdefgh")).values():
        assert contrast(style.line(mode), ground) >= 2.9


def test_the_template_is_made_once():
    assert template("dark") is template("dark")
    assert template("dark") != template("light")


def test_the_first_six_models_have_colours_and_the_others_numbers():
    styles = model_styles(list("abcdefgh"))
    assert [styles[n].slot for n in "abcdefgh"] == [0, 1, 2, 3, 4, 5, None, None]
    assert styles["g"].label == "7 g"
    assert len({styles[n].symbol for n in "abcdef"}) == COLOURED


def test_colours_stay_with_their_models_when_others_are_chosen():
    styles = model_styles(list("abcdefgh"), chosen=list("bcg"))
    assert styles["b"].slot == 1
    assert styles["c"].slot == 2
    assert styles["g"].slot == 0
    assert styles["a"].slot is None


def test_never_more_than_six_colours():
    styles = model_styles(list("abcdefgh"), chosen=list("abcdefgh"))
    assert sum(style.slot is not None for style in styles.values()) == COLOURED


def test_baselines_are_open_and_grey_and_what_was_observed_is_ink():
    mean = style_of("mean")
    assert mean.marker("light")["symbol"] == "circle-open"
    assert mean.colour("dark") == DARK.baseline
    assert mean.label == "mean (baseline)"
    assert style_of("observed").marker("light")["line"]["color"] == LIGHT.ink
    assert style_of("technical_duplicate").marker("dark")["line"]["color"] == DARK.ink


def test_light_fills_get_an_outline_in_light_mode_only():
    five = model_styles(list("abcdef"))["e"]
    assert five.marker("light")["line"] == {"color": "#8A5F00", "width": 1}
    assert five.marker("dark")["line"]["width"] == 0
    assert five.colour("dark") == FILLS["dark"][4]


def test_every_metric_has_words_and_a_place():
    order = in_order(reversed(list(METRICS)))
    assert set(order) == set(METRICS)
    families = [METRICS[m].family for m in order]
    assert families == sorted(families, key=families.index)
    assert all(label(m) and "nan" not in label(m) for m in METRICS)
    assert [skill(m) for m in by_skill(reversed(HEADLINE))] == list(SKILLS)
    assert why_undefined("direction_match_degs")
    assert label("unknown_metric") == "unknown metric"


def boxes(frame: Frame, x, y, texts, found):
    pixels = frame.pixels(x, y)
    for item in found:
        width = CHARACTER * len(texts[item.index])
        left = (
            pixels[item.index, 0]
            + item.x_shift
            - {"left": 0, "center": width / 2, "right": width}[item.x_anchor]
        )
        bottom = pixels[item.index, 1] + item.y_shift
        bottom -= {"bottom": 0, "middle": LINE / 2, "top": LINE}[item.y_anchor]
        yield left, bottom, left + width, bottom + LINE


@pytest.mark.parametrize("seed", range(5))
def test_names_never_collide_and_stay_inside(seed):
    rng = np.random.default_rng(seed)
    frame = Frame((0, 1), (0, 1), 300, 300)
    x, y = rng.random((2, 60))
    texts = [f"NAME{i}" for i in range(60)]
    found = place(frame, x, y, texts=texts, candidates=range(60))
    assert 0 < len(found) <= MOST_LABELS
    placed = list(boxes(frame, x, y, texts, found))
    for i, (left, bottom, right, top) in enumerate(placed):
        assert left >= 0
        assert bottom >= 0
        assert right <= 300
        assert top <= 300
        inside = (x * 300 > left) & (x * 300 < right) & (y * 300 > bottom) & (y * 300 < top)
        assert not inside.any()
        for other in placed[:i]:
            assert right <= other[0] or left >= other[2] or top <= other[1] or bottom >= other[3]


def test_the_most_important_name_comes_first_and_undefined_points_have_none():
    frame = Frame((0, 1), (0, 1))
    x = np.array([0.5, 0.5, np.nan])
    found = place(frame, x, x, texts=["A", "B", "C"], candidates=[2, 1, 0], most=1)
    assert [item.index for item in found] == [1]


def test_a_violin_ends_at_the_data_and_peaks_where_the_values_are():
    values = np.concatenate([np.full(80, 0.5) + np.linspace(-0.05, 0.05, 80), np.linspace(-1, 0, 10)])
    x, height = outline(values)
    assert x[0] == values.min()
    assert x[-1] == values.max()
    assert 0.4 < x[height.argmax()] < 0.6
    assert height.max() == 1


def test_a_violin_agrees_with_a_kernel_density_on_every_value():
    values = np.random.default_rng(0).normal(size=300)
    x, height = outline(values)
    spread = min(values.std(), np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.349)
    width = 0.9 * spread * 300**-0.2
    naive = np.exp(-0.5 * ((x[:, None] - values[None]) / width) ** 2).sum(1)
    np.testing.assert_allclose(height, naive / naive.max(), atol=0.01)


def test_equal_values_have_a_flat_outline():
    assert np.all(outline(np.full(20, 0.3))[1] == 1)


def test_root_ticks_are_true_numbers_within_the_range():
    places, words = root_ticks(-2.0, 3.0)
    values = [float(word.replace("−", "-")) for word in words]
    np.testing.assert_allclose(places, root(values))
    assert places == sorted(places)
    assert "0" in words


def test_points_become_webgl_and_then_a_density_with_a_sample():
    def drawn(n: int, **settings: object):
        x = np.linspace(0, 1, n)
        names = [f"P{i}" for i in range(n)]
        marker = {"color": "#0F6B75", "opacity": faded(names, ["P0", "P8", "P10"], opacity=0.8)}
        return cloud(x, x, names=names, marker=marker, hover="{name}", **settings)

    assert isinstance(drawn(1000).traces[0], go.Scatter)
    assert isinstance(drawn(5000).traces[0], go.Scattergl)
    assert isinstance(drawn(3000, webgl=False).traces[0], go.Scatter)
    assert not drawn(20_000).note
    dense = drawn(30_000)
    assert isinstance(dense.traces[0], go.Heatmap)
    assert (
        len(dense.traces[1].x)
        == len(dense.traces[1].marker.opacity)
        == len(dense.traces[1].customdata)
        == SAMPLE + 2
    )
    assert {"P0", "P8", "P10"} <= set(dense.traces[1].customdata)
    assert dense.note == "30,000 points as density, 4,002 of them drawn"
    assert {t.type for t in drawn(6000, webgl=False).traces} == {"heatmap", "scatter"}


def test_offsets_are_even_and_always_the_same():
    offsets = spread_evenly(1000)
    assert np.all(np.abs(offsets) <= 1)
    assert abs(offsets.mean()) < 0.01
    np.testing.assert_array_equal(offsets, spread_evenly(1000))


def test_pooled_rows_come_before_those_of_a_context():
    table = pd.DataFrame({"context": ["a", "b", "pooled"], "value": [1, 2, 3]})
    assert of_context(table, None)["value"].tolist() == [3]
    assert of_context(table, "b")["value"].tolist() == [2]
    assert of_context(table.iloc[:2], None)["value"].tolist() == [1]
    assert len(across_contexts(table.iloc[:2], None)) == 2


def test_published_means_have_their_source():
    table = published.systematic_variation()
    assert len(table) == 10
    assert table["cosine"].is_monotonic_decreasing
    assert table["doi"].eq("10.1038/s41587-025-02777-8").all()


def test_published_means_are_those_of_the_source_table(shared):
    path = shared / "data" / "published" / "systema_systematic_variation.csv"
    source = pd.read_csv(path)
    source = source[
        (source["state_of_source"] == "current") & (source["quantity"] == "mean_cosine_to_average_effect")
    ]
    own = published.systematic_variation()
    assert source["value"].tolist() == own["cosine"].tolist()
    assert source["n_perturbations"].astype(int).tolist() == own["n"].tolist()
