"""Norms of vectors and matrices: `torch.norm` and `torch.linalg`'s three.

Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.norm.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from .. import dtypes as dt
from ..ops import decompositions as matrices
from ..ops import norm as ops
from ..ops.family import cast
from ..ops.linalg import check_floating, check_matrix
from ..shapes import normalize_dim, normalize_dims, numel
from .api import expose, public
from .tensor import Tensor

Dims = int | Sequence[int] | None


def shown(number: float | str) -> str:
    """An order as PyTorch's messages print it: `3`, `0.5`, `inf`."""
    return number if isinstance(number, str) else f"{number:g}"


def _at_dtype(name: str, x: Tensor, dtype: dt.dtype | None) -> Tensor:
    if dtype is None:
        return x
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(
            f"{name}: dtype should be floating point or complex. Got {dtype.legacy_name}"
        )
    if dtype.is_complex != x.dtype.is_complex:
        kind = "complex" if x.dtype.is_complex else "real"
        raise RuntimeError(
            f"{name}: dtype should be {kind} for {kind} inputs. Got {dtype.legacy_name}"
        )
    if dt.promote_types(dtype, x.dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({x.dtype.legacy_name}) should be convertible without "
            f"narrowing to the specified dtype ({dtype.legacy_name})"
        )
    return cast(x, dtype)


def _check_identity(x: Tensor, order: float, dim: Dims, dims: tuple[int, ...]) -> None:
    """RuntimeError where there is nothing to take an extremum of."""
    if numel(x._shape) or not (order < 0 or order == math.inf):
        return
    what = f"linalg.vector_norm cannot compute the {shown(order)} norm on "
    if dim is None or (not isinstance(dim, int) and len(dim) == 0):
        raise RuntimeError(f"{what}an empty tensor because the operation does not have an identity")
    for d in dims:
        if x._shape[d] == 0:
            raise RuntimeError(
                f"{what}the dimension {d} because this dimension is empty and the operation does "
                "not "
                "have an identity"
            )


@public(function=False, method=False, out=True)
def vector_norm(
    x: Tensor,
    ord: float = 2,  # noqa: A002 - PyTorch's name
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: dt.dtype | None = None,
) -> Tensor:
    """The norm of the elements over `dim` as one vector. Source: torch.linalg.vector_norm."""
    if not isinstance(x, Tensor):
        raise TypeError(
            "linalg_vector_norm(): argument 'input' (position 1) must be Tensor, not "
            f"{type(x).__name__}"
        )
    if isinstance(ord, Tensor):
        ord = ord.item()  # noqa: A001
    if isinstance(ord, str):
        raise TypeError("linalg_vector_norm(): argument 'ord' (position 2) must be Number, not str")
    if x.dtype.category < dt.float32.category:
        raise RuntimeError(
            "linalg.vector_norm: Expected a floating point or complex tensor as input. Got "
            f"{x.dtype.legacy_name}"
        )
    x = _at_dtype("linalg.vector_norm", x, dtype)
    dims = normalize_dims(dim, x.ndim)
    order = float(ord)
    _check_identity(x, order, dim, dims)
    if order and all(x._shape[d] == 1 for d in dims):
        size = x.abs()  # one element's powers may overflow, it itself does not
        return size if keepdim else size.squeeze(dims)
    return ops.vector_norm(x, order, dims, bool(keepdim))


def _matrix_order(order: float | str) -> float | str:
    known = ("fro", "nuc") if isinstance(order, str) else (1, -1, 2, -2, math.inf, -math.inf)
    if order not in known:
        raise RuntimeError(f"linalg.matrix_norm: Order {shown(order)} not supported.")
    return order


