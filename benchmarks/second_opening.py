"""How long a second opening takes: server time to the figures of each page, and the size of each figure's JSON.

The first run scores a store of moments (see ``benchmarks.moments_store``) and keeps the result in a store; the second,
a new process, opens pages from it. Server time is that of a page's run, without a browser.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "scorecard",
    "calibration",
    "systematic_variation",
    "reference",
    "perturbation",
    "retrieval",
    "embedding",
    "datasets",
)
LONGEST = 600.0


def visit(page: str, dataset: str, **parameters: str) -> Any:
    """Return a page after its first run in a fresh session."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=LONGEST)
    for name, value in {"dataset": dataset, **parameters}.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py")
    return app


def timed(app: Any) -> tuple[float, float]:
    """Run a page and return the seconds to its first figure, NaN without one, and in all."""
    import streamlit as st

    drawn: list[float] = []
    draw = st.plotly_chart

    def noted(*given: Any, **settings: Any) -> Any:
        drawn.append(time.perf_counter() - start)
        return draw(*given, **settings)

    st.plotly_chart = noted
    start = time.perf_counter()
    try:
        app.run()
    finally:
        st.plotly_chart = draw
    if app.exception:
        raise SystemExit(f"A page failed: {app.exception[0].message}")
    return min(drawn, default=math.nan), time.perf_counter() - start


def settle() -> float:
    """Wait for all work of the server and return the seconds."""
    from perturbdash.ui.library import library

    start = time.perf_counter()
    for jobs in (library().jobs, library().readings, library().extra_jobs):
        for job in list(jobs._jobs.values()):
            job.wait(LONGEST)
            if job.state == "failed":
                raise SystemExit(f"Work failed: {job.problem}")
    return time.perf_counter() - start


def sizes(app: Any) -> Iterator[tuple[str, int]]:
    """Yield title and bytes of each figure's JSON on a page."""
    for element in app.main.get("plotly_chart"):
        spec = element.proto.spec
        alt = json.loads(spec).get("layout", {}).get("meta", {})
        yield str(alt.get("alt", "") if isinstance(alt, dict) else "")[:60], len(spec.encode())


def measure(page: str, dataset: str) -> None:
    """Print the first run, the work behind it, a rerun, and the size of each figure."""
    app = visit(page, dataset)
    figure, first = timed(app)
    work, again, found = 0.0, first, list(sizes(app))
    for _ in range(4):
        waited = settle()
        _, again = timed(app)
        found = list(sizes(app))
        work += waited
        if waited < 0.05:
            break
    largest = max((size for _, size in found), default=0)
    print(
        f"{page:20} first figure {figure:5.2f} s, run {first:5.2f} s; work {work:5.1f} s; rerun {again:5.2f} s; "
        f"{len(found)} figures, largest {largest / 1e6:.2f} MB",
        flush=True,
    )
    for alt, size in found:
        if size > 1e6:
            print(f"    {size / 1e6:5.2f} MB  {alt}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the benchmark's store.h5ad and skilled.parquet")
    parser.add_argument("--kept", type=Path, required=True, help="store of the server")
    parser.add_argument(
        "--prepared", action="store_true", help="with libraries loaded, as a server is after seconds"
    )
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    arguments = parser.parse_args()
    os.environ["PERTURBDASH_STORE"] = str(arguments.kept)
    if arguments.prepared:
        from perturbdash.ui import preparing

        preparing._load()
    from perturbdash.ui.library import library
    from perturbdash.ui.records import Record, Source

    predictions = (("skilled", Source("given", str(arguments.folder / "skilled.parquet"))),)
    record = Record(Source("given", str(arguments.folder / "store.h5ad")), predictions=predictions)
    start = time.perf_counter()
    dataset = library().address(record)
    library().dataset(record)
    opened = time.perf_counter()
    result = library().result(record)
    read = time.perf_counter() - opened
    print(f"data set {opened - start:.2f} s, result {read:.2f} s, from the store: {result is not None}")
    print("torch is loaded:", "torch" in sys.modules, flush=True)
    for page in arguments.pages:
        measure(page, dataset)


if __name__ == "__main__":
    main()
