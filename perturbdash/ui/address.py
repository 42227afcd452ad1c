"""The address of a view: its query parameters, read before any widget and written by hand.

The address holds what the reader chose; a default is left out of it. So only the reader makes steps of the browser's
history, each of them one: going back never lands on a page that at once writes itself another address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import NoReturn

import streamlit as st

from perturbdash.figures.names import cut
from perturbdash.vocabulary import Reference

NOTICES, SHOWN, ASSUMED = "pd-notices", "pd-notices-shown", "pd-assumed"
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Address:
    """What a link says about a view; ``None`` or empty where it says nothing.

    Parameters
    ----------
    dataset
        ``"demo"``, a path below the data root, or the digest of what was loaded.
    models
        Names of the models that are shown; empty for all.
    """

    dataset: str | None = None
    models: tuple[str, ...] = ()
    context: str | None = None
    reference: str | None = None
    perturbation: str | None = None
    gene: str | None = None
    metric: str | None = None
    selection: tuple[str, ...] = ()

    def parameters(self) -> dict[str, str | list[str]]:
        """Return the query parameters, those without a value left out."""
        found: dict[str, str | list[str]] = {}
        for name in NAMES:
            value = getattr(self, name)
            if value:
                found[name] = list(value) if name in REPEATED else value
        return found

    def of_data(self, dataset: str) -> Address:
        """Return the address of another data set; only the reference is kept."""
        return Address(dataset=dataset, reference=self.reference)


NAMES = tuple(field.name for field in fields(Address))
REPEATED = ("models", "selection")


def read() -> Address:
    """Read the address of this request."""
    values: dict[str, str | tuple[str, ...] | None] = {}
    for name in NAMES:
        given = st.query_params.get_all(name)
        if name in REPEATED:
            values[name] = tuple(dict.fromkeys(value for value in given if value))
        else:
            values[name] = given[-1] if given and given[-1] else None
    values["dataset"] = values["dataset"] or st.session_state.get(ASSUMED)
    return Address(**values)  # type: ignore[arg-type]


def assume(dataset: str | None) -> None:
    """Take a data set as the one that is meant where the address names none; ``None`` takes it back."""
    st.session_state[ASSUMED] = dataset


def write(address: Address) -> None:
    """Write an address, as one step of the browser's history; parameters that are not ours stay."""
    if address != read():
        theirs = {name: st.query_params.get_all(name) for name in st.query_params if name not in NAMES}
        st.query_params.from_dict({**address.parameters(), **theirs})


def change(**changes: object) -> None:
    """Change some parts of the address."""
    write(replace(read(), **changes))  # type: ignore[arg-type]


def notice(sentence: str) -> None:
    """Say something about the address on this page, once."""
    st.session_state.setdefault(NOTICES, []).append(sentence)


def take_notices() -> list[str]:
    """Return the notices that were not shown yet."""
    found = list(st.session_state.pop(NOTICES, []))
    st.session_state[SHOWN] = found
    return found


def rerun() -> NoReturn:
    """Run the page again, without the reader having done anything: its notices stay."""
    st.session_state[NOTICES] = [*st.session_state.get(SHOWN, []), *st.session_state.get(NOTICES, [])]
    st.rerun()


def known(
    name: str, options: tuple[str, ...], default: str | None, *, tell: Callable[[str], None] = notice
) -> str | None:
    """Return the address's value of a parameter if it is an option, else the default, with a notice."""
    value = getattr(read(), name)
    if value is None:
        return default
    if value in options:
        return str(value)
    shown = cut(value, LONGEST_SHOWN)
    instead = f"showing “{default}” instead" if default is not None else "it is left out"
    tell(f"The link asks for the {name} “{shown}”, which is not here; {instead}.")
    change(**{name: None})
    return default


def chosen(name: str, key: str, default: str | None) -> None:
    """Write what a widget holds to the address; for ``on_change``."""
    value = st.session_state.get(key)
    change(**{name: default if value is None else value})


REFERENCES: dict[Reference, str] = {
    "control": "control (Δcontrol)",
    "centroid": "perturbed centroid (Δcentroid)",
}
