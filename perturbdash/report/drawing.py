"""Figures inside the report: kept once as drawn in light, with what differs in the dark."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from perturbdash.figures.markup import Html, html
from perturbdash.figures.theme import Mode

if TYPE_CHECKING:
    import plotly.graph_objects as go

Json = Any
Draw = Callable[[Mode], "go.Figure"]
NO_SCRIPT = "This figure needs JavaScript; its numbers stand in the tables."


def drawing(draw: Draw, *, min_width: int = 0) -> Html:
    """Return the place of a figure, and the figure itself as JSON beside it.

    The place has the height of the figure, so that nothing moves when it is drawn. The template is left out; the
    page holds it once (see `templates`).

    Parameters
    ----------
    draw
        Draws the figure in a mode: the same traces, other colours.
    min_width
        Pixels below which the figure is not squeezed.
    """
    light, dark = (_plain(draw(mode)) for mode in ("light", "dark"))
    spec = light | {"dark": [[list(path), value] for path, value in differences(light, dark)]}
    alt = str((light["layout"].get("meta") or {}).get("alt", ""))
    place = html(
        '<div class="pr-plot" role="img" aria-label="{alt}" style="height:{height}px;min-width:{width}px">'
        '<noscript>{alt} {no_script}</noscript></div><script type="application/json">{spec}</script>',
        alt=alt,
        height=int(light["layout"].get("height") or 450),
        width=min_width,
        no_script=NO_SCRIPT,
        spec=script_safe(spec),
    )
    return html('<div class="pr-wide" tabindex="0">{place}</div>', place=place) if min_width else place


def templates() -> dict[str, Json]:
    """Return plotly's template of both modes."""
    from perturbdash.figures.theme import template

    return {mode: template(mode).to_plotly_json() for mode in ("light", "dark")}


def script_safe(value: Json) -> Html:
    r"""Return JSON that nothing in it can end or comment out inside a script element.

    Examples
    --------
    >>> script_safe({"a": "</script><!--"})
    '{"a":"\\u003c/script\\u003e\\u003c!--"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(text)


def differences(light: Json, dark: Json, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, Json]]:
    """Yield the path and the dark value of each leaf that differs.

    Examples
    --------
    >>> list(differences({"a": [1, "x"], "b": 2}, {"a": [1, "y"], "b": 2}))
    [(('a', 1), 'y')]
    """
    same_keys = isinstance(light, dict) and isinstance(dark, dict) and light.keys() == dark.keys()
    same_length = isinstance(light, list) and isinstance(dark, list) and len(light) == len(dark)
    if same_keys:
        for key in light:
            yield from differences(light[key], dark[key], (*path, key))
    elif same_length:
        for place, item in enumerate(light):
            yield from differences(item, dark[place], (*path, place))
    elif light != dark:
        yield path, dark


def _plain(figure: go.Figure) -> dict[str, Json]:
    """Return traces and layout as JSON holds them, arrays packed, without the template."""
    from plotly.io import to_json

    spec: dict[str, Json] = json.loads(to_json(figure, validate=False, engine="json"))
    spec["layout"].pop("template", None)
    return {"data": spec["data"], "layout": spec["layout"]}
