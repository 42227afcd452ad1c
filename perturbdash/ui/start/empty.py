"""The start page before anything is loaded: the question, the demo, and three ways to one's own data."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from perturbdash.errors import PerturbdashError
from perturbdash.ui import address, demo, files, tour
from perturbdash.ui.blocks import heading, note
from perturbdash.ui.library import library
from perturbdash.ui.markup import Html, html, join, markdown
from perturbdash.ui.menu import PAGES
from perturbdash.ui.numbers import number_word
from perturbdash.ui.records import DEMO, Record
from perturbdash.ui.session import reopen
from perturbdash.ui.uploads import room_gb
from perturbdash.ui.waiting import demo_available

PATH, UPLOAD, TURN = "pd-path", "pd-upload", "pd-upload-turn"
DEMO_PAGES = ("scorecard", "calibration", "systematic_variation")


def draw(*, headline: bool = True) -> None:
    """Draw the page; without a headline where it has one already."""
    if headline:
        st.html('<h1 class="pd-aside">Start</h1>')
    left, right = st.columns([1.38, 1], gap="large")
    with left:
        _question()
    with right:
        st.html(_answers())
    heading(
        "Or bring your own data",
        ".h5ad or .zarr, counts or log1p, or a store of moments. Nothing leaves the machine that runs perturbdash.",
    )
    server, upload = st.columns(2, gap="medium")
    with server, st.container(border=True, height="stretch"):
        _server_card()
    with upload, st.container(border=True, height="stretch"):
        _upload_card()


def _question() -> None:
    st.html(
        '<p class="pd-hero" role="heading" aria-level="2">Has the model learnt anything<br>'
        "that the average does not know?</p>"
        '<p class="pd-lead">Load a Perturb-seq data set and the predictions of one or more models. '
        "perturbdash says which metrics can tell anything on this data, whether a model beats every baseline "
        "on them, and on which genes it fails.</p>"
    )
    if not demo_available():
        note("The demo is not installed; load your own data below.")
        return
    with st.container(horizontal=True, key="pd-demo", gap="small"):
        if st.button("Open the demo", type="primary", icon=":material/play_arrow:", key="pd-open-demo"):
            open_demo()
        tour.button()
    st.html(
        html(
            '<p class="pd-sub">Simulated cells with a known truth and the predictions of {n} models: '
            "one that learnt something, and others that did not.</p>",
            n=number_word(len(demo.record().predictions)),
        )
    )


def open_demo() -> NoReturn:
    """Open the demo on the Scorecard, which scores it."""
    reopen()
    st.switch_page(PAGES["scorecard"].file, query_params={"dataset": DEMO})


def _answers() -> Html:
    """Return what the demo answers: numbers where they are computed, else the questions alone."""
    numbers = _demo_numbers()
    rows = join(
        html(
            "<div><dt>{title}</dt><dd>{question}</dd>{number}</div>",
            title=PAGES[name].title,
            question=PAGES[name].question,
            number=html('<dd class="pd-number-big">{value}</dd>', value=numbers[name])
            if name in numbers
            else "",
        )
        for name in DEMO_PAGES
    )
    return html(
        '<section class="pd-answers"><p>What the demo answers</p><dl>{rows}</dl></section>', rows=rows
    )


def _demo_numbers() -> dict[str, str]:
    """Return the demo's answers where the server has computed them."""
    try:
        result = library().known_result(demo.record())
    except PerturbdashError:
        return {}
    if result is None:
        return {}
    from perturbdash.figures.numbers import number
    from perturbdash.judgement.sentences import model_verdicts
    from perturbdash.vocabulary import POOLED

    context = POOLED if len(result.contexts) > 1 else result.contexts[0]
    best = model_verdicts(result.verdict, context)
    gates = [gate for (where, _), gate in result.gates.items() if where == context]
    shared = result.systematic_variation
    cosine = shared.loc[shared["reference"] == "control", "cosine"].mean()
    return {
        **({"scorecard": f"{best[0].beats} of {best[0].informative}"} if best else {}),
        "calibration": f"{gates.count('informative')} of {len(gates)}",
        "systematic_variation": number(cosine),
    }


def _server_card() -> None:
    st.html('<h3 class="pd-card-title">A file on the server</h3>')
    if files.data_root() is None:
        st.markdown(
            "No data folder is set. Start perturbdash with `perturbdash app --data-root DIR`, or set "
            f"`{files.DATA_ROOT}`; then any file below that folder opens here, of any size."
        )
        return
    found = list(files.listed(files.CELL_FILES))
    st.selectbox(
        "Path below the data folder",
        found,
        index=None,
        key=PATH,
        accept_new_options=True,
        placeholder="Choose or type a path, e.g. screens/2026-03.h5ad",
        on_change=_open_path,
        help="Only files below the folder that was set when the server was started can be opened.",
    )
    listed = (
        f"{len(found)} files found" if found else "No .h5ad or .zarr was found there; a path can be typed"
    )
    st.caption(markdown(f"{listed}. For files of several GB: read where they lie, in chunks."))


def _open_path() -> None:
    path = st.session_state.get(PATH)
    if path:
        reopen()
        found = files.completed(str(path), files.listed(files.CELL_FILES))
        address.write(address.Address(dataset=found))


def _upload_card() -> None:
    st.html('<h3 class="pd-card-title">An upload</h3>')
    limit = st.get_option("server.maxUploadSize")
    turn = st.session_state.get(TURN, 0)
    upload = st.file_uploader(
        "Cells or a store of moments, .h5ad",
        type=["h5ad"],
        key=f"{UPLOAD}-{turn}",
        help=f"Up to {limit} MB. The file stays on the machine that runs perturbdash, {_how_long()}",
    )
    st.caption(
        f"Up to {limit} MB. Larger files: copy them below the data folder of the server and open them by "
        "path, or start perturbdash with the file: `perturbdash app FILE`."
    )
    if upload is None:
        return
    try:
        source = library().uploads.add(upload.name, upload.getbuffer())
    except PerturbdashError as error:
        note(str(error), "finding")
        return
    st.session_state[TURN] = turn + 1
    open_record(Record(source))


def _how_long() -> str:
    if not library().lasting:
        return "until it is stopped."
    return (
        f"so that a link to it opens again after a restart. Above {room_gb():g} GB of uploads, those go that nobody "
        "opened for longest."
    )


def open_record(record: Record) -> NoReturn:
    """Open a record on the start page."""
    reopen()
    key = library().address(record)
    address.write(address.Address(dataset=key))
    st.rerun()
