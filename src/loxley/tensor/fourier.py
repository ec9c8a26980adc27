"""Discrete Fourier transforms, collected for the namespace `torch.fft`.

Source: https://docs.pytorch.org/docs/stable/fft.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod, sqrt
from typing import Any

import numpy as np

from .. import dtypes as dt
from ..ir.graph import leaf
from ..ops import fft as ops
from ..ops.elementwise import conj
from ..ops.family import cast
from ..ops.rearranging import roll
from ..shapes import normalize_dim
from .api import public
from .creation import finish
from .tensor import Tensor

FOURIER: dict[str, Callable] = {}
Sizes = Sequence[int] | int | None


def _fourier(function: Callable) -> Callable:
    """A function of the namespace, with its `out=` form."""
    made = public(function=False, method=False, out=True, space="fft")(function)
    FOURIER[function.__name__] = made
    return made


def _scale(norm: str | None, count: int, forward: bool) -> float:
    """What multiplies the sums for a normalization mode."""
    if norm is None or norm == "backward":
        return 1.0 if forward else 1.0 / count
    if norm == "forward":
        return 1.0 / count if forward else 1.0
    if norm == "ortho":
        return 1.0 / sqrt(count)
    raise RuntimeError(f'Invalid normalization mode: "{norm}"')


def _promoted(x: Tensor, complex_: bool = False) -> Tensor:
    kind = x.dtype
    if kind.category < dt.float32.category:
        kind = dt.get_default_dtype()
    if kind.itemsize < 4:
        raise RuntimeError(f"Unsupported dtype {kind.legacy_name}")
    return cast(x, kind.to_complex() if complex_ else kind)


def _one_dim(x: Tensor, dim: int) -> int:
    if not x.ndim:
        if not -1 <= dim <= 0:
            normalize_dim(dim, 0)
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return normalize_dim(dim, x.ndim)


def _points(n: int) -> int:
    if n < 1:
        raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return n


def _require_real(name: str, x: Tensor, real: str = "real") -> None:
    if x.dtype.is_complex:
        raise RuntimeError(f"{name} expects a {real} input tensor, but got {x.dtype.legacy_name}")


def _whole(input: Tensor, n: int | None, dim: int, norm: str | None, forward: bool) -> Tensor:
    """One-dimensional, complex result of the input's size."""
    d = _one_dim(input, dim)
    x = _promoted(input)
    size = _points(x._shape[d] if n is None else n)
    scale = _scale(norm, size, forward)
    x = ops.resized(x, d, size)
    if x.dtype.is_complex:
        return ops.c2c(x, (d,), scale, forward)
    made = ops.r2c(x, (d,), scale, False)
    return made if forward else conj(made)


@_fourier
def fft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The Fourier transform along `dim`, cut or padded to n. Source: torch.fft.fft."""
    return _whole(input, n, dim, norm, True)


@_fourier
def ifft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `fft`. Source: torch.fft.ifft."""
    return _whole(input, n, dim, norm, False)


def _half(name: str, input: Tensor, n: int | None, dim: int, norm: Any, forward: bool) -> Tensor:
    """One-dimensional, real input, half of the spectrum."""
    _require_real(name, input)
    d = _one_dim(input, dim)
    x = _promoted(input)
    size = _points(x._shape[d] if n is None else n)
    made = ops.r2c(ops.resized(x, d, size), (d,), _scale(norm, size, forward), True)
    return made if forward else conj(made)


@_fourier
def rfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The transform of real input, without the redundant half. Source: torch.fft.rfft."""
    return _half("rfft", input, n, dim, norm, True)


@_fourier
def ihfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `hfft`. Source: torch.fft.ihfft."""
    return _half("ihfft", input, n, dim, norm, False)


