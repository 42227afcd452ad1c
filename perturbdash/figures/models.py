"""Which colour and symbol a model, a baseline or the observation has, in figures and in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from perturbdash.figures.metric_words import baseline_label
from perturbdash.figures.theme import Mode, tokens
from perturbdash.vocabulary import BASELINES, GLOBAL_MEAN, POSITIVE_CONTROLS

Role = Literal["model", "baseline", "positive_control", "observed"]
OBSERVED = "observed"

FILLS: dict[Mode, tuple[str, ...]] = {
    "light": ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    "dark": ("#3A9BDB", "#F0803A", "#22B98F", "#DE97BF", "#E6A520", "#6CC3F0"),
}
LINES: dict[Mode, tuple[str, ...]] = {
    "light": ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8A5F00", "#1F6E9C"),
    "dark": FILLS["dark"],
}
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "triangle-down", "hexagon")
GLYPHS = ("disc", "diamond", "square", "triangle", "triangle-down", "hexagon")
COLOURED = len(SYMBOLS)

_FIXED: dict[str, tuple[Role, str, str]] = {
    OBSERVED: ("observed", "line-ns", "bar"),
    "mean": ("baseline", "circle", "disc"),
    GLOBAL_MEAN: ("baseline", "circle", "disc"),
    "control": ("baseline", "square", "square"),
    "matching_mean": ("baseline", "diamond", "diamond"),
    "additive": ("baseline", "triangle-up", "triangle"),
    "linear": ("baseline", "triangle-down", "triangle-down"),
    "transfer_mean": ("baseline", "hexagon", "hexagon"),
    **dict.fromkeys(POSITIVE_CONTROLS, ("positive_control", "x-thin", "cross")),
}


@dataclass(frozen=True, slots=True)
class ModelStyle:
    """How one prediction is drawn.

    Parameters
    ----------
    slot
        0 to 5 for a model with a colour of its own; None: grey.
    number
        Place in the order of loading, from 1, for a model without a colour of its own.
    glyph
        Name of the CSS shape in HTML blocks.
    """

    name: str
    role: Role
    symbol: str
    glyph: str
    slot: int | None = None
    number: int | None = None

    @property
    def label(self) -> str:
        """Name for legends: baselines say that they are one, grey models carry their number."""
        if self.role == "baseline":
            return f"{baseline_label(self.name)} (baseline)"
        if self.role == "positive_control":
            return baseline_label(self.name)
        return self.name if self.number is None else f"{self.number} {self.name}"

    @property
    def css_class(self) -> str:
        """Class that gives an HTML block the model's colour."""
        if self.slot is not None:
            return f"pd-m{self.slot + 1}"
        return "pd-ink" if self.role in ("observed", "positive_control") else "pd-grey"

    def colour(self, mode: Mode) -> str:
        """Fill of symbols and bars."""
        if self.slot is not None:
            return FILLS[mode][self.slot]
        return tokens(mode).baseline if self.role in ("model", "baseline") else tokens(mode).ink

    def line(self, mode: Mode) -> str:
        """Colour of lines, outlines and words, dark enough on the background."""
        return LINES[mode][self.slot] if self.slot is not None else self.colour(mode)

    def marker(self, mode: Mode, *, size: float = 9, filled: bool = True) -> dict[str, Any]:
        """Return a plotly marker; baselines are always open."""
        if self.role in ("observed", "positive_control"):
            return {"symbol": self.symbol, "size": size, "line": {"color": self.line(mode), "width": 2.4}}
        if not filled or self.role == "baseline":
            line = {"color": self.line(mode), "width": 1.6}
            return {"symbol": f"{self.symbol}-open", "size": size, "color": self.line(mode), "line": line}
        line = {"color": self.line(mode), "width": 1 if self.line(mode) != self.colour(mode) else 0}
        return {"symbol": self.symbol, "size": size, "color": self.colour(mode), "line": line}


def model_styles(names: Sequence[str], chosen: Iterable[str] | None = None) -> dict[str, ModelStyle]:
    """Give each model its colour and symbol, in the order of loading.

    The first six have colours. Where others are chosen, these take the colours of those that are not;
    the rest are grey with their number.

    Parameters
    ----------
    names
        All models that are loaded, in that order.
    chosen
        The models that are shown, at most six of which have colours.

    Examples
    --------
    >>> styles = model_styles(["sharp", "collapsed"])
    >>> styles["collapsed"].colour("light"), styles["collapsed"].symbol
    ('#D55E00', 'diamond')
    """
    wanted = list(names) if chosen is None else [name for name in names if name in set(chosen)]
    slots = {name: place for place, name in enumerate(names[:COLOURED]) if name in wanted}
    free = iter([place for place in range(COLOURED) if place not in slots.values()])
    for name in wanted:
        if name not in slots and (place := next(free, None)) is not None:
            slots[name] = place
    return {name: _model(name, place, slots.get(name)) for place, name in enumerate(names)}


def _model(name: str, place: int, slot: int | None) -> ModelStyle:
    if slot is None:
        return ModelStyle(name, "model", "circle", "disc", number=place + 1)
    return ModelStyle(name, "model", SYMBOLS[slot], GLYPHS[slot], slot=slot)


def style_of(name: str, styles: Mapping[str, ModelStyle] | None = None) -> ModelStyle:
    """Return the style of a model, or the fixed one of a baseline, a duplicate or the observation."""
    if styles and name in styles:
        return styles[name]
    if name in _FIXED:
        role, symbol, glyph = _FIXED[name]
        return ModelStyle(name, role, symbol, glyph)
    return ModelStyle(name, "model", SYMBOLS[0], GLYPHS[0])


def styles_for(names: Iterable[str], styles: Mapping[str, ModelStyle] | None) -> dict[str, ModelStyle]:
    """Return a style for each name; models without one given are styled in the order they come."""
    unique = list(dict.fromkeys(names))
    known = dict(styles or {})
    unknown = [name for name in unique if name not in known and name not in _FIXED]
    fresh = model_styles(unknown) if not known else {}
    return {name: style_of(name, known | fresh) for name in unique}


def baselines_in_order(names: Iterable[str]) -> list[str]:
    """Return baselines in the order in which every table shows them."""
    present = list(dict.fromkeys(names))
    return [n for n in BASELINES if n in present] + [n for n in present if n not in BASELINES]
