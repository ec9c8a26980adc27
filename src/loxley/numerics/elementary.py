"""Special functions that are short formulas: sinc, xlogy, entr, logit, expit, logaddexp, frexp ...

In: floating (float32, float64; where said, complex) arrays.  Out: arrays of the broadcast shape and
common dtype, computed in that dtype, with PyTorch's values at zeros, infinities and nan.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np

from .blocks import blocked


def _in_blocks(fn: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Make `fn`, of 1-D blocks, a function of arrays that broadcast, with `out=`."""

    def compute(*pieces: np.ndarray) -> None:
        pieces[-1][...] = fn(*pieces[:-1])

    @wraps(fn)
    def run(*arrays: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        return blocked(compute, [np.asarray(a) for a in arrays], out)

    return run


def sign(x: np.ndarray) -> np.ndarray:
    """-1, 0 or 1, and 0 for NaN as PyTorch has it; bools as they are. Real."""
    if x.dtype.kind == "b":
        return x
    if x.dtype.kind in "iu":
        return np.sign(x)
    return np.where(x == x, np.sign(x), x.dtype.type(0))


@_in_blocks
def sinc(x: np.ndarray) -> np.ndarray:
    """sin(pi x) / (pi x), 1 at 0; real or complex (torch.special.sinc)."""
    y = x * x.real.dtype.type(np.pi)
    return np.where(x == 0, x.dtype.type(1), np.sin(y) / y)


@_in_blocks
def xlogy(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x log(y), 0 where x is 0 and y is not nan (torch.special.xlogy)."""
    return np.where((x == 0) & ~np.isnan(y), x.dtype.type(0), x * np.log(y))


@_in_blocks
def xlog1py(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x log(1 + y), 0 where x is 0 and y is not nan (torch.special.xlog1py)."""
    return np.where((x == 0) & ~np.isnan(y), x.dtype.type(0), x * np.log1p(y))


@_in_blocks
def entr(x: np.ndarray) -> np.ndarray:
    """-x log(x), 0 at 0, -inf below (torch.special.entr)."""
    inside = np.where(x == 0, x.dtype.type(0), -x * np.log(x))
    return np.where(x < 0, x.dtype.type(-np.inf), inside)


@_in_blocks
def _logit(x: np.ndarray) -> np.ndarray:
    return np.log(x / (1 - x))


def logit(x: np.ndarray, eps: float | None = None, out: np.ndarray | None = None) -> np.ndarray:
    """log(x / (1 - x)), x first clamped to [eps, 1 - eps] if eps is given (torch.special.logit)."""
    x = np.asarray(x)
    if eps is not None:
        low = x.dtype.type(eps)
        x = np.where(x < low, low, np.minimum(x, 1 - low))
    return _logit(x, out=out)


def _expit_kernel(x: np.ndarray, out: np.ndarray, e: np.ndarray) -> None:
    np.negative(x, out=e)
    np.exp(e, out=e)
    e += 1
    np.reciprocal(e, out=out)


def expit(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The logistic function 1 / (1 + exp(-x)), real or complex (torch.special.expit, sigmoid)."""
    return blocked(_expit_kernel, [np.asarray(x)], out, scratch=1)


def _complex_logaddexp(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The term of greater real part is taken out; equal infinities have no difference to take."""
    first = x.real >= y.real
    large, small = np.where(first, x, y), np.where(first, y, x)
    result = large + np.log1p(np.exp(small - large))
    both = np.isinf(x.real) & (x.real == y.real)
    plain = np.where(x.real < 0, y, np.log(np.exp(x) + np.exp(y)))
    return np.where(both, plain, result)


@_in_blocks
def logaddexp(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log(exp(x) + exp(y)) without overflow, real or complex (torch.logaddexp)."""
    if np.iscomplexobj(x) or np.iscomplexobj(y):
        return _complex_logaddexp(x, y)
    return np.logaddexp(x, y)


@_in_blocks
def logaddexp2(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """log2(2**x + 2**y) without overflow (torch.logaddexp2)."""
    return np.logaddexp2(x, y)


@_in_blocks
def nextafter(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The next number after x towards y (torch.nextafter)."""
    return np.nextafter(x, y)


def frexp(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(mantissa in [0.5, 1), int32 exponent); infinities and nan have exponent 0 (torch.frexp)."""
    mantissa, exponent = np.frexp(x)
    return mantissa, np.where(np.isfinite(x), exponent, 0).astype(np.int32)


@_in_blocks
def ldexp(x: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """x 2**exponent, the power formed in the common dtype first, as torch.ldexp does."""
    dtype = np.result_type(x, exponent)
    return x * np.exp2(exponent.astype(dtype, copy=False))
