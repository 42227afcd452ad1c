"""Figures for a paper: plotly figures in, the description of a print sheet out; the browser draws it."""

from perturbdash.figures.print.paper import Panel, Sheet, Text
from perturbdash.figures.print.sheet import sheet
from perturbdash.figures.print.style import fades, printable

__all__ = ["Panel", "Sheet", "Text", "fades", "printable", "sheet"]
