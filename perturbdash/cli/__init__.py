"""The command line: results on standard output, progress, notices and errors on standard error."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any

from perturbdash import __version__
from perturbdash.cli import flags, verbs
from perturbdash.errors import PerturbdashError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit status: 0 done, 1 the input cannot be used, 2 wrong usage."""
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except PerturbdashError as error:
        if arguments.debug:
            traceback.print_exc()
        print(f"perturbdash: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("perturbdash: stopped.", file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="perturbdash",
        description="Shows whether a model that predicts how cells answer a perturbation has learnt biology, "
        "or only the average.",
    )
    parser.add_argument("--version", action="version", version=f"perturbdash {__version__}")
    verbs_ = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_app(verbs_)
    _add_evaluate(verbs_)
    _add_report(verbs_)
    _add_moments(verbs_)
    _add_simulate(verbs_)
    return parser


def _add_app(parsers: Any) -> None:
    app = parsers.add_parser("app", help="open the dashboard in a browser")
    opened = app.add_mutually_exclusive_group()
    opened.add_argument("data", nargs="?", metavar="DATA", help="file of cells, .h5ad or .zarr, to open")
    opened.add_argument("--demo", action="store_true", help="open the demo data set")
    flags.add_predictions(app)
    app.add_argument("--data-root", metavar="DIR", help="folder whose files may be opened by path")
    app.add_argument("--port", type=int, metavar="N", help="port of the server (8501)")
    flags.add_schema(app)
    flags.add_settings(app)
    flags.add_debug(app)
    app.set_defaults(run=verbs.run_app)


def _add_evaluate(parsers: Any) -> None:
    evaluate = parsers.add_parser(
        "evaluate",
        help="judge predictions, and the metrics by which it is done; without predictions calibrate the data set",
    )
    flags.add_judging(evaluate)
    evaluate.add_argument("--out", metavar="DIR", help="folder for the tables and run.json")
    flags.add_further(evaluate)
    evaluate.set_defaults(run=verbs.run_evaluate)


def _add_report(parsers: Any) -> None:
    report = parsers.add_parser(
        "report", help="judge as evaluate does, and write one self-contained page to read, send and print"
    )
    flags.add_judging(report)
    report.add_argument("--out", metavar="FILE.html", help="the page; a file that is there is replaced")
    report.set_defaults(run=verbs.run_report)


def _add_moments(parsers: Any) -> None:
    from perturbdash.cli import moments

    verb = parsers.add_parser(
        "moments", help="reduce cells to a store of moments, on this machine or a Dask cluster"
    )
    moments.add_arguments(verb)
    verb.set_defaults(run=moments.run)


def _add_simulate(parsers: Any) -> None:
    from perturbdash.simulation.command import add_arguments

    simulate = parsers.add_parser(
        "simulate", help="write a simulated data set and predictions with a known truth"
    )
    add_arguments(simulate)
    flags.add_debug(simulate)
    simulate.set_defaults(run=verbs.run_simulate)
