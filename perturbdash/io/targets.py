"""The genes that a perturbation targets."""

from __future__ import annotations

from collections.abc import Mapping

from perturbdash.io.labels import guide_gene


def targeted(pieces: tuple[str, ...], symbols: Mapping[str, str]) -> tuple[str, ...]:
    """Return the genes among the parts of a perturbation; of a guide, its gene.

    Parameters
    ----------
    pieces
        The parts.
    symbols
        The gene of the matrix for each name that labels may use.

    Examples
    --------
    >>> targeted(("KLF1", "BAK1_2", "drug"), {"KLF1": "KLF1", "BAK1": "BAK1"})
    ('KLF1', 'BAK1')
    """
    found = (symbols.get(piece) or symbols.get(guide_gene(piece) or "") for piece in pieces)
    return tuple(dict.fromkeys(gene for gene in found if gene is not None))