def _real(input: Tensor, n: int | None, dim: int, norm: Any, forward: bool) -> Tensor:
    """One-dimensional, real result of half a spectrum."""
    d = _one_dim(input, dim)
    x = _promoted(input, complex_=True)
    size = _points(2 * (x._shape[d] - 1) if n is None else n)
    x = ops.resized(x, d, size // 2 + 1)
    return ops.c2r(conj(x) if forward else x, (d,), _scale(norm, size, forward), size)


@_fourier
def irfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The inverse of `rfft`, real, n = 2 (size - 1) by default. Source: torch.fft.irfft."""
    return _real(input, n, dim, norm, False)


@_fourier
def hfft(input: Tensor, n: int | None = None, dim: int = -1, norm: str | None = None) -> Tensor:
    """The transform of a Hermitian signal given by its half. Source: torch.fft.hfft."""
    return _real(input, n, dim, norm, True)


def _listed(x: Sizes) -> list[int] | None:
    return None if x is None else [x] if isinstance(x, int) else list(x)


def _shape_and_dims(input: Tensor, s: Sizes, dim: Sizes) -> tuple[list[int], list[int]]:
    """The size of every transformed dimension; -1 stands for the input's size."""
    s, dim = _listed(s), _listed(dim)
    ndim = input.ndim
    dims = None
    if dim is not None:
        dims = [_one_dim(input, d) for d in dim]
        if len(set(dims)) != len(dims):
            raise RuntimeError("FFT dims must be unique")
    if s is None:
        dims = list(range(ndim)) if dims is None else dims
        return [_points(input._shape[d]) for d in dims], dims
    if dims is not None and len(dims) != len(s):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    if len(s) > ndim:
        raise RuntimeError(
            f"Got shape with {len(s)} values but input tensor only has {ndim} dimensions."
        )
    dims = list(range(ndim - len(s), ndim)) if dims is None else dims
    return [_points(input._shape[d] if n == -1 else n) for n, d in zip(s, dims)], dims


def _fit(x: Tensor, sizes: Sequence[int], dims: Sequence[int]) -> Tensor:
    for n, d in zip(sizes, dims):
        x = ops.resized(x, d, n)
    return x


def _whole_n(input: Tensor, s: Sizes, dim: Sizes, norm: Any, forward: bool) -> Tensor:
    sizes, dims = _shape_and_dims(input, s, dim)
    x = _fit(_promoted(input, complex_=True), sizes, dims)
    if not dims:
        return x
    return ops.c2c(x, tuple(dims), _scale(norm, prod(sizes), forward), forward)


@_fourier
def fftn(input: Tensor, s: Sizes = None, dim: Sizes = None, norm: str | None = None) -> Tensor:
    """The transform over several dimensions (all). Source: torch.fft.fftn."""
    return _whole_n(input, s, dim, norm, True)


@_fourier
def ifftn(input: Tensor, s: Sizes = None, dim: Sizes = None, norm: str | None = None) -> Tensor:
    """The inverse of `fftn`. Source: torch.fft.ifftn."""
    return _whole_n(input, s, dim, norm, False)


def _check_some(name: str, dims: Sequence[int]) -> None:
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")


@_fourier
def rfftn(input: Tensor, s: Sizes = None, dim: Sizes = None, norm: str | None = None) -> Tensor:
    """`fftn` of real input, without the redundant half. Source: torch.fft.rfftn."""
    _require_real("rfftn", input, "real-valued")
    sizes, dims = _shape_and_dims(input, s, dim)
    _check_some("rfftn", dims)
    x = _fit(_promoted(input), sizes, dims)
    return ops.r2c(x, tuple(dims), _scale(norm, prod(sizes), True), True)


@_fourier
def ihfftn(input: Tensor, s: Sizes = None, dim: Sizes = None, norm: str | None = None) -> Tensor:
    """The inverse of `hfftn`. Source: torch.fft.ihfftn."""
    _require_real("ihfftn", input, "real-valued")
    sizes, dims = _shape_and_dims(input, s, dim)
    _check_some("ihfftn", dims)
    x = _fit(_promoted(input), sizes, dims)
    made = conj(ops.r2c(x, (dims[-1],), _scale(norm, sizes[-1], False), True))
    if len(dims) == 1:
        return made
    return ops.c2c(made, tuple(dims[:-1]), _scale(norm, prod(sizes[:-1]), False), False)


def _real_n(
    name: str, input: Tensor, s: Sizes, dim: Sizes
) -> tuple[Tensor, list[int], tuple[int, ...]]:
    """Complex input fitted, sizes of the real result, dimensions."""
    listed = _listed(s)
    sizes, dims = _shape_and_dims(input, s, dim)
    _check_some(name, dims)
    if listed is None or listed[-1] == -1:
        sizes[-1] = _points(2 * (input._shape[dims[-1]] - 1))
    x = _promoted(input, complex_=True)
    return _fit(x, [*sizes[:-1], sizes[-1] // 2 + 1], dims), sizes, tuple(dims)


@_fourier
def irfftn(input: Tensor, s: Sizes = None, dim: Sizes = None, norm: str | None = None) -> Tensor:
    """The inverse of `rfftn`, real. Source: torch.fft.irfftn."""
    x, sizes, dims = _real_n("irfftn", input, s, dim)
    return ops.c2r(x, dims, _scale(norm, prod(sizes), False), sizes[-1])


@_fourier
def hfftn(input: Tensor, s: Sizes = None, dim: Sizes = None, norm: str | None = None) -> Tensor:
    """The transform of a Hermitian signal over several dimensions. Source: torch.fft.hfftn."""
    x, sizes, dims = _real_n("hfftn", input, s, dim)
    if len(dims) > 1:
        x = ops.c2c(x, dims[:-1], _scale(norm, prod(sizes[:-1]), True), True)
    return ops.c2r(conj(x), dims[-1:], _scale(norm, sizes[-1], True), sizes[-1])


def _define_two(name: str, whole: Callable) -> None:
    def function(
        input: Tensor, s: Sizes = None, dim: Sizes = (-2, -1), norm: str | None = None
    ) -> Tensor:
        return whole(input, s, dim, norm)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"`{whole.__name__}` over the last two dimensions. Source: torch.fft.{name}."
    _fourier(function)


for _name, _of in (
    ("fft2", fftn),
    ("ifft2", ifftn),
    ("rfft2", rfftn),
    ("irfft2", irfftn),
    ("hfft2", hfftn),
    ("ihfft2", ihfftn),
):
    _define_two(_name, _of)


def _frequencies(values: np.ndarray, n: int, d: float, dtype: Any, requires_grad: bool) -> Tensor:
    kind = dt.get_default_dtype() if dtype is None else dtype
    array = values.astype(kind.numpy)
    if n:
        array = array * array.real.dtype.type(1.0 / (n * d))
    return finish(leaf(array, kind), requires_grad)


@_fourier
def fftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of the n terms of `fft` at steps of d. Source: torch.fft.fftfreq."""
    values = np.arange(n)
    values[(n + 1) // 2 :] -= n
    return _frequencies(values, n, d, dtype, requires_grad)


@_fourier
def rfftfreq(
    n: int,
    d: float = 1.0,
    *,
    dtype: dt.dtype | None = None,
    layout: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """The frequencies of the terms of `rfft`. Source: torch.fft.rfftfreq."""
    return _frequencies(np.arange(n // 2 + 1), n, d, dtype, requires_grad)


def _shifted(input: Tensor, dim: Sizes, extra: int) -> Tensor:
    dims = _listed(dim)
    dims = list(range(input.ndim)) if dims is None else [normalize_dim(d, input.ndim) for d in dims]
    if not dims:
        raise RuntimeError("`shifts` required")
    shifts = tuple((input._shape[d] + extra) // 2 for d in dims)
    return roll(input, shifts, tuple(dims))


@_fourier
def fftshift(input: Tensor, dim: Sizes = None) -> Tensor:
    """Rolls the zero frequency to the middle. Source: torch.fft.fftshift."""
    return _shifted(input, dim, 0)


@_fourier
def ifftshift(input: Tensor, dim: Sizes = None) -> Tensor:
    """The inverse of `fftshift`. Source: torch.fft.ifftshift."""
    return _shifted(input, dim, 1)
