"""The way of chunks to a device: copied while the chunk before is computed, so that neither waits for the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

SLOTS = 2

Tensors = dict[str, torch.Tensor]


class Slot:
    """Memory on the host for one chunk, page-locked where a graphics card reads it."""

    def __init__(self, *, pinned: bool) -> None:
        self._pinned = pinned
        self._buffers: dict[str, torch.Tensor] = {}
        self.copied: torch.cuda.Event | None = None

    def fill(self, arrays: Mapping[str, NDArray[Any]]) -> Tensors:
        """Copy arrays in, and return them as tensors on the host."""
        return {name: self._filled(name, array) for name, array in arrays.items()}

    def _filled(self, name: str, array: NDArray[Any]) -> torch.Tensor:
        kind = torch.from_numpy(np.empty(0, dtype=array.dtype)).dtype
        buffer = self._buffers.get(name)
        if buffer is None or buffer.numel() < array.nbytes:
            buffer = torch.empty(max(array.nbytes, 8), dtype=torch.uint8, pin_memory=self._pinned)
            self._buffers[name] = buffer
        target = buffer[: array.nbytes].view(kind).reshape(array.shape)
        np.copyto(target.numpy(), array)
        return target


class Staging:
    """Computes chunks one after the other on a thread, each copied to the device while another is computed.

    A chunk is copied out of the reader's buffers before `submit` returns. On a graphics card it goes on from
    page-locked memory in a stream of its own; the computation waits for its event, and the slot is filled again
    only once that event has passed. On the processor the slot itself is computed on.

    Parameters
    ----------
    device
        Where to compute.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._card = device.type == "cuda"
        self._stream = torch.cuda.Stream(device) if self._card else None  # type: ignore[no-untyped-call]
        self._slots = [Slot(pinned=self._card) for _ in range(SLOTS)]
        self._turn = 0
        self._pending: deque[Future[None]] = deque()
        self._thread = ThreadPoolExecutor(1)

    def submit(self, work: Callable[[Tensors], None], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Have `work` called with the arrays on the device; raises what an earlier work raised."""
        while len(self._pending) >= SLOTS:
            self._pending.popleft().result()
        slot, self._turn = self._slots[self._turn], (self._turn + 1) % SLOTS
        if slot.copied is not None:
            slot.copied.synchronize()
        tensors = self._sent(slot, slot.fill(arrays))
        self._pending.append(self._thread.submit(self._work, work, tensors, slot.copied))

    def drain(self) -> None:
        """Wait until everything is computed; raises what a work raised."""
        while self._pending:
            self._pending.popleft().result()

    def close(self) -> None:
        """Drop what is not yet computed and end the thread."""
        self._pending.clear()
        self._thread.shutdown(cancel_futures=True)

    def _sent(self, slot: Slot, tensors: Tensors) -> Tensors:
        with torch.cuda.stream(self._stream):  # None: as it is
            sent = {name: tensor.to(self._device, non_blocking=True) for name, tensor in tensors.items()}
            if self._stream is not None:
                slot.copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
                slot.copied.record(self._stream)
        return sent

    def _work(
        self, work: Callable[[Tensors], None], tensors: Tensors, copied: torch.cuda.Event | None
    ) -> None:
        with self._on_device(), torch.no_grad():
            if copied is not None:
                current = torch.cuda.current_stream(self._device)
                current.wait_event(copied)
                for tensor in tensors.values():
                    tensor.record_stream(current)
            work(tensors)

    def _on_device(self) -> AbstractContextManager[Any]:
        return torch.cuda.device(self._device) if self._card else nullcontext()
