"""Products of 8-bit floats whose factors come with scales: `torch._scaled_mm`.

Sums are taken in float32 and rounded once to the result's dtype.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import dtypes as dt
from ..ops.family import cast
from ..ops.matmul import mm
from .api import public
from .tensor import Tensor

_TENSOR_WISE, _ROW_WISE = 0, 1


def _check_factors(a: Tensor, b: Tensor) -> None:
    for place, t in ((1, a), (2, b)):
        if len(t._shape) != 2:
            raise RuntimeError(f"mat{place} must be a matrix")
    if a._shape[1] != b._shape[0]:
        raise RuntimeError(
            "mat_a and mat_b shapes cannot be multiplied "
            f"({a._shape[0]}x{a._shape[1]} and {b._shape[0]}x{b._shape[1]})"
        )


def _is_scale(scale: Tensor, by_row: tuple[int, int]) -> bool:
    """Whether it is one number, or one for each row (column) of the result."""
    return scale.dtype is dt.float32 and (scale.numel() == 1 or scale._shape == by_row)


def _scaled(
    a: Tensor, b: Tensor, scales: tuple[Tensor, Tensor], bias: Tensor | None, kind: dt.dtype
) -> Tensor:
    """The product in float32, scaled and shifted, before it is rounded to `kind`."""
    if bias is not None and bias.numel() != b._shape[1]:
        raise RuntimeError(f"Bias must be size {b._shape[1]} but got {bias.numel()}")
    made = mm(cast(a.detach(), dt.float32), cast(b.detach(), dt.float32))
    for scale in scales:
        one = scale.numel() == 1 and scale._shape != (a._shape[0], 1)
        made = made * (scale.reshape(()) if one else scale)
    return made if bias is None else made + cast(bias.detach(), dt.float32)


@public(method=False, out=True)
def _scaled_mm(
    input: Tensor,
    mat2: Tensor,
    scale_a: Tensor,
    scale_b: Tensor,
    bias: Tensor | None = None,
    scale_result: Tensor | None = None,
    out_dtype: dt.dtype | None = None,
    use_fast_accum: bool = False,
) -> Tensor:
    """`(input * scale_a) @ (mat2 * scale_b) + bias`: (m, k) and (k, n) of 8-bit floats to (m, n).

    A scale is one number, or (m, 1) and (1, n). `scale_result` divides results of an 8-bit
    `out_dtype`; `use_fast_accum` speaks of other devices. ValueError for other dtypes.
    Source: torch._scaled_mm.
    """
    _check_factors(input, mat2)
    rows, columns = (input._shape[0], 1), (1, mat2._shape[1])
    eight_bits = all(t.dtype.is_floating_point and t.dtype.itemsize == 1 for t in (input, mat2))
    if not (eight_bits and _is_scale(scale_a, rows) and _is_scale(scale_b, columns)):
        raise ValueError("Invalid scaling configuration.")
    kind = out_dtype or input.dtype
    made = _scaled(input, mat2, (scale_a, scale_b), bias, kind)
    if scale_result is not None and out_dtype is not None and kind.restricted:
        made = made / scale_result
    return cast(made, kind)


@public(method=False, out=True)
def _scaled_mm_v2(
    input: Tensor,
    mat2: Tensor,
    scale_a: Sequence[Tensor],
    recipe_a: Sequence[Any],
    swizzle_a: Sequence[Any],
    scale_b: Sequence[Tensor],
    recipe_b: Sequence[Any],
    swizzle_b: Sequence[Any],
    bias: Tensor | None,
    out_dtype: dt.dtype | None,
    contraction_dim: Sequence[int] = (),
    use_fast_accum: bool = False,
) -> Tensor:
    """`_scaled_mm` with the scales' kinds told: one number (0), or one for each row (1).

    NotImplementedError for scales of blocks and for other arrangements of them.
    """
    recipes = [int(x) for x in (*recipe_a, *recipe_b)]
    if len(scale_a) != 1 or len(scale_b) != 1 or not set(recipes) <= {_TENSOR_WISE, _ROW_WISE}:
        raise NotImplementedError("torch._scaled_mm_v2: scales of blocks are not implemented")
    if any(int(x) for x in (*swizzle_a, *swizzle_b)):
        raise NotImplementedError("torch._scaled_mm_v2: argument 'swizzle' is not implemented")
    if contraction_dim:
        raise NotImplementedError(
            "torch._scaled_mm_v2: argument 'contraction_dim' is not implemented"
        )
    return _scaled_mm(input, mat2, scale_a[0], scale_b[0], bias, None, out_dtype, use_fast_accum)
