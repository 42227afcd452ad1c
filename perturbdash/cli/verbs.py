"""What each verb does with its flags."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from perturbdash.cli import flags
from perturbdash.cli.output import print_result, progress
from perturbdash.errors import PerturbdashError, SettingsError
from perturbdash.judgement.progress import part

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

JUDGED = 0.5
"""Share of the time after which everything is scored; the page asks for the tables, which take as long."""


def run_app(arguments: argparse.Namespace) -> int:
    """Open the dashboard."""
    from perturbdash.ui.launch import run_app as launch

    return launch(
        data_root=arguments.data_root,
        port=arguments.port,
        data=arguments.data,
        predictions=arguments.predictions,
        demo=arguments.demo,
        options={"schema": flags.schema(arguments), "settings": flags.settings(arguments)},
    )


def run_simulate(arguments: argparse.Namespace) -> int:
    """Write a simulated data set and predictions."""
    from perturbdash.simulation.command import run

    print(run(arguments))
    return 0


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Judge, and write the tables."""
    dataset = _dataset(arguments)
    if arguments.template:
        return _write_template(dataset, arguments.template)
    if not arguments.out and not arguments.json:
        raise SettingsError(
            "There is nowhere to write the tables; add --out DIR, or --json for the verdict alone."
        )
    if arguments.out and Path(arguments.out).is_file():
        raise SettingsError(f"{arguments.out} is a file; expected a folder for the tables: name another one.")
    further, shown = flags.further(arguments), progress()
    if further.asked and not arguments.out:
        raise SettingsError("There is nowhere to write the further tables; add --out DIR.")
    further.check(dataset)
    result = _judge(dataset, arguments, part(shown, 0, JUDGED) if further.asked else shown)
    try:
        made = further.made(result, progress=part(shown, JUDGED, 1))
    except PerturbdashError:
        result.save(arguments.out)  # what was judged is not lost
        raise
    if arguments.out:
        result.save(arguments.out, made)
    print_result(result, as_json=arguments.json, written=("Tables", arguments.out))
    return 0


def run_report(arguments: argparse.Namespace) -> int:
    """Judge, and write one self-contained page."""
    from perturbdash.report.writing import checked_path, write_report

    dataset = _dataset(arguments)
    if arguments.template:
        return _write_template(dataset, arguments.template)
    if not arguments.out:
        raise SettingsError("There is nowhere to write the report; add --out FILE.html.")
    path = checked_path(arguments.out)
    shown = progress()
    result = _judge(dataset, arguments, part(shown, 0, JUDGED))
    write_report(result, path, progress=part(shown, JUDGED, 1))
    print_result(result, as_json=arguments.json, written=("Report", arguments.out))
    return 0


def _dataset(arguments: argparse.Namespace) -> Dataset:
    from perturbdash.io.dataset import read

    return read(arguments.data, **flags.schema(arguments))


def _write_template(dataset: Dataset, file: str) -> int:
    from perturbdash.io.template import write_template

    write_template(dataset, Path(file))
    size = f"{len(dataset.perturbations)} perturbations and {len(dataset.genes)} genes"
    print(f"Template for {size}: {file}")
    return 0


def _judge(dataset: Dataset, arguments: argparse.Namespace, shown: Progress | None) -> Result:
    from perturbdash.judgement.evaluate import evaluate

    named = [flags.named(text) for text in arguments.predictions]
    return evaluate(dataset, named or None, progress=shown, **flags.settings(arguments))
