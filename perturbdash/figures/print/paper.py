"""A sheet of paper: what stands where, in the units in which figures are laid out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

PER_MM = 874 / 180
"""Units a millimetre: figures are laid out for text of 12 units, which is 7 pt on the sheet."""
PT = 25.4 / 72 * PER_MM
PX = 25.4 / 96 * PER_MM
FONT = "Arial, Helvetica, sans-serif"


@dataclass(frozen=True, slots=True)
class Panel:
    """A figure as plotly's JSON, and where it stands on the sheet."""

    figure: dict[str, Any]
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: start of its baseline, size of the font, plain words."""

    words: str
    x: float
    y: float
    size: float
    weight: int
    colour: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A print figure: its size on paper and in units, its panels, and its lines of text.

    Parameters
    ----------
    title, description
        What the sheet shows, for readers who do not see it.
    """

    width_mm: float
    height_mm: float
    title: str
    description: str
    panels: tuple[Panel, ...]
    texts: tuple[Text, ...]

    @property
    def width(self) -> float:
        """Width in units."""
        return round(self.width_mm * PER_MM, 2)

    @property
    def height(self) -> float:
        """Height in units."""
        return round(self.height_mm * PER_MM, 2)

    def as_json(self) -> dict[str, Any]:
        """Return the sheet as plain lists, numbers and words."""
        return asdict(self) | {"width": self.width, "height": self.height}
