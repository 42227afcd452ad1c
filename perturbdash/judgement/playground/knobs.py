"""What can be set in the playground, and between which values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Literal

from perturbdash.errors import SettingsError

Part = Literal["The experiment", "The model"]

N_PERTURBATIONS = 60
N_GENES = 400
NOISE = 0.55
"""Standard deviation of a gene over the cells of one condition, log1p units."""
GUESS = 0.5
"""Length of what a model puts in place of a specific effect that it does not know, as a share of that effect's."""
STRENGTH_SPREAD = 0.2
"""Standard deviation over perturbations of the log strength of their effects."""
HIGHEST_SEED = 9999


@dataclass(frozen=True)
class Knob:
    """One thing that can be set.

    Parameters
    ----------
    name
        Field of `PlaygroundSettings`, and parameter of the address.
    part
        Whether it is of the experiment or of the model.
    values
        What it can be set to, in order.
    decimals
        Of a value as it is written.
    logarithmic
        The values grow by factors.
    """

    name: str
    label: str
    part: Part
    help: str
    values: tuple[float, ...]
    decimals: int = 2
    unit: str = ""
    logarithmic: bool = False

    def write(self, value: float) -> str:
        """Return a value as it stands at its slider and in the address.

        Examples
        --------
        >>> KNOBS["shared"].write(3.2), KNOBS["controls"].write(1000), KNOBS["sparsity"].write(15)
        ('3.2', '1000', '15')
        """
        return f"{value:.{self.decimals}f}"

    def read(self, text: str) -> float | None:
        """Return the value that is written so, or None where there is none.

        Examples
        --------
        >>> KNOBS["cells"].read("16"), KNOBS["cells"].read("17"), KNOBS["cells"].read("nan")
        (16.0, None, None)
        """
        return next((value for value in self.values if self.write(value) == text), None)

    def said(self, value: float) -> str:
        """Return a value with its unit.

        Examples
        --------
        >>> KNOBS["inert"].said(30), KNOBS["controls"].said(1000)
        ('30 %', '1,000')
        """
        return f"{value:,.{self.decimals}f}{self.unit}"

    def along(self, n: int) -> tuple[float, ...]:
        """Return about n of the values, from the lowest to the highest, evenly by place."""
        last = len(self.values) - 1
        places = sorted({round(i * last / (n - 1)) for i in range(n)})
        return tuple(self.values[place] for place in places)


def _steps(low: float, high: float, step: float) -> tuple[float, ...]:
    return tuple(round(low + i * step, 2) for i in range(round((high - low) / step) + 1))


def _factors(low: float, high: float) -> tuple[float, ...]:
    """Return ten values a decade, rounded as resistors are."""
    series = (1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.4, 8)
    values = [float(round(step * 10**decade)) for decade in range(5) for step in series]
    return tuple(sorted({value for value in values if low <= value <= high}))


def _knobs() -> Iterable[Knob]:
    yield Knob(
        "shared",
        "Shared effect",
        "The experiment",
        "Length of the shift that all perturbations share, log1p units: stress, growth, the cut itself.",
        _steps(0, 5, 0.1),
        decimals=1,
    )
    yield Knob(
        "specific",
        "Specific effect",
        "The experiment",
        "Length of the shift that belongs to one perturbation alone, log1p units.",
        _steps(0, 5, 0.1),
        decimals=1,
    )
    yield Knob(
        "sparsity",
        "Genes that answer",
        "The experiment",
        "Share of the genes that a specific effect reaches, per cent. Its length stays, so fewer genes move further.",
        _steps(1, 100, 1),
        decimals=0,
        unit=" %",
    )
    yield Knob(
        "inert",
        "Inert perturbations",
        "The experiment",
        "Share of the perturbations that do nothing at all, not even what the others share, per cent.",
        _steps(0, 90, 5),
        decimals=0,
        unit=" %",
    )
    yield Knob(
        "cells",
        "Cells a perturbation",
        "The experiment",
        "Cells with one perturbation. Half of them are the truth, the other half the repeat.",
        _factors(8, 800),
        decimals=0,
        logarithmic=True,
    )
    yield Knob(
        "controls",
        "Control cells",
        "The experiment",
        "Cells without a perturbation. Their mean is what Δcontrol is measured from.",
        _factors(20, 10_000),
        decimals=0,
        logarithmic=True,
    )
    yield Knob(
        "bias",
        "Control bias",
        "The experiment",
        "Length of a technical shift, log1p units, that the control cells alone carry: another batch, another guide.",
        _steps(0, 5, 0.1),
        decimals=1,
    )
    yield Knob(
        "skill",
        "Model skill",
        "The model",
        "Share of what is specific to a perturbation that the model knows. The rest is a guess of its own.",
        _steps(0, 1, 0.05),
    )
    yield Knob(
        "collapse",
        "Collapse",
        "The model",
        "How far all predictions are drawn to the average. At 1 the model says the same of every perturbation.",
        _steps(0, 1, 0.05),
    )
    yield Knob(
        "scale",
        "Scale of predictions",
        "The model",
        "Factor on the predicted shift from control. At 1 it has the right size.",
        _steps(0.1, 3, 0.1),
        decimals=1,
    )


KNOBS: MappingProxyType[str, Knob] = MappingProxyType({knob.name: knob for knob in _knobs()})


@dataclass(frozen=True)
class PlaygroundSettings:
    """A simulated experiment and a model of it; lengths are Euclidean, in log1p units.

    Parameters
    ----------
    shared, specific
        Lengths of the effect that all perturbations share, and of the effect of one alone.
    sparsity, inert
        Genes that a specific effect reaches, and perturbations that do nothing, per cent.
    cells, controls
        Cells of a perturbation, and control cells.
    bias
        Length of a technical shift that control cells alone carry.
    skill, collapse, scale
        How much the model knows of what is specific, how far it is drawn to the average, and a factor on its shifts.
    seed
        Every random choice follows from it.

    Raises
    ------
    SettingsError
        If a value is not among those of its knob, or the seed out of range.

    Examples
    --------
    >>> PlaygroundSettings(cells=16).cells
    16
    """

    shared: float = 4.0
    specific: float = 1.3
    sparsity: float = 15
    inert: float = 0
    cells: float = 50
    controls: float = 1000
    bias: float = 0
    skill: float = 0
    collapse: float = 0
    scale: float = 1
    seed: int = 3

    def __post_init__(self) -> None:
        for name, knob in KNOBS.items():
            value = getattr(self, name)
            if value not in knob.values:
                low, high = knob.values[0], knob.values[-1]
                raise SettingsError(
                    f"{name} is {value!r}; expected one of its values from {low:g} to {high:g}, such as "
                    f"{knob.values[1]:g}."
                )
        if not 0 <= self.seed <= HIGHEST_SEED:
            raise SettingsError(f"seed is {self.seed}; expected a whole number from 0 to {HIGHEST_SEED}.")

    def at(self, **values: float) -> PlaygroundSettings:
        """Return these settings with some knobs elsewhere.

        Examples
        --------
        >>> PlaygroundSettings().at(cells=16, bias=2.0).bias
        2.0
        """
        return replace(self, **values)  # type: ignore[arg-type]

    def differences(self, other: PlaygroundSettings) -> dict[str, float]:
        """Return the knobs that stand elsewhere than in another setting, by name; the seed is none.

        Examples
        --------
        >>> PlaygroundSettings(cells=16, seed=5).differences(PlaygroundSettings())
        {'cells': 16}
        """
        names = [field.name for field in fields(self) if field.name in KNOBS]
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(other, name)}
