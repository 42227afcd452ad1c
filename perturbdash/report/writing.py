"""A report as one string, and as a file that is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from perturbdash.errors import SettingsError

if TYPE_CHECKING:
    from perturbdash.judgement.result import Result
    from perturbdash.vocabulary import Progress

SUFFIXES = (".html", ".htm")
EPOCH = "SOURCE_DATE_EPOCH"


def report_html(
    result: Result, *, title: str | None = None, made: date | None = None, progress: Progress | None = None
) -> str:
    """Return a result as one self-contained HTML page, which asks for nothing when it is opened.

    Parameters
    ----------
    title
        How the data set is called; by default its own name.
    made
        Date of making, the one thing that differs between two reports on the same; by default today, or what
        ``SOURCE_DATE_EPOCH`` says.
    progress
        Called with the share done and a short text.

    Raises
    ------
    SettingsError
        If ``SOURCE_DATE_EPOCH`` is no number of seconds.
    """
    from perturbdash.report.document import document
    from perturbdash.report.order import n_sections, sections
    from perturbdash.report.scope import scopes

    made = made or made_on()
    title = title or result.dataset.name
    found = []
    for section in sections(result, title):
        found.append(section)
        if progress is not None:
            progress(min(len(found) / n_sections(result), 0.99), f"Writing {section.title}")
    page = document(scopes(result, title)[0], found, made)
    if progress is not None:
        progress(1.0, "Done")
    return page


def write_report(result: Result, path: str | Path, *, progress: Progress | None = None) -> Path:
    """Write a report into a file; one that is there is replaced as a whole.

    Raises
    ------
    SettingsError
        If the file cannot be written.
    """
    path = checked_path(path)
    page = report_html(result, progress=progress)
    try:
        _replace(path, page)
    except OSError as error:
        raise SettingsError(
            f"The report cannot be written to {path} ({error.strerror or error}); choose another place."
        ) from error
    return path


def _replace(path: Path, text: str) -> None:
    """Write beside a file, then put the new one in its place; whatever fails leaves the old one alone."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}-", delete=False) as file:
        beside = Path(file.name)
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def checked_path(path: str | Path) -> Path:
    """Return where a report is to be written, once nothing speaks against it.

    Raises
    ------
    SettingsError
        If it is no HTML file, a folder, in a folder that does not exist, or one that cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise SettingsError(
            f"{path} is a folder; expected a file for the report: name one in it, ending in .html."
        )
    if path.suffix.lower() not in SUFFIXES:
        raise SettingsError(f"{path} does not end in .html; expected a file for one HTML page: name it so.")
    if not path.parent.is_dir():
        raise SettingsError(
            f"The folder {path.parent} does not exist; expected a folder that can be written: make it, or name another."
        )
    if not os.access(path.parent, os.W_OK):
        raise SettingsError(
            f"The folder {path.parent} cannot be written; expected one that can: name another folder."
        )
    return path


def made_on() -> date:
    """Return today's date (UTC), or that of ``SOURCE_DATE_EPOCH`` where it is set.

    Raises
    ------
    SettingsError
        If the variable is no number of seconds.
    """
    given = os.environ.get(EPOCH)
    if not given:
        return datetime.now(UTC).date()
    try:
        return datetime.fromtimestamp(int(given), UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise SettingsError(
            f"{EPOCH} is {given!r}; expected a whole number of seconds since 1970: set it so, or unset it."
        ) from error


def _umask() -> int:
    """Return the permissions that new files do not get; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
