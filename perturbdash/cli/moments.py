"""The verb ``moments``: files of cells, or stores to join, to one store of moments."""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perturbdash.cli import flags
from perturbdash.cli.output import progress
from perturbdash.errors import SettingsError

if TYPE_CHECKING:
    from perturbdash.statistics.moments import Moments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    add = parser.add_argument
    add(
        "data", nargs="+", metavar="DATA", help="files of cells, .h5ad or .zarr; or stores of moments to join"
    )
    add("--out", required=True, metavar="STORE.h5ad", help="the store; a file that is there is replaced")
    add("--scheduler", metavar="ADDRESS", help="Dask scheduler whose workers compute (this machine does)")
    add(
        "--context",
        action="append",
        default=[],
        metavar="LEVEL",
        help="only cells of this context; needs --context-key",
    )
    add("--only-genes", metavar="FILE", help="only these genes, a name a line; totals are over all genes")
    add("--rows", type=int, metavar="N", help="rows of a file that are one task")
    add("--retries", type=int, metavar="N", help="how often a task that fails is tried again (2)")
    flags.add_schema(parser)
    add("--seed", type=int, metavar="N", help="halves and blocks of control cells (0)")
    add("--halves", metavar="FILE", help="CSV cell,half in place of the seeded halves")
    add("--device", choices=("auto", "cpu", "cuda"), help="where each machine computes (auto)")
    add("--json", action="store_true", help="print what the store holds as JSON")
    flags.add_debug(parser)


def run(arguments: argparse.Namespace) -> int:
    """Write the store and say what it holds."""
    from perturbdash.judgement.inputs import choices_table
    from perturbdash.statistics.cluster.files import moments

    given = {name: getattr(arguments, name) for name in ("seed", "rows", "retries", "device")}
    for name, least in (("rows", 1), ("retries", 0)):
        if given[name] is not None and given[name] < least:
            raise SettingsError(f"--{name} is {given[name]}; expected a whole number of {least} or more.")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters reaches the user as a sentence
    found = moments(
        arguments.data,
        out=arguments.out,
        scheduler=arguments.scheduler,
        contexts=arguments.context,
        only_genes=_names(arguments.only_genes),
        halves=choices_table(arguments.halves, ("cell", "half")),
        progress=progress(),
        **{name: value for name, value in given.items() if value is not None},
        **flags.schema(arguments),
    )
    facts = _facts(found, arguments.out)
    if arguments.json:
        print(json.dumps(facts))
    else:
        words = "{cells:,} cells in {groups:,} groups of {perturbations:,} perturbations over {genes:,} genes"
        print(f"Moments of {words.format(**facts)}: {arguments.out}")
    return 0


def _facts(found: Moments, out: str) -> dict[str, Any]:
    from perturbdash.vocabulary import CONTROL

    return {
        "cells": int(found.n_cells.sum()),
        "groups": len(found.conditions),
        "contexts": sorted(set(found.conditions["context"])),
        "perturbations": len(set(found.conditions["perturbation"]) - {CONTROL}),
        "genes": len(found.genes),
        "store": str(out),
    }


def _names(file: str | None) -> list[str] | None:
    if file is None:
        return None
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(
            f"{file} cannot be read ({problem}); expected names of genes, one a line."
        ) from problem
    return [line.strip() for line in lines if line.strip()]
