"""How random functions draw: along the memory of the tensor they fill, and in which bounds.

Shared by `fill` (the in-place methods) and `random` (the functions); nothing here is public.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from .. import devices as dev
from .. import dtypes as dt
from ..ir.graph import Value
from ..numerics.random import MANTISSA, fill_order, integer_bounds
from ..ops.movement import inverse, permute
from ..ops.random import SAMPLED
from ..shapes import is_contiguous
from .creation import constant_tensor
from .modes import modes
from .tensor import Tensor, _wrap_ordered

INT64_MIN = -(2**63)
_C_NAMES = {  # how PyTorch's messages call the types
    dt.bool_: "bool",
    dt.uint8: "unsigned char",
    dt.int8: "signed char",
    dt.int16: "short int",
    dt.int32: "int",
    dt.int64: "long int",
    dt.uint16: "short unsigned int",
    dt.uint32: "unsigned int",
    dt.uint64: "long unsigned int",
    dt.float16: "c10::Half",
    dt.bfloat16: "c10::BFloat16",
    dt.float32: "float",
    dt.float64: "double",
}
REAL_FLOATS = (dt.float16, dt.bfloat16, dt.float32, dt.float64)
_LARGEST = {  # the largest finite number
    dt.float16: 65504.0,
    dt.bfloat16: 3.3895313892515355e38,
    dt.float32: 3.4028234663852886e38,
    dt.float64: 1.7976931348623157e308,
}


def c_name(kind: dt.dtype) -> str:
    """The C++ type that PyTorch's messages name."""
    return _C_NAMES.get(kind, str(kind))


def require(kernel: str, kind: dt.dtype, allowed: tuple[dt.dtype, ...]) -> None:
    """NotImplementedError in PyTorch's words where its kernel has no such type."""
    if kind not in allowed:
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")


# Filling


def fill(self: Tensor, draw: Callable[[tuple[int, ...], bool], Value], grad_name: str) -> Tensor:
    """Overwrites a tensor by `draw(shape, contiguous)`, drawn along its memory; returns it.

    What may not be written to is refused before anything is drawn.
    """
    if modes.grad and self._requires_grad:
        self._check_history()
    self._check_overlap()
    if self._storage.meta:
        self._counter.version += 1
        return self
    if self._contiguous:
        value = draw(self._shape, True)
    else:
        order = tuple(fill_order(self._shape, self._strides))
        value = draw(tuple(self._shape[axis] for axis in order), False)
        value = permute(value, inverse(order))
    if self._requires_grad and modes.grad:
        return self._assign(SAMPLED(self, value, grad_name))
    return self._assign(Tensor._wrap(value))


def fresh(
    shape: tuple[int, ...],
    kind: dt.dtype,
    draw: Callable[[tuple[int, ...], bool], Value],
    device: Any,
    requires_grad: bool,
    order: tuple[int, ...] | None = None,
) -> Tensor:
    """A new tensor of draws; `order` lists its axes from slowest to fastest in memory."""
    if requires_grad and not (kind.is_floating_point or kind.is_complex):
        raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
    if dev.resolve(device) is dev.META:
        return constant_tensor(shape, 0, kind, dev.META, requires_grad)
    if order is None or order == tuple(range(len(shape))):
        made = Tensor._wrap(draw(shape, True))
    else:
        permuted = tuple(shape[axis] for axis in order)
        made = _wrap_ordered(draw(permuted, _row_major(permuted, order)), order, False)
    made._inference = modes.inference
    if requires_grad:
        made.requires_grad = True
    return made


def _row_major(permuted: tuple[int, ...], order: tuple[int, ...]) -> bool:
    """Whether a tensor whose memory has this order of axes still counts as contiguous."""
    strides, step = [0] * len(order), 1
    for axis, size in zip(reversed(order), reversed(permuted)):
        strides[axis] = step
        step *= size
    shape = tuple(permuted[order.index(axis)] for axis in range(len(order)))
    return is_contiguous(shape, tuple(strides))


