import threading

import pytest
from streamlit.testing.v1 import AppTest

from perturbdash.errors import PredictionError
from perturbdash.ui.library import library
from perturbdash.ui.menu import PAGES
from perturbdash.ui.records import Record, Source
from tests.pages.conftest import Fake, Visit, html_of, wait
from tests.pages.screens import write_screen

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


@pytest.mark.parametrize("name", [name for name in DATA_PAGES if PAGES[name].needs_data])
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
    assert "models" not in app.query_params
    pills.unselect("sharp").run()
    assert app.query_params["models"] == "collapsed"
    assert "sharp" not in html_of(app)
    app.sidebar.get("button_group")[0].unselect("collapsed").run()
    assert "models" not in app.query_params
    assert app.sidebar.get("button_group")[0].value == ["sharp", "collapsed"]


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
    assert "reference" not in app.query_params
    assert app.get("button_group")[0].value == "control"
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


def test_a_page_writes_no_default_into_its_address(shell: Visit, fake: Fake, root):
    fake.contexts = ("K562", "RPE1")
    for page in PAGES:
        app = wait(shell(page, dataset="two.h5ad"))
        assert list(app.query_params) == ["dataset"]


def test_each_change_of_the_address_is_one_message_and_what_is_not_ours_stays(monkeypatch):
    app = AppTest.from_function(_page_that_changes_its_address, default_timeout=30)
    app.query_params["dataset"] = "old"
    app.query_params["gene"] = "G1"
    app.query_params["theirs"] = ["1", "2"]
    app.run()
    assert app.session_state["messages"] == 1
    assert dict(app.query_params) == {"dataset": "new", "selection": ["a", "b"], "theirs": ["1", "2"]}


def _page_that_changes_its_address() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from perturbdash.ui import address

    context = get_script_run_ctx()
    sent = []
    enqueue = context.enqueue
    context.enqueue = lambda message: (sent.append(message), enqueue(message))
    address.write(address.Address(dataset="new", selection=("a", "b")))
    address.write(address.read())
    st.session_state["messages"] = sum(message.HasField("page_info_changed") for message in sent)
    context.enqueue = enqueue


def test_a_broken_prediction_is_left_out_and_every_page_says_so(shell: Visit, root, monkeypatch):
    write_screen(root)
    (root / "bad.csv").write_text("nothing")
    monkeypatch.setenv("PERTURBDASH_DATA_ROOT", str(root))
    sources = {"m0": "m0.csv", "bad": "bad.csv", "gone": "gone.csv", "mean": "m1.csv"}
    record = Record(
        Source("root", "screen.h5ad"),
        predictions=tuple((name, Source("root", file)) for name, file in sources.items()),
        settings=(("n_resamples", 50),),
    )
    app = wait(shell("scorecard", dataset=library().address(record)))
    body = html_of(app)
    assert not app.exception
    assert library().result(record).models == ("m0",)
    assert "<b>bad</b> is left out." in body
    assert "<b>gone</b> is left out. There is no gone.csv below the data folder" in body
    assert "<b>mean</b> is left out. “mean” is the name of a row of perturbdash&#x27;s own" in body
    assert "<b>m0</b> is left out" not in body
    assert "is left out" in html_of(shell("calibration", dataset=library().address(record)))


def test_where_no_prediction_can_be_used_the_data_set_is_still_calibrated(shell: Visit, root):
    write_screen(root)
    (root / "bad.csv").write_text("nothing")
    record = Record(
        Source("root", "screen.h5ad"),
        predictions=(("bad", Source("root", "bad.csv")),),
        settings=(("n_resamples", 50),),
    )
    app = wait(shell("calibration", dataset=library().address(record)))
    assert library().result(record).models == ()
    assert "<b>bad</b> is left out." in html_of(app)
    assert "This could not be scored" not in html_of(app)


def changed_setting() -> str:
    return library().address(Record(Source("root", "two.h5ad"), settings=(("seed", 5),)))


def test_a_link_opens_the_same_view_after_a_restart(shell: Visit, fake: Fake, root):
    address = changed_setting()
    library.clear()
    app = wait(shell("scorecard", dataset=address))
    assert app.selectbox(key="pd-dataset").value == address
    assert fake.evaluated[0]["seed"] == 5
    assert "store" not in fake.evaluated[0]


def test_a_file_that_changed_since_is_named_once_and_computed_anew(shell: Visit, fake: Fake, root):
    address = two_models()
    assert "was changed" not in html_of(wait(shell("scorecard", dataset=address)))
    (root / "mine.csv").write_bytes(b"another prediction")
    app = shell("scorecard", dataset=address)
    assert html_of(app).count("mine.csv was changed after this link was made") == 1
    wait(app)
    assert len(fake.evaluated) == 2
    assert "was changed" not in html_of(app.run())


def test_a_file_that_is_gone_is_one_sentence(shell: Visit, fake: Fake, root):
    address = changed_setting()
    (root / "two.h5ad").unlink()
    app = shell("scorecard", dataset=address)
    assert not app.exception
    assert "There is no two.h5ad below the data folder" in html_of(app)
    assert "Go to Start" in [element.proto.label for element in app.main.get("page_link")]


def test_without_a_store_a_link_ends_with_the_server_and_nothing_is_kept(
    shell, fake: Fake, root, monkeypatch
):
    monkeypatch.setenv("PERTURBDASH_NO_STORE", "1")
    app = wait(shell("scorecard", dataset=changed_setting()))
    assert fake.evaluated[0]["store"] is False
    assert not library().lasting
    assert "ends when the server stops" in copy_link_data(app)
    assert "ends when the server stops" not in copy_link_data(shell("scorecard", dataset="two.h5ad"))


def test_with_a_store_copy_link_promises_no_end(shell: Visit, fake: Fake, root):
    app = wait(shell("scorecard", dataset=changed_setting()))
    assert "cannot open it" in copy_link_data(app)
    assert "ends when the server stops" not in copy_link_data(app)


def copy_link_data(app: AppTest) -> str:
    """Return what the page tells the button that copies its link."""
    found = [
        el.proto for el in app.main.get("bidi_component") if el.proto.component_name.endswith("copy_link")
    ]
    assert len(found) == 1
    return str(found[0].json)


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
