"""The command line: results on standard output, progress, notices and errors on standard error."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perturbdash import __version__
from perturbdash.errors import PerturbdashError, SettingsError

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result

PATIENT_THREADS = ("OMP_WAIT_POLICY", "PASSIVE")
"""Threads that wait do not spin: on a machine that others use too, spinning doubled the time of an evaluation."""

SCHEMA_FLAGS = {
    "perturbation_key": "obs column that says what was done to a cell",
    "control": "label of the unperturbed cells",
    "context_key": "obs column of contexts such as cell lines; 'none': no context",
    "split_key": "obs column of train, val and test",
    "layer": "layer to read instead of X",
    "totals_key": "obs column of cell totals, for counts of a gene panel",
}
SETTING_FLAGS = (
    "seed",
    "halves",
    "folds",
    "calibration",
    "models",
    "genes",
    "targets",
    "candidates",
    "mean",
    "min_perturbations",
    "combination_folds",
    "blocks_by",
    "device",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit status: 0 done, 1 the input cannot be used, 2 wrong usage."""
    os.environ.setdefault(*PATIENT_THREADS)
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
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _add_app(verbs)
    _add_evaluate(verbs)
    _add_simulate(verbs)
    return parser


def _add_app(verbs: Any) -> None:
    app = verbs.add_parser("app", help="open the dashboard in a browser")
    app.add_argument(
        "data", nargs="?", metavar="DATA", help="file of cells to open; the demo is one click away without it"
    )
    app.add_argument(
        "--predictions", nargs="+", default=[], metavar="FILE", help="predictions; NAME=FILE names the model"
    )
    app.add_argument("--data-root", metavar="DIR", help="folder whose files may be opened by path")
    app.add_argument("--port", type=int, metavar="N", help="port of the server (8501)")
    _debug(app)
    app.set_defaults(run=_run_app)


def _add_evaluate(verbs: Any) -> None:
    evaluate = verbs.add_parser(
        "evaluate",
        help="judge predictions, and the metrics by which it is done; without predictions calibrate the data set",
    )
    evaluate.add_argument("data", metavar="DATA", help="file of cells, .h5ad or .zarr")
    evaluate.add_argument(
        "--predictions", nargs="+", default=[], metavar="FILE", help="predictions; NAME=FILE names the model"
    )
    evaluate.add_argument("--out", metavar="DIR", help="folder for the tables and run.json")
    for name, text in SCHEMA_FLAGS.items():
        evaluate.add_argument(f"--{name.replace('_', '-')}", help=text)
    evaluate.add_argument("--space", choices=("counts", "log1p"), help="what X holds")
    evaluate.add_argument(
        "--separator", metavar="S", help="between the parts of a combination: one of + ; | _, or 'none'"
    )
    evaluate.add_argument(
        "--merge-guides", action="store_true", default=None, help="count GENE_1, GENE_2 as GENE"
    )
    evaluate.add_argument(
        "--number-duplicates", action="store_true", default=None, help="number cells that share a name"
    )
    _add_settings(evaluate)
    evaluate.add_argument("--store", metavar="DIR", help="where moments are kept (the user's cache folder)")
    evaluate.add_argument("--no-store", action="store_true", help="keep no moments")
    evaluate.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    evaluate.add_argument(
        "--template", metavar="FILE.csv", help="write an empty prediction table for this data set and stop"
    )
    evaluate.add_argument(
        "--json", action="store_true", help="print verdict, calibration, warnings and run as JSON"
    )
    _debug(evaluate)
    evaluate.set_defaults(run=_run_evaluate)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="every random choice (0)")
    parser.add_argument("--halves", metavar="FILE", help="CSV cell,half in place of the seeded halves")
    parser.add_argument("--folds", metavar="FILE", help="CSV perturbation,fold in place of the seeded folds")
    parser.add_argument("--calibration", choices=("default", "published"), default="default")
    parser.add_argument(
        "--models", action="append", default=[], metavar="A", help="only this model of a file of several"
    )
    parser.add_argument(
        "--genes",
        choices=("all", "shared"),
        default="all",
        help="genes missing from a prediction: error, or score the shared ones",
    )
    parser.add_argument("--targets", choices=("keep", "drop"), default="keep", help="the targeted genes")
    parser.add_argument("--candidates", choices=("all", "test"), default="all", help="of retrieval metrics")
    parser.add_argument(
        "--mean", choices=("centroid", "cell"), default="centroid", help="weighting of the mean baseline"
    )
    parser.add_argument(
        "--headline", action="append", default=[], metavar="METRIC", help="count this metric in the verdict"
    )
    parser.add_argument(
        "--min-perturbations", type=int, default=10, metavar="N", help="below it nothing is said (10)"
    )
    parser.add_argument("--combination-folds", action="store_true", help="two folds over combinations only")
    parser.add_argument(
        "--blocks-by", metavar="COLUMN", help="obs column of blocks that are resampled together"
    )


