from pathlib import Path

import pytest

from perturbdash.errors import DataError
from perturbdash.ui import files
from perturbdash.ui.files import Uploads


def test_without_a_root_nothing_opens_by_path(monkeypatch, tmp_path):
    monkeypatch.delenv(files.DATA_ROOT, raising=False)
    assert files.listed(files.CELL_FILES) == ()
    with pytest.raises(DataError, match="No data folder is set"):
        files.below_root("a.h5ad")


def test_only_what_lies_below_the_root_opens(monkeypatch, tmp_path):
    root, outside = tmp_path / "root", tmp_path / "secret.h5ad"
    (root / "deep").mkdir(parents=True)
    outside.write_bytes(b"x")
    (root / "deep" / "a.h5ad").write_bytes(b"x")
    (root / "link.h5ad").symlink_to(outside)
    monkeypatch.setenv(files.DATA_ROOT, str(root))
    assert files.below_root("deep/a.h5ad") == (root / "deep" / "a.h5ad").resolve()
    assert files.listed(files.CELL_FILES) == ("deep/a.h5ad",)
    for path in ("link.h5ad", "../secret.h5ad", str(outside), ""):
        with pytest.raises(DataError):
            files.below_root(path)


def test_an_upload_is_kept_once_by_content_under_a_harmless_name():
    uploads = Uploads()
    first = uploads.add("../../x y<b>.csv", b"content")
    assert uploads.add("../../x y<b>.csv", b"content") == first
    path = uploads.path(first)
    assert path.read_bytes() == b"content"
    assert path.is_relative_to(uploads.folder)
    assert path.name == "x_y_b_.csv"
    path.unlink()
    with pytest.raises(DataError, match="upload it again"):
        uploads.path(first)


def test_uploads_are_removed_with_their_server():
    uploads = Uploads()
    folder = uploads.folder
    assert folder.is_dir()
    del uploads
    assert not folder.exists()


def test_the_identity_of_a_folder_changes_with_any_file_in_it(tmp_path: Path):
    store = tmp_path / "a.zarr"
    (store / "X").mkdir(parents=True)
    (store / "X" / "0").write_bytes(b"1")
    before = files.identity(store)
    assert files.identity(store) == before
    (store / "X" / "1").write_bytes(b"2")
    assert files.identity(store) != before
