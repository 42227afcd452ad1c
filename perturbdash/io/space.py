"""Whether a matrix holds counts or their logarithms, from a sample of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from perturbdash.errors import DataError, SchemaError, SettingsError
from perturbdash.io.columns import Columns, simplified
from perturbdash.io.schema import NONE, Proposal
from perturbdash.vocabulary import Space

if TYPE_CHECKING:
    import scipy.sparse

SAMPLED_CELLS = 1024
LARGEST_LOGARITHM = 20.0
SCALE = 10_000.0
PANEL_GENES = 2_000
TOTALS_COLUMNS = (
    "ncounts",
    "totalcounts",
    "ncountrna",
    "numi",
    "numis",
    "umicount",
    "umicounts",
    "ncountumi",
    "totalumi",
    "totalumis",
    "librarysize",
)


@dataclass(frozen=True)
class ValueFacts:
    """What a sample of cells holds.

    ``totals`` are sums of the values of each sampled cell and ``implied`` those of exp(x) − 1, NaN where x is too
    large to be a logarithm, both ``(n_sampled,)``.
    """

    n_sampled: int
    maximum: float
    integers: bool
    totals: NDArray[np.float64]
    implied: NDArray[np.float64]

    @property
    def n_empty(self) -> int:
        """Sampled cells without any value above zero."""
        return int(np.count_nonzero(self.totals == 0))


def examine(sample: scipy.sparse.csr_matrix, where: str, layers: Sequence[str] = ()) -> ValueFacts:
    """Return the facts of a sample of cells.

    Parameters
    ----------
    sample
        ``(n_sampled, n_genes)``.
    where
        The matrix, for messages.
    layers
        Other matrices to offer where this one cannot be used.

    Raises
    ------
    DataError
        If a value is missing, infinite or negative.
    """
    values = np.asarray(sample.data, dtype=np.float64)
    offer = f"choose another layer ({', '.join(layers)})" if layers else "write counts or log1p values"
    if not np.isfinite(values).all():
        found = "missing (NaN)" if np.isnan(values).any() else "infinite"
        raise DataError(f"{where} holds {found} values; expected counts or their log1p: {offer}.")
    if len(values) and values.min() < 0:
        raise DataError(
            f"{where} holds negative values (down to {values.min():.3g}), as scaled data do; "
            f"expected counts or their log1p: {offer}."
        )
    maximum = float(values.max(initial=0.0))
    whole = sample.astype(np.float64)
    is_logarithm = maximum <= LARGEST_LOGARITHM
    implied = _row_sums(whole.expm1()) if is_logarithm else np.full(sample.shape[0], np.nan)
    integers = bool(np.all(values == np.rint(values)))
    return ValueFacts(sample.shape[0], maximum, integers, _row_sums(whole), implied)


def _row_sums(matrix: Any) -> NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def likely_space(facts: ValueFacts) -> Space:
    """Return what the values look like."""
    return "counts" if facts.integers or facts.maximum > LARGEST_LOGARITHM else "log1p"


def propose_space(facts: ValueFacts, n_genes: int, chosen: str | None) -> Proposal:
    """Say whether the matrix holds counts or log1p values, from integrality, maximum and sums of rows.

    Raises
    ------
    SettingsError
        If the choice is neither.
    """
    if chosen not in (None, "counts", "log1p"):
        raise SettingsError(f"The space {chosen!r} is not known; expected counts or log1p.")
    space = cast(Space, chosen or likely_space(facts))
    prefix = "Chosen. " if chosen else ""
    words = _words_on_counts(facts) if likely_space(facts) == "counts" else _words_on_logs(facts, n_genes)
    other = "log1p" if space == "counts" else "counts"
    return Proposal("space", space, f"{prefix}{words}", (other,))


def _words_on_counts(facts: ValueFacts) -> str:
    if facts.integers:
        return (
            f"Integers with a maximum of {facts.maximum:,.0f}, {np.median(facts.totals):,.0f} a cell (median): counts, "
            "scaled to 10,000 a cell and log1p-transformed when read."
        )
    return (
        f"Not integers, but a maximum of {facts.maximum:,.0f} is too large for a logarithm: scaled counts, brought to "
        "10,000 a cell and log1p-transformed when read."
    )


def _words_on_logs(facts: ValueFacts, n_genes: int) -> str:
    start = f"Not integers, maximum {facts.maximum:.1f}"
    implied = facts.implied[facts.totals > 0]
    if not len(implied):
        return f"{start}: log1p values."
    low, middle, high = np.quantile(implied, [0.05, 0.5, 0.95])
    if high - low <= 0.02 * middle:
        return f"{start}, exp(x) − 1 sums to {middle:,.0f} in each cell: log1p of counts scaled to {middle:,.0f}."
    if high < SCALE:
        return (
            f"{start}, exp(x) − 1 sums to less than {SCALE:,.0f} over these {n_genes:,} genes: log1p values."
        )
    return (
        f"{start}, exp(x) − 1 sums to {middle:,.0f} a cell (median) and differs between cells: log1p values."
    )


def propose_totals(
    columns: Columns, facts: ValueFacts, *, rows: NDArray[np.int64], n_genes: int, chosen: str | None
) -> Proposal:
    """Find the column with the total counts of each cell, for a matrix of counts.

    Parameters
    ----------
    columns
        The columns of ``obs``.
    facts
        What the sampled cells hold.
    rows
        Positions of the sampled cells.
    n_genes
        Genes of the matrix.
    chosen
        What the user said; ``"none"`` for sums of rows.

    Raises
    ------
    SchemaError
        If the chosen column is absent or not positive in every cell.
    """
    named = [name for name in columns.names if simplified(name) in TOTALS_COLUMNS]
    if chosen == NONE:
        return Proposal("totals_key", None, "Chosen: the sums of rows.", tuple(named))
    if chosen is not None:
        totals = read_totals(columns, columns.require(chosen, "totals"))
        if totals is None:
            raise SchemaError(
                f"Column {chosen!r} is not a positive number in every cell; expected totals of counts."
            )
        return Proposal("totals_key", chosen, f"Chosen. {_share(totals[rows], facts)}", (NONE,))
    for name in named:
        totals = read_totals(columns, name)
        if totals is not None and np.mean(totals[rows] >= facts.totals * (1 - 1e-6)) > 0.99:
            return Proposal("totals_key", name, _share(totals[rows], facts), (NONE,))
    reason = "No column of totals fits, so sums of rows are taken."
    if n_genes < PANEL_GENES:
        reason += f" Over a panel of {n_genes:,} genes they are not library sizes."
    return Proposal("totals_key", None, reason, tuple(named))


def no_totals(chosen: str | None) -> Proposal:
    """Return the proposal for log1p values, which are not scaled.

    Raises
    ------
    SettingsError
        If totals are chosen all the same.
    """
    if chosen not in (None, NONE):
        raise SettingsError(
            f"Totals ({chosen}) scale counts, but the values are log1p; leave the totals out."
        )
    return Proposal("totals_key", None, "Only counts are scaled.")


def read_totals(columns: Columns, name: str) -> NDArray[np.float64] | None:
    """Return a column as totals, ``(n_cells,)``, or None where a cell has no positive number in it."""
    import pandas as pd

    values = pd.to_numeric(columns.series(name).astype(object), errors="coerce").to_numpy(dtype=np.float64)
    return values if bool(np.all(np.isfinite(values) & (values > 0))) else None


def _share(totals: NDArray[np.float64], facts: ValueFacts) -> str:
    share = float(np.median(facts.totals / totals)) if len(totals) else 1.0
    if share > 0.999:
        return "The sums of rows agree with it."
    return f"The genes here hold {share:.0%} of a cell's counts (median), so the sums of rows are not library sizes."
