"""From the labels of a column to perturbations: control words, combinations, guides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from perturbdash.io.columns import simplified
from perturbdash.vocabulary import COMBINATION_SEPARATOR, CONTROL

SURE_SEPARATORS = ("+", ";", "|")
UNDERSCORE = "_"
SEPARATORS = (*SURE_SEPARATORS, UNDERSCORE)

NUMBERED_CONTROLS = (
    "control",
    "ctrl",
    "nontargeting",
    "nontargetingcontrol",
    "nontarget",
    "negctrl",
    "negativecontrol",
    "negcontrol",
    "nt",
    "ntc",
    "scramble",
    "scrambled",
    "safetargeting",
    "dmso",
)
CONTROL_WORDS = (
    *NUMBERED_CONTROLS,
    "dmsotf",
    "vehicle",
    "untreated",
    "unperturbed",
    "unstimulated",
    "mock",
    "pbs",
    "wildtype",
    "wt",
    "none",
)
_NUMBER = re.compile(r"[\s_.\-]*\d+$")
_GUIDE = re.compile(r"^(?P<gene>.+?)_(?:sg|g|guide)?\d{1,3}$", re.IGNORECASE)


def control_rank(label: str) -> int | None:
    """Return the place of a label in the list of words for unperturbed cells, or None.

    Examples
    --------
    >>> control_rank("ctrl"), control_rank("Non-targeting_0012"), control_rank("WT1")
    (1, 2, None)
    """
    word = simplified(label)
    if word in CONTROL_WORDS:
        return CONTROL_WORDS.index(word)
    word = simplified(stem(label))
    return CONTROL_WORDS.index(word) if word in NUMBERED_CONTROLS else None


def stem(label: str) -> str:
    """Return a label without the number at its end.

    Examples
    --------
    >>> stem("NT_12")
    'NT'
    """
    return _NUMBER.sub("", label)


def guide_gene(label: str) -> str | None:
    """Return the gene of a label that names one of its guides, or None.

    Examples
    --------
    >>> guide_gene("ZAP70_1"), guide_gene("NKX2-1")
    ('ZAP70', None)
    """
    found = _GUIDE.match(label)
    return found["gene"] if found else None


def split_label(label: str, separator: str) -> tuple[str, ...]:
    """Return the parts of a label, or the label alone where a part would be empty.

    Examples
    --------
    >>> split_label("A + B", "+"), split_label("Na+", "+")
    (('A', 'B'), ('Na+',))
    """
    parts = tuple(part.strip() for part in label.split(separator))
    return parts if all(parts) else (label,)


@dataclass(frozen=True)
class Naming:
    """The rules by which a label names a perturbation.

    Parameters
    ----------
    control
        Label, or common stem of numbered labels, of unperturbed cells.
    separator
        What stands between the parts of a combination.
    merge_guides
        Whether numbered guides count as their gene.
    known
        Genes and single labels; an underscore separates only where both sides are among them.
    spelled
        The data set's own spelling of each perturbation, by its sorted parts joined by ``+``.
    """

    control: str
    separator: str | None = None
    merge_guides: bool = False
    known: frozenset[str] = frozenset()
    spelled: Mapping[str, str] = field(default_factory=dict)

    def is_control(self, part: str) -> bool:
        """Tell whether a label, or a part of one, means no perturbation."""
        if part == self.control:
            return True
        numbered = simplified(self.control) in NUMBERED_CONTROLS
        return numbered and stem(part) == self.control and part not in self.known

    def parts(self, label: str, separator: str | None = None) -> tuple[str, ...]:
        """Return the sorted parts of a label without control; empty for a control label."""
        return tuple(sorted(self.ordered(label, separator)))

    def ordered(self, label: str, separator: str | None = None) -> tuple[str, ...]:
        """Return the parts of a label without control, in the order in which they are written."""
        separator = separator or self.separator
        if self.is_control(label):
            return ()
        pieces = (label,) if separator is None else self._pieces(label, separator)
        if len(pieces) > 1:
            pieces = tuple(piece for piece in pieces if not self._is_control_part(piece))
        if self.merge_guides:
            pieces = tuple(guide_gene(piece) or piece for piece in pieces)
        return tuple(dict.fromkeys(piece for piece in pieces if not self.is_control(piece)))

    def _pieces(self, label: str, separator: str) -> tuple[str, ...]:
        pieces = split_label(label, separator)
        if separator != UNDERSCORE or len(pieces) == 1:
            return pieces
        unsure = label in self.known or not all(self._is_known(piece) for piece in pieces)
        return (label,) if unsure else pieces

    def _is_known(self, piece: str) -> bool:
        return piece in self.known or self._is_control_part(piece)

    def _is_control_part(self, piece: str) -> bool:
        return self.is_control(piece) or (control_rank(piece) is not None and piece not in self.known)

    def canonical(self, label: str) -> str:
        """Return the data set's spelling of a label, else its sorted parts joined by ``+``, or ``control``."""
        joined = COMBINATION_SEPARATOR.join(self.parts(label))
        return self.spelled.get(joined, joined) or CONTROL

    def match(self, label: str) -> str:
        """Return the perturbation of the data set that a label from elsewhere means.

        A label in another notation (``B;A`` or ``A_B`` for ``A+B``, ``A+ctrl`` for ``A``, another word for
        control) is recognised where that leads to a perturbation of the data set; any other one is returned in
        its canonical form.
        """
        label = label.strip()
        for separator in (None, *SEPARATORS):
            joined = COMBINATION_SEPARATOR.join(self.parts(label, separator))
            if not joined:
                return CONTROL
            if joined in self.spelled:
                return self.spelled[joined]
        own = self.canonical(label)
        return CONTROL if control_rank(label) is not None and label not in self.known else own


def combined(labels: Iterable[str], separator: str, naming: Naming) -> list[str]:
    """Return the labels that are combinations under a separator, or a single joined with control."""
    rules = Naming(naming.control, separator, known=naming.known)
    joined = ((label, rules.parts(label)) for label in labels if separator in label)
    return [label for label, parts in joined if len(parts) > 1 or parts not in ((), (label,))]
