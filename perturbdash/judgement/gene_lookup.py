"""Finding a gene by the name that a reader typed."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST_NEAR = 3
LEAST_ALIKE = 0.6


def find_gene(typed: str, genes: Sequence[str]) -> str | None:
    """Return the gene of this name: the very same one, else the first that differs in case only.

    Examples
    --------
    >>> find_gene("hbz", ["Hbz", "HBZ"]), find_gene("HBZ", ["Hbz", "HBZ"]), find_gene("HB", ["HBZ"])
    ('Hbz', 'HBZ', None)
    """
    wanted = typed.strip()
    if wanted in genes:
        return wanted
    folded = wanted.casefold()
    return next((gene for gene in genes if gene.casefold() == folded), None)


def near_genes(typed: str, genes: Sequence[str]) -> tuple[str, ...]:
    """Return at most three genes whose names begin like what was typed, or are nearly it.

    Examples
    --------
    >>> near_genes("hbg", ["HBG2", "HBZ", "HBG1", "TIMP1"])
    ('HBG2', 'HBG1', 'HBZ')
    >>> near_genes("", ["HBG2"])
    ()
    """
    wanted = typed.strip().casefold()
    if not wanted:
        return ()
    by_fold = {gene.casefold(): gene for gene in genes}
    begin = [gene for folded, gene in by_fold.items() if folded.startswith(wanted)]
    alike = (
        get_close_matches(wanted, by_fold, n=MOST_NEAR, cutoff=LEAST_ALIKE) if len(begin) < MOST_NEAR else []
    )
    return tuple(dict.fromkeys([*begin, *(by_fold[name] for name in alike)]))[:MOST_NEAR]
