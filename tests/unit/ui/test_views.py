"""Records of views on disk: what comes back, and what is not believed."""

import inspect
import json
import os

import pytest

import perturbdash
from perturbdash.errors import DataError
from perturbdash.judgement.settings import SETTING_NAMES
from perturbdash.ui import files
from perturbdash.ui.record_file import SCHEMA, SEED, SETTINGS, document_of, record_of
from perturbdash.ui.records import Record, Source
from perturbdash.ui.shelf import Shelf
from perturbdash.ui.views import Views


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "root"
    folder.mkdir()
    monkeypatch.setenv(files.DATA_ROOT, str(folder))
    (folder / "a.h5ad").write_bytes(b"cells")
    (folder / "m.csv").write_bytes(b"prediction")
    return folder


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


def full_record(root, views) -> Record:
    upload = views.uploads.add("up.csv", b"uploaded")
    return Record(
        Source("root", "a.h5ad"),
        schema=(("context_key", None), ("control", "NT"), ("merge_guides", True)),
        predictions=(
            ("m", Source("root", "m.csv")),
            ("ü <b>", upload),
            ("given", Source("given", str(root / "m.csv"))),
        ),
        settings=(("headline", ("mse", "nir")), ("seed", 7)),
    )


def test_a_record_comes_back_whole_after_a_restart(root, store):
    views = Views(store)
    record = full_record(root, views)
    address = views.address(record)
    again = Views(store)
    assert again.record(address) == record
    assert again.address(record) == address
    assert again.lasts(address)
    assert again.changed(address) == {}
    assert again.path(record.predictions[1][1]).read_bytes() == b"uploaded"
    document = json.loads((store / "views" / f"{address}.json").read_text())
    assert document["seed"] == 7
    assert document["predictions"][0]["content"].startswith("sha256:")


def test_moments_and_views_lie_beside_each_other(root, store):
    Views(store).address(full_record(root, Views(store)))
    assert sorted(path.name for path in store.iterdir()) == ["secret", "selections", "uploads", "views"]
    assert not list(store.glob("*.h5ad"))


def test_a_long_selection_comes_back_after_a_restart(store):
    names = tuple(f"G{i}+<b>" for i in range(500))
    kept = Views(store).keep_selection(names)
    assert Views(store).selection(kept) == names
    assert Views(store).selection_lasts(kept)
    assert Views(store).selection("0" * 24) is None
    assert Views(store).selection("../../etc/passwd") is None


def test_without_a_store_nothing_is_written_and_nothing_lasts(root, monkeypatch, tmp_path):
    views = Views(None)
    address = views.address(Record(Source("root", "a.h5ad"), settings=(("seed", 1),)))
    assert views.record(address).settings == (("seed", 1),)
    assert not views.lasts(address)
    assert views.lasts("a.h5ad")
    assert views.lasts("demo")
    assert not views.selection_lasts(views.keep_selection(("a",)))
    with pytest.raises(DataError, match="last until it stops"):
        Views(None).record(address)


def test_a_store_that_cannot_be_written_keeps_views_for_a_visit(root, tmp_path, caplog):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, no folder")
    views = Views(blocked)
    address = views.address(Record(Source("root", "a.h5ad"), settings=(("seed", 1),)))
    assert views.record(address).settings == (("seed", 1),)
    assert not views.lasts(address)
    assert "links end with the server" in caplog.text


@pytest.mark.parametrize("change", ["place", "bytes", "name"])
def test_a_record_that_was_tampered_with_is_not_opened(change, root, store):
    views = Views(store)
    address = views.address(full_record(root, views))
    path = store / "views" / f"{address}.json"
    if change == "place":
        document = json.loads(path.read_text())
        document["data"] = {"place": "given", "name": "/etc/passwd", "content": ""}
        path.write_text(json.dumps(document, sort_keys=True, indent=1))
    elif change == "bytes":
        path.write_bytes(path.read_bytes() + b"\n")
    else:
        path.rename(path.with_name("0" * 24 + ".json"))
        address = "0" * 24
    with pytest.raises(DataError, match="was changed after it was made, or comes from another server"):
        Views(store).record(address)


