import gc
import os
import shutil
import stat
import time

import pytest

from perturbdash.errors import DataError
from perturbdash.ui import uploads as module
from perturbdash.ui.records import Source
from perturbdash.ui.uploads import Uploads, room_gb

LONG_AGO = time.time() - 10 * module.QUIET_SECONDS


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


@pytest.mark.parametrize("name", ["...", "é" * 300 + ".csv", ".hidden.csv", "a/b\\c.csv"])
def test_any_name_can_be_kept_and_found_again(name, tmp_path):
    uploads = Uploads(tmp_path)
    path = uploads.path(uploads.add(name, b"x"))
    assert path.read_bytes() == b"x"
    assert not path.name.startswith(".")


def test_without_a_store_uploads_go_with_their_server():
    uploads = Uploads()
    folder = uploads.folder
    assert folder.is_dir()
    del uploads
    assert not folder.exists()


def test_in_a_store_uploads_stay(tmp_path):
    source = Uploads(tmp_path).add("a.csv", b"content")
    assert Uploads(tmp_path).path(source).read_bytes() == b"content"


@pytest.mark.parametrize(
    "name", ["../secret.csv", "a/b.csv", "0" * 24 + "/../../secret.csv", "0" * 24 + "/", "/etc/passwd"]
)
def test_no_name_leads_out_of_the_folder_of_uploads(name, tmp_path):
    (tmp_path / "secret.csv").write_bytes(b"secret")
    with pytest.raises(DataError, match="upload it again"):
        Uploads(tmp_path / "uploads").path(Source("upload", name))


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    uploads = Uploads(tmp_path / "uploads")
    source = uploads.add("a.csv", b"content")
    path = uploads.path(source)
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"content")
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(DataError, match="upload it again"):
        uploads.path(source)


def test_content_that_is_not_what_the_digest_says_is_refused_until_it_is_uploaded_again(tmp_path):
    uploads = Uploads(tmp_path)
    source = uploads.add("a.csv", b"content")
    uploads.path(source).write_bytes(b"CONTENT")
    with pytest.raises(DataError, match="was changed on the server's disk"):
        Uploads(tmp_path).path(source)
    assert uploads.add("a.csv", b"content") == source
    assert Uploads(tmp_path).path(source).read_bytes() == b"content"


def aged(uploads: Uploads, source: Source, seconds: float) -> None:
    folder = uploads.folder / source.name.split("/")[0]
    os.utime(folder, (LONG_AGO - seconds, LONG_AGO - seconds))


def test_above_the_room_the_oldest_go_and_what_is_open_stays(tmp_path):
    uploads = Uploads(tmp_path, room=25)
    old, older = uploads.add("old.csv", b"0" * 10), uploads.add("older.csv", b"1" * 10)
    lease = uploads.lease()
    lease.hold([older])
    aged(uploads, old, 0)
    aged(uploads, older, 100)
    new = uploads.add("new.csv", b"2" * 10)
    assert uploads.path(new).is_file()
    assert uploads.path(older).is_file()
    with pytest.raises(DataError):
        uploads.path(old)
    aged(uploads, older, 100)
    del lease
    gc.collect()
    uploads.add("last.csv", b"3" * 10)
    with pytest.raises(DataError):
        uploads.path(older)


def test_what_was_opened_lately_stays_for_other_servers_on_the_store(tmp_path):
    first = Uploads(tmp_path, room=5).add("a.csv", b"0" * 10)
    other = Uploads(tmp_path, room=5)
    other.add("b.csv", b"1" * 10)
    assert other.path(first).is_file()


def test_a_full_disk_is_a_sentence(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_whole", full)
    with pytest.raises(DataError, match=r"No space left on device.*make room"):
        Uploads(tmp_path).add("a.csv", b"x")


def test_the_room_is_a_setting_of_the_surroundings(monkeypatch):
    for given, gb in (("3.5", 3.5), ("", 20), ("much", 20), ("-1", 20)):
        monkeypatch.setenv(module.ROOM, given)
        assert room_gb() == gb


def test_files_of_a_store_are_readable_and_its_secret_is_not_for_others(tmp_path):
    from perturbdash.ui.shelf import secret_of

    assert secret_of(tmp_path) == secret_of(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    shutil.rmtree(tmp_path / "secret", ignore_errors=True)
    assert not list(tmp_path.glob(".*"))
