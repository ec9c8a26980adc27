"""Stretching dimensions of size one: expand, broadcast_to, broadcast_tensors, broadcast_shapes.

Source: https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

from __future__ import annotations

from typing import Any

from ..ops import movement
from ..shapes import Shape, broadcast_shapes
from .api import method, public
from .grad import tensor_type_name
from .shaping import shape_argument
from .size import Size
from .tensor import Tensor


def expand_shape(input: Tensor, sizes: Shape) -> Shape:
    """The sizes that `expand` gives; RuntimeError where the tensor can't be stretched so."""
    shape = input._shape
    lead = len(sizes) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand({tensor_type_name(input.dtype)}{{{list(shape)}}}, size={list(sizes)}): "
            "the "
            f"number of sizes provided ({len(sizes)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(shape)})"
        )
    made = list(sizes)
    for i in reversed(range(len(sizes))):
        size = sizes[i]
        have = shape[i - lead] if i >= lead else 1
        if size == -1 and i < lead:
            raise RuntimeError(
                f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing "
                f"dimension {i}"
            )
        if size == -1:
            made[i] = have
        elif have not in (1, size) or size < 0:
            raise RuntimeError(
                f"The expanded size of the tensor ({size}) must match the existing size ({have}) "
                "at "
                f"non-singleton dimension {i}.  Target sizes: {list(sizes)}.  "
                f"Tensor sizes: {list(shape)}"
            )
    return tuple(made)


@method
def expand(self: Tensor, *sizes: Any, size: Any = None, implicit: bool = False) -> Tensor:
    """Dimensions of size one stretched without copying. Source: torch.Tensor.expand."""
    sizes = shape_argument(sizes if size is None else (size,), "expand")
    return movement.EXPAND(self, expand_shape(self, sizes))


@method
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`self.expand(other.size())`. Source: torch.Tensor.expand_as."""
    return movement.EXPAND(self, expand_shape(self, other._shape))


@public()
def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """The tensor stretched to a shape. Source: torch.broadcast_to."""
    return movement.EXPAND(input, expand_shape(input, shape_argument((size,), "broadcast_to")))


def broadcast(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """All stretched to their common shape; those that have it as they are."""
    shape = broadcast_shapes(*(t._shape for t in tensors))
    return tuple(t if t._shape == shape else movement.EXPAND(t, shape) for t in tensors)


@public(method=False, name="broadcast_tensors")
def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """All stretched to their common shape. Source: torch.broadcast_tensors."""
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    for i, one in enumerate(tensors):
        if not isinstance(one, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 0, but got {type(one).__name__}"
            )
    return broadcast(tensors) if tensors else ()


@public(method=False, name="broadcast_shapes")
def common_shape(*shapes: Any) -> Size:
    """The shape that tensors of the given shapes broadcast to. Source: torch.broadcast_shapes."""
    sizes = [
        (s,) if isinstance(s, int) else shape_argument((s,), "broadcast_shapes") for s in shapes
    ]
    result = [1] * max((len(s) for s in sizes), default=0)
    for at, shape in enumerate(sizes):
        for i in range(-1, -1 - len(shape), -1):
            if shape[i] < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if shape[i] not in (1, result[i]):
                if result[i] != 1:
                    raise RuntimeError(
                        f"Attempting to broadcast a dimension of length {shape[i]} at {i}! "
                        f"Mismatching argument at index {at} had {shape}; but expected shape "
                        f"should be broadcastable to {result}"
                    )
                result[i] = shape[i]
    return Size(result)
