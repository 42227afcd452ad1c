"""What a page answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """The sentence a page opens with, and what stands muted below it."""

    sentence: str
    muted: str
