"""Matrix products as functions, methods and `@`.

Source: https://docs.pytorch.org/docs/stable/torch.html#blas-and-lapack-operations
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..ir.signature import told_as
from ..ops import matmul as ops
from .api import public
from .arguments import NUMBERS
from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])


def _tensor(name: str, argument: str, x: Any) -> Tensor:
    if not isinstance(x, Tensor):
        raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}")
    return x


@public(out=True)
def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product of all ranks, batches broadcast. Source: torch.matmul."""
    return ops.matmul(input, _tensor("matmul", "other", other))


@public(out=True)
def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """(n, m) @ (m, p). Source: torch.mm."""
    return ops.mm(input, _tensor("mm", "mat2", mat2))


@public(out=True)
def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """(b, n, m) @ (b, m, p). Source: torch.bmm."""
    return ops.bmm(input, _tensor("bmm", "mat2", mat2))


@public(out=True)
def mv(input: Tensor, vec: Tensor) -> Tensor:
    """(n, m) @ (m). Source: torch.mv."""
    if input.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {min(vec.ndim, 1)}, {input.ndim}, {vec.ndim}"
        )
    return ops.matmul(input, vec)


@public(out=True)
def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The sum of products of two vectors. Source: torch.dot."""
    if input.ndim != 1 or tensor.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {tensor.ndim}D tensors")
    _check_vectors(input, tensor)
    return ops.matmul(input, tensor)


def _check_vectors(a: Tensor, b: Tensor) -> None:
    if a.dtype is not b.dtype:
        raise RuntimeError(
            f"dot : expected both vectors to have same dtype, but found {a.dtype.legacy_name} and "
            f"{b.dtype.legacy_name}"
        )


def _scaled_first(function: F) -> F:
    """The function also with its factors before what they scale, as PyTorch had it once."""

    @told_as(function)
    def ordered(*args: Any, **kwargs: Any) -> Any:
        factors = [x for x in args if isinstance(x, NUMBERS)] if len(args) > 3 else []
        if not factors:
            return function(*args, **kwargs)
        name = function.__name__
        warnings.warn(f"This overload of {name} is deprecated", UserWarning, stacklevel=3)
        tensors = [x for x in args if not isinstance(x, NUMBERS)]
        return function(*tensors, **dict(zip(("beta", "alpha"), factors)), **kwargs)

    return ordered  # type: ignore[return-value]


@public(inplace=True, out=True)
@_scaled_first
def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2). Source: torch.addmm."""
    return ops.addmm(input, mat1, mat2, beta, alpha)


@public(inplace=True, out=True)
@_scaled_first
def baddbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2), batch by batch. Source: torch.baddbmm."""
    return ops.baddbmm(input, batch1, batch2, beta, alpha)


@public(inplace=True, out=True)
@_scaled_first
def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec). Source: torch.addmv."""
    if mat.ndim != 2 or vec.ndim != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {input.ndim}, {mat.ndim}, {vec.ndim}"
        )
    return ops.addmv(input, mat, vec, beta, alpha)


@public(inplace=True, out=True)
@_scaled_first
def addbmm(
    input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1
) -> Tensor:
    """beta * input + alpha * the sum over batches of batch1 @ batch2. Source: torch.addbmm."""
    return ops.addbmm(input, batch1, batch2, beta, alpha)


@public(out=True, aliases=("ger",))
def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """All products of the elements of two vectors. Source: torch.outer."""
    if input.ndim != 1 or vec2.ndim != 1:
        which, x = ("self", input) if input.ndim != 1 else ("vec2", vec2)
        raise RuntimeError(f"outer: Expected 1-D argument {which}, but got {x.ndim}-D")
    return input.unsqueeze(1) * vec2


@public(inplace=True, out=True)
@_scaled_first
def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta * input + alpha * outer(vec1, vec2). Source: torch.addr."""
    for x, which in ((vec1, "vec1"), (vec2, "vec2")):
        if x.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {which}, but got {x.ndim}-D")
    return ops.addr(input, vec1, vec2, beta, alpha)


@public(out=True)
def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The dot product with the first vector conjugated. Source: torch.vdot."""
    if input.ndim != 1 or other.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {input.ndim}D and {other.ndim}D tensors")
    _check_vectors(input, other)
    return ops.vdot(input, other)


@public(out=True)
def inner(input: Tensor, other: Tensor) -> Tensor:
    """Products summed over the last dimensions. Source: torch.inner."""
    if input.ndim == 0 or other.ndim == 0:
        return input * other
    if input._shape[-1] != other._shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(input._shape)} and {list(other._shape)}"
        )
    return tensordot(input, other, ([-1], [-1]))


@public(method=False, out=True)
def tensordot(a: Tensor, b: Tensor, dims: int | Sequence = 2) -> Tensor:
    """Products summed over the paired dimensions. Source: torch.tensordot."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        left, right = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    elif not isinstance(dims, (list, tuple)) or len(dims) != 2:
        raise RuntimeError(
            "tensordot expects dims to be int or tuple[list[int], list[int]] or list[list[int]] "
            f"containing two lists, but got dims={dims}"
        )
    else:
        left, right = ([d] if isinstance(d, int) else list(d) for d in dims)
    left, right = [d % a.ndim for d in left], [d % b.ndim for d in right]
    if len(left) != len(right):
        raise RuntimeError("both dimension lists should have same length")
    for i, j in zip(left, right):
        if a._shape[i] == 1 != b._shape[j]:  # what is broadcast is summed first
            b = b.sum(j, True, dtype=b.dtype)
        elif b._shape[j] == 1 != a._shape[i]:
            a = a.sum(i, True, dtype=a.dtype)
        elif a._shape[i] != b._shape[j]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a._shape[i]} in dim {i} "
                "and "
                f"second has size {b._shape[j]} in dim {j}"
            )
    free_a = [d for d in range(a.ndim) if d not in left]
    free_b = [d for d in range(b.ndim) if d not in right]
    width = 1
    for d in left:
        width *= a._shape[d]
    shape = [a._shape[d] for d in free_a] + [b._shape[d] for d in free_b]
    rows = a.permute(free_a + left).reshape(-1 if width else _count(a, free_a), width)
    columns = b.permute(right + free_b).reshape(width, -1 if width else _count(b, free_b))
    return ops.mm(rows, columns).reshape(shape)


def _count(x: Tensor, dims: list[int]) -> int:
    made = 1
    for d in dims:
        made *= x._shape[d]
    return made


def _at(self: Tensor, other: Any) -> Any:
    return ops.matmul(self, other) if isinstance(other, Tensor) else NotImplemented


Tensor.__matmul__ = _at  # type: ignore[attr-defined]
Tensor.__rmatmul__ = lambda self, other: (  # type: ignore[attr-defined]
    ops.matmul(other, self) if isinstance(other, Tensor) else NotImplemented
)