def test_a_record_of_another_store_is_not_opened(root, store, tmp_path):
    other = Views(tmp_path / "other")
    address = other.address(Record(Source("given", "/etc/passwd")))
    Views(store)
    copy = store / "views" / f"{address}.json"
    copy.write_bytes((tmp_path / "other" / "views" / copy.name).read_bytes())
    with pytest.raises(DataError, match="comes from another server"):
        Views(store).record(address)


GOOD = document_of(Record(Source("root", "a.h5ad"), predictions=(("m", Source("root", "m.csv")),)), {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2},
        {"data": {"place": "moon", "name": "a", "content": ""}},
        {"data": {"place": "upload", "name": "0" * 24 + "/../a", "content": ""}},
        {"data": {"place": "upload", "name": "a.h5ad", "content": ""}},
        {"data": {"place": "demo", "name": "../a.h5ad", "content": ""}},
        {"data": {"place": "given", "name": "relative.h5ad", "content": ""}},
        {"data": {"place": "root", "name": "a\0b", "content": ""}},
        {"data": "a.h5ad"},
        {"seed": "0"},
        {"settings": {"store": "/tmp"}},
        {"settings": {"headline": [1]}},
        {"settings": {"genes": {"a": 1}}},
        {"schema": {"__class__": "x"}},
        {"schema": []},
        {"predictions": [{"model": "", "place": "root", "name": "m.csv", "content": ""}]},
        {"predictions": GOOD["predictions"] * 2},
        {"predictions": None},
    ],
)
def test_a_document_of_other_types_or_places_is_one_sentence(wrong):
    assert record_of(GOOD)[0].data.name == "a.h5ad"
    with pytest.raises(DataError, match="not one that this version of perturbdash can open"):
        record_of(GOOD | wrong)


def test_what_is_signed_but_no_record_is_refused_too(root, store):
    views = Views(store)
    address = views.keep_selection(("a",))
    (store / "selections" / f"{address}.json").rename(store / "views" / f"{address}.json")
    with pytest.raises(DataError, match="not one that this version"):
        Views(store).record(address)


def test_a_file_that_changed_is_named_and_one_that_was_only_copied_is_not(root, store):
    record = Record(Source("root", "a.h5ad"), predictions=(("m", Source("given", str(root / "m.csv"))),))
    address = Views(store).address(record)
    os.utime(root / "a.h5ad", (1, 1))
    (root / "m.csv").write_bytes(b"predictioN")
    assert list(Views(store).changed(address)) == ["m.csv"]
    now = Views(store).address(record)
    assert now != address
    assert Views(store).changed(now) == {}
    (root / "m.csv").unlink()
    assert Views(store).changed(address) == {}


def test_a_file_that_is_gone_is_named_with_its_place(root, store):
    path = root / "m.csv"
    path.unlink()
    with pytest.raises(DataError, match=rf"no file “{path}”, where “m.csv” is expected; put it back"):
        Views(store).path(Source("given", str(path)))


def test_what_records_may_hold_is_what_reading_and_evaluation_take():
    assert set(inspect.signature(perturbdash.read).parameters) - {"data"} == SCHEMA
    own = {"data", "predictions", "store", "wait", "progress", "settings_and_schema"}
    taken = (set(inspect.signature(perturbdash.evaluate).parameters) - own) | set(SETTING_NAMES)
    assert taken == SETTINGS | {SEED}


def test_a_document_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("perturbdash.ui.shelf.LARGEST", 10)
    name = Shelf(tmp_path, b"s", 10).put({"long": "x" * 100})
    with pytest.raises(DataError):
        Shelf(tmp_path, b"s", 10).get(name)
