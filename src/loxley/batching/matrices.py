"""Linear algebra on batched values: matrices stand in the last two dimensions, slices in front."""

from __future__ import annotations

from typing import Any

from ..ir.graph import Op, record
from ..ops import movement
from .core import RULES, every, lifted, looped, slice_ndims


def _matrices(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Batch dimensions broadcast from the right, the slices are another one."""
    ndim = max(slice_ndims(inputs, flags))
    given = [x if x is None else lifted(x, ndim) for x in every(inputs, flags, size)]
    return record(op, tuple(given), attrs)


def _pinv(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """Tolerances that differ between slices stand beside the other batch dimensions."""
    if any(flags[1:]) and any(x is not None and x.ndim > 1 for x in inputs[1:]):
        return looped(op, inputs, flags, attrs, size)
    (x,) = every(inputs[:1], flags[:1], size)
    rest = [
        movement.view(v, (size, *(1,) * (x.ndim - 3))) if f else v
        for v, f in zip(inputs[1:], flags[1:])
    ]
    return record(op, (x, *rest), attrs)


def _of_one_rank(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """A factorization, its pivots, and a right side that has the same batch dimensions."""
    packed, pivots, b = slice_ndims(inputs, flags)
    if packed != b or pivots != packed - 1:
        return looped(op, inputs, flags, attrs, size)
    return record(op, tuple(every(inputs, flags, size)), attrs)


def _searchsorted(op: Op, inputs: list, flags: tuple, attrs: tuple, size: int) -> Any:
    """One row of edges for all slices, or a row for every row of values."""
    edges, values, sorter = inputs
    if flags == (False, True, False) and edges.ndim == 1:
        return record(op, tuple(inputs), attrs)
    ndims = slice_ndims(inputs, flags)
    if ndims[0] == 1 or ndims[0] != ndims[1]:
        return looped(op, inputs, flags, attrs, size)
    return record(op, tuple(every(inputs, flags, size)), attrs)


RULES.update(
    {
        "linalg_pinv": _pinv,
        "linalg_lu_solve": _of_one_rank,
        "linalg_ldl_solve": _of_one_rank,
        "searchsorted": _searchsorted,
    }
)
for _name in (
    "linalg_solve_ex linalg_solve_triangular triangular_solve cholesky_solve cdist"
).split():
    RULES[_name] = _matrices
