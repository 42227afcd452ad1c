"""HTML from data: whatever is not markup of our own is escaped."""

from __future__ import annotations

import html as _html
from collections.abc import Iterable


class Html(str):
    """Markup that is safe to show; anything else is escaped before it is shown."""

    __slots__ = ()


def text(value: object) -> Html:
    """Return a value as HTML text; ``Html`` passes unchanged.

    Examples
    --------
    >>> text("<b>A&B</b>")
    '&lt;b&gt;A&amp;B&lt;/b&gt;'
    """
    return value if isinstance(value, Html) else Html(_html.escape(str(value)))


def html(template: str, /, **values: object) -> Html:
    """Fill a template of our own with values, each escaped unless it is ``Html``.

    Examples
    --------
    >>> html("<b>{name}</b> beats {k}", name="a<b", k=3)
    '<b>a&lt;b</b> beats 3'
    """
    return Html(template.format(**{name: text(value) for name, value in values.items()}))


def join(parts: Iterable[object], separator: str = "") -> Html:
    """Join parts, each escaped unless it is ``Html``."""
    return Html(str(text(separator)).join(str(text(part)) for part in parts))


def bold(value: object) -> Html:
    """Return a value in bold."""
    return html("<b>{value}</b>", value=value)
