import json
import subprocess

import pytest

from perturbdash.errors import SettingsError
from perturbdash.ui import files, launch
from perturbdash.ui.launch import environment, run_app


@pytest.fixture
def started(monkeypatch):
    calls = []

    def serve(command, surroundings):
        calls.append((command, surroundings))
        return 3

    monkeypatch.setattr(launch, "_serve", serve)
    return calls


def test_the_server_gets_app_port_and_status_passes_through(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_app(port=8999) == 3
    command, _ = started[0]
    assert command[2:4] == ["-m", "perturbdash.ui.server"]
    assert command[4].endswith("app.py")
    assert command[-2:] == ["--server.port", "8999"]


def test_a_file_of_the_folder_does_not_stand_in_for_a_library(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "click.py").write_text("raise SystemExit(7)")
    run_app()
    (python, *_), surroundings = started[0]
    program = "import click, perturbdash"
    assert (
        subprocess.run([python, "-c", program], check=False, env=surroundings, cwd=tmp_path).returncode == 7
    )
    assert (
        subprocess.run(
            [*started[0][0][:2], "-c", program], check=False, env=surroundings, cwd=tmp_path
        ).returncode
        == 0
    )


def test_data_and_predictions_are_named_and_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("d.h5ad", "sharp.csv.gz", "b.csv", "odd=name.csv"):
        (tmp_path / name).write_bytes(b"")
    found = environment(".", "d.h5ad", ["sharp.csv.gz", "mine=b.csv", "odd=name.csv", ("x", "b.csv")])
    assert found[files.DATA_ROOT] == str(tmp_path.resolve())
    assert found[files.OPEN_DATA] == str((tmp_path / "d.h5ad").resolve())
    named = dict(json.loads(found[files.OPEN_PREDICTIONS]))
    assert list(named) == ["sharp", "mine", "odd=name", "x"]
    assert named["mine"] == str((tmp_path / "b.csv").resolve())


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_root": "nowhere"},
        {"data": "nowhere.h5ad"},
        {"port": 0},
        {"port": 70000},
        {"predictions": ["a.csv"]},
    ],
)
def test_what_is_not_there_is_said_before_the_server_starts(wrong, started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError):
        run_app(**wrong)
    assert not started


def test_the_store_is_the_servers_and_not_a_setting_of_one_view(started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("d.h5ad", "halves.csv"):
        (tmp_path / name).write_bytes(b"")
    run_app(data="d.h5ad", options={"settings": {"store": False, "seed": 3, "halves": "halves.csv"}})
    run_app(options={"settings": {"store": "kept"}})
    run_app()
    (_, without), (_, there), (_, usual) = started
    assert without[files.NO_STORE] == "1"
    assert json.loads(without[files.OPEN_OPTIONS])["settings"] == {
        "seed": 3,
        "halves": str((tmp_path / "halves.csv").resolve()),
    }
    assert there["PERTURBDASH_STORE"] == str((tmp_path / "kept").resolve())
    assert not there[files.NO_STORE]
    assert files.NO_STORE not in usual
