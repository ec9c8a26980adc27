"""erf and its relatives: erfc, erfcx, erfinv, and the normal distribution ndtr, log_ndtr, ndtri.

In: float32 or float64 arrays.  Out: arrays of the same shape and dtype.  Everything rests on two
series in `special_tables`: erf(x)/x near zero, and (1 + 2x) erfcx(x) on the positive axis in
t = (x - 3.75) / (x + 3.75) (Shepherd and Laframboise, Math. Comp. 36, 1981).  Inverses are an
elementary guess (Winitzki 2008) and Newton or Halley steps.
"""

from __future__ import annotations

import math

import numpy as np

from . import special_tables as tables
from .blocks import blocked
from .series import chebyshev, floating_dtype, in_double, piecewise

_SQRT_HALF = math.sqrt(0.5)
_SQRT_TWO = math.sqrt(2.0)
_HALF_SQRT_PI = math.sqrt(math.pi) / 2
# Taylor coefficients of erfinv in powers of (x sqrt(pi) / 2)**2 (DLMF 7.17.2).
_ERFINV_TAYLOR = (1.0, 1 / 3, 7 / 30, 127 / 630, 4369 / 22680)


def erf(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """The error function (torch.special.erf): float32 within 2.2 ulp; may run in place."""
    x = np.asarray(x)
    if floating_dtype(x) == np.float32:
        return blocked(_erf_float32, [x], out, scratch=2)
    return _erf_float64(x, out=out)


def _erf_float32(x: np.ndarray, out: np.ndarray, s: np.ndarray, p: np.ndarray) -> None:
    """erf(x) = tanh(x (1 + P(x^2))): no cases, and NumPy's float32 tanh is vectorized."""
    np.multiply(x, x, out=s)
    c = tables.ERF_FLOAT32
    np.multiply(s, np.float32(c[-1]), out=p)
    for k in range(len(c) - 2, 0, -1):
        p += np.float32(c[k])
        p *= s
    p += np.float32(c[0])
    p *= x
    p += x
    np.tanh(p, out=out)


def erf_block(x: np.ndarray) -> np.ndarray:
    """erf of a float64 block."""
    a = np.abs(x)
    return piecewise((x,), (a <= 1, _erf_small), (a > 1, _erf_large))


def _erf_small(x: np.ndarray) -> np.ndarray:
    return x * chebyshev(2 * x * x - 1, tables.ERF_SMALL)


def _erf_large(x: np.ndarray) -> np.ndarray:
    return np.copysign(1 - _erfc_positive(np.abs(x)), x)


def _erfc_positive(x: np.ndarray) -> np.ndarray:
    return exp_square(x, -1.0) * erfcx_positive(x)


def erfcx_positive(x: np.ndarray) -> np.ndarray:
    """exp(x^2) erfc(x) of a float64 block, x >= 0."""
    return chebyshev(1 - 7.5 / (x + 3.75), tables.ERFCX) / (1 + 2 * x)


def exp_square(x: np.ndarray, sign: float) -> np.ndarray:
    """exp(sign x^2) without the relative error that rounding x^2 would bring."""
    x = np.clip(x, -40.0, 40.0)
    head = x.astype(np.float32).astype(np.float64)
    return np.exp(sign * head * head) * np.exp(sign * (x - head) * (x + head))


def erfc_block(x: np.ndarray) -> np.ndarray:
    """erfc of a float64 block, small values to full relative accuracy."""
    return piecewise(
        (x,),
        (x > 0.5, _erfc_positive),
        (x >= -1, lambda v: 1 - _erf_small(v)),
        (x < -1, lambda v: 2 - _erfc_positive(-v)),
    )


def _erfcx(x: np.ndarray) -> np.ndarray:
    """The scaled complement exp(x^2) erfc(x) (torch.special.erfcx)."""
    return piecewise(
        (x,),
        (x == 0, 1.0),
        (x > 0, erfcx_positive),
        (x < 0, lambda v: 2 * exp_square(v, 1.0) - erfcx_positive(-v)),
    )


def _ndtr(x: np.ndarray) -> np.ndarray:
    """The standard normal distribution function (torch.special.ndtr)."""
    return 0.5 * erfc_block(-x * _SQRT_HALF)


def _log_ndtr(x: np.ndarray) -> np.ndarray:
    """log ndtr(x), accurate far in the lower tail (torch.special.log_ndtr)."""
    return piecewise(
        (x,),
        (x < -1, lambda v: np.log(0.5 * erfcx_positive(-v * _SQRT_HALF)) - 0.5 * v * v),
        (x >= -1, lambda v: np.log1p(-0.5 * erfc_block(v * _SQRT_HALF))),
    )


def _erfinv_central(x: np.ndarray) -> np.ndarray:
    """erfinv for |x| <= 0.6: Taylor guess, then two Halley steps."""
    z = x * _HALF_SQRT_PI
    square = z * z
    y = z * sum(c * square**k for k, c in enumerate(_ERFINV_TAYLOR))
    for _ in range(2):
        step = (_erf_small(y) - x) * _HALF_SQRT_PI * np.exp(y * y)
        y = y - step / (1 + y * step)
    return y


def _erfcinv(q: np.ndarray) -> np.ndarray:
    """y > 0 with erfc(y) = q, 0 < q <= 0.5: Newton on the logarithms, so that no q is too small."""
    log_q = np.log(q)
    spread = log_q + np.log(2 - q)
    middle = 2 / (math.pi * 0.147) + spread / 2
    y = np.sqrt(np.sqrt(middle * middle - spread / 0.147) - middle)
    for _ in range(4):
        scaled = erfcx_positive(y)
        y = y + (np.log(scaled) - y * y - log_q) * _HALF_SQRT_PI * scaled
    return y


def _erfinv(x: np.ndarray) -> np.ndarray:
    """The inverse of erf: infinite at -1 and 1, nan beyond (torch.special.erfinv)."""
    a = np.abs(x)
    return piecewise(
        (x,),
        (a <= 0.6, _erfinv_central),
        (a < 1, lambda v: np.copysign(_erfcinv(1 - np.abs(v)), v)),
        (a == 1, lambda v: v * np.inf),
    )


def _ndtri(p: np.ndarray) -> np.ndarray:
    """The inverse of ndtr: infinite at 0 and 1, nan beyond (torch.special.ndtri)."""
    return piecewise(
        (p,),
        (np.abs(p - 0.5) <= 0.3, lambda v: _SQRT_TWO * _erfinv_central(2 * v - 1)),
        ((p > 0) & (p < 0.5), lambda v: -_SQRT_TWO * _erfcinv(2 * v)),
        ((p > 0.5) & (p < 1), lambda v: _SQRT_TWO * _erfcinv(2 * (1 - v))),
        (p == 0, -np.inf),
        (p == 1, np.inf),
    )


_erf_float64 = in_double(erf_block)
erfc = in_double(erfc_block)
erfcx = in_double(_erfcx)
erfinv = in_double(_erfinv)
ndtr = in_double(_ndtr)
log_ndtr = in_double(_log_ndtr)
ndtri = in_double(_ndtri)
