import threading

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.errors import PredictionError
from perturbdash.ui.library import library
from perturbdash.ui.menu import PAGES
from perturbdash.ui.records import Record, Source
from tests.pages.conftest import Fake, Visit, html_of, wait

DATA_PAGES = [name for name in PAGES if name != "start"]


def links(app: AppTest) -> dict[str, str]:
    return {element.proto.label: element.proto.query_string for element in app.sidebar.get("page_link")}


@pytest.mark.parametrize("name", list(PAGES))
def test_every_page_opens_cold_with_one_h1_its_name_and_the_whole_menu(name: str, visit: Visit):
    app = visit(name)
    assert not app.exception
    assert html_of(app).count("<h1") == 1
    assert f">{PAGES[name].title}</h1>" in html_of(app)
    assert list(links(app)) == [page.title for page in PAGES.values()]


@pytest.mark.parametrize("name", DATA_PAGES)
def test_a_page_without_data_says_so_and_offers_the_next_step(name: str, visit: Visit):
    app = visit(name)
    assert "No data set is loaded" in html_of(app)
    assert "Load data on Start" in [element.proto.label for element in app.main.get("page_link")]
    assert not app.selectbox
    assert not app.sidebar.get("button_group")


@pytest.mark.parametrize("name", DATA_PAGES)
def test_a_deep_link_as_first_request_has_the_sidebar_and_the_result(name, shell, fake: Fake, root):
    fake.contexts = ("K562", "RPE1")
    app = wait(shell(name, dataset="screens/one.h5ad", context="RPE1"))
    assert not app.exception
    assert app.selectbox(key="pd-dataset").value == "screens/one.h5ad"
    assert app.selectbox(key="pd-context").value == "RPE1"
    assert "2 of 1,234" in html_of(app)
    assert "1 of 3" in html_of(app)
    assert "This could not be scored" not in html_of(app)
    assert len(fake.evaluated) == 1


def test_pages_that_pool_contexts_start_with_all_together(shell: Visit, fake: Fake, root):
    fake.contexts = ("K562", "RPE1")
    assert wait(shell("scorecard", dataset="two.h5ad")).selectbox(key="pd-context").value == "pooled"
    app = wait(shell("perturbation", dataset="two.h5ad", context="pooled"))
    assert app.selectbox(key="pd-context").value == "K562"
    assert app.query_params["context"] == "pooled"
    assert "The link asks" not in html_of(app)


def test_menu_links_carry_the_view(shell: Visit, fake: Fake, root):
    app = wait(shell("scorecard", dataset="two.h5ad", reference="centroid"))
    assert all("dataset=two.h5ad" in query for query in links(app).values())
    assert all("reference=centroid" in query for query in links(app).values())


def test_unknown_values_fall_back_with_a_notice_that_is_escaped(shell: Visit, fake: Fake, root):
    app = shell("scorecard", dataset="two.h5ad", context="<b>Mars</b>")
    assert "“&lt;b&gt;Mars&lt;/b&gt;”, which is not here" in html_of(app)
    assert "context" not in app.query_params
    assert "Mars" not in html_of(app.run())


def two_models() -> str:
    predictions = tuple((name, Source("root", "mine.csv")) for name in ("sharp", "collapsed"))
    return library().address(Record(Source("root", "two.h5ad"), predictions=predictions))


def test_models_are_pills_in_order_of_loading_bound_to_the_address(shell: Visit, fake: Fake, root):
    app = wait(shell("scorecard", dataset=two_models()))
    pills = app.sidebar.get("button_group")[0]
    assert [option.content for option in pills.proto.options] == [":blue[●] sharp", ":orange[◆] collapsed"]
    assert app.query_params["models"] == ["sharp", "collapsed"]
    pills.unselect("sharp").run()
    assert app.query_params["models"] == "collapsed"
    assert "sharp" not in html_of(app)
    app.sidebar.get("button_group")[0].unselect("collapsed").run()
    assert app.query_params["models"] == ["sharp", "collapsed"]


def test_a_link_chooses_models_and_names_those_that_are_not_there(shell: Visit, fake: Fake, root):
    app = shell("scorecard", dataset=two_models(), models=["collapsed", "gone"])
    assert app.query_params["models"] == "collapsed"
    assert "“gone”, which is not among the predictions" in html_of(app)


def test_a_name_from_a_file_never_becomes_markup(shell: Visit, fake: Fake, root):
    (root / "<img src=x>.h5ad").write_bytes(b"")
    predictions = (("<script>x", Source("root", "mine.csv")),)
    key = library().address(Record(Source("root", "<img src=x>.h5ad"), predictions=predictions))
    app = wait(shell("scorecard", dataset=key))
    assert "&lt;img src=x&gt;" in html_of(app)
    assert "<img" not in html_of(app)
    assert "<script" not in html_of(app)


