"""A changed record becomes the view; what was loaded stays."""

from __future__ import annotations

from dataclasses import replace

from perturbdash.ui import address
from perturbdash.ui.library import library
from perturbdash.ui.records import Record


def show(record: Record) -> None:
    """Make a record the one that the address names; the models that are shown start anew."""
    key = library().address(record)
    address.write(replace(address.read(), dataset=key, models=(), selection=()))
