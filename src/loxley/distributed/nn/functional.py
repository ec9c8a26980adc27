"""Collectives that gradients pass through. One process's own part comes back unchanged.

In: tensors, possibly with history.  Out: new tensors whose gradients are those of the inputs.
Source: torch.distributed.nn.functional
"""

from __future__ import annotations

from typing import Any

from ...tensor import Tensor, zeros_like
from .. import collectives as plain
from ..groups import ReduceOp

__all__ = [
    "all_gather",
    "all_reduce",
    "all_to_all",
    "all_to_all_single",
    "broadcast",
    "gather",
    "reduce",
    "reduce_scatter",
    "scatter",
]
_WORLD: Any = None


def _checked(tensor: Tensor) -> Tensor:
    """A copy with the tensor's history, after the checks of the collective on its data."""
    return tensor.clone()


def broadcast(tensor: Tensor, src: int, group: Any = _WORLD) -> Tensor:
    """Rank `src`'s tensor."""
    plain.broadcast(tensor.detach(), src, group)
    return _checked(tensor)


def gather(tensor: Tensor, dst: int = 0, group: Any = _WORLD) -> tuple[Tensor, ...]:
    """The processes' tensors, on rank `dst`."""
    plain.gather(tensor.detach(), [zeros_like(tensor.detach())], dst, group)
    return (_checked(tensor),)


def scatter(tensors: list[Tensor], src: int = 0, group: Any = _WORLD) -> Tensor:
    """This process's tensor of rank `src`'s list."""
    plain.scatter(zeros_like(tensors[0].detach()), [t.detach() for t in tensors], src, group)
    return _checked(tensors[0])


def reduce(tensor: Tensor, dst: int, op: Any = ReduceOp.SUM, group: Any = _WORLD) -> Tensor:
    """The reduction of the processes' tensors, on rank `dst`."""
    plain.reduce(tensor.detach(), dst, op, group)
    return _checked(tensor)


def reduce_scatter(
    output: Tensor, input_list: list[Tensor], op: Any = ReduceOp.SUM, group: Any = _WORLD
) -> Tensor:
    """This process's place of the reduction of the lists; `output` is written too."""
    plain.reduce_scatter(output.detach(), [t.detach() for t in input_list], op, group)
    return _checked(input_list[0])


def all_gather(tensor: Tensor, group: Any = _WORLD) -> tuple[Tensor, ...]:
    """The processes' tensors."""
    plain.all_gather([zeros_like(tensor.detach())], tensor.detach(), group)
    return (_checked(tensor),)


def all_to_all(
    output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group: Any = _WORLD
) -> tuple[Tensor, ...]:
    """The processes' tensors for this one; the outputs are written too."""
    outputs = [t.detach() for t in output_tensor_list]
    plain.all_to_all(outputs, [t.detach() for t in input_tensor_list], group)
    return tuple(_checked(t) for t in input_tensor_list)


def all_to_all_single(
    output: Tensor,
    input: Tensor,
    output_split_sizes: list[int] | None = None,
    input_split_sizes: list[int] | None = None,
    group: Any = _WORLD,
) -> Tensor:
    """The processes' parts for this one; the output is written too."""
    plain.all_to_all_single(
        output.detach(), input.detach(), output_split_sizes, input_split_sizes, group
    )
    return _checked(input)


def all_reduce(tensor: Tensor, op: Any = ReduceOp.SUM, group: Any = _WORLD) -> Tensor:
    """The reduction of the processes' tensors."""
    plain.all_reduce(tensor.detach(), op, group)
    return _checked(tensor)
