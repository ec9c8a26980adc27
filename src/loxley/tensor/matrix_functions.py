"""Powers, exponentials and chains of matrices; cross, vector and tensor products and inverses.

Source: https://docs.pytorch.org/docs/stable/linalg.html
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from .. import dtypes as dt
from ..ops import matmul as products
from ..ops import matrix_functions as ops
from ..ops.family import type_name
from ..ops.linalg import check_square, inv
from ..shapes import broadcast_shapes, normalize_dim, numel
from .api import public
from .column_major import column_major
from .decompositions import svdvals
from .joining import cat
from .linear_solvers import SINGULAR, raise_for, solve
from .norms import matrix_norm, shown
from .tensor import Tensor


@public(out=True)
def matrix_power(input: Tensor, n: int) -> Tensor:
    """The n-th power, for negative n of the inverse. Source: torch.linalg.matrix_power."""
    if not isinstance(n, int):
        raise TypeError(
            f"linalg_matrix_power(): argument 'n' (position 2) must be int, not {type(n).__name__}"
        )
    check_square(input, "linalg.matrix_power", floating=False)
    if n == 0:
        return input.clone().copy_(_identity(input))
    if n < 0:
        check_square(input, "linalg.inv")
        input, info = inv(input)
        column_major(input)
        raise_for(info, "linalg.inv", SINGULAR)
        n = -n
        if n == 1:
            return input
    if n == 1:
        return input.clone()
    if n == 3:
        return products.matmul(products.matmul(input, input), input)
    made = None
    while n:
        if n & 1:
            made = input if made is None else products.matmul(made, input)
        n >>= 1
        if n:
            input = products.matmul(input, input)
    return made


def _identity(x: Tensor) -> Tensor:
    size = x._shape[-1]
    return x.detach().new_ones(size).diag().expand(x._shape)


@public()
def matrix_exp(input: Tensor) -> Tensor:
    """The exponential of square matrices. Source: torch.linalg.matrix_exp."""
    check_square(input, "linalg.matrix_exp", floating=False)
    if input.dtype.category < dt.float32.category:
        raise RuntimeError(
            "linalg.matrix_exp: Expected a floating point or complex tensor as input. Got "
            f"{input.dtype.legacy_name}"
        )
    return ops.matrix_exp(input)


def _check_chain(tensors: Sequence[Tensor]) -> None:
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    for i, x in enumerate(tensors):
        ends = i in (0, len(tensors) - 1)
        if ends and x.ndim not in (1, 2):
            which = "first" if i == 0 else "last"
            raise RuntimeError(
                f"multi_dot(): the {which} tensor must be 1D or 2D but got {x.ndim}D"
            )
        if not ends and x.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {x.ndim}D")
        if x.dtype is not tensors[0].dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{_c_name(tensors[0])} and tensor {i} {_c_name(x)}"
            )
    for i, (a, b) in enumerate(zip(tensors, tensors[1:])):
        if a._shape[-1] != b._shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i} and {i + 1} with shapes {list(a._shape)} and "
                f"{list(b._shape)} cannot be multiplied"
            )


def _c_name(x: Tensor) -> str:
    return type_name(x.dtype)


def _split_points(sizes: list[int]) -> list[list[int]]:
    """Where to cut each chain so that the multiplications are fewest.

    Source: T. Cormen et al., "Introduction to Algorithms", section 15.2.
    """
    n = len(sizes) - 1
    cost = [[0] * n for _ in range(n)]
    cut = [[0] * n for _ in range(n)]
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i][j] = math.inf
            for k in range(i, j):
                total = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
                if total < cost[i][j]:
                    cost[i][j], cut[i][j] = total, k
    return cut


def _chain(tensors: list[Tensor], cut: list[list[int]], i: int, j: int) -> Tensor:
    if i == j:
        return tensors[i]
    k = cut[i][j]
    return products.mm(_chain(tensors, cut, i, k), _chain(tensors, cut, k + 1, j))


@public(function=False, method=False, out=True)
def multi_dot(tensors: Sequence[Tensor]) -> Tensor:
    """The product of a chain of matrices in the cheapest order. Source: torch.linalg.multi_dot."""
    _check_chain(tensors)
    shape = tensors[0]._shape[:-1] + tensors[-1]._shape[1:]
    matrices = list(tensors)
    if matrices[0].ndim == 1:
        matrices[0] = matrices[0].unsqueeze(0)
    if matrices[-1].ndim == 1:
        matrices[-1] = matrices[-1].unsqueeze(-1)
    sizes = [m._shape[0] for m in matrices] + [matrices[-1]._shape[1]]
    made = _chain(matrices, _split_points(sizes), 0, len(matrices) - 1)
    return made.view(shape)


@public(method=False, out=False)
def chain_matmul(*matrices: Any, out: Tensor | None = None) -> Tensor:
    """`torch.linalg.multi_dot` of its arguments, deprecated. Source: torch.chain_matmul."""
    warnings.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use "
        "torch.linalg.multi_dot instead, which accepts a list of two or more tensors rather than "
        "multiple "
        "parameters.",
        UserWarning,
        stacklevel=2,
    )
    if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)):
        matrices = tuple(matrices[0])
    if len(matrices) == 1:
        return matrices[0].clone()
    return multi_dot(matrices) if out is None else multi_dot(matrices, out=out)


def _cross(name: str, a: Tensor, b: Tensor, dim: int) -> Tensor:
    if a.ndim != b.ndim:
        raise RuntimeError(f"{name}: inputs must have the same number of dimensions.")
    da, db = normalize_dim(dim, a.ndim), normalize_dim(dim, b.ndim)
    if a._shape[da] != 3 or b._shape[db] != 3:
        raise RuntimeError(
            f"{name}: inputs dimension {dim} must have length 3. Got {a._shape[da]} and "
            f"{b._shape[db]}"
        )
    broadcast_shapes(a._shape, b._shape)
    kind = dt.promote_types(a.dtype, b.dtype)
    return ops.cross(a.to(kind), b.to(kind), da)


@public(function=False, method=False, out=True, name="cross")
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The cross product of vectors of three elements. Source: torch.linalg.cross."""
    return _cross("linalg.cross", input, other, dim)


