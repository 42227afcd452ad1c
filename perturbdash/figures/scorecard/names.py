"""Names of models where there is little room: they break between their words, not within one."""

from __future__ import annotations

import re

from perturbdash.figures.html import name_html
from perturbdash.figures.models import ModelStyle

PARTING = re.compile(r"([_./-])")


def breaking(markup: str) -> str:
    """Let a name at the end of its markup break after the signs that part its words.

    Examples
    --------
    >>> breaking('<span><i></i>wrong_scale</span>')
    '<span><i></i><span>wrong_<wbr>scale</span></span>'
    """
    before, end = markup.removesuffix("</span>"), "</span>"
    at = before.rindex(">") + 1
    words, n = PARTING.subn(r"\1<wbr>", before[at:])
    return f"{before[:at]}<span>{words}</span>{end}" if n else markup


def broken_name_html(style: ModelStyle) -> str:
    """Return glyph and name of a model that may break between words."""
    return breaking(name_html(style))
