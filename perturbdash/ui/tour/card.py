"""The card of the tour, at the foot of the window: what is said, and Back, Next and Skip."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

FOLDER = Path(__file__).parent

_HTML = """
<section class="card" role="dialog" aria-modal="false" aria-labelledby="title" aria-describedby="text"
  tabindex="-1" hidden>
  <div class="words">
    <p class="head"><span class="place"></span><b id="title"></b></p>
    <p id="text"></p>
  </div>
  <div class="buttons">
    <button type="button" class="end"></button>
    <button type="button" class="back">Back</button>
    <button type="button" class="next"></button>
  </div>
</section>
"""

card = st.components.v2.component(
    "perturbdash_tour",
    html=_HTML,
    css=(FOLDER / "card.css").read_text(encoding="utf-8"),
    js=(FOLDER / "card.js").read_text(encoding="utf-8"),
)
