"""What masks mean: which elements count, and what stands in for those that do not.

In: a tensor and a bool mask that broadcasts to its shape. Out: the mask at that shape, or the
tensor with a reduction's identity where the mask is False, so that the plain reduction ignores it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import dtypes as dt
from ..layouts import strided
from ..numeric_limits import iinfo
from ..shapes import normalize_dim
from ..tensor import PUBLIC, Tensor

Dims = int | Sequence[int] | None


def check_strided(name: str, x: Tensor) -> None:
    """ValueError for other layouts."""
    if x.layout is not strided:
        raise ValueError(f"masked {name} expects strided tensor (got {x.layout} tensor)")


def dims_of(x: Tensor, dim: Dims) -> tuple[int, ...]:
    """The reduced dimensions, sorted; none named means all of them."""
    given = (dim,) if isinstance(dim, int) else tuple(dim or ())
    if not given:
        return tuple(range(x.ndim))
    dims: list[int] = []
    for d in given:
        place = normalize_dim(int(d) if d.__class__ is bool else d, x.ndim)
        if place in dims:
            raise RuntimeError(f"dim={place} appears multiple times in the list of dims")
        dims.append(place)
    return tuple(sorted(dims)) if x.ndim else ()


def _input_mask(input: Tensor, *args: Any, mask: Tensor | None = None, **kwargs: Any) -> Tensor:
    """The mask at the input's shape, all True where none is given.

    IndexError where the mask has more dimensions, RuntimeError where it does not broadcast.
    """
    if mask is None:
        return PUBLIC["ones"](input._shape, dtype=dt.bool_)
    if mask.ndim > input.ndim:
        raise IndexError(
            "_input_mask expected broadcastable mask (got mask dimensionality higher than of the "
            "input)"
        )
    if mask._shape != input._shape:
        mask = PUBLIC["broadcast_to"](mask.clone(), input._shape)
    return mask.to(dt.bool_)


_REDUCTIONS = frozenset(
    "sum prod amax amin argmax argmin mean median norm var std logsumexp".split()
)


def _output_mask(op: Any, input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Where a masked operation's result is defined: where any element was kept."""
    mask, name = _input_mask(input, mask=kwargs.get("mask")), op.__name__
    if name not in _REDUCTIONS:
        return mask
    rest = args[1:] if name == "norm" else args
    dim = kwargs.get("dim", rest[0] if rest else (-1 if name == "median" else None))
    return PUBLIC["any"](mask, dims_of(input, dim), bool(kwargs.get("keepdim")))


def filled(x: Tensor, mask: Tensor | None, number: Any) -> Tensor:
    """`x` with `number` where the mask is False."""
    if mask is None:
        return x
    stand_in = PUBLIC["full"]((), number, dtype=x.dtype)
    return PUBLIC["where"](_input_mask(x, mask=mask), x, stand_in)


def lowest(name: str, kind: dt.dtype) -> float | int:
    """What no element is below: the identity of a maximum."""
    return _limit(name, kind, "min")


def highest(name: str, kind: dt.dtype) -> float | int:
    """What no element is above: the identity of a minimum."""
    return _limit(name, kind, "max")


def _limit(name: str, kind: dt.dtype, end: str) -> float | int:
    if kind.is_floating_point:
        return float("-inf") if end == "min" else float("inf")
    if kind is dt.bool_ or kind.is_complex:
        raise NotImplementedError(f"identity of {name} on {kind} input")
    return getattr(iinfo(kind), end)
