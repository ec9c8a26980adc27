"""Reading and writing where a mask says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ops import masking as ops
from ..shapes import broadcast_shapes
from .api import public
from .index_tensors import places_tensor, save_given
from .tensor import Tensor

_C_NAMES = {
    "uint8": "unsigned char",
    "int8": "signed char",
    "int16": "short int",
    "int32": "int",
    "int64": "long int",
    "float16": "c10::Half",
    "bfloat16": "c10::BFloat16",
    "float32": "float",
    "float64": "double",
}


@public(inplace=True)
def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """One number where the mask holds. Source: torch.Tensor.masked_fill."""
    if mask.dtype is not dt.bool_:
        raise RuntimeError(
            "masked_fill_ only supports boolean masks, but got mask with dtype "
            f"{_C_NAMES.get(mask.dtype.name, mask.dtype.name)}"
        )
    if isinstance(value, Tensor):
        if value._shape:
            raise RuntimeError(
                "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
                f"{len(value._shape)} dimension(s)."
            )
        _refuse_complex(input, value.dtype.is_complex)
        return ops.masked_fill_by(input, mask, value)
    _refuse_complex(input, isinstance(value, complex))
    return ops.masked_fill(input, mask, value)


def _refuse_complex(input: Tensor, wide: bool) -> None:
    if wide and not input.dtype.is_complex:
        name = _C_NAMES.get(input.dtype.name, input.dtype.name)
        raise RuntimeError(f"value cannot be converted to type {name} without overflow")


@public(out=True)
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask holds, computed at once. Source: torch.masked_select."""
    if mask.dtype is not dt.bool_:
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = broadcast_shapes(mask._shape, input._shape)

    def places() -> Tensor:
        return places_tensor(np.flatnonzero(np.broadcast_to(mask._array(), shape)))

    return save_given(ops.masked_select(input, places(), shape), 1, (mask,), places)


@public(inplace=True)
def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Elements of `source`, in order, where the mask holds. Source: Tensor.masked_scatter."""
    if input.dtype is not source.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{input.dtype.legacy_name} and {source.dtype.legacy_name}"
        )
    if mask.dtype is not dt.bool_:
        raise RuntimeError(
            "masked_scatter_ only supports boolean masks, but got mask with dtype "
            f"{mask.dtype.legacy_name}"
        )
    shape = broadcast_shapes(input._shape, mask._shape)
    if not (input._storage.meta or mask._storage.meta):
        held = int(np.count_nonzero(np.broadcast_to(mask._array(), shape)))
        if held > source.numel():
            raise RuntimeError("Number of elements of source < number of ones in mask")
    return ops.masked_scatter(input, mask, source)


@public(method=False)
def _unsafe_masked_index(input: Tensor, mask: Tensor, indices: Any, fill: Any) -> Tensor:
    """`input[indices]` where the mask holds, `fill` elsewhere; unused places may lie outside.

    Source: torch._unsafe_masked_index.
    """
    picked = input[tuple(_places_inside(input, indices))]
    return masked_fill(picked, mask.logical_not(), fill)


@public(method=False)
def _unsafe_masked_index_put_accumulate(
    input: Tensor, mask: Tensor, indices: Any, values: Tensor
) -> Tensor:
    """The input with values added at places where the mask holds; unused places may lie outside.

    Source: torch._unsafe_masked_index_put_accumulate.
    """
    kept = masked_fill(values, mask.logical_not(), 0)
    return input.index_put(_places_inside(input, indices), kept, True)


def _places_inside(input: Tensor, indices: Any) -> list[Tensor]:
    for i, place in enumerate(indices):
        if not isinstance(place, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 2, but got {type(place).__name__}"
            )
    # Negative places count from the end, as ever.
    return [p.clamp(-n, n - 1) for p, n in zip(indices, input._shape)]
