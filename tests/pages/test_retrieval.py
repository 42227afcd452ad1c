import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.judgement.groups import cluster, shift_tree, usual_number
from perturbdash.judgement.retrieval_distances import nearness
from perturbdash.judgement.retrieval_view import all_variants, rank_view
from perturbdash.judgement.retrieval_words import REPEAT, VARIANTS
from perturbdash.ui import files
from perturbdash.ui.library import library
from perturbdash.ui.retrieval import curves, matrix, own_groups
from perturbdash.ui.retrieval import groups as group_controls
from tests.pages.conftest import Visit, html_of, ready, wait
from tests.pages.evaluated import demo_result, visit_demo, visit_scored, write_noise
from tests.pages.screens import alts_of, choose, figures_of, record_of, result_of, write_screen

PAGE = "retrieval"
CONTEXT = "line_A"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path / "store"))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    return tmp_path


@pytest.fixture
def demo(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return visit_demo(visit, PAGE, monkeypatch)


def select(app: AppTest, label: str):
    return next(box for box in app.main.selectbox if box.label == label)


def heat(app: AppTest) -> dict:
    return next(trace for figure in figures_of(app) for trace in figure["data"] if trace["type"] == "heatmap")


def test_the_verdict_counts_first_places_and_says_what_chance_would_do(demo):
    assert not demo.exception
    view = rank_view(demo_result(), CONTEXT)
    first = {name: int(view.of(name)["first"]) for name in ("skilled", "wrong_scale", "collapsed")}
    body = html_of(demo)
    n = view.n_tested
    assert f"</span> finds its own perturbation first for {first['skilled']} of {n}; " in body
    assert f"</span> for {first['collapsed']}, as chance would." in body
    assert f"Chance: 1 of {view.n_candidates}." in body
    assert f"a repeat {view.of(REPEAT)['mean']:.2f} (truth: a half)" in body
    assert "candidates: all 44 perturbations of the context" in body


def test_the_page_has_every_figure_with_words_and_print(demo):
    said = " ".join(alts_of(demo))
    for words in (
        "own truth is the nearest of 44",
        "medians",
        "Matrix of 28 predictions and 44 truths",
        "ROC curves of",
    ):
        assert words in said
    labels = [button.proto.label for button in demo.main.get("download_button")]
    assert labels.count("CSV") == 6
    keys = {menu.proto.label for menu in demo.main.get("menu_button")}
    assert keys == {"SVG", "PNG"}


def test_a_click_picks_in_the_matrix_and_opens_elsewhere(demo):
    opens = {
        figure["layout"]["meta"]["alt"].split(" ")[0]: figure["layout"]["meta"].get("opens")
        for figure in figures_of(demo)
    }
    assert opens["Matrix"] == "picks"
    assert opens["Observed"] is True
    assert opens["Share"] is None


def test_the_table_has_every_variant_of_every_prediction_with_the_repeats_apart(demo):
    body = html_of(demo)
    table = all_variants(demo_result(), CONTEXT)
    for row in table[table["prediction"] == "skilled"].to_dict("records"):
        assert f"<b>{row['mean']:.2f}</b>" in body
    for metric in ("NIR", "PDS (L1)", "PDS (L2)", "PDS (cosine)", "truth rank"):
        assert f">{metric}</abbr>" in body
    assert len(VARIANTS) == 5
    above, below = body.split("Truth: one half of the cells", 1)
    assert "technical duplicate, truth: first half" in below
    assert "technical duplicate, truth" not in above
    assert "in NIR a tie is a loss" in body
    assert "PerturBench" in body


def test_confusions_start_with_the_worst_and_another_perturbation_can_be_chosen(demo):
    found = nearness(demo_result(), CONTEXT, "skilled")
    worst = found.worst()
    assert f"For what is {worst} taken?" in html_of(demo)
    assert "perturbation" not in demo.query_params
    other = next(name for name in found.rows if name != worst)
    select(demo, "Perturbation").set_value(other).run()
    assert demo.query_params["perturbation"] == other
    assert f"For what is {other} taken?" in html_of(demo)
    stems = next(alt for alt in alts_of(demo) if "nearest to the predictions of" in alt)
    rank = int(found.own_rank[found.rows.index(other)])
    assert (
        f"skilled: nearest {found.columns[found.first[found.rows.index(other)]]}, own truth at rank {rank}"
        in stems
    )
    assert "collapsed: nearest" in stems


def test_distance_and_model_change_ranks_and_matrix_and_stand_in_the_address(demo):
    select(demo, "Distance").set_value("pds_cosine").run()
    assert demo.query_params["distance"] == "pds_cosine"
    view = rank_view(demo_result(), CONTEXT, "pds_cosine")
    assert "PDS (cosine), mean over perturbations: " in html_of(demo)
    assert f"the {demo_targets()} target genes of all perturbations left out" in html_of(demo)
    assert f"first for {int(view.of('skilled')['first'])} of" in html_of(demo)
    select(demo, "Model of the matrix").set_value("collapsed").run()
    assert demo.query_params["matrix"] == "collapsed"
    assert "Which truths does collapsed come near to?" in html_of(demo)
    assert "For what is " in html_of(demo)
    select(demo, "Distance").set_value("nir").run()
    assert "distance" not in demo.query_params
    choose(demo, "Colour", "distance")
    assert heat(demo)["zmax"] < 44
    assert not demo.exception


def demo_targets() -> int:
    result = demo_result()
    case = result.cases[CONTEXT]
    return int(case.target_mask(case.stats.perturbations).any(0).sum())


def test_a_repeat_can_be_looked_at_as_a_model_would(demo):
    select(demo, "Model of the matrix").set_value(REPEAT).run()
    assert not demo.exception
    body = html_of(demo)
    assert "Which truths does a repeat come near to?" in body
    assert "truth: the first half, prediction: the second" in body


def test_a_link_opens_the_same_view_and_unknown_values_are_said(visit: Visit, monkeypatch):
    app = visit_demo(
        visit, PAGE, monkeypatch, distance="pds_l1", matrix="collapsed", clusters="3", context="line_B"
    )
    body = html_of(app)
    assert "city-block distance" in body
    assert "Which truths does collapsed come near to?" in body
    assert select(app, "Number of clusters").value == "3"
    assert "context line_B" in body
    bad = ready(visit(PAGE, dataset="demo", distance="<b>", matrix="nobody", perturbation="NOBODY"))
    body = html_of(bad)
    assert not bad.exception
    assert "&lt;b&gt;" in body
    assert "“nobody”, which is not here" in body
    assert "NOBODY is not among what skilled has a rank for here" in body
    assert not {"distance", "matrix", "perturbation"} & set(bad.query_params)


def test_a_long_value_of_a_link_is_cut(visit: Visit, monkeypatch):
    visit_demo(visit, PAGE, monkeypatch)
    body = html_of(ready(visit(PAGE, dataset="demo", matrix="m" * 500, perturbation="p" * 500)))
    assert f"“{'m' * 59}…”, which is not here" in body
    assert f"{'p' * 59}… is not among what skilled has a rank for here" in body
    assert "m" * 60 not in body
    assert "p" * 60 not in body


def test_what_falls_away_by_the_readers_own_click_goes_without_a_word(demo, monkeypatch):
    select(demo, "Model of the matrix").set_value("collapsed").run()
    pills = next(group for group in demo.sidebar.get("button_group") if "collapsed" in str(group.options))
    pills.set_value(["skilled", "wrong_scale"]).run()
    assert not demo.exception
    body = html_of(demo)
    assert "Which truths does skilled come near to?" in body
    assert "The link asks for" not in body
    assert "matrix" not in demo.query_params


def test_of_a_link_to_a_hidden_model_it_is_said(visit: Visit, monkeypatch):
    visit_demo(visit, PAGE, monkeypatch)
    app = ready(visit(PAGE, dataset="demo", matrix="collapsed", models=["skilled", "wrong_scale"]))
    assert (
        "The link asks for the model of the matrix “collapsed”, which is not here; showing “skilled”"
        in html_of(app)
    )


def test_a_selection_fades_rows_and_counts_only_its_own(visit: Visit, monkeypatch):
    names = list(nearness(demo_result(), CONTEXT, "skilled").rows[:3])
    app = visit_demo(visit, PAGE, monkeypatch, selection=names)
    maps = [trace for figure in figures_of(app) for trace in figure["data"] if trace["type"] == "heatmap"]
    assert [trace["opacity"] for trace in maps] == [1.0, 0.15]
    assert "the 3 selected perturbations" in html_of(app)
    assert select(app, "Perturbation").options[:3] != select(app, "Perturbation").options[3:6]
    assert {option.split(" · ")[0] for option in select(app, "Perturbation").options[:3]} == set(names)


def test_clusters_are_cut_where_the_reader_says(demo):
    tree = shift_tree(demo_result(), CONTEXT)
    assert select(demo, "Number of clusters").value == str(usual_number(44))
    select(demo, "Number of clusters").set_value("2").run()
    assert demo.query_params["clusters"] == "2"
    largest = max(cluster(tree, 2).members.items(), key=lambda item: len(item[1]))
    assert any(f"ROC curves of {largest[0]};" in alt for alt in alts_of(demo))


def paste(app: AppTest, text: str) -> AppTest:
    next(area for area in app.text_area if area.label == "Or paste it").set_value(text)
    next(button for button in app.button if button.label == "Use this table").click()
    return app.run()


def test_a_pasted_table_makes_the_groups_and_what_is_not_found_is_said(demo):
    rows = nearness(demo_result(), CONTEXT, "skilled").rows
    text = "perturbation,group\n" + "\n".join(
        f"{p},{'a<b' if i % 2 else 'other'}" for i, p in enumerate(rows[:12])
    )
    paste(demo, f"{text}\nNOBODY,other")
    assert not demo.exception
    body = html_of(demo)
    assert "12 perturbations in 2 groups found; 1 label was not found. Not found: NOBODY." in body
    assert [alt.split(";")[0] for alt in alts_of(demo) if alt.startswith("ROC")] == [
        "ROC curves of other",
        "ROC curves of a<b",
    ]
    assert "Groups: the table that was loaded." in body
    assert "Order: groups of the table, within them average linkage" in body
    assert "a&lt;b" in json.dumps(figures_of(demo), ensure_ascii=False)
    assert "The table lasts for this visit; a copied link does not bring it." in body
    assert demo.query_params["groups"] == "table"
    choose(demo, "Groups of perturbations", "clusters")
    assert "Groups: clusters of observed shifts." in html_of(demo)
    choose(demo, "Groups of perturbations", "table")
    assert "12 perturbations in 2 groups found" in html_of(demo)


def test_a_table_that_is_none_is_refused_and_the_groups_stay(demo):
    paste(demo, "one\ntwo")
    assert "the row “one” with one column; expected two columns" in html_of(demo)
    assert "Groups: clusters of observed shifts." in html_of(demo)
    select(demo, "Number of clusters").set_value("4").run()
    assert "the row “one” with one column" in html_of(demo), "the groups come from where they came from"


@pytest.mark.parametrize("way", ["another source", "the page left", "a table that is one"])
def test_why_a_table_was_refused_goes_away(demo, way):
    paste(demo, "one\ntwo")
    if way == "another source":
        choose(demo, "Groups of perturbations", "table")
        assert "No table of groups is loaded" in html_of(demo)
        choose(demo, "Groups of perturbations", "clusters")
    elif way == "the page left":
        demo.switch_page("pages/methods.py").run()
        demo.switch_page("pages/retrieval.py").run()
    else:
        paste(demo, "perturbation,group\nNOBODY,x")
    assert not demo.exception
    assert "Which truths does skilled come near to?" in html_of(demo)
    assert "with one column" not in html_of(demo)


def test_a_refusal_is_that_of_its_data_set_and_one_table_is_kept(demo):
    paste(demo, "one\ntwo")
    demo.session_state[own_groups.PROBLEM] = ("elsewhere", None, "Not this one.")
    demo.run()
    assert "Not this one." not in html_of(demo)
    assert own_groups.PROBLEM not in demo.session_state
    paste(demo, "perturbation,group\nNOBODY,x")
    paste(demo, "perturbation,group\nNOBODY,x\nNEITHER,x")
    key, kept = demo.session_state[own_groups.KEPT]
    assert (key, kept.missing) == ("demo", ("NOBODY", "NEITHER"))
    demo.session_state[own_groups.KEPT] = ("elsewhere", kept)
    demo.run()
    assert "No table of groups is loaded in this visit for this data set" in html_of(demo)


def test_a_file_is_read_as_text_and_what_cannot_be_is_said(demo, monkeypatch):
    said: dict = {}
    monkeypatch.setattr(own_groups.st, "session_state", said)
    monkeypatch.setattr(own_groups.st, "query_params", {})
    taken: list[str] = []
    monkeypatch.setattr(own_groups, "_take", lambda _key, _data, text: taken.append(text))

    class File:
        content = b""

        def getvalue(self) -> bytes:
            return self.content

    said[own_groups.FILE] = file = File()
    file.content = "\ufeffA,g\n".encode()
    own_groups._take_file("demo", None)  # type: ignore[arg-type]
    assert taken == ["A,g\n"]
    file.content = "A,\xe4".encode("latin-1")
    own_groups._take_file("demo", None)  # type: ignore[arg-type]
    assert "not text in UTF-8" in said[own_groups.PROBLEM][2]
    file.content = b"A,g\n" * 2 * 2**20
    own_groups._take_file("demo", None)  # type: ignore[arg-type]
    assert "8.0 MB; expected at most 5 MB. Keep two columns" in said[own_groups.PROBLEM][2]
    assert len(taken) == 1
    said[own_groups.FILE] = None
    own_groups._take_file("demo", None)  # type: ignore[arg-type]
    assert own_groups.PROBLEM not in said


def test_the_browser_refuses_files_of_more_than_five_megabytes(demo):
    (uploader,) = [one for one in demo.main.get("file_uploader") if one.proto.label == "A table of groups"]
    assert uploader.proto.max_upload_size_mb == own_groups.MOST_MB == 5


def test_a_link_to_a_table_that_is_not_loaded_says_so(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch, groups="table")
    assert not app.exception
    assert (
        "No table of groups is loaded in this visit for this data set, and a link does not bring one"
        in html_of(app)
    )
    assert "Load a table of groups or lower the number of clusters." in html_of(app)


def test_all_contexts_together_becomes_one_with_a_word(visit: Visit, monkeypatch):
    app = visit_demo(visit, PAGE, monkeypatch, context="pooled")
    assert not app.exception
    assert "so this page shows one: line_A" in html_of(app)


def record_starts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the work that pages start from now on."""
    jobs, started = library().extra_jobs, []
    start = jobs.start
    monkeypatch.setattr(
        jobs, "start", lambda key, work: (started.append(key.split(":")[0]), start(key, work))[1]
    )
    return started


def test_large_data_are_measured_in_the_background_and_then_drawn(visit: Visit, monkeypatch):
    monkeypatch.setattr(matrix, "QUICK", 0)
    monkeypatch.setattr(group_controls, "QUICK", 0)
    monkeypatch.setattr(curves, "QUICK", 0)
    started = record_starts(monkeypatch)
    app = visit_demo(visit, PAGE, monkeypatch)
    for _ in range(3):
        app = wait(app)
    assert not app.exception
    assert sorted(started) == ["group-roc", "nearness", "tree"]
    assert any(alt.startswith("ROC curves of") for alt in alts_of(app))
    assert "Which truths does skilled come near to?" in html_of(app)
    assert np.shape(figures_of(app))


def test_without_predictions_the_page_shows_what_a_repeat_gives(visit: Visit, root):
    write_noise(root / "noise.h5ad", 6)
    app = visit_scored(visit, PAGE, "noise.h5ad")
    assert not app.exception
    body = html_of(app)
    assert "A repeated experiment finds its own perturbation first for" in body
    assert "No prediction is loaded: this is what a repeated experiment gives." in body
    assert "Which truths does a repeat come near to?" in body
    assert not [alt for alt in alts_of(app) if alt.startswith("ROC")]


def test_one_perturbation_has_nothing_to_be_told_from(visit: Visit, root):
    write_noise(root / "noise.h5ad", 1)
    app = visit_scored(visit, PAGE, "noise.h5ad")
    assert not app.exception
    assert "One perturbation: nothing to tell apart." in html_of(app)
    assert not app.get("plotly_chart")


def test_eight_models_have_their_curves_and_a_second_one_can_be_chosen(visit: Visit, root):
    write_screen(root)
    app = wait(visit(PAGE, dataset=record_of(8)))
    assert not app.exception
    view = rank_view(result_of(app), "all")
    assert "2 more below" not in html_of(app)
    assert "4 more below" in html_of(app)
    assert len(view.summary[view.summary["kind"] == "model"]) == 8
    select(app, "Beside it").set_value("m5").run()
    assert any("m5: nearest" in alt for alt in alts_of(app))
    assert app.query_params["beside"] == "m5"


def test_two_perturbations_of_too_few_cells_have_no_rank(visit: Visit, root):
    write_noise(root / "noise.h5ad", 2, n_cells=3)
    app = visit_scored(visit, PAGE, "noise.h5ad")
    assert not app.exception
    assert "No rank is defined here" in html_of(app)
