"""Two frames side by side, one above the other where the window is narrow."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def pair(key: str, shares: tuple[float, float] = (1.28, 1.0)) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return two columns; the style sheet stacks them below 1180 px."""
    with st.container(key=f"pd-pair-{key}"):
        left, right = st.columns(list(shares), gap="medium")
    return left, right
