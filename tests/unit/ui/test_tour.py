"""The stops of the tour follow from tables by rule."""

import numpy as np
import pandas as pd
import pytest

from perturbdash.figures.numbers import number
from perturbdash.judgement.exemplar import Gain, best_model, gene_gains, largest_gain, largest_gene
from perturbdash.judgement.sentences_tour import calibration_stop, gene_stop, perturbation_stop, verdict_stop
from perturbdash.ui.menu import PAGES
from perturbdash.ui.tour.stops import N_STOPS, stops
from tests.pages.evaluated import demo_result


def errors(values: dict[tuple[str, str, str], float], metric: str = "wmse") -> pd.DataFrame:
    rows = [
        {
            "context": context,
            "prediction": prediction,
            "perturbation": perturbation,
            "metric": metric,
            "truth": "all_cells",
            "value": value,
        }
        for (context, perturbation, prediction), value in values.items()
    ]
    return pd.DataFrame(rows)


TABLE = {
    ("a", "P", "mean"): 1.0,
    ("a", "P", "m"): 0.7,
    ("b", "P", "mean"): 1.0,
    ("b", "P", "m"): 0.2,
    ("b", "Q", "mean"): 9.0,
    ("b", "Q", "m"): np.nan,
    ("b", "R", "m"): 0.0,
}


def test_the_perturbation_is_the_one_with_the_largest_gain_in_any_context():
    assert largest_gain(errors(TABLE), "m") == Gain("m", "b", "P", 0.2, 1.0, 2)


def test_other_metrics_and_truths_do_not_count():
    other = errors({("a", "P", "mean"): 9.0, ("a", "P", "m"): 0.0}, metric="mse")
    half = errors({("a", "P", "mean"): 9.0, ("a", "P", "m"): 0.0}).assign(truth="first_half")
    assert largest_gain(pd.concat([errors(TABLE), other, half]), "m") == largest_gain(errors(TABLE), "m")


@pytest.mark.parametrize("model", [1.0, 2.0, np.nan])
def test_a_model_that_gains_nowhere_has_no_such_perturbation(model):
    assert largest_gain(errors({("a", "P", "mean"): 1.0, ("a", "P", "m"): model}), "m") is None


def gains(**columns: list[object]) -> pd.DataFrame:
    base = {"gene": ["A", "B", "C"], "observed": 1.0, "predicted": 0.5, "mean": 0.0, "weight": 1 / 3}
    return pd.DataFrame({**base, **columns})


def test_the_gene_has_the_largest_part_of_the_gain_and_is_not_targeted_where_another_gains():
    found = largest_gene(gains(gain=[0.5, 0.3, 0.2], target=[True, False, False]))
    assert (found.gene, found.share, found.targeted) == ("B", 0.3, False)
    alone = largest_gene(gains(gain=[0.5, -0.1, np.nan], target=[True, False, False]))
    assert (alone.gene, alone.targeted) == ("A", True)
    assert alone.share == pytest.approx(1.25)
    assert largest_gene(gains(gain=[-0.5, -0.3, 0.0], target=[False] * 3)) is None


def test_the_gains_of_genes_add_up_to_the_gain_that_the_table_of_metrics_gives():
    result = demo_result()
    gain = largest_gain(result.metrics, best_model(result.verdict))
    table = gene_gains(result, gain)
    assert table["gain"].sum() == pytest.approx(gain.mean_error - gain.model_error, rel=1e-9)
    assert table["weight"].sum() == pytest.approx(1)
    metrics = result.metrics
    own = metrics[
        (metrics["context"] == gain.context)
        & (metrics["perturbation"] == gain.perturbation)
        & (metrics["metric"] == "wmse")
        & (metrics["truth"] == "all_cells")
    ].set_index("prediction")["value"]
    assert (own[gain.model], own["mean"]) == (gain.model_error, gain.mean_error)


def test_the_demo_has_five_stops_on_its_pages_and_their_numbers_are_those_of_its_tables():
    result = demo_result()
    found = stops(result)
    assert len(found) == N_STOPS
    assert [stop.page for stop in found][:4] == [
        "scorecard",
        "calibration",
        "systematic_variation",
        "perturbation",
    ]
    assert {stop.page for stop in found} <= set(PAGES)
    gain = largest_gain(result.metrics, best_model(result.verdict))
    gene = largest_gene(gene_gains(result, gain))
    where = {"dataset": "demo", "context": gain.context, "perturbation": gain.perturbation}
    assert found[3].parameters == where
    assert found[4].parameters == {**where, "gene": gene.gene}
    for value in (gain.model_error, gain.mean_error):
        assert number(value) in found[3].text
    for value in (gene.observed, gene.predicted, gene.mean):
        assert number(abs(value)) in found[4].text
    rows = result.systematic_variation
    own = rows[(rows["context"] == gain.context) & (rows["reference"] == "control")]
    assert number(own["cosine"].mean()) in found[2].text
    informative = [gate for (context, _), gate in result.gates.items() if context == "pooled"]
    assert f"{informative.count('informative')} of {len(informative)} can" in calibration_stop(result)


def test_stops_change_with_the_verdict():
    from types import SimpleNamespace

    result = demo_result()
    verdict = result.verdict.copy()
    assert "skilled beats every baseline on 4 of the 4 headline metrics" in verdict_stop(result)
    lost = SimpleNamespace(
        verdict=verdict.assign(outcome="no_difference"), contexts=result.contexts, gates=result.gates
    )
    assert "beats every baseline on none of the 4 headline metrics" in verdict_stop(lost)
    shut = SimpleNamespace(verdict=verdict.assign(gate="weak"), contexts=result.contexts)
    assert "nothing is said about the models" in verdict_stop(shut)


def test_without_a_gain_the_tour_ends_before_the_perturbation():
    from types import SimpleNamespace

    result = demo_result()
    metrics = result.metrics
    blind = SimpleNamespace(
        verdict=result.verdict,
        metrics=metrics.assign(value=metrics["value"].where(metrics["kind"] != "model")),
        metric_summary=result.metric_summary,
        systematic_variation=result.systematic_variation,
        contexts=result.contexts,
        gates=result.gates,
    )
    assert [stop.page for stop in stops(blind)] == ["scorecard", "calibration", "systematic_variation"]


def test_the_sentences_say_what_is_so():
    from types import SimpleNamespace

    from perturbdash.judgement.exemplar import GeneGain

    gain = Gain("m", "all", "P", 0.2, 1.0, 1)
    one = SimpleNamespace(contexts=("all",))
    assert perturbation_stop(one, gain).startswith("Of 1 perturbation that was tested, P is")
    several = perturbation_stop(SimpleNamespace(contexts=("a", "all")), Gain("m", "all", "P", 0.2, 1.0, 56))
    assert "56 pairs of perturbation and context that were tested, P in all is" in several
    text = gene_stop(gain, GeneGain("G", -1.0, -0.5, 0.001, 1.3, True))
    assert text.startswith("The whole gain and more comes from one gene, G, which the perturbation targets")
    assert "−1.00 log1p units, m predicts −0.50, the average 0.00" in text