@public(out=True)
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The cross product along `dim`, by default the first of size 3. Source: torch.cross."""
    if dim is None:
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass "
            "the dim "
            "explicitly or simply use torch.linalg.cross.\nThe default value of dim will change to "
            "agree "
            "with that of linalg.cross in a future release.",
            UserWarning,
            stacklevel=3,
        )
        dim = next((d for d, n in enumerate(input._shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return _cross("linalg.cross", input, other, dim)


@public(function=False, method=False, out=True)
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The sum of conj(x) * y along `dim`. Source: torch.linalg.vecdot."""
    if x.dtype is not y.dtype:
        raise RuntimeError(
            "linalg.vecdot: Expected x and y to have the same dtype, but found x of type "
            f"{x.dtype.legacy_name} and y of type {y.dtype.legacy_name} instead"
        )
    if x.dtype.category < dt.float32.category:
        raise RuntimeError(
            "linalg.vecdot: Expected a floating point or complex tensor as input. Got "
            f"{x.dtype.legacy_name}"
        )
    left = x.conj() if x.dtype.is_complex else x
    return (left * y).sum(dim, dtype=x.dtype)


@public(function=False, method=False, out=True)
def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """Rows of powers 1, x, x^2, ... of the elements. Source: torch.linalg.vander."""
    columns = (x._shape[-1] if x.ndim else 1) if N is None else N
    if columns <= 1:
        raise RuntimeError("N must be greater than 1.")
    if x.dtype in (dt.bool_, dt.float16, dt.bfloat16):
        raise RuntimeError(
            "linalg.vander supports floating point, complex, and integer tensors, but got "
            f"{x.dtype.legacy_name}"
        )
    if x.dtype.category < dt.float32.category:
        x = x.to(dt.int64)
    x = x.reshape(1) if x.ndim == 0 else x
    ones = x.detach().new_ones((*x._shape, 1))
    powers = x.unsqueeze(-1).expand(*x._shape, columns - 1).cumprod(-1)
    return cat([ones, powers], -1)


