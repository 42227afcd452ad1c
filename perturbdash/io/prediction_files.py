"""Tables of predictions in files and in memory: their columns, and the values of those that are asked for."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np
import pandas as pd

from perturbdash.errors import PredictionError
from perturbdash.io.columns import text

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")
TABLE_SUFFIXES = (*TEXT_SUFFIXES, ".parquet", ".pq")
CELL_SUFFIXES = (".h5ad", ".zarr")
ACCEPTED = ".csv, .tsv (also .gz), .parquet or .h5ad"
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".npy", ".npz")
DELIMITERS = ",\t;"
TEMPLATE = "the template for this data set shows the form"


@dataclass(frozen=True)
class PredictionTable:
    """A table whose values are read when it is known which columns matter.

    Parameters
    ----------
    where
        What a message calls it.
    columns
        All column names, levels of the index first.
    load
        Takes positions of columns that are wanted as text and as values; returns both frames, columns in that order.
    """

    where: str
    columns: tuple[str, ...]
    load: Callable[[Sequence[int], Sequence[int]], tuple[pd.DataFrame, pd.DataFrame]]


def stem(path: Path) -> str:
    """Return the name of a model that its file gives it.

    Examples
    --------
    >>> stem(Path("results/my.model.csv.gz"))
    'my.model'
    """
    name = path.name
    for suffix in sorted((*TABLE_SUFFIXES, *CELL_SUFFIXES), key=len, reverse=True):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def check_suffix(path: Path) -> None:
    """Refuse a file that is not there or of a kind that is not read.

    Raises
    ------
    PredictionError
        With what to do instead.
    """
    if not path.exists():
        raise PredictionError(f"There is no file {path}; check its name and folder.")
    name = path.name.lower()
    if name.endswith(PICKLES):
        raise PredictionError(
            f"{path.name} may hold Python objects, which are never opened since they can run code; "
            f"expected {ACCEPTED}; save the prediction as a table of perturbations × genes."
        )
    if not name.endswith((*TABLE_SUFFIXES, *CELL_SUFFIXES)):
        raise PredictionError(f"{path.name} has an unknown ending; expected {ACCEPTED}; {TEMPLATE}.")


def table_of_file(path: Path) -> PredictionTable:
    """Open a CSV, TSV or Parquet file; its header is read, its values are not.

    Raises
    ------
    PredictionError
        If it is empty or not what its name says.
    """
    is_text = path.name.lower().endswith(TEXT_SUFFIXES)
    with _readable(path):
        return _text_table(path) if is_text else _parquet_table(path)


def table_of_frame(frame: pd.DataFrame, where: str = "The table") -> PredictionTable:
    """Take a DataFrame; levels of its index that say something count as columns."""
    levels = [] if _counts_rows(frame.index) else list(range(frame.index.nlevels))
    names = ["" if frame.index.names[i] is None else str(frame.index.names[i]) for i in levels]
    columns = (*names, *map(str, frame.columns))

    def column(position: int) -> pd.Series:
        if position < len(levels):
            return pd.Series(frame.index.get_level_values(position)).reset_index(drop=True)
        return frame.iloc[:, position - len(levels)].reset_index(drop=True)

    def load(labels: Sequence[int], values: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
        picked = [i - len(levels) for i in values]
        return _labelled([column(i) for i in labels], len(frame)), frame.iloc[:, picked].reset_index(
            drop=True
        )

    return PredictionTable(where, columns, load)


def as_text(column: pd.Series) -> pd.Series:
    """Return a column of labels as text, empty where it is missing, on a fresh index.

    Examples
    --------
    >>> as_text(pd.Series([1.0, None, " a"], dtype=object)).tolist()
    ['1', '', 'a']
    """
    codes, distinct = pd.factorize(column)
    words = np.array([*(text(value) or "" for value in distinct), ""], dtype=object)
    return pd.Series(words[codes], dtype=object)


def _labelled(columns: Sequence[pd.Series], n_rows: int) -> pd.DataFrame:
    """Return columns of labels as text, numbered."""
    return pd.DataFrame({i: as_text(column) for i, column in enumerate(columns)}, index=range(n_rows))


def _counts_rows(index: pd.Index) -> bool:
    """Tell whether an index only numbers the rows."""
    if isinstance(index, pd.MultiIndex) or index.name is not None:
        return False
    return isinstance(index, pd.RangeIndex) or bool(index.dtype.kind in "iu")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what readers of files raise into a sentence."""
    from pyarrow import ArrowException

    try:
        yield
    except (
        ArrowException,
        OSError,
        EOFError,
        UnicodeDecodeError,
        csv.Error,
        pd.errors.ParserError,
    ) as problem:
        detail = " ".join(str(problem).split())[:160]
        raise PredictionError(
            f"{path.name} cannot be read as what its name says ({detail}); expected {ACCEPTED}; {TEMPLATE}."
        ) from problem