@pytest.mark.parametrize("path", ["../secret.h5ad", "/etc/passwd", "screens/../../x.h5ad", "gone.h5ad"])
def test_paths_that_lead_elsewhere_are_refused_in_a_sentence(path: str, shell: Visit, fake: Fake, root):
    app = shell("scorecard", dataset=path)
    assert not app.exception
    assert "This data set cannot be used as it is" in html_of(app)
    assert not fake.evaluated


def test_an_upload_that_the_server_no_longer_knows_is_asked_for_again(shell: Visit, fake: Fake):
    app = shell("start", dataset="0123456789abcdef01234567")
    assert "Load the file again" in html_of(app)
    assert app.get("file_uploader")


def test_a_failure_is_a_sentence_and_nothing_loaded_is_lost(shell: Visit, fake: Fake, root):
    fake.error = PredictionError("mine.csv lacks 3 genes; give all, or score the shared ones.")
    app = wait(shell("calibration", dataset="two.h5ad"))
    assert "mine.csv lacks 3 genes" in html_of(app)
    assert app.selectbox(key="pd-dataset").value == "two.h5ad"
    fake.error = None
    app.button(key="pd-again").click().run()
    assert "lacks 3 genes" not in html_of(wait(app))
    assert len(fake.evaluated) == 2


def test_what_was_not_foreseen_is_one_sentence_and_the_log_has_the_rest(shell, fake: Fake, root, caplog):
    fake.error = KeyError("secret detail")
    app = wait(shell("calibration", dataset="two.h5ad"))
    assert "did not foresee" in html_of(app)
    assert "secret detail" not in html_of(app)
    assert not app.exception
    assert "secret detail" in caplog.text


def test_visitors_share_the_work_and_cancel_stops_it(shell: Visit, fake: Fake, root):
    fake.held = threading.Event()
    first, second = shell("scorecard", dataset="two.h5ad"), shell("scorecard", dataset="two.h5ad")
    assert len(fake.evaluated) == 1
    assert second.button(key="pd-cancel")
    first.button(key="pd-cancel").click().run()
    assert "Stopped" in html_of(wait(first))
    fake.held.set()
    first.button(key="pd-again").click().run()
    assert "Stopped" not in html_of(wait(first))
    assert len(fake.evaluated) == 2


def test_the_reference_follows_the_reader_from_page_to_page(shell: Visit, fake: Fake, root):
    app = AppTest.from_function(_page_with_reference, default_timeout=30)
    app.query_params["reference"] = "moon"
    app.run()
    assert "“moon”" in html_of(app)
    assert app.query_params["reference"] == "control"
    app.get("button_group")[0].set_value("centroid").run()
    assert app.query_params["reference"] == "centroid"


def _page_with_reference() -> None:
    from perturbdash.ui import controls

    controls.reference()


def test_a_frame_holds_question_csv_help_figure_and_caption():
    app = AppTest.from_function(_page_with_frame, default_timeout=30).run()
    assert not app.exception
    body = html_of(app)
    assert "<h2" in body
    assert "How &lt;many&gt;?" in body
    assert "<b>Bars.</b> A &amp; B" in body
    assert app.get("download_button")[0].proto.label == "CSV"
    assert app.get("plotly_chart")
    assert '<th scope="col" class="pd-num"><abbr title="Its mean.">mean</abbr></th>' in body
    assert "–" in body


def _page_with_frame() -> None:
    import pandas as pd
    import plotly.graph_objects as go

    from perturbdash.ui.blocks import Column, Row, table
    from perturbdash.ui.frame import frame, plot

    data = pd.DataFrame({"x": [1.0, None]})
    with frame(
        "How <many>?", "n = 2", key="f", how_to_read="Read it.", table=data, caption=("Bars", "A & B")
    ):
        plot(go.Figure(go.Bar(x=[1])), key="f", alt="One bar.")
    table(
        [Column("name", "Who.", numeric=False), Column("mean", "Its mean.")], [Row(["a", None])], caption="c"
    )


def test_a_bad_file_leaves_the_page_usable(shell: Visit, fake: Fake, root):
    app = shell("scorecard", dataset="broken.h5ad")
    assert "No column says what was done to a cell" in html_of(app)
    assert list(links(app))


def test_widgets_keep_showing_what_the_address_says_when_the_page_changes(shell: Visit, fake: Fake, root):
    fake.contexts = ("K562", "RPE1")
    app = wait(shell("scorecard", dataset=two_models(), models="collapsed", context="RPE1"))
    app.switch_page("pages/calibration.py").run()
    assert app.sidebar.get("button_group")[0].value == ["collapsed"]
    assert app.selectbox(key="pd-context").value == "RPE1"
    assert app.query_params["context"] == "RPE1"
