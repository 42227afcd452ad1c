"""Records of views as documents: what is written, and what of a document is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast, get_args

from perturbdash.errors import DataError
from perturbdash.ui.records import Option, Place, Record, Source
from perturbdash.ui.shelf import Json

FORMAT = 1
LONGEST = 4096
SEED = "seed"
SCHEMA = frozenset(
    (
        "perturbation_key",
        "control",
        "context_key",
        "split_key",
        "layer",
        "space",
        "totals_key",
        "separator",
        "merge_guides",
        "number_duplicates",
    )
)
"""Keywords of ``perturbdash.read``."""
FILES = ("halves", "folds")
SETTINGS = frozenset(
    (
        "calibration",
        "genes",
        "targets",
        "candidates",
        "mean",
        "headline",
        "min_perturbations",
        "combination_folds",
        "n_resamples",
        "models",
        "blocks_by",
        "halves_by",
        "device",
        *FILES,
    )
)
"""Keywords of ``perturbdash.evaluate`` beside the seed."""
UPLOAD = re.compile(r"[0-9a-f]{24}/[\w+-][\w.+-]*")

Stamps = Mapping[Source, str]
"""What a file was when the record was made."""


def document_of(record: Record, stamps: Stamps) -> Json:
    """Return a record as a document."""
    settings = dict(record.settings)
    return {
        "format": FORMAT,
        "data": _file(record.data, stamps),
        "schema": {name: _plain(value) for name, value in record.schema},
        SEED: settings.pop(SEED, 0),
        "settings": {name: _plain(value) for name, value in settings.items()},
        "predictions": [{"model": name, **_file(source, stamps)} for name, source in record.predictions],
        "choices": [_file(source, stamps) for source in choices_of(record)],
    }


def record_of(document: Json) -> tuple[Record, dict[Source, str]]:
    """Return the record in a document, and what its files were.

    Raises
    ------
    DataError
        If the document is not one that this version writes.
    """
    try:
        return _record_of(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            "The record of this link is not one that this version of perturbdash can open; load the file again."
        ) from error


def choices_of(record: Record) -> list[Source]:
    """Return the files that settings name: given halves and folds."""
    settings = dict(record.settings)
    return [Source("given", str(settings[name])) for name in FILES if settings.get(name)]


def files_of(record: Record) -> list[Source]:
    """Return every file that a record needs, the data first."""
    return [record.data, *(source for _, source in record.predictions), *choices_of(record)]


def _file(source: Source, stamps: Stamps) -> Json:
    return {"place": source.place, "name": source.name, "content": stamps.get(source, "")}


def _plain(value: Option) -> object:
    return list(value) if isinstance(value, tuple) else value


def _record_of(document: Json) -> tuple[Record, dict[Source, str]]:
    _expect(document["format"] == FORMAT)
    stamps: dict[Source, str] = {}
    settings = _options(document["settings"], SETTINGS)
    seed = _option(document[SEED])
    _expect(isinstance(seed, int))
    if seed != 0:
        settings[SEED] = seed
    found = cast("list[Json]", document["predictions"])
    predictions = [(_text(item["model"]), _source(item, stamps)) for item in found]
    _expect(len(dict(predictions)) == len(predictions))
    record = Record(_source(cast("Json", document["data"]), stamps), predictions=tuple(predictions))
    for item in cast("list[Json]", document["choices"]):
        _source(item, stamps)
    schema = _options(document["schema"], SCHEMA)
    return record.only_schema(schema).only_settings(settings), stamps


def _source(item: Json, stamps: dict[Source, str]) -> Source:
    place, name, content = _text(item["place"]), _text(item["name"]), item["content"]
    _expect(place in get_args(Place) and isinstance(content, str) and "\0" not in name)
    if place == "upload":
        _expect(UPLOAD.fullmatch(name) is not None)
    elif place == "demo":
        _expect("/" not in name and "\\" not in name and not name.startswith("."))
    elif place == "given":
        _expect(Path(name).is_absolute())
    source = Source(cast("Place", place), name)
    stamps[source] = str(content)
    return source


def _options(found: object, allowed: frozenset[str]) -> dict[str, Option]:
    _expect(isinstance(found, dict))
    options = {str(name): _option(value) for name, value in cast("Json", found).items()}
    _expect(set(options) <= allowed)
    return options


def _option(value: object) -> Option:
    if isinstance(value, list):
        return tuple(_text(item) for item in value)
    _expect(value is None or isinstance(value, (bool, int, float)) or bool(_text(value)))
    return cast("Option", value)


def _text(value: object) -> str:
    _expect(isinstance(value, str) and 0 < len(value) <= LONGEST)
    return str(value)


def _expect(holds: bool) -> None:
    if not holds:
        raise ValueError("not a record")