def _add_simulate(verbs: Any) -> None:
    from perturbdash.simulation.command import add_arguments

    simulate = verbs.add_parser(
        "simulate", help="write a simulated data set and predictions with a known truth"
    )
    add_arguments(simulate)
    _debug(simulate)
    simulate.set_defaults(run=_run_simulate)


def _debug(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def _run_app(arguments: argparse.Namespace) -> int:
    from perturbdash.ui.launch import run_app

    return run_app(
        data_root=arguments.data_root,
        port=arguments.port,
        data=arguments.data,
        predictions=arguments.predictions,
    )


def _run_simulate(arguments: argparse.Namespace) -> int:
    from perturbdash.simulation.command import run

    print(run(arguments))
    return 0


def _run_evaluate(arguments: argparse.Namespace) -> int:
    from perturbdash.io.dataset import read

    more = ("space", "separator", "merge_guides", "number_duplicates")
    schema = {name: getattr(arguments, name) for name in (*SCHEMA_FLAGS, *more)}
    dataset = read(arguments.data, **{name: value for name, value in schema.items() if value is not None})
    if arguments.template:
        from perturbdash.io.template import write_template

        write_template(dataset, Path(arguments.template))
        size = f"{len(dataset.perturbations)} perturbations and {len(dataset.genes)} genes"
        print(f"Template for {size}: {arguments.template}")
        return 0
    if not arguments.out and not arguments.json:
        raise SettingsError(
            "There is nowhere to write the tables; add --out DIR, or --json for the verdict alone."
        )
    from perturbdash.judgement.evaluate import evaluate

    result = evaluate(
        dataset,
        [_named(text) for text in arguments.predictions] or None,
        progress=_progress if sys.stderr.isatty() else None,
        **_settings(arguments),
    )
    if arguments.out:
        result.save(arguments.out)
    _print_result(result, as_json=arguments.json, out=arguments.out)
    return 0


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    settings = {name: getattr(arguments, name) for name in SETTING_FLAGS}
    if arguments.headline:
        settings["headline"] = tuple(arguments.headline)
    settings["store"] = False if arguments.no_store else arguments.store
    return settings


def _named(text: str) -> str | tuple[str, str]:
    """Split ``NAME=FILE``; a file whose own name holds an equals sign is a file.

    Examples
    --------
    >>> _named("mine=p.csv"), _named("p.csv")
    (('mine', 'p.csv'), 'p.csv')
    """
    name, equals, file = text.partition("=")
    return (name, file) if equals and name and file and not Path(text).exists() else text


def _progress(share: float, text: str) -> None:
    end = "\n" if share >= 1 else ""
    print(f"\r\x1b[K{share:4.0%}  {text}", end=end, file=sys.stderr, flush=True)


def _print_result(result: Result, *, as_json: bool, out: str | None) -> None:
    if as_json:
        from perturbdash.judgement.record import plain

        tables = {
            name: getattr(result, name).to_dict("records")
            for name in ("verdict", "calibration_summary", "warnings")
        }
        print(json.dumps(plain(tables | {"run": result.run}), allow_nan=False))
        return
    from perturbdash.judgement.sentences import notice_lines, summary_lines

    for line in notice_lines(result):
        print(line, file=sys.stderr)
    for line in summary_lines(result):
        print(line)
    if out:
        print(f"Tables: {out}")
