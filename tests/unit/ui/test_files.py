import pytest

from perturbdash.errors import DataError
from perturbdash.ui import files
from perturbdash.ui.stamps import identity, stamp


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


def test_the_store_is_the_usual_one_or_none(monkeypatch, tmp_path):
    monkeypatch.setenv("PERTURBDASH_STORE", str(tmp_path))
    monkeypatch.delenv(files.NO_STORE, raising=False)
    assert files.store_folder() == tmp_path
    monkeypatch.setenv(files.NO_STORE, "1")
    assert files.store_folder() is None


def test_the_identity_of_a_folder_changes_with_any_file_in_it(tmp_path):
    store = tmp_path / "a.zarr"
    (store / "X").mkdir(parents=True)
    (store / "X" / "0").write_bytes(b"1")
    before, was = identity(store), stamp(store)
    assert (identity(store), stamp(store)) == (before, was)
    (store / "X" / "1").write_bytes(b"2")
    assert identity(store) != before
    assert stamp(store) != was


def test_a_copy_has_the_stamp_of_the_original_and_other_content_has_not(tmp_path):
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_bytes(b"same")
    two.write_bytes(b"same")
    assert stamp(one) == stamp(two)
    assert identity(one) != identity(two)
    two.write_bytes(b"some")
    assert stamp(one) != stamp(two)
