"""Start the dashboard's server from the command line; streamlit runs in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from perturbdash.errors import SettingsError
from perturbdash.ui.files import DATA_ROOT, NO_STORE, OPEN_DATA, OPEN_OPTIONS, OPEN_PREDICTIONS, app_folder
from perturbdash.ui.record_file import FILES
from perturbdash.ui.records import DEMO

HIGHEST_PORT = 65535
ENVIRONMENT = "PERTURBDASH_STORE"
STOP_SECONDS = 10


def run_app(
    data_root: str | Path | None = None,
    port: int | None = None,
    data: str | Path | None = None,
    predictions: Sequence[str | tuple[str, str]] = (),
    *,
    demo: bool = False,
    options: Mapping[str, Mapping[str, object]] | None = None,
) -> int:
    """Open the dashboard in a browser and return the server's exit status when it is stopped.

    Parameters
    ----------
    data_root
        Folder whose files may be opened by path.
    port
        8501 where not given.
    data, predictions
        What is open at the start; ``NAME=FILE`` or ``(name, file)`` names a model, else the file's stem does.
    demo
        The demo is open at the start.
    options
        ``schema`` and ``settings`` of the data set, as keywords of ``read`` and ``evaluate``; the setting ``store``
        says where the server keeps moments, views and uploads, ``False``: nowhere.

    Raises
    ------
    SettingsError
        If a folder or file is not there, or the port is not one.
    """
    # -P: a file of the user's folder that is called as a library is must not be run in its place.
    command = [sys.executable, "-P", "-m", "perturbdash.ui.server", str(app_folder() / "app.py")]
    command += ["--server.headless", "true" if _no_browser() else "false"]
    if port is not None:
        if not 0 < port <= HIGHEST_PORT:
            raise SettingsError(f"--port is {port}; expected a whole number from 1 to {HIGHEST_PORT}.")
        command += ["--server.port", str(port)]
    surroundings = environment(data_root, data, predictions)
    schema, settings = ({**(options or {}).get(part, {})} for part in ("schema", "settings"))
    surroundings |= _store(settings.pop("store", None))
    if demo:
        surroundings[OPEN_DATA] = DEMO
    elif data is not None:
        surroundings[OPEN_OPTIONS] = json.dumps({"schema": schema, "settings": _absolute(settings)})
    return _serve(command, surroundings)


def _store(store: object) -> dict[str, str]:
    """Return what tells the server where moments, views and uploads are kept: nowhere, in a folder, or as usual."""
    if store is None:
        return {}
    return {NO_STORE: "1"} if store is False else {ENVIRONMENT: str(_path(str(store))), NO_STORE: ""}


def _absolute(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings with the files among them by absolute path, so that a link finds them from any folder."""
    return {name: str(_existing(str(value))) if name in FILES else value for name, value in settings.items()}


def _serve(command: list[str], surroundings: dict[str, str]) -> int:
    """Run the server until it is stopped; it is given the time to end by itself and to remove the uploads."""
    with subprocess.Popen(command, env=surroundings) as server:
        before = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            return _stopped(server)
        finally:
            signal.signal(signal.SIGTERM, before)


def _stopped(server: subprocess.Popen[bytes]) -> int:
    """Stop the server and wait for its end; a second Ctrl+C ends it at once."""
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        server.kill()
    return 0


def environment(
    data_root: str | Path | None, data: str | Path | None, predictions: Sequence[str | tuple[str, str]]
) -> dict[str, str]:
    """Return the server's environment variables, every path checked and made absolute.

    Raises
    ------
    SettingsError
        If a folder or file is not there, or predictions come without data.
    """
    found = dict(os.environ)
    paths = [str(Path(__file__).resolve().parents[2]), found.get("PYTHONPATH", "")]
    found["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    if data_root is not None:
        root = Path(data_root).expanduser()
        if not root.is_dir():
            raise SettingsError(
                f"--data-root is {data_root}, which is no folder; give a folder that is there."
            )
        found[DATA_ROOT] = str(root.resolve())
    if predictions and data is None:
        raise SettingsError("--predictions stand without a data set; give DATA before them.")
    if data is not None:
        found[OPEN_DATA] = str(_existing(data))
        named = [_named(item) for item in predictions]
        found[OPEN_PREDICTIONS] = json.dumps([[name, str(_existing(path))] for name, path in named])
    return found


def _named(item: str | tuple[str, str]) -> tuple[str, str]:
    """Return name and file of a prediction; a file whose own name holds an equals sign is a file."""
    if not isinstance(item, str):
        return item
    name, equals, file = item.partition("=")
    if equals and name and file and not Path(item).exists():
        return name, file
    return Path(item).name.split(".")[0], item


def _existing(path: str | Path) -> Path:
    found = _path(path)
    if not found.exists():
        raise SettingsError(f"There is no file {path}; give the path of a file that is there.")
    return found


def _path(path: str | Path) -> Path:
    return Path(path).expanduser().resolve()


def _no_browser() -> bool:
    """Return whether no browser can be opened here: no display, or a session over ssh."""
    if sys.platform in ("win32", "darwin"):
        return "SSH_CONNECTION" in os.environ
    return (
        not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) or "SSH_CONNECTION" in os.environ
    )
