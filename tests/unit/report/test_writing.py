"""Where a report is written, its date, and what is said where it cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from perturbdash.errors import SettingsError
from perturbdash.report import writing
from tests.unit.report.made import scored


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(writing.EPOCH, raising=False)


def test_a_file_is_replaced_as_a_whole_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text("old " * 100)
    shares = []
    assert writing.write_report(scored(), file, progress=lambda share, _: shares.append(share)) == file
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert text.endswith("</html>\n")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert file.stat().st_mode & 0o777 == 0o666 & ~writing._umask()
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_an_error_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.html"
    file.write_text("old")

    def fails(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fails)
    monkeypatch.setattr(writing, "report_html", lambda *_, **__: "page")
    with pytest.raises(SettingsError, match="No space left on device"):
        writing.write_report(scored(), file)
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "is a folder"), ("absent/r.html", "does not exist"), ("report.pdf", "does not end in .html")],
)
def test_a_place_that_cannot_be_is_one_sentence(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        writing.checked_path(tmp_path / name)


def test_the_date_is_todays_or_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert writing.made_on() in {datetime.now(UTC).date(), date.today()}
    monkeypatch.setenv(writing.EPOCH, "86400")
    assert writing.made_on() == date(1970, 1, 2)
    monkeypatch.setenv(writing.EPOCH, "yesterday")
    with pytest.raises(SettingsError, match="yesterday"):
        writing.made_on()
