"""Fill the caches of compiled kernels, so that the first user does not wait for a compiler.

Run as ``python -m perturbdash.warm`` after an installation.
"""

from __future__ import annotations

from importlib import import_module

KERNEL_MODULES = (
    "perturbdash.statistics.kernels",
    "perturbdash.statistics.merging",
    "perturbdash.statistics.pvalues",
    "perturbdash.statistics.ranking",
    "perturbdash.metrics.kernels",
    "perturbdash.judgement.draws_compiled",
)


def warm() -> None:
    """Compile every kernel for the types that real data have."""
    for name in KERNEL_MODULES:
        import_module(name).warm()


if __name__ == "__main__":
    warm()
