"""Copy link: the address of the view as it stands, and for whom and for how long it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui import selection
from perturbdash.ui.library import library

if TYPE_CHECKING:
    from perturbdash.ui.view import View

COPIED = "Copied."
SELECTED = "The browser did not let perturbdash copy; the link is selected: press Ctrl+C or ⌘C."
LOCAL = (
    "The link begins with {host}, so a colleague on another machine cannot open it: their browser would look on their "
    "own machine."
)
ENDS = (
    "The link ends when the server stops, which keeps no store of uploads and changes: start it without "
    "--no-store, with a folder that it can write."
)

_HTML = """
<div class="link">
  <button type="button">
    <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" focusable="false">
      <path d="M10 14a4.5 4.5 0 0 0 6.4 0l3-3a4.5 4.5 0 0 0-6.4-6.4l-1.2 1.2M14 10a4.5 4.5 0 0 0-6.4 0l-3 3a4.5 4.5 0 0
        0 6.4 6.4l1.2-1.2" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
    </svg><span>Copy link</span>
  </button>
  <div class="said" role="status" aria-live="polite"></div>
</div>
"""
_button = st.components.v2.component(
    "perturbdash_copy_link",
    html=_HTML,
    css=Path(__file__).with_name("link.css").read_text(encoding="utf-8"),
    js=Path(__file__).with_name("link.js").read_text(encoding="utf-8"),
)


def lasts(view: View, linked: Mapping[str, Sequence[str]] | None = None) -> bool:
    """Return whether the link of a view opens the same after a restart of the server.

    Parameters
    ----------
    linked
        As for `copy_link`.
    """
    selected = view.address.selection
    kept = [name.removeprefix(selection.KEPT) for name in selected if name.startswith(selection.KEPT)]
    datasets = [
        *((view.key,) if view.key else ()),
        *(key for keys in (linked or {}).values() for key in keys),
    ]
    return all(map(library().lasts, datasets)) and all(map(library().selection_lasts, kept))


def copy_link(
    view: View, key: str = "pd-copy-link", *, linked: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Draw the button that copies the address of the view, and says for whom and for how long it opens.

    Parameters
    ----------
    linked
        Parameters that name data sets which the visit shows, and which the link has to say.
    """
    _button(
        key=key,
        width="content",
        data={
            "dataset": view.key,
            "linked": {name: list(keys) for name, keys in (linked or {}).items()},
            "ends": "" if lasts(view, linked) else ENDS,
            "copied": COPIED,
            "selected": SELECTED,
            "local": LOCAL,
        },
    )
