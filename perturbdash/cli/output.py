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


def part_of(shown: Progress | None, start: float, end: float) -> Progress | None:
    """Return what shows the progress of a part of the whole, from one share of it to another.

    Examples
    --------
    >>> part_of(lambda share, text: print(share, text), 0.5, 1)(0.5, "halfway through the second half")
    0.75 halfway through the second half
    """
    if shown is None:
        return None
    return lambda share, text: shown(start + (end - start) * share, text)


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
