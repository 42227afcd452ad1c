"""Puts the app beside the package in a wheel; an editable install finds it in the repository."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = ("app.py", "pages", "static", "data", ".streamlit/config.toml")


class AppHook(BuildHookInterface):
    """Adds what the dashboard consists of under ``perturbdash/_app``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files to add, unless the install is editable."""
        if version != "editable":
            build_data["force_include"].update({name: f"perturbdash/_app/{name}" for name in CARRIED})
