"""The non-reentrant checkpoint: saved tensors are replaced by their numbers, and found again.

In: a computation that runs under `recomputing`, and the function that repeats it.  Out: a grad
graph that saves numbers; the first number that backward unpacks runs the function once more and
keeps what it saves, in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from weakref import ref

from ..autograd.graph import saved_tensors_hooks
from ..tensor import Tensor


class CheckpointError(RuntimeError):
    """The recomputation did not save what the first computation saved."""


class _Settings:
    early_stop = True


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """A block in which recomputations stop (True) or not once all that is needed is there."""
    before, _Settings.early_stop = _Settings.early_stop, enable
    try:
        yield
    finally:
        _Settings.early_stop = before


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """A block that turns debugging off for all checkpoints inside; there is none to turn on."""
    if enabled:
        raise NotImplementedError(
            "torch.utils.checkpoint.set_checkpoint_debug_enabled(True) is not implemented"
        )
    yield


class _Stop(Exception):
    """All that the first computation saved has been recomputed."""


def _description(t: Tensor) -> dict[str, Any]:
    return {"shape": t.shape, "dtype": t.dtype, "device": t.device}


_CHECKS: dict[str, Callable[[Tensor], Any]] = {"default": _description, "none": lambda t: None}


class _Holder:
    """Stands in the grad graph for a saved tensor; knows only its number."""

    __slots__ = ("number", "__weakref__")

    def __init__(self, number: int) -> None:
        self.number = number


class _Frame:
    """One checkpointed computation: what it saved, and how to have it again."""

    def __init__(
        self, repeat: Callable, context: Callable[[], AbstractContextManager], check: str
    ) -> None:
        if check not in _CHECKS:
            raise ValueError(f"determinism_check should be one of {list(_CHECKS)}, but got {check}")
        self.repeat = repeat
        self.context = context
        self.describe = _CHECKS[check]
        self.holders: list[ref[_Holder]] = []
        self.descriptions: list[Any] = []
        self.recomputed: dict[int, Tensor] = {}
        self.early_stop = True

    def pack(self, tensor: Tensor) -> _Holder:
        holder = _Holder(len(self.holders))
        self.holders.append(ref(holder))
        self.descriptions.append(self.describe(tensor))
        return holder

    def unpack(self, holder: _Holder) -> Tensor:
        if holder.number not in self.recomputed:
            self._recompute()
        return self.recomputed.pop(holder.number)

    def _recompute(self) -> None:
        """Run the function once more, keeping what it saves and somebody still waits for."""
        saved: list[Any] = []

        def keep(tensor: Tensor) -> Any:
            number = len(saved)
            saved.append(self.describe(tensor))
            if number >= len(self.holders):
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation "
                    "than during the original forward pass.\n"
                )
            if self.holders[number]() is not None:
                self.recomputed[number] = tensor.detach()
            if self.early_stop and len(saved) == len(self.holders):
                raise _Stop
            return tensor.detach()

        try:
            with self.context(), saved_tensors_hooks(keep, lambda t: t):
                self.repeat()
        except _Stop:
            pass
        self._check(saved)

    def _check(self, saved: list[Any]) -> None:
        if len(saved) != len(self.holders):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the "
                "original forward and recomputation.\nNumber of tensors saved during forward: "
                f"{len(self.holders)}\nNumber of tensors saved during recomputation: "
                f"{len(saved)}.\n"
            )
        different = [
            f"tensor at position {i}:\nsaved metadata: {before}\nrecomputed metadata: {now}"
            for i, (before, now) in enumerate(zip(self.descriptions, saved))
            if before != now
        ]
        if different:
            listed = "\n".join(different)
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have "
                f"different metadata than during the forward pass.\n{listed}\n.\n"
            )


@contextmanager
def recomputing(
    repeat: Callable,
    context: Callable[[], AbstractContextManager],
    determinism_check: str,
    early_stop: bool,
) -> Iterator[None]:
    """A block whose saved tensors are forgotten; `repeat()` within `context()` computes them anew.

    Raises ValueError for an unknown check, CheckpointError in backward where `repeat` differs.
    """
    frame = _Frame(repeat, context, determinism_check)
    frame.early_stop = early_stop and _Settings.early_stop
    with saved_tensors_hooks(frame.pack, frame.unpack):
        yield
