"""The dashboard's server: Streamlit, and beside it the libraries that the first click needs.

``python -m perturbdash.ui.server app.py`` takes the options of ``streamlit run``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from streamlit.web import cli

from perturbdash.ui import preparing


def main(arguments: Sequence[str]) -> None:
    """Serve a script until the process is stopped."""
    preparing.begin()
    cli.main(["run", *arguments], prog_name="streamlit")


if __name__ == "__main__":
    main(sys.argv[1:])
