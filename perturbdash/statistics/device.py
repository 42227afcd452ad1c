"""Which device computes: the processor or a graphics card."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from perturbdash.errors import SettingsError

if TYPE_CHECKING:
    import torch

ENVIRONMENT = "PERTURBDASH_DEVICE"


def resolve(device: str = "auto") -> torch.device:
    """Return the torch device for a setting.

    Parameters
    ----------
    device
        ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:N"``. ``"auto"`` asks the environment variable
        ``PERTURBDASH_DEVICE``, and without it takes a CUDA device where there is one.

    Raises
    ------
    SettingsError
        If the name is unknown, or no such CUDA device is present.

    Examples
    --------
    >>> resolve("cpu")
    device(type='cpu')
    """
    import torch

    name = device if device != "auto" else os.environ.get(ENVIRONMENT, "").strip() or "auto"
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()) or (kind == "cpu" and number):
        msg = f"The device is {name!r}; choose auto, cpu or cuda."
        raise SettingsError(msg)
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        msg = f"The device is {name!r}, but torch finds no such CUDA device here; choose auto or cpu."
        raise SettingsError(msg)
    return torch.device(name)
