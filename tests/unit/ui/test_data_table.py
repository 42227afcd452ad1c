"""Help on a column's header is shown as Markdown, and names of models stand in it."""

import pytest

from perturbdash.ui.data_table import Bars, Column, Numbers, Words
from perturbdash.ui.markup import markdown

NAME = "![x](https://example.org/x.png) **a** <b>_c_</b> $d$ :red[e]"


@pytest.mark.parametrize(
    "column", [Words("w", f"Of {NAME}."), Numbers("n", f"Of {NAME}."), Bars("b", f"Of {NAME}.")]
)
def test_help_is_plain_words_whatever_a_model_is_called(column: Column):
    said = column.config()["help"]
    assert said == f"Of {markdown(NAME)}\\."
    for sign in ("![", "](", "**", "<b>", "_c_", "$d$", ":red["):
        assert sign not in said


def test_a_label_stays_as_it_is_for_a_header_knows_no_markdown():
    assert Numbers("a_b ↓", "Lower is better.").config()["label"] == "a_b ↓"
