"""The button Report: the whole result as one page to read, send and print, made when it is pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import session
from perturbdash.ui.downloads import file_stem

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.ui.view import View

KEY = "pd-report"
HELP = (
    "One HTML file with everything about this data set and its models, all contexts: verdict, figures, tables, "
    "settings, methods to paste into a paper, and citations. It opens without a network, and prints. Made when "
    "pressed, which takes some seconds."
)
NOTHING_SCORED = (
    "Nothing is scored yet, so there is nothing to report. Open Scorecard or Calibration to score."
)


def offer(view: View) -> None:
    """Draw the button; where nothing is scored it is shut and says why, without a data set it is not there."""
    if view.dataset is None or view.record is None:
        return
    title, result = session.title(view.record), view.result
    st.download_button(
        "Report",
        "" if result is None else lambda: report(result, title),
        f"perturbdash_{file_stem(title)}.html",
        "text/html",
        icon=":material/description:",
        key=KEY,
        type="tertiary",
        on_click="ignore",
        disabled=result is None,
        help=NOTHING_SCORED if result is None else HELP,
        width="content",
    )


def report(result: Result, title: str) -> bytes:
    """Return the report on a result as a file."""
    from perturbdash.report.writing import report_html

    return report_html(result, title=title).encode()