def _matrix_dims(x: Tensor, dim: Sequence[int]) -> tuple[int, int]:
    dim = (dim,) if isinstance(dim, int) else tuple(dim)
    if len(dim) != 2:
        raise RuntimeError(
            f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}"
        )
    rows, columns = (normalize_dim(d, x.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    return rows, columns


def _singular_norm(x: Tensor, order: float | str, rows: int, columns: int, keepdim: bool) -> Tensor:
    """The norms that speak of singular values."""
    moved = x.movedim((rows, columns), (-2, -1))
    values = matrices.svdvals(moved)
    if order == "nuc" or (order > 0 and values._shape[-1] == 0):
        made = values.sum(-1)
    else:
        made = values.amax(-1) if order > 0 else values.amin(-1)
    if keepdim:
        for d in sorted((rows, columns)):
            made = made.unsqueeze(d)
    return made


@public(function=False, method=False, out=True)
def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",  # noqa: A002
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: dt.dtype | None = None,
) -> Tensor:
    """The norm of matrices. Source: torch.linalg.matrix_norm."""
    if A.ndim < 2:
        check_matrix(A, "linalg.matrix_norm")
    order = _matrix_order(ord)
    rows, columns = _matrix_dims(A, dim)
    if A.dtype.category < dt.float32.category:
        check_floating(A, "linalg.matrix_norm")
    if order == "fro":
        return vector_norm(A, 2, (rows, columns), keepdim, dtype=dtype)
    A = _at_dtype("linalg.matrix_norm", A, dtype)
    if order == "nuc" or abs(order) == 2:
        check_floating(A, "linalg.matrix_norm")
        return _singular_norm(A, order, rows, columns, keepdim)
    summed, taken = (columns, rows) if abs(order) == math.inf else (rows, columns)
    if not keepdim and taken > summed:
        taken -= 1
    if order > 0 and A._shape[rows if order == math.inf else columns] == 0:
        return vector_norm(A, 1, (rows, columns), keepdim)  # zeros
    sums = vector_norm(A, 1, summed, keepdim)
    return sums.amax(taken, keepdim) if order > 0 else sums.amin(taken, keepdim)


@public(function=False, method=False, out=True, name="norm")
def linalg_norm(
    A: Tensor,
    ord: float | str | None = None,  # noqa: A002
    dim: Dims = None,
    keepdim: bool = False,
    *,
    dtype: dt.dtype | None = None,
) -> Tensor:
    """A vector or matrix norm, by the number of dimensions. Source: torch.linalg.norm."""
    dims = (dim,) if isinstance(dim, int) else None if dim is None else tuple(dim)
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(
            "linalg.norm: If dim is specified, it must be of length 1 or 2. Got "
            f"[{', '.join(map(str, dims))}]"
        )
    if ord is None:
        return vector_norm(A, 2, dims, keepdim, dtype=dtype)
    if dims is None and A.ndim not in (1, 2) and not isinstance(ord, str):
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
            f"{A.ndim}D."
        )
    if isinstance(ord, str):
        if dims is None and A.ndim > 2:
            raise RuntimeError(
                "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
                f"{A.ndim}D."
            )
        return matrix_norm(A, ord, (-2, -1) if dims is None else dims, keepdim, dtype=dtype)
    if len(dims if dims is not None else A._shape) == 2:
        return matrix_norm(A, ord, (0, 1) if dims is None else dims, keepdim, dtype=dtype)
    return vector_norm(A, ord, dims, keepdim, dtype=dtype)


def _norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    dtype: dt.dtype | None = None,
) -> Tensor:
    """The norm of order p over `dim`, of all elements by default. Source: torch.norm."""
    dims = [dim] if isinstance(dim, int) else dim
    if isinstance(p, str) and (p != "fro" or (dims is not None and len(dims) > 2)):
        dims = list(range(input.ndim)) if dims is None else dims
        return matrix_norm(input, p, dims, keepdim, dtype=dtype)
    return vector_norm(input, 2.0 if p is None or p == "fro" else p, dims, keepdim, dtype=dtype)


_norm.__name__ = _norm.__qualname__ = "norm"
_norm_to = public(out=True)(_norm)


def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    out: Tensor | None = None,
    dtype: dt.dtype | None = None,
) -> Tensor:
    """The norm of order p over `dim`, of all elements by default. Source: torch.norm."""
    if out is None:
        return _norm_to(input, p, dim, keepdim, dtype=dtype)
    return _norm_to(input, p, dim, keepdim, dtype=dtype, out=out)


def _method(
    self: Tensor,
    p: float | str | None = "fro",
    dim: Dims = None,
    keepdim: bool = False,
    dtype: dt.dtype | None = None,
) -> Tensor:
    """The norm of order p over `dim`, of all elements by default. Source: torch.norm."""
    return _norm_to(self, p, dim, keepdim, dtype=dtype)


expose(norm=norm)
_method.__name__, _method.__qualname__ = "norm", "Tensor.norm"
Tensor.norm = _method  # type: ignore[method-assign]


@public(method=False, name="frobenius_norm")
def frobenius_norm(input: Tensor, dim: Dims = None, keepdim: bool = False) -> Tensor:
    """The root of the sum of squares over `dim`. Source: torch.frobenius_norm."""
    return vector_norm(input, 2, dim, keepdim)


@public(method=False)
def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:  # noqa: A002
    """Norms over all dimensions but one (all of them for -1). Source: torch.norm_except_dim."""
    if dim == -1:
        return vector_norm(v, pow)
    kept = normalize_dim(dim, v.ndim)
    return vector_norm(v, pow, [d for d in range(v.ndim) if d != kept], True)


@public(method=False, name="nuclear_norm")
def nuclear_norm(input: Tensor, dim: Dims = (-2, -1), keepdim: bool = False) -> Tensor:
    """The sum of singular values. Source: torch.nuclear_norm."""
    return matrix_norm(input, "nuc", dim, keepdim)
