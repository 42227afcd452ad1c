"""The palette stands in three places that cannot import each other; they must agree."""

import re
import tomllib

import pytest

from perturbdash.figures.models import FILLS, LINES, style_of
from perturbdash.figures.theme import DARK, LIGHT
from perturbdash.ui.files import app_folder
from perturbdash.ui.markup import model_tag
from perturbdash.ui.page import STYLE

CSS = STYLE.read_text()
CONFIG = tomllib.loads((app_folder() / ".streamlit" / "config.toml").read_text())


TOKENS = (
    *("background", "sidebar", "widget", "ink", "muted", "faint", "rule", "hair", "petrol", "baseline"),
    *("informative", "weak", "uninformative", "warning_text", "warning_card", "warning_border"),
)


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_has_the_same_colours_in_css_and_figures(token):
    name = token.replace("_", "-")
    found = re.search(rf"--pd-{name}: light-dark\((#\w+), (#\w+)\);", CSS)
    assert found is not None
    assert found.groups() == (getattr(LIGHT, token), getattr(DARK, token))


@pytest.mark.parametrize("slot", range(6))
def test_a_model_has_the_same_colours_in_css_and_figures(slot):
    rule = re.search(
        rf"\.pd-m{slot + 1} {{ --pd-fill: light-dark\((#\w+), (#\w+)\); --pd-line: (.+?); }}", CSS
    )
    assert rule is not None
    assert rule.groups()[:2] == (FILLS["light"][slot], FILLS["dark"][slot])
    lines = (LINES["light"][slot], LINES["dark"][slot])
    assert rule[3] in (f"light-dark({lines[0]}, {lines[1]})", "var(--pd-fill)")
    assert rule[3] != "var(--pd-fill)" or lines == rule.groups()[:2]


@pytest.mark.parametrize(("mode", "tokens"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_has_the_same_colours_as_the_figures(mode, tokens):
    theme = CONFIG["theme"][mode]
    assert theme["backgroundColor"] == tokens.background
    assert theme["textColor"] == tokens.ink
    assert theme["primaryColor"] == tokens.petrol
    assert theme["sidebar"]["backgroundColor"] == tokens.sidebar
    assert tuple(theme["chartCategoricalColors"]) == FILLS[mode]
    assert [theme[f"{name}Color"] for name in ("blue", "orange", "green", "violet", "yellow")] == list(
        FILLS[mode][:5]
    )


def test_the_server_is_local_and_tells_nobody():
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert CONFIG["client"]["showErrorDetails"] == "none"
    for font in CONFIG["theme"]["fontFaces"]:
        assert (app_folder() / "static" / font["url"].removeprefix("app/static/")).is_file()


@pytest.mark.parametrize(("name", "shown"), [("matching_mean", "matching mean"), ("my_model", "my_model")])
def test_a_baseline_is_named_in_words_and_a_model_as_it_is(name, shown):
    assert model_tag(style_of(name)).endswith(f"></span>{shown}</span>")