@public(function=False, method=False, out=True)
def tensorinv(input: Tensor, ind: int = 2) -> Tensor:
    """The inverse for tensordot over `ind` dimensions. Source: torch.linalg.tensorinv."""
    if ind <= 0:
        raise RuntimeError(f"Expected a strictly positive integer for 'ind', but got {ind}")
    left, right = input._shape[:ind], input._shape[ind:]
    if numel(left) != numel(right):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == "
            "prod(self.shape[:ind]), "
            f"but got {numel(right)} != {numel(left)}"
        )
    flat = input.reshape(numel(right), numel(left))
    check_square(flat, "linalg.inv")
    made, info = inv(flat)
    raise_for(info, "linalg.inv", SINGULAR)
    return made.reshape(right + left)


@public(function=False, method=False, out=True)
def tensorsolve(input: Tensor, other: Tensor, dims: Sequence[int] | None = None) -> Tensor:
    """The solution X of tensordot(A, X) = B. Source: torch.linalg.tensorsolve."""
    a = input
    if dims is not None:
        order = [normalize_dim(d, a.ndim) for d in dims]
        a = a.movedim(order, list(range(a.ndim - len(order), a.ndim)))
    left, right = a._shape[: other.ndim], a._shape[other.ndim :]
    if numel(left) != numel(right):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            f"prod(self.shape[:other.ndim]), but got {numel(right)} != {numel(left)}"
        )
    flat = a.reshape(numel(right), numel(right))
    return solve(flat, other.reshape(-1)).view(right)


@public(out=True)
def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product. Source: torch.kron."""
    n = max(input.ndim, other.ndim)
    a = (1,) * (n - input.ndim) + input._shape
    b = (1,) * (n - other.ndim) + other._shape
    left = input.reshape([size for m in a for size in (m, 1)])
    right = other.reshape([size for m in b for size in (1, m)])
    return (left * right).reshape([p * q for p, q in zip(a, b)])


@public(function=False, method=False, name="diagonal")
def linalg_diagonal(A: Tensor, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """`Tensor.diagonal` of the last two dimensions. Source: torch.linalg.diagonal."""
    return A.diagonal(offset, dim1, dim2)


@public(function=False, method=False, out=True)
def cond(input: Tensor, p: Any = None) -> Tensor:
    """The condition number for a norm. Source: torch.linalg.cond."""
    if input.ndim < 2:
        raise RuntimeError("linalg.cond: The input tensor A must have at least 2 dimensions.")
    if p is None or (not isinstance(p, str) and p in (2, -2)):
        values = svdvals(input)
        if values._shape[-1] == 0:
            return input.new_zeros(input._shape[:-2], dtype=input.dtype.to_real())
        last = values._shape[-1] - 1
        largest, least = values.narrow(-1, 0, 1), values.narrow(-1, last, 1)
        return (largest / least if p != -2 else least / largest).squeeze(-1)
    if input._shape[-1] != input._shape[-2]:
        check_square(input, f"linalg.cond(ord={shown(p)})", floating=False)
    if p not in ("fro", "nuc", 1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {shown(p)}")
    if numel(input._shape) == 0:
        return input.new_zeros(input._shape[:-2], dtype=input.dtype.to_real())
    check_square(input, "linalg.inv")
    made = matrix_norm(inv(input)[0], p) * matrix_norm(input, p)
    return made.nan_to_num(math.inf, math.inf, -math.inf)
