"""Differences, gradients on grids and integrals by the trapezoidal rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import dtypes as dt
from ..shapes import normalize_dim
from .api import public
from .joining import cat
from .tensor import Tensor


def _check_joined(input: Tensor, other: Tensor, dim: int) -> None:
    if other.ndim != input.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for i, (n, m) in enumerate(zip(input._shape, other._shape)):
        if n != m and i != dim:
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input "
                "except "
                f"along the differencing dimension; input.size({i}) = {n}, but got "
                f"tensor.size({i}) = {m}"
            )


@public(out=True)
def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """The n-th differences of neighbours along `dim`. Source: torch.diff."""
    if input.ndim < 1:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    d = normalize_dim(dim, input.ndim)
    for other in (prepend, append):
        if other is not None:
            _check_joined(input, other, d)
    parts = [x for x in (prepend, input, append) if x is not None]
    x = cat(parts, d) if len(parts) > 1 and n else input
    if n == 0:
        return x.clone() if x is input else x
    for _ in range(min(n, x._shape[d])):
        size = x._shape[d]
        after, before = x.narrow(d, 1, size - 1) if size else x, x.narrow(d, 0, max(size - 1, 0))
        x = after.logical_xor(before) if x.dtype is dt.bool_ else after - before
    return x


def _trapezoid_arguments(name: str, y: Tensor, args: tuple, x: Any, dx: Any, dim: int) -> tuple:
    if args:
        x = args[0]
    if x is not None and dx is not None:
        raise TypeError(
            f"{name}() received an invalid combination of arguments - got (Tensor, Tensor, "
            f"dx={type(dx).__name__}), but expected one of:\n * (Tensor y, Tensor x, *, int dim = "
            "-1)\n"
            " * (Tensor y, *, Number dx = 1, int dim = -1)\n"
        )
    if not y.ndim:
        normalize_dim(dim, 0)
        raise IndexError("Dimension specified as -1 but tensor has no dimensions")
    for one, what in ((y, "y"), (x, "x")):
        if one is not None and one.dtype is dt.bool_:
            raise RuntimeError(
                f"{name}: received a bool input for `{what}`, but bool is not supported"
            )
    return x, 1 if dx is None else dx, normalize_dim(dim, y.ndim)


def _spaced(name: str, y: Tensor, x: Tensor, dim: int) -> Tensor:
    """The steps of sample points x, shaped to multiply with the pairs of y."""
    size = y._shape[dim]
    if not x.ndim or x._shape[-1 if x.ndim == 1 else _aligned(x, y, dim)] != size:
        raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
    if x.ndim == 1:
        return x.narrow(0, 1, size - 1) - x.narrow(0, 0, size - 1)
    at = _aligned(x, y, dim)
    return (x.narrow(at, 1, size - 1) - x.narrow(at, 0, size - 1)).movedim(at, -1)


def _aligned(x: Tensor, y: Tensor, dim: int) -> int:
    """The dimension of x that broadcasts with `dim` of y."""
    at = dim - y.ndim + x.ndim
    return at if at >= 0 else dim if dim < x.ndim else x.ndim - 1


def _areas(name: str, y: Tensor, x: Tensor, dim: int) -> Tensor:
    """Twice the area between neighbours, (..., n - 1)."""
    size = y._shape[dim]
    left = y.narrow(dim, 0, size - 1).movedim(dim, -1)
    right = y.narrow(dim, 1, size - 1).movedim(dim, -1)
    return (left + right) * _spaced(name, y, x, dim)


def _result_of_none(y: Tensor, dim: int) -> Tensor:
    shape = [n for d, n in enumerate(y._shape) if d != dim]
    kind = y.dtype if y.dtype.category >= dt.float32.category else dt.get_default_dtype()
    return y.new_zeros(shape, dtype=kind)


@public(method=False, aliases=("trapz",))
def trapezoid(
    y: Tensor, *args: Tensor, x: Tensor | None = None, dx: Any = None, dim: int = -1
) -> Tensor:
    """The integral along `dim` over sample points x or steps dx. Source: torch.trapezoid."""
    x, dx, d = _trapezoid_arguments("trapezoid", y, args, x, dx, dim)
    if y._shape[d] == 0:
        return _result_of_none(y, d)
    if x is None:
        return (y.sum(d) - (y.select(d, 0) + y.select(d, -1)) * 0.5) * dx
    return _areas("trapezoid", y, x, d).sum(-1) / 2.0


@public(method=False)
def cumulative_trapezoid(
    y: Tensor, *args: Tensor, x: Tensor | None = None, dx: Any = None, dim: int = -1
) -> Tensor:
    """The running integral along `dim`. Source: torch.cumulative_trapezoid."""
    x, dx, d = _trapezoid_arguments("cumulative_trapezoid", y, args, x, dx, dim)
    if y._shape[d] == 0:
        return y.new_zeros(y._shape)
    if x is None:
        size = y._shape[d]
        return ((y.narrow(d, 1, size - 1) + y.narrow(d, 0, size - 1)) * (dx / 2.0)).cumsum(d)
    areas = _areas("cumulative_trapezoid", y, x, d)
    return (areas / 2.0).cumsum(-1).movedim(-1, d)


def _gradient_dims(input: Tensor, dim: Any) -> list[int]:
    dims = range(input.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    made = [normalize_dim(d, input.ndim) for d in dims]
    for i, d in enumerate(made):
        if d in made[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return made


def _spacings(input: Tensor, spacing: Any, dim: Any, dims: list[int]) -> list:
    """One number or vector of coordinates per dimension."""
    if not isinstance(spacing, (tuple, list)):
        if isinstance(spacing, Tensor):
            spacing = [spacing]
        else:
            return [spacing] * len(dims)
    if len(spacing) != len(dims):
        if dim is None:
            raise RuntimeError(
                "torch.gradient expected spacing to be unspecified, a scalar, or a list of length "
                "equal "
                f"to 'self.dim() = {input.ndim}', since dim argument was not given, but got a list "
                "of "
                f"length {len(spacing)}"
            )
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar or a list of length equal "
            "to "
            f"dim argument. Got spacing argument of length {len(spacing)} and dim argument of "
            "length "
            f"{len(dims)}."
        )
    for d, one in zip(dims, spacing):
        if isinstance(one, Tensor):
            _check_coordinates(input, one, d)
    return list(spacing)


def _check_coordinates(input: Tensor, one: Tensor, dim: int) -> None:
    if one.ndim != 1:
        raise RuntimeError(
            "torch.gradient expected each element of spacing to have one dimension, but got an "
            "element "
            f"with {one.ndim} dimensions"
        )
    if one._shape[0] != input._shape[dim]:
        raise RuntimeError(
            "torch.gradient expected each dimension size to match its coordinates' length, but got "
            f"{input._shape[dim]} and {one._shape[0]}"
        )


@public(method=False)
def gradient(
    input: Tensor, *, spacing: Any = 1, dim: int | Sequence[int] | None = None, edge_order: int = 1
) -> list[Tensor]:
    """Central differences along each dimension, one-sided at the edges. Source: torch.gradient."""
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    if input.dtype is dt.uint8:
        raise RuntimeError("torch.gradient does not support uint8 input.")
    spacing = 1 if spacing is None else spacing
    dims = _gradient_dims(input, dim)
    spacings = _spacings(input, spacing, dim, dims)
    for d in dims:
        if input._shape[d] < edge_order + 1:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1"
            )
    return [_derivative(input, h, d, edge_order) for h, d in zip(spacings, dims)]


def _derivative(x: Tensor, h: Any, d: int, edge_order: int) -> Tensor:
    n = x._shape[d]

    def at(i: int, count: int = 1) -> Tensor:
        return x.narrow(d, i, count)

    if isinstance(h, Tensor):
        return _uneven(x, h, d, edge_order)
    middle = (at(2, n - 2) - at(0, n - 2)) / (2 * h) if n > 2 else at(0, 0) / h
    if edge_order == 1:
        first, last = (at(1) - at(0)) / h, (at(n - 1) - at(n - 2)) / h
    else:
        first = (at(0) * -1.5 + at(1) * 2 - at(2) * 0.5) / h
        last = (at(n - 3) * 0.5 - at(n - 2) * 2 + at(n - 1) * 1.5) / h
    return cat([first, middle, last], d)


def _uneven(x: Tensor, points: Tensor, d: int, edge_order: int) -> Tensor:
    """Second-order differences over uneven coordinates. Source: numpy.gradient's notes."""
    n = x._shape[d]
    shape = [-1 if i == d else 1 for i in range(x.ndim)]
    steps = (points[1:] - points[:-1]).reshape(shape)

    def at(i: int, count: int = 1) -> Tensor:
        return x.narrow(d, i, count)

    def step(i: int, count: int = 1) -> Tensor:
        return steps.narrow(d, i, count)

    parts = []
    if n > 2:
        h, k = step(0, n - 2), step(1, n - 2)
        a, b, c = -k / (h * (h + k)), (k - h) / (h * k), h / (k * (h + k))
        parts = [a * at(0, n - 2) + b * at(1, n - 2) + c * at(2, n - 2)]
    if edge_order == 1:
        first, last = (at(1) - at(0)) / step(0), (at(n - 1) - at(n - 2)) / step(n - 2)
    else:
        h, k = step(0), step(1)
        a, b, c = -(2 * h + k) / (h * (h + k)), (h + k) / (h * k), -h / (k * (h + k))
        first = a * at(0) + b * at(1) + c * at(2)
        h, k = step(n - 3), step(n - 2)
        a, b, c = k / (h * (h + k)), -(h + k) / (h * k), (2 * k + h) / (k * (h + k))
        last = a * at(n - 3) + b * at(n - 2) + c * at(n - 1)
    return cat([first, *parts, last], d)
