"""`torch.distributed.autograd`: gradients gathered in a context instead of in `.grad`.

In: roots inside `with context() as number:`.  Out: `get_gradients(number)`, by leaf.
Source: https://docs.pytorch.org/docs/2.13/rpc.html#module-torch.distributed.autograd
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..autograd import grad
from ..tensor import Tensor
from .rpc.api import agent, open_contexts

__all__ = ["backward", "context", "get_gradients", "is_available"]

_contexts: dict[int, dict[Tensor, Tensor]] = {}
_made = [0]


def is_available() -> bool:
    """True: on one worker."""
    return True


class context:  # noqa: N801 - PyTorch's name
    """A block with a number, under which gradients are gathered."""

    def __enter__(self) -> int:
        self.number = agent().me.id << 48 | _made[0]
        _made[0] += 1
        _contexts[self.number] = {}
        open_contexts.append(self.number)
        return self.number

    def __exit__(self, *error: Any) -> None:
        open_contexts.remove(self.number)
        del _contexts[self.number]


def _found(number: int) -> dict[Tensor, Tensor]:
    if number not in _contexts:
        raise RuntimeError(f"Could not find autograd context with id: {number}")
    return _contexts[number]


def get_gradients(context_id: int) -> dict[Tensor, Tensor]:
    """The gradients of a context, by leaf."""
    return dict(_found(context_id))


def backward(context_id: int, roots: list[Tensor], retain_graph: bool = False) -> None:
    """The backward pass from scalars; RuntimeError for other roots, or none."""
    gathered = _found(context_id)
    if not roots:
        raise RuntimeError("No tensors provided for gradient computation.")
    for root in roots:
        if not root.requires_grad:
            raise RuntimeError("requires_grad not set on root")
        if root.numel() != 1:
            raise RuntimeError(" is not a scalar, all roots need to be scalar")
    leaves = list(_leaves(roots))
    found = grad(roots, leaves, retain_graph=retain_graph, allow_unused=True)
    for leaf, gradient in zip(leaves, found):
        if gradient is not None:
            before = gathered.get(leaf)
            gathered[leaf] = gradient if before is None else before + gradient


def _leaves(roots: list[Tensor]) -> Iterable[Tensor]:
    made: dict[int, Tensor] = {id(r): r for r in roots if r.grad_fn is None}
    waiting, seen = [r.grad_fn for r in roots if r.grad_fn is not None], set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if hasattr(node, "variable"):
            made[id(node.variable)] = node.variable
        waiting.extend(n for n, _ in node.next_functions if n is not None)
    return made.values()
