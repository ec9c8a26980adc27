"""Distinct elements and membership.

The shapes of results depend on values, so they are computed when the functions are called.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import Op, leaf
from ..numerics.distinct import distinct, runs
from ..ops.family import LOW, not_differentiable
from ..shapes import normalize_dim
from .api import public
from .arguments import NUMBERS, from_number
from .signatures import Signature
from .tensor import Tensor


def _node(name: str, grad_name: str) -> Op:
    """An operator that stands for a result already made: its edge refuses differentiation."""
    return Op(
        name,
        rule=lambda x, made: (made.shape, made.dtype),
        eval=lambda x, made, /: made,
        vjp=(not_differentiable(name), None),
        prepare=lambda inputs, attrs: (None, inputs[1]),
        grad_name=grad_name,
    )


_UNIQUE = _node("_unique2", "Unique2Backward0")
_UNIQUE_DIM = _node("unique_dim", "UniqueDimBackward0")
_CONSECUTIVE = _node("unique_consecutive", "UniqueConsecutiveBackward0")
_CONSECUTIVE_DIM = _node("unique_dim_consecutive", "UniqueDimConsecutiveBackward0")


def _results(
    op: Op,
    input: Tensor,
    values: np.ndarray,
    inverse: np.ndarray | None,
    counts: np.ndarray | None,
    wanted: tuple,
) -> Any:
    values = np.array(values, input.dtype.numpy, order="C")
    made = op(input, leaf(values, input.dtype))
    extras = [
        Tensor._from_array(np.array(x, np.int64, order="C"), dt.int64)
        for x, want in zip((inverse, counts), wanted)
        if want
    ]
    return (made, *extras) if extras else made


def _rows(x: np.ndarray, dim: int) -> np.ndarray:
    """The parts along `dim` as rows."""
    moved = np.moveaxis(x, dim, 0)
    return np.ascontiguousarray(moved).reshape(len(moved), -1 if moved.size else 0)


def _back(rows: np.ndarray, x: np.ndarray, dim: int) -> np.ndarray:
    moved = np.moveaxis(x, dim, 0)
    return np.moveaxis(rows.reshape(len(rows), *moved.shape[1:]), 0, dim)


def _order(rows: np.ndarray) -> np.ndarray:
    if rows.shape[1] == 0:
        return np.arange(len(rows))
    return np.lexsort(rows.T[::-1])


def _runs(rows: np.ndarray) -> np.ndarray:
    """Whether each row differs from the one before."""
    starts = np.ones(len(rows), bool)
    if len(rows):
        starts[1:] = np.any(rows[1:] != rows[:-1], axis=1)
    return starts


def _collapse(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First rows of the runs, each row's run, the lengths of the runs."""
    starts = _runs(rows)
    groups = np.cumsum(starts) - 1
    return rows[starts], groups, np.bincount(groups, minlength=int(starts.sum()))


def _sorted_unique(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    order = _order(rows)
    values, groups, counts = _collapse(rows[order])
    inverse = np.empty(len(rows), np.int64)
    inverse[order] = groups
    return values, inverse, counts


def _wide(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32) if x.dtype in LOW else x


def _distinct(name: str, ops: tuple, find: Any, input: Tensor, wanted: tuple, dim: Any) -> Any:
    if input.dtype.is_complex:
        raise NotImplementedError(f"\"{name}\" not implemented for '{input.dtype.legacy_name}'")
    x = _wide(input._array())
    if dim is None:
        flat = runs if find is _collapse else distinct
        values, inverse, counts = flat(x.reshape(-1), *wanted)
        inverse = None if inverse is None else inverse.reshape(x.shape)
        return _results(ops[0], input, values, inverse, counts, wanted)
    d = normalize_dim(dim, x.ndim)
    if x.ndim == 0:
        x, d = x.reshape(1), 0
    if x.size == 0 and x.shape[d] != 0:
        raise RuntimeError(
            "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied"
        )
    values, inverse, counts = find(_rows(x, d))
    return _results(ops[1], input, _back(values, x, d), inverse, counts, wanted)


_UNIQUE_FORM = Signature("_unique2", "T:input b:sorted= b:return_inverse= b:return_counts= > ")
_CONSECUTIVE_FORM = Signature(
    "unique_consecutive", "T:input b:return_inverse= b:return_counts= i?:dim= > "
)


@public(method=False)
def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements, or parts along `dim`, in order. Source: torch.unique."""
    _UNIQUE_FORM.check((input, sorted, return_inverse, return_counts), {})
    wanted = (return_inverse, return_counts)
    return _distinct("unique", (_UNIQUE, _UNIQUE_DIM), _sorted_unique, input, wanted, dim)


def _method(
    self: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements, or parts along `dim`, in order. Source: torch.Tensor.unique."""
    return unique(self, sorted, return_inverse, return_counts, dim)


_method.__name__, _method.__qualname__ = "unique", "Tensor.unique"
Tensor.unique = _method  # type: ignore[attr-defined]


@public()
def unique_consecutive(
    input: Tensor,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The elements without repeats of their neighbour. Source: torch.unique_consecutive."""
    _CONSECUTIVE_FORM.check((input, return_inverse, return_counts, dim), {})
    wanted = (return_inverse, return_counts)
    nodes = (_CONSECUTIVE, _CONSECUTIVE_DIM)
    return _distinct("unique", nodes, _collapse, input, wanted, dim)


_ISIN = Op(
    "isin",
    rule=lambda x, test, invert: (x.shape, dt.bool_),
    eval=lambda x, test, /, invert: np.isin(_wide(x), _wide(test), invert=invert),
)


@public(method=False, out=True)
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Tensor:
    """Whether each element is among the test elements. Source: torch.isin."""
    tensors = [isinstance(x, Tensor) for x in (elements, test_elements)]
    if not any(tensors) or not all(
        isinstance(x, (Tensor, *NUMBERS)) for x in (elements, test_elements)
    ):
        raise TypeError(
            "isin() received an invalid combination of arguments - got "
            f"({type(elements).__name__}, {type(test_elements).__name__}), but expected one of:\n"
            " * (Tensor elements, Tensor test_elements, *, bool assume_unique = False, bool invert "
            "= "
            "False, Tensor out = None)\n"
            " * (Number element, Tensor test_elements, *, bool assume_unique = False, bool invert "
            "= "
            "False, Tensor out = None)\n"
            " * (Tensor elements, Number test_element, *, bool assume_unique = False, bool invert "
            "= "
            "False, Tensor out = None)\n"
        )
    for one in (elements, test_elements):
        if isinstance(one, Tensor) and (one.dtype is dt.bool_ or one.dtype.is_complex):
            raise RuntimeError(
                f"Unsupported input type encountered for isin(): {one.dtype.legacy_name}"
            )
    x = elements if tensors[0] else from_number(elements)
    test = test_elements if tensors[1] else from_number(test_elements)
    for one in (x, test):
        if one.dtype.is_complex:
            raise RuntimeError(f"Unsupported input type encountered for isin(): {one.dtype}")
    return _ISIN(x, test, bool(invert))
