import pytest

from perturbdash.errors import DataError
from perturbdash.ui import demo, files
from perturbdash.ui.library import Library
from perturbdash.ui.recent import Recent
from perturbdash.ui.records import Record, Source


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv(files.DATA_ROOT, str(tmp_path))
    (tmp_path / "a.h5ad").write_bytes(b"")
    return tmp_path


def test_a_plain_file_is_addressed_by_its_path_and_anything_more_by_a_digest(root):
    library = Library()
    plain = Record(Source("root", "a.h5ad"))
    assert library.address(plain) == "a.h5ad"
    assert library.record("a.h5ad") == plain
    changed = plain.only_schema({"control": "NT"}).with_prediction("m", Source("root", "m.csv"))
    key = library.address(changed)
    assert library.record(key) == changed
    assert library.address(changed.renamed("m", "n")) != key


def test_a_digest_of_another_server_is_unknown_in_a_sentence(root):
    key = Library().address(Record(Source("upload", "x/a.h5ad")))
    with pytest.raises(DataError, match="Load the file again"):
        Library().record(key)


def test_an_absent_path_is_named(root):
    with pytest.raises(DataError, match=r"gone\.h5ad"):
        Library().record("gone.h5ad")


def test_what_is_no_digest_is_a_path_that_is_not_there(root):
    with pytest.raises(DataError, match="no norman below the data folder"):
        Library().record("norman")


def test_the_demo_is_the_demo_until_it_is_changed(monkeypatch):
    record = Record(Source("demo", "demo.h5ad"), predictions=(("good", Source("demo", "good.csv")),))
    monkeypatch.setattr(demo, "record", lambda: record)
    library = Library()
    assert library.address(record) == "demo"
    assert library.record("demo") == record
    assert library.address(record.only_settings({"seed": 1})) != "demo"


def test_names_stay_distinct_when_predictions_are_added_and_renamed():
    source = Source("root", "a.csv")
    record = Record(Source("root", "a.h5ad")).with_prediction("a", source).with_prediction("a", source)
    assert [name for name, _ in record.predictions] == ["a", "a 2"]
    assert record.renamed("a 2", "a") == record
    assert record.renamed("a 2", " ") == record
    other = Source("root", "b.csv")
    assert record.replaced("a", other).predictions == (("a", other), ("a 2", source))
    assert [name for name, _ in record.renamed("a", "b").predictions] == ["b", "a 2"]


def test_what_was_used_last_stays():
    recent = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
    assert recent.get_or("b", lambda: 4) == 4
