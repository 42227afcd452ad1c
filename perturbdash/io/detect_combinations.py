"""How labels join perturbations, and which of them name guides of a gene."""

from __future__ import annotations

from collections.abc import Sequence

from perturbdash.errors import SchemaError
from perturbdash.io.detect_labels import reason
from perturbdash.io.labels import SEPARATORS, SURE_SEPARATORS, UNDERSCORE, Naming, combined, guide_gene
from perturbdash.io.schema import NONE, Proposal


def propose_separator(labels: Sequence[str], naming: Naming, chosen: str | None) -> Proposal:
    """Find what stands between the parts of combinations.

    Parameters
    ----------
    labels
        All labels of the perturbation column.
    naming
        The control label, and the genes and single labels that are known.
    chosen
        What the user said; ``"none"`` for no combinations.

    Raises
    ------
    SchemaError
        If the chosen separator is not one of those that are understood.
    """
    if chosen is not None and chosen not in (*SEPARATORS, NONE):
        known = " ".join(SEPARATORS)
        raise SchemaError(f"The separator {chosen!r} is not understood; expected one of {known} or none.")
    found = {separator: combined(labels, separator, naming) for separator in SEPARATORS}
    best = max(SURE_SEPARATORS, key=lambda separator: len(found[separator]))
    best = best if found[best] else UNDERSCORE
    separator = chosen or (best if found[best] else NONE)
    offered = tuple(option for option in (*SEPARATORS, NONE) if option != separator)
    if separator == NONE:
        words = (
            "no label joins two others"
            if not found[best]
            else f"labels such as {found[best][0]} are kept whole"
        )
        unsure = sum(UNDERSCORE in label for label in labels)
        if unsure and not found[best]:
            words += f"; {unsure:,} hold an underscore, but not between two known genes or labels"
        return Proposal("separator", None, reason(words, chosen), offered)
    n_labels = sum(bool(naming.parts(label)) for label in labels)
    words = f"{len(found[separator]):,} of {n_labels:,} labels join parts by “{separator}”"
    words += f", for example {found[separator][0]}" if found[separator] else ""
    return Proposal("separator", separator, reason(words, chosen), offered)


def propose_guides(labels: Sequence[str], naming: Naming, chosen: bool | None) -> Proposal:
    """Find labels such as ``ZAP70_1``, which name a guide; merging them to their gene is offered, not proposed."""
    pieces = {piece for label in labels for piece in naming.parts(label)}
    genes = {
        piece: gene
        for piece in pieces
        if (gene := guide_gene(piece)) is not None and not naming.is_control(gene)
    }
    shared = [gene for gene in genes.values() if gene in naming.known or list(genes.values()).count(gene) > 1]
    likely = sorted(piece for piece, gene in genes.items() if gene in set(shared))
    offered = (str(not chosen).lower(),) if likely or chosen else ()
    if not likely:
        words = "no label looks like one of several guides of a gene"
    else:
        gene = genes[likely[0]]
        offer = f"{len(likely):,} labels look like guides ({likely[0]} of {gene}); merging them to genes is offered"
        words = f"{len(likely):,} guides count as their gene ({likely[0]} as {gene})" if chosen else offer
    return Proposal("merge_guides", bool(chosen), reason(words, chosen), offered)
