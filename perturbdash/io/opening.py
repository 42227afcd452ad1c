"""From a path or an object to a source of cells."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perturbdash.errors import DataError
from perturbdash.io.source import CellSource

if TYPE_CHECKING:
    import anndata

MOMENT_LAYERS = frozenset({"mean", "m2", "nnz"})
MOMENT_COLUMNS = frozenset({"context", "perturbation", "part", "n_cells"})


def open_source(data: str | Path | anndata.AnnData, *, layer: str | None = None) -> CellSource:
    """Open cells without reading their values.

    Parameters
    ----------
    data
        A ``.h5ad`` file, a ``.zarr`` folder, or an AnnData.
    layer
        Read this layer instead of X.

    Raises
    ------
    DataError
        If it cannot be read as AnnData.
    """
    if isinstance(data, str | os.PathLike):
        return _open_path(Path(data).expanduser(), layer)
    from anndata import AnnData

    from perturbdash.io.memory import MemorySource

    if not isinstance(data, AnnData):
        raise DataError(f"Cells come as a path or an AnnData, not as {type(data).__name__}.")
    if not data.isbacked:
        return MemorySource(data, layer=layer)
    if data.is_view or data.filename is None:
        raise DataError("A view of an AnnData on disk cannot be streamed; call to_memory() on it first.")
    from perturbdash.io.frames import Frames
    from perturbdash.io.h5ad import H5adSource

    frames = Frames.of(data.obs, data.var, tuple(sorted(data.layers)))
    return H5adSource(Path(data.filename), layer=layer, frames=frames)


def _open_path(path: Path, layer: str | None) -> CellSource:
    if not path.exists():
        raise DataError(f"There is no file {path}; check its name and folder.")
    if path.is_dir():
        from perturbdash.io.zarr_store import ZarrSource

        return ZarrSource(path, layer=layer)
    from perturbdash.io.h5ad import H5adSource

    return H5adSource(path, layer=layer)


def is_moments_store(path: str | Path) -> bool:
    """Tell whether a file holds moments of conditions instead of cells; False where it cannot be read at all.

    A store of moments is an AnnData without X, with the layers ``mean``, ``m2`` and ``nnz`` and the ``obs``
    columns ``context``, ``perturbation``, ``part`` and ``n_cells``.
    """
    path = Path(path).expanduser()
    try:
        if path.is_dir():
            from perturbdash.io.zarr_store import open_zarr

            return _holds_moments(open_zarr(path))
        from perturbdash.io.h5ad import open_h5

        with open_h5(path) as file:
            return _holds_moments(file)
    except (DataError, OSError):
        return False


def _holds_moments(group: Any) -> bool:
    from perturbdash.io.h5ad import has_x

    if has_x(group) or "obs" not in group or "layers" not in group:
        return False
    return set(group["layers"].keys()) >= MOMENT_LAYERS and set(_columns(group["obs"])) >= MOMENT_COLUMNS


def _columns(obs: Any) -> tuple[str, ...]:
    return tuple(obs.keys()) if hasattr(obs, "keys") else tuple(obs.dtype.names or ())
