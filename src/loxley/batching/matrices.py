"""Linear algebra on batched values: matrices stand in the last two dimensions, slices in front."""

from __future__ import annotations

from typing import Any

from ..ir.graph import Op, record
from .core import RULES, every, lifted, slice_ndims


def _matrices(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Batch dimensions broadcast from the right, the slices are another one."""
    ndim = max(slice_ndims(inputs, flags))
    given = [x if x is None else lifted(x, ndim) for x in every(inputs, flags, size)]
    return record(op, tuple(given), attrs)


for _name in (
    "linalg_solve_ex linalg_solve_triangular triangular_solve cholesky_solve cdist"
).split():
    RULES[_name] = _matrices