def _open_text(path: Path) -> TextIO:
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _text_table(path: Path) -> PredictionTable:
    with _open_text(path) as handle:
        line = handle.readline()
        delimiter = max(DELIMITERS, key=line.count)
        handle.seek(0)
        rows = csv.reader(handle, delimiter=delimiter)
        limit = csv.field_size_limit()
        header, first = next(rows, []), next((row for row in rows if row), [])
    if "\0" in line or limit < len(line):
        raise PredictionError(f"{path.name} is not text; expected {ACCEPTED}; {TEMPLATE}.")
    if not header or not first:
        raise PredictionError(f"{path.name} is empty; expected one row a perturbation; {TEMPLATE}.")
    if len(first) == len(header) + 1:
        header = ["", *header]

    def load(labels: Sequence[int], values: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
        with _readable(path):
            _check_widths(path, delimiter, len(header))
            frame = pd.read_csv(
                path,
                sep=delimiter,
                header=None,
                skiprows=1,
                names=range(len(header)),
                index_col=False,
                usecols=sorted({*labels, *values}),
                converters=dict.fromkeys(labels, str.strip),
                encoding="utf-8-sig",
                float_precision="round_trip",
                low_memory=False,
            )
        return _labelled([frame[i] for i in labels], len(frame)), frame[list(values)]

    return PredictionTable(path.name, tuple(header), load)


def _check_widths(path: Path, delimiter: str, width: int) -> None:
    """Refuse a table in which a row has more or fewer fields than the header, which pandas would pad or cut.

    Raises
    ------
    PredictionError
        Naming the first such row.
    """
    with _open_text(path) as handle:
        next(handle)
        for number, line in enumerate(handle, 2):
            if not line.strip() or line.count('"') % 2:
                continue
            quoted = '"' in line
            n_fields = (
                len(next(csv.reader([line], delimiter=delimiter))) if quoted else line.count(delimiter) + 1
            )
            if n_fields != width:
                raise PredictionError(
                    f"Line {number} of {path.name} has {n_fields} fields, but the header makes {width}; expected one "
                    f"value a column; quote labels that hold a {delimiter!r}, or write the file again; {TEMPLATE}."
                )


def _parquet_table(path: Path) -> PredictionTable:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        metadata, schema = file.metadata, file.schema_arrow
    names = list(schema.names)
    levels = [
        name for name in (schema.pandas_metadata or {}).get("index_columns", []) if isinstance(name, str)
    ]
    order = [*levels, *(name for name in names if name not in levels)]
    shown = tuple("" if name.startswith("__index_level_") else name for name in order)
    if metadata.num_rows == 0:
        raise PredictionError(f"{path.name} is empty; expected one row a perturbation; {TEMPLATE}.")

    def load(labels: Sequence[int], values: Sequence[int]) -> tuple[pd.DataFrame, pd.DataFrame]:
        wanted = [order[i] for i in dict.fromkeys((*labels, *values))]
        with _readable(path), pq.ParquetFile(path, metadata=metadata) as file:
            table = file.read(columns=wanted)
        place = {name: i for i, name in enumerate(table.column_names)}
        text, numbers = (
            table.select([place[order[i]] for i in chosen]).to_pandas(ignore_metadata=True)
            for chosen in (labels, values)
        )
        return _labelled([text.iloc[:, i] for i in range(len(labels))], table.num_rows), numbers

    return PredictionTable(path.name, shown, load)
