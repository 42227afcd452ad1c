"""Growth: time and memory for more cells and for more perturbations, each size in a process of its own.

    python -m benchmarks.growth [--full] [--limit 600] [--write docs/performance.md] [--files DIR]

A modest run has up to 100,000 cells and 1,000 perturbations; ``--full`` goes to 1,000,000 cells (a file of 7 GB) and
5,000 perturbations. With ``--write``, the plot stands beside the page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.make_file import Choices, Files, default_root, made_once
from benchmarks.one_machine import warm_page_cache
from benchmarks.tables import exponent, fill, markdown, number
from benchmarks.timing import Run, run

PLOT = "growth.svg"
LARGE = 200_000_000
COLOURS = {"bare": "#0072B2", "moments": "#D55E00", "total": "#009E73", "peak_total": "#009E73"}
HEADER = (
    "cells", "perturbations", "genes", "values, million", "bare read, s", "read + moments, s",
    "file to everything, s", "× bare", "peak memory, GB", "above imports and moments, GB",
)  # fmt: skip


@dataclass(frozen=True)
class Series:
    """Sizes of which one thing grows."""

    name: str
    axis: str
    choices: tuple[Choices, ...]
    modest: int

    def sizes(self, *, full: bool) -> tuple[Choices, ...]:
        """Return all sizes, or the modest ones."""
        return self.choices if full else self.choices[: self.modest]


SERIES = (
    Series(
        "cells",
        "cells (5,000 genes, 500 perturbations)",
        tuple(Choices(cells=n) for n in (10_000, 30_000, 100_000, 300_000, 1_000_000)),
        modest=3,
    ),
    Series(
        "perturbations",
        "perturbations (100,000 cells, 8,000 genes)",
        tuple(Choices(genes=8_000, perturbations=n) for n in (100, 1_000, 5_000)),
        modest=2,
    ),
)


@dataclass(frozen=True)
class Measured:
    """A size and what was found of it."""

    choices: Choices
    run: Run

    @property
    def values(self) -> dict[str, Any]:
        """What was measured; the first run stands for those that the limit cut off."""
        found = self.run.values
        first = {"moments": found.get("first_moments"), "total": found.get("first_total")}
        return {**{name: value for name, value in first.items() if value is not None}, **found}


def measure(choices: Choices, root: Path, limit: float) -> Measured:
    """Measure a size; large files are run once after the first."""
    files: Files = made_once(choices, root)
    warm_page_cache(files)
    many = choices.cells * choices.genes * 0.17 > LARGE or choices.perturbations > 1_000
    command = [sys.executable, "-m", "benchmarks.measure_file", files.cells, "--runs", "1" if many else "2"]
    found = run([*command, "--predictions", *files.predictions], limit=limit)
    return Measured(choices, found.or_stopped(f"The benchmark of {choices.cells:,} cells"))


def row(measured: Measured) -> list[str]:
    """Return the row of a size; what the limit cut off says so."""
    choices, values = measured.choices, measured.values
    missing = measured.run.error or "–"
    bare, total = values.get("bare"), values.get("total")

    def shown(name: str) -> str:
        return number(values[name]) if name in values else missing

    return [
        f"{choices.cells:,}",
        f"{choices.perturbations:,}",
        f"{choices.genes:,}",
        number(values["stored"] / 1e6, 3) if "stored" in values else "–",
        shown("bare"),
        shown("moments"),
        shown("total"),
        number(total / bare) if bare and total else "–",
        shown("peak_total"),
        number(_above(values)),
    ]


def _above(values: Mapping[str, float]) -> float | None:
    if "peak_total" not in values:
        return None
    return values["peak_total"] - values["peak_imports"] - values["result_gb"]


def grown(series: Series, measured: Sequence[Measured]) -> str:
    """Say by which power of what grows the time rises, fitted to the sizes and between the last two."""
    size_of = {"cells": lambda m: m.values["stored"], "perturbations": lambda m: m.choices.perturbations}
    unit = {"cells": "stored values", "perturbations": "perturbations"}[series.name]
    parts = []
    for name, words in (("moments", "read + moments"), ("total", "file to everything")):
        whole = [m for m in measured if name in m.values and "stored" in m.values]
        x, y = [size_of[series.name](m) for m in whole], [m.values[name] for m in whole]
        if len(whole) >= 2:
            last = exponent(x[-2:], y[-2:])
            parts.append(f"{words} {exponent(x, y):.2f} (between the two largest {last:.2f})")
    return f"Exponent of the time against {unit}: {'; '.join(parts) or 'too few sizes were measured'}."


def plot(measured: Mapping[str, Sequence[Measured]], path: Path) -> None:
    """Draw seconds and peak memory against what grows, on logarithmic axes."""
    import matplotlib as mpl

    mpl.use("agg")
    mpl.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        2, len(SERIES), figsize=(10, 6), sharex="col", sharey="row", layout="constrained"
    )
    lines = (("bare", "bare anndata read"), ("moments", "read + moments"), ("total", "file to everything"))
    for column, series in enumerate(SERIES):
        found = measured.get(series.name, ())
        for name, label in lines:
            _line(axes[0, column], series, found, name, label)
        _line(axes[1, column], series, found, "peak_total", "peak memory")
        _scales(axes[:, column], [getattr(m.choices, series.name) for m in found])
        axes[1, column].set_xlabel(series.axis)
    axes[0, 0].set_ylabel("seconds")
    axes[1, 0].set_ylabel("peak memory, GB")
    axes[1, 0].set_ylim(bottom=0)
    if axes[0, 0].lines:
        axes[0, 0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _line(axis: Any, series: Series, found: Sequence[Measured], name: str, label: str) -> None:
    points = [(getattr(m.choices, series.name), m.values[name]) for m in found if name in m.values]
    if points:
        axis.plot(*zip(*points, strict=True), marker="o", label=label, color=COLOURS[name])


def _scales(column: Sequence[Any], sizes: Sequence[int]) -> None:
    """Make sizes and seconds logarithmic, with plain numbers."""
    from matplotlib.ticker import NullLocator, StrMethodFormatter

    for axis in column:
        axis.set_xscale("log")
        axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axis.xaxis.set_minor_locator(NullLocator())
        axis.grid(visible=True, alpha=0.3)
    column[0].set_yscale("log")
    column[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def measure_all(root: Path, *, full: bool, limit: float, write: Path | None) -> None:
    """Measure all sizes, print the table and the exponents, and fill the sections of a page."""
    measured: dict[str, list[Measured]] = {}
    for series in SERIES:
        measured[series.name] = []
        for choices in series.sizes(full=full):
            measured[series.name].append(measure(choices, root, limit))
            print(" | ".join(row(measured[series.name][-1])), flush=True)
    rows = [row(m) for found in measured.values() for m in found]
    said = "\n\n".join(grown(series, measured[series.name]) for series in SERIES)
    print(f"\n{markdown(HEADER, rows)}\n\n{said}", flush=True)
    if write is not None:
        plot(measured, write.with_name(PLOT))
        picture = f"![Seconds and memory against cells and perturbations]({PLOT})"
        fill(write, "growth", f"{markdown(HEADER, rows)}\n\n{said}\n\n{picture}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=Path, default=default_root(), help="folder that keeps the files")
    parser.add_argument("--full", action="store_true", help="up to 1,000,000 cells and 5,000 perturbations")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for one size")
    parser.add_argument("--write", type=Path, help="page whose section is filled")
    arguments = parser.parse_args()
    measure_all(arguments.files, full=arguments.full, limit=arguments.limit, write=arguments.write)


if __name__ == "__main__":
    main()