def order_like(input: Tensor, memory_format: Any) -> tuple[int, ...]:
    """The order of axes in memory that `*_like` functions give their result."""
    name = str(memory_format).rpartition(".")[2]
    n = len(input._shape)
    if name in ("None", "preserve_format"):
        return tuple(fill_order(input._shape, input._strides))
    if name == "contiguous_format":
        return tuple(range(n))
    channels = {"channels_last": 4, "channels_last_3d": 5}.get(name)
    if channels is None:
        raise NotImplementedError(f"argument 'memory_format' {memory_format} is not implemented")
    if n != channels:
        raise RuntimeError(f"required rank {channels} tensor to use {name} format")
    return (0, *range(2, n), 1)


# Bounds


def check_uniform(kind: dt.dtype, low: float, high: float) -> None:
    """RuntimeError unless [low, high) is a range within the type."""
    if kind.is_complex:
        kind = kind.to_real()
    require("check_uniform_bounds", kind, REAL_FLOATS)
    largest = _LARGEST[kind]
    for name, bound in (("from", low), ("to", high)):
        if not -largest <= bound <= largest:
            raise RuntimeError(f"{name} is out of bounds for {c_name(kind)}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
        )
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{kind.legacy_name}>::max(), but "
            f"found to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


def integer_range(kind: dt.dtype, low: int, high: int | None) -> tuple[int, int]:
    """(low, count) of `random_(low, high)`; `high` None means up to the type's largest.

    RuntimeError for an empty range or one that the type does not hold.
    """
    for bound in (low, high):
        if bound is not None and not INT64_MIN <= bound < 2**63:
            raise ValueError("Overflow when unpacking long long")
    if kind.is_complex:
        raise RuntimeError(
            "check_random_bounds handles only integral, floating-point and boolean types"
        )
    if kind.restricted:
        raise NotImplementedError(
            f"\"random_update_from_to\" not implemented for '{kind.legacy_name}'"
        )
    if high is None and low == INT64_MIN:
        return _all_64_bits(kind)
    if high is None:
        low, last = _up_to_largest(kind, low)
    else:
        low, last = _between(kind, low, high)
    _check_integers(kind, low, last)
    return low, last - low + 1


def _all_64_bits(kind: dt.dtype) -> tuple[int, int]:
    kernel = "random_full_64_bits_range_kernel_cpu"
    if kind in (dt.float16, dt.bool_):
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{kind.legacy_name}'")
    if kind not in (dt.int64, dt.float64, dt.float32, dt.bfloat16):
        raise RuntimeError(f"{kernel} handles only int64, double, float and bfloat16")
    return 0, 2**64


def _between(kind: dt.dtype, low: int, high: int) -> tuple[int, int]:
    if low >= high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}"
        )
    low, high = integer_bounds(kind.numpy, low, high)
    if low >= high:
        raise RuntimeError(
            "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, but got "
            f"from={low} >= to={high}"
        )
    return low, high - 1


def _up_to_largest(kind: dt.dtype, low: int) -> tuple[int, int]:
    if kind.numpy not in MANTISSA:
        return low, _integer_limits(kind)[1]
    last = 2 ** MANTISSA[kind.numpy]
    low = integer_bounds(kind.numpy, low, low + 1)[0]
    if low >= last:
        raise RuntimeError(
            "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' casted to "
            f"dtype, but got from={low} > to_inc={last}"
        )
    return low, last


def _integer_limits(kind: dt.dtype) -> tuple[int, int]:
    if kind is dt.bool_:
        return 0, 1
    bits = 8 * kind.itemsize
    if kind.is_signed:
        return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return 0, min(2**bits, 2**63) - 1


def _check_integers(kind: dt.dtype, low: int, last: int) -> None:
    floating = kind.numpy in MANTISSA
    smallest, largest = (-_LARGEST[kind], _LARGEST[kind]) if floating else _integer_limits(kind)
    for name, bound in (("from", low), ("to - 1", last)):
        if not smallest <= bound <= largest:
            raise RuntimeError(f"{name} is out of bounds for {c_name(kind)}")
        if floating and abs(bound) > 2 ** MANTISSA[kind.numpy]:
            digits = MANTISSA[kind.numpy]
            warnings.warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                f"limitations {c_name(kind)} can support discrete uniform distribution only "
                "within this range. This warning will become an error in version 1.7 release, "
                "please fix the code in advance",
                UserWarning,
                stacklevel=5,
            )
