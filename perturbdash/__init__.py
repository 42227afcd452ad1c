"""Shows whether a model that predicts perturbed cells has learnt biology, or only the average.

Examples
--------
>>> import perturbdash as pdash
>>> sorted(pdash.__all__)
['Dataset', 'PerturbdashError', 'Result', '__version__', 'evaluate', 'figures', 'moments', 'read']
"""

from __future__ import annotations

import os
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from perturbdash.errors import PerturbdashError

if TYPE_CHECKING:
    from perturbdash import figures
    from perturbdash.io.dataset import Dataset, read
    from perturbdash.judgement.evaluate import evaluate
    from perturbdash.judgement.result import Result
    from perturbdash.statistics.cluster.files import moments

os.environ.setdefault(
    "OMP_WAIT_POLICY", "PASSIVE"
)  # waiting threads that spin make a shared machine 3 times slower

try:
    __version__ = version("perturbdash")
except PackageNotFoundError:
    __version__ = "0+unknown"

__all__ = ["Dataset", "PerturbdashError", "Result", "__version__", "evaluate", "figures", "moments", "read"]

_FOUND_IN = {
    "Dataset": "perturbdash.io.dataset",
    "read": "perturbdash.io.dataset",
    "evaluate": "perturbdash.judgement.evaluate",
    "Result": "perturbdash.judgement.result",
    "moments": "perturbdash.statistics.cluster.files",
}


def __getattr__(name: str) -> Any:
    if name == "figures":
        return import_module("perturbdash.figures")
    if name in _FOUND_IN:
        return getattr(import_module(_FOUND_IN[name]), name)
    raise AttributeError(f"module 'perturbdash' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
