"""Buckets of gradients, which a module's communication hook gets when they are complete.

In: parameters whose gradients arrive during a backward pass.  Out: calls of the hook, whose result
becomes the gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd import no_grad
from ..tensor import Tensor, cat, zeros_like

_MIB = 1024 * 1024
_FIRST_CAP = _MIB  # the first bucket is small, so that its reduction starts early

UNFINISHED = (
    "Expected to have finished reduction in the prior iteration before starting a new one. This "
    "error indicates that your module has parameters that were not used in producing loss. You "
    "can enable unused parameter detection by passing the keyword argument "
    "`find_unused_parameters=True` to `torch.nn.parallel.DistributedDataParallel`, and by \n"
    "making sure all `forward` function outputs participate in calculating loss. \nIf you already "
    "have done the above, then the distributed data parallel module wasn't able to locate the "
    "output tensors in the return value of your module's `forward` function. Please include the "
    "loss function and the structure of the return value of `forward` of your module when "
    "reporting this issue (e.g. list, dict, iterable)."
)


class GradBucket:
    """Gradients of several parameters behind each other in one tensor."""

    def __init__(self, index: int, parameters: list[Tensor], is_last: bool) -> None:
        self._index, self._parameters, self._is_last = index, parameters, is_last
        grads = [zeros_like(p) if p.grad is None else p.grad for p in parameters]
        self._buffer = cat([g.reshape(-1) for g in grads])

    def index(self) -> int:
        """Its number."""
        return self._index

    def buffer(self) -> Tensor:
        """All gradients in one dimension."""
        return self._buffer

    def set_buffer(self, buffer: Tensor) -> None:
        """Another tensor in the place of the buffer."""
        self._buffer = buffer

    def parameters(self) -> list[Tensor]:
        """The parameters."""
        return self._parameters

    def gradients(self) -> list[Tensor]:
        """Views of the buffer, one for each parameter."""
        parts = self._buffer.split([p.numel() for p in self._parameters])
        return [part.view(p.shape) for part, p in zip(parts, self._parameters)]

    def is_last(self) -> bool:
        """Whether it is the last one of the backward pass."""
        return self._is_last


class Reducer:
    """Watches the gradients of one module: which have arrived, and which bucket is complete."""

    def __init__(self, parameters: Sequence[Tensor], cap_mb: float | None) -> None:
        self.hook: Callable | None = None
        self.state: Any = None
        self.parameters = list(parameters)
        self.buckets = _buckets(self.parameters, _MIB * 25 if cap_mb is None else cap_mb * _MIB)
        self.missing: set[int] | None = None  # in a pass that is to be reduced
        self._handles = [
            p.register_post_accumulate_grad_hook(self._arrived) for p in self.parameters
        ]

    def start(self, unused: set[int], watch: bool) -> None:
        """A forward pass has ended; RuntimeError where the last one was not reduced."""
        self.missing = {id(p) for p in self.parameters} - unused if watch else None
        self.unused = unused

    def check_finished(self) -> None:
        """RuntimeError where gradients of the last pass never arrived."""
        if self.missing and len(self.missing) < len(self.parameters):
            indices = [i for i, p in enumerate(self.parameters) if id(p) in self.missing]
            raise RuntimeError(
                f"{UNFINISHED}\nParameter indices which did not receive grad for rank 0: "
                f"{' '.join(map(str, indices))}"
            )
        self.missing = None

    def _arrived(self, parameter: Tensor) -> None:
        if self.missing is None or id(parameter) not in self.missing:
            return
        self.missing.remove(id(parameter))
        if self.hook is None:
            return
        for index, bucket in enumerate(self.buckets):
            if any(p is parameter for p in bucket):
                if not any(id(p) in self.missing for p in bucket):
                    self._reduce(index, bucket)
                return

    @no_grad()
    def _reduce(self, index: int, parameters: list[Tensor]) -> None:
        bucket = GradBucket(index, parameters, index == len(self.buckets) - 1)
        result = self.hook(self.state, bucket).wait()  # type: ignore[misc]
        bucket.set_buffer(result[0] if isinstance(result, (list, tuple)) else result)
        for p, gradient in zip(parameters, bucket.gradients()):
            if p.grad is not None:
                p.grad.copy_(gradient)


def _buckets(parameters: list[Tensor], cap: float) -> list[list[Tensor]]:
    """Parameters in the order in which their gradients arrive, in buckets of one dtype."""
    made: list[list[Tensor]] = []
    filled, limit = 0.0, min(_FIRST_CAP, cap)
    for p in reversed(parameters):
        if not made or filled >= limit or made[-1][0].dtype is not p.dtype:
            limit = min(_FIRST_CAP, cap) if not made else cap
            made.append([])
            filled = 0.0
        made[-1].append(p)
        filled += p.numel() * p.element_size()
    return made
