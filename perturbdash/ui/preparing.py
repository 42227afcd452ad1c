"""Load what scoring and drawing need beside the pages, so that the first click need not wait for it."""

from __future__ import annotations

import gc
import logging
import pkgutil
import threading
import time
from functools import cache
from importlib import import_module

from streamlit import runtime

from perturbdash.ui.jobs import SHUTDOWN

PAUSE_SECONDS = 0.05


def prepare() -> None:
    """Load libraries and compiled kernels, once a server; for pages, which also tests run without a server."""
    if runtime.exists():
        begin()


@cache
def begin() -> None:
    """Load libraries and compiled kernels in a thread, as soon as the server of this process answers."""
    threading.Thread(target=_when_answering, name="prepare", daemon=True).start()


def _when_answering() -> None:
    while not runtime.exists() or runtime.get_instance().state is runtime.RuntimeState.INITIAL:
        time.sleep(PAUSE_SECONDS)
    _load()


def _load() -> None:
    """Load one thing after the other, and spare the garbage collector what each brings.

    Streamlit collects garbage after every run of a page, also of the fragment that shows progress. Over the
    million objects of torch and numba that holds all threads for 0.15 s each time; on a slow machine what
    computes would hardly come to its turn.
    """
    try:
        for load in (_load_reading, _load_libraries, _load_kernels, _load_figures):
            load()
            gc.freeze()
    except (ImportError, OSError, RuntimeError) as error:
        if SHUTDOWN in str(error):
            return
        logging.getLogger("perturbdash").warning("Preparing failed; scoring will load it all.", exc_info=True)


def _load_reading() -> None:
    """Load what opens data and results of the store, which a first page may ask for at once."""
    import anndata.io  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    import perturbdash.judgement.kept  # noqa: F401


def _load_libraries() -> None:
    import torch  # noqa: F401

    gc.freeze()
    import perturbdash.judgement.evaluate
    import perturbdash.judgement.result  # noqa: F401


def _load_kernels() -> None:
    from perturbdash.warm import warm

    warm()


def _load_figures() -> None:
    from perturbdash import figures

    import_module("pandas.io.formats.style")  # tables; it loads matplotlib where that is installed
    for module in pkgutil.walk_packages(figures.__path__, f"{figures.__name__}."):
        import_module(module.name)
