"""``python -m perturbdash`` is the command line."""

from perturbdash.cli import main

raise SystemExit(main())
