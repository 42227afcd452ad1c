"""What the command line prints: the result on standard output, progress and notices on standard error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress


def progress() -> Progress | None:
    """Return what shows progress, None where standard error is no terminal."""
    return _show if sys.stderr.isatty() else None


def _show(share: float, text: str) -> None:
    end = "\n" if share >= 1 else ""
    print(f"\r\x1b[K{share:4.0%}  {text}", end=end, file=sys.stderr, flush=True)


def print_result(result: Result, *, as_json: bool, written: tuple[str, str | None]) -> None:
    """Print notices, and the verdict in sentences or as JSON.

    Parameters
    ----------
    written
        What was written, in a word, and where; None: nowhere.
    """
    from perturbdash.judgement.sentences import notice_lines, summary_lines

    for line in notice_lines(result):
        print(line, file=sys.stderr)
    if as_json:
        from perturbdash.judgement.record import plain

        tables = {
            name: getattr(result, name).to_dict("records")
            for name in ("verdict", "calibration_summary", "warnings")
        }
        print(json.dumps(plain(tables | {"run": result.run}), allow_nan=False))
        return
    for line in summary_lines(result):
        print(line)
    if written[1]:
        print(f"{written[0]}: {written[1]}")
