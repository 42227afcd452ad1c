"""Every choice that shapes a simulated experiment, checked once, in one frozen place."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import comb

from perturbdash.errors import SettingsError
from perturbdash.vocabulary import MAX_SEED

SHARES = ("shared_share", "sparsity", "inert_share", "non_additivity", "context_correlation", "test_share")
SIZES = (
    "shared_effect",
    "specific_effect",
    "strength_spread",
    "control_bias",
    "depth_spread",
    "mean_spread",
    "context_spread",
    "dispersion",
)


@dataclass(frozen=True)
class SimulationSettings:
    """A simulated Perturb-seq experiment; effects are natural-log fold changes of a gene's share of a cell.

    Parameters
    ----------
    n_genes
        Genes of the panel; the rest of a cell's counts is in its total only.
    n_singles, n_combinations
        Perturbations of one gene, and pairs of those.
    cells_per_perturbation, n_control_cells
        Cells of one condition (uniform within ``cell_spread`` of it), and control cells, in each context.
    cell_spread
        Relative half-width of the number of cells of a condition.
    shared_effect, shared_share
        Standard deviation of the effect that all active perturbations share, and the share of genes it reaches.
    specific_effect, sparsity
        Standard deviation of an effect of one perturbation alone, and the share of genes it reaches.
    target_effect
        Log fold change of the targeted gene itself.
    strength_spread
        Standard deviation of the log strength of perturbations.
    inert_share
        Share of the singles that do nothing at all.
    non_additivity
        0: log fold changes of a pair are the sum of its parts'; 1: half the sum, and a specific effect of its own.
    control_bias
        Standard deviation of a technical effect, over all genes, that control cells alone carry.
    depth, depth_spread
        Mean total of a cell, and standard deviation of its log.
    mean_expression, mean_spread
        Median over genes of the mean per 10,000 counts, and standard deviation of its log.
    dispersion
        Negative binomial dispersion of a highly expressed gene; ``1 + 1 / (mean per 10,000)`` times that of others.
    contexts
        Names of cell lines.
    context_correlation, context_spread
        Correlation of effects between two contexts; standard deviation of the log baseline between them.
    test_share
        Share of the singles that models predict; all combinations are predicted.
    seed
        Every random choice follows from it.

    Raises
    ------
    SettingsError
        If a value is not allowed.

    Examples
    --------
    >>> SimulationSettings(n_singles=12).n_perturbations
    22
    """

    n_genes: int = 500
    n_singles: int = 30
    n_combinations: int = 10
    cells_per_perturbation: int = 50
    n_control_cells: int = 400
    cell_spread: float = 0.2
    shared_effect: float = 0.5
    shared_share: float = 0.3
    specific_effect: float = 0.8
    sparsity: float = 0.08
    target_effect: float = -1.2
    strength_spread: float = 0.3
    inert_share: float = 0.0
    non_additivity: float = 0.2
    control_bias: float = 0.0
    depth: float = 8000.0
    depth_spread: float = 0.3
    mean_expression: float = 1.0
    mean_spread: float = 1.3
    dispersion: float = 0.2
    contexts: tuple[str, ...] = ("line_A",)
    context_correlation: float = 0.7
    context_spread: float = 0.3
    test_share: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "contexts", tuple(self.contexts))
        for name in SHARES:
            self._expect(name, 0 <= getattr(self, name) <= 1, "a share from 0 to 1")
        for name in SIZES:
            self._expect(name, 0 <= getattr(self, name) <= 10, "a number from 0 to 10")
        for name in ("cells_per_perturbation", "n_control_cells", "n_singles"):
            self._expect(name, getattr(self, name) >= 1, "at least 1")
        self._expect("cell_spread", 0 <= self.cell_spread < 1, "a number from 0 to below 1")
        self._expect(
            "n_genes", self.n_genes >= max(10, self.n_singles), "at least 10 and one for each single"
        )
        most = comb(self.n_singles, 2)
        self._expect(
            "n_combinations", 0 <= self.n_combinations <= most, f"0 to {most}, the pairs of the singles"
        )
        self._expect("target_effect", abs(self.target_effect) <= 10, "a number from -10 to 10")
        self._expect("depth", 10 <= self.depth <= 1e7, "10 to 10,000,000 counts")
        self._expect(
            "mean_expression", 0 < self.mean_expression <= 1000, "above 0, at most 1,000 in 10,000 counts"
        )
        self._expect("seed", 0 <= self.seed <= MAX_SEED, f"a whole number from 0 to {MAX_SEED}")
        distinct = len(set(self.contexts)) == len(self.contexts) >= 1
        self._expect("contexts", distinct and all(self.contexts), "one or more distinct names")

    def _expect(self, name: str, condition: bool, expected: str) -> None:
        if not condition:
            raise SettingsError(f"{name} is {getattr(self, name)!r}; expected {expected}.")

    @property
    def n_perturbations(self) -> int:
        """Number of perturbations, singles and combinations."""
        return self.n_singles + self.n_combinations

    def as_dict(self) -> dict[str, object]:
        """Return the settings as they stand in ``settings.json``."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
