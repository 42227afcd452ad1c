"""A device that computes on the processor and refuses what a graphics card refuses.

Tensors on it say that they lie on torch's device "meta", whose guards every build of torch has; operations run on
the tensors that they hold. An operation on tensors of two devices, or numpy on one of this device, raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

DEVICE = torch.device("meta")
_COPIES = {"aten::copy_", "aten::_to_copy"}


class Emulated(torch.Tensor):
    held: torch.Tensor

    @staticmethod
    def __new__(cls, held: torch.Tensor) -> Emulated:
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            held.size(),
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=DEVICE,
        )
        made.held = held
        return made

    def __repr__(self) -> str:
        return f"emulated {self.held!r}"

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return _run(function, args, kwargs or {})


class _Makers(TorchFunctionMode):
    """Makes tensors of numbers on the processor first: torch has its own way of doing that for this device."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") is not None:
            device = kwargs.pop("device")
            return function(*args, **kwargs).to(device)
        if function is torch.Tensor.new_tensor:
            return torch.tensor(args[1], dtype=args[0].dtype).to(args[0].device)
        # Both copy from any device, but not from a subclass.
        if function is torch.Tensor.tolist:
            return args[0].cpu().tolist()
        if function is torch.Tensor.numpy and kwargs.get("force"):
            return args[0].cpu().numpy()
        return function(*args, **kwargs)


class _Operations(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return _run(function, args, kwargs or {})


def _run(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    name = function._schema.name
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
    ours = [tensor for tensor in tensors if isinstance(tensor, Emulated)]
    if ours and name not in _COPIES:
        # As on a graphics card, only single numbers and indices may come from the processor.
        strangers = [t for t in tensors if not isinstance(t, Emulated) and t.dim() > 0]
        if strangers and not (name in {"aten::index", "aten::index_put_"} and isinstance(args[0], Emulated)):
            raise RuntimeError(f"Expected all tensors on one device, found two, in {function}")
    found = function(*tree_map(_held, args), **tree_map(_held, kwargs))
    target = kwargs.get("device")
    if name == "aten::copy_":
        here = isinstance(args[0], Emulated)
    else:
        here = bool(ours) if target is None else torch.device(target) == DEVICE
    if not here:
        return found
    known = {id(tensor.held): tensor for tensor in ours}
    return tree_map(lambda x: _wrapped(x, known) if isinstance(x, torch.Tensor) else x, found)


def _wrapped(tensor: torch.Tensor, known: dict[int, Emulated]) -> Emulated:
    """Return the tensor that was changed in place, or a new one."""
    return known[id(tensor)] if id(tensor) in known else Emulated(tensor)


def _held(leaf: Any) -> Any:
    if isinstance(leaf, Emulated):
        return leaf.held
    return torch.device("cpu") if isinstance(leaf, torch.device) else leaf


@contextmanager
def emulated_device() -> Iterator[torch.device]:
    """Give the device, which works inside of the context, in threads of pools too."""
    submit = ThreadPoolExecutor.submit

    def in_mode(
        self: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **kwargs: Any
    ) -> Future[Any]:
        def within() -> Any:
            with _Makers(), _Operations():
                return work(*args, **kwargs)

        return submit(self, within)

    with mock.patch.object(ThreadPoolExecutor, "submit", in_mode), _Makers(), _Operations():
        yield DEVICE
