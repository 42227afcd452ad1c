"""Paths from a browser stay below the allowed folder."""

import pytest

from perturbdash.errors import DataError
from perturbdash.io.allowed import openable_below, resolve_below


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "data"
    (root / "inner" / "store.zarr" / "X").mkdir(parents=True)
    (root / "a.h5ad").write_text("a")
    (root / "inner" / "b.csv").write_text("b")
    (root / "inner" / "notes.txt").write_text("no")
    (root / ".hidden.h5ad").write_text("no")
    (root / "inner" / "store.zarr" / "zarr.json").write_text("{}")
    (root / "inner" / "store.zarr" / "X" / "data.csv").write_text("no")
    (tmp_path / "outside.h5ad").write_text("secret")
    (tmp_path / "data2").mkdir()
    (tmp_path / "data2" / "c.h5ad").write_text("secret")
    return root


@pytest.mark.parametrize("relative", ["a.h5ad", "inner/b.csv", "inner/store.zarr", " a.h5ad ", "./a.h5ad"])
def test_files_below_are_resolved(root, relative):
    found = resolve_below(root, relative)
    assert found.exists()
    assert found.is_relative_to(root.resolve())


@pytest.mark.parametrize(
    ("relative", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("~/a.h5ad", "absolute"),
        ("C:\\a.h5ad", "absolute"),
        ("\\\\server\\a.h5ad", "absolute"),
        ("../outside.h5ad", "holds '..'"),
        ("inner/../a.h5ad", "holds '..'"),
        ("inner\\..\\..\\outside.h5ad", "holds '..'"),
        ("../data2/c.h5ad", "holds '..'"),
        ("", "empty"),
        ("a.h5ad\0.csv", "zero character"),
        ("absent.h5ad", "no absent.h5ad below"),
    ],
)
def test_other_paths_are_refused(root, relative, reason):
    with pytest.raises(DataError, match=reason) as error:
        resolve_below(root, relative)
    assert str(error.value).endswith(".")


def test_links_that_lead_out_are_refused(root, tmp_path):
    (root / "file.h5ad").symlink_to(tmp_path / "outside.h5ad")
    (root / "folder").symlink_to(tmp_path / "data2")
    (root / "inner" / "store.zarr" / "link").symlink_to(tmp_path / "data2" / "c.h5ad")
    for relative in ("file.h5ad", "folder/c.h5ad", "folder"):
        with pytest.raises(DataError, match="leads out"):
            resolve_below(root, relative)
    with pytest.raises(DataError, match="link out of the data folder"):
        resolve_below(root, "inner/store.zarr")


def test_links_that_stay_within_are_followed(root):
    (root / "again.h5ad").symlink_to(root / "a.h5ad")
    assert resolve_below(root, "again.h5ad") == (root / "a.h5ad").resolve()


def test_the_root_itself_may_be_a_link(root, tmp_path):
    (tmp_path / "link").symlink_to(root)
    assert resolve_below(tmp_path / "link", "a.h5ad") == (root / "a.h5ad").resolve()


def test_what_can_be_opened_is_listed(root, tmp_path):
    (root / "file.h5ad").symlink_to(tmp_path / "outside.h5ad")
    (root / "folder").symlink_to(tmp_path / "data2")
    assert openable_below(root) == ("a.h5ad", "inner/b.csv", "inner/store.zarr")
    assert openable_below(root, (".csv",)) == ("inner/b.csv",)
    assert all(resolve_below(root, relative).exists() for relative in openable_below(root))
