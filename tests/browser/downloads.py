"""Files that a page gives."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Locator

from tests.browser.visiting import Visitor


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def download(visitor: Visitor, button: Locator, folder: Path) -> Path:
    with visitor.page.expect_download() as waiting:
        button.click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path
